//! Forgets members and records, whatever makes them leave: their shards leave the serving weights at once, every snapshot
//! that holds them is written anew without them, the shards are trained again from the slice before them, and a
//! certificate says so. Killed in between, the next run goes on. Where the policy is to train at night, all but the
//! training is done at once, and the night trains every shard once, however many left it.

use super::{certify_forgetting, derive_snapshot, leave_serving, leaving::Leaving, train_release};
use crate::{
    certificate::Certificate,
    config::When,
    platform::{self, Platform},
    serving::Serving,
};
use anyhow::{Context, Result};
use candor_core::{Event, MemberId, ReleaseId, SnapshotId};
use candor_ml::{audit, recipe::Recipe};
use candor_store::{Change, ReleaseRow, ReleaseState, ShardRow, SnapshotRow};
use serde::Serialize;
use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
};

/// What was done.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Forgotten {
    /// Shards that left the serving weights.
    pub shards_left: Vec<u16>,
    /// Seconds until they had left.
    pub left_seconds: f64,
    /// Snapshots that were withdrawn.
    pub snapshots_withdrawn: Vec<SnapshotId>,
    /// Snapshots that stand in their place.
    pub snapshots_made: Vec<SnapshotId>,
    /// The release that was withdrawn.
    pub release_before: Option<ReleaseId>,
    /// The release without the member.
    pub release_after: Option<ReleaseId>,
    /// Hashes of the adapters that changed: shard, before, after.
    pub adapters: Vec<(u16, Option<String>, Option<String>)>,
    /// Slices that were trained again.
    pub slices_trained: usize,
    /// Seconds of training.
    pub train_seconds: f64,
    /// Whether shards wait for the night to be trained again.
    pub waits: bool,
    /// What was certified now.
    pub certificates: Vec<Certificate>,
}

impl fmt::Display for Forgotten {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.snapshots_made.is_empty() && self.release_after.is_none() && self.shards_left.is_empty() {
            return f.write_str("nothing to forget: the member is in no snapshot and in no weights");
        }
        writeln!(f, "left the serving weights: shards {:?} after {:.3} s", self.shards_left, self.left_seconds)?;
        for (old, new) in self.snapshots_withdrawn.iter().zip(&self.snapshots_made) {
            writeln!(f, "snapshot {old} withdrawn, {new} stands in its place")?;
        }
        for (shard, before, after) in &self.adapters {
            let short = |hash: &Option<String>| hash.as_deref().map_or("none", |h| h.get(..12).unwrap_or(h)).to_owned();
            writeln!(f, "shard {shard}: adapter {} before, {} after", short(before), short(after))?;
        }
        for certificate in &self.certificates {
            writeln!(f, "certificate {}", certificate.name())?;
        }
        if self.waits {
            return f.write_str("the shards are trained again in the night; `candor obligation meet` does it now");
        }
        let release = self.release_after.as_ref().map_or("none".to_owned(), ToString::to_string);
        write!(f, "{} slices trained again in {:.1} s; release {release}", self.slices_trained, self.train_seconds)
    }
}

/// Forgets a member, and whoever else must leave by now. `serving` is what this process serves, if it does.
pub async fn run(platform: &Platform, member: &MemberId, serving: Option<&Serving>) -> Result<Forgotten> {
    let trains = platform.settings.forget.when == When::AtOnce;
    all(platform, &Leaving::of_members([member.clone()]), serving, trains).await
}

/// Forgets whoever must leave by what the log says now.
pub async fn due(platform: &Platform, serving: Option<&Serving>) -> Result<Forgotten> {
    let trains = platform.settings.forget.when == When::AtOnce;
    all(platform, &Leaving::default(), serving, trains).await
}

/// Forgets members and records, and with them whoever must leave by now, so that a shard is trained once for all of them:
/// their shards leave what is served at once, then snapshots and weights follow. What was left waiting earlier is done too.
pub async fn all(platform: &Platform, leaving: &Leaving, serving: Option<&Serving>, trains: bool) -> Result<Forgotten> {
    let mut leaving = leaving.clone();
    let rows: Vec<SnapshotRow> = platform.store.snapshots().await?.into_iter().filter(|row| !row.withdrawn).collect();
    for row in &rows {
        leaving.members.extend(derive_snapshot::must_leave(platform, row).await?);
    }
    let left = leave_serving::run(platform, &leaving, serving).await?;
    // Reads the whole snapshot, so not before they have left.
    let learnt = learnt_of(platform, &leaving).await?;
    // What an earlier run had done when it was killed.
    let certificates = certify_forgetting::run(platform, platform::now()).await?;
    let mut done = Forgotten {
        shards_left: left.shards.into_keys().collect(),
        left_seconds: left.seconds,
        certificates,
        ..Forgotten::default()
    };
    for row in rows {
        if let Some(new) = derive_snapshot::without(platform, &row, &leaving).await? {
            done.snapshots_withdrawn.push(row.id);
            done.snapshots_made.push(new.id);
        }
    }
    // A run that was killed may have left some.
    derive_snapshot::sweep_withdrawn(platform).await?;
    retrain(platform, serving, trains.then_some(learnt), &mut done).await?;
    done.certificates.extend(certify_forgetting::run(platform, platform::now()).await?);
    Ok(done)
}

