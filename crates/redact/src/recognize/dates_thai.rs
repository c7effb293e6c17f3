//! Dates of Thailand: `21 มกราคม 2517`, `3 ม.ค. 2540`, `5 พฤษภาคม พ.ศ. 2508`. Years are mostly counted from 543 before the common era.

use super::Page;
use super::marks::Marks;
use crate::finding::{Span, SpanText as _};

/// The most bytes from the name of a month to the year.
const LONGEST: usize = 56;

/// Names of months and how they are shortened.
static MONTHS: Marks<24> = Marks::new([
    "มกราคม",
    "กุมภาพันธ์",
    "มีนาคม",
    "เมษายน",
    "พฤษภาคม",
    "มิถุนายน",
    "กรกฎาคม",
    "สิงหาคม",
    "กันยายน",
    "ตุลาคม",
    "พฤศจิกายน",
    "ธันวาคม",
    "ม.ค.",
    "ก.พ.",
    "มี.ค.",
    "เม.ย.",
    "พ.ค.",
    "มิ.ย.",
    "ก.ค.",
    "ส.ค.",
    "ก.ย.",
    "ต.ค.",
    "พ.ย.",
    "ธ.ค.",
]);

/// The date whose day and then year are these runs.
pub(super) fn at(page: &Page<'_>, day: Span, rest: &[Span]) -> Option<Span> {
    let name = day.end + usize::from(page.byte(day.end) == Some(b' '));
    if page.byte(name) != Some(0xe0) || day.len() > 2 || !(1..=31).contains(&page.value(day)) {
        return None;
    }
    let year = rest.first().filter(|year| year.len() == 4 && year.start - name <= LONGEST)?;
    let end = name + MONTHS.at(page, name)?.len();
    let right = matches!(page.slice(end, year.start).trim_matches(' '), "" | "พ.ศ." | "ค.ศ." | "ปี")
        && (1_000..3_000).contains(&page.value(*year));
    right.then(|| Span::new(day.start, year.end))
}
