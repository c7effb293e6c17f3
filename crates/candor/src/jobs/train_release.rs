//! Trains a snapshot's shards, audits the adapters and releases them. The release's name is a hash of what it is made
//! from, so a run that was killed goes on in the same folder, and shards that did not change are taken over.

use super::derive_snapshot;
use crate::{
    directory,
    exit::Outcome,
    memory,
    output::{Step, grouped},
    platform::Platform,
    recorder::Recorder,
    release_audit::{self, Slices, Subject},
    release_files, release_price, release_privacy, serving,
};
use anyhow::{Context, Result, bail};
use candor_core::{Event, FenceKind, ReleaseId, RunId};
use candor_dataset::Snapshot;
use candor_ml::{
    Base,
    adapter::Adapter,
    audit::{AuditLimits, AuditReport, Left},
    dp::PrivacyBudget,
    joint::{joint_folder, train_joint},
    preflight,
    price::Price,
    progress::{Cancel, Progress},
    recipe::{Recipe, numeric_profile},
    shard::TrainRow,
    train::{ShardResult, Watch, tokens_to_learn, train_all},
};
use candor_redact::Redactor;
use candor_store::{Change, ReleaseRow, ReleaseState, ShardState, SnapshotRow, StoreError};
use serde::Serialize;
use serde_json::json;
use sha2::{Digest, Sha256};
use std::{
    fmt,
    path::{Path, PathBuf},
    sync::Arc,
    time::{Duration, Instant},
};

/// How often a release is made anew because members took back what it was made from meanwhile.
const ATTEMPTS: u32 = 10;
/// How often the release's row is told how the training goes.
const SHOWN_EVERY: Duration = Duration::from_secs(5);

/// What was trained and released.
#[derive(Debug, Clone, Serialize)]
pub struct Trained {
    /// The release.
    pub release: ReleaseId,
    /// The snapshot it was made from.
    pub snapshot: SnapshotRow,
    /// Shards, with what was trained now and what was there.
    pub shards: Vec<ShardResult>,
    /// The joint adapter on top of the shards, if the recipe has that stage.
    pub joint: Option<ShardResult>,
    /// What forgetting costs in quality.
    pub price: Price,
    /// What it promises each member, where the recipe keeps them private.
    pub privacy: Option<PrivacyBudget>,
    /// The audit that let it out.
    pub audit: AuditReport,
    /// Seconds of training, without those of the reference.
    pub train_seconds: f64,
    /// Seconds of the audit.
    pub audit_seconds: f64,
    /// The loss of each shard while it was learnt.
    #[serde(skip)]
    pub curves: serde_json::Value,
}

impl fmt::Display for Trained {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let tokens: u64 = self.shards.iter().map(|shard| shard.trained_tokens).sum();
        let slices: usize = self.shards.iter().map(|shard| shard.trained_slices).sum();
        writeln!(f, "release {} from snapshot {}", self.release, self.snapshot.id)?;
        writeln!(
            f,
            "{} shards; {slices} slices and {} tokens learnt now in {:.1} s",
            self.shards.len(),
            grouped(tokens),
            self.train_seconds
        )?;
        writeln!(f, "{}", release_price::line(&self.price))?;
        if let Some(privacy) = &self.privacy {
            writeln!(f, "{}", release_privacy::line(privacy))?;
        }
        for line in &self.audit.checks {
            writeln!(f, "audit {:<11} {:<20} {}", line.verdict.words(), line.limit.row().name, line.found)?;
        }
        write!(f, "papers: audit.html, audit.json and README.md beside the weights")
    }
}

/// A recipe by its shipped name or from a file.
pub fn recipe(name: &str) -> Result<Recipe> {
    let path = Path::new(name);
    if path.extension().is_some_and(|ext| ext == "toml") {
        return Ok(Recipe::load(path)?);
    }
    Recipe::shipped(name).with_context(|| {
        format!("there is no recipe `{name}`; give `default`, `demo`, `tiny`, `large`, `private` or a TOML file")
    })
}

/// A recipe whose weights can pass the audit; told before the work and not after it.
fn auditable(recipe: &Recipe) -> Result<()> {
    match recipe.canaries {
        0 | 1 => Err(Outcome::Usage(
            "the recipe plants no canaries, so no audit could pass; write `canaries = 32` into it".to_owned(),
        )
        .into()),
        _ => Ok(()),
    }
}

