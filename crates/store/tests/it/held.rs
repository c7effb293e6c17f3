//! What holds an erasure back on PostgreSQL: the server keeps deleted rows alive while a transaction that began before
//! might still look at them. The receipt must not say that they are gone, and must say it once they are.

use crate::{at, id};
use candor_store::{
    Change, Database, Store,
    testing::{Bed, Postgres, erasure, member, registered},
};
use futures_util::future::join_all;
use sqlx::{ConnectOptions, PgConnection};
use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};
use tokio::task::JoinHandle;

/// A session of somebody else, without any limit of time.
async fn session(bed: &Bed) -> PgConnection {
    let Database::Postgres(options) = bed.place().database else { unreachable!() };
    options.connect().await.unwrap()
}

async fn run(session: &mut PgConnection, sql: &'static str) {
    sqlx::raw_sql(sql).execute(session).await.unwrap();
}

const NAME: &str = "Wilhelmina Zuckerkandl";

async fn store_with_wil(bed: &Bed) -> Store {
    let store = bed.open().await;
    let row = candor_core::Member { name: NAME.into(), ..member("wil") };
    store.commit(at(1), vec![Change::PutMember(row), Change::event(registered("wil"))]).await.unwrap();
    assert!(!erasure::found(bed, &[NAME]).await.is_empty(), "it is there before");
    store
}

/// Erases while something holds the rows, and finishes when it is gone.
async fn check(case: &str, bed: &Bed, store: &Store, end: impl Future<Output = ()>) {
    let report = store.erase_member(at(2), &id("wil")).await.unwrap();
    let left = erasure::found(bed, &[NAME]).await;
    assert_eq!((report.scrubbed, left.is_empty()), (false, false), "{case}");
    end.await;
    erasure::finish(bed, store).await;
    assert_eq!(erasure::found(bed, &[NAME]).await, Vec::<String>::new(), "{case}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_transaction_that_may_still_look_holds_it_back() {
    // Of its own: one who writes holds back whoever else is on the server.
    let Some(server) = Postgres::own().await else { return };
    let cases = [
        ("with a view", true, "BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT 1"),
        ("with a view and a lock", true, "BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT * FROM member"),
        ("after a write", true, "BEGIN; SELECT pg_current_xact_id()"),
        // VACUUM's own view begins with the oldest transaction that writes, in whatever database.
        ("after a write in another database", false, "BEGIN; SELECT pg_current_xact_id()"),
    ];
    join_all(cases.map(async |(case, here, begin)| {
        let (bed, other) = (Bed::of(server.database().await), Bed::of(server.database().await));
        let store = store_with_wil(&bed).await;
        let mut holder = session(if here { &bed } else { &other }).await;
        run(&mut holder, begin).await;
        check(case, &bed, &store, async { run(&mut holder, "ROLLBACK").await }).await;
    }))
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_statement_that_is_at_work_holds_it_back() {
    let Some(server) = Postgres::own().await else { return };
    // As autovacuum does the second; the table is none of those that are written anew.
    let cases = ["SELECT pg_advisory_lock(1)", "ANALYZE tree_hash"];
    join_all(cases.map(async |statement| {
        let bed = Bed::of(server.database().await);
        let store = store_with_wil(&bed).await;
        let (mut blocker, working) = at_work(&bed, statement).await;
        check(statement, &bed, &store, async {
            run(&mut blocker, "ROLLBACK").await;
            working.await.unwrap();
        })
        .await;
    }))
    .await;
}

/// A session that is at work on a statement until the other's transaction ends, which itself has no view of the data.
async fn at_work(bed: &Bed, statement: &'static str) -> (PgConnection, JoinHandle<()>) {
    let (mut blocker, mut holder) = (session(bed).await, session(bed).await);
    run(&mut blocker, "BEGIN; SELECT pg_advisory_xact_lock(1)").await;
    run(&mut blocker, "LOCK TABLE tree_hash IN SHARE UPDATE EXCLUSIVE MODE").await;
    let working = tokio::spawn(async move { run(&mut holder, statement).await });
    let waits = "SELECT EXISTS (SELECT 1 FROM pg_stat_activity WHERE datname = current_database()
        AND state = 'active' AND wait_event_type = 'Lock' AND backend_xmin IS NOT NULL)";
    let mut watch = session(bed).await;
    while !sqlx::query_scalar::<_, bool>(waits).fetch_one(&mut watch).await.unwrap() {
        tokio::task::yield_now().await;
    }
    (blocker, working)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_ends_soon_is_waited_for() {
    let Some(server) = Postgres::own().await else { return };
    let bed = Bed::of(server.database().await);
    let store = store_with_wil(&bed).await;
    let (mut blocker, working) = at_work(&bed, "ANALYZE tree_hash").await;
    let before = store.head();
    let erasing = tokio::spawn({
        let store = store.clone();
        async move { store.erase_member(at(2), &id("wil")).await.unwrap() }
    });
    while store.head() == before {
        tokio::task::yield_now().await;
    }
    run(&mut blocker, "ROLLBACK").await;
    working.await.unwrap();
    assert!(erasing.await.unwrap().scrubbed);
    assert_eq!(erasure::found(&bed, &[NAME]).await, Vec::<String>::new());
    // Nothing is left to do, so nobody is in the way.
    let (_blocker, _working) = at_work(&bed, "ANALYZE tree_hash").await;
    assert!(store.finish_erasures().await.unwrap());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_analyze_holds_is_never_called_gone() {
    let Some(bed) = Bed::postgres().await else { return };
    let store = store_with_wil(&bed).await;
    let done = Arc::new(AtomicBool::new(false));
    let analyzing = tokio::spawn({
        let (mut holder, done) = (session(&bed).await, Arc::clone(&done));
        async move {
            while !done.load(Ordering::Relaxed) {
                run(&mut holder, "ANALYZE").await;
            }
        }
    });
    let report = store.erase_member(at(2), &id("wil")).await.unwrap();
    let left = erasure::found(&bed, &[NAME]).await;
    assert!(left.is_empty() || !report.scrubbed, "{left:?}");
    erasure::finish(&bed, &store).await;
    assert_eq!(erasure::found(&bed, &[NAME]).await, Vec::<String>::new());
    done.store(true, Ordering::Relaxed);
    analyzing.await.unwrap();
}
