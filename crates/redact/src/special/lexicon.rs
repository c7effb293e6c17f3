//! The word lists: what may say something special (`data/special_lexicon.tsv`), and which words stand for people, for work, for machines
//! (`data/special_context.tsv`). Finds the terms of a text in one scan that looks closer only where the first letters of a word begin a
//! term. Judges nothing: a term is a reason to read its sentence, no more.

use std::collections::HashMap;

use super::category::Category;
use super::letters::{Words, fold, folded, is_word, small_letter, spellings};

const TERMS: &str = include_str!("../../data/special_lexicon.tsv");
const CONTEXT: &str = include_str!("../../data/special_context.tsv");

/// From so many bytes on a term is looked up by its first ones.
const LONG: usize = 5;
/// Bits of the table that says which bytes begin a term.
const TABLE_BITS: u32 = 15;

/// A language of the word lists.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Language {
    En,
    De,
    Fr,
    Es,
    It,
    Nl,
    Pt,
    Pl,
}

impl Language {
    pub(super) const ALL: [(Self, &'static str); 8] = [
        (Self::En, "en"),
        (Self::De, "de"),
        (Self::Fr, "fr"),
        (Self::Es, "es"),
        (Self::It, "it"),
        (Self::Nl, "nl"),
        (Self::Pt, "pt"),
        (Self::Pl, "pl"),
    ];

    fn of(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|(_, name)| *name == code).map(|(language, _)| language)
    }
}

/// What a word stands for, whatever the sentence is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Class {
    First,
    Ours,
    Second,
    Third,
    They,
    Relation,
    Title,
    Name,
    State,
    Work,
    Tech,
    Public,
    General,
}

impl Class {
    pub(super) const ALL: [(Self, &'static str); 13] = [
        (Self::First, "FIRST"),
        (Self::Ours, "OURS"),
        (Self::Second, "SECOND"),
        (Self::Third, "THIRD"),
        (Self::They, "THEY"),
        (Self::Relation, "RELATION"),
        (Self::Title, "TITLE"),
        (Self::Name, "NAME"),
        (Self::State, "STATE"),
        (Self::Work, "WORK"),
        (Self::Tech, "TECH"),
        (Self::Public, "PUBLIC"),
        (Self::General, "GENERAL"),
    ];
}

/// A set of classes or languages, a bit each.
pub(super) type Set = u16;

/// What the lists say of a word.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Context {
    pub(super) classes: Set,
    /// The languages of which it is a small, frequent word.
    pub(super) languages: Set,
}

/// One meaning of a term.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Meaning {
    pub(super) category: Category,
    pub(super) language: Language,
    /// Whether the term says it by itself, and not only in the right company.
    pub(super) strong: bool,
}

/// A word or words to look for, in small letters.
pub(super) struct Term {
    text: Vec<u8>,
    /// Whether words that go on after it count too.
    stem: bool,
    pub(super) meanings: Vec<Meaning>,
}

/// A term in a text.
#[derive(Clone, Copy)]
pub(super) struct Hit<'l> {
    pub(super) start: usize,
    /// End of the words that it is in.
    pub(super) end: usize,
    pub(super) term: &'l Term,
}

impl Term {
    pub(super) fn text(&self) -> &[u8] {
        &self.text
    }
}

/// The compiled lists.
pub(super) struct Lexicon {
    /// Terms of at least [`LONG`] bytes.
    long: Index,
    /// Shorter ones.
    short: Index,
    context: Words<Vec<u8>, Context>,
}

impl Lexicon {
    /// Compiles the lists of this crate. A row that is none is left out; a test holds that there is no such row.
    pub(super) fn new() -> Self {
        let mut terms: Vec<Term> = Vec::new();
        let mut places: HashMap<(Vec<u8>, bool), usize> = HashMap::new();
        for (text, stem, meaning) in rows(TERMS).filter_map(Result::ok).flatten() {
            let at = *places.entry((text.clone(), stem)).or_insert_with(|| {
                terms.push(Term { text, stem, meanings: Vec::new() });
                terms.len() - 1
            });
            if let Some(term) = terms.get_mut(at) {
                term.meanings.push(meaning);
            }
        }
        let (long, short) = terms.into_iter().partition(|term| term.text.len() >= LONG);
        Self { long: Index::new(long, long_key), short: Index::new(short, short_key), context: context() }
    }

