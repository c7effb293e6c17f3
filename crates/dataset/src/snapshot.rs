//! A snapshot: a sealed folder of redacted, tokenized rows that other people's programs open with no client of ours.
//! It is built once, never changed, and checked byte by byte when it is opened. A member who leaves gives a new snapshot
//! in which only the files that held them are written anew, as if they had never been there.

use crate::{
    assemble::Part,
    batch::{BatchError, Terms},
    cohort::Cohorts,
    counts::{StageCounts, Unreconciled},
    files::{self, FileError},
    manifest::{self, FORMAT, Manifest, RedactionModel, Role},
    table,
    tokenize::TokenizerError,
};
use candor_core::{MemberId, SnapshotId};
use jiff::Timestamp;
use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

pub use crate::build::{OnProgress, build};

/// The most rows of one snapshot; they are held in memory while it is built.
pub const MAX_ROWS: usize = 1 << 23;
/// The most shards, and the most slices of a shard.
pub const MAX_SHARDS: u16 = 4096;

/// What a snapshot is to be.
#[derive(Clone)]
pub struct SnapshotSpec {
    /// Its identifier: letters, digits, `-`, `_` and inner dots, at most 100.
    pub id: SnapshotId,
    /// Secret of pseudonyms, shards, slices and held-out texts. Never written.
    pub key: [u8; 32],
    /// Number of training shards, 1 to [`MAX_SHARDS`].
    pub shards: u16,
    /// Number of slices of a shard, 1 to [`MAX_SHARDS`].
    pub slices: u16,
    /// Members who share shards with nobody else.
    pub cohorts: Cohorts,
    /// One text in so many is held out; 0 holds out none.
    pub held_out_one_in: u16,
    /// Name of the rule book, for the card.
    pub rule_book_name: String,
    /// What every batch must have been gated under: `Gate::terms`.
    pub terms: Terms,
    /// The steps before, in order; the last one's `kept` must be the rows that are handed on.
    pub stages: Vec<StageCounts>,
    /// Replaced personal data.
    pub findings: candor_redact::Counts,
    /// The model that looked for personal data too, if the operator brought one.
    pub redaction_model: Option<RedactionModel>,
    /// Rows held back for what they may say of a person, by category.
    pub statements: BTreeMap<candor_redact::special::Category, u64>,
    /// The time to write down.
    pub created: Timestamp,
}

impl std::fmt::Debug for SnapshotSpec {
    /// Without the key.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SnapshotSpec").field("id", &self.id).field("terms", &self.terms).finish_non_exhaustive()
    }
}

