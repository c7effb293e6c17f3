//! The engines, each in a process of its own: ours and redact-core in this program, the others in Python (`peers.py`).

use anyhow::{Context, Result, ensure};
use candor_redact::{Finding, Names, Redactor};
use cpu_time::ThreadTime;
use serde::{Deserialize, Serialize};
use std::{
    path::Path,
    process::{Command, Stdio},
};

/// Passes of an engine in this program at least, and for how long at least, in seconds; the fastest counts: a pass over a small set is over
/// before a processor runs at its speed. In Python one pass is measured: it takes seconds.
const PASSES: usize = 9;
const LEAST_SECONDS: f64 = 1.0;

/// An engine.
#[derive(Clone, Copy)]
pub struct Engine {
    /// Its name in commands.
    pub name: &'static str,
    /// Its name in the report.
    pub title: &'static str,
    /// Whether it is ours.
    pub is_ours: bool,
    /// Whether it looks for names of people.
    pub finds_names: bool,
    is_python: bool,
}

/// The engines, ours first.
pub fn all(with_peers: bool) -> Vec<Engine> {
    let ours = |name, title, finds_names| Engine { name, title, is_ours: true, finds_names, is_python: false };
    let peer = |name, title, is_python| Engine { name, title, is_ours: false, finds_names: false, is_python };
    let mut engines = vec![ours("candor", "Candor", true), ours("candor-structured", "Candor, structured only", false)];
    if with_peers {
        engines.push(peer("presidio", "Presidio", true));
        engines.push(peer("presidio-countries", "Presidio, all countries", true));
        engines.push(peer("scrubadub", "scrubadub", true));
        #[cfg(feature = "peers")]
        engines.push(peer("redact-core", "redact-core", false));
    }
    engines
}

/// A place that an engine reports, in characters.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Found {
    /// The engine's own name of the type.
    pub r#type: String,
    /// Where it starts.
    pub start: usize,
    /// Where it ends.
    pub end: usize,
}

/// What an engine says of a run.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Run {
    /// Processor time of finding alone.
    pub seconds: f64,
    /// The most memory of the process, input included.
    pub peak_mb: u64,
    /// The engine's version.
    pub version: String,
    /// What it found, a document at a time.
    #[serde(skip)]
    pub findings: Vec<Vec<Found>>,
}

/// Where engines work.
pub struct Runner<'a> {
    /// The folder of inputs and outputs.
    pub work: &'a Path,
    /// The Python that has the peers.
    pub python: Option<&'a Path>,
}

impl Runner<'_> {
    /// Runs an engine over a set.
    pub fn run(&self, engine: &Engine, text: &str) -> Result<Run> {
        let input = self.work.join(text).with_extension("ndjson");
        let output = self.work.join(format!("{text}.{}.ndjson", engine.name));
        let mut command = match self.python.filter(|_| engine.is_python) {
            Some(python) => {
                let mut command = Command::new(python);
                command.arg(concat!(env!("CARGO_MANIFEST_DIR"), "/peers.py"));
                command
            }
            None => {
                let mut command = Command::new(std::env::current_exe()?);
                command.arg("run");
                command
            }
        };
        for threads in ["OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"] {
            command.env(threads, "1");
        }
        let told = answer(command.arg(engine.name).arg(&input).arg(&output))?;
        let mut run: Run = serde_json::from_str(told.trim()).context("an engine told no figures")?;
        #[derive(Deserialize)]
        struct Line {
            findings: Vec<Found>,
        }
        for line in std::fs::read_to_string(&output)?.lines() {
            run.findings.push(serde_json::from_str::<Line>(line)?.findings);
        }
        Ok(run)
    }
}

/// What a program prints.
pub fn answer(command: &mut Command) -> Result<String> {
    let output = command.stdin(Stdio::null()).stderr(Stdio::inherit()).output()?;
    ensure!(output.status.success(), "`{}` failed: {}", command.get_program().display(), output.status);
    Ok(String::from_utf8(output.stdout)?)
}

#[derive(Deserialize)]
struct Record {
    id: usize,
    text: String,
}

/// Runs an engine of this program over a file, and tells its figures.
pub fn run(engine: &str, input: &Path, output: &Path) -> Result<()> {
    let text = std::fs::read_to_string(input).with_context(|| format!("cannot read `{}`", input.display()))?;
    let records: Vec<Record> = text.lines().map(serde_json::from_str).collect::<Result<_, _>>()?;
    drop(text);
    let (run, all) = measure_engine(engine, &records)?;
    let mut lines = String::new();
    for (record, found) in records.iter().zip(all) {
        let findings: Vec<Found> = found.into_iter().map(|place| in_chars(&record.text, place)).collect();
        lines.push_str(&serde_json::json!({"id": record.id, "findings": findings}).to_string());
        lines.push('\n');
    }
    std::fs::write(output, lines).with_context(|| format!("cannot write `{}`", output.display()))?;
    println!("{}", serde_json::to_string(&run)?);
    Ok(())
}

/// Types and places in bytes.
type Places = Vec<(String, usize, usize)>;

/// The figures of an engine of this program, and what it finds.
fn measure_engine(engine: &str, records: &[Record]) -> Result<(Run, Vec<Places>)> {
    #[cfg(feature = "peers")]
    if engine == "redact-core" {
        let analyzer = redact_core::AnalyzerEngine::new();
        let find = |text: &str| analyzer.analyze(text, None).map(|result| result.detected_entities).unwrap_or_default();
        let (run, found) = measure(records, find, redact_core::VERSION);
        let place = |one: redact_core::RecognizerResult| (one.entity_type.as_str().to_owned(), one.start, one.end);
        return Ok((run, found.into_iter().map(|found| found.into_iter().map(place).collect()).collect()));
    }
    let redactor = match engine {
        "candor" => Redactor::builder().names(Names::default()).build()?,
        "candor-structured" => Redactor::builder().build()?,
        other => anyhow::bail!("there is no engine `{other}` in this program"),
    };
    // Also what is too unsure to be replaced: the sets call every link personal.
    let (run, found) = measure(records, |text| redactor.find_all(text), env!("CARGO_PKG_VERSION"));
    let place = |one: Finding| (one.kind.name().to_owned(), one.span.start, one.span.end);
    Ok((run, found.into_iter().map(|found| found.into_iter().map(place).collect()).collect()))
}

/// The figures of a way to find, and what it finds.
fn measure<F>(records: &[Record], find: impl Fn(&str) -> F, version: &str) -> (Run, Vec<F>) {
    let (mut seconds, mut total, mut all) = (f64::INFINITY, 0.0, Vec::new());
    for pass in 0.. {
        if pass >= PASSES && total >= LEAST_SECONDS {
            break;
        }
        all = Vec::with_capacity(records.len());
        let start = ThreadTime::now();
        all.extend(records.iter().map(|record| find(&record.text)));
        let taken = start.elapsed().as_secs_f64();
        (seconds, total) = (seconds.min(taken), total + taken);
    }
    (Run { seconds, peak_mb: peak_mb(), version: version.to_owned(), findings: Vec::new() }, all)
}

fn in_chars(text: &str, (kind, start, end): (String, usize, usize)) -> Found {
    let chars = |at: usize| text.get(..at).map_or(0, |before| before.chars().count());
    Found { r#type: kind, start: chars(start), end: chars(end) }
}

fn peak_mb() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with("VmHWM:")).unwrap_or_default();
    line.split_whitespace().nth(1).and_then(|kb| kb.parse::<u64>().ok()).unwrap_or_default() / 1000
}
