//! The columnar engine: one question, every member compiled to a word, millions of records decided in one pass.
//!
//! It writes no rule down. Members are compiled by asking `candor_core::Person` once between two instants of a class of
//! members (`class.rs`); one member's event compiles that member again, a platform's event asks every class again. Where a
//! platform's event moves the members' own instants (an age, a window, a policy version, a mechanism), each member is
//! compiled again, from what is kept of their events (`members.rs`), when a record of theirs is asked about next.
//! INVARIANT: what it says equals `candor_core::decide` as of the same index.

use super::{
    class::{Answer, Classes},
    columns::Columns,
    members::{Members, NO_CLASS},
    word::{Code, microsecond},
};
use candor_core::{Clockwork, Decision, Event, Frame, History, Logged, Mask, MemberId, Query, RecordFacts};
use std::collections::HashMap;

/// One question, answered for all members.
pub struct Engine {
    frame: Frame,
    clockwork: Option<Clockwork>,
    numbers: HashMap<MemberId, u32>,
    classes: Classes,
    members: Members,
}

impl Engine {
    /// An engine for a question to a history.
    #[must_use]
    pub fn new(history: &History, query: &Query) -> Self {
        let mut engine = Self::empty(Frame::new(history, query));
        engine.set_all(history);
        engine
    }

    /// An engine that knows no member yet.
    #[must_use]
    pub fn empty(frame: Frame) -> Self {
        let clockwork = frame.clockwork();
        let (numbers, classes, members) = (HashMap::new(), Classes::default(), Members::default());
        Self { frame, clockwork, numbers, classes, members }
    }

    /// The question with what is in force.
    #[must_use]
    pub fn frame(&self) -> &Frame {
        &self.frame
    }

    /// Takes the event that a history took last. The question moves on to its index; its time stays.
    pub fn apply(&mut self, history: &History, logged: &Logged) {
        let member = match (&logged.event, logged.event.objection()) {
            // Facts of records are columns.
            (
                Event::RecordIngested { .. }
                | Event::RecordEdited { .. }
                | Event::RecordDeleted { .. }
                | Event::RecordHeld { .. }
                | Event::RecordHoldLifted { .. }
                | Event::VisibilityChanged { .. }
                | Event::SubjectsDetected { .. },
                _,
            ) => return self.frame.advance(logged.seq),
            (_, Some(objection)) => history.filer(objection),
            (event, None) => event.member(),
        };
        match member {
            Some(member) => {
                self.frame.advance(logged.seq);
                self.set(member, history.of_member(member, logged.seq));
            }
            None => {
                let query = Query { as_of: logged.seq, ..self.frame.query().clone() };
                if self.take(Frame::new(history, &query)) {
                    self.set_all(history);
                }
            }
        }
    }

    /// Puts another frame in force, of which only the platform's events are others: every member's word follows it, at
    /// once or when they are asked about. Tells if that is not enough, because the question is another now and the events
    /// of all members must be folded again.
    #[must_use]
    pub fn take(&mut self, frame: Frame) -> bool {
        let clockwork = frame.clockwork();
        let (old, new) = (self.frame.query(), frame.query());
        let same_question = (&old.purpose, &old.recipient, old.at) == (&new.purpose, &new.recipient, new.at);
        self.frame = frame;
        if clockwork.is_none() || clockwork != self.clockwork || !same_question {
            self.clockwork = clockwork;
            self.classes = Classes::default();
            self.members.forget_classes();
            return !same_question;
        }
        let changed = self.classes.ask_again(&self.frame);
        self.members.follow(&self.classes, &changed);
        false
    }

    fn set_all(&mut self, history: &History) {
        let as_of = self.frame.query().as_of;
        let known: Vec<MemberId> = self.numbers.keys().cloned().collect();
        for member in &known {
            self.set(member, history.of_member(member, as_of));
        }
        for member in history.members() {
            self.number_in(history, member);
        }
    }

