//! The peer checks in Python: other people's readers and clients against what the binary wrote.
//!
//! Packages go into virtual environments under the target folder, never into the system.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::tools::{Profile, Workplace, install_debian, is_stamped, run, works, write_stamp};

/// The small platform that the peers look at.
pub const SMALL_DEMO: &[&str] = &["--members", "120", "--records", "1200", "--seed", "7"];

/// Runs `tests/python` with pytest against a demo folder that the binary has just made.
pub fn peers(place: &Workplace, profile: Profile) -> Result<()> {
    let python = environment(place, "python", "tests/python/requirements.txt")?;
    let binary = place.binary(profile)?;
    let data = fresh_folder(&place.target().join("peers"))?;
    let mut demo = Command::new(&binary);
    run(demo.args(["demo", "--no-serve", "--data"]).arg(&data).args(SMALL_DEMO))?;
    let mut tests = Command::new(python);
    tests.env("PYTHONDONTWRITEBYTECODE", "1");
    tests.current_dir(place.root()).env("CANDOR_BIN", &binary).env("CANDOR_DATA", &data);
    run(tests.args(["-m", "pytest", "-q", "-p", "no:cacheprovider", "tests/python"]))
}

/// Runs `tests/provider`: the binary against llama.cpp's own server.
pub fn provider(place: &Workplace, profile: Profile) -> Result<()> {
    let python = environment(place, "provider", "tests/provider/requirements.txt")?;
    let mut tests = Command::new(python);
    tests.env("PYTHONDONTWRITEBYTECODE", "1").env("CANDOR_BIN", place.binary(profile)?).current_dir(place.root());
    run(tests.args(["-m", "pytest", "-q", "-p", "no:cacheprovider", "tests/provider"]))
}

/// Makes the golden logits anew with `transformers` and compares them with the committed ones; then loads what the binary exports
/// with `transformers`, `peft` and llama.cpp.
pub fn models(place: &Workplace, profile: Profile) -> Result<()> {
    let python = environment(place, "python-ml", "tests/python/requirements-ml.txt")?;
    let script = || {
        let mut script = Command::new(&python);
        script.current_dir(place.root()).env("PYTHONDONTWRITEBYTECODE", "1");
        script
    };
    for golden in ["make_golden.py", "make_token_classifiers.py"] {
        run(script().arg(format!("crates/ml/tests/golden/{golden}")).arg("--check"))?;
    }
    let binary = place.binary(profile)?;
    let folder = fresh_folder(&place.target().join("exports"))?;
    let data = folder.join("data");
    run(Command::new(&binary).args(["demo", "--no-serve", "--data"]).arg(&data).args(SMALL_DEMO))?;
    let mut exports = script();
    exports.arg("tests/python/ml_exports.py");
    for format in ["peft", "merged"] {
        let out = folder.join(format);
        let words = ["release", "export", "--format", format, "--data"];
        run(Command::new(&binary).args(words).arg(&data).arg("--out").arg(&out))?;
        exports.arg(out);
    }
    run(&mut exports)
}

/// The Python of an environment that holds exactly what the requirements name; made where missing.
pub fn environment(place: &Workplace, name: &str, requirements: &str) -> Result<PathBuf> {
    let wanted = std::fs::read_to_string(place.root().join(requirements))
        .with_context(|| format!("cannot read `{requirements}`"))?;
    let folder = place.target().join(name);
    let python = folder.join("bin").join("python");
    let stamp = folder.join("requirements.stamp");
    if is_stamped(&stamp, &wanted) && works(&python, &["--version"]) {
        return Ok(python);
    }
    if !works("python3", &["-c", "import sys; sys.exit(sys.version_info < (3, 11))"]) {
        bail!("PYTHON 3.11 OR NEWER CANNOT BE HAD; install it, or leave the step out with `--skip`");
    }
    make_environment(&folder)?;
    eprintln!("installing the Python packages of `{requirements}`");
    let install = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--requirement"];
    run(Command::new(&python).args(install).arg(place.root().join(requirements)))
        .context("THE PYTHON PACKAGES CANNOT BE HAD")?;
    write_stamp(&stamp, &wanted)?;
    Ok(python)
}

/// Debian keeps the module that makes environments in a package of its own.
fn make_environment(folder: &Path) -> Result<()> {
    if !works("python3", &["-c", "import ensurepip"]) {
        install_debian("python3-venv")?;
    }
    run(Command::new("python3").args([OsStr::new("-m"), OsStr::new("venv"), OsStr::new("--clear"), folder.as_os_str()]))
}

/// An empty folder at this path; what a run before left there goes.
pub fn fresh_folder(path: &Path) -> Result<PathBuf> {
    if path.exists() {
        std::fs::remove_dir_all(path).with_context(|| format!("cannot empty `{}`", path.display()))?;
    }
    std::fs::create_dir_all(path).with_context(|| format!("cannot make `{}`", path.display()))?;
    Ok(path.to_owned())
}

#[cfg(test)]
mod tests {
    use super::fresh_folder;

    #[test]
    fn a_fresh_folder_is_empty() {
        let above = tempfile::tempdir().unwrap();
        let path = above.path().join("data");
        for _ in 0..2 {
            let folder = fresh_folder(&path).unwrap();
            assert_eq!(std::fs::read_dir(&folder).unwrap().count(), 0);
            std::fs::write(folder.join("left"), "x").unwrap();
        }
    }
}
