//! What a bundle showed, statement by statement, in words that its member understands; or the first thing that failed,
//! named exactly. The statements are data first, so that a page can mark them; the words are the same everywhere.

use crate::checkpoint::CheckpointError;
use crate::cosignature::QuorumError;
use crate::set::SetError;
use crate::tree::ProofError;
use candor_core::{ChoiceValue, PurposeKey, ReleaseId, Seq, SnapshotId};
use serde::Serialize;
use std::fmt;

/// What was shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Report {
    /// The log that was looked at.
    pub origin: String,
    /// Its size at the bundle's checkpoint.
    pub size: u64,
    /// What holds, in the order in which it was checked.
    pub statements: Vec<Statement>,
}

impl Report {
    /// The report's lines in words.
    #[must_use]
    pub fn lines(&self) -> Vec<String> {
        self.statements.iter().map(ToString::to_string).collect()
    }
}

/// One thing that holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "shown", rename_all = "snake_case")]
#[expect(missing_docs, reason = "the fields carry the names of the vocabulary; the variants say what they mean")]
pub enum Statement {
    /// The checkpoint is signed by the key that holds.
    Signed { origin: String, size: u64 },
    /// A key change is shown by both keys.
    KeyChanged { entry: Seq, from: u64 },
    /// Enough witnesses cosigned.
    Cosigned { needed: usize, of: usize },
    /// No witness is asked for.
    NoWitness,
    /// The log continues an earlier checkpoint.
    Continues { size: u64 },
    /// A choice is in the log.
    Choice { entry: Seq, purpose: PurposeKey, value: ChoiceValue },
    /// Another event about the member is in the log.
    Entry { entry: Seq, event: &'static str },
    /// The member's secret was committed to.
    Enrolled { entry: Seq },
    /// A snapshot holds nothing of the member.
    Absent { snapshot: SnapshotId, sealed: Seq },
    /// A snapshot holds exactly so many records of the member.
    Present { snapshot: SnapshotId, sealed: Seq, records: usize },
    /// The member's choice for a purpose that stood when a snapshot was sealed.
    ChoiceBefore { snapshot: SnapshotId, sealed: Seq, entry: Seq, purpose: PurposeKey, value: ChoiceValue },
    /// A choice came only after the seal.
    ChoiceAfter { snapshot: SnapshotId, sealed: Seq, entry: Seq, purpose: PurposeKey, value: ChoiceValue },
    /// The snapshot is older than the member's secret.
    BeforeEnrolment { snapshot: SnapshotId, sealed: Seq, enrolled: Seq },
    /// The seal states no member set, or no proof in it was given.
    NoSet { snapshot: SnapshotId, sealed: Seq },
    /// A release was made from a snapshot.
    Released { entry: Seq, release: ReleaseId, snapshot: SnapshotId },
    /// A shard left a release.
    ShardRetired { entry: Seq, release: ReleaseId, shard: u16 },
    /// A release was withdrawn.
    ReleaseWithdrawn { entry: Seq, release: ReleaseId },
    /// A snapshot was withdrawn.
    SnapshotWithdrawn { entry: Seq, snapshot: SnapshotId },
}

fn word(value: ChoiceValue) -> &'static str {
    match value {
        ChoiceValue::On => "on",
        ChoiceValue::Off => "off",
    }
}

impl fmt::Display for Statement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Signed { origin, size } => {
                write!(f, "the log {origin} had {size} entries, and its key signed that")
            }
            Self::KeyChanged { entry, from } => {
                write!(f, "the log's key changed with entry {entry}; both keys signed at size {from}")
            }
            Self::Cosigned { needed, of } => {
                write!(f, "at least {needed} of the {of} witnesses that you named saw the same log")
            }
            Self::NoWitness => {
                f.write_str("no witness was asked for: only the operator's word stands that others see the same log")
            }
            Self::Continues { size } => {
                write!(f, "nothing was changed or left out since the log had {size} entries")
            }
            Self::Choice { entry, purpose, value } => {
                write!(f, "your choice for {purpose} was set to {} by entry {entry}", word(*value))
            }
            Self::Entry { entry, event } => write!(f, "entry {entry} about you is in the log: {event}"),
            Self::Enrolled { entry } => write!(f, "entry {entry} fixed the secret under which snapshots list you"),
            Self::Absent { snapshot, sealed } => {
                write!(f, "snapshot {snapshot}, sealed at entry {sealed}, does not hold any of your records")
            }
            Self::Present { snapshot, sealed, records } => {
                write!(f, "snapshot {snapshot}, sealed at entry {sealed}, holds exactly {records} of your records")
            }
            Self::ChoiceBefore { snapshot, sealed, entry, purpose, value } => {
                let value = word(*value);
                write!(
                    f,
                    "your choice of {value} for {purpose} was entry {entry}, before the seal of {snapshot} at {sealed}"
                )
            }
            Self::ChoiceAfter { snapshot, sealed, entry, purpose, value } => {
                let value = word(*value);
                write!(
                    f,
                    "your choice of {value} for {purpose} was entry {entry}, after the seal of {snapshot} at {sealed}"
                )
            }
            Self::BeforeEnrolment { snapshot, sealed, enrolled } => write!(
                f,
                "snapshot {snapshot} was sealed at entry {sealed}, before your secret was fixed by entry {enrolled}: \
                 nothing is shown about you in it"
            ),
            Self::NoSet { snapshot, sealed } => {
                write!(f, "snapshot {snapshot} was sealed at entry {sealed}; nothing is shown about you in it")
            }
            Self::Released { entry, release, snapshot } => {
                write!(f, "release {release} was made from snapshot {snapshot} by entry {entry}")
            }
            Self::ShardRetired { entry, release, shard } => {
                write!(f, "shard {shard} left release {release} by entry {entry}")
            }
            Self::ReleaseWithdrawn { entry, release } => write!(f, "release {release} was withdrawn by entry {entry}"),
            Self::SnapshotWithdrawn { entry, snapshot } => {
                write!(f, "snapshot {snapshot} was withdrawn by entry {entry}")
            }
        }
    }
}

