//! The gate over batches: each record in, a decision with every reason out, and the admitted rows on their way.
//! It asks the engine (`engine.rs`, members compiled once, equal to `candor_core::decide`) for every record and adds no
//! rule of its own; where the batch says less than the log, or the log less than the batch, the stricter of both holds.
//!
//! Beside it: `word.rs`, `class.rs` and `members.rs` (what members compile to), `columns.rs` (records), `replay.rs` (what changed, what
//! would change).

mod class;
pub mod columns;
pub mod engine;
mod members;
pub mod replay;
pub mod word;

use crate::{
    batch::{Admitted, Batch, BatchError, Collected, Terms, span_field},
    counts::{StageCounts, Unreconciled},
};
use arrow::{
    array::{
        ArrayRef, AsArray, BooleanArray, ListArray, RecordBatch, StringArray, TimestampMicrosecondArray, UInt32Array,
        UInt64Array,
    },
    buffer::OffsetBuffer,
    compute::take,
};
use candor_core::{
    Decision, Event, Frame, History, MemberId, Query, Reason, RecordFacts, RecordId, RecordKind, Span, Subject,
    SubjectRole, Visibility, decide::row_at,
};
use candor_redact::{Directory, recognize::Page};
use engine::Engine;
use jiff::Timestamp;
use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
};

/// Tells which members of the platform are in a text, and where.
pub type FindSubjects<'a> = Box<dyn Fn(&str) -> Vec<Subject> + 'a>;

/// Why a batch cannot be decided.
#[derive(Debug, thiserror::Error)]
pub enum GateError {
    /// The batch is not as it must be.
    #[error(transparent)]
    Batch(#[from] BatchError),
    /// A record was lost or doubled.
    #[error(transparent)]
    Counts(#[from] Unreconciled),
}

/// What the gate made of a batch.
#[derive(Debug)]
pub struct Gated {
    /// The rows that may be used.
    pub admitted: Batch<Admitted>,
    /// One decision a record, in the order of the batch.
    pub decisions: Vec<(RecordId, MemberId, Decision)>,
    /// Rows in, admitted, and denied by primary reason; they add up.
    pub counts: StageCounts,
}

/// One question, asked for many records.
pub struct Gate<'a> {
    history: &'a History,
    query: &'a Query,
    subjects: Option<FindSubjects<'a>>,
    terms: Terms,
}

impl<'a> Gate<'a> {
    /// A gate for a question. With a directory, the members who are named in a text are found in it; those who are left
    /// out themselves must then be redacted.
    #[must_use]
    pub fn new(history: &'a History, query: &'a Query, directory: Option<&'a Directory>) -> Self {
        let subjects = directory
            .filter(|directory| !directory.is_empty())
            .map(|directory| -> FindSubjects<'a> { Box::new(move |text| subjects_of(directory, text)) });
        Self::with_subjects(history, query, subjects)
    }

    /// A gate that is told by a function who is in a text.
    #[must_use]
    pub fn with_subjects(history: &'a History, query: &'a Query, subjects: Option<FindSubjects<'a>>) -> Self {
        let terms = Terms {
            rule_book: history.book().hash(),
            purpose: query.purpose.clone(),
            recipient: query.recipient.clone(),
            at: query.at,
            as_of: query.as_of,
        };
        Self { history, query, subjects, terms }
    }

    /// What is decided under; a snapshot of its batches is built under the same.
    #[must_use]
    pub fn terms(&self) -> &Terms {
        &self.terms
    }

    /// Decides about every record of a batch.
    ///
    /// # Errors
    /// When an identifier is none, or the counts do not add up.
    pub fn admit(&self, batch: &Batch<Collected>) -> Result<Gated, GateError> {
        let rows = Rows::of(batch)?;
        let mut engine = Engine::empty(Frame::new(self.history, self.query));
        let mut decisions = Vec::with_capacity(batch.rows());
        let mut admitted = Admission::default();
        let mut denied: BTreeMap<String, u64> = BTreeMap::new();
        let mut risks: HashMap<MemberId, bool> = HashMap::new();
        for row in 0..batch.rows() {
            let (record, facts) = rows.facts(row)?;
            let decision = self.decide(&mut engine, &record, facts.clone(), rows.text.value(row));
            match decision.primary() {
                Some(reason) => *denied.entry(reason.code().to_owned()).or_default() += 1,
                None if decision.allows() => {
                    let risk = match risks.get(&facts.member) {
                        Some(risk) => *risk,
                        None => self.is_risk(&facts.member),
                    };
                    risks.insert(facts.member.clone(), risk);
                    admitted.push(row, risk, &decision.spans);
                }
                // A mask that names no reason is a doubt, and a doubt excludes.
                None => *denied.entry(Reason::StaleState.code().to_owned()).or_default() += 1,
            }
            decisions.push((record, facts.member, decision));
        }
        let kept = admitted.rows.len() as u64;
        let counts = StageCounts::new("gate", batch.rows() as u64, kept, denied)?;
        let admitted = Batch::made(admitted.columns(batch)?, self.terms.clone());
        Ok(Gated { admitted, decisions, counts })
    }

    /// Decides about one record with its text; what the log says of it is added to what the row says.
    fn decide(&self, engine: &mut Engine, record: &RecordId, facts: RecordFacts, text: &str) -> Decision {
        let mut facts = row_at(self.history, record, facts, self.terms.at, self.terms.as_of);
        if let Some(subjects) = &self.subjects {
            facts.subjects.extend(subjects(text));
        }
        engine.decide(self.history, &facts)
    }

    /// Whether a member ever changed a choice, objected or moved: the best guess at who will leave.
    fn is_risk(&self, member: &MemberId) -> bool {
        self.history.of_member(member, self.query.as_of).any(|logged| {
            matches!(
                logged.event,
                Event::ChoiceSet { .. }
                    | Event::ObjectionFiled { .. }
                    | Event::ResidenceSet { .. }
                    | Event::AccountReopened { .. }
            )
        })
    }
}

/// The columns that decide.
struct Rows<'a> {
    record: &'a StringArray,
    member: &'a StringArray,
    kind: &'a StringArray,
    created: &'a TimestampMicrosecondArray,
    edited: &'a TimestampMicrosecondArray,
    visibility: &'a StringArray,
    deleted: &'a BooleanArray,
    text: &'a StringArray,
}

impl<'a> Rows<'a> {
    fn of(batch: &'a Batch<Collected>) -> Result<Self, BatchError> {
        Ok(Self {
            record: batch.text("record")?,
            member: batch.text("member")?,
            kind: batch.text("kind")?,
            created: batch.instants("created")?,
            edited: batch.instants("edited")?,
            visibility: batch.text("visibility")?,
            deleted: batch.truths("deleted")?,
            text: batch.text("text")?,
        })
    }

