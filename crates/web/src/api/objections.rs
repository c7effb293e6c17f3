//! Objections by API: a member's, and the steps of a case. Deadlines and what is overdue are in every answer.

use axum::{
    Json,
    extract::{Path, Query, State, rejection::JsonRejection},
    http::StatusCode,
    response::{IntoResponse, Response},
};
use candor_core::{ObjectionId, PurposeKey, objection::CaseState};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::{body, idempotency::IdempotencyKey, key::Key, receipt::ReceiptBody};
use crate::{
    objections::{self, CaseView, Filing, MAX_REASON_BYTES, Step},
    problem::Problem,
    state::{App, AppState},
};

/// Cases that one answer holds.
const LISTED: usize = 1000;
/// Purposes that one objection names.
const MAX_PURPOSES: usize = 50;

/// A case as it stands.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ObjectionAnswer {
    /// Its reference.
    #[schema(example = "OBJ-7F3KQ-2M8TW")]
    objection: String,
    member: String,
    purposes: Vec<String>,
    /// `filed`, `needs_identity`, `open`, `upheld`, `refused`, `appealed`, `refused_final`, `withdrawn` or `expired`.
    #[schema(value_type = String, example = "filed")]
    state: CaseState,
    /// When it, or its appeal, was received.
    #[schema(format = DateTime)]
    received: String,
    /// The last day on which the answer is in time.
    #[schema(format = Date)]
    due: String,
    /// Why two more months were taken; absent if they were not.
    #[serde(skip_serializing_if = "Option::is_none")]
    extension: Option<String>,
    /// Whether it keeps the member's data out now.
    restricted: bool,
    /// Whether an answer is awaited and its last day is over.
    overdue: bool,
    /// What happened, oldest first.
    steps: Vec<ObjectionStep>,
    /// Proof of the step that was just taken; absent in reads.
    #[serde(skip_serializing_if = "Option::is_none")]
    receipt: Option<ReceiptBody>,
}

/// One step of a case.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ObjectionStep {
    /// Entry of the log.
    log_entry: u64,
    /// When.
    #[schema(format = DateTime)]
    at: String,
    /// The event.
    #[schema(example = "objection_filed")]
    event: &'static str,
}

/// Several cases.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ObjectionList {
    /// Those that await an answer first, by the day on which it is due; at most 1,000.
    objections: Vec<ObjectionAnswer>,
    /// How many await an answer.
    pending: u64,
    /// How many of them are overdue.
    overdue: u64,
}

impl From<CaseView> for ObjectionAnswer {
    fn from(case: CaseView) -> Self {
        Self {
            objection: case.objection.to_string(),
            member: case.member.to_string(),
            purposes: case.purposes.iter().map(ToString::to_string).collect(),
            state: case.state,
            received: case.received.to_string(),
            due: case.due.to_string(),
            extension: case.extension,
            restricted: case.restricted,
            overdue: case.overdue,
            steps: case
                .steps
                .into_iter()
                .map(|(seq, at, event)| ObjectionStep { log_entry: seq.0, at: at.to_string(), event })
                .collect(),
            receipt: None,
        }
    }
}

/// What is filed.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ObjectionBody {
    /// Purposes it is against, at least one.
    #[schema(value_type = Vec<String>)]
    purposes: Vec<PurposeKey>,
    /// The platform's own reference; one is made if absent.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    objection: Option<ObjectionId>,
    /// Whether there is reasonable doubt who sent it. It restricts all the same.
    #[serde(default)]
    needs_identity: bool,
}

/// What a step needs.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct StepBody {
    /// Why, for `extend`; the member can read it.
    #[serde(default)]
    reason: Option<String>,
}

/// Which cases.
#[derive(Debug, Deserialize, IntoParams)]
pub(crate) struct Which {
    /// `pending`, `overdue`, or all if absent.
    state: Option<String>,
}

