//! Causal attention in one: `softmax(scale q k^T) v`, tile by tile, and only over what a tile may see, which is half of the square.
//! The probabilities of the tiles are kept for the way back. Heads of a block are independent, so threads change no bit.

use super::head_loss::cpu;
use super::math::{dot, exp, max_and_sum};
use super::{floats, output};
use candle_core::backend::BackendStorage;
use candle_core::{CpuStorage, CustomOp3, Device, Layout, Result, Shape, Tensor, bail};
use rayon::prelude::*;
use std::sync::{Mutex, PoisonError};

/// Rows of a tile: enough for a product of matrices, few enough to leave out most of the unseen half.
const TILE: usize = 64;

/// Attention of `query` (`[blocks, group * t, width]`: the heads that share a key head, one below the other) over `key` and
/// `value` (`[blocks, t, width]`); a row sees the positions up to its own. The gradient can be taken once.
pub fn causal_attention(query: &Tensor, key: &Tensor, value: &Tensor, scale: f32) -> Result<Tensor> {
    query.apply_op3(key, value, CausalAttention { scale, tiles: Mutex::new(Vec::new()) })
}

struct CausalAttention {
    scale: f32,
    /// Probabilities of the tiles of each block, from the way there to the way back.
    tiles: Mutex<Vec<Vec<Vec<f32>>>>,
}

/// The sizes of one call.
#[derive(Clone, Copy)]
struct Sizes {
    blocks: usize,
    group: usize,
    t: usize,
    width: usize,
}

/// One tile: `rows` rows from `first` on, of a head of a block; they see `seen` positions.
#[derive(Clone, Copy)]
struct Tile {
    query_row: usize,
    first: usize,
    rows: usize,
    seen: usize,
}

/// A tensor of rows of one width.
#[derive(Clone, Copy)]
struct Rows<'a> {
    storage: &'a CpuStorage,
    start: usize,
    width: usize,
}

impl Sizes {
    fn new(query: &Layout, key: &Layout, value: &Layout) -> Result<Self> {
        let ((blocks, rows, width), (key_blocks, t, key_width)) = (query.shape().dims3()?, key.shape().dims3()?);
        if key.dims() != value.dims() || (blocks, width) != (key_blocks, key_width) || t == 0 || rows % t != 0 {
            bail!("queries `{:?}` do not fit keys `{:?}` and values `{:?}`", query.dims(), key.dims(), value.dims());
        }
        Ok(Self { blocks, group: rows / t, t, width })
    }

    /// The tiles of a block, in order.
    fn tiles(self) -> impl Iterator<Item = Tile> {
        let of_head = move |head: usize| {
            (0..self.t).step_by(TILE).map(move |first| {
                let rows = TILE.min(self.t - first);
                Tile { query_row: head * self.t + first, first, rows, seen: first + rows }
            })
        };
        (0..self.group).flat_map(of_head)
    }
}

impl<'a> Rows<'a> {
    fn new(storage: &'a CpuStorage, layout: &Layout, width: usize) -> Result<Self> {
        floats(storage, layout)?;
        Ok(Self { storage, start: layout.start_offset(), width })
    }

    /// `count` rows from `row` on, as they are or transposed.
    fn layout(&self, row: usize, count: usize, transposed: bool) -> Layout {
        let start = self.start + row * self.width;
        match transposed {
            false => Layout::new((count, self.width).into(), vec![self.width, 1], start),
            true => Layout::new((self.width, count).into(), vec![1, self.width], start),
        }
    }
}

/// `a b` for `a` of `[m, k]` and `b` of `[k, n]`.
fn product(a: &CpuStorage, la: &Layout, b: &CpuStorage, lb: &Layout) -> Result<Vec<f32>> {
    let ((m, k), (_, n)) = (la.shape().dims2()?, lb.shape().dims2()?);
    match a.matmul(b, (1, m, n, k), la, lb)? {
        CpuStorage::F32(product) => Ok(product),
        _ => bail!("attention computes `f32` values only"),
    }
}

