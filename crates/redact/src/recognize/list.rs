//! Lists of words as data, looked up in any case without making a new string; how a word begins and ends, and its length,
//! tell nearly always that a list does not hold it, by a table made when the program is built.

use std::sync::OnceLock;

/// Words in lower case, written with spaces between them.
pub(crate) struct List {
    text: &'static str,
    /// The words by how they begin and end and by their length, one bit each: nearly always it tells that none is like a word.
    known: [u64; KNOWN / 64],
    /// Their first two bytes, one bit each.
    begun: Begun,
    /// The same of those that are not all ASCII.
    begun_foreign: Begun,
    index: OnceLock<Index>,
}

struct Index {
    /// The words by their key, and where the words of each key begin: nearly always there is none, and seldom more than one.
    by_key: Vec<&'static str>,
    starts: Vec<u16>,
    /// The words by their last byte.
    by_last: Vec<Vec<&'static str>>,
}

/// Bits for how words look.
const KNOWN: usize = 1 << 11;
/// Bits for how words begin.
const BEGINNINGS: usize = 1 << 8;
/// Keys of words.
const KEYS: usize = 1 << 10;

/// A number for how a word begins, whatever its case; none unless its first two bytes are ASCII.
const fn beginning(word: &[u8]) -> Option<usize> {
    let (first, second) = match *word {
        [first, second, ..] => (first, second),
        [first] => (first, 0),
        [] => return None,
    };
    if first | second >= 0x80 {
        return None;
    }
    Some((((first | 0x20) as usize * 29) ^ (second | 0x20) as usize) % BEGINNINGS)
}

/// A number for how a word begins and ends and for its length, whatever the case of its ASCII letters.
#[inline]
const fn look(word: &[u8]) -> usize {
    let (first, second, last) = match *word {
        [first, second, .., last] => (first, second, last),
        [first, second] => (first, second, second),
        [first] => (first, first, first),
        [] => (0, 0, 0),
    };
    let three = u32::from_le_bytes([first | 0x20, second | 0x20, last | 0x20, word.len() as u8]);
    (three.wrapping_mul(0x9e37_79b1) >> (u32::BITS - KNOWN.ilog2())) as usize
}

/// How words begin, one bit each, and whether some begin otherwise.
#[derive(Clone, Copy)]
struct Begun {
    bits: [u64; BEGINNINGS / 64],
    otherwise: bool,
}

impl Begun {
    #[allow(clippy::indexing_slicing, reason = "computed at compile time, where an index out of range stops the build")]
    const fn with(mut self, word: &[u8]) -> Self {
        match beginning(word) {
            Some(beginning) => self.bits[beginning / 64] |= 1 << (beginning % 64),
            None => self.otherwise = true,
        }
        self
    }

    /// Whether one may begin `text`.
    #[inline]
    fn may_begin(&self, text: &[u8]) -> bool {
        let Some(beginning) = beginning(text) else { return self.otherwise };
        self.bits.get(beginning / 64).is_some_and(|bits| bits >> (beginning % 64) & 1 == 1)
    }
}

/// What tells most words apart: how a word begins and ends, and its length.
fn key(word: &[u8]) -> usize {
    let [first, last] = [word.first(), word.last()].map(|byte| usize::from(byte.map_or(0, u8::to_ascii_lowercase)));
    (first * 31 + last * 7 + word.len() * 193) % KEYS
}

impl List {
    #[allow(clippy::indexing_slicing, reason = "computed at compile time, where an index out of range stops the build")]
    pub(crate) const fn new(text: &'static str) -> Self {
        let mut known = [0; KNOWN / 64];
        let mut begun = Begun { bits: [0; BEGINNINGS / 64], otherwise: false };
        let mut begun_foreign = begun;
        let mut rest = text.as_bytes();
        while !rest.is_empty() {
            let mut end = 0;
            while end < rest.len() && !rest[end].is_ascii_whitespace() {
                end += 1;
            }
            let (word, after) = rest.split_at(end);
            if !word.is_empty() {
                known[look(word) / 64] |= 1 << (look(word) % 64);
                begun = begun.with(word);
                if !word.is_ascii() {
                    begun_foreign = begun_foreign.with(word);
                }
            }
            rest = if after.is_empty() { after } else { after.split_at(1).1 };
        }
        Self { text, known, begun, begun_foreign, index: OnceLock::new() }
    }

