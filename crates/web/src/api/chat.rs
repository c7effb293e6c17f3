//! `POST /v1/chat/completions`: drafts for OpenAI clients, whole or streamed, behind the same guard as the page.

use std::convert::Infallible;
use std::sync::atomic::{AtomicU64, Ordering};

use axum::{
    Json,
    body::{Body, Bytes},
    extract::{State, rejection::JsonRejection},
    http::header,
    response::{IntoResponse, Response},
};
use candor_assist::{
    Assistant, DraftError, DraftEvent, DraftStream, Finish, ModelInfo, RemovedKind, Request, Route, egress,
};
use candor_core::MemberId;
use futures_util::{StreamExt as _, stream};
use serde_json::{Value, json};

use super::wire::{ChatRequest, WireError, WireKey};
use crate::state::{App, AppState};

/// Numbers the answers of this process.
static ANSWERS: AtomicU64 = AtomicU64::new(0);

/// What every chunk of one answer says.
#[derive(Clone)]
struct Answer {
    id: String,
    created: i64,
    model: String,
}

/// Writes a draft.
#[utoipa::path(
    post, path = "/v1/chat/completions", tag = "openai",
    request_body = ChatRequest,
    responses(
        (status = 200, description = "The draft: one JSON object, or chunks as server-sent events when `stream` is true",
            content((Value = "application/json"), (String = "text/event-stream"))),
        (status = 400, description = "Not a request", body = Value),
        (status = 403, description = "The gate does not let this member's prompt go to this model", body = Value),
        (status = 404, description = "No such model", body = Value),
        (status = 429, description = "Too many drafts at once", body = Value),
    ),
)]
pub(crate) async fn complete(
    State(app): State<App>,
    _: WireKey,
    body: Result<Json<ChatRequest>, JsonRejection>,
) -> Result<Response, WireError> {
    let Json(request) = body.map_err(|_| WireError::bad(None, "the body is not a chat completion request"))?;
    let assistant = app.assistant.as_ref().ok_or_else(WireError::not_ready)?;
    let (model, route) = routed(&app, assistant, &request)?;
    let (streamed, usage) = (request.stream, request.stream_options.as_ref().is_some_and(|o| o.include_usage));
    let (prompt, options) = request.into_parts()?;
    let draft = assistant.draft(Request { prompt, options, route }).await?;
    let now = app.now();
    let id = format!("chatcmpl-{:x}-{:x}", now.as_microsecond(), ANSWERS.fetch_add(1, Ordering::Relaxed));
    let answer = Answer { id, created: now.as_second(), model: model.id };
    if streamed { Ok(answer.stream(draft, usage)) } else { answer.whole(draft).await }
}

/// The model that is asked for, if this member's prompt may go there.
fn routed(app: &AppState, assistant: &Assistant, request: &ChatRequest) -> Result<(ModelInfo, Route), WireError> {
    let local = assistant.model();
    if request.model == local.id {
        return Ok((local, Route::Local));
    }
    let found = assistant.outside().into_iter().find(|model| model.id == request.model);
    let model = found.ok_or_else(WireError::no_model)?;
    let outside = model.outside.as_ref().ok_or_else(WireError::no_model)?;
    let member = request.user.as_deref().and_then(|user| MemberId::new(user).ok());
    let member =
        member.ok_or_else(|| WireError::bad(Some("user"), "a model outside needs `user`, the member who asks"))?;
    let permit = egress::permit(&app.store.history(), outside, &member, app.now());
    let route = Route::Outside(permit.map_err(WireError::not_permitted)?);
    Ok((model, route))
}

fn reason(finish: Finish) -> &'static str {
    match finish {
        Finish::Stop => "stop",
        Finish::Length => "length",
        Finish::Guard => "content_filter",
    }
}

fn tokens(prompt: u64, completion: u64) -> Value {
    json!({ "prompt_tokens": prompt, "completion_tokens": completion, "total_tokens": prompt + completion })
}

fn removed(kind: RemovedKind, count: u64) -> Value {
    json!({ "kind": kind.name(), "count": count })
}

impl Answer {
    async fn whole(self, draft: DraftStream) -> Result<Response, WireError> {
        let whole = draft.whole().await?;
        let taken: Vec<Value> = whole.removed.iter().map(|(kind, count)| removed(*kind, *count)).collect();
        let message = json!({ "role": "assistant", "content": whole.text, "refusal": null });
        let body = json!({
            "id": self.id, "object": "chat.completion", "created": self.created, "model": self.model,
            "choices": [{ "index": 0, "message": message, "logprobs": null, "finish_reason": reason(whole.finish) }],
            "usage": tokens(whole.prompt_tokens, whole.completion_tokens),
            "candor": { "removed": taken },
        });
        Ok(Json(body).into_response())
    }

    /// Chunks: the role first, then the text, the reason of the end, the tokens if asked for, and `[DONE]`.
    fn stream(self, draft: DraftStream, usage: bool) -> Response {
        let role = self.chunk(json!({ "role": "assistant", "content": "" }), None);
        let events = draft.flat_map(move |event| stream::iter(self.events(event, usage)));
        let body = stream::iter([role]).chain(events).chain(stream::iter([Bytes::from_static(b"data: [DONE]\n\n")]));
        let headers = [(header::CONTENT_TYPE, "text/event-stream"), (header::CACHE_CONTROL, "no-store")];
        let body = Body::from_stream(body.map(Ok::<_, Infallible>));
        (headers, [("x-accel-buffering", "no")], body).into_response()
    }

    fn events(&self, event: Result<DraftEvent, DraftError>, usage: bool) -> Vec<Bytes> {
        match event {
            Ok(DraftEvent::Text(text)) => vec![self.chunk(json!({ "content": text }), None)],
            Ok(DraftEvent::Removed { kind, count }) => {
                let mut body = self.choice(json!({}), None);
                body["candor"] = json!({ "removed": [removed(kind, count)] });
                vec![event_of(&body)]
            }
            Ok(DraftEvent::Done { finish, prompt_tokens, completion_tokens }) => {
                let mut chunks = vec![self.chunk(json!({}), Some(reason(finish)))];
                if usage {
                    let mut body = self.body(json!([]));
                    body["usage"] = tokens(prompt_tokens, completion_tokens);
                    chunks.push(event_of(&body));
                }
                chunks
            }
            Err(error) => vec![event_of(&WireError::from(error).json())],
        }
    }

    fn chunk(&self, delta: Value, finish: Option<&str>) -> Bytes {
        event_of(&self.choice(delta, finish))
    }

    /// A chunk with one choice in it: clients look at the first without asking whether it is there.
    fn choice(&self, delta: Value, finish: Option<&str>) -> Value {
        self.body(json!([{ "index": 0, "delta": delta, "logprobs": null, "finish_reason": finish }]))
    }

    fn body(&self, choices: Value) -> Value {
        json!({
            "id": self.id, "object": "chat.completion.chunk", "created": self.created, "model": self.model,
            "choices": choices,
        })
    }
}

fn event_of(body: &Value) -> Bytes {
    format!("data: {body}\n\n").into()
}
