//! Who and what must leave what was made of it already, by what the log says: one place for every way out. A choice that
//! takes back, an erasure, an objection that was right, and rules that now leave out the region where a member lives. What
//! is done about it is the business of `leave_serving.rs`, `forget_member.rs` and `meet_obligations.rs`.

use candor_core::{
    Event, Frame, History, Logged, MemberId, Query, Reason, RecordFacts, RecordId, Seq,
    invariant::{takes_back, youngest},
};
use candor_store::SnapshotRow;
use jiff::Timestamp;
use std::collections::{BTreeMap, BTreeSet};

/// Who and what is to leave snapshots and weights.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Leaving {
    /// Members with all that they wrote.
    pub members: BTreeSet<MemberId>,
    /// Single records of others, with their authors.
    pub records: BTreeMap<RecordId, MemberId>,
}

impl Leaving {
    /// Members with all that they wrote.
    pub fn of_members(members: impl IntoIterator<Item = MemberId>) -> Self {
        Self { members: members.into_iter().collect(), records: BTreeMap::new() }
    }

    /// Everybody of whom something leaves.
    pub fn concerned(&self) -> BTreeSet<&MemberId> {
        self.members.iter().chain(self.records.values()).collect()
    }
}

/// Whether an entry can make anybody leave: then it is looked at before the night.
pub fn may_reach(history: &History, logged: &Logged) -> bool {
    takes_back(&logged.event, history.book()).is_some()
        || matches!(logged.event, Event::ObjectionUpheld { .. })
        || changes_regions(&logged.event)
}

fn changes_regions(event: &Event) -> bool {
    matches!(event, Event::RuleSet { .. } | Event::RegionSetChanged(_))
}

/// The members of a snapshot who must leave what was made of it, each with the entry that says so.
pub fn due<'a>(
    history: &History,
    row: &SnapshotRow,
    members: impl IntoIterator<Item = &'a MemberId>,
    now: Timestamp,
) -> BTreeMap<MemberId, Seq> {
    let regions = RegionsLeft::since(history, row, now);
    let cause = |member: &MemberId| {
        let mut since = history.of_member(member, history.last()).filter(|logged| logged.seq > row.as_of);
        let own = since.find(|logged| reaches(history, row, &logged.event)).map(|logged| logged.seq);
        own.or_else(|| regions.as_ref().filter(|regions| regions.leave_out(member)).map(|regions| regions.cause))
    };
    members.into_iter().filter_map(|member| cause(member).map(|seq| (member.clone(), seq))).collect()
}

/// Whether a member's own entry takes out of a snapshot what it holds of them.
fn reaches(history: &History, row: &SnapshotRow, event: &Event) -> bool {
    let taken = takes_back(event, history.book());
    taken.is_some_and(|(_, purpose)| purpose.is_none_or(|purpose| *purpose == row.purpose))
        || matches!(event, Event::ObjectionUpheld { .. })
}

/// The regions that rules have left out since a snapshot was gated.
pub struct RegionsLeft<'a> {
    /// The last entry that changed rules or regions.
    pub cause: Seq,
    history: &'a History,
    row: &'a SnapshotRow,
    /// The question as of now, and as of the entry before the first change.
    now: Frame,
    before: Frame,
}

impl<'a> RegionsLeft<'a> {
    /// None if no rule was set and no set of countries changed since.
    pub fn since(history: &'a History, row: &'a SnapshotRow, now: Timestamp) -> Option<Self> {
        let later = history.of_platform(history.last()).filter(|logged| logged.seq > row.as_of);
        let changes: Vec<Seq> =
            later.filter(|logged| changes_regions(&logged.event)).map(|logged| logged.seq).collect();
        let (first, cause) = (*changes.first()?, *changes.last()?);
        let today = row.question().again(history, now);
        let frame = |as_of: Seq| Frame::new(history, &Query { as_of, ..today.clone() });
        let (now, before) = (frame(history.last()), frame(Seq(first.0.saturating_sub(1))));
        Some(Self { cause, history, row, now, before })
    }

    /// Whether a member who was admitted lives where members are left out now.
    pub fn leave_out(&self, member: &MemberId) -> bool {
        let query = self.now.query();
        let purpose = self.history.purpose_at(&query.purpose, query.at, query.as_of);
        let record = purpose.and_then(|purpose| youngest(&purpose, member, self.row.created));
        record.is_some_and(|record| self.leaves_out(&record))
    }