/// Everything a run needs, read once.
struct Run {
    platform: Platform,
    recipe: Recipe,
    base: Base,
    redactor: Arc<Redactor>,
    limits: AuditLimits,
    left: Vec<Left>,
    threads: usize,
}

/// Trains, audits and releases. `previous` is a release whose unchanged shards are taken over; `left` are the rows of members who
/// left it, which the audit looks at and nobody keeps.
pub async fn run(
    platform: &Platform,
    row: SnapshotRow,
    recipe: Recipe,
    previous: Option<ReleaseId>,
    left: Vec<Left>,
) -> Result<Trained> {
    auditable(&recipe)?;
    let run = Run::new(platform, recipe, left).await?;
    let (mut row, mut previous) = (row, previous);
    for _ in 0..ATTEMPTS {
        let head = platform.store.refresh().await?.seq;
        row = derive_snapshot::without_denied(platform, row).await?;
        if !run.begin(&run.name(&row)?, &row).await? {
            continue;
        }
        let trained = run.train_and_audit(&row, previous.as_ref()).await?;
        if run.release(&trained, head).await? {
            return Ok(trained);
        }
        previous = Some(trained.release);
    }
    bail!("members took back what was being trained {ATTEMPTS} times; try again")
}

/// A release that stands, for another audit: weights, rows and recipe as they were.
pub async fn subject(platform: &Platform, release: &ReleaseRow, recipe: Recipe) -> Result<Subject> {
    let run = Run::new(platform, recipe, vec![]).await?;
    if release.recipe != run.recipe.hash()? || release.base != run.base.hash() {
        let id = &release.id;
        return Err(Outcome::Usage(format!(
            "release `{id}` was made by another recipe or on another base; name them with `--recipe` and `--base`"
        ))
        .into());
    }
    let row = platform.store.snapshot(&release.snapshot).await?.context("the release's snapshot has no row")?;
    let (shards, held_out) = rows(platform, &row, Some((&run.recipe, &run.base))).await?;
    Ok(run.subject(shards, held_out, platform.release_dir(release.id.as_str())))
}

impl Run {
    async fn new(platform: &Platform, recipe: Recipe, left: Vec<Left>) -> Result<Self> {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        Ok(Self {
            recipe,
            limits: release_audit::limits(platform.store.history().book())?,
            left,
            base: serving::load_base(platform).await?,
            redactor: directory::guard(directory::of_members(platform).await?)?,
            threads: if platform.settings.train.threads == 0 { cores } else { platform.settings.train.threads },
            platform: platform.clone(),
        })
    }

    fn subject(&self, shards: Vec<Slices>, held_out: Vec<TrainRow>, folder: PathBuf) -> Subject {
        Subject {
            base: self.base.clone(),
            recipe: self.recipe.clone(),
            redactor: Arc::clone(&self.redactor),
            limits: self.limits.clone(),
            shards,
            held_out,
            left: self.left.clone(),
            folder,
        }
    }

    /// The name of what these rows, this recipe and this base make.
    fn name(&self, row: &SnapshotRow) -> Result<ReleaseId> {
        let parts = [row.manifest.as_str(), &self.recipe.hash()?, self.base.hash(), &numeric_profile()];
        let hash = hex::encode(Sha256::digest(parts.join("\n")));
        Ok(ReleaseId::new(format!("r-{}", &hash[..16]))?)
    }

