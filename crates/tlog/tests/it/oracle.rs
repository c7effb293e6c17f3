//! Roots, inclusion and consistency against `ct-merkle`, an implementation by others, for many sizes.

use crate::{grow, leaves};
use candor_tlog::{
    EMPTY_ROOT, Hash, HashReader, Leaf, ProofError, StoredHashes, consistency_proof, consistency_reads,
    inclusion_proof, root_hash, verify_consistency, verify_inclusion,
};
use ct_merkle::{ConsistencyProof, InclusionProof, mem_backed_tree::MemoryBackedTree};
use proptest::prelude::*;
use sha2_of_the_oracle::Sha256;

type Oracle = MemoryBackedTree<Sha256, Vec<u8>>;

fn oracle(leaves: &[Leaf]) -> Oracle {
    let mut tree = Oracle::new();
    for leaf in leaves {
        tree.push(leaf.to_bytes().to_vec());
    }
    tree
}

fn joined(hashes: &[Hash]) -> Vec<u8> {
    hashes.iter().flat_map(|hash| hash.0).collect()
}

/// The proof, once it is seen that it reads exactly what is told in advance.
fn consistency(old: u64, new: u64, stored: &StoredHashes) -> Vec<Hash> {
    let reads = consistency_reads(old, new).unwrap();
    let needed: StoredHashes = reads.into_iter().map(|n| (n, stored.read_hashes(&[n]).unwrap()[0])).collect();
    consistency_proof(old, new, &needed).unwrap()
}

#[test]
fn every_consistency_proof_up_to_40_leaves_is_that_of_the_oracle() {
    let leaves = leaves(40, 9);
    let (_, stored) = grow(&leaves);
    for new in 1..=leaves.len() {
        let (tree, new_root) = (oracle(&leaves[..new]), root_hash(new as u64, &stored).unwrap());
        assert_eq!(new_root.0[..], tree.root().as_bytes()[..], "root of {new}");
        for old in 1..=new {
            let proof = consistency(old as u64, new as u64, &stored);
            let old_root = root_hash(old as u64, &stored).unwrap();
            let sizes = ((old as u64, &old_root), (new as u64, &new_root));
            assert_eq!(verify_consistency(sizes.0, sizes.1, &proof), Ok(()), "{old} to {new}");
            assert_eq!(joined(&proof), tree.prove_consistency(new - old).as_bytes(), "{old} to {new}");
        }
    }
}

#[test]
fn an_empty_tree_a_smaller_tree_and_missing_hashes_have_their_answers() {
    let (tree, _) = grow(&leaves(5, 1));
    let root = tree.root().unwrap();
    assert_eq!(verify_consistency((0, &EMPTY_ROOT), (5, &root), &[]), Ok(()));
    assert_eq!(verify_consistency((0, &EMPTY_ROOT), (0, &EMPTY_ROOT), &[]), Ok(()));
    assert_eq!(verify_consistency((5, &root), (5, &root), &[]), Ok(()));
    let inconsistent = |old, new| Err(ProofError::Inconsistent { old, new });
    assert_eq!(verify_consistency((0, &root), (5, &root), &[]), inconsistent(0, 5));
    assert_eq!(verify_consistency((0, &EMPTY_ROOT), (0, &root), &[]), inconsistent(0, 0));
    assert_eq!(verify_consistency((0, &EMPTY_ROOT), (5, &root), &[root]), inconsistent(0, 5));
    assert_eq!(verify_consistency((5, &root), (5, &EMPTY_ROOT), &[]), inconsistent(5, 5));
    assert_eq!(verify_consistency((5, &root), (5, &root), &[root]), inconsistent(5, 5));
    assert_eq!(verify_consistency((3, &root), (u64::MAX, &root), &vec![root; 1000]), inconsistent(3, u64::MAX));
    let shrunk = ProofError::Shrunk { old: 6, new: 5 };
    assert_eq!(verify_consistency((6, &root), (5, &root), &[]), Err(shrunk));
    assert_eq!(consistency_proof(6, 5, &StoredHashes::default()), Err(shrunk));
    assert_eq!(consistency_reads(6, 5), Err(shrunk));
    assert_eq!(consistency_proof(3, 5, &StoredHashes::default()), Err(ProofError::MissingHash));
    assert_eq!(consistency_reads(0, 5), Ok(Vec::new()));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn proofs_equal_those_of_the_oracle_and_it_takes_ours(count in 2_usize..600, pick: usize, earlier: usize, seed: u8) {
        let leaves = leaves(count, seed);
        let (tree, stored) = grow(&leaves);
        let (oracle_tree, root) = (oracle(&leaves), tree.root().unwrap());
        prop_assert!(root.0[..] == oracle_tree.root().as_bytes()[..]);

        let index = pick % count;
        let proof = inclusion_proof(count as u64, index as u64, &stored).unwrap();
        prop_assert!(joined(&proof) == oracle_tree.prove_inclusion(index).as_bytes());
        let theirs = InclusionProof::<Sha256>::try_from_bytes(joined(&proof)).unwrap();
        prop_assert!(oracle_tree.root().verify_inclusion(&leaves[index].to_bytes(), index as u64, &theirs).is_ok());
        prop_assert!(verify_inclusion(&leaves[index], index as u64, count as u64, &root, &proof).is_ok());

        let old = 1 + earlier % (count - 1);
        let proof = consistency(old as u64, count as u64, &stored);
        prop_assert!(joined(&proof) == oracle_tree.prove_consistency(count - old).as_bytes());
        let theirs = ConsistencyProof::<Sha256>::try_from_bytes(joined(&proof)).unwrap();
        let old_tree = oracle(&leaves[..old]);
        prop_assert!(oracle_tree.root().verify_consistency(&old_tree.root(), &theirs).is_ok());
    }

    #[test]
    fn a_changed_consistency_proof_fails(count in 2_u64..600, earlier: u64, at: usize, bit in 0_usize..256, seed: u8) {
        let (tree, stored) = grow(&leaves(usize::try_from(count).unwrap(), seed));
        let old = 1 + earlier % (count - 1);
        let (old_root, root) = (root_hash(old, &stored).unwrap(), tree.root().unwrap());
        let proof = consistency(old, count, &stored);
        let check = |old_root: &Hash, root: &Hash, proof: &[Hash]| verify_consistency((old, old_root), (count, root), proof);
        prop_assert_eq!(check(&old_root, &root, &proof), Ok(()));
        let flipped = |hash: &Hash| {
            let mut hash = *hash;
            hash.0[bit / 8] ^= 1 << (bit % 8);
            hash
        };
        prop_assert!(check(&flipped(&old_root), &root, &proof).is_err());
        prop_assert!(check(&old_root, &flipped(&root), &proof).is_err());
        let mut changed = proof.clone();
        let at = at % proof.len();
        changed[at] = flipped(&changed[at]);
        prop_assert!(check(&old_root, &root, &changed).is_err());
        prop_assert!(check(&old_root, &root, &proof[1..]).is_err());
        prop_assert!(check(&old_root, &root, &[&proof[..], &[root]].concat()).is_err());
    }
}
