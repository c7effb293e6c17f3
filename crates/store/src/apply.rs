//! Makes a list of changes inside the writer's transaction. Each concept's file holds its own SQL; here is only which
//! change goes where, and the receipts.

use crate::{
    change::{Change, Committed, MAX_CHANGES, MAX_RECORDS},
    decisions, documents, erase,
    error::StoreError,
    group::{Draft, Slot},
    jobs, members, records,
    releases::{self, ReleaseState},
    retire, snapshots,
    writer::Tx,
};
use candor_core::{Event, RuleBook, Seq, SnapshotId, invariant};
use jiff::Timestamp;

/// Refuses what is too much, before it waits for the writer.
pub(crate) fn check(changes: &[Change]) -> Result<(), StoreError> {
    if changes.len() > MAX_CHANGES {
        return Err(StoreError::TooMany { what: "a commit", given: changes.len(), limit: MAX_CHANGES });
    }
    for change in changes {
        if let Change::PutRecords(records) = change
            && records.len() > MAX_RECORDS
        {
            return Err(StoreError::TooMany { what: "a batch of records", given: records.len(), limit: MAX_RECORDS });
        }
    }
    Ok(())
}

/// What a list has come to so far.
#[derive(Default)]
struct Progress {
    answer: Committed,
    slots: Vec<Slot>,
    sealed: Vec<(SnapshotId, Seq)>,
}

/// Whether a list only logs events that change nothing else, so that it needs no statement of its own.
pub(crate) fn only_events(changes: &[Change], book: &RuleBook) -> bool {
    changes.iter().all(|change| match change {
        Change::Event { event: Event::SnapshotSealed { .. }, .. } => false,
        Change::Event { event, .. } => invariant::takes_back(event, book).is_none(),
        _ => false,
    })
}

/// Makes the changes in order. The receipts are made after the commit.
pub(crate) async fn commit(tx: &mut Tx, now: Timestamp, changes: Vec<Change>) -> Result<Draft, StoreError> {
    let mut progress = Progress::default();
    let keys = changes.iter().filter_map(Change::key).cloned().collect();
    tx.know_keys(keys).await?;
    for change in changes {
        apply(tx, now, change, &mut progress).await?;
    }
    tx.flush().await?;
    for (snapshot, seq) in progress.sealed {
        snapshots::seal(&mut tx.conn, &snapshot, seq).await?;
    }
    progress.answer.head = tx.log.head()?;
    Ok(Draft { answer: progress.answer, slots: progress.slots })
}

async fn apply(tx: &mut Tx, now: Timestamp, change: Change, progress: &mut Progress) -> Result<(), StoreError> {
    match change {
        Change::Event { event, t_valid, key } => {
            let (reach, before) = (retire::Reach::of(tx, &event), tx.log.size());
            let sealed = match &event {
                Event::SnapshotSealed { snapshot, .. } => Some(snapshot.clone()),
                _ => None,
            };
            let slot = tx.log.log_event(now, event, t_valid, key)?;
            if let (Some(snapshot), Slot::New { entry, .. }) = (sealed, &slot) {
                progress.sealed.push((snapshot, entry.seq));
            }
            progress.slots.push(slot);
            match reach {
                // A key that was used before logs nothing and so takes nothing back.
                Some(reach) if tx.log.size() > before => reach.retire(tx, now).await,
                _ => Ok(()),
            }
        }
        Change::ExpectHead(expected) => {
            let head = Seq(tx.log.size());
            if head == expected { Ok(()) } else { Err(StoreError::Moved { head }) }
        }
        Change::PutMember(member) => {
            if tx.log.is_suppressed(&member.id) {
                progress.answer.suppressed += 1;
                return Ok(());
            }
            members::put(&mut tx.conn, &member).await
        }
        Change::PutRecords(records) => {
            let taken = records::put(tx, records).await?;
            progress.answer.added += taken.added;
            progress.answer.updated += taken.updated;
            progress.answer.known += taken.known;
            progress.answer.suppressed += taken.suppressed;
            if let Some(event) = taken.event {
                tx.log.append(now, event, None, None)?;
            }
            Ok(())
        }
        Change::DeleteRecord { record, t_valid } => {
            let slot = match records::delete(&mut tx.conn, &record, t_valid).await? {
                Some(owner) => tx.log.log_deletion(now, record, t_valid, owner)?,
                None => tx.log.deletion(&record)?,
            };
            progress.slots.push(slot);
            Ok(())
        }
        Change::PutJob { kind, key, payload } => {
            tx.log.set_jobs_changed();
            jobs::put(&mut tx.conn, now, &kind, &key, &payload).await
        }
        Change::FinishJob { id, attempt, error } => {
            tx.log.set_jobs_changed();
            jobs::finish(&mut tx.conn, now, id, attempt, error.as_deref()).await
        }
        Change::PutSnapshot(row) => snapshots::put(&mut tx.conn, &row).await,
        Change::PutDecisions(snapshot, rows) => decisions::put(&mut tx.conn, &snapshot, &rows).await,
        Change::PutSnapshotMembers(snapshot, rows) => snapshots::put_members(&mut tx.conn, &snapshot, &rows).await,
        Change::DeleteSnapshotMember { snapshot, member } => {
            snapshots::delete_member(&mut tx.conn, &snapshot, &member).await
        }
        Change::WithdrawSnapshot(snapshot) => snapshots::withdraw(&mut tx.conn, &snapshot).await,
        Change::PutRelease(row) => releases::put(&mut tx.conn, &row).await,
        Change::SetReleaseState(release, state) => {
            if state == ReleaseState::Released {
                tx.log.guard.may_decide()?;
            }
            releases::set_state(&mut tx.conn, &release, state).await
        }
        Change::SetShardState { release, shard, state, adapter } => {
            releases::set_shard(&mut tx.conn, &release, shard, state, adapter.as_deref()).await
        }
        Change::PutDocument { key, json } => documents::put(&mut tx.conn, &key, &json).await,
        Change::EraseMember(member) => {
            tx.flush().await?;
            erase::forget_rows(tx, &member).await
        }
    }
}
