//! What stands after a street: units, city, state, country and postal code, also on the next lines.
//! Cities are taken only when a state, a country or a postal code ends them: a street alone does not make the next words a place.

use super::units::{addition, colombian, units};
use super::words::{ENDS, NOT_PLACES, SMALL_WORDS};
use crate::recognize::Page;
use crate::recognize::list::is_letter;

/// The most words from the street to the end of the address.
const MOST_WORDS: usize = 12;
/// The longest word of a city, in characters.
const LONGEST_WORD: usize = 24;
/// The longest abbreviation of a street before its dot, in letters.
const LONGEST_SHORT: usize = 4;
/// The most parts that tell floor, stair and door.
const MOST_DOORS: usize = 5;
/// The longest of them, in bytes.
const LONGEST_DOOR: usize = 4;
/// The most spaces that indent the next line.
const INDENT: usize = 20;

/// Where the next part of an address begins: after a comma or a raised dot, spaces, at most one new line (or an empty one), and marks of a quotation.
pub(super) fn next_part(page: &Page<'_>, end: usize) -> usize {
    // Nearly always a word of the same line.
    match page.bytes_at(end) {
        [b' ', next, ..] if next.is_ascii_alphanumeric() => return end + 1,
        [b',', b' ', next, ..] if next.is_ascii_alphanumeric() => return end + 2,
        _ => {}
    }
    let spaced = usize::from(page.byte(end) == Some(b' ') && matches!(page.byte(end + 1), Some(b',' | b'-')));
    let mut at = end + spaced;
    // "Hauptstr. 5 · 10115 Berlin" and "Hauptstr. 5 | 10115 Berlin", at the foot of letters.
    if let (Some(b' '), Some(b'|' | 0xc2 | 0xe2)) = (page.byte(end), page.byte(end + 1))
        && let Some(dot) = ["· ", "• ", "| "].iter().find(|dot| page.has_at(end + 1, dot))
        && (page.byte(end + 1) != Some(b'|') || page.byte(end + 3).is_some_and(|byte| byte.is_ascii_digit()))
    {
        return end + 1 + dot.len();
    }
    at += usize::from(page.byte(at) == Some(b',') || spaced == 1 && page.byte(at + 1) == Some(b' '));
    at = page.ahead_while(at, 4, |c| matches!(c, ' ' | '\r'));
    if page.byte(at) == Some(b'\n') {
        at = page.ahead_while(at, 2, |c| c == '\n');
        at = page.ahead_while(at, INDENT, |c| matches!(c, ' ' | '\t' | '>' | '|' | '*' | '#' | '?' | ','));
    }
    at
}

/// The end of the address whose street ends at `end`.
pub(super) fn trailing(page: &Page<'_>, end: usize) -> usize {
    if !matches!(page.byte(end), Some(b',' | b' ' | b'\n' | b'.' | b'\r')) {
        return end;
    }
    let end = addition(page, colombian(page, end));
    let dot = usize::from(page.byte(end) == Some(b'.') && matches!(page.byte(end + 1), Some(b' ' | b'\n')));
    let with_units = units(page, end).or_else(|| if dot > 0 { units(page, end + dot) } else { None }).unwrap_or(end);
    let dot = usize::from(with_units == end) * dot;
    let place = place(page, with_units).or_else(|| if dot > 0 { past_dot(page, with_units) } else { None });
    place.map(|place| place.end).or_else(|| past_doors(page, with_units)).unwrap_or(with_units)
}

/// What stands behind a full stop: it ends an abbreviation, or a sentence, where only a postal code goes on with the address.
fn past_dot(page: &Page<'_>, dot: usize) -> Option<Place> {
    let is_short = page.alphabetic_before(dot, LONGEST_SHORT + 1) <= LONGEST_SHORT;
    place(page, dot + 1).filter(|place| is_short || place.coded)
}

