//! The log: order, receipts, idempotency, refusals, many callers at once.

use crate::{at, choice, id, member, open, registered, verify, verify_log};
use candor_core::{ChoiceValue, Event, ObjectionId, PurposeKey, Scope, Seq, history::Refusal};
use candor_store::{Change, Place, Store, StoreError};
use std::collections::BTreeSet;

fn keyed(event: Event, key: &str) -> Change {
    Change::Event { event, t_valid: None, key: Some(key.into()) }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sixty_four_at_once_get_gapless_places_and_proofs() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path()).await;
    let mut tasks = Vec::new();
    for n in 0..64 {
        let store = store.clone();
        tasks.push(tokio::spawn(async move {
            let name = format!("m{n}");
            let changes = vec![Change::PutMember(member(&name)), Change::event(registered(&name))];
            store.commit(at(n), changes).await.unwrap()
        }));
    }
    let mut places = BTreeSet::new();
    for task in tasks {
        let committed = task.await.unwrap();
        verify(&committed.receipts[0]);
        places.insert(committed.receipts[0].seq.0);
    }
    assert_eq!(places, (1..=64).collect());
    assert_eq!((store.head().seq, store.history().last()), (Seq(64), Seq(64)));
    assert_eq!(store.member_count().await.unwrap(), 64);
    verify_log(&store).await;
    // Dropped without `close`: all that was acknowledged is there, in the same order.
    let head = store.head();
    drop(store);
    let store = open(dir.path()).await;
    assert_eq!(store.head(), head);
    assert_eq!(store.history().members().count(), 64);
    verify_log(&store).await;
}

#[tokio::test]
async fn the_same_key_answers_the_first_receipt() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path()).await;
    let off = || choice("ann", ChoiceValue::Off, Some(Scope::Retract));
    let first = store.commit(at(1), vec![Change::event(registered("ann")), keyed(off(), "k1")]).await.unwrap();
    let other = store.commit(at(2), vec![Change::event(registered("bob"))]).await.unwrap();
    let again = store.commit(at(3), vec![keyed(off(), "k1")]).await.unwrap();
    assert_eq!(again.receipts[0], first.receipts[1]);
    assert_eq!(again.head, other.head, "nothing was logged");
    let on = choice("ann", ChoiceValue::On, None);
    let reused = store.commit(at(4), vec![keyed(on, "k1")]).await;
    assert!(matches!(reused, Err(StoreError::KeyReused)));
    // Twice in one list, too.
    let twice = store.commit(at(5), vec![keyed(off(), "k2"), keyed(off(), "k2")]).await.unwrap();
    assert_eq!(twice.receipts[0], twice.receipts[1]);
    assert_eq!(twice.head.seq, Seq(4));
}

#[tokio::test]
async fn what_is_refused_leaves_no_trace_and_hurts_nobody() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path()).await;
    let unknown = Event::ObjectionUpheld { objection: ObjectionId::new("o1").unwrap() };
    let bad = store.commit(at(1), vec![Change::PutMember(member("eve")), Change::event(unknown)]);
    let good = store.commit(at(1), vec![Change::event(registered("ann"))]);
    let scope = store.commit(at(1), vec![Change::event(choice("ann", ChoiceValue::Off, Some(Scope::FromNow)))]);
    let (bad, good, scope) = tokio::join!(bad, good, scope);
    assert!(matches!(bad, Err(StoreError::Refused(Refusal::UnknownObjection))));
    assert!(matches!(scope, Err(StoreError::Refused(Refusal::ScopeOfOtherValue))));
    assert_eq!(good.unwrap().receipts[0].seq, Seq(1));
    assert_eq!(store.member(&id("eve")).await.unwrap(), None);
    verify_log(&store).await;

    // Filed and decided in one list.
    let objection = ObjectionId::new("o2").unwrap();
    let purposes = vec![PurposeKey::generative_training()];
    let filed =
        Event::ObjectionFiled { member: id("ann"), objection: objection.clone(), purposes, needs_identity: false };
    let upheld = Event::ObjectionUpheld { objection };
    store.commit(at(2), vec![Change::event(filed), Change::event(upheld)]).await.unwrap();
    let entries = store.entries(Seq(2), 10).await.unwrap();
    assert_eq!(entries.iter().map(|e| e.member.clone()).collect::<Vec<_>>(), vec![Some(id("ann")); 2]);
}

