//! The joint stage: one more adapter, learnt on top of the base and the mean of all shards, from a sample of everybody's rows. Shards
//! that never see each other learn the same things side by side and each too little; a short pass over all of them together wins most
//! of that back. It saw everybody, so it leaves with whoever leaves: it is deleted and learnt anew after every forgetting, and is kept
//! so short that this costs little.
//!
//! Whether a row is in the sample depends on the row and the recipe alone, so a member who leaves changes nobody else's place in it.
//! Base, shards, rows and recipe decide every bit: what is made after a forgetting is what would have been made without the member.

use crate::adapter::Adapter;
use crate::base::Base;
use crate::error::Result;
use crate::files;
use crate::merge::merge;
use crate::metrics;
use crate::progress::Progress;
use crate::recipe::{Joint, Recipe};
use crate::shard::TrainRow;
use crate::train::{ShardResult, Watch, train_shard};
use std::path::{Path, PathBuf};

/// Folder of the joint stage below the run's folder.
pub fn joint_folder(root: &Path) -> PathBuf {
    root.join("joint")
}

/// The rows of the joint stage, in the order of shards and slices.
pub fn sample(recipe: &Recipe, joint: &Joint, shards: &[Vec<Vec<TrainRow>>]) -> Vec<TrainRow> {
    shards.iter().flatten().flatten().filter(|row| in_sample(recipe, joint, row)).cloned().collect()
}

/// Whether a row is in the sample.
pub(crate) fn in_sample(recipe: &Recipe, joint: &Joint, row: &TrainRow) -> bool {
    files::share_of(&format!("{} joint {} {}", recipe.seed, row.member, row.record)) < joint.share
}

/// Trains the joint adapter in `folder` on top of the shards' adapters, or takes it over if it was made from the same. Deletes what
/// was made from other shards or rows. None if the recipe has no joint stage.
pub fn train_joint(
    base: &Base,
    recipe: &Recipe,
    adapters: &[Adapter],
    shards: &[Vec<Vec<TrainRow>>],
    folder: &Path,
    watch: Watch<'_>,
) -> Result<Option<ShardResult>> {
    let Some(joint) = &recipe.joint else { return Ok(None) };
    // The mean under it is its base: other shards are another base by their bytes, and nothing made on one is taken for the other.
    let ground = Base::new(base.config().clone(), base.tokenizer().clone(), merge(base, adapters, None)?)?;
    let alone = Recipe {
        learning_rate: joint.learning_rate,
        epochs: joint.epochs,
        batch_tokens: joint.batch_tokens,
        shards: 1,
        slices: 1,
        cooldown: true,
        joint: None,
        ..recipe.clone()
    };
    let progress = |report: Progress| (watch.progress)(Progress { stage: metrics::JOINT.into(), ..report });
    let watch = Watch { progress: &progress, cancel: watch.cancel };
    // A number that no shard has: the order of its batches is its own.
    train_shard(&ground, &alone, recipe.shards, &[sample(recipe, joint, shards)], folder, watch).map(Some)
}

/// The joint adapter of a release; none if the recipe that made it had no such stage, or if it has left.
pub fn load_joint(root: &Path, base: &Base) -> Result<Option<Adapter>> {
    let folder = joint_folder(root).join("adapter");
    match folder.join(crate::adapter::WEIGHTS_FILE).is_file() {
        true => Adapter::load(&folder, base.config()).map(Some),
        false => Ok(None),
    }
}

/// Deletes the joint adapter with everything it was made from: the first thing to do when anybody leaves.
pub fn drop_joint(root: &Path) -> Result<()> {
    files::remove_folder_if_there(&joint_folder(root))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sample_has_its_share_and_nobody_moves_when_one_leaves() {
        let row = |member: usize, record: usize| TrainRow {
            member: format!("m{member}"),
            record: format!("r{record}"),
            tokens: vec![1],
        };
        let all: Vec<TrainRow> = (0..200).flat_map(|m| (0..20).map(move |r| row(m, r))).collect();
        let recipe = Recipe::default();
        let joint = Joint { share: 0.2, learning_rate: 1e-3, epochs: 1, batch_tokens: 512 };
        let chosen = |rows: &[TrainRow], joint: &Joint| sample(&recipe, joint, &[vec![rows.to_vec()]]);
        let whole = chosen(&all, &joint);
        assert!((700..900).contains(&whole.len()), "{}", whole.len());
        let without: Vec<TrainRow> = all.iter().filter(|row| row.member != "m7").cloned().collect();
        let expected: Vec<TrainRow> = whole.into_iter().filter(|row| row.member != "m7").collect();
        assert_eq!(chosen(&without, &joint), expected);
        assert_eq!(chosen(&all, &Joint { share: 1.0, ..joint }).len(), all.len());
    }
}
