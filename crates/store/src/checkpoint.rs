//! What the log has signed. A checkpoint is signed after the COMMIT, once a group, and only if the tree is a consistent
//! extension of the last one that was signed: a tree that is shorter or other than that was restored from an old backup,
//! or changed by hand, and then nothing more is decided (`hold.rs`).
//!
//! The last signed checkpoint lies in the file `log.checkpoint` of the data folder, outside SQL. It is replaced whole and
//! synced, but beside the commits, not inside them: a second sync a group would halve the speed and win little. A kill
//! or a power loss alone costs nothing: the database holds more than the file says, which is a consistent extension.
//! Only when a power loss comes within about [`PAUSE`] of a commit *and* the database is then replaced by a copy taken in
//! that same moment, the file cannot tell; a checkpoint outside of the folder (a witness, a receipt) still can.

use crate::{error::StoreError, key, key::Keys};
use candor_tlog::{Checkpoint, Hash, HashReader, ProofError, consistency_proof, root_hash, verify_consistency};
use std::{
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};
use tokio::sync::{oneshot, watch};

const NAME: &str = "log.checkpoint";
/// Pause between two writings of the file.
const PAUSE: Duration = Duration::from_millis(200);

/// Why a tree may not be signed, in the words of a hold.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Doubt {
    #[error("the log has {size} entries, but a checkpoint of {signed} was signed: an old backup was restored")]
    Shorter { size: u64, signed: u64 },
    #[error("the log's first {signed} entries are not those that were signed: it was rewritten or restored")]
    Other { signed: u64 },
    #[error("a checkpoint of this log cannot be read: {0}")]
    Unreadable(String),
}

/// Signs checkpoints, and remembers what it signed.
///
/// INVARIANT: `last` never goes back, and every checkpoint that is signed extends it.
pub(crate) struct Signer {
    keys: Keys,
    /// The largest tree that was found to be an extension of all that was signed.
    last: Option<(u64, Hash)>,
    /// The last signed note, with the size that it is for.
    note: Option<(u64, Arc<str>)>,
    file: watch::Sender<Option<Arc<str>>>,
}

impl Signer {
    /// A signer that has signed nothing yet.
    pub(crate) fn new(keys: Keys) -> Self {
        Self { keys, last: None, note: None, file: watch::channel(None).0 }
    }

    pub(crate) fn keys(&self) -> &Keys {
        &self.keys
    }

    pub(crate) fn set_keys(&mut self, keys: Keys) {
        self.keys = keys;
    }

    /// The last signed note.
    pub(crate) fn note(&self) -> Option<Arc<str>> {
        self.note.as_ref().map(|(_, note)| Arc::clone(note))
    }

    /// The largest tree that is known to be consistent with all that was signed.
    pub(crate) fn last(&self) -> Option<(u64, Hash)> {
        self.last
    }

    /// Takes up what an earlier process had signed.
    pub(crate) fn start(&mut self, signed: &Checkpoint, note: String) {
        self.last = Some((signed.size, signed.root));
        self.note = Some((signed.size, note.into()));
    }

    /// What is to be written into the file.
    pub(crate) fn watch(&self) -> watch::Receiver<Option<Arc<str>>> {
        self.file.subscribe()
    }

    /// Moves on to a larger tree after checking that it is an extension. The reader has the hashes of
    /// `consistency_reads` and `root_reads`.
    pub(crate) fn follow<R: HashReader>(&mut self, size: u64, root: Hash, reader: &R) -> Result<(), Doubt> {
        if let Some(last) = self.last {
            extends(last, (size, root), reader)?;
        }
        self.last = Some((size, root));
        Ok(())
    }

    /// Signs the tree. Called after the COMMIT only.
    pub(crate) fn sign<R: HashReader>(&mut self, size: u64, root: Hash, reader: &R) -> Result<Arc<str>, Doubt> {
        self.follow(size, root, reader)?;
        // One checkpoint a size: that of a key change carries a signature that the new key alone cannot make again.
        match &self.note {
            Some((signed, note)) if *signed == size => Ok(Arc::clone(note)),
            _ => Ok(self.signed(size, self.keys.key.sign(size, &root))),
        }
    }

