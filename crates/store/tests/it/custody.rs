//! Who vouches for the log: signed receipts, keys, restored backups, holds, secrets, refusals, clocks that jump.

use crate::{at, choice, id, member, open, registered, verify, verify_log};
use candor_core::{ChoiceValue, Event, RunId, Scope, Seq, event::FenceKind};
use candor_store::{Change, Receipt, Standing, Store, StoreError};
use candor_tlog::{KeyRing, Leaf, VerifierKey, to_hex};
use std::path::Path;

fn keyed(event: Event, key: &str) -> Change {
    Change::Event { event, t_valid: None, key: Some(key.into()) }
}

fn fence() -> Vec<Change> {
    vec![Change::event(Event::RunFenced { run: RunId::new("r1").unwrap(), kind: FenceKind::Freeze })]
}

fn ring(store: &Store) -> KeyRing {
    let keys = store.log_keys();
    let mut ring = KeyRing::new(keys[0].1.parse::<VerifierKey>().unwrap());
    keys[1..].iter().for_each(|(from, key)| ring.add(*from, key.parse().unwrap()).unwrap());
    ring
}

/// Checks a receipt with nothing but the log's keys.
fn verify_alone(receipt: &Receipt, ring: &KeyRing) {
    verify(receipt);
    let checkpoint = ring.open(receipt.checkpoint.as_deref().unwrap()).unwrap();
    assert_eq!((checkpoint.size, to_hex(&checkpoint.root)), (receipt.size, receipt.root.clone()));
    let leaf = Leaf::from_bytes(&hex::decode(&receipt.leaf).unwrap()).unwrap();
    let opening = hex::decode(receipt.opening.as_ref().unwrap()).unwrap().try_into().unwrap();
    assert!(leaf.opens(&opening, receipt.payload.as_ref().unwrap().as_bytes()));
}

async fn opt_out(store: &Store, name: &str, second: i64) -> Receipt {
    let change = Change::event(choice(name, ChoiceValue::Off, None));
    store.commit(at(second), vec![change]).await.unwrap().receipts.remove(0)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn receipts_verify_alone_also_when_requests_of_all_kinds_meet() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path()).await;
    let ring = ring(&store);
    let mut tasks = Vec::new();
    for n in 0..60_i64 {
        let (store, name) = (store.clone(), format!("m{n}"));
        tasks.push(tokio::spawn(async move {
            let list = match n % 4 {
                0 => vec![Change::event(registered(&name))],
                1 => vec![Change::PutMember(member(&name)), Change::event(registered(&name))],
                2 => vec![Change::event(registered(&name)), keyed(choice(&name, ChoiceValue::Off, None), &name)],
                _ => vec![
                    Change::event(registered(&name)),
                    Change::event(choice(&name, ChoiceValue::Off, Some(Scope::FromNow))),
                ],
            };
            (n, store.commit(at(n), list).await)
        }));
    }
    let mut taken = 0;
    for task in tasks {
        match task.await.unwrap() {
            (n, Err(error)) => assert!(n % 4 == 3 && matches!(error, StoreError::Refused(_)), "{error}"),
            (_, Ok(committed)) => {
                committed.receipts.iter().for_each(|receipt| verify_alone(receipt, &ring));
                taken += 1;
            }
        }
    }
    assert_eq!((taken, store.head().seq), (45, Seq(45 * 2 + 15)));
    verify_log(&store).await;
    assert_eq!(store.verify_log().await.unwrap(), store.head());
    // Asked again under its key: the same bytes, checkpoint and all.
    let again = || store.commit(at(99), vec![keyed(choice("m2", ChoiceValue::Off, None), "m2")]);
    let (first, second) = (again().await.unwrap(), again().await.unwrap());
    assert_eq!(first, second);
    verify_alone(&first.receipts[0], &ring);
    assert_eq!(store.checkpoint().map(|note| ring.open(&note).unwrap().size), Some(store.head().seq.0));
    // What was refused is on the list, without content.
    let refused = store.refused(100).await.unwrap();
    assert_eq!(refused.len(), 15);
    assert!(refused.iter().all(|one| one.code == "scope_of_other_value" && one.kind == "choice_set"));
    assert!(refused.iter().all(|one| one.member.as_ref().is_some_and(|hash| hash.len() == 64)));
}

/// A folder with some entries, a copy of its database, and then some more.
async fn folder_with_backup(dir: &Path) -> Receipt {
    let store = open(dir).await;
    store.commit(at(1), vec![Change::event(registered("ann"))]).await.unwrap();
    store.close().await;
    std::fs::copy(dir.join("candor.sqlite"), dir.join("backup")).unwrap();
    std::fs::copy(dir.join("log.checkpoint"), dir.join("backup.checkpoint")).unwrap();
    let store = open(dir).await;
    let receipt = opt_out(&store, "ann", 2).await;
    store.close().await;
    drop(store);
    receipt
}

