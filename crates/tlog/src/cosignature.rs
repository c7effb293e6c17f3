//! Cosignatures of witnesses over a checkpoint (C2SP tlog-cosignature, `cosignature/v1`), and how many of which
//! witnesses a reader asks for. A cosignature says: at this time this was the largest tree of this log that I have seen,
//! and it continues every tree that I signed before. The rules by which a witness signs stand in `witness.rs`.

use crate::checkpoint::Checkpoint;
use crate::note::{self, KeyError, Kind, NoteFault, PublicKey};
use ed25519_dalek::SigningKey;
use serde::{Deserialize, Serialize};
use std::{collections::HashSet, fmt, str::FromStr};

/// Most witnesses in a policy.
pub const MAX_WITNESSES: usize = 64;

/// A witness's signing key. It is never printed.
#[derive(Clone)]
pub struct WitnessKey {
    key: SigningKey,
    public: PublicKey,
}

impl WitnessKey {
    /// The key of a witness. The caller draws the seed, 32 random bytes, and keeps it.
    ///
    /// # Errors
    /// [`KeyError::Name`] when the name is empty or holds a space or a plus.
    pub fn new(name: &str, seed: &[u8; 32]) -> Result<Self, KeyError> {
        let key = SigningKey::from_bytes(seed);
        let public = PublicKey::new(name, Kind::Cosignature, key.verifying_key())?;
        Ok(Self { key, public })
    }

    /// The key that everybody may know.
    #[must_use]
    pub fn verifier(&self) -> WitnessVerifier {
        WitnessVerifier(self.public.clone())
    }

    /// The signature line over a checkpoint, at a time in seconds since 1970. A witness that keeps to the rules signs
    /// only what its state allows.
    #[must_use]
    pub fn cosign(&self, at: u64, checkpoint: &Checkpoint) -> String {
        self.public.line(&note::cosign(&self.key, at, &checkpoint.text()))
    }
}

impl fmt::Debug for WitnessKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "WitnessKey({})", self.public)
    }
}

/// A witness's public key, printed and parsed as a verifier key of kind 4.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct WitnessVerifier(PublicKey);

impl WitnessVerifier {
    /// The witness's name.
    #[must_use]
    pub fn name(&self) -> &str {
        self.0.name()
    }

    /// When the witness cosigned the note, in seconds since 1970.
    ///
    /// # Errors
    /// [`NoteFault`] when it did not, or when the signature does not fit.
    pub fn cosigned_at(&self, note: &str) -> Result<u64, NoteFault> {
        let (_, signature) = self.0.open(note)?;
        note::split_time(&signature).map(|(at, _)| at).ok_or(NoteFault::Malformed)
    }
}

impl fmt::Display for WitnessVerifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for WitnessVerifier {
    type Err = KeyError;
    fn from_str(text: &str) -> Result<Self, KeyError> {
        PublicKey::parse(text, Kind::Cosignature).map(Self)
    }
}

impl TryFrom<String> for WitnessVerifier {
    type Error = KeyError;
    fn try_from(text: String) -> Result<Self, KeyError> {
        text.parse()
    }
}

impl From<WitnessVerifier> for String {
    fn from(key: WitnessVerifier) -> Self {
        key.to_string()
    }
}

/// Why a policy or a note under it is not taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum QuorumError {
    /// More are asked for than there are.
    #[error("{needed} of {of} different witnesses cannot be had; name that many, at most {MAX_WITNESSES}")]
    Impossible {
        /// How many must have signed.
        needed: usize,
        /// How many different witnesses are named.
        of: usize,
    },
    /// Too few signed.
    #[error("{found} of the {needed} witnesses that are asked for cosigned the checkpoint; wait for more of them")]
    TooFew {
        /// How many signed.
        found: usize,
        /// How many must have signed.
        needed: usize,
    },
    /// The note cannot be read, or a named witness's signature does not fit it.
    #[error(transparent)]
    Note(#[from] NoteFault),
}

/// `k` of `n` witnesses.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Quorum {
    needed: usize,
    witnesses: Vec<WitnessVerifier>,
}

