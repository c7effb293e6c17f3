//! Several processes work on one platform while they are killed, stopped and started again; then a checker holds what
//! each of them was told against the log (`check.rs`). What they do is in `client.rs`.
//!
//! A run is repeated by its seed: `CANDOR_SEED`. Which process is ahead at which moment is the machine's affair.

#![cfg(target_os = "linux")]

mod check;
mod client;
mod line;

use crate::durability::{scratch, thorough};
use candor_core::Event;
use candor_store::{Change, Database, Store, testing::Postgres};
use candor_tlog::Leaf;
use check::{Log, Report};
use client::{MEMBERS, Orders, Role, Sign, TICK, WHAT};
use rand::{Rng, SeedableRng, rngs::StdRng};
use rustix::process::{Pid, Signal, kill_process};
use serde::{Deserialize, Serialize};
use sqlx::ConnectOptions;
use std::{
    collections::BTreeMap,
    io::{BufRead, BufReader},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel},
    time::Duration,
};

/// Operations of one history.
const OPERATIONS: usize = 20_000;
/// Histories on each database in the thorough run: a million operations over both. Many short ones, since each begins with
/// other seeds and an empty store, and since what is asked of a history is folded anew each time.
const HISTORIES: usize = 26;
const CLIENTS: [Role; 5] = [Role::Member, Role::Member, Role::Member, Role::Builder, Role::Releaser];
/// Signs of life between two blows, at most.
const PEACE: u32 = 40;
/// How long to wait for a sign of life while a process is stopped, which may hold a lock that all others need.
const PATIENCE: Duration = Duration::from_millis(200);

/// Where the platform lies.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Place {
    dir: PathBuf,
    /// `sqlite`, or the address of a PostgreSQL database.
    database: String,
}

impl Place {
    async fn open(&self) -> Store {
        let database = Database::parse(&self.database).unwrap();
        Store::open_at(candor_store::Place { dir: self.dir.clone(), database }, crate::book()).await.unwrap()
    }
}

fn seed() -> u64 {
    #[expect(clippy::disallowed_methods, reason = "a failing run is repeated by its seed, which the operator gives")]
    std::env::var("CANDOR_SEED").ok().map_or(11, |seed| seed.parse().expect("`CANDOR_SEED` is a number"))
}

#[tokio::test]
async fn a_history_of_many_processes_keeps_the_promise_on_sqlite() {
    holds(async || "sqlite".to_owned()).await;
}

#[tokio::test]
async fn a_history_of_many_processes_keeps_the_promise_on_postgresql() {
    let Some(server) = Postgres::of_the_run().await else { return };
    holds(async || {
        let Database::Postgres(options) = server.database().await else { panic!("the server's database") };
        options.to_url_lossy().to_string()
    })
    .await;
}

/// One history, or as many as the thorough run asks for, each on a database of its own.
async fn holds(database: impl AsyncFn() -> String) {
    let mut operations = 0;
    for seed in (seed()..).take(if thorough() { HISTORIES } else { 1 }) {
        let (folder, database) = (scratch(), database().await);
        let name = database.split(':').next().unwrap_or_default().to_owned();
        let (report, blows) = run(folder.path(), database, seed, OPERATIONS, false).await;
        let report = report.unwrap_or_else(|broken| panic!("{name}, seed {seed}: {broken}"));
        println!("history: {name}, seed {seed}, {} operations, {blows:?}, {report:?}", report.operations());
        // A client that is killed takes its last lines with it.
        assert!(report.operations() >= OPERATIONS * 9 / 10 && report.seals > 0 && report.fences > report.seals);
        operations += report.operations();
    }
    println!("histories: {operations} operations");
}

#[tokio::test]
async fn a_client_that_acknowledges_before_the_commit_is_caught() {
    let folder = scratch();
    let (report, _) = run(folder.path(), "sqlite".to_owned(), seed(), OPERATIONS / 2, true).await;
    let broken = report.expect_err("the planted bug must be found");
    assert!(broken.starts_with(candor_core::invariant::DURABLE), "{broken}");
}

/// What was done to the clients.
#[derive(Debug, Default)]
struct Blows {
    kills: u32,
    pauses: u32,
}

/// Runs the clients until they have done so many operations, and checks what they saw.
async fn run(
    folder: &Path,
    database: String,
    seed: u64,
    operations: usize,
    tells_early: bool,
) -> (Result<Report, String>, Blows) {
    let place = Place { dir: folder.join("data"), database };
    let notes = folder.join("notes");
    std::fs::create_dir(&notes).unwrap();
    members(&place.open().await).await;
    let orders = |(n, role): (usize, &Role)| Orders {
        role: *role,
        name: format!("{role:?}{n}").to_lowercase(),
        start: 0,
        seed: seed * 1000 + n as u64,
        place: place.clone(),
        notes: notes.clone(),
        tells_early,
    };
    let orders: Vec<Orders> = CLIENTS.iter().enumerate().map(orders).collect();
    let blows = tokio::task::spawn_blocking(move || trouble(orders, seed, operations)).await.unwrap();
    let log = read_log(&place.open().await).await;
    let mut clients: Vec<_> = std::fs::read_dir(notes).unwrap().map(|file| file.unwrap().path()).collect();
    clients.retain(|file| file.extension().is_some_and(|ext| ext == "lines"));
    let clients: Vec<_> = clients.iter().map(|file| line::lines(&std::fs::read(file).unwrap())).collect();
    (check::check(&log, &clients), blows)
}

