//! The cases of `rules.md` section 4: one row each, with the scenarios that show it and the duties that it calls for. The
//! gate of the dataset runs the same files (`dataset/tests/it/scenarios.rs`).

use crate::scenarios::scenario;
use candor_core::{
    History, ObligationAction, RuleBook, Scenario, Seq,
    objection::overdue,
    obligation::{Concern, duties},
};
use std::collections::BTreeSet;

/// The rule in short, the files that show it, and what an event of one of these calls for.
struct Case {
    says: &'static str,
    files: &'static [&'static str],
    duties: &'static [(usize, u64, &'static [ObligationAction])],
}

use ObligationAction::{RedactSubject, RemoveRecord, Repair, Retract, ReturnOrDelete};

/// In the order of the rules.
const CASES: [Case; 15] = [
    Case {
        says: "moves: the stricter of then and now, also when told late",
        files: &["moved-to-the-us-after-writing-in-germany", "moved-to-germany-after-writing-told-late"],
        duties: &[(1, 4, &[Repair])],
    },
    Case {
        says: "written before the disclosing version: out, unless it reaches back and was delivered",
        files: &["written-before-the-disclosing-version-stays-out-unless-it-reaches-back-and-was-delivered"],
        duties: &[],
    },
    Case {
        says: "off then on: what was written while off stays out, unless the past is included; retract empties it",
        files: &[
            "written-while-off-stays-out-after-turning-on-again",
            "turning-on-with-the-past-opens-what-was-written-while-it-was-off",
            "retract-empties-the-past",
        ],
        duties: &[(0, 4, &[RedactSubject]), (1, 7, &[Retract, RedactSubject]), (2, 4, &[Retract, RedactSubject])],
    },
    Case {
        says: "paused then resumed: new version, delivery, window; the pause and before need a backlog",
        files: &[
            "a-pause-ends-with-a-new-version-a-delivery-a-window-and-a-backlog",
            "an-opened-region-needs-a-new-notice",
            "records-of-the-pause-stay-out-without-a-backlog",
        ],
        duties: &[],
    },
    Case {
        says: "edited: the latest version, and both times count; deleted after use: an obligation",
        files: &[
            "only-the-latest-version-of-a-record-is-used",
            "an-edit-never-opens-a-record-and-can-close-it",
            "a-record-that-is-deleted-after-it-was-used-is-out-and-must-be-removed",
        ],
        duties: &[(2, 5, &[RemoveRecord])],
    },
    Case {
        says: "a blocked member is mentioned: redacted, quotes whole; one who opts out later too",
        files: &[
            "a-left-out-member-is-mentioned",
            "a-quoted-member-who-opts-out-later-is-redacted-whole-from-then-on",
            "under-the-strict-rule-a-left-out-member-blocks-the-record",
        ],
        duties: &[(1, 7, &[RedactSubject]), (2, 7, &[RedactSubject])],
    },
    Case {
        says: "under age: never, and not later by birthday alone",
        files: &[
            "a-minor-s-posts-stay-out-after-the-birthday",
            "who-comes-of-age-opens-the-past-only-by-their-own-word",
        ],
        duties: &[(1, 6, &[Repair])],
    },
    Case {
        says: "closed: out; erased: retract; registered again: a new member",
        files: &[
            "a-closed-account-is-out-and-a-new-registration-is-a-new-member",
            "after-erasure-on-is-refused-and-off-is-accepted",
        ],
        duties: &[(0, 5, &[Retract, RedactSubject])],
    },
    Case {
        says: "affiliates: one decision each; a new one waits for disclosure, delivery and window; an ended one gives back",
        files: &[
            "a-new-affiliate-waits-for-disclosure-delivery-and-window",
            "an-affiliate-needs-its-own-disclosure",
            "an-affiliate-ends-and-a-processor-may-not-train",
            "off-for-one-recipient-leaves-the-others-on",
        ],
        duties: &[(2, 8, &[ReturnOrDelete])],
    },
    Case {
        says: "objection: restricts from receipt, one month and two more, overdue restricts, refused lifts, appeal restricts",
        files: &[
            "an-objection-restricts-while-it-is-weighed",
            "an-objection-is-extended-once-with-a-reason-inside-the-first-month",
            "an-objection-without-an-answer-in-a-month-restricts-on",
            "an-appeal-restricts-again-and-whoever-is-right-was-right-from-the-receipt",
        ],
        duties: &[(0, 7, &[Retract]), (3, 7, &[Retract])],
    },
    Case { says: "a guardian may only restrict", files: &["a-guardian-may-only-restrict"], duties: &[] },
    Case {
        says: "a browser signal binds at login and only restricts",
        files: &["a-browser-signal-may-only-restrict", "a-browser-signal-stops-sharing-with-affiliates-only"],
        duties: &[],
    },
    Case {
        says: "two switches in flight: the higher index; at one instant the denial",
        files: &["of-two-switches-in-flight-the-later-in-the-log-holds"],
        duties: &[],
    },
    Case {
        says: "the clock jumps: the index orders",
        files: &["the-log-orders-what-a-clock-that-jumps-back-does-not"],
        duties: &[],
    },
    Case {
        says: "odd country codes: normalised or unknown, never refused",
        files: &["odd-country-codes-are-normalised-or-unknown", "unknown-place-is-left-out"],
        duties: &[],
    },
];

