//! What one transaction of the writer adds to the log, and the receipts that are made of it. The writer only lays down
//! what a receipt needs; the proofs are computed by whoever asked, beside it.

use crate::{
    change::{Committed, LogHead, Receipt},
    entries::{self, stored_hashes},
    error::StoreError,
    query::{Value, each_in, insert, values},
    secrets,
    store::Store,
    time::{int, micros, number},
    writer::Tx,
};
use candor_core::{MemberId, Seq};
use candor_tlog::{Hash, Leaf, Opening, StoredHashes, to_hex};
use jiff::Timestamp;
use std::{
    collections::HashMap,
    sync::{Arc, PoisonError},
};

/// An entry that a transaction has appended.
pub(crate) struct NewEntry {
    pub(crate) seq: Seq,
    pub(crate) t: Timestamp,
    pub(crate) kind: &'static str,
    pub(crate) member: Option<MemberId>,
    pub(crate) payload: String,
    pub(crate) opening: Opening,
    pub(crate) leaf: Leaf,
}

/// What a receipt is made of once the transaction is committed.
#[derive(Clone)]
pub(crate) enum Slot {
    /// Appended in this transaction, and written by its part of that number.
    New { entry: Arc<NewEntry>, part: usize },
    /// Logged before under the same key, in a tree of that size.
    Known { seq: Seq, size: u64 },
}

/// What a list of changes has come to, without its receipts.
#[derive(Default)]
pub(crate) struct Draft {
    pub(crate) answer: Committed,
    pub(crate) slots: Vec<Slot>,
}

/// The tree after one writing of entries, and its checkpoint, unless nothing may be signed.
#[derive(Clone)]
pub(crate) struct Part {
    pub(crate) size: u64,
    pub(crate) root: Hash,
    pub(crate) checkpoint: Option<Arc<str>>,
}

/// A committed transaction: its parts, and the hashes that the proofs of its entries need.
#[derive(Default)]
pub(crate) struct Group {
    pub(crate) parts: Vec<Part>,
    pub(crate) hashes: StoredHashes,
}

/// An idempotency key with what it was first used for.
#[derive(Clone)]
pub(crate) struct UsedKey {
    pub(crate) digest: Vec<u8>,
    pub(crate) slot: Slot,
    pub(crate) member: Option<MemberId>,
}

/// The keys of one transaction: those that it asked the database for, and those that it adds.
#[derive(Default)]
pub(crate) struct Keys {
    before: HashMap<String, UsedKey>,
    added: HashMap<String, UsedKey>,
    order: Vec<String>,
    written: usize,
}

impl Keys {
    pub(crate) fn get(&self, key: &str) -> Option<&UsedKey> {
        self.added.get(key).or_else(|| self.before.get(key))
    }

    /// Notes a key that the database has.
    pub(crate) fn know(&mut self, key: String, used: UsedKey) {
        self.before.insert(key, used);
    }

    pub(crate) fn add(&mut self, key: String, used: UsedKey) {
        self.order.push(key.clone());
        self.added.insert(key, used);
    }

    pub(crate) fn len(&self) -> usize {
        self.order.len()
    }

    /// Forgets those that were added behind the first `count`.
    pub(crate) fn truncate(&mut self, count: usize) {
        for key in self.order.drain(count.min(self.order.len())..) {
            self.added.remove(&key);
        }
        self.written = self.written.min(count);
    }

    /// Those that are not written yet.
    pub(crate) fn take_unwritten(&mut self) -> Vec<(String, UsedKey)> {
        let keys = self.order.iter().skip(self.written);
        let taken = keys.filter_map(|key| Some((key.clone(), self.added.get(key)?.clone()))).collect();
        self.written = self.order.len();
        taken
    }
}

impl Tx {
    /// Writes what was appended: entries, tree hashes, idempotency keys, secrets.
    pub(crate) async fn flush(&mut self) -> Result<(), StoreError> {
        let entries = std::mem::take(&mut self.log.entries);
        let Some(last) = entries.last() else { return Ok(()) };
        self.log.last_leaf = Some((int(last.seq.0), last.leaf.to_bytes().to_vec()));
        let table = "log_entry (seq, t_us, kind, member, payload, opening, leaf)";
        let row = |entry: &Arc<NewEntry>| {
            let (leaf, opening) = (entry.leaf.to_bytes().to_vec(), entry.opening.to_vec());
            let member = entry.member.clone().map(String::from);
            values![int(entry.seq.0), micros(entry.t), entry.kind, member, &entry.payload, opening, leaf]
        };
        let rows: Vec<_> = entries.iter().map(row).collect();
        insert(&mut self.conn, table, rows, "").await?;
        let hashes = std::mem::take(&mut self.log.hashes);
        let rows = hashes.into_iter().map(|(number, hash)| values![int(number), hash.0.to_vec()]);
        insert(&mut self.conn, "tree_hash (number, hash)", rows, "").await?;
        let (size, root) = (self.log.size(), self.log.root()?);
        let row = |(key, used): (String, UsedKey)| match used.slot {
            Slot::New { entry, .. } => {
                Some(values![key, used.digest, int(entry.seq.0), int(size), used.member.map(String::from)])
            }
            Slot::Known { .. } => None,
        };
        let keys: Vec<_> = self.log.keys.take_unwritten().into_iter().filter_map(row).collect();
        let table = "idempotency_key (key, digest, seq, size, member)";
        insert(&mut self.conn, table, keys, "").await?;
        secrets::put(&mut self.conn, std::mem::take(&mut self.log.secrets)).await?;
        self.log.parts.push(Part { size, root, checkpoint: None });
        Ok(())
    }

