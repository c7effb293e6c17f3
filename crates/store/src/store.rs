//! The store's handle: opening the data folder, and what every concept's file builds on (readers, the writer, the
//! history in memory).
//!
//! Several processes may open one folder: the writer takes up what another one logged before it writes (`log.rs`), and
//! files are swept only by whoever is alone (`sweep.rs`).

use crate::{
    acknowledge,
    beside::Beside,
    change::{Change, Committed, LogHead},
    checkpoint::{self, Signer},
    custody,
    db::{Conn, Database, Place, Pool},
    error::StoreError,
    files::blocking,
    hold::Guard,
    journal::Journal,
    log::LogState,
    query::query,
    sqlite, sweep,
    writer::{self, Answer, Request, Task, Tx},
};
use candor_core::{History, RuleBook, Seq};
use jiff::Timestamp;
use object_store::local::LocalFileSystem;
use rand::{SeedableRng, rngs::StdRng};
use std::{
    fs::File,
    path::Path,
    sync::{Arc, Mutex, PoisonError, RwLock},
};
use tokio::sync::{Notify, mpsc, oneshot, watch};

/// Connections that only read.
const READERS: u32 = 4;
/// Requests that may wait for the writer; the next caller waits with it.
const QUEUE: usize = 1024;
/// What the operator is told when a scrub was in vain.
const HELD: &str = "bytes of what was erased are left in the database, where somebody may still look at them; they are \
                    cleared away later, see `docs/database.md`";

/// The store. Cheap to clone; the last clone to go ends the writer.
#[derive(Clone)]
pub struct Store {
    pub(crate) inner: Arc<Inner>,
}

pub(crate) struct Inner {
    place: Place,
    pub(crate) readers: Pool,
    writer: mpsc::Sender<Request>,
    shared: Arc<RwLock<Shared>>,
    pub(crate) rng: Mutex<StdRng>,
    pub(crate) guard: Arc<Guard>,
    pub(crate) signer: Arc<Mutex<Signer>>,
    pub(crate) journal: Arc<Journal>,
    jobs: Arc<Notify>,
    /// Held while a bucket's file is replaced.
    pub(crate) files: tokio::sync::Mutex<()>,
    pub(crate) objects: LocalFileSystem,
    _lock: File,
}

/// What readers see of the log, as of the last commit.
pub(crate) struct Shared {
    pub(crate) history: Arc<History>,
    pub(crate) head: LogHead,
}

impl std::fmt::Debug for Store {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Store").field("place", &self.inner.place).finish_non_exhaustive()
    }
}

impl Store {
    /// Opens a data folder with its own SQLite database, see [`Store::open_at`].
    ///
    /// # Errors
    /// See [`Store::open_at`].
    pub async fn open(dir: &Path, book: RuleBook) -> Result<Self, StoreError> {
        Self::open_at(Place::sqlite(dir), book).await
    }

    /// Opens a store: creates the folder and the schema if they are not there, brings the schema up to date, keeps the
    /// rule book, loads the history, and deletes files that no row names.
    ///
    /// # Errors
    /// [`StoreError::OtherRuleBook`] when the store was made under another one, [`StoreError::NotDurable`] when the
    /// server may lose what it acknowledges; else what the system says.
    pub async fn open_at(place: Place, book: RuleBook) -> Result<Self, StoreError> {
        // The openings of the log and the identifiers of sessions are secrets: their generator is seeded by the system.
        Self::open_with(place, book, StdRng::from_os_rng()).await
    }

