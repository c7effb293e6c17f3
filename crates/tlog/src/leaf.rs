//! A leaf of the log: `version ‖ kind ‖ commitment`, 34 bytes. The commitment is `HMAC-SHA256(opening, event bytes)`
//! with fresh random bytes as the opening, so that nobody without the opening can test a guess, and deleting opening
//! and event makes the leaf meaningless.

use hmac::{Hmac, Mac};
use sha2::Sha256;

/// The format's version, the first byte of every leaf.
pub const LEAF_VERSION: u8 = 1;
/// Length of a leaf in bytes.
pub const LEAF_BYTES: usize = 34;

/// The 32 random bytes that open a commitment. The caller draws them, one set for each event.
pub type Opening = [u8; 32];

/// Why bytes are not a leaf.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum LeafError {
    /// The length is wrong.
    #[error("a leaf has {LEAF_BYTES} bytes, not {0}; give the whole leaf")]
    Length(usize),
    /// The version is unknown.
    #[error("leaf version `{0}` is not known; update the program")]
    Version(u8),
}

/// A leaf of the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Leaf {
    /// The event's kind, see [`crate::kind_code`].
    pub kind: u8,
    /// The commitment to the event.
    pub commitment: [u8; 32],
}

impl Leaf {
    /// The leaf of an event: its kind's code and a commitment to its bytes.
    #[must_use]
    pub fn new(kind: u8, opening: &Opening, event: &[u8]) -> Self {
        Self { kind, commitment: commit(opening, event) }
    }

    /// The bytes that are hashed into the tree.
    #[must_use]
    pub fn to_bytes(&self) -> [u8; LEAF_BYTES] {
        let mut bytes = [0; LEAF_BYTES];
        let fields = [LEAF_VERSION, self.kind].into_iter().chain(self.commitment);
        for (to, from) in bytes.iter_mut().zip(fields) {
            *to = from;
        }
        bytes
    }

    /// Reads a leaf back.
    ///
    /// # Errors
    /// When the length or the version is not that of a leaf.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, LeafError> {
        let wrong = LeafError::Length(bytes.len());
        let ([version, kind], commitment) = bytes.split_first_chunk::<2>().ok_or(wrong)?;
        if *version != LEAF_VERSION {
            return Err(LeafError::Version(*version));
        }
        Ok(Self { kind: *kind, commitment: commitment.try_into().map_err(|_| wrong)? })
    }

    /// Whether this leaf commits to these event bytes under this opening.
    #[must_use]
    pub fn opens(&self, opening: &Opening, event: &[u8]) -> bool {
        commit(opening, event) == self.commitment
    }
}

/// `HMAC-SHA256(opening, event bytes)`.
#[must_use]
pub fn commit(opening: &Opening, event: &[u8]) -> [u8; 32] {
    // The key is padded by hand to one block: a fixed-size key has no error to handle.
    let mut key = hmac::digest::generic_array::GenericArray::default();
    for (to, from) in key.iter_mut().zip(opening) {
        *to = *from;
    }
    let mut mac = <Hmac<Sha256> as hmac::digest::KeyInit>::new(&key);
    mac.update(event);
    mac.finalize().into_bytes().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_commitment_is_hmac_sha256() {
        // RFC 4231, test case 1, whose key of 20 bytes is padded with zeros.
        let mut opening = [0; 32];
        opening[..20].fill(0x0b);
        let expected = "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7";
        assert_eq!(hex::encode(commit(&opening, b"Hi There")), expected);
    }

    #[test]
    fn a_leaf_is_read_back_and_wrong_bytes_are_told_apart() {
        let leaf = Leaf::new(17, &[7; 32], b"event");
        let bytes = leaf.to_bytes();
        assert_eq!(Leaf::from_bytes(&bytes), Ok(leaf));
        assert!(leaf.opens(&[7; 32], b"event"));
        assert!(!leaf.opens(&[8; 32], b"event") && !leaf.opens(&[7; 32], b"events"));
        let cases: [(&[u8], LeafError); 4] = [
            (&[], LeafError::Length(0)),
            (&[1], LeafError::Length(1)),
            (&bytes[..33], LeafError::Length(33)),
            (&[2; 34], LeafError::Version(2)),
        ];
        for (bytes, error) in cases {
            assert_eq!(Leaf::from_bytes(bytes), Err(error));
        }
    }
}
