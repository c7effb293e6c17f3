//! What an event obliges the platform to do afterwards, and how far that is. Carrying it out is the business of jobs;
//! here is only what must be done, about whom, and that one cause opens one obligation a target, however often it is
//! asked.

use crate::{
    choice::{ChoiceValue, Scope},
    event::{Event, Logged},
    history::History,
    id::{MemberId, PurposeKey, RecipientKey, RecordId, Seq},
};
use serde::{Deserialize, Serialize};

/// What must be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ObligationAction {
    /// A member's records leave snapshots and adapters.
    Retract,
    /// Everything of a member is erased.
    Erase,
    /// One record leaves snapshots and adapters.
    RemoveRecord,
    /// A member's spans in other members' records are redacted where those were used.
    RedactSubject,
    /// A recipient gives back or deletes what it got.
    ReturnOrDelete,
    /// A run used what it must not have used, as is known now: its adapters are repaired.
    Repair,
}

/// About whom or what something must be done. The jobs find the runs, shards and adapters concerned: the targets.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Concern {
    /// A member, for one purpose or for all.
    Member(MemberId, Option<PurposeKey>),
    /// One record.
    Record(RecordId),
    /// A recipient.
    Recipient(RecipientKey),
}

/// What an event calls for.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Duty {
    /// The event.
    pub cause: Seq,
    /// What must be done.
    pub action: ObligationAction,
    /// About whom or what.
    pub concern: Concern,
}

impl Duty {
    /// The obligation's identifier for a target: equal for an equal cause, action and target, so that opening it again
    /// changes nothing.
    #[must_use]
    pub fn id(&self, target: &str) -> String {
        let action = match self.action {
            ObligationAction::Retract => "retract",
            ObligationAction::Erase => "erase",
            ObligationAction::RemoveRecord => "remove_record",
            ObligationAction::RedactSubject => "redact_subject",
            ObligationAction::ReturnOrDelete => "return_or_delete",
            ObligationAction::Repair => "repair",
        };
        format!("{}/{action}/{target}", self.cause)
    }
}

/// What an entry of the log calls for. A backdated move or birth date calls for a look at every run that used the
/// member's records since: see `regret.rs`.
#[must_use]
pub fn duties(history: &History, logged: &Logged) -> Vec<Duty> {
    use ObligationAction::{Erase, RedactSubject, RemoveRecord, Repair, Retract, ReturnOrDelete};
    let duty = |action, concern| Duty { cause: logged.seq, action, concern };
    let whole = |member: &MemberId| Concern::Member(member.clone(), None);
    let backdated = logged.valid() < logged.t;
    match &logged.event {
        Event::ChoiceSet { member, purpose, value: ChoiceValue::Off, scope, .. } => {
            let concern = Concern::Member(member.clone(), Some(purpose.clone()));
            let subject = duty(RedactSubject, concern.clone());
            let off = scope.or_else(|| default_off(history, purpose, logged));
            match off {
                Some(Scope::Retract) => vec![duty(Retract, concern), subject],
                _ => vec![subject],
            }
        }
        Event::ObjectionUpheld { objection } => {
            history.filer(objection).map(|member| duty(Retract, whole(member))).into_iter().collect()
        }
        Event::ErasureRequested { member } => vec![duty(Erase, whole(member)), duty(RedactSubject, whole(member))],
        Event::AccountErased { member } => vec![duty(Retract, whole(member)), duty(RedactSubject, whole(member))],
        Event::RecordDeleted { record } | Event::RecordHeld { record, .. } => {
            vec![duty(RemoveRecord, Concern::Record(record.clone()))]
        }
        Event::RecipientEnded { recipient } => vec![duty(ReturnOrDelete, Concern::Recipient(recipient.clone()))],
        Event::ResidenceSet { member, .. } | Event::BirthDateSet { member, .. } if backdated => {
            vec![duty(Repair, whole(member))]
        }
        _ => Vec::new(),
    }
}

