//! The member set of a sealed snapshot (`candor-set/v1`): a Merkle tree in which a member's token has one possible place,
//! so that a proof shows presence *or absence* and needs no auditor who checked an order.
//!
//! The tree has exactly `2^bits` leaves, `bits = max(0, ⌈log2(members / 10)⌉)`. Leaf `j` is the concatenation of the
//! 64-byte entries `token ‖ value`, ascending, whose tokens' top bits are `j`; it may be empty. It is a plain RFC 6962
//! tree over SHA-256. A proof is the path of a leaf and the leaf itself. How many members there are and whether a record
//! was filed under the right member is not shown by it: that takes somebody with the dataset.

use crate::token::{SetToken, SetValue};
use candor_core::event::SetHead as StatedHead;
use sha2::{Digest, Sha256};
use tlog_tiles::{Hash, node_hash};

/// Members whom a leaf holds at most on average.
const MEMBERS_PER_BUCKET: u64 = 10;
/// Most members in a set: tokens are told apart by their first 32 bits in the tree.
pub const MAX_MEMBERS: u64 = MEMBERS_PER_BUCKET << 32;
/// Most entries in a bucket: a leaf must fit an entry of a tile, 65,535 bytes.
pub const MAX_BUCKET: usize = 1023;
/// Length of an entry in bytes.
pub const ENTRY_BYTES: usize = 64;

/// Why a set cannot be built, or a proof is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SetError {
    /// One token twice: one member was given twice.
    #[error("a token stands twice in the set; give each member once")]
    Twice,
    /// A bucket is too full, which random tokens never make.
    #[error("a bucket of the set would hold more than {MAX_BUCKET} entries; draw the members' secrets at random")]
    Full,
    /// The head is not one that a set can have.
    #[error("the head of the set is damaged: its bits, members or root do not go together")]
    Head,
    /// The bytes are not a set or a proof.
    #[error("the bytes are not a member set of this format; fetch it again")]
    Malformed,
    /// The proof is of another place than the token's.
    #[error("the proof is of another bucket than the token's")]
    WrongBucket,
    /// The bucket is not in order, or holds what belongs elsewhere.
    #[error("the bucket is not in order, or holds entries of another bucket")]
    Disorder,
    /// The path does not lead to the root.
    #[error("the proof does not lead from the bucket to the root of the set")]
    Invalid,
}

/// What the seal states of a set.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SetHead {
    /// The tree has `2^bits` leaves.
    pub bits: u8,
    /// Number of members.
    pub members: u64,
    /// Root of the tree.
    pub root: Hash,
}

impl SetHead {
    /// Reads the head in a seal.
    ///
    /// # Errors
    /// [`SetError::Head`].
    pub fn parse(stated: &StatedHead) -> Result<Self, SetError> {
        let root = crate::parse_hash(&stated.root).map_err(|_| SetError::Head)?;
        let canonical = crate::to_hex(&root) == stated.root;
        if !canonical || stated.members > MAX_MEMBERS || stated.bits != bits_for(stated.members) {
            return Err(SetError::Head);
        }
        Ok(Self { bits: stated.bits, members: stated.members, root })
    }

    /// The head as a seal states it.
    #[must_use]
    pub fn stated(&self) -> StatedHead {
        StatedHead { bits: self.bits, members: self.members, root: crate::to_hex(&self.root) }
    }
}

/// `max(0, ⌈log2(members / 10)⌉)`: the bits of a set's leaves.
#[must_use]
pub fn bits_for(members: u64) -> u8 {
    (0..32).find(|bits| MEMBERS_PER_BUCKET << bits >= members).unwrap_or(32)
}

/// One member in a set, in the bytes of a leaf.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct SetEntry(pub [u8; ENTRY_BYTES]);

impl SetEntry {
    /// The entry's token.
    #[must_use]
    pub fn token(&self) -> SetToken {
        SetToken(self.0.first_chunk().copied().unwrap_or_default())
    }

    /// The entry's value.
    #[must_use]
    pub fn value(&self) -> SetValue {
        SetValue(self.0.last_chunk().copied().unwrap_or_default())
    }
}

