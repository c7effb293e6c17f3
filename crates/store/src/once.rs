//! Whole commits under an idempotency key: records, deletions, jobs, whatever is in the list. Events can have a key each
//! ([`Change::Event`]); both sorts of keys are in one table, so that no key means two things.

use crate::{
    change::{Change, Committed, LogHead},
    error::StoreError,
    group::{Draft, Slot},
    query::query,
    store::Store,
    time::{int, json, parsed},
    writer::Tx,
};
use candor_core::Seq;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

const TABLE: &str = "idempotency_key";

/// What was answered, without the proofs: they are made again from the tree.
#[derive(Serialize, Deserialize)]
struct Answer {
    /// Index and size of the tree of each receipt.
    receipts: Vec<(u64, u64)>,
    head: LogHead,
    added: u64,
    updated: u64,
    known: u64,
    suppressed: u64,
}

impl Store {
    /// As [`Store::commit`], and the same list under the same key changes nothing and answers the same again. A key
    /// names a request, never a person: it outlives an erasure.
    ///
    /// # Errors
    /// [`StoreError::KeyReused`] when the key was given to something else; else see [`Store::commit`].
    pub async fn commit_once(&self, now: Timestamp, key: &str, changes: Vec<Change>) -> Result<Committed, StoreError> {
        crate::apply::check(&changes)?;
        let mut hash = Sha256::new();
        serde_json::to_writer(&mut hash, &changes).map_err(|_| StoreError::Corrupt(TABLE))?;
        let (key, digest) = (key.to_owned(), hash.finalize().to_vec());
        let (draft, group) = self.write_group(move |tx| Box::pin(once(tx, now, key, digest, changes))).await?;
        self.finish(draft, &group).await
    }
}

async fn once(
    tx: &mut Tx,
    now: Timestamp,
    key: String,
    digest: Vec<u8>,
    changes: Vec<Change>,
) -> Result<Draft, StoreError> {
    let first: Option<(Vec<u8>, Option<String>)> = query("SELECT digest, answer FROM idempotency_key WHERE key = $1")
        .bind(&key)
        .fetch_optional(&mut tx.conn)
        .await?;
    match first {
        Some((first, Some(answer))) if first == digest => return Ok(answered(parsed(&answer, TABLE)?)),
        Some(_) => return Err(StoreError::KeyReused),
        None => {}
    }
    let draft = crate::apply::commit(tx, now, changes).await?;
    let done = &draft.answer;
    let place = |slot: &Slot| match slot {
        Slot::New { entry, part } => Some((entry.seq.0, tx.log.parts.get(*part)?.size)),
        Slot::Known { seq, size } => Some((seq.0, *size)),
    };
    let answer = Answer {
        receipts: draft.slots.iter().filter_map(place).collect(),
        head: done.head.clone(),
        added: done.added,
        updated: done.updated,
        known: done.known,
        suppressed: done.suppressed,
    };
    query("INSERT INTO idempotency_key (key, digest, seq, size, member, answer) VALUES ($1, $2, $3, $3, NULL, $4)")
        .bind(key)
        .bind(digest)
        .bind(int(done.head.seq.0))
        .bind(json(&answer, TABLE)?)
        .execute(&mut tx.conn)
        .await?;
    Ok(draft)
}

fn answered(answer: Answer) -> Draft {
    let slots = answer.receipts.iter().map(|(seq, size)| Slot::Known { seq: Seq(*seq), size: *size }).collect();
    let answer = Committed {
        receipts: Vec::new(),
        head: answer.head,
        added: answer.added,
        updated: answer.updated,
        known: answer.known,
        suppressed: answer.suppressed,
    };
    Draft { answer, slots }
}
