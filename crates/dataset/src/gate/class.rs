//! Members compiled: `decide` is asked once between two instants of a member, and members whose facts stand in the same
//! order share the answers. No rule is written here.

use super::word::{Code, Word, microsecond};
use candor_core::{Frame, Mask, Person, Shape, state::MemberState};
use jiff::Timestamp;
use rayon::prelude::*;
use std::{collections::HashMap, sync::OnceLock};

/// What a member's facts say of a record that was written and edited between two instants.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Answer {
    /// Why a record of theirs may not be used.
    pub(crate) mask: Mask,
    /// Whether they must not stand in somebody else's.
    pub(crate) left_out: bool,
}

/// Where an instant of a class is found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Cut {
    /// The same for every member, in microseconds.
    Shared(i64),
    /// Among the member's own instants.
    Own(u32),
}

/// The answers that members of one shape share.
pub(crate) struct Class {
    /// Where the member's own instants stand among all that `Person::instants` lists.
    own: Vec<usize>,
    /// Ascending; segment `n` ends before cut `n`.
    cuts: Vec<Cut>,
    /// The moment at which each segment begins for the member that the class was made of.
    begins: Vec<Timestamp>,
    /// For records that were never edited, one a segment.
    answers: Vec<Answer>,
    /// For records whose last edit lies in a later segment; asked for the first time that one does.
    pairs: OnceLock<Vec<Answer>>,
    /// Where the code changes, and the code of each stretch; behind the question's time together with `Code::STALE`.
    turns: Vec<Cut>,
    codes: Vec<Code>,
    /// The same for records that were edited, with a code for each pair of stretches.
    edited: OnceLock<(Vec<Cut>, Vec<Code>)>,
    sample: MemberState,
}

impl Class {
    fn new(frame: &Frame, sample: MemberState, instants: &[Timestamp]) -> Self {
        let shared = frame.instants().len();
        let mut order: Vec<usize> = (0..instants.len()).collect();
        // Of equal instants the shared one stands first.
        order.sort_by_key(|slot| (instants[*slot], *slot));
        order.dedup_by_key(|slot| instants[*slot]);
        let mut own = Vec::new();
        let mut cuts = Vec::new();
        let mut begins = vec![Timestamp::MIN];
        for slot in order.into_iter().filter(|slot| instants[*slot] != Timestamp::MIN) {
            begins.push(instants[slot]);
            if slot < shared {
                cuts.push(Cut::Shared(microsecond(instants[slot])));
            } else {
                cuts.push(Cut::Own(own.len() as u32));
                own.push(slot);
            }
        }
        let mut class = Self {
            own,
            cuts,
            answers: Vec::new(),
            begins,
            pairs: OnceLock::new(),
            turns: Vec::new(),
            codes: Vec::new(),
            edited: OnceLock::new(),
            sample,
        };
        class.ask(frame);
        class
    }

    /// Asks `decide` anew, once a segment. The instants must be those that the class was made with.
    fn ask(&mut self, frame: &Frame) {
        let Some(person) = frame.person_of(self.sample.clone()) else { return };
        self.answers = self.begins.iter().map(|t| answer(&person, *t, *t)).collect();
        (self.pairs, self.edited) = (OnceLock::new(), OnceLock::new());
        self.turns.clear();
        self.codes.clear();
        for (segment, answer) in self.answers.iter().enumerate() {
            let code = Code::of(answer.mask);
            // Behind the question's time every record is stale by itself (`Columns::ask`), so that most members have no
            // turn there.
            let is_later = self.begins[segment] > frame.query().at;
            let follows = |last: &Code| *last == code || (is_later && last.stricter(Code::STALE) == code);
            if !self.codes.last().is_some_and(follows) {
                self.codes.push(code);
                self.turns.extend(segment.checked_sub(1).map(|cut| self.cuts[cut]));
            }
        }
    }

    /// What the member's own instants are, in microseconds.
    pub(crate) fn own_of(&self, instants: &[Timestamp]) -> impl ExactSizeIterator<Item = i64> {
        self.own.iter().map(|slot| microsecond(instants[*slot]))
    }

    /// How many own instants are kept for each member.
    pub(crate) fn own_len(&self) -> usize {
        self.own.len()
    }

    fn segment(&self, own: &[i64], us: i64) -> usize {
        self.cuts.partition_point(|cut| at(*cut, own) <= us)
    }

