//! A synthetic professional network, for trying the whole way without anyone's data: members of many countries, posts
//! in their own ways of writing, choices, objections, moves, and personal data planted at known places with the truth
//! kept beside. The same configuration gives the same network, byte for byte. Texts are made one at a time as the stream is
//! read and are never all held.

mod names;
mod people;
mod phrases;
mod planted;
mod text;
mod timeline;
mod topics;

pub use planted::{PlantedTruth, write_truth};

use candor_core::{Country, Member, MemberId, Record, RecordId, RecordKind, Visibility};
use jiff::{Timestamp, ToSpan};
use people::{Person, day, moment, pick};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};

/// Name of the source in the identifiers of records.
pub const SOURCE: &str = "synthetic";
/// Most members that are made.
pub const MAX_MEMBERS: usize = 1_000_000;
/// Most records that are made.
pub const MAX_RECORDS: usize = 50_000_000;

/// What network to make.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SyntheticConfig {
    /// How many members; at least one, at most [`MAX_MEMBERS`].
    pub members: usize,
    /// How many records; at most [`MAX_RECORDS`].
    pub records: usize,
    /// What all chance comes from.
    pub seed: u64,
}

impl Default for SyntheticConfig {
    fn default() -> Self {
        Self { members: 2_000, records: 20_000, seed: 1 }
    }
}

/// One thing that happens in the network.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SyntheticItem {
    /// When.
    pub t: Timestamp,
    /// What.
    pub what: What,
    /// Personal data planted in the record, if it is one.
    pub truth: Vec<PlantedTruth>,
}

/// What can happen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum What {
    /// Someone registers.
    Member(Member),
    /// Something is written.
    Record(Record),
    /// Something is decided or told.
    Event(SyntheticEvent),
}

/// What is decided or told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum SyntheticEvent {
    /// A member turns the use of their data off.
    ChoiceOff {
        /// Who.
        member: MemberId,
        /// `retract`, `future_records`, or none for what the rule book says.
        scope: Option<&'static str>,
    },
    /// A member turns it on.
    ChoiceOn {
        /// Who.
        member: MemberId,
    },
    /// The notice of the policy of 2024-09-18 reached a member.
    NoticeDelivered {
        /// Whom.
        member: MemberId,
    },
    /// It did not reach a member.
    NoticeBounced {
        /// Whom.
        member: MemberId,
    },
    /// A member files the objection form.
    ObjectionFiled {
        /// Who.
        member: MemberId,
        /// Against what.
        purposes: Vec<&'static str>,
    },
    /// The objection of a member is upheld.
    ObjectionUpheld {
        /// Whose.
        member: MemberId,
    },
    /// The objection of a member is refused.
    ObjectionRefused {
        /// Whose.
        member: MemberId,
    },
    /// A member lives elsewhere.
    Moved {
        /// Who.
        member: MemberId,
        /// Where.
        residence: Country,
        /// Since when; it may have been told late.
        valid: Timestamp,
    },
    /// An account is closed.
    AccountClosed {
        /// Whose.
        member: MemberId,
    },
    /// A record is deleted.
    RecordDeleted {
        /// Which.
        record: RecordId,
    },
    /// A record has a new version.
    RecordEdited {
        /// The new version, under the same identifier.
        record: Box<Record>,
    },
}

/// A record to come, without its text.
#[derive(Debug, Clone, Copy)]
struct Plan {
    t: Timestamp,
    author: u32,
    kind: RecordKind,
    visibility: Visibility,
    /// What the text is made from; a copy has another record's.
    text: u64,
    /// The author whose text it is.
    voice: u32,
}

/// What the stream yields next, in order of time.
#[derive(Debug, Clone)]
enum Step {
    Member(u32),
    Record(u32),
    Edited(u32),
    Event(SyntheticEvent),
}

