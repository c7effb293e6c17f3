//! Parts of a house beside its street: a flat or a floor after it (`Apt. 864`, `Bl. 77 Sc. 6`, `Kat: 2 Daire: 5`, `3º B`), and a number, a
//! flat or a plot before it (`Flat 3, 12 Mill Mews`).

use super::street;
use super::tail::next_part;
use super::words::{COLON_PARTS, LEADS, PARTS, UNITS};
use crate::finding::{Span, SpanText as _};
use crate::recognize::Page;
use crate::recognize::marks::Marks;

/// The most units after a street.
const MOST_UNITS: usize = 4;
/// The longest word of a unit or of a name between, in characters.
const LONGEST_WORD: usize = 24;
/// What follows an ordinal that counts floors or doors.
static FLOORS: Marks<31> = Marks::new([
    "izq", "dcha", "dch", "der.", "centro", "piso", "floor", "étage", "etage", "stock", "emelet", "em.", "kerros",
    "andar", "piano", "kat", "sal", "t.h.", "t.v.", "esq", "dto", "frente", "tv,", "th,", "mf,", "tv ", "th ", "mf ",
    "tv\n", "th\n", "mf\n",
]);

/// Flats on the ground floor and in the cellar: to the right, to the left, in the middle.
const GROUND_FLOORS: [&str; 6] = ["st. th", "st. tv", "st. mf", "kl. th", "kl. tv", "kl. mf"];

/// The end of the unit that begins at `at`: `Apt. 864`, `Suite 3B`, `#4`.
pub(super) fn unit(page: &Page<'_>, at: usize) -> Option<usize> {
    if page.byte(at)? == b'#' {
        return numbered(page, at + 1);
    }
    if !UNITS.begins(page.bytes_at(at)) {
        return None;
    }
    let word_end = word_end(page, at);
    if !UNITS.has(page.slice(at, word_end)) {
        return None;
    }
    let dot = word_end + usize::from(page.byte(word_end) == Some(b'.'));
    numbered(page, page.ahead_while(dot, 2, |c| matches!(c, ' ' | '#')))
}

/// The end of the word at `at`; what is not ASCII is taken for letters.
#[inline]
fn word_end(page: &Page<'_>, at: usize) -> usize {
    page.text().floor_char_boundary(at + page.name_after(at, LONGEST_WORD).min(LONGEST_WORD))
}

/// The end of the number of a unit: `864`, `3B`, `B`.
fn numbered(page: &Page<'_>, number: usize) -> Option<usize> {
    let end = page.ahead_while(number, 6, |c| c.is_ascii_alphanumeric() || c == '-');
    let text = page.slice(number, end).trim_end_matches('-');
    let letter = text.len() == 1 && text.starts_with(|c: char| c.is_ascii_uppercase());
    let end = number + text.len();
    (letter || text.contains(|c: char| c.is_ascii_digit())).then_some(end).filter(|end| page.ends_word(*end))
}

/// The end of a unit or of what is one only after a street: `Bl. 77`, `m. 5`, `Kat: 2`, `3º B`, `2nd floor`.
fn part(page: &Page<'_>, at: usize) -> Option<usize> {
    let first = page.byte(at)?;
    if first.is_ascii_digit() {
        return floor(page, at);
    }
    if first == b'#' {
        return numbered(page, at + 1);
    }
    // The ground floor and the cellar in Denmark: `st. th`.
    let ground = matches!(first, b's' | b'k').then(|| GROUND_FLOORS.iter().find(|floor| page.has_at(at, floor)));
    if let Some(end) = ground.flatten().map(|floor| at + floor.len()).filter(|end| page.ends_word(*end)) {
        return Some(end);
    }
    let bytes = page.bytes_at(at);
    let colon = bytes.get(1) == Some(&b':') && COLON_PARTS.has(page.slice(at, at + 1));
    if !colon && !UNITS.begins(bytes) && !PARTS.begins(bytes) {
        return None;
    }
    let end = if colon { at + 1 } else { word_end(page, at) };
    let word = page.slice(at, end);
    if UNITS.has(word) {
        let dot = end + usize::from(matches!(page.byte(end), Some(b'.' | b':')));
        return numbered(page, page.ahead_while(dot, 2, |c| matches!(c, ' ' | '#')));
    }
    if !colon && !PARTS.has(word) {
        return None;
    }
    // A word of one letter needs its dot, "m. 5"; and a short one something after it.
    let sign = usize::from(matches!(page.byte(end), Some(b'.' | b':')));
    if end == at + 1 && sign == 0 {
        return None;
    }
    let number = page.ahead_while(end + sign, 2, |c| c == ' ');
    numbered(page, number).filter(|_| number > end)
}

