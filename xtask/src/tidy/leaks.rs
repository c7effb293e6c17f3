//! Leaks: no tracked file names a folder of somebody's machine or the host that packages came from.
//!
//! The needles are put together at run time, so that this file does not find itself.

use anyhow::Result;

use super::Problem;
use crate::tree::Tree;

/// Top folders that exist on one machine only.
const FOLDERS: &[&str] = &["root", "home", "work", "Users", "tmp"];

/// Hosts of registries, in two parts.
const HOSTS: &[(&str, &str)] = &[
    ("crates", ".io"),
    ("pypi", ".org"),
    ("pythonhosted", ".org"),
    ("npmjs", ".org"),
    ("npmjs", ".com"),
    ("deb.debian", ".org"),
];

/// The source that Cargo writes for every published crate; a name, not a place.
const CARGO_SOURCE: &str = concat!("source = \"registry+https://github.com/rust-lang/crates", ".io-index\"");

/// Finds machine paths, registry hosts and download addresses.
pub fn check(tree: &Tree) -> Result<Vec<Problem>> {
    let mut found = Vec::new();
    for path in tree.files() {
        let Some(text) = tree.text(path)? else {
            continue;
        };
        for (index, line) in text.lines().enumerate() {
            if let Some(advice) = advice(path, line) {
                found.push(Problem::new(path, index + 1, advice));
            }
        }
    }
    Ok(found)
}

fn advice(path: &str, line: &str) -> Option<String> {
    if path.rsplit('/').next() == Some("Cargo.lock") && line.trim() == CARGO_SOURCE {
        return None;
    }
    if path.ends_with("package-lock.json") && line.contains("\"resolved\"") {
        return Some(format!(
            "the lock names where a package came from; set `omit-lockfile-registry-resolved=true` beside `{path}` and lock again"
        ));
    }
    if let Some(folder) = FOLDERS.iter().find(|folder| has_folder(line, folder)) {
        return Some(format!(
            "`/{folder}/…` is a path of one machine; take a relative path, or ask the system for the folder"
        ));
    }
    let host = HOSTS.iter().map(|(name, end)| format!("{name}{end}")).find(|host| line.contains(host))?;
    Some(format!("`{host}` is a registry's host; leave it to the package client's configuration"))
}

/// Whether an absolute path below the folder starts in the line.
fn has_folder(line: &str, folder: &str) -> bool {
    let needle = format!("/{folder}/");
    line.match_indices(&needle).any(|(at, _)| {
        let before = line[..at].chars().next_back();
        let after = line[at + needle.len()..].chars().next();
        let starts = before.is_none_or(|one| !one.is_alphanumeric() && !"./-_})~$*".contains(one));
        starts && after.is_some_and(|one| one.is_alphanumeric() || "._$<{".contains(one))
    })
}

#[cfg(test)]
mod tests {
    use super::{CARGO_SOURCE, advice};

    /// Puts a needle together, as the check does.
    fn joined(parts: &[&str]) -> String {
        parts.concat()
    }

    #[test]
    fn machine_paths_are_found() {
        for folder in ["root", "home", "work", "Users", "tmp"] {
            let line = joined(&["see /", folder, "/ann/candor"]);
            assert!(advice("README.md", &line).is_some_and(|text| text.contains(folder)), "{line}");
        }
    }

    #[test]
    fn parts_of_other_paths_are_free() {
        for line in [
            joined(&["https://example.org/", "work", "/x"]),
            joined(&["target/", "tmp", "/x"]),
            joined(&["../", "home", "/x"]),
            joined(&["or /", "tmp", "/ alone"]),
        ] {
            assert_eq!(advice("README.md", &line), None, "{line}");
        }
    }

    #[test]
    fn hosts_and_addresses_are_found() {
        let host = joined(&["https://registry.npmjs", ".org/x"]);
        assert!(advice("e2e/.npmrc", &host).is_some());
        assert!(advice("Cargo.lock", &joined(&["source = \"sparse+https://index.crates", ".io/\""])).is_some());
        assert_eq!(advice("Cargo.lock", CARGO_SOURCE), None);
        assert!(advice("e2e/package-lock.json", "  \"resolved\": \"https://x\"").is_some());
        assert_eq!(advice("e2e/package-lock.json", "  \"version\": \"1.0.0\""), None);
    }
}
