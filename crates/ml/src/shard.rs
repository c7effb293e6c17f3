//! A shard on disk: one state after each slice, and a list that says what every state was made from. A state holds traces of the
//! members it saw, so it is deleted with them. States are named by content: base, recipe, rows and result by hash.
//!
//! ```text
//! shard-003/
//!   state.json            the list
//!   slice-0.safetensors   adapter and both moments of Adam after slice 0
//!   slice-1.safetensors   …
//!   slice-2.running-…     the same inside a slice that is being trained, see `running.rs`
//!   adapter/              the last adapter, in the layout of PEFT
//! ```

use crate::adam::{Adam, Variables};
use crate::adapter::Adapter;
use crate::base::Base;
use crate::error::{MlError, Result};
use crate::files;
use crate::recipe::Recipe;
use crate::tensors::{self, Tensors, Width};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::fs;
use std::path::{Path, PathBuf};

/// A record to learn from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrainRow {
    /// The member it belongs to.
    pub member: String,
    /// The record.
    pub record: String,
    /// Its tokens, without end tokens.
    pub tokens: Vec<u32>,
}

/// What a state was made from and what it is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SliceState {
    /// Number of the slice, from 0.
    pub slice: usize,
    /// SHA-256 over the slice's rows: members, records and tokens, in order.
    pub rows_hash: String,
    /// SHA-256 of the state's file.
    pub state_hash: String,
    /// Steps of the optimizer from the beginning of the shard.
    pub steps: u32,
    /// Rows of the slice.
    pub rows: u64,
    /// Tokens of the slice times epochs.
    pub tokens: u64,
    /// Mean loss of the slice's last pass, nats a token; none for a slice without rows.
    pub loss: Option<f32>,
}

/// The list of a shard's states.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ShardState {
    /// Hash of the base.
    pub base: String,
    /// Hash of the recipe.
    pub recipe: String,
    /// Numeric profile the states were computed with.
    pub profile: String,
    /// Number of the shard, from 0.
    pub shard: usize,
    /// Finished slices, in order.
    pub slices: Vec<SliceState>,
}

/// SHA-256 over the rows of a slice.
pub fn rows_hash(rows: &[TrainRow]) -> String {
    let mut hasher = Sha256::new();
    for row in rows {
        for text in [&row.member, &row.record] {
            hasher.update((text.len() as u64).to_le_bytes());
            hasher.update(text.as_bytes());
        }
        hasher.update((row.tokens.len() as u64).to_le_bytes());
        for token in &row.tokens {
            hasher.update(token.to_le_bytes());
        }
    }
    hex::encode(hasher.finalize())
}

/// Path of the list in a shard's folder.
fn list_path(folder: &Path) -> PathBuf {
    folder.join("state.json")
}

/// Path of a slice's state in a shard's folder.
fn slice_path(folder: &Path, slice: usize) -> PathBuf {
    folder.join(format!("slice-{slice}.safetensors"))
}

/// The adapter as it was after a slice, read from that state's file.
pub fn adapter_after(folder: &Path, slice: usize, base: &Base, recipe: &Recipe) -> Result<Adapter> {
    let all = tensors::load(&slice_path(folder, slice))?;
    let weights = all.into_iter().filter_map(|(name, tensor)| Some((name.strip_prefix("weight.")?.to_owned(), tensor)));
    Adapter::new(base.config(), recipe.rank, recipe.alpha, &weights.collect())
}

impl ShardState {
    /// Reads the list of a shard's folder; none if nothing was trained there yet.
    pub fn load(folder: &Path) -> Result<Option<Self>> {
        let path = list_path(folder);
        if path.is_file() { files::read_json(&path).map(Some) } else { Ok(None) }
    }

    /// How many slices from the first on were made from the same base, recipe, profile and rows, with their files whole.
    pub fn valid_slices(&self, like: &ShardState, slices: &[Vec<TrainRow>], folder: &Path) -> usize {
        let same = self.base == like.base
            && self.recipe == like.recipe
            && self.profile == like.profile
            && self.shard == like.shard;
        if !same {
            return 0;
        }
        let is_valid = |(i, (state, rows)): (usize, (&SliceState, &Vec<TrainRow>))| {
            state.slice == i
                && state.rows_hash == rows_hash(rows)
                && files::hash_file(&slice_path(folder, i)).is_ok_and(|hash| hash == state.state_hash)
        };
        self.slices.iter().zip(slices).enumerate().take_while(|&pair| is_valid(pair)).count()
    }

