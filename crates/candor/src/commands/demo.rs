//! `candor demo`: the main job from the first record to the pages. Each step is skipped if it was done before, so that a
//! demo that was stopped, in whatever way, goes on from there.

use crate::{
    cli::{Demo, Global},
    exit::Outcome,
    jobs::{
        build_snapshot::{self, Built},
        derive_snapshot, populate_demo,
        train_release::{self, Trained},
    },
    output::{self, grouped},
    platform::{self, Platform},
    serving::Serving,
    worker,
};
use anyhow::{Context, Result};
use candor_core::PolicyId;
use candor_ml::audit::AuditReport;
use candor_store::Change;
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::collections::BTreeMap;

/// Key of the document that the officer's page draws.
const REPORT: &str = "demo_report";
/// Key of the document that says what this demo was made from.
const SOURCE: &str = "demo_source";
/// The rule book of a demonstration.
const BOOK: &str = "seeds-2024";
/// The policy version that members of imported data are told of.
const POLICY: &str = "2024-09-18";

/// What a demo was made from; another one needs another folder.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Source {
    /// `synthetic` or a path.
    from: String,
    members: u32,
    records: u32,
    seed: u64,
    /// Whether all of it is in.
    complete: bool,
}

/// The table at the end.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Report {
    members: u64,
    records_collected: u64,
    admitted: u64,
    left_out: BTreeMap<String, u64>,
    redacted: BTreeMap<String, u64>,
    /// Planted values in admitted records, and those of them that are still in the snapshot; synthetic data only.
    planted: Option<populate_demo::Recall>,
    rows: u64,
    tokens: u64,
    shards: usize,
    loss_base: f64,
    loss_adapters: f64,
    audit: serde_json::Value,
    steps: Vec<Step>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
struct Step {
    name: String,
    seconds: f64,
}

/// Runs the demo.
pub async fn run(global: &Global, args: Demo) -> Result<()> {
    // An address that is taken is told before the work, not after it.
    let listener = if args.no_serve { None } else { Some(super::serve::bind(args.listen).await?) };
    // The demonstration is of the programme that was reported; any other platform is made with `candor init`.
    let platform = Platform::open_or_make(global, Some(BOOK)).await?;
    let mut steps = Vec::new();
    collect(&platform, &args, &mut steps).await?;
    let report = match released(&platform).await? {
        Some(report) => report,
        None => work(&platform, steps).await?,
    };
    if global.json {
        output::json(&report)?;
    } else {
        tell(&report);
    }
    let Some(listener) = listener else {
        let serving = Serving::start(&platform).await?;
        worker::drain(&platform, &serving).await?;
        return Ok(());
    };
    if !global.quiet {
        eprintln!("\nWhat to do next: open http://{} and sign in as one of the demo members;", args.listen);
        eprintln!("account menu → Settings & Privacy → Data privacy → Data for Generative AI Improvement;");
        eprintln!("then Draft with AI and What we used. Sign in as the officer for the console with this table.");
    }
    let mut platform = platform;
    if platform.settings.serve.platform == "Candor" {
        platform.settings.serve.platform = "Northlight, a made-up network".into();
    }
    super::serve::serve(platform, listener, true).await
}

/// Fills the platform, or goes on filling it.
async fn collect(platform: &Platform, args: &Demo, steps: &mut Vec<Step>) -> Result<()> {
    let from = args.import.as_ref().map_or("synthetic".to_owned(), |path| path.display().to_string());
    let source = Source { from, members: args.members, records: args.records, seed: args.seed, complete: false };
    let before: Option<Source> = platform.store.document(SOURCE).await?.map(serde_json::from_value).transpose()?;
    if let Some(before) = before {
        if before.complete {
            return Ok(());
        }
        if (Source { complete: false, ..before.clone() }) != source {
            let (from, dir) = (before.from, platform.dir().display().to_string());
            return Err(Outcome::Usage(format!(
                "`{dir}` holds a half-filled demo of other data ({from}, {} members, seed {}); give the same options, or another --data",
                before.members, before.seed
            ))
            .into());
        }
    }
    mark(platform, &source).await?;
    let started = std::time::Instant::now();
    match &args.import {
        Some(path) => {
            let told = Some(PolicyId::new(POLICY)?);
            let done = super::import::with_progress(platform, path, None, told).await?;
            if !platform.quiet {
                eprintln!("{}", done.report.to_string().trim_end());
            }
        }
        None => populate_demo::run(platform, args.members, args.records, args.seed).await?,
    }
    steps.push(Step { name: "collect".into(), seconds: started.elapsed().as_secs_f64() });
    mark(platform, &Source { complete: true, ..source }).await
}

async fn mark(platform: &Platform, source: &Source) -> Result<()> {
    let json = serde_json::to_value(source)?;
    let change = Change::PutDocument { key: SOURCE.into(), json };
    platform.store.commit(platform::now(), vec![change]).await?;
    Ok(())
}

