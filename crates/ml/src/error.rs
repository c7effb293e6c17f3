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
    /// The loss or a gradient stopped being a number; the state before that step is kept.
    #[error(
        "the loss or a gradient is no number in shard `{shard}`, slice `{slice}`, step `{step}`; the last good state is kept; \
         use a smaller `learning_rate`"
    )]
    Diverged {
        /// The shard.
        shard: usize,
        /// Its slice.
        slice: usize,
        /// Steps of the shard before it.
        step: u32,
    },
    /// Rows were tokenized for another base.
    #[error(
        "shard `{shard}` holds the token `{token}`, the base knows `{vocabulary}`; build a new snapshot with the tokenizer of \
         this base"
    )]
    Vocabulary {
        /// The shard.
        shard: usize,
        /// The token that does not exist.
        token: u32,
        /// Tokens of the base.
        vocabulary: usize,
    },
    /// No record is there to learn from.
    #[error(
        "no admitted record is there to learn from; look at `candor gate explain` and build a snapshot that holds some"
    )]
    Nothing,
    /// The machine has less memory than the training takes.
    #[error(
        "training takes about `{needed_mb}` MB of memory and `{available_mb}` MB are free; use a smaller `batch_tokens` or \
         fewer threads"
    )]
    Memory {
        /// What is needed, in megabytes.
        needed_mb: u64,
        /// What there is, in megabytes.
        available_mb: u64,
    },
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
