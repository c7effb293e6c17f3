//! The folders of sealed snapshots, as the console asks for them. What is not what the log says is not shown.

use candor_core::{SnapshotId, estimate::SAMPLE_ROWS};
use candor_dataset::{Manifest, Snapshot, manifest};
use candor_store::SnapshotRow;
use candor_web::{SnapshotFolders, SnapshotPapers};
use sha2::{Digest, Sha256};
use std::{
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError},
};

/// A snapshot's sample, as it was drawn.
type Drawn = (SnapshotId, Arc<Vec<String>>);

/// The snapshots of a platform.
pub struct SealedFolders {
    folder: PathBuf,
    /// The sample that was drawn last: a snapshot is read once for all its pages.
    drawn: Mutex<Option<Drawn>>,
}

impl SealedFolders {
    /// The snapshots in this folder.
    pub fn new(folder: PathBuf) -> Self {
        Self { folder, drawn: Mutex::new(None) }
    }

    /// The manifest, if it is the one in the log.
    fn manifest(&self, row: &SnapshotRow) -> Option<Manifest> {
        let json = std::fs::read(self.folder.join(row.id.as_str()).join(manifest::FILE)).ok()?;
        let is_sealed = hex::encode(Sha256::digest(&json)) == row.manifest;
        is_sealed.then(|| serde_json::from_slice(&json).ok()).flatten()
    }
}

impl SnapshotFolders for SealedFolders {
    fn papers(&self, snapshot: &SnapshotRow) -> Option<SnapshotPapers> {
        let manifest = self.manifest(snapshot)?;
        Some(SnapshotPapers { rows: manifest.total().rows, found: manifest.findings })
    }

    fn sample(&self, snapshot: &SnapshotRow) -> Option<Arc<Vec<String>>> {
        let mut drawn = self.drawn.lock().unwrap_or_else(PoisonError::into_inner);
        // The folder is looked at every time: once it is gone, the texts are gone.
        if self.manifest(snapshot).is_none() {
            *drawn = None;
            return None;
        }
        if let Some((_, texts)) = drawn.as_ref().filter(|(id, _)| *id == snapshot.id) {
            return Some(Arc::clone(texts));
        }
        let folder = self.folder.join(snapshot.id.as_str());
        match Snapshot::open(&folder).and_then(|opened| opened.sample(SAMPLE_ROWS)) {
            Ok(texts) => {
                let texts = Arc::new(texts);
                *drawn = Some((snapshot.id.clone(), Arc::clone(&texts)));
                Some(texts)
            }
            Err(error) => {
                tracing::error!(snapshot = %snapshot.id, %error, "the sample of a snapshot cannot be drawn");
                None
            }
        }
    }
}
