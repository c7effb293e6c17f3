//! Examples to learn from: labeled sentences, copies of them that are written otherwise, and the islands of words that the gate leaves.

use super::super::features::{self, Window, Writing};
use super::super::gate;
use super::super::model::Model;
use super::super::tagger::{Blocks, islands};
use super::super::tokens::Token;
use super::corpus::{Sentence, Spacing, Written};
use super::crf::{Dice, EXACT, Word};

/// In how many of a hundred sentences a copy is added that is written otherwise.
const APART: u64 = 30;
const SMALL: u64 = 50;
const CAPITALS: u64 = 15;
const REDACTED: u64 = 8;
const JOINED: u64 = 25;

/// The examples of a set of sentences.
pub(super) fn of_set(model: &Model, set: &[Sentence], dice: &mut Dice) -> Vec<Vec<Word>> {
    let mut examples = Vec::new();
    let mut add = |sentence: &Sentence, spacing| islands_of(model, &sentence.write(spacing), &mut examples);
    for (index, sentence) in set.iter().enumerate() {
        add(sentence, Spacing::Natural);
        let has_handle = sentence.words.iter().any(|word| word == "@");
        if has_handle || dice.below(100) < APART {
            add(sentence, Spacing::Apart);
        }
        if dice.below(100) < SMALL {
            add(&sentence.mapped(|word| word.to_lowercase()), Spacing::Natural);
        }
        if dice.below(100) < CAPITALS {
            add(&sentence.mapped(|word| word.to_uppercase()), Spacing::Natural);
        }
        if dice.below(100) < REDACTED {
            add(&sentence.redacted(), Spacing::Natural);
        }
        if let Some(next) = set.get(index + 1).filter(|_| dice.below(100) < JOINED) {
            add(&sentence.followed_by(next), Spacing::Natural);
        }
    }
    examples
}

fn islands_of(model: &Model, written: &Written, examples: &mut Vec<Vec<Word>>) {
    let tables = model.tables();
    let (mut blocks, mut block, mut gates) = (Blocks::new(&written.text), Vec::new(), Vec::new());
    while blocks.read(tables, &mut block) {
        gate::open(&block, &mut gates);
        let writing = Writing::of(&block);
        for island in islands(&gates) {
            let mut last = None;
            let words = island.map(|index| {
                let mut rows = Vec::new();
                features::each(Window::around(&block, index), writing, tables.row_bits(), |row, exact| {
                    rows.push(row as u32 | if exact { EXACT } else { 0 });
                });
                let name = name_at(written, &block[index]);
                let goes_on = u8::from(name.is_some() && name == last);
                last = name;
                Word { rows, label: name.map_or(0, |name| written.names[name].0.label() as u8 + goes_on) }
            });
            examples.push(words.collect());
        }
    }
}

/// Which name the token is part of.
fn name_at(written: &Written, token: &Token) -> Option<usize> {
    written.names.iter().position(|(_, range)| range.start < token.end && token.start < range.end)
}
