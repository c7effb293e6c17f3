//! The same model token by token, on plain numbers with a cache of keys and values: what drafts are written with. Products with a
//! single row are bound by memory, so each weight row is read once for all tokens of a chunk. Computes what `model.rs` computes, to
//! rounding; a test compares them.

use crate::config::{Config, Projection, head_norm_names};
use crate::error::{MlError, Result};
use crate::ops::{Rotation, dot, rms_norm_row, softmax_row, swiglu_row};
use crate::tensors::{Tensors, values};

/// Tokens of a prompt that are read together.
const CHUNK: usize = 16;

/// Weights as plain rows. Shared by all drafts.
#[derive(Debug)]
pub struct Decoder {
    config: Config,
    embedding: Vec<f32>,
    layers: Vec<Layer>,
    norm: Vec<f32>,
    head: Option<Vec<f32>>,
    rotation: Rotation,
}

#[derive(Debug)]
struct Layer {
    attention_norm: Vec<f32>,
    projections: Vec<Vec<f32>>,
    biases: Vec<Option<Vec<f32>>>,
    head_norms: Option<[Vec<f32>; 2]>,
    feed_forward_norm: Vec<f32>,
}

/// Keys and values of the tokens read so far: one per draft. Bounded by the context of the model.
#[derive(Debug, Clone)]
pub struct Cache {
    context: usize,
    length: usize,
    layers: Vec<(Vec<f32>, Vec<f32>)>,
}

impl Cache {
    /// Tokens read so far.
    pub fn len(&self) -> usize {
        self.length
    }

    /// Whether nothing was read yet.
    pub fn is_empty(&self) -> bool {
        self.length == 0
    }

    /// Tokens that still fit.
    pub fn room(&self) -> usize {
        self.context - self.length
    }

    /// Forgets all tokens and keeps the memory.
    pub fn clear(&mut self) {
        self.length = 0;
    }
}

impl Decoder {
    /// Copies the named weights; they must have the shapes of the configuration.
    pub fn new(config: &Config, tensors: &Tensors) -> Result<Self> {
        let take = |name: String| match tensors.get(&name) {
            Some(tensor) => values(tensor),
            None => Err(MlError::Recipe(format!("the weights lack `{name}`"))),
        };
        let layer = |layer: usize| -> Result<Layer> {
            Ok(Layer {
                attention_norm: take(format!("model.layers.{layer}.input_layernorm.weight"))?,
                projections: Projection::ALL.iter().map(|p| take(p.weight_name(layer))).collect::<Result<_>>()?,
                biases: Projection::ALL
                    .iter()
                    .map(|&p| config.has_bias(p).then(|| take(p.bias_name(layer))).transpose())
                    .collect::<Result<_>>()?,
                head_norms: match config.has_head_norms().then(|| head_norm_names(layer)) {
                    Some([query, key]) => Some([take(query)?, take(key)?]),
                    None => None,
                },
                feed_forward_norm: take(format!("model.layers.{layer}.post_attention_layernorm.weight"))?,
            })
        };
        let head = if config.tie_word_embeddings { None } else { Some(take("lm_head.weight".into())?) };
        Ok(Self {
            embedding: take("model.embed_tokens.weight".into())?,
            layers: (0..config.num_hidden_layers).map(layer).collect::<Result<_>>()?,
            norm: take("model.norm.weight".into())?,
            head,
            rotation: config.rotation(),
            config: config.clone(),
        })
    }

    /// Longest context in tokens.
    pub fn context(&self) -> usize {
        self.config.context()
    }

    /// An empty cache for a context of at most `context` tokens (and never more than the model's).
    pub fn cache(&self, context: usize) -> Cache {
        let context = context.min(self.context());
        let size = context * self.config.kv_heads() * self.config.head_width();
        Cache { context, length: 0, layers: vec![(vec![0.0; size], vec![0.0; size]); self.layers.len()] }
    }

