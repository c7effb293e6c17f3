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
    /// The words by their bit in `known`; seldom more than one has the same.
    by_look: Vec<&'static str>,
    /// Where the words of each bit that is set begin, and the end.
    starts: Vec<u16>,
    /// How many bits are set before each word of `known`.
    ranks: [u16; KNOWN / 64],
    /// The words by their last byte.
    by_last: Vec<Vec<&'static str>>,
}

/// Bits for how words look.
const KNOWN: usize = 1 << 11;
/// Bits for how words begin.
const BEGINNINGS: usize = 1 << 8;

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

/// Whether a word is a known one in lower case, but for the case of ASCII letters.
#[inline]
fn is_same(word: &[u8], known: &[u8]) -> bool {
    // The bit that small letters have over capitals makes no other byte of a word one of a known word.
    word.len() == known.len() && word.iter().zip(known).all(|(byte, known)| (byte | 0x20 == *known) | (byte == known))
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
            let mut by_look = self.words();
            let mut by_last = vec![Vec::new(); 256];
            for word in &by_look {
                let last = word.bytes().next_back().and_then(|last| by_last.get_mut(usize::from(last)));
                last.into_iter().for_each(|words| words.push(*word));
            }
            by_look.sort_by_key(|word| look(word.as_bytes()));
            let number = |at: usize| u16::try_from(at).unwrap_or(u16::MAX);
            let mut starts: Vec<u16> = Vec::new();
            for (at, words) in by_look.windows(2).enumerate() {
                let [before, word] = words else { continue };
                starts.extend((look(before.as_bytes()) != look(word.as_bytes())).then(|| number(at + 1)));
            }
            starts.insert(0, 0);
            starts.push(number(by_look.len()));
            let mut seen = 0;
            let ranks = self.known.map(|bits| {
                let before = seen;
                seen += bits.count_ones() as u16;
                before
            });
            Index { by_look, starts, ranks, by_last }
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

    /// The words that look like one that may be in the list.
    fn like(&self, word: &[u8]) -> &[&'static str] {
        let Index { by_look, starts, ranks, .. } = self.index();
        let look = look(word);
        let (Some(bits), Some(before)) = (self.known.get(look / 64), ranks.get(look / 64)) else { return &[] };
        let rank = usize::from(*before) + (bits & ((1 << (look % 64)) - 1)).count_ones() as usize;
        let [Some(start), Some(end)] = [starts.get(rank), starts.get(rank + 1)] else { return &[] };
        by_look.get(usize::from(*start)..usize::from(*end)).unwrap_or_default()
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
        self.like(word.as_bytes()).iter().any(|known| is_same(word.as_bytes(), known.as_bytes()))
    }

    #[inline(never)]
    fn has_foreign(&self, word: &str) -> bool {
        let mut folded = Folded::new();
        folded.fold(word)
            && self.may_have(folded.bytes())
            && self.like(folded.bytes()).iter().any(|known| known.as_bytes() == folded.bytes())
    }
}

/// A character of the languages of Europe in lower case; others need a table.
#[inline]
pub(super) fn simple_lower(c: char) -> Option<char> {
    match c {
        'A'..='Z' => Some(c.to_ascii_lowercase()),
        '\u{c0}'..='\u{de}' if c != '×' => char::from_u32(u32::from(c) + 0x20),
        '\0'..='\u{ff}' => Some(c),
        // In pairs, a capital first.
        '\u{100}'..='\u{12f}' | '\u{132}'..='\u{137}' | '\u{14a}'..='\u{177}' => char::from_u32(u32::from(c) | 1),
        '\u{139}'..='\u{148}' | '\u{179}'..='\u{17e}' => char::from_u32(u32::from(c) + u32::from(c) % 2),
        // Greek and Cyrillic.
        '\u{391}'..='\u{3a1}' | '\u{3a3}'..='\u{3a9}' | '\u{410}'..='\u{42f}' => char::from_u32(u32::from(c) + 0x20),
        '\u{3ac}'..='\u{3ce}' | '\u{430}'..='\u{45f}' => Some(c),
        _ => None,
    }
}

/// Whether it is a letter. Those of Latin scripts need no table.
#[inline]
pub(super) fn is_letter(c: char) -> bool {
    match c {
        '\0'..='\x7f' => c.is_ascii_alphabetic(),
        '\u{c0}'..='\u{24f}' => !matches!(c, '×' | '÷'),
        '\u{3a3}'..='\u{3f5}' | '\u{400}'..='\u{481}' => true,
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
        for c in '\0'..='\u{52f}' {
            assert!(simple_lower(c).is_none_or(|lower| c.to_lowercase().eq([lower])), "{c}");
        }
        assert_eq!([simple_lower('İ'), simple_lower('Ÿ'), simple_lower('अ')], [None; 3]);
        assert_eq!("ÄŚÑΩЖ".chars().map(simple_lower).collect::<Option<String>>().as_deref(), Some("äśñωж"));
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