impl CustomOp3 for CausalAttention {
    fn name(&self) -> &'static str {
        "causal-attention"
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
        let sizes = Sizes::new(l1, l2, l3)?;
        let Sizes { blocks, group, t, width } = sizes;
        let (query, key, value) = (Rows::new(s1, l1, width)?, Rows::new(s2, l2, width)?, Rows::new(s3, l3, width)?);
        let mut out = vec![0f32; blocks * group * t * width];
        let made = out.par_chunks_mut(group * t * width).enumerate().map(|(block, out)| {
            sizes.tiles().map(|tile| self.attend(block, tile, sizes, [query, key, value], out)).collect()
        });
        let tiles = made.collect::<Result<Vec<Vec<Vec<f32>>>>>()?;
        *self.tiles.lock().unwrap_or_else(PoisonError::into_inner) = tiles;
        output(out, (blocks, group * t, width))
    }

    fn bwd(
        &self,
        query: &Tensor,
        key: &Tensor,
        value: &Tensor,
        _: &Tensor,
        grad: &Tensor,
    ) -> Result<(Option<Tensor>, Option<Tensor>, Option<Tensor>)> {
        let tiles = std::mem::take(&mut *self.tiles.lock().unwrap_or_else(PoisonError::into_inner));
        let grad = grad.contiguous()?;
        let ((qs, ql), (ks, kl), (vs, vl), (gs, gl)) = (
            query.storage_and_layout(),
            key.storage_and_layout(),
            value.storage_and_layout(),
            grad.storage_and_layout(),
        );
        let sizes = Sizes::new(ql, kl, vl)?;
        let Sizes { blocks, group, t, width } = sizes;
        if tiles.len() != blocks {
            bail!("the gradient of an attention can be taken once");
        }
        let rows = [
            Rows::new(cpu(&qs)?, ql, width)?,
            Rows::new(cpu(&ks)?, kl, width)?,
            Rows::new(cpu(&vs)?, vl, width)?,
            Rows::new(cpu(&gs)?, gl, width)?,
        ];
        let made = tiles.into_par_iter().enumerate().map(|(block, tiles)| self.back(block, tiles, sizes, rows));
        let made = made.collect::<Result<Vec<[Vec<f32>; 3]>>>()?;
        let whole = |which: usize, rows: usize| {
            let all: Vec<f32> = made.iter().flat_map(|parts| parts[which].iter().copied()).collect();
            Tensor::from_vec(all, (blocks, rows, width), &Device::Cpu)
        };
        Ok((Some(whole(0, group * t)?), Some(whole(1, t)?), Some(whole(2, t)?)))
    }
}

