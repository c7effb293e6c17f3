//! What the assistant serves now: the base and the mean of the adapters of the served release, without the shards that
//! have left. A shard leaves in milliseconds; nothing else is recomputed.

use crate::{base, directory, platform::Platform, provider::LocalProvider, redaction::ServedRedaction};
use anyhow::Result;
use candor_assist::{Assistant, ModelInfo, OutputGuard, VerbatimIndex};
use candor_core::ReleaseId;
use candor_ml::{Base, adapter::Adapter, decode::Precision, joint::load_joint, merge::Served, train::shard_folder};
use candor_redact::Directory;
use candor_store::{ReleaseRow, ShardState};
use std::{collections::BTreeMap, sync::Arc};
use tokio::sync::Mutex;

/// Name of the file with the hashes of the snapshot's runs, in a release's folder.
pub const VERBATIM_FILE: &str = "verbatim.idx";

/// The assistant and the weights behind it.
pub struct Serving {
    platform: Platform,
    base: Base,
    /// What pages and API ask.
    pub assistant: Arc<Assistant>,
    /// What takes personal data out of texts for pages and API.
    pub redaction: Arc<ServedRedaction>,
    loaded: Mutex<Loaded>,
}

/// What is in the weights now.
struct Loaded {
    release: Option<ReleaseRow>,
    adapters: BTreeMap<u16, Adapter>,
    /// Learnt on top of all shards, so there only while all of them are.
    joint: Option<Adapter>,
    guard: Arc<OutputGuard>,
}

impl Serving {
    /// Loads the served release, or the base alone if there is none.
    pub async fn start(platform: &Platform) -> Result<Self> {
        let base = load_base(platform).await?;
        let people = directory::of_members(platform).await?;
        let loaded = Loaded::read(platform, &base, &people).await?;
        let assistant = Arc::new(Assistant::new(
            Arc::new(loaded.provider(&base, platform.settings.assist.weights)?),
            Arc::clone(&loaded.guard),
        ));
        let redaction = Arc::new(ServedRedaction::new(people, platform.store.history().book().clone()));
        Ok(Self { platform: platform.clone(), base, assistant, redaction, loaded: Mutex::new(loaded) })
    }

    /// Takes a shard out of the weights; drafts that are being written with it end.
    pub async fn leave(&self, release: &ReleaseId, shard: u16) -> Result<()> {
        let mut loaded = self.loaded.lock().await;
        if loaded.release.as_ref().is_some_and(|row| row.id == *release) && loaded.adapters.remove(&shard).is_some() {
            loaded.joint = None;
            self.swap(&loaded)?;
        }
        Ok(())
    }

    /// Follows what another process changed: a shard that left, a new release. Cheap when nothing did.
    pub async fn follow(&self) -> Result<()> {
        let store = &self.platform.store;
        store.refresh().await?;
        let row = if store.may_decide().is_ok() { store.current_release().await? } else { None };
        let mut shards = Vec::new();
        if let Some(row) = &row {
            let serving = store.release_shards(&row.id).await?.into_iter().filter(|s| s.state == ShardState::Serving);
            shards.extend(serving.map(|shard| shard.shard));
        }
        let is_same = {
            let loaded = self.loaded.lock().await;
            loaded.release.as_ref().map(|row| &row.id) == row.as_ref().map(|row| &row.id)
                && loaded.adapters.keys().copied().eq(shards)
        };
        if is_same { Ok(()) } else { self.reload().await }
    }

    /// Loads what is served now.
    pub async fn reload(&self) -> Result<()> {
        let mut loaded = self.loaded.lock().await;
        let people = directory::of_members(&self.platform).await?;
        *loaded = Loaded::read(&self.platform, &self.base, &people).await?;
        self.redaction.swap(people);
        self.swap(&loaded)
    }

    fn swap(&self, loaded: &Loaded) -> Result<()> {
        self.assistant.swap(
            Arc::new(loaded.provider(&self.base, self.platform.settings.assist.weights)?),
            Arc::clone(&loaded.guard),
        );
        Ok(())
    }
}

/// The base model of this platform.
pub async fn load_base(platform: &Platform) -> Result<Base> {
    let (configured, data) = (platform.settings.train.base.clone(), platform.dir().to_owned());
    tokio::task::spawn_blocking(move || base::load(&configured, &data)).await?
}

impl Loaded {
    async fn read(platform: &Platform, base: &Base, people: &Arc<Directory>) -> Result<Self> {
        // While the store is held or choices wait in the journal, nobody knows who has left: the base alone is served.
        let release = match platform.store.may_decide() {
            Ok(()) => platform.store.current_release().await?,
            Err(_) => None,
        };
        let mut adapters = BTreeMap::new();
        let (mut verbatim, mut joint) = (VerbatimIndex::default(), None);
        if let Some(row) = &release {
            let folder = platform.release_dir(row.id.as_str());
            verbatim = VerbatimIndex::load(&folder.join(VERBATIM_FILE))?;
            let shards = platform.store.release_shards(&row.id).await?;
            if shards.iter().all(|shard| shard.state == ShardState::Serving) {
                joint = load_joint(&folder, base)?;
            }
            for shard in shards {
                if shard.state == ShardState::Serving {
                    let adapter =
                        Adapter::load_for(&shard_folder(&folder, usize::from(shard.shard)).join("adapter"), base)?;
                    adapters.insert(shard.shard, adapter);
                }
            }
        }
        let redactor = directory::guard(Arc::clone(people))?;
        Ok(Self { release, adapters, joint, guard: Arc::new(OutputGuard::new(redactor, Arc::new(verbatim))) })
    }

    /// The merged weights under the release's name.
    fn provider(&self, base: &Base, weights: Precision) -> Result<LocalProvider> {
        let adapters: Vec<Adapter> = self.adapters.values().cloned().collect();
        let served = Served::with_precision(base, &adapters, self.joint.as_ref(), weights)?;
        let name = match (&self.release, adapters.len()) {
            (Some(row), 1..) => format!("base and {} shards of release {}", adapters.len(), row.id),
            _ => "base alone, public text only".to_owned(),
        };
        let info = ModelInfo {
            id: "candor".into(),
            name,
            runs_at: "this server".into(),
            release: self.release.as_ref().map(|row| row.id.to_string()),
            created: self.release.as_ref().map_or(0, |row| row.created.as_second()),
        };
        Ok(LocalProvider::new(served, info)?)
    }
}
