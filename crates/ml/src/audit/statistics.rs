//! Numbers of an audit and how sure they are: quantiles, Wilson's interval, the curve of a test with its bootstrap interval, and the
//! skew-normal distribution that continues a sample beyond its tail.

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};
use std::f64::consts::{PI, SQRT_2};

/// Resamplings of a bootstrap interval.
const RESAMPLES: usize = 1000;
/// Steps of the integral of a density.
const INTEGRAL_STEPS: usize = 4000;

/// A value with its 95 % interval.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Estimate {
    /// The value.
    pub value: f64,
    /// Lower end.
    pub low: f64,
    /// Upper end.
    pub high: f64,
}

/// The value below which a share of the sorted values lies; none of nothing.
pub(super) fn quantile(sorted: &[f64], share: f64) -> Option<f64> {
    let place = (share * (sorted.len().max(1) - 1) as f64).round() as usize;
    sorted.get(place).copied()
}

/// A share with Wilson's 95 % interval; everything is possible when nothing was tried.
pub(super) fn wilson(hits: usize, tries: usize) -> Estimate {
    if tries == 0 {
        return Estimate { value: 0.0, low: 0.0, high: 1.0 };
    }
    let (n, p, z) = (tries as f64, hits as f64 / tries as f64, 1.959_964);
    let middle = (p + z * z / (2.0 * n)) / (1.0 + z * z / n);
    let half = z / (1.0 + z * z / n) * (p * (1.0 - p) / n + z * z / (4.0 * n * n)).sqrt();
    Estimate { value: p, low: (middle - half).max(0.0), high: (middle + half).min(1.0) }
}

/// The share of pairs in which the positive scores higher than the negative, ties half: the area under the curve.
pub(super) fn area(positive: &[f64], negative: &[f64]) -> f64 {
    let sorted = sorted(negative);
    let pairs: f64 = positive
        .iter()
        .map(|score| {
            let (below, upto) = (sorted.partition_point(|x| x < score), sorted.partition_point(|x| x <= score));
            (below + upto) as f64 / 2.0
        })
        .sum();
    pairs / (positive.len() * negative.len()).max(1) as f64
}

/// The share of positives above the score that at most `rate` of the negatives exceed.
pub(super) fn found_at(positive: &[f64], negative: &[f64], rate: f64) -> f64 {
    count_at(positive, negative, rate).0 as f64 / positive.len().max(1) as f64
}

/// The chance that scores which tell nothing find as many positives at that rate as these do: in a random order of both, so many
/// positives stand before the first negative that is not allowed. Exact, where a bootstrap of so extreme a score is far too sure.
pub(super) fn chance_at(positive: &[f64], negative: &[f64], rate: f64) -> f64 {
    let (found, allowed) = count_at(positive, negative, rate);
    let first = found + allowed;
    let all = ln_choose(positive.len() + negative.len(), first);
    (0..=allowed).map(|n| (ln_choose(negative.len(), n) + ln_choose(positive.len(), first - n) - all).exp()).sum()
}

/// How many positives lie above the score that at most `rate` of the negatives exceed, and how many negatives may.
fn count_at(positive: &[f64], negative: &[f64], rate: f64) -> (usize, usize) {
    let sorted = sorted(negative);
    let allowed = (rate * sorted.len() as f64).floor() as usize;
    let Some(&threshold) = sorted.iter().rev().nth(allowed) else { return (0, allowed) };
    (positive.iter().filter(|&&score| score > threshold).count(), allowed)
}

/// The logarithm of the number of ways to choose `k` of `n`; of none, minus infinity.
fn ln_choose(n: usize, k: usize) -> f64 {
    if k > n {
        return f64::NEG_INFINITY;
    }
    (0..k).map(|i| ((n - i) as f64 / (i + 1) as f64).ln()).sum()
}

/// A measure of two samples with its bootstrap interval: the middle 95 % of what resampling both gives.
pub(super) fn bootstrap(
    positive: &[f64],
    negative: &[f64],
    seed: u64,
    measure: impl Fn(&[f64], &[f64]) -> f64,
) -> Estimate {
    let value = measure(positive, negative);
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let mut resample = |of: &[f64]| -> Vec<f64> { (0..of.len()).map(|_| of[rng.random_range(0..of.len())]).collect() };
    let mut all: Vec<f64> = (0..RESAMPLES).map(|_| measure(&resample(positive), &resample(negative))).collect();
    all.sort_by(f64::total_cmp);
    let end = |share| quantile(&all, share).unwrap_or(value);
    Estimate { value, low: end(0.025), high: end(0.975) }
}

/// The values in rising order.
pub(super) fn sorted(values: &[f64]) -> Vec<f64> {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted
}

/// A skew-normal distribution.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct SkewNormal {
    location: f64,
    scale: f64,
    shape: f64,
}

