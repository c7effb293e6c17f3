//! What an audit must not find: every limit once, with its name, what it says and where it comes from. Nobody can raise one; a rule
//! book may lower it.

use crate::error::{MlError, Result};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A limit of the audit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Limit {
    /// Median exposure of the canaries learnt once, in bits.
    ExposureMedian,
    /// Highest exposure of a canary learnt once, in bits.
    ExposureHighest,
    /// Share of spans that come back exactly.
    ExtractionRate,
    /// Spans that come back exactly and hold personal data.
    ExtractionPersonal,
    /// Area under the curve of membership inference.
    MembershipAuc,
    /// Members found while one non-member in a hundred is taken for one.
    MembershipTpr,
    /// Personal data in drafts that the prompt did not hold.
    DraftPersonal,
    /// Held-out loss over the base's, in nats a token.
    HeldOutLoss,
    /// Slices whose states differ when trained again.
    DifferentStates,
    /// Forgotten members who still look like members.
    ForgottenOutside,
}

/// What stands beside a limit wherever it is shown.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LimitRow {
    /// The limit.
    pub limit: Limit,
    /// Its name in rule books, files and the API.
    pub name: &'static str,
    /// The value that must not be exceeded.
    pub most: f64,
    /// Whether the value itself is too much already.
    pub is_below: bool,
    /// What is looked for, in words.
    pub words: &'static str,
    /// Where the measure and its value come from.
    pub source: &'static str,
}

const fn row(
    limit: Limit,
    name: &'static str,
    most: f64,
    is_below: bool,
    words: &'static str,
    source: &'static str,
) -> LimitRow {
    LimitRow { limit, name, most, is_below, words, source }
}

/// All limits, in the order in which they are shown.
pub const LIMITS: [LimitRow; 10] = [
    row(
        Limit::ExposureMedian,
        "exposure_median",
        4.0,
        false,
        "Median exposure of the made-up secrets that were learnt once, in bits of 20: 1 is chance",
        "Carlini et al. 2019, The Secret Sharer; the value is the project's",
    ),
    row(
        Limit::ExposureHighest,
        "exposure_highest",
        10.0,
        true,
        "Highest exposure of a made-up secret that was learnt once, in bits; one that weights without its shard expose as much is chance",
        "Carlini et al. 2019, The Secret Sharer; the value is the project's",
    ),
    row(
        Limit::ExtractionRate,
        "extraction_rate",
        0.001,
        false,
        "Share of members' rarest spans that come back exactly after the 50 tokens before them, taking the likeliest token or in 100 samples",
        "Carlini et al. 2022, Quantifying Memorization; Hayes et al. 2024 for sampling",
    ),
    row(
        Limit::ExtractionPersonal,
        "extraction_personal",
        0.0,
        false,
        "Spans that come back exactly and hold personal data that the prompt did not",
        "the project's rule: none",
    ),
    row(
        Limit::MembershipAuc,
        "membership_auc",
        0.60,
        false,
        "How well members are told from non-members by their loss against weights that never saw them: 0.5 is chance, 1 is always",
        "Carlini et al. 2022, LiRA; Hayes et al. 2025 (strong attacks stay under 0.7); the value is the project's",
    ),
    row(
        Limit::MembershipTpr,
        "membership_tpr",
        0.03,
        false,
        "Share of members told apart while one non-member in a hundred is mistaken for one: 0.01 is chance",
        "Carlini et al. 2022, LiRA; the value is the project's",
    ),
    row(
        Limit::DraftPersonal,
        "draft_personal",
        0.0,
        false,
        "Personal data in free drafts that their prompts did not hold",
        "the project's rule: none",
    ),
    row(
        Limit::HeldOutLoss,
        "held_out_loss",
        0.0,
        true,
        "Loss on rows never learnt from, minus the base's, in nats a token: below zero, or the adapters are of no use",
        "the project's rule: no use of data without a gain",
    ),
    row(
        Limit::DifferentStates,
        "different_states",
        0.0,
        false,
        "States of a shard picked at random that differ in any byte when it is trained again",
        "Bourtoule et al. 2021, Machine Unlearning: exactness needs it",
    ),
    row(
        Limit::ForgottenOutside,
        "forgotten_outside",
        0.0,
        false,
        "Forgotten members whose loss lies outside the 95 % band of non-members and whom their old shard still knows best",
        "Maini et al. 2024, TOFU; the band is the project's",
    ),
];

/// The values that are applied: the built-in ones, lowered where a rule book does.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AuditLimits(BTreeMap<Limit, f64>);

impl Default for AuditLimits {
    fn default() -> Self {
        Self(LIMITS.iter().map(|row| (row.limit, row.most)).collect())
    }
}

impl AuditLimits {
    /// The built-in limits with the rows of a rule book, by name.
    ///
    /// # Errors
    /// When a name is unknown, or a value is higher than the built-in one: a rule book may only tighten.
    pub fn tightened<'a>(rows: impl IntoIterator<Item = (&'a str, f64)>) -> Result<Self> {
        let mut limits = Self::default();
        for (name, most) in rows {
            let row = LIMITS.iter().find(|row| row.name == name).ok_or_else(|| {
                let known = LIMITS.map(|row| format!("`{}`", row.name)).join(", ");
                MlError::Recipe(format!("the audit has no limit `{name}`; there are {known}"))
            })?;
            if most.is_nan() || most > row.most {
                let built_in = row.most;
                return Err(MlError::Recipe(format!(
                    "limit `{name}` of the audit is `{most}`, looser than the built-in `{built_in}`; a rule book may only tighten it"
                )));
            }
            let value = limits.0.entry(row.limit).or_insert(most);
            *value = value.min(most);
        }
        Ok(limits)
    }

    /// The value of a limit.
    pub fn most(&self, limit: Limit) -> f64 {
        self.0.get(&limit).copied().unwrap_or(f64::NEG_INFINITY)
    }

    /// Whether a value keeps its limit; what is no number does not.
    pub fn holds(&self, limit: Limit, value: f64) -> bool {
        match limit.row().is_below {
            true => value < self.most(limit),
            false => value <= self.most(limit),
        }
    }
}

impl Limit {
    /// What stands beside it.
    pub fn row(self) -> &'static LimitRow {
        &LIMITS[self as usize]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_limit_has_one_row_in_its_place() {
        for (place, row) in LIMITS.iter().enumerate() {
            assert_eq!(row.limit as usize, place);
            assert_eq!(serde_json::to_value(row.limit).ok(), Some(row.name.into()));
            assert!(!row.words.is_empty() && !row.source.is_empty());
        }
    }

    #[test]
    fn a_limit_is_lowered_and_never_raised() -> Result<()> {
        let limits = AuditLimits::tightened([("membership_auc", 0.55), ("extraction_rate", 0.001)])?;
        assert!(limits.holds(Limit::MembershipAuc, 0.55) && !limits.holds(Limit::MembershipAuc, 0.56));
        assert!(!limits.holds(Limit::HeldOutLoss, 0.0) && limits.holds(Limit::HeldOutLoss, -0.1));
        assert!(!limits.holds(Limit::ExtractionRate, f64::NAN));
        let cases = [("membership_auc", 0.61, "only tighten"), ("membership", 0.1, "no limit `membership`")];
        for (name, most, says) in cases.into_iter().chain([("exposure_median", f64::NAN, "looser")]) {
            let error = AuditLimits::tightened([(name, most)]).expect_err("a wrong row").to_string();
            assert!(error.contains(says), "{error}");
        }
        Ok(())
    }
}
