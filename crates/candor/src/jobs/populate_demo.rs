//! Fills a platform with a synthetic network: its events go into the log in their order and at their times, its records
//! into the store, and the truth about planted personal data beside it. Run again, it goes on: every event has a key and
//! every record its identifier.

use super::import_records::member_events;
use crate::{output::Step, platform::Platform};
use anyhow::{Context, Result};
use candor_core::{
    Actor, ChoiceValue, Event, Member, MemberId, ObjectionId, PolicyId, PurposeKey, Record, RecordId, Scope, SnapshotId,
};
use candor_dataset::import::synthetic::{self, PlantedTruth, SyntheticConfig, SyntheticEvent, SyntheticItem, What};
use candor_store::{Change, Store};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use std::{
    collections::HashSet,
    fs::File,
    io::{BufRead, BufReader, BufWriter},
};
use tokio::runtime::Handle;

/// Where the truth about planted personal data is kept.
pub const TRUTH_FILE: &str = "truth.ndjson";
/// The policy version of the seeds.
const POLICY: &str = "2024-09-18";
/// Changes that are committed together.
const BATCH: usize = 2_000;
/// Events further apart than this are committed apart, so that their times of recording are true.
const APART: SignedDuration = SignedDuration::from_hours(12);

/// How much planted personal data of admitted records was found.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub struct Recall {
    /// Planted values in records of the snapshot.
    pub planted: u64,
    /// Those that are still there.
    pub left: u64,
}

/// Fills the platform.
pub async fn run(platform: &Platform, members: u32, records: u32, seed: u64) -> Result<()> {
    let config = SyntheticConfig { members: members as usize, records: records as usize, seed };
    let (store, truth, quiet) = (platform.store.clone(), platform.dir().join(TRUTH_FILE), platform.quiet);
    let handle = Handle::current();
    tokio::task::spawn_blocking(move || {
        let step = Step::start("collect", u64::from(members) + u64::from(records), quiet);
        let fresh = truth.with_extension("new");
        let mut out = BufWriter::new(File::create(&fresh)?);
        let mut filler = Filler::new(store, handle);
        let mut done = 0;
        for item in synthetic::Synthetic::new(config) {
            synthetic::write_truth(&mut out, &item.truth)?;
            done += u64::from(!matches!(item.what, What::Event(_)));
            filler.take(item)?;
            if done.is_multiple_of(500) {
                step.at(done, "members and records");
            }
        }
        filler.flush()?;
        out.into_inner().map_err(std::io::IntoInnerError::into_error)?.sync_all()?;
        std::fs::rename(&fresh, &truth)?;
        step.done(&format!("{members} members, {records} records of a synthetic network"));
        Ok(())
    })
    .await?
}

/// Collects what happens and commits it in its order.
struct Filler {
    store: Store,
    handle: Handle,
    changes: Vec<Change>,
    records: Vec<Record>,
    /// When the first of the collected events happened, and the last.
    span: Option<(Timestamp, Timestamp)>,
    events: u64,
}

impl Filler {
    fn new(store: Store, handle: Handle) -> Self {
        Self { store, handle, changes: Vec::new(), records: Vec::new(), span: None, events: 0 }
    }

    fn take(&mut self, item: SyntheticItem) -> Result<()> {
        let full = self.changes.len() + self.records.len() >= BATCH;
        let is_event = matches!(item.what, What::Event(_));
        let apart = is_event && self.span.is_some_and(|(first, _)| item.t.duration_since(first) > APART);
        if full || apart {
            self.flush()?;
        }
        let first = self.span.map_or(item.t, |(first, _)| first);
        self.span = Some((first, item.t));
        match item.what {
            What::Member(member) => self.member(member),
            What::Record(record) => self.records.push(record),
            What::Event(event) => self.event(event, item.t)?,
        }
        Ok(())
    }

    fn member(&mut self, member: Member) {
        let events = member_events(&member, None);
        self.changes.push(Change::PutMember(member));
        self.changes.extend(events);
    }

