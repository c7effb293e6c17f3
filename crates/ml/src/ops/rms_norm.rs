//! Root mean square normalization, `y = x / sqrt(mean(x^2) + eps) * w` (Zhang and Sennrich 2019), by rows. The weight's gradient
//! is computed only when the weight is trained.

use super::math::dot;
use super::{by_rows, floats, map_rows, output, row_width};
use candle_core::{CpuStorage, CustomOp2, CustomOp3, Layout, Result, Shape, Tensor, bail};

/// Normalizes each row of `x` and multiplies it by `weight` (as wide as a row).
pub fn rms_norm(x: &Tensor, weight: &Tensor, eps: f32) -> Result<Tensor> {
    x.apply_op2(weight, RmsNorm { eps })
}

struct RmsNorm {
    eps: f32,
}

/// `1 / sqrt(mean(x^2) + eps)`.
#[inline(always)]
fn inverse_rms(row: &[f32], eps: f32) -> f32 {
    1.0 / (dot(row, row) / row.len() as f32 + eps).sqrt()
}

impl CustomOp2 for RmsNorm {
    fn name(&self) -> &'static str {
        "rms-norm"
    }

    fn cpu_fwd(&self, s1: &CpuStorage, l1: &Layout, s2: &CpuStorage, l2: &Layout) -> Result<(CpuStorage, Shape)> {
        let (x, weight, width, eps) = (floats(s1, l1)?, floats(s2, l2)?, row_width(l1)?, self.eps);
        if weight.len() != width {
            bail!("a weight of `{}` does not fit rows of `{width}`", weight.len());
        }
        let out = map_rows(
            x,
            width,
            #[inline(always)]
            |new, row| {
                let r = inverse_rms(row, eps);
                for ((y, &x), &w) in new.iter_mut().zip(row).zip(weight) {
                    *y = x * r * w;
                }
            },
        );
        output(out, l1.shape())
    }

    fn bwd(&self, x: &Tensor, weight: &Tensor, _: &Tensor, grad: &Tensor) -> Result<(Option<Tensor>, Option<Tensor>)> {
        let grad = grad.contiguous()?;
        let for_x = x.apply_op3_no_bwd(weight, &grad, &BackwardInput { eps: self.eps })?;
        let for_weight = match weight.track_op() {
            true => Some(x.apply_op2_no_bwd(&grad, &BackwardWeight { eps: self.eps })?),
            false => None,
        };
        Ok((Some(for_x), for_weight))
    }
}

/// `dx = r * (g*w - x * r^2 * mean(g*w*x))`.
struct BackwardInput {
    eps: f32,
}

impl CustomOp3 for BackwardInput {
    fn name(&self) -> &'static str {
        "rms-norm-backward-input"
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
        let (x, weight, grad, width, eps) =
            (floats(s1, l1)?, floats(s2, l2)?, floats(s3, l3)?, row_width(l1)?, self.eps);
        let mut out = vec![0f32; x.len()];
        by_rows(
            &mut out,
            width,
            #[inline(always)]
            |first, block| {
                for (i, out) in block.chunks_mut(width).enumerate() {
                    let (row, g) = (&x[(first + i) * width..][..width], &grad[(first + i) * width..][..width]);
                    let r = inverse_rms(row, eps);
                    for ((o, &g), &w) in out.iter_mut().zip(g).zip(weight) {
                        *o = g * w;
                    }
                    let k = dot(out, row) * r * r / width as f32;
                    for (o, &x) in out.iter_mut().zip(row) {
                        *o = (*o - x * k) * r;
                    }
                }
            },
        );
        output(out, l1.shape())
    }
}

/// `dw = sum over rows of g * x * r`.
struct BackwardWeight {
    eps: f32,
}

impl CustomOp2 for BackwardWeight {
    fn name(&self) -> &'static str {
        "rms-norm-backward-weight"
    }

    fn cpu_fwd(&self, s1: &CpuStorage, l1: &Layout, s2: &CpuStorage, l2: &Layout) -> Result<(CpuStorage, Shape)> {
        let (x, grad, width, eps) = (floats(s1, l1)?, floats(s2, l2)?, row_width(l1)?, self.eps);
        let mut out = vec![0f32; width];
        pulp::Arch::new().dispatch(
            #[inline(always)]
            || {
                for (row, g) in x.chunks(width).zip(grad.chunks(width)) {
                    let r = inverse_rms(row, eps);
                    for ((o, &x), &g) in out.iter_mut().zip(row).zip(g) {
                        *o += g * x * r;
                    }
                }
            },
        );
        output(out, width)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ops::check::{close, gradients_match, random};
    use candle_core::D;

    #[test]
    fn equals_primitives_and_finite_differences() -> Result<()> {
        for (n, width) in [(1, 4), (19, 24), (33, 17)] {
            let (x, weight) = (random(5, &[n, width], 2.0)?, random(6, &[width], 1.5)?);
            let slow = |x: &Tensor, w: &Tensor| -> Result<Tensor> {
                let mean = (x.sqr()?.sum_keepdim(D::Minus1)? / width as f64)?;
                x.broadcast_div(&(mean + 1e-5)?.sqrt()?)?.broadcast_mul(w)
            };
            close(&rms_norm(&x, &weight, 1e-5)?, &slow(&x, &weight)?, 1e-5)?;
            gradients_match(&x, |x| rms_norm(x, &weight, 1e-5), |x| slow(x, &weight))?;
            gradients_match(&weight, |w| rms_norm(&x, w, 1e-5), |w| slow(&x, w))?;
        }
        Ok(())
    }
}
