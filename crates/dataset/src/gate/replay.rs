//! What changed between two indexes of the log, and what a rule would change: the same records decided twice.
//! Nothing is written down and no clock is asked; a rule that is only tried leaves no trace in the history.

use super::engine::Engine;
use candor_core::{
    Decision, Event, Frame, History, Logged, MemberId, Query, RecordFacts, RecordId, Refusal, Seq, decide::row_at,
    rule::Rule,
};
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// A record that is decided otherwise.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Changed {
    /// The record.
    pub record: RecordId,
    /// Its author.
    pub member: MemberId,
    /// Where the author lives: country codes, joined by `/` where it is not certain, or `unknown`.
    pub region: String,
    /// What was decided.
    pub before: Decision,
    /// What is decided.
    pub after: Decision,
}

/// Records and members of one line of a summary.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Affected {
    /// Authors.
    pub members: u64,
    /// Records.
    pub records: u64,
}

/// All records that are decided otherwise, in the order in which they were given.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Changes {
    /// How many records were asked.
    pub asked: u64,
    /// Those whose decision is another one.
    pub rows: Vec<Changed>,
}

impl Changes {
    /// Authors and records by region, by what was decided and by what is: `allow`, `allow_redact` or a reason's code.
    #[must_use]
    pub fn by_region(&self) -> BTreeMap<(&str, &'static str, &'static str), Affected> {
        let mut lines: BTreeMap<_, (BTreeSet<&MemberId>, u64)> = BTreeMap::new();
        for row in &self.rows {
            let line = lines.entry((row.region.as_str(), code(&row.before), code(&row.after))).or_default();
            line.0.insert(&row.member);
            line.1 += 1;
        }
        let affected = |(members, records): (BTreeSet<_>, u64)| Affected { members: members.len() as u64, records };
        lines.into_iter().map(|(key, line)| (key, affected(line))).collect()
    }

    /// How many authors have a record that is decided otherwise.
    #[must_use]
    pub fn members(&self) -> usize {
        self.rows.iter().map(|row| &row.member).collect::<BTreeSet<_>>().len()
    }
}

/// `allow`, `allow_redact`, or the code of the first reason.
fn code(decision: &Decision) -> &'static str {
    match decision.primary() {
        Some(reason) => reason.code(),
        None => decision.name(),
    }
}

/// Decides about records as of two indexes of the log, at one time: the rows that differ in decision, in any reason or
/// in a span. Records are as the platform keeps them now; what the log says of them is taken as of each index.
#[must_use]
pub fn replay<'a>(
    history: &History,
    query: &Query,
    between: (Seq, Seq),
    records: impl IntoIterator<Item = (&'a RecordId, &'a RecordFacts)>,
) -> Changes {
    let queries = [between.0, between.1].map(|as_of| Query { as_of, ..query.clone() });
    let mut engines = [&queries[0], &queries[1]].map(|query| Engine::empty(Frame::new(history, query)));
    let mut regions: HashMap<MemberId, String> = HashMap::new();
    let mut changes = Changes::default();
    for (record, facts) in records {
        let mut decide = |n: usize| {
            let query: &Query = &queries[n];
            engines[n].decide(history, &row_at(history, record, facts.clone(), query.at, query.as_of))
        };
        let (before, after) = (decide(0), decide(1));
        changes.asked += 1;
        if before != after {
            let region =
                regions.entry(facts.member.clone()).or_insert_with(|| region(engines[1].frame(), history, facts));
            let (record, member) = (record.clone(), facts.member.clone());
            changes.rows.push(Changed { record, member, region: region.clone(), before, after });
        }
    }
    changes
}

/// What would change if a rule were set at the question's time: "what if GB pauses tonight".
///
/// # Errors
/// When the history would refuse the rule.
pub fn dry_run<'a>(
    history: &History,
    query: &Query,
    rule: Rule,
    records: impl IntoIterator<Item = (&'a RecordId, &'a RecordFacts)>,
) -> Result<Changes, Refusal> {
    let now = history.last();
    let then = Seq(now.0 + 1);
    let mut tried = history.clone();
    tried.push(Logged { seq: then, t: query.at, t_valid: None, event: Event::RuleSet { rule } })?;
    Ok(replay(&tried, query, (now, then), records))
}

fn region(frame: &Frame, history: &History, facts: &RecordFacts) -> String {
    let person = frame.person(history.of_member(&facts.member, frame.query().as_of));
    let places = person.map_or_else(Vec::new, |person| person.places());
    let names: BTreeSet<String> =
        places.into_iter().map(|place| place.map_or_else(|| "unknown".to_owned(), String::from)).collect();
    if names.is_empty() { "unknown".to_owned() } else { names.into_iter().collect::<Vec<_>>().join("/") }
}
