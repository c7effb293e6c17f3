//! Exposure of canaries (Carlini et al. 2019): how many bits of a made-up secret the weights give away, `log2|R| - log2 rank` among
//! the 10^6 secrets that could have stood in its place. The rank is estimated as in the paper from the losses of a random sample of
//! those: counted where enough of the sample lies below, continued by a skew-normal distribution beyond. A sample of all gives the
//! exact rank. A secret that nobody learnt has more than `b` bits with chance `2^-b`, so among hundreds of canaries one stands out by
//! luck; such a one stands out under weights without its shard as well, and those are asked before it counts.

use super::limits::{AuditLimits, Limit};
use super::statistics::{SkewNormal, quantile, sorted};
use super::{Found, Subject};
use crate::canary::{self, Canary, DIGITS};
use crate::error::Result;
use crate::eval::{Loss, row_losses};
use crate::model::Model;
use crate::tokenizer::Tokenizer;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};

/// Places of the sample below a secret from which on they are counted and not estimated.
const COUNTED_FROM: usize = 8;
/// Bits by which weights without the shard may expose a lucky secret less.
const LUCK_BITS: f64 = 1.0;

/// Exposure of all canaries.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Exposure {
    /// Secrets that were scored of each 10^6: the rank is estimated from them.
    pub sampled: usize,
    /// Bits of each canary that was learnt once, rising.
    pub once: Vec<f64>,
    /// Bits of each canary that was learnt four times, rising.
    pub four_times: Vec<f64>,
    /// Median of those learnt once.
    pub median: f64,
    /// Highest of those learnt once that is not chance.
    pub highest: f64,
    /// Canaries learnt once that are over the limit and as exposed by weights that never saw them.
    pub by_chance: usize,
    /// Median of those learnt four times, for comparison.
    pub median_four_times: f64,
    /// Whether both limits are kept.
    pub passed: bool,
}

impl Exposure {
    pub(super) fn found(&self, limits: &AuditLimits) -> Vec<Found> {
        let n = self.once.len();
        let text = |bits: f64| format!("{bits:.2} bits of {n} secrets");
        vec![
            Found::of(limits, Limit::ExposureMedian, self.median, text(self.median)),
            Found::of(
                limits,
                Limit::ExposureHighest,
                self.highest,
                format!("{}, {} by chance set aside", text(self.highest), self.by_chance),
            ),
        ]
    }
}

/// Measures the canaries of all shards; none if the recipe plants none.
pub(super) fn measure(subject: &Subject<'_>, samples: usize, limits: &AuditLimits) -> Result<Option<Exposure>> {
    let Some(recipe) = subject.recipe.filter(|recipe| recipe.canaries > 1) else { return Ok(None) };
    // The joint stage has its own, under a number that no shard has.
    let stages = subject.numbers.iter().copied().chain(subject.joint.map(|_| recipe.shards));
    let canaries: Vec<Canary> = stages.flat_map(|stage| canary::canaries(recipe, stage)).collect();
    let bits = exposures(subject, subject.released.model(), &canaries, samples, recipe.context)?;
    let (mut once, mut four_times) = (Vec::new(), Vec::new());
    let (mut highest, mut by_chance) = (0f64, 0);
    for (canary, &bits) in canaries.iter().zip(&bits) {
        if canary.copies > 1 {
            four_times.push(bits);
            continue;
        }
        once.push(bits);
        if bits > highest {
            let is_suspect = !limits.holds(Limit::ExposureHighest, bits);
            if is_suspect && is_chance(subject, canary, bits, samples, recipe.context)? {
                by_chance += 1;
            } else {
                highest = bits;
            }
        }
    }
    let median = |values: &[f64]| quantile(values, 0.5).unwrap_or(0.0);
    let (once, four_times) = (sorted(&once), sorted(&four_times));
    let mut exposure = Exposure {
        sampled: samples.min(space(DIGITS)),
        median: median(&once),
        median_four_times: median(&four_times),
        highest,
        by_chance,
        passed: false,
        once,
        four_times,
    };
    exposure.passed = exposure.found(limits).iter().all(|found| found.passed);
    Ok(Some(exposure))
}

/// Whether the weights without the canary's shard, which never saw it, expose it about as much.
fn is_chance(subject: &Subject<'_>, canary: &Canary, bits: f64, samples: usize, context: usize) -> Result<bool> {
    let others = match subject.place_of(canary.shard) {
        Some(place) => subject.without(&[place])?,
        None => subject.without(&[])?,
    };
    let chance = exposures(subject, &others, std::slice::from_ref(canary), samples, context)?;
    Ok(chance.iter().all(|chance| *chance >= bits - LUCK_BITS))
}

/// Bits of each canary under the weights.
fn exposures(
    subject: &Subject<'_>,
    model: &Model,
    canaries: &[Canary],
    samples: usize,
    context: usize,
) -> Result<Vec<f64>> {
    let scorer = Scorer { model, tokenizer: subject.base.tokenizer(), context };
    let texts = canaries.iter().map(|canary| canary::sentence(canary.sentence, canary.secret, DIGITS));
    let losses = scorer.losses(texts)?;
    let mut ranks = std::collections::BTreeMap::new();
    let mut bits = Vec::with_capacity(canaries.len());
    for (canary, loss) in canaries.iter().zip(losses) {
        let rank = match ranks.entry(canary.sentence) {
            std::collections::btree_map::Entry::Occupied(entry) => entry.into_mut(),
            std::collections::btree_map::Entry::Vacant(entry) => {
                entry.insert(Ranks::of(&scorer, canary.sentence, DIGITS, samples, subject.seed)?)
            }
        };
        bits.push(rank.bits(loss));
    }
    Ok(bits)
}