impl From<(SetToken, SetValue)> for SetEntry {
    fn from((token, value): (SetToken, SetValue)) -> Self {
        let mut bytes = [0; ENTRY_BYTES];
        for (to, from) in bytes.chunks_exact_mut(32).zip([token.0, value.0]) {
            to.copy_from_slice(&from);
        }
        Self(bytes)
    }
}

/// Whether a member is in a set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Presence {
    /// They are, with this value.
    Present(SetValue),
    /// They are not.
    Absent,
}

/// A set with its tree.
///
/// INVARIANT: entries ascend strictly by token; `levels` holds the tree from the leaves to the root.
#[derive(Debug, Clone, PartialEq)]
pub struct MemberSet {
    entries: Vec<SetEntry>,
    levels: Vec<Vec<Hash>>,
}

impl MemberSet {
    /// Builds the set of members in any order. With the feature `parallel` it uses all cores that rayon has.
    ///
    /// # Errors
    /// [`SetError::Twice`], [`SetError::Full`], or [`SetError::Head`] for more than [`MAX_MEMBERS`].
    pub fn build(mut entries: Vec<SetEntry>) -> Result<Self, SetError> {
        crate::set_sort::sort(&mut entries);
        Self::from_sorted(entries)
    }

    /// Builds the tree over entries that ascend already; this is the part that hashes.
    ///
    /// # Errors
    /// As [`MemberSet::build`]; [`SetError::Twice`] also for entries that do not ascend.
    pub fn from_sorted(entries: Vec<SetEntry>) -> Result<Self, SetError> {
        if entries.len() as u64 > MAX_MEMBERS {
            return Err(SetError::Head);
        }
        if !entries.is_sorted_by(|one, next| one.token() < next.token()) {
            return Err(SetError::Twice);
        }
        let bits = bits_for(entries.len() as u64);
        let mut levels = vec![crate::set_sort::leaves(&entries, bits)?];
        while let Some(below) = levels.last().filter(|level| level.len() > 1) {
            let above = crate::set_sort::parents(below);
            levels.push(above);
        }
        Ok(Self { entries, levels })
    }

    /// What the seal states of it.
    #[must_use]
    pub fn head(&self) -> SetHead {
        let root = self.levels.last().and_then(|level| level.first()).copied().unwrap_or_default();
        let members = self.entries.len() as u64;
        SetHead { bits: bits_for(members), members, root }
    }

    /// The members in order.
    #[must_use]
    pub fn entries(&self) -> &[SetEntry] {
        &self.entries
    }

    /// The tree's hashes, from the leaves to the root.
    #[must_use]
    pub fn levels(&self) -> &[Vec<Hash>] {
        &self.levels
    }

    /// The proof that a token is in the set or is not.
    #[must_use]
    pub fn prove(&self, token: &SetToken) -> SetProof {
        let bits = bits_for(self.entries.len() as u64);
        let index = token.bucket(bits);
        let start = self.entries.partition_point(|entry| entry.token().bucket(bits) < index);
        let bucket = self.entries.iter().skip(start).take_while(|entry| entry.token().bucket(bits) == index);
        let siblings = self.levels.iter().take(usize::from(bits)).enumerate();
        let path = siblings.filter_map(|(level, hashes)| hashes.get(sibling(index, level)).copied());
        SetProof { index, path: path.collect(), bucket: bucket.copied().collect() }
    }
}

/// The place of the hash beside the one above leaf `index` on a level.
pub(crate) fn sibling(index: u64, level: usize) -> usize {
    usize::try_from((index >> level) ^ 1).unwrap_or(usize::MAX)
}

/// The proof that a token is in a set or is not: the one bucket where it could be, and the bucket's path to the root.
#[derive(Debug, Clone, PartialEq)]
pub struct SetProof {
    /// The bucket's place among the leaves.
    pub index: u64,
    /// The hashes beside the way from the bucket to the root.
    pub path: Vec<Hash>,
    /// The bucket's entries.
    pub bucket: Vec<SetEntry>,
}