    fn log(&mut self, event: Event, t: Timestamp) {
        self.events += 1;
        let key = Some(format!("demo/{}/{}", self.events, event.name()));
        self.changes.push(Change::Event { event, t_valid: Some(t), key });
    }

    fn event(&mut self, event: SyntheticEvent, t: Timestamp) -> Result<()> {
        let choice = |member: MemberId, value, scope| Event::ChoiceSet {
            member,
            purpose: PurposeKey::generative_training(),
            recipient: None,
            value,
            scope,
            actor: Actor::Member,
            channel: None,
            notice: None,
        };
        let policy = PolicyId::new(POLICY)?;
        let objection = |member: &MemberId| ObjectionId::new(format!("o-{member}"));
        match event {
            SyntheticEvent::ChoiceOff { member, scope } => {
                let scope = scope.map(|name| serde_json::from_value::<Scope>(name.into())).transpose()?;
                self.log(choice(member, ChoiceValue::Off, scope), t);
            }
            SyntheticEvent::ChoiceOn { member } => self.log(choice(member, ChoiceValue::On, None), t),
            SyntheticEvent::NoticeDelivered { member } => {
                self.log(Event::NoticeDelivered { member, policy, channel: None }, t);
            }
            SyntheticEvent::NoticeBounced { member } => {
                self.log(Event::NoticeBounced { member, policy, channel: None }, t);
            }
            SyntheticEvent::ObjectionFiled { member, purposes } => {
                let purposes = purposes.into_iter().map(PurposeKey::new).collect::<Result<_, _>>()?;
                self.log(
                    Event::ObjectionFiled { objection: objection(&member)?, member, purposes, needs_identity: false },
                    t,
                );
            }
            SyntheticEvent::ObjectionUpheld { member } => {
                self.log(Event::ObjectionUpheld { objection: objection(&member)? }, t);
            }
            SyntheticEvent::ObjectionRefused { member } => {
                self.log(Event::ObjectionRefused { objection: objection(&member)? }, t);
            }
            SyntheticEvent::Moved { member, residence, valid } => {
                self.log(Event::ResidenceSet { member, residence: Some(residence.to_string()) }, valid);
            }
            SyntheticEvent::AccountClosed { member } => self.log(Event::AccountClosed { member }, t),
            SyntheticEvent::RecordDeleted { record } => {
                // A record is deleted after it was taken.
                self.flush()?;
                self.changes.push(Change::DeleteRecord { record, t_valid: t });
            }
            SyntheticEvent::RecordEdited { record } => {
                self.flush()?;
                self.records.push(*record);
            }
        }
        Ok(())
    }

    fn flush(&mut self) -> Result<()> {
        let Some((_, last)) = self.span.take() else { return Ok(()) };
        let mut changes = std::mem::take(&mut self.changes);
        if !self.records.is_empty() {
            changes.push(Change::PutRecords(std::mem::take(&mut self.records)));
        }
        self.handle.block_on(self.store.commit(last, changes)).context("the synthetic network could not be kept")?;
        Ok(())
    }
}

/// Counts the planted values that are still in a snapshot; none without a truth file.
pub async fn recall(platform: &Platform, snapshot: &SnapshotId) -> Result<Option<Recall>> {
    let (truth, folder) = (platform.dir().join(TRUTH_FILE), platform.snapshot_dir(snapshot.as_str()));
    if !truth.is_file() {
        return Ok(None);
    }
    tokio::task::spawn_blocking(move || {
        let texts = candor_dataset::Snapshot::open(&folder)?.texts()?;
        let mut recall = Recall { planted: 0, left: 0 };
        let mut seen: HashSet<(RecordId, String)> = HashSet::new();
        for line in BufReader::new(File::open(truth)?).lines() {
            let planted: PlantedTruth = serde_json::from_str(&line?)?;
            let Some(text) = texts.get(planted.record.as_str()) else { continue };
            if seen.insert((planted.record, planted.value.clone())) {
                recall.planted += 1;
                recall.left += u64::from(text.contains(&planted.value));
            }
        }
        Ok(Some(recall))
    })
    .await?
}
