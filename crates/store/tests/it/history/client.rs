//! The processes whose operations are checked: members who choose and look, a builder who seals, a releaser who fences,
//! releases and looks at what is served. Each works until it is killed and writes down what it asked and was told.

use super::{
    Place,
    line::{Line, Word, lines},
};
use candor_core::{
    Event, FenceKind, History, MemberId, Query, RecordFacts, RecordKind, RunId, Seq, SnapshotId, Visibility,
    decide_record, invariant,
};
use candor_core::{PurposeKey, RecipientKey, ReleaseId};
use candor_store::{Change, ReleaseRow, ReleaseState, ShardState, SnapshotMember, SnapshotRow, Store, StoreError};
use jiff::Timestamp;
use rand::{Rng, SeedableRng, rngs::StdRng};
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::{
    fs::File,
    io::{BufWriter, Write},
    os::unix::fs::FileExt,
    path::PathBuf,
};

/// Where a client is told what it is.
pub(super) const WHAT: &str = "CANDOR_HISTORY_CLIENT";
/// Operations between two signs of life.
pub(super) const TICK: usize = 250;
/// Members of the history.
pub(super) const MEMBERS: usize = 16;
/// Shards of a release.
const SHARDS: u16 = 4;
/// Looks for each choice that is made.
const LOOKS: usize = 120;
/// Choices that come close together; then only looks follow for a while, so that builds and runs find quiet moments too.
const BURST: usize = 8;

/// What a client does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Role {
    Member,
    Builder,
    Releaser,
}

/// What a client says of itself while it works, a line each.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Sign {
    /// So many operations were done: [`TICK`].
    Tick,
    /// A snapshot was sealed.
    Sealed,
    /// A run began.
    Begun,
    /// A release was looked at.
    Served,
}

impl Sign {
    pub(super) const ALL: [Self; 4] = [Self::Tick, Self::Sealed, Self::Begun, Self::Served];

    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Tick => "tick",
            Self::Sealed => "sealed",
            Self::Begun => "begun",
            Self::Served => "served",
        }
    }
}

/// A client's orders.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Orders {
    pub(super) role: Role,
    pub(super) name: String,
    /// How often it was started before.
    pub(super) start: u32,
    pub(super) seed: u64,
    pub(super) place: Place,
    /// Folder of what is written down.
    pub(super) notes: PathBuf,
    /// The planted bug: a choice is acknowledged before it is committed.
    pub(super) tells_early: bool,
}

impl Orders {
    pub(super) fn file(&self, start: u32) -> PathBuf {
        self.notes.join(format!("{}-{start}.lines", self.name))
    }
}

pub(super) fn member(n: usize) -> MemberId {
    MemberId::new(format!("m{n}")).unwrap()
}

#[expect(clippy::disallowed_methods, reason = "the clients are the platform's own processes")]
fn now() -> Timestamp {
    Timestamp::now()
}

/// Nanoseconds of the clock that all processes share.
fn clock() -> u64 {
    let t = rustix::time::clock_gettime(rustix::time::ClockId::Monotonic);
    t.tv_sec as u64 * 1_000_000_000 + t.tv_nsec as u64
}

/// Runs a client, where one is asked for.
#[tokio::test]
async fn child() {
    #[expect(clippy::disallowed_methods, reason = "the test that starts this one gives it its orders")]
    let Ok(orders) = std::env::var(WHAT) else { return };
    let orders: Orders = serde_json::from_str(&orders).unwrap();
    let mut client = Client::start(orders).await;
    loop {
        match client.orders.role {
            Role::Member => client.choose_and_look().await,
            Role::Builder => client.build().await,
            Role::Releaser => client.release().await,
        }
    }
}

struct Client {
    orders: Orders,
    store: Store,
    rng: StdRng,
    notes: BufWriter<File>,
    /// Holds an index that was acknowledged to somebody, for all to ask for.
    latest: File,
    operations: usize,
    asked: u64,
    /// The last snapshot that a run was tried on.
    tried: Option<SnapshotId>,
}

