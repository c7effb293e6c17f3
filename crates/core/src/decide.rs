//! The decision: may this record be used for this purpose by this recipient, at a valid time, as of a log index?
//!
//! The naive reading of `rules.md` section 3: every rule is evaluated into a mask of reasons and the first one of the
//! table is the primary code. It is a pure function: the same arguments give the same answer for ever. Any doubt
//! denies. The columnar gate (`dataset/gate.rs`) must equal it.

use crate::{
    choice::{Scope, Standing},
    event::Event,
    history::{DatedRule, History},
    id::{RecordId, Seq},
    member::AccountKind,
    reason::{Mask, Reason},
    record::{RecordFacts, Span},
    rule::{
        AgeEvidence, Backlog, CoversPast, Mechanism, NoticeRule, PendingObjection, Policy, Purpose, RecipientKind,
        ResidenceRule, Status, SubjectRule,
    },
    state::{Account, MemberState, ObjectionState, Query},
};
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;

/// The answer, with every reason.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Decision {
    /// Why not; empty if it may be used.
    pub mask: Mask,
    /// Where other members who are left out stand in it; these must be redacted.
    pub spans: Vec<Span>,
}

impl Decision {
    fn deny(mask: Mask) -> Self {
        Self { mask, spans: Vec::new() }
    }

    /// Whether the record may be used, after its spans are redacted.
    #[must_use]
    pub fn allows(&self) -> bool {
        self.mask.is_empty()
    }

    /// The reason of highest precedence, if it may not be used.
    #[must_use]
    pub fn primary(&self) -> Option<Reason> {
        self.mask.primary()
    }

    /// `allow`, `allow_redact` or `deny`.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match (self.mask.is_empty(), self.spans.is_empty()) {
            (false, _) => "deny",
            (true, false) => "allow_redact",
            (true, true) => "allow",
        }
    }
}

/// The rows that hold for a question, with their strictest values.
struct Terms<'a> {
    rows: Vec<&'a DatedRule>,
    mechanism: Mechanism,
    min_age: Option<u8>,
    age_evidence: AgeEvidence,
    notice: NoticeRule,
    window: SignedDuration,
    subjects: SubjectRule,
    off_scope: Scope,
}

/// Decides about a record that the history knows.
#[must_use]
pub fn decide(history: &History, record: &RecordId, query: &Query) -> Decision {
    match facts_at(history, record, query.at, query.as_of) {
        Some(facts) => decide_record(history, &facts, query),
        None => {
            let mut mask = Mask::default();
            mask.add(Reason::StaleState);
            unknowns(history, query, &mut mask);
            Decision::deny(mask)
        }
    }
}

/// Decides about a record whose facts are given.
#[must_use]
pub fn decide_record(history: &History, record: &RecordFacts, query: &Query) -> Decision {
    Frame::new(history, query).decide(record)
}

/// A question with all of its answer that no record changes: the rows and policy versions in force, the recipient.
/// Batches ask many records inside one frame.
pub struct Frame<'a> {
    history: &'a History,
    query: &'a Query,
    rules: Vec<DatedRule>,
    policies: Vec<(Timestamp, Policy)>,
    recipient: Option<RecipientKind>,
}

impl<'a> Frame<'a> {
    /// Looks up what is in force at the question's time and index.
    #[must_use]
    pub fn new(history: &'a History, query: &'a Query) -> Self {
        Self {
            rules: history.rules_at(query.at, query.as_of),
            policies: history.policies_at(query.at, query.as_of),
            recipient: recipient_kind(history, query),
            history,
            query,
        }
    }

    /// Decides about one record.
    #[must_use]
    pub fn decide(&self, record: &RecordFacts) -> Decision {
        let (history, query) = (self.history, self.query);
        let mut mask = Mask::default();
        unknowns(history, query, &mut mask);
        let Some(terms) = Terms::of(&self.rules, query) else {
            mask.add_if(history.book().purpose(&query.purpose).is_some(), Reason::UnknownRule);
            return Decision::deny(mask);
        };
        let Some(purpose) = history.book().purpose(&query.purpose) else { return Decision::deny(mask) };
        let opt_in = terms.mechanism == Mechanism::OptIn;
        let state = MemberState::at(history, &record.member, query, opt_in, terms.off_scope);
        mask.add_if(!state.registered, Reason::UnknownMember);
        of_record(purpose, record, &mut mask);
        let asked = Asked { frame: self, terms: &terms, purpose, record };
        asked.of_member(&state, &mut mask);
        asked.of_disclosure(&state, &mut mask);
        let spans = asked.of_subjects(&mut mask);
        if mask.is_empty() { Decision { mask, spans } } else { Decision::deny(mask) }
    }
}

