//! The files of the project as the chores see them: what git tracks or would track.
//!
//! It never lists what `.gitignore` names, and it never changes a file.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

/// Text above this size is data, not something a person wrote; the checks pass over it.
const TEXT_LIMIT_BYTES: u64 = 4 << 20;

/// The listed files below one folder, with paths relative to it and `/` between the parts.
pub struct Tree {
    root: PathBuf,
    files: Vec<String>,
}

impl Tree {
    /// Lists the tracked files and the new ones that git does not ignore.
    pub fn of_git(root: &Path) -> Result<Tree> {
        let output = Command::new("git")
            .args(["ls-files", "-z", "--cached", "--others", "--exclude-standard"])
            .current_dir(root)
            .output()
            .context("cannot start `git`; install git")?;
        if !output.status.success() {
            bail!("`git ls-files` failed; run this inside a clone of the repository");
        }
        let listing = String::from_utf8(output.stdout).context("a file name is not UTF-8")?;
        let files = listing.split('\0').filter(|path| !path.is_empty()).map(str::to_owned);
        Ok(Tree::new(root, files.filter(|path| root.join(path).is_file()).collect()))
    }

    fn new(root: &Path, mut files: Vec<String>) -> Tree {
        files.sort();
        files.dedup();
        Tree { root: root.to_owned(), files }
    }

    /// All paths, sorted.
    pub fn files(&self) -> impl Iterator<Item = &str> {
        self.files.iter().map(String::as_str)
    }

    /// The paths that end in `.{extension}`, sorted.
    pub fn with_extension<'a>(&'a self, extension: &'a str) -> impl Iterator<Item = &'a str> {
        self.files().filter(move |path| extension_of(path) == Some(extension))
    }

    /// Whether the file is listed.
    pub fn has(&self, path: &str) -> bool {
        self.files.binary_search_by(|file| file.as_str().cmp(path)).is_ok()
    }

    /// The bytes of a file.
    pub fn bytes(&self, path: &str) -> Result<Vec<u8>> {
        std::fs::read(self.root.join(path)).with_context(|| format!("cannot read `{path}`"))
    }

    /// The text of a file, or `None` when it is binary or too large to be written by hand.
    pub fn text(&self, path: &str) -> Result<Option<String>> {
        let full = self.root.join(path);
        let size = std::fs::metadata(&full).with_context(|| format!("cannot look at `{path}`"))?.len();
        if size > TEXT_LIMIT_BYTES {
            return Ok(None);
        }
        let bytes = self.bytes(path)?;
        Ok(String::from_utf8(bytes).ok().filter(|text| !text.contains('\0')))
    }
}

/// The part of the file name after the last dot, if there is one.
pub fn extension_of(path: &str) -> Option<&str> {
    Path::new(path).extension().and_then(|extension| extension.to_str())
}

/// The file name without its last extension; empty when there is none.
pub fn stem_of(path: &str) -> &str {
    Path::new(path).file_stem().and_then(|stem| stem.to_str()).unwrap_or("")
}

/// Small trees for the tests of the checks.
#[cfg(test)]
pub mod fixture {
    use super::Tree;

    /// Writes `(path, text)` pairs into a temporary folder, which lives as long as the first value.
    pub fn tree(files: &[(&str, &str)]) -> (tempfile::TempDir, Tree) {
        let folder = tempfile::tempdir().expect("a temporary folder");
        for (path, text) in files {
            let full = folder.path().join(path);
            std::fs::create_dir_all(full.parent().expect("a parent")).expect("folders");
            std::fs::write(full, text).expect("a file");
        }
        let names = files.iter().map(|(path, _)| (*path).to_owned()).collect();
        let tree = Tree::new(folder.path(), names);
        (folder, tree)
    }
}

#[cfg(test)]
mod tests {
    use super::{extension_of, fixture, stem_of};

    #[test]
    fn names_are_taken_apart() {
        assert_eq!(extension_of("a/b.spec.mjs"), Some("mjs"));
        assert_eq!(extension_of(".ci/run"), None);
        assert_eq!(stem_of("crates/web/src/pages/used.rs"), "used");
    }

    #[test]
    fn binary_files_have_no_text() {
        let (_folder, tree) = fixture::tree(&[("a.txt", "words"), ("b.bin", "a\0b")]);
        assert_eq!(tree.text("a.txt").unwrap().as_deref(), Some("words"));
        assert_eq!(tree.text("b.bin").unwrap(), None);
        assert!(tree.text("missing").is_err());
        assert!(tree.has("a.txt") && !tree.has("c.txt"));
    }
}
