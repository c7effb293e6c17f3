//! Looks again at what was used, by what the log knows now, and meets what that obliges to: a record that was deleted or
//! held, a move or a birth date that was told late, an upheld objection, a member who left and is named in the records
//! of others. What must leave is left out of every snapshot that holds it, and of the weights; each obligation is in
//! the log when it opens and when it is done. Only a recipient's giving back is left to an officer.

use super::{
    collected,
    forget_member::{self, Forgotten},
    leaving::{self, Leaving, RegionsLeft},
};
use crate::{
    directory,
    platform::{self, Platform},
    serving::Serving,
};
use anyhow::Result;
use candor_core::{
    Event, History, Logged, MemberId, PurposeKey, RecordFacts, RecordId, RunId, Seq, SnapshotId,
    objection::due,
    obligation::{Concern, Duty, ObligationAction, duties},
    regret::{Regret, Use, regret},
};
use candor_dataset::{Snapshot, gate::facts_of};
use candor_store::{Change, SnapshotRow};
use jiff::{Timestamp, tz::TimeZone};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// An obligation as it stands in the log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Obligation {
    /// Its name: cause, action and target.
    pub obligation: String,
    /// The entry that calls for it.
    pub cause: Seq,
    /// What must be done.
    pub action: ObligationAction,
    /// The snapshot, or the recipient, that it is about.
    pub target: String,
    /// By when.
    pub due: Timestamp,
}

/// What is to be met.
#[derive(Debug, Default)]
pub struct Found {
    /// Uses that would be denied by what is known now.
    pub regrets: Vec<(SnapshotId, Regret)>,
    /// Obligations that are open or done.
    pub ledger: Ledger,
    /// Those of them that are not in the log yet.
    fresh: Vec<Obligation>,
    leaving: Leaving,
}

/// What was met.
#[derive(Debug, Default, Serialize)]
pub struct Met {
    /// Uses that would be denied by what is known now.
    pub regrets: usize,
    /// Obligations that were opened.
    pub opened: Vec<Obligation>,
    /// Obligations that are done.
    pub done: Vec<String>,
    /// What left snapshots and weights.
    pub forgotten: Forgotten,
}

/// Every record that the platform keeps, with who is named in it.
pub async fn records(platform: &Platform) -> Result<Vec<(RecordId, RecordFacts)>> {
    platform.store.merge_inbox(|_| {}).await?;
    let people = directory::of_members(platform).await?;
    let mut records = Vec::new();
    let facts = |batch| {
        records.extend(facts_of(&batch, Some(&people))?);
        Ok(())
    };
    collected::each(platform, facts).await?;
    Ok(records)
}

/// The obligations that the log has opened, by name.
#[derive(Debug, Default)]
pub struct Ledger {
    /// Those that are not done.
    pub open: BTreeMap<String, Obligation>,
    /// Those that are.
    done: BTreeSet<String>,
}

impl Ledger {
    /// What the log says, in one pass.
    pub fn of(history: &History) -> Self {
        let mut ledger = Self::default();
        for logged in history.of_platform(history.last()) {
            match &logged.event {
                Event::ObligationOpened { obligation, cause, target, action, due } => {
                    let stands = Obligation {
                        obligation: obligation.clone(),
                        cause: *cause,
                        action: *action,
                        target: target.clone(),
                        due: *due,
                    };
                    ledger.open.insert(obligation.clone(), stands);
                }
                Event::ObligationDone { obligation } => {
                    ledger.open.remove(obligation);
                    ledger.done.insert(obligation.clone());
                }
                _ => {}
            }
        }
        ledger
    }
}

/// Looks at every use, and changes nothing.
pub async fn find(platform: &Platform, now: Timestamp) -> Result<Found> {
    platform.store.refresh().await?;
    let history = platform.store.history();
    let mut found = Found { ledger: Ledger::of(&history), ..Found::default() };
    let mut rows = platform.store.snapshots().await?;
    rows.retain(|row| !row.withdrawn);
    let records = if rows.is_empty() { Vec::new() } else { records(platform).await? };
    for row in rows {
        let held = records_in(platform, &row).await?;
        let held = Held::of(records.iter().filter(|(id, _)| held.contains(id.as_str())));
        regrets(&history, &row, &held, now, &mut found)?;
        leavers(platform, &history, &row, &held, now, &mut found).await?;
        let since = history.events(history.last()).filter(|logged| logged.seq > row.as_of);
        for duty in since.flat_map(|logged| duties(&history, logged)) {
            let records = held.records_of(&row, &duty);
            if !records.is_empty() {
                found.leaving.records.extend(records);
                found.add(&duty, row.id.as_str(), now);
            }
        }
    }
    for logged in history.of_platform(history.last()) {
        for duty in duties(&history, logged) {
            if let Concern::Recipient(recipient) = &duty.concern {
                found.add(&duty, recipient.as_str(), now);
            }
        }
    }
    Ok(found)
}

