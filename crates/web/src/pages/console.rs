//! `/console`: the officer's page: the table of the last run, members by place, training sets, releases, jobs, log.

use std::collections::BTreeMap;

use askama::Template;
use axum::{extract::State, response::Response};
use candor_assist::egress;
use candor_core::{PurposeKey, Reason, Seq};
use candor_store::{Job, JobState, ReleaseRow, ShardState, StoreError};
use serde::Deserialize;

use crate::{
    error::PageError,
    objections,
    page::{Shell, html},
    pages::console_release,
    session::SignedOfficer,
    standing::{Standing, all_today},
    state::{App, AppState},
    words,
};

/// Members that are read at once.
const PAGE: u32 = 5000;
/// Rows of each list.
const LISTED: usize = 20;

/// The table of a run, as the demo writes it under this key. Whatever is not there is not shown.
const REPORT: &str = "demo_report";

#[derive(Default, Deserialize)]
#[serde(default)]
struct Report {
    records_collected: u64,
    admitted: u64,
    left_out: BTreeMap<String, u64>,
    redacted: BTreeMap<String, u64>,
    planted: Option<Planted>,
    shards: Option<u64>,
    loss_base: Option<f64>,
    loss_adapters: Option<f64>,
    steps: Vec<ReportStep>,
    audit: serde_json::Value,
}

/// Personal data that a synthetic platform planted in admitted records, and what of it is still in the training set.
#[derive(Deserialize)]
struct Planted {
    planted: u64,
    left: u64,
}

#[derive(Deserialize)]
struct ReportStep {
    name: String,
    seconds: f64,
}

struct Bar {
    name: String,
    value: String,
    width: String,
}

struct Chart {
    title: &'static str,
    label: &'static str,
    unit: &'static str,
    bars: Vec<Bar>,
}

/// An event that was not taken.
struct RefusedRow {
    at: String,
    kind: String,
    code: String,
}

struct ReportView {
    numbers: Vec<(String, String)>,
    charts: Vec<Chart>,
}

#[derive(Default)]
struct PlaceCounts {
    members: u64,
    used: u64,
    off: u64,
    out: u64,
}

struct PlaceRow {
    name: &'static str,
    members: String,
    used: String,
    off: String,
    out: String,
}

struct SnapshotView {
    id: String,
    built: String,
    members: String,
    records: String,
    tokens: String,
    as_of: u64,
    withdrawn: bool,
}

struct ReleaseView {
    id: String,
    state: &'static str,
    snapshot: String,
    shards: String,
}

/// A provider of drafts, as the officer sees it.
struct WriterRow {
    name: String,
    runs_at: String,
    tasks: String,
    state: String,
}

struct JobView {
    id: i64,
    kind: String,
    state: &'static str,
    progress: String,
}

#[derive(Template)]
#[template(path = "console.html")]
struct ConsolePage {
    shell: Shell,
    objections: String,
    rules: String,
    warning: Option<String>,
    refused: Vec<RefusedRow>,
    report: Option<ReportView>,
    places: Vec<PlaceRow>,
    snapshots: Vec<SnapshotView>,
    releases: Vec<ReleaseView>,
    jobs: Vec<JobView>,
    writers: Vec<WriterRow>,
    log_size: String,
    log_root: String,
}

/// Shows the console to an officer.
pub(crate) async fn get(State(app): State<App>, SignedOfficer(signed): SignedOfficer) -> Result<Response, PageError> {
    let report = app.store.document(REPORT).await?;
    let report = report.and_then(|json| serde_json::from_value::<Report>(json).ok());
    let head = app.store.head();
    let rules = app.store.history().rules_at(app.now(), Seq(u64::MAX)).len();
    Ok(html(&ConsolePage {
        shell: Shell::new(&app, Some(&signed)),
        objections: objections(&app),
        rules: words::many(rules as u64, "row", "rows"),
        warning: warning(&app.store.standing()),
        refused: app.store.refused(LISTED as u32).await?.into_iter().map(refused_row).collect(),
        report: report.map(report_view),
        places: places(&app).await?,
        snapshots: snapshots(&app).await?,
        releases: releases(&app).await?,
        jobs: app.store.jobs(LISTED as u32).await?.into_iter().map(job_view).collect(),
        writers: writers(&app),
        log_size: words::count(head.seq.0),
        log_root: head.root,
    }))
}

