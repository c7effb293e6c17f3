//! Strategies for single events of every type. A test holds that no type is left out.

use crate::{
    choice::{Actor, ChoiceValue, Scope},
    event::{Event, FenceKind, SetHead},
    id::{MemberId, ObjectionId, PolicyId, PurposeKey, RecipientKey, RecordId, ReleaseId, RunId, Seq, SnapshotId},
    member::AccountKind,
    obligation::ObligationAction,
    record::{RecordKind, Span, Subject, SubjectRole, Visibility},
    rule::{
        AgeEvidence, Backlog, CoversPast, Disclosure, Mechanism, NoticeRule, PendingObjection, Policy, Purpose,
        PurposeKind, RecipientKind, RegionSet, ResidenceRule, Rule, Status, SubjectRule,
    },
};
use jiff::civil::{Date, date};
use proptest::{prelude::*, sample::select};

/// An identifier of the vocabulary; the texts here are all valid.
fn id<T: std::str::FromStr<Err = crate::id::IdError> + std::fmt::Debug>(
    texts: &[&str],
) -> impl Strategy<Value = T> + use<T> {
    let ids: Vec<String> = texts.iter().map(|text| (*text).to_owned()).collect();
    select(ids).prop_filter_map("an identifier", |text| text.parse().ok())
}

fn member() -> impl Strategy<Value = MemberId> {
    id(&["m0", "m0", "m0", "m1", "m1", "m2", "m3"])
}

fn record() -> impl Strategy<Value = RecordId> {
    id(&["r0", "r0", "r1", "r2", "r3", "r4", "r5"])
}

fn purpose() -> impl Strategy<Value = PurposeKey> {
    id(&["generative_training", "generative_training", "personalization", "sharing", "scoring", "horoscopes"])
}

fn recipient() -> impl Strategy<Value = RecipientKey> {
    id(&["self", "acme", "acme", "cloud", "newco", "ghost"])
}

fn policy() -> impl Strategy<Value = PolicyId> {
    id(&["2024-09-18", "2024-09-18", "p1", "p2", "p2", "p3", "p4", "p5"])
}

fn objection() -> impl Strategy<Value = ObjectionId> {
    id(&["o0", "o0", "o1", "o2"])
}

fn residence() -> impl Strategy<Value = Option<String>> {
    let codes = ["US", "US", "US", "GB", "IN", "DE", "uk", "EL", "gr", "XK", "EU", "", "CA", "HK", "Atlantis"];
    prop_oneof![1 => Just(None), 9 => select(codes.to_vec()).prop_map(|code| Some(code.to_owned()))]
}

fn birth_date() -> impl Strategy<Value = Date> {
    select(vec![date(1990, 1, 1), date(1990, 1, 1), date(2006, 9, 20), date(2006, 8, 10), date(2012, 2, 29)])
}

fn account() -> impl Strategy<Value = AccountKind> {
    select(vec![
        AccountKind::Human,
        AccountKind::Human,
        AccountKind::Human,
        AccountKind::Human,
        AccountKind::Human,
        AccountKind::Bot,
        AccountKind::Staff,
        AccountKind::NonMember,
    ])
}

fn visibility() -> impl Strategy<Value = Visibility> {
    use Visibility::{Connections, Members, Private, Public};
    select(vec![Public, Public, Public, Members, Connections, Private])
}

fn record_kind() -> impl Strategy<Value = RecordKind> {
    use RecordKind::{Article, Comment, Post, PrivateMessage, UsageEvent};
    select(vec![Post, Post, Post, Post, Article, Comment, UsageEvent, PrivateMessage])
}

fn channel() -> impl Strategy<Value = Option<String>> {
    select(vec![None, None, Some("mail".to_owned()), Some("app".to_owned())])
}

/// When a fact holds, in days from when it is recorded: mostly then, often before, seldom after.
pub(super) fn any_validity() -> impl Strategy<Value = Option<i64>> {
    prop_oneof![5 => Just(None), 4 => (-40i64..=0).prop_map(Some), 1 => (1i64..20).prop_map(Some)]
}

