//! From rows of the residual stream to attention heads and back, with the rotary position embedding on the way: rows
//! `[batch * t, heads * width]` become `[batch * heads, t, width]` in one pass. The rotation is the half-split one of Hugging Face
//! checkpoints: component `j` is paired with `j + width / 2`, by the angle `position * frequency[j]`.

use super::{by_rows, floats, output};
use candle_core::{CpuStorage, CustomOp1, Layout, Result, Shape, Tensor, bail};
use std::sync::Arc;

/// Cosines and sines of the rotary embedding for positions `0..positions`.
#[derive(Debug)]
pub struct Rotation {
    half: usize,
    cos: Vec<f32>,
    sin: Vec<f32>,
}

impl Rotation {
    /// Tables for heads of two components a frequency; every cosine and sine is multiplied by `factor`.
    pub fn new(positions: usize, frequencies: &[f32], factor: f32) -> Self {
        let half = frequencies.len();
        let angle = |position: usize| frequencies.iter().map(move |f| position as f32 * f);
        let angles: Vec<f32> = (0..positions).flat_map(angle).collect();
        let table = |of: fn(f32) -> f32| angles.iter().map(|&a| of(a) * factor).collect();
        Self { half, cos: table(f32::cos), sin: table(f32::sin) }
    }

    /// Positions the tables hold.
    pub fn positions(&self) -> usize {
        self.cos.len() / self.half.max(1)
    }

    /// Writes `head` rotated to `position` into `out`; `sign` -1 turns back (and scales by the factor again, as the transpose does).
    #[inline(always)]
    pub(crate) fn rotate(&self, position: usize, sign: f32, head: &[f32], out: &mut [f32]) {
        let (a, b) = head.split_at(self.half);
        let (out_a, out_b) = out.split_at_mut(self.half);
        let (cos, sin) =
            (&self.cos[position * self.half..][..self.half], &self.sin[position * self.half..][..self.half]);
        for j in 0..self.half {
            let s = sin[j] * sign;
            out_a[j] = a[j] * cos[j] - b[j] * s;
            out_b[j] = b[j] * cos[j] + a[j] * s;
        }
    }
}

/// Rows `[batch * t, heads * width]` to `[batch * heads, t, width]`, rotated where a rotation is given.
pub fn split_heads(x: &Tensor, t: usize, heads: usize, rotation: Option<&Arc<Rotation>>) -> Result<Tensor> {
    x.apply_op1(Split { t, heads, rotation: rotation.cloned() })
}

/// `[batch * heads, t, width]` back to rows `[batch * t, heads * width]`.
pub fn merge_heads(x: &Tensor, heads: usize) -> Result<Tensor> {
    x.apply_op1(Merge { heads, rotation: None })
}

struct Split {
    t: usize,
    heads: usize,
    rotation: Option<Arc<Rotation>>,
}

impl CustomOp1 for Split {
    fn name(&self) -> &'static str {
        "split-heads"
    }

    fn cpu_fwd(&self, storage: &CpuStorage, layout: &Layout) -> Result<(CpuStorage, Shape)> {
        let (x, (rows, model)) = (floats(storage, layout)?, layout.shape().dims2()?);
        let (t, heads) = (self.t, self.heads);
        let width = model / heads.max(1);
        check(rows % t == 0 && width * heads == model, t, width, self.rotation.as_deref())?;
        let mut out = vec![0f32; x.len()];
        by_rows(
            &mut out,
            width,
            #[inline(always)]
            |first, block| {
                for (i, out) in block.chunks_mut(width).enumerate() {
                    let (head_of_batch, position) = ((first + i) / t, (first + i) % t);
                    let (batch, head) = (head_of_batch / heads, head_of_batch % heads);
                    let source = &x[((batch * t + position) * heads + head) * width..][..width];
                    match &self.rotation {
                        Some(rotation) => rotation.rotate(position, 1.0, source, out),
                        None => out.copy_from_slice(source),
                    }
                }
            },
        );
        output(out, (rows / t * heads, t, width))
    }

    fn bwd(&self, _: &Tensor, _: &Tensor, grad: &Tensor) -> Result<Option<Tensor>> {
        let back = Merge { heads: self.heads, rotation: self.rotation.clone() };
        Ok(Some(grad.contiguous()?.apply_op1_no_bwd(&back)?))
    }
}

