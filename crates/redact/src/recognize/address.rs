//! Street addresses: a house number beside a street's name, in the ways that the larger languages of Europe and the Americas write them, and
//! post office boxes. A street's name is told by the word for street; names without one need a place list, which is not here.

use super::{Page, Recognizer};
use crate::finding::{Finding, Span, SpanText as _};
use crate::kind::Kind;

/// How far from its number a street's name is read, in bytes.
const REACH: usize = 56;
/// The most words of a street's name.
const MOST_WORDS: usize = 6;

/// Last words of a street after its number: `12 Main Street`.
const AFTER_NUMBER: [&str; 46] = [
    "street",
    "st",
    "avenue",
    "ave",
    "road",
    "rd",
    "boulevard",
    "blvd",
    "lane",
    "ln",
    "drive",
    "dr",
    "court",
    "ct",
    "place",
    "pl",
    "square",
    "sq",
    "terrace",
    "way",
    "parkway",
    "pkwy",
    "highway",
    "hwy",
    "circle",
    "cir",
    "trail",
    "crescent",
    "close",
    "gardens",
    "grove",
    "mews",
    "walk",
    "row",
    "alley",
    "plaza",
    "broadway",
    "streets",
    "squares",
    "avenues",
    "roads",
    "expressway",
    "loop",
    "ridge",
    "hill",
    "heights",
];
/// First words of a street after its number: `12 rue de Rivoli`.
const FRENCH: [&str; 9] = ["rue", "avenue", "boulevard", "place", "chemin", "quai", "allée", "impasse", "cours"];
/// First words of a street before its number: `Via Roma 12`.
const BEFORE_NUMBER: [&str; 23] = [
    "via",
    "viale",
    "piazza",
    "corso",
    "calle",
    "avenida",
    "paseo",
    "plaza",
    "rua",
    "travessa",
    "praça",
    "ulica",
    "ul",
    "rue",
    "avenue",
    "carrer",
    "strada",
    "largo",
    "carretera",
    "camino",
    "aleja",
    "ulitsa",
    "bulevardul",
];
/// Endings of a street's last word before its number: `Hauptstraße 12`.
const ENDINGS: [&str; 42] = [
    "straße",
    "strasse",
    "str.",
    "weg",
    "gasse",
    "platz",
    "allee",
    "ufer",
    "damm",
    "ring",
    "straat",
    "laan",
    "plein",
    "gracht",
    "kade",
    "gatan",
    "gata",
    "gate",
    "vägen",
    "veien",
    "vegen",
    "vej",
    "gade",
    "stien",
    "katu",
    "kuja",
    "tie",
    "polku",
    "utca",
    "út",
    "tér",
    "tere",
    "náměstí",
    "ulice",
    "tee",
    "tänav",
    "iela",
    "gatvė",
    "stræti",
    "braut",
    "bundesstrasse",
    "πλατεία",
];
/// Such words that stand alone: `Rákóczi út 7.`.
const ALONE: [&str; 10] = ["utca", "út", "tér", "u.", "ul.", "str.", "tee", "straße", "strasse", "weg"];
/// Words of the language that end like a street.
const NOT_STREETS: [&str; 14] = [
    "during",
    "string",
    "spring",
    "bring",
    "ring",
    "offering",
    "interstate",
    "delegate",
    "necktie",
    "investigate",
    "aggregate",
    "navigate",
    "scoring",
    "gate",
];

/// Recognizes street addresses.
pub struct Address;

impl Recognizer for Address {
    fn kinds(&self) -> &'static [Kind] {
        &[Kind::StreetAddress]
    }

    fn find(&self, page: &Page<'_>, findings: &mut Vec<Finding>) {
        for run in page.digit_runs().iter().filter(|run| run.len() <= 6) {
            if !page.starts_word(run.start) {
                continue;
            }
            let span = after_number(page, *run).or_else(|| before_number(page, *run)).or_else(|| post_box(page, *run));
            let reserved = |span: &Span| span.of(page.text()).contains("Example ");
            findings
                .extend(span.filter(|span| !reserved(span)).map(|span| Finding::new(Kind::StreetAddress, span, 0.75)));
        }
    }
}