    /// The answer for a record that was written and last edited at these times.
    pub(crate) fn answer(&self, frame: &Frame, own: &[i64], created_us: i64, edited_us: i64) -> Answer {
        let created = self.segment(own, created_us);
        let edited = if edited_us == created_us { created } else { self.segment(own, edited_us) };
        if created == edited {
            return self.answers[created];
        }
        self.pairs(frame)[created * self.begins.len() + edited]
    }

    fn pairs(&self, frame: &Frame) -> &[Answer] {
        self.pairs.get_or_init(|| {
            let person = frame.person_of(self.sample.clone());
            let ask = |c: Timestamp, e: Timestamp| person.as_ref().map(|person| answer(person, c, e));
            self.begins.iter().flat_map(|c| self.begins.iter().filter_map(move |e| ask(*c, *e))).collect()
        })
    }

    /// The code of a record that was edited after it was written.
    pub(crate) fn code_of_edited(&self, frame: &Frame, own: &[i64], created_us: i64, edited_us: i64) -> Code {
        let (turns, codes) = self.edited.get_or_init(|| self.turns_of_edited(frame));
        let stretch = |us: i64| turns.iter().filter(|turn| at(**turn, own) <= us).count();
        codes[stretch(created_us) * (turns.len() + 1) + stretch(edited_us)]
    }

    /// The cuts at which a pair of segments has another code than the one beside it, and the codes between them.
    fn turns_of_edited(&self, frame: &Frame) -> (Vec<Cut>, Vec<Code>) {
        let (pairs, count) = (self.pairs(frame), self.begins.len());
        let code = |created: usize, edited: usize| Code::of(pairs[created * count + edited].mask);
        let turns = |cut: &usize| {
            (*cut + 1..count).any(|edited| code(*cut, edited) != code(cut + 1, edited))
                || (0..=*cut).any(|created| code(created, *cut) != code(created, cut + 1))
        };
        let cuts: Vec<usize> = (0..count - 1).filter(turns).collect();
        let stretches = || [0].into_iter().chain(cuts.iter().map(|cut| cut + 1));
        // No record was edited before it was written: the pairs below the diagonal are never asked.
        let codes = stretches().flat_map(|created| stretches().map(move |edited| code(created, edited)));
        (cuts.iter().map(|cut| self.cuts[*cut]).collect(), codes.collect())
    }

    /// The member's word.
    pub(crate) fn word(&self, own: &[i64]) -> Word {
        Word::of(self.turns(own))
    }

    /// The code of a member's earliest records, then where it changes and to what; behind the question's time together
    /// with `Code::STALE`.
    pub(crate) fn turns(&self, own: &[i64]) -> (Code, impl Iterator<Item = (i64, Code)>) {
        let first = self.codes.first().copied().unwrap_or(Code::ALLOW);
        (first, self.turns.iter().map(|turn| at(*turn, own)).zip(self.codes.iter().skip(1).copied()))
    }
}

fn at(cut: Cut, own: &[i64]) -> i64 {
    match cut {
        Cut::Shared(us) => us,
        Cut::Own(n) => own[n as usize],
    }
}

fn answer(person: &Person<'_>, created: Timestamp, edited: Timestamp) -> Answer {
    Answer { mask: person.mask(created, edited), left_out: person.is_left_out(created, edited) }
}

/// All classes of one question.
#[derive(Default)]
pub(crate) struct Classes {
    by_shape: HashMap<Shape, u32>,
    all: Vec<Class>,
}

impl Classes {
    /// The class of members of a shape; one of them, if there is none yet, with the instants of theirs.
    pub(crate) fn of(&mut self, frame: &Frame, shape: Shape, sample: MemberState, instants: &[Timestamp]) -> u32 {
        let next = self.all.len() as u32;
        let class = *self.by_shape.entry(shape).or_insert(next);
        if class == next {
            self.all.push(Class::new(frame, sample, instants));
        }
        class
    }

    /// A class by its number.
    pub(crate) fn get(&self, class: u32) -> &Class {
        &self.all[class as usize]
    }

    /// How many there are.
    pub(crate) fn len(&self) -> usize {
        self.all.len()
    }

    /// Asks all of them anew under a frame with the same clockwork; tells which codes changed.
    pub(crate) fn ask_again(&mut self, frame: &Frame) -> Vec<bool> {
        let ask = |class: &mut Class| {
            let before = (std::mem::take(&mut class.turns), std::mem::take(&mut class.codes));
            class.ask(frame);
            (&before.0, &before.1) != (&class.turns, &class.codes)
        };
        self.all.par_iter_mut().with_min_len(64).map(ask).collect()
    }
}
