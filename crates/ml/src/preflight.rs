//! What is checked before training starts, so that it does not stop after hours: that there is something to learn, that the rows were
//! made with this base's tokenizer, that the memory suffices.

use crate::base::Base;
use crate::config::{Config, Projection};
use crate::error::{MlError, Result};
use crate::recipe::Recipe;
use crate::shard::TrainRow;

/// Bytes of a number.
const WIDTH: u64 = 4;
/// Copies of a token's logits that a step holds at once: they, their gradient, and two sums of it.
const LOGITS: u64 = 4;
/// What a step holds besides what is counted, in percent.
const MARGIN: u64 = 30;

/// Checks a training before it starts. `available` is the memory that may be used, in bytes.
pub fn check(
    base: &Base,
    recipe: &Recipe,
    shards: &[Vec<Vec<TrainRow>>],
    threads: usize,
    available: u64,
) -> Result<()> {
    if shards.iter().flatten().flatten().all(|row| row.tokens.is_empty()) {
        return Err(MlError::Nothing);
    }
    for (shard, slices) in shards.iter().enumerate() {
        check_vocabulary(base.config(), shard, slices)?;
    }
    let needed = memory_bytes(base.config(), recipe, threads.clamp(1, shards.len().max(1)));
    match available < needed {
        true => Err(MlError::Memory { needed_mb: needed >> 20, available_mb: available >> 20 }),
        false => Ok(()),
    }
}

/// Whether the base knows every token of a shard.
pub(crate) fn check_vocabulary(config: &Config, shard: usize, slices: &[Vec<TrainRow>]) -> Result<()> {
    let vocabulary = config.vocab_size;
    let unknown = |token: &&u32| **token as usize >= vocabulary;
    match slices.iter().flatten().flat_map(|row| &row.tokens).find(unknown) {
        Some(&token) => Err(MlError::Vocabulary { shard, token, vocabulary }),
        None => Ok(()),
    }
}

/// About how many bytes adapters of `threads` shards at once take: the base once, and for each thread the adapter with its
/// moments and gradient, and everything that one step keeps for its way back.
pub fn memory_bytes(config: &Config, recipe: &Recipe, threads: usize) -> u64 {
    let mut per_token = 0;
    let mut adapter = 0;
    for projection in Projection::ALL {
        let (out, width) = projection.shape(config);
        adapter += recipe.rank * (out + width);
        // The product, the adapter's, their sum.
        per_token += 3 * out + 2 * recipe.rank;
    }
    let kv = config.kv_heads() * config.head_width();
    let context = recipe.context.min(recipe.batch_tokens.max(1));
    // Norms, the residual stream, heads split and merged; the three parts of the feed-forward; scores and their softmax.
    per_token += 7 * config.hidden_size + 2 * kv + 3 * config.intermediate_size;
    per_token += 2 * config.num_attention_heads * context;
    let layers = config.num_hidden_layers as u64;
    let tokens = recipe.batch_tokens.max(recipe.context) as u64;
    let step = tokens * (layers * per_token as u64 + LOGITS * config.vocab_size as u64);
    let of_adapter = 5 * layers * adapter as u64;
    let each = (step + of_adapter) * (100 + MARGIN) / 100;
    WIDTH * (config.parameter_count() as u64 + threads as u64 * each)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::tests::random_base;

    #[test]
    fn each_bad_input_is_named_before_work_starts() -> Result<()> {
        let base = random_base(1)?;
        let row = |tokens: &[u32]| TrainRow { member: "m".into(), record: "r".into(), tokens: tokens.to_vec() };
        let recipe = Recipe { shards: 2, slices: 1, ..Recipe::default() };
        let enough = memory_bytes(base.config(), &recipe, 2);
        let good = || vec![vec![vec![row(&[1, 2])]], vec![vec![]]];
        type Case = (Vec<Vec<Vec<TrainRow>>>, u64, &'static str);
        let cases: [Case; 6] = [
            (good(), enough, ""),
            (good(), u64::MAX, ""),
            (vec![vec![vec![]], vec![vec![]]], enough, "no admitted record"),
            (vec![vec![vec![row(&[])]], vec![vec![]]], enough, "no admitted record"),
            (vec![vec![vec![row(&[1])]], vec![vec![row(&[1, 300])]]], enough, "shard `1` holds the token `300`"),
            (good(), 1 << 20, "`1` MB"),
        ];
        for (shards, available, words) in cases {
            match check(&base, &recipe, &shards, 2, available) {
                Ok(()) => assert_eq!(words, ""),
                Err(error) => {
                    assert!(!words.is_empty() && error.to_string().contains(words), "{error} without `{words}`")
                }
            }
        }
        assert!(memory_bytes(base.config(), &recipe, 2) > memory_bytes(base.config(), &recipe, 1));
        Ok(())
    }
}
