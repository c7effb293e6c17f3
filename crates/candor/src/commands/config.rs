//! `candor config show`: the values in force and where they come from. Secrets are masked.

use crate::{
    cli::{Config, Global},
    config, output,
};
use anyhow::Result;

/// Prints the configuration.
pub fn run(global: &Global, args: &Config) -> Result<()> {
    let Config::Show { origin } = args;
    for shown in config::show(global)? {
        if global.json {
            output::json(&shown)?;
        } else if *origin {
            output::line(&format!("{} = {}  # {}", shown.key, shown.value, shown.origin));
        } else {
            output::line(&format!("{} = {}", shown.key, shown.value));
        }
    }
    Ok(())
}
