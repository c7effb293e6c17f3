//! The log's heavy parts against the machine's own limit: the member set of ten million members beside the bare hashing
//! of as many blocks, and what one member's proof weighs and costs. Prints a Markdown table.
//!
//! `cargo bench -p candor-tlog --features parallel --bench log [-- MEMBERS]`
#![allow(clippy::disallowed_methods, clippy::unwrap_used, reason = "a benchmark measures itself")]

use candor_core::SnapshotId;
use candor_tlog::bundle::SetEvidence;
use candor_tlog::{MemberSecret, MemberSet, RecordsDigest, SetEntry, Tree, entry, token};
use sha2::{Digest, Sha256};
use std::{hint::black_box, time::Instant};

/// Members of the set when the command names no number.
const MEMBERS: usize = 10_000_000;
/// Members whose proofs are made and verified.
const PROBES: usize = 10_000;

/// Runs a function over `0..count` on all cores, or on one without the feature.
fn each<T: Send>(count: usize, make: impl Fn(usize) -> T + Sync + Send) -> Vec<T> {
    #[cfg(feature = "parallel")]
    {
        use rayon::prelude::*;
        (0..count).into_par_iter().map(make).collect()
    }
    #[cfg(not(feature = "parallel"))]
    (0..count).map(make).collect()
}

/// A member's secret in this benchmark: never random, always the same.
fn secret(member: usize) -> MemberSecret {
    let mut bytes = [0x5a; 32];
    bytes[..8].copy_from_slice(&(member as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15).to_be_bytes());
    MemberSecret(bytes)
}

/// Wall and CPU seconds of a piece of work, and what it made.
fn timed<T>(work: impl FnOnce() -> T) -> (f64, f64, T) {
    let (start, cpu) = (Instant::now(), cpu_s());
    let made = black_box(work());
    (start.elapsed().as_secs_f64(), cpu_s() - cpu, made)
}

/// CPU seconds of this process so far, in ticks of a hundredth; 0 where `/proc` is not there.
fn cpu_s() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let after_name = stat.rsplit_once(") ").map_or("", |(_, rest)| rest);
    let ticks = after_name.split(' ').skip(11).take(2).filter_map(|field| field.parse::<f64>().ok());
    ticks.sum::<f64>() / 100.0
}

/// One line of the table, with its ratio to the bare hashing of as many blocks.
fn row(what: &str, (wall, cpu): (f64, f64), limit: Option<f64>) {
    let ratio = limit.map_or(String::new(), |limit| format!("{:.2}", cpu / limit));
    println!("| {what} | {wall:.2} | {cpu:.2} | {ratio} |");
}

/// CPU seconds that a message of so many SHA-256 blocks takes, `count` times.
fn bare(count: usize, blocks: usize) -> f64 {
    let message = vec![0x11_u8; blocks * 64 - 9];
    let (_, cpu, _) = timed(|| {
        each(count, |n| {
            let mut message = Sha256::new_with_prefix(&message[8..]);
            message.update((n as u64).to_be_bytes());
            message.finalize()[0]
        })
    });
    cpu
}

fn main() {
    let members = std::env::args().skip(1).find_map(|word| word.parse().ok()).unwrap_or(MEMBERS);
    let snapshot = SnapshotId::new("s20260101-000000-0000").unwrap();
    let records = RecordsDigest::of([[7; 32]]);
    println!("{members} members, {} core(s)\n", std::thread::available_parallelism().map_or(1, usize::from));
    println!("| step | wall s | CPU s | CPU / bare hashing |\n|---|---:|---:|---:|");

    let per_entry = bare(members, 7);
    let (wall, cpu, entries) = timed(|| each(members, |n| SetEntry::from(entry(&secret(n), &snapshot, &records))));
    row("tokens and values (7 blocks a member)", (wall, cpu), Some(per_entry));
    let tokens = wall;
    let (both_wall, both_cpu, set) = timed(|| MemberSet::build(entries).unwrap());
    let sorted = set.entries().to_vec();
    let (tree_wall, tree_cpu, again) = timed(|| MemberSet::from_sorted(sorted).unwrap());
    assert_eq!(set.head(), again.head());
    drop(again);
    let leaves = 1_usize << set.head().bits;
    let nodes = bare(leaves, (members * 64 / leaves).div_ceil(64) + 1) + bare(leaves, 2);
    row("split by bucket and sort", (both_wall - tree_wall, both_cpu - tree_cpu), None);
    row("tree: leaves and nodes", (tree_wall, tree_cpu), Some(nodes));
    row("**all**", (tokens + both_wall, cpu + both_cpu), None);

    let step = (members / PROBES).max(1);
    let head = set.head();
    let tokens: Vec<_> = (0..members).step_by(step).map(|n| token(&secret(n), &snapshot)).collect();
    let (_, prove, proofs) = timed(|| tokens.iter().map(|token| set.prove(token)).collect::<Vec<_>>());
    let start = Instant::now();
    proofs.iter().zip(&tokens).for_each(|(proof, token)| _ = black_box(proof.verify(&head, token).unwrap()));
    let verify_us = start.elapsed().as_secs_f64() * 1e6 / proofs.len() as f64;
    let mut texts: Vec<_> = proofs
        .iter()
        .map(|proof| {
            let evidence = SetEvidence::new(proof, &[]);
            (evidence.path.len() + evidence.bucket.len(), proof.bytes(), proof.bucket.len())
        })
        .collect();
    texts.sort_unstable();
    let mean = |part: fn(&(usize, usize, usize)) -> usize| texts.iter().map(part).sum::<usize>() / texts.len();
    println!("\n| one member's proof ({} of them) | |\n|---|---:|", proofs.len());
    println!("| verified | {verify_us:.1} us |");
    println!("| made | {:.1} us |", prove * 1e6 / proofs.len() as f64);
    println!("| bytes, mean | {} |", mean(|text| text.1));
    println!("| as text in a bundle, mean | {} |", mean(|text| text.0));
    println!("| as text, 99 of 100 | {} |", texts[texts.len() * 99 / 100].0);
    println!("| as text, largest | {} |", texts[texts.len() - 1].0);
    println!("| entries in the fullest bucket seen | {} |", texts.iter().map(|text| text.2).max().unwrap_or(0));
    appends();
}

/// How many leaves a second the log takes, beside the two compressions that a leaf costs at least.
fn appends() {
    const LEAVES: usize = 1_000_000;
    let (_, cpu, tree) = timed(|| {
        let mut tree = Tree::default();
        for n in 0..LEAVES as u64 {
            tree.append(&candor_tlog::Leaf { kind: 1, commitment: [n as u8; 32] }).unwrap();
        }
        tree
    });
    println!("\n{LEAVES} leaves appended in {cpu:.2} CPU s; root {}", candor_tlog::to_hex(&tree.root().unwrap()));
}