/// `12 Main Street`, `12-14 Main St Apt 3`, `12 rue de Rivoli`.
fn after_number(page: &Page<'_>, run: Span) -> Option<Span> {
    let letter = page.after(run.end).filter(|c| c.is_ascii_alphabetic());
    let number_end = run.end + usize::from(letter.is_some());
    let comma = usize::from(page.byte(number_end) == Some(b','));
    let name = number_end + comma + 1;
    if page.byte(number_end + comma) != Some(b' ')
        || !page.after(name).is_some_and(|c| c.is_alphanumeric())
        || matches!(page.byte_before(run.start), Some(b'.' | b'$' | b'#' | b'/' | b'-' | b':'))
    {
        return None;
    }
    let small = page.after(name).is_some_and(char::is_lowercase);
    if small && !FRENCH.iter().any(|first| page.has_at(name, first)) {
        return None;
    }
    let tail = page.slice(name, page.ahead_while(name, REACH, |c| !matches!(c, '\n' | ',' | ';' | '(' | '?' | '!')));
    let mut end = name;
    for (number, word) in tail.split(' ').take(MOST_WORDS).enumerate() {
        let plain = word.trim_end_matches('.');
        let lower = plain.to_lowercase();
        if number == 0 && FRENCH.contains(&lower.as_str()) {
            return french(page, run.start, name, tail);
        }
        end += usize::from(number > 0) + word.len();
        if number > 0
            && AFTER_NUMBER.contains(&lower.as_str())
            && (plain.starts_with(char::is_uppercase) || lower.len() > 3)
        {
            let end = if lower.len() <= 4 { end } else { end - (word.len() - plain.len()) };
            return Some(Span::new(run.start, unit_end(page, end)));
        }
        let named = plain.starts_with(|c: char| c.is_uppercase() || c.is_ascii_digit())
            || number > 0 && matches!(lower.as_str(), "the" | "of" | "and");
        if !named || word.ends_with('.') && lower.len() > 3 {
            return None;
        }
    }
    None
}

/// `12 rue de Rivoli`: to the last capitalized word.
fn french(page: &Page<'_>, start: usize, name: usize, tail: &str) -> Option<Span> {
    let (mut at, mut end) = (name, None);
    for (number, word) in tail.split(' ').take(MOST_WORDS).enumerate() {
        at += usize::from(number > 0);
        let small = matches!(word, "de" | "du" | "des" | "la" | "le" | "les" | "et" | "l'" | "d'");
        let proper = word.contains(char::is_uppercase);
        if number > 0 && !small && !proper {
            break;
        }
        at += word.len();
        if number > 0 && proper {
            end = Some(at);
        }
    }
    let end = end?;
    let trimmed = page.slice(start, end).trim_end_matches(['.', ':']).len();
    Some(Span::new(start, start + trimmed))
}

/// `Apt 3`, `Suite 12`, `#4` after a street.
fn unit_end(page: &Page<'_>, end: usize) -> usize {
    let rest = page.context_after(end, 12);
    let marks = [
        ", apt. ",
        ", apt ",
        " apt. ",
        " apt ",
        ", suite ",
        " suite ",
        ", unit ",
        " unit ",
        " #",
        ", #",
        ", floor ",
        "\n suite ",
        " ste ",
    ];
    let Some(mark) = marks.iter().find(|mark| rest.starts_with(**mark)) else { return end };
    let unit = page.ahead_while(end + mark.len(), 6, |c| c.is_ascii_alphanumeric());
    let digit = page.slice(end + mark.len(), unit).contains(|c: char| c.is_ascii_digit());
    if digit { unit } else { end }
}

