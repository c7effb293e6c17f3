//! Records: the inbox, the merge into buckets, edits, deletions.

use super::{Bed, at, files, id, record, verify};
use crate::{Change, Store, StoreError, bucket_of, read_schema};
use arrow::array::{Array, BooleanArray, StringArray};
use candor_core::{Event, Record, RecordId, Seq};
use std::collections::BTreeMap;

async fn put(store: &Store, records: Vec<Record>) -> (u64, u64, u64) {
    let done = store.commit(at(1), vec![Change::PutRecords(records)]).await.unwrap();
    (done.added, done.updated, done.known)
}

/// Every record in the files: id to (text, deleted).
async fn all(store: &Store) -> BTreeMap<String, (String, bool)> {
    let mut found = BTreeMap::new();
    for bucket in store.buckets().await.unwrap() {
        let mut last = (String::new(), 0);
        for batch in store.read_bucket(bucket).await.unwrap() {
            assert_eq!(batch.schema(), read_schema());
            let text = |name: &str| {
                batch.column_by_name(name).unwrap().as_any().downcast_ref::<StringArray>().unwrap().clone()
            };
            let (ids, members, texts) = (text("record"), text("member"), text("text"));
            let deleted =
                batch.column_by_name("deleted").unwrap().as_any().downcast_ref::<BooleanArray>().unwrap().clone();
            for row in 0..batch.num_rows() {
                assert_eq!(bucket_of(&id(members.value(row))), bucket);
                let key = (members.value(row).to_owned(), 0);
                assert!(key >= last, "sorted by member");
                last = key;
                let row = (ids.value(row).to_owned(), (texts.value(row).to_owned(), deleted.value(row)));
                assert!(found.insert(row.0, row.1).is_none(), "no record twice");
            }
        }
    }
    found
}

