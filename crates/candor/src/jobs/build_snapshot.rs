//! Builds a snapshot: inbox → buckets → gate → redaction → dedup → tokens → sealed folder → the seal in the log. The seal
//! is a compare-and-swap: members whom the log denies since the build's index are dropped before it is made.

use super::collected;
use crate::{
    base, cohorts, directory, exit::Outcome, member_set, output, output::Step, platform::Platform, redaction_model,
};
use anyhow::{Context, Result, bail};
use candor_core::{
    Event, History, MemberId, PurposeKey, Query, Reason, RecipientKey, RecordId, Seq, SnapshotId, event::SetHead,
    invariant,
};
use candor_dataset::{
    Batch, Collected, Gate, Leaving, Redacted, RedactionModel, Sealed, Snapshot, SnapshotSpec, StageCounts, Tokenizer,
    redaction, snapshot,
};
use candor_redact::{Directory, Redactor, special::Category};
use candor_store::{Change, DecisionRow, SnapshotMember, SnapshotRow, StoreError};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::{
    collections::{BTreeMap, BTreeSet, HashSet},
    fmt,
    sync::Arc,
};

/// Name of the key that makes pseudonyms and shards.
pub const KEY: &str = "snapshot";
/// One text in so many is never trained on, and measures the loss.
const HELD_OUT_ONE_IN: u16 = 20;
/// Decisions that are written in one transaction.
const DECISIONS_AT_ONCE: usize = 20_000;
/// How often a seal is tried again when the log goes on meanwhile.
const SEAL_ATTEMPTS: u32 = 20;

/// What was built.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Built {
    /// The snapshot.
    pub snapshot: SnapshotId,
    /// Log index of the seal.
    pub sealed: Seq,
    /// SHA-256 of its manifest.
    pub manifest: String,
    /// Rows by step, with what was dropped and why.
    pub stages: Vec<StageCounts>,
    /// Replaced personal data by kind.
    pub redacted: BTreeMap<String, u64>,
    /// The model of the operator that looked for personal data too.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub redaction_model: Option<RedactionModel>,
    /// Rows held back for what they may say of a person, by category.
    #[serde(default)]
    pub statements: BTreeMap<String, u64>,
    /// Rows in it, and members.
    pub rows: u64,
    /// Members in it.
    pub members: u64,
    /// Tokens in it.
    pub tokens: u64,
    /// Seconds by step.
    pub steps: Vec<(String, f64)>,
}

impl fmt::Display for Built {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let grouped = output::grouped;
        writeln!(f, "snapshot {} sealed at log entry {}", self.snapshot, self.sealed)?;
        writeln!(
            f,
            "{} rows of {} members, {} tokens",
            grouped(self.rows),
            grouped(self.members),
            grouped(self.tokens)
        )?;
        for stage in &self.stages {
            writeln!(f, "{:<10} in {:>9}  kept {:>9}", stage.stage(), grouped(stage.taken()), grouped(stage.kept()))?;
            for (reason, number) in stage.dropped() {
                writeln!(f, "    {reason:<28} {:>9}", grouped(*number))?;
            }
        }
        if let Some(RedactionModel { name, sha256, .. }) = &self.redaction_model {
            writeln!(f, "redacted with model `{name}`, SHA-256 {sha256}")?;
        }
        for (kind, number) in &self.redacted {
            writeln!(f, "redacted {kind:<20} {:>9}", grouped(*number))?;
        }
        for (category, number) in &self.statements {
            writeln!(f, "held back {category:<19} {:>9}", grouped(*number))?;
        }
        write!(f, "manifest {}", self.manifest)
    }
}

/// Everything the stages gave before the seal.
struct Draft {
    sealed: Sealed,
    decisions: Vec<DecisionRow>,
    query: Query,
}

