//! Works on the job queue: claims a job, runs it, ends it. A job that fails is tried again later; one whose worker died
//! is claimed again when its lease has run out. Progress is a row, so that the console shows it.

use crate::{
    jobs::{erase_member, forget_member},
    platform::{self, Platform},
    serving::Serving,
};
use anyhow::{Context, Result};
use candor_core::MemberId;
use candor_store::{Change, Job};
use jiff::SignedDuration;
use std::{sync::Arc, time::Duration};

/// How long a worker may be silent before its job is given to another.
const LEASE: SignedDuration = SignedDuration::from_mins(2);
/// Longest wait before the queue and the served release are looked at without being told: other processes write too.
const IDLE: Duration = Duration::from_millis(500);

/// Works until the task is dropped.
pub async fn run(platform: Platform, serving: Arc<Serving>) {
    let owner = format!("{}-{:08x}", std::process::id(), rand::random::<u32>());
    loop {
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
        "erase_member" => erase_member::run(platform, &member()?, platform::now()).await.map(drop),
        other => anyhow::bail!("no job is called `{other}`; this program may be older than the one that queued it"),
    }
}
