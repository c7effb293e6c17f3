//! What the events say of one member, for one purpose and recipient, at a valid time and as of a log index.
//!
//! Facts that restrict may be backdated, facts that permit never. Where a backdated fact and the one before it disagree
//! about the time between, both are kept and the denial wins.

use crate::{
    choice::{ChoiceValue, Scope, Standing},
    country::Country,
    event::{Event, Logged},
    history::History,
    id::{ObjectionId, PolicyId, PurposeKey, RecipientKey, Seq},
    member::AccountKind,
    objection::{CaseState, case_of},
};
use jiff::{Timestamp, civil::Date};

/// The question of a decision, without the record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Query {
    /// What the data would be used for.
    pub purpose: PurposeKey,
    /// Who would receive it.
    pub recipient: RecipientKey,
    /// Valid time `T`.
    pub at: Timestamp,
    /// Log index `K`: only facts up to here count.
    pub as_of: Seq,
}

impl Query {
    /// The question what holds at present, when the clock shows `now`. It is never asked of a time before the last event, so
    /// that a clock that went back hides nothing that was recorded.
    #[must_use]
    pub fn present(history: &History, purpose: PurposeKey, recipient: RecipientKey, now: Timestamp) -> Self {
        Self { purpose, recipient, at: history.present(now), as_of: history.last() }
    }

    /// The same question asked again at present, and of no time before the one that it was asked of.
    #[must_use]
    pub fn again(&self, history: &History, now: Timestamp) -> Self {
        let present = Self::present(history, self.purpose.clone(), self.recipient.clone(), now);
        Self { at: present.at.max(self.at), ..present }
    }
}

/// Whether an account may be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Account {
    Open,
    Suspended,
    Closed,
    Erased,
}

/// Where an objection to the purpose stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum ObjectionState {
    None,
    Pending,
    /// No answer came in time.
    Overdue,
    Upheld,
}

/// A stated place with the times between which it may hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct Place {
    /// When the fact holds.
    valid: Timestamp,
    /// When it holds without doubt: never before it was recorded.
    certain: Timestamp,
    country: Option<Country>,
}

/// A choice that takes effect at a time, in the order in which they do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct Step {
    t: Timestamp,
    /// None: off, as far as the rules say by default.
    scope: Option<Scope>,
    one_recipient: bool,
}

/// A member's facts at `T` as of `K`. All but the standings are the same under every rule.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct MemberState {
    pub(crate) registered: bool,
    pub(crate) account_kind: AccountKind,
    pub(crate) account: Account,
    pub(crate) erasure_pending: bool,
    places: Vec<Place>,
    /// Birth dates that may hold; the strictest wins. Empty: unknown.
    pub(crate) birth_dates: Vec<Date>,
    steps: Vec<Step>,
    pub(crate) standing: Standing,
    pub(crate) recipient_standing: Standing,
    pub(crate) objection: ObjectionState,
    pub(crate) signals: Vec<String>,
    deliveries: Vec<(PolicyId, Timestamp)>,
}

