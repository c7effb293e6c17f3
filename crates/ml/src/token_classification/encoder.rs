//! The encoder of BERT and its kin with a head of labels: tables of words, positions and segments, blocks of attention that looks both
//! ways, normalization after each step. Computes one window of tokens; knows neither texts nor kinds.
//!
//! ```text
//! x = norm(word[token] + position[at] + segment[0])
//! x = norm(x + output(softmax(query(x) key(x)^T / sqrt(width)) value(x)))
//! x = norm(x + down(gelu(up(x))))
//! logits = head(x)
//! ```
//! Devlin et al. 2019; DistilBERT lacks the segments, RoBERTa counts positions from after the padding token's number, ELECTRA may
//! have narrower tables.

use super::config::{Dense, EncoderConfig, HEAD, Norm};
use crate::error::{MlError, Result};
use crate::ops::{Activation, activate, layer_norm, linear, merge_heads, softmax, split_heads};
use crate::tensors::Tensors;
use candle_core::{Device, Tensor};
use std::path::Path;

/// Weights in place, ready to compute.
#[derive(Debug)]
pub(super) struct Encoder {
    words: Tensor,
    /// Position and segment of each place in a window, added up.
    places: Tensor,
    norm: Pair,
    projection: Option<Pair>,
    layers: Vec<Layer>,
    head: Pair,
    heads: usize,
    eps: f32,
    activation: Activation,
}

/// A weight and its bias.
#[derive(Debug)]
struct Pair {
    weight: Tensor,
    bias: Tensor,
}

#[derive(Debug)]
struct Layer {
    query: Pair,
    key: Pair,
    value: Pair,
    output: Pair,
    attention_norm: Pair,
    up: Pair,
    down: Pair,
    feed_forward_norm: Pair,
}

impl Pair {
    fn apply(&self, x: &Tensor, activation: Activation) -> Result<Tensor> {
        Ok(activate(&linear(x, &self.weight)?, &self.bias, activation)?)
    }

    fn norm(&self, x: &Tensor, eps: f32) -> Result<Tensor> {
        Ok(layer_norm(x, &self.weight, &self.bias, eps)?)
    }
}

impl Encoder {
    /// Puts the named tensors in their places; they were checked against the configuration before.
    pub(super) fn new(config: &EncoderConfig, tensors: &Tensors) -> Result<Self> {
        let take = |name: String| {
            let missing = || MlError::format(Path::new("weights"), format!("`{name}` is missing"));
            tensors.get(&name).cloned().ok_or_else(missing)
        };
        let pair = |name: String| -> Result<Pair> {
            Ok(Pair { weight: take(format!("{name}.weight"))?, bias: take(format!("{name}.bias"))? })
        };
        let table = |name: &str| take(format!("{}.weight", config.embeddings(name)));
        let places = table("position_embeddings")?.narrow(0, config.first_position, config.window())?;
        let places = match config.segments {
            0 => places.contiguous()?,
            _ => places.broadcast_add(&table("token_type_embeddings")?.narrow(0, 0, 1)?)?,
        };
        let layers = (0..config.layers).map(|layer| {
            let dense = |which| pair(config.dense(layer, which));
            Ok(Layer {
                query: dense(Dense::Query)?,
                key: dense(Dense::Key)?,
                value: dense(Dense::Value)?,
                output: dense(Dense::Output)?,
                attention_norm: pair(config.norm(layer, Norm::Attention))?,
                up: dense(Dense::Up)?,
                down: dense(Dense::Down)?,
                feed_forward_norm: pair(config.norm(layer, Norm::FeedForward))?,
            })
        });
        Ok(Self {
            words: table("word_embeddings")?,
            places,
            norm: pair(config.embeddings("LayerNorm"))?,
            projection: config.is_projected().then(|| pair(config.projection())).transpose()?,
            layers: layers.collect::<Result<_>>()?,
            head: pair(HEAD.to_owned())?,
            heads: config.heads,
            eps: config.eps,
            activation: config.activation,
        })
    }

    /// Logits `[t, labels]` of a window of tokens.
    pub(super) fn logits(&self, tokens: &[u32]) -> Result<Tensor> {
        let t = tokens.len();
        if t == 0 || t > self.places.dim(0)? {
            return Err(MlError::Tokenizer(format!("`{t}` tokens do not fit a window")));
        }
        let ids = Tensor::from_slice(tokens, t, &Device::Cpu)?;
        let x = (self.words.index_select(&ids, 0)? + self.places.narrow(0, 0, t)?)?;
        let mut x = self.norm.norm(&x, self.eps)?;
        if let Some(projection) = &self.projection {
            x = projection.apply(&x, Activation::Identity)?;
        }
        for layer in &self.layers {
            let mixed = layer.output.apply(&self.attend(layer, &x, t)?, Activation::Identity)?;
            x = layer.attention_norm.norm(&(x + mixed)?, self.eps)?;
            let wide = layer.up.apply(&x, self.activation)?;
            let narrow = layer.down.apply(&wide, Activation::Identity)?;
            x = layer.feed_forward_norm.norm(&(x + narrow)?, self.eps)?;
        }
        self.head.apply(&x, Activation::Identity)
    }

    fn attend(&self, layer: &Layer, x: &Tensor, t: usize) -> Result<Tensor> {
        let heads = |pair: &Pair| -> Result<Tensor> {
            Ok(split_heads(&pair.apply(x, Activation::Identity)?, t, self.heads, None)?)
        };
        let (query, key, value) = (heads(&layer.query)?, heads(&layer.key)?, heads(&layer.value)?);
        let scale = 1.0 / (query.dim(2)? as f32).sqrt();
        let weights = softmax(&query.matmul(&key.transpose(1, 2)?)?, scale)?;
        Ok(merge_heads(&weights.matmul(&value)?, self.heads)?)
    }
}
