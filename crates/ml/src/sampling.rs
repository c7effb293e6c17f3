//! How the next token is chosen from logits: repetition penalty, temperature, then the cuts `min_p`, `top_k` and
//! `top_p`, each on what the one before left, then one draw. Randomness is passed in: the same logits and generator give the same token. Stop texts are the assistant's matter.

use crate::error::{MlError, Result};
use rand::Rng;
use std::cmp::Ordering;

/// Latest tokens that the repetition penalty looks at.
const REPETITION_WINDOW: usize = 64;

/// How tokens are chosen.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Sampling {
    /// Divides the logits; 0 always takes the likeliest token.
    pub temperature: f32,
    /// Only the likeliest `top_k` tokens; 0 for all.
    pub top_k: usize,
    /// Only the likeliest tokens that together have this probability; 1 for all.
    pub top_p: f32,
    /// Only tokens at least this many times as likely as the likeliest; 0 for all.
    pub min_p: f32,
    /// Divides (or multiplies, where negative) the logits of recent tokens; 1 for none.
    pub repetition_penalty: f32,
    /// Most tokens to write.
    pub max_tokens: usize,
}

impl Default for Sampling {
    fn default() -> Self {
        Self { temperature: 0.8, top_k: 40, top_p: 0.95, min_p: 0.02, repetition_penalty: 1.1, max_tokens: 120 }
    }
}

impl Sampling {
    /// The likeliest token each time.
    pub fn greedy(max_tokens: usize) -> Self {
        Self { temperature: 0.0, top_k: 0, top_p: 1.0, min_p: 0.0, repetition_penalty: 1.0, max_tokens }
    }

    pub(crate) fn check(&self) -> Result<()> {
        let fits = (0.0..=10.0).contains(&self.temperature)
            && (0.0..=1.0).contains(&self.top_p)
            && (0.0..=1.0).contains(&self.min_p)
            && (0.5..=10.0).contains(&self.repetition_penalty);
        match fits {
            true => Ok(()),
            false => Err(MlError::Recipe(
                "use a temperature of 0 to 10, `top_p` and `min_p` of 0 to 1, a repetition penalty of 0.5 to 10".into(),
            )),
        }
    }

    /// Chooses the token after `all`; changes `logits` on the way.
    pub(crate) fn pick(&self, logits: &mut [f32], all: &[u32], rng: &mut impl Rng) -> u32 {
        penalize(logits, &all[all.len().saturating_sub(REPETITION_WINDOW)..], self.repetition_penalty);
        let candidates = self.candidates(logits);
        let mass: f32 = candidates.iter().map(|c| c.1).sum();
        let mut left = match candidates.len() {
            0 | 1 => 0.0,
            _ => rng.random::<f32>() * mass,
        };
        for candidate in &candidates {
            left -= candidate.1;
            if left <= 0.0 {
                return candidate.0;
            }
        }
        candidates.first().map_or(0, |c| c.0)
    }

    /// The tokens that may be drawn with their weights, the likeliest first with weight 1; never none for a vocabulary.
    fn candidates(&self, logits: &[f32]) -> Vec<(u32, f32)> {
        let ranked = || (0u32..).zip(logits.iter().copied());
        let Some(likeliest) = ranked().min_by(descending) else { return Vec::new() };
        if self.temperature == 0.0 {
            return vec![(likeliest.0, 1.0)];
        }
        let floor = if self.min_p > 0.0 { likeliest.1 + self.temperature * self.min_p.ln() } else { f32::NEG_INFINITY };
        let mut candidates: Vec<(u32, f32)> = ranked().filter(|c| c.1 >= floor || c.0 == likeliest.0).collect();
        if self.top_k > 0 && self.top_k < candidates.len() {
            candidates.select_nth_unstable_by(self.top_k - 1, descending);
            candidates.truncate(self.top_k);
        }
        candidates.sort_unstable_by(descending);
        for candidate in &mut candidates {
            candidate.1 = ((candidate.1 - likeliest.1) / self.temperature).exp();
        }
        let total: f32 = candidates.iter().map(|c| c.1).sum();
        let (mut kept, mut mass) = (0, 0.0);
        while kept < candidates.len() && (kept == 0 || mass < self.top_p * total) {
            mass += candidates[kept].1;
            kept += 1;
        }
        candidates.truncate(kept);
        candidates
    }
}

/// Higher logits first; equal ones by their token. What is not a number comes last.
fn descending(a: &(u32, f32), b: &(u32, f32)) -> Ordering {
    let rank = |x: f32| if x.is_nan() { f32::NEG_INFINITY } else { x };
    rank(b.1).total_cmp(&rank(a.1)).then(a.0.cmp(&b.0))
}

