//! What a decision compares: the instants at which an answer may change, and what two members must share so that their
//! answers differ only by where their own instants lie. The columnar gate compiles members with it; nothing here decides.
//!
//! INVARIANT: `decide.rs` compares the time of a record only with the instants that are listed here, and these only with
//! each other. A rule that compares with another instant must list it.

use crate::{
    choice::{Scope, Standing},
    decide::{Frame, Person},
    id::PolicyId,
    rule::{Backlog, CoversPast, Mechanism, Status},
    state::{MemberState, comes_of_age},
};
use jiff::{SignedDuration, Timestamp, civil::Date};

/// What members with the same answer share: their facts with every instant replaced by its place in the order of all
/// instants of the question.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Shape {
    state: MemberState,
    order: Vec<usize>,
}

/// What members share whose events add up to the same but for times and birth dates.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Kind {
    state: MemberState,
    /// Which of the given instants are the member's own: all that a number of nanoseconds holds.
    slots: Vec<u32>,
}

impl Kind {
    /// Takes a member apart: what they share with many others, and their own instants and birth dates as numbers.
    #[must_use]
    pub fn apart(mut state: MemberState) -> (Self, Vec<i64>) {
        let (mut slots, mut own) = (Vec::new(), Vec::new());
        for (slot, t) in (0..).zip(state.given_mut()) {
            if let Ok(ns) = i64::try_from(t.as_nanosecond()) {
                slots.push(slot);
                own.push(ns);
                *t = Timestamp::UNIX_EPOCH;
            }
        }
        own.extend(state.birth_dates.iter().map(|birth| number_of(*birth)));
        state.birth_dates.fill(Date::ZERO);
        // What is derived is made anew.
        (state.standing, state.recipient_standing) = (Standing::initial(false), Standing::initial(false));
        (Self { state, slots }, own)
    }

    /// The member with these numbers of their own.
    #[must_use]
    pub fn member(&self, own: &[i64]) -> MemberState {
        let mut state = self.state.clone();
        let (instants, births) = own.split_at_checked(self.slots.len()).unwrap_or_default();
        let mut given = self.slots.iter().zip(instants).peekable();
        for (slot, t) in (0..).zip(state.given_mut()) {
            if let Some((_, ns)) = given.next_if(|(own, _)| **own == slot) {
                *t = Timestamp::from_nanosecond(i128::from(*ns)).unwrap_or(*t);
            }
        }
        for (birth, number) in state.birth_dates.iter_mut().zip(births) {
            *birth = date_of(*number).unwrap_or(*birth);
        }
        state
    }
}

/// A date as a number, year before month before day.
fn number_of(date: Date) -> i64 {
    (i64::from(date.year()) << 16) | (i64::from(date.month()) << 8) | i64::from(date.day())
}

fn date_of(number: i64) -> Option<Date> {
    let [month, day] = [number >> 8, number].map(|part| i8::try_from(part & 0xff));
    Date::new(i16::try_from(number >> 16).ok()?, month.ok()?, day.ok()?).ok()
}

/// What the instants of members are made by. While it is equal, a new frame changes no member's instants.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Clockwork {
    platform: Vec<Timestamp>,
    telling: Vec<(Timestamp, PolicyId)>,
    min_age: Option<u8>,
    window: SignedDuration,
    opt_in: bool,
    off_scope: Scope,
}

impl Frame {
    /// What the instants of members are made by; none if no row of the rule book is about the question.
    #[must_use]
    pub fn clockwork(&self) -> Option<Clockwork> {
        let (terms, _) = (self.terms.as_ref()?, self.purpose.as_ref()?);
        Some(Clockwork {
            platform: self.instants(),
            telling: self.telling().map(|(from, policy, _)| (from, policy.policy.clone())).collect(),
            min_age: terms.min_age,
            window: terms.window,
            opt_in: terms.mechanism == Mechanism::OptIn,
            off_scope: terms.off_scope,
        })
    }

    /// The instants that every member is asked for: the question's time and the moment after, rows and policies.
    #[must_use]
    pub fn instants(&self) -> Vec<Timestamp> {
        let at = self.query.at;
        let after = at.checked_add(SignedDuration::from_nanos(1)).unwrap_or(at);
        // The ends of time stand in open intervals: no member's own instant may pass for one.
        let mut instants = vec![Timestamp::MIN, Timestamp::MAX, at, after];
        for (from, _, covers) in self.telling() {
            instants.push(from);
            match covers {
                CoversPast::From(t) => instants.push(t),
                CoversPast::None | CoversPast::Beginning => {}
            }
        }
        let rows = self.terms.iter().flat_map(|terms| &terms.rows);
        for row in rows.filter(|row| row.rule.status == Status::Open) {
            match row.rule.backlog {
                Backlog::All => {}
                Backlog::None => instants.push(row.from),
                Backlog::From(t) => instants.extend([row.from, t]),
            }
        }
        instants
    }
}

impl Person<'_> {
    /// The instants of [`Frame::instants`], then the member's own: between two of them the answer is one and the same
    /// for every record that was written and edited there. Members of one shape have them in the same order.
    #[must_use]
    pub fn instants(&self) -> Vec<Timestamp> {
        let mut instants = self.frame.instants();
        instants.extend(self.state.clone().instants_mut().map(|t| *t));
        if let Some(years) = self.terms.min_age {
            instants.extend(self.state.birth_dates.iter().map(|birth| comes_of_age(*birth, years)));
        }
        instants.extend(self.frame.telling().filter_map(|(from, policy, _)| self.usable_from(from, policy)));
        instants
    }

    /// What the member shares with all who have the same answer.
    #[must_use]
    pub fn shape(&self, instants: &[Timestamp]) -> Shape {
        let mut sorted = instants.to_vec();
        sorted.sort_unstable();
        sorted.dedup();
        let place = |t: &Timestamp| sorted.partition_point(|other| other < t);
        let mut state = self.state.clone().without_steps();
        for t in state.instants_mut() {
            *t = i64::try_from(place(t)).ok().and_then(|n| Timestamp::from_second(n).ok()).unwrap_or(*t);
        }
        state.birth_dates.fill(Date::ZERO);
        Shape { state, order: instants.iter().map(place).collect() }
    }

    /// What the member's events add up to, to be asked again under another frame.
    #[must_use]
    pub fn into_state(self) -> MemberState {
        self.state
    }
}
