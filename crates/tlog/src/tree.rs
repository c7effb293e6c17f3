//! The RFC 6962 tree over the leaves: append, root, inclusion proofs. The numbers under which hashes are kept are those
//! of `tlog_tiles::stored_hash_index`. Where the hashes are kept is the caller's business: [`root_reads`] and
//! [`proof_reads`] tell which ones are needed, so that a database can fetch them in one query.

use crate::leaf::Leaf;
use std::{cell::RefCell, collections::BTreeMap};
use tlog_tiles::{Error as TreeError, Hash, HashReader, stored_hash_index};

/// Most hashes in a proof: a tree of `u64` leaves has 64 levels, and a consistency proof one hash more.
pub(crate) const MAX_PROOF_HASHES: usize = 65;

/// Why a proof or a hash is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ProofError {
    /// The index is not in the tree.
    #[error("the tree of size {size} has no leaf {index}; ask for one below its size")]
    OutOfTree {
        /// Index of the leaf, from 0.
        index: u64,
        /// Size of the tree.
        size: u64,
    },
    /// A hash that is needed was not there.
    #[error("a stored hash of the log's tree is missing; restore the data folder from a backup")]
    MissingHash,
    /// The later tree is the smaller one.
    #[error("a tree of size {new} cannot continue one of size {old}; an old backup was restored, or it is another log")]
    Shrunk {
        /// Size of the earlier tree.
        old: u64,
        /// Size of the later tree.
        new: u64,
    },
    /// The later tree does not begin with the earlier one.
    #[error("the tree of size {new} does not begin with the tree of size {old}: the log was rewritten")]
    Inconsistent {
        /// Size of the earlier tree.
        old: u64,
        /// Size of the later tree.
        new: u64,
    },
    /// The proof does not lead to the root.
    #[error("the proof does not lead from the leaf to the root")]
    Invalid,
    /// Not 64 hex digits.
    #[error("a hash is not 64 hex digits; copy the whole hash")]
    Malformed,
}

/// Stored hashes by their number: the simplest [`HashReader`].
#[derive(Debug, Clone, Default, PartialEq)]
pub struct StoredHashes(BTreeMap<u64, Hash>);

impl StoredHashes {
    /// Keeps a hash under its number.
    pub fn insert(&mut self, number: u64, hash: Hash) {
        self.0.insert(number, hash);
    }

    /// Whether a number is kept.
    #[must_use]
    pub fn contains(&self, number: u64) -> bool {
        self.0.contains_key(&number)
    }

    /// Keeps only the numbers of a sorted list.
    fn retain(&mut self, sorted: &[u64]) {
        self.0.retain(|number, _| sorted.binary_search(number).is_ok());
    }
}

impl FromIterator<(u64, Hash)> for StoredHashes {
    fn from_iter<I: IntoIterator<Item = (u64, Hash)>>(hashes: I) -> Self {
        Self(hashes.into_iter().collect())
    }
}

impl HashReader for StoredHashes {
    fn read_hashes(&self, numbers: &[u64]) -> Result<Vec<Hash>, TreeError> {
        numbers.iter().map(|n| self.0.get(n).copied().ok_or(TreeError::IndexesNotInTree)).collect()
    }
}

/// Notes what is asked for and answers with nothing of worth.
#[derive(Default)]
pub(crate) struct Probe(RefCell<Vec<u64>>);

impl Probe {
    pub(crate) fn into_numbers(self) -> Vec<u64> {
        self.0.into_inner()
    }
}

impl HashReader for Probe {
    fn read_hashes(&self, numbers: &[u64]) -> Result<Vec<Hash>, TreeError> {
        self.0.borrow_mut().extend_from_slice(numbers);
        Ok(vec![Hash::default(); numbers.len()])
    }
}

/// The hashes to be stored for the leaf that makes a tree of `size` leaves one larger, with their numbers.
///
/// # Errors
/// [`ProofError::MissingHash`] when the reader lacks a hash of the tree's right edge.
pub fn append<R: HashReader>(size: u64, leaf: &Leaf, reader: &R) -> Result<Vec<(u64, Hash)>, ProofError> {
    let hashes = tlog_tiles::stored_hashes(size, &leaf.to_bytes(), reader).map_err(|_| ProofError::MissingHash)?;
    Ok((stored_hash_index(0, size)..).zip(hashes).collect())
}

