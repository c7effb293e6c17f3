//! Phrases that are looked for in the few bytes around a number, at the starts of words only. Their first three bytes tell nearly always that
//! none begins there, so that hundreds of phrases cost as little as a few.

use std::ops::Range;

use super::planes::{PLANE, Planes};

/// How many first bytes of a phrase are looked at together.
const EIGHT: usize = 8;
/// Keys of phrases.
const KEYS: usize = 1 << 12;
/// Bits for how phrases begin in writing.
const BITS: usize = 1 << 16;

/// One phrase, and which of its first eight bytes are ASCII letters: nearly always those tell that it does not stand in a text.
struct Phrase {
    text: &'static str,
    number: usize,
    letters: u64,
    places: u64,
}

impl Phrase {
    fn new(text: &'static str, number: usize) -> Self {
        let letter = |byte: u8| if byte.is_ascii_lowercase() { 0xff } else { 0 };
        let mut places = [0; EIGHT];
        places.iter_mut().zip(text.bytes()).for_each(|(place, byte)| *place = letter(byte));
        let places = u64::from_le_bytes(places);
        Self { text, number, letters: head(text.as_bytes()) & places, places }
    }
}

/// The first eight bytes of a text with ASCII letters in lower case, and fewer filled up.
fn head(text: &[u8]) -> u64 {
    let bytes = text.first_chunk().copied().unwrap_or_else(|| {
        let mut bytes = [0; EIGHT];
        bytes.iter_mut().zip(text).for_each(|(to, from)| *to = *from);
        bytes
    });
    u64::from_le_bytes(bytes) | u64::from_le_bytes([0x20; EIGHT])
}

/// Phrases in lower case that begin with a letter, of at least two bytes each.
pub(super) struct Phrases {
    /// The phrases, by their key.
    by_key: Vec<Phrase>,
    /// Where the phrases of each key begin.
    starts: Vec<u16>,
    /// How phrases begin in writing, one bit each.
    known: [u64; BITS / 64],
}

/// How a text begins, in any case; none when it is shorter than every phrase. After the first byte all but ASCII letters are one, so that a
/// phrase of two bytes has a key before any of them, and a space that of a hyphen.
#[inline]
fn key(text: &[u8]) -> Option<usize> {
    let letter = |byte: u8| if byte.is_ascii_alphabetic() { byte | 0x20 } else { 0 };
    let three = match *text {
        [first, second, third, ..] => [first.to_ascii_lowercase(), letter(second), letter(third), 0],
        [first, second] => [first.to_ascii_lowercase(), letter(second), 0, 0],
        [] | [_] => return None,
    };
    Some((u32::from_le_bytes(three).wrapping_mul(0x9e37_79b1) >> (u32::BITS - KEYS.ilog2())) as usize)
}

/// Whether the text begins with a phrase, in any case of ASCII letters; what is a space in the phrase may be a hyphen, an underscore
/// or a dot.
fn begins_with(text: &[u8], phrase: &str) -> bool {
    let same = |(written, known): (&u8, u8)| {
        written.to_ascii_lowercase() == known || known == b' ' && matches!(written, b'-' | b'_' | b'.')
    };
    text.len() >= phrase.len() && text.iter().zip(phrase.bytes()).all(same)
}

/// Where the bit of three bytes is.
#[inline]
fn place([first, second, third]: [u8; 3]) -> (usize, u64) {
    let bit = u32::from_le_bytes([first, second, third, 0]).wrapping_mul(0x9e37_79b1) >> (u32::BITS - BITS.ilog2());
    ((bit / 64) as usize, 1 << (bit % 64))
}

/// The ways to write the first three bytes of a phrase and of what follows one of two: letters in both cases, hyphens and dots for spaces.
fn written(phrase: &str) -> Vec<[u8; 3]> {
    let ways = |at: usize| match phrase.as_bytes().get(at) {
        None => (0..=u8::MAX).filter(|byte| !byte.is_ascii_alphabetic()).collect(),
        Some(b' ') => b" -_.".to_vec(),
        Some(byte) => vec![*byte, byte.to_ascii_uppercase()],
    };
    let (second, third) = (ways(1), ways(2));
    let pairs = ways(0).into_iter().flat_map(|a| second.iter().map(move |b| (a, *b)).collect::<Vec<_>>());
    pairs.flat_map(|(a, b)| third.iter().map(move |c| [a, b, *c]).collect::<Vec<_>>()).collect()
}

