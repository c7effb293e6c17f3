//! Pairs: a page has a browser spec of the same name, a job has a test that names it.
//!
//! It tells that the twin exists, never that it is good.

use anyhow::Result;

use super::Problem;
use super::source::code_of;
use crate::tree::{Tree, extension_of, stem_of};

const PAGES: &str = "crates/web/src/pages/";
const JOBS: &str = "crates/candor/src/jobs/";
const JOB_TESTS: &str = "crates/candor/tests/";

/// Finds pages without a spec and jobs without a test.
pub fn check(tree: &Tree) -> Result<Vec<Problem>> {
    let mut found = pages(tree)?;
    found.extend(jobs(tree)?);
    Ok(found)
}

fn pages(tree: &Tree) -> Result<Vec<Problem>> {
    let mut found = Vec::new();
    for path in modules(tree, PAGES) {
        let Some(text) = tree.text(path)? else {
            continue;
        };
        let Some(line) = code_of(&text).lines().position(is_get_handler) else {
            continue;
        };
        let spec = format!("e2e/specs/{}.spec.mjs", stem_of(path));
        if !tree.has(&spec) {
            let advice = format!("the page has no browser spec; write `{spec}` and call `checkPage` in it");
            found.push(Problem::new(path, line + 1, advice));
        }
    }
    Ok(found)
}

fn jobs(tree: &Tree) -> Result<Vec<Problem>> {
    let mut tests = String::new();
    for path in tree.files().filter(|path| path.starts_with(JOB_TESTS)) {
        tests.push_str(&tree.text(path)?.unwrap_or_default());
    }
    let mut found = Vec::new();
    for path in modules(tree, JOBS) {
        let Some(text) = tree.text(path)? else {
            continue;
        };
        let name = stem_of(path);
        if !text.contains("#[cfg(test)]") && !tests.contains(name) {
            let advice =
                format!("the job has no test; name `{name}` in a test under `{JOB_TESTS}`, or test it in the file");
            found.push(Problem::new(path, 1, advice));
        }
    }
    Ok(found)
}

/// The modules of a folder, at any depth, less the tables of contents.
fn modules<'a>(tree: &'a Tree, folder: &'a str) -> impl Iterator<Item = &'a str> {
    tree.files()
        .filter(move |path| path.starts_with(folder) && extension_of(path) == Some("rs") && stem_of(path) != "mod")
}

/// Whether the line opens `get` with any `pub`, which is what makes a module a page.
fn is_get_handler(line: &str) -> bool {
    let Some(rest) = line.trim_start().strip_prefix("pub") else {
        return false;
    };
    let rest = match rest.strip_prefix('(') {
        Some(scope) => scope.split_once(')').map_or("", |(_, after)| after),
        None => rest,
    };
    let rest = rest.trim_start();
    let rest = rest.strip_prefix("async ").unwrap_or(rest);
    rest.strip_prefix("fn get").is_some_and(|after| after.starts_with(['(', '<']))
}

#[cfg(test)]
mod tests {
    use super::{check, is_get_handler};
    use crate::tree::fixture;

    fn problems(files: &[(&str, &str)]) -> Vec<String> {
        let (_folder, tree) = fixture::tree(files);
        check(&tree).unwrap().iter().map(ToString::to_string).collect()
    }

    #[test]
    fn handlers_are_told_apart() {
        for (line, expected) in [
            ("pub async fn get(state: State) {", true),
            ("    pub(crate) async fn get<T>() {", true),
            ("pub(super) fn get() {", true),
            ("async fn get() {", false),
            ("pub fn get_one() {", false),
            ("pub async fn post() {", false),
        ] {
            assert_eq!(is_get_handler(line), expected, "{line}");
        }
    }

    #[test]
    fn a_page_needs_its_spec() {
        let page = ("crates/web/src/pages/used.rs", "//! Used.\npub async fn get() {}\n");
        let found = problems(&[page]);
        assert!(found[0].starts_with("crates/web/src/pages/used.rs:2: "), "{found:?}");
        assert!(found[0].contains("e2e/specs/used.spec.mjs"), "{found:?}");
        assert_eq!(problems(&[page, ("e2e/specs/used.spec.mjs", "")]), [""; 0]);
        for other in [
            ("crates/web/src/pages/mod.rs", "//! All.\npub async fn get() {}\n"),
            ("crates/web/src/pages/layout.rs", "//! Shared.\npub struct Layout;\n"),
            ("crates/web/src/api/choices.rs", "//! Api.\npub async fn get() {}\n"),
        ] {
            assert_eq!(problems(&[other]), [""; 0], "{other:?}");
        }
    }

    #[test]
    fn a_job_needs_a_test() {
        let job = ("crates/candor/src/jobs/build_snapshot.rs", "//! Job.\npub fn run() {}\n");
        assert_eq!(problems(&[job]).len(), 1);
        assert_eq!(problems(&[job, ("crates/candor/tests/it/jobs.rs", "fn build_snapshot_seals() {}")]), [""; 0]);
        assert_eq!(problems(&[(job.0, "//! Job.\n#[cfg(test)]\nmod tests {}\n")]), [""; 0]);
        assert_eq!(problems(&[("crates/candor/src/jobs/mod.rs", "//! Jobs.\n")]), [""; 0]);
    }
}
