//! `/api/v1/members/{member}/choices/{purpose}`: a member's setting, for the platform's own pages. A change is answered
//! after it is on the disk, with its receipt.

use axum::{
    Json,
    extract::{Path, State, rejection::JsonRejection},
    http::StatusCode,
    response::{IntoResponse, Response},
};
use candor_core::{Actor, ChoiceValue, MemberId, PurposeKey, Scope, rule::Mechanism};
use candor_store::{Acknowledgment, Receipt, StoreError};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{
    body,
    idempotency::IdempotencyKey,
    key::Key,
    receipt::{JournalReceiptBody, ReceiptBody},
};
use crate::{
    choices::{self, Wanted},
    problem::Problem,
    state::{App, AppState},
};

/// A setting as it stands.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ChoiceAnswer {
    member: String,
    purpose: String,
    /// `on` or `off`, as chosen or as it holds without a choice.
    #[schema(value_type = String, example = "off")]
    value: ChoiceValue,
    /// How far it reaches.
    #[schema(value_type = String, example = "future_use")]
    scope: Scope,
    /// Since when; absent without a choice.
    since: Option<String>,
    /// Entry of the log; absent without a choice.
    log_entry: Option<u64>,
    /// Whether nothing was ever chosen.
    default: bool,
    /// Name of the rule row in force.
    rule: String,
    /// `open`, `paused`, `excluded` or `unknown`: what the rules say of where the member lives.
    #[schema(value_type = String, example = "open")]
    region_status: candor_store::RegionStatus,
    /// Proof that the choice is in the log; absent without a choice.
    receipt: Option<ReceiptBody>,
}

/// A choice that is wanted.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ChoiceBody {
    /// `on` or `off`.
    #[schema(value_type = String, example = "off")]
    value: ChoiceValue,
    /// `future_use`, `future_records` or `retract` for off, `from_now` or `include_past` for on; the rule book's default
    /// if absent.
    #[serde(default)]
    #[schema(value_type = Option<String>, example = "retract")]
    scope: Option<Scope>,
    /// `member` if absent; `guardian` and `signal` may only restrict.
    #[serde(default)]
    #[schema(value_type = Option<String>, example = "member")]
    actor: Actor,
}

/// Tells a member's setting.
#[utoipa::path(
    get, path = "/api/v1/members/{member}/choices/{purpose}", tag = "choices",
    params(("member" = String, Path, description = "The member's identifier"), ("purpose" = String, Path, example = "generative_training")),
    responses(
        (status = 200, description = "The setting", body = ChoiceAnswer),
        (status = 404, description = "No such member or purpose", body = Problem, content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn get(
    State(app): State<App>,
    _: Key,
    Path((member, purpose)): Path<(String, String)>,
) -> Result<Json<ChoiceAnswer>, Problem> {
    let (member, purpose) = known(&app, &member, &purpose).await?;
    Ok(Json(answer(&app, &member, &purpose, None).await?))
}

/// Sets it. Answered after it is durable; setting what stands already answers its receipt.
#[utoipa::path(
    put, path = "/api/v1/members/{member}/choices/{purpose}", tag = "choices",
    params(("member" = String, Path, description = "The member's identifier"), ("purpose" = String, Path, example = "generative_training")),
    request_body = ChoiceBody,
    responses(
        (status = 200, description = "The setting as it stands after the commit", body = ChoiceAnswer),
        (status = 202, description = "The disk is full: turning off is kept in the emergency journal, holds, and is logged when there is room", body = JournalReceiptBody),
        (status = 404, description = "No such member or purpose", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "The rules do not allow it", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "Not a choice", body = Problem, content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn put(
    State(app): State<App>,
    _: Key,
    Path((member, purpose)): Path<(String, String)>,
    key: IdempotencyKey,
    body: Result<Json<ChoiceBody>, JsonRejection>,
) -> Result<Response, Problem> {
    let (member, purpose) = known(&app, &member, &purpose).await?;
    let body = body::read(body, "`value` (`on` or `off`) and, if you like, `scope` and `actor`")?;
    let scope = body.scope.unwrap_or_else(|| match body.value {
        ChoiceValue::On => Scope::FromNow,
        ChoiceValue::Off => app.store.choice(&member, &purpose, app.now()).off_scope,
    });
    if scope.value() != body.value {
        let detail = "the scope does not belong to the value; leave it out to take the default";
        return Err(Problem::new("scope_of_other_value", detail));
    }
    let wanted = Wanted { value: body.value, scope, actor: body.actor };
    let key = key.of("choice");
    let taken = choices::acknowledge(&app.store, app.now(), &member, &purpose, wanted, key.as_deref()).await?;
    match taken {
        Acknowledgment::Logged(receipt) => {
            Ok(Json(answer(&app, &member, &purpose, Some(receipt)).await?).into_response())
        }
        Acknowledgment::Journaled(receipt) => {
            Ok((StatusCode::ACCEPTED, Json(JournalReceiptBody::from(receipt))).into_response())
        }
    }
}

/// The member and the purpose of an address, if there are such and the purpose has a switch.
async fn known(app: &AppState, member: &str, purpose: &str) -> Result<(MemberId, PurposeKey), Problem> {
    let absent = || Problem::new("unknown_purpose", "there is no such purpose in the rule book");
    let member = body::member(app, member).await?;
    let purpose = PurposeKey::new(purpose).map_err(|_| absent())?;
    let history = app.store.history();
    if history.book().purpose(&purpose).is_none() {
        return Err(absent());
    }
    let mut rules = history.book().rules.iter().filter(|rule| rule.purposes.contains(&purpose)).peekable();
    if rules.peek().is_some() && rules.all(|rule| rule.mechanism == Mechanism::Necessary) {
        let detail = "this purpose has no switch; only an objection stops it";
        return Err(Problem::new("no_switch", detail));
    }
    Ok((member, purpose))
}

/// The setting as it stands, with the receipt that the call got or else that of the choice.
async fn answer(
    app: &AppState,
    member: &MemberId,
    purpose: &PurposeKey,
    receipt: Option<Receipt>,
) -> Result<ChoiceAnswer, StoreError> {
    let choice = app.store.choice(member, purpose, app.now());
    let receipt = match (receipt, choice.seq) {
        (Some(receipt), _) => Some(receipt.into()),
        (None, Some(seq)) => Some(choices::receipt(&app.store, seq).await?.into()),
        (None, None) => None,
    };
    Ok(ChoiceAnswer {
        member: member.to_string(),
        purpose: purpose.to_string(),
        value: choice.value,
        scope: choice.scope,
        since: choice.since.map(|since| since.to_string()),
        log_entry: choice.seq.map(|seq| seq.0),
        default: choice.default,
        rule: choice.rule,
        region_status: choice.region_status,
        receipt,
    })
}
