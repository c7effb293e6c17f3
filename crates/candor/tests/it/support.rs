//! Runs the binary and reads what it says.

use serde_json::Value;
use std::{
    path::{Path, PathBuf},
    process::{Command, Output},
};

/// A data folder that is removed at the end.
pub struct Data {
    folder: tempfile::TempDir,
    recipe: &'static str,
    has_shipped_base: bool,
}

impl Data {
    /// An empty folder but for the key that places members in shards: with one that is drawn, a shard of a small demo has
    /// nobody now and then.
    pub fn new() -> Self {
        let data = Self { folder: tempfile::tempdir().unwrap(), recipe: "demo", has_shipped_base: false };
        let keys = data.dir().join("keys");
        std::fs::create_dir_all(&keys).unwrap();
        std::fs::write(keys.join("snapshot.key"), [b'K'; 32]).unwrap();
        data
    }

    /// A folder whose weights have two shards of two slices, and nothing to be compared with.
    pub fn tiny() -> Self {
        Self { recipe: "tiny", ..Self::new() }
    }

    /// A folder on the base that ships with the binary, which is many times larger than the one in `tests/base`.
    pub fn shipped() -> Self {
        Self { has_shipped_base: true, ..Self::new() }
    }

    pub fn dir(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    /// The binary on this folder, with nothing of the surroundings in its configuration.
    pub fn command(&self, words: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_candor"));
        command.args(words).arg("--data").arg(self.dir()).current_dir(self.folder.path());
        command.env("CANDOR__TRAIN__THREADS", "2").env("CANDOR__RULES__BOOK", "seeds-2024");
        if !self.has_shipped_base {
            command.env("CANDOR__TRAIN__BASE", concat!(env!("CARGO_MANIFEST_DIR"), "/tests/base"));
        }
        if self.recipe != "demo" {
            command.env("CANDOR__TRAIN__RECIPE", self.recipe).env("CANDOR__TRAIN__REFERENCE", "false");
        }
        command
    }

    pub fn run(&self, words: &[&str]) -> Output {
        self.command(words).output().unwrap()
    }

    /// Runs a command that must succeed, and reads the last line of its output as JSON.
    pub fn json(&self, words: &[&str]) -> Value {
        let lines = self.lines(words);
        serde_json::from_str(lines.last().expect("a line of output")).unwrap()
    }

    /// Runs a command that must succeed, with `--json`.
    pub fn lines(&self, words: &[&str]) -> Vec<String> {
        let output = self.run(&[words, &["--json", "--quiet"]].concat());
        let (out, err) = (String::from_utf8(output.stdout).unwrap(), String::from_utf8_lossy(&output.stderr));
        assert!(output.status.success(), "{words:?}: {err}");
        out.lines().map(str::to_owned).collect()
    }

    /// A small demo, from the first record to the release.
    pub fn demo(&self) -> Value {
        self.json(&DEMO)
    }

    /// Members in the release that is served.
    pub fn in_release(&self) -> Vec<String> {
        let of = |line: &String| serde_json::from_str::<Value>(line).unwrap()["member"].as_str().unwrap().to_owned();
        self.lines(&["member", "list", "--in-release"]).iter().map(of).collect()
    }
}

/// The words of a small demo.
pub const DEMO: [&str; 8] = ["demo", "--no-serve", "--members", "60", "--records", "500", "--seed", "7"];

/// Every file below a folder.
pub fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { found.extend(files(&path)) } else { found.push(path) }
    }
    found.sort();
    found
}
