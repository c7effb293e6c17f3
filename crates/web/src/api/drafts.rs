//! `POST /api/v1/drafts`: a draft by task, tone and length, behind the same guards as the page; `GET /api/v1/drafts` lists what may be asked
//! for, and who writes it. Neither text nor draft is kept.

use std::{collections::BTreeMap, convert::Infallible};

use axum::{
    Json,
    body::Body,
    extract::{State, rejection::JsonRejection},
    http::header,
    response::{IntoResponse, Response},
};
use candor_assist::{
    Assistant, DraftError, DraftEvent, Finish, ModelInfo, Order, ProviderError, Request, TemplateError,
};
use futures_util::StreamExt as _;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::ToSchema;

use super::{body, key::Key};
use crate::{
    drafts,
    problem::Problem,
    state::{App, AppState},
};

const FORM: &str = "`text` and, if you like, `task`, `tone`, `length`, `member`, `style`, `seed` and `stream`";

/// What is asked for.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct DraftQuestion {
    /// A subject, or a text to work on.
    #[schema(example = "why small teams write down their decisions")]
    text: String,
    /// Key of a template; the first if absent.
    #[serde(default)]
    #[schema(example = "draft")]
    task: Option<String>,
    /// Key of a tone; the first if absent.
    #[serde(default)]
    #[schema(example = "plain")]
    tone: Option<String>,
    /// Key of a length; the first if absent.
    #[serde(default)]
    #[schema(example = "short")]
    length: Option<String>,
    /// The member who asks. Without one only the local model writes.
    #[serde(default)]
    member: Option<String>,
    /// Whether the member's own texts are examples of their style. They are read only where the gate lets them be used.
    #[serde(default)]
    style: bool,
    /// Makes the draft repeatable, where the model can.
    #[serde(default)]
    seed: Option<u64>,
    /// Whether it comes as lines of JSON while it is written.
    #[serde(default)]
    stream: bool,
}

/// A draft.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct DraftAnswer {
    /// The text.
    text: String,
    /// What the guard took out, and how often.
    removed: BTreeMap<&'static str, u64>,
    /// `stop`, `length` or `guard`.
    #[schema(example = "stop")]
    finish: &'static str,
    /// Whether the member's own texts were examples.
    styled: bool,
    /// Who wrote it.
    model: DraftModel,
}

/// Who writes.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct DraftModel {
    /// Its name in `GET /v1/models`.
    id: String,
    /// Where it runs.
    #[schema(example = "this server")]
    runs_at: String,
}

impl From<&ModelInfo> for DraftModel {
    fn from(model: &ModelInfo) -> Self {
        Self { id: model.id.clone(), runs_at: model.runs_at.clone() }
    }
}

fn finish(finish: Finish) -> &'static str {
    match finish {
        Finish::Stop => "stop",
        Finish::Length => "length",
        Finish::Guard => "guard",
    }
}

fn failed(error: &DraftError) -> Problem {
    match error {
        DraftError::Busy | DraftError::Provider(ProviderError::Busy) => Problem::new("busy", error.to_string()),
        DraftError::Options(_) | DraftError::Provider(ProviderError::PromptTooLong { .. }) => {
            Problem::new("malformed", error.to_string())
        }
        DraftError::Provider(ProviderError::Failed(_) | ProviderError::Uncounted)
        | DraftError::NoProvider(_)
        | DraftError::TimeOver => Problem::new("no_draft", error.to_string()),
    }
}

fn refused(error: &TemplateError) -> Problem {
    match error {
        TemplateError::Unknown { .. } => Problem::new("unknown_task", error.to_string()),
        TemplateError::Prompt(_) => Problem::new("malformed", error.to_string()),
        TemplateError::Read { .. } | TemplateError::Form { .. } => Problem::new("no_draft", error.to_string()),
    }
}

fn assistant(app: &AppState) -> Result<&Assistant, Problem> {
    app.assistant.as_deref().ok_or_else(|| Problem::new("no_draft", "there is no model to write with yet"))
}

