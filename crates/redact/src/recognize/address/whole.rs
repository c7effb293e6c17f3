//! Whole addresses that the label of a field tells, in whatever letters: `Domicilio: calle de las rosas 86, 2º B`.

use super::BY_WORD;
use super::labeled::{STAND_INS, opens};
use crate::finding::{Finding, Span, SpanText as _};
use crate::kind::Kind;
use crate::recognize::Page;
use crate::recognize::dates::is_like_year;
use crate::recognize::list::List;

/// Labels of such fields.
static LABELS: List = List::new(
    "address adresa adresi adresă adresse adress adres anschrift bydliště direccion dirección domicile domicilio domiciliu endereco \
     endereço indirizzo lakcím morada osoite residencia residenza wohnadresse wohnanschrift wohnort",
);
/// Words before `address` that do not make it another one, such as that of a machine.
static KINDS: List = List::new("billing current full home mailing permanent postal residential shipping street");
/// The longest label, in characters.
const LONGEST_LABEL: usize = 16;
/// The longest address, in characters.
const LONGEST: usize = 80;
/// The longest house number, in digits.
const LONGEST_NUMBER: usize = 5;
/// The least letters of one word of an address.
const LEAST_LETTERS: usize = 4;

/// Appends the addresses of fields in which none of the findings from `known` on stands.
pub(super) fn find(page: &Page<'_>, findings: &mut Vec<Finding>, known: usize) {
    for colon in page.colons() {
        let Some(span) = at(page, *colon) else { continue };
        let apart = |finding: &Finding| finding.span.end <= span.start || finding.span.start >= span.end;
        if findings.iter().skip(known).all(apart) {
            findings.push(Finding::new(Kind::StreetAddress, span, BY_WORD));
        }
    }
}

/// The address after the colon at `colon`.
fn at(page: &Page<'_>, colon: usize) -> Option<Span> {
    let end = page.back_while(colon, 2, |c| matches!(c, '"' | '\'' | '*'));
    // How the labels end; few other words do.
    let last = page.byte_before(end)?;
    if !matches!(last, b's' | b'a' | b'i' | b'e' | b't' | b'o' | b'n' | b'u' | b'm' | 0x83 | 0x9b) {
        return None;
    }
    labeled(page, colon, end)
}

#[inline(never)]
fn labeled(page: &Page<'_>, colon: usize, end: usize) -> Option<Span> {
    let label = page.letters_before(end, LONGEST_LABEL, char::is_alphabetic);
    if !LABELS.has(page.slice(label, end)) {
        return None;
    }
    let kind = page.letters_before(label.saturating_sub(1), LONGEST_LABEL, char::is_alphabetic);
    let other = page.byte_before(label) == Some(b' ') && kind + 1 < label;
    let start = if other && KINDS.has(page.slice(kind, label - 1)) { kind } else { label };
    opens(page, start).then(|| value(page, colon)).flatten()
}

/// The value of the field, when it has words and the number of a house, and nothing that addresses have not.
fn value(page: &Page<'_>, colon: usize) -> Option<Span> {
    let start = page.ahead_while(colon + 1, 4, |c| matches!(c, ' ' | '"' | '\'' | '*' | '\t'));
    let end = page.ahead_while(start, LONGEST, |c| {
        c.is_alphanumeric() || matches!(c, ' ' | ',' | '.' | '-' | '/' | '#' | 'º' | 'ª' | '°' | '\'' | '’' | '(' | ')')
    });
    let closes = page.after(end).is_none_or(|c| matches!(c, '\n' | '\r' | '"' | '<' | '|' | ';' | '*'));
    let text = page.slice(start, end).trim_end_matches([' ', '.', ',', '\'', '-']);
    let words = || text.split([' ', ',', '/', '-', '(', ')', '#']).filter(|word| !word.is_empty());
    let said = words().next().is_some_and(|first| !STAND_INS.has(first));
    let named = words().any(|word| word.chars().filter(|c| c.is_alphabetic()).count() >= LEAST_LETTERS);
    let whole = closes && said && named && words().any(|word| is_house(word.trim_end_matches('.')));
    whole.then(|| Span::new(start, start + text.len()))
}

/// Whether the word is the number of a house: `86`, `12a`, and no year.
fn is_house(word: &str) -> bool {
    let digits = word.bytes().take_while(u8::is_ascii_digit).count();
    let letter = word.len() == digits || word.len() == digits + 1 && word.ends_with(char::is_alphabetic);
    (1..=LONGEST_NUMBER).contains(&digits) && letter && !word.get(..digits).is_some_and(is_like_year)
}