impl CausalAttention {
    /// Writes the result of one tile into the block's and gives its probabilities.
    fn attend(
        &self,
        block: usize,
        tile: Tile,
        sizes: Sizes,
        [query, key, value]: [Rows<'_>; 3],
        out: &mut [f32],
    ) -> Result<Vec<f32>> {
        let (q, k) = (block * sizes.group * sizes.t + tile.query_row, block * sizes.t);
        let (lq, lk) = (query.layout(q, tile.rows, false), key.layout(k, tile.seen, true));
        let mut scores = product(query.storage, &lq, key.storage, &lk)?;
        let scale = self.scale;
        pulp::Arch::new().dispatch(
            #[inline(always)]
            || {
                for (i, row) in scores.chunks_mut(tile.seen).enumerate() {
                    let (seen, unseen) = row.split_at_mut(tile.first + i + 1);
                    let (max, sum) = max_and_sum(seen, scale);
                    let inverse = 1.0 / sum;
                    for x in seen {
                        *x = exp((*x - max) * scale) * inverse;
                    }
                    unseen.fill(0.0);
                }
            },
        );
        let (scores, whole) = (CpuStorage::F32(scores), Layout::contiguous((tile.rows, tile.seen)));
        let mixed = product(&scores, &whole, value.storage, &value.layout(k, tile.seen, false))?;
        out[tile.query_row * sizes.width..][..mixed.len()].copy_from_slice(&mixed);
        match scores {
            CpuStorage::F32(probabilities) => Ok(probabilities),
            _ => bail!("attention computes `f32` values only"),
        }
    }

    /// The gradients of a block's queries, keys and values.
    fn back(
        &self,
        block: usize,
        tiles: Vec<Vec<f32>>,
        sizes: Sizes,
        [query, key, value, grad]: [Rows<'_>; 4],
    ) -> Result<[Vec<f32>; 3]> {
        let Sizes { group, t, width, .. } = sizes;
        let mut for_query = Vec::with_capacity(group * t * width);
        let (mut for_key, mut for_value) = (vec![0f32; t * width], vec![0f32; t * width]);
        for (tile, probabilities) in sizes.tiles().zip(tiles) {
            let (q, k) = (block * group * t + tile.query_row, block * t);
            let lg = grad.layout(q, tile.rows, false);
            let mut scores = product(grad.storage, &lg, value.storage, &value.layout(k, tile.seen, true))?;
            self.softmax_back(tile, &probabilities, &mut scores);
            let (scores, probabilities) = (CpuStorage::F32(scores), CpuStorage::F32(probabilities));
            let whole = Layout::contiguous((tile.rows, tile.seen));
            let turned = Layout::new((tile.seen, tile.rows).into(), vec![1, tile.seen], 0);
            for_query.extend(product(&scores, &whole, key.storage, &key.layout(k, tile.seen, false))?);
            let lq = query.layout(q, tile.rows, false);
            add(&mut for_key, &product(&scores, &turned, query.storage, &lq)?);
            add(&mut for_value, &product(&probabilities, &turned, grad.storage, &lg)?);
        }
        Ok([for_query, for_key, for_value])
    }

    /// `p * (g - sum(p * g)) * scale` in place of `g`; nothing where nothing is seen.
    fn softmax_back(&self, tile: Tile, probabilities: &[f32], grads: &mut [f32]) {
        let scale = self.scale;
        pulp::Arch::new().dispatch(
            #[inline(always)]
            || {
                let rows = grads.chunks_mut(tile.seen).zip(probabilities.chunks(tile.seen));
                for (i, (grads, probabilities)) in rows.enumerate() {
                    let (seen, unseen) = grads.split_at_mut(tile.first + i + 1);
                    let probabilities = &probabilities[..seen.len()];
                    let mean = dot(probabilities, seen);
                    for (g, &p) in seen.iter_mut().zip(probabilities) {
                        *g = p * (*g - mean) * scale;
                    }
                    unseen.fill(0.0);
                }
            },
        );
    }
}

fn add(to: &mut [f32], more: &[f32]) {
    to.iter_mut().zip(more).for_each(|(sum, x)| *sum += x);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ops::check::{close, gradients_match, random};
    use candle_core::D;

    #[test]
    fn equals_primitives_and_finite_differences() -> Result<()> {
        for (blocks, group, t, width) in [(1, 1, 1, 2), (2, 2, 5, 4), (1, 2, 70, 8), (1, 1, 64, 4)] {
            let query = random(1, &[blocks, group * t, width], 1.0)?;
            let (key, value) = (random(2, &[blocks, t, width], 1.0)?, random(3, &[blocks, t, width], 1.0)?);
            let mask: Vec<f32> = (0..group * t * t).map(|i| if i % t > i / t % t { -1e9 } else { 0.0 }).collect();
            let mask = Tensor::from_vec(mask, (1, group * t, t), &Device::Cpu)?;
            let slow = |q: &Tensor, k: &Tensor, v: &Tensor| -> Result<Tensor> {
                let scores = (q.matmul(&k.transpose(1, 2)?)? * 0.3)?.broadcast_add(&mask)?;
                let e = scores.broadcast_sub(&scores.max_keepdim(D::Minus1)?.detach())?.exp()?;
                e.broadcast_div(&e.sum_keepdim(D::Minus1)?)?.matmul(v)
            };
            let fast = |q: &Tensor, k: &Tensor, v: &Tensor| causal_attention(q, k, v, 0.3);
            close(&fast(&query, &key, &value)?, &slow(&query, &key, &value)?, 1e-5)?;
            gradients_match(&query, |q| fast(q, &key, &value), |q| slow(q, &key, &value))?;
            gradients_match(&key, |k| fast(&query, k, &value), |k| slow(&query, k, &value))?;
            gradients_match(&value, |v| fast(&query, &key, v), |v| slow(&query, &key, v))?;
        }
        Ok(())
    }
}
