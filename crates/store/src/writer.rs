//! The one writer. It owns the one connection that writes; requests come through a bounded channel. All requests that
//! wait are put into one transaction. Those that only log events are checked in memory and written together, in a few
//! statements for the whole group; each of the others runs inside its own savepoint. One that is refused leaves nothing
//! behind and disturbs nobody. Then one COMMIT, one sync of the disk, one signature, and all are answered.
//!
//! INVARIANT: nobody is answered `Ok` and no reader sees a new history before the COMMIT has returned.

use crate::{
    beside::Beside,
    change::Change,
    db::{Conn, Database, Place},
    error::StoreError,
    group::{Draft, Group},
    journal::Journal,
    log::LogState,
    postgres::{self, Fate},
    query::query,
    refused, sqlite,
};
use futures_util::future::BoxFuture;
use jiff::Timestamp;
use std::sync::Arc;
use tokio::sync::{Notify, mpsc, oneshot, watch};

/// Most requests in one transaction.
const GROUP: usize = 256;

/// How often others are let run, without anything new from them, before a group goes on with what it has.
const TURNS: u32 = 2;

/// What a request runs in: the connection, inside the transaction, and the log.
pub(crate) struct Tx {
    pub(crate) conn: Conn,
    pub(crate) log: LogState,
    pub(crate) journal: Arc<Journal>,
    place: Place,
    /// The number of the transaction that is open, on PostgreSQL.
    xid: String,
    /// Whether the connection may be broken, so that a new one is made first.
    broken: bool,
}

/// What a request does.
pub(crate) type Task<'a, T> = BoxFuture<'a, Result<T, StoreError>>;

/// What the writer is asked for.
pub(crate) enum Request {
    /// Logging events and nothing else.
    Events(Events),
    /// Something inside a transaction.
    Work(Box<dyn Work>),
    /// Rewriting the database without deleted bytes. Says whether nothing held some.
    Scrub(oneshot::Sender<Result<bool, StoreError>>),
    /// The end.
    Close(oneshot::Sender<()>),
}

/// A task with the place for its answer.
pub(crate) trait Work: Send {
    fn run<'a>(&'a mut self, tx: &'a mut Tx) -> Task<'a, ()>;
    fn answer(self: Box<Self>, outcome: Result<(), StoreError>, group: &Arc<Group>);
}

/// What is answered: the value, and the transaction that it is of.
pub(crate) type Answer<T> = Result<(T, Arc<Group>), StoreError>;

struct Call<T, F> {
    task: Option<F>,
    value: Option<T>,
    sender: oneshot::Sender<Answer<T>>,
}

/// Events to be logged, all or none, with the place for the answer.
pub(crate) struct Events {
    now: Timestamp,
    list: Vec<Change>,
    draft: Draft,
    sender: oneshot::Sender<Answer<Draft>>,
}

impl Events {
    /// Logs them in memory. A refused one undoes those before it.
    fn log(&mut self, log: &mut LogState) -> Result<(), StoreError> {
        // One choice is refused before it changes anything; a registration is two entries.
        let mark = (self.list.len() > 1).then(|| log.mark());
        for change in self.list.drain(..) {
            let Change::Event { event, t_valid, key } = change else { continue };
            match log.log_event(self.now, event, t_valid, key) {
                Ok(slot) => self.draft.slots.push(slot),
                Err(error) => {
                    mark.into_iter().for_each(|mark| log.reset(mark));
                    return Err(error);
                }
            }
        }
        Ok(())
    }
}

impl<T, F> Work for Call<T, F>
where
    T: Send,
    F: for<'a> FnOnce(&'a mut Tx) -> Task<'a, T> + Send,
{
    fn run<'a>(&'a mut self, tx: &'a mut Tx) -> Task<'a, ()> {
        Box::pin(async move {
            if let Some(task) = self.task.take() {
                self.value = Some(task(tx).await?);
            }
            Ok(())
        })
    }

    fn answer(self: Box<Self>, outcome: Result<(), StoreError>, group: &Arc<Group>) {
        let Self { value, sender, .. } = *self;
        let value = outcome.and_then(|()| value.ok_or(StoreError::Closed));
        // Whoever asked may have gone away; what was done stays done.
        let _gone = sender.send(value.map(|value| (value, Arc::clone(group))));
    }
}

