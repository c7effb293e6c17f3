//! What an event obliges the platform to do afterwards. Carrying it out is the business of jobs; here is only what must
//! be done, why and until when.

use serde::{Deserialize, Serialize};

/// What must be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ObligationAction {
    /// A member's records leave snapshots and adapters.
    Retract,
    /// Everything of a member is erased.
    Erase,
    /// One record leaves snapshots and adapters.
    RemoveRecord,
    /// A member's spans in other members' records are redacted where those were used.
    RedactSubject,
    /// A recipient gives back or deletes what it got.
    ReturnOrDelete,
    /// A run used what it must not have used, as is known now: its adapters are repaired.
    Repair,
}
