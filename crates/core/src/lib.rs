//! The words and the rules of Candor: types of the vocabulary, rule books as data, events, and `decide`.
//!
//! Nothing here reads a file, a clock or a random number; everything is a function of its arguments. The first file to
//! read is `decide.rs`. Above this crate: `tlog` proves the log, `store` keeps the events, `dataset/gate.rs` asks
//! `decide` for whole batches.
#![cfg_attr(not(test), deny(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing))]

pub mod admit;
pub mod choice;
pub mod country;
pub mod decide;
pub mod estimate;
pub mod event;
pub mod explain;
pub mod export;
pub mod facts;
pub mod history;
pub mod id;
pub mod invariant;
pub mod member;
pub mod objection;
pub mod obligation;
pub mod reason;
pub mod record;
pub mod refusal;
pub mod region;
pub mod regret;
pub mod rule;
pub mod rulebook;
pub mod scenario;
pub mod shape;
pub mod state;
#[cfg(feature = "testing")]
pub mod testing;

pub use choice::{Actor, ChoiceValue, Scope};
pub use country::Country;
pub use decide::{Decision, Frame, Person, decide, decide_record};
pub use event::{Event, FenceKind, Logged, SetHead};
pub use history::History;
pub use id::{MemberId, ObjectionId, PolicyId, PurposeKey, RecipientKey, RecordId, ReleaseId, RunId, Seq, SnapshotId};
pub use member::{AccountKind, Member};
pub use obligation::ObligationAction;
pub use reason::{Mask, Reason};
pub use record::{Record, RecordFacts, RecordKind, Span, Subject, SubjectRole, Visibility};
pub use refusal::Refusal;
pub use rulebook::RuleBook;
pub use scenario::Scenario;
pub use shape::{Clockwork, Kind, Shape};
pub use state::Query;
