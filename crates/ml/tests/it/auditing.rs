//! The audit from outside: what is trained with measure passes; what has learnt posts by heart is refused, by each check that should.

use crate::support::{Test, base, quietly, rows};
use candor_ml::adapter::Adapter;
use candor_ml::audit::{AuditInput, AuditLimits, AuditReport, AuditSettings, Left, Limit, Verdict, audit};
use candor_ml::base::Base;
use candor_ml::recipe::Recipe;
use candor_ml::shard::{ShardState, TrainRow};
use candor_ml::train::train_all;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use std::path::Path;

type Shards = Vec<Vec<Vec<TrainRow>>>;

/// Members with one post of random words each, dealt to shards of one slice; there are so many different posts, and each member's
/// stands there so many times.
fn posts(members: usize, shards: usize, different: usize, copies: usize, seed: u64) -> Shards {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let mut post = || -> Vec<u32> { (0..36).map(|_| rng.random_range(1..290)).collect() };
    let posts: Vec<Vec<u32>> = (0..different).map(|_| post()).collect();
    let mut dealt = vec![vec![Vec::new()]; shards];
    for member in 0..members {
        // Fewer posts than members: each shard has all of them.
        let tokens = &posts[if different < members { member / shards % different } else { member }];
        dealt[member % shards][0].extend((0..copies).map(|copy| TrainRow {
            member: format!("m{seed}-{member}"),
            record: format!("r{member}-{copy}"),
            tokens: tokens.clone(),
        }));
    }
    dealt
}

fn measured() -> Recipe {
    Recipe {
        rank: 4,
        learning_rate: 1e-3,
        context: 48,
        batch_tokens: 512,
        shards: 2,
        slices: 1,
        canaries: 8,
        ..Recipe::default()
    }
}

/// Many passes at a high rate, nothing left out, one adapter for everybody.
fn by_heart() -> Recipe {
    Recipe { rank: 16, alpha: 32.0, learning_rate: 1e-2, epochs: 40, goldfish_k: 0, shards: 1, ..measured() }
}

fn settings() -> AuditSettings {
    AuditSettings {
        canary_samples: 512,
        spans: 40,
        members: 60,
        drafts: 6,
        draft_tokens: 20,
        ..AuditSettings::default()
    }
}

struct Trained {
    base: Base,
    recipe: Recipe,
    shards: Shards,
    adapters: Vec<Adapter>,
    states: Vec<ShardState>,
    folder: tempfile::TempDir,
}

fn train(recipe: Recipe, shards: Shards) -> Result<Trained, Box<dyn std::error::Error>> {
    let (base, folder) = (base()?, tempfile::tempdir()?);
    let results = train_all(&base, &recipe, &shards, &folder.path().join("run"), 2, quietly())?;
    let load = |folder: &Path| Adapter::load(&folder.join("adapter"), base.config());
    let adapters = results.iter().map(|result| load(&result.folder)).collect::<Result<_, _>>()?;
    let states = results.into_iter().map(|result| result.state).collect();
    Ok(Trained { base, recipe, shards, adapters, states, folder })
}

impl Trained {
    fn audit(
        &self,
        held_out: &[TrainRow],
        left: &[Left],
        find: &mut dyn FnMut(&str) -> Vec<String>,
    ) -> Result<AuditReport, Box<dyn std::error::Error>> {
        let again = tempfile::tempdir_in(self.folder.path())?;
        let numbers: Vec<usize> = (0..self.adapters.len()).collect();
        let input = AuditInput {
            base: &self.base,
            adapters: &self.adapters,
            numbers: &numbers,
            joint: None,
            recipe: Some(&self.recipe),
            shards: &self.shards,
            states: &self.states,
            held_out,
            left,
            find_personal: find,
            folder: again.path(),
        };
        Ok(audit(input, &AuditLimits::default(), &settings(), quietly())?)
    }
}

fn verdict(report: &AuditReport, limit: Limit) -> Verdict {
    report.checks.iter().find(|line| line.limit == limit).map_or(Verdict::NotRun, |line| line.verdict)
}

fn of(shards: Shards) -> Vec<TrainRow> {
    shards.into_iter().flatten().flatten().collect()
}