/// The numbers of the stored hashes that make the root of a tree; they are also all that an append reads.
#[must_use]
pub fn root_reads(size: u64) -> Vec<u64> {
    if size == 0 { Vec::new() } else { tlog_tiles::sub_tree_index(0, size, Vec::new()) }
}

/// The root of a tree.
///
/// # Errors
/// [`ProofError::MissingHash`] when the reader lacks one of [`root_reads`].
pub fn root_hash<R: HashReader>(size: u64, reader: &R) -> Result<Hash, ProofError> {
    tlog_tiles::tree_hash(size, reader).map_err(|_| ProofError::MissingHash)
}

/// The numbers of the stored hashes that a proof for a leaf needs.
///
/// # Errors
/// [`ProofError::OutOfTree`].
pub fn proof_reads(size: u64, index: u64) -> Result<Vec<u64>, ProofError> {
    let probe = Probe::default();
    inclusion_proof(size, index, &probe)?;
    Ok(probe.into_numbers())
}

/// The proof that a leaf is in a tree: the hashes beside its way to the root, from the leaf upwards.
///
/// # Errors
/// [`ProofError::OutOfTree`], or [`ProofError::MissingHash`] when the reader lacks one of [`proof_reads`].
pub fn inclusion_proof<R: HashReader>(size: u64, index: u64, reader: &R) -> Result<Vec<Hash>, ProofError> {
    if index >= size {
        return Err(ProofError::OutOfTree { index, size });
    }
    tlog_tiles::prove_record(size, index, reader).map_err(|_| ProofError::MissingHash)
}

/// Checks that a leaf stands at an index of the tree with this size and root.
///
/// # Errors
/// [`ProofError::OutOfTree`], or [`ProofError::Invalid`].
pub fn verify_inclusion(leaf: &Leaf, index: u64, size: u64, root: &Hash, proof: &[Hash]) -> Result<(), ProofError> {
    if index >= size {
        return Err(ProofError::OutOfTree { index, size });
    }
    if proof.len() > MAX_PROOF_HASHES {
        return Err(ProofError::Invalid);
    }
    let hash = tlog_tiles::record_hash(&leaf.to_bytes());
    tlog_tiles::check_record(&proof.to_vec(), size, *root, index, hash).map_err(|_| ProofError::Invalid)
}

/// A hash in hex, as receipts carry it.
#[must_use]
pub fn to_hex(hash: &Hash) -> String {
    hex::encode(hash.0)
}

/// Reads a hash from hex.
///
/// # Errors
/// [`ProofError::Malformed`].
pub fn parse_hash(text: &str) -> Result<Hash, ProofError> {
    let mut bytes = [0; 32];
    hex::decode_to_slice(text, &mut bytes).map_err(|_| ProofError::Malformed)?;
    Ok(Hash(bytes))
}

/// A tree that grows: its size and the hashes of its right edge (at most 64), nothing else.
///
/// INVARIANT: the edge holds exactly the numbers of `root_reads(size)`.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Tree {
    size: u64,
    edge: StoredHashes,
}

impl Tree {
    /// Takes up a tree of `size` leaves from its stored hashes; those of [`root_reads`] are kept.
    ///
    /// # Errors
    /// [`ProofError::MissingHash`].
    pub fn restore(size: u64, hashes: StoredHashes) -> Result<Self, ProofError> {
        let mut tree = Self { size, edge: hashes };
        tree.trim();
        tree.root()?;
        Ok(tree)
    }

    /// Number of leaves.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.size
    }

    /// Appends a leaf and returns the hashes to be stored, with their numbers.
    ///
    /// # Errors
    /// [`ProofError::MissingHash`] if the edge is damaged.
    pub fn append(&mut self, leaf: &Leaf) -> Result<Vec<(u64, Hash)>, ProofError> {
        let stored = append(self.size, leaf, &self.edge)?;
        for (number, hash) in &stored {
            self.edge.insert(*number, *hash);
        }
        self.size += 1;
        self.trim();
        Ok(stored)
    }

    /// The root.
    ///
    /// # Errors
    /// [`ProofError::MissingHash`] if the edge is damaged.
    pub fn root(&self) -> Result<Hash, ProofError> {
        root_hash(self.size, &self.edge)
    }

    fn trim(&mut self) {
        let mut reads = root_reads(self.size);
        reads.sort_unstable();
        self.edge.retain(&reads);
    }
}
