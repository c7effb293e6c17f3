//! Bank identifiers (ISO 9362): eight or eleven capitals and digits after the word BIC or SWIFT. Without the word they look like any other
//! capitals and are left.

use super::literals::Literal;
use super::{Page, Recognizer};
use crate::finding::{Finding, Span};
use crate::kind::Kind;

/// How far after the word the identifier stands, in bytes.
const REACH: usize = 24;

/// Recognizes bank identifiers.
pub struct Bic;

impl Recognizer for Bic {
    fn kinds(&self) -> &'static [Kind] {
        &[Kind::Bic]
    }

    fn find(&self, page: &Page<'_>, findings: &mut Vec<Finding>) {
        for (literal, span) in page.literals() {
            if *literal == Literal::BankWord && starts_name(page, span.start) {
                findings.extend(identifier(page, span.end).map(|span| Finding::new(Kind::Bic, span, 0.95)));
            }
        }
    }
}

/// Whether a name can start here: `BIC`, `bank_bic`, `setBic`.
fn starts_name(page: &Page<'_>, start: usize) -> bool {
    let capital = page.byte(start).is_some_and(|byte| byte.is_ascii_uppercase());
    let joined = page.byte_before(start).is_some_and(|byte| byte == b'_' || capital && byte.is_ascii_lowercase());
    joined || page.starts_word(start)
}

/// The first word after `from` that is an identifier.
fn identifier(page: &Page<'_>, from: usize) -> Option<Span> {
    let reach = page.ahead_while(from, REACH + 11, |c| c != '\n');
    let mut at = from;
    for word in page.slice(from, reach).split_inclusive(|c: char| !c.is_ascii_alphanumeric()) {
        let plain = word.trim_end_matches(|c: char| !c.is_ascii_alphanumeric());
        if is_identifier(plain) && at > from {
            return Some(Span { start: at, end: at + plain.len() });
        }
        at += word.len();
    }
    None
}

fn is_identifier(word: &str) -> bool {
    let bytes = word.as_bytes();
    let letters = bytes.get(..6).is_some_and(|head| head.iter().all(u8::is_ascii_uppercase));
    let rest = bytes.get(6..).unwrap_or_default().iter().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit());
    let country = word.get(4..6).is_some_and(|code| super::iban_length(code).is_some() || OTHERS.contains(&code));
    matches!(word.len(), 8 | 11) && letters && rest && country
}

/// Countries with banks and without international account numbers.
const OTHERS: [&str; 22] = [
    "US", "CA", "AU", "NZ", "JP", "CN", "IN", "SG", "HK", "KR", "MX", "ZA", "TH", "MY", "ID", "PH", "VN", "TW", "AR",
    "CL", "CO", "KE",
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::recognize::check;

    #[test]
    fn finds() {
        check(
            &Bic,
            Kind::Bic,
            &[
                "BIC: {DEUTDEFF}.",
                "SWIFT code {NEDSZAJJXXX}",
                "Swift/BIC {CHASUS33}, thanks",
                "'bic': '{DEUTDEFF}', setBic(\"{CHASUS33}\")",
                "$x['bic'] = '{DEUTDEFF}'; bank_bic={CHASUS33}",
            ],
        );
    }

    #[test]
    fn leaves() {
        check(
            &Bic,
            Kind::Bic,
            &["DEUTDEFF", "BIC: COMPUTER", "Taylor SWIFT TRENDING", "SWIFT 12345678", "BICYCLES", "arabic DEUTDEFF"],
        );
    }
}
