//! One scorer for all engines. A label counts as found when a finding of its type touches it; a finding counts as right when it touches
//! a label of its type.

use crate::{
    engines::Found,
    sets::{Document, Token},
    types::{COMPARED, common},
};
use std::collections::BTreeMap;

/// How one type was found.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Score {
    /// Labels.
    pub labels: usize,
    /// Labels that were found.
    pub met: usize,
    /// Findings.
    pub findings: usize,
    /// Findings that were right.
    pub right: usize,
}

impl Score {
    /// The share of labels that were found.
    pub fn recall(&self) -> Option<f64> {
        share(self.met, self.labels)
    }

    /// The share of findings that were right.
    pub fn precision(&self) -> Option<f64> {
        share(self.right, self.findings)
    }

    fn add(&mut self, other: Score) {
        self.labels += other.labels;
        self.met += other.met;
        self.findings += other.findings;
        self.right += other.right;
    }
}

/// A share; none of nothing.
pub fn share(part: usize, whole: usize) -> Option<f64> {
    (whole > 0).then(|| part as f64 / whole as f64)
}

/// How the compared types were found in a set.
#[derive(Debug, Default)]
pub struct Structured {
    /// By type.
    pub types: BTreeMap<&'static str, Score>,
    /// Documents that have none of them.
    pub clean: usize,
    /// Of these, documents with a finding of them.
    pub wrong: usize,
    /// Documents that have some.
    pub holding: usize,
    /// Of these, documents where a letter or digit of one is in no finding of any type.
    pub leaking: usize,
    /// Letters and digits of all labels.
    pub characters: usize,
    /// Of these, in a finding of any type.
    pub covered: usize,
}

impl Structured {
    /// All types together.
    pub fn all(&self) -> Score {
        self.types.values().fold(Score::default(), |mut all, score| {
            all.add(*score);
            all
        })
    }
}

/// A place in characters, with the common name of its type.
struct Place<'a> {
    kind: &'a str,
    start: usize,
    end: usize,
}

impl Place<'_> {
    fn touches(&self, other: &Place<'_>) -> bool {
        self.start < other.end && other.start < self.end
    }
}

/// Scores the compared types.
pub fn structured(documents: &[Document], findings: &[Vec<Found>]) -> Structured {
    let mut sum = Structured::default();
    for (document, found) in documents.iter().zip(findings) {
        let labels = labels(document);
        let labels: Vec<&Place<'_>> = labels.iter().filter(|label| COMPARED.contains(&label.kind)).collect();
        let found: Vec<Place<'_>> = found.iter().map(place).collect();
        for kind in COMPARED {
            let score = one_type(kind, &labels, &found);
            sum.types.entry(kind).or_default().add(score);
        }
        if labels.is_empty() {
            sum.clean += 1;
            sum.wrong += usize::from(found.iter().any(|one| COMPARED.contains(&one.kind)));
        } else {
            let (characters, covered) = cover(&document.text, &labels, &found);
            sum.holding += 1;
            sum.leaking += usize::from(covered < characters);
            sum.characters += characters;
            sum.covered += covered;
        }
    }
    sum
}

fn one_type(kind: &str, labels: &[&Place<'_>], found: &[Place<'_>]) -> Score {
    let labels: Vec<&&Place<'_>> = labels.iter().filter(|label| label.kind == kind).collect();
    let found: Vec<&Place<'_>> = found.iter().filter(|one| one.kind == kind).collect();
    Score {
        labels: labels.len(),
        met: labels.iter().filter(|label| found.iter().any(|one| one.touches(label))).count(),
        findings: found.len(),
        right: found.iter().filter(|one| labels.iter().any(|label| one.touches(label))).count(),
    }
}

/// Letters and digits of the labels, and those of them that are in a finding of any type.
fn cover(text: &str, labels: &[&Place<'_>], found: &[Place<'_>]) -> (usize, usize) {
    let holds = |place: &Place<'_>, at: usize| place.start <= at && at < place.end;
    let labeled = text.chars().enumerate().filter(|(_, c)| c.is_alphanumeric()).map(|(at, _)| at);
    let labeled: Vec<usize> = labeled.filter(|at| labels.iter().any(|label| holds(label, *at))).collect();
    let covered = labeled.iter().filter(|at| found.iter().any(|one| holds(one, **at))).count();
    (labeled.len(), covered)
}

