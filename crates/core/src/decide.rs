//! The decision: may this record be used for this purpose by this recipient, at a valid time, as of a log index?
//!
//! The naive reading of `rules.md` section 3: every rule is evaluated into a mask of reasons and the first one of the
//! table is the primary code. It is a pure function: the same arguments give the same answer for ever. Any doubt
//! denies. The columnar gate (`dataset/gate.rs`) must equal it.

pub use crate::facts::{facts_at, row_at};
use crate::{
    choice::{Scope, Standing},
    event::{Event, Logged},
    history::{DatedRule, History},
    id::{MemberId, RecordId, Seq},
    member::AccountKind,
    reason::{Mask, Reason},
    record::{RecordFacts, Span},
    region::Region,
    rule::{
        AgeEvidence, Backlog, CoversPast, Mechanism, NoticeRule, PendingObjection, Policy, Purpose, PurposeKind,
        RecipientKind, ResidenceRule, Status, SubjectRule,
    },
    rulebook::RuleBook,
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
pub(crate) struct Terms {
    pub(crate) rows: Vec<DatedRule>,
    /// Where each row holds.
    regions: Vec<Vec<Region>>,
    pub(crate) mechanism: Mechanism,
    pub(crate) min_age: Option<u8>,
    age_evidence: AgeEvidence,
    notice: NoticeRule,
    pub(crate) window: SignedDuration,
    subjects: SubjectRule,
    pub(crate) off_scope: Scope,
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
    Frame::new(history, query).decide(history, record)
}

/// A question with all of its answer that no member and no record changes: the rows and policy versions in force, the
/// recipient. Batches ask many records inside one frame.
pub struct Frame {
    book: RuleBook,
    pub(crate) query: Query,
    /// Row 1 of the table, as far as it does not need the member.
    unknown: Mask,
    pub(crate) purpose: Option<Purpose>,
    pub(crate) terms: Option<Terms>,
    pub(crate) policies: Vec<(Timestamp, Policy)>,
    recipient: Option<RecipientKind>,
}

impl Frame {
    /// Looks up what is in force at the question's time and index.
    #[must_use]
    pub fn new(history: &History, query: &Query) -> Self {
        let mut unknown = Mask::default();
        unknowns(history, query, &mut unknown);
        Self {
            terms: Terms::of(history, query),
            purpose: history.purpose_at(&query.purpose, query.at, query.as_of),
            policies: history.policies_at(query.at, query.as_of),
            recipient: recipient_kind(history, query),
            book: history.book().clone(),
            query: query.clone(),
            unknown,
        }
    }

    /// The question.
    #[must_use]
    pub fn query(&self) -> &Query {
        &self.query
    }

    /// Decides about one record of a history: the one that the frame was made of.
    #[must_use]
    pub fn decide(&self, history: &History, record: &RecordFacts) -> Decision {
        let mut mask = self.of_record(record);
        let Some(author) = self.person(history.of_member(&record.member, self.query.as_of)) else {
            return Decision::deny(mask);
        };
        mask.0 |= author.mask(record.created, record.edited).0;
        let is_left_out = |member: &MemberId| {
            let person = self.person(history.of_member(member, self.query.as_of));
            person.is_none_or(|person| person.is_left_out(record.created, record.edited))
        };
        let others = record.subjects.iter().filter(|s| s.member != record.member);
        let left_out = others.filter(|subject| is_left_out(&subject.member));
        self.with_left_out(mask, left_out.map(|subject| subject.spans.as_slice()))
    }

    /// Moves on to a later index at which nothing of the frame has changed.
    pub fn advance(&mut self, as_of: Seq) {
        self.query.as_of = as_of;
        self.unknown.0 &= !Reason::StaleState.bit();
    }

    /// Rows 1 and 2, without the author: all of the mask if no row of the rule book is about the question.
    #[must_use]
    pub fn of_record(&self, record: &RecordFacts) -> Mask {
        let mut mask = self.unknown;
        let Some(purpose) = &self.purpose else { return mask };
        if self.terms.is_none() {
            mask.add(Reason::UnknownRule);
            return mask;
        }
        mask.add_if(record.deleted, Reason::RecordDeleted);
        mask.add_if(record.superseded, Reason::RecordSuperseded);
        mask.add_if(record.held, Reason::RecordHold);
        mask.add_if(!purpose.visibility.contains(&record.visibility), Reason::RecordNotVisible);
        mask.add_if(record.kind.is_never_used() || !purpose.records.contains(&record.kind), Reason::RecordKind);
        mask
    }

    /// A member by their events as of the question's index; none if no row of the rule book is about the question.
    pub fn person<'e>(&self, events: impl Iterator<Item = &'e Logged>) -> Option<Person<'_>> {
        self.person_of(self.fold(events))
    }

    /// What a member's events as of the question's index add up to, whatever the rules are.
    pub fn fold<'e>(&self, events: impl Iterator<Item = &'e Logged>) -> MemberState {
        MemberState::fold(events, &self.query)
    }

    /// A member by what their events add up to, under this frame or another of the same question.
    #[must_use]
    pub fn person_of(&self, mut state: MemberState) -> Option<Person<'_>> {
        let (terms, purpose) = (self.terms.as_ref()?, self.purpose.as_ref()?);
        state.settle(terms.mechanism == Mechanism::OptIn, terms.off_scope);
        Some(Person { frame: self, terms, purpose, state })
    }

    /// The policy versions that tell of the question, with how far into the past they reach.
    pub(crate) fn telling(&self) -> impl Iterator<Item = (Timestamp, &Policy, CoversPast)> {
        self.policies.iter().filter_map(|(from, policy)| {
            let told = policy
                .discloses
                .iter()
                .find(|d| d.purpose == self.query.purpose && d.recipient == self.query.recipient)?;
            Some((*from, policy, told.covers_past_from))
        })
    }

    /// Row 13 and `allow_redact`: the decision, where all other rows say `mask` and these are the spans of the others in
    /// the record who are left out, one item each.
    #[must_use]
    pub fn with_left_out<'s>(&self, mut mask: Mask, left_out: impl Iterator<Item = &'s [Span]>) -> Decision {
        let strictness = self.terms.as_ref().map_or(SubjectRule::Strict, |terms| terms.subjects);
        let mut spans = Vec::new();
        for of_one in left_out {
            match strictness {
                SubjectRule::Strict => mask.add(Reason::SubjectBlocks),
                SubjectRule::Redact => spans.extend_from_slice(of_one),
            }
        }
        spans.sort_unstable();
        spans.dedup();
        if mask.is_empty() { Decision { mask, spans } } else { Decision::deny(mask) }
    }
}

