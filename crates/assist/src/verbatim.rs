//! What the snapshot said word for word: a 64-bit hash of every run of 12 tokens, sorted. It answers whether a run of a
//! draft stood in the snapshot; it holds no text and no token.
//!
//! No run is missed. A run that did not stand there is taken for one with probability n/2^64 for n hashes (about 5e-13
//! for ten million), so a hit is final without looking the run up.

use std::io::{self, Write};
use std::path::Path;

/// Tokens of a run. A draft may not hold a run of this length that a snapshot held.
pub const RUN_TOKENS: usize = 12;

const MAGIC: &[u8; 8] = b"CANDORV1";
/// Largest index that is read, in hashes: two billion tokens.
const MAX_HASHES: u64 = 1 << 31;

/// Why an index cannot be read or written.
#[derive(Debug, thiserror::Error)]
pub enum VerbatimError {
    /// The file cannot be read or written.
    #[error("the verbatim index `{path}`: {source}")]
    Io {
        /// The file.
        path: String,
        /// What went wrong.
        source: io::Error,
    },
    /// The file is none of ours, or is damaged.
    #[error("`{path}` is no verbatim index ({problem}); build the release again")]
    Form {
        /// The file.
        path: String,
        /// What is wrong with it.
        problem: &'static str,
    },
}

/// The hashes of every run of [`RUN_TOKENS`] tokens of a snapshot.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct VerbatimIndex {
    /// Ascending, without repeats.
    hashes: Vec<u64>,
}

impl VerbatimIndex {
    /// An index over texts given as tokens. The order of texts does not matter; no run crosses from one to another.
    pub fn build<'a>(texts: impl IntoIterator<Item = &'a [u32]>) -> Self {
        let mut hashes: Vec<u64> = Vec::new();
        for tokens in texts {
            hashes.extend(runs(tokens));
        }
        hashes.sort_unstable();
        hashes.dedup();
        Self { hashes }
    }

    /// How many different runs there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.hashes.len()
    }

    /// Whether there is no run at all.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.hashes.is_empty()
    }

    /// Whether a run of [`RUN_TOKENS`] of these tokens stood in the snapshot.
    #[must_use]
    pub fn contains_run(&self, tokens: &[u32]) -> bool {
        runs(tokens).any(|run| self.holds(run))
    }

    /// Whether a run of this hash stood in the snapshot.
    pub(crate) fn holds(&self, run: u64) -> bool {
        self.hashes.binary_search(&run).is_ok()
    }

    /// Writes the index to a file, whole or not at all.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn save(&self, path: &Path) -> Result<(), VerbatimError> {
        let io = |source| VerbatimError::Io { path: path.display().to_string(), source };
        let beside = path.with_extension("partial");
        let mut file = io::BufWriter::new(std::fs::File::create(&beside).map_err(io)?);
        let write = |file: &mut io::BufWriter<std::fs::File>| -> io::Result<()> {
            file.write_all(MAGIC)?;
            file.write_all(&(self.hashes.len() as u64).to_le_bytes())?;
            for hash in &self.hashes {
                file.write_all(&hash.to_le_bytes())?;
            }
            file.write_all(&sum(&self.hashes).to_le_bytes())?;
            file.flush()?;
            file.get_ref().sync_all()
        };
        write(&mut file).map_err(io)?;
        std::fs::rename(&beside, path).map_err(io)
    }

    /// Reads an index from a file.
    ///
    /// # Errors
    /// When the file cannot be read, is cut short or is damaged.
    pub fn load(path: &Path) -> Result<Self, VerbatimError> {
        let form = |problem| VerbatimError::Form { path: path.display().to_string(), problem };
        let bytes =
            std::fs::read(path).map_err(|source| VerbatimError::Io { path: path.display().to_string(), source })?;
        let body = bytes.strip_prefix(MAGIC).ok_or_else(|| form("it does not begin as one"))?;
        let (words, rest) = body.as_chunks::<8>();
        let words: Vec<u64> = words.iter().map(|word| u64::from_le_bytes(*word)).collect();
        let [count, hashes @ .., check] = words.as_slice() else { return Err(form("it is cut short")) };
        if !rest.is_empty() || *count > MAX_HASHES || *count != hashes.len() as u64 {
            return Err(form("its length is not what it says"));
        }
        if !hashes.is_sorted() || sum(hashes) != *check {
            return Err(form("it is damaged"));
        }
        Ok(Self { hashes: hashes.to_vec() })
    }
}

/// The hashes of the runs of a text.
pub(crate) fn runs(tokens: &[u32]) -> impl Iterator<Item = u64> + '_ {
    tokens.windows(RUN_TOKENS).map(hash_run)
}

/// Multiplies to 128 bits and folds: one step of the hash, after wyhash.
fn fold(a: u64, b: u64) -> u64 {
    let product = u128::from(a) * u128::from(b);
    (product as u64) ^ (product >> 64) as u64
}

