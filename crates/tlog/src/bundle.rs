//! The bundle: one text file (`candor-bundle/v1`, JSON) with which a member checks everything that the log says about them
//! without the database or the server. It carries evidence only; whom to believe comes in as [`Trust`], and `verify.rs`
//! looks at it. Reading a bundle shows nothing yet.
//!
//! Every field is covered by a check, so that a changed byte fails or changes nothing; not covered are the white space
//! between fields and, inside a checkpoint, the signature lines of keys that the reader does not know.

use crate::checkpoint::{Checkpoint, CheckpointError, KeyRing, VerifierKey};
use crate::cosignature::{Quorum, QuorumError, WitnessVerifier};
use crate::set::{ENTRY_BYTES, MAX_BUCKET, SetEntry, SetError, SetProof};
use base64::{Engine as _, prelude::BASE64_STANDARD};
use candor_core::MemberId;
use serde::{Deserialize, Serialize};
use tlog_tiles::Hash;

/// The name of the format, the first field of every bundle.
pub const BUNDLE_FORMAT: &str = "candor-bundle/v1";
/// Longest bundle that is read, in bytes.
pub const MAX_BUNDLE_BYTES: usize = 16 << 20;
/// Most entries of a member, and most releases, in a bundle.
pub const MAX_ENTRIES: usize = 10_000;
/// Most snapshots, and most key changes, in a bundle.
pub const MAX_SNAPSHOTS: usize = 1_000;

/// Why a text is not a bundle or a trust file.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BundleError {
    /// It is too long.
    #[error("a bundle has at most {MAX_BUNDLE_BYTES} bytes, not {0}; ask for fewer snapshots at once")]
    TooLong(usize),
    /// It is not JSON of the expected fields.
    #[error("line {line}, column {column}: the text is not of the format `{BUNDLE_FORMAT}`; fetch it again")]
    Malformed {
        /// Line, from 1.
        line: usize,
        /// Column, from 1.
        column: usize,
    },
    /// It is of another format.
    #[error("the format is not `{BUNDLE_FORMAT}`; update the program, or fetch the bundle again")]
    Format,
    /// It holds too many parts.
    #[error("a bundle holds at most {MAX_ENTRIES} entries and {MAX_SNAPSHOTS} snapshots; ask for fewer at once")]
    TooMany,
    /// A trust file names keys or witnesses that do not go together.
    #[error("the keys in the trust file do not go together: {0}")]
    Keys(CheckpointError),
    /// A trust file names a policy that cannot be met.
    #[error(transparent)]
    Quorum(QuorumError),
}

/// Evidence for one entry of the log.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EntryProof {
    /// The event's exact bytes, as the leaf commits to them. They state their own index.
    pub event: String,
    /// The commitment's opening, 64 hex digits.
    pub opening: String,
    /// The hashes beside the way from the leaf to the root, each 64 hex digits. The leaf itself follows from event and
    /// opening.
    pub proof: Vec<String>,
}

/// The secret under which the member's tokens stand, and the entry that committed to it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Enrolment {
    /// The member's secret, 64 hex digits. Whoever has it can find the member in member sets.
    pub secret: String,
    /// The `MemberEnrolled` entry.
    pub entry: EntryProof,
}

/// A proof in a member set, as text.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SetEvidence {
    /// The hashes beside the way from the bucket to the root, one after another, base64.
    pub path: String,
    /// The bucket's entries, one after another, base64.
    pub bucket: String,
    /// The digests of the member's records in the snapshot, each 64 hex digits; empty when the member is not in it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub records: Vec<String>,
}

impl SetEvidence {
    /// The text form of a proof, with the digests of the records that the member's value stands for.
    #[must_use]
    pub fn new(proof: &SetProof, records: &[[u8; 32]]) -> Self {
        let path: Vec<u8> = proof.path.iter().flat_map(|hash| hash.0).collect();
        let bucket: Vec<u8> = proof.bucket.iter().flat_map(|entry| entry.0).collect();
        let records = records.iter().map(hex::encode).collect();
        Self { path: BASE64_STANDARD.encode(path), bucket: BASE64_STANDARD.encode(bucket), records }
    }

    /// The proof for the bucket with this index.
    ///
    /// # Errors
    /// [`SetError::Malformed`].
    pub fn proof(&self, index: u64) -> Result<SetProof, SetError> {
        let path = chunks::<32>(&self.path, 32)?.map(Hash).collect();
        let bucket = chunks::<ENTRY_BYTES>(&self.bucket, MAX_BUCKET)?.map(SetEntry).collect();
        Ok(SetProof { index, path, bucket })
    }
}

/// Base64 of at most `limit` pieces of `N` bytes.
fn chunks<const N: usize>(text: &str, limit: usize) -> Result<impl Iterator<Item = [u8; N]>, SetError> {
    if text.len() > limit * N * 2 {
        return Err(SetError::Malformed);
    }
    let bytes = BASE64_STANDARD.decode(text).map_err(|_| SetError::Malformed)?;
    let pieces: Result<Vec<[u8; N]>, _> = bytes.chunks(N).map(<[u8; N]>::try_from).collect();
    Ok(pieces.map_err(|_| SetError::Malformed)?.into_iter())
}