    fn facts(&self, row: usize) -> Result<(RecordId, RecordFacts), BatchError> {
        let id = |column, source| BatchError::Id { row, column, source };
        let record = RecordId::new(self.record.value(row)).map_err(|e| id("record", e))?;
        let member = MemberId::new(self.member.value(row)).map_err(|e| id("member", e))?;
        // A time that is none counts as after the question, and so denies.
        let instant = |us: i64| Timestamp::from_microsecond(us).unwrap_or(Timestamp::MAX);
        let created = instant(self.created.value(row));
        let facts = RecordFacts {
            member,
            // A kind or an audience that this version does not know is one that is never used.
            kind: RecordKind::from_name(self.kind.value(row)).unwrap_or(RecordKind::PrivateMessage),
            visibility: Visibility::from_name(self.visibility.value(row)).unwrap_or(Visibility::Private),
            created,
            edited: instant(self.edited.value(row)).max(created),
            deleted: self.deleted.value(row),
            superseded: false,
            held: false,
            subjects: Vec::new(),
        };
        Ok((record, facts))
    }
}

/// The admitted rows, in the order of the batch.
#[derive(Default)]
struct Admission {
    rows: Vec<u32>,
    risks: Vec<bool>,
    offsets: Vec<u64>,
    lengths: Vec<usize>,
}

impl Admission {
    fn push(&mut self, row: usize, risk: bool, spans: &[Span]) {
        self.rows.extend(u32::try_from(row));
        self.risks.push(risk);
        self.offsets.extend(spans.iter().flat_map(|span| [span.start as u64, span.end as u64]));
        self.lengths.push(spans.len() * 2);
    }

    fn columns(self, batch: &Batch<Collected>) -> Result<RecordBatch, BatchError> {
        let rows = UInt32Array::from(self.rows);
        let mut columns: Vec<ArrayRef> = Vec::new();
        for name in ["record", "member", "kind", "created", "language", "license", "text"] {
            let column = batch.columns().column_by_name(name).ok_or(BatchError::Absent(name))?;
            columns.push(take(column, &rows, None)?);
        }
        columns.push(Arc::new(BooleanArray::from(self.risks)));
        let offsets = OffsetBuffer::from_lengths(self.lengths);
        let values = Arc::new(UInt64Array::from(self.offsets));
        columns.push(Arc::new(ListArray::try_new(Arc::new(span_field()), offsets, values, None)?));
        Ok(RecordBatch::try_new(Arc::new(Admitted::schema()), columns)?)
    }
}

/// The spans of a row that must be redacted.
pub(crate) fn spans_of(spans: &ListArray, row: usize) -> Vec<Span> {
    let values = spans.value(row);
    let Some(values) = values.as_primitive_opt::<arrow::datatypes::UInt64Type>() else { return Vec::new() };
    let pairs = values.values().chunks_exact(2);
    let place = |offset: u64| usize::try_from(offset).unwrap_or(usize::MAX);
    pairs.filter_map(|pair| Some(Span { start: place(*pair.first()?), end: place(*pair.last()?) })).collect()
}

/// The facts of every record of a batch, with the members of a directory who are named in its text: what `replay.rs`
/// asks about.
///
/// # Errors
/// When an identifier is none, or a column is absent.
pub fn facts_of(
    batch: &Batch<Collected>,
    directory: Option<&Directory>,
) -> Result<Vec<(RecordId, RecordFacts)>, GateError> {
    let rows = Rows::of(batch)?;
    let mut all = Vec::with_capacity(batch.rows());
    for row in 0..batch.rows() {
        let (record, mut facts) = rows.facts(row)?;
        if let Some(directory) = directory {
            facts.subjects.extend(subjects_of(directory, rows.text.value(row)));
        }
        all.push((record, facts));
    }
    Ok(all)
}

/// The members of a directory who are in a text.
#[must_use]
pub fn subjects_of(directory: &Directory, text: &str) -> Vec<Subject> {
    let (mut findings, mut found) = (Vec::new(), Vec::new());
    directory.find(&Page::new(text), &mut findings, &mut found);
    let mut spans: BTreeMap<Arc<str>, Vec<Span>> = BTreeMap::new();
    for subject in found {
        spans.entry(subject.member).or_default().push(subject.span);
    }
    let subjects = spans.into_iter().filter_map(|(member, spans)| {
        let member = MemberId::new(member.as_ref()).ok()?;
        Some(Subject { member, spans, role: SubjectRole::Mention })
    });
    subjects.collect()
}
