//! The Llama-family model in one file: embedding, blocks of grouped-query attention and SwiGLU with root mean square norms,
//! rotary positions, tied or separate head; biases and norms of the heads where the family has them. This is the batch path, for
//! training and for scoring; token by token is `decode.rs`.
//!
//! ```text
//! x = embed(tokens)
//! x = x + output(attention(rotate(query(n)), rotate(key(n)), value(n)))   n = norm(x)
//! x = x + down(silu(gate(n)) * up(n))                                     n = norm(x)
//! logits = head(norm(x))
//! ```
//! An adapter adds `scale * B (A n)` to a projection. Gradients flow into whatever tensors are variables: all of them when a base
//! is made, only the adapter's when members' rows are learnt.

use crate::adapter::Adapter;
use crate::config::{Config, Projection, head_norm_names};
use crate::error::{MlError, Result};
use crate::ops::{
    Rotation, adapted_linear, causal_attention, head_loss, linear, merge_heads, rms_norm, split_heads, swiglu,
};
use crate::tensors::Tensors;
use candle_core::Tensor;
use std::path::Path;
use std::sync::Arc;

/// Weights in place, ready to compute. Cheap to clone: tensors are shared.
#[derive(Debug, Clone)]
pub struct Model {
    config: Config,
    embedding: Tensor,
    layers: Vec<Layer>,
    norm: Tensor,
    head: Option<Tensor>,
    rotation: Arc<Rotation>,
}

#[derive(Debug, Clone)]
struct Layer {
    attention_norm: Tensor,
    projections: Vec<Tensor>,
    biases: Vec<Option<Tensor>>,
    head_norms: Option<[Tensor; 2]>,
    feed_forward_norm: Tensor,
}

impl Model {
    /// Puts the named tensors in their places; a missing or misshapen one is an error that names it.
    pub fn new(config: &Config, tensors: &Tensors) -> Result<Self> {
        config.check().map_err(MlError::Recipe)?;
        for (name, shape) in config.parameters() {
            let found = tensors
                .get(&name)
                .ok_or_else(|| MlError::format(Path::new("weights"), format!("`{name}` is missing")))?;
            if found.dims() != shape {
                let why = format!("`{name}` has shape {:?}, the configuration needs {shape:?}", found.dims());
                return Err(MlError::format(Path::new("weights"), why));
            }
        }
        let layers = (0..config.num_hidden_layers).map(|layer| Layer {
            attention_norm: tensors[&format!("model.layers.{layer}.input_layernorm.weight")].clone(),
            projections: Projection::ALL.iter().map(|p| tensors[&p.weight_name(layer)].clone()).collect(),
            biases: Projection::ALL
                .iter()
                .map(|&p| config.has_bias(p).then(|| tensors[&p.bias_name(layer)].clone()))
                .collect(),
            head_norms: config.has_head_norms().then(|| head_norm_names(layer).map(|name| tensors[&name].clone())),
            feed_forward_norm: tensors[&format!("model.layers.{layer}.post_attention_layernorm.weight")].clone(),
        });
        Ok(Self {
            layers: layers.collect(),
            embedding: tensors["model.embed_tokens.weight"].clone(),
            norm: tensors["model.norm.weight"].clone(),
            head: (!config.tie_word_embeddings).then(|| tensors["lm_head.weight"].clone()),
            rotation: Arc::new(config.rotation()),
            config: config.clone(),
        })
    }

    /// The sizes.
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// Logits `[batch * t, vocabulary]` for tokens `[batch, t]` of `u32`.
    pub fn logits(&self, tokens: &Tensor, adapter: Option<&Adapter>) -> Result<Tensor> {
        Ok(linear(&self.hidden(tokens, adapter)?, self.head())?)
    }

    /// Negative log-likelihood in nats of `targets` `[batch, t]`, one value a position: `[batch * t]`.
    pub fn nll(&self, tokens: &Tensor, targets: &Tensor, adapter: Option<&Adapter>) -> Result<Tensor> {
        Ok(head_loss(&self.hidden(tokens, adapter)?, self.head(), &targets.flatten_all()?)?)
    }

    /// The same for some positions only, which are numbered over `[batch * t]` in `at` (`u32`): the others cost no logits.
    pub fn nll_at(&self, tokens: &Tensor, targets: &Tensor, at: &Tensor, adapter: Option<&Adapter>) -> Result<Tensor> {
        let hidden = self.hidden(tokens, adapter)?.index_select(at, 0)?;
        Ok(head_loss(&hidden, self.head(), &targets.flatten_all()?.index_select(at, 0)?)?)
    }

    /// The matrix that makes logits.
    fn head(&self) -> &Tensor {
        self.head.as_ref().unwrap_or(&self.embedding)
    }

    /// The normed residual stream after the last block, `[batch * t, hidden]`.
    fn hidden(&self, tokens: &Tensor, adapter: Option<&Adapter>) -> Result<Tensor> {
        let (_, t) = tokens.dims2()?;
        let limit = self.config.context();
        if t == 0 || t > limit {
            return Err(MlError::Recipe(format!("`{t}` tokens do not fit a context of 1 to {limit}")));
        }
        let eps = self.config.rms_norm_eps as f32;
        let mut x = self.embedding.index_select(&tokens.flatten_all()?, 0)?;
        for (index, layer) in self.layers.iter().enumerate() {
            let n = rms_norm(&x, &layer.attention_norm, eps)?;
            let project = |p: Projection, x: &Tensor| project(layer, index, p, x, adapter);
            let attended = self.attend(layer, &project, &n, t)?;
            x = (x + project(Projection::Output, &attended)?)?;
            let n = rms_norm(&x, &layer.feed_forward_norm, eps)?;
            let gated = swiglu(&project(Projection::Gate, &n)?, &project(Projection::Up, &n)?)?;
            x = (x + project(Projection::Down, &gated)?)?;
        }
        Ok(rms_norm(&x, &self.norm, eps)?)
    }

