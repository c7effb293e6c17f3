//! The figures as Markdown: first what was to be reached, then each table, then how it was measured.

use crate::{
    engines::{Engine, Run, Runner, answer},
    score::{self, Counted, Score, Structured},
    texts::{AS_IT_LIES, Text, Use},
    types::{COMPARED, TYPES},
};
use anyhow::{Context, Result};
use std::{collections::BTreeMap, fmt::Write as _, process::Command};

/// What was measured of an engine.
pub struct Measured {
    /// The engine.
    pub engine: Engine,
    /// Its version.
    pub version: String,
    /// The compared types on the labeled set.
    pub structured: Structured,
    /// Megabytes a second on dense and on ordinary text.
    pub dense: f64,
    /// Megabytes a second on ordinary text.
    pub posts: f64,
    /// The most memory of the process on ordinary text.
    pub peak_mb: u64,
    /// Names of people by set, in the order of [`Counted::ALL`].
    pub names: BTreeMap<&'static str, [Score; 3]>,
    /// What Microsoft's evaluator says: precision, recall, F2.
    pub evaluated: Option<Evaluated>,
}

/// What Microsoft's evaluator says of all personal data together.
#[derive(Clone, Copy, serde::Deserialize)]
pub struct Evaluated {
    precision: f64,
    recall: f64,
    /// The harmonic mean that counts recall twice.
    pub f2: f64,
}

impl Measured {
    /// Runs an engine over the sets that it is for.
    pub fn of(runner: &Runner<'_>, engine: Engine, texts: &[Text]) -> Result<Self> {
        let mut measured = Self {
            engine,
            version: String::new(),
            structured: Structured::default(),
            dense: 0.0,
            posts: 0.0,
            peak_mb: 0,
            names: BTreeMap::new(),
            evaluated: None,
        };
        for text in texts {
            if text.purpose == Use::Names && !engine.finds_names {
                continue;
            }
            let run = runner.run(&engine, text.name)?;
            let speed = text.bytes() as f64 / 1e6 / run.seconds;
            match text.purpose {
                Use::Structured => {
                    measured.dense = speed;
                    measured.structured = score::structured(&text.documents, &run.findings);
                    measured.evaluated = evaluate(runner, &engine, text, &run)?;
                }
                Use::Names => {
                    let score = |counted| score::persons(&text.documents, &run.findings, counted);
                    measured.names.insert(text.title, Counted::ALL.map(score));
                }
                Use::Speed => (measured.posts, measured.peak_mb) = (speed, run.peak_mb),
            }
            measured.version = run.version;
        }
        Ok(measured)
    }
}

/// Asks Microsoft's evaluator, where there is a Python that has it.
fn evaluate(runner: &Runner<'_>, engine: &Engine, text: &Text, run: &Run) -> Result<Option<Evaluated>> {
    let Some(python) = runner.python else { return Ok(None) };
    let mut lines = String::new();
    for (document, found) in text.documents.iter().zip(&run.findings) {
        writeln!(lines, "{}", score::for_evaluator(document, found))?;
    }
    let file = runner.work.join(format!("{}.{}.labels.ndjson", text.name, engine.name));
    std::fs::write(&file, lines)?;
    let mut command = Command::new(python);
    let told = answer(command.arg(concat!(env!("CARGO_MANIFEST_DIR"), "/evaluate.py")).arg(&file))?;
    serde_json::from_str(told.trim()).map(Some).context("the evaluator told no figures")
}

/// The whole report.
pub fn markdown(measured: &[Measured], texts: &[Text]) -> String {
    let mut out = String::new();
    // Writing into a string cannot fail.
    let _ = bars(&mut out, measured)
        .and_then(|()| structured(&mut out, measured))
        .and_then(|()| evaluated(&mut out, measured))
        .and_then(|()| names(&mut out, measured))
        .and_then(|()| speed(&mut out, measured, texts))
        .and_then(|()| method(&mut out, measured));
    out
}

/// A row of what was to be reached.
struct Bar {
    metric: &'static str,
    goal: &'static str,
    other: Option<String>,
    ours: Option<String>,
    is_reached: Option<bool>,
}

