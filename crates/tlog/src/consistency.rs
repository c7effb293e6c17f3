//! Consistency proofs: that a larger tree has a smaller one as its beginning (RFC 6962, section 2.1.2; RFC 9162,
//! section 2.1.4). In the manner of `tree.rs`: what is read is told in advance, where it is kept is the caller's business.

use crate::tree::{MAX_PROOF_HASHES, Probe, ProofError};
use tlog_tiles::{EMPTY_HASH, Hash, HashReader};

/// The numbers of the stored hashes that a consistency proof needs.
///
/// # Errors
/// [`ProofError::Shrunk`].
pub fn consistency_reads(old: u64, new: u64) -> Result<Vec<u64>, ProofError> {
    let probe = Probe::default();
    consistency_proof(old, new, &probe)?;
    Ok(probe.into_numbers())
}

/// The proof that the tree of size `new` begins with the tree of size `old`; none is needed from an empty tree or
/// between equal ones.
///
/// # Errors
/// [`ProofError::Shrunk`], or [`ProofError::MissingHash`] when the reader lacks one of [`consistency_reads`].
pub fn consistency_proof<R: HashReader>(old: u64, new: u64, reader: &R) -> Result<Vec<Hash>, ProofError> {
    if old > new {
        return Err(ProofError::Shrunk { old, new });
    }
    if old == 0 || old == new {
        return Ok(Vec::new());
    }
    tlog_tiles::prove_tree(new, old, reader).map_err(|_| ProofError::MissingHash)
}

/// Checks that the tree with the second size and root begins with the tree with the first.
///
/// # Errors
/// [`ProofError::Shrunk`], or [`ProofError::Inconsistent`].
pub fn verify_consistency(
    (old, old_root): (u64, &Hash),
    (new, new_root): (u64, &Hash),
    proof: &[Hash],
) -> Result<(), ProofError> {
    if old > new {
        return Err(ProofError::Shrunk { old, new });
    }
    let holds = match old {
        0 => proof.is_empty() && *old_root == EMPTY_HASH && (new > 0 || *new_root == EMPTY_HASH),
        _ if proof.len() > MAX_PROOF_HASHES => false,
        _ => tlog_tiles::check_tree(&proof.to_vec(), new, *new_root, old, *old_root).is_ok(),
    };
    if holds { Ok(()) } else { Err(ProofError::Inconsistent { old, new }) }
}
