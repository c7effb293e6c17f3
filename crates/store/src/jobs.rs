//! The queue of jobs. A job is claimed for a time (a lease); what it writes is taken only with its fencing token, the
//! pair (id, attempt), so that a worker that was thought dead cannot write over its successor.

use crate::{
    db::Conn,
    error::StoreError,
    query::{query, row},
    store::Store,
    time::{json, micros, name, named, number, parsed, timestamp},
};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

const TABLE: &str = "job";
/// How often a job is tried before it has failed.
pub const MAX_ATTEMPTS: u32 = 5;
/// Wait before the second attempt; it doubles with each one.
const BACKOFF: SignedDuration = SignedDuration::from_secs(1);

/// Where a job stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum JobState {
    /// Waits for a worker.
    Queued,
    /// Held by a worker.
    Running,
    /// Done.
    Done,
    /// Given up after [`MAX_ATTEMPTS`].
    Failed,
}

/// One job.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Job {
    /// Its number.
    pub id: i64,
    /// What is to be done.
    pub kind: String,
    /// Unique key.
    pub key: String,
    /// What it needs.
    pub payload: serde_json::Value,
    /// Where it stands.
    pub state: JobState,
    /// How often it was claimed: with `id` the fencing token.
    pub attempt: u32,
    /// Who holds it.
    pub owner: Option<String>,
    /// Until when.
    pub lease_until: Option<Timestamp>,
    /// What the worker last said of its progress.
    pub progress: Option<serde_json::Value>,
    /// Why the last attempt failed.
    pub error: Option<String>,
    /// When it was queued.
    pub created: Timestamp,
    /// When it ended.
    pub finished: Option<Timestamp>,
}

row! {
    struct Row {
        id: i64,
        kind: String,
        key: String,
        payload: String,
        state: String,
        attempt: i64,
        owner: Option<String>,
        lease_until_us: Option<i64>,
        progress: Option<String>,
        error: Option<String>,
        created_us: i64,
        finished_us: Option<i64>,
    }
}

impl Row {
    fn job(self) -> Result<Job, StoreError> {
        Ok(Job {
            id: self.id,
            kind: self.kind,
            key: self.key,
            payload: parsed(&self.payload, TABLE)?,
            state: named(self.state, TABLE)?,
            attempt: number(self.attempt, TABLE)?,
            owner: self.owner,
            lease_until: self.lease_until_us.map(|t| timestamp(t, TABLE)).transpose()?,
            progress: self.progress.map(|text| parsed(&text, TABLE)).transpose()?,
            error: self.error,
            created: timestamp(self.created_us, TABLE)?,
            finished: self.finished_us.map(|t| timestamp(t, TABLE)).transpose()?,
        })
    }
}

/// A time later by some span; the end of time if there is no such time.
fn later(t: Timestamp, span: SignedDuration) -> Timestamp {
    t.checked_add(span).unwrap_or(Timestamp::MAX)
}

/// Queues a job, unless there is one of the same key.
pub(crate) async fn put(
    conn: &mut Conn,
    now: Timestamp,
    kind: &str,
    key: &str,
    payload: &serde_json::Value,
) -> Result<(), StoreError> {
    query(
        "INSERT INTO job (kind, key, payload, state, attempt, not_before_us, created_us)
         VALUES ($1, $2, $3, 'queued', 0, $4, $4) ON CONFLICT (key) DO NOTHING",
    )
    .bind(kind)
    .bind(key)
    .bind(json(payload, TABLE)?)
    .bind(micros(now))
    .execute(conn)
    .await?;
    Ok(())
}

/// Ends an attempt.
pub(crate) async fn finish(
    conn: &mut Conn,
    now: Timestamp,
    id: i64,
    attempt: u32,
    error: Option<&str>,
) -> Result<(), StoreError> {
    let state = match error {
        None => JobState::Done,
        Some(_) if attempt < MAX_ATTEMPTS => JobState::Queued,
        Some(_) => JobState::Failed,
    };
    let not_before = later(now, BACKOFF * (1_i32 << attempt.min(16)));
    let finished = (state != JobState::Queued).then(|| micros(now));
    let done = query(
        "UPDATE job SET state = $3, error = $4, owner = NULL, lease_until_us = NULL, not_before_us = $5,
             finished_us = $6
         WHERE id = $1 AND attempt = $2 AND state = 'running'",
    )
    .bind(id)
    .bind(i64::from(attempt))
    .bind(name(&state, TABLE)?)
    .bind(error)
    .bind(micros(not_before))
    .bind(finished)
    .execute(conn)
    .await?;
    fenced(done, id, attempt)
}

