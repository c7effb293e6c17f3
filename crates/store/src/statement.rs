//! Statements: papers beside the log that carry its signature, such as a certificate of forgetting. What is signed is a
//! note of three lines, the log's name with the kind of paper behind it, the log's size, and the paper's SHA-256; so a
//! statement is never taken for a checkpoint, and the size says which of the log's keys signed.

use crate::{error::StoreError, store::Store};
use base64::{Engine as _, prelude::BASE64_STANDARD};
use candor_core::Seq;
use candor_tlog::{Hash, KeyError, VerifierKey};
use sha2::{Digest, Sha256};
use std::sync::PoisonError;

impl Store {
    /// Signs a paper's SHA-256 under a kind of one word, at the log's present size. Nothing is signed while the store is held.
    ///
    /// # Errors
    /// [`StoreError::Held`] or [`StoreError::Stale`]; [`StoreError::Key`] when the kind is no word.
    pub fn sign_statement(&self, kind: &str, digest: [u8; 32]) -> Result<String, StoreError> {
        self.may_decide()?;
        let size = self.head().seq.0;
        let signer = self.inner.signer.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(signer.keys().under(kind)?.sign(size, &Hash(digest)))
    }

    /// What a statement of this log says: the size of the log when it was signed, and the paper's SHA-256. The key that
    /// held at that size must have signed it.
    ///
    /// # Errors
    /// [`StoreError::Checkpoint`] when it is no note, is of another log or kind, or the signature does not fit.
    pub fn open_statement(&self, kind: &str, note: &str) -> Result<(Seq, [u8; 32]), StoreError> {
        let size = candor_tlog::Checkpoint::unverified(note)?.size;
        let key = {
            let signer = self.inner.signer.lock().unwrap_or_else(PoisonError::into_inner);
            under(signer.keys().ring.key_at(size), kind).map_err(StoreError::Key)?
        };
        let stated = key.open(note)?;
        Ok((Seq(stated.size), stated.root.0))
    }
}

/// The same public key under the log's name with a kind behind it, as C2SP signed-note encodes it.
fn under(key: &VerifierKey, kind: &str) -> Result<VerifierKey, KeyError> {
    let name = format!("{}/{kind}", key.origin());
    let text = key.to_string();
    // A name holds no plus, the encoding of a key may.
    let encoded = text.splitn(3, '+').nth(2).unwrap_or_default();
    let bytes = BASE64_STANDARD.decode(encoded).map_err(|_| KeyError::Format)?;
    let mut hash = Sha256::new();
    hash.update(name.as_bytes());
    hash.update(b"\n");
    hash.update(&bytes);
    let id = hash.finalize();
    let id = hex::encode(id.get(..4).unwrap_or_default());
    format!("{name}+{id}+{encoded}").parse()
}

#[cfg(test)]
mod tests {
    use super::*;
    use candor_core::RuleBook;
    use jiff::Timestamp;

    #[tokio::test]
    async fn a_statement_holds_after_the_key_has_changed_and_under_its_own_kind_only() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path(), RuleBook::shipped("seeds-2024").unwrap()).await.unwrap();
        let first = store.sign_statement("certificate", [7; 32]).unwrap();
        let size = store.head().seq;
        store.rotate_key(Timestamp::UNIX_EPOCH).await.unwrap();
        let second = store.sign_statement("certificate", [8; 32]).unwrap();
        assert_eq!(store.open_statement("certificate", &first).unwrap(), (size, [7; 32]));
        assert_eq!(store.open_statement("certificate", &second).unwrap(), (store.head().seq, [8; 32]));
        let changed = second.replace('/', "");
        for (kind, note) in [("other", first.as_str()), ("certificate", "nothing"), ("certificate", changed.as_str())] {
            assert!(store.open_statement(kind, note).is_err(), "{kind} {note}");
        }
        let checkpoint = store.checkpoint().unwrap();
        assert!(store.open_statement("certificate", &checkpoint).is_err(), "a checkpoint is no statement");
    }
}
