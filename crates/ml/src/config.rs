//! The shape of a Llama-family model, as its `config.json` in Hugging Face layout says it. What this code cannot compute exactly
//! (scaled rotations, biases, other activations) is refused here, so that nothing later has to guess.

use crate::error::{MlError, Result};
use crate::files;
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::path::Path;

/// Sizes and constants of a model.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Config {
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
    /// Whether the output head is the embedding.
    #[serde(default)]
    pub tie_word_embeddings: bool,
    /// Longest context in tokens.
    pub max_position_embeddings: usize,
    /// Width of a head; absent means `hidden_size / num_attention_heads`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub head_dim: Option<usize>,
}

fn default_eps() -> f64 {
    1e-6
}

fn default_theta() -> f64 {
    10_000.0
}

/// Largest size of any dimension; keeps a hostile file from asking for all memory.
const DIMENSION_LIMIT: usize = 1 << 20;

impl Config {
    /// Reads and checks a `config.json`.
    pub fn load(path: &Path) -> Result<Self> {
        let mut value: serde_json::Value = files::read_json(path)?;
        let refuse = |why: String| Err(MlError::format(path, why));
        let wanted = [("model_type", json!("llama")), ("hidden_act", json!("silu"))];
        for (key, allowed) in wanted {
            if value.get(key).is_some_and(|v| *v != allowed) {
                return refuse(format!("`{key}` is {}, only {allowed} is supported", value[key]));
            }
        }
        for key in ["attention_bias", "mlp_bias"] {
            if value.get(key).is_some_and(|v| *v == json!(true)) {
                return refuse(format!("`{key}` is set, only weights without biases are supported"));
            }
        }
        // Newer files keep the rotary constants in one object.
        let rope = value.get("rope_parameters").or(value.get("rope_scaling")).cloned().unwrap_or_default();
        let kind = rope.get("rope_type").or(rope.get("type")).and_then(|v| v.as_str()).unwrap_or("default");
        if kind != "default" {
            return refuse(format!("rotary scaling `{kind}` is not supported, only the plain rotation"));
        }
        if let (Some(theta), Some(map)) = (rope.get("rope_theta"), value.as_object_mut()) {
            map.insert("rope_theta".into(), theta.clone());
        }
        let config: Self = serde_json::from_value(value).map_err(|e| MlError::format(path, e))?;
        config.check().map_err(|why| MlError::format(path, why))?;
        Ok(config)
    }

