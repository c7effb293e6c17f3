//! Finds and replaces personal data in text: ways to reach people, cards and accounts, the identity and tax numbers of some forty countries,
//! addresses, birthdays, vehicles, secrets, the people of a directory, and (when asked, [`Builder::names`]) other people by their names. Made
//! for posts and comments by the million: one pass gathers clues, checks run only at clues, time is linear whatever the text.
//!
//! ```
//! use candor_redact::{Directory, Entry, Kind, Operator, Redactor};
//!
//! let members = [Entry { member: "m1".into(), names: vec!["Anna Kovač".into()], ..Entry::default() }];
//! let redactor = Redactor::builder()
//!     .directory(Directory::build(members)?)
//!     .operator(Kind::Phone, Operator::Mask)
//!     .build()?;
//!
//! let redacted = redactor.redact("Anna Kovač: anna@firma.de, call +49 30 901820", &[]);
//! assert_eq!(redacted.text, "[PERSON_1]: [EMAIL_1], call +** ** ******");
//! assert_eq!(redacted.counts.get(Kind::Email), 1);
//! assert_eq!(redacted.subjects[0].member.as_ref(), "m1");
//!
//! // Redacting twice changes nothing.
//! assert_eq!(redactor.redact(&redacted.text, &[]).text, redacted.text);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! What it is not: anonymization. It lowers risk; a person can still be recognized from what they tell. It misses about one
//! name in ten where posts are like those that its model learned from, and one in three elsewhere (`data/names.md`); numbers that no layout, check digit or word announces, words in languages that its tables do not have, and streets whose
//! names do not say that they are streets. Plain links score below [`SURE`]: [`Redactor::find_all`] reports them, texts keep them.
//!
//! Where to read: `kind.rs` and `finding.rs` (the words), `recognize/` (one file each family; `recognize/ids/` one row each number, listed by
//! [`recognize::rules`]), `directory.rs` (people), `names/` and `language.rs` (other people), `letterhead.rs` (what stands around them and
//! around addresses), `operator.rs` and `surrogate.rs` (what takes their place), `redactor.rs` (how it goes
//! together), `special/` (statements about health, belief and the like, which hold a row back). No value is logged, kept, or put into an error.
#![cfg_attr(not(test), deny(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing))]

mod brought;
mod directory;
mod finding;
mod kind;
mod language;
mod letterhead;
#[cfg(not(feature = "train"))]
mod names;
#[cfg(feature = "train")]
pub mod names;
mod operator;
mod policy;
mod put;
pub mod recognize;
mod redactor;
pub mod special;
mod surrogate;
mod windows;

pub use candor_core::rulebook::Strictness;
pub use directory::{Directory, DirectoryError, Entry, Subject};
pub use finding::{Counts, Finding, SURE, Span, resolve};
pub use kind::{Family, Kind};
pub use language::Language;
pub use names::{KnownNames, Names};
pub use operator::{Numbering, Operator};
pub use policy::{KEEP, NamePolicy, Policy};
pub use recognize::{Page, Recognizer};
pub use redactor::{BuildError, Builder, Redacted, Redactor};
pub use surrogate::Key;
