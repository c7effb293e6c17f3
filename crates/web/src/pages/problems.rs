//! `/problems`: every sort of problem that the API answers with, by its code. A problem's `type` leads here.

use askama::Template;
use axum::{extract::State, response::Response};

use crate::{
    error::PageError,
    page::{Shell, html},
    problem::{SORTS, Sort},
    session::Viewer,
    state::App,
};

#[derive(Template)]
#[template(path = "problems.html")]
struct ProblemsPage {
    shell: Shell,
    sorts: &'static [Sort],
}

/// Shows the table to anybody.
pub(crate) async fn get(State(app): State<App>, Viewer(signed): Viewer) -> Result<Response, PageError> {
    Ok(html(&ProblemsPage { shell: Shell::new(&app, signed.as_ref()), sorts: SORTS }))
}