/// Row 1 of the table, as far as it does not need the member.
fn unknowns(history: &History, query: &Query, mask: &mut Mask) {
    mask.add_if(history.book().purpose(&query.purpose).is_none(), Reason::UnknownPurpose);
    mask.add_if(recipient_kind(history, query).is_none(), Reason::UnknownRecipient);
    mask.add_if(query.as_of > history.last(), Reason::StaleState);
}

/// What the recipient is at `T`, if it is registered.
fn recipient_kind(history: &History, query: &Query) -> Option<RecipientKind> {
    let listed = history.book().recipients.iter().find(|row| row.key == query.recipient).map(|row| row.kind);
    let mut kind = listed;
    for logged in history.of_platform(query.as_of) {
        match &logged.event {
            Event::RecipientAdded { recipient, kind: added, .. }
                if *recipient == query.recipient && logged.permissive() <= query.at =>
            {
                kind = Some(*added);
            }
            Event::RecipientEnded { recipient } if *recipient == query.recipient && logged.valid() <= query.at => {
                kind = None;
            }
            _ => {}
        }
    }
    kind
}

/// Row 2: the record itself.
fn of_record(purpose: &Purpose, record: &RecordFacts, mask: &mut Mask) {
    mask.add_if(record.deleted, Reason::RecordDeleted);
    mask.add_if(!purpose.visibility.contains(&record.visibility), Reason::RecordNotVisible);
    mask.add_if(record.kind.is_never_used() || !purpose.records.contains(&record.kind), Reason::RecordKind);
}

impl<'a> Terms<'a> {
    fn of(rules: &'a [DatedRule], query: &Query) -> Option<Self> {
        let rows: Vec<&DatedRule> =
            rules.iter().filter(|row| row.rule.is_about(&query.purpose, &query.recipient)).collect();
        let rules = || rows.iter().map(|row| &row.rule);
        let days = rules().map(|rule| rule.notice_window_days).max().unwrap_or(0);
        Some(Self {
            mechanism: rules().map(|rule| rule.mechanism).max()?,
            min_age: rules().filter_map(|rule| rule.min_age).max(),
            age_evidence: rules().map(|rule| rule.age_evidence).max()?,
            notice: rules().map(|rule| rule.notice).max()?,
            window: SignedDuration::from_hours(24 * i64::from(days)),
            subjects: rules().map(|rule| rule.subjects).max()?,
            off_scope: strictest_off(rules().map(|rule| rule.off_scope))?,
            rows,
        })
    }
}

fn strictest_off(scopes: impl Iterator<Item = Scope>) -> Option<Scope> {
    scopes.max_by_key(|scope| match scope {
        Scope::FutureRecords | Scope::FromNow | Scope::IncludePast => 0,
        Scope::FutureUse => 1,
        Scope::Retract => 2,
    })
}

/// One question with all that it needs.
struct Asked<'a> {
    frame: &'a Frame<'a>,
    terms: &'a Terms<'a>,
    purpose: &'a Purpose,
    record: &'a RecordFacts,
}

