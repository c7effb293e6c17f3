//! The records that are decided, as columns: clustered by author, no member column, and what only few records have
//! (an edit, other members in them) in lists beside. No text.

use super::{
    engine::Engine,
    word::{Clustered, Code, second},
};
use candor_core::{Mask, RecordFacts, Span};
use jiff::Timestamp;
use std::collections::HashMap;

/// A record that was edited.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Edited {
    pub(crate) record: u32,
    pub(crate) member: u32,
    pub(crate) created_us: i64,
    pub(crate) us: i64,
}

/// Other members in a record.
#[derive(Debug, Clone)]
pub(crate) struct Others {
    pub(crate) record: u32,
    pub(crate) subjects: Vec<(u32, Vec<Span>)>,
}

/// Records of many members. Times are whole microseconds, as the store keeps them; finer ones are cut off.
#[derive(Debug, Default)]
pub struct Columns {
    /// The authors, by their number in the engine, in the order of the records.
    pub(crate) authors: Vec<u32>,
    /// Where the records of each author begin, and the end.
    pub(crate) offsets: Vec<u32>,
    pub(crate) seconds: Vec<u32>,
    /// The earliest of these of each author.
    earliest: Vec<u32>,
    pub(crate) created_us: Vec<i64>,
    /// Which of `sorts` the record is.
    sort: Vec<u16>,
    /// What records say of themselves, each once.
    sorts: Vec<RecordFacts>,
    by_sort: HashMap<Sort, u16>,
    pub(crate) edited: Vec<Edited>,
    pub(crate) others: Vec<Others>,
    /// What the purpose says of each sort, at the question's time, and the code of each record by both.
    masks: Vec<Mask>,
    at: Option<Timestamp>,
    pub(crate) own: Vec<Code>,
}

type Sort = (candor_core::RecordKind, candor_core::Visibility, [bool; 3]);

/// What of its facts a record shares with others. A new field of the facts stops the build here.
fn sort(facts: &RecordFacts) -> Sort {
    let RecordFacts { member: _, kind, created: _, edited: _, visibility, deleted, superseded, held, subjects: _ } =
        facts;
    (*kind, *visibility, [*deleted, *superseded, *held])
}

