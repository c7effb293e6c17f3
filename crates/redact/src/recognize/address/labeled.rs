//! Streets without a house number that the label of a field tells: `Street: King Edward Avenue`, `"street": "Larkspur Lane"`. Forms have the
//! number in a field of its own.

use super::BY_WORD;
use super::street::is_connector;
use crate::finding::{Finding, Span, SpanText as _};
use crate::kind::Kind;
use crate::recognize::Page;
use crate::recognize::list::List;

/// Labels of such fields.
static LABELS: List =
    List::new("street streetname straße strasse straßenname strassenname calle rua straat straatnaam ulica");
/// How forms say that nothing was written.
pub(super) static STAND_INS: List =
    List::new("unknown no not none please bitte your enter insert example same see select choose");
/// The longest name of a street, in bytes.
const LONGEST: usize = 40;
/// The most words of one.
const MOST_WORDS: usize = 5;

/// Appends the streets after colons.
#[inline(never)]
pub(super) fn find(page: &Page<'_>, findings: &mut Vec<Finding>) {
    let streets = page.colons().iter().filter_map(|colon| at(page, *colon));
    findings.extend(streets.map(|street| Finding::new(Kind::StreetAddress, street, BY_WORD)));
}

/// The street after the colon at `colon`.
fn at(page: &Page<'_>, colon: usize) -> Option<Span> {
    let head = page.text().as_bytes().get(..colon)?;
    // How the labels end; nearly no other does.
    let ends = match head {
        [.., b'e' | b'E' | b'a', b't' | b'T'] | [.., 0x9f | b's' | b'S' | b'l', b'e' | b'E'] => true,
        [.., b'u' | b'c', b'a'] | [.., b'"' | b'\'' | b'*'] => true,
        [.., b'm', b'e'] => page.has_before(colon, "street name"),
        _ => false,
    };
    ends.then(|| named(page, colon)).flatten()
}

#[inline(never)]
fn named(page: &Page<'_>, colon: usize) -> Option<Span> {
    let end = page.back_while(colon, 2, |c| matches!(c, '"' | '\'' | '*'));
    let label = page.letters_before(end, 16, char::is_alphabetic);
    if !LABELS.has(page.slice(label, end)) {
        // `Street name:`
        let spaced = page.slice(label, end).eq_ignore_ascii_case("name") && page.has_before(label, "street ");
        return spaced.then(|| value(page, colon)).flatten();
    }
    opens(page, label).then(|| value(page, colon)).flatten()
}

/// Whether a label begins its line, column or key.
pub(super) fn opens(page: &Page<'_>, label: usize) -> bool {
    let before = page.bytes_before(label, 4).trim_end_matches(' ');
    before.is_empty() || before.ends_with(['\n', '\"', '\'', '*', '-', '|', '{', ',', ';', '•', '_', '>'])
}

/// The words after the colon, when all of them are those of a name and nothing else stands in the field.
fn value(page: &Page<'_>, colon: usize) -> Option<Span> {
    let start = page.ahead_while(colon + 1, 4, |c| matches!(c, ' ' | '"' | '\'' | '*' | '\t'));
    let end = page.ahead_while(start, LONGEST, |c| c.is_alphabetic() || matches!(c, ' ' | '\'' | '’' | '-' | '.'));
    let text = page.slice(start, end).trim_end_matches([' ', '.']);
    let closes = page.after(end).is_none_or(|c| matches!(c, '\n' | '\r' | '"' | '\'' | ',' | '<' | '|' | ';' | '*'));
    let mut words = text.split([' ', '-']);
    let named = |word: &str| word.starts_with(char::is_uppercase) && word.chars().any(char::is_lowercase);
    let count = words.clone().count();
    let first = words.clone().next().is_some_and(|word| named(word) && !STAND_INS.has(word));
    let whole = first && (2..=MOST_WORDS).contains(&count) && words.all(|word| named(word) || is_connector(word));
    (closes && whole).then(|| Span::new(start, start + text.len()))
}