fn place(found: &Found) -> Place<'_> {
    Place { kind: common(&found.r#type), start: found.start, end: found.end }
}

/// The labels of a document in characters, with the common names of their types.
fn labels(document: &Document) -> Vec<Place<'_>> {
    let chars = |at: usize| document.text.get(..at).map_or(0, |before| before.chars().count());
    let place = |label: &'_ crate::sets::Label| (chars(label.start), chars(label.end));
    let labels = document.labels.iter().map(|label| (label, place(label)));
    labels.map(|(label, (start, end))| Place { kind: common(&label.kind), start, end }).collect()
}

/// The labels and findings of a document under their common names, as Microsoft's evaluator reads them.
pub fn for_evaluator(document: &Document, found: &[Found]) -> serde_json::Value {
    let line = |place: Place<'_>| serde_json::json!({"type": place.kind, "start": place.start, "end": place.end});
    let labels: Vec<_> = labels(document).into_iter().map(line).collect();
    let findings: Vec<_> = found.iter().map(place).map(line).collect();
    serde_json::json!({"text": document.text, "labels": labels, "findings": findings})
}

/// What counts when names of people are scored.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Counted {
    /// Every token, found by a PERSON alone.
    Tokens,
    /// All tokens but handles.
    Names,
    /// Every token; a handle that is reported as such is found.
    NamesAndHandles,
}

impl Counted {
    /// In the order of the report.
    pub const ALL: [Self; 3] = [Self::Tokens, Self::Names, Self::NamesAndHandles];
}

/// Scores names of people by token.
pub fn persons(documents: &[Document], findings: &[Vec<Found>], counted: Counted) -> Score {
    let mut score = Score::default();
    for (document, found) in documents.iter().zip(findings) {
        let chars = |at: usize| document.text.get(..at).map_or(0, |before| before.chars().count());
        let is = |one: &&Found, token: &Token| {
            common(&one.r#type) == "PERSON"
                || (counted == Counted::NamesAndHandles && token.is_handle && one.r#type == "HANDLE")
        };
        for token in document.tokens.iter().filter(|token| counted != Counted::Names || !token.is_handle) {
            let (start, end) = (chars(token.start), chars(token.end));
            let is_found = found.iter().filter(|one| is(one, token)).any(|one| one.start < end && start < one.end);
            score.labels += usize::from(token.is_person);
            score.met += usize::from(token.is_person && is_found);
            score.findings += usize::from(is_found);
            score.right += usize::from(token.is_person && is_found);
        }
    }
    score
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sets::Label;

    fn found(kind: &str, start: usize, end: usize) -> Found {
        Found { r#type: kind.into(), start, end }
    }

    fn document(text: &str, labels: &[(&str, usize, usize)]) -> Document {
        let label =
            |(kind, start, end): &(&str, usize, usize)| Label { kind: (*kind).into(), start: *start, end: *end };
        Document { text: text.into(), labels: labels.iter().map(label).collect(), tokens: Vec::new() }
    }

    #[test]
    fn types_places_and_leaks_are_told_apart() {
        let documents = [
            // bytes 3 to 13 are characters 2 to 12
            document("ä a@firma.de", &[("EMAIL_ADDRESS", 3, 13)]),
            document("call 12 34", &[("PHONE_NUMBER", 5, 10)]),
            document("nothing", &[("PERSON", 0, 7)]),
        ];
        let findings =
            [vec![found("EMAIL", 2, 12)], vec![found("PHONE", 5, 7), found("US_SSN", 0, 2)], vec![found("URL", 0, 3)]];
        let sum = structured(&documents, &findings);
        assert_eq!(sum.types["EMAIL"], Score { labels: 1, met: 1, findings: 1, right: 1 });
        assert_eq!((sum.types["PHONE"].recall(), sum.types["US_SSN"].precision()), (Some(1.0), Some(0.0)));
        assert_eq!((sum.clean, sum.wrong, sum.holding, sum.leaking), (1, 1, 2, 1));
        assert_eq!((sum.characters, sum.covered), (12, 10));
        assert_eq!((sum.all().labels, sum.all().met), (2, 2));
    }

    #[test]
    fn handles_count_when_they_are_asked_for() {
        let token = |start, end, is_person, is_handle| Token { start, end, is_person, is_handle };
        let mut one = document("@jane met Bo", &[]);
        one.tokens = vec![
            token(0, 1, true, true),
            token(1, 5, true, true),
            token(6, 9, false, false),
            token(10, 12, true, false),
        ];
        let findings = [vec![found("HANDLE", 0, 5), found("PERSON", 6, 12)]];
        let score = |labels, met, findings, right| Score { labels, met, findings, right };
        let told = Counted::ALL.map(|counted| persons(std::slice::from_ref(&one), &findings, counted));
        assert_eq!(told, [score(3, 1, 2, 1), score(1, 1, 2, 1), score(3, 3, 4, 3)]);
    }
}