/// Builds and seals a snapshot for generative training by the platform itself.
pub async fn run(platform: &Platform, now: Timestamp) -> Result<Built> {
    platform.store.may_decide()?;
    if let Some(last) = platform.store.history().ahead_of(now) {
        return Err(Outcome::Refused(format!(
            "the clock shows {now}, but the last log entry is of {last}: ages and waiting times cannot be told, so nothing \
             is admitted; set the system's clock and build again"
        ))
        .into());
    }
    let mut steps = Vec::new();
    merge(platform, &mut steps).await?;
    let step = Step::start("gate and redact", 0, platform.quiet);
    let people = directory::of_members(platform).await?;
    let history = platform.store.history();
    let query = Query::present(&history, PurposeKey::generative_training(), RecipientKey::own(), now);
    let mut batches = Vec::new();
    let keep = |batch| {
        batches.push(batch);
        Ok(())
    };
    collected::each(platform, keep).await?;
    let model = platform.redaction_model().await?;
    let gated = {
        let (query, redactor) =
            (query.clone(), directory::redactor(Arc::clone(&people), history.book(), &query.purpose, &model)?);
        tokio::task::spawn_blocking(move || gate_and_redact(&history, &query, &people, &redactor, batches)).await??
    };
    let words =
        format!("{} of {} records admitted", output::grouped(gated.gate.kept()), output::grouped(gated.gate.taken()));
    steps.push(("gate and redact".to_owned(), step.done(&words)));

    let step = Step::start("seal", 0, platform.quiet);
    let draft = write(platform, gated, query, model.as_deref().map(redaction_model::facts), now).await?;
    let (sealed, row_seq) = seal(platform, draft, now).await?;
    let total = sealed.manifest.total();
    let words = format!("{} rows, {} tokens", output::grouped(total.rows), output::grouped(total.tokens));
    steps.push(("seal".to_owned(), step.done(&words)));
    Ok(Built {
        snapshot: sealed.manifest.id.clone(),
        sealed: row_seq,
        manifest: sealed.manifest_hash.clone(),
        stages: sealed.manifest.stages.clone(),
        redacted: sealed.manifest.findings.clone(),
        redaction_model: sealed.manifest.redaction_model.clone(),
        statements: sealed.manifest.statements.clone(),
        rows: total.rows,
        members: members_of(&sealed),
        tokens: total.tokens,
        steps,
    })
}

fn members_of(sealed: &Sealed) -> u64 {
    sealed.members.iter().filter(|member| member.records > 0).count() as u64
}

async fn merge(platform: &Platform, steps: &mut Vec<(String, f64)>) -> Result<()> {
    let step = Step::start("merge inbox", 0, platform.quiet);
    let report = platform.store.merge_inbox(|progress| step.at(progress.done, "buckets")).await?;
    steps.push(("merge inbox".to_owned(), step.done(&format!("{} records", output::grouped(report.merged)))));
    Ok(())
}

/// What gate and redaction made.
struct Gone {
    batches: Vec<Batch<Redacted>>,
    decisions: Vec<DecisionRow>,
    gate: StageCounts,
    redaction: StageCounts,
    findings: candor_redact::Counts,
    statements: BTreeMap<Category, u64>,
    terms: candor_dataset::Terms,
}

fn gate_and_redact(
    history: &History,
    query: &Query,
    people: &Directory,
    redactor: &Redactor,
    batches: Vec<Batch<Collected>>,
) -> Result<Gone> {
    let gate = Gate::new(history, query, Some(people));
    let mut gone = Gone {
        batches: Vec::new(),
        decisions: Vec::new(),
        gate: StageCounts::empty("gate"),
        redaction: StageCounts::empty("redaction"),
        findings: candor_redact::Counts::new(),
        statements: BTreeMap::new(),
        terms: gate.terms().clone(),
    };
    for batch in batches {
        let gated = gate.admit(&batch)?;
        gone.gate.add(&gated.counts);
        let (redacted, counts) = redaction::redact(gated.admitted, redactor)?;
        // The member is told why, but not what it may say: nobody is told that of a single record.
        let held: HashSet<RecordId> = counts.held.into_iter().collect();
        gone.decisions.extend(gated.decisions.into_iter().map(|(record, member, decision)| {
            let mut mask = decision.mask;
            mask.add_if(held.contains(&record), Reason::SpecialCategory);
            DecisionRow { record, member, mask }
        }));
        gone.redaction.add(&counts.stage);
        gone.findings += counts.findings;
        for (category, rows) in counts.statements {
            *gone.statements.entry(category).or_default() += rows;
        }
        gone.batches.push(redacted);
    }
    Ok(gone)
}

