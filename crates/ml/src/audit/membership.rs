//! Membership inference, member by member, with another shard as the reference model (offline LiRA, Carlini et al. 2022, with one
//! reference). Let `s` be a member's shard, `j` the next one and `r` the one after it. The loss under `r` alone, on the base, minus
//! that under all shards but `j` is the member's score where they are in; minus that under all but `s` it is the score of the same
//! member where they are out. So everybody is a member and a non-member once, nothing has to be held out, and the weights that are
//! attacked are those that are served when a shard has left: each shard weighs a little more than in the release. With two shards the
//! base is the reference.
//! A joint stage learnt a sample of everybody's rows, so it is attacked on its own: one row of each person in the sample against one
//! that is not. The stage that gives away more is reported.
//!
//! The same scores against what the weights would be without exactly what is attacked (all shards but `s` and `j`; the mean without the
//! joint stage) are the insider's: whoever holds every shard. No shard leaves the server, so that area is told and not limited.
//!
//! With one shard the release itself is attacked, the base is the reference, and rows never learnt from are the non-members.
//!
//! Small samples: a value over its limit counts only if its bootstrap interval excludes chance, so that luck alone refuses nobody;
//! with too few on either side nothing is said, so that luck alone lets nothing pass.

use super::limits::{AuditLimits, Limit};
use super::statistics::{Estimate, area, bootstrap, chance_at, found_at, sorted};
use super::{AuditSettings, Found, Subject};
use crate::error::Result;
use crate::eval::{Loss, row_losses};
use crate::joint::in_sample;
use crate::model::Model;
use crate::shard::TrainRow;
use rand::SeedableRng;
use rand::seq::IteratorRandom;
use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Fewest members, and fewest non-members, of whom something can be said.
pub const MEMBERS_LEAST: usize = 20;
/// The share of non-members that may be taken for members.
const FALSE_RATE: f64 = 0.01;
/// The chance below which luck does not explain what was found. Each retraining is audited anew, so it has to be rare.
const SURE: f64 = 0.01;
/// Points of the curve that are kept.
const CURVE_POINTS: usize = 100;

/// How well members are told from non-members.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Membership {
    /// What was attacked: `shards` or `joint stage`.
    pub attacked: String,
    /// Members scored.
    pub members: usize,
    /// Non-members scored.
    pub non_members: usize,
    /// Area under the curve with its bootstrap interval.
    pub auc: Estimate,
    /// Members found at one false alarm in a hundred, with its bootstrap interval.
    pub tpr: Estimate,
    /// The chance that scores which tell nothing find as many members; 1 in reports of older versions.
    #[serde(default = "certain")]
    pub tpr_chance: f64,
    /// Points of the curve: share of non-members and of members over a score.
    pub curve: Vec<(f64, f64)>,
    /// Mean score of members, nats a token.
    pub mean_member: f64,
    /// Mean score of non-members, nats a token.
    pub mean_non_member: f64,
    /// Highest area under the curve of either stage for an insider who holds every shard; 0 in reports of older versions and where
    /// there is one shard.
    #[serde(default)]
    pub insider_auc: f64,
    /// Whether both limits are kept.
    pub passed: bool,
}

fn certain() -> f64 {
    1.0
}

/// Scores of the same people where they are in and where they are out.
struct Scores {
    inside: Vec<f64>,
    outside: Vec<f64>,
    /// The same for an insider; none where nobody knows more than the attack does.
    insider: Option<(Vec<f64>, Vec<f64>)>,
}

impl Scores {
    fn new(inside: Vec<f64>, outside: Vec<f64>) -> Self {
        Self { inside, outside, insider: None }
    }
}

impl Membership {
    pub(super) fn found(&self, limits: &AuditLimits) -> Vec<Found> {
        let one = |limit: Limit, estimate: Estimate, by_chance: bool| {
            let Estimate { value, low, high } = estimate;
            let mut text = format!("{value:.3} ({low:.3} to {high:.3}, {} members, {})", self.members, self.attacked);
            if limit == Limit::MembershipAuc && self.insider_auc > 0.0 {
                text.push_str(&format!("; {:.3} for an insider who holds every shard", self.insider_auc));
            }
            let mut found = Found::of(limits, limit, value, text);
            found.passed |= by_chance;
            found
        };
        vec![
            one(Limit::MembershipAuc, self.auc, self.auc.low <= 0.5),
            one(Limit::MembershipTpr, self.tpr, self.tpr_chance > SURE),
        ]
    }
}

/// Rows of one person, as one score is made of.
pub(super) struct Person<'a> {
    shard: usize,
    rows: Vec<&'a [u32]>,
}

