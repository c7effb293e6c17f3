//! The platform's own export: one JSON object a line, plain, gzip or zstd. The lines are those of
//! `candor_core::export`, the same as the API takes; what each field means is said there and in `docs/import.md`.

use super::{
    FileReport, ImportError, ImportReport, Limits, OnProgress, PROGRESS_ROWS, Progress, Sink, clean,
    lines::{Line, Lines},
};
use candor_core::export::{ExportError, ExportLine};
use std::path::Path;

/// Imports one file.
///
/// # Errors
/// When the file cannot be read or goes over a bound, or the sink refuses.
pub fn import_file(
    path: &Path,
    limits: &Limits,
    sink: &mut dyn Sink,
    progress: OnProgress<'_>,
) -> Result<ImportReport, ImportError> {
    let mut lines = Lines::open(path, limits)?;
    let name = path.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned());
    let mut file = FileReport::new(name);
    loop {
        match lines.next_line()? {
            Line::End => break,
            Line::Cut(reason) => {
                file.cut(reason);
                break;
            }
            Line::Bad(reason) => {
                file.row();
                file.bad(reason);
            }
            // A byte order mark and empty lines are no rows.
            Line::Text(line) => match line.trim_start_matches('\u{feff}').trim() {
                "" => {}
                line => take(line, limits, &mut file, sink)?,
            },
        }
        if file.bad_rows > limits.bad_rows {
            file.cut("too_many_bad_rows");
            break;
        }
        if file.read.is_multiple_of(PROGRESS_ROWS) {
            let (bytes, total_bytes) = (lines.bytes(), Some(lines.total_bytes));
            progress(Progress { file: &file.name, rows: file.read, bytes, total_bytes });
        }
    }
    let mut report = ImportReport::default();
    report.push(file)?;
    Ok(report)
}

fn take(line: &str, limits: &Limits, file: &mut FileReport, sink: &mut dyn Sink) -> Result<(), ImportError> {
    file.row();
    match ExportLine::parse(line) {
        Ok(ExportLine::Member(member)) => {
            sink.member(member)?;
            file.keep();
            file.members += 1;
        }
        Ok(ExportLine::Record(record)) => {
            let mut record = record.into_record();
            record.text = clean(&record.text);
            if record.text.len() > limits.text_bytes {
                file.bad("text_too_long");
                return Ok(());
            }
            if record.text.is_empty() {
                file.leave_out("empty");
                return Ok(());
            }
            sink.record(record)?;
            file.keep();
            file.records += 1;
        }
        Err(error) => file.bad(reason(&error)),
    }
    Ok(())
}

/// The counted reason behind a refused line; the error's own words never hold the line's text either.
fn reason(error: &ExportError) -> &'static str {
    match error {
        ExportError::LineTooLong(_) => "line_too_long",
        ExportError::Form { problem: "invalid JSON" | "the line ends too early", .. } => "bad_json",
        ExportError::Form { .. } => "bad_form",
        ExportError::TextTooLong(_) => "text_too_long",
        ExportError::EditedBeforeCreated => "edited_before_created",
    }
}
