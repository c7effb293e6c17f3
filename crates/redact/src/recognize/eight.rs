//! Eight bytes looked at as one number: which of them lie in a range, told without a loop and without a branch. Says where, never what.

/// How many bytes are told apart at once.
pub(super) const EIGHT: usize = 8;

/// A one in each byte.
const ALL: u64 = u64::from_ne_bytes([1; EIGHT]);
/// The highest bit of each byte.
const HIGH: u64 = ALL << 7;

/// Eight bytes, the first in the lowest place.
#[derive(Clone, Copy)]
pub(super) struct Eight(u64);

/// Some of eight bytes: the highest bit of each of their bytes.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Some8(u64);

impl Eight {
    #[inline]
    pub(super) fn new(bytes: [u8; EIGHT]) -> Self {
        Self(u64::from_le_bytes(bytes))
    }

    /// The same with ASCII capitals as small letters; some other bytes change too, and none becomes a letter.
    #[inline]
    pub(super) fn folded(self) -> Self {
        Self(self.0 | (ALL * 0x20))
    }

    /// Which are ASCII and lie from `first` to `last`, both ASCII.
    #[inline]
    pub(super) fn within(self, first: u8, last: u8) -> Some8 {
        let low = self.0 & !HIGH;
        let from_first = low + ALL * u64::from(0x80 - first);
        let after_last = low + ALL * u64::from(0x7f - last);
        Some8(from_first & !after_last & !self.0 & HIGH)
    }

    /// Those of these letters that are small.
    #[inline]
    pub(super) fn small(self, letters: Some8) -> Some8 {
        // The bit in which the cases differ, where the bits of `Some8` are.
        Some8(letters.0 & (self.0 << 2))
    }

    /// Which are not ASCII.
    #[inline]
    pub(super) fn foreign(self) -> Some8 {
        Some8(self.0 & HIGH)
    }
}

impl Some8 {
    /// None of them.
    pub(super) const NONE: Self = Self(0);

    #[inline]
    pub(super) fn is_empty(self) -> bool {
        self.0 == 0
    }

    #[inline]
    pub(super) fn or(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    #[inline]
    pub(super) fn and(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    #[inline]
    pub(super) fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }

    /// Those that stand directly after one of these; the first does where the last of the `eight_before` is one of them.
    #[inline]
    pub(super) fn after(self, eight_before: Self) -> Self {
        Self(self.0 << 8 | eight_before.0 >> 56)
    }
}

impl Some8 {
    /// Those that do not stand directly after another of these.
    #[inline]
    pub(super) fn firsts(self) -> Self {
        self.without(self.after(Self::NONE))
    }

    /// How many of them stand side by side from `at` on.
    #[inline]
    pub(super) fn length_from(self, at: usize) -> usize {
        let gaps = (!self.0 & HIGH) >> (8 * at);
        (gaps.trailing_zeros() as usize / 8).min(EIGHT - at)
    }
}

/// Their places, in order.
impl Iterator for Some8 {
    type Item = usize;

    #[inline]
    fn next(&mut self) -> Option<usize> {
        let at = (self.0 != 0).then(|| self.0.trailing_zeros() as usize / 8);
        self.0 &= self.0.wrapping_sub(1);
        at
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn places(bytes: [u8; EIGHT], is: impl Fn(u8) -> bool) -> Vec<usize> {
        (0..EIGHT).filter(|at| is(bytes[*at])).collect()
    }

    proptest! {
        #[test]
        fn all_are_told_as_one_by_one(bytes: [u8; EIGHT], first in 0..0x80_u8, more in 0..0x80_u8) {
            let eight = Eight::new(bytes);
            let last = first.saturating_add(more).min(0x7f);
            let letters = eight.folded().within(b'a', b'z');
            prop_assert_eq!(eight.within(first, last).collect::<Vec<_>>(), places(bytes, |b| (first..=last).contains(&b)));
            prop_assert_eq!(letters.collect::<Vec<_>>(), places(bytes, |b| b.is_ascii_alphabetic()));
            prop_assert_eq!(eight.foreign().collect::<Vec<_>>(), places(bytes, |b| !b.is_ascii()));
            let small: Vec<usize> = eight.small(letters).collect();
            prop_assert_eq!(small, places(bytes, |b| b.is_ascii_lowercase()));
            for at in letters.firsts() {
                let length = bytes[at..].iter().take_while(|b| b.is_ascii_alphabetic()).count();
                prop_assert_eq!(letters.length_from(at), length);
                prop_assert!(at == 0 || !bytes[at - 1].is_ascii_alphabetic());
            }
            let after: Vec<usize> = letters.after(Some8::NONE).collect();
            prop_assert_eq!(after, letters.map(|at| at + 1).filter(|at| *at < EIGHT).collect::<Vec<_>>());
        }
    }
}
