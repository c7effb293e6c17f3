//! What stands around a street: a number or unit before it; unit, city, state, country and postal code after it, also on the next lines.
//! Cities are taken only when a state, a country or a postal code ends them: a street alone does not make the next words a place.

use super::words::{ENDS, NOT_PLACES, SMALL_WORDS, UNITS};
use crate::finding::{Span, SpanText as _};
use crate::recognize::Page;

/// The most units after a street.
const MOST_UNITS: usize = 3;
/// The most words from the street to the end of the address.
const MOST_WORDS: usize = 12;
/// The longest word of a city, in characters.
const LONGEST_WORD: usize = 24;
/// The most spaces that indent the next line.
const INDENT: usize = 12;

/// Where the next part of an address begins: after a comma, spaces, at most one new line (or an empty one), and marks of a quotation.
pub(super) fn next_part(page: &Page<'_>, end: usize) -> usize {
    let mut at = end + usize::from(page.byte(end) == Some(b','));
    at = page.ahead_while(at, 4, |c| matches!(c, ' ' | '\r'));
    if page.byte(at) == Some(b'\n') {
        at = page.ahead_while(at, 2, |c| c == '\n');
        at = page.ahead_while(at, INDENT, |c| matches!(c, ' ' | '\t' | '>' | '|' | '*' | '#' | '?' | ','));
    }
    at
}

/// The end of the unit that begins at `at`: `Apt. 864`, `Suite 3B`, `#4`, `2º piso`.
pub(super) fn unit(page: &Page<'_>, at: usize) -> Option<usize> {
    let number = if page.byte(at)? == b'#' {
        at + 1
    } else {
        if !UNITS.begins(page.bytes_at(at)) {
            return None;
        }
        let word_end = page.ahead_while(at, LONGEST_WORD, char::is_alphabetic);
        if word_end == at || !UNITS.has(page.slice(at, word_end)) {
            return None;
        }
        let dot = word_end + usize::from(page.byte(word_end) == Some(b'.'));
        page.ahead_while(dot, 2, |c| matches!(c, ' ' | '#'))
    };
    let end = page.ahead_while(number, 6, |c| c.is_ascii_alphanumeric() || c == '-');
    let text = page.slice(number, end).trim_end_matches('-');
    let letter = text.len() == 1 && text.starts_with(|c: char| c.is_ascii_uppercase());
    let end = number + text.len();
    (letter || text.contains(|c: char| c.is_ascii_digit())).then_some(end).filter(|end| page.ends_word(*end))
}

/// Whether a unit at `next` belongs to the street that ends at `end`, with at most a few names between: `Tungata 11 Rott Crossroad\nApt. 322`.
pub(super) fn goes_on(page: &Page<'_>, end: usize, next: usize) -> bool {
    let between = page.slice(end, next);
    let words = between.split_whitespace();
    next <= end + 2 * LONGEST_WORD
        && unit(page, next).is_some()
        && between.starts_with([' ', '\n'])
        && words.clone().count() <= 3
        && words.clone().all(|word| word.chars().all(char::is_alphabetic) && word.starts_with(char::is_uppercase))
}

/// The end of units that follow `end`, if any does.
pub(super) fn units(page: &Page<'_>, end: usize) -> Option<usize> {
    let mut last = None;
    for _ in 0..MOST_UNITS {
        match unit(page, next_part(page, last.unwrap_or(end))) {
            Some(end) => last = Some(end),
            None => break,
        }
    }
    last
}

/// The end of the address whose street ends at `end`.
pub(super) fn trailing(page: &Page<'_>, end: usize) -> usize {
    if !matches!(page.byte(end), Some(b',' | b' ' | b'\n' | b'.' | b'\r')) {
        return end;
    }
    let dot = usize::from(page.byte(end) == Some(b'.') && matches!(page.byte(end + 1), Some(b' ' | b'\n')));
    let with_units = units(page, end).or_else(|| units(page, end + dot)).unwrap_or(end);
    let dot = usize::from(with_units == end) * dot;
    place(page, with_units).or_else(|| place(page, with_units + dot)).map_or(with_units, |place| place.end)
}

