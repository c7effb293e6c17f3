//! What a run reports while it trains: one JSON object a line, so that other processes and people with a text editor can follow it,
//! also after a crash. Reading forgives a last line that was cut off. The file holds numbers only, never a member or a text.

use crate::error::{MlError, Result};
use crate::progress::Progress;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;

/// Name of the file in a run's folder.
pub const FILE: &str = "metrics.ndjson";
/// Name of the stage that trains the shards.
pub const TRAIN: &str = "train";
/// Name of the stage on top of the shards.
pub const JOINT: &str = "joint";
/// Most points of one curve that are kept.
pub const CURVE_POINTS: usize = 120;
/// Most bytes of the file that are read.
const MOST_BYTES: u64 = 256 << 20;

/// One report.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Line {
    /// When, in milliseconds since 1970.
    pub t_ms: u64,
    /// What is being done: `train` for the shards, `joint` for the stage on top of them, `audit`.
    pub stage: String,
    /// The shard, from 0.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shard: Option<usize>,
    /// Its slice, from 0.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub slice: Option<usize>,
    /// Steps of the shard.
    #[serde(default)]
    pub step: u64,
    /// Tokens that all shards have learnt from so far, earlier runs included.
    #[serde(default)]
    pub tokens: u64,
    /// Tokens that there are to learn from.
    #[serde(default)]
    pub tokens_total: u64,
    /// Loss of the step, nats a token.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub loss: Option<f32>,
    /// Tokens a second of all shards together, since this run began.
    #[serde(default)]
    pub tokens_per_s: f64,
}

/// Adds up what shards report. Times are handed in.
#[derive(Debug, Clone, Default)]
pub struct Meter {
    total: u64,
    began_ms: u64,
    parts: BTreeMap<(usize, usize), (u64, u64)>,
    losses: BTreeMap<usize, f32>,
}

impl Meter {
    /// Nothing learnt yet of `total` tokens, at the time the run begins.
    pub fn new(total: u64, now_ms: u64) -> Self {
        Self { total, began_ms: now_ms, ..Self::default() }
    }

    /// Takes a report in and gives the line that says where the run is; none for a report that is of no part.
    pub fn add(&mut self, progress: &Progress, now_ms: u64) -> Option<Line> {
        let (shard, slice) = progress.part?;
        self.parts.insert((shard, slice), (progress.tokens, progress.found));
        let is_joint = progress.stage == JOINT;
        if let Some(loss) = progress.loss.filter(|_| !is_joint) {
            self.losses.insert(shard, loss);
        }
        let (tokens, found) = self.parts.values().fold((0, 0), |sum, part| (sum.0 + part.0, sum.1 + part.1));
        let seconds = now_ms.saturating_sub(self.began_ms) as f64 / 1e3;
        let tokens_per_s = if seconds > 0.0 { tokens.saturating_sub(found) as f64 / seconds } else { 0.0 };
        Some(Line {
            t_ms: now_ms,
            stage: if is_joint { JOINT } else { TRAIN }.into(),
            shard: (!is_joint).then_some(shard),
            slice: (!is_joint).then_some(slice),
            step: progress.step,
            tokens,
            tokens_total: self.total.max(tokens),
            loss: progress.loss,
            tokens_per_s,
        })
    }

    /// Mean of the shards' latest losses; none before the first.
    pub fn loss(&self) -> Option<f32> {
        let count = self.losses.len();
        (count > 0).then(|| self.losses.values().sum::<f32>() / count as f32)
    }
}

impl Line {
    /// Seconds until all tokens are learnt at this speed; none while the speed is not known.
    pub fn seconds_left(&self) -> Option<f64> {
        let left = self.tokens_total.saturating_sub(self.tokens) as f64;
        (self.tokens_per_s > 0.0).then(|| left / self.tokens_per_s)
    }
}

/// Reads a run's lines; what is no line of ours, as the end of a file that was cut off, is left out.
pub fn read(path: &Path) -> Result<Vec<Line>> {
    let file = File::open(path).map_err(MlError::io(path))?;
    let lines = BufReader::new(file.take(MOST_BYTES)).split(b'\n');
    let line = |bytes: std::io::Result<Vec<u8>>| serde_json::from_slice(&bytes.ok()?).ok();
    Ok(lines.filter_map(line).collect())
}

/// The loss of each shard by its steps, smoothed to at most [`CURVE_POINTS`] points: each is the mean of as many steps.
pub fn curves(lines: &[Line]) -> BTreeMap<usize, Vec<(u64, f32)>> {
    let mut all: BTreeMap<usize, BTreeMap<u64, f32>> = BTreeMap::new();
    for line in lines {
        if let (Some(shard), Some(loss)) = (line.shard, line.loss) {
            // A step that was repeated after a crash stands once.
            all.entry(shard).or_default().insert(line.step, loss);
        }
    }
    all.into_iter().map(|(shard, points)| (shard, smoothed(points))).collect()
}

fn smoothed(points: BTreeMap<u64, f32>) -> Vec<(u64, f32)> {
    let points: Vec<(u64, f32)> = points.into_iter().collect();
    let together = points.len().div_ceil(CURVE_POINTS).max(1);
    let mean = |some: &[(u64, f32)]| {
        let loss = some.iter().map(|point| point.1).sum::<f32>() / some.len() as f32;
        (some.last().map_or(0, |point| point.0), loss)
    };
    points.chunks(together).map(mean).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report(part: (usize, usize), tokens: u64, found: u64) -> Progress {
        Progress { part: Some(part), tokens, found, step: tokens / 10, loss: Some(4.0), ..Progress::default() }
    }

    #[test]
    fn speed_counts_only_what_this_run_has_learnt() {
        let mut meter = Meter::new(1_000, 0);
        assert_eq!(meter.add(&report((0, 0), 300, 300), 0).map(|line| line.tokens_per_s), Some(0.0));
        let line = meter.add(&report((0, 1), 100, 0), 2_000).expect("a line");
        assert_eq!((line.tokens, line.tokens_total, line.tokens_per_s), (400, 1_000, 50.0));
        assert_eq!(line.seconds_left(), Some(12.0));
        let line = meter.add(&report((1, 0), 250, 200), 3_000).expect("a line");
        assert_eq!((line.tokens, line.tokens_per_s), (650, 50.0));
        assert_eq!(meter.add(&Progress::default(), 1), None);
        assert_eq!(meter.loss(), Some(4.0));
    }

    #[test]
    fn reads_what_a_crash_left_and_draws_it() -> Result<()> {
        let folder = tempfile::tempdir().map_err(MlError::io(Path::new("tmp")))?;
        let path = folder.path().join(FILE);
        let line = |step: u64| Line { step, shard: Some(0), loss: Some(step as f32), ..Line::default() };
        let mut text: Vec<String> =
            (1..=1000).map(|step| serde_json::to_string(&line(step)).expect("a line")).collect();
        text.push(text[999].clone());
        text.push("{\"t_ms\":5,\"sta".into());
        std::fs::write(&path, text.join("\n")).map_err(MlError::io(&path))?;
        let lines = read(&path)?;
        assert_eq!(lines.len(), 1001);
        let curves = curves(&lines);
        assert!(curves[&0].len() <= CURVE_POINTS && curves[&0].last() == Some(&(1000, 1000.0)), "{:?}", curves[&0]);
        Ok(())
    }
}
