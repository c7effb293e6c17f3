//! Recall and precision of the structured kinds on presidio-research's `synth_dataset_v2.json` (MIT license): 1,500 made-up sentences with
//! labeled spans. Prints a table; the floors are what was reached when they were set, less a small margin.
//! The rules were written with this set in view, so these figures say more about this set than about any other.

use std::collections::BTreeMap;

use candor_redact::{Kind, Redactor};

use crate::sets::{self, Document};

#[derive(Default)]
struct Score {
    labels: usize,
    met: usize,
    findings: usize,
    right: usize,
}

impl Score {
    fn recall(&self) -> f64 {
        self.met as f64 / self.labels.max(1) as f64
    }

    fn precision(&self) -> f64 {
        self.right as f64 / self.findings.max(1) as f64
    }
}

/// The kinds of the set that are ours, with the floors of recall and precision.
const FLOORS: [(&str, Kind, f64, f64); 5] = [
    ("CREDIT_CARD", Kind::CreditCard, 0.98, 0.99),
    ("EMAIL_ADDRESS", Kind::Email, 0.99, 0.99),
    ("PHONE_NUMBER", Kind::Phone, 0.97, 0.96),
    ("IBAN_CODE", Kind::Iban, 0.99, 0.99),
    ("IP_ADDRESS", Kind::IpAddress, 0.99, 0.99),
];
/// The floor of recall of all five together.
const FLOOR: f64 = 0.98;

#[allow(clippy::disallowed_methods, reason = "a test is told by the environment what the machine lacks")]
fn sentences() -> Option<Vec<Document>> {
    let root = sets::folder();
    if !root.exists() {
        let skipped = std::env::var("CANDOR_SKIP").unwrap_or_default().split(',').any(|name| name == "shared-data");
        assert!(skipped, "`{}` is absent; put the sets there, or skip with CANDOR_SKIP=shared-data", root.display());
        println!("skipped: shared-data is absent");
        return None;
    }
    Some(sets::presidio())
}

#[test]
#[allow(clippy::disallowed_methods, reason = "a test is told by the environment how much to print")]
fn structured_kinds_reach_their_floors() {
    let Some(sentences) = sentences() else { return };
    let redactor = Redactor::builder().build().unwrap();
    let verbose = std::env::var_os("CANDOR_VERBOSE").is_some();
    let mut scores: BTreeMap<Kind, Score> = BTreeMap::new();
    let mut wrong_documents = 0;
    for sentence in &sentences {
        let text = &sentence.text;
        let findings = redactor.find(text);
        let mut wrong = false;
        for (name, kind, _, _) in FLOORS {
            let score = scores.entry(kind).or_default();
            let labels = sentence.labels.iter().filter(|label| label.kind == name);
            let labels: Vec<(usize, usize)> = labels.map(|label| (label.start, label.end)).collect();
            let found = findings.iter().filter(|finding| finding.kind == kind);
            let found: Vec<(usize, usize)> = found.map(|finding| (finding.span.start, finding.span.end)).collect();
            let meets = |a: &(usize, usize), b: &(usize, usize)| a.0 < b.1 && b.0 < a.1;
            score.labels += labels.len();
            score.met += labels.iter().filter(|label| found.iter().any(|f| meets(f, label))).count();
            score.findings += found.len();
            score.right += found.iter().filter(|f| labels.iter().any(|label| meets(f, label))).count();
            wrong |= found.iter().any(|f| !labels.iter().any(|label| meets(f, label)));
            if verbose {
                let context = |range: &(usize, usize)| {
                    (text.get(range.0.saturating_sub(30)..range.1).unwrap_or(&text[range.0..range.1])).to_owned()
                };
                for label in labels.iter().filter(|label| !found.iter().any(|f| meets(f, label))) {
                    println!("missed {name}: {:?}", context(label));
                }
                for f in found.iter().filter(|f| !labels.iter().any(|label| meets(f, label))) {
                    println!("wrong {name}: {:?}", context(f));
                }
            }
        }
        wrong_documents += usize::from(wrong);
    }
    let (met, labels) = scores.values().fold((0, 0), |(met, labels), score| (met + score.met, labels + score.labels));
    let overall = met as f64 / labels as f64;
    println!("{:<14} {:>6} {:>8} {:>9}", "type", "labels", "recall", "precision");
    for (name, kind, recall, precision) in FLOORS {
        let score = &scores[&kind];
        println!("{name:<14} {:>6} {:>8.3} {:>9.3}", score.labels, score.recall(), score.precision());
        assert!(score.recall() >= recall, "recall of {name} is {:.3}", score.recall());
        assert!(score.precision() >= precision, "precision of {name} is {:.3}", score.precision());
    }
    println!("{:<14} {labels:>6} {overall:>8.3}   sentences with a wrong finding: {wrong_documents}", "all five");
    assert!(overall >= FLOOR, "recall of all five is {overall:.3}");
}
