//! What can go wrong in the store. No message holds a member's text: where a library's own message might quote a
//! value, only the place is told.

use candor_core::history::Refusal;
use std::{path::PathBuf, sync::Arc};

/// Why the store did not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// A file or folder of the data folder cannot be used.
    #[error("cannot use `{path}`; check that the disk has room and that this user may write there")]
    Io {
        /// Which one.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
    /// The database refused.
    #[error("the database refused; run `candor doctor`")]
    Sql(#[from] sqlx::Error),
    /// The configuration's `database.url` is not one.
    #[error("`database.url` is neither empty, `sqlite` nor `postgres://user:password@host/database`; correct it")]
    DatabaseUrl,
    /// The server may lose what it has acknowledged.
    #[error("the server runs with `{setting}` = `{value}` and may lose acknowledged choices; set it to `on`")]
    NotDurable {
        /// The server's setting.
        setting: &'static str,
        /// What it is.
        value: String,
    },
    /// The server is too old.
    #[error("the server is PostgreSQL {0}; use 13 or newer")]
    OldServer(String),
    /// The connection broke while a commit was under way, and what became of it could not be found out.
    #[error("whether the commit is kept cannot be told; ask again under the same idempotency key, or look at the log")]
    Unclear,
    /// The commit failed; nothing of it is kept.
    #[error("the commit failed and nothing of it is kept; check that the disk has room and try again")]
    Commit(#[source] Arc<sqlx::Error>),
    /// The database was written by another version of the program.
    #[error("the database's schema does not fit this program; use the version that wrote it or a newer one")]
    Schema(#[source] sqlx::migrate::MigrateError),
    /// A file of records cannot be read or written.
    #[error("a file of records cannot be read or written; restore `records/` from a backup")]
    Parquet(#[from] parquet::errors::ParquetError),
    /// Columns do not fit.
    #[error("the columns of a file of records do not fit; restore `records/` from a backup")]
    Arrow(#[from] arrow::error::ArrowError),
    /// The object store refused.
    #[error("a file of records cannot be reached; check the data folder")]
    Object(#[from] object_store::Error),
    /// The folder was made under another rule book.
    #[error(
        "the data folder was made under rule book `{kept}`, not `{given}`; open it with `{kept}` or take a new folder"
    )]
    OtherRuleBook {
        /// Name and start of the hash of the one that is kept.
        kept: String,
        /// The same of the one that was given.
        given: String,
    },
    /// The event is not taken.
    #[error("the event is refused: {0}")]
    Refused(#[from] Refusal),
    /// The log went on since the index that the caller had read.
    #[error("the log went on to {head}; read again from there and retry")]
    Moved {
        /// The log's last index.
        head: candor_core::Seq,
    },
    /// A read asked for more of the log than there is.
    #[error("the log has come to {head}, not to {asked}; ask for what a receipt has named")]
    Behind {
        /// The index that was asked for.
        asked: candor_core::Seq,
        /// The log's last one.
        head: candor_core::Seq,
    },
    /// The idempotency key was used for something else.
    #[error("the idempotency key was used for another event; take a new key")]
    KeyReused,
    /// There is no such thing.
    #[error("no {what} `{id}`; list what there is")]
    Unknown {
        /// What was looked for, such as `record`.
        what: &'static str,
        /// Its identifier.
        id: String,
    },
    /// The job was given to someone else meanwhile.
    #[error("job {id} is no longer held by attempt {attempt}; drop the result")]
    Fenced {
        /// The job.
        id: i64,
        /// The attempt that asked.
        attempt: u32,
    },
    /// A file was replaced meanwhile, several times in a row.
    #[error("bucket {0} is being rewritten by someone else; try again")]
    Busy(u16),
    /// Too much at once.
    #[error("{what} has {given}; at most {limit} are taken at once")]
    TooMany {
        /// What was counted.
        what: &'static str,
        /// How many were given.
        given: usize,
        /// How many are taken.
        limit: usize,
    },
    /// A row does not hold what was written.
    #[error("a row of `{0}` cannot be read; restore the data folder from a backup")]
    Corrupt(&'static str),
    /// The log's key file is damaged.
    #[error("`{0}` is not a key of the log; restore it from a backup")]
    KeyFile(PathBuf),
    /// The log's name cannot be used for a key.
    #[error("the log's name cannot be used: {0}")]
    Key(#[source] candor_tlog::KeyError),
    /// A checkpoint is not taken.
    #[error(transparent)]
    Checkpoint(#[from] candor_tlog::CheckpointError),
    /// Nothing is decided until an officer releases the hold.
    #[error("nothing is decided while the store is held: {0}; look into it, then release the hold with a reason")]
    Held(String),
    /// Acknowledged choices wait in the emergency journal.
    #[error("{0} acknowledged choices wait for the log; make room on the disk, then try again")]
    Stale(u64),
    /// The emergency journal refused.
    #[error(transparent)]
    Journal(#[from] crate::journal::JournalError),
    /// The log's tree refused.
    #[error(transparent)]
    Proof(#[from] candor_tlog::ProofError),
    /// The store was closed.
    #[error("the store is closed")]
    Closed,
}

impl StoreError {
    /// The error's name for programs; it never changes.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Io { .. } => "io",
            Self::DatabaseUrl => "database_url",
            Self::NotDurable { .. } => "not_durable",
            Self::OldServer(_) => "old_server",
            Self::Unclear => "unclear",
            Self::Sql(_) | Self::Commit(_) => "database",
            Self::Schema(_) => "schema",
            Self::Parquet(_) | Self::Arrow(_) | Self::Object(_) => "record_file",
            Self::OtherRuleBook { .. } => "other_rule_book",
            Self::Refused(_) => "refused",
            Self::Moved { .. } => "moved",
            Self::Behind { .. } => "behind",
            Self::KeyReused => "key_reused",
            Self::Unknown { .. } => "unknown",
            Self::Fenced { .. } => "fenced",
            Self::Busy(_) => "busy",
            Self::TooMany { .. } => "too_many",
            Self::Corrupt(_) => "corrupt",
            Self::Proof(_) => "proof",
            Self::Closed => "closed",
            Self::KeyFile(_) | Self::Key(_) | Self::Checkpoint(_) => "log_key",
            Self::Held(_) => "held",
            Self::Stale(_) => "stale",
            Self::Journal(_) => "journal",
        }
    }

    /// Whether the place where things are kept failed, not the request: no room, no device, no server.
    pub(crate) fn is_storage(&self) -> bool {
        let error = match self {
            Self::Commit(error) => error.as_ref(),
            Self::Sql(error) => error,
            Self::Unclear => return true,
            _ => return false,
        };
        let Some(error) = error.as_database_error() else {
            return matches!(error, sqlx::Error::Io(_) | sqlx::Error::PoolTimedOut | sqlx::Error::WorkerCrashed);
        };
        let code = error.code().unwrap_or_default();
        match code.parse::<u32>() {
            // SQLite's extended codes: the low byte is READONLY, IOERR, FULL or CANTOPEN.
            Ok(number) if code.len() < 5 => matches!(number & 0xff, 8 | 10 | 13 | 14),
            // PostgreSQL's classes: insufficient resources (53100 is a full disk), system error, connection lost.
            _ => ["53", "58", "08", "57P"].iter().any(|class| code.starts_with(class)),
        }
    }

    /// Wraps an error of the file system with the path that it is about.
    pub(crate) fn io(path: impl Into<PathBuf>) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.into();
        move |source| Self::Io { path, source }
    }
}

impl From<sqlx::migrate::MigrateError> for StoreError {
    fn from(error: sqlx::migrate::MigrateError) -> Self {
        Self::Schema(error)
    }
}