fn penalize(logits: &mut [f32], recent: &[u32], penalty: f32) {
    if penalty == 1.0 {
        return;
    }
    let mut seen = recent.to_vec();
    seen.sort_unstable();
    seen.dedup();
    for token in seen {
        if let Some(logit) = logits.get_mut(token as usize) {
            *logit = if *logit > 0.0 { *logit / penalty } else { *logit * penalty };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use rand::SeedableRng;
    use rand_chacha::ChaCha8Rng;

    const PLAIN: Sampling =
        Sampling { temperature: 1.0, top_k: 0, top_p: 1.0, min_p: 0.0, repetition_penalty: 1.0, max_tokens: 1 };

    #[test]
    fn picks_within_the_cut() {
        // Weights 1, 0.9, 0.82, 0.007, 0.002 of the likeliest.
        let logits = [0.0, 5.0, 4.9, -1.0, 4.8];
        let cases: [(&str, Sampling, &[u32]); 8] = [
            ("no cut", PLAIN, &[1, 2, 4, 0, 3]),
            ("top_k", Sampling { top_k: 2, ..PLAIN }, &[1, 2]),
            ("top_p of nothing", Sampling { top_p: 0.0, ..PLAIN }, &[1]),
            ("top_p", Sampling { top_p: 0.6, ..PLAIN }, &[1, 2]),
            ("min_p", Sampling { min_p: 0.5, ..PLAIN }, &[1, 2, 4]),
            ("min_p of one", Sampling { min_p: 1.0, ..PLAIN }, &[1]),
            ("min_p after a low temperature", Sampling { min_p: 0.5, temperature: 0.2, ..PLAIN }, &[1, 2]),
            ("greedy", Sampling::greedy(1), &[1]),
        ];
        for (name, sampling, want) in cases {
            let got: Vec<u32> = sampling.candidates(&logits).into_iter().map(|c| c.0).collect();
            assert_eq!(got, want, "{name}");
        }
    }

    #[test]
    fn a_recent_token_is_less_likely() {
        let mut rng = ChaCha8Rng::seed_from_u64(3);
        let greedy = Sampling { repetition_penalty: 2.0, ..Sampling::greedy(1) };
        assert_eq!(greedy.pick(&mut [0.0, 5.0, 4.9], &[1], &mut rng), 2);
        assert_eq!(greedy.pick(&mut [-3.0, -2.0, -3.5], &[1], &mut rng), 0, "a negative logit is multiplied");
        let long: Vec<u32> = std::iter::once(1).chain([2; REPETITION_WINDOW]).collect();
        assert_eq!(greedy.pick(&mut [0.0, 5.0, 4.9], &long, &mut rng), 1, "what is long past is forgotten");
    }

    #[test]
    fn what_is_not_a_number_is_never_preferred() {
        let mut rng = ChaCha8Rng::seed_from_u64(3);
        for sampling in [PLAIN, Sampling::greedy(1), Sampling { top_k: 1, ..PLAIN }, Sampling::default()] {
            assert_eq!(sampling.pick(&mut [f32::NAN, -900.0, f32::NEG_INFINITY], &[], &mut rng), 1, "{sampling:?}");
        }
    }

    proptest! {
        #[test]
        fn the_cuts_keep_what_they_promise(
            logits in prop::collection::vec(-20f32..20.0, 1..200),
            (temperature, top_p, min_p, top_k, seed) in (0.1f32..3.0, 0f32..1.0, 0f32..1.0, 0usize..50, any::<u64>()),
        ) {
            let highest = logits.iter().copied().fold(f32::MIN, f32::max);
            let weight = |token: u32| ((logits[token as usize] - highest) / temperature).exp();
            let all: f32 = (0..logits.len() as u32).map(weight).sum();

            let kept = Sampling { temperature, top_p, ..PLAIN }.candidates(&logits);
            let mass: f32 = kept.iter().map(|c| c.1).sum();
            prop_assert!(mass >= top_p * all * 0.999, "the mass is reached");
            prop_assert!(kept.len() == 1 || mass - kept[kept.len() - 1].1 < top_p * all * 1.001, "and no token more");

            let kept = Sampling { temperature, min_p, ..PLAIN }.candidates(&logits);
            prop_assert!(kept.iter().all(|c| c.1 >= min_p * 0.999));
            let wanted = (0..logits.len() as u32).filter(|&token| weight(token) >= min_p * 1.001).count();
            prop_assert!(kept.len() >= wanted, "no token above the threshold is lost");

            let sampling = Sampling { temperature, top_p, min_p, top_k, repetition_penalty: 1.3, max_tokens: 1 };
            let kept = sampling.candidates(&logits);
            prop_assert!(top_k == 0 || kept.len() <= top_k);
            prop_assert!(kept.windows(2).all(|pair| pair[0].1 >= pair[1].1), "the likeliest first");
            let draw = |seed| sampling.pick(&mut logits.clone(), &[0, 3], &mut ChaCha8Rng::seed_from_u64(seed));
            prop_assert_eq!(draw(seed), draw(seed));
            prop_assert!((draw(seed) as usize) < logits.len());
            let greedy = Sampling::greedy(1).pick(&mut logits.clone(), &[], &mut ChaCha8Rng::seed_from_u64(seed));
            prop_assert_eq!(logits[greedy as usize], highest);
        }
    }
}
