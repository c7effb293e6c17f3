//! Makes a base model from plain public texts: trains the tokenizer, then all weights, and writes a folder in Hugging Face layout
//! at every checkpoint. A run that was killed goes on from its last checkpoint with the same result as one that was not. Never
//! sees members' data.

use crate::adam::{Adam, AdamOptions, Variables};
use crate::card::{self, CurvePoint};
use crate::config::{Config, Projection};
use crate::corpus::{Text, TextRecord};
use crate::error::{MlError, Result};
use crate::files;
use crate::model::Model;
use crate::progress::{Cancel, Progress};
use crate::tensors::{self, Tensors, Width};
use crate::tokenizer::Tokenizer;
use candle_core::{Device, Tensor, Var};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};

/// Everything that decides how a base is made, besides the texts. Lives in a `.toml` file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PretrainRecipe {
    /// Name of the model.
    pub name: String,
    /// Where the texts come from and under which terms; printed on the card.
    pub source: String,
    /// Licence of the weights, as an SPDX expression.
    pub license: String,
    /// Tokens of the vocabulary.
    pub vocabulary: usize,
    /// Width of the residual stream.
    pub hidden: usize,
    /// Number of blocks.
    pub layers: usize,
    /// Query heads.
    pub heads: usize,
    /// Key and value heads.
    pub kv_heads: usize,
    /// Width of the feed-forward block.
    pub feed_forward: usize,
    /// Context in tokens.
    pub context: usize,
    /// Windows of one context a step.
    pub batch_windows: usize,
    /// Steps in all. May be changed when a run is resumed, as long as its decay has not begun.
    pub steps: u32,
    /// Steps in which the learning rate rises from zero.
    pub warmup_steps: u32,
    /// Steps at the end in which it falls along a half cosine; between the two it is constant, so the end may be moved.
    pub decay_steps: u32,
    /// The constant learning rate.
    pub learning_rate: f32,
    /// Decoupled weight decay of matrices.
    pub weight_decay: f32,
    /// Seed of initial weights and batches.
    pub seed: u64,
    /// File names, without ending, of texts never trained on.
    pub held_out: Vec<String>,
    /// Windows of the held-out texts that are scored.
    pub held_out_windows: usize,
    /// Steps between two measurements of the held-out loss, each followed by a checkpoint.
    pub checkpoint_every: u32,
}

/// What a finished or stopped run has made.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PretrainSummary {
    /// Steps taken.
    pub steps: u32,
    /// Tokens learnt from, repetitions included.
    pub tokens: u64,
    /// Distinct tokens of the texts.
    pub corpus_tokens: u64,
    /// Weights.
    pub parameters: u64,
    /// Loss by step.
    pub curve: Vec<CurvePoint>,
    /// SHA-256 of `model.safetensors`.
    pub model_hash: String,
    /// SHA-256 of `tokenizer.json`.
    pub tokenizer_hash: String,
    /// The texts.
    pub texts: Vec<TextRecord>,
}

/// Where an interrupted run stands; the weights and moments are in the file it names.
#[derive(Debug, Serialize, Deserialize)]
struct Checkpoint {
    recipe: PretrainRecipe,
    tokenizer_hash: String,
    texts: Vec<TextRecord>,
    steps: u32,
    curve: Vec<CurvePoint>,
    file: String,
}

impl PretrainRecipe {
    /// A recipe that ships with the program, by its name; none of that name gives none.
    #[must_use]
    pub fn shipped(name: &str) -> Option<Self> {
        let text = match name {
            "base" => include_str!("../recipes/pretrain/base.toml"),
            "tiny" => include_str!("../recipes/pretrain/tiny.toml"),
            _ => return None,
        };
        toml::from_str(text).ok()
    }

    /// Reads a recipe.
    pub fn load(path: &Path) -> Result<Self> {
        let recipe: Self = toml::from_str(&files::read_text(path)?).map_err(|e| MlError::format(path, e))?;
        recipe.config().check().map_err(|why| MlError::format(path, why))?;
        if recipe.batch_windows == 0 || recipe.checkpoint_every == 0 || recipe.held_out_windows == 0 {
            return Err(MlError::format(
                path,
                "`batch_windows`, `checkpoint_every` and `held_out_windows` must be at least 1",
            ));
        }
        Ok(recipe)
    }

