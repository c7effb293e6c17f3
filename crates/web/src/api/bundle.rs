//! `GET /api/v1/members/{member}/bundle`: the member's bundle, for a platform that hands it to them.

use axum::{
    extract::{Path, State},
    http::header,
    response::{IntoResponse, Response},
};

use super::{body, key::Key};
use crate::{
    bundle::{self, BundleError},
    problem::Problem,
    state::App,
};

/// Everything that the log says about a member, with proofs. It holds the member's secret: hand it to nobody else.
#[utoipa::path(
    get, path = "/api/v1/members/{member}/bundle", tag = "log",
    params(("member" = String, Path, description = "The member's identifier")),
    responses(
        (status = 200, description = "A `candor-bundle/v1`, verified by `candor verify`", body = String, content_type = "application/json"),
        (status = 404, description = "No such member, or nothing is left of them", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "The log signs nothing for now", body = Problem, content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn get(State(app): State<App>, _: Key, Path(member): Path<String>) -> Result<Response, Problem> {
    let member = body::member(&app, &member).await?;
    let bundle = bundle::of_member(&app.store, &member).await?;
    let text = bundle.to_text().map_err(|_| Problem::new("unavailable", "the bundle cannot be written"))?;
    Ok(([(header::CONTENT_TYPE, "application/json")], text).into_response())
}

impl From<BundleError> for Problem {
    fn from(error: BundleError) -> Self {
        match error {
            BundleError::Store(error) => error.into(),
            BundleError::Nothing => Self::new("unknown_member", error.to_string()),
            BundleError::Unsigned => Self::new("held", error.to_string()),
            other => {
                tracing::error!(error = %other, "no bundle can be made");
                Self::new("unavailable", other.to_string())
            }
        }
    }
}
