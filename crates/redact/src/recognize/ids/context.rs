//! The words around a number: which rules they announce, and how near they stand. The nearest words before the number count, and only
//! when there are none, those after it. Placeholders are blanked first: what redaction wrote announces nothing.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::LazyLock;

use super::rules;
use crate::recognize::Page;
use crate::recognize::list::simple_lower;
use crate::recognize::needs::Needs;
use crate::recognize::phrases::Phrases;
use crate::recognize::planes::{PLANE, joined_or_foreign, planes_of};

/// How far before a number a word may stand, in bytes.
pub(super) const BEFORE: usize = 48;
/// How far before a number a word may stand in a script whose letters take two or three bytes.
const BEFORE_FOREIGN: usize = 96;
/// So many bytes of other scripts in a window make it one of those.
const FOREIGN: usize = 16;
/// A word of no rule that ends this many bytes before a number says what the number is.
const BESIDE_OTHER: usize = 12;
/// How far after a number a word may stand, in bytes.
const AFTER: usize = 32;
/// How many bytes after such a word tell whether it announces what follows.
const LEADING_ON: usize = 6;
/// Words that end this many bytes before the nearest one still count: `NIF/NIE`, `SSN (social security number)`.
const BESIDE: usize = 14;
/// The longest text all of whose words are read, in bytes: about what two windows read.
const SHORT_TEXT: usize = 2 * PLANE;
/// Words of at most this many bytes must stand alone; longer ones may be parts of compounds.
const SHORT: usize = 5;
/// The same for words of no rule.
const SHORT_OTHER: usize = 4;
/// What may follow a word of two letters; the space may also be a hyphen, an underscore or a dot.
const PAST_TWO: [&str; 9] = [" ", ":", "=", "#", "\"", "'", "(", ")", "/"];
/// The most letters of a word that may be written with dots, as in `C.N.P.`.
const MOST_DOTTED: usize = 5;

/// Words that announce something that is no rule's; nearer than a rule's word they take its place.
const OTHERS: [&str; 52] = [
    "phone",
    "telephone",
    "mobile",
    "tel",
    "fax",
    "call",
    "whatsapp",
    "order",
    "invoice",
    "tracking",
    "isbn",
    "issn",
    "doi",
    "uuid",
    "version",
    "build",
    "commit",
    "serial",
    "sku",
    "timestamp",
    "error",
    "port",
    "ticket",
    "case",
    "amount",
    "population",
    "views",
    "telefon",
    "rechnung",
    "bestellung",
    "zip file",
    "zip archive",
    "zip folder",
    "zip package",
    "format",
    "social media",
    "social network",
    "model",
    "upc",
    "ean",
    "usps",
    "article no",
    "주문번호",
    "주문 번호",
    "송장번호",
    "송장 번호",
    "운송장",
    "订单",
    "訂單",
    "运单",
    "注文番号",
    "伝票番号",
];

/// One bit a rule.
pub(super) type Rules = u128;

struct Words {
    phrases: Phrases,
    /// By number of the phrase: the rules it announces.
    meanings: Vec<Rules>,
}

static WORDS: LazyLock<Words> = LazyLock::new(|| {
    let mut words: BTreeMap<&str, Rules> = OTHERS.iter().map(|word| (*word, 0)).collect();
    for (number, rule) in rules().enumerate() {
        for word in rule.words.iter().flat_map(|word| spellings(word)) {
            *words.entry(word).or_default() |= 1 << number;
        }
    }
    let (words, meanings): (Vec<&str>, Vec<Rules>) = words.into_iter().unzip();
    Words { phrases: Phrases::new(words), meanings }
});