fn restore(dir: &Path) {
    for name in ["candor.sqlite-wal", "candor.sqlite-shm"] {
        let _absent = std::fs::remove_file(dir.join(name));
    }
    std::fs::copy(dir.join("backup"), dir.join("candor.sqlite")).unwrap();
}

#[tokio::test]
async fn after_an_old_backup_choices_are_taken_and_nothing_is_decided() {
    let dir = tempfile::tempdir().unwrap();
    folder_with_backup(dir.path()).await;
    restore(dir.path());
    let store = open(dir.path()).await;
    assert!(matches!(store.standing(), Standing::Held { reason } if reason.contains("backup")));
    assert!(matches!(store.may_decide(), Err(StoreError::Held(_))));
    let receipt = opt_out(&store, "ann", 3).await;
    assert_eq!(receipt.checkpoint, None, "nothing is signed");
    assert!(matches!(store.commit(at(4), fence()).await, Err(StoreError::Held(_))));
    // A restart does not lift it, an officer does, and says why.
    store.close().await;
    let store = open(dir.path()).await;
    assert!(matches!(store.standing(), Standing::Held { .. }));
    assert!(matches!(store.release_hold(at(5), "olga", " ").await, Err(StoreError::Refused(_))));
    let receipt = store.release_hold(at(5), "olga", "the disk broke; the copy of Monday stands").await.unwrap();
    verify_alone(&receipt, &ring(&store));
    assert!(receipt.payload.unwrap().contains("\"forsaken\":[\"3 "));
    store.commit(at(6), fence()).await.unwrap();
    store.close().await;
    assert_eq!(open(dir.path()).await.standing(), Standing::Current);
}

#[tokio::test]
async fn a_backup_of_the_whole_folder_is_found_by_what_others_kept() {
    let dir = tempfile::tempdir().unwrap();
    let kept = folder_with_backup(dir.path()).await.checkpoint.unwrap();
    restore(dir.path());
    std::fs::copy(dir.path().join("backup.checkpoint"), dir.path().join("log.checkpoint")).unwrap();
    let store = open(dir.path()).await;
    assert_eq!(store.standing(), Standing::Current, "the folder alone cannot tell");
    let own = store.checkpoint().unwrap();
    assert_eq!(store.compare(&[own]).await.unwrap(), Standing::Current);
    assert!(matches!(store.compare(std::slice::from_ref(&kept)).await.unwrap(), Standing::Held { .. }));
    store.release_hold(at(5), "olga", "known").await.unwrap();
    assert_eq!(store.compare(std::slice::from_ref(&kept)).await.unwrap(), Standing::Current, "given up by the officer");
    let stranger = kept.replace("\n3\n", "\n2\n");
    assert!(matches!(store.compare(&[stranger]).await.unwrap(), Standing::Held { .. }), "its signature does not fit");
}

#[tokio::test]
async fn a_rewritten_log_and_missing_files_hold_the_store() {
    type Damage = fn(&Path);
    let damage: [(&str, Damage); 3] = [
        ("key", |dir| std::fs::remove_file(dir.join("log.key")).unwrap()),
        ("log.checkpoint", |dir| std::fs::remove_file(dir.join("log.checkpoint")).unwrap()),
        ("checkpoint", |dir| std::fs::write(dir.join("log.checkpoint"), "garbage").unwrap()),
    ];
    for (reason, damage) in damage {
        let dir = tempfile::tempdir().unwrap();
        folder_with_backup(dir.path()).await;
        damage(dir.path());
        for _ in 0..2 {
            let store = open(dir.path()).await;
            let standing = store.standing();
            assert!(
                matches!(&standing, Standing::Held { reason: why } if why.contains(reason)),
                "{reason}: {standing:?}"
            );
            store.close().await;
        }
    }
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path()).await;
    store.hold("asked by the authority").await.unwrap();
    store.close().await;
    let store = open(dir.path()).await;
    assert_eq!(store.standing(), Standing::Held { reason: "asked by the authority".into() });
    store.release_hold(at(1), "olga", "settled").await.unwrap();
    assert!(matches!(store.release_hold(at(1), "olga", "again").await, Err(StoreError::Unknown { .. })));
    store.close().await;
    assert_eq!(open(dir.path()).await.standing(), Standing::Current);
}