/// Why a snapshot cannot be built or opened.
#[derive(Debug, thiserror::Error)]
#[expect(missing_docs, reason = "the fields stand in the messages")]
pub enum SnapshotError {
    /// A value of the specification is out of its bounds.
    #[error("`{what}` of the snapshot is `{value}`; give {bounds}")]
    Spec { what: &'static str, value: String, bounds: &'static str },
    /// A batch was gated under other terms.
    #[error("a batch was gated as of `{got}`, but the snapshot is as of `{expected}`; gate all of it anew")]
    OtherTerms { got: candor_core::Seq, expected: candor_core::Seq },
    /// Too many rows.
    #[error("more than `{MAX_ROWS}` rows; build several snapshots")]
    TooManyRows,
    /// Its folder is there already.
    #[error("`{path}` is there already; open it, or remove it and build again")]
    Exists { path: String },
    /// A file is not what the manifest says.
    #[error("`{file}` of the snapshot is not what its manifest says; take it from where it came, or build it again")]
    Tampered { file: String },
    /// A file is absent, or one is there that the manifest does not name.
    #[error("`{file}` is {what}; take the snapshot from where it came, or build it again")]
    Files { file: String, what: &'static str },
    /// The manifest is of another format.
    #[error("the manifest has format `{got}`, this program reads `{FORMAT}`; use a program of that version")]
    Format { got: u32 },
    /// There is no such shard.
    #[error("the snapshot has `{shards}` shards; there is no shard `{shard}`")]
    NoSuchShard { shard: u16, shards: u16 },
    /// None of the members and records is in it.
    #[error("none of the `{0}` members and `{1}` records is in the snapshot; nothing is to be left out")]
    NothingThere(usize, usize),
    /// Counts that do not add up.
    #[error(transparent)]
    Counts(#[from] Unreconciled),
    /// A batch is not as it must be.
    #[error(transparent)]
    Batch(#[from] BatchError),
    /// The tokenizer fails.
    #[error(transparent)]
    Tokenizer(#[from] TokenizerError),
    /// A file cannot be read or written.
    #[error(transparent)]
    File(#[from] FileError),
    /// A manifest cannot be read or written.
    #[error("the manifest is not of this form")]
    Manifest(#[from] serde_json::Error),
}

/// What a member has in a snapshot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SnapshotMember {
    /// Who it is. Only a build knows; a snapshot that is opened knows pseudonyms only.
    pub member: Option<MemberId>,
    /// The name in the files: 32 hex digits of HMAC-SHA256 of the member under the snapshot's key.
    pub pseudonym: String,
    /// The shard that holds the member.
    pub shard: u16,
    /// The slice that holds the member.
    pub slice: u16,
    /// Rows used, training and validation; 0 if all the member's rows wait in reserve.
    pub records: u64,
    /// Of these, rows held out for validation.
    pub held_out: u64,
    /// Tokens of the rows used.
    pub tokens: u64,
    /// SHA-256 of each row that the files hold of the member, those in reserve included, in no order: what the member
    /// set of the snapshot commits to.
    pub digests: Vec<[u8; 32]>,
}

/// A snapshot that was just sealed.
#[derive(Debug, Clone)]
pub struct Sealed {
    /// Its papers.
    pub manifest: Manifest,
    /// SHA-256 of `MANIFEST.json`, in hex: what goes into the log.
    pub manifest_hash: String,
    /// Everyone who is in it, by pseudonym. Also those whose rows only wait in reserve.
    pub members: Vec<SnapshotMember>,
    /// Its folder.
    pub dir: PathBuf,
}

/// A row for training.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// Pseudonym.
    pub member: String,
    /// Record.
    pub record: String,
    /// Tokens, the end included.
    pub tokens: Vec<u32>,
}

/// A sealed snapshot on the disk, checked.
#[derive(Debug)]
pub struct Snapshot {
    pub(crate) dir: PathBuf,
    pub(crate) manifest: Manifest,
    pub(crate) manifest_hash: String,
}

impl Snapshot {
    /// Opens a snapshot's folder and checks every file against the manifest; a file too many is as wrong as one too few.
    /// Compare [`Snapshot::manifest_hash`] with the log's.
    ///
    /// # Errors
    /// When a byte, a file or the manifest is not as it was sealed.
    pub fn open(dir: &Path) -> Result<Self, SnapshotError> {
        let path = dir.join(manifest::FILE);
        let json = fs::read(&path).map_err(FileError::io(&path))?;
        let manifest: Manifest = serde_json::from_slice(&json)?;
        if manifest.format != FORMAT {
            return Err(SnapshotError::Format { got: manifest.format });
        }
        let there = list(dir)?;
        for path in &there {
            if path != manifest::FILE && manifest.file(path).is_none() {
                return Err(SnapshotError::Files { file: path.clone(), what: "not in the manifest" });
            }
        }
        for file in &manifest.files {
            if !there.contains(&file.path) {
                return Err(SnapshotError::Files { file: file.path.clone(), what: "absent" });
            }
            if files::hash_file(&dir.join(&file.path))? != (file.sha256.clone(), file.bytes) {
                return Err(SnapshotError::Tampered { file: file.path.clone() });
            }
        }
        for part in Part::all(manifest.shards) {
            if manifest.file(&part.data(manifest.shards)).is_none() {
                return Err(SnapshotError::Files { file: part.data(manifest.shards), what: "absent" });
            }
        }
        Ok(Self { dir: dir.to_owned(), manifest, manifest_hash: files::hash_bytes(&json) })
    }

    /// Its papers.
    #[must_use]
    pub fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// SHA-256 of `MANIFEST.json`, in hex.
    #[must_use]
    pub fn manifest_hash(&self) -> &str {
        &self.manifest_hash
    }

    /// Its folder.
    #[must_use]
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// The training rows of a shard, slice by slice, each in file order. There are as many slices as the manifest says.
    ///
    /// # Errors
    /// When there is no such shard, or its file cannot be read.
    pub fn shard_rows(&self, shard: u16) -> Result<Vec<Vec<Row>>, SnapshotError> {
        let shards = self.manifest.shards;
        if shard >= shards {
            return Err(SnapshotError::NoSuchShard { shard, shards });
        }
        let mut slices: Vec<Vec<Row>> = (0..self.manifest.slices).map(|_| Vec::new()).collect();
        for (slice, row) in self.rows(Part::Train(shard))? {
            let rows = slices.get_mut(usize::from(slice));
            rows.ok_or(SnapshotError::NoSuchShard { shard, shards })?.push(row);
        }
        Ok(slices)
    }

    /// The rows that are never trained on.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn validation_rows(&self) -> Result<Vec<Row>, SnapshotError> {
        Ok(self.rows(Part::Validation)?.into_iter().map(|(_, row)| row).collect())
    }

    /// The redacted texts of all rows that are used, by record.
    ///
    /// # Errors
    /// When a file cannot be read.
    pub fn texts(&self) -> Result<BTreeMap<String, String>, SnapshotError> {
        let mut texts = BTreeMap::new();
        for part in Part::all(self.manifest.shards) {
            let path = self.dir.join(part.data(self.manifest.shards));
            let lines = table::read_lines(&path, &self.manifest.terms)?;
            texts.extend(lines.into_iter().map(|line| (line.record, line.text)));
        }
        Ok(texts)
    }

    /// Every record that is in it, those in reserve included.
    ///
    /// # Errors
    /// When a file cannot be read.
    pub fn records(&self) -> Result<BTreeSet<String>, SnapshotError> {
        let mut records = BTreeSet::new();
        for file in self.manifest.files.iter().filter(|file| file.role != Role::Paper) {
            let rows = table::read_owners(&self.dir.join(&file.path), &self.manifest.terms)?;
            records.extend(rows.into_iter().map(|(record, _)| record));
        }
        Ok(records)
    }

    /// Everyone who is in it, by pseudonym.
    ///
    /// # Errors
    /// When a file cannot be read.
    pub fn members(&self) -> Result<Vec<SnapshotMember>, SnapshotError> {
        members_of(&self.dir, &self.manifest)
    }

    fn rows(&self, part: Part) -> Result<Vec<(u16, Row)>, SnapshotError> {
        let path = self.dir.join(part.data(self.manifest.shards));
        Ok(table::read_tokens(&path, &self.manifest.terms)?)
    }
}

/// The files of a folder, its own and those of the folders in it, as paths with `/`. Links are no files.
fn list(dir: &Path) -> Result<BTreeSet<String>, SnapshotError> {
    let mut paths = BTreeSet::new();
    let mut folders = vec![(dir.to_owned(), String::new())];
    while let Some((folder, prefix)) = folders.pop() {
        for entry in fs::read_dir(&folder).map_err(FileError::io(&folder))? {
            let entry = entry.map_err(FileError::io(&folder))?;
            let path = format!("{prefix}{}", entry.file_name().to_string_lossy());
            let kind = entry.file_type().map_err(FileError::io(&folder))?;
            if kind.is_dir() && prefix.is_empty() {
                folders.push((entry.path(), format!("{path}/")));
            } else if kind.is_file() {
                paths.insert(path);
            } else {
                return Err(SnapshotError::Files { file: path, what: "no plain file" });
            }
        }
    }
    Ok(paths)
}

/// Everyone in the files of rows, by pseudonym.
pub(crate) fn members_of(dir: &Path, manifest: &Manifest) -> Result<Vec<SnapshotMember>, SnapshotError> {
    let mut members: BTreeMap<String, SnapshotMember> = BTreeMap::new();
    for file in &manifest.files {
        let (used, held_out) = match file.role {
            Role::Train => (1, 0),
            Role::Validation => (1, 1),
            Role::Reserve => (0, 0),
            Role::Paper => continue,
        };
        for held in table::read_held(&dir.join(&file.path), &manifest.terms)? {
            let member = members.entry(held.pseudonym.clone()).or_insert_with(|| SnapshotMember {
                member: None,
                pseudonym: held.pseudonym,
                shard: held.shard,
                slice: held.slice,
                records: 0,
                held_out: 0,
                tokens: 0,
                digests: Vec::new(),
            });
            member.records += used;
            member.held_out += held_out;
            member.tokens += held.tokens * used;
            member.digests.push(held.digest);
        }
    }
    Ok(members.into_values().collect())
}