    /// Reads tokens into the cache and returns the logits after the last one.
    pub fn read(&self, cache: &mut Cache, tokens: &[u32]) -> Result<Vec<f32>> {
        if tokens.is_empty() || tokens.len() > cache.room() {
            return Err(MlError::Recipe(format!(
                "`{}` tokens do not fit the `{}` left in the context",
                tokens.len(),
                cache.room()
            )));
        }
        if let Some(token) = tokens.iter().find(|&&t| t as usize >= self.config.vocab_size) {
            return Err(MlError::Recipe(format!("token `{token}` is outside the vocabulary")));
        }
        let mut last = Vec::new();
        for chunk in tokens.chunks(CHUNK) {
            last = self.read_chunk(cache, chunk);
        }
        let width = self.config.hidden_size;
        let mut normed = vec![0.0; width];
        rms_norm_row(&last, &self.norm, self.config.rms_norm_eps as f32, &mut normed);
        Ok(multiply(self.head.as_ref().unwrap_or(&self.embedding), &normed, width))
    }

    /// Runs a chunk through all blocks; returns the residual stream of its last token.
    fn read_chunk(&self, cache: &mut Cache, tokens: &[u32]) -> Vec<f32> {
        let (width, eps) = (self.config.hidden_size, self.config.rms_norm_eps as f32);
        let mut x: Vec<f32> =
            tokens.iter().flat_map(|&t| &self.embedding[t as usize * width..][..width]).copied().collect();
        let mut n = vec![0.0; x.len()];
        let norm = |x: &[f32], weight: &[f32], n: &mut [f32]| {
            for (x, n) in x.chunks(width).zip(n.chunks_mut(width)) {
                rms_norm_row(x, weight, eps, n);
            }
        };
        for (layer, (keys, values)) in self.layers.iter().zip(&mut cache.layers) {
            norm(&x, &layer.attention_norm, &mut n);
            let [mut query, mut key, value] =
                [Projection::Query, Projection::Key, Projection::Value].map(|p| layer.project(p, &n, width));
            if let Some([query_norm, key_norm]) = &layer.head_norms {
                self.norm_heads(&mut query, query_norm);
                self.norm_heads(&mut key, key_norm);
            }
            let place = Place { context: cache.context, start: cache.length, tokens: tokens.len() };
            self.remember(&place, &key, &value, keys, values);
            let mixed = self.attend(&place, &query, keys, values);
            add(&mut x, &layer.project(Projection::Output, &mixed, mixed.len() / tokens.len()));
            norm(&x, &layer.feed_forward_norm, &mut n);
            let mut gate = layer.project(Projection::Gate, &n, width);
            swiglu_row(&mut gate, &layer.project(Projection::Up, &n, width));
            add(&mut x, &layer.project(Projection::Down, &gate, self.config.intermediate_size));
        }
        cache.length += tokens.len();
        x.split_off(x.len() - width)
    }

    /// Normalizes every head on its own, as Qwen 3 does with queries and keys.
    fn norm_heads(&self, rows: &mut [f32], weight: &[f32]) {
        let mut normed = vec![0.0; weight.len()];
        for head in rows.chunks_mut(weight.len()) {
            rms_norm_row(head, weight, self.config.rms_norm_eps as f32, &mut normed);
            head.copy_from_slice(&normed);
        }
    }

    /// Puts a chunk's rotated keys and values at their places: by head, then by position.
    fn remember(&self, place: &Place, key: &[f32], value: &[f32], keys: &mut [f32], values: &mut [f32]) {
        let (heads, width) = (self.config.kv_heads(), self.config.head_width());
        for i in 0..place.tokens {
            for head in 0..heads {
                let from = (i * heads + head) * width;
                let to = (head * place.context + place.start + i) * width;
                self.rotation.rotate(place.start + i, 1.0, &key[from..from + width], &mut keys[to..to + width]);
                values[to..to + width].copy_from_slice(&value[from..from + width]);
            }
        }
    }

