//! Works on the job queue: claims a job, runs it, ends it. A job that fails is tried again later; one whose worker died
//! is claimed again when its lease has run out. Progress is a row, so that the console shows it.

use crate::{
    config::When,
    egress,
    jobs::{erase_member, forget_member, leave_serving, leaving, meet_obligations},
    platform::{self, Platform},
    serving::Serving,
};
use anyhow::{Context, Result};
use candor_core::{Logged, MemberId, Seq};
use candor_store::{Change, Job, JobState, StoreError};
use jiff::{SignedDuration, Timestamp, civil::Date, tz::TimeZone};
use serde_json::json;
use std::{collections::BTreeMap, sync::Arc, time::Duration};

/// How long a worker may be silent before its job is given to another.
const LEASE: SignedDuration = SignedDuration::from_mins(2);
/// Longest wait before the queue and the served release are looked at without being told: other processes write too.
const IDLE: Duration = Duration::from_millis(500);

/// The job that looks at past uses and meets what they oblige to.
const MEET: &str = "meet_obligations";
/// The job that forgets a member, or whoever must leave by then.
const FORGET: &str = "forget_member";
/// The job that erases a member.
const ERASE: &str = "erase_member";

/// Works until the task is dropped. Who must leave what is served leaves it while a long job is at work, too.
pub async fn run(platform: Platform, serving: Arc<Serving>) {
    tokio::join!(leave(&platform, &serving), work_on(&platform, &serving));
}

/// Follows what other processes changed, and takes out of what is served whoever must leave it.
async fn leave(platform: &Platform, serving: &Serving) {
    let mut seen = Seq(0);
    loop {
        let told = platform.store.jobs_changed();
        let told = told.notified();
        if let Err(error) = serving.follow().await {
            tracing::error!(%error, "cannot follow what is served");
        }
        match leave_serving::look(platform, serving, seen, platform::now()).await {
            Ok(last) => seen = last,
            Err(error) => tracing::error!(%error, "cannot see who must leave what is served"),
        }
        let _ = tokio::time::timeout(IDLE, told).await;
    }
}

async fn work_on(platform: &Platform, serving: &Serving) {
    let owner = format!("{}-{:08x}", std::process::id(), rand::random::<u32>());
    let mut watch = Watch { seen: platform.store.history().last(), day: None, queued: BTreeMap::new(), hour: None };
    loop {
        if let Err(error) = watch.look(platform, platform::now()).await {
            tracing::error!(%error, "cannot queue the look at past uses");
        }
        if let Err(error) = watch.close_hour(platform, platform::now()).await {
            tracing::error!(
                error = format!("{error:#}"),
                "cannot log what went to providers, or clear away what was erased"
            );
        }
        let told = platform.store.jobs_changed();
        match platform.store.claim(platform::now(), &owner, LEASE).await {
            Ok(Some(job)) => work(platform, serving, job).await,
            Ok(None) => {
                if let Err(error) = serving.learn(platform::now()).await {
                    tracing::error!(%error, "cannot learn who may not be named");
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

/// Queues the look at past uses once a day, and looks when an entry calls for it at once.
struct Watch {
    /// The log was looked at up to here.
    seen: Seq,
    /// The day whose look is queued.
    day: Option<Date>,
    /// The job of each kind that an entry called for last. While it waits, what comes is looked at with it.
    queued: BTreeMap<&'static str, String>,
    /// The hour, counted from 1970, in which was last looked at what went to providers and what is left of erasures.
    hour: Option<i64>,
}

impl Watch {
    async fn look(&mut self, platform: &Platform, now: Timestamp) -> Result<(), StoreError> {
        let day = now.to_zoned(TimeZone::UTC).date();
        let mut wanted = Vec::new();
        if self.day != Some(day) {
            wanted.push(job(MEET, format!("obligations/{day}"), json!({ "nightly": true })));
        }
        let history = platform.store.history();
        let (seen, last) = (self.seen, history.last());
        let fresh: Vec<&Logged> = (seen.0 + 1..=last.0).filter_map(|seq| history.event(Seq(seq))).collect();
        if fresh.iter().any(|logged| leaving::may_reach(&history, logged)) {
            wanted.extend(self.pressing(platform, FORGET, last).await?);
        }
        if fresh.iter().any(|logged| meet_obligations::is_pressing(&history, logged)) {
            wanted.extend(self.pressing(platform, MEET, last).await?);
        }
        if !wanted.is_empty() {
            platform.store.commit(now, wanted).await?;
        }
        (self.seen, self.day) = (last, Some(day));
        Ok(())
    }

    /// The job that an entry calls for, unless one of its kind waits already.
    async fn pressing(
        &mut self,
        platform: &Platform,
        kind: &'static str,
        last: Seq,
    ) -> Result<Option<Change>, StoreError> {
        if let Some(key) = self.queued.get(kind)
            && platform.store.job(key).await?.is_some_and(|job| job.state == JobState::Queued)
        {
            return Ok(None);
        }
        let key = format!("{kind}/{last}");
        self.queued.insert(kind, key.clone());
        Ok(Some(job(kind, key, json!({}))))
    }

    /// Logs what went to providers on days that are over, and clears away what erasures had to leave in the database; looks
    /// once an hour.
    async fn close_hour(&mut self, platform: &Platform, now: Timestamp) -> Result<()> {
        let hour = now.as_second() / 3600;
        if self.hour != Some(hour) {
            egress::close_days(&platform.store, now).await?;
            // Where something still holds them, the store warns.
            platform.store.finish_erasures().await?;
            self.hour = Some(hour);
        }
        Ok(())
    }
}

fn job(kind: &str, key: String, payload: serde_json::Value) -> Change {
    Change::PutJob { kind: kind.into(), key, payload }
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
        FORGET if job.payload.get("member").is_some() => {
            forget_member::run(platform, &member()?, Some(serving)).await.map(drop)
        }
        FORGET => forget_member::due(platform, Some(serving)).await.map(drop),
        MEET => {
            let trains = job.payload.get("nightly").is_some() || platform.settings.forget.when == When::AtOnce;
            meet_obligations::run(platform, Some(serving), trains, platform::now()).await.map(drop)
        }
        ERASE => erase_member::run(platform, &member()?, Some(serving), platform::now()).await.map(drop),
        other => anyhow::bail!("no job is called `{other}`; this program may be older than the one that queued it"),
    }
}