impl Asked<'_> {
    /// Rows 3 to 8 and 12: what the author's own facts say.
    fn of_member(&self, state: &MemberState, mask: &mut Mask) {
        self.of_person(state, mask);
        if self.terms.mechanism != Mechanism::Necessary {
            for standing in [&state.standing, &state.recipient_standing] {
                let written = [self.record.created, self.record.edited];
                let outside = written.into_iter().any(|t| !standing.covers(t));
                mask.add_if(outside && !standing.eligible.is_empty(), Reason::CreatedWhileOff);
            }
        }
    }

    /// Rows 3 to 8. They also say whether a member who is mentioned is left out.
    fn of_person(&self, state: &MemberState, mask: &mut Mask) {
        match state.account {
            Account::Open => {}
            Account::Suspended => mask.add(Reason::AccountSuspended),
            Account::Closed => mask.add(Reason::AccountClosed),
            Account::Erased => mask.add(Reason::AccountErased),
        }
        match state.account_kind {
            AccountKind::Human => {}
            AccountKind::NonMember => mask.add(Reason::NotAMember),
            AccountKind::Bot | AccountKind::Staff => mask.add(Reason::NotHuman),
        }
        self.of_age(state, mask);
        match state.objection {
            ObjectionState::None => {}
            ObjectionState::Upheld => mask.add(Reason::ObjectionUpheld),
            ObjectionState::Pending => {
                mask.add_if(self.purpose.pending == PendingObjection::Restrict, Reason::ObjectionPending);
            }
        }
        mask.add_if(state.erasure_pending && state.account != Account::Erased, Reason::ErasurePending);
        if self.terms.mechanism != Mechanism::Necessary {
            of_standing(&state.standing, Reason::ChoiceOff, mask);
            of_standing(&state.recipient_standing, Reason::ChoiceRecipientOff, mask);
        }
        mask.add_if(self.is_signaled_off(state), Reason::SignalOff);
        self.of_places(state, mask);
    }

    fn of_age(&self, state: &MemberState, mask: &mut Mask) {
        let Some(years) = self.terms.min_age else { return };
        if state.birth_dates.is_empty() {
            mask.add_if(self.terms.age_evidence == AgeEvidence::Required, Reason::AgeUnknown);
            return;
        }
        mask.add_if(state.may_be_under(years, self.frame.query.at), Reason::MinorNow);
        let opened_as_adult = state.standing.include_past.is_some_and(|t| !state.may_be_under(years, t));
        mask.add_if(!opened_as_adult && state.may_be_under(years, self.record.created), Reason::MinorAtCreation);
    }

    fn is_signaled_off(&self, state: &MemberState) -> bool {
        let kind = self.frame.recipient;
        self.frame.history.book().signals.iter().any(|row| {
            state.signals.contains(&row.signal)
                && kind.is_some_and(|kind| row.recipients.contains(&kind))
                && row.purposes.as_ref().is_none_or(|purposes| purposes.contains(&self.frame.query.purpose))
        })
    }

    /// Rows 7 and 8: the rules in force at `T`, asked for where the member lives and lived.
    fn of_places(&self, state: &MemberState, mask: &mut Mask) {
        let now = state.places_at(self.frame.query.at);
        for place in &now {
            match self.status_of(*place) {
                Some(Status::Open) => {}
                Some(Status::Paused) => mask.add(Reason::RegionPausedNow),
                Some(Status::Excluded) => mask.add(Reason::RegionExcludedNow),
                None => mask.add(Reason::RegionUnknownNow),
            }
            mask.add_if(self.is_behind_opening(*place), Reason::RegionBacklog);
        }
        if self.terms.rows.iter().all(|row| row.rule.residence == ResidenceRule::Now) {
            return;
        }
        let written = [self.record.created, self.record.edited];
        for place in written.into_iter().flat_map(|t| state.places_at(t)) {
            match self.status_of(place) {
                Some(Status::Open) => {}
                Some(Status::Paused) => mask.add(Reason::RegionPausedAtCreation),
                Some(Status::Excluded) => mask.add(Reason::RegionExcludedAtCreation),
                None => mask.add(Reason::RegionUnknownAtCreation),
            }
            mask.add_if(self.is_behind_opening(place), Reason::RegionBacklog);
        }
    }

    fn rows_of(&self, place: Option<crate::Country>) -> impl Iterator<Item = &DatedRule> {
        let book = self.frame.history.book();
        let at = self.frame.query.at;
        let holds = move |row: &&DatedRule| row.rule.regions.iter().any(|region| book.region_holds(region, place, at));
        self.terms.rows.iter().copied().filter(holds)
    }

    fn status_of(&self, place: Option<crate::Country>) -> Option<Status> {
        self.rows_of(place).map(|row| row.rule.status).max()
    }

    fn is_behind_opening(&self, place: Option<crate::Country>) -> bool {
        self.rows_of(place).filter(|row| row.rule.status == Status::Open).any(|row| match row.rule.backlog {
            Backlog::All => false,
            Backlog::None => self.record.created < row.from,
            Backlog::From(t) => self.record.created < row.from && self.record.created < t,
        })
    }

    /// Rows 9 to 11: was the member told, long enough ago, and of the past?
    fn of_disclosure(&self, state: &MemberState, mask: &mut Mask) {
        let policies = &self.frame.policies;
        let tells = |policy: &Policy| -> Option<CoversPast> {
            let told = |d: &&crate::rule::Disclosure| {
                d.purpose == self.frame.query.purpose && d.recipient == self.frame.query.recipient
            };
            policy.discloses.iter().find(told).map(|d| d.covers_past_from)
        };
        let telling: Vec<_> = policies.iter().filter_map(|(t, p)| tells(p).map(|covers| (*t, p, covers))).collect();
        if telling.is_empty() {
            let to_others =
                policies.iter().flat_map(|(_, p)| &p.discloses).any(|told| told.purpose == self.frame.query.purpose);
            mask.add(if to_others { Reason::RecipientNotDisclosed } else { Reason::NotDisclosed });
            return;
        }
        let told_at = |from: Timestamp, policy: &Policy| match self.terms.notice {
            NoticeRule::None => Some(from),
            NoticeRule::Required => {
                let told = state.told(&policy.policy)?.max(from);
                told.checked_add(self.terms.window).ok()
            }
        };
        let latest = telling.iter().rev().find(|(_, policy, _)| policy.material).or(telling.last());
        if let (NoticeRule::Required, Some((from, policy, _))) = (self.terms.notice, latest) {
            match told_at(*from, policy) {
                None => mask.add(Reason::NoticeNotDelivered),
                Some(usable) => mask.add_if(self.frame.query.at < usable, Reason::NoticeWindow),
            }
        }
        let first = telling
            .iter()
            .filter_map(|(from, policy, covers)| Some((told_at(*from, policy)?, *covers)))
            .min_by_key(|(usable, _)| *usable);
        if let Some((usable, covers)) = first {
            let created = self.record.created;
            mask.add_if(created < usable && !covers.covers(created), Reason::BeforeDisclosure);
        }
    }

    /// Row 13 and `allow_redact`: other members in the record who are left out themselves.
    fn of_subjects(&self, mask: &mut Mask) -> Vec<Span> {
        let mut spans = Vec::new();
        for subject in self.record.subjects.iter().filter(|s| s.member != self.record.member) {
            let opt_in = self.terms.mechanism == Mechanism::OptIn;
            let state =
                MemberState::at(self.frame.history, &subject.member, self.frame.query, opt_in, self.terms.off_scope);
            let mut blocked = Mask::default();
            self.of_person(&state, &mut blocked);
            if state.registered && blocked.is_empty() {
                continue;
            }
            match self.terms.subjects {
                SubjectRule::Strict => mask.add(Reason::SubjectBlocks),
                SubjectRule::Redact => spans.extend(subject.spans.iter().copied()),
            }
        }
        spans.sort_unstable();
        spans.dedup();
        spans
    }
}

