//! A text and the clues in it: where digits, `@`, `:` and `/` stand. Gathered in one pass that all recognizers share. Never copies the
//! text; looks into it are bounded and always land on character boundaries.

use std::cell::Cell;

use super::Left;
use super::clues::{self, Clues};
use super::literals::Literal;
use super::needs::Needs;
use super::planes::{PLANE, Plane, Planes, count_before, count_from, planes_from, word_from};
use crate::finding::Span;

/// The longest word that any recognizer asks for, in bytes.
pub const LONGEST_WORD: usize = 110;

/// How far from a comma others of its line are looked for, in bytes.
const FIELDS: usize = 64;

thread_local! {
    /// The lists of the last page of this thread, empty: most texts are short, and making eight lists takes longer than reading one.
    static SPARE: Cell<Option<Box<Clues>>> = const { Cell::new(None) };
}

/// A text with its clues.
pub struct Page<'t> {
    text: &'t str,
    /// None only while the page is dropped.
    clues: Option<Box<Clues>>,
}

impl Drop for Page<'_> {
    /// Hands the lists to the next page of this thread.
    fn drop(&mut self) {
        let Some(mut clues) = self.clues.take() else { return };
        if clues.clear() {
            // A thread that ends has no place for them any more.
            let _ = SPARE.try_with(|spare| spare.set(Some(clues)));
        }
    }
}

impl<'t> Page<'t> {
    /// Gathers the clues of `text` in one pass.
    pub fn new(text: &'t str) -> Self {
        let mut clues = SPARE.try_with(Cell::take).ok().flatten().unwrap_or_default();
        clues.gather(text);
        Page { text, clues: Some(clues) }
    }

    /// The same, but it meets every need: no recognizer is passed over.
    #[cfg(test)]
    pub(super) fn meeting_all(text: &'t str) -> Self {
        let mut page = Self::new(text);
        page.clues.as_deref_mut().into_iter().for_each(Clues::meet_all);
        page
    }

    /// Takes the digits of spans from the recognizers that are asked after this.
    pub(super) fn settle(&mut self, spans: impl Iterator<Item = (Span, Left)>) {
        if let Some(clues) = self.clues.as_deref_mut() {
            clues.settle(self.text.as_bytes(), spans);
        }
    }

    /// Drops the words whose digits are settled.
    pub(super) fn drop_settled(&mut self) {
        self.clues.as_deref_mut().into_iter().for_each(Clues::drop_settled);
    }

    fn clues(&self) -> &Clues {
        self.clues.as_deref().unwrap_or(&clues::NONE)
    }

