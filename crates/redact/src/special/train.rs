//! Learns the weights of the classifier from labeled sentences. The same sentences in the same order give the same bytes on every machine:
//! only additions, multiplications and divisions, in a fixed order.

use super::category::Category;
use super::features::SLOTS;
use super::labeled::{Labeled, Split};
use super::model::{Model, Strictness};
use super::{Detector, Sentence};

/// How often the sentences are gone through.
const ROUNDS: usize = 60;
/// The first step; steps grow shorter with every round.
const STEP: f64 = 0.02;
/// How much heavier a missed statement counts than a wrong one.
const MISS: f64 = 4.0;
/// How fast weights that nothing holds up fade.
const FADE: f64 = 2e-3;
/// The share of the statements set aside for tuning that must be met, as a fraction.
const MET: (usize, usize) = (24, 25);

/// A question to the classifier and its answer.
struct Example {
    features: Vec<u32>,
    right: bool,
}

/// Learns from the sentences of [`Split::Train`] and chooses the bounds on those of [`Split::Dev`]. Gives the bytes for [`Detector::new`].
pub fn train(sentences: &[Labeled]) -> Vec<u8> {
    let reader = Detector::new(&[], Strictness::Tuned);
    let of = |split: Split| sentences.iter().filter(move |one| one.split == split);
    let examples: Vec<Example> = of(Split::Train).flat_map(|one| examples(&reader, one)).collect();
    let mut model = Model { tuned: 0, strict: 0, weights: whole(&learn(&examples)) };
    let mut best: Vec<i32> = of(Split::Dev).filter_map(|one| best_sum(&reader, &model, one)).collect();
    let statements = of(Split::Dev).filter(|one| !one.categories.is_empty()).count();
    best.sort_unstable_by(|a, b| b.cmp(a));
    let needed = (statements * MET.0).div_ceil(MET.1).clamp(1, best.len().max(1));
    model.tuned = best.get(needed - 1).copied().unwrap_or(i32::MIN);
    model.strict = best.last().copied().unwrap_or(i32::MIN);
    model.bytes()
}

/// The questions that a sentence asks, one for each category of which it has a term.
fn examples(reader: &Detector, one: &Labeled) -> Vec<Example> {
    let mut all = Vec::new();
    reader.sentences(&one.text, &[], &mut |_, sentence: &Sentence<'_>| {
        let asked = Category::ALL.into_iter().filter_map(|category| {
            let right = one.categories.contains(&category);
            sentence.features(category).map(|features| Example { features, right })
        });
        all.extend(asked);
    });
    all
}

/// The highest sum of a right category; none when the sentence makes no statement or has no term for it.
fn best_sum(reader: &Detector, model: &Model, one: &Labeled) -> Option<i32> {
    let right = examples(reader, one).into_iter().filter(|example| example.right);
    right.map(|example| model.sum(&example.features)).max()
}

/// Squared hinge loss, one example after the other in an order that is drawn anew in every round. The mean of all rounds is taken: it
/// depends less on the order than the last round does.
fn learn(examples: &[Example]) -> Vec<f64> {
    let (mut weights, mut mean) = (vec![0.0_f64; SLOTS], vec![0.0_f64; SLOTS]);
    let mut order: Vec<usize> = (0..examples.len()).collect();
    let mut seed = 0x9E37_79B9_7F4A_7C15_u64;
    for round in 0..ROUNDS {
        shuffle(&mut order, &mut seed);
        let step = STEP / (1.0 + round as f64 / 8.0);
        for example in order.iter().filter_map(|at| examples.get(*at)) {
            let sum: f64 = example.features.iter().filter_map(|at| weights.get(*at as usize)).sum();
            let (sign, heavy) = if example.right { (1.0, MISS) } else { (-1.0, 1.0) };
            let short = 1.0 - sign * sum;
            if short > 0.0 {
                let push = step * heavy * sign * short;
                for at in &example.features {
                    if let Some(weight) = weights.get_mut(*at as usize) {
                        *weight += push;
                    }
                }
            }
        }
        weights.iter_mut().for_each(|weight| *weight -= *weight * FADE * examples.len() as f64 * step);
        mean.iter_mut().zip(&weights).for_each(|(mean, weight)| *mean += weight);
    }
    mean
}

/// Fisher-Yates with a linear congruential generator.
fn shuffle(order: &mut [usize], seed: &mut u64) {
    for at in (1..order.len()).rev() {
        *seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        order.swap(at, (*seed >> 33) as usize % (at + 1));
    }
}

/// The weights as whole numbers of one byte.
fn whole(weights: &[f64]) -> Vec<i8> {
    let most = weights.iter().fold(0.0_f64, |most, weight| most.max(weight.abs()));
    let scale = if most > 0.0 { 127.0 / most } else { 0.0 };
    weights.iter().map(|weight| (weight * scale).round() as i8).collect()
}
