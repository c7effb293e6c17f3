//! Ages as people give them in profiles, adverts and introductions: `(25F)`, `27, she/her`, `I'm Anna, 27, from`, `my son (9)`, `(M, 41)`,
//! `m/24/Berlin`. The unit and the verb are left out there, so what stands around the number has to be exact.

use super::Page;
use super::age::{REACH, Word, kind_of, words_before};
use super::age_words::POSSESSIVES;
use super::list::List;
use crate::finding::{Span, SpanText as _};

/// `(56M)`, `[25F]`, `me (25F)`, `44F, never smoked`.
pub(super) fn is_with_sex(page: &Page<'_>, run: Span) -> bool {
    let years = page.value(run);
    if run.len() != 2 || !(13..=99).contains(&years) || !page.ends_word(run.end + 1) {
        return false;
    }
    let (open, close) = (page.byte_before(run.start), page.byte(run.end + 1));
    let bracketed = matches!((open, close), (Some(b'('), Some(b')')) | (Some(b'['), Some(b']')));
    let at = run.start - usize::from(bracketed);
    let head = page.bytes_before(at, REACH).trim_end_matches(' ');
    let begins = head.is_empty() || head.ends_with(['.', '!', '?', '\n', ',', ';', ':']);
    let capital = matches!(page.byte(run.end), Some(b'M' | b'F'));
    if bracketed {
        let nearest = words_before(page, at).next().map(|(word, _)| kind_of(word));
        return matches!(nearest, Some(Word::Person)) || capital && (begins || introduces(page, at));
    }
    let head = head.trim_end_matches([',', ';', ':']);
    let person = words_before(page, at).next().is_some_and(|(word, _)| matches!(kind_of(word), Word::Person));
    let rest = page.bytes_after(run.end + 1, REACH);
    let follows = rest.starts_with(", ")
        || [
            " here",
            " with",
            " from",
            " looking",
            " seeking",
            " single",
            " and",
            " c/o",
            " presents",
            " presenting",
            " w/",
        ]
        .iter()
        .any(|word| rest.starts_with(word));
    capital && follows && (person || head.is_empty() || head.ends_with(['.', '!', '?', '\n']))
}

/// Words with which people say who they are.
static INTRODUCTIONS: List =
    List::new("i'm i’m am bin suis soy sono llamo chiamo heiße heisse appelle ben heet heter hedder jestem jsem");

/// Whether somebody gives a name directly before `at`: `I'm Anna`.
fn introduces(page: &Page<'_>, at: usize) -> bool {
    let mut words = words_before(page, at).map(|(word, _)| word);
    words.next().is_some_and(|word| matches!(kind_of(word), Word::Name | Word::Person))
        && words.next().is_some_and(|word| INTRODUCTIONS.has(word))
}

/// Whether what stands before `at` is one person of somebody's: `my mother`.
pub(super) fn is_kin(page: &Page<'_>, at: usize) -> bool {
    let word = word_before(page, at);
    let gap = (at - word.len()).checked_sub(1).filter(|gap| !word.is_empty() && page.byte(*gap) == Some(b' '));
    let Some(end) = gap else { return false };
    let owner = page.slice(page.back_while(end, 10, char::is_alphabetic), end);
    POSSESSIVES.has(owner) && kind_of(word) == Word::Person
}

/// Whether a number without any word beside it is the age of a profile.
pub(super) fn in_profile(page: &Page<'_>, run: Span) -> bool {
    if run.len() > 2 {
        return false;
    }
    let grown = || run.len() == 2 && page.value(run) >= 13;
    match (page.byte_before(run.start), page.byte(run.end)) {
        // "my son (9)"
        (Some(b'('), Some(b')')) => {
            let end = run.start - 1;
            let word = page.byte_before(end) == Some(b' ')
                && end.checked_sub(2).is_some_and(|at| page.byte(at).is_some_and(is_letter));
            word && (is_kin(page, end - 1) || grown() && SELVES.has(word_before(page, end - 1)))
        }
        // "m/24/Berlin"
        (Some(b'/'), Some(b'/')) if grown() => {
            let sex = run.start.checked_sub(2).filter(|at| page.byte(*at).is_some_and(is_sex));
            sex.is_some_and(|at| page.starts_word(at))
                && page.byte(run.end + 1).is_some_and(|byte| byte.is_ascii_alphabetic())
        }
        // "Barbara Gonzales (84, F)"
        (Some(b'('), Some(b',')) if grown() && page.byte_before(run.start - 1) == Some(b' ') => {
            let nearest = || words_before(page, run.start - 1).next().map(|(word, _)| kind_of(word));
            is_sex_after(page, run.end) && matches!(nearest(), Some(Word::Name | Word::Person))
        }
        // "(M, 41)"
        (Some(b' '), Some(b')')) if page.has_before(run.start, ", ") && grown() => {
            let sex = run.start.checked_sub(4);
            sex.is_some_and(|at| {
                page.slice(at, at + 1) == "("
                    && page.starts_word(at)
                    && page.has_at(at + 2, ", ")
                    && page.byte(at + 1).is_some_and(is_sex)
            })
        }
        // "I'm Anna, 27, from Leeds", "Anna Berg, 64, of Leeds"
        (Some(b' '), Some(b',' | b'.' | b'\n')) if page.has_before(run.start, ", ") && grown() => {
            is_apposed(page, run) || introduces(page, run.start - 2) || is_sexed(page, run.start - 2)
        }
        // "my daughter, 9, starts school"
        (Some(b' '), Some(b',')) => page.has_before(run.start, ", ") && is_kin(page, run.start - 2),
        (Some(b'\n') | None, Some(b',')) if grown() => PRONOUNS.iter().any(|pronoun| page.has_at(run.end, pronoun)),
        _ => false,
    }
}