/// Row 1 of the table, as far as it does not need the member.
fn unknowns(history: &History, query: &Query, mask: &mut Mask) {
    let purpose = history.purpose_at(&query.purpose, query.at, query.as_of);
    mask.add_if(purpose.is_none(), Reason::UnknownPurpose);
    mask.add_if(recipient_kind(history, query).is_none(), Reason::UnknownRecipient);
    mask.add_if(query.as_of > history.last(), Reason::StaleState);
}

/// What the recipient is at `T`, if it is registered. One whose contract forbids training is no recipient of a training
/// purpose: it counts as unknown there, as no other code says that nobody of this name may have the data.
fn recipient_kind(history: &History, query: &Query) -> Option<RecipientKind> {
    let rows = &history.book().recipients;
    let mut known = rows.iter().find(|row| row.key == query.recipient).map(|row| (row.kind, row.no_train));
    let mut since = Timestamp::MIN;
    let mut ended = Timestamp::MIN;
    for logged in history.of_platform(query.as_of) {
        match &logged.event {
            Event::RecipientAdded { recipient, kind, no_train, .. }
                if *recipient == query.recipient && logged.permissive() <= query.at =>
            {
                known = Some((*kind, *no_train));
                since = logged.permissive();
            }
            Event::RecipientEnded { recipient } if *recipient == query.recipient && logged.valid() <= query.at => {
                known = None;
                ended = ended.max(logged.valid());
            }
            _ => {}
        }
    }
    // An end that was recorded ahead still holds after a registration that came between.
    let (kind, no_train) = known.filter(|_| ended == Timestamp::MIN || ended < since)?;
    let purpose = history.purpose_at(&query.purpose, query.at, query.as_of)?;
    let trains = purpose.kind == PurposeKind::GenerativeTraining;
    (!(no_train && trains)).then_some(kind)
}

