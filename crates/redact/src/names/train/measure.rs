//! How well names are found: words of labeled sentences that are covered, and names found exactly.

use std::ops::Range;

use super::super::decode::Class;
use super::super::model::Model;
use super::super::tagger::{Blocks, Tagger};
use super::corpus::{Sentence, Spacing};

/// Counts of one class in one set.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Score {
    /// Words that are labeled, those of them found, words that are found, those of them labeled.
    pub words: [usize; 4],
    /// Names that are labeled, names that are found, names found exactly.
    pub names: [usize; 3],
}

fn share(part: usize, whole: usize) -> f64 {
    part as f64 / whole.max(1) as f64
}

impl Score {
    /// The share of labeled words that were found.
    pub fn recall(&self) -> f64 {
        share(self.words[1], self.words[0])
    }

    /// The share of found words that were labeled.
    pub fn precision(&self) -> f64 {
        share(self.words[3], self.words[2])
    }

    /// Precision, recall and their harmonic mean of whole names.
    pub fn exact(&self) -> (f64, f64, f64) {
        let (precision, recall) = (share(self.names[2], self.names[1]), share(self.names[2], self.names[0]));
        (precision, recall, 2.0 * precision * recall / (precision + recall).max(1e-9))
    }
}

/// What was measured on a set: people, places, organizations.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Measured {
    /// One score a class.
    pub classes: [Score; 3],
}

/// Finds the names of `text` with a model.
pub(super) fn names_of(model: &Model, bias: f32, text: &str) -> Vec<(Class, Range<usize>)> {
    let mut tagger = Tagger::new(model, bias);
    let (mut blocks, mut block, mut names) = (Blocks::new(text), Vec::new(), Vec::new());
    while blocks.read(tagger.tables(), &mut block) {
        tagger.tag(&block, |name| {
            let ends =
                block.get(name.tokens.start).zip(name.tokens.end.checked_sub(1).and_then(|last| block.get(last)));
            names.extend(ends.map(|(first, last)| (name.class, first.start..last.end)));
        });
    }
    names
}

/// Measures a model on labeled sentences. Handles are left out where texts are written naturally: other rules find these.
pub(super) fn measure(model: &Model, bias: f32, sentences: &[Sentence], spacing: Spacing) -> Measured {
    let mut measured = Measured::default();
    for sentence in sentences {
        let written = sentence.write(spacing);
        let found = names_of(model, bias, &written.text);
        for (class, score) in Class::ALL.into_iter().zip(&mut measured.classes) {
            let labeled: Vec<_> = written.names.iter().filter(|(of, _)| *of == class).collect();
            let found: Vec<_> = found.iter().filter(|(of, _)| *of == class).collect();
            for (index, word) in written.words.iter().enumerate() {
                if spacing == Spacing::Natural && sentence.is_handle(index) {
                    continue;
                }
                let is_in = |names: &[&(Class, Range<usize>)]| {
                    names.iter().any(|(_, range)| range.start < word.end && word.start < range.end)
                };
                let (is_labeled, is_found) = (is_in(&labeled), is_in(&found));
                let both = is_labeled && is_found;
                for (count, is) in score.words.iter_mut().zip([is_labeled, both, is_found, both]) {
                    *count += usize::from(is);
                }
            }
            score.names[0] += labeled.len();
            score.names[1] += found.len();
            score.names[2] += found.iter().filter(|name| labeled.contains(name)).count();
        }
    }
    measured
}
