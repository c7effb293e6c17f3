//! Handles by the word beside them: `discord: anna_k`, `username=anna`, `my insta is anna99`, `anna#1234 on Discord`, `u/anna`. A name without
//! a digit or an underscore looks like any word: it counts only after a sign (`:`, `=`), set apart from what follows, and unlike the words
//! that forms and code write there.

use super::Page;
use super::handle::is_name;
use super::list::Folded;
use super::nickname_words::{
    LABEL_ENDS, LINKS, NOT_NAMES, OF_USERS, PARTS, PHRASES, QUALIFIED, SECONDS, SITES, SPACELESS, TOPS, USERS,
    WORD_ENDS,
};
use crate::finding::{Span, SpanText as _};

/// The longest name, in bytes.
const NAME_LIMIT: usize = 39;
/// How far before a name its label stands, in bytes.
const CONTEXT: usize = 56;
/// The longest label, in bytes.
const LABEL_LIMIT: usize = 40;
/// The most words between a label and its name.
const MOST_LINKS: usize = 4;

/// The name after `label:` or `label=` whose sign stands at `sign`.
pub(super) fn assigned(page: &Page<'_>, sign: usize) -> Option<Span> {
    let last = page.byte_before(sign)?;
    let is_gap = |c: char| matches!(c, ' ' | '"' | '\'' | '*' | '`' | ']' | '\u{a0}');
    let label_end = if last.is_ascii_alphabetic() { sign } else { page.back_while(sign, 3, is_gap) };
    // Most signs have no label of ours before them.
    if !LABEL_ENDS.may_end(page.text().as_bytes().get(..label_end).unwrap_or_default()) {
        return None;
    }
    let equals = page.byte(sign) == Some(b'=');
    if equals && matches!(page.byte_before(sign), Some(b'=' | b'!' | b'<' | b'>')) {
        return None;
    }
    let label = label_of(page.bytes_before(label_end, LABEL_LIMIT), equals)?;
    let gap = page.ahead_while(sign + 1, 3, |c| matches!(c, ' ' | '\t' | '*' | '>' | '=' | '\u{a0}'));
    let quote = page.after(gap).filter(|c| matches!(c, '"' | '\'' | '`' | '«' | '“' | '„'));
    let start = gap + quote.map_or(0, char::len_utf8);
    let span = name_at(page, start)?;
    let name = span.of(page.text());
    let paired = matches!(label, Label::Weak | Label::Paired) && is_before_password(page, span.end);
    if paired || label != Label::Paired && is_marked(name) {
        return believed(page, span).then_some(span);
    }
    // A word of a language, perhaps.
    let apart = match (quote, page.after(span.end)) {
        (Some(_), Some(c)) => matches!(c, '"' | '\'' | '`' | '»' | '”' | '“'),
        (Some(_), None) => false,
        (None, _) => ends_field(page, span.end),
    };
    let small =
        name.starts_with(|c: char| c.is_lowercase() || c.is_ascii_digit()) || label == Label::User && quote.is_none();
    let written =
        !matches!(label, Label::Weak | Label::Paired) && small && (quote.is_none() || !equals || label == Label::User);
    (apart && written && believed(page, span)).then_some(span)
}

/// The name that a word with a digit is part of, when a word before or after it says so.
#[inline]
pub(super) fn spoken(page: &Page<'_>, word: Span) -> Option<Span> {
    let first = page.byte(word.start)?;
    match page.byte_before(word.start) {
        Some(b'#') => tagged(page, word),
        Some(b'_' | b'.' | b'-') => told(page, word),
        Some(b' ' | b'(' | b'"' | b'\'' | b'`' | b'*' | b'\n' | 0x80..) | None if first.is_ascii_alphabetic() => {
            told(page, word)
        }
        Some(_) | None => None,
    }
}

