//! Payment card numbers: 13 to 19 digits (12 for the oldest Maestro) in one run or in groups, with an issuer prefix that exists, the length
//! that issuer uses, and a right check digit. A number that fails the check digit is never a card; surrogates rely on that.

use super::list::List;
use super::marks::Marks;
use super::needs::Needs;
use super::{Left, Page, Recognizer, Settle};
use crate::finding::{Finding, Span, SpanText as _};
use crate::kind::Kind;

/// The most digits a card number has.
const MOST_DIGITS: usize = 19;
/// The most groups a card number is written in.
const MOST_GROUPS: usize = 6;

/// Recognizes payment card numbers.
pub struct Card;

impl Recognizer for Card {
    fn kinds(&self) -> &'static [Kind] {
        &[Kind::CreditCard]
    }

    fn find(&self, page: &Page<'_>, findings: &mut Vec<Finding>) {
        let runs = page.digit_runs();
        // Runs before this one belong to a card.
        let mut free = 0;
        for (index, _) in page.runs_of(Needs::CARD) {
            if index < free {
                continue;
            }
            let Some((span, groups)) = card_at(page, runs.get(index..).unwrap_or_default()) else { continue };
            if !is_other(page, span, runs.get(free..index).unwrap_or_default()) {
                free = index + groups;
                findings.push(Finding::new(Kind::CreditCard, span, 0.98));
            }
        }
    }
}

impl Settle for Card {
    /// Identity numbers of many countries have thirteen, fourteen or eighteen digits, and some of them pass as cards.
    fn settles(&self, finding: &Finding, text: &str) -> Left {
        let digits = finding.span.of(text).bytes().filter(u8::is_ascii_digit).count();
        if matches!(digits, 15 | 16) { Left::Nothing } else { Left::Number }
    }
}

/// The longest card number that starts with the first run, and how many runs it takes.
fn card_at(page: &Page<'_>, runs: &[Span]) -> Option<(Span, usize)> {
    let first = runs.first()?;
    if !(4..=MOST_DIGITS).contains(&first.len()) || !opens(page, first.start) {
        return None;
    }
    let (mut digits, mut count) = ([0; MOST_DIGITS], 0);
    let mut end = first.start;
    let mut best = None;
    let mut separator = None;
    for (index, run) in runs.iter().take(MOST_GROUPS).enumerate() {
        if index > 0 {
            let gap = page.slice(end, run.start);
            let same = separator.is_none_or(|known| known == gap);
            if !same || !(2..=7).contains(&run.len()) || !is_gap(gap) {
                break;
            }
            separator = Some(gap);
        }
        let Some(free) = digits.get_mut(count..count + run.len()) else { break };
        free.iter_mut().zip(run.of(page.text()).bytes()).for_each(|(to, from)| *to = from.saturating_sub(b'0'));
        count += run.len();
        end = run.end;
        if page.ends_word(end) && digits.get(..count).is_some_and(is_card) {
            best = Some((Span::new(first.start, end), index + 1));
        }
    }
    best
}

/// Words directly before a number that say that it is no card's.
static OTHERS: List = List::new(
    "upc ean gtin sku asin isbn issn barcode tracking parcel shipment sendungsnummer sendung paket usps ups fedex dhl gls dpd hermes imei \
     iccid meid serial invoice rechnung order bestellung ticket awb waybill sscc",
);

/// Whether the word before the number says that it is no card's, or the number is the end of a longer one in groups of the same form.
fn is_other(page: &Page<'_>, span: Span, before: &[Span]) -> bool {
    let head = page.bytes_before(span.start, 24).trim_end_matches([' ', ':', '#', '.', '=']);
    let head = ["number", "Number", "no", "No", "nr", "Nr", "code", "Code", "id", "ID"]
        .iter()
        .find_map(|end| head.strip_suffix(end))
        .unwrap_or(head);
    let word = head.trim_end().rsplit(|c: char| !c.is_alphanumeric()).next().unwrap_or_default();
    if OTHERS.has(word) {
        return true;
    }
    let [.., third, second] = before else { return false };
    let joined = |end: usize, start: usize| {
        matches!(page.slice(end, start), " " | "-") && page.byte(span.start + 4) == page.byte(end)
    };
    third.len() == 4 && second.len() == 4 && joined(third.end, second.start) && joined(second.end, span.start)
}

