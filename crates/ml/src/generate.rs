//! Writes texts: reads prompts, then samples token by token, streaming whole characters to the caller, who may stop at any piece.
//! Several texts are written together, one pass over the weights a token; texts join and leave between steps, and each gets the
//! tokens it would get alone. Randomness is passed in. Nothing is filtered here: what may be shown is decided by the caller's guard.

use crate::decode::{CHUNK, Cache, Reading};
use crate::error::{MlError, Result};
use crate::merge::Served;
use crate::tokenizer::TextStream;
use rand::Rng;
use rayon::prelude::*;
use std::ops::ControlFlow;

pub use crate::sampling::Sampling;

/// Texts that `generate_many` writes together on one thread: more hardly write faster, and each has its own cache.
const TOGETHER: usize = 8;

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
    /// Its tokens, without the one that ended it.
    pub tokens: Vec<u32>,
    /// Tokens of the prompt that were read.
    pub prompt_tokens: usize,
    /// Why it ended.
    pub finish: Finish,
}

/// Goes on from a prompt of tokens. A prompt longer than three quarters of the context loses its beginning; a text longer than
/// the context goes on from its latter half.
pub fn generate(
    served: &Served,
    prompt: &[u32],
    sampling: &Sampling,
    rng: &mut impl Rng,
    on_text: &mut dyn FnMut(&str) -> ControlFlow<()>,
) -> Result<Generated> {
    let mut batch = Batch::new(served);
    batch.join(prompt, sampling, rng)?;
    loop {
        if let Some((_, generated)) = batch.step(&mut |_, piece| on_text(piece))?.pop() {
            return Ok(generated);
        }
    }
}

/// Goes on from each of the prompts, several together, on the threads of the current pool; `rng_of` gives the generator of the
/// prompt at an index. In the order of the prompts, and the same tokens as one by one.
pub fn generate_many<R: Rng>(
    served: &Served,
    prompts: &[Vec<u32>],
    sampling: &Sampling,
    rng_of: impl Fn(usize) -> R + Sync,
) -> Result<Vec<Generated>> {
    let share = prompts.len().div_ceil(rayon::current_num_threads()).max(1);
    let shares = prompts.par_chunks(share).enumerate().map(|(index, prompts)| {
        let mut waiting = (index * share..).zip(prompts);
        let mut written = vec![None; prompts.len()];
        let mut places = Vec::new();
        let mut batch = Batch::new(served);
        loop {
            for (at, prompt) in waiting.by_ref().take(TOGETHER - batch.len()) {
                places.push((batch.join(prompt, sampling, rng_of(at))?, at - index * share));
            }
            if batch.is_empty() {
                return Ok(written.into_iter().flatten().collect());
            }
            for (stream, generated) in batch.step(&mut |_, _| ControlFlow::Continue(()))? {
                if let Some((_, at)) = places.iter().find(|(id, _)| *id == stream) {
                    written[*at] = Some(generated);
                }
            }
        }
    });
    let shares: Vec<Result<Vec<Generated>>> = shares.collect();
    shares.into_iter().try_fold(Vec::new(), |mut all, share| {
        all.extend(share?);
        Ok(all)
    })
}

/// Names a text of one batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StreamId(u64);

/// Texts that are written together.
pub struct Batch<'a, R> {
    served: &'a Served,
    streams: Vec<Stream<'a, R>>,
    joined: u64,
}

/// One text.
struct Stream<'a, R> {
    id: StreamId,
    sampling: Sampling,
    rng: R,
    text: TextStream<'a>,
    cache: Cache,
    /// The mark in front of a text, the prompt, and what was written.
    all: Vec<u32>,
    /// Where the written begins in `all`.
    start: usize,
    /// How much of `all` was read.
    read: usize,
}

impl<'a, R: Rng> Batch<'a, R> {
    /// No text yet.
    pub fn new(served: &'a Served) -> Self {
        Self { served, streams: Vec::new(), joined: 0 }
    }

    /// Texts being written.
    pub fn len(&self) -> usize {
        self.streams.len()
    }

    /// Whether no text is being written.
    pub fn is_empty(&self) -> bool {
        self.streams.is_empty()
    }

