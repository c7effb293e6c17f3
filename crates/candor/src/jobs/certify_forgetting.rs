//! Certifies what was forgotten. What is to be certified is read from the store alone: every live snapshot that stands in
//! the place of others, once no weights are served any more that were made of those. So a job that was killed between the
//! release and the certificate is made good by the next one.

use crate::{
    certificate::{self, Certificate, FORMAT, ShardPaper, SnapshotPaper, Weights},
    platform::Platform,
};
use anyhow::{Context, Result};
use candor_core::{Event, History, MemberId, ReleaseId, Seq, SnapshotId};
use candor_store::{ReleaseRow, ReleaseState, SnapshotMember, SnapshotRow};
use candor_tlog::token;
use jiff::Timestamp;
use std::{
    collections::{BTreeMap, BTreeSet},
    path::PathBuf,
};

/// Where the certificates lie.
pub fn folder(platform: &Platform) -> PathBuf {
    platform.dir().join("certificates")
}

/// Certifies what is not certified yet; gives what was certified now.
pub async fn run(platform: &Platform, now: Timestamp) -> Result<Vec<Certificate>> {
    let rows = platform.store.snapshots().await?;
    let releases = platform.store.releases().await?;
    let mut made = Vec::new();
    for after in rows.iter().filter(|row| !row.withdrawn) {
        let line = line(&rows, after, |id| certificate::file(&folder(platform), id).is_file());
        let of_line = |release: &&ReleaseRow| line.iter().any(|row| row.id == release.snapshot && row.id != after.id);
        let revoked: Vec<&ReleaseRow> = releases.iter().filter(of_line).collect();
        // Until the old weights are revoked nothing is forgotten.
        if line.len() < 2 || revoked.iter().any(|release| release.state == ReleaseState::Released) {
            continue;
        }
        // The oldest that was ever served: what came between was never certified.
        let revoked = revoked.into_iter().rfind(|release| release.adapters.is_some());
        let served = releases.iter().find(|r| r.snapshot == after.id && r.state == ReleaseState::Released);
        let of_weights = |row: &&&SnapshotRow| revoked.is_none_or(|release| release.snapshot == row.id);
        let Some(before) = line.iter().find(of_weights) else { continue };
        let certificate = certificate(platform, (before, after), revoked, served, now).await?;
        certificate.clone().sign(&platform.store)?.keep(&folder(platform))?;
        made.push(certificate);
    }
    Ok(made)
}

/// The snapshots from the last certified one, or the first, to this one.
fn line<'a>(
    rows: &'a [SnapshotRow],
    last: &'a SnapshotRow,
    is_certified: impl Fn(&SnapshotId) -> bool,
) -> Vec<&'a SnapshotRow> {
    let mut line = vec![last];
    while let Some(at) = line.last().filter(|row| !is_certified(&row.id))
        && let Some(parent) = at.parent.as_ref().and_then(|id| rows.iter().find(|row| row.id == *id))
    {
        line.push(parent);
    }
    line.reverse();
    line
}

async fn certificate(
    platform: &Platform,
    (before, after): (&SnapshotRow, &SnapshotRow),
    revoked: Option<&ReleaseRow>,
    served: Option<&ReleaseRow>,
    now: Timestamp,
) -> Result<Certificate> {
    let there = platform.store.snapshot_members(&before.id).await?;
    let stay = platform.store.snapshot_members(&after.id).await?;
    let weights = match revoked {
        Some(revoked) => Some(weights(platform, revoked, served, &first_slices(&there, &stay)).await?),
        None => None,
    };
    Ok(Certificate {
        format: FORMAT,
        made: now,
        members: tokens(platform, &before.id, &there, &stay).await?,
        before: paper(before)?,
        after: paper(after)?,
        weights,
    })
}

