//! The platform's own export format: one JSON object a line, `{"type": "member", …}` or `{"type": "record", …}`.
//! The same lines go to `candor import` as a file and to `POST /api/v1/records` as a body. The schema for outsiders is
//! in `docs/import.md`.

use crate::{
    id::{MemberId, RecordId},
    member::Member,
    record::{Record, RecordKind, Visibility},
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// Longest line that is taken, in bytes.
pub const MAX_LINE_BYTES: usize = 8 << 20;
/// Longest text of one record, in bytes.
pub const MAX_TEXT_BYTES: usize = 1 << 20;

/// One line of the export.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum ExportLine {
    /// A row of the platform's directory.
    Member(Member),
    /// One item.
    Record(ExportRecord),
}

/// One item as the platform writes it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExportRecord {
    /// Name of the source; with `id` it makes the record's identifier.
    #[serde(default = "platform")]
    pub source: String,
    /// Identifier at the source.
    pub id: String,
    /// Author.
    pub member: MemberId,
    /// Kind.
    pub kind: RecordKind,
    /// When it was written.
    pub created: Timestamp,
    /// When its latest version was written.
    #[serde(default)]
    pub edited: Option<Timestamp>,
    /// Who can see it; without it the record is private and so not used.
    #[serde(default)]
    pub visibility: Option<Visibility>,
    /// Identifier, at the same source, of the record it stands under.
    #[serde(default)]
    pub thread: Option<String>,
    /// Language tag.
    #[serde(default)]
    pub language: Option<String>,
    /// Licence of the text.
    #[serde(default)]
    pub license: Option<String>,
    /// Title.
    #[serde(default)]
    pub title: Option<String>,
    /// Text.
    pub text: String,
}

fn platform() -> String {
    "platform".into()
}

/// Why a line is not taken. Never holds any of the line's text.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ExportError {
    /// The line is longer than [`MAX_LINE_BYTES`].
    #[error("the line has {0} bytes; at most {MAX_LINE_BYTES} are taken")]
    LineTooLong(usize),
    /// Not JSON of this form.
    #[error("not a `member` or `record` line: {problem} at column {column}")]
    Form {
        /// What is wrong, without the value.
        problem: &'static str,
        /// Where, counted from 1.
        column: usize,
    },
    /// The text is longer than [`MAX_TEXT_BYTES`].
    #[error("the text has {0} bytes; at most {MAX_TEXT_BYTES} are taken")]
    TextTooLong(usize),
    /// The record was edited before it was written.
    #[error("`edited` is before `created`")]
    EditedBeforeCreated,
}

impl ExportLine {
    /// Reads one line.
    ///
    /// # Errors
    /// See [`ExportError`]; the message names the place, never the content.
    pub fn parse(line: &str) -> Result<Self, ExportError> {
        if line.len() > MAX_LINE_BYTES {
            return Err(ExportError::LineTooLong(line.len()));
        }
        let parsed: Self = serde_json::from_str(line).map_err(|e| ExportError::Form {
            // serde's own message may quote the value, so only its category is told.
            problem: match e.classify() {
                serde_json::error::Category::Syntax => "invalid JSON",
                serde_json::error::Category::Eof => "the line ends too early",
                serde_json::error::Category::Data => "a field is missing, unknown or has the wrong type",
                serde_json::error::Category::Io => "the line cannot be read",
            },
            column: e.column(),
        })?;
        if let Self::Record(record) = &parsed {
            if record.text.len() > MAX_TEXT_BYTES {
                return Err(ExportError::TextTooLong(record.text.len()));
            }
            if record.edited.is_some_and(|edited| edited < record.created) {
                return Err(ExportError::EditedBeforeCreated);
            }
        }
        Ok(parsed)
    }
}

impl ExportRecord {
    /// The record as the store keeps it.
    #[must_use]
    pub fn into_record(self) -> Record {
        Record {
            id: RecordId::derive(&self.source, &self.id),
            thread: self.thread.as_deref().map(|native| RecordId::derive(&self.source, native)),
            member: self.member,
            kind: self.kind,
            created: self.created,
            edited: self.edited.unwrap_or(self.created),
            visibility: self.visibility.unwrap_or(Visibility::Private),
            source: self.source,
            language: self.language,
            license: self.license,
            title: self.title,
            text: self.text,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_read_or_told_apart() {
        let record =
            r#"{"type":"record","id":"7","member":"ann","kind":"post","created":"2024-10-01T09:00:00Z","text":"hi"}"#;
        let Ok(ExportLine::Record(record)) = ExportLine::parse(record) else { panic!("a record line") };
        let record = record.into_record();
        assert_eq!(record.visibility, Visibility::Private);
        assert_eq!(record.id, RecordId::derive("platform", "7"));
        let bad = [
            ("{", "the line ends too early"),
            (r#"{"type":"record","id":"7","secret":"hunter2"}"#, "a field is missing, unknown or has the wrong type"),
        ];
        for (line, problem) in bad {
            let error = ExportLine::parse(line).unwrap_err().to_string();
            assert!(error.contains(problem) && !error.contains("hunter2"), "{error}");
        }
    }
}