impl Terms {
    fn of(history: &History, query: &Query) -> Option<Self> {
        let mut rows = history.rules_at(query.at, query.as_of);
        rows.retain(|row| row.rule.is_about(&query.purpose, &query.recipient));
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
            regions: {
                let named = history.regions_at(query.at, query.as_of);
                rules().map(|rule| rule.regions.iter().map(|region| named.region(region)).collect()).collect()
            },
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

/// A member inside a question: what their own facts say of a record, as a function of when it was written and edited.
pub struct Person<'a> {
    pub(crate) frame: &'a Frame,
    pub(crate) terms: &'a Terms,
    purpose: &'a Purpose,
    pub(crate) state: MemberState,
}

/// When a record was written, and its latest version.
#[derive(Clone, Copy)]
struct Written {
    created: Timestamp,
    edited: Timestamp,
}

impl Written {
    fn both(self) -> [Timestamp; 2] {
        [self.created, self.edited]
    }
}

impl Person<'_> {
    /// The rows that ask the author, for a record of theirs.
    #[must_use]
    pub fn mask(&self, created: Timestamp, edited: Timestamp) -> Mask {
        let mut mask = Mask::default();
        let written = Written { created, edited };
        // What is written after the question's time is not there yet.
        mask.add_if(written.both().into_iter().any(|t| t > self.frame.query.at), Reason::StaleState);
        mask.add_if(!self.state.registered, Reason::UnknownMember);
        self.of_member(written, &mut mask);
        self.of_disclosure(created, &mut mask);
        mask
    }

    /// Where they live at the question's time: more than one place where that is not certain, none in it if unknown.
    #[must_use]
    pub fn places(&self) -> Vec<Option<crate::Country>> {
        self.state.places_at(self.frame.query.at)
    }

    /// Whether they must not stand in somebody else's record.
    #[must_use]
    pub fn is_left_out(&self, created: Timestamp, edited: Timestamp) -> bool {
        let mut mask = Mask::default();
        self.of_person(Written { created, edited }, &mut mask);
        !self.state.registered || !mask.is_empty()
    }

    /// Rows 3 to 8 and 12: what the author's own facts say.
    fn of_member(&self, written: Written, mask: &mut Mask) {
        let state = &self.state;
        self.of_person(written, mask);
        if self.terms.mechanism != Mechanism::Necessary {
            for standing in [&state.standing, &state.recipient_standing] {
                let outside = written.both().into_iter().any(|t| !standing.covers(t));
                mask.add_if(outside && !standing.eligible.is_empty(), Reason::CreatedWhileOff);
            }
        }
    }

    /// Rows 3 to 8. They also say whether a member who is mentioned is left out.
    fn of_person(&self, written: Written, mask: &mut Mask) {
        let state = &self.state;
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
        self.of_age(written.created, mask);
        match state.objection {
            ObjectionState::None => {}
            ObjectionState::Upheld => mask.add(Reason::ObjectionUpheld),
            // A purpose that goes on while an objection is weighed stops when the answer is late.
            ObjectionState::Overdue => mask.add(Reason::ObjectionPending),
            ObjectionState::Pending => {
                mask.add_if(self.purpose.pending == PendingObjection::Restrict, Reason::ObjectionPending);
            }
        }
        mask.add_if(state.erasure_pending && state.account != Account::Erased, Reason::ErasurePending);
        if self.terms.mechanism != Mechanism::Necessary {
            of_standing(&state.standing, Reason::ChoiceOff, mask);
            of_standing(&state.recipient_standing, Reason::ChoiceRecipientOff, mask);
        }
        mask.add_if(self.is_signaled_off(), Reason::SignalOff);
        self.of_places(written, mask);
    }

    fn of_age(&self, created: Timestamp, mask: &mut Mask) {
        let state = &self.state;
        let Some(years) = self.terms.min_age else { return };
        if state.birth_dates.is_empty() {
            mask.add_if(self.terms.age_evidence == AgeEvidence::Required, Reason::AgeUnknown);
            return;
        }
        mask.add_if(state.may_be_under(years, self.frame.query.at), Reason::MinorNow);
        let opened_as_adult = state.standing.include_past.is_some_and(|t| !state.may_be_under(years, t));
        mask.add_if(!opened_as_adult && state.may_be_under(years, created), Reason::MinorAtCreation);
    }