/// What keeps the gate shut for now.
fn warning(standing: &candor_store::Standing) -> Option<String> {
    match standing {
        candor_store::Standing::Current => None,
        candor_store::Standing::Stale { journaled } => Some(format!(
            "The disk is full: {} in the emergency journal. Choices are still taken; nothing is built or released until \
             there is room.",
            words::many(*journaled, "choice waits", "choices wait"),
        )),
        candor_store::Standing::Held { reason } => Some(format!(
            "The store is held: {reason}. Choices are still taken; nothing is built or released. Look into it, then \
             release the hold with a reason."
        )),
    }
}

/// Who writes drafts: the providers outside in the order in which they are asked, then the local model.
fn writers(app: &AppState) -> Vec<WriterRow> {
    let Some(assistant) = &app.assistant else { return Vec::new() };
    let (history, now) = (app.store.history(), app.now());
    let outside = assistant.outside().into_iter();
    let rows = outside.chain([assistant.model()]).map(|model| {
        let title = |task: &candor_assist::Template| model.serves(&task.key).then(|| task.title.clone());
        let tasks: Vec<String> = app.templates.tasks().iter().filter_map(title).collect();
        let state = match &model.outside {
            None => "What no provider before it may have".to_owned(),
            Some(outside) => match egress::usable(&history, outside, now) {
                Ok(()) => "Where the gate lets the member's prompt go".to_owned(),
                Err(why) => format!("Not used: {why}"),
            },
        };
        WriterRow { tasks: tasks.join(", "), name: model.name, runs_at: model.runs_at, state }
    });
    rows.collect()
}

fn refused_row(refused: candor_store::Refused) -> RefusedRow {
    RefusedRow { at: words::moment(refused.t), kind: words::code(&refused.kind), code: refused.code }
}

/// How many objections wait, and how many are late.
fn objections(app: &AppState) -> String {
    let cases = objections::queue(&app.store.history(), app.now());
    let waiting = cases.iter().filter(|case| case.state.is_pending()).count() as u64;
    match cases.iter().filter(|case| case.overdue).count() as u64 {
        0 => format!("{} waiting", words::count(waiting)),
        overdue => format!("{} waiting, {} overdue", words::count(waiting), words::count(overdue)),
    }
}

fn report_view(report: Report) -> ReportView {
    let left_out: u64 = report.left_out.values().sum();
    let redacted: u64 = report.redacted.values().sum();
    let mut numbers = vec![
        ("records collected".into(), words::count(report.records_collected)),
        ("admitted by the gate".into(), words::count(report.admitted)),
        ("left out".into(), words::count(left_out)),
        ("pieces of personal data replaced".into(), words::count(redacted)),
    ];
    numbers.extend(report.planted.map(|Planted { planted, left }| {
        (format!("of {} planted pieces are still there", words::count(planted)), words::count(left))
    }));
    numbers.extend(report.shards.map(|shards| ("parts trained".into(), words::count(shards))));
    numbers.extend(report.loss_base.map(|loss| ("held-out loss of the base".into(), format!("{loss:.3}"))));
    numbers.extend(report.loss_adapters.map(|loss| ("held-out loss with adapters".into(), format!("{loss:.3}"))));
    for (name, value) in report.audit.as_object().into_iter().flatten() {
        let value = match value {
            serde_json::Value::Number(number) => {
                number.as_f64().map(|n| if n.fract() == 0.0 { format!("{n}") } else { format!("{n:.3}") })
            }
            serde_json::Value::String(text) => Some(text.clone()),
            serde_json::Value::Bool(yes) => Some(if *yes { "yes".into() } else { "no".into() }),
            serde_json::Value::Null | serde_json::Value::Array(_) | serde_json::Value::Object(_) => None,
        };
        numbers.extend(value.map(|value| (format!("audit: {}", words::code(name).to_lowercase()), value)));
    }
    let reason = |code: &String| {
        Reason::from_code(code).map_or_else(|| words::code(code), |reason| words::sentence(reason.words()))
    };
    let charts = vec![
        Chart {
            title: "Left out, by reason",
            label: "Reason",
            unit: "Records",
            bars: bars(report.left_out.iter().map(|(code, n)| (reason(code), *n as f64)), 0, true),
        },
        Chart {
            title: "Personal data replaced, by kind",
            label: "Kind",
            unit: "Pieces",
            bars: bars(
                report.redacted.iter().map(|(kind, n)| (words::sentence(&words::data_type(kind)), *n as f64)),
                0,
                true,
            ),
        },
        Chart {
            title: "Time of each step",
            label: "Step",
            unit: "Seconds",
            bars: bars(report.steps.into_iter().map(|step| (step.name, step.seconds)), 1, false),
        },
    ];
    ReportView { numbers, charts: charts.into_iter().filter(|chart| !chart.bars.is_empty()).collect() }
}

