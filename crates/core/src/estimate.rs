//! What a labeled sample says about all: the share of redacted rows in which something was missed, with an interval that is
//! honest for small samples. Knows counts, never a text.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// The 97.5th percentile of the normal distribution: the interval then holds the true share in 95 of 100 samples.
pub const Z_95: f64 = 1.959_963_984_540_054;
/// Rows that are drawn for a sample, if there are as many.
pub const SAMPLE_ROWS: u64 = 100;

/// A share with its 95 % interval, each from 0 to 1.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Share {
    /// What the sample has.
    pub share: f64,
    /// The lower end.
    pub low: f64,
    /// The upper end.
    pub high: f64,
}

/// The share of `hits` in `trials` with the score interval of Wilson (1927), which never leaves 0 to 1 and is no point where
/// there were no hits. None without trials, or with more hits than trials.
#[must_use]
pub fn wilson(hits: u64, trials: u64) -> Option<Share> {
    if trials == 0 || hits > trials {
        return None;
    }
    let (n, z2) = (trials as f64, Z_95 * Z_95);
    let share = hits as f64 / n;
    let middle = share + z2 / (2.0 * n);
    let half = Z_95 * (share * (1.0 - share) / n + z2 / (4.0 * n * n)).sqrt();
    let scale = 1.0 + z2 / n;
    // At the ends the formula gives exactly 0 and 1; the computer not always.
    let low = if hits == 0 { 0.0 } else { (middle - half) / scale };
    let high = if hits == trials { 1.0 } else { (middle + half) / scale };
    Some(Share { share, low, high })
}

/// What a person saw in one row of the sample: how many pieces of each type were missed. Empty: none.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct RowLabel(pub BTreeMap<String, u64>);

/// What is estimated of one type of personal data.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct TypeEstimate {
    /// The type, such as `PERSON`.
    pub r#type: String,
    /// Pieces that were found in all rows; every one of them was changed.
    pub found: u64,
    /// Pieces that were missed in the labeled rows.
    pub missed: u64,
    /// The share of pieces that was missed: of those missed in the labeled rows and those that were found in so many rows
    /// on average. None while nothing of the type was found or missed.
    pub missed_share: Option<Share>,
    /// Labeled rows with a piece that was missed.
    pub rows: u64,
    /// The share of rows with a piece that was missed.
    pub rows_share: Option<Share>,
}

/// What a labeled sample says about a dataset.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct MissEstimate {
    /// Rows of the dataset.
    pub rows: u64,
    /// Rows that were drawn.
    pub drawn: u64,
    /// Of these, rows that were labeled.
    pub labeled: u64,
    /// Labeled rows in which anything was missed.
    pub rows_missed: u64,
    /// The share of rows in which anything was missed.
    pub rows_share: Option<Share>,
    /// Each type that was found or missed, by name.
    pub types: Vec<TypeEstimate>,
}

impl MissEstimate {
    /// Estimates from what was found in a dataset of `rows` rows and the labels of rows of its sample.
    #[must_use]
    pub fn new<'a>(rows: u64, found: &BTreeMap<String, u64>, labels: impl IntoIterator<Item = &'a RowLabel>) -> Self {
        let mut missed: BTreeMap<&str, (u64, u64)> = found.keys().map(|kind| (kind.as_str(), (0, 0))).collect();
        let (mut labeled, mut rows_missed) = (0, 0);
        for RowLabel(misses) in labels {
            labeled += 1;
            rows_missed += u64::from(misses.values().any(|pieces| *pieces > 0));
            for (kind, pieces) in misses.iter().filter(|(_, pieces)| **pieces > 0) {
                let (sum, with) = missed.entry(kind).or_default();
                *sum = sum.saturating_add(*pieces);
                *with += 1;
            }
        }
        let estimate = |(kind, (missed, with)): (&str, (u64, u64))| {
            let found = found.get(kind).copied().unwrap_or_default();
            let in_sample = if rows == 0 { 0.0 } else { found as f64 * labeled as f64 / rows as f64 };
            TypeEstimate {
                r#type: kind.to_owned(),
                found,
                missed,
                missed_share: wilson(missed, missed.saturating_add(in_sample.round() as u64)).filter(|_| labeled > 0),
                rows: with,
                rows_share: wilson(with, labeled),
            }
        };
        Self {
            rows,
            drawn: rows.min(SAMPLE_ROWS),
            labeled,
            rows_missed,
            rows_share: wilson(rows_missed, labeled),
            types: missed.into_iter().map(estimate).collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Newcombe, Statistics in Medicine 17 (1998) 857–872, table I, method 3.
    #[test]
    fn intervals_are_those_of_the_literature() {
        for (hits, trials, low, high) in
            [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)]
        {
            let share = wilson(hits, trials).unwrap();
            assert!((share.low - low).abs() < 5e-5 && (share.high - high).abs() < 5e-5, "{hits}/{trials}: {share:?}");
        }
    }

    #[test]
    fn intervals_stay_inside_and_mirror() {
        assert_eq!((wilson(0, 0), wilson(3, 2)), (None, None));
        for trials in [1, 2, 7, 100, 5_000] {
            for hits in [0, 1, trials / 2, trials] {
                let (one, other) = (wilson(hits, trials).unwrap(), wilson(trials - hits, trials).unwrap());
                assert!(0.0 <= one.low && one.low <= one.share && one.share <= one.high && one.high <= 1.0, "{one:?}");
                assert!((one.low - (1.0 - other.high)).abs() < 1e-12, "{hits}/{trials}");
            }
        }
    }

    #[test]
    fn a_sample_speaks_for_all() {
        let found = BTreeMap::from([("EMAIL".to_owned(), 1_000), ("PHONE".to_owned(), 0)]);
        let label =
            |misses: &[(&str, u64)]| RowLabel(misses.iter().map(|(kind, n)| ((*kind).to_owned(), *n)).collect());
        let labels = [label(&[]), label(&[("PERSON", 2), ("EMAIL", 0)]), label(&[("PERSON", 1)]), label(&[])];
        let estimate = MissEstimate::new(400, &found, &labels);
        assert_eq!((estimate.rows, estimate.drawn, estimate.labeled, estimate.rows_missed), (400, 100, 4, 2));
        assert_eq!(estimate.rows_share, wilson(2, 4));
        let types: Vec<(&str, u64, u64, Option<Share>)> =
            estimate.types.iter().map(|t| (t.r#type.as_str(), t.missed, t.rows, t.missed_share)).collect();
        let expected = [("EMAIL", 0, 0, wilson(0, 10)), ("PERSON", 3, 2, wilson(3, 3)), ("PHONE", 0, 0, None)];
        assert_eq!(types, expected);
        let none = MissEstimate::new(0, &BTreeMap::new(), &[]);
        assert_eq!((none.drawn, none.rows_share, none.types.len()), (0, None, 0));
    }
}
