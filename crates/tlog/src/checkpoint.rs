//! Checkpoints: the log's size and root, signed. The text is that of C2SP tlog-checkpoint without extension lines, the
//! signatures are those of C2SP signed-note. A [`KeyRing`] says which key holds at which size, so that a key can be
//! changed without a gap. Whether a checkpoint may be signed (a consistent extension, after the commit) is `store`'s
//! business; here is no state.

use crate::note::{self, KeyError, Kind, NoteFault, PublicKey};
use ed25519_dalek::SigningKey;
use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};
use tlog_tiles::Hash;

/// Most keys that a ring takes: one a month for more than eighty years.
pub const MAX_KEYS: usize = 1024;

/// Why a checkpoint is not taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CheckpointError {
    /// It is no signed note, or no key that holds signed it.
    #[error(transparent)]
    Note(#[from] NoteFault),
    /// The note's text is no checkpoint.
    #[error("the note is not a checkpoint of three lines: origin, size, root")]
    Malformed,
    /// It has extension lines, which this log never writes.
    #[error("the checkpoint has extension lines, which no log of this kind writes")]
    Extension,
    /// It is of another log.
    #[error("the checkpoint is of the log `{found}`, not of `{expected}`; give the checkpoint of that log")]
    Origin {
        /// The origin in the checkpoint.
        found: String,
        /// The origin that the key signs for.
        expected: String,
    },
    /// A key is added before the last one.
    #[error("a key from size {from} cannot follow one from size {last}; add keys in the order in which they hold")]
    Order {
        /// From which size the new key would hold.
        from: u64,
        /// From which size the last key holds.
        last: u64,
    },
    /// The ring is full.
    #[error("a key ring holds {MAX_KEYS} keys and no more")]
    Full,
}

/// The log at one size.
#[derive(Debug, Clone, PartialEq)]
pub struct Checkpoint {
    /// The log's name, which is also the name of its keys, such as `example.org/candor`.
    pub origin: String,
    /// Number of leaves.
    pub size: u64,
    /// Root of the tree of that size.
    pub root: Hash,
}

impl Checkpoint {
    /// The three lines that are signed.
    #[must_use]
    pub fn text(&self) -> String {
        format!("{}\n{}\n{}\n", self.origin, self.size, self.root)
    }

    /// Reads the text of a note. It says nothing about who signed it.
    ///
    /// # Errors
    /// [`CheckpointError::Malformed`], [`CheckpointError::Extension`].
    pub fn parse_text(text: &str) -> Result<Self, CheckpointError> {
        let read = tlog_tiles::Checkpoint::from_bytes(text.as_bytes()).map_err(|_| CheckpointError::Malformed)?;
        if !read.extension().is_empty() {
            return Err(CheckpointError::Extension);
        }
        let checkpoint = Self { origin: read.origin().to_owned(), size: read.size(), root: *read.hash() };
        if checkpoint.text() == text { Ok(checkpoint) } else { Err(CheckpointError::Malformed) }
    }

    /// Reads a signed note without looking at its signatures: for what is checked elsewhere or only shown.
    ///
    /// # Errors
    /// As [`Checkpoint::parse_text`], and when the bytes are no note.
    pub fn unverified(note: &str) -> Result<Self, CheckpointError> {
        let note = note::parse(note)?;
        let text = std::str::from_utf8(note.text()).map_err(|_| CheckpointError::Malformed)?;
        Self::parse_text(text)
    }
}

/// The log's signing key: its origin and an Ed25519 seed. It is never printed.
#[derive(Clone)]
pub struct LogKey {
    key: SigningKey,
    public: PublicKey,
}

impl LogKey {
    /// The key of a log. The caller draws the seed, 32 random bytes, and keeps it.
    ///
    /// # Errors
    /// [`KeyError::Name`] when the origin is empty or holds a space or a plus.
    pub fn new(origin: &str, seed: &[u8; 32]) -> Result<Self, KeyError> {
        let key = SigningKey::from_bytes(seed);
        let public = PublicKey::new(origin, Kind::Note, key.verifying_key())?;
        Ok(Self { key, public })
    }

