//! `/console/snapshots/{id}/sample`: one redacted row after the other; an officer says what redaction missed in it. Only counts
//! are kept. The text is shown while the training set is in the folder, and to officers alone.

use std::{collections::BTreeMap, sync::Arc};

use askama::Template;
use axum::{
    extract::{Path, Query, State},
    response::{IntoResponse, Redirect, Response},
};
use candor_core::{SnapshotId, estimate::RowLabel};
use candor_store::SnapshotRow;
use serde::Deserialize;

use super::console_snapshot;
use crate::{
    error::PageError,
    page::{Shell, html},
    sample,
    session::{Checked, SignedOfficer},
    state::App,
    words,
};

/// Types that can be counted in one row.
const LINES: usize = 4;
/// Types that the form proposes, as far as there are such.
const PROPOSED: [&str; 6] = ["PERSON", "LOCATION", "PHONE", "STREET_ADDRESS", "EMAIL", "HANDLE"];
/// Most pieces of a type in one row.
const MAX_PIECES: u64 = 1_000;

/// A type in a list.
struct TypeOption {
    name: &'static str,
    words: &'static str,
    chosen: bool,
}

/// A line of the form: a type and how many pieces of it.
struct MissLine {
    number: usize,
    types: Vec<TypeOption>,
    count: u64,
}

#[derive(Template)]
#[template(path = "console_sample.html")]
struct SamplePage {
    shell: Shell,
    id: String,
    /// From 1, as people count.
    place: u64,
    size: u64,
    labeled: u64,
    text: String,
    lines: Vec<MissLine>,
    /// What was said of the row before, if it was.
    told: Option<String>,
    previous: Option<u64>,
    next: Option<u64>,
}

/// Which row; the first without a label if absent.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct Which {
    row: Option<u64>,
}

/// Shows a row of the sample to an officer.
pub(crate) async fn get(
    State(app): State<App>,
    Path(id): Path<String>,
    SignedOfficer(signed): SignedOfficer,
    Query(which): Query<Which>,
) -> Result<Response, PageError> {
    let row = console_snapshot::row(&app, id).await?;
    let texts = texts(&app, &row).await?;
    let labels = sample::labels(&app.store, &row.id).await?;
    let size = texts.len() as u64;
    let unlabeled = (0..size).find(|place| !labels.contains_key(place));
    let place = which.row.map_or(unlabeled.unwrap_or_default(), |row| row.saturating_sub(1));
    let text = usize::try_from(place).ok().and_then(|place| texts.get(place)).ok_or(PageError::NotFound)?;
    let label = labels.get(&place);
    Ok(html(&SamplePage {
        shell: Shell::new(&app, Some(&signed)),
        id: row.id.to_string(),
        place: place + 1,
        size,
        labeled: labels.keys().filter(|place| **place < size).count() as u64,
        text: text.clone(),
        lines: lines(&app, label),
        told: label.map(told),
        previous: (place > 0).then_some(place),
        next: (place + 1 < size).then_some(place + 2),
    }))
}

/// What the form sends: `missed` or `nothing`, and up to four types with a number.
#[derive(Deserialize)]
pub(crate) struct LabelForm {
    row: String,
    verdict: String,
    #[serde(flatten)]
    fields: BTreeMap<String, String>,
}

/// Keeps what an officer saw in a row, and goes on to the next that nobody has looked at.
pub(crate) async fn post(
    State(app): State<App>,
    Path(id): Path<String>,
    Checked { signed, form }: Checked<LabelForm>,
) -> Result<Response, PageError> {
    if !signed.is_officer() {
        return Err(PageError::Forbidden("Samples are labeled by privacy officers."));
    }
    let row = console_snapshot::row(&app, id).await?;
    let size = texts(&app, &row).await?.len() as u64;
    let place = form.row.parse::<u64>().ok().and_then(|row| row.checked_sub(1)).filter(|place| *place < size);
    let place = place.ok_or(PageError::NotFound)?;
    let label = match form.verdict.as_str() {
        "nothing" => RowLabel::default(),
        "missed" => counted(&app, &form.fields)?,
        _ => return Err(PageError::Form("There is no such answer. Go back, reload the page and try again.")),
    };
    sample::label(&app.store, app.now(), &row.id, place, &label).await?;
    let labels = sample::labels(&app.store, &row.id).await?;
    let is_done = (0..size).all(|place| labels.contains_key(&place));
    let next = if is_done { console(&row.id) } else { format!("{}/sample", console(&row.id)) };
    Ok(Redirect::to(&next).into_response())
}

fn console(id: &SnapshotId) -> String {
    format!("/console/snapshots/{id}")
}

/// The texts of the sample, while they may be shown.
async fn texts(app: &App, row: &SnapshotRow) -> Result<Arc<Vec<String>>, PageError> {
    let gone =
        PageError::Unavailable("The training set is withdrawn or no longer in its folder, so its texts are not shown.");
    if row.withdrawn {
        return Err(gone);
    }
    let (folders, row) = (app.snapshots.clone(), row.clone());
    let texts = tokio::task::spawn_blocking(move || folders.sample(&row)).await.ok().flatten();
    texts.filter(|texts| !texts.is_empty()).ok_or(gone)
}

/// The counts of a form, each of a type that there is.
fn counted(app: &App, fields: &BTreeMap<String, String>) -> Result<RowLabel, PageError> {
    const WRONG: PageError =
        PageError::Form("Give a type and a number from 1 to 1,000 for what was missed. Go back and try again.");
    let (types, mut misses) = (app.redaction.types(), BTreeMap::new());
    for number in 1..=LINES {
        let field = |name: &str| fields.get(&format!("{name}{number}")).map_or("", |value| value.trim());
        let count = match field("count") {
            "" => 0,
            count => count.parse::<u64>().ok().filter(|count| *count <= MAX_PIECES).ok_or(WRONG)?,
        };
        if count > 0 {
            let (name, _) = types.iter().find(|(name, _)| *name == field("type")).ok_or(WRONG)?;
            *misses.entry((*name).to_owned()).or_default() += count;
        }
    }
    if misses.is_empty() { Err(WRONG) } else { Ok(RowLabel(misses)) }
}

/// The lines of the form: what was said before, then what is often missed.
fn lines(app: &App, label: Option<&RowLabel>) -> Vec<MissLine> {
    let types = app.redaction.types();
    let said = label.into_iter().flat_map(|RowLabel(misses)| misses).map(|(name, count)| (name.as_str(), *count));
    let said: Vec<(&str, u64)> = said.collect();
    let is_new = |name: &&str| types.iter().any(|(known, _)| known == name) && said.iter().all(|(old, _)| old != name);
    let proposed = PROPOSED.into_iter().filter(is_new).map(|name| (name, 0));
    let rows = said.iter().copied().chain(proposed).take(LINES).enumerate();
    let line = |(at, (chosen, count)): (usize, (&str, u64))| MissLine {
        number: at + 1,
        types: types.iter().map(|(name, words)| TypeOption { name, words, chosen: *name == chosen }).collect(),
        count,
    };
    rows.map(line).collect()
}

/// A label in words.
fn told(RowLabel(misses): &RowLabel) -> String {
    if misses.is_empty() {
        return "nothing was missed".to_owned();
    }
    let one = |(name, count): (&String, &u64)| format!("{} {}", words::count(*count), words::data_type(name));
    format!("missed: {}", misses.iter().map(one).collect::<Vec<_>>().join(", "))
}
