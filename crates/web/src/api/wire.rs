//! What the OpenAI wire's routes share: errors in its form, the key, and the request as it comes.

use axum::{
    Json,
    extract::FromRequestParts,
    http::{StatusCode, header, request::Parts},
    response::{IntoResponse, Response},
};
use candor_assist::{DraftError, Message, Options, Prompt, ProviderError, Role, egress};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::key::Key;
use crate::state::App;

/// An error in the form of the wire.
#[derive(Debug)]
pub(crate) struct WireError {
    status: StatusCode,
    message: String,
    param: Option<&'static str>,
    code: Option<&'static str>,
}

#[derive(Serialize)]
struct ErrorBody<'a> {
    message: &'a str,
    r#type: &'static str,
    param: Option<&'static str>,
    code: Option<&'static str>,
}

impl WireError {
    pub(crate) fn bad(param: Option<&'static str>, message: impl Into<String>) -> Self {
        Self { status: StatusCode::BAD_REQUEST, message: message.into(), param, code: None }
    }

    pub(crate) fn no_model() -> Self {
        let message = "there is no such model; `GET /v1/models` lists what there is".into();
        Self { status: StatusCode::NOT_FOUND, message, param: Some("model"), code: Some("model_not_found") }
    }

    pub(crate) fn not_permitted(why: egress::EgressRefused) -> Self {
        let message = format!("the prompt may not go to this model: {why}");
        Self { status: StatusCode::FORBIDDEN, message, param: Some("user"), code: Some("not_permitted") }
    }

    pub(crate) fn not_ready() -> Self {
        let message = "there is no release to serve yet".into();
        Self { status: StatusCode::SERVICE_UNAVAILABLE, message, param: None, code: Some("model_not_ready") }
    }

    fn kind(&self) -> &'static str {
        match self.status.as_u16() {
            401 => "authentication_error",
            429 => "rate_limit_error",
            400..500 => "invalid_request_error",
            _ => "server_error",
        }
    }

    /// The error as JSON.
    pub(crate) fn json(&self) -> serde_json::Value {
        let body = ErrorBody { message: &self.message, r#type: self.kind(), param: self.param, code: self.code };
        serde_json::json!({ "error": body })
    }
}

impl From<DraftError> for WireError {
    fn from(error: DraftError) -> Self {
        let (status, param, code) = match &error {
            DraftError::Options(_) => (StatusCode::BAD_REQUEST, None, None),
            DraftError::Busy | DraftError::Provider(ProviderError::Busy) => {
                (StatusCode::TOO_MANY_REQUESTS, None, Some("busy"))
            }
            DraftError::Provider(ProviderError::PromptTooLong { .. }) => {
                (StatusCode::BAD_REQUEST, Some("messages"), Some("context_length_exceeded"))
            }
            DraftError::NoProvider(_) => (StatusCode::NOT_FOUND, Some("model"), Some("model_not_found")),
            DraftError::Provider(ProviderError::Failed(_) | ProviderError::Uncounted) | DraftError::TimeOver => {
                (StatusCode::INTERNAL_SERVER_ERROR, None, None)
            }
        };
        Self { status, message: error.to_string(), param, code }
    }
}

impl IntoResponse for WireError {
    fn into_response(self) -> Response {
        let mut response = (self.status, Json(self.json())).into_response();
        if self.status == StatusCode::TOO_MANY_REQUESTS {
            response.headers_mut().insert(header::RETRY_AFTER, header::HeaderValue::from_static("2"));
        }
        response
    }
}

/// A request that may use the wire.
pub(crate) struct WireKey;

impl FromRequestParts<App> for WireKey {
    type Rejection = WireError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, WireError> {
        Key::check(parts, app).map(|_| Self).map_err(|problem| WireError {
            status: StatusCode::UNAUTHORIZED,
            message: problem.detail,
            param: None,
            code: Some("invalid_api_key"),
        })
    }
}

