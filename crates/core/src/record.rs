//! One collected item and the facts about it that the gate asks for.
//! The text of a record is carried, never looked at here.

use crate::id::{MemberId, RecordId};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// A range of bytes in a text, `start..end`, on character boundaries.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(from = "(usize, usize)", into = "(usize, usize)")]
pub struct Span {
    /// First byte.
    pub start: usize,
    /// One past the last byte.
    pub end: usize,
}

impl From<(usize, usize)> for Span {
    fn from((start, end): (usize, usize)) -> Self {
        Self { start, end }
    }
}

impl From<Span> for (usize, usize) {
    fn from(span: Span) -> Self {
        (span.start, span.end)
    }
}

/// What kind of item a record is. The last five are never used for anything, whatever a rule book says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RecordKind {
    /// A short text in the feed.
    Post,
    /// A long text with a title.
    Article,
    /// An answer under someone's record.
    Comment,
    /// A poll or an answer to one.
    Poll,
    /// Thumbs up or down, a support request, a report.
    Feedback,
    /// A trace of use.
    UsageEvent,
    /// Text of a member's profile.
    Profile,
    /// What a member asked the assistant.
    Prompt,
    /// A private message; never used.
    PrivateMessage,
    /// A password, key or token; never used.
    Credential,
    /// Payment data; never used.
    Payment,
    /// Salary data; never used.
    Salary,
    /// A job application; never used.
    JobApplication,
}

impl RecordKind {
    /// All kinds, in the order of declaration.
    pub const ALL: [Self; 13] = [
        Self::Post,
        Self::Article,
        Self::Comment,
        Self::Poll,
        Self::Feedback,
        Self::UsageEvent,
        Self::Profile,
        Self::Prompt,
        Self::PrivateMessage,
        Self::Credential,
        Self::Payment,
        Self::Salary,
        Self::JobApplication,
    ];

    /// The name in files and in the API.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Post => "post",
            Self::Article => "article",
            Self::Comment => "comment",
            Self::Poll => "poll",
            Self::Feedback => "feedback",
            Self::UsageEvent => "usage_event",
            Self::Profile => "profile",
            Self::Prompt => "prompt",
            Self::PrivateMessage => "private_message",
            Self::Credential => "credential",
            Self::Payment => "payment",
            Self::Salary => "salary",
            Self::JobApplication => "job_application",
        }
    }

    /// The kind with this name, if there is one.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == name)
    }

    /// Whether no purpose may ever cover it.
    #[must_use]
    pub fn is_never_used(self) -> bool {
        match self {
            Self::PrivateMessage | Self::Credential | Self::Payment | Self::Salary | Self::JobApplication => true,
            Self::Post
            | Self::Article
            | Self::Comment
            | Self::Poll
            | Self::Feedback
            | Self::UsageEvent
            | Self::Profile
            | Self::Prompt => false,
        }
    }
}

/// Who can see a record on the platform.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Visibility {
    /// Anyone.
    Public,
    /// Every signed-in member.
    Members,
    /// The author's connections.
    Connections,
    /// The author, or a closed circle.
    Private,
}

impl Visibility {
    /// The name in files and in the API.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Public => "public",
            Self::Members => "members",
            Self::Connections => "connections",
            Self::Private => "private",
        }
    }

    /// The visibility with this name; an unknown name is no visibility, and so not visible.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Public, Self::Members, Self::Connections, Self::Private].into_iter().find(|v| v.as_str() == name)
    }
}

/// How someone other than the author is in a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SubjectRole {
    /// Named.
    Mention,
    /// Quoted; the spans are the whole quote.
    Quote,
    /// Answered.
    Reply,
    /// Tagged.
    Tag,
}

/// Another member who is in a record, and where.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Subject {
    /// Who it is.
    pub member: MemberId,
    /// Where in the text.
    pub spans: Vec<Span>,
    /// In which role.
    pub role: SubjectRole,
}

/// One collected item, as importers hand it on and the store keeps it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    /// Its identifier, stable across imports.
    pub id: RecordId,
    /// The author.
    pub member: MemberId,
    /// What it is.
    pub kind: RecordKind,
    /// When it was written.
    pub created: Timestamp,
    /// When its latest version was written; `created` if it was never edited.
    pub edited: Timestamp,
    /// Who can see it; unknown is private.
    pub visibility: Visibility,
    /// Where it came from, such as `stackexchange/quantum`.
    pub source: String,
    /// The record it answers or stands under, if any.
    pub thread: Option<RecordId>,
    /// Language tag (BCP 47), if the source says one.
    pub language: Option<String>,
    /// Licence of the text, if the source says one.
    pub license: Option<String>,
    /// Title, if it has one.
    pub title: Option<String>,
    /// The text itself.
    pub text: String,
}

/// What the gate needs to know of a record as of one log index: no text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordFacts {
    /// The author.
    pub member: MemberId,
    /// What it is.
    pub kind: RecordKind,
    /// When it was written.
    pub created: Timestamp,
    /// When its latest version was written.
    pub edited: Timestamp,
    /// Who can see it.
    pub visibility: Visibility,
    /// Whether it is deleted.
    pub deleted: bool,
    /// Whether a later version is known than the one that is asked about.
    pub superseded: bool,
    /// Whether it is under legal hold or was taken down.
    pub held: bool,
    /// Other members in it.
    pub subjects: Vec<Subject>,
}

impl RecordFacts {
    /// A record of one member alone that is written at `t` and of which nothing else is known: what is asked about where the
    /// question is how a member stands.
    #[must_use]
    pub fn written(member: MemberId, kind: RecordKind, visibility: Visibility, t: Timestamp) -> Self {
        Self {
            member,
            kind,
            created: t,
            edited: t,
            visibility,
            deleted: false,
            superseded: false,
            held: false,
            subjects: Vec::new(),
        }
    }
}

impl From<&Record> for RecordFacts {
    fn from(record: &Record) -> Self {
        let written = Self::written(record.member.clone(), record.kind, record.visibility, record.created);
        Self { edited: record.edited, ..written }
    }
}