/// Writes a draft.
#[utoipa::path(
    post, path = "/api/v1/drafts", tag = "drafts", request_body = DraftQuestion,
    responses(
        (status = 200, description = "The draft: one JSON object, or lines of JSON when `stream` is true", body = DraftAnswer,
            content((DraftAnswer = "application/json"), (String = "application/x-ndjson"))),
        (status = 422, description = "No such task, or no text", body = Problem, content_type = "application/problem+json"),
        (status = 429, description = "Too many drafts at once", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "No model, or it failed", body = Problem, content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn post(
    State(app): State<App>,
    _: Key,
    question: Result<Json<DraftQuestion>, JsonRejection>,
) -> Result<Response, Problem> {
    let question = body::read(question, FORM)?;
    let assistant = assistant(&app)?;
    let member = match &question.member {
        Some(member) => Some(body::member(&app, member).await?),
        None => None,
    };
    let (history, now) = (app.store.history(), app.now());
    let task = app.templates.task(question.task.as_deref()).map_err(|error| refused(&error))?.key.clone();
    let (model, route) = drafts::route(assistant, &history, member.as_ref(), &task, now);
    let own_texts = match member.filter(|_| question.style) {
        Some(member) => drafts::own_texts(&app.store, &history, &member, &model, now).await?,
        None => Vec::new(),
    };
    let styled = !own_texts.is_empty();
    let order =
        Order { task: Some(task), tone: question.tone, length: question.length, brief: question.text, own_texts };
    let (prompt, mut options) = app.templates.prompt(&order).map_err(|error| refused(&error))?;
    options.seed = question.seed;
    let draft = assistant.draft(Request { prompt, options, route }).await.map_err(|error| failed(&error))?;
    let model = DraftModel::from(&model);
    if question.stream {
        let head = line(&json!({ "type": "model", "model": model, "styled": styled }));
        let lines = draft.map(|event| line(&told(event)));
        let lines = futures_util::stream::iter([head]).chain(lines).map(Ok::<_, Infallible>);
        let headers = [(header::CONTENT_TYPE, "application/x-ndjson"), (header::CACHE_CONTROL, "no-store")];
        return Ok((headers, [("x-accel-buffering", "no")], Body::from_stream(lines)).into_response());
    }
    let whole = draft.whole().await.map_err(|error| failed(&error))?;
    let removed = whole.removed.iter().map(|(kind, count)| (kind.name(), *count)).collect();
    let answer = DraftAnswer { text: whole.text, removed, finish: finish(whole.finish), styled, model };
    Ok(Json(answer).into_response())
}

/// One event of a draft as JSON.
fn told(event: Result<DraftEvent, DraftError>) -> Value {
    match event {
        Ok(DraftEvent::Text(text)) => json!({ "type": "text", "text": text }),
        Ok(DraftEvent::Removed { kind, count }) => json!({ "type": "removed", "kind": kind.name(), "count": count }),
        Ok(DraftEvent::Done { finish: reason, .. }) => json!({ "type": "done", "finish": finish(reason) }),
        Err(error) => json!({ "type": "error", "problem": failed(&error) }),
    }
}

fn line(value: &Value) -> String {
    format!("{value}\n")
}

/// What may be asked for.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct DraftTemplates {
    tasks: Vec<DraftTask>,
    tones: Vec<DraftManner>,
    lengths: Vec<DraftManner>,
}

/// A task, and who writes it where the gate agrees.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct DraftTask {
    key: String,
    title: String,
    /// Whether tone and length mean something for it.
    shaped: bool,
    /// Whether the member's own texts may be examples.
    styled: bool,
    /// In the order in which they are asked; the local model is last.
    models: Vec<DraftModel>,
}

/// A tone or a length.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct DraftManner {
    key: String,
    title: String,
}

/// Lists tasks, tones and lengths.
#[utoipa::path(get, path = "/api/v1/drafts", tag = "drafts",
    responses((status = 200, description = "What may be asked for", body = DraftTemplates)))]
pub(crate) async fn templates(State(app): State<App>, _: Key) -> Result<Json<DraftTemplates>, Problem> {
    let assistant = assistant(&app)?;
    let manner = |key: &str, title: &str| DraftManner { key: key.to_owned(), title: title.to_owned() };
    let task = |task: &candor_assist::Template| {
        let outside = assistant.outside().into_iter().filter(|model| model.serves(&task.key));
        DraftTask {
            key: task.key.clone(),
            title: task.title.clone(),
            shaped: task.shaped,
            styled: task.styled,
            models: outside.chain([assistant.model()]).map(|model| DraftModel::from(&model)).collect(),
        }
    };
    Ok(Json(DraftTemplates {
        tasks: app.templates.tasks().iter().map(task).collect(),
        tones: app.templates.tones().iter().map(|tone| manner(&tone.key, &tone.title)).collect(),
        lengths: app.templates.lengths().iter().map(|length| manner(&length.key, &length.title)).collect(),
    }))
}
