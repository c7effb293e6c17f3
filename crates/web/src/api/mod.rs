//! The doors for programs: `/api/v1` (errors as RFC 9457) and the OpenAI-compatible wire under `/v1` (errors in its
//! form). What is routed here is in the OpenAPI document; a test holds the two together.

use axum::{Router, extract::DefaultBodyLimit};
use utoipa::OpenApi;
use utoipa_axum::{router::OpenApiRouter, routes};

use self::key::Bearer;
use crate::state::App;

mod chat;
mod choices;
mod gate;
mod key;
mod log;
mod models;
mod records;
mod schema;
mod wire;

/// Most bytes of a JSON body.
const MAX_BODY_BYTES: usize = 256 << 10;

#[derive(OpenApi)]
#[openapi(
    info(title = "Candor", description = "Records in, choices, the gate's decisions, the log, and an OpenAI-compatible assistant."),
    components(schemas(schema::ExportLineSchema, schema::ExportMember, schema::ExportRecord)),
    tags(
        (name = "records", description = "Members and records from the platform"),
        (name = "choices", description = "A member's setting for a purpose"),
        (name = "gate", description = "Why a record may or may not be used"),
        (name = "log", description = "The transparency log"),
        (name = "openai", description = "The assistant, on the wire that OpenAI clients speak"),
    ),
    modifiers(&Bearer),
)]
struct Document;

fn parts() -> OpenApiRouter<App> {
    OpenApiRouter::with_openapi(Document::openapi())
        .routes(routes!(choices::get, choices::put))
        .routes(routes!(gate::check))
        .routes(routes!(log::head))
        .routes(routes!(chat::complete))
        .routes(routes!(models::list))
        .routes(routes!(models::one))
        .layer(DefaultBodyLimit::max(MAX_BODY_BYTES))
        .merge(
            OpenApiRouter::new().routes(routes!(records::post)).layer(DefaultBodyLimit::max(records::MAX_BODY_BYTES)),
        )
}

/// The routes and their document.
pub(crate) fn router() -> (Router<App>, String) {
    let (router, document) = parts().split_for_parts();
    (router, text(&document))
}

/// The OpenAPI 3.1 document of the API, as JSON.
#[must_use]
pub fn openapi() -> String {
    text(parts().get_openapi())
}

fn text(document: &utoipa::openapi::OpenApi) -> String {
    // A document of strings and lists becomes JSON always.
    document.to_pretty_json().unwrap_or_default()
}
