//! Trains members' adapters, shard by shard and slice by slice, and forgets a member by going back. A shard is trained by one
//! thread, from the base, the recipe and its own rows only, so its bits are the same on every run, with any number of shards beside
//! it. Forgetting retrains from the state before the member's first slice; the result is byte for byte what training without the
//! member would have made.

use crate::adam::{Adam, AdamOptions, Variables};
use crate::adapter::{self, Adapter};
use crate::base::Base;
use crate::batch;
use crate::error::{MlError, Result};
use crate::files;
use crate::model::Model;
use crate::progress::{Cancel, Progress};
use crate::recipe::{Recipe, numeric_profile};
use crate::shard::{ShardState, SliceState, TrainRow, rows_hash};
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Steps of a shard over which the learning rate rises from nothing.
const WARMUP_STEPS: u32 = 10;

/// A trained shard.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ShardResult {
    /// Number of the shard.
    pub shard: usize,
    /// Folder of its states.
    pub folder: PathBuf,
    /// SHA-256 of the adapter's weights.
    pub adapter_hash: String,
    /// What it was made from.
    pub state: ShardState,
    /// Slices trained now; the others were there already.
    pub trained_slices: usize,
    /// Tokens learnt from now, repetitions included.
    pub trained_tokens: u64,
}

/// What forgetting has changed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Forgotten {
    /// SHA-256 of the adapter's weights before; none if there was none.
    pub before: Option<String>,
    /// The shard without the member.
    pub after: ShardResult,
    /// First slice whose state was deleted.
    pub first_slice: usize,
}

/// What a shard's training shares with its caller. Reports come from several threads.
#[derive(Clone, Copy)]
pub struct Watch<'a> {
    /// Called after every step.
    pub progress: &'a (dyn Fn(Progress) + Sync),
    /// Looked at before every step.
    pub cancel: &'a Cancel,
}

/// Folder of a shard below the run's folder.
pub fn shard_folder(root: &Path, shard: usize) -> PathBuf {
    root.join(format!("shard-{shard:03}"))
}

/// Trains a shard in `folder`, or goes on where it was left. States made from other rows are deleted and made anew, so calling this
/// with fewer rows forgets the others. Blocks; computes on one thread.
pub fn train_shard(
    base: &Base,
    recipe: &Recipe,
    shard: usize,
    slices: &[Vec<TrainRow>],
    folder: &Path,
    watch: Watch<'_>,
) -> Result<ShardResult> {
    recipe.check()?;
    if slices.len() != recipe.slices || recipe.context > base.config().context() {
        let (got, most) = (slices.len(), base.config().context());
        return Err(MlError::Recipe(format!(
            "give `{}` slices (got `{got}`) and a context of at most `{most}`",
            recipe.slices
        )));
    }
    // A pool of one thread keeps the products of candle on it.
    let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build();
    let pool = pool.map_err(|e| MlError::Recipe(format!("no thread for the shard: {e}")))?;
    pool.install(|| Training::start(base, recipe, shard, slices, folder)?.run(slices, watch))
}

/// Trains all shards, `threads` at a time, in folders below `root`. One failure stops the shards not yet begun.
pub fn train_all(
    base: &Base,
    recipe: &Recipe,
    shards: &[Vec<Vec<TrainRow>>],
    root: &Path,
    threads: usize,
    watch: Watch<'_>,
) -> Result<Vec<ShardResult>> {
    let next = AtomicUsize::new(0);
    let done = Mutex::new(Vec::with_capacity(shards.len()));
    let work = || -> Result<()> {
        loop {
            let shard = next.fetch_add(1, Ordering::Relaxed);
            let Some(slices) = shards.get(shard) else { return Ok(()) };
            match train_shard(base, recipe, shard, slices, &shard_folder(root, shard), watch) {
                Ok(result) => done.lock().unwrap_or_else(|e| e.into_inner()).push(result),
                Err(error) => {
                    next.store(shards.len(), Ordering::Relaxed);
                    return Err(error);
                }
            }
        }
    };
    std::thread::scope(|scope| {
        let workers: Vec<_> = (0..threads.clamp(1, shards.len().max(1))).map(|_| scope.spawn(work)).collect();
        workers
            .into_iter()
            .try_for_each(|w| w.join().unwrap_or_else(|_| Err(MlError::Recipe("a training thread died".into()))))
    })?;
    let mut results = done.into_inner().unwrap_or_else(|e| e.into_inner());
    results.sort_by_key(|r| r.shard);
    Ok(results)
}

/// Forgets: `slices` are the shard's rows without the member, `first_slice` the first that held one of the member's. Deletes every
/// state from there on first, so that nothing of the member is left even if the retraining is interrupted.
pub fn forget(
    base: &Base,
    recipe: &Recipe,
    shard: usize,
    slices: &[Vec<TrainRow>],
    first_slice: usize,
    folder: &Path,
    watch: Watch<'_>,
) -> Result<Forgotten> {
    let before = files::hash_file(&folder.join("adapter").join(adapter::WEIGHTS_FILE)).ok();
    if let Some(mut state) = ShardState::load(folder)? {
        state.truncate(folder, first_slice)?;
    }
    let after = train_shard(base, recipe, shard, slices, folder, watch)?;
    Ok(Forgotten { before, after, first_slice })
}

/// A shard in training.
struct Training<'a> {
    recipe: &'a Recipe,
    base: &'a Base,
    model: Model,
    folder: &'a Path,
    state: ShardState,
    variables: Variables,
    adam: Adam,
}

