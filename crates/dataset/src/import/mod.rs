//! From files to members and records. One importer a format, all under one law: bounded, streaming, the same ids at
//! every run, every row accounted for. What is unknown is private or unknown, never guessed; a bad row is counted and
//! left out; a hostile file ends in a clear error. Nothing here keeps what it reads: that is the `Sink`.

pub mod dates;
pub mod lines;
pub mod ndjson;
pub mod network_zip;
pub mod place;
pub mod quirky_csv;
pub mod report;
pub mod stackexchange;
pub mod synthetic;
pub mod xml;

pub use report::{FileReport, ImportReport, Problem};

use candor_core::{Member, Record};
use serde::{Deserialize, Serialize};
use std::{fs::File, io::Read, path::Path};

/// Takes what an importer finds, in the order of the source; a member comes before the member's records.
pub trait Sink {
    /// Takes a member. The same member may come again at a second import.
    ///
    /// # Errors
    /// When the member cannot be kept; the import ends.
    fn member(&mut self, member: Member) -> Result<(), ImportError>;

    /// Takes a record. The same record, by its id, may come again at a second import.
    ///
    /// # Errors
    /// When the record cannot be kept; the import ends.
    fn record(&mut self, record: Record) -> Result<(), ImportError>;
}

/// How far an import is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress<'a> {
    /// The file that is being read.
    pub file: &'a str,
    /// Rows of it seen so far.
    pub rows: u64,
    /// Bytes of it read so far, as they lie on the disk.
    pub bytes: u64,
    /// Its size in bytes, if known.
    pub total_bytes: Option<u64>,
}

/// Told how far an import is, about every thousand rows.
pub type OnProgress<'a> = &'a mut dyn FnMut(Progress<'_>);

/// Rows between two calls of the progress function.
pub(crate) const PROGRESS_ROWS: u64 = 1_000;

/// The bounds that an import stays within, whatever the file says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Limits {
    /// Longest line or XML tag, in bytes.
    pub line_bytes: usize,
    /// Longest text of one record, in bytes.
    pub text_bytes: usize,
    /// Most bytes one compressed file or archive may unpack to.
    pub unpacked_bytes: u64,
    /// Most bytes that a member's own archive may unpack to; it is held in memory.
    pub archive_bytes: u64,
    /// Most bytes that one packed byte may unpack to, once a mebibyte was unpacked.
    pub ratio: u64,
    /// Most entries of an archive.
    pub entries: usize,
    /// Deepest nesting of XML.
    pub xml_depth: usize,
    /// Most members of one source.
    pub members: usize,
    /// Most bad rows of one file before the rest of it is given up.
    pub bad_rows: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            line_bytes: 8 << 20,
            text_bytes: 1 << 20,
            unpacked_bytes: 256 << 30,
            archive_bytes: 128 << 20,
            ratio: 200,
            entries: 10_000,
            xml_depth: 64,
            members: 50_000_000,
            bad_rows: 100_000,
        }
    }
}

impl Limits {
    /// Whether so many packed bytes may unpack to so many.
    #[must_use]
    pub fn permits_ratio(&self, packed: u64, unpacked: u64) -> bool {
        unpacked <= 1 << 20 || unpacked / packed.max(1) <= self.ratio
    }
}

