//! What must hold for every text, said once for all tests that make texts up.

use candor_redact::{Finding, Operator, Redactor};
use proptest::prelude::*;

/// Any operator.
pub fn operators() -> impl Strategy<Value = Operator> {
    prop::sample::select(Operator::ALL.to_vec())
}

/// Findings come in order, do not overlap, hold something, and lie on boundaries of characters.
pub fn in_order(text: &str, findings: &[Finding]) -> Result<(), TestCaseError> {
    let mut end = 0;
    for finding in findings {
        prop_assert!(finding.span.start >= end && finding.span.start < finding.span.end);
        prop_assert!(text.get(finding.span.start..finding.span.end).is_some());
        end = finding.span.end;
    }
    Ok(())
}

/// Redacting what was redacted changes nothing and finds nothing.
pub fn twice_is_once(redactor: &Redactor, text: &str) -> Result<(), TestCaseError> {
    let once = redactor.redact(text, &[]).text;
    let twice = redactor.redact(&once, &[]);
    prop_assert_eq!(&twice.text, &once);
    prop_assert!(twice.counts.is_empty());
    Ok(())
}
