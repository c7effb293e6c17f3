//! Works on the job queue: claims a job, runs it, ends it. A job that fails is tried again later; one whose worker died
//! is claimed again when its lease has run out. Progress is a row, so that the console shows it.

use crate::{
    egress,
    jobs::{erase_member, forget_member, meet_obligations},
    platform::{self, Platform},
    serving::Serving,
};
use anyhow::{Context, Result};
use candor_core::{MemberId, Seq};
use candor_store::{Change, Job, JobState, StoreError};
use jiff::{SignedDuration, Timestamp, tz::TimeZone};
use std::{sync::Arc, time::Duration};

/// How long a worker may be silent before its job is given to another.
const LEASE: SignedDuration = SignedDuration::from_mins(2);
/// Longest wait before the queue and the served release are looked at without being told: other processes write too.
const IDLE: Duration = Duration::from_millis(500);

/// The job that looks at past uses and meets what they oblige to.
const MEET: &str = "meet_obligations";
/// The job that erases a member.
const ERASE: &str = "erase_member";

/// Works until the task is dropped.
pub async fn run(platform: Platform, serving: Arc<Serving>) {
    let owner = format!("{}-{:08x}", std::process::id(), rand::random::<u32>());
    let mut watch = Watch { seen: platform.store.history().last(), queued: None, hour: None };
    loop {
        if let Err(error) = watch.look(&platform, platform::now()).await {
            tracing::error!(%error, "cannot queue the look at past uses");
        }
        if let Err(error) = watch.close_days(&platform, platform::now()).await {
            tracing::error!(error = format!("{error:#}"), "cannot log what went to providers");
        }
        let told = platform.store.jobs_changed();
        match platform.store.claim(platform::now(), &owner, LEASE).await {
            Ok(Some(job)) => work(&platform, &serving, job).await,
            Ok(None) => {
                if let Err(error) = serving.follow().await {
                    tracing::error!(%error, "cannot follow what is served");
                }
                let _ = tokio::time::timeout(IDLE, told.notified()).await;
            }
            Err(error) => {
                tracing::error!(%error, "cannot claim a job");
                tokio::time::sleep(IDLE).await;
            }
        }
    }
}

/// Queues the look at past uses: once a day, and when an entry calls for it at once.
struct Watch {
    /// The log was looked at up to here.
    seen: Seq,
    /// The look that an entry called for last. While it waits, what comes is looked at with it.
    queued: Option<String>,
    /// The hour, counted from 1970, in which what went to providers was last looked at.
    hour: Option<i64>,
}

impl Watch {
    async fn look(&mut self, platform: &Platform, now: Timestamp) -> Result<(), StoreError> {
        let day = format!("obligations/{}", now.to_zoned(TimeZone::UTC).date());
        let mut wanted = Vec::new();
        if platform.store.job(&day).await?.is_none() {
            wanted.push(day);
        }
        let history = platform.store.history();
        let (seen, last) = (self.seen, history.last());
        if last > seen {
            let mut fresh = (seen.0 + 1..=last.0).filter_map(|seq| history.event(Seq(seq)));
            let waits = match &self.queued {
                Some(key) => platform.store.job(key).await?.is_some_and(|job| job.state == JobState::Queued),
                None => false,
            };
            if !waits && fresh.any(|logged| meet_obligations::is_pressing(&history, logged)) {
                let key = format!("obligations/{last}");
                self.queued = Some(key.clone());
                wanted.push(key);
            }
            self.seen = last;
        }
        let put = |key| Change::PutJob { kind: MEET.into(), key, payload: serde_json::json!({}) };
        let wanted: Vec<Change> = wanted.into_iter().map(put).collect();
        if !wanted.is_empty() {
            platform.store.commit(now, wanted).await?;
        }
        Ok(())
    }
}

impl Watch {
    /// Logs what went to providers on days that are over; looks once an hour.
    async fn close_days(&mut self, platform: &Platform, now: Timestamp) -> Result<()> {
        let hour = now.as_second() / 3600;
        if self.hour != Some(hour) {
            egress::close_days(&platform.store, now).await?;
            self.hour = Some(hour);
        }
        Ok(())
    }
}

/// Works on what waits in the queue now, and ends.
pub async fn drain(platform: &Platform, serving: &Serving) -> Result<u64> {
    let owner = format!("{}-drain", std::process::id());
    let mut done = 0;
    while let Some(job) = platform.store.claim(platform::now(), &owner, LEASE).await? {
        work(platform, serving, job).await;
        done += 1;
    }
    Ok(done)
}

async fn work(platform: &Platform, serving: &Serving, job: Job) {
    let beat = tokio::spawn(heartbeat(platform.clone(), job.clone()));
    let result = run_one(platform, serving, &job).await;
    beat.abort();
    let error = result.err().map(|error| format!("{error:#}"));
    if let Some(error) = &error {
        tracing::warn!(job.id, job.kind, error, "a job failed");
    }
    let finish = Change::FinishJob { id: job.id, attempt: job.attempt, error };
    if let Err(error) = platform.store.commit(platform::now(), vec![finish]).await {
        tracing::error!(%error, job.id, "cannot end a job");
    }
    // A job that erases names whom it erased.
    if job.kind == ERASE
        && let Err(error) = platform.store.prune_jobs(platform::now()).await
    {
        tracing::error!(%error, job.id, "cannot forget an ended job");
    }
}

async fn heartbeat(platform: Platform, job: Job) {
    loop {
        tokio::time::sleep(LEASE.unsigned_abs() / 4).await;
        if platform.store.heartbeat(platform::now(), &job, LEASE, None).await.is_err() {
            return;
        }
    }
}

async fn run_one(platform: &Platform, serving: &Serving, job: &Job) -> Result<()> {
    let member = || {
        let text = job.payload.get("member").and_then(serde_json::Value::as_str).context("the job names no member")?;
        Ok::<_, anyhow::Error>(MemberId::new(text)?)
    };
    match job.kind.as_str() {
        "forget_member" => forget_member::run(platform, &member()?, Some(serving)).await.map(drop),
        MEET => meet_obligations::run(platform, Some(serving), platform::now()).await.map(drop),
        ERASE => erase_member::run(platform, &member()?, platform::now()).await.map(drop),
        other => anyhow::bail!("no job is called `{other}`; this program may be older than the one that queued it"),
    }
}
