//! Events as programs send them, one JSON object each: the one place for `POST /api/v1/events` and the command line. What
//! only the system writes is told apart here; whether the history takes an event is asked of the store.

use candor_store::{Change, Store};
use jiff::Timestamp;

use crate::api::{event_line::EventLine, idempotency::IdempotencyKey};

/// Why a line is no event that may be sent. It quotes nothing of the line.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{detail}")]
pub struct BadLine {
    /// Stable code, as in the problems of the API.
    pub code: &'static str,
    /// What is wrong, and what to do.
    pub detail: String,
}

/// The changes that log one event; a choice that takes back what was used also queues the job for that.
///
/// # Errors
/// [`BadLine`].
pub fn changes_of(line: &str, store: &Store, now: Timestamp, number: u64) -> Result<Vec<Change>, BadLine> {
    match EventLine::parse(line) {
        Ok(event) => Ok(event.into_changes(store, now, &IdempotencyKey::default(), number)),
        Err(problem) => Err(BadLine { code: problem.code, detail: problem.detail }),
    }
}
