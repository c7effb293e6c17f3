//! From the inbox into the buckets. For each bucket: read the live file and the inbox, write the merged file and wait
//! for the disk, then one transaction makes it live and empties the inbox, then the old file goes. A crash between the
//! steps leaves only a file that no row names; `sweep.rs` deletes it at the next start.

use crate::{
    error::StoreError,
    files::{self, NewFile, blocking},
    query::query,
    records::{InboxRow, file_of},
    store::Store,
    time::number,
};
use candor_core::{Record, RecordId};
use futures_util::future::try_join_all;
use serde::Serialize;
use std::collections::HashMap;

const TABLE: &str = "record_inbox";
/// Buckets that are merged at once: their syncs and commits go together, and they are all that is in memory.
const TOGETHER: usize = 8;
/// How often a bucket is tried when something else replaces its file meanwhile.
const TRIES: u32 = 64;

/// How far a merge is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MergeProgress {
    /// Buckets done.
    pub done: u64,
    /// Buckets that had something in the inbox.
    pub total: u64,
}

/// What a merge did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct MergeReport {
    /// Buckets that were rewritten.
    pub buckets: u64,
    /// Records that left the inbox.
    pub merged: u64,
    /// Records in the files that were written.
    pub records: u64,
    /// Size of the files that were written, in bytes.
    pub bytes: u64,
}

impl Store {
    /// Moves what is in the inbox into the buckets' files. Safe to break off and to run again; memory is that of a few
    /// buckets.
    ///
    /// # Errors
    /// When a file cannot be read or written; what was merged before stays merged.
    pub async fn merge_inbox(&self, mut progress: impl FnMut(MergeProgress) + Send) -> Result<MergeReport, StoreError> {
        let rows: Vec<(i64,)> =
            query("SELECT DISTINCT bucket FROM record_inbox ORDER BY bucket").fetch_all(&self.inner.readers).await?;
        let (mut report, mut done, total) = (MergeReport::default(), 0, rows.len() as u64);
        for group in rows.chunks(TOGETHER) {
            let _files = self.inner.files.lock().await;
            let merges = group.iter().map(|(bucket,)| async { self.merge_bucket(number(*bucket, TABLE)?).await });
            for one in try_join_all(merges).await? {
                report.buckets += one.buckets;
                report.merged += one.merged;
                report.records += one.records;
                report.bytes += one.bytes;
            }
            done += group.len() as u64;
            progress(MergeProgress { done, total });
        }
        Ok(report)
    }

    /// Merges one bucket. The caller holds `files`.
    async fn merge_bucket(&self, bucket: u16) -> Result<MergeReport, StoreError> {
        for _ in 0..TRIES {
            let inbox: Vec<InboxRow> = query("SELECT * FROM record_inbox WHERE bucket = $1 ORDER BY id")
                .bind(i64::from(bucket))
                .fetch_all(&self.inner.readers)
                .await?;
            let Some(last) = inbox.last().map(|row| row.id) else { return Ok(MergeReport::default()) };
            let count = inbox.len() as u64;
            let (old, batches) = self.read_live(bucket).await?;
            let new = blocking(move || merged(files::records(&batches)?, inbox)).await?;
            let Some(new) = new else { return Ok(MergeReport::default()) };
            self.put_file(bucket, &new).await?;
            let report = MergeReport { buckets: 1, merged: count, records: new.records, bytes: new.bytes.len() as u64 };
            let hash = new.hash.clone();
            match self.make_live(bucket, old.clone(), new, last, count).await {
                Ok(()) => {
                    if let Some(old) = old.filter(|old| *old != hash) {
                        self.delete_file(bucket, &old).await?;
                    }
                    return Ok(report);
                }
                Err(StoreError::Busy(_)) => {
                    if self.live_file(bucket).await?.as_ref() != Some(&hash) {
                        self.delete_file(bucket, &hash).await?;
                    }
                }
                Err(error) => return Err(error),
            }
        }
        Err(StoreError::Busy(bucket))
    }

    /// Makes a file live and empties the inbox of the `count` rows up to `last` that are in it, or refuses.
    async fn make_live(
        &self,
        bucket: u16,
        old: Option<String>,
        new: NewFile,
        last: i64,
        count: u64,
    ) -> Result<(), StoreError> {
        self.write(move |tx| {
            Box::pin(async move {
                let gone = query("DELETE FROM record_inbox WHERE bucket = $1 AND id <= $2")
                    .bind(i64::from(bucket))
                    .bind(last)
                    .execute(&mut tx.conn)
                    .await?;
                // Fewer rows than were read: a newer version came in, or their member was erased.
                let whole = gone == count;
                if whole && files::swap(tx, bucket, old.as_deref(), Some(&new)).await? {
                    return Ok(());
                }
                Err(StoreError::Busy(bucket))
            })
        })
        .await
    }
}

/// The file of the live records and the inbox; of two versions the later edited one stays.
fn merged(live: Vec<Record>, inbox: Vec<InboxRow>) -> Result<Option<NewFile>, StoreError> {
    let mut latest: HashMap<RecordId, Record> = live.into_iter().map(|record| (record.id.clone(), record)).collect();
    for row in inbox {
        let record = row.record()?;
        if latest.get(&record.id).is_none_or(|other| other.edited <= record.edited) {
            latest.insert(record.id.clone(), record);
        }
    }
    file_of(latest.into_values().collect())
}