/// The stream of everything that happens, in order of time.
pub struct Synthetic {
    seed: u64,
    people: Vec<Person>,
    plans: Vec<Plan>,
    steps: std::vec::IntoIter<(Timestamp, Step)>,
}

/// Randomness of its own for each thing, so that none depends on the order of making.
fn rng(seed: u64, what: u64, number: u64) -> ChaCha8Rng {
    // An odd multiplier mixes the three without a collision in practice.
    let mixed = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ (what << 56) ^ number.wrapping_mul(0xff51_afd7_ed55_8ccd);
    ChaCha8Rng::seed_from_u64(mixed)
}

impl Synthetic {
    /// Plans the network; texts are made later.
    #[must_use]
    pub fn new(config: SyntheticConfig) -> Self {
        let members = config.members.clamp(1, MAX_MEMBERS);
        let records = config.records.min(MAX_RECORDS);
        let people: Vec<Person> = (0..members).map(|n| people::person(&mut rng(config.seed, 1, n as u64), n)).collect();
        let plans = plan(config.seed, &people, records);
        let mut steps: Vec<(Timestamp, Step)> = Vec::with_capacity(members * 2 + records);
        for (n, person) in (0_u32..).zip(&people) {
            steps.push((person.member.registered, Step::Member(n)));
            let events = timeline::of_member(&mut rng(config.seed, 2, u64::from(n)), person);
            steps.extend(events.into_iter().map(|(t, event)| (t, Step::Event(event))));
        }
        for (n, plan) in (0_u32..).zip(&plans) {
            steps.push((plan.t, Step::Record(n)));
            let later = |rng: &mut ChaCha8Rng| {
                moment(rng, plan.t.saturating_add(1.hour()).unwrap_or(plan.t), day(2024, 11, 30))
            };
            let mut rng = rng(config.seed, 3, u64::from(n));
            match rng.random_range(0..1_000) {
                0..10 => {
                    steps.push((later(&mut rng), Step::Event(SyntheticEvent::RecordDeleted { record: record_id(n) })))
                }
                10..25 => steps.push((later(&mut rng), Step::Edited(n))),
                _ => {}
            }
        }
        let order = |step: &Step| match step {
            Step::Member(_) => 0,
            Step::Record(_) => 1,
            Step::Edited(_) | Step::Event(_) => 2,
        };
        steps.sort_by_key(|(t, step)| (*t, order(step)));
        Self { seed: config.seed, people, plans, steps: steps.into_iter() }
    }

    /// The record with this number and what is planted in it.
    fn record(&self, number: u32) -> Option<(Record, Vec<PlantedTruth>)> {
        let plan = self.plans.get(number as usize)?;
        let author = self.people.get(plan.author as usize)?;
        let voice = self.people.get(plan.voice as usize)?;
        let mut rng = rng(self.seed, 5, plan.text);
        let pieces = self.pieces(&mut rng, voice);
        let written = text::write(&mut rng, voice, plan.kind, pieces);
        let id = record_id(number);
        let truth = written.planted.iter().map(|(kind, span)| PlantedTruth {
            record: id.clone(),
            kind: (*kind).to_owned(),
            start: span.start,
            end: span.end,
            value: written.text.get(span.start..span.end).unwrap_or_default().to_owned(),
        });
        let truth = truth.collect();
        let thread = (plan.kind == RecordKind::Comment).then(|| self.thread(number)).flatten();
        let record = Record {
            id,
            member: author.member.id.clone(),
            kind: plan.kind,
            created: plan.t,
            edited: plan.t,
            visibility: plan.visibility,
            source: SOURCE.to_owned(),
            thread,
            language: Some("en".to_owned()),
            license: None,
            title: written.title,
            text: written.text,
        };
        Some((record, truth))
    }

    /// Personal data in about 6 % of the texts, mentions of others in about 9 %.
    fn pieces(&self, rng: &mut ChaCha8Rng, voice: &Person) -> Vec<planted::Planted> {
        let mut pieces = Vec::new();
        if rng.random_range(0..100) < 6 {
            pieces.push(planted::structured(rng, voice));
        }
        if rng.random_range(0..100) < 9
            && let Some(other) = pick(rng, &self.people)
        {
            pieces.push(planted::mention(rng, other));
        }
        pieces
    }