impl Client {
    async fn start(orders: Orders) -> Self {
        let store = orders.place.open().await;
        let file = File::options().create(true).append(true).open(orders.file(orders.start)).unwrap();
        let latest = File::options()
            .create(true)
            .truncate(false)
            .read(true)
            .write(true)
            .open(orders.notes.join("latest"))
            .unwrap();
        let rng = StdRng::seed_from_u64(orders.seed);
        let notes = BufWriter::new(file);
        let mut client = Self { orders, store, rng, notes, latest, operations: 0, asked: 0, tried: None };
        client.ask_again().await;
        client
    }

    fn note(&mut self, line: &Line) {
        writeln!(self.notes, "{line}").unwrap();
        self.operations += 1;
        if self.operations.is_multiple_of(TICK) {
            self.tell(Sign::Tick);
        }
    }

    /// Tells whoever started this process how far it is; what it did is written down by then.
    fn tell(&mut self, sign: Sign) {
        self.notes.flush().unwrap();
        let mut out = std::io::stdout();
        writeln!(out, "\n{}", sign.word()).unwrap();
        out.flush().unwrap();
    }

    fn latest(&self) -> u64 {
        let mut bytes = [0; 8];
        // The file is empty until the first choice.
        self.latest.read_at(&mut bytes, 0).unwrap();
        u64::from_le_bytes(bytes)
    }

    fn tell_all(&self, seq: u64) {
        if seq > self.latest() {
            self.latest.write_all_at(&seq.to_le_bytes(), 0).unwrap();
        }
    }

    /// Sends again what an earlier start of this client asked for without an answer.
    async fn ask_again(&mut self) {
        let Some(before) = self.orders.start.checked_sub(1) else { return };
        let Ok(bytes) = std::fs::read(self.orders.file(before)) else { return };
        let told = lines(&bytes);
        let last = told.iter().rev().find_map(|line| match line {
            Line::Asked { key, member, word, .. } => Some((key.clone(), member.clone(), *word)),
            Line::Told { .. } | Line::Read { .. } | Line::Sealed { .. } | Line::Served { .. } => None,
        });
        if let Some((key, member, word)) = last {
            self.choose(key, member, word).await;
        }
    }

    async fn choose_and_look(&mut self) {
        for _ in 0..BURST {
            let who = member(self.rng.random_range(0..MEMBERS));
            let word = Word::ALL[self.rng.random_range(0..3)];
            self.asked += 1;
            let key = format!("{}-{}-{}", self.orders.name, self.orders.start, self.asked);
            self.choose(key, who, word).await;
            for look in 0..LOOKS / BURST {
                let at_least = if look == 0 { self.latest() } else { 0 };
                self.look(at_least).await;
            }
        }
        for _ in 0..LOOKS * (BURST - 1) {
            self.look(0).await;
        }
    }

    async fn choose(&mut self, key: String, member: MemberId, word: Word) {
        self.note(&Line::Asked { at: clock(), key: key.clone(), member: member.clone(), word });
        self.notes.flush().unwrap();
        let (value, scope) = word.choice();
        let event = crate::choice(member.as_str(), value, Some(scope));
        let changes = vec![Change::Event { event, t_valid: None, key: Some(key.clone()) }];
        if self.orders.tells_early {
            let seq = self.store.head().seq.0 + 1;
            self.note(&Line::Told { at: clock(), key: key.clone(), seq, size: seq, root: None });
            self.notes.flush().unwrap();
            self.store.commit(now(), changes).await.unwrap();
            return;
        }
        let receipt = self.store.commit(now(), changes).await.unwrap().receipts.remove(0);
        crate::verify(&receipt);
        let (seq, size) = (receipt.seq.0, receipt.size);
        self.note(&Line::Told { at: clock(), key, seq, size, root: Some(receipt.root) });
        self.notes.flush().unwrap();
        self.tell_all(seq);
    }

