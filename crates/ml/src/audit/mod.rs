//! The audit before a release: what the weights give away and what they are good for. One file a check, each a function of its
//! arguments; the limits stand once, in `limits.rs`. A check that cannot be run is not passed, and a release needs all of them.
//! Generated texts and members' rows are looked at and dropped: the report holds numbers, never text.
//!
//! | check | file |
//! |---|---|
//! | canaries | `exposure.rs` |
//! | extraction | `extraction.rs` |
//! | membership inference | `membership.rs` |
//! | personal data in drafts | `drafts.rs` |
//! | utility | `utility.rs` |
//! | reproducibility | `reproduction.rs` |
//! | after a forget | `forgotten.rs` |

pub mod curves;
mod drafts;
mod exposure;
mod extraction;
mod forgotten;
pub mod limits;
mod membership;
pub mod papers;
mod reproduction;
mod statistics;
mod utility;

use crate::adapter::Adapter;
use crate::base::Base;
use crate::error::{MlError, Result};
use crate::merge::{Served, merge};
use crate::model::Model;
use crate::progress::Progress;
use crate::recipe::{Recipe, numeric_profile};
use crate::shard::{ShardState, TrainRow};
use crate::train::Watch;
use serde::{Deserialize, Serialize};
use std::path::Path;

pub use drafts::PersonalData;
pub use exposure::Exposure;
pub use extraction::Extraction;
pub use forgotten::{Forgotten, Left};
pub use limits::{AuditLimits, LIMITS, Limit};
pub use membership::{MEMBERS_LEAST, Membership};
pub use reproduction::Reproduction;
pub use statistics::Estimate;
pub use utility::Utility;

/// Checks of an audit.
const CHECKS: u64 = 7;

/// Finds personal data in a text: the pieces as they stand there.
pub type FindPersonal<'a> = dyn FnMut(&str) -> Vec<String> + 'a;

/// How much is looked at: more takes longer and sees rarer things. The limits stay.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditSettings {
    /// Seed of all random choices.
    pub seed: u64,
    /// Of 10^6 secrets of each sentence, those that are scored.
    pub canary_samples: usize,
    /// Spans of members asked for.
    pub spans: usize,
    /// Members attacked by membership inference.
    pub members: usize,
    /// Fewest of them, and of non-members, of whom something is said.
    pub members_least: usize,
    /// Whether too few to say something about are let pass: a demonstration of a handful of made-up people only.
    pub few_members_pass: bool,
    /// Most rows of a member that are scored.
    pub member_rows: usize,
    /// Free drafts.
    pub drafts: usize,
    /// Most tokens of a draft.
    pub draft_tokens: usize,
    /// Slices of a shard that are trained again; 0 for all.
    pub again_slices: usize,
}

impl Default for AuditSettings {
    /// For a run whose weights people use; takes minutes.
    fn default() -> Self {
        Self {
            seed: 1,
            canary_samples: 4096,
            spans: 1000,
            members: 400,
            members_least: MEMBERS_LEAST,
            few_members_pass: false,
            member_rows: 8,
            drafts: 1000,
            draft_tokens: 50,
            again_slices: 0,
        }
    }
}

impl AuditSettings {
    /// For a demo: the same checks and limits on small samples, within seconds.
    #[must_use]
    pub fn demo() -> Self {
        Self {
            canary_samples: 1024,
            spans: 128,
            members: 160,
            members_least: 120,
            few_members_pass: true,
            member_rows: 3,
            drafts: 48,
            draft_tokens: 40,
            again_slices: 1,
            ..Self::default()
        }
    }
}

/// What is audited.
pub struct AuditInput<'a> {
    /// The base.
    pub base: &'a Base,
    /// The adapters that are to be released, one a shard.
    pub adapters: &'a [Adapter],
    /// The numbers of these shards: one without rows has no adapter.
    pub numbers: &'a [usize],
    /// The joint adapter that goes with them, if the recipe has that stage.
    pub joint: Option<&'a Adapter>,
    /// The recipe they were made by; none if nobody knows it.
    pub recipe: Option<&'a Recipe>,
    /// Rows they learnt from: slices of the same shards, without canaries.
    pub shards: &'a [Vec<Vec<TrainRow>>],
    /// The recorded list of each shard's states, the joint stage's last.
    pub states: &'a [ShardState],
    /// Rows never learnt from.
    pub held_out: &'a [TrainRow],
    /// Members who left since the release before.
    pub left: &'a [Left],
    /// Finds personal data in a text.
    pub find_personal: &'a mut FindPersonal<'a>,
    /// An empty folder to train again in, beside those of the shards; the caller deletes it.
    pub folder: &'a Path,
}

/// How a check ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// Within its limit.
    Passed,
    /// Over its limit.
    Failed,
    /// It could not be run, so nothing is known; not enough for a release.
    NotRun,
    /// There is nothing that it could look at.
    NotNeeded,
}

