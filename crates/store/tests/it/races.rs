//! Races that were found and are closed: a clock that stands behind another's, and a choice that reaches back while what
//! it reaches is served.

use crate::{at, choice, id, open, registered};
use candor_core::{ChoiceValue, Event, PurposeKey, ReleaseId, Scope, Seq, SnapshotId};
use candor_store::{Change, ReleaseRow, ReleaseState, ShardState, SnapshotMember};
use serde_json::json;

#[tokio::test]
async fn an_opt_out_stands_though_its_clock_was_behind_that_of_the_opt_in() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path()).await;
    let purpose = PurposeKey::generative_training();
    let on = choice("ann", ChoiceValue::On, None);
    let off = choice("ann", ChoiceValue::Off, None);
    store.commit(at(0), vec![Change::event(registered("ann"))]).await.unwrap();
    let years = 10 * 366 * 86_400;
    for (clock, event, stands) in
        [(100, on, ChoiceValue::On), (99, off.clone(), ChoiceValue::Off), (100 - years, off, ChoiceValue::Off)]
    {
        store.commit(at(clock), vec![Change::event(event)]).await.unwrap();
        assert_eq!(store.choice(&id("ann"), &purpose, at(200)).value, stands, "at {clock}");
    }
}

#[tokio::test]
async fn what_is_taken_back_leaves_the_serving_weights_in_the_same_commit() {
    for (name, event, retires) in [
        ("future use", choice("ann", ChoiceValue::Off, Some(Scope::FutureUse)), false),
        ("another", choice("bob", ChoiceValue::Off, Some(Scope::Retract)), false),
        ("retract", choice("ann", ChoiceValue::Off, Some(Scope::Retract)), true),
        ("erasure", Event::ErasureRequested { member: id("ann") }, true),
    ] {
        let dir = tempfile::tempdir().unwrap();
        let store = open(dir.path()).await;
        let (snapshot, release) = (SnapshotId::new("s").unwrap(), ReleaseId::new("r").unwrap());
        let ann =
            SnapshotMember { member: id("ann"), pseudonym: "p".into(), shard: 1, slice: 0, records: 1, tokens: 1 };
        let row = ReleaseRow {
            id: release.clone(),
            snapshot: snapshot.clone(),
            base: "base".into(),
            recipe: "demo".into(),
            created: at(0),
            state: ReleaseState::Released,
            shards: 2,
            adapters: None,
            metrics: json!({}),
        };
        let serving = |shard| Change::SetShardState {
            release: release.clone(),
            shard,
            state: ShardState::Serving,
            adapter: None,
        };
        let list = vec![
            Change::event(registered("ann")),
            Change::event(registered("bob")),
            Change::PutSnapshot(candor_store::testing::programme::snapshot("s", 0)),
            Change::PutSnapshotMembers(snapshot, vec![ann]),
            Change::PutRelease(row),
            serving(0),
            serving(1),
        ];
        store.commit(at(1), list).await.unwrap();
        let key = Some("once".to_owned());
        let taken_back = || vec![Change::Event { event: event.clone(), t_valid: None, key: key.clone() }];
        let states = async || {
            let shards = store.release_shards(&release).await.unwrap();
            shards.into_iter().map(|shard| shard.state).collect::<Vec<_>>()
        };
        let left = if retires { ShardState::Retired } else { ShardState::Serving };
        let done = store.commit(at(2), taken_back()).await.unwrap();
        assert_eq!((states().await, done.receipts.len()), (vec![ShardState::Serving, left], 1), "{name}");
        assert_eq!(done.head.seq, Seq(if retires { 6 } else { 5 }), "{name}: and it is logged");
        // Sent again after the shard was trained without them, it takes nothing back.
        store.commit(at(3), vec![serving(1)]).await.unwrap();
        store.commit(at(4), taken_back()).await.unwrap();
        assert_eq!(states().await, [ShardState::Serving; 2], "{name}");
    }
}
