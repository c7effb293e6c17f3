//! `POST /api/v1/events`: what governs, from the platform and its officers: one event as JSON, or many as lines of JSON.
//! Each event is one commit, whole or not at all, answered with its receipt when it is on the disk; they are written in
//! the order in which they come. `GET /api/v1/events/refused` lists what was not taken, without its content.

use std::future::ready;

use axum::{
    Json,
    body::{Body, Bytes, to_bytes},
    extract::{Request, State},
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
};
use candor_store::Change;
use futures_util::{StreamExt as _, future::Either, stream};
use serde::Serialize;
use utoipa::ToSchema;

use super::{event_line::EventLine, idempotency::IdempotencyKey, key::Key, receipt::ReceiptBody};
use crate::{
    problem::Problem,
    state::{App, AppState},
};

/// Most bytes of a body.
pub(crate) const MAX_BODY_BYTES: usize = 8 << 20;
/// Most events of a body.
const MAX_EVENTS: usize = 10_000;
/// Refused events that are listed.
const MAX_REFUSED: u32 = 1000;
/// Commits that are asked for before the first is answered, so that the store makes them durable together.
const IN_FLIGHT: usize = 256;

/// What became of a body of events.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct EventsReport {
    /// Events that were taken.
    accepted: u64,
    /// Events that were not.
    rejected: u64,
    /// One for each event, in their order.
    events: Vec<EventOutcome>,
}

/// What became of one event: a receipt, or a problem.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct EventOutcome {
    /// Number of its line, from 1.
    line: u64,
    /// What it would have been answered alone.
    status: u16,
    /// Proof that it is in the log.
    #[serde(skip_serializing_if = "Option::is_none")]
    receipt: Option<ReceiptBody>,
    /// Why it is not.
    #[serde(skip_serializing_if = "Option::is_none")]
    problem: Option<Problem>,
}

/// Events that were refused.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct RefusedList {
    refused: Vec<RefusedEvent>,
}

/// A refused event.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct RefusedEvent {
    /// Why; explained on `/problems`.
    #[schema(example = "unknown_member")]
    code: String,
    /// The event's name.
    #[schema(example = "residence_set")]
    kind: String,
    /// When.
    #[schema(format = DateTime)]
    at: String,
}

impl EventOutcome {
    fn of(line: u64, outcome: Result<ReceiptBody, Problem>) -> Self {
        match outcome {
            Ok(receipt) => Self { line, status: 201, receipt: Some(receipt), problem: None },
            Err(problem) => Self { line, status: problem.status, receipt: None, problem: Some(problem) },
        }
    }
}

/// Logs events.
#[utoipa::path(
    post, path = "/api/v1/events", tag = "events",
    request_body(content(
        (String = "application/json"),
        (String = "application/x-ndjson"),
    ), description = "One event: its `type` and fields, and if you like `t_valid` (when the fact holds) and `idempotency_key`; or lines of them, at most 10,000 and 8 MiB"),
    responses(
        (status = 200, description = "Every event of the lines was taken", body = EventsReport),
        (status = 201, description = "The one event was taken", body = ReceiptBody),
        (status = 207, description = "Some events of the lines were not taken", body = EventsReport),
        (status = 404, description = "It is about what is not there", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "The rules do not allow it", body = Problem, content_type = "application/problem+json"),
        (status = 413, description = "Too large", body = Problem, content_type = "application/problem+json"),
        (status = 415, description = "Neither JSON nor lines of it", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "Not an event that may be sent, or no event of the lines was taken", body = Problem, content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn post(
    State(app): State<App>,
    _: Key,
    key: IdempotencyKey,
    request: Request,
) -> Result<Response, Problem> {
    let several = is_lines(request.headers())?;
    let text = text(request.into_body()).await?;
    if several { lines(&app, &key, &text).await } else { one(&app, &key, &text).await }
}

fn is_lines(headers: &HeaderMap) -> Result<bool, Problem> {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    match kind.split(';').next().unwrap_or_default().trim() {
        "application/json" => Ok(false),
        "application/x-ndjson" | "application/jsonl" | "application/x-jsonlines" => Ok(true),
        _ => Err(Problem::new("unsupported_type", "send `application/json`, or lines as `application/x-ndjson`")),
    }
}

async fn text(body: Body) -> Result<Bytes, Problem> {
    let too_large = |_| Problem::new("too_large", format!("a body has at most {MAX_BODY_BYTES} bytes; send several"));
    to_bytes(body, MAX_BODY_BYTES).await.map_err(too_large)
}

fn parse(bytes: &[u8]) -> Result<EventLine, Problem> {
    let text = std::str::from_utf8(bytes).map_err(|_| Problem::new("malformed", "the event is not UTF-8"))?;
    EventLine::parse(text)
}

async fn one(app: &AppState, key: &IdempotencyKey, body: &[u8]) -> Result<Response, Problem> {
    let receipt = log(app, parse(body)?.into_changes(&app.store, app.now(), key, 1)).await?;
    Ok((StatusCode::CREATED, Json(receipt)).into_response())
}

async fn lines(app: &AppState, key: &IdempotencyKey, body: &[u8]) -> Result<Response, Problem> {
    let lines: Vec<(u64, &[u8])> =
        (1..).zip(body.split(|byte| *byte == b'\n')).filter(|(_, line)| !line.trim_ascii().is_empty()).collect();
    if lines.len() > MAX_EVENTS {
        return Err(Problem::new("too_large", format!("a body has at most {MAX_EVENTS} events; send several")));
    }
    let parsed: Vec<(u64, Result<EventLine, Problem>)> =
        lines.into_iter().map(|(line, bytes)| (line, parse(bytes))).collect();
    // Commits are begun in the order of the lines, and the writer takes them in that order.
    let outcomes = stream::iter(parsed).map(|(line, event)| match event {
        Err(problem) => Either::Left(ready(EventOutcome::of(line, Err(problem)))),
        Ok(event) => {
            let changes = event.into_changes(&app.store, app.now(), key, line);
            Either::Right(async move { EventOutcome::of(line, log(app, changes).await) })
        }
    });
    let events: Vec<EventOutcome> = outcomes.buffered(IN_FLIGHT).collect().await;
    let rejected = events.iter().filter(|event| event.problem.is_some()).count() as u64;
    let accepted = events.len() as u64 - rejected;
    let status = match (accepted, rejected) {
        (_, 0) => StatusCode::OK,
        (0, _) => StatusCode::UNPROCESSABLE_ENTITY,
        _ => StatusCode::MULTI_STATUS,
    };
    Ok((status, Json(EventsReport { accepted, rejected, events })).into_response())
}

/// What was refused last: its code, kind and time, never its content.
#[utoipa::path(
    get, path = "/api/v1/events/refused", tag = "events",
    responses((status = 200, description = "The newest first, at most 1,000", body = RefusedList)),
)]
pub(crate) async fn refused(State(app): State<App>, _: Key) -> Result<Json<RefusedList>, Problem> {
    let refused = app.store.refused(MAX_REFUSED).await?;
    let row = |one: candor_store::Refused| RefusedEvent { code: one.code, kind: one.kind, at: one.t.to_string() };
    Ok(Json(RefusedList { refused: refused.into_iter().map(row).collect() }))
}

async fn log(app: &AppState, changes: Vec<Change>) -> Result<ReceiptBody, Problem> {
    let committed = app.store.commit(app.now(), changes).await?;
    let receipt = committed.receipts.into_iter().next();
    receipt.map(ReceiptBody::from).ok_or_else(|| Problem::new("unavailable", "the store gave no receipt; ask for it"))
}
