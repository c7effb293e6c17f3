//! The columnar form of an answer: one code a record, one word a member. Exact although the word holds whole seconds:
//! where a boundary lies inside a second, the records of that very second are asked again in microseconds.

use candor_core::{Mask, Reason};
use jiff::Timestamp;
use std::collections::BTreeMap;

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

/// How a word is to be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    /// `before` for seconds under `at`, `after` from it on.
    Whole,
    /// The same, but the boundary lies inside the second `at`.
    Ragged,
    /// More than one boundary: the class knows them.
    List,
}

/// What the author's own facts say of all their records.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Word {
    pub(crate) at: u32,
    pub(crate) before: Code,
    pub(crate) after: Code,
    pub(crate) form: Form,
}

impl Word {
    /// The same answer at all times.
    pub(crate) fn always(code: Code) -> Self {
        Self { at: 0, before: code, after: code, form: Form::Whole }
    }

    /// One boundary, in microseconds.
    pub(crate) fn turning(at_us: i64, before: Code, after: Code) -> Self {
        let at = second(at_us);
        // At the ends of the range many seconds share one number.
        let whole = at_us % 1_000_000 == 0 && at != 0 && at != u32::MAX;
        Self { at, before, after, form: if whole { Form::Whole } else { Form::Ragged } }
    }

    /// The codes of some records by the second in which they were written and by what they say of themselves; tells if
    /// one lies in the very second of the boundary.
    #[inline(always)]
    pub(crate) fn decide(self, seconds: &[u32], own: &[Code], out: &mut [Code]) -> bool {
        let mut tied = false;
        for ((out, own), second) in out.iter_mut().zip(own).zip(seconds) {
            let code = if *second < self.at { self.before } else { self.after };
            *out = code.stricter(*own);
            tied |= *second == self.at;
        }
        tied
    }

    /// More than one boundary.
    pub(crate) fn listed() -> Self {
        Self { at: 0, before: Code::ALLOW, after: Code::ALLOW, form: Form::List }
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
        let cases = [
            (5_000_000, 5, Form::Whole),
            (5_000_001, 5, Form::Ragged),
            (-1, 0, Form::Ragged),
            (0, 0, Form::Ragged),
            (i64::MAX, u32::MAX, Form::Ragged),
        ];
        for (us, at, form) in cases {
            let word = Word::turning(us, Code::REDACT, Code::ALLOW);
            assert_eq!((word.at, word.form), (at, form), "{us}");
        }
        let between = Timestamp::from_nanosecond(1_000_000_001).unwrap();
        assert_eq!(microsecond(between), 1_000_001);
    }
}
