//! The same model token by token, on plain numbers with a cache of keys and values: what drafts are written with. Products with a
//! single row are bound by memory, so each weight is read once for all tokens of all streams that are read together; a stream gets
//! the bits it gets alone. Computes what `model.rs` computes, to rounding; a test compares them.

use crate::config::{Config, Projection, head_norm_names};
use crate::error::{MlError, Result};
use crate::matrix::{FloatLine, Matrix, Panels, lines_of, panels_of, place, product, quads};
use crate::ops::{Rotation, rms_norm_row, softmax_row, swiglu_row};
use crate::tensors::{Tensors, values};

pub use crate::matrix::Precision;

/// Tokens of one stream that are read together.
pub const CHUNK: usize = 16;

/// Weights as packed rows. Shared by all drafts.
#[derive(Debug)]
pub struct Decoder {
    config: Config,
    embedding: Matrix,
    layers: Vec<Layer>,
    norm: Vec<f32>,
    head: Option<Matrix>,
    rotation: Rotation,
}

#[derive(Debug)]
struct Layer {
    attention_norm: Vec<f32>,
    projections: Vec<Matrix>,
    biases: Vec<Option<Vec<f32>>>,
    head_norms: Option<[Vec<f32>; 2]>,
    feed_forward_norm: Vec<f32>,
}

/// Keys and values of the tokens read so far: one per stream. Bounded by the context of the model.
#[derive(Debug, Clone)]
pub struct Cache {
    context: usize,
    length: usize,
    head_width: usize,
    layers: Vec<Memory>,
}

/// Keys with positions as rows, values with positions as columns, one head after the other: both products of the attention are
/// then the same product as the weights'.
#[derive(Debug, Clone)]
struct Memory {
    keys: Vec<FloatLine>,
    values: Vec<FloatLine>,
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

    /// Bytes in memory.
    pub fn bytes(&self) -> usize {
        self.layers.iter().map(|m| size_of_val(m.keys.as_slice()) + size_of_val(m.values.as_slice())).sum()
    }

    /// Takes over the first `tokens` tokens of another cache of the same model, as if they had been read here.
    pub(crate) fn copy_beginning(&mut self, other: &Self, tokens: usize) {
        let tokens = tokens.min(other.length).min(self.context);
        let (keys, values) = (panels_of(tokens) * lines_of(self.head_width), lines_of(tokens));
        for (mine, theirs) in self.layers.iter_mut().zip(&other.layers) {
            let strides = (key_stride(self.context, self.head_width), key_stride(other.context, self.head_width));
            for (to, from) in mine.keys.chunks_mut(strides.0).zip(theirs.keys.chunks(strides.1)) {
                to[..keys].copy_from_slice(&from[..keys]);
            }
            let strides = (lines_of(self.context), lines_of(other.context));
            for (to, from) in mine.values.chunks_mut(strides.0).zip(theirs.values.chunks(strides.1)) {
                to[..values].copy_from_slice(&from[..values]);
            }
        }
        self.length = tokens;
    }
}

/// Lines of one head's keys.
fn key_stride(context: usize, head_width: usize) -> usize {
    panels_of(context) * lines_of(head_width)
}

/// Tokens that one stream reads in a step.
#[derive(Debug)]
pub struct Reading<'a> {
    /// The stream's cache; the tokens must fit.
    pub cache: &'a mut Cache,
    /// At least one token.
    pub tokens: &'a [u32],
    /// Whether the logits after the last token are needed; the output layer is a large part of a step.
    pub wants_logits: bool,
}

