//! Import: a source's members and records go into the store, in batches, each durable before the next is read. A second
//! run adds nothing: records have the same ids, a registered member only gets events for what changed.

use crate::platform::Platform;
use anyhow::Result;
use candor_core::{Event, Member, PolicyId, Record};
use candor_dataset::import::{Format, ImportError, ImportReport, Limits, Progress, Sink};
use candor_store::{Change, Store};
use jiff::Timestamp;
use std::path::Path;
use tokio::runtime::Handle;

/// Changes that are committed together.
const BATCH: usize = 2_000;

/// What an import did.
#[derive(Debug, Clone, serde::Serialize)]
pub struct Imported {
    /// Rows by file.
    #[serde(flatten)]
    pub report: ImportReport,
    /// Members that were not there before.
    pub members_added: u64,
    /// Records that were not there before.
    pub records_added: u64,
    /// Records that were there already.
    pub records_known: u64,
    /// Members and records that were left out because the member is erased.
    pub suppressed: u64,
}

/// Imports a file or folder. `told` is the policy version that members are told of at once, if any.
pub async fn run(
    platform: &Platform,
    path: &Path,
    format: Option<Format>,
    told: Option<PolicyId>,
    now: Timestamp,
    progress: impl FnMut(Progress<'_>) + Send + 'static,
) -> Result<Imported> {
    let store = platform.store.clone();
    let (path, mut progress) = (path.to_owned(), progress);
    let handle = Handle::current();
    tokio::task::spawn_blocking(move || {
        let mut sink = StoreSink::new(store, handle, told, now);
        let report = candor_dataset::import::import(&path, format, &Limits::default(), &mut sink, &mut progress)?;
        sink.flush()?;
        Ok(Imported {
            report,
            members_added: sink.members_added,
            records_added: sink.records_added,
            records_known: sink.records_known,
            suppressed: sink.suppressed,
        })
    })
    .await?
}

/// Collects changes and commits them in batches.
pub struct StoreSink {
    store: Store,
    handle: Handle,
    told: Option<PolicyId>,
    now: Timestamp,
    changes: Vec<Change>,
    records: Vec<Record>,
    members_added: u64,
    records_added: u64,
    records_known: u64,
    suppressed: u64,
}

impl StoreSink {
    fn new(store: Store, handle: Handle, told: Option<PolicyId>, now: Timestamp) -> Self {
        let (changes, records) = (Vec::new(), Vec::new());
        let (members_added, records_added, records_known, suppressed) = (0, 0, 0, 0);
        Self { store, handle, told, now, changes, records, members_added, records_added, records_known, suppressed }
    }

    fn flush(&mut self) -> Result<(), ImportError> {
        let mut changes = std::mem::take(&mut self.changes);
        if !self.records.is_empty() {
            changes.push(Change::PutRecords(std::mem::take(&mut self.records)));
        }
        if changes.is_empty() {
            return Ok(());
        }
        let done = self.handle.block_on(self.store.commit(self.now, changes)).map_err(ImportError::sink)?;
        self.records_added += done.added;
        self.records_known += done.known;
        self.suppressed += done.suppressed;
        Ok(())
    }

    fn flush_if_full(&mut self) -> Result<(), ImportError> {
        if self.changes.len() + self.records.len() >= BATCH { self.flush() } else { Ok(()) }
    }
}

impl Sink for StoreSink {
    fn member(&mut self, member: Member) -> Result<(), ImportError> {
        if self.handle.block_on(self.store.is_suppressed(&member.id)).map_err(ImportError::sink)? {
            self.suppressed += 1;
            return Ok(());
        }
        let known = self.handle.block_on(self.store.member(&member.id)).map_err(ImportError::sink)?;
        if known.as_ref() == Some(&member) {
            return Ok(());
        }
        let events = member_events(&member, known.as_ref());
        let told = self.told.as_ref().filter(|_| known.is_none()).map(|policy| Change::Event {
            event: Event::NoticeDelivered { member: member.id.clone(), policy: policy.clone(), channel: None },
            t_valid: None,
            key: Some(format!("told/{policy}/{}", member.id)),
        });
        self.members_added += u64::from(known.is_none());
        self.changes.push(Change::PutMember(member));
        self.changes.extend(events.into_iter().chain(told));
        self.flush_if_full()
    }

    fn record(&mut self, record: Record) -> Result<(), ImportError> {
        self.records.push(record);
        self.flush_if_full()
    }
}

/// The log entries that a directory row asks for: a registration, or what changed since.
pub fn member_events(member: &Member, known: Option<&Member>) -> Vec<Change> {
    let id = &member.id;
    let event = |event, t_valid, key| Change::Event { event, t_valid, key };
    let Some(known) = known else {
        let registered = Event::MemberRegistered {
            member: id.clone(),
            residence: member.residence.clone(),
            birth_date: member.birth_date,
            account: member.account,
        };
        return vec![event(registered, Some(member.registered), Some(format!("registered/{id}")))];
    };
    let mut changes = Vec::new();
    if known.residence != member.residence {
        let moved = Event::ResidenceSet { member: id.clone(), residence: member.residence.clone() };
        changes.push(event(moved, None, None));
    }
    if let Some(birth_date) = member.birth_date.filter(|date| known.birth_date != Some(*date)) {
        changes.push(event(Event::BirthDateSet { member: id.clone(), birth_date }, None, None));
    }
    changes
}
