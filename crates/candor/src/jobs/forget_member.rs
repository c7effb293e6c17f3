//! Forgets members: their shards leave the serving weights at once, every snapshot that holds them is written anew without
//! them, and the shards are trained again from the slice before them. Killed in between, the next run goes on.

use super::{build_snapshot, train_release};
use crate::{
    member_set,
    platform::{self, Platform},
    serving::Serving,
};
use anyhow::{Context, Result};
use candor_core::{Event, MemberId, Query, RecordId, ReleaseId, SnapshotId, invariant};
use candor_dataset::Snapshot;
use candor_store::{Change, ShardState, SnapshotRow, StoreError};
use serde::Serialize;
use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
    time::Instant,
};

/// Who and what is to leave snapshots and weights.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Leaving {
    /// Members with all that they wrote.
    pub members: BTreeSet<MemberId>,
    /// Single records of others, with their authors.
    pub records: BTreeMap<RecordId, MemberId>,
}

impl Leaving {
    /// Members with all that they wrote.
    pub fn of_members(members: impl IntoIterator<Item = MemberId>) -> Self {
        Self { members: members.into_iter().collect(), records: BTreeMap::new() }
    }

    /// Whether nobody and nothing leaves.
    pub fn is_empty(&self) -> bool {
        self.members.is_empty() && self.records.is_empty()
    }

    /// Whether a snapshot holds any of it.
    async fn is_in(&self, platform: &Platform, row: &SnapshotRow) -> Result<bool> {
        for member in &self.members {
            if platform.store.snapshot_member(&row.id, member).await?.is_some() {
                return Ok(true);
            }
        }
        if self.records.is_empty() {
            return Ok(false);
        }
        let held = records_in(platform, row).await?;
        Ok(self.records.keys().any(|record| held.contains(record.as_str())))
    }
}

/// The records of a snapshot, read from its folder.
pub async fn records_in(platform: &Platform, row: &SnapshotRow) -> Result<BTreeSet<String>> {
    let folder = platform.snapshot_dir(row.id.as_str());
    tokio::task::spawn_blocking(move || Ok(Snapshot::open(&folder)?.records()?)).await?
}

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
}

impl fmt::Display for Forgotten {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.snapshots_made.is_empty() && self.release_after.is_none() {
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
        let release = self.release_after.as_ref().map_or("none".to_owned(), ToString::to_string);
        write!(f, "{} slices trained again in {:.1} s; release {release}", self.slices_trained, self.train_seconds)
    }
}

/// Forgets one member. `serving` is what this process serves, if it does.
pub async fn run(platform: &Platform, member: &MemberId, serving: Option<&Serving>) -> Result<Forgotten> {
    all(platform, &Leaving::of_members([member.clone()]), serving).await
}

/// Forgets members and records: their shards leave what is served at once, then snapshots and weights follow.
pub async fn all(platform: &Platform, leaving: &Leaving, serving: Option<&Serving>) -> Result<Forgotten> {
    let mut done = Forgotten::default();
    let authors: BTreeSet<&MemberId> = leaving.members.iter().chain(leaving.records.values()).collect();
    for member in authors {
        leave(platform, member, serving, &mut done).await?;
    }
    for row in platform.store.snapshots().await? {
        if !row.withdrawn && leaving.is_in(platform, &row).await? {
            let new = derive(platform, &row, leaving).await?;
            done.snapshots_withdrawn.push(row.id);
            done.snapshots_made.push(new.id);
        }
    }
    retrain(platform, serving, &mut done).await?;
    Ok(done)
}

/// The shard leaves at once: first for good in the store, then in this process. Others look within a second.
async fn leave(platform: &Platform, member: &MemberId, serving: Option<&Serving>, done: &mut Forgotten) -> Result<()> {
    let started = Instant::now();
    let Some(release) = platform.store.current_release().await? else { return Ok(()) };
    let Some(place) = platform.store.snapshot_member(&release.snapshot, member).await? else { return Ok(()) };
    let shards = platform.store.release_shards(&release.id).await?;
    if shards.iter().any(|row| row.shard == place.shard && row.state == ShardState::Serving) {
        let event = Event::ShardRetired { release: release.id.clone(), shard: place.shard };
        let retire = Change::SetShardState {
            release: release.id.clone(),
            shard: place.shard,
            state: ShardState::Retired,
            adapter: None,
        };
        platform.store.commit(platform::now(), vec![Change::event(event), retire]).await?;
    }
    candor_ml::joint::drop_joint(&platform.release_dir(release.id.as_str()))?;
    if let Some(serving) = serving {
        serving.leave(&release.id, place.shard).await?;
    }
    if !done.shards_left.contains(&place.shard) {
        done.shards_left.push(place.shard);
    }
    done.left_seconds = started.elapsed().as_secs_f64();
    Ok(())
}