/// The ways to write a word: as it is, a short one also with a dot between its letters. One of two bytes stands in far too many texts to be
/// looked for alone, so it takes what may follow it. They live as long as the table of words does.
fn spellings(word: &'static str) -> Vec<&'static str> {
    let mut spellings = vec![word];
    if word.len() == 2 {
        spellings = PAST_TWO.iter().map(|sign| &*format!("{word}{sign}").leak()).collect();
    }
    let letters = word.chars().count();
    if (2..=MOST_DOTTED).contains(&letters) && word.chars().all(char::is_alphabetic) {
        let mut dotted: String = word.chars().flat_map(|letter| [letter, '.']).collect();
        dotted.pop();
        spellings.push(dotted.leak());
    }
    spellings
}

/// The words before a number.
pub(super) struct Near {
    /// Where the nearest word ends when it is of no rule, in bytes before the number.
    other: Option<usize>,
    /// How far before the number the words were looked for, in bytes.
    reach: usize,
    /// The rules of each word that counts, and the bytes from its end to the number.
    found: Vec<(Rules, usize)>,
}

impl Near {
    /// Reads the words before `start`.
    pub(super) fn around(text: &mut Announced<'_, '_>, start: usize) -> Self {
        let page = text.page;
        let mut reach = BEFORE;
        let mut window = page.bytes_before(start, reach);
        let mut found = text.search(start - window.len(), window);
        if found.is_empty() {
            if !window.is_ascii() && window.bytes().filter(|byte| !byte.is_ascii()).count() > FOREIGN {
                reach = BEFORE_FOREIGN;
                window = page.bytes_before(start, reach);
                found = text.search(start - window.len(), window);
            }
            if found.is_empty() {
                return Self { other: None, reach, found };
            }
        }
        let nearest = found.iter().map(|(_, end)| *end).max().unwrap_or_default();
        found.retain(|(_, end)| end + BESIDE >= nearest);
        // Words of no rule end the reach of those before them.
        let other = found.iter().filter(|(rules, _)| *rules == 0).map(|(_, end)| *end).max().unwrap_or_default();
        found.retain(|(rules, end)| *rules != 0 && *end > other);
        found.iter_mut().for_each(|(_, end)| *end = window.len() - *end);
        Self { other: (other > 0 && found.is_empty()).then(|| window.len() - other), reach, found }
    }

    /// The same for a number that starts so many bytes later, with no letter between.
    pub(super) fn moved(mut self, bytes: usize) -> Self {
        self.other = self.other.map(|distance| distance + bytes);
        self.found.iter_mut().for_each(|(_, distance)| *distance += bytes);
        self.found.retain(|(_, distance)| *distance <= self.reach);
        self
    }

    /// Whether no word stands there.
    pub(super) fn is_silent(&self) -> bool {
        self.found.is_empty() && self.other.is_none()
    }

    /// Whether a word beside the number says that it is something else.
    pub(super) fn denies(&self) -> bool {
        self.other.is_some_and(|distance| distance <= BESIDE_OTHER)
    }

    /// The rules of each word that counts, and the bytes from its end to the number.
    pub(super) fn words(&self) -> impl Iterator<Item = (Rules, usize)> {
        self.found.iter().copied()
    }

    /// How far before the number a word of the rule ends, in bytes. When a word of another rule stands there the answer is none.
    pub(super) fn distance(&self, rule: usize) -> Option<usize> {
        self.found.iter().filter(|(rules, _)| rules >> rule & 1 == 1).map(|(_, distance)| *distance).min()
    }
}

/// The words after a number, within its line.
pub(super) struct After {
    found: Vec<(Rules, usize)>,
}

impl After {
    /// Reads the words after `end`.
    pub(super) fn of(text: &mut Announced<'_, '_>, end: usize) -> Self {
        let page = text.page;
        let window = page.bytes_after(end, AFTER);
        let line = window.bytes().position(|byte| byte == b'\n').and_then(|at| window.get(..at)).unwrap_or(window);
        // The shortest word has two letters.
        let mut found = if line.len() > 2 { text.search(end, line) } else { Vec::new() };
        found.retain(|(_, at)| !leads_on(page, end + at));
        Self { found }
    }

    /// How far after the number a word of the rule ends, in bytes.
    pub(super) fn distance(&self, rule: usize) -> Option<usize> {
        self.found.iter().filter(|(rules, _)| rules >> rule & 1 == 1).map(|(_, end)| *end).min()
    }
}

/// Whether a word that ends at `end` announces what stands after it: a sign or a number follows.
fn leads_on(page: &Page<'_>, end: usize) -> bool {
    let rest = page.bytes_after(end, LEADING_ON).trim_start_matches([' ', '"', '\'', '\t']);
    rest.starts_with([':', '=', '#', '：']) || rest.starts_with("- ") || rest.starts_with(|c: char| c.is_ascii_digit())
}

/// The words of a text, read where they are asked for and once: the windows around numbers that stand near each other overlap.
pub(super) struct Announced<'p, 't> {
    pub(super) page: &'p Page<'t>,
    /// What was read, in whole planes.
    read: Range<usize>,
    /// The rules of the words in it, and where they stand.
    words: Vec<(Rules, Range<usize>)>,
    /// The rules that any word of a short text announces.
    rules: Option<Rules>,
}

impl<'p, 't> Announced<'p, 't> {
    pub(super) fn of(page: &'p Page<'t>) -> Self {
        Self { page, read: 0..0, words: Vec::new(), rules: None }
    }

    /// Whether a word of the rule may stand anywhere; in a short text nearly always none does, and no window is looked at.
    pub(super) fn may_announce(&mut self, rule: usize) -> bool {
        let rules = self.rules.unwrap_or_else(|| {
            let text = self.page.text();
            let apart =
                || self.page.meets(Needs::JOINED) || self.page.meets(Needs::FOREIGN) && has_other_capitals(text);
            if text.len() > SHORT_TEXT || apart() {
                return Rules::MAX;
            }
            self.read(0, text.len());
            self.words.iter().fold(0, |all, (rules, _)| all | rules)
        });
        self.rules = Some(rules);
        rules >> rule & 1 == 1
    }

    /// The words in a window that starts at `start`: their rules, and where they end in it.
    fn search(&mut self, start: usize, window: &str) -> Vec<(Rules, usize)> {
        if self.page.meets(Needs::JOINED.and(Needs::FOREIGN)) {
            let (joined, foreign) = joined_or_foreign(&self.page.planes_from(start), window.len());
            if joined || foreign && has_other_capitals(window) {
                return search_apart(window);
            }
        }
        let end = start + window.len();
        self.read(start, end);
        // In the order of the text, and there may be many.
        let first = self.words.partition_point(|(_, place)| place.start < start);
        let inside = self.words.iter().skip(first).take_while(|(_, place)| place.start < end);
        let inside = inside.filter(|(_, place)| place.end <= end);
        let found: Vec<(Rules, usize)> = inside.map(|(rules, place)| (*rules, place.end - start)).collect();
        if found.is_empty() || !window.contains(']') {
            return found;
        }
        let mut blanked = window.as_bytes().to_vec();
        blank_placeholders(&mut blanked);
        search_plain(&blanked)
    }

    /// Reads on until `start..end` is read.
    fn read(&mut self, start: usize, end: usize) {
        if !(self.read.start..=self.read.end).contains(&start) {
            self.read = start - start % PLANE..start - start % PLANE;
            self.words.clear();
        }
        let text = self.page.text().as_bytes();
        while self.read.end < end {
            let offset = self.read.end;
            let mut add = |rules: Rules, place: Range<usize>| self.words.push((rules, place));
            WORDS.phrases.at(text, offset, self.page.word_starts(offset), &mut |number, place| {
                announced(text, number, &place).into_iter().for_each(|rules| add(rules, place.clone()));
            });
            self.read.end += PLANE;
        }
    }
}

/// Whether a letter outside ASCII is a capital, or stands directly before one.
fn has_other_capitals(window: &str) -> bool {
    let mut rest = window;
    while let Some((_, other)) = rest.bytes().position(|byte| !byte.is_ascii()).and_then(|at| rest.split_at_checked(at))
    {
        let mut chars = other.chars();
        let is_small = |c: char| simple_lower(c).map_or_else(|| c.to_lowercase().eq([c]), |lower| lower == c);
        let capital = chars.next().is_some_and(|c| !is_small(c));
        rest = chars.as_str();
        if capital || rest.starts_with(|next: char| next.is_ascii_uppercase()) {
            return true;
        }
    }
    false
}

/// Reads `nhsNumber` as two words, and capitals of other scripts as small letters.
fn search_apart(window: &str) -> Vec<(Rules, usize)> {
    let (mut apart, mut places) = (Vec::with_capacity(2 * BEFORE), Vec::with_capacity(2 * BEFORE));
    let (mut at, mut smalls) = (0, 0);
    for c in window.chars() {
        // After two small letters at least: `CpKB` is no word.
        if smalls > 1 && c.is_uppercase() {
            apart.push(b' ');
            places.push(at);
        }
        smalls = if c.is_lowercase() { smalls + 1 } else { 0 };
        let lower = simple_lower(c).unwrap_or_else(|| {
            let mut small = c.to_lowercase();
            small.next().filter(|_| small.len() == 0).unwrap_or(c)
        });
        apart.extend_from_slice(lower.encode_utf8(&mut [0; 4]).as_bytes());
        at += c.len_utf8();
        places.resize(apart.len(), at);
    }
    // The nearest words are at the end.
    let cut = apart.len().saturating_sub(window.len().max(BEFORE));
    let apart = apart.get_mut(cut..).unwrap_or_default();
    blank_placeholders(apart);
    let mut found = search_plain(apart);
    found.iter_mut().for_each(|(_, end)| *end = places.get((cut + *end).saturating_sub(1)).copied().unwrap_or(at));
    found
}

/// The words in a text where words stand apart.
fn search_plain(text: &[u8]) -> Vec<(Rules, usize)> {
    let mut found = Vec::new();
    WORDS.phrases.each(text, &planes_of(text), |number, place| {
        announced(text, number, &place).into_iter().for_each(|rules| found.push((rules, place.end)));
    });
    found
}

/// The rules that a phrase announces; none as a part of a longer word or of the name of a host, `regular` and `dl.example`.
fn announced(text: &[u8], number: usize, place: &Range<usize>) -> Option<Rules> {
    let rules = *WORDS.meanings.get(number)?;
    let [last, next, after] = [place.end.wrapping_sub(1), place.end, place.end + 1].map(|at| text.get(at));
    let letter = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_alphabetic);
    let dot = |byte: Option<&u8>| byte == Some(&b'.');
    let goes_on = (letter(last) || dot(last)) && letter(next) || letter(last) && dot(next) && letter(after);
    let short = if rules == 0 { SHORT_OTHER } else { SHORT };
    (place.len() > short || !goes_on).then_some(rules)
}

