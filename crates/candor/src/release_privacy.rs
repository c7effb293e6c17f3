//! Differential privacy of a release: the keys of its noise before it is trained, and what it promises each member after.

use crate::release_audit::Slices;
use anyhow::Result;
use candor_ml::{
    dp::{PrivacyBudget, seal_key},
    recipe::Recipe,
    train::shard_folder,
};
use rand::{TryRngCore, rngs::OsRng};
use std::{collections::BTreeSet, path::Path};

/// Gives every shard of a private recipe the key of its noise, unless it has one for these rows.
pub fn seal_keys(recipe: &Recipe, shards: &[Slices], folder: &Path) -> Result<()> {
    if recipe.privacy.is_none() {
        return Ok(());
    }
    for (shard, slices) in shards.iter().enumerate() {
        let mut fresh = [0; 32];
        OsRng.try_fill_bytes(&mut fresh)?;
        seal_key(&shard_folder(folder, shard), &slices.concat(), fresh)?;
    }
    Ok(())
}

/// What the release promises each member; none if its recipe keeps nobody private. Shards have no member in common, so together
/// they promise what one does.
pub fn budget(recipe: &Recipe, shards: &[Slices]) -> Result<Option<PrivacyBudget>> {
    let Some(privacy) = &recipe.privacy else { return Ok(None) };
    let members: BTreeSet<&str> = shards.iter().flatten().flatten().map(|row| row.member.as_str()).collect();
    Ok(Some(PrivacyBudget::of(privacy.mechanism(), members.len() as u64)?))
}

/// The promise in a line.
pub fn line(budget: &PrivacyBudget) -> String {
    let PrivacyBudget { epsilon, delta, tier, .. } = budget;
    format!("privacy of each member: epsilon {epsilon:.2} at a delta of {delta:.1e} ({tier})")
}