    /// Whether the sizes fit together; the text says what does not.
    pub fn check(&self) -> std::result::Result<(), String> {
        let sizes = [
            self.hidden_size,
            self.intermediate_size,
            self.num_hidden_layers,
            self.num_attention_heads,
            self.kv_heads(),
            self.vocab_size,
            self.max_position_embeddings,
        ];
        if sizes.iter().any(|&n| n == 0 || n > DIMENSION_LIMIT) {
            return Err(format!("every size must lie between 1 and {DIMENSION_LIMIT}"));
        }
        if !self.num_attention_heads.is_multiple_of(self.kv_heads()) {
            return Err("the query heads must be a multiple of the key and value heads".into());
        }
        if self.head_dim.is_none() && !self.hidden_size.is_multiple_of(self.num_attention_heads) {
            return Err("`hidden_size` must be a multiple of `num_attention_heads`".into());
        }
        match self.head_width() {
            width if width % 2 == 0 && width <= DIMENSION_LIMIT => Ok(()),
            width => Err(format!("heads are `{width}` wide; the rotation needs an even width")),
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

    /// The whole `config.json`, with what other readers of the layout expect.
    pub fn to_json(&self) -> serde_json::Value {
        json!({
            "architectures": ["LlamaForCausalLM"],
            "model_type": "llama",
            "hidden_size": self.hidden_size,
            "intermediate_size": self.intermediate_size,
            "num_hidden_layers": self.num_hidden_layers,
            "num_attention_heads": self.num_attention_heads,
            "num_key_value_heads": self.kv_heads(),
            "head_dim": self.head_width(),
            "vocab_size": self.vocab_size,
            "rms_norm_eps": self.rms_norm_eps,
            "rope_theta": self.rope_theta,
            "tie_word_embeddings": self.tie_word_embeddings,
            "max_position_embeddings": self.max_position_embeddings,
            "hidden_act": "silu",
            "attention_bias": false,
            "mlp_bias": false,
            "bos_token_id": 0,
            "eos_token_id": 0,
            "pad_token_id": 0,
            "torch_dtype": "float16",
        })
    }

    /// Name and shape of every weight, in the order of the layers.
    pub fn parameters(&self) -> Vec<(String, Vec<usize>)> {
        let mut all = vec![("model.embed_tokens.weight".to_owned(), vec![self.vocab_size, self.hidden_size])];
        for layer in 0..self.num_hidden_layers {
            all.push((format!("model.layers.{layer}.input_layernorm.weight"), vec![self.hidden_size]));
            for projection in Projection::ALL {
                let (out, width) = projection.shape(self);
                all.push((projection.weight_name(layer), vec![out, width]));
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

/// The seven matrices of a block.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Projection {
    /// Queries.
    Query,
    /// Keys.
    Key,
    /// Values.
    Value,
    /// From the heads back to the residual stream.
    Output,
    /// The gate of the feed-forward block.
    Gate,
    /// The other half of the gate.
    Up,
    /// Back to the residual stream.
    Down,
}

impl Projection {
    /// All seven, in the order of computation.
    pub const ALL: [Self; 7] = [Self::Query, Self::Key, Self::Value, Self::Output, Self::Gate, Self::Up, Self::Down];

    /// Name of the module in Hugging Face checkpoints.
    pub fn module(self) -> &'static str {
        match self {
            Self::Query => "self_attn.q_proj",
            Self::Key => "self_attn.k_proj",
            Self::Value => "self_attn.v_proj",
            Self::Output => "self_attn.o_proj",
            Self::Gate => "mlp.gate_proj",
            Self::Up => "mlp.up_proj",
            Self::Down => "mlp.down_proj",
        }
    }

    /// Name of the weight in layer `layer`.
    pub fn weight_name(self, layer: usize) -> String {
        format!("model.layers.{layer}.{}.weight", self.module())
    }

    /// `(out, in)` of the matrix.
    pub fn shape(self, config: &Config) -> (usize, usize) {
        let (hidden, ffn) = (config.hidden_size, config.intermediate_size);
        let heads = config.num_attention_heads * config.head_width();
        let kv = config.kv_heads() * config.head_width();
        match self {
            Self::Query => (heads, hidden),
            Self::Key | Self::Value => (kv, hidden),
            Self::Output => (hidden, heads),
            Self::Gate | Self::Up => (ffn, hidden),
            Self::Down => (hidden, ffn),
        }
    }
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
            head_dim: None,
        }
    }

    fn check_file(change: impl FnOnce(&mut serde_json::Value)) -> Result<Config> {
        let folder = tempfile::tempdir().map_err(MlError::io(Path::new("tmp")))?;
        let path = folder.path().join("config.json");
        let mut value = tiny().to_json();
        change(&mut value);
        files::write_json(&path, &value)?;
        Config::load(&path)
    }

    #[test]
    fn reads_what_it_writes() -> Result<()> {
        let config = check_file(|_| ())?;
        assert_eq!(config, Config { head_dim: Some(8), ..tiny() });
        assert_eq!(config.parameter_count(), 300 * 32 + 2 * (32 * (32 + 16 + 16 + 32 + 3 * 64) + 64) + 32);
        Ok(())
    }

    #[test]
    fn takes_the_rotary_base_from_the_newer_object() -> Result<()> {
        let config = check_file(|v| v["rope_parameters"] = json!({"rope_type": "default", "rope_theta": 500.0}))?;
        assert_eq!(config.rope_theta, 500.0);
        Ok(())
    }

    #[test]
    fn refuses_what_it_cannot_compute() {
        let cases = [
            ("model_type", json!("gpt2")),
            ("hidden_act", json!("gelu")),
            ("attention_bias", json!(true)),
            ("rope_scaling", json!({"type": "linear", "factor": 2.0})),
            ("num_key_value_heads", json!(3)),
            ("vocab_size", json!(0)),
            ("hidden_size", json!(1u64 << 40)),
            ("head_dim", json!(7)),
        ];
        for (key, value) in cases {
            assert!(check_file(|v| v[key] = value.clone()).is_err(), "{key} = {value} was taken");
        }
    }
}
