//! Takes members out of what is served, at once: their shards leave the mean, first for good in the store, then in this
//! process (others look within a second), and the states and the adapter that saw them are deleted. It waits for no other
//! job, and neither writes a snapshot nor trains: that is `forget_member.rs`.

use super::leaving::{self, Leaving};
use crate::{
    platform::{self, Platform},
    serving::Serving,
};
use anyhow::Result;
use candor_core::{Event, MemberId, Seq};
use candor_ml::{
    joint::drop_joint,
    train::{forget_states, shard_folder},
};
use candor_store::{Change, ReleaseRow, ShardState};
use jiff::Timestamp;
use std::{
    collections::{BTreeMap, BTreeSet},
    time::Instant,
};

/// What has left.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Left {
    /// Shards that are served no more, each with the first slice that held somebody who leaves.
    pub shards: BTreeMap<u16, u16>,
    /// Seconds until they had left.
    pub seconds: f64,
}

/// Takes the shards of members out of the release that is served.
pub async fn run(platform: &Platform, leaving: &Leaving, serving: Option<&Serving>) -> Result<Left> {
    let started = Instant::now();
    let Some(release) = platform.store.current_release().await? else { return Ok(Left::default()) };
    let concerned = leaving.concerned();
    let mut shards = BTreeMap::new();
    for place in platform.store.snapshot_members(&release.snapshot).await? {
        if concerned.contains(&place.member) {
            let first = shards.entry(place.shard).or_insert(place.slice);
            *first = place.slice.min(*first);
        }
    }
    if shards.is_empty() {
        return Ok(Left::default());
    }
    retire(platform, &release, &shards).await?;
    if let Some(serving) = serving {
        serving.leave(&release.id, &shards.keys().copied().collect()).await?;
    }
    let seconds = started.elapsed().as_secs_f64();
    delete_states(platform, &release, shards.clone()).await?;
    Ok(Left { shards, seconds })
}

/// The shards leave in the store: whatever serves it from now on, serves without them.
async fn retire(platform: &Platform, release: &ReleaseRow, shards: &BTreeMap<u16, u16>) -> Result<()> {
    let mut changes = Vec::new();
    for row in platform.store.release_shards(&release.id).await? {
        if row.state == ShardState::Serving && shards.contains_key(&row.shard) {
            let (release, shard) = (release.id.clone(), row.shard);
            changes.push(Change::event(Event::ShardRetired { release: release.clone(), shard }));
            changes.push(Change::SetShardState { release, shard, state: ShardState::Retired, adapter: None });
        }
    }
    if !changes.is_empty() {
        platform.store.commit(platform::now(), changes).await?;
    }
    Ok(())
}

/// Deletes what saw the members; the states before stay, for the retraining to begin from.
async fn delete_states(platform: &Platform, release: &ReleaseRow, shards: BTreeMap<u16, u16>) -> Result<()> {
    let folder = platform.release_dir(release.id.as_str());
    tokio::task::spawn_blocking(move || {
        for (shard, first) in shards {
            forget_states(&shard_folder(&folder, usize::from(shard)), usize::from(first))?;
        }
        // It saw everybody.
        drop_joint(&folder)?;
        Ok(())
    })
    .await?
}

/// Looks at the entries since `seen`, and takes out whoever must leave what is served; gives the entry up to which was looked.
pub async fn look(platform: &Platform, serving: &Serving, seen: Seq, now: Timestamp) -> Result<Seq> {
    let history = platform.store.history();
    let last = history.last();
    let mut fresh = (seen.0 + 1..=last.0).filter_map(|seq| history.event(Seq(seq)));
    if !fresh.any(|logged| leaving::may_reach(&history, logged)) {
        return Ok(last);
    }
    let Some(release) = platform.store.current_release().await? else { return Ok(last) };
    let Some(row) = platform.store.snapshot(&release.snapshot).await? else { return Ok(last) };
    let members: BTreeSet<MemberId> =
        platform.store.snapshot_members(&row.id).await?.into_iter().map(|place| place.member).collect();
    let due = leaving::due(&history, &row, &members, now);
    if !due.is_empty() {
        run(platform, &Leaving::of_members(due.into_keys()), Some(serving)).await?;
    }
    Ok(last)
}
