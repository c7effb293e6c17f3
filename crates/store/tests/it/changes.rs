//! Any change of any row of the log is found: random fields of random rows are changed, one at a time.

use crate::{at, choice, durability::thorough, member, registered};
use candor_core::ChoiceValue;
use candor_store::{Change, Entry, Store, testing::Bed};
use rand::{Rng, SeedableRng, rngs::StdRng};
use std::collections::BTreeMap;

/// Changes in the thorough run, and in the plain one.
const CHANGES: usize = 2_000;
const CHANGES_PLAIN: usize = 200;

/// One field of a row: how it is set to another value, and how it is set back.
struct Field {
    name: &'static str,
    change: String,
    back: String,
}

#[tokio::test]
async fn every_random_change_of_a_row_is_found() {
    let bed = Bed::sqlite().await.unwrap();
    let store = bed.open().await;
    for n in 0..3 {
        let name = format!("m{n}");
        let list = vec![Change::PutMember(member(&name)), Change::event(registered(&name))];
        store.commit(at(n), list).await.unwrap();
        store.commit(at(n + 9), vec![Change::event(choice(&name, ChoiceValue::Off, None))]).await.unwrap();
    }
    let (entries, hashes) = (store.entries(candor_core::Seq(1), 99).await.unwrap(), hashes(&bed).await);
    let mut rng = StdRng::seed_from_u64(17);
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for _ in 0..if thorough() { CHANGES } else { CHANGES_PLAIN } {
        let field = if rng.random_bool(0.2) { of_tree(&hashes, &mut rng) } else { of_entry(&entries, &mut rng) };
        assert_eq!(bed.execute(&field.change).await, 1, "{}", field.change);
        assert!(store.verify_log().await.is_err(), "not found: {}", field.change);
        assert_eq!(bed.execute(&field.back).await, 1, "{}", field.back);
        *counts.entry(field.name).or_default() += 1;
    }
    println!("changed and found: {counts:?}");
    assert_eq!(verified(&store).await, entries.len() as u64, "set back, all is well");
}

async fn verified(store: &Store) -> u64 {
    store.verify_log().await.unwrap().seq.0
}

/// The stored hashes of the tree as `number:hex`.
async fn hashes(bed: &Bed) -> Vec<String> {
    bed.texts("SELECT number || ':' || lower(hex(hash)) FROM tree_hash ORDER BY number").await
}

fn of_tree(hashes: &[String], rng: &mut StdRng) -> Field {
    let (number, hash) = hashes[rng.random_range(0..hashes.len())].split_once(':').unwrap();
    let set = |hash: &str| format!("UPDATE tree_hash SET hash = X'{hash}' WHERE number = {number}");
    Field { name: "tree_hash.hash", change: set(&flipped(hash, rng)), back: set(hash) }
}

fn of_entry(entries: &[Entry], rng: &mut StdRng) -> Field {
    let entry = &entries[rng.random_range(0..entries.len())];
    let seq = entry.seq;
    let set = |column: &str, value: String| format!("UPDATE log_entry SET {column} = {value} WHERE seq = {seq}");
    let blob = |hex: &str| format!("X'{hex}'");
    let text = |text: &str| format!("'{}'", text.replace('\'', "''"));
    let field =
        |name, column, other: String, own: String| Field { name, change: set(column, other), back: set(column, own) };
    let (payload, opening) = (entry.payload.clone().unwrap(), entry.opening.clone().unwrap());
    match rng.random_range(0..6) {
        0 => field("payload", "payload", text(&other_letter(&payload, rng)), text(&payload)),
        1 => field("opening", "opening", blob(&flipped(&opening, rng)), blob(&opening)),
        2 => field("leaf", "leaf", blob(&flipped(&entry.leaf, rng)), blob(&entry.leaf)),
        3 => {
            let t = entry.t.as_microsecond();
            field("t_us", "t_us", (t + rng.random_range(1..1 << 40)).to_string(), t.to_string())
        }
        4 => field("kind", "kind", text(&other_letter(&entry.kind, rng)), text(&entry.kind)),
        _ => {
            let own = entry.member.as_ref().map_or("NULL".to_owned(), |member| text(member.as_str()));
            field("member", "member", text("somebody else"), own)
        }
    }
}

/// Hex with one bit turned.
fn flipped(text: &str, rng: &mut StdRng) -> String {
    let mut bytes = hex::decode(text).unwrap();
    let at = rng.random_range(0..bytes.len());
    bytes[at] ^= 1 << rng.random_range(0..8);
    hex::encode(bytes)
}

/// A text with another letter in one place.
fn other_letter(text: &str, rng: &mut StdRng) -> String {
    let mut chars: Vec<char> = text.chars().collect();
    let at = rng.random_range(0..chars.len());
    chars[at] = if chars[at] == 'x' { 'y' } else { 'x' };
    chars.into_iter().collect()
}
