//! The events in order, and what they refuse. The history is the only input of `decide` beside its question.
//!
//! INVARIANT: events are appended in ascending `seq`, their `t` never goes back, and nothing is ever changed.
//!
//! The maps are persistent: a clone costs nothing, and a push while a reader holds a clone copies a few nodes, never
//! the events.

pub use crate::refusal::Refusal;
use crate::{
    event::{Event, Logged},
    id::{MemberId, ObjectionId, RecordId, Seq},
    objection::Case,
    rule::{Policy, Rule, Status},
    rulebook::RuleBook,
};
use imbl::{HashMap, Vector};
use jiff::{SignedDuration, Timestamp};
use std::sync::Arc;

/// By how much the log may be ahead of a clock: computers differ by less.
const CLOCKS_DIFFER: SignedDuration = SignedDuration::from_hours(1);

/// A rule row with the time from which it holds.
#[derive(Debug, Clone)]
pub struct DatedRule {
    /// The row.
    pub rule: Rule,
    /// From when it holds.
    pub from: Timestamp,
}

/// What the history keeps of one member beside the events themselves.
#[derive(Debug, Clone, Default)]
struct OfMember {
    /// Places in `events`.
    events: Vector<usize>,
    registered: bool,
    erased: bool,
}

/// A rule book and the events so far. Cloning is cheap.
#[derive(Debug, Clone)]
pub struct History {
    book: Arc<RuleBook>,
    events: Vector<Arc<Logged>>,
    by_member: HashMap<Arc<MemberId>, Arc<OfMember>>,
    by_record: HashMap<Arc<RecordId>, Arc<Vector<usize>>>,
    global: Vector<usize>,
    objections: HashMap<Arc<ObjectionId>, Arc<Case>>,
}

impl History {
    /// An empty history under a rule book.
    #[must_use]
    pub fn new(book: RuleBook) -> Self {
        Self {
            book: Arc::new(book),
            events: Vector::new(),
            by_member: HashMap::new(),
            by_record: HashMap::new(),
            global: Vector::new(),
            objections: HashMap::new(),
        }
    }

    /// The rule book.
    #[must_use]
    pub fn book(&self) -> &RuleBook {
        &self.book
    }

    /// The time at which a question about the present is asked when the clock shows `now`: never before the last event,
    /// so that a clock that went back hides no fact that was recorded.
    #[must_use]
    pub fn present(&self, now: Timestamp) -> Timestamp {
        self.last_time().map_or(now, |last| last.max(now))
    }

    /// The time of the last event, if it lies so far after `now` that one of both clocks was wrong. Ages and waiting times
    /// cannot be told then, and nothing new may be admitted.
    #[must_use]
    pub fn ahead_of(&self, now: Timestamp) -> Option<Timestamp> {
        self.last_time().filter(|last| last.duration_since(now) > CLOCKS_DIFFER)
    }

    /// The index of the last event.
    #[must_use]
    pub fn last(&self) -> Seq {
        self.events.last().map_or(Seq(0), |e| e.seq)
    }

    /// Takes an event, or says why it is refused; a refused event leaves no trace. The time is clamped so that it never
    /// goes back. What only describes keeps the time at which it holds; what takes the place of an earlier fact holds
    /// from the clamped time: were it dated back, an opt-out would come before the opt-in that it follows.
    ///
    /// # Errors
    /// See [`Refusal`].
    pub fn push(&mut self, logged: Logged) -> Result<(), Refusal> {
        self.follows(&logged)?;
        self.admits(&logged)?;
        self.take(logged);
        Ok(())
    }

    /// Takes an event that was admitted when it was logged. Entries before it may have been erased since, so what it
    /// names may be gone; it stands all the same.
    ///
    /// # Errors
    /// When the index does not follow.
    pub fn replay(&mut self, logged: Logged) -> Result<(), Refusal> {
        self.follows(&logged)?;
        self.take(logged);
        Ok(())
    }

    fn follows(&self, logged: &Logged) -> Result<(), Refusal> {
        if logged.seq > self.last() { Ok(()) } else { Err(Refusal::OutOfOrder) }
    }

    fn take(&mut self, mut logged: Logged) {
        if let Some(last) = self.events.last()
            && logged.t < last.t
        {
            if !replaces(&logged.event) {
                logged.t_valid = Some(logged.valid());
            }
            logged.t = last.t;
        }
        self.index(&logged);
        self.events.push_back(Arc::new(logged));
    }

    pub(crate) fn is_erased(&self, member: &MemberId) -> bool {
        self.by_member.get(member).is_some_and(|of| of.erased)
    }

    pub(crate) fn is_registered(&self, member: &MemberId) -> bool {
        self.by_member.get(member).is_some_and(|of| of.registered)
    }

    /// Who filed an objection.
    #[must_use]
    pub fn filer(&self, objection: &ObjectionId) -> Option<&MemberId> {
        self.case(objection).map(|case| &case.member)
    }

    /// An objection as it stands after the last event.
    #[must_use]
    pub fn case(&self, objection: &ObjectionId) -> Option<&Case> {
        self.objections.get(objection).map(Arc::as_ref)
    }

    /// Every objection as it stands after the last event.
    pub fn objections(&self) -> impl Iterator<Item = (&ObjectionId, &Case)> {
        self.objections.iter().map(|(objection, case)| (objection.as_ref(), case.as_ref()))
    }

