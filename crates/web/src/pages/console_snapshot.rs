//! `/console/snapshots/{id}`: one training set: what was found in it and replaced, and what a labeled sample says was missed.

use askama::Template;
use axum::{
    extract::{Path, State},
    response::Response,
};
use candor_core::{
    SnapshotId,
    estimate::{MissEstimate, Share, TypeEstimate},
};
use candor_store::SnapshotRow;

use crate::{
    error::PageError,
    page::{Shell, html},
    sample,
    session::SignedOfficer,
    state::{App, AppState, SnapshotPapers},
    words,
};

struct TypeRow {
    name: String,
    found: String,
    missed: String,
    missed_share: String,
    rows: String,
}

/// What the papers and the labels say.
struct Found {
    labeled: String,
    rows_share: String,
    types: Vec<TypeRow>,
}

#[derive(Template)]
#[template(path = "console_snapshot.html")]
struct SnapshotPage {
    shell: Shell,
    id: String,
    built: String,
    sealed: Option<u64>,
    members: String,
    records: String,
    tokens: String,
    manifest: String,
    withdrawn: bool,
    found: Option<Found>,
}

/// Shows a training set to an officer.
pub(crate) async fn get(
    State(app): State<App>,
    Path(id): Path<String>,
    SignedOfficer(signed): SignedOfficer,
) -> Result<Response, PageError> {
    let row = row(&app, id).await?;
    let found = match papers(&app, &row).await {
        Some(papers) => Some(found(&sample::estimate(&app.store, &row.id, &papers).await?)),
        None => None,
    };
    Ok(html(&SnapshotPage {
        shell: Shell::new(&app, Some(&signed)),
        id: row.id.to_string(),
        built: words::moment(row.created),
        sealed: row.sealed_seq.map(|seq| seq.0),
        members: words::count(row.members),
        records: words::count(row.records),
        tokens: words::count(row.tokens),
        manifest: row.manifest,
        withdrawn: row.withdrawn,
        found,
    }))
}

/// The snapshot of an address.
pub(super) async fn row(app: &AppState, id: String) -> Result<SnapshotRow, PageError> {
    let id = SnapshotId::new(id).map_err(|_| PageError::NotFound)?;
    app.store.snapshot(&id).await?.ok_or(PageError::NotFound)
}

/// The papers of a snapshot while it is in the folder.
async fn papers(app: &App, row: &SnapshotRow) -> Option<SnapshotPapers> {
    let (folders, row) = (app.snapshots.clone(), row.clone());
    tokio::task::spawn_blocking(move || folders.papers(&row)).await.ok().flatten()
}

fn found(estimate: &MissEstimate) -> Found {
    let type_row = |row: &TypeEstimate| TypeRow {
        name: words::sentence(&words::data_type(&row.r#type)),
        found: words::count(row.found),
        missed: words::count(row.missed),
        missed_share: share(row.missed_share),
        rows: share(row.rows_share),
    };
    Found {
        labeled: format!("{} of {}", words::count(estimate.labeled), words::count(estimate.drawn)),
        rows_share: share(estimate.rows_share),
        types: estimate.types.iter().map(type_row).collect(),
    }
}

/// A share with its interval, such as `2.0 % (0.6–7.0 %)`.
fn share(share: Option<Share>) -> String {
    let percent = |value: f64| format!("{:.1}", 100.0 * value);
    share.map_or_else(
        || "not known yet".to_owned(),
        |Share { share, low, high }| format!("{} % ({}–{} %)", percent(share), percent(low), percent(high)),
    )
}