    async fn train_and_audit(&self, row: &SnapshotRow, previous: Option<&ReleaseId>) -> Result<Trained> {
        let id = self.name(row)?;
        let folder = self.platform.release_dir(id.as_str());
        let (shards, held_out) = rows(&self.platform, row, Some((&self.recipe, &self.base))).await?;
        if let Some(previous) = previous.filter(|previous| **previous != id) {
            release_files::take_over(&self.platform.release_dir(previous.as_str()), &folder, shards.len())?;
        }
        let started = Instant::now();
        let total = tokens_to_learn(&self.recipe, &shards);
        let step = Arc::new(Step::start("train", total, self.platform.quiet));
        preflight::check(&self.base, &self.recipe, &shards, self.threads, memory::available_bytes())?;
        std::fs::create_dir_all(&folder)?;
        let privacy = release_privacy::budget(&self.recipe, &shards)?;
        release_privacy::seal_keys(&self.recipe, &shards, &folder)?;
        let recorder = Arc::new(Recorder::start(&folder, total)?);
        let (results, joint) = self.train(row, &shards, &folder, &step, &recorder).await?;
        let train_seconds = started.elapsed().as_secs_f64();
        if let Some(step) = Arc::into_inner(step) {
            let slices: usize = results.iter().map(|result| result.trained_slices).sum();
            step.done(&format!("{} shards, {slices} slices learnt now", results.len()));
        }
        let earlier = self.before_forgetting(previous, row).await?;
        let inputs =
            release_price::Inputs { base: &self.base, recipe: &self.recipe, shards: &shards, held_out: &held_out };
        let wanted = self.platform.settings.train.reference;
        let price = release_price::measure(&self.platform, inputs, &folder, wanted, earlier.as_ref()).await?;
        let started = Instant::now();
        let step = Arc::new(Step::start("audit", 1, self.platform.quiet));
        recorder.stage("audit");
        let subject = self.subject(shards, held_out, folder);
        let audit = release_audit::run(subject.clone(), &step).await?;
        release_audit::write_papers(&subject, &audit, id.as_str(), row)?;
        if let Some(step) = Arc::into_inner(step) {
            step.done(if audit.passed { "passed" } else { "FAILED" });
        }
        if !audit.passed {
            self.refuse(&id, row, &audit).await?;
        }
        let audit_seconds = started.elapsed().as_secs_f64();
        let curves = recorder.curves();
        Ok(Trained {
            release: id,
            snapshot: row.clone(),
            shards: results,
            joint,
            price,
            privacy,
            audit,
            train_seconds,
            audit_seconds,
            curves,
        })
    }

    /// The previous release, if what is trained now is its snapshot with somebody left out.
    async fn before_forgetting(&self, previous: Option<&ReleaseId>, row: &SnapshotRow) -> Result<Option<ReleaseRow>> {
        let Some(previous) = previous else { return Ok(None) };
        let Some(release) = self.platform.store.release(previous).await? else { return Ok(None) };
        let snapshots = self.platform.store.snapshots().await?;
        let mut parent = row.parent.clone();
        while let Some(id) = parent {
            if id == release.snapshot {
                return Ok(Some(release));
            }
            parent = snapshots.iter().find(|row| row.id == id).and_then(|row| row.parent.clone());
        }
        Ok(None)
    }

    /// Fences the log: from here on the member set is fixed. Not done if the log has denied a member of it meanwhile.
    async fn begin(&self, id: &ReleaseId, row: &SnapshotRow) -> Result<bool> {
        loop {
            let head = self.platform.store.refresh().await?.seq;
            if !derive_snapshot::denied(&self.platform, row).await?.is_empty() {
                return Ok(false);
            }
            let event = Event::RunFenced { run: RunId::new(id.as_str())?, kind: FenceKind::Freeze };
            let key = Some(format!("freeze/{id}"));
            let mut changes = vec![Change::ExpectHead(head), Change::Event { event, t_valid: None, key }];
            if self.platform.store.release(id).await?.is_none() {
                changes.push(Change::PutRelease(self.row(id, row, ReleaseState::Training, None, json!({}))?));
            }
            match self.platform.store.commit(crate::platform::now(), changes).await {
                Ok(_) => return Ok(true),
                Err(StoreError::Moved { .. }) => {}
                Err(error) => return Err(error.into()),
            }
        }
    }

    fn row(
        &self,
        id: &ReleaseId,
        row: &SnapshotRow,
        state: ReleaseState,
        adapters: Option<String>,
        metrics: serde_json::Value,
    ) -> Result<ReleaseRow> {
        Ok(ReleaseRow {
            id: id.clone(),
            snapshot: row.id.clone(),
            base: self.base.hash().to_owned(),
            recipe: self.recipe.hash()?,
            created: crate::platform::now(),
            state,
            shards: row.shards,
            adapters,
            metrics,
        })
    }

