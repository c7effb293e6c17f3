//! Taking a choice also when the disk has no room: what restricts is then written into the emergency journal
//! (`journal.rs`) and acknowledged with a receipt of its own; the writer takes it into the log as soon as a commit
//! works again, before anything else. Until then nothing is decided (`hold.rs`).

use crate::{
    change::{Change, Receipt},
    error::StoreError,
    files::blocking,
    journal::{self, Journal},
    retire,
    store::Store,
    time::cut,
    writer::Tx,
};
use candor_core::{ChoiceValue, Event, Logged, Seq};
use candor_tlog::{Hash, LogKey};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::sync::{Arc, PoisonError};

/// How a choice was acknowledged. Either way it is on the disk.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Acknowledgment {
    /// It is in the log.
    Logged(Receipt),
    /// It waits in the emergency journal, and will be logged as of its time.
    Journaled(JournalReceipt),
}

/// Proof that a choice was acknowledged while the log could not take it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct JournalReceipt {
    /// Place in the journal, from 1.
    pub index: u64,
    /// When it was acknowledged, and from when it holds unless its own time says otherwise.
    pub t: Timestamp,
    /// The exact bytes that were kept.
    pub body: String,
    /// BLAKE3 over `candor/journal/v1`, the digest of the record before and the body, in hex.
    pub digest: String,
    /// Signed note of the log's key under the name `<origin>/journal`, over index and digest in the form of a checkpoint.
    pub note: String,
}

/// What the journal keeps of a choice.
#[derive(Serialize, Deserialize)]
struct Waiting {
    t: Timestamp,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    t_valid: Option<Timestamp>,
    key: Option<String>,
    event: Event,
}

/// Whether an event only restricts, so that it is taken when nothing else can be.
fn restricts(event: &Event) -> bool {
    match event {
        Event::ChoiceSet { value, .. } => *value == ChoiceValue::Off,
        Event::ObjectionFiled { .. } | Event::ErasureRequested { .. } => true,
        _ => false,
    }
}

impl Store {
    /// Logs a choice or an objection, and answers when it is on the disk. When the database cannot write, a choice that
    /// turns off, an objection and a request for erasure go into the emergency journal. With the same key it may be
    /// asked for again; it is logged once.
    ///
    /// # Errors
    /// [`StoreError::Refused`] when the history does not take it; [`StoreError::Commit`] when the disk is full and it
    /// does not restrict; [`StoreError::Journal`] when the journal cannot take it either.
    pub async fn acknowledge(
        &self,
        now: Timestamp,
        event: Event,
        t_valid: Option<Timestamp>,
        key: Option<String>,
    ) -> Result<Acknowledgment, StoreError> {
        let change = Change::Event { event: event.clone(), t_valid, key: key.clone() };
        let error = match self.commit(now, vec![change]).await {
            Ok(committed) => {
                let receipt = committed.receipts.into_iter().next().ok_or(StoreError::Corrupt("log_entry"))?;
                return Ok(Acknowledgment::Logged(receipt));
            }
            Err(error) => error,
        };
        if !(restricts(&event) && error.is_storage()) {
            return Err(error);
        }
        let t = cut(now);
        // The commit may have failed before the event was looked at.
        let history = self.history();
        history.admits(&Logged { seq: Seq(history.last().0 + 1), t, t_valid, event: event.clone() })?;
        let body = crate::time::json(&Waiting { t, t_valid, key, event }, "emergency.journal")?;
        let journal = Arc::clone(&self.inner.journal);
        let (bytes, guard) = (body.clone().into_bytes(), Arc::clone(&self.inner.guard));
        let record = blocking(move || {
            let record = journal.append(&bytes)?;
            guard.set_journaled(record.index);
            Ok(record)
        })
        .await?;
        tracing::warn!(index = record.index, "a choice was taken into the emergency journal; make room on the disk");
        Ok(Acknowledgment::Journaled(self.journal_receipt(&record, t, body)?))
    }

    fn journal_receipt(
        &self,
        record: &journal::Record,
        t: Timestamp,
        body: String,
    ) -> Result<JournalReceipt, StoreError> {
        let signer = self.inner.signer.lock().unwrap_or_else(PoisonError::into_inner);
        let key: LogKey = signer.keys().under("journal")?;
        let note = key.sign(record.index, &Hash(record.digest));
        Ok(JournalReceipt { index: record.index, t, body, digest: hex::encode(record.digest), note })
    }
}

impl Tx {
    /// Logs what waits in the journal; gives the digest of the last record, for [`Tx::clear_journal`].
    pub(crate) async fn take_journal(&mut self) -> Result<Option<journal::Digest>, StoreError> {
        if self.journal.is_empty()? {
            self.log.guard.set_journaled(0);
            return Ok(None);
        }
        let records = self.journal.records()?;
        self.log.guard.set_journaled(records.len() as u64);
        // A length without a whole record behind it is what a crash tore; it was never acknowledged.
        let last = records.last().map_or([0; 32], |record| record.digest);
        let waiting: Vec<(String, Waiting)> = records.iter().filter_map(read).collect();
        let keys = waiting.iter().flat_map(|(own, waiting)| [Some(own.clone()), waiting.key.clone()]);
        let keys = keys.flatten().collect();
        self.know_keys(keys).await?;
        for (own, Waiting { t, t_valid, key, event }) in waiting {
            let (reach, before) = (retire::Reach::of(self, &event), self.log.size());
            let given = key.unwrap_or_else(|| own.clone());
            let outcome = match self.log.log_journaled(t, event.clone(), t_valid, given) {
                // Its key was used for something else meanwhile.
                Err(StoreError::KeyReused) => self.log.log_journaled(t, event, t_valid, own),
                outcome => outcome,
            };
            if let Err(error) = outcome {
                tracing::error!(%error, "an acknowledged choice was refused by the log");
            }
            if let Some(reach) = reach.filter(|_| self.log.size() > before) {
                reach.retire(self, t).await?;
            }
        }
        self.flush().await?;
        Ok(Some(last))
    }

    /// Empties the journal once what was in it is committed.
    pub(crate) fn clear_journal(&mut self, taken: Option<journal::Digest>) {
        let Some(last) = taken else { return };
        match self.journal.clear(&last) {
            Ok(true) => self.log.guard.set_journaled(0),
            // Another one came meanwhile; the next transaction takes it.
            Ok(false) => {}
            Err(error) => tracing::error!(%error, "the emergency journal could not be emptied; it is taken again"),
        }
    }
}

/// A record with the key under which it is logged if it has none of its own.
fn read(record: &journal::Record) -> Option<(String, Waiting)> {
    let waiting = serde_json::from_slice(&record.body).ok();
    if waiting.is_none() {
        tracing::error!(index = record.index, "a record of the emergency journal cannot be read");
    }
    Some((format!("journal/{}", hex::encode(record.digest)), waiting?))
}

/// Opens the journal of a folder.
pub(crate) fn open(dir: &std::path::Path) -> Result<Arc<Journal>, StoreError> {
    Ok(Arc::new(Journal::open(dir)?))
}
