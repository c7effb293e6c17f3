//! Addresses in Hindi: a house or a flat with its number (`मकान नंबर 12, गांधी नगर`, `फ्लैट 7, सेक्टर 5`), or a number before a street
//! (`43/32, सुभाष मार्ग`), with the city and its postal code after them.

use super::street::number_end;
use crate::finding::{Span, SpanText as _};
use crate::recognize::Page;

/// Words before the number of a house.
const HOUSES: [&str; 8] = ["मकान", "फ्लैट", "प्लॉट", "घर", "दुकान", "हाउस", "कोठी", "क्वार्टर"];
/// Words for number.
const NUMBERS: [&str; 7] = ["नंबर", "नम्बर", "नं.", "नं", "सं.", "संख्या", "क्रमांक"];
/// Last words of streets and quarters.
const STREETS: [&str; 16] = [
    "नगर",
    "मार्ग",
    "रोड",
    "गली",
    "कॉलोनी",
    "कालोनी",
    "पथ",
    "चौक",
    "विहार",
    "सड़क",
    "बाजार",
    "बाग",
    "मोहल्ला",
    "पुरम",
    "एन्क्लेव",
    "लेन",
];
/// Words for a part of a city that its number follows.
const SECTORS: [&str; 5] = ["सेक्टर", "ब्लॉक", "गली", "वार्ड", "फेज"];

fn is_devanagari(c: char) -> bool {
    matches!(c, '\u{900}'..='\u{97f}' | '.')
}

/// The address of which the run is the number.
pub(super) fn at(page: &Page<'_>, run: Span) -> Option<Span> {
    let end = number_end(page, run);
    let house = house(page, run.start);
    let street = (page.byte(end) == Some(b',')).then(|| street(page, end + 2)).flatten();
    let start = house.or_else(|| street.map(|_| run.start))?;
    Some(Span::new(start, city(page, street.unwrap_or(end))))
}

/// The start of the words for a house before its number at `at`.
fn house(page: &Page<'_>, at: usize) -> Option<usize> {
    let word = |at: usize| {
        let end = at.checked_sub(1).filter(|gap| page.byte(*gap) == Some(b' '))?;
        let start = page.back_while(end, 12, is_devanagari);
        Some((start, page.slice(start, end)))
    };
    let (start, text) = word(at)?;
    if HOUSES.contains(&text) {
        return Some(start);
    }
    let (start, house) = word(start).filter(|_| NUMBERS.contains(&text))?;
    HOUSES.contains(&house).then_some(start)
}

/// The end of the street that starts at `at`: `सुभाष मार्ग`, `सेक्टर 5`, `गली नंबर 3`.
fn street(page: &Page<'_>, at: usize) -> Option<usize> {
    let mut start = at;
    for _ in 0..5 {
        let end = page.ahead_while(start, 16, is_devanagari);
        let word = page.slice(start, end);
        if word.is_empty() {
            return None;
        }
        let number = [" ", " नंबर ", " नं. "].iter().find_map(|sign| {
            let from = page.has_at(end, sign).then_some(end + sign.len())?;
            let to = page.ahead_while(from, 4, |c| c.is_ascii_digit());
            (to > from).then_some(to)
        });
        if let Some(number) = number.filter(|_| SECTORS.contains(&word)) {
            return Some(number);
        }
        if STREETS.contains(&word) {
            return Some(end);
        }
        if page.byte(end) != Some(b' ') {
            return None;
        }
        start = end + 1;
    }
    None
}

/// Past the city and its postal code: `, दिल्ली 110001`.
fn city(page: &Page<'_>, end: usize) -> usize {
    let start = page.ahead_while(end, 2, |c| matches!(c, ',' | ' ' | '\n'));
    let name = page.ahead_while(start, 24, |c| is_devanagari(c) || c == ' ' || c == '-');
    let code = page.ahead_while(name, 7, |c| c.is_ascii_digit());
    if start > end && code == name + 6 && page.ends_word(code) { code } else { end }
}
