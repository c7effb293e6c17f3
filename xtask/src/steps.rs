//! `cargo xtask test`: the steps that must pass, in order, each timed, with one table at the end.
//!
//! A step that cannot have what it needs fails and says so; only `--skip NAME` leaves one out, and
//! the table shows that. No step stops the ones after it.

use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Result, bail};

use crate::tools::{Profile, Workplace, run as run_program, works};
use crate::{docs, e2e, fuzz, python, tidy, tools, wasm};

/// What the tests read that is not in the repository, relative to the root.
const SHARED_DATA: &str = "../shared/data";

/// Steps that get what the tests need: where one is skipped, the tests leave it out too.
const TESTS_ASK: &[&str] = &["shared-data", "postgres"];

/// Which steps to run, and how.
#[derive(clap::Args, Debug)]
pub struct Options {
    /// Leave a step out; may be given more than once
    #[arg(long, value_name = "NAME")]
    skip: Vec<String>,
    /// Add a step that is not run by default; may be given more than once
    #[arg(long, value_name = "NAME")]
    with: Vec<String>,
    /// Run this step only
    #[arg(long, value_name = "NAME", conflicts_with_all = ["skip", "with"])]
    only: Option<String>,
    /// The profile of the binary that the steps `python` and `e2e` drive
    #[arg(long, value_enum, default_value = "release")]
    profile: Profile,
}

/// What a step is given.
struct Context<'a> {
    place: &'a Workplace,
    profile: Profile,
    /// Names for `CANDOR_SKIP`: what the tests themselves must leave out, loudly.
    left_out: String,
}

/// One named step; `asked` steps run only when named by `--with` or `--only`.
struct Step {
    name: &'static str,
    asked: bool,
    run: fn(&Context) -> Result<()>,
}

const STEPS: &[Step] = &[
    Step { name: "tidy", asked: false, run: |context| tidy::run(context.place) },
    Step { name: "shared-data", asked: false, run: shared_data },
    Step { name: "postgres", asked: false, run: |_| tools::postgres() },
    Step { name: "rust", asked: false, run: rust },
    Step { name: "durability", asked: true, run: durability },
    Step { name: "doc", asked: false, run: doc },
    Step { name: "fuzz", asked: false, run: |context| fuzz::all(context.place) },
    Step { name: "docs", asked: false, run: |context| docs::check(context.place, &context.place.tested_binary()?) },
    Step { name: "python", asked: false, run: |context| python::peers(context.place, context.profile) },
    Step { name: "demo", asked: false, run: demo },
    Step { name: "wasm", asked: false, run: |context| wasm::check(context.place) },
    Step { name: "e2e", asked: false, run: |context| e2e::all(context.place, context.profile) },
    Step { name: "provider", asked: true, run: |context| python::provider(context.place, context.profile) },
    Step { name: "python-ml", asked: true, run: |context| python::models(context.place, context.profile) },
];

/// How a step ended.
#[derive(Debug, PartialEq, Eq)]
enum Outcome {
    Passed,
    Failed,
    Skipped,
}

/// Runs the steps that the options ask for; fails when one of them failed.
pub fn run(place: &Workplace, options: &Options) -> Result<()> {
    let plan = plan(options)?;
    let skipped = plan.iter().filter(|(step, runs)| TESTS_ASK.contains(&step.name) && !runs);
    let left_out = skipped.map(|(step, _)| step.name).collect::<Vec<_>>().join(",");
    let context = Context { place, profile: options.profile, left_out };
    let mut results = Vec::new();
    for (step, runs) in plan {
        if !runs {
            eprintln!("\n== {}: SKIPPED", step.name);
            results.push((step.name, Outcome::Skipped, Duration::ZERO));
            continue;
        }
        eprintln!("\n== {}", step.name);
        let start = Instant::now();
        let outcome = match (step.run)(&context) {
            Ok(()) => Outcome::Passed,
            Err(error) => {
                eprintln!("== {}: FAILED: {error:#}", step.name);
                Outcome::Failed
            }
        };
        eprintln!("== {}: {:.1} s", step.name, start.elapsed().as_secs_f64());
        results.push((step.name, outcome, start.elapsed()));
    }
    eprint!("\n{}", table(&results));
    match results.iter().filter(|(_, outcome, _)| *outcome == Outcome::Failed).count() {
        0 => Ok(()),
        count => bail!("{count} step(s) failed; what cannot be had here can be left out with `--skip NAME`"),
    }
}

/// The steps to show, each with whether it runs. Fails on a name that is no step.
fn plan(options: &Options) -> Result<Vec<(&'static Step, bool)>> {
    let named = options.skip.iter().chain(&options.with).chain(&options.only);
    for name in named {
        if !STEPS.iter().any(|step| step.name == name) {
            let names: Vec<_> = STEPS.iter().map(|step| step.name).collect();
            bail!("there is no step `{name}`; the steps are {}", names.join(", "));
        }
    }
    let has = |names: &[String], step: &Step| names.iter().any(|name| name == step.name);
    Ok(match &options.only {
        Some(only) => STEPS.iter().filter(|step| step.name == only).map(|step| (step, true)).collect(),
        None => STEPS
            .iter()
            .filter(|step| !step.asked || has(&options.with, step))
            .map(|step| (step, !has(&options.skip, step)))
            .collect(),
    })
}

