//! A PostgreSQL server that goes away: nothing acknowledged is lost, and the writer finds the new one.

use crate::{at, registered, verify_log};
use candor_core::Seq;
use candor_store::{
    Change, StoreError,
    testing::{Bed, Postgres, id},
};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_crashes_loses_nothing_acknowledged() {
    let Some(server) = Postgres::own().await else { return };
    let bed = Bed::of(server.database().await);
    let store = bed.open().await;
    let (mut acknowledged, mut refused) = (Vec::new(), 0);
    for round in 0..3 {
        let writer = tokio::spawn({
            let store = store.clone();
            async move {
                let mut done = Vec::new();
                for n in 0_u64.. {
                    let name = format!("r{round}-{n}");
                    match store.commit(at(round), vec![Change::event(registered(&name))]).await {
                        Ok(committed) => done.push((name, committed.receipts[0].seq)),
                        Err(StoreError::Commit(_) | StoreError::Unclear) => return (done, true),
                        Err(error) => panic!("{error}"),
                    }
                    if done.len() == 400 {
                        return (done, false);
                    }
                }
                unreachable!()
            }
        });
        // Somewhere in the writer's work, after it has begun.
        while store.head().seq.0 < acknowledged.len() as u64 + 5 {
            tokio::task::yield_now().await;
        }
        server.crash();
        server.start();
        let (done, failed) = writer.await.unwrap();
        acknowledged.extend(done);
        refused += u64::from(failed);
    }
    // The writer goes on, and everybody sees the same log.
    store.commit(at(9), vec![Change::event(registered("last"))]).await.unwrap();
    for (name, seq) in &acknowledged {
        assert_eq!(store.entry(*seq).await.unwrap().unwrap().member, Some(id(name)), "{name}");
    }
    verify_log(&store).await;
    assert!(store.history().members().count() as u64 <= acknowledged.len() as u64 + refused + 1);
    let other = bed.open().await;
    assert_eq!(other.head(), store.head());
    assert_eq!(other.history().last(), Seq(store.head().seq.0));
}

#[tokio::test]
async fn a_server_that_may_lose_what_it_acknowledges_is_refused() {
    let Some(server) = Postgres::own().await else { return };
    for (setting, value) in
        [("synchronous_commit", "off"), ("synchronous_commit", "local"), ("full_page_writes", "off")]
    {
        let bed = Bed::of(server.database().await);
        server.admin(format!("ALTER SYSTEM SET {setting} = {value}")).await;
        server.crash();
        server.start();
        let error = candor_store::Store::open_at(bed.place(), candor_store::testing::book()).await.unwrap_err();
        let text = error.to_string();
        assert!(text.contains(setting) && text.contains(value), "{text}");
        server.admin(format!("ALTER SYSTEM RESET {setting}")).await;
    }
}