/// Which part of a bundle; numbers count from 1, as people do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(tag = "part", content = "number", rename_all = "snake_case")]
pub enum Part {
    /// The bundle as a whole.
    Bundle,
    /// The checkpoint.
    Checkpoint,
    /// The cosignatures.
    Witnesses,
    /// A key change.
    KeyChange(usize),
    /// The earlier checkpoint.
    Earlier,
    /// An entry of the member.
    Entry(usize),
    /// The enrolment.
    Enrolment,
    /// A snapshot's seal.
    Seal(usize),
    /// A snapshot's member set.
    Set(usize),
    /// A release.
    Release(usize),
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bundle => f.write_str("bundle"),
            Self::Checkpoint => f.write_str("checkpoint"),
            Self::Witnesses => f.write_str("witnesses"),
            Self::KeyChange(number) => write!(f, "key change {number}"),
            Self::Earlier => f.write_str("earlier checkpoint"),
            Self::Entry(number) => write!(f, "entry {number} of the bundle"),
            Self::Enrolment => f.write_str("enrolment"),
            Self::Seal(number) => write!(f, "seal of snapshot {number} of the bundle"),
            Self::Set(number) => write!(f, "member set of snapshot {number} of the bundle"),
            Self::Release(number) => write!(f, "release {number} of the bundle"),
        }
    }
}

/// The first thing that failed. Nothing after it was looked at, and nothing of the bundle is to be believed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{part}: {fault}")]
pub struct Failure {
    /// Where.
    pub part: Part,
    /// What.
    #[source]
    pub fault: Fault,
}

/// What can fail.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// The key is not the trusted one.
    #[error("the bundle's key is not the key that you trust; ask the log's operator in another way which one is right")]
    Key,
    /// A checkpoint is not to be believed.
    #[error(transparent)]
    Checkpoint(#[from] CheckpointError),
    /// Too few witnesses.
    #[error(transparent)]
    Witnesses(#[from] QuorumError),
    /// A proof does not hold.
    #[error(transparent)]
    Proof(#[from] ProofError),
    /// A proof in a member set does not hold.
    #[error(transparent)]
    Set(#[from] SetError),
    /// The event cannot be read.
    #[error("the event cannot be read; update the program, or fetch the bundle again")]
    Event,
    /// The event is of another kind than this place asks for.
    #[error("the event is of a kind that does not belong here; fetch the bundle again")]
    Kind,
    /// The event is about somebody else.
    #[error("the event is not about the member of the bundle; fetch the bundle again")]
    NotTheMember,
    /// A secret, opening or digest is not 64 hex digits.
    #[error("a secret, opening or digest is not 64 hex digits; fetch the bundle again")]
    Hex,
    /// The secret is not the one that was committed to.
    #[error("the secret is not the one that the log committed to when the member was enrolled")]
    Secret,
    /// There is a proof in a member set and no secret to find the member with.
    #[error("the bundle has a proof in a member set but no enrolment; fetch the bundle again")]
    NoEnrolment,
    /// There is a proof in a member set and the seal states none.
    #[error("the seal states no member set, but the bundle has a proof in one; fetch the bundle again")]
    NoSet,
    /// The digests of records are not those that the value stands for.
    #[error("the records named are not those that the snapshot's member set stands for")]
    Records,
    /// The reader has seen a checkpoint that the bundle does not lead on from.
    #[error("you have seen the log at size {seen}, and the bundle does not show that it continues it; ask for that")]
    Unseen {
        /// The size that was seen.
        seen: u64,
    },
    /// Nothing in the bundle is about the member.
    #[error("nothing in the bundle is about the member that it names")]
    Empty,
    /// The same entry or snapshot stands twice.
    #[error("the same entry stands twice in the bundle; fetch the bundle again")]
    Twice,
}
