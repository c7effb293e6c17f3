//! The words of a line before and after a house number, read one by one: most streets that are none are told by the first of them.

use crate::recognize::Page;

/// How far from its number a street's name is read, in characters.
const REACH: usize = 56;

/// Whether the character may stand inside a word before a number; a quotation mark, a bracket or the sign of a key or a column ends it.
pub(super) fn is_inner(c: char) -> bool {
    !matches!(
        c,
        ' ' | '\n'
            | '\r'
            | '\t'
            | ','
            | ';'
            | ':'
            | '('
            | '?'
            | '!'
            | '"'
            | '='
            | '>'
            | '|'
            | '['
            | '{'
            | '*'
            | '“'
            | '„'
            | '«'
            | '：'
    )
}

/// Quotation marks that are apostrophes elsewhere.
pub(super) const QUOTES: [char; 4] = ['\'', '‘', '’', '`'];

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
        let end = self.page.ahead_while(start, self.reach, |c| {
            !matches!(c, ' ' | '\n' | '\r' | '\t' | ',' | ';' | '(' | ')' | '?' | '!' | '"' | '<' | '|' | '*')
        });
        let word = self.page.slice(start, end).trim_end_matches(QUOTES);
        let left = self.reach.checked_sub(word.chars().count() + 1);
        if let Some(left) = left.filter(|_| self.page.byte(start + word.len()) == Some(b' ')) {
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
        let start = self.page.back_while(end, self.reach, is_inner);
        let word = self.page.slice(start, end).trim_start_matches(QUOTES);
        let start = end - word.len();
        let left = self.reach.checked_sub(word.chars().count() + 1);
        if let Some(left) = left.filter(|_| self.page.byte_before(start) == Some(b' ')) {
            (self.end, self.reach) = (Some(start - 1), left);
        }
        Some(word)
    }
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