/// What the served release learnt of the members who leave, read while it is still there: the audit of the release without them asks
/// whether they are strangers to it. The rows live in memory until then and nowhere else; after a kill, or where the night trains, they
/// are gone, and nobody asks.
async fn learnt_of(platform: &Platform, leaving: &Leaving) -> Result<Vec<audit::Left>> {
    let Some(release) = platform.store.current_release().await? else { return Ok(vec![]) };
    let mut gone: BTreeMap<u16, BTreeSet<String>> = BTreeMap::new();
    for place in platform.store.snapshot_members(&release.snapshot).await? {
        if leaving.members.contains(&place.member) {
            gone.entry(place.shard).or_default().insert(place.pseudonym);
        }
    }
    let row = platform.store.snapshot(&release.snapshot).await?.filter(|row| !row.withdrawn);
    let Some(row) = row.filter(|_| !gone.is_empty()) else { return Ok(vec![]) };
    let (shards, _) = train_release::rows(platform, &row, None).await?;
    let of_shard = |(shard, names): (u16, BTreeSet<String>)| {
        let rows = shards.get(usize::from(shard)).into_iter().flatten().flatten();
        let rows = rows.filter(|row| names.contains(&row.member)).cloned().collect();
        audit::Left { shard: usize::from(shard), rows }
    };
    Ok(gone.into_iter().map(of_shard).collect())
}

/// Trains the current release again if its snapshot was withdrawn; until then what else was made of the members is made
/// without them. `learnt` is what it learnt of them; none leaves the training to the night.
async fn retrain(
    platform: &Platform,
    serving: Option<&Serving>,
    learnt: Option<Vec<audit::Left>>,
    done: &mut Forgotten,
) -> Result<()> {
    let Some(release) = platform.store.current_release().await? else { return Ok(()) };
    let Some(row) = derive_snapshot::successor(platform, &release.snapshot).await? else { return Ok(()) };
    if let Some(serving) = serving {
        serving.reload().await?;
    }
    let Some(learnt) = learnt else {
        done.waits = true;
        return Ok(());
    };
    let before = hashes(platform.store.release_shards(&release.id).await?);
    done.release_before = Some(release.id.clone());
    if row.records == 0 {
        return withdraw(platform, &release, serving).await;
    }
    let recipe = recipe_of(platform, &release)?;
    let trained = train_release::run(platform, row, recipe, Some(release.id), learnt).await?;
    if let Some(serving) = serving {
        serving.reload().await?;
    }
    let after = hashes(platform.store.release_shards(&trained.release).await?);
    let changed = after.into_iter().filter(|(shard, hash)| before.get(shard) != Some(hash));
    done.adapters = changed.map(|(shard, hash)| (shard, before.get(&shard).cloned().flatten(), hash)).collect();
    done.slices_trained = trained.shards.iter().map(|shard| shard.trained_slices).sum();
    done.train_seconds = trained.train_seconds;
    done.release_after = Some(trained.release);
    Ok(())
}

fn hashes(rows: Vec<ShardRow>) -> BTreeMap<u16, Option<String>> {
    rows.into_iter().map(|row| (row.shard, row.adapter)).collect()
}

/// The recipe that a release was trained by: forgetting goes back in the same run, whatever is configured since.
pub fn recipe_of(platform: &Platform, release: &ReleaseRow) -> Result<Recipe> {
    match release.metrics.get("recipe") {
        Some(recipe) => {
            let unreadable = || format!("the recipe of release `{}` cannot be read", release.id);
            serde_json::from_value(recipe.clone()).with_context(unreadable)
        }
        None => train_release::recipe(&platform.settings.train.recipe),
    }
}

/// Nobody is left to learn from: the base alone is served.
async fn withdraw(platform: &Platform, release: &ReleaseRow, serving: Option<&Serving>) -> Result<()> {
    let event = Event::ModelWithdrawn { release: release.id.clone() };
    let state = Change::SetReleaseState(release.id.clone(), ReleaseState::Withdrawn);
    platform.store.commit(platform::now(), vec![Change::event(event), state]).await?;
    if let Some(serving) = serving {
        serving.reload().await?;
    }
    std::fs::remove_dir_all(platform.release_dir(release.id.as_str()))
        .with_context(|| format!("the weights of release `{}` cannot be deleted", release.id))
}