    /// The shape of the model.
    pub fn config(&self) -> Config {
        Config {
            hidden_size: self.hidden,
            intermediate_size: self.feed_forward,
            num_hidden_layers: self.layers,
            num_attention_heads: self.heads,
            num_key_value_heads: Some(self.kv_heads),
            vocab_size: self.vocabulary,
            rms_norm_eps: 1e-5,
            rope_theta: 10_000.0,
            tie_word_embeddings: true,
            max_position_embeddings: self.context,
            ..Config::default()
        }
    }

    /// Learning rate of step `step`, counted from 0.
    fn rate(&self, step: u32) -> f32 {
        let rising = ((step + 1) as f32 / self.warmup_steps.max(1) as f32).min(1.0);
        let left = self.steps.saturating_sub(step) as f32 / self.decay_steps.max(1) as f32;
        let falling = 0.5 - 0.5 * (std::f32::consts::PI * left.min(1.0)).cos();
        self.learning_rate * rising.min(falling.max(0.02))
    }

    /// Whether a run begun with `self` may go on with `other`: only the end may move, and only before the decay.
    fn may_become(&self, other: &Self, steps: u32) -> bool {
        let same = Self {
            steps: self.steps,
            decay_steps: self.decay_steps,
            checkpoint_every: self.checkpoint_every,
            ..other.clone()
        };
        let constant = steps <= self.steps.saturating_sub(self.decay_steps)
            && steps <= other.steps.saturating_sub(other.decay_steps);
        *self == same && (constant || (self.steps == other.steps && self.decay_steps == other.decay_steps))
    }
}

/// The moving parts of a run.
struct Run<'a> {
    recipe: &'a PretrainRecipe,
    out: &'a Path,
    config: Config,
    tokenizer: Tokenizer,
    texts: Vec<TextRecord>,
    train: Vec<u32>,
    held_out: Vec<u32>,
    variables: Variables,
    adam: Adam,
    curve: Vec<CurvePoint>,
}

/// Makes a base from `texts` in `out`, or goes on with one begun there. Progress is reported every step.
pub fn pretrain(
    texts: &[PathBuf],
    recipe: &PretrainRecipe,
    out: &Path,
    progress: &mut dyn FnMut(Progress),
    cancel: &Cancel,
) -> Result<PretrainSummary> {
    files::create_folder(&out.join("checkpoint"))?;
    let mut run = Run::start(texts, recipe, out, progress)?;
    run.resume()?;
    let model = Model::new(&run.config, &run.tensors())?;
    let (mut sum, mut count) = (0f64, 0u32);
    while run.adam.steps() < recipe.steps {
        if cancel.is_canceled() {
            return Err(MlError::Canceled);
        }
        let step = run.adam.steps();
        let (x, y) = run.batch(step)?;
        let loss = model.nll(&x, &y, None)?.mean_all()?;
        let norm = run.adam.step(&run.variables, &loss.backward()?, recipe.rate(step))?;
        let loss = loss.to_scalar::<f32>()?;
        if !loss.is_finite() || !norm.is_finite() {
            return Err(MlError::Recipe(format!(
                "the loss or a gradient is no number in step `{step}`; the last checkpoint is kept; use a smaller `learning_rate`"
            )));
        }
        (sum, count) = (sum + f64::from(loss), count + 1);
        let done = step + 1;
        let mut held_out = None;
        if done % recipe.checkpoint_every == 0 || done == recipe.steps {
            let measured = run.measure(&model)?;
            held_out = Some(measured);
            let train = (sum / f64::from(count.max(1))) as f32;
            run.curve.push(CurvePoint { step: done, tokens: run.tokens_at(done), train, held_out: measured });
            (sum, count) = (0.0, 0);
            run.checkpoint()?;
        }
        let (done, total, tokens) = (u64::from(done), u64::from(recipe.steps), run.tokens_at(done));
        let stage = "pretrain".into();
        progress(Progress {
            stage,
            step: done,
            done,
            total,
            tokens,
            loss: Some(loss),
            held_out,
            ..Progress::default()
        });
    }
    run.export()
}