impl SetProof {
    /// Whether the token is in the set with this head.
    ///
    /// # Errors
    /// [`SetError`]: the first check that fails.
    pub fn verify(&self, head: &SetHead, token: &SetToken) -> Result<Presence, SetError> {
        if head.members > MAX_MEMBERS || head.bits != bits_for(head.members) {
            return Err(SetError::Head);
        }
        if self.index != token.bucket(head.bits) {
            return Err(SetError::WrongBucket);
        }
        if self.bucket.len() > MAX_BUCKET || self.path.len() != usize::from(head.bits) {
            return Err(SetError::Malformed);
        }
        let ascends = self.bucket.is_sorted_by(|one, next| one.token() < next.token());
        if !ascends || self.bucket.iter().any(|entry| entry.token().bucket(head.bits) != self.index) {
            return Err(SetError::Disorder);
        }
        let climb = |(index, hash): (u64, Hash), beside: &Hash| {
            let hash = if index & 1 == 0 { node_hash(hash, *beside) } else { node_hash(*beside, hash) };
            (index >> 1, hash)
        };
        let (_, root) = self.path.iter().fold((self.index, leaf_hash(&self.bucket)), climb);
        if root != head.root {
            return Err(SetError::Invalid);
        }
        let found = self.bucket.iter().find(|entry| entry.token() == *token);
        Ok(found.map_or(Presence::Absent, |entry| Presence::Present(entry.value())))
    }

    /// Bytes of hashes and entries: what a proof weighs before it is written as text.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.path.len() * 32 + self.bucket.len() * ENTRY_BYTES
    }
}

