//! Why a record is left out: the codes of `rules.md` section 3, in the order in which the primary code is picked.

use serde::{Deserialize, Serialize};

macro_rules! reasons {
    ($($(#[$doc:meta])* $name:ident = $text:literal, $words:literal;)*) => {
        /// One reason for leaving a record out. The order of declaration is the order of precedence.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub enum Reason {
            $($(#[$doc])* $name,)*
        }

        impl Reason {
            /// Every reason, in order of precedence.
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];

            /// The code, as it stands in files and in the API.
            #[must_use]
            pub fn code(self) -> &'static str {
                match self { $(Self::$name => $text,)* }
            }

            /// The reason in words, to be read by a member.
            #[must_use]
            pub fn words(self) -> &'static str {
                match self { $(Self::$name => $words,)* }
            }
        }
    };
}

reasons! {
    /// The rule book has no such purpose.
    UnknownPurpose = "unknown_purpose", "the purpose is not in the rule book";
    /// The recipient is not registered at that time.
    UnknownRecipient = "unknown_recipient", "the recipient is not registered";
    /// The author is not registered.
    UnknownMember = "unknown_member", "the author is not a registered member";
    /// No rule is in force.
    UnknownRule = "unknown_rule", "no rule is in force for this purpose";
    /// The state that was asked for is not there yet.
    StaleState = "stale_state", "the record is not known at this point of the log";
    /// The author deleted it.
    RecordDeleted = "record_deleted", "the record was deleted";
    /// A later version stands.
    RecordSuperseded = "record_superseded", "a later version of the record stands";
    /// Not visible to the purpose's audience.
    RecordNotVisible = "record_not_visible", "the record is not visible to enough people";
    /// The purpose does not cover this kind.
    RecordKind = "record_kind", "this kind of record is not used for this purpose";
    /// Legal hold or takedown.
    RecordHold = "record_hold", "the record is on hold";
    /// The account is closed.
    AccountClosed = "account_closed", "the account is closed";
    /// The account is suspended.
    AccountSuspended = "account_suspended", "the account is suspended";
    /// The account is erased.
    AccountErased = "account_erased", "the account is erased";
    /// The author has no account.
    NotAMember = "not_a_member", "the author is not a member";
    /// Bot or staff.
    NotHuman = "not_human", "the account is automated or belongs to staff";
    /// Under the rule's age now.
    MinorNow = "minor_now", "the member is under age";
    /// Under the rule's age when it was written.
    MinorAtCreation = "minor_at_creation", "the member was under age when it was written";
    /// No evidence of age where the rule asks for it.
    AgeUnknown = "age_unknown", "the member's age is not known";
    /// An objection was upheld.
    ObjectionUpheld = "objection_upheld", "the member objected and was right";
    /// An objection is being weighed.
    ObjectionPending = "objection_pending", "the member objected and the objection is being weighed";
    /// An erasure is under way.
    ErasurePending = "erasure_pending", "an erasure is under way";
    /// Everything was taken back.
    ChoiceRetracted = "choice_retracted", "the member took everything back";
    /// The switch is off.
    ChoiceOff = "choice_off", "the member turned it off";
    /// Off for this recipient.
    ChoiceRecipientOff = "choice_recipient_off", "the member turned it off for this recipient";
    /// Opt-in and never turned on.
    NeverOn = "never_on", "the member never turned it on";
    /// A signal such as GPC says no.
    SignalOff = "signal_off", "the member's browser says no";
    /// The region where the member lives is left out.
    RegionExcludedNow = "region_excluded_now", "members who live there are left out";
    /// The region where the member lived at creation is left out.
    RegionExcludedAtCreation = "region_excluded_at_creation", "members who lived there when it was written are left out";
    /// The region where the member lives is paused.
    RegionPausedNow = "region_paused_now", "the region is paused";
    /// The region where the member lived at creation is paused.
    RegionPausedAtCreation = "region_paused_at_creation", "the region where it was written is paused";
    /// It is not known where the member lives.
    RegionUnknownNow = "region_unknown_now", "it is not known where the member lives";
    /// It is not known where the member lived at creation.
    RegionUnknownAtCreation = "region_unknown_at_creation", "it is not known where the member lived when it was written";
    /// Written before the region was opened again.
    RegionBacklog = "region_backlog", "it was written before the region was opened";
    /// No policy version discloses the purpose.
    NotDisclosed = "not_disclosed", "no policy in force tells members of this purpose";
    /// No policy version discloses the recipient.
    RecipientNotDisclosed = "recipient_not_disclosed", "no policy in force tells members of this recipient";
    /// The member has no delivery.
    NoticeNotDelivered = "notice_not_delivered", "the member was not told";
    /// The window after the delivery is open.
    NoticeWindow = "notice_window", "the member was told too recently";
    /// Written before the disclosure.
    BeforeDisclosure = "before_disclosure", "it was written before members were told";
    /// Written while the switch was off.
    CreatedWhileOff = "created_while_off", "it was written while the switch was off";
    /// A member mentioned in it is left out, and the rule is strict.
    SubjectBlocks = "subject_blocks", "someone mentioned in it is left out";
    /// The text may reveal something special about a person. The decision never gives it, because it reads no text: the
    /// step that makes the training set does, of records that were allowed.
    SpecialCategory = "special_category", "it may say something about the health, beliefs or the like of a person";
}

impl Reason {
    /// This reason's bit in a mask.
    #[must_use]
    pub fn bit(self) -> u64 {
        1 << (self as u8)
    }

    /// The reason with this code, if there is one.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|reason| reason.code() == code)
    }

    /// Whether it is the member's own choice. A page shows these first.
    #[must_use]
    pub fn is_own_choice(self) -> bool {
        matches!(
            self,
            Self::ChoiceRetracted
                | Self::ChoiceOff
                | Self::ChoiceRecipientOff
                | Self::NeverOn
                | Self::CreatedWhileOff
                | Self::ObjectionUpheld
                | Self::ObjectionPending
        )
    }
}

/// A set of reasons, one bit each.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Mask(pub u64);

impl Mask {
    /// Adds a reason.
    pub fn add(&mut self, reason: Reason) {
        self.0 |= reason.bit();
    }

    /// Adds a reason if `condition` holds.
    pub fn add_if(&mut self, condition: bool, reason: Reason) {
        if condition {
            self.add(reason);
        }
    }

    /// Whether there is no reason in it.
    #[must_use]
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// The reason of highest precedence.
    #[must_use]
    pub fn primary(self) -> Option<Reason> {
        Reason::ALL.get(self.0.trailing_zeros() as usize).copied()
    }

    /// All reasons in it, in order of precedence.
    pub fn iter(self) -> impl Iterator<Item = Reason> {
        Reason::ALL.iter().copied().filter(move |reason| self.0 & reason.bit() != 0)
    }

    /// The reason a page shows: the member's own choice if there is one, else the primary one.
    #[must_use]
    pub fn shown(self) -> Option<Reason> {
        self.iter().find(|reason| reason.is_own_choice()).or_else(|| self.primary())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_unique_and_precede_as_declared() {
        assert!(Reason::ALL.len() <= 64);
        for reason in Reason::ALL {
            assert_eq!(Reason::from_code(reason.code()), Some(*reason));
        }
        let mut mask = Mask::default();
        assert_eq!(mask.primary(), None);
        mask.add(Reason::CreatedWhileOff);
        mask.add(Reason::RegionPausedNow);
        assert_eq!(mask.primary(), Some(Reason::RegionPausedNow));
        assert_eq!(mask.shown(), Some(Reason::CreatedWhileOff));
    }
}