/// The report of the release that is served, if there is one.
async fn released(platform: &Platform) -> Result<Option<Report>> {
    if platform.store.current_release().await?.is_none() {
        return Ok(None);
    }
    let Some(json) = platform.store.document(REPORT).await? else { return Ok(None) };
    Ok(Some(serde_json::from_value(json)?))
}

/// Snapshot, training, audit, release.
async fn work(platform: &Platform, mut steps: Vec<Step>) -> Result<Report> {
    derive_snapshot::sweep_unsealed(platform).await?;
    let built = match unreleased(platform).await? {
        Some(built) => built,
        None => {
            let built = build_snapshot::run(platform, platform::now()).await?;
            let json = serde_json::to_value(&built)?;
            let key = format!("built/{}", built.snapshot);
            platform.store.commit(platform::now(), vec![Change::PutDocument { key, json }]).await?;
            built
        }
    };
    steps.extend(built.steps.iter().map(|(name, seconds)| Step { name: name.clone(), seconds: *seconds }));
    let row = platform.store.snapshot(&built.snapshot).await?.context("the snapshot has no row")?;
    let recipe = train_release::recipe(&platform.settings.train.recipe)?;
    let trained = train_release::run(platform, row, recipe, None, vec![]).await?;
    steps.push(Step { name: "train".into(), seconds: trained.train_seconds });
    steps.push(Step { name: "audit".into(), seconds: trained.audit_seconds });
    let report = report(platform, &built, &trained, steps).await?;
    let change = Change::PutDocument { key: REPORT.into(), json: serde_json::to_value(&report)? };
    platform.store.commit(platform::now(), vec![change]).await?;
    Ok(report)
}

/// A snapshot that was sealed before the demo was stopped.
async fn unreleased(platform: &Platform) -> Result<Option<Built>> {
    let Some(row) = super::snapshot::latest(platform).await? else { return Ok(None) };
    let document = platform.store.document(&format!("built/{}", row.id)).await?;
    Ok(document.map(serde_json::from_value).transpose()?)
}

async fn report(platform: &Platform, built: &Built, trained: &Trained, steps: Vec<Step>) -> Result<Report> {
    let gate = built.stages.iter().find(|stage| stage.stage() == "gate").context("the snapshot was not gated")?;
    let utility = trained.audit.utility.as_ref().context("the audit measured no loss")?;
    let mut left_out = gate.dropped().clone();
    for stage in built.stages.iter().filter(|stage| stage.stage() != "gate") {
        for (reason, number) in stage.dropped() {
            *left_out.entry(reason.clone()).or_default() += number;
        }
    }
    Ok(Report {
        members: platform.store.member_count().await?,
        records_collected: gate.taken(),
        admitted: gate.kept(),
        left_out,
        redacted: built.redacted.clone(),
        planted: populate_demo::recall(platform, &built.snapshot).await?,
        rows: built.rows,
        tokens: built.tokens,
        shards: trained.shards.len(),
        loss_base: utility.base.nats,
        loss_adapters: utility.adapted.nats,
        audit: audit_numbers(&trained.audit),
        steps,
    })
}

/// The verdict and every measured value, by the limit's name.
fn audit_numbers(audit: &AuditReport) -> serde_json::Value {
    let values = audit.checks.iter().filter_map(|line| Some((line.limit.row().name.to_owned(), json!(line.value?))));
    let mut numbers: serde_json::Map<String, serde_json::Value> = values.collect();
    numbers.insert("passed".into(), json!(audit.passed));
    numbers.into()
}

fn tell(report: &Report) {
    let row = |name: &str, value: String| vec![name.to_owned(), value];
    let mut rows = vec![
        row("members", grouped(report.members)),
        row("records collected", grouped(report.records_collected)),
        row("records admitted", grouped(report.admitted)),
    ];
    rows.extend(report.left_out.iter().map(|(reason, n)| row(&format!("  left out: {reason}"), grouped(*n))));
    rows.extend(report.redacted.iter().map(|(kind, n)| row(&format!("  replaced: {kind}"), grouped(*n))));
    if let Some(planted) = &report.planted {
        rows.push(row("planted and admitted", grouped(planted.planted)));
        rows.push(row("  still in the snapshot", grouped(planted.left)));
    }
    rows.push(row("rows in the snapshot", grouped(report.rows)));
    rows.push(row("tokens in the snapshot", grouped(report.tokens)));
    rows.push(row("shards trained", report.shards.to_string()));
    rows.push(row("held-out loss, base", format!("{:.3}", report.loss_base)));
    rows.push(row("held-out loss, base + adapters", format!("{:.3}", report.loss_adapters)));
    rows.extend(
        report.steps.iter().map(|step| row(&format!("seconds: {}", step.name), format!("{:.1}", step.seconds))),
    );
    output::table(&rows);
}