/// `SHA-256(0x00 ‖ entries)`, the leaf hash of RFC 6962. In one piece: the first byte moves every entry across the bounds of
/// the hash's blocks, and a hasher that is fed by the entry would buffer each.
pub(crate) fn leaf_hash(bucket: &[SetEntry]) -> Hash {
    let mut leaf = Vec::with_capacity(1 + bucket.len() * ENTRY_BYTES);
    leaf.push(0);
    bucket.iter().for_each(|entry| leaf.extend_from_slice(&entry.0));
    Hash(Sha256::digest(&leaf).into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use sha2::Sha256;

    fn random_entry(seed: u64, member: usize) -> SetEntry {
        let part = |kind: u8| -> [u8; 32] {
            let hash = Sha256::new().chain_update([kind]).chain_update(seed.to_be_bytes());
            hash.chain_update(member.to_be_bytes()).finalize().into()
        };
        (SetToken(part(0)), SetValue(part(1))).into()
    }

    fn set(seed: u64, members: usize) -> MemberSet {
        MemberSet::build((0..members).map(|member| random_entry(seed, member)).collect()).unwrap()
    }

    /// The root as the construction reads, without any of the code above.
    fn naive_root(entries: &[SetEntry], bits: u8) -> [u8; 32] {
        let hash = |parts: &[&[u8]]| <[u8; 32]>::from(Sha256::digest(parts.concat()));
        let mut level: Vec<_> = (0..1_u64 << bits)
            .map(|bucket| {
                let mut inside: Vec<_> = entries
                    .iter()
                    .filter(|entry| {
                        let top = u64::from_be_bytes(entry.0[..8].try_into().unwrap());
                        u128::from(top) >> (64 - u32::from(bits)) == u128::from(bucket)
                    })
                    .map(|entry| entry.0)
                    .collect();
                inside.sort_unstable();
                hash(&[&[0], &inside.concat()])
            })
            .collect();
        while level.len() > 1 {
            level = level.chunks(2).map(|pair| hash(&[&[1], &pair[0], &pair[1]])).collect();
        }
        level[0]
    }

    #[test]
    fn the_number_of_leaves_follows_the_members() {
        let cases = [(0, 0), (1, 0), (10, 0), (11, 1), (20, 1), (21, 2), (10_000_000, 20), (MAX_MEMBERS, 32)];
        for (members, bits) in cases {
            assert_eq!(bits_for(members), bits, "{members}");
        }
    }

    #[test]
    fn the_root_is_that_of_the_naive_reading() {
        for members in [0, 1, 2, 10, 11, 20, 21, 200, 1000] {
            let entries: Vec<_> = (0..members).map(|member| random_entry(7, member)).collect();
            let set = MemberSet::build(entries.clone()).unwrap();
            let head = set.head();
            assert_eq!((head.bits, head.members), (bits_for(members as u64), members as u64));
            assert_eq!(head.root.0, naive_root(&entries, head.bits), "{members}");
        }
    }

    #[test]
    fn a_large_set_is_sorted_by_parts_as_by_one_sort() {
        let mut entries: Vec<_> = (0..40_000).map(|member| random_entry(1, member)).collect();
        let set = MemberSet::build(entries.clone()).unwrap();
        entries.sort_unstable();
        assert!(set.entries() == entries && MemberSet::from_sorted(entries).unwrap() == set);
    }

    #[test]
    fn a_member_given_twice_and_a_full_bucket_are_refused() {
        let twice = vec![random_entry(1, 1), random_entry(1, 2), random_entry(1, 1)];
        assert_eq!(MemberSet::build(twice).err(), Some(SetError::Twice));
        let same_token = vec![SetEntry([0; 64]), (SetToken([0; 32]), SetValue([1; 32])).into()];
        assert_eq!(MemberSet::build(same_token).err(), Some(SetError::Twice));
        let crowd = (0..=MAX_BUCKET as u64).map(|member| {
            let mut bytes = [0; 64];
            bytes[24..32].copy_from_slice(&member.to_be_bytes());
            SetEntry(bytes)
        });
        assert_eq!(MemberSet::build(crowd.collect()).err(), Some(SetError::Full));
    }

    #[test]
    fn a_bucket_out_of_order_or_with_strangers_is_refused_even_under_its_root() {
        // An operator who builds the tree over a disordered bucket gets a root, but no proof that is taken.
        let (low, high) = (SetEntry([1; 64]), SetEntry([2; 64]));
        for bucket in [vec![high, low], vec![low, low]] {
            let head = SetHead { bits: 0, members: 2, root: leaf_hash(&bucket) };
            let proof = SetProof { index: 0, path: Vec::new(), bucket };
            assert_eq!(proof.verify(&head, &low.token()), Err(SetError::Disorder));
        }
        let (mut set, stranger) = (set(3, 40), SetEntry([255; 64]));
        let token = set.entries.remove(0).token();
        let mut proof = set.prove(&token);
        proof.bucket.push(stranger);
        let path = proof.path.iter().fold(leaf_hash(&proof.bucket), |hash, beside| node_hash(hash, *beside));
        let head = SetHead { bits: 2, members: 40, root: path };
        assert_eq!(proof.verify(&head, &token), Err(SetError::Disorder));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn who_is_in_is_present_and_who_is_not_is_absent(members in 0_usize..400, pick: usize, seed: u64) {
            let set = set(seed, members);
            let absent = random_entry(seed, members + 1).token();
            prop_assert_eq!(set.prove(&absent).verify(&set.head(), &absent), Ok(Presence::Absent));
            if members > 0 {
                let entry = random_entry(seed, pick % members);
                let proof = set.prove(&entry.token());
                prop_assert_eq!(proof.verify(&set.head(), &entry.token()), Ok(Presence::Present(entry.value())));
            }
        }

        #[test]
        fn a_changed_proof_or_head_fails(members in 11_usize..400, bit: usize, seed: u64) {
            let set = set(seed, members);
            let (head, token) = (set.head(), random_entry(seed, 0).token());
            let proof = set.prove(&token);
            let good = proof.verify(&head, &token);
            let flip = |bytes: &mut [u8]| { let len = bytes.len() * 8; bytes[bit % len / 8] ^= 1 << (bit % 8); };
            let mut changed = proof.clone();
            let at = bit % changed.path.len();
            flip(&mut changed.path[at].0);
            prop_assert!(changed.verify(&head, &token).is_err());
            let mut changed = proof.clone();
            let at = bit % changed.bucket.len();
            flip(&mut changed.bucket[at].0);
            prop_assert!(changed.verify(&head, &token).is_err());
            let mut changed = proof.clone();
            changed.bucket.remove(at);
            prop_assert!(changed.verify(&head, &token).is_err(), "left out");
            let mut changed = proof.clone();
            changed.path.pop();
            prop_assert!(changed.verify(&head, &token).is_err());
            let mut other = head;
            flip(&mut other.root.0);
            prop_assert!(proof.verify(&other, &token).is_err());
            let other = SetHead { bits: head.bits + 1, ..head };
            prop_assert_eq!(proof.verify(&other, &token), Err(SetError::Head));
            let mut elsewhere = token;
            elsewhere.0[0] ^= 0x80;
            prop_assert_eq!(proof.verify(&head, &elsewhere), Err(SetError::WrongBucket));
            prop_assert!(matches!(good, Ok(Presence::Present(_))));
        }
    }
}
