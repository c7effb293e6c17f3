//! The one writer. It owns the one connection that writes; requests come through a bounded channel. All requests that
//! wait are put into one transaction, each inside its own savepoint: one that is refused is rolled back alone. Then one
//! COMMIT, one sync of the disk, and all are answered.
//!
//! INVARIANT: nobody is answered `Ok` and no reader sees a new history before the COMMIT has returned.

use crate::{error::StoreError, log::LogState};
use futures_util::future::BoxFuture;
use sqlx::{Connection, SqliteConnection};
use std::sync::Arc;
use tokio::sync::{Notify, mpsc, oneshot};

/// Most requests in one transaction.
const GROUP: usize = 256;

/// What a request runs in: the connection, inside the transaction, and the log.
pub(crate) struct Tx {
    pub(crate) conn: SqliteConnection,
    pub(crate) log: LogState,
}

/// What a request does.
pub(crate) type Task<'a, T> = BoxFuture<'a, Result<T, StoreError>>;

/// What the writer is asked for.
pub(crate) enum Request {
    /// Something inside a transaction.
    Work(Box<dyn Work>),
    /// Rewriting the database without deleted bytes. Says whether the write-ahead log could be emptied.
    Scrub(oneshot::Sender<Result<bool, StoreError>>),
    /// The end.
    Close(oneshot::Sender<()>),
}

/// A task with the place for its answer.
pub(crate) trait Work: Send {
    fn run<'a>(&'a mut self, tx: &'a mut Tx) -> Task<'a, ()>;
    fn answer(self: Box<Self>, outcome: Result<(), StoreError>);
}

struct Call<T, F> {
    task: Option<F>,
    value: Option<T>,
    sender: oneshot::Sender<Result<T, StoreError>>,
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

    fn answer(self: Box<Self>, outcome: Result<(), StoreError>) {
        let Self { value, sender, .. } = *self;
        // Whoever asked may have gone away; what was done stays done.
        let _gone = sender.send(outcome.and_then(|()| value.ok_or(StoreError::Closed)));
    }
}

impl Request {
    /// A request that runs a task, and where its answer will be.
    pub(crate) fn work<T, F>(task: F) -> (Self, oneshot::Receiver<Result<T, StoreError>>)
    where
        T: Send + 'static,
        F: for<'a> FnOnce(&'a mut Tx) -> Task<'a, T> + Send + 'static,
    {
        let (sender, answer) = oneshot::channel();
        (Self::Work(Box::new(Call { task: Some(task), value: None, sender })), answer)
    }
}

/// Serves requests until the last sender is gone or the end is asked for.
pub(crate) async fn run(mut tx: Tx, mut requests: mpsc::Receiver<Request>, jobs: Arc<Notify>) {
    let mut waiting = Vec::with_capacity(GROUP);
    'serve: while requests.recv_many(&mut waiting, GROUP).await > 0 {
        let mut group = Vec::with_capacity(waiting.len());
        for request in waiting.drain(..) {
            match request {
                Request::Work(work) => group.push(work),
                Request::Scrub(sender) => {
                    commit_group(&mut tx, std::mem::take(&mut group), &jobs).await;
                    let _gone = sender.send(scrub(&mut tx.conn).await);
                }
                Request::Close(sender) => {
                    commit_group(&mut tx, std::mem::take(&mut group), &jobs).await;
                    requests.close();
                    if tx.conn.close().await.is_err() {
                        tracing::warn!("the database was not closed cleanly; nothing acknowledged is lost");
                    }
                    let _gone = sender.send(());
                    break 'serve;
                }
            }
        }
        commit_group(&mut tx, group, &jobs).await;
    }
}

/// Runs a group in one transaction and answers everybody.
async fn commit_group(tx: &mut Tx, group: Vec<Box<dyn Work>>, jobs: &Notify) {
    if group.is_empty() {
        return;
    }
    let mut outcomes = Vec::with_capacity(group.len());
    match run_group(tx, group, &mut outcomes).await {
        Ok(()) => {
            if tx.log.take_jobs_changed() {
                jobs.notify_waiters();
                jobs.notify_one();
            }
            for (work, outcome) in outcomes {
                work.answer(outcome);
            }
        }
        Err(error) => {
            tracing::error!(%error, requests = outcomes.len(), "a commit failed and was rolled back");
            let rolled_back = sqlx::query("ROLLBACK").execute(&mut tx.conn).await;
            if let Err(error) = rolled_back {
                tracing::debug!(%error, "there was nothing left to roll back");
            }
            tx.log.forget_pending();
            let error = match error {
                StoreError::Sql(error) => Arc::new(error),
                other => Arc::new(sqlx::Error::Protocol(other.to_string())),
            };
            for (work, _) in outcomes {
                work.answer(Err(StoreError::Commit(Arc::clone(&error))));
            }
        }
    }
}

/// One request of a group with what came of it.
type Outcome = (Box<dyn Work>, Result<(), StoreError>);

async fn run_group(tx: &mut Tx, group: Vec<Box<dyn Work>>, outcomes: &mut Vec<Outcome>) -> Result<(), StoreError> {
    // Everybody is in `outcomes` before anything can fail, so that everybody is answered.
    outcomes.extend(group.into_iter().map(|work| (work, Err(StoreError::Closed))));
    sqlx::query("BEGIN IMMEDIATE").execute(&mut tx.conn).await?;
    tx.catch_up().await?;
    for (work, outcome) in outcomes.iter_mut() {
        let mark = tx.log.mark();
        sqlx::query("SAVEPOINT request").execute(&mut tx.conn).await?;
        *outcome = work.run(tx).await;
        if outcome.is_err() {
            sqlx::query("ROLLBACK TO request").execute(&mut tx.conn).await?;
            tx.log.reset(mark);
        }
        sqlx::query("RELEASE request").execute(&mut tx.conn).await?;
    }
    // After an erasure the history is read anew, and from inside the transaction: nothing can fail after the COMMIT.
    tx.refold_if_needed().await?;
    sqlx::query("COMMIT").execute(&mut tx.conn).await?;
    tx.log.publish();
    Ok(())
}

/// Whether an erasure was committed whose deleted bytes were not yet cleared away: a crash came between.
pub(crate) async fn scrub_is_due(conn: &mut SqliteConnection) -> Result<bool, StoreError> {
    let (due,): (bool,) = sqlx::query_as("SELECT EXISTS (SELECT 1 FROM scrub_due)").fetch_one(conn).await?;
    Ok(due)
}

/// Deleted rows are overwritten as they go (`secure_delete`), but a page that was rebalanced may keep an old copy of a
/// row in its free space. VACUUM writes every page anew; then the write-ahead log is emptied. Says whether it could be.
pub(crate) async fn scrub(conn: &mut SqliteConnection) -> Result<bool, StoreError> {
    sqlx::query("VACUUM").execute(&mut *conn).await?;
    let (busy, _, _): (i64, i64, i64) = sqlx::query_as("PRAGMA wal_checkpoint(TRUNCATE)").fetch_one(&mut *conn).await?;
    if busy == 0 {
        sqlx::query("DELETE FROM scrub_due").execute(&mut *conn).await?;
    }
    Ok(busy == 0)
}
