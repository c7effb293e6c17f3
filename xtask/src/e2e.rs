//! `cargo xtask e2e`: the real binary, a small demo, and Chromium on its pages.
//!
//! It builds and finds; `e2e/run.mjs` starts the demo and runs the specs. No browser is ever
//! downloaded: the system's Chromium is used.

use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::python::SMALL_DEMO;
use crate::tools::{Profile, Workplace, install_debian, is_stamped, run as run_program, works, write_stamp};

/// Names under which systems know the browser.
const BROWSERS: &[&str] = &["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];

/// Which specs to run, on which build.
#[derive(clap::Args, Debug)]
pub struct Options {
    /// The profile of the binary
    #[arg(long, value_enum, default_value = "release")]
    profile: Profile,
    /// Run one spec only, by the name of its page
    #[arg(long, value_name = "PAGE")]
    only: Option<String>,
    /// Also write the picture of the README
    #[arg(long)]
    picture: bool,
}

/// Runs the specs that the options ask for.
pub fn run(place: &Workplace, options: &Options) -> Result<()> {
    let binary = place.binary(options.profile)?;
    let folder = place.root().join("e2e");
    install_packages(&folder)?;
    let browser = browser()?;
    let mut command = Command::new("node");
    command.current_dir(&folder).env("CANDOR_BIN", binary).env("CANDOR_CHROMIUM", browser);
    command.env("CANDOR_DEMO", SMALL_DEMO.join(" ")).arg("run.mjs");
    if options.picture {
        command.arg("--picture");
    }
    if let Some(only) = &options.only {
        command.args(["--only", only]);
    }
    run_program(&mut command)
}

/// Runs every spec; the step of `cargo xtask test`.
pub fn all(place: &Workplace, profile: Profile) -> Result<()> {
    run(place, &Options { profile, only: None, picture: false })
}

/// Installs exactly what the lock names, when something else (or nothing) is there.
fn install_packages(folder: &std::path::Path) -> Result<()> {
    if !works("node", &["-e", "process.exit(parseInt(process.versions.node) < 20 ? 1 : 0)"])
        || !works("npm", &["--version"])
    {
        bail!("NODE 20 OR NEWER AND NPM CANNOT BE HAD; install them, or leave the step out with `--skip e2e`");
    }
    let lock = folder.join("package-lock.json");
    let wanted = std::fs::read_to_string(&lock).with_context(|| format!("cannot read `{}`", lock.display()))?;
    let stamp = folder.join("node_modules").join(".candor-stamp");
    if is_stamped(&stamp, &wanted) {
        return Ok(());
    }
    run_program(Command::new("npm").current_dir(folder).args(["ci", "--no-audit", "--no-fund"]))
        .context("THE NODE PACKAGES CANNOT BE HAD")?;
    write_stamp(&stamp, &wanted)
}

/// The browser: named by `CANDOR_CHROMIUM`, on the path, or installed from Debian.
fn browser() -> Result<PathBuf> {
    if let Some(named) = std::env::var_os("CANDOR_CHROMIUM") {
        return Ok(PathBuf::from(named));
    }
    if let Some(found) = on_path() {
        return Ok(found);
    }
    install_debian("chromium").context("CHROMIUM CANNOT BE HAD")?;
    on_path().context("CHROMIUM CANNOT BE HAD: it was installed but is not on the path")
}

fn on_path() -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    let folders: Vec<_> = std::env::split_paths(&path).collect();
    BROWSERS.iter().find_map(|name| folders.iter().map(|folder| folder.join(name)).find(|full| full.is_file()))
}
