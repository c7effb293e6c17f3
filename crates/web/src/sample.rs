//! The labels of a snapshot's sample, shared by page and command line: how many pieces of each type a person saw in a row that
//! redaction had missed. Kept are the row's place in the sample and counts; never a value, never the text.

use std::collections::BTreeMap;

use candor_core::{
    SnapshotId,
    estimate::{MissEstimate, RowLabel},
};
use candor_store::{Change, Store, StoreError};
use jiff::Timestamp;

use crate::state::SnapshotPapers;

/// Before the labels' documents: the snapshot's, then the row's.
fn key(snapshot: &SnapshotId) -> String {
    format!("redaction_label:{snapshot}:")
}

/// The labels of a snapshot's sample, by the row's place in it, from 0.
///
/// # Errors
/// When the store cannot be read.
pub async fn labels(store: &Store, snapshot: &SnapshotId) -> Result<BTreeMap<u64, RowLabel>, StoreError> {
    let key = key(snapshot);
    let documents = store.documents(&key).await?;
    let label = |(name, json): (String, serde_json::Value)| {
        let row = name.strip_prefix(&key)?.parse().ok()?;
        Some((row, serde_json::from_value(json).ok()?))
    };
    Ok(documents.into_iter().filter_map(label).collect())
}

/// Keeps the label of a row, in the place of an earlier one.
///
/// # Errors
/// When the store cannot be written.
pub async fn label(
    store: &Store,
    now: Timestamp,
    snapshot: &SnapshotId,
    row: u64,
    label: &RowLabel,
) -> Result<(), StoreError> {
    let json = serde_json::json!(label);
    store.commit(now, vec![Change::PutDocument { key: format!("{}{row}", key(snapshot)), json }]).await?;
    Ok(())
}

/// What the labels say about the whole snapshot.
///
/// # Errors
/// When the store cannot be read.
pub async fn estimate(
    store: &Store,
    snapshot: &SnapshotId,
    papers: &SnapshotPapers,
) -> Result<MissEstimate, StoreError> {
    let labels = labels(store, snapshot).await?;
    Ok(MissEstimate::new(papers.rows, &papers.found, labels.values()))
}
