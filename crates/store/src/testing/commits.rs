//! The log: order, receipts, idempotency, refusals, many callers at once.

use super::{Bed, at, choice, id, member, registered, verify, verify_log};
use crate::{Change, Store, StoreError};
use candor_core::{ChoiceValue, Event, ObjectionId, PurposeKey, Scope, Seq, history::Refusal};
use std::collections::BTreeSet;

fn keyed(event: Event, key: &str) -> Change {
    Change::Event { event, t_valid: None, key: Some(key.into()) }
}

/// Sixty four at once get gapless places and proofs.
pub async fn sixty_four_at_once_get_gapless_places_and_proofs(bed: &Bed) {
    let store = bed.open().await;
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
    assert_eq!(places, (0..64).map(|n| 2 * n + 1).collect(), "each with its enrolment behind it");
    assert_eq!((store.head().seq, store.history().last()), (Seq(128), Seq(128)));
    assert_eq!(store.member_count().await.unwrap(), 64);
    verify_log(&store).await;
    // Dropped without `close`: all that was acknowledged is there, in the same order.
    let head = store.head();
    drop(store);
    let store = bed.open().await;
    assert_eq!(store.head(), head);
    assert_eq!(store.history().members().count(), 64);
    verify_log(&store).await;
}

/// The same key answers the first receipt.
pub async fn the_same_key_answers_the_first_receipt(bed: &Bed) {
    let store = bed.open().await;
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
    assert_eq!(twice.head.seq, Seq(6));
}

/// A whole list under a key is made once.
pub async fn a_whole_list_under_a_key_is_made_once(bed: &Bed) {
    let store = bed.open().await;
    let list = || {
        let job = Change::PutJob { kind: "k".into(), key: "j".into(), payload: serde_json::json!({}) };
        let records = vec![super::record("1", "ann", 0, "one"), super::record("2", "ann", 0, "two")];
        vec![Change::event(registered("ann")), Change::PutRecords(records), job]
    };
    let first = store.commit_once(at(1), "import-1", list()).await.unwrap();
    assert_eq!((first.added, first.receipts.len(), first.head.seq), (2, 1, Seq(3)));
    let delete = || vec![Change::DeleteRecord { record: super::record("1", "ann", 0, "").id, t_valid: at(2) }];
    let gone = store.commit_once(at(2), "delete-1", delete()).await.unwrap();
    // Also after a restart, and seen from another process.
    let other = bed.open().await;
    for store in [&store, &other] {
        assert_eq!(store.commit_once(at(3), "import-1", list()).await.unwrap(), first);
        assert_eq!(store.commit_once(at(3), "delete-1", delete()).await.unwrap(), gone);
        assert_eq!((store.refresh().await.unwrap().seq, store.open_jobs().await.unwrap()), (Seq(4), 1));
    }
    // One key means one thing, whatever sort of thing.
    assert!(matches!(store.commit_once(at(4), "import-1", delete()).await, Err(StoreError::KeyReused)));
    let event = keyed(registered("bob"), "import-1");
    assert!(matches!(store.commit(at(4), vec![event]).await, Err(StoreError::KeyReused)));
    store.commit(at(5), vec![keyed(registered("bob"), "bob-1")]).await.unwrap();
    assert!(matches!(store.commit_once(at(6), "bob-1", delete()).await, Err(StoreError::KeyReused)));
}

/// A read may demand what a receipt has named.
pub async fn a_read_may_demand_what_a_receipt_has_named(bed: &Bed) {
    let (one, two) = (bed.open().await, bed.open().await);
    let seq = one.commit(at(1), vec![Change::event(registered("ann"))]).await.unwrap().head.seq;
    assert_eq!(two.head().seq, Seq(0), "nobody told it yet");
    assert_eq!(two.reached(seq).await.unwrap(), one.head());
    assert_eq!(two.history().members().count(), 1);
    let error = two.reached(Seq(3)).await.unwrap_err();
    assert!(matches!(error, StoreError::Behind { asked: Seq(3), head: Seq(2) }));
    assert_eq!(error.code(), "behind");
}

