//! Rows of tokens as batches: cut into windows, gathered with windows of about their length, padded, with a weight of 0 or 1 on
//! every target. The order depends on a seed and the rows themselves, never on anything outside the slice.

use crate::config::Marks;
use crate::error::Result;
use crate::recipe::Recipe;
use candle_core::{Device, Tensor};
use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;
use sha2::{Digest, Sha256};

/// Windows whose lengths are compared when batches are gathered.
const SORTED_TOGETHER: usize = 256;
/// Fills up a short window; any token does, since its target has no weight and nothing before it sees it.
const PADDING: u32 = 0;

/// A piece of a row: inputs, the next token for each, and whether that target counts.
#[derive(Debug, Clone, PartialEq)]
pub struct Window {
    inputs: Vec<u32>,
    targets: Vec<u32>,
    weights: Vec<f32>,
}

impl Window {
    /// A window of which nothing counts: it fills a place in a batch.
    pub(crate) fn empty() -> Self {
        Self { inputs: vec![PADDING], targets: vec![PADDING], weights: vec![0.0] }
    }

    /// Tokens, padding excluded.
    pub(crate) fn len(&self) -> usize {
        self.inputs.len()
    }

    /// Targets that count.
    pub(crate) fn counted(&self) -> f32 {
        self.weights.iter().sum()
    }
}

/// Windows padded to one length, as tensors.
#[derive(Debug)]
pub struct Batch {
    /// `[windows, length]`.
    pub inputs: Tensor,
    /// `[windows, length]`.
    pub targets: Tensor,
    /// `[windows * length]`: 1 where the target counts.
    pub weights: Tensor,
    /// The places of the targets that count, `u32`.
    pub counted_at: Tensor,
    /// Targets that count.
    pub counted: f64,
}

/// Cuts the first `most` tokens of a row into windows of at most `context` targets. The row stands between the two marks, but one that is
/// cut does not end where it is cut: a model that learnt so would stop in the middle of a sentence. With `goldfish = Some((k, h))`
/// one target in `k` gets the weight 0, chosen by a hash of the up to `h` tokens before it, so that the same passage loses the same words wherever it appears.
pub fn windows(row: &[u32], most: usize, marks: Marks, context: usize, goldfish: Option<(u32, usize)>) -> Vec<Window> {
    let end = (row.len() <= most).then_some(marks.end);
    let row = &row[..row.len().min(most)];
    if row.is_empty() {
        return Vec::new();
    }
    let counts = |i: usize| match goldfish {
        Some((k, h)) if i > 0 && is_left_out(&row[i.saturating_sub(h)..i], k) => 0.0,
        _ => 1.0,
    };
    let targets: Vec<u32> = row.iter().copied().chain(end).collect();
    let inputs: Vec<u32> = std::iter::once(marks.start).chain(row.iter().copied()).take(targets.len()).collect();
    let weights: Vec<f32> = (0..targets.len()).map(counts).collect();
    let pieces = inputs.chunks(context).zip(targets.chunks(context)).zip(weights.chunks(context));
    pieces.map(|((i, t), w)| Window { inputs: i.to_vec(), targets: t.to_vec(), weights: w.to_vec() }).collect()
}

fn is_left_out(before: &[u32], k: u32) -> bool {
    let mut hasher = Sha256::new();
    for token in before {
        hasher.update(token.to_le_bytes());
    }
    let hash = hasher.finalize();
    u32::from_le_bytes([hash[0], hash[1], hash[2], hash[3]]) % k == 0
}

/// All windows of training rows under a recipe. Rows come whole.
pub fn training_windows<'a>(rows: impl Iterator<Item = &'a [u32]>, marks: Marks, recipe: &Recipe) -> Vec<Window> {
    let goldfish = (recipe.goldfish_k > 0).then_some((recipe.goldfish_k, recipe.goldfish_context));
    rows.flat_map(|row| windows(row, recipe.most_tokens(), marks, recipe.context, goldfish)).collect()
}

/// The order of one pass: batches of window indices, shuffled by `seed`, each of windows of about one length whose padded size is
/// at most `batch_tokens` (a longer window comes alone).
pub fn shuffled(windows: &[Window], batch_tokens: usize, seed: u64) -> Vec<Vec<usize>> {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let mut order: Vec<usize> = (0..windows.len()).collect();
    order.shuffle(&mut rng);
    let length = |i: usize| windows[i].inputs.len();
    let mut batches: Vec<Vec<usize>> = Vec::new();
    for group in order.chunks_mut(SORTED_TOGETHER) {
        group.sort_by_key(|&i| length(i));
        let mut batch: Vec<usize> = Vec::new();
        for &i in group.iter() {
            if !batch.is_empty() && (batch.len() + 1) * length(i) > batch_tokens {
                batches.push(std::mem::take(&mut batch));
            }
            batch.push(i);
        }
        batches.push(batch);
    }
    batches.retain(|b| !b.is_empty());
    batches.shuffle(&mut rng);
    batches
}

