//! Erases a member: out of snapshots and weights first, then out of records, directory and log. What stays is the leaf of
//! each log entry, so that everybody else's proofs still verify, and a hash that keeps the identifier from coming back.

use super::{
    derive_snapshot,
    forget_member::{self, Forgotten},
    leaving::Leaving,
};
use crate::{platform::Platform, serving::Serving};
use anyhow::{Context, Result};
use candor_core::{Event, MemberId, RecordId};
use candor_store::{Change, EraseReport};
use jiff::Timestamp;
use serde::Serialize;
use std::{
    collections::BTreeSet,
    fmt,
    io::{BufRead, BufReader, BufWriter, Write},
    path::Path,
};

/// What was done.
#[derive(Debug, Clone, Serialize)]
pub struct Erased {
    /// In snapshots and weights.
    pub forgotten: Forgotten,
    /// In records, directory and log.
    pub erased: EraseReport,
}

impl fmt::Display for Erased {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.forgotten)?;
        let erased = &self.erased;
        write!(f, "erased {} records; the content of {} log entries is gone", erased.records, erased.entries)?;
        if erased.scrubbed {
            Ok(())
        } else {
            f.write_str(
                "; somebody may still look at it in the database: `candor serve` clears it away in the hour after that \
                 ends, or erase again",
            )
        }
    }
}

/// Erases a member. `serving` is what this process serves, if it does.
pub async fn run(platform: &Platform, member: &MemberId, serving: Option<&Serving>, now: Timestamp) -> Result<Erased> {
    let requested = Change::Event {
        event: Event::ErasureRequested { member: member.clone() },
        t_valid: None,
        key: Some(format!("erasure/{member}")),
    };
    platform.store.commit(now, vec![requested]).await?;
    // Certified while the member's secret is still there, so not left for the night.
    let leaving = Leaving::of_members([member.clone()]);
    let forgotten = forget_member::all(platform, &leaving, serving, true).await?;
    let records = platform.store.records_of(member, u32::MAX).await?.into_iter().map(|record| record.id).collect();
    forget_truth(platform, &records)?;
    derive_snapshot::sweep_unsealed(platform).await?;
    forget_places(platform, member).await?;
    crate::member_set::forget(platform, member).await?;
    let erased = platform.store.erase_member(crate::platform::now(), member).await?;
    Ok(Erased { forgotten, erased })
}

/// Where the member was in snapshots that are gone, and the jobs that named them.
async fn forget_places(platform: &Platform, member: &MemberId) -> Result<()> {
    let used = platform.store.used_by(member).await?;
    let gone = |snapshot| Change::DeleteSnapshotMember { snapshot, member: member.clone() };
    let changes: Vec<Change> = used.into_iter().map(|used| gone(used.snapshot)).collect();
    if !changes.is_empty() {
        platform.store.commit(crate::platform::now(), changes).await?;
    }
    platform.store.prune_jobs(crate::platform::now()).await?;
    Ok(())
}

/// The synthetic network's truth names planted values; those of the member's records go too.
fn forget_truth(platform: &Platform, records: &BTreeSet<RecordId>) -> Result<()> {
    #[derive(serde::Deserialize)]
    struct Line {
        record: RecordId,
    }
    let file = platform.dir().join(super::populate_demo::TRUTH_FILE);
    if !file.is_file() {
        return Ok(());
    }
    rewrite(&file, |line| {
        serde_json::from_str::<Line>(line).map(|line| !records.contains(&line.record)).unwrap_or(false)
    })
    .with_context(|| format!("cannot rewrite `{}`", file.display()))
}

/// Rewrites a file with the lines that stay, whole or not at all.
fn rewrite(file: &Path, stays: impl Fn(&str) -> bool) -> Result<()> {
    let fresh = file.with_extension("new");
    let mut out = BufWriter::new(std::fs::File::create(&fresh)?);
    for line in BufReader::new(std::fs::File::open(file)?).lines() {
        let line = line?;
        if stays(&line) {
            writeln!(out, "{line}")?;
        }
    }
    out.into_inner().map_err(std::io::IntoInnerError::into_error)?.sync_all()?;
    Ok(std::fs::rename(&fresh, file)?)
}
