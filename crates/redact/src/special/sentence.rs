//! Sentences and their words. A sentence is what stands between marks that end one, at most some hundred bytes to either side of where one
//! looks, so that a text without marks costs no more than one with them.

use crate::finding::{Span, SpanText as _};

use super::letters::is_word;

/// How far a sentence reaches to either side, in bytes.
const REACH: usize = 320;
/// Words before a dot that end no sentence.
const SHORT: [&str; 22] = [
    "mr", "mrs", "ms", "dr", "prof", "st", "jr", "sr", "vs", "etc", "e.g", "i.e", "z.b", "bzw", "ca", "nr", "no", "hr",
    "fr", "inc", "u.a", "d.h",
];
/// The most words of a sentence that are read.
const WORDS: usize = 120;

/// The sentence around `at`, without the space at its ends. On character boundaries whenever `text` is UTF-8.
pub(super) fn around(text: &str, at: usize) -> Span {
    let bytes = text.as_bytes();
    let at = at.min(bytes.len());
    let floor = at.saturating_sub(REACH);
    let mut start = at;
    while start > floor && !ends(bytes, start - 1) {
        start -= 1;
    }
    let ceiling = bytes.len().min(at + REACH);
    let mut end = at;
    while end < ceiling {
        end += 1;
        if ends(bytes, end - 1) {
            break;
        }
    }
    while !text.is_char_boundary(start) {
        start += 1;
    }
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    let sentence = text.get(start..end).unwrap_or_default();
    let start = start + (sentence.len() - sentence.trim_start().len());
    Span::new(start, start + sentence.trim().len())
}

/// Whether a sentence ends with this byte.
fn ends(text: &[u8], at: usize) -> bool {
    let next = text.get(at + 1).copied();
    match text.get(at) {
        Some(b'\n') => next.is_none_or(|byte| byte == b'\n' || starts(byte)),
        Some(b'!' | b'?') => next.is_none_or(|byte| byte.is_ascii_whitespace()),
        Some(b'.') if next.is_none_or(|byte| byte.is_ascii_whitespace()) => {
            let after = text.iter().skip(at + 1).take(4).find(|byte| !byte.is_ascii_whitespace());
            after.is_none_or(|byte| starts(*byte)) && !is_short(text, at)
        }
        _ => false,
    }
}

/// Whether a sentence or a line of a list may begin with the byte.
fn starts(byte: u8) -> bool {
    byte.is_ascii_uppercase()
        || byte.is_ascii_digit()
        || !(byte.is_ascii_alphanumeric() || byte.is_ascii_whitespace() || byte == b',')
}

/// Whether the dot belongs to an abbreviation, an initial or the number of a day.
fn is_short(text: &[u8], dot: usize) -> bool {
    let joins = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'.' || !byte.is_ascii();
    let from = dot.saturating_sub(6);
    let before = text.get(from..dot).unwrap_or_default();
    let word = before.rsplit(|byte| !joins(byte)).next().unwrap_or_default();
    let digits = (1..=2).contains(&word.len()) && word.iter().all(u8::is_ascii_digit);
    let initial = matches!(word, [one] if one.is_ascii_uppercase());
    digits || initial || SHORT.iter().any(|short| short.as_bytes().eq_ignore_ascii_case(word))
}

/// The words of a sentence, as ranges of the text.
pub(super) fn words(text: &[u8], sentence: Span) -> Vec<Span> {
    let mut words = Vec::new();
    let mut start = None;
    for at in sentence.start..=sentence.end {
        match (start, at < sentence.end && is_word(text, at)) {
            (None, true) => start = Some(at),
            (Some(from), false) => {
                words.push(Span::new(from, at));
                start = None;
                if words.len() == WORDS {
                    break;
                }
            }
            (Some(_), true) | (None, false) => {}
        }
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sentence_ends_where_it_ends() {
        let cases = [
            ("One. Two *is here. Three.", "Two is here."),
            ("Dr. Who saw Mr. *X on 3. May at 5.30 p.m. again. So", "Dr. Who saw Mr. X on 3. May at 5.30 p.m. again."),
            ("What? *Yes! No", "Yes!"),
            ("title\n\nthe *text\ngoes on\n- list", "the text\ngoes on"),
            ("no marks *at all", "no marks at all"),
            ("z.B. *hier. Da", "z.B. hier."),
            ("*end.", "end."),
            ("end.*", ""),
        ];
        for (marked, expected) in cases {
            let at = marked.find('*').unwrap();
            let text = marked.replace('*', "");
            assert_eq!(around(&text, at).of(&text), expected, "{marked}");
        }
    }

    #[test]
    fn a_sentence_is_bounded() {
        let text = "ä".repeat(2_000);
        let span = around(&text, 1_001);
        assert!(span.len() <= 2 * REACH && !span.of(&text).is_empty());
        assert_eq!(around("", 3), Span::new(0, 0));
    }

    #[test]
    fn words_are_letters_and_digits() {
        let text = "I'm “über” 2-day\nx";
        let found: Vec<&str> =
            words(text.as_bytes(), Span::new(0, text.len())).iter().map(|span| span.of(text)).collect();
        assert_eq!(found, ["I", "m", "über", "2", "day", "x"]);
    }
}