impl Decoder {
    /// Packs the named weights; they must have the shapes of the configuration.
    pub fn new(config: &Config, tensors: &Tensors, precision: Precision) -> Result<Self> {
        let take = |name: String| match tensors.get(&name) {
            Some(tensor) => values(tensor),
            None => Err(MlError::Recipe(format!("the weights lack `{name}`"))),
        };
        let pack = |name: String, width: usize| Ok(Matrix::new(&take(name)?, width, precision));
        let layer = |layer: usize| -> Result<Layer> {
            Ok(Layer {
                attention_norm: take(format!("model.layers.{layer}.input_layernorm.weight"))?,
                projections: Projection::ALL
                    .iter()
                    .map(|p| pack(p.weight_name(layer), p.shape(config).1))
                    .collect::<Result<_>>()?,
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
        let width = config.hidden_size;
        let head = if config.tie_word_embeddings { None } else { Some(pack("lm_head.weight".into(), width)?) };
        Ok(Self {
            embedding: pack("model.embed_tokens.weight".into(), width)?,
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

    /// Tokens of the vocabulary.
    pub fn vocabulary(&self) -> usize {
        self.config.vocab_size
    }

    /// Bytes of the weights in memory.
    pub fn bytes(&self) -> usize {
        let matrices = self.layers.iter().flat_map(|l| &l.projections).chain([&self.embedding]).chain(&self.head);
        matrices.map(Matrix::bytes).sum()
    }

    /// An empty cache for a context of at most `context` tokens (and never more than the model's).
    pub fn cache(&self, context: usize) -> Cache {
        let (context, kv_heads, width) =
            (context.min(self.context()), self.config.kv_heads(), self.config.head_width());
        let empty = FloatLine::default();
        let memory = Memory {
            keys: vec![empty; kv_heads * key_stride(context, width)],
            values: vec![empty; kv_heads * panels_of(width) * lines_of(context)],
        };
        Cache { context, length: 0, head_width: width, layers: vec![memory; self.layers.len()] }
    }

    /// Reads tokens into the cache and returns the logits after the last one.
    pub fn read(&self, cache: &mut Cache, tokens: &[u32]) -> Result<Vec<f32>> {
        check_room(cache, tokens)?;
        let mut logits = Vec::new();
        let last = tokens.len().div_ceil(CHUNK) - 1;
        for (i, tokens) in tokens.chunks(CHUNK).enumerate() {
            let read = self.step(&mut [Reading { cache, tokens, wants_logits: i == last }])?;
            logits = read.into_iter().flatten().next().unwrap_or_default();
        }
        Ok(logits)
    }

    /// Reads tokens of several streams in one pass over the weights; gives each stream's logits after its last token where they
    /// are wanted. Every stream gets the bits that it would get alone, however its tokens are split into steps.
    pub fn step(&self, streams: &mut [Reading<'_>]) -> Result<Vec<Option<Vec<f32>>>> {
        if streams.is_empty() {
            return Ok(Vec::new());
        }
        let mut x = Vec::new();
        for stream in streams.iter() {
            check_room(stream.cache, stream.tokens)?;
            for &token in stream.tokens {
                if token as usize >= self.config.vocab_size {
                    return Err(MlError::Recipe(format!("token `{token}` is outside the vocabulary")));
                }
                self.embedding.push_row(token as usize, &mut x);
            }
        }
        let rows = x.len() / self.config.hidden_size;
        for (index, layer) in self.layers.iter().enumerate() {
            let n = self.norm_rows(&x, &layer.attention_norm);
            let [mut query, mut key, value] =
                [Projection::Query, Projection::Key, Projection::Value].map(|p| layer.project(p, &n));
            if let Some([query_norm, key_norm]) = &layer.head_norms {
                // Every head on its own, as Qwen 3 does.
                query = self.norm_rows(&query, query_norm);
                key = self.norm_rows(&key, key_norm);
            }
            let mut mixed = Vec::with_capacity(query.len());
            let mut first = 0;
            for stream in streams.iter_mut() {
                let last = first + stream.tokens.len();
                let [query, key, value] = [&query, &key, &value].map(|all| {
                    let width = all.len() / rows;
                    &all[first * width..last * width]
                });
                self.remember(stream.cache, index, key, value);
                mixed.extend(self.attend(stream.cache, index, query));
                first = last;
            }
            add(&mut x, &layer.project(Projection::Output, &mixed));
            let n = self.norm_rows(&x, &layer.feed_forward_norm);
            let mut gate = layer.project(Projection::Gate, &n);
            swiglu_row(&mut gate, &layer.project(Projection::Up, &n));
            add(&mut x, &layer.project(Projection::Down, &gate));
        }
        for stream in streams.iter_mut() {
            stream.cache.length += stream.tokens.len();
        }
        Ok(self.logits(streams, &x))
    }

    /// The output layer, for the last tokens of the streams that want it.
    fn logits(&self, streams: &[Reading<'_>], x: &[f32]) -> Vec<Option<Vec<f32>>> {
        let width = self.config.hidden_size;
        let (mut wanted, mut end) = (Vec::new(), 0);
        for stream in streams {
            end += stream.tokens.len() * width;
            if stream.wants_logits {
                wanted.extend_from_slice(&x[end - width..end]);
            }
        }
        let head = self.head.as_ref().unwrap_or(&self.embedding);
        let logits = head.multiply(&self.norm_rows(&wanted, &self.norm));
        let mut each = logits.chunks(self.config.vocab_size).map(<[f32]>::to_vec);
        streams.iter().map(|stream| if stream.wants_logits { each.next() } else { None }).collect()
    }

    fn norm_rows(&self, x: &[f32], weight: &[f32]) -> Vec<f32> {
        let (width, eps) = (weight.len(), self.config.rms_norm_eps as f32);
        let mut normed = vec![0.0; x.len()];
        for (x, normed) in x.chunks(width).zip(normed.chunks_mut(width)) {
            rms_norm_row(x, weight, eps, normed);
        }
        normed
    }

    /// Puts rotated keys, and values, at their places after what the cache holds.
    fn remember(&self, cache: &mut Cache, layer: usize, key: &[f32], value: &[f32]) {
        let (heads, width, start) = (self.config.kv_heads(), self.config.head_width(), cache.length);
        let (key_lines, value_lines) = (key_stride(cache.context, width), lines_of(cache.context));
        let memory = &mut cache.layers[layer];
        let mut rotated = vec![0.0; width];
        for (i, (key, value)) in key.chunks(width).zip(value.chunks(width)).enumerate() {
            let (position, head) = (start + i / heads, i % heads);
            self.rotation.rotate(position, 1.0, key, &mut rotated);
            let keys = &mut memory.keys[head * key_lines..][..key_lines];
            let values = &mut memory.values[head * panels_of(width) * value_lines..];
            for (j, (key, value)) in rotated.iter().zip(value).enumerate() {
                let (line, column, lane) = place(position, j, lines_of(width));
                keys[line][column][lane] = *key;
                let (line, column, lane) = place(j, position, value_lines);
                values[line][column][lane] = *value;
            }
        }
    }

    /// Attention of a stream's queries over everything up to their own position; rows `[tokens, heads * width]`. The query heads
    /// that share a key head, and all tokens, go through its keys and values together.
    fn attend(&self, cache: &Cache, layer: usize, query: &[f32]) -> Vec<f32> {
        let (heads, kv_heads, width) =
            (self.config.num_attention_heads, self.config.kv_heads(), self.config.head_width());
        let (group, tokens) = (heads / kv_heads, query.len() / (heads * width));
        let end = cache.length + tokens;
        let scale = 1.0 / (width as f32).sqrt();
        let mut out = vec![0.0; query.len()];
        let mut rotated = vec![0.0; tokens * group * width];
        for head in 0..kv_heads {
            // Row `i * group + g` is query head `head * group + g` of token `i`.
            let from = |row: usize| ((row / group) * heads + head * group + row % group) * width;
            for (row, rotated) in rotated.chunks_mut(width).enumerate() {
                self.rotation.rotate(cache.length + row / group, 1.0, &query[from(row)..][..width], rotated);
            }
            let stride = key_stride(cache.context, width);
            let keys = &cache.layers[layer].keys[head * stride..][..key_stride(end, width)];
            let keys = Panels { lines: keys, stride: lines_of(width), used: lines_of(width) };
            let mut scores = product(keys, &quads(&rotated, width));
            let padded = scores.len() / (tokens * group);
            for (row, scores) in scores.chunks_mut(padded).enumerate() {
                let (seen, later) = scores.split_at_mut(cache.length + row / group + 1);
                softmax(seen, scale);
                later.fill(0.0);
            }
            let (stride, used) = (lines_of(cache.context), lines_of(end));
            let count = panels_of(width) * stride;
            let values = &cache.layers[layer].values[head * count..][..count];
            let weights: Vec<_> = scores.chunks(padded).flat_map(|row| quads(&row[..end], end)).collect();
            let mixed = product(Panels { lines: values, stride, used }, &weights);
            for (row, mixed) in mixed.chunks(mixed.len() / (tokens * group)).enumerate() {
                out[from(row)..][..width].copy_from_slice(&mixed[..width]);
            }
        }
        out
    }
}

impl Layer {
    /// A projection of rows, with its bias where there is one.
    fn project(&self, which: Projection, x: &[f32]) -> Vec<f32> {
        let mut y = self.projections[which as usize].multiply(x);
        if let Some(bias) = &self.biases[which as usize] {
            y.chunks_mut(bias.len()).for_each(|row| add(row, bias));
        }
        y
    }
}

fn check_room(cache: &Cache, tokens: &[u32]) -> Result<()> {
    if tokens.is_empty() || tokens.len() > cache.room() {
        let (count, room) = (tokens.len(), cache.room());
        return Err(MlError::Recipe(format!("`{count}` tokens do not fit the `{room}` left in the context")));
    }
    Ok(())
}

/// Softmax of the scaled scores of one row, in place.
fn softmax(scores: &mut [f32], scale: f32) {
    pulp::Arch::new().dispatch(
        #[inline(always)]
        || {
            scores.iter_mut().for_each(|score| *score *= scale);
            softmax_row(scores);
        },
    );
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
    use proptest::prelude::*;

    #[test]
    fn equals_the_batch_model_for_any_split_of_the_tokens() -> Result<()> {
        let untied = Config { tie_word_embeddings: false, num_key_value_heads: None, ..tiny() };
        let biased = Config { attention_bias: true, mlp_bias: true, ..tiny() };
        let families = [Family::Qwen2, Family::Qwen3].map(|family| Config { family, ..tiny() });
        for config in families.into_iter().chain([tiny(), untied, biased]) {
            let tensors = random_tensors(&config, 11)?;
            let (model, decoder) = (Model::new(&config, &tensors)?, Decoder::new(&config, &tensors, Precision::F32)?);
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
        let decoder = Decoder::new(&tiny(), &random_tensors(&tiny(), 1)?, Precision::F32)?;
        let mut cache = decoder.cache(4);
        assert!(decoder.read(&mut cache, &[1, 2, 3, 4, 5]).is_err());
        assert!(decoder.read(&mut cache, &[300]).is_err());
        assert!(decoder.read(&mut cache, &[]).is_err());
        decoder.read(&mut cache, &[1, 2, 3, 4])?;
        assert_eq!(cache.room(), 0);
        Ok(())
    }

    /// Eight bits a weight move a logit of the tiny model by less than this part of the logits' spread.
    const INT8_BOUND: f32 = 0.03;

    #[test]
    fn eight_bits_stay_close() -> Result<()> {
        let tensors = random_tensors(&tiny(), 11)?;
        let tokens: Vec<u32> = (0..40u32).map(|i| i * 71 % 300).collect();
        let [float, byte] = [Precision::F32, Precision::Int8].map(|precision| {
            let decoder = Decoder::new(&tiny(), &tensors, precision)?;
            decoder.read(&mut decoder.cache(64), &tokens)
        });
        let (float, byte) = (float?, byte?);
        let spread = float.iter().copied().fold(f32::MIN, f32::max) - float.iter().copied().fold(f32::MAX, f32::min);
        let worst = float.iter().zip(&byte).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
        assert!(worst > 0.0 && worst < INT8_BOUND * spread, "{worst} of {spread}");
        Ok(())
    }

    #[test]
    fn a_copied_beginning_is_as_if_read() -> Result<()> {
        let decoder = Decoder::new(&tiny(), &random_tensors(&tiny(), 4)?, Precision::F32)?;
        let tokens: Vec<u32> = (0..50u32).map(|i| i * 37 % 300).collect();
        let (mut whole, mut copied) = (decoder.cache(64), decoder.cache(50));
        decoder.read(&mut whole, &tokens)?;
        for beginning in [1, 17, 33, 49] {
            copied.copy_beginning(&whole, beginning);
            assert_eq!(copied.len(), beginning);
            let got = decoder.read(&mut copied, &tokens[beginning..])?;
            let mut fresh = decoder.cache(64);
            assert_eq!(got, decoder.read(&mut fresh, &tokens)?);
        }
        Ok(())
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(24))]
        #[test]
        fn streams_read_together_get_the_bits_they_get_alone(
            lengths in prop::collection::vec(1usize..40, 1..7), seed in 0u32..1000,
        ) {
            let decoder = Decoder::new(&tiny(), &random_tensors(&tiny(), 2)?, Precision::F32)?;
            let texts: Vec<Vec<u32>> =
                lengths.iter().map(|&n| (0..n as u32).map(|i| (i * 7 + seed + n as u32) % 300).collect()).collect();
            let mut caches: Vec<Cache> = texts.iter().map(|text| decoder.cache(text.len())).collect();
            let mut last = vec![None; texts.len()];
            // Uneven steps: each stream reads 1 to 5 tokens a step, and leaves when it is through.
            for step in 0.. {
                let mut readings: Vec<(usize, Reading<'_>)> = Vec::new();
                for (i, (cache, text)) in caches.iter_mut().zip(&texts).enumerate() {
                    let (from, to) = (cache.len(), text.len().min(cache.len() + 1 + (step + i + seed as usize) % 5));
                    if from < to {
                        readings.push((i, Reading { cache, tokens: &text[from..to], wants_logits: to == text.len() }));
                    }
                }
                if readings.is_empty() {
                    break;
                }
                let (which, mut readings): (Vec<_>, Vec<_>) = readings.into_iter().unzip();
                for (i, logits) in which.into_iter().zip(decoder.step(&mut readings)?) {
                    last[i] = logits.or(last[i].take());
                }
            }
            for (text, got) in texts.iter().zip(last) {
                prop_assert_eq!(Some(decoder.read(&mut decoder.cache(text.len()), text)?), got);
            }
        }
    }
}
