//! I6: after an erasure no byte of the member's data is in any file, and everybody else's proofs still verify.

use super::{Bed, at, choice, files, id, member, record, registered, verify, verify_log};
use crate::{Change, Database, DecisionRow, Role, Store, StoreError};
use candor_core::{
    ChoiceValue, Event, Mask, ObjectionId, PurposeKey, Query, Reason, RecipientKey, Record, RecordFacts, Scope, Seq,
    SnapshotId, history::Refusal,
};

const NAME: &str = "Wilhelmina Zuckerkandl";
const HANDLE: &str = "zuckerkandl77";
const TEXT: &str = "a sentence about marzipan lighthouses";
const BORN: &str = "1971-07-13";
const PLACE: &str = "residence-of-wilhelmina";
const REASON: &str = "the guild of candle makers asked";

/// Where a planted string is still found.
pub async fn found(bed: &Bed, needles: &[&str]) -> Vec<String> {
    let mut hits = Vec::new();
    for path in bed.kept_files().await {
        // A file that was just being replaced is found under its own name.
        let Ok(mut bytes) = std::fs::read(&path) else { continue };
        bytes.make_ascii_lowercase();
        let text = String::from_utf8_lossy(&bytes);
        for needle in needles {
            if text.contains(&needle.to_ascii_lowercase()) {
                hits.push(format!("{needle} in {}", path.file_name().unwrap().to_string_lossy()));
            }
        }
    }
    hits
}

/// Clears away what was deleted. On a server that tests share, each of them may be in the way of the others: one stops
/// processes in their transactions. With SQLite it is done already.
pub async fn finish(bed: &Bed, store: &Store) {
    for _ in 0..20 {
        if matches!(bed.database, Database::Sqlite) || store.finish_erasures().await.unwrap() {
            return;
        }
    }
    panic!("deleted rows are held for longer than any test does");
}

fn planted() -> candor_core::Member {
    candor_core::Member {
        name: NAME.into(),
        handle: Some(HANDLE.into()),
        profile_url: Some(format!("https://example.org/in/{HANDLE}")),
        birth_date: Some(BORN.parse().unwrap()),
        residence: Some(PLACE.into()),
        ..member("wil")
    }
}

fn planted_events() -> Vec<Event> {
    let objection = ObjectionId::new("case-1").unwrap();
    vec![
        Event::MemberRegistered {
            member: id("wil"),
            residence: Some(PLACE.into()),
            birth_date: Some(BORN.parse().unwrap()),
            account: candor_core::AccountKind::Human,
        },
        Event::ResidenceSet { member: id("wil"), residence: Some(format!("{PLACE} 2")) },
        choice("wil", ChoiceValue::Off, Some(Scope::Retract)),
        Event::ObjectionFiled {
            member: id("wil"),
            objection: objection.clone(),
            purposes: vec![PurposeKey::generative_training()],
            needs_identity: false,
        },
        Event::DeadlineExtended { objection, reason: REASON.into() },
    ]
}

fn records() -> Vec<Record> {
    let mut records: Vec<_> =
        (0..300).map(|n| record(&format!("n{n}"), &format!("m{}", n % 40), 0, "others")).collect();
    // Incompressible neighbors, so that rows move between pages; the planted ones lie among them.
    for n in 0..40 {
        let noise: String = (0..40).map(|k| format!("{:x}", (n * 7919 + k * 104_729) % 65_521)).collect();
        records.push(record(&format!("w{n}"), "wil", 0, &format!("{TEXT} {noise} {NAME}")));
    }
    records
}

async fn fill(store: &Store) {
    for n in 0..40 {
        let name = format!("m{n}");
        let list = vec![Change::PutMember(member(&name)), Change::event(registered(&name))];
        store.commit(at(n), list).await.unwrap();
    }
    let mut list = vec![Change::PutMember(planted())];
    let key = Some("opt-out-wil".to_owned());
    list.extend(planted_events().into_iter().map(|event| Change::Event { event, t_valid: None, key: None }));
    list.push(Change::Event { event: choice("wil", ChoiceValue::Off, None), t_valid: None, key });
    store.commit(at(50), list).await.unwrap();
    store.commit(at(51), vec![Change::PutRecords(records())]).await.unwrap();
    store.merge_inbox(|_| {}).await.unwrap();
    // One more that is still in the inbox.
    let late = record("late", "wil", 0, TEXT);
    store.commit(at(52), vec![Change::PutRecords(vec![late])]).await.unwrap();
    store.create_session(at(53), Some(id("wil")), Role::Member).await.unwrap();
}

