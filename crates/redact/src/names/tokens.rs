//! A text as the words that the name model reads: each with its place, a hash of its lower-case letters, its first and last letters and
//! its form. One pass, no copies, no look back; what is no word for the model (links, mail addresses, placeholders) is one opaque token.

use super::model::{Cluster, Entry, Tables};
use crate::operator::PLACEHOLDER_LIMIT;

/// The longest part of a word that is hashed, in bytes of its lower-case form.
const FOLD_LIMIT: usize = 32;
/// Shortened titles that keep their period.
const TITLES: [&[u8]; 18] = [
    b"mr", b"mrs", b"ms", b"dr", b"prof", b"st", b"sr", b"jr", b"sen", b"gov", b"rep", b"gen", b"col", b"capt", b"lt",
    b"sgt", b"rev", b"fr",
];

/// What a token looks like, one bit each.
pub(super) mod form {
    /// The first letter is a capital.
    pub const CAPITAL: u16 = 1;
    /// More than one letter, all capitals.
    pub const SHOUTED: u16 = 1 << 1;
    /// A capital after the first letter, and small letters.
    pub const INNER: u16 = 1 << 2;
    /// Holds a digit.
    pub const DIGIT: u16 = 1 << 3;
    /// Holds a letter.
    pub const LETTER: u16 = 1 << 4;
    /// Holds a hyphen.
    pub const HYPHEN: u16 = 1 << 5;
    /// Holds an apostrophe or a period.
    pub const MARK: u16 = 1 << 6;
    /// Begins with `@`.
    pub const HANDLE: u16 = 1 << 7;
    /// Begins with `#`.
    pub const TAG: u16 = 1 << 8;
    /// A link, a mail address, a placeholder or a word without end.
    pub const OPAQUE: u16 = 1 << 9;
    /// One letter, with or without a period.
    pub const SINGLE: u16 = 1 << 10;
    /// Letters outside of ASCII.
    pub const WIDE: u16 = 1 << 11;
    /// Holds an underscore.
    pub const JOINED: u16 = 1 << 14;
    /// First of its sentence.
    pub const FIRST: u16 = 1 << 12;
    /// First of its line.
    pub const LINE: u16 = 1 << 13;
}

/// One word or mark.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Token {
    /// Where it starts, in bytes.
    pub start: usize,
    /// Where it ends.
    pub end: usize,
    /// Hash of the lower-case letters, without a leading `@` or `#`.
    pub word: u64,
    /// The first four bytes of the lower-case letters.
    pub head: u32,
    /// The last four.
    pub tail: u32,
    /// The first letters, for what is inside of a word.
    pub letters: [u8; 12],
    /// Bits of [`form`].
    pub form: u16,
    /// What the lexicon says; the tokenizer leaves it empty.
    pub lists: u16,
    /// The cluster of the word as it is written, and as it would be with or without a capital; the tokenizer leaves both empty.
    pub clusters: [Cluster; 2],
    /// Of a mark, its first byte.
    pub mark: u8,
    /// Length of the word in bytes, at most 255.
    pub length: u8,
}

impl Token {
    /// Whether any of the bits is set.
    pub fn has(&self, bits: u16) -> bool {
        self.form & bits != 0
    }

    /// Puts in what the lexicon says about the word.
    pub fn look_up(&mut self, tables: Tables<'_>) {
        let Entry { lists, small, capital } = tables.entry(self.word);
        self.lists = lists;
        self.clusters = [capital, small].map(|number| tables.cluster(number));
        if !self.has(form::CAPITAL | form::INNER) {
            self.clusters.reverse();
        }
    }

    /// Whether it holds letters that the model may read.
    pub fn is_word(&self) -> bool {
        self.has(form::LETTER) && !self.has(form::OPAQUE)
    }
}

/// Mixes a number, as hashes of words and features are mixed.
pub(super) fn mix(value: u64) -> u64 {
    let value = value.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    value ^ (value >> 29)
}

/// Lower-case letters of one word, cut at [`FOLD_LIMIT`] bytes.
struct Folded {
    bytes: [u8; FOLD_LIMIT],
    length: usize,
}

