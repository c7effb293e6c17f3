//! What stands between two layers of an encoder: a bias, and the activation that its configuration names. For encoders that are read
//! and never trained here, so it has no gradient.

use super::math::{exp, sigmoid};
use super::{floats, map_rows, output, row_width};
use candle_core::{CpuStorage, CustomOp2, Layout, Result, Shape, Tensor, bail};

/// What is done with each value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Activation {
    /// Nothing.
    Identity,
    /// `x Φ(x)` with the error function.
    Gelu,
    /// The same by a hyperbolic tangent.
    GeluTanh,
    /// `max(x, 0)`.
    Relu,
}

/// Adds `bias` to each row of `x` and applies the activation.
pub fn activate(x: &Tensor, bias: &Tensor, activation: Activation) -> Result<Tensor> {
    x.apply_op2_no_bwd(bias, &Activate { activation })
}

struct Activate {
    activation: Activation,
}

/// The error function to 2e-7 (Abramowitz and Stegun 7.1.26).
#[inline(always)]
fn erf(x: f32) -> f32 {
    let t = 1.0 / (1.0 + 0.327_591_1 * x.abs());
    let mut p = 1.061_405_4f32;
    for c in [-1.453_152, 1.421_413_8, -0.284_496_72, 0.254_829_6] {
        p = p * t + c;
    }
    (1.0 - p * t * exp(-x * x)).copysign(x)
}

/// The hyperbolic tangent.
#[inline(always)]
fn tanh(x: f32) -> f32 {
    2.0 * sigmoid(2.0 * x) - 1.0
}

/// Adds and applies, value by value.
#[inline(always)]
fn each(new: &mut [f32], row: &[f32], bias: &[f32], apply: impl Fn(f32) -> f32) {
    for ((y, x), b) in new.iter_mut().zip(row).zip(bias) {
        *y = apply(x + b);
    }
}

impl CustomOp2 for Activate {
    fn name(&self) -> &'static str {
        "activate"
    }

    fn cpu_fwd(&self, s1: &CpuStorage, l1: &Layout, s2: &CpuStorage, l2: &Layout) -> Result<(CpuStorage, Shape)> {
        let (x, bias, width) = (floats(s1, l1)?, floats(s2, l2)?, row_width(l1)?);
        if bias.len() != width {
            bail!("a bias of `{}` does not fit rows of `{width}`", bias.len());
        }
        let activation = self.activation;
        let out = map_rows(
            x,
            width,
            #[inline(always)]
            |new, row| match activation {
                Activation::Identity => each(new, row, bias, |x| x),
                Activation::Gelu => {
                    each(new, row, bias, |x| 0.5 * x * (1.0 + erf(x * std::f32::consts::FRAC_1_SQRT_2)))
                }
                Activation::GeluTanh => {
                    each(new, row, bias, |x| 0.5 * x * (1.0 + tanh(0.797_884_6 * (x + 0.044_715 * x * x * x))))
                }
                Activation::Relu => each(new, row, bias, |x| x.max(0.0)),
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
        let (x, bias) = (random(1, &[37, 20], 4.0)?, random(2, &[20], 1.0)?);
        let sum = x.broadcast_add(&bias)?;
        close(&activate(&x, &bias, Activation::Identity)?, &sum, 1e-6)?;
        close(&activate(&x, &bias, Activation::Gelu)?, &sum.gelu_erf()?, 2e-6)?;
        close(&activate(&x, &bias, Activation::GeluTanh)?, &sum.gelu()?, 2e-6)?;
        close(&activate(&x, &bias, Activation::Relu)?, &sum.relu()?, 1e-6)?;
        assert!(activate(&x, &random(3, &[21], 1.0)?, Activation::Relu).is_err());
        Ok(())
    }
}
