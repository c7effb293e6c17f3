//! What the output guard may not let out word for word: every snapshot that is in use, whether a release serves it or not. An index is
//! made once for a snapshot, kept beside it, and goes when the snapshot is withdrawn: what it says of those who stay is in the one that
//! stands in its place.

use crate::platform::Platform;
use anyhow::{Context, Result};
use candor_assist::VerbatimIndex;
use candor_dataset::Snapshot;
use candor_store::SnapshotRow;
use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    sync::Arc,
};

/// The indexes that are loaded, by file.
pub type Indexes = BTreeMap<String, Arc<VerbatimIndex>>;

/// The indexes of everything that is in use; those that were loaded before are not read again.
pub async fn of_live(platform: &Platform, known: &Indexes) -> Result<Indexes> {
    let mut found = Indexes::new();
    for row in prune(platform).await? {
        let key = row.id.to_string();
        let index = match known.get(&key) {
            Some(index) => Arc::clone(index),
            None => {
                let (dir, file) = (platform.snapshot_dir(&key), file(platform, &row));
                let made = tokio::task::spawn_blocking(move || of_snapshot(&dir, &file)).await?;
                Arc::new(made.with_context(|| format!("snapshot `{key}`"))?)
            }
        };
        found.insert(key, index);
    }
    Ok(found)
}

fn file(platform: &Platform, row: &SnapshotRow) -> PathBuf {
    platform.dir().join("verbatim").join(format!("{}.idx", row.id))
}

/// Takes away the indexes of snapshots that are in use no more; gives those that are.
pub async fn prune(platform: &Platform) -> Result<Vec<SnapshotRow>> {
    let rows = platform.store.snapshots().await?;
    let is_live = |row: &SnapshotRow| {
        !row.withdrawn && row.sealed_seq.is_some() && platform.snapshot_dir(row.id.as_str()).is_dir()
    };
    let (live, gone): (Vec<_>, Vec<_>) = rows.into_iter().partition(is_live);
    for row in gone {
        match std::fs::remove_file(file(platform, &row)) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error.into()),
            _ => {}
        }
    }
    Ok(live)
}

/// The index of one snapshot: read, or made where there is none that can be read.
fn of_snapshot(dir: &Path, file: &Path) -> Result<VerbatimIndex> {
    if let Ok(index) = VerbatimIndex::load(file) {
        return Ok(index);
    }
    let snapshot = Snapshot::open(dir)?;
    let mut rows = snapshot.validation_rows()?;
    for shard in 0..snapshot.manifest().shards {
        rows.extend(snapshot.shard_rows(shard)?.into_iter().flatten());
    }
    let index = VerbatimIndex::build(rows.iter().map(|row| row.tokens.as_slice()));
    if let Some(folder) = file.parent() {
        std::fs::create_dir_all(folder)?;
    }
    index.save(file)?;
    Ok(index)
}
