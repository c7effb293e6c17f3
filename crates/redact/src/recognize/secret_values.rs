//! How the value of a password or key looks, where it ends, and what stands in the place of one: types, variables, words of prose.

use super::Page;
use super::list::List;
use crate::finding::{Span, SpanText as _};

/// The longest value after a name, in characters.
pub(super) const VALUE_LIMIT: usize = 2_048;
/// The least length of a value that a name calls a key or token.
const KEY_LEAST: usize = 16;
/// The least entropy of such a value, in bits a character.
pub(super) const KEY_ENTROPY: f32 = 3.0;

/// What stands where a secret would stand; nobody's value.
const STAND_INS: [&str; 26] = [
    "example",
    "your",
    "xxxx",
    "placeholder",
    "changeme",
    "change_me",
    "<",
    "${",
    "{{",
    "$(",
    "%(",
    "process.env",
    "os.environ",
    "getenv",
    "redacted",
    "****",
    "....",
    "••••",
    "insert",
    "null",
    "none",
    "true",
    "false",
    "undefined",
    "todo",
    "securestring",
];
/// Whole values that are types or words.
static WORDS: List = List::new(
    "string str text varchar char nvarchar password passwd passwort pass pwd secret token required optional hidden any bytes object number \
     boolean bool integer int void unknown default empty missing incorrect invalid wrong reset forgot forgotten expired changed same input \
     prompt protected encrypted hashed please must should cannot must-change plain plaintext basic bearer digest self this args kwargs \
     value user username email login admin strong weak sha256 sha512 sha1 md5 base64 utf8 utf-8 bcrypt argon2 argon2id oauth2 2fa mfa \
     1password lastpass bitwarden keepass keepassxc pbkdf2 blake2b sha-256 sha-512 sha-1 erforderlich vergessen ändern obligatoria \
     obligatorio requis requise richiesta vereist",
);
/// Endings of file names.
const FILES: [&str; 14] =
    [".txt", ".py", ".js", ".ts", ".rs", ".go", ".java", ".php", ".html", ".json", ".yml", ".yaml", ".md", ".pdf"];

/// The value from `start` on that stands in no quotes.
pub(super) fn plain_value(page: &Page<'_>, start: usize) -> Span {
    let mut end = start;
    for _ in 0..VALUE_LIMIT {
        let Some(c) = page.after(end) else { break };
        let inside = match c {
            ',' | ';' | '"' | '\'' | '<' | '>' | ')' | ']' | '}' | '|' => false,
            // An escape inside a text in quotes.
            '\\' => !matches!(page.byte(end + 1), Some(b'n' | b'r' | b't' | b'"')),
            // What follows may be another pair of a query.
            '&' => page.byte(page.ahead_while(end + 1, 32, |c| c.is_ascii_alphanumeric() || c == '_')) != Some(b'='),
            c => c.is_ascii_graphic() || c.is_alphanumeric() && c < '\u{2e80}',
        };
        if !inside {
            break;
        }
        end += c.len_utf8();
    }
    Span::new(start, start + trimmed(page.slice(start, end)).len())
}

/// The value from `start` to the next `quote`.
pub(super) fn quoted_value(page: &Page<'_>, start: usize, quote: char) -> Span {
    let end = page.ahead_while(start, VALUE_LIMIT, |c| c != quote && c != '\n' && c != '\\');
    Span::new(start, start + page.slice(start, end).trim_end().len())
}

/// A value without the punctuation of its sentence. Marks of exclamation and question belong to it when it looks like a password.
fn trimmed(value: &str) -> &str {
    let value = value.trim_end_matches(['.', ':', '`', '*']);
    let kept = value.bytes().any(|byte| byte.is_ascii_digit()) || value.contains(['$', '#', '%']);
    if kept { value } else { value.trim_end_matches(['.', '!', '?', '`']) }
}