impl Request {
    /// A request that runs a task, and where its answer will be.
    pub(crate) fn work<T, F>(task: F) -> (Self, oneshot::Receiver<Answer<T>>)
    where
        T: Send + 'static,
        F: for<'a> FnOnce(&'a mut Tx) -> Task<'a, T> + Send + 'static,
    {
        let (sender, answer) = oneshot::channel();
        (Self::Work(Box::new(Call { task: Some(task), value: None, sender })), answer)
    }

    /// A request that logs events, and where its answer will be. Other changes in the list are passed over.
    pub(crate) fn events(now: Timestamp, list: Vec<Change>) -> (Self, oneshot::Receiver<Answer<Draft>>) {
        let (sender, answer) = oneshot::channel();
        (Self::Events(Events { now, list, draft: Draft::default(), sender }), answer)
    }
}

/// A request of a group.
enum Member {
    Events(Box<Events>),
    Work(Box<dyn Work>),
}

impl Member {
    fn answer(self, outcome: Result<(), StoreError>, group: &Arc<Group>) {
        match self {
            Self::Work(work) => work.answer(outcome, group),
            Self::Events(events) => {
                let Events { draft, sender, .. } = *events;
                // Whoever asked may have gone away; what was done stays done.
                let _gone = sender.send(outcome.map(|()| (draft, Arc::clone(group))));
            }
        }
    }

    /// The idempotency keys of its events.
    fn keys(&self) -> impl Iterator<Item = String> {
        let list = match self {
            Self::Events(events) => events.list.as_slice(),
            Self::Work(_) => &[],
        };
        list.iter().filter_map(Change::key).cloned()
    }
}

/// Serves requests until the last sender is gone or the end is asked for.
pub(crate) async fn run(
    mut tx: Tx,
    mut requests: mpsc::Receiver<Request>,
    jobs: Arc<Notify>,
    grown: watch::Sender<u64>,
    beside: Vec<Beside>,
) {
    let mut waiting = Vec::with_capacity(GROUP);
    'serve: while requests.recv_many(&mut waiting, GROUP).await > 0 {
        gather(&mut requests, &mut waiting).await;
        let mut group = Vec::with_capacity(waiting.len());
        for request in waiting.drain(..) {
            match request {
                Request::Work(work) => group.push(Member::Work(work)),
                Request::Events(events) => group.push(Member::Events(Box::new(events))),
                Request::Scrub(sender) => {
                    commit_group(&mut tx, std::mem::take(&mut group), &jobs).await;
                    let _gone = sender.send(tx.scrub().await);
                }
                Request::Close(sender) => {
                    commit_group(&mut tx, std::mem::take(&mut group), &jobs).await;
                    requests.close();
                    for task in beside {
                        task.end().await;
                    }
                    tx.keep_checkpoint();
                    if tx.conn.close().await.is_err() {
                        tracing::warn!("the database was not closed cleanly; nothing acknowledged is lost");
                    }
                    let _gone = sender.send(());
                    break 'serve;
                }
            }
        }
        commit_group(&mut tx, group, &jobs).await;
        grown.send_replace(tx.log.size());
    }
}

/// Takes what is about to come: who was answered a moment ago asks again, but not in the very same moment. Without this,
/// the first who is back would have a transaction, and a sync of the disk, of their own.
async fn gather(requests: &mut mpsc::Receiver<Request>, waiting: &mut Vec<Request>) {
    let mut turns = 0;
    while waiting.len() < GROUP && turns < TURNS {
        tokio::task::yield_now().await;
        let before = waiting.len();
        while waiting.len() < GROUP
            && let Ok(request) = requests.try_recv()
        {
            waiting.push(request);
        }
        turns = if waiting.len() > before { 0 } else { turns + 1 };
    }
}

/// Runs a group in one transaction and answers everybody.
async fn commit_group(tx: &mut Tx, group: Vec<Member>, jobs: &Notify) {
    if group.is_empty() {
        return;
    }
    let mut outcomes = Vec::with_capacity(group.len());
    match run_group(tx, group, &mut outcomes).await {
        Ok(group) => {
            if tx.log.take_jobs_changed() {
                jobs.notify_waiters();
                jobs.notify_one();
            }
            let group = Arc::new(group);
            for (member, outcome) in outcomes {
                member.answer(outcome, &group);
            }
        }
        Err(error) => {
            tracing::error!(%error, requests = outcomes.len(), "a commit failed and was rolled back");
            tx.roll_back().await;
            let error = match error {
                StoreError::Unclear => None,
                StoreError::Sql(error) => Some(Arc::new(error)),
                other => Some(Arc::new(sqlx::Error::Protocol(other.to_string()))),
            };
            let group = Arc::default();
            for (member, _) in outcomes {
                let error = error.as_ref().map(Arc::clone);
                member.answer(Err(error.map_or(StoreError::Unclear, StoreError::Commit)), &group);
            }
        }
    }
}

/// One request of a group with what came of it.
type Outcome = (Member, Result<(), StoreError>);

