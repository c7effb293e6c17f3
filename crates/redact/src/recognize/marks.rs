//! Short texts that are looked for directly before or after a place, such as `aged ` before a number. A table of three bytes says nearly always
//! that none is there, so that a long list costs as little as a short one.

use std::cmp::Reverse;
use std::sync::OnceLock;

use super::Page;

/// Bits of a table; few enough that all tables stay near the processor.
const BITS: usize = 1 << 12;
/// The bits of a table.
type Table = [u64; BITS / 64];

/// Texts in any case of ASCII letters, at least three bytes each. Where several fit the longest counts.
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
    /// How many bits stand before each word of the table.
    ranks: [u16; BITS / 64],
    /// For every bit where its marks start in `folded`.
    starts: [u16; N],
    /// The three bytes of each, in any case, and its number; by their bits, and the longest first.
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
        let side = &self.index().first;
        let folded = side.known(*three)?;
        self.like(side, folded, |mark| page.has_at(at, mark)).map(|(mark, _)| mark)
    }

    /// The mark that ends at `at`.
    #[inline]
    pub(super) fn before(&self, page: &Page<'_>, at: usize) -> Option<&'static str> {
        self.numbered_before(page, at).map(|(mark, _)| mark)
    }

    /// The same, with its number in the list.
    #[inline]
    pub(super) fn numbered_before(&self, page: &Page<'_>, at: usize) -> Option<(&'static str, usize)> {
        let three = page.text().as_bytes().get(..at)?.last_chunk()?;
        let side = &self.index().last;
        let folded = side.known(*three)?;
        self.like(side, folded, |mark| page.has_before(at, mark))
    }

    /// The first of the marks with these three bytes that fits.
    #[inline(never)]
    fn like(&self, side: &Side<N>, three: u32, fits: impl Fn(&str) -> bool) -> Option<(&'static str, usize)> {
        let same = side.of(three).iter().filter(|(other, _)| *other == three);
        let mut same = same.filter_map(|(_, number)| self.marks.get(*number).map(|mark| (*mark, *number)));
        same.find(|(mark, _)| fits(mark))
    }

    fn index(&self) -> &Index<N> {
        self.index.get_or_init(|| Index {
            first: Side::new(&self.marks, |mark| mark.first_chunk().copied()),
            last: Side::new(&self.marks, |mark| mark.last_chunk().copied()),
        })
    }
}

impl<const N: usize> Side<N> {
    /// Three bytes in one case, when marks may begin or end with them.
    #[inline]
    fn known(&self, three: [u8; 3]) -> Option<u32> {
        let folded = fold(three);
        let (word, bit) = place(folded);
        self.table.get(word).is_some_and(|word| word & bit != 0).then_some(folded)
    }

    /// The marks that share the bit of three bytes.
    fn of(&self, three: u32) -> &[(u32, usize)] {
        let (word, bit) = place(three);
        let (bits, before) = (self.table.get(word), self.ranks.get(word));
        let rank = bits.map_or(0, |bits| (bits & (bit - 1)).count_ones()) + before.copied().map_or(0, u32::from);
        let start = |rank: u32| self.starts.get(rank as usize).map_or(N, |start| usize::from(*start));
        self.folded.get(start(rank)..start(rank + 1)).unwrap_or_default()
    }

    fn new(marks: &[&str; N], three: impl Fn(&[u8]) -> Option<[u8; 3]>) -> Self {
        let mut number = 0..;
        let mut folded =
            marks.map(|mark| (fold(three(mark.as_bytes()).unwrap_or_default()), number.next().unwrap_or_default()));
        let length = |number: usize| marks.get(number).map_or(0, |mark| mark.len());
        folded.sort_unstable_by_key(|(three, number)| (place(*three), Reverse(length(*number))));
        let (mut table, mut ranks, mut starts, mut rank) = ([0; BITS / 64], [0; BITS / 64], [N as u16; N], 0);
        for (at, (three, _)) in folded.iter().enumerate() {
            let (word, bit) = place(*three);
            let Some(bits) = table.get_mut(word).filter(|bits| **bits & bit == 0) else { continue };
            *bits |= bit;
            if let Some(start) = starts.get_mut(rank) {
                *start = at as u16;
            }
            rank += 1;
        }
        let mut seen = 0;
        for (rank, bits) in ranks.iter_mut().zip(&table) {
            *rank = seen;
            seen += bits.count_ones() as u16;
        }
        Self { table, ranks, starts, folded }
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