    /// Trains the shards side by side, then the joint stage on top of them, in threads of their own; meanwhile the
    /// release's row says how it goes, and an interrupt stops it at the next step.
    async fn train(
        &self,
        row: &SnapshotRow,
        shards: &[Slices],
        folder: &Path,
        step: &Arc<Step>,
        recorder: &Arc<Recorder>,
    ) -> Result<(Vec<ShardResult>, Option<ShardResult>)> {
        let (base, recipe, threads) = (self.base.clone(), self.recipe.clone(), self.threads);
        let (shards, folder) = (shards.to_vec(), folder.to_owned());
        let (step, reports) = (Arc::clone(step), Arc::clone(recorder));
        let cancel = Arc::new(Cancel::new());
        let canceled = Arc::clone(&cancel);
        let mut training = tokio::task::spawn_blocking(move || {
            let watch = |progress: Progress| {
                if let Some((line, loss)) = reports.report(&progress) {
                    let speed = grouped(line.tokens_per_s as u64);
                    step.at(line.tokens, &format!("{} tokens, loss {loss:.3}, {speed} tokens/s", grouped(line.tokens)));
                }
            };
            let watch = Watch { progress: &watch, cancel: &canceled };
            let results = train_all(&base, &recipe, &shards, &folder, threads, watch)?;
            let adapters = results.iter().map(|result| Adapter::load(&result.folder.join("adapter"), base.config()));
            let adapters = adapters.collect::<Result<Vec<_>, _>>()?;
            let joint = train_joint(&base, &recipe, &adapters, &shards, &joint_folder(&folder), watch)?;
            Ok((results, joint))
        });
        let mut shown = tokio::time::interval(SHOWN_EVERY);
        loop {
            tokio::select! {
                done = &mut training => return done?,
                _ = shown.tick() => self.show(row, recorder).await?,
                _ = tokio::signal::ctrl_c() => cancel.cancel(),
            }
        }
    }

    /// Puts the curves so far into the row of a release that is being trained.
    async fn show(&self, row: &SnapshotRow, recorder: &Recorder) -> Result<()> {
        let id = self.name(row)?;
        let kept = self.platform.store.release(&id).await?;
        if let Some(mut kept) = kept.filter(|kept| kept.state == ReleaseState::Training) {
            kept.metrics = json!({"profile": numeric_profile(), "curves": recorder.curves()});
            self.platform.store.commit(crate::platform::now(), vec![Change::PutRelease(kept)]).await?;
        }
        Ok(())
    }

    /// A release that did not pass is kept as withdrawn, with the audit that says why.
    async fn refuse(&self, id: &ReleaseId, row: &SnapshotRow, audit: &AuditReport) -> Result<()> {
        let metrics = json!({"audit": audit, "profile": numeric_profile(), "recipe": self.recipe});
        let row = self.row(id, row, ReleaseState::Withdrawn, None, metrics)?;
        self.platform.store.commit(crate::platform::now(), vec![Change::PutRelease(row)]).await?;
        let why = release_audit::failed(audit).join("; ");
        Err(Outcome::Refused(format!(
            "release `{id}` did not pass its audit ({why}); what was served before is served on"
        ))
        .into())
    }

    /// Releases, unless the log went on in a way that concerns a member of the snapshot; then the caller begins anew.
    async fn release(&self, trained: &Trained, trained_at: candor_core::Seq) -> Result<bool> {
        let store = &self.platform.store;
        let mut seen = trained_at;
        loop {
            let head = store.refresh().await?.seq;
            if head > seen && !derive_snapshot::must_leave(&self.platform, &trained.snapshot).await?.is_empty() {
                return Ok(false);
            }
            seen = head;
            let mut changes = vec![Change::ExpectHead(head)];
            let old = store.current_release().await?.filter(|row| row.id != trained.release);
            changes.extend(self.release_changes(trained)?);
            if let Some(old) = &old {
                changes.push(Change::event(Event::ModelWithdrawn { release: old.id.clone() }));
                changes.push(Change::SetReleaseState(old.id.clone(), ReleaseState::Withdrawn));
            }
            match store.commit(crate::platform::now(), changes).await {
                Ok(_) => break,
                Err(StoreError::Moved { .. }) => {}
                Err(error) => return Err(error.into()),
            }
        }
        self.sweep(&trained.release).await?;
        Ok(true)
    }

