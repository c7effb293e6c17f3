//! Trains the name model from labeled texts, lists of names and books, and measures it. The same files give the same bytes on every
//! machine: one thread, one seed, plain arithmetic. Only the maintainers run this, by `cargo xtask train-names`.
#![allow(
    clippy::indexing_slicing,
    reason = "a tool of the maintainers; every index is bounded by how its table is made"
)]

mod card;
mod corpus;
mod crf;
mod examples;
mod lexicon;
mod measure;

use std::borrow::Cow;
use std::path::Path;

use super::model::{CLUSTERS, Cluster, LABELS, MAGIC, Model, SLOT, lists};
use corpus::{Columns, Sentence, Spacing, read, sentences};
use crf::{Dice, Learner, Recipe};
use lexicon::Lexicon;
use measure::{Measured, measure};

pub use corpus::SetError;

/// The recipe of the shipped model.
const RECIPE: Recipe =
    Recipe { slot_bits: 18, row_bits: 18, epochs: 12, rate: 0.1, averaged_from: 4, hidden: 25, dropped: 70, seed: 1 };

/// A labeled set: what it is called, its file, where words and labels stand.
struct Set {
    name: &'static str,
    file: &'static str,
    columns: Columns,
    part: Part,
}

/// What a set is for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Part {
    /// To learn from.
    Train,
    /// To choose the bias and to measure.
    Measure,
    /// Four fifths to learn from, the last fifth to measure: sets that come as one file.
    Both,
}

const PLAIN: Columns = Columns { word: 0, label: 1 };
const NUMBERED: Columns = Columns { word: 1, label: 2 };
const SETS: [Set; 7] = [
    Set {
        name: "Broad Twitter Corpus, train",
        file: "broad_twitter_corpus/btc.train",
        columns: PLAIN,
        part: Part::Train,
    },
    Set {
        name: "Broad Twitter Corpus, dev",
        file: "broad_twitter_corpus/btc.dev",
        columns: PLAIN,
        part: Part::Measure,
    },
    Set { name: "WNUT-17, train", file: "wnut17/wnut17train.conll", columns: PLAIN, part: Part::Train },
    Set { name: "WNUT-17, dev", file: "wnut17/emerging.dev.conll", columns: PLAIN, part: Part::Measure },
    Set { name: "wikigold", file: "wikigold/wikigold.conllu", columns: NUMBERED, part: Part::Both },
    Set { name: "GermEval 2014, dev", file: "germeval2014/NER-de-dev.tsv", columns: NUMBERED, part: Part::Both },
    Set {
        name: "UNER English EWT, dev",
        file: "uner_english_ewt/en_ewt-ud-dev.iob2",
        columns: NUMBERED,
        part: Part::Measure,
    },
];
/// Lists of names by country: the file, and the columns that hold names.
const BY_COUNTRY: [(&str, usize, u16); 2] = [
    ("names_by_country/common-forenames-by-country.csv", 10, lists::FORENAME),
    ("names_by_country/common-surnames-by-country.csv", 4, lists::SURNAME),
];
/// The folder with the books.
const BOOKS: &str = "gutenberg-prose";

/// A trained model.
pub struct Trained {
    /// The file to ship.
    pub model: Vec<u8>,
    /// What it was made of and how well it does, as Markdown.
    pub card: String,
}

/// Trains on the sets in `data` and the lists in `own`, which are part of this crate. Says what it does by `progress`.
///
/// # Errors
/// [`SetError`] when a file is absent.
pub fn train(data: &Path, own: &Path, progress: &mut dyn FnMut(&str)) -> Result<Trained, SetError> {
    let (mut learned, mut measured) = (Vec::new(), Vec::new());
    for set in &SETS {
        let mut read = sentences(&read(&data.join(set.file))?, set.columns);
        match set.part {
            Part::Train => learned.push(read),
            Part::Measure => measured.push((set.name, read)),
            Part::Both => {
                let held = read.split_off(read.len() * 4 / 5);
                learned.push(read);
                measured.push((set.name, held));
            }
        }
    }
    progress("read the sets");
    let lexicon = lexicon_of(data, own, &learned)?;
    progress(&format!("the lexicon has {} words", lexicon.entries().len()));
    let model = learn(&learned, &lexicon, RECIPE, progress);
    let tables = Model::read(Cow::Owned(model.clone()));
    let figures = tables.map(|tables| card::figures(&tables, &measured)).unwrap_or_default();
    let card = card::write(&model, &figures, &RECIPE, &learned, data, own)?;
    Ok(Trained { model, card })
}