/// The start of a history, each event with its valid day: three members, maybe told, and the records.
pub(super) fn start() -> impl Strategy<Value = Vec<(Event, i64)>> {
    let people = (residence(), prop::option::weighted(0.8, birth_date()), account());
    let people = prop::collection::vec(people, 3);
    let records = prop::collection::vec((0u8..4, record_kind(), visibility(), -60i64..20), 1..=6);
    let told = prop::collection::vec((0u8..3, policy(), -30i64..0), 0..6);
    (people, records, told).prop_map(|(people, records, told)| {
        let mut events = Vec::new();
        for (n, (residence, birth_date, account)) in people.into_iter().enumerate() {
            let Ok(member) = MemberId::new(format!("m{n}")) else { continue };
            events.push((Event::MemberRegistered { member, residence, birth_date, account }, -70));
        }
        for (n, policy, day) in told {
            let Ok(member) = MemberId::new(format!("m{n}")) else { continue };
            events.push((Event::NoticeDelivered { member, policy, channel: None }, day));
        }
        for (n, (author, kind, visibility, day)) in records.into_iter().enumerate() {
            let (Ok(record), Ok(member)) = (RecordId::new(format!("r{n}")), MemberId::new(format!("m{author}"))) else {
                continue;
            };
            let created = Some(super::day(day));
            events.push((Event::RecordIngested { record, member, kind, visibility, created }, day));
        }
        events
    })
}

/// Any event, of every type.
pub fn any_event() -> BoxedStrategy<Event> {
    prop_oneof![
        6 => choice(),
        4 => of_member(),
        2 => of_notice(),
        3 => of_objection(),
        4 => of_record(),
        3 => of_platform(),
        1 => of_use(),
    ]
    .boxed()
}

/// An event that only takes away: after it nothing may be used that could not be used before it.
pub fn restrictive_event() -> BoxedStrategy<Event> {
    use Scope::{FutureRecords, FutureUse, Retract};
    let scopes = select(vec![None, Some(FutureUse), Some(FutureRecords), Some(Retract)]);
    let off = (member(), purpose(), prop::option::weighted(0.3, recipient()), scopes).prop_map(
        |(member, purpose, recipient, scope)| Event::ChoiceSet {
            member,
            purpose,
            recipient,
            value: ChoiceValue::Off,
            scope,
            actor: Actor::Guardian,
            channel: None,
            notice: None,
        },
    );
    let minor = member().prop_map(|member| Event::BirthDateSet { member, birth_date: date(2012, 1, 1) });
    let account = (member(), 0u8..4).prop_map(|(member, step)| match step {
        0 => Event::AccountClosed { member },
        1 => Event::AccountSuspended { member },
        2 => Event::ErasureRequested { member },
        _ => Event::AccountErased { member },
    });
    let filed = (member(), purpose()).prop_map(|(member, purpose)| Event::ObjectionFiled {
        objection: fresh_objection(&member),
        member,
        purposes: vec![purpose],
        needs_identity: false,
    });
    prop_oneof![
        4 => off,
        1 => minor,
        1 => account,
        1 => filed,
        1 => (member(), policy(), channel())
            .prop_map(|(member, policy, channel)| Event::NoticeBounced { member, policy, channel }),
        1 => member().prop_map(|member| Event::SignalReceived { member, signal: "gpc".into() }),
        1 => record().prop_map(|record| Event::RecordDeleted { record }),
        1 => record().prop_map(|record| Event::RecordHeld { record, reason: "court order".into() }),
        1 => record().prop_map(|record| Event::VisibilityChanged { record, visibility: Visibility::Private }),
        1 => recipient().prop_map(|recipient| Event::RecipientEnded { recipient }),
    ]
    .boxed()
}

/// A reference that no other strategy uses.
#[expect(
    clippy::expect_used,
    reason = "the text is valid for every identifier up to 190 bytes, and tests have shorter ones"
)]
fn fresh_objection(member: &MemberId) -> ObjectionId {
    ObjectionId::new(format!("restricts-{member}")).expect("a short identifier")
}