    /// Attention of a chunk's queries over everything up to their own position; rows `[tokens, heads * width]`.
    fn attend(&self, place: &Place, query: &[f32], keys: &[f32], values: &[f32]) -> Vec<f32> {
        let (heads, kv_heads, width) =
            (self.config.num_attention_heads, self.config.kv_heads(), self.config.head_width());
        let mut out = vec![0.0; query.len()];
        let mut rotated = vec![0.0; width];
        let mut scores = vec![0.0; place.start + place.tokens];
        let scale = 1.0 / (width as f32).sqrt();
        let rows = query.chunks(width).zip(out.chunks_mut(width)).enumerate();
        pulp::Arch::new().dispatch(
            #[inline(always)]
            || {
                for (row, (query, out)) in rows {
                    let (position, head) = (place.start + row / heads, row % heads);
                    let first = head / (heads / kv_heads) * place.context * width;
                    self.rotation.rotate(position, 1.0, query, &mut rotated);
                    let scores = &mut scores[..position + 1];
                    for (score, key) in scores.iter_mut().zip(keys[first..].chunks_exact(width)) {
                        *score = dot(&rotated, key) * scale;
                    }
                    softmax_row(scores);
                    for (&weight, value) in scores.iter().zip(values[first..].chunks_exact(width)) {
                        for (o, v) in out.iter_mut().zip(value) {
                            *o += weight * v;
                        }
                    }
                }
            },
        );
        out
    }
}

impl Layer {
    /// A projection of rows of `width` values, with its bias where there is one.
    fn project(&self, which: Projection, x: &[f32], width: usize) -> Vec<f32> {
        let mut y = multiply(&self.projections[which as usize], x, width);
        if let Some(bias) = &self.biases[which as usize] {
            for row in y.chunks_mut(bias.len()) {
                add(row, bias);
            }
        }
        y
    }
}

/// Where a chunk lies in the cache.
struct Place {
    context: usize,
    start: usize,
    tokens: usize,
}

/// `x w^T` for rows of `width` values: each weight row is read once for all rows of `x`.
fn multiply(weight: &[f32], x: &[f32], width: usize) -> Vec<f32> {
    let (rows, out_width) = (x.len() / width, weight.len() / width);
    let mut out = vec![0.0; rows * out_width];
    pulp::Arch::new().dispatch(
        #[inline(always)]
        || {
            if rows == 1 {
                for (o, w) in out.iter_mut().zip(weight.chunks_exact(width)) {
                    *o = dot(w, x);
                }
                return;
            }
            for (j, w) in weight.chunks_exact(width).enumerate() {
                for (i, x) in x.chunks_exact(width).enumerate() {
                    out[i * out_width + j] = dot(w, x);
                }
            }
        },
    );
    out
}

fn add(x: &mut [f32], y: &[f32]) {
    for (x, y) in x.iter_mut().zip(y) {
        *x += y;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Family, tests::tiny};
    use crate::model::{Model, tests::random_tensors};
    use candle_core::{Device, Tensor};

    #[test]
    fn equals_the_batch_model_for_any_split_of_the_tokens() -> Result<()> {
        let untied = Config { tie_word_embeddings: false, num_key_value_heads: None, ..tiny() };
        let biased = Config { attention_bias: true, mlp_bias: true, ..tiny() };
        let families = [Family::Qwen2, Family::Qwen3].map(|family| Config { family, ..tiny() });
        for config in families.into_iter().chain([tiny(), untied, biased]) {
            let tensors = random_tensors(&config, 11)?;
            let (model, decoder) = (Model::new(&config, &tensors)?, Decoder::new(&config, &tensors)?);
            let tokens: Vec<u32> = (0..40u32).map(|i| i * 71 % 300).collect();
            let all = model.logits(&Tensor::from_slice(&tokens, (1, 40), &Device::Cpu)?, None)?.to_vec2::<f32>()?;
            for split in [1, 17, 39] {
                let mut cache = decoder.cache(64);
                decoder.read(&mut cache, &tokens[..split])?;
                for end in split + 1..=40 {
                    let got = decoder.read(&mut cache, &tokens[end - 1..end])?;
                    let worst = got.iter().zip(&all[end - 1]).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
                    assert!(worst < 1e-4, "token {end}: differs by {worst}");
                }
            }
        }
        Ok(())
    }

    #[test]
    fn refuses_what_does_not_fit() -> Result<()> {
        let decoder = Decoder::new(&tiny(), &random_tensors(&tiny(), 1)?)?;
        let mut cache = decoder.cache(4);
        assert!(decoder.read(&mut cache, &[1, 2, 3, 4, 5]).is_err());
        assert!(decoder.read(&mut cache, &[300]).is_err());
        assert!(decoder.read(&mut cache, &[]).is_err());
        decoder.read(&mut cache, &[1, 2, 3, 4])?;
        assert_eq!(cache.room(), 0);
        Ok(())
    }
}
