//! Numbers with a check whose digits are written one by one, oddly grouped, or on two lines: `PESEL: 8 1 1 1 2 5 6 8 4 4 6`. Directly after a
//! word for it, spaces, dots and hyphens are dropped; what is left must have the full length and a right check.

use super::context::Rules;
use super::engine::{BY_WORD, Before, Index, closes, opens};
use super::free::GROUPED;
use super::gap;
use super::shapes::{EMPTY_SHAPE, class, longer};
use crate::finding::{Finding, Span, SpanText as _};
use crate::kind::Kind;
use crate::recognize::Page;

/// The most letters and digits, those of an international bank account number.
const MOST: usize = 34;
/// The fewest.
const LEAST: usize = 8;
/// The longest gap between two groups, in bytes.
const LONGEST_GAP: usize = 3;
/// Kinds whose checks are no check digits.
const UNCHECKED: [Kind; 11] = [
    Kind::Passport,
    Kind::DriverLicense,
    Kind::LicensePlate,
    Kind::PostalCode,
    Kind::BankAccount,
    Kind::IdNumber,
    Kind::UsEin,
    Kind::UsItin,
    Kind::UsMbi,
    Kind::KrRrn,
    Kind::MxRfc,
];

/// Judges the number that begins with the word, which holds a digit.
pub(super) fn find(index: &Index, before: &mut Before<'_, '_>, word: Span, findings: &mut Vec<Finding>) {
    let page = before.text.page;
    // Most numbers are one group. Words are read last: it costs most.
    let digit = |at: &usize| page.byte(*at).is_some_and(|byte| byte.is_ascii_digit());
    let single = next_group(page, word.end, true).filter(digit).is_none();
    if single && word.len() != super::VIN_LENGTH || starts_late(page, word.start) {
        return;
    }
    let Some((start, rules)) = announced(before, word.start) else { return };
    if !opens(page, start) {
        return;
    }
    let (mut number, mut shape, mut at) = (String::with_capacity(MOST), EMPTY_SHAPE, start);
    let mut best = None;
    let mut broken = false;
    for groups in 1.. {
        let end = at + page.word_after(at, MOST + 1);
        let group = page.slice(at, end);
        if number.len() + group.len() > MOST || groups > 1 && group.bytes().any(|byte| byte.is_ascii_lowercase()) {
            break;
        }
        shape = group.bytes().map(class).fold(shape, longer);
        number.extend(group.chars().map(|c| c.to_ascii_uppercase()));
        let ends = !next_group(page, end, false).and_then(|next| page.byte(next)).is_some_and(|b| b.is_ascii_digit());
        if number.len() >= LEAST
            && ends
            && closes(page, end)
            && let Some(rule) = index.split_rule(shape, &number, rules, groups > 1)
        {
            best = Some((rule, Span::new(start, end)));
        }
        let Some(next) = next_group(page, end, !broken) else { break };
        broken |= page.slice(end, next).contains('\n');
        at = next;
    }
    let kind = best.and_then(|(rule, span)| Some((*index.kinds.get(rule)?, span)));
    findings.extend(kind.map(|(kind, span)| Finding::new(kind, span, BY_WORD)));
}

/// Whether digits before the word belong to the same number.
fn starts_late(page: &Page<'_>, start: usize) -> bool {
    let digit = |at: Option<usize>| at.and_then(|at| page.byte(at)).is_some_and(|byte| byte.is_ascii_digit());
    matches!(page.byte_before(start), Some(b' ' | b'.' | b'-' | b'\n')) && digit(start.checked_sub(2))
}

/// Where the number begins that a word announces directly, and the rules of the word.
fn announced(before: &mut Before<'_, '_>, digits: usize) -> Option<(usize, Rules)> {
    let page = before.text.page;
    let mut found: Option<(usize, Rules)> = None;
    for (rules, distance) in before.near(digits).words() {
        let Some(start) = gap::start_after(page, digits - distance, digits) else { continue };
        // Capitals after one word may be another: the nearest tells where the number begins.
        found = match found {
            Some((first, all)) if first == start => Some((first, all | rules)),
            Some((first, all)) if first > start => Some((first, all)),
            _ => Some((start, rules)),
        };
    }
    found
}

