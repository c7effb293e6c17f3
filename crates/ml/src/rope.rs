//! The angles of the rotary position embedding (Su et al. 2021), plain and with the scalings that Llama 3 and Qwen checkpoints
//! name: linear (positions divided), `llama3` (long waves slowed, short ones kept), `yarn` (Peng et al. 2023; the same by
//! dimension, and attention sharpened). All are fixed numbers of the configuration: nothing depends on a text.

use serde::{Deserialize, Serialize};
use std::f64::consts::PI;

/// How a checkpoint stretches its positions, as its `config.json` names it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "rope_type", rename_all = "lowercase")]
pub enum Scaling {
    /// Positions are divided by `factor`.
    Linear {
        /// How much longer texts become.
        factor: f64,
    },
    /// The plain rotation up to the length that the model knows; only beyond it, where this code never goes, would it change.
    Dynamic {
        /// How much longer texts may become elsewhere.
        factor: f64,
    },
    /// As Llama 3.1 does.
    Llama3 {
        /// Division of waves longer than `original / low_freq_factor`.
        factor: f64,
        /// Sets the shortest wave that is divided in full.
        low_freq_factor: f64,
        /// Sets the longest wave that is not divided.
        high_freq_factor: f64,
        /// Length of the texts before stretching, in tokens.
        original_max_position_embeddings: usize,
    },
    /// As Qwen 2.5 and 3 do for long texts.
    Yarn {
        /// How much longer texts become.
        factor: f64,
        /// Length of the texts before stretching, in tokens.
        original_max_position_embeddings: usize,
        /// Turns within the original length from which on a dimension is kept.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        beta_fast: Option<f64>,
        /// Turns up to which a dimension is divided in full.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        beta_slow: Option<f64>,
        /// What cosines and sines are multiplied by; follows from `factor` if absent.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        attention_factor: Option<f64>,
        /// Weight of the logarithm of `factor` in the numerator of the attention factor.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        mscale: Option<f64>,
        /// The same in the denominator.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        mscale_all_dim: Option<f64>,
        /// Whether the range of mixed dimensions is widened to whole dimensions.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        truncate: Option<bool>,
    },
}

/// Turns of a dimension within the original length between which YaRN mixes.
const BETAS: (f64, f64) = (32.0, 1.0);

impl Scaling {
    /// Whether its numbers can be computed with; the text says which cannot.
    pub fn check(&self) -> Result<(), String> {
        let (factor, numbers) = match *self {
            Self::Linear { factor } | Self::Dynamic { factor } => (factor, true),
            Self::Llama3 { factor, low_freq_factor: low, high_freq_factor: high, original_max_position_embeddings } => {
                (factor, original_max_position_embeddings > 0 && low > 0.0 && high > low && high.is_finite())
            }
            Self::Yarn { factor, original_max_position_embeddings, beta_fast, beta_slow, .. } => {
                let (fast, slow) = (beta_fast.unwrap_or(BETAS.0), beta_slow.unwrap_or(BETAS.1));
                (factor, original_max_position_embeddings > 0 && slow > 0.0 && fast > slow && fast.is_finite())
            }
        };
        match factor.is_finite() && factor >= 1.0 && numbers {
            true => Ok(()),
            false => {
                Err("the numbers of `rope_scaling` contradict each other; take the file of the model's makers".into())
            }
        }
    }
}

/// The angle that one position adds, for each pair of a head of `width` components, and what cosines and sines are multiplied by.
pub fn frequencies(width: usize, theta: f64, scaling: Option<&Scaling>) -> (Vec<f32>, f32) {
    let half = width / 2;
    let plain = (0..half).map(|j| 1.0 / theta.powf(2.0 * j as f64 / width as f64));
    let (scaled, factor): (Vec<f64>, f64) = match scaling {
        None | Some(Scaling::Dynamic { .. }) => (plain.collect(), 1.0),
        Some(Scaling::Linear { factor }) => (plain.map(|f| f / factor).collect(), 1.0),
        Some(Scaling::Llama3 {
            factor,
            low_freq_factor: low,
            high_freq_factor: high,
            original_max_position_embeddings,
        }) => {
            let original = *original_max_position_embeddings as f64;
            let slow = |f: f64| {
                let turns = original * f / (2.0 * PI);
                let kept = ((turns - low) / (high - low)).clamp(0.0, 1.0);
                (1.0 - kept) * f / factor + kept * f
            };
            (plain.map(slow).collect(), 1.0)
        }
        Some(yarn @ Scaling::Yarn { factor, .. }) => {
            let kept = kept_by_yarn(yarn, width, theta);
            let mixed = plain.zip(kept).map(|(f, kept)| f / factor * (1.0 - kept) + f * kept);
            (mixed.collect(), attention_factor(yarn))
        }
    };
    (scaled.into_iter().map(|f| f as f32).collect(), factor as f32)
}