fn table(results: &[(&str, Outcome, Duration)]) -> String {
    let mut text = String::from("step          result     seconds\n");
    for (name, outcome, took) in results {
        let word = match outcome {
            Outcome::Passed => "passed",
            Outcome::Failed => "FAILED",
            Outcome::Skipped => "SKIPPED",
        };
        text.push_str(&format!("{name:<13} {word:<9} {:>8.1}\n", took.as_secs_f64()));
    }
    text
}

fn shared_data(context: &Context) -> Result<()> {
    let folder = context.place.root().join(SHARED_DATA);
    if !folder.is_dir() {
        bail!(
            "the tests on real data need `{SHARED_DATA}` beside the checkout; put it there, or leave them out with `--skip shared-data`"
        );
    }
    eprintln!(
        "{SHARED_DATA}: {} data sets",
        std::fs::read_dir(folder)?.flatten().filter(|entry| entry.path().is_dir()).count()
    );
    Ok(())
}

fn rust(context: &Context) -> Result<()> {
    if !works("cargo-nextest", &["nextest", "--version"]) {
        eprintln!("cargo-nextest is missing; installing it");
        let mut install = context.place.cargo();
        if let Err(error) = run_program(install.args(["install", "cargo-nextest", "--locked"])) {
            bail!("CARGO-NEXTEST CANNOT BE HAD ({error}); the Rust tests did not run");
        }
    }
    let mut command = context.place.cargo();
    run_program(left_out(&mut command, context).args(["nextest", "run", "--workspace"]))
}

/// The tests of crashes, power loss and races in full; the step `rust` does a part of them.
fn durability(context: &Context) -> Result<()> {
    let mut command = context.place.cargo();
    // The whole workspace, so that what the step before built is used again.
    let tests = "package(candor-store) and (test(durability::) or test(history::) or test(model::))";
    command.env("CANDOR_DURABILITY", "thorough").args(["nextest", "run", "--workspace", "--no-capture"]);
    run_program(left_out(&mut command, context).args(["-E", tests]))
}

fn doc(context: &Context) -> Result<()> {
    let mut command = context.place.cargo();
    run_program(left_out(&mut command, context).args(["test", "--quiet", "--doc", "--workspace"]))
}

/// The main job as the README has it, with its defaults: small demos pass an audit that this one may not.
fn demo(context: &Context) -> Result<()> {
    let folder = python::fresh_folder(&context.place.target().join("demo"))?;
    let mut command = Command::new(context.place.binary(context.profile)?);
    run_program(command.args(["demo", "--no-serve", "--data"]).arg(folder))
}

fn left_out<'a>(command: &'a mut Command, context: &Context) -> &'a mut Command {
    match context.left_out.is_empty() {
        true => command,
        false => command.env("CANDOR_SKIP", &context.left_out),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{Options, Outcome, plan, table};

    fn names(options: &Options) -> Vec<String> {
        let plan = plan(options).unwrap();
        plan.iter().map(|(step, runs)| format!("{}{}", step.name, if *runs { "" } else { "!" })).collect()
    }

    #[test]
    fn steps_are_chosen_by_name() {
        let list = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
        for (skip, with, only, expected) in [
            (vec![], vec![], None, "tidy shared-data postgres rust doc fuzz docs python demo wasm e2e"),
            (vec!["e2e", "rust"], vec![], None, "tidy shared-data postgres rust! doc fuzz docs python demo wasm e2e!"),
            (
                vec![],
                vec!["python-ml"],
                None,
                "tidy shared-data postgres rust doc fuzz docs python demo wasm e2e python-ml",
            ),
            (vec![], vec![], Some("e2e"), "e2e"),
            (vec![], vec![], Some("python-ml"), "python-ml"),
        ] {
            let options =
                Options { skip: list(&skip), with: list(&with), only: only.map(str::to_owned), ..Options::for_tests() };
            assert_eq!(names(&options).join(" "), expected);
        }
    }

    #[test]
    fn an_unknown_step_is_refused() {
        let options = Options { skip: vec!["e3e".to_owned()], ..Options::for_tests() };
        let error = plan(&options).err().unwrap().to_string();
        assert!(error.contains("`e3e`") && error.contains("e2e"), "{error}");
    }

    #[test]
    fn the_table_shows_what_was_skipped() {
        let text = table(&[
            ("tidy", Outcome::Passed, Duration::from_millis(1500)),
            ("e2e", Outcome::Skipped, Duration::ZERO),
            ("rust", Outcome::Failed, Duration::from_secs(60)),
        ]);
        let rows: Vec<_> = text.lines().map(|line| line.split_whitespace().collect::<Vec<_>>()).collect();
        assert_eq!(rows[1], ["tidy", "passed", "1.5"]);
        assert_eq!(rows[2], ["e2e", "SKIPPED", "0.0"]);
        assert_eq!(rows[3], ["rust", "FAILED", "60.0"]);
    }

    impl Options {
        fn for_tests() -> Options {
            Options { skip: vec![], with: vec![], only: None, profile: super::Profile::Dev }
        }
    }
}