/// Bars against the largest value; sorted by value where the order says nothing.
fn bars(values: impl Iterator<Item = (String, f64)>, decimals: usize, sort: bool) -> Vec<Bar> {
    let mut values: Vec<(String, f64)> = values.filter(|(_, value)| value.is_finite() && *value >= 0.0).collect();
    if sort {
        values.sort_by(|a, b| b.1.total_cmp(&a.1));
    }
    let largest = values.iter().map(|(_, value)| *value).fold(0.0, f64::max).max(f64::MIN_POSITIVE);
    let bar = |(name, value): (String, f64)| Bar {
        name,
        value: if decimals == 0 { words::count(value as u64) } else { format!("{value:.decimals$}") },
        width: format!("{:.2}", 100.0 * value / largest),
    };
    values.into_iter().map(bar).collect()
}

/// Members by where they live, and how they stand today.
async fn places(app: &AppState) -> Result<Vec<PlaceRow>, StoreError> {
    let purpose = PurposeKey::generative_training();
    let now = app.now();
    let mut counts: BTreeMap<&'static str, PlaceCounts> = BTreeMap::new();
    let mut after = None;
    loop {
        let members = app.store.members(after.as_ref(), PAGE).await?;
        let Some(last) = members.last() else { break };
        after = Some(last.id.clone());
        let standings = all_today(&app.store.history(), &members, &purpose, now);
        for (member, standing) in members.iter().zip(standings) {
            let row = counts.entry(words::place(member.residence.as_deref()).unwrap_or("Not known")).or_default();
            row.members += 1;
            match standing {
                Standing::Used => row.used += 1,
                Standing::OwnChoice(_) => row.off += 1,
                Standing::NotTold(_) | Standing::LeftOut(_) => row.out += 1,
            }
        }
    }
    let mut rows: Vec<(&'static str, PlaceCounts)> = counts.into_iter().collect();
    rows.sort_by_key(|(_, counts)| std::cmp::Reverse(counts.members));
    let row = |(name, counts): (&'static str, PlaceCounts)| PlaceRow {
        name,
        members: words::count(counts.members),
        used: words::count(counts.used),
        off: words::count(counts.off),
        out: words::count(counts.out),
    };
    Ok(rows.into_iter().map(row).collect())
}

async fn snapshots(app: &AppState) -> Result<Vec<SnapshotView>, StoreError> {
    let rows = app.store.snapshots().await?;
    let view = |row: candor_store::SnapshotRow| SnapshotView {
        id: row.id.to_string(),
        built: words::moment(row.created),
        members: words::count(row.members),
        records: words::count(row.records),
        tokens: words::count(row.tokens),
        as_of: row.as_of.0,
        withdrawn: row.withdrawn,
    };
    Ok(rows.into_iter().take(LISTED).map(view).collect())
}

async fn releases(app: &AppState) -> Result<Vec<ReleaseView>, StoreError> {
    let mut views = Vec::new();
    for row in app.store.releases().await?.into_iter().take(LISTED) {
        views.push(release_view(app, row).await?);
    }
    Ok(views)
}

async fn release_view(app: &AppState, row: ReleaseRow) -> Result<ReleaseView, StoreError> {
    let shards = app.store.release_shards(&row.id).await?;
    let states = [ShardState::Serving, ShardState::Retraining, ShardState::Retired, ShardState::Pending];
    let counted = states.into_iter().filter_map(|state| {
        let n = shards.iter().filter(|shard| shard.state == state).count();
        (n > 0).then(|| format!("{n} {}", console_release::part_state(state)))
    });
    Ok(ReleaseView {
        id: row.id.to_string(),
        state: console_release::state(&row),
        snapshot: row.snapshot.to_string(),
        shards: counted.collect::<Vec<_>>().join(", "),
    })
}

/// A job without its payload: that names a member.
fn job_view(job: Job) -> JobView {
    let progress = match (&job.progress, &job.error) {
        (_, Some(error)) => format!("attempt {}: {error}", job.attempt),
        (Some(progress), None) => match progress {
            serde_json::Value::String(text) => text.clone(),
            other => other.to_string(),
        },
        (None, None) => "–".into(),
    };
    JobView {
        id: job.id,
        kind: words::code(&job.kind),
        state: match job.state {
            JobState::Queued => "queued",
            JobState::Running => "running",
            JobState::Done => "done",
            JobState::Failed => "failed",
        },
        progress,
    }
}
