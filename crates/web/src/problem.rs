//! Problems of the API as RFC 9457 has them, and the table of all their sorts: one stable code each, with its status and
//! what it means. `/problems` shows the table, and each problem's `type` points into it. Details come from the errors of
//! the floors below, which hold nobody's text.

use axum::{
    Json,
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use candor_store::StoreError;
use serde::Serialize;
use utoipa::ToSchema;

/// One sort of problem.
pub(crate) struct Sort {
    /// Stable code.
    pub(crate) code: &'static str,
    /// HTTP status.
    pub(crate) status: u16,
    /// What it is, in a few words.
    pub(crate) title: &'static str,
}

const fn sort(code: &'static str, status: u16, title: &'static str) -> Sort {
    Sort { code, status, title }
}

/// Every sort. Codes are added, never changed; those of events are `Refusal::code` of `core`.
pub(crate) const SORTS: &[Sort] = &[
    sort("no_key", 401, "No key of this server was shown"),
    sort("unknown_member", 404, "The member is not registered"),
    sort("unknown_purpose", 404, "The purpose is not defined"),
    sort("unknown_recipient", 404, "The recipient is not registered"),
    sort("unknown_record", 404, "There is no such record"),
    sort("unknown_objection", 404, "No objection of this reference was filed"),
    sort("unknown_entry", 404, "The log has no such entry"),
    sort("unknown_tile", 404, "The log has no such tile"),
    sort("behind", 409, "The state is older than was asked for"),
    sort("no_switch", 409, "The purpose has no switch"),
    sort("moved", 409, "The log went on meanwhile"),
    sort("account_erased", 409, "The account is erased"),
    sort("may_only_restrict", 409, "This actor may only restrict"),
    sort("objection_exists", 409, "The reference is taken"),
    sort("objection_state", 409, "The step does not fit the case"),
    sort("extension_too_late", 409, "The time can no longer be extended"),
    sort("rule_contradicts", 409, "The rule contradicts another"),
    sort("out_of_order", 409, "The entry does not follow"),
    sort("too_large", 413, "There is too much of it"),
    sort("unsupported_type", 415, "The body is of another type"),
    sort("malformed", 422, "The body is not of the expected form"),
    sort("malformed_event", 422, "The event is not of its form"),
    sort("malformed_time", 422, "A time is not one"),
    sort("malformed_id", 422, "An identifier is not one"),
    sort("malformed_key", 422, "The idempotency key is not one"),
    sort("malformed_hash", 422, "A hash is not one"),
    sort("unknown_event", 422, "There is no event of this type"),
    sort("unknown_field", 422, "The event has no such field"),
    sort("unknown_region", 422, "The region is not known"),
    sort("system_only", 422, "Only the system writes this event"),
    sort("scope_of_other_value", 422, "The scope does not belong to the value"),
    sort("future_permission", 422, "A permission cannot be dated ahead"),
    sort("too_far_ahead", 422, "The fact is dated too far ahead"),
    sort("no_reason", 422, "A reason is missing"),
    sort("no_purposes", 422, "No purpose is named"),
    sort("rule_is_empty", 422, "The rule ends before it starts"),
    sort("purpose_is_wrong", 422, "The purpose covers what it must not"),
    sort("key_reused", 422, "The idempotency key was used for something else"),
    sort("refused", 409, "The rules do not allow it"),
    sort("unknown_task", 422, "There is no such task, tone or length"),
    sort("busy", 429, "Too many drafts at once"),
    sort("no_draft", 503, "No draft could be written"),
    sort("held", 503, "Nothing is decided for now"),
    sort("unclear", 503, "It cannot be told yet whether it was kept"),
    sort("unavailable", 503, "The store did not answer"),
];

/// The sort of a code; a code that is newer than the table is a refusal.
pub(crate) fn sort_of(code: &str) -> &'static Sort {
    const REFUSED: Sort = sort("refused", 409, "The rules do not allow it");
    SORTS.iter().find(|sort| sort.code == code).unwrap_or(&REFUSED)
}

/// A problem, as RFC 9457 has it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct Problem {
    /// Where the sort is explained, on this server.
    #[serde(rename = "type")]
    #[schema(example = "/problems#unknown_member")]
    pub(crate) kind: String,
    /// The sort in words.
    pub(crate) title: &'static str,
    /// The HTTP status.
    pub(crate) status: u16,
    /// The sort's stable code, for programs.
    #[schema(example = "unknown_member")]
    pub(crate) code: &'static str,
    /// This very problem in words, and what to do.
    pub(crate) detail: String,
}

impl Problem {
    /// A problem of a sort.
    pub(crate) fn new(code: &'static str, detail: impl Into<String>) -> Self {
        let sort = sort_of(code);
        Self {
            kind: format!("/problems#{}", sort.code),
            title: sort.title,
            status: sort.status,
            code,
            detail: detail.into(),
        }
    }
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        match &error {
            StoreError::Refused(refusal) => {
                tracing::info!(code = refusal.code(), "an event was refused");
                Self::new(refusal.code(), refusal.to_string())
            }
            StoreError::Held(_) | StoreError::Stale(_) => Self::new("held", error.to_string()),
            StoreError::KeyReused => Self::new("key_reused", error.to_string()),
            StoreError::Moved { .. } => Self::new("moved", error.to_string()),
            StoreError::TooMany { .. } => Self::new("too_large", error.to_string()),
            StoreError::Unknown { what: "record", .. } => Self::new("unknown_record", "there is no such record"),
            StoreError::Proof(_) => Self::new("unknown_entry", "the log has no such entry; read its head"),
            StoreError::Unclear => {
                tracing::error!("what became of a commit could not be found out");
                Self::new("unclear", error.to_string())
            }
            other => {
                tracing::error!(error = %other, "the store did not answer");
                Self::new("unavailable", "the store did not answer; nothing was changed, try again in a moment")
            }
        }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        (status, [(header::CONTENT_TYPE, "application/problem+json")], Json(self)).into_response()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn each_code_stands_once_with_a_status_of_an_error() {
        let mut seen = HashSet::new();
        for sort in SORTS {
            assert!(seen.insert(sort.code), "{} twice", sort.code);
            assert!(StatusCode::from_u16(sort.status).unwrap().as_u16() >= 400, "{}", sort.code);
            assert!(sort.code.bytes().all(|b| b.is_ascii_lowercase() || b == b'_'), "{}", sort.code);
        }
    }
}