/// Attacks the weights; none if there are too few people to tell.
pub(super) fn measure(
    subject: &Subject<'_>,
    settings: &AuditSettings,
    limits: &AuditLimits,
) -> Result<Option<Membership>> {
    let (members, rows) = (settings.members, settings.member_rows);
    let people = people(subject, subject.rows(), members, rows);
    let of_shards = match subject.adapters.len() {
        0 => return Ok(None),
        1 => {
            let others = people_held_out(subject, members, rows);
            let score =
                |people: &[Person<'_>]| against(subject, subject.plain.model(), subject.released.model(), people);
            Scores::new(score(&people)?, score(&others)?)
        }
        shards => scores(subject, &people, shards)?,
    };
    let enough = |scores: &Scores| scores.inside.len().min(scores.outside.len()) >= settings.members_least;
    if !enough(&of_shards) {
        return Ok(None);
    }
    let shards = judge("shards", of_shards, subject.seed, limits);
    let joint = scores_of_joint(subject, members)?.filter(enough);
    let joint = joint.map(|scores| judge("joint stage", scores, subject.seed, limits));
    let is_worse = |joint: &Membership| match (joint.passed, shards.passed) {
        (false, true) => true,
        (true, false) => false,
        (true, true) | (false, false) => joint.auc.value > shards.auc.value,
    };
    let insider_auc = joint.iter().fold(shards.insider_auc, |highest, joint| highest.max(joint.insider_auc));
    let worse = joint.filter(is_worse).unwrap_or(shards);
    Ok(Some(Membership { insider_auc, ..worse }))
}

/// What the scores of members and non-members say.
fn judge(attacked: &str, scores: Scores, seed: u64, limits: &AuditLimits) -> Membership {
    let Scores { inside, outside, insider } = scores;
    let mean = |scores: &[f64]| scores.iter().sum::<f64>() / scores.len().max(1) as f64;
    let mut membership = Membership {
        attacked: attacked.to_owned(),
        members: inside.len(),
        non_members: outside.len(),
        auc: bootstrap(&inside, &outside, seed, area),
        tpr: bootstrap(&inside, &outside, seed, |p, n| found_at(p, n, FALSE_RATE)),
        tpr_chance: chance_at(&inside, &outside, FALSE_RATE),
        curve: curve(&inside, &outside),
        mean_member: mean(&inside),
        mean_non_member: mean(&outside),
        insider_auc: insider.map_or(0.0, |(inside, outside)| area(&inside, &outside)),
        passed: false,
    };
    membership.passed = membership.found(limits).iter().all(|found| found.passed);
    membership
}

/// Scores of people by a row in the joint stage's sample and by one that is not; none without such a stage.
fn scores_of_joint(subject: &Subject<'_>, members: usize) -> Result<Option<Scores>> {
    let (Some(recipe), Some(_)) = (subject.recipe, subject.joint) else { return Ok(None) };
    let Some(joint) = &recipe.joint else { return Ok(None) };
    let is_in = |(_, row): &(usize, &TrainRow)| in_sample(recipe, joint, row);
    // One row of each: most people have no more in the sample, and a mean of many rows strays less than one of few.
    let inside = people(subject, subject.rows().filter(is_in), members, 1);
    let outside = people(subject, subject.rows().filter(|row| !is_in(row)), members, 1);
    let mean = subject.without(&[])?;
    let (inside, insider_in) = against_another_shard(subject, &mean, &inside)?;
    let (outside, insider_out) = against_another_shard(subject, &mean, &outside)?;
    Ok(Some(Scores { insider: Some((insider_in, insider_out)), ..Scores::new(inside, outside) }))
}

/// Scores of everybody where they are in and where they are out.
fn scores(subject: &Subject<'_>, people: &[Person<'_>], shards: usize) -> Result<Scores> {
    let (mut scores, mut insider) = (Scores::new(Vec::new(), Vec::new()), (Vec::new(), Vec::new()));
    for shard in 0..shards {
        let of_shard: Vec<&Person<'_>> = people.iter().filter(|person| person.shard == shard).collect();
        if of_shard.is_empty() {
            continue;
        }
        let next = (shard + 1) % shards;
        let loss = |out: &[usize]| mean_losses(subject, &subject.without(out)?, &of_shard);
        let (with, without, neither) = (loss(&[next])?, loss(&[shard])?, loss(&[shard, next])?);
        let other = match shards {
            2 => neither.clone(),
            _ => mean_losses(subject, &subject.alone((shard + 2) % shards)?, &of_shard)?,
        };
        scores.inside.extend(less(&other, &with));
        scores.outside.extend(less(&other, &without));
        insider.0.extend(less(&neither, &with));
        insider.1.extend(less(&neither, &without));
    }
    Ok(Scores { insider: Some(insider), ..scores })
}

/// How much less each person loses under the release than under a shard that is not theirs, and than under the mean.
fn against_another_shard(subject: &Subject<'_>, mean: &Model, people: &[Person<'_>]) -> Result<(Vec<f64>, Vec<f64>)> {
    let (shards, mut of_other, mut of_mean) = (subject.adapters.len(), Vec::new(), Vec::new());
    for shard in 0..shards {
        let of_shard: Vec<&Person<'_>> = people.iter().filter(|person| person.shard == shard).collect();
        let loss = |model: &Model| mean_losses(subject, model, &of_shard);
        let released = loss(subject.released.model())?;
        of_other.extend(less(&loss(&subject.alone((shard + 1) % shards)?)?, &released));
        of_mean.extend(less(&loss(mean)?, &released));
    }
    Ok((of_other, of_mean))
}

