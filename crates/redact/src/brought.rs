//! Findings of recognizers that somebody brought, such as a large model: they do not know what redaction itself writes. Placeholders and
//! made-up values are cut out of them here, so that redacting twice changes nothing, and places and organizations are treated as those of
//! the shipped name model are.

use crate::finding::{Finding, SURE, Span, SpanText as _};
use crate::names::Names;
use crate::operator::{PLACEHOLDER_LIMIT, is_placeholder};
use crate::surrogate::{RESERVED, is_made_up};

/// How far a made-up value reaches to each side of its reserved part, in bytes.
const VALUE_LIMIT: usize = 48;

/// Puts the findings from number `first` on in order: what redaction writes is cut out, what texts keep is made unsure.
pub(crate) fn settle(text: &str, first: usize, names: Option<&Names>, spares: bool, findings: &mut Vec<Finding>) {
    if findings.len() <= first {
        return;
    }
    let brought = findings.split_off(first);
    let own = written(text, spares);
    let names = names.copied().unwrap_or_default();
    for mut finding in brought {
        if !names.replaces(finding.kind) {
            finding.score = finding.score.min(1.0) * SURE * KEPT;
        }
        cut(text, finding, &own, findings);
    }
}

/// By how much what texts keep stays below [`SURE`].
const KEPT: f32 = 0.98;

/// Appends the parts of a finding that lie outside of the spans, which are in order, if there is something in them.
fn cut(text: &str, finding: Finding, spans: &[Span], findings: &mut Vec<Finding>) {
    let next = spans.partition_point(|span| span.end <= finding.span.start);
    let inside = spans.get(next..).unwrap_or_default().iter().take_while(|span| span.start < finding.span.end);
    let mut start = finding.span.start;
    let mut add = |start: usize, end: usize| {
        let value = text.get(start..end).unwrap_or_default();
        let (from, whole) = (end - value.trim_start().len().min(end), value.trim());
        if value.contains(char::is_alphanumeric) {
            findings.push(Finding { span: Span::new(from, from + whole.len()), ..finding });
        }
    };
    for span in inside {
        add(start, span.start.max(start));
        start = span.end.max(start);
    }
    add(start, finding.span.end.max(start));
}

/// Where placeholders and reserved values stand, and with `spares` the made-up names of surrogates.
fn written(text: &str, spares: bool) -> Vec<Span> {
    let mut spans: Vec<Span> = text
        .match_indices('[')
        .filter_map(|(start, _)| {
            let end = text.len().min(start + PLACEHOLDER_LIMIT);
            let inside = text.as_bytes().get(start + 1..end)?;
            let close = start + 1 + inside.iter().position(|byte| *byte == b']')?;
            is_placeholder(text.get(start + 1..close)?).then(|| Span::new(start, close + 1))
        })
        .collect();
    if spares {
        spans.extend(made_up(text));
    }
    let reserved = RESERVED.iter().flat_map(|part| text.match_indices(part));
    spans.extend(reserved.map(|(at, part)| word_around(text, Span::new(at, at + part.len()))));
    spans.sort_unstable();
    // One that lies in another tells nothing new.
    spans.dedup_by(|span, before| span.end <= before.end);
    spans
}

/// The place widened to blanks on both sides, as far as such values reach.
fn word_around(text: &str, place: Span) -> Span {
    let least = text.floor_char_boundary(place.start.saturating_sub(VALUE_LIMIT));
    let most = text.ceil_char_boundary(place.end + VALUE_LIMIT);
    let (before, after) = (text.get(least..place.start), text.get(place.end..most));
    let back = before.map_or(0, |before| before.len() - before.rfind(char::is_whitespace).map_or(0, |at| at + 1));
    let ahead = after.map_or(0, |after| after.find(char::is_whitespace).unwrap_or(after.len()));
    Span::new(text.ceil_char_boundary(place.start - back), place.end + ahead)
}

/// The made-up names in a text.
fn made_up(text: &str) -> impl Iterator<Item = Span> + '_ {
    let is_sign = |c: char| !c.is_alphanumeric();
    let pieces = text.split_inclusive(is_sign).scan(0, move |at, piece| {
        let start = *at;
        *at += piece.len();
        Some(Span::new(start, start + piece.trim_end_matches(is_sign).len()))
    });
    let mut words = pieces.filter(|word| word.len() > 0);
    let mut before = words.next();
    std::iter::from_fn(move || {
        loop {
            let (first, last) = (before?, words.next()?);
            before = Some(last);
            if is_made_up(first.of(text), last.of(text)) {
                return Some(Span::new(first.start, last.end));
            }
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kind::Kind;
    use crate::recognize::{Page, Recognizer};
    use crate::{Operator, Redactor};

    /// Takes whole lines as one kind, whatever stands there.
    struct Lines(Kind);

    impl Recognizer for Lines {
        fn kinds(&self) -> &[Kind] {
            std::slice::from_ref(&self.0)
        }

        fn find(&self, page: &Page<'_>, findings: &mut Vec<Finding>) {
            let mut start = 0;
            for line in page.text().split_inclusive('\n') {
                findings.push(Finding::new(self.0, Span::new(start, start + line.len()), 0.7));
                start += line.len();
            }
        }
    }

    fn redacted(kind: Kind, builder: crate::Builder, text: &str) -> String {
        let redactor = builder.recognizer(Lines(kind)).key([3; 32]).build().unwrap();
        let once = redactor.redact(text, &[]).text;
        assert_eq!(redactor.redact(&once, &[]).text, once, "{text}");
        once
    }

    #[test]
    fn what_redaction_writes_is_not_found_again() {
        let person = |operator: Operator, text: &str| {
            redacted(Kind::Person, Redactor::builder().operator_for_all(operator), text)
        };
        assert_eq!(
            person(Operator::Placeholder, "anna\nben [EMAIL_7] x\n"),
            "[PERSON_1]\n[PERSON_2] [EMAIL_7] [PERSON_3]\n"
        );
        assert_eq!(person(Operator::Placeholder, "[EMAIL_4] [PERSON_abcdefghijkl]"), "[EMAIL_4] [PERSON_abcdefghijkl]");
        assert_eq!(person(Operator::Placeholder, "[ODD_4]"), "[PERSON_1]");
        assert_eq!(person(Operator::Mask, "anna b."), "**** *.");
        assert_eq!(person(Operator::Remove, "anna"), "");
        let pseudonym = person(Operator::Pseudonym, "anna");
        assert!(pseudonym.starts_with("[PERSON_"), "{pseudonym}");
        let surrogate = person(Operator::Surrogate, "anna");
        assert!(!surrogate.contains('[') && surrogate.contains(' '), "{surrogate}");
        let mail = Redactor::builder().operator_for_all(Operator::Surrogate);
        assert!(redacted(Kind::Email, mail, "anna at home").contains("@example."));
    }

    #[test]
    fn places_stay_unless_they_are_asked_for() {
        assert_eq!(redacted(Kind::Location, Redactor::builder(), "berlin"), "berlin");
        let names = Names::default();
        assert_eq!(redacted(Kind::Location, Redactor::builder().names(names), "berlin"), "berlin");
        assert_eq!(redacted(Kind::Location, Redactor::builder().names(names.places(true)), "berlin"), "[LOCATION_1]");
        assert_eq!(redacted(Kind::Organization, Redactor::builder().names(names.places(true)), "acme"), "acme");
    }
}
