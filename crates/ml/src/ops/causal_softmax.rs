//! Softmax over the positions not in the future, with the attention scale folded in: row `i` of each `t` by `t` block looks at
//! columns `0..=i`; the rest is zero. Blocks follow one another in memory, so any number of heads and groups fits.

use super::math::{dot, exp, max_and_sum};
use super::{by_rows, floats, output, row_width};
use candle_core::{CpuStorage, CustomOp1, CustomOp2, Layout, Result, Shape, Tensor, bail};

/// `softmax(scale * scores)` below and on the diagonal of each square block; the last dimension is the block's side.
pub fn causal_softmax(scores: &Tensor, scale: f32) -> Result<Tensor> {
    scores.apply_op1(CausalSoftmax { scale })
}

struct CausalSoftmax {
    scale: f32,
}

impl CustomOp1 for CausalSoftmax {
    fn name(&self) -> &'static str {
        "causal-softmax"
    }

    fn cpu_fwd(&self, storage: &CpuStorage, layout: &Layout) -> Result<(CpuStorage, Shape)> {
        let (scores, side, scale) = (floats(storage, layout)?, square_side(layout)?, self.scale);
        let mut out = vec![0f32; scores.len()];
        by_rows(
            &mut out,
            side,
            #[inline(always)]
            |first, block| {
                for (i, out) in block.chunks_mut(side).enumerate() {
                    let seen = (first + i) % side + 1;
                    let row = &scores[(first + i) * side..][..seen];
                    let (max, sum) = max_and_sum(row, scale);
                    let inverse = 1.0 / sum;
                    for (o, &x) in out.iter_mut().zip(row) {
                        *o = exp((x - max) * scale) * inverse;
                    }
                }
            },
        );
        output(out, layout.shape())
    }

    fn bwd(&self, _: &Tensor, probabilities: &Tensor, grad: &Tensor) -> Result<Option<Tensor>> {
        Ok(Some(probabilities.apply_op2_no_bwd(&grad.contiguous()?, &Backward { scale: self.scale })?))
    }
}

/// `dx = p * (g - sum(p * g)) * scale` on the visible part of each row.
struct Backward {
    scale: f32,
}

impl CustomOp2 for Backward {
    fn name(&self) -> &'static str {
        "causal-softmax-backward"
    }

    fn cpu_fwd(&self, s1: &CpuStorage, l1: &Layout, s2: &CpuStorage, l2: &Layout) -> Result<(CpuStorage, Shape)> {
        let (probabilities, grad, side, scale) = (floats(s1, l1)?, floats(s2, l2)?, square_side(l1)?, self.scale);
        let mut out = vec![0f32; probabilities.len()];
        by_rows(
            &mut out,
            side,
            #[inline(always)]
            |first, block| {
                for (i, out) in block.chunks_mut(side).enumerate() {
                    let (start, seen) = ((first + i) * side, (first + i) % side + 1);
                    let (p, g) = (&probabilities[start..start + seen], &grad[start..start + seen]);
                    let mean = dot(p, g);
                    for ((o, &p), &g) in out.iter_mut().zip(p).zip(g) {
                        *o = p * (g - mean) * scale;
                    }
                }
            },
        );
        output(out, l1.shape())
    }
}

fn square_side(layout: &Layout) -> Result<usize> {
    let side = row_width(layout)?;
    match layout.dims().iter().rev().nth(1) {
        Some(rows) if rows % side == 0 => Ok(side),
        _ => bail!("causal softmax needs blocks as high as wide, got `{:?}`", layout.dims()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ops::check::{close, gradients_match, random};
    use candle_core::{D, Device};

    #[test]
    fn equals_primitives_and_finite_differences() -> Result<()> {
        for (heads, side) in [(1, 1), (3, 5), (2, 33)] {
            let scores = random(3, &[heads, side, side], 3.0)?;
            let mask: Vec<f32> = (0..side * side).map(|i| if i % side > i / side { -1e9 } else { 0.0 }).collect();
            let mask = Tensor::from_vec(mask, (1, side, side), &Device::Cpu)?;
            let slow = |x: &Tensor| -> Result<Tensor> {
                let x = (x * 0.3)?.broadcast_add(&mask)?;
                let e = x.broadcast_sub(&x.max_keepdim(D::Minus1)?.detach())?.exp()?;
                e.broadcast_div(&e.sum_keepdim(D::Minus1)?)
            };
            close(&causal_softmax(&scores, 0.3)?, &slow(&scores)?, 1e-6)?;
            gradients_match(&scores, |x| causal_softmax(x, 0.3), slow)?;
        }
        Ok(())
    }
}
