//! Finds and replaces personal data in text: mail addresses, telephone numbers, cards, accounts, IP addresses, URLs that name a user,
//! handles, and the people of a directory. Made for posts and comments by the million: one pass gathers clues, checks run only at clues,
//! time is linear whatever the text.
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
//! What it is not: anonymization. It lowers risk; a person can still be recognized from what they tell. It misses names that are in no
//! directory, numbers that no layout and no word announces, and addresses written in words ("anna at firma dot de").
//!
//! Where to read: `finding.rs` (the words), `recognize/` (one file each kind), `directory.rs` (people), `operator.rs` and `surrogate.rs`
//! (what takes their place), `redactor.rs` (how it goes together). No value is logged, kept, or put into an error.
#![cfg_attr(not(test), deny(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing))]

mod directory;
mod finding;
mod kind;
mod operator;
pub mod recognize;
mod redactor;
mod surrogate;

pub use directory::{Directory, DirectoryError, Entry, Subject};
pub use finding::{Counts, Finding, SURE, Span, resolve};
pub use kind::{Family, Kind};
pub use operator::Operator;
pub use recognize::Recognizer;
pub use redactor::{BuildError, Builder, Redacted, Redactor};
pub use surrogate::Key;
