//! What stands for a member in a sealed snapshot's member set (`candor-set/v1`): a token and a value, both keyed by the
//! member's secret, so that nobody without the secret can find a member in a set, tell two sets' tokens of one member
//! together, or test a guess. The secret's commitment stands in the log (`MemberEnrolled`) before any set, so an
//! operator cannot answer with the token of another secret.
//!
//! Both are HMAC-SHA256, not halves of one HMAC-SHA512: machines compress SHA-256 in hardware and SHA-512 mostly not, and
//! the two share the key's padded states, so that an entry costs seven compressions instead of nine.

use candor_core::{MemberId, SnapshotId, id::MAX_ID_BYTES};
use sha2::{
    Digest, Sha256,
    digest::{
        core_api::{Buffer, CoreProxy, FixedOutputCore, UpdateCore},
        generic_array::GenericArray,
    },
};
use std::fmt;

/// A member's 32 random bytes, drawn by the caller when the member is registered. They are never printed; deleting them
/// makes every token of the member meaningless.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct MemberSecret(pub [u8; 32]);

impl fmt::Debug for MemberSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MemberSecret(..)")
    }
}

/// Where a member stands in a set: `HMAC-SHA256(secret, "candor/token/v1" ‖ snapshot)`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SetToken(pub [u8; 32]);

impl SetToken {
    /// The bucket that holds the token: its top bits, at most 32 of them.
    #[must_use]
    pub fn bucket(&self, bits: u8) -> u64 {
        let top = self.0.first_chunk::<8>().map_or(0, |bytes| u64::from_be_bytes(*bytes));
        top.checked_shr(64 - u32::from(bits.min(32))).unwrap_or(0)
    }
}

/// What a member has in a set: `HMAC-SHA256(secret, "candor/val/v1" ‖ snapshot ‖ digest of their records)`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SetValue(pub [u8; 32]);

/// SHA-256 over the sorted digests of a member's records in a snapshot.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct RecordsDigest(pub [u8; 32]);

impl RecordsDigest {
    /// The digest of record digests in any order; each counts as often as it is given.
    #[must_use]
    pub fn of(digests: impl IntoIterator<Item = [u8; 32]>) -> Self {
        let mut sorted: Vec<_> = digests.into_iter().collect();
        sorted.sort_unstable();
        let hash = sorted.iter().fold(Sha256::new(), |hash, digest| hash.chain_update(digest));
        Self(hash.finalize().into())
    }
}

/// The commitment to a member's secret, in hex: `SHA-256("candor/enrol/v1" ‖ member ‖ secret)`.
#[must_use]
pub fn enrolment(member: &MemberId, secret: &MemberSecret) -> String {
    let hash = Sha256::new().chain_update("candor/enrol/v1").chain_update(member.as_str()).chain_update(secret.0);
    hex::encode(hash.finalize())
}

/// A member's token in a snapshot.
#[must_use]
pub fn token(secret: &MemberSecret, snapshot: &SnapshotId) -> SetToken {
    token_of(&Key::of(secret), snapshot)
}

/// A member's token and value in a snapshot that holds these records of theirs.
#[must_use]
pub fn entry(secret: &MemberSecret, snapshot: &SnapshotId, records: &RecordsDigest) -> (SetToken, SetValue) {
    let key = Key::of(secret);
    let value = key.mac([b"candor/val/v1", snapshot.as_str().as_bytes(), &records.0]);
    (token_of(&key, snapshot), SetValue(value))
}

fn token_of(key: &Key, snapshot: &SnapshotId) -> SetToken {
    SetToken(key.mac([b"candor/token/v1", snapshot.as_str().as_bytes(), &[]]))
}

const BLOCK: usize = 64;
/// SHA-256 by whole blocks.
type Core = <Sha256 as CoreProxy>::Core;
/// Room for the longest message: the longest name of a snapshot with what stands around it.
const MESSAGE: usize = 4 * BLOCK;
const _: () = assert!(15 + MAX_ID_BYTES + 32 < MESSAGE, "the longest message has its room");

