//! How well a model predicts rows: the mean negative log-likelihood of their tokens, in nats. Padding and the goldfish mask do not
//! count here; the end of each row does, where it is not cut.

use crate::adapter::Adapter;
use crate::batch;
use crate::error::Result;
use crate::model::Model;
use serde::{Deserialize, Serialize};

/// Tokens of one scoring batch, padding included.
const BATCH_TOKENS: usize = 4096;

/// A measured loss.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Loss {
    /// Mean nats a token; 0 if there were no tokens.
    pub nats: f64,
    /// Tokens that were scored.
    pub tokens: u64,
}

impl Loss {
    /// Nats of all tokens together.
    pub fn sum(&self) -> f64 {
        self.nats * self.tokens as f64
    }

    /// The mean over the tokens of several losses.
    pub fn mean(losses: impl IntoIterator<Item = Loss>) -> Loss {
        let (sum, tokens) = losses.into_iter().fold((0.0, 0), |(sum, n), loss| (sum + loss.sum(), n + loss.tokens));
        Loss { nats: if tokens > 0 { sum / tokens as f64 } else { 0.0 }, tokens }
    }
}

/// Loss of `model` (with an adapter, if given) over rows of tokens, in windows of at most `context`.
pub fn held_out_loss<'a>(
    model: &Model,
    adapter: Option<&Adapter>,
    rows: impl Iterator<Item = &'a [u32]>,
    context: usize,
) -> Result<Loss> {
    Ok(Loss::mean(row_losses(model, adapter, rows, usize::MAX, context)?))
}

/// Loss of the first `most` tokens of each row on its own, in the order of the rows.
pub fn row_losses<'a>(
    model: &Model,
    adapter: Option<&Adapter>,
    rows: impl Iterator<Item = &'a [u32]>,
    most: usize,
    context: usize,
) -> Result<Vec<Loss>> {
    let context = context.min(model.config().context());
    let (mut windows, mut row_of) = (Vec::new(), Vec::new());
    let mut sums = Vec::new();
    for row in rows {
        windows.extend(batch::windows(row, most, model.config().marks(), context, None));
        row_of.resize(windows.len(), sums.len());
        sums.push((0f64, 0u64));
    }
    for chosen in batch::shuffled(&windows, BATCH_TOKENS, 0) {
        let batch = batch::stack(&windows, &chosen)?;
        let nll = (model.nll(&batch.inputs, &batch.targets, adapter)?.detach() * &batch.weights)?;
        let nll = nll.reshape(batch.inputs.shape())?.sum(1)?.to_vec1::<f32>()?;
        let counted = batch.weights.reshape(batch.inputs.shape())?.sum(1)?.to_vec1::<f32>()?;
        for ((&window, nll), counted) in chosen.iter().zip(nll).zip(counted) {
            let sum = &mut sums[row_of[window]];
            *sum = (sum.0 + f64::from(nll), sum.1 + counted as u64);
        }
    }
    let loss = |(sum, tokens): (f64, u64)| Loss { nats: if tokens > 0 { sum / tokens as f64 } else { 0.0 }, tokens };
    Ok(sums.into_iter().map(loss).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::tests::random_base;

    #[test]
    fn does_not_depend_on_how_rows_are_grouped() -> Result<()> {
        let model = random_base(4)?.model()?;
        let rows: Vec<Vec<u32>> = (1..40u32).map(|n| (0..n).map(|i| (i * 31 + n) % 300).collect()).collect();
        let all = held_out_loss(&model, None, rows.iter().map(Vec::as_slice), 64)?;
        let (mut sum, mut tokens) = (0.0, 0);
        for row in &rows {
            let one = held_out_loss(&model, None, std::iter::once(row.as_slice()), 64)?;
            (sum, tokens) = (sum + one.nats * one.tokens as f64, tokens + one.tokens);
        }
        assert_eq!(all.tokens, tokens);
        assert!((all.nats - sum / tokens as f64).abs() < 1e-4);
        assert_eq!(held_out_loss(&model, None, std::iter::empty(), 64)?, Loss { nats: 0.0, tokens: 0 });
        Ok(())
    }
}
