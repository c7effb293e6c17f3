//! Finds the numbers of all rules in one walk. From every word with a digit it reads on, group by group, and looks the shape so far up in a
//! table of layouts; only a shape that some rule has pays for checks and context. Never reads more than a fixed number of bytes a word.

use std::cell::LazyCell;
use std::collections::HashMap;
use std::sync::LazyLock;

use super::context::{self, After, Announced, Near};
use super::free::{GROUPED, JOINED, SPACED};
use super::shapes::{EMPTY_SHAPE, Filter, Hashed, LONGEST, class, longer, shapes, with_group};
use super::{Rule, free, rules, split};
use crate::finding::{Finding, Span, SpanText as _};
use crate::kind::Kind;
use crate::recognize::Page;

/// The most groups a number is written in.
const MOST_GROUPS: usize = 8;
/// The most letters of a word of capitals before the digits that may belong to the number, as in `CHE-123.456.789`.
const LEADING_LETTERS: usize = 6;
/// How many such words.
const LEADING_WORDS: usize = 2;
/// The score of a number that its layout and check alone tell.
const BY_LAYOUT: f32 = 0.9;
/// The least score of a number that a word announces; the nearer the word, the higher.
pub(super) const BY_WORD: f32 = 0.95;

/// What a shape may be: the rule, and whether it is believed without a word.
#[derive(Clone, Copy)]
pub(super) struct Meaning {
    pub(super) rule: usize,
    sure: bool,
    spaced: bool,
    /// Believed without a word in small letters too.
    any_case: bool,
    /// Without check digits: a word that names something else denies it even in a sure layout.
    ordinary: bool,
}

/// Kinds whose sure layouts are as distinctive in small letters.
const ANY_CASE: [Kind; 1] = [Kind::ItFiscalCode];
/// Kinds whose sure layouts have no check digits and are those of stock and order numbers too.
const ORDINARY: [Kind; 4] = [Kind::UsSsn, Kind::UsItin, Kind::BankAccount, Kind::KrRrn];

pub(super) struct Index {
    pub(super) rules: Vec<&'static Rule>,
    pub(super) kinds: Vec<Kind>,
    /// The rules whose numbers have any groups, each with its layout.
    pub(super) free: Vec<(usize, &'static str)>,
    meanings: HashMap<u64, Vec<Meaning>, Hashed>,
    /// The shapes.
    whole: Filter,
    /// The shapes up to a sign between groups.
    parts: Filter,
}

static INDEX: LazyLock<Index> = LazyLock::new(|| {
    let rules: Vec<&Rule> = rules().collect();
    let mut meanings: HashMap<u64, Vec<Meaning>, Hashed> = HashMap::default();
    for (number, rule) in rules.iter().enumerate() {
        let sure = rule.sure.iter().map(|layout| (layout, true));
        let near = rule.near.iter().map(|layout| (layout, false));
        for (layout, sure) in sure.chain(near).filter(|(layout, _)| !is_free(layout)) {
            for shape in shapes(layout) {
                meanings.entry(shape).or_default().push(Meaning {
                    rule: number,
                    sure,
                    spaced: layout.contains(' '),
                    any_case: ANY_CASE.contains(&rule.kind),
                    ordinary: ORDINARY.contains(&rule.kind),
                });
            }
        }
    }
    let layouts = rules.iter().flat_map(|rule| rule.sure.iter().chain(rule.near)).filter(|layout| !is_free(layout));
    let signs = layouts.flat_map(|layout| layout.match_indices([' ', '-', '.', '/']).map(|(at, _)| layout.get(..=at)));
    let parts = Filter::of(signs.flatten().flat_map(shapes));
    let whole = Filter::of(meanings.keys().copied());
    let free = rules.iter().enumerate().filter_map(|(number, rule)| Some((number, *rule.near.first()?)));
    let free = free.filter(|(_, layout)| is_free(layout)).collect();
    Index { kinds: rules.iter().map(|rule| rule.kind).collect(), rules, free, meanings, whole, parts }
});

/// Whether the layout leaves the groups open.
fn is_free(layout: &str) -> bool {
    [JOINED, SPACED, GROUPED].contains(&layout)
}

impl Index {
    pub(super) fn meanings(&self, shape: u64) -> &[Meaning] {
        if self.whole.may_have(shape) { self.meanings.get(&shape).map_or(&[], Vec::as_slice) } else { &[] }
    }
}

pub(super) fn kinds() -> &'static [Kind] {
    &INDEX.kinds
}