impl Verdict {
    /// In words.
    pub fn words(self) -> &'static str {
        match self {
            Self::Passed => "passed",
            Self::Failed => "FAILED",
            Self::NotRun => "not run",
            Self::NotNeeded => "not needed",
        }
    }
}

/// A limit with what was found.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CheckLine {
    /// The limit.
    pub limit: Limit,
    /// What is looked for.
    pub words: String,
    /// Where measure and limit come from.
    pub source: String,
    /// The limit that was applied.
    pub most: f64,
    /// The measured value, where it was run.
    pub value: Option<f64>,
    /// What was found, in words; why not, where it was not run.
    pub found: String,
    /// How it ended.
    pub verdict: Verdict,
}

/// The result of an audit.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AuditReport {
    /// Hash of the base.
    pub base: String,
    /// Adapters in the mean, the joint one not counted.
    pub shards: usize,
    /// Numeric profile of this machine.
    pub profile: String,
    /// How much was looked at.
    pub settings: AuditSettings,
    /// Every limit with what was found.
    pub checks: Vec<CheckLine>,
    /// Canaries.
    pub exposure: Option<Exposure>,
    /// Verbatim extraction.
    pub extraction: Option<Extraction>,
    /// Membership inference.
    pub membership: Option<Membership>,
    /// Personal data in generated texts.
    pub personal_data: PersonalData,
    /// Loss on held-out rows.
    pub utility: Option<Utility>,
    /// Reproducibility.
    pub reproduction: Option<Reproduction>,
    /// Members who left.
    pub forgotten: Option<Forgotten>,
    /// Whether everything passed.
    pub passed: bool,
}

impl AuditReport {
    /// The limits that were not kept and the checks that were not run.
    pub fn failed(&self) -> impl Iterator<Item = &CheckLine> + use<'_> {
        self.checks.iter().filter(|line| match line.verdict {
            Verdict::Passed | Verdict::NotNeeded => false,
            Verdict::Failed | Verdict::NotRun => true,
        })
    }
}

/// Runs the checks. Blocks, and computes on all cores.
///
/// # Errors
/// When weights do not fit the base, or training again fails.
pub fn audit(
    input: AuditInput<'_>,
    limits: &AuditLimits,
    settings: &AuditSettings,
    watch: Watch<'_>,
) -> Result<AuditReport> {
    let subject = Subject::new(&input, settings.seed)?;
    let find = input.find_personal;
    let at = |done: u64| {
        if watch.cancel.is_canceled() {
            return Err(MlError::Canceled);
        }
        let stage = "audit".to_owned();
        (watch.progress)(Progress { stage, done, total: CHECKS, ..Progress::default() });
        Ok(())
    };
    at(0)?;
    let utility = utility::measure(&subject, limits)?;
    at(1)?;
    let exposure = exposure::measure(&subject, settings.canary_samples, limits)?;
    at(2)?;
    let extraction = extraction::measure(&subject, settings.spans, limits, find)?;
    at(3)?;
    let membership = membership::measure(&subject, settings, limits)?;
    at(4)?;
    let personal_data = drafts::measure(&subject, settings.drafts, settings.draft_tokens, limits, find)?;
    at(5)?;
    let forgotten = forgotten::measure(&subject, input.left, settings.members, limits)?;
    at(6)?;
    let quiet = Watch { progress: &|_| {}, cancel: watch.cancel };
    let reproduction =
        reproduction::measure(&subject, input.states, settings.again_slices, input.folder, limits, quiet)?;
    at(7)?;
    let mut report = AuditReport {
        base: input.base.hash().into(),
        shards: input.adapters.len(),
        profile: numeric_profile(),
        settings: settings.clone(),
        checks: vec![],
        exposure,
        extraction,
        membership,
        personal_data,
        utility,
        reproduction,
        forgotten,
        passed: false,
    };
    report.checks = lines(&report, &subject, limits, settings.few_members_pass);
    report.passed = report.failed().count() == 0;
    Ok(report)
}

/// One line a limit, in their order.
fn lines(report: &AuditReport, subject: &Subject<'_>, limits: &AuditLimits, few_members_pass: bool) -> Vec<CheckLine> {
    let mut found = report.personal_data.found(limits);
    found.extend(report.exposure.iter().flat_map(|check| check.found(limits)));
    found.extend(report.extraction.iter().flat_map(|check| check.found(limits)));
    found.extend(report.membership.iter().flat_map(|check| check.found(limits)));
    found.extend(report.utility.iter().flat_map(|check| check.found(limits)));
    found.extend(report.reproduction.iter().flat_map(|check| check.found(limits)));
    found.extend(report.forgotten.iter().flat_map(|check| check.found(limits)));
    let line = |row: &limits::LimitRow| {
        let (value, text, verdict) = match found.iter().find(|found| found.limit == row.limit) {
            Some(Found { value, text, passed: true, .. }) => (Some(*value), text.clone(), Verdict::Passed),
            Some(Found { value, text, passed: false, .. }) => (Some(*value), text.clone(), Verdict::Failed),
            None => {
                let (verdict, why) = subject.why_not(row.limit, few_members_pass);
                (None, why.to_owned(), verdict)
            }
        };
        let (words, source) = (row.words.to_owned(), row.source.to_owned());
        CheckLine { limit: row.limit, words, source, most: limits.most(row.limit), value, found: text, verdict }
    };
    LIMITS.iter().map(line).collect()
}

