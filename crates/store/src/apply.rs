//! Makes a list of changes inside the writer's transaction. Each concept's file holds its own SQL; here is only which
//! change goes where, and the receipts.

use crate::{
    change::{Change, Committed, MAX_CHANGES, MAX_RECORDS},
    decisions, documents, entries, erase,
    error::StoreError,
    jobs, members,
    query::query,
    records, releases, retire, snapshots,
    time::{int, number},
    writer::Tx,
};
use candor_core::{Event, Seq, SnapshotId};
use jiff::Timestamp;
use sha2::{Digest, Sha256};

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
    /// Index of each receipt, and the tree's size: that of the end of this list if none.
    receipts: Vec<(Seq, Option<u64>)>,
    sealed: Vec<(SnapshotId, Seq)>,
    keys: Vec<NewKey>,
}

struct NewKey {
    key: String,
    digest: Vec<u8>,
    seq: Seq,
    member: Option<String>,
}

/// Makes the changes in order.
pub(crate) async fn commit(tx: &mut Tx, now: Timestamp, changes: Vec<Change>) -> Result<Committed, StoreError> {
    let mut progress = Progress::default();
    for change in changes {
        apply(tx, now, change, &mut progress).await?;
    }
    tx.flush().await?;
    let size = tx.log.size();
    for key in progress.keys {
        query("INSERT INTO idempotency_key (key, digest, seq, size, member) VALUES ($1, $2, $3, $4, $5)")
            .bind(key.key)
            .bind(key.digest)
            .bind(int(key.seq.0))
            .bind(int(size))
            .bind(key.member)
            .execute(&mut tx.conn)
            .await?;
    }
    for (snapshot, seq) in progress.sealed {
        snapshots::seal(&mut tx.conn, &snapshot, seq).await?;
    }
    let wanted: Vec<_> = progress.receipts.iter().map(|(seq, at)| (*seq, at.unwrap_or(size))).collect();
    progress.answer.receipts = entries::receipts((&mut tx.conn).into(), &wanted).await?;
    progress.answer.head = tx.log.head()?;
    Ok(progress.answer)
}

async fn apply(tx: &mut Tx, now: Timestamp, change: Change, progress: &mut Progress) -> Result<(), StoreError> {
    match change {
        Change::Event { event, t_valid, key } => {
            let (reach, before) = (retire::Reach::of(tx, &event), tx.log.size());
            log_event(tx, now, event, t_valid, key, progress).await?;
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
            if let Some(owner) = records::delete(&mut tx.conn, &record, t_valid).await? {
                tx.log.append(now, Event::RecordDeleted { record }, Some(t_valid), Some(owner))?;
            }
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
        Change::SetReleaseState(release, state) => releases::set_state(&mut tx.conn, &release, state).await,
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

async fn log_event(
    tx: &mut Tx,
    now: Timestamp,
    event: Event,
    t_valid: Option<Timestamp>,
    key: Option<String>,
    progress: &mut Progress,
) -> Result<(), StoreError> {
    let Some(key) = key else {
        return append(tx, now, event, t_valid, progress).map(drop);
    };
    let digest = digest(&event, t_valid)?;
    if let Some(first) = progress.keys.iter().find(|other| other.key == key) {
        let same = first.digest == digest;
        progress.receipts.push((first.seq, None));
        return if same { Ok(()) } else { Err(StoreError::KeyReused) };
    }
    let first: Option<(Vec<u8>, i64, i64)> = query("SELECT digest, seq, size FROM idempotency_key WHERE key = $1")
        .bind(&key)
        .fetch_optional(&mut tx.conn)
        .await?;
    match first {
        Some((first, seq, size)) if first == digest => {
            let table = "idempotency_key";
            progress.receipts.push((Seq(number(seq, table)?), Some(number(size, table)?)));
            Ok(())
        }
        Some(_) => Err(StoreError::KeyReused),
        None => {
            let member = tx.log.member_of(&event).map(String::from);
            let seq = append(tx, now, event, t_valid, progress)?;
            progress.keys.push(NewKey { key, digest, seq, member });
            Ok(())
        }
    }
}

fn append(
    tx: &mut Tx,
    now: Timestamp,
    event: Event,
    t_valid: Option<Timestamp>,
    progress: &mut Progress,
) -> Result<Seq, StoreError> {
    let sealed = match &event {
        Event::SnapshotSealed { snapshot, .. } => Some(snapshot.clone()),
        _ => None,
    };
    let seq = tx.log.append(now, event, t_valid, None)?;
    progress.sealed.extend(sealed.map(|snapshot| (snapshot, seq)));
    progress.receipts.push((seq, None));
    Ok(seq)
}

/// What tells one request from another under the same key.
fn digest(event: &Event, t_valid: Option<Timestamp>) -> Result<Vec<u8>, StoreError> {
    let json = crate::time::json(&(event, t_valid), "idempotency_key")?;
    Ok(Sha256::digest(json).to_vec())
}
