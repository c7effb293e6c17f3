//! Checks a certificate of forgetting: the signature, the log entries that it names, and the bytes, by training the shards
//! that it names again from their rows, from the beginning, in a folder of its own. It changes nothing that is served.

use super::{derive_snapshot, forget_member, train_release};
use crate::{
    certificate::{Certificate, ShardPaper, Signed, Weights},
    exit::Outcome,
    platform::Platform,
    release_audit::Slices,
    serving,
};
use anyhow::Result;
use candor_core::{Event, ReleaseId, Seq, SnapshotId};
use candor_ml::{
    Base,
    adapter::{Adapter, WEIGHTS_FILE},
    dp::lend_key,
    files::{hash_file, remove_folder_if_there},
    joint::{joint_folder, train_joint},
    progress::Cancel,
    recipe::{Recipe, numeric_profile},
    train::{Watch, has_rows, shard_folder, train_shard},
};
use candor_store::ReleaseRow;
use serde::Serialize;
use sha2::{Digest, Sha256};
use std::{fmt, path::Path};

/// Folder in a release's folder in which shards are trained again; it goes with the release if a check is killed.
const AGAIN: &str = "verify-again";

/// What a check has shown. Whatever contradicts the certificate is an error instead.
#[derive(Debug, Serialize)]
pub struct Checked {
    /// Size of the log when the certificate was signed.
    pub signed_at: Seq,
    /// Shards that were trained again and have the bytes that are certified and served.
    pub reproduced: Vec<u16>,
    /// Shards that nobody is left in, and that are not served.
    pub empty: Vec<u16>,
    /// Whether the joint adapter was trained again and has the bytes that are served; none if the recipe has none.
    pub joint: Option<bool>,
    /// Why the bytes could not be made again here; none if they were, or if there are none.
    pub not_reproduced: Option<String>,
}

impl fmt::Display for Checked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "✓ signed by the log at {} entries, and the entries that it names are there", self.signed_at)?;
        for shard in &self.reproduced {
            write!(f, "\n✓ shard {shard}: trained again from its rows, the same bytes as certified and as served")?;
        }
        for shard in &self.empty {
            write!(f, "\n✓ shard {shard}: nobody is left in it, and it is not served")?;
        }
        if self.joint.is_some() {
            f.write_str("\n✓ joint adapter: trained again on top of the shards, the same bytes as served")?;
        }
        match &self.not_reproduced {
            Some(why) => write!(f, "\n- the bytes were not compared: {why}"),
            None => Ok(()),
        }
    }
}

/// Checks a certificate of this platform.
pub async fn run(platform: &Platform, signed: &Signed) -> Result<Checked> {
    let signed_at = signed.check(&platform.store)?;
    let certificate = &signed.certificate;
    in_the_log(platform, certificate)?;
    let mut checked =
        Checked { signed_at, reproduced: Vec::new(), empty: Vec::new(), joint: None, not_reproduced: None };
    let Some(weights) = &certificate.weights else { return Ok(checked) };
    match ready(platform, certificate, weights).await? {
        Ok(again) => reproduce(platform, again, weights, &mut checked).await?,
        Err(why) => checked.not_reproduced = Some(why),
    }
    Ok(checked)
}

fn wrong(why: impl fmt::Display) -> anyhow::Error {
    Outcome::Verification(format!("the certificate does not hold: {why}")).into()
}

/// Whether the log has the seals, the revocation and the release that are named.
fn in_the_log(platform: &Platform, certificate: &Certificate) -> Result<()> {
    let history = platform.store.history();
    let has = |seq: Seq, is_it: &dyn Fn(&Event) -> bool| match history.event(seq) {
        Some(logged) if is_it(&logged.event) => Ok(()),
        _ => Err(wrong(format!("log entry {seq} is not what it says"))),
    };
    for paper in [&certificate.before, &certificate.after] {
        has(paper.sealed, &|event| {
            matches!(event, Event::SnapshotSealed { snapshot, manifest, .. }
                if *snapshot == paper.snapshot && *manifest == paper.manifest)
        })?;
    }
    let Some(weights) = &certificate.weights else { return Ok(()) };
    if let Some(seq) = weights.revoked {
        has(seq, &|event| matches!(event, Event::ModelWithdrawn { release } if *release == weights.before))?;
    }
    if let (Some(seq), Some(after)) = (weights.released, &weights.after) {
        let of =
            |release: &ReleaseId, snapshot: &SnapshotId| release == after && *snapshot == certificate.after.snapshot;
        has(seq, &|event| matches!(event, Event::ModelReleased { release, snapshot, .. } if of(release, snapshot)))?;
    }
    Ok(())
}

/// What shards are trained again from.
struct Again {
    release: ReleaseRow,
    base: Base,
    recipe: Recipe,
    shards: Vec<Slices>,
}

