//! `candor redact`: personal data in text or NDJSON, without a platform. Values never reach stderr.

use crate::{
    cli::{Global, Offsets, Redact, RedactOperator},
    exit::Outcome,
    output,
};
use anyhow::{Context, Result};
use candor_redact::{Counts, Finding, Kind, Operator, Redactor};
use serde::Deserialize;
use std::{
    io::{BufRead, BufReader, Read},
    path::Path,
};

/// Longest line or text that is taken.
const MAX_BYTES: u64 = 64 << 20;

#[derive(Deserialize)]
struct Line {
    id: serde_json::Value,
    text: String,
}

/// Runs the command.
pub fn run(global: &Global, args: Redact) -> Result<()> {
    if args.types {
        Kind::ALL.iter().for_each(|kind| output::line(kind.name()));
        return Ok(());
    }
    let operator = match args.operator {
        RedactOperator::Placeholder => Operator::Placeholder,
        RedactOperator::Pseudonym => Operator::Pseudonym,
        RedactOperator::Surrogate => Operator::Surrogate,
        RedactOperator::Generalize => Operator::Generalize,
        RedactOperator::Mask => Operator::Mask,
        RedactOperator::Remove => Operator::Remove,
    };
    let key: [u8; 32] = rand::random();
    let redactor = Redactor::builder().operator_for_all(operator).key(key).build()?;
    let mut counts = Counts::new();
    let mut bad = 0;
    let stdin = std::path::PathBuf::from("-");
    let files = if args.files.is_empty() { std::slice::from_ref(&stdin) } else { &args.files };
    for file in files {
        let reader = open(file)?;
        if args.ndjson || args.findings {
            bad += lines(reader, &redactor, args.findings.then_some(args.offsets), &mut counts)?;
        } else {
            whole(reader, &redactor, &mut counts)?;
        }
    }
    if !global.quiet {
        let found: Vec<String> = counts.iter().map(|(kind, number)| format!("{} {}", number, kind.name())).collect();
        eprintln!("found: {}", if found.is_empty() { "nothing".into() } else { found.join(", ") });
    }
    if bad > 0 {
        return Err(
            Outcome::Partial(format!("{bad} lines are no JSON with `id` and `text`; they were left out")).into()
        );
    }
    Ok(())
}

fn open(file: &Path) -> Result<Box<dyn BufRead>> {
    if file == Path::new("-") {
        return Ok(Box::new(BufReader::new(std::io::stdin())));
    }
    let opened = std::fs::File::open(file).with_context(|| format!("cannot read `{}`", file.display()))?;
    Ok(Box::new(BufReader::new(opened)))
}

fn whole(reader: Box<dyn BufRead>, redactor: &Redactor, counts: &mut Counts) -> Result<()> {
    let mut text = String::new();
    reader.take(MAX_BYTES + 1).read_to_string(&mut text).context("the input is not UTF-8 text")?;
    anyhow::ensure!(text.len() as u64 <= MAX_BYTES, "the text has over {MAX_BYTES} bytes; split it, or use --ndjson");
    let redacted = redactor.redact(&text, &[]);
    *counts += redacted.counts;
    output::line(redacted.text.trim_end_matches('\n'));
    Ok(())
}

/// Redacts line by line; gives the number of bad lines.
fn lines(
    mut reader: Box<dyn BufRead>,
    redactor: &Redactor,
    findings: Option<Offsets>,
    counts: &mut Counts,
) -> Result<u64> {
    let (mut bad, mut buffer) = (0, Vec::new());
    loop {
        buffer.clear();
        let read = (&mut reader).take(MAX_BYTES).read_until(b'\n', &mut buffer)?;
        if read == 0 {
            return Ok(bad);
        }
        if buffer.trim_ascii().is_empty() {
            continue;
        }
        let Ok(line) = serde_json::from_slice::<Line>(&buffer) else {
            bad += 1;
            continue;
        };
        if let Some(offsets) = findings {
            let found = redactor.find_all(&line.text);
            *counts += found.iter().map(|finding| finding.kind).collect::<Counts>();
            let found = if offsets == Offsets::Chars { in_chars(&line.text, found) } else { found };
            output::json(&serde_json::json!({"id": line.id, "findings": found}))?;
        } else {
            let redacted = redactor.redact(&line.text, &[]);
            *counts += redacted.counts;
            output::json(&serde_json::json!({"id": line.id, "text": redacted.text}))?;
        }
    }
}

/// The findings with offsets in characters. They come in order, so one walk over the text is enough.
fn in_chars(text: &str, mut findings: Vec<Finding>) -> Vec<Finding> {
    let (mut bytes, mut chars) = (0, 0);
    let mut count = |to: usize| {
        chars += text.get(bytes..to).unwrap_or_default().chars().count();
        bytes = to;
        chars
    };
    for finding in &mut findings {
        finding.span.start = count(finding.span.start);
        finding.span.end = count(finding.span.end);
    }
    findings
}
