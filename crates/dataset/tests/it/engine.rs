//! The columnar engine against the oracle, on generated histories: at every index, made anew and event by event.

use crate::batches::event;
use candor_core::{
    Decision, Event, Frame, History, Logged, MemberId, PurposeKey, Query, RecipientKey, RecordFacts, RecordKind, Seq,
    Span, Subject, SubjectRole, Visibility,
    decide::facts_at,
    testing::{Sample, any_event, books, day, histories},
};
use candor_dataset::{Code, Columns, Engine};
use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;
use serde_json::json;

/// A record that no event names: an author and a subject by number, and when it was written and edited as a day and
/// microseconds beside it.
type Probe = ((u8, u8), (i64, i64), (i64, i64));

fn probes() -> impl Strategy<Value = Vec<Probe>> {
    let when = || (-40_i64..110, prop_oneof![4 => -1_i64..=1, 1 => -2_000_000_i64..2_000_000]);
    prop::collection::vec(((0_u8..5, 0_u8..8), when(), when()), 1..10)
}

fn moment((days, us): (i64, i64), shift: SignedDuration) -> Timestamp {
    day(days).checked_add(SignedDuration::from_micros(us)).unwrap().checked_add(shift).unwrap()
}

fn facts(probe: &Probe, shift: SignedDuration) -> RecordFacts {
    let ((author, subject), created, edited) = probe;
    let (created, edited) = (moment(*created, shift), moment(*edited, shift));
    let span = |start: usize| Span { start, end: start + 3 };
    let other =
        |n: u8| Subject { member: member(n), spans: vec![span(usize::from(n)), span(9)], role: SubjectRole::Mention };
    let kinds = [RecordKind::Post, RecordKind::Poll, RecordKind::Salary];
    RecordFacts {
        member: member(*author),
        kind: kinds[usize::from(*subject) / 3],
        created,
        edited: edited.max(created),
        visibility: if *subject == 7 { Visibility::Connections } else { Visibility::Public },
        deleted: *subject == 6,
        superseded: *subject == 7,
        held: false,
        subjects: if *subject < 5 { vec![other(*subject), other(0)] } else { vec![] },
    }
}

fn member(n: u8) -> MemberId {
    format!("m{n}").parse().unwrap()
}

/// Every record of the history at the question, and the probes, by author.
fn records(history: &History, query: &Query, probes: &[Probe], shift: SignedDuration) -> Vec<RecordFacts> {
    let mut all: Vec<RecordFacts> =
        Sample::records().filter_map(|id| facts_at(history, &id, query.at, query.as_of)).collect();
    all.extend(probes.iter().map(|probe| facts(probe, shift)));
    all.sort_by(|a, b| a.member.cmp(&b.member));
    all
}

/// Holds every answer of an engine about records equal to the oracle's, in columns and one by one.
pub fn check(
    engine: &mut Engine,
    history: &History,
    query: &Query,
    records: &[RecordFacts],
) -> Result<(), TestCaseError> {
    let frame = Frame::new(history, query);
    let mut columns = Columns::new(engine, records);
    let mut codes = Vec::new();
    engine.decide_all(&mut columns, &mut codes);
    prop_assert_eq!(codes.len(), records.len());
    for (at, facts) in records.iter().enumerate() {
        let expected = frame.decide(history, facts);
        let found = engine.decision(&columns, at as u32);
        prop_assert_eq!(&found, &expected, "{:?} {:?}", query, facts);
        prop_assert_eq!(codes[at], code(&expected), "{:?} {:?}", query, facts);
        prop_assert_eq!(codes[at].reason(), expected.primary());
        prop_assert_eq!(engine.decide(history, facts), expected);
    }
    Ok(())
}

fn code(decision: &Decision) -> Code {
    match decision.name() {
        "allow_redact" => Code::REDACT,
        _ => Code::of(decision.mask),
    }
}

/// The same events with all times moved, so that they lie inside a second.
fn shifted(events: &[Logged], shift: SignedDuration) -> impl Iterator<Item = Logged> {
    let moved = move |t: Timestamp| t.checked_add(shift).unwrap();
    events.iter().map(move |logged| Logged { t: moved(logged.t), t_valid: logged.t_valid.map(moved), ..logged.clone() })
}