    /// Hands every term in the text to `found`, in order of where they start.
    pub(super) fn scan<'l>(&'l self, text: &[u8], mut found: impl FnMut(Hit<'l>)) {
        let mut before = false;
        for (at, byte) in text.iter().enumerate() {
            let word = small_letter(*byte) != 0 || (!byte.is_ascii() && is_word(text, at));
            // A word after a backslash is a command of a formula.
            if word && !before && at.checked_sub(1).and_then(|at| text.get(at)) != Some(&b'\\') {
                self.long.at(text, at, &mut found);
                self.short.at(text, at, &mut found);
            }
            before = word;
        }
    }

    /// What the lists say of a word in small letters.
    pub(super) fn context(&self, word: &[u8]) -> Context {
        self.context.get(word).copied().unwrap_or_default()
    }

    #[cfg(test)]
    fn terms(&self) -> impl Iterator<Item = &Term> {
        self.long.terms.iter().chain(&self.short.terms)
    }
}

/// The first bytes of a term in small letters; the rest are zeros.
type Key = [u8; LONG];

/// Terms by how they begin.
struct Index {
    /// Sorted by text.
    terms: Vec<Term>,
    key: fn(&[u8], usize) -> Key,
    /// A bit for every hash of a key.
    begins: Vec<u64>,
    /// Where the terms of a key are.
    ranges: Words<Key, (usize, usize)>,
}

impl Index {
    fn new(mut terms: Vec<Term>, key: fn(&[u8], usize) -> Key) -> Self {
        terms.sort_by(|a, b| (&a.text, a.stem).cmp(&(&b.text, b.stem)));
        let (mut begins, mut ranges) = (vec![0; 1 << (TABLE_BITS - 6)], Words::default());
        for (at, term) in terms.iter().enumerate() {
            let key = key(&term.text, 0);
            let (word, bit) = place(key);
            if let Some(word) = begins.get_mut(word) {
                *word |= bit;
            }
            ranges.entry(key).or_insert((at, at)).1 = at + 1;
        }
        Self { terms, key, begins, ranges }
    }

    /// The terms that start here, at the first letter of a word.
    fn at<'l>(&'l self, text: &[u8], start: usize, found: &mut impl FnMut(Hit<'l>)) {
        let key = (self.key)(text, start);
        let (word, bit) = place(key);
        if self.begins.get(word).is_none_or(|word| word & bit == 0) {
            return;
        }
        let Some((from, to)) = self.ranges.get(&key) else { return };
        for term in self.terms.get(*from..*to).unwrap_or_default() {
            let Some(mut end) = matches(text, start, &term.text) else { continue };
            if term.stem {
                while is_word(text, end) {
                    end += 1;
                }
            } else if is_word(text, end) {
                continue;
            }
            found(Hit { start, end, term });
        }
    }
}

/// The bit of a class in a [`Set`].
pub(super) fn class_bit(class: Class) -> Set {
    1 << (class as u16)
}

/// The bit of a language in a [`Set`].
pub(super) fn language_bit(language: Language) -> Set {
    1 << (language as u16)
}

/// The first [`LONG`] bytes from `at`, in small letters.
fn long_key(text: &[u8], at: usize) -> Key {
    let (mut key, mut before) = (Key::default(), 0);
    for (slot, byte) in key.iter_mut().zip(text.get(at..).unwrap_or_default()) {
        *slot = fold(std::mem::replace(&mut before, *byte), *byte);
    }
    key
}

/// The first two letters from `at`, in small letters; a term has at least so many bytes.
fn short_key(text: &[u8], at: usize) -> Key {
    let [first, second, ..] = long_key(text.get(..text.len().min(at + 2)).unwrap_or_default(), at);
    [first, second, 0, 0, 0]
}

fn place(key: Key) -> (usize, u64) {
    let number = key.iter().fold(0_u64, |number, byte| number << 8 | u64::from(*byte));
    let hash = number.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> (64 - TABLE_BITS);
    ((hash >> 6) as usize, 1 << (hash & 63))
}

