//! Snapshots, releases, what was used, the directory.

use super::{Bed, at, id, member, record};
use crate::{Change, DecisionRow, ReleaseRow, ReleaseState, ShardState, SnapshotMember, SnapshotRow, StoreError};
use candor_core::{Event, Mask, MemberId, PurposeKey, Reason, RecipientKey, ReleaseId, Seq, SnapshotId};

/// A row of a snapshot.
pub fn snapshot(name: &str, as_of: u64) -> SnapshotRow {
    SnapshotRow {
        id: SnapshotId::new(name).unwrap(),
        parent: None,
        as_of: Seq(as_of),
        sealed_seq: None,
        purpose: PurposeKey::generative_training(),
        recipient: RecipientKey::own(),
        rule_book: "hash".into(),
        manifest: "manifest".into(),
        records: 3,
        members: 2,
        tokens: 70,
        shards: 2,
        slices: 3,
        created: at(10),
        withdrawn: false,
    }
}

fn within(name: &str, shard: u16) -> SnapshotMember {
    SnapshotMember { member: id(name), pseudonym: format!("p-{name}"), shard, slice: 1, records: 2, tokens: 40 }
}

fn release() -> ReleaseRow {
    ReleaseRow {
        id: ReleaseId::new("r1").unwrap(),
        snapshot: SnapshotId::new("s1").unwrap(),
        base: "base".into(),
        recipe: "demo".into(),
        created: at(20),
        state: ReleaseState::Training,
        shards: 2,
        adapters: None,
        metrics: serde_json::json!({ "held_out": 2.5 }),
    }
}

/// From a seal to what we used.
pub async fn from_a_seal_to_what_we_used(bed: &Bed) {
    let store = bed.open().await;
    let (snapshot_id, release_id) = (SnapshotId::new("s1").unwrap(), ReleaseId::new("r1").unwrap());
    let sealed =
        Event::SnapshotSealed { snapshot: snapshot_id.clone(), as_of: Seq(0), manifest: "manifest".into(), set: None };
    let decision = |name: &str, mask| DecisionRow { record: record(name, name, 0, "").id, member: id(name), mask };
    let rows = vec![
        decision("ann", Mask::default()),
        decision("bob", Mask::default()),
        decision("cat", Mask(Reason::MinorNow.bit() | Reason::ChoiceOff.bit())),
        decision("dan", Mask(u64::MAX)),
    ];
    let seal = vec![
        Change::ExpectHead(Seq(0)),
        Change::event(sealed),
        Change::PutSnapshot(snapshot("s1", 0)),
        Change::PutDecisions(snapshot_id.clone(), rows),
        Change::PutSnapshotMembers(snapshot_id.clone(), vec![within("ann", 0), within("bob", 1)]),
    ];
    store.commit(at(10), seal).await.unwrap();
    let kept = store.snapshot(&snapshot_id).await.unwrap().unwrap();
    assert_eq!(kept, SnapshotRow { sealed_seq: Some(Seq(1)), ..snapshot("s1", 0) });
    let counts: Vec<_> = store.decision_counts(&snapshot_id).await.unwrap().into_iter().collect();
    assert_eq!(counts[0], ("allow".into(), 2));
    assert!(counts.contains(&("minor_now".into(), 1)) && counts.len() == 3);
    assert_eq!(store.decisions_of(&id("cat"), 9).await.unwrap()[0].primary, Some(Reason::MinorNow));
    assert_eq!(store.decisions_of(&id("dan"), 9).await.unwrap()[0].mask, Mask(u64::MAX));

    let used = store.used_by(&id("ann")).await.unwrap();
    assert_eq!((used.len(), used[0].sealed_seq, used[0].release.clone()), (1, Some(Seq(1)), None));
    store.commit(at(20), vec![Change::PutRelease(release())]).await.unwrap();
    assert_eq!(store.current_release().await.unwrap(), None);
    let set = |shard, state, adapter: Option<&str>| Change::SetShardState {
        release: release_id.clone(),
        shard,
        state,
        adapter: adapter.map(String::from),
    };
    let list = vec![
        set(0, ShardState::Serving, Some("a0")),
        set(1, ShardState::Serving, Some("a1")),
        Change::SetReleaseState(release_id.clone(), ReleaseState::Released),
    ];
    store.commit(at(21), list).await.unwrap();
    assert_eq!(store.current_release().await.unwrap().unwrap().id, release_id);
    let members = |after: Option<MemberId>| {
        let (store, release_id) = (store.clone(), release_id.clone());
        async move { store.members_in_release(&release_id, after.as_ref(), 1).await.unwrap() }
    };
    assert_eq!((members(None).await, members(Some(id("ann"))).await), (vec![id("ann")], vec![id("bob")]));

    store.commit(at(22), vec![set(0, ShardState::Retired, None)]).await.unwrap();
    assert_eq!(members(None).await, vec![id("bob")]);
    let shards = store.release_shards(&release_id).await.unwrap();
    assert_eq!((shards[0].state, shards[0].adapter.as_deref()), (ShardState::Retired, Some("a0")));
    assert_eq!(store.used_by(&id("ann")).await.unwrap()[0].shard_state, Some(ShardState::Retired));
    store.commit(at(23), vec![Change::WithdrawSnapshot(snapshot_id.clone())]).await.unwrap();
    assert!(store.used_by(&id("ann")).await.unwrap()[0].withdrawn);
    assert_eq!(store.snapshot_members(&snapshot_id).await.unwrap(), vec![within("ann", 0), within("bob", 1)]);
    assert_eq!(store.snapshot_member(&snapshot_id, &id("bob")).await.unwrap(), Some(within("bob", 1)));
    let gone = Change::DeleteSnapshotMember { snapshot: snapshot_id.clone(), member: id("bob") };
    store.commit(at(24), vec![gone]).await.unwrap();
    assert_eq!(store.used_by(&id("bob")).await.unwrap(), vec![]);
}

/// What is not there is told.
pub async fn what_is_not_there_is_told(bed: &Bed) {
    let store = bed.open().await;
    let nothing = [
        Change::WithdrawSnapshot(SnapshotId::new("s9").unwrap()),
        Change::SetReleaseState(ReleaseId::new("r9").unwrap(), ReleaseState::Withdrawn),
    ];
    for change in nothing {
        assert!(matches!(store.commit(at(1), vec![change]).await, Err(StoreError::Unknown { .. })));
    }
    // A release of a snapshot that is not there is refused by the database.
    assert!(store.commit(at(1), vec![Change::PutRelease(release())]).await.is_err());
    assert_eq!(store.releases().await.unwrap(), vec![]);
}

/// The directory is paged and searched.
pub async fn the_directory_is_paged_and_searched(bed: &Bed) {
    let store = bed.open().await;
    let names = ["ann", "bob", "cat"];
    store.commit(at(1), names.map(|name| Change::PutMember(member(name))).to_vec()).await.unwrap();
    assert_eq!(store.member(&id("bob")).await.unwrap(), Some(member("bob")));
    let page = store.members(Some(&id("ann")), 1).await.unwrap();
    assert_eq!(page, vec![member("bob")]);
    for text in ["cat", "h-cat", "@h-cat"] {
        assert_eq!(store.find_member(text).await.unwrap(), Some(member("cat")), "{text}");
    }
    assert_eq!(store.find_member("dan").await.unwrap(), None);
    let mut moved = member("ann");
    moved.residence = None;
    store.commit(at(2), vec![Change::PutMember(moved.clone())]).await.unwrap();
    assert_eq!((store.member(&id("ann")).await.unwrap(), store.member_count().await.unwrap()), (Some(moved), 3));
}
