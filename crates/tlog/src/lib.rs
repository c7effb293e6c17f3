//! The transparency log: Merkle tree and inclusion proofs