impl Folded {
    fn of(word: &str) -> Self {
        let mut folded = Self { bytes: [0; FOLD_LIMIT], length: 0 };
        if word.is_ascii() {
            folded.push(word.as_bytes());
            folded.bytes.make_ascii_lowercase();
            return folded;
        }
        let mut buffer = [0; 4];
        for c in word.chars().flat_map(char::to_lowercase) {
            let c = if c == '\u{2019}' { '\'' } else { c };
            let bytes = c.encode_utf8(&mut buffer).as_bytes();
            if folded.length + bytes.len() > FOLD_LIMIT {
                break;
            }
            folded.push(bytes);
        }
        folded
    }

    fn push(&mut self, bytes: &[u8]) {
        let free = self.bytes.iter_mut().skip(self.length);
        self.length += free.zip(bytes).map(|(to, from)| *to = *from).count();
    }

    fn hash(&self) -> u64 {
        let (chunks, _) = self.bytes.as_chunks::<8>();
        let used = chunks.iter().take(self.length.div_ceil(8).max(1));
        mix(used.fold(self.length as u64, |hash, chunk| mix(hash ^ u64::from_le_bytes(*chunk))))
    }

    fn head(&self) -> u32 {
        self.bytes.first_chunk().map_or(0, |bytes| u32::from_le_bytes(*bytes))
    }

    fn tail(&self) -> u32 {
        let from = self.length.saturating_sub(4);
        let last = self.bytes.get(from..self.length).unwrap_or_default();
        last.iter().fold(0, |tail, byte| tail << 8 | u32::from(*byte))
    }
}

/// The hash that tokens have for `word`.
#[cfg(any(test, feature = "train"))]
pub(super) fn hash_of(word: &str) -> u64 {
    Folded::of(word).hash()
}

/// Reads the tokens of a text one after another.
pub(super) struct Tokens<'t> {
    text: &'t str,
    at: usize,
    line: bool,
    sentence: bool,
}

impl<'t> Tokens<'t> {
    /// Starts at the beginning.
    pub fn new(text: &'t str) -> Self {
        Self { text, at: 0, line: true, sentence: true }
    }

    fn byte(&self, at: usize) -> u8 {
        self.text.as_bytes().get(at).copied().unwrap_or_default()
    }

    fn char(&self, at: usize) -> Option<char> {
        let byte = self.byte(at);
        if byte < 0x80 {
            return (at < self.text.len()).then_some(char::from(byte));
        }
        self.text.get(at..)?.chars().next()
    }

    /// Whether a letter or digit stands at `at`.
    fn is_word(&self, at: usize) -> bool {
        let byte = self.byte(at);
        byte.is_ascii_alphanumeric() || byte >= 0x80 && self.char(at).is_some_and(joins)
    }

    /// The end of the letters and digits from `at` on.
    fn letters(&self, mut at: usize) -> usize {
        loop {
            let byte = self.byte(at);
            if byte.is_ascii_alphanumeric() || byte == b'_' {
                at += 1;
            } else if byte >= 0x80 && self.char(at).is_some_and(joins) {
                at += self.char(at).map_or(1, char::len_utf8);
            } else {
                return at;
            }
        }
    }

    /// The end of what has no spaces from `at` on.
    fn unbroken(&self, at: usize) -> usize {
        let rest = self.text.get(at..).unwrap_or_default();
        at + rest.find(|c: char| c.is_whitespace() || matches!(c, '<' | '>' | '"')).unwrap_or(rest.len())
    }

    /// The end of the word that starts at `start`, and whether it is opaque.
    fn word_end(&self, start: usize) -> (usize, bool) {
        let mut end = self.letters(start);
        loop {
            let next = self.byte(end);
            let joint = match next {
                b'\'' => 1,
                b'-' => 1,
                0xe2 if self.char(end) == Some('\u{2019}') => 3,
                b'.' => return self.period(start, end),
                b'@' if self.is_word(end + 1) => return (self.unbroken(end), true),
                b':' if self.byte(end + 1) == b'/' && self.byte(end + 2) == b'/' => return (self.unbroken(end), true),
                _ => return (end, false),
            };
            if !self.is_word(end + joint) {
                return (end, false);
            }
            let after = self.letters(end + joint);
            let owns = next != b'-' && after == end + joint + 1 && matches!(self.byte(end + joint), b's' | b'S');
            if owns {
                return (end, false);
            }
            end = after;
        }
    }