/// Files an objection. It restricts from its receipt on; no reason is asked for.
#[utoipa::path(
    post, path = "/api/v1/members/{member}/objections", tag = "objections",
    params(("member" = String, Path, description = "The member's identifier")),
    request_body = ObjectionBody,
    responses(
        (status = 201, description = "The case, durable", body = ObjectionAnswer),
        (status = 404, description = "No such member or purpose", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "The reference is taken", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "Not an objection", body = Problem, content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn file(
    State(app): State<App>,
    _: Key,
    Path(member): Path<String>,
    key: IdempotencyKey,
    body: Result<Json<ObjectionBody>, JsonRejection>,
) -> Result<Response, Problem> {
    let member = body::member(&app, &member).await?;
    let body = body::read(body, "`purposes` and, if you like, `objection` and `needs_identity`")?;
    if body.purposes.is_empty() || body.purposes.len() > MAX_PURPOSES {
        return Err(Problem::new("no_purposes", format!("name 1 to {MAX_PURPOSES} purposes that it is against")));
    }
    let filing = Filing {
        reference: body.objection,
        purposes: body.purposes,
        needs_identity: body.needs_identity,
        key: key.of("objection"),
    };
    let (objection, receipt) = objections::file(&app.store, app.now(), &member, filing).await?;
    let mut answer = answer(&app, &objection)?;
    answer.receipt = Some(receipt.into());
    Ok((StatusCode::CREATED, Json(answer)).into_response())
}

/// A member's objections.
#[utoipa::path(
    get, path = "/api/v1/members/{member}/objections", tag = "objections",
    params(("member" = String, Path, description = "The member's identifier")),
    responses(
        (status = 200, description = "The cases, the newest first", body = ObjectionList),
        (status = 404, description = "No such member", body = Problem, content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn of_member(
    State(app): State<App>,
    _: Key,
    Path(member): Path<String>,
) -> Result<Json<ObjectionList>, Problem> {
    let member = body::member(&app, &member).await?;
    Ok(Json(list(objections::cases_of(&app.store.history(), &member, app.now()))))
}

/// All objections: the queue.
#[utoipa::path(
    get, path = "/api/v1/objections", tag = "objections", params(Which),
    responses((status = 200, description = "The cases, by the day on which the answer is due", body = ObjectionList)),
)]
pub(crate) async fn queue(
    State(app): State<App>,
    _: Key,
    Query(which): Query<Which>,
) -> Result<Json<ObjectionList>, Problem> {
    let mut cases = objections::queue(&app.store.history(), app.now());
    match which.state.as_deref() {
        None => {}
        Some("pending") => cases.retain(|case| case.state.is_pending()),
        Some("overdue") => cases.retain(|case| case.overdue),
        Some(_) => return Err(Problem::new("malformed", "`state` is `pending` or `overdue`, or absent for all")),
    }
    Ok(Json(list(cases)))
}

/// Carries a case on.
#[utoipa::path(
    post, path = "/api/v1/objections/{objection}/{step}", tag = "objections",
    params(
        ("objection" = String, Path, description = "The case's reference"),
        ("step" = String, Path, description = "`verify-identity`, `review`, `extend`, `uphold`, `refuse`, `withdraw` or `appeal`"),
    ),
    request_body(content = Option<StepBody>, description = "Only `extend` needs one: its `reason`"),
    responses(
        (status = 200, description = "The case after the step", body = ObjectionAnswer),
        (status = 404, description = "No such objection or step", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "The step does not fit the case", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "No reason is given", body = Problem, content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn step(
    State(app): State<App>,
    _: Key,
    Path((objection, step)): Path<(String, String)>,
    key: IdempotencyKey,
    body: axum::body::Bytes,
) -> Result<Json<ObjectionAnswer>, Problem> {
    let absent = || Problem::new("unknown_objection", "there is no such objection, or no such step of one");
    let objection = ObjectionId::new(objection).map_err(|_| absent())?;
    let body: StepBody = if body.trim_ascii().is_empty() {
        StepBody::default()
    } else {
        serde_json::from_slice(&body).map_err(|_| Problem::new("malformed", "send nothing, or JSON with a `reason`"))?
    };
    if body.reason.as_ref().is_some_and(|reason| reason.len() > MAX_REASON_BYTES) {
        return Err(Problem::new("too_large", format!("a reason has at most {MAX_REASON_BYTES} bytes")));
    }
    let step = Step::named(&step, body.reason).ok_or_else(absent)?;
    let key = key.of(&format!("objection:{objection}"));
    let receipt = objections::take(&app.store, app.now(), &objection, step, key).await?;
    let mut answer = answer(&app, &objection)?;
    answer.receipt = Some(receipt.into());
    Ok(Json(answer))
}

fn answer(app: &AppState, objection: &ObjectionId) -> Result<ObjectionAnswer, Problem> {
    let case = objections::case(&app.store.history(), objection, app.now());
    case.map(Into::into).ok_or_else(|| Problem::new("unknown_objection", "the case is gone: its member was erased"))
}

fn list(cases: Vec<CaseView>) -> ObjectionList {
    let count = |wanted: fn(&CaseView) -> bool| cases.iter().filter(|case| wanted(case)).count() as u64;
    ObjectionList {
        pending: count(|case| case.state.is_pending()),
        overdue: count(|case| case.overdue),
        objections: cases.into_iter().take(LISTED).map(Into::into).collect(),
    }
}