/// What stands between the groups of a number.
fn is_gap(gap: &str) -> bool {
    match *gap.as_bytes() {
        [byte] => matches!(byte, b' ' | b'-' | b'.' | b'_' | b'/'),
        // Spaces and hyphens that do not break.
        [0xc2, 0xa0] | [0xe2, 0x80, 0x87 | 0x89 | 0x91 | 0x93 | 0xaf] => true,
        _ => false,
    }
}

/// Names of fields that hold a card's number, before `=`.
static NAMES: Marks<13> = Marks::new([
    "card",
    "card_number",
    "cardnumber",
    "card_no",
    "cardno",
    "cc_number",
    "ccnumber",
    "pan",
    "card.number",
    "cc.number",
    "card-number",
    "ccnum",
    "cardnum",
]);

fn opens(page: &Page<'_>, start: usize) -> bool {
    match page.before(start) {
        None => true,
        Some(',') if page.is_field_comma(start - 1) => true,
        Some('=') => NAMES.before(page, start - 1).is_some(),
        Some('.' | ',') => start < 2 || !page.byte(start - 2).is_some_and(|b| b.is_ascii_digit()),
        Some(c) => !super::page::is_word(c) && !matches!(c, '+' | '$' | '€' | '£' | '/' | '-'),
    }
}

fn is_card(digits: &[u8]) -> bool {
    (12..=MOST_DIGITS).contains(&digits.len()) && has_issuer(digits) && passes_luhn(digits)
}

/// Whether an issuer hands out numbers of this length with this prefix.
fn has_issuer(digits: &[u8]) -> bool {
    let prefix = digits.iter().take(4).fold(0_u32, |value, digit| value * 10 + u32::from(*digit));
    let lengths: &[usize] = match prefix {
        // JCB's oldest ranges
        1800 | 2131 => &[15],
        // Mir, then Mastercard's second range
        2200..=2204 => &[16, 17, 18, 19],
        2221..=2720 => &[16],
        // Diners Club, American Express, JCB
        3000..=3059 | 3095 | 3600..=3699 | 3800..=3999 => &[14, 16, 19],
        3400..=3499 | 3700..=3799 => &[15],
        3500..=3599 => &[16, 17, 18, 19],
        // Visa, Mastercard
        4000..=4999 => &[13, 16, 19],
        5100..=5599 => &[16],
        // Maestro
        5000..=5099 | 5600..=5899 | 6300..=6399 | 6700..=6799 => &[12, 13, 14, 15, 16, 17, 18, 19],
        // Discover, UnionPay, RuPay, Hipercard
        6000..=6299 | 6400..=6699 | 8100..=8199 => &[16, 17, 18, 19],
        _ => &[],
    };
    lengths.contains(&digits.len())
}

/// The check digit rule of ISO/IEC 7812 (Luhn).
pub(crate) fn passes_luhn(digits: &[u8]) -> bool {
    let sum: u32 = digits
        .iter()
        .rev()
        .enumerate()
        .map(|(place, digit)| match (place % 2, u32::from(*digit)) {
            (0, digit) => digit,
            (_, digit) if digit > 4 => digit * 2 - 9,
            (_, digit) => digit * 2,
        })
        .sum();
    sum.is_multiple_of(10)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::recognize::check;

    #[test]
    fn finds() {
        check(
            &Card,
            Kind::CreditCard,
            &[
                "card {4111111111111111}.",
                "1,{4111111111111111},active",
                "card={4111111111111111}",
                "0,4111111111111111; 0,5555555555554444",
                "id=4111111111111111",
                "pay {4111 1111 1111 1111} 2 items",
                "{5555-5555-5555-4444}",
                "amex {3782 822463 10005}",
                "old {180016070420458}, maestro {630427373398}",
                "2 {4111 1111 1111 1111}",
                "{4111\u{a0}1111\u{a0}1111\u{a0}1111}, {4111_1111_1111_1111} {4111/1111/1111/1111}",
                "pan={4111\u{202f}1111\u{202f}1111\u{202f}1111}",
                "{4111 1111 1111 1111} {5555 5555 5555 4444}",
            ],
        );
    }

    #[test]
    fn leaves() {
        check(
            &Card,
            Kind::CreditCard,
            &[
                "4111111111111112",
                "order 1234567890123456",
                "411111111111111111111111",
                "A4111111111111111",
                "0.4111111111111111",
                "id=4111111111111111",
                "4111 1111-1111 1111",
                "UPC 565837286154, tracking no: 4111111111111111",
                "USPS 9400 1985 3004 9344 1601 07",
                "order number 4111111111111111",
            ],
        );
    }
}
