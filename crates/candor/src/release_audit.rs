//! The audit of a release that was just trained: its adapters are read back from the disk, checked, and the index that the
//! output guard needs is written beside them. What the checks are is the business of `candor_ml::audit`.

use crate::serving::VERBATIM_FILE;
use anyhow::{Context, Result};
use candor_assist::VerbatimIndex;
use candor_ml::{
    Base,
    adapter::Adapter,
    audit::{Again, AuditInput, AuditLimits, AuditReport, audit},
    joint::load_joint,
    progress::Cancel,
    recipe::Recipe,
    shard::{ShardState, TrainRow},
    train::{Watch, has_rows, shard_folder},
};
use candor_redact::{Family, Kind, Redactor};
use std::{path::Path, sync::Arc};

/// The rows of one shard, slice by slice.
pub type Slices = Vec<Vec<TrainRow>>;

/// What was trained, and with what.
pub struct Subject<'a> {
    /// The base under the adapters.
    pub base: &'a Base,
    /// The recipe that was followed.
    pub recipe: &'a Recipe,
    /// What finds personal data in generated texts.
    pub redactor: &'a Arc<Redactor>,
}

/// Audits the adapters below `folder`. Runs apart from the async threads.
pub async fn run(subject: Subject<'_>, shards: &[Slices], held_out: &[TrainRow], folder: &Path) -> Result<AuditReport> {
    let (base, recipe, redactor) = (subject.base.clone(), subject.recipe.clone(), Arc::clone(subject.redactor));
    let (shards, held_out, folder) = (shards.to_vec(), held_out.to_vec(), folder.to_owned());
    tokio::task::spawn_blocking(move || blocking(&base, &recipe, &redactor, &shards, &held_out, &folder)).await?
}

fn blocking(
    base: &Base,
    recipe: &Recipe,
    redactor: &Redactor,
    shards: &[Slices],
    held_out: &[TrainRow],
    folder: &Path,
) -> Result<AuditReport> {
    let rows: Vec<&TrainRow> = shards.iter().flatten().flatten().collect();
    VerbatimIndex::build(rows.iter().map(|row| row.tokens.as_slice())).save(&folder.join(VERBATIM_FILE))?;
    let mut adapters = Vec::new();
    for shard in (0..shards.len()).filter(|shard| shards.get(*shard).is_some_and(|slices| has_rows(slices))) {
        adapters.push(Adapter::load(&shard_folder(folder, shard).join("adapter"), base.config())?);
    }
    let joint = load_joint(folder, base)?;
    let again_folder = folder.join("again");
    if again_folder.exists() {
        std::fs::remove_dir_all(&again_folder)?;
    }
    let shard = shards.iter().position(|slices| has_rows(slices)).context("no shard has a row to learn from")?;
    let state = ShardState::load(&shard_folder(folder, shard))?.context("a shard has no state")?;
    let first_slice = shards.get(shard).and_then(|slices| slices.first()).context("there is no slice")?;
    let held_out: Vec<&TrainRow> = held_out.iter().collect();
    let cancel = Cancel::new();
    let input = AuditInput {
        base,
        adapters: &adapters,
        joint: joint.as_ref(),
        trained: &rows,
        held_out: &held_out,
        find_personal: &mut |text: &str| redactor.find(text).iter().filter(|found| is_somebodys(found.kind)).count(),
        again: Again { recipe, state: &state, first_slice, folder: &again_folder },
    };
    let watch = Watch { progress: &|_| {}, cancel: &cancel };
    let report = audit(input, &AuditLimits::default(), watch)?;
    std::fs::remove_dir_all(&again_folder)?;
    Ok(report)
}

/// Whether a finding in a babbled text is somebody's. An age, a date, a street without a name are nobody's; what a member wrote of
/// those and the model says again word for word is for the check of extraction.
fn is_somebodys(kind: Kind) -> bool {
    !matches!(kind.family(), Family::Place | Family::Date)
}

/// The checks that a release did not pass, in words.
pub fn failed(audit: &AuditReport) -> Vec<&'static str> {
    let checks = [
        ("verbatim extraction", audit.extraction.passed),
        ("personal data in generated texts", audit.personal_data.passed),
        ("held-out loss", audit.utility.passed),
        ("reproducibility", audit.reproduction.passed),
    ];
    checks.into_iter().filter(|(_, passed)| !passed).map(|(name, _)| name).collect()
}
