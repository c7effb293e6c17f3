//! Writes text: reads a prompt, then samples token by token, streaming whole characters to the caller, who may stop at any piece.
//! Randomness is passed in; the same prompt, weights and generator give the same text. Nothing is filtered here: what may be shown
//! is decided by the caller's guard.

use crate::error::{MlError, Result};
use crate::merge::Served;
use rand::Rng;
use std::cmp::Ordering;
use std::ops::ControlFlow;

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
    /// Divides (or multiplies, where negative) the logits of recent tokens; 1 for none.
    pub repetition_penalty: f32,
    /// Most tokens to write.
    pub max_tokens: usize,
}

impl Default for Sampling {
    fn default() -> Self {
        Self { temperature: 0.8, top_k: 40, top_p: 0.95, repetition_penalty: 1.1, max_tokens: 120 }
    }
}

impl Sampling {
    /// The likeliest token each time.
    pub fn greedy(max_tokens: usize) -> Self {
        Self { temperature: 0.0, top_k: 0, top_p: 1.0, repetition_penalty: 1.0, max_tokens }
    }

    fn check(&self) -> Result<()> {
        let fits = (0.0..=10.0).contains(&self.temperature)
            && (0.0..=1.0).contains(&self.top_p)
            && (0.5..=10.0).contains(&self.repetition_penalty);
        match fits {
            true => Ok(()),
            false => Err(MlError::Recipe(
                "use a temperature of 0 to 10, `top_p` of 0 to 1, a repetition penalty of 0.5 to 10".into(),
            )),
        }
    }
}

/// Why a text ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Finish {
    /// The model ended it.
    End,
    /// `max_tokens` were written.
    Length,
    /// The caller's callback stopped it.
    Stopped,
}

/// A written text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Generated {
    /// Its tokens, without the end token.
    pub tokens: Vec<u32>,
    /// Tokens of the prompt that were read.
    pub prompt_tokens: usize,
    /// Why it ended.
    pub finish: Finish,
}

/// Goes on from a prompt of tokens. A prompt longer than the context loses its beginning; a text longer than the context goes on
/// from its latter half.
pub fn generate(
    served: &Served,
    prompt: &[u32],
    sampling: &Sampling,
    rng: &mut impl Rng,
    on_text: &mut dyn FnMut(&str) -> ControlFlow<()>,
) -> Result<Generated> {
    sampling.check()?;
    let decoder = served.decoder();
    let context = decoder.context();
    let config = served.model().config();
    let mut all = vec![config.marks().start];
    all.extend_from_slice(&prompt[prompt.len().saturating_sub(context * 3 / 4)..]);
    let start = all.len();
    let mut cache = decoder.cache((start + sampling.max_tokens).min(context));
    let mut logits = decoder.read(&mut cache, &all)?;
    let mut text = served.tokenizer().stream();
    let mut finish = Finish::Length;
    for written in 0..sampling.max_tokens {
        // The mark in front is no word of the text.
        let recent = &all[all.len().saturating_sub(REPETITION_WINDOW).max(1)..];
        let token = pick(&mut logits, recent, sampling, rng);
        if config.ends(token) {
            finish = Finish::End;
            break;
        }
        all.push(token);
        if let Some(piece) = text.push(token)?
            && on_text(&piece).is_break()
        {
            finish = Finish::Stopped;
            break;
        }
        if written + 1 < sampling.max_tokens {
            let unread = match cache.room() {
                0 => {
                    cache.clear();
                    &all[all.len() - context / 2..]
                }
                _ => &all[all.len() - 1..],
            };
            logits = decoder.read(&mut cache, unread)?;
        }
    }
    Ok(Generated { prompt_tokens: start - 1, tokens: all.split_off(start), finish })
}

