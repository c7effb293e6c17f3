//! Addresses: a house number beside a street's name, in the ways that the languages of Europe and the Americas write them; post office boxes
//! and field post; corners of streets; and what stands around them: unit, city, state, country, postal code, also over several lines. A
//! street without a word for street is believed only beside a unit, a postal code with its city, or words such as "lives at".

mod announce;
mod boxes;
mod line;
mod street;
mod tail;
mod units;
mod weak;
mod words;

pub(crate) use words::{NOT_PLACES, SMALL_WORDS, UNITS};

use super::{Literal, Page, Recognizer};
use crate::finding::{Finding, Span, SpanText as _};
use crate::kind::Kind;

/// The score of a street that a word for street tells.
const BY_WORD: f32 = 0.75;
/// The score of a street that only what stands around it tells.
const BY_PLACE: f32 = 0.6;
/// The most digits of a house number, a box or a postal code.
const MOST_DIGITS: usize = 6;
/// What surrogates are made of.
pub(crate) const RESERVED: &str = "Example Street";

/// Recognizes addresses.
pub struct Address;

impl Recognizer for Address {
    fn kinds(&self) -> &'static [Kind] {
        &[Kind::StreetAddress]
    }

    fn find(&self, page: &Page<'_>, findings: &mut Vec<Finding>) {
        let mut seen = 0;
        let mut add = |span: Span, score: f32, seen: &mut usize| {
            let whole = Span::new(units::leading(page, span.start, *seen), tail::trailing(page, span.end));
            let before = std::mem::replace(seen, whole.end);
            let last = findings.last_mut().filter(|last| last.kind == Kind::StreetAddress && last.span.end == before);
            if let Some(last) = last.filter(|last| units::goes_on(page, last.span.end, whole.start)) {
                last.span.end = whole.end;
            } else if !whole.of(page.text()).contains(RESERVED) {
                findings.push(Finding::new(Kind::StreetAddress, whole, score));
            }
        };
        let corners = page.literals().iter().filter(|(literal, _)| *literal == Literal::Corner);
        for (_, corner) in corners {
            if let Some(span) = weak::corner(page, *corner) {
                add(span, BY_PLACE, &mut 0);
            }
        }
        for run in page.digit_runs() {
            if run.start < seen || run.len() > MOST_DIGITS || !page.starts_word(run.start) {
                continue;
            }
            if let Some(span) = street::number_last(page, *run)
                .or_else(|| street::number_first(page, *run))
                .or_else(|| boxes::at(page, *run))
            {
                add(span, BY_WORD, &mut seen);
            } else if let Some(span) = weak::at(page, *run) {
                add(span, BY_PLACE, &mut seen);
            }
        }
    }
}

#[cfg(test)]
mod tests;