/// Writes the snapshot without some members and records, seals it in the old one's place, and removes the old one's
/// folder. If another process replaced it meanwhile, goes on from that one, as long as it holds any of them.
pub async fn derive(platform: &Platform, row: &SnapshotRow, leaving: &Leaving) -> Result<SnapshotRow> {
    let mut row = row.clone();
    loop {
        // A snapshot that is sealed anew holds nobody whom the log denies by then.
        let mut gone = leaving.clone();
        gone.members.extend(denied(platform, &row).await?);
        let Some(next) = derive_once(platform, &row, &gone).await? else { continue };
        row = next;
        if !leaving.is_in(platform, &row).await? {
            return Ok(row);
        }
    }
}

/// None if the log denied another member before the seal: then it is to be done again.
async fn derive_once(platform: &Platform, row: &SnapshotRow, leaving: &Leaving) -> Result<Option<SnapshotRow>> {
    let now = platform::now();
    let members = platform.store.snapshot_members(&row.id).await?;
    let leaves = members.iter().filter(|m| leaving.members.contains(&m.member));
    let gone = candor_dataset::Leaving {
        members: leaves.map(|m| m.pseudonym.clone()).collect(),
        records: leaving.records.keys().map(ToString::to_string).collect(),
    };
    let (folder, snapshots) = (platform.snapshot_dir(row.id.as_str()), platform.dir().join("snapshots"));
    let mut sealed = tokio::task::spawn_blocking(move || {
        let id = build_snapshot::fresh_id("s", now)?;
        Ok::<_, anyhow::Error>(Snapshot::open(&folder)?.without(&gone, &id, now, &snapshots)?)
    })
    .await??;
    let names = members.iter().map(|member| (member.pseudonym.as_str(), &member.member));
    build_snapshot::name_members(&mut sealed, &names.collect());
    let query = Query { purpose: row.purpose.clone(), recipient: row.recipient.clone(), at: now, as_of: row.as_of };
    let set = member_set::keep(platform, &sealed).await?;
    let mut changes = build_snapshot::seal_changes(&sealed, &query, Some(set), Some(row.id.clone()), now)?;
    changes.push(Change::event(Event::SnapshotWithdrawn { snapshot: row.id.clone() }));
    changes.push(Change::WithdrawSnapshot(row.id.clone()));
    let Some(id) = replace(platform, row, &leaving.members, sealed.manifest.id, changes).await? else {
        std::fs::remove_dir_all(&sealed.dir)?;
        return Ok(None);
    };
    sweep_withdrawn(platform).await?;
    let row = platform.store.snapshot(&id).await?;
    row.map(Some).with_context(|| format!("snapshot `{id}` was sealed but has no row"))
}

/// Commits the replacement of a snapshot, unless another process has replaced it meanwhile: then that one stands. None
/// if the log has denied a member who is not among those who leave.
async fn replace(
    platform: &Platform,
    old: &SnapshotRow,
    leaving: &BTreeSet<MemberId>,
    new: SnapshotId,
    changes: Vec<Change>,
) -> Result<Option<SnapshotId>> {
    loop {
        let head = platform.store.refresh().await?.seq;
        if let Some(other) = successor(platform, &old.id).await? {
            return Ok(Some(other.id));
        }
        if !denied(platform, old).await?.is_subset(leaving) {
            return Ok(None);
        }
        let mut list = vec![Change::ExpectHead(head)];
        list.extend(changes.iter().cloned());
        match platform.store.commit(platform::now(), list).await {
            Ok(_) => return Ok(Some(new)),
            Err(StoreError::Moved { .. }) => {}
            Err(error) => return Err(error.into()),
        }
    }
}

/// Removes the folders of snapshots that are withdrawn. One that has no row yet may be another process at work.
async fn sweep_withdrawn(platform: &Platform) -> Result<()> {
    sweep(platform, |row| row.is_none_or(|row| !row.withdrawn)).await
}

