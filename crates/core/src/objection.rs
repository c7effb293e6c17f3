//! The case behind a Data Processing Objection Form: its states, its calendar, and which cases are overdue.
//!
//! filed → (needs identity) → open → {upheld, refused, withdrawn, expired}; refused → appealed → {upheld, refused for
//! good}. What has to be carried out is no state here: that is an obligation. What a case does to a decision is read
//! from the events in `state.rs`.
//!
//! The calendar: an answer is due one month after receipt (GDPR Art. 12(3)). Months are counted by the date, and where
//! the last month has no such day its last day counts (Regulation (EEC) 1182/71, Art. 3(2)(c)). The day of receipt is
//! not counted and the last day is counted whole. Art. 3(4) would move an end on a holiday or at a weekend to the next
//! working day; which days are holidays depends on the place, so here the earlier day stands: who keeps it is in time
//! under any calendar. Days are those of UTC.

use crate::{
    event::{Event, Logged},
    history::History,
    id::{MemberId, ObjectionId, Seq},
    refusal::Refusal,
    rule::midnight,
};
use jiff::{Span, Timestamp, civil::Date, tz::TimeZone};
use serde::Serialize;

/// Where a case stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum CaseState {
    /// It came in.
    Filed,
    /// It came in, and who sent it is in doubt.
    NeedsIdentity,
    /// It is being weighed.
    Open,
    /// It was right.
    Upheld,
    /// It was refused; the member may appeal.
    Refused,
    /// The refusal is being weighed again.
    Appealed,
    /// It was refused twice.
    RefusedFinal,
    /// The member took it back.
    Withdrawn,
    /// Its time ran out.
    Expired,
}

impl CaseState {
    /// The state in words, after "an objection that is".
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::Filed => "filed and not yet under review",
            Self::NeedsIdentity => "waiting for its sender's identity",
            Self::Open => "under review",
            Self::Upheld => "upheld",
            Self::Refused => "refused",
            Self::Appealed => "under appeal",
            Self::RefusedFinal => "refused for good",
            Self::Withdrawn => "withdrawn",
            Self::Expired => "expired",
        }
    }

    /// Whether an answer is awaited.
    #[must_use]
    pub fn is_pending(self) -> bool {
        match self {
            Self::Filed | Self::NeedsIdentity | Self::Open | Self::Appealed => true,
            Self::Upheld | Self::Refused | Self::RefusedFinal | Self::Withdrawn | Self::Expired => false,
        }
    }
}

/// One case, as its events add up.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Case {
    /// Who filed it.
    pub member: MemberId,
    /// Where it stands.
    pub state: CaseState,
    /// When it, or its appeal, was received: the start of the running deadline.
    pub received: Timestamp,
    /// Whether two more months were taken.
    pub extended: bool,
    /// Whether it restricts: while it is pending or upheld, and when it ran out without an answer.
    pub restricted: bool,
}

impl Case {
    /// The case that a filing opens. It restricts from its receipt, whoever sent it.
    #[must_use]
    pub fn filed(member: MemberId, received: Timestamp, needs_identity: bool) -> Self {
        let state = if needs_identity { CaseState::NeedsIdentity } else { CaseState::Filed };
        Self { member, state, received, extended: false, restricted: true }
    }

    /// The case after an event about it.
    ///
    /// # Errors
    /// When the event does not fit the state, or an extension comes too late or without a reason.
    pub fn after(&self, logged: &Logged) -> Result<Self, Refusal> {
        use CaseState::{Appealed, Expired, Filed, NeedsIdentity, Open, Refused, RefusedFinal, Upheld, Withdrawn};
        let mut next = self.clone();
        next.state = match (&logged.event, self.state) {
            (Event::IdentityChecked { .. }, Filed | NeedsIdentity) => Filed,
            (Event::ReviewStarted { .. }, Filed) => Open,
            (Event::DeadlineExtended { reason, .. }, Filed | NeedsIdentity | Open | Appealed) => {
                self.may_extend(reason, logged.t)?;
                next.extended = true;
                self.state
            }
            (Event::ObjectionUpheld { .. }, Filed | Open | Appealed) => Upheld,
            (Event::ObjectionRefused { .. }, Filed | Open) => Refused,
            (Event::ObjectionRefused { .. }, Appealed) => RefusedFinal,
            (Event::ObjectionWithdrawn { .. }, Filed | NeedsIdentity | Open | Appealed) => Withdrawn,
            (Event::ObjectionExpired { .. }, NeedsIdentity | Open) if !self.is_running(logged.t) => Expired,
            (Event::ObjectionAppealed { .. }, Refused) => {
                next.received = logged.valid().min(logged.t);
                next.extended = false;
                Appealed
            }
            (event, state) => {
                return Err(Refusal::ObjectionState { event: event.name(), state: state.words() });
            }
        };
        // An objection that nobody answered goes on restricting; one whose sender never showed who they are does not.
        next.restricted = match next.state {
            Filed | NeedsIdentity | Open | Appealed | Upheld => true,
            Refused | RefusedFinal | Withdrawn => false,
            Expired => self.state == Open,
        };
        Ok(next)
    }

