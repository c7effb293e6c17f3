//! Differential privacy of members: how much any one member, with all that they wrote, can have changed an adapter. Two
//! accountants that know nothing of each other say what a run of Poisson-sampled, clipped and noised steps costs; the tighter one,
//! by privacy loss distributions, is what a release shows.
//!
//! Both are upper bounds under the adjacency "a member more or less". They count what the sampled Gaussian mechanism gives
//! away and nothing else: a base that saw a member, or a choice made by looking at results, is outside of them.

mod gradient;
mod pld;
mod rdp;
pub(crate) mod train;

use crate::error::{MlError, Result};
use serde::{Deserialize, Serialize};

pub use train::{Privacy, lend_key, seal_key};

/// Steps of the Gaussian mechanism on a Poisson sample of members.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Sampled {
    /// Probability of each member to be in a step.
    pub rate: f64,
    /// Standard deviation of the noise over the bound on a member's gradient.
    pub noise: f64,
    /// Steps taken.
    pub steps: u64,
}

impl Sampled {
    /// Epsilon at `delta` by privacy loss distributions: what is shown.
    ///
    /// # Errors
    /// When a value is out of its range, or the noise so small that nothing can be promised.
    pub fn epsilon(&self, delta: f64) -> Result<f64> {
        self.check(delta)?;
        pld::epsilon(self, delta)
    }

    /// Epsilon at `delta` by Rényi divergence: a little more, by other mathematics.
    ///
    /// # Errors
    /// When a value is out of its range.
    pub fn epsilon_by_divergence(&self, delta: f64) -> Result<f64> {
        self.check(delta)?;
        Ok(rdp::epsilon(self, delta))
    }

    fn check(&self, delta: f64) -> Result<()> {
        let fits = (0.0..=1.0).contains(&self.rate) && self.noise >= 0.0 && self.noise.is_finite();
        match fits && delta > 0.0 && delta < 1.0 {
            true => Ok(()),
            false => Err(MlError::Recipe(
                "the rate of members must lie between 0 and 1, `noise` must not be negative, delta between 0 and 1"
                    .into(),
            )),
        }
    }
}

/// The least noise, to a thousandth, with which `steps` steps at `rate` cost at most `target` at `delta`.
///
/// # Errors
/// When a value is out of its range, or no noise up to 1,000 is enough.
pub fn noise_for(target: f64, rate: f64, steps: u64, delta: f64) -> Result<f64> {
    if target.is_nan() || target <= 0.0 {
        return Err(MlError::Recipe("`epsilon` must be positive".into()));
    }
    // Noise with which the quick accountant is already content; the tight one is content with less.
    let costs = |noise: f64| Sampled { rate, noise, steps }.epsilon_by_divergence(delta);
    let mut high = 0.5;
    while costs(high)? > target {
        high *= 2.0;
        if high > 1_000.0 {
            return Err(MlError::Recipe(format!("no noise keeps `{steps}` steps within an epsilon of `{target}`")));
        }
    }
    let mut low = 0.0;
    while high - low > 0.001 {
        let middle = f64::midpoint(low, high);
        // Where the accountant can promise nothing there is too little noise.
        match (Sampled { rate, noise: middle, steps }).epsilon(delta) {
            Ok(epsilon) if epsilon <= target => high = middle,
            _ => low = middle,
        }
    }
    Ok(high)
}

/// What a run promises each member.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PrivacyBudget {
    /// Epsilon at `delta`, by privacy loss distributions.
    pub epsilon: f64,
    /// The same by Rényi divergence.
    pub epsilon_by_divergence: f64,
    /// One over ten times the number of members.
    pub delta: f64,
    /// How strong the promise is, in words. Up to 1 is called strong and up to 10 reasonable by Ponomareva et al., "How to DP-fy
    /// ML" (arXiv 2303.00654), for the same unit.
    pub tier: String,
    /// How it was reached.
    pub mechanism: Sampled,
}

impl PrivacyBudget {
    /// The budget of a run over `members` members.
    ///
    /// # Errors
    /// As [`Sampled::epsilon`], and without a member.
    pub fn of(mechanism: Sampled, members: u64) -> Result<Self> {
        if members == 0 {
            return Err(MlError::Recipe("there is no member to keep private".into()));
        }
        let delta = 1.0 / (10.0 * members as f64);
        let (epsilon, epsilon_by_divergence) = (mechanism.epsilon(delta)?, mechanism.epsilon_by_divergence(delta)?);
        Ok(Self { epsilon, epsilon_by_divergence, delta, tier: tier(epsilon).into(), mechanism })
    }
}

