//! The redactor beside Presidio, scrubadub and redact-core on the same texts, in one run: `cargo xtask bench redact`.
//!
//! Every engine runs alone in a process of its own, over the same files, on one thread; its findings are scored here by one
//! scorer with one table of types. Prints Markdown and writes the chart. It keeps no text: what it writes on the way lies in the
//! folder that it is given, under the build folder.

mod chart;
mod engines;
mod report;
mod score;
mod texts;
mod types;

/// Where tests and benchmarks of the crate read the labeled sets.
#[path = "../../../crates/redact/tests/it/sets.rs"]
mod sets;

use anyhow::{Context, Result, bail};
use std::path::{Path, PathBuf};

fn main() -> Result<()> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["run", engine, input, output] => engines::run(engine, Path::new(input), Path::new(output)),
        ["figures", work, chart] => figures(Path::new(work), Path::new(chart), None),
        ["figures", work, chart, python] => figures(Path::new(work), Path::new(chart), Some(PathBuf::from(python))),
        _ => bail!("give `figures WORK CHART [PYTHON]`; `cargo xtask bench redact` does"),
    }
}

/// Measures every engine on every set; prints the figures, and draws the chart.
fn figures(work: &Path, chart: &Path, python: Option<PathBuf>) -> Result<()> {
    std::fs::create_dir_all(work).with_context(|| format!("cannot make `{}`", work.display()))?;
    let texts = texts::all();
    for text in &texts {
        text.write(work)?;
    }
    let runner = engines::Runner { work, python: python.as_deref() };
    let mut measured = Vec::new();
    for engine in engines::all(python.is_some()) {
        eprintln!("{}", engine.title);
        measured.push(report::Measured::of(&runner, engine, &texts)?);
    }
    println!("{}", report::markdown(&measured, &texts));
    std::fs::write(chart, chart::svg(&measured)).with_context(|| format!("cannot write `{}`", chart.display()))
}
