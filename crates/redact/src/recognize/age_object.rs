//! What stands after an age: the person or the thing that has it, or what only lasts.

use super::Page;
use super::age::{REACH, Word, is_letter, kind_of};

/// The words after `at` in its clause.
fn words_after<'t>(page: &Page<'t>, at: usize) -> impl Iterator<Item = &'t str> {
    let text = page.bytes_after(at, REACH);
    let clause =
        text.split(['.', ',', '!', '?', '\n', ';', '。', ':', '(', ')', '"', '，', '、']).next().unwrap_or_default();
    clause.split(|c: char| !is_letter(c)).filter(|word| !word.is_empty()).take(3)
}

/// Whether what follows an age is the person or the thing that has it.
pub(super) fn object(page: &Page<'_>, at: usize) -> Word {
    let mut last = Word::Function;
    for (number, word) in words_after(page, at).enumerate() {
        match kind_of(word) {
            Word::Person => return Word::Person,
            // "a 21-year-old college student"
            Word::Thing => last = Word::Thing,
            _ if last == Word::Thing => break,
            Word::Function | Word::Copula if number == 0 => return Word::Function,
            Word::Function | Word::Copula => break,
            Word::Name | Word::Other if is_profession(word) => return Word::Person,
            kind @ (Word::Name | Word::Other) if number == 0 => last = kind,
            Word::Name | Word::Other => {}
        }
    }
    last
}

/// Endings of words for what people do and are.
fn is_profession(word: &str) -> bool {
    word.len() > 5
        && [
            "ist", "ician", "man", "men", "woman", "women", "ologist", "eer", "yer", "cher", "ainer", "uctor",
            "ctress", "essor",
        ]
        .iter()
        .any(|end| word.ends_with(end))
}

/// Whether the word after `at` is one of German for what only lasts.
pub(super) fn is_abstract(page: &Page<'_>, at: usize) -> bool {
    let word = words_after(page, at).next().unwrap_or_default();
    [
        "ung",
        "heit",
        "keit",
        "schaft",
        "ion",
        "ität",
        "zeit",
        "dauer",
        "phase",
        "arbeit",
        "krieg",
        "tum",
        "pause",
        "frist",
        "geschichte",
    ]
    .iter()
    .any(|end| word.ends_with(end))
}