impl Columns {
    /// Columns of records whose authors follow one another; members whom the engine does not know are made known to it.
    #[must_use]
    pub fn new<'a>(engine: &mut Engine, records: impl IntoIterator<Item = &'a RecordFacts>) -> Self {
        let mut columns = Self::default();
        for facts in records {
            columns.push(engine, facts);
        }
        columns
    }

    /// Adds a record after all others.
    ///
    /// # Panics
    /// With more than 2^32 records: split them.
    pub fn push(&mut self, engine: &mut Engine, facts: &RecordFacts) {
        let record = u32::try_from(self.seconds.len()).expect("one engine decides up to 2^32 records at once");
        let author = engine.number(&facts.member);
        if self.authors.last() != Some(&author) {
            self.authors.push(author);
            self.earliest.push(u32::MAX);
            if self.offsets.is_empty() {
                self.offsets.push(0);
            }
            self.offsets.push(record);
        }
        if let Some(end) = self.offsets.last_mut() {
            *end = record + 1;
        }
        let (created, edited) = (facts.created.as_microsecond(), facts.edited.as_microsecond());
        self.seconds.push(second(created));
        if let Some(earliest) = self.earliest.last_mut() {
            *earliest = second(created).min(*earliest);
        }
        self.created_us.push(created);
        let next = self.sorts.len() as u16;
        let sort = *self.by_sort.entry(sort(facts)).or_insert(next);
        if sort == next {
            self.sorts.push(RecordFacts { subjects: Vec::new(), ..facts.clone() });
        }
        self.sort.push(sort);
        if edited > created {
            self.edited.push(Edited { record, member: author, created_us: created, us: edited });
        }
        if !facts.subjects.is_empty() {
            let subjects = facts.subjects.iter().map(|s| (engine.number(&s.member), s.spans.clone())).collect();
            self.others.push(Others { record, subjects });
        }
    }

    /// Number of records.
    #[must_use]
    pub fn len(&self) -> usize {
        self.seconds.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.seconds.is_empty()
    }

    /// Bytes in memory a record: all columns, and the lists beside them.
    #[must_use]
    pub fn bytes(&self) -> usize {
        let spans = |o: &Others| o.subjects.iter().map(|(_, s)| 32 + size_of_val(s.as_slice())).sum::<usize>();
        size_of_val(self.authors.as_slice())
            + size_of_val(self.offsets.as_slice())
            + size_of_val(self.seconds.as_slice())
            + size_of_val(self.earliest.as_slice())
            + size_of_val(self.created_us.as_slice())
            + size_of_val(self.sort.as_slice())
            + size_of_val(self.own.as_slice())
            + size_of_val(self.edited.as_slice())
            + self.others.iter().map(|o| size_of::<Others>() + spans(o)).sum::<usize>()
    }

    /// Asks the engine's purpose what it says of each sort of record, and its question which are written after it, if
    /// that is not what they said before.
    pub(crate) fn ask(&mut self, engine: &Engine) {
        let masks: Vec<Mask> = self.sorts.iter().map(|facts| engine.frame().of_record(facts)).collect();
        let at = Some(engine.frame().query().at);
        if self.masks != masks || self.at != at || self.own.len() != self.sort.len() {
            let codes: Vec<Code> = masks.iter().map(|mask| Code::of(*mask)).collect();
            let is_later = |us: i64| Timestamp::from_microsecond(us).ok() > at;
            let own = |(sort, us): (&u16, &i64)| {
                let code = codes[usize::from(*sort)];
                if is_later(*us) { code.stricter(Code::STALE) } else { code }
            };
            self.own = self.sort.iter().zip(&self.created_us).map(own).collect();
            (self.masks, self.at) = (masks, at);
        }
    }

    /// What is decided at once.
    pub(crate) fn clustered(&self) -> Clustered<'_> {
        Clustered {
            authors: &self.authors,
            offsets: &self.offsets,
            seconds: &self.seconds,
            earliest: &self.earliest,
            own: &self.own,
        }
    }

    /// What the engine's purpose says of the record itself.
    pub(crate) fn mask(&self, engine: &Engine, record: u32) -> Mask {
        engine.frame().of_record(&self.sorts[usize::from(self.sort[record as usize])])
    }

    /// Who wrote a record.
    pub(crate) fn author(&self, record: u32) -> u32 {
        self.authors[self.offsets.partition_point(|start| *start <= record) - 1]
    }

    /// When a record was written and last edited, in microseconds.
    pub(crate) fn written(&self, record: u32) -> (i64, i64) {
        let created = self.created_us[record as usize];
        let edited = self.edited.binary_search_by_key(&record, |edited| edited.record);
        (created, edited.map_or(created, |at| self.edited[at].us))
    }

    /// Everybody who wrote a record or is in one, some of them often.
    pub(crate) fn members(&self) -> impl Iterator<Item = u32> {
        let subjects = self.others.iter().flat_map(|others| others.subjects.iter().map(|(member, _)| *member));
        self.authors.iter().copied().chain(subjects)
    }

    /// Everybody who wrote a record or is in it.
    pub(crate) fn members_of(&self, record: u32) -> impl Iterator<Item = u32> {
        let subjects =
            self.others(record).into_iter().flat_map(|others| others.subjects.iter().map(|(member, _)| *member));
        [self.author(record)].into_iter().chain(subjects)
    }

    /// The other members in a record, if there are any.
    pub(crate) fn others(&self, record: u32) -> Option<&Others> {
        self.others.binary_search_by_key(&record, |others| others.record).ok().map(|at| &self.others[at])
    }
}