    /// What a period after the word at `start..end` makes of it: an initial, a title, a host name, or the end of the sentence.
    fn period(&self, start: usize, end: usize) -> (usize, bool) {
        let word = self.text.get(start..end).unwrap_or_default();
        let mut letters = word.chars();
        if letters.next().is_some_and(char::is_alphabetic) && letters.next().is_none() {
            let mut end = end + 1;
            // Letters with periods between them: `U.S.`
            while self.byte(end).is_ascii_alphabetic() && self.byte(end + 1) == b'.' {
                end += 2;
            }
            let goes_on = self.byte(end).is_ascii_lowercase() || self.byte(end).is_ascii_digit();
            return if goes_on { (self.unbroken(end), true) } else { (end, false) };
        }
        let next = self.byte(end + 1);
        if next.is_ascii_lowercase() || next.is_ascii_digit() {
            return (self.unbroken(end), true);
        }
        let title = TITLES.iter().any(|title| title.eq_ignore_ascii_case(word.as_bytes()));
        (if title { end + 1 } else { end }, false)
    }

    /// The end of a placeholder that starts at `at`.
    fn placeholder(&self, at: usize) -> Option<usize> {
        let rest = self.text.as_bytes().get(at + 1..)?;
        let length = rest.iter().take(PLACEHOLDER_LIMIT).position(|byte| *byte == b']')?;
        let inside = rest.get(..length)?;
        let is_name = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'_';
        let starts_well = inside.first().is_some_and(u8::is_ascii_uppercase) && inside.contains(&b'_');
        (starts_well && inside.iter().all(is_name)).then_some(at + length + 2)
    }

    fn skip_space(&mut self) {
        loop {
            match self.byte(self.at) {
                b'\n' => self.line = true,
                b' ' | b'\t' | b'\r' => {}
                0..=32 if self.at < self.text.len() => {}
                0xc2.. if self.char(self.at).is_some_and(char::is_whitespace) => {
                    self.at += self.char(self.at).map_or(1, char::len_utf8);
                    continue;
                }
                _ => return,
            }
            self.at += 1;
        }
    }

    fn mark(&mut self, start: usize) -> Token {
        let first = self.char(start).unwrap_or(' ');
        let mut end = start + first.len_utf8();
        // A placeholder after a bracket keeps its own.
        while self.char(end) == Some(first) && (first != '[' || self.placeholder(end).is_none()) {
            end += first.len_utf8();
        }
        self.at = end;
        let word = mix(u64::from(u32::from(first)) | 1 << 40);
        Token { start, end, word, mark: if first.is_ascii() { first as u8 } else { 0x80 }, ..Token::default() }
    }

    fn word(&mut self, start: usize, sigil: u16) -> Token {
        let from = start + usize::from(sigil != 0);
        let (end, opaque) = if sigil == 0 { self.word_end(from) } else { (self.letters(from), false) };
        self.at = end;
        let word = self.text.get(from..end).unwrap_or_default();
        let folded = Folded::of(word);
        let length = u8::try_from(word.len()).unwrap_or(u8::MAX);
        let opaque = if opaque || word.len() > 4 * FOLD_LIMIT { form::OPAQUE } else { 0 };
        let form = form_of(word) | sigil | opaque;
        Token {
            start,
            end,
            word: folded.hash(),
            head: folded.head(),
            tail: folded.tail(),
            letters: folded.bytes.first_chunk().copied().unwrap_or_default(),
            form,
            length,
            ..Token::default()
        }
    }

    fn read(&mut self) -> Token {
        let start = self.at;
        let byte = self.byte(start);
        if byte == b'['
            && let Some(end) = self.placeholder(start)
        {
            self.at = end;
            let form = form::OPAQUE | form::LETTER;
            return Token { start, end, word: mix(u64::from(form)), form, ..Token::default() };
        }
        match byte {
            b'@' if self.is_word(start + 1) || self.byte(start + 1) == b'_' => self.word(start, form::HANDLE),
            b'#' if self.is_word(start + 1) => self.word(start, form::TAG),
            b'_' => self.word(start, 0),
            _ if self.is_word(start) => self.word(start, 0),
            _ => self.mark(start),
        }
    }
}

impl Iterator for Tokens<'_> {
    type Item = Token;

    fn next(&mut self) -> Option<Token> {
        self.skip_space();
        if self.at >= self.text.len() {
            return None;
        }
        let mut token = self.read();
        let line = std::mem::take(&mut self.line);
        token.form |= if line { form::LINE } else { 0 };
        if token.form & (form::LETTER | form::DIGIT) == 0 {
            self.sentence |= line || matches!(token.mark, b'.' | b'!' | b'?' | b':' | b'*' | b'|');
        } else {
            let first = std::mem::take(&mut self.sentence) || line;
            token.form |= if first { form::FIRST } else { 0 };
        }
        Some(token)
    }
}

