//! The tree against a naive reading of RFC 6962, section 2.1, and against `ct-merkle`.

mod bundles;
mod fixtures;
mod oracle;
mod witnesses;
mod world;

use candor_tlog::{Hash, Leaf, ProofError, StoredHashes, Tree, inclusion_proof, proof_reads, to_hex, verify_inclusion};
use proptest::prelude::*;
use sha2::{Digest, Sha256};

/// `MTH(D[n])` as the RFC writes it.
fn naive_root(leaves: &[Leaf]) -> [u8; 32] {
    match leaves {
        [] => Sha256::digest([]).into(),
        [leaf] => Sha256::new().chain_update([0]).chain_update(leaf.to_bytes()).finalize().into(),
        _ => {
            let (left, right) = leaves.split_at(leaves.len().next_power_of_two() / 2);
            Sha256::new()
                .chain_update([1])
                .chain_update(naive_root(left))
                .chain_update(naive_root(right))
                .finalize()
                .into()
        }
    }
}

/// `PATH(m, D[n])` as the RFC writes it.
fn naive_path(index: usize, leaves: &[Leaf]) -> Vec<[u8; 32]> {
    if leaves.len() <= 1 {
        return Vec::new();
    }
    let half = leaves.len().next_power_of_two() / 2;
    let (left, right) = leaves.split_at(half);
    let (mut path, other) = if index < half {
        (naive_path(index, left), naive_root(right))
    } else {
        (naive_path(index - half, right), naive_root(left))
    };
    path.push(other);
    path
}

fn leaves(count: usize, seed: u8) -> Vec<Leaf> {
    (0..count).map(|n| Leaf::new(seed, &[seed; 32], &n.to_be_bytes())).collect()
}

/// Grows a tree leaf by leaf and keeps every stored hash.
fn grow(leaves: &[Leaf]) -> (Tree, StoredHashes) {
    let (mut tree, mut stored) = (Tree::default(), StoredHashes::default());
    for leaf in leaves {
        for (number, hash) in tree.append(leaf).unwrap() {
            stored.insert(number, hash);
        }
    }
    (tree, stored)
}

#[test]
fn every_root_and_path_up_to_70_leaves_is_that_of_the_rfc() {
    let leaves = leaves(70, 3);
    for count in 0..=leaves.len() {
        let (tree, stored) = grow(&leaves[..count]);
        assert_eq!(tree.root().unwrap().0, naive_root(&leaves[..count]), "{count}");
        assert_eq!(Tree::restore(count as u64, stored.clone()).unwrap(), tree, "{count}");
        for index in 0..count {
            let proof = inclusion_proof(count as u64, index as u64, &stored).unwrap();
            let proof: Vec<_> = proof.iter().map(|hash| hash.0).collect();
            assert_eq!(proof, naive_path(index, &leaves[..count]), "{index} of {count}");
        }
    }
}

#[test]
fn what_is_not_in_the_tree_is_refused() {
    let leaves = leaves(5, 1);
    let (tree, stored) = grow(&leaves);
    let out = ProofError::OutOfTree { index: 5, size: 5 };
    assert_eq!(inclusion_proof(5, 5, &stored), Err(out));
    assert_eq!(proof_reads(5, 5), Err(out));
    assert_eq!(verify_inclusion(&leaves[0], 5, 5, &tree.root().unwrap(), &[]), Err(out));
    assert_eq!(inclusion_proof(5, 0, &StoredHashes::default()), Err(ProofError::MissingHash));
    assert_eq!(Tree::restore(5, StoredHashes::default()), Err(ProofError::MissingHash));
    assert_eq!(candor_tlog::parse_hash("zz"), Err(ProofError::Malformed));
    let root = tree.root().unwrap();
    assert_eq!(candor_tlog::parse_hash(&to_hex(&root)), Ok(root));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn proofs_verify_and_any_change_breaks_them(count in 1_usize..300, pick in 0_usize..300, bit in 0_usize..256, seed: u8) {
        let leaves = leaves(count, seed);
        let (tree, stored) = grow(&leaves);
        let (index, size, root) = (pick % count, count as u64, tree.root().unwrap());
        prop_assert_eq!(root.0, naive_root(&leaves));
        // What a proof reads is exactly what is told in advance.
        let needed: StoredHashes = proof_reads(size, index as u64).unwrap().into_iter()
            .map(|n| (n, candor_tlog::HashReader::read_hashes(&stored, &[n]).unwrap()[0])).collect();
        let proof = inclusion_proof(size, index as u64, &needed).unwrap();
        prop_assert_eq!(verify_inclusion(&leaves[index], index as u64, size, &root, &proof), Ok(()));

        let mut other_leaf = leaves[index];
        other_leaf.commitment[bit / 8] ^= 1 << (bit % 8);
        prop_assert!(verify_inclusion(&other_leaf, index as u64, size, &root, &proof).is_err());
        let mut other_root: Hash = root;
        other_root.0[bit / 8] ^= 1 << (bit % 8);
        prop_assert!(verify_inclusion(&leaves[index], index as u64, size, &other_root, &proof).is_err());
        let mut longer = proof.clone();
        longer.push(root);
        prop_assert!(verify_inclusion(&leaves[index], index as u64, size, &root, &longer).is_err());
        if let Some(shorter) = proof.split_last().map(|(_, rest)| rest) {
            prop_assert!(verify_inclusion(&leaves[index], index as u64, size, &root, shorter).is_err());
        }
        if count > 1 {
            let elsewhere = ((index + 1) % count) as u64;
            prop_assert!(verify_inclusion(&leaves[index], elsewhere, size, &root, &proof).is_err());
        }
    }
}