    /// The log's origin.
    #[must_use]
    pub fn origin(&self) -> &str {
        self.public.name()
    }

    /// The key that everybody may know.
    #[must_use]
    pub fn verifier(&self) -> VerifierKey {
        VerifierKey(self.public.clone())
    }

    /// The signed note of the log's checkpoint at a size.
    #[must_use]
    pub fn sign(&self, size: u64, root: &Hash) -> String {
        let text = Checkpoint { origin: self.origin().to_owned(), size, root: *root }.text();
        let line = self.public.line(&note::sign(&self.key, &text));
        format!("{text}\n{line}")
    }

    /// The note with one more signature: how a checkpoint at the size of a key change comes to be signed by both keys.
    ///
    /// # Errors
    /// [`CheckpointError`] when the note is no checkpoint of this log.
    pub fn sign_also(&self, note: &str) -> Result<String, CheckpointError> {
        let checkpoint = Checkpoint::unverified(note)?;
        self.verifier().same_origin(&checkpoint)?;
        let line = self.public.line(&note::sign(&self.key, &checkpoint.text()));
        Ok(format!("{note}{line}"))
    }
}

impl fmt::Debug for LogKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "LogKey({})", self.public)
    }
}

/// A log's public key, printed and parsed as a signed-note verifier key: `origin+id+base64`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct VerifierKey(PublicKey);

impl VerifierKey {
    /// The origin of the log that it verifies.
    #[must_use]
    pub fn origin(&self) -> &str {
        self.0.name()
    }

    /// The checkpoint in a note, once this key's signature fits and the origin is its own.
    ///
    /// # Errors
    /// [`CheckpointError`]; signatures of other keys are not looked at.
    pub fn open(&self, note: &str) -> Result<Checkpoint, CheckpointError> {
        let (text, _) = self.0.open(note)?;
        let checkpoint = Checkpoint::parse_text(&text)?;
        self.same_origin(&checkpoint)?;
        Ok(checkpoint)
    }

    fn same_origin(&self, checkpoint: &Checkpoint) -> Result<(), CheckpointError> {
        if checkpoint.origin == self.origin() {
            return Ok(());
        }
        Err(CheckpointError::Origin { found: checkpoint.origin.clone(), expected: self.origin().to_owned() })
    }
}

impl fmt::Display for VerifierKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for VerifierKey {
    type Err = KeyError;
    fn from_str(text: &str) -> Result<Self, KeyError> {
        PublicKey::parse(text, Kind::Note).map(Self)
    }
}

impl TryFrom<String> for VerifierKey {
    type Error = KeyError;
    fn try_from(text: String) -> Result<Self, KeyError> {
        text.parse()
    }
}

impl From<VerifierKey> for String {
    fn from(key: VerifierKey) -> Self {
        key.to_string()
    }
}

/// The keys of one log, each from a size of the log on.
///
/// A key changes with the event `LogKeySet`: the first checkpoint that covers it, at the size `from`, is signed by the
/// key that held and by the new one; every later checkpoint by the new one alone.
///
/// INVARIANT: one origin; sizes ascend strictly; the first key holds from 0.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyRing {
    first: VerifierKey,
    later: Vec<(u64, VerifierKey)>,
}

impl KeyRing {
    /// A ring of the log's first key.
    #[must_use]
    pub fn new(first: VerifierKey) -> Self {
        Self { first, later: Vec::new() }
    }

    /// The origin of the log.
    #[must_use]
    pub fn origin(&self) -> &str {
        self.first.origin()
    }