impl MemberState {
    /// Folds the member's events.
    pub(crate) fn fold<'a>(events: impl Iterator<Item = &'a Logged>, query: &Query) -> Self {
        let events: Vec<&Logged> = events.collect();
        let mut state = Self {
            registered: false,
            account_kind: AccountKind::Human,
            account: Account::Open,
            erasure_pending: false,
            places: Vec::new(),
            birth_dates: Vec::new(),
            steps: steps(&events, query),
            standing: Standing::initial(false),
            recipient_standing: Standing::initial(false),
            objection: ObjectionState::None,
            signals: Vec::new(),
            deliveries: deliveries(&events, query.at),
        };
        state.fold_identity(&events, query.at);
        state.fold_account(&events, query.at);
        state.objection = objection(&events, query);
        state
    }

    /// Who and where: registration, residence, birth dates, signals.
    fn fold_identity(&mut self, events: &[&Logged], at: Timestamp) {
        let mut stated: Vec<(Timestamp, Timestamp, Date)> = Vec::new();
        for logged in events.iter().filter(|e| e.valid() <= at) {
            match &logged.event {
                Event::MemberRegistered { residence, birth_date, account, .. } => {
                    self.registered = true;
                    self.account_kind = *account;
                    // What a platform's own register states holds from the registration on.
                    let valid = logged.valid();
                    self.places.push(Place { valid, certain: valid, country: place(residence.as_deref()) });
                    stated.extend(birth_date.map(|date| (valid, valid, date)));
                }
                Event::ResidenceSet { residence, .. } => self.places.push(Place {
                    valid: logged.valid(),
                    certain: logged.permissive(),
                    country: place(residence.as_deref()),
                }),
                Event::BirthDateSet { birth_date, .. } => {
                    stated.push((logged.valid(), logged.permissive(), *birth_date));
                }
                Event::SignalReceived { signal, .. } => self.signals.push(signal.to_ascii_lowercase()),
                _ => {}
            }
        }
        let current = stated.iter().filter(|(_, certain, _)| *certain <= at).max_by_key(|(_, certain, _)| *certain);
        let (from, latest) = current.map_or((Timestamp::MIN, None), |(_, certain, date)| (*certain, Some(*date)));
        self.birth_dates.extend(latest);
        let rivals = stated.iter().filter(|(_, certain, _)| *certain > at || (*certain == from && current.is_some()));
        self.birth_dates.extend(rivals.map(|(_, _, date)| *date));
    }

    fn fold_account(&mut self, events: &[&Logged], at: Timestamp) {
        let mut steps: Vec<(Timestamp, u8, Account)> = Vec::new();
        for logged in events {
            let (t, step) = match &logged.event {
                Event::AccountReopened { .. } => (logged.permissive(), Account::Open),
                Event::AccountSuspended { .. } => (logged.valid(), Account::Suspended),
                Event::AccountClosed { .. } => (logged.valid(), Account::Closed),
                Event::AccountErased { .. } => (logged.valid(), Account::Erased),
                Event::ErasureRequested { .. } => {
                    self.erasure_pending |= logged.valid() <= at;
                    continue;
                }
                _ => continue,
            };
            if t <= at {
                steps.push((t, step as u8, step));
            }
        }
        // At one time the denial comes last and so wins.
        steps.sort_by_key(|(t, rank, _)| (*t, *rank));
        for (_, _, step) in steps {
            self.account = if self.account == Account::Erased { Account::Erased } else { step };
        }
    }

    /// What the choices add up to under a mechanism and the scope of an off without one.
    pub(crate) fn settle(&mut self, opt_in: bool, off_scope: Scope) {
        (self.standing, self.recipient_standing) = (Standing::initial(opt_in), Standing::initial(false));
        for Step { t, scope, one_recipient } in &self.steps {
            let standing = if *one_recipient { &mut self.recipient_standing } else { &mut self.standing };
            standing.apply(scope.unwrap_or(off_scope), *t);
        }
    }

    /// Forgets the choices behind the standings.
    pub(crate) fn without_steps(mut self) -> Self {
        self.steps.clear();
        self
    }

    /// Every instant that the events gave, always in the same order.
    pub(crate) fn given_mut(&mut self) -> impl Iterator<Item = &mut Timestamp> {
        let places = self.places.iter_mut().flat_map(|place| [&mut place.valid, &mut place.certain]);
        let steps = self.steps.iter_mut().map(|step| &mut step.t);
        places.chain(steps).chain(self.deliveries.iter_mut().map(|(_, t)| t))
    }

    /// The places where the member may have lived at `t`: the last certain one, and every one that was stated later for
    /// a time before `t`. `None` in it: unknown.
    pub(crate) fn places_at(&self, t: Timestamp) -> Vec<Option<Country>> {
        let last = self.places.iter().filter(|p| p.certain <= t).map(|p| p.certain).max();
        let mut places: Vec<Option<Country>> =
            self.places.iter().filter(|p| Some(p.certain) == last).map(|p| p.country).collect();
        places.extend(self.places.iter().filter(|p| p.valid <= t && t < p.certain).map(|p| p.country));
        if places.is_empty() {
            places.push(None);
        }
        places
    }

    /// Every instant in it, always in the same order.
    pub(crate) fn instants_mut(&mut self) -> impl Iterator<Item = &mut Timestamp> {
        fn of_standing(standing: &mut Standing) -> impl Iterator<Item = &mut Timestamp> {
            standing.eligible.iter_mut().flat_map(|(from, to)| [from, to]).chain(&mut standing.include_past)
        }
        let places = self.places.iter_mut().flat_map(|place| [&mut place.valid, &mut place.certain]);
        let told = self.deliveries.iter_mut().map(|(_, t)| t);
        places.chain(of_standing(&mut self.standing)).chain(of_standing(&mut self.recipient_standing)).chain(told)
    }

    /// When the member was first told of a policy version.
    pub(crate) fn told(&self, policy: &PolicyId) -> Option<Timestamp> {
        self.deliveries.iter().filter(|(p, _)| p == policy).map(|(_, t)| *t).min()
    }

    /// Whether the member may be under `years` at `t`. Someone born on 29 February comes of age on 1 March.
    pub(crate) fn may_be_under(&self, years: u8, t: Timestamp) -> bool {
        self.birth_dates.iter().any(|birth| t < comes_of_age(*birth, years))
    }
}