    /// Adds a text that goes on from a prompt; it is read with the next steps. What the prompt has in common with the beginning of
    /// a text that is being written is not read again.
    pub fn join(&mut self, prompt: &[u32], sampling: &Sampling, rng: R) -> Result<StreamId> {
        sampling.check()?;
        let decoder = self.served.decoder();
        let context = decoder.context();
        let mut all = vec![self.served.model().config().marks().start];
        all.extend_from_slice(&prompt[prompt.len().saturating_sub(context * 3 / 4)..]);
        if let Some(token) = all.iter().find(|&&token| token as usize >= decoder.vocabulary()) {
            return Err(MlError::Recipe(format!("token `{token}` is outside the vocabulary")));
        }
        let mut cache = decoder.cache((all.len() + sampling.max_tokens).min(context));
        let common =
            self.streams.iter().map(|stream| (stream.in_common(&all), stream)).max_by_key(|(tokens, _)| *tokens);
        if let Some((tokens, stream)) = common
            && tokens >= CHUNK
        {
            cache.copy_beginning(&stream.cache, tokens);
        }
        let id = StreamId(self.joined);
        self.joined += 1;
        let text = self.served.tokenizer().stream();
        let (start, read) = (all.len(), cache.len());
        self.streams.push(Stream { id, sampling: *sampling, rng, text, cache, all, start, read });
        Ok(id)
    }

    /// Stops a text and gives what was written of it; none if it has ended.
    pub fn leave(&mut self, id: StreamId) -> Option<Generated> {
        let at = self.streams.iter().position(|stream| stream.id == id)?;
        Some(self.streams.remove(at).ended(Finish::Stopped))
    }

    /// Writes one token of each text, or reads the next part of its prompt; hands complete characters to `on_text` and gives the
    /// texts that ended.
    pub fn step(
        &mut self,
        on_text: &mut dyn FnMut(StreamId, &str) -> ControlFlow<()>,
    ) -> Result<Vec<(StreamId, Generated)>> {
        let mut readings: Vec<Reading<'_>> = self.streams.iter_mut().map(Stream::reading).collect();
        let logits = self.served.decoder().step(&mut readings)?;
        let mut finishes = Vec::with_capacity(logits.len());
        for (stream, logits) in self.streams.iter_mut().zip(logits) {
            finishes.push(match logits {
                Some(logits) => stream.take(self.served, logits, on_text)?,
                None => None,
            });
        }
        let mut ended = Vec::new();
        for (at, finish) in finishes.into_iter().enumerate().rev() {
            if let Some(finish) = finish {
                let stream = self.streams.remove(at);
                ended.push((stream.id, stream.ended(finish)));
            }
        }
        Ok(ended)
    }
}

