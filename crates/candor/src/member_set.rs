//! The member set of a sealed snapshot: kept before the seal that states its head, checked against it afterwards. With it
//! a member is shown that a snapshot holds their records, or holds none of them.

use crate::platform::Platform;
use anyhow::{Context, Result};
use candor_core::{Event, Logged, MemberId, event::SetHead};
use candor_dataset::Sealed;
use candor_store::{RecordDigests, SnapshotRow};
use candor_tlog::{MemberSet, RecordsDigest, entry, token};

/// Builds and keeps the set of everyone in a sealed folder; gives what the seal states of it.
pub async fn keep(platform: &Platform, sealed: &Sealed) -> Result<SetHead> {
    let id = &sealed.manifest.id;
    let mut members: Vec<(&MemberId, &[[u8; 32]])> = Vec::with_capacity(sealed.members.len());
    for member in &sealed.members {
        let name = member.member.as_ref().context("a member of the snapshot is not named")?;
        members.push((name, &member.digests));
    }
    let names: Vec<MemberId> = members.iter().map(|(name, _)| (*name).clone()).collect();
    let secrets = platform.store.member_secrets(&names).await?;
    let (mut entries, mut records) = (Vec::with_capacity(members.len()), RecordDigests::new());
    for (name, digests) in members {
        let secret =
            secrets.get(name).with_context(|| format!("member `{name}` was never enrolled; import them again"))?;
        let (token, value) = entry(secret, id, &RecordsDigest::of(digests.iter().copied()));
        entries.push((token, value).into());
        records.insert(token, digests.to_vec());
    }
    let set = MemberSet::build(entries)?;
    let head = set.head().stated();
    platform.store.put_set(id, set, records).await?;
    Ok(head)
}

/// Blanks what the kept sets say of a member's records, for an erasure; called while their secret is still there.
pub async fn forget(platform: &Platform, member: &MemberId) -> Result<()> {
    let Some(secret) = platform.store.member_secret(member).await? else { return Ok(()) };
    for row in platform.store.snapshots().await? {
        platform.store.forget_in_set(&row.id, token(&secret, &row.id)).await?;
    }
    Ok(())
}

/// Whether the kept set of a snapshot is the one that its seal states; a seal without one has nothing to check.
pub async fn verify(platform: &Platform, row: &SnapshotRow) -> Result<Result<(), String>> {
    let seq = row.sealed_seq.context("the snapshot has no seal")?;
    let logged = platform.store.entry(seq).await?.and_then(|entry| entry.payload);
    let logged: Logged = serde_json::from_str(&logged.context("the seal is not in the log")?)?;
    let Event::SnapshotSealed { set: Some(stated), .. } = logged.event else { return Ok(Ok(())) };
    Ok(match platform.store.set(&row.id).await {
        Ok(Some(set)) if set.head().stated() == stated => Ok(()),
        Ok(Some(_)) => Err("it has another root".into()),
        Ok(None) => Err("its file is missing".into()),
        Err(error) => Err(error.to_string()),
    })
}
