//! The rows of a rule book: purposes, recipients, regions, rules, policy versions, signals.

use crate::{
    choice::Scope,
    country::Country,
    id::{PolicyId, PurposeKey, RecipientKey},
    record::{RecordKind, Visibility},
};
use jiff::{Timestamp, civil::Date};
use serde::{Deserialize, Serialize};

/// What sort of use a purpose is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PurposeKind {
    /// Training models that create content.
    GenerativeTraining,
    /// Features that create content.
    GenerativeFeatures,
    /// Finding abuse.
    Moderation,
    /// Ranking and suggesting.
    Personalization,
    /// Handing data to others.
    Sharing,
}

/// What a pending objection does to a purpose.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PendingObjection {
    /// The purpose stops for the member until the objection is decided (GDPR Art. 18(1)(d)).
    #[default]
    Restrict,
    /// It goes on, on a written ground.
    Continue,
}

/// One purpose.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Purpose {
    /// Its key.
    pub key: PurposeKey,
    /// What sort of use it is.
    pub kind: PurposeKind,
    /// Words for pages.
    pub title: String,
    /// Kinds of record it covers; the kinds that are never used are refused here.
    pub records: Vec<RecordKind>,
    /// Audiences whose records it may use.
    pub visibility: Vec<Visibility>,
    /// What a pending objection does.
    #[serde(default)]
    pub pending: PendingObjection,
    /// The written ground that `pending = "continue"` needs.
    #[serde(default)]
    pub ground: Option<String>,
    /// Where the row comes from.
    pub source: String,
    /// When it was checked.
    pub date: Date,
}

/// What sort of recipient it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RecipientKind {
    /// The platform.
    #[serde(rename = "self")]
    Own,
    /// A company of the same group.
    Affiliate,
    /// A provider that works on the platform's behalf.
    Processor,
}

/// A named set of countries, with the time from which a country is in it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RegionSet {
    /// Its name, used in rules as `@name`.
    pub name: String,
    /// Countries in it.
    pub countries: Vec<Country>,
    /// From when; always if absent.
    #[serde(default)]
    pub from: Option<Timestamp>,
    /// Where the row comes from.
    pub source: String,
    /// When it was checked.
    pub date: Date,
}

/// What holds in a region.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// Members may be used, under the rule's mechanism.
    Open,
    /// Not for now.
    Paused,
    /// Not at all.
    Excluded,
}

/// How a member's say works. The later of two is the stricter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mechanism {
    /// No switch; only an objection stops it.
    Necessary,
    /// On until turned off.
    OptOut,
    /// Off until turned on.
    OptIn,
}

/// Which of a member's places the rule asks.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ResidenceRule {
    /// Where they live now and where they lived when the record was written; the stricter wins.
    #[default]
    Strictest,
    /// Only where they live now.
    Now,
}

/// What happens to older records when a region opens.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Backlog {
    /// Older records may be used.
    #[default]
    All,
    /// Only records written after the opening.
    None,
    /// Records written from this time on.
    From(Timestamp),
}

/// What happens when a member who is left out is in somebody else's record.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SubjectRule {
    /// Their spans are redacted.
    #[default]
    Redact,
    /// The record is left out.
    Strict,
}

/// Whether members must have been told.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NoticeRule {
    /// No delivery is asked for.
    None,
    /// A delivery of the latest material version is asked for.
    #[default]
    Required,
}

/// Whether evidence of age is asked for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AgeEvidence {
    /// A member of unknown age may be used.
    NotRequired,
    /// A member of unknown age is left out.
    #[default]
    Required,
}

/// What holds for a purpose, a recipient and a region, for a time. Where several rows hold, the strictest wins.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// Name for explanations.
    pub name: String,
    /// Purposes it is about.
    pub purposes: Vec<PurposeKey>,
    /// Recipients: keys, or `*` for all.
    #[serde(default = "all")]
    pub recipients: Vec<String>,
    /// Regions: country codes, `@set`, `*` for every known place, `any` for unknown places too.
    pub regions: Vec<String>,
    /// What holds.
    pub status: Status,
    /// How a member's say works.
    pub mechanism: Mechanism,
    /// Age in years under which members are left out.
    #[serde(default)]
    pub min_age: Option<u8>,
    /// Whether evidence of age is asked for.
    #[serde(default)]
    pub age_evidence: AgeEvidence,
    /// Whether members must have been told.
    #[serde(default)]
    pub notice: NoticeRule,
    /// Days between delivery and first use.
    #[serde(default)]
    pub notice_window_days: u16,
    /// Which places are asked.
    #[serde(default)]
    pub residence: ResidenceRule,
    /// What an opening does to older records.
    #[serde(default)]
    pub backlog: Backlog,
    /// What a left-out member in somebody else's record does.
    #[serde(default)]
    pub subjects: SubjectRule,
    /// Scope of "off" when the member picks none.
    #[serde(default = "future_use")]
    pub off_scope: Scope,
    /// From when it holds; always if absent.
    #[serde(default)]
    pub from: Option<Timestamp>,
    /// Until when it holds; for ever if absent.
    #[serde(default)]
    pub to: Option<Timestamp>,
    /// Where the row comes from.
    pub source: String,
    /// When it was checked.
    pub date: Date,
}

