//! An event as a program sends it: its JSON without `seq` and `t`, with `t_valid` and `idempotency_key` if it likes. Here it is read
//! and told apart from what only the system writes; whether the history takes it is asked of the store.
//!
//! Never quotes what was sent: a problem names the place and what to do.

use candor_core::{ChoiceValue, Event, MemberId, Scope};
use candor_store::{Change, Store};
use jiff::Timestamp;
use serde_json::{Map, Value};

use super::idempotency::IdempotencyKey;
use crate::{choices, problem::Problem};

/// An event to be logged.
#[derive(Debug, Clone)]
pub(crate) struct EventLine {
    event: Event,
    t_valid: Option<Timestamp>,
    key: IdempotencyKey,
}

impl EventLine {
    /// Reads one event.
    ///
    /// # Errors
    /// `malformed`, `malformed_event`, `malformed_time`, `malformed_key`, `unknown_event`, `unknown_field`, `system_only`.
    pub(crate) fn parse(text: &str) -> Result<Self, Problem> {
        let value: Value = serde_json::from_str(text).map_err(|error| {
            Problem::new("malformed", format!("not JSON from line {}, column {} on", error.line(), error.column()))
        })?;
        let Value::Object(mut fields) = value else {
            return Err(Problem::new("malformed", "an event is a JSON object with a `type`"));
        };
        let t_valid = time(&mut fields)?;
        let key = match fields.remove("idempotency_key") {
            None | Some(Value::Null) => IdempotencyKey::default(),
            Some(Value::String(key)) => IdempotencyKey::parse(&key)?,
            Some(_) => return Err(Problem::new("malformed_key", "`idempotency_key` is a text")),
        };
        let event = event(fields)?;
        may_send(&event)?;
        Ok(Self { event, t_valid, key })
    }

    /// The changes that log it, under its own key or else the `line`-th of the request's. What takes back what was used,
    /// or asks for an erasure, also queues the job for that, in the same commit; a deletion marks the record.
    pub(crate) fn into_changes(
        self,
        store: &Store,
        now: Timestamp,
        request: &IdempotencyKey,
        line: u64,
    ) -> Vec<Change> {
        let key = self.key.of("event").or_else(|| request.of(&format!("event:{line}")));
        match &self.event {
            Event::RecordDeleted { record } => {
                let t_valid = self.t_valid.unwrap_or(now);
                return vec![Change::DeleteRecord { record: record.clone(), t_valid }];
            }
            Event::ErasureRequested { member } => {
                let erase = choices::erase(member);
                return vec![Change::Event { event: self.event.clone(), t_valid: self.t_valid, key }, erase];
            }
            _ => {}
        }
        let job = retracts(store, now, &self.event).map(|member| {
            let own = || format!("event:{member}:{}:{line}", store.head().seq);
            choices::forget(&member, &key.clone().unwrap_or_else(own))
        });
        let mut changes = vec![Change::Event { event: self.event.clone(), t_valid: self.t_valid, key }];
        changes.extend(job);
        changes
    }
}

/// Whose past uses the event takes back, if it does.
fn retracts(store: &Store, now: Timestamp, event: &Event) -> Option<MemberId> {
    if let Event::ObjectionUpheld { objection } = event {
        return store.history().case(objection).map(|case| case.member.clone());
    }
    let Event::ChoiceSet { member, purpose, value: ChoiceValue::Off, scope, .. } = event else { return None };
    let scope = scope.unwrap_or_else(|| store.choice(member, purpose, now).off_scope);
    (scope == Scope::Retract).then(|| member.clone())
}

fn time(fields: &mut Map<String, Value>) -> Result<Option<Timestamp>, Problem> {
    let malformed =
        || Problem::new("malformed_time", "`t_valid` is a time as of RFC 3339, such as 2024-10-01T09:00:00Z");
    match fields.remove("t_valid") {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => text.parse().map(Some).map_err(|_| malformed()),
        Some(_) => Err(malformed()),
    }
}

fn event(fields: Map<String, Value>) -> Result<Event, Problem> {
    for given in ["seq", "t"] {
        if fields.contains_key(given) {
            let detail =
                format!("`{given}` is the log's to give; leave it out, and say in `t_valid` when the fact holds");
            return Err(Problem::new("unknown_field", detail));
        }
    }
    let sent: Vec<String> = fields.keys().cloned().collect();
    let event: Event = serde_json::from_value(Value::Object(fields)).map_err(|error| malformed(&error.to_string()))?;
    // An event takes what it knows; a field that it does not know was meant to say something.
    let known = match serde_json::to_value(&event) {
        Ok(Value::Object(known)) => known,
        _ => Map::new(),
    };
    match sent.iter().position(|field| !known.contains_key(field)) {
        None => Ok(event),
        Some(at) => {
            let names: Vec<&str> = known.keys().map(String::as_str).filter(|name| *name != "type").collect();
            let detail = format!("field {} is none of `{}`; its fields are {}", at + 1, event.name(), names.join(", "));
            Err(Problem::new("unknown_field", detail))
        }
    }
}

/// What serde says, without the values that it may quote: a field's name is told only where it is one of ours.
fn malformed(message: &str) -> Problem {
    if message.starts_with("unknown variant") && message.contains("`choice_set`") {
        return Problem::new("unknown_event", "there is no event of this `type`; the types are in `/openapi.json`");
    }
    if let Some(field) = message.strip_prefix("missing field `").and_then(|rest| rest.split('`').next()) {
        return Problem::new("malformed_event", format!("the field `{field}` is missing"));
    }
    if message.starts_with("unknown field") {
        return Problem::new("unknown_field", "a field of the event is none of its own; see `/openapi.json`");
    }
    if message.starts_with("an identifier") {
        return Problem::new("malformed_id", message);
    }
    Problem::new("malformed_event", "a field has a value that does not fit; see `/openapi.json`")
}

