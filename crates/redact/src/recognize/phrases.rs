//! Phrases that are looked for in the few bytes around a number, at the starts of words only. Their first three bytes tell nearly always that
//! none begins there, so that hundreds of phrases cost as little as a few.

use std::ops::Range;

/// Keys of phrases.
const KEYS: usize = 1 << 12;

/// Phrases in lower case that begin with a letter, of at least two bytes each.
pub(super) struct Phrases {
    /// The phrases and their numbers, by their key.
    by_key: Vec<(&'static str, usize)>,
    /// Where the phrases of each key begin.
    starts: Vec<u16>,
}

/// How phrases begin; all but ASCII letters are one in the third place, so that a phrase of two bytes has a key before any of them.
fn key([first, second, third]: [u8; 3]) -> usize {
    let third = if third.is_ascii_alphabetic() { third } else { 0 };
    (usize::from(first) * 961 + usize::from(second) * 31 + usize::from(third)) % KEYS
}

/// How many bytes are told apart at once.
const EIGHT: usize = 8;

/// Which bytes are ASCII letters, and which are not ASCII: one bit each, the first byte lowest.
fn letters(chunk: [u8; EIGHT]) -> (u8, u8) {
    const ALL: u64 = u64::from_ne_bytes([1; EIGHT]);
    const HIGH: u64 = ALL << 7;
    let bytes = u64::from_le_bytes(chunk);
    let folded = (bytes | (ALL * 0x20)) & !HIGH;
    let (from_a, after_z) = (folded + ALL * (0x80 - 0x61), folded + ALL * (0x80 - 0x7b));
    // Gathers the high bit of each byte.
    let bits = |high: u64| ((high >> 7).wrapping_mul(0x0102_0408_1020_4080) >> 56) as u8;
    (bits(from_a & !after_z & !bytes & HIGH), bits(bytes & HIGH))
}

impl Phrases {
    /// The phrases, numbered in order.
    pub(super) fn new(phrases: impl IntoIterator<Item = &'static str>) -> Self {
        let key_of = |phrase: &str| match *phrase.as_bytes() {
            [first, second, third, ..] => key([first, second, third]),
            [first, second] => key([first, second, 0]),
            [] | [_] => 0,
        };
        let mut by_key: Vec<(&str, usize)> = phrases.into_iter().enumerate().map(|(n, phrase)| (phrase, n)).collect();
        by_key.sort_by_key(|(phrase, _)| key_of(phrase));
        let start = |least| by_key.partition_point(|(phrase, _)| key_of(phrase) < least);
        let starts = (0..=KEYS).map(|key| u16::try_from(start(key)).unwrap_or(u16::MAX)).collect();
        Self { by_key, starts }
    }

    /// Tells of every phrase in `text` that does not stand directly after an ASCII letter: its number and the bytes it takes. One of two
    /// bytes must not stand directly before such a letter either.
    pub(super) fn each(&self, text: &[u8], mut found: impl FnMut(usize, Range<usize>)) {
        let mut inside = 0;
        let (chunks, tail) = text.as_chunks();
        let mut last = [0; EIGHT];
        last.iter_mut().zip(tail).for_each(|(to, from)| *to = *from);
        for (number, chunk) in chunks.iter().chain([&last]).enumerate() {
            let (letters, others) = letters(*chunk);
            let mut starts = (letters | others) & !(letters << 1 | inside);
            inside = letters >> (EIGHT - 1);
            while starts != 0 {
                let at = number * EIGHT + starts.trailing_zeros() as usize;
                starts &= starts - 1;
                let rest = text.get(at..).unwrap_or_default();
                for (phrase, number) in self.like(rest) {
                    if rest.starts_with(phrase.as_bytes()) {
                        found(*number, at..at + phrase.len());
                    }
                }
            }
        }
    }

    /// The phrases that may begin a text.
    #[inline]
    fn like(&self, text: &[u8]) -> &[(&'static str, usize)] {
        let key = match *text {
            [first, second, third, ..] => key([first, second, third]),
            [first, second] => key([first, second, 0]),
            [] | [_] => return &[],
        };
        let [Some(start), Some(end)] = [self.starts.get(key), self.starts.get(key + 1)] else { return &[] };
        if start == end {
            return &[];
        }
        self.by_key.get(usize::from(*start)..usize::from(*end)).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const PHRASES: [&str; 9] = ["ab", "abc", "abc d", "b a", "ba", "é a", "жа", "c d", "a1 b"];

    fn naive(text: &[u8]) -> Vec<(usize, usize)> {
        let letter = |at: Option<usize>| at.and_then(|at| text.get(at)).is_some_and(u8::is_ascii_alphabetic);
        let places = (0..text.len()).filter(|at| !letter(at.checked_sub(1)));
        let fits = |at: usize, phrase: &str| {
            text.get(at..).is_some_and(|rest| rest.starts_with(phrase.as_bytes()))
                && (phrase.len() > 2 || !letter(Some(at + 2)))
        };
        places.flat_map(|at| (0..PHRASES.len()).filter(move |n| fits(at, PHRASES[*n])).map(move |n| (at, n))).collect()
    }

    proptest! {
        #[test]
        fn phrases_are_those_of_a_naive_search(text in "[abcdéжaZ 1@\\[`{~]{0,32}") {
            let mut found = Vec::new();
            Phrases::new(PHRASES).each(text.as_bytes(), |number, place| found.push((place.start, number)));
            found.sort_unstable();
            prop_assert_eq!(found, naive(text.as_bytes()));
        }
    }
}
