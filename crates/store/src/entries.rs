//! Reading the log: entries, and receipts with their proofs. Of the tree's stored hashes only those that a proof needs
//! are read.

use crate::{
    change::Receipt,
    error::StoreError,
    query::{On, Value, each_in, query},
    store::Store,
    time::{id, int, number, timestamp},
};
use candor_core::{MemberId, Seq};
use candor_tlog::{Hash, StoredHashes};
use jiff::Timestamp;
use serde::Serialize;
use std::collections::{BTreeSet, HashMap};

const TABLE: &str = "log_entry";
/// Most entries that one read answers with.
const PAGE: u32 = 1000;

/// One entry of the log as it is kept. Of an erased member's entries only place, time, kind and leaf are left.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Entry {
    /// Index, from 1.
    pub seq: Seq,
    /// When it was recorded.
    pub t: Timestamp,
    /// The event's name, such as `choice_set`.
    pub kind: String,
    /// The member it is about.
    pub member: Option<MemberId>,
    /// The event's exact bytes, as the leaf commits to them.
    pub payload: Option<String>,
    /// The commitment's opening in hex.
    pub opening: Option<String>,
    /// The leaf's 34 bytes in hex.
    pub leaf: String,
}

/// Reads tree hashes by their numbers.
pub(crate) async fn stored_hashes(
    mut on: On<'_>,
    numbers: impl IntoIterator<Item = u64>,
) -> Result<StoredHashes, StoreError> {
    let mut hashes = StoredHashes::default();
    let numbers = numbers.into_iter().map(|n| Value::from(int(n)));
    for query in each_in("SELECT number, hash FROM tree_hash WHERE number", numbers) {
        let rows: Vec<(i64, Vec<u8>)> = query.fetch_all(on.again()).await?;
        for (n, hash) in rows {
            let hash = hash.try_into().map_err(|_| StoreError::Corrupt("tree_hash"))?;
            hashes.insert(number(n, "tree_hash")?, Hash(hash));
        }
    }
    Ok(hashes)
}

/// Index, time, leaf, payload and opening of an entry.
type ReceiptRow = (i64, i64, Vec<u8>, Option<String>, Option<Vec<u8>>);

/// The receipts of entries, each in the tree of the size that is given with it, not yet signed.
pub(crate) async fn receipts(mut on: On<'_>, wanted: &[(Seq, u64)]) -> Result<Vec<Receipt>, StoreError> {
    let mut numbers = BTreeSet::new();
    for (seq, size) in wanted {
        numbers.extend(candor_tlog::proof_reads(*size, seq.0.wrapping_sub(1))?);
        numbers.extend(candor_tlog::root_reads(*size));
    }
    let hashes = stored_hashes(on.again(), numbers).await?;
    let mut rows = HashMap::with_capacity(wanted.len());
    let places = wanted.iter().map(|(seq, _)| Value::from(int(seq.0)));
    for query in each_in("SELECT seq, t_us, leaf, payload, opening FROM log_entry WHERE seq", places) {
        let page: Vec<ReceiptRow> = query.fetch_all(on.again()).await?;
        rows.extend(page.into_iter().map(|(seq, t, leaf, payload, opening)| (seq, (t, leaf, payload, opening))));
    }
    let mut roots: HashMap<u64, String> = HashMap::new();
    let mut answer = Vec::with_capacity(wanted.len());
    for (seq, size) in wanted {
        let (t, leaf, payload, opening) = rows.get(&int(seq.0)).ok_or(StoreError::Corrupt(TABLE))?;
        let root = match roots.get(size) {
            Some(root) => root.clone(),
            None => candor_tlog::to_hex(&candor_tlog::root_hash(*size, &hashes)?),
        };
        roots.insert(*size, root.clone());
        let proof = candor_tlog::inclusion_proof(*size, seq.0.wrapping_sub(1), &hashes)?;
        answer.push(Receipt {
            seq: *seq,
            t: timestamp(*t, TABLE)?,
            leaf: hex::encode(leaf),
            root,
            size: *size,
            proof: proof.iter().map(candor_tlog::to_hex).collect(),
            payload: payload.clone(),
            opening: opening.as_ref().map(hex::encode),
            checkpoint: None,
        });
    }
    Ok(answer)
}

/// The columns of an [`Entry`].
type EntryRow = (i64, i64, String, Option<String>, Option<String>, Option<Vec<u8>>, Vec<u8>);

fn entry((seq, t, kind, member, payload, opening, leaf): EntryRow) -> Result<Entry, StoreError> {
    Ok(Entry {
        seq: Seq(number(seq, TABLE)?),
        t: timestamp(t, TABLE)?,
        kind,
        member: member.map(|m| id(m, TABLE)).transpose()?,
        payload,
        opening: opening.map(hex::encode),
        leaf: hex::encode(leaf),
    })
}

impl Store {
    /// Entries from an index on, in order; at most `limit`, and never more than 1,000.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn entries(&self, from: Seq, limit: u32) -> Result<Vec<Entry>, StoreError> {
        let rows: Vec<EntryRow> = query(
            "SELECT seq, t_us, kind, member, payload, opening, leaf FROM log_entry WHERE seq >= $1 ORDER BY seq LIMIT $2",
        )
        .bind(int(from.0))
        .bind(limit.min(PAGE))
        .fetch_all(&self.inner.readers)
        .await?;
        rows.into_iter().map(entry).collect()
    }

    /// One entry.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn entry(&self, seq: Seq) -> Result<Option<Entry>, StoreError> {
        Ok(self.entries(seq, 1).await?.into_iter().find(|entry| entry.seq == seq))
    }

    /// The receipt of an entry in the tree of a given size, which may be any from its index to the head's.
    ///
    /// # Errors
    /// [`StoreError::Proof`] when the log has not that many entries or the entry is not in a tree of that size.
    pub async fn proof(&self, seq: Seq, size: u64) -> Result<Receipt, StoreError> {
        let head = self.head().seq;
        if size > head.0 || seq.0 == 0 {
            return Err(candor_tlog::ProofError::OutOfTree { index: seq.0.wrapping_sub(1), size: head.0 }.into());
        }
        let receipts = self.known_receipts(&[(seq, size)]).await?;
        receipts.into_iter().next().ok_or(StoreError::Corrupt(TABLE))
    }
}