fn choice() -> impl Strategy<Value = Event> {
    use Scope::{FromNow, FutureRecords, FutureUse, IncludePast, Retract};
    let scopes = [None, None, Some(FutureUse), Some(FutureRecords), Some(Retract), Some(FromNow), Some(IncludePast)];
    let value = select(vec![ChoiceValue::On, ChoiceValue::Off]);
    let actor =
        select(vec![Actor::Member, Actor::Member, Actor::Member, Actor::Officer, Actor::Guardian, Actor::Signal]);
    let recipient = prop::option::weighted(0.3, recipient());
    (member(), purpose(), recipient, value, select(scopes.to_vec()), actor, channel()).prop_map(
        |(member, purpose, recipient, value, scope, actor, channel)| Event::ChoiceSet {
            member,
            purpose,
            recipient,
            value,
            scope: scope.filter(|scope| scope.value() == value),
            actor,
            channel,
            notice: None,
        },
    )
}

fn of_member() -> impl Strategy<Value = Event> {
    let commitment = "5d41402abc4b2a76b9719d911017c5925d41402abc4b2a76b9719d911017c592";
    prop_oneof![
        1 => (member(), residence(), prop::option::of(birth_date()), account()).prop_map(
            |(member, residence, birth_date, account)| Event::MemberRegistered {
                member,
                residence,
                birth_date,
                account
            }
        ),
        4 => (member(), residence()).prop_map(|(member, residence)| Event::ResidenceSet { member, residence }),
        3 => (member(), birth_date()).prop_map(|(member, birth_date)| Event::BirthDateSet { member, birth_date }),
        1 => member().prop_map(move |member| Event::MemberEnrolled { member, commitment: commitment.into() }),
        1 => member().prop_map(|member| Event::AccountClosed { member }),
        1 => member().prop_map(|member| Event::AccountSuspended { member }),
        3 => member().prop_map(|member| Event::AccountReopened { member }),
        1 => member().prop_map(|member| Event::ErasureRequested { member }),
        1 => member().prop_map(|member| Event::AccountErased { member }),
        2 => (member(), select(vec!["gpc", "GPC", "dnt"]))
            .prop_map(|(member, signal)| Event::SignalReceived { member, signal: signal.into() }),
    ]
}

fn of_notice() -> impl Strategy<Value = Event> {
    (member(), policy(), channel(), 0u8..8).prop_map(|(member, policy, channel, step)| match step {
        0 => Event::NoticeServed { member, policy, channel },
        1 => Event::NoticeSeen { member, policy, channel },
        2 => Event::NoticeBounced { member, policy, channel },
        _ => Event::NoticeDelivered { member, policy, channel },
    })
}

fn of_objection() -> impl Strategy<Value = Event> {
    let filed = (member(), objection(), prop::collection::vec(purpose(), 1..3), any::<bool>()).prop_map(
        |(member, objection, purposes, needs_identity)| Event::ObjectionFiled {
            member,
            objection,
            purposes,
            needs_identity,
        },
    );
    let step = (objection(), 0u8..8).prop_map(|(objection, step)| match step {
        0 => Event::IdentityChecked { objection },
        1 => Event::ReviewStarted { objection },
        2 => Event::DeadlineExtended { objection, reason: "many requests at once".into() },
        3 => Event::ObjectionUpheld { objection },
        4 => Event::ObjectionRefused { objection },
        5 => Event::ObjectionWithdrawn { objection },
        6 => Event::ObjectionAppealed { objection },
        _ => Event::ObjectionExpired { objection },
    });
    prop_oneof![1 => filed, 2 => step]
}

