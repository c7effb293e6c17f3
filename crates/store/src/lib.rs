//! The only SQL and the only object paths: the log, the directory, records, snapshots, releases, jobs.
//!
//! Everything that changes something goes through [`Store::commit`], which answers after the data is on the disk. There
//! is one writer (`writer.rs`); readers have their own connections and never wait for it. The store keeps and shows; it
//! decides nothing (that is `core`) and transforms nothing (that are the stages). It never asks for the time: `now` is
//! an argument everywhere.
//!
//! Read `store.rs` first, then `change.rs` (what can be changed), `writer.rs` (group commit) and `merge.rs` (records).
#![cfg_attr(not(test), deny(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing))]

mod acknowledge;
mod apply;
mod beside;
mod change;
mod checkpoint;
mod choices;
mod columns;
mod custody;
mod db;
mod decisions;
mod documents;
mod entries;
mod erase;
mod error;
mod evidence;
mod files;
mod group;
mod hold;
pub mod jobs;
mod journal;
mod key;
mod log;
mod members;
mod merge;
mod once;
mod postgres;
mod query;
mod records;
mod refused;
mod releases;
mod retire;
mod secrets;
mod sessions;
mod sets;
mod snapshots;
mod sqlite;
mod statement;
mod store;
mod sweep;
#[cfg(feature = "testing")]
pub mod testing;
mod time;
mod used;
mod verify;
mod writer;

pub use acknowledge::{Acknowledgment, JournalReceipt};
pub use change::{Change, Committed, LogHead, MAX_CHANGES, MAX_RECORDS, Receipt};
pub use choices::{ChoiceStep, ChoiceView, RegionStatus};
pub use columns::{BUCKETS, bucket_of, read_schema, record_schema};
pub use custody::name_log;
pub use db::{Database, DatabaseInfo, Place};
pub use decisions::{DecisionRow, MemberDecision};
pub use entries::Entry;
pub use erase::EraseReport;
pub use error::StoreError;
pub use hold::Standing;
pub use jobs::{Job, JobState};
pub use journal::JournalError;
pub use merge::{MergeProgress, MergeReport};
pub use refused::{MAX_REFUSED, Refused};
pub use releases::{ReleaseRow, ReleaseState, ShardRow, ShardState};
pub use sessions::{ABSOLUTE as SESSION_ABSOLUTE, IDLE as SESSION_IDLE, Role, Session};
pub use sets::{RecordDigests, SetPart};
pub use snapshots::{SnapshotMember, SnapshotRow};
pub use store::Store;
pub use used::UsedIn;
