//! Streets that nothing in their name tells: a number beside capitalized words is one beside a unit (`Allika 46, Apt. 5`), beside a postal
//! code with its city (`Edeby 55, 14592 Tystberga`), and after words such as "lives at". Also corners of streets.

use super::announce::announced;
use super::line::{name_start, name_stop};
use super::street::{is_connector, is_of_street, is_year, name_end, number_end};
use super::tail::place;
use super::units::{lead, unit, units};
use super::words::{ADDRESSES, ENDS, NOT_NUMBERED, UNITS};
use crate::finding::{Span, SpanText as _};
use crate::recognize::Page;
use crate::recognize::dates::is_month;
use crate::recognize::marks::Marks;

/// The most words of a street's name.
const MOST_WORDS: usize = 4;

/// The longest name of a state, in letters.
const LONGEST_STATE: usize = 16;
/// The states of the United States and their capital, as mail writes them.
const STATES: [&str; 51] = [
    "AK", "AL", "AR", "AZ", "CA", "CO", "CT", "DC", "DE", "FL", "GA", "HI", "IA", "ID", "IL", "IN", "KS", "KY", "LA",
    "MA", "MD", "ME", "MI", "MN", "MO", "MS", "MT", "NC", "ND", "NE", "NH", "NJ", "NM", "NV", "NY", "OH", "OK", "OR",
    "PA", "RI", "SC", "SD", "TN", "TX", "UT", "VA", "VT", "WA", "WI", "WV", "WY",
];
/// The letters of countries before a postal code, of vehicles and of the Universal Postal Union.
const COUNTRIES: [&str; 25] = [
    "A", "AT", "B", "BE", "CH", "CZ", "D", "DE", "DK", "E", "EE", "ES", "F", "FI", "FL", "FR", "H", "HR", "I", "IT",
    "L", "LT", "LV", "N", "SI",
];

/// Units that are a part of an address wherever they stand, as they stand before their number.
static UNIT_MARKS: Marks<20> = Marks::new([
    "apt. ",
    "apt ",
    "apt.",
    "apt #",
    "apt. #",
    "apartment ",
    "apto. ",
    "apto ",
    "bldg. ",
    "bldg ",
    "depto. ",
    "dpto. ",
    "rm. ",
    "rm ",
    "ste. ",
    "ste ",
    "ste. #",
    "whg. ",
    "wohnung ",
    "кв. ",
]);

/// The street of which the run is the number, with its unit.
pub(super) fn at(page: &Page<'_>, run: Span) -> Option<Span> {
    if let Some(span) = lone_unit(page, run) {
        return Some(span);
    }
    let span = beside(page, run)?;
    // "04/07 Check #1088"
    let dated = span.start == run.start && run.len() == 2 && page.byte(run.end) == Some(b'/');
    let is_day = dated && page.word_after(run.end + 1, 3) == 2 && page.byte(span.end + 1) == Some(b'#');
    (!is_day && believed(page, span)).then_some(span)
}

/// The postal code after a city and its state: `San Francisco, CA 94105`, `Boston, MA, 02101`, `Plymouth, Massachusetts 02360`.
pub(super) fn after_state(page: &Page<'_>, run: Span) -> Option<Span> {
    let gap = run.start.checked_sub(1).filter(|gap| run.len() == 5 && page.byte(*gap) == Some(b' '))?;
    let end = gap - usize::from(page.byte_before(gap) == Some(b','));
    let start = end - page.alphabetic_before(end, LONGEST_STATE).min(LONGEST_STATE);
    let state = page.slice(start, end);
    let known = STATES.contains(&state) || state.len() > 3 && state.starts_with(char::is_uppercase) && ENDS.has(state);
    let city = start.checked_sub(2).filter(|comma| page.has_at(*comma, ", "));
    let follows = city.is_some_and(|city| page.slice(name_start(page, city), city).starts_with(char::is_uppercase));
    let long = page.ahead_while(run.end + 1, 5, |c| c.is_ascii_digit());
    let end = if page.byte(run.end) == Some(b'-') && long == run.end + 5 { long } else { run.end };
    (known && follows && page.ends_word(end)).then(|| Span::new(run.start, end))
}

/// `Apt. 595` where no street stands before it.
fn lone_unit(page: &Page<'_>, run: Span) -> Option<Span> {
    let start = run.start - UNIT_MARKS.before(page, run.start)?.len();
    let capital = page.after(start).is_some_and(char::is_uppercase);
    let end = unit(page, start).filter(|end| *end >= run.end)?;
    (capital && page.starts_word(start)).then(|| Span::new(start, end))
}

