//! Others who keep the log's checkpoints: witnesses over HTTP, and files outside of the data folder. They are asked before
//! anything is decided, so that an old backup that was restored is found out, and told of every checkpoint.

use crate::platform::{self, Platform};
use anyhow::{Context, Result};
use candor_assist::outgoing::{Destination, post_text};
use candor_store::Standing;
use candor_tlog::{Checkpoint, consistency_proof, consistency_reads, witness::AddCheckpoint};
use candor_web::bundle::keep_cosigned;
use serde::Serialize;
use std::{collections::BTreeMap, path::Path, time::Duration};

/// Times that a witness's size is learnt and the proof made anew before giving up.
const TRIES: usize = 3;
/// How long the server waits between two rounds.
const ROUND: Duration = Duration::from_secs(60);

/// What a witness said.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub enum Told {
    /// It cosigned our checkpoint.
    Cosigned {
        /// Entries of the log that it has seen.
        size: u64,
    },
    /// It has signed more entries than our log has: our log was set back.
    Ahead {
        /// Entries that it signed.
        size: u64,
    },
    /// Our checkpoint does not continue the one that it signed.
    Contradicts,
    /// It does not follow this log, or does not know its key.
    Stranger,
    /// It did not answer, or not as a witness does.
    Silent {
        /// What happened.
        why: String,
    },
}

/// Compares the log with what others keep, and holds the store if they know more. Called before anything is decided.
pub async fn compare(platform: &Platform) -> Result<Standing> {
    let settings = &platform.settings.log;
    let mut outside = Vec::new();
    for file in &settings.outside {
        // A medium that is not there today says nothing; a file that is there says what it says.
        if file.is_file() {
            let words = || format!("cannot read the outside checkpoint `{}`", file.display());
            outside.push(std::fs::read_to_string(file).with_context(words)?);
        }
    }
    platform.store.compare(&outside).await?;
    for url in &settings.witnesses {
        let told = tell(platform, url).await?;
        heed(platform, url, &told).await?;
    }
    Ok(platform.store.standing())
}

/// Compares, and refuses to go on while nothing may be decided: the first step of every command that uses members' data.
pub async fn before_deciding(platform: &Platform) -> Result<()> {
    compare(platform).await?;
    Ok(platform.store.may_decide()?)
}

/// Holds the store if a witness knows of a log that is not ours.
pub async fn heed(platform: &Platform, url: &str, told: &Told) -> Result<()> {
    let reason = match told {
        Told::Ahead { size } => {
            format!("the witness `{url}` has signed {size} entries, more than the log has: an old backup was restored")
        }
        Told::Contradicts => format!("the witness `{url}` has signed another log than this one: the log was rewritten"),
        Told::Silent { why } => {
            tracing::warn!(url, why, "a witness did not answer");
            return Ok(());
        }
        Told::Stranger => {
            tracing::warn!(url, "a witness does not follow this log; give it the key of `candor log key`");
            return Ok(());
        }
        Told::Cosigned { .. } => return Ok(()),
    };
    // It will never sign this log again, so that whoever lifts the hold has to do without it.
    let remedy = "restore the newest backup, or lift the hold and take the witness out of `log.witnesses`";
    Ok(platform.store.hold(&format!("{reason}; {remedy}")).await?)
}

/// Tells a witness of the last checkpoint, and keeps its cosignature.
pub async fn tell(platform: &Platform, url: &str) -> Result<Told> {
    let to = Destination::parse(&format!("{}/add-checkpoint", url.trim_end_matches('/')))?;
    let Some(note) = platform.store.checkpoint() else {
        return Ok(Told::Silent { why: "the store is held and signs nothing".into() });
    };
    let ours = Checkpoint::unverified(&note)?;
    let mut old = kept_size(platform.dir(), url)?;
    if old > ours.size {
        return Ok(Told::Ahead { size: old });
    }
    for _ in 0..TRIES {
        let hashes = platform.store.tree_hashes(consistency_reads(old, ours.size)?).await?;
        let proof = consistency_proof(old, ours.size, &hashes)?;
        let body = AddCheckpoint { old, proof, note: note.clone() }.to_body();
        let asked = to.clone();
        let answer = tokio::task::spawn_blocking(move || post_text(&asked, &body)).await?;
        let (status, text) = match answer {
            Ok(answer) => answer,
            Err(error) => return Ok(Told::Silent { why: error.to_string() }),
        };
        match status {
            200 => {
                keep_size(platform.dir(), url, ours.size)?;
                keep_cosigned(&platform.store, platform::now(), &note, &text).await?;
                return Ok(Told::Cosigned { size: ours.size });
            }
            409 => match text.trim().parse::<u64>() {
                Ok(kept) if kept > ours.size => return Ok(Told::Ahead { size: kept }),
                // Of one size, yet not our root.
                Ok(kept) if kept == old => return Ok(Told::Contradicts),
                Ok(kept) => old = kept,
                Err(_) => return Ok(Told::Silent { why: "it answered 409 without a size".into() }),
            },
            422 => return Ok(Told::Contradicts),
            403 | 404 => return Ok(Told::Stranger),
            other => return Ok(Told::Silent { why: format!("it answered {other}") }),
        }
    }
    Ok(Told::Silent { why: "its size changed at every try".into() })
}

/// Tells every witness whenever the log has grown; never ends.
pub async fn follow(platform: Platform) {
    let mut told = BTreeMap::new();
    loop {
        let size = platform.store.head().seq.0;
        for url in &platform.settings.log.witnesses {
            if told.get(url) == Some(&size) {
                continue;
            }
            match tell(&platform, url).await {
                Ok(answer) => {
                    if matches!(answer, Told::Cosigned { .. }) {
                        told.insert(url.clone(), size);
                    }
                    if let Err(error) = heed(&platform, url, &answer).await {
                        tracing::error!(%error, url, "cannot hold the store");
                    }
                }
                Err(error) => tracing::error!(%error, url, "cannot tell a witness"),
            }
        }
        if let Err(error) = write_outside(&platform) {
            tracing::warn!(%error, "cannot write the checkpoint outside of the data folder");
        }
        tokio::time::sleep(ROUND).await;
    }
}

/// Writes the last checkpoint into the files outside of the data folder whose folder is there.
pub fn write_outside(platform: &Platform) -> Result<()> {
    let Some(note) = platform.store.checkpoint() else { return Ok(()) };
    for file in &platform.settings.log.outside {
        if file.parent().is_some_and(|folder| folder.as_os_str().is_empty() || folder.is_dir()) {
            platform::write_durable(file, note.as_bytes())
                .with_context(|| format!("cannot write `{}`", file.display()))?;
        }
    }
    Ok(())
}

fn kept_size(dir: &Path, url: &str) -> Result<u64> {
    let file = file(dir, url);
    match std::fs::read_to_string(&file) {
        // Damaged is as unknown: the witness says its size itself.
        Ok(text) => Ok(text.trim().parse().unwrap_or(0)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(0),
        Err(error) => Err(error).with_context(|| format!("cannot read `{}`", file.display())),
    }
}

fn keep_size(dir: &Path, url: &str, size: u64) -> Result<()> {
    platform::write_durable(&file(dir, url), size.to_string().as_bytes())
}

/// Addresses hold what a file name must not, so the name is a digest.
fn file(dir: &Path, url: &str) -> std::path::PathBuf {
    use sha2::Digest;
    let name = hex::encode(sha2::Sha256::digest(url.as_bytes()));
    dir.join("witnesses").join(format!("{}.size", name.get(..16).unwrap_or(&name)))
}