fn of_record() -> impl Strategy<Value = Event> {
    let subject =
        (member(), prop::collection::vec((0usize..40, 1usize..20), 0..3), 0u8..4).prop_map(|(member, spans, role)| {
            Subject {
                member,
                spans: spans.into_iter().map(|(start, length)| Span { start, end: start + length }).collect(),
                role: match role {
                    0 => SubjectRole::Mention,
                    1 => SubjectRole::Quote,
                    2 => SubjectRole::Reply,
                    _ => SubjectRole::Tag,
                },
            }
        });
    prop_oneof![
        2 => (record(), member(), record_kind(), visibility(), prop::option::of(-60i64..30)).prop_map(
            |(record, member, kind, visibility, created)| Event::RecordIngested {
                record,
                member,
                kind,
                visibility,
                created: created.map(super::day)
            }
        ),
        3 => record().prop_map(|record| Event::RecordEdited { record }),
        1 => record().prop_map(|record| Event::RecordDeleted { record }),
        1 => record().prop_map(|record| Event::RecordHeld { record, reason: "takedown".into() }),
        1 => record().prop_map(|record| Event::RecordHoldLifted { record }),
        2 => (record(), visibility())
            .prop_map(|(record, visibility)| Event::VisibilityChanged { record, visibility }),
        3 => (record(), prop::collection::vec(subject, 0..3))
            .prop_map(|(record, subjects)| Event::SubjectsDetected { record, subjects }),
    ]
}

fn of_platform() -> impl Strategy<Value = Event> {
    let kind = select(vec![RecipientKind::Affiliate, RecipientKind::Processor]);
    prop_oneof![
        3 => rule().prop_map(|rule| Event::RuleSet { rule }),
        2 => published().prop_map(Event::PolicyPublished),
        2 => (recipient(), kind, prop::option::of(Just("US".to_owned())), any::<bool>()).prop_map(
            |(recipient, kind, region, no_train)| Event::RecipientAdded { recipient, kind, region, no_train }
        ),
        1 => recipient().prop_map(|recipient| Event::RecipientEnded { recipient }),
        1 => defined().prop_map(Event::PurposeDefined),
        2 => region_set().prop_map(Event::RegionSetChanged),
    ]
}

fn rule() -> impl Strategy<Value = Rule> {
    let status = select(vec![Status::Open, Status::Open, Status::Paused, Status::Excluded]);
    let mechanism = select(vec![Mechanism::OptOut, Mechanism::OptOut, Mechanism::OptIn, Mechanism::Necessary]);
    let regions = select(vec!["*", "any", "US", "GB", "IN", "@left_out", "@later", "@designated", "@nowhere"]);
    let backlog = prop_oneof![
        3 => Just(Backlog::All),
        1 => Just(Backlog::None),
        1 => (-40i64..20).prop_map(|n| Backlog::From(super::day(n))),
    ];
    let age = (prop::option::of(select(vec![16u8, 18])), any::<bool>());
    let whose = (purpose(), prop_oneof![3 => Just("*".to_owned()), 1 => recipient().prop_map(String::from)], regions);
    let interval = (prop::option::weighted(0.3, -20i64..60), prop::option::weighted(0.2, 0i64..90));
    let flags = (any::<bool>(), 0u16..4, any::<bool>(), any::<bool>());
    (whose, status, mechanism, age, backlog, interval, flags).prop_map(
        |((purpose, recipient, region), status, mechanism, (min_age, evidence), backlog, (from, to), flags)| {
            let (notice, notice_window_days, now, strict) = flags;
            Rule {
                name: format!("generated for {region}"),
                purposes: vec![purpose],
                recipients: vec![recipient],
                regions: vec![region.to_owned()],
                status,
                mechanism,
                min_age,
                age_evidence: if evidence { AgeEvidence::Required } else { AgeEvidence::NotRequired },
                notice: if notice { NoticeRule::Required } else { NoticeRule::None },
                notice_window_days,
                residence: if now { ResidenceRule::Now } else { ResidenceRule::Strictest },
                backlog,
                subjects: if strict { SubjectRule::Strict } else { SubjectRule::Redact },
                off_scope: Scope::FutureUse,
                from: from.map(super::day),
                to: to.map(super::day),
                source: "generated".into(),
                date: date(2024, 9, 1),
            }
        },
    )
}

