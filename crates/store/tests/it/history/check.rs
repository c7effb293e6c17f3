//! The checker: what the clients saw, held against the log as it stands in the end. Since every operation has an index,
//! no search is needed: it is one pass over the log and one over the lines.

use super::line::{Line, Word};
use candor_core::{Event, FenceKind, Logged, MemberId, Seq, invariant};
use candor_tlog::{Leaf, Tree, to_hex};
use jiff::Timestamp;
use std::collections::{BTreeMap, HashMap};

/// The log of the end, and what its seals hold.
#[derive(Debug, Default)]
pub(super) struct Log {
    pub(super) entries: Vec<Logged>,
    pub(super) leaves: Vec<Leaf>,
    /// Members of each snapshot.
    pub(super) snapshots: BTreeMap<String, Vec<MemberId>>,
}

/// What was counted.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(super) struct Report {
    pub(super) choices: usize,
    pub(super) reads: usize,
    pub(super) seals: usize,
    pub(super) served: usize,
    pub(super) fences: usize,
}

impl Report {
    pub(super) fn operations(&self) -> usize {
        self.choices + self.reads + self.seals + self.served
    }
}

/// What each member last said, by index.
#[derive(Debug, Default)]
struct Words(HashMap<MemberId, Vec<(u64, Word, bool)>>);

impl Words {
    fn of(log: &Log) -> Self {
        let mut words: HashMap<MemberId, Vec<(u64, Word, bool)>> = HashMap::new();
        let mut last: HashMap<MemberId, (Timestamp, bool)> = HashMap::new();
        for logged in &log.entries {
            let Some((member, word)) = said(logged) else { continue };
            // Two choices of one time: the denial stands.
            let denied_now = last.get(member).is_some_and(|(t, denied)| *t == logged.t && *denied);
            let denied = word != Word::On || denied_now;
            last.insert(member.clone(), (logged.t, denied));
            words.entry(member.clone()).or_default().push((logged.seq.0, word, denied));
        }
        Self(words)
    }

    /// Whether the last word before an index is a denial; without one the programme is on.
    fn denied(&self, member: &MemberId, before: u64) -> bool {
        let words = self.0.get(member).map_or(&[][..], Vec::as_slice);
        words[..words.partition_point(|(seq, ..)| *seq < before)].last().is_some_and(|(.., denied)| *denied)
    }

    fn changed(&self, member: &MemberId, after: u64, until: u64) -> bool {
        self.0.get(member).into_iter().flatten().any(|(seq, ..)| (after + 1..=until).contains(seq))
    }

    fn taken_back(&self, member: &MemberId, after: u64, until: u64) -> bool {
        let words = self.0.get(member).into_iter().flatten();
        words.filter(|(_, word, _)| *word == Word::Retract).any(|(seq, ..)| (after + 1..=until).contains(seq))
    }
}

fn said(logged: &Logged) -> Option<(&MemberId, Word)> {
    let Event::ChoiceSet { member, value, scope, .. } = &logged.event else { return None };
    Word::ALL
        .into_iter()
        .find(|word| word.choice() == (*value, scope.unwrap_or(word.choice().1)))
        .map(|word| (member, word))
}

/// Holds everything that was seen against the log. The first thing that does not fit is told.
pub(super) fn check(log: &Log, clients: &[Vec<Line>]) -> Result<Report, String> {
    let mut report = Report::default();
    let words = Words::of(log);
    if !invariant::is_gapless(log.entries.iter().map(|logged| logged.seq)) {
        return Err(format!("{}: the log has a gap", invariant::HISTORY));
    }
    choices(log, clients, &mut report)?;
    for lines in clients {
        reads(&words, lines, &mut report)?;
    }
    let begun = fences(log, &words, &mut report)?;
    served(&words, &begun, clients)?;
    Ok(report)
}

/// Acknowledged choices: each at its index, in the tree that its receipt named, once, and in the order of real time.
fn choices(log: &Log, clients: &[Vec<Line>], report: &mut Report) -> Result<(), String> {
    let mut asked: HashMap<&str, (u64, &MemberId, Word)> = HashMap::new();
    let mut told: Vec<(u64, u64, &str)> = Vec::new();
    let mut first: HashMap<&str, u64> = HashMap::new();
    let roots = roots(log);
    for line in clients.iter().flatten() {
        if let Line::Asked { at, key, member, word } = line {
            // A client that was killed asks again with the same key: the first time counts.
            let entry = asked.entry(key).or_insert((*at, member, *word));
            entry.0 = entry.0.min(*at);
        }
    }
    for line in clients.iter().flatten() {
        let Line::Told { at, key, seq, size, root } = line else { continue };
        let (_, member, word) = asked.get(key.as_str()).ok_or(format!("`{key}` was never asked"))?;
        let kept = |seq: Seq| log.entries.get(seq.0 as usize - 1).and_then(said);
        if !invariant::acknowledged_in_every_later_state([(Seq(*seq), (*member, *word))], kept) {
            let there = log.entries.get(*seq as usize - 1).map(|logged| &logged.event);
            return Err(format!(
                "{}: {word:?} of {member} at {seq} was acknowledged, but there is {there:?}",
                invariant::DURABLE
            ));
        }
        if root.is_some() && root.as_ref() != roots.get(*size as usize) {
            return Err(format!("{}: the receipt of {seq} is for another tree of size {size}", invariant::HISTORY));
        }
        if *first.entry(key).or_insert(*seq) != *seq {
            return Err(format!("{}: `{key}` was logged twice", invariant::DURABLE));
        }
        told.push((*at, *seq, key));
        report.choices += 1;
    }
    // Who asks after another was told gets a later index.
    let mut questions: Vec<(u64, u64)> = told.iter().map(|(_, seq, key)| (asked[key].0, *seq)).collect();
    questions.sort_unstable();
    told.sort_unstable();
    let mut answers = told.iter().peekable();
    let mut latest = 0;
    for (at, seq) in questions {
        while let Some((_, other, _)) = answers.next_if(|(told, ..)| *told < at) {
            latest = latest.max(*other);
        }
        if seq < latest {
            return Err(format!("{}: {seq} was asked for after {latest} was acknowledged", invariant::HISTORY));
        }
    }
    Ok(())
}

