//! `candor event add FILE`: logs what governs, one JSON event a line: notices, rules, policies, places, recipients. The same
//! lines go to `POST /api/v1/events`.

use crate::{
    cli::{Event, Global},
    exit::Outcome,
    output,
    platform::{self, Platform},
};
use anyhow::{Context, Result};
use candor_store::StoreError;
use candor_web::events::changes_of;
use serde_json::json;
use std::{
    io::{BufRead, BufReader},
    path::Path,
};

/// Runs the command.
pub async fn run(global: &Global, args: Event) -> Result<()> {
    match args {
        Event::Add { file } => add(&Platform::open(global).await?, &file, global.json).await,
    }
}

/// Logs every line that is taken, in order; a line that is refused is told and leaves no trace but in the list of
/// refused events.
async fn add(platform: &Platform, file: &Path, json: bool) -> Result<()> {
    let (mut accepted, mut rejected) = (0_u64, 0_u64);
    for (number, line) in (1..).zip(open(file)?.lines()) {
        let line = line.with_context(|| format!("cannot read line {number} of `{}`", file.display()))?;
        if line.trim().is_empty() {
            continue;
        }
        let now = platform::now();
        let outcome = match changes_of(&line, &platform.store, now, number) {
            Err(bad) => Err((bad.code, bad.detail)),
            Ok(changes) => {
                let committed = platform.store.commit(now, changes).await;
                committed.map_err(|error| match &error {
                    StoreError::Refused(refusal) => (refusal.code(), refusal.to_string()),
                    other => (other.code(), other.to_string()),
                })
            }
        };
        match outcome {
            Ok(committed) => {
                accepted += 1;
                let seq = committed.receipts.first().map_or(committed.head.seq, |receipt| receipt.seq);
                if json {
                    output::json(&json!({"line": number, "receipt": committed.receipts.first()}))?;
                } else {
                    output::line(&format!("line {number}: log entry {seq}"));
                }
            }
            Err((code, detail)) => {
                rejected += 1;
                if json {
                    output::json(&json!({"line": number, "code": code, "detail": detail}))?;
                } else {
                    output::line(&format!("line {number}: refused ({code}): {detail}"));
                }
            }
        }
    }
    match (accepted, rejected) {
        (_, 0) => Ok(()),
        (0, _) => Err(Outcome::Refused(format!("none of {rejected} events was taken")).into()),
        _ => Err(Outcome::Partial(format!("{rejected} of {} events were not taken", accepted + rejected)).into()),
    }
}

fn open(file: &Path) -> Result<Box<dyn BufRead>> {
    if file.as_os_str() == "-" {
        return Ok(Box::new(BufReader::new(std::io::stdin())));
    }
    let opened = std::fs::File::open(file).with_context(|| format!("cannot read `{}`", file.display()))?;
    Ok(Box::new(BufReader::new(opened)))
}
