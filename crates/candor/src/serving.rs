//! What the assistant serves now: the base and the mean of the adapters of the served release, without the shards that
//! have left. A shard leaves in milliseconds; nothing else is recomputed.

use crate::{
    base, directory,
    egress::StoreLedger,
    outside,
    platform::{self, Platform},
    provider::LocalProvider,
    redaction::ServedRedaction,
    redaction_model::Model,
    verbatim::{self, Indexes},
};
use anyhow::Result;
use candor_assist::{Assistant, ModelInfo, OutputGuard, Redactor, Templates, remote::Ledger};
use candor_core::{ReleaseId, Seq};
use candor_ml::{Base, adapter::Adapter, decode::Precision, joint::load_joint, merge::Served, train::shard_folder};
use candor_redact::Directory;
use candor_store::{ReleaseRow, ShardState};
use jiff::{SignedDuration, Timestamp};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};
use tokio::sync::{Mutex, watch};

/// How often the guard learns at most who joined, who is left out, and which snapshots there are.
const GUARD_AGE: SignedDuration = SignedDuration::from_secs(60);

/// The assistant and the weights behind it.
pub struct Serving {
    platform: Platform,
    base: Base,
    /// What pages and API ask.
    pub assistant: Arc<Assistant>,
    /// What takes personal data out of texts for pages and API.
    pub redaction: Arc<ServedRedaction>,
    /// What the operator brought to find personal data.
    model: Model,
    /// What may be asked of the assistant.
    pub templates: Arc<Templates>,
    /// What takes personal data out of prompts that leave this server.
    outgoing: watch::Sender<Arc<Redactor>>,
    loaded: Mutex<Loaded>,
}

/// What is in the weights now.
struct Loaded {
    release: Option<ReleaseRow>,
    adapters: BTreeMap<u16, Adapter>,
    /// Learnt on top of all shards, so there only while all of them are.
    joint: Option<Adapter>,
    indexes: Indexes,
    guard: Arc<OutputGuard>,
    /// The log was read up to here, and when.
    read: (Seq, Timestamp),
}

impl Serving {
    /// Loads the served release, or the base alone if there is none.
    pub async fn start(platform: &Platform) -> Result<Self> {
        let base = load_base(platform).await?;
        let people = directory::of_members(platform).await?;
        let model = platform.redaction_model().await?;
        let settings = &platform.settings;
        let templates = Arc::new(outside::templates(&settings.assist)?);
        let (outgoing, redactor) = watch::channel(directory::outgoing(Arc::clone(&people), &model)?);
        let ledger: Arc<dyn Ledger> = Arc::new(StoreLedger::new(platform.store.clone()));
        let providers = outside::providers(&settings.providers, &settings.assist, &redactor, &ledger)?;
        let loaded = Loaded::read(platform, &base, &people, &Indexes::new()).await?;
        let assistant =
            Assistant::new(Arc::new(loaded.provider(&base, settings.assist.weights)?), Arc::clone(&loaded.guard));
        let assistant = Arc::new(assistant.with_outside(providers));
        let book = platform.store.history().book().clone();
        let redaction = Arc::new(ServedRedaction::new(people, book, model.clone()));
        let (platform, loaded) = (platform.clone(), Mutex::new(loaded));
        Ok(Self { platform, base, assistant, redaction, model, templates, outgoing, loaded })
    }

    /// Takes shards out of the weights; drafts that are being written with them end.
    pub async fn leave(&self, release: &ReleaseId, shards: &BTreeSet<u16>) -> Result<()> {
        let mut loaded = self.loaded.lock().await;
        let served = loaded.adapters.len();
        if loaded.release.as_ref().is_some_and(|row| row.id == *release) {
            loaded.adapters.retain(|shard, _| !shards.contains(shard));
        }
        if loaded.adapters.len() == served {
            return Ok(());
        }
        loaded.joint = None;
        self.swap(&loaded)
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

    /// Guards with what the log says now of members and snapshots; not more often than [`GUARD_AGE`]. Drafts in flight go on, and
    /// shards can leave meanwhile.
    pub async fn learn(&self, now: Timestamp) -> Result<()> {
        let last = self.platform.store.history().last();
        let (known, (seen, at)) = {
            let loaded = self.loaded.lock().await;
            (loaded.indexes.clone(), loaded.read)
        };
        if last == seen || now.duration_since(at) < GUARD_AGE {
            return Ok(());
        }
        let people = directory::of_members(&self.platform).await?;
        let indexes = verbatim::of_live(&self.platform, &known).await?;
        let guard = guard(&self.platform, &self.base, &people, &indexes, now).await?;
        let mut loaded = self.loaded.lock().await;
        (loaded.indexes, loaded.guard, loaded.read) = (indexes, guard, (last, now));
        self.assistant.guard_with(Arc::clone(&loaded.guard));
        self.know(people)
    }

    /// Looks for these people from now on, in what pages redact and in what leaves this server.
    fn know(&self, people: Arc<Directory>) -> Result<()> {
        self.outgoing.send_replace(directory::outgoing(Arc::clone(&people), &self.model)?);
        self.redaction.swap(people);
        Ok(())
    }

    /// Loads what is served now.
    pub async fn reload(&self) -> Result<()> {
        // What takes long is made before, so that a shard that leaves need not wait for it.
        let known = self.loaded.lock().await.indexes.clone();
        let known = verbatim::of_live(&self.platform, &known).await?;
        let people = directory::of_members(&self.platform).await?;
        let mut loaded = self.loaded.lock().await;
        *loaded = Loaded::read(&self.platform, &self.base, &people, &known).await?;
        self.know(people)?;
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

/// The guard over these snapshots, with the members and the left-out ones of today.
async fn guard(
    platform: &Platform,
    base: &Base,
    people: &Arc<Directory>,
    indexes: &Indexes,
    now: Timestamp,
) -> Result<Arc<OutputGuard>> {
    let redactor = directory::guard(Arc::clone(people))?;
    let left_out = directory::of_left_out(platform, now).await?;
    let tokenizer = base.tokenizer().clone();
    let tokens = move |text: &str| tokenizer.encode(text).unwrap_or_default();
    let guard = OutputGuard::new(redactor, indexes.values().cloned().collect(), Arc::new(tokens));
    Ok(Arc::new(guard.with_left_out(left_out)))
}

impl Loaded {
    async fn read(platform: &Platform, base: &Base, people: &Arc<Directory>, known: &Indexes) -> Result<Self> {
        let read = (platform.store.history().last(), platform::now());
        // While the store is held or choices wait in the journal, nobody knows who has left: the base alone is served.
        let release = match platform.store.may_decide() {
            Ok(()) => platform.store.current_release().await?,
            Err(_) => None,
        };
        let mut adapters = BTreeMap::new();
        let mut joint = None;
        if let Some(row) = &release {
            let folder = platform.release_dir(row.id.as_str());
            let shards = platform.store.release_shards(&row.id).await?;
            // One that waits has nothing to learn from and never was in it; one that left was.
            if shards.iter().all(|shard| matches!(shard.state, ShardState::Serving | ShardState::Pending)) {
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
        let indexes = verbatim::of_live(platform, known).await?;
        let guard = guard(platform, base, people, &indexes, read.1).await?;
        Ok(Self { release, adapters, joint, indexes, guard, read })
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
            outside: None,
            tasks: Vec::new(),
        };
        Ok(LocalProvider::new(served, info)?)
    }
}