    fn may_extend(&self, reason: &str, now: Timestamp) -> Result<(), Refusal> {
        if reason.trim().is_empty() {
            return Err(Refusal::NoReason);
        }
        if self.extended || now >= end_of(due(self.received, false)) {
            return Err(Refusal::ExtensionTooLate);
        }
        Ok(())
    }

    /// The last day on which the answer is in time.
    #[must_use]
    pub fn due(&self) -> Date {
        due(self.received, self.extended)
    }

    fn is_running(&self, at: Timestamp) -> bool {
        at < end_of(self.due())
    }

    /// Whether an answer is awaited at `at` and its last day is over.
    #[must_use]
    pub fn is_overdue(&self, at: Timestamp) -> bool {
        self.state.is_pending() && !self.is_running(at)
    }
}

/// The last day on which an answer to what was received at a time is in time: one month, three when extended.
#[must_use]
pub fn due(received: Timestamp, extended: bool) -> Date {
    due_after(received.to_zoned(TimeZone::UTC).date(), extended)
}

/// As [`due`], from the day of receipt.
#[must_use]
pub fn due_after(received: Date, extended: bool) -> Date {
    received.saturating_add(Span::new().months(if extended { 3 } else { 1 }))
}

/// The first moment after a day.
fn end_of(day: Date) -> Timestamp {
    midnight(day.tomorrow().unwrap_or(Date::MAX))
}

/// A case whose answer is late.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Overdue {
    /// The case.
    pub objection: ObjectionId,
    /// Who filed it.
    pub member: MemberId,
    /// The last day on which the answer was in time.
    pub due: Date,
    /// Where the case stands.
    pub state: CaseState,
}

/// The cases that are overdue at `at`, the oldest first, by the events that were recorded until then.
#[must_use]
pub fn overdue(history: &History, at: Timestamp) -> Vec<Overdue> {
    let cases = history.objections().filter_map(|(objection, now)| {
        let events = history.of_member(&now.member, Seq(u64::MAX)).take_while(|logged| logged.t <= at);
        let case = case_of(objection, events)?;
        case.is_overdue(at).then(|| Overdue {
            objection: objection.clone(),
            member: case.member.clone(),
            due: case.due(),
            state: case.state,
        })
    });
    let mut cases: Vec<_> = cases.collect();
    cases.sort_by(|a, b| (a.due, &a.objection).cmp(&(b.due, &b.objection)));
    cases
}

