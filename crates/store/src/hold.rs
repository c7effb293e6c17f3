//! Whether anything may be decided. Two things stop the gate: a hold (an old backup was restored, the log was rewritten,
//! or an officer said so), and choices in the emergency journal that the log has not taken up yet. Choices and
//! objections are taken all the same; what is refused is everything that would use members' data: seals, fences,
//! releases.
//!
//! Never lifts a hold by itself: an officer does, and says why.

use crate::error::StoreError;
use candor_core::Event;
use serde::Serialize;
use std::sync::{
    PoisonError, RwLock,
    atomic::{AtomicU64, Ordering},
};

/// Whether what the store says is all that was acknowledged.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "standing", rename_all = "snake_case")]
pub enum Standing {
    /// It is.
    Current,
    /// Choices wait in the emergency journal: the state that is read is older than what was acknowledged.
    Stale {
        /// How many.
        journaled: u64,
    },
    /// Nothing is decided until an officer lifts it.
    Held {
        /// Why.
        reason: String,
    },
}

/// What the writer and the readers share of it.
#[derive(Debug, Default)]
pub(crate) struct Guard {
    held: RwLock<Option<String>>,
    /// Checkpoints of others that the log does not bear out, each in one line.
    forsaken: RwLock<Vec<String>>,
    journaled: AtomicU64,
}

impl Guard {
    /// Stops everything that decides. The first reason stands.
    pub(crate) fn hold(&self, reason: String) {
        let mut held = self.held.write().unwrap_or_else(PoisonError::into_inner);
        if held.is_none() {
            tracing::error!(%reason, "nothing is decided until an officer releases the hold; choices are still taken");
            *held = Some(reason);
        }
    }

    pub(crate) fn release(&self) {
        *self.held.write().unwrap_or_else(PoisonError::into_inner) = None;
        self.forsaken.write().unwrap_or_else(PoisonError::into_inner).clear();
    }

    /// Notes a checkpoint that the log does not bear out: who releases the hold gives it up.
    pub(crate) fn forsake(&self, checkpoint: String) {
        self.forsaken.write().unwrap_or_else(PoisonError::into_inner).push(checkpoint);
    }

    pub(crate) fn forsaken(&self) -> Vec<String> {
        self.forsaken.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(crate) fn reason(&self) -> Option<String> {
        self.held.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(crate) fn set_journaled(&self, choices: u64) {
        self.journaled.store(choices, Ordering::SeqCst);
    }

    pub(crate) fn standing(&self) -> Standing {
        match (self.reason(), self.journaled.load(Ordering::SeqCst)) {
            (Some(reason), _) => Standing::Held { reason },
            (None, 0) => Standing::Current,
            (None, journaled) => Standing::Stale { journaled },
        }
    }

    /// # Errors
    /// [`StoreError::Held`] or [`StoreError::Stale`].
    pub(crate) fn may_decide(&self) -> Result<(), StoreError> {
        match self.standing() {
            Standing::Current => Ok(()),
            Standing::Stale { journaled } => Err(StoreError::Stale(journaled)),
            Standing::Held { reason } => Err(StoreError::Held(reason)),
        }
    }

    /// Refuses an event that decides while nothing may be decided.
    pub(crate) fn admits(&self, event: &Event) -> Result<(), StoreError> {
        match event {
            Event::RunFenced { .. }
            | Event::SnapshotSealed { .. }
            | Event::UseCommitted { .. }
            | Event::ModelReleased { .. } => self.may_decide(),
            _ => Ok(()),
        }
    }
}
