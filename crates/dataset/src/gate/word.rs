//! The columnar form of an answer: one code a record, one word a member. Exact although the word holds whole seconds:
//! where a boundary lies inside a second, the records of that very second are asked again in microseconds.

use candor_core::{Mask, Reason};
use jiff::Timestamp;
use std::{collections::BTreeMap, ops::Range};

/// The answer about one record in one byte. The smaller code has precedence, so that of two answers the smaller holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Code(u8);

impl Code {
    /// It may be used as it stands.
    pub const ALLOW: Self = Self(u8::MAX);
    /// It may be used after the spans of members who are left out are redacted.
    pub const REDACT: Self = Self(u8::MAX - 1);

    /// It was written after the question's time.
    pub(crate) const STALE: Self = Self(Reason::StaleState as u8);

    /// The code of a mask of reasons; `allow` if there is none.
    #[must_use]
    pub fn of(mask: Mask) -> Self {
        if mask.is_empty() {
            return Self::ALLOW;
        }
        // Bits that name no reason deny too, as the stale state they are.
        mask.primary().map_or(Self::STALE, |reason| Self(reason as u8))
    }

    /// The answer that holds of two.
    #[must_use]
    pub fn stricter(self, other: Self) -> Self {
        Self(self.0.min(other.0))
    }

    /// This code, or another where that holds; without a branch.
    pub(crate) fn or_if(self, holds: bool, other: Self) -> Self {
        Self(self.0 ^ ((self.0 ^ other.0) & u8::from(holds).wrapping_neg()))
    }

    /// Whether the record may be used.
    #[must_use]
    pub fn allows(self) -> bool {
        self >= Self::REDACT
    }

    /// Why it may not be used.
    #[must_use]
    pub fn reason(self) -> Option<Reason> {
        Reason::ALL.get(usize::from(self.0)).copied()
    }

    /// `allow`, `allow_redact`, or the reason's code.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self.reason() {
            Some(reason) => reason.code(),
            None if self == Self::REDACT => "allow_redact",
            None => "allow",
        }
    }

    /// How many records have each code, by name.
    #[must_use]
    pub fn counts(codes: &[Self]) -> BTreeMap<&'static str, u64> {
        let mut by_byte = [0_u64; 256];
        for code in codes {
            by_byte[usize::from(code.0)] += 1;
        }
        let counted = (0_u8..=u8::MAX).zip(by_byte).filter(|(_, count)| *count > 0);
        counted.map(|(byte, count)| (Self(byte).name(), count)).collect()
    }
}

/// What the author's own facts say of their records from a second on, by the second in which they were written. One
/// boundary is enough for nearly everybody: nobody writes before they are registered or of age, and what is left is when
/// they had been told. The class knows the others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Word {
    /// The first second that the word speaks of.
    since: u32,
    /// The second from which on the code is another.
    at: u32,
    before: Code,
    after: Code,
    /// Whether the boundary lies inside its second.
    is_ragged: bool,
}

impl Word {
    /// The same answer at all times.
    pub(crate) fn always(code: Code) -> Self {
        Self { since: 0, at: 0, before: code, after: code, is_ragged: false }
    }

    /// The code of the earliest records, then where it changes, in microseconds, and to what.
    pub(crate) fn of((first, turns): (Code, impl Iterator<Item = (i64, Code)>)) -> Self {
        let mut word = Self::always(first);
        let mut since = 0;
        for (us, code) in turns {
            let at = second(us);
            // At the ends of the range many seconds share one number.
            let is_ragged = us % 1_000_000 != 0 || at == 0 || at == u32::MAX;
            word = Self { since, at, before: word.after, after: code, is_ragged };
            since = at.saturating_add(1);
        }
        word
    }
}

/// How many records are decided at once: few enough for the nearest cache.
const LOT: usize = 2048;
/// How many places of a lot a word is written to in one step; most members have fewer records.
const BLOCK: usize = 16;

/// The words of the authors of a lot of records, written out once a record: what remains is the same step for every
/// record, which compilers do many at a time.
struct Lot {
    at: [u32; LOT + BLOCK],
    /// The code after the boundary, and above it the one before.
    codes: [u16; LOT + BLOCK],
}

impl Lot {
    /// Writes a word to some places; up to a block behind them is written over.
    #[inline(always)]
    fn write(&mut self, places: Range<usize>, word: Word) {
        let codes = u16::from_be_bytes([word.before.0, word.after.0]);
        let mut from = places.start;
        while from < places.end {
            if let (Some(at), Some(both)) = (self.at[from..].first_chunk_mut(), self.codes[from..].first_chunk_mut()) {
                *at = [word.at; BLOCK];
                *both = [codes; BLOCK];
            }
            from += BLOCK;
        }
    }

    /// The codes of records by the second in which they were written and by what they say of themselves; tells if one
    /// lies in the very second of its author's boundary.
    #[inline(always)]
    fn decide(&self, seconds: &[u32], own: &[Code], out: &mut [Code]) -> bool {
        let count = seconds.len();
        let (at, codes) = (&self.at[..count], &self.codes[..count]);
        let (own, out) = (&own[..count], &mut out[..count]);
        let mut tied = 0;
        for n in 0..count {
            let shift = if seconds[n] < at[n] { 8 } else { 0 };
            out[n] = Code(((codes[n] >> shift) as u8).min(own[n].0));
            tied |= u8::from(seconds[n] == at[n]);
        }
        tied != 0
    }
}

