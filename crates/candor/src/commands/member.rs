//! `candor member list|show|set|bundle`: members, their choices, where their records are used, and the proof of all that.

use crate::{
    cli::{Global, Member},
    exit::Outcome,
    jobs::choose,
    output,
    platform::{self, Platform},
};
use anyhow::Result;
use candor_core::{ChoiceValue, MemberId, PurposeKey, ReleaseId, Scope};
use serde_json::json;

/// Members that are read at once.
const PAGE: u32 = 1_000;
/// Records of a member that are listed, the newest.
const RECORDS: u32 = 100;

/// Runs the command.
pub async fn run(global: &Global, args: Member) -> Result<()> {
    let platform = Platform::open(global).await?;
    match args {
        Member::List { in_release: Some(release), limit, .. } => {
            let release = super::release::find(&platform, &release).await?;
            list_ids(&in_release(&platform, &release.id).await?, limit, global.json)
        }
        Member::List { in_snapshot: Some(snapshot), limit, .. } => {
            let snapshot = super::snapshot::find(&platform, &snapshot).await?;
            let members = platform.store.snapshot_members(&snapshot.id).await?;
            let used = members.into_iter().filter(|member| member.records > 0).map(|member| member.member);
            list_ids(&used.collect::<Vec<_>>(), limit, global.json)
        }
        Member::List { limit, .. } => list(&platform, limit, global.json).await,
        Member::Show { member } => show(&platform, &member, global.json).await,
        Member::Bundle { member } => {
            let member = platform.member_id(&member).await?;
            let bundle = candor_web::bundle::of_member(&platform.store, &member).await?;
            output::line(bundle.to_text()?.trim_end());
            Ok(())
        }
        Member::Set { member, value, purpose, scope } => {
            let value = if value == "on" { ChoiceValue::On } else { ChoiceValue::Off };
            let scope = scope.map(|s| serde_json::from_value::<Scope>(json!(s))).transpose()?;
            set(&platform, &member, value, PurposeKey::new(purpose)?, scope, global.json).await
        }
    }
}

/// Everybody whose data is in a release's serving shards.
async fn in_release(platform: &Platform, release: &ReleaseId) -> Result<Vec<MemberId>> {
    let mut members: Vec<MemberId> = Vec::new();
    loop {
        let page = platform.store.members_in_release(release, members.last(), PAGE).await?;
        let full = page.len() == PAGE as usize;
        members.extend(page);
        if !full {
            return Ok(members);
        }
    }
}

fn list_ids(members: &[MemberId], limit: u32, json: bool) -> Result<()> {
    for member in members.iter().take(limit as usize) {
        if json {
            output::json(&json!({ "member": member }))?;
        } else {
            output::line(member.as_str());
        }
    }
    Ok(())
}

async fn list(platform: &Platform, limit: u32, json: bool) -> Result<()> {
    let (mut after, mut left): (Option<MemberId>, u32) = (None, limit);
    while left > 0 {
        let page = platform.store.members(after.as_ref(), PAGE.min(left)).await?;
        for member in &page {
            if json {
                output::json(
                    &json!({"member": member.id, "handle": member.handle, "name": member.name, "residence": member.residence}),
                )?;
            } else {
                let handle = member.handle.as_deref().map(|h| format!("@{h}")).unwrap_or_default();
                output::line(&format!("{:<16} {:<22} {}", member.id, handle, member.name));
            }
        }
        left -= u32::try_from(page.len())?.min(left);
        after = page.last().map(|member| member.id.clone());
        if page.len() < PAGE as usize {
            break;
        }
    }
    Ok(())
}

async fn show(platform: &Platform, text: &str, json: bool) -> Result<()> {
    let member = platform.member(text).await?;
    let training = PurposeKey::generative_training();
    let choice = platform.store.choice(&member.id, &training, platform::now());
    let used = platform.store.used_by(&member.id).await?;
    let records = platform.store.records_of(&member.id, RECORDS).await?;
    if json {
        let records = records.iter().map(|r| json!({"record": r.id, "kind": r.kind, "created": r.created}));
        let records: Vec<_> = records.collect();
        return output::json(&json!({"member": member, "choice": choice, "used": used, "records": records}));
    }
    output::line(&format!(
        "{}  {}  {}",
        member.id,
        member.name,
        member.residence.as_deref().unwrap_or("place unknown")
    ));
    output::line(&format!("generative training: {}", choice_words(&choice)));
    for used in &used {
        output::line(&format!("  in snapshot {}: {} records, {} tokens", used.snapshot, used.records, used.tokens));
    }
    if used.is_empty() {
        output::line("  in no snapshot");
    }
    for record in &records {
        output::line(&format!("  record {}  {}  {}", record.id, record.created.strftime("%F"), record.kind.as_str()));
    }
    Ok(())
}

fn choice_words(choice: &candor_store::ChoiceView) -> String {
    let word = match choice.value {
        ChoiceValue::On => "on",
        ChoiceValue::Off => "off",
    };
    match (choice.default, choice.seq) {
        (false, Some(seq)) => format!("{word}, set by log entry {seq}"),
        _ => format!("{word} by default"),
    }
}

async fn set(
    platform: &Platform,
    text: &str,
    value: ChoiceValue,
    purpose: PurposeKey,
    scope: Option<Scope>,
    json: bool,
) -> Result<()> {
    if platform.store.history().book().purpose(&purpose).is_none() {
        return Err(Outcome::Usage(format!("the rule book has no purpose `{purpose}`")).into());
    }
    let member = platform.member_id(text).await?;
    let receipt = choose::run(platform, &member, &purpose, value, scope, platform::now()).await?;
    if json {
        return output::json(&receipt);
    }
    output::line(&format!("set; durable as log entry {} (leaf {})", receipt.seq, receipt.leaf));
    if scope == Some(Scope::Retract) {
        output::line("what was trained with it is being taken out: `candor serve` works on it, or run `candor forget`");
    }
    Ok(())
}