async fn run_group(tx: &mut Tx, group: Vec<Member>, outcomes: &mut Vec<Outcome>) -> Result<Group, StoreError> {
    // Everybody is in `outcomes` before anything can fail, so that everybody is answered.
    outcomes.extend(group.into_iter().map(|member| (member, Err(StoreError::Closed))));
    tx.begin().await?;
    tx.catch_up().await?;
    let journaled = tx.take_journal().await?;
    let keys = outcomes.iter().flat_map(|(member, _)| member.keys()).collect();
    tx.know_keys(keys).await?;
    for (member, outcome) in outcomes.iter_mut() {
        match member {
            Member::Events(events) => *outcome = events.log(&mut tx.log),
            Member::Work(work) => {
                // What stands before it is not rolled back with it.
                tx.flush().await?;
                let mark = tx.log.mark();
                query("SAVEPOINT request").execute(&mut tx.conn).await?;
                *outcome = work.run(tx).await;
                if outcome.is_err() {
                    query("ROLLBACK TO request").execute(&mut tx.conn).await?;
                    tx.log.reset(mark);
                }
                query("RELEASE request").execute(&mut tx.conn).await?;
            }
        }
    }
    tx.flush().await?;
    let refused = std::mem::take(&mut tx.log.refused);
    refused::put(&mut tx.conn, &refused).await?;
    // After an erasure the history is read anew, and from inside the transaction: nothing can fail after the COMMIT.
    tx.refold_if_needed().await?;
    tx.commit().await?;
    let group = tx.log.publish();
    tx.clear_journal(journaled);
    Ok(group)
}

impl Tx {
    /// A writer that has taken up nothing yet.
    pub(crate) fn new(conn: Conn, log: LogState, place: Place, journal: Arc<Journal>) -> Self {
        Self { conn, log, place, journal, xid: String::new(), broken: false }
    }

    /// The data folder.
    pub(crate) fn dir(&self) -> &std::path::Path {
        &self.place.dir
    }

    /// Begins a transaction as the only one who writes. A connection that was lost meanwhile is made anew.
    pub(crate) async fn begin(&mut self) -> Result<(), StoreError> {
        let Database::Postgres(options) = &self.place.database else {
            query("BEGIN IMMEDIATE").execute(&mut self.conn).await?;
            return Ok(());
        };
        if !self.broken {
            match postgres::begin(&mut self.conn).await {
                Ok(xid) => {
                    self.xid = xid;
                    return Ok(());
                }
                // Nothing was asked of the transaction yet: it can be begun again.
                Err(error) if postgres::is_lost(&error) => self.broken = true,
                Err(error) => return Err(error),
            }
        }
        self.conn = postgres::reconnect(options).await?;
        self.broken = false;
        self.xid = postgres::begin(&mut self.conn).await?;
        Ok(())
    }

    /// Commits. If the answer is lost, looks whether the commit is there.
    pub(crate) async fn commit(&mut self) -> Result<(), StoreError> {
        let error = match (query("COMMIT").execute(&mut self.conn).await, &self.place.database) {
            (Ok(_), _) => return Ok(()),
            (Err(error), Database::Sqlite) => return Err(error),
            (Err(error), Database::Postgres(options)) => {
                tracing::warn!(%error, "the commit was not answered; asking the server what became of it");
                self.broken = true;
                let (conn, fate) =
                    postgres::fate(options, &self.xid, self.log.last_leaf()).await.map_err(|_| StoreError::Unclear)?;
                (self.conn, self.broken) = (conn, false);
                match fate {
                    Fate::Committed => return Ok(()),
                    Fate::RolledBack => error,
                    Fate::Unclear => StoreError::Unclear,
                }
            }
        };
        Err(error)
    }

    /// Forgets the transaction.
    pub(crate) async fn roll_back(&mut self) {
        if let Err(error) = query("ROLLBACK").execute(&mut self.conn).await {
            tracing::debug!(%error, "there was nothing left to roll back");
            self.broken = true;
        }
        self.log.forget_pending();
    }

    /// Whether an erasure was committed whose deleted bytes were not yet cleared away: a crash came between.
    pub(crate) async fn scrub_is_due(&mut self) -> Result<bool, StoreError> {
        let (due,): (bool,) = query("SELECT EXISTS (SELECT 1 FROM scrub_due)").fetch_one(&mut self.conn).await?;
        Ok(due)
    }

    /// Rewrites the database without deleted bytes, and notes it if nothing held some: then it is no longer due.
    pub(crate) async fn scrub(&mut self) -> Result<bool, StoreError> {
        match &self.place.database {
            Database::Sqlite => sqlite::scrub(&mut self.conn).await,
            Database::Postgres(_) => postgres::scrub(&mut self.conn).await,
        }
    }
}