fn lexicon_of(data: &Path, own: &Path, learned: &[Vec<Sentence>]) -> Result<Lexicon, SetError> {
    let mut lexicon = Lexicon::default();
    lexicon.list(read(&own.join("forenames.txt"))?.lines(), lists::FORENAME);
    lexicon.list(read(&own.join("surnames.txt"))?.lines(), lists::SURNAME);
    lexicon.places(read(&own.join("places.txt"))?.lines());
    lexicon.cluster(&read(&own.join("clusters.tsv"))?);
    for (file, column, list) in BY_COUNTRY {
        for line in read(&data.join(file))?.lines().skip(1) {
            let fields: Vec<&str> = line.split(',').collect();
            let names = [fields.get(column), fields.get(column + 1)].into_iter().flatten();
            lexicon.list(names.flat_map(|name| name.split([' ', '"'])), list);
        }
    }
    for book in corpus::files(&data.join(BOOKS), "txt")? {
        lexicon.count(&read(&book)?);
    }
    for sentence in learned.iter().flatten() {
        lexicon.count(&sentence.write(Spacing::Natural).text);
    }
    Ok(lexicon)
}

/// Learns the weights and puts the file together.
fn learn(sets: &[Vec<Sentence>], lexicon: &Lexicon, recipe: Recipe, progress: &mut dyn FnMut(&str)) -> Vec<u8> {
    let (clusters, table) = (lexicon.clusters(), lexicon.table(recipe.slot_bits));
    let empty = assemble(recipe, &clusters, &table, &vec![[0; LABELS]; 1 << recipe.row_bits], &[[0; LABELS]; LABELS]);
    let Some(empty) = Model::read(Cow::Owned(empty)) else { return Vec::new() };
    let mut dice = Dice(recipe.seed);
    let examples: Vec<_> = sets.iter().flat_map(|set| examples::of_set(&empty, set, &mut dice)).collect();
    progress(&format!("{} examples of {} words", examples.len(), examples.iter().map(Vec::len).sum::<usize>()));
    let mut learner = Learner::new(recipe);
    for epoch in 0..recipe.epochs {
        let wrong = learner.epoch(&examples, epoch);
        progress(&format!("epoch {} of {}: {:.2} % of words wrong", epoch + 1, recipe.epochs, wrong * 100.0));
    }
    let (rows, moves) = learner.rounded();
    assemble(recipe, &clusters, &table, &rows, &moves)
}

/// The file of a model; `model.rs` reads it.
fn assemble(
    recipe: Recipe,
    clusters: &[Cluster],
    slots: &[[u8; SLOT]],
    rows: &[[u8; LABELS]],
    moves: &[[i16; LABELS]; LABELS],
) -> Vec<u8> {
    let mut bytes = MAGIC.to_vec();
    bytes.extend([recipe.slot_bits, recipe.row_bits, 0, 0, 0, 0, 0, 0]);
    bytes.extend(moves.iter().flatten().flat_map(|weight| weight.to_le_bytes()));
    let codes = clusters.iter().map(|cluster| cluster.code()).chain(std::iter::repeat(0)).take(CLUSTERS);
    bytes.extend(codes.flat_map(u32::to_le_bytes));
    bytes.extend(slots.iter().flatten());
    bytes.extend(rows.iter().flatten());
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::names::decode::Class;

    const TEXT: &str = "Anna\tB-PER\nlives\tO\nin\tO\nBonn\tB-LOC\n\nI\tO\nmet\tO\nBen\tB-PER\nLi\tI-PER\n\nYou\tO\nsaw\tO\nCara\tB-PER\n";

    fn tiny() -> Vec<u8> {
        let set = sentences(TEXT, PLAIN);
        let mut lexicon = Lexicon::default();
        lexicon.list(["anna", "ben", "cara", "dora"].into_iter(), lists::FORENAME);
        lexicon.places(["bonn", "new york"].into_iter());
        lexicon.count("you saw and met in a house. you met in the house");
        let recipe = Recipe { slot_bits: 8, row_bits: 12, epochs: 12, averaged_from: 4, dropped: 20, ..RECIPE };
        learn(&[set], &lexicon, recipe, &mut |_| {})
    }

    #[test]
    fn the_same_sentences_give_the_same_bytes() {
        let (one, two) = (tiny(), tiny());
        assert!(!one.is_empty() && one == two);
    }

    #[test]
    fn what_was_taught_is_found() {
        let model = Model::read(Cow::Owned(tiny())).unwrap();
        let found = measure::names_of(&model, 0.0, "I met Dora in Bonn");
        assert_eq!(found, [(Class::Person, 6..10), (Class::Place, 14..18)]);
    }
}
