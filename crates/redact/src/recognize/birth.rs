//! Dates of birth and ages. A date counts only when a word calls it a birthday; an age is a number next to words that count years of life.

use super::{Page, Recognizer};
use crate::finding::{Finding, Span, SpanText as _};
use crate::kind::Kind;

/// How far before a date its word stands, in bytes.
const CONTEXT: usize = 36;

const BIRTH_WORDS: [&str; 26] = [
    "born",
    "birth",
    "d.o.b",
    "dob",
    "bday",
    "b-day",
    "geboren",
    "geb.",
    "geburts",
    "naissance",
    "né le",
    "née le",
    "nacimiento",
    "nacido",
    "nacida",
    "nascita",
    "nato il",
    "nata il",
    "nascimento",
    "nascido",
    "nascida",
    "geboorte",
    "född",
    "født",
    "urodzon",
    "narozen",
];
/// English names, and those that other languages write otherwise, by their first letters.
const MONTHS: [&str; 26] = [
    "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec", "mär", "mai", "okt", "dez",
    "fév", "avr", "aoû", "déc", "ene", "abr", "ago", "dic", "mag", "juin",
];
/// What follows an age.
const AFTER_AGE: [&str; 13] = [
    " years old",
    " year old",
    "-year-old",
    " yrs old",
    " years of age",
    "-years-old",
    " yo ",
    " y/o",
    "y/o",
    "yo ",
    " jahre alt",
    " ans,",
    " años de edad",
];
/// What stands before an age.
const BEFORE_AGE: [&str; 10] =
    ["age: ", "age ", "aged ", "age of ", "alter: ", "edad: ", "âge : ", "i'm ", "turned ", "turning "];

/// Recognizes dates of birth and ages.
pub struct Birth;

impl Recognizer for Birth {
    fn kinds(&self) -> &'static [Kind] {
        &[Kind::DateOfBirth, Kind::Age]
    }

    fn find(&self, page: &Page<'_>, findings: &mut Vec<Finding>) {
        let runs = page.digit_runs();
        for (index, run) in runs.iter().enumerate().filter(|(_, run)| matches!(run.len(), 1 | 2 | 4)) {
            let rest = runs.get(index..).unwrap_or_default();
            if let Some(date) = date_at(page, rest).filter(|date| is_birthday(page, *date)) {
                findings.push(Finding::new(Kind::DateOfBirth, date, 0.96));
            } else if run.len() == 2 && is_age(page, *run) {
                findings.push(Finding::new(Kind::Age, *run, 0.8));
            }
        }
    }
}

/// A whole date whose first digits are the first run: `1985-03-12`, `12.03.85`, `March 12, 1985`, `12 March 1985`.
fn date_at(page: &Page<'_>, runs: &[Span]) -> Option<Span> {
    let first = runs.first()?;
    if !page.starts_word(first.start) && page.byte_before(first.start) != Some(b'_') {
        return None;
    }
    let month_before = month_ending(page, first.start);
    let second = runs.get(1).filter(|second| second.start <= first.end + 16);
    let third = runs.get(2);
    let gap = second.map(|second| page.slice(first.end, second.start));
    let numeric = gap.filter(|gap| matches!(*gap, "-" | "/" | "." | ". " | " " | "年")).and_then(|gap| {
        let third = third.filter(|third| {
            let next = page.slice(second.map_or(0, |s| s.end), third.start);
            next == gap || next == "月"
        })?;
        let shape = [first.len(), second?.len(), third.len()];
        let fits = matches!(shape, [4, 1..=2, 1..=2] | [1..=2, 1..=2, 4 | 2]);
        fits.then(|| Span::new(first.start, third.end))
    });
    let named = || {
        let year = second.filter(|year| year.len() == 4)?;
        let between = gap?.trim_start_matches(|c: char| c.is_ascii_alphabetic() && month_before.is_some());
        match month_before {
            Some(month) => matches!(between, ", " | " " | ",").then(|| Span::new(month, year.end)),
            None => is_month(
                gap?.trim_start_matches(['.', 't', 'h', 's', 'n', 'd', 'r', 'º', ' '])
                    .trim_start_matches("of ")
                    .trim_start_matches("de "),
            )
            .then(|| Span::new(first.start, year.end)),
        }
    };
    numeric.or_else(named).filter(|date| page.ends_word(date.end))
}

/// The start of the month's name that stands directly before `at`.
fn month_ending(page: &Page<'_>, at: usize) -> Option<usize> {
    let end = at.checked_sub(1).filter(|gap| page.byte(*gap) == Some(b' '))?;
    let end = end - usize::from(page.byte_before(end) == Some(b'.'));
    let start = page.back_while(end, 10, char::is_alphabetic);
    (start < end && MONTHS.iter().any(|month| page.has_at(start, month))).then_some(start)
}

fn is_month(text: &str) -> bool {
    let name: String = text.chars().take_while(|c| c.is_alphabetic()).take(9).flat_map(char::to_lowercase).collect();
    name.len() >= 3 && MONTHS.iter().any(|month| name.starts_with(month)) && text.chars().count() <= 16
}

fn is_birthday(page: &Page<'_>, date: Span) -> bool {
    let before = page.context_before(date.start, CONTEXT);
    // Only the rest of the sentence or line that the date stands in.
    let near = before.rsplit("\n\n").next().unwrap_or(&before);
    let near = near.replace('_', " ");
    BIRTH_WORDS.iter().any(|word| near.contains(word))
}

fn is_age(page: &Page<'_>, run: Span) -> bool {
    let apart =
        page.starts_word(run.start) && !matches!(page.byte_before(run.start), Some(b'-' | b'.' | b'$' | b'/' | b','));
    if !apart {
        return false;
    }
    if AFTER_AGE.iter().any(|word| page.has_at(run.end, word)) {
        return true;
    }
    let Some(word) = BEFORE_AGE.iter().find(|word| page.has_before(run.start, word)) else { return false };
    let after = page.context_after(run.end, 8);
    let closes = page.ends_word(run.end)
        && !after.starts_with(['%', '-', '/', ':', '$'])
        && !after.trim_start_matches(['.', ',']).starts_with(|c: char| c.is_ascii_digit());
    // "I'm 34" is an age at the end of a clause only.
    let alone = after.is_empty() || after.starts_with(['.', ',', '!', ')', '\n', ';']) || after.starts_with(" and");
    let whole = page.starts_number(run.start - word.len());
    closes && whole && (alone || word.starts_with("age"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::recognize::check;

    #[test]
    fn finds() {
        check(
            &Birth,
            Kind::DateOfBirth,
            &[
                "born on {12/03/1985}.",
                "DOB: {1985-03-12}",
                "geboren am {12.03.1985} in Ulm",
                "date_of_birth: {March 12, 1985}",
                "she was born {12 March 1985}",
                "né le {3 mars 1985}",
                "Birthday {Mar. 3rd, 1990}",
            ],
        );
        check(&Birth, Kind::Age, &["I am {34} years old", "a {34}-year-old man", "aged {71}, retired", "Age: {28}"]);
    }

    #[test]
    fn leaves() {
        check(
            &Birth,
            Kind::DateOfBirth,
            &[
                "met on 12/03/1985",
                "version 1.2.3",
                "born in 1985",
                "dob: 12",
                "born at 12:30:45",
                "the birth of 10.000 stars",
            ],
        );
        check(
            &Birth,
            Kind::Age,
            &["page 34", "34 years of war", "aged 34-36 C", "I'm 34% sure", "message 34", "10-20 years old"],
        );
    }
}