fn all() -> Vec<String> {
    vec!["*".into()]
}

/// Whether two lists hold the same things, in any order.
fn same<T: Ord>(a: &[T], b: &[T]) -> bool {
    a.len() == b.len() && a.iter().all(|x| b.contains(x)) && b.iter().all(|x| a.contains(x))
}

fn future_use() -> Scope {
    Scope::FutureUse
}

impl Rule {
    /// Whether the row is about the same purposes, recipients and regions as another, in any order, so that the later
    /// replaces the earlier.
    #[must_use]
    pub fn same_place(&self, other: &Self) -> bool {
        same(&self.purposes, &other.purposes)
            && same(&self.recipients, &other.recipients)
            && same(&self.regions, &other.regions)
    }

    /// Whether it holds at no time.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.to.is_some_and(|to| self.from.is_some_and(|from| to <= from))
    }

    /// Whether two rows of the same place hold at one time with different terms. Rows of overlapping places, such as
    /// `*` and one country, contradict nothing: the stricter holds.
    #[must_use]
    pub fn contradicts(&self, other: &Self) -> bool {
        let starts_before = |a: &Self, b: &Self| a.from.is_none_or(|from| b.to.is_none_or(|to| from < to));
        self.same_place(other)
            && starts_before(self, other)
            && starts_before(other, self)
            && self.terms() != other.terms()
    }

    /// The row without what only says where it comes from and when it holds.
    fn terms(&self) -> Self {
        let empty = Self { name: String::new(), source: String::new(), date: Date::ZERO, ..self.clone() };
        Self { purposes: Vec::new(), recipients: Vec::new(), regions: Vec::new(), from: None, to: None, ..empty }
    }

    /// Whether it is about this purpose and recipient.
    #[must_use]
    pub fn is_about(&self, purpose: &PurposeKey, recipient: &RecipientKey) -> bool {
        self.purposes.contains(purpose) && self.recipients.iter().any(|r| r == "*" || r == recipient.as_str())
    }
}

/// How far into the past a disclosure reaches.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum CoversPast {
    /// Only what is written after the member was told.
    #[default]
    None,
    /// What is written from this time on.
    From(Timestamp),
    /// Everything.
    Beginning,
}

impl CoversPast {
    /// Whether something written at `t` is covered although the member was told later.
    #[must_use]
    pub fn covers(self, t: Timestamp) -> bool {
        match self {
            Self::None => false,
            Self::From(from) => from <= t,
            Self::Beginning => true,
        }
    }
}

impl TryFrom<String> for CoversPast {
    type Error = String;
    fn try_from(text: String) -> Result<Self, String> {
        match text.as_str() {
            "none" => Ok(Self::None),
            "beginning" => Ok(Self::Beginning),
            date => parse_moment(date).map(Self::From),
        }
    }
}

impl From<CoversPast> for String {
    fn from(covers: CoversPast) -> String {
        match covers {
            CoversPast::None => "none".into(),
            CoversPast::From(from) => from.to_string(),
            CoversPast::Beginning => "beginning".into(),
        }
    }
}

/// Reads `2024-09-18` (midnight UTC) or `2024-09-18T10:00:00Z`.
fn parse_moment(text: &str) -> Result<Timestamp, String> {
    if let Ok(moment) = text.parse::<Timestamp>() {
        return Ok(moment);
    }
    let date = text.parse::<Date>().map_err(|_| format!("`{text}` is no date; write `2024-09-18` or a full time"))?;
    Ok(midnight(date))
}

/// The first moment of a day in UTC.
#[must_use]
pub fn midnight(date: Date) -> Timestamp {
    date.to_zoned(jiff::tz::TimeZone::UTC).map_or(Timestamp::MAX, |zoned| zoned.timestamp())
}

/// One line of what a policy version tells members.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Disclosure {
    /// The purpose that is told.
    pub purpose: PurposeKey,
    /// The recipient that is told.
    pub recipient: RecipientKey,
    /// How far into the past it reaches.
    #[serde(default)]
    pub covers_past_from: CoversPast,
}

/// One published version of the policy text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Policy {
    /// Its name, such as `2024-09-18`.
    pub policy: PolicyId,
    /// From when it is in force.
    #[serde(deserialize_with = "moment")]
    pub effective_from: Timestamp,
    /// Whether members must be told anew.
    #[serde(default = "yes")]
    pub material: bool,
    /// What it tells.
    pub discloses: Vec<Disclosure>,
    /// Where the row comes from; required in a rule book.
    #[serde(default)]
    pub source: Option<String>,
    /// When it was checked; required in a rule book.
    #[serde(default)]
    pub date: Option<Date>,
}

fn yes() -> bool {
    true
}

fn moment<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Timestamp, D::Error> {
    let text = String::deserialize(deserializer)?;
    parse_moment(&text).map_err(serde::de::Error::custom)
}

/// What a technical signal means.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SignalRule {
    /// The signal, such as `gpc`.
    pub signal: String,
    /// Purposes that it stops; all if absent.
    #[serde(default)]
    pub purposes: Option<Vec<PurposeKey>>,
    /// Kinds of recipient that it stops.
    pub recipients: Vec<RecipientKind>,
    /// Where the row comes from.
    pub source: String,
    /// When it was checked.
    pub date: Date,
}