/// Refuses what only the system writes: what it did itself, and what is recorded with the thing that it is about.
fn may_send(event: &Event) -> Result<(), Problem> {
    let instead = match event {
        Event::RecordIngested { .. } | Event::RecordEdited { .. } => "send the record to `/api/v1/records`",
        Event::AccountErased { .. } => "send `erasure_requested`; the system logs when it is done",
        Event::MemberEnrolled { .. }
        | Event::RecordsCommitted { .. }
        | Event::RunFenced { .. }
        | Event::SnapshotSealed { .. }
        | Event::UseCommitted { .. }
        | Event::SnapshotWithdrawn { .. }
        | Event::ShardRetired { .. }
        | Event::ModelReleased { .. }
        | Event::ModelWithdrawn { .. }
        | Event::ObjectionExpired { .. }
        | Event::ObligationOpened { .. }
        | Event::ObligationDone { .. }
        | Event::HoldReleased { .. }
        | Event::LogKeySet { .. } => "it is logged by what it tells of",
        Event::PurposeDefined(_)
        | Event::PolicyPublished(_)
        | Event::RecipientAdded { .. }
        | Event::RecipientEnded { .. }
        | Event::RuleSet { .. }
        | Event::RegionSetChanged(_)
        | Event::NoticeServed { .. }
        | Event::NoticeDelivered { .. }
        | Event::NoticeSeen { .. }
        | Event::NoticeBounced { .. }
        | Event::MemberRegistered { .. }
        | Event::ResidenceSet { .. }
        | Event::BirthDateSet { .. }
        | Event::AccountClosed { .. }
        | Event::AccountSuspended { .. }
        | Event::AccountReopened { .. }
        | Event::ErasureRequested { .. }
        | Event::ChoiceSet { .. }
        | Event::SignalReceived { .. }
        | Event::ObjectionFiled { .. }
        | Event::IdentityChecked { .. }
        | Event::ReviewStarted { .. }
        | Event::DeadlineExtended { .. }
        | Event::ObjectionUpheld { .. }
        | Event::ObjectionRefused { .. }
        | Event::ObjectionWithdrawn { .. }
        | Event::ObjectionAppealed { .. }
        | Event::RecordDeleted { .. }
        | Event::VisibilityChanged { .. }
        | Event::RecordHeld { .. }
        | Event::RecordHoldLifted { .. }
        | Event::SubjectsDetected { .. } => return Ok(()),
    };
    Err(Problem::new("system_only", format!("only the system writes `{}`; {instead}", event.name())))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(text: &str) -> Result<(), &'static str> {
        EventLine::parse(text).map(drop).map_err(|problem| problem.code)
    }

    #[test]
    fn events_are_read_or_told_apart_without_a_quote() {
        let hash = "0".repeat(64);
        let cases: &[(&str, Result<(), &str>)] = &[
            (
                r#"{"type":"residence_set","member":"ann","residence":"DE","t_valid":"2024-10-01T00:00:00Z","idempotency_key":"k1"}"#,
                Ok(()),
            ),
            (r#"{"type":"account_closed","member":"ann"}"#, Ok(())),
            (r#"{"type":"account_closed","member":"ann","secret":"hunter2"}"#, Err("unknown_field")),
            (r#"{"type":"account_closed","member":"ann","seq":7}"#, Err("unknown_field")),
            (r#"{"type":"account_closed"}"#, Err("malformed_event")),
            (r#"{"type":"account_closed","member":""}"#, Err("malformed_id")),
            (r#"{"type":"account_closed","member":"ann","t_valid":"hunter2"}"#, Err("malformed_time")),
            (r#"{"type":"account_closed","member":"ann","idempotency_key":""}"#, Err("malformed_key")),
            (r#"{"type":"account_closed","member":"ann","idempotency_key":7}"#, Err("malformed_key")),
            (r#"{"type":"hunter2"}"#, Err("unknown_event")),
            (r#"{"type":"choice_set","member":"ann","purpose":"p","value":"hunter2"}"#, Err("malformed_event")),
            (r#"{"member":"hunter2"}"#, Err("malformed_event")),
            (r#"["hunter2"]"#, Err("malformed")),
            (r#"{"hunter2"#, Err("malformed")),
            (r#"{"type":"records_committed","records":1,"root":"00"}"#, Err("system_only")),
            (r#"{"type":"run_fenced","run":"r","kind":"freeze"}"#, Err("system_only")),
            (r#"{"type":"account_erased","member":"ann"}"#, Err("system_only")),
            (r#"{"type":"log_key_set","key":"k"}"#, Err("system_only")),
        ];
        for (text, expected) in cases {
            assert_eq!(code(text), *expected, "{text}");
        }
        let enrolled = format!(r#"{{"type":"member_enrolled","member":"ann","commitment":"{hash}"}}"#);
        assert_eq!(code(&enrolled), Err("system_only"));
        for (text, _) in cases {
            if let Err(problem) = EventLine::parse(text) {
                assert!(!problem.detail.contains("hunter2"), "{}", problem.detail);
            }
        }
    }
}
