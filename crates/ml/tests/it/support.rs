//! A random tiny base and random rows, the same for the same seed; and what spoils a checkpoint on disk.

use candle_core::{Device, Tensor};
use candor_ml::base::Base;
use candor_ml::config::Config;
use candor_ml::progress::{Cancel, Progress};
use candor_ml::recipe::Recipe;
use candor_ml::shard::TrainRow;
use candor_ml::tensors::{self, Tensors, Width};
use candor_ml::tokenizer::Tokenizer;
use candor_ml::train::Watch;
use candor_ml::weights::SINGLE_FILE;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde_json::Value;
use std::fs;
use std::path::Path;

pub(crate) type Test = Result<(), Box<dyn std::error::Error>>;

pub(crate) static NEVER: Cancel = Cancel::new();

/// Reports nothing, never stops.
pub(crate) fn quietly() -> Watch<'static> {
    Watch { progress: &|_: Progress| (), cancel: &NEVER }
}

pub(crate) fn base() -> candor_ml::Result<Base> {
    let words = ["the quick brown fox jumps over the lazy dog", "a quick dog and a lazy fox"];
    let tokenizer = Tokenizer::train(300, words.iter().cycle().take(20))?;
    let config = Config {
        hidden_size: 32,
        intermediate_size: 64,
        num_hidden_layers: 2,
        num_attention_heads: 4,
        num_key_value_heads: Some(2),
        vocab_size: 300,
        rms_norm_eps: 1e-5,
        rope_theta: 10_000.0,
        tie_word_embeddings: true,
        max_position_embeddings: 64,
        ..Config::default()
    };
    let mut rng = ChaCha8Rng::seed_from_u64(42);
    let mut tensors = Tensors::new();
    for (name, shape) in config.parameters() {
        let n = shape.iter().product();
        let data: Vec<f32> = match shape.len() {
            1 => vec![1.0; n],
            _ => (0..n).map(|_| rng.random_range(-0.15..0.15)).collect(),
        };
        tensors.insert(name, Tensor::from_vec(data, shape, &Device::Cpu)?);
    }
    Base::new(config, tokenizer, tensors)
}

pub(crate) fn recipe() -> Recipe {
    Recipe {
        rank: 4,
        alpha: 8.0,
        learning_rate: 5e-3,
        epochs: 2,
        context: 32,
        batch_tokens: 128,
        shards: 2,
        slices: 3,
        ..Recipe::default()
    }
}

/// Shards of slices of rows: members of three rows each, with patterned tokens that can be learnt.
pub(crate) fn rows(members: usize) -> Vec<Vec<Vec<TrainRow>>> {
    let recipe = recipe();
    let mut shards = vec![vec![Vec::new(); recipe.slices]; recipe.shards];
    let mut rng = ChaCha8Rng::seed_from_u64(7);
    for member in 0..members {
        for record in 0..3 {
            let (start, length) = (rng.random_range(1..200u32), rng.random_range(5..70u32));
            let tokens = (0..length).map(|i| 1 + (start + i * 3) % 299).collect();
            let row = TrainRow { member: format!("m{member}"), record: format!("r{member}-{record}"), tokens };
            shards[member % recipe.shards][member / recipe.shards % recipe.slices].push(row);
        }
    }
    shards
}

fn change_json(path: &Path, change: impl FnOnce(&mut Value)) -> Test {
    let mut value = serde_json::from_str(&fs::read_to_string(path)?)?;
    change(&mut value);
    Ok(fs::write(path, value.to_string())?)
}

/// Sets one value of the `config.json` of a folder.
pub(crate) fn set(folder: &Path, key: &str, value: Value) -> Test {
    change_json(&folder.join("config.json"), |config| config[key] = value)
}

pub(crate) fn change_tensors(folder: &Path, change: impl FnOnce(&mut Tensors) -> Test) -> Test {
    let mut all = tensors::load(&folder.join(SINGLE_FILE))?;
    change(&mut all)?;
    tensors::save(&folder.join(SINGLE_FILE), &all, Width::Full)?;
    Ok(())
}
