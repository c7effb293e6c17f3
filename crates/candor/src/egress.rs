//! The count of what goes to providers outside: durable before the call is made, by task and by kind of what was replaced, never by content.
//! When a day is over its sum becomes an entry of the log, once for each provider: a fence of the kind `share`, whose name tells the numbers.

use anyhow::Result;
use async_trait::async_trait;
use candor_assist::remote::{Call, Ledger};
use candor_core::{Event, FenceKind, RunId, id::MAX_ID_BYTES};
use candor_store::{Change, Store};
use jiff::{SignedDuration, Timestamp, civil::Date, tz::TimeZone};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use tokio::sync::Mutex;

use crate::platform;

/// Counts of a day that other processes may still be adding to: a day is summed up so long after its end.
const SETTLED: SignedDuration = SignedDuration::from_mins(10);

/// What went to one provider on one day.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sent {
    /// Calls.
    pub calls: u64,
    /// Calls by task.
    pub tasks: BTreeMap<String, u64>,
    /// Pieces of personal data that were replaced, by kind.
    pub replaced: BTreeMap<String, u64>,
}

impl Sent {
    fn add(&mut self, other: &Self) {
        self.calls += other.calls;
        other.tasks.iter().for_each(|(task, count)| *self.tasks.entry(task.clone()).or_default() += count);
        other.replaced.iter().for_each(|(kind, count)| *self.replaced.entry(kind.clone()).or_default() += count);
    }

    fn of(call: &Call) -> Self {
        let replaced = call.replaced.iter().map(|(kind, count)| ((*kind).to_owned(), *count)).collect();
        Self { calls: 1, tasks: [(call.task.clone(), 1)].into(), replaced }
    }

    /// The name of the day's entry, as much of it as a name may have.
    fn name(&self, key: &str) -> String {
        let replaced: u64 = self.replaced.values().sum();
        let tasks = self.tasks.iter().map(|(task, count)| format!(" {task}={count}"));
        let words = [format!(" calls={}", self.calls), format!(" replaced={replaced}")].into_iter().chain(tasks);
        let mut name = key.to_owned();
        for word in words {
            if name.len() + word.len() <= MAX_ID_BYTES {
                name.push_str(&word);
            }
        }
        name
    }
}

fn day(now: Timestamp) -> Date {
    now.to_zoned(TimeZone::UTC).date()
}

/// Counts into the store.
pub struct StoreLedger {
    store: Store,
    /// Names this process: two of them count side by side.
    process: String,
    /// What this process counted, by day and provider.
    counted: Mutex<BTreeMap<(Date, String), Sent>>,
}

impl StoreLedger {
    /// Counts into this store.
    pub fn new(store: Store) -> Self {
        let process = format!("{}-{:08x}", std::process::id(), rand::random::<u32>());
        Self { store, process, counted: Mutex::default() }
    }

    async fn count_at(&self, call: &Call, now: Timestamp) -> Result<()> {
        let mut counted = self.counted.lock().await;
        let today = day(now);
        counted.retain(|(day, _), _| *day == today);
        let place = (today, call.recipient.to_string());
        let mut sent = counted.get(&place).cloned().unwrap_or_default();
        sent.add(&Sent::of(call));
        let key = format!("egress/{today}/{}/{}", call.recipient, self.process);
        let json = serde_json::to_value(&sent)?;
        self.store.commit(now, vec![Change::PutDocument { key, json }]).await?;
        counted.insert(place, sent);
        Ok(())
    }
}

#[async_trait]
impl Ledger for StoreLedger {
    async fn count(&self, call: &Call) -> Result<(), String> {
        self.count_at(call, platform::now()).await.map_err(|error| {
            tracing::error!(error = format!("{error:#}"), "a call to a provider could not be counted and was not made");
            error.to_string()
        })
    }
}

/// What went out, by day and provider, over all processes.
pub async fn sent(store: &Store) -> Result<BTreeMap<(Date, String), Sent>> {
    let mut sums: BTreeMap<(Date, String), Sent> = BTreeMap::new();
    for (key, json) in store.documents("egress/").await? {
        let mut parts = key.split('/').skip(1);
        if let (Some(Ok(day)), Some(recipient)) = (parts.next().map(str::parse::<Date>), parts.next()) {
            sums.entry((day, recipient.to_owned())).or_default().add(&serde_json::from_value(json)?);
        }
    }
    Ok(sums)
}

/// Writes the sums of days that are over into the log, each once. Gives how many were written.
pub async fn close_days(store: &Store, now: Timestamp) -> Result<u64> {
    let open = day(now.checked_sub(SETTLED)?);
    let done = store.documents("egressed/").await?;
    let mut written = 0;
    for ((day, recipient), sent) in sent(store).await? {
        let key = format!("egress/{day}/{recipient}");
        let kept = format!("egressed/{day}/{recipient}");
        if day >= open || done.contains_key(&kept) {
            continue;
        }
        let event = Event::RunFenced { run: RunId::new(sent.name(&key))?, kind: FenceKind::Share };
        let json = serde_json::to_value(&sent)?;
        store.commit_once(now, &key, vec![Change::event(event), Change::PutDocument { key: kept, json }]).await?;
        written += 1;
    }
    Ok(written)
}

#[cfg(test)]
mod tests {
    use super::*;
    use candor_core::{RecipientKey, RuleBook, Seq};

    #[tokio::test]
    async fn calls_are_counted_first_and_a_day_is_one_entry() {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(dir.path(), RuleBook::shipped("seeds-2024").unwrap()).await.unwrap();
        let call = |task: &str| Call {
            recipient: RecipientKey::new("acme").unwrap(),
            task: task.into(),
            replaced: [("PERSON", 2)].into(),
        };
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        let ledgers = [StoreLedger::new(store.clone()), StoreLedger::new(store.clone())];
        for (task, ledger) in [("draft", 0), ("draft", 0), ("ideas", 1)] {
            ledgers[ledger].count_at(&call(task), at("2026-11-23T12:00:00Z")).await.unwrap();
        }
        ledgers[0].count_at(&call("draft"), at("2026-11-24T00:00:01Z")).await.unwrap();
        let before = store.head().seq;
        assert_eq!(close_days(&store, at("2026-11-24T00:05:00Z")).await.unwrap(), 0, "the day may still be added to");
        assert_eq!(store.head().seq, before);
        assert_eq!(close_days(&store, at("2026-11-24T00:10:00Z")).await.unwrap(), 1);
        assert_eq!(close_days(&store, at("2026-11-24T09:00:00Z")).await.unwrap(), 0, "once");
        assert_eq!(store.head().seq, Seq(before.0 + 1));
        let history = store.history();
        let Some(Event::RunFenced { run, kind: FenceKind::Share }) = history.event(store.head().seq).map(|l| &l.event)
        else {
            panic!("no entry")
        };
        assert_eq!(run.as_str(), "egress/2026-11-23/acme calls=3 replaced=6 draft=2 ideas=1");
        let long = Sent { tasks: (0..60).map(|n| (format!("task-number-{n}"), 1)).collect(), ..Sent::default() };
        assert!(long.name("egress/2026-11-23/acme").len() <= MAX_ID_BYTES);
    }
}
