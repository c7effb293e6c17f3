//! Why an event is not taken: one stable code and words that say what to do. Nothing of the event's content is in them.

/// Why an event is not taken. The code is stable; the words may change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
pub enum Refusal {
    /// The index does not follow.
    #[error("the event's index does not follow the one before; read the head and try again")]
    OutOfOrder,
    /// Nobody of this identifier is registered.
    #[error("the member is not registered; send `member_registered` first")]
    UnknownMember,
    /// The purpose was never defined.
    #[error("the purpose is not in the rule book; define it with `purpose_defined` first")]
    UnknownPurpose,
    /// The recipient was never registered.
    #[error("the recipient is not registered; send `recipient_added` first")]
    UnknownRecipient,
    /// A rule names a region or a region set that is not there.
    #[error("the rule names a region that is not known; use ISO 3166-1 codes, `*`, `any` or a defined `@set`")]
    UnknownRegion,
    /// The objection was never filed.
    #[error("no objection of this reference was filed; file it first")]
    UnknownObjection,
    /// An objection of this reference was filed before.
    #[error("an objection of this reference was filed before; give the new one its own reference")]
    ObjectionExists,
    /// An erased account can only be restricted further.
    #[error("the account is erased; only `off` and objections are taken, and a new account needs a new identifier")]
    Erased,
    /// Guardians and signals only restrict.
    #[error("a guardian or a signal may only restrict; the member turns it on")]
    MayOnlyRestrict,
    /// The scope is of the other value.
    #[error("the scope does not belong to the value; leave it out to take the default")]
    ScopeOfOtherValue,
    /// A permission that would hold before it is given, or be given ahead.
    #[error("a permission takes effect when it is recorded, not later; leave `t_valid` out and send it on the day")]
    FuturePermission,
    /// A fact for a time too far ahead.
    #[error("the fact is dated more than a year ahead; check the date, or send it when it is near")]
    TooFarAhead,
    /// The objection is in a state that the event does not fit.
    #[error("`{event}` does not fit an objection that is {state}")]
    ObjectionState {
        /// The event.
        event: &'static str,
        /// The state in words.
        state: &'static str,
    },
    /// An extension or a hold without a reason.
    #[error("no reason is given; write why, the person concerned can read it")]
    NoReason,
    /// An extension after the first month, or a second one.
    #[error("the deadline can be extended once, inside the first month after receipt; decide the objection now")]
    ExtensionTooLate,
    /// A rule for the same purposes, recipients, regions and start as another, with other terms.
    #[error("the rule contradicts another of the same purposes, recipients, regions and start; give it a later `from`")]
    RuleContradicts,
    /// A rule that ends before it starts.
    #[error("the rule ends before it starts; `to` must be after `from`")]
    RuleIsEmpty,
    /// A purpose that covers what is never used, or goes on during an objection without a ground.
    #[error("the purpose covers what is never used, or goes on during an objection without a written `ground`")]
    PurposeIsWrong,
    /// A hash that is none.
    #[error("a hash is not 64 hex digits; send SHA-256 in lower-case hex")]
    MalformedHash,
}

impl Refusal {
    /// The stable code, as in the API and in the log of refused events.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::OutOfOrder => "out_of_order",
            Self::UnknownMember => "unknown_member",
            Self::UnknownPurpose => "unknown_purpose",
            Self::UnknownRecipient => "unknown_recipient",
            Self::UnknownRegion => "unknown_region",
            Self::UnknownObjection => "unknown_objection",
            Self::ObjectionExists => "objection_exists",
            Self::Erased => "account_erased",
            Self::MayOnlyRestrict => "may_only_restrict",
            Self::ScopeOfOtherValue => "scope_of_other_value",
            Self::FuturePermission => "future_permission",
            Self::TooFarAhead => "too_far_ahead",
            Self::ObjectionState { .. } => "objection_state",
            Self::NoReason => "no_reason",
            Self::ExtensionTooLate => "extension_too_late",
            Self::RuleContradicts => "rule_contradicts",
            Self::RuleIsEmpty => "rule_is_empty",
            Self::PurposeIsWrong => "purpose_is_wrong",
            Self::MalformedHash => "malformed_hash",
        }
    }
}
