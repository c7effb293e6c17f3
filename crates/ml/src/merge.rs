//! What is served: the base plus the mean of the shards' deltas plus the joint adapter's, `W + 1/N sum(scale B A) + scale B A`, as
//! plain weights, so that N shards cost one forward. When a shard leaves, the joint adapter leaves with it (it was learnt on top of
//! that shard, see `joint.rs`), and the merge is made again with `1/(N-1)`: milliseconds, no training. The weight of every shard is
//! the same on purpose: fitted weights would carry one shard's data into the others.

use crate::adapter::Adapter;
use crate::base::Base;
use crate::decode::{Decoder, Precision};
use crate::error::Result;
use crate::model::Model;
use crate::tensors::Tensors;
use crate::tokenizer::Tokenizer;
use std::sync::Arc;

/// Merged weights ready to score and to write drafts; cheap to clone, used by any number of threads at once.
#[derive(Debug, Clone)]
pub struct Served {
    model: Model,
    decoder: Arc<Decoder>,
    tokenizer: Tokenizer,
    shards: usize,
}

impl Served {
    /// Merges the shards' adapters, and the joint one if there is one, into the base; none gives the base alone. Drafts are written
    /// with weights as trained.
    pub fn new(base: &Base, shards: &[Adapter], joint: Option<&Adapter>) -> Result<Self> {
        Self::with_precision(base, shards, joint, Precision::F32)
    }

    /// The same, with the weights that write drafts in this precision.
    pub fn with_precision(
        base: &Base,
        shards: &[Adapter],
        joint: Option<&Adapter>,
        precision: Precision,
    ) -> Result<Self> {
        let tensors = merge(base, shards, joint)?;
        let model = Model::new(base.config(), &tensors)?;
        let decoder = Arc::new(Decoder::new(base.config(), &tensors, precision)?);
        Ok(Self { model, decoder, tokenizer: base.tokenizer().clone(), shards: shards.len() })
    }

    /// The batch model, for scoring.
    pub fn model(&self) -> &Model {
        &self.model
    }

    /// The token-by-token model, for drafts.
    pub fn decoder(&self) -> &Decoder {
        &self.decoder
    }

    /// The base's tokenizer.
    pub fn tokenizer(&self) -> &Tokenizer {
        &self.tokenizer
    }

    /// Number of adapters in the mean.
    pub fn shards(&self) -> usize {
        self.shards
    }
}

/// The merged weights. The sum runs in the order of `shards`, the joint adapter last; the same adapters in the same order give the
/// same bits.
pub fn merge(base: &Base, shards: &[Adapter], joint: Option<&Adapter>) -> Result<Tensors> {
    match (shards, joint) {
        ([], None) => Ok(base.tensors().clone()),
        _ => combined(base, shards, joint)?.add_to(base.config(), base.tensors()),
    }
}

/// What is added to the base, as one adapter: the ranks of all side by side, each shard with `1/N`, the joint one in full.
pub fn combined(base: &Base, shards: &[Adapter], joint: Option<&Adapter>) -> Result<Adapter> {
    let share = 1.0 / shards.len().max(1) as f64;
    let shards = shards.iter().map(|adapter| (adapter, share));
    let parts: Vec<(&Adapter, f64)> = shards.chain(joint.map(|adapter| (adapter, 1.0))).collect();
    Adapter::concatenate(base.config(), &parts)
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::adapter::fresh_variables;
    use crate::base::tests::random_base;
    use crate::ops::check::random;
    use crate::tensors::values;
    use candle_core::{Device, Tensor};

    /// An adapter of random matrices.
    pub(crate) fn random_adapter(base: &Base, seed: u64) -> Result<Adapter> {
        let variables = fresh_variables(base.config(), 4, seed)?;
        for (i, var) in variables.values().enumerate() {
            var.set(&random(seed * 100 + i as u64, var.dims(), 0.2)?)?;
        }
        Adapter::of_variables(base.config(), 4, 8.0, &variables)
    }

    fn logits(model: &Model, adapter: Option<&Adapter>) -> Result<Vec<f32>> {
        let tokens = Tensor::from_vec(vec![4u32, 9, 2, 77], (1, 4), &Device::Cpu)?;
        values(&model.logits(&tokens, adapter)?)
    }

    fn worst(a: &[f32], b: &[f32]) -> f32 {
        a.iter().zip(b).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max)
    }

    #[test]
    fn one_merged_adapter_computes_what_the_adapter_does() -> Result<()> {
        let base = random_base(5)?;
        let adapter = random_adapter(&base, 1)?;
        let want = logits(&base.model()?, Some(&adapter))?;
        let got = logits(Served::new(&base, std::slice::from_ref(&adapter), None)?.model(), None)?;
        assert!(worst(&want, &got) < 1e-3, "{}", worst(&want, &got));
        assert!(worst(&want, &logits(&base.model()?, None)?) > 1e-2, "the adapter does something");
        Ok(())
    }

    #[test]
    fn the_mean_of_equal_adapters_is_the_adapter_and_a_shard_can_leave() -> Result<()> {
        let base = random_base(5)?;
        let (a, b) = (random_adapter(&base, 1)?, random_adapter(&base, 2)?);
        let alone = logits(Served::new(&base, std::slice::from_ref(&a), None)?.model(), None)?;
        let twice = logits(Served::new(&base, &[a.clone(), a.clone()], None)?.model(), None)?;
        assert!(worst(&alone, &twice) < 1e-4);
        let both = Served::new(&base, &[a.clone(), b.clone()], None)?;
        assert_eq!(both.shards(), 2);
        assert!(worst(&logits(both.model(), None)?, &alone) > 1e-3);
        let left = logits(Served::new(&base, std::slice::from_ref(&a), None)?.model(), None)?;
        assert_eq!(left, alone, "after leaving, nothing of the other shard is left");

        let joint = logits(Served::new(&base, &[a.clone(), a], Some(&b))?.model(), None)?;
        let upon = Model::new(base.config(), &merge(&base, &[], Some(&b))?)?;
        let sum = logits(&upon, Some(&random_adapter(&base, 1)?))?;
        assert!(worst(&joint, &alone) > 1e-3 && worst(&joint, &sum) < 1e-3, "the joint adapter counts in full");
        Ok(())
    }
}