#[tokio::test]
async fn a_seal_is_refused_when_the_log_went_on() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path()).await;
    let read = store.head().seq;
    store.commit(at(1), vec![Change::event(registered("ann"))]).await.unwrap();
    let late = store.commit(at(2), vec![Change::ExpectHead(read), Change::event(registered("bob"))]).await;
    assert!(matches!(late, Err(StoreError::Moved { head: Seq(1) })));
    let list = vec![Change::ExpectHead(store.head().seq), Change::event(registered("bob"))];
    assert_eq!(store.commit(at(2), list).await.unwrap().receipts[0].seq, Seq(2));
}

#[tokio::test]
async fn the_clock_may_go_back_but_the_log_does_not() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path()).await;
    store.commit(at(100), vec![Change::event(registered("ann"))]).await.unwrap();
    let receipt = store.commit(at(50), vec![Change::event(registered("bob"))]).await.unwrap().receipts.remove(0);
    assert_eq!(receipt.t, at(100));
    let history = store.history();
    let logged = history.of_member(&id("bob"), Seq(2)).next().unwrap();
    assert_eq!((logged.t, logged.valid()), (at(100), at(50)));
    // The same after a restart: the history is what the log says.
    drop(store);
    let store = open(dir.path()).await;
    assert_eq!(store.history().of_member(&id("bob"), Seq(2)).next(), Some(logged));
}

#[tokio::test]
async fn proofs_are_given_for_any_size_and_refused_beyond() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path()).await;
    let changes: Vec<_> = (0..9).map(|n| Change::event(registered(&format!("m{n}")))).collect();
    let receipts = store.commit(at(1), changes).await.unwrap().receipts;
    assert_eq!(receipts.len(), 9);
    receipts.iter().for_each(verify);
    for size in 3..=9 {
        verify(&store.proof(Seq(3), size).await.unwrap());
    }
    for (seq, size) in [(3, 2), (0, 5), (3, 10), (10, 10)] {
        assert!(matches!(store.proof(Seq(seq), size).await, Err(StoreError::Proof(_))), "{seq} in {size}");
    }
    assert_eq!(store.entry(Seq(10)).await.unwrap(), None);
}

#[tokio::test]
async fn another_rule_book_is_refused_with_what_to_do() {
    let dir = tempfile::tempdir().unwrap();
    assert_eq!(Store::kept_rule_book(&Place::sqlite(dir.path())).await.unwrap(), None);
    drop(open(dir.path()).await);
    let mut other = crate::book();
    assert_eq!(Store::kept_rule_book(&Place::sqlite(dir.path())).await.unwrap(), Some(other.clone()));
    other.name = "mine".into();
    let error = Store::open(dir.path(), other).await.unwrap_err().to_string();
    assert!(error.contains("seeds-2024") && error.contains("mine") && error.contains("new folder"), "{error}");
}

#[tokio::test]
async fn two_stores_on_one_folder_see_each_other() {
    let dir = tempfile::tempdir().unwrap();
    let (one, two) = (open(dir.path()).await, open(dir.path()).await);
    one.commit(at(1), vec![Change::event(registered("ann"))]).await.unwrap();
    let receipt = two.commit(at(2), vec![Change::event(registered("bob"))]).await.unwrap().receipts.remove(0);
    assert_eq!(receipt.seq, Seq(2));
    verify(&receipt);
    assert_eq!(one.refresh().await.unwrap(), two.head());
    assert_eq!(one.history().members().count(), 2);
    one.erase_member(at(3), &id("bob")).await.unwrap();
    two.refresh().await.unwrap();
    let history = two.history();
    let bob: Vec<_> = history.of_member(&id("bob"), Seq(99)).map(|e| e.event.name()).collect();
    assert_eq!(bob, ["account_erased"]);
    verify_log(&two).await;
}
