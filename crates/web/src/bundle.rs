//! A member's bundle: everything that the log says about them, with proofs, as one file that is verified offline. The one
//! place for the page, the API and the command line. What it shows is `candor_tlog::verify`'s business.

use candor_core::{Event, MemberId, Seq, SnapshotId};
use candor_store::{Change, Receipt, Store, StoreError};
use candor_tlog::{
    Bundle, Checkpoint, MemberSecret, VerifierKey,
    bundle::{
        BUNDLE_FORMAT, Enrolment, EntryProof, KeyChange, MAX_ENTRIES, MAX_SNAPSHOTS, SetEvidence, SnapshotEvidence,
    },
    consistency_proof, consistency_reads, to_hex, token,
};
use jiff::Timestamp;

/// Where the checkpoint that both keys signed is kept after a key change, before the size from which the new one holds.
pub const KEY_CHANGE: &str = "key_change:";

/// Where the last checkpoint is kept that witnesses cosigned.
const COSIGNED: &str = "cosigned";

/// Why there is no bundle.
#[derive(Debug, thiserror::Error)]
pub enum BundleError {
    /// The log has nothing about the member, or nothing is left of it.
    #[error(
        "the log says nothing about this member; a bundle can be made of members who are registered and not erased"
    )]
    Nothing,
    /// Nothing is signed while the store is held.
    #[error("the log signs nothing for now; ask again when the hold is released")]
    Unsigned,
    /// The store did not answer.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A proof cannot be made.
    #[error("a proof cannot be made; run `candor log verify`")]
    Proof(#[from] candor_tlog::ProofError),
    /// The log's own checkpoint or key is damaged.
    #[error("the log's checkpoint cannot be read; run `candor log verify`")]
    Checkpoint(#[from] candor_tlog::CheckpointError),
    /// A key of the log is damaged.
    #[error("a key of the log cannot be read; run `candor log verify`")]
    Key(#[from] candor_tlog::KeyError),
}

/// The bundle of a member under the log's last checkpoint: their entries, the newest snapshots with a proof that they
/// are or are not in each, and what became of those snapshots.
///
/// # Errors
/// [`BundleError`].
pub async fn of_member(store: &Store, member: &MemberId) -> Result<Bundle, BundleError> {
    let mut checkpoint = store.checkpoint().ok_or(BundleError::Unsigned)?;
    let mut size = Checkpoint::unverified(&checkpoint)?.size;
    let (own, platform) = entries(store, member, size);
    // One that witnesses cosigned is worth more than a later one, as long as it covers all that is shown.
    if let Some(note) = cosigned(store).await? {
        let seen = Checkpoint::unverified(&note)?.size;
        if seen <= size && entries(store, member, seen) == (own.clone(), platform.clone()) {
            (checkpoint, size) = (note, seen);
        }
    }
    let proofs = Proofs { store, size };
    let enrolled = own.iter().rev().find(|(_, is_enrolment)| *is_enrolment).map(|(seq, _)| *seq);
    let others: Vec<Seq> = own.iter().map(|(seq, _)| *seq).filter(|seq| Some(*seq) != enrolled).collect();
    let enrolment = match (enrolled, store.member_secret(member).await?) {
        (Some(seq), Some(secret)) => Some((seq, secret)),
        _ => None,
    };
    let entries = proofs.of(&others).await?;
    if entries.is_empty() && enrolment.is_none() {
        return Err(BundleError::Nothing);
    }
    let mut snapshots = Vec::new();
    for (seq, snapshot) in &platform.sealed {
        let set = match &enrolment {
            Some((_, secret)) => set(store, snapshot, secret).await?,
            None => None,
        };
        snapshots.extend(proofs.of(&[*seq]).await?.into_iter().map(|seal| SnapshotEvidence { seal, set: set.clone() }));
    }
    Ok(Bundle {
        format: BUNDLE_FORMAT.into(),
        member: member.clone(),
        key: first_key(store)?,
        key_changes: proofs.key_changes(&platform.keys).await?,
        checkpoint,
        earlier: None,
        entries,
        enrolment: match enrolment {
            Some((seq, secret)) => {
                let entry = proofs.of(&[seq]).await?.pop();
                entry.map(|entry| Enrolment { secret: hex::encode(secret.0), entry })
            }
            None => None,
        },
        snapshots,
        releases: proofs.of(&platform.releases).await?,
    })
}

/// The last checkpoint that witnesses cosigned, with their lines.
async fn cosigned(store: &Store) -> Result<Option<String>, StoreError> {
    Ok(store.document(COSIGNED).await?.and_then(|note| note.as_str().map(str::to_owned)))
}

/// Keeps a witness's line: beside those of others when they cosigned the same checkpoint.
///
/// # Errors
/// When the store does not answer.
pub async fn keep_cosigned(store: &Store, now: Timestamp, note: &str, line: &str) -> Result<(), StoreError> {
    let line = format!("{}\n", line.trim_end());
    let mut kept = cosigned(store).await?.filter(|kept| kept.starts_with(note)).unwrap_or_else(|| note.to_owned());
    if !kept.contains(&line) {
        kept.push_str(&line);
    }
    let change = Change::PutDocument { key: COSIGNED.into(), json: serde_json::Value::String(kept) };
    store.commit(now, vec![change]).await.map(drop)
}

/// What the log says of the platform, as far as a bundle carries it.
#[derive(Debug, Clone, Default, PartialEq)]
struct Platform {
    sealed: Vec<(Seq, SnapshotId)>,
    releases: Vec<Seq>,
    keys: Vec<Seq>,
}

/// The member's entries, with whether each is the enrolment; and those of the platform. The newest where there are more
/// than a bundle takes.
fn entries(store: &Store, member: &MemberId, size: u64) -> (Vec<(Seq, bool)>, Platform) {
    let history = store.history();
    let as_of = Seq(size);
    let own = history.of_member(member, as_of);
    let own = own.map(|logged| (logged.seq, matches!(logged.event, Event::MemberEnrolled { .. }))).collect();
    let mut platform = Platform::default();
    for logged in history.of_platform(as_of) {
        match &logged.event {
            Event::SnapshotSealed { snapshot, .. } => platform.sealed.push((logged.seq, snapshot.clone())),
            Event::ModelReleased { .. }
            | Event::ModelWithdrawn { .. }
            | Event::ShardRetired { .. }
            | Event::SnapshotWithdrawn { .. } => platform.releases.push(logged.seq),
            Event::LogKeySet { .. } => platform.keys.push(logged.seq),
            _ => {}
        }
    }
    newest(&mut platform.sealed, MAX_SNAPSHOTS);
    newest(&mut platform.releases, MAX_ENTRIES);
    let mut own: Vec<(Seq, bool)> = own;
    newest(&mut own, MAX_ENTRIES);
    (own, platform)
}

fn newest<T>(list: &mut Vec<T>, most: usize) {
    list.drain(..list.len().saturating_sub(most));
}

/// The log's first key, which a reader knows it by.
fn first_key(store: &Store) -> Result<VerifierKey, BundleError> {
    let keys = store.log_keys();
    let (_, first) = keys.first().ok_or(BundleError::Unsigned)?;
    Ok(first.parse()?)
}

async fn set(store: &Store, snapshot: &SnapshotId, secret: &MemberSecret) -> Result<Option<SetEvidence>, StoreError> {
    let part = store.set_part(snapshot, token(secret, snapshot)).await?;
    Ok(part.map(|part| SetEvidence::new(&part.proof, &part.records)))
}

/// Proofs in the tree of one size.
struct Proofs<'a> {
    store: &'a Store,
    size: u64,
}

impl Proofs<'_> {
    /// The proofs of entries; one that was emptied meanwhile is left out.
    async fn of(&self, entries: &[Seq]) -> Result<Vec<EntryProof>, StoreError> {
        self.at(entries, self.size).await
    }

    async fn at(&self, entries: &[Seq], size: u64) -> Result<Vec<EntryProof>, StoreError> {
        let proof = |receipt: Receipt| {
            Some(EntryProof { event: receipt.payload?, opening: receipt.opening?, proof: receipt.proof })
        };
        Ok(self.store.proofs(entries, size).await?.into_iter().filter_map(proof).collect())
    }

    /// Each key change with the checkpoint that both keys signed.
    async fn key_changes(&self, entries: &[Seq]) -> Result<Vec<KeyChange>, BundleError> {
        let mut changes = Vec::new();
        for (from, _) in self.store.log_keys().into_iter().skip(1) {
            let Some(entry) = entries.iter().rev().find(|seq| seq.0 <= from) else { continue };
            let kept = self.store.document(&format!("{KEY_CHANGE}{from}")).await?;
            let Some(checkpoint) = kept.as_ref().and_then(|note| note.as_str()) else { continue };
            let hashes = self.store.tree_hashes(consistency_reads(from, self.size)?).await?;
            let consistency = consistency_proof(from, self.size, &hashes)?.iter().map(to_hex).collect();
            let proofs = self.at(&[*entry], from).await?;
            let change = |entry| KeyChange { checkpoint: checkpoint.to_owned(), entry, consistency };
            changes.extend(proofs.into_iter().next().map(change));
        }
        Ok(changes)
    }
}