    /// The post or article before this record that it stands under.
    fn thread(&self, number: u32) -> Option<RecordId> {
        let mut rng = rng(self.seed, 6, u64::from(number));
        (0..20).find_map(|_| {
            let at = rng.random_range(0..number.max(1));
            let plan = self.plans.get(at as usize)?;
            let is_before = at < number && matches!(plan.kind, RecordKind::Post | RecordKind::Article);
            is_before.then(|| record_id(at))
        })
    }

    fn edited(&self, number: u32, t: Timestamp) -> Option<(SyntheticEvent, Vec<PlantedTruth>)> {
        let (mut record, truth) = self.record(number)?;
        record.edited = t.max(record.created);
        record.text.push_str(" Edit: thanks for all the answers.");
        Some((SyntheticEvent::RecordEdited { record: Box::new(record) }, truth))
    }
}

impl Iterator for Synthetic {
    type Item = SyntheticItem;

    fn next(&mut self) -> Option<SyntheticItem> {
        let (t, step) = self.steps.next()?;
        let (what, truth) = match step {
            Step::Member(n) => (What::Member(self.people.get(n as usize)?.member.clone()), Vec::new()),
            Step::Record(n) => self.record(n).map(|(record, truth)| (What::Record(record), truth))?,
            Step::Edited(n) => self.edited(n, t).map(|(event, truth)| (What::Event(event), truth))?,
            Step::Event(event) => (What::Event(event), Vec::new()),
        };
        Some(SyntheticItem { t, what, truth })
    }
}

/// The identifier of the record with this number.
fn record_id(number: u32) -> RecordId {
    RecordId::derive(SOURCE, &format!("r{number}"))
}

/// All records without their texts, in order of time. A few members write much, most write little.
fn plan(seed: u64, people: &[Person], records: usize) -> Vec<Plan> {
    let mut rng = rng(seed, 4, 0);
    let (from, until) = (day(2021, 1, 1), day(2024, 11, 30));
    let mut plans: Vec<Plan> = Vec::with_capacity(records);
    for number in 0..records {
        let share: f64 = rng.random();
        let author = ((share * share * people.len() as f64) as usize).min(people.len().saturating_sub(1));
        let Some(person) = people.get(author) else { continue };
        let t = moment(&mut rng, person.member.registered.max(from), person.closed.unwrap_or(until));
        let mut plan = Plan {
            t,
            author: u32::try_from(author).unwrap_or(0),
            kind: kind(&mut rng),
            visibility: visibility(&mut rng),
            text: number as u64,
            voice: u32::try_from(author).unwrap_or(0),
        };
        // About 3 % are exact copies of something else.
        if rng.random_range(0..100) < 3
            && let Some(original) = pick(&mut rng, &plans)
        {
            (plan.text, plan.voice, plan.kind) = (original.text, original.voice, original.kind);
        }
        plans.push(plan);
    }
    plans.sort_by_key(|plan| plan.t);
    plans
}

fn kind(rng: &mut ChaCha8Rng) -> RecordKind {
    match rng.random_range(0..100) {
        0..50 => RecordKind::Post,
        50..76 => RecordKind::Comment,
        76..84 => RecordKind::Article,
        84..90 => RecordKind::Feedback,
        90..96 => RecordKind::UsageEvent,
        96..98 => RecordKind::Profile,
        _ => RecordKind::PrivateMessage,
    }
}

fn visibility(rng: &mut ChaCha8Rng) -> Visibility {
    match rng.random_range(0..100) {
        0..55 => Visibility::Public,
        55..80 => Visibility::Members,
        80..95 => Visibility::Connections,
        _ => Visibility::Private,
    }
}
