//! The `candor` binary: server, worker and command line in one. It owns what the libraries are given: the clock,
//! randomness, the environment, the terminal. Stages and layers meet only in `jobs/`.
#![expect(clippy::disallowed_methods, reason = "the binary owns the clock, randomness and the environment")]

mod base;
mod certificate;
mod cli;
mod cohorts;
mod commands;
mod config;
mod directory;
mod egress;
mod exit;
mod jobs;
mod lines;
mod member_set;
mod memory;
mod output;
mod outside;
mod platform;
mod provider;
mod recorder;
mod redaction;
mod redaction_model;
mod release_audit;
mod release_files;
mod release_price;
mod release_privacy;
mod sealed;
mod serving;
mod verbatim;
mod witnesses;
mod worker;

use clap::Parser;
use std::process::ExitCode;

/// Training makes and drops large tensors at every step; the system's allocator gives each of them back to the kernel.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Candle spreads additions over threads of its own, which share one lock and spin while they wait. Each shard has a thread
/// already, so these only stand in its way: half of the time of a training went there.
#[expect(unsafe_code, reason = "the environment is changed before anything else runs")]
fn keep_candle_on_its_thread() {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    // Without the second, candle reads the list of processors before every product.
    for (name, threads) in [("CANDLE_NUM_THREADS", 1), ("RAYON_NUM_THREADS", cores)] {
        if std::env::var_os(name).is_none() {
            // SAFETY: this is the first thing that happens, on the only thread.
            unsafe { std::env::set_var(name, threads.to_string()) };
        }
    }
}

fn main() -> ExitCode {
    keep_candle_on_its_thread();
    let cli = cli::Cli::parse();
    output::start_tracing(cli.global.quiet);
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            eprintln!("error: cannot start: {error}");
            return ExitCode::from(exit::FAILURE);
        }
    };
    match runtime.block_on(commands::run(cli)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => exit::report(&error),
    }
}