/// How many secrets of so many digits there are.
fn space(digits: u32) -> usize {
    10usize.pow(digits)
}

/// What gives sentences their loss.
struct Scorer<'a> {
    model: &'a Model,
    tokenizer: &'a Tokenizer,
    context: usize,
}

impl Scorer<'_> {
    /// Nats of whole sentences.
    fn losses(&self, texts: impl Iterator<Item = String>) -> Result<Vec<f64>> {
        let rows = texts.map(|text| self.tokenizer.encode(&text)).collect::<Result<Vec<_>>>()?;
        let losses = row_losses(self.model, None, rows.iter().map(Vec::as_slice), usize::MAX, self.context)?;
        Ok(losses.iter().map(Loss::sum).collect())
    }
}

/// The losses of the secrets that could stand in a sentence.
struct Ranks {
    space: usize,
    sample: Vec<f64>,
    fit: SkewNormal,
}

impl Ranks {
    /// Scores a random sample of the secrets, or all of them if there are no more.
    fn of(scorer: &Scorer<'_>, sentence: usize, digits: u32, samples: usize, seed: u64) -> Result<Self> {
        let space = space(digits);
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let secrets = rand::seq::index::sample(&mut rng, space, samples.min(space));
        let texts = secrets.iter().map(|secret| canary::sentence(sentence, secret as u32, digits));
        Ok(Self::of_losses(space, &scorer.losses(texts)?))
    }

    fn of_losses(space: usize, losses: &[f64]) -> Self {
        Self { space, sample: sorted(losses), fit: SkewNormal::fit(losses) }
    }

    /// `log2|R| - log2 rank` of a secret with this loss: never more than the space has.
    fn bits(&self, loss: f64) -> f64 {
        let below = self.sample.partition_point(|&other| other <= loss);
        let all = self.sample.len() == self.space;
        let counted = |below: usize| below.max(1) as f64 / self.sample.len().max(1) as f64;
        let share = match all || below >= COUNTED_FROM {
            true => counted(below),
            // The fit has a heavier tail than losses have; it never says less than the count at its beginning.
            false => self.fit.below(loss).min(counted(COUNTED_FROM)),
        };
        -share.max(1.0 / self.space as f64).log2()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::adapter::{Adapter, fresh_variables};
    use crate::base::tests::random_base;
    use crate::merge::Served;
    use crate::ops::check::random;
    use rand::Rng;

    #[test]
    fn a_sample_ranks_as_all_secrets_of_a_small_model_do() -> Result<()> {
        let base = random_base(5)?;
        let variables = fresh_variables(base.config(), 4, 1)?;
        for (i, var) in variables.values().enumerate() {
            var.set(&random(100 + i as u64, var.dims(), 0.2)?)?;
        }
        let served = Served::new(&base, &[Adapter::of_variables(base.config(), 4, 8.0, &variables)?], None)?;
        let scorer = Scorer { model: served.model(), tokenizer: base.tokenizer(), context: 64 };
        let brute = Ranks::of(&scorer, 0, 4, usize::MAX, 1)?;
        assert_eq!(brute.sample.len(), 10_000);
        let sampled = Ranks::of(&scorer, 0, 4, 1_000, 1)?;
        for share in [0.002, 0.01, 0.1, 0.5, 0.9] {
            let loss = quantile(&brute.sample, share).unwrap_or_default();
            let (exact, estimate) = (brute.bits(loss), sampled.bits(loss));
            assert!((exact + share.log2()).abs() < 0.1, "{share}: {exact}");
            assert!((exact - estimate).abs() < 0.9, "share {share}: exact {exact}, estimate {estimate}");
        }
        Ok(())
    }

    #[test]
    fn a_sample_of_a_million_losses_ranks_as_the_million_do() {
        // Sums of six steps of unlike spread, as six digits make them.
        let mut rng = ChaCha8Rng::seed_from_u64(9);
        let steps: Vec<Vec<f64>> =
            (1..=6).map(|s| (0..10).map(|_| rng.random::<f64>() * f64::from(s)).collect()).collect();
        let loss = |n: usize| (0..6).map(|i| steps[i][n / 10usize.pow(i as u32) % 10]).sum::<f64>();
        let all: Vec<f64> = (0..1_000_000).map(loss).collect();
        let brute = Ranks::of_losses(1_000_000, &all);
        let sample: Vec<f64> =
            rand::seq::index::sample(&mut rng, 1_000_000, 4096).iter().map(|place| all[place]).collect();
        let sampled = Ranks::of_losses(1_000_000, &sample);
        for bits in [1.0, 4.0, 8.0, 10.0, 12.0] {
            let loss = quantile(&brute.sample, 0.5f64.powf(bits)).unwrap_or_default();
            let (exact, estimate) = (brute.bits(loss), sampled.bits(loss));
            assert!((exact - bits).abs() < 0.01 && (exact - estimate).abs() < 1.5, "{bits}: {exact}, {estimate}");
        }
        assert!((brute.bits(f64::NEG_INFINITY) - 19.93).abs() < 0.01, "the first of a million");
    }
}
