//! The words of a line before and after a house number, read one by one: most streets that are none are told by the first of them.

use crate::recognize::Page;
use crate::recognize::list::is_letter;

/// How far from its number a street's name is read, in characters.
const REACH: usize = 56;
/// The longest word of a name, in characters.
const LONGEST_NAME: usize = 28;

/// The ASCII characters that end a word, one bit each.
struct Ends([u64; 2]);

impl Ends {
    const fn new(ends: &[u8]) -> Self {
        let mut bits = [0; 2];
        let mut rest = ends;
        while let [byte, more @ ..] = rest {
            let bit = 1 << (*byte % 64);
            if *byte < 64 {
                bits[0] |= bit
            } else {
                bits[1] |= bit
            }
            rest = more;
        }
        Self(bits)
    }

    #[inline]
    fn has(&self, byte: u8) -> bool {
        self.0.get(usize::from(byte / 64)).is_some_and(|bits| bits >> (byte % 64) & 1 == 1)
    }

    /// Whether a word goes on with the character.
    #[inline]
    fn go_on(&self, c: char) -> bool {
        u8::try_from(c).map_or(true, |byte| !self.has(byte))
    }

    /// The word that ends at `end`: where it starts and how many characters it has, `reach` at most. Most words are of ASCII and need no
    /// decoding.
    #[inline]
    fn before(&self, page: &Page<'_>, end: usize, reach: usize) -> (usize, usize) {
        let mut count = page.word_before(end, reach);
        while count < reach && page.byte_before(end - count).is_some_and(|byte| byte.is_ascii() && !self.has(byte)) {
            count += 1;
            count += page.word_before(end - count, reach);
        }
        let count = count.min(reach);
        if count == reach || page.byte_before(end - count).is_none_or(|byte| byte.is_ascii()) {
            return (end - count, count);
        }
        let start = page.back_while(end, reach, |c| self.go_on(c));
        (start, page.slice(start, end).chars().count())
    }

    /// The word that starts at `start`: where it ends and how many characters it has, `reach` at most.
    #[inline]
    fn after(&self, page: &Page<'_>, start: usize, reach: usize) -> (usize, usize) {
        let mut count = page.word_after(start, reach);
        while count < reach && page.byte(start + count).is_some_and(|byte| byte.is_ascii() && !self.has(byte)) {
            count += 1;
            count += page.word_after(start + count, reach);
        }
        let count = count.min(reach);
        if count == reach || page.byte(start + count).is_none_or(|byte| byte.is_ascii()) {
            return (start + count, count);
        }
        let end = page.ahead_while(start, reach, |c| self.go_on(c));
        (end, page.slice(start, end).chars().count())
    }
}

/// What ends a word before a number: also a quotation mark, a bracket or the sign of a key or a column.
const BEFORE: Ends = Ends::new(b" \n\r\t,;:(?!\"=>|[{*");
/// What ends a word after a number.
const AFTER: Ends = Ends::new(b" \n\r\t,;()?!\"<|*");

/// Quotation marks and the like before a word; some are apostrophes elsewhere.
const QUOTES: [char; 9] = ['\'', '‘', '’', '`', '“', '„', '«', '：', '「'];

/// The word that ends at `end`, without quotation marks before it.
#[inline]
pub(super) fn word_before<'t>(page: &Page<'t>, end: usize) -> &'t str {
    before_within(page, end, LONGEST_NAME).0
}

/// The word, and how many characters it has.
#[inline]
fn before_within<'t>(page: &Page<'t>, end: usize, reach: usize) -> (&'t str, usize) {
    let (start, count) = BEFORE.before(page, end, reach);
    let word = page.slice(start, end);
    if word.as_bytes().first().is_some_and(u8::is_ascii_alphanumeric) {
        return (word, count);
    }
    let bare = word.trim_start_matches(QUOTES);
    (bare, bare.chars().count())
}

/// The words after a place in its line, split at single spaces.
pub(super) struct WordsAfter<'p, 't> {
    page: &'p Page<'t>,
    /// Where the next word starts; none after the last.
    start: Option<usize>,
    /// How many characters are still read.
    reach: usize,
}

impl<'p, 't> WordsAfter<'p, 't> {
    /// The words from `at`.
    pub(super) fn of(page: &'p Page<'t>, at: usize) -> Self {
        Self { page, start: Some(at), reach: REACH }
    }
}

