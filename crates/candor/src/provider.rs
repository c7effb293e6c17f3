//! The local model behind the assistant: merged weights in, streams of text out. One thread of this process writes all drafts
//! together, a token of each at a time; it keeps nothing of a prompt or a draft.

use async_trait::async_trait;
use candor_assist::{ModelInfo, Options, Prompt, Provider, ProviderError};
use candor_ml::generate::{Batch, Sampling, StreamId};
use candor_ml::merge::Served;
use rand::SeedableRng;
use rand_chacha::ChaCha12Rng;
use std::{collections::BTreeMap, ops::ControlFlow, sync::Arc, thread};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc};

/// Drafts that are written at the same time; each has a cache of its own.
const AT_ONCE: usize = 8;

/// The local model.
pub struct LocalProvider {
    served: Served,
    info: ModelInfo,
    places: Arc<Semaphore>,
    /// To the thread that writes; it ends when the provider is dropped and its last draft has ended.
    drafts: mpsc::Sender<Draft>,
}

/// One draft for the thread that writes.
struct Draft {
    tokens: Vec<u32>,
    sampling: Sampling,
    rng: ChaCha12Rng,
    pieces: Pieces,
}

/// Where its pieces go. The channel has room for all of them, so that a slow reader holds up nobody.
struct Pieces {
    sender: mpsc::Sender<Result<String, ProviderError>>,
    _place: OwnedSemaphorePermit,
}

impl LocalProvider {
    /// Serves these weights under this name.
    ///
    /// # Errors
    /// When the system gives no thread.
    pub fn new(served: Served, info: ModelInfo) -> std::io::Result<Self> {
        let (drafts, queue) = mpsc::channel(AT_ONCE);
        let weights = served.clone();
        thread::Builder::new().name("drafts".into()).spawn(move || write(&weights, queue))?;
        Ok(Self { served, info, places: Arc::new(Semaphore::new(AT_ONCE)), drafts })
    }

    /// The tokens of the richest opening that fits: examples are left out before the member's words are refused.
    fn prompt_tokens(&self, prompt: &Prompt) -> Result<Vec<u32>, ProviderError> {
        let limit = self.served.decoder().context() * 3 / 4;
        let mut shortest = 0;
        for opening in prompt.openings() {
            let tokens = self.served.tokenizer().encode(opening).map_err(failed)?;
            if tokens.len() <= limit {
                return Ok(tokens);
            }
            shortest = tokens.len();
        }
        Err(ProviderError::PromptTooLong { tokens: shortest, limit })
    }
}

fn failed(error: impl std::fmt::Display) -> ProviderError {
    ProviderError::Failed(error.to_string())
}

#[async_trait]
impl Provider for LocalProvider {
    fn model(&self) -> ModelInfo {
        self.info.clone()
    }

    async fn generate(
        &self,
        prompt: &Prompt,
        options: &Options,
    ) -> Result<mpsc::Receiver<Result<String, ProviderError>>, ProviderError> {
        let tokens = self.prompt_tokens(prompt)?;
        let place = Arc::clone(&self.places).try_acquire_owned().map_err(|_| ProviderError::Busy)?;
        let sampling = Sampling {
            temperature: options.temperature,
            top_p: options.top_p,
            max_tokens: options.max_tokens as usize,
            ..Sampling::default()
        };
        let rng = match options.seed {
            Some(seed) => ChaCha12Rng::seed_from_u64(seed),
            None => ChaCha12Rng::from_seed(rand::random()),
        };
        let (sender, receiver) = mpsc::channel(sampling.max_tokens + 1);
        let draft = Draft { tokens, sampling, rng, pieces: Pieces { sender, _place: place } };
        // As many places as there is room in the queue: it is never full.
        self.drafts.try_send(draft).map_err(|_| ProviderError::Failed("the thread that writes has ended".into()))?;
        Ok(receiver)
    }
}

/// Writes drafts until no more can come: takes in those that wait, then writes a token of each.
fn write(served: &Served, mut queue: mpsc::Receiver<Draft>) {
    let mut batch = Batch::new(served);
    let mut readers: BTreeMap<StreamId, Pieces> = BTreeMap::new();
    loop {
        let next = if batch.is_empty() { queue.blocking_recv() } else { queue.try_recv().ok() };
        match next {
            Some(Draft { tokens, sampling, rng, pieces }) => match batch.join(&tokens, &sampling, rng) {
                Ok(id) => drop(readers.insert(id, pieces)),
                Err(error) => drop(pieces.sender.try_send(Err(failed(error)))),
            },
            None if batch.is_empty() => return,
            None => step(&mut batch, &mut readers),
        }
    }
}

/// Writes a token of each draft. A draft whose reader has gone ends; an error ends them all.
fn step(batch: &mut Batch<'_, ChaCha12Rng>, readers: &mut BTreeMap<StreamId, Pieces>) {
    let gone: Vec<StreamId> = readers.iter().filter(|(_, to)| to.sender.is_closed()).map(|(id, _)| *id).collect();
    for id in gone {
        batch.leave(id);
        readers.remove(&id);
    }
    let written =
        batch.step(&mut |id, piece| match readers.get(&id).map(|to| to.sender.try_send(Ok(piece.to_owned()))) {
            Some(Ok(())) => ControlFlow::Continue(()),
            Some(Err(_)) | None => ControlFlow::Break(()),
        });
    match written {
        Ok(ended) => ended.iter().for_each(|(id, _)| drop(readers.remove(id))),
        Err(error) => {
            for (id, to) in std::mem::take(readers) {
                batch.leave(id);
                let _ = to.sender.try_send(Err(failed(&error)));
            }
        }
    }
}