/// `3º B`, `2º izq.`, `2nd floor`, `3. emelet`.
fn floor(page: &Page<'_>, at: usize) -> Option<usize> {
    let digits = page.ahead_while(at, 3, |c| c.is_ascii_digit());
    if digits > at + 2 || matches!(page.byte(digits), None | Some(b' ' | b',' | b'\n' | b'-')) {
        return None;
    }
    let dotted = digits + usize::from(page.byte(digits) == Some(b'.'));
    let sign = page.after(dotted).filter(|c| matches!(c, 'º' | 'ª' | '°')).map_or(0, char::len_utf8);
    let suffix = if sign > 0 {
        dotted + sign
    } else {
        let letters = page.ahead_while(dotted, 4, char::is_alphabetic);
        let known = ["th", "nd", "rd", "st", "e", "er", "ème", "eme", "o", "a"].contains(&page.slice(dotted, letters));
        if known { letters } else { dotted }
    };
    if suffix == digits {
        return None;
    }
    let next = page.ahead_while(suffix, 1, |c| c == ' ');
    if FLOORS.at(page, next).is_some() {
        let end = page.ahead_while(next, 8, |c| c.is_alphabetic());
        let dot = end + usize::from(page.byte(end) == Some(b'.'));
        // "3. emelet 5".
        let door = page.ahead_while(dot + 1, 4, |c| c.is_ascii_digit());
        let door_dot = door + usize::from(page.byte(door) == Some(b'.') && page.has_at(door + 1, " ajtó"));
        let ends = page.byte(dot) == Some(b' ') && door > dot + 1 && page.ends_word(door);
        return Some(if ends && door_dot > door {
            door_dot + 6
        } else if ends {
            door
        } else {
            dot
        });
    }
    let letter = page.ahead_while(next, 2, |c| c.is_ascii_uppercase());
    let more = if letter == next + 1 && page.ends_word(letter) { letter } else { suffix };
    (sign > 0).then_some(more)
}

/// What follows a house number directly: ` bis`, ` II`, a small letter at the end of its line.
pub(super) fn addition(page: &Page<'_>, end: usize) -> usize {
    if page.byte(end) != Some(b' ') {
        return end;
    }
    let letters = page.bytes_at(end + 1).iter().take(4).take_while(|byte| byte.is_ascii_alphabetic() || **byte >= 0x80);
    let stop = end + 1 + letters.count();
    if stop == end + 5 {
        return end;
    }
    let word = page.slice(end + 1, stop);
    let last = || matches!(page.byte(stop), None | Some(b',' | b'\n' | b'"' | b'\'' | b'<'));
    let known = matches!(word, "bis" | "ter" | "hs" | "II" | "III") && (last() || page.byte(stop) == Some(b'.'))
        || matches!(word.as_bytes(), [b'a'..=b'f' | b'A'..=b'F']) && last();
    if known { stop } else { end }
}

/// The end of units that follow `end`, if any does.
pub(super) fn units(page: &Page<'_>, end: usize) -> Option<usize> {
    let mut last = None;
    for _ in 0..MOST_UNITS {
        let next = next_part(page, last.unwrap_or(end));
        if !page.byte(next).is_some_and(|b| b == b'#' || b >= 0x80 || b.is_ascii_alphanumeric()) {
            break;
        }
        match part(page, next) {
            Some(end) => last = Some(end),
            None => break,
        }
    }
    last
}

