//! Cohorts: members who share shards with nobody outside, such as those of a region that a regulator may pause. When all of
//! them leave, their shards leave with them, and no other shard is trained again. Which cohort a member belongs to is the
//! caller's to say; the shard inside it is a keyed hash of the member alone.

use crate::snapshot::SnapshotError;
use candor_core::MemberId;
use serde::{Deserialize, Serialize};
use std::collections::HashMap;

/// A cohort as the manifest names it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Cohort {
    /// The regions whose members it holds, as rules name them: `GB`, `@designated`.
    pub regions: Vec<String>,
    /// Its first shard.
    pub first_shard: u16,
    /// Number of its shards.
    pub shards: u16,
}

/// The cohorts of a snapshot, and who is in them. Everybody else is in the shards before them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Cohorts {
    list: Vec<Cohort>,
    of: HashMap<MemberId, usize>,
}

impl Cohorts {
    /// The last shards of so many, given to cohorts in order: their regions and how many shards each gets. `of` says who is
    /// in which, by its place in the list.
    ///
    /// # Errors
    /// When a cohort gets no shard, or none is left for everybody else.
    pub fn new(
        shards: u16,
        wanted: Vec<(Vec<String>, u16)>,
        of: HashMap<MemberId, usize>,
    ) -> Result<Self, SnapshotError> {
        let taken: u32 = wanted.iter().map(|(_, number)| u32::from(*number)).sum();
        let rest = u32::from(shards).saturating_sub(taken);
        if (!wanted.is_empty() && rest == 0) || wanted.iter().any(|(_, number)| *number == 0) {
            let value = format!("{taken} of {shards} shards");
            let bounds = "each cohort at least one shard, and leave one for everybody else";
            return Err(SnapshotError::Spec { what: "cohorts", value, bounds });
        }
        let mut first = u16::try_from(rest).unwrap_or(shards);
        let mut list = Vec::with_capacity(wanted.len());
        for (regions, shards) in wanted {
            list.push(Cohort { regions, first_shard: first, shards });
            first = first.saturating_add(shards);
        }
        Ok(Self { list, of })
    }

    /// The cohorts, in the order of their shards.
    #[must_use]
    pub fn list(&self) -> &[Cohort] {
        &self.list
    }

    /// The first of a member's possible shards, and their number, out of so many in all.
    pub(crate) fn shards_of(&self, member: &MemberId, shards: u16) -> (u16, u16) {
        let cohort = self.of.get(member).and_then(|at| self.list.get(*at));
        match (cohort, self.list.first()) {
            (Some(cohort), _) => (cohort.first_shard, cohort.shards),
            (None, Some(first)) => (0, first.first_shard),
            (None, None) => (0, shards),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cohorts_take_the_last_shards_and_leave_some() {
        let wanted = |list: &[(&str, u16)]| {
            list.iter().map(|(region, shards)| (vec![(*region).to_owned()], *shards)).collect::<Vec<_>>()
        };
        let (ann, ben) = (MemberId::new("ann").unwrap(), MemberId::new("ben").unwrap());
        let cohorts = Cohorts::new(8, wanted(&[("GB", 1), ("DE", 2)]), HashMap::from([(ann.clone(), 1)])).unwrap();
        let places = cohorts.list().iter().map(|cohort| (cohort.first_shard, cohort.shards)).collect::<Vec<_>>();
        assert_eq!(places, [(5, 1), (6, 2)]);
        assert_eq!((cohorts.shards_of(&ann, 8), cohorts.shards_of(&ben, 8)), ((6, 2), (0, 5)));
        assert_eq!(Cohorts::default().shards_of(&ben, 8), (0, 8));
        for bad in [wanted(&[("GB", 8)]), wanted(&[("GB", 0)]), wanted(&[("GB", 7), ("DE", 1)])] {
            assert!(Cohorts::new(8, bad, HashMap::new()).is_err());
        }
    }
}
