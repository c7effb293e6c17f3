//! Writes a sealed snapshot anew without those who must leave it, seals it in the old one's place, and removes the old
//! one's folder. Whoever the log denies meanwhile is left out too. Killed in between, the next run goes on.

use super::{
    build_snapshot,
    leaving::{self, Leaving},
};
use crate::{
    member_set,
    platform::{self, Platform},
    verbatim,
};
use anyhow::{Context, Result};
use candor_core::{Event, Frame, History, MemberId, SnapshotId, invariant};
use candor_dataset::Snapshot;
use candor_ml::files::remove_folder_if_there;
use candor_store::{Change, SnapshotMember, SnapshotRow, StoreError};
use std::collections::BTreeSet;

/// What a try came to.
enum Tried {
    /// Nothing of those who leave is in it.
    NothingThere,
    /// The log denied another member before the seal: it is to be done again.
    Denied,
    /// Another process has replaced it meanwhile.
    Replaced(SnapshotRow),
    /// A new snapshot stands in its place.
    Made(SnapshotRow),
}

/// The snapshot that stands in the place of this one, without some members and records and without whoever may enter no
/// new run; none if nothing of them is in it. If another process replaced it meanwhile, goes on from that one.
pub async fn without(platform: &Platform, row: &SnapshotRow, leaving: &Leaving) -> Result<Option<SnapshotRow>> {
    let (mut row, mut stands) = (row.clone(), None);
    loop {
        match attempt(platform, &row, leaving).await? {
            Tried::NothingThere => return Ok(stands),
            Tried::Denied => {}
            Tried::Replaced(other) => {
                row = other;
                stands = Some(row.clone());
            }
            Tried::Made(new) => return Ok(Some(new)),
        }
    }
}

/// The snapshot without those of its members who may enter no new run.
pub async fn without_denied(platform: &Platform, row: SnapshotRow) -> Result<SnapshotRow> {
    let gone = denied(platform, &row).await?;
    Ok(without(platform, &row, &Leaving::of_members(gone)).await?.unwrap_or(row))
}

async fn attempt(platform: &Platform, row: &SnapshotRow, leaving: &Leaving) -> Result<Tried> {
    let now = platform::now();
    let members = platform.store.snapshot_members(&row.id).await?;
    let Some(opened) = holding(platform, row, &members, leaving).await? else { return Ok(Tried::NothingThere) };
    // A snapshot that is sealed anew holds nobody whom the log denies by then.
    let mut gone = leaving.members.clone();
    gone.extend(denied(platform, row).await?);
    let leaves = members.iter().filter(|m| gone.contains(&m.member));
    let leaves = candor_dataset::Leaving {
        members: leaves.map(|m| m.pseudonym.clone()).collect(),
        records: leaving.records.keys().map(ToString::to_string).collect(),
    };
    let snapshots = platform.snapshots_dir();
    let mut sealed = tokio::task::spawn_blocking(move || {
        let id = build_snapshot::fresh_id("s", now)?;
        Ok::<_, anyhow::Error>(opened.without(&leaves, &id, now, &snapshots)?)
    })
    .await??;
    let names = members.iter().map(|member| (member.pseudonym.as_str(), &member.member));
    build_snapshot::name_members(&mut sealed, &names.collect());
    let query = row.question();
    let set = member_set::keep(platform, &sealed).await?;
    let mut changes = build_snapshot::seal_changes(&sealed, &query, Some(set), Some(row.id.clone()), now)?;
    changes.push(Change::event(Event::SnapshotWithdrawn { snapshot: row.id.clone() }));
    changes.push(Change::WithdrawSnapshot(row.id.clone()));
    let new = sealed.manifest.id;
    let Some(id) = replace(platform, row, &gone, new.clone(), changes).await? else {
        std::fs::remove_dir_all(&sealed.dir)?;
        return Ok(Tried::Denied);
    };
    sweep_withdrawn(platform).await?;
    let stands = platform.store.snapshot(&id).await?;
    let stands = stands.with_context(|| format!("snapshot `{id}` was sealed but has no row"))?;
    if id == new {
        return Ok(Tried::Made(stands));
    }
    std::fs::remove_dir_all(&sealed.dir)?;
    Ok(Tried::Replaced(stands))
}

