//! `candor erase`: no byte of a member's data is left; everybody else's proofs still verify.

use crate::{
    cli::{Erase, Global},
    exit::Outcome,
    jobs::erase_member,
    output,
    platform::{self, Platform},
};
use anyhow::Result;

/// Runs the command.
pub async fn run(global: &Global, args: Erase) -> Result<()> {
    let platform = Platform::open(global).await?;
    let member = platform.member(&args.member).await?;
    if !args.yes {
        let records = platform.store.records_of(&member.id, u32::MAX).await?.len();
        let used = platform.store.used_by(&member.id).await?.len();
        return Err(Outcome::Usage(format!(
            "would erase member `{}`: {records} records, and their part of {used} snapshots and their weights; add --yes",
            member.id
        ))
        .into());
    }
    let done = erase_member::run(&platform, &member.id, None, platform::now()).await?;
    if global.json {
        return output::json(&done);
    }
    output::line(&done.to_string());
    Ok(())
}
