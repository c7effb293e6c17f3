//! What can go wrong with models, recipes and training states. No message ever holds text of a member.

use std::path::{Path, PathBuf};

/// Any failure of this crate.
#[derive(Debug, thiserror::Error)]
pub enum MlError {
    /// A file could not be read or written.
    #[error("cannot use `{path}`: {source}; check that it exists and may be read and written")]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// The system's reason.
        source: std::io::Error,
    },
    /// A file was read but is not what it should be.
    #[error("`{path}` is not usable: {why}")]
    Format {
        /// The file.
        path: PathBuf,
        /// What is wrong, and what would be right.
        why: String,
    },
    /// A recipe or an argument asks for something impossible.
    #[error("the recipe cannot be followed: {0}")]
    Recipe(String),
    /// The caller asked to stop; what was finished is kept.
    #[error("stopped on request; run again to go on from the last finished step")]
    Canceled,
    /// A tensor operation failed.
    #[error("tensor operation failed: {0}")]
    Tensor(#[from] candle_core::Error),
    /// The tokenizer refused.
    #[error("tokenizer failed: {0}")]
    Tokenizer(String),
}

/// Result of this crate.
pub type Result<T> = std::result::Result<T, MlError>;

impl MlError {
    /// An input or output failure at `path`.
    pub fn io(path: &Path) -> impl FnOnce(std::io::Error) -> MlError + '_ {
        move |source| MlError::Io { path: path.to_owned(), source }
    }

    /// A file whose content does not fit.
    pub fn format(path: &Path, why: impl ToString) -> MlError {
        MlError::Format { path: path.to_owned(), why: why.to_string() }
    }
}