/// Ours with names, ours without.
fn ours(measured: &[Measured]) -> Option<(&Measured, &Measured)> {
    let of = |finds_names| measured.iter().find(|one| one.engine.is_ours && one.engine.finds_names == finds_names);
    Some((of(true)?, of(false)?))
}

fn bars(out: &mut String, measured: &[Measured]) -> std::fmt::Result {
    let Some((whole, structured)) = ours(measured) else { return Ok(()) };
    let others = || measured.iter().filter(|one| !one.engine.is_ours);
    let best = |of: fn(&Measured) -> f64| others().max_by(|a, b| of(a).total_cmp(&of(b)));
    let told = |one: Option<&Measured>, words: &dyn Fn(&Measured) -> String| {
        one.map(|one| format!("{} {}", one.engine.title, words(one)))
    };
    let all = |one: &Measured| format!("{} / {}", three(one.structured.all().recall()), one.structured.wrong);
    let phone = |one: &Measured| one.structured.types.get("PHONE").copied().unwrap_or_default();
    let phones = |one: &Measured| both(phone(one));
    let at_least = |value: Option<f64>, goal: f64| value.is_some_and(|value| value >= goal);
    let people = whole.names.get(AS_IT_LIES).copied();
    let f2 = |one: &Measured| one.evaluated.map_or(0.0, |evaluated| evaluated.f2);
    let rows = [
        Bar {
            metric: "structured recall / documents with a wrong finding",
            goal: "≥ 0.97 / ≤ 3",
            other: told(best(|one| one.structured.all().recall().unwrap_or_default()), &all),
            ours: Some(all(whole)),
            is_reached: Some(at_least(whole.structured.all().recall(), 0.97) && whole.structured.wrong <= 3),
        },
        Bar {
            metric: "PHONE recall / precision",
            goal: "≥ 0.92 / ≥ 0.95",
            other: told(
                best(|one| one.structured.types.get("PHONE").and_then(Score::recall).unwrap_or_default()),
                &phones,
            ),
            ours: Some(phones(whole)),
            is_reached: Some(at_least(phone(whole).recall(), 0.92) && at_least(phone(whole).precision(), 0.95)),
        },
        Bar {
            metric: "all personal data, F2 of Microsoft's span evaluator",
            goal: "≥ 0.88",
            other: told(best(|one| one.evaluated.map_or(0.0, |evaluated| evaluated.f2)), &|one| {
                format!("{:.3}", f2(one))
            })
            .map(|here| format!("{here}; 0.845 customized, with name models, by their own figures")),
            ours: whole.evaluated.map(|evaluated| format!("{:.3}", evaluated.f2)),
            is_reached: whole.evaluated.map(|evaluated| evaluated.f2 >= 0.88),
        },
        Bar {
            metric: "PERSON token recall / precision, Broad Twitter Corpus dev",
            goal: "≥ 0.92 / ≥ 0.80",
            other: None,
            ours: people.map(|[all, names, _]| format!("{}; without handles {}", both(all), both(names))),
            is_reached: people.map(|[all, ..]| at_least(all.recall(), 0.92) && at_least(all.precision(), 0.80)),
        },
        Bar {
            metric: "structured only, MB/s on raw posts",
            goal: "≥ 250",
            other: told(best(|one| one.posts), &|one| format!("{:.1}", one.posts)),
            ours: Some(format!("{:.0}", structured.posts)),
            is_reached: Some(structured.posts >= 250.0),
        },
        Bar {
            metric: "structured only, MB/s on dense text",
            goal: "≥ 100",
            other: told(best(|one| one.dense), &|one| format!("{:.1}", one.dense)),
            ours: Some(format!("{:.0}", structured.dense)),
            is_reached: Some(structured.dense >= 100.0),
        },
        Bar {
            metric: "with names, MB/s on raw posts",
            goal: "≥ 15",
            other: None,
            ours: Some(format!("{:.1}", whole.posts)),
            is_reached: Some(whole.posts >= 15.0),
        },
    ];
    writeln!(out, "| metric | goal | best of the others | Candor | |\n|---|---|---|---|---|")?;
    let dash = || "–".to_owned();
    for Bar { metric, goal, other, ours, is_reached } in rows {
        let reached = is_reached.map_or("not measured", |reached| if reached { "reached" } else { "**not reached**" });
        let (other, ours) = (other.unwrap_or_else(dash), ours.unwrap_or_else(dash));
        writeln!(out, "| {metric} | {goal} | {other} | **{ours}** | {reached} |")?;
    }
    writeln!(out)
}

