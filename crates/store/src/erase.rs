//! Erasure (I6): after it no byte of the member's data is in any file that the store keeps. What stays is the log's
//! skeleton (index, time, kind, leaf of each entry), one `account_erased` entry that names the identifier, so that the
//! gate still refuses it, and the suppression hash, so that no import brings it back.
//!
//! Where the member is in snapshots and adapters is the business of the forget job, which the caller queues; until it is
//! done, `snapshot_member` says under which pseudonym to look.

use crate::{
    change::{Change, Receipt},
    columns::bucket_of,
    error::StoreError,
    files::{self, blocking},
    group::Draft,
    log::suppression,
    query::query,
    records::file_of,
    store::Store,
    writer::Tx,
};
use candor_core::{Event, MemberId};
use jiff::Timestamp;
use serde::Serialize;

/// What an erasure did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct EraseReport {
    /// Records that were removed from files and inbox.
    pub records: u64,
    /// Log entries whose payload and opening were deleted.
    pub entries: u64,
    /// Whether no deleted byte is left in the database: else somebody could still see what was deleted, and
    /// [`Store::finish_erasures`], the next start, or erasing the member again finishes it.
    pub scrubbed: bool,
    /// The receipt of the `account_erased` entry; none if the member was erased before.
    pub receipt: Option<Receipt>,
}

/// Deletes the rows of a member, and the payloads and openings of their log entries.
pub(crate) async fn forget_rows(tx: &mut Tx, member: &MemberId) -> Result<(), StoreError> {
    let deletes = [
        "DELETE FROM member WHERE id = $1",
        "DELETE FROM record_inbox WHERE member = $1",
        "DELETE FROM record_index WHERE member = $1",
        "DELETE FROM record_deleted WHERE member = $1",
        "DELETE FROM decision WHERE member = $1",
        "DELETE FROM session WHERE member = $1",
        "DELETE FROM idempotency_key WHERE member = $1",
        "DELETE FROM member_secret WHERE member = $1",
        "UPDATE log_entry SET payload = NULL, opening = NULL, member = NULL
         WHERE member = $1 AND kind <> 'account_erased'",
    ];
    for sql in deletes {
        query(sql).bind(member.as_str()).execute(&mut tx.conn).await?;
    }
    // Written also when it is there: on PostgreSQL the row's transaction says up to where is to be cleared away.
    query("INSERT INTO scrub_due (one) VALUES (1) ON CONFLICT (one) DO UPDATE SET one = 1")
        .execute(&mut tx.conn)
        .await?;
    let hash = suppression(member);
    query("INSERT INTO suppressed (hash) VALUES ($1) ON CONFLICT (hash) DO NOTHING")
        .bind(hash.to_vec())
        .execute(&mut tx.conn)
        .await?;
    tx.log.suppress(hash);
    Ok(())
}

impl Store {
    /// Erases a member: rewrites their bucket without them, deletes their rows, logs `account_erased`, deletes the old
    /// file, and rewrites the database so that no deleted byte is left in its pages. Erasing again is harmless.
    ///
    /// # Errors
    /// When a file or the database cannot be written. What was not done is done by erasing again.
    pub async fn erase_member(&self, now: Timestamp, member: &MemberId) -> Result<EraseReport, StoreError> {
        let bucket = bucket_of(member);
        let _files = self.inner.files.lock().await;
        let (old, batches) = self.read_live(bucket).await?;
        let own = member.clone();
        let (in_file, new) = blocking(move || {
            let mut records = files::records(&batches)?;
            let before = records.len();
            records.retain(|record| record.member != own);
            let gone = before - records.len();
            Ok((gone as u64, if gone == 0 { None } else { Some(file_of(records)?) }))
        })
        .await?;
        if let Some(Some(file)) = &new {
            self.put_file(bucket, file).await?;
        }
        let rewritten = new.is_some();
        let new_hash = new.as_ref().and_then(|file| file.as_ref().map(|file| file.hash.clone()));
        let (expected, erased) = (old.clone(), member.clone());
        let ((mut report, draft), group) = self
            .write_group(move |tx| {
                Box::pin(async move {
                    // Checked also when the bucket needs no change: another process may have merged the member in.
                    let swapped = match &new {
                        Some(file) => files::swap(tx, bucket, expected.as_deref(), file.as_ref()).await?,
                        None => files::is_live(tx, bucket, expected.as_deref()).await?,
                    };
                    if !swapped {
                        return Err(StoreError::Busy(bucket));
                    }
                    erase_rows(tx, now, erased).await
                })
            })
            .await?;
        report.records += in_file;
        report.receipt = self.finish(draft, &group).await?.receipts.into_iter().next();
        if let Some(old) = old.filter(|old| rewritten && new_hash.as_ref() != Some(old)) {
            self.delete_file(bucket, &old).await?;
        }
        report.scrubbed = self.scrub().await?;
        Ok(report)
    }

    /// Clears away what erasures have deleted and something held until now, see [`EraseReport::scrubbed`]. Says whether
    /// nothing of it is left; at once, if nothing was.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub async fn finish_erasures(&self) -> Result<bool, StoreError> {
        let (due,): (bool,) = query("SELECT EXISTS (SELECT 1 FROM scrub_due)").fetch_one(&self.inner.readers).await?;
        Ok(!due || self.scrub().await?)
    }
}

/// Deletes the rows and logs the erasure, in one transaction.
async fn erase_rows(tx: &mut Tx, now: Timestamp, member: MemberId) -> Result<(EraseReport, Draft), StoreError> {
    let (records,): (i64,) = query("SELECT COUNT(*) FROM record_inbox WHERE member = $1")
        .bind(member.as_str())
        .fetch_one(&mut tx.conn)
        .await?;
    let (entries,): (i64,) = query("SELECT COUNT(*) FROM log_entry WHERE member = $1 AND kind <> 'account_erased'")
        .bind(member.as_str())
        .fetch_one(&mut tx.conn)
        .await?;
    let mut changes = vec![Change::EraseMember(member.clone())];
    if !tx.log.is_suppressed(&member) {
        changes.push(Change::event(Event::AccountErased { member }));
    }
    let draft = crate::apply::commit(tx, now, changes).await?;
    let (records, entries) =
        (crate::time::number(records, "record_inbox")?, crate::time::number(entries, "log_entry")?);
    Ok((EraseReport { records, entries, scrubbed: false, receipt: None }, draft))
}