/// A history whose members were told of everything before anything else, so that much of what they write may be used.
fn trusting() -> impl Strategy<Value = Sample> {
    let valid = prop_oneof![5 => Just(None), 4 => (-40_i64..=0).prop_map(Some), 1 => (1_i64..20).prop_map(Some)];
    let choice =
        (0_u8..3, prop::sample::select(vec!["future_records", "future_use", "retract", "from_now", "include_past"]));
    let rest = prop_oneof![3 => any_event(), 2 => choice.prop_map(|(n, scope)| chosen(n, scope))];
    let rest = prop::collection::vec((rest, 0_i64..4, valid), 0..16);
    (prop::sample::select(books()), rest, 20_i64..100).prop_map(|(book, rest, at)| {
        let start = (0..3).flat_map(|n| {
            let at_home = json!({"type": "member_registered", "member": member(n), "residence": "US", "birth_date": "1990-01-01"});
            let told = move |policy| event(json!({"type": "notice_delivered", "member": member(n), "policy": policy}));
            let told = book.policies.iter().map(move |policy| told(&policy.policy));
            [event(at_home)].into_iter().chain(told).chain((n > 0).then(move || chosen(n, "include_past")))
        });
        let mut today = 0;
        let start = start.map(|event| (event, 0, Some(-70))).collect::<Vec<_>>();
        let events = (1..).map(Seq).zip(start.into_iter().chain(rest)).map(|(seq, (event, days, valid))| {
            today += days;
            Logged { seq, t: day(today), t_valid: valid.map(|days| day(today + days)), event }
        });
        let events: Vec<Logged> = events.collect();
        let (purpose, recipient) = (PurposeKey::generative_training(), RecipientKey::own());
        Sample { book, events, queries: vec![Query { purpose, recipient, at: day(at), as_of: Seq(0) }] }
    })
}

fn chosen(n: u8, scope: &str) -> Event {
    let value = if ["from_now", "include_past"].contains(&scope) { "on" } else { "off" };
    let (member, purpose) = (member(n), PurposeKey::generative_training());
    event(json!({"type": "choice_set", "member": member, "purpose": purpose, "value": value, "scope": scope}))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, ..ProptestConfig::default() })]

    #[test]
    fn the_engine_equals_the_oracle(
        sample in prop_oneof![histories(), trusting()],
        probes in probes(),
        shift in prop::sample::select(vec![0_i64, 250_000]),
        anew in 0_u64..60,
    ) {
        let shift = SignedDuration::from_micros(shift);
        let question = sample.queries[0].clone();
        let mut history = History::new(sample.book.clone());
        let mut query = Query { at: question.at.checked_add(shift).unwrap(), as_of: Seq(0), ..question };
        let mut engine = Engine::new(&history, &query);
        for logged in shifted(&sample.events, shift) {
            let seq = logged.seq;
            // What is refused leaves no trace.
            if history.push(logged).is_err() {
                continue;
            }
            query.as_of = seq;
            engine.apply(&history, history.event(seq).unwrap());
            let records = records(&history, &query, &probes, shift);
            check(&mut engine, &history, &query, &records)?;
            if seq.0 % 20 == anew % 20 {
                check(&mut Engine::new(&history, &query), &history, &query, &records)?;
            }
        }
        // The whole history asked as of an earlier index, and as of one that is not there yet.
        for as_of in [anew.min(history.last().0), history.last().0 + 1] {
            query.as_of = Seq(as_of);
            let records = records(&history, &query, &probes, shift);
            check(&mut Engine::new(&history, &query), &history, &query, &records)?;
        }
    }
}

#[test]
fn a_rule_that_is_tried_tells_whom_it_would_touch() {
    use crate::batches::{history, told, training};
    use candor_dataset::gate::replay::{Affected, dry_run, replay};
    // Moved at the very moment of the registration: both places hold.
    let in_gb = event(json!({"type": "residence_set", "member": "ben", "residence": "GB"}));
    let history = history([told("ann").to_vec(), told("ben").to_vec(), vec![in_gb]].concat(), "2024-09-18T00:00:00Z");
    let query = training(&history, "2024-09-19T12:00:00Z");
    let of = |member: &str| RecordFacts {
        member: member.parse().unwrap(),
        subjects: vec![],
        ..facts(&((1, 5), (17, 0), (17, 0)), SignedDuration::ZERO)
    };
    let mut records = vec![];
    for (id, member) in [("r1", "ann"), ("r2", "ben"), ("r3", "ben")] {
        let mut facts = of(member);
        facts.kind = RecordKind::Post;
        facts.created = "2024-09-18T12:00:00Z".parse().unwrap();
        facts.edited = facts.created;
        records.push((id.parse::<candor_core::RecordId>().unwrap(), facts));
    }
    let asked = || records.iter().map(|(id, facts)| (id, facts));
    let mut pause = history.book().rules.iter().find(|rule| rule.name == "UK paused").unwrap().clone();
    pause.from = None;
    let changes = dry_run(&history, &query, pause, asked()).unwrap();
    assert_eq!((changes.asked, changes.members(), history.last()), (3, 1, Seq(5)), "the rule left no trace");
    let lines: Vec<_> = changes.by_region().into_iter().collect();
    assert_eq!(lines, [(("GB/US", "allow", "region_paused_now"), Affected { members: 1, records: 2 })]);
    // As of index 2 only ann is known.
    let lines = replay(&history, &query, (Seq(2), history.last()), asked());
    let lines: Vec<_> = lines.by_region().into_iter().collect();
    assert_eq!(lines, [(("GB/US", "unknown_member", "allow"), Affected { members: 1, records: 2 })]);
}
