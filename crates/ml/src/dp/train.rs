//! Steps of the sampled Gaussian mechanism (Abadi et al. 2016, arXiv 1607.00133) with the member as its unit: every member is in a
//! step with the same small probability, gives one gradient whatever they wrote, clipped, and the sum is drowned in noise. What
//! Adam makes of the sum is post-processing and costs nothing.
//!
//! The generator's key is secret: who knows it can take the noise away. It lies beside the shard's states, is bound to the
//! rows, and is made anew when a row leaves, since the same noise over two sets of rows would show the difference.

use super::Sampled;
use super::gradient::{self, Sum, Turn};
use crate::adam::{Adam, Variables};
use crate::batch::{self, Window};
use crate::canary;
use crate::config::Marks;
use crate::error::{MlError, Result};
use crate::files;
use crate::model::Model;
use crate::recipe::Recipe;
use crate::shard::{TrainRow, rows_hash};
use candle_core::Tensor;
use candle_core::backprop::GradStore;
use rand::seq::IteratorRandom;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha20Rng;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// How a recipe trains with differential privacy.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Privacy {
    /// Probability of each member to be in a step.
    pub rate: f64,
    /// Largest norm of a member's gradient; a longer one is shortened to it.
    pub clip: f32,
    /// Standard deviation of the noise, in units of `clip`.
    pub noise: f64,
    /// Steps of a shard.
    pub steps: u32,
    /// Windows that a member gives to a step, at most.
    pub windows: usize,
}

impl Privacy {
    /// What the accountants count.
    #[must_use]
    pub fn mechanism(&self) -> Sampled {
        Sampled { rate: self.rate, noise: self.noise, steps: u64::from(self.steps) }
    }

    /// Whether a recipe can be followed with it.
    pub(crate) fn check(&self, recipe: &Recipe) -> Result<()> {
        let why = match self {
            _ if !(self.rate > 0.0 && self.rate <= 1.0) => "`rate` must lie above 0 and not above 1",
            _ if !(self.clip > 0.0 && self.clip.is_finite()) => "`clip` must be positive",
            _ if !(self.noise > 0.0 && self.noise.is_finite()) => "`noise` must be positive",
            _ if self.steps == 0 || self.windows == 0 => "`steps` and `windows` must be positive",
            _ if recipe.slices != 1 => "a private shard has no states to go back to; set `slices = 1`",
            _ if recipe.shards > 2 => "members hide in a crowd, and every shard divides it; set `shards` to 1 or 2",
            _ if recipe.joint.is_some() => "the joint stage keeps nobody private; leave it out",
            _ => return Ok(()),
        };
        Err(MlError::Recipe(format!("in `[privacy]`: {why}")))
    }
}

/// The secret of one shard's noise, as it lies in `noise.key`.
#[derive(Serialize, Deserialize)]
struct NoiseKey {
    /// The rows that it serves.
    rows: String,
    /// 32 bytes.
    key: String,
}

fn key_path(folder: &Path) -> PathBuf {
    folder.join("noise.key")
}

/// The rows that a key is bound to: those of members, whatever canaries are planted between them.
fn rows_of(rows: &[TrainRow]) -> String {
    let members: Vec<TrainRow> = rows.iter().filter(|row| !canary::is_canary(&row.member)).cloned().collect();
    rows_hash(&members)
}

/// Gives a folder the key of a shard, so that the shard can be trained there once more; nothing where the shard has none.
///
/// # Errors
/// When a folder cannot be read or written.
pub fn lend_key(shard: &Path, folder: &Path) -> Result<()> {
    match std::fs::read(key_path(shard)) {
        Ok(key) => {
            files::create_folder(folder)?;
            files::write_secret(&key_path(folder), &key)
        }
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(MlError::io(shard)(error)),
    }
}