impl<R: Rng> Stream<'_, R> {
    /// Tokens at the beginning of `all` that this text has read too, and still holds; always leaves one to be read.
    fn in_common(&self, all: &[u32]) -> usize {
        let mine = &self.all[..self.cache.len().min(self.read)];
        let same = mine.iter().zip(all).take_while(|(a, b)| a == b).count().min(all.len() - 1);
        if self.cache.len() == self.read { same } else { 0 }
    }

    /// What this text reads next: at least one token.
    fn reading(&mut self) -> Reading<'_> {
        if self.cache.room() == 0 {
            self.cache.clear();
            self.read = self.all.len() - self.all.len().min(self.cache.room() / 2).max(1);
        }
        let end = self.all.len().min(self.read + CHUNK);
        let tokens = &self.all[self.read..end];
        self.read = end;
        Reading { cache: &mut self.cache, tokens, wants_logits: end == self.all.len() }
    }

    /// Chooses the next token; gives why the text ends, if it does.
    fn take(
        &mut self,
        served: &Served,
        mut logits: Vec<f32>,
        on_text: &mut dyn FnMut(StreamId, &str) -> ControlFlow<()>,
    ) -> Result<Option<Finish>> {
        let most = self.start + self.sampling.max_tokens;
        if self.all.len() >= most {
            return Ok(Some(Finish::Length));
        }
        // The mark in front is no word of the text.
        let token = self.sampling.pick(&mut logits, &self.all[1..], &mut self.rng);
        if served.model().config().ends(token) {
            return Ok(Some(Finish::End));
        }
        self.all.push(token);
        if let Some(piece) = self.text.push(token)?
            && on_text(self.id, &piece).is_break()
        {
            return Ok(Some(Finish::Stopped));
        }
        Ok((self.all.len() >= most).then_some(Finish::Length))
    }

    fn ended(mut self, finish: Finish) -> Generated {
        Generated { prompt_tokens: self.start - 1, tokens: self.all.split_off(self.start), finish }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::tests::random_base;
    use proptest::prelude::*;
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
        let long = Sampling { max_tokens: 150, temperature: 1.5, top_k: 0, min_p: 0.0, ..Sampling::default() };
        let (generated, _) = run(&long, 5, 999)?;
        assert!(generated.finish == Finish::End || generated.tokens.len() == 150);
        let (stopped, _) = run(&long, 5, 2)?;
        assert!(stopped.finish == Finish::Stopped || stopped.finish == Finish::End);
        assert!(run(&Sampling { temperature: -1.0, ..long }, 1, 9).is_err());
        assert!(run(&Sampling { min_p: f32::NAN, ..long }, 1, 9).is_err());
        assert_eq!(run(&Sampling { max_tokens: 0, ..long }, 5, 999)?.0.tokens, Vec::<u32>::new());
        Ok(())
    }

    /// Prompts with common beginnings and of all lengths.
    fn prompt(seed: u32) -> Vec<u32> {
        let common = (0..seed % 50).map(|i| 40 + i * 3 % 200);
        common.chain((0..seed % 7).map(|i| 30 + (i * seed) % 250)).collect()
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(16))]
        #[test]
        fn texts_that_join_and_leave_get_the_tokens_they_get_alone(
            plan in prop::collection::vec((0u32..1000, 0usize..12, 1usize..60, any::<bool>()), 1..7),
        ) {
            let served = Served::new(&random_base(8)?, &[], None)?;
            let sampling = |max_tokens| Sampling { temperature: 1.2, max_tokens, ..Sampling::default() };
            let rng = |seed: u32| ChaCha8Rng::seed_from_u64(u64::from(seed));
            let mut batch = Batch::new(&served);
            let (mut got, mut written) = (Vec::new(), Vec::new());
            for (i, (seed, steps, max_tokens, leaves)) in plan.iter().enumerate() {
                written.push((batch.join(&prompt(*seed), &sampling(*max_tokens), rng(*seed))?, i));
                for _ in 0..*steps {
                    got.extend(batch.step(&mut |_, _| ControlFlow::Continue(()))?);
                }
                if *leaves {
                    let id = written[i / 2].0;
                    got.extend(batch.leave(id).map(|generated| (id, generated)));
                }
            }
            while !batch.is_empty() {
                got.extend(batch.step(&mut |_, _| ControlFlow::Continue(()))?);
            }
            prop_assert_eq!(got.len(), plan.len());
            for (id, generated) in got {
                let at = written.iter().find(|(other, _)| *other == id).map_or(0, |(_, at)| *at);
                let (seed, _, max_tokens, _) = plan[at];
                let go_on = &mut |_: &str| ControlFlow::Continue(());
                let alone = generate(&served, &prompt(seed), &sampling(max_tokens), &mut rng(seed), go_on)?;
                match generated.finish {
                    Finish::Stopped => prop_assert!(alone.tokens.starts_with(&generated.tokens)),
                    Finish::End | Finish::Length => prop_assert_eq!(generated, alone),
                }
            }
        }
    }

    #[test]
    fn many_are_as_one_by_one() -> Result<()> {
        let served = Served::new(&random_base(8)?, &[], None)?;
        let prompts: Vec<Vec<u32>> = (0..21).map(|i| prompt(i * 37)).collect();
        let sampling = Sampling { max_tokens: 20, ..Sampling::default() };
        let rng = |at: usize| ChaCha8Rng::seed_from_u64(at as u64);
        let many = generate_many(&served, &prompts, &sampling, rng)?;
        for (at, (prompt, many)) in prompts.iter().zip(many).enumerate() {
            let alone = generate(&served, prompt, &sampling, &mut rng(at), &mut |_| ControlFlow::Continue(()))?;
            assert_eq!(many, alone, "prompt {at}");
        }
        Ok(())
    }
}