    fn index(&mut self, logged: &Logged) {
        let (at, event) = (self.events.len(), &logged.event);
        if let Event::ObjectionFiled { member, objection, needs_identity, .. } = event {
            let case = Case::filed(member.clone(), logged.valid().min(logged.t), *needs_identity);
            self.objections.insert(Arc::new(objection.clone()), Arc::new(case));
        }
        if let Some(objection) = event.objection() {
            if let Some(case) = self.objections.get_mut(objection) {
                // What was admitted fits; an entry whose beginning was erased changes nothing.
                if let Ok(next) = case.after(logged) {
                    *case = Arc::new(next);
                }
                let member = case.member.clone();
                self.index_member(&member, event, at);
            }
        } else if let Some(record) = event.record() {
            match self.by_record.get_mut(record) {
                Some(events) => Arc::make_mut(events).push_back(at),
                None => {
                    self.by_record.insert(Arc::new(record.clone()), Arc::new(Vector::unit(at)));
                }
            }
        } else if let Some(member) = event.member() {
            self.index_member(member, event, at);
        } else {
            self.global.push_back(at);
        }
    }

    fn index_member(&mut self, member: &MemberId, event: &Event, at: usize) {
        if !self.by_member.contains_key(member) {
            self.by_member.insert(Arc::new(member.clone()), Arc::default());
        }
        if let Some(of) = self.by_member.get_mut(member) {
            let of = Arc::make_mut(of);
            of.events.push_back(at);
            of.registered |= matches!(event, Event::MemberRegistered { .. });
            of.erased |= matches!(event, Event::AccountErased { .. });
        }
    }

    fn pick<'a>(&'a self, at: Option<&'a Vector<usize>>, as_of: Seq) -> impl Iterator<Item = &'a Logged> {
        at.into_iter()
            .flatten()
            .filter_map(|i| self.events.get(*i).map(Arc::as_ref))
            .take_while(move |e| e.seq <= as_of)
    }

    /// All events as of an index, in order.
    pub fn events(&self, as_of: Seq) -> impl Iterator<Item = &Logged> {
        self.events.iter().map(Arc::as_ref).take_while(move |e| e.seq <= as_of)
    }

    /// The event of an index.
    #[must_use]
    pub fn event(&self, seq: Seq) -> Option<&Logged> {
        let at = self.events.binary_search_by_key(&seq, |logged| logged.seq).ok()?;
        self.events.get(at).map(Arc::as_ref)
    }

    /// The events about a member as of an index, in order.
    pub fn of_member(&self, member: &MemberId, as_of: Seq) -> impl Iterator<Item = &Logged> {
        self.pick(self.by_member.get(member).map(|of| &of.events), as_of)
    }

    /// The events about a record as of an index, in order.
    pub fn of_record(&self, record: &RecordId, as_of: Seq) -> impl Iterator<Item = &Logged> {
        self.pick(self.by_record.get(record).map(Arc::as_ref), as_of)
    }

    /// The events about neither a member nor a record as of an index, in order.
    pub fn of_platform(&self, as_of: Seq) -> impl Iterator<Item = &Logged> {
        self.pick(Some(&self.global), as_of)
    }

    /// Every member that has an event.
    pub fn members(&self) -> impl Iterator<Item = &MemberId> {
        self.by_member.keys().map(Arc::as_ref)
    }

    /// The rule rows as of an index that hold at `at`: a later row of the same place replaces an earlier one. A
    /// restrictive row may be backdated, an opening never.
    #[must_use]
    pub fn rules_at(&self, at: Timestamp, as_of: Seq) -> Vec<DatedRule> {
        let mut rows: Vec<DatedRule> = self
            .book
            .rules
            .iter()
            .map(|rule| DatedRule { rule: rule.clone(), from: rule.from.unwrap_or(Timestamp::MIN) })
            .collect();
        for logged in self.of_platform(as_of) {
            if let Event::RuleSet { rule } = &logged.event {
                let effective = match rule.status {
                    Status::Open => logged.permissive(),
                    Status::Paused | Status::Excluded => logged.valid(),
                };
                let from = rule.from.map_or(effective, |from| match rule.status {
                    Status::Open => from.max(effective),
                    Status::Paused | Status::Excluded => from,
                });
                rows.push(DatedRule { rule: rule.clone(), from });
            }
        }
        rows.retain(|row| row.from <= at);
        let standing: Vec<DatedRule> = rows
            .iter()
            .filter(|row| !rows.iter().any(|other| other.from > row.from && other.rule.same_place(&row.rule)))
            .filter(|row| row.rule.to.is_none_or(|to| at < to))
            .cloned()
            .collect();
        standing
    }

    /// The policy versions as of an index that are in force at `at`, by the time from which they are.
    pub(crate) fn policies_at(&self, at: Timestamp, as_of: Seq) -> Vec<(Timestamp, Policy)> {
        let mut rows: Vec<(Timestamp, Policy)> =
            self.book.policies.iter().map(|policy| (policy.effective_from, policy.clone())).collect();
        for logged in self.of_platform(as_of) {
            if let Event::PolicyPublished(policy) = &logged.event {
                rows.push((policy.effective_from.max(logged.permissive()), policy.clone()));
            }
        }
        rows.retain(|(from, _)| *from <= at);
        rows.sort_by_key(|(from, _)| *from);
        rows
    }
}

/// Whether an event takes the place of an earlier one of its sort, by the time from which both hold.
fn replaces(event: &Event) -> bool {
    matches!(
        event,
        Event::ChoiceSet { .. }
            | Event::AccountClosed { .. }
            | Event::AccountSuspended { .. }
            | Event::AccountReopened { .. }
            | Event::RuleSet { .. }
    )
}