impl<'a> Run<'a> {
    fn start(
        paths: &[PathBuf],
        recipe: &'a PretrainRecipe,
        out: &'a Path,
        progress: &mut dyn FnMut(Progress),
    ) -> Result<Self> {
        let mut say = |stage: &str| {
            progress(Progress { stage: stage.into(), total: 1, ..Progress::default() });
        };
        say("read texts");
        let mut texts = paths.iter().map(|p| Text::load(p)).collect::<Result<Vec<_>>>()?;
        texts.sort_by(|a, b| a.stem.cmp(&b.stem));
        let (held_out, train): (Vec<Text>, Vec<Text>) =
            texts.into_iter().partition(|t| recipe.held_out.contains(&t.stem));
        if train.is_empty() || held_out.is_empty() {
            return Err(MlError::Recipe(
                "at least one text to train on and one of the `held_out` texts are needed".into(),
            ));
        }
        say("tokenizer");
        let path = out.join("tokenizer.json");
        let tokenizer = match path.is_file() {
            true => Tokenizer::load(&path)?,
            false => {
                Tokenizer::train(recipe.vocabulary, train.iter().flat_map(|t| t.passages.iter().map(String::as_str)))?
            }
        };
        if tokenizer.vocabulary() > recipe.vocabulary {
            return Err(MlError::format(
                &path,
                "its vocabulary is larger than the recipe's; use an empty output folder",
            ));
        }
        files::write_atomic(&path, tokenizer.json().as_bytes())?;
        say("tokens");
        let tokens = |texts: &[Text]| -> Result<Vec<u32>> {
            Ok(texts.iter().map(|t| t.tokens(&tokenizer)).collect::<Result<Vec<_>>>()?.concat())
        };
        let (train_tokens, held_out_tokens) = (tokens(&train)?, tokens(&held_out)?);
        if train_tokens.len().min(held_out_tokens.len()) <= recipe.context + 1 {
            return Err(MlError::Recipe("the texts are shorter than one context".into()));
        }
        let records = train.iter().map(|t| t.record(false)).chain(held_out.iter().map(|t| t.record(true))).collect();
        let config = recipe.config();
        let variables = initial_variables(&config, recipe.seed)?;
        let options = AdamOptions { beta2: 0.98, weight_decay: recipe.weight_decay, ..AdamOptions::default() };
        let adam = Adam::new(&variables, options);
        Ok(Self {
            recipe,
            out,
            config,
            tokenizer,
            texts: records,
            train: train_tokens,
            held_out: held_out_tokens,
            variables,
            adam,
            curve: vec![],
        })
    }

    fn tokens_at(&self, steps: u32) -> u64 {
        u64::from(steps) * (self.recipe.batch_windows * self.recipe.context) as u64
    }

    fn tensors(&self) -> Tensors {
        self.variables.iter().map(|(name, var)| (name.clone(), var.as_tensor().clone())).collect()
    }

    /// The windows of a step depend on the seed and the step alone, so a resumed run sees what an unbroken one would.
    fn batch(&self, step: u32) -> Result<(Tensor, Tensor)> {
        let mut rng = ChaCha8Rng::seed_from_u64(self.recipe.seed);
        rng.set_stream(u64::from(step) + 1);
        let last = self.train.len() - self.recipe.context - 1;
        let starts: Vec<usize> = (0..self.recipe.batch_windows).map(|_| rng.random_range(0..=last)).collect();
        windows(&self.train, &starts, self.recipe.context)
    }

    /// Mean loss over windows spread evenly over the held-out texts.
    fn measure(&self, model: &Model) -> Result<f32> {
        let (context, n) = (self.recipe.context, self.recipe.held_out_windows);
        let last = self.held_out.len() - context - 1;
        let starts: Vec<usize> = (0..n).map(|i| i * last / n.max(2).saturating_sub(1)).map(|s| s.min(last)).collect();
        let mut sum = 0f64;
        for some in starts.chunks(self.recipe.batch_windows) {
            let (x, y) = windows(&self.held_out, some, context)?;
            let detached = model.nll(&x, &y, None)?.detach();
            sum += f64::from(detached.sum_all()?.to_scalar::<f32>()?);
        }
        Ok((sum / (n * context) as f64) as f32)
    }

    fn checkpoint_path(&self) -> PathBuf {
        self.out.join("checkpoint").join("state.json")
    }

    fn checkpoint(&self) -> Result<()> {
        let folder = self.out.join("checkpoint");
        let steps = self.adam.steps();
        let file = format!("state-{steps}.safetensors");
        let mut all = self.adam.to_tensors()?;
        all.extend(self.tensors().into_iter().map(|(name, tensor)| (format!("weight.{name}"), tensor)));
        tensors::save(&folder.join(&file), &all, Width::Full)?;
        let old = files::read_json::<Checkpoint>(&self.checkpoint_path()).ok();
        let state = Checkpoint {
            recipe: self.recipe.clone(),
            tokenizer_hash: self.tokenizer.hash(),
            texts: self.texts.clone(),
            steps,
            curve: self.curve.clone(),
            file,
        };
        files::write_json(&self.checkpoint_path(), &state)?;
        if let Some(old) = old.filter(|old| old.file != state.file) {
            files::remove_if_there(&folder.join(old.file))?;
        }
        self.export().map(|_| ())
    }

