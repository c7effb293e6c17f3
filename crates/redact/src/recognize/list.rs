//! Lists of words as data, looked up in any case without making a new string; what a word begins and ends with tells nearly always that a
//! list does not hold it.

use std::sync::OnceLock;

/// Words in lower case, written with spaces between them and looked up as a sorted list.
pub(crate) struct List {
    text: &'static str,
    index: OnceLock<Index>,
}

struct Index {
    words: Vec<&'static str>,
    /// The first and last bytes of all words, one bit a pair: most words of a text are told apart by them.
    ends: Vec<u64>,
    /// The words by their last byte.
    by_last: Vec<Vec<&'static str>>,
}

impl List {
    pub(crate) const fn new(text: &'static str) -> Self {
        Self { text, index: OnceLock::new() }
    }

    fn index(&self) -> &Index {
        self.index.get_or_init(|| {
            let mut words: Vec<&str> = self.text.split_whitespace().collect();
            words.sort_unstable();
            let mut ends = vec![0; (1 << 16) / 64];
            let mut by_last = vec![Vec::new(); 256];
            for word in &words {
                let (Some(first), Some(last)) = (word.bytes().next(), word.bytes().next_back()) else { continue };
                if let Some(bits) = ends.get_mut(pair(first, last) / 64) {
                    *bits |= 1 << (pair(first, last) % 64);
                }
                if let Some(words) = by_last.get_mut(usize::from(last)) {
                    words.push(*word);
                }
            }
            Index { words, ends, by_last }
        })
    }

    /// The words in order.
    pub(crate) fn words(&self) -> &[&'static str] {
        &self.index().words
    }

    /// The words whose last byte is this one.
    pub(super) fn ending_in(&self, byte: u8) -> &[&'static str] {
        self.index().by_last.get(usize::from(byte)).map_or(&[], Vec::as_slice)
    }

    /// False when the first and last letters tell that the list does not hold the word.
    pub(super) fn may_have(&self, word: &str) -> bool {
        let (Some(first), Some(last)) = (word.bytes().next(), word.bytes().next_back()) else { return false };
        let bit = pair(first.to_ascii_lowercase(), last.to_ascii_lowercase());
        // Other letters have other bytes in lower case.
        !first.is_ascii()
            || !last.is_ascii()
            || self.index().ends.get(bit / 64).is_some_and(|bits| bits >> (bit % 64) & 1 == 1)
    }

    /// Whether the list holds a word that is in lower case.
    pub(super) fn has_lower(&self, word: &str) -> bool {
        self.may_have(word) && self.words().binary_search(&word).is_ok()
    }

    /// Whether the list holds the word in any case.
    pub(crate) fn has(&self, word: &str) -> bool {
        let mut folded = Folded::new();
        self.may_have(word) && folded.fold(word) && self.words().binary_search(&folded.text()).is_ok()
    }
}

fn pair(first: u8, last: u8) -> usize {
    usize::from(first) << 8 | usize::from(last)
}

/// A short word in lower case, without memory of its own.
pub(super) struct Folded {
    bytes: [u8; 40],
    length: usize,
}

impl Folded {
    /// No word yet.
    pub(super) fn new() -> Self {
        Self { bytes: [0; 40], length: 0 }
    }

    /// Takes a word; false when it is too long for any list.
    pub(super) fn fold(&mut self, word: &str) -> bool {
        self.length = 0;
        if word.is_ascii() {
            let Some(place) = self.bytes.get_mut(..word.len()) else { return false };
            place.iter_mut().zip(word.bytes()).for_each(|(to, from)| *to = from.to_ascii_lowercase());
            self.length = word.len();
            return self.length > 0;
        }
        for lower in word.chars().flat_map(char::to_lowercase) {
            let mut buffer = [0; 4];
            let written = lower.encode_utf8(&mut buffer).as_bytes();
            let Some(place) = self.bytes.get_mut(self.length..self.length + written.len()) else { return false };
            place.copy_from_slice(written);
            self.length += written.len();
        }
        self.length > 0
    }

    /// The word in lower case.
    pub(super) fn text(&self) -> &str {
        self.bytes.get(..self.length).and_then(|bytes| std::str::from_utf8(bytes).ok()).unwrap_or_default()
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
