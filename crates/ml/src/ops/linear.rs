//! Matrix product with a weight stored as `[out, in]`, as Hugging Face stores it: `y = x w^T`. Candle's own product computes the
//! gradient of both sides always; a frozen base needs only one, which is a third of the work of an adapter's step.

use candle_core::backend::BackendStorage;
use candle_core::{CpuStorage, CustomOp2, Layout, Result, Shape, Tensor, bail};

/// `x w^T` for `x` of `[n, in]` and `weight` of `[out, in]`.
pub fn linear(x: &Tensor, weight: &Tensor) -> Result<Tensor> {
    x.apply_op2(weight, Linear)
}

struct Linear;

impl CustomOp2 for Linear {
    fn name(&self) -> &'static str {
        "linear"
    }

    fn cpu_fwd(&self, s1: &CpuStorage, l1: &Layout, s2: &CpuStorage, l2: &Layout) -> Result<(CpuStorage, Shape)> {
        let ((n, width), (out, expected)) = (l1.shape().dims2()?, l2.shape().dims2()?);
        if width != expected {
            bail!("rows of `{width}` do not fit a weight for rows of `{expected}`");
        }
        let product = s1.matmul(s2, (1, n, out, width), l1, &l2.transpose(0, 1)?)?;
        Ok((product, (n, out).into()))
    }

    fn bwd(&self, x: &Tensor, weight: &Tensor, _: &Tensor, grad: &Tensor) -> Result<(Option<Tensor>, Option<Tensor>)> {
        let (x, weight, grad) = (x.detach(), weight_and_tracking(weight), grad.contiguous()?.detach());
        let (weight, trained) = weight;
        let for_x = grad.matmul(&weight)?;
        let for_weight = match trained {
            true => Some(grad.t()?.matmul(&x)?),
            false => None,
        };
        Ok((Some(for_x), for_weight))
    }
}

fn weight_and_tracking(weight: &Tensor) -> (Tensor, bool) {
    (weight.detach(), weight.track_op())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ops::check::{close, gradients_match, random};

    #[test]
    fn equals_primitives_and_finite_differences() -> Result<()> {
        let (x, weight) = (random(1, &[9, 12], 1.0)?, random(2, &[7, 12], 1.0)?);
        let slow = |x: &Tensor, w: &Tensor| x.matmul(&w.t()?);
        close(&linear(&x, &weight)?, &slow(&x, &weight)?, 1e-5)?;
        gradients_match(&x, |x| linear(x, &weight), |x| slow(x, &weight))?;
        gradients_match(&weight, |w| linear(&x, w), |w| slow(&x, w))
    }
}
