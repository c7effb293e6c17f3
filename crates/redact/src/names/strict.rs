//! Names in languages without a model: every run of capitalized words inside a sentence, and first names from the lists where a sentence
//! begins. It takes too much on purpose, and finds nothing in scripts without capitals.

use super::features::Writing;
use super::model::{Tables, lists};
use super::tagger::Blocks;
use super::tokens::{Token, form};
use crate::finding::{Span, SpanText as _};

/// From here on a word is common.
const COMMON: u16 = 3;

/// Hands on every run of words that may be a name.
pub(super) fn find(mut blocks: Blocks<'_>, tables: Tables<'_>, mut found: impl FnMut(Span)) {
    let mut block = Vec::new();
    while blocks.read(tables, &mut block) {
        let writing = Writing::of(&block);
        let mut run: Option<Span> = None;
        for token in &block {
            let goes_on = run.is_some() && token.is_word() && token.has(form::CAPITAL);
            if is_name(token, writing) || goes_on && writing == Writing::Mixed {
                run = Some(Span::new(run.map_or(token.start, |run| run.start), token.end));
            } else {
                run.take().into_iter().for_each(&mut found);
            }
        }
        run.into_iter().for_each(&mut found);
    }
}

fn is_name(token: &Token, writing: Writing) -> bool {
    if !token.is_word() || token.has(form::HANDLE | form::TAG) || token.length < 2 {
        return false;
    }
    let listed = token.lists & (lists::FORENAME | lists::SURNAME) != 0 && lists::common(token.lists) < COMMON;
    match writing {
        Writing::Small => false,
        Writing::Mixed => {
            token.has(form::CAPITAL) && (!token.has(form::FIRST) || token.lists & lists::FORENAME != 0 && listed)
        }
        Writing::Capitals => listed,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::names::model::Model;

    #[test]
    fn capitals_inside_sentences_are_names() {
        let cases: [(&str, &[&str]); 7] = [
            ("Je vis à Paris avec Marie Dupont.", &["Paris", "Marie Dupont"]),
            ("Marie a dit non. Demain elle part.", &["Marie"]),
            ("Ayer vi a J. García en la calle.", &["J. García"]),
            ("Я видел Анну Иванову вчера.", &["Анну Иванову"]),
            ("今日は何を", &[]),
            ("vi a josé ayer", &[]),
            ("", &[]),
        ];
        for (text, expected) in cases {
            let mut names = Vec::new();
            find(Blocks::new(text), Model::shipped().unwrap().tables(), |span| names.push(span.of(text)));
            assert_eq!(names, expected, "in `{text}`");
        }
    }
}