/// Chooses the next token; changes `logits` on the way.
fn pick(logits: &mut [f32], recent: &[u32], sampling: &Sampling, rng: &mut impl Rng) -> u32 {
    penalize(logits, recent, sampling.repetition_penalty);
    let descending =
        |a: &(u32, f32), b: &(u32, f32)| b.1.partial_cmp(&a.1).unwrap_or(Ordering::Equal).then(a.0.cmp(&b.0));
    let mut candidates: Vec<(u32, f32)> = (0u32..).zip(logits.iter().copied()).collect();
    if sampling.temperature == 0.0 {
        return candidates.into_iter().min_by(descending).map_or(0, |c| c.0);
    }
    if sampling.top_k > 0 && sampling.top_k < candidates.len() {
        candidates.select_nth_unstable_by(sampling.top_k - 1, descending);
        candidates.truncate(sampling.top_k);
    }
    candidates.sort_unstable_by(descending);
    let highest = candidates.first().map_or(0.0, |c| c.1);
    let mut total = 0.0;
    for candidate in &mut candidates {
        candidate.1 = ((candidate.1 - highest) / sampling.temperature).exp();
        total += candidate.1;
    }
    let (mut kept, mut mass) = (0, 0.0);
    while kept < candidates.len() && (kept == 0 || mass < sampling.top_p * total) {
        mass += candidates[kept].1;
        kept += 1;
    }
    let mut left = rng.random::<f32>() * mass;
    for candidate in &candidates[..kept] {
        left -= candidate.1;
        if left <= 0.0 {
            return candidate.0;
        }
    }
    candidates.first().map_or(0, |c| c.0)
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
    use crate::base::tests::random_base;
    use rand::SeedableRng;
    use rand_chacha::ChaCha8Rng;

    fn run(sampling: &Sampling, seed: u64, stop_after: usize) -> Result<(Generated, String)> {
        let served = Served::new(&random_base(8)?, &[], None)?;
        let (mut text, mut pieces) = (String::new(), 0);
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let generated = generate(&served, &[70, 71, 72], sampling, &mut rng, &mut |piece| {
            text.push_str(piece);
            pieces += 1;
            if pieces >= stop_after { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        })?;
        Ok((generated, text))
    }

    #[test]
    fn the_same_generator_writes_the_same_text() -> Result<()> {
        let sampling = Sampling { max_tokens: 30, ..Sampling::default() };
        assert_eq!(run(&sampling, 1, 999)?, run(&sampling, 1, 999)?);
        assert_ne!(run(&sampling, 1, 999)?.0, run(&sampling, 2, 999)?.0);
        assert_eq!(run(&Sampling::greedy(20), 1, 999)?, run(&Sampling::greedy(20), 2, 999)?);
        Ok(())
    }

    #[test]
    fn ends_at_the_limit_or_when_told_and_outlives_the_context() -> Result<()> {
        let long = Sampling { max_tokens: 150, temperature: 1.5, top_k: 0, ..Sampling::default() };
        let (generated, _) = run(&long, 5, 999)?;
        assert!(generated.finish == Finish::End || generated.tokens.len() == 150);
        let (stopped, _) = run(&long, 5, 2)?;
        assert!(stopped.finish == Finish::Stopped || stopped.finish == Finish::End);
        assert!(run(&Sampling { temperature: -1.0, ..long }, 1, 9).is_err());
        Ok(())
    }

    #[test]
    fn picks_within_the_cut() {
        let mut rng = ChaCha8Rng::seed_from_u64(3);
        let logits = [0.0, 5.0, 4.9, -1.0, 4.8];
        let draw = |sampling: &Sampling, rng: &mut ChaCha8Rng| pick(&mut logits.clone(), &[], sampling, rng);
        let base = Sampling { temperature: 1.0, top_k: 0, top_p: 1.0, repetition_penalty: 1.0, max_tokens: 1 };
        for _ in 0..200 {
            assert!([1, 2].contains(&draw(&Sampling { top_k: 2, ..base }, &mut rng)));
            assert_eq!(draw(&Sampling { top_p: 0.0, ..base }, &mut rng), 1);
            assert!([1, 2, 4].contains(&draw(&Sampling { top_p: 0.9, ..base }, &mut rng)));
        }
        let greedy = Sampling { repetition_penalty: 2.0, ..Sampling::greedy(1) };
        assert_eq!(pick(&mut logits.clone(), &[1], &greedy, &mut rng), 2, "a recent token is less likely");
    }
}