    /// Deletes the states from slice `keep` on and the adapter made from them, then shortens the list. Killed in between, the list
    /// names a file that is gone, and the slice counts as never made.
    pub fn truncate(&mut self, folder: &Path, keep: usize) -> Result<()> {
        let is_stale = |name: &str| {
            let number =
                name.strip_prefix("slice-").and_then(|n| n.split('.').next()).and_then(|n| n.parse::<usize>().ok());
            number.is_some_and(|n| n >= keep)
        };
        for entry in fs::read_dir(folder).map_err(MlError::io(folder))? {
            let entry = entry.map_err(MlError::io(folder))?;
            if entry.file_name().to_str().is_some_and(is_stale) {
                files::remove_if_there(&entry.path())?;
            }
        }
        let adapter = folder.join("adapter").join(crate::adapter::WEIGHTS_FILE);
        files::remove_if_there(&adapter)?;
        files::remove_if_there(&files::part_of(&adapter))?;
        self.slices.truncate(keep);
        self.save(folder)
    }

    /// Writes the state after a slice, then adds it to the list.
    pub(crate) fn push(
        &mut self,
        folder: &Path,
        mut slice: SliceState,
        variables: &Variables,
        adam: &Adam,
    ) -> Result<()> {
        slice.steps = adam.steps();
        slice.state_hash = save_numbers(&slice_path(folder, slice.slice), variables, adam)?;
        self.slices.push(slice);
        self.save(folder)
    }

    /// Sets variables and optimizer to the state after the last listed slice.
    pub(crate) fn restore(&self, folder: &Path, variables: &Variables, adam: &mut Adam) -> Result<()> {
        let Some(last) = self.slices.last() else { return Ok(()) };
        load_numbers(&slice_path(folder, last.slice), last.steps, variables, adam)
    }

    pub(crate) fn save(&self, folder: &Path) -> Result<()> {
        files::write_json(&list_path(folder), self)
    }
}

/// Writes adapter and moments, and gives the SHA-256 of the file.
pub(crate) fn save_numbers(path: &Path, variables: &Variables, adam: &Adam) -> Result<String> {
    let mut all = adam.to_tensors()?;
    all.extend(variables.iter().map(|(name, var)| (format!("weight.{name}"), var.as_tensor().clone())));
    tensors::save(path, &all, Width::Full)
}

/// Takes up adapter and moments as they were after `steps` steps.
pub(crate) fn load_numbers(path: &Path, steps: u32, variables: &Variables, adam: &mut Adam) -> Result<()> {
    let all: Tensors = tensors::load(path)?;
    for (name, var) in variables {
        let stored = all.get(&format!("weight.{name}"));
        var.set(stored.ok_or_else(|| MlError::format(path, format!("it lacks `{name}`")))?)?;
    }
    adam.restore(steps, &all)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hash_of_rows_sees_every_part_and_the_order() {
        let row = |member: &str, record: &str, tokens: &[u32]| TrainRow {
            member: member.into(),
            record: record.into(),
            tokens: tokens.to_vec(),
        };
        let base = vec![row("a", "1", &[1, 2]), row("b", "2", &[3])];
        let others = [
            vec![row("b", "2", &[3]), row("a", "1", &[1, 2])],
            vec![row("a", "12", &[1, 2]), row("b", "2", &[3])],
            vec![row("a", "1", &[1]), row("b", "2", &[2, 3])],
            vec![row("a1", "", &[1, 2]), row("b", "2", &[3])],
            vec![row("a", "1", &[1, 2])],
            vec![],
        ];
        for other in &others {
            assert_ne!(rows_hash(&base), rows_hash(other));
        }
        assert_eq!(rows_hash(&base), rows_hash(&base.clone()));
    }
}