    fn release_changes(&self, trained: &Trained) -> Result<Vec<Change>> {
        let id = &trained.release;
        let mut hash = Sha256::new();
        trained.shards.iter().chain(&trained.joint).for_each(|made| hash.update(&made.adapter_hash));
        let adapters = hex::encode(hash.finalize());
        let losses: Vec<_> =
            trained.shards.iter().map(|s| s.state.slices.iter().map(|k| k.loss).collect::<Vec<_>>()).collect();
        let metrics = json!({
            "audit": trained.audit, "price": trained.price, "privacy": trained.privacy, "profile": numeric_profile(), "recipe": self.recipe,
            "losses": losses, "train_seconds": trained.train_seconds, "curves": trained.curves,
        });
        let row = self.row(id, &trained.snapshot, ReleaseState::Released, Some(adapters.clone()), metrics)?;
        let fence = Event::RunFenced { run: RunId::new(id.as_str())?, kind: FenceKind::Release };
        let event = Event::ModelReleased { release: id.clone(), snapshot: trained.snapshot.id.clone(), adapters };
        let mut changes = vec![
            Change::Event { event: fence, t_valid: None, key: Some(format!("release/{id}")) },
            Change::Event { event, t_valid: None, key: Some(format!("released/{id}")) },
            Change::PutRelease(row),
        ];
        for shard in &trained.shards {
            changes.push(Change::SetShardState {
                release: id.clone(),
                shard: u16::try_from(shard.shard)?,
                state: ShardState::Serving,
                adapter: Some(shard.adapter_hash.clone()),
            });
        }
        Ok(changes)
    }

    /// Weights of earlier releases hold members who may be gone: none is left lying about.
    async fn sweep(&self, keep: &ReleaseId) -> Result<()> {
        let folder = self.platform.dir().join("releases");
        for entry in std::fs::read_dir(&folder)? {
            let entry = entry?;
            if entry.file_name().to_str() != Some(keep.as_str()) {
                std::fs::remove_dir_all(entry.path())?;
            }
        }
        Ok(())
    }
}

/// The sealed rows of a snapshot by shard and slice, and those that are held out, checked against the manifest whose hash
/// stands in the log, and against the recipe and the base that are to learn from them.
pub async fn rows(
    platform: &Platform,
    row: &SnapshotRow,
    by: Option<(&Recipe, &Base)>,
) -> Result<(Vec<Slices>, Vec<TrainRow>)> {
    let (dir, manifest) = (platform.snapshot_dir(row.id.as_str()), row.manifest.clone());
    let asked = by.map(|(recipe, _)| (recipe.shards, recipe.slices));
    let tokenizer = by.map(|(_, base)| base.tokenizer().hash());
    tokio::task::spawn_blocking(move || {
        let snapshot = Snapshot::open(&dir)?;
        if snapshot.manifest_hash() != manifest {
            let path = dir.display();
            return Err(Outcome::Verification(format!("`{path}` is not the snapshot that the log sealed")).into());
        }
        let sealed = (usize::from(snapshot.manifest().shards), usize::from(snapshot.manifest().slices));
        if let Some((shards, slices)) = asked.filter(|asked| *asked != sealed) {
            let (s, k) = sealed;
            return Err(Outcome::Usage(format!(
                "the snapshot has {s} shards of {k} slices, the recipe {shards} of {slices}; build a new snapshot"
            ))
            .into());
        }
        if tokenizer.is_some_and(|hash| snapshot.manifest().tokenizer.sha256 != hash) {
            return Err(Outcome::Usage(
                "the snapshot's tokens are those of another base; build a new snapshot with this one".into(),
            )
            .into());
        }
        let mut all = Vec::with_capacity(sealed.0);
        for shard in 0..snapshot.manifest().shards {
            let slices = snapshot.shard_rows(shard)?;
            all.push(slices.into_iter().map(|rows| rows.into_iter().map(train_row).collect()).collect());
        }
        let held_out = snapshot.validation_rows()?.into_iter().map(train_row).collect();
        Ok((all, held_out))
    })
    .await?
}

fn train_row(row: candor_dataset::Row) -> TrainRow {
    let mut tokens = row.tokens;
    // The end token is the trainer's business.
    tokens.pop();
    TrainRow { member: row.member, record: row.record, tokens }
}