/// Past the second number of a Colombian street: `Calle 48 # 2J-16 Sur`.
pub(super) fn colombian(page: &Page<'_>, end: usize) -> usize {
    if page.byte(end) != Some(b' ') {
        return end;
    }
    let hash = page.bytes_at(end).iter().take(14).any(|byte| *byte == b'#');
    if !hash && !page.has_at(end, " no. ") {
        return side(page, end);
    }
    let words = page.ahead_while(end, 12, |c| c == ' ' || c.is_ascii_alphabetic() || c == 'ª');
    let sign = match page.byte(words) {
        Some(b'#') => words + 1,
        _ if page.has_at(end, " no. ") => end + 4,
        _ => return side(page, end),
    };
    let start = page.ahead_while(sign, 1, |c| c == ' ');
    let number = Span::new(start, page.ahead_while(start, 4, |c| c.is_ascii_digit()));
    let stop = street::number_end(page, number);
    if number.len() == 0 || !page.slice(start, stop).contains('-') {
        return end;
    }
    side(page, stop)
}

/// Past the side of the city after a Spanish number with a hyphen: `# 2-16 Sur`.
fn side(page: &Page<'_>, end: usize) -> usize {
    let known =
        [" Sur", " Este", " Norte", " Oeste"].into_iter().find(|side| page.bytes_at(end).starts_with(side.as_bytes()));
    known.map_or(end, |side| end + side.len())
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

/// The start of a word for a flat, a plot or a house before the number at `number`: `Flat 3`, `Plot No. 7`, `H.No. 5`, `# 168`.
pub(super) fn lead(page: &Page<'_>, number: usize) -> Option<usize> {
    let end = number.checked_sub(1).filter(|gap| page.byte(*gap) == Some(b' '))?;
    if page.byte_before(end) == Some(b'#') {
        return Some(end - 1);
    }
    let bytes = page.text().as_bytes();
    let word = |end: usize| {
        let head = bytes.get(..end).unwrap_or_default().iter().rev().take(12);
        end - head.take_while(|byte| byte.is_ascii_alphabetic() || **byte == b'.').count()
    };
    let known = |start: usize, end: usize| {
        let capital = page.after(start).is_some_and(char::is_uppercase);
        capital && LEADS.has(page.slice(start, end).trim_end_matches('.')) && page.starts_word(start)
    };
    let start = word(end);
    if known(start, end) {
        return Some(start);
    }
    let number = matches!(page.slice(start, end), "No." | "no." | "No" | "Number" | "number");
    let end = start.checked_sub(1).filter(|gap| number && page.byte(*gap) == Some(b' '))?;
    Some(word(end)).filter(|start| known(*start, end))
}

/// The start of the address whose street starts at `start`: with a number and a unit that stand directly before. Not before `floor`.
pub(super) fn leading(page: &Page<'_>, start: usize, floor: usize) -> usize {
    let Some(mut first) = start.checked_sub(1).filter(|gap| page.byte(*gap) == Some(b' ')).map(|_| start) else {
        return start;
    };
    // A house number may stand before a name that has a number of its own: "86036 Rua do Arenque 1634".
    let digit = page.byte_before(first - 1).is_some_and(|byte| byte.is_ascii_digit());
    let digits = if digit { page.back_while(first - 1, 6, |c| c.is_ascii_digit()) } else { first - 1 };
    let number = Span::new(digits, first - 1);
    let free = page.starts_word(digits)
        && !matches!(page.byte_before(digits), Some(b'.' | b',' | b'-' | b'/' | b'$' | b'#' | b':'));
    let starts_with_digit = page.byte(start).is_some_and(|b| b.is_ascii_digit());
    let year = street::is_year(page, number);
    if number.len() > 0 && number.len() <= 5 && free && !year && !(starts_with_digit && number.len() < 3) {
        first = digits;
    }
    if let Some(end) = first.checked_sub(1).filter(|gap| page.byte(*gap) == Some(b' ')) {
        let length = page.word_before(end, 8).min(8);
        let word = end - length;
        // Most words have no digit and more than a letter.
        if length == 1 || page.has_digit(word, length) {
            let unit_start = page.back_while(word.saturating_sub(1), 10, |c| c.is_alphabetic() || c == '.');
            if unit_start >= floor && unit(page, unit_start) == Some(end) && page.starts_word(unit_start) {
                first = unit_start;
            }
        }
    }
    if let Some(start) = lead(page, first) {
        first = start;
    }
    first.max(floor)
}