/// What is needed to make the bytes again, or why that cannot be done here and now.
async fn ready(platform: &Platform, certificate: &Certificate, weights: &Weights) -> Result<Result<Again, String>> {
    let (store, after) = (&platform.store, &certificate.after);
    let Some(release) = &weights.after else { return Ok(Err("nothing was trained on what is left".into())) };
    let Some(row) = store.snapshot(&after.snapshot).await? else {
        return Err(wrong(format!("there is no snapshot `{}`", after.snapshot)));
    };
    if row.withdrawn {
        let by = derive_snapshot::successor(platform, &row.id).await?;
        let by = by.map_or("later ones".to_owned(), |row| format!("`{}`", row.id));
        return Ok(Err(format!("snapshot `{}` was superseded meanwhile by {by}; check that certificate", row.id)));
    }
    let Some(release) = store.release(release).await? else {
        return Err(wrong(format!("there is no release `{release}`")));
    };
    let profile = numeric_profile();
    if profile != weights.profile {
        let theirs = &weights.profile;
        return Ok(Err(format!("the bits hold for the numeric profile `{theirs}`, this machine has `{profile}`")));
    }
    let base = serving::load_base(platform).await?;
    if base.hash() != weights.base {
        return Ok(Err("another base is configured than the one that was trained on; set `train.base`".into()));
    }
    let recipe = forget_member::recipe_of(platform, &release)?;
    if recipe.hash()? != weights.recipe {
        return Err(wrong("the recipe that the release is kept with is another"));
    }
    let (shards, _) = train_release::rows(platform, &row, Some((&recipe, &base))).await?;
    Ok(Ok(Again { release, base, recipe, shards }))
}

/// Trains the shards again and compares: what comes out, what is certified, what is served.
async fn reproduce(platform: &Platform, again: Again, weights: &Weights, checked: &mut Checked) -> Result<()> {
    let rows = platform.store.release_shards(&again.release.id).await?;
    let folder = platform.release_dir(again.release.id.as_str());
    let (papers, adapters) = (weights.shards.clone(), weights.adapters_after.clone());
    for paper in &papers {
        let kept = rows.iter().find(|row| row.shard == paper.shard).and_then(|row| row.adapter.clone());
        if kept != paper.after {
            return Err(wrong(format!("another adapter stands for shard {} in the store", paper.shard)));
        }
    }
    let (reproduced, empty, joint) = tokio::task::spawn_blocking(move || {
        let scratch = folder.join(AGAIN);
        remove_folder_if_there(&scratch)?;
        let outcome = train_again(&again, &papers, &folder, &scratch).and_then(|(reproduced, empty)| {
            Ok((reproduced, empty, joint_again(&again, adapters.as_deref(), &folder, &scratch)?))
        });
        remove_folder_if_there(&scratch)?;
        outcome
    })
    .await??;
    (checked.reproduced, checked.empty, checked.joint) = (reproduced, empty, joint);
    Ok(())
}

/// The shards that came out with the same bytes, and those without rows.
fn train_again(again: &Again, papers: &[ShardPaper], served: &Path, scratch: &Path) -> Result<(Vec<u16>, Vec<u16>)> {
    let (mut reproduced, mut empty) = (Vec::new(), Vec::new());
    let cancel = Cancel::new();
    let watch = Watch { progress: &|_| {}, cancel: &cancel };
    for paper in papers {
        let shard = usize::from(paper.shard);
        let slices = again.shards.get(shard).map_or(&[][..], Vec::as_slice);
        let Some(after) = &paper.after else {
            if has_rows(slices) {
                return Err(wrong(format!("shard {shard} has rows, and no adapter stands for them")));
            }
            empty.push(paper.shard);
            continue;
        };
        let fresh = shard_folder(scratch, shard);
        lend_key(&shard_folder(served, shard), &fresh)?;
        let made = train_shard(&again.base, &again.recipe, shard, slices, &fresh, watch)?;
        let lies = hash_file(&shard_folder(served, shard).join("adapter").join(WEIGHTS_FILE))?;
        if made.adapter_hash != *after {
            return Err(wrong(format!("shard {shard}, trained again from its rows, has other bytes")));
        }
        if lies != *after {
            return Err(wrong(format!("what is served as shard {shard} has other bytes")));
        }
        reproduced.push(paper.shard);
    }
    Ok((reproduced, empty))
}

/// Whether the joint adapter comes out of the shards that are served with the bytes that are served, and all adapters
/// together are those that are certified; none if there is no joint one.
fn joint_again(again: &Again, certified: Option<&str>, served: &Path, scratch: &Path) -> Result<Option<bool>> {
    let (mut all, mut adapters) = (Sha256::new(), Vec::new());
    for (shard, _) in again.shards.iter().enumerate().filter(|(_, slices)| has_rows(slices)) {
        let folder = shard_folder(served, shard).join("adapter");
        all.update(hash_file(&folder.join(WEIGHTS_FILE))?);
        adapters.push(Adapter::load(&folder, again.base.config())?);
    }
    let (cancel, folder) = (Cancel::new(), joint_folder(scratch));
    let watch = Watch { progress: &|_| {}, cancel: &cancel };
    let made = train_joint(&again.base, &again.recipe, &adapters, &again.shards, &folder, watch)?;
    if let Some(made) = &made {
        let lies = hash_file(&joint_folder(served).join("adapter").join(WEIGHTS_FILE))?;
        if lies != made.adapter_hash {
            return Err(wrong("the joint adapter, trained again on top of the shards, has other bytes"));
        }
        all.update(lies);
    }
    if certified.is_some_and(|certified| certified != hex::encode(all.finalize())) {
        return Err(wrong("the adapters that are served are not all those that were certified"));
    }
    Ok(made.map(|_| true))
}