/// Row 6 for one standing.
fn of_standing(standing: &Standing, closed: Reason, mask: &mut Mask) {
    if standing.eligible.is_empty() {
        mask.add(if standing.chosen { Reason::ChoiceRetracted } else { Reason::NeverOn });
    } else {
        mask.add_if(!standing.open, closed);
    }
}

/// The facts of a record that came in as events, at `T` as of `K`.
#[must_use]
pub fn facts_at(history: &History, record: &RecordId, at: Timestamp, as_of: Seq) -> Option<RecordFacts> {
    let mut facts: Option<RecordFacts> = None;
    for logged in history.of_record(record, as_of) {
        match (&logged.event, &mut facts) {
            (Event::RecordIngested { member, kind, visibility, created, .. }, facts) => {
                let created = created.unwrap_or(logged.valid());
                *facts = Some(RecordFacts {
                    member: member.clone(),
                    kind: *kind,
                    created,
                    edited: created,
                    visibility: *visibility,
                    deleted: false,
                    subjects: Vec::new(),
                });
            }
            (_, None) => {}
            (Event::RecordEdited { .. }, Some(facts)) if logged.valid() <= at => {
                facts.edited = facts.edited.max(logged.valid());
            }
            (Event::RecordDeleted { .. }, Some(facts)) => facts.deleted |= logged.valid() <= at,
            (Event::VisibilityChanged { visibility, .. }, Some(facts)) => {
                // Closing may be backdated, opening never.
                let closes = *visibility > facts.visibility;
                let t = if closes { logged.valid() } else { logged.permissive() };
                if t <= at {
                    facts.visibility = *visibility;
                }
            }
            (Event::SubjectsDetected { subjects, .. }, Some(facts)) => facts.subjects.clone_from(subjects),
            _ => {}
        }
    }
    facts.filter(|facts| facts.created <= at)
}
