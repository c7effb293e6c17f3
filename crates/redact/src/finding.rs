//! What a recognizer reports: a kind, a place in the text and how sure it is; and how reports that overlap become one. Never holds the
//! text itself: a finding is safe to count and to log. Neighbors: `recognize/` makes findings, `redactor.rs` replaces them.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

pub use candor_core::Span;

use crate::kind::Kind;

/// Findings of at least this score are replaced. Below it stand plain links, which say where and not who.
pub const SURE: f32 = 0.5;

/// What this crate asks of a [`Span`] beyond its two ends.
pub(crate) trait SpanText {
    /// The range `start..end`; a range that ends before it starts is empty.
    fn new(start: usize, end: usize) -> Self;
    /// Length in bytes.
    fn len(&self) -> usize;
    /// The text in the range, or nothing when the range does not fit the text.
    fn of<'t>(&self, text: &'t str) -> &'t str;
}

impl SpanText for Span {
    fn new(start: usize, end: usize) -> Self {
        Self { start, end: end.max(start) }
    }

    fn len(&self) -> usize {
        self.end.saturating_sub(self.start)
    }

    fn of<'t>(&self, text: &'t str) -> &'t str {
        text.get(self.start..self.end).unwrap_or_default()
    }
}

/// One piece of personal data in a text.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(from = "FindingLine", into = "FindingLine")]
pub struct Finding {
    /// What it is.
    pub kind: Kind,
    /// Where it is.
    pub span: Span,
    /// How sure the recognizer is, from 0 to 1. It orders findings; it is not a probability.
    pub score: f32,
}

/// A finding as JSON has it: `{"type": "EMAIL", "start": 0, "end": 7, "score": 1.0}`.
#[derive(Serialize, Deserialize)]
struct FindingLine {
    r#type: Kind,
    start: usize,
    end: usize,
    score: f32,
}

impl From<FindingLine> for Finding {
    fn from(line: FindingLine) -> Self {
        Self { kind: line.r#type, span: Span::new(line.start, line.end), score: line.score }
    }
}

impl From<Finding> for FindingLine {
    fn from(finding: Finding) -> Self {
        let Finding { kind, span, score } = finding;
        Self { r#type: kind, start: span.start, end: span.end, score }
    }
}

impl Finding {
    /// A finding of `kind` at `span`.
    pub fn new(kind: Kind, span: Span, score: f32) -> Self {
        Self { kind, span, score }
    }

    /// Whether `self` names the data better than `other` when both cover the same bytes.
    fn beats(&self, other: &Self) -> bool {
        let by_score = self.score.total_cmp(&other.score);
        let by_length = self.span.len().cmp(&other.span.len());
        by_score.then(by_length).then(other.kind.cmp(&self.kind)).is_gt()
    }
}

/// Sorts findings and joins those that overlap: the joined finding covers every byte that any of them covered (so nothing found is left
/// behind) and takes kind and score of the best one. Touching findings stay apart.
pub fn resolve(findings: &mut Vec<Finding>) {
    findings.retain(|finding| finding.span.len() > 0);
    findings.sort_by_key(|finding| (finding.span.start, finding.span.end, finding.kind));
    let mut best: Option<Finding> = None;
    findings.dedup_by(|finding, cover| {
        let best = best.get_or_insert(*cover);
        if finding.span.start >= cover.span.end {
            *best = *finding;
            return false;
        }
        cover.span.end = cover.span.end.max(finding.span.end);
        if finding.beats(best) {
            *best = *finding;
            (cover.kind, cover.score) = (finding.kind, finding.score);
        }
        true
    });
}

/// How many findings of each kind; the only thing about findings that is kept. Two counts can be added.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Counts(BTreeMap<Kind, u64>);

impl Counts {
    /// Nothing counted yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Counts one more of `kind`.
    pub fn add(&mut self, kind: Kind) {
        self.add_many(kind, 1);
    }

    /// Counts `number` more of `kind`; a count that would overflow stays at its largest value.
    pub fn add_many(&mut self, kind: Kind, number: u64) {
        if number > 0 {
            let count = self.0.entry(kind).or_default();
            *count = count.saturating_add(number);
        }
    }

    /// How many of `kind`.
    pub fn get(&self, kind: Kind) -> u64 {
        self.0.get(&kind).copied().unwrap_or_default()
    }

    /// How many of all kinds together.
    pub fn total(&self) -> u64 {
        self.0.values().copied().fold(0, u64::saturating_add)
    }

    /// Whether nothing was counted.
    pub fn is_empty(&self) -> bool {
        self.total() == 0
    }

    /// The kinds that were counted and how often, in the order of [`Kind::ALL`].
    pub fn iter(&self) -> impl Iterator<Item = (Kind, u64)> + '_ {
        self.0.iter().map(|(kind, count)| (*kind, *count))
    }
}

impl std::ops::AddAssign<&Counts> for Counts {
    fn add_assign(&mut self, other: &Counts) {
        for (kind, count) in other.iter() {
            self.add_many(kind, count);
        }
    }
}

impl std::ops::AddAssign for Counts {
    fn add_assign(&mut self, other: Counts) {
        *self += &other;
    }
}

impl FromIterator<Kind> for Counts {
    fn from_iter<I: IntoIterator<Item = Kind>>(kinds: I) -> Self {
        let mut counts = Counts::new();
        for kind in kinds {
            counts.add(kind);
        }
        counts
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn finding(kind: Kind, start: usize, end: usize, score: f32) -> Finding {
        Finding::new(kind, Span::new(start, end), score)
    }

    #[test]
    fn overlapping_findings_become_one_that_covers_all() {
        let mut findings = vec![
            finding(Kind::Phone, 8, 20, 0.5),
            finding(Kind::Email, 30, 40, 0.9),
            finding(Kind::CreditCard, 4, 12, 0.9),
            finding(Kind::Handle, 40, 44, 0.9),
        ];
        resolve(&mut findings);
        let expected = vec![
            finding(Kind::CreditCard, 4, 20, 0.9),
            finding(Kind::Email, 30, 40, 0.9),
            finding(Kind::Handle, 40, 44, 0.9),
        ];
        assert_eq!(findings, expected);
    }

    #[test]
    fn equal_scores_prefer_the_longer_then_the_earlier_kind() {
        let mut findings = vec![finding(Kind::Email, 1, 9, 0.9), finding(Kind::Handle, 0, 9, 0.9)];
        resolve(&mut findings);
        assert_eq!(findings, vec![finding(Kind::Handle, 0, 9, 0.9)]);
        let mut findings = vec![finding(Kind::Url, 0, 9, 0.9), finding(Kind::Email, 0, 9, 0.9)];
        resolve(&mut findings);
        assert_eq!(findings, vec![finding(Kind::Email, 0, 9, 0.9)]);
    }

    #[test]
    fn a_finding_is_one_json_object() {
        let json = serde_json::to_string(&finding(Kind::IpAddress, 1, 5, 1.0)).unwrap();
        assert_eq!(json, r#"{"type":"IP_ADDRESS","start":1,"end":5,"score":1.0}"#);
    }

    #[test]
    fn counts_add_up() {
        let mut counts: Counts = [Kind::Email, Kind::Email, Kind::Phone].into_iter().collect();
        counts += &counts.clone();
        assert_eq!((counts.get(Kind::Email), counts.get(Kind::Url), counts.total()), (4, 0, 6));
        assert_eq!(serde_json::to_string(&counts).unwrap(), r#"{"EMAIL":4,"PHONE":2}"#);
    }
}