/// HMAC-SHA256 (RFC 2104) with the secret's padded key taken in once for both messages. It hands the blocks on itself: of
/// ten million members, hashers that buffer their input take nearly as long for that as for hashing.
struct Key {
    inner: Core,
    outer: Core,
}

impl Key {
    fn of(secret: &MemberSecret) -> Self {
        let taken_in = |pad: u8| {
            let mut block = [pad; BLOCK];
            block.iter_mut().zip(secret.0).for_each(|(byte, secret)| *byte ^= secret);
            let mut hash = Core::default();
            hash.update_blocks(std::slice::from_ref(GenericArray::from_slice(&block)));
            hash
        };
        Self { inner: taken_in(0x36), outer: taken_in(0x5c) }
    }

    /// The code of a message of three parts.
    fn mac(&self, parts: [&[u8]; 3]) -> [u8; 32] {
        let (mut message, mut length) = ([0; MESSAGE], 0);
        for part in parts {
            if let Some(place) = message.get_mut(length..length + part.len()) {
                place.copy_from_slice(part);
            }
            length += part.len();
        }
        let inner = end(self.inner.clone(), message.get(..length).unwrap_or_default());
        end(self.outer.clone(), &inner)
    }
}

/// The hash of what was taken in and of the rest of the message.
fn end(mut hash: Core, rest: &[u8]) -> [u8; 32] {
    let blocks = rest.chunks_exact(BLOCK);
    let tail = blocks.remainder();
    blocks.for_each(|block| hash.update_blocks(std::slice::from_ref(GenericArray::from_slice(block))));
    let mut out = GenericArray::default();
    hash.finalize_fixed_core(&mut Buffer::<Core>::new(tail), &mut out);
    out.into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::commit;

    #[test]
    fn token_value_and_enrolment_are_the_formulas() {
        let (secret, snapshot) = (MemberSecret([3; 32]), SnapshotId::new("s1").unwrap());
        let records = RecordsDigest::of([[2; 32], [1; 32]]);
        assert_eq!(records.0, <[u8; 32]>::from(Sha256::digest([[1; 32], [2; 32]].concat())));
        let (found, value) = entry(&secret, &snapshot, &records);
        assert_eq!(found, token(&secret, &snapshot));
        assert_eq!(found.0, commit(&secret.0, b"candor/token/v1s1"));
        assert_eq!(value.0, commit(&secret.0, &[b"candor/val/v1s1".as_slice(), &records.0].concat()));
        let member = MemberId::new("ann").unwrap();
        let expected = Sha256::digest([b"candor/enrol/v1ann".as_slice(), &[3; 32]].concat());
        assert_eq!(enrolment(&member, &secret), hex::encode(expected));
        assert_eq!(format!("{secret:?}"), "MemberSecret(..)");
    }

    /// Names of every length that an identifier may have, so that messages end in every place of a block.
    #[test]
    fn messages_of_all_lengths_are_those_of_the_library() {
        let (secret, records) = (MemberSecret([9; 32]), RecordsDigest([4; 32]));
        for length in 1..=MAX_ID_BYTES {
            let name = "s".repeat(length);
            let (token, value) = entry(&secret, &SnapshotId::new(name.clone()).unwrap(), &records);
            assert_eq!(token.0, commit(&secret.0, format!("candor/token/v1{name}").as_bytes()), "{length}");
            let message = [b"candor/val/v1".as_slice(), name.as_bytes(), &records.0].concat();
            assert_eq!(value.0, commit(&secret.0, &message), "{length}");
        }
    }

    #[test]
    fn the_bucket_is_the_top_of_the_token() {
        let mut bytes = [0; 32];
        bytes[..4].copy_from_slice(&[0b1010_0000, 0, 0, 1]);
        for (bits, bucket) in [(0, 0), (1, 1), (3, 5), (8, 160), (32, 0xa000_0001), (33, 0xa000_0001)] {
            assert_eq!(SetToken(bytes).bucket(bits), bucket, "{bits}");
        }
    }
}
