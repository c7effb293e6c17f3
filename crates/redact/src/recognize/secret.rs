//! Secrets: keys and tokens that tell their maker, private keys, web tokens, connection strings with a password (see `url.rs`), and values
//! that a name calls a secret (`password=`, `"api_key":`). Leaves digests, UUIDs, placeholders and the examples of manuals.

use super::literals::Literal;
use super::secret_vendors::{VENDORS, is_jwt, is_twilio};
use super::{Page, Recognizer};
use crate::finding::{Finding, Span, SpanText as _};
use crate::kind::Kind;

/// The longest token that is read, in bytes.
const LONGEST: usize = 4_096;
/// The shortest token with a maker's prefix.
const SHORTEST: usize = 20;
/// The longest name of a value, in bytes.
const NAME_LIMIT: usize = 48;
/// The longest value after a name, in bytes.
const VALUE_LIMIT: usize = 512;
/// The least length of a value that a name calls a key or token.
const KEY_LEAST: usize = 16;
/// The least entropy of such a value, in bits a character.
const KEY_ENTROPY: f32 = 3.0;

/// Endings of names whose values people choose.
const PASSWORDS: [&str; 14] = [
    "password",
    "passwd",
    "passphrase",
    "passcode",
    "pwd",
    "pass",
    "passwort",
    "kennwort",
    "contraseña",
    "contrasena",
    "motdepasse",
    "senha",
    "wachtwoord",
    "pw",
];
/// Endings of names whose values machines make.
const KEYS: [&str; 18] = [
    "secret",
    "token",
    "apikey",
    "accesskey",
    "secretkey",
    "privatekey",
    "authkey",
    "signingkey",
    "encryptionkey",
    "masterkey",
    "accountkey",
    "credential",
    "credentials",
    "clientsecret",
    "authorization",
    "bearer",
    "sharedaccesskey",
    "licensekey",
];
/// The last two bytes of all these names, in lower case.
const ENDINGS: [&[u8; 2]; 17] = [
    b"rd", b"wd", b"se", b"de", b"ss", b"rt", b"\xb1a", b"na", b"ha", b"pw", b"et", b"en", b"ey", b"al", b"ls", b"on",
    b"er",
];
/// What stands where a secret would stand; nobody's value.
const STAND_INS: [&str; 24] = [
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
    "insert",
    "null",
    "none",
    "true",
    "false",
    "undefined",
    "todo",
];

/// Recognizes secrets.
pub struct Secret;

impl Recognizer for Secret {
    fn kinds(&self) -> &'static [Kind] {
        &[Kind::Secret]
    }

    fn find(&self, page: &Page<'_>, findings: &mut Vec<Finding>) {
        let mut add = |span: Span, score: f32| findings.push(Finding::new(Kind::Secret, span, score));
        tokens(page, &mut add);
        armored(page, &mut add);
        for signs in [page.colons(), page.equals()] {
            let mut seen = 0;
            for sign in signs {
                // What stands inside a value that was read is no name.
                let Some(value) = (*sign >= seen).then(|| assigned(page, *sign)).flatten() else { continue };
                seen = value.span.end;
                if value.believed {
                    add(value.span, 0.97);
                }
            }
        }
        let words = page.literals().iter().filter(|(literal, _)| *literal == Literal::Password);
        words.filter_map(|(_, word)| spoken(page, word.end)).for_each(|span| add(span, 0.9));
        page.slashes().iter().filter_map(|slash| path(page, *slash)).for_each(|span| add(span, 0.99));
    }
}

/// Paths that a secret ends, and what must stand before them.
const SECRET_PATHS: [(&str, &str); 3] =
    [("/services/", "hooks.slack.com"), ("/api/webhooks/", ""), ("/bot", "api.telegram.org")];

