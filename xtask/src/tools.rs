//! Where the project lies, and how the chores start and find programs.
//!
//! It installs only what a step asks for, says so before it does, and never hides what a program printed.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};
use serde::Deserialize;

/// The folders of the project that the chores work in.
#[derive(Deserialize)]
pub struct Workplace {
    #[serde(rename = "workspace_root")]
    root: PathBuf,
    #[serde(rename = "target_directory")]
    target: PathBuf,
}

impl Workplace {
    /// Asks Cargo where the workspace and its target folder are.
    pub fn find() -> Result<Workplace> {
        let mut command = cargo();
        let output = capture(command.args(["metadata", "--no-deps", "--format-version", "1"]))?;
        serde_json::from_str(&output).context("cannot read what `cargo metadata` printed")
    }

    /// The workspace's root: the folder of the checkout.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Cargo's target folder, which also keeps what the steps install (outside of the checkout in CI).
    pub fn target(&self) -> &Path {
        &self.target
    }

    /// A Cargo command that starts in the root.
    pub fn cargo(&self) -> Command {
        let mut command = cargo();
        command.current_dir(&self.root);
        command
    }

    /// Builds the binary in a profile and gives its path. Cargo decides what is fresh.
    pub fn binary(&self, profile: Profile) -> Result<PathBuf> {
        let mut command = self.cargo();
        run(command.args(["build", "--package", "candor", "--profile", profile.cargo_name()]))?;
        self.built(profile)
    }

    /// The dev binary that the integration tests run. Asked for as the tests ask, so that after them
    /// nothing is built again: another choice of packages would change features of dependencies.
    pub fn tested_binary(&self) -> Result<PathBuf> {
        run(self.cargo().args(["test", "--quiet", "--workspace", "--no-run"]))?;
        self.built(Profile::Dev)
    }

    fn built(&self, profile: Profile) -> Result<PathBuf> {
        let name = format!("candor{}", std::env::consts::EXE_SUFFIX);
        let path = self.target.join(profile.folder()).join(name);
        if !path.is_file() {
            bail!("the build left no `{}`; is another build target configured?", path.display());
        }
        Ok(path)
    }
}

/// The two ways the binary is built.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Profile {
    /// Fast to build
    Dev,
    /// Fast to run, as it is shipped
    Release,
}

impl Profile {
    fn cargo_name(self) -> &'static str {
        match self {
            Profile::Dev => "dev",
            Profile::Release => "release",
        }
    }

    fn folder(self) -> &'static str {
        match self {
            Profile::Dev => "debug",
            Profile::Release => "release",
        }
    }
}

fn cargo() -> Command {
    Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
}

/// Runs a program with its output shown; fails when it cannot start or does not exit with 0.
pub fn run(command: &mut Command) -> Result<()> {
    eprintln!("$ {}", line_of(command));
    let status = command.status().with_context(|| format!("cannot start `{}`", line_of(command)))?;
    if !status.success() {
        bail!("`{}` failed: {status}", line_of(command));
    }
    Ok(())
}

/// Runs a program for what it prints on stdout; stderr is shown, stdin is closed.
pub fn capture(command: &mut Command) -> Result<String> {
    command.stdin(Stdio::null()).stderr(Stdio::inherit());
    let output = command.output().with_context(|| format!("cannot start `{}`", line_of(command)))?;
    if !output.status.success() {
        bail!("`{}` failed: {}", line_of(command), output.status);
    }
    String::from_utf8(output.stdout).with_context(|| format!("`{}` printed no UTF-8", line_of(command)))
}

/// Whether the program starts and exits with 0; nothing is shown.
pub fn works(program: impl AsRef<std::ffi::OsStr>, arguments: &[&str]) -> bool {
    let mut command = Command::new(program);
    command.args(arguments).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command.status().is_ok_and(|status| status.success())
}

/// Installs a Debian package where that is possible: apt is there, and we are root or sudo asks nothing.
pub fn install_debian(package: &str) -> Result<()> {
    if !works("apt-get", &["--version"]) {
        bail!("`{package}` is missing and this system has no apt; install it by hand");
    }
    let root = capture(Command::new("id").arg("-u"))?.trim() == "0";
    if !root && !works("sudo", &["-n", "true"]) {
        bail!("`{package}` is missing; install it with `sudo apt-get install {package}`");
    }
    eprintln!("installing the Debian package `{package}`");
    let apt = |arguments: &[&str]| {
        let mut command = if root { Command::new("env") } else { Command::new("sudo") };
        if !root {
            command.args(["-n", "env"]);
        }
        run(command.args(["DEBIAN_FRONTEND=noninteractive", "apt-get", "-qq"]).args(arguments))
    };
    apt(&["update"])?;
    apt(&["install", "--yes", "--no-install-recommends", package])
}

/// The PostgreSQL server that the tests start by themselves: where it already is, or installed from Debian.
pub fn postgres() -> Result<()> {
    let there = || {
        let beside = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
        works("initdb", &["--version"])
            || beside.map(|entry| entry.path().join("bin/initdb")).any(|initdb| works(initdb, &["--version"]))
    };
    if there() {
        return Ok(());
    }
    install_debian("postgresql").context("POSTGRESQL CANNOT BE HAD")?;
    if there() { Ok(()) } else { bail!("POSTGRESQL CANNOT BE HAD: it was installed but `initdb` is not there") }
}

/// The command as a person would type it: the program by its name, nothing quoted.
fn line_of(command: &Command) -> String {
    let program = Path::new(command.get_program());
    let words = std::iter::once(program.file_name().unwrap_or(program.as_os_str())).chain(command.get_args());
    words.map(|word| word.to_string_lossy()).collect::<Vec<_>>().join(" ")
}

/// Whether a folder's stamp holds exactly this text: what is installed there is what is asked for.
pub fn is_stamped(stamp: &Path, text: &str) -> bool {
    std::fs::read_to_string(stamp).is_ok_and(|found| found == text)
}

/// Notes what was installed, after it was.
pub fn write_stamp(stamp: &Path, text: &str) -> Result<()> {
    std::fs::write(stamp, text).with_context(|| format!("cannot write `{}`", stamp.display()))
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::{Workplace, capture, is_stamped, run, works, write_stamp};

    #[test]
    fn the_workplace_is_this_workspace() {
        let place = Workplace::find().unwrap();
        assert!(place.root().join("xtask/Cargo.toml").is_file());
        assert!(place.target().is_absolute());
    }

    #[test]
    fn programs_are_run_and_their_failure_is_told() {
        assert!(run(&mut Command::new("true")).is_ok());
        assert!(run(&mut Command::new("false")).unwrap_err().to_string().contains("`false` failed"));
        let missing = run(&mut Command::new("no-such-program")).unwrap_err();
        assert!(missing.to_string().contains("cannot start `no-such-program`"), "{missing}");
        assert_eq!(capture(Command::new("echo").arg("words")).unwrap(), "words\n");
        assert!(!works("no-such-program", &[]));
    }

    #[test]
    fn a_stamp_holds_for_the_same_text_only() {
        let folder = tempfile::tempdir().unwrap();
        let stamp = folder.path().join("stamp");
        assert!(!is_stamped(&stamp, "a"));
        write_stamp(&stamp, "a").unwrap();
        assert!(is_stamped(&stamp, "a") && !is_stamped(&stamp, "b"));
    }
}