    /// Adds the key that holds from a size on. The caller has seen the `LogKeySet` entry at or before that size.
    ///
    /// # Errors
    /// [`CheckpointError::Order`], [`CheckpointError::Origin`] or [`CheckpointError::Full`].
    pub fn add(&mut self, from: u64, key: VerifierKey) -> Result<(), CheckpointError> {
        let last = self.later.last().map_or(0, |(last, _)| *last);
        if from <= last {
            return Err(CheckpointError::Order { from, last });
        }
        if key.origin() != self.origin() {
            return Err(CheckpointError::Origin { found: key.origin().into(), expected: self.origin().into() });
        }
        if self.later.len() + 1 >= MAX_KEYS {
            return Err(CheckpointError::Full);
        }
        self.later.push((from, key));
        Ok(())
    }

    /// The key that signs checkpoints of a size; at the size of a change, the new one.
    #[must_use]
    pub fn key_at(&self, size: u64) -> &VerifierKey {
        let held = self.later.iter().rev().find(|(from, _)| *from <= size);
        held.map_or(&self.first, |(_, key)| key)
    }

    /// The key that holds now.
    #[must_use]
    pub fn newest(&self) -> &VerifierKey {
        self.key_at(u64::MAX)
    }

    /// Each key with the size from which it holds, oldest first.
    pub fn keys(&self) -> impl Iterator<Item = (u64, &VerifierKey)> {
        std::iter::once((0, &self.first)).chain(self.later.iter().map(|(from, key)| (*from, key)))
    }