impl<'t> Iterator for WordsAfter<'_, 't> {
    type Item = &'t str;

    fn next(&mut self) -> Option<&'t str> {
        let start = self.start.take()?;
        let (end, count) = AFTER.after(self.page, start, self.reach);
        let word = self.page.slice(start, end);
        let quoted = word.as_bytes().last().is_some_and(|byte| *byte == b'\'' || *byte >= 0x80);
        let bare = if quoted { word.trim_end_matches(['\'', '’']) } else { word };
        let count = if bare.len() < word.len() { bare.chars().count() } else { count };
        let (word, left) = (bare, self.reach.checked_sub(count + 1));
        let end = start + word.len();
        if let Some(left) = left.filter(|_| self.page.byte(end) == Some(b' ')) {
            (self.start, self.reach) = (Some(end + 1), left);
        }
        Some(word)
    }
}

/// The words before a place in its line, the nearest first.
pub(super) struct WordsBefore<'p, 't> {
    page: &'p Page<'t>,
    /// Where the next word ends; none after the last.
    end: Option<usize>,
    /// How many characters are still read.
    reach: usize,
}

impl<'p, 't> WordsBefore<'p, 't> {
    /// The words before `at`.
    pub(super) fn of(page: &'p Page<'t>, at: usize) -> Self {
        Self { page, end: Some(at), reach: REACH }
    }
}

impl<'t> Iterator for WordsBefore<'_, 't> {
    type Item = &'t str;

    fn next(&mut self) -> Option<&'t str> {
        let end = self.end.take()?;
        let (word, count) = before_within(self.page, end, self.reach);
        let start = end - word.len();
        let left = self.reach.checked_sub(count + 1);
        if let Some(left) = left.filter(|_| self.page.byte_before(start) == Some(b' ')) {
            (self.end, self.reach) = (Some(start - 1), left);
        }
        Some(word)
    }
}

/// A character of a name beside a number.
fn is_name(c: char, marks: &[char]) -> bool {
    is_letter(c) || marks.contains(&c)
}

/// The start of the name that ends at `end`. Most are of ASCII letters, which need no look at a table.
#[inline]
pub(super) fn name_start(page: &Page<'_>, end: usize) -> usize {
    let mut count = page.alphabetic_before(end, LONGEST_NAME);
    while count < LONGEST_NAME && matches!(page.byte_before(end - count), Some(b'.' | b'-' | b'\'')) {
        count += 1 + page.alphabetic_before(end - count - 1, LONGEST_NAME);
    }
    let start = end - count.min(LONGEST_NAME);
    if page.byte_before(start).is_none_or(|byte| byte < 0x80) {
        return start;
    }
    page.back_while(end, LONGEST_NAME, |c| is_name(c, &['.', '-', '\'', '’']))
}

/// The end of the name that starts at `start`.
#[inline]
pub(super) fn name_stop(page: &Page<'_>, start: usize) -> usize {
    let mut count = page.alphabetic_after(start, LONGEST_NAME);
    while count < LONGEST_NAME && matches!(page.byte(start + count), Some(b'-' | b'\'')) {
        count += 1 + page.alphabetic_after(start + count + 1, LONGEST_NAME);
    }
    let end = start + count.min(LONGEST_NAME);
    if page.byte(end).is_none_or(|byte| byte < 0x80) {
        return end;
    }
    page.ahead_while(start, LONGEST_NAME, |c| is_name(c, &['-', '\'', '’']))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn after(text: &str) -> Vec<&str> {
        WordsAfter::of(&Page::new(text), 0).collect()
    }

    fn before(text: &str) -> Vec<&str> {
        WordsBefore::of(&Page::new(text), text.len()).collect()
    }

    #[test]
    fn words_end_with_the_line() {
        assert_eq!(after("Main Street, Ulm"), ["Main", "Street"]);
        assert_eq!(after("Große  Straße\nUlm"), ["Große", "", "Straße"]);
        assert_eq!(before("in Ulm: An der Straße"), ["Straße", "der", "An", ""]);
        assert_eq!((after(""), before("a,")), (vec![""], vec![""]));
        assert_eq!((before("k='Via Roma"), before("k=Via\tRoma")), (vec!["Roma", "Via"], vec!["Roma"]));
    }

    #[test]
    fn words_end_where_they_are_too_far() {
        let text = "é".repeat(REACH - 3) + " ab cd";
        assert_eq!(after(&text), [&text[..2 * (REACH - 3)], "ab"]);
        let text = "cd ab ".to_owned() + &"é".repeat(REACH - 3);
        assert_eq!(before(&text), [&text[6..], "ab"]);
        let text = "a".repeat(REACH) + " b";
        assert_eq!(after(&text), [&text[..REACH]]);
    }
}
