//! The rules of the house, kept by a machine: each check reads the tree and lists problems.
//!
//! It never builds, never starts the product and never repairs: a problem names the file, the line
//! and what to do.

mod edges;
mod fences;
mod leaks;
mod pairs;
mod rules;
mod shape;
mod source;
mod wasm;

use std::fmt;

use anyhow::{Result, bail};

use crate::tools::Workplace;
use crate::tree::Tree;

/// One broken rule: where, and what to do about it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Problem {
    path: String,
    line: usize,
    advice: String,
}

impl Problem {
    fn new(path: &str, line: usize, advice: impl Into<String>) -> Problem {
        Problem { path: path.to_owned(), line, advice: advice.into() }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}:{}: {}", self.path, self.line, self.advice)
    }
}

/// A check of one rule over the whole tree.
type Check = fn(&Tree) -> Result<Vec<Problem>>;

/// Every check with the name that the summary shows.
const CHECKS: &[(&str, Check)] = &[
    ("edges between crates", edges::check),
    ("fences around sql, http, tensors", fences::check),
    ("size and head of files", shape::check),
    ("a spec for each page, a test for each job", pairs::check),
    ("source and date of rule rows", rules::check),
    ("machine paths and registry hosts", leaks::check),
    ("the verifier for the browser", wasm::check),
];

/// Runs every check; fails when a problem was found, after all of them are printed.
pub fn run(place: &Workplace) -> Result<()> {
    let tree = Tree::of_git(place.root())?;
    let problems = problems(&tree)?;
    for problem in &problems {
        eprintln!("{problem}");
    }
    match problems.len() {
        0 => {
            eprintln!("tidy: {} files, {} checks, nothing found", tree.files().count(), CHECKS.len());
            Ok(())
        }
        count => bail!("tidy found {count} problem(s); each line above says what to do"),
    }
}

fn problems(tree: &Tree) -> Result<Vec<Problem>> {
    let mut found = Vec::new();
    for (name, check) in CHECKS {
        found.extend(check(tree).map_err(|error| error.context(format!("check `{name}`")))?);
    }
    found.sort();
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::{Problem, problems};
    use crate::tree::fixture;

    #[test]
    fn problems_read_as_file_line_advice() {
        assert_eq!(Problem::new("a/b.rs", 7, "do this").to_string(), "a/b.rs:7: do this");
    }

    #[test]
    fn every_check_runs_and_problems_come_sorted() {
        let (_folder, tree) = fixture::tree(&[
            ("xtask/src/b.rs", "fn late() {}\n"),
            ("crates/core/src/lib.rs", "//! Head.\nuse sqlx::Pool;\n"),
        ]);
        let found = problems(&tree).unwrap();
        let places: Vec<_> = found.iter().map(|one| (one.path.as_str(), one.line)).collect();
        assert_eq!(places, [("crates/core/src/lib.rs", 2), ("xtask/src/b.rs", 1)]);
    }
}