    /// As [`Store::open_at`], with the generator of openings and session identifiers given: for tests that repeat a run.
    ///
    /// # Errors
    /// See [`Store::open_at`].
    pub async fn open_with(place: Place, book: RuleBook, mut rng: StdRng) -> Result<Self, StoreError> {
        let records = place.dir.join(crate::files::FOLDER);
        let folder = records.clone();
        blocking(move || sweep::make_folder(&folder)).await?;
        let folder = place.dir.clone();
        let (mut lock, alone) = blocking(move || sweep::lock(&folder)).await?;
        let mut conn = place.connect().await?;
        conn.migrate().await?;
        let shared =
            Arc::new(RwLock::new(Shared { history: Arc::new(History::new(book.clone())), head: LogHead::default() }));
        let journal = acknowledge::open(&place.dir)?;
        let guard = Arc::<Guard>::default();
        let (signer, made) = custody::signer(&place.dir, &guard, &mut rng)?;
        let seeded = StdRng::from_rng(&mut rng);
        let log = LogState::new(book.clone(), seeded, Arc::clone(&shared), Arc::clone(&guard), Arc::clone(&signer));
        let mut tx = Tx::new(conn, log, place.clone(), Arc::clone(&journal));
        tx.begin().await?;
        keep_rule_book(&mut tx.conn, &book).await?;
        if alone {
            sweep::sweep(&mut tx.conn, &records).await?;
        }
        tx.catch_up().await?;
        tx.compare().await?;
        tx.commit().await?;
        tx.take_up(made).await?;
        tx.sign_head(made).await?;
        if alone {
            let folder = place.dir.clone();
            lock = blocking(move || sweep::share(lock, &folder)).await?;
            if tx.scrub_is_due().await? && !(place.database.unseen().await? && tx.scrub().await?) {
                tracing::warn!("{HELD}");
            }
        }
        let readers = place.database.readers(&place.dir, READERS).await?;
        let jobs = Arc::new(Notify::new());
        let (writer, requests) = mpsc::channel(QUEUE);
        let notes = signer.lock().unwrap_or_else(PoisonError::into_inner).watch();
        let folder = place.dir.clone();
        let mut beside = vec![Beside::start(|stopped| checkpoint::keep_up(folder, notes, stopped))];
        let (grown, growth) = watch::channel(tx.log.size());
        if matches!(place.database, Database::Sqlite) {
            let conn = sqlite::connect(&place.dir).await?;
            beside.push(Beside::start(|stopped| sqlite::move_log(conn, growth, stopped)));
        }
        tokio::spawn(writer::run(tx, requests, Arc::clone(&jobs), grown, beside));
        let objects = LocalFileSystem::new_with_prefix(&records)?;
        let inner = Inner {
            place,
            readers,
            writer,
            shared,
            rng: Mutex::new(rng),
            guard,
            signer,
            journal,
            jobs,
            files: tokio::sync::Mutex::new(()),
            objects,
            _lock: lock,
        };
        Ok(Self { inner: Arc::new(inner) })
    }