/// A postal code behind the letters of its country, with its city: `A-9580 Villach`, `D-10115 Berlin`. The run is its digits.
pub(super) fn coded_city(page: &Page<'_>, run: Span) -> Option<Span> {
    let letters = page.back_while(run.start - 1, 3, |c| c.is_ascii_uppercase());
    let known = COUNTRIES.contains(&page.slice(letters, run.start - 1)) && page.starts_word(letters);
    let free = !matches!(page.before(letters), Some('-' | '/' | '.' | '#'));
    let city = page.ahead_while(run.end, 1, |c| matches!(c, ' ' | '-'));
    let name = name_stop(page, city);
    let named = name >= city + 3 && page.after(city).is_some_and(char::is_uppercase);
    let small = page.slice(city, name).chars().any(char::is_lowercase);
    (known && free && city > run.end && named && small).then(|| Span::new(letters, run.end))
}

/// The number with the capitalized words after it, or before it.
fn beside(page: &Page<'_>, run: Span) -> Option<Span> {
    let free = !matches!(page.byte_before(run.start), Some(b'.' | b'$' | b'#' | b'/' | b'-' | b':' | b','));
    if run.len() > 5 {
        return None;
    }
    if !free {
        return signed(page, run);
    }
    let end = number_end(page, run);
    let gap = run.start.checked_sub(1).filter(|gap| page.byte(*gap) == Some(b' '));
    let before = gap.map_or(run.start, |gap| names_before(page, gap));
    if let Some(name) = gap.map(|gap| page.slice(before, gap)).filter(|name| !name.is_empty()) {
        let last = name.rsplit(' ').next().unwrap_or_default();
        if run.len() <= 2 && is_month(last.trim_end_matches('.')) || NOT_NUMBERED.has(name) || UNITS.has(name) {
            return None;
        }
        // "ALT 49, CK 123": what a laboratory measured.
        if name.len() <= 5 && name.bytes().all(|byte| byte.is_ascii_uppercase() || byte == b'-') {
            return None;
        }
        return (page.ends_word(end) && !is_year(page, run)).then(|| Span::new(before, end));
    }
    let Some(after) = names_after(page, end) else {
        return signed(page, run).or_else(|| comma_first(page, run, end));
    };
    // "6750 Koskikatu 25": the second number belongs to it.
    let number = page.ahead_while(after + 1, 5, |c| c.is_ascii_digit());
    let second = page.byte(after) == Some(b' ') && number > after + 1 && page.ends_word(number);
    (second || !is_year(page, run)).then(|| Span::new(run.start, if second { number } else { after }))
}

/// `Lagoa Dias, 1`, `Lale Sitesi No:5`: a comma or a sign stands between the name and the number.
fn signed(page: &Page<'_>, run: Span) -> Option<Span> {
    // Nearly always a letter and a space stand before.
    let last = || page.byte_before(run.start - 1).is_some_and(|b| b.is_ascii_alphanumeric() && b != b'r' && b != b'o');
    if page.byte_before(run.start)? == b' ' && last() {
        return None;
    }
    let name = name_end(page, run).filter(|end| end + 1 < run.start)?;
    let start = names_before(page, name);
    let end = number_end(page, run);
    let named = start < name && !NOT_NUMBERED.has(page.slice(start, name)) && page.ends_word(end);
    (named && !is_year(page, run)).then(|| Span::new(start, end))
}

/// `20/852, Ray Ganj`: a comma stands between the number and the name.
fn comma_first(page: &Page<'_>, run: Span, end: usize) -> Option<Span> {
    if page.byte(end) != Some(b',') || page.byte(end + 1) != Some(b' ') || is_year(page, run) {
        return None;
    }
    names_after(page, end + 1).map(|after| Span::new(run.start, after))
}

/// The start of the capitalized words directly before `at`.
fn names_before(page: &Page<'_>, at: usize) -> usize {
    let mut start = at;
    for number in 0..MOST_WORDS {
        let gap = || start.checked_sub(1).filter(|gap| page.byte(*gap) == Some(b' '));
        let Some(end) = (if number == 0 { Some(at) } else { gap() }) else { break };
        if !page.byte_before(end).is_some_and(|byte| byte >= 0x80 || byte.is_ascii_alphabetic() || byte == b'.') {
            break;
        }
        let word = name_start(page, end);
        let text = page.slice(word, end).trim_start_matches('\'');
        let word = end - text.len();
        let ends = text.ends_with('.') && text.chars().count() > 3;
        let named = text.starts_with(char::is_uppercase) || number > 0 && is_connector(text);
        if text.is_empty() || !named || ends || !page.starts_word(word) {
            break;
        }
        start = word;
    }
    if start == at {
        return at;
    }
    // A name does not begin with a small word, nor with the word for address.
    let first = page
        .slice(start, at)
        .split(' ')
        .take_while(|word| is_connector(word) || ADDRESSES.has(word))
        .map(|word| word.len() + 1)
        .sum::<usize>();
    start + first
}