/// How much less each loses under the second than under the first.
fn less<'a>(reference: &'a [f64], attacked: &'a [f64]) -> impl Iterator<Item = f64> + 'a {
    reference.iter().zip(attacked).map(|(reference, attacked)| reference - attacked)
}

/// How much less each person loses under the attacked weights than under the reference.
pub(super) fn against(
    subject: &Subject<'_>,
    reference: &Model,
    attacked: &Model,
    people: &[Person<'_>],
) -> Result<Vec<f64>> {
    let people: Vec<&Person<'_>> = people.iter().collect();
    let (reference, attacked) = (mean_losses(subject, reference, &people)?, mean_losses(subject, attacked, &people)?);
    Ok(less(&reference, &attacked).collect())
}

/// Mean nats a token of each person's rows.
pub(super) fn mean_losses(subject: &Subject<'_>, model: &Model, people: &[&Person<'_>]) -> Result<Vec<f64>> {
    let rows = people.iter().flat_map(|person| person.rows.iter().copied());
    let mut losses = row_losses(model, None, rows, subject.most_tokens(), subject.context())?.into_iter();
    Ok(people.iter().map(|person| Loss::mean(losses.by_ref().take(person.rows.len())).nats).collect())
}

/// People picked at random with some of their rows, in the order of their names.
pub(super) fn people<'a>(
    subject: &Subject<'a>,
    rows: impl Iterator<Item = (usize, &'a TrainRow)>,
    members: usize,
    most_rows: usize,
) -> Vec<Person<'a>> {
    let mut all: BTreeMap<&str, Person<'a>> = BTreeMap::new();
    for (shard, row) in rows {
        let person = all.entry(row.member.as_str()).or_insert_with(|| Person { shard, rows: Vec::new() });
        if person.rows.len() < most_rows && !row.tokens.is_empty() {
            person.rows.push(row.tokens.as_slice());
        }
    }
    let mut rng = ChaCha8Rng::seed_from_u64(subject.seed);
    all.into_values().filter(|person| !person.rows.is_empty()).choose_multiple(&mut rng, members)
}

pub(super) fn people_held_out<'a>(subject: &Subject<'a>, members: usize, rows: usize) -> Vec<Person<'a>> {
    people(subject, subject.held_out.iter().map(|row| (0, row)), members, rows)
}

/// Shares of non-members and of members over each score, thinned.
fn curve(positive: &[f64], negative: &[f64]) -> Vec<(f64, f64)> {
    let (positive, negative) = (sorted(positive), sorted(negative));
    let over = |sorted: &[f64], score: f64| {
        (sorted.len() - sorted.partition_point(|&x| x <= score)) as f64 / sorted.len().max(1) as f64
    };
    let mut all: Vec<f64> = positive.iter().chain(&negative).copied().collect();
    all.sort_by(|a, b| b.total_cmp(a));
    let step = all.len().div_ceil(CURVE_POINTS).max(1);
    let mut curve = vec![(0.0, 0.0)];
    curve.extend(all.iter().step_by(step).map(|&score| (over(&negative, score), over(&positive, score))));
    curve.push((1.0, 1.0));
    curve
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(auc: (f64, f64), tpr: f64, tpr_chance: f64) -> Vec<bool> {
        let estimate = |(value, low): (f64, f64)| Estimate { value, low, high: 1.0 };
        let membership = Membership {
            attacked: "shards".into(),
            members: 50,
            non_members: 50,
            auc: estimate(auc),
            tpr: estimate((tpr, 0.0)),
            tpr_chance,
            curve: vec![],
            mean_member: 0.0,
            mean_non_member: 0.0,
            insider_auc: 0.0,
            passed: false,
        };
        membership.found(&AuditLimits::default()).iter().map(|found| found.passed).collect()
    }

    #[test]
    fn a_value_over_its_limit_counts_unless_chance_explains_it() {
        assert_eq!(found((0.55, 0.51), 0.02, 0.3), [true, true]);
        assert_eq!(found((0.63, 0.48), 0.05, 0.1), [true, true], "a small sample by luck");
        assert_eq!(found((0.63, 0.52), 0.05, 0.02), [false, true]);
        assert_eq!(found((0.63, 0.52), 0.05, 0.005), [false, false]);
    }

    #[test]
    fn the_curve_runs_from_corner_to_corner() {
        let curve = curve(&[1.0, 2.0, 3.0], &[0.0, 1.5]);
        assert_eq!((curve.first(), curve.last()), (Some(&(0.0, 0.0)), Some(&(1.0, 1.0))));
        assert!(curve.windows(2).all(|pair| pair[0].0 <= pair[1].0 && pair[0].1 <= pair[1].1), "{curve:?}");
    }
}
