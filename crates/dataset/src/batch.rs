//! Records as Arrow columns, with the stage they are in as their type. A batch of a stage is made only by the stage
//! before it; on disk the stage, the rule book's hash and the log index stand in the Parquet metadata and are checked
//! when the file is opened. Never fills in what is absent: a batch without a column it needs is refused.

use crate::{files, table};
use arrow::{
    array::{
        Array, ArrayRef, AsArray, BooleanArray, RecordBatch, StringArray, StringBuilder, TimestampMicrosecondArray,
    },
    datatypes::{DataType, Field, Schema, TimeUnit, TimestampMicrosecondType},
    error::ArrowError,
};
use candor_core::{PurposeKey, RecipientKey, Seq};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::{collections::HashMap, path::Path, sync::Arc};

/// The most rows of one batch.
pub const MAX_ROWS: usize = 1 << 20;

/// What a gated batch was gated under. Batches of different terms are never mixed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Terms {
    /// SHA-256 of the rule book, in hex.
    pub rule_book: String,
    /// What the data would be used for.
    pub purpose: PurposeKey,
    /// Who would receive it.
    pub recipient: RecipientKey,
    /// Valid time of the question.
    pub at: Timestamp,
    /// Log index of the question.
    pub as_of: Seq,
}

mod sealed {
    pub trait Sealed {}
}

/// A stage of the record's way. There are no others than those of this file.
pub trait Stage: sealed::Sealed {
    /// Its name in metadata.
    const NAME: &'static str;
    /// What stands in the metadata beside the name.
    type Terms: Clone + std::fmt::Debug;
}

/// As it came in: nothing was decided yet.
#[derive(Debug, Clone, Copy)]
pub enum Collected {}
/// Let through by the gate, with the spans that must be redacted.
#[derive(Debug, Clone, Copy)]
pub enum Admitted {}
/// Without the personal data that was found.
#[derive(Debug, Clone, Copy)]
pub enum Redacted {}

impl sealed::Sealed for Collected {}
impl sealed::Sealed for Admitted {}
impl sealed::Sealed for Redacted {}

impl Stage for Collected {
    const NAME: &'static str = "collected";
    type Terms = ();
}
impl Stage for Admitted {
    const NAME: &'static str = "admitted";
    type Terms = Terms;
}
impl Stage for Redacted {
    const NAME: &'static str = "redacted";
    type Terms = Terms;
}