/// Three places, or a dash.
fn three(value: Option<f64>) -> String {
    value.map_or_else(|| "–".to_owned(), |value| format!("{value:.3}"))
}

fn head(out: &mut String, first: &str, measured: &[&Measured]) -> std::fmt::Result {
    let titles: Vec<&str> = measured.iter().map(|one| one.engine.title).collect();
    writeln!(out, "| {first} | {} |\n|---|{}", titles.join(" | "), "---:|".repeat(titles.len()))
}

fn row(out: &mut String, first: &str, measured: &[&Measured], cell: impl Fn(&Measured) -> String) -> std::fmt::Result {
    let cells: Vec<String> = measured.iter().map(|one| cell(one)).collect();
    writeln!(out, "| {first} | {} |", cells.join(" | "))
}

fn structured(out: &mut String, measured: &[Measured]) -> std::fmt::Result {
    writeln!(out, "## Structured personal data\n\npresidio_synth, recall / precision by type:\n")?;
    let engines: Vec<&Measured> = measured.iter().collect();
    head(out, "type (labels)", &engines)?;
    for kind in COMPARED {
        let of = |one: &Measured| one.structured.types.get(kind).copied().unwrap_or_default();
        let labels = engines.first().map_or(0, |one| of(one).labels);
        let cell = |one: &Measured| both(of(one));
        row(out, &format!("{kind} ({labels})"), &engines, cell)?;
    }
    let first = engines.first().map(|one| &one.structured);
    let (labels, clean, holding) = first.map_or((0, 0, 0), |sum| (sum.all().labels, sum.clean, sum.holding));
    row(out, &format!("**all ({labels}), recall**"), &engines, |one| three(one.structured.all().recall()))?;
    let covered = |one: &Measured| three(score::share(one.structured.covered, one.structured.characters));
    row(out, "letters and digits covered, by any type", &engines, covered)?;
    let wrong = |one: &Measured| one.structured.wrong.to_string();
    row(out, &format!("documents with a wrong finding (of {clean} without such labels)"), &engines, wrong)?;
    let leaking = |one: &Measured| one.structured.leaking.to_string();
    row(out, &format!("documents with a leak (of {holding} with such labels)"), &engines, leaking)?;
    writeln!(out)
}

fn evaluated(out: &mut String, measured: &[Measured]) -> std::fmt::Result {
    let engines: Vec<&Measured> = measured.iter().filter(|one| one.evaluated.is_some()).collect();
    if engines.is_empty() {
        return Ok(());
    }
    writeln!(
        out,
        "## Everything that the set calls personal\n\nMicrosoft's span evaluator (presidio-evaluator 0.3.2, its defaults: nine tenths \
         of a span's characters must agree) on all 2,863 labels of presidio_synth, whatever their type: also names, places, \
         organizations, dates, titles and nationalities.\n"
    )?;
    head(out, "", &engines)?;
    let cell = |of: fn(Evaluated) -> f64| move |one: &Measured| three(one.evaluated.map(of));
    row(out, "precision", &engines, cell(|evaluated| evaluated.precision))?;
    row(out, "recall", &engines, cell(|evaluated| evaluated.recall))?;
    row(out, "**F2**", &engines, cell(|evaluated| evaluated.f2))?;
    writeln!(out)
}

/// Recall and precision.
fn both(score: Score) -> String {
    format!("{} / {}", three(score.recall()), three(score.precision()))
}

