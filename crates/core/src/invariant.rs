//! The promise as predicates over plain values. Each is used three times: where the code keeps it, in the model of the
//! protocol, and by the checker of histories that real processes left behind; so what is proven of the model is what is
//! checked of the code.
//!
//! Nothing here looks anything up. `M` is a member, whatever stands for one; indices are those of the log.

use crate::{
    choice::{ChoiceValue, Scope},
    decide::Frame,
    event::Event,
    history::History,
    id::{MemberId, PurposeKey, Seq},
    record::RecordFacts,
    rule::Purpose,
    rulebook::RuleBook,
    state::Query,
};
use jiff::Timestamp;
use std::collections::BTreeSet;

/// The name of I1, as documents and tests write it.
pub const GATE: &str = "I1 gate";
/// The name of I2.
pub const DURABLE: &str = "I2 durable";
/// The name of I3.
pub const REACH: &str = "I3 reach";
/// The name of I4.
pub const NOTICE: &str = "I4 notice";
/// The name of I5.
pub const HISTORY: &str = "I5 history";
/// The name of I7.
pub const CLOSED: &str = "I7 closed";

/// I1: of the members whose records a snapshot holds, none was denied before the index at which it was sealed. `denied`
/// says whether the last word on a member at an index before the given one is a denial.
pub fn sealed_without_denied<M>(
    members: impl IntoIterator<Item = M>,
    sealed: Seq,
    denied: impl Fn(&M, Seq) -> bool,
) -> bool {
    !members.into_iter().any(|member| denied(&member, sealed))
}

/// I2: what was acknowledged at an index stands there in every later state.
pub fn acknowledged_in_every_later_state<T: PartialEq>(
    acknowledged: impl IntoIterator<Item = (Seq, T)>,
    kept: impl Fn(Seq) -> Option<T>,
) -> bool {
    acknowledged.into_iter().all(|(seq, what)| kept(seq) == Some(what))
}

/// I3: no member is in what is served who took back what was used. `taken_back` says so of a member.
pub fn serves_only_permitted<M>(serving: impl IntoIterator<Item = M>, taken_back: impl Fn(&M) -> bool) -> bool {
    !serving.into_iter().any(|member| taken_back(&member))
}

/// I4: a use at `used` comes after the delivery of what discloses it and the window behind that. No delivery, no use.
#[must_use]
pub fn used_after_notice<T: Ord>(usable_from: Option<T>, used: T) -> bool {
    usable_from.is_some_and(|from| from <= used)
}

/// I5: the indices of a log are 1, 2, 3, … without a gap.
pub fn is_gapless(log: impl IntoIterator<Item = Seq>) -> bool {
    log.into_iter().zip(1..).all(|(seq, expected)| seq == Seq(expected))
}

/// I5: a later log begins with the whole of an earlier one.
#[must_use]
pub fn extends<T: PartialEq>(later: &[T], earlier: &[T]) -> bool {
    later.starts_with(earlier)
}

/// I7: what is in doubt is not used.
#[must_use]
pub fn doubt_excludes(in_doubt: bool, used: bool) -> bool {
    !(in_doubt && used)
}

/// The members whom something since a build's index takes out of what was built: the compare-and-swap of a seal drops
/// them. `build` is the question that the build's gate was asked, `history` holds everything up to the seal.
///
/// The gate has said of each record that it may be used as of `build.as_of`. A record as young as the build stands for
/// them all, since what closes later closes for the youngest too; only a place or a birth date that is told late can
/// deny an old record alone, so any such entry is a doubt, and doubt excludes.
pub fn denied_since<'a>(
    history: &History,
    members: impl IntoIterator<Item = &'a MemberId>,
    build: &Query,
    now: Timestamp,
) -> BTreeSet<MemberId> {
    let has_new_rules = has_new_rules(history, build.as_of);
    let frame = Frame::new(history, &build.again(history, now));
    let is_denied = |member: &MemberId| {
        let own = || history.of_member(member, history.last()).filter(|logged| logged.seq > build.as_of);
        if own().next().is_none() && !has_new_rules {
            return false;
        }
        let told_late = |event: &Event| matches!(event, Event::ResidenceSet { .. } | Event::BirthDateSet { .. });
        let purpose = history.book().purpose(&build.purpose);
        own().any(|logged| told_late(&logged.event))
            || purpose
                .and_then(|purpose| youngest(purpose, member, build.at))
                .is_none_or(|facts| !frame.decide(history, &facts).allows())
    };
    members.into_iter().filter(|member| is_denied(member)).cloned().collect()
}

/// Whose data an event takes out of what was made of it already, and for which purpose; for all if none is named.
#[must_use]
pub fn takes_back<'a>(event: &'a Event, book: &RuleBook) -> Option<(&'a MemberId, Option<&'a PurposeKey>)> {
    match event {
        Event::ChoiceSet { member, purpose, value: ChoiceValue::Off, scope, .. } => {
            let by_default = || {
                let mut rules = book.rules.iter().filter(|rule| rule.purposes.contains(purpose));
                rules.any(|rule| rule.off_scope == Scope::Retract)
            };
            let reaches = scope.map_or_else(by_default, |scope| scope == Scope::Retract);
            reaches.then_some((member, Some(purpose)))
        }
        Event::ErasureRequested { member } | Event::AccountErased { member } => Some((member, None)),
        _ => None,
    }
}

