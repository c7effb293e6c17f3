//! Trains members' adapters, shard by shard and slice by slice, and forgets a member by going back. A shard is trained by one
//! thread, from the base, the recipe and its own rows only, so its bits are the same on every run, with any number of shards beside
//! it. Forgetting retrains from the state before the member's first slice; the result is byte for byte what training without the
//! member would have made.

use crate::adam::{Adam, AdamOptions, Variables};
use crate::adapter::{self, Adapter};
use crate::base::Base;
use crate::batch;
use crate::canary;
use crate::dp::{self, Privacy, train::Crowd};
use crate::error::{MlError, Result};
use crate::files;
use crate::model::Model;
use crate::preflight;
use crate::progress::{Cancel, Progress};
use crate::recipe::{Recipe, numeric_profile};
use crate::running::{self, Place};
use crate::shard::{ShardState, SliceState, TrainRow, rows_hash};
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Steps of a shard over which the learning rate rises from nothing.
const WARMUP_STEPS: u32 = 10;
/// Work after which the state inside a slice is written, in floating-point operations: a minute or two of one core. It depends on
/// nothing but what was learnt, and changes no bit of the result.
const SAVED_WORK: f64 = 1e13;

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

/// Whether a shard has anything to learn from. One without is never trained and is no part of the mean.
pub fn has_rows(slices: &[Vec<TrainRow>]) -> bool {
    slices.iter().any(|rows| !rows.is_empty())
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
    preflight::check_vocabulary(base.config(), shard, slices)?;
    // A pool of one thread keeps the products of candle on it.
    let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build();
    let pool = pool.map_err(|e| MlError::Recipe(format!("no thread for the shard: {e}")))?;
    let slices = canary::plant(base.tokenizer(), recipe, shard, slices)?;
    pool.install(|| Training::start(base, recipe, shard, &slices, folder)?.run(&slices, watch))
}

/// Trains all shards that have rows, `threads` at a time, in folders below `root`; the folder of one without rows, as after
/// all its members left, is deleted. One failure stops the shards not yet begun.
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
            if !has_rows(slices) {
                files::remove_folder_if_there(&shard_folder(root, shard))?;
                continue;
            }
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
    forget_states(folder, first_slice)?;
    let after = train_shard(base, recipe, shard, slices, folder, watch)?;
    Ok(Forgotten { before, after, first_slice })
}