/// Where the next group starts: after spaces, dots and hyphens, and a line break where one may be.
fn next_group(page: &Page<'_>, end: usize, line: bool) -> Option<usize> {
    let sign = |c: char| matches!(c, ' ' | '.' | '-' | '\u{a0}') || line && matches!(c, '\n' | '\r');
    let next = page.ahead_while(end, LONGEST_GAP, sign);
    let lines = page.slice(end, next).bytes().filter(|byte| *byte == b'\n').count();
    let goes_on = page.byte(next).is_some_and(|byte| byte.is_ascii_digit() || byte.is_ascii_uppercase());
    (next > end && lines <= 1 && goes_on).then_some(next)
}

impl Index {
    /// The rule among `rules` whose full number this is.
    fn split_rule(&self, shape: u64, number: &str, rules: Rules, apart: bool) -> Option<usize> {
        let grouped = self.free.iter().filter(|(_, layout)| *layout == GROUPED).map(|(rule, _)| *rule);
        let known = self.meanings(shape).iter().map(|meaning| meaning.rule).filter(|_| apart);
        grouped.chain(known).find(|rule| {
            let named = rules >> rule & 1 == 1;
            named
                && self
                    .rules
                    .get(*rule)
                    .is_some_and(|rule| !UNCHECKED.contains(&rule.kind) && !(rule.check)("") && (rule.check)(number))
        })
    }
}

#[cfg(test)]
mod tests {
    use crate::kind::Kind;
    use crate::recognize::{Ids, check};

    #[test]
    fn finds() {
        let samples = ["PESEL: {8 1 1 1 2 5 6 8 4 4 6}", "PESEL {02070 803628}, dalej", "pesel {0207080\n3628}\nx"];
        check(&Ids, Kind::PlPesel, &samples);
        check(&Ids, Kind::PlNip, &["NIP {6.2.1.3.4.6.7.8.0.2}", "NIP: {74837\n21599}", "(NIP {748\n3721599})."]);
        let samples = ["個人番号: {123456 789018}", "個人番号 {1 2 3 4 5 6 7 8 9 0 1 8}", "my number {12345-6789018}"];
        check(&Ids, Kind::JpMyNumber, &samples);
        check(
            &Ids,
            Kind::Iban,
            &[
                "Nr konta: {PL5 5 6 6 3 9 7 5 7 2 1 0 7 8 5 1 4 6 6 8 5 1 1 9 2 4}\n\nNABYWCA",
                "IBAN {DE8\n9370400440532013000}",
                "IBAN: {D E 8 9 3 7 0 4 0 0 4 4 0 5 3 2 0 1 3 0 0 0}".replace("D E 8 9", "DE8 9").as_str(),
            ],
        );
    }

    #[test]
    fn leaves() {
        let samples = [
            "PESEL: 8 1 1 1 2 5 6 8 4 4 7",
            "PESEL 02070\n\n803628",
            "PESEL i NIP 8 1 1 1 2 5 6 8 4 4 6",
            "8 1 1 1 2 5 6 8 4 4 6",
            "PESEL: 8 1 1 1 2 5 6 8 4 4 6 1 2",
        ];
        check(&Ids, Kind::PlPesel, &samples);
        check(&Ids, Kind::PlNip, &["NIP 6.2.1.3.4.6.7.8.0.3", "wersja 6.2.1.3.4.6.7.8.0.2", "NIP: 7483\n72159"]);
        check(&Ids, Kind::Passport, &["passport 1 2 3 4 5 6 7", "passport: 1.2.3.4.5.6.7", "passport 12\n34567"]);
    }
}
