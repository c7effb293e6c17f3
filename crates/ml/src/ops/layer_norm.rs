//! Layer normalization, `y = (x - mean) / sqrt(variance + eps) * w + b` (Ba, Kiros and Hinton 2016), by rows. For encoders that are
//! read and never trained here, so it has no gradient.

use super::math::dot;
use super::{floats, map_rows, output, row_width};
use candle_core::{CpuStorage, CustomOp3, Layout, Result, Shape, Tensor, bail};

/// Normalizes each row of `x`, multiplies it by `weight` and adds `bias` (both as wide as a row).
pub fn layer_norm(x: &Tensor, weight: &Tensor, bias: &Tensor, eps: f32) -> Result<Tensor> {
    x.apply_op3_no_bwd(weight, bias, &LayerNorm { eps })
}

struct LayerNorm {
    eps: f32,
}

impl CustomOp3 for LayerNorm {
    fn name(&self) -> &'static str {
        "layer-norm"
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
        let (x, weight, bias, width) = (floats(s1, l1)?, floats(s2, l2)?, floats(s3, l3)?, row_width(l1)?);
        if weight.len() != width || bias.len() != width {
            bail!("a weight of `{}` and a bias of `{}` do not fit rows of `{width}`", weight.len(), bias.len());
        }
        let eps = self.eps;
        let out = map_rows(
            x,
            width,
            #[inline(always)]
            |new, row| {
                let mean = row.iter().sum::<f32>() / width as f32;
                new.iter_mut().zip(row).for_each(|(y, x)| *y = x - mean);
                let inverse = 1.0 / (dot(new, new) / width as f32 + eps).sqrt();
                for ((y, w), b) in new.iter_mut().zip(weight).zip(bias) {
                    *y = *y * inverse * w + b;
                }
            },
        );
        output(out, l1.shape())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ops::check::{close, random};

    #[test]
    fn equals_primitives() -> Result<()> {
        let (x, weight, bias) = (random(1, &[37, 20], 3.0)?, random(2, &[20], 1.0)?, random(3, &[20], 1.0)?);
        let centered = x.broadcast_sub(&x.mean_keepdim(1)?)?;
        let variance = centered.sqr()?.mean_keepdim(1)?;
        let slow = centered.broadcast_div(&(variance + 1e-5)?.sqrt()?)?.broadcast_mul(&weight)?.broadcast_add(&bias)?;
        close(&layer_norm(&x, &weight, &bias, 1e-5)?, &slow, 1e-5)?;
        assert!(layer_norm(&x, &bias, &random(4, &[19], 1.0)?, 1e-5).is_err());
        Ok(())
    }
}
