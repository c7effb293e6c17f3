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
        let fields = page.colons().iter().filter_map(|colon| field(page, *colon));
        findings.extend(fields.map(|span| Finding::new(Kind::Bic, span, 0.95)));
        for (literal, span) in page.literals() {
            if *literal == Literal::BankWord && starts_name(page, span.start) {
                findings.extend(identifier(page, span.end).map(|span| Finding::new(Kind::Bic, span, 0.95)));
            }
        }
    }
}

/// The bank of a field of a SWIFT message: `:57A:`, after whose second colon it stands.
#[inline]
fn field(page: &Page<'_>, colon: usize) -> Option<Span> {
    let start = colon.checked_sub(4).filter(|_| page.byte_before(colon) == Some(b'A'))?;
    let digits = page.bytes_at(start).get(1..3)?;
    let bank = page.byte(start) == Some(b':') && matches!(digits, b"41" | b"42" | [b'5', b'1'..=b'8']);
    let end = page.ahead_while(colon + 1, 12, |c| c.is_ascii_alphanumeric());
    let span = Span { start: colon + 1, end };
    (bank && is_identifier(page.slice(span.start, end), || true)).then_some(span)
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
        if at > from && is_identifier(plain, || is_announced(page.slice(from, at), plain)) {
            return Some(Span { start: at, end: at + plain.len() });
        }
        at += word.len();
    }
    None
}

/// Whether what stands between leaves no doubt: a sign of assignment, or `code` and the like and no other word. Words in capitals look like
/// identifiers of small countries.
fn is_announced(between: &str, identifier: &str) -> bool {
    let words = || between.split(|c: char| !c.is_ascii_alphabetic()).filter(|word| !word.is_empty());
    let known = |word: &str| {
        ["code", "number", "no", "nr", "is", "id", "address", "swift", "bic", "iban", "of", "the", "bank", "our", "s"]
            .iter()
            .any(|known| known.eq_ignore_ascii_case(word))
    };
    let digit = identifier.bytes().any(|byte| byte.is_ascii_digit());
    words().all(known) && (digit || between.contains([':', '=', '"', '\'']) || words().next().is_some())
}

/// Whether a word has the form of an identifier; where letters of words are more often its country, also whether it is announced.
pub(super) fn is_identifier(word: &str, announced: impl FnOnce() -> bool) -> bool {
    let bytes = word.as_bytes();
    let letters = bytes.get(..6).is_some_and(|head| head.iter().all(u8::is_ascii_uppercase));
    let rest = bytes.get(6..).unwrap_or_default().iter().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit());
    let country = |test: fn(&str) -> bool| word.get(4..6).is_some_and(test);
    matches!(word.len(), 8 | 11)
        && letters
        && rest
        && (country(|code| super::iban_length(code).is_some() || OTHERS.contains(&code))
            || country(|code| SMALL.as_bytes().chunks(3).any(|known| known.starts_with(code.as_bytes())))
                && announced())
}

/// Countries with banks and without international account numbers.
const OTHERS: [&str; 22] = [
    "US", "CA", "AU", "NZ", "JP", "CN", "IN", "SG", "HK", "KR", "MX", "ZA", "TH", "MY", "ID", "PH", "VN", "TW", "AR",
    "CL", "CO", "KE",
];

/// Countries that letters of words are more often than banks.
const SMALL: &str = "AF AG AI AM AN AO AQ AS AW AX BB BD BF BJ BL BM BN BO BQ BS BT BV BW BZ CC CD CF CG CI CK CM CU CV CW CX DJ DM DZ EC EH ER ET FJ FK FM \
     GA GD GF GG GH GM GN GP GQ GS GU GW GY HM HN HT IM IO IR JE JM KG KH KI KM KN KP KY LA LK LR LS MF MG MH ML MM MN MO MP MQ MS MV MW MZ NA NC NE \
     NF NG NI NP NR NU OM PA PE PF PG PM PN PR PW PY RE RW SB SD SH SJ SL SN SO SR SS SX SY SZ TC TD TF TG TJ TK TM TO TT TV TZ UG UM UY UZ VA VC \
     VE VI VU WF WS YE YT ZM ZW";

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
                ":57A:{CRESCHZZ80A}\n:59:/x\n:52A:{DEUTDEFF}",
                "SWIFT code {NEDSZAJJXXX}",
                "Swift/BIC {CHASUS33}, thanks",
                "BIC: {ACGDGDGD}, SWIFT code {ANZBTONN}, bic {AFGMGM22}",
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
            &[
                "DEUTDEFF",
                "BIC: COMPUTER",
                "Taylor SWIFT TRENDING",
                "SWIFT 12345678",
                "BICYCLES",
                "arabic DEUTDEFF",
                "SWIFT DELIVERY of",
                "BIC pens DELIVERY",
            ],
        );
    }
}
