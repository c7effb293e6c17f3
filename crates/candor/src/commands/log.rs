//! `candor log show|verify|checkpoint|key|rotate-key|push|refused|hold|release-hold`: the transparency log from the operator's
//! side. What a member or an auditor checks without the platform is `candor verify`.

use crate::{
    cli::{Global, Log},
    exit::Outcome,
    output::{self, grouped},
    platform::{self, Platform},
    witnesses::{self, Told},
};
use anyhow::Result;
use candor_core::Seq;
use candor_store::{Change, Receipt};
use serde_json::json;

/// Entries that are read at once.
const PAGE: u32 = 1_000;

/// Runs the command.
pub async fn run(global: &Global, args: Log) -> Result<()> {
    let platform = Platform::open(global).await?;
    let json = global.json;
    match args {
        Log::Show { from, limit } => show(&platform, from, limit, json).await,
        Log::Verify => verify(&platform, json).await,
        Log::Checkpoint => {
            let Some(note) = platform.store.checkpoint() else {
                platform.store.may_decide()?;
                return Err(Outcome::Refused("nothing is signed yet; ask again after the next entry".into()).into());
            };
            output::line(note.trim_end());
            Ok(())
        }
        Log::Key { trust } => key(&platform, trust, json),
        Log::RotateKey => {
            let receipt = rotate_key(&platform).await?;
            told(&receipt, &format!("the log has a new key since entry {}", receipt.seq), json)
        }
        Log::Push { witness } => push(&platform, witness, json).await,
        Log::Refused { limit } => refused(&platform, limit, json).await,
        Log::Hold { reason } => {
            platform.store.hold(&reason).await?;
            output::line("held: choices are taken, nothing is decided until `candor log release-hold`");
            Ok(())
        }
        Log::ReleaseHold { officer, reason } => {
            let receipt = platform.store.release_hold(platform::now(), &officer, &reason).await?;
            told(&receipt, &format!("the hold is lifted, logged as entry {}", receipt.seq), json)
        }
    }
}

/// Changes the key, and keeps the checkpoint that both keys signed: bundles show it.
async fn rotate_key(platform: &Platform) -> Result<Receipt> {
    let now = platform::now();
    let receipt = platform.store.rotate_key(now).await?;
    let key = format!("{}{}", candor_web::bundle::KEY_CHANGE, receipt.size);
    let kept = Change::PutDocument { key, json: json!(receipt.checkpoint) };
    platform.store.commit(now, vec![kept]).await?;
    Ok(receipt)
}

fn told(receipt: &Receipt, words: &str, json: bool) -> Result<()> {
    if json {
        return output::json(receipt);
    }
    output::line(words);
    Ok(())
}

async fn show(platform: &Platform, from: u64, limit: u64, json: bool) -> Result<()> {
    let (mut next, mut left) = (Seq(from.max(1)), limit);
    while left > 0 {
        let entries = platform.store.entries(next, PAGE.min(u32::try_from(left).unwrap_or(PAGE))).await?;
        let Some(last) = entries.last() else { break };
        next = Seq(last.seq.0 + 1);
        left -= (entries.len() as u64).min(left);
        for entry in &entries {
            if json {
                output::json(entry)?;
            } else {
                output::line(&format!("{:>8}  {}  {:<22} {}", entry.seq, entry.t, entry.kind, entry.leaf));
            }
        }
    }
    Ok(())
}

/// The whole log from its rows, then everything that it sealed.
async fn verify(platform: &Platform, json: bool) -> Result<()> {
    let broken = |what: String| Outcome::Verification(what);
    let head = platform.store.verify_log().await.map_err(|error| broken(format!("the log does not hold: {error}")))?;
    let mut sealed = 0_u64;
    for row in platform.store.snapshots().await?.into_iter().filter(|row| !row.withdrawn) {
        let folder = platform.snapshot_dir(row.id.as_str());
        let opened = candor_dataset::Snapshot::open(&folder)
            .map_err(|error| broken(format!("snapshot `{}` is not what was sealed: {error}", row.id)))?;
        if opened.manifest_hash() != row.manifest {
            return Err(broken(format!("the manifest of `{}` is not the one in the log", row.id)).into());
        }
        crate::member_set::verify(platform, &row)
            .await?
            .map_err(|error| broken(format!("the member set of `{}` is not what was sealed: {error}", row.id)))?;
        sealed += 1;
    }
    if json {
        return output::json(&json!({"entries": head.seq, "root": head.root, "snapshots": sealed}));
    }
    output::line(&format!("{} entries, every leaf and every hash is what it must be", grouped(head.seq.0)));
    output::line(&format!("root {}", head.root));
    output::line(&format!("{sealed} sealed snapshots and their member sets are what was sealed"));
    Ok(())
}

fn key(platform: &Platform, trust: bool, json: bool) -> Result<()> {
    let keys = platform.store.log_keys();
    if trust {
        // What an outsider keeps: the first key; later ones are shown by the bundle.
        let first = keys.first().map(|(_, key)| key.clone()).unwrap_or_default();
        return output::json(&json!({"key": first}));
    }
    for (from, key) in keys {
        if json {
            output::json(&json!({"from": from, "key": key}))?;
        } else {
            output::line(&key);
        }
    }
    Ok(())
}

async fn push(platform: &Platform, witness: Vec<String>, json: bool) -> Result<()> {
    let urls = if witness.is_empty() { platform.settings.log.witnesses.clone() } else { witness };
    if urls.is_empty() {
        let words = "no witness is named: set `log.witnesses`, or give addresses";
        return Err(Outcome::Usage(words.into()).into());
    }
    let mut silent = 0;
    for url in &urls {
        let answer = witnesses::tell(platform, url).await?;
        witnesses::heed(platform, url, &answer).await?;
        silent += u32::from(!matches!(answer, Told::Cosigned { .. }));
        if json {
            output::json(&json!({"witness": url, "answer": answer}))?;
        } else {
            output::line(&format!("{url}: {}", words_of(&answer)));
        }
    }
    witnesses::write_outside(platform)?;
    if silent > 0 {
        return Err(Outcome::Partial(format!("{silent} of {} witnesses did not cosign", urls.len())).into());
    }
    Ok(())
}

fn words_of(told: &Told) -> String {
    match told {
        Told::Cosigned { size } => format!("cosigned {} entries", grouped(*size)),
        Told::Ahead { size } => {
            format!("has signed {} entries, more than this log has; the store is held", grouped(*size))
        }
        Told::Contradicts => "has signed another log; the store is held".into(),
        Told::Stranger => "does not follow this log; give it the key of `candor log key`".into(),
        Told::Silent { why } => format!("no answer: {why}"),
    }
}

async fn refused(platform: &Platform, limit: u32, json: bool) -> Result<()> {
    for row in platform.store.refused(limit).await? {
        if json {
            output::json(&row)?;
        } else {
            output::line(&format!("{}  {:<22} {}", row.t, row.kind, row.code));
        }
    }
    Ok(())
}