/// The name around a part that makes it unlike a word, when a word before or after it says that it is one.
pub(super) fn told(page: &Page<'_>, part: Span) -> Option<Span> {
    if matches!(page.byte(part.end), Some(b'@' | b'/' | b':')) {
        return None;
    }
    let start = page.back_while(part.start, NAME_LIMIT, is_part);
    if !page.byte(start).is_some_and(|byte| byte.is_ascii_alphabetic() || byte == b'_') {
        return None;
    }
    let head = page.text().as_bytes().get(..start).unwrap_or_default();
    if !matches!(head.last(), Some(b' ' | b'(' | b'"' | b'\'' | b'`' | b'*' | b'\n' | 0x80..) | None) {
        return None;
    }
    // Nearly always no word of ours ends here, and none follows.
    let gap = head
        .iter()
        .rev()
        .take(4)
        .take_while(|byte| matches!(byte, b' ' | b'(' | b'"' | b'\'' | b'`' | b'*' | b':' | b'=' | b'-'))
        .count();
    let before = head.last().is_some_and(|byte| !byte.is_ascii())
        || WORD_ENDS.may_end(head.get(..start - gap).unwrap_or_default());
    let end = if before { start } else { page.ahead_while(part.end, NAME_LIMIT, is_part) };
    if !before && !may_be_told_after(page, end) {
        return None;
    }
    let span = name_at(page, start).filter(|span| span.end >= part.end)?;
    let told = before && is_told_before(page, start) || is_told_after(page, span.end);
    (told && is_marked(span.of(page.text())) && believed(page, span)).then_some(span)
}

/// The name and its number, `anna#1234`, whose digits are `run`.
fn tagged(page: &Page<'_>, run: Span) -> Option<Span> {
    let number = (4..=6).contains(&run.len()) && run.of(page.text()).bytes().all(|b| b.is_ascii_digit());
    if !number || !page.ends_word(run.end) {
        return None;
    }
    let start = page.back_while(run.start - 1, NAME_LIMIT, is_part);
    let name = page.slice(start, run.start - 1);
    let opens = !matches!(page.byte_before(start), Some(b'/' | b'@' | b'&' | b'#'));
    let told = || is_told_before(page, start) || is_told_after(page, run.end) || is_after_sign(page, start);
    (name.len() >= 2 && name.contains(char::is_alphabetic) && opens && !NOT_NAMES.has(name) && told())
        .then(|| Span::new(start, run.end))
}

/// The name of `u/NAME` whose slash is at `slash`.
pub(super) fn member(page: &Page<'_>, slash: usize) -> Option<Span> {
    if !matches!(page.byte_before(slash), Some(b'u' | b'U')) {
        return None;
    }
    let opens = match page.byte_before(slash - 1) {
        Some(b'/') => {
            !page.before(slash.checked_sub(2)?).is_some_and(|c| super::page::is_word(c) || matches!(c, '.' | '/'))
        }
        Some(byte) => {
            matches!(byte, b' ' | b'(' | b'\n' | b'"' | b'\'' | b'*' | b':' | b'[' | b'>' | b',') || byte >= 0x80
        }
        None => true,
    };
    let end = page.ahead_while(slash + 1, 22, |c| matches!(c, '_' | '-') || c.is_ascii_alphanumeric());
    let name = page.slice(slash + 1, end).trim_end_matches('-');
    let end = slash + 1 + name.len();
    let whole = (3..=20).contains(&name.len()) && !matches!(page.byte(end), Some(b'/' | b'.'))
        || name.len() > 2 && page.byte(end) == Some(b'.');
    (opens
        && whole
        && name.len() <= 20
        && name.contains(|c: char| c.is_ascii_alphabetic())
        && page.ends_word(end)
        && !NOT_NAMES.has(name))
    .then(|| Span::new(slash + 1, end))
}

/// What a label says.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Label {
    /// A site.
    Site,
    /// That the name of a user follows.
    User,
    /// So, if the name is unlike a word.
    Weak,
    /// So, if a password follows.
    Paired,
}

/// What a password is called in the field after a user's.
const PASSWORDS: [&str; 12] = [
    "pass",
    "pw:",
    "pw ",
    "pwd",
    "kennwort",
    "mot de passe",
    "contrase",
    "clave",
    "senha",
    "wachtwoord",
    "hasło",
    "şifre",
];

/// Whether the next field is a password's, in the same line or the next.
fn is_before_password(page: &Page<'_>, end: usize) -> bool {
    let rest = page.bytes_after(end, 32).to_lowercase();
    let mut lines = rest.trim_start_matches(['\r', '\n', ' ', ',', ';', '"', '\'', '/', '|', '*', '-']).lines();
    lines.next().is_some_and(|line| PASSWORDS.iter().any(|word| line.contains(word)))
}