/// The inverse of `Split`; with a rotation it turns back.
struct Merge {
    heads: usize,
    rotation: Option<Arc<Rotation>>,
}

impl CustomOp1 for Merge {
    fn name(&self) -> &'static str {
        "merge-heads"
    }

    fn cpu_fwd(&self, storage: &CpuStorage, layout: &Layout) -> Result<(CpuStorage, Shape)> {
        let (x, (blocks, t, width)) = (floats(storage, layout)?, layout.shape().dims3()?);
        let heads = self.heads;
        check(blocks % heads == 0, t, width, self.rotation.as_deref())?;
        let mut out = vec![0f32; x.len()];
        by_rows(
            &mut out,
            heads * width,
            #[inline(always)]
            |first, block| {
                for (i, out) in block.chunks_mut(heads * width).enumerate() {
                    let (batch, position) = ((first + i) / t, (first + i) % t);
                    for (head, out) in out.chunks_mut(width).enumerate() {
                        let source = &x[((batch * heads + head) * t + position) * width..][..width];
                        match &self.rotation {
                            Some(rotation) => rotation.rotate(position, -1.0, source, out),
                            None => out.copy_from_slice(source),
                        }
                    }
                }
            },
        );
        output(out, (blocks / heads * t, heads * width))
    }

    fn bwd(&self, arg: &Tensor, _: &Tensor, grad: &Tensor) -> Result<Option<Tensor>> {
        if self.rotation.is_some() {
            bail!("merging with a rotation is a backward pass and has none of its own");
        }
        let back = Split { t: arg.dim(1)?, heads: self.heads, rotation: None };
        Ok(Some(grad.contiguous()?.apply_op1_no_bwd(&back)?))
    }
}

fn check(fits: bool, t: usize, width: usize, rotation: Option<&Rotation>) -> Result<()> {
    let rotates = rotation.is_none_or(|r| r.positions() >= t && r.half * 2 == width);
    match fits && rotates {
        true => Ok(()),
        false => bail!("`{t}` positions of heads `{width}` wide do not fit the tensor or the rotation"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ops::check::{close, gradients_match, random};
    use candle_core::Device;

    #[test]
    fn equals_primitives_and_finite_differences() -> Result<()> {
        let (batch, t, heads, width) = (2, 5, 3, 8);
        let rotation = Arc::new(Rotation::new(t, &[1.0, 0.3, 0.1, 0.03], 1.25));
        let x = random(4, &[batch * t, heads * width], 1.0)?;
        let table = |v: &[f32]| Tensor::from_vec(v.to_vec(), (1, t, width / 2), &Device::Cpu);
        let (cos, sin) = (table(&rotation.cos)?, table(&rotation.sin)?);
        let plain = |x: &Tensor| {
            x.reshape((batch, t, heads, width))?.transpose(1, 2)?.contiguous()?.reshape((batch * heads, t, width))
        };
        let turned = |x: &Tensor| -> Result<Tensor> {
            let x = plain(x)?;
            let (a, b) = (x.narrow(2, 0, width / 2)?, x.narrow(2, width / 2, width / 2)?);
            let first = (a.broadcast_mul(&cos)? - b.broadcast_mul(&sin)?)?;
            let second = (b.broadcast_mul(&cos)? + a.broadcast_mul(&sin)?)?;
            Tensor::cat(&[first, second], 2)
        };
        close(&split_heads(&x, t, heads, None)?, &plain(&x)?, 0.0)?;
        close(&split_heads(&x, t, heads, Some(&rotation))?, &turned(&x)?, 1e-6)?;
        close(&merge_heads(&split_heads(&x, t, heads, None)?, heads)?, &x, 0.0)?;
        gradients_match(&x, |x| split_heads(x, t, heads, Some(&rotation)), turned)?;
        gradients_match(
            &plain(&x)?,
            |x| merge_heads(x, heads),
            |x| x.reshape((batch, heads, t, width))?.transpose(1, 2)?.contiguous()?.reshape((batch * t, heads * width)),
        )
    }
}
