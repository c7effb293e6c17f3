//! `POST /api/v1/gate/check`: why a record may or may not be used, with every reason. A dry run; nothing is kept.

use axum::{
    Json,
    extract::{State, rejection::JsonRejection},
    http::StatusCode,
};
use candor_core::{PurposeKey, Query, RecipientKey, RecordFacts, RecordId, decide_record};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::key::Key;
use crate::{error::Problem, state::App};

/// A question to the gate.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct GateQuestion {
    /// The record's identifier.
    #[schema(value_type = String)]
    record: RecordId,
    /// The purpose's key.
    #[schema(value_type = String, example = "generative_training")]
    purpose: PurposeKey,
    /// The recipient's key; `self` if absent.
    #[serde(default = "RecipientKey::own")]
    #[schema(value_type = Option<String>, example = "self")]
    recipient: RecipientKey,
}

/// The gate's answer.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct GateAnswer {
    record: String,
    purpose: String,
    recipient: String,
    /// `allow`, `allow_redact` or `deny`.
    #[schema(example = "deny")]
    decision: &'static str,
    /// Code of the reason of highest precedence; absent if it may be used.
    primary: Option<&'static str>,
    /// Every reason, in order of precedence.
    reasons: Vec<GateReason>,
    /// Entry of the log as of which it was decided.
    as_of: u64,
}

/// A reason.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct GateReason {
    /// Its code.
    #[schema(example = "choice_off")]
    code: &'static str,
    /// The same in words.
    words: &'static str,
}

/// Decides about one record as of now.
#[utoipa::path(
    post, path = "/api/v1/gate/check", tag = "gate",
    request_body = GateQuestion,
    responses(
        (status = 200, description = "The decision", body = GateAnswer),
        (status = 404, description = "No such record", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "Not a question", body = Problem, content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn check(
    State(app): State<App>,
    _: Key,
    question: Result<Json<GateQuestion>, JsonRejection>,
) -> Result<Json<GateAnswer>, Problem> {
    let Json(question) = question.map_err(|rejection| {
        let status = match rejection.status() {
            StatusCode::BAD_REQUEST => StatusCode::UNPROCESSABLE_ENTITY,
            other => other,
        };
        Problem::new(status, "send JSON with `record`, `purpose` and, if you like, `recipient`")
    })?;
    let record = app.store.record(&question.record).await?;
    let record = record.ok_or_else(|| Problem::new(StatusCode::NOT_FOUND, "there is no such record"))?;
    let history = app.store.history();
    let query =
        Query { purpose: question.purpose, recipient: question.recipient, at: app.now(), as_of: history.last() };
    let decision = decide_record(&history, &RecordFacts::from(&record), &query);
    Ok(Json(GateAnswer {
        record: record.id.to_string(),
        purpose: query.purpose.to_string(),
        recipient: query.recipient.to_string(),
        decision: decision.name(),
        primary: decision.primary().map(candor_core::Reason::code),
        reasons: decision.mask.iter().map(|reason| GateReason { code: reason.code(), words: reason.words() }).collect(),
        as_of: query.as_of.0,
    }))
}