    /// Whether a record leaves because its author lives, or lived when it was written, where members are left out now and
    /// were not before. What a move into a region means that was left out before is asked where regrets are.
    pub fn leaves_out(&self, record: &RecordFacts) -> bool {
        let is_left = |frame: &Frame| frame.decide(self.history, record).mask.iter().any(is_of_region);
        is_left(&self.now) && !is_left(&self.before)
    }
}

fn is_of_region(reason: Reason) -> bool {
    use Reason::{RegionExcludedAtCreation, RegionExcludedNow, RegionPausedAtCreation, RegionPausedNow};
    matches!(reason, RegionExcludedNow | RegionPausedNow | RegionExcludedAtCreation | RegionPausedAtCreation)
}

#[cfg(test)]
mod tests {
    use super::*;
    use candor_core::{PurposeKey, RecipientKey, RuleBook, SnapshotId};
    use serde_json::{Value, json};

    fn row() -> SnapshotRow {
        SnapshotRow {
            id: SnapshotId::new("s1").unwrap(),
            parent: None,
            as_of: Seq(4),
            sealed_seq: Some(Seq(4)),
            purpose: PurposeKey::generative_training(),
            recipient: RecipientKey::own(),
            rule_book: String::new(),
            manifest: String::new(),
            records: 2,
            members: 2,
            tokens: 2,
            shards: 1,
            slices: 1,
            created: "2024-10-01T00:00:00Z".parse().unwrap(),
            withdrawn: false,
        }
    }

    /// Ann lives in the US and Ben in India when the snapshot is gated; then something happens.
    fn left(event: Value) -> (Vec<String>, bool) {
        let mut history = History::new(RuleBook::shipped("seeds-2024").unwrap());
        let person = |member: &str, residence: &str| {
            json!({ "t": "2020-01-01T00:00:00Z", "type": "member_registered", "member": member, "residence": residence,
                "birth_date": "1990-01-01" })
        };
        let told = |member: &str| json!({ "t": "2024-09-18T00:00:00Z", "type": "notice_delivered", "member": member, "policy": "2024-09-18" });
        let mut event = event;
        event["t"] = json!("2024-10-02T00:00:00Z");
        let events = [person("ann", "US"), person("ben", "IN"), told("ann"), told("ben"), event];
        for (seq, mut event) in (1..).zip(events) {
            event["seq"] = json!(seq);
            history.push(serde_json::from_value(event).unwrap()).unwrap();
        }
        let members = ["ann", "ben"].map(|id| MemberId::new(id).unwrap());
        let now = "2024-10-03T00:00:00Z".parse().unwrap();
        let due = due(&history, &row(), &members, now);
        let reaches = history.event(Seq(5)).is_some_and(|logged| may_reach(&history, logged));
        assert!(due.values().all(|seq| *seq == Seq(5)));
        (due.into_keys().map(|member| member.to_string()).collect(), reaches)
    }

    #[test]
    fn every_way_out_is_found_and_nothing_else() {
        let choice = |scope: &str, purpose: &str| json!({ "type": "choice_set", "member": "ann", "purpose": purpose, "value": "off", "scope": scope });
        let rule = |status: &str, regions: &[&str]| {
            json!({ "type": "rule_set", "rule": { "name": "later", "purposes": ["generative_training"],
                "recipients": ["self"], "regions": regions, "status": status, "mechanism": "opt_out", "source": "s",
                "date": "2024-10-01" } })
        };
        let set = json!({ "type": "region_set_changed", "name": "designated", "countries": ["IN"], "source": "s",
            "date": "2024-10-01" });
        let cases: [(&str, Value, &[&str], bool); 9] = [
            ("taken back", choice("retract", "generative_training"), &["ann"], true),
            ("off from now on", choice("future_use", "generative_training"), &[], false),
            ("another purpose", choice("retract", "generative_features"), &[], true),
            ("erasure", json!({ "type": "erasure_requested", "member": "ben" }), &["ben"], true),
            ("a pause", rule("paused", &["US"]), &["ann"], true),
            ("left out", rule("excluded", &["US", "IN"]), &["ann", "ben"], true),
            ("opened", rule("open", &["US"]), &[], true),
            ("a set of countries", set, &["ben"], true),
            ("a move", json!({ "type": "residence_set", "member": "ann", "residence": "DE" }), &[], false),
        ];
        for (name, event, expected, reaches) in cases {
            let (got, may) = left(event);
            assert_eq!(got, expected, "{name}");
            assert_eq!(may, reaches, "{name}");
        }
    }
}
