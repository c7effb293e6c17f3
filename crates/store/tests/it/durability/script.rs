//! What the watched process does, and what must be true of the folder after any crash of it: every step that was
//! acknowledged is there, and every other step is there as a whole or not at all.

use crate::{at, choice, files, id, member, open, record, registered};
use candor_core::{ChoiceValue, Event, PurposeKey, RecipientKey, ReleaseId, Scope, Seq, SnapshotId};
use candor_store::{
    Change, Committed, DecisionRow, ReleaseRow, ReleaseState, ShardState, SnapshotMember, SnapshotRow, Store,
};
use rand::{SeedableRng, rngs::StdRng};
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::{
    io::Write,
    path::{Path, PathBuf},
};

/// Tells the child where to work.
pub(super) const ROOT: &str = "CANDOR_SCRIPT_ROOT";
/// The data folder and the file of acknowledgments, inside the root.
pub(super) const DATA: &str = "data";
pub(super) const ACKS: &str = "acks";

/// One step of the script.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Step {
    /// A member with a record of their own.
    Register(&'static str),
    Choose(&'static str, ChoiceValue, Scope),
    Merge,
    /// A snapshot of these members, by compare-and-swap.
    Seal(&'static str, &'static [&'static str]),
    /// A release of that snapshot, all shards serving.
    Release(&'static str, &'static str),
    /// The first shard leaves.
    Retire(&'static str),
    Erase(&'static str),
    /// Closes the store and opens it again.
    Reopen,
}

use ChoiceValue::{Off, On};
use Step::{Choose, Erase, Merge, Register, Release, Reopen, Retire, Seal};

pub(super) const STEPS: &[Step] = &[
    Register("ann"),
    Register("bob"),
    Choose("ann", Off, Scope::FutureUse),
    Register("cat"),
    Merge,
    Choose("ann", On, Scope::FromNow),
    Seal("s1", &["ann", "bob", "cat"]),
    Choose("bob", Off, Scope::Retract),
    Release("r1", "s1"),
    Retire("r1"),
    Register("dan"),
    Erase("cat"),
    Choose("dan", Off, Scope::FutureUse),
    Merge,
    Reopen,
    Choose("dan", On, Scope::IncludePast),
    Seal("s2", &["ann", "dan"]),
    Choose("ann", Off, Scope::Retract),
];

/// What stands in a record, and must stand nowhere once its author is erased.
pub(super) fn secret(name: &str) -> String {
    format!("the secret words of {name}")
}

/// One line of the file of acknowledgments.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Ack {
    pub(super) step: usize,
    /// Index and leaf of each entry that it logged.
    pub(super) entries: Vec<(u64, String)>,
}

/// The acknowledgments in a file's bytes; the last line may be half.
pub(super) fn acks(bytes: &[u8]) -> Vec<Ack> {
    bytes
        .split_inclusive(|b| *b == b'\n')
        .filter_map(|line| serde_json::from_slice(line.strip_suffix(b"\n")?).ok())
        .collect()
}

/// Runs the script, where it is asked for; anywhere else there is nothing to do.
#[tokio::test]
async fn child() {
    #[expect(clippy::disallowed_methods, reason = "the test that starts this one says so where to work")]
    let Some(root) = std::env::var_os(ROOT).map(PathBuf::from) else { return };
    let data = root.join(DATA);
    let mut acks = std::fs::File::create(root.join(ACKS)).unwrap();
    let mut store = start(&data, 0).await;
    for (n, step) in STEPS.iter().enumerate() {
        if *step == Reopen {
            store.close().await;
            drop(store);
            store = start(&data, 1).await;
        }
        let done = run(&store, n, *step).await;
        let entries = done.receipts.into_iter().map(|receipt| (receipt.seq.0, receipt.leaf)).collect();
        let line = serde_json::to_string(&Ack { step: n, entries }).unwrap() + "\n";
        acks.write_all(line.as_bytes()).unwrap();
    }
}

async fn start(data: &Path, seed: u64) -> Store {
    Store::open_with(candor_store::Place::sqlite(data), crate::book(), StdRng::seed_from_u64(seed)).await.unwrap()
}

async fn run(store: &Store, n: usize, step: Step) -> Committed {
    let changes = match step {
        Register(name) => vec![
            Change::PutMember(member(name)),
            Change::event(registered(name)),
            Change::PutRecords(vec![record(name, name, 0, &secret(name))]),
        ],
        Choose(name, value, scope) => {
            let event = choice(name, value, Some(scope));
            vec![Change::Event { event, t_valid: None, key: Some(format!("key {n}")) }]
        }
        Merge => {
            store.merge_inbox(|_| {}).await.unwrap();
            vec![]
        }
        Seal(name, members) => seal(name, members, store.head().seq),
        Release(name, snapshot) => release(name, snapshot),
        Retire(name) => retire(name),
        Erase(name) => {
            let receipt = store.erase_member(at(n as i64), &id(name)).await.unwrap().receipt;
            return Committed { receipts: receipt.into_iter().collect(), ..Committed::default() };
        }
        Reopen => vec![],
    };
    store.commit(at(n as i64), changes).await.unwrap()
}

fn event(json: serde_json::Value) -> Event {
    serde_json::from_value(json).unwrap()
}

fn seal(name: &str, members: &[&str], as_of: Seq) -> Vec<Change> {
    let snapshot = SnapshotId::new(name).unwrap();
    let sealed = event(json!({ "type": "snapshot_sealed", "snapshot": name, "as_of": as_of, "manifest": "m" }));
    let within = |name: &&str| SnapshotMember {
        member: id(name),
        pseudonym: format!("p-{name}"),
        shard: 0,
        slice: 0,
        records: 1,
        tokens: 4,
    };
    let decided = |name: &&str| DecisionRow {
        record: record(name, name, 0, "").id,
        member: id(name),
        mask: candor_core::Mask::default(),
    };
    let row = SnapshotRow {
        id: snapshot.clone(),
        parent: None,
        as_of,
        sealed_seq: None,
        purpose: PurposeKey::generative_training(),
        recipient: RecipientKey::own(),
        rule_book: "hash".into(),
        manifest: "m".into(),
        records: members.len() as u64,
        members: members.len() as u64,
        tokens: 4 * members.len() as u64,
        shards: 2,
        slices: 1,
        created: at(0),
        withdrawn: false,
    };
    vec![
        Change::ExpectHead(as_of),
        Change::event(sealed),
        Change::PutSnapshot(row),
        Change::PutSnapshotMembers(snapshot.clone(), members.iter().map(within).collect()),
        Change::PutDecisions(snapshot, members.iter().map(decided).collect()),
    ]
}

fn release(name: &str, snapshot: &str) -> Vec<Change> {
    let release = ReleaseId::new(name).unwrap();
    let row = ReleaseRow {
        id: release.clone(),
        snapshot: SnapshotId::new(snapshot).unwrap(),
        base: "base".into(),
        recipe: "demo".into(),
        created: at(0),
        state: ReleaseState::Released,
        shards: 2,
        adapters: Some("a".into()),
        metrics: json!({}),
    };
    let serving = |shard| Change::SetShardState {
        release: release.clone(),
        shard,
        state: ShardState::Serving,
        adapter: Some(format!("a{shard}")),
    };
    let released = json!({ "type": "model_released", "release": name, "snapshot": snapshot, "adapters": "a" });
    vec![Change::event(event(released)), Change::PutRelease(row), serving(0), serving(1)]
}

fn retire(name: &str) -> Vec<Change> {
    let release = ReleaseId::new(name).unwrap();
    let retired = event(json!({ "type": "shard_retired", "release": name, "shard": 0 }));
    let state = Change::SetShardState { release, shard: 0, state: ShardState::Retired, adapter: None };
    vec![Change::event(retired), state]
}

/// Opens what a crash has left and checks all that is promised. `acks` is what was acknowledged before the crash.
pub(super) async fn check(data: &Path, acks: &[Ack]) {
    for (n, ack) in acks.iter().enumerate() {
        assert_eq!(ack.step, n, "the script acknowledges in order");
    }
    let store = open(data).await;
    store.verify_log().await.unwrap();
    // The step after the last acknowledged one may have been done.
    let (done, begun) = (&STEPS[..acks.len()], STEPS.get(acks.len()));
    for (seq, leaf) in acks.iter().flat_map(|ack| &ack.entries) {
        let entry = store.entry(Seq(*seq)).await.unwrap();
        assert_eq!(entry.map(|entry| entry.leaf).as_ref(), Some(leaf), "acknowledged entry {seq}");
    }
    for step in done {
        holds(&store, *step, done, begun).await;
    }
    whole(&store, data).await;
    store.close().await;
    for step in done {
        if let Erase(name) = step {
            let words = secret(name);
            for file in files(data) {
                let bytes = std::fs::read(&file).unwrap();
                let found = bytes.windows(words.len()).any(|part| part == words.as_bytes());
                assert!(!found, "`{}` still holds what was erased", file.display());
            }
        }
    }
}

/// Whether what an acknowledged step did is there.
async fn holds(store: &Store, step: Step, done: &[Step], begun: Option<&Step>) {
    let purpose = PurposeKey::generative_training();
    let later = || done.iter().chain(begun);
    match step {
        Register(name) => {
            if !later().any(|other| *other == Erase(name)) {
                assert!(store.member(&id(name)).await.unwrap().is_some(), "{name}");
                let records = store.records_of(&id(name), 9).await.unwrap();
                assert_eq!(records.iter().map(|r| r.text.clone()).collect::<Vec<_>>(), [secret(name)], "{name}");
            }
        }
        Choose(name, ..) => {
            let of = |step: &&Step| matches!(step, Choose(who, ..) if *who == name);
            let may = begun.filter(of).into_iter().chain(done.iter().rfind(of));
            let may: Vec<_> =
                may.filter_map(|step| if let Choose(_, value, _) = step { Some(*value) } else { None }).collect();
            let view = store.choice(&id(name), &purpose, at(99));
            assert!(may.contains(&view.value) && !view.default, "{name}: {view:?}, not one of {may:?}");
        }
        Seal(name, members) => {
            let snapshot = SnapshotId::new(name).unwrap();
            assert!(store.snapshot(&snapshot).await.unwrap().unwrap().sealed_seq.is_some(), "{name}");
            assert_eq!(store.snapshot_members(&snapshot).await.unwrap().len(), members.len(), "{name}");
        }
        Release(name, _) => {
            let row = store.release(&ReleaseId::new(name).unwrap()).await.unwrap().unwrap();
            assert_eq!((row.state, row.shards), (ReleaseState::Released, 2));
        }
        Retire(name) => {
            let shards = store.release_shards(&ReleaseId::new(name).unwrap()).await.unwrap();
            assert_eq!(shards[0].state, ShardState::Retired);
        }
        Erase(name) => {
            assert!(store.is_suppressed(&id(name)).await.unwrap());
            assert_eq!(store.member(&id(name)).await.unwrap(), None);
            assert_eq!(store.records_of(&id(name), 9).await.unwrap(), vec![]);
        }
        Merge | Reopen => {}
    }
}

/// Whether nothing is half: of each seal its row and members, of each release its shards, of the files exactly those
/// that rows name; and whether the store still takes what comes.
async fn whole(store: &Store, data: &Path) {
    let entries = store.entries(Seq(1), 1000).await.unwrap();
    let sealed: Vec<Seq> = entries.iter().filter(|e| e.kind == "snapshot_sealed").map(|e| e.seq).collect();
    let mut rows = store.snapshots().await.unwrap();
    rows.sort_by_key(|row| row.sealed_seq);
    assert_eq!(rows.iter().filter_map(|row| row.sealed_seq).collect::<Vec<_>>(), sealed, "seals and rows");
    for row in rows {
        assert_eq!(store.snapshot_members(&row.id).await.unwrap().len() as u64, row.members, "{}", row.id);
        let counts = store.decision_counts(&row.id).await.unwrap();
        assert!(!counts.is_empty(), "{} has its decisions", row.id);
    }
    let released = entries.iter().filter(|e| e.kind == "model_released").count();
    let releases = store.releases().await.unwrap();
    assert_eq!(releases.len(), released);
    for row in releases {
        let shards = store.release_shards(&row.id).await.unwrap();
        assert!(shards.len() == 2 && shards.iter().all(|shard| shard.adapter.is_some()));
    }
    let buckets = store.buckets().await.unwrap();
    assert_eq!(files(&data.join("records")).len(), buckets.len(), "the stray files are swept");
    for bucket in buckets {
        store.read_bucket(bucket).await.unwrap();
    }
    let key = Some("after".to_owned());
    let late = Change::Event { event: choice("eve", Off, Some(Scope::Retract)), t_valid: None, key };
    store.commit(at(100), vec![Change::event(registered("eve")), late]).await.unwrap();
}