/// What a member's events say of one case. Events that do not fit are not in a history, and are passed over here.
#[must_use]
pub fn case_of<'a>(objection: &ObjectionId, events: impl IntoIterator<Item = &'a Logged>) -> Option<Case> {
    let mut case: Option<Case> = None;
    for logged in events {
        match &logged.event {
            Event::ObjectionFiled { member, objection: filed, needs_identity, .. } if filed == objection => {
                case = Some(Case::filed(member.clone(), logged.valid().min(logged.t), *needs_identity));
            }
            event if event.objection() == Some(objection) => {
                case = case.map(|case| case.after(logged).unwrap_or(case));
            }
            _ => {}
        }
    }
    case
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    /// Dates by Regulation (EEC) 1182/71, Art. 3(2)(c), for GDPR Art. 12(3): received, due, due when extended.
    #[test]
    fn the_calendar_counts_months_by_the_date() {
        let cases = [
            (date(2024, 1, 15), date(2024, 2, 15), date(2024, 4, 15)),
            (date(2024, 1, 31), date(2024, 2, 29), date(2024, 4, 30)),
            (date(2025, 1, 31), date(2025, 2, 28), date(2025, 4, 30)),
            (date(2024, 1, 30), date(2024, 2, 29), date(2024, 4, 30)),
            (date(2024, 2, 29), date(2024, 3, 29), date(2024, 5, 29)),
            (date(2024, 3, 31), date(2024, 4, 30), date(2024, 6, 30)),
            (date(2024, 11, 30), date(2024, 12, 30), date(2025, 2, 28)),
            (date(2024, 12, 31), date(2025, 1, 31), date(2025, 3, 31)),
            (date(2024, 8, 31), date(2024, 9, 30), date(2024, 11, 30)),
        ];
        for (received, plain, extended) in cases {
            assert_eq!(due_after(received, false), plain, "{received}");
            assert_eq!(due_after(received, true), extended, "{received} extended");
        }
    }

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn logged(t: &str, step: &str) -> Logged {
        let objection = ObjectionId::new("o1").unwrap();
        let event = match step {
            "identity" => Event::IdentityChecked { objection },
            "review" => Event::ReviewStarted { objection },
            "extend" => Event::DeadlineExtended { objection, reason: "many at once".into() },
            "extend_without_reason" => Event::DeadlineExtended { objection, reason: " ".into() },
            "uphold" => Event::ObjectionUpheld { objection },
            "refuse" => Event::ObjectionRefused { objection },
            "withdraw" => Event::ObjectionWithdrawn { objection },
            "appeal" => Event::ObjectionAppealed { objection },
            "expire" => Event::ObjectionExpired { objection },
            other => panic!("no step {other}"),
        };
        Logged { seq: Seq(1), t: at(t), t_valid: None, event }
    }

    /// Runs steps on days of 2024 after a filing on 31 January, 10:00: the last state, or the code of the refusal.
    fn run(needs_identity: bool, steps: &[(&str, &str)]) -> Result<Case, &'static str> {
        let mut case = Case::filed(MemberId::new("ann").unwrap(), at("2024-01-31T10:00:00Z"), needs_identity);
        for (day, step) in steps {
            case = case.after(&logged(&format!("2024-{day}Z"), step)).map_err(|refusal| refusal.code())?;
        }
        Ok(case)
    }

    #[test]
    fn the_machine_takes_what_fits_and_refuses_the_rest() {
        use CaseState::{Appealed, Expired, Open, Refused, RefusedFinal, Upheld, Withdrawn};
        const FEB: &str = "02-10T00:00:00";
        const LAST: &str = "02-29T23:59:59";
        const LATE: &str = "03-01T00:00:00";
        /// Doubt, steps, and what follows: state and whether it restricts, or the refusal's code.
        type Row = (bool, &'static [(&'static str, &'static str)], Result<(CaseState, bool), &'static str>);
        let table: &[Row] = &[
            (false, &[(FEB, "review")], Ok((Open, true))),
            (true, &[(FEB, "review")], Err("objection_state")),
            (true, &[(FEB, "identity"), (FEB, "review")], Ok((Open, true))),
            (true, &[(FEB, "uphold")], Err("objection_state")),
            (false, &[(FEB, "review"), (FEB, "uphold")], Ok((Upheld, true))),
            (false, &[(FEB, "uphold"), (FEB, "withdraw")], Err("objection_state")),
            (false, &[(FEB, "refuse")], Ok((Refused, false))),
            (false, &[(FEB, "refuse"), (FEB, "refuse")], Err("objection_state")),
            (false, &[(FEB, "refuse"), (FEB, "appeal")], Ok((Appealed, true))),
            (false, &[(FEB, "appeal")], Err("objection_state")),
            (false, &[(FEB, "refuse"), (FEB, "appeal"), (FEB, "refuse")], Ok((RefusedFinal, false))),
            (false, &[(FEB, "refuse"), (FEB, "appeal"), (FEB, "uphold")], Ok((Upheld, true))),
            (false, &[(FEB, "refuse"), (FEB, "appeal"), (FEB, "refuse"), (FEB, "appeal")], Err("objection_state")),
            (true, &[(FEB, "withdraw")], Ok((Withdrawn, false))),
            (true, &[(LAST, "expire")], Err("objection_state")),
            (true, &[(LATE, "expire")], Ok((Expired, false))),
            (false, &[(FEB, "review"), (LATE, "expire")], Ok((Expired, true))),
            (false, &[(LAST, "extend")], Ok((CaseState::Filed, true))),
            (false, &[(LATE, "extend")], Err("extension_too_late")),
            (false, &[(FEB, "extend"), (FEB, "extend")], Err("extension_too_late")),
            (false, &[(FEB, "extend_without_reason")], Err("no_reason")),
        ];
        for (doubt, steps, expected) in table {
            let got = run(*doubt, steps).map(|case| (case.state, case.restricted));
            assert_eq!(got, *expected, "{doubt} {steps:?}");
        }
    }

    #[test]
    fn a_case_is_overdue_after_its_last_day_until_it_is_answered() {
        let open = run(false, &[]).unwrap();
        assert!(!open.is_overdue(at("2024-02-29T23:59:59Z")));
        assert!(open.is_overdue(at("2024-03-01T00:00:00Z")));
        let extended = run(false, &[("02-20T00:00:00", "extend")]).unwrap();
        assert!(!extended.is_overdue(at("2024-04-30T23:59:59Z")));
        assert!(extended.is_overdue(at("2024-05-01T00:00:00Z")));
        let refused = run(false, &[("03-05T00:00:00", "refuse")]).unwrap();
        assert!(!refused.is_overdue(at("2025-01-01T00:00:00Z")));
        let appealed = run(false, &[("02-10T00:00:00", "refuse"), ("03-31T08:00:00", "appeal")]).unwrap();
        assert_eq!(appealed.due(), date(2024, 4, 30));
    }
}
