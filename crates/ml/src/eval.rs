//! How well a model predicts rows: the mean negative log-likelihood of their tokens, in nats. Padding and the goldfish mask do not
//! count here; the end of each row does.

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

/// Loss of `model` (with an adapter, if given) over rows of tokens, in windows of at most `context`.
pub fn held_out_loss<'a>(
    model: &Model,
    adapter: Option<&Adapter>,
    rows: impl Iterator<Item = &'a [u32]>,
    context: usize,
) -> Result<Loss> {
    let context = context.min(model.config().context());
    let windows: Vec<_> = rows.flat_map(|row| batch::windows(row, model.config().marks(), context, None)).collect();
    let (mut sum, mut tokens) = (0f64, 0f64);
    for chosen in batch::shuffled(&windows, BATCH_TOKENS, 0) {
        let batch = batch::stack(&windows, &chosen)?;
        let nll = model.nll(&batch.inputs, &batch.targets, adapter)?.detach();
        sum += f64::from((nll * &batch.weights)?.sum_all()?.to_scalar::<f32>()?);
        tokens += batch.counted;
    }
    let nats = if tokens > 0.0 { sum / tokens } else { 0.0 };
    Ok(Loss { nats, tokens: tokens as u64 })
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