pub(super) fn find(page: &Page<'_>, findings: &mut Vec<Finding>) {
    let index = &*INDEX;
    let mut before = Before { text: Announced::of(page), last: None };
    for word in page.words().iter().filter(|word| word.len() <= LONGEST) {
        let (mut start, known) = (word.start, findings.len());
        for _ in 0..=LEADING_WORDS {
            if opens(page, start) {
                walk(index, &mut before, start, findings);
            }
            match leading(page, start) {
                Some(before) => start = before,
                None => break,
            }
        }
        free::find(index, &mut before, *word, findings);
        if findings.len() == known {
            split::find(index, &mut before, *word, findings);
        }
    }
}

/// The start of a short word of capitals directly before the group that starts at `start`.
fn leading(page: &Page<'_>, start: usize) -> Option<usize> {
    let gap = start.checked_sub(1)?;
    if !matches!(page.byte(gap)?, b' ' | b'-' | b'.') {
        return None;
    }
    let bytes = page.text().as_bytes();
    let last = *bytes.get(gap.checked_sub(1)?)?;
    if !last.is_ascii_uppercase() {
        let small = last.is_ascii_lowercase() && bytes.get(start + 2) == Some(&b' ') && is_small_leading(bytes, start);
        return if small { gap.checked_sub(2) } else { None };
    }
    let letters =
        bytes.get(..gap)?.iter().rev().take(LEADING_LETTERS + 1).take_while(|b| b.is_ascii_uppercase()).count();
    (letters <= LEADING_LETTERS).then(|| gap - letters)
}

/// Whether two small letters stand before digits in pairs, as in `jg 10 37 59 a`.
#[inline(never)]
fn is_small_leading(bytes: &[u8], start: usize) -> bool {
    let Some([before, first, second, b' ', a, b, b' ', c, d, b' ']) =
        start.checked_sub(4).and_then(|from| bytes.get(from..start + 6))
    else {
        return false;
    };
    !before.is_ascii_alphanumeric()
        && first.is_ascii_lowercase()
        && second.is_ascii_lowercase()
        && [a, b, c, d].into_iter().all(u8::is_ascii_digit)
}

/// Whether a number can start here: nothing before makes it part of a word, an amount or a longer number.
pub(super) fn opens(page: &Page<'_>, start: usize) -> bool {
    let two_before = start.checked_sub(2).and_then(|at| page.byte(at));
    match page.byte_before(start) {
        None => true,
        Some(b',') => !two_before.is_some_and(|b| b.is_ascii_digit()) || page.is_field_comma(start - 1),
        Some(b'.' | b'-') => !two_before.is_some_and(|b| b.is_ascii_alphanumeric()),
        Some(b'+' | b'$' | b'%' | b'@' | b'/' | b'\\' | b'_') => false,
        Some(byte) if byte.is_ascii() => !byte.is_ascii_alphanumeric(),
        Some(_) => page.starts_word(start),
    }
}

/// Whether a number can end here.
pub(super) fn closes(page: &Page<'_>, end: usize) -> bool {
    let after_that = page.byte(end + 1);
    match page.byte(end) {
        None => true,
        Some(b',') => !after_that.is_some_and(|b| b.is_ascii_digit()) || page.is_field_comma(end),
        Some(b'.' | b'-' | b'/' | b':') => !after_that.is_some_and(|b| b.is_ascii_digit()),
        Some(b'%' | b'@' | b'_') => false,
        Some(byte) if byte.is_ascii() => !byte.is_ascii_alphanumeric(),
        Some(_) => page.ends_word(end),
    }
}

/// Whether digits stand one space before or after: a spaced number is then a part of something longer. Those of a word, as in `IMEI2`, are
/// none.
fn is_part(page: &Page<'_>, span: Span) -> bool {
    let digit = |at: Option<usize>| at.and_then(|at| page.byte(at)).is_some_and(|b| b.is_ascii_digit());
    let before = || {
        let start = page.back_while(span.start - 1, LONGEST, |c| c.is_ascii_digit());
        !page.byte_before(start).is_some_and(|byte| byte.is_ascii_alphabetic())
    };
    (page.byte_before(span.start) == Some(b' ') && digit(span.start.checked_sub(2)) && before())
        || (page.byte(span.end) == Some(b' ') && digit(Some(span.end + 1)))
}

/// The words before a number, read once for the groups of digits of a longer one: between them stand no words.
pub(super) struct Before<'p, 't> {
    pub(super) text: Announced<'p, 't>,
    last: Option<(usize, Near)>,
}