/// A request for a draft. Fields that are not here are ignored, as clients send many.
#[derive(Debug, Deserialize, ToSchema)]
pub(crate) struct ChatRequest {
    pub(crate) model: String,
    messages: Vec<ChatMessage>,
    #[serde(default)]
    pub(crate) stream: bool,
    #[serde(default)]
    pub(crate) stream_options: Option<StreamOptions>,
    #[serde(default)]
    max_tokens: Option<u32>,
    /// The newer name of `max_tokens`; it wins.
    #[serde(default)]
    max_completion_tokens: Option<u32>,
    #[serde(default)]
    temperature: Option<f32>,
    #[serde(default)]
    top_p: Option<f32>,
    #[serde(default)]
    seed: Option<i64>,
    #[serde(default)]
    stop: Option<Stop>,
    /// Only 1.
    #[serde(default)]
    n: Option<u32>,
    /// The member who asks. A model outside of this server needs it: the gate is asked whether their prompt may go there.
    #[serde(default)]
    pub(crate) user: Option<String>,
}

/// What a stream tells beside its text.
#[derive(Debug, Deserialize, ToSchema)]
pub(crate) struct StreamOptions {
    /// Whether a last chunk tells the tokens.
    #[serde(default)]
    pub(crate) include_usage: bool,
}

/// One message.
#[derive(Debug, Deserialize, ToSchema)]
pub(crate) struct ChatMessage {
    /// `system`, `developer`, `user` or `assistant`.
    #[schema(example = "user")]
    role: String,
    content: Content,
}

/// Text, or parts of text.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(untagged)]
enum Content {
    /// Text.
    Text(String),
    /// Parts.
    Parts(Vec<Part>),
}

/// A part of a message.
#[derive(Debug, Deserialize, ToSchema)]
struct Part {
    /// Only `text`.
    #[schema(example = "text")]
    r#type: String,
    text: Option<String>,
}

/// One stop text or several.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(untagged)]
enum Stop {
    /// One.
    One(String),
    /// Several.
    Many(Vec<String>),
}

impl ChatRequest {
    /// The prompt and options of the request.
    pub(crate) fn into_parts(self) -> Result<(Prompt, Options), WireError> {
        if self.n.is_some_and(|n| n != 1) {
            return Err(WireError::bad(Some("n"), "`n` can only be 1"));
        }
        let messages: Result<Vec<Message>, WireError> = self.messages.into_iter().map(message).collect();
        let prompt = Prompt::chat(messages?).map_err(|error| WireError::bad(Some("messages"), error.to_string()))?;
        let default = Options::default();
        let options = Options {
            max_tokens: self.max_completion_tokens.or(self.max_tokens).unwrap_or(default.max_tokens),
            temperature: self.temperature.unwrap_or(default.temperature),
            top_p: self.top_p.unwrap_or(default.top_p),
            seed: self.seed.map(i64::cast_unsigned),
            stop: match self.stop {
                None => Vec::new(),
                Some(Stop::One(stop)) => vec![stop],
                Some(Stop::Many(stops)) => stops,
            },
        };
        let options = options.check().map_err(|error| WireError::bad(None, error.to_string()))?;
        Ok((prompt, options))
    }
}

fn message(message: ChatMessage) -> Result<Message, WireError> {
    let role = match message.role.as_str() {
        "system" | "developer" => Role::System,
        "user" => Role::User,
        "assistant" => Role::Assistant,
        _ => {
            return Err(WireError::bad(
                Some("messages"),
                "a `role` can be `system`, `developer`, `user` or `assistant`",
            ));
        }
    };
    let content = match message.content {
        Content::Text(text) => text,
        Content::Parts(parts) => {
            let text = |part: Part| part.text.filter(|_| part.r#type == "text");
            let texts: Option<Vec<String>> = parts.into_iter().map(text).collect();
            texts.ok_or_else(|| WireError::bad(Some("messages"), "only `text` parts are taken"))?.join("\n")
        }
    };
    Ok(Message { role, content })
}
