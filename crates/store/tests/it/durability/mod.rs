//! What is promised of crashes, on the real store: a process killed at every call that touches the disk (`kill.rs`), and
//! the power going at any moment (`power.rs`). Both run one script (`script.rs`) in a process of its own, watched by a
//! small library that is preloaded (`tests/shim/disk.c`).
//!
//! The plain run does a part of it in seconds; `cargo xtask test --only durability` does all.

#![cfg(target_os = "linux")]

mod disk;
mod kill;
mod power;
mod script;

use std::{
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

/// Whether everything is asked for, or the part that every run of the tests does.
pub(crate) fn thorough() -> bool {
    #[expect(clippy::disallowed_methods, reason = "the step `durability` asks for the long run by the environment")]
    std::env::var_os("CANDOR_DURABILITY").is_some_and(|value| value == "thorough")
}

/// A folder in memory where the system has one: what is written here is thrown away thousands of times.
pub(crate) fn scratch() -> tempfile::TempDir {
    let memory = Path::new("/dev/shm");
    if memory.is_dir() { tempfile::tempdir_in(memory) } else { tempfile::tempdir() }.unwrap()
}

/// Builds the library that watches the disk. A C compiler is there: the store's own database needs it.
fn shim(folder: &Path) -> PathBuf {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/shim/disk.c");
    let library = folder.join("disk.so");
    let built = Command::new("cc").args(["-shared", "-fPIC", "-O1", "-o"]).arg(&library).arg(source).status();
    assert!(built.expect("`cc` is needed to build the library that watches the disk").success());
    library
}

/// The process that runs the script inside `root`, watched.
fn watched(shim: &Path, root: &Path) -> Command {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", "durability::script::child", "--test-threads", "1", "--nocapture"]);
    command.env("LD_PRELOAD", shim).env("DISK_ROOT", root).env(script::ROOT, root);
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command
}
