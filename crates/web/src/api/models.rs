//! `GET /v1/models`: the model that writes drafts now, as OpenAI clients list it.

use axum::{
    Json,
    extract::{Path, State},
};
use serde::Serialize;
use utoipa::ToSchema;

use super::wire::{WireError, WireKey};
use crate::state::{App, AppState};

/// The models.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ModelList {
    #[schema(example = "list")]
    object: &'static str,
    data: Vec<Model>,
}

/// One model.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Model {
    id: String,
    #[schema(example = "model")]
    object: &'static str,
    /// When it was made, in seconds since 1970.
    created: i64,
    owned_by: String,
    candor: ModelFacts,
}

/// What Candor tells of a model beside.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ModelFacts {
    name: String,
    /// Where it runs.
    runs_at: String,
    /// The release whose adapters it serves.
    release: Option<String>,
    /// Its key in the register of recipients, when it is not this server.
    recipient: Option<String>,
}

fn models(app: &AppState) -> Vec<Model> {
    let info = app.assistant.iter().flat_map(|assistant| std::iter::once(assistant.model()).chain(assistant.outside()));
    let model = info.map(|info| Model {
        id: info.id,
        object: "model",
        created: info.created,
        owned_by: app.base.platform.clone(),
        candor: ModelFacts {
            name: info.name,
            runs_at: info.runs_at,
            release: info.release,
            recipient: info.outside.map(|outside| outside.recipient.to_string()),
        },
    });
    model.collect()
}

/// Lists the models.
#[utoipa::path(get, path = "/v1/models", tag = "openai",
    responses((status = 200, description = "The models", body = ModelList)))]
pub(crate) async fn list(State(app): State<App>, _: WireKey) -> Json<ModelList> {
    Json(ModelList { object: "list", data: models(&app) })
}

/// Tells of one model.
#[utoipa::path(get, path = "/v1/models/{model}", tag = "openai", params(("model" = String, Path)),
    responses((status = 200, description = "The model", body = Model)))]
pub(crate) async fn one(State(app): State<App>, _: WireKey, Path(id): Path<String>) -> Result<Json<Model>, WireError> {
    models(&app).into_iter().find(|model| model.id == id).map(Json).ok_or_else(WireError::no_model)
}