/// The member's choices for the question that have taken effect.
fn steps(events: &[&Logged], query: &Query) -> Vec<Step> {
    let mut steps: Vec<(bool, Seq, Step)> = Vec::new();
    for logged in events {
        let Event::ChoiceSet { purpose, recipient, value, scope, .. } = &logged.event else { continue };
        if *purpose != query.purpose || recipient.as_ref().is_some_and(|r| *r != query.recipient) {
            continue;
        }
        let (t, scope) = match value {
            ChoiceValue::On => (logged.permissive(), Some(scope.unwrap_or(Scope::FromNow))),
            ChoiceValue::Off => (logged.valid(), *scope),
        };
        if t <= query.at {
            let step = Step { t, scope, one_recipient: recipient.is_some() };
            steps.push((*value == ChoiceValue::Off, logged.seq, step));
        }
    }
    // At one time the denial comes last and so wins.
    steps.sort_by_key(|(off, seq, step)| (step.t, *off, *seq));
    steps.into_iter().map(|(.., step)| step).collect()
}

fn place(residence: Option<&str>) -> Option<Country> {
    residence.and_then(Country::parse)
}

pub(crate) fn comes_of_age(birth: Date, years: u8) -> Timestamp {
    let Ok(day) = birth.checked_add(jiff::Span::new().years(years)) else { return Timestamp::MAX };
    let day = if day.day() == birth.day() { day } else { day.tomorrow().unwrap_or(day) };
    crate::rule::midnight(day)
}

/// Deliveries at `at`: one that bounced later over the same channel is none.
fn deliveries(events: &[&Logged], at: Timestamp) -> Vec<(PolicyId, Timestamp)> {
    let mut told: Vec<(PolicyId, Option<String>, Timestamp)> = Vec::new();
    for logged in events {
        match &logged.event {
            Event::NoticeDelivered { policy, channel, .. } if logged.permissive() <= at => {
                told.push((policy.clone(), channel.clone(), logged.permissive()));
            }
            Event::NoticeBounced { policy, channel, .. } if logged.valid() <= at => {
                told.retain(|(p, c, _)| !(p == policy && c == channel));
            }
            _ => {}
        }
    }
    told.into_iter().map(|(policy, _, t)| (policy, t)).collect()
}

/// The strictest state of the member's objections to the purpose.
fn objection(events: &[&Logged], query: &Query) -> ObjectionState {
    let filed = events.iter().filter_map(|logged| match &logged.event {
        Event::ObjectionFiled { objection, purposes, .. }
            if purposes.contains(&query.purpose) && logged.valid() <= query.at =>
        {
            Some(objection)
        }
        _ => None,
    });
    filed.map(|objection| objection_state(objection, events, query.at)).max().unwrap_or(ObjectionState::None)
}

fn objection_state(objection: &ObjectionId, events: &[&Logged], at: Timestamp) -> ObjectionState {
    let upheld = |e: &&Logged| matches!(&e.event, Event::ObjectionUpheld { objection: o } if o == objection);
    if events.iter().copied().any(|logged| upheld(&logged)) {
        // Whoever is right in the end was right from the receipt on.
        return ObjectionState::Upheld;
    }
    let holds = |logged: &&Logged| match &logged.event {
        Event::ObjectionRefused { .. } | Event::ObjectionWithdrawn { .. } | Event::ObjectionExpired { .. } => {
            logged.permissive() <= at
        }
        _ => logged.valid() <= at,
    };
    let case = case_of(objection, events.iter().copied().filter(holds));
    case.map_or(ObjectionState::Pending, |case| match case.restricted {
        false => ObjectionState::None,
        true if case.is_overdue(at) || case.state == CaseState::Expired => ObjectionState::Overdue,
        true => ObjectionState::Pending,
    })
}