#[test]
fn every_case_of_the_rules_holds() {
    let mut wrong = Vec::new();
    let mut files = BTreeSet::new();
    for (number, case) in (1..).zip(&CASES) {
        let mut found = Vec::new();
        for file in case.files {
            found.extend(scenario(file).run().unwrap().into_iter().map(|what| format!("{file}: {what}")));
            assert!(files.insert(file), "`{file}` stands for two cases");
        }
        for (file, seq, expected) in case.duties {
            let history = history(&scenario(case.files[*file]));
            let called: Vec<_> = duties(&history, history.event(Seq(*seq)).unwrap());
            let actions: Vec<_> = called.iter().map(|duty| duty.action).collect();
            if actions != *expected {
                found.push(format!(
                    "{}: event {seq} must call for {expected:?}, does for {actions:?}",
                    case.files[*file]
                ));
            }
        }
        wrong.extend(found.into_iter().map(|what| format!("{number} {}: {what}", case.says)));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The alarm of case 10: the list of late answers.
#[test]
fn a_late_answer_is_on_the_list_of_overdue_cases() {
    let history = history(&scenario("an-objection-without-an-answer-in-a-month-restricts-on"));
    let late = |at: &str| overdue(&history, at.parse().unwrap()).len();
    assert_eq!((late("2025-02-28T23:59:59Z"), late("2025-03-01T00:00:00Z")), (0, 1));
}

/// Case 6: whoever opts out is looked for in the records of others, and by no other name.
#[test]
fn a_subject_who_opts_out_is_the_one_who_is_redacted() {
    let history = history(&scenario("a-quoted-member-who-opts-out-later-is-redacted-whole-from-then-on"));
    let [duty] = duties(&history, history.event(Seq(7)).unwrap()).try_into().unwrap();
    assert!(matches!(duty.concern, Concern::Member(member, Some(_)) if member.as_str() == "bea"));
}

/// Case 14, for those who ask: a clock that went back hides no fact.
#[test]
fn the_present_is_never_before_the_last_event() {
    let history = history(&scenario("opting-out-stops-new-runs-and-leaves-the-past-as-it-was"));
    for (now, present) in [("2014-10-06", "2024-10-05"), ("2034-10-06", "2034-10-06")] {
        let [now, present] = [now, present].map(|day| format!("{day}T00:00:00Z").parse().unwrap());
        assert_eq!(history.present(now), present);
    }
}

/// Case 14, for those who build: ages and waiting times cannot be told by a clock that one event outran by far.
#[test]
fn a_log_far_ahead_of_the_clock_is_in_doubt() {
    let history = history(&scenario("opting-out-stops-new-runs-and-leaves-the-past-as-it-was"));
    let last = history.present("2014-10-06T00:00:00Z".parse().unwrap());
    let ahead = |now: &str| history.ahead_of(now.parse().unwrap());
    assert_eq!((ahead("2024-10-04T23:00:00Z"), ahead("2024-10-04T22:59:59Z")), (None, Some(last)));
    assert_eq!(ahead("2034-10-06T00:00:00Z"), None);
}

fn history(scenario: &Scenario) -> History {
    let text = RuleBook::shipped_text(&scenario.rulebook).unwrap();
    let mut history = History::new(RuleBook::parse_with(text, &scenario.overrides).unwrap());
    for logged in &scenario.events {
        // What must be refused is; the scenario itself tells if anything else is.
        let _refused = history.push(logged.clone());
    }
    history
}