    /// The checkpoint in a note, once the key that holds at its size signed it; at the size of a key change, the key
    /// before it too.
    ///
    /// # Errors
    /// [`CheckpointError`].
    pub fn open(&self, note: &str) -> Result<Checkpoint, CheckpointError> {
        let size = Checkpoint::unverified(note)?.size;
        let checkpoint = self.key_at(size).open(note)?;
        if self.later.iter().any(|(from, _)| *from == size) {
            self.key_at(size.saturating_sub(1)).open(note)?;
        }
        Ok(checkpoint)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ORIGIN: &str = "example.org/candor";

    fn key(seed: u8) -> LogKey {
        LogKey::new(ORIGIN, &[seed; 32]).unwrap()
    }

    fn note(seed: u8, size: u64) -> String {
        key(seed).sign(size, &Hash([7; 32]))
    }

    #[test]
    fn a_signed_checkpoint_is_opened_by_its_key_only() {
        let note = note(1, 120);
        let checkpoint = key(1).verifier().open(&note).unwrap();
        assert_eq!(checkpoint, Checkpoint { origin: ORIGIN.into(), size: 120, root: Hash([7; 32]) });
        assert_eq!(Checkpoint::unverified(&note), Ok(checkpoint));
        let stranger = key(2).verifier();
        assert!(matches!(stranger.open(&note), Err(CheckpointError::Note(NoteFault::Unsigned(_)))));
        let changed = note.replacen("120", "121", 1);
        assert!(matches!(key(1).verifier().open(&changed), Err(CheckpointError::Note(NoteFault::Signature(_)))));
    }

    #[test]
    fn a_flipped_bit_of_a_signed_checkpoint_is_found() {
        let (note, verifier) = (note(1, 120).into_bytes(), key(1).verifier());
        for bit in 0..note.len() * 8 {
            let mut changed = note.clone();
            changed[bit / 8] ^= 1 << (bit % 8);
            let opened = std::str::from_utf8(&changed).ok().and_then(|text| verifier.open(text).ok());
            assert_eq!(opened, None, "bit {bit}");
        }
    }

    #[test]
    fn only_three_lines_of_the_one_form_are_a_checkpoint() {
        let root = Hash([7; 32]).to_string();
        let cases = [
            (format!("a\n1\n{root}\n"), None),
            (format!("a\n1\n{root}\nmore\n"), Some(CheckpointError::Extension)),
            (format!("a\n01\n{root}\n"), Some(CheckpointError::Malformed)),
            (format!("a\n+1\n{root}\n"), Some(CheckpointError::Malformed)),
            (format!("a\n18446744073709551616\n{root}\n"), Some(CheckpointError::Malformed)),
            (format!("\n1\n{root}\n"), Some(CheckpointError::Malformed)),
            (format!("a\n1\n{root}"), Some(CheckpointError::Malformed)),
            ("a\n1\nAAAA\n".into(), Some(CheckpointError::Malformed)),
            ("a\n1\n".into(), Some(CheckpointError::Malformed)),
            (String::new(), Some(CheckpointError::Malformed)),
        ];
        for (text, error) in cases {
            assert_eq!(Checkpoint::parse_text(&text).err(), error, "{text:?}");
        }
    }

    #[test]
    fn a_verifier_key_is_read_back_in_one_form_only() {
        let text = key(1).verifier().to_string();
        assert_eq!(text.parse(), Ok(key(1).verifier()));
        let (name, rest) = text.split_once('+').unwrap();
        let (id, bytes) = rest.split_once('+').unwrap();
        let cases = [
            (format!("{name}+{id}"), KeyError::Format),
            (format!("{name}+{id}+"), KeyError::Format),
            (format!("{name}+{id}+{bytes}="), KeyError::Format),
            (format!("{name}+{id}+BA{}", &bytes[2..]), KeyError::Kind(4)),
            (format!("{name}+00000000+{bytes}"), KeyError::Id),
            (format!("{name}+{}+{bytes}", id.to_uppercase()), KeyError::Id),
            (format!("other+{id}+{bytes}"), KeyError::Id),
            (format!("a b+{id}+{bytes}"), KeyError::Name),
        ];
        for (text, error) in cases {
            assert_eq!(text.parse::<VerifierKey>(), Err(error), "{text}");
        }
        for name in ["", "a b", "a+b", "a\nb", "a\u{1}b"] {
            assert_eq!(LogKey::new(name, &[1; 32]).err(), Some(KeyError::Name), "{name:?}");
        }
        assert!(!format!("{:?}", key(1)).contains("SigningKey"));
    }

    #[test]
    fn a_ring_asks_for_the_key_that_holds_and_for_both_at_a_change() {
        let mut ring = KeyRing::new(key(1).verifier());
        ring.add(10, key(2).verifier()).unwrap();
        assert_eq!(ring.add(10, key(3).verifier()), Err(CheckpointError::Order { from: 10, last: 10 }));
        let both = key(2).sign_also(&note(1, 10)).unwrap();
        let cases = [
            (note(1, 9), true),
            (note(2, 9), false),
            (note(1, 10), false),
            (note(2, 10), false),
            (both, true),
            (note(1, 11), false),
            (note(2, 11), true),
            (note(2, u64::MAX), true),
        ];
        for (note, taken) in cases {
            assert_eq!(ring.open(&note).is_ok(), taken, "{note}");
        }
        assert_eq!(ring.keys().map(|(from, _)| from).collect::<Vec<_>>(), [0, 10]);
        assert_eq!(ring.newest(), &key(2).verifier());
    }

    #[test]
    fn another_logs_key_or_checkpoint_is_refused() {
        let other = LogKey::new("example.org/other", &[1; 32]).unwrap();
        let mut ring = KeyRing::new(key(1).verifier());
        assert!(matches!(ring.add(5, other.verifier()), Err(CheckpointError::Origin { .. })));
        assert!(matches!(other.sign_also(&note(1, 5)), Err(CheckpointError::Origin { .. })));
        assert!(ring.open(&other.sign(5, &Hash([7; 32]))).is_err());
        // The right key under the text of another log: the name of the key must be the origin.
        let text = Checkpoint { origin: "example.org/other".into(), size: 5, root: Hash([7; 32]) }.text();
        let line = key(1).public.line(&crate::note::sign(&key(1).key, &text));
        assert!(matches!(ring.open(&format!("{text}\n{line}")), Err(CheckpointError::Origin { .. })));
    }
}
