//! `/console/releases/{id}`: one release: what it was made from, how its parts were learnt, where they stand. Everything is read
//! from the release's row; what is not there is not shown.

use askama::Template;
use axum::{
    extract::{Path, State},
    response::Response,
};
use candor_core::ReleaseId;
use candor_store::{ReleaseRow, ReleaseState, ShardState};
use serde::Deserialize;

use crate::{
    chart::{LineChart, Series},
    error::PageError,
    page::{Shell, html},
    session::SignedOfficer,
    state::App,
    words,
};

/// What a release's row says of its training.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Metrics {
    /// Mean loss of each slice's last pass, by part.
    losses: Vec<Vec<Option<f64>>>,
    /// Loss by step while it is or was trained.
    curves: Vec<Curve>,
    profile: String,
    train_seconds: Option<f64>,
    price: Option<Price>,
    privacy: Option<Privacy>,
    audit: Option<Audit>,
}

/// What each member is promised, where the recipe keeps them private.
#[derive(Deserialize)]
struct Privacy {
    epsilon: f64,
    delta: f64,
    tier: String,
}

/// Held-out losses of what is served and of one adapter over all rows.
#[derive(Deserialize)]
struct Price {
    base: f64,
    shards: Vec<f64>,
    served: f64,
    reference: Option<Reference>,
}

#[derive(Deserialize)]
struct Reference {
    share: f64,
    losses: Vec<f64>,
    before_forgetting: bool,
}

#[derive(Deserialize)]
struct Curve {
    shard: usize,
    points: Vec<(f64, f64)>,
}

/// What a release's row says of its audit.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Audit {
    passed: bool,
    checks: Vec<Check>,
    exposure: Option<Exposure>,
    membership: Option<Membership>,
}

/// A limit of the audit with what was found.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Check {
    limit: String,
    words: String,
    source: String,
    most: f64,
    found: String,
    verdict: String,
}

/// Bits that made-up secrets are exposed by.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Exposure {
    once: Vec<f64>,
    four_times: Vec<f64>,
}

/// Shares of non-members and of members over each score.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Membership {
    curve: Vec<(f64, f64)>,
}

struct PartRow {
    number: u16,
    state: &'static str,
    adapter: String,
}

/// What reversibility costs, drawn and in words.
struct PriceView {
    chart: LineChart,
    served: String,
    kept: Option<String>,
    of: String,
}

#[derive(Template)]
#[template(path = "console_release.html")]
struct ReleasePage {
    shell: Shell,
    id: String,
    state: &'static str,
    created: String,
    snapshot: String,
    base: String,
    recipe: String,
    profile: String,
    seconds: Option<String>,
    privacy: Option<String>,
    price: Option<PriceView>,
    losses: Option<LineChart>,
    parts: Vec<PartRow>,
    audit: Option<Audit>,
    audit_charts: Vec<LineChart>,
}

/// Shows a release to an officer.
pub(crate) async fn get(
    State(app): State<App>,
    Path(id): Path<String>,
    SignedOfficer(signed): SignedOfficer,
) -> Result<Response, PageError> {
    let id = ReleaseId::new(id).map_err(|_| PageError::NotFound)?;
    let row = app.store.release(&id).await?.ok_or(PageError::NotFound)?;
    let shards = app.store.release_shards(&id).await?;
    let metrics: Metrics = serde_json::from_value(row.metrics.clone()).unwrap_or_default();
    Ok(html(&ReleasePage {
        shell: Shell::new(&app, Some(&signed)),
        id: row.id.to_string(),
        state: state(&row),
        created: words::moment(row.created),
        snapshot: row.snapshot.to_string(),
        base: row.base,
        recipe: row.recipe,
        seconds: metrics.train_seconds.map(|seconds| format!("{seconds:.1} s")),
        privacy: metrics.privacy.as_ref().map(privacy),
        price: metrics.price.as_ref().and_then(price),
        losses: losses(&metrics),
        audit_charts: metrics.audit.as_ref().map(audit_charts).unwrap_or_default(),
        audit: metrics.audit.filter(|audit| !audit.checks.is_empty()).map(in_words),
        profile: metrics.profile,
        parts: shards.into_iter().map(|shard| part(shard.shard, shard.state, shard.adapter)).collect(),
    }))
}

/// The word for where a release stands.
pub(super) fn state(row: &ReleaseRow) -> &'static str {
    match row.state {
        ReleaseState::Training => "training",
        ReleaseState::Released => "released",
        ReleaseState::Withdrawn => "withdrawn",
    }
}

