//! Reproducibility: a shard that the audit's seed picks, or the joint stage, is trained again from its rows, and every state must have
//! the recorded bytes.
//! Without that no promise of exact forgetting could be checked.

use super::limits::{AuditLimits, Limit};
use super::{Found, Subject};
use crate::dp::lend_key;
use crate::error::Result;
use crate::joint::train_joint;
use crate::shard::ShardState;
use crate::train::{Watch, shard_folder, train_shard};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};
use std::path::Path;

/// Whether training again gives the same bits.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Reproduction {
    /// The shard; the joint stage has the number after the last.
    pub shard: usize,
    /// Slices trained again, from the first on.
    pub slices: usize,
    /// SHA-256 of the last of their states as recorded.
    pub recorded: Option<String>,
    /// SHA-256 of the state made again.
    pub again: Option<String>,
    /// States that differ.
    pub different: usize,
    /// Whether they are equal.
    pub passed: bool,
}

impl Reproduction {
    pub(super) fn found(&self, limits: &AuditLimits) -> Vec<Found> {
        let text = format!("{} of the first {} states of shard {}", self.different, self.slices, self.shard);
        let mut found = Found::of(limits, Limit::DifferentStates, self.different as f64, text);
        found.passed &= self.recorded.is_some();
        vec![found]
    }
}

/// Trains the first `most` slices again (0: all) in an empty folder, and compares; none without recorded states.
pub(super) fn measure(
    subject: &Subject<'_>,
    states: &[ShardState],
    most: usize,
    folder: &Path,
    limits: &AuditLimits,
    watch: Watch<'_>,
) -> Result<Option<Reproduction>> {
    let Some(recipe) = subject.recipe.filter(|_| !states.is_empty()) else { return Ok(None) };
    let picked = ChaCha8Rng::seed_from_u64(subject.seed).random_range(0..states.len());
    let state = &states[picked];
    let slices = if most == 0 { state.slices.len() } else { most.min(state.slices.len()) };
    let rows = subject.place_of(state.shard).and_then(|place| subject.shards.get(place));
    let made = match rows {
        Some(rows) => {
            let first = |(slice, rows): (usize, &Vec<_>)| if slice < slices { rows.clone() } else { vec![] };
            let rows: Vec<_> = rows.iter().enumerate().map(first).collect();
            if let Some(release) = folder.parent() {
                lend_key(&shard_folder(release, state.shard), folder)?;
            }
            train_shard(subject.base, recipe, state.shard, &rows, folder, watch).map(Some)?
        }
        None => train_joint(subject.base, recipe, subject.adapters, subject.shards, folder, watch)?,
    };
    let Some(made) = made else { return Ok(None) };
    let hash = |state: &ShardState, slice: usize| state.slices.get(slice).map(|s| s.state_hash.clone());
    let differs = |&slice: &usize| hash(state, slice).is_none() || hash(state, slice) != hash(&made.state, slice);
    let last = slices.saturating_sub(1);
    let mut reproduction = Reproduction {
        shard: state.shard,
        slices,
        recorded: hash(state, last),
        again: hash(&made.state, last),
        different: (0..slices).filter(differs).count(),
        passed: false,
    };
    reproduction.passed = reproduction.found(limits).iter().all(|found| found.passed);
    Ok(Some(reproduction))
}