/// One snapshot: its seal, and whether the member is in it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SnapshotEvidence {
    /// The `SnapshotSealed` entry; it states the head of the member set.
    pub seal: EntryProof,
    /// The proof in the member set, for a seal that states one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub set: Option<SetEvidence>,
}

/// A key change: the entry that named the new key, in the checkpoint that both keys signed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeyChange {
    /// The first checkpoint that covers the entry, signed by the key before and the new one.
    pub checkpoint: String,
    /// The `LogKeySet` entry, proved in that checkpoint's tree.
    pub entry: EntryProof,
    /// That the bundle's checkpoint continues that one; hashes, each 64 hex digits.
    pub consistency: Vec<String>,
}

/// An earlier checkpoint, and that the bundle's continues it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Earlier {
    /// The earlier checkpoint, a signed note.
    pub checkpoint: String,
    /// The hashes of the consistency proof, each 64 hex digits.
    pub consistency: Vec<String>,
}

/// Everything that the log says about one member.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Bundle {
    /// [`BUNDLE_FORMAT`].
    pub format: String,
    /// Whom it is about.
    pub member: MemberId,
    /// The log's first key; the reader compares it with the one that they trust.
    pub key: VerifierKey,
    /// The key changes since, oldest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub key_changes: Vec<KeyChange>,
    /// The checkpoint in whose tree the entries are proved, with the cosignatures that it has.
    pub checkpoint: String,
    /// An earlier checkpoint, such as the one that the member kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub earlier: Option<Earlier>,
    /// The member's entries: choices, objections, account.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub entries: Vec<EntryProof>,
    /// The member's secret, for proofs in member sets.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub enrolment: Option<Enrolment>,
    /// The snapshots asked for.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub snapshots: Vec<SnapshotEvidence>,
    /// Releases and withdrawals of the snapshots.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub releases: Vec<EntryProof>,
}

impl Bundle {
    /// Reads the text of a bundle.
    ///
    /// # Errors
    /// [`BundleError`].
    pub fn parse(text: &str) -> Result<Self, BundleError> {
        let bundle: Self = parse(text)?;
        if bundle.format != BUNDLE_FORMAT {
            return Err(BundleError::Format);
        }
        let many = bundle.entries.len().max(bundle.releases.len()) > MAX_ENTRIES;
        if many || bundle.snapshots.len().max(bundle.key_changes.len()) > MAX_SNAPSHOTS {
            return Err(BundleError::TooMany);
        }
        Ok(bundle)
    }

    /// The text of the file.
    ///
    /// # Errors
    /// None that a bundle can cause; JSON has its own type for it.
    pub fn to_text(&self) -> Result<String, serde_json::Error> {
        serde_json::to_string_pretty(self).map(|text| text + "\n")
    }
}

/// Whom the reader believes. It never comes out of the bundle that it is held against.
#[derive(Debug, Clone, PartialEq)]
pub struct Trust {
    /// The log's keys that are known; the bundle may show later ones.
    pub keys: KeyRing,
    /// The witnesses that are asked for.
    pub witnesses: Quorum,
    /// A checkpoint of this log that was seen before.
    pub earlier: Option<Checkpoint>,
}

/// A [`Trust`] as a file or a page gives it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TrustText {
    /// The log's first key.
    pub key: VerifierKey,
    /// How many of the witnesses must have cosigned.
    #[serde(default)]
    pub needed: usize,
    /// The witnesses' keys.
    #[serde(default)]
    pub witnesses: Vec<WitnessVerifier>,
    /// A checkpoint that was seen before, a signed note. It is the reader's own, so its signature is not asked for again.
    #[serde(default)]
    pub earlier: Option<String>,
}

impl TrustText {
    /// Reads the text of a trust file.
    ///
    /// # Errors
    /// [`BundleError`].
    pub fn parse(text: &str) -> Result<Trust, BundleError> {
        parse::<Self>(text)?.trust()
    }

    /// The trust it states.
    ///
    /// # Errors
    /// [`BundleError::Keys`], [`BundleError::Quorum`].
    pub fn trust(self) -> Result<Trust, BundleError> {
        let witnesses = Quorum::new(self.needed, self.witnesses).map_err(BundleError::Quorum)?;
        let earlier = self.earlier.as_deref().map(Checkpoint::unverified).transpose().map_err(BundleError::Keys)?;
        Ok(Trust { keys: KeyRing::new(self.key), witnesses, earlier })
    }
}

fn parse<'a, T: Deserialize<'a>>(text: &'a str) -> Result<T, BundleError> {
    if text.len() > MAX_BUNDLE_BYTES {
        return Err(BundleError::TooLong(text.len()));
    }
    // serde_json's own words would repeat what stands in the bundle.
    serde_json::from_str(text).map_err(|error| BundleError::Malformed { line: error.line(), column: error.column() })
}