/// The strictest scope that a rule gives to an `off` without one.
fn default_off(history: &History, purpose: &PurposeKey, logged: &Logged) -> Option<Scope> {
    let rows = history.rules_at(logged.valid(), logged.seq);
    let retracts = rows.iter().any(|row| row.rule.purposes.contains(purpose) && row.rule.off_scope == Scope::Retract);
    retracts.then_some(Scope::Retract)
}

/// How far an obligation is. Only its opening and its end are in the log; running and failing are the job's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ObligationState {
    /// To be done.
    Open,
    /// A job is at it.
    Running,
    /// Done, for good.
    Done,
    /// The job gave up; it can be started again.
    Failed,
}

impl ObligationState {
    /// Whether a job may bring it from here to there. To where it is already it may always, so that a repeated step
    /// changes nothing.
    #[must_use]
    pub fn may_become(self, next: Self) -> bool {
        use ObligationState::{Done, Failed, Open, Running};
        match (self, next) {
            (Open | Failed, Running) | (Running, Done | Failed) => true,
            (Open | Running | Done | Failed, _) => self == next,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::RuleBook;

    fn duties_of(json: &str) -> Vec<(ObligationAction, Concern)> {
        let history = History::new(RuleBook::shipped("opt-in").unwrap());
        let logged: Logged = serde_json::from_str(json).unwrap();
        duties(&history, &logged).into_iter().map(|duty| (duty.action, duty.concern)).collect()
    }

    #[test]
    fn an_event_calls_for_what_the_rules_say() {
        use ObligationAction::{Erase, RedactSubject, RemoveRecord, Repair, Retract, ReturnOrDelete};
        let cases: [(&str, &[ObligationAction]); 9] = [
            (
                r#""type":"choice_set","member":"ann","purpose":"generative_training","value":"off""#,
                &[Retract, RedactSubject],
            ),
            (
                r#""type":"choice_set","member":"ann","purpose":"moderation","value":"off","scope":"future_use""#,
                &[RedactSubject],
            ),
            (r#""type":"choice_set","member":"ann","purpose":"generative_training","value":"on""#, &[]),
            (r#""type":"erasure_requested","member":"ann""#, &[Erase, RedactSubject]),
            (r#""type":"record_deleted","record":"r1""#, &[RemoveRecord]),
            (r#""type":"recipient_ended","recipient":"acme""#, &[ReturnOrDelete]),
            (r#""type":"residence_set","member":"ann","residence":"DE","t_valid":"2025-01-01T00:00:00Z""#, &[Repair]),
            (r#""type":"residence_set","member":"ann","residence":"DE""#, &[]),
            (
                r#""type":"birth_date_set","member":"ann","birth_date":"2012-01-01","t_valid":"2025-01-01T00:00:00Z""#,
                &[Repair],
            ),
        ];
        for (event, expected) in cases {
            let got = duties_of(&format!(r#"{{"seq":7,"t":"2025-06-01T00:00:00Z",{event}}}"#));
            assert_eq!(got.iter().map(|(action, _)| *action).collect::<Vec<_>>(), expected, "{event}");
        }
    }

    #[test]
    fn an_obligation_is_opened_once_for_a_cause_and_a_target() {
        let duty = |cause| Duty {
            cause: Seq(cause),
            action: ObligationAction::RemoveRecord,
            concern: Concern::Record(RecordId::new("r1").unwrap()),
        };
        assert_eq!(duty(7).id("run-1"), duty(7).id("run-1"));
        assert_ne!(duty(7).id("run-1"), duty(8).id("run-1"));
        assert_ne!(duty(7).id("run-1"), duty(7).id("run-2"));
        use ObligationState::{Done, Failed, Open, Running};
        let allowed = [(Open, Running), (Running, Done), (Running, Failed), (Failed, Running)];
        for from in [Open, Running, Done, Failed] {
            for to in [Open, Running, Done, Failed] {
                assert_eq!(from.may_become(to), from == to || allowed.contains(&(from, to)), "{from:?} {to:?}");
            }
        }
    }
}