impl Quorum {
    /// `needed` of these witnesses; zero of none is the policy of a log that stands alone.
    ///
    /// # Errors
    /// [`QuorumError::Impossible`]; two keys of one name count as one witness.
    pub fn new(needed: usize, witnesses: Vec<WitnessVerifier>) -> Result<Self, QuorumError> {
        let names: HashSet<_> = witnesses.iter().map(WitnessVerifier::name).collect();
        let of = names.len();
        if needed > of || of < witnesses.len() || of > MAX_WITNESSES {
            return Err(QuorumError::Impossible { needed, of });
        }
        Ok(Self { needed, witnesses })
    }

    /// How many must have cosigned.
    #[must_use]
    pub fn needed(&self) -> usize {
        self.needed
    }

    /// How many witnesses are named.
    #[must_use]
    pub fn len(&self) -> usize {
        self.witnesses.len()
    }

    /// Whether no witness is named.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.witnesses.is_empty()
    }

    /// The named witnesses that cosigned the note, each with the time in seconds since 1970, in the policy's order.
    ///
    /// # Errors
    /// [`QuorumError`].
    pub fn check(&self, note: &str) -> Result<Vec<(&str, u64)>, QuorumError> {
        let mut found = Vec::new();
        for witness in &self.witnesses {
            match witness.cosigned_at(note) {
                Ok(at) => found.push((witness.name(), at)),
                Err(NoteFault::Unsigned(_)) => {}
                Err(fault @ (NoteFault::Malformed | NoteFault::Signature(_))) => return Err(fault.into()),
            }
        }
        if found.len() < self.needed {
            return Err(QuorumError::TooFew { found: found.len(), needed: self.needed });
        }
        Ok(found)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Hash, LogKey};

    fn witness(seed: u8) -> WitnessKey {
        WitnessKey::new(&format!("witness.example/{seed}"), &[seed; 32]).unwrap()
    }

    fn cosigned(seeds: &[u8]) -> String {
        let mut note = LogKey::new("example.org/candor", &[1; 32]).unwrap().sign(7, &Hash([7; 32]));
        let checkpoint = Checkpoint::unverified(&note).unwrap();
        for seed in seeds {
            note.push_str(&witness(*seed).cosign(1_700_000_000 + u64::from(*seed), &checkpoint));
        }
        note
    }

    #[test]
    fn k_of_n_witnesses_are_counted() {
        let policy = |needed, seeds: &[u8]| {
            Quorum::new(needed, seeds.iter().map(|seed| witness(*seed).verifier()).collect()).unwrap()
        };
        assert_eq!(policy(0, &[]).check(&cosigned(&[])), Ok(vec![]));
        let two = policy(2, &[2, 3, 4]);
        let found = two.check(&cosigned(&[4, 2])).unwrap();
        assert_eq!(found, [("witness.example/2", 1_700_000_002), ("witness.example/4", 1_700_000_004)]);
        // One witness twice, and a stranger, count as one.
        assert_eq!(two.check(&cosigned(&[2, 2, 9])), Err(QuorumError::TooFew { found: 1, needed: 2 }));
        assert_eq!(Quorum::new(1, Vec::new()), Err(QuorumError::Impossible { needed: 1, of: 0 }));
        let same = vec![witness(2).verifier(), witness(2).verifier()];
        assert_eq!(Quorum::new(1, same), Err(QuorumError::Impossible { needed: 1, of: 1 }));
    }

    #[test]
    fn a_flipped_bit_of_a_cosigned_checkpoint_is_found() {
        let (note, verifier) = (cosigned(&[2]).into_bytes(), witness(2).verifier());
        let log_line = note.windows(2).position(|two| two == b"\n\n").unwrap() + 2;
        let next_line = log_line + note[log_line..].iter().position(|byte| *byte == b'\n').unwrap();
        for bit in (0..note.len() * 8).filter(|bit| !(log_line..next_line).contains(&(bit / 8))) {
            let mut changed = note.clone();
            changed[bit / 8] ^= 1 << (bit % 8);
            let opened = std::str::from_utf8(&changed).ok().and_then(|text| verifier.cosigned_at(text).ok());
            assert_eq!(opened, None, "bit {bit}");
        }
    }

    #[test]
    fn a_log_key_is_no_witness_key() {
        let log = LogKey::new("example.org/candor", &[1; 32]).unwrap().verifier().to_string();
        assert_eq!(log.parse::<WitnessVerifier>(), Err(KeyError::Kind(1)));
        let text = witness(2).verifier().to_string();
        assert_eq!(text.parse(), Ok(witness(2).verifier()));
    }
}
