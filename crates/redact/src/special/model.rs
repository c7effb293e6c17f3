//! The linear classifier: a table of small whole numbers, one for each hashed feature, and the sums from which on a sentence is held back.
//! Only adds whole numbers, so it answers alike on every machine. `train.rs` makes its bytes.

use super::features::SLOTS;

/// The first bytes of a file of weights.
const MAGIC: [u8; 4] = *b"CSP1";
const HEAD: usize = 12;

/// How much doubt holds a sentence back.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Strictness {
    /// The sum that meets 24 of 25 statements of the sentences set aside for tuning.
    #[default]
    Tuned,
    /// The sum that meets all of them of which the word lists know a word.
    Strict,
}

/// The weights.
pub(super) struct Model {
    pub(super) tuned: i32,
    pub(super) strict: i32,
    pub(super) weights: Vec<i8>,
}

impl Model {
    /// Reads the bytes of [`Model::bytes`]; none when they are of another form.
    pub(super) fn read(bytes: &[u8]) -> Option<Self> {
        let (head, weights) = bytes.split_at_checked(HEAD)?;
        let (magic, sums) = head.split_at_checked(4)?;
        let (tuned, strict) = sums.split_at_checked(4)?;
        let whole = magic == MAGIC && weights.len() == SLOTS;
        whole.then_some(Self {
            tuned: i32::from_le_bytes(tuned.try_into().ok()?),
            strict: i32::from_le_bytes(strict.try_into().ok()?),
            weights: weights.iter().map(|byte| i8::from_le_bytes([*byte])).collect(),
        })
    }

    /// The model as a file.
    pub(super) fn bytes(&self) -> Vec<u8> {
        let sums = [self.tuned.to_le_bytes(), self.strict.to_le_bytes()];
        let weights = self.weights.iter().map(|weight| weight.to_le_bytes()[0]);
        MAGIC.into_iter().chain(sums.into_iter().flatten()).chain(weights).collect()
    }

    /// A model that doubts everything: each term beside a person is held back.
    pub(super) fn doubtful() -> Self {
        Self { tuned: i32::MIN, strict: i32::MIN, weights: Vec::new() }
    }

    /// The sum from which on a sentence is held back.
    pub(super) fn bound(&self, strictness: Strictness) -> i32 {
        match strictness {
            Strictness::Tuned => self.tuned,
            Strictness::Strict => self.strict.min(self.tuned),
        }
    }

    /// The sum of the weights of some features.
    pub(super) fn sum(&self, features: &[u32]) -> i32 {
        features.iter().map(|at| self.weights.get(*at as usize).map_or(0, |weight| i32::from(*weight))).sum()
    }
}