    /// The rule book that a store was made under; none if it is new.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn kept_rule_book(place: &Place) -> Result<Option<RuleBook>, StoreError> {
        if matches!(place.database, Database::Sqlite) && !place.dir.join(sqlite::FILE).is_file() {
            return Ok(None);
        }
        let mut conn = place.connect().await?;
        conn.migrate().await?;
        let row: Option<(String,)> = query("SELECT json FROM rule_book").fetch_optional(&mut conn).await?;
        conn.close().await?;
        row.map(|(json,)| crate::time::parsed(&json, "rule_book")).transpose()
    }

    /// The data folder.
    #[must_use]
    pub fn data_dir(&self) -> &Path {
        &self.inner.place.dir
    }

    /// Where the store is.
    #[must_use]
    pub fn place(&self) -> &Place {
        &self.inner.place
    }

    /// The history as of the last commit. Do not hold it longer than a question takes: while an old one is held, the
    /// next commit copies it.
    #[must_use]
    pub fn history(&self) -> Arc<History> {
        Arc::clone(&self.inner.shared.read().unwrap_or_else(PoisonError::into_inner).history)
    }

    /// The log's head as of the last commit.
    #[must_use]
    pub fn head(&self) -> LogHead {
        self.inner.shared.read().unwrap_or_else(PoisonError::into_inner).head.clone()
    }

    /// Makes all changes or none, and answers when they are on the disk.
    ///
    /// # Errors
    /// [`StoreError::Refused`] when the history does not take an event, [`StoreError::Commit`] when the disk does not;
    /// in every case nothing of the list is kept.
    pub async fn commit(&self, now: Timestamp, changes: Vec<Change>) -> Result<Committed, StoreError> {
        crate::apply::check(&changes)?;
        let (draft, group) = if crate::apply::only_events(&changes, self.history().book()) {
            let (request, answer) = Request::events(now, changes);
            self.ask(request, answer).await?
        } else {
            self.write_group(move |tx| Box::pin(crate::apply::commit(tx, now, changes))).await?
        };
        self.finish(draft, &group).await
    }

    /// Takes up what another process has logged. Every commit does this too.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn refresh(&self) -> Result<LogHead, StoreError> {
        self.write(|_| Box::pin(async { Ok(()) })).await?;
        Ok(self.head())
    }

    /// Answers once everything up to an index is seen here: what "at least" demands of a read. The log may have been
    /// written by another process, so it is looked at again; an index that is not there then was given to nobody.
    ///
    /// # Errors
    /// [`StoreError::Behind`] when the log has not come so far.
    pub async fn reached(&self, seq: Seq) -> Result<LogHead, StoreError> {
        let mut head = self.head();
        if head.seq < seq {
            head = self.refresh().await?;
        }
        if head.seq < seq { Err(StoreError::Behind { asked: seq, head: head.seq }) } else { Ok(head) }
    }

    /// Wakes whoever waits for jobs, see [`Store::claim`]. Waiters also look from time to time, for jobs of another
    /// process.
    #[must_use]
    pub fn jobs_changed(&self) -> Arc<Notify> {
        Arc::clone(&self.inner.jobs)
    }

    /// Waits until the writer has done all that was asked, and ends it. Nothing acknowledged needs this.
    pub async fn close(&self) {
        let (sender, done) = oneshot::channel();
        if self.inner.writer.send(Request::Close(sender)).await.is_ok() {
            // An error says that the writer is gone, which is what was asked for.
            let _gone = done.await;
        }
        self.inner.readers.close().await;
    }

    /// Runs a task inside the writer's transaction and answers after the commit.
    pub(crate) async fn write<T, F>(&self, task: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: for<'a> FnOnce(&'a mut Tx) -> Task<'a, T> + Send + 'static,
    {
        Ok(self.write_group(task).await?.0)
    }

    /// As [`Store::write`], with what the transaction added to the log.
    pub(crate) async fn write_group<T, F>(&self, task: F) -> Answer<T>
    where
        T: Send + 'static,
        F: for<'a> FnOnce(&'a mut Tx) -> Task<'a, T> + Send + 'static,
    {
        let (request, answer) = Request::work(task);
        self.ask(request, answer).await
    }

    async fn ask<T>(&self, request: Request, answer: oneshot::Receiver<Answer<T>>) -> Answer<T> {
        self.inner.writer.send(request).await.map_err(|_| StoreError::Closed)?;
        answer.await.map_err(|_| StoreError::Closed)?
    }

    /// Rewrites the database so that no deleted byte is left in it; with SQLite, also empties the write-ahead log. Says
    /// whether nothing held some.
    pub(crate) async fn scrub(&self) -> Result<bool, StoreError> {
        let clean = self.inner.place.database.unseen().await? && {
            let (sender, answer) = oneshot::channel();
            self.inner.writer.send(Request::Scrub(sender)).await.map_err(|_| StoreError::Closed)?;
            answer.await.map_err(|_| StoreError::Closed)??
        };
        if !clean {
            tracing::warn!("{HELD}");
        }
        Ok(clean)
    }
}

/// Keeps the rule book of a new folder, or checks that it is the one that is kept.
async fn keep_rule_book(conn: &mut Conn, book: &RuleBook) -> Result<(), StoreError> {
    let hash = book.hash();
    let json = crate::time::json(book, "rule_book")?;
    query("INSERT INTO rule_book (hash, name, json) SELECT $1, $2, $3 WHERE NOT EXISTS (SELECT 1 FROM rule_book)")
        .bind(&hash)
        .bind(&book.name)
        .bind(json)
        .execute(&mut *conn)
        .await?;
    let (kept, name): (String, String) = query("SELECT hash, name FROM rule_book").fetch_one(&mut *conn).await?;
    if kept == hash {
        return Ok(());
    }
    let label = |name: &str, hash: &str| format!("{name} ({})", hash.get(..12).unwrap_or(hash));
    Err(StoreError::OtherRuleBook { kept: label(&name, &kept), given: label(&book.name, &hash) })
}