/// `Hauptstraße 12`, `Via Roma 12`, `Rákóczi út 7.`.
fn before_number(page: &Page<'_>, run: Span) -> Option<Span> {
    let gap = page.byte_before(run.start)?;
    let last_end = run.start
        - usize::from(matches!(gap, b' '))
        - usize::from(gap == b' ' && page.slice(0, run.start).ends_with(", "));
    if gap != b' ' || run.len() > 5 || !page.before(last_end).is_some_and(|c| c.is_alphabetic() || c == '.') {
        return None;
    }
    let last = page.back_while(last_end, 24, |c| !c.is_whitespace());
    let last = page.slice(last, last_end);
    if !last.starts_with(char::is_uppercase) && !ALONE.contains(&last) {
        return None;
    }
    let line = page.back_while(last_end, REACH, |c| !matches!(c, '\n' | ',' | ';' | ':' | '(' | '?' | '!'));
    let head = page.slice(line, last_end);
    let mut start = last_end;
    for (number, word) in head.rsplit(' ').take(MOST_WORDS - 1).enumerate() {
        start -= word.len();
        let lower = word.to_lowercase();
        let proper = word.starts_with(char::is_uppercase);
        let ending = number == 0
            && proper
            && ENDINGS.iter().any(|end| lower.ends_with(end) && lower.chars().count() > end.chars().count() + 1)
            && !NOT_STREETS.contains(&lower.as_str());
        let first = number > 0 && BEFORE_NUMBER.contains(&lower.trim_end_matches('.'));
        if ending || first {
            let end = run.end
                + usize::from(
                    page.after(run.end).is_some_and(|c| c.is_ascii_alphabetic()) && page.ends_word(run.end + 1),
                );
            return page.ends_word(end).then(|| Span::new(start, end));
        }
        if number == 0 && ALONE.contains(&lower.as_str()) {
            let name = page.back_while(start.saturating_sub(1), 24, |c| c.is_alphabetic() || c == '-');
            let whole = page.after(name).is_some_and(char::is_uppercase);
            return whole.then(|| Span::new(name, run.end));
        }
        let goes_on = proper
            || matches!(
                lower.as_str(),
                "de" | "do"
                    | "da"
                    | "dos"
                    | "del"
                    | "della"
                    | "dei"
                    | "la"
                    | "el"
                    | "las"
                    | "los"
                    | "di"
                    | "von"
                    | "der"
            );
        if !goes_on {
            return None;
        }
        start = start.saturating_sub(1);
    }
    None
}

/// `P.O. Box 123`, `Postfach 12`.
fn post_box(page: &Page<'_>, run: Span) -> Option<Span> {
    let boxes = [
        "p.o. box ",
        "po box ",
        "p. o. box ",
        "p.o.box ",
        "postfach ",
        "postbus ",
        "apartado ",
        "casilla ",
        "boîte postale ",
        "box ",
    ];
    let mark = boxes.iter().find(|mark| page.has_before(run.start, mark))?;
    let start = run.start.checked_sub(mark.len())?;
    let capital = page.after(start).is_some_and(char::is_uppercase)
        && (*mark != "box "
            || page.slice(0, start).ends_with(", ")
            || page.slice(0, start).ends_with(|c: char| c.is_ascii_digit() || c == ' '));
    (capital && (*mark != "box " || run.len() >= 3) && page.ends_word(run.end)).then(|| Span::new(start, run.end))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::recognize::check;

    #[test]
    fn finds() {
        check(
            &Address,
            Kind::StreetAddress,
            &[
                "at {12 Main Street}, Springfield",
                "I live at {1668 Glyn St.}",
                "{221B Baker Street} now",
                "{12 rue de Rivoli} à Paris",
                "in der {Hauptstraße 12a}, Ulm",
                "{Via Franscini 71}",
                "{Rua do Arenque 1634}",
                "{Erzsébet tér 19}.",
                "{Puruntie 82}, {Harjukuja 54}",
                "mail to {P.O. Box 1234}",
                "{450 W 33rd Street, Apt 5B} ok",
            ],
        );
    }

    #[test]
    fn leaves() {
        check(
            &Address,
            Kind::StreetAddress,
            &[
                "in 2019 the Main Street was closed",
                "12 people on the street",
                "version 3 Street",
                "Spring 2019, String 12, During 2018",
                "chapter 12 Drive safely",
                "12 Example Street",
                "box 3",
            ],
        );
    }
}
