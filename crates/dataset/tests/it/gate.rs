//! The gate over batches against `decide`, one record at a time.

use crate::batches::{arrow, collected, event, gated, history, record, redactor, told, training};
use candor_core::{Event, History, Logged, PurposeKey, Query, RecordId, RuleBook, Seq, decide, decide::facts_at};
use candor_dataset::{Admitted, Batch, BatchError, Gate, Redacted, gate::GateError, redaction};
use candor_redact::{Directory, Entry, special::Category};
use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;
use serde_json::{Value, json};

fn day(n: i64) -> Timestamp {
    let start: Timestamp = "2024-09-01T00:00:00Z".parse().unwrap();
    start.checked_add(SignedDuration::from_hours(24 * n)).unwrap()
}

/// Anything that may happen to three members and six records.
fn any_event() -> impl Strategy<Value = Value> {
    let member = prop::sample::select(vec!["ann", "ben", "cyd"]);
    let record = (0..6).prop_map(|n| format!("r{n}"));
    let place = prop::sample::select(vec![json!("US"), json!("DE"), json!("GB"), json!("BR"), Value::Null]);
    let scope = prop::sample::select(vec!["future_use", "future_records", "retract"]);
    let on = prop::sample::select(vec!["from_now", "include_past"]);
    prop_oneof![
        4 => (member.clone(), place.clone(), prop::sample::select(vec!["1980-01-01", "2008-01-01"])).prop_map(
            |(member, residence, born)| json!({"type": "member_registered", "member": member, "residence": residence, "birth_date": born})),
        4 => member.clone().prop_map(|member| json!({"type": "notice_delivered", "member": member, "policy": "2024-09-18"})),
        6 => (record.clone(), member.clone(), prop::sample::select(vec!["post", "comment", "salary"]),
              prop::sample::select(vec!["public", "members", "private"])).prop_map(
            |(record, member, kind, visibility)| json!({"type": "record_ingested", "record": record, "member": member, "kind": kind, "visibility": visibility})),
        2 => (member.clone(), place).prop_map(|(member, residence)| json!({"type": "residence_set", "member": member, "residence": residence})),
        2 => (member.clone(), scope).prop_map(|(member, scope)| json!({"type": "choice_set", "member": member, "purpose": "generative_training", "value": "off", "scope": scope})),
        2 => (member.clone(), on).prop_map(|(member, scope)| json!({"type": "choice_set", "member": member, "purpose": "generative_training", "value": "on", "scope": scope})),
        1 => member.clone().prop_map(|member| json!({"type": "account_closed", "member": member})),
        1 => member.clone().prop_map(|member| json!({"type": "objection_filed", "member": member, "objection": format!("o-{member}"), "purposes": ["generative_training"]})),
        1 => record.clone().prop_map(|record| json!({"type": "record_edited", "record": record})),
        1 => record.clone().prop_map(|record| json!({"type": "record_deleted", "record": record})),
        1 => (record, member).prop_map(|(record, member)| json!({"type": "subjects_detected", "record": record,
            "subjects": [{"member": member, "spans": [[0, 4], [5, 6]], "role": "mention"}]})),
    ]
}

