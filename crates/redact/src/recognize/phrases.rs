//! Phrases that are looked for in the few bytes around a number, at the starts of words only. Their first three bytes tell nearly always that
//! none begins there, so that hundreds of phrases cost as little as a few.

use std::ops::Range;

use super::eight::{EIGHT, Eight, Some8};

/// Keys of phrases.
const KEYS: usize = 1 << 12;

/// Phrases in lower case that begin with a letter, of at least two bytes each.
pub(super) struct Phrases {
    /// The phrases and their numbers, by their key.
    by_key: Vec<(&'static str, usize)>,
    /// Where the phrases of each key begin.
    starts: Vec<u16>,
    /// The keys that phrases have, one bit each.
    known: [u64; KEYS / 64],
}

/// How a text begins; none when it is shorter than every phrase. All but ASCII letters are one in the third place, so that a phrase of two
/// bytes has a key before any of them.
#[inline]
fn key(text: &[u8]) -> Option<usize> {
    let three = match *text {
        [first, second, third, ..] if third.is_ascii_alphabetic() => [first, second, third, 0],
        [first, second, ..] => [first, second, 0, 0],
        [] | [_] => return None,
    };
    Some((u32::from_le_bytes(three).wrapping_mul(0x9e37_79b1) >> (u32::BITS - KEYS.ilog2())) as usize)
}

/// Where the bit of a key is.
fn place(key: usize) -> (usize, u64) {
    (key / 64, 1 << (key % 64))
}

impl Phrases {
    /// The phrases, numbered in order.
    pub(super) fn new(phrases: impl IntoIterator<Item = &'static str>) -> Self {
        let key_of = |phrase: &str| key(phrase.as_bytes()).unwrap_or_default();
        let mut by_key: Vec<(&str, usize)> = phrases.into_iter().enumerate().map(|(n, phrase)| (phrase, n)).collect();
        by_key.sort_by_key(|(phrase, _)| key_of(phrase));
        let start = |least| by_key.partition_point(|(phrase, _)| key_of(phrase) < least);
        let starts = (0..=KEYS).map(|key| u16::try_from(start(key)).unwrap_or(u16::MAX)).collect();
        let mut known = [0; KEYS / 64];
        for (phrase, _) in &by_key {
            let (word, bit) = place(key_of(phrase));
            known.get_mut(word).into_iter().for_each(|word| *word |= bit);
        }
        Self { by_key, starts, known }
    }

    /// Tells of every phrase in `text` that does not stand directly after an ASCII letter: its number and the bytes it takes. One of two
    /// bytes must not stand directly before such a letter either.
    pub(super) fn each(&self, text: &[u8], mut found: impl FnMut(usize, Range<usize>)) {
        let mut before = Some8::NONE;
        let (chunks, tail) = text.as_chunks();
        let mut last = [0; EIGHT];
        last.iter_mut().zip(tail).for_each(|(to, from)| *to = *from);
        for (number, chunk) in chunks.iter().chain([&last]).enumerate() {
            let eight = Eight::new(*chunk);
            let letters = eight.folded().within(b'a', b'z');
            let starts = letters.or(eight.foreign()).without(letters.after(before));
            before = letters;
            for at in starts {
                let at = number * EIGHT + at;
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
        let Some(key) = key(text) else { return &[] };
        let (word, bit) = place(key);
        if self.known.get(word).is_none_or(|word| word & bit == 0) {
            return &[];
        }
        let [Some(start), Some(end)] = [self.starts.get(key), self.starts.get(key + 1)] else { return &[] };
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
