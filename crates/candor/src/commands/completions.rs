//! `candor completions`: a completion script for a shell, made from the command line's own description.

use crate::cli::Cli;
use anyhow::Result;
use clap::CommandFactory;

/// Prints the script.
pub fn run(shell: clap_complete::Shell) -> Result<()> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "candor", &mut script);
    crate::output::line(String::from_utf8(script)?.trim_end());
    Ok(())
}
