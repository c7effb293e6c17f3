//! Short texts that are looked for directly before or after a place, such as `aged ` before a number. A table of three bytes says nearly always
//! that none is there, so that a long list costs as little as a short one.

use std::sync::OnceLock;

use super::Page;

/// Bits of a table; few enough that all tables stay near the processor.
const BITS: usize = 1 << 12;
/// The bits of a table.
type Table = [u64; BITS / 64];

/// Texts in any case of ASCII letters, at least three bytes each. Where several fit the first in the list counts.
pub(super) struct Marks<const N: usize> {
    marks: [&'static str; N],
    index: OnceLock<Index<N>>,
}

struct Index<const N: usize> {
    first: Side<N>,
    last: Side<N>,
}

/// How marks begin, or how they end.
struct Side<const N: usize> {
    /// The bits of all of them.
    table: Table,
    /// The three bytes of each, in any case, and its number; in order.
    folded: [(u32, usize); N],
}

impl<const N: usize> Marks<N> {
    pub(super) const fn new(marks: [&'static str; N]) -> Self {
        Self { marks, index: OnceLock::new() }
    }

    /// The mark that starts at `at`.
    #[inline]
    pub(super) fn at(&self, page: &Page<'_>, at: usize) -> Option<&'static str> {
        let three = page.text().as_bytes().get(at..)?.first_chunk()?;
        self.like(&self.index().first, *three)?.find(|mark| page.has_at(at, mark))
    }

    /// The mark that ends at `at`.
    #[inline]
    pub(super) fn before(&self, page: &Page<'_>, at: usize) -> Option<&'static str> {
        let three = page.text().as_bytes().get(..at)?.last_chunk()?;
        self.like(&self.index().last, *three)?.find(|mark| page.has_before(at, mark))
    }

    /// The marks with these three bytes; none when the table says that there are none.
    #[inline]
    fn like(&self, side: &Side<N>, three: [u8; 3]) -> Option<impl Iterator<Item = &'static str>> {
        let folded = fold(three);
        let (word, bit) = place(folded);
        let known = side.table.get(word).is_some_and(|word| word & bit != 0);
        known.then(|| {
            let from = side.folded.partition_point(|(three, _)| *three < folded);
            let same = side.folded.iter().skip(from).take_while(move |(three, _)| *three == folded);
            same.filter_map(|(_, number)| self.marks.get(*number).copied())
        })
    }

    fn index(&self) -> &Index<N> {
        self.index.get_or_init(|| Index {
            first: Side::new(self.marks.map(|mark| mark.as_bytes().first_chunk().copied().unwrap_or_default())),
            last: Side::new(self.marks.map(|mark| mark.as_bytes().last_chunk().copied().unwrap_or_default())),
        })
    }
}

impl<const N: usize> Side<N> {
    fn new(threes: [[u8; 3]; N]) -> Self {
        let mut number = 0..;
        let mut folded = threes.map(|three| (fold(three), number.next().unwrap_or_default()));
        folded.sort_unstable();
        let mut table = [0; BITS / 64];
        for (word, bit) in folded.map(|(three, _)| place(three)) {
            table.get_mut(word).into_iter().for_each(|word| *word |= bit);
        }
        Self { table, folded }
    }
}

/// Three bytes as one number, the same for letters of both cases.
#[inline]
fn fold([first, second, third]: [u8; 3]) -> u32 {
    u32::from_le_bytes([first, second, third, 0]) | 0x0020_2020
}

/// Where the bit of three bytes is.
#[inline]
fn place(folded: u32) -> (usize, u64) {
    let bit = (folded.wrapping_mul(0x9e37_79b1) >> (u32::BITS - BITS.ilog2())) as usize;
    (bit / 64, 1 << (bit % 64))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_are_found_beside_a_place() {
        let marks = Marks::new(["aged ", "age: ", "né "]);
        let page = Page::new("AGED 34, Né 5, aged");
        assert_eq!(marks.before(&page, 5), Some("aged "));
        assert_eq!(marks.before(&page, 13), Some("né "));
        assert_eq!(marks.at(&page, 0), Some("aged "));
        assert_eq!((marks.at(&page, 15), marks.before(&page, 1)), (None, None));
    }
}
