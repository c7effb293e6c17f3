//! The `candor` binary: server, worker and command line in one. It owns what the libraries are given: the clock,
//! randomness, the environment, the terminal. Stages and layers meet only in `jobs/`.
#![expect(clippy::disallowed_methods, reason = "the binary owns the clock, randomness and the environment")]

mod base;
mod cli;
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
mod redaction;
mod release_audit;
mod release_price;
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

fn main() -> ExitCode {
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
