//! Which events a history takes. Each one that it does not take has a [`Refusal`]; what restricts is taken wherever it
//! makes sense, because a platform must be able to stop in every state.
//!
//! A platform registers a member first and tells everything else about them after. An odd country code is never a
//! reason to refuse: the place is then unknown, and so denied.

use crate::{
    choice::{Actor, ChoiceValue, Scope},
    country::Country,
    event::{Event, Logged},
    history::History,
    id::{MemberId, PurposeKey, RecipientKey, Seq},
    objection::Case,
    refusal::Refusal,
    rule::{PendingObjection, Purpose, Rule, Status},
};
use jiff::{SignedDuration, Timestamp};

/// How far ahead of its recording a fact may hold.
pub const MAX_AHEAD: SignedDuration = SignedDuration::from_hours(24 * 366);

impl History {
    /// Whether an event would be taken now.
    ///
    /// # Errors
    /// See [`Refusal`].
    pub fn admits(&self, logged: &Logged) -> Result<(), Refusal> {
        self.admits_time(logged)?;
        match &logged.event {
            Event::ChoiceSet { member, purpose, recipient, value, scope, actor, .. } => {
                self.admits_choice(member, *value, *scope, *actor)?;
                self.admits_purpose(purpose)?;
                recipient.as_ref().map_or(Ok(()), |recipient| self.admits_recipient(recipient))
            }
            Event::ObjectionFiled { objection, purposes, .. } => {
                if self.case(objection).is_some() {
                    return Err(Refusal::ObjectionExists);
                }
                purposes.iter().try_for_each(|purpose| self.admits_purpose(purpose))
            }
            Event::MemberRegistered { member, .. } | Event::RecordIngested { member, .. } => self.is_not_erased(member),
            Event::AccountReopened { member }
            | Event::NoticeServed { member, .. }
            | Event::NoticeDelivered { member, .. }
            | Event::NoticeSeen { member, .. } => {
                self.is_not_erased(member)?;
                self.is_known(member)
            }
            Event::MemberEnrolled { member, commitment } => {
                self.is_not_erased(member)?;
                self.is_known(member)?;
                is_hash(commitment)
            }
            Event::ResidenceSet { member, .. }
            | Event::BirthDateSet { member, .. }
            | Event::NoticeBounced { member, .. }
            | Event::SignalReceived { member, .. }
            | Event::AccountClosed { member }
            | Event::AccountSuspended { member } => self.is_known(member),
            // Whoever asks for it, registered or not.
            Event::ErasureRequested { .. } | Event::AccountErased { .. } => Ok(()),
            Event::IdentityChecked { objection }
            | Event::ReviewStarted { objection }
            | Event::DeadlineExtended { objection, .. }
            | Event::ObjectionUpheld { objection }
            | Event::ObjectionRefused { objection }
            | Event::ObjectionWithdrawn { objection }
            | Event::ObjectionAppealed { objection }
            | Event::ObjectionExpired { objection } => {
                let case: &Case = self.case(objection).ok_or(Refusal::UnknownObjection)?;
                case.after(logged).map(|_| ())
            }
            Event::RuleSet { rule } => self.admits_rule(rule),
            Event::PurposeDefined(purpose) => admits_definition(purpose),
            Event::RecipientEnded { recipient } => self.admits_recipient(recipient),
            Event::RecordHeld { reason, .. } | Event::HoldReleased { reason, .. } if reason.trim().is_empty() => {
                Err(Refusal::NoReason)
            }
            Event::PolicyPublished(_)
            | Event::RecipientAdded { .. }
            | Event::RegionSetChanged(_)
            | Event::RecordEdited { .. }
            | Event::RecordDeleted { .. }
            | Event::VisibilityChanged { .. }
            | Event::RecordHeld { .. }
            | Event::RecordHoldLifted { .. }
            | Event::SubjectsDetected { .. }
            | Event::RecordsCommitted { .. }
            | Event::RunFenced { .. }
            | Event::SnapshotSealed { .. }
            | Event::UseCommitted { .. }
            | Event::SnapshotWithdrawn { .. }
            | Event::ShardRetired { .. }
            | Event::ModelReleased { .. }
            | Event::ModelWithdrawn { .. }
            | Event::ObligationOpened { .. }
            | Event::ObligationDone { .. }
            | Event::LogKeySet { .. }
            | Event::HoldReleased { .. } => Ok(()),
        }
    }

    fn admits_time(&self, logged: &Logged) -> Result<(), Refusal> {
        // The clock is clamped: what counts is the time under which the event would stand.
        let t = self.last_time().map_or(logged.t, |last| last.max(logged.t));
        let ahead = logged.valid();
        if ahead > t && permits(&logged.event) {
            return Err(Refusal::FuturePermission);
        }
        match t.checked_add(MAX_AHEAD) {
            Ok(limit) if ahead > limit => Err(Refusal::TooFarAhead),
            _ => Ok(()),
        }
    }

