//! Durable, logged choices: how many a second from 64 clients, and how long an acknowledgement takes when they come at
//! their own pace, on SQLite and on PostgreSQL, beside what the disk can do at all. Prints Markdown.
//!
//! `cargo xtask bench store`
//!
//! The first part is a closed loop: each client sends the next choice when the last is acknowledged. The second is open:
//! every choice has its time, whoever is late, and is measured from that time on, so that a stall is paid by all who
//! came during it (no coordinated omission). The disk's own figure is a loop of the same bytes and one sync a group.
#![allow(clippy::disallowed_methods, clippy::unwrap_used, reason = "a benchmark measures itself")]

use candor_core::ChoiceValue;
use candor_store::{
    Change, Store,
    testing::{Bed, at, choice, registered, verify},
};
use std::{
    collections::HashSet,
    fs::File,
    io::Write,
    path::Path,
    time::{Duration, Instant},
};
use tokio::task::JoinSet;

const CLIENTS: usize = 64;
const MEMBERS: usize = 10_000;
/// Seconds of each measurement, and how often the closed loop is repeated.
const SECONDS: u64 = 5;
const ROUNDS: usize = 5;
/// Choices a second of the open loop.
const PACE: u64 = 2_000;
/// Bytes that SQLite appends for a group of [`CLIENTS`] choices, about: entries, tree hashes, keys, and their indexes.
const GROUP_BYTES: usize = 128 * 1024;

#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn main() {
    println!(
        "| on | choices/s, {CLIENTS} clients | groups of {CLIENTS} the disk syncs/s | ours is | ack p50, {PACE}/s | p99 | p99.9 | longest |"
    );
    println!("|---|---:|---:|---:|---:|---:|---:|---:|---:|");
    if let Some(bed) = Bed::sqlite().await {
        row("SQLite", &bed).await;
    }
    if let Some(bed) = Bed::postgres().await {
        row("PostgreSQL", &bed).await;
    }
}

/// Measures one database.
async fn row(name: &str, bed: &Bed) {
    let store = bed.open().await;
    for from in (0..MEMBERS).step_by(500) {
        let events = (from..from + 500).map(|n| Change::event(registered(&member(n)))).collect();
        store.commit(at(0), events).await.unwrap();
    }
    let (mut rates, mut groups, mut limits) = (Vec::new(), Vec::new(), Vec::new());
    for round in 0..ROUNDS {
        eprintln!("{name}: round {} of {ROUNDS}", round + 1);
        limits.push(syncs(bed.dir()));
        let (rate, group) = closed(&store, round).await;
        rates.push(rate);
        groups.push(group);
    }
    let (rate, group, syncs) = (median(rates), median(groups), median(limits));
    eprintln!("{name}: {PACE} a second");
    let mut waits = open(&store).await;
    waits.sort_unstable();
    let at = |share: f64| ms(waits[((waits.len() - 1) as f64 * share) as usize]);
    let limit = syncs * CLIENTS as f64;
    println!(
        "| {name} | {rate:.0} | {group:.0} | {syncs:.0} = {limit:.0} choices | {:.2} | {} | {} | {} | {} |",
        rate / limit,
        at(0.5),
        at(0.99),
        at(0.999),
        at(1.0)
    );
    store.verify_log().await.unwrap();
}

fn member(n: usize) -> String {
    format!("member-{}", n % MEMBERS)
}

fn ms(wait: Duration) -> String {
    format!("{:.1} ms", wait.as_secs_f64() * 1e3)
}

fn median(mut figures: Vec<f64>) -> f64 {
    figures.sort_by(f64::total_cmp);
    figures[figures.len() / 2]
}

/// One choice with its idempotency key, as the API sends it; answered when it is durable, with the size of the tree.
async fn choose(store: &Store, n: usize, key: String) -> u64 {
    let value = if n.is_multiple_of(2) { ChoiceValue::Off } else { ChoiceValue::On };
    let event = choice(&member(n * 7919), value, None);
    let change = Change::Event { event, t_valid: None, key: Some(key) };
    let receipt = store.commit(at(1), vec![change]).await.unwrap().receipts.remove(0);
    // What it is worth: the receipt stands alone.
    if n.is_multiple_of(1000) {
        verify(&receipt);
    }
    receipt.size
}

/// Acknowledged choices a second of clients who wait for each, and how many shared a commit in the mean.
async fn closed(store: &Store, round: usize) -> (f64, f64) {
    let start = Instant::now();
    let until = start + Duration::from_secs(SECONDS);
    let mut clients = JoinSet::new();
    for client in 0..CLIENTS {
        let store = store.clone();
        clients.spawn(async move {
            let mut sizes = Vec::new();
            while Instant::now() < until {
                let n = sizes.len();
                sizes.push(choose(&store, n * CLIENTS + client, format!("closed/{round}/{client}/{n}")).await);
            }
            sizes
        });
    }
    let sizes = clients.join_all().await;
    let took = start.elapsed().as_secs_f64();
    let done: usize = sizes.iter().map(Vec::len).sum();
    let commits: HashSet<u64> = sizes.into_iter().flatten().collect();
    (done as f64 / took, done as f64 / commits.len() as f64)
}

/// How long each choice waited, counted from the time at which it was due.
async fn open(store: &Store) -> Vec<Duration> {
    let start = tokio::time::Instant::now();
    let (mut waits, mut ticks) = (JoinSet::new(), tokio::time::interval(Duration::from_millis(1)));
    let mut sent = 0;
    while sent < PACE * SECONDS * 2 {
        ticks.tick().await;
        let due = |n: u64| start + Duration::from_micros(n * 1_000_000 / PACE);
        while sent < PACE * SECONDS * 2 && due(sent) <= tokio::time::Instant::now() {
            let (store, due, n) = (store.clone(), due(sent), sent as usize);
            waits.spawn(async move {
                choose(&store, n, format!("open/{n}")).await;
                due.elapsed()
            });
            sent += 1;
        }
    }
    waits.join_all().await
}

/// Syncs a second of as many bytes as a group has, appended to one file.
fn syncs(dir: &Path) -> f64 {
    let path = dir.join("bare");
    let (bytes, mut file) = (vec![0x5a; GROUP_BYTES], File::create(&path).unwrap());
    let (start, mut done) = (Instant::now(), 0);
    while start.elapsed() < Duration::from_secs(1) {
        file.write_all(&bytes).unwrap();
        file.sync_data().unwrap();
        done += 1;
    }
    let rate = f64::from(done) / start.elapsed().as_secs_f64();
    std::fs::remove_file(path).unwrap();
    rate
}
