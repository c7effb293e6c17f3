//! The redaction step: admitted rows in, the same rows without the personal data that was found out. What it finds and
//! what takes its place is `candor_redact`'s; here are only columns. Values are never kept, only their counts.

use crate::{
    batch::{Admitted, Batch, BatchError, Redacted},
    counts::{StageCounts, Unreconciled},
    gate::spans_of,
};
use arrow::{
    array::{ArrayRef, AsArray, RecordBatch, StringArray, UInt32Array},
    compute::take,
};
use candor_redact::Redactor;
use rayon::prelude::*;
use std::{collections::BTreeMap, sync::Arc};

/// Why a batch cannot be redacted.
#[derive(Debug, thiserror::Error)]
pub enum RedactionError {
    /// The batch is not as it must be.
    #[error(transparent)]
    Batch(#[from] BatchError),
    /// A row was lost or doubled.
    #[error(transparent)]
    Counts(#[from] Unreconciled),
}

/// What the step did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Counts {
    /// Rows in, kept, and dropped because no text was left (`empty`).
    pub stage: StageCounts,
    /// Replaced personal data by kind.
    pub findings: candor_redact::Counts,
}

/// Replaces the personal data of a batch, and the spans of members who are left out. Rows are redacted side by side; their
/// order stays.
///
/// # Errors
/// When the batch is not as the gate makes it.
pub fn redact(batch: Batch<Admitted>, redactor: &Redactor) -> Result<(Batch<Redacted>, Counts), RedactionError> {
    let text = batch.text("text")?;
    let spans = batch.columns().column_by_name("spans").and_then(|column| column.as_list_opt::<i32>());
    let spans = spans.ok_or(BatchError::Absent("spans"))?;
    let redacted: Vec<candor_redact::Redacted> =
        (0..batch.rows()).into_par_iter().map(|row| redactor.redact(text.value(row), &spans_of(spans, row))).collect();

    let mut findings = candor_redact::Counts::new();
    let (mut rows, mut texts) = (Vec::with_capacity(redacted.len()), Vec::with_capacity(redacted.len()));
    for (row, redacted) in (0_u32..).zip(redacted) {
        if !redacted.text.trim().is_empty() {
            findings += redacted.counts;
            rows.push(row);
            texts.push(redacted.text);
        }
    }
    let empty = batch.rows().saturating_sub(rows.len()) as u64;
    let dropped = if empty > 0 { BTreeMap::from([("empty".to_owned(), empty)]) } else { BTreeMap::new() };
    let stage = StageCounts::new("redaction", batch.rows() as u64, rows.len() as u64, dropped)?;

    let rows = UInt32Array::from(rows);
    let mut columns: Vec<ArrayRef> = Vec::new();
    for name in ["record", "member", "kind", "created", "language", "license"] {
        let column = batch.columns().column_by_name(name).ok_or(BatchError::Absent(name))?;
        columns.push(take(column, &rows, None).map_err(BatchError::Arrow)?);
    }
    columns.push(Arc::new(StringArray::from(texts)));
    let risk = batch.columns().column_by_name("risk").ok_or(BatchError::Absent("risk"))?;
    columns.push(take(risk, &rows, None).map_err(BatchError::Arrow)?);
    let columns = RecordBatch::try_new(Arc::new(Redacted::schema()), columns).map_err(BatchError::Arrow)?;
    Ok((Batch::made(columns, batch.terms().clone()), Counts { stage, findings }))
}