/// The end of a postal code with its city that stands behind floor, stair and door in short, `6º A-Sur. 33405 Salinas`,
/// `bl. 9, kl. C, 31-610 Kraków`, or behind a full stop.
fn past_doors(page: &Page<'_>, end: usize) -> Option<usize> {
    let mut at = end;
    for _ in 0..MOST_DOORS {
        let start = page.ahead_while(at, 3, |c| matches!(c, ' ' | ',' | '.' | '-'));
        if start == at {
            return None;
        }
        if let Some(code) = postal_code(page, start).filter(|code| code - start >= 5 && !is_house(page, *code)) {
            let gap = page.ahead_while(code, 3, |c| matches!(c, ' ' | ',' | '.' | '-'));
            let city = page.after(gap).filter(|c| gap > code && c.is_uppercase());
            return city.map(|_| place(page, start).map_or(code, |place| place.end.max(code)));
        }
        at = page.ahead_while(start, LONGEST_DOOR + 1, |c| c.is_alphanumeric() || matches!(c, 'º' | 'ª' | '°'));
        if at == start || page.slice(start, at).chars().count() > LONGEST_DOOR {
            return None;
        }
    }
    None
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
    /// Whether a postal code stands where it does in addresses: before a city, or after a state or country.
    pub(super) coded: bool,
}

/// City, state, country and postal code after `end`; none when nothing ends them.
pub(super) fn place(page: &Page<'_>, end: usize) -> Option<Place> {
    let end = after_in(page, end);
    let (mut at, mut found, mut coded) = (end, None, false);
    let mut code = None;
    let mut cities = 0;
    for _ in 0..MOST_WORDS {
        let from = next_part(page, at);
        // An empty line ends what is whole.
        if from == at && at != end || found.is_some() && page.slice(at, from).contains("\n\n") {
            break;
        }
        let Some((part, to)) = part(page, from).or_else(|| written_small(page, at, from, cities)) else { break };
        match part {
            // "62314 Mellemvej 32": the number is a street's that begins there.
            Part::Code if found.is_none() && cities == 0 && is_house(page, to) => return None,
            Part::Code => {
                coded |= found.is_some();
                (found, code) = (Some(to), Some(to));
            }
            Part::End => {
                found = Some(to);
                cities = 0;
            }
            Part::Small => {}
            Part::Name => {
                cities += 1;
                // After a postal code stands its city.
                let follows = found.is_some() && cities <= 2;
                if follows && page.slice(at, from).chars().all(|c| c == ' ') {
                    coded |= code == Some(at);
                    found = Some(to);
                }
            }
        }
        at = to;
    }
    found.map(|end| Place { end, coded })
}

/// Past `in` between a street and a postal code: `Gartenweg 3 in 4522 Oberwil`.
fn after_in(page: &Page<'_>, end: usize) -> usize {
    if page.byte(end) != Some(b' ') || !matches!(page.byte(end + 1), Some(b'i' | b'e' | b'w' | 0xc3)) {
        return end;
    }
    let word = [" in ", " à ", " en ", " em ", " i ", " w "].iter().find(|word| page.has_at(end, word));
    let at = word.map_or(end, |word| end + word.len());
    if page.byte(at).is_some_and(|b| b.is_ascii_digit()) { at } else { end }
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
    // "51062 Bernburg. Telefon 030": a sentence ended between.
    let line = page.slice(end, names);
    let word = |at: usize| line.get(..at).and_then(|head| head.rsplit(' ').next());
    let ended = line.match_indices(". ").any(|(at, _)| word(at).is_some_and(|word| word.chars().count() > 4));
    !ended
        && names > end + 2
        && page.byte_before(names) == Some(b' ')
        && page.byte(names).is_some_and(|b| b.is_ascii_digit())
}

