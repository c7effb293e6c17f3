//! Who vouches for the log: its key, what it signed, what others saw of it, and the holds. At the start the store
//! compares itself with the last checkpoint it signed; the caller compares it with those that others keep. Whoever
//! restores an old backup finds the store held: choices are taken, nothing is decided.

use crate::{
    change::{Change, Receipt},
    checkpoint::{self, Doubt, Signer, extends},
    entries::stored_hashes,
    error::StoreError,
    group::{Draft, Group},
    hold::{Guard, Standing},
    key::Keys,
    query::query,
    store::Store,
    writer::Tx,
};
use candor_core::{Event, Seq};
use candor_tlog::{Checkpoint, root_hash, root_reads};
use jiff::Timestamp;
use rand::rngs::StdRng;
use std::{
    path::Path,
    sync::{Arc, Mutex, PoisonError},
};

/// The document in which a hold outlives a restart.
const HOLD: &str = "hold";

/// The signer of a data folder, and whether its key was made just now. What makes it doubt the folder holds the store.
pub(crate) fn signer(dir: &Path, guard: &Guard, rng: &mut StdRng) -> Result<(Arc<Mutex<Signer>>, bool), StoreError> {
    let (keys, made) = match (Keys::read(dir)?, Keys::read_next(dir)?) {
        (Some(keys), _) => (keys, false),
        // A first start that a crash cut short.
        (None, Some(keys)) => (keys, true),
        (None, None) => {
            let keys = Keys::first(None, rng)?;
            keys.keep_next(dir)?;
            (keys, true)
        }
    };
    let kept = checkpoint::read(dir, &keys);
    let mut signer = Signer::new(keys);
    match (kept, made) {
        (Ok(Some((checkpoint, note))), _) => signer.start(&checkpoint, note),
        (Ok(None), true) => {}
        (Ok(None), false) => guard.hold("`log.checkpoint` is missing beside `log.key`".into()),
        (Err(_), true) => guard.hold("`log.key` is missing beside `log.checkpoint`".into()),
        (Err(doubt), false) => guard.hold(doubt.to_string()),
    }
    Ok((Arc::new(Mutex::new(signer)), made))
}

/// Gives a new data folder its key under a name of the operator's choice, such as `example.org/candor`. Called before
/// the folder is first opened; a folder that has a key is left alone.
///
/// # Errors
/// [`StoreError::Key`] when the name cannot be used; [`StoreError::Io`].
pub fn name_log(dir: &Path, origin: &str, rng: &mut StdRng) -> Result<(), StoreError> {
    if Keys::read(dir)?.is_some() {
        return Ok(());
    }
    // The first start puts it in its place, behind the first checkpoint.
    Keys::first(Some(origin), rng)?.keep_next(dir)
}

impl Tx {
    /// Takes up at the start what waits: a change of keys that a crash cut short, the journal, members without secrets,
    /// a hold. A disk without room does not keep the store from opening: choices must be taken.
    pub(crate) async fn take_up(&mut self, made: bool) -> Result<(), StoreError> {
        let hold: Option<(String,)> =
            query("SELECT json FROM document WHERE key = $1").bind(HOLD).fetch_optional(&mut self.conn).await?;
        if let Some((json,)) = hold {
            self.log.guard.hold(crate::time::parsed(&json, "document")?);
        }
        loop {
            match self.take_up_once(made).await {
                Ok(true) => {}
                Ok(false) => return Ok(()),
                Err(error) if error.is_storage() => {
                    tracing::error!(%error, "the database cannot write; what waits is taken up later");
                    self.roll_back().await;
                    return Ok(());
                }
                Err(error) => return Err(error),
            }
        }
    }

    async fn take_up_once(&mut self, made: bool) -> Result<bool, StoreError> {
        self.begin().await?;
        self.catch_up().await?;
        if !made {
            self.settle_keys()?;
        }
        let journaled = self.take_journal().await?;
        let more = self.enroll_others().await?;
        self.commit().await?;
        self.log.publish();
        self.clear_journal(journaled);
        Ok(more)
    }

    /// Signs with the key that the log has, if it is not the one that this process knows: another process changed it, or a
    /// crash came before the new one was in its place. A key that nobody has holds the store.
    pub(crate) fn take_keys(&self) -> Result<(), StoreError> {
        let logged = self.log.history().of_platform(Seq(u64::MAX)).filter_map(|logged| match &logged.event {
            Event::LogKeySet { key } => Some(key),
            _ => None,
        });
        let Some(logged) = logged.last() else { return Ok(()) };
        let is_it = |keys: &Keys| keys.key.verifier().to_string() == *logged;
        let mut signer = self.log.signer.lock().unwrap_or_else(PoisonError::into_inner);
        if is_it(signer.keys()) {
            return Ok(());
        }
        let kept = [Keys::read(self.dir())?, Keys::read_next(self.dir())?];
        match kept.into_iter().flatten().find(is_it) {
            Some(keys) => signer.set_keys(keys),
            None => self.log.guard.hold("the log has a new key, which is not in `log.key`".into()),
        }
        Ok(())
    }