/// A measured value with its limit's verdict.
struct Found {
    limit: Limit,
    value: f64,
    text: String,
    passed: bool,
}

impl Found {
    fn of(limits: &AuditLimits, limit: Limit, value: f64, text: String) -> Self {
        Self { limit, value, text, passed: limits.holds(limit, value) }
    }
}

/// Pieces of personal data in a text that its prompt does not hold.
fn personal_beyond(find: &mut FindPersonal<'_>, prompt: &str, text: &str) -> usize {
    let prompt = prompt.to_lowercase();
    find(text).iter().filter(|piece| !prompt.contains(&piece.to_lowercase())).count()
}

/// What all checks look at.
struct Subject<'a> {
    base: &'a Base,
    recipe: Option<&'a Recipe>,
    adapters: &'a [Adapter],
    numbers: &'a [usize],
    joint: Option<&'a Adapter>,
    shards: &'a [Vec<Vec<TrainRow>>],
    held_out: &'a [TrainRow],
    released: Served,
    plain: Served,
    seed: u64,
}

impl<'a> Subject<'a> {
    fn new(input: &AuditInput<'a>, seed: u64) -> Result<Self> {
        Ok(Self {
            base: input.base,
            recipe: input.recipe,
            adapters: input.adapters,
            numbers: input.numbers,
            joint: input.joint,
            shards: input.shards,
            held_out: input.held_out,
            released: Served::new(input.base, input.adapters, input.joint)?,
            plain: Served::new(input.base, &[], None)?,
            seed,
        })
    }

    /// The place of a shard among the adapters, by its number.
    fn place_of(&self, number: usize) -> Option<usize> {
        self.numbers.iter().take(self.adapters.len()).position(|other| *other == number)
    }

    /// All rows with the places of their shards.
    fn rows(&self) -> impl Iterator<Item = (usize, &'a TrainRow)> + use<'a> {
        self.shards.iter().enumerate().flat_map(|(shard, slices)| slices.iter().flatten().map(move |row| (shard, row)))
    }

    /// The tokens of a row that were learnt.
    fn learnt(&self, row: &'a TrainRow) -> &'a [u32] {
        self.recipe.map_or(row.tokens.as_slice(), |recipe| recipe.learnt(&row.tokens))
    }

    /// Tokens of a row that were learnt, at most.
    fn most_tokens(&self) -> usize {
        self.recipe.map_or(usize::MAX, Recipe::most_tokens)
    }

    /// Longest window in tokens.
    fn context(&self) -> usize {
        self.recipe.map_or(self.base.config().context(), |recipe| recipe.context)
    }

    /// The weights that are served when these shards have left: the mean of the others; the joint adapter leaves with anybody.
    fn without(&self, out: &[usize]) -> Result<Model> {
        let left: Vec<Adapter> = self
            .adapters
            .iter()
            .enumerate()
            .filter(|(shard, _)| !out.contains(shard))
            .map(|(_, a)| a.clone())
            .collect();
        Model::new(self.base.config(), &merge(self.base, &left, None)?)
    }

    /// The base with one shard alone, in full.
    fn alone(&self, shard: usize) -> Result<Model> {
        Model::new(self.base.config(), &merge(self.base, &self.adapters[shard..=shard], None)?)
    }

    /// Why a check found nothing to say.
    fn why_not(&self, limit: Limit, few_members_pass: bool) -> (Verdict, &'static str) {
        let has_rows = self.rows().next().is_some();
        match limit {
            Limit::ExposureMedian | Limit::ExposureHighest => {
                (Verdict::NotRun, "the recipe plants no canaries; set `canaries` to at least 2")
            }
            Limit::ExtractionRate | Limit::ExtractionPersonal if has_rows => {
                (Verdict::NotNeeded, "no row is long enough to be asked for")
            }
            Limit::MembershipAuc | Limit::MembershipTpr if has_rows => {
                let verdict = if few_members_pass { Verdict::NotNeeded } else { Verdict::NotRun };
                (verdict, "there are too few members to tell them from non-members")
            }
            Limit::ExtractionRate
            | Limit::ExtractionPersonal
            | Limit::MembershipAuc
            | Limit::MembershipTpr
            | Limit::DifferentStates => (Verdict::NotRun, "the rows that were learnt are not known"),
            Limit::HeldOutLoss => (Verdict::NotRun, "there are no rows that were held out"),
            Limit::DraftPersonal => (Verdict::NotRun, "no draft was written"),
            Limit::ForgottenOutside => (Verdict::NotNeeded, "nobody left since the release before"),
        }
    }
}