    /// Signs the tree in which the key changes: by the old key and the new one, which holds from there.
    pub(crate) fn change_key<R: HashReader>(
        &mut self,
        (size, root): (u64, Hash),
        reader: &R,
        keys: Keys,
    ) -> Result<Arc<str>, Doubt> {
        self.follow(size, root, reader)?;
        let note = keys.key.sign_also(&self.keys.key.sign(size, &root));
        let note = note.map_err(|error| Doubt::Unreadable(error.to_string()))?;
        self.keys = keys;
        Ok(self.signed(size, note))
    }

    /// The checkpoint of a tree that a signed one extends, for a receipt that is asked for again: the same bytes as the
    /// first time as long as the key is the same. `last` comes from [`Signer::last`], maybe a while ago.
    pub(crate) fn sign_again<R: HashReader>(
        &self,
        size: u64,
        (last, root): (u64, Hash),
        reader: &R,
    ) -> Result<String, ProofError> {
        let old = root_hash(size, reader)?;
        verify_consistency((size, &old), (last, &root), &consistency_proof(size, last, reader)?)?;
        Ok(self.keys.key.sign(size, &old))
    }

    /// Starts from a tree whatever was signed before: an officer took it upon themselves.
    pub(crate) fn restart(&mut self, size: u64, root: Hash) -> Arc<str> {
        self.last = Some((size, root));
        self.signed(size, self.keys.key.sign(size, &root))
    }

    fn signed(&mut self, size: u64, note: String) -> Arc<str> {
        let note: Arc<str> = note.into();
        self.note = Some((size, Arc::clone(&note)));
        self.file.send_replace(Some(Arc::clone(&note)));
        note
    }
}

/// Whether the second tree begins with the first. Computed from stored hashes and then verified as an outsider would.
pub(crate) fn extends<R: HashReader>(old: (u64, Hash), new: (u64, Hash), reader: &R) -> Result<(), Doubt> {
    if new.0 < old.0 {
        return Err(Doubt::Shorter { size: new.0, signed: old.0 });
    }
    let proof = consistency_proof(old.0, new.0, reader).map_err(|_| Doubt::Other { signed: old.0 })?;
    verify_consistency((old.0, &old.1), (new.0, &new.1), &proof).map_err(|_| Doubt::Other { signed: old.0 })
}

/// The last checkpoint that is kept in a folder, with its note; none if there is no file.
pub(crate) fn read(dir: &Path, keys: &Keys) -> Result<Option<(Checkpoint, String)>, Doubt> {
    match std::fs::read_to_string(dir.join(NAME)) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(Doubt::Unreadable(format!("`{NAME}`: {error}"))),
        Ok(note) => Ok(Some((open(&note, keys)?, note))),
    }
}

/// The checkpoint in a note that this log signed.
pub(crate) fn open(note: &str, keys: &Keys) -> Result<Checkpoint, Doubt> {
    keys.ring.open(note).map_err(|error| Doubt::Unreadable(error.to_string()))
}

/// Writes the file now.
pub(crate) fn keep(dir: &Path, note: &str) -> Result<(), StoreError> {
    // Another process may have signed more meanwhile.
    let size = |note: &str| Checkpoint::unverified(note).map_or(0, |checkpoint| checkpoint.size);
    let newer = std::fs::read_to_string(dir.join(NAME)).is_ok_and(|kept| size(&kept) > size(note));
    if newer { Ok(()) } else { key::replace(dir, NAME, note.as_bytes()) }
}

