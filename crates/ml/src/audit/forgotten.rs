//! After a forget: do the members who left still look like members? What their old shard takes off a loss is measured on mixes without
//! the reader's own shard: for members of every other shard `j` the loss of the weights without `j` and the old shard, minus the loss of
//! those without `j`. They never were in what is added, so that gives a band; a member who was truly forgotten, measured on the same
//! mixes, is one of them. One in forty lies above the band by luck, so it counts only if the old shard, alone, also knows them better
//! than any other shard does. Only numbers are kept, never rows.

use super::limits::{AuditLimits, Limit};
use super::membership::{Person, against, mean_losses, people, people_held_out};
use super::statistics::{quantile, sorted};
use super::{Found, Subject};
use crate::error::Result;
use crate::merge::merge;
use crate::model::Model;
use crate::shard::TrainRow;
use serde::{Deserialize, Serialize};

/// Most members who left that are looked at.
const FORGOTTEN_MOST: usize = 1000;

/// Rows of members who left a shard since the release before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Left {
    /// The shard they were in.
    pub shard: usize,
    /// What it had learnt of them.
    pub rows: Vec<TrainRow>,
}

/// How members who left look now.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Forgotten {
    /// Members who left.
    pub members: usize,
    /// What their old shard takes off the loss of those who never were in it: lower and upper end of the middle 95 %.
    pub band: (f64, f64),
    /// What it takes off theirs, rising.
    pub gains: Vec<f64>,
    /// Members over the band.
    pub over_band: usize,
    /// Of these, those whom their old shard knows best.
    pub outside: usize,
    /// Whether the limit is kept.
    pub passed: bool,
}

impl Forgotten {
    pub(super) fn found(&self, limits: &AuditLimits) -> Vec<Found> {
        let (low, high) = self.band;
        let text = format!("{} of {} (band {low:+.4} to {high:+.4} nats)", self.outside, self.members);
        vec![Found::of(limits, Limit::ForgottenOutside, self.outside as f64, text)]
    }
}

/// Compares those who left with those who never were there; none if nobody left.
pub(super) fn measure(
    subject: &Subject<'_>,
    left: &[Left],
    members: usize,
    limits: &AuditLimits,
) -> Result<Option<Forgotten>> {
    let (mut gains, mut band) = (Vec::new(), (f64::INFINITY, f64::NEG_INFINITY));
    let (mut over_band, mut outside) = (0, 0);
    for Left { shard, rows } in left {
        // A shard that nobody is left in gives nothing away.
        let Some(shard) = subject.place_of(*shard) else { continue };
        let gone = people(subject, rows.iter().map(|row| (shard, row)), FORGOTTEN_MOST, usize::MAX);
        let (usual, of_gone) = gains_by(subject, shard, &gone, members)?;
        let end = |share: f64| quantile(&usual, share).unwrap_or(0.0);
        let (low, high) = (end(0.025), end(0.975));
        band = (band.0.min(low), band.1.max(high));
        let known = knows_best(subject, shard, &gone)?;
        let is_over = |gain: &f64| *gain > high;
        over_band += of_gone.iter().filter(|gain| is_over(gain)).count();
        outside += of_gone.iter().zip(known).filter(|(gain, known)| is_over(gain) && *known).count();
        gains.extend(of_gone);
    }
    if gains.is_empty() {
        return Ok(None);
    }
    let passed = limits.holds(Limit::ForgottenOutside, outside as f64);
    Ok(Some(Forgotten { members: gains.len(), band, gains: sorted(&gains), over_band, outside, passed }))
}

/// What a shard takes off the loss of people who never were in it, rising, and off that of those who left it.
fn gains_by(subject: &Subject<'_>, shard: usize, gone: &[Person<'_>], members: usize) -> Result<(Vec<f64>, Vec<f64>)> {
    let others: Vec<usize> = (0..subject.adapters.len()).filter(|other| *other != shard).collect();
    if others.is_empty() {
        let strangers = people_held_out(subject, members, usize::MAX);
        let gain = |people: &[Person<'_>]| against(subject, subject.plain.model(), subject.released.model(), people);
        return Ok((sorted(&gain(&strangers)?), gain(gone)?));
    }
    let (mut usual, mut of_gone) = (Vec::new(), vec![0.0; gone.len()]);
    for &other in &others {
        let (before, after) = (subject.without(&[shard, other])?, subject.without(&[other])?);
        let rows = subject.rows().filter(|(of, _)| *of == other);
        let strangers = people(subject, rows, members.div_ceil(others.len()), usize::MAX);
        usual.extend(against(subject, &before, &after, &strangers)?);
        for (sum, gain) in of_gone.iter_mut().zip(against(subject, &before, &after, gone)?) {
            *sum += gain / others.len() as f64;
        }
    }
    Ok((sorted(&usual), of_gone))
}

/// Whether of all shards, each alone on the base, this one predicts a person best.
fn knows_best(subject: &Subject<'_>, shard: usize, people: &[Person<'_>]) -> Result<Vec<bool>> {
    let people: Vec<&Person<'_>> = people.iter().collect();
    let mut losses = Vec::with_capacity(subject.adapters.len());
    for adapter in subject.adapters {
        let alone = Model::new(subject.base.config(), &merge(subject.base, std::slice::from_ref(adapter), None)?)?;
        losses.push(mean_losses(subject, &alone, &people)?);
    }
    let best = |person: usize| {
        let own = losses[shard][person];
        losses.iter().enumerate().all(|(other, losses)| other == shard || own < losses[person])
    };
    Ok((0..people.len()).map(best).collect())
}
