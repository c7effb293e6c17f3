//! Records as the store hands them on.

use arrow::array::{ArrayRef, BooleanArray, RecordBatch, StringArray, TimestampMicrosecondArray};
use candor_core::{Event, History, Logged, Query, Record, RuleBook, Seq};
use candor_dataset::{Batch, Collected, Gate, Gated, batch::collected_schema};
use candor_redact::Redactor;
use jiff::Timestamp;
use std::sync::Arc;

/// The store's columns for records and whether each is deleted.
pub fn arrow(records: &[(Record, bool)]) -> RecordBatch {
    let text = |of: fn(&Record) -> &str| -> ArrayRef {
        Arc::new(StringArray::from_iter_values(records.iter().map(|(record, _)| of(record))))
    };
    let some = |of: fn(&Record) -> Option<&str>| -> ArrayRef {
        Arc::new(records.iter().map(|(record, _)| of(record)).collect::<StringArray>())
    };
    let time = |of: fn(&Record) -> Timestamp| -> ArrayRef {
        let times = records.iter().map(|(record, _)| of(record).as_microsecond());
        Arc::new(TimestampMicrosecondArray::from_iter_values(times).with_timezone("UTC"))
    };
    let columns = vec![
        text(|r| r.id.as_str()),
        text(|r| r.member.as_str()),
        text(|r| r.kind.as_str()),
        time(|r| r.created),
        time(|r| r.edited),
        text(|r| r.visibility.as_str()),
        text(|r| &r.source),
        some(|r| r.thread.as_ref().map(candor_core::RecordId::as_str)),
        some(|r| r.language.as_deref()),
        some(|r| r.license.as_deref()),
        some(|r| r.title.as_deref()),
        text(|r| &r.text),
        Arc::new(BooleanArray::from_iter(records.iter().map(|(_, deleted)| Some(*deleted)))),
    ];
    RecordBatch::try_new(Arc::new(collected_schema()), columns).unwrap()
}

/// The same as a batch.
pub fn collected(records: &[(Record, bool)]) -> Batch<Collected> {
    Batch::from_arrow(arrow(records)).unwrap()
}

/// A record of plain facts.
pub fn record(id: &str, member: &str, created: &str, text: &str) -> Record {
    serde_json::from_value(serde_json::json!({
        "id": id, "member": member, "kind": "post", "created": created, "edited": created, "visibility": "public",
        "source": "test", "thread": null, "language": "en", "license": "CC BY-SA 4.0", "title": null, "text": text,
    }))
    .unwrap()
}

/// A history under the shipped rule book.
pub fn history(events: impl IntoIterator<Item = Event>, t: &str) -> History {
    let mut history = History::new(RuleBook::shipped("seeds-2024").unwrap());
    for (seq, event) in (1..).map(Seq).zip(events) {
        history.push(Logged { seq, t: t.parse().unwrap(), t_valid: None, event }).unwrap();
    }
    history
}

/// An event as JSON.
pub fn event(json: serde_json::Value) -> Event {
    serde_json::from_value(json).unwrap()
}

/// A member in the US who was told of the programme.
pub fn told(member: &str) -> [Event; 2] {
    [
        event(
            serde_json::json!({"type": "member_registered", "member": member, "residence": "US", "birth_date": "1980-01-01"}),
        ),
        event(serde_json::json!({"type": "notice_delivered", "member": member, "policy": "2024-09-18"})),
    ]
}

/// Training, as of the end of a history.
pub fn training(history: &History, at: &str) -> Query {
    Query {
        purpose: candor_core::PurposeKey::generative_training(),
        recipient: candor_core::RecipientKey::own(),
        at: at.parse().unwrap(),
        as_of: history.last(),
    }
}

/// Gates records.
pub fn gated(history: &History, query: &Query, records: &[(Record, bool)]) -> Gated {
    Gate::new(history, query, None).admit(&collected(records)).unwrap()
}

/// A redactor with its default settings.
pub fn redactor() -> Redactor {
    Redactor::builder().build().unwrap()
}
