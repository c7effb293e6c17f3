//! The verification as text in, text out: what the command line prints as JSON and what the page in the browser gets. The
//! same function runs in both, so both say the same.

use crate::bundle::{Bundle, BundleError, TrustText};
use crate::report::{Failure, Part, Report};
use crate::verify::verify;
use serde::Serialize;

/// The answer as it is written: `{"holds": true, "report": …, "lines": […]}` or `{"holds": false, "part": …, "words": …}`.
#[derive(Serialize)]
#[serde(untagged)]
enum Answer<'a> {
    Holds { holds: bool, lines: Vec<String>, report: &'a Report },
    Fails { holds: bool, part: Option<Part>, words: String },
}

/// Verifies the text of a bundle against the text of a trust file, and answers with one JSON object.
#[must_use]
pub fn verify_text(bundle: &str, trust: &str) -> String {
    let answer = match read_and_verify(bundle, trust) {
        Ok(Ok(report)) => return written(&Answer::Holds { holds: true, lines: report.lines(), report: &report }),
        Ok(Err(failure)) => Answer::Fails { holds: false, part: Some(failure.part), words: failure.to_string() },
        Err(error) => Answer::Fails { holds: false, part: None, words: error.to_string() },
    };
    written(&answer)
}

fn read_and_verify(bundle: &str, trust: &str) -> Result<Result<Report, Failure>, BundleError> {
    let trust = TrustText::parse(trust)?;
    Ok(verify(&Bundle::parse(bundle)?, &trust))
}

fn written(answer: &Answer<'_>) -> String {
    // Maps with keys of text cannot fail to be written; were it so, a page must not take it for a yes.
    serde_json::to_string(answer).unwrap_or_else(|_| r#"{"holds":false,"part":null,"words":"no answer"}"#.to_owned())
}
