//! A random sample of a snapshot's rows, for people who look for what redaction missed. The dice are the manifest's hash, which
//! stands in the log: nobody picks the rows, and everybody who has the snapshot draws the same ones.

use crate::{
    assemble::Part,
    snapshot::{Snapshot, SnapshotError},
    table,
};
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, BTreeSet};

impl Snapshot {
    /// The redacted texts of `size` different rows that are used, or of all if there are fewer, in the order in which they
    /// were drawn.
    ///
    /// # Errors
    /// When a file cannot be read.
    pub fn sample(&self, size: u64) -> Result<Vec<String>, SnapshotError> {
        let shards = self.manifest.shards;
        let rows = |part: Part| {
            let file = self.manifest.file(&part.data(shards));
            file.and_then(|file| file.tally.as_ref()).map_or(0, |tally| tally.rows)
        };
        let drawn = draw(&self.manifest_hash, Part::all(shards).map(rows).sum(), size);
        let wanted: BTreeSet<u64> = drawn.iter().copied().collect();
        let (mut found, mut first) = (BTreeMap::new(), 0);
        for part in Part::all(shards) {
            let next = first + rows(part);
            if wanted.range(first..next).next().is_some() {
                let texts = table::read_texts(&self.dir.join(part.data(shards)), &self.manifest.terms)?;
                found.extend((first..next).zip(texts).filter(|(row, _)| wanted.contains(row)));
            }
            first = next;
        }
        Ok(drawn.iter().filter_map(|row| found.remove(row)).collect())
    }
}

/// Draws different rows out of so many.
fn draw(seed: &str, rows: u64, size: u64) -> Vec<u64> {
    let (mut drawn, mut seen) = (Vec::new(), BTreeSet::new());
    for roll in 0_u64.. {
        if drawn.len() as u64 >= size.min(rows) {
            break;
        }
        let hash = Sha256::new().chain_update("candor/sample/v1\0").chain_update(seed).chain_update(roll.to_be_bytes());
        let dice = hash.finalize().iter().take(8).fold(0, |dice, byte| dice << 8 | u64::from(*byte));
        let row = dice % rows;
        if seen.insert(row) {
            drawn.push(row);
        }
    }
    drawn
}

#[cfg(test)]
mod tests {
    use super::draw;

    #[test]
    fn each_row_is_drawn_once_and_all_are_when_there_are_few() {
        for (rows, size, drawn) in [(0, 5, 0), (3, 5, 3), (1_000, 100, 100), (5, 0, 0)] {
            let mut sample = draw("a", rows, size);
            assert_eq!(sample, draw("a", rows, size));
            assert_eq!(sample.len(), drawn);
            sample.sort_unstable();
            sample.dedup();
            assert_eq!(sample.len(), drawn);
            assert!(sample.iter().all(|row| *row < rows));
        }
        assert_ne!(draw("a", 1_000, 10), draw("b", 1_000, 10));
    }
}
