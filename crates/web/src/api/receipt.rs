//! Proof that an entry is in the log, as the API answers it.

use candor_store::{JournalReceipt, Receipt};
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
    /// The entry's exact bytes; absent once its member was erased.
    event: Option<String>,
    /// The opening of the commitment in the leaf, in hex.
    opening: Option<String>,
    /// The signed note over the tree; absent while the log signs nothing.
    checkpoint: Option<String>,
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
            event: receipt.payload,
            opening: receipt.opening,
            checkpoint: receipt.checkpoint,
        }
    }
}

/// Proof that a choice was acknowledged while the log could not take it.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct JournalReceiptBody {
    /// Place in the journal, from 1.
    index: u64,
    /// From when it holds.
    #[schema(format = DateTime)]
    recorded: String,
    /// The exact bytes that were kept.
    body: String,
    /// Digest over the journal up to here, in hex.
    digest: String,
    /// Signed note of the log's key over index and digest.
    note: String,
}

impl From<JournalReceipt> for JournalReceiptBody {
    fn from(receipt: JournalReceipt) -> Self {
        Self {
            index: receipt.index,
            recorded: receipt.t.to_string(),
            body: receipt.body,
            digest: receipt.digest,
            note: receipt.note,
        }
    }
}