impl SkewNormal {
    /// The distribution with the mean, spread and skew of a sample; a skew beyond what the family has is cut.
    pub(super) fn fit(sample: &[f64]) -> Self {
        let n = sample.len().max(1) as f64;
        let mean = sample.iter().sum::<f64>() / n;
        let moment = |k: i32| sample.iter().map(|x| (x - mean).powi(k)).sum::<f64>() / n;
        let spread = moment(2).sqrt().max(1e-12);
        let skew = (moment(3) / spread.powi(3)).clamp(-0.99, 0.99);
        let root = skew.abs().powf(2.0 / 3.0);
        let delta = skew.signum() * (PI / 2.0 * root / (root + ((4.0 - PI) / 2.0).powf(2.0 / 3.0))).sqrt();
        let delta = if skew == 0.0 { 0.0 } else { delta.clamp(-0.999, 0.999) };
        let scale = spread / (1.0 - 2.0 * delta * delta / PI).sqrt();
        Self { location: mean - scale * delta * (2.0 / PI).sqrt(), scale, shape: delta / (1.0 - delta * delta).sqrt() }
    }

    /// The share of the distribution at or below a value.
    pub(super) fn below(&self, value: f64) -> f64 {
        let end = (value - self.location) / self.scale;
        let start = end.min(0.0) - 12.0;
        let step = (end - start) / INTEGRAL_STEPS as f64;
        let density = |z: f64| 2.0 * (-z * z / 2.0).exp() / (2.0 * PI).sqrt() * normal_below(self.shape * z);
        let middle: f64 = (0..INTEGRAL_STEPS).map(|i| density(start + (i as f64 + 0.5) * step)).sum();
        (middle * step).clamp(0.0, 1.0)
    }
}

/// The share of the standard normal distribution below `z`.
fn normal_below(z: f64) -> f64 {
    complementary_error(-z / SQRT_2) / 2.0
}

/// The complementary error function to 1.2e-7 of its value (the Chebyshev fit of Numerical Recipes, 6.2).
fn complementary_error(x: f64) -> f64 {
    let t = 1.0 / (1.0 + x.abs() / 2.0);
    let fit = [
        0.170_872_77,
        -0.822_152_23,
        1.488_515_87,
        -1.135_203_98,
        0.278_868_07,
        -0.186_288_06,
        0.096_784_18,
        0.374_091_96,
        1.000_023_68,
    ];
    let sum = fit.iter().fold(0.0, |sum, c| sum * t + c) * t - 1.265_512_23;
    let value = t * (sum - x * x).exp();
    if x >= 0.0 { value } else { 2.0 - value }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_curve_of_a_test_is_counted_right() {
        let cases: [(&[f64], &[f64], f64); 4] =
            [(&[2.0, 3.0], &[0.0, 1.0], 1.0), (&[0.0], &[1.0], 0.0), (&[1.0], &[1.0], 0.5), (&[1.0, 3.0], &[2.0], 0.5)];
        for (positive, negative, want) in cases {
            assert_eq!(area(positive, negative), want);
        }
        let negative: Vec<f64> = (0..100).map(f64::from).collect();
        assert_eq!(found_at(&[98.5, 99.5, 97.0, 120.0], &negative, 0.01), 0.75);
        let estimate = bootstrap(&negative, &negative, 1, area);
        assert!(estimate.low > 0.4 && estimate.low < 0.5 && estimate.high > 0.5 && estimate.high < 0.6, "{estimate:?}");
    }

    #[test]
    fn the_chance_of_a_test_that_tells_nothing_is_the_share_of_all_orders() {
        let (members, others, rate) = (5_u32, 6_u32, 0.2);
        let orders: Vec<(Vec<f64>, Vec<f64>)> = (0_u32..1 << (members + others))
            .filter(|order| order.count_ones() == members)
            .map(|order| (0..members + others).partition::<Vec<u32>, _>(|place| order >> place & 1 == 1))
            .map(|(inside, outside)| {
                (inside.into_iter().map(f64::from).collect(), outside.into_iter().map(f64::from).collect())
            })
            .collect();
        for (inside, outside) in &orders {
            let found = found_at(inside, outside, rate);
            let as_many = orders.iter().filter(|(inside, outside)| found_at(inside, outside, rate) >= found).count();
            let want = as_many as f64 / orders.len() as f64;
            assert!((chance_at(inside, outside, rate) - want).abs() < 1e-12, "{inside:?}");
        }
    }

    #[test]
    fn wilsons_interval_is_that_of_the_tables() {
        let got = wilson(10, 100);
        assert!((got.low - 0.0552).abs() < 1e-3 && (got.high - 0.1744).abs() < 1e-3, "{got:?}");
        assert_eq!((wilson(0, 50).low, wilson(0, 0).high), (0.0, 1.0));
    }

    #[test]
    fn the_tail_of_a_fitted_sample_is_that_of_its_distribution() {
        // A normal sample: the quantiles of ten thousand places.
        let mut rng = ChaCha8Rng::seed_from_u64(5);
        let sample: Vec<f64> = (0..20_000).map(|_| (0..12).map(|_| rng.random::<f64>()).sum::<f64>() - 6.0).collect();
        let fit = SkewNormal::fit(&sample);
        for (value, want) in [(0.0, 0.5), (-2.0, 0.022_75), (-3.0, 0.001_35), (2.0, 0.977_25)] {
            let got = fit.below(value);
            assert!((got / want - 1.0).abs() < 0.25, "{value}: {got} for {want}");
        }
        assert!((normal_below(-5.0) / 2.866_5e-7 - 1.0).abs() < 1e-3);
    }
}
