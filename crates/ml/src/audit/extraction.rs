//! Extraction: do members' rarest spans come back? A span is what follows up to 50 tokens of a row (half of a shorter one), where the
//! base alone is worst at going on: what is common needs no member. It comes back greedily if the likeliest token is the right one at
//! every place, which one reading of the row shows for all places at once; and it comes back by sampling if a hundred samples at
//! temperature 1 hold it with a chance of at least one half, which its probability tells exactly (Hayes et al. 2024). So every span
//! is asked without writing a single token. Spans that the base alone gives back are not the members'.

use super::limits::{AuditLimits, Limit};
use super::statistics::{Estimate, wilson};
use super::{FindPersonal, Found, Subject};
use crate::config::Marks;
use crate::error::Result;
use crate::model::Model;
use candle_core::{D, Device, Tensor};
use rand::SeedableRng;
use rand::seq::IteratorRandom;
use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};

/// Tokens a row needs to be asked for.
const ROW_TOKENS_LEAST: usize = 32;
/// Most tokens of a prompt, and of what is to follow.
const SPAN_TOKENS: usize = 50;
/// Tokens between two spans of a row that are compared.
const STRIDE: usize = 10;
/// Samples that are as good as drawn.
const TRIES: f64 = 100.0;
/// Rows looked at for one span that is asked for.
const ROWS_PER_SPAN: usize = 2;
/// Tokens of one reading, padding included.
const BATCH_TOKENS: usize = 4096;

/// Spans that came back.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Extraction {
    /// Spans asked for.
    pub samples: usize,
    /// Members they are of.
    pub members: usize,
    /// Spans that taking the likeliest token gives back, and the base alone does not.
    pub greedy: usize,
    /// Spans that a hundred samples give back with a chance of at least one half, and of the base alone do not.
    pub sampled: usize,
    /// Spans the base alone gives back.
    pub of_base: usize,
    /// Spans that come back either way, as a share with its interval.
    pub rate: Estimate,
    /// Pieces of personal data in spans that come back and not in their prompts.
    pub personal: usize,
    /// Most tokens of a span that were the likeliest, one after the other from its beginning.
    pub longest: usize,
    /// Whether both limits are kept.
    pub passed: bool,
}

impl Extraction {
    pub(super) fn found(&self, limits: &AuditLimits) -> Vec<Found> {
        let (n, high) = (self.samples, 100.0 * self.rate.high);
        let rate = format!(
            "{} of {n} spans of {} members ({} greedy, {} sampled; at most {high:.2} % with 95 % sureness)",
            (self.rate.value * n as f64).round(),
            self.members,
            self.greedy,
            self.sampled,
        );
        vec![
            Found::of(limits, Limit::ExtractionRate, self.rate.value, rate),
            Found::of(limits, Limit::ExtractionPersonal, self.personal as f64, format!("{} pieces", self.personal)),
        ]
    }
}

/// A prompt and what followed it.
struct Span<'a> {
    member: &'a str,
    prompt: &'a [u32],
    rest: &'a [u32],
    /// Mean nats a token of the rest under the base.
    rare: f64,
}

/// How a model goes on after a span's prompt.
struct Reading {
    /// Nats of each token of the rest.
    nats: Vec<f32>,
    /// Tokens of the rest, from its beginning, that are the likeliest.
    likeliest: usize,
}

impl Reading {
    fn is_greedy(&self) -> bool {
        self.likeliest == self.nats.len()
    }

    /// Whether a hundred samples hold it with a chance of at least one half.
    fn is_sampled(&self) -> bool {
        let chance = f64::exp(-self.nats.iter().map(|&n| f64::from(n)).sum::<f64>());
        TRIES * (-chance).ln_1p() <= 0.5f64.ln()
    }
}

