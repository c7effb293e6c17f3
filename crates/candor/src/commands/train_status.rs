//! `candor train status`: how the training that is going on stands, or how the last one ended. Read from what it wrote down, so it
//! answers from another process and after a crash.

use crate::{
    cli::Global,
    exit::Outcome,
    output::{self, grouped},
    platform::Platform,
    recorder,
};
use anyhow::Result;
use candor_core::{ReleaseId, SnapshotId};
use candor_ml::metrics::{self, Line};
use candor_store::{ReleaseRow, ReleaseState};
use serde::Serialize;
use std::collections::BTreeMap;

/// How a training stands.
#[derive(Debug, Serialize)]
struct Status {
    release: ReleaseId,
    snapshot: SnapshotId,
    state: &'static str,
    stage: String,
    tokens: u64,
    tokens_total: u64,
    loss: Option<f32>,
    tokens_per_s: f64,
    seconds_left: Option<f64>,
    updated_ms: u64,
    shards: Vec<ShardStatus>,
}

#[derive(Debug, Serialize)]
struct ShardStatus {
    shard: usize,
    slice: usize,
    step: u64,
    loss: Option<f32>,
}

/// Runs the command.
pub async fn run(global: &Global) -> Result<()> {
    let platform = Platform::open(global).await?;
    let mut rows = platform.store.releases().await?;
    rows.sort_by_key(|row| std::cmp::Reverse(row.created));
    let has_metrics = |row: &&ReleaseRow| platform.release_dir(row.id.as_str()).join(metrics::FILE).is_file();
    let Some(row) = rows.iter().find(has_metrics) else {
        let words = "nothing was trained here yet; `candor train` starts it";
        return Err(Outcome::NotFound(words.into()).into());
    };
    let (lines, is_running) = recorder::look(&platform.release_dir(row.id.as_str()))?;
    let status = status(row, &lines, is_running);
    if global.json {
        return output::json(&status);
    }
    show(&status);
    Ok(())
}

fn status(row: &ReleaseRow, lines: &[Line], is_running: bool) -> Status {
    let last = lines.last().cloned().unwrap_or_default();
    // A line of another stage says nothing of tokens.
    let told = lines.iter().rev().find(|line| line.tokens_total > 0).cloned().unwrap_or_default();
    let mut shards = BTreeMap::new();
    for line in lines {
        if let (Some(shard), Some(slice)) = (line.shard, line.slice) {
            shards.insert(shard, ShardStatus { shard, slice, step: line.step, loss: line.loss });
        }
    }
    let losses: Vec<f32> = shards.values().filter_map(|shard| shard.loss).collect();
    Status {
        release: row.id.clone(),
        snapshot: row.snapshot.clone(),
        state: match (row.state, is_running) {
            (_, true) => "running",
            (ReleaseState::Training, false) => "stopped",
            (ReleaseState::Released, false) => "released",
            (ReleaseState::Withdrawn, false) => "withdrawn",
        },
        seconds_left: told.seconds_left().filter(|_| is_running && last.stage == told.stage),
        stage: last.stage,
        tokens: told.tokens,
        tokens_total: told.tokens_total,
        loss: (!losses.is_empty()).then(|| losses.iter().sum::<f32>() / losses.len() as f32),
        tokens_per_s: told.tokens_per_s,
        updated_ms: last.t_ms,
        shards: shards.into_values().collect(),
    }
}

fn show(status: &Status) {
    let advice = if status.state == "stopped" { "; `candor train` goes on from there" } else { "" };
    output::line(&format!(
        "release {} from snapshot {}: {} ({}){advice}",
        status.release, status.snapshot, status.state, status.stage
    ));
    let percent = 100.0 * status.tokens as f64 / status.tokens_total.max(1) as f64;
    let loss = status.loss.map_or_else(|| "-".into(), |loss| format!("{loss:.3}"));
    let left = status.seconds_left.map_or_else(String::new, |seconds| format!(", {} left", duration(seconds)));
    output::line(&format!(
        "{} of {} tokens ({percent:.0} %), loss {loss}, {} tokens/s{left}",
        grouped(status.tokens),
        grouped(status.tokens_total),
        grouped(status.tokens_per_s as u64)
    ));
    let mut table = vec![["shard", "slice", "steps", "loss"].map(String::from).to_vec()];
    table.extend(status.shards.iter().map(|row| {
        let loss = row.loss.map_or_else(|| "-".into(), |loss| format!("{loss:.3}"));
        vec![row.shard.to_string(), row.slice.to_string(), row.step.to_string(), loss]
    }));
    output::table(&table);
}

/// Seconds as people say them.
fn duration(seconds: f64) -> String {
    match seconds as u64 {
        s if s < 60 => format!("{s} s"),
        s if s < 3600 => format!("{} min {} s", s / 60, s % 60),
        s => format!("{} h {} min", s / 3600, s / 60 % 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::Timestamp;

    #[test]
    fn says_how_it_stands_in_every_state() {
        let row = |state| ReleaseRow {
            id: ReleaseId::new("r-1").unwrap(),
            snapshot: SnapshotId::new("s-1").unwrap(),
            base: String::new(),
            recipe: String::new(),
            created: Timestamp::UNIX_EPOCH,
            state,
            shards: 2,
            adapters: None,
            metrics: serde_json::Value::Null,
        };
        let line = |shard: usize, loss: f32, tokens: u64| Line {
            stage: "train".into(),
            shard: Some(shard),
            slice: Some(0),
            step: 7,
            tokens,
            tokens_total: 1_000,
            loss: Some(loss),
            tokens_per_s: 100.0,
            ..Line::default()
        };
        let audit = Line { stage: "audit".into(), t_ms: 9, ..Line::default() };
        let training = vec![line(0, 4.0, 100), line(1, 5.0, 400)];
        let audited: Vec<Line> = training.iter().cloned().chain([audit]).collect();
        let cases = [
            (ReleaseState::Training, true, &training, "running", "train", Some(6.0)),
            (ReleaseState::Training, false, &training, "stopped", "train", None),
            (ReleaseState::Training, true, &audited, "running", "audit", None),
            (ReleaseState::Released, false, &audited, "released", "audit", None),
            (ReleaseState::Withdrawn, false, &audited, "withdrawn", "audit", None),
        ];
        for (state, is_running, lines, word, stage, left) in cases {
            let got = status(&row(state), lines, is_running);
            assert_eq!((got.state, got.stage.as_str(), got.seconds_left), (word, stage, left));
            assert_eq!((got.tokens, got.loss, got.shards.len()), (400, Some(4.5), 2));
        }
        for (seconds, words) in [(59.9, "59 s"), (61.0, "1 min 1 s"), (7_300.0, "2 h 1 min")] {
            assert_eq!(duration(seconds), words);
        }
    }
}
