//! The table of contents of the server.

use std::sync::Arc;

use axum::{
    Router,
    extract::{DefaultBodyLimit, State},
    http::{StatusCode, header},
    middleware,
    response::{IntoResponse, Redirect, Response},
    routing::{get, post},
};
use tower_http::{
    compression::{
        CompressionLayer, Predicate as _,
        predicate::{DefaultPredicate, NotForContentType},
    },
    trace::TraceLayer,
};

use crate::{
    api, assets,
    error::{self, PageError},
    headers,
    pages::{
        assist, console, console_objections, console_release, console_rules, console_sample, console_snapshot,
        data_privacy, generative_ai, home, log, login, objection, problems, proof, used,
    },
    state::{App, AppState},
    tiles,
};

/// Most bytes of a form.
const MAX_FORM_BYTES: usize = 64 << 10;

/// All routes.
pub fn router(state: AppState) -> Router {
    let app: App = Arc::new(state);
    let pages = Router::new()
        // for everybody
        .route("/", get(home::get))
        .route("/log", get(log::get))
        .route("/problems", get(problems::get))
        .route("/proof", get(proof::get))
        .route("/auth/login", get(login::get).post(login::post))
        .route("/auth/logout", post(login::logout))
        // for members
        .route("/settings", get(async || Redirect::to("/settings/data-privacy")))
        .route("/settings/data-privacy", get(data_privacy::get))
        .route("/settings/data-privacy/generative-ai", get(generative_ai::get).post(generative_ai::post))
        .route("/settings/data-privacy/objection", get(objection::get).post(objection::post))
        .route("/used", get(used::get))
        .route("/proof/bundle", get(proof::bundle))
        .route("/proof/receipt/{entry}", get(proof::receipt))
        .route("/assist", get(assist::get).post(assist::post))
        .route("/assist/stream", post(assist::stream))
        // for officers
        .route("/console", get(console::get))
        .route("/console/objections", get(console_objections::get).post(console_objections::post))
        .route("/console/releases/{id}", get(console_release::get))
        .route("/console/rules", get(console_rules::get))
        .route("/console/snapshots/{id}", get(console_snapshot::get))
        .route("/console/snapshots/{id}/sample", get(console_sample::get).post(console_sample::post))
        .layer(DefaultBodyLimit::max(MAX_FORM_BYTES));
    // for programs: `/api/v1` and the OpenAI wire under `/v1`
    let (programs, openapi) = api::router(&app);
    let machines = Router::new()
        .route("/openapi.json", get(move || document(openapi)))
        // the log, as C2SP tlog-tiles has it
        .route("/log/checkpoint", get(tiles::checkpoint))
        .route("/log/key", get(tiles::key))
        .route("/log/tile/{*path}", get(tiles::tile))
        .route("/healthz", get(async || "ok\n"))
        .route("/readyz", get(ready))
        .route("/assets/{name}", get(assets::get))
        .route("/.well-known/security.txt", get(security));
    pages
        .merge(machines)
        .merge(programs)
        .fallback(async || PageError::NotFound)
        .layer(middleware::from_fn_with_state(Arc::clone(&app), error::frame))
        .layer(middleware::from_fn(headers::secure))
        // A stream that waits for its compressor is none.
        .layer(
            CompressionLayer::new()
                .compress_when(DefaultPredicate::new().and(NotForContentType::const_new("application/x-ndjson"))),
        )
        .layer(TraceLayer::new_for_http())
        .with_state(app)
}

/// The OpenAPI document.
async fn document(openapi: String) -> impl IntoResponse {
    ([(header::CONTENT_TYPE, "application/json")], openapi)
}

/// Ready when the store answers.
async fn ready(State(app): State<App>) -> Response {
    match app.store.member_count().await {
        Ok(_) => "ready\n".into_response(),
        Err(_) => (StatusCode::SERVICE_UNAVAILABLE, "the store does not answer\n").into_response(),
    }
}

/// Whom to tell of a weakness (RFC 9116); nobody if the operator named nobody.
async fn security(State(app): State<App>) -> Response {
    if app.base.contact.is_empty() {
        return StatusCode::NOT_FOUND.into_response();
    }
    let expires = app.now().checked_add(jiff::SignedDuration::from_hours(24 * 90)).unwrap_or(app.now());
    format!("Contact: mailto:{}\nExpires: {}\n", app.base.contact, expires.strftime("%Y-%m-%dT%H:%M:%SZ"))
        .into_response()
}
