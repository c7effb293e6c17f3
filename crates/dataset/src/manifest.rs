//! The papers of a snapshot: what it is made of, under which rules, how many rows each step took and kept, and the hash
//! of every file. It says nothing of how a model is trained on it, and holds no member's name and no key.

use crate::{batch::Terms, cohort::Cohort, counts::StageCounts};
use candor_core::SnapshotId;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Version of the layout.
pub const FORMAT: u32 = 1;
/// File name of the manifest.
pub const FILE: &str = "MANIFEST.json";

/// The manifest. Its hash is what the log holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// [`FORMAT`].
    pub format: u32,
    /// The snapshot.
    pub id: SnapshotId,
    /// When it was built, as the builder was told.
    pub created: Timestamp,
    /// Name of the rule book.
    pub rule_book_name: String,
    /// Rule book, purpose, recipient, time and log index under which every row was admitted.
    pub terms: Terms,
    /// The tokenizer of `input_ids`.
    pub tokenizer: TokenizerFacts,
    /// Number of training shards; one file each.
    pub shards: u16,
    /// Number of slices of a shard.
    pub slices: u16,
    /// Members who share shards with nobody else; their shards are the last ones.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub cohorts: Vec<Cohort>,
    /// One text in so many is held out for validation; 0 if none is.
    pub held_out_one_in: u16,
    /// The steps in order, from the first that the builder was told of to the rows of the files.
    pub stages: Vec<StageCounts>,
    /// Replaced personal data by kind.
    pub findings: BTreeMap<String, u64>,
    /// The model that looked for personal data beside the recognizers of the program, if the operator brought one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub redaction_model: Option<RedactionModel>,
    /// Rows held back for what they may say of a person (health, belief, a conviction), by category. One that may say two
    /// things counts twice.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub statements: BTreeMap<String, u64>,
    /// The snapshot that this one was made from by leaving members out, if it was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parent: Option<Parent>,
    /// Every file but this one, by path.
    pub files: Vec<FileEntry>,
}

/// Which model it was that looked for personal data.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RedactionModel {
    /// The operator's name for it.
    pub name: String,
    /// SHA-256 over its configuration, tokenizer and weights, in hex.
    pub sha256: String,
    /// Its architecture.
    pub architecture: String,
    /// From which probability on a word counted, in percent.
    pub threshold_percent: u8,
}

/// Which tokenizer it was.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TokenizerFacts {
    /// SHA-256 of its `tokenizer.json`, in hex.
    pub sha256: String,
    /// Number of its tokens.
    pub vocabulary: u64,
    /// The token at the end of every row.
    pub end: u32,
}

/// Where a snapshot without some members comes from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Parent {
    /// The snapshot before.
    pub id: SnapshotId,
    /// SHA-256 of its manifest, in hex.
    pub manifest: String,
    /// How many members were left out.
    pub members_removed: u64,
    /// The steps by which the first snapshot of the line was made.
    pub stages: Vec<StageCounts>,
}

/// What a file is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Training rows of one shard.
    Train,
    /// Held-out rows; never trained on.
    Validation,
    /// Rows that lost to an equal text of another member; used only when that member leaves.
    Reserve,
    /// Something to read: card, description.
    Paper,
}

/// One file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FileEntry {
    /// Path inside the snapshot, with `/`.
    pub path: String,
    /// What it is for.
    pub role: Role,
    /// Size in bytes.
    pub bytes: u64,
    /// SHA-256 in hex.
    pub sha256: String,
    /// What is in it, for files of rows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tally: Option<Tally>,
}

/// What is in a file of rows.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tally {
    /// Rows.
    pub rows: u64,
    /// Tokens, ends included.
    pub tokens: u64,
    /// Different members.
    pub members: u64,
    /// Rows and tokens of each slice, for training files.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub slices: Vec<SliceTally>,
    /// Rows by kind of record.
    pub kinds: BTreeMap<String, u64>,
    /// Rows by language; `unknown` where the source says none.
    pub languages: BTreeMap<String, u64>,
    /// Rows by licence; `unknown` where the source says none.
    pub licenses: BTreeMap<String, u64>,
    /// BLAKE3 over record and content hash of the rows in order, in hex. It stays when the file format changes.
    pub rows_hash: String,
}

/// One slice of a shard.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SliceTally {
    /// The shard.
    pub shard: u16,
    /// The slice.
    pub slice: u16,
    /// Rows.
    pub rows: u64,
    /// Tokens.
    pub tokens: u64,
}

impl Manifest {
    /// The bytes of `MANIFEST.json`.
    ///
    /// # Errors
    /// When it cannot be written as JSON.
    pub fn to_json(&self) -> Result<Vec<u8>, serde_json::Error> {
        let mut json = serde_json::to_vec_pretty(self)?;
        json.push(b'\n');
        Ok(json)
    }

    /// The files of a role, by path.
    pub fn files_of(&self, role: Role) -> impl Iterator<Item = &FileEntry> {
        self.files.iter().filter(move |file| file.role == role)
    }

    /// The file of this path.
    #[must_use]
    pub fn file(&self, path: &str) -> Option<&FileEntry> {
        self.files.iter().find(|file| file.path == path)
    }

    /// Everything in the files of a role together. Members are counted once a file; `rows_hash` is empty.
    #[must_use]
    pub fn tally(&self, role: Role) -> Tally {
        let mut sum = Tally::default();
        for tally in self.files_of(role).filter_map(|file| file.tally.as_ref()) {
            sum.rows += tally.rows;
            sum.tokens += tally.tokens;
            sum.members += tally.members;
            sum.slices.extend(tally.slices.iter().cloned());
            add(&mut sum.kinds, &tally.kinds);
            add(&mut sum.languages, &tally.languages);
            add(&mut sum.licenses, &tally.licenses);
        }
        sum
    }

    /// Everything that the data files hold, training and validation together.
    #[must_use]
    pub fn total(&self) -> Tally {
        let (mut sum, held_out) = (self.tally(Role::Train), self.tally(Role::Validation));
        sum.rows += held_out.rows;
        sum.tokens += held_out.tokens;
        add(&mut sum.kinds, &held_out.kinds);
        add(&mut sum.languages, &held_out.languages);
        add(&mut sum.licenses, &held_out.licenses);
        sum
    }
}

fn add(sum: &mut BTreeMap<String, u64>, other: &BTreeMap<String, u64>) {
    for (key, n) in other {
        *sum.entry(key.clone()).or_default() += n;
    }
}
