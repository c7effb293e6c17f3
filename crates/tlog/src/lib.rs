//! The transparency log: what a leaf commits to, the RFC 6962 tree over the leaves and its proofs, signed checkpoints.
//!
//! Pure: no file, no clock, no randomness. `store` keeps the hashes that [`append`] returns and answers the reads of
//! [`HashReader`]; `web` and outsiders check receipts with [`verify_inclusion`]. A leaf holds nothing of the event but a
//! keyed commitment, so an erased event leaves 34 bytes that say nothing, and everybody else's proofs still verify.
#![cfg_attr(not(test), deny(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing))]

mod answer;
pub mod bundle;
pub mod checkpoint;
mod consistency;
pub mod cosignature;
mod kind;
mod leaf;
mod note;
pub mod report;
pub mod set;
mod set_sort;
pub mod tiles;
pub mod token;
mod tree;
mod verify;
#[cfg(target_arch = "wasm32")]
mod wasm;
pub mod witness;

pub use answer::verify_text;
pub use bundle::{Bundle, BundleError, Trust, TrustText};
pub use checkpoint::{Checkpoint, CheckpointError, KeyRing, LogKey, VerifierKey};
pub use consistency::{consistency_proof, consistency_reads, verify_consistency};
pub use cosignature::{Quorum, QuorumError, WitnessKey, WitnessVerifier};
pub use kind::kind_code;
pub use leaf::{LEAF_BYTES, LEAF_VERSION, Leaf, LeafError, Opening, commit};
pub use note::{KeyError, NoteFault};
pub use report::{Failure, Fault, Part, Report, Statement};
pub use set::{MemberSet, Presence, SetEntry, SetError, SetHead, SetProof};
pub use tlog_tiles::{EMPTY_HASH as EMPTY_ROOT, Hash, HashReader};
pub use token::{MemberSecret, RecordsDigest, SetToken, SetValue, enrolment, entry, token};
pub use tree::{
    ProofError, StoredHashes, Tree, append, inclusion_proof, parse_hash, proof_reads, root_hash, root_reads, to_hex,
    verify_inclusion,
};
pub use verify::verify;
