//! The one-byte code of an event's kind in a leaf. Codes are for ever: a new event takes the next free number, and no
//! number is ever used again.

use candor_core::Event;

/// The code of an event's kind, from 1.
#[must_use]
pub fn kind_code(event: &Event) -> u8 {
    match event {
        Event::PolicyPublished(_) => 1,
        Event::RecipientAdded { .. } => 2,
        Event::RecipientEnded { .. } => 3,
        Event::RuleSet { .. } => 4,
        Event::NoticeServed { .. } => 5,
        Event::NoticeDelivered { .. } => 6,
        Event::NoticeSeen { .. } => 7,
        Event::NoticeBounced { .. } => 8,
        Event::MemberRegistered { .. } => 9,
        Event::ResidenceSet { .. } => 10,
        Event::BirthDateSet { .. } => 11,
        Event::AccountClosed { .. } => 12,
        Event::AccountSuspended { .. } => 13,
        Event::AccountReopened { .. } => 14,
        Event::ErasureRequested { .. } => 15,
        Event::AccountErased { .. } => 16,
        Event::ChoiceSet { .. } => 17,
        Event::SignalReceived { .. } => 18,
        Event::ObjectionFiled { .. } => 19,
        Event::IdentityChecked { .. } => 20,
        Event::ReviewStarted { .. } => 21,
        Event::DeadlineExtended { .. } => 22,
        Event::ObjectionUpheld { .. } => 23,
        Event::ObjectionRefused { .. } => 24,
        Event::ObjectionWithdrawn { .. } => 25,
        Event::ObjectionAppealed { .. } => 26,
        Event::RecordIngested { .. } => 27,
        Event::RecordEdited { .. } => 28,
        Event::RecordDeleted { .. } => 29,
        Event::VisibilityChanged { .. } => 30,
        Event::SubjectsDetected { .. } => 31,
        Event::RecordsCommitted { .. } => 32,
        Event::RunFenced { .. } => 33,
        Event::SnapshotSealed { .. } => 34,
        Event::SnapshotWithdrawn { .. } => 35,
        Event::ShardRetired { .. } => 36,
        Event::ModelReleased { .. } => 37,
        Event::ModelWithdrawn { .. } => 38,
        Event::PurposeDefined(_) => 39,
        Event::RegionSetChanged(_) => 40,
        Event::MemberEnrolled { .. } => 41,
        Event::RecordHeld { .. } => 42,
        Event::RecordHoldLifted { .. } => 43,
        Event::ObjectionExpired { .. } => 44,
        Event::UseCommitted { .. } => 45,
        Event::ObligationOpened { .. } => 46,
        Event::ObligationDone { .. } => 47,
        Event::LogKeySet { .. } => 48,
    }
}
