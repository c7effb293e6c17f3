//! The shape of a number: which of its characters are digits, letters and signs between groups, as one number that is looked up in tables.

use std::hash::{BuildHasherDefault, Hasher};

/// The most letters and digits of a number; the longest is a French social security number with its spaces.
pub(super) const LONGEST: usize = 32;

/// Bits of the table that is asked before the map.
const FILTER_BITS: u64 = 1 << 16;

/// Shapes are numbers already.
pub(super) type Hashed = BuildHasherDefault<Shape>;

#[derive(Default)]
pub(super) struct Shape(u64);

impl Hasher for Shape {
    fn write(&mut self, bytes: &[u8]) {
        self.0 = bytes.iter().copied().fold(self.0, longer);
    }

    fn write_u64(&mut self, shape: u64) {
        self.0 = shape;
    }

    fn finish(&self) -> u64 {
        self.0.wrapping_mul(0x9e37_79b9_7f4a_7c15)
    }
}

pub(super) const EMPTY_SHAPE: u64 = 0;
/// Classes of characters in a shape; each separator is a class of its own.
pub(super) const DIGIT: u8 = 1;
const LETTER: u8 = 2;

/// The class of every byte; zero for those that are in no number.
const CLASSES: [u8; 256] = classes();

#[allow(clippy::indexing_slicing, reason = "computed at compile time, where an index out of range stops the build")]
const fn classes() -> [u8; 256] {
    let mut table = [0; 256];
    let mut byte = 0;
    while byte < 128_u8 {
        table[byte as usize] = match byte {
            b'0'..=b'9' => DIGIT,
            b'A'..=b'Z' | b'a'..=b'z' => LETTER,
            b' ' => 3,
            b'-' => 4,
            b'.' => 5,
            b'/' => 6,
            b'(' => 7,
            b')' => 8,
            _ => 0,
        };
        byte += 1;
    }
    table
}

#[inline]
pub(super) fn class(byte: u8) -> u8 {
    CLASSES.get(usize::from(byte)).copied().unwrap_or_default()
}

/// The shape with one more character: a number with a digit of base nine for each class, which short shapes share with no other.
#[inline]
pub(super) fn longer(shape: u64, class: u8) -> u64 {
    shape.wrapping_mul(9).wrapping_add(u64::from(class))
}

/// The shape with a group of letters and digits, so many in all, of which the digits are given.
#[inline]
pub(super) fn with_group(mut shape: u64, mut digits: u64, mut length: u32) -> u64 {
    while length > 0 {
        let ones = digits.trailing_ones().min(length);
        let (class, count) = if ones > 0 { (DIGIT, ones) } else { (LETTER, digits.trailing_zeros().min(length)) };
        let Some((power, sum)) = POWERS.get(count as usize) else { return shape };
        shape = shape.wrapping_mul(*power).wrapping_add(sum.wrapping_mul(u64::from(class)));
        digits = digits >> (count - 1) >> 1;
        length -= count;
    }
    shape
}

/// Of each number of characters of one class, what [`longer`] multiplies by in all and what it adds for the first class.
const POWERS: [(u64, u64); LONGEST + 1] = powers();

#[allow(clippy::indexing_slicing, reason = "computed at compile time, where an index out of range stops the build")]
const fn powers() -> [(u64, u64); LONGEST + 1] {
    let mut table = [(1_u64, 0_u64); LONGEST + 1];
    let mut count = 1;
    while count < table.len() {
        let (power, sum) = table[count - 1];
        table[count] = (power.wrapping_mul(9), sum.wrapping_mul(9).wrapping_add(1));
        count += 1;
    }
    table
}

/// All shapes of a layout: every `X` is once a digit and once a letter.
pub(super) fn shapes(layout: &str) -> Vec<u64> {
    layout.bytes().fold(vec![EMPTY_SHAPE], |shapes, byte| {
        let classes = if byte == b'X' { vec![DIGIT, LETTER] } else { vec![class(byte)] };
        shapes.iter().flat_map(|shape| classes.iter().map(|class| longer(*shape, *class))).collect()
    })
}

/// A set of shapes; nearly none that is not in it seems to be.
pub(super) struct Filter(Vec<u64>);

impl Filter {
    pub(super) fn of(shapes: impl Iterator<Item = u64>) -> Self {
        let mut bits = vec![0; (FILTER_BITS / 64) as usize];
        for (word, bit) in shapes.map(place) {
            bits.get_mut(word).into_iter().for_each(|word| *word |= bit);
        }
        Self(bits)
    }

    #[inline]
    pub(super) fn may_have(&self, shape: u64) -> bool {
        let (word, bit) = place(shape);
        self.0.get(word).is_some_and(|word| word & bit != 0)
    }
}

fn place(shape: u64) -> (usize, u64) {
    let bit = shape.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> (u64::BITS - FILTER_BITS.ilog2());
    ((bit / 64) as usize, 1 << (bit % 64))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn groups_are_taken_as_one_by_one(shape: u64, group in "[0-9a-zA-Z]{0,32}") {
            let digits = group.bytes().rev().fold(0, |bits, byte| bits << 1 | u64::from(byte.is_ascii_digit()));
            let naive = group.bytes().map(class).fold(shape, longer);
            prop_assert_eq!(with_group(shape, digits, group.len() as u32), naive);
        }
    }

    #[test]
    fn a_layout_has_a_shape_for_each_kind_of_x() {
        let of = |text: &str| text.bytes().map(class).fold(EMPTY_SHAPE, longer);
        assert_eq!(shapes("X9-X"), [of("19-1"), of("19-a"), of("a9-1"), of("a9-a")]);
        let filter = Filter::of(shapes("99 A").into_iter());
        assert!(filter.may_have(of("12 b")) && !filter.may_have(of("12 3")));
    }
}
