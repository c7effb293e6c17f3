//! Public keys of the C2SP signed-note specification, and the two ways in which they sign a checkpoint: a log's plain
//! Ed25519 signature and a witness's `cosignature/v1`. `checkpoint.rs` and `witness.rs` give them their own types, so
//! that a log's key is never taken for a witness's. Parsing of notes is `signed_note`'s.

use base64::{Engine as _, prelude::BASE64_STANDARD};
use ed25519_dalek::{Signature as Ed25519Signature, Signer as _, SigningKey, Verifier as _, VerifyingKey};
use signed_note::{Note, NoteError, VerificationError, Verifier, Verifiers};
use std::fmt;

/// Longest note that is read, in bytes: a checkpoint with the signatures of a hundred witnesses is shorter.
pub(crate) const MAX_NOTE_BYTES: usize = 64 * 1024;

/// Why a text is not a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// The name is empty, or holds a space or a plus.
    #[error("a key's name is empty or holds a space or a plus; name it like `example.org/log`")]
    Name,
    /// Not `name+id+key`.
    #[error("a verifier key is not of the form `name+id+key`; copy the whole line")]
    Format,
    /// The key is of another kind.
    #[error("a verifier key is of kind `{0}`, which is not the one asked for; log keys are `1`, witness keys `4`")]
    Kind(u8),
    /// The id is not that of name and key.
    #[error("a verifier key's id does not fit its name and key; copy the whole line")]
    Id,
}

/// Why a signed note is not taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoteFault {
    /// The bytes are no signed note.
    #[error("the text is not a signed note; copy the whole note with its signature lines")]
    Malformed,
    /// The key did not sign it.
    #[error("the note is not signed by the key `{0}`; ask the log's operator which keys hold")]
    Unsigned(String),
    /// The signature does not fit.
    #[error("the signature of `{0}` does not fit the note: it was changed after it was signed")]
    Signature(String),
}

/// What a key signs: the byte that opens its encoding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Kind {
    /// The note's text.
    Note = 1,
    /// The note's text under a time: `cosignature/v1`.
    Cosignature = 4,
}

/// A name and an Ed25519 key of one kind.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct PublicKey {
    name: String,
    id: u32,
    kind: Kind,
    key: VerifyingKey,
}

impl PublicKey {
    pub(crate) fn new(name: &str, kind: Kind, key: VerifyingKey) -> Result<Self, KeyError> {
        // A name is one word of a line; signed_note leaves out control characters that are no white space.
        if !signed_note::is_key_name_valid(name) || name.chars().any(char::is_control) {
            return Err(KeyError::Name);
        }
        let id = signed_note::key_id(name, &encoded(kind, &key));
        Ok(Self { name: name.to_owned(), id, kind, key })
    }

    /// Reads `name+id+key`; only the one canonical form is taken.
    pub(crate) fn parse(text: &str, kind: Kind) -> Result<Self, KeyError> {
        let mut parts = text.splitn(3, '+');
        let (Some(name), Some(_), Some(key)) = (parts.next(), parts.next(), parts.next()) else {
            return Err(KeyError::Format);
        };
        let bytes = BASE64_STANDARD.decode(key).map_err(|_| KeyError::Format)?;
        let (&found, bytes) = bytes.split_first().ok_or(KeyError::Format)?;
        if found != kind as u8 {
            return Err(KeyError::Kind(found));
        }
        let bytes = bytes.try_into().map_err(|_| KeyError::Format)?;
        let key = VerifyingKey::from_bytes(&bytes).map_err(|_| KeyError::Format)?;
        let key = Self::new(name, kind, key)?;
        if key.to_string() == text { Ok(key) } else { Err(KeyError::Id) }
    }

    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// `name+id`, enough to find the key and short enough to be read.
    pub(crate) fn label(&self) -> String {
        format!("{}+{:08x}", self.name, self.id)
    }

    /// The note's text and this key's signature bytes, once the signature is found to fit.
    pub(crate) fn open(&self, note: &str) -> Result<(String, Vec<u8>), NoteFault> {
        let note = parse(note)?;
        let (signed, _) = note.verify(&Only(self)).map_err(|error| match error {
            NoteError::InvalidSignature { .. } => NoteFault::Signature(self.label()),
            NoteError::UnverifiedNote => NoteFault::Unsigned(self.label()),
            _ => NoteFault::Malformed,
        })?;
        let bytes = signed.first().ok_or_else(|| NoteFault::Unsigned(self.label()))?.signature().to_vec();
        let text = String::from_utf8(note.text().to_vec()).map_err(|_| NoteFault::Malformed)?;
        Ok((text, bytes))
    }

    /// The signature line of this key over bytes that `sign` made.
    pub(crate) fn line(&self, signature: &[u8]) -> String {
        let bytes = [&self.id.to_be_bytes(), signature].concat();
        format!("\u{2014} {} {}\n", self.name, BASE64_STANDARD.encode(bytes))
    }
}

