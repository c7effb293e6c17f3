//! Addresses: a house number beside a street's name, in the ways that the languages of Europe and the Americas write them; post office boxes
//! and field post; corners of streets; and what stands around them: unit, city, state, country, postal code, also over several lines. A
//! street without a word for street is believed only beside a unit, a postal code with its city, or words such as "lives at".

mod announce;
mod boxes;
mod east;
mod hindi;
mod labeled;
mod line;
mod street;
mod tail;
mod thai;
mod units;
mod weak;
mod whole;
mod words;

pub(crate) use words::{NOT_PLACES, SMALL_WORDS, UNITS};

use super::needs::Needs;
use super::{Left, Literal, Page, Recognizer, Settle, plates_east};
use crate::finding::{Finding, Span, SpanText as _};
use crate::kind::Kind;

/// The score of a street that a word for street tells.
const BY_WORD: f32 = 0.75;
/// The score of a street that only what stands around it tells.
const BY_PLACE: f32 = 0.6;
/// The score of a plate.
const BY_LAYOUT: f32 = 0.97;
/// What surrogates are made of.
pub(crate) const RESERVED: &str = "Example Street";

/// Recognizes addresses, and the number plates of East Asia, because both ask what stands beside a number in texts of other scripts.
pub struct Address;

impl Recognizer for Address {
    fn kinds(&self) -> &'static [Kind] {
        &[Kind::StreetAddress, Kind::PostalCode, Kind::LicensePlate]
    }

    fn find(&self, page: &Page<'_>, findings: &mut Vec<Finding>) {
        let (mut seen, known) = (0, findings.len());
        let corners = page.literals().iter().filter(|(literal, _)| *literal == Literal::Corner);
        for (_, corner) in corners {
            if let Some(span) = weak::corner(page, *corner) {
                add(page, Finding::new(Kind::StreetAddress, span, BY_PLACE), &mut 0, findings);
            }
        }
        let numberless = page.literals().iter().filter(|(literal, _)| *literal == Literal::Numberless);
        for (_, mark) in numberless {
            if let Some(street) = numberless_street(page, *mark) {
                add(page, street, &mut 0, findings);
            }
        }
        if page.meets(Needs::COLON) {
            labeled::find(page, findings);
        }
        let foreign = page.meets(Needs::FOREIGN);
        for (_, run) in page.runs_of(Needs::HOUSE) {
            if run.start < seen || is_part(page, run) {
                continue;
            }
            if let Some(span) = foreign.then(|| plates_east::at(page, run)).flatten() {
                seen = span.end;
                findings.push(Finding::new(Kind::LicensePlate, span, BY_LAYOUT));
                continue;
            }
            if let Some(span) = foreign.then(|| far(page, run)).flatten() {
                seen = span.end;
                findings.push(Finding::new(Kind::StreetAddress, span, BY_WORD));
                continue;
            }
            if !page.starts_word(run.start) {
                continue;
            }
            if page.byte_before(run.start) == Some(b'-') {
                findings.extend(weak::coded_city(page, run).map(|span| Finding::new(Kind::PostalCode, span, BY_PLACE)));
                continue;
            }
            if let Some(span) = street::number_last(page, run)
                .or_else(|| street::number_first(page, run))
                .or_else(|| boxes::at(page, run))
            {
                add(page, Finding::new(Kind::StreetAddress, span, BY_WORD), &mut seen, findings);
            } else if let Some(span) = weak::at(page, run) {
                add(page, Finding::new(Kind::StreetAddress, span, BY_PLACE), &mut seen, findings);
            } else if let Some(span) = weak::after_state(page, run) {
                findings.push(Finding::new(Kind::PostalCode, span, BY_PLACE));
            }
        }
        if page.meets(Needs::COLON) && page.meets(Needs::HOUSE) {
            whole::find(page, findings, known);
        }
    }
}

impl Settle for Address {
    fn settles(&self, _finding: &Finding, _text: &str) -> Left {
        Left::Nothing
    }
}

/// The street that has `s/n` where others have their number: `Avda. de Barber, s/n`.
fn numberless_street(page: &Page<'_>, mark: Span) -> Option<Finding> {
    let mark = Span::new(mark.end - "s/n".len(), mark.end);
    if !page.ends_word(mark.end) {
        return None;
    }
    let told = street::number_last(page, mark).map(|span| Finding::new(Kind::StreetAddress, span, BY_WORD));
    told.or_else(|| weak::at(page, mark).map(|span| Finding::new(Kind::StreetAddress, span, BY_PLACE)))
}

/// Adds a street with what stands around it, or makes the last finding longer. `seen` is where the last one ends.
fn add(page: &Page<'_>, mut street: Finding, seen: &mut usize, findings: &mut Vec<Finding>) {
    let start = units::leading(page, street.span.start, *seen);
    let start = page.ahead_while(start, 2, |c| matches!(c, ' ' | ','));
    let whole = Span::new(start, tail::trailing(page, street.span.end));
    let before = std::mem::replace(seen, whole.end);
    let last = findings.last_mut().filter(|last| last.kind == Kind::StreetAddress && last.span.end == before);
    if let Some(last) = last.filter(|last| units::goes_on(page, last.span.end, whole.start)) {
        last.span.end = whole.end;
    } else if !street.span.of(page.text()).ends_with(RESERVED) {
        street.span = whole;
        findings.push(street);
    }
}

/// Whether the run is a part of a larger number, such as a date, a price or a version; nearly all runs that are no address are told by it.
#[inline]
fn is_part(page: &Page<'_>, run: Span) -> bool {
    let digit = || page.byte(run.end + 1).is_some_and(|byte| byte.is_ascii_digit());
    matches!(page.byte(run.end), Some(b'.' | b':')) && digit()
}

/// The address around the run in a script of Asia, all of whose characters take three bytes.
#[inline]
fn far(page: &Page<'_>, run: Span) -> Option<Span> {
    let three = |byte: Option<u8>| byte.is_some_and(|byte| byte >= 0x80);
    if let Some(span) = thai::at(page, run) {
        return Some(span);
    }
    let before = page.byte_before(run.start);
    let named = three(before) || before == Some(b' ') && three(page.byte_before(run.start - 1));
    let comma = || {
        let next = page.bytes_at(run.end);
        matches!(next.first(), Some(b',' | b'/')) && next.iter().take(10).any(|byte| *byte == 0xe0)
    };
    if !named && !comma() {
        return None;
    }
    named.then(|| east::at(page, run)).flatten().or_else(|| hindi::at(page, run))
}

#[cfg(test)]
mod tests;