/// Keeps the file up with what is signed, until it is stopped.
pub(crate) async fn keep_up(
    dir: PathBuf,
    mut notes: watch::Receiver<Option<Arc<str>>>,
    mut stopped: oneshot::Receiver<()>,
) {
    loop {
        tokio::select! {
            _ = &mut stopped => return,
            changed = notes.changed() => if changed.is_err() { return },
        }
        let Some(note) = notes.borrow_and_update().clone() else { continue };
        let folder = dir.clone();
        let kept = tokio::task::spawn_blocking(move || keep(&folder, &note)).await;
        if let Ok(Err(error)) = kept {
            tracing::warn!(%error, "the last checkpoint was not written beside the database");
        }
        tokio::select! {
            _ = &mut stopped => return,
            () = tokio::time::sleep(PAUSE) => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use candor_tlog::{Leaf, StoredHashes, Tree};
    use rand::{SeedableRng, rngs::StdRng};

    fn tree(leaves: u64, salt: u8) -> (StoredHashes, Vec<Hash>) {
        let (mut tree, mut hashes, mut roots) = (Tree::default(), StoredHashes::default(), Vec::new());
        roots.push(tree.root().unwrap());
        for n in 0..leaves {
            let leaf = Leaf::new(1, &[salt; 32], &n.to_le_bytes());
            tree.append(&leaf).unwrap().into_iter().for_each(|(number, hash)| hashes.insert(number, hash));
            roots.push(tree.root().unwrap());
        }
        (hashes, roots)
    }

    fn signer() -> Signer {
        Signer::new(Keys::first(Some("example.org/test"), &mut StdRng::seed_from_u64(3)).unwrap())
    }

    #[test]
    fn only_extensions_are_signed() {
        let ((hashes, roots), (others, other_roots)) = (tree(9, 1), tree(9, 2));
        let mut signer = signer();
        for size in [0, 3, 3, 8] {
            let note = signer.sign(size, roots[size as usize], &hashes).unwrap();
            let checkpoint = open(&note, signer.keys()).unwrap();
            assert_eq!((checkpoint.size, checkpoint.root), (size, roots[size as usize]));
        }
        let refused = [
            (7, roots[7], &hashes, Doubt::Shorter { size: 7, signed: 8 }),
            (8, other_roots[8], &others, Doubt::Other { signed: 8 }),
            (9, other_roots[9], &others, Doubt::Other { signed: 8 }),
            (9, other_roots[9], &hashes, Doubt::Other { signed: 8 }),
            (9, roots[9], &others, Doubt::Other { signed: 8 }),
        ];
        for (size, root, hashes, doubt) in refused {
            assert_eq!(signer.sign(size, root, hashes), Err(doubt));
        }
        assert_eq!(signer.last(), Some((8, roots[8])), "a refusal moves nothing");
        assert!(signer.sign(9, roots[9], &hashes).is_ok());
    }

    #[test]
    fn an_older_checkpoint_is_signed_again_with_the_same_bytes() {
        let (hashes, roots) = tree(9, 1);
        let mut signer = signer();
        let first = signer.sign(5, roots[5], &hashes).unwrap();
        signer.sign(9, roots[9], &hashes).unwrap();
        assert_eq!(signer.sign_again(5, (9, roots[9]), &hashes).unwrap(), *first);
        assert!(signer.sign_again(10, (9, roots[9]), &hashes).is_err(), "nothing is signed ahead");
        assert!(signer.sign_again(5, (9, roots[9]), &tree(9, 2).0).is_err());
    }

    #[test]
    fn a_change_of_keys_is_signed_by_both() {
        let (hashes, roots) = tree(9, 1);
        let mut signer = signer();
        let before = signer.sign(4, roots[4], &hashes).unwrap();
        let old = signer.keys().key.verifier();
        let keys = signer.keys().next(6, &mut StdRng::seed_from_u64(4)).unwrap();
        let new = keys.key.verifier();
        let change = signer.change_key((6, roots[6]), &hashes, keys).unwrap();
        let after = signer.sign(9, roots[9], &hashes).unwrap();
        assert!(old.open(&change).is_ok() && new.open(&change).is_ok());
        assert!(old.open(&after).is_err() && new.open(&after).is_ok());
        for note in [before, change, after] {
            assert!(signer.keys().ring.open(&note).is_ok(), "{note}");
        }
    }

    #[test]
    fn the_file_holds_the_largest_and_a_damaged_one_is_a_doubt() {
        let dir = tempfile::tempdir().unwrap();
        let (hashes, roots) = tree(9, 1);
        let mut signer = signer();
        assert_eq!(read(dir.path(), signer.keys()), Ok(None));
        let notes: Vec<_> = [3_usize, 7].map(|n| signer.sign(n as u64, roots[n], &hashes).unwrap()).into();
        keep(dir.path(), &notes[1]).unwrap();
        keep(dir.path(), &notes[0]).unwrap();
        assert_eq!(read(dir.path(), signer.keys()).unwrap().unwrap().0.size, 7);
        let damaged = notes[1].replace("\n7\n", "\n6\n");
        for text in [damaged.as_str(), "", "candor"] {
            std::fs::write(dir.path().join(NAME), text).unwrap();
            assert!(matches!(read(dir.path(), signer.keys()), Err(Doubt::Unreadable(_))), "{text}");
        }
    }
}
