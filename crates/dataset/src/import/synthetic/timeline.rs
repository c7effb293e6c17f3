//! What happens to a synthetic member around the notice of 2024-09-18: choices before and after it, objections and
//! their outcomes, moves told late, closed accounts.

use super::{
    SyntheticEvent,
    people::{Person, day, moment, pick},
};
use candor_core::Country;
use jiff::{Timestamp, ToSpan};
use rand::Rng;
use rand_chacha::ChaCha8Rng;

/// Where people move to.
const DESTINATIONS: [&str; 10] = ["DE", "US", "GB", "FR", "CA", "NL", "AU", "CH", "IE", "SG"];

type Events = Vec<(Timestamp, SyntheticEvent)>;

/// The events of one member, in no order.
pub(super) fn of_member(rng: &mut ChaCha8Rng, person: &Person) -> Events {
    let end = person.closed.unwrap_or(day(2024, 11, 30));
    let member = &person.member.id;
    let mut events = Events::new();
    notice(rng, person, end, &mut events);
    choices(rng, person, end, &mut events);
    objection(rng, person, end, &mut events);
    if rng.random_range(0..100) < 2 {
        moved(rng, person, end, &mut events);
    }
    if let Some(closed) = person.closed {
        events.push((closed, SyntheticEvent::AccountClosed { member: member.clone() }));
    }
    events
}

/// The notice goes out over some hours; it reaches about 97 % and bounces for some of the rest.
fn notice(rng: &mut ChaCha8Rng, person: &Person, end: Timestamp, events: &mut Events) {
    let sent = day(2024, 9, 18);
    let at = moment(rng, sent, after(sent, 12)).max(after(person.member.registered, 1));
    let member = person.member.id.clone();
    let event = match rng.random_range(0..100) {
        0..97 => SyntheticEvent::NoticeDelivered { member },
        97..99 => SyntheticEvent::NoticeBounced { member },
        _ => return,
    };
    if at < end {
        events.push((at, event));
    }
}

/// Some find the setting before the notice, more after it; a few change their mind.
fn choices(rng: &mut ChaCha8Rng, person: &Person, end: Timestamp, events: &mut Events) {
    if rng.random_range(0..100) >= 9 {
        return;
    }
    let (from, until) = match rng.random_range(0..10) {
        0..3 => (day(2024, 8, 20), day(2024, 9, 18)),
        _ => (day(2024, 9, 18), day(2024, 11, 20)),
    };
    let off = moment(rng, from, until).max(after(person.member.registered, 1));
    if off >= end {
        return;
    }
    let scope = match rng.random_range(0..100) {
        0..80 => None,
        80..92 => Some("retract"),
        _ => Some("future_records"),
    };
    let member = person.member.id.clone();
    events.push((off, SyntheticEvent::ChoiceOff { member: member.clone(), scope }));
    let on = moment(rng, after(off, 24), end);
    if rng.random_range(0..100) < 15 && on < end && on > off {
        events.push((on, SyntheticEvent::ChoiceOn { member }));
    }
}

fn objection(rng: &mut ChaCha8Rng, person: &Person, end: Timestamp, events: &mut Events) {
    if rng.random_range(0..1_000) >= 15 {
        return;
    }
    let member = &person.member.id;
    let filed = moment(rng, day(2024, 9, 19), day(2024, 10, 25));
    let purposes = match rng.random_range(0..3) {
        0 => vec!["generative_training"],
        1 => vec!["moderation", "personalization"],
        _ => vec!["generative_training", "personalization"],
    };
    // Objections name only members who are there by then.
    if filed >= end || filed <= person.member.registered {
        return;
    }
    events.push((filed, SyntheticEvent::ObjectionFiled { member: member.clone(), purposes }));
    let decided = after(filed, rng.random_range(10 * 24..28 * 24));
    let outcome = match rng.random_range(0..10) {
        0..4 => SyntheticEvent::ObjectionUpheld { member: member.clone() },
        4..7 => SyntheticEvent::ObjectionRefused { member: member.clone() },
        _ => return,
    };
    if decided < end {
        events.push((decided, outcome));
    }
}

/// A move that the platform learns of some weeks late.
fn moved(rng: &mut ChaCha8Rng, person: &Person, end: Timestamp, events: &mut Events) {
    let from = day(2024, 6, 1).max(after(person.member.registered, 1));
    let valid = moment(rng, from, day(2024, 11, 15));
    let told = after(valid, rng.random_range(0..60 * 24));
    let home = pick(rng, &DESTINATIONS).and_then(|code| Country::parse(code));
    if let Some(residence) = home
        && told < end
        && person.member.residence.as_deref() != Some(residence.as_str())
    {
        events.push((told, SyntheticEvent::Moved { member: person.member.id.clone(), residence, valid }));
    }
}

fn after(t: Timestamp, hours: i64) -> Timestamp {
    t.checked_add(hours.hours()).unwrap_or(t)
}
