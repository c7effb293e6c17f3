//! NDJSON through the redactor: one record in, one line out, whatever the length of the file. A line that is not a record
//! is told by its number and left out, never shown: it may hold anything.

use super::Input;
use crate::{
    cli::Offsets,
    lines::{Line, Lines},
    output::Stream,
};
use anyhow::Result;
use candor_redact::{
    Counts, Finding, Kind, Redactor, Span,
    special::{Detector, Statement},
};
use serde::{Deserialize, Serialize};
use std::{borrow::Cow, path::Path};

/// Bad lines that are told one by one; the rest is counted.
const TOLD: u64 = 100;

#[derive(Deserialize)]
struct Record<'l> {
    id: serde_json::Value,
    #[serde(borrow)]
    text: Cow<'l, str>,
}

/// A record after redaction.
#[derive(Serialize)]
struct RedactedRecord<'l> {
    id: &'l serde_json::Value,
    text: &'l str,
}

/// What was found in a record.
#[derive(Serialize)]
struct FoundRecord<'l> {
    id: &'l serde_json::Value,
    findings: &'l [Finding],
    /// Sentences that say something about somebody's health, belief and the like; absent when there is none.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    statements: Vec<Statement>,
}

/// Redacts line by line, or reports findings; gives the number of lines that were left out.
pub(super) fn run(
    input: Input,
    file: &Path,
    redactor: &Redactor,
    found: Option<Offsets>,
    counts: &mut Counts,
    out: &mut Stream,
) -> Result<u64> {
    let (mut lines, mut bad) = (Lines::new(input), 0);
    while let Some(line) = lines.next()? {
        match read(&line) {
            Ok(record) => write(&record, redactor, found, counts, out)?,
            Err(why) => {
                bad += 1;
                if bad <= TOLD {
                    eprintln!("`{}` line {}: {why}", file.display(), line.number);
                }
            }
        }
        // Who waits at the other end of a pipe gets what is there before more is waited for.
        if lines.is_drained() {
            out.flush()?;
        }
    }
    Ok(bad)
}

/// The record of a line, or why it is none. The parser's own words quote the text, so they are not used.
fn read<'l>(line: &'l Line<'_>) -> Result<Record<'l>, String> {
    let bytes =
        line.bytes.ok_or_else(|| format!("is longer than {} bytes; split the text", crate::lines::MAX_BYTES))?;
    serde_json::from_slice(bytes).map_err(|error| match error.classify() {
        serde_json::error::Category::Data => "has no `id`, or no `text` that is a string".to_owned(),
        serde_json::error::Category::Syntax => format!("is no JSON from column {} on", error.column()),
        serde_json::error::Category::Eof | serde_json::error::Category::Io => "ends before its JSON does".to_owned(),
    })
}

fn write(
    record: &Record<'_>,
    redactor: &Redactor,
    found: Option<Offsets>,
    counts: &mut Counts,
    out: &mut Stream,
) -> Result<()> {
    let (id, text) = (&record.id, record.text.as_ref());
    let Some(offsets) = found else {
        let redacted = redactor.redact(text, &[]);
        *counts += redacted.counts;
        return out.json(&RedactedRecord { id, text: &redacted.text });
    };
    let mut findings = redactor.find_all(text);
    *counts += findings.iter().map(|finding| finding.kind).collect::<Counts>();
    let people: Vec<Span> = findings.iter().filter(|f| f.kind == Kind::Person).map(|f| f.span).collect();
    let mut statements = Detector::standard().find_about(text, &people);
    match offsets {
        Offsets::Bytes => {}
        Offsets::Chars => {
            in_chars(text, findings.iter_mut().map(|finding| &mut finding.span));
            in_chars(text, statements.iter_mut().map(|statement| &mut statement.span));
        }
    }
    out.json(&FoundRecord { id, findings: &findings, statements })
}

/// Counts offsets in characters. Spans come in order, so one walk over the text is enough; where one starts before the last one
/// ended, the walk begins again.
fn in_chars<'s>(text: &str, spans: impl Iterator<Item = &'s mut Span>) {
    let (mut bytes, mut chars) = (0, 0);
    let mut count = |to: usize| {
        if to < bytes {
            (bytes, chars) = (0, 0);
        }
        chars += text.get(bytes..to).unwrap_or_default().chars().count();
        bytes = to;
        chars
    };
    for span in spans {
        span.start = count(span.start);
        span.end = count(span.end);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn offsets_are_counted_in_characters() {
        let text = "äöü jane@firma.de, 💬 bob@firma.de";
        let mut findings = Redactor::builder().build().unwrap().find(text);
        in_chars(text, findings.iter_mut().map(|finding| &mut finding.span));
        let spans: Vec<(usize, usize)> = findings.iter().map(|f| (f.span.start, f.span.end)).collect();
        assert_eq!(spans, [(4, 17), (21, 33)]);
    }

    #[test]
    fn why_a_line_is_no_record_is_told_without_the_line() {
        for (bytes, says) in [
            ("jane@firma.de", "no JSON from column"),
            ("{\"id\": 1}", "has no `id`"),
            ("{\"id\": 1, \"text\": 5}", "has no `id`"),
            ("[1]", "has no `id`"),
            ("{\"id\": 1, \"text\": \"jane", "ends before"),
            ("{\"id\": 1, \"text\": \"\\ud800 jane\"}", "no JSON from column"),
        ] {
            let line = Line { number: 1, bytes: Some(bytes.as_bytes()) };
            let why = read(&line).err().unwrap();
            assert!(why.contains(says) && !why.contains("jane"), "{bytes}: {why}");
        }
    }
}
