//! `cargo xtask wasm`: the verifier of `candor-tlog` for the browser, `crates/web/assets/verify.wasm`, and a stamp that says
//! from which sources it was made.
//!
//! Rust's standard library for wasm is not in every toolchain: where it is missing, Debian's `rustc-web` and its sources
//! build it. It asks for nothing else, and nothing is generated: the page's side, `verify.js`, is written by hand.

use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, bail};
use sha2::{Digest, Sha256};

use crate::tools::{Workplace, capture, install_debian, run as run_program, works};
use crate::tree::Tree;

const TARGET: &str = "wasm32-unknown-unknown";
/// The artifact.
pub const ARTIFACT: &str = "crates/web/assets/verify.wasm";
/// The digest of its sources and its own, committed with it.
pub const STAMP: &str = "crates/tlog/wasm.stamp";
/// A page must load it on a slow line, where it travels compressed to about a third.
const LIMIT_BYTES: u64 = 768 * 1024;
/// Debian's compiler for browsers, and what its standard library is built from.
const DEBIAN_RUSTC: &str = "/usr/bin/rustc";
const DEBIAN_LIBRARY: &str = "/usr/lib/rustlib/src/rust/library/Cargo.lock";

/// Files of `core` whose types stand in events, and so in bundles.
const CORE: &[&str] = &["choice", "event", "id", "member", "obligation", "record", "rule"];

/// Builds the artifact, stamps it, and holds its answers against the fixtures of the native tests.
pub fn run(place: &Workplace) -> Result<()> {
    let folder = place.target().join("wasm");
    build(place, &folder)?;
    let built = folder.join(TARGET).join("release").join("candor_tlog.wasm");
    let artifact = place.root().join(ARTIFACT);
    std::fs::copy(&built, &artifact).with_context(|| format!("the build left no `{}`", built.display()))?;
    let bytes = std::fs::metadata(&artifact).with_context(|| format!("cannot look at `{ARTIFACT}`"))?.len();
    if bytes > LIMIT_BYTES {
        bail!("`{ARTIFACT}` has {bytes} bytes and the limit is {LIMIT_BYTES}; find what was pulled in");
    }
    let stamp = stamp(&Tree::of_git(place.root())?)?;
    std::fs::write(place.root().join(STAMP), stamp).with_context(|| format!("cannot write `{STAMP}`"))?;
    eprintln!("wrote {ARTIFACT} ({bytes} bytes) and {STAMP}");
    check(place)
}

/// Holds the artifact's answers against the fixtures; the step of `cargo xtask test`.
pub fn check(place: &Workplace) -> Result<()> {
    run_program(Command::new("node").current_dir(place.root()).arg("e2e/wasm.mjs"))
}

fn build(place: &Workplace, folder: &Path) -> Result<()> {
    let mut cargo = place.cargo();
    cargo.args(["rustc", "--package", "candor-tlog", "--lib", "--crate-type", "cdylib", "--release"]);
    cargo.args(["--target", TARGET]).env("CARGO_TARGET_DIR", folder);
    for (name, value) in [("OPT_LEVEL", "z"), ("LTO", "true"), ("PANIC", "abort"), ("CODEGEN_UNITS", "1")] {
        cargo.env(format!("CARGO_PROFILE_RELEASE_{name}"), value);
    }
    if !has_target()? {
        if !works(DEBIAN_RUSTC, &["--version"]) || !Path::new(DEBIAN_LIBRARY).is_file() {
            install_debian("rustc-web").context("THE COMPILER FOR WASM CANNOT BE HAD")?;
            install_debian("rust-web-src").context("THE STANDARD LIBRARY'S SOURCES CANNOT BE HAD")?;
        }
        let linker = format!("CARGO_TARGET_{}_LINKER", TARGET.to_uppercase().replace('-', "_"));
        let sysroot = capture(Command::new("rustc").args(["--print", "sysroot"]))?;
        let host = capture(Command::new("rustc").args(["--print", "host-tuple"]))?;
        let lld = format!("{}/lib/rustlib/{}/bin/rust-lld", sysroot.trim(), host.trim());
        cargo.env("RUSTC", DEBIAN_RUSTC).env("RUSTC_BOOTSTRAP", "1").env(linker, lld);
        cargo.arg("-Zbuild-std=std,panic_abort");
    }
    run_program(&mut cargo)
}

/// Whether the toolchain at hand has the standard library for wasm.
fn has_target() -> Result<bool> {
    let folder = capture(Command::new("rustc").args(["--print", "target-libdir", "--target", TARGET]))?;
    Ok(Path::new(folder.trim()).is_dir())
}

/// The stamp of the tree as it is now: the digest of the sources, and that of the artifact.
pub fn stamp(tree: &Tree) -> Result<String> {
    let mut sources = Sha256::new();
    for path in tree.files().filter(|path| is_source(path)) {
        let text = tree.bytes(path)?;
        for part in [path.as_bytes(), &text] {
            sources.update((part.len() as u64).to_be_bytes());
            sources.update(part);
        }
    }
    let artifact = Sha256::digest(tree.bytes(ARTIFACT)?);
    Ok(format!("sources {:x}\nartifact {artifact:x}\n", sources.finalize()))
}

/// Whether the artifact is made from the file. Dependencies are held by `Cargo.lock`, which many other things change too.
pub fn is_source(path: &str) -> bool {
    let core = path.strip_prefix("crates/core/src/").and_then(|file| file.strip_suffix(".rs"));
    path.starts_with("crates/tlog/src/")
        || path == "crates/tlog/Cargo.toml"
        || core.is_some_and(|file| CORE.contains(&file))
}

#[cfg(test)]
mod tests {
    use super::{ARTIFACT, is_source, stamp};
    use crate::tree::fixture;

    #[test]
    fn sources_are_those_that_a_bundle_is_read_with() {
        for (path, expected) in [
            ("crates/tlog/src/verify.rs", true),
            ("crates/tlog/Cargo.toml", true),
            ("crates/core/src/event.rs", true),
            ("crates/core/src/decide.rs", false),
            ("crates/tlog/tests/it/main.rs", false),
            ("Cargo.lock", false),
        ] {
            assert_eq!(is_source(path), expected, "{path}");
        }
    }

    #[test]
    fn a_changed_source_or_artifact_changes_the_stamp() {
        let of = |source: &str, artifact: &str, other: &str| {
            let files = [("crates/tlog/src/a.rs", source), (ARTIFACT, artifact), ("crates/tlog/tests/b.rs", other)];
            stamp(&fixture::tree(&files).1).unwrap()
        };
        let first = of("a", "w", "x");
        assert_eq!(of("a", "w", "y"), first);
        assert!(of("b", "w", "x") != first && of("a", "v", "x") != first);
    }
}
