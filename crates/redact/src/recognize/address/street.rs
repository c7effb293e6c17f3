//! Streets that a word for street tells: `12 Main Street`, `12 rue de Rivoli`, `Hauptstraße 12`, `Via Roma 12`, `Rákóczi út 7`.

use super::line::{WordsAfter, WordsBefore, word_before};
use super::weak;
use super::words::{
    ADDRESSES, AFTER_ER, ALONE_AFTER, ALONE_BEFORE, DOUBTFUL_LAST, ENDINGS, FIRST_AFTER, FIRST_BEFORE, HUNGARIAN, LAST,
    LOWER_FIRST, NOT_DRIVES, NOT_STREETS, SIGNED_BEFORE,
};
use crate::finding::{Span, SpanText as _};
use crate::recognize::Page;
use crate::recognize::dates::{is_like_year, is_month};
use crate::recognize::list::Folded;
use crate::recognize::marks::Marks;

/// The most words of a street's name.
const MOST_WORDS: usize = 6;
/// The longest word of a street's name, in characters.
const LONGEST_WORD: usize = 28;
/// What may stand between a street, with or without a comma, and its number.
static NUMBER_SIGNS: Marks<34> = Marks::new([
    " nr. ",
    " nr.",
    " nr ",
    " n. ",
    " n.",
    " n° ",
    " n°",
    " nº ",
    " nº",
    " n.º ",
    " núm. ",
    " num. ",
    " no. ",
    " no.",
    " no: ",
    " no:",
    " nro. ",
    " nro ",
    " numéro ",
    " número ",
    " numero ",
    " č. ",
    " č.p. ",
    " čp. ",
    " br. ",
    " № ",
    " №",
    " # ",
    " #",
    " д. ",
    " д.",
    " дом ",
    " буд. ",
    " буд.",
]);
/// Words before a number that make it a year.
const BEFORE_YEARS: [&str; 10] = ["in", "since", "by", "of", "until", "from", "the", "and", "before", "after"];

/// Small words with which names of streets begin: `Am Gartenweg`, `Van Goghlaan`.
const OPENING: [&str; 8] = ["Am", "Im", "Zum", "Zur", "Beim", "Van", "Alte", "Neue"];

/// Small words inside the names of streets.
pub(super) fn is_connector(word: &str) -> bool {
    matches!(
        word,
        "a" | "al"
            | "alla"
            | "and"
            | "aux"
            | "d'"
            | "da"
            | "das"
            | "de"
            | "degli"
            | "dei"
            | "del"
            | "della"
            | "delle"
            | "dem"
            | "den"
            | "der"
            | "des"
            | "di"
            | "do"
            | "dos"
            | "du"
            | "e"
            | "el"
            | "en"
            | "et"
            | "gen."
            | "het"
            | "ks."
            | "la"
            | "las"
            | "le"
            | "les"
            | "los"
            | "nad"
            | "of"
            | "pod"
            | "sur"
            | "the"
            | "van"
            | "von"
            | "y"
            | "z"
            | "św."
    )
}

/// Whether the number could be a year: a street then needs more than its word.
pub(super) fn is_year(page: &Page<'_>, run: Span) -> bool {
    is_like_year(run.of(page.text()))
}

/// The end of a house number: `12`, `12a`, `12-14`, `12/3`, `12/A`, `2J-16`.
#[inline]
pub(super) fn number_end(page: &Page<'_>, run: Span) -> usize {
    let lettered = |end: usize| {
        let letter = page.byte(end).is_some_and(|b| b.is_ascii_alphabetic()) && page.ends_word(end + 1);
        end + usize::from(letter)
    };
    // Most numbers are plain.
    if page.byte(run.end).is_none_or(|b| !b.is_ascii_alphabetic() && !matches!(b, b'-' | b'/')) {
        return run.end;
    }
    let mut end = lettered(run.end);
    // The third part is the short one of a flat: "446-008-5704" is no house.
    for most in [4, 3] {
        if !matches!(page.byte(end), Some(b'-' | b'/')) {
            break;
        }
        let more = page.ahead_while(end + 1, most + 1, |c| c.is_ascii_digit());
        let more = if (end + 2..=end + 1 + most).contains(&more) { more } else { end + 1 };
        let more = lettered(more);
        if more == end + 1 {
            break;
        }
        end = more;
    }
    end
}

