//! Ages in words of English: `forty-six years old`, `a seven-year-old boy`, `aged thirty-six`. A number in words is an age where its digits
//! would be one; words of one part also need a unit that says so.

use super::age::{Word, closes_age, is_counted, subject};
use super::age_words::{BEFORE_AGE, LABELS, after_age};
use super::literals::Literal;
use super::{Page, Recognizer};
use crate::finding::{Finding, Span, SpanText as _};
use crate::kind::Kind;

/// Numbers below twenty.
const SMALL: [&str; 19] = [
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
    "thirteen",
    "fourteen",
    "fifteen",
    "sixteen",
    "seventeen",
    "eighteen",
    "nineteen",
];
/// The tens above.
const TENS: [&str; 8] = ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"];
/// The longest of these words, in bytes.
const LONGEST: usize = 9;

/// Recognizes ages in words.
pub struct AgeWords;

impl Recognizer for AgeWords {
    fn kinds(&self) -> &'static [Kind] {
        &[Kind::Age]
    }

    fn find(&self, page: &Page<'_>, findings: &mut Vec<Finding>) {
        let numbers = page.literals().iter().filter_map(|(literal, span)| match literal {
            Literal::Tens => {
                compound(page, span.end).filter(|number| is_counted_age(page, *number) || is_announced(page, *number))
            }
            Literal::Years => single(page, span.start).filter(|number| is_counted_age(page, *number)),
            _ => None,
        });
        findings.extend(numbers.map(|number| Finding::new(Kind::Age, number, 0.8)));
    }
}

/// The number in words, if the text is one of up to ninety-nine.
pub(crate) fn number_of(text: &str) -> Option<usize> {
    let place = |words: &[&str], word: &str| words.iter().position(|known| known.eq_ignore_ascii_case(word));
    let tens = |word| place(&TENS, word).map(|at| (at + 2) * 10);
    match text.split_once('-') {
        Some((head, tail)) => Some(tens(head)? + place(&SMALL, tail).filter(|at| *at < 9)? + 1),
        None => tens(text).or_else(|| place(&SMALL, text).map(|at| at + 1)),
    }
}

/// The number around the hyphen that ends at `at`: `forty-six`.
fn compound(page: &Page<'_>, at: usize) -> Option<Span> {
    let start = page.letters_before(at - 1, LONGEST, |c| c.is_ascii_alphabetic());
    let end = page.letters_after(at, LONGEST, |c| c.is_ascii_alphabetic());
    whole(page, Span::new(start, end))
}

/// The number that ends at `at`, of one word.
fn single(page: &Page<'_>, at: usize) -> Option<Span> {
    let start = page.letters_before(at, LONGEST, |c| c.is_ascii_alphabetic());
    // `twenty-one` is read from its hyphen.
    if page.byte_before(start) == Some(b'-') {
        return None;
    }
    whole(page, Span::new(start, at))
}

fn whole(page: &Page<'_>, span: Span) -> Option<Span> {
    (page.starts_word(span.start) && number_of(span.of(page.text())).is_some()).then_some(span)
}

/// Whether a unit of age follows, said of somebody.
fn is_counted_age(page: &Page<'_>, number: Span) -> bool {
    after_age(page, number.end).is_some_and(|mark| is_counted(page, number, mark))
}

/// Whether a label or a verb before says that the number is an age: `aged thirty-six`, `she turned forty-two`.
fn is_announced(page: &Page<'_>, number: Span) -> bool {
    let Some(gap) = number.start.checked_sub(1).filter(|gap| page.byte(*gap) == Some(b' ')) else { return false };
    let Some(word) = BEFORE_AGE.before(page, gap) else { return false };
    let start = gap - word.len();
    let label = LABELS.has(word.split(' ').next().unwrap_or(word));
    let things = || word.starts_with(['a', 'A']) && subject(page, start) == Word::Thing;
    page.starts_word(start) && !word.starts_with(' ') && closes_age(page, number.end, label) && !things()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::recognize::check;

    #[test]
    fn finds() {
        check(
            &AgeWords,
            Kind::Age,
            &[
                "The patient, {forty-six} years old, complains of dizziness.",
                "A {fifty-two}-year-old man was treated.",
                "a {seven}-year-old boy from Ohio",
                "She is {sixty-five} years old.",
                "He was {thirty-one} when he retired at the age of {forty-eight}.",
                "aged {thirty-six}, with no prior convictions",
                "she just turned {Twenty-Two}!",
                "a {seventy}-year-old widow",
                "I'm {thirty-three}, single",
            ],
        );
    }

    #[test]
    fn leaves() {
        check(
            &AgeWords,
            Kind::Age,
            &[
                "a five-year-old laptop and a ten-year-old car",
                "Our ten-year-old codebase needs care.",
                "This wine is twelve years old.",
                "The building is ninety years old.",
                "a twenty-year-old bug in the parser",
                "we have forty-two boxes left",
                "twenty-one guns, thirty-four kilometers from home",
                "the thirty-year war, seventy-five percent",
                "he was twenty-two miles away",
                "in their twenties and thirties",
                "empty-handed, party-goers, pretty-one",
            ],
        );
    }
}
