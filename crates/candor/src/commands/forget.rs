//! `candor forget MEMBER` takes a member's influence out of snapshots and weights, and waits until it is done;
//! `candor forget verify CERT` checks a certificate of it.

use crate::{
    certificate::Signed,
    cli::{Forget, ForgetCommand, Global},
    exit::Outcome,
    jobs::{choose, forget_member, verify_forgetting},
    output,
    platform::{self, Platform},
};
use anyhow::{Context, Result};
use candor_core::{ChoiceValue, PurposeKey, Scope};
use std::path::Path;

/// Runs the command.
pub async fn run(global: &Global, args: Forget) -> Result<()> {
    match args.command {
        Some(ForgetCommand::Verify { certificate }) => verify(global, &certificate).await,
        None => forget(global, &args.member.context("no member is named")?).await,
    }
}

async fn forget(global: &Global, member: &str) -> Result<()> {
    let platform = Platform::open(global).await?;
    let member = platform.member(member).await?;
    let training = PurposeKey::generative_training();
    // What is to be forgotten may not come back with the next snapshot.
    choose::run(&platform, &member.id, &training, ChoiceValue::Off, Some(Scope::Retract), platform::now()).await?;
    let done = forget_member::run(&platform, &member.id, None).await?;
    if global.json {
        return output::json(&done);
    }
    output::line(&done.to_string());
    Ok(())
}

async fn verify(global: &Global, certificate: &Path) -> Result<()> {
    let signed = Signed::read(certificate)?;
    let platform = Platform::open(global).await?;
    let checked = verify_forgetting::run(&platform, &signed).await?;
    if global.json {
        output::json(&checked)?;
    } else {
        output::line(&checked.to_string());
    }
    match checked.not_reproduced {
        Some(why) => {
            Err(Outcome::Partial(format!("signature and log hold, but the bytes were not compared: {why}")).into())
        }
        None => Ok(()),
    }
}
