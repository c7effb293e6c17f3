//! `candor gate check|explain`: scenarios must hold; a decision is told with its reasons in words.

use crate::{
    cli::{Gate, Global},
    exit::Outcome,
    output,
    platform::Platform,
};
use anyhow::{Context, Result};
use candor_core::{Decision, PurposeKey, Query, RecipientKey, RecordFacts, RecordId, Scenario, Seq, decide_record};
use std::path::{Path, PathBuf};

/// Runs the command.
pub async fn run(global: &Global, args: Gate) -> Result<()> {
    match args {
        Gate::Check { files } => check(&files),
        Gate::Explain { record, purpose, recipient, at, as_of } => {
            let platform = Platform::open(global).await?;
            let query = Query {
                purpose: PurposeKey::new(purpose)?,
                recipient: RecipientKey::new(recipient)?,
                at: at.unwrap_or_else(crate::platform::now),
                as_of: as_of.map_or(platform.store.head().seq, Seq),
            };
            explain(&platform, &RecordId::new(record)?, &query, global.json).await
        }
    }
}

/// Runs scenario files; the last line is `N passed, M failed`.
fn check(files: &[PathBuf]) -> Result<()> {
    let (mut passed, mut failed) = (0, 0);
    for file in files {
        match check_one(file) {
            Ok((name, wrong)) if wrong.is_empty() => {
                passed += 1;
                output::line(&format!("ok    {name}"));
            }
            Ok((name, wrong)) => {
                failed += 1;
                output::line(&format!("FAIL  {name}"));
                wrong.iter().for_each(|what| output::line(&format!("      {what}")));
            }
            Err(error) => {
                failed += 1;
                output::line(&format!("FAIL  {}: {error:#}", file.display()));
            }
        }
    }
    output::line(&format!("{passed} passed, {failed} failed"));
    anyhow::ensure!(failed == 0, "{failed} of {} scenarios do not hold", passed + failed);
    Ok(())
}

fn check_one(file: &Path) -> Result<(String, Vec<String>)> {
    let text = std::fs::read_to_string(file).with_context(|| format!("cannot read `{}`", file.display()))?;
    let scenario = Scenario::parse(&text)?;
    let wrong = scenario.run()?;
    Ok((scenario.name, wrong))
}

async fn explain(platform: &Platform, id: &RecordId, query: &Query, json: bool) -> Result<()> {
    let record = platform.store.record(id).await?.ok_or_else(|| {
        Outcome::NotFound(format!("there is no record `{id}`; `candor member show` lists a member's"))
    })?;
    let people = crate::directory::of_members(platform).await?;
    let mut facts = RecordFacts::from(&record);
    facts.subjects = candor_dataset::gate::subjects_of(&people, &record.text);
    let decision = decide_record(&platform.store.history(), &facts, query);
    if json {
        return output::json(&serde_json::json!({
            "record": id, "member": record.member, "purpose": query.purpose, "recipient": query.recipient,
            "at": query.at, "as_of": query.as_of, "decision": decision.name(),
            "primary": decision.primary(), "reasons": decision.mask.iter().collect::<Vec<_>>(), "spans": decision.spans,
        }));
    }
    output::line(&format!("record {id} of member {} for {} by {}", record.member, query.purpose, query.recipient));
    output::line(&format!("at {} as of log entry {}: {}", query.at, query.as_of, decision.name()));
    tell(&decision);
    Ok(())
}

fn tell(decision: &Decision) {
    for reason in decision.mask.iter() {
        output::line(&format!("  {:<28} {}", reason.code(), reason.words()));
    }
    if !decision.spans.is_empty() {
        output::line(&format!("  {} places that name members who are left out are redacted", decision.spans.len()));
    }
}