    /// Looks at a member's switch, or asks the gate about a record of theirs.
    async fn look(&mut self, at_least: u64) {
        let (asked, who) = (clock(), member(self.rng.random_range(0..MEMBERS)));
        if self.store.head().seq.0 < at_least {
            self.store.refresh().await.unwrap();
        }
        let purpose = PurposeKey::generative_training();
        let history = self.store.history();
        let from = history.last().0;
        let (to, open) = match self.rng.random_bool(0.5) {
            true => (from, decide_record(&history, &facts(&who), &query(&history)).allows()),
            false => {
                let choice = self.store.choice(&who, &purpose, now());
                (self.store.history().last().0, choice.value == candor_core::ChoiceValue::On)
            }
        };
        self.note(&Line::Read { asked, told: clock(), member: who, at_least, from, to, open });
    }

    /// Builds a snapshot of all whom the gate admits and seals it by compare-and-swap.
    async fn build(&mut self) {
        self.store.refresh().await.unwrap();
        let history = self.store.history();
        let build = query(&history);
        let mut members: Vec<MemberId> = (0..MEMBERS).map(member).collect();
        members.retain(|member| decide_record(&history, &facts(member), &build).allows());
        // A build takes its time: others work meanwhile.
        for _ in 0..self.rng.random_range(0..LOOKS) {
            self.look(0).await;
        }
        let name = format!("s-{}-{}-{}", self.orders.name, self.orders.start, self.operations);
        loop {
            let head = self.store.refresh().await.unwrap().seq;
            let history = self.store.history();
            let denied = invariant::denied_since(&history, &members, &build, now());
            members.retain(|member| !denied.contains(member));
            match self.store.commit(now(), seal(&name, &build, head, &members)).await {
                Ok(done) => {
                    let snapshot = SnapshotId::new(name).unwrap();
                    self.note(&Line::Sealed { at: clock(), snapshot, seq: done.receipts[0].seq.0 });
                    self.tell(Sign::Sealed);
                    return;
                }
                Err(StoreError::Moved { .. }) => {}
                Err(error) => panic!("{error}"),
            }
        }
    }

    /// Trains on the newest snapshot, once, and releases, if nobody in it was denied meanwhile; looks at what is served.
    async fn release(&mut self) {
        self.store.refresh().await.unwrap();
        let newest = self.store.snapshots().await.unwrap().into_iter().max_by_key(|row| row.sealed_seq);
        if let Some(row) = newest
            && self.tried.replace(row.id.clone()).is_none_or(|tried| tried != row.id)
            && let Some(since) = self.freeze(&row).await
        {
            for _ in 0..self.rng.random_range(0..LOOKS) {
                self.look(0).await;
            }
            self.let_out(&row, since).await;
        }
        self.look_at_served().await;
        self.look(0).await;
    }

    /// Begins the run; gives its index.
    async fn freeze(&mut self, row: &SnapshotRow) -> Option<Seq> {
        let members = self.store.snapshot_members(&row.id).await.unwrap();
        let build =
            Query { purpose: row.purpose.clone(), recipient: row.recipient.clone(), at: row.created, as_of: row.as_of };
        loop {
            let head = self.store.refresh().await.unwrap().seq;
            let history = self.store.history();
            let within = members.iter().map(|member| &member.member);
            if !invariant::denied_since(&history, within, &build, now()).is_empty() {
                return None;
            }
            let event = Event::RunFenced { run: RunId::new(row.id.as_str()).unwrap(), kind: FenceKind::Freeze };
            let key = Some(format!("freeze/{}", row.id));
            let changes = vec![Change::ExpectHead(head), Change::Event { event, t_valid: None, key }];
            match self.store.commit(now(), changes).await {
                Ok(done) => {
                    self.tell(Sign::Begun);
                    return Some(done.receipts[0].seq);
                }
                Err(StoreError::Moved { .. }) => {}
                Err(error) => panic!("{error}"),
            }
        }
    }