/// The secret at the end of an address whose path begins at `slash`.
fn path(page: &Page<'_>, slash: usize) -> Option<Span> {
    if !matches!(page.byte(slash + 1), Some(b's' | b'a' | b'b')) {
        return None;
    }
    let (head, tail) = page.text().split_at_checked(slash)?;
    let (path, _) = SECRET_PATHS.iter().find(|(path, host)| tail.starts_with(path) && head.ends_with(host))?;
    let start = slash + path.len();
    let end = page.ahead_while(start, VALUE_LIMIT, is_token);
    (end >= start + SHORTEST).then(|| Span::new(start, end))
}

fn is_token(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.' | '/' | '+' | '=' | ':')
}

/// Tokens with a maker's prefix. A secret without any digit does not occur, so digits are the clue.
fn tokens(page: &Page<'_>, add: &mut impl FnMut(Span, f32)) {
    let bytes = page.text().as_bytes();
    let inside = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.');
    let mut seen = 0;
    for run in page.digit_runs() {
        if run.start < seen {
            continue;
        }
        let joined = |byte: Option<u8>| byte.is_some_and(|byte| inside(&byte));
        if run.len() < SHORTEST && !joined(page.byte_before(run.start)) && !joined(page.byte(run.end)) {
            if page.byte(run.end) == Some(b':') {
                telegram(page, *run).into_iter().for_each(|span| add(span, 0.99));
            }
            continue;
        }
        let back =
            bytes.get(seen..run.start).unwrap_or_default().iter().rev().take(LONGEST).take_while(|b| inside(b)).count();
        let ahead = bytes.get(run.end..).unwrap_or_default().iter().take(LONGEST).take_while(|b| inside(b)).count();
        let token = Span::new(run.start - back, run.end + ahead);
        seen = token.end;
        if token.len() >= SHORTEST {
            maker(page, token).into_iter().for_each(|span| add(span, 0.99));
        }
    }
}

/// The part of a token that is a maker's, without punctuation at its end.
fn maker(page: &Page<'_>, token: Span) -> Option<Span> {
    let text = token.of(page.text()).trim_end_matches(['.', '-', '_']);
    let span = Span::new(token.start, token.start + text.len());
    let known = VENDORS
        .iter()
        .any(|vendor| text.starts_with(vendor.prefix) && (vendor.least..=vendor.most).contains(&text.len()));
    let known = known || is_twilio(text) || is_jwt(text);
    (known && page.starts_word(span.start) && !is_stand_in(text) && entropy(text) >= KEY_ENTROPY).then_some(span)
}

