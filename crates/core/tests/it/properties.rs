//! Properties of the decision over generated histories: what restricts never permits, and an answer as of `K` never
//! changes.

use candor_core::{
    Actor, ChoiceValue, Event, History, Logged, MemberId, ObjectionId, PolicyId, PurposeKey, Query, RecipientKey,
    RecordId, RecordKind, RuleBook, Scope, Seq, Visibility, decide,
};
use jiff::Timestamp;
use proptest::prelude::*;

fn day(n: i64) -> Timestamp {
    // 2024-09-10 and later.
    Timestamp::from_second(1_725_926_400 + n * 86_400).unwrap()
}

fn ann() -> MemberId {
    MemberId::new("ann").unwrap()
}

fn record() -> RecordId {
    RecordId::new("r1").unwrap()
}

/// Events that may come in any order, with the day on which they are recorded and that for which they hold.
fn any_event() -> impl Strategy<Value = Event> {
    let member = ann;
    let training = PurposeKey::generative_training;
    let choice = move |value, scope| Event::ChoiceSet {
        member: member(),
        purpose: training(),
        recipient: None,
        value,
        scope,
        actor: Actor::Member,
        channel: None,
        notice: None,
    };
    prop_oneof![
        Just(choice(ChoiceValue::On, None)),
        Just(choice(ChoiceValue::On, Some(Scope::IncludePast))),
        any_restriction(),
        prop_oneof![Just("US"), Just("IN"), Just("GB"), Just("ZZ")]
            .prop_map(move |code| Event::ResidenceSet { member: member(), residence: Some(code.into()) }),
        Just(Event::NoticeDelivered { member: member(), policy: PolicyId::new("2024-09-18").unwrap(), channel: None }),
        Just(Event::AccountReopened { member: member() }),
        Just(Event::RecordEdited { record: record() }),
    ]
}

/// Events that only ever take away.
fn any_restriction() -> impl Strategy<Value = Event> {
    let off = |scope| Event::ChoiceSet {
        member: ann(),
        purpose: PurposeKey::generative_training(),
        recipient: None,
        value: ChoiceValue::Off,
        scope,
        actor: Actor::Guardian,
        channel: None,
        notice: None,
    };
    prop_oneof![
        Just(off(None)),
        Just(off(Some(Scope::Retract))),
        Just(off(Some(Scope::FutureRecords))),
        Just(Event::ResidenceSet { member: ann(), residence: Some("DE".into()) }),
        Just(Event::ResidenceSet { member: ann(), residence: None }),
        Just(Event::AccountClosed { member: ann() }),
        Just(Event::AccountErased { member: ann() }),
        Just(Event::NoticeBounced { member: ann(), policy: PolicyId::new("2024-09-18").unwrap(), channel: None }),
        Just(Event::BirthDateSet { member: ann(), birth_date: "2012-01-01".parse().unwrap() }),
        Just(Event::ObjectionFiled {
            member: ann(),
            objection: ObjectionId::new("o1").unwrap(),
            purposes: vec![PurposeKey::generative_training()],
            needs_identity: false,
        }),
        Just(Event::RecordDeleted { record: record() }),
        Just(Event::VisibilityChanged { record: record(), visibility: Visibility::Private }),
    ]
}

fn any_history() -> impl Strategy<Value = Vec<(i64, i64, Event)>> {
    prop::collection::vec((0i64..40, 0i64..40, any_event()), 0..10)
}

/// Ann, told of the policy, with one post, and then the given events; refused ones are left out.
fn history(events: &[(i64, i64, Event)]) -> History {
    let mut history = History::new(RuleBook::shipped("seeds-2024").unwrap());
    let start = vec![
        Event::MemberRegistered {
            member: ann(),
            residence: Some("US".into()),
            birth_date: Some("1990-01-01".parse().unwrap()),
            account: candor_core::AccountKind::Human,
        },
        Event::RecordIngested {
            record: record(),
            member: ann(),
            kind: RecordKind::Post,
            visibility: Visibility::Public,
            created: Some(day(3)),
        },
        Event::NoticeDelivered { member: ann(), policy: PolicyId::new("2024-09-18").unwrap(), channel: None },
    ];
    for event in start {
        push(&mut history, 0, 0, event);
    }
    for (recorded, valid, event) in events {
        push(&mut history, *recorded, *valid, event.clone());
    }
    history
}

fn push(history: &mut History, recorded: i64, valid: i64, event: Event) {
    let seq = Seq(history.last().0 + 1);
    let _ = history.push(Logged { seq, t: day(recorded), t_valid: Some(day(valid)), event });
}

fn query(at: i64, as_of: Seq) -> Query {
    Query { purpose: PurposeKey::generative_training(), recipient: RecipientKey::own(), at: day(at), as_of }
}

proptest! {
    #[test]
    fn an_answer_as_of_k_never_changes(events in any_history(), at in 0i64..60) {
        let whole = history(&events);
        for cut in 0..=events.len() {
            let prefix = history(&events[..cut]);
            let question = query(at, prefix.last());
            prop_assert_eq!(decide(&prefix, &record(), &question), decide(&whole, &record(), &question));
        }
    }

    #[test]
    fn a_restriction_never_permits(events in any_history(), restriction in any_restriction(), valid in 0i64..60, at in 0i64..90) {
        let before = history(&events);
        let mut after = before.clone();
        push(&mut after, 60, valid, restriction);
        let (denied, asked) = (decide(&before, &record(), &query(at, before.last())), query(at, after.last()));
        prop_assert!(denied.allows() || !decide(&after, &record(), &asked).allows());
    }

    #[test]
    fn an_unknown_never_permits(events in any_history(), at in 0i64..60) {
        let history = history(&events);
        let mut question = query(at, history.last());
        question.purpose = PurposeKey::new("horoscopes").unwrap();
        prop_assert!(!decide(&history, &record(), &question).allows());
        let mut question = query(at, history.last());
        question.recipient = RecipientKey::new("acme").unwrap();
        prop_assert!(!decide(&history, &record(), &question).allows());
    }
}
