//! `candor release list|show|export`: what may be served, with the audit that let it out.

use crate::{
    cli::{Global, Release},
    exit::Outcome,
    output,
    platform::Platform,
    release_price, release_privacy,
};
use anyhow::Result;
use candor_core::ReleaseId;
use candor_ml::price::Price;
use candor_store::ReleaseRow;

/// Runs the command.
pub async fn run(global: &Global, args: Release) -> Result<()> {
    let platform = Platform::open(global).await?;
    match args {
        Release::List => {
            for row in platform.store.releases().await? {
                if global.json {
                    output::json(&row)?;
                } else {
                    output::line(&format!(
                        "{}  {:<9}  from snapshot {}",
                        row.id,
                        crate::output::word(&row.state),
                        row.snapshot
                    ));
                }
            }
            Ok(())
        }
        Release::Show { release } => show(&platform, &release, global.json).await,
        Release::Export { release, format, out } => {
            super::export::run(&platform, &release, format, &out, global.json).await
        }
    }
}

async fn show(platform: &Platform, name: &str, json: bool) -> Result<()> {
    let row = find(platform, name).await?;
    let shards = platform.store.release_shards(&row.id).await?;
    if json {
        return output::json(&serde_json::json!({"release": row, "shards": shards}));
    }
    output::line(&format!("release {} ({}) from snapshot {}", row.id, crate::output::word(&row.state), row.snapshot));
    for shard in shards {
        output::line(&format!(
            "  shard {:>2}  {:<10}  {}",
            shard.shard,
            crate::output::word(&shard.state),
            shard.adapter.as_deref().unwrap_or("-")
        ));
    }
    if let Some(price) = row.metrics.get("price").and_then(|value| serde_json::from_value::<Price>(value.clone()).ok())
    {
        output::line(&release_price::line(&price));
        release_price::table(&price).iter().for_each(|line| output::line(line));
    }
    if let Some(budget) = row.metrics.get("privacy").and_then(|value| serde_json::from_value(value.clone()).ok()) {
        output::line(&release_privacy::line(&budget));
    }
    output::line(&serde_json::to_string_pretty(&row.metrics)?);
    Ok(())
}

/// The release of this id, or the one that is served.
pub async fn find(platform: &Platform, name: &str) -> Result<ReleaseRow> {
    let found = match name {
        "latest" => platform.store.current_release().await?,
        id => platform.store.release(&ReleaseId::new(id)?).await?,
    };
    found.ok_or_else(|| Outcome::NotFound(format!("there is no release `{name}`; `candor train` makes one")).into())
}