/// Sees to it that a shard's folder holds a key for these rows: the one that is there, or `fresh`, which must come from the
/// system's generator. Nobody but the owner may read it.
///
/// # Errors
/// When the folder cannot be written.
pub fn seal_key(folder: &Path, rows: &[TrainRow], fresh: [u8; 32]) -> Result<()> {
    let rows = rows_of(rows);
    if files::read_json::<NoiseKey>(&key_path(folder)).is_ok_and(|key| key.rows == rows) {
        return Ok(());
    }
    files::create_folder(folder)?;
    let text = serde_json::to_vec(&NoiseKey { rows, key: hex::encode(fresh) }).unwrap_or_default();
    files::write_secret(&key_path(folder), &text)
}

fn key(folder: &Path, rows: &[TrainRow]) -> Result<[u8; 32]> {
    let (path, mut bytes) = (key_path(folder), [0; 32]);
    let key: NoiseKey = files::read_json(&path)?;
    if key.rows != rows_of(rows) || hex::decode_to_slice(&key.key, &mut bytes).is_err() {
        return Err(MlError::format(&path, "it was made for other rows; seal a new key before training"));
    }
    Ok(bytes)
}

/// The members of a shard, each with the windows of their rows, and the generator of its noise.
pub(crate) struct Crowd {
    members: Vec<Vec<Window>>,
    key: [u8; 32],
}

impl Crowd {
    /// Takes the rows of a shard apart by member, in the order of their names.
    pub(crate) fn new(folder: &Path, rows: &[TrainRow], marks: Marks, recipe: &Recipe) -> Result<Self> {
        let mut members: BTreeMap<&str, Vec<Window>> = BTreeMap::new();
        for row in rows {
            let windows = batch::training_windows(std::iter::once(row.tokens.as_slice()), marks, recipe);
            members.entry(&row.member).or_default().extend(windows);
        }
        Ok(Self { members: members.into_values().collect(), key: key(folder, rows)? })
    }

    /// The noised gradient of step `step`, over as many members as are expected, and how many tokens were read for it.
    pub(crate) fn step(
        &self,
        model: &Model,
        recipe: &Recipe,
        privacy: &Privacy,
        variables: &Variables,
        step: u32,
    ) -> Result<(Sum, u64)> {
        let mut rng = ChaCha20Rng::from_seed(self.key);
        rng.set_stream(u64::from(step));
        let mut turns: Vec<Turn<'_>> = Vec::new();
        for windows in &self.members {
            if rng.random_bool(privacy.rate) {
                turns.push(windows.iter().choose_multiple(&mut rng, privacy.windows));
            }
        }
        let mut sum = Sum::new();
        gradient::add_clipped(model, recipe, variables, &turns, privacy.clip, &mut sum)?;
        let expected = (privacy.rate * self.members.len() as f64).max(1.0);
        let spread = privacy.noise * f64::from(privacy.clip);
        let mut noised = Sum::new();
        for (name, var) in variables {
            let noise: Vec<f32> = (0..var.elem_count()).map(|_| (spread * normal(&mut rng)) as f32).collect();
            let noise = Tensor::from_vec(noise, var.shape(), var.device())?;
            let total = match sum.get(name) {
                Some(clipped) => (clipped + noise)?,
                None => noise,
            };
            noised.insert(name.clone(), (total / expected)?);
        }
        Ok((noised, turns.iter().flatten().map(|window| window.len() as u64).sum()))
    }
}

/// A normal number by Box and Muller's transform, in double width.
fn normal(rng: &mut impl Rng) -> f64 {
    let (radius, angle) = (1.0 - rng.random::<f64>(), rng.random::<f64>());
    (-2.0 * radius.ln()).sqrt() * (std::f64::consts::TAU * angle).cos()
}

/// One step of Adam along a gradient that is given.
pub(crate) fn follow(adam: &mut Adam, variables: &Variables, gradient: &Sum, rate: f32) -> Result<f32> {
    adam.step(variables, &store_of(variables, gradient)?, rate)
}