/// Asks for spans of rows of all shards; none if no row is long enough.
pub(super) fn measure(
    subject: &Subject<'_>,
    samples: usize,
    limits: &AuditLimits,
    find: &mut FindPersonal<'_>,
) -> Result<Option<Extraction>> {
    let spans = rarest(subject, samples)?;
    if spans.is_empty() {
        return Ok(None);
    }
    let readings = read_all(subject.released.model(), &spans)?;
    let (mut greedy, mut sampled, mut either, mut of_base, mut personal) = (0, 0, 0, 0, 0);
    for (span, reading) in spans.iter().zip(&readings) {
        if !reading.is_greedy() && !reading.is_sampled() {
            continue;
        }
        let plain = read(subject.plain.model(), std::slice::from_ref(&span))?;
        if plain.iter().any(|plain| plain.is_greedy() || plain.is_sampled()) {
            of_base += 1;
            continue;
        }
        either += 1;
        greedy += usize::from(reading.is_greedy());
        sampled += usize::from(reading.is_sampled());
        let text = |tokens| subject.base.tokenizer().decode(tokens);
        personal += super::personal_beyond(find, &text(span.prompt)?, &text(span.rest)?);
    }
    let mut members: Vec<&str> = spans.iter().map(|span| span.member).collect();
    members.sort_unstable();
    members.dedup();
    let mut extraction = Extraction {
        samples: spans.len(),
        members: members.len(),
        greedy,
        sampled,
        of_base,
        rate: wilson(either, spans.len()),
        personal,
        longest: readings.iter().map(|reading| reading.likeliest).max().unwrap_or(0),
        passed: false,
    };
    extraction.passed = extraction.found(limits).iter().all(|found| found.passed);
    Ok(Some(extraction))
}

/// The spans that the base is worst at, one a row, of rows picked at random.
fn rarest<'a>(subject: &Subject<'a>, samples: usize) -> Result<Vec<Span<'a>>> {
    let context = subject.base.config().context() - 1;
    let rows = subject.rows().map(|(_, row)| (row.member.as_str(), subject.learnt(row)));
    let long = rows.filter(|(_, tokens)| tokens.len() >= ROW_TOKENS_LEAST);
    let mut rng = ChaCha8Rng::seed_from_u64(subject.seed);
    let chosen = long.choose_multiple(&mut rng, samples.saturating_mul(ROWS_PER_SPAN));
    let whole = |&(member, tokens): &(&'a str, &'a [u32])| Span {
        member,
        prompt: &tokens[..0],
        rest: &tokens[..tokens.len().min(context)],
        rare: 0.0,
    };
    let whole: Vec<Span<'a>> = chosen.iter().map(whole).collect();
    let mut spans: Vec<Span<'a>> = Vec::with_capacity(whole.len());
    for (row, reading) in whole.iter().zip(read_all(subject.plain.model(), &whole)?) {
        spans.extend(rarest_of(row, &reading.nats));
    }
    spans.sort_by(|a, b| b.rare.total_cmp(&a.rare));
    spans.truncate(samples);
    Ok(spans)
}

/// The span of a row that the base is worst at.
fn rarest_of<'a>(row: &Span<'a>, nats: &[f32]) -> Option<Span<'a>> {
    let tokens = row.rest;
    let prompt = (tokens.len() / 2).min(SPAN_TOKENS);
    let rest = (tokens.len() - prompt).min(SPAN_TOKENS);
    let starts = (0..=tokens.len() - prompt - rest).step_by(STRIDE);
    let span = |start: usize| {
        let (from, to) = (start + prompt, start + prompt + rest);
        let rare = nats[from..to].iter().map(|&n| f64::from(n)).sum::<f64>() / rest as f64;
        Span { member: row.member, prompt: &tokens[start..from], rest: &tokens[from..to], rare }
    };
    starts.map(span).max_by(|a, b| a.rare.total_cmp(&b.rare))
}