    /// Puts the keys that wait in their place if they hold now, and else drops them: they were never logged. Inside a
    /// transaction, so that no other process is about to log them.
    fn settle_keys(&self) -> Result<(), StoreError> {
        let Some(next) = Keys::read_next(self.dir())? else { return Ok(()) };
        let holds = self.log.signer.lock().unwrap_or_else(PoisonError::into_inner).keys().key.verifier();
        if holds.to_string() == next.key.verifier().to_string() {
            next.keep(self.dir())?;
        }
        Keys::drop_next(self.dir())
    }

    /// Signs the tree as it was found, and keeps that, and a key that was made just now.
    pub(crate) async fn sign_head(&mut self, made: bool) -> Result<(), StoreError> {
        let (size, root) = (self.log.size(), self.log.root()?);
        if self.log.guard.reason().is_none() {
            let hashes = stored_hashes((&mut self.conn).into(), root_reads(size)).await?;
            let signed = self.log.signer.lock().unwrap_or_else(PoisonError::into_inner).sign(size, root, &hashes);
            match signed {
                // The checkpoint first: a key without one says that somebody took it away.
                Ok(note) => checkpoint::keep(self.dir(), &note)?,
                Err(doubt) => self.log.guard.hold(doubt.to_string()),
            }
        }
        if made {
            self.log.signer.lock().unwrap_or_else(PoisonError::into_inner).keys().keep(self.dir())?;
            Keys::drop_next(self.dir())?;
        }
        Ok(())
    }

    /// Writes the last checkpoint into its file, at the end.
    pub(crate) fn keep_checkpoint(&self) {
        let note = self.log.signer.lock().unwrap_or_else(PoisonError::into_inner).note();
        if let Some(Err(error)) = note.map(|note| checkpoint::keep(self.dir(), &note)) {
            tracing::warn!(%error, "the last checkpoint was not written beside the database");
        }
    }
}

impl Store {
    /// The last signed checkpoint, a signed note; none while the store is held.
    #[must_use]
    pub fn checkpoint(&self) -> Option<String> {
        let signer = self.inner.signer.lock().unwrap_or_else(PoisonError::into_inner);
        let note = signer.note().filter(|_| self.inner.guard.reason().is_none());
        note.map(|note| (*note).to_owned())
    }

    /// The log's keys, each with the size from which it holds, as signed-note verifier keys; oldest first.
    #[must_use]
    pub fn log_keys(&self) -> Vec<(u64, String)> {
        let signer = self.inner.signer.lock().unwrap_or_else(PoisonError::into_inner);
        signer.keys().ring.keys().map(|(from, key)| (from, key.to_string())).collect()
    }

    /// Whether what the store says is all that was acknowledged.
    #[must_use]
    pub fn standing(&self) -> Standing {
        self.inner.guard.standing()
    }

    /// Whether anything may be decided: asked by whoever is about to use members' data. Seals, fences and releases ask
    /// by themselves.
    ///
    /// # Errors
    /// [`StoreError::Held`] or [`StoreError::Stale`].
    pub fn may_decide(&self) -> Result<(), StoreError> {
        self.inner.guard.may_decide()
    }

    /// Compares the log with checkpoints that are kept outside of the data folder: by a witness, in a file, in receipts.
    /// If one is ahead of the log or of another tree, the store is held. Called right after the store was opened,
    /// before anything is decided. Checkpoints that an officer gave up with a hold are passed over.
    ///
    /// # Errors
    /// When the database cannot be read. What cannot be verified holds the store.
    pub async fn compare(&self, outside: &[String]) -> Result<Standing, StoreError> {
        for note in outside {
            if let Err(doubt) = self.compare_one(note).await? {
                self.inner.guard.hold(doubt.to_string());
            }
        }
        Ok(self.standing())
    }

