//! What a step took in, kept and dropped. The three always add up: counts that do not are never made.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A step lost or doubled a row: a fault of this program.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("step `{stage}` took `{taken}` rows, but kept `{kept}` and dropped `{dropped}`; report this fault")]
pub struct Unreconciled {
    /// The step.
    pub stage: String,
    /// Rows it took.
    pub taken: u64,
    /// Rows it kept.
    pub kept: u64,
    /// Rows it dropped, for all reasons.
    pub dropped: u64,
}

/// Rows of one step: taken = kept + dropped, whatever way it was made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Claimed")]
pub struct StageCounts {
    stage: String,
    #[serde(rename = "in")]
    taken: u64,
    kept: u64,
    dropped: BTreeMap<String, u64>,
}

/// Counts as a file has them, not yet checked.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Claimed {
    stage: String,
    #[serde(rename = "in")]
    taken: u64,
    kept: u64,
    dropped: BTreeMap<String, u64>,
}

impl TryFrom<Claimed> for StageCounts {
    type Error = Unreconciled;
    fn try_from(claimed: Claimed) -> Result<Self, Unreconciled> {
        Self::new(&claimed.stage, claimed.taken, claimed.kept, claimed.dropped)
    }
}

impl StageCounts {
    /// Counts of a step, dropped rows by reason code.
    ///
    /// # Errors
    /// When they do not add up.
    pub fn new(stage: &str, taken: u64, kept: u64, dropped: BTreeMap<String, u64>) -> Result<Self, Unreconciled> {
        let sum = dropped.values().copied().fold(0, u64::saturating_add);
        if kept.saturating_add(sum) != taken {
            return Err(Unreconciled { stage: stage.to_owned(), taken, kept, dropped: sum });
        }
        Ok(Self { stage: stage.to_owned(), taken, kept, dropped })
    }

    /// Counts of a step that took nothing yet.
    #[must_use]
    pub fn empty(stage: &str) -> Self {
        Self { stage: stage.to_owned(), taken: 0, kept: 0, dropped: BTreeMap::new() }
    }

    /// The step's name.
    #[must_use]
    pub fn stage(&self) -> &str {
        &self.stage
    }

    /// Rows it took.
    #[must_use]
    pub fn taken(&self) -> u64 {
        self.taken
    }

    /// Rows it kept.
    #[must_use]
    pub fn kept(&self) -> u64 {
        self.kept
    }

    /// Rows it dropped, by reason code.
    #[must_use]
    pub fn dropped(&self) -> &BTreeMap<String, u64> {
        &self.dropped
    }

    /// Rows it dropped, for all reasons.
    #[must_use]
    pub fn dropped_total(&self) -> u64 {
        self.taken.saturating_sub(self.kept)
    }

    /// Adds the counts of another batch of the same step.
    pub fn add(&mut self, other: &Self) {
        self.taken += other.taken;
        self.kept += other.kept;
        for (reason, rows) in &other.dropped {
            *self.dropped.entry(reason.clone()).or_default() += rows;
        }
    }
}

/// Checks that each step took what the one before it kept.
///
/// # Errors
/// Names the step that did not.
pub fn check_chain(stages: &[StageCounts]) -> Result<(), Unreconciled> {
    for pair in stages.windows(2) {
        if let [before, after] = pair
            && before.kept != after.taken
        {
            let stage = format!("{} to {}", before.stage, after.stage);
            return Err(Unreconciled { stage, taken: before.kept, kept: after.taken, dropped: 0 });
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dropped(rows: &[(&str, u64)]) -> BTreeMap<String, u64> {
        rows.iter().map(|(reason, n)| ((*reason).to_owned(), *n)).collect()
    }

    #[test]
    fn only_counts_that_add_up_are_made() {
        let cases = [(0, 0, &[][..], true), (5, 3, &[("a", 2)], true), (5, 3, &[("a", 1)], false), (1, 2, &[], false)];
        for (taken, kept, rows, holds) in cases {
            assert_eq!(StageCounts::new("gate", taken, kept, dropped(rows)).is_ok(), holds, "{taken} {kept} {rows:?}");
        }
        let json = r#"{"stage":"gate","in":5,"kept":3,"dropped":{"a":1}}"#;
        assert!(serde_json::from_str::<StageCounts>(json).unwrap_err().to_string().contains("took `5` rows"));
        let counts = StageCounts::new("gate", 5, 3, dropped(&[("a", 2)])).unwrap();
        let text = serde_json::to_string(&counts).unwrap();
        assert_eq!(text, r#"{"stage":"gate","in":5,"kept":3,"dropped":{"a":2}}"#);
        assert_eq!(serde_json::from_str::<StageCounts>(&text).unwrap(), counts);
    }

    #[test]
    fn sums_and_chains_add_up_too() {
        let mut counts = StageCounts::new("gate", 5, 3, dropped(&[("a", 2)])).unwrap();
        counts.add(&StageCounts::new("gate", 2, 0, dropped(&[("a", 1), ("b", 1)])).unwrap());
        assert_eq!(counts, StageCounts::new("gate", 7, 3, dropped(&[("a", 3), ("b", 1)])).unwrap());
        assert_eq!(counts.dropped_total(), 4);
        let next = StageCounts::new("redaction", 3, 3, dropped(&[])).unwrap();
        assert_eq!(check_chain(&[counts.clone(), next]), Ok(()));
        assert!(check_chain(&[counts, StageCounts::empty("redaction")]).is_err());
    }
}
