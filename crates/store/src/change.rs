//! Everything that can be changed, as values. One list of changes is one transaction: all of it or nothing.

use crate::{
    decisions::DecisionRow,
    releases::{ReleaseRow, ReleaseState, ShardState},
    snapshots::{SnapshotMember, SnapshotRow},
};
use candor_core::{Event, Member, MemberId, Record, RecordId, ReleaseId, Seq, SnapshotId};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// Most changes in one commit.
pub const MAX_CHANGES: usize = 50_000;
/// Most records in one [`Change::PutRecords`].
pub const MAX_RECORDS: usize = 20_000;

/// One change.
#[derive(Debug, Clone, Serialize)]
pub enum Change {
    /// Logs an event.
    Event {
        /// What happened.
        event: Event,
        /// When the fact holds; the time of recording if absent.
        t_valid: Option<Timestamp>,
        /// Idempotency key: the same key answers the first receipt and logs nothing.
        key: Option<String>,
    },
    /// Refuses the whole commit with [`crate::StoreError::Moved`] if the log has gone on past this index: the
    /// compare-and-swap of a seal. Stands first in the list.
    ExpectHead(Seq),
    /// Writes a row of the directory. A member that was erased is left out and counted.
    PutMember(Member),
    /// Takes records into the inbox: unknown ones, and known ones with a later `edited`. Logs one `RecordsCommitted`
    /// if any was taken. Records of members that were erased are left out and counted.
    PutRecords(Vec<Record>),
    /// Marks a record as deleted and logs it. Asked for again, it answers the first receipt and logs nothing.
    DeleteRecord {
        /// Which one.
        record: RecordId,
        /// When it was deleted.
        t_valid: Timestamp,
    },
    /// Queues a job; nothing happens if there is one of the same key.
    PutJob {
        /// What is to be done.
        kind: String,
        /// Unique key.
        key: String,
        /// What the job needs.
        payload: serde_json::Value,
    },
    /// Ends a job. Refused with [`crate::StoreError::Fenced`] if it is no longer held by this attempt.
    FinishJob {
        /// The job.
        id: i64,
        /// The attempt that did it, from [`crate::Job::attempt`].
        attempt: u32,
        /// Why it failed, without any member's text; it is tried again up to [`crate::jobs::MAX_ATTEMPTS`] times.
        error: Option<String>,
    },
    /// Writes a snapshot's row. Its `sealed_seq` is filled from a `SnapshotSealed` event of the same commit.
    PutSnapshot(SnapshotRow),
    /// Writes what the gate said for a snapshot whose row is there.
    PutDecisions(SnapshotId, Vec<DecisionRow>),
    /// Writes who is in a snapshot whose row is there.
    PutSnapshotMembers(SnapshotId, Vec<SnapshotMember>),
    /// Deletes who a pseudonym was, once an erased member's data has left the snapshot's files.
    DeleteSnapshotMember {
        /// The snapshot.
        snapshot: SnapshotId,
        /// The member.
        member: MemberId,
    },
    /// Marks a snapshot as withdrawn.
    WithdrawSnapshot(SnapshotId),
    /// Writes a release and one row for each of its shards.
    PutRelease(ReleaseRow),
    /// Sets a release's state.
    SetReleaseState(ReleaseId, ReleaseState),
    /// Sets a shard's state, and its adapter if one is given.
    SetShardState {
        /// The release.
        release: ReleaseId,
        /// Shard, from 0.
        shard: u16,
        /// New state.
        state: ShardState,
        /// Hash of the adapter that now stands for the shard; the old one stays if absent.
        adapter: Option<String>,
    },
    /// Writes a document.
    PutDocument {
        /// Its key.
        key: String,
        /// Its content; no personal data belongs here.
        json: serde_json::Value,
    },
    /// Deletes a member's rows, the payloads and openings of their log entries, and suppresses the identifier. Their
    /// records in files are the business of [`crate::Store::erase_member`], which everybody else should call.
    EraseMember(MemberId),
}

impl Change {
    /// An event that holds from now on, without an idempotency key.
    #[must_use]
    pub fn event(event: Event) -> Self {
        Self::Event { event, t_valid: None, key: None }
    }

    /// The idempotency key of an event that has one.
    pub(crate) fn key(&self) -> Option<&String> {
        match self {
            Self::Event { key, .. } => key.as_ref(),
            _ => None,
        }
    }
}

/// The answer to a commit. When it is given, everything in it is on the disk.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Committed {
    /// One receipt for each [`Change::Event`], in order.
    pub receipts: Vec<Receipt>,
    /// The log's head after this commit.
    pub head: LogHead,
    /// Records that are new.
    pub added: u64,
    /// Records that replace an earlier version.
    pub updated: u64,
    /// Records that were known and are not newer.
    pub known: u64,
    /// Records and directory rows that were left out because their member is erased.
    pub suppressed: u64,
}

/// Proof that an event is in the log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Receipt {
    /// Index in the log, from 1.
    pub seq: Seq,
    /// When it was recorded.
    pub t: Timestamp,
    /// The leaf's 34 bytes in hex.
    pub leaf: String,
    /// Root of the tree in hex.
    pub root: String,
    /// Size of the tree that the proof is for.
    pub size: u64,
    /// The hashes beside the way from the leaf to the root, in hex, from the leaf upwards.
    pub proof: Vec<String>,
    /// The entry's exact bytes, to which the leaf commits; none once the member was erased.
    pub payload: Option<String>,
    /// The commitment's opening in hex; none once the member was erased.
    pub opening: Option<String>,
    /// The signed note over the tree of this size; none while the store is held and signs nothing.
    pub checkpoint: Option<String>,
}

/// The log's head.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogHead {
    /// The last index, which is also the tree's size.
    pub seq: Seq,
    /// Root of the tree in hex.
    pub root: String,
}

impl Default for LogHead {
    fn default() -> Self {
        Self { seq: Seq(0), root: candor_tlog::to_hex(&candor_tlog::EMPTY_ROOT) }
    }
}
