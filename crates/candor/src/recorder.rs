//! Writes down how a training goes, for `candor train status`, for the console and for TensorBoard: `metrics.ndjson` and event files in
//! the run's folder. The lock on the file tells others that the run is going on; it is gone with the process, however that ends.
//! A report that cannot be written is told once and never stops a training.

use crate::exit::Outcome;
use anyhow::{Context, Result};
use candor_ml::{
    metrics::{self, Line, Meter},
    progress::Progress,
    tfevents,
};
use std::{
    collections::BTreeMap,
    fs::{File, OpenOptions, TryLockError},
    io::Write,
    path::{Path, PathBuf},
    sync::{Mutex, PoisonError},
};

/// Least time between two lines of one shard; the last of a slice is always written.
const EVERY_MS: u64 = 250;

/// The reports of one run.
pub struct Recorder {
    path: PathBuf,
    open: Mutex<Open>,
}

struct Open {
    meter: Meter,
    lines: File,
    events: File,
    written: BTreeMap<usize, u64>,
    failed: bool,
}

impl Recorder {
    /// Starts to write in a run's folder, after what is there already. `total` is what there is to learn, in tokens. Refused while
    /// another process writes there.
    pub fn start(folder: &Path, total: u64) -> Result<Self> {
        let now = now_ms();
        let path = folder.join(metrics::FILE);
        let lines = append(&path)?;
        if let Err(TryLockError::WouldBlock) = lines.try_lock() {
            let words = "another process is training this release; see `candor train status`, or wait until it is done";
            return Err(Outcome::Refused(words.into()).into());
        }
        let mut events = append(&folder.join(format!("events.out.tfevents.{}.candor", now / 1000)))?;
        if events.metadata()?.len() == 0 {
            events.write_all(&tfevents::head(now as f64 / 1e3))?;
        }
        let open = Open { meter: Meter::new(total, now), lines, events, written: BTreeMap::new(), failed: false };
        Ok(Self { path, open: Mutex::new(open) })
    }

    /// Takes a report in; gives where the run is, and the mean of the shards' losses.
    pub fn report(&self, progress: &Progress) -> Option<(Line, f32)> {
        let now = now_ms();
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        let line = open.meter.add(progress, now)?;
        let shard = line.shard.unwrap_or(usize::MAX);
        let is_due = open.written.get(&shard).is_none_or(|last| now.saturating_sub(*last) >= EVERY_MS);
        if is_due || progress.done == progress.total {
            open.written.insert(shard, now);
            open.write(&line);
        }
        let loss = open.meter.loss().unwrap_or_default();
        Some((line, loss))
    }

    /// Writes that another stage has begun.
    pub fn stage(&self, name: &str) {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        open.write(&Line { t_ms: now_ms(), stage: name.into(), ..Line::default() });
    }

    /// The loss of each shard so far, as the release's row keeps it.
    pub fn curves(&self) -> serde_json::Value {
        let curves = metrics::curves(&metrics::read(&self.path).unwrap_or_default());
        let curve = |(shard, points)| serde_json::json!({"shard": shard, "points": points});
        curves.into_iter().map(curve).collect()
    }
}

impl Open {
    fn write(&mut self, line: &Line) {
        if let Err(error) = self.try_write(line)
            && !std::mem::replace(&mut self.failed, true)
        {
            tracing::warn!(%error, "the progress of the training cannot be written; it goes on");
        }
    }

    fn try_write(&mut self, line: &Line) -> std::io::Result<()> {
        let mut text = serde_json::to_vec(line)?;
        text.push(b'\n');
        self.lines.write_all(&text)?;
        let seconds = line.t_ms as f64 / 1e3;
        let Some(loss) = line.loss else { return Ok(()) };
        let name = line.shard.map_or_else(|| line.stage.clone(), |shard| format!("shard-{shard:03}"));
        let mut events = tfevents::scalar(seconds, line.step, &format!("loss/{name}"), loss);
        events.extend(tfevents::scalar(seconds, line.tokens, "tokens_per_s", line.tokens_per_s as f32));
        self.events.write_all(&events)
    }
}

/// The lines of a run's folder, and whether a process is writing there now.
pub fn look(folder: &Path) -> Result<(Vec<Line>, bool)> {
    let path = folder.join(metrics::FILE);
    let lines = metrics::read(&path)?;
    let file = File::open(&path).with_context(|| format!("cannot read `{}`", path.display()))?;
    let is_running = matches!(file.try_lock_shared(), Err(TryLockError::WouldBlock));
    Ok((lines, is_running))
}

fn append(path: &Path) -> Result<File> {
    let file = OpenOptions::new().create(true).append(true).open(path);
    file.with_context(|| format!("cannot write `{}`", path.display()))
}

fn now_ms() -> u64 {
    u64::try_from(crate::platform::now().as_millisecond()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_process_sees_what_was_reported_and_whether_it_goes_on() -> Result<()> {
        let folder = tempfile::tempdir()?;
        let recorder = Recorder::start(folder.path(), 100)?;
        assert!(Recorder::start(folder.path(), 100).is_err(), "two runs in one folder");
        let report = |step: u64| Progress {
            part: Some((0, 0)),
            step,
            tokens: 10 * step,
            done: step,
            total: 3,
            loss: Some(5.0 - step as f32),
            ..Progress::default()
        };
        for step in 1..=3 {
            recorder.report(&report(step));
        }
        recorder.stage("audit");
        let (lines, is_running) = look(folder.path())?;
        assert!(is_running);
        assert_eq!(
            lines.iter().map(|line| line.step).collect::<Vec<_>>(),
            [1, 3, 0],
            "the first and the last of a slice"
        );
        assert_eq!(recorder.curves()[0]["points"], serde_json::json!([[1, 4.0], [3, 2.0]]));
        drop(recorder);
        assert!(!look(folder.path())?.1, "nobody trains there any more");
        let events = std::fs::read_dir(folder.path())?
            .filter_map(Result::ok)
            .find(|e| e.file_name().to_string_lossy().starts_with("events.out.tfevents."));
        assert!(events.is_some_and(|file| file.metadata().is_ok_and(|m| m.len() > 100)));
        Ok(())
    }
}
