//! `candor train`: adapters on a snapshot, their audit, their release.

use super::train_status;
use crate::{
    cli::{Global, Train, TrainCommand},
    jobs::train_release,
    output,
    platform::Platform,
    witnesses,
};
use anyhow::Result;

/// Runs the command.
pub async fn run(global: &Global, args: Train) -> Result<()> {
    match args.command {
        Some(TrainCommand::Status) => return train_status::run(global).await,
        None => {}
    }
    let platform = Platform::open(global).await?;
    witnesses::before_deciding(&platform).await?;
    let snapshot = super::snapshot::find(&platform, &args.snapshot).await?;
    let recipe = args.recipe.unwrap_or_else(|| platform.settings.train.recipe.clone());
    let recipe = train_release::recipe(&recipe)?;
    let previous = platform.store.current_release().await?.map(|row| row.id);
    let trained = train_release::run(&platform, snapshot, recipe, previous, vec![]).await?;
    if global.json {
        return output::json(&trained);
    }
    output::line(&trained.to_string());
    Ok(())
}
