//! Numbers of any layout directly after a word for them, such as those under which a hospital or a university keeps people. What they are
//! not is told here: years and dates, amounts, counts, and round numbers.

use super::engine::{Before, Index, closes, counts, opens};
use super::gap;
use crate::finding::{Finding, Span, SpanText as _};
use crate::recognize::Page;
use crate::recognize::dates::is_like_year;

/// Layouts of rules whose numbers have any groups of letters and digits: joined by signs, also by single spaces, and all that the check
/// of the rule takes, see `split.rs`.
pub(super) const JOINED: &str = "X…";
pub(super) const SPACED: &str = "X …";
pub(super) const GROUPED: &str = "X … X";

/// The letters and digits of a number.
const MOST: usize = 20;
const LEAST_DIGITS: u32 = 4;
/// The most groups.
const MOST_GROUPS: usize = 6;
/// Digits after which a year stands apart from the number.
const BEFORE_YEAR: u32 = 5;
/// The score of such a number: a number of a known layout is better.
const SCORE: f32 = 0.85;
/// What surrogates are multiples of, and the fewest digits they have. So they are told from numbers of people, one in a thousand of which
/// is left for that.
const MADE_UP: u64 = 997;
const LEAST_MADE_UP: usize = 6;

/// Letters and digits that are read so far.
#[derive(Clone, Copy)]
struct Taken {
    end: usize,
    length: usize,
    digits: u32,
    groups: usize,
}

/// Judges the number that begins with the word, which holds a digit.
pub(super) fn find(index: &Index, before: &mut Before<'_, '_>, word: Span, findings: &mut Vec<Finding>) {
    let page = before.text.page;
    // Most numbers are short, or years.
    let short = || word.len() < LEAST_DIGITS as usize;
    let year = || page.byte_before(word.start) == Some(b' ') && is_like_year(word.of(page.text()));
    if page.word_after(word.end + 1, 1) == 0 && (short() || year()) {
        return;
    }
    let Some(joined) = joined(page, word.start) else { return };
    let spaced = spaced(page, joined);
    if spaced.digits < LEAST_DIGITS || joined.digits == 0 {
        return;
    }
    for (rule, layout) in &index.free {
        let taken = match *layout {
            JOINED if joined.digits >= LEAST_DIGITS => joined,
            SPACED => spaced,
            _ => continue,
        };
        if !before.text.may_announce(*rule) {
            continue;
        }
        let Some(distance) = before.near(word.start).distance(*rule) else { continue };
        let Some(start) = gap::start_after(page, word.start - distance, word.start) else { continue };
        let span = Span::new(start, taken.end);
        // `Fall-Nr.6733340001`, `NHC-987654`: the sign belongs to the gap.
        let signed = matches!(page.byte_before(start), Some(b'.' | b'-')) && start > word.start - distance;
        let opens = signed || opens(page, start);
        if span.len() <= 2 * MOST && opens && closes(page, taken.end) && is_number(page, span) {
            let kind = index.kinds.get(*rule).copied();
            findings.extend(kind.map(|kind| Finding::new(kind, span, SCORE)));
        }
    }
}

/// The groups from `start` on that signs join.
fn joined(page: &Page<'_>, start: usize) -> Option<Taken> {
    let mut taken = Taken { end: start, length: 0, digits: 0, groups: 0 };
    while taken.groups < MOST_GROUPS {
        taken = with_group(page, taken, taken.end)?;
        let next = taken.end + 1;
        let (letters, digits) = page.word_from(next);
        let group = (letters | digits).trailing_ones();
        let lettered = page.byte(next).is_some_and(|byte| byte.is_ascii_uppercase()) || digits.trailing_zeros() < group;
        let goes_on = match page.byte(taken.end) {
            Some(b'-') => group > 0 && lettered,
            Some(b'/' | b'.') => digits & 1 == 1,
            _ => false,
        };
        if !goes_on {
            return Some(taken);
        }
        taken.end = next;
    }
    None
}

/// The same with groups of digits after single spaces.
fn spaced(page: &Page<'_>, joined: Taken) -> Taken {
    let mut taken = joined;
    while taken.groups < MOST_GROUPS {
        let start = match page.bytes_at(taken.end) {
            [b' ', b'0'..=b'9', ..] => taken.end + 1,
            [0xc2, 0xa0, b'0'..=b'9', ..] => taken.end + 2,
            _ => break,
        };
        let Some(next) = with_group(page, taken, start) else { break };
        let group = page.slice(start, next.end);
        let rest = page.bytes_at(next.end);
        let counts = group.len() < 4 && matches!(rest, [b' ', b'a'..=b'z', ..]);
        let year = taken.digits >= BEFORE_YEAR && is_like_year(group);
        let other = matches!(rest, [b'-' | b'/' | b'.' | b':' | b',', b'0'..=b'9', ..]);
        let alone = group.len() == 1 && matches!(rest, [b' ', b'0'..=b'9' | b'A'..=b'Z', ..]);
        if counts || year || other || alone || next.digits - taken.digits < group.len() as u32 {
            break;
        }
        taken = next;
    }
    taken
}