/// Why an import ended early. Bad rows are no reason: they are in the report.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// The file or folder cannot be read.
    #[error("cannot read `{path}`; check that it is there and may be read")]
    Read {
        /// Which one.
        path: String,
        /// What the system says.
        #[source]
        source: std::io::Error,
    },
    /// No importer knows the format.
    #[error(
        "`{path}` is of no known format; give a folder with `Posts.xml`, an NDJSON file (plain, gzip or zstd) or a member's ZIP"
    )]
    UnknownFormat {
        /// Which file.
        path: String,
    },
    /// A file that the format needs is absent.
    #[error("`{path}` holds no `{file}`; give the whole export")]
    Absent {
        /// The folder or archive.
        path: String,
        /// The file.
        file: String,
    },
    /// The file goes over a bound and is not read on.
    #[error("`{file}` was not read on at row {row}: {what}; if it is genuine, raise the limit")]
    Hostile {
        /// Which file.
        file: String,
        /// The row where it happened.
        row: u64,
        /// Which bound.
        what: String,
    },
    /// The archive's own structure is broken.
    #[error("`{path}` is not a readable ZIP archive; ask for the export again")]
    Archive {
        /// Which archive.
        path: String,
        /// What the reader says.
        #[source]
        source: zip::result::ZipError,
    },
    /// An importer lost or doubled a row: a fault of this program.
    #[error("`{file}`: {read} rows read, but {kept} kept and {left_out} left out; report this fault")]
    Unaccounted {
        /// Which file.
        file: String,
        /// Rows read.
        read: u64,
        /// Rows kept.
        kept: u64,
        /// Rows left out.
        left_out: u64,
    },
    /// What was found could not be kept.
    #[error("what was imported could not be kept")]
    Sink(#[source] Box<dyn std::error::Error + Send + Sync>),
}

impl ImportError {
    /// Wraps an error of a sink.
    pub fn sink(error: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self::Sink(error.into())
    }

    pub(crate) fn read(path: &Path, source: std::io::Error) -> Self {
        Self::Read { path: path.display().to_string(), source }
    }

    pub(crate) fn hostile(file: &str, row: u64, what: impl Into<String>) -> Self {
        Self::Hostile { file: file.to_owned(), row, what: what.into() }
    }
}

/// A format that can be imported.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Format {
    /// A folder with `Posts.xml`, `Comments.xml` and `Users.xml`.
    StackExchange,
    /// The platform's own export: one JSON object a line, plain, gzip or zstd.
    Ndjson,
    /// A member's own export from a professional network.
    NetworkZip,
}

/// The format of a folder or file, by what it holds and never by its name.
///
/// # Errors
/// When it cannot be read, or is of no known format.
pub fn detect(path: &Path) -> Result<Format, ImportError> {
    let meta = std::fs::metadata(path).map_err(|e| ImportError::read(path, e))?;
    let unknown = || ImportError::UnknownFormat { path: path.display().to_string() };
    if meta.is_dir() {
        return if path.join("Posts.xml").is_file() { Ok(Format::StackExchange) } else { Err(unknown()) };
    }
    let mut head = Vec::new();
    File::open(path).and_then(|f| f.take(64).read_to_end(&mut head)).map_err(|e| ImportError::read(path, e))?;
    let text = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&head).trim_ascii_start();
    match head.as_slice() {
        [b'P', b'K', 3, 4, ..] | [b'P', b'K', 5, 6, ..] => Ok(Format::NetworkZip),
        [0x1f, 0x8b, ..] | [0x28, 0xb5, 0x2f, 0xfd, ..] => Ok(Format::Ndjson),
        _ if text.is_empty() || text.first() == Some(&b'{') => Ok(Format::Ndjson),
        _ => Err(unknown()),
    }
}

/// Imports a folder or file into the sink; the format is found out if none is given.
///
/// # Errors
/// When the source cannot be read, goes over a bound, or the sink refuses. Rows handed on before that are handed on.
pub fn import(
    path: &Path,
    format: Option<Format>,
    limits: &Limits,
    sink: &mut dyn Sink,
    progress: OnProgress<'_>,
) -> Result<ImportReport, ImportError> {
    let format = match format {
        Some(format) => format,
        None => detect(path)?,
    };
    match format {
        Format::StackExchange => stackexchange::import_folder(path, None, limits, sink, progress),
        Format::Ndjson => ndjson::import_file(path, limits, sink, progress),
        Format::NetworkZip => network_zip::import_file(path, None, limits, sink, progress),
    }
}

/// A text as a member's or record's text may be: control characters other than line breaks and tabs are dropped,
/// line breaks are `\n`, the ends are trimmed.
pub(crate) fn clean(text: &str) -> String {
    let unified = text.replace("\r\n", "\n").replace('\r', "\n");
    let kept: String = unified.chars().filter(|c| !c.is_control() || matches!(c, '\n' | '\t')).collect();
    kept.trim().to_owned()
}
