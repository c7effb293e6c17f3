//! Lists of words as data, looked up in any case without making a new string; how a word begins and ends, and its length,
//! tell nearly always that a list does not hold it.

use std::sync::OnceLock;

/// Words in lower case, written with spaces between them.
pub(crate) struct List {
    text: &'static str,
    index: OnceLock<Index>,
}

struct Index {
    /// How words begin: by their first two bytes the lengths that words have, one bit each. Nearly always it tells that none is like this.
    lengths: Vec<u32>,
    /// The words by their key, and where the words of each key begin: nearly always there is none, and seldom more than one.
    by_key: Vec<&'static str>,
    starts: Vec<u16>,
    /// The words by their last byte.
    by_last: Vec<Vec<&'static str>>,
}

/// Beginnings of words that are told apart.
const BEGINNINGS: usize = 1 << 8;
/// Keys of words.
const KEYS: usize = 1 << 10;

/// A number for how a word begins, whatever its case; none unless its first two bytes are ASCII.
fn beginning(word: &[u8]) -> Option<usize> {
    let (first, second) = match *word {
        [first, second, ..] => (first, second),
        [first] => (first, 0),
        [] => return None,
    };
    (first | second < 0x80).then(|| ((usize::from(first | 0x20) * 29) ^ usize::from(second | 0x20)) % BEGINNINGS)
}

/// The bit of a word's length.
fn length_bit(word: &[u8]) -> u32 {
    1 << (word.len() % 32)
}

/// What tells most words apart: how a word begins and ends, and its length.
fn key(word: &[u8]) -> usize {
    let [first, last] = [word.first(), word.last()].map(|byte| usize::from(byte.map_or(0, u8::to_ascii_lowercase)));
    (first * 31 + last * 7 + word.len() * 193) % KEYS
}

impl List {
    pub(crate) const fn new(text: &'static str) -> Self {
        Self { text, index: OnceLock::new() }
    }

    fn index(&self) -> &Index {
        self.index.get_or_init(|| {
            let mut by_key = self.words();
            let mut by_last = vec![Vec::new(); 256];
            let mut lengths = vec![0; BEGINNINGS];
            for word in &by_key {
                let bits = beginning(word.as_bytes()).and_then(|beginning| lengths.get_mut(beginning));
                bits.into_iter().for_each(|bits| *bits |= length_bit(word.as_bytes()));
                let last = word.bytes().next_back().and_then(|last| by_last.get_mut(usize::from(last)));
                last.into_iter().for_each(|words| words.push(*word));
            }
            by_key.sort_by_key(|word| key(word.as_bytes()));
            let start = |least| by_key.partition_point(|word| key(word.as_bytes()) < least);
            let starts = (0..=KEYS).map(|key| u16::try_from(start(key)).unwrap_or(u16::MAX)).collect();
            Index { lengths, by_key, starts, by_last }
        })
    }

    /// The words in order.
    pub(crate) fn words(&self) -> Vec<&'static str> {
        let mut words: Vec<&str> = self.text.split_whitespace().collect();
        words.sort_unstable();
        words
    }

    /// The words whose last byte is this one, or the small letter to this capital.
    pub(super) fn ending_in(&self, byte: u8) -> &[&'static str] {
        self.index().by_last.get(usize::from(byte.to_ascii_lowercase())).map_or(&[], Vec::as_slice)
    }

    /// Whether a word of the list may begin `text`.
    #[inline]
    pub(super) fn begins(&self, text: &[u8]) -> bool {
        let lengths = beginning(text).and_then(|beginning| self.index().lengths.get(beginning));
        lengths.is_none_or(|lengths| *lengths != 0)
    }

    /// Whether a word of this beginning is on the list and, where all of it is ASCII and so keeps its length, of this length.
    #[inline]
    fn may_have(&self, word: &str) -> bool {
        let bytes = word.as_bytes();
        let lengths = beginning(bytes).and_then(|beginning| self.index().lengths.get(beginning));
        lengths.is_none_or(|lengths| *lengths & length_bit(bytes) != 0 || *lengths != 0 && !word.is_ascii())
    }

    /// The words of the same key.
    fn like(&self, word: &[u8]) -> &[&'static str] {
        let Index { by_key, starts, .. } = self.index();
        let key = key(word);
        let [Some(start), Some(end)] = [starts.get(key), starts.get(key + 1)] else { return &[] };
        by_key.get(usize::from(*start)..usize::from(*end)).unwrap_or_default()
    }

    /// Whether the list holds a word that is in lower case.
    pub(super) fn has_lower(&self, word: &str) -> bool {
        self.may_have(word) && self.like(word.as_bytes()).contains(&word)
    }

    /// Whether the list holds the word in any case.
    pub(crate) fn has(&self, word: &str) -> bool {
        if !self.may_have(word) {
            return false;
        }
        if word.is_ascii() {
            return self.like(word.as_bytes()).iter().any(|known| known.eq_ignore_ascii_case(word));
        }
        let mut folded = Folded::new();
        folded.fold(word) && self.like(folded.bytes()).iter().any(|known| known.as_bytes() == folded.bytes())
    }
}

/// The longest text that is folded, in bytes; no word of a list is longer.
const LONGEST: usize = 48;

/// A short text in lower case, without memory of its own.
pub(super) struct Folded {
    bytes: [u8; LONGEST],
    length: usize,
}

impl Folded {
    /// Nothing yet.
    pub(super) fn new() -> Self {
        Self { bytes: [0; LONGEST], length: 0 }
    }

    /// Takes a text; false when it is too long.
    pub(super) fn fold(&mut self, word: &str) -> bool {
        self.length = 0;
        if word.is_ascii() {
            let Some(place) = self.bytes.get_mut(..word.len()) else { return false };
            place.iter_mut().zip(word.bytes()).for_each(|(to, from)| *to = from.to_ascii_lowercase());
            self.length = word.len();
            return self.length > 0;
        }
        for c in word.chars() {
            let taken =
                if c.is_ascii() { self.push(c.to_ascii_lowercase()) } else { c.to_lowercase().all(|c| self.push(c)) };
            if !taken {
                return false;
            }
        }
        self.length > 0
    }

    fn push(&mut self, lower: char) -> bool {
        let Some(place) = self.bytes.get_mut(self.length..self.length + lower.len_utf8()) else { return false };
        self.length += lower.encode_utf8(place).len();
        true
    }

    fn bytes(&self) -> &[u8] {
        self.bytes.get(..self.length).unwrap_or_default()
    }

    /// The text in lower case.
    pub(super) fn text(&self) -> &str {
        std::str::from_utf8(self.bytes()).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_found_in_any_case() {
        let list = List::new("straße street été");
        assert!(list.has("STREET") && list.has("Straße") && list.has("ÉTÉ") && list.has_lower("street"));
        assert!(!list.has("streets") && !list.has("") && !list.has(&"s".repeat(99)) && !list.has_lower("Street"));
        assert_eq!(list.ending_in(b't'), ["street"]);
    }
}