/// How much of each dimension's plain frequency YaRN keeps, 0 to 1.
fn kept_by_yarn(yarn: &Scaling, width: usize, theta: f64) -> Vec<f64> {
    let Scaling::Yarn { original_max_position_embeddings, beta_fast, beta_slow, truncate, .. } = yarn else {
        return vec![1.0; width / 2];
    };
    // The dimension that turns so often within the original length.
    let dimension = |turns: f64| {
        width as f64 * (*original_max_position_embeddings as f64 / (turns * 2.0 * PI)).ln() / (2.0 * theta.ln())
    };
    let (mut low, mut high) = (dimension(beta_fast.unwrap_or(BETAS.0)), dimension(beta_slow.unwrap_or(BETAS.1)));
    if truncate.unwrap_or(true) {
        (low, high) = (low.floor(), high.ceil());
    }
    (low, high) = (low.max(0.0), high.min(width as f64 - 1.0));
    let span = if high == low { 0.001 } else { high - low };
    (0..width / 2).map(|j| 1.0 - ((j as f64 - low) / span).clamp(0.0, 1.0)).collect()
}

fn attention_factor(yarn: &Scaling) -> f64 {
    let Scaling::Yarn { factor, attention_factor, mscale, mscale_all_dim, .. } = yarn else { return 1.0 };
    let scale = |weight: f64| 0.1 * weight * factor.max(1.0).ln() + 1.0;
    match (attention_factor, mscale, mscale_all_dim) {
        (Some(given), _, _) => *given,
        (None, Some(above), Some(below)) if *above != 0.0 && *below != 0.0 => scale(*above) / scale(*below),
        _ => scale(1.0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn yarn(factor: f64) -> Scaling {
        Scaling::Yarn {
            factor,
            original_max_position_embeddings: 32,
            beta_fast: None,
            beta_slow: None,
            attention_factor: None,
            mscale: None,
            mscale_all_dim: None,
            truncate: None,
        }
    }

    #[test]
    fn scalings_slow_long_waves_and_a_factor_of_one_changes_nothing() {
        let llama3 = |factor| Scaling::Llama3 {
            factor,
            low_freq_factor: 1.0,
            high_freq_factor: 4.0,
            original_max_position_embeddings: 32,
        };
        let (plain, one) = frequencies(16, 10_000.0, None);
        assert_eq!((plain.len(), one), (8, 1.0));
        for same in [llama3(1.0), yarn(1.0), Scaling::Linear { factor: 1.0 }, Scaling::Dynamic { factor: 4.0 }] {
            let (got, factor) = frequencies(16, 10_000.0, Some(&same));
            assert!(got.iter().zip(&plain).all(|(a, b)| (a - b).abs() <= 1e-7 * b), "{same:?}");
            assert_eq!(factor, 1.0);
        }
        for scaled in [llama3(8.0), yarn(8.0)] {
            let (got, _) = frequencies(16, 10_000.0, Some(&scaled));
            assert_eq!(got[0], plain[0], "the fastest is kept");
            assert!((got[7] * 8.0 / plain[7] - 1.0).abs() < 1e-6, "the slowest is divided");
        }
        assert!(frequencies(16, 10_000.0, Some(&yarn(8.0))).1 > 1.2);
    }

    #[test]
    fn refuses_numbers_that_contradict_each_other() {
        let bad = [
            Scaling::Linear { factor: 0.0 },
            Scaling::Linear { factor: f64::NAN },
            Scaling::Llama3 {
                factor: 8.0,
                low_freq_factor: 4.0,
                high_freq_factor: 1.0,
                original_max_position_embeddings: 32,
            },
        ];
        for scaling in bad {
            assert!(scaling.check().is_err(), "{scaling:?}");
        }
        assert!(yarn(4.0).check().is_ok());
    }
}
