//! `candor audit`: what weights give away. A release is audited with the rows it learnt from; a folder of adapters that came from
//! elsewhere only by what needs no rows, which is not enough to pass.

use crate::{
    base,
    cli::{Audit, Global},
    config, directory,
    exit::Outcome,
    jobs::{forget_member, train_release},
    output::{self, Step},
    platform::Platform,
    release_audit,
};
use anyhow::Result;
use candor_ml::{
    adapter::{Adapter, CONFIG_FILE},
    audit::{AuditInput, AuditLimits, AuditReport, AuditSettings, CheckLine, audit},
    joint::load_joint,
    progress::{Cancel, Progress},
    train::{Watch, shard_folder},
};
use candor_redact::Directory;
use std::{path::Path, sync::Arc};

/// Runs the command.
pub async fn run(global: &Global, args: Audit) -> Result<()> {
    let folder = Path::new(&args.target);
    let report = if folder.is_dir() { of_folder(global, folder)? } else { of_release(global, &args).await? };
    match global.json {
        true => output::json(&report)?,
        false => print(&report),
    }
    if report.passed {
        return Ok(());
    }
    let why = release_audit::failed(&report).join("; ");
    Err(Outcome::Refused(format!("`{}` did not pass its audit ({why})", args.target)).into())
}

/// A release with everything that is known of it, under the rule book's limits.
async fn of_release(global: &Global, args: &Audit) -> Result<AuditReport> {
    let platform = Platform::open(global).await?;
    let row = super::release::find(&platform, &args.target).await?;
    let recipe = match &args.recipe {
        Some(name) => train_release::recipe(name)?,
        None => forget_member::recipe_of(&platform, &row)?,
    };
    let subject = train_release::subject(&platform, &row, recipe).await?;
    let step = Arc::new(Step::start("audit", 1, platform.quiet));
    let report = release_audit::run(subject, &step).await?;
    if let Some(step) = Arc::into_inner(step) {
        step.done(if report.passed { "passed" } else { "FAILED" });
    }
    Ok(report)
}

/// Adapters in the layout of PEFT, one in the folder itself or one a shard below it. No platform is needed.
fn of_folder(global: &Global, folder: &Path) -> Result<AuditReport> {
    let settings = config::load(global)?;
    let base = base::load(&settings.train.base, &settings.data.dir)?;
    let mut adapters = Vec::new();
    if folder.join(CONFIG_FILE).is_file() {
        adapters.push(Adapter::load(folder, base.config())?);
    }
    while let below = shard_folder(folder, adapters.len()).join("adapter")
        && below.join(CONFIG_FILE).is_file()
    {
        adapters.push(Adapter::load(&below, base.config())?);
    }
    if adapters.is_empty() {
        let why = format!(
            "`{}` holds no adapter (`{CONFIG_FILE}`), neither itself nor in `shard-000/adapter`",
            folder.display()
        );
        return Err(Outcome::NotFound(why).into());
    }
    let numbers: Vec<usize> = (0..adapters.len()).collect();
    let joint = load_joint(folder, &base)?;
    let redactor = directory::guard(Arc::new(Directory::build(vec![])?))?;
    let step = Step::start("audit", 1, global.quiet);
    let progress = |progress: Progress| {
        step.length(progress.total);
        step.at(progress.done, "");
    };
    let cancel = Cancel::new();
    let input = AuditInput {
        base: &base,
        adapters: &adapters,
        numbers: &numbers,
        joint: joint.as_ref(),
        recipe: None,
        shards: &[],
        states: &[],
        held_out: &[],
        left: &[],
        find_personal: &mut |text: &str| release_audit::personal_data(&redactor, text),
        folder,
    };
    let watch = Watch { progress: &progress, cancel: &cancel };
    let report = audit(input, &AuditLimits::default(), &AuditSettings::default(), watch)?;
    step.done("without training rows: not enough for a release");
    Ok(report)
}

fn print(report: &AuditReport) {
    let head = ["limit", "verdict", "bound", "found"].map(str::to_owned).to_vec();
    let line = |line: &CheckLine| {
        let bound = if line.limit.row().is_below { "below" } else { "at most" };
        vec![
            line.limit.row().name.into(),
            line.verdict.words().into(),
            format!("{bound} {}", line.most),
            line.found.clone(),
        ]
    };
    let rows: Vec<_> = std::iter::once(head).chain(report.checks.iter().map(line)).collect();
    output::table(&rows);
    output::line(if report.passed { "passed" } else { "NOT PASSED" });
}