fn names(out: &mut String, measured: &[Measured]) -> std::fmt::Result {
    let Some(one) = measured.iter().find(|one| !one.names.is_empty()) else { return Ok(()) };
    writeln!(
        out,
        "## Names of people\n\nToken recall / precision of PERSON. In the first column every token counts; the second leaves out `@handles`; \
         in the third one that is reported as HANDLE is found. The row with the goal has a blank between all tokens, so that `@` and the name after it \
         are two, as the set's authors label them. The others were run without name models (see below).\n"
    )?;
    writeln!(
        out,
        "| set | name tokens without handles | every token | names | names and handles |\n|---|---:|---:|---:|---:|"
    )?;
    for (set, [all, without, with]) in &one.names {
        let [all, names, with_handles] = [all, without, with].map(|score| both(*score));
        writeln!(out, "| {set} | {} | {all} | {names} | {with_handles} |", without.labels)?;
    }
    writeln!(out)
}

fn speed(out: &mut String, measured: &[Measured], texts: &[Text]) -> std::fmt::Result {
    writeln!(out, "## Speed and memory, one core\n")?;
    let engines: Vec<&Measured> = measured.iter().collect();
    head(out, "", &engines)?;
    let of = |purpose| texts.iter().find(|text| text.purpose == purpose);
    let (Some(posts), Some(dense)) = (of(Use::Speed), of(Use::Structured)) else { return writeln!(out) };
    let megabytes = |text: &Text| text.bytes() as f64 / 1e6;
    let speed = |value: f64| if value < 10.0 { format!("{value:.2}") } else { format!("{value:.0}") };
    let title = format!("raw posts ({:.1} MB, {} texts), MB/s", megabytes(posts), posts.documents.len());
    row(out, &title, &engines, |one| speed(one.posts))?;
    let title = format!("dense text ({:.2} MB, {} texts), MB/s", megabytes(dense), dense.documents.len());
    row(out, &title, &engines, |one| speed(one.dense))?;
    row(out, "most memory of the process, texts and all, MB", &engines, |one| one.peak_mb.to_string())?;
    if let Some(structured) = engines.iter().find(|one| one.engine.is_ours && !one.engine.finds_names) {
        let apart = |text: &Text| text.bytes() / text.numbers().max(1);
        let each = 1e9 * megabytes(dense) / structured.dense / dense.numbers().max(1) as f64;
        writeln!(
            out,
            "\nDense text has a number every {} bytes, raw posts every {}. Each number is held against every type, address and date \
             that it may be a part of: {each:.0} ns if all of the time is theirs, as it nearly is.",
            apart(dense),
            apart(posts)
        )?;
    }
    writeln!(out)
}

fn method(out: &mut String, measured: &[Measured]) -> std::fmt::Result {
    let versions: Vec<String> = measured.iter().map(|one| format!("{} {}", one.engine.title, one.version)).collect();
    writeln!(
        out,
        "## How it was measured\n\n{}. Each ran alone in a process of its own over the same files.\n",
        versions.join(", ")
    )?;
    for line in METHOD {
        writeln!(out, "- {line}")?;
    }
    writeln!(
        out,
        "\nThe table of types, the same for all; what stands in no row keeps its own name:\n\n| type | names |\n|---|---|"
    )?;
    for (common, names) in TYPES {
        writeln!(out, "| {common} | {} |", names.join(", "))?;
    }
    Ok(())
}

const METHOD: [&str; 7] = [
    "Speed is by processor time of finding alone, after everything is loaded: the fastest pass of a second, and of nine at least, of the \
     programs in Rust, one pass of those in Python.",
    "Presidio ran with its pattern recognizers on blank English spaCy tokens (lowercase words stand in for lemmas, so that its context \
     words work) and its threshold of 0.35. The weights of its name models are on no package registry, so its names are not measured \
     here. “All countries” adds every pattern recognizer of the package.",
    "scrubadub and redact-core ran with their defaults.",
    "Links count as found by place; the set calls every link personal, so findings count too that are reported and left in texts: plain \
     links, places, organizations.",
    "Other work shared the machine; by processor time it shows less, but it shows.",
    "A label is found when a finding of its type touches it; a document leaks when a letter or digit of a label is in no finding of \
     any type.",
    "The rules for structured data and those for the words around names were written with presidio_synth in view, and the name model was chosen on the dev sets: these \
     figures say more about these sets than about other text.",
];
