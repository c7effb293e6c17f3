//! Exit codes: 0 ok, 1 failure, 2 usage, 3 not found, 4 refused by the gate, 5 partial, 6 verification failed.

use std::process::ExitCode;

/// Something went wrong.
pub const FAILURE: u8 = 1;

/// An end that scripts can tell apart.
#[derive(Debug, thiserror::Error)]
pub enum Outcome {
    /// The arguments do not fit together.
    #[error("{0}")]
    Usage(String),
    /// What was asked for is not there.
    #[error("{0}")]
    NotFound(String),
    /// The gate or a rule says no.
    #[error("{0}")]
    Refused(String),
    /// Some of it was done.
    #[error("{0}")]
    Partial(String),
    /// Something is not what it was sealed as.
    #[error("{0}")]
    Verification(String),
}

impl Outcome {
    fn code(&self) -> u8 {
        match self {
            Self::Usage(_) => 2,
            Self::NotFound(_) => 3,
            Self::Refused(_) => 4,
            Self::Partial(_) => 5,
            Self::Verification(_) => 6,
        }
    }
}

/// Tells the error with its causes on stderr and picks the exit code.
pub fn report(error: &anyhow::Error) -> ExitCode {
    eprintln!("error: {error:#}");
    ExitCode::from(error.downcast_ref::<Outcome>().map_or(FAILURE, Outcome::code))
}
