//! The certificate of forgetting: what was there before, what stands there now, and from what everybody who holds the rows
//! can make it again. It is signed with the log's key over its exact bytes. It names nobody: a member is in it under the
//! token that the member set of the snapshot before has for them, which only who has the member's secret can link to them.

use crate::{exit::Outcome, platform};
use anyhow::{Context, Result};
use candor_core::{ReleaseId, Seq, SnapshotId};
use candor_store::Store;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::path::{Path, PathBuf};

/// Version of the form.
pub const FORMAT: u32 = 1;
/// What is signed is said to be this.
const KIND: &str = "certificate";

/// What was forgotten.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Certificate {
    /// [`FORMAT`].
    pub format: u32,
    /// When it was made.
    pub made: Timestamp,
    /// Members who left, by their tokens in the set of the snapshot before.
    pub members: Vec<String>,
    /// The snapshot before.
    pub before: SnapshotPaper,
    /// The snapshot that stands in its place.
    pub after: SnapshotPaper,
    /// The weights; none if none were made of the snapshot before.
    pub weights: Option<Weights>,
}

/// A sealed snapshot.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SnapshotPaper {
    /// Its identifier.
    pub snapshot: SnapshotId,
    /// SHA-256 of its manifest, in hex.
    pub manifest: String,
    /// Rows in it.
    pub rows: u64,
    /// Log index of its seal.
    pub sealed: Seq,
}

/// The weights before and after.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Weights {
    /// The release that was revoked.
    pub before: ReleaseId,
    /// Log index of the entry that revoked it.
    pub revoked: Option<Seq>,
    /// The release that stands in its place; none if nothing was trained on what is left.
    pub after: Option<ReleaseId>,
    /// Log index of the entry that released it.
    pub released: Option<Seq>,
    /// SHA-256 of the base.
    pub base: String,
    /// SHA-256 of the recipe.
    pub recipe: String,
    /// The numeric profile that the bits hold for.
    pub profile: String,
    /// SHA-256 over all adapters of the release before: those of the shards in order, then the joint one.
    pub adapters_before: Option<String>,
    /// The same of the release after.
    pub adapters_after: Option<String>,
    /// The shards that changed.
    pub shards: Vec<ShardPaper>,
}

/// One shard that changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ShardPaper {
    /// Its number.
    pub shard: u16,
    /// The first slice in which somebody's rows changed: from there on it was trained again.
    pub first_slice: u16,
    /// SHA-256 of its adapter before.
    pub before: Option<String>,
    /// SHA-256 of its adapter after; none if the shard has left for good because nobody is left in it.
    pub after: Option<String>,
}

/// A certificate with its signature, as it lies in its file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Signed {
    /// What is certified.
    pub certificate: Certificate,
    /// A signed note over the SHA-256 of its bytes, by the log's key.
    pub signature: String,
}

impl Certificate {
    /// Its name, which is that of its file: the snapshot that stands at its end.
    pub fn name(&self) -> &str {
        self.after.snapshot.as_str()
    }

    /// The SHA-256 of the bytes that are signed: its JSON without white space, fields in the order of the form.
    fn digest(&self) -> Result<[u8; 32]> {
        Ok(Sha256::digest(serde_json::to_vec(self)?).into())
    }

    /// Signs it.
    pub fn sign(self, store: &Store) -> Result<Signed> {
        let signature = store.sign_statement(KIND, self.digest()?)?;
        Ok(Signed { certificate: self, signature })
    }
}

impl Signed {
    /// Reads one from a file.
    pub fn read(file: &Path) -> Result<Self> {
        let text = std::fs::read_to_string(file).with_context(|| format!("cannot read `{}`", file.display()))?;
        let signed: Self = serde_json::from_str(&text).map_err(|error| {
            Outcome::Verification(format!("`{}` is no certificate of forgetting: {error}", file.display()))
        })?;
        let format = signed.certificate.format;
        if format != FORMAT {
            let words = format!("the certificate has format {format}, this program reads {FORMAT}");
            return Err(Outcome::Verification(words).into());
        }
        Ok(signed)
    }

    /// Keeps it in the folder of certificates, whole or not at all.
    pub fn keep(&self, folder: &Path) -> Result<()> {
        let mut text = serde_json::to_vec_pretty(self)?;
        text.push(b'\n');
        platform::write_durable(&file(folder, &self.certificate.after.snapshot), &text)
    }

    /// Whether this log signed these bytes, after the entries that they name; gives the log's size at that time.
    pub fn check(&self, store: &Store) -> Result<Seq> {
        let wrong = |why: String| Outcome::Verification(format!("the certificate does not hold: {why}"));
        let (size, digest) = store.open_statement(KIND, &self.signature).map_err(|error| wrong(error.to_string()))?;
        if digest != self.certificate.digest()? {
            return Err(wrong("it was changed after it was signed".into()).into());
        }
        let weights = self.certificate.weights.as_ref();
        let named =
            [Some(self.certificate.after.sealed), weights.and_then(|w| w.released), weights.and_then(|w| w.revoked)];
        if named.into_iter().flatten().any(|seq| seq > size) {
            return Err(wrong("it names log entries that were not there when it was signed".into()).into());
        }
        Ok(size)
    }
}

/// Where the certificate lies whose last snapshot this is.
pub fn file(folder: &Path, after: &SnapshotId) -> PathBuf {
    folder.join(format!("{after}.json"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use candor_core::RuleBook;

    fn certificate() -> Certificate {
        let paper = |id: &str, sealed| SnapshotPaper {
            snapshot: SnapshotId::new(id).unwrap(),
            manifest: "ab".repeat(32),
            rows: 3,
            sealed: Seq(sealed),
        };
        Certificate {
            format: FORMAT,
            made: "2025-01-02T03:04:05Z".parse().unwrap(),
            members: vec!["cd".repeat(32)],
            before: paper("s1", 0),
            after: paper("s2", 0),
            weights: None,
        }
    }

    #[tokio::test]
    async fn it_holds_as_it_was_signed_and_in_no_other_way() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path(), RuleBook::shipped("seeds-2024").unwrap()).await.unwrap();
        let signed = certificate().sign(&store).unwrap();
        signed.keep(folder.path()).unwrap();
        let read = Signed::read(&file(folder.path(), &signed.certificate.after.snapshot)).unwrap();
        assert_eq!(read, signed);
        assert_eq!(read.check(&store).unwrap(), store.head().seq);
        let changes: [fn(&mut Signed); 4] = [
            |signed| signed.certificate.after.manifest = "00".repeat(32),
            |signed| signed.certificate.members.clear(),
            |signed| signed.certificate.format = 2,
            |signed| signed.signature = signed.signature.replace("certificate", "other"),
        ];
        for change in changes {
            let mut other = signed.clone();
            change(&mut other);
            assert!(other.check(&store).is_err());
        }
        let mut ahead = certificate();
        ahead.after.sealed = Seq(store.head().seq.0 + 1);
        assert!(ahead.sign(&store).unwrap().check(&store).is_err(), "an entry that was not there yet");
    }
}