fn fenced(rows: u64, id: i64, attempt: u32) -> Result<(), StoreError> {
    if rows == 0 { Err(StoreError::Fenced { id, attempt }) } else { Ok(()) }
}

impl Store {
    /// Takes the oldest job that waits, or whose lease has run out, for the length of a lease. None if there is none.
    /// A job whose holder vanished in its last attempt has failed.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub async fn claim(&self, now: Timestamp, owner: &str, lease: SignedDuration) -> Result<Option<Job>, StoreError> {
        let (owner, until) = (owner.to_owned(), micros(later(now, lease)));
        let row: Option<Row> = self
            .write(move |tx| {
                Box::pin(async move {
                    query(
                        "UPDATE job SET state = 'failed', owner = NULL, lease_until_us = NULL, finished_us = $1,
                             error = 'the worker vanished in the last attempt'
                         WHERE state = 'running' AND lease_until_us <= $1 AND attempt >= $2",
                    )
                    .bind(micros(now))
                    .bind(i64::from(MAX_ATTEMPTS))
                    .execute(&mut tx.conn)
                    .await?;
                    let row = query(
                        "UPDATE job SET state = 'running', attempt = attempt + 1, owner = $2, lease_until_us = $3,
                             progress = NULL
                         WHERE id = (SELECT id FROM job
                             WHERE (state = 'queued' AND not_before_us <= $1)
                                 OR (state = 'running' AND lease_until_us <= $1)
                             ORDER BY id LIMIT 1)
                         RETURNING *",
                    )
                    .bind(micros(now))
                    .bind(owner)
                    .bind(until)
                    .fetch_optional(&mut tx.conn)
                    .await?;
                    Ok(row)
                })
            })
            .await?;
        row.map(Row::job).transpose()
    }

    /// Holds a job for another lease, and notes its progress.
    ///
    /// # Errors
    /// [`StoreError::Fenced`] when the job is no longer held by this attempt: stop working on it.
    pub async fn heartbeat(
        &self,
        now: Timestamp,
        job: &Job,
        lease: SignedDuration,
        progress: Option<serde_json::Value>,
    ) -> Result<(), StoreError> {
        let (id, attempt, until) = (job.id, job.attempt, micros(later(now, lease)));
        let progress = progress.map(|value| json(&value, TABLE)).transpose()?;
        self.write(move |tx| {
            Box::pin(async move {
                let done = query(
                    "UPDATE job SET lease_until_us = $3, progress = COALESCE($4, progress)
                     WHERE id = $1 AND attempt = $2 AND state = 'running'",
                )
                .bind(id)
                .bind(i64::from(attempt))
                .bind(until)
                .bind(progress)
                .execute(&mut tx.conn)
                .await?;
                fenced(done, id, attempt)
            })
        })
        .await
    }

    /// Jobs, newest first; at most `limit`.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn jobs(&self, limit: u32) -> Result<Vec<Job>, StoreError> {
        let rows: Vec<Row> =
            query("SELECT * FROM job ORDER BY id DESC LIMIT $1").bind(limit).fetch_all(&self.inner.readers).await?;
        rows.into_iter().map(Row::job).collect()
    }

    /// The job of a key.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn job(&self, key: &str) -> Result<Option<Job>, StoreError> {
        let row: Option<Row> =
            query("SELECT * FROM job WHERE key = $1").bind(key).fetch_optional(&self.inner.readers).await?;
        row.map(Row::job).transpose()
    }

    /// Number of jobs that wait or run.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn open_jobs(&self) -> Result<u64, StoreError> {
        let (count,): (i64,) = query("SELECT COUNT(*) FROM job WHERE state IN ('queued', 'running')")
            .fetch_one(&self.inner.readers)
            .await?;
        number(count, TABLE)
    }

    /// Deletes ended jobs that ended before a time. Returns how many.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub async fn prune_jobs(&self, before: Timestamp) -> Result<u64, StoreError> {
        self.write(move |tx| {
            Box::pin(async move {
                let done =
                    query("DELETE FROM job WHERE finished_us < $1").bind(micros(before)).execute(&mut tx.conn).await?;
                Ok(done)
            })
        })
        .await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_beyond_the_end_is_the_end() {
        assert_eq!(later(Timestamp::MAX, SignedDuration::from_secs(1)), Timestamp::MAX);
    }
}