/// Pads and stacks the chosen windows.
pub fn stack(windows: &[Window], chosen: &[usize]) -> Result<Batch> {
    let length = chosen.iter().map(|&i| windows[i].inputs.len()).max().unwrap_or(1);
    let (mut inputs, mut targets, mut weights) = (Vec::new(), Vec::new(), Vec::new());
    for &i in chosen {
        let window = &windows[i];
        let padding = length - window.inputs.len();
        inputs.extend(window.inputs.iter().copied().chain(std::iter::repeat_n(PADDING, padding)));
        targets.extend(window.targets.iter().copied().chain(std::iter::repeat_n(PADDING, padding)));
        weights.extend(window.weights.iter().copied().chain(std::iter::repeat_n(0.0, padding)));
    }
    let counted_at: Vec<u32> = (0..).zip(&weights).filter(|(_, w)| **w > 0.0).map(|(place, _)| place).collect();
    let counted = counted_at.len() as f64;
    let shape = (chosen.len(), length);
    Ok(Batch {
        inputs: Tensor::from_vec(inputs, shape, &Device::Cpu)?,
        targets: Tensor::from_vec(targets, shape, &Device::Cpu)?,
        weights: Tensor::from_vec(weights, chosen.len() * length, &Device::Cpu)?,
        counted_at: Tensor::from_vec(counted_at, counted as usize, &Device::Cpu)?,
        counted,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const MARKS: Marks = Marks { start: 2, end: 1 };

    #[test]
    fn a_row_is_framed_by_its_marks() {
        let got = windows(&[5, 6, 7], 3, MARKS, 2, None);
        let window = |i: [u32; 2], t: [u32; 2]| Window { inputs: i.into(), targets: t.into(), weights: vec![1.0; 2] };
        assert_eq!(got, [window([2, 5], [5, 6]), window([6, 7], [7, 1])]);
        assert!(windows(&[], 9, MARKS, 4, None).is_empty());
    }

    #[test]
    fn a_row_that_is_cut_does_not_end_there() {
        let recipe = Recipe { row_tokens: 4, context: 4, goldfish_k: 0, ..Recipe::default() };
        let targets = |row: &[u32]| -> Vec<Vec<u32>> {
            training_windows(std::iter::once(row), MARKS, &recipe).into_iter().map(|window| window.targets).collect()
        };
        assert_eq!(targets(&[5, 6, 7]), [[5, 6, 7, 1]]);
        assert_eq!(targets(&[5, 6, 7, 8]), [vec![5, 6, 7, 8], vec![1]]);
        assert_eq!(targets(&[5, 6, 7, 8, 9]), [[5, 6, 7, 8]]);
    }

    #[test]
    fn goldfish_leaves_out_one_in_k_and_the_same_words_everywhere() {
        let row: Vec<u32> = (0..4000u32).map(|i| i * i % 997 + 1).collect();
        let all = windows(&row, usize::MAX, MARKS, 4096, Some((4, 13)));
        let left_out = all[0].weights.iter().filter(|&&w| w == 0.0).count();
        assert!((800..1200).contains(&left_out), "{left_out}");
        let shifted = windows(&row[100..], usize::MAX, MARKS, 4096, Some((4, 13)));
        assert_eq!(all[0].weights[113..4001], shifted[0].weights[13..3901]);
    }

    proptest! {
        #[test]
        fn every_window_is_in_one_batch_that_fits(lengths in prop::collection::vec(1usize..60, 0..300), seed: u64) {
            let all: Vec<Window> = lengths.iter().flat_map(|&n| windows(&vec![3; n], n, MARKS, 32, None)).collect();
            let batches = shuffled(&all, 128, seed);
            let mut seen: Vec<usize> = batches.concat();
            seen.sort_unstable();
            prop_assert_eq!(seen, (0..all.len()).collect::<Vec<_>>());
            for batch in &batches {
                let longest = batch.iter().map(|&i| all[i].inputs.len()).max().unwrap_or(0);
                prop_assert!(batch.len() == 1 || batch.len() * longest <= 128);
            }
            prop_assert_eq!(batches, shuffled(&all, 128, seed));
        }
    }
}
