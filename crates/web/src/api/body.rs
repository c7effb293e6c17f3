//! JSON bodies, and why one is not taken. Never quotes what was sent.

use axum::{Json, extract::rejection::JsonRejection};
use candor_core::{MemberId, Seq};

use crate::{problem::Problem, state::AppState};

/// The body, or a problem that says what to send.
pub(crate) fn read<T>(body: Result<Json<T>, JsonRejection>, form: &'static str) -> Result<T, Problem> {
    body.map(|Json(body)| body).map_err(|rejection| match rejection.status().as_u16() {
        413 => Problem::new("too_large", "the body is larger than this route takes"),
        415 => Problem::new("unsupported_type", format!("send `application/json`: {form}")),
        _ => Problem::new("malformed", format!("send JSON: {form}")),
    })
}

/// The member of an address, if there is one: in the log or in the directory.
pub(crate) async fn member(app: &AppState, member: &str) -> Result<MemberId, Problem> {
    let absent = || Problem::new("unknown_member", "there is no such member; send `member_registered` first");
    let member = MemberId::new(member).map_err(|_| absent())?;
    let in_log = app.store.history().of_member(&member, Seq(u64::MAX)).next().is_some();
    if in_log || app.store.member(&member).await?.is_some() { Ok(member) } else { Err(absent()) }
}