/// Writes the folder.
async fn write(
    platform: &Platform,
    gated: Gone,
    query: Query,
    redaction_model: Option<RedactionModel>,
    now: Timestamp,
) -> Result<Draft> {
    let recipe = super::train_release::recipe(&platform.settings.train.recipe)?;
    let base = base::folder(&platform.settings.train.base, platform.dir())?;
    let key = platform.key(KEY)?;
    let book = platform.store.history().book().name.clone();
    let snapshots = platform.snapshots_dir();
    let shards = u16::try_from(recipe.shards)?;
    let cohorts = cohorts::of(&platform.store.history(), &query, &platform.settings.train.cohorts, shards)?;
    tokio::task::spawn_blocking(move || {
        let (model, texts) = candor_ml::Base::open(&base)?;
        let tokenizer = Tokenizer::ending_with(texts.json(), model.marks().end)?;
        let spec = SnapshotSpec {
            id: fresh_id("s", now)?,
            key,
            shards,
            slices: u16::try_from(recipe.slices)?,
            cohorts,
            held_out_one_in: HELD_OUT_ONE_IN,
            rule_book_name: book,
            terms: gated.terms,
            stages: vec![gated.gate, gated.redaction],
            findings: gated.findings,
            redaction_model,
            statements: gated.statements,
            created: now,
        };
        std::fs::create_dir_all(&snapshots)?;
        let sealed = snapshot::build(&spec, gated.batches, &tokenizer, &snapshots, &mut |_, _, _| {})?;
        Ok(Draft { sealed, decisions: gated.decisions, query })
    })
    .await?
}

/// A new identifier: the time, and four random digits against a second one in the same second.
pub fn fresh_id(prefix: &str, now: Timestamp) -> Result<SnapshotId> {
    let time = now.strftime("%Y%m%d-%H%M%S");
    Ok(SnapshotId::new(format!("{prefix}{time}-{:04x}", rand::random::<u16>()))?)
}

/// Seals: the members whom the log denies since the build's index are dropped first, up to the entry before the seal.
async fn seal(platform: &Platform, draft: Draft, now: Timestamp) -> Result<(Sealed, Seq)> {
    let Draft { mut sealed, mut decisions, query } = draft;
    let mut set = None;
    for _ in 0..SEAL_ATTEMPTS {
        let head = platform.store.refresh().await?.seq;
        let denied = denied(platform, &sealed, &decisions, &query);
        let leaving = pseudonyms(&sealed, &denied);
        let leaves = !leaving.is_empty();
        if leaves {
            sealed = drop_members(platform, sealed, leaving, now).await?;
        }
        // What was decided of them is out of date; the next snapshot decides anew.
        decisions.retain(|row| !denied.contains(&row.member));
        let path = sealed.dir.display();
        anyhow::ensure!(sealed.dir.is_dir(), "`{path}` was removed by an erasure meanwhile; build the snapshot again");
        if set.is_none() || leaves {
            set = Some(member_set::keep(platform, &sealed).await?);
        }
        let mut changes = vec![Change::ExpectHead(head)];
        changes.extend(seal_changes(&sealed, &query, set.clone(), None, now)?);
        for part in decisions.chunks(DECISIONS_AT_ONCE) {
            changes.push(Change::PutDecisions(sealed.manifest.id.clone(), part.to_vec()));
        }
        match platform.store.commit(now, changes).await {
            Ok(done) => {
                let seq = done.receipts.first().context("the seal was taken without a receipt")?.seq;
                return Ok((sealed, seq));
            }
            Err(StoreError::Moved { .. }) => {}
            Err(error) => return Err(error.into()),
        }
    }
    bail!("the log went on {SEAL_ATTEMPTS} times while the snapshot was sealed; try again when it is quieter")
}

