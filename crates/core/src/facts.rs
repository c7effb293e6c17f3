//! What the log says of a record at a time, as of an index: for records that came in as events, and for rows of files.
//! The text of a record is never looked at here.

use crate::{
    event::{Event, Logged},
    history::History,
    id::{RecordId, Seq},
    record::RecordFacts,
};
use jiff::Timestamp;

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
                    superseded: false,
                    held: false,
                    subjects: Vec::new(),
                });
            }
            (_, None) => {}
            (_, Some(facts)) => apply(facts, logged, at),
        }
    }
    facts.filter(|facts| facts.created <= at)
}

/// The facts of a row that came in as a file, with what the log says of its record at `T` as of `K`. A row whose version
/// is not the latest that the log knows is superseded.
#[must_use]
pub fn row_at(history: &History, record: &RecordId, given: RecordFacts, at: Timestamp, as_of: Seq) -> RecordFacts {
    let (version, seen) = (given.edited, given.visibility);
    let mut row = given.clone();
    for logged in history.of_record(record, as_of) {
        match &logged.event {
            // As in `facts_at`, a record that came in again begins again.
            Event::RecordIngested { member, visibility, .. } => {
                row = RecordFacts {
                    deleted: given.deleted || *member != given.member,
                    visibility: seen.max(*visibility),
                    ..given.clone()
                };
            }
            _ => apply(&mut row, logged, at),
        }
    }
    row.superseded |= version < row.edited;
    // The log may be older than the row: the stricter of both holds.
    row.visibility = row.visibility.max(seen);
    row
}

/// Applies an event about a record that is known.
fn apply(facts: &mut RecordFacts, logged: &Logged, at: Timestamp) {
    match &logged.event {
        Event::RecordEdited { .. } if logged.valid() <= at => facts.edited = facts.edited.max(logged.valid()),
        Event::RecordDeleted { .. } => facts.deleted |= logged.valid() <= at,
        Event::RecordHeld { .. } => facts.held |= logged.valid() <= at,
        Event::RecordHoldLifted { .. } => facts.held &= logged.permissive() > at,
        Event::VisibilityChanged { visibility, .. } => {
            // Closing may be backdated, opening never.
            let closes = *visibility > facts.visibility;
            let t = if closes { logged.valid() } else { logged.permissive() };
            if t <= at {
                facts.visibility = *visibility;
            }
        }
        Event::SubjectsDetected { subjects, .. } => facts.subjects.clone_from(subjects),
        _ => {}
    }
}