    /// Causal attention. The query heads that share a key head lie side by side, so one product serves the whole group.
    fn attend(
        &self,
        layer: &Layer,
        project: &dyn Fn(Projection, &Tensor) -> Result<Tensor>,
        n: &Tensor,
        t: usize,
    ) -> Result<Tensor> {
        let (heads, kv_heads, width) =
            (self.config.num_attention_heads, self.config.kv_heads(), self.config.head_width());
        let (batch, group) = (n.dim(0)? / t, heads / kv_heads);
        let [query, key] = [(Projection::Query, 0), (Projection::Key, 1)].map(|(which, norm)| {
            let rows = project(which, n)?;
            match &layer.head_norms {
                Some(norms) => self.norm_heads(&rows, &norms[norm]),
                None => Ok(rows),
            }
        });
        let query = split_heads(&query?, t, heads, Some(&self.rotation))?;
        let key = split_heads(&key?, t, kv_heads, Some(&self.rotation))?;
        let value = split_heads(&project(Projection::Value, n)?, t, kv_heads, None)?;
        let query = query.reshape((batch * kv_heads, group * t, width))?;
        let mixed = causal_attention(&query, &key, &value, 1.0 / (width as f32).sqrt())?;
        Ok(merge_heads(&mixed.reshape((batch * heads, t, width))?, heads)?)
    }

    /// Normalizes every head of rows `[batch * t, heads * width]` on its own, as Qwen 3 does with queries and keys.
    fn norm_heads(&self, rows: &Tensor, weight: &Tensor) -> Result<Tensor> {
        let heads = rows.reshape(((), self.config.head_width()))?;
        Ok(rms_norm(&heads, weight, self.config.rms_norm_eps as f32)?.reshape(rows.dims())?)
    }
}

fn project(layer: &Layer, index: usize, which: Projection, x: &Tensor, adapter: Option<&Adapter>) -> Result<Tensor> {
    let weight = &layer.projections[which as usize];
    let y = match adapter.and_then(|a| a.pair(index, which).map(|pair| (pair, a.scale()))) {
        Some(((down, up), scale)) if down.rank() == 3 => {
            (linear(x, weight)? + by_member(&(by_member(x, down)? * scale)?, up)?)?
        }
        Some(((down, up), scale)) => adapted_linear(x, weight, down, up, scale)?,
        None => linear(x, weight)?,
    };
    match &layer.biases[which as usize] {
        Some(bias) => Ok(y.broadcast_add(bias)?),
        None => Ok(y),
    }
}

/// Each member's rows of `x` (`[members * n, in]`) times the member's own weight (`[members, out, in]`): `[members * n, out]`.
fn by_member(x: &Tensor, weights: &Tensor) -> Result<Tensor> {
    let ((members, out, width), rows) = (weights.dims3()?, x.dim(0)?);
    let x = x.reshape((members, rows / members, width))?;
    Ok(x.matmul(&weights.transpose(1, 2)?)?.reshape((rows, out))?)
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::config::tests::tiny;
    use crate::ops::check::random;
    use candle_core::Device;

    /// Random weights of a configuration, the same for the same seed.
    pub(crate) fn random_tensors(config: &Config, seed: u64) -> Result<Tensors> {
        let mut all = Tensors::new();
        for (i, (name, shape)) in config.parameters().into_iter().enumerate() {
            let tensor = match shape.len() {
                1 => (random(seed + i as u64, &shape, 0.2)? + 1.0)?,
                _ => random(seed + i as u64, &shape, 0.3)?,
            };
            all.insert(name, tensor);
        }
        Ok(all)
    }

    #[test]
    fn a_later_token_never_changes_an_earlier_logit() -> Result<()> {
        let model = Model::new(&tiny(), &random_tensors(&tiny(), 1)?)?;
        let tokens = |last: u32| Tensor::from_vec(vec![5u32, 6, 7, last, 9, 1, 2, last], (2, 4), &Device::Cpu);
        let rows = |last: u32| -> Result<Vec<Vec<f32>>> { Ok(model.logits(&tokens(last)?, None)?.to_vec2()?) };
        let (a, b) = (rows(3)?, rows(200)?);
        assert_eq!(a[..3], b[..3]);
        assert_eq!(a[4..7], b[4..7]);
        assert_ne!(a[3], b[3]);
        Ok(())
    }

    #[test]
    fn names_the_weight_that_does_not_fit() -> Result<()> {
        let mut tensors = random_tensors(&tiny(), 1)?;
        tensors.insert("model.norm.weight".into(), random(1, &[31], 1.0)?);
        let error = Model::new(&tiny(), &tensors).expect_err("a misshapen weight").to_string();
        assert!(error.contains("model.norm.weight"), "{error}");
        Ok(())
    }
}
