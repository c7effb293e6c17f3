//! Jobs, sessions, documents.

use super::{Bed, at, id};
use crate::{Change, Job, JobState, Role, SESSION_ABSOLUTE, SESSION_IDLE, Store, StoreError, jobs::MAX_ATTEMPTS};
use jiff::SignedDuration;
use serde_json::json;

const LEASE: SignedDuration = SignedDuration::from_secs(10);

async fn queue(store: &Store, key: &str) {
    let job = Change::PutJob { kind: "forget_member".into(), key: key.into(), payload: json!({ "member": "ann" }) };
    store.commit(at(0), vec![job]).await.unwrap();
}

async fn finish(store: &Store, second: i64, job: &Job, error: Option<&str>) -> Result<(), StoreError> {
    let change = Change::FinishJob { id: job.id, attempt: job.attempt, error: error.map(String::from) };
    store.commit(at(second), vec![change]).await.map(drop)
}

/// A job is done once and a late worker is fenced.
pub async fn a_job_is_done_once_and_a_late_worker_is_fenced(bed: &Bed) {
    let store = bed.open().await;
    queue(&store, "a").await;
    queue(&store, "a").await;
    queue(&store, "b").await;
    assert_eq!(store.open_jobs().await.unwrap(), 2, "one job a key");
    let first = store.claim(at(1), "one", LEASE).await.unwrap().unwrap();
    assert_eq!((first.key.as_str(), first.attempt, first.state), ("a", 1, JobState::Running));
    assert_eq!(store.claim(at(1), "two", LEASE).await.unwrap().unwrap().key, "b");
    assert_eq!(store.claim(at(1), "three", LEASE).await.unwrap(), None);

    store.heartbeat(at(9), &first, LEASE, Some(json!({ "done": 3 }))).await.unwrap();
    let held = store.job("a").await.unwrap().unwrap();
    assert_eq!((held.progress, held.lease_until), (Some(json!({ "done": 3 })), Some(at(19))));
    // `b` ran out at 11, `a` at 19.
    assert_eq!(store.claim(at(12), "two", LEASE).await.unwrap().unwrap().key, "b");
    let second = store.claim(at(20), "two", LEASE).await.unwrap().unwrap();
    assert_eq!((second.key.as_str(), second.attempt), ("a", 2));
    assert!(matches!(finish(&store, 21, &first, None).await, Err(StoreError::Fenced { attempt: 1, .. })));
    assert!(matches!(store.heartbeat(at(21), &first, LEASE, None).await, Err(StoreError::Fenced { .. })));
    finish(&store, 22, &second, None).await.unwrap();
    assert!(matches!(finish(&store, 23, &second, None).await, Err(StoreError::Fenced { .. })));
    assert_eq!(store.job("a").await.unwrap().unwrap().finished, Some(at(22)));
    assert_eq!(store.prune_jobs(at(30)).await.unwrap(), 1);
    assert_eq!(store.jobs(9).await.unwrap().len(), 1);
}

/// A job that fails waits longer each time and is given up.
pub async fn a_job_that_fails_waits_longer_each_time_and_is_given_up(bed: &Bed) {
    let store = bed.open().await;
    queue(&store, "a").await;
    let mut second = 1;
    for attempt in 1..=MAX_ATTEMPTS {
        let job = store.claim(at(second), "w", LEASE).await.unwrap().unwrap();
        assert_eq!(job.attempt, attempt);
        finish(&store, second, &job, Some("the disk was full")).await.unwrap();
        assert_eq!(store.claim(at(second + (1 << attempt) - 1), "w", LEASE).await.unwrap(), None);
        second += 1 << attempt;
    }
    let job = store.job("a").await.unwrap().unwrap();
    assert_eq!((job.state, job.error.as_deref()), (JobState::Failed, Some("the disk was full")));
    // The same for one whose worker vanishes each time.
    queue(&store, "b").await;
    for _ in 0..MAX_ATTEMPTS {
        second += 20;
        assert!(store.claim(at(second), "w", LEASE).await.unwrap().is_some());
    }
    assert_eq!(store.claim(at(second + 20), "w", LEASE).await.unwrap(), None);
    assert_eq!(store.job("b").await.unwrap().unwrap().state, JobState::Failed);
}

/// A new job wakes the worker.
pub async fn a_new_job_wakes_the_worker(bed: &Bed) {
    let store = bed.open().await;
    let changed = store.jobs_changed();
    queue(&store, "a").await;
    // Queued before the wait began: the permit is kept.
    tokio::time::timeout(std::time::Duration::from_secs(5), changed.notified()).await.unwrap();
}

/// A session ends when idle and when old and is kept as a hash.
pub async fn a_session_ends_when_idle_and_when_old_and_is_kept_as_a_hash(bed: &Bed) {
    let store = bed.open().await;
    let secret = store.create_session(at(0), Some(id("ann")), Role::Member).await.unwrap();
    assert_eq!(secret.len(), 64);
    let found = store.session(at(1), &secret).await.unwrap().unwrap();
    assert_eq!((found.member, found.role), (Some(id("ann")), Role::Member));
    assert_eq!(store.session(at(1), "guess").await.unwrap(), None);
    for path in bed.kept_files().await {
        let bytes = std::fs::read(&path).unwrap();
        assert!(!String::from_utf8_lossy(&bytes).contains(&secret), "{}", path.display());
    }
    // Used again and again it lives until it is old.
    let (idle, old) = (SESSION_IDLE.as_secs(), SESSION_ABSOLUTE.as_secs());
    let mut second = 0;
    while second + idle - 1 < old {
        second += idle - 1;
        assert!(store.session(at(second), &secret).await.unwrap().is_some(), "{second}");
    }
    assert_eq!(store.session(at(old), &secret).await.unwrap(), None);
    let officer = store.create_session(at(0), None, Role::Officer).await.unwrap();
    assert_eq!(store.session(at(idle), &officer).await.unwrap(), None);
    let gone = store.create_session(at(0), None, Role::Officer).await.unwrap();
    store.delete_session(&gone).await.unwrap();
    assert_eq!(store.session(at(1), &gone).await.unwrap(), None);
}

/// A document is replaced as a whole.
pub async fn a_document_is_replaced_as_a_whole(bed: &Bed) {
    let store = bed.open().await;
    assert_eq!(store.document("table").await.unwrap(), None);
    for value in [json!({ "a": 1 }), json!([1, 2])] {
        let change = Change::PutDocument { key: "table".into(), json: value.clone() };
        store.commit(at(0), vec![change]).await.unwrap();
        assert_eq!(store.document("table").await.unwrap(), Some(value));
    }
    for key in ["täg:1", "täg:2", "tägs"] {
        store.commit(at(0), vec![Change::PutDocument { key: key.into(), json: json!(key) }]).await.unwrap();
    }
    let found = store.documents("täg:").await.unwrap();
    assert_eq!(found.into_iter().collect::<Vec<_>>(), ["täg:1", "täg:2"].map(|key| (key.to_owned(), json!(key))));
}
