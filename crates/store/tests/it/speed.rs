//! How fast records come in; the figures are printed, never asserted. To read them:
//! `cargo test --release -p candor-store --test it -- --nocapture speed`.

use crate::{at, member, open, record, registered};
use candor_store::Change;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[expect(clippy::disallowed_methods, reason = "a measurement asks for the time")]
async fn twenty_thousand_records_of_two_thousand_members() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path()).await;
    let start = std::time::Instant::now();
    let people = (0..2000).map(|n| format!("member-{n}"));
    let list = people.flat_map(|name| [Change::PutMember(member(&name)), Change::event(registered(&name))]).collect();
    store.commit(at(0), list).await.unwrap();
    let directory = start.elapsed();
    let text = "A sentence of the length that people write in a feed, with nothing in it that repeats. ".repeat(4);
    let records: Vec<_> = (0..20_000)
        .map(|n| record(&format!("{n}"), &format!("member-{}", n % 2000), 0, &format!("{n} {text}")))
        .collect();
    let start = std::time::Instant::now();
    for batch in records.chunks(2000) {
        store.commit(at(1), vec![Change::PutRecords(batch.to_vec())]).await.unwrap();
    }
    let inbox = start.elapsed();
    let report = store.merge_inbox(|_| {}).await.unwrap();
    let all = start.elapsed();
    println!("directory {directory:?}; inbox {inbox:?}, with merge {all:?}; {report:?}");
    assert_eq!((report.merged, report.buckets), (20_000, 64));

    let start = std::time::Instant::now();
    let tasks: Vec<_> = (0..1000)
        .map(|n| {
            let store = store.clone();
            let event = crate::choice(&format!("member-{n}"), candor_core::ChoiceValue::Off, None);
            tokio::spawn(async move { store.commit(at(2), vec![Change::event(event)]).await.unwrap() })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
    println!("1000 opt-outs at once: {:?}", start.elapsed());
    let start = std::time::Instant::now();
    let report = store.erase_member(at(3), &crate::id("member-7")).await.unwrap();
    println!("one erasure: {:?}, {} records", start.elapsed(), report.records);
}