fn paper(row: &SnapshotRow) -> Result<SnapshotPaper> {
    let sealed = row.sealed_seq.with_context(|| format!("snapshot `{}` has no seal", row.id))?;
    Ok(SnapshotPaper { snapshot: row.id.clone(), manifest: row.manifest.clone(), rows: row.records, sealed })
}

/// Those who left, by their tokens in the set of the snapshot before.
async fn tokens(
    platform: &Platform,
    before: &SnapshotId,
    there: &[SnapshotMember],
    stay: &[SnapshotMember],
) -> Result<Vec<String>> {
    let stay: BTreeSet<&MemberId> = stay.iter().map(|place| &place.member).collect();
    let left: Vec<MemberId> =
        there.iter().map(|place| &place.member).filter(|member| !stay.contains(member)).cloned().collect();
    let secrets = platform.store.member_secrets(&left).await?;
    let mut tokens: Vec<String> = secrets.values().map(|secret| hex::encode(token(secret, before).0)).collect();
    // In no order that says anything.
    tokens.sort();
    Ok(tokens)
}

/// The first slice of each shard in which somebody has other rows than before: who left, who deleted a record, and whose
/// equal text came back from the reserve.
fn first_slices(there: &[SnapshotMember], stay: &[SnapshotMember]) -> BTreeMap<u16, u16> {
    let now: BTreeMap<&MemberId, &SnapshotMember> = stay.iter().map(|place| (&place.member, place)).collect();
    let mut first = BTreeMap::new();
    for place in there {
        let same = now.get(&place.member).is_some_and(|now| (now.records, now.tokens) == (place.records, place.tokens));
        if !same {
            let slice = first.entry(place.shard).or_insert(place.slice);
            *slice = place.slice.min(*slice);
        }
    }
    first
}

async fn weights(
    platform: &Platform,
    revoked: &ReleaseRow,
    served: Option<&ReleaseRow>,
    first_slices: &BTreeMap<u16, u16>,
) -> Result<Weights> {
    let before = adapters(platform, &revoked.id).await?;
    let after = match served {
        Some(served) => adapters(platform, &served.id).await?,
        None => BTreeMap::new(),
    };
    let history = platform.store.history();
    let shards = before.iter().filter(|(shard, adapter)| after.get(shard) != Some(adapter));
    let paper = |(shard, adapter): (&u16, &String)| ShardPaper {
        shard: *shard,
        first_slice: first_slices.get(shard).copied().unwrap_or_default(),
        before: Some(adapter.clone()),
        after: after.get(shard).cloned(),
    };
    let profile = served.unwrap_or(revoked).metrics.get("profile").and_then(serde_json::Value::as_str);
    Ok(Weights {
        before: revoked.id.clone(),
        revoked: entry(&history, |event| matches!(event, Event::ModelWithdrawn { release } if *release == revoked.id)),
        after: served.map(|row| row.id.clone()),
        released: served.and_then(|row| {
            entry(&history, |event| matches!(event, Event::ModelReleased { release, .. } if *release == row.id))
        }),
        base: served.unwrap_or(revoked).base.clone(),
        recipe: served.unwrap_or(revoked).recipe.clone(),
        profile: profile.unwrap_or_default().to_owned(),
        adapters_before: revoked.adapters.clone(),
        adapters_after: served.and_then(|row| row.adapters.clone()),
        shards: shards.map(paper).collect(),
    })
}

/// The adapters of a release by shard. One that left and was never trained again is still named by what it was.
async fn adapters(platform: &Platform, release: &ReleaseId) -> Result<BTreeMap<u16, String>> {
    let rows = platform.store.release_shards(release).await?;
    Ok(rows.into_iter().filter_map(|row| Some((row.shard, row.adapter?))).collect())
}

/// The last entry of this kind.
fn entry(history: &History, is_it: impl Fn(&Event) -> bool) -> Option<Seq> {
    history.of_platform(history.last()).filter(|logged| is_it(&logged.event)).map(|logged| logged.seq).last()
}