/// The snapshot, opened and checked once, if it holds anything of those who leave. Members are asked for in the store, so
/// that a snapshot without them is not opened at all.
async fn holding(
    platform: &Platform,
    row: &SnapshotRow,
    members: &[SnapshotMember],
    leaving: &Leaving,
) -> Result<Option<Snapshot>> {
    let has_member = members.iter().any(|place| leaving.members.contains(&place.member));
    if !has_member && leaving.records.is_empty() {
        return Ok(None);
    }
    let folder = platform.snapshot_dir(row.id.as_str());
    let records: Vec<String> = leaving.records.keys().map(ToString::to_string).collect();
    tokio::task::spawn_blocking(move || {
        let opened = Snapshot::open(&folder)?;
        let holds = has_member || {
            let held = opened.records()?;
            records.iter().any(|record| held.contains(record))
        };
        Ok(holds.then_some(opened))
    })
    .await?
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

/// Removes the folders of snapshots that are withdrawn, and the indexes of their runs of words. One that has no row yet may be
/// another process at work.
pub async fn sweep_withdrawn(platform: &Platform) -> Result<()> {
    sweep(platform, |row| row.is_none_or(|row| !row.withdrawn)).await
}

/// Removes the folders of snapshots that are withdrawn or were never sealed: what a crash left behind. A build that is at
/// work meanwhile finds its folder gone and says so.
pub async fn sweep_unsealed(platform: &Platform) -> Result<()> {
    sweep(platform, |row| row.is_some_and(|row| !row.withdrawn)).await
}

async fn sweep(platform: &Platform, stays: impl Fn(Option<&SnapshotRow>) -> bool) -> Result<()> {
    let folder = platform.snapshots_dir();
    if !folder.is_dir() {
        return Ok(());
    }
    let rows = platform.store.snapshots().await?;
    for entry in std::fs::read_dir(&folder)? {
        let entry = entry?;
        let name = entry.file_name();
        if !stays(rows.iter().find(|row| name.to_str() == Some(row.id.as_str()))) {
            // Another process may sweep too.
            remove_folder_if_there(&entry.path())?;
        }
    }
    verbatim::prune(platform).await.map(drop)
}

/// The live snapshot that stands in the place of a withdrawn one; none if it is not withdrawn.
pub async fn successor(platform: &Platform, id: &SnapshotId) -> Result<Option<SnapshotRow>> {
    let rows = platform.store.snapshots().await?;
    let mut at = id.clone();
    let mut found = None;
    while let Some(row) = rows.iter().find(|row| row.parent.as_ref() == Some(&at)) {
        at = row.id.clone();
        found = Some(row.clone());
    }
    Ok(found.filter(|row| !row.withdrawn))
}

/// The members of a snapshot who must leave what was made of it.
pub async fn must_leave(platform: &Platform, row: &SnapshotRow) -> Result<BTreeSet<MemberId>> {
    let members = platform.store.snapshot_members(&row.id).await?;
    let names = members.iter().map(|place| &place.member);
    Ok(leaving::due(&platform.store.history(), row, names, platform::now()).into_keys().collect())
}

/// The members of a snapshot who may enter no new run: who must leave, and whom the log denies since it was built.
pub async fn denied(platform: &Platform, row: &SnapshotRow) -> Result<BTreeSet<MemberId>> {
    let mut denied = must_leave(platform, row).await?;
    let members = platform.store.snapshot_members(&row.id).await?;
    let (history, now) = (platform.store.history(), platform::now());
    let build = row.question();
    let (then, since) = (Frame::new(&history, &build), Frame::new(&history, &build.again(&history, now)));
    let names = members.iter().map(|member| &member.member);
    let suspects = invariant::denied_since(&history, names, &build, now);
    denied.extend(suspects.into_iter().filter(|member| has_new_reason(&history, (&then, &since), member)));
    Ok(denied)
}

/// Whether a member is denied for something that has happened since, not only for what the gate had seen: whoever turned it
/// off for new records alone has older ones in it, and a rule about others changes nothing for them.
fn has_new_reason(history: &History, (then, since): (&Frame, &Frame), member: &MemberId) -> bool {
    let build = then.query();
    if history.of_member(member, history.last()).any(|logged| logged.seq > build.as_of) {
        return true;
    }
    let purpose = history.purpose_at(&build.purpose, build.at, build.as_of);
    let Some(youngest) = purpose.and_then(|purpose| invariant::youngest(&purpose, member, build.at)) else {
        return true;
    };
    let before: Vec<_> = then.decide(history, &youngest).mask.iter().collect();
    since.decide(history, &youngest).mask.iter().any(|reason| !before.contains(&reason))
}
