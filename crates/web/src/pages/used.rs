//! `/used`: "What we used": the member's records, what was decided about each, and the training sets and models they are
//! in. Only ever the signed-in member's own.

use std::collections::HashMap;

use askama::Template;
use axum::{extract::State, response::Response};
use candor_core::{Record, RecordId};
use candor_store::{MemberDecision, ShardState, UsedIn};

use crate::{
    error::PageError,
    page::{Shell, html},
    session::SignedMember,
    state::App,
    words,
};

/// Records that one page shows.
const RECORDS: u32 = 200;
/// Decisions that are looked up: those of the newest snapshots first.
const DECISIONS: u32 = 2000;
/// Characters of a record that are shown.
const EXCERPT: usize = 140;

struct SetRow {
    snapshot: String,
    sealed: Option<u64>,
    withdrawn: bool,
    records: String,
    tokens: String,
    release: String,
    shard: &'static str,
}

struct RecordRow {
    written: String,
    kind: &'static str,
    text: String,
    word: &'static str,
    why: Option<String>,
}

#[derive(Template)]
#[template(path = "used.html")]
struct UsedPage {
    shell: Shell,
    summary: String,
    sets: Vec<SetRow>,
    records: Vec<RecordRow>,
    more: Option<String>,
}

/// Shows the member what was used.
pub(crate) async fn get(
    State(app): State<App>,
    SignedMember { signed, member }: SignedMember,
) -> Result<Response, PageError> {
    let used = app.store.used_by(&member.id).await?;
    let mut records = app.store.records_of(&member.id, RECORDS).await?;
    records.sort_by_key(|record| std::cmp::Reverse(record.created));
    // Decisions come newest snapshot first, so the first of a record is the one that counts.
    let mut latest: HashMap<RecordId, MemberDecision> = HashMap::new();
    for decision in app.store.decisions_of(&member.id, DECISIONS).await? {
        latest.entry(decision.record.clone()).or_insert(decision);
    }
    let more = (records.len() >= RECORDS as usize).then(|| format!("The newest {RECORDS} are shown."));
    Ok(html(&UsedPage {
        shell: Shell::new(&app, Some(&signed)),
        summary: summary(&used, records.len()),
        sets: used.into_iter().map(set_row).collect(),
        records: records.iter().map(|record| record_row(record, latest.get(&record.id))).collect(),
        more,
    }))
}

fn summary(used: &[UsedIn], held: usize) -> String {
    let live: Vec<&UsedIn> = used.iter().filter(|used| !used.withdrawn && used.records > 0).collect();
    let records = live.iter().map(|used| used.records).max().unwrap_or(0);
    let serving = live.iter().filter(|used| used.shard_state == Some(ShardState::Serving)).count() as u64;
    match (held, records) {
        (0, 0) => "We have used nothing of yours.".into(),
        (_, 0) => {
            format!("We hold {} of yours and have used none of them.", words::many(held as u64, "record", "records"))
        }
        _ => format!(
            "{} of yours {} in use for training; {} in service saw them.",
            words::many(records, "record", "records"),
            if records == 1 { "is" } else { "are" },
            words::many(serving, "model", "models"),
        ),
    }
}

fn set_row(used: UsedIn) -> SetRow {
    SetRow {
        snapshot: used.snapshot.to_string(),
        sealed: used.sealed_seq.map(|seq| seq.0),
        withdrawn: used.withdrawn,
        records: words::count(used.records),
        tokens: words::count(used.tokens),
        shard: match (&used.release, used.shard_state) {
            (None, _) => "Not trained",
            (Some(_), Some(ShardState::Serving)) => "In service",
            (Some(_), Some(ShardState::Retired)) => "Out of service",
            (Some(_), Some(ShardState::Retraining)) => "Out of service, being trained again",
            (Some(_), Some(ShardState::Pending) | None) => "Not in service yet",
        },
        release: used.release.map_or_else(|| "None".into(), |release| release.to_string()),
    }
}

fn record_row(record: &Record, decision: Option<&MemberDecision>) -> RecordRow {
    let (word, why) = match decision {
        None => ("Not decided yet", Some("It came in after the last training set.".into())),
        Some(decision) => match decision.mask.shown() {
            None => ("Used", None),
            Some(reason) => ("Left out", Some(to_member(reason.words()))),
        },
    };
    let text = record.title.as_deref().filter(|title| !title.is_empty()).unwrap_or(&record.text);
    RecordRow {
        written: words::day(record.created),
        kind: words::kind(record.kind),
        text: words::excerpt(text, EXCERPT),
        word,
        why,
    }
}

/// A reason, told to the member it is about.
fn to_member(words: &str) -> String {
    let text = words.replace("the member's", "your").replace("the member was", "you were").replace("the member", "you");
    words::sentence(&text) + "."
}