/// The root of the log's tree at every size.
fn roots(log: &Log) -> Vec<String> {
    let mut tree = Tree::default();
    let mut roots = vec![to_hex(&candor_tlog::EMPTY_ROOT)];
    for leaf in &log.leaves {
        tree.append(leaf).unwrap();
        roots.push(to_hex(&tree.root().unwrap()));
    }
    roots
}

/// Every answer is that of the log at an index between its bounds, which never go back and reach what was asked for.
fn reads(words: &Words, lines: &[Line], report: &mut Report) -> Result<(), String> {
    let mut before = 0;
    for line in lines {
        match line {
            Line::Read { member, at_least, from, to, open, .. } => {
                if from < at_least || *from < before {
                    return Err(format!(
                        "{}: a read as of {from} after {before}, at least {at_least}",
                        invariant::HISTORY
                    ));
                }
                before = *from;
                let fits = words.denied(member, from + 1) != *open || words.denied(member, to + 1) != *open;
                if !fits && !words.changed(member, *from, *to) {
                    return Err(format!("{}: {member} is open: {open}, as of {from} to {to}", invariant::DURABLE));
                }
                report.reads += 1;
            }
            Line::Told { seq, .. } => before = before.max(*seq),
            Line::Served { .. } => report.served += 1,
            Line::Sealed { .. } => report.seals += 1,
            Line::Asked { .. } => {}
        }
    }
    Ok(())
}

/// I1 of every seal and of every run that began, I3 of every release. Gives where each snapshot's run began.
fn fences<'a>(log: &'a Log, words: &Words, report: &mut Report) -> Result<BTreeMap<&'a str, u64>, String> {
    let denied = |member: &&MemberId, before: Seq| words.denied(member, before.0);
    let mut begun: BTreeMap<&str, u64> = BTreeMap::new();
    for logged in &log.entries {
        let seq = logged.seq.0;
        match &logged.event {
            Event::SnapshotSealed { snapshot, .. } => {
                let members = log.snapshots.get(snapshot.as_str()).ok_or(format!("snapshot {snapshot} has no row"))?;
                if !invariant::sealed_without_denied(members, logged.seq, denied) {
                    return Err(format!("{}: snapshot {snapshot}, sealed at {seq}", invariant::GATE));
                }
            }
            // A run is named for its snapshot.
            Event::RunFenced { run, kind: FenceKind::Freeze } => {
                begun.insert(run.as_str(), seq);
                let members = log.snapshots.get(run.as_str()).ok_or(format!("run {run} is of no snapshot"))?;
                if !invariant::sealed_without_denied(members, logged.seq, denied) {
                    return Err(format!("{}: run {run}, begun at {seq}", invariant::GATE));
                }
            }
            Event::ModelReleased { snapshot, .. } => {
                let since = *begun.get(snapshot.as_str()).ok_or(format!("release of {snapshot} without a run"))?;
                let members = &log.snapshots[snapshot.as_str()];
                if !invariant::serves_only_permitted(members, |member| words.taken_back(member, since, seq)) {
                    return Err(format!("{}: release of {snapshot} at {seq}", invariant::REACH));
                }
            }
            _ => continue,
        }
        report.fences += 1;
    }
    Ok(begun)
}

/// I3: what was served as of an index holds nobody who had taken it back by then.
fn served(words: &Words, begun: &BTreeMap<&str, u64>, clients: &[Vec<Line>]) -> Result<(), String> {
    for line in clients.iter().flatten() {
        let Line::Served { head, snapshot, members } = line else { continue };
        let since = *begun.get(snapshot.as_str()).ok_or(format!("{snapshot} is served without a run"))?;
        if !invariant::serves_only_permitted(members, |member| words.taken_back(member, since, *head)) {
            return Err(format!("{}: {snapshot} served as of {head} with {members:?}", invariant::REACH));
        }
    }
    Ok(())
}
