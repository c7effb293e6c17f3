//! `candor snapshot build|list|show`: sealed datasets.

use crate::{
    cli::{Global, Snapshot},
    exit::Outcome,
    jobs::build_snapshot,
    output::{self, grouped},
    platform::{self, Platform},
    witnesses,
};
use anyhow::Result;
use candor_core::SnapshotId;
use candor_store::SnapshotRow;
use serde_json::json;

/// Runs the command.
pub async fn run(global: &Global, args: Snapshot) -> Result<()> {
    let platform = Platform::open(global).await?;
    match args {
        Snapshot::Build => {
            witnesses::before_deciding(&platform).await?;
            let built = build_snapshot::run(&platform, platform::now()).await?;
            if global.json {
                return output::json(&built);
            }
            output::line(&built.to_string());
            Ok(())
        }
        Snapshot::List => {
            for row in platform.store.snapshots().await? {
                if global.json {
                    output::json(&row)?;
                } else {
                    output::line(&format!(
                        "{}  {:<9}  sealed at log entry {}",
                        row.id,
                        state(&row),
                        row.sealed_seq.map_or(0, |seq| seq.0)
                    ));
                }
            }
            Ok(())
        }
        Snapshot::Show { snapshot, verify } => show(&platform, &snapshot, verify, global.json).await,
    }
}

async fn show(platform: &Platform, name: &str, verify: bool, json: bool) -> Result<()> {
    let row = find(platform, name).await?;
    let counts = platform.store.decision_counts(&row.id).await?;
    if verify {
        let opened = candor_dataset::Snapshot::open(&platform.snapshot_dir(row.id.as_str()))
            .map_err(|error| Outcome::Verification(format!("snapshot `{}` is not what was sealed: {error}", row.id)))?;
        if opened.manifest_hash() != row.manifest {
            let id = &row.id;
            return Err(Outcome::Verification(format!("the manifest of `{id}` is not the one in the log")).into());
        }
    }
    if json {
        return output::json(&json!({"snapshot": row, "decisions": counts, "verified": verify}));
    }
    let seq = row.sealed_seq.map_or(0, |seq| seq.0);
    output::line(&format!("snapshot {} ({}), sealed at log entry {seq}", row.id, state(&row)));
    output::line(&format!("manifest {}", row.manifest));
    if verify {
        output::line("every file is what the manifest says");
    }
    for (reason, number) in counts {
        output::line(&format!("  {reason:<28} {:>9}", grouped(number)));
    }
    Ok(())
}

fn state(row: &SnapshotRow) -> &'static str {
    if row.withdrawn { "withdrawn" } else { "sealed" }
}

/// The latest snapshot that is not withdrawn.
pub async fn latest(platform: &Platform) -> Result<Option<SnapshotRow>> {
    Ok(platform.store.snapshots().await?.into_iter().find(|row| !row.withdrawn))
}

/// The snapshot of this id, or the latest that is not withdrawn.
pub async fn find(platform: &Platform, name: &str) -> Result<SnapshotRow> {
    let found = match name {
        "latest" => latest(platform).await?,
        id => platform.store.snapshot(&SnapshotId::new(id)?).await?,
    };
    found.ok_or_else(|| {
        Outcome::NotFound(format!("there is no snapshot `{name}`; `candor snapshot build` makes one")).into()
    })
}