    /// Compiles a member by all of their events, and tells their number.
    pub fn set<'a>(&mut self, member: &MemberId, events: impl Iterator<Item = &'a Logged>) -> u32 {
        let number = match self.numbers.get(member) {
            Some(number) => *number,
            None => {
                let number = self.members.add();
                self.numbers.insert(member.clone(), number);
                number
            }
        };
        self.members.set(&self.frame, &mut self.classes, number, self.frame.fold(events));
        number
    }

    /// The number of a member; one without events becomes known as one who is not registered.
    pub(crate) fn number(&mut self, member: &MemberId) -> u32 {
        match self.numbers.get(member) {
            Some(number) => *number,
            None => self.set(member, std::iter::empty()),
        }
    }

    fn number_in(&mut self, history: &History, member: &MemberId) -> u32 {
        let Some(number) = self.numbers.get(member) else {
            return self.set(member, history.of_member(member, self.frame.query().as_of));
        };
        self.members.refresh(&self.frame, &mut self.classes, [*number].into_iter());
        *number
    }

    /// What a member says of a record of theirs, or of one that they are in.
    fn answer(&self, member: u32, created_us: i64, edited_us: i64) -> Answer {
        let place = member as usize;
        match self.members.class[place] {
            // The frame denies every record by itself.
            NO_CLASS => Answer { mask: Mask::default(), left_out: true },
            class => {
                let own = self.members.own(place);
                self.classes.get(class).answer(&self.frame, own, created_us, edited_us)
            }
        }
    }

    /// Decides about every record: one code each.
    pub fn decide_all(&mut self, columns: &mut Columns, codes: &mut Vec<Code>) {
        self.members.refresh(&self.frame, &mut self.classes, columns.members());
        columns.ask(self);
        codes.resize(columns.len(), Code::ALLOW);
        let unsure = columns.clustered().decide(&self.members.words, codes);
        for place in unsure {
            let (start, end) = (columns.offsets[place] as usize, columns.offsets[place + 1] as usize);
            let (created_us, own) = (&columns.created_us[start..end], &columns.own[start..end]);
            self.decide_list(columns.authors[place], created_us, own, &mut codes[start..end]);
        }
        self.decide_edited(columns, codes);
        self.decide_others(columns, codes);
    }

    /// The records of a member whose word is not enough.
    fn decide_list(&self, author: u32, created_us: &[i64], own: &[Code], out: &mut [Code]) {
        let place = author as usize;
        let class = self.classes.get(self.members.class[place]);
        let (first, turns) = class.turns(self.members.own(place));
        out.fill(first);
        for (turn, code) in turns {
            for (out, created) in out.iter_mut().zip(created_us) {
                *out = out.or_if(turn <= *created, code);
            }
        }
        for (out, own) in out.iter_mut().zip(own) {
            *out = out.stricter(*own);
        }
    }

    fn decide_edited(&self, columns: &Columns, codes: &mut [Code]) {
        for edited in &columns.edited {
            let (place, record) = (edited.member as usize, edited.record as usize);
            if self.members.class[place] == NO_CLASS {
                continue;
            }
            let class = self.classes.get(self.members.class[place]);
            let own = self.members.own(place);
            let code = class.code_of_edited(&self.frame, own, edited.created_us, edited.us);
            codes[record] = code.stricter(columns.own[record]);
        }
    }

    /// The records with other members in them: redacted or left out where one of these is left out.
    fn decide_others(&self, columns: &Columns, codes: &mut [Code]) {
        for record in columns.others.iter().map(|others| others.record) {
            let code = &mut codes[record as usize];
            if code.allows() {
                let decision = self.decision_of(columns, record);
                let redacted = !decision.spans.is_empty();
                *code = if redacted { Code::REDACT } else { Code::of(decision.mask) };
            }
        }
    }

    /// The whole decision about one record: every reason, and the spans to be redacted.
    pub fn decision(&mut self, columns: &Columns, record: u32) -> Decision {
        self.members.refresh(&self.frame, &mut self.classes, columns.members_of(record));
        self.decision_of(columns, record)
    }

    fn decision_of(&self, columns: &Columns, record: u32) -> Decision {
        let (created, edited) = columns.written(record);
        let author = columns.author(record);
        let mut mask = columns.mask(self, record);
        mask.0 |= self.answer(author, created, edited).mask.0;
        if self.clockwork.is_none() {
            return Decision { mask, spans: Vec::new() };
        }
        let subjects = columns.others(record).map_or(&[][..], |others| others.subjects.as_slice());
        let others = subjects.iter().filter(|(member, _)| *member != author);
        let left_out = others.filter(|(member, _)| self.answer(*member, created, edited).left_out);
        self.frame.with_left_out(mask, left_out.map(|(_, spans)| spans.as_slice()))
    }

    /// The whole decision about a record that is in no columns. Members who are not known yet are compiled from the
    /// history.
    pub fn decide(&mut self, history: &History, facts: &RecordFacts) -> Decision {
        let (created, edited) = (microsecond(facts.created), microsecond(facts.edited));
        let author = self.number_in(history, &facts.member);
        let mut mask = self.frame.of_record(facts);
        mask.0 |= self.answer(author, created, edited).mask.0;
        if self.clockwork.is_none() {
            return Decision { mask, spans: Vec::new() };
        }
        let mut left_out = Vec::new();
        for subject in facts.subjects.iter().filter(|subject| subject.member != facts.member) {
            let member = self.number_in(history, &subject.member);
            if self.answer(member, created, edited).left_out {
                left_out.push(subject.spans.as_slice());
            }
        }
        self.frame.with_left_out(mask, left_out.into_iter())
    }

    /// Number of members, and of classes with the same answer.
    #[must_use]
    pub fn len(&self) -> (usize, usize) {
        (self.members.words.len(), self.classes.len())
    }

    /// Bytes in memory of all members' columns, without their names.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.members.bytes()
    }
}