/// The value that starts near `from`, and whether it stands in quotes.
pub(super) fn value_after(page: &Page<'_>, from: usize) -> Option<(Span, bool)> {
    let start = page.ahead_while(from, 4, |c| matches!(c, ' ' | '>' | '=' | '*' | '\t' | '@'));
    // A long value in quotes may have a line of its own.
    let start = match page.byte(start) {
        Some(b'\n') => {
            let next = page.ahead_while(start, 32, |c| c.is_ascii_whitespace());
            if matches!(page.byte(next), Some(b'"' | b'\'')) { next } else { start }
        }
        _ => start,
    };
    let quote = page.after(start).filter(|c| matches!(c, '"' | '\'' | '`'));
    let start = start + usize::from(quote.is_some());
    let scheme = ["Bearer ", "Basic ", "Token ", "SSWS ", "ApiKey "].iter().find(|scheme| page.has_at(start, scheme));
    let start = start + scheme.map_or(0, |scheme| scheme.len());
    let value = match quote {
        Some(quote) => quoted_value(page, start, quote),
        None => plain_value(page, start),
    };
    (value.len() > 0).then_some((value, quote.is_some()))
}

/// Whether a value is what a machine makes: long, without order, and with a digit or with letters in mixed case.
pub(super) fn is_machine(text: &str) -> bool {
    let digit = text.bytes().any(|byte| byte.is_ascii_digit());
    (text.len() >= KEY_LEAST && digit || is_jumbled(text) || is_shuffled(text))
        && entropy(text) >= if text.len() < KEY_LEAST { KEY_ENTROPY - 0.5 } else { KEY_ENTROPY }
        && !text.contains(['(', '[', ' '])
        && !is_member(text)
}

/// Letters in mixed case, as no word or name is written.
pub(super) fn is_jumbled(text: &str) -> bool {
    let rises = text
        .as_bytes()
        .windows(2)
        .filter(|two| matches!(two, [first, second] if first.is_ascii_lowercase() && second.is_ascii_uppercase()));
    let drops = text
        .as_bytes()
        .windows(2)
        .filter(|two| matches!(two, [first, second] if first.is_ascii_uppercase() && second.is_ascii_uppercase()));
    let (rises, drops) = (rises.count(), drops.count());
    let parted = text.contains('_') && (text.len() < KEY_LEAST || rises < 4);
    text.len() >= 10 && rises >= 2 && rises + drops >= 3 && !parted && !text.contains(['.', '(', ' ', '/'])
}

/// Letters and digits in turns, as a short key is written.
pub(super) fn is_shuffled(text: &str) -> bool {
    let turns =
        text.as_bytes().windows(2).filter(|two| matches!(two, [a, b] if a.is_ascii_digit() != b.is_ascii_digit()));
    (10..KEY_LEAST).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_alphanumeric()) && turns.count() >= 4
}

/// Letters, digits and signs of all kinds, as a framework draws the key of an application.
#[inline(never)]
pub(super) fn is_noise(text: &str) -> bool {
    let count = |test: fn(&u8) -> bool| text.as_bytes().iter().filter(|byte| test(byte)).count();
    let signs = count(|byte| byte.is_ascii_punctuation() && !matches!(byte, b'_' | b'-' | b'.' | b'/' | b':'));
    (24..=128).contains(&text.len())
        && signs >= 4
        && count(u8::is_ascii_digit) >= 3
        && count(u8::is_ascii_alphabetic) >= 8
        && !text.contains([' ', '<', '>'])
        && !["${", "{{", "$(", "://"].iter().any(|sign| text.contains(sign))
        && entropy(text) >= 4.0
}

