//! `candor verify BUNDLE`: checks what a member was given, offline: no data folder, no database, no server.

use crate::{
    cli::{Global, Verify},
    exit::Outcome,
    output,
};
use anyhow::{Context, Result};
use candor_tlog::{Bundle, Trust, TrustText, verify};
use serde_json::json;
use std::path::Path;

/// Runs the command.
pub fn run(global: &Global, args: &Verify) -> Result<()> {
    let trust = trust(args)?;
    let bundle = Bundle::parse(&read(&args.bundle)?).map_err(|error| Outcome::Verification(error.to_string()))?;
    match verify(&bundle, &trust) {
        Ok(report) if global.json => output::json(&report),
        Ok(report) => {
            report.lines().iter().for_each(|line| output::line(&format!("✓ {line}")));
            output::line(&format!("everything in the bundle of {} holds", bundle.member));
            Ok(())
        }
        Err(failure) => {
            if global.json {
                output::json(&json!({"failed": failure.to_string()}))?;
            }
            Err(Outcome::Verification(failure.to_string()).into())
        }
    }
}

/// Whom to believe: a trust file, or a key from a place that the operator cannot change.
fn trust(args: &Verify) -> Result<Trust> {
    let mut text = match (&args.trust, &args.key) {
        (Some(file), _) => serde_json::from_str::<TrustText>(&read(file)?)
            .map_err(|error| Outcome::Usage(format!("`{}` is no trust file: {error}", file.display())))?,
        (None, Some(key)) => {
            let key = key.parse().map_err(|error| Outcome::Usage(format!("`--key` is no key of a log: {error}")))?;
            TrustText { key, needed: 0, witnesses: Vec::new(), earlier: None }
        }
        (None, None) => {
            let words = "say whose signature counts: `--key` with the log's key, or `--trust` with a file; take it from \
                         somewhere else than the bundle";
            return Err(Outcome::Usage(words.into()).into());
        }
    };
    for witness in &args.witness {
        text.witnesses.push(witness.parse().map_err(|error| Outcome::Usage(format!("`{witness}`: {error}")))?);
    }
    text.needed = args.needed.unwrap_or(text.needed.max(usize::from(!args.witness.is_empty())));
    if let Some(file) = &args.earlier {
        text.earlier = Some(read(file)?);
    }
    text.trust().map_err(|error| Outcome::Usage(error.to_string()).into())
}

fn read(file: &Path) -> Result<String> {
    if file.as_os_str() == "-" {
        return std::io::read_to_string(std::io::stdin()).context("cannot read standard input");
    }
    std::fs::read_to_string(file).with_context(|| format!("cannot read `{}`", file.display()))
}
