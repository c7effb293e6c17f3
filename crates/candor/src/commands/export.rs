//! `candor release export`: the served release for other programs. What was withdrawn, or what a shard has left, does not go out.

use crate::{cli::ExportFormat, exit::Outcome, output, platform::Platform, serving};
use anyhow::{Context, Result};
use candor_ml::{
    adapter::{Adapter, WEIGHTS_FILE},
    export::{self, Exported, Origin},
    files,
    joint::{joint_folder, load_joint},
    merge::combined,
    train::shard_folder,
};
use candor_store::{ReleaseRow, ReleaseState, ShardRow, ShardState};
use sha2::{Digest, Sha256};
use std::path::Path;

/// Runs the command.
pub async fn run(platform: &Platform, name: &str, format: ExportFormat, out: &Path, json: bool) -> Result<()> {
    platform.store.refresh().await?;
    platform.store.may_decide().context("nothing is exported while it is open who has left")?;
    let row = super::release::find(platform, name).await?;
    let shards = platform.store.release_shards(&row.id).await?;
    may_leave(&row, &shards)?;
    let snapshot = platform.store.snapshot(&row.snapshot).await?.context("the release's snapshot is not there")?;
    let base = serving::load_base(platform).await?;
    let base_folder = crate::base::folder(&platform.settings.train.base, platform.dir())?;
    let release = platform.release_dir(row.id.as_str());
    let (mut adapters, mut hash) = (Vec::with_capacity(shards.len()), Sha256::new());
    for shard in &shards {
        let folder = shard_folder(&release, usize::from(shard.shard)).join("adapter");
        hash.update(files::hash_file(&folder.join(WEIGHTS_FILE))?);
        adapters.push(Adapter::load_for(&folder, &base)?);
    }
    let joint = load_joint(&release, &base)?;
    if joint.is_some() {
        hash.update(files::hash_file(&joint_folder(&release).join("adapter").join(WEIGHTS_FILE))?);
    }
    if Some(hex::encode(hash.finalize())) != row.adapters {
        let words = format!("the adapters in `{}` are not those that were released; train anew", release.display());
        return Err(Outcome::Verification(words).into());
    }
    let origin = Origin {
        release: row.id.to_string(),
        snapshot: row.snapshot.to_string(),
        manifest: snapshot.manifest,
        base: row.base,
        recipe: row.recipe,
        adapters: row.adapters.unwrap_or_default(),
        shards: adapters.len(),
        checkpoint: platform.store.checkpoint().unwrap_or_default(),
        license: export::license_of(&base_folder),
    };
    let out = out.to_owned();
    let written = tokio::task::spawn_blocking(move || -> Result<Exported> {
        let adapter = combined(&base, &adapters, joint.as_ref())?;
        Ok(match format {
            ExportFormat::Peft => export::peft(&base_folder, &adapter, &origin, &out)?,
            ExportFormat::Merged => export::merged(&base_folder, &base, &adapter, &origin, &out)?,
        })
    })
    .await??;
    if json {
        return output::json(&written);
    }
    output::line(&format!("release {} in `{}`", row.id, written.folder.display()));
    written.files.iter().for_each(|(file, hash)| output::line(&format!("  {hash}  {file}")));
    Ok(())
}

/// Whether a release may go out: released, and served with every shard.
fn may_leave(row: &ReleaseRow, shards: &[ShardRow]) -> Result<()> {
    let id = &row.id;
    let refuse = |words: String| Err(Outcome::Refused(words).into());
    match row.state {
        ReleaseState::Withdrawn => {
            return refuse(format!("release `{id}` was withdrawn; export `latest`, and delete copies of this one"));
        }
        ReleaseState::Training => return refuse(format!("release `{id}` is not released yet; wait for its audit")),
        ReleaseState::Released => {}
    }
    match shards.iter().find(|shard| shard.state != ShardState::Serving) {
        Some(shard) => refuse(format!(
            "shard {} of release `{id}` has left what is served; export again when `candor serve` or `candor obligation meet` \
             has trained it anew",
            shard.shard
        )),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use candor_core::{ReleaseId, SnapshotId};

    #[test]
    fn only_what_is_served_whole_goes_out() {
        let row = |state| ReleaseRow {
            id: ReleaseId::new("r-1").unwrap(),
            snapshot: SnapshotId::new("s-1").unwrap(),
            base: "b".into(),
            recipe: "r".into(),
            created: jiff::Timestamp::UNIX_EPOCH,
            state,
            shards: 2,
            adapters: None,
            metrics: serde_json::json!({}),
        };
        let shards = |states: [ShardState; 2]| {
            let shard = |(shard, state)| ShardRow { shard, state, adapter: None };
            (0..).zip(states).map(shard).collect::<Vec<_>>()
        };
        use {ReleaseState as R, ShardState as S};
        let cases = [
            (R::Released, [S::Serving, S::Serving], ""),
            (R::Withdrawn, [S::Serving, S::Serving], "was withdrawn"),
            (R::Training, [S::Pending, S::Serving], "not released yet"),
            (R::Released, [S::Serving, S::Retired], "shard 1"),
            (R::Released, [S::Retraining, S::Serving], "shard 0"),
        ];
        for (state, states, says) in cases {
            let got = may_leave(&row(state), &shards(states)).err().map(|e| e.to_string()).unwrap_or_default();
            assert!(got.contains(says) && got.is_empty() == says.is_empty(), "{state:?} {states:?}: {got}");
        }
    }
}