#[tokio::test]
async fn a_new_key_is_logged_and_signed_by_both() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path()).await;
    store.commit(at(1), vec![Change::event(registered("ann"))]).await.unwrap();
    let before = opt_out(&store, "ann", 2).await;
    let old = ring(&store);
    let change = store.rotate_key(at(3)).await.unwrap();
    let after = opt_out(&store, "ann", 4).await;
    let new = ring(&store);
    assert_eq!(store.log_keys().len(), 2);
    [&before, &change, &after].into_iter().for_each(|receipt| verify_alone(receipt, &new));
    old.newest().open(change.checkpoint.as_ref().unwrap()).unwrap();
    assert!(old.newest().open(after.checkpoint.as_ref().unwrap()).is_err());
    store.close().await;
    // A crash before the new key's file was put in its place: the log has it, so it holds.
    let store = open(dir.path()).await;
    assert_eq!((store.log_keys().len(), store.standing()), (2, Standing::Current));
    verify_alone(&opt_out(&store, "ann", 5).await, &new);
}

#[tokio::test]
async fn another_process_signs_with_a_new_key_from_its_next_commit_on() {
    let dir = tempfile::tempdir().unwrap();
    let (serving, other) = (open(dir.path()).await, open(dir.path()).await);
    serving.commit(at(1), vec![Change::event(registered("ann"))]).await.unwrap();
    other.rotate_key(at(2)).await.unwrap();
    let new = ring(&other);
    verify_alone(&opt_out(&serving, "ann", 3).await, &new);
    assert_eq!((serving.log_keys(), serving.standing()), (other.log_keys(), Standing::Current));
    serving.rotate_key(at(4)).await.unwrap();
    verify_alone(&opt_out(&other, "ann", 5).await, &ring(&serving));
    serving.close().await;
    other.close().await;
    let store = open(dir.path()).await;
    assert_eq!((store.log_keys().len(), store.standing()), (3, Standing::Current));
}

#[tokio::test]
async fn a_key_that_nobody_has_holds_the_store() {
    let dir = tempfile::tempdir().unwrap();
    let (serving, other) = (open(dir.path()).await, open(dir.path()).await);
    let old = std::fs::read(dir.path().join("log.key")).unwrap();
    other.rotate_key(at(1)).await.unwrap();
    std::fs::write(dir.path().join("log.key"), old).unwrap();
    serving.commit(at(2), vec![Change::event(registered("ann"))]).await.unwrap();
    assert!(matches!(serving.standing(), Standing::Held { reason } if reason.contains("log.key")));
}

#[tokio::test]
async fn every_member_has_a_secret_until_they_are_erased() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path()).await;
    let list = ["ann", "bob", "ann"].map(|name| Change::event(registered(name))).to_vec();
    store.commit(at(1), list).await.unwrap();
    let kinds: Vec<_> = store.entries(Seq(1), 9).await.unwrap().into_iter().map(|entry| entry.kind).collect();
    let (registered, enrolled) = ("member_registered", "member_enrolled");
    assert_eq!(kinds, [registered, enrolled, registered, enrolled, registered], "once a member");
    let secrets = store.member_secrets(&["ann", "bob", "eve"].map(id)).await.unwrap();
    assert_eq!(secrets.len(), 2);
    for (member, secret) in secrets {
        let history = store.history();
        let logged = history.of_member(&member, Seq(9)).find_map(|logged| match &logged.event {
            Event::MemberEnrolled { commitment, .. } => Some(commitment.clone()),
            _ => None,
        });
        assert_eq!(logged, Some(candor_tlog::enrolment(&member, &secret)));
    }
    store.erase_member(at(2), &id("ann")).await.unwrap();
    assert_eq!(store.member_secret(&id("ann")).await.unwrap(), None);
    assert!(store.member_secret(&id("bob")).await.unwrap().is_some());
}

#[tokio::test]
async fn clocks_that_jump_ten_years_change_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path()).await;
    const TEN_YEARS: i64 = 315_576_000;
    store.commit(at(0), vec![Change::event(registered("ann"))]).await.unwrap();
    let mut last = (Seq(0), at(-1));
    for jump in [0, TEN_YEARS, -TEN_YEARS, 0, -TEN_YEARS, TEN_YEARS] {
        let receipt = opt_out(&store, "ann", jump).await;
        verify_alone(&receipt, &ring(&store));
        assert!(receipt.seq > last.0 && receipt.t >= last.1, "order is the index, time never goes back");
        last = (receipt.seq, receipt.t);
    }
    let head = store.verify_log().await.unwrap();
    store.close().await;
    let store = open(dir.path()).await;
    assert_eq!((store.head(), store.standing()), (head, Standing::Current));
    let purpose = candor_core::PurposeKey::generative_training();
    assert_eq!(store.choice(&id("ann"), &purpose, at(0)).value, ChoiceValue::Off);
}