    fn is_signaled_off(&self) -> bool {
        let kind = self.frame.recipient;
        self.frame.book.signals.iter().any(|row| {
            self.state.signals.contains(&row.signal)
                && kind.is_some_and(|kind| row.recipients.contains(&kind))
                && row.purposes.as_ref().is_none_or(|purposes| purposes.contains(&self.frame.query.purpose))
        })
    }

    /// Rows 7 and 8: the rules in force at `T`, asked for where the member lives and lived.
    fn of_places(&self, written: Written, mask: &mut Mask) {
        let now = self.state.places_at(self.frame.query.at);
        for place in &now {
            match self.status_of(*place) {
                Some(Status::Open) => {}
                Some(Status::Paused) => mask.add(Reason::RegionPausedNow),
                Some(Status::Excluded) => mask.add(Reason::RegionExcludedNow),
                None => mask.add(Reason::RegionUnknownNow),
            }
            mask.add_if(self.is_behind_opening(*place, written.created), Reason::RegionBacklog);
        }
        if self.terms.rows.iter().all(|row| row.rule.residence == ResidenceRule::Now) {
            return;
        }
        for place in written.both().into_iter().flat_map(|t| self.state.places_at(t)) {
            match self.status_of(place) {
                Some(Status::Open) => {}
                Some(Status::Paused) => mask.add(Reason::RegionPausedAtCreation),
                Some(Status::Excluded) => mask.add(Reason::RegionExcludedAtCreation),
                None => mask.add(Reason::RegionUnknownAtCreation),
            }
            mask.add_if(self.is_behind_opening(place, written.created), Reason::RegionBacklog);
        }
    }

    /// The rows that may hold in a place, each with whether it does for certain.
    fn rows_of(&self, place: Option<crate::Country>) -> impl Iterator<Item = (&DatedRule, bool)> {
        let rows = self.terms.rows.iter().zip(&self.terms.regions);
        let may = move |(_, regions): &(_, &Vec<Region>)| regions.iter().any(|region| region.may_hold(place));
        rows.filter(may).map(move |(row, regions)| (row, regions.iter().any(|region| region.holds(place))))
    }

    /// The strictest status of the rows that may hold; none where no row holds for certain.
    fn status_of(&self, place: Option<crate::Country>) -> Option<Status> {
        let rows = || self.rows_of(place);
        rows().any(|(_, is_certain)| is_certain).then(|| rows().map(|(row, _)| row.rule.status).max())?
    }

    fn is_behind_opening(&self, place: Option<crate::Country>, created: Timestamp) -> bool {
        self.rows_of(place).map(|(row, _)| row).filter(|row| row.rule.status == Status::Open).any(|row| {
            match row.rule.backlog {
                Backlog::All => false,
                Backlog::None => created < row.from,
                Backlog::From(t) => created < row.from && created < t,
            }
        })
    }

    /// When the window after the delivery of a policy version that is in force since `from` ends.
    pub(crate) fn usable_from(&self, from: Timestamp, policy: &Policy) -> Option<Timestamp> {
        self.state.told(&policy.policy)?.max(from).checked_add(self.terms.window).ok()
    }

    /// Rows 9 to 11: was the member told, long enough ago, and of the past?
    fn of_disclosure(&self, created: Timestamp, mask: &mut Mask) {
        let policies = &self.frame.policies;
        let telling: Vec<_> = self.frame.telling().collect();
        if telling.is_empty() {
            let to_others =
                policies.iter().flat_map(|(_, p)| &p.discloses).any(|told| told.purpose == self.frame.query.purpose);
            mask.add(if to_others { Reason::RecipientNotDisclosed } else { Reason::NotDisclosed });
            return;
        }
        let told_at = |from: Timestamp, policy: &Policy| match self.terms.notice {
            NoticeRule::None => Some(from),
            NoticeRule::Required => self.usable_from(from, policy),
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
            mask.add_if(created < usable && !covers.covers(created), Reason::BeforeDisclosure);
        }
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