impl<'a> Training<'a> {
    /// Takes up the last valid state, and deletes those that are not.
    fn start(
        base: &'a Base,
        recipe: &'a Recipe,
        shard: usize,
        slices: &[Vec<TrainRow>],
        folder: &'a Path,
    ) -> Result<Self> {
        files::create_folder(folder)?;
        let profile = numeric_profile();
        let fresh = ShardState { base: base.hash().into(), recipe: recipe.hash()?, profile, shard, slices: vec![] };
        let found = ShardState::load(folder)?;
        let valid = found.as_ref().map_or(0, |found| found.valid_slices(&fresh, slices, folder));
        let mut state = match found {
            Some(found) if valid > 0 => found,
            _ => fresh,
        };
        if state.slices.len() > valid || valid == 0 {
            state.truncate(folder, valid)?;
        }
        let variables = adapter::fresh_variables(base.config(), recipe.rank, seed(recipe, shard, None))?;
        let mut adam = Adam::new(&variables, AdamOptions::default());
        state.restore(folder, &variables, &mut adam)?;
        Ok(Self { recipe, base, model: base.model()?, folder, state, variables, adam })
    }

    fn run(mut self, slices: &[Vec<TrainRow>], watch: Watch<'_>) -> Result<ShardResult> {
        let first = self.state.slices.len();
        let mut trained_tokens = 0;
        for (slice, rows) in slices.iter().enumerate().skip(first) {
            let made = self.train_slice(slice, rows, watch)?;
            trained_tokens += made.tokens;
            self.state.push(self.folder, made, &self.variables, &self.adam)?;
        }
        let adapter = Adapter::of_variables(self.base.config(), self.recipe.rank, self.recipe.alpha, &self.variables)?;
        let adapter_hash = adapter.save(&self.folder.join("adapter"), self.base.hash())?;
        let trained_slices = self.state.slices.len() - first;
        let (shard, folder) = (self.state.shard, self.folder.to_owned());
        Ok(ShardResult { shard, folder, adapter_hash, state: self.state, trained_slices, trained_tokens })
    }

    fn train_slice(&mut self, slice: usize, rows: &[TrainRow], watch: Watch<'_>) -> Result<SliceState> {
        let learnt = || rows.iter().map(|row| learnt(row, self.recipe));
        let windows = batch::training_windows(learnt(), self.base.config().marks(), self.recipe);
        let per_pass: u64 = learnt().map(|tokens| tokens.len() as u64).sum();
        let mut loss = None;
        for epoch in 0..self.recipe.epochs {
            let order = batch::shuffled(
                &windows,
                self.recipe.batch_tokens,
                seed(self.recipe, self.state.shard, Some((slice, epoch))),
            );
            let (mut sum, mut counted) = (0f64, 0f64);
            for (i, chosen) in order.iter().enumerate() {
                if watch.cancel.is_canceled() {
                    return Err(MlError::Canceled);
                }
                let batch = batch::stack(&windows, chosen)?;
                let done = f64::from(epoch) + i as f64 / order.len() as f64;
                let value = self.step(&batch, self.rate(slice, done / f64::from(self.recipe.epochs)))?;
                (sum, counted) = (sum + f64::from(value) * batch.counted, counted + batch.counted);
                let passes = u64::from(epoch) * order.len() as u64;
                (watch.progress)(Progress {
                    stage: format!("shard {} slice {slice}", self.state.shard),
                    done: passes + i as u64 + 1,
                    total: u64::from(self.recipe.epochs) * order.len() as u64,
                    tokens: per_pass * u64::from(epoch) + per_pass * (i as u64 + 1) / order.len() as u64,
                    loss: Some(value),
                    held_out: None,
                });
            }
            loss = (counted > 0.0).then(|| (sum / counted) as f32);
        }
        let (rows_hash, count) = (rows_hash(rows), rows.len() as u64);
        let tokens = per_pass * u64::from(self.recipe.epochs);
        Ok(SliceState { slice, rows_hash, state_hash: String::new(), steps: 0, rows: count, tokens, loss })
    }

    /// The learning rate of the next step, after the share `done` of this slice's steps.
    fn rate(&self, slice: usize, done: f64) -> f32 {
        let rising = ((self.adam.steps() + 1) as f32 / WARMUP_STEPS as f32).min(1.0);
        let falling = if self.recipe.cooldown && slice + 1 == self.recipe.slices { 1.0 - done as f32 } else { 1.0 };
        self.recipe.learning_rate * rising * falling
    }

    /// One step of Adam on the adapter; the base stays as it is. Returns the mean loss.
    fn step(&mut self, batch: &batch::Batch, rate: f32) -> Result<f32> {
        if batch.counted == 0.0 {
            return Ok(0.0);
        }
        let adapter = Adapter::of_variables(self.base.config(), self.recipe.rank, self.recipe.alpha, &self.variables)?;
        let nll = self.model.nll(&batch.inputs, &batch.targets, Some(&adapter))?;
        let loss = ((nll * &batch.weights)?.sum_all()? / batch.counted)?;
        self.adam.step(&self.variables, &loss.backward()?, rate)?;
        Ok(loss.to_scalar::<f32>()?)
    }
}

/// The tokens of a row that the recipe learns.
fn learnt<'a>(row: &'a TrainRow, recipe: &Recipe) -> &'a [u32] {
    let most = if recipe.row_tokens == 0 { usize::MAX } else { recipe.row_tokens };
    &row.tokens[..row.tokens.len().min(most)]
}

/// A seed from the recipe's and the place in the run alone: of the first adapter, or of one pass over a slice.
fn seed(recipe: &Recipe, shard: usize, pass: Option<(usize, u32)>) -> u64 {
    let text = match pass {
        Some((slice, epoch)) => format!("{} shard {shard} slice {slice} epoch {epoch}", recipe.seed),
        None => format!("{} adapter", recipe.seed),
    };
    let hash = files::hash_bytes(text.as_bytes());
    u64::from_str_radix(&hash[..16], 16).unwrap_or_default()
}
