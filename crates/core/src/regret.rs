//! Regret: what was rightly used by what was known then, and wrongly by what is known now. A move or a birth date that
//! was told late makes it. The query is asked every night, and after every backdated fact.

use crate::{
    decide::{decide, decide_record, facts_at, row_at},
    history::History,
    id::{MemberId, RecordId, RunId, Seq},
    reason::Reason,
    record::RecordFacts,
    state::Query,
};
use serde::Serialize;
use std::collections::BTreeSet;

/// One use of a record by a run: the question as it was asked then.
#[derive(Debug, Clone)]
pub struct Use {
    /// The run.
    pub run: RunId,
    /// The record that was used.
    pub record: RecordId,
    /// The row that was used, for records that came in as files; none for those that came in as events.
    pub row: Option<RecordFacts>,
    /// Purpose, recipient, the run's time and the index that it fenced.
    pub query: Query,
}

/// A use that would be denied for its own time by what is known now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Regret {
    /// The run.
    pub run: RunId,
    /// The record.
    pub record: RecordId,
    /// Its author.
    pub member: MemberId,
    /// Why it would be denied.
    pub reason: Reason,
    /// The event since which it would be.
    pub cause: Seq,
}

/// The uses that were allowed as of their own index and are denied, for the same time, as of the last one.
#[must_use]
pub fn regret<'a>(history: &History, uses: impl IntoIterator<Item = &'a Use>) -> Vec<Regret> {
    uses.into_iter().filter_map(|used| regret_of(history, used)).collect()
}

fn regret_of(history: &History, used: &Use) -> Option<Regret> {
    let ask = |as_of: Seq| {
        let query = Query { as_of, ..used.query.clone() };
        match &used.row {
            Some(row) => {
                let row = row_at(history, &used.record, row.clone(), query.at, as_of);
                decide_record(history, &row, &query)
            }
            None => decide(history, &used.record, &query),
        }
    };
    if !ask(used.query.as_of).allows() {
        return None;
    }
    let reason = ask(history.last()).primary()?;
    let logged = facts_at(history, &used.record, used.query.at, used.query.as_of);
    let member = used.row.as_ref().or(logged.as_ref())?.member.clone();
    let cause = causes(history, used, &member).into_iter().find(|seq| !ask(*seq).allows())?;
    Some(Regret { run: used.run.clone(), record: used.record.clone(), member, reason, cause })
}

/// The events since the use that can change its answer: those about its author, its record, the members in it, and the
/// platform.
fn causes(history: &History, used: &Use, author: &MemberId) -> BTreeSet<Seq> {
    let last = history.last();
    let facts = facts_at(history, &used.record, used.query.at, last);
    let subjects = facts.iter().chain(&used.row).flat_map(|facts| facts.subjects.iter().map(|s| s.member.clone()));
    let members: BTreeSet<MemberId> = subjects.chain([author.clone()]).collect();
    let of_members = members.iter().flat_map(|member| history.of_member(member, last));
    of_members
        .chain(history.of_record(&used.record, last))
        .chain(history.of_platform(last))
        .map(|logged| logged.seq)
        .filter(|seq| *seq > used.query.as_of)
        .collect()
}