/// Where the term ends when it stands at `start`.
fn matches(text: &[u8], start: usize, term: &[u8]) -> Option<usize> {
    let here = text.get(start..start + term.len())?;
    let mut before = 0;
    let same =
        here.iter().zip(term).all(|(byte, letter)| fold(std::mem::replace(&mut before, *byte), *byte) == *letter);
    same.then_some(start + term.len())
}

/// A line of the term list: its terms in all spellings, or the line when it is none.
type Row = Result<Vec<(Vec<u8>, bool, Meaning)>, &'static str>;

fn rows(file: &'static str) -> impl Iterator<Item = Row> {
    file.lines().skip(1).map(|line| row(line).ok_or(line))
}

fn row(line: &str) -> Option<Vec<(Vec<u8>, bool, Meaning)>> {
    let mut cells = line.split('\t');
    let category = Category::of_name(cells.next()?)?;
    let language = Language::of(cells.next()?)?;
    let mut terms = Vec::new();
    for written in cells.next()?.split(", ") {
        let (text, stem) = written.strip_suffix('*').map_or((written, false), |text| (text, true));
        let (text, weak) = text.strip_suffix('?').map_or((text, false), |text| (text, true));
        if text.len() < 2 || text.contains(['*', '?', ',']) || text.trim() != text {
            return None;
        }
        let meaning = Meaning { category, language, strong: !weak };
        terms.extend(spellings(text).iter().map(|text| (folded(text.as_bytes()), stem, meaning)));
    }
    cells.next().is_none().then_some(terms)
}

fn context() -> Words<Vec<u8>, Context> {
    let mut words: Words<Vec<u8>, Context> = Words::default();
    for (classes, languages, listed) in CONTEXT.lines().skip(1).filter_map(context_row) {
        for word in listed.split(", ").flat_map(spellings) {
            let context = words.entry(folded(word.as_bytes())).or_default();
            context.classes |= classes;
            context.languages |= languages;
        }
    }
    words
}

/// A line of the context list: classes, languages, words.
fn context_row(line: &str) -> Option<(Set, Set, &str)> {
    let (class, rest) = line.split_once('\t')?;
    let (language, words) = rest.split_once('\t')?;
    if class == "LANGUAGE" {
        return Some((0, language_bit(Language::of(language)?), words));
    }
    let (class, _) = Class::ALL.into_iter().find(|(_, name)| *name == class)?;
    Some((class_bit(class), 0, words))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Vec<(String, Category, bool)> {
        let mut all = Vec::new();
        Lexicon::new().scan(text.as_bytes(), |hit| {
            let meaning = hit.term.meanings.first().unwrap();
            all.push((text[hit.start..hit.end].to_owned(), meaning.category, meaning.strong));
        });
        all
    }

    #[test]
    fn every_row_is_read() {
        assert_eq!(rows(TERMS).find_map(Result::err), None);
        let bad = CONTEXT.lines().skip(1).find(|line| context_row(line).is_none());
        assert_eq!(bad, None);
        for (_, _, words) in CONTEXT.lines().skip(1).filter_map(context_row) {
            let single = |word: &&str| (0..word.len()).any(|at| !is_word(word.as_bytes(), at));
            assert_eq!(words.split(", ").find(single), None);
        }
    }

    #[test]
    fn every_category_has_words_in_every_language() {
        let lexicon = Lexicon::new();
        for category in Category::ALL {
            for (language, code) in Language::ALL {
                let mut meanings = lexicon.terms().flat_map(|term| &term.meanings);
                let any = meanings.any(|m| m.category == category && m.language == language && m.strong);
                assert!(any, "{category} {code}");
            }
        }
    }

    #[test]
    fn terms_are_found_whole_and_in_any_case() {
        let health = |text: &str| (text.to_owned(), Category::Health, true);
        assert_eq!(found("PSORIASIS, Epileptiker"), [health("PSORIASIS"), health("Epileptiker")]);
        assert_eq!(found("a heart\nattack"), [health("heart\nattack")]);
        assert_eq!(found("Schwules, gaylord, Bigotry"), []);
        assert_eq!(found("“Migräne”, MIGRAENE")[..], [health("Migräne"), health("MIGRAENE")]);
    }
}