/// What a word is to an address.
enum Part {
    /// A postal code.
    Code,
    /// A state, province or country.
    End,
    /// A word that may name a city.
    Name,
    /// A small word inside the name of a city.
    Small,
}

/// City, state, country and postal code.
pub(super) struct Place {
    /// Where they end.
    pub(super) end: usize,
    /// Whether a postal code stands where it does in addresses: first of all, or after a state or country.
    pub(super) coded: bool,
}

/// City, state, country and postal code after `end`; none when nothing ends them.
pub(super) fn place(page: &Page<'_>, end: usize) -> Option<Place> {
    let (mut at, mut found, mut coded) = (end, None, false);
    let mut cities = 0;
    for _ in 0..MOST_WORDS {
        let from = next_part(page, at);
        if from == at && at != end {
            break;
        }
        let Some((part, to)) = part(page, from).or_else(|| written_small(page, at, from, cities)) else { break };
        match part {
            // "62314 Mellemvej 32": the number is a street's that begins there.
            Part::Code if found.is_none() && cities == 0 && is_house(page, to) => return None,
            Part::Code => {
                coded |= found.is_some() || cities == 0;
                found = Some(to);
            }
            Part::End => {
                found = Some(to);
                cities = 0;
            }
            Part::Small => {}
            Part::Name => {
                cities += 1;
                // After a postal code stands its city.
                let coded = found.is_some() && cities <= 2;
                if coded && page.slice(at, from).chars().all(|c| c == ' ') {
                    found = Some(to);
                }
            }
        }
        at = to;
    }
    found.map(|end| Place { end, coded })
}

/// A small word between two of a city, `Ostrov nad Ohří`; or a state in small letters between a comma and a postal code, `ulm, il 62704`.
fn written_small(page: &Page<'_>, at: usize, from: usize, cities: usize) -> Option<(Part, usize)> {
    let end = page.ahead_while(from, 6, |c| c.is_alphabetic());
    let word = page.slice(from, end);
    if cities > 0 && from == at + 1 && page.byte(end) == Some(b' ') && SMALL_WORDS.has(word) {
        return page.after(end + 1).filter(|c| c.is_uppercase()).map(|_| (Part::Small, end));
    }
    let code = next_part(page, end);
    let state = matches!(word.len(), 2 | 3) && code > end && page.slice(at, from).contains([',', '\n']);
    (state && postal_code(page, code).is_some()).then_some((Part::End, end))
}

/// Whether capitalized words and another number follow on the line: what seemed a postal code is a number before a street.
fn is_house(page: &Page<'_>, end: usize) -> bool {
    let names = page.ahead_while(end, 2 * LONGEST_WORD, |c| c == ' ' || c.is_alphabetic() || c == '.');
    names > end + 2 && page.byte_before(names) == Some(b' ') && page.byte(names).is_some_and(|b| b.is_ascii_digit())
}

/// What begins at `at` and where it ends.
fn part(page: &Page<'_>, at: usize) -> Option<(Part, usize)> {
    let first = page.after(at)?;
    if first.is_ascii_digit() {
        return postal_code(page, at).map(|end| (Part::Code, end));
    }
    if first == '(' {
        let close = page.ahead_while(at + 1, LONGEST_WORD, char::is_alphabetic);
        return (page.byte(close) == Some(b')')).then_some((Part::Name, close + 1));
    }
    if !first.is_uppercase() {
        return None;
    }
    let end = page.ahead_while(at, LONGEST_WORD, |c| c.is_alphanumeric() || matches!(c, '\'' | '’' | '-'));
    let word = page.slice(at, end);
    let dotted = end + usize::from(page.byte(end) == Some(b'.') && word.chars().count() <= 2);
    if !page.ends_word(end) || NOT_PLACES.has(word) {
        return None;
    }
    if word.bytes().any(|b| b.is_ascii_digit()) {
        return lettered_code(page, at, end).map(|end| (Part::Code, end));
    }
    // "CO 80201", "SP", but not the "A" of a sentence.
    let capitals = |word: &str| word.bytes().all(|b| b.is_ascii_uppercase());
    if word.len() == 2 && capitals(word) && page.before(at) != Some('-') || ENDS.has(word) {
        return Some((Part::End, end));
    }
    Some((Part::Name, dotted))
}

