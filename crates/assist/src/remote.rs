//! A model on somebody else's server that speaks OpenAI's chat completions, or Azure OpenAI's form of them. Personal data of the prompt goes
//! out as stand-ins and comes back as itself; the call is counted before it is made. Nothing of prompt, answer or key is in an error.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use candor_core::RecipientKey;
use candor_redact::Redactor;
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::sync::{Semaphore, mpsc, watch};

use crate::{
    events::Events,
    outgoing::{Answer, Destination, Limits, OutgoingError, post_json},
    prompt::{Message, Options, Prompt, Role},
    provider::{ModelInfo, Provider, ProviderError},
    pseudonym::Pseudonyms,
};

/// Calls of one provider at the same time.
const AT_ONCE: usize = 4;
/// Pieces that wait for the reader.
const WAITING: usize = 32;
/// Bounds of a call in service.
const LIMITS: Limits = Limits { whole: Duration::from_secs(120), silence: Duration::from_secs(30), bytes: 4 << 20 };

/// Which form of the wire a server speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WireForm {
    /// A key in `authorization`, the model in the body.
    OpenAi,
    /// A key in `api-key`, the model in the address.
    Azure,
}

/// A key that is never shown.
#[derive(Clone)]
pub struct Secret(String);

impl Secret {
    /// Wraps a key; white space around it is not its own.
    #[must_use]
    pub fn new(key: &str) -> Self {
        Self(key.trim().to_owned())
    }
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secret")
    }
}

/// One call, as it is counted: never what it says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Call {
    /// Whom it goes to.
    pub recipient: RecipientKey,
    /// Key of the template, or `chat`.
    pub task: String,
    /// How many pieces of personal data were replaced, by kind.
    pub replaced: BTreeMap<&'static str, u64>,
}

/// Counts calls. It answers when the count is durable.
#[async_trait]
pub trait Ledger: Send + Sync {
    /// Counts a call that is about to be made.
    ///
    /// # Errors
    /// When it cannot be counted; the call is not made then. The text is for the operator.
    async fn count(&self, call: &Call) -> Result<(), String>;
}

/// What a server is told and what is told of it.
pub struct RemoteSettings {
    /// What members see, and who it is in the register.
    pub info: ModelInfo,
    /// The address of the chat completions.
    pub to: Destination,
    /// Which form of the wire it speaks.
    pub form: WireForm,
    /// The key, if it asks for one.
    pub key: Option<Secret>,
    /// The model's name there.
    pub model: String,
    /// Name of the field that bounds the answer: newer models of some servers take `max_completion_tokens` alone.
    pub limit_field: String,
}

/// A model on somebody else's server.
pub struct Remote {
    settings: Arc<RemoteSettings>,
    recipient: RecipientKey,
    redactor: watch::Receiver<Arc<Redactor>>,
    ledger: Arc<dyn Ledger>,
    limits: Limits,
    places: Arc<Semaphore>,
}

impl Remote {
    /// A provider at this server, with whatever redactor is the newest. `None` if it is nobody in the register: then nobody could count
    /// what goes there.
    #[must_use]
    pub fn new(
        settings: RemoteSettings,
        redactor: watch::Receiver<Arc<Redactor>>,
        ledger: Arc<dyn Ledger>,
    ) -> Option<Self> {
        let recipient = settings.info.outside.as_ref()?.recipient.clone();
        let places = Arc::new(Semaphore::new(AT_ONCE));
        Some(Self { settings: Arc::new(settings), recipient, redactor, ledger, limits: LIMITS, places })
    }

    /// The same with other bounds.
    #[must_use]
    pub fn with_limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// The messages with stand-ins for personal data.
    async fn disguised(&self, prompt: &Prompt) -> Result<(Vec<Message>, Pseudonyms), ProviderError> {
        let (redactor, messages) = (Arc::clone(&self.redactor.borrow()), prompt.messages().to_vec());
        let search = move || {
            let texts: Vec<&str> = messages.iter().map(|message| message.content.as_str()).collect();
            let (texts, names) = Pseudonyms::replace(&redactor, &texts)?;
            let said = texts.into_iter().zip(&messages);
            Ok((said.map(|(content, message)| Message { role: message.role, content }).collect(), names))
        };
        let found =
            tokio::task::spawn_blocking(search).await.map_err(|_| failed("the prompt could not be searched"))?;
        found.map_err(|error: crate::pseudonym::Unsettled| ProviderError::Failed(error.to_string()))
    }

    fn body(&self, messages: &[Message], options: &Options) -> Vec<u8> {
        let role = |role| match role {
            Role::System => "system",
            Role::User => "user",
            Role::Assistant => "assistant",
        };
        let messages: Vec<Value> =
            messages.iter().map(|m| json!({ "role": role(m.role), "content": m.content })).collect();
        let mut body = json!({
            "messages": messages, "stream": true, "temperature": options.temperature, "top_p": options.top_p,
        });
        body[self.settings.limit_field.as_str()] = json!(options.max_tokens);
        if self.settings.form == WireForm::OpenAi {
            body["model"] = json!(self.settings.model);
        }
        if let Some(seed) = options.seed {
            body["seed"] = json!(seed.cast_signed());
        }
        if !options.stop.is_empty() {
            body["stop"] = json!(options.stop);
        }
        body.to_string().into_bytes()
    }
}

