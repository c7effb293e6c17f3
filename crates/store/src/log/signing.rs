//! Signing what a transaction added, after its COMMIT, and how a transaction changes who signs.

use super::LogState;
use crate::{error::StoreError, group::Group, key::Keys as SigningKeys};
use candor_tlog::HashReader;
use std::sync::PoisonError;

/// What a transaction changes in how the log is signed, and from which of its parts on.
#[derive(Clone, Default)]
pub(super) enum Signing {
    #[default]
    AsBefore,
    /// By another key.
    Keys { part: usize, keys: Box<SigningKeys> },
    /// Anew, whatever was signed before.
    Restart { part: usize },
}

impl LogState {
    /// Draws the keys that would hold from a size on.
    pub(crate) fn next_keys(&mut self, from: u64) -> Result<SigningKeys, StoreError> {
        let keys = self.signer.lock().unwrap_or_else(PoisonError::into_inner).keys().clone();
        keys.next(from, &mut self.rng)
    }

    /// Has the part that was just written signed by both keys, and all later ones by the new one.
    pub(crate) fn change_keys(&mut self, keys: SigningKeys) {
        self.signing = Signing::Keys { part: self.parts.len().saturating_sub(1), keys: Box::new(keys) };
    }

    /// Has the part that was just written signed whatever was signed before, and lifts the hold.
    pub(crate) fn restart_signing(&mut self) {
        self.signing = Signing::Restart { part: self.parts.len().saturating_sub(1) };
    }

    /// Signs the trees that this transaction made, in order, unless the store is held.
    pub(super) fn sign(&mut self) -> Group {
        let mut parts = std::mem::take(&mut self.parts);
        let mut signer = self.signer.lock().unwrap_or_else(PoisonError::into_inner);
        for (n, part) in parts.iter_mut().enumerate() {
            if matches!(self.signing, Signing::Restart { part } if part == n) {
                self.guard.release();
                part.checkpoint = Some(signer.restart(part.size, part.root));
                continue;
            }
            if self.guard.reason().is_some() {
                continue;
            }
            let note = match &self.signing {
                Signing::Keys { part: from, keys } if *from == n => {
                    signer.change_key((part.size, part.root), &self.grown, (**keys).clone())
                }
                _ => signer.sign(part.size, part.root, &self.grown),
            };
            match note {
                Ok(note) => part.checkpoint = Some(note),
                Err(doubt) => self.guard.hold(doubt.to_string()),
            }
        }
        self.signing = Signing::AsBefore;
        drop(signer);
        let reads = candor_tlog::root_reads(self.tree.size());
        let edge = self.grown.read_hashes(&reads).unwrap_or_default();
        let edge = reads.into_iter().zip(edge).collect();
        Group { parts, hashes: std::mem::replace(&mut self.grown, edge) }
    }
}
