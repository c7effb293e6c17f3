//! The shape of files: no code file is longer than a person reads, and each Rust file says what it is.
//!
//! It never judges style inside a file; rustfmt and clippy do.

use anyhow::Result;

use super::Problem;
use crate::tree::{Tree, extension_of};

/// A longer file is two files.
const LINE_LIMIT: usize = 500;

/// What a person writes and reads as code.
const CODE: &[&str] = &["rs", "mjs", "js", "ts", "py", "sql", "css", "html", "sh"];

/// Finds code files that are too long, and Rust files without a head.
pub fn check(tree: &Tree) -> Result<Vec<Problem>> {
    let mut found = Vec::new();
    for path in tree.files().filter(|path| is_code(path)) {
        let Some(text) = tree.text(path)? else {
            continue;
        };
        let lines = text.lines().count();
        if lines > LINE_LIMIT {
            let advice = format!(
                "the file has {lines} lines and the limit is {LINE_LIMIT}; move one of its thoughts to a file of its own"
            );
            found.push(Problem::new(path, LINE_LIMIT + 1, advice));
        }
        if extension_of(path) == Some("rs") && !has_head(&text) {
            let advice = "the file has no `//!` head; open it with what it is and what it never does";
            found.push(Problem::new(path, 1, advice));
        }
    }
    Ok(found)
}

/// Code of ours: not minified, not a fixture, not from another project.
fn is_code(path: &str) -> bool {
    let known = path == ".ci/run" || extension_of(path).is_some_and(|one| CODE.contains(&one));
    let foreign = path.split('/').any(|part| matches!(part, "fixtures" | "vendor"));
    known && !foreign && !path.contains(".min.")
}

fn has_head(text: &str) -> bool {
    text.lines().find(|line| !line.trim().is_empty()).is_some_and(|line| line.starts_with("//!"))
}

#[cfg(test)]
mod tests {
    use super::{LINE_LIMIT, check};
    use crate::tree::fixture;

    fn places(path: &str, text: &str) -> Vec<usize> {
        let (_folder, tree) = fixture::tree(&[(path, text)]);
        check(&tree).unwrap().iter().map(|problem| problem.line).collect()
    }

    #[test]
    fn long_files_are_found() {
        let long = "//! Long.\n".repeat(LINE_LIMIT + 1);
        let full = "//! Full.\n".repeat(LINE_LIMIT);
        for (path, text, expected) in [
            ("crates/a/src/x.rs", &long, vec![LINE_LIMIT + 1]),
            ("e2e/specs/x.spec.mjs", &long, vec![LINE_LIMIT + 1]),
            (".ci/run", &long, vec![LINE_LIMIT + 1]),
            ("crates/a/src/x.rs", &full, vec![]),
            ("docs/x.md", &long, vec![]),
            ("crates/web/assets/htmx.min.js", &long, vec![]),
            ("crates/web/assets/vendor/htmx.js", &long, vec![]),
            ("crates/a/tests/fixtures/x.sql", &long, vec![]),
        ] {
            assert_eq!(places(path, text), expected, "{path}");
        }
    }

    #[test]
    fn rust_files_need_a_head() {
        for (path, text, expected) in [
            ("crates/a/src/x.rs", "fn f() {}\n", vec![1]),
            ("crates/a/src/x.rs", "", vec![1]),
            ("crates/a/src/x.rs", "// not a head\n", vec![1]),
            ("crates/a/build.rs", "fn main() {}\n", vec![1]),
            ("crates/a/src/x.rs", "\n//! What it is.\n", vec![]),
            ("e2e/run.mjs", "let a = 1;\n", vec![]),
            ("xtask/tests/fixtures/x.rs", "fn f() {}\n", vec![]),
        ] {
            assert_eq!(places(path, text), expected, "{path} {text:?}");
        }
    }
}
