//! The local model behind the assistant: merged weights in, a stream of text out. It runs in this process and keeps
//! nothing of a prompt or a draft.

use async_trait::async_trait;
use candor_assist::{ModelInfo, Options, Prompt, Provider, ProviderError};
use candor_ml::generate::{self, Sampling};
use candor_ml::merge::Served;
use rand::SeedableRng;
use rand_chacha::ChaCha12Rng;
use std::{ops::ControlFlow, sync::Arc};
use tokio::sync::{Semaphore, mpsc};

/// Drafts that are written at the same time.
const AT_ONCE: usize = 4;
/// Pieces that wait for the reader.
const WAITING: usize = 32;

/// The local model.
pub struct LocalProvider {
    served: Served,
    info: ModelInfo,
    places: Arc<Semaphore>,
}

impl LocalProvider {
    /// Serves these weights under this name.
    pub fn new(served: Served, info: ModelInfo) -> Self {
        Self { served, info, places: Arc::new(Semaphore::new(AT_ONCE)) }
    }

    fn prompt_tokens(&self, prompt: &Prompt) -> Result<Vec<u32>, ProviderError> {
        // A base model goes on from a text; a blank line parts what is asked from what is written.
        let text = format!("{}\n\n", prompt.text().trim());
        let tokens = self.served.tokenizer().encode(&text).map_err(failed)?;
        let limit = self.served.decoder().context() * 3 / 4;
        if tokens.len() > limit {
            return Err(ProviderError::PromptTooLong { tokens: tokens.len(), limit });
        }
        Ok(tokens)
    }
}

fn failed(error: candor_ml::MlError) -> ProviderError {
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
        let mut rng = match options.seed {
            Some(seed) => ChaCha12Rng::seed_from_u64(seed),
            None => ChaCha12Rng::from_seed(rand::random()),
        };
        let served = self.served.clone();
        let (sender, receiver) = mpsc::channel(WAITING);
        tokio::task::spawn_blocking(move || {
            let mut send = |piece: &str| match sender.blocking_send(Ok(piece.to_owned())) {
                Ok(()) => ControlFlow::Continue(()),
                // The reader has gone.
                Err(_) => ControlFlow::Break(()),
            };
            if let Err(error) = generate::generate(&served, &tokens, &sampling, &mut rng, &mut send) {
                let _ = sender.blocking_send(Err(failed(error)));
            }
            drop(place);
        });
        Ok(receiver)
    }

    fn tokens(&self, text: &str) -> Vec<u32> {
        self.served.tokenizer().encode(text).unwrap_or_default()
    }
}