impl Before<'_, '_> {
    pub(super) fn near(&mut self, start: usize) -> &Near {
        let near = match self.last.take() {
            Some((last, near)) if last == start => near,
            Some((last, near)) if self.is_wordless(last, start) => near.moved(start - last),
            _ => Near::around(&mut self.text, start),
        };
        &self.last.insert((start, near)).1
    }

    /// How far from a number a word of the rule stands, before it or, where nothing else is named there, after it.
    fn word(&mut self, rule: usize, number: Span, after: &mut Option<After>) -> Option<usize> {
        if !self.text.may_announce(rule) {
            return None;
        }
        let near = self.near(number.start);
        if let Some(distance) = near.distance(rule) {
            return Some(distance);
        }
        if !near.is_silent() {
            return None;
        }
        after.get_or_insert_with(|| After::of(&mut self.text, number.end)).distance(rule)
    }

    /// Whether nothing but digits and signs stands between, and little of it.
    fn is_wordless(&self, from: usize, to: usize) -> bool {
        let between = self.text.page.text().as_bytes().get(from..to).filter(|between| between.len() <= LONGEST);
        between.is_some_and(|between| {
            between.iter().all(|byte| byte.is_ascii() && !byte.is_ascii_alphabetic() && *byte != b']')
        })
    }
}

/// What is counted in digits that a word like `zip` stands before.
const UNITS: [&str; 28] = [
    "kb",
    "mb",
    "gb",
    "tb",
    "bytes",
    "byte",
    "file",
    "files",
    "items",
    "entries",
    "records",
    "rows",
    "users",
    "people",
    "times",
    "pages",
    "images",
    "codes",
    "points",
    "dollars",
    "euros",
    "euro",
    "hours",
    "minutes",
    "seconds",
    "days",
    "years",
    "addresses",
];

/// The same in writing without spaces: `1234567件`.
const COUNTERS: [char; 11] = ['件', '円', '個', '回', '枚', '点', '元', '万', '건', '원', '개'];
/// Kinds whose numbers are any digits after a word.
const COUNTED: [Kind; 2] = [Kind::PostalCode, Kind::BankAccount];
/// What a number between letters measures, as in `reg. LK 64 Gy`.
const MEASURES: [&str; 10] = ["gy", "mg", "kg", "ml", "cm", "mm", "km", "hz", "db", "kv"];

/// Whether digits count what stands after them.
pub(super) fn counts(page: &Page<'_>, span: Span) -> bool {
    if page.byte(span.end).is_some_and(|byte| byte >= 0xe0) {
        let mut after = page.bytes_after(span.end, 6).chars();
        // 件名 is no counter, but the subject of a mail.
        return after.next().is_some_and(|c| COUNTERS.contains(&c)) && after.next() != Some('名');
    }
    if page.byte(span.end) != Some(b' ') {
        return false;
    }
    let word = page.bytes_after(span.end + 1, 10).split(|c: char| !c.is_ascii_alphabetic()).next().unwrap_or_default();
    UNITS.iter().any(|unit| unit.eq_ignore_ascii_case(word))
}

/// Whether the last group is a measure of the digits before it.
fn measures(text: &str) -> bool {
    let last = text.rsplit_once(' ').filter(|(head, _)| head.ends_with(|c: char| c.is_ascii_digit()));
    last.is_some_and(|(_, unit)| MEASURES.iter().any(|known| known.eq_ignore_ascii_case(unit)))
}

/// Reads on from `start` group by group and judges every prefix whose shape is known.
fn walk(index: &Index, before: &mut Before<'_, '_>, start: usize, findings: &mut Vec<Finding>) {
    let page = before.text.page;
    let bytes = page.text().as_bytes();
    let (mut at, mut shape, mut length) = (start, EMPTY_SHAPE, 0);
    for _ in 0..MOST_GROUPS {
        let (letters, digits) = page.word_from(at);
        let group = (letters | digits).trailing_ones();
        length += group as usize;
        if length > LONGEST {
            return;
        }
        shape = with_group(shape, digits, group);
        at += group as usize;
        let mut known = |shape: u64, end: usize| {
            let meanings = index.meanings(shape);
            if !meanings.is_empty() && closes(page, end) {
                judge(index, before, Span::new(start, end), meanings, findings);
            }
        };
        known(shape, at);
        let rest = bytes.get(at..).unwrap_or_default();
        let (sign, width) = match rest {
            [b'(', check, b')', ..] if check.is_ascii_alphanumeric() => {
                known([b'(', *check, b')'].into_iter().map(class).fold(shape, longer), at + 3);
                return;
            }
            [sign @ (b' ' | b'-' | b'.' | b'/'), ..] => (*sign, 1),
            [0xc2, 0xa0, ..] => (b' ', 2),
            _ => return,
        };
        let goes_on = |byte: u8| {
            byte.is_ascii_digit()
                || byte.is_ascii_uppercase()
                || (byte.is_ascii_lowercase() && (sign != b' ' || ends_small(bytes, start, at)))
        };
        if !bytes.get(at + width).is_some_and(|byte| goes_on(*byte)) {
            return;
        }
        shape = longer(shape, class(sign));
        if !index.parts.may_have(shape) {
            return;
        }
        at += width;
    }
}

