//! The shape of a Llama-family model: Llama, Mistral, Qwen 2 and Qwen 3. They share one computation; what differs (biases, norms of
//! the heads, scaled rotations) is said here. Never anything that this code does not compute exactly: `file` refuses it.

mod file;
pub(crate) mod marks;
mod projection;

pub use marks::Marks;
pub use projection::Projection;

use crate::ops::Rotation;
use crate::rope::{self, Scaling};
use serde::{Deserialize, Serialize};

/// Sizes and constants of a model.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Config {
    /// Which model it is.
    #[serde(default, rename = "model_type")]
    pub family: Family,
    /// Width of the residual stream.
    pub hidden_size: usize,
    /// Width of the feed-forward block.
    pub intermediate_size: usize,
    /// Number of blocks.
    pub num_hidden_layers: usize,
    /// Query heads.
    pub num_attention_heads: usize,
    /// Key and value heads; absent means as many as query heads.
    #[serde(default)]
    pub num_key_value_heads: Option<usize>,
    /// Tokens in the vocabulary.
    pub vocab_size: usize,
    /// Added to the mean square in the normalization.
    #[serde(default = "default_eps")]
    pub rms_norm_eps: f64,
    /// Base of the rotary angles.
    #[serde(default = "default_theta")]
    pub rope_theta: f64,
    /// How positions are stretched; absent means not at all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rope_scaling: Option<Scaling>,
    /// Whether the output head is the embedding.
    #[serde(default)]
    pub tie_word_embeddings: bool,
    /// Longest context in tokens.
    pub max_position_embeddings: usize,
    /// Width of a head; absent means `hidden_size / num_attention_heads`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub head_dim: Option<usize>,
    /// Whether queries, keys, values and the output of attention have biases; Mistral and Qwen 2 have no choice.
    #[serde(default)]
    pub attention_bias: bool,
    /// Whether the three matrices of the feed-forward block have biases; only Llama has the choice.
    #[serde(default)]
    pub mlp_bias: bool,
    /// Token that begins a text, where the model knows one.
    #[serde(default)]
    pub bos_token_id: Option<u32>,
    /// Tokens that end a text.
    #[serde(default)]
    pub eos_token_id: Option<Ids>,
}

/// Which model's code in `transformers` computes the same.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Family {
    /// Llama 1 to 3, and everything of its shape.
    #[default]
    Llama,
    /// Mistral without a sliding window.
    Mistral,
    /// Qwen 2 and 2.5: biases on queries, keys and values.
    Qwen2,
    /// Qwen 3: norms on every head's queries and keys.
    Qwen3,
}

/// One token or several, as the files of the layout have both.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Ids {
    /// One.
    One(u32),
    /// Several, the usual one first.
    Several(Vec<u32>),
}

impl Ids {
    /// All of them.
    pub fn all(&self) -> &[u32] {
        match self {
            Self::One(id) => std::slice::from_ref(id),
            Self::Several(ids) => ids,
        }
    }
}

fn default_eps() -> f64 {
    1e-6
}

fn default_theta() -> f64 {
    10_000.0
}

/// Largest width or vocabulary; keeps a hostile file from asking for all memory.
const DIMENSION_LIMIT: usize = 1 << 20;
/// Most blocks.
const LAYERS_LIMIT: usize = 4096;
/// Widest head.
const HEAD_LIMIT: usize = 1024;
/// Longest context that is computed, in tokens, whatever a model can do.
pub const CONTEXT_LIMIT: usize = 1 << 16;

impl Config {
    /// Whether the sizes fit together; the text says what does not.
    pub fn check(&self) -> Result<(), String> {
        let sizes =
            [self.hidden_size, self.intermediate_size, self.num_attention_heads, self.kv_heads(), self.vocab_size];
        if sizes.iter().chain([&self.max_position_embeddings]).any(|&n| n == 0)
            || sizes.iter().any(|&n| n > DIMENSION_LIMIT)
        {
            return Err(format!("every size must lie between 1 and {DIMENSION_LIMIT}"));
        }
        if self.num_hidden_layers == 0 || self.num_hidden_layers > LAYERS_LIMIT {
            return Err(format!("`num_hidden_layers` must lie between 1 and {LAYERS_LIMIT}"));
        }
        if !self.num_attention_heads.is_multiple_of(self.kv_heads()) {
            return Err("the query heads must be a multiple of the key and value heads".into());
        }
        if self.head_dim.is_none() && !self.hidden_size.is_multiple_of(self.num_attention_heads) {
            return Err("`hidden_size` must be a multiple of `num_attention_heads`".into());
        }
        let constants = self.rope_theta > 1.0 && self.rope_theta.is_finite() && (0.0..1.0).contains(&self.rms_norm_eps);
        if !constants {
            return Err("`rope_theta` must be over 1 and `rms_norm_eps` between 0 and 1".into());
        }
        self.rope_scaling.as_ref().map_or(Ok(()), Scaling::check)?;
        match self.head_width() {
            width if width % 2 == 0 && (2..=HEAD_LIMIT).contains(&width) => Ok(()),
            width => {
                Err(format!("heads are `{width}` wide; the rotation needs an even width of at most `{HEAD_LIMIT}`"))
            }
        }
    }

