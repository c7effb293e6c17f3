//! `cargo xtask`: every chore of the project in one program, nothing else to install.
//!
//! `tidy` reads the tree and builds nothing; `test` runs the steps that CI runs; `e2e` drives the
//! real binary in a browser; `docs` writes what is generated; `bench` lists what can be measured, and measures it.
//! It never depends on a crate of the product: it looks at files and starts programs.

// A chore asks the clock how long a step took and the environment where tools are: that is its work.
#![allow(clippy::disallowed_methods)]

mod bench;
mod docs;
mod e2e;
mod fuzz;
mod python;
mod steps;
mod tidy;
mod tools;
mod train;
mod tree;
mod wasm;

use std::process::ExitCode;

use anyhow::Result;
use clap::{Parser, Subcommand};

use crate::tools::Workplace;

#[derive(Parser)]
#[command(name = "cargo xtask", about = "Every chore of the project")]
struct Arguments {
    #[command(subcommand)]
    chore: Chore,
}

#[derive(Subcommand)]
enum Chore {
    /// Check the rules of the house: edges, fences, sizes, heads, pairs, rule rows, leaks
    Tidy,
    /// Run the tests, step by step, with a table at the end
    Test(steps::Options),
    /// Drive the real binary in Chromium
    E2e(e2e::Options),
    /// Write the generated documents, or check that they are fresh
    Docs(docs::Options),
    /// List the benchmarks that exist and how to run each, or run one
    Bench(bench::Options),
    /// Build the verifier for the browser and stamp it
    Wasm,
    /// Learn the classifier of special categories anew, and print its figures
    TrainSpecial,
    /// Learn the name model anew from the public sets beside the project, and write it with its card
    TrainNames(train::Options),
}

fn main() -> ExitCode {
    match run(Arguments::parse().chore) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(chore: Chore) -> Result<()> {
    let place = Workplace::find()?;
    match chore {
        Chore::Tidy => tidy::run(&place),
        Chore::Test(options) => steps::run(&place, &options),
        Chore::E2e(options) => e2e::run(&place, &options),
        Chore::Docs(options) => docs::run(&place, &options),
        Chore::Bench(options) => bench::run(&place, &options),
        Chore::Wasm => wasm::run(&place),
        Chore::TrainSpecial => train::special(&place),
        Chore::TrainNames(options) => train::names(&place, &options),
    }
}