/// A second import adds nothing and a later edit wins.
pub async fn a_second_import_adds_nothing_and_a_later_edit_wins(bed: &Bed) {
    let store = bed.open().await;
    let first = vec![record("1", "ann", 0, "one"), record("2", "ann", 0, "two"), record("3", "bob", 0, "three")];
    assert_eq!(put(&store, first.clone()).await, (3, 0, 0));
    assert_eq!(put(&store, first.clone()).await, (0, 0, 3));
    assert_eq!(store.head().seq, Seq(1), "one entry for what was taken, none for nothing");
    let entry = store.entry(Seq(1)).await.unwrap().unwrap();
    assert!(entry.payload.unwrap().contains(r#""records":3"#));

    let report = store.merge_inbox(|_| {}).await.unwrap();
    assert_eq!((report.buckets, report.merged, report.records), (2, 3, 3));
    assert_eq!(store.merge_inbox(|_| {}).await.unwrap().buckets, 0);
    assert_eq!(put(&store, first).await, (0, 0, 3));

    // Earlier and equal edits lose, later ones win, in the inbox and in the file; nobody takes another one's record.
    assert_eq!(put(&store, vec![record("1", "ann", 5, "one, edited")]).await, (0, 1, 0));
    assert_eq!(put(&store, vec![record("1", "ann", 4, "older")]).await, (0, 0, 1));
    assert_eq!(put(&store, vec![record("1", "eve", 9, "stolen")]).await, (0, 0, 1));
    assert_eq!(put(&store, vec![record("1", "ann", 6, "a"), record("1", "ann", 7, "last")]).await, (0, 1, 1));
    assert_eq!(store.record(&RecordId::derive("test", "1")).await.unwrap().unwrap().text, "last");
    store.merge_inbox(|_| {}).await.unwrap();
    assert_eq!(all(&store).await[RecordId::derive("test", "1").as_str()], ("last".to_owned(), false));
    assert_eq!((store.record_count().await.unwrap(), store.inbox_count().await.unwrap()), (3, 0));
    let texts: Vec<_> = store.records_of(&id("ann"), 9).await.unwrap().into_iter().map(|r| r.text).collect();
    assert_eq!(texts.len(), 2);
    assert_eq!(store.records_of(&id("ann"), 1).await.unwrap().len(), 1);
}

/// A record comes back as it was.
pub async fn a_record_comes_back_as_it_was(bed: &Bed) {
    let store = bed.open().await;
    let mut full = record("1", "ann", 3, "text with \u{1F600} and \n lines");
    full.thread = Some(RecordId::derive("test", "0"));
    full.license = Some("CC-BY-SA-4.0".into());
    full.title = Some("Title".into());
    let bare = Record { language: None, ..record("2", "ann", 0, "") };
    put(&store, vec![full.clone(), bare.clone()]).await;
    for _ in 0..2 {
        assert_eq!(store.record(&full.id).await.unwrap(), Some(full.clone()));
        assert_eq!(store.record(&bare.id).await.unwrap(), Some(bare.clone()));
        store.merge_inbox(|_| {}).await.unwrap();
    }
    assert_eq!(store.record(&RecordId::derive("test", "9")).await.unwrap(), None);
}

/// A deleted record is marked logged and stays deleted.
pub async fn a_deleted_record_is_marked_logged_and_stays_deleted(bed: &Bed) {
    let store = bed.open().await;
    put(&store, vec![record("1", "ann", 0, "one"), record("2", "ann", 0, "two")]).await;
    store.merge_inbox(|_| {}).await.unwrap();
    let one = RecordId::derive("test", "1");
    let delete = || vec![Change::DeleteRecord { record: one.clone(), t_valid: at(3) }];
    let first = store.commit(at(4), delete()).await.unwrap();
    let again = store.commit(at(5), delete()).await.unwrap();
    for done in [&first, &again] {
        verify(&done.receipts[0]);
        assert_eq!(done.receipts[0].seq, Seq(2), "the deletion's own receipt, both times");
    }
    assert_eq!(again.head.seq, Seq(2), "deleting again logs nothing");
    let history = store.history();
    let logged: Vec<_> = history.of_record(&one, Seq(9)).collect();
    assert_eq!(logged[0].event, Event::RecordDeleted { record: one.clone() });
    assert_eq!(logged[0].valid(), at(3));
    put(&store, vec![record("1", "ann", 9, "again")]).await;
    store.merge_inbox(|_| {}).await.unwrap();
    assert!(all(&store).await[one.as_str()].1);
    assert_eq!((store.record(&one).await.unwrap(), store.record_count().await.unwrap()), (None, 1));
    assert_eq!(store.records_of(&id("ann"), 9).await.unwrap().len(), 1);
    let unknown = Change::DeleteRecord { record: RecordId::derive("test", "9"), t_valid: at(3) };
    assert!(matches!(store.commit(at(6), vec![unknown]).await, Err(StoreError::Unknown { what: "record", .. })));
}

/// Batches merges and erasures at once lose nothing.
pub async fn batches_merges_and_erasures_at_once_lose_nothing(bed: &Bed) {
    let store = bed.open().await;
    let mut tasks = Vec::new();
    for task in 0..4 {
        let store = store.clone();
        tasks.push(tokio::spawn(async move {
            for round in 0..8 {
                let batch =
                    (0..12).map(|n| record(&format!("{task}-{n}"), &format!("m{n}"), round, &round.to_string()));
                put(&store, batch.collect()).await;
                match task {
                    0 | 1 => drop(store.merge_inbox(|_| {}).await.unwrap()),
                    2 => drop(store.erase_member(at(9), &id(&format!("m{round}"))).await.unwrap()),
                    _ => {}
                }
            }
        }));
    }
    for task in tasks {
        task.await.unwrap();
    }
    store.merge_inbox(|_| {}).await.unwrap();
    // m0 to m7 are erased; of the others every record is there in its last version.
    let left = all(&store).await;
    assert_eq!(left.len(), 4 * 4);
    assert!(left.values().all(|(text, deleted)| text == "7" && !deleted));
    assert_eq!((store.record_count().await.unwrap(), store.inbox_count().await.unwrap()), (16, 0));
    assert_eq!(files(&bed.dir().join("records")).len(), store.buckets().await.unwrap().len());
    super::verify_log(&store).await;
}

/// Files that no row names are swept and a changed file is refused.
pub async fn files_that_no_row_names_are_swept_and_a_changed_file_is_refused(bed: &Bed) {
    let store = bed.open().await;
    put(&store, vec![record("1", "ann", 0, "one")]).await;
    store.merge_inbox(|_| {}).await.unwrap();
    let folder = bed.dir().join("records");
    let live = files(&folder);
    assert_eq!(live.len(), 1);
    let stray = live[0].with_file_name(format!("{}.parquet", "0".repeat(64)));
    std::fs::write(&stray, "left by a crash").unwrap();
    let half = live[0].with_file_name("x.parquet#1");
    std::fs::write(&half, "half").unwrap();
    // Someone else is in the folder: nothing is swept.
    let other = bed.open().await;
    assert!(stray.is_file());
    other.close().await;
    store.close().await;
    drop((store, other));
    let store = bed.open().await;
    assert_eq!(files(&folder), live);
    assert_eq!(all(&store).await.len(), 1);
    std::fs::write(&live[0], "changed").unwrap();
    assert!(matches!(store.read_bucket(bucket_of(&id("ann"))).await, Err(StoreError::Corrupt(_))));
}

/// Any interleaving of batches and merges ends with the latest version of every record. A step is a batch of
/// (which record, when edited); the bits of `merges` say after which steps the inbox is merged.
pub async fn any_order_of_batches_and_merges_keeps_the_latest(bed: &Bed, steps: &[Vec<(u8, i64)>], merges: u8) {
    let store = bed.open().await;
    let mut latest: BTreeMap<String, (String, bool)> = BTreeMap::new();
    let mut edits: BTreeMap<u8, i64> = BTreeMap::new();
    for (n, step) in steps.iter().enumerate() {
        let mut batch = Vec::new();
        for (which, edited) in step {
            // One text a version, as at a real source.
            let text = format!("{which} at {edited}");
            batch.push(record(&which.to_string(), &format!("m{}", which % 5), *edited, &text));
            if edits.get(which).is_none_or(|e| e < edited) {
                edits.insert(*which, *edited);
                latest.insert(RecordId::derive("test", &which.to_string()).as_str().into(), (text, false));
            }
        }
        put(&store, batch).await;
        if merges >> n & 1 == 1 {
            store.merge_inbox(|_| {}).await.unwrap();
        }
    }
    store.merge_inbox(|_| {}).await.unwrap();
    assert_eq!(all(&store).await, latest);
    assert_eq!(files(&bed.dir().join("records")).len(), store.buckets().await.unwrap().len());
}