/// Records of many authors: where the records of each begin, and the end; when each was written; what it says of itself.
#[derive(Clone, Copy)]
pub(crate) struct Clustered<'a> {
    pub(crate) authors: &'a [u32],
    pub(crate) offsets: &'a [u32],
    pub(crate) seconds: &'a [u32],
    /// The earliest second of each author.
    pub(crate) earliest: &'a [u32],
    pub(crate) own: &'a [Code],
}

/// All codes of some records, with the widest instructions of the machine that it runs on.
struct Pass<'a> {
    records: Clustered<'a>,
    words: &'a [Word],
    codes: &'a mut [Code],
    unsure: &'a mut Vec<usize>,
}

impl pulp::WithSimd for Pass<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: pulp::Simd>(self, _: S) {
        self.records.decide_lots(self.words, self.codes, self.unsure);
    }
}

impl Clustered<'_> {
    /// The codes of all records by their authors' words; tells the places of authors whose word is not enough.
    pub(crate) fn decide(self, words: &[Word], codes: &mut [Code]) -> Vec<usize> {
        let mut unsure = Vec::new();
        pulp::Arch::new().dispatch(Pass { records: self, words, codes, unsure: &mut unsure });
        unsure.sort_unstable();
        unsure.dedup();
        unsure
    }

    #[inline(always)]
    fn decide_lots(self, words: &[Word], codes: &mut [Code], unsure: &mut Vec<usize>) {
        let mut lot = Lot { at: [0; LOT + BLOCK], codes: [0; LOT + BLOCK] };
        let (mut start, mut first) = (0, 0);
        for (place, (author, bounds)) in self.authors.iter().zip(self.offsets.windows(2)).enumerate() {
            let word = words[*author as usize];
            if self.earliest[place] < word.since {
                unsure.push(place);
            }
            let (mut from, end) = (bounds[0] as usize, bounds[1] as usize);
            while from < end {
                let to = end.min(start + LOT);
                lot.write(from - start..to - start, word);
                from = to;
                if to - start == LOT || to == self.seconds.len() {
                    let records = start..to;
                    let (seconds, own) = (&self.seconds[records.clone()], &self.own[records.clone()]);
                    if lot.decide(seconds, own, &mut codes[records]) {
                        self.tied(words, first..place + 1, unsure);
                    }
                    (start, first) = (to, place);
                }
            }
        }
    }

    /// The places of authors with a boundary inside a second in which they wrote a record.
    #[inline(never)]
    fn tied(self, words: &[Word], places: Range<usize>, unsure: &mut Vec<usize>) {
        for place in places {
            let word = words[self.authors[place] as usize];
            let records = self.offsets[place] as usize..self.offsets[place + 1] as usize;
            if word.is_ragged && self.seconds[records].contains(&word.at) {
                unsure.push(place);
            }
        }
    }
}

/// The second that a time in microseconds lies in, held inside 1970 to 2106; it never changes an order.
pub(crate) fn second(us: i64) -> u32 {
    u32::try_from(us.div_euclid(1_000_000).max(0)).unwrap_or(u32::MAX)
}

/// The first whole microsecond that is not before `t`: a record of whole microseconds is before one exactly when it is
/// before the other.
pub(crate) fn microsecond(t: Timestamp) -> i64 {
    let ns = t.as_nanosecond();
    let us = ns.div_euclid(1_000) + i128::from(ns.rem_euclid(1_000) > 0);
    i64::try_from(us).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_keep_the_order_of_the_reasons() {
        assert!(Code::of(Mask::default()).allows() && Code::REDACT.allows());
        for pair in Reason::ALL.windows(2) {
            let codes = [pair[0], pair[1]].map(|reason| Code::of(Mask(reason.bit())));
            assert!(codes[0] < codes[1] && codes[1] < Code::REDACT);
            assert_eq!(codes.map(Code::reason), [Some(pair[0]), Some(pair[1])]);
        }
        let codes = [Code::ALLOW, Code::of(Mask(Reason::ChoiceOff.bit())), Code::ALLOW];
        assert_eq!(Code::counts(&codes).into_iter().collect::<Vec<_>>(), [("allow", 2), ("choice_off", 1)]);
        assert!(!Code::of(Mask(1 << 63)).allows(), "an unknown bit is a doubt");
    }

    #[test]
    fn a_boundary_inside_a_second_is_ragged() {
        let cases =
            [(5_000_000, 5, false), (5_000_001, 5, true), (-1, 0, true), (0, 0, true), (i64::MAX, u32::MAX, true)];
        for (us, at, is_ragged) in cases {
            let word = Word::of((Code::REDACT, [(us, Code::ALLOW)].into_iter()));
            assert_eq!((word.since, word.at, word.is_ragged), (0, at, is_ragged), "{us}");
        }
        let word = Word::of((Code::ALLOW, [(2_000_000, Code::STALE), (5_000_000, Code::REDACT)].into_iter()));
        let expected = Word { since: 3, at: 5, before: Code::STALE, after: Code::REDACT, is_ragged: false };
        assert_eq!(word, expected, "it does not speak of records before the second after the first boundary");
        let between = Timestamp::from_nanosecond(1_000_000_001).unwrap();
        assert_eq!(microsecond(between), 1_000_001);
    }
}
