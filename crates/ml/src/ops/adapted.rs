//! A frozen projection with its adapter in one: `y = x w^T + scale (x a^T) b^T`. The adapter's part is added while a row of the result
//! is at hand, instead of through three tensors as large as the result.

use super::head_loss::cpu;
use super::{by_rows, floats, output};
use candle_core::backend::BackendStorage;
use candle_core::{CpuStorage, CustomOp3, Layout, Result, Shape, Tensor, bail};

/// `x w^T + scale (x a^T) b^T` for `x` of `[n, in]`, a frozen `weight` of `[out, in]`, `a` of `[rank, in]`, `b` of `[out, rank]`.
pub fn adapted_linear(x: &Tensor, weight: &Tensor, a: &Tensor, b: &Tensor, scale: f64) -> Result<Tensor> {
    x.apply_op3(a, b, Adapted { weight: weight.detach(), scale: scale as f32 })
}

struct Adapted {
    weight: Tensor,
    scale: f32,
}

impl CustomOp3 for Adapted {
    fn name(&self) -> &'static str {
        "adapted-linear"
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
        let ((n, width), (rank, a_width), (out, b_rank)) =
            (l1.shape().dims2()?, l2.shape().dims2()?, l3.shape().dims2()?);
        if (a_width, b_rank) != (width, rank) || self.weight.dims() != [out, width] {
            bail!(
                "rows of `{width}` do not fit a weight of `{:?}` with an adapter of rank `{rank}`",
                self.weight.dims()
            );
        }
        let (storage, layout) = self.weight.storage_and_layout();
        let product = s1.matmul(cpu(&storage)?, (1, n, out, width), l1, &layout.transpose(0, 1)?)?;
        let inner = s1.matmul(s2, (1, n, rank, width), l1, &l2.transpose(0, 1)?)?;
        let (CpuStorage::F32(mut product), CpuStorage::F32(inner)) = (product, inner) else {
            bail!("an adapter computes `f32` values only");
        };
        add_rows(&mut product, out, &inner, &columns(floats(s3, l3)?, rank), self.scale);
        output(product, (n, out))
    }

    fn bwd(
        &self,
        x: &Tensor,
        a: &Tensor,
        b: &Tensor,
        _: &Tensor,
        grad: &Tensor,
    ) -> Result<(Option<Tensor>, Option<Tensor>, Option<Tensor>)> {
        let (x, a, b, grad) = (x.detach(), a.detach(), b.detach(), grad.contiguous()?.detach());
        let scale = f64::from(self.scale);
        let inner = grad.matmul(&b)?;
        let for_x = grad.apply_op3_no_bwd(&inner, &a, &Backward { weight: self.weight.clone(), scale: self.scale })?;
        let for_a = (inner.t()?.matmul(&x)? * scale)?;
        let for_b = (grad.t()?.matmul(&x.matmul(&a.t()?)?)? * scale)?;
        Ok((Some(for_x), Some(for_a), Some(for_b)))
    }
}

/// `dx = g w + scale (g b) a`.
struct Backward {
    weight: Tensor,
    scale: f32,
}

impl CustomOp3 for Backward {
    fn name(&self) -> &'static str {
        "adapted-linear-backward"
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
        let ((n, out), (_, width)) = (l1.shape().dims2()?, l3.shape().dims2()?);
        let (storage, layout) = self.weight.storage_and_layout();
        let CpuStorage::F32(mut for_x) = s1.matmul(cpu(&storage)?, (1, n, width, out), l1, layout)? else {
            bail!("an adapter computes `f32` values only");
        };
        add_rows(&mut for_x, width, floats(s2, l2)?, floats(s3, l3)?, self.scale);
        output(for_x, (n, width))
    }
}

/// Adds `scale * inner[i][r] * rows[r]` to each row `i` of `out`, for all `r`.
fn add_rows(out: &mut [f32], width: usize, inner: &[f32], rows: &[f32], scale: f32) {
    let rank = rows.len() / width.max(1);
    by_rows(
        out,
        width,
        #[inline(always)]
        |first, block| {
            for (i, out) in block.chunks_mut(width).enumerate() {
                let inner = &inner[(first + i) * rank..][..rank];
                for (&factor, row) in inner.iter().zip(rows.chunks_exact(width)) {
                    let factor = factor * scale;
                    for (o, &x) in out.iter_mut().zip(row) {
                        *o += factor * x;
                    }
                }
            }
        },
    );
}

/// The columns of a matrix with `width` of them, one after another.
fn columns(matrix: &[f32], width: usize) -> Vec<f32> {
    (0..width).flat_map(|column| matrix.iter().skip(column).step_by(width).copied()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ops::check::{close, gradients_match, random};
    use crate::ops::linear;

    #[test]
    fn equals_the_projection_and_the_adapter_added_up() -> Result<()> {
        for (n, width, out, rank) in [(1, 3, 2, 1), (21, 16, 12, 4)] {
            let (x, weight) = (random(1, &[n, width], 1.0)?, random(2, &[out, width], 1.0)?);
            let (a, b) = (random(3, &[rank, width], 1.0)?, random(4, &[out, rank], 1.0)?);
            let slow = |x: &Tensor, a: &Tensor, b: &Tensor| -> Result<Tensor> {
                linear(x, &weight)? + linear(&(linear(x, a)? * 0.5)?, b)?
            };
            close(&adapted_linear(&x, &weight, &a, &b, 0.5)?, &slow(&x, &a, &b)?, 1e-5)?;
            gradients_match(&x, |x| adapted_linear(x, &weight, &a, &b, 0.5), |x| slow(x, &a, &b))?;
            gradients_match(&a, |a| adapted_linear(&x, &weight, a, &b, 0.5), |a| slow(&x, a, &b))?;
            gradients_match(&b, |b| adapted_linear(&x, &weight, &a, b, 0.5), |b| slow(&x, &a, b))?;
        }
        Ok(())
    }
}
