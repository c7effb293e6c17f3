//! The seven matrices of a block: their names in Hugging Face checkpoints and their shapes.

use super::Config;

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

    /// Name of the bias in layer `layer`, where the configuration has one.
    pub fn bias_name(self, layer: usize) -> String {
        format!("model.layers.{layer}.{}.bias", self.module())
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
