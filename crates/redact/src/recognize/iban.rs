//! International bank account numbers: a country, the length that country uses, and check digits by ISO 7064 (mod 97). Written solid, in
//! groups, or in lower case.

use super::bic::is_identifier;
use super::needs::Needs;
use super::{Left, Page, Recognizer, Settle};
use crate::finding::{Finding, Span, SpanText as _};
use crate::kind::Kind;

/// The longest number, that of Russia, in characters.
const LONGEST: usize = 33;

/// Countries of the registry and the length of their numbers, in characters.
const LENGTHS: [(&str, usize); 89] = [
    ("AD", 24),
    ("AE", 23),
    ("AL", 28),
    ("AT", 20),
    ("AZ", 28),
    ("BA", 20),
    ("BE", 16),
    ("BG", 22),
    ("BH", 22),
    ("BI", 27),
    ("BR", 29),
    ("BY", 28),
    ("CH", 21),
    ("CR", 22),
    ("CY", 28),
    ("CZ", 24),
    ("DE", 22),
    ("DJ", 27),
    ("DK", 18),
    ("DO", 28),
    ("EE", 20),
    ("EG", 29),
    ("ES", 24),
    ("FI", 18),
    ("FK", 18),
    ("FO", 18),
    ("FR", 27),
    ("GB", 22),
    ("GE", 22),
    ("GI", 23),
    ("GL", 18),
    ("GR", 27),
    ("GT", 28),
    ("HN", 28),
    ("HR", 21),
    ("HU", 28),
    ("IE", 22),
    ("IL", 23),
    ("IQ", 23),
    ("IS", 26),
    ("IT", 27),
    ("JO", 30),
    ("KW", 30),
    ("KZ", 20),
    ("LB", 28),
    ("LC", 32),
    ("LI", 21),
    ("LT", 20),
    ("LU", 20),
    ("LV", 21),
    ("LY", 25),
    ("MC", 27),
    ("MD", 24),
    ("ME", 22),
    ("MK", 19),
    ("MN", 20),
    ("MR", 27),
    ("MT", 31),
    ("MU", 30),
    ("NI", 28),
    ("NL", 18),
    ("NO", 15),
    ("OM", 23),
    ("PK", 24),
    ("PL", 28),
    ("PS", 29),
    ("PT", 25),
    ("QA", 29),
    ("RO", 24),
    ("RS", 22),
    ("RU", 33),
    ("SA", 24),
    ("SC", 31),
    ("SD", 18),
    ("SE", 24),
    ("SI", 19),
    ("SK", 24),
    ("SM", 27),
    ("SO", 23),
    ("ST", 25),
    ("SV", 28),
    ("TL", 23),
    ("TN", 24),
    ("TR", 26),
    ("UA", 29),
    ("VA", 22),
    ("VG", 24),
    ("XK", 20),
    ("YE", 30),
];

/// Recognizes international bank account numbers.
pub struct Iban;

impl Recognizer for Iban {
    fn kinds(&self) -> &'static [Kind] {
        &[Kind::Iban, Kind::Bic]
    }

    fn find(&self, page: &Page<'_>, findings: &mut Vec<Finding>) {
        for span in page.runs_of(Needs::IBAN).filter_map(|(_, run)| number_at(page, run)) {
            findings.push(Finding::new(Kind::Iban, span, 1.0));
            findings.extend(bank_after(page, span).map(|bank| Finding::new(Kind::Bic, bank, 0.9)));
        }
    }
}

impl Settle for Iban {
    fn settles(&self, _finding: &Finding, _text: &str) -> Left {
        Left::Nothing
    }
}

/// The identifier of a bank of the same country directly after a number: `DE89 … 00 / COBADEFFXXX`.
fn bank_after(page: &Page<'_>, number: Span) -> Option<Span> {
    let gap = |c| matches!(c, ' ' | ',' | ';' | '/' | '-' | '|' | '(' | '\t' | '\n' | '\r');
    let start = page.ahead_while(number.end, 4, gap);
    let bank = Span::new(start, page.ahead_while(start, 12, |c| c.is_ascii_alphanumeric()));
    let text = bank.of(page.text());
    let country = page.slice(number.start, number.start + 2);
    let same = text.get(4..6).is_some_and(|of| of.eq_ignore_ascii_case(country));
    (same && start > number.end && page.ends_word(bank.end) && is_identifier(text, || true)).then_some(bank)
}

/// The number whose check digits begin the given run.
fn number_at(page: &Page<'_>, run: Span) -> Option<Span> {
    let start = run.start.checked_sub(if page.byte_before(run.start) == Some(b' ') { 3 } else { 2 })?;
    if !page.starts_word(start) && !follows_name(page, start) {
        return None;
    }
    let length = length_of(page.slice(start, start + 2))?;
    let (mut number, mut count) = ([0; LONGEST], 0);
    let mut end = start;
    // At most one separator between characters: the look ahead is bounded by four times the length.
    let mut at = start;
    while count < length {
        let Some(byte) = page.byte(at) else { break };
        if byte.is_ascii_alphanumeric() {
            *number.get_mut(count)? = byte.to_ascii_uppercase();
            (count, at) = (count + 1, at + 1);
            end = at;
            continue;
        }
        let gap = page.after(at).filter(|c| end == at && is_gap(*c));
        let Some(gap) = gap else { break };
        at += gap.len_utf8();
    }
    let whole = count == length && page.ends_word(end);
    let number = std::str::from_utf8(number.get(..count)?).ok()?;
    (whole && is_valid(number)).then(|| Span::new(start, end))
}