    /// Asks for the idempotency keys of a list, before its events are logged.
    pub(crate) async fn know_keys(&mut self, keys: Vec<String>) -> Result<(), StoreError> {
        let unknown = keys.into_iter().filter(|key| self.log.keys.get(key).is_none());
        let unknown: Vec<_> = unknown.map(Value::from).collect();
        for query in each_in("SELECT key, digest, seq, size FROM idempotency_key WHERE key", unknown) {
            let rows: Vec<(String, Vec<u8>, i64, i64)> = query.fetch_all(&mut self.conn).await?;
            for (key, digest, seq, size) in rows {
                let table = "idempotency_key";
                let slot = Slot::Known { seq: Seq(number(seq, table)?), size: number(size, table)? };
                self.log.keys.know(key, UsedKey { digest, slot, member: None });
            }
        }
        Ok(())
    }

    /// Holds the store if the tree is not an extension of what was signed.
    pub(crate) async fn compare(&mut self) -> Result<(), StoreError> {
        let (size, root) = (self.log.size(), self.log.root()?);
        let signer = Arc::clone(&self.log.signer);
        let lock = || signer.lock().unwrap_or_else(PoisonError::into_inner);
        let signed = lock().last().map_or(0, |(size, _)| size);
        let numbers = candor_tlog::consistency_reads(signed.min(size), size)?;
        let hashes = stored_hashes((&mut self.conn).into(), numbers).await?;
        let doubt = lock().follow(size, root, &hashes);
        if let Err(doubt) = doubt {
            self.log.guard.hold(doubt.to_string());
        }
        Ok(())
    }
}

impl Store {
    /// The answer to a list, with its receipts. Runs beside the writer.
    pub(crate) async fn finish(&self, draft: Draft, group: &Group) -> Result<Committed, StoreError> {
        let mut answer = draft.answer;
        let known: Vec<(Seq, u64)> = draft.slots.iter().filter_map(Slot::known).collect();
        let mut known = if known.is_empty() { Vec::new() } else { self.known_receipts(&known).await? }.into_iter();
        for slot in draft.slots {
            let receipt = match slot {
                Slot::New { entry, part } => receipt(&entry, group.parts.get(part), &group.hashes)?,
                Slot::Known { .. } => known.next().ok_or(StoreError::Corrupt("idempotency_key"))?,
            };
            answer.receipts.push(receipt);
        }
        if answer.head == LogHead::default() {
            answer.head = match group.parts.last() {
                Some(part) => LogHead { seq: Seq(part.size), root: to_hex(&part.root) },
                None => self.head(),
            };
        }
        Ok(answer)
    }

    /// Receipts of entries that were logged before, each in the tree of its size, signed again.
    pub(crate) async fn known_receipts(&self, wanted: &[(Seq, u64)]) -> Result<Vec<Receipt>, StoreError> {
        let mut receipts = entries::receipts((&self.inner.readers).into(), wanted).await?;
        for receipt in &mut receipts {
            receipt.checkpoint = self.checkpoint_at(receipt.size).await?;
        }
        Ok(receipts)
    }

    /// The checkpoint of an earlier size, signed again; none if nothing may be signed.
    async fn checkpoint_at(&self, size: u64) -> Result<Option<String>, StoreError> {
        let last = self.inner.signer.lock().unwrap_or_else(PoisonError::into_inner).last();
        let Some((last, root)) = last.filter(|(last, _)| size <= *last && self.inner.guard.reason().is_none()) else {
            return Ok(None);
        };
        let mut numbers = candor_tlog::consistency_reads(size, last)?;
        numbers.extend(candor_tlog::root_reads(size));
        let hashes = entries::stored_hashes((&self.inner.readers).into(), numbers).await?;
        let signer = self.inner.signer.lock().unwrap_or_else(PoisonError::into_inner);
        if signer.keys().ring.key_at(size) != signer.keys().ring.newest() {
            // The key that held then is gone; the caller may ask for the proof in a later tree.
            return Ok(None);
        }
        Ok(Some(signer.sign_again(size, (last, root), &hashes)?))
    }
}

impl Slot {
    fn known(&self) -> Option<(Seq, u64)> {
        match self {
            Self::New { .. } => None,
            Self::Known { seq, size } => Some((*seq, *size)),
        }
    }
}

fn receipt(entry: &NewEntry, part: Option<&Part>, hashes: &StoredHashes) -> Result<Receipt, StoreError> {
    let part = part.ok_or(StoreError::Corrupt("tree_hash"))?;
    let proof = candor_tlog::inclusion_proof(part.size, entry.seq.0.wrapping_sub(1), hashes)?;
    Ok(Receipt {
        seq: entry.seq,
        t: entry.t,
        leaf: hex::encode(entry.leaf.to_bytes()),
        root: to_hex(&part.root),
        size: part.size,
        proof: proof.iter().map(to_hex).collect(),
        payload: Some(entry.payload.clone()),
        opening: Some(hex::encode(entry.opening)),
        checkpoint: part.checkpoint.as_deref().map(str::to_owned),
    })
}
