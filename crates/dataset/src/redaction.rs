//! The redaction step: admitted rows in, the same rows without the personal data that was found out. Rows for generative
//! training that may say something special about a person (health, belief, a conviction) are held back whole: no redacted
//! text is free of what it says. What is found and what takes its place is `candor_redact`'s; here are only columns.
//! Values are never kept, only their counts.

use crate::{
    batch::{Admitted, Batch, BatchError, Redacted},
    counts::{StageCounts, Unreconciled},
    gate::spans_of,
};
use arrow::{
    array::{ArrayRef, AsArray, RecordBatch, StringArray, UInt32Array},
    compute::take,
};
use candor_core::{PurposeKey, Reason, RecordId, Span};
use candor_redact::{
    Redactor,
    special::{Category, Detector},
};
use rayon::prelude::*;
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

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
    /// Rows in, kept, and dropped because no text was left (`empty`) or because of what they may say of a person
    /// (`special_category`).
    pub stage: StageCounts,
    /// Replaced personal data by kind.
    pub findings: candor_redact::Counts,
    /// Rows held back by what they may say; one that may say two things counts twice.
    pub statements: BTreeMap<Category, u64>,
    /// The records that were held back.
    pub held: Vec<RecordId>,
}

/// A row after redaction.
struct Judged {
    redacted: candor_redact::Redacted,
    /// What it may say of a person.
    says: BTreeSet<Category>,
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
    let detector = (batch.terms().purpose == PurposeKey::generative_training()).then(Detector::standard);
    let judge = |row| judge(text.value(row), &spans_of(spans, row), redactor, detector);
    let judged: Vec<Judged> = (0..batch.rows()).into_par_iter().map(judge).collect();

    let record = batch.text("record")?;
    let mut findings = candor_redact::Counts::new();
    let (mut statements, mut held) = (BTreeMap::new(), Vec::new());
    let (mut rows, mut texts) = (Vec::with_capacity(judged.len()), Vec::with_capacity(judged.len()));
    for (at, Judged { redacted, says }) in judged.into_iter().enumerate() {
        if !says.is_empty() {
            let id = RecordId::new(record.value(at));
            held.push(id.map_err(|source| BatchError::Id { row: at, column: "record", source })?);
            says.into_iter().for_each(|category| *statements.entry(category).or_default() += 1);
        } else if !redacted.text.trim().is_empty() {
            findings += redacted.counts;
            rows.push(u32::try_from(at).map_err(|_| BatchError::TooLarge(batch.rows()))?);
            texts.push(redacted.text);
        }
    }
    let special = held.len() as u64;
    let empty = (batch.rows().saturating_sub(rows.len()) as u64).saturating_sub(special);
    let dropped = [("empty", empty), (Reason::SpecialCategory.code(), special)];
    let dropped = dropped.into_iter().filter(|(_, n)| *n > 0).map(|(reason, n)| (reason.to_owned(), n)).collect();
    let stage = StageCounts::new("redaction", batch.rows() as u64, rows.len() as u64, dropped)?;
    let counts = Counts { stage, findings, statements, held };
    Ok((Batch::made(columns(&batch, &UInt32Array::from(rows), texts)?, batch.terms().clone()), counts))
}

/// Redacts one text. What it says is read from the text as it was written, where people still have their names.
fn judge(text: &str, spans: &[Span], redactor: &Redactor, detector: Option<&Detector>) -> Judged {
    let redacted = redactor.redact(text, spans);
    let says = detector.map_or_else(BTreeSet::new, |detector| {
        let mentioned = redacted.subjects.iter().map(|subject| subject.span);
        let people: Vec<Span> = spans.iter().copied().chain(mentioned).collect();
        detector.find_about(text, &people).into_iter().map(|statement| statement.category).collect()
    });
    Judged { redacted, says }
}

/// The columns of the rows that stay, with their new texts.
fn columns(batch: &Batch<Admitted>, rows: &UInt32Array, texts: Vec<String>) -> Result<RecordBatch, BatchError> {
    let mut columns: Vec<ArrayRef> = Vec::new();
    for name in ["record", "member", "kind", "created", "language", "license"] {
        let column = batch.columns().column_by_name(name).ok_or(BatchError::Absent(name))?;
        columns.push(take(column, rows, None)?);
    }
    columns.push(Arc::new(StringArray::from(texts)));
    let risk = batch.columns().column_by_name("risk").ok_or(BatchError::Absent("risk"))?;
    columns.push(take(risk, rows, None)?);
    Ok(RecordBatch::try_new(Arc::new(Redacted::schema()), columns)?)
}