/// The changes that make a sealed folder a snapshot: the event, its row, who is in it.
pub fn seal_changes(
    sealed: &Sealed,
    query: &Query,
    set: Option<SetHead>,
    parent: Option<SnapshotId>,
    now: Timestamp,
) -> Result<Vec<Change>> {
    let manifest = &sealed.manifest;
    let total = manifest.total();
    let id = manifest.id.clone();
    let event =
        Event::SnapshotSealed { snapshot: id.clone(), as_of: query.as_of, manifest: sealed.manifest_hash.clone(), set };
    let row = SnapshotRow {
        id: id.clone(),
        parent,
        as_of: query.as_of,
        sealed_seq: None,
        purpose: query.purpose.clone(),
        recipient: query.recipient.clone(),
        rule_book: manifest.terms.rule_book.clone(),
        manifest: sealed.manifest_hash.clone(),
        records: total.rows,
        members: members_of(sealed),
        tokens: total.tokens,
        shards: manifest.shards,
        slices: manifest.slices,
        created: now,
        withdrawn: false,
    };
    let mut members = Vec::new();
    for member in &sealed.members {
        members.push(SnapshotMember {
            member: member.member.clone().context("a member of the snapshot is not named")?,
            pseudonym: member.pseudonym.clone(),
            shard: member.shard,
            slice: member.slice,
            records: member.records,
            tokens: member.tokens,
        });
    }
    let key = Some(format!("seal/{id}"));
    Ok(vec![
        Change::Event { event, t_valid: None, key },
        Change::PutSnapshot(row),
        Change::PutSnapshotMembers(id, members),
    ])
}

/// The members of a sealed folder whom the log denies since the build's index, or one of whose records was deleted or
/// edited since: the gate has not seen that.
fn denied(platform: &Platform, draft: &Sealed, decisions: &[DecisionRow], query: &Query) -> BTreeSet<MemberId> {
    let history = platform.store.history();
    let members = draft.members.iter().filter_map(|member| member.member.as_ref());
    let mut denied = invariant::denied_since(&history, members, query, crate::platform::now());
    let has_changed = |row: &&DecisionRow| history.of_record(&row.record, history.last()).any(|e| e.seq > query.as_of);
    denied.extend(decisions.iter().filter(has_changed).map(|row| row.member.clone()));
    denied
}

fn pseudonyms(sealed: &Sealed, denied: &BTreeSet<MemberId>) -> BTreeSet<String> {
    let is_denied = |m: &&candor_dataset::SnapshotMember| m.member.as_ref().is_some_and(|id| denied.contains(id));
    sealed.members.iter().filter(is_denied).map(|member| member.pseudonym.clone()).collect()
}

/// The same snapshot without some members, under a new identifier; the old folder, never sealed, is removed.
async fn drop_members(platform: &Platform, old: Sealed, leaving: BTreeSet<String>, now: Timestamp) -> Result<Sealed> {
    let snapshots = platform.dir().join("snapshots");
    tokio::task::spawn_blocking(move || {
        let opened = Snapshot::open(&old.dir)?;
        let mut new = opened.without(&Leaving::of_members(leaving), &fresh_id("s", now)?, now, &snapshots)?;
        let names = old.members.iter().filter_map(|m| Some((m.pseudonym.as_str(), m.member.as_ref()?)));
        name_members(&mut new, &names.collect());
        std::fs::remove_dir_all(&old.dir)?;
        Ok(new)
    })
    .await?
}

/// Puts names to pseudonyms; only a build and the store know them.
pub fn name_members(sealed: &mut Sealed, names: &BTreeMap<&str, &MemberId>) {
    for member in &mut sealed.members {
        member.member = names.get(member.pseudonym.as_str()).map(|name| (*name).clone());
    }
}