/// The end of the word at `at`: letters, digits, apostrophes and hyphens. Most are of ASCII and need no decoding.
fn word_end(page: &Page<'_>, at: usize) -> usize {
    let mut count = page.word_after(at, LONGEST_WORD);
    while count < LONGEST_WORD && matches!(page.byte(at + count), Some(b'\'' | b'-')) {
        count += 1 + page.word_after(at + count + 1, LONGEST_WORD);
    }
    if count >= LONGEST_WORD || page.byte(at + count).is_none_or(|byte| byte.is_ascii()) {
        return at + count.min(LONGEST_WORD);
    }
    page.ahead_while(at, LONGEST_WORD, |c| is_letter(c) || matches!(c, '\'' | '’' | '-') || c.is_numeric())
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
    let end = word_end(page, at);
    let word = page.slice(at, end);
    let dotted = end + usize::from(page.byte(end) == Some(b'.') && word.chars().count() <= 2);
    if !page.ends_word(end) || NOT_PLACES.has(word) {
        return None;
    }
    if page.has_digit(at, word.len()) {
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
    let digits = |from: usize| page.ahead_while(from, 9, |c| c.is_ascii_digit());
    let mut end = digits(at);
    let length = end - at;
    // Brazil's eight digits only with a city.
    let city = || page.byte(end) == Some(b' ') && page.after(end + 1).is_some_and(char::is_alphabetic);
    // "33-810" is Polish.
    let polish = length == 2 && page.byte(end) == Some(b'-') && digits(end + 1) == end + 4;
    let known = (3..=6).contains(&length) || polish || length == 8 && city();
    if !known {
        return None;
    }
    let more = digits(end + 1);
    match (page.byte(end), length, more.saturating_sub(end + 1)) {
        (Some(b'-'), 5, 4 | 3) | (Some(b'-'), 4, 3 | 4) | (Some(b'-'), 2, 3) | (Some(b' '), 3, 2) => end = more,
        _ => {
            // "7412 SL", "7412SL".
            let space = usize::from(page.byte(end) == Some(b' '));
            let letters = page.ahead_while(end + space, 3, |c| c.is_ascii_uppercase());
            if length == 4 && letters == end + space + 2 && page.ends_word(letters) {
                end = letters;
            }
        }
    }
    // A dash of any sort and more digits make it a range.
    let dash = if page.byte(end) == Some(0xe2) { 3 } else { 1 };
    let goes_on = matches!(page.byte(end), Some(b'-' | b':' | b'/' | b'.' | b',' | b'%' | 0xe2))
        && page.byte(end + dash).is_some_and(|b| b.is_ascii_digit());
    // More digits after a space make it a telephone number or the like.
    let grouped = page.byte(end) == Some(b' ') && page.byte(end + 1).is_some_and(|b| b.is_ascii_digit());
    (page.ends_word(end) && !goes_on && !grouped).then_some(end)
}

/// The end of a postal code with letters in one or two words: `SW1A 1AA`, `K1A 0B1`, `K1A0B1`, `D69 44V5`, `D-10115`, `LV-1010`.
fn lettered_code(page: &Page<'_>, at: usize, end: usize) -> Option<usize> {
    let word = page.slice(at, end);
    if let Some((country, code)) = word.split_once('-') {
        let right = country.len() <= 3 && (4..=6).contains(&code.len()) && code.bytes().all(|b| b.is_ascii_digit());
        return right.then_some(end);
    }
    let letter = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_uppercase);
    let digit = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_digit);
    let bytes = word.as_bytes();
    let capitals = bytes.iter().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit());
    let joined = match bytes.len() {
        6 => (0..6).all(|at| if at % 2 == 0 { letter(bytes.get(at)) } else { digit(bytes.get(at)) }),
        7 => letter(bytes.first()) && digit(bytes.get(1)),
        _ => false,
    };
    if capitals && joined {
        return Some(end);
    }
    let second = page.ahead_while(end + 1, 5, |c| c.is_ascii_uppercase() || c.is_ascii_digit());
    let inward = page.slice(end + 1, second).as_bytes();
    let shape = match inward.len() {
        3 => digit(inward.first()) && letter(inward.get(1)),
        4 => bytes.len() == 3 && inward.iter().any(u8::is_ascii_digit),
        _ => false,
    };
    let two = (2..=4).contains(&bytes.len()) && capitals && shape && page.byte(end) == Some(b' ');
    (two && page.ends_word(second)).then_some(second)
}