/// The end of the capitalized words directly after `at`.
fn names_after(page: &Page<'_>, at: usize) -> Option<usize> {
    let mut end = at;
    for number in 0..MOST_WORDS {
        let capital = page.byte(end + 1).is_some_and(|byte| byte >= 0x80 || byte.is_ascii_uppercase());
        if page.byte(end) != Some(b' ') || number == 0 && !capital {
            break;
        }
        let word = name_stop(page, end + 1);
        let text = page.slice(end + 1, word);
        let named = text.starts_with(char::is_uppercase) || number > 0 && is_connector(text);
        if text.is_empty() || !named || unit(page, end + 1).is_some() {
            break;
        }
        end = word;
    }
    (end > at).then_some(end)
}

/// Whether what stands around makes the span an address.
fn believed(page: &Page<'_>, span: Span) -> bool {
    let end = span.end + usize::from(page.byte(span.end) == Some(b'.'));
    if units(page, end).is_some() {
        return true;
    }
    let start = lead(page, span.start);
    // "H.No. 45, Natt", "Plot No. 12, Park Colony": houses of India.
    let house = start.is_some_and(|start| page.slice(start, span.start).ends_with("No. "));
    house || apart(page, end) || announced(page, start.unwrap_or(span.start))
}

/// Whether a postal code with its city follows, after a comma or on the next line.
fn apart(page: &Page<'_>, end: usize) -> bool {
    matches!(page.byte(end), Some(b',' | b'\n' | b'\r')) && place(page, end).is_some_and(|place| place.coded)
}

/// Whether a street with a doubtful word, `581 Pamela View`, is told by a long number, by what stands around it, or because it fills a field.
pub(super) fn is_told(page: &Page<'_>, run: Span, span: Span) -> bool {
    let opens = matches!(page.byte_before(span.start), None | Some(b'\n' | b'"' | b'\'' | b'=' | b'>' | b'\t' | b'|'))
        || page.slice(0, span.start).ends_with("| ");
    let closes = matches!(page.byte(span.end), None | Some(b'\n' | b'\r' | b'"' | b'\'' | b'<' | b'\t' | b'|'))
        || page.has_at(span.end, " |");
    if page.has_before(run.start, "box ") {
        return false;
    }
    // A comma stands after the number of a flat, and after a year.
    let comma = page.slice(run.end, span.end).contains(',');
    let alone = (4..=5).contains(&run.len()) && !is_year(page, run) || opens && closes;
    // "0108 Shoulder and Neck"
    let joined = page.slice(run.end, span.end).contains(" and ");
    !comma && !joined && alone || lead(page, run.start).is_some() || believed(page, span)
}

/// `corner of Hollywood and Vine`: from the word to the end of the second name.
pub(super) fn corner(page: &Page<'_>, mark: Span) -> Option<Span> {
    let reach = page.ahead_while(mark.end, 80, |c| !matches!(c, '\n' | ',' | ';' | '?' | '!' | '('));
    let text = page.slice(mark.end, reach);
    let (first, rest) = text.split_once(" and ").or_else(|| text.split_once(" & "))?;
    let second: Vec<&str> = rest.split(' ').take(MOST_WORDS).collect();
    let capital = |word: &str| word.starts_with(|c: char| c.is_uppercase() || c.is_ascii_digit());
    let capitals = first.split(' ').count() <= MOST_WORDS + 2
        && capital(first)
        && second.first().is_some_and(|word| capital(word));
    let length = if capitals {
        second.iter().take_while(|word| capital(word) || is_of_street(word)).count()
    } else {
        let number = first.contains(|c: char| c.is_ascii_digit());
        let street = second
            .iter()
            .position(|word| is_of_street(word))
            .filter(|_| number || first.split(' ').any(is_of_street))?;
        street + 1
    };
    let words: usize = second.iter().take(length).map(|word| word.len() + 1).sum();
    let end = mark.end + first.len() + (text.len() - first.len() - rest.len()) + words.saturating_sub(1);
    let end = mark.start + page.slice(mark.start, end).trim_end_matches(['.', ':', ' ']).len();
    Some(Span::new(mark.start, end))
}
