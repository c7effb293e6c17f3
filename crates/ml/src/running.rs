//! The state inside a slice that is being trained: adapter, moments and place, so that an interruption loses minutes and not a
//! slice, and the result has the same bytes as without it. A state belongs to exactly one list of finished slices and one set of
//! rows; whatever else is found is deleted, because it holds traces of its members.
//!
//! ```text
//! slice-2.running.json               the place, and what it belongs to
//! slice-2.running-17.safetensors     adapter and moments after 17 steps
//! ```
//! The names begin as those of the slice's own state, so that what deletes a slice's state deletes these too.

use crate::adam::{Adam, Variables};
use crate::error::{MlError, Result};
use crate::files;
use crate::shard::{ShardState, load_numbers, save_numbers};
use serde::{Deserialize, Serialize};
use std::fs;
use std::path::{Path, PathBuf};

/// Where in a slice the training stands: everything before was learnt.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(crate) struct Place {
    /// The pass.
    pub epoch: u32,
    /// The batch of the pass that comes next.
    pub batch: usize,
    /// Sum of the pass's losses.
    pub sum: f64,
    /// Targets that were summed.
    pub counted: f64,
}

#[derive(Debug, Serialize, Deserialize)]
struct Running {
    /// The list of finished slices that it goes on from.
    after: ShardState,
    rows_hash: String,
    steps: u32,
    epoch: u32,
    batch: usize,
    /// As bits: a decimal number might lose one.
    sum_bits: u64,
    counted_bits: u64,
    file: String,
    file_hash: String,
}

fn place_path(folder: &Path, slice: usize) -> PathBuf {
    folder.join(format!("slice-{slice}.running.json"))
}

/// Writes the state of the slice after the last one in the list. The state before stays until this one is whole.
pub(crate) fn save(
    folder: &Path,
    after: &ShardState,
    rows_hash: &str,
    place: &Place,
    variables: &Variables,
    adam: &Adam,
) -> Result<()> {
    let slice = after.slices.len();
    let file = format!("slice-{slice}.running-{}.safetensors", adam.steps());
    let file_hash = save_numbers(&folder.join(&file), variables, adam)?;
    let running = Running {
        after: after.clone(),
        rows_hash: rows_hash.to_owned(),
        steps: adam.steps(),
        epoch: place.epoch,
        batch: place.batch,
        sum_bits: place.sum.to_bits(),
        counted_bits: place.counted.to_bits(),
        file,
        file_hash,
    };
    files::write_json(&place_path(folder, slice), &running)?;
    sweep(folder, Some((slice, &running.file)))
}

/// Takes up the state of the slice after the last one in the list, if there is one of these rows; deletes every other.
pub(crate) fn take_up(
    folder: &Path,
    after: &ShardState,
    rows_hash: &str,
    variables: &Variables,
    adam: &mut Adam,
) -> Result<Option<Place>> {
    let slice = after.slices.len();
    let found = files::read_json::<Running>(&place_path(folder, slice)).ok();
    let whole = |running: &Running| files::hash_file(&folder.join(&running.file)).is_ok_and(|h| h == running.file_hash);
    let Some(running) = found.filter(|r| r.after == *after && r.rows_hash == rows_hash && whole(r)) else {
        sweep(folder, None)?;
        return Ok(None);
    };
    load_numbers(&folder.join(&running.file), running.steps, variables, adam)?;
    sweep(folder, Some((slice, &running.file)))?;
    let (sum, counted) = (f64::from_bits(running.sum_bits), f64::from_bits(running.counted_bits));
    Ok(Some(Place { epoch: running.epoch, batch: running.batch, sum, counted }))
}

/// Deletes the states inside slices, but for one and its place.
pub(crate) fn sweep(folder: &Path, keep: Option<(usize, &str)>) -> Result<()> {
    let place = keep.map(|(slice, _)| place_path(folder, slice));
    for entry in fs::read_dir(folder).map_err(MlError::io(folder))? {
        let path = entry.map_err(MlError::io(folder))?.path();
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        let is_running = name.starts_with("slice-") && name.contains(".running");
        let is_kept = keep.is_some_and(|(_, file)| file == name) || place.as_deref() == Some(path.as_path());
        if is_running && !is_kept {
            files::remove_if_there(&path)?;
        }
    }
    Ok(())
}