/// No byte of an erased member is left.
pub async fn no_byte_of_an_erased_member_is_left(bed: &Bed) {
    let store = bed.open().await;
    fill(&store).await;
    let needles = [NAME, HANDLE, TEXT, BORN, PLACE, REASON];
    let others = store.proof(Seq(5), 40).await.unwrap();
    assert!(found(bed, &[NAME, HANDLE, BORN, PLACE, REASON]).await.len() >= 5, "they are there before");

    let report = store.erase_member(at(60), &id("wil")).await.unwrap();
    assert_eq!((report.records, report.entries), (41, 7));
    assert!(report.scrubbed || matches!(bed.database, Database::Postgres(_)));
    finish(bed, &store).await;
    verify(&report.receipt.clone().unwrap());
    assert_eq!(found(bed, &needles).await, Vec::<String>::new());
    // Parquet is compressed, so the grep above does not see into it: the rows are gone, and so is the old file.
    assert_eq!(files(&bed.dir().join("records")).len(), store.buckets().await.unwrap().len());
    assert_eq!(store.records_of(&id("wil"), 99).await.unwrap(), vec![]);
    assert_eq!((store.record_count().await.unwrap(), store.inbox_count().await.unwrap()), (300, 0));
    assert_eq!(store.member(&id("wil")).await.unwrap(), None);
    verify(&others);
    verify_log(&store).await;
    let again = store.erase_member(at(61), &id("wil")).await.unwrap();
    assert_eq!((again.records, again.entries, again.receipt), (0, 0, None));

    // In memory and after a restart the history knows one thing of them: that they are erased.
    for _ in 0..2 {
        let store = bed.open().await;
        let history = store.history();
        let left: Vec<_> = history.of_member(&id("wil"), Seq(999)).map(|e| e.event.name()).collect();
        assert_eq!(left, ["account_erased"]);
        let query = Query {
            purpose: PurposeKey::generative_training(),
            recipient: RecipientKey::own(),
            at: at(70),
            as_of: history.last(),
        };
        let facts = RecordFacts::from(&record("w1", "wil", 0, TEXT));
        let mask: Mask = candor_core::decide_record(&history, &facts, &query).mask;
        assert!(mask.iter().any(|reason| reason == Reason::AccountErased));
        assert_eq!(found(bed, &needles).await, Vec::<String>::new());
        store.close().await;
    }
}

/// An import does not bring an erased member back.
pub async fn an_import_does_not_bring_an_erased_member_back(bed: &Bed) {
    let store = bed.open().await;
    fill(&store).await;
    store.erase_member(at(60), &id("wil")).await.unwrap();
    finish(bed, &store).await;
    assert!(store.is_suppressed(&id("wil")).await.unwrap());
    let list = vec![Change::PutMember(planted()), Change::PutRecords(records())];
    let done = store.commit(at(61), list).await.unwrap();
    assert_eq!((done.added, done.known, done.suppressed), (0, 300, 41));
    for event in [planted_events().remove(0), choice("wil", ChoiceValue::On, None)] {
        let refused = store.commit(at(62), vec![Change::event(event)]).await;
        assert!(matches!(refused, Err(StoreError::Refused(Refusal::Erased))));
    }
    let off = choice("wil", ChoiceValue::Off, None);
    store.commit(at(63), vec![Change::event(off)]).await.unwrap();
    assert_eq!(found(bed, &[NAME, HANDLE, TEXT]).await, Vec::<String>::new());
}

/// An erasure that a crash cut short is finished at the next start.
pub async fn an_erasure_that_a_crash_cut_short_is_finished_at_the_next_start(bed: &Bed) {
    let store = bed.open().await;
    let list = vec![Change::PutMember(planted()), Change::event(planted_events().remove(0))];
    store.commit(at(1), list).await.unwrap();
    // What `erase_member` commits, without what it does after.
    let erased = Change::event(Event::AccountErased { member: id("wil") });
    store.commit(at(2), vec![Change::EraseMember(id("wil")), erased]).await.unwrap();
    let needles = [NAME, HANDLE, BORN, PLACE];
    let left = bed.as_a_kill_leaves_it().await;
    assert!(!found(&left, &needles).await.is_empty(), "it is still there");
    drop(store);
    let store = left.open().await;
    finish(&left, &store).await;
    assert_eq!(found(&left, &needles).await, Vec::<String>::new());
    verify_log(&store).await;
}

/// Decisions go with the member.
pub async fn decisions_go_with_the_member(bed: &Bed) {
    let store = bed.open().await;
    fill(&store).await;
    let snapshot = SnapshotId::new("s1").unwrap();
    let rows = ["wil", "m1"].map(|name| DecisionRow {
        record: record(name, name, 0, "").id,
        member: id(name),
        mask: Mask(Reason::ChoiceOff.bit()),
    });
    let row = super::programme::snapshot("s1", 40);
    let list = vec![Change::PutSnapshot(row), Change::PutDecisions(snapshot.clone(), rows.to_vec())];
    store.commit(at(55), list).await.unwrap();
    assert_eq!(store.decision_counts(&snapshot).await.unwrap()["choice_off"], 2);
    let record_of = |name: &str| record(name, name, 0, "").id;
    let last = store.last_decision(&record_of("wil")).await.unwrap().unwrap();
    assert_eq!((last.snapshot, last.primary), (snapshot.clone(), Some(Reason::ChoiceOff)));
    assert_eq!(store.last_decision(&record_of("m2")).await.unwrap(), None);
    store.erase_member(at(60), &id("wil")).await.unwrap();
    assert_eq!(store.decisions_of(&id("wil"), 9).await.unwrap(), vec![]);
    assert_eq!(store.last_decision(&record_of("wil")).await.unwrap(), None);
    assert_eq!(store.decisions_of(&id("m1"), 9).await.unwrap()[0].primary, Some(Reason::ChoiceOff));
}
