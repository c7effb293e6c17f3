//! Softmax of rows that are scaled first: the weights of attention that looks both ways. For encoders that are read and never trained
//! here, so it has no gradient; `attention.rs` is the causal one.

use super::math::softmax_row;
use super::{floats, map_rows, output, row_width};
use candle_core::{CpuStorage, CustomOp1, Layout, Result, Shape, Tensor};

/// `softmax(scale * row)` of every row.
pub fn softmax(x: &Tensor, scale: f32) -> Result<Tensor> {
    x.apply_op1_no_bwd(&Softmax { scale })
}

struct Softmax {
    scale: f32,
}

impl CustomOp1 for Softmax {
    fn name(&self) -> &'static str {
        "softmax"
    }

    fn cpu_fwd(&self, storage: &CpuStorage, layout: &Layout) -> Result<(CpuStorage, Shape)> {
        let (x, width, scale) = (floats(storage, layout)?, row_width(layout)?, self.scale);
        let out = map_rows(
            x,
            width,
            #[inline(always)]
            |new, row| {
                new.iter_mut().zip(row).for_each(|(y, x)| *y = x * scale);
                softmax_row(new);
            },
        );
        output(out, layout.shape())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ops::check::{close, random};

    #[test]
    fn equals_primitives() -> Result<()> {
        let x = random(1, &[3, 19, 23], 5.0)?;
        let raised = (&x * 0.7)?.exp()?;
        close(&softmax(&x, 0.7)?, &raised.broadcast_div(&raised.sum_keepdim(2)?)?, 1e-5)
    }
}
