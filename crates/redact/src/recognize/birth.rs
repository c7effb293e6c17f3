//! Dates of birth and ages, and dates that are neither. A date is a birthday only when a word calls it one; an age is a number next to words
//! that count years of life. Other dates and years are reported below [`SURE`](crate::SURE) and left in texts.

use std::sync::LazyLock;

use aho_corasick::AhoCorasick;

use super::marks::Marks;
use super::{Page, Recognizer, dates};
use crate::finding::{Finding, Span, SpanText as _};
use crate::kind::Kind;

/// How far before a date its word stands, in bytes.
const BEFORE: usize = 36;
/// How far after a date its word stands, in bytes.
const AFTER: usize = 16;

/// Words that call a date a birthday; they may be parts of longer ones.
const BIRTH_WORDS: [&str; 42] = [
    "born",
    "birth",
    "d.o.b",
    "dob",
    "bday",
    "b-day",
    "geboren",
    "geb.",
    "geburts",
    "geb.dat",
    "naissance",
    "né le",
    "née le",
    "né(e) le",
    "nacimiento",
    "nació el",
    "nacido",
    "nacida",
    "f. nac",
    "nascita",
    "nato il",
    "nata il",
    "nascimento",
    "nasceu",
    "nascido",
    "nascida",
    "geboorte",
    "född",
    "fødsel",
    "født",
    "urodzon",
    "urodzenia",
    "ur.",
    "narozen",
    "születé",
    "született",
    "syntyn",
    "рожден",
    "родился",
    "родилась",
    "生年月日",
    "出生",
];
/// What follows an age.
static AFTER_AGE: Marks<34> = Marks::new([
    " years old",
    " year old",
    " years-old",
    " year-old",
    "-year-old",
    "-years-old",
    "-yr-old",
    " yr old",
    " yrs old",
    " yr. old",
    " years of age",
    " yo ",
    " yo,",
    " yo.",
    " y/o",
    "y/o",
    "yo ",
    "yo,",
    "-yo ",
    " y.o.",
    "y.o.",
    " years young",
    " jahre alt",
    " jahre jung",
    "-jährige",
    "-jähriger",
    " ans,",
    " ans.",
    " años de edad",
    " anni,",
    " anos de idade",
    " jaar oud",
    " år gammal",
    " lat.",
]);
/// What stands before an age.
static BEFORE_AGE: Marks<36> = Marks::new([
    "age: ",
    "age ",
    "aged ",
    "age of ",
    "age is ",
    "age = ",
    "age=",
    "age:",
    "alter: ",
    "alter von ",
    "edad: ",
    "edad de ",
    "âge : ",
    "âgé de ",
    "âgée de ",
    "età: ",
    "idade: ",
    "leeftijd: ",
    "wiek: ",
    "ålder: ",
    "i'm ",
    "i am ",
    "she's ",
    "he's ",
    "she is ",
    "he is ",
    "turned ",
    "turning ",
    "turns ",
    "over age ",
    "turn ",
    "she was ",
    "he was ",
    "i was ",
    "died at ",
    "at age ",
]);
/// The first words of what may follow an age without more.
const CLOSERS: [&str; 8] = [" and", " now", " today", " but", " this ", " next ", " in ", " when"];

/// Recognizes dates of birth, ages, and dates.
pub struct Birth;

impl Recognizer for Birth {
    fn kinds(&self) -> &'static [Kind] {
        &[Kind::DateOfBirth, Kind::DateTime, Kind::Age]
    }

    fn find(&self, page: &Page<'_>, findings: &mut Vec<Finding>) {
        let mut seen = 0;
        for (index, run) in page.digit_runs().iter().enumerate() {
            if run.len() > 4 || run.start < seen {
                continue;
            }
            if let Some(date) = dates::at(page, index) {
                seen = date.span.end;
                findings.push(if date.is_day && is_birthday(page, date.span) {
                    Finding::new(Kind::DateOfBirth, date.span, 0.96)
                } else {
                    Finding::new(Kind::DateTime, date.span, date.score)
                });
            } else if matches!(run.len(), 1..=3) && is_age(page, *run) {
                findings.push(Finding::new(Kind::Age, *run, 0.8));
            }
        }
    }
}