#[async_trait]
impl Provider for Remote {
    fn model(&self) -> ModelInfo {
        self.settings.info.clone()
    }

    async fn generate(
        &self,
        prompt: &Prompt,
        options: &Options,
    ) -> Result<mpsc::Receiver<Result<String, ProviderError>>, ProviderError> {
        let place = Arc::clone(&self.places).try_acquire_owned().map_err(|_| ProviderError::Busy)?;
        let (messages, names) = self.disguised(prompt).await?;
        let body = self.body(&messages, options);
        let call = Call {
            recipient: self.recipient.clone(),
            task: prompt.task().to_owned(),
            replaced: names.counts().clone(),
        };
        // Counted first: a call that was made and not counted must not be.
        self.ledger.count(&call).await.map_err(|_| ProviderError::Uncounted)?;
        let (settings, limits) = (Arc::clone(&self.settings), self.limits);
        let (sender, receiver) = mpsc::channel(WAITING);
        tokio::task::spawn_blocking(move || {
            let mut restorer = names.restorer();
            let read = exchange(&settings, &body, limits, &mut |piece| {
                let text = restorer.push(&piece);
                text.is_empty() && !sender.is_closed() || sender.blocking_send(Ok(text)).is_ok()
            });
            // A reader that has gone needs no end.
            let _ = sender.blocking_send(read.map(|()| restorer.finish()));
            drop(place);
        });
        Ok(receiver)
    }
}

fn failed(words: &str) -> ProviderError {
    ProviderError::Failed(words.to_owned())
}

/// Asks, and hands on what is said until the end or until nobody wants more. Blocks.
fn exchange(
    settings: &RemoteSettings,
    body: &[u8],
    limits: Limits,
    tell: &mut dyn FnMut(String) -> bool,
) -> Result<(), ProviderError> {
    let bearer = settings.key.as_ref().map(|key| format!("Bearer {}", key.0));
    let header = match settings.form {
        WireForm::OpenAi => bearer.as_deref().map(|value| ("authorization", value)),
        WireForm::Azure => settings.key.as_ref().map(|key| ("api-key", key.0.as_str())),
    };
    let mut answer = post_json(&settings.to, header, body, limits).map_err(outgoing)?;
    match answer.status {
        200 => {}
        429 | 503 => return Err(ProviderError::Busy),
        401 | 403 => return Err(failed("its server refuses the key")),
        300..=399 => return Err(failed("its server sends elsewhere, which is not followed")),
        status => return Err(ProviderError::Failed(format!("its server answers {status}"))),
    }
    if answer.content_type == "application/json" {
        let whole = answer.rest().map_err(outgoing)?;
        let said = Said::parse(&whole)?;
        tell(said.text);
        return Ok(());
    }
    streamed(&mut answer, tell)
}

fn outgoing(error: OutgoingError) -> ProviderError {
    // The words name a host at most.
    ProviderError::Failed(error.to_string())
}

fn streamed(answer: &mut Answer, tell: &mut dyn FnMut(String) -> bool) -> Result<(), ProviderError> {
    let mut events = Events::default();
    let mut is_over = false;
    while let Some(line) = answer.line().map_err(outgoing)? {
        let Some(data) = events.line(&line) else { continue };
        if data == b"[DONE]" {
            return Ok(());
        }
        let said = Said::parse(&data)?;
        is_over |= said.is_over;
        if !said.text.is_empty() && !tell(said.text) {
            return Ok(());
        }
    }
    // A stream that breaks off is no draft.
    if is_over { Ok(()) } else { Err(failed("its server stopped in the middle of its answer")) }
}

/// What one message of the server says.
#[derive(Default)]
struct Said {
    text: String,
    is_over: bool,
}

#[derive(Deserialize)]
struct Chunk {
    #[serde(default)]
    choices: Vec<Choice>,
    #[serde(default)]
    error: Option<serde::de::IgnoredAny>,
}

#[derive(Deserialize)]
struct Choice {
    #[serde(default)]
    delta: Option<Content>,
    #[serde(default)]
    message: Option<Content>,
    #[serde(default)]
    finish_reason: Option<String>,
}

#[derive(Deserialize)]
struct Content {
    #[serde(default)]
    content: Option<String>,
}

impl Said {
    fn parse(data: &[u8]) -> Result<Self, ProviderError> {
        let chunk: Chunk = serde_json::from_slice(data).map_err(|_| failed("its server says what is no answer"))?;
        if chunk.error.is_some() {
            return Err(failed("its server tells of an error"));
        }
        // Some servers begin with a message of no choices.
        let Some(choice) = chunk.choices.into_iter().next() else { return Ok(Self::default()) };
        let content = choice.delta.or(choice.message).and_then(|content| content.content);
        Ok(Self { text: content.unwrap_or_default(), is_over: choice.finish_reason.is_some() })
    }
}