/// Deletes the states of a shard from a slice on, and the adapter that was made of them; the states before stay. Nothing
/// happens where nothing was trained.
pub fn forget_states(folder: &Path, first_slice: usize) -> Result<()> {
    match ShardState::load(folder)? {
        Some(mut state) => state.truncate(folder, first_slice),
        None => Ok(()),
    }
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
    /// Work between two states inside a slice.
    saved_work: f64,
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
        let mut state = match &found {
            Some(found) if valid > 0 => found.clone(),
            _ => fresh,
        };
        // Another list, as of another recipe, may leave states behind that this one does not name: they go too.
        if found.as_ref() != Some(&state) || state.slices.len() > valid {
            state.truncate(folder, valid)?;
        }
        let variables = adapter::fresh_variables(base.config(), recipe.rank, seed(recipe, shard, None))?;
        let mut adam = Adam::new(&variables, AdamOptions::default());
        state.restore(folder, &variables, &mut adam)?;
        Ok(Self { recipe, base, model: base.model()?, folder, state, variables, adam, saved_work: SAVED_WORK })
    }

    fn run(mut self, slices: &[Vec<TrainRow>], watch: Watch<'_>) -> Result<ShardResult> {
        let first = self.state.slices.len();
        let mut trained_tokens = 0;
        for found in &self.state.slices {
            (watch.progress)(Progress { found: found.tokens, ..self.report(found.slice, found.tokens, found.loss) });
        }
        if first == slices.len() {
            running::sweep(self.folder, None)?;
        }
        for (slice, rows) in slices.iter().enumerate().skip(first) {
            let made = self.train_slice(slice, rows, watch)?;
            trained_tokens += made.tokens;
            self.state.push(self.folder, made, &self.variables, &self.adam)?;
            running::sweep(self.folder, None)?;
        }
        let adapter = Adapter::of_variables(self.base.config(), self.recipe.rank, self.recipe.alpha, &self.variables)?;
        let adapter_hash = adapter.save(&self.folder.join("adapter"), self.base.hash())?;
        let trained_slices = self.state.slices.len() - first;
        let (shard, folder) = (self.state.shard, self.folder.to_owned());
        Ok(ShardResult { shard, folder, adapter_hash, state: self.state, trained_slices, trained_tokens })
    }

    fn train_slice(&mut self, slice: usize, rows: &[TrainRow], watch: Watch<'_>) -> Result<SliceState> {
        if let Some(privacy) = &self.recipe.privacy {
            return self.train_privately(privacy, slice, rows, watch);
        }
        let rows_whole = rows.iter().map(|row| row.tokens.as_slice());
        let windows = batch::training_windows(rows_whole, self.base.config().marks(), self.recipe);
        let per_pass: u64 = rows.iter().map(|row| self.recipe.learnt(&row.tokens).len() as u64).sum();
        let (rows_hash, epochs) = (rows_hash(rows), self.recipe.epochs);
        let taken_up = running::take_up(self.folder, &self.state, &rows_hash, &self.variables, &mut self.adam)?;
        let (mut at, mut found) = (taken_up.unwrap_or_default(), None);
        let (mut loss, mut work) = (None, 0f64);
        for epoch in at.epoch..epochs {
            let order = batch::shuffled(
                &windows,
                self.recipe.batch_tokens,
                seed(self.recipe, self.state.shard, Some((slice, epoch))),
            );
            let learnt_by =
                |batch: usize| per_pass * u64::from(epoch) + per_pass * batch as u64 / order.len().max(1) as u64;
            let found = *found.get_or_insert_with(|| learnt_by(at.batch));
            for (i, chosen) in order.iter().enumerate().skip(at.batch) {
                let batch = batch::stack(&windows, chosen)?;
                let share = (f64::from(epoch) + i as f64 / order.len() as f64) / f64::from(epochs);
                let stepped = match watch.cancel.is_canceled() {
                    true => Err(MlError::Canceled),
                    false => self.step(slice, &batch, self.rate(slice, share)),
                };
                let value = match stepped {
                    Ok(value) => value,
                    Err(stop) => {
                        self.save_inside(&rows_hash, &at)?;
                        return Err(stop);
                    }
                };
                (at.sum, at.counted) = (at.sum + f64::from(value) * batch.counted, at.counted + batch.counted);
                at.batch = i + 1;
                work += self.work_of(&batch);
                if work >= self.saved_work {
                    self.save_inside(&rows_hash, &at)?;
                    work = 0.0;
                }
                let done = u64::from(epoch) * order.len() as u64 + i as u64 + 1;
                let total = u64::from(epochs) * order.len() as u64;
                let report = self.report(slice, learnt_by(i + 1), Some(value));
                (watch.progress)(Progress { done, total, found, ..report });
            }
            loss = (at.counted > 0.0).then(|| (at.sum / at.counted) as f32);
            at = Place { epoch: epoch + 1, ..Place::default() };
        }
        let (count, tokens) = (rows.len() as u64, per_pass * u64::from(epochs));
        Ok(SliceState { slice, rows_hash, state_hash: String::new(), steps: 0, rows: count, tokens, loss })
    }

    /// A slice that keeps each member private. Its loss is nobody's business: it is computed from the rows without noise.
    fn train_privately(
        &mut self,
        privacy: &Privacy,
        slice: usize,
        rows: &[TrainRow],
        watch: Watch<'_>,
    ) -> Result<SliceState> {
        let crowd = Crowd::new(self.folder, rows, self.base.config().marks(), self.recipe)?;
        let mut tokens = 0;
        for step in 0..privacy.steps {
            if watch.cancel.is_canceled() {
                return Err(MlError::Canceled);
            }
            let (gradient, read) = crowd.step(&self.model, self.recipe, privacy, &self.variables, step)?;
            let rate = self.rate(slice, f64::from(step) / f64::from(privacy.steps));
            dp::train::follow(&mut self.adam, &self.variables, &gradient, rate)?;
            tokens += read;
            let (done, total) = (u64::from(step) + 1, u64::from(privacy.steps));
            (watch.progress)(Progress { done, total, ..self.report(slice, tokens, None) });
        }
        let (rows_hash, count) = (rows_hash(rows), rows.len() as u64);
        Ok(SliceState { slice, rows_hash, state_hash: String::new(), steps: 0, rows: count, tokens, loss: None })
    }

    /// The learning rate of the next step, after the share `done` of this slice's steps.
    fn rate(&self, slice: usize, done: f64) -> f32 {
        let rising = ((self.adam.steps() + 1) as f32 / WARMUP_STEPS as f32).min(1.0);
        let falling = if self.recipe.cooldown && slice + 1 == self.recipe.slices { 1.0 - done as f32 } else { 1.0 };
        self.recipe.learning_rate * rising * falling
    }

    /// Writes where the training stands inside a slice, unless that is its beginning.
    fn save_inside(&self, rows_hash: &str, at: &Place) -> Result<()> {
        match (at.epoch, at.batch) {
            (0, 0) => Ok(()),
            _ => running::save(self.folder, &self.state, rows_hash, at, &self.variables, &self.adam),
        }
    }

    /// About how many operations a step takes: six for each weight and token, of which an adapter's step saves two.
    fn work_of(&self, batch: &batch::Batch) -> f64 {
        4.0 * self.base.config().parameter_count() as f64 * batch.inputs.elem_count() as f64
    }

    fn report(&self, slice: usize, tokens: u64, loss: Option<f32>) -> Progress {
        let shard = self.state.shard;
        let (stage, step) = (format!("shard {shard} slice {slice}"), u64::from(self.adam.steps()));
        Progress { stage, part: Some((shard, slice)), step, done: 1, total: 1, tokens, loss, ..Progress::default() }
    }

    /// One step of Adam on the adapter; the base stays as it is. Returns the mean loss. A loss or gradient that is no number stops
    /// before anything changed.
    fn step(&mut self, slice: usize, batch: &batch::Batch, rate: f32) -> Result<f32> {
        if batch.counted == 0.0 {
            return Ok(0.0);
        }
        let adapter = Adapter::of_variables(self.base.config(), self.recipe.rank, self.recipe.alpha, &self.variables)?;
        let loss = self.model.nll_at(&batch.inputs, &batch.targets, &batch.counted_at, Some(&adapter))?.mean_all()?;
        let value = loss.to_scalar::<f32>()?;
        let (shard, step) = (self.state.shard, self.adam.steps());
        if !value.is_finite() {
            return Err(MlError::Diverged { shard, slice, step });
        }
        let norm = self.adam.step(&self.variables, &loss.backward()?, rate)?;
        if norm.is_finite() { Ok(value) } else { Err(MlError::Diverged { shard, slice, step }) }
    }
}

