//! Fused tensor operations with a hand-written backward pass, one file each: what candle builds from primitives in the training
//! path, done in one pass over memory. Every operation works on contiguous `f32` (labels `u32`) on the CPU, splits its work by
//! rows only, and so gives the same bits for any number of threads. Nothing here knows the model.

mod activation;
mod adapted;
mod attention;
mod head_loss;
mod heads;
mod layer_norm;
mod linear;
mod math;
mod rms_norm;
mod softmax;
mod swiglu;

pub use activation::{Activation, activate};
pub use adapted::adapted_linear;
pub use attention::causal_attention;
pub use head_loss::head_loss;
pub use heads::{Rotation, merge_heads, split_heads};
pub use layer_norm::layer_norm;
pub use linear::linear;
pub(crate) use math::{dot, rms_norm_row, softmax_row, swiglu_row};
pub use rms_norm::rms_norm;
pub use softmax::softmax;
pub use swiglu::swiglu;

use candle_core::{CpuStorage, Layout, Result, Shape, bail};
use rayon::prelude::*;

/// Rows handed to one task: large enough to hide the cost of a task, small enough to share the rows of one batch.
const ROWS_PER_TASK: usize = 16;

/// The contiguous `f32` values a layout selects.
fn floats<'a>(storage: &'a CpuStorage, layout: &Layout) -> Result<&'a [f32]> {
    match (storage, layout.contiguous_offsets()) {
        (CpuStorage::F32(values), Some((start, end))) => Ok(&values[start..end]),
        (CpuStorage::F32(_), None) => bail!("the operation needs a contiguous tensor"),
        _ => bail!("the operation needs `f32` values"),
    }
}

/// The contiguous `u32` values a layout selects.
fn labels<'a>(storage: &'a CpuStorage, layout: &Layout) -> Result<&'a [u32]> {
    match (storage, layout.contiguous_offsets()) {
        (CpuStorage::U32(values), Some((start, end))) => Ok(&values[start..end]),
        _ => bail!("the labels must be contiguous `u32` values"),
    }
}

/// Width of the last dimension; an operation on rows has at least one.
fn row_width(layout: &Layout) -> Result<usize> {
    match layout.dims().last() {
        Some(&width) if width > 0 => Ok(width),
        _ => bail!("the operation needs rows of at least one value"),
    }
}

fn output(values: Vec<f32>, shape: impl Into<Shape>) -> Result<(CpuStorage, Shape)> {
    Ok((CpuStorage::F32(values), shape.into()))
}

/// Calls `work(first_row, block)` for blocks of `ROWS_PER_TASK` rows of `out`, in parallel on the caller's pool and with the
/// widest vector instructions of the machine.
fn by_rows<F>(out: &mut [f32], width: usize, work: F)
where
    F: Fn(usize, &mut [f32]) + Sync + Send,
{
    let arch = pulp::Arch::new();
    let run = |(block, rows): (usize, &mut [f32])| {
        arch.dispatch(
            #[inline(always)]
            || work(block * ROWS_PER_TASK, rows),
        );
    };
    if rayon::current_num_threads() == 1 {
        out.chunks_mut(width * ROWS_PER_TASK).enumerate().for_each(run);
    } else {
        out.par_chunks_mut(width * ROWS_PER_TASK).enumerate().for_each(run);
    }
}

/// A row as wide for each row of `x`: calls `work(new, row)`, shared out as [`by_rows`] does it.
fn map_rows<F>(x: &[f32], width: usize, work: F) -> Vec<f32>
where
    F: Fn(&mut [f32], &[f32]) + Sync + Send,
{
    let mut out = vec![0f32; x.len()];
    by_rows(
        &mut out,
        width,
        #[inline(always)]
        |first, block| {
            for (new, row) in block.chunks_mut(width).zip(x[first * width..].chunks(width)) {
                work(new, row);
            }
        },
    );
    out
}

#[cfg(test)]
pub(crate) mod check;
