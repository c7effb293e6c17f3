//! Proof that an entry is in the log, as the API answers it.

use candor_store::Receipt;
use serde::Serialize;
use utoipa::ToSchema;

/// Proof that an entry is in the log.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ReceiptBody {
    /// Entry, from 1.
    seq: u64,
    /// When it was recorded.
    recorded: String,
    /// The leaf in hex.
    leaf: String,
    /// Root of the tree in hex.
    root: String,
    /// Entries of the tree.
    size: u64,
    /// The hashes beside the way from the leaf to the root, from the leaf upwards.
    proof: Vec<String>,
}

impl From<Receipt> for ReceiptBody {
    fn from(receipt: Receipt) -> Self {
        Self {
            seq: receipt.seq.0,
            recorded: receipt.t.to_string(),
            leaf: receipt.leaf,
            root: receipt.root,
            size: receipt.size,
            proof: receipt.proof,
        }
    }
}