impl fmt::Display for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}+{:08x}+{}", self.name, self.id, BASE64_STANDARD.encode(encoded(self.kind, &self.key)))
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Verifier for PublicKey {
    fn name(&self) -> &str {
        &self.name
    }

    fn key_id(&self) -> u32 {
        self.id
    }

    fn verify(&self, text: &[u8], signature: &[u8]) -> bool {
        let fits = |text: &[u8], signature: &[u8]| {
            let signature = Ed25519Signature::from_slice(signature);
            signature.is_ok_and(|signature| self.key.verify(text, &signature).is_ok())
        };
        match self.kind {
            Kind::Note => fits(text, signature),
            Kind::Cosignature => split_time(signature).is_some_and(|(at, rest)| fits(&cosigned(at, text), rest)),
        }
    }
}

/// Knows one key and no other.
struct Only<'a>(&'a PublicKey);

impl Verifiers for Only<'_> {
    fn verifier(&self, name: &str, id: u32) -> Result<&dyn Verifier, VerificationError> {
        if name == self.0.name && id == self.0.id {
            return Ok(self.0);
        }
        Err(VerificationError::UnknownKey { name: name.to_owned(), id })
    }
}

/// Reads a note within [`MAX_NOTE_BYTES`]; only the bytes that printing it gives back are taken.
pub(crate) fn parse(note: &str) -> Result<Note, NoteFault> {
    if note.len() > MAX_NOTE_BYTES {
        return Err(NoteFault::Malformed);
    }
    let parsed = Note::from_bytes(note.as_bytes()).map_err(|_| NoteFault::Malformed)?;
    if parsed.to_bytes() == note.as_bytes() { Ok(parsed) } else { Err(NoteFault::Malformed) }
}

/// Signature bytes of a log over a note's text.
pub(crate) fn sign(key: &SigningKey, text: &str) -> Vec<u8> {
    key.sign(text.as_bytes()).to_bytes().to_vec()
}

/// Signature bytes of `cosignature/v1`: the time in seconds, then the signature over time and text.
pub(crate) fn cosign(key: &SigningKey, at: u64, text: &str) -> Vec<u8> {
    let signature = key.sign(&cosigned(at, text.as_bytes()));
    [&at.to_be_bytes()[..], &signature.to_bytes()[..]].concat()
}

/// The time in front of a cosignature, and what is left.
pub(crate) fn split_time(signature: &[u8]) -> Option<(u64, &[u8])> {
    let (at, rest) = signature.split_first_chunk::<8>()?;
    Some((u64::from_be_bytes(*at), rest))
}

fn cosigned(at: u64, text: &[u8]) -> Vec<u8> {
    [format!("cosignature/v1\ntime {at}\n").as_bytes(), text].concat()
}

fn encoded(kind: Kind, key: &VerifyingKey) -> Vec<u8> {
    [&[kind as u8], &key.to_bytes()[..]].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str =
        "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n";
    const PETER_KEY: &str = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
    const PETER: &str = "\u{2014} PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n";
    const ENOCH: &str = "\u{2014} EnochRoot rwz+eBzmZa0SO3NbfRGzPCpDckykFXSdeX+MNtCOXm2/5n2tiOHp+vAF1aGrQ5ovTG01oOTGwnWLox33WWd1RvMc+QQ=\n";

    /// The vectors of Go's package `note`, which the specification names as its origin.
    #[test]
    fn published_notes_open_and_bad_ones_do_not() {
        let peter = PublicKey::parse(PETER_KEY, Kind::Note).unwrap();
        assert_eq!(peter.to_string(), PETER_KEY);
        assert_eq!(PublicKey::parse(PETER_KEY, Kind::Cosignature), Err(KeyError::Kind(1)));
        let malformed = Some(NoteFault::Malformed);
        let cases = [
            (format!("{TEXT}\n{PETER}"), None),
            (format!("{TEXT}\n{PETER}{ENOCH}"), None),
            (format!("{TEXT}\n{ENOCH}{PETER}"), None),
            (format!("{TEXT}\n{ENOCH}"), Some(NoteFault::Unsigned(peter.label()))),
            (format!("{TEXT}x\n\n{PETER}"), Some(NoteFault::Signature(peter.label()))),
            (TEXT.to_owned(), malformed.clone()),
            (format!("\n{TEXT}"), malformed.clone()),
            (format!("{TEXT}\n{}", PETER.trim_end()), malformed.clone()),
            (format!("\u{1}{TEXT}\n{PETER}"), malformed.clone()),
            (format!("{TEXT}\n{}", PETER.replace("PeterNeumann", "Peter Neumann")), malformed.clone()),
            (format!("{TEXT}\n{}", PETER.repeat(101)), malformed.clone()),
            (format!("{}\n{PETER}", TEXT.repeat(MAX_NOTE_BYTES / TEXT.len())), malformed),
        ];
        for (note, error) in cases {
            assert_eq!(peter.open(&note).err(), error, "{note}");
        }
    }

    #[test]
    fn the_published_signing_key_makes_the_published_signature() {
        // The seed inside `PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz`.
        let encoded = BASE64_STANDARD.decode("AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz").unwrap();
        let key = SigningKey::from_bytes(&encoded[1..].try_into().unwrap());
        let peter = PublicKey::new("PeterNeumann", Kind::Note, key.verifying_key()).unwrap();
        assert_eq!((peter.to_string(), peter.line(&sign(&key, TEXT))), (PETER_KEY.to_owned(), PETER.to_owned()));
    }
}