/// Removes the folders of snapshots that are withdrawn or were never sealed: what a crash left behind. A build that is at
/// work meanwhile finds its folder gone and says so.
pub async fn sweep_unsealed(platform: &Platform) -> Result<()> {
    sweep(platform, |row| row.is_some_and(|row| !row.withdrawn)).await
}

async fn sweep(platform: &Platform, stays: impl Fn(Option<&SnapshotRow>) -> bool) -> Result<()> {
    let folder = platform.dir().join("snapshots");
    if !folder.is_dir() {
        return Ok(());
    }
    let rows = platform.store.snapshots().await?;
    for entry in std::fs::read_dir(&folder)? {
        let entry = entry?;
        let name = entry.file_name();
        if !stays(rows.iter().find(|row| name.to_str() == Some(row.id.as_str()))) {
            std::fs::remove_dir_all(entry.path())?;
        }
    }
    Ok(())
}

/// Trains the current release again if its snapshot was withdrawn.
async fn retrain(platform: &Platform, serving: Option<&Serving>, done: &mut Forgotten) -> Result<()> {
    let Some(release) = platform.store.current_release().await? else { return Ok(()) };
    let Some(row) = successor(platform, &release.snapshot).await? else { return Ok(()) };
    let hashes = |rows: Vec<candor_store::ShardRow>| -> BTreeMap<u16, Option<String>> {
        rows.into_iter().map(|row| (row.shard, row.adapter)).collect()
    };
    let before = hashes(platform.store.release_shards(&release.id).await?);
    let recipe = &platform.settings.train.recipe;
    let trained = train_release::run(platform, row, recipe, Some(release.id.clone())).await?;
    if let Some(serving) = serving {
        serving.reload().await?;
    }
    let after = hashes(platform.store.release_shards(&trained.release).await?);
    let changed = after.into_iter().filter(|(shard, hash)| before.get(shard) != Some(hash));
    done.adapters = changed.map(|(shard, hash)| (shard, before.get(&shard).cloned().flatten(), hash)).collect();
    done.slices_trained = trained.shards.iter().map(|shard| shard.trained_slices).sum();
    done.train_seconds = trained.train_seconds;
    done.release_before = Some(release.id);
    done.release_after = Some(trained.release);
    Ok(())
}

/// The live snapshot that stands in the place of a withdrawn one; none if it is not withdrawn.
async fn successor(platform: &Platform, id: &SnapshotId) -> Result<Option<SnapshotRow>> {
    let rows = platform.store.snapshots().await?;
    let mut at = id.clone();
    let mut found = None;
    while let Some(row) = rows.iter().find(|row| row.parent.as_ref() == Some(&at)) {
        at = row.id.clone();
        found = Some(row.clone());
    }
    Ok(found.filter(|row| !row.withdrawn))
}

/// The members of a snapshot who took back what was used, or are erased.
pub async fn taken_back(platform: &Platform, row: &SnapshotRow) -> Result<BTreeSet<MemberId>> {
    let members = platform.store.snapshot_members(&row.id).await?;
    let history = platform.store.history();
    let is_gone = |member: &MemberId| {
        let mut since = history.of_member(member, history.last()).filter(|logged| logged.seq > row.as_of);
        since.any(|logged| {
            let reach = invariant::takes_back(&logged.event, history.book());
            reach.is_some_and(|(_, purpose)| purpose.is_none_or(|purpose| *purpose == row.purpose))
        })
    };
    Ok(members.into_iter().map(|member| member.member).filter(is_gone).collect())
}

/// The members of a snapshot who may enter no new run: who took it back, and whom the log denies since it was built.
pub async fn denied(platform: &Platform, row: &SnapshotRow) -> Result<BTreeSet<MemberId>> {
    let mut denied = taken_back(platform, row).await?;
    let members = platform.store.snapshot_members(&row.id).await?;
    let build =
        Query { purpose: row.purpose.clone(), recipient: row.recipient.clone(), at: row.created, as_of: row.as_of };
    let names = members.iter().map(|member| &member.member);
    denied.extend(invariant::denied_since(&platform.store.history(), names, &build, platform::now()));
    Ok(denied)
}

/// The snapshot without those of its members who may enter no new run.
pub async fn without_denied(platform: &Platform, row: SnapshotRow) -> Result<SnapshotRow> {
    let gone = denied(platform, &row).await?;
    if gone.is_empty() { Ok(row) } else { derive(platform, &row, &Leaving::of_members(gone)).await }
}