/// All words of birth. There is always an automaton of so few words.
static WORDS: LazyLock<Option<AhoCorasick>> = LazyLock::new(|| {
    let capitals = BIRTH_WORDS.iter().filter(|word| !word.is_ascii()).map(|word| word.to_uppercase());
    let words = BIRTH_WORDS.iter().map(|word| (*word).to_owned()).chain(capitals);
    AhoCorasick::builder().ascii_case_insensitive(true).build(words).ok()
});

fn is_birthday(page: &Page<'_>, date: Span) -> bool {
    let Some(words) = &*WORDS else { return false };
    let bytes = page.text().as_bytes();
    let before = bytes.get(date.start.saturating_sub(BEFORE)..date.start).unwrap_or_default();
    // Only the rest of the paragraph that the date stands in. What redaction wrote announces nothing.
    let paragraph = before.windows(2).rposition(|two| two == b"\n\n" || two == b"1]").map_or(0, |at| at + 2);
    let after = bytes.get(date.end..bytes.len().min(date.end + AFTER)).unwrap_or_default();
    let after = after.split(|byte| *byte == b'\n').next().filter(|after| after.starts_with(b" (")).unwrap_or_default();
    let starts =
        |text: &[u8], at: usize| !at.checked_sub(1).and_then(|at| text.get(at)).is_some_and(u8::is_ascii_alphabetic);
    let near = [before.get(paragraph..).unwrap_or_default(), after];
    near.iter().any(|text| words.find_overlapping_iter(*text).any(|found| starts(text, found.start())))
}

fn is_age(page: &Page<'_>, run: Span) -> bool {
    let beside = |byte: Option<u8>| byte.is_some_and(|byte| matches!(byte, b' ' | b'-' | b'y' | b'=' | b':'));
    if !beside(page.byte(run.end)) && !beside(page.byte_before(run.start)) {
        return false;
    }
    let apart =
        page.starts_word(run.start) && !matches!(page.byte_before(run.start), Some(b'-' | b'.' | b'$' | b'/' | b','));
    let years = page.value(run);
    if !apart || !(1..=120).contains(&years) {
        return false;
    }
    if AFTER_AGE.at(page, run.end).is_some() {
        return true;
    }
    let Some(word) = BEFORE_AGE.before(page, run.start) else { return false };
    let rest = page.slice(run.end, page.ahead_while(run.end, 8, |_| true));
    let closes = page.ends_word(run.end)
        && !rest.starts_with(['%', '-', '/', ':', '$'])
        && !rest.trim_start_matches(['.', ',']).starts_with(|c: char| c.is_ascii_digit());
    // "I'm 34" is an age at the end of a clause only.
    let alone = rest.is_empty()
        || rest.starts_with(['.', ',', '!', ')', '\n', ';', '?'])
        || CLOSERS.iter().any(|word| rest.starts_with(word));
    let whole = page.starts_number(run.start - word.len());
    let named = word.starts_with(['a', 'e', 'â', 'é', 'l', 'w', 'å']) || word.starts_with("idade");
    closes && whole && (named && years >= 3 || alone && run.len() == 2)
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
                "nació el {3 de marzo de 1990}",
                "{12/03/1985} (DOB)",
                "ur. {12.03.1985}",
            ],
        );
        check(
            &Birth,
            Kind::Age,
            &[
                "I am {34} years old",
                "a {34}-year-old man",
                "aged {71}, retired",
                "Age: {28}",
                "my {7} year old son",
                "she's {41} today",
                "written when he was {78}.",
                "on Monday I'll turn {23}!",
                "er ist {52} Jahre alt",
            ],
        );
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
                "born for 12 market 1985",
            ],
        );
        check(
            &Birth,
            Kind::Age,
            &["page 34", "34 years of war", "aged 34-36 C", "I'm 34% sure", "message 34", "10-20 years old"],
        );
    }
}
