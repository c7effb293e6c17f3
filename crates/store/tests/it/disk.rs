//! A disk that is really full: a small tmpfs that the test mounts. Where it may not mount one it says so, loudly.

use crate::{at, choice, id, open, registered};
use candor_core::{ChoiceValue, Event, ObjectionId, PurposeKey, RunId, Seq, event::FenceKind};
use candor_store::{Acknowledgment, Change, Standing, StoreError};
use std::{io::Write, path::Path, process::Command};

/// A mount that goes with the test.
struct Small(tempfile::TempDir);

impl Small {
    fn mount() -> Option<Self> {
        let dir = tempfile::tempdir().unwrap();
        let mounted = Command::new("mount").args(["-t", "tmpfs", "-o", "size=6m", "tmpfs"]).arg(dir.path()).status();
        if !mounted.is_ok_and(|status| status.success()) {
            eprintln!("SKIPPED: this user may not mount a tmpfs, so no disk was filled; run the test as root");
            return None;
        }
        Some(Self(dir))
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    /// Leaves not one byte free.
    fn fill(&self) {
        let mut file = std::fs::File::create(self.path().join("ballast")).unwrap();
        while file.write_all(&[7; 4096]).is_ok() {}
        while file.write_all(&[7]).is_ok() {}
    }

    fn make_room(&self) {
        std::fs::remove_file(self.path().join("ballast")).unwrap();
    }
}

impl Drop for Small {
    fn drop(&mut self) {
        let _gone = Command::new("umount").arg("-l").arg(self.path()).status();
    }
}

#[tokio::test]
async fn choices_are_taken_when_the_disk_is_full_and_nothing_is_decided() {
    let Some(disk) = Small::mount() else { return };
    let store = open(disk.path()).await;
    for name in ["ann", "bob"] {
        store.commit(at(0), vec![Change::event(registered(name))]).await.unwrap();
    }
    disk.fill();
    // What is left of the last pages is used up first.
    let mut journaled = Vec::new();
    for n in 0..400 {
        let key = Some(format!("k{n}"));
        match store.acknowledge(at(n), choice("ann", ChoiceValue::Off, None), None, key).await.unwrap() {
            Acknowledgment::Logged(_) => assert!(journaled.is_empty(), "the log comes back only when there is room"),
            Acknowledgment::Journaled(receipt) => journaled.push(receipt),
        }
        if journaled.len() == 3 {
            break;
        }
    }
    assert_eq!(journaled.iter().map(|receipt| receipt.index).collect::<Vec<_>>(), [1, 2, 3]);
    assert_eq!(store.standing(), Standing::Stale { journaled: 3 });
    assert!(matches!(store.may_decide(), Err(StoreError::Stale(3))));
    let on = store.acknowledge(at(500), choice("ann", ChoiceValue::On, None), None, None).await;
    assert!(matches!(on, Err(StoreError::Commit(_))), "what opens waits for the disk");
    let fence = || vec![Change::event(Event::RunFenced { run: RunId::new("r").unwrap(), kind: FenceKind::Freeze })];
    assert!(store.commit(at(500), fence()).await.is_err());
    let (objection, purposes) = (ObjectionId::new("o1").unwrap(), vec![PurposeKey::generative_training()]);
    let filed = Event::ObjectionFiled { member: id("bob"), objection, purposes, needs_identity: false };
    let filed = store.acknowledge(at(501), filed, None, None).await.unwrap();
    assert!(matches!(filed, Acknowledgment::Journaled(receipt) if receipt.index == 4));

    // Room again, and the same request once more: everything is logged, each once, as of when it was given.
    disk.make_room();
    let head = store.refresh().await.unwrap();
    assert_eq!(store.standing(), Standing::Current);
    let last = store.entries(Seq(head.seq.0 - 3), 9).await.unwrap();
    let kinds: Vec<_> = last.iter().map(|entry| entry.kind.as_str()).collect();
    assert_eq!(kinds, ["choice_set", "choice_set", "choice_set", "objection_filed"]);
    let body: serde_json::Value = serde_json::from_str(&journaled[2].body).unwrap();
    let key = body["key"].as_str().unwrap().to_owned();
    let again = store.acknowledge(at(600), choice("ann", ChoiceValue::Off, None), None, Some(key)).await.unwrap();
    assert!(matches!(again, Acknowledgment::Logged(receipt) if receipt.seq == Seq(head.seq.0 - 1)));
    assert_eq!(store.head(), head);
    store.commit(at(601), fence()).await.unwrap();
    assert_eq!(store.verify_log().await.unwrap(), store.head());
    store.close().await;
}
