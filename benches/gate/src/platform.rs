//! The platform that is decided about: five rules, fifty countries, members and records drawn from a fixed seed.

use anyhow::Result;
use candor_core::{
    Event, Frame, History, Logged, MemberId, PurposeKey, Query, RecipientKey, RecordFacts, RecordKind, RuleBook, Seq,
    Visibility,
};
use jiff::Timestamp;

/// The question's time.
pub const NOW: i64 = 1_720_000_000;
const CODES: [&str; 50] = [
    "AT", "BE", "BG", "HR", "CY", "CZ", "DK", "EE", "FI", "FR", "DE", "GR", "HU", "IE", "IT", "GB", "US", "CA", "MX",
    "BR", "AR", "CL", "CO", "PE", "UY", "AU", "NZ", "JP", "KR", "SG", "MY", "TH", "VN", "PH", "ID", "IN", "PK", "BD",
    "LK", "NP", "ZA", "NG", "KE", "GH", "EG", "MA", "TN", "IL", "TR", "AE",
];

/// The five rules: jurisdiction, setting, objection, notice, age.
const BOOK: &str = r#"
name = "five-rules"
title = "Five rules"
[[purpose]]
key = "p"
kind = "generative_training"
title = "P"
records = ["post"]
visibility = ["public"]
source = "s"
date = "2024-01-01"
[[recipient]]
key = "self"
kind = "self"
source = "s"
date = "2024-01-01"
[[rule]]
name = "open"
purposes = ["p"]
regions = ["*"]
status = "open"
mechanism = "opt_out"
min_age = 18
source = "s"
date = "2024-01-01"
[[rule]]
name = "excluded"
purposes = ["p"]
regions = ["AT", "BE", "BG", "HR", "CY", "CZ", "DK", "EE", "FI", "FR", "DE", "GR", "HU", "IE", "IT"]
status = "excluded"
mechanism = "opt_out"
source = "s"
date = "2024-01-01"
[[rule]]
name = "paused"
purposes = ["p"]
regions = ["GB"]
status = "paused"
mechanism = "opt_out"
source = "s"
date = "2024-01-01"
[[policy]]
policy = "v1"
effective_from = "2020-01-01"
discloses = [{ purpose = "p", recipient = "self", covers_past_from = "none" }]
source = "s"
date = "2024-01-01"
"#;

/// xorshift64: the same draw on every machine.
pub struct Draw(pub u64);

impl Draw {
    /// The next number.
    pub fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }
}

/// What the five rules ask of a member.
#[derive(Clone, Copy)]
pub struct Facts {
    pub country: usize,
    pub off: bool,
    pub objected: bool,
    /// When the member was told, in microseconds.
    pub told_us: i64,
    pub minor: bool,
    /// Off and on again: two stretches of eligible times. Outside the five rules.
    pub twice: bool,
}

impl Facts {
    /// A member of the fixed draw.
    pub fn draw(draw: &mut Draw, twice: bool) -> Self {
        let r = draw.next();
        Self {
            country: (r % 50) as usize,
            off: (r >> 8) & 15 == 0,
            objected: (r >> 16) & 63 == 0,
            told_us: (1_700_000_000 + ((r >> 24) & 0xff_ffff) as i64) * 1_000_000 + (r >> 50) as i64,
            minor: (r >> 40) & 31 == 0,
            twice: twice && draw.next() % 50 == 0,
        }
    }

    /// The status of the member's country, as the other engines are told it.
    pub fn status(self) -> &'static str {
        match self.country {
            0..15 => "excluded",
            15 => "paused",
            _ => "open",
        }
    }

    /// From when the member is of age, in seconds.
    pub fn adult_from(self) -> i64 {
        let date = if self.minor { "2030-01-01T00:00:00Z" } else { "1998-01-01T00:00:00Z" };
        date.parse::<Timestamp>().map_or(i64::MAX, Timestamp::as_second)
    }

    /// The member's events.
    pub fn events(self, member: &MemberId) -> Vec<Logged> {
        let at = |us: i64, event: Event| Logged {
            seq: Seq(1),
            t: Timestamp::from_microsecond(us).unwrap_or(Timestamp::MAX),
            t_valid: None,
            event,
        };
        let born = if self.minor { "2012-01-01" } else { "1980-01-01" };
        let registered = Event::MemberRegistered {
            member: member.clone(),
            residence: Some(CODES[self.country].to_owned()),
            birth_date: born.parse().ok(),
            account: candor_core::AccountKind::Human,
        };
        let policy = "v1".parse().expect("a name");
        let mut events = vec![
            at(1_600_000_000_000_000, registered),
            at(self.told_us, Event::NoticeDelivered { member: member.clone(), policy, channel: None }),
        ];
        if self.twice {
            events.push(at(1_705_000_000_500_000, choice(member, false, Some("future_records"))));
            events.push(at(1_708_000_000_250_000, choice(member, true, None)));
        }
        if self.off {
            events.push(at(1_718_000_000_500_000, choice(member, false, None)));
        }
        if self.objected {
            let objection: candor_core::ObjectionId = "o".parse().expect("a name");
            let filed = Event::ObjectionFiled {
                member: member.clone(),
                objection: objection.clone(),
                purposes: vec![purpose()],
                needs_identity: false,
            };
            events.push(at(1_717_000_000_000_000, filed));
            events.push(at(1_717_500_000_000_000, Event::ObjectionUpheld { objection }));
        }
        events
    }
}

/// A choice, as it comes in from a page.
pub fn choice(member: &MemberId, on: bool, scope: Option<&str>) -> Event {
    let json = serde_json::json!({"type": "choice_set", "member": member, "purpose": "p", "value": if on { "on" } else { "off" }, "scope": scope});
    serde_json::from_value(json).expect("a choice")
}

fn purpose() -> PurposeKey {
    "p".parse().expect("a name")
}

/// A member's name by number.
pub fn member(n: usize) -> MemberId {
    MemberId::new(format!("m{n:07}")).expect("a name")
}

/// The frame of the five rules, with or without one more country paused, under an age and a window of days.
pub fn frame(paused: Option<&str>, min_age: u8, window_days: u16) -> Result<Frame> {
    let mut history = History::new(RuleBook::parse(BOOK)?);
    let rule = serde_json::json!({"type": "rule_set", "rule": {"name": "tonight", "purposes": ["p"],
        "regions": [paused.unwrap_or("GB")], "status": "paused", "mechanism": "opt_out", "min_age": min_age,
        "notice_window_days": window_days, "source": "s", "date": "2024-01-01"}});
    let t = Timestamp::from_second(1_600_000_000)?;
    history.push(Logged { seq: Seq(1), t, t_valid: None, event: serde_json::from_value(rule)? })?;
    let query =
        Query { purpose: purpose(), recipient: RecipientKey::own(), at: Timestamp::from_second(NOW)?, as_of: Seq(1) };
    Ok(Frame::new(&history, &query))
}

/// A record.
pub fn record(member: MemberId, draw: &mut Draw) -> RecordFacts {
    let created = Timestamp::from_microsecond(1_690_000_000_000_000 + (draw.next() % 30_000_000_000_000) as i64)
        .unwrap_or(Timestamp::MAX);
    RecordFacts {
        member,
        kind: RecordKind::Post,
        created,
        edited: created,
        visibility: Visibility::Public,
        deleted: false,
        superseded: false,
        held: false,
        subjects: Vec::new(),
    }
}