/// The words for where a part of a release stands.
pub(super) fn part_state(state: ShardState) -> &'static str {
    match state {
        ShardState::Serving => "in service",
        ShardState::Retraining => "being trained again",
        ShardState::Retired => "out of service",
        ShardState::Pending => "pending",
    }
}

fn part(number: u16, state: ShardState, adapter: Option<String>) -> PartRow {
    PartRow { number: number + 1, state: part_state(state), adapter: adapter.unwrap_or_else(|| "–".into()) }
}

/// The promise in words.
fn privacy(of: &Privacy) -> String {
    format!("epsilon {:.2} at a delta of {:.1e}: {}", of.epsilon, of.delta, of.tier)
}

/// Both curves from the base on: after each slice, the last value of ours being what is served.
fn price(price: &Price) -> Option<PriceView> {
    let line = |name: &str, losses: &[f64]| {
        let after = losses.iter().enumerate().map(|(slice, loss)| (slice as f64 + 1.0, *loss));
        Series::new(name, std::iter::once((0.0, price.base)).chain(after))
    };
    let ours = [price.shards.as_slice(), &[price.served]].concat();
    let mut lines = vec![line("parts that can forget", &ours)];
    let (mut kept, mut of) = (None, String::new());
    if let Some(reference) = &price.reference {
        lines.push(line("one adapter", &reference.losses));
        let gain = reference.losses.last().map_or(0.0, |last| price.base - last);
        let whole = reference.share >= 1.0;
        kept = (whole && gain > 0.0).then(|| format!("{:.0} %", 100.0 * (price.base - price.served) / gain));
        let rows = if whole { "all rows".to_owned() } else { format!("{:.0} % of the rows", 100.0 * reference.share) };
        let when = if reference.before_forgetting { ", before the last forgetting" } else { "" };
        of = format!("one adapter that learnt from {rows}{when}");
    }
    let chart = LineChart::new("Loss on texts nobody learnt from", "slice", "nats a token", lines)?;
    Some(PriceView { chart, served: format!("{:.3}", price.served), kept, of })
}

/// The loss by step, a line for each part; of releases from before that was written down, by slice.
fn losses(metrics: &Metrics) -> Option<LineChart> {
    let title = "Loss while learning, by part";
    let name = |part: usize| format!("part {}", part + 1);
    if !metrics.curves.is_empty() {
        let series = metrics.curves.iter().map(|curve| Series::new(name(curve.shard), curve.points.iter().copied()));
        return LineChart::new(title, "step", "nats a token", series.collect());
    }
    let series = metrics.losses.iter().enumerate().map(|(part, slices)| {
        let points = slices.iter().enumerate().filter_map(|(slice, loss)| Some((slice as f64 + 1.0, (*loss)?)));
        Series::new(name(part), points)
    });
    LineChart::new(title, "slice", "nats a token", series.collect())
}

/// The audit with its verdicts as words.
fn in_words(mut audit: Audit) -> Audit {
    audit.checks.iter_mut().for_each(|check| check.verdict = words::code(&check.verdict).to_lowercase());
    audit
}

/// The curves of an audit: how many secrets are exposed by so many bits, and how members are told from non-members.
fn audit_charts(audit: &Audit) -> Vec<LineChart> {
    let exposed = audit.exposure.iter().filter_map(|exposure| {
        let over = |values: &[f64], bits: f64| values.iter().filter(|value| **value >= bits).count() as f64;
        let share = |values: &[f64]| -> Vec<(f64, f64)> {
            (0..=20).map(|bits| (f64::from(bits), over(values, f64::from(bits)) / values.len().max(1) as f64)).collect()
        };
        let chance = (0..=20).map(|bits| (f64::from(bits), 0.5f64.powi(bits)));
        let series = vec![
            Series::new("learnt once", share(&exposure.once)),
            Series::new("learnt four times", share(&exposure.four_times)),
            Series::new("chance", chance),
        ];
        LineChart::new("Exposure of made-up secrets", "bits", "share exposed by as much", series)
    });
    let told = audit.membership.iter().filter_map(|membership| {
        let series = vec![
            Series::new("this release", membership.curve.iter().copied()),
            Series::new("chance", [(0.0, 0.0), (1.0, 1.0)]),
        ];
        LineChart::new("Members told from non-members", "non-members taken for members", "members found", series)
    });
    exposed.chain(told).collect()
}
