//! Puts a snapshot's folder together out of rows: one file a shard, the validation file, the reserves beside them, the
//! papers, and at last the manifest. Used by a build and by a removal, so that both give the same bytes for the same
//! rows.

use crate::{
    card, croissant,
    dedup::{Deduped, dedup},
    files::{self, Draft},
    manifest::{FORMAT, FileEntry, Manifest, Role, SliceTally, Tally},
    snapshot::SnapshotError,
    table::{self, Line},
};
use std::{collections::BTreeSet, path::PathBuf};

/// A set of rows with files of its own: nothing about one part depends on another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Part {
    /// Training rows of a shard.
    Train(u16),
    /// Held-out rows.
    Validation,
}

impl Part {
    /// All parts of a snapshot of so many shards, in order.
    pub(crate) fn all(shards: u16) -> impl Iterator<Item = Self> {
        (0..shards).map(Self::Train).chain([Self::Validation])
    }

    fn name(self, shards: u16) -> String {
        match self {
            Self::Train(shard) => format!("train-{shard:05}-of-{shards:05}.parquet"),
            Self::Validation => "validation-00000-of-00001.parquet".to_owned(),
        }
    }

    /// Path of its rows.
    pub(crate) fn data(self, shards: u16) -> String {
        format!("data/{}", self.name(shards))
    }

    /// Path of its reserve; the file is there only if it has rows.
    pub(crate) fn reserve(self, shards: u16) -> String {
        format!("reserve/{}", self.name(shards))
    }

    fn role(self) -> Role {
        match self {
            Self::Train(_) => Role::Train,
            Self::Validation => Role::Validation,
        }
    }
}

/// What became of the rows of a part.
pub(crate) struct Written {
    /// Its files.
    pub(crate) files: Vec<FileEntry>,
    /// Rows that are used.
    pub(crate) kept: u64,
    /// Rows in reserve or gone.
    pub(crate) duplicates: u64,
}

/// Dedups the rows of a part and writes them.
pub(crate) fn write_part(
    draft: &Draft,
    manifest: &Manifest,
    part: Part,
    lines: Vec<Line>,
) -> Result<Written, SnapshotError> {
    let Deduped { kept, reserve, repeated } = dedup(lines);
    let mut files = vec![write_rows(draft, manifest, part.data(manifest.shards), Some(part), &kept)?];
    if !reserve.is_empty() {
        files.push(write_rows(draft, manifest, part.reserve(manifest.shards), None, &reserve)?);
    }
    Ok(Written { files, kept: kept.len() as u64, duplicates: reserve.len() as u64 + repeated })
}

fn write_rows(
    draft: &Draft,
    manifest: &Manifest,
    path: String,
    part: Option<Part>,
    lines: &[Line],
) -> Result<FileEntry, SnapshotError> {
    let (sha256, bytes) = table::write_lines(&draft.path().join(&path), lines, &manifest.terms)?;
    let mut tally = tally(lines);
    if let Some(Part::Train(shard)) = part {
        tally.slices = slices(lines, shard, manifest.slices);
    }
    Ok(FileEntry { path, role: part.map_or(Role::Reserve, Part::role), bytes, sha256, tally: Some(tally) })
}

fn tally(lines: &[Line]) -> Tally {
    let mut tally = Tally { rows: lines.len() as u64, ..Tally::default() };
    let mut members = BTreeSet::new();
    let mut hash = blake3::Hasher::new();
    let unknown = |text: &Option<String>| text.clone().unwrap_or_else(|| "unknown".to_owned());
    for line in lines {
        tally.tokens += line.tokens.len() as u64;
        members.insert(line.member.as_str());
        *tally.kinds.entry(line.kind.clone()).or_default() += 1;
        *tally.languages.entry(unknown(&line.language)).or_default() += 1;
        *tally.licenses.entry(unknown(&line.license)).or_default() += 1;
        for text in [&line.record, &line.content_hash] {
            hash.update(&(text.len() as u64).to_be_bytes());
            hash.update(text.as_bytes());
        }
    }
    tally.members = members.len() as u64;
    tally.rows_hash = hash.finalize().to_hex().to_string();
    tally
}

/// Rows and tokens of every slice, also of those without any.
fn slices(lines: &[Line], shard: u16, slices: u16) -> Vec<SliceTally> {
    let mut tallies: Vec<SliceTally> =
        (0..slices).map(|slice| SliceTally { shard, slice, rows: 0, tokens: 0 }).collect();
    for line in lines {
        if let Some(tally) = tallies.get_mut(usize::from(line.slice)) {
            tally.rows += 1;
            tally.tokens += line.tokens.len() as u64;
        }
    }
    tallies
}

/// Writes the papers and the manifest and gives the folder its name. Gives the folder and the manifest's SHA-256.
pub(crate) fn seal(draft: Draft, manifest: &mut Manifest) -> Result<(PathBuf, String), SnapshotError> {
    debug_assert_eq!(manifest.format, FORMAT);
    manifest.files.sort_by(|a, b| a.path.cmp(&b.path));
    let papers = [("README.md", card::card(manifest)), ("croissant.json", croissant::describe(manifest)?)];
    for (path, text) in papers {
        files::write_durable(&draft.path().join(path), text.as_bytes())?;
        let (bytes, sha256) = (text.len() as u64, files::hash_bytes(text.as_bytes()));
        manifest.files.push(FileEntry { path: path.to_owned(), role: Role::Paper, bytes, sha256, tally: None });
    }
    manifest.files.sort_by(|a, b| a.path.cmp(&b.path));
    let json = manifest.to_json()?;
    files::write_durable(&draft.path().join(crate::manifest::FILE), &json)?;
    Ok((draft.seal()?, files::hash_bytes(&json)))
}
