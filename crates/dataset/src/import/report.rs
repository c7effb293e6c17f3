//! What an import did, file by file: rows read, kept, and left out by reason. Never holds a member's text: a bad row is
//! named by its number and a reason.

use super::ImportError;
use serde::{Deserialize, Serialize};
use std::{collections::BTreeMap, fmt};

/// How many bad rows of one file are named; the rest are only counted.
pub const MAX_PROBLEMS: usize = 20;

/// One row that could not be taken as it stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Problem {
    /// Number of the row in its file, from 1.
    pub row: u64,
    /// Why it was left out, such as `bad_date`.
    pub reason: String,
}

/// What became of the rows of one file.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileReport {
    /// Name of the file, inside its folder or archive.
    pub name: String,
    /// Rows seen.
    pub read: u64,
    /// Rows that became a member, a record or both.
    pub kept: u64,
    /// Rows that did not, by reason.
    pub left_out: BTreeMap<String, u64>,
    /// The first bad rows: number and reason.
    pub problems: Vec<Problem>,
    /// Members handed on.
    pub members: u64,
    /// Records handed on.
    pub records: u64,
    /// Whether the file was read to its end.
    pub complete: bool,
    /// Broken rows, named or not.
    pub bad_rows: u64,
}

impl FileReport {
    /// An empty report on a file.
    #[must_use]
    pub fn new(name: impl Into<String>) -> Self {
        Self { name: name.into(), complete: true, ..Self::default() }
    }

    /// Counts one more row.
    pub fn row(&mut self) -> u64 {
        self.read += 1;
        self.read
    }

    /// The row now read is kept.
    pub fn keep(&mut self) {
        self.kept += 1;
    }

    /// The row now read is left out for an ordinary reason.
    pub fn leave_out(&mut self, reason: &str) {
        match self.left_out.get_mut(reason) {
            Some(count) => *count += 1,
            None => {
                self.left_out.insert(reason.to_owned(), 1);
            }
        }
    }

    /// The row now read is broken: it is left out, and named if it is among the first.
    pub fn bad(&mut self, reason: &str) {
        self.leave_out(reason);
        self.bad_rows += 1;
        if self.problems.len() < MAX_PROBLEMS {
            self.problems.push(Problem { row: self.read, reason: reason.to_owned() });
        }
    }

    /// The rest of the file cannot be read; it counts as one more row, left out for this reason.
    pub fn cut(&mut self, reason: &str) {
        self.row();
        self.bad(reason);
        self.complete = false;
    }

    /// Rows left out for any reason.
    #[must_use]
    pub fn left_out_total(&self) -> u64 {
        self.left_out.values().sum()
    }

    /// The report, if every row read is accounted for.
    ///
    /// # Errors
    /// When kept and left out do not add up to read: an importer lost or doubled a row.
    pub fn checked(self) -> Result<Self, ImportError> {
        // INVARIANT: read = kept + left out.
        if self.read == self.kept + self.left_out_total() {
            return Ok(self);
        }
        Err(ImportError::Unaccounted {
            file: self.name.clone(),
            read: self.read,
            kept: self.kept,
            left_out: self.left_out_total(),
        })
    }
}

/// What an import did.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImportReport {
    /// One entry a file, in the order of reading.
    pub files: Vec<FileReport>,
}

impl ImportReport {
    /// Members handed on from all files.
    #[must_use]
    pub fn members(&self) -> u64 {
        self.files.iter().map(|file| file.members).sum()
    }

    /// Records handed on from all files.
    #[must_use]
    pub fn records(&self) -> u64 {
        self.files.iter().map(|file| file.records).sum()
    }

    /// Whether every file was read to its end.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.files.iter().all(|file| file.complete)
    }

    pub(super) fn push(&mut self, file: FileReport) -> Result<(), ImportError> {
        self.files.push(file.checked()?);
        Ok(())
    }
}

/// Prints a text that may come from a hostile archive: control characters are replaced.
fn printable(name: &str) -> String {
    name.chars().map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect()
}

impl fmt::Display for ImportReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<String> = self.files.iter().map(|file| printable(&file.name)).collect();
        let width = names.iter().map(|name| name.chars().count()).max().unwrap_or(4).clamp(4, 48);
        writeln!(f, "{:width$}  {:>9}  {:>9}  {:>9}  reasons", "file", "read", "kept", "left out")?;
        for (file, name) in self.files.iter().zip(&names) {
            let reasons: Vec<String> = file.left_out.iter().map(|(reason, n)| format!("{reason} {n}")).collect();
            let cut = if file.complete { "" } else { "  (not read to its end)" };
            let left_out = file.left_out_total();
            writeln!(
                f,
                "{name:width$}  {:>9}  {:>9}  {left_out:>9}  {}{cut}",
                file.read,
                file.kept,
                reasons.join(", ")
            )?;
            for problem in &file.problems {
                writeln!(f, "{:width$}  row {}: {}", "", problem.row, problem.reason)?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_is_accounted_for() {
        let mut file = FileReport::new("a.csv");
        file.row();
        file.keep();
        file.row();
        file.bad("bad_date");
        file.cut("truncated");
        assert_eq!(file.problems.iter().map(|p| p.row).collect::<Vec<_>>(), [2, 3]);
        let file = file.checked().expect("adds up");
        assert!(!file.complete);
        let mut lost = file.clone();
        lost.row();
        assert!(matches!(lost.checked(), Err(ImportError::Unaccounted { read: 4, kept: 1, left_out: 2, .. })));
        let text = ImportReport { files: vec![file] }.to_string();
        assert!(text.contains("bad_date 1, truncated 1"), "{text}");
        assert!(text.contains("row 2: bad_date"), "{text}");
    }

    #[test]
    fn only_the_first_problems_are_named() {
        let mut file = FileReport::new("a\u{1b}[31m");
        for _ in 0..50 {
            file.row();
            file.bad("bad_date");
        }
        assert_eq!((file.problems.len(), file.left_out_total()), (MAX_PROBLEMS, 50));
        assert!(!ImportReport { files: vec![file] }.to_string().contains('\u{1b}'));
    }
}