fn published() -> impl Strategy<Value = Policy> {
    let covers = prop_oneof![
        Just(CoversPast::None),
        Just(CoversPast::Beginning),
        (-50i64..20).prop_map(|n| CoversPast::From(super::day(n))),
    ];
    let told = (purpose(), recipient(), covers).prop_map(|(purpose, recipient, covers_past_from)| Disclosure {
        purpose,
        recipient,
        covers_past_from,
    });
    (id(&["p4", "p5"]), -20i64..60, any::<bool>(), prop::collection::vec(told, 0..3)).prop_map(
        |(policy, from, material, discloses)| Policy {
            policy,
            effective_from: super::day(from),
            material,
            discloses,
            source: None,
            date: None,
        },
    )
}

fn defined() -> impl Strategy<Value = Purpose> {
    (id(&["scoring", "generative_training"]), any::<bool>(), any::<bool>()).prop_map(|(key, articles, goes_on)| {
        Purpose {
            key,
            kind: PurposeKind::Personalization,
            title: "Scoring".into(),
            records: if articles { vec![RecordKind::Post, RecordKind::Article] } else { vec![RecordKind::Post] },
            visibility: vec![Visibility::Public],
            pending: if goes_on { PendingObjection::Continue } else { PendingObjection::Restrict },
            ground: goes_on.then(|| "generated".into()),
            source: "generated".into(),
            date: date(2024, 9, 1),
        }
    })
}

fn region_set() -> impl Strategy<Value = RegionSet> {
    let names = select(vec!["left_out", "later", "designated", "fresh"]);
    let codes = select(vec![vec!["DE", "FR"], vec!["DE", "US"], vec!["IN", "GB"], vec![]]);
    (names, codes, prop::option::of(-20i64..60)).prop_map(|(name, codes, from)| RegionSet {
        name: name.into(),
        countries: codes.into_iter().filter_map(crate::Country::parse).collect(),
        from: from.map(super::day),
        source: "generated".into(),
        date: date(2024, 9, 1),
    })
}

fn of_use() -> impl Strategy<Value = Event> {
    let run = id::<RunId>(&["run-1", "run-2"]);
    let snapshot = id::<SnapshotId>(&["s-1"]);
    let release = id::<ReleaseId>(&["v1"]);
    let head = SetHead { bits: 4, members: 3, root: "00".repeat(32) };
    (run, snapshot, release, 0u8..13, any::<bool>()).prop_map(move |(run, snapshot, release, which, with_set)| {
        let fence = |kind| Event::RunFenced { run: run.clone(), kind };
        let root = "00".repeat(32);
        match which {
            0 => fence(FenceKind::Freeze),
            1 => fence(FenceKind::Step0),
            2 => fence(FenceKind::Release),
            3 => fence(FenceKind::Share),
            4 => Event::RecordsCommitted { records: 6, root },
            5 => Event::SnapshotSealed { snapshot, as_of: Seq(3), manifest: root, set: with_set.then(|| head.clone()) },
            6 => Event::UseCommitted { run, snapshot, root },
            7 => Event::SnapshotWithdrawn { snapshot },
            8 => Event::ShardRetired { release, shard: 1 },
            9 => Event::ModelReleased { release, snapshot, adapters: root },
            10 => Event::ModelWithdrawn { release },
            11 => Event::ObligationOpened {
                obligation: "3/s-1".into(),
                cause: Seq(3),
                target: "s-1".into(),
                action: ObligationAction::Retract,
                due: super::day(30),
            },
            _ if with_set => Event::ObligationDone { obligation: "3/s-1".into() },
            _ => Event::LogKeySet { key: "candor.example/log+1234abcd+AQ==".into() },
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::{strategy::ValueTree, test_runner::TestRunner};
    use std::collections::BTreeSet;

    #[test]
    fn every_type_of_event_is_generated() {
        let mut runner = TestRunner::deterministic();
        let seen: BTreeSet<&str> =
            (0..6000).map(|_| any_event().new_tree(&mut runner).unwrap().current().name()).collect();
        assert_eq!(seen.len(), 48, "{seen:?}");
    }
}