fn pushed(events: &[(i64, i64, Value)]) -> History {
    let mut history = History::new(RuleBook::shipped("seeds-2024").unwrap());
    for (seq, (t, back, value)) in (1..).map(Seq).zip(events) {
        let event: Event = event(value.clone());
        // What is refused leaves no trace.
        let _ = history.push(Logged { seq, t: day(*t), t_valid: (*back > 0).then(|| day(t - back)), event });
    }
    history
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]

    /// I1, for what a batch says: the same decision for every record, and every record either admitted or denied.
    #[test]
    fn the_gate_equals_decide(
        events in prop::collection::vec((0_i64..60, 0_i64..20, any_event()), 0..40),
        at in 0_i64..80,
        as_of in 0_u64..45,
    ) {
        let mut events = events;
        events.sort_by_key(|(t, ..)| *t);
        let history = pushed(&events);
        let as_of = Seq(as_of.min(history.last().0));
        let query = Query { at: day(at), as_of, ..training(&history, "2024-10-01T00:00:00Z") };
        let mut records = Vec::new();
        for n in 0..6 {
            let id = RecordId::new(format!("r{n}")).unwrap();
            if let Some(facts) = facts_at(&history, &id, query.at, query.as_of) {
                let mut record = record(id.as_str(), facts.member.as_str(), &facts.created.to_string(), "text of it");
                (record.kind, record.visibility, record.edited) = (facts.kind, facts.visibility, facts.edited);
                records.push((record, facts.deleted));
            }
        }
        let gated = gated(&history, &query, &records);
        prop_assert_eq!(gated.decisions.len(), records.len());
        for (id, member, decision) in &gated.decisions {
            prop_assert_eq!(decision, &decide(&history, id, &query));
            prop_assert!(records.iter().any(|(r, _)| r.id == *id && r.member == *member));
        }
        let allowed: Vec<&str> = gated.decisions.iter().filter(|(.., d)| d.allows()).map(|(id, ..)| id.as_str()).collect();
        let admitted = gated.admitted.columns().column_by_name("record").unwrap();
        let admitted: Vec<&str> = admitted.as_any().downcast_ref::<arrow::array::StringArray>().unwrap().iter().flatten().collect();
        prop_assert_eq!(&admitted, &allowed);
        prop_assert_eq!(gated.counts.taken(), records.len() as u64);
        prop_assert_eq!(gated.counts.kept(), allowed.len() as u64);
    }
}

#[test]
fn doubt_excludes() {
    let history = history(told("ann"), "2024-09-18T00:00:00Z");
    let query = training(&history, "2024-10-01T00:00:00Z");
    let good = record("r", "ann", "2024-09-20T00:00:00Z", "hello");
    let check = |change: fn(&mut candor_core::Record), deleted, expected: Option<&str>| {
        let mut record = good.clone();
        change(&mut record);
        let gated = gated(&history, &query, &[(record, deleted)]);
        assert_eq!(gated.decisions[0].2.primary().map(candor_core::Reason::code), expected);
        assert_eq!(gated.admitted.rows(), usize::from(expected.is_none()));
    };
    check(|_| {}, false, None);
    check(|_| {}, true, Some("record_deleted"));
    check(|r| r.created = "2024-10-02T00:00:00Z".parse().unwrap(), false, Some("stale_state"));
    check(|r| r.edited = "2024-10-02T00:00:00Z".parse().unwrap(), false, Some("stale_state"));
    check(|r| r.member = "eve".parse().unwrap(), false, Some("unknown_member"));

    let mut columns = arrow(&[(good.clone(), false)]);
    let odd: arrow::array::ArrayRef = std::sync::Arc::new(arrow::array::StringArray::from(vec!["telepathy"]));
    for (at, expected) in [(2, "record_kind"), (5, "record_not_visible")] {
        let mut all = columns.columns().to_vec();
        all[at] = odd.clone();
        let batch = arrow::array::RecordBatch::try_new(columns.schema(), all).unwrap();
        let gated = Gate::new(&history, &query, None).admit(&Batch::from_arrow(batch).unwrap()).unwrap();
        assert_eq!(gated.decisions[0].2.primary().map(candor_core::Reason::code), Some(expected));
    }
    columns.remove_column(12);
    assert!(matches!(Batch::from_arrow(columns), Err(BatchError::Absent("deleted"))));
    let mut nameless = arrow(&[(good, false)]).columns().to_vec();
    nameless[1] = std::sync::Arc::new(arrow::array::StringArray::from(vec![""]));
    let nameless =
        arrow::array::RecordBatch::try_new(std::sync::Arc::new(candor_dataset::batch::collected_schema()), nameless)
            .unwrap();
    let error = Gate::new(&history, &query, None).admit(&Batch::from_arrow(nameless).unwrap()).unwrap_err();
    assert!(matches!(error, GateError::Batch(BatchError::Id { row: 0, column: "member", .. })));
}

