//! One file a command. A command opens the platform, calls jobs or the store, and prints; it decides nothing itself.

mod assist;
mod audit;
mod completions;
mod config;
mod demo;
mod doctor;
mod erase;
mod event;
mod export;
mod forget;
mod gate;
mod import;
mod init;
mod log;
mod member;
mod objection;
mod obligation;
mod openapi;
mod pretrain;
mod redact;
mod release;
mod rules;
mod serve;
mod snapshot;
mod train;
mod train_status;
mod verify;
mod witness;

use crate::cli::{Cli, Command};
use anyhow::Result;

/// Runs the command that was typed.
pub async fn run(cli: Cli) -> Result<()> {
    let global = cli.global;
    match cli.command {
        Command::Demo(args) => demo::run(&global, args).await,
        Command::Init(args) => init::run(&global, args).await,
        Command::Rules(args) => rules::run(&global, args).await,
        Command::Serve(args) => serve::run(&global, args).await,
        Command::Import(args) => import::run(&global, args).await,
        Command::Member(args) => member::run(&global, args).await,
        Command::Event(args) => event::run(&global, args).await,
        Command::Objection(args) => objection::run(&global, args).await,
        Command::Obligation(args) => obligation::run(&global, args).await,
        Command::Gate(args) => gate::run(&global, args).await,
        Command::Log(args) => log::run(&global, args).await,
        Command::Verify(args) => verify::run(&global, &args),
        Command::Witness(args) => witness::run(&global, args).await,
        Command::Snapshot(args) => snapshot::run(&global, args).await,
        Command::Train(args) => train::run(&global, args).await,
        Command::Audit(args) => audit::run(&global, args).await,
        Command::Release(args) => release::run(&global, args).await,
        Command::Assist(args) => assist::run(&global, args).await,
        Command::Forget(args) => forget::run(&global, args).await,
        Command::Erase(args) => erase::run(&global, args).await,
        Command::Pretrain(args) => pretrain::run(&global, args),
        Command::Redact(args) => redact::run(&global, args),
        Command::Doctor => doctor::run(&global).await,
        Command::Config(args) => config::run(&global, &args),
        Command::Openapi => openapi::run(),
        Command::Completions { shell } => completions::run(shell),
    }
}
