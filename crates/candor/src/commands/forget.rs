//! `candor forget`: takes a member's influence out of snapshots and weights, and waits until it is done.

use crate::{
    cli::{Forget, Global},
    jobs::{choose, forget_member},
    output,
    platform::{self, Platform},
};
use anyhow::Result;
use candor_core::{ChoiceValue, PurposeKey, Scope};

/// Runs the command.
pub async fn run(global: &Global, args: Forget) -> Result<()> {
    let platform = Platform::open(global).await?;
    let member = platform.member(&args.member).await?;
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
