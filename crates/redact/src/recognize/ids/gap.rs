//! What may stand between a word and the number that it announces directly: signs, a few small words, what a parenthesis says, and the letters
//! that the number begins with, as in `employee ID (old): EMP-10293`.

use crate::recognize::Page;
use crate::recognize::page::SPACELESS;

/// The longest gap, in bytes.
const LONGEST: usize = 48;
/// The most small words in it.
const MOST_WORDS: usize = 3;
/// The most capitals before the first sign of a number, and before a space in it.
const LEADING: usize = 6;
const LEADING_SPACED: usize = 3;
/// How many groups of capitals a number begins with.
const LEADING_GROUPS: usize = 2;

/// Words that lead from the name of a number to the number.
const SMALL: [&str; 63] = [
    "no",
    "nos",
    "nr",
    "num",
    "number",
    "id",
    "code",
    "is",
    "was",
    "of",
    "record",
    "patient",
    "n",
    "nº",
    "n°",
    "núm",
    "nro",
    "número",
    "numero",
    "numéro",
    "es",
    "est",
    "è",
    "é",
    "sous",
    "le",
    "mit",
    "der",
    "nummer",
    "lautet",
    "ist",
    "numer",
    "pojazdu",
    "numerze",
    "numerem",
    "to",
    "jest",
    "o",
    "seria",
    "i",
    "číslo",
    "č",
    "je",
    "nummeret",
    "er",
    "är",
    "on",
    "numarası",
    "numarasi",
    "numaram",
    "numaranız",
    "номер",
    "เลขที่",
    "ใหม่",
    "เดิม",
    "คือ",
    "は",
    "番号",
    "为",
    "是",
    "码",
    "号码",
    "는",
];

/// Where the number begins whose first word with a digit starts at `digits`; none when the word that ends at `word` does not announce it
/// directly.
pub(super) fn start_after(page: &Page<'_>, word: usize, digits: usize) -> Option<usize> {
    if digits - word > LONGEST {
        return None;
    }
    let mut gap = page.slice(word, digits);
    for _ in 0..LEADING_GROUPS {
        gap = gap.get(..gap.len() - leading(gap)).unwrap_or_default();
    }
    leads_on(gap).then_some(word + gap.len())
}

/// How many bytes at the end of the gap belong to the number: capitals, and the sign after them.
fn leading(gap: &str) -> usize {
    let most = match gap.as_bytes().last() {
        Some(b'-' | b'/') => LEADING,
        Some(b' ') => LEADING_SPACED,
        _ => return 0,
    };
    let head = gap.get(..gap.len() - 1).unwrap_or_default();
    let letters = head.bytes().rev().take_while(u8::is_ascii_uppercase).count();
    let word = head.get(head.len() - letters..).unwrap_or_default();
    let before = head.get(..head.len() - letters).and_then(|rest| rest.chars().next_back());
    let alone = before.is_some_and(|c| !c.is_alphanumeric() || c >= SPACELESS);
    let small = SMALL.iter().any(|small| small.eq_ignore_ascii_case(word));
    if alone && !small && (1..=most).contains(&letters) { letters + 1 } else { 0 }
}

/// Whether nothing but signs and small words stands in the gap.
fn leads_on(gap: &str) -> bool {
    let (head, tail) = without_parenthesis(gap);
    // A letter directly after the word makes another word of it, but where words have no spaces between.
    let longer = gap.chars().next().is_some_and(|c| c.is_alphabetic() && c < '\u{e00}' && !matches!(c, 'º' | 'ª'));
    let mut words = 0;
    let mut reads = |part: &str| {
        part.chars().all(is_sign)
            && part.split(|c: char| !is_letter(c)).filter(|word| !word.is_empty()).all(|word| {
                words += 1;
                SMALL.contains(&word.to_lowercase().as_str())
            })
    };
    !longer && reads(head) && reads(tail) && words <= MOST_WORDS && gap.bytes().filter(|b| *b == b'\n').count() <= 1
}

/// The gap before and after what stands between parentheses; a digit in them says something of its own.
fn without_parenthesis(gap: &str) -> (&str, &str) {
    let opened = gap.find(['(', '（']);
    let inside = opened.and_then(|open| Some((open, gap.get(open..)?.find([')', '）'])? + open)));
    let Some((open, close)) = inside else { return (gap, "") };
    let text = gap.get(open..close).unwrap_or_default();
    if text.bytes().any(|byte| byte.is_ascii_digit() || matches!(byte, b':' | b'=' | b',')) {
        return (gap, "");
    }
    (gap.get(..open).unwrap_or_default(), gap.get(close..).unwrap_or_default())
}

/// Whether a character belongs to a small word; Thai marks of vowels are no letters, but parts of words.
fn is_letter(c: char) -> bool {
    c.is_alphabetic() || matches!(c, 'º' | '°' | '\u{e31}'..='\u{e4e}')
}

/// Whether a character may stand between.
fn is_sign(c: char) -> bool {
    is_letter(c)
        || c.is_whitespace()
        || matches!(c, ':' | '：' | '#' | '=' | '"' | '\'' | '`' | '-' | '–' | '.' | '|' | '>' | '*' | '_' | '№')
        || matches!(c, '(' | ')' | '（' | '）' | '[' | '\u{200b}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signs_and_small_words_stand_between() {
        let start = |text: &str| {
            let (word, rest) = text.split_once('|').unwrap();
            let text = format!("{word}{rest}");
            let digits = text.find(|c: char| c.is_ascii_digit()).unwrap();
            start_after(&Page::new(&text), word.len(), digits).map(|at| text.get(at..).unwrap().to_owned())
        };
        for (text, expected) in [
            ("MRN|: 123", "123"),
            ("patient ID| is 123", "123"),
            ("사번|(현 직장): 123", "123"),
            ("employee ID|: EMP-123", "EMP-123"),
            ("identity card| no. AB 123", "AB 123"),
            ("colegiado| nº 123", "123"),
            ("รหัสนักศึกษา|ใหม่ 123", "123"),
            ("NHC|-123", "123"),
            ("Fallnummer|:\n123", "123"),
        ] {
            assert_eq!(start(text).as_deref(), Some(expected), "{text}");
        }
        for text in [
            "MRN|s 123",
            "patient ID| and 123",
            "patient ID|, 123",
            "MRN|\n\n123",
            "MRN| (since 2019) 123",
            "MRN| is of no. id 123",
        ] {
            assert_eq!(start(text), None, "{text}");
        }
    }
}