/// Whether the small letters after the space at `at` may end a number that starts at `start`: one letter, as in `jg 10 37 59 a`, or
/// three after a group of letters and digits, as in `ab12 cde`. In any other place they are a word of the text.
fn ends_small(bytes: &[u8], start: usize, at: usize) -> bool {
    let letter = |place: usize| bytes.get(at + place).is_some_and(u8::is_ascii_alphanumeric);
    match [letter(2), letter(3), letter(4)] {
        [false, ..] => at - start > 8 && bytes.get(start).is_some_and(u8::is_ascii_lowercase),
        [true, true, false] => {
            let group = bytes.get(start..at).unwrap_or_default();
            group.len() == 4 && group.first().is_some_and(u8::is_ascii_lowercase)
        }
        _ => false,
    }
}

/// The letters and digits of a number, in capitals.
struct Number {
    bytes: [u8; LONGEST],
    length: usize,
}

impl Number {
    fn of(text: &str) -> Self {
        let mut number = Self { bytes: [0; LONGEST], length: 0 };
        for (place, byte) in number.bytes.iter_mut().zip(text.bytes().filter(u8::is_ascii_alphanumeric)) {
            *place = byte.to_ascii_uppercase();
            number.length += 1;
        }
        number
    }

    fn text(&self) -> &str {
        self.bytes.get(..self.length).and_then(|bytes| std::str::from_utf8(bytes).ok()).unwrap_or_default()
    }
}

/// Judges a span whose shape is known.
fn judge(index: &Index, before: &mut Before<'_, '_>, span: Span, meanings: &[Meaning], findings: &mut Vec<Finding>) {
    let page = before.text.page;
    let number = LazyCell::new(|| Number::of(span.of(page.text())));
    let capitals = LazyCell::new(|| !span.of(page.text()).bytes().any(|byte| byte.is_ascii_lowercase()));
    let mut after = None;
    let part = LazyCell::new(|| is_part(page, span));
    for meaning in meanings {
        let alone = meaning.sure && (meaning.any_case || *capitals);
        // Words are read once for all meanings, check digits are computed for each: words come first where they are needed.
        let distance = if alone && !meaning.ordinary { None } else { before.word(meaning.rule, span, &mut after) };
        if distance.is_none() && (!alone || meaning.ordinary && before.near(span.start).denies()) {
            continue;
        }
        let Some(rule) = index.rules.get(meaning.rule).filter(|rule| (rule.check)(number.text())) else { continue };
        let other = match rule.kind {
            kind if COUNTED.contains(&kind) => counts(page, span),
            Kind::LicensePlate => measures(span.of(page.text())),
            _ => false,
        };
        if meaning.spaced && *part || other {
            continue;
        }
        let score = match distance.or_else(|| before.word(meaning.rule, span, &mut after)) {
            Some(distance) => BY_WORD + (context::BEFORE.saturating_sub(distance)) as f32 / 1_000.0,
            None => BY_LAYOUT,
        };
        findings.push(Finding::new(rule.kind, span, score));
    }
}

/// Whether the numbers of this kind can be told right from wrong.
pub(crate) fn has_check(kind: Kind) -> bool {
    INDEX.rules.iter().any(|rule| rule.kind == kind && !(rule.check)(""))
}

/// Whether some rule with check digits takes the number, next to a word or not.
pub(crate) fn is_right_anywhere(written: &str) -> bool {
    let shape = written.bytes().map(class).fold(EMPTY_SHAPE, longer);
    let number: String = written.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_uppercase()).collect();
    let rules = INDEX.meanings(shape).iter().filter_map(|meaning| INDEX.rules.get(meaning.rule));
    rules.filter(|rule| !(rule.check)("")).any(|rule| (rule.check)(&number))
}
