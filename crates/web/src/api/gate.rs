//! `POST /api/v1/gate/check`: why a record may or may not be used, with every reason, now or at another time, as of now or
//! of an earlier entry, and the rows that were looked at with their sources. A dry run; nothing is kept.

use axum::{
    Json,
    extract::{State, rejection::JsonRejection},
    http::HeaderValue,
    response::{IntoResponse, Response},
};
use candor_core::{
    PurposeKey, Query, RecipientKey, RecordFacts, RecordId, Seq,
    explain::{Ground, Source, explain},
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{body, index::LOG_INDEX, key::Key};
use crate::{problem::Problem, state::App};

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
    /// When it would be used (RFC 3339); now if absent.
    #[serde(default)]
    #[schema(value_type = Option<String>, format = DateTime)]
    at: Option<Timestamp>,
    /// Entry of the log as of which it is decided; the last one if absent.
    #[serde(default)]
    as_of: Option<u64>,
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
    /// The rules that were in force for the question.
    rules: Vec<GateSource>,
    /// The policy versions in force that tell of it.
    policies: Vec<GateSource>,
    /// When it would be used.
    #[schema(format = DateTime)]
    at: String,
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
    /// The rows behind it; empty where only the record's or the member's own facts count.
    sources: Vec<GateSource>,
}

/// A row that was looked at.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct GateSource {
    /// Which row.
    #[schema(example = "rule `on by default` (open)")]
    row: String,
    /// Where it comes from.
    source: String,
}

impl From<Source> for GateSource {
    fn from(Source { row, source }: Source) -> Self {
        Self { row, source }
    }
}

impl From<Ground> for GateReason {
    fn from(ground: Ground) -> Self {
        Self { code: ground.code, words: ground.words, sources: ground.sources.into_iter().map(Into::into).collect() }
    }
}

/// Decides about one record.
#[utoipa::path(
    post, path = "/api/v1/gate/check", tag = "gate",
    request_body = GateQuestion,
    responses(
        (status = 200, description = "The decision", body = GateAnswer),
        (status = 404, description = "No such record", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "`as_of` is not in the log yet", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "Not a question", body = Problem, content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn check(
    State(app): State<App>,
    _: Key,
    question: Result<Json<GateQuestion>, JsonRejection>,
) -> Result<Response, Problem> {
    let question = body::read(question, "`record`, `purpose` and, if you like, `recipient`, `at` and `as_of`")?;
    let record = app.store.record(&question.record).await?;
    let record = record.ok_or_else(|| Problem::new("unknown_record", "there is no such record; it may be erased"))?;
    // The head is read first: the history then holds all of it.
    let last = app.store.head().seq;
    let history = app.store.history();
    let as_of = question.as_of.map_or(last, Seq);
    if as_of > last {
        return Err(Problem::new("behind", format!("the log ends at {last}; ask as of an entry that is there")));
    }
    let today = Query::present(&history, question.purpose, question.recipient, app.now());
    let query = Query { at: question.at.unwrap_or(today.at), as_of, ..today };
    let explanation = explain(&history, &RecordFacts::from(&record), &query);
    let answer = Json(GateAnswer {
        record: record.id.to_string(),
        purpose: query.purpose.to_string(),
        recipient: query.recipient.to_string(),
        decision: explanation.decision,
        primary: explanation.primary,
        reasons: explanation.grounds.into_iter().map(Into::into).collect(),
        rules: explanation.rules.into_iter().map(Into::into).collect(),
        policies: explanation.policies.into_iter().map(Into::into).collect(),
        at: query.at.to_string(),
        as_of: as_of.0,
    });
    Ok(([(LOG_INDEX, HeaderValue::from(last.0))], answer).into_response())
}
