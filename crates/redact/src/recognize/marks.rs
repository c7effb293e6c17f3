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
    /// How marks begin, then how they end.
    tables: OnceLock<[Table; 2]>,
}

impl<const N: usize> Marks<N> {
    pub(super) const fn new(marks: [&'static str; N]) -> Self {
        Self { marks, tables: OnceLock::new() }
    }

    /// The mark that starts at `at`.
    pub(super) fn at(&self, page: &Page<'_>, at: usize) -> Option<&'static str> {
        let three = [page.byte(at)?, page.byte(at + 1)?, page.byte(at + 2)?];
        let [first, _] = self.tables();
        if !holds(first, three) {
            return None;
        }
        self.marks.iter().find(|mark| page.has_at(at, mark)).copied()
    }

    /// The mark that ends at `at`.
    pub(super) fn before(&self, page: &Page<'_>, at: usize) -> Option<&'static str> {
        let from = at.checked_sub(3)?;
        let three = [page.byte(from)?, page.byte(from + 1)?, page.byte(from + 2)?];
        let [_, last] = self.tables();
        if !holds(last, three) {
            return None;
        }
        self.marks.iter().find(|mark| page.has_before(at, mark)).copied()
    }

    fn tables(&self) -> &[Table; 2] {
        self.tables.get_or_init(|| {
            let mut tables = [[0; BITS / 64]; 2];
            for mark in &self.marks {
                let bytes = mark.as_bytes();
                if let ([a, b, c, ..], [.., x, y, z]) = (bytes, bytes) {
                    let [first, last] = &mut tables;
                    set(first, [*a, *b, *c]);
                    set(last, [*x, *y, *z]);
                }
            }
            tables
        })
    }
}

/// Where the bit of three bytes is, whatever their case.
fn place([first, second, third]: [u8; 3]) -> (usize, u64) {
    let folded = u32::from_le_bytes([first, second, third, 0]) | 0x0020_2020;
    let bit = (folded.wrapping_mul(0x9e37_79b1) >> (u32::BITS - BITS.ilog2())) as usize;
    (bit / 64, 1 << (bit % 64))
}

fn set(table: &mut Table, three: [u8; 3]) {
    let (word, bit) = place(three);
    if let Some(word) = table.get_mut(word) {
        *word |= bit;
    }
}

fn holds(table: &Table, three: [u8; 3]) -> bool {
    let (word, bit) = place(three);
    table.get(word).is_some_and(|word| word & bit != 0)
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
