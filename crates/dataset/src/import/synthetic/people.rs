//! The synthetic members: name, home, age, work, and a way of writing that stays theirs.

use super::{
    names::{CULTURES, HOMES},
    phrases,
    topics::TOPICS,
};
use candor_core::{AccountKind, Member, MemberId};
use jiff::{Timestamp, civil::Date};
use rand::Rng;
use rand_chacha::ChaCha8Rng;

/// How a member writes.
#[derive(Debug, Clone)]
pub(super) struct Style {
    /// Main field, and a second one that they stray to.
    pub(super) topics: [usize; 2],
    pub(super) role: &'static str,
    pub(super) openers: Vec<usize>,
    pub(super) middles: Vec<usize>,
    pub(super) closers: Vec<usize>,
    pub(super) replies: Vec<usize>,
    pub(super) habits: Vec<usize>,
    pub(super) sign_off: Option<&'static str>,
    /// Sentences in the middle of a post, at least and at most.
    pub(super) length: (usize, usize),
    /// Whether every sentence is a paragraph.
    pub(super) airy: bool,
    /// Whether sentences end in exclamation marks now and then.
    pub(super) loud: bool,
}

/// One synthetic member.
#[derive(Debug, Clone)]
pub(super) struct Person {
    pub(super) member: Member,
    pub(super) style: Style,
    /// When the account is closed, if it is.
    pub(super) closed: Option<Timestamp>,
}

/// One of a slice; the slices here are never empty.
pub(super) fn pick<'a, T>(rng: &mut ChaCha8Rng, of: &'a [T]) -> Option<&'a T> {
    if of.is_empty() { None } else { of.get(rng.random_range(0..of.len())) }
}

fn some_of(rng: &mut ChaCha8Rng, length: usize, count: usize) -> Vec<usize> {
    (0..count).map(|_| rng.random_range(0..length)).collect()
}

fn name_of(rng: &mut ChaCha8Rng, list: &'static str) -> String {
    let names: Vec<&str> = list.split_whitespace().collect();
    pick(rng, &names).map_or_else(String::new, |name| name.replace('_', " "))
}

/// A handle out of a name: plain letters and digits.
fn handle(name: &str, number: usize) -> String {
    let plain: String = name.to_lowercase().chars().filter_map(plain_letter).collect();
    format!("{plain}{number}")
}

fn plain_letter(c: char) -> Option<char> {
    Some(match c {
        'a'..='z' => c,
        'á' | 'à' | 'ã' | 'â' | 'ä' | 'å' | 'ą' => 'a',
        'é' | 'è' | 'ê' | 'ë' | 'ě' | 'ę' => 'e',
        'í' | 'ì' | 'î' | 'ï' | 'ı' => 'i',
        'ó' | 'ò' | 'õ' | 'ô' | 'ö' | 'ø' => 'o',
        'ú' | 'ù' | 'û' | 'ü' | 'ů' => 'u',
        'ç' | 'č' | 'ć' => 'c',
        'ñ' | 'ń' => 'n',
        'š' | 'ş' | 'ś' => 's',
        'ł' => 'l',
        'ř' => 'r',
        'ý' => 'y',
        'ž' | 'ż' | 'ź' => 'z',
        'ğ' => 'g',
        ' ' | '-' => '.',
        _ => return None,
    })
}

/// The member with this number.
pub(super) fn person(rng: &mut ChaCha8Rng, number: usize) -> Person {
    let total: u32 = HOMES.iter().map(|home| home.1).sum();
    let mut at = rng.random_range(0..total);
    let home = HOMES.iter().find(|home| {
        let here = at < home.1;
        at = at.saturating_sub(home.1);
        here
    });
    let (residence, cultures) = home.map_or((None, &[0][..]), |home| (home.0, home.2));
    let culture = pick(rng, cultures).and_then(|at| CULTURES.get(*at));
    let (given, family) = culture.map_or(("Alex", "Reed"), |culture| (culture.given, culture.family));
    let name = format!("{} {}", name_of(rng, given), name_of(rng, family));
    let handle = handle(&name, number);
    let account = match rng.random_range(0..1_000) {
        0..10 => AccountKind::Bot,
        10..25 => AccountKind::Staff,
        _ => AccountKind::Human,
    };
    let closed = (rng.random_range(0..1_000) < 15).then(|| moment(rng, day(2024, 3, 1), day(2024, 11, 20)));
    let registered = moment(rng, day(2012, 1, 1), day(2024, if closed.is_some() { 2 } else { 11 }, 1));
    let birth_date = birth_date(rng);
    let member = Member {
        id: member_id(number),
        profile_url: Some(format!("https://members.example/in/{handle}")),
        handle: Some(handle),
        name,
        registered,
        residence: residence.map(str::to_owned),
        birth_date,
        account,
    };
    Person { member, style: style(rng), closed }
}

/// The identifier of the member with this number.
pub(super) fn member_id(number: usize) -> MemberId {
    match MemberId::new(format!("m{number:06}")) {
        Ok(id) => id,
        Err(_) => unreachable!("letters and digits make an identifier"),
    }
}

/// About 2 % minors at the end of 2024, 8 % without a date.
fn birth_date(rng: &mut ChaCha8Rng) -> Option<Date> {
    let year = match rng.random_range(0..100) {
        0..2 => rng.random_range(2007..2011),
        2..10 => return None,
        _ => rng.random_range(1955..2005),
    };
    Date::new(year, rng.random_range(1..13), rng.random_range(1..29)).ok()
}

fn style(rng: &mut ChaCha8Rng) -> Style {
    let topics = [rng.random_range(0..TOPICS.len()), rng.random_range(0..TOPICS.len())];
    let role = topics.first().and_then(|at| TOPICS.get(*at)).and_then(|topic| pick(rng, topic.roles));
    let short = rng.random_range(1..4);
    Style {
        topics,
        role: role.copied().unwrap_or("generalist"),
        openers: some_of(rng, phrases::OPENERS.len(), 7),
        middles: some_of(rng, phrases::MIDDLES.len(), 14),
        closers: some_of(rng, phrases::CLOSERS.len(), 6),
        replies: some_of(rng, phrases::REPLIES.len(), 6),
        habits: some_of(rng, phrases::HABITS.len(), 3),
        sign_off: if rng.random_range(0..100) < 35 { pick(rng, phrases::SIGN_OFFS).copied() } else { None },
        length: (short, short + rng.random_range(1..5)),
        airy: rng.random_range(0..100) < 25,
        loud: rng.random_range(0..100) < 12,
    }
}

/// The first moment of a day.
pub(super) fn day(year: i16, month: i8, day: i8) -> Timestamp {
    let date = Date::new(year, month, day).and_then(|date| date.to_zoned(jiff::tz::TimeZone::UTC));
    date.map_or(Timestamp::UNIX_EPOCH, |zoned| zoned.timestamp())
}

/// A moment between two, in whole seconds.
pub(super) fn moment(rng: &mut ChaCha8Rng, from: Timestamp, until: Timestamp) -> Timestamp {
    let (from, until) = (from.as_second(), until.as_second());
    let second = if until > from { rng.random_range(from..until) } else { from };
    Timestamp::from_second(second).unwrap_or(Timestamp::UNIX_EPOCH)
}