/// The label that a text ends in.
fn label_of(text: &str, equals: bool) -> Option<Label> {
    if !LABEL_ENDS.may_end(text.as_bytes()) {
        return None;
    }
    let (head, last) = last_word(text);
    if USERS.has(last) {
        return Some(Label::User);
    }
    if SITES.has(last) {
        return Some(Label::Site);
    }
    if last.bytes().next_back().is_some_and(|byte| !byte.is_ascii()) {
        if SPACELESS.iter().any(|label| last.ends_with(label)) {
            return Some(Label::User);
        }
    } else if PARTS.has(last) {
        let (_, site) = last_word(head.trim_end_matches([' ', '_', '-', '.']));
        let of_user =
            matches!(last.len(), 2..=4) && ["name", "tag", "nick"].iter().any(|part| last.eq_ignore_ascii_case(part));
        return if SITES.has(site) || QUALIFIED.has(site) {
            Some(Label::Site)
        } else {
            let of_site = OF_USERS.has(site);
            let paired = last.eq_ignore_ascii_case("id") && of_site || last.eq_ignore_ascii_case("user");
            (of_user && of_site).then_some(Label::User).or_else(|| paired.then_some(Label::Paired))
        };
    }
    if SECONDS.has(last) && is_phrase(text) {
        return Some(Label::User);
    }
    let weak = ["user", "uid", "benutzer", "account"].iter().position(|word| word.eq_ignore_ascii_case(last))?;
    Some(if equals && weak < 2 { Label::User } else { Label::Weak })
}

/// The last word of a text, and what stands before it. A capital after a small letter begins one, as in `userName`.
fn last_word(text: &str) -> (&str, &str) {
    let start = text
        .rfind(|c: char| !c.is_alphanumeric())
        .map_or(0, |at| at + text.get(at..).and_then(|rest| rest.chars().next()).map_or(1, char::len_utf8));
    let word = text.get(start..).unwrap_or_default();
    let bytes = word.as_bytes();
    let joint =
        bytes.windows(2).rposition(|two| matches!(two, [a, b] if a.is_ascii_lowercase() && b.is_ascii_uppercase()));
    let start = joint.filter(|_| !USERS.has(word) && !SITES.has(word)).map_or(start, |at| start + at + 1);
    text.split_at_checked(start).unwrap_or_default()
}

/// Whether the text ends in a label of several words.
fn is_phrase(text: &str) -> bool {
    let mut folded = Folded::new();
    let tail = text.get(text.ceil_char_boundary(text.len().saturating_sub(32))..).unwrap_or_default();
    folded.fold(tail) && PHRASES.iter().any(|phrase| folded.text().ends_with(phrase))
}

/// Whether a label stands before the name, with at most a few words between.
fn is_told_before(page: &Page<'_>, start: usize) -> bool {
    let mut text = page.bytes_before(start, CONTEXT);
    for _ in 0..=MOST_LINKS {
        text =
            text.trim_end_matches([' ', '(', '"', '\'', '`', '*', ':', '=', '-', '–', '—', '\u{a0}', '：', '|', '>']);
        if text.ends_with(['.', '!', '?', '\n', ',', ';']) {
            return false;
        }
        if label_of(text, false).is_some_and(|label| !matches!(label, Label::Weak | Label::Paired)) {
            return true;
        }
        if !WORD_ENDS.may_end(text.as_bytes()) {
            return false;
        }
        let at = text.rfind([' ', '(', '\n', ':']).map_or(0, |at| at + 1);
        if !text.get(at..).is_some_and(|word| LINKS.has(word)) {
            return false;
        }
        text = text.get(..at).unwrap_or_default();
    }
    false
}

/// Whether what follows begins like what [`is_told_after`] looks for.
#[inline]
fn may_be_told_after(page: &Page<'_>, end: usize) -> bool {
    matches!(
        page.bytes_at(end),
        [b' ', b'o' | b'i' | b'a' | b's' | b'e' | b'p' | b'n', b'n' | b's' | b'u' | b'p' | 0xc3 | b'a', ..]
            | [b' ', b'(', ..]
    )
}

/// Whether a label stands after the name: `anna99 on Discord`, `anna99 is my insta`, `anna99 (IG)`.
fn is_told_after(page: &Page<'_>, end: usize) -> bool {
    if !may_be_told_after(page, end) {
        return false;
    }
    let text = page.bytes_after(end, CONTEXT / 2);
    let Some(rest) = [
        "on ",
        "is my ",
        "is his ",
        "is her ",
        "is their ",
        "is the ",
        "auf ",
        "sur ",
        "en ",
        "su ",
        "op ",
        "på ",
        "na ",
    ]
    .iter()
    .find_map(|link| text.get(1..)?.strip_prefix(link).filter(|_| text.starts_with(' ')))
    .or_else(|| text.strip_prefix(" (")) else {
        return false;
    };
    let rest = rest.strip_prefix("correct ").or_else(|| rest.strip_prefix("right ")).unwrap_or(rest);
    let end = rest.find(|c: char| !c.is_alphanumeric()).unwrap_or(rest.len());
    let word = rest.get(..end).unwrap_or_default();
    SITES.has(word) || USERS.has(word) || matches!(word, "Steam" | "Snap" | "Line" | "Signal" | "Threads")
}

