//! Addresses in Thai: a house number, then the parts of a place, each after its word and each smaller before the larger:
//! `45/12 หมู่ 3 ตำบลบางพระ อำเภอศรีราชา จังหวัดชลบุรี 20110`.

use super::street::number_end;
use crate::finding::{Span, SpanText as _};
use crate::recognize::Page;
use crate::recognize::page::is_thai;

/// Words and abbreviations with which the parts after a house number begin: village, lane, road, building, floor, then subdistrict, district
/// and province.
const PARTS: [&str; 25] = [
    "หมู่",
    "ม.",
    "ซอย",
    "ซ.",
    "ตรอก",
    "ถนน",
    "ถ.",
    "อาคาร",
    "ตึก",
    "คอนโด",
    "ชั้น",
    "ห้อง",
    "ตำบล",
    "ต.",
    "แขวง",
    "อำเภอ",
    "อ.",
    "เขต",
    "จังหวัด",
    "จ.",
    "กรุงเทพ",
    "กทม",
    "บ้าน",
    "โครงการ",
    "ไปรษณีย์",
];
/// The most words after the house number.
const MOST_WORDS: usize = 14;
/// The longest word, in characters.
const LONGEST: usize = 40;

/// The address of which the run is the house number: at least two parts stand after it.
pub(super) fn at(page: &Page<'_>, run: Span) -> Option<Span> {
    let mut end = number_end(page, run);
    if page.byte(end) != Some(b' ') || page.byte(end + 1) != Some(0xe0) {
        return None;
    }
    let (mut at, mut parts, mut named) = (end, 0, false);
    for _ in 0..MOST_WORDS {
        let start = page.ahead_while(at, 2, |c| matches!(c, ' ' | ','));
        at = page.ahead_while(start, LONGEST, |c| !matches!(c, ' ' | ',' | '\n' | '\r'));
        let word = page.slice(start, at);
        let number = !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_digit() || byte == b'/');
        if PARTS.iter().any(|part| word.starts_with(part)) {
            (parts, named, end) = (parts + 1, true, at);
        } else if number && named {
            // The number of a village or a floor, or the postal code at the end.
            end = at;
            if word.len() == 5 {
                break;
            }
        } else if named && word.starts_with(is_thai) {
            // The name of a province without its word; believed when a postal code follows.
            named = false;
            let code = page.ahead_while(at + 1, 6, |c| c.is_ascii_digit());
            if page.byte(at) == Some(b' ') && code == at + 6 && page.ends_word(code) {
                end = code;
                break;
            }
        } else {
            break;
        }
    }
    (parts >= 2).then(|| Span::new(run.start, end))
}