/// Words for oneself before a bracket, and words that say whether somebody is a man or a woman at the start of a profile.
static SELVES: List = List::new("i me ich ik jag jeg yo eu io je");
static SEXES: List =
    List::new("female male woman man weiblich männlich femme homme mujer hombre donna uomo mulher homem");

/// The word that ends at `at`.
fn word_before<'t>(page: &Page<'t>, at: usize) -> &'t str {
    page.slice(page.back_while(at, 16, char::is_alphabetic), at)
}

/// Whether a line begins with a word for a sex that ends at `at`.
fn is_sexed(page: &Page<'_>, at: usize) -> bool {
    let word = word_before(page, at);
    matches!(page.byte_before(at - word.len()), None | Some(b'\n')) && SEXES.has(word)
}

/// Whether a comma, a word or letter for a sex, and a bracket stand at `at`, as in `(84, F)`.
fn is_sex_after(page: &Page<'_>, at: usize) -> bool {
    let start = page.ahead_while(at + 1, 1, |c| c == ' ');
    let end = page.ahead_while(start, 10, char::is_alphabetic);
    let word = page.slice(start, end);
    page.byte(end) == Some(b')') && (matches!(word, "F" | "M" | "f" | "m" | "w") || SEXES.has(word))
}

fn is_letter(byte: u8) -> bool {
    byte.is_ascii_lowercase() || byte >= 0x80
}

fn is_sex(byte: u8) -> bool {
    matches!(byte | 0x20, b'm' | b'f' | b'w')
}

/// How people in profiles want to be spoken of.
const PRONOUNS: [&str; 4] = [", he/", ", she/", ", they/", ", it/"];

/// What goes on behind the age of somebody who was named.
const AFTER_NAMES: [&str; 12] = [
    ", lives ",
    ", works ",
    ", aus ",
    ", of ",
    ", from ",
    ", who ",
    ", was ",
    ", is ",
    ", pleaded ",
    ", said ",
    ", died ",
    ", has been ",
];

/// `Anna Berg, 64, of Leeds`: two words with capitals before the number.
fn is_apposed(page: &Page<'_>, run: Span) -> bool {
    let Some(after) = AFTER_NAMES.iter().find(|after| page.has_at(run.end, after)) else { return false };
    // Not ", of course".
    let place = matches!(*after, ", of " | ", from " | ", aus ");
    if place && !page.after(run.end + after.len()).is_some_and(char::is_uppercase) {
        return false;
    }
    let head = page.bytes_before(run.start - 2, REACH);
    let mut names = head.rsplit(' ').take_while(|word| {
        let rest = word.trim_start_matches(char::is_uppercase);
        rest.len() < word.len() && !rest.is_empty() && rest.chars().all(|c| c.is_lowercase() || c == '\'')
    });
    names.next().is_some_and(|name| name.len() == head.len() || names.next().is_some())
}

/// Whether a comma follows the word after the number that ends at `at`.
fn is_parenthetic(page: &Page<'_>, at: usize) -> bool {
    page.byte(page.ahead_while(at + 1, 8, char::is_alphabetic)) == Some(b',')
}

/// Whether `31 years` stands beside a name or a sex, set off by commas: `Frau Berg, 31 Jahre`, `F, 56 ans`.
pub(super) fn is_set_off(page: &Page<'_>, start: usize) -> bool {
    if !page.has_before(start, ", ") {
        return false;
    }
    let end = start - 2;
    let word = page.back_while(end, 24, char::is_alphabetic);
    let alone = matches!(page.slice(word, end), "F" | "M" | "H" | "W")
        && page.byte_before(word).is_none_or(|byte| byte == b'\n');
    let head = page.back_while(word, 2, |c| c == ' ' || c == '.');
    let title = page.slice(page.back_while(head, 12, char::is_alphabetic), head);
    // "Paul, 48 ans, habite": German writes all nouns so.
    let begins = matches!(page.byte_before(word), None | Some(b'\n')) && kind_of(page.slice(word, end)) == Word::Name;
    let counted = begins && page.ahead_while(start, 3, |c| c.is_ascii_digit()) == start + 2;
    let counted = counted && !page.has_at(start + 2, " jahre") && is_parenthetic(page, start + 2);
    alone || counted || head < word && kind_of(page.slice(word, end)) == Word::Name && kind_of(title) == Word::Person
}
