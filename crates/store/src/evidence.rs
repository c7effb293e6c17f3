//! What proofs are made of, for those who serve them: the tree's hashes by their numbers, and the proofs of many entries
//! in one tree.

use crate::{
    change::Receipt,
    entries::{receipts, stored_hashes},
    error::StoreError,
    store::Store,
};
use candor_core::Seq;
use candor_tlog::{ProofError, StoredHashes};

impl Store {
    /// The tree's hashes with these numbers; those that are not there are left out.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn tree_hashes(&self, numbers: Vec<u64>) -> Result<StoredHashes, StoreError> {
        stored_hashes((&self.inner.readers).into(), numbers).await
    }

    /// The receipts of entries in the tree of one size, in the order in which they are asked for; unsigned.
    ///
    /// # Errors
    /// [`StoreError::Proof`] when the log has not that many entries or an entry is not in a tree of that size.
    pub async fn proofs(&self, entries: &[Seq], size: u64) -> Result<Vec<Receipt>, StoreError> {
        let head = self.head().seq.0;
        if let Some(beyond) = entries.iter().find(|seq| seq.0 == 0 || seq.0 > size || size > head) {
            return Err(ProofError::OutOfTree { index: beyond.0.wrapping_sub(1), size: head }.into());
        }
        let wanted: Vec<(Seq, u64)> = entries.iter().map(|seq| (*seq, size)).collect();
        receipts((&self.inner.readers).into(), &wanted).await
    }
}
