//! The doors for programs: `/api/v1` (errors as RFC 9457) and the OpenAI-compatible wire under `/v1` (errors in its
//! form). What is routed here is in the OpenAPI document; a test holds the two together.

use axum::{Router, extract::DefaultBodyLimit, middleware};
use utoipa::OpenApi;
use utoipa_axum::{router::OpenApiRouter, routes};

use self::key::Bearer;
use crate::state::App;

mod body;
mod bundle;
mod chat;
mod choices;
mod document;
mod drafts;
pub(crate) mod event_line;
mod events;
mod gate;
pub(crate) mod idempotency;
mod index;
mod key;
mod log;
mod models;
mod objections;
mod receipt;
mod records;
mod redact;
mod schema;
mod wire;

/// Most bytes of a JSON body.
const MAX_BODY_BYTES: usize = 256 << 10;

#[derive(OpenApi)]
#[openapi(
    info(title = "Candor", description = "Records and events in, choices, objections, the gate's decisions, redaction, the log, and an OpenAI-compatible assistant. Every error of `/api/v1` is a problem (RFC 9457) with a stable `code`; `/problems` lists them."),
    components(schemas(schema::ExportLineSchema, schema::ExportMember, schema::ExportRecord)),
    tags(
        (name = "records", description = "Members and records from the platform"),
        (name = "events", description = "What governs, as events of the log"),
        (name = "choices", description = "A member's setting for a purpose"),
        (name = "objections", description = "The Data Processing Objection Form and its cases"),
        (name = "gate", description = "Why a record may or may not be used"),
        (name = "drafts", description = "The assistant by task, tone and length"),
        (name = "redaction", description = "Personal data out of any text"),
        (name = "log", description = "The transparency log"),
        (name = "openai", description = "The assistant, on the wire that OpenAI clients speak"),
    ),
    modifiers(&Bearer),
)]
struct Document;

/// `/api/v1`.
fn own() -> OpenApiRouter<App> {
    let large = OpenApiRouter::new()
        .routes(routes!(records::post))
        .layer(DefaultBodyLimit::max(records::MAX_BODY_BYTES))
        .merge(OpenApiRouter::new().routes(routes!(redact::post)).layer(DefaultBodyLimit::max(redact::MAX_BODY_BYTES)))
        .merge(OpenApiRouter::new().routes(routes!(events::post)).layer(DefaultBodyLimit::disable()));
    OpenApiRouter::with_openapi(Document::openapi())
        .routes(routes!(choices::get, choices::put))
        .routes(routes!(objections::of_member, objections::file))
        .routes(routes!(objections::queue))
        .routes(routes!(objections::step))
        .routes(routes!(gate::check))
        .routes(routes!(drafts::post))
        .routes(routes!(drafts::templates))
        .routes(routes!(log::head))
        .routes(routes!(bundle::get))
        .routes(routes!(events::refused))
        .layer(DefaultBodyLimit::max(MAX_BODY_BYTES))
        .merge(large)
}

/// The OpenAI wire.
fn wire() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(chat::complete))
        .routes(routes!(models::list))
        .routes(routes!(models::one))
        .layer(DefaultBodyLimit::max(MAX_BODY_BYTES))
}

/// The routes and their document.
pub(crate) fn router(app: &App) -> (Router<App>, String) {
    let marked = own().layer(middleware::from_fn_with_state(App::clone(app), index::mark));
    let (router, document) = marked.merge(wire()).split_for_parts();
    (router, document::text(document))
}

/// The OpenAPI 3.1 document of the API, as JSON.
#[must_use]
pub fn openapi() -> String {
    document::text(own().merge(wire()).into_openapi())
}
