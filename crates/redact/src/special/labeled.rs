//! The labeled sentences of this crate (`data/special_categories.tsv`): what the classifier learns from, is tuned on, and is measured on. All
//! of them are made up; `data/special_categories.md` tells how.

use super::category::Category;

const FILE: &str = include_str!("../../data/special_categories.tsv");

/// What a labeled sentence is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Split {
    /// The classifier learns from it.
    Train,
    /// The bound is chosen on it.
    Dev,
    /// Figures are measured on it, nothing else.
    Test,
}

/// A sentence, and what it says about a person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Labeled {
    /// Its name in the file.
    pub id: String,
    /// What it is for.
    pub split: Split,
    /// `en` or `de`.
    pub language: String,
    /// The categories of its statements; none when it says nothing special about anybody.
    pub categories: Vec<Category>,
    /// The sentence.
    pub text: String,
}

/// The sentences of this crate.
pub fn labeled() -> Vec<Labeled> {
    FILE.lines().skip(1).filter_map(row).collect()
}

fn row(line: &str) -> Option<Labeled> {
    let cells: Vec<&str> = line.split('\t').collect();
    let [id, split, language, categories, text] = cells[..] else { return None };
    let split = match split {
        "train" => Split::Train,
        "dev" => Split::Dev,
        "test" => Split::Test,
        _ => return None,
    };
    let categories = match categories {
        "-" => Vec::new(),
        some => some.split(',').map(Category::of_name).collect::<Option<_>>()?,
    };
    Some(Labeled { id: id.into(), split, language: language.into(), categories, text: text.into() })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_line_is_a_sentence_of_its_own() {
        let all = labeled();
        assert_eq!(all.len(), FILE.lines().count() - 1);
        assert!(all.len() >= 1_000);
        let texts: BTreeSet<&str> = all.iter().map(|one| one.text.as_str()).collect();
        let ids: BTreeSet<&str> = all.iter().map(|one| one.id.as_str()).collect();
        assert_eq!((texts.len(), ids.len()), (all.len(), all.len()));
    }

    #[test]
    fn every_split_has_every_category_in_both_languages() {
        for split in [Split::Train, Split::Dev, Split::Test] {
            for language in ["en", "de"] {
                for category in Category::ALL {
                    let any = labeled().iter().any(|one| {
                        one.split == split && one.language == language && one.categories.contains(&category)
                    });
                    assert!(any, "{split:?} {language} {category}");
                }
            }
        }
    }
}