    fn admits_choice(
        &self,
        member: &MemberId,
        value: ChoiceValue,
        scope: Option<Scope>,
        actor: Actor,
    ) -> Result<(), Refusal> {
        if scope.is_some_and(|scope| scope.value() != value) {
            return Err(Refusal::ScopeOfOtherValue);
        }
        match (value, actor) {
            (ChoiceValue::Off, _) => self.is_known(member),
            (ChoiceValue::On, Actor::Guardian | Actor::Signal) => Err(Refusal::MayOnlyRestrict),
            (ChoiceValue::On, Actor::Member | Actor::Officer) => {
                self.is_not_erased(member)?;
                self.is_known(member)
            }
        }
    }

    /// A purpose counts as known when it was ever defined, so that an opt-out may name one of the past.
    fn admits_purpose(&self, purpose: &PurposeKey) -> Result<(), Refusal> {
        let defined = |logged: &Logged| matches!(&logged.event, Event::PurposeDefined(p) if p.key == *purpose);
        let known = self.book().purpose(purpose).is_some() || self.of_platform(Seq(u64::MAX)).any(defined);
        if known { Ok(()) } else { Err(Refusal::UnknownPurpose) }
    }

    /// A recipient counts as known when it was ever registered, so that an opt-out may name one that ended.
    fn admits_recipient(&self, recipient: &RecipientKey) -> Result<(), Refusal> {
        let added =
            |logged: &Logged| matches!(&logged.event, Event::RecipientAdded { recipient: r, .. } if r == recipient);
        let known = self.book().recipients.iter().any(|row| row.key == *recipient)
            || self.of_platform(Seq(u64::MAX)).any(added);
        if known { Ok(()) } else { Err(Refusal::UnknownRecipient) }
    }

    fn admits_rule(&self, rule: &Rule) -> Result<(), Refusal> {
        if rule.is_empty() {
            return Err(Refusal::RuleIsEmpty);
        }
        rule.purposes.iter().try_for_each(|purpose| self.admits_purpose(purpose))?;
        for name in rule.recipients.iter().filter(|name| *name != "*") {
            let key = RecipientKey::new(name.clone()).map_err(|_| Refusal::UnknownRecipient)?;
            self.admits_recipient(&key)?;
        }
        let changed = |name: &str| {
            self.of_platform(Seq(u64::MAX))
                .any(|logged| matches!(&logged.event, Event::RegionSetChanged(set) if set.name == name))
        };
        let known = |region: &String| match region.as_str() {
            "*" | "any" => true,
            name => match name.strip_prefix('@') {
                Some(set) => self.book().region_sets.iter().any(|s| s.name == set) || changed(set),
                None => Country::parse(name).is_some(),
            },
        };
        if !rule.regions.iter().all(known) {
            return Err(Refusal::UnknownRegion);
        }
        // A pause is never refused for contradicting an opening: the stricter of both holds.
        let set = self.of_platform(Seq(u64::MAX)).filter_map(|logged| match &logged.event {
            Event::RuleSet { rule } => Some(rule),
            _ => None,
        });
        let contradicts = |other: &Rule| rule.from.is_some() && other.from == rule.from && rule.contradicts(other);
        if rule.status == Status::Open && self.book().rules.iter().chain(set).any(contradicts) {
            return Err(Refusal::RuleContradicts);
        }
        Ok(())
    }

    fn is_known(&self, member: &MemberId) -> Result<(), Refusal> {
        if self.is_registered(member) || self.is_erased(member) { Ok(()) } else { Err(Refusal::UnknownMember) }
    }

    fn is_not_erased(&self, member: &MemberId) -> Result<(), Refusal> {
        if self.is_erased(member) { Err(Refusal::Erased) } else { Ok(()) }
    }
}

/// Whether an event may only take effect when it is recorded.
fn permits(event: &Event) -> bool {
    match event {
        Event::ChoiceSet { value, .. } => *value == ChoiceValue::On,
        Event::RuleSet { rule } => rule.status == Status::Open,
        Event::AccountReopened { .. }
        | Event::NoticeDelivered { .. }
        | Event::ObjectionRefused { .. }
        | Event::ObjectionWithdrawn { .. }
        | Event::ObjectionExpired { .. }
        | Event::RecipientAdded { .. }
        | Event::RecordHoldLifted { .. } => true,
        _ => false,
    }
}

fn admits_definition(purpose: &Purpose) -> Result<(), Refusal> {
    let never = purpose.records.iter().any(|kind| kind.is_never_used());
    let goes_on = purpose.pending == PendingObjection::Continue;
    let grounded = purpose.ground.as_ref().is_some_and(|ground| !ground.trim().is_empty());
    if never || (goes_on && !grounded) { Err(Refusal::PurposeIsWrong) } else { Ok(()) }
}

fn is_hash(text: &str) -> Result<(), Refusal> {
    let hex = |b: u8| b.is_ascii_digit() || (b'a'..=b'f').contains(&b);
    if text.len() == 64 && text.bytes().all(hex) { Ok(()) } else { Err(Refusal::MalformedHash) }
}

impl History {
    /// The time of the last event, which no later one goes behind.
    pub(crate) fn last_time(&self) -> Option<Timestamp> {
        self.event(self.last()).map(|logged| logged.t)
    }
}
