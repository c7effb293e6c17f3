//! A text and the clues in it: where digits, `@`, `:` and `/` stand. Gathered in one pass that all recognizers share. Never copies the
//! text; looks into it are bounded and always land on character boundaries.

use std::cell::Cell;
use std::sync::LazyLock;

use aho_corasick::{AhoCorasick, MatchKind};

use crate::finding::{Span, SpanText as _};

const DIGIT: u8 = 1;
const AT: u8 = 2;
const COLON: u8 = 4;
const SLASH: u8 = 8;
const EQUALS: u8 = 16;

/// The class of every byte; all other bytes are no clue.
const CLASSES: [u8; 256] = classes();

/// The longest word that any recognizer asks for, in bytes.
pub const LONGEST_WORD: usize = 110;

/// How far from a comma others of its line are looked for, in bytes.
const FIELDS: usize = 64;

/// Bytes are looked at in blocks of this size; a block without a clue is skipped whole.
const BLOCK: usize = 32;
/// A block with a clue is looked at in pieces of this size.
const FEW: usize = 8;

/// Whether a clue may be among the bytes. All lie between `/` and `@`; asked this way the compiler looks at all bytes at once.
fn has_clue<const N: usize>(bytes: &[u8; N]) -> bool {
    bytes.iter().fold(false, |seen, byte| seen | (byte.wrapping_sub(b'/') <= b'@' - b'/'))
}

#[allow(clippy::indexing_slicing, reason = "computed at compile time, where an index out of range stops the build")]
const fn classes() -> [u8; 256] {
    let mut table = [0; 256];
    let mut digit = b'0';
    while digit <= b'9' {
        table[digit as usize] = DIGIT;
        digit += 1;
    }
    table[b'@' as usize] = AT;
    table[b':' as usize] = COLON;
    table[b'/' as usize] = SLASH;
    table[b'=' as usize] = EQUALS;
    table
}

fn class(byte: u8) -> u8 {
    CLASSES.get(usize::from(byte)).copied().unwrap_or_default()
}

/// Rare words that say that something without digits may stand beside them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Literal {
    /// `-----BEGIN`.
    Armor,
    /// `BIC` or `SWIFT`.
    BankWord,
    /// `assword`, the part of `password` that has one case less.
    Password,
    /// `(at)` and the like.
    At,
    /// ` dot ` and the like.
    Dot,
    /// An address whose path is a secret.
    SecretUrl,
    /// `corner of`, after which two streets are named.
    Corner,
}

/// What is searched for, what must stand before it (all of one length; nothing where the list is empty), and what both together are. A
/// clue begins with three bytes that are rare in prose, because every place that has them is looked at, and there are at most 32, because
/// for more the search takes half as many bytes at a time.
const LITERALS: [(&str, &[&str], Literal); 31] = [
    ("-----BEGIN", &[], Literal::Armor),
    ("BIC", &[], Literal::BankWord),
    ("SWIFT", &[], Literal::BankWord),
    ("wift", &["S", "s"], Literal::BankWord),
    ("bic:", &[], Literal::BankWord),
    ("ssword", &["a"], Literal::Password),
    ("sscode", &["a"], Literal::Password),
    ("ssphrase", &["a"], Literal::Password),
    ("sswort", &["a"], Literal::Password),
    ("(at)", &[], Literal::At),
    ("[at]", &[], Literal::At),
    ("{at}", &[], Literal::At),
    ("<at>", &[], Literal::At),
    ("(AT)", &[], Literal::At),
    ("[AT]", &[], Literal::At),
    ("{AT}", &[], Literal::At),
    ("(a)", &[], Literal::At),
    ("dot ", &[" "], Literal::Dot),
    ("DOT ", &[" "], Literal::Dot),
    ("Dot ", &[" "], Literal::Dot),
    ("(dot)", &[], Literal::Dot),
    ("[dot]", &[], Literal::Dot),
    ("{dot}", &[], Literal::Dot),
    ("(DOT)", &[], Literal::Dot),
    ("[DOT]", &[], Literal::Dot),
    ("nkt ", &[" pu", " Pu"], Literal::Dot),
    ("(punkt)", &[], Literal::Dot),
    ("k.com/services/", &["hooks.slac"], Literal::SecretUrl),
    ("/api/webhooks/", &[], Literal::SecretUrl),
    ("m.org/bot", &["api.telegra"], Literal::SecretUrl),
    ("orner of ", &["C", "c"], Literal::Corner),
];

static LITERAL_SEARCH: LazyLock<Option<AhoCorasick>> = LazyLock::new(|| {
    let clues = LITERALS.iter().map(|(clue, _, _)| clue);
    AhoCorasick::builder().match_kind(MatchKind::LeftmostFirst).build(clues).ok()
});

/// Where the clues of a text are.
#[derive(Default)]
struct Clues {
    digit_runs: Vec<Span>,
    ats: Vec<usize>,
    colons: Vec<usize>,
    slashes: Vec<usize>,
    equals: Vec<usize>,
    literals: Vec<(Literal, Span)>,
    words: Vec<Span>,
}

/// No clues.
static NONE: Clues = Clues {
    digit_runs: Vec::new(),
    ats: Vec::new(),
    colons: Vec::new(),
    slashes: Vec::new(),
    equals: Vec::new(),
    literals: Vec::new(),
    words: Vec::new(),
};

thread_local! {
    /// The lists of the last page of this thread, empty: most texts are short, and making seven lists takes longer than reading one.
    static SPARE: Cell<Option<Box<Clues>>> = const { Cell::new(None) };
}

/// Lists that hold more than this are not kept.
const SPARE_LIMIT: usize = 1 << 12;