    /// The whole text.
    pub fn text(&self) -> &'t str {
        self.text
    }

    /// Every longest run of ASCII digits, in order.
    pub fn digit_runs(&self) -> &[Span] {
        &self.clues().digit_runs
    }

    /// Whether one of the needs is met.
    #[inline]
    pub(super) fn meets(&self, needs: Needs) -> bool {
        self.clues().met.meets(needs)
    }

    /// The runs of digits that meet one of the needs, with their places in [`Page::digit_runs`].
    #[inline]
    pub(super) fn runs_of(&self, needs: Needs) -> impl Iterator<Item = (usize, Span)> {
        let clues = self.clues();
        let runs = if clues.met.meets(needs) { clues.digit_runs.as_slice() } else { &[] };
        let runs = runs.iter().zip(&clues.needs).enumerate();
        runs.filter(move |(_, (_, own))| own.meets(needs)).map(|(index, (run, _))| (index, *run))
    }

    /// The offset of every `@`, in order.
    pub fn ats(&self) -> &[usize] {
        &self.clues().ats
    }

    /// The offset of every `:`, in order.
    pub fn colons(&self) -> &[usize] {
        &self.clues().colons
    }

    /// The offset of every `/`, in order.
    pub fn slashes(&self) -> &[usize] {
        &self.clues().slashes
    }

    /// The offset of every `=`, in order.
    pub fn equals(&self) -> &[usize] {
        &self.clues().equals
    }

    /// The offset of every `_`, in order.
    pub fn underscores(&self) -> &[usize] {
        &self.clues().underscores
    }

    /// Every literal clue, in order.
    pub fn literals(&self) -> &[(Literal, Span)] {
        &self.clues().literals
    }

    /// Every word of ASCII letters and digits that holds a digit, in order; one of more than [`LONGEST_WORD`] bytes comes in pieces.
    pub fn words(&self) -> &[Span] {
        &self.clues().words
    }

    /// The sorts of the bytes from `at` on.
    pub(super) fn planes_from(&self, at: usize) -> Planes {
        planes_from(&self.clues().planes, at)
    }

    /// The ASCII letters and the digits among the bytes from `at` on, one bit each.
    #[inline]
    pub(super) fn word_from(&self, at: usize) -> (u64, u64) {
        word_from(&self.clues().planes, at)
    }

    /// Whether one of the bytes from `at` on, 64 at most, is a digit.
    #[inline]
    pub(super) fn has_digit(&self, at: usize, length: usize) -> bool {
        let (_, digits) = self.word_from(at);
        digits & u64::MAX.checked_shr(u64::BITS.saturating_sub(length as u32)).unwrap_or_default() != 0
    }

    /// How many ASCII letters and digits stand directly before `at`; at least `limit` where there are more.
    #[inline]
    pub(super) fn word_before(&self, at: usize, limit: usize) -> usize {
        count_before(&self.clues().planes, at, limit, Plane::word)
    }

    /// How many ASCII letters and digits stand from `at` on; at least `limit` where there are more.
    #[inline]
    pub(super) fn word_after(&self, at: usize, limit: usize) -> usize {
        count_from(&self.clues().planes, at, limit, Plane::word)
    }

    /// How many ASCII letters stand directly before `at`; at least `limit` where there are more.
    #[inline]
    pub(super) fn alphabetic_before(&self, at: usize, limit: usize) -> usize {
        count_before(&self.clues().planes, at, limit, |plane| plane.letters)
    }

    /// How many ASCII letters stand from `at` on; at least `limit` where there are more.
    #[inline]
    pub(super) fn alphabetic_after(&self, at: usize, limit: usize) -> usize {
        count_from(&self.clues().planes, at, limit, |plane| plane.letters)
    }

    /// How many ASCII letters and bytes outside ASCII stand from `at` on; at least `limit` where there are more.
    #[inline]
    pub(super) fn name_after(&self, at: usize, limit: usize) -> usize {
        count_from(&self.clues().planes, at, limit, |plane| plane.letters | plane.foreign)
    }

    /// Where the ASCII letters directly before `end` start, `limit` at most, and those that `is_letter` tells where others stand there.
    #[inline]
    pub(super) fn letters_before(&self, end: usize, limit: usize, is_letter: fn(char) -> bool) -> usize {
        let start = end - self.alphabetic_before(end, limit).min(limit);
        let foreign = self.byte_before(start).is_some_and(|byte| !byte.is_ascii());
        if foreign { self.back_while(end, limit, is_letter) } else { start }
    }

    /// Where the ASCII letters from `start` on end, `limit` at most, and those that `is_letter` tells where others stand there.
    #[inline]
    pub(super) fn letters_after(&self, start: usize, limit: usize, is_letter: fn(char) -> bool) -> usize {
        let end = start + self.alphabetic_after(start, limit).min(limit);
        let foreign = self.byte(end).is_some_and(|byte| !byte.is_ascii());
        if foreign { self.ahead_while(start, limit, is_letter) } else { end }
    }

    /// The first letters of the words in the plane that begins at `offset`.
    pub(super) fn word_starts(&self, offset: usize) -> u64 {
        let planes = &self.clues().planes;
        let letters =
            (offset / PLANE).checked_sub(1).and_then(|before| planes.get(before)).map_or(0, |plane| plane.letters);
        planes.get(offset / PLANE).map_or(0, |plane| plane.word_starts(letters >> (PLANE - 1)))
    }

    /// Whether `word` stands at `at`, in any case of ASCII letters.
    pub fn has_at(&self, at: usize, word: &str) -> bool {
        self.text
            .as_bytes()
            .get(at..at.saturating_add(word.len()))
            .is_some_and(|text| text.eq_ignore_ascii_case(word.as_bytes()))
    }

    /// Whether `word` ends at `at`, in any case of ASCII letters.
    pub fn has_before(&self, at: usize, word: &str) -> bool {
        at.checked_sub(word.len()).is_some_and(|start| self.has_at(start, word))
    }

    /// The text of `start..end`; empty when that is not a range of the text.
    pub fn slice(&self, start: usize, end: usize) -> &'t str {
        self.text.get(start..end).unwrap_or_default()
    }

    /// The bytes from `at` on; none when `at` is beyond the text.
    pub(super) fn bytes_at(&self, at: usize) -> &'t [u8] {
        self.text.as_bytes().get(at..).unwrap_or_default()
    }

    /// The byte at `at`.
    #[inline]
    pub fn byte(&self, at: usize) -> Option<u8> {
        self.text.as_bytes().get(at).copied()
    }

    /// The byte that ends at `at`.
    #[inline]
    pub fn byte_before(&self, at: usize) -> Option<u8> {
        self.byte(at.checked_sub(1)?)
    }

    /// Whether the comma at `at` stands between two fields of a line, as in CSV, and not inside a number: a letter stands on one of its
    /// sides, or its line has another comma without a space after it.
    pub fn is_field_comma(&self, at: usize) -> bool {
        let digit = |at: Option<usize>| at.and_then(|at| self.byte(at)).is_some_and(|byte| byte.is_ascii_digit());
        if self.byte(at) != Some(b',') {
            return false;
        }
        if !digit(at.checked_sub(1)) || !digit(Some(at + 1)) {
            return true;
        }
        let bytes = self.text.as_bytes();
        let line = |byte: &&u8| !matches!(**byte, b'\n' | b';');
        let before = bytes.get(..at).unwrap_or_default().iter().rev().take(FIELDS).take_while(line);
        let after = bytes.get(at + 1..).unwrap_or_default().iter().take(FIELDS).take_while(line);
        let mut last = b' ';
        let ahead = before.copied().any(|byte| std::mem::replace(&mut last, byte) != b' ' && byte == b',');
        let mut last = b' ';
        ahead || after.copied().any(|byte| std::mem::replace(&mut last, byte) == b',' && byte != b' ')
    }

    /// The character that ends at `at`. Most take one byte, and those need no decoding.
    #[inline]
    pub fn before(&self, at: usize) -> Option<char> {
        match self.byte_before(at)? {
            byte if byte.is_ascii() => Some(char::from(byte)),
            _ => self.text.get(..at)?.chars().next_back(),
        }
    }

    /// The character that starts at `at`.
    #[inline]
    pub fn after(&self, at: usize) -> Option<char> {
        match self.byte(at)? {
            byte if byte.is_ascii() => Some(char::from(byte)),
            _ => self.text.get(at..)?.chars().next(),
        }
    }

    /// Whether no letter, digit or underscore stands directly before `at`, but for those of scripts that write without spaces.
    #[inline]
    pub fn starts_word(&self, at: usize) -> bool {
        match self.byte_before(at) {
            None => true,
            Some(byte) if byte.is_ascii() => !is_word_byte(byte),
            Some(_) => !self.before(at).is_some_and(is_word),
        }
    }

    /// Whether no letter, digit or underscore stands directly after `at`, but for those of scripts that write without spaces.
    #[inline]
    pub fn ends_word(&self, at: usize) -> bool {
        match self.byte(at) {
            None => true,
            Some(byte) if byte.is_ascii() => !is_word_byte(byte),
            Some(_) => !self.after(at).is_some_and(is_word),
        }
    }

    /// The value of a run of digits; the largest number when it is larger than that.
    #[inline]
    pub fn value(&self, run: Span) -> u32 {
        let digits = self.text.as_bytes().get(run.start..run.end).unwrap_or_default();
        digits
            .iter()
            .fold(0, |value: u32, digit| value.saturating_mul(10).saturating_add(u32::from(digit.wrapping_sub(b'0'))))
    }

    /// At most `bytes` bytes of lower-case ASCII text before `at`, for context words.
    pub fn context_before(&self, at: usize, bytes: usize) -> String {
        self.bytes_before(at, bytes).to_lowercase()
    }

    /// At most `bytes` bytes of lower-case text after `at`, for context words.
    pub fn context_after(&self, at: usize, bytes: usize) -> String {
        self.bytes_after(at, bytes).to_lowercase()
    }

    /// The whole characters in at most `bytes` bytes before `at`.
    pub fn bytes_before(&self, at: usize, bytes: usize) -> &'t str {
        self.slice(self.text.ceil_char_boundary(at.saturating_sub(bytes)), at)
    }

    /// The whole characters in at most `bytes` bytes from `at` on.
    pub fn bytes_after(&self, at: usize, bytes: usize) -> &'t str {
        self.slice(at, self.text.floor_char_boundary(at.saturating_add(bytes)))
    }

    /// Whether Thai stands before `at`, with a space and a colon between at most. Its letters take three bytes each.
    pub(super) fn follows_thai(&self, at: usize) -> bool {
        let end = self.back_while(at, 3, |c| matches!(c, ' ' | ':' | '('));
        self.byte_before(end).is_some_and(|byte| byte >= 0x80) && self.before(end).is_some_and(is_thai)
    }

    /// The start of the run of at most `limit` characters before `at` that all satisfy `keep`.
    #[inline]
    pub fn back_while(&self, at: usize, limit: usize, keep: impl Fn(char) -> bool) -> usize {
        let mut start = at;
        for _ in 0..limit {
            let Some(c) = self.before(start).filter(|c| keep(*c)) else { break };
            start -= c.len_utf8();
        }
        start
    }

    /// The end of the run of at most `limit` characters from `at` that all satisfy `keep`.
    #[inline]
    pub fn ahead_while(&self, at: usize, limit: usize, keep: impl Fn(char) -> bool) -> usize {
        let mut end = at;
        for _ in 0..limit {
            let Some(c) = self.after(end).filter(|c| keep(*c)) else { break };
            end += c.len_utf8();
        }
        end
    }
}

