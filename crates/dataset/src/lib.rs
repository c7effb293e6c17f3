//! Columns in, snapshot out: import, gate, redaction, dedup, tokens, sealed folder.
//!
//! Every step is a function of its arguments: no clock, no database, no randomness of its own; the same input gives the
//! same bytes. A [`Batch`] of one stage is made only by the stage before it, so ungated text cannot be redacted and
//! unredacted text cannot be sealed:
//!
//! ```compile_fail,E0308
//! # fn f(collected: candor_dataset::Batch<candor_dataset::Collected>, redactor: &candor_redact::Redactor) {
//! candor_dataset::redaction::redact(collected, redactor);
//! # }
//! ```
//!
//! ```
//! # fn f(admitted: candor_dataset::Batch<candor_dataset::Admitted>, redactor: &candor_redact::Redactor) {
//! candor_dataset::redaction::redact(admitted, redactor);
//! # }
//! ```
//!
//! A stage cannot be claimed either:
//!
//! ```compile_fail,E0599
//! # fn f(arrow: arrow::record_batch::RecordBatch) {
//! candor_dataset::Batch::<candor_dataset::Admitted>::from_arrow(arrow);
//! # }
//! ```
//!
//! Where to read, in the record's order: `import/` (files to records), `batch.rs` (the stages), `gate/`,
//! `redaction.rs`, `dedup.rs`, `tokenize.rs`, `snapshot.rs` with `assemble.rs` (the sealed folder), `manifest.rs`,
//! `card.rs`, `croissant.rs` (its papers).

mod html;
pub mod import;

mod assemble;
pub mod batch;
mod build;
mod card;
mod cohort;
pub mod counts;
mod croissant;
pub mod dedup;
mod files;
pub mod gate;
pub mod manifest;
pub mod redaction;
mod sample;
pub mod snapshot;
mod table;
pub mod tokenize;
mod without;

#[cfg(test)]
#[path = "../tests/it/bytes.rs"]
mod bytes;

pub use batch::{Admitted, Batch, BatchError, Collected, Redacted, Stage, Terms};
pub use cohort::{Cohort, Cohorts};
pub use counts::{StageCounts, Unreconciled};
pub use files::FileError;
pub use gate::{Gate, GateError, Gated, columns::Columns, engine::Engine, word::Code};
pub use manifest::{Manifest, RedactionModel};
pub use snapshot::{Row, Sealed, Snapshot, SnapshotError, SnapshotMember, SnapshotSpec};
pub use tokenize::{Tokenizer, TokenizerError};
pub use without::Leaving;
