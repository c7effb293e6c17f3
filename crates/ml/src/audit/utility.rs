//! What the adapters are good for: the loss on rows that nothing learnt from, beside the base's.

use super::limits::{AuditLimits, Limit};
use super::{Found, Subject};
use crate::error::Result;
use crate::eval::{Loss, held_out_loss};
use crate::merge::Served;
use serde::{Deserialize, Serialize};

/// Loss on rows never learnt from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Utility {
    /// Of the base alone.
    pub base: Loss,
    /// Of the base with the adapters.
    pub adapted: Loss,
    /// Whether the adapters are of use.
    pub passed: bool,
}

impl Utility {
    pub(super) fn found(&self, limits: &AuditLimits) -> Vec<Found> {
        let less = self.adapted.nats - self.base.nats;
        let text = format!("{less:+.3}: {:.3} beside the base's {:.3}", self.adapted.nats, self.base.nats);
        vec![Found::of(limits, Limit::HeldOutLoss, less, text)]
    }
}

/// Measures both losses; none without held-out rows.
pub(super) fn measure(subject: &Subject<'_>, limits: &AuditLimits) -> Result<Option<Utility>> {
    if subject.held_out.is_empty() {
        return Ok(None);
    }
    let rows = || subject.held_out.iter().map(|row| row.tokens.as_slice());
    let loss = |served: &Served| held_out_loss(served.model(), None, rows(), subject.context());
    let (base, adapted) = (loss(&subject.plain)?, loss(&subject.released)?);
    let passed = base.tokens > 0 && limits.holds(Limit::HeldOutLoss, adapted.nats - base.nats);
    Ok(Some(Utility { base, adapted, passed }))
}