#[test]
fn members_who_are_left_out_are_redacted_from_the_texts_of_others() {
    let mut events = [told("ann"), told("ben"), told("cyd")].concat();
    events
        .push(event(json!({"type": "choice_set", "member": "ben", "purpose": "generative_training", "value": "off"})));
    let history = history(events, "2024-09-18T00:00:00Z");
    let query = training(&history, "2024-10-01T00:00:00Z");
    let entry =
        |member: &str, name: &str| Entry { member: member.into(), names: vec![name.into()], ..Entry::default() };
    let directory = Directory::build([entry("ben", "Ben Li"), entry("cyd", "Cyd Ray")]).unwrap();
    let mut mention = record("r1", "ann", "2024-09-20T00:00:00Z", "and Ben Li came. Cyd Ray too, x@y.org");
    mention.title = Some("I met Ben Li".into());
    let gated = Gate::new(&history, &query, Some(&directory)).admit(&collected(&[(mention, false)])).unwrap();
    assert_eq!(gated.decisions[0].2.name(), "allow_redact");
    assert_eq!(gated.decisions[0].2.spans.len(), 2, "in the title and in the text");

    let (redacted, counts) = redaction::redact(gated.admitted, &redactor()).unwrap();
    let text = redacted.columns().column_by_name("text").unwrap();
    let text = text.as_any().downcast_ref::<arrow::array::StringArray>().unwrap().value(0).to_owned();
    assert!(
        text.starts_with("I met [") && !text.contains("Ben Li") && text.contains("Cyd Ray") && !text.contains("x@y"),
        "{text}"
    );
    assert_eq!((counts.stage.taken(), counts.stage.kept()), (1, 1));
    assert_eq!(counts.findings.get(candor_redact::Kind::Email), 1);
}

#[test]
fn what_says_something_special_about_a_person_trains_nothing() {
    let history = history(told("ann"), "2024-09-18T00:00:00Z");
    let texts = [
        "We ship on Friday. x@y.org",
        "My wife was diagnosed with breast cancer, x@y.org",
        "Ich bin schwul und seit Jahren HIV-positiv.",
        "The health check of the service fails, so kill the process.",
    ];
    let record = |(n, text): (usize, &&str)| (record(&format!("r{n}"), "ann", "2024-09-20T00:00:00Z", text), false);
    let records: Vec<_> = texts.iter().enumerate().map(record).collect();
    let training = training(&history, "2024-10-01T00:00:00Z");
    let moderation = Query { purpose: PurposeKey::new("moderation").unwrap(), ..training.clone() };
    let redacted = |query: &Query| redaction::redact(gated(&history, query, &records).admitted, &redactor()).unwrap();

    let (batch, counts) = redacted(&training);
    assert_eq!((batch.rows(), counts.stage.kept(), counts.stage.dropped()["special_category"]), (2, 2, 2));
    let held: Vec<&str> = counts.held.iter().map(candor_core::RecordId::as_str).collect();
    let expected: Vec<&str> = records[1..3].iter().map(|(record, _)| record.id.as_str()).collect();
    assert_eq!(held, expected);
    assert_eq!(counts.statements, [(Category::Health, 2), (Category::SexLife, 1)].into());
    assert_eq!(counts.findings.get(candor_redact::Kind::Email), 1, "what is held back is not counted as replaced");

    let (batch, counts) = redacted(&moderation);
    assert_eq!((batch.rows(), counts.held.len(), counts.statements.len()), (4, 0, 0), "only training is held back");
}

#[test]
fn a_file_is_opened_only_as_what_it_is() {
    let history = history(told("ann"), "2024-09-18T00:00:00Z");
    let query = training(&history, "2024-10-01T00:00:00Z");
    let gated = gated(&history, &query, &[(record("r", "ann", "2024-09-20T00:00:00Z", "hello"), false)]);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("admitted.parquet");
    gated.admitted.write(&path).unwrap();
    let terms = gated.admitted.terms().clone();
    assert_eq!(Batch::<Admitted>::open(&path, &terms).unwrap().columns(), gated.admitted.columns());

    let other = |error: BatchError| match error {
        BatchError::OtherTerms { key, .. } => key,
        error => panic!("{error}"),
    };
    assert_eq!(other(Batch::<Redacted>::open(&path, &terms).unwrap_err()), "candor.stage");
    let later = candor_dataset::Terms { as_of: Seq(99), ..terms.clone() };
    assert_eq!(other(Batch::<Admitted>::open(&path, &later).unwrap_err()), "candor.as_of");
    let book = candor_dataset::Terms { rule_book: "0".repeat(64), ..terms };
    assert_eq!(other(Batch::<Admitted>::open(&path, &book).unwrap_err()), "candor.rule_book");
}
