//! `/log`: the public face of the log. Kinds, times and leaves only; whom an entry is about stays out.

use std::collections::BTreeMap;

use askama::Template;
use axum::{extract::State, response::Response};
use candor_core::Seq;

use crate::{
    error::PageError,
    page::{Shell, html},
    session::Viewer,
    state::App,
    words,
};

/// Entries that are counted by kind.
const COUNTED: u32 = 1000;
/// Entries that are listed.
const LISTED: usize = 50;

struct Row {
    seq: u64,
    kind: String,
    at: String,
    leaf: String,
}

#[derive(Template)]
#[template(path = "log.html")]
struct LogPage {
    shell: Shell,
    size: String,
    root: String,
    checkpoint: Option<String>,
    keys: Vec<(u64, String)>,
    shown: String,
    kinds: Vec<(String, String)>,
    entries: Vec<Row>,
}

/// Shows head and last entries to anybody.
pub(crate) async fn get(State(app): State<App>, Viewer(signed): Viewer) -> Result<Response, PageError> {
    let head = app.store.head();
    let from = Seq(head.seq.0.saturating_sub(u64::from(COUNTED) - 1).max(1));
    let entries = app.store.entries(from, COUNTED).await?;
    let mut kinds: BTreeMap<&str, u64> = BTreeMap::new();
    for entry in &entries {
        *kinds.entry(&entry.kind).or_default() += 1;
    }
    let row = |entry: &candor_store::Entry| Row {
        seq: entry.seq.0,
        kind: words::code(&entry.kind),
        at: words::moment(entry.t),
        leaf: entry.leaf.get(..16).map_or_else(String::new, |start| format!("{start}…")),
    };
    Ok(html(&LogPage {
        shell: Shell::new(&app, signed.as_ref()),
        size: words::count(head.seq.0),
        root: head.root,
        checkpoint: app.store.checkpoint(),
        keys: app.store.log_keys(),
        shown: words::count(entries.len() as u64),
        kinds: kinds.into_iter().map(|(kind, n)| (words::code(kind), words::count(n))).collect(),
        entries: entries.iter().rev().take(LISTED).map(row).collect(),
    }))
}
