//! Labeled texts of other authors: reads their files and writes their words as a person would write them.

use std::ops::Range;
use std::path::{Path, PathBuf};

use super::super::decode::Class;

/// Why a set could not be read.
#[derive(Debug, thiserror::Error)]
#[error("cannot read `{path}` ({source}); put the set there")]
pub struct SetError {
    path: PathBuf,
    source: std::io::Error,
}

/// Reads a file of a set.
pub(super) fn read(path: &Path) -> Result<String, SetError> {
    let bytes = std::fs::read(path).map_err(|source| SetError { path: path.to_owned(), source })?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// The files in a folder with an extension, by name.
pub(super) fn files(folder: &Path, extension: &str) -> Result<Vec<PathBuf>, SetError> {
    let error = |source| SetError { path: folder.to_owned(), source };
    let entries: Vec<_> = std::fs::read_dir(folder).and_then(Iterator::collect).map_err(error)?;
    let paths = entries.into_iter().map(|entry: std::fs::DirEntry| entry.path());
    let mut files: Vec<PathBuf> = paths.filter(|path| path.extension().is_some_and(|end| end == extension)).collect();
    files.sort_unstable();
    Ok(files)
}

/// A sentence of words, and which of them are names.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Sentence {
    /// The words as the set has them.
    pub words: Vec<String>,
    /// Class and range of words of every name.
    pub names: Vec<(Class, Range<usize>)>,
}

/// How the words of a sentence become a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Spacing {
    /// As a person writes: no space before a comma, none after `@`.
    Natural,
    /// A space between all words, as the sets have them.
    Apart,
}

/// A sentence as text.
pub(super) struct Written {
    /// The text.
    pub text: String,
    /// Where each word of the sentence stands.
    pub words: Vec<Range<usize>>,
    /// Class and place of every name.
    pub names: Vec<(Class, Range<usize>)>,
}

/// The layout of a file in columns.
#[derive(Clone, Copy)]
pub(super) struct Columns {
    pub word: usize,
    pub label: usize,
}

/// Reads the sentences of a file in columns: a word a line, an empty line between sentences.
pub(super) fn sentences(text: &str, columns: Columns) -> Vec<Sentence> {
    let mut all = Vec::new();
    let mut sentence = Sentence::default();
    for line in text.lines() {
        let fields: Vec<&str> = line.split('\t').collect();
        if line.trim().is_empty() {
            if !sentence.words.is_empty() {
                all.push(std::mem::take(&mut sentence));
            }
            continue;
        }
        let (Some(word), Some(label)) = (fields.get(columns.word), fields.get(columns.label)) else { continue };
        if line.starts_with("# ") || line.starts_with("#\t") && columns.word > 0 {
            continue;
        }
        sentence.push(word.trim(), label.trim());
    }
    if !sentence.words.is_empty() {
        all.push(sentence);
    }
    all
}

/// The class that a set's label stands for.
fn class_of(label: &str) -> Option<Class> {
    match label {
        "PER" | "person" => Some(Class::Person),
        "LOC" | "location" => Some(Class::Place),
        "ORG" | "corporation" | "group" => Some(Class::Organization),
        _ => None,
    }
}

impl Sentence {
    fn push(&mut self, word: &str, label: &str) {
        let index = self.words.len();
        self.words.push(word.to_owned());
        let (begins, class) = match label.split_once('-') {
            Some(("B", class)) => (true, class_of(class)),
            Some((_, class)) => (false, class_of(class)),
            None => (false, None),
        };
        let Some(class) = class else { return };
        match self.names.last_mut() {
            Some((last, range)) if !begins && *last == class && range.end == index => range.end = index + 1,
            Some(_) | None => self.names.push((class, index..index + 1)),
        }
    }

    /// Whether the word is a handle, or the sign of one: other rules find these.
    pub fn is_handle(&self, word: usize) -> bool {
        let at = |index: usize| self.words.get(index).map(String::as_str).unwrap_or_default();
        let sign = |index: usize| at(index) == "@" && !at(index + 1).is_empty();
        sign(word) || at(word).len() > 1 && at(word).starts_with('@') || word.checked_sub(1).is_some_and(sign)
    }

    /// Whether the set calls a handle in two words a name.
    pub fn names_handle(&self) -> bool {
        self.names.iter().any(|(_, range)| self.words.get(range.start).is_some_and(|word| word == "@"))
    }