impl Clues {
    fn gather_literals(&mut self, text: &str) {
        let Some(search) = &*LITERAL_SEARCH else { return };
        let found = search.find_iter(text).filter_map(|found| {
            let (_, before, literal) = LITERALS.get(found.pattern().as_usize())?;
            let head = text.as_bytes().get(..found.start())?;
            let before = match before {
                [] => "",
                before => before.iter().find(|before| head.ends_with(before.as_bytes()))?,
            };
            Some((*literal, Span::new(found.start() - before.len(), found.end())))
        });
        self.literals.extend(found);
    }

    /// Gathers the clues of a block that has some, a few bytes at a time: most of it has none.
    fn gather_block(&mut self, offset: usize, block: &[u8]) {
        let (pieces, rest) = block.as_chunks::<FEW>();
        for (number, few) in pieces.iter().enumerate() {
            if has_clue(few) {
                self.gather(offset + number * FEW, few);
            }
        }
        self.gather(offset + block.len() - rest.len(), rest);
    }

    fn gather(&mut self, offset: usize, few: &[u8]) {
        for (at, byte) in (offset..).zip(few) {
            match class(*byte) {
                DIGIT => match self.digit_runs.last_mut() {
                    Some(run) if run.end == at => run.end = at + 1,
                    Some(_) | None => self.digit_runs.push(Span::new(at, at + 1)),
                },
                AT => self.ats.push(at),
                COLON => self.colons.push(at),
                SLASH => self.slashes.push(at),
                EQUALS => self.equals.push(at),
                _ => {}
            }
        }
    }

    /// The words around the digits, each once.
    fn gather_words(&mut self, text: &str) {
        for run in &self.digit_runs {
            if self.words.last().is_none_or(|last| last.end <= run.start) {
                self.words.push(word_around(text, *run, LONGEST_WORD));
            }
        }
    }

    /// Empties the lists; whether they are small enough to be kept.
    fn clear(&mut self) -> bool {
        let Self { digit_runs, ats, colons, slashes, equals, literals, words } = self;
        let most = [ats, colons, slashes, equals].map(|list| {
            list.clear();
            list.capacity()
        });
        let most = most.into_iter().max().unwrap_or_default();
        let most = most.max(digit_runs.capacity()).max(words.capacity()).max(literals.capacity());
        digit_runs.clear();
        words.clear();
        literals.clear();
        most <= SPARE_LIMIT
    }
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
        clues.gather_literals(text);
        let (blocks, rest) = text.as_bytes().as_chunks::<BLOCK>();
        for (number, block) in blocks.iter().enumerate() {
            if has_clue(block) {
                clues.gather_block(number * BLOCK, block);
            }
        }
        clues.gather_block(text.len() - rest.len(), rest);
        clues.gather_words(text);
        Page { text, clues: Some(clues) }
    }

    fn clues(&self) -> &Clues {
        self.clues.as_deref().unwrap_or(&NONE)
    }

    /// The whole text.
    pub fn text(&self) -> &'t str {
        self.text
    }

    /// Every longest run of ASCII digits, in order.
    pub fn digit_runs(&self) -> &[Span] {
        &self.clues().digit_runs
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

    /// Every literal clue, in order.
    pub fn literals(&self) -> &[(Literal, Span)] {
        &self.clues().literals
    }

    /// Every word of ASCII letters and digits that holds a digit, in order; one of more than [`LONGEST_WORD`] bytes comes in pieces.
    pub fn words(&self) -> &[Span] {
        &self.clues().words
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

    /// The byte at `at`.
    pub fn byte(&self, at: usize) -> Option<u8> {
        self.text.as_bytes().get(at).copied()
    }

    /// The byte that ends at `at`.
    pub fn byte_before(&self, at: usize) -> Option<u8> {
        self.byte(at.checked_sub(1)?)
    }

    /// Whether a number can start at `at`: no letter directly before, but for scripts that write without spaces.
    pub fn starts_number(&self, at: usize) -> bool {
        !self.before(at).is_some_and(|c| is_word(c) && c < SPACELESS)
    }

    /// Whether a number can end at `at`: no letter directly after, but for scripts that write without spaces.
    pub fn ends_number(&self, at: usize) -> bool {
        !self.after(at).is_some_and(|c| is_word(c) && c < SPACELESS)
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

    /// Whether no letter, digit or underscore stands directly before `at`.
    pub fn starts_word(&self, at: usize) -> bool {
        !self.before(at).is_some_and(is_word)
    }

    /// Whether no letter, digit or underscore stands directly after `at`.
    pub fn ends_word(&self, at: usize) -> bool {
        !self.after(at).is_some_and(is_word)
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

/// The ASCII letters and digits around a run of digits, at most `limit` and one more to either side.
fn word_around(text: &str, run: Span, limit: usize) -> Span {
    let bytes = text.as_bytes();
    let (head, tail) = (bytes.get(..run.start).unwrap_or_default(), bytes.get(run.end..).unwrap_or_default());
    let before = head.iter().rev().take(limit + 1).take_while(|byte| byte.is_ascii_alphanumeric()).count();
    let after = tail.iter().take(limit + 1).take_while(|byte| byte.is_ascii_alphanumeric()).count();
    Span::new(run.start - before, run.end + after)
}

/// From here on scripts write without spaces between words (Chinese, Japanese); Thai and others below it are taken as spaced.
const SPACELESS: char = '\u{2e80}';

/// A letter or digit of any script, or an underscore.
pub(crate) fn is_word(c: char) -> bool {
    if c.is_ascii() { c == '_' || c.is_ascii_alphanumeric() } else { c.is_alphanumeric() }
}

#[cfg(test)]
mod tests {
    use super::*;

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