/// Whether an entry behind an index is about the platform as a whole: a rule, a policy version, a recipient.
fn has_new_rules(history: &History, since: Seq) -> bool {
    let about_rules = |event: &Event| {
        !matches!(
            event,
            Event::RecordsCommitted { .. }
                | Event::RunFenced { .. }
                | Event::SnapshotSealed { .. }
                | Event::SnapshotWithdrawn { .. }
                | Event::ShardRetired { .. }
                | Event::ModelReleased { .. }
                | Event::ModelWithdrawn { .. }
        )
    };
    history.of_platform(history.last()).any(|logged| logged.seq > since && about_rules(&logged.event))
}

/// A record that the purpose covers, written when a build asked: what closes later closes for it too. None if the purpose
/// covers none.
#[must_use]
pub fn youngest(purpose: &Purpose, member: &MemberId, at: Timestamp) -> Option<RecordFacts> {
    let kind = *purpose.records.iter().find(|kind| !kind.is_never_used())?;
    Some(RecordFacts::written(member.clone(), kind, *purpose.visibility.first()?, at))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_predicate_holds_and_can_fail() {
        let off_at_5 = |_: &&str, before: Seq| before > Seq(5);
        for (sealed, holds) in [(Seq(5), true), (Seq(6), false)] {
            assert_eq!(sealed_without_denied(["ann"], sealed, off_at_5), holds, "{GATE} {sealed}");
        }
        for (kept, holds) in [(Some("off"), true), (Some("on"), false), (None, false)] {
            assert_eq!(acknowledged_in_every_later_state([(Seq(1), "off")], |_| kept), holds, "{DURABLE}");
        }
        assert!(serves_only_permitted(["ann"], |member| *member == "bob"), "{REACH}");
        assert!(!serves_only_permitted(["ann"], |member| *member == "ann"), "{REACH}");
        for (usable, holds) in [(Some(3), true), (Some(4), true), (Some(5), false), (None, false)] {
            assert_eq!(used_after_notice(usable, 4), holds, "{NOTICE}");
        }
        for (log, holds) in [(&[1, 2, 3][..], true), (&[1, 3], false), (&[2], false), (&[], true)] {
            assert_eq!(is_gapless(log.iter().copied().map(Seq)), holds, "{HISTORY}");
        }
        assert!(extends(&[1, 2], &[1]) && !extends(&[2, 2], &[1]) && !extends(&[1], &[1, 2]), "{HISTORY}");
        assert!(doubt_excludes(true, false) && doubt_excludes(false, true) && !doubt_excludes(true, true), "{CLOSED}");
    }

    /// A member whose records were built in, and what was logged behind the build's index.
    fn after(event: serde_json::Value) -> (History, Query) {
        let built: Timestamp = "2024-10-01T00:00:00Z".parse().unwrap();
        let mut history = History::new(crate::RuleBook::shipped("seeds-2024").unwrap());
        let registered = serde_json::json!({
            "seq": 1, "t": "2020-01-01T00:00:00Z", "type": "member_registered", "member": "ann", "residence": "US",
            "birth_date": "1990-01-01" });
        let delivered = serde_json::json!({
            "seq": 2, "t": "2024-09-18T00:00:00Z", "type": "notice_delivered", "member": "ann", "policy": "2024-09-18" });
        let other =
            serde_json::json!({ "seq": 3, "t": "2024-09-18T00:00:00Z", "type": "member_registered", "member": "bob" });
        for json in [registered, delivered, other] {
            history.push(serde_json::from_value(json).unwrap()).unwrap();
        }
        let query = Query {
            purpose: crate::PurposeKey::generative_training(),
            recipient: crate::RecipientKey::own(),
            at: built,
            as_of: history.last(),
        };
        if let serde_json::Value::Object(mut event) = event {
            event.insert("seq".into(), 4.into());
            // The clock is ahead for a while.
            event.insert("t".into(), "2034-10-01T00:05:00Z".into());
            history.push(serde_json::from_value(event.into()).unwrap()).unwrap();
        }
        (history, query)
    }

    #[test]
    fn what_closes_since_a_build_denies_and_nothing_else_does() {
        let choice = |value: &str, scope: &str| {
            serde_json::json!({ "type": "choice_set", "member": "ann", "purpose": "generative_training",
                "value": value, "scope": scope })
        };
        let own = |kind: &str| serde_json::json!({ "type": kind, "member": "ann" });
        let paused = serde_json::json!({ "type": "rule_set", "rule": { "name": "pause", "purposes": ["generative_training"],
            "recipients": ["self"], "regions": ["US"], "status": "paused", "mechanism": "opt_out", "source": "s", "date": "2024-10-01" } });
        for (name, event, denied) in [
            ("nothing", serde_json::Value::Null, false),
            ("on", choice("on", "from_now"), false),
            ("off", choice("off", "future_use"), true),
            ("off from now on", choice("off", "future_records"), false),
            ("taken back", choice("off", "retract"), true),
            ("closed", own("account_closed"), true),
            ("erasure", own("erasure_requested"), true),
            ("moved", serde_json::json!({ "type": "residence_set", "member": "ann", "residence": "DE" }), true),
            ("seen", serde_json::json!({ "type": "notice_seen", "member": "ann", "policy": "2024-09-18" }), false),
            ("records", serde_json::json!({ "type": "records_committed", "records": 1, "root": "00" }), false),
            ("another", serde_json::json!({ "type": "account_closed", "member": "bob" }), false),
            ("paused", paused, true),
        ] {
            let (history, build) = after(event);
            let ann = MemberId::new("ann").unwrap();
            let now = "2024-10-01T00:10:00Z".parse().unwrap();
            assert_eq!(!denied_since(&history, [&ann], &build, now).is_empty(), denied, "{name}");
        }
    }
}
