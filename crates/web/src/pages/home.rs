//! `/`: what this is, and for a signed-in member in one sentence where they stand.

use askama::Template;
use axum::{extract::State, response::Response};
use candor_core::PurposeKey;

use crate::{
    error::PageError,
    page::{Shell, html},
    pages::data_privacy,
    session::{Signed, Viewer},
    standing::today,
    state::App,
    words,
};

#[derive(Template)]
#[template(path = "home.html")]
struct HomePage {
    shell: Shell,
    line: Option<String>,
    members: String,
    used: String,
    entries: String,
}

/// Shows the page to anybody.
pub(crate) async fn get(State(app): State<App>, Viewer(signed): Viewer) -> Result<Response, PageError> {
    let line = signed.as_ref().and_then(Signed::member).map(|member| {
        let purpose = PurposeKey::generative_training();
        let now = app.now();
        let standing = today(&app.store.history(), &member.id, &purpose, now);
        data_privacy::line(standing, &app.store.choice(&member.id, &purpose, now))
    });
    let snapshots = app.store.snapshots().await?;
    Ok(html(&HomePage {
        shell: Shell::new(&app, signed.as_ref()),
        line,
        members: words::count(app.store.member_count().await?),
        used: words::count(
            snapshots.iter().find(|snapshot| !snapshot.withdrawn).map_or(0, |snapshot| snapshot.records),
        ),
        entries: words::count(app.store.head().seq.0),
    }))
}
