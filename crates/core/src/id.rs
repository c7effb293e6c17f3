//! Identifiers as types: a `MemberId` cannot be passed where a `RecordId` is asked for.
//! An identifier is checked once, when it is made; it never holds control characters and is at most 200 bytes.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// Longest identifier that is taken, in bytes.
pub const MAX_ID_BYTES: usize = 200;

/// Why a text is not an identifier.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum IdError {
    /// The text is empty.
    #[error("an identifier is empty; give one to {MAX_ID_BYTES} bytes")]
    Empty,
    /// The text is too long.
    #[error("an identifier has {0} bytes; at most {MAX_ID_BYTES} are taken")]
    TooLong(usize),
    /// The text holds a control character.
    #[error("an identifier holds a control character; use printable characters")]
    Control,
}

fn check(text: &str) -> Result<(), IdError> {
    if text.is_empty() {
        return Err(IdError::Empty);
    }
    if text.len() > MAX_ID_BYTES {
        return Err(IdError::TooLong(text.len()));
    }
    if text.chars().any(char::is_control) {
        return Err(IdError::Control);
    }
    Ok(())
}

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            /// Checks and wraps a text.
            ///
            /// # Errors
            /// When the text is empty, too long, or holds a control character.
            pub fn new(text: impl Into<String>) -> Result<Self, IdError> {
                let text = text.into();
                check(&text)?;
                Ok(Self(text))
            }

            /// The identifier as text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl TryFrom<String> for $name {
            type Error = IdError;
            fn try_from(text: String) -> Result<Self, IdError> {
                Self::new(text)
            }
        }

        impl std::str::FromStr for $name {
            type Err = IdError;
            fn from_str(text: &str) -> Result<Self, IdError> {
                Self::new(text)
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> String {
                id.0
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

id!(/// The person whose data it is.
    MemberId);
id!(/// One collected item. From imports it is derived from the source and its native id, so a second import adds nothing.
    RecordId);
id!(/// What data is used for, by its key in the rule book, such as `generative_training`.
    PurposeKey);
id!(/// Who receives the data: `self`, an affiliate or a processor.
    RecipientKey);
id!(/// One published version of the policy text.
    PolicyId);
id!(/// One case of the Data Processing Objection Form.
    ObjectionId);
id!(/// One sealed dataset.
    SnapshotId);
id!(/// One training run.
    RunId);
id!(/// One set of adapters that may be served.
    ReleaseId);

impl RecordId {
    /// The identifier of an imported record: the first 32 hex digits of SHA-256 over source and native id,
    /// each with its length in front so that no two pairs share a form.
    #[must_use]
    pub fn derive(source: &str, native: &str) -> Self {
        let mut hash = Sha256::new();
        for part in [source, native] {
            hash.update((part.len() as u64).to_be_bytes());
            hash.update(part.as_bytes());
        }
        let mut text = hex::encode(hash.finalize());
        text.truncate(32);
        Self(text)
    }
}

impl RecipientKey {
    /// The platform itself.
    #[must_use]
    pub fn own() -> Self {
        Self("self".into())
    }
}

impl PurposeKey {
    /// Training of models that create content.
    #[must_use]
    pub fn generative_training() -> Self {
        Self("generative_training".into())
    }
}

/// Position in the log: gapless, starting at 1. Log order *is* time; the wall clock is only shown.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Seq(pub u64);

impl std::fmt::Display for Seq {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_identifier_is_checked_when_made() {
        let cases = [("", Some(IdError::Empty)), ("ann", None), ("a\nb", Some(IdError::Control))];
        for (text, error) in cases {
            assert_eq!(MemberId::new(text).err(), error, "{text:?}");
        }
        assert_eq!(MemberId::new("x".repeat(201)), Err(IdError::TooLong(201)));
    }

    #[test]
    fn derived_ids_keep_their_parts_apart() {
        assert_ne!(RecordId::derive("ab", "c"), RecordId::derive("a", "bc"));
        assert_eq!(RecordId::derive("a", "b"), RecordId::derive("a", "b"));
    }
}