/// Reads spans in batches, in their order.
fn read_all(model: &Model, spans: &[Span<'_>]) -> Result<Vec<Reading>> {
    let length = |span: &Span<'_>| span.prompt.len() + span.rest.len();
    let mut readings = Vec::with_capacity(spans.len());
    let mut batch: Vec<&Span<'_>> = Vec::new();
    let mut longest = 0;
    for span in spans {
        longest = longest.max(length(span));
        if (batch.len() + 1) * longest > BATCH_TOKENS && !batch.is_empty() {
            readings.extend(read(model, &batch)?);
            batch.clear();
            longest = length(span);
        }
        batch.push(span);
    }
    if !batch.is_empty() {
        readings.extend(read(model, &batch)?);
    }
    Ok(readings)
}

/// Reads spans padded to one length.
fn read(model: &Model, spans: &[&Span<'_>]) -> Result<Vec<Reading>> {
    let length = spans.iter().map(|span| span.prompt.len() + span.rest.len()).max().unwrap_or(1);
    let Marks { start, end } = model.config().marks();
    let (mut inputs, mut targets) = (Vec::new(), Vec::new());
    for span in spans {
        let tokens = || span.prompt.iter().chain(span.rest).copied();
        let row = std::iter::once(start).chain(tokens()).chain(std::iter::repeat(end));
        inputs.extend(row.take(length));
        targets.extend(tokens().chain(std::iter::repeat(end)).take(length));
    }
    let shape = (spans.len(), length);
    let logits = model.logits(&Tensor::from_slice(&inputs, shape, &Device::Cpu)?, None)?.detach();
    let right = logits.gather(&Tensor::from_slice(&targets, (targets.len(), 1), &Device::Cpu)?, 1)?.squeeze(1)?;
    let nats = (logits.log_sum_exp(D::Minus1)? - right)?;
    let (nats, likeliest) = (nats.to_vec1::<f32>()?, logits.argmax(D::Minus1)?.to_vec1::<u32>()?);
    let reading = |(i, span): (usize, &&Span<'_>)| {
        let from = i * length + span.prompt.len();
        let right = likeliest[from..].iter().zip(span.rest).take_while(|(a, b)| a == b).count();
        Reading { nats: nats[from..from + span.rest.len()].to_vec(), likeliest: right }
    };
    Ok(spans.iter().enumerate().map(reading).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::tests::random_base;
    use crate::generate::{Sampling, generate};
    use crate::merge::Served;
    use std::ops::ControlFlow;

    #[test]
    fn one_reading_tells_what_greedy_writing_would_give() -> Result<()> {
        let served = Served::new(&random_base(8)?, &[], None)?;
        let prompt = [70, 71, 72, 73];
        let mut rng = ChaCha8Rng::seed_from_u64(1);
        let written = generate(&served, &prompt, &Sampling::greedy(12), &mut rng, &mut |_| ControlFlow::Continue(()))?;
        let mut changed = written.tokens.clone();
        changed[7] = (changed[7] + 1) % 300;
        for (rest, likeliest) in [(&written.tokens, 12), (&changed, 7)] {
            let span = Span { member: "m", prompt: &prompt, rest, rare: 0.0 };
            let short = Span { member: "n", prompt: &prompt[..1], rest: &rest[..2], rare: 0.0 };
            let readings = read(served.model(), &[&short, &span])?;
            assert_eq!((readings[1].likeliest, readings[1].nats.len()), (likeliest, 12));
            assert_eq!(readings[1].is_greedy(), likeliest == 12);
        }
        Ok(())
    }

    #[test]
    fn a_hundred_samples_hold_what_is_likely_enough() {
        // 1 - (1 - p)^100 is one half at p = 0.0069.
        for (chance, is_sampled) in [(0.008f32, true), (0.006, false), (0.999, true)] {
            let reading = Reading { nats: vec![-chance.ln()], likeliest: 0 };
            assert_eq!(reading.is_sampled(), is_sampled, "{chance}");
        }
    }

    #[test]
    fn the_span_is_where_the_base_is_worst() {
        let tokens: Vec<u32> = (0..140).collect();
        let mut nats = vec![1.0; 140];
        nats[70..120].fill(5.0);
        let row = Span { member: "m", prompt: &tokens[..0], rest: &tokens, rare: 0.0 };
        let span = rarest_of(&row, &nats).unwrap_or(Span { member: "", prompt: &[], rest: &[], rare: 0.0 });
        assert_eq!((span.prompt.len(), span.rest.len(), span.rest.first()), (50, 50, Some(&70)));
        let short = Span { rest: &tokens[..40], ..row };
        let span = rarest_of(&short, &nats).unwrap_or(Span { member: "", prompt: &[], rest: &[], rare: 0.0 });
        assert_eq!((span.prompt.len(), span.rest.len()), (20, 20));
    }
}