/// Past `bis` or `ter` after a French number: `12 bis, rue de Rivoli`.
fn after_bis(page: &Page<'_>, end: usize) -> usize {
    let word =
        |from: usize| ["bis", "ter", "quater"].iter().find(|word| page.has_at(from, word)).map(|w| from + w.len());
    let spaced = match page.byte(end) {
        Some(b' ') => end + 1,
        Some(b'b' | b't' | b'B' | b'T') => end,
        _ => return end,
    };
    word(spaced).filter(|end| matches!(page.byte(*end), Some(b' ' | b','))).unwrap_or(end)
}

/// `12 Main Street`, `12-14 Main St`, `450 W 33rd Street`, `12 rue de Rivoli`, `1600 Broadway`.
pub(super) fn number_first(page: &Page<'_>, run: Span) -> Option<Span> {
    let end = after_bis(page, number_end(page, run));
    let name = match page.byte(end)? {
        b' ' => end + 1,
        b',' if page.byte(end + 1) == Some(b' ') => end + 2,
        _ => return None,
    };
    let first = page.after(name)?;
    if !first.is_alphanumeric() || matches!(page.byte_before(run.start), Some(b'.' | b'$' | b'#' | b'/' | b'-' | b':'))
    {
        return None;
    }
    let opens = FIRST_AFTER.begins(page.bytes_at(name)) && {
        let word = page.ahead_while(name, LONGEST_WORD, char::is_alphabetic);
        // "3 av Norges" is Norwegian, and "52 av. J.-C." a year.
        let short = word == name + 2 && page.has_at(name, "av");
        FIRST_AFTER.has(page.slice(name, word))
            && (!short || page.byte(word) == Some(b'.') && !page.has_at(word, ". j."))
    };
    if first.is_lowercase() && !opens {
        return None;
    }
    if is_year(page, run)
        && before_word(page, run.start).is_some_and(|word| BEFORE_YEARS.contains(&word.to_lowercase().as_str()))
    {
        return None;
    }
    let words = WordsAfter::of(page, name).take(MOST_WORDS);
    if opens {
        let (span, is_small) = french(page, run.start, name, words)?;
        return (!is_small || weak::is_told(page, run, span)).then_some(span);
    }
    english(page, run, name, words)
}

/// `Main Street` and the like from `name` on.
fn english<'t>(page: &Page<'t>, run: Span, name: usize, words: impl Iterator<Item = &'t str>) -> Option<Span> {
    let mut end = name;
    let (mut found, mut doubtful) = (None, false);
    let mut before = "";
    for (number, word) in words.enumerate() {
        let plain = word.trim_end_matches('.');
        end += usize::from(number > 0) + word.len();
        let capital = plain.starts_with(char::is_uppercase);
        let list = if number == 0 { &ALONE_AFTER } else { &LAST };
        let is_last = list.has(plain);
        let doubt = is_last && (number > 0 || !capital) && DOUBTFUL_LAST.has(plain);
        if is_last && (capital || plain.len() > 3 && !doubt) && is_street(page, before, word, end) {
            found = Some(end - if plain.len() > 4 { word.len() - plain.len() } else { 0 });
            doubtful = number > 0 && doubt;
        } else if found.is_some() && !doubtful {
            // "Park Avenue South", "Fourth Avenue SW".
            let side = matches!(
                plain,
                "N" | "S" | "E" | "W" | "NE" | "NW" | "SE" | "SW" | "North" | "South" | "East" | "West"
            );
            return found
                .map(|street| Span::new(run.start, if side { end - (word.len() - plain.len()) } else { street }));
        }
        // "On 14 May 1998 the court"
        if number == 1 && plain.len() == 4 && plain.bytes().all(|byte| byte.is_ascii_digit()) && is_month(before) {
            return None;
        }
        let named = capital || plain.starts_with(|c: char| c.is_ascii_digit()) || number > 0 && is_connector(plain);
        if !named || word.ends_with('.') && plain.len() > 3 {
            break;
        }
        before = plain;
    }
    let span = Span::new(run.start, found?);
    (!doubtful || weak::is_told(page, run, span)).then_some(span)
}

/// Whether a word for street that ends at `end` is one after `before`: "a 500 GB Drive" and "at 2 PM Dr. Smith" have none.
fn is_street(page: &Page<'_>, before: &str, word: &str, end: usize) -> bool {
    let plain = word.trim_end_matches('.');
    let is = |known: &str| plain.eq_ignore_ascii_case(known);
    if is("drive") || is("drives") {
        return !NOT_DRIVES.has(before);
    }
    if plain.len() == word.len() || !is("dr") && !is("st") {
        return true;
    }
    let next = page.after(end + 1).filter(|_| page.byte(end) == Some(b' '));
    !NOT_DRIVES.has(before) && (is("st") || !next.is_some_and(char::is_uppercase))
}