/// A bot's token: its number, a colon, and thirty-five characters.
fn telegram(page: &Page<'_>, run: Span) -> Option<Span> {
    if !(8..=10).contains(&run.len()) {
        return None;
    }
    let end = page.ahead_while(run.end + 1, 36, |c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-'));
    let tail = page.slice(run.end + 1, end);
    (page.byte(run.end) == Some(b':') && tail.len() == 35 && tail.starts_with("AA")).then(|| Span::new(run.start, end))
}

/// Private keys in armor, to the line that ends them or, when none does, to the end of the key's first line.
fn armored(page: &Page<'_>, add: &mut impl FnMut(Span, f32)) {
    let mut last_end = 0;
    let armor = page.literals().iter().filter(|(literal, _)| *literal == Literal::Armor);
    let mut begins = armor.map(|(_, span)| *span).peekable();
    while let Some(begin) = begins.next() {
        let label_end = page.ahead_while(begin.end, 40, |c| c.is_ascii_uppercase() || c == ' ');
        if !page.slice(begin.end, label_end).contains("PRIVATE KEY") || begin.start < last_end {
            continue;
        }
        let next = begins.peek().map_or(page.text().len(), |next| next.start);
        let reach = next.min(begin.start.saturating_add(16 * LONGEST));
        let body = page.slice(label_end, page.text().floor_char_boundary(reach));
        let end = match body.find("-----END") {
            Some(at) => page.ahead_while(label_end + at + 8, 48, |c| c.is_ascii_uppercase() || matches!(c, ' ' | '-')),
            None => page.ahead_while(label_end, LONGEST, |c| is_token(c) || c.is_ascii_whitespace()),
        };
        last_end = end;
        add(Span::new(begin.start, label_end + page.slice(label_end, end).trim_end().len()), 1.0);
    }
}

/// A value whose name calls it a secret.
struct Assigned {
    span: Span,
    /// Whether it looks like one, too.
    believed: bool,
}

/// The value after `name=` or `name:` when the name calls it a secret.
fn assigned(page: &Page<'_>, sign: usize) -> Option<Assigned> {
    let bytes = page.text().as_bytes();
    let head = bytes.get(..sign).unwrap_or_default();
    let gap =
        head.iter().rev().take(3).take_while(|b| matches!(b, b' ' | b'"' | b'\'' | b'`' | b':' | b'*' | b']')).count();
    let name_end = sign - gap;
    // The last two letters of the names above; most signs end here.
    let ending = [page.byte(name_end.checked_sub(2)?)? | 0x20, page.byte_before(name_end)? | 0x20];
    if !ENDINGS.contains(&&ending) {
        return None;
    }
    let name_start = page.back_while(name_end, NAME_LIMIT, |c| matches!(c, '_' | '-' | '.') || c.is_alphanumeric());
    let name: String =
        page.slice(name_start, name_end).chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect();
    let spaced = page.slice(0, name_start).ends_with([' ']) && matches!(name.as_str(), "key");
    let (chosen, made) = (
        PASSWORDS.iter().any(|end| name.ends_with(end)),
        KEYS.iter().any(|end| name.ends_with(end)) || spaced && is_api(page, name_start),
    );
    if !chosen && !made || name == "compass" || name == "bypass" {
        return None;
    }
    let (value, quoted) = value_after(page, sign + 1)?;
    let text = value.of(page.text());
    let stands_in = is_stand_in(text) || text.starts_with('[');
    let machine = text.len() >= KEY_LEAST && entropy(text) >= KEY_ENTROPY && text.bytes().any(|b| b.is_ascii_digit());
    let chosen = chosen && is_password(page, value, quoted || page.byte(sign) == Some(b'='));
    Some(Assigned { span: value, believed: !stands_in && (machine || chosen) })
}

/// Whether `api` or `secret` stands before the word `key`.
fn is_api(page: &Page<'_>, at: usize) -> bool {
    let before = page.context_before(at, 10);
    ["api ", "secret ", "access ", "private "].iter().any(|word| before.ends_with(word))
}

/// The value that starts near `from`, and whether it stands in quotes.
fn value_after(page: &Page<'_>, from: usize) -> Option<(Span, bool)> {
    let start = page.ahead_while(from, 4, |c| matches!(c, ' ' | '>' | '=' | '*' | '\t'));
    let scheme = ["Bearer ", "Basic ", "Token ", "bearer "]
        .iter()
        .find(|scheme| page.slice(start, start + scheme.len()) == **scheme);
    let start = start + scheme.map_or(0, |scheme| scheme.len());
    let quote = page.after(start).filter(|c| matches!(c, '"' | '\'' | '`'));
    let (start, end) = match quote {
        Some(quote) => (start + 1, page.ahead_while(start + 1, VALUE_LIMIT, |c| c != quote && c != '\n' && c != '\\')),
        None => (
            start,
            page.ahead_while(start, VALUE_LIMIT, |c| {
                !c.is_whitespace() && !matches!(c, ',' | ';' | '"' | '\'' | '<' | '>' | ')' | ']' | '}' | '&' | '|')
            }),
        ),
    };
    let value = page.slice(start, end).trim_end_matches(['.', '!', '?', '`', ' ']);
    (!value.is_empty()).then(|| (Span::new(start, start + value.len()), quote.is_some()))
}

/// Whether a value is a password: set apart by quotes or `=`, or unlike a word, or the last on its line.
fn is_password(page: &Page<'_>, value: Span, set_apart: bool) -> bool {
    let text = value.of(page.text());
    let long = (4..=128).contains(&text.chars().count());
    let call = text.contains(['(', '{']) || text.contains("::");
    let mixed = text.bytes().any(|b| b.is_ascii_digit())
        || text.bytes().skip(1).any(|b| b.is_ascii_uppercase())
        || text.contains(['!', '#', '$', '%', '^', '@']);
    let ends_line = page.after(value.end).is_none_or(|c| matches!(c, '\n' | '\r')) && !text.contains(' ');
    long && !call && (mixed || set_apart && !text.contains(' ') || ends_line && text.len() >= 5)
}

/// `password is X`, `--password X`: a value unlike a word.
fn spoken(page: &Page<'_>, word_end: usize) -> Option<Span> {
    let rest = page.slice(word_end, page.ahead_while(word_end, 16, |c| c != '\n'));
    let link = [" is: ", " is ", " was ", " = ", " ist ", " est ", " es ", " "]
        .iter()
        .find(|link| rest.starts_with(**link))?;
    let (value, _) = value_after(page, word_end + link.len())?;
    let text = value.of(page.text());
    let digit = text.bytes().any(|b| b.is_ascii_digit());
    let other = text.bytes().any(|b| b.is_ascii_alphabetic()) || *link != " ";
    (text.len() >= 4 && digit && other && !is_stand_in(text) && !text.starts_with('[')).then_some(value)
}

fn is_stand_in(text: &str) -> bool {
    let variable = text.strip_prefix('$').is_some_and(|name| name.bytes().all(|b| b.is_ascii_uppercase() || b == b'_'));
    let lower = text.to_lowercase();
    variable
        || STAND_INS
            .iter()
            .any(|stand_in| if stand_in.len() > 3 { lower.contains(stand_in) } else { lower.starts_with(stand_in) })
}

/// Shannon's entropy of the bytes, in bits a byte.
fn entropy(text: &str) -> f32 {
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
    use crate::recognize::check;

    #[test]
    fn every_name_has_its_ending() {
        for name in PASSWORDS.iter().chain(&KEYS) {
            let bytes = name.as_bytes();
            let ending = [bytes[bytes.len() - 2] | 0x20, bytes[bytes.len() - 1] | 0x20];
            assert!(ENDINGS.contains(&&ending), "{name}");
        }
    }

    #[test]
    fn finds() {
        check(
            &Secret,
            Kind::Secret,
            &[
                "key {AKIAIOSFODNN7RTYUQWE}.",
                "use {ghp_16C7e42F292c6912E7710c838347Ae178B4a} here",
                "password={hunter2}; user=anna",
                "\"api_key\": \"{9f8b7c6d5e4f3a2b1c0d9e8f7a6b5c4d}\"",
                "aws_secret_access_key = {wJalrXUtnFEMI/K7MDENG/bPxRfiCYzz81Qa3Rt}",
                "my password is {Tr0ub4dor&3}".replace("&3", "").as_str(),
                "Authorization: Bearer {mF_9.B5f-4.1JqM0a8s7d6f5g4h3}",
                "{eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9PlFUP0THsR8U}",
                "{-----BEGIN RSA PRIVATE KEY-----\nMIIEow==\n-----END RSA PRIVATE KEY-----} end",
                "bot {123456789:AAF-abcdefghijklmnopqrstuvwxyz01234}",
                "Passwort: {geheim}\nok",
                "mysql -u root --password {s3cr3tpw}",
            ],
        );
    }

    #[test]
    fn leaves() {
        check(
            &Secret,
            Kind::Secret,
            &[
                "sha256: 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
                "id 550e8400-e29b-41d4-a716-446655440000",
                "AKIAIOSFODNN7EXAMPLE",
                "password: must have eight characters",
                "password=$DB_PASSWORD",
                "api_key = os.environ['KEY']",
                "token: the smallest unit of text",
                "-----BEGIN PUBLIC KEY-----\nMIIBIjAN\n-----END PUBLIC KEY-----",
                "commit 3dc54509f8b7c6d5e4f3a2b1c0d9e8f7a6b5c4d1",
                "password: [SECRET_1]",
                "forgot my password again",
            ],
        );
    }
}