    async fn compare_one(&self, note: &str) -> Result<Result<(), Doubt>, StoreError> {
        let keys = self.inner.signer.lock().unwrap_or_else(PoisonError::into_inner).keys().clone();
        let signed = match checkpoint::open(note, &keys) {
            Ok(signed) => signed,
            Err(doubt) => return Ok(Err(doubt)),
        };
        if self.forsaken().contains(&label(&signed)) {
            return Ok(Ok(()));
        }
        let size = self.head().seq.0;
        if signed.size > size {
            self.inner.guard.forsake(label(&signed));
            return Ok(Err(Doubt::Shorter { size, signed: signed.size }));
        }
        let mut numbers = candor_tlog::consistency_reads(signed.size, size)?;
        numbers.extend(root_reads(size));
        let hashes = stored_hashes((&self.inner.readers).into(), numbers).await?;
        let root = root_hash(size, &hashes)?;
        let outcome = extends((signed.size, signed.root), (size, root), &hashes);
        if outcome.is_err() {
            self.inner.guard.forsake(label(&signed));
        }
        Ok(outcome)
    }

    /// The checkpoints that officers gave up.
    fn forsaken(&self) -> Vec<String> {
        let history = self.history();
        let released = history.of_platform(Seq(u64::MAX)).filter_map(|logged| match &logged.event {
            Event::HoldReleased { forsaken, .. } => Some(forsaken.clone()),
            _ => None,
        });
        released.flatten().collect()
    }

    /// Holds the store: choices are taken, nothing is decided, nothing is signed. It outlives a restart.
    ///
    /// # Errors
    /// When it could not be written down; it holds until the next restart all the same.
    pub async fn hold(&self, reason: &str) -> Result<(), StoreError> {
        self.inner.guard.hold(reason.to_owned());
        let json = serde_json::Value::String(reason.to_owned());
        self.write(move |tx| Box::pin(async move { crate::documents::put(&mut tx.conn, HOLD, &json).await })).await
    }

    /// Lifts the hold, which is logged with who did it and why. What the store had signed or others had seen beyond its
    /// log is given up: it is named in the entry, and whoever kept it can show it.
    ///
    /// # Errors
    /// [`StoreError::Unknown`] when there is no hold; [`StoreError::Commit`].
    pub async fn release_hold(&self, now: Timestamp, officer: &str, reason: &str) -> Result<Receipt, StoreError> {
        if self.inner.guard.reason().is_none() {
            return Err(StoreError::Unknown { what: "hold", id: "of the store".into() });
        }
        let mut forsaken = self.inner.guard.forsaken();
        if let Some((size, root)) = self.inner.signer.lock().unwrap_or_else(PoisonError::into_inner).last() {
            forsaken.push(format!("{size} {root}"));
        }
        let event = Event::HoldReleased { officer: officer.to_owned(), reason: reason.to_owned(), forsaken };
        let answer = self
            .write_group(move |tx| {
                Box::pin(async move {
                    query("DELETE FROM document WHERE key = $1").bind(HOLD).execute(&mut tx.conn).await?;
                    let draft = crate::apply::commit(tx, now, vec![Change::event(event)]).await?;
                    tx.log.restart_signing();
                    Ok(draft)
                })
            })
            .await?;
        self.only_receipt(answer).await
    }

    /// Gives the log a new key: logs `LogKeySet`, and signs the tree that holds it with the old key and the new one.
    ///
    /// # Errors
    /// [`StoreError::Held`] while the store is held; [`StoreError::Commit`].
    pub async fn rotate_key(&self, now: Timestamp) -> Result<Receipt, StoreError> {
        if let Some(reason) = self.inner.guard.reason() {
            return Err(StoreError::Held(reason));
        }
        let answer = self
            .write_group(move |tx| {
                Box::pin(async move {
                    let keys = tx.log.next_keys(tx.log.size() + 1)?;
                    keys.keep_next(tx.dir())?;
                    let event = Event::LogKeySet { key: keys.key.verifier().to_string() };
                    let draft = crate::apply::commit(tx, now, vec![Change::event(event)]).await?;
                    tx.log.change_keys(keys);
                    Ok(draft)
                })
            })
            .await?;
        let receipt = self.only_receipt(answer).await?;
        let dir = self.data_dir();
        let signer = self.inner.signer.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(note) = signer.note() {
            checkpoint::keep(dir, &note)?;
        }
        signer.keys().keep(dir)?;
        Keys::drop_next(dir)?;
        Ok(receipt)
    }

    async fn only_receipt(&self, (draft, group): (Draft, Arc<Group>)) -> Result<Receipt, StoreError> {
        self.finish(draft, &group).await?.receipts.into_iter().next().ok_or(StoreError::Corrupt("log_entry"))
    }
}

/// A checkpoint in one line: size and root.
fn label(checkpoint: &Checkpoint) -> String {
    format!("{} {}", checkpoint.size, checkpoint.root)
}
