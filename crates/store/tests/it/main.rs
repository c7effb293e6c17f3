//! The store on a real folder: commits, proofs, records, erasure, jobs, sessions, and what a kill leaves behind.

mod choices;
mod commits;
mod crash;
mod erasure;
mod jobs;
mod programme;
mod records;
mod speed;
mod verify;

use candor_core::{
    AccountKind, Event, Member, MemberId, Record, RecordId, RecordKind, RuleBook, Seq, Visibility, choice::Actor,
};
use candor_core::{ChoiceValue, PurposeKey, Scope};
use candor_store::{Receipt, Store};
use candor_tlog::{Leaf, parse_hash, verify_inclusion};
use jiff::Timestamp;
use std::path::Path;

/// A time in October 2024, by its second.
pub(crate) fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_727_740_800 + second).unwrap()
}

pub(crate) fn book() -> RuleBook {
    RuleBook::shipped("seeds-2024").unwrap()
}

pub(crate) async fn open(dir: &Path) -> Store {
    Store::open(dir, book()).await.unwrap()
}

pub(crate) fn id(text: &str) -> MemberId {
    MemberId::new(text).unwrap()
}

pub(crate) fn member(text: &str) -> Member {
    Member {
        id: id(text),
        handle: Some(format!("h-{text}")),
        name: format!("Name of {text}"),
        profile_url: None,
        registered: at(0),
        residence: Some("US".into()),
        birth_date: Some(jiff::civil::date(1990, 1, 1)),
        account: AccountKind::Human,
    }
}

pub(crate) fn registered(text: &str) -> Event {
    Event::MemberRegistered {
        member: id(text),
        residence: Some("US".into()),
        birth_date: Some(jiff::civil::date(1990, 1, 1)),
        account: AccountKind::Human,
    }
}

pub(crate) fn choice(text: &str, value: ChoiceValue, scope: Option<Scope>) -> Event {
    let purpose = PurposeKey::generative_training();
    Event::ChoiceSet {
        member: id(text),
        purpose,
        recipient: None,
        value,
        scope,
        actor: Actor::Member,
        channel: None,
        notice: None,
    }
}

pub(crate) fn record(native: &str, author: &str, edited: i64, text: &str) -> Record {
    Record {
        id: RecordId::derive("test", native),
        member: id(author),
        kind: RecordKind::Post,
        created: at(0),
        edited: at(edited),
        visibility: Visibility::Public,
        source: "test".into(),
        thread: None,
        language: Some("en".into()),
        license: None,
        title: None,
        text: text.into(),
    }
}

/// Checks a receipt as an outsider would.
pub(crate) fn verify(receipt: &Receipt) {
    let leaf = Leaf::from_bytes(&hex::decode(&receipt.leaf).unwrap()).unwrap();
    let proof: Vec<_> = receipt.proof.iter().map(|hash| parse_hash(hash).unwrap()).collect();
    let root = parse_hash(&receipt.root).unwrap();
    verify_inclusion(&leaf, receipt.seq.0 - 1, receipt.size, &root, &proof).unwrap();
}

/// Checks that the whole log is gapless, opens, and leads to the head.
pub(crate) async fn verify_log(store: &Store) {
    let head = store.head();
    let mut next = 1;
    while next <= head.seq.0 {
        for entry in store.entries(Seq(next), 1000).await.unwrap() {
            assert_eq!(entry.seq, Seq(next), "gapless");
            let receipt = store.proof(entry.seq, head.seq.0).await.unwrap();
            assert_eq!((&receipt.root, &receipt.leaf), (&head.root, &entry.leaf));
            verify(&receipt);
            let leaf = Leaf::from_bytes(&hex::decode(&entry.leaf).unwrap()).unwrap();
            match (entry.payload, entry.opening) {
                (Some(payload), Some(opening)) => {
                    let opening = hex::decode(opening).unwrap().try_into().unwrap();
                    assert!(leaf.opens(&opening, payload.as_bytes()), "entry {next} opens");
                }
                (None, None) => {}
                _ => panic!("half an entry at {next}"),
            }
            next += 1;
        }
    }
}

/// All files under a folder.
pub(crate) fn files(dir: &Path) -> Vec<std::path::PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { found.extend(files(&path)) } else { found.push(path) }
    }
    found
}