/// What stands between the groups of a number: a space, also one that does not break, a hyphen or a dot.
fn is_gap(c: char) -> bool {
    matches!(c, ' ' | '-' | '.' | '\u{a0}' | '\u{2000}'..='\u{200a}' | '\u{202f}' | '\u{2010}'..='\u{2013}')
}

/// Whether the word IBAN stands before the number without a space.
fn follows_name(page: &Page<'_>, start: usize) -> bool {
    page.has_before(start, "iban") && page.starts_word(start - 4)
}

/// The lengths by the two letters of a country; zero where it has none.
const BY_LETTERS: [u8; 26 * 26] = by_letters();

#[allow(clippy::indexing_slicing, reason = "computed at compile time, where an index out of range stops the build")]
const fn by_letters() -> [u8; 26 * 26] {
    let mut table = [0; 26 * 26];
    let mut row = 0;
    while row < LENGTHS.len() {
        let (country, length) = LENGTHS[row];
        let letters = country.as_bytes();
        table[(letters[0] - b'A') as usize * 26 + (letters[1] - b'A') as usize] = length as u8;
        row += 1;
    }
    table
}

/// The length of a number of that country, in characters; none when the country has none.
pub(crate) fn length_of(country: &str) -> Option<usize> {
    length_of_country(country.as_bytes().try_into().ok()?)
}

/// The same for two letters.
#[inline]
pub(super) fn length_of_country([first, second]: [u8; 2]) -> Option<usize> {
    let place =
        |letter: u8| Some(usize::from(letter)).filter(|_| letter.is_ascii_alphabetic()).map(|at| (at & 0x1f) - 1);
    let length = BY_LETTERS.get(place(first)? * 26 + place(second)?)?;
    (*length > 0).then_some(usize::from(*length))
}

/// Whether a solid number in capitals has the length of its country and right check digits.
pub(super) fn is_right(number: &str) -> bool {
    number.get(..2).and_then(length_of) == Some(number.len()) && is_valid(number)
}

fn is_valid(number: &str) -> bool {
    let check_digits = number.get(2..4).unwrap_or_default();
    check_digits.bytes().all(|b| b.is_ascii_digit())
        && !matches!(check_digits, "00" | "01" | "99")
        && remainder_97(number) == Some(1)
}

/// The remainder by 97 of a solid upper-case number, with its first four characters moved to the end; a right number leaves 1.
pub(crate) fn remainder_97(number: &str) -> Option<u32> {
    let (head, tail) = (number.get(..4)?, number.get(4..)?);
    tail.chars().chain(head.chars()).try_fold(0_u32, |remainder, c| {
        let value = c.to_digit(36)?;
        let shift = if value < 10 { 10 } else { 100 };
        Some((remainder * shift + value) % 97)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::recognize::check;

    #[test]
    fn finds() {
        check(
            &Iban,
            Kind::Iban,
            &[
                "pay to {DE89 3704 0044 0532 0130 00} today",
                "{GB29NWBK60161331926819}.",
                "lower {gb29nwbk60161331926819}",
                "{FR14 2004 1010 0505 0001 3M02 606}",
                "{NO93-8601-1117-947}",
                "to {DE 89 3704 0044 0532 0130 00} 12",
                "{DE89\u{a0}3704\u{a0}0044\u{a0}0532\u{a0}0130\u{a0}00} {GB29\u{202f}NWBK\u{202f}6016\u{202f}1331\u{202f}9268\u{202f}19}",
                "IBAN{DE89370400440532013000}, {DE89.3704.0044.0532.0130.00}",
            ],
        );
    }

    #[test]
    fn finds_the_bank_beside_it() {
        let samples = [
            "DE89 3704 0044 0532 0130 00 / {COBADEFFXXX}",
            "GB29NWBK60161331926819, {NWBKGB2L}",
            "FR14 2004 1010 0505 0001 3M02 606 - {CRESFRZZ80A}",
            "DE89 3704 0044 0532 0130 00 DEUTSCHE BANK, GB29NWBK60161331926819 TRANSFER, DE89370400440532013000 NWBKGB2L",
        ];
        check(&Iban, Kind::Bic, &samples);
    }

    #[test]
    fn leaves() {
        check(
            &Iban,
            Kind::Iban,
            &[
                "DE88 3704 0044 0532 0130 00",
                "ZZ89370400440532013000",
                "XDE89370400440532013000",
                "DE893704004405320130001",
                "DE00500105175407324931",
                "is 12 or so",
                "URBAN89370400440532013000, XIBANDE89370400440532013000",
                "DE89  3704 0044 0532 0130 00",
            ],
        );
    }

    #[test]
    fn countries_are_sorted_and_known_once() {
        assert!(LENGTHS.windows(2).all(|pair| pair[0].0 < pair[1].0));
    }
}