/// The end of a postal code of digits: `10115`, `394 13`, `3610-114`, `94105-1234`, `7412 SL`.
fn postal_code(page: &Page<'_>, at: usize) -> Option<usize> {
    let digits = |from: usize| page.ahead_while(from, 7, |c| c.is_ascii_digit());
    let mut end = digits(at);
    let length = end - at;
    if !(3..=6).contains(&length) {
        return None;
    }
    let more = digits(end + 1);
    match (page.byte(end), length, more.saturating_sub(end + 1)) {
        (Some(b'-'), 5, 4 | 3) | (Some(b'-'), 4, 3 | 4) | (Some(b' '), 3, 2) => end = more,
        _ => {
            let letters = page.slice(end, (end + 3).min(page.text().len()));
            let dutch = length == 4 && letters.starts_with(' ') && letters.len() == 3;
            if dutch && letters.bytes().skip(1).all(|b| b.is_ascii_uppercase()) && page.ends_word(end + 3) {
                end += 3;
            }
        }
    }
    let goes_on = matches!(page.byte(end), Some(b'-' | b':' | b'/' | b'.' | b',' | b'%'))
        && page.byte(end + 1).is_some_and(|b| b.is_ascii_digit());
    // More digits after a space make it a telephone number or the like.
    let grouped = page.byte(end) == Some(b' ') && page.byte(end + 1).is_some_and(|b| b.is_ascii_digit());
    (page.ends_word(end) && !goes_on && !grouped).then_some(end)
}

/// The end of a postal code with letters in one or two words: `SW1A 1AA`, `K1A 0B1`, `D-10115`, `LV-1010`.
fn lettered_code(page: &Page<'_>, at: usize, end: usize) -> Option<usize> {
    let word = page.slice(at, end);
    if let Some((country, code)) = word.split_once('-') {
        let right = country.len() <= 3 && (4..=6).contains(&code.len()) && code.bytes().all(|b| b.is_ascii_digit());
        return right.then_some(end);
    }
    let second = page.ahead_while(end + 1, 4, |c| c.is_ascii_uppercase() || c.is_ascii_digit());
    let inward = page.slice(end + 1, second);
    let two = (2..=4).contains(&word.len())
        && page.byte(end) == Some(b' ')
        && inward.len() == 3
        && inward.starts_with(|c: char| c.is_ascii_digit())
        && page.ends_word(second);
    two.then_some(second)
}

/// The start of the address whose street starts at `start`: with a number and a unit that stand directly before. Not before `floor`.
pub(super) fn leading(page: &Page<'_>, start: usize, floor: usize) -> usize {
    let Some(mut first) = start.checked_sub(1).filter(|gap| page.byte(*gap) == Some(b' ')).map(|_| start) else {
        return start;
    };
    // A house number may stand before a name that has a number of its own: "86036 Rua do Arenque 1634".
    let digits = page.back_while(first - 1, 6, |c| c.is_ascii_digit());
    let number = Span::new(digits, first - 1);
    let free = page.starts_word(digits)
        && !matches!(page.byte_before(digits), Some(b'.' | b',' | b'-' | b'/' | b'$' | b'#' | b':'));
    let starts_with_digit = page.byte(start).is_some_and(|b| b.is_ascii_digit());
    let year = super::street::is_year(page, number);
    if number.len() > 0 && number.len() <= 5 && free && !year && !(starts_with_digit && number.len() < 3) {
        first = digits;
    }
    if let Some(end) = first.checked_sub(1).filter(|gap| page.byte(*gap) == Some(b' ')) {
        let word = page.back_while(end, 8, |c| c.is_ascii_alphanumeric());
        let unit_start = page.back_while(word.saturating_sub(1), 10, |c| c.is_alphabetic() || c == '.');
        if unit_start >= floor && unit(page, unit_start) == Some(end) && page.starts_word(unit_start) {
            first = unit_start;
        }
    }
    first.max(floor)
}