/// Letters of both cases, digits and signs, as a generator draws a password, brackets and bars among them. Those of programs pair.
#[inline(never)]
pub(super) fn is_random(text: &str) -> bool {
    let has = |test: fn(&u8) -> bool| text.as_bytes().iter().any(test);
    let pairs = |open: char, close: char| {
        text.find(open).is_some_and(|at| text.get(at..).is_some_and(|rest| rest.contains(close)))
    };
    (8..=32).contains(&text.len())
        && has(u8::is_ascii_digit)
        && has(u8::is_ascii_uppercase)
        && has(u8::is_ascii_lowercase)
        && has(|byte| byte.is_ascii_punctuation() && !matches!(byte, b'_' | b'-' | b'.' | b'/' | b':'))
        && !text.contains([' ', '<', '>', '(', '\\', '"', '\'', '`', ','])
        && !text.starts_with(['$', '{', '[', '%'])
        && !text.contains("://")
        && !text.contains("::")
        && !pairs('[', ']')
        && !pairs('{', '}')
        && !is_stand_in(text)
}

/// The value from `start` on that stands in no quotes and has brackets or bars inside, if it looks drawn: `D{R-L0DR|9`.
#[inline(never)]
pub(super) fn random_value(page: &Page<'_>, start: usize) -> Option<Span> {
    let end =
        page.ahead_while(start, 40, |c| c.is_ascii_graphic() && !matches!(c, ',' | ';' | '"' | '\'' | '<' | '>' | ')'));
    let text = page.slice(start, end).trim_end_matches(['.', ':', '`', '*', '|', '}', ']']);
    is_random(text).then(|| Span::new(start, start + text.len()))
}

/// Words in a chain, such as `purple-tiger-rocket-mango`.
pub(super) fn is_chain(text: &str) -> bool {
    let part = |part: &str| part.len() >= 3 && part.bytes().all(|byte| byte.is_ascii_alphanumeric());
    text.matches('-').count() >= 2 && text.split('-').all(part)
}

/// The member of an object: `self.password`, `request.form.password`; letters only.
fn is_member(text: &str) -> bool {
    let name = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_alphabetic() || byte == b'_');
    text.contains('.') && text.split('.').all(name)
}

/// Whether a value is a type, a word, a variable, a call, a placeholder; nothing that anybody keeps secret.
pub(super) fn is_other(text: &str) -> bool {
    let tag =
        text.strip_prefix(['!', '&', '*', ':']).is_some_and(|rest| rest.bytes().all(|byte| byte.is_ascii_alphabetic()));
    let mail = text.split_once('@').is_some_and(|(_, host)| host.contains('.'));
    let version =
        text.strip_prefix(['v', 'V']).is_some_and(|rest| rest.bytes().all(|b| b.is_ascii_digit() || b == b'.'));
    tag || mail
        || version
        || WORDS.has(text)
        || !text.contains(char::is_alphanumeric)
        || text.contains(['(', '{', '['])
        || text.contains("::")
        || text.contains("://")
        || FILES.iter().any(|ending| text.ends_with(ending))
        || is_member(text)
        || is_stand_in(text)
}

/// Whether a value is a password: set apart by quotes or `=`, or unlike a word, or the last on its line.
pub(super) fn is_password(page: &Page<'_>, value: Span, set_apart: bool, quoted: bool) -> bool {
    let text = value.of(page.text());
    let long = (4..=128).contains(&text.chars().count());
    let mixed = text.bytes().any(|b| b.is_ascii_digit())
        || text.bytes().skip(1).any(|b| b.is_ascii_uppercase())
        || text.contains(['!', '#', '$', '%', '^', '@'])
        || is_chain(text);
    let ends_line = page.after(value.end).is_none_or(|c| matches!(c, '\n' | '\r')) && !text.contains(' ');
    // `password = user_password`, `f(password=password_hash)`.
    let variable = !quoted
        && text.bytes().all(|byte| byte.is_ascii_alphabetic() || byte == b'_')
        && ["password", "passwd", "pwd", "secret", "token"]
            .iter()
            .any(|name| page.has_before(value.end, name) || page.has_at(value.start, name))
        || !quoted && is_identifier(text) && matches!(page.byte(value.end), Some(b')' | b',' | b'(' | b'['));
    long && !variable && (mixed || set_apart && !text.contains(' ') || ends_line && text.len() >= 5)
}

/// A name of a program's: letters and underscores.
fn is_identifier(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_alphabetic() || byte == b'_')
}