/// Members who may be used: registered, and told.
async fn members(store: &Store) {
    for n in 0..MEMBERS {
        let name = client::member(n);
        let told = Event::NoticeDelivered {
            member: name.clone(),
            policy: candor_core::PolicyId::new("2024-09-18").unwrap(),
            channel: None,
        };
        let changes = vec![Change::event(crate::registered(name.as_str())), Change::event(told)];
        store.commit(crate::at(0), changes).await.unwrap();
    }
    store.close().await;
}

/// What the clients told so far.
#[derive(Debug, Default)]
struct Signs(BTreeMap<Sign, usize>);

impl Signs {
    fn of(&self, sign: Sign) -> usize {
        self.0.get(&sign).copied().unwrap_or_default()
    }

    /// Whether they have done so many operations, and something was sealed, trained and served beside them: how soon that
    /// happens is the machine's affair.
    fn suffice(&self, operations: usize) -> bool {
        let done = self.of(Sign::Tick) * TICK;
        assert!(done < operations * 50, "operations without end, but nothing is sealed, trained and served: {self:?}");
        done >= operations && [Sign::Sealed, Sign::Begun, Sign::Served].iter().all(|sign| self.of(*sign) > 0)
    }

    /// Waits for so many more.
    fn wait(&mut self, signs: &Receiver<Sign>, wanted: u32, patience: Option<Duration>) {
        for _ in 0..wanted {
            match (signs.recv_timeout(patience.unwrap_or(Duration::from_secs(60))), patience) {
                (Ok(sign), _) => *self.0.entry(sign).or_default() += 1,
                (Err(RecvTimeoutError::Timeout), Some(_)) => return,
                (Err(error), _) => panic!("no client has done anything for a minute: {error}"),
            }
        }
    }
}

/// Starts the clients and kills, stops and starts them again, by the seed, until they have done enough.
fn trouble(mut orders: Vec<Orders>, seed: u64, operations: usize) -> Blows {
    let (alive, signs) = channel();
    let mut children: Vec<Child> = orders.iter().map(|orders| start(orders, &alive)).collect();
    let mut rng = StdRng::seed_from_u64(seed);
    let (mut blows, mut done) = (Blows::default(), Signs::default());
    while !done.suffice(operations) {
        done.wait(&signs, rng.random_range(1..PEACE), None);
        let n = rng.random_range(0..children.len());
        if rng.random_bool(0.5) {
            children[n].kill().unwrap();
            children[n].wait().unwrap();
            orders[n].start += 1;
            orders[n].seed += 1_000_000;
            children[n] = start(&orders[n], &alive);
            blows.kills += 1;
        } else {
            let pid = Pid::from_child(&children[n]);
            kill_process(pid, Signal::STOP).unwrap();
            done.wait(&signs, rng.random_range(1..PEACE), Some(PATIENCE));
            kill_process(pid, Signal::CONT).unwrap();
            blows.pauses += 1;
        }
    }
    for mut child in children {
        child.kill().unwrap();
        child.wait().unwrap();
    }
    blows
}

fn start(orders: &Orders, alive: &Sender<Sign>) -> Child {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", "history::client::child", "--nocapture", "--test-threads", "1"]);
    command.env(WHAT, serde_json::to_string(orders).unwrap());
    let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::inherit()).spawn().unwrap();
    let (out, alive) = (BufReader::new(child.stdout.take().unwrap()), alive.clone());
    std::thread::spawn(move || {
        for line in out.lines().map_while(Result::ok) {
            let sign = Sign::ALL.into_iter().find(|sign| sign.word() == line);
            if sign.is_some_and(|sign| alive.send(sign).is_err()) {
                return;
            }
        }
    });
    child
}

/// The log as it stands, after it was checked against its rows.
async fn read_log(store: &Store) -> Log {
    let head = store.verify_log().await.unwrap();
    let mut log = Log::default();
    while (log.entries.len() as u64) < head.seq.0 {
        let from = candor_core::Seq(log.entries.len() as u64 + 1);
        for entry in store.entries(from, 1000).await.unwrap() {
            log.entries.push(serde_json::from_str(&entry.payload.unwrap()).unwrap());
            log.leaves.push(Leaf::from_bytes(&hex::decode(&entry.leaf).unwrap()).unwrap());
        }
    }
    for row in store.snapshots().await.unwrap() {
        let members = store.snapshot_members(&row.id).await.unwrap();
        log.snapshots.insert(row.id.to_string(), members.into_iter().map(|member| member.member).collect());
    }
    log
}
