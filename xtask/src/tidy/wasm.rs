//! The verifier for the browser is the one that the sources make.
//!
//! It never builds: it compares digests with the stamp that `cargo xtask wasm` left.

use anyhow::Result;

use super::Problem;
use crate::tree::Tree;
use crate::wasm::{ARTIFACT, STAMP, stamp};

/// Finds an artifact that is older than its sources, or was changed.
pub fn check(tree: &Tree) -> Result<Vec<Problem>> {
    if !tree.has(ARTIFACT) {
        return Ok(Vec::new());
    }
    let found = if tree.has(STAMP) { tree.text(STAMP)? } else { None };
    let fresh = found == Some(stamp(tree)?);
    let advice = format!("`{ARTIFACT}` is not what the sources make; run `cargo xtask wasm` and commit it");
    Ok(if fresh { Vec::new() } else { vec![Problem::new(STAMP, 1, advice)] })
}

#[cfg(test)]
mod tests {
    use super::check;
    use crate::tree::fixture;
    use crate::wasm::{ARTIFACT, STAMP, stamp};

    #[test]
    fn a_stale_artifact_is_found() {
        let source = "crates/tlog/src/lib.rs";
        let (_folder, tree) = fixture::tree(&[(source, "old"), (ARTIFACT, "wasm")]);
        let old = stamp(&tree).unwrap();
        for (text, stamped, problems) in [("old", old.as_str(), 0), ("new", old.as_str(), 1), ("old", "", 1)] {
            let (_folder, tree) = fixture::tree(&[(source, text), (ARTIFACT, "wasm"), (STAMP, stamped)]);
            assert_eq!(check(&tree).unwrap().len(), problems, "{text}");
        }
        let (_folder, tree) = fixture::tree(&[(source, "old"), (ARTIFACT, "wasm")]);
        assert_eq!(check(&tree).unwrap().len(), 1);
        let (_folder, tree) = fixture::tree(&[(source, "old")]);
        assert_eq!(check(&tree).unwrap().len(), 0);
    }
}
