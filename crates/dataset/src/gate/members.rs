//! What the engine keeps of members, in columns: the word, the class with the member's own instants, and what their
//! events add up to (their kind with their own numbers), so that another rule needs no event again. No rule is written
//! here.

use super::{
    class::Classes,
    word::{Code, Word},
};
use candor_core::{Frame, Kind, Shape, state::MemberState};
use jiff::Timestamp;
use rayon::prelude::*;
use std::collections::HashMap;

/// The class of members while no row of the rule book is about the question.
pub(crate) const NO_CLASS: u32 = u32::MAX;
/// The class of members who were not compiled since the rules moved their instants.
const STALE: u32 = u32::MAX - 1;
/// How many members are compiled at once: few enough that what is in between needs little memory.
const LOT: usize = 1 << 16;
/// How many of these by one core in a row.
const RUN: usize = 1 << 10;

/// A list of numbers for each member.
#[derive(Default)]
struct Lists {
    start: Vec<u32>,
    all: Vec<i64>,
}

impl Lists {
    fn of(&self, place: usize) -> &[i64] {
        &self.all[self.start[place] as usize..]
    }

    /// Keeps a member's numbers, where they were if they fit into the room that they had.
    fn keep(&mut self, place: usize, room: usize, numbers: impl ExactSizeIterator<Item = i64>) {
        if room == 0 || numbers.len() > room {
            self.start[place] = self.all.len() as u32;
            self.all.extend(numbers);
        } else {
            let start = self.start[place] as usize;
            self.all[start..].iter_mut().zip(numbers).for_each(|(kept, number)| *kept = number);
        }
    }

    fn bytes(&self) -> usize {
        size_of_val(self.start.as_slice()) + size_of_val(self.all.as_slice())
    }
}

/// All members of one question, by number.
#[derive(Default)]
pub(crate) struct Members {
    pub(crate) words: Vec<Word>,
    pub(crate) class: Vec<u32>,
    /// The member's own instants in their class, in microseconds.
    own_us: Lists,
    kind: Vec<u32>,
    /// The member's own numbers in their kind.
    given: Lists,
    kinds: Vec<(Kind, usize)>,
    by_kind: HashMap<Kind, u32>,
    /// How many are stale.
    stale: usize,
}

/// Some members on their way to their classes.
#[derive(Default)]
struct Compiled {
    /// Each shape once, with the first member of it.
    shapes: Vec<(Shape, MemberState, Vec<Timestamp>)>,
    /// By number; none for members without a class.
    members: Vec<(u32, Option<Shaped>)>,
}

/// A member's place in `shapes`, and their instants.
type Shaped = (usize, Vec<Timestamp>);

impl Members {
    /// Adds a member, about whom nothing is known yet.
    pub(crate) fn add(&mut self) -> u32 {
        let number = self.words.len() as u32;
        self.words.push(Word::always(Code::ALLOW));
        self.class.push(NO_CLASS);
        self.own_us.start.push(0);
        self.kind.push(u32::MAX);
        self.given.start.push(0);
        number
    }

    /// The member's own instants in their class, in microseconds; those of others follow.
    pub(crate) fn own(&self, place: usize) -> &[i64] {
        self.own_us.of(place)
    }

    /// Keeps what a member's events add up to, and compiles it.
    pub(crate) fn set(&mut self, frame: &Frame, classes: &mut Classes, number: u32, state: MemberState) {
        let place = number as usize;
        let (kind, given) = Kind::apart(state.clone());
        let next = self.kinds.len() as u32;
        let kind = *self.by_kind.entry(kind).or_insert_with_key(|kind| {
            self.kinds.push((kind.clone(), given.len()));
            next
        });
        let room = self.kinds.get(self.kind[place] as usize).map_or(0, |(_, room)| *room);
        self.given.keep(place, room, given.into_iter());
        self.kind[place] = kind;
        let mut compiled = Compiled::default();
        compiled.add(frame, number, state, &mut HashMap::new());
        self.take(frame, classes, compiled);
    }

    /// Every class is another now: members are compiled again when they are asked about.
    pub(crate) fn forget_classes(&mut self) {
        self.own_us.all.clear();
        self.class.fill(STALE);
        self.stale = self.class.len();
    }

    /// Compiles those of some members who are stale.
    pub(crate) fn refresh(&mut self, frame: &Frame, classes: &mut Classes, members: impl Iterator<Item = u32>) {
        if self.stale == 0 {
            return;
        }
        let mut stale: Vec<u32> = members.filter(|number| self.class[*number as usize] == STALE).collect();
        stale.sort_unstable();
        stale.dedup();
        for lot in stale.chunks(LOT) {
            let compile = |run: &[u32]| {
                let (mut compiled, mut known) = (Compiled::default(), HashMap::new());
                for number in run {
                    let place = *number as usize;
                    let (kind, _) = &self.kinds[self.kind[place] as usize];
                    compiled.add(frame, *number, kind.member(self.given.of(place)), &mut known);
                }
                compiled
            };
            let compiled: Vec<Compiled> = lot.par_chunks(RUN).map(compile).collect();
            compiled.into_iter().for_each(|compiled| self.take(frame, classes, compiled));
        }
    }

    fn take(&mut self, frame: &Frame, classes: &mut Classes, compiled: Compiled) {
        let of_shape = |(shape, sample, instants): (Shape, MemberState, Vec<Timestamp>)| {
            classes.of(frame, shape, sample, &instants)
        };
        let of_shape: Vec<u32> = compiled.shapes.into_iter().map(of_shape).collect();
        for (number, found) in compiled.members {
            let place = number as usize;
            let before = self.class[place];
            self.stale -= usize::from(before == STALE);
            let Some((shape, instants)) = found else {
                (self.words[place], self.class[place]) = (Word::always(Code::ALLOW), NO_CLASS);
                continue;
            };
            let room = if before >= STALE { 0 } else { classes.get(before).own_len() };
            let class = classes.get(of_shape[shape]);
            self.own_us.keep(place, room, class.own_of(&instants));
            self.class[place] = of_shape[shape];
            self.words[place] = class.word(self.own_us.of(place));
        }
    }

    /// Makes the words of all members of the classes that changed.
    pub(crate) fn follow(&mut self, classes: &Classes, changed: &[bool]) {
        let Self { words, class, own_us, .. } = self;
        let members = words.par_iter_mut().zip(&*class).zip(&own_us.start).with_min_len(LOT);
        let has_changed = |class: u32| changed.get(class as usize).is_some_and(|changed| *changed);
        members.filter(|((_, class), _)| has_changed(**class)).for_each(|((word, class), start)| {
            *word = classes.get(*class).word(&own_us.all[*start as usize..]);
        });
    }

    /// Bytes in memory of all columns.
    pub(crate) fn bytes(&self) -> usize {
        let numbers = size_of_val(self.class.as_slice()) + size_of_val(self.kind.as_slice());
        size_of_val(self.words.as_slice()) + numbers + self.own_us.bytes() + self.given.bytes()
    }
}

impl Compiled {
    fn add(&mut self, frame: &Frame, number: u32, state: MemberState, known: &mut HashMap<Shape, usize>) {
        let found = frame.person_of(state).map(|person| {
            let instants = person.instants();
            let shape = person.shape(&instants);
            let place = known.get(&shape).copied().unwrap_or_else(|| {
                let place = self.shapes.len();
                known.insert(shape.clone(), place);
                self.shapes.push((shape, person.into_state(), instants.clone()));
                place
            });
            (place, instants)
        });
        self.members.push((number, found));
    }
}