/// Why columns are not a batch.
#[derive(Debug, thiserror::Error)]
pub enum BatchError {
    /// A column is absent.
    #[error("the records have no column `{0}`; write them with this version of the program")]
    Absent(&'static str),
    /// A column is of another type, or holds nothing where something must stand.
    #[error("column `{column}` of the records is `{got}`, not `{expected}`; write it with this version of the program")]
    Type {
        /// The column.
        column: &'static str,
        /// What it is.
        got: String,
        /// What it must be.
        expected: String,
    },
    /// Too many rows.
    #[error("a batch of `{0}` rows is too large; hand on at most `{MAX_ROWS}` at a time")]
    TooLarge(usize),
    /// An identifier that is none.
    #[error("row `{row}` of the records has no valid `{column}`: {source}")]
    Id {
        /// The row, from 0.
        row: usize,
        /// The column.
        column: &'static str,
        /// What is wrong.
        source: candor_core::id::IdError,
    },
    /// A file of another stage, rule book or log index.
    #[error("the file's `{key}` is `{got}`, not `{expected}`; build it again")]
    OtherTerms {
        /// Which one.
        key: &'static str,
        /// What stands in the file.
        got: String,
        /// What must stand there.
        expected: String,
    },
    /// Arrow refuses the columns.
    #[error("the columns do not fit together")]
    Arrow(#[from] ArrowError),
    /// The file cannot be read or written.
    #[error(transparent)]
    File(#[from] files::FileError),
}

/// Rows in the columns of a stage.
///
/// Collected batches have the columns of the store: `record`, `member`, `kind`, `created`, `edited`, `visibility`,
/// `source`, `thread`, `language`, `license`, `title`, `text`, `deleted`. The later stages have `record`, `member`,
/// `kind`, `created`, `language`, `license`, `text`, `risk`; admitted ones also `spans`.
pub struct Batch<S: Stage> {
    columns: RecordBatch,
    terms: S::Terms,
}

impl<S: Stage> std::fmt::Debug for Batch<S> {
    /// Stage and number of rows only: the rows are members' text.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Batch")
            .field("stage", &S::NAME)
            .field("rows", &self.rows())
            .field("terms", &self.terms)
            .finish()
    }
}

impl<S: Stage> Batch<S> {
    /// Number of rows.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.columns.num_rows()
    }

    /// What it was gated under; nothing for collected ones.
    #[must_use]
    pub fn terms(&self) -> &S::Terms {
        &self.terms
    }

    /// The columns, to look at.
    #[must_use]
    pub fn columns(&self) -> &RecordBatch {
        &self.columns
    }

    /// Only the stage before may call it; that is why it is not public.
    pub(crate) fn made(columns: RecordBatch, terms: S::Terms) -> Self {
        Self { columns, terms }
    }

    /// A text column without nulls. Columns are checked when a batch is made, so it is there.
    pub(crate) fn text(&self, column: &'static str) -> Result<&StringArray, BatchError> {
        get(&self.columns, column)?.as_string_opt().ok_or(BatchError::Absent(column))
    }

    /// A column of instants.
    pub(crate) fn instants(&self, column: &'static str) -> Result<&TimestampMicrosecondArray, BatchError> {
        get(&self.columns, column)?.as_primitive_opt::<TimestampMicrosecondType>().ok_or(BatchError::Absent(column))
    }

    /// A column of truths.
    pub(crate) fn truths(&self, column: &'static str) -> Result<&BooleanArray, BatchError> {
        get(&self.columns, column)?.as_boolean_opt().ok_or(BatchError::Absent(column))
    }
}

impl Batch<Collected> {
    /// Takes the store's columns. A title is put above its text, so that later stages see both as one text.
    ///
    /// # Errors
    /// When a column is absent, of another type, or null where it must not be.
    pub fn from_arrow(columns: RecordBatch) -> Result<Self, BatchError> {
        if columns.num_rows() > MAX_ROWS {
            return Err(BatchError::TooLarge(columns.num_rows()));
        }
        let mut checked = Vec::with_capacity(COLLECTED.len());
        for (name, kind, nullable) in COLLECTED {
            checked.push(check(&columns, name, &kind.arrow(), nullable)?);
        }
        let batch = RecordBatch::try_new(Arc::new(collected_schema()), checked)?;
        let title = get(&batch, "title")?.as_string_opt::<i32>().ok_or(BatchError::Absent("title"))?;
        let text = get(&batch, "text")?.as_string_opt::<i32>().ok_or(BatchError::Absent("text"))?;
        let mut whole = StringBuilder::with_capacity(text.len(), text.value_data().len() + title.value_data().len());
        for row in 0..batch.num_rows() {
            match title.is_valid(row).then(|| title.value(row)).filter(|title| !title.is_empty()) {
                Some(title) => whole.append_value(format!("{title}\n\n{}", text.value(row))),
                None => whole.append_value(text.value(row)),
            }
        }
        let mut columns = batch.columns().to_vec();
        if let Some(last) = columns.get_mut(COLLECTED.len() - 2) {
            *last = Arc::new(whole.finish());
        }
        Ok(Self::made(RecordBatch::try_new(batch.schema(), columns)?, ()))
    }
}

macro_rules! on_disk {
    ($stage:ty) => {
        impl Batch<$stage> {
            /// Writes the batch as a Parquet file with its stage and terms in the metadata.
            ///
            /// # Errors
            /// When the file cannot be written.
            pub fn write(&self, path: &Path) -> Result<(), BatchError> {
                table::write(path, &self.columns, table::metadata(<$stage>::NAME, &self.terms))?;
                Ok(())
            }

            /// Opens a file of this stage that was written under these terms.
            ///
            /// # Errors
            /// When it cannot be read, or is of another stage, rule book, purpose, recipient, time or log index.
            pub fn open(path: &Path, terms: &Terms) -> Result<Self, BatchError> {
                let (columns, metadata) = table::read(path)?;
                table::check_metadata(&metadata, <$stage>::NAME, terms)?;
                if columns.num_rows() > MAX_ROWS {
                    return Err(BatchError::TooLarge(columns.num_rows()));
                }
                for field in <$stage>::schema().fields() {
                    let got = columns.schema().field_with_name(field.name()).ok().map(|f| f.data_type().clone());
                    if got.as_ref() != Some(field.data_type()) {
                        let (key, expected) = ("columns", field.name().clone());
                        return Err(BatchError::OtherTerms { key, got: format!("{got:?}"), expected });
                    }
                }
                let columns = RecordBatch::try_new(Arc::new(<$stage>::schema()), columns.columns().to_vec())?;
                Ok(Self::made(columns, terms.clone()))
            }
        }
    };
}
on_disk!(Admitted);
on_disk!(Redacted);

impl Admitted {
    /// The columns after the gate: `spans` are pairs of byte offsets, `risk` says whether the member is likely to leave.
    #[must_use]
    pub fn schema() -> Schema {
        let mut fields = later_fields();
        fields.push(Field::new("spans", DataType::List(Arc::new(span_field())), false));
        Schema::new(fields)
    }
}

impl Redacted {
    /// The columns after redaction.
    #[must_use]
    pub fn schema() -> Schema {
        Schema::new(later_fields())
    }
}

/// One offset in the `spans` column.
pub(crate) fn span_field() -> Field {
    Field::new("element", DataType::UInt64, false)
}

fn later_fields() -> Vec<Field> {
    let text = |name: &str, nullable| Field::new(name, DataType::Utf8, nullable);
    vec![
        text("record", false),
        text("member", false),
        text("kind", false),
        Field::new("created", instant(), false),
        text("language", true),
        text("license", true),
        text("text", false),
        Field::new("risk", DataType::Boolean, false),
    ]
}

#[derive(Clone, Copy)]
enum Column {
    Text,
    Instant,
    Truth,
}

impl Column {
    fn arrow(self) -> DataType {
        match self {
            Self::Text => DataType::Utf8,
            Self::Instant => instant(),
            Self::Truth => DataType::Boolean,
        }
    }
}

/// The columns of the store; the last flag says whether a null may stand in it.
const COLLECTED: [(&str, Column, bool); 13] = [
    ("record", Column::Text, false),
    ("member", Column::Text, false),
    ("kind", Column::Text, false),
    ("created", Column::Instant, false),
    ("edited", Column::Instant, false),
    ("visibility", Column::Text, false),
    ("source", Column::Text, false),
    ("thread", Column::Text, true),
    ("language", Column::Text, true),
    ("license", Column::Text, true),
    ("title", Column::Text, true),
    ("text", Column::Text, false),
    ("deleted", Column::Truth, false),
];

/// The columns that [`Batch::<Collected>::from_arrow`] takes.
#[must_use]
pub fn collected_schema() -> Schema {
    let metadata = HashMap::from([(table::STAGE.to_owned(), Collected::NAME.to_owned())]);
    let fields: Vec<Field> =
        COLLECTED.iter().map(|(name, kind, nullable)| Field::new(*name, kind.arrow(), *nullable)).collect();
    Schema::new(fields).with_metadata(metadata)
}

/// Microseconds in UTC.
pub(crate) fn instant() -> DataType {
    DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into()))
}

fn get<'a>(columns: &'a RecordBatch, name: &'static str) -> Result<&'a ArrayRef, BatchError> {
    columns.column_by_name(name).ok_or(BatchError::Absent(name))
}

fn check(
    columns: &RecordBatch,
    name: &'static str,
    expected: &DataType,
    nullable: bool,
) -> Result<ArrayRef, BatchError> {
    let column = get(columns, name)?;
    let wrong = |got: String| BatchError::Type { column: name, got, expected: expected.to_string() };
    if column.data_type() != expected {
        return Err(wrong(column.data_type().to_string()));
    }
    if !nullable && column.null_count() > 0 {
        return Err(wrong("null".to_owned()));
    }
    Ok(Arc::clone(column))
}
