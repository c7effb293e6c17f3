//! Parquet in and out: fixed writer settings, so that the same rows are the same bytes, and the rows of a snapshot.
//! Column order, sort order and metadata are part of the format; changing them changes every hash.

use crate::{
    batch::{BatchError, Redacted, Stage, Terms, instant},
    files::{self, FileError},
    snapshot::Row,
};
use arrow::{
    array::{
        Array, ArrayRef, AsArray, ListArray, RecordBatch, RecordBatchReader, StringArray, TimestampMicrosecondArray,
        UInt16Array, UInt32Array,
    },
    buffer::OffsetBuffer,
    compute::concat_batches,
    datatypes::{DataType, Field, Schema, TimestampMicrosecondType, UInt16Type, UInt32Type},
};
use parquet::{
    arrow::{
        ArrowWriter, ProjectionMask, arrow_reader::ParquetRecordBatchReaderBuilder, arrow_writer::ArrowWriterOptions,
    },
    basic::{Compression, ZstdLevel},
    errors::ParquetError,
    file::{metadata::KeyValue, properties::WriterProperties},
};
use sha2::{Digest, Sha256};
use std::{collections::BTreeMap, fs::File, path::Path, sync::Arc};

/// Metadata key of the stage.
pub(crate) const STAGE: &str = "candor.stage";
const ROW_GROUP: usize = 1 << 16;

/// One row of a snapshot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Line {
    pub(crate) record: String,
    /// Pseudonym.
    pub(crate) member: String,
    pub(crate) kind: String,
    /// Microseconds since 1970.
    pub(crate) created: i64,
    pub(crate) language: Option<String>,
    pub(crate) license: Option<String>,
    pub(crate) text: String,
    pub(crate) tokens: Vec<u32>,
    pub(crate) shard: u16,
    pub(crate) slice: u16,
    /// Hash of the normalized text, in hex.
    pub(crate) content_hash: String,
}

impl Line {
    /// The order of rows in a file.
    pub(crate) fn order(&self, other: &Self) -> std::cmp::Ordering {
        self.slice
            .cmp(&other.slice)
            .then_with(|| self.member.cmp(&other.member))
            .then_with(|| self.created.cmp(&other.created))
            .then_with(|| self.record.cmp(&other.record))
    }
}

/// Stage and terms, as they stand in a file's metadata.
pub(crate) fn metadata(stage: &str, terms: &Terms) -> Vec<(&'static str, String)> {
    vec![
        (STAGE, stage.to_owned()),
        ("candor.rule_book", terms.rule_book.clone()),
        ("candor.purpose", terms.purpose.to_string()),
        ("candor.recipient", terms.recipient.to_string()),
        ("candor.at", terms.at.to_string()),
        ("candor.as_of", terms.as_of.to_string()),
    ]
}

/// Compares a file's metadata with what must stand there.
pub(crate) fn check_metadata(got: &BTreeMap<String, String>, stage: &str, terms: &Terms) -> Result<(), BatchError> {
    for (key, expected) in metadata(stage, terms) {
        let got = got.get(key).cloned().unwrap_or_default();
        if got != expected {
            return Err(BatchError::OtherTerms { key, got, expected });
        }
    }
    Ok(())
}