    /// The same sentence with its words changed.
    pub fn mapped(&self, change: impl Fn(&str) -> String) -> Sentence {
        let words = self.words.iter().map(|word| change(word)).collect();
        Sentence { words, names: self.names.clone() }
    }

    /// The sentence and the next one as one.
    pub fn followed_by(&self, next: &Sentence) -> Sentence {
        let mut joined = self.clone();
        let moved = next
            .names
            .iter()
            .map(|(class, range)| (*class, range.start + self.words.len()..range.end + self.words.len()));
        joined.names.extend(moved);
        joined.words.extend(next.words.iter().cloned());
        joined
    }

    /// The sentence with a placeholder for every name, and no names.
    pub fn redacted(&self) -> Sentence {
        let mut words = Vec::new();
        for (index, word) in self.words.iter().enumerate() {
            match self.names.iter().find(|(_, range)| range.contains(&index)) {
                Some((_, range)) if range.start == index => words.push(format!("[PERSON_{}]", words.len())),
                Some(_) => {}
                None => words.push(word.clone()),
            }
        }
        Sentence { words, names: Vec::new() }
    }

    /// The sentence as text.
    pub fn write(&self, spacing: Spacing) -> Written {
        let mut text = String::new();
        let mut words: Vec<Range<usize>> = Vec::with_capacity(self.words.len());
        let mut last = "";
        for word in &self.words {
            let touches = spacing == Spacing::Natural
                && (clings(word) || matches!(last, "@" | "#" | "(" | "[" | "$" | "“" | "„"));
            if !text.is_empty() && !touches {
                text.push(' ');
            }
            let start = text.len();
            text.push_str(word);
            words.push(start..text.len());
            last = word;
        }
        let place = |range: &Range<usize>| {
            let start = words.get(range.start).map_or(0, |word| word.start);
            let end = range.end.checked_sub(1).and_then(|last| words.get(last)).map_or(start, |word| word.end);
            start..end
        };
        let mut names: Vec<_> = self.names.iter().map(|(class, range)| (*class, place(range))).collect();
        if spacing == Spacing::Natural {
            // What was a handle in two words is one now, and no name for the model.
            let handles: Vec<usize> = (0..words.len())
                .filter(|index| self.is_handle(*index))
                .filter_map(|index| words.get(index))
                .map(|word| word.start)
                .collect();
            names.retain(|(_, range)| !handles.iter().any(|start| range.contains(start)));
        }
        Written { text, words, names }
    }
}

/// Whether no space is written before the word.
fn clings(word: &str) -> bool {
    matches!(
        word,
        "," | "."
            | "!"
            | "?"
            | ";"
            | ":"
            | ")"
            | "]"
            | "'s"
            | "’s"
            | "n't"
            | "n’t"
            | "'m"
            | "'re"
            | "'ve"
            | "'ll"
            | "'d"
            | "%"
            | "..."
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    const COLUMNS: Columns = Columns { word: 0, label: 1 };

    #[test]
    fn files_in_columns_are_read() {
        let text = "Anna\tB-PER\nKo\tI-PER\nin\tO\nBonn\tB-LOC\n\n@\tB-PER\nben\tI-PER\n:\tO\nhi\tB-product\n";
        let read = sentences(text, COLUMNS);
        assert_eq!(read[0].names, [(Class::Person, 0..2), (Class::Place, 3..4)]);
        assert_eq!(
            (read.len(), read[1].is_handle(0), read[1].is_handle(1), read[1].is_handle(2)),
            (2, true, true, false)
        );
        let with_numbers = sentences("# Anna\n1\tAnna\tB-PER\t-\n#\t-\t-\n2\t#\tO\n", Columns { word: 1, label: 2 });
        assert_eq!(with_numbers[0].words, ["Anna", "#"]);
    }

    #[test]
    fn sentences_become_text() {
        let sentence = &sentences("hi\tO\n@\tB-PER\nben\tI-PER\n,\tO\nAnna\tB-PER\n's\tO\n", COLUMNS)[0];
        let natural = sentence.write(Spacing::Natural);
        assert_eq!(natural.text, "hi @ben, Anna's");
        let named: Vec<&str> = natural.names.iter().map(|(_, range)| &natural.text[range.clone()]).collect();
        assert_eq!(named, ["Anna"]);
        let apart = sentence.write(Spacing::Apart);
        assert_eq!((apart.text.as_str(), apart.names.len()), ("hi @ ben , Anna 's", 2));
        assert_eq!(sentence.redacted().write(Spacing::Apart).text, "hi [PERSON_1] , [PERSON_3] 's");
    }
}
