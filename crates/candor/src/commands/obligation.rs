//! `candor obligation list|meet|done`: what past uses oblige to by what the log knows now.

use crate::{
    cli::{Global, Obligation},
    exit::Outcome,
    jobs::meet_obligations::{self, Ledger, Obligation as Owed},
    output,
    platform::{self, Platform},
};
use anyhow::Result;
use candor_core::{ObligationAction, Reason};
use serde_json::json;
use std::collections::BTreeMap;

/// Runs the command.
pub async fn run(global: &Global, args: Obligation) -> Result<()> {
    let platform = Platform::open(global).await?;
    match args {
        Obligation::List => list(&platform, global.json).await,
        Obligation::Meet => {
            let met = meet_obligations::run(&platform, None, true, platform::now()).await?;
            if global.json {
                return output::json(&met);
            }
            met.opened.iter().for_each(tell);
            output::line(&format!("{} uses regretted; {} obligations done", met.regrets, met.done.len()));
            if !met.forgotten.snapshots_made.is_empty() {
                output::line(&met.forgotten.to_string());
            }
            Ok(())
        }
        Obligation::Done { obligation } => done(&platform, &obligation).await,
    }
}

async fn list(platform: &Platform, json: bool) -> Result<()> {
    let found = meet_obligations::find(platform, platform::now()).await?;
    if json {
        let regrets: Vec<_> =
            found.regrets.iter().map(|(snapshot, regret)| json!({"snapshot": snapshot, "regret": regret})).collect();
        return output::json(
            &json!({"obligations": found.ledger.open.values().collect::<Vec<_>>(), "regrets": regrets}),
        );
    }
    found.ledger.open.values().for_each(tell);
    let mut counts: BTreeMap<(&str, Reason), usize> = BTreeMap::new();
    for (snapshot, regret) in &found.regrets {
        *counts.entry((snapshot.as_str(), regret.reason)).or_default() += 1;
    }
    for ((snapshot, reason), number) in counts {
        output::line(&format!("{number} records of {snapshot} would be denied now: {}", reason.code()));
    }
    if found.ledger.open.is_empty() {
        output::line("nothing is owed");
    }
    Ok(())
}

fn tell(owed: &Owed) {
    let day = owed.due.strftime("%Y-%m-%d");
    output::line(&format!("{}  because of log entry {}, due {day}", owed.obligation, owed.cause));
}

/// Only what people do can be said to be done; all else is done when it is done.
async fn done(platform: &Platform, obligation: &str) -> Result<()> {
    let ledger = Ledger::of(&platform.store.history());
    let Some(owed) = ledger.open.get(obligation) else {
        let hint = "no open obligation has this name; `candor obligation list` names them, `meet` opens them";
        return Err(Outcome::NotFound(hint.into()).into());
    };
    if owed.action != ObligationAction::ReturnOrDelete {
        return Err(Outcome::Usage("the platform does this one itself: `candor obligation meet`".into()).into());
    }
    meet_obligations::finish(platform, obligation, platform::now()).await?;
    output::line("done, and logged");
    Ok(())
}