/// The records of a snapshot, read from its folder.
async fn records_in(platform: &Platform, row: &SnapshotRow) -> Result<BTreeSet<String>> {
    let folder = platform.snapshot_dir(row.id.as_str());
    tokio::task::spawn_blocking(move || Ok(Snapshot::open(&folder)?.records()?)).await?
}

/// The members of a snapshot who must leave it, and records of others that were written where members are left out now.
async fn leavers(
    platform: &Platform,
    history: &History,
    row: &SnapshotRow,
    held: &Held<'_>,
    now: Timestamp,
    found: &mut Found,
) -> Result<()> {
    let members = platform.store.snapshot_members(&row.id).await?;
    for (member, cause) in leaving::due(history, row, members.iter().map(|place| &place.member), now) {
        let concern = Concern::Member(member.clone(), Some(row.purpose.clone()));
        found.add(&Duty { cause, action: ObligationAction::Retract, concern }, row.id.as_str(), now);
        found.leaving.members.insert(member);
    }
    let Some(regions) = RegionsLeft::since(history, row, now) else { return Ok(()) };
    for (record, facts) in &held.authors {
        if !found.leaving.members.contains(&facts.member) && regions.leaves_out(facts) {
            let concern = Concern::Record((*record).clone());
            let duty = Duty { cause: regions.cause, action: ObligationAction::RemoveRecord, concern };
            found.add(&duty, row.id.as_str(), now);
            found.leaving.records.insert((*record).clone(), facts.member.clone());
        }
    }
    Ok(())
}

/// The records of a snapshot by what is asked of them.
struct Held<'a> {
    authors: BTreeMap<&'a RecordId, &'a RecordFacts>,
    /// Records of others in which a member is named.
    naming: BTreeMap<&'a MemberId, Vec<&'a RecordId>>,
}

impl<'a> Held<'a> {
    fn of(records: impl Iterator<Item = &'a (RecordId, RecordFacts)>) -> Self {
        let (mut authors, mut naming) = (BTreeMap::new(), BTreeMap::<&MemberId, Vec<&RecordId>>::new());
        for (record, facts) in records {
            authors.insert(record, facts);
            for subject in facts.subjects.iter().filter(|subject| subject.member != facts.member) {
                naming.entry(&subject.member).or_default().push(record);
            }
        }
        Self { authors, naming }
    }

    /// The records that leave a snapshot by a duty about a record, or about a member who is named by others.
    fn records_of(&self, row: &SnapshotRow, duty: &Duty) -> Vec<(RecordId, MemberId)> {
        let concerns = |purpose: &Option<PurposeKey>| purpose.as_ref().is_none_or(|key| *key == row.purpose);
        match (&duty.concern, duty.action) {
            (Concern::Record(record), ObligationAction::RemoveRecord) => self.with_author(record).into_iter().collect(),
            (Concern::Member(member, purpose), ObligationAction::RedactSubject) if concerns(purpose) => {
                let naming = self.naming.get(member).into_iter().flatten();
                naming.filter_map(|record| self.with_author(record)).collect()
            }
            // Whoever takes back leaves with everything; what is to be erased is erased by its own job, which also forgets.
            _ => Vec::new(),
        }
    }

    fn with_author(&self, record: &RecordId) -> Option<(RecordId, MemberId)> {
        self.authors.get(record).map(|facts| (record.clone(), facts.member.clone()))
    }
}