/// Blanks `[...]`, and what stands before a bracket that closes without having been opened.
fn blank_placeholders(plain: &mut [u8]) {
    while plain.contains(&b']') {
        let close = plain.iter().position(|byte| *byte == b']').unwrap_or_default();
        let open = plain.iter().take(close).rposition(|byte| *byte == b'[').unwrap_or_default();
        if let Some(inside) = plain.get_mut(open..=close) {
            inside.fill(b' ');
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kind::Kind;

    fn announced(text: &str) -> Vec<Kind> {
        let near = Near::around(&mut Announced::of(&Page::new(text)), text.len());
        let rules = rules().enumerate().filter(|(number, _)| near.distance(*number).is_some());
        rules.map(|(_, rule)| rule.kind).collect()
    }

    #[test]
    fn the_nearest_word_announces() {
        assert_eq!(announced("SSN: "), [Kind::UsSsn]);
        assert_eq!(announced("my ssn is 536-90-4399 and my passport "), [Kind::Passport]);
        assert_eq!(announced("assn "), []);
        assert_eq!(announced("[US_SSN_1] "), []);
        assert_eq!(announced("_SSN_1] "), []);
        assert_eq!(announced("social_security: "), [Kind::UsSsn]);
        assert_eq!(announced("<nhsNumber>"), announced("nhs_number "));
        assert!(announced("<nhsNumber>").contains(&Kind::UkNhs));
        assert_eq!(announced("ЕГН: "), announced("егн: "));
        assert!(!announced("ЕГН: ").is_empty());
        assert_eq!(announced("ssn, phone "), []);
    }

    #[test]
    fn there_is_a_bit_for_every_rule() {
        assert!(rules().count() <= 128);
    }
}