    fn index(&self) -> &Index {
        self.index.get_or_init(|| {
            let mut by_key = self.words();
            let mut by_last = vec![Vec::new(); 256];
            for word in &by_key {
                let last = word.bytes().next_back().and_then(|last| by_last.get_mut(usize::from(last)));
                last.into_iter().for_each(|words| words.push(*word));
            }
            by_key.sort_by_key(|word| key(word.as_bytes()));
            let start = |least| by_key.partition_point(|word| key(word.as_bytes()) < least);
            let starts = (0..=KEYS).map(|key| u16::try_from(start(key)).unwrap_or(u16::MAX)).collect();
            Index { by_key, starts, by_last }
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
        self.begun.may_begin(text)
    }

    /// Whether a word of the list may be this one, but for the case of ASCII letters.
    #[inline]
    fn may_have(&self, word: &[u8]) -> bool {
        let look = look(word);
        self.known.get(look / 64).is_some_and(|bits| bits >> (look % 64) & 1 == 1)
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
        self.may_have(word.as_bytes()) && self.like(word.as_bytes()).contains(&word)
    }

    /// Whether the list holds the word in any case.
    #[inline]
    pub(crate) fn has(&self, word: &str) -> bool {
        self.begins(word.as_bytes()) && self.has_begun(word)
    }

    fn has_begun(&self, word: &str) -> bool {
        // Both at once: which of them is right is not yet known, and nearly always neither is so.
        let (plain, foreign) = (self.may_have(word.as_bytes()), self.begun_foreign.may_begin(word.as_bytes()));
        (plain | foreign)
            && if word.is_ascii() { plain && self.has_ascii(word) } else { foreign && self.has_foreign(word) }
    }

    #[inline(never)]
    fn has_ascii(&self, word: &str) -> bool {
        self.like(word.as_bytes()).iter().any(|known| known.eq_ignore_ascii_case(word))
    }

    #[inline(never)]
    fn has_foreign(&self, word: &str) -> bool {
        let mut folded = Folded::new();
        folded.fold(word)
            && self.may_have(folded.bytes())
            && self.like(folded.bytes()).iter().any(|known| known.as_bytes() == folded.bytes())
    }
}

/// A character of Latin-1 or Latin Extended-A in lower case; others need a table.
#[inline]
pub(super) fn simple_lower(c: char) -> Option<char> {
    match c {
        'A'..='Z' => Some(c.to_ascii_lowercase()),
        '\u{c0}'..='\u{de}' if c != '×' => char::from_u32(u32::from(c) + 0x20),
        '\0'..='\u{ff}' => Some(c),
        // In pairs, a capital first.
        '\u{100}'..='\u{12f}' | '\u{132}'..='\u{137}' | '\u{14a}'..='\u{177}' => char::from_u32(u32::from(c) | 1),
        '\u{139}'..='\u{148}' | '\u{179}'..='\u{17e}' => char::from_u32(u32::from(c) + u32::from(c) % 2),
        _ => None,
    }
}

/// Whether it is a letter. Those of Latin scripts need no table.
#[inline]
pub(super) fn is_letter(c: char) -> bool {
    match c {
        '\0'..='\x7f' => c.is_ascii_alphabetic(),
        '\u{c0}'..='\u{24f}' => !matches!(c, '×' | '÷'),
        _ => c.is_alphabetic(),
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
            let taken = match simple_lower(c) {
                Some(lower) => self.push(lower),
                None => c.to_lowercase().all(|c| self.push(c)),
            };
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
    fn a_simple_lower_case_is_the_right_one() {
        for c in ('\0'..='\u{17f}').filter(|c| !matches!(c, 'İ' | 'ı' | 'ĸ' | 'ŉ' | 'Ÿ' | 'ſ')) {
            assert!(c.to_lowercase().eq(simple_lower(c)), "{c}");
        }
        assert_eq!([simple_lower('İ'), simple_lower('Ÿ'), simple_lower('Ж')], [None; 3]);
    }

    #[test]
    fn letters_are_those_of_unicode() {
        for c in '\0'..='\u{3000}' {
            assert_eq!(is_letter(c), c.is_alphabetic(), "{c}");
        }
    }

    #[test]
    fn words_are_found_in_any_case() {
        let list = List::new("straße street été");
        assert!(list.has("STREET") && list.has("Straße") && list.has("ÉTÉ") && list.has_lower("street"));
        assert!(!list.has("streets") && !list.has("") && !list.has(&"s".repeat(99)) && !list.has_lower("Street"));
        assert_eq!(list.ending_in(b't'), ["street"]);
    }
}