/// How a value in running text must look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Need {
    /// A word or sign says that it is one.
    Little,
    /// It only follows the name.
    More,
    /// It follows a word that leads to many other things.
    Much,
}

/// Whether a value in running text is a password: unlike a word, a number with its unit, or a date.
pub(super) fn is_spoken(text: &str, need: Need) -> bool {
    let count = |test: fn(&u8) -> bool| text.as_bytes().iter().filter(|byte| test(byte)).count();
    let (digits, letters) = (count(u8::is_ascii_digit), text.chars().filter(|c| c.is_alphabetic()).count());
    let signs = text
        .chars()
        .filter(|c| matches!(c, '!' | '#' | '$' | '%' | '^' | '&' | '*' | '+' | '=' | '~' | '?' | '@'))
        .count();
    if !(4..=128).contains(&text.len()) || is_other(text) || is_amount(text) {
        return false;
    }
    let mixed = digits > 0 && letters > 0 || digits + letters > 1 && signs > 0 && digits > 0;
    is_chain(text)
        || is_jumbled(text)
        || match need {
            Need::Little => mixed || digits == text.len() || letters >= 3 && signs > 0 && text.len() >= 6,
            Need::More => mixed && text.len() >= 5,
            Need::Much => mixed && (text.len() >= 8 || signs > 0 && text.len() >= 6) && letters >= 3,
        }
}

/// A number with its unit or ending: `24h`, `3rd`, `30days`, `8-character`.
fn is_amount(text: &str) -> bool {
    let tail = text.trim_start_matches(|c: char| c.is_ascii_digit() || matches!(c, '.' | ',' | '-' | '+' | ':' | '%'));
    let (digits, letters) = (text.len() - tail.len(), tail.len());
    let word = tail.bytes().all(|byte| byte.is_ascii_lowercase());
    digits > 0 && letters > 0 && word && (text.len() <= 6 || text.contains('-') && digits <= 3)
}

pub(super) fn is_stand_in(text: &str) -> bool {
    let variable = text.strip_prefix('$').is_some_and(|name| name.bytes().all(|b| b.is_ascii_uppercase() || b == b'_'));
    let lower = text.to_lowercase();
    variable
        || STAND_INS
            .iter()
            .any(|stand_in| if stand_in.len() > 3 { lower.contains(stand_in) } else { lower.starts_with(stand_in) })
}

/// Shannon's entropy of the bytes, in bits a byte.
pub(super) fn entropy(text: &str) -> f32 {
    let mut counts = [0_u32; 256];
    for byte in text.bytes() {
        if let Some(count) = counts.get_mut(usize::from(byte)) {
            *count += 1;
        }
    }
    let total = text.len().max(1) as f32;
    let shares = counts.iter().filter(|count| **count > 0).map(|count| *count as f32 / total);
    -shares.map(|share| share * share.log2()).sum::<f32>()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passwords_in_running_text_are_unlike_words() {
        for text in ["Tiger2002!", "purple-tiger-rocket", "DQaRjgQkKjdE", "p3pp3r#64", "sunshine4711", "0HyNCWse3uzY"] {
            assert!(is_spoken(text, Need::More), "{text}");
        }
        for text in [
            "again",
            "24h",
            "3rd",
            "8-character",
            "sha256",
            "v2.10",
            "anna12@host.org",
            "list2024.txt",
            "JavaScript",
            "2024",
        ] {
            assert!(!is_spoken(text, Need::More), "{text}");
        }
    }

    #[test]
    fn values_end_before_punctuation() {
        let value = |text: &str| plain_value(&Page::new(text), 0).of(text).to_owned();
        for (text, expected) in [
            ("hunter2, and", "hunter2"),
            ("Tiger2002!, kérem", "Tiger2002!"),
            ("geheim!", "geheim"),
            ("a&b1&user=anna", "a&b1"),
            ("guitar20，谢谢", "guitar20"),
            ("River%257.", "River%257"),
        ] {
            assert_eq!(value(text), expected);
        }
    }
}