    /// Takes up the last checkpoint, if there is one of the same recipe, texts and tokenizer.
    fn resume(&mut self) -> Result<()> {
        let path = self.checkpoint_path();
        if !path.is_file() {
            return Ok(());
        }
        let state: Checkpoint = files::read_json(&path)?;
        let same = state.texts == self.texts && state.tokenizer_hash == self.tokenizer.hash();
        if !same || !state.recipe.may_become(self.recipe, state.steps) {
            return Err(MlError::format(
                &path,
                "it was made by another recipe or from other texts; use an empty output folder",
            ));
        }
        let all = tensors::load(&self.out.join("checkpoint").join(&state.file))?;
        for (name, var) in &self.variables {
            let stored = all.get(&format!("weight.{name}"));
            var.set(stored.ok_or_else(|| MlError::format(&path, format!("its file lacks `{name}`")))?)?;
        }
        self.adam.restore(state.steps, &all)?;
        self.curve = state.curve;
        Ok(())
    }

    /// Writes the folder others load: weights in 16 bits, tokenizer, configuration, card, recipe.
    fn export(&self) -> Result<PretrainSummary> {
        let model_hash = tensors::save(&self.out.join("model.safetensors"), &self.tensors(), Width::Half)?;
        files::write_json(&self.out.join("config.json"), &self.config.to_json())?;
        card::write_side_files(self.out, &self.config)?;
        let recipe = toml::to_string_pretty(self.recipe).map_err(|e| MlError::Recipe(e.to_string()))?;
        files::write_atomic(&self.out.join("recipe.toml"), recipe.as_bytes())?;
        let summary = PretrainSummary {
            steps: self.adam.steps(),
            tokens: self.tokens_at(self.adam.steps()),
            corpus_tokens: self.train.len() as u64,
            parameters: self.config.parameter_count() as u64,
            curve: self.curve.clone(),
            model_hash,
            tokenizer_hash: self.tokenizer.hash(),
            texts: self.texts.clone(),
        };
        files::write_atomic(&self.out.join("README.md"), card::render(self.recipe, &summary).as_bytes())?;
        Ok(summary)
    }
}

/// Inputs and targets of windows that begin at `starts`: the target is the next token.
fn windows(tokens: &[u32], starts: &[usize], context: usize) -> Result<(Tensor, Tensor)> {
    let cut = |shift: usize| -> Result<Tensor> {
        let all: Vec<u32> =
            starts.iter().flat_map(|&s| tokens[s + shift..s + shift + context].iter().copied()).collect();
        Ok(Tensor::from_vec(all, (starts.len(), context), &Device::Cpu)?)
    };
    Ok((cut(0)?, cut(1)?))
}

/// Normal weights of spread `0.6 / sqrt(in)`, smaller where they write into the residual stream; norms one.
fn initial_variables(config: &Config, seed: u64) -> Result<Variables> {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let residual = 1.0 / (2.0 * config.num_hidden_layers as f32).sqrt();
    let mut variables = Variables::new();
    for (name, shape) in config.parameters() {
        let count: usize = shape.iter().product();
        let writes_residual = [Projection::Output, Projection::Down].iter().any(|p| name.contains(p.module()));
        let spread = match shape.as_slice() {
            [_] => 0.0,
            _ if name.contains("embed") => 0.02,
            [_, width] if writes_residual => 0.6 * residual / (*width as f32).sqrt(),
            [.., width] => 0.6 / (*width as f32).sqrt(),
            [] => 0.0,
        };
        let center = if shape.len() == 1 { 1.0 } else { 0.0 };
        let data: Vec<f32> = (0..count).map(|_| center + spread * normal(&mut rng)).collect();
        variables.insert(name, Var::from_tensor(&Tensor::from_vec(data, shape, &Device::Cpu)?)?);
    }
    Ok(variables)
}

/// A standard normal number (Box and Muller 1958).
fn normal(rng: &mut impl Rng) -> f32 {
    let radius = (-2.0 * (1.0 - rng.random::<f32>()).ln()).sqrt();
    radius * (std::f32::consts::TAU * rng.random::<f32>()).cos()
}