/// The word before `at`, in the same line.
fn before_word<'t>(page: &Page<'t>, at: usize) -> Option<&'t str> {
    let end = at.checked_sub(1).filter(|gap| page.byte(*gap) == Some(b' '))?;
    Some(page.slice(page.back_while(end, LONGEST_WORD, char::is_alphabetic), end))
}

/// `12 rue de Rivoli`: to the last capitalized word, and whether it is none: `12 rue des lilas`. Words that are also English need a small
/// word after them.
fn french<'t>(
    page: &Page<'t>,
    start: usize,
    name: usize,
    words: impl Iterator<Item = &'t str>,
) -> Option<(Span, bool)> {
    let (mut at, mut end) = (name, None);
    let (mut sure, mut is_small, mut follows_small) = (true, false, false);
    for (number, word) in words.enumerate() {
        at += usize::from(number > 0);
        let small = is_connector(word) || word.starts_with("d'") || word.starts_with("l'");
        let proper = word.contains(char::is_uppercase);
        if number == 0 {
            sure = !matches!(
                word,
                "Place"
                    | "Square"
                    | "Route"
                    | "Passage"
                    | "Cours"
                    | "Promenade"
                    | "Esplanade"
                    | "Traverse"
                    | "Villa"
                    | "Rang"
            );
        } else if number == 1 && !sure && !small {
            return None;
        } else if !small && !proper {
            // "rue des lilas"
            if follows_small && end.is_none() && word.chars().all(char::is_alphabetic) {
                (end, is_small) = (Some(at + word.len()), true);
            }
            break;
        }
        at += word.len();
        if number > 0 && proper {
            end = Some(at);
        }
        follows_small = number > 0 && small;
        if number > 0 && word.ends_with('.') {
            break;
        }
    }
    let trimmed = page.slice(start, end?).trim_end_matches(['.', ':']).len();
    Some((Span::new(start, start + trimmed), is_small))
}

/// Where the street's name ends before a number: directly, or before a sign for number.
pub(super) fn name_end(page: &Page<'_>, run: Span) -> Option<usize> {
    let direct = match page.byte_before(run.start)? {
        b' ' => run.start - 1,
        // "C/ Mayor,2", "Mayor ,2".
        b',' => {
            let name = page.back_while(run.start - 1, 1, |c| c == ' ');
            return page.before(name).is_some_and(char::is_alphabetic).then_some(name);
        }
        b'.' | b':' | b'#' | 0x80.. => run.start,
        _ => return None,
    };
    match page.byte_before(direct)? {
        b'.' | b',' | b'r' | b'o' | b'O' | b':' | b'#' | 0x80.. => {
            let end = match NUMBER_SIGNS.before(page, run.start) {
                Some(sign) => run.start - sign.len(),
                None if direct == run.start => return None,
                None => direct,
            };
            Some(end - usize::from(page.byte_before(end) == Some(b',')))
        }
        byte => (direct < run.start && byte.is_ascii_alphabetic()).then_some(direct),
    }
}

