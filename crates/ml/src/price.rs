//! The price of reversibility: how much of what one adapter over all rows would have learnt is kept by shards that can each forget.
//! Both are measured on the same held-out rows after every slice, so that a release can draw both curves. The one adapter, the
//! reference, is learnt only to be measured: it could forget nobody cheaply, so it is deleted and never served.

use crate::adapter::Adapter;
use crate::base::Base;
use crate::error::{MlError, Result};
use crate::eval::held_out_loss;
use crate::files;
use crate::merge::merge;
use crate::model::Model;
use crate::progress::Progress;
use crate::recipe::Recipe;
use crate::shard::{TrainRow, adapter_after};
use crate::train::{Watch, train_shard};
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};

/// Held-out tokens after which no further row is scored: two curves take many passes over them.
const SCORED_TOKENS: usize = 12_000;

/// Losses in nats a token on held-out rows, each curve with one value a slice.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Price {
    /// Held-out tokens they were measured on.
    pub tokens: u64,
    /// Of the base alone.
    pub base: f64,
    /// Of the mean of all shards after each slice.
    pub shards: Vec<f64>,
    /// Of what is served: the mean of the finished shards, with the joint adapter if the recipe has that stage.
    pub served: f64,
    /// The one adapter; none if it was not asked for.
    pub reference: Option<Reference>,
}

/// One adapter over all rows with the same recipe.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Reference {
    /// Share of the rows it learnt from. Below 1 it is worse than it could be, and no measure for what is kept.
    pub share: f64,
    /// Its loss after each slice.
    pub losses: Vec<f64>,
    /// Whether it was measured before members left, on rows that hold them too.
    pub before_forgetting: bool,
}

impl Price {
    /// The part of the reference's gain over the base that what is served keeps; none without a reference over all rows that gains.
    pub fn kept(&self) -> Option<f64> {
        let reference = self.reference.as_ref().filter(|reference| reference.share >= 1.0)?;
        let gain = self.base - reference.losses.last()?;
        (gain > 0.0).then(|| (self.base - self.served) / gain)
    }
}

/// What is measured and what it was made from.
#[derive(Clone, Copy)]
pub struct Measured<'a> {
    /// The base.
    pub base: &'a Base,
    /// The recipe that was followed.
    pub recipe: &'a Recipe,
    /// Folders of the shards' states, in order.
    pub folders: &'a [PathBuf],
    /// The joint adapter, if the recipe has that stage.
    pub joint: Option<&'a Adapter>,
    /// Rows never learnt from.
    pub held_out: &'a [TrainRow],
}

/// Measures what is served; the reference is left to the caller.
pub fn measure(subject: Measured<'_>) -> Result<Price> {
    let Measured { base, recipe, folders, joint, .. } = subject;
    let scored = Scored::new(subject);
    let shards = (0..recipe.slices).map(|slice| scored.mean_after(folders, slice, None)).collect::<Result<Vec<_>>>()?;
    let served = match (joint, shards.last()) {
        (None, Some(last)) => *last,
        _ => scored.mean_after(folders, recipe.slices - 1, joint)?,
    };
    let base_loss = held_out_loss(&base.model()?, None, scored.rows(), recipe.context)?;
    Ok(Price { tokens: base_loss.tokens, base: base_loss.nats, shards, served, reference: None })
}