/// Uses of a snapshot that would be denied for their own time by what is known now.
fn regrets(history: &History, row: &SnapshotRow, held: &Held<'_>, now: Timestamp, found: &mut Found) -> Result<()> {
    let run = RunId::new(row.id.as_str())?;
    let query = row.question();
    // A deletion is a duty of its own; here the record is asked for as it was used.
    let row_then = |facts: &RecordFacts| RecordFacts { deleted: false, ..facts.clone() };
    let used = |(record, facts): (&&RecordId, &&RecordFacts)| Use {
        run: run.clone(),
        record: (*record).clone(),
        row: Some(row_then(facts)),
        query: query.clone(),
    };
    let uses: Vec<Use> = held.authors.iter().map(used).collect();
    for regret in regret(history, &uses) {
        let concern = Concern::Record(regret.record.clone());
        let duty = Duty { cause: regret.cause, action: ObligationAction::Repair, concern };
        found.add(&duty, row.id.as_str(), now);
        found.leaving.records.insert(regret.record.clone(), regret.member.clone());
        found.regrets.push((row.id.clone(), regret));
    }
    Ok(())
}

impl Found {
    /// Opens an obligation, unless it is open. It is due as an objection is: one month after its cause became known.
    fn add(&mut self, duty: &Duty, target: &str, now: Timestamp) {
        let obligation = duty.id(target);
        if self.ledger.open.contains_key(&obligation) || self.ledger.done.contains(&obligation) {
            return;
        }
        let due = due(now, false).to_zoned(TimeZone::UTC).map_or(now, |day| day.timestamp());
        let fresh = Obligation { obligation, cause: duty.cause, action: duty.action, target: target.to_owned(), due };
        self.ledger.open.insert(fresh.obligation.clone(), fresh.clone());
        self.fresh.push(fresh);
    }
}

/// Meets what is open, as far as the platform can itself. Killed in between, the next run goes on.
/// `trains` says whether shards that somebody left, now or earlier, are trained again.
pub async fn run(platform: &Platform, serving: Option<&Serving>, trains: bool, now: Timestamp) -> Result<Met> {
    platform.store.may_decide()?;
    let found = find(platform, now).await?;
    let opens = found.fresh.iter().map(|fresh| Change::Event {
        event: Event::ObligationOpened {
            obligation: fresh.obligation.clone(),
            cause: fresh.cause,
            target: fresh.target.clone(),
            action: fresh.action,
            due: fresh.due,
        },
        t_valid: None,
        key: Some(format!("obligation/{}", fresh.obligation)),
    });
    let opens: Vec<Change> = opens.collect();
    if !opens.is_empty() {
        platform.store.commit(now, opens).await?;
    }
    // Snapshots may have been replaced even if the training behind that fails: what is over is said first.
    let forgotten = forget_member::all(platform, &found.leaving, serving, trains).await;
    let mut done = Vec::new();
    for obligation in found.ledger.open.into_values() {
        if obligation.action != ObligationAction::ReturnOrDelete && is_over(platform, &obligation.target).await? {
            finish(platform, &obligation.obligation, platform::now()).await?;
            done.push(obligation.obligation);
        }
    }
    Ok(Met { regrets: found.regrets.len(), opened: found.fresh, done, forgotten: forgotten? })
}

/// Whether the snapshot that an obligation is about is used no more: another stands in its place.
async fn is_over(platform: &Platform, target: &str) -> Result<bool> {
    let row = platform.store.snapshot(&SnapshotId::new(target)?).await?;
    Ok(row.is_none_or(|row| row.withdrawn))
}

/// Logs that an obligation is done.
pub async fn finish(platform: &Platform, obligation: &str, now: Timestamp) -> Result<()> {
    let event = Event::ObligationDone { obligation: obligation.to_owned() };
    let key = Some(format!("obligation-done/{obligation}"));
    platform.store.commit(now, vec![Change::Event { event, t_valid: None, key }]).await?;
    Ok(())
}

/// Whether an entry calls for a look before the night: what it takes back was used by mistake, or must not stay in use.
/// That somebody who opted out is named by others is looked for in the night: it needs every record.
pub fn is_pressing(history: &History, logged: &Logged) -> bool {
    duties(history, logged).iter().any(|duty| match duty.action {
        ObligationAction::Repair | ObligationAction::RemoveRecord | ObligationAction::ReturnOrDelete => true,
        // Who must leave is forgotten by a job of its own.
        ObligationAction::Retract | ObligationAction::Erase | ObligationAction::RedactSubject => false,
    })
}
