//! `candor snapshot build|list|show`: sealed datasets.

use crate::{
    cli::{Global, Snapshot},
    exit::Outcome,
    jobs::build_snapshot,
    output::{self, grouped},
    platform::{self, Platform},
    sealed::SealedFolders,
    witnesses,
};
use anyhow::Result;
use candor_core::{
    SnapshotId,
    estimate::{MissEstimate, Share, TypeEstimate},
};
use candor_store::SnapshotRow;
use candor_web::SnapshotFolders as _;
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
    let redaction = match SealedFolders::new(platform.snapshots_dir()).papers(&row) {
        Some(papers) => Some(candor_web::sample::estimate(&platform.store, &row.id, &papers).await?),
        None => None,
    };
    if json {
        let card = json!({"snapshot": row, "decisions": counts, "redaction": redaction, "verified": verify});
        return output::json(&card);
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
    if let Some(redaction) = redaction {
        redacted(&redaction);
    }
    Ok(())
}

/// What was found and replaced, and what a labeled sample says was missed.
fn redacted(estimate: &MissEstimate) {
    let share = |share: Option<Share>| {
        let percent = |value: f64| 100.0 * value;
        share.map_or_else(
            || "not known yet".to_owned(),
            |s| format!("{:.1} % ({:.1}–{:.1} %)", percent(s.share), percent(s.low), percent(s.high)),
        )
    };
    output::line(&format!(
        "personal data: {} of {} sampled rows are labeled; rows with a miss: {}",
        estimate.labeled,
        estimate.drawn,
        share(estimate.rows_share)
    ));
    let head = ["type", "found and replaced", "missed", "missed share"].map(str::to_owned).to_vec();
    let row = |row: &TypeEstimate| {
        vec![format!("  {}", row.r#type), grouped(row.found), grouped(row.missed), share(row.missed_share)]
    };
    if !estimate.types.is_empty() {
        output::table(&std::iter::once(head).chain(estimate.types.iter().map(row)).collect::<Vec<_>>());
    }
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