/// Learns the reference from a `share` of all rows in `folder`, measures it after every slice, and deletes the folder. Takes as long
/// on one thread as that share of all shards together.
pub fn reference(
    subject: Measured<'_>,
    shards: &[Vec<Vec<TrainRow>>],
    share: f64,
    folder: &Path,
    watch: Watch<'_>,
) -> Result<Reference> {
    let Measured { base, recipe, .. } = subject;
    let learning_rate = recipe.reference_rate.unwrap_or(recipe.learning_rate);
    let alone = Recipe { shards: 1, joint: None, learning_rate, ..recipe.clone() };
    let progress = |report: Progress| (watch.progress)(Progress { stage: "reference".into(), ..report });
    let watch = Watch { progress: &progress, cancel: watch.cancel };
    let result = train_shard(base, &alone, 0, &together(recipe, shards, share), folder, watch).and_then(|_| {
        let scored = Scored::new(subject);
        let folders = [folder.to_owned()];
        (0..recipe.slices).map(|slice| scored.mean_after(&folders, slice, None)).collect::<Result<Vec<_>>>()
    });
    std::fs::remove_dir_all(folder).map_err(MlError::io(folder))?;
    Ok(Reference { share, losses: result?, before_forgetting: false })
}

/// All shards' rows as those of one, slice by slice; of each row it is decided alone whether it is in the share.
fn together(recipe: &Recipe, shards: &[Vec<Vec<TrainRow>>], share: f64) -> Vec<Vec<TrainRow>> {
    let is_chosen =
        |row: &&TrainRow| files::share_of(&format!("{} reference {} {}", recipe.seed, row.member, row.record)) < share;
    let of_slice = |slice: usize| shards.iter().filter_map(move |slices| slices.get(slice)).flatten();
    (0..recipe.slices).map(|slice| of_slice(slice).filter(is_chosen).cloned().collect()).collect()
}

/// The rows that are scored, and what is scored on them.
struct Scored<'a> {
    subject: Measured<'a>,
    rows: &'a [TrainRow],
}

impl<'a> Scored<'a> {
    fn new(subject: Measured<'a>) -> Self {
        let mut tokens = 0;
        let fits = |row: &&TrainRow| {
            let before = tokens;
            tokens += row.tokens.len();
            before < SCORED_TOKENS
        };
        let count = subject.held_out.iter().take_while(fits).count();
        Self { subject, rows: &subject.held_out[..count] }
    }

    fn rows(&self) -> impl Iterator<Item = &'a [u32]> {
        self.rows.iter().map(|row| row.tokens.as_slice())
    }

    /// Loss of the mean of the shards in these folders as they were after a slice.
    fn mean_after(&self, folders: &[PathBuf], slice: usize, joint: Option<&Adapter>) -> Result<f64> {
        let Measured { base, recipe, .. } = self.subject;
        let states = folders.iter().map(|folder| adapter_after(folder, slice, base, recipe));
        let merged = merge(base, &states.collect::<Result<Vec<_>>>()?, joint)?;
        Ok(held_out_loss(&Model::new(base.config(), &merged)?, None, self.rows(), recipe.context)?.nats)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept_is_a_share_of_the_gain() {
        let reference = |last: f64| Reference { share: 1.0, losses: vec![5.5, last], before_forgetting: false };
        let price = |last: f64| Price {
            tokens: 9,
            base: 6.0,
            shards: vec![5.4],
            served: 4.5,
            reference: Some(reference(last)),
        };
        assert_eq!(price(4.0).kept(), Some(0.75));
        assert_eq!(price(6.5).kept(), None, "a reference without a gain");
        assert_eq!(Price { reference: None, ..price(4.0) }.kept(), None);
        let part = Some(Reference { share: 0.5, ..reference(4.0) });
        assert_eq!(Price { reference: part, ..price(4.0) }.kept(), None, "a reference over a part of the rows");
    }

    #[test]
    fn all_rows_of_a_slice_come_together() {
        let row = |member: &str| TrainRow { member: member.into(), record: "r".into(), tokens: vec![1] };
        let shards = vec![vec![vec![row("a")], vec![row("b")]], vec![vec![], vec![row("c"), row("d")]]];
        let recipe = Recipe { shards: 2, slices: 2, ..Recipe::default() };
        assert_eq!(together(&recipe, &shards, 1.0), [vec![row("a")], vec![row("b"), row("c"), row("d")]]);
        assert_eq!(together(&recipe, &shards, 0.0).concat(), []);
    }
}