/// The bytes of a Parquet file of these columns.
fn encode(columns: &RecordBatch, metadata: Vec<(&'static str, String)>) -> Result<Vec<u8>, ParquetError> {
    let metadata = metadata.into_iter().map(|(key, value)| KeyValue::new(key.to_owned(), value)).collect();
    let properties = WriterProperties::builder()
        .set_created_by("candor".to_owned())
        .set_compression(Compression::ZSTD(ZstdLevel::try_new(3)?))
        .set_max_row_group_row_count(Some(ROW_GROUP))
        .set_key_value_metadata(Some(metadata))
        .build();
    let options = ArrowWriterOptions::new().with_properties(properties).with_skip_arrow_metadata(true);
    let mut writer = ArrowWriter::try_new_with_options(Vec::new(), columns.schema(), options)?;
    writer.write(columns)?;
    writer.into_inner()
}

/// Writes columns as a Parquet file; gives its SHA-256 in hex and its size in bytes.
pub(crate) fn write(
    path: &Path,
    columns: &RecordBatch,
    metadata: Vec<(&'static str, String)>,
) -> Result<(String, u64), FileError> {
    let bytes = encode(columns, metadata).map_err(FileError::parquet(path))?;
    files::write_durable(path, &bytes)?;
    Ok((files::hash_bytes(&bytes), bytes.len() as u64))
}

/// Reads all columns of a Parquet file, and its metadata.
pub(crate) fn read(path: &Path) -> Result<(RecordBatch, BTreeMap<String, String>), FileError> {
    read_some(path, &[])
}

/// Reads some columns of a Parquet file, or all if none is named.
fn read_some(path: &Path, names: &[&str]) -> Result<(RecordBatch, BTreeMap<String, String>), FileError> {
    let wrong = || FileError::parquet(path);
    let file = File::open(path).map_err(FileError::io(path))?;
    let builder = ParquetRecordBatchReaderBuilder::try_new(file).map_err(wrong())?;
    let metadata = builder.metadata().file_metadata().key_value_metadata().cloned().unwrap_or_default();
    let metadata = metadata.into_iter().map(|pair| (pair.key, pair.value.unwrap_or_default())).collect();
    let mask = match names {
        [] => ProjectionMask::all(),
        names => ProjectionMask::columns(builder.parquet_schema(), names.iter().copied()),
    };
    let reader = builder.with_projection(mask).with_batch_size(ROW_GROUP).build().map_err(wrong())?;
    let schema = reader.schema();
    let batches: Vec<RecordBatch> = reader.collect::<Result<_, _>>().map_err(|e| wrong()(e.into()))?;
    let columns = concat_batches(&schema, &batches).map_err(|e| wrong()(e.into()))?;
    Ok((columns, metadata))
}

/// The columns of a snapshot's files.
pub(crate) fn snapshot_schema() -> Schema {
    let text = |name: &str, nullable| Field::new(name, DataType::Utf8, nullable);
    Schema::new(vec![
        text("record", false),
        text("member", false),
        text("kind", false),
        Field::new("created", instant(), false),
        text("language", true),
        text("license", true),
        text("text", false),
        Field::new("input_ids", DataType::List(Arc::new(token_field())), false),
        Field::new("tokens", DataType::UInt32, false),
        Field::new("shard", DataType::UInt16, false),
        Field::new("slice", DataType::UInt16, false),
        text("content_hash", false),
    ])
}

fn token_field() -> Field {
    Field::new("element", DataType::UInt32, false)
}

/// Writes rows, in the order given, as a file of a snapshot.
pub(crate) fn write_lines(path: &Path, lines: &[Line], terms: &Terms) -> Result<(String, u64), FileError> {
    let texts = |of: fn(&Line) -> &str| -> ArrayRef { Arc::new(StringArray::from_iter_values(lines.iter().map(of))) };
    let options =
        |of: fn(&Line) -> Option<&str>| -> ArrayRef { Arc::new(lines.iter().map(of).collect::<StringArray>()) };
    let numbers = |of: fn(&Line) -> u16| -> ArrayRef { Arc::new(UInt16Array::from_iter_values(lines.iter().map(of))) };
    let created = TimestampMicrosecondArray::from_iter_values(lines.iter().map(|l| l.created)).with_timezone("UTC");
    let ids = UInt32Array::from_iter_values(lines.iter().flat_map(|line| line.tokens.iter().copied()));
    let offsets = OffsetBuffer::from_lengths(lines.iter().map(|line| line.tokens.len()));
    let lengths = lines.iter().map(|line| u32::try_from(line.tokens.len()).unwrap_or(u32::MAX));
    let columns = ListArray::try_new(Arc::new(token_field()), offsets, Arc::new(ids), None).and_then(|ids| {
        let columns: Vec<ArrayRef> = vec![
            texts(|l| &l.record),
            texts(|l| &l.member),
            texts(|l| &l.kind),
            Arc::new(created),
            options(|l| l.language.as_deref()),
            options(|l| l.license.as_deref()),
            texts(|l| &l.text),
            Arc::new(ids),
            Arc::new(UInt32Array::from_iter_values(lengths)),
            numbers(|l| l.shard),
            numbers(|l| l.slice),
            texts(|l| &l.content_hash),
        ];
        RecordBatch::try_new(Arc::new(snapshot_schema()), columns)
    });
    let columns = columns.map_err(|e| FileError::parquet(path)(e.into()))?;
    write(path, &columns, metadata(Redacted::NAME, terms))
}

/// Reads a file of a snapshot that was built under these terms.
pub(crate) fn read_lines(path: &Path, terms: &Terms) -> Result<Vec<Line>, BatchError> {
    let (columns, metadata) = read(path)?;
    check_metadata(&metadata, Redacted::NAME, terms)?;
    let text = |name| texts(&columns, name);
    let (record, member, kind, body) = (text("record")?, text("member")?, text("kind")?, text("text")?);
    let (language, license, content) = (text("language")?, text("license")?, text("content_hash")?);
    let created = columns.column_by_name("created").and_then(|c| c.as_primitive_opt::<TimestampMicrosecondType>());
    let created = created.ok_or(BatchError::Absent("created"))?;
    let (shard, slice) = (numbers(&columns, "shard")?, numbers(&columns, "slice")?);
    let tokens = tokens(&columns)?;
    let some = |column: &StringArray, row| column.is_valid(row).then(|| column.value(row).to_owned());
    let lines = tokens.into_iter().enumerate().map(|(row, tokens)| Line {
        record: record.value(row).to_owned(),
        member: member.value(row).to_owned(),
        kind: kind.value(row).to_owned(),
        created: created.value(row),
        language: some(language, row),
        license: some(license, row),
        text: body.value(row).to_owned(),
        tokens,
        shard: shard.value(row),
        slice: slice.value(row),
        content_hash: content.value(row).to_owned(),
    });
    Ok(lines.collect())
}

/// What training needs of the rows, and nothing more, each with its slice.
pub(crate) fn read_tokens(path: &Path, terms: &Terms) -> Result<Vec<(u16, Row)>, BatchError> {
    let (columns, metadata) = read_some(path, &["record", "member", "input_ids", "slice"])?;
    check_metadata(&metadata, Redacted::NAME, terms)?;
    let (record, member) = (texts(&columns, "record")?, texts(&columns, "member")?);
    let slice = numbers(&columns, "slice")?;
    let rows = tokens(&columns)?.into_iter().enumerate().map(|(row, tokens)| {
        let (member, record) = (member.value(row).to_owned(), record.value(row).to_owned());
        (slice.value(row), Row { member, record, tokens })
    });
    Ok(rows.collect())
}

/// Record and pseudonym of each row.
pub(crate) fn read_owners(path: &Path, terms: &Terms) -> Result<Vec<(String, String)>, BatchError> {
    let (columns, metadata) = read_some(path, &["record", "member"])?;
    check_metadata(&metadata, Redacted::NAME, terms)?;
    let (record, member) = (texts(&columns, "record")?, texts(&columns, "member")?);
    Ok((0..columns.num_rows()).map(|row| (record.value(row).to_owned(), member.value(row).to_owned())).collect())
}

/// The texts of a file, in order.
pub(crate) fn read_texts(path: &Path, terms: &Terms) -> Result<Vec<String>, BatchError> {
    let (columns, metadata) = read_some(path, &["text"])?;
    check_metadata(&metadata, Redacted::NAME, terms)?;
    Ok(texts(&columns, "text")?.iter().map(|text| text.unwrap_or_default().to_owned()).collect())
}

/// A row as far as it tells whose it is and what it holds.
pub(crate) struct Held {
    pub(crate) pseudonym: String,
    pub(crate) shard: u16,
    pub(crate) slice: u16,
    pub(crate) tokens: u64,
    /// See [`row_digest`].
    pub(crate) digest: [u8; 32],
}

/// Whose rows a file holds.
pub(crate) fn read_held(path: &Path, terms: &Terms) -> Result<Vec<Held>, BatchError> {
    let (columns, metadata) = read_some(path, &["record", "member", "text", "tokens", "shard", "slice"])?;
    check_metadata(&metadata, Redacted::NAME, terms)?;
    let (record, member, text) = (texts(&columns, "record")?, texts(&columns, "member")?, texts(&columns, "text")?);
    let (shard, slice) = (numbers(&columns, "shard")?, numbers(&columns, "slice")?);
    let tokens = columns.column_by_name("tokens").and_then(|c| c.as_primitive_opt::<UInt32Type>());
    let tokens = tokens.ok_or(BatchError::Absent("tokens"))?;
    let row = |row| Held {
        pseudonym: member.value(row).to_owned(),
        shard: shard.value(row),
        slice: slice.value(row),
        tokens: u64::from(tokens.value(row)),
        digest: row_digest(record.value(row), text.value(row)),
    };
    Ok((0..columns.num_rows()).map(row).collect())
}

/// What a row holds: `SHA-256(record ‖ 0x00 ‖ text)`. An identifier holds no zero byte.
fn row_digest(record: &str, text: &str) -> [u8; 32] {
    Sha256::new().chain_update(record).chain_update([0]).chain_update(text).finalize().into()
}

fn texts<'a>(columns: &'a RecordBatch, name: &'static str) -> Result<&'a StringArray, BatchError> {
    columns.column_by_name(name).and_then(|c| c.as_string_opt::<i32>()).ok_or(BatchError::Absent(name))
}

fn numbers<'a>(columns: &'a RecordBatch, name: &'static str) -> Result<&'a UInt16Array, BatchError> {
    columns.column_by_name(name).and_then(|c| c.as_primitive_opt::<UInt16Type>()).ok_or(BatchError::Absent(name))
}

fn tokens(columns: &RecordBatch) -> Result<Vec<Vec<u32>>, BatchError> {
    let absent = || BatchError::Absent("input_ids");
    let lists = columns.column_by_name("input_ids").and_then(|c| c.as_list_opt::<i32>()).ok_or_else(absent)?;
    let list = |row| {
        let ids = lists.value(row);
        ids.as_primitive_opt::<UInt32Type>().map(|ids| ids.values().to_vec()).ok_or_else(absent)
    };
    (0..lists.len()).map(list).collect()
}
