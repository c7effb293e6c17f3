//! Records as columns: the schema of the buckets' files, and the way from `Record` to Arrow and back.
//!
//! The columns, written here and read by `dataset`: `record`, `member`, `kind`, `created`, `edited`, `visibility`,
//! `source`, `thread`, `language`, `license`, `title`, `text`; on reading also `deleted`.

use crate::{error::StoreError, time::id};
use arrow::{
    array::{Array, ArrayRef, BooleanArray, RecordBatch, StringArray, TimestampMicrosecondArray},
    datatypes::{DataType, Field, Schema, SchemaRef, TimeUnit},
};
use candor_core::{MemberId, Record, RecordId, RecordKind, Visibility};
use jiff::Timestamp;
use sha2::{Digest, Sha256};
use std::{collections::HashSet, sync::Arc};

/// Number of buckets. Fixed for ever: a member's bucket is part of the layout.
pub const BUCKETS: u16 = 64;
const FILES: &str = "records/";
const UTC: &str = "UTC";

/// The bucket of a member: the first byte of SHA-256 of the identifier, modulo [`BUCKETS`].
#[must_use]
pub fn bucket_of(member: &MemberId) -> u16 {
    let hash = Sha256::digest(member.as_str());
    u16::from(hash.first().copied().unwrap_or_default()) % BUCKETS
}

/// The columns of a bucket's file.
#[must_use]
pub fn record_schema() -> SchemaRef {
    let text = |name: &str, nullable| Field::new(name, DataType::Utf8, nullable);
    let time = |name: &str| Field::new(name, DataType::Timestamp(TimeUnit::Microsecond, Some(UTC.into())), false);
    Arc::new(Schema::new(vec![
        text("record", false),
        text("member", false),
        text("kind", false),
        time("created"),
        time("edited"),
        text("visibility", false),
        text("source", false),
        text("thread", true),
        text("language", true),
        text("license", true),
        text("title", true),
        text("text", false),
    ]))
}

/// The columns of what is read: those of the file and `deleted`.
#[must_use]
pub fn read_schema() -> SchemaRef {
    let mut fields: Vec<_> = record_schema().fields().iter().cloned().collect();
    fields.push(Arc::new(Field::new("deleted", DataType::Boolean, false)));
    Arc::new(Schema::new(fields))
}

/// Records as columns, in the order given.
pub(crate) fn to_batch(records: &[Record]) -> Result<RecordBatch, StoreError> {
    let text =
        |get: fn(&Record) -> &str| -> ArrayRef { Arc::new(StringArray::from_iter_values(records.iter().map(get))) };
    let maybe =
        |get: fn(&Record) -> Option<&str>| -> ArrayRef { Arc::new(records.iter().map(get).collect::<StringArray>()) };
    let time = |get: fn(&Record) -> Timestamp| -> ArrayRef {
        let times = records.iter().map(|record| get(record).as_microsecond());
        Arc::new(TimestampMicrosecondArray::from_iter_values(times).with_timezone(UTC))
    };
    let columns = vec![
        text(|r| r.id.as_str()),
        text(|r| r.member.as_str()),
        text(|r| r.kind.as_str()),
        time(|r| r.created),
        time(|r| r.edited),
        text(|r| r.visibility.as_str()),
        text(|r| &r.source),
        maybe(|r| r.thread.as_ref().map(RecordId::as_str)),
        maybe(|r| r.language.as_deref()),
        maybe(|r| r.license.as_deref()),
        maybe(|r| r.title.as_deref()),
        text(|r| &r.text),
    ];
    Ok(RecordBatch::try_new(record_schema(), columns)?)
}

/// The records of a batch.
pub(crate) fn from_batch(batch: &RecordBatch) -> Result<Vec<Record>, StoreError> {
    let (record, member, kind) = (texts(batch, "record")?, texts(batch, "member")?, texts(batch, "kind")?);
    let (created, edited) = (times(batch, "created")?, times(batch, "edited")?);
    let (visibility, source) = (texts(batch, "visibility")?, texts(batch, "source")?);
    let (thread, language) = (texts(batch, "thread")?, texts(batch, "language")?);
    let (license, title, text) = (texts(batch, "license")?, texts(batch, "title")?, texts(batch, "text")?);
    let maybe = |column: &StringArray, row: usize| column.is_valid(row).then(|| column.value(row).to_owned());
    let row = |row: usize| {
        Ok(Record {
            id: id(record.value(row).to_owned(), FILES)?,
            member: id(member.value(row).to_owned(), FILES)?,
            kind: RecordKind::from_name(kind.value(row)).ok_or(StoreError::Corrupt(FILES))?,
            created: crate::time::timestamp(created.value(row), FILES)?,
            edited: crate::time::timestamp(edited.value(row), FILES)?,
            visibility: Visibility::from_name(visibility.value(row)).ok_or(StoreError::Corrupt(FILES))?,
            source: source.value(row).to_owned(),
            thread: maybe(thread, row).map(|text| id(text, FILES)).transpose()?,
            language: maybe(language, row),
            license: maybe(license, row),
            title: maybe(title, row),
            text: text.value(row).to_owned(),
        })
    };
    (0..batch.num_rows()).map(row).collect()
}

/// Adds the column `deleted`.
pub(crate) fn with_deleted(batch: &RecordBatch, deleted: &HashSet<String>) -> Result<RecordBatch, StoreError> {
    let records = texts(batch, "record")?;
    let flags: BooleanArray = (0..batch.num_rows()).map(|row| Some(deleted.contains(records.value(row)))).collect();
    let mut columns = batch.columns().to_vec();
    columns.push(Arc::new(flags));
    Ok(RecordBatch::try_new(read_schema(), columns)?)
}

/// A column of texts.
pub(crate) fn texts<'a>(batch: &'a RecordBatch, name: &str) -> Result<&'a StringArray, StoreError> {
    let column = batch.column_by_name(name).and_then(|column| column.as_any().downcast_ref());
    column.ok_or(StoreError::Corrupt(FILES))
}

fn times<'a>(batch: &'a RecordBatch, name: &str) -> Result<&'a TimestampMicrosecondArray, StoreError> {
    let column = batch.column_by_name(name).and_then(|column| column.as_any().downcast_ref());
    column.ok_or(StoreError::Corrupt(FILES))
}
