//! The step `fuzz`: builds the targets below `fuzz/` and runs each a fixed number of times from a fixed seed, so that a failure can
//! be had again. libFuzzer is told what was reached by what the compiler puts in between; stable Rust can do that by the flags that
//! `cargo fuzz` gives, but for the address sanitizer, which looks for faults of `unsafe` code, of which there is none here.

use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::python::fresh_folder;
use crate::tools::{Workplace, capture, run as run_program};

/// Inputs that each target is given.
const RUNS: u32 = 100_000;
/// The longest input, in bytes: some bundles are longer than that of a few entries.
const LONGEST: u32 = 8_192;
/// Inputs to begin with, for the targets that read what a log hands out.
const SEEDS: &str = "crates/tlog/tests/fixtures";
const SEEDED: &[&str] = &["bundle", "note"];

/// Counters in every block, the places that they stand for, and what is compared.
const FLAGS: &str = "-Cdebug-assertions -Ccodegen-units=1 -Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 \
    -Cllvm-args=-sanitizer-coverage-inline-8bit-counters -Cllvm-args=-sanitizer-coverage-pc-table \
    -Cllvm-args=-sanitizer-coverage-trace-compares";

/// Builds and runs all targets; fails with the input that broke one.
pub fn all(place: &Workplace) -> Result<()> {
    let (folder, host) = (place.target().join("fuzz"), host()?);
    let mut cargo = place.cargo();
    cargo.args(["build", "--release", "--locked", "--manifest-path", "fuzz/Cargo.toml"]).env("RUSTFLAGS", FLAGS);
    // With a target named, the flags are not for build scripts.
    run_program(cargo.args(["--target", &host]).arg("--target-dir").arg(&folder))?;
    for name in targets(&place.root().join("fuzz/fuzz_targets"))? {
        let work = fresh_folder(&folder.join("corpus").join(&name))?;
        let mut command = Command::new(folder.join(&host).join("release").join(&name));
        command.args([format!("-runs={RUNS}"), format!("-max_len={LONGEST}"), "-seed=1".into(), "-verbosity=0".into()]);
        command.arg(format!("-artifact_prefix={}/", folder.display())).arg(work);
        if SEEDED.contains(&name.as_str()) {
            command.arg(place.root().join(SEEDS));
        }
        run_program(&mut command)
            .with_context(|| format!("`{name}` failed; the input lies in `{}`", folder.display()))?;
        eprintln!("{name}: {RUNS} inputs");
    }
    Ok(())
}

/// The names of the targets, in order.
fn targets(folder: &Path) -> Result<Vec<String>> {
    let entries = std::fs::read_dir(folder).with_context(|| format!("cannot read `{}`", folder.display()))?;
    let name = |path: &Path| path.file_stem().map(|stem| stem.to_string_lossy().into_owned());
    let mut names: Vec<String> = entries.flatten().filter_map(|entry| name(&entry.path())).collect();
    names.sort();
    if names.is_empty() {
        bail!("there is no target in `{}`", folder.display());
    }
    Ok(names)
}

/// The machine that the compiler builds for, such as `x86_64-unknown-linux-gnu`.
fn host() -> Result<String> {
    let version = capture(Command::new("rustc").arg("-vV"))?;
    let host = version.lines().find_map(|line| line.strip_prefix("host: "));
    Ok(host.context("`rustc -vV` names no host")?.to_owned())
}