/// Whether a label and a sign stand before the name.
fn is_after_sign(page: &Page<'_>, start: usize) -> bool {
    let sign = page.back_while(start, 3, |c| matches!(c, ' ' | '"' | '\''));
    matches!(page.byte_before(sign), Some(b':' | b'='))
        && label_of(page.bytes_before(sign - 1, LABEL_LIMIT), false).is_some()
}

/// Whether `=` stands at `sign` after a label.
pub(super) fn is_given(page: &Page<'_>, sign: usize) -> bool {
    label_of(page.bytes_before(sign, LABEL_LIMIT), true).is_some()
}

fn is_part(c: char) -> bool {
    matches!(c, '_' | '.' | '-') || c.is_ascii_alphanumeric()
}

/// The name that starts at `at`; none where it is part of an address, a path or a call.
fn name_at(page: &Page<'_>, at: usize) -> Option<Span> {
    let live = if page.has_at(at, "live:") { at + 5 } else { at };
    let end = page.ahead_while(live, NAME_LIMIT + 1, is_part);
    let name = page.slice(live, end).trim_end_matches(['.', '-']);
    let end = live + name.len();
    let goes_on = match page.byte(end) {
        Some(b'@' | b'/' | b'\\' | b'(' | b'=' | b'[' | b'$' | b'%' | b'+' | b'{' | b'#') => true,
        Some(b':') => page.byte(end + 1).is_some_and(|byte| !byte.is_ascii_whitespace()),
        Some(b'.') => page.after(end + 1).is_some_and(|c| c.is_alphanumeric()),
        Some(_) => page.after(end).is_some_and(|c| super::page::is_word(c) && c < '\u{2e80}'),
        None => false,
    };
    let whole = !goes_on && (2..=NAME_LIMIT).contains(&name.len()) && is_name(name) && !name.starts_with('-');
    whole.then(|| Span::new(at, end))
}

/// Whether a name is unlike a word: it has a digit and a letter, or an underscore.
fn is_marked(name: &str) -> bool {
    name.contains('_') || name.contains(|c: char| c.is_ascii_digit())
}

/// Whether what a label names is no stand-in, no variable, no host and no number of things.
fn believed(page: &Page<'_>, span: Span) -> bool {
    let name = span.of(page.text());
    let constant = name.contains('_') && name.bytes().all(|b| b.is_ascii_uppercase() || b == b'_');
    let host = name.rsplit_once('.').is_some_and(|(_, top)| TOPS.has(top));
    let part = name.split(['_', '.', '-']).any(|part| PARTS.has(part));
    let unit = name.trim_start_matches(|c: char| c.is_ascii_digit() || c == '.');
    let counted = unit.len() < name.len() && (unit.len() <= 2 || name.contains('.') && unit.len() <= 3);
    let version =
        name.strip_prefix(['v', 'V']).is_some_and(|rest| rest.bytes().all(|b| b.is_ascii_digit() || b == b'.'));
    let hex = name.len() >= 12 && name.bytes().all(|b| b.is_ascii_hexdigit() || b == b'-');
    !constant && !host && !part && !counted && !version && !hex && !NOT_NAMES.has(name) && !name.starts_with("example_")
}

/// Whether a field ends at `end`: at the end of a line, before a sign, or before the next label.
fn ends_field(page: &Page<'_>, end: usize) -> bool {
    let after = page.bytes_after(end, 40);
    let mut chars = after.chars();
    match chars.next() {
        None | Some('\n' | '\r' | ')' | '"' | '\'' | '|' | '<' | '&' | ';' | '}' | ']' | '*' | '`' | '\t') => true,
        Some('.' | ',' | '!' | '?') => chars.next().is_none_or(char::is_whitespace),
        Some(' ') => {
            let rest = after.trim_start_matches(' ');
            let word = rest.find(|c: char| !c.is_alphanumeric()).unwrap_or(rest.len());
            rest.starts_with(['|', '-', '–', '/', '(', '&', '•', '·', '\n', '<'])
                || rest.get(word..).is_some_and(|tail| word > 0 && tail.starts_with([':', '=']))
                || !rest.chars().next().is_some_and(|c| c.is_alphanumeric() || matches!(c, '\'' | '"' | '.' | ','))
        }
        Some(c) => c >= '\u{2e80}' || matches!(c, '»' | '”' | '“' | '…'),
    }
}