    /// Key and value heads.
    pub fn kv_heads(&self) -> usize {
        self.num_key_value_heads.unwrap_or(self.num_attention_heads).max(1)
    }

    /// Width of one head.
    pub fn head_width(&self) -> usize {
        self.head_dim.unwrap_or(self.hidden_size / self.num_attention_heads.max(1))
    }

    /// Longest context in tokens that is computed.
    pub fn context(&self) -> usize {
        self.max_position_embeddings.min(CONTEXT_LIMIT)
    }

    /// The rotary positions up to the context.
    pub fn rotation(&self) -> Rotation {
        let (frequencies, factor) = rope::frequencies(self.head_width(), self.rope_theta, self.rope_scaling.as_ref());
        Rotation::new(self.context(), &frequencies, factor)
    }

    /// Whether a matrix has a bias.
    pub fn has_bias(&self, projection: Projection) -> bool {
        let into_heads = matches!(projection, Projection::Query | Projection::Key | Projection::Value);
        let attends = into_heads || projection == Projection::Output;
        match self.family {
            Family::Llama if attends => self.attention_bias,
            Family::Llama => self.mlp_bias,
            Family::Mistral => false,
            Family::Qwen2 => into_heads,
            Family::Qwen3 => attends && self.attention_bias,
        }
    }

    /// Whether the queries and keys of every head are normalized.
    pub fn has_head_norms(&self) -> bool {
        self.family == Family::Qwen3
    }

    /// Name and shape of every weight, in the order of the layers.
    pub fn parameters(&self) -> Vec<(String, Vec<usize>)> {
        let mut all = vec![("model.embed_tokens.weight".to_owned(), vec![self.vocab_size, self.hidden_size])];
        for layer in 0..self.num_hidden_layers {
            all.push((format!("model.layers.{layer}.input_layernorm.weight"), vec![self.hidden_size]));
            for projection in Projection::ALL {
                let (out, width) = projection.shape(self);
                all.push((projection.weight_name(layer), vec![out, width]));
                if self.has_bias(projection) {
                    all.push((projection.bias_name(layer), vec![out]));
                }
            }
            if self.has_head_norms() {
                all.extend(head_norm_names(layer).map(|name| (name, vec![self.head_width()])));
            }
            all.push((format!("model.layers.{layer}.post_attention_layernorm.weight"), vec![self.hidden_size]));
        }
        all.push(("model.norm.weight".to_owned(), vec![self.hidden_size]));
        if !self.tie_word_embeddings {
            all.push(("lm_head.weight".to_owned(), vec![self.vocab_size, self.hidden_size]));
        }
        all
    }

    /// Number of weights.
    pub fn parameter_count(&self) -> usize {
        self.parameters().iter().map(|(_, shape)| shape.iter().product::<usize>()).sum()
    }
}

/// Names of the norms of queries and of keys in layer `layer`.
pub fn head_norm_names(layer: usize) -> [String; 2] {
    ["q_norm", "k_norm"].map(|norm| format!("model.layers.{layer}.self_attn.{norm}.weight"))
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    pub(crate) fn tiny() -> Config {
        Config {
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
        }
    }

    #[test]
    fn families_differ_in_biases_and_norms() {
        assert_eq!(tiny().parameter_count(), 300 * 32 + 2 * (32 * (32 + 16 + 16 + 32 + 3 * 64) + 64) + 32);
        let more = |config: Config| config.parameter_count() - tiny().parameter_count();
        assert_eq!(more(Config { family: Family::Qwen2, ..tiny() }), 2 * (32 + 16 + 16));
        assert_eq!(more(Config { family: Family::Qwen3, ..tiny() }), 2 * (8 + 8));
        assert_eq!(
            more(Config { attention_bias: true, mlp_bias: true, ..tiny() }),
            2 * (32 + 16 + 16 + 32 + 64 * 2 + 32)
        );
        assert_eq!(more(Config { tie_word_embeddings: false, ..tiny() }), 300 * 32);
    }
}