/// `Hauptstraße 12`, `Via Roma 12`, `Rákóczi út 7.`, `Potsdamer Platz 1`, `ul. Miła 53`, `Bağdat Caddesi No:5`.
pub(super) fn number_last(page: &Page<'_>, run: Span) -> Option<Span> {
    let last_end = name_end(page, run).filter(|_| run.len() <= 5)?;
    let last = word_before(page, last_end);
    if !last.starts_with(|c: char| c.is_uppercase() || c.is_ascii_digit()) && !ALONE_BEFORE.has(last) {
        return None;
    }
    let end = number_end(page, run);
    let whole = |start: usize| page.ends_word(end).then(|| Span::new(start, end));
    let signed = last_end + 1 != run.start;
    let mut start = last_end;
    let mut words = WordsBefore::of(page, last_end).take(MOST_WORDS).enumerate().peekable();
    while let Some((number, word)) = words.next() {
        start -= word.len();
        if word.is_empty() {
            return None;
        }
        let capital = word.starts_with(char::is_uppercase);
        if number == 0 {
            let before = words.peek().map_or("", |(_, word)| *word);
            let named = before.starts_with(char::is_uppercase) && is_alone(page, run, word, before, signed);
            if named || capital && has_ending(word) && !is_year(page, run) {
                let adjective = before.starts_with(char::is_uppercase)
                    && (named || before.ends_with("er") || OPENING.contains(&before));
                let far = words.nth(1).map_or("", |(_, word)| word);
                let second = named && far.len() > 1 && far.starts_with(char::is_uppercase) && !ADDRESSES.has(far);
                let third = words.next().map_or("", |(_, word)| word);
                let third = if second && matches!(far, "Mah." | "Mah" | "Mahallesi" | "Mh.") { third } else { "" };
                let more = usize::from(adjective) * (1 + before.len()) + usize::from(second) * (1 + far.len());
                let third = usize::from(third.starts_with(char::is_uppercase)) * (1 + third.len());
                return whole(start - more - third);
            }
            if !capital && HUNGARIAN.has(word) && before.starts_with(char::is_alphabetic) {
                // "József attila utca 5".
                let far = words.nth(1).map_or("", |(_, word)| word);
                let proper = far.starts_with(char::is_uppercase);
                return whole(start.checked_sub(2 + before.len() + far.len())?).filter(|_| proper);
            }
            if word.starts_with("C/") && word.len() > 3 {
                return whole(start);
            }
            if !capital && !word.starts_with(|c: char| c.is_ascii_digit()) {
                return None;
            }
        } else if is_first(word, capital) {
            let cited = word == "al." && words.peek().is_some_and(|(_, word)| *word == "et");
            return whole(start).filter(|_| !cited);
        } else if !capital && !is_small(word) {
            return None;
        }
        start = start.saturating_sub(1);
    }
    None
}

/// Whether a word written small may stand inside a street's name: `della`, `dell'Arte`, `3` in `ul. 3 Maja`.
fn is_small(word: &str) -> bool {
    is_connector(word)
        || word.len() <= 2 && word.bytes().all(|b| b.is_ascii_digit())
        || word.contains(['\'', '’']) && word.contains(char::is_uppercase)
}

/// Whether the word opens the name of a street.
fn is_first(word: &str, capital: bool) -> bool {
    FIRST_BEFORE.has(word) && (capital && !word.bytes().all(|b| b.is_ascii_uppercase()) || LOWER_FIRST.has(word))
}

/// Whether the word is a street's when it stands alone after `before`.
fn is_alone(page: &Page<'_>, run: Span, word: &str, before: &str, signed: bool) -> bool {
    if AFTER_ER.has(word) {
        return before.ends_with("er") && before.len() > 3;
    }
    if !ALONE_BEFORE.has(word) {
        return signed && SIGNED_BEFORE.has(word);
    }
    match word.len() {
        // In Finnish the genitive stands before "tie"; in other languages it is worn. In German "u." abbreviates "and".
        2 if word.eq_ignore_ascii_case("u.") => page.byte(run.end).is_none_or(|b| b != b' '),
        3 if word.eq_ignore_ascii_case("tie") => before.ends_with('n') && word.starts_with('t'),
        // Norwegian puts the genitive before "gate"; others mean the gate of an airport.
        4 if word.eq_ignore_ascii_case("gate") => before.ends_with('s'),
        _ => true,
    }
}

/// Whether the word says by itself that it is a street: `Street`, `Hauptstraße`.
pub(super) fn is_of_street(word: &str) -> bool {
    let word = word.trim_end_matches(['.', ':']);
    LAST.has(word) && !DOUBTFUL_LAST.has(word) || has_ending(word)
}

/// Whether the word ends like a street and is longer than that.
fn has_ending(word: &str) -> bool {
    let endings = |word: &str| word.as_bytes().last().map_or(&[][..], |last| ENDINGS.ending_in(*last));
    let mut lower = Folded::new();
    if word.ends_with(|c: char| c.is_ascii()) && endings(word).is_empty() || !lower.fold(word) {
        return false;
    }
    let lower = lower.text();
    let endings = endings(lower);
    let Some(stem) = endings.iter().find_map(|ending| lower.strip_suffix(ending)) else { return false };
    let before = stem.chars().next_back();
    let gerund = lower.ends_with("ring") && before.is_some_and(|c| "aeiouy".contains(c));
    let name = lower.ends_with("tie") && (lower.len() < 8 || before.is_some_and(|c| matches!(c, 's' | 't')));
    stem.len() > 1 && !gerund && !name && !NOT_STREETS.has_lower(lower)
}
