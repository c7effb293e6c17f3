//! Generated histories for properties: every event type, backdated facts, ties, fences, unknowns, edits, subjects.
//!
//! Only behind the feature `testing`. The columnar gate is held equal to `decide` on these, and the properties of
//! `decide` are stated over them. Nothing here is a model of a real platform.

mod events;

use crate::{
    event::Logged,
    history::History,
    id::{MemberId, PurposeKey, RecipientKey, RecordId, Seq},
    rulebook::RuleBook,
    state::Query,
};
use jiff::Timestamp;
use proptest::{prelude::*, sample::select};

pub use events::{any_event, restrictive_event};

/// The book of every kind of row that histories are generated under, beside the shipped ones.
pub const EVERYTHING: &str = include_str!("everything.toml");

/// Number of members that take part: `m0`, `m1` and so on. The last is never registered at the start.
pub const MEMBERS: u8 = 4;
/// Number of records: `r0`, `r1` and so on.
pub const RECORDS: u8 = 6;

/// One generated history with questions to ask of it.
#[derive(Debug, Clone)]
pub struct Sample {
    /// The rule book.
    pub book: RuleBook,
    /// Events in order. Some are refused: that is part of the sample.
    pub events: Vec<Logged>,
    /// Questions, with indices at, before and behind the end of the log.
    pub queries: Vec<Query>,
}

impl Sample {
    /// The history after all events; those that are refused leave no trace.
    #[must_use]
    pub fn history(&self) -> History {
        self.prefix(self.events.len())
    }

    /// The history after the first `count` events.
    #[must_use]
    pub fn prefix(&self, count: usize) -> History {
        let mut history = History::new(self.book.clone());
        for logged in self.events.iter().take(count) {
            // Refused events are part of what is generated.
            let _refused = history.push(logged.clone());
        }
        history
    }

    /// Every record that an event may name.
    pub fn records() -> impl Iterator<Item = RecordId> {
        (0..RECORDS).filter_map(|n| RecordId::new(format!("r{n}")).ok())
    }

    /// Every member that an event may name.
    pub fn members() -> impl Iterator<Item = MemberId> {
        (0..MEMBERS).filter_map(|n| MemberId::new(format!("m{n}")).ok())
    }
}

/// The rule books that histories are generated under.
#[must_use]
pub fn books() -> Vec<RuleBook> {
    let shipped = RuleBook::shipped_names().into_iter().filter_map(|name| RuleBook::shipped(name).ok());
    shipped.chain(RuleBook::parse(EVERYTHING)).collect()
}

/// Midnight of a day, counted from 1 September 2024.
#[must_use]
pub fn day(n: i64) -> Timestamp {
    Timestamp::from_second(1_725_148_800 + n * 86_400).unwrap_or(Timestamp::MAX)
}

/// A question with any purpose and recipient, known or not, any day, and any index up to two behind `last`.
pub fn any_query(last: u64) -> impl Strategy<Value = Query> {
    let purpose = select(vec![
        "generative_training",
        "generative_training",
        "generative_training",
        "personalization",
        "sharing",
        "moderation",
        "scoring",
        "horoscopes",
    ]);
    let recipient = select(vec!["self", "self", "self", "acme", "cloud", "newco", "ghost"]);
    let as_of = prop_oneof![4 => Just(last), 4 => 0..=last, 1 => last..=last + 2];
    (purpose, recipient, -10i64..120, as_of).prop_filter_map("a name", |(purpose, recipient, at, as_of)| {
        Some(Query {
            purpose: PurposeKey::new(purpose).ok()?,
            recipient: RecipientKey::new(recipient).ok()?,
            at: day(at),
            as_of: Seq(as_of),
        })
    })
}

/// Histories under every book of [`books`], of up to 60 events: members and records first, then anything.
pub fn histories() -> impl Strategy<Value = Sample> {
    let rest = prop::collection::vec((events::any_event(), 0i64..3, events::any_validity()), 0..45);
    (select(books()), events::start(), rest)
        .prop_map(|(book, start, rest)| (book, number(start, rest)))
        .prop_flat_map(|(book, events)| {
            let last = events.len() as u64;
            (Just(book), Just(events), prop::collection::vec(any_query(last), 1..8))
        })
        .prop_map(|(book, events, queries)| Sample { book, events, queries })
}

/// Gives the events their indices and times: the start on day 0, the rest on days that never go back.
fn number(start: Vec<(crate::Event, i64)>, rest: Vec<(crate::Event, i64, Option<i64>)>) -> Vec<Logged> {
    let mut today = 0;
    let start = start.into_iter().map(|(event, valid)| (event, 0, Some(valid)));
    start
        .chain(rest)
        .zip(1u64..)
        .map(|((event, days, offset), seq)| {
            today += days;
            Logged { seq: Seq(seq), t: day(today), t_valid: offset.map(|days| day(today + days)), event }
        })
        .collect()
}
