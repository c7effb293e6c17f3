//! Negative log-likelihood of each row's label, from logits: `nll[i] = ln(sum(exp(x[i]))) - x[i][y[i]]`. The backward pass
//! recomputes the sum instead of keeping probabilities, which would be as large as the logits. Masking (padding, goldfish) is
//! the caller's: it multiplies the rows.

use super::{by_rows, floats, labels, math, output, row_width};
use candle_core::{CpuStorage, CustomOp2, CustomOp3, Layout, Result, Shape, Tensor, bail};

/// Negative log-likelihood in nats, one value a row: `logits` is `[n, vocabulary]`, `targets` is `[n]` of `u32`.
pub fn cross_entropy(logits: &Tensor, targets: &Tensor) -> Result<Tensor> {
    logits.apply_op2(targets, CrossEntropy)
}

struct CrossEntropy;

impl CustomOp2 for CrossEntropy {
    fn name(&self) -> &'static str {
        "cross-entropy"
    }

    fn cpu_fwd(&self, s1: &CpuStorage, l1: &Layout, s2: &CpuStorage, l2: &Layout) -> Result<(CpuStorage, Shape)> {
        let (logits, targets, width) = (floats(s1, l1)?, labels(s2, l2)?, row_width(l1)?);
        check(logits, targets, width)?;
        let mut nll = vec![0f32; targets.len()];
        by_rows(
            &mut nll,
            1,
            #[inline(always)]
            |first, out| {
                for (i, value) in out.iter_mut().enumerate() {
                    let row = &logits[(first + i) * width..][..width];
                    *value = math::log_sum_exp(row) - row[targets[first + i] as usize];
                }
            },
        );
        output(nll, targets.len())
    }

    fn bwd(
        &self,
        logits: &Tensor,
        targets: &Tensor,
        _: &Tensor,
        grad: &Tensor,
    ) -> Result<(Option<Tensor>, Option<Tensor>)> {
        Ok((Some(logits.apply_op3_no_bwd(targets, &grad.contiguous()?, &Backward)?), None))
    }
}

/// `d nll / d logits = softmax(logits) - onehot(target)`, times the row's gradient.
struct Backward;

impl CustomOp3 for Backward {
    fn name(&self) -> &'static str {
        "cross-entropy-backward"
    }

    fn cpu_fwd(
        &self,
        s1: &CpuStorage,
        l1: &Layout,
        s2: &CpuStorage,
        l2: &Layout,
        s3: &CpuStorage,
        l3: &Layout,
    ) -> Result<(CpuStorage, Shape)> {
        let (logits, targets, grad, width) = (floats(s1, l1)?, labels(s2, l2)?, floats(s3, l3)?, row_width(l1)?);
        check(logits, targets, width)?;
        let mut out = vec![0f32; logits.len()];
        by_rows(
            &mut out,
            width,
            #[inline(always)]
            |first, block| {
                for (i, out) in block.chunks_mut(width).enumerate() {
                    let (weight, row) = (grad[first + i], &logits[(first + i) * width..][..width]);
                    if weight == 0.0 {
                        continue;
                    }
                    let total = math::log_sum_exp(row);
                    for (o, &x) in out.iter_mut().zip(row) {
                        *o = math::exp(x - total) * weight;
                    }
                    out[targets[first + i] as usize] -= weight;
                }
            },
        );
        output(out, l1.shape())
    }
}

fn check(logits: &[f32], targets: &[u32], width: usize) -> Result<()> {
    if logits.len() != targets.len() * width {
        bail!("`{}` targets do not fit `{}` rows of logits", targets.len(), logits.len() / width);
    }
    match targets.iter().find(|&&t| t as usize >= width) {
        Some(target) => bail!("target `{target}` is outside the vocabulary of `{width}`"),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ops::check::{close, gradients_match, random};
    use candle_core::{D, Device};

    #[test]
    fn equals_primitives_and_finite_differences() -> Result<()> {
        for (n, width) in [(1, 2), (5, 33), (40, 64)] {
            let logits = random(7, &[n, width], 2.0)?;
            let targets =
                Tensor::from_vec((0..n).map(|i| (i * 13 % width) as u32).collect::<Vec<_>>(), n, &Device::Cpu)?;
            let slow = |x: &Tensor| -> Result<Tensor> {
                let max = x.max_keepdim(D::Minus1)?;
                let total = (x.broadcast_sub(&max)?.exp()?.sum_keepdim(D::Minus1)?.log()? + max)?;
                (total - x.gather(&targets.unsqueeze(1)?, 1)?)?.squeeze(1)
            };
            close(&cross_entropy(&logits, &targets)?, &slow(&logits)?, 1e-5)?;
            gradients_match(&logits, |x| cross_entropy(x, &targets), slow)?;
        }
        Ok(())
    }

    #[test]
    fn refuses_a_target_outside_the_vocabulary() -> Result<()> {
        let targets = Tensor::from_vec(vec![9u32], 1, &Device::Cpu)?;
        assert!(cross_entropy(&random(1, &[1, 4], 1.0)?, &targets).is_err());
        Ok(())
    }
}