/// The gradients as the optimizer takes them: those of a sum of products with the variables.
fn store_of(variables: &Variables, gradient: &Sum) -> Result<GradStore> {
    let mut products = Vec::with_capacity(variables.len());
    for (name, var) in variables {
        if let Some(gradient) = gradient.get(name) {
            products.push((var.as_tensor() * gradient)?.sum_all()?);
        }
    }
    Ok(Tensor::stack(&products, 0)?.sum_all()?.backward()?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::adapter::{Adapter, fresh_variables};
    use crate::base::Base;
    use crate::base::tests::random_base;
    use crate::progress::Cancel;
    use crate::tensors::values;
    use crate::train::{Watch, train_shard};
    use proptest::prelude::*;

    const PRIVACY: Privacy = Privacy { rate: 0.5, clip: 0.05, noise: 0.7, steps: 4, windows: 2 };

    fn recipe() -> Recipe {
        Recipe { context: 16, batch_tokens: 64, shards: 1, slices: 1, privacy: Some(PRIVACY), ..Recipe::default() }
    }

    fn rows(members: usize) -> Vec<TrainRow> {
        let row = |member: usize, record: usize| TrainRow {
            member: format!("m{member}"),
            record: format!("r{member}-{record}"),
            tokens: (0..5 + 7 * record + member).map(|i| ((i * 31 + member * 7) % 300) as u32).collect(),
        };
        (0..members).flat_map(|member| (0..=member % 3).map(move |record| row(member, record))).collect()
    }

    /// Variables of which both halves matter: a fresh `B` is zero, and `A` then has no gradient.
    fn variables(base: &Base) -> Result<Variables> {
        let all = fresh_variables(base.config(), recipe().rank, 3)?;
        for (i, var) in all.values().enumerate() {
            var.set(&crate::ops::check::random(i as u64, var.dims(), 0.1)?)?;
        }
        Ok(all)
    }

    #[test]
    fn all_at_once_is_one_after_the_other() -> Result<()> {
        let (base, recipe) = (random_base(2)?, recipe());
        let (model, variables) = (base.model()?, variables(&base)?);
        let folder = tempfile::tempdir().map_err(MlError::io(Path::new("tmp")))?;
        let rows = rows(7);
        seal_key(folder.path(), &rows, [1; 32])?;
        let crowd = Crowd::new(folder.path(), &rows, base.config().marks(), &recipe)?;
        let turns: Vec<Turn<'_>> = crowd.members.iter().map(|windows| windows.iter().take(3).collect()).collect();
        for clip in [0.05_f32, 1e6] {
            let (mut together, mut wanted) = (Sum::new(), BTreeMap::<&String, Vec<f64>>::new());
            let recipe = Recipe { batch_tokens: 1 << 12, ..recipe.clone() };
            let norms = gradient::add_clipped(&model, &recipe, &variables, &turns, clip, &mut together)?;
            // The naive way: an ordinary step's gradient of each member alone.
            for (turn, norm) in turns.iter().zip(norms) {
                let windows: Vec<Window> = turn.iter().map(|&window| window.clone()).collect();
                let batch = batch::stack(&windows, &(0..windows.len()).collect::<Vec<_>>())?;
                let adapter = Adapter::of_variables(base.config(), recipe.rank, recipe.alpha, &variables)?;
                let nll = model.nll(&batch.inputs, &batch.targets, Some(&adapter))?;
                let gradients = ((nll * &batch.weights)?.sum_all()? / batch.counted)?.backward()?;
                let flat = |var: &candle_core::Var| gradients.get(var).map_or(Ok(vec![]), values);
                let all: Vec<_> = variables.iter().map(|(n, v)| Ok((n, flat(v)?))).collect::<Result<_>>()?;
                let square: f64 = all.iter().flat_map(|(_, g)| g).map(|g| f64::from(g * g)).sum();
                assert!((f64::from(norm) / square.sqrt() - 1.0).abs() < 1e-5, "{norm} for {}", square.sqrt());
                let kept = (f64::from(clip) / square.sqrt()).min(1.0);
                for (name, gradient) in all {
                    let sum = wanted.entry(name).or_insert_with(|| vec![0.0; gradient.len()]);
                    sum.iter_mut().zip(gradient).for_each(|(s, g)| *s += kept * f64::from(g));
                }
            }
            let norm = wanted.values().flatten().map(|g| g * g).sum::<f64>().sqrt();
            for (name, wanted) in wanted {
                for (got, want) in values(&together[name])?.into_iter().zip(wanted) {
                    assert!((f64::from(got) - want).abs() <= 1e-6 * norm, "{name}: {got} for {want}");
                }
            }
        }
        Ok(())
    }

    #[test]
    fn the_same_key_gives_the_same_bits_and_another_key_others() -> Result<()> {
        let (base, rows) = (random_base(2)?, rows(6));
        let train = |key: [u8; 32]| -> Result<String> {
            let folder = tempfile::tempdir().map_err(MlError::io(Path::new("tmp")))?;
            seal_key(folder.path(), &rows, key)?;
            let watch = Watch { progress: &|_| {}, cancel: &Cancel::new() };
            let result = train_shard(&base, &recipe(), 0, std::slice::from_ref(&rows), folder.path(), watch)?;
            assert_eq!(result.state.slices[0].loss, None, "a loss without noise tells of the rows");
            Ok(result.adapter_hash)
        };
        assert_eq!(train([1; 32])?, train([1; 32])?);
        assert_ne!(train([1; 32])?, train([2; 32])?);
        Ok(())
    }

    #[test]
    fn a_key_serves_its_rows_only_and_its_owner() -> Result<()> {
        let folder = tempfile::tempdir().map_err(MlError::io(Path::new("tmp")))?;
        let (folder, all) = (folder.path(), rows(5));
        assert!(
            Crowd::new(folder, &all, Marks { start: 0, end: 0 }, &recipe()).is_err(),
            "without a key nothing is trained"
        );
        seal_key(folder, &all, [1; 32])?;
        seal_key(folder, &all, [2; 32])?;
        assert_eq!(key(folder, &all)?, [1; 32], "the same rows keep their key");
        assert!(key(folder, &all[1..]).is_err());
        seal_key(folder, &all[1..], [3; 32])?;
        assert_eq!(key(folder, &all[1..])?, [3; 32], "other rows get a fresh one");
        let canary = TrainRow { member: "canary-0-1".into(), record: "c".into(), tokens: vec![1] };
        assert_eq!(key(folder, &[&all[1..], &[canary]].concat())?, [3; 32], "a canary is no member");
        let other = folder.join("other");
        lend_key(folder, &other)?;
        assert_eq!(key(&other, &all[1..])?, [3; 32]);
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let mode = std::fs::metadata(key_path(folder)).map_err(MlError::io(folder))?.permissions().mode();
            assert_eq!(mode & 0o777, 0o600);
        }
        Ok(())
    }

    #[test]
    fn recipes_that_keep_nobody_private_are_refused() {
        let changes: [fn(&mut Recipe, &mut Privacy); 7] = [
            |_, p| p.rate = 0.0,
            |_, p| p.clip = f32::NAN,
            |_, p| p.noise = 0.0,
            |_, p| p.windows = 0,
            |r, _| r.slices = 6,
            |r, _| r.shards = 8,
            |r, _| r.joint = Recipe::shipped("default").and_then(|recipe| recipe.joint),
        ];
        assert!(recipe().check().is_ok());
        for change in changes {
            let (mut recipe, mut privacy) = (recipe(), PRIVACY);
            change(&mut recipe, &mut privacy);
            recipe.privacy = Some(privacy);
            assert!(recipe.check().is_err(), "{recipe:?}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 4, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn the_noise_is_normal(key: [u8; 32]) {
            let mut rng = ChaCha20Rng::from_seed(key);
            let drawn: Vec<f64> = (0..40_000).map(|_| normal(&mut rng)).collect();
            let mean = |power: i32| drawn.iter().map(|x| x.powi(power)).sum::<f64>() / drawn.len() as f64;
            prop_assert!(mean(1).abs() < 0.03 && (mean(2) - 1.0).abs() < 0.05 && (mean(4) - 3.0).abs() < 0.4);
        }
    }
}
