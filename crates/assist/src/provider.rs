//! The seam between the assistant and whatever generates text. A provider is given a checked prompt and streams pieces;
//! it never sees the guard and never decides what may be let out.

use async_trait::async_trait;
use tokio::sync::mpsc;

use crate::{
    egress::Outside,
    prompt::{Options, Prompt},
};

/// What members are told of a model before they use it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModelInfo {
    /// Identifier in the API.
    pub id: String,
    /// Name on pages.
    pub name: String,
    /// Where it runs, in words: `this server`, or a company and its country.
    pub runs_at: String,
    /// The release whose adapters it serves, if any.
    pub release: Option<String>,
    /// When it was made, in seconds since 1970.
    pub created: i64,
    /// Who it is in the register, when it is not this server.
    pub outside: Option<Outside>,
    /// Keys of the templates that it serves; all if empty.
    pub tasks: Vec<String>,
}

impl ModelInfo {
    /// Whether it serves a template.
    #[must_use]
    pub fn serves(&self, task: &str) -> bool {
        self.tasks.is_empty() || self.tasks.iter().any(|key| key == task)
    }
}

/// Why nothing more comes from a provider. Never holds text of a prompt or a draft.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ProviderError {
    /// It works on as much as it can.
    #[error("the model is busy; try again in a few seconds")]
    Busy,
    /// Prompt and draft together do not fit the model.
    #[error("the prompt has {tokens} tokens; the model takes at most {limit}, shorten it")]
    PromptTooLong {
        /// Tokens of the prompt.
        tokens: usize,
        /// Most tokens of a prompt.
        limit: usize,
    },
    /// It failed.
    #[error("the model failed ({0}); try again")]
    Failed(String),
    /// The call could not be counted, and so was not made.
    #[error("the call could not be counted, so nothing was sent; try again")]
    Uncounted,
}

/// Generates text.
#[async_trait]
pub trait Provider: Send + Sync {
    /// What it is and where it runs.
    fn model(&self) -> ModelInfo;

    /// Starts to generate: pieces of text in order, each of one token or a few, until the end of the text or
    /// `max_tokens`. The provider stops when the receiver is dropped.
    ///
    /// # Errors
    /// When it does not start.
    async fn generate(
        &self,
        prompt: &Prompt,
        options: &Options,
    ) -> Result<mpsc::Receiver<Result<String, ProviderError>>, ProviderError>;
}