fn hash_run(run: &[u32]) -> u64 {
    const KEYS: [u64; 2] = [0x9e37_79b9_7f4a_7c15, 0xd1b5_4a32_d192_ed03];
    let (pairs, odd) = run.as_chunks::<2>();
    let words = pairs.iter().map(|[a, b]| u64::from(*a) << 32 | u64::from(*b)).chain(odd.iter().map(|a| u64::from(*a)));
    let state = words.fold(KEYS[0], |state, word| fold(state ^ word, KEYS[1]).wrapping_add(KEYS[0]));
    fold(state ^ KEYS[0], KEYS[1] ^ run.len() as u64)
}

fn sum(hashes: &[u64]) -> u64 {
    hashes.iter().fold(hashes.len() as u64, |state, hash| fold(state ^ hash, 0x2d35_8dcc_aa6c_78a5).wrapping_add(*hash))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn no_run_is_missed(
            text in prop::collection::vec(0u32..50_000, 12..80),
            before in prop::collection::vec(0u32..50_000, 0..20),
            at in 0usize..68,
        ) {
            let at = at.min(text.len() - RUN_TOKENS);
            let index = VerbatimIndex::build([text.as_slice()]);
            let draft: Vec<u32> = before.iter().chain(&text[at..at + RUN_TOKENS]).chain(&before).copied().collect();
            prop_assert!(index.contains_run(&draft));
            prop_assert!(!index.contains_run(&text[..RUN_TOKENS - 1]));
        }
    }

    #[test]
    fn other_runs_do_not_hit() {
        let text: Vec<u32> = (0..100_000u32).map(|i| i.wrapping_mul(2_654_435_761) >> 12).collect();
        let index = VerbatimIndex::build([text.as_slice()]);
        let mut draft = text.clone();
        // One token in eleven differs, so that no run of twelve is left.
        draft.iter_mut().step_by(11).for_each(|token| *token += 1_000_000);
        assert!(!index.contains_run(&draft));
        // No run crosses from one text into the next.
        let halves = VerbatimIndex::build([&text[..50], &text[50..100]]);
        assert!(!halves.contains_run(&text[44..56]));
        assert_eq!(halves.len(), 2 * (50 - RUN_TOKENS + 1));
    }

    /// A stream of numbers that looks random and is always the same (splitmix64).
    fn numbers(seed: u64, count: usize) -> Vec<u32> {
        let mix = |n: u64| {
            let z = (n ^ (n >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            ((z ^ (z >> 31)) >> 52) as u32
        };
        (1..=count as u64).map(|n| mix(n.wrapping_add(seed).wrapping_mul(0x9e37_79b9_7f4a_7c15))).collect()
    }

    /// Size and false positives as they are told in the documents, measured on a million tokens of a vocabulary of 4,096. The chance of
    /// a false positive is too small to be met, so the hash is measured where it can be: with 32 of its bits, a million other runs hit
    /// as often as chance would have it.
    #[test]
    fn an_index_has_eight_bytes_a_token_and_hits_by_chance_alone() {
        const TOKENS: usize = 1_000_000;
        let index = VerbatimIndex::build([numbers(1, TOKENS).as_slice()]);
        assert_eq!(index.len(), TOKENS - RUN_TOKENS + 1);
        let path = std::env::temp_dir().join(format!("candor-verbatim-size-{}.idx", std::process::id()));
        index.save(&path).unwrap();
        assert_eq!(std::fs::metadata(&path).unwrap().len(), 8 * (index.len() as u64 + 3));
        std::fs::remove_file(&path).unwrap();
        let other = numbers(1 << 40, TOKENS);
        assert!(!index.contains_run(&other), "no run of another text is taken for one");
        let halves: std::collections::HashSet<u32> = index.hashes.iter().map(|hash| *hash as u32).collect();
        let hits = runs(&other).filter(|run| halves.contains(&(*run as u32))).count() as f64;
        let expected = (TOKENS as f64).powi(2) / 2_f64.powi(32);
        println!("{} bytes a token; {hits} hits with half of the hash, {expected:.0} by chance", 8);
        assert!((hits - expected).abs() < 6.0 * expected.sqrt(), "{hits} hits, {expected} by chance");
    }

    #[test]
    fn an_index_is_read_as_it_was_written_or_refused() {
        let folder = std::env::temp_dir().join(format!("candor-verbatim-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let path = folder.join("verbatim.idx");
        let text: Vec<u32> = (0..1000).collect();
        let index = VerbatimIndex::build([text.as_slice()]);
        index.save(&path).unwrap();
        assert_eq!(VerbatimIndex::load(&path).unwrap(), index);
        let good = std::fs::read(&path).unwrap();
        let mut flipped = good.clone();
        flipped[100] ^= 1;
        for bad in [&good[..7], &good[..8], &good[..good.len() - 8], &good[..good.len() - 3], &flipped, b"{}"] {
            std::fs::write(&path, bad).unwrap();
            assert!(matches!(VerbatimIndex::load(&path), Err(VerbatimError::Form { .. })), "{} bytes", bad.len());
        }
        VerbatimIndex::default().save(&path).unwrap();
        assert!(VerbatimIndex::load(&path).unwrap().is_empty());
        std::fs::remove_dir_all(&folder).unwrap();
    }
}
