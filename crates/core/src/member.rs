//! A member as the platform describes them: the directory's row, not the state that the gate asks for (that is folded
//! from events, see `state.rs`).

use crate::id::MemberId;
use jiff::{Timestamp, civil::Date};
use serde::{Deserialize, Serialize};

/// Whether an account is a person. Only people are ever used.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AccountKind {
    /// A person with an account.
    #[default]
    Human,
    /// An automated account.
    Bot,
    /// An account of the platform's own people.
    Staff,
    /// A person who appears in records without an account.
    NonMember,
}

/// The directory's row for a member: who they are on the platform. Erased as a whole.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Member {
    /// Identifier.
    pub id: MemberId,
    /// Handle without `@`, unique on the platform, if it has handles.
    #[serde(default)]
    pub handle: Option<String>,
    /// Name as shown.
    pub name: String,
    /// Address of the profile page, if the source has one.
    #[serde(default)]
    pub profile_url: Option<String>,
    /// When the account was opened.
    pub registered: Timestamp,
    /// Where the member lives, as the source says it: a country code, or none if it is not certain.
    #[serde(default)]
    pub residence: Option<String>,
    /// Birth date, if known.
    #[serde(default)]
    pub birth_date: Option<Date>,
    /// Person, bot or staff.
    #[serde(default)]
    pub account: AccountKind,
}
