//! `GET /api/v1/log/head`: the log's head, for anybody.

use axum::{Json, extract::State};
use serde::Serialize;
use utoipa::ToSchema;

use crate::state::App;

/// The log's head.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Head {
    /// Number of entries, which is also the index of the last one.
    size: u64,
    /// Root of the tree in hex (RFC 6962, SHA-256).
    root: String,
}

/// Tells size and root.
#[utoipa::path(get, path = "/api/v1/log/head", tag = "log", security(()),
    responses((status = 200, description = "The head as of the last commit", body = Head)))]
pub(crate) async fn head(State(app): State<App>) -> Json<Head> {
    let head = app.store.head();
    Json(Head { size: head.seq.0, root: head.root })
}