    async fn let_out(&mut self, row: &SnapshotRow, since: Seq) {
        let members = self.store.snapshot_members(&row.id).await.unwrap();
        loop {
            let head = self.store.refresh().await.unwrap().seq;
            let history = self.store.history();
            let took_back = |m: &SnapshotMember| took_back(&history, &m.member, since);
            if self.store.release(&release_id(&row.id)).await.unwrap().is_some() || members.iter().any(took_back) {
                return;
            }
            match self.store.commit(now(), release(row, head)).await {
                Ok(_) => return,
                Err(StoreError::Moved { .. }) => {}
                Err(error) => panic!("{error}"),
            }
        }
    }

    async fn look_at_served(&mut self) {
        let head = self.store.refresh().await.unwrap().seq.0;
        let Some(current) = self.store.current_release().await.unwrap() else { return };
        let members = self.store.members_in_release(&current.id, None, MEMBERS as u32).await.unwrap();
        self.note(&Line::Served { head, snapshot: current.snapshot, members });
        self.tell(Sign::Served);
    }
}

fn took_back(history: &History, member: &MemberId, since: Seq) -> bool {
    let mut own = history.of_member(member, history.last()).filter(|logged| logged.seq > since);
    own.any(|logged| matches!(&logged.event, Event::ChoiceSet { scope: Some(candor_core::Scope::Retract), .. }))
}

fn query(history: &History) -> Query {
    Query::present(history, PurposeKey::generative_training(), RecipientKey::own(), now())
}

/// A record from before everything.
fn facts(member: &MemberId) -> RecordFacts {
    RecordFacts {
        member: member.clone(),
        kind: RecordKind::Post,
        created: crate::at(60),
        edited: crate::at(60),
        visibility: Visibility::Public,
        deleted: false,
        superseded: false,
        held: false,
        subjects: Vec::new(),
    }
}

fn seal(name: &str, build: &Query, head: Seq, members: &[MemberId]) -> Vec<Change> {
    let id = SnapshotId::new(name).unwrap();
    let event = json!({ "type": "snapshot_sealed", "snapshot": name, "as_of": build.as_of, "manifest": name });
    let row = SnapshotRow {
        id: id.clone(),
        parent: None,
        as_of: build.as_of,
        sealed_seq: None,
        purpose: build.purpose.clone(),
        recipient: build.recipient.clone(),
        rule_book: "hash".into(),
        manifest: name.into(),
        records: members.len() as u64,
        members: members.len() as u64,
        tokens: 0,
        shards: SHARDS,
        slices: 1,
        created: build.at,
        withdrawn: false,
    };
    let within = |(n, member): (usize, &MemberId)| SnapshotMember {
        member: member.clone(),
        pseudonym: format!("p-{member}"),
        shard: n as u16 % SHARDS,
        slice: 0,
        records: 1,
        tokens: 1,
    };
    vec![
        Change::ExpectHead(head),
        Change::event(serde_json::from_value(event).unwrap()),
        Change::PutSnapshot(row),
        Change::PutSnapshotMembers(id, members.iter().enumerate().map(within).collect()),
    ]
}

fn release_id(snapshot: &SnapshotId) -> ReleaseId {
    ReleaseId::new(format!("r-{snapshot}")).unwrap()
}

fn release(row: &SnapshotRow, head: Seq) -> Vec<Change> {
    let release = release_id(&row.id);
    let event = Event::ModelReleased { release: release.clone(), snapshot: row.id.clone(), adapters: "a".into() };
    let put = ReleaseRow {
        id: release.clone(),
        snapshot: row.id.clone(),
        base: "base".into(),
        recipe: "demo".into(),
        created: now(),
        state: ReleaseState::Released,
        shards: SHARDS,
        adapters: Some("a".into()),
        metrics: json!({}),
    };
    let mut changes = vec![Change::ExpectHead(head), Change::event(event), Change::PutRelease(put)];
    changes.extend((0..SHARDS).map(|shard| Change::SetShardState {
        release: release.clone(),
        shard,
        state: ShardState::Serving,
        adapter: Some(format!("a{shard}")),
    }));
    changes
}