impl Phrases {
    /// The phrases, numbered in order.
    pub(super) fn new(phrases: impl IntoIterator<Item = &'static str>) -> Self {
        let key_of = |phrase: &str| key(phrase.as_bytes()).unwrap_or_default();
        let mut by_key: Vec<Phrase> = phrases.into_iter().enumerate().map(|(n, text)| Phrase::new(text, n)).collect();
        by_key.sort_by_key(|phrase| key_of(phrase.text));
        let start = |least| by_key.partition_point(|phrase| key_of(phrase.text) < least);
        let starts = (0..=KEYS).map(|key| u16::try_from(start(key)).unwrap_or(u16::MAX)).collect();
        let mut known = [0; BITS / 64];
        for (word, bit) in by_key.iter().flat_map(|phrase| written(phrase.text)).map(place) {
            known.get_mut(word).into_iter().for_each(|word| *word |= bit);
        }
        Self { by_key, starts, known }
    }

    /// Tells of every phrase in `text`, whose planes are given, that does not stand directly after an ASCII letter: its number and the
    /// bytes it takes; what is beyond the planes is not read. One of two bytes must not stand directly before such a letter either.
    pub(super) fn each(&self, text: &[u8], planes: &Planes, mut found: impl FnMut(usize, Range<usize>)) {
        let mut letter_before = 0;
        for (offset, plane) in (0..text.len()).step_by(PLANE).zip(planes) {
            let all = u64::MAX >> PLANE.saturating_sub(text.len() - offset);
            self.at(text, offset, plane.word_starts(letter_before) & all, &mut found);
            letter_before = plane.letters >> (PLANE - 1);
        }
    }

    /// Tells of every phrase that begins at one of these places, counted from `offset`.
    pub(super) fn at(&self, text: &[u8], offset: usize, mut starts: u64, found: &mut impl FnMut(usize, Range<usize>)) {
        while starts != 0 {
            let at = offset + starts.trailing_zeros() as usize;
            starts &= starts - 1;
            let rest = text.get(at..).unwrap_or_default();
            let like = self.like(rest);
            if like.is_empty() {
                continue;
            }
            let head = head(rest);
            for phrase in like {
                if head & phrase.places == phrase.letters && begins_with(rest, phrase.text) {
                    found(phrase.number, at..at + phrase.text.len());
                }
            }
        }
    }

    /// The phrases that may begin a text.
    #[inline]
    fn like(&self, text: &[u8]) -> &[Phrase] {
        if let Some((word, bit)) = text.first_chunk().copied().map(place)
            && self.known.get(word).is_none_or(|word| word & bit == 0)
        {
            return &[];
        }
        self.of_key(text)
    }

    /// The phrases of the same key.
    #[inline(never)]
    fn of_key(&self, text: &[u8]) -> &[Phrase] {
        let Some(key) = key(text) else { return &[] };
        let [Some(start), Some(end)] = [self.starts.get(key), self.starts.get(key + 1)] else { return &[] };
        self.by_key.get(usize::from(*start)..usize::from(*end)).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::recognize::planes::planes_of;

    const PHRASES: [&str; 9] = ["ab", "abc", "abc d", "b a", "ba", "é a", "жа", "c d", "a1 b"];

    fn naive(text: &[u8]) -> Vec<(usize, usize)> {
        let letter = |at: Option<usize>| at.and_then(|at| text.get(at)).is_some_and(u8::is_ascii_alphabetic);
        let places = (0..text.len()).filter(|at| !letter(at.checked_sub(1)));
        let written = |at: usize, length: usize| {
            let part = text.get(at..at + length)?.iter();
            Some(part.map(|byte| if matches!(byte, b'-' | b'_' | b'.') { b' ' } else { byte.to_ascii_lowercase() }))
        };
        let fits = |at: usize, phrase: &str| {
            written(at, phrase.len()).is_some_and(|part| part.eq(phrase.bytes()))
                && (phrase.len() > 2 || !letter(Some(at + 2)))
        };
        places.flat_map(|at| (0..PHRASES.len()).filter(move |n| fits(at, PHRASES[*n])).map(move |n| (at, n))).collect()
    }

    proptest! {
        #[test]
        fn phrases_are_those_of_a_naive_search(text in "[abcdéжAB 1_.\\-@\\[\\]`{~]{0,64}") {
            let mut found = Vec::new();
            Phrases::new(PHRASES).each(text.as_bytes(), &planes_of(text.as_bytes()), |number, place| found.push((place.start, number)));
            found.sort_unstable();
            prop_assert_eq!(found, naive(text.as_bytes()));
        }
    }
}