/// From here on scripts write without spaces between words (Chinese, Japanese); of those below it only Thai is taken as such a one.
pub(super) const SPACELESS: char = '\u{2e80}';

/// A letter, a mark or a digit of Thai.
pub(super) fn is_thai(c: char) -> bool {
    matches!(c, '\u{e00}'..='\u{e7f}')
}

/// A letter or digit, or an underscore, of a script that writes with spaces: in the others a value stands directly beside a word.
pub(crate) fn is_word(c: char) -> bool {
    let other = || c < SPACELESS && !is_thai(c) && c.is_alphanumeric();
    u8::try_from(c).ok().filter(u8::is_ascii).map_or_else(other, is_word_byte)
}

/// A letter, a digit or an underscore of ASCII.
#[inline]
fn is_word_byte(byte: u8) -> bool {
    // Bits of the bytes from 0 to 63, then of those to 127.
    const WORD: [u64; 2] = [0x03ff_0000_0000_0000, 0x07ff_fffe_87ff_fffe];
    WORD.get(usize::from(byte / 64)).is_some_and(|bits| bits >> (byte % 64) & 1 == 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finding::SpanText as _;

    #[test]
    fn clues_are_found_across_blocks() {
        let text = "abcdefghijklmn 1234 é@x: y/z";
        let page = Page::new(text);
        assert_eq!(page.digit_runs(), [Span::new(15, 19)]);
        assert_eq!(page.ats(), [text.find('@').unwrap()]);
        assert_eq!(page.colons(), [text.find(':').unwrap()]);
        assert_eq!(page.slashes(), [text.find('/').unwrap()]);
    }

    #[test]
    fn letters_digits_and_the_underscore_make_words() {
        for byte in 0..=u8::MAX {
            assert_eq!(is_word_byte(byte), byte == b'_' || byte.is_ascii_alphanumeric(), "{byte}");
        }
    }

    #[test]
    fn commas_stand_between_fields_or_inside_numbers() {
        let is_between = |text: &str| Page::new(text).is_field_comma(text.find(',').unwrap());
        for text in ["Joe,12", "12,Rome", "1,23,active", "1,2,3", "12,34\t,5"] {
            assert!(is_between(text), "{text}");
        }
        for text in ["1,234", "1,5; 2,5", "1,23 and, in Rome, more", "1,2\n3,4,5"] {
            assert!(!is_between(text), "{text}");
        }
    }

    #[test]
    fn looks_stop_at_the_limit_and_on_boundaries() {
        let page = Page::new("ééé abc");
        assert_eq!(page.back_while(6, 2, char::is_alphanumeric), 2);
        assert_eq!(page.ahead_while(7, 9, char::is_alphanumeric), 10);
        assert_eq!(page.context_before(6, 3), "é");
        assert_eq!(page.context_after(0, 3), "é");
    }
}