/// Tokens that shards and the joint stage learn under a recipe, repetitions included.
pub fn tokens_to_learn(recipe: &Recipe, shards: &[Vec<Vec<TrainRow>>]) -> u64 {
    let count = |row: &TrainRow| recipe.learnt(&row.tokens).len() as u64;
    let once: u64 = shards.iter().flatten().flatten().map(count).sum();
    let joint = recipe.joint.as_ref().map_or(0, |joint| {
        u64::from(joint.epochs) * crate::joint::sample(recipe, joint, shards).iter().map(count).sum::<u64>()
    });
    once * u64::from(recipe.epochs) + joint
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::tests::random_base;

    /// Killed at any step, with a state written at every step, every few, or none: the bytes are those of an unbroken run.
    #[test]
    fn killed_inside_a_slice_it_goes_on_from_the_state_before() -> Result<()> {
        let base = random_base(3)?;
        let recipe = Recipe { slices: 2, context: 32, batch_tokens: 64, epochs: 2, rank: 2, ..Recipe::default() };
        let row = |slice: u32, i: u32| TrainRow {
            member: format!("m{i}"),
            record: format!("{slice}-{i}"),
            tokens: (0..20).map(|t| 1 + (slice * 91 + i * 17 + t * 3) % 290).collect(),
        };
        let slices: Vec<Vec<TrainRow>> = (0..2).map(|slice| (0..6).map(|i| row(slice, i)).collect()).collect();
        let (cancel, quiet) = (Cancel::new(), |_: Progress| ());
        let train = |folder: &Path, saved_work: f64, progress: &(dyn Fn(Progress) + Sync)| {
            let mut training = Training::start(&base, &recipe, 0, &slices, folder)?;
            training.saved_work = saved_work;
            training.run(&slices, Watch { progress, cancel: &cancel })
        };
        let whole = tempfile::tempdir().map_err(MlError::io(Path::new("tmp")))?;
        let want = train(whole.path(), f64::INFINITY, &quiet)?;
        for saved_work in [0.0, 1e7, f64::INFINITY] {
            for killed_at in 1..=8 {
                let folder = tempfile::tempdir().map_err(MlError::io(Path::new("tmp")))?;
                let steps = AtomicUsize::new(0);
                let kill = |_: Progress| assert!(steps.fetch_add(1, Ordering::Relaxed) + 1 < killed_at, "killed");
                let run = std::panic::AssertUnwindSafe(|| train(folder.path(), saved_work, &kill));
                assert!(std::panic::catch_unwind(run).is_err(), "it was not killed");
                let got = train(folder.path(), saved_work, &quiet)?;
                assert_eq!((got.adapter_hash, got.state), (want.adapter_hash.clone(), want.state.clone()));
            }
        }
        Ok(())
    }
}
