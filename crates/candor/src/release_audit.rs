//! The audit of a release that was just trained: its adapters are read back from the disk, checked, and the papers are
//! written beside them. What the checks are is the business of `candor_ml::audit`; here things only come together.

use crate::output::Step;
use anyhow::Result;
use candor_core::RuleBook;
use candor_ml::{
    Base,
    adapter::Adapter,
    audit::{AuditInput, AuditLimits, AuditReport, AuditSettings, Left, audit, papers},
    files::hash_file,
    joint::{joint_folder, load_joint},
    progress::{Cancel, Progress},
    recipe::Recipe,
    shard::{ShardState, TrainRow},
    train::{Watch, has_rows, shard_folder},
};
use candor_redact::{Family, Kind, Redactor};
use candor_store::SnapshotRow;
use sha2::{Digest, Sha256};
use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

/// The rows of one shard, slice by slice.
pub type Slices = Vec<Vec<TrainRow>>;

/// What was trained, and with what.
#[derive(Clone)]
pub struct Subject {
    /// The base under the adapters.
    pub base: Base,
    /// The recipe that was followed.
    pub recipe: Recipe,
    /// What finds personal data in generated texts.
    pub redactor: Arc<Redactor>,
    /// The built-in limits, tightened by the rule book.
    pub limits: AuditLimits,
    /// Rows of each shard.
    pub shards: Vec<Slices>,
    /// Rows never learnt from.
    pub held_out: Vec<TrainRow>,
    /// Members who left since the release before.
    pub left: Vec<Left>,
    /// The folder of the release.
    pub folder: PathBuf,
}

impl Subject {
    /// The shards that have an adapter: those with rows.
    fn numbers(&self) -> Vec<usize> {
        let shards = self.shards.iter().enumerate();
        shards.filter(|(_, slices)| has_rows(slices)).map(|(number, _)| number).collect()
    }
}

/// The limits of the audit under a rule book, which may only tighten them.
pub fn limits(book: &RuleBook) -> Result<AuditLimits> {
    Ok(AuditLimits::tightened(book.audit.iter().map(|row| (row.limit.as_str(), row.most.get())))?)
}

/// Audits the adapters below the subject's folder, and shows on `step` how far it is. Runs apart from the async threads.
pub async fn run(subject: Subject, step: &Arc<Step>) -> Result<AuditReport> {
    let step = Arc::clone(step);
    tokio::task::spawn_blocking(move || blocking(&subject, &step)).await?
}

/// Writes the papers of a release beside its weights.
pub fn write_papers(subject: &Subject, report: &AuditReport, name: &str, row: &SnapshotRow) -> Result<()> {
    let hash = |shard: usize| hash_file(&weights(&subject.folder, shard)).map(|hash| (shard, hash));
    let facts = papers::CardFacts {
        release: name.to_owned(),
        snapshot: row.id.to_string(),
        manifest: row.manifest.clone(),
        members: row.members,
        records: row.records,
        tokens: row.tokens,
        adapters: subject.numbers().into_iter().map(hash).collect::<Result<_, _>>()?,
    };
    Ok(papers::write(&subject.folder, report, &subject.base, &subject.recipe, &facts)?)
}

fn weights(folder: &Path, shard: usize) -> PathBuf {
    shard_folder(folder, shard).join("adapter").join(candor_ml::adapter::WEIGHTS_FILE)
}

/// How much is looked at: the recipes for trying out are audited on small samples. What is picked depends on the weights, so that nobody who
/// trains knows it before.
fn settings(subject: &Subject) -> Result<AuditSettings> {
    let mut hash = Sha256::new();
    for shard in subject.numbers() {
        hash.update(hash_file(&weights(&subject.folder, shard))?);
    }
    // 48 bits are exact in any reader's numbers.
    let seed = hash.finalize().iter().take(6).fold(0, |seed, byte| seed << 8 | u64::from(*byte));
    let hash = subject.recipe.hash()?;
    let is_small = |name| Recipe::shipped(name).and_then(|small| small.hash().ok()).is_some_and(|small| small == hash);
    let sizes =
        if ["demo", "tiny"].into_iter().any(is_small) { AuditSettings::demo() } else { AuditSettings::default() };
    Ok(AuditSettings { seed, ..sizes })
}

fn blocking(subject: &Subject, step: &Step) -> Result<AuditReport> {
    let (base, folder) = (&subject.base, &subject.folder);
    let (mut adapters, mut states, numbers) = (Vec::new(), Vec::new(), subject.numbers());
    let shards: Vec<Slices> = numbers.iter().filter_map(|number| subject.shards.get(*number)).cloned().collect();
    for number in &numbers {
        let shard = shard_folder(folder, *number);
        adapters.push(Adapter::load(&shard.join("adapter"), base.config())?);
        states.extend(ShardState::load(&shard)?);
    }
    let joint = load_joint(folder, base)?;
    if joint.is_some() {
        states.extend(ShardState::load(&joint_folder(folder))?);
    }
    let again = folder.join("again");
    if again.exists() {
        std::fs::remove_dir_all(&again)?;
    }
    let input = AuditInput {
        base,
        adapters: &adapters,
        numbers: &numbers,
        joint: joint.as_ref(),
        recipe: Some(&subject.recipe),
        shards: &shards,
        states: &states,
        held_out: &subject.held_out,
        left: &subject.left,
        find_personal: &mut |text: &str| personal_data(&subject.redactor, text),
        folder: &again,
    };
    let progress = |progress: Progress| {
        step.length(progress.total);
        step.at(progress.done, &format!("{} of {} checks", progress.done, progress.total));
    };
    let cancel = Cancel::new();
    let report = audit(input, &subject.limits, &settings(subject)?, Watch { progress: &progress, cancel: &cancel })?;
    if again.exists() {
        std::fs::remove_dir_all(&again)?;
    }
    Ok(report)
}

/// The pieces of a text that are somebody's.
pub fn personal_data(redactor: &Redactor, text: &str) -> Vec<String> {
    let found = redactor.find(text).into_iter().filter(|found| is_somebodys(found.kind));
    found.filter_map(|found| text.get(found.span.start..found.span.end).map(str::to_owned)).collect()
}

/// Whether a finding in a babbled text is somebody's. An age, a date, a street without a name are nobody's; what a member wrote of
/// those and the model says again word for word is for the check of extraction.
fn is_somebodys(kind: Kind) -> bool {
    !matches!(kind.family(), Family::Place | Family::Date)
}

/// The limits that a release did not keep, by name, with what was found.
pub fn failed(audit: &AuditReport) -> Vec<String> {
    audit.failed().map(|line| format!("{}: {}", line.limit.row().name, line.found)).collect()
}
