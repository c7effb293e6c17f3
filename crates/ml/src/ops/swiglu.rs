//! The gate of the feed-forward block: `silu(gate) * up`, elementwise (Shazeer 2020).

use super::math::sigmoid;
use super::{by_rows, floats, output, row_width};
use candle_core::{CpuStorage, CustomOp2, CustomOp3, Layout, Result, Shape, Tensor, bail};

/// `gate * sigmoid(gate) * up` for two tensors of one shape.
pub fn swiglu(gate: &Tensor, up: &Tensor) -> Result<Tensor> {
    gate.apply_op2(up, SwiGlu)
}

struct SwiGlu;

impl CustomOp2 for SwiGlu {
    fn name(&self) -> &'static str {
        "swiglu"
    }

    fn cpu_fwd(&self, s1: &CpuStorage, l1: &Layout, s2: &CpuStorage, l2: &Layout) -> Result<(CpuStorage, Shape)> {
        let (gate, up, width) = (floats(s1, l1)?, floats(s2, l2)?, row_width(l1)?);
        if gate.len() != up.len() {
            bail!("gate and up differ in shape");
        }
        let mut out = vec![0f32; gate.len()];
        by_rows(
            &mut out,
            width,
            #[inline(always)]
            |first, block| {
                let start = first * width;
                let (gate, up) = (&gate[start..][..block.len()], &up[start..][..block.len()]);
                for ((o, &a), &b) in block.iter_mut().zip(gate).zip(up) {
                    *o = a * sigmoid(a) * b;
                }
            },
        );
        output(out, l1.shape())
    }

    fn bwd(&self, gate: &Tensor, up: &Tensor, _: &Tensor, grad: &Tensor) -> Result<(Option<Tensor>, Option<Tensor>)> {
        let grad = grad.contiguous()?;
        let for_gate = gate.apply_op3_no_bwd(up, &grad, &Backward { of_gate: true })?;
        let for_up = gate.apply_op3_no_bwd(up, &grad, &Backward { of_gate: false })?;
        Ok((Some(for_gate), Some(for_up)))
    }
}

/// `dgate = g * up * s * (1 + gate * (1 - s))` with `s = sigmoid(gate)`; `dup = g * gate * s`.
struct Backward {
    of_gate: bool,
}

impl CustomOp3 for Backward {
    fn name(&self) -> &'static str {
        "swiglu-backward"
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
        let (gate, up, grad, width) = (floats(s1, l1)?, floats(s2, l2)?, floats(s3, l3)?, row_width(l1)?);
        let mut out = vec![0f32; gate.len()];
        let of_gate = self.of_gate;
        by_rows(
            &mut out,
            width,
            #[inline(always)]
            |first, block| {
                let (start, n) = (first * width, block.len());
                let (gate, up, grad) = (&gate[start..][..n], &up[start..][..n], &grad[start..][..n]);
                let values = block.iter_mut().zip(gate).zip(up).zip(grad);
                if of_gate {
                    for (((o, &a), &b), &g) in values {
                        let s = sigmoid(a);
                        *o = g * b * s * (1.0 + a * (1.0 - s));
                    }
                } else {
                    for (((o, &a), _), &g) in values {
                        *o = g * a * sigmoid(a);
                    }
                }
            },
        );
        output(out, l1.shape())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ops::check::{close, gradients_match, random};

    #[test]
    fn equals_primitives_and_finite_differences() -> Result<()> {
        for (n, width) in [(1, 3), (21, 40)] {
            let (gate, up) = (random(1, &[n, width], 3.0)?, random(2, &[n, width], 3.0)?);
            let slow = |a: &Tensor, b: &Tensor| -> Result<Tensor> { (a / (a.neg()?.exp()? + 1.0)?)? * b };
            close(&swiglu(&gate, &up)?, &slow(&gate, &up)?, 1e-5)?;
            gradients_match(&gate, |a| swiglu(a, &up), |a| slow(a, &up))?;
            gradients_match(&up, |b| swiglu(&gate, b), |b| slow(&gate, b))?;
        }
        Ok(())
    }
}
