//! People who are already known by name in a text or a thread: each of their words alone names them again, in any case where the word is
//! nothing else. Holds hashes of words, never words.

use std::collections::HashSet;

use super::model::{Tables, lists};
use super::tokens::{Token, Tokens, form};
use crate::finding::{Span, SpanText as _};

/// The most words that are remembered; a thread names fewer people.
const LIMIT: usize = 1_024;
/// From here on a word is common: in small letters, or where a sentence begins, it is not the name.
const COMMON: u16 = 3;

/// Names of people who are known to be meant in a text: of the thread, or found in it.
#[derive(Clone, Default)]
pub struct KnownNames {
    words: HashSet<u64>,
}

impl std::fmt::Debug for KnownNames {
    /// The number only.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("KnownNames").field("words", &self.words.len()).finish()
    }
}

impl KnownNames {
    /// Nobody yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds the words of a name, `Anna Kovač`.
    pub fn add(&mut self, name: &str) {
        Tokens::new(name).for_each(|token| self.learn(&token));
    }

    /// Whether nobody is known.
    pub fn is_empty(&self) -> bool {
        self.words.is_empty()
    }

    /// Adds one word of a name. Initials, titles and what is not written as a name tell nothing alone.
    pub(super) fn learn(&mut self, token: &Token) {
        let telling = token.is_word() && !token.has(form::SINGLE | form::MARK | form::HANDLE | form::TAG);
        if telling && token.has(form::CAPITAL) && token.length > 2 && self.words.len() < LIMIT {
            self.words.insert(token.word);
        }
    }

    /// Hands on every run of known words.
    pub(super) fn find(&self, text: &str, tables: Tables<'_>, mut found: impl FnMut(Span)) {
        if self.words.is_empty() {
            return;
        }
        let mut run: Option<Span> = None;
        for token in Tokens::new(text) {
            if !self.names(&token, tables) {
                run.take().into_iter().for_each(&mut found);
                continue;
            }
            let start = run.map_or(token.start, |run| run.start);
            run = Some(Span::new(start, token.end));
        }
        run.into_iter().for_each(found);
    }

    fn names(&self, token: &Token, tables: Tables<'_>) -> bool {
        if !token.is_word() || token.has(form::HANDLE) || !self.words.contains(&token.word) {
            return false;
        }
        let inside = token.has(form::CAPITAL) && !token.has(form::FIRST);
        inside || lists::common(tables.lists(token.word)) < COMMON
    }
}

impl<'n> FromIterator<&'n str> for KnownNames {
    fn from_iter<I: IntoIterator<Item = &'n str>>(names: I) -> Self {
        let mut known = KnownNames::new();
        names.into_iter().for_each(|name| known.add(name));
        known
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::names::model::Model;

    #[test]
    fn each_word_of_a_known_name_is_found() {
        let known: KnownNames = ["Anna Kovač", "Will Q. Smith", "Dr. No"].into_iter().collect();
        let cases: [(&str, &[&str]); 5] = [
            ("anna said: Kovač, ANNA KOVAČ!", &["anna", "Kovač", "ANNA KOVAČ"]),
            ("Will you? I saw Will. they will", &["Will"]),
            ("@anna, annatto, No", &[]),
            ("smith and Q.", &["smith"]),
            ("", &[]),
        ];
        for (text, expected) in cases {
            let mut found = Vec::new();
            known.find(text, Model::shipped().unwrap().tables(), |span| found.push(span.of(text)));
            assert_eq!(found, expected, "in `{text}`");
        }
    }

    #[test]
    fn there_is_an_end_to_what_is_remembered() {
        let names: Vec<String> = (0..9_000).map(|number| format!("Name{number}")).collect();
        let known: KnownNames = names.iter().map(String::as_str).collect();
        assert_eq!(known.words.len(), LIMIT);
    }
}