/// One more group, which starts at `start`.
fn with_group(page: &Page<'_>, taken: Taken, start: usize) -> Option<Taken> {
    let (letters, digits) = page.word_from(start);
    let group = (letters | digits).trailing_ones();
    let inside = digits & u64::MAX.checked_shr(u64::BITS - group).unwrap_or_default();
    let length = taken.length + group as usize;
    (length <= MOST).then(|| Taken {
        end: start + group as usize,
        length,
        digits: taken.digits + inside.count_ones(),
        groups: taken.groups + 1,
    })
}

/// Whether the span may be the number of somebody.
fn is_number(page: &Page<'_>, span: Span) -> bool {
    let text = span.of(page.text());
    let groups: Vec<&str> = text.split(|c: char| !c.is_ascii_alphanumeric()).collect();
    let plain = groups.iter().all(|group| group.bytes().all(|byte| byte.is_ascii_digit()));
    let other = plain && (is_round(text) || is_date(&groups, text) || is_amount(&groups, text));
    !other && !counts(page, span) && !is_made_up(text)
}

/// A digit and nothing but zeros.
fn is_round(text: &str) -> bool {
    text.bytes().skip(1).filter(u8::is_ascii_digit).all(|byte| byte == b'0')
}

/// A year, two of them, or a day with its month.
fn is_date(groups: &[&str], text: &str) -> bool {
    let two =
        |group: &str, most: u8| group.len() <= 2 && group.parse().is_ok_and(|value: u8| (1..=most).contains(&value));
    let day = |one: &str, other: &str| two(one, 31) && two(other, 12) || two(one, 12) && two(other, 31);
    match *groups {
        [year] => is_like_year(year),
        [year, other] => is_like_year(year) && (is_like_year(other) || other.len() == 2 && !text.contains(' ')),
        [first, second, third] => {
            is_like_year(first) && day(second, third) || day(first, second) && (is_like_year(third) || third.len() == 2)
        }
        _ => false,
    }
}

/// Digits with two more after a dot.
fn is_amount(groups: &[&str], text: &str) -> bool {
    groups.last().is_some_and(|last| last.len() == 2 && groups.len() == 2) && text.contains('.')
}

/// A number of the same form that is kept for surrogates; none when the value has too few digits. `random` gives what digits and letters are
/// drawn from.
pub(crate) fn made_up(value: &str, mut random: impl FnMut() -> u8) -> Option<String> {
    let places = value.bytes().filter(u8::is_ascii_digit).count();
    if !(LEAST_MADE_UP..=MOST).contains(&places) {
        return None;
    }
    let drawn: Vec<u8> = (0..places).map(|_| random() % 10).collect();
    let number = drawn.iter().fold(0, |number: u128, digit| number * 10 + u128::from(*digit));
    let digits = format!("{:0places$}", number - number % u128::from(MADE_UP));
    let mut digits = digits.chars();
    let other = |c: char| match c {
        '0'..='9' => digits.next().unwrap_or(c),
        'A'..='Z' => char::from(b'A' + random() % 26),
        'a'..='z' => char::from(b'a' + random() % 26),
        c => c,
    };
    Some(value.chars().map(other).collect())
}

/// Whether the number is kept for surrogates.
pub(super) fn is_made_up(text: &str) -> bool {
    let digits = text.bytes().filter(u8::is_ascii_digit);
    let remainder = digits.clone().fold(0, |rest, digit| (rest * 10 + u64::from(digit - b'0')) % MADE_UP);
    remainder == 0 && digits.count() >= LEAST_MADE_UP
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_made_up_is_told() {
        let mut next = 3_u8;
        let mut random = || {
            next = next.wrapping_mul(5).wrapping_add(7);
            next
        };
        for value in ["123456", "EMP-2024-0891", "74 83067120 58", "12345678901234567890"] {
            let other = made_up(value, &mut random).unwrap();
            assert!(is_made_up(&other) && other.len() == value.len() && other != value, "{other}");
        }
        assert_eq!(made_up("12345", &mut random), None);
        assert!(!is_made_up("123456") && !is_made_up("0997") && is_made_up("000997"));
    }
}
