//! `candor gate check|explain|replay|dry-run`: scenarios must hold; a decision is told with its reasons and the rows behind
//! them; what changed, or would change, is told by region.

use crate::{
    cli::{Gate, Global},
    exit::Outcome,
    jobs::meet_obligations::records,
    output,
    platform::Platform,
};
use anyhow::{Context, Result};
use candor_core::{
    History, PurposeKey, Query, Reason, RecipientKey, RecordFacts, RecordId, Scenario, Seq, decide::row_at,
    decide_record, rule::Rule,
};
use candor_dataset::gate::replay::{self, Changes};
use std::path::{Path, PathBuf};

/// Runs the command.
pub async fn run(global: &Global, args: Gate) -> Result<()> {
    match args {
        Gate::Check { files } => check(&files),
        Gate::Explain { record, purpose, recipient, at, as_of } => {
            let platform = Platform::open(global).await?;
            let as_of = as_of.map_or(platform.store.head().seq, Seq);
            let today = question(&purpose, &recipient, &platform.store.history(), as_of)?;
            let query = Query { at: at.unwrap_or(today.at), ..today };
            explain(&platform, &RecordId::new(record)?, &query, global.json).await
        }
        Gate::Replay { from, to, purpose, recipient } => {
            let platform = Platform::open(global).await?;
            let head = platform.store.refresh().await?.seq;
            let latest = super::snapshot::latest(&platform).await?.map_or(Seq(0), |row| row.as_of);
            let between = (from.map_or(latest, Seq), to.map_or(head, Seq));
            let query = question(&purpose, &recipient, &platform.store.history(), between.1)?;
            let records = records(&platform).await?;
            let asked = records.iter().map(|(id, facts)| (id, facts));
            tell_changes(&replay::replay(&platform.store.history(), &query, between, asked), global.json)
        }
        Gate::DryRun { rule, purpose, recipient } => {
            let platform = Platform::open(global).await?;
            let rule = read_rule(&rule)?;
            let head = platform.store.refresh().await?.seq;
            let query = question(&purpose, &recipient, &platform.store.history(), head)?;
            let records = records(&platform).await?;
            let asked = records.iter().map(|(id, facts)| (id, facts));
            let changes = replay::dry_run(&platform.store.history(), &query, rule, asked)
                .map_err(|refusal| Outcome::Refused(format!("the rule would be refused: {refusal}")))?;
            tell_changes(&changes, global.json)
        }
    }
}

fn question(purpose: &str, recipient: &str, history: &History, as_of: Seq) -> Result<Query> {
    let (purpose, recipient) = (PurposeKey::new(purpose)?, RecipientKey::new(recipient)?);
    Ok(Query { as_of, ..Query::present(history, purpose, recipient, crate::platform::now()) })
}

/// A rule row by itself: TOML, or JSON as in a `rule_set` event.
fn read_rule(file: &Path) -> Result<Rule> {
    let text = std::fs::read_to_string(file).with_context(|| format!("cannot read `{}`", file.display()))?;
    let rule = if text.trim_start().starts_with('{') {
        serde_json::from_str(&text).map_err(anyhow::Error::from)
    } else {
        toml::from_str(&text).map_err(anyhow::Error::from)
    };
    rule.with_context(|| format!("`{}` is no rule row; write it as a `[[rule]]` of a rule book has it", file.display()))
}

fn tell_changes(changes: &Changes, json: bool) -> Result<()> {
    if json {
        for row in &changes.rows {
            output::json(&serde_json::json!({
                "record": row.record, "member": row.member, "region": row.region,
                "before": {"decision": row.before.name(), "reasons": row.before.mask.iter().collect::<Vec<_>>()},
                "after": {"decision": row.after.name(), "reasons": row.after.mask.iter().collect::<Vec<_>>()},
            }))?;
        }
        return Ok(());
    }
    let mut table = vec![["region", "before", "after", "members", "records"].map(String::from).to_vec()];
    for ((region, before, after), affected) in changes.by_region() {
        let counts = [affected.members, affected.records].map(output::grouped);
        let [members, records] = counts;
        table.push(vec![region.into(), before.into(), after.into(), members, records]);
    }
    if changes.rows.is_empty() {
        table.clear();
    }
    output::table(&table);
    let (members, rows) = (changes.members() as u64, changes.rows.len() as u64);
    output::line(&format!(
        "{} of {} records of {} members are decided otherwise",
        output::grouped(rows),
        output::grouped(changes.asked),
        output::grouped(members)
    ));
    Ok(())
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
    let history = platform.store.history();
    let facts = row_at(&history, id, facts, query.at, query.as_of);
    let decision = decide_record(&history, &facts, query);
    let explanation = candor_core::explain::explain(&history, &facts, query);
    // The gate knows facts; what is held back for its text is known since the record was read for a snapshot.
    let is_snapshots = query.purpose == PurposeKey::generative_training() && query.recipient == RecipientKey::own();
    let last = if is_snapshots { platform.store.last_decision(id).await? } else { None };
    if json {
        return output::json(&serde_json::json!({
            "record": id, "member": record.member, "purpose": query.purpose, "recipient": query.recipient,
            "at": query.at, "as_of": query.as_of, "decision": decision.name(),
            "primary": decision.primary(), "reasons": decision.mask.iter().collect::<Vec<_>>(), "spans": decision.spans,
            "explanation": explanation,
            "last_snapshot": last.map(|last| serde_json::json!({
                "snapshot": last.snapshot, "reasons": last.mask.iter().collect::<Vec<_>>(),
            })),
        }));
    }
    output::line(&format!("record {id} of member {} for {} by {}", record.member, query.purpose, query.recipient));
    output::line(&format!("at {} as of log entry {}:", query.at, query.as_of));
    output::line(explanation.to_string().trim_end());
    if !decision.spans.is_empty() {
        output::line(&format!("{} places that name members who are left out are redacted", decision.spans.len()));
    }
    if let Some(last) = last {
        let reasons: Vec<&str> = last.mask.iter().map(Reason::words).collect();
        let said = if reasons.is_empty() { "admitted".to_owned() } else { format!("left out: {}", reasons.join("; ")) };
        output::line(&format!("in the last snapshot that read it, {}: {said}", last.snapshot));
    }
    Ok(())
}
