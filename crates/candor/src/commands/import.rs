//! `candor import`: members and records from an export, with a table of what was kept and what was left out.

use crate::{
    cli::{Global, Import, ImportFormat},
    exit::Outcome,
    jobs::import_records::{self, Imported},
    output::{self, Step, grouped},
    platform::{self, Platform},
};
use anyhow::Result;
use candor_core::PolicyId;
use candor_dataset::import::Format;
use std::{path::Path, sync::Arc};

/// Runs the command.
pub async fn run(global: &Global, args: Import) -> Result<()> {
    let platform = Platform::open(global).await?;
    let format = args.format.map(|format| match format {
        ImportFormat::Stackexchange => Format::StackExchange,
        ImportFormat::Ndjson => Format::Ndjson,
        ImportFormat::NetworkZip => Format::NetworkZip,
    });
    let told = args.notice_delivered.map(PolicyId::new).transpose()?;
    let done = with_progress(&platform, &args.path, format, told).await?;
    if global.json {
        output::json(&done)?;
    } else {
        tell(&done);
    }
    let bad: u64 = done.report.files.iter().map(|file| file.bad_rows).sum();
    if bad > 0 {
        return Err(Outcome::Partial(format!("{bad} rows are damaged and were left out; the rest was taken")).into());
    }
    Ok(())
}

/// Imports with a bar.
pub async fn with_progress(
    platform: &Platform,
    path: &Path,
    format: Option<Format>,
    told: Option<PolicyId>,
) -> Result<Imported> {
    let step = Arc::new(Step::start("import", 0, platform.quiet));
    let shown = Arc::clone(&step);
    let progress = move |at: candor_dataset::import::Progress<'_>| {
        shown.at(at.rows, &format!("{} {} rows", at.file, grouped(at.rows)));
    };
    let done = import_records::run(platform, path, format, told, platform::now(), progress).await?;
    if let Some(step) = Arc::into_inner(step) {
        step.done(&format!(
            "{} members and {} records new, {} records known",
            grouped(done.members_added),
            grouped(done.records_added),
            grouped(done.records_known)
        ));
    }
    Ok(done)
}

/// Prints the table of files.
pub fn tell(done: &Imported) {
    output::line(done.report.to_string().trim_end());
    output::line(&format!(
        "new: {} members, {} records; known: {} records",
        grouped(done.members_added),
        grouped(done.records_added),
        grouped(done.records_known)
    ));
}