/// The words for an epsilon.
fn tier(epsilon: f64) -> &'static str {
    match epsilon {
        e if e <= 1.0 => "strong",
        e if e <= 10.0 => "reasonable",
        _ => "no meaningful guarantee",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Values of the library dp-accounting 0.6.0, to six digits: rate, noise, steps, delta, by divergence, by distributions.
    const REFERENCE: [(f64, f64, u64, f64, f64, f64); 9] = [
        (0.01, 1.0, 1_000, 1e-5, 2.101367, 1.828244),
        (256.0 / 60_000.0, 1.1, 14_062, 1e-5, 2.596556, 2.381686),
        (0.004, 0.8, 2_500, 1e-6, 2.774563, 2.200141),
        (1.0, 5.0, 1, 1e-5, 0.794522, 0.725522),
        (1.0, 10.0, 100, 1e-6, 5.221540, 4.886554),
        (0.1, 2.0, 200, 1e-5, 3.679746, 3.359661),
        (0.02, 1.0, 300, 1e-6, 2.982474, 2.588317),
        (0.08, 1.0, 60, 1e-4, 4.341760, 3.695909),
        (0.05, 1.5, 100, 1e-5, 1.878918, 1.671642),
    ];
    /// Half of the last digit that the reference prints.
    const ROUNDED: f64 = 5e-7;

    #[test]
    fn both_accountants_agree_with_the_reference() -> Result<()> {
        for (rate, noise, steps, delta, divergence, distributions) in REFERENCE {
            let run = Sampled { rate, noise, steps };
            let (loose, tight) = (run.epsilon_by_divergence(delta)?, run.epsilon(delta)?);
            assert!((loose / divergence - 1.0).abs() < 1e-3, "{run:?}: {loose} for {divergence}");
            assert!((tight / distributions - 1.0).abs() < 5e-3, "{run:?}: {tight} for {distributions}");
            assert!(tight > distributions - 2.0 * ROUNDED, "{run:?}: {tight} is below {distributions}");
        }
        Ok(())
    }

    #[test]
    fn one_gaussian_step_costs_what_its_closed_form_says() -> Result<()> {
        // Balle and Wang 2018, theorem 8.
        let delta_at = |noise: f64, epsilon: f64| {
            let upper = |x: f64| 0.5 * libm::erfc(x / std::f64::consts::SQRT_2);
            upper(epsilon * noise - 0.5 / noise) - epsilon.exp() * upper(epsilon * noise + 0.5 / noise)
        };
        for noise in [0.7, 1.0, 3.0, 10.0] {
            let epsilon = Sampled { rate: 1.0, noise, steps: 1 }.epsilon(1e-6)?;
            assert!((delta_at(noise, epsilon) / 1e-6 - 1.0).abs() < 1e-3, "{noise}: {epsilon}");
        }
        Ok(())
    }

    #[test]
    fn noise_is_found_for_a_budget() -> Result<()> {
        for (target, rate, steps) in [(1.0, 0.05, 200), (8.0, 0.2, 500), (3.0, 1.0, 10)] {
            let noise = noise_for(target, rate, steps, 1e-5)?;
            assert!(Sampled { rate, noise, steps }.epsilon(1e-5)? <= target);
            assert!(
                Sampled { rate, noise: noise - 0.005, steps }.epsilon(1e-5)? > target,
                "{target}: {noise} is too much"
            );
        }
        Ok(())
    }

    #[test]
    fn what_cannot_be_is_refused_and_no_noise_promises_nothing() -> Result<()> {
        let run = Sampled { rate: 0.1, noise: 1.0, steps: 10 };
        for (bad, delta) in [
            (Sampled { rate: 1.1, ..run }, 1e-5),
            (Sampled { rate: f64::NAN, ..run }, 1e-5),
            (Sampled { noise: -1.0, ..run }, 1e-5),
            (run, 0.0),
            (run, 1.0),
        ] {
            assert!(bad.epsilon(delta).is_err() && bad.epsilon_by_divergence(delta).is_err(), "{bad:?} {delta}");
        }
        assert!(PrivacyBudget::of(run, 0).is_err() && noise_for(0.0, 0.1, 10, 1e-5).is_err());
        let naked = Sampled { noise: 0.0, ..run };
        assert_eq!((naked.epsilon(1e-5)?, naked.epsilon_by_divergence(1e-5)?), (f64::INFINITY, f64::INFINITY));
        assert_eq!(Sampled { rate: 0.0, ..run }.epsilon(1e-5)?, 0.0);
        let budget = PrivacyBudget::of(run, 1_000)?;
        assert_eq!((budget.delta, budget.tier.as_str()), (1e-4, "reasonable"));
        assert_eq!([0.9, 1.0, 9.0, 10.5].map(tier), ["strong", "strong", "reasonable", "no meaningful guarantee"]);
        Ok(())
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 6, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn less_noise_more_steps_and_more_members_cost_more(
            rate in 0.001_f64..0.5, noise in 0.7_f64..4.0, steps in 2_u64..300, delta in 1e-7_f64..1e-3,
        ) {
            let of = |rate, noise, steps| Sampled { rate, noise, steps }.epsilon(delta).map_err(|e| TestCaseError::fail(e.to_string()));
            let base = of(rate, noise, steps)?;
            prop_assert!(of(rate, noise * 0.9, steps)? >= base);
            prop_assert!(of(rate, noise, steps + steps / 2)? >= base);
            prop_assert!(of(rate * 1.2, noise, steps)? >= base);
            let loose = Sampled { rate, noise, steps }.epsilon_by_divergence(delta).map_err(|e| TestCaseError::fail(e.to_string()))?;
            prop_assert!(base <= loose * 1.001 + 1e-3, "{base} is above {loose}");
        }
    }
}