/// What is refused leaves no trace and hurts nobody.
pub async fn what_is_refused_leaves_no_trace_and_hurts_nobody(bed: &Bed) {
    let store = bed.open().await;
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
    let entries = store.entries(Seq(3), 10).await.unwrap();
    assert_eq!(entries.iter().map(|e| e.member.clone()).collect::<Vec<_>>(), vec![Some(id("ann")); 2]);
}

/// A seal is refused when the log went on.
pub async fn a_seal_is_refused_when_the_log_went_on(bed: &Bed) {
    let store = bed.open().await;
    let read = store.head().seq;
    store.commit(at(1), vec![Change::event(registered("ann"))]).await.unwrap();
    let late = store.commit(at(2), vec![Change::ExpectHead(read), Change::event(registered("bob"))]).await;
    assert!(matches!(late, Err(StoreError::Moved { head: Seq(2) })));
    let list = vec![Change::ExpectHead(store.head().seq), Change::event(registered("bob"))];
    assert_eq!(store.commit(at(2), list).await.unwrap().receipts[0].seq, Seq(3));
}

/// The clock may go back but the log does not.
pub async fn the_clock_may_go_back_but_the_log_does_not(bed: &Bed) {
    let store = bed.open().await;
    store.commit(at(100), vec![Change::event(registered("ann"))]).await.unwrap();
    let receipt = store.commit(at(50), vec![Change::event(registered("bob"))]).await.unwrap().receipts.remove(0);
    assert_eq!(receipt.t, at(100));
    let history = store.history();
    let logged = history.of_member(&id("bob"), Seq(4)).next().unwrap();
    assert_eq!((logged.t, logged.valid()), (at(100), at(100)));
    // The same after a restart: the history is what the log says.
    drop(store);
    let store = bed.open().await;
    assert_eq!(store.history().of_member(&id("bob"), Seq(4)).next(), Some(logged));
}

/// Proofs are given for any size and refused beyond.
pub async fn proofs_are_given_for_any_size_and_refused_beyond(bed: &Bed) {
    let store = bed.open().await;
    let changes: Vec<_> = (0..9).map(|n| Change::event(registered(&format!("m{n}")))).collect();
    let receipts = store.commit(at(1), changes).await.unwrap().receipts;
    assert_eq!(receipts.len(), 9);
    receipts.iter().for_each(verify);
    for size in 3..=9 {
        verify(&store.proof(Seq(3), size).await.unwrap());
    }
    for (seq, size) in [(3, 2), (0, 5), (3, 19), (19, 19)] {
        assert!(matches!(store.proof(Seq(seq), size).await, Err(StoreError::Proof(_))), "{seq} in {size}");
    }
    assert_eq!(store.entry(Seq(19)).await.unwrap(), None);
}

/// Another rule book is refused with what to do.
pub async fn another_rule_book_is_refused_with_what_to_do(bed: &Bed) {
    assert_eq!(Store::kept_rule_book(&bed.place()).await.unwrap(), None);
    drop(bed.open().await);
    let mut other = super::book();
    assert_eq!(Store::kept_rule_book(&bed.place()).await.unwrap(), Some(other.clone()));
    other.name = "mine".into();
    let error = Store::open_at(bed.place(), other).await.unwrap_err().to_string();
    assert!(error.contains("seeds-2024") && error.contains("mine") && error.contains("new folder"), "{error}");
}

/// Two stores on one folder see each other.
pub async fn two_stores_on_one_folder_see_each_other(bed: &Bed) {
    let (one, two) = (bed.open().await, bed.open().await);
    one.commit(at(1), vec![Change::event(registered("ann"))]).await.unwrap();
    let receipt = two.commit(at(2), vec![Change::event(registered("bob"))]).await.unwrap().receipts.remove(0);
    assert_eq!(receipt.seq, Seq(3));
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