/// Letters, digits, and marks that change the letter before them.
fn joins(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '\u{300}'..='\u{36f}')
}

fn form_of(word: &str) -> u16 {
    let (mut upper, mut lower) = (0_usize, 0_usize);
    let (mut first, mut digits, mut wide, mut hyphen, mut marks, mut joined) =
        (false, false, false, false, false, false);
    for c in word.chars() {
        match c {
            'a'..='z' => lower += 1,
            'A'..='Z' => {
                first |= upper + lower == 0;
                upper += 1;
            }
            '0'..='9' => digits = true,
            '-' => hyphen = true,
            '_' => joined = true,
            '\'' | '.' | '\u{2019}' => marks = true,
            _ if c.is_uppercase() => {
                first |= upper + lower == 0;
                upper += 1;
                wide = true;
            }
            _ if c.is_alphabetic() => {
                lower += 1;
                wide = true;
            }
            _ => {}
        }
    }
    let bit = |is: bool, bit: u16| if is { bit } else { 0 };
    bit(first, form::CAPITAL)
        | bit(upper > 1 && lower == 0, form::SHOUTED)
        | bit(lower > 0 && upper > usize::from(first), form::INNER)
        | bit(digits, form::DIGIT)
        | bit(upper + lower > 0, form::LETTER)
        | bit(hyphen, form::HYPHEN)
        | bit(marks, form::MARK)
        | bit(upper + lower == 1 && !digits, form::SINGLE)
        | bit(wide, form::WIDE)
        | bit(joined, form::JOINED)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<&str> {
        Tokens::new(text).map(|token| &text[token.start..token.end]).collect()
    }

    #[test]
    fn words_and_marks_come_apart() {
        let cases: [(&str, &[&str]); 13] = [
            ("Anna's dog, don't!", &["Anna", "'", "s", "dog", ",", "don't", "!"]),
            ("O’Brien and Jean-Luc", &["O’Brien", "and", "Jean-Luc"]),
            ("J. R. Smith met Dr. Who.", &["J.", "R.", "Smith", "met", "Dr.", "Who", "."]),
            ("the U.S. is big.Really", &["the", "U.S.", "is", "big", ".", "Really"]),
            ("see https://a.b/c?d or a.b@c.de", &["see", "https://a.b/c?d", "or", "a.b@c.de"]),
            ("hi @_anna_k #Berlin @ home", &["hi", "@_anna_k", "#Berlin", "@", "home"]),
            ("[PERSON_1] met [x]", &["[PERSON_1]", "met", "[", "x", "]"]),
            ("[[[PERSON_1]] [[", &["[[", "[PERSON_1]", "]", "[["]),
            ("Zoë... 🚀🚀 ok", &["Zoë", "...", "🚀🚀", "ok"]),
            ("a_b -- c-", &["a_b", "--", "c", "-"]),
            ("version 3.5 of foo.rs", &["version", "3.5", "of", "foo.rs"]),
            ("", &[]),
            (" \u{a0}\n ", &[]),
        ];
        for (text, expected) in cases {
            assert_eq!(words(text), expected, "in `{text}`");
        }
    }

    #[test]
    fn forms_tell_how_a_word_is_written() {
        let cases = [
            ("Anna", form::CAPITAL | form::LETTER),
            ("NASA", form::CAPITAL | form::SHOUTED | form::LETTER),
            ("iPhone7", form::INNER | form::LETTER | form::DIGIT),
            ("Ö.", form::CAPITAL | form::LETTER | form::SINGLE | form::MARK | form::WIDE),
            ("jean-luc", form::LETTER | form::HYPHEN),
        ];
        for (word, expected) in cases {
            assert_eq!(form_of(word), expected, "of `{word}`");
        }
    }

    #[test]
    fn sentences_and_lines_begin() {
        let first = |text: &str| -> Vec<bool> {
            Tokens::new(text).filter(Token::is_word).map(|token| token.has(form::FIRST)).collect()
        };
        assert_eq!(first("Hi Anna. She is\nnew: yes"), [true, false, true, false, true, true]);
    }

    #[test]
    fn case_does_not_change_the_hash() {
        assert_eq!(hash_of("KOVAČ"), hash_of("Kovač"));
        assert_eq!(hash_of("O’Brien"), hash_of("o'brien"));
        assert_ne!(hash_of("Kovač"), hash_of("Kovac"));
    }
}