#[test]
fn what_was_learnt_by_heart_is_refused_by_each_check() -> Test {
    let posts_four_times = posts(24, 1, 24, 4, 1);
    let trained = train(by_heart(), posts_four_times)?;
    let held_out = of(posts(24, 1, 24, 1, 2));
    let report = trained.audit(&held_out, &[], &mut |_| vec!["somebody".into()])?;
    for limit in [
        Limit::ExtractionRate,
        Limit::ExtractionPersonal,
        Limit::ExposureMedian,
        Limit::MembershipAuc,
        Limit::MembershipTpr,
        Limit::DraftPersonal,
    ] {
        assert_eq!(verdict(&report, limit), Verdict::Failed, "{limit:?}: {:#?}", report.checks);
    }
    assert!(!report.passed);
    let bits = report.exposure.map(|e| (e.median, e.highest)).unwrap_or_default();
    assert!(bits.1 > 10.0, "the most exposed secret counts and is not set aside as chance: {bits:?}");
    Ok(())
}

#[test]
fn what_was_learnt_with_measure_keeps_every_limit() -> Test {
    // Everybody writes one of three things, so nobody stands out.
    let posts = posts(60, 2, 3, 1, 1);
    let trained = train(measured(), posts.clone())?;
    let report = trained.audit(&of(posts), &[], &mut |_| vec![])?;
    assert!(report.passed, "{:#?}", report.checks);
    assert_eq!(verdict(&report, Limit::ForgottenOutside), Verdict::NotNeeded);
    let membership = report.membership.ok_or("no membership")?;
    assert_eq!((membership.members, membership.non_members), (60, 60), "everybody is in and out once");
    Ok(())
}

#[test]
fn use_and_reproduction_are_measured_and_a_changed_record_is_seen() -> Test {
    let recipe = Recipe { slices: 3, learning_rate: 5e-3, context: 32, batch_tokens: 128, ..measured() };
    let mut trained = train(recipe, rows(24))?;
    let is_new = |row: &TrainRow| row.member[1..].parse::<usize>().is_ok_and(|number| number >= 24);
    let held_out: Vec<TrainRow> = of(rows(40)).into_iter().filter(is_new).collect();
    let report = trained.audit(&held_out, &[], &mut |_| vec![])?;
    assert_eq!(verdict(&report, Limit::HeldOutLoss), Verdict::Passed, "{:#?}", report.utility);
    assert_eq!(verdict(&report, Limit::DifferentStates), Verdict::Passed, "{:#?}", report.reproduction);
    for state in &mut trained.states {
        state.slices[1].state_hash = "0".repeat(64);
    }
    let report = trained.audit(&held_out, &[], &mut |_| vec![])?;
    assert_eq!(verdict(&report, Limit::DifferentStates), Verdict::Failed);
    assert_eq!(report.reproduction.map(|r| (r.slices, r.different)), Some((3, 1)));
    Ok(())
}

#[test]
fn who_left_is_a_stranger_after_a_forget_and_not_before() -> Test {
    let recipe = Recipe { shards: 2, ..by_heart() };
    let all = posts(50, 2, 50, 2, 1);
    let gone = |row: &TrainRow| ["m1-0", "m1-2", "m1-4"].contains(&row.member.as_str());
    let left = [Left { shard: 0, rows: all[0][0].iter().filter(|row| gone(row)).cloned().collect() }];
    let mut without = all.clone();
    without[0][0].retain(|row| !gone(row));
    for (rows, is_forgotten) in [(all, false), (without, true)] {
        let trained = train(recipe.clone(), rows)?;
        let report = trained.audit(&[], &left, &mut |_| vec![])?;
        let want = if is_forgotten { Verdict::Passed } else { Verdict::Failed };
        assert_eq!(verdict(&report, Limit::ForgottenOutside), want, "{:#?}", report.forgotten);
        assert_eq!(report.forgotten.map(|f| f.members), Some(3));
    }
    Ok(())
}

#[test]
fn weights_without_rows_are_not_passed() -> Test {
    let mut trained = train(measured(), posts(4, 2, 4, 1, 1))?;
    trained.recipe.canaries = 0;
    (trained.shards, trained.states) = (vec![], vec![]);
    let report = trained.audit(&[], &[], &mut |_| vec![])?;
    assert!(!report.passed);
    assert_eq!(verdict(&report, Limit::DraftPersonal), Verdict::Passed);
    assert_eq!(report.failed().filter(|line| line.verdict == Verdict::NotRun).count(), 8);
    Ok(())
}
