//! Proofs in a member set: no bytes may break the check, and only the proof of the set passes.
#![no_main]

use candor_tlog::{Hash, MemberSet, SetEntry, SetProof, SetToken};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: (u64, Vec<[u8; 32]>, Vec<([u8; 32], [u8; 32])>, u8)| {
    let (index, path, bucket, probe) = input;
    let set = MemberSet::build((0..40).map(|n| SetEntry([n * 6; 64])).collect()).expect("forty members");
    let entry = |(token, value): ([u8; 32], [u8; 32])| {
        let mut bytes = [0; 64];
        bytes[..32].copy_from_slice(&token);
        bytes[32..].copy_from_slice(&value);
        SetEntry(bytes)
    };
    let proof = SetProof {
        index,
        path: path.into_iter().map(Hash).collect(),
        bucket: bucket.into_iter().map(entry).collect(),
    };
    let token = SetToken([probe; 32]);
    if proof.verify(&set.head(), &token).is_ok() {
        assert_eq!(proof, set.prove(&token));
    }
});
