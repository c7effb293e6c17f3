//! Leaves members, and single records, out of a sealed snapshot: the dataset's half of forgetting. Which rows come back
//! from the reserve when theirs go is decided by the same dedup as in a build.

use crate::{
    assemble::{self, Part},
    build::{begin, finish},
    counts::StageCounts,
    files::{self, Draft},
    manifest::{FileEntry, Manifest, Parent, Role},
    snapshot::{Sealed, Snapshot, SnapshotError},
    table::{self, Line},
};
use candor_core::SnapshotId;
use jiff::Timestamp;
use std::{collections::BTreeSet, path::Path};

/// Who and what leaves a snapshot.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Leaving {
    /// Members with all their rows, by pseudonym.
    pub members: BTreeSet<String>,
    /// Rows of other members, by the identifier of their record.
    pub records: BTreeSet<String>,
}

impl Leaving {
    /// Members with all their rows, by pseudonym.
    #[must_use]
    pub fn of_members(members: BTreeSet<String>) -> Self {
        Self { members, records: BTreeSet::new() }
    }

    fn takes(&self, member: &str, record: &str) -> bool {
        self.members.contains(member) || self.records.contains(record)
    }
}

impl Snapshot {
    /// A new snapshot `snapshots/<id>` without some members and records. Only the files that hold them are written
    /// anew, and are then the same as if they had never been there; all others are the same files.
    ///
    /// # Errors
    /// When nothing of them is in it, the new folder is there already, or a file cannot be read or written.
    pub fn without(
        &self,
        leaving: &Leaving,
        id: &SnapshotId,
        created: Timestamp,
        snapshots: &Path,
    ) -> Result<Sealed, SnapshotError> {
        let draft = begin(snapshots, id)?;
        let old = &self.manifest;
        let mut new = Manifest { id: id.clone(), created, files: Vec::new(), ..old.clone() };
        let mut leave = Leave { snapshot: self, leaving, gone: BTreeSet::new(), counts: Counts::default() };
        for part in Part::all(old.shards) {
            let files = leave.part(part, &draft, &new)?;
            new.files.extend(files);
        }
        let Leave { gone, counts, .. } = leave;
        if counts.removed == 0 {
            return Err(SnapshotError::NothingThere(leaving.members.len(), leaving.records.len()));
        }
        let dropped = [("removed", counts.removed), ("duplicate", counts.duplicates)];
        let dropped = dropped.into_iter().filter(|(_, rows)| *rows > 0).map(|(reason, rows)| (reason.to_owned(), rows));
        let stages = old.parent.as_ref().map_or(&old.stages, |parent| &parent.stages);
        new.parent = Some(Parent {
            id: old.id.clone(),
            manifest: self.manifest_hash.clone(),
            members_removed: gone.len() as u64,
            stages: stages.clone(),
        });
        new.stages = vec![StageCounts::new("without", counts.taken, counts.kept, dropped.collect())?];
        finish(draft, new)
    }
}

/// A removal under way.
struct Leave<'a> {
    snapshot: &'a Snapshot,
    leaving: &'a Leaving,
    /// The members who were found.
    gone: BTreeSet<String>,
    counts: Counts,
}

/// Rows so far, those in reserve included.
#[derive(Default)]
struct Counts {
    taken: u64,
    kept: u64,
    removed: u64,
    duplicates: u64,
}

impl Leave<'_> {
    /// Takes one part over, as it is or without the rows of those who leave.
    fn part(&mut self, part: Part, draft: &Draft, new: &Manifest) -> Result<Vec<FileEntry>, SnapshotError> {
        let Snapshot { dir, manifest: old, .. } = self.snapshot;
        let paths = [part.data(old.shards), part.reserve(old.shards)];
        let files: Vec<FileEntry> = paths.iter().filter_map(|path| old.file(path).cloned()).collect();
        let mut is_touched = false;
        for file in &files {
            let rows = table::read_owners(&dir.join(&file.path), &old.terms)?;
            self.counts.taken += rows.len() as u64;
            is_touched |= rows.iter().any(|(record, member)| self.leaving.takes(member, record));
        }
        if !is_touched {
            for file in &files {
                let rows = file.tally.as_ref().map_or(0, |tally| tally.rows);
                if file.role == Role::Reserve {
                    self.counts.duplicates += rows
                } else {
                    self.counts.kept += rows
                }
                files::share(&dir.join(&file.path), &draft.path().join(&file.path))?;
            }
            return Ok(files);
        }
        let mut lines = Vec::new();
        for file in &files {
            lines.extend(table::read_lines(&dir.join(&file.path), &old.terms)?);
        }
        let (leave, lines): (Vec<Line>, Vec<Line>) =
            lines.into_iter().partition(|line| self.leaving.takes(&line.member, &line.record));
        self.counts.removed += leave.len() as u64;
        let members = leave.into_iter().map(|line| line.member);
        self.gone.extend(members.filter(|member| self.leaving.members.contains(member)));
        let written = assemble::write_part(draft, new, part, lines)?;
        self.counts.kept += written.kept;
        self.counts.duplicates += written.duplicates;
        Ok(written.files)
    }
}
