//! Secrets: keys and tokens that tell their maker, private keys, web tokens, connection strings with a password (see `url.rs`), and values
//! that a name calls a secret (`password=`, `"api_key":`). Leaves digests, UUIDs, placeholders and the examples of manuals.

use super::literals::Literal;
use super::needs::{Needs, is_sign};
use super::secret_commands::pgpass;
use super::secret_keys::{again, inner_name, is_digest, is_drawn, keyed, unnumbered};
use super::secret_names::{Class, name_before, type_before};
use super::secret_prose::{around, code, spoken};
use super::secret_values::{
    Need, VALUE_LIMIT, is_jumbled, is_machine, is_noise, is_other, is_password, is_random, is_shuffled, is_spoken,
    random_value, value_after,
};
use super::secret_vendors::token;
use super::{Page, Recognizer};
use crate::finding::{Finding, Span, SpanText as _};
use crate::kind::Kind;

/// The longest token that is read, in bytes.
const LONGEST: usize = 4_096;
/// The shortest token with a maker's prefix.
const SHORTEST: usize = 20;

/// Recognizes secrets.
pub struct Secret;

impl Recognizer for Secret {
    fn kinds(&self) -> &'static [Kind] {
        &[Kind::Secret]
    }

    fn find(&self, page: &Page<'_>, findings: &mut Vec<Finding>) {
        let from = findings.len();
        let mut add = |span: Span, score: f32| findings.push(Finding::new(Kind::Secret, span, score));
        let made = tokens(page, &mut add);
        armored(page, &mut add);
        for signs in [page.colons(), page.equals()] {
            let mut seen = 0;
            for sign in signs {
                // What stands inside a value that was read is no name.
                let Some(value) = (*sign >= seen).then(|| assigned(page, *sign, made)).flatten() else { continue };
                // `${DB_PASSWORD:-X}` holds a name and a value of its own.
                seen = if value.believed || !page.has_at(value.span.start, "${") { value.span.end } else { *sign };
                if value.believed {
                    add(value.span, 0.97);
                }
            }
        }
        let prefixes = page.literals().iter().filter(|(literal, _)| *literal == Literal::Token);
        prefixes.filter_map(|(_, prefix)| undigited(page, *prefix)).for_each(|span| add(span, 0.99));
        let words = page.literals().iter().filter(|(literal, _)| *literal == Literal::Password);
        words.filter_map(|(_, word)| spoken(page, *word)).for_each(|span| add(span, 0.9));
        page.slashes().iter().filter_map(|slash| path(page, *slash)).for_each(|span| add(span, 0.99));
        if findings.len() > from {
            again(page, from, findings);
        }
    }
}

/// Paths that a secret ends, and what must stand before them.
const SECRET_PATHS: [(&str, &str); 8] = [
    ("/services/", "hooks.slack.com"),
    ("/workflows/", "hooks.slack.com"),
    ("/triggers/", "hooks.slack.com"),
    ("/api/webhooks/", ""),
    ("/bot", "api.telegram.org"),
    ("/webhookb2/", ".webhook.office.com"),
    ("/webhook/", "outlook.office.com"),
    ("/hooks/catch/", "hooks.zapier.com"),
];

/// The secret at the end of an address whose path begins at `slash`.
fn path(page: &Page<'_>, slash: usize) -> Option<Span> {
    if !matches!(page.byte(slash + 1), Some(b's' | b'a' | b'b' | b'w' | b't' | b'h')) {
        return None;
    }
    let (head, tail) = page.text().split_at_checked(slash)?;
    let (path, _) = SECRET_PATHS.iter().find(|(path, host)| tail.starts_with(path) && head.ends_with(host))?;
    let start = slash + path.len();
    let end = page.ahead_while(start, VALUE_LIMIT, |c| is_token(c) || c == '@');
    (end >= start + SHORTEST.min(14)).then(|| Span::new(start, end))
}

fn is_token(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.' | '/' | '+' | '=' | ':')
}

/// Tokens with a maker's prefix, and what a name before it calls a secret. A secret without any digit is rare, so digits are the clue. Says whether
/// a part is long enough to be made by a machine.
fn tokens(page: &Page<'_>, add: &mut impl FnMut(Span, f32)) -> bool {
    let bytes = page.text().as_bytes();
    let inside = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.');
    let (mut seen, mut longest) = (0, 0);
    for (_, run) in page.runs_of(Needs::SECRET) {
        if run.start < seen {
            continue;
        }
        let (before, after) = (page.byte_before(run.start), page.byte(run.end));
        let joined = |byte: Option<u8>| byte.is_some_and(|byte| inside(&byte) || is_sign(byte));
        if run.len() < SHORTEST && !joined(before) && !joined(after) {
            if matches!(after, Some(b':' | b'|')) {
                facebook(page, run).or_else(|| telegram(page, run)).into_iter().for_each(|span| add(span, 0.99));
                if before == Some(b':') {
                    pgpass(page, run).into_iter().for_each(|span| add(span, 0.9));
                }
            }
            code(page, run).into_iter().for_each(|(span, score)| add(span, score));
            continue;
        }
        let back =
            bytes.get(seen..run.start).unwrap_or_default().iter().rev().take(LONGEST).take_while(|b| inside(b)).count();
        let ahead = bytes.get(run.end..).unwrap_or_default().iter().take(LONGEST).take_while(|b| inside(b)).count();
        let word = Span::new(run.start - back, run.end + ahead);
        seen = word.end;
        longest = longest.max(word.len());
        let long = word.len() >= SHORTEST
            || matches!(page.byte(word.end), Some(b'~' | b'/' | b'+'))
            || page.byte_before(word.start) == Some(b'$');
        let made = long.then(|| token(page, word)).flatten();
        // `2nd`, `$5` and `5%` are too short to be a password, unless more goes on behind the sign.
        let goes_on = |sign: Option<u8>, next: Option<u8>| {
            sign.is_some_and(is_sign) && next.is_some_and(|next| next.is_ascii_alphanumeric() || is_sign(next))
        };
        let further = word.start.checked_sub(2).and_then(|at| page.byte(at));
        let whole = word.len() >= LEAST
            || goes_on(page.byte_before(word.start), further)
            || goes_on(page.byte(word.end), page.byte(word.end + 1));
        let told = || whole.then(|| around(page, word)).flatten().map(|span| (span, 0.95));
        match made.map(|span| (span, 0.99)).or_else(told) {
            Some((span, score)) => {
                seen = seen.max(span.end);
                add(span, score);
            }
            None if is_number(page, word, run) => {
                code(page, run).into_iter().for_each(|(span, score)| add(span, score));
            }
            None => {}
        }
    }
    longest >= LEAST_MADE
}

/// Whether a word is a number, or one such as `G-482913`.
fn is_number(page: &Page<'_>, word: Span, run: Span) -> bool {
    let text = word.of(page.text());
    text.trim_end_matches(['.', '-']).len() == run.len() || text.len() == run.len() + 2 && text.starts_with("G-")
}

/// The shortest part without signs of a password, in bytes.
const LEAST: usize = 4;

/// A token of letters that begins with `prefix`.
fn undigited(page: &Page<'_>, prefix: Span) -> Option<Span> {
    let end = page.ahead_while(prefix.end, 64, |c| c.is_ascii_alphanumeric());
    token(page, Span::new(prefix.start, end))
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

/// An application's token: its number, `|`, and twenty-seven characters.
#[inline(never)]
fn facebook(page: &Page<'_>, run: Span) -> Option<Span> {
    if !(15..=16).contains(&run.len()) || page.byte(run.end) != Some(b'|') {
        return None;
    }
    let end = page.ahead_while(run.end + 1, 41, |c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-'));
    let tail = page.slice(run.end + 1, end);
    let mixed =
        tail.bytes().any(|byte| byte.is_ascii_uppercase()) && tail.bytes().any(|byte| byte.is_ascii_lowercase());
    ((27..=40).contains(&tail.len()) && mixed).then(|| Span::new(run.start, end))
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

/// The most spaces that align a sign with those of other lines.
const ALIGNED: usize = 32;

/// How far before `sid=` the word `Cookie` stands, in bytes.
const COOKIE: usize = 160;
/// Signs of programs that passwords seldom hold.
const BRACKETS: [char; 5] = ['[', ']', '{', '}', '|'];

/// A value whose name calls it a secret.
struct Assigned {
    span: Span,
    /// Whether it looks like one, too.
    believed: bool,
}

/// The least length of the longest part in a text, for names that only what a machine made is believed after.
const LEAST_MADE: usize = 16;

/// The value after `name=` or `name:` when the name calls it a secret; `made` says whether names that do not may have one, too.
fn assigned(page: &Page<'_>, sign: usize, made: bool) -> Option<Assigned> {
    let head = page.text().as_bytes().get(..sign).unwrap_or_default();
    let gap = if head.last().is_some_and(u8::is_ascii_alphanumeric) { 0 } else { gap_before(head) };
    let assigns = page.byte(sign) == Some(b'=');
    let name_end = unnumbered(page, sign - gap);
    let name_end = if assigns { type_before(page, name_end).unwrap_or(name_end) } else { name_end };
    if gap == 0 && page.has_before(sign, "oracle:thin") {
        return oracle(page, sign);
    }
    if gap == 0 && page.has_before(sign, " /p") {
        return account(page, sign);
    }
    let Some((class, name)) = name_before(page, name_end) else {
        if assigns && gap > 0 && page.has_before(name_end, "default") {
            return variable(page, sign, name_end);
        }
        // `https:` names nothing.
        return if made && page.byte(sign + 1) != Some(b'/') { loosely(page, sign, name_end) } else { None };
    };
    if class == Class::Account {
        return account(page, sign).filter(|_| gap == 0);
    }
    let default = page.has_at(sign, ":-");
    let (value, quoted) = value_after(page, sign + 1 + usize::from(default))?;
    let cut = class == Class::Password && !quoted && matches!(page.byte(value.end), Some(b'|' | b'}' | b']'));
    let longer = if cut { random_value(page, value.start) } else { None };
    let value = longer.unwrap_or(value);
    let text = value.of(page.text());
    if let (true, Some((_, password))) = (page.has_at(name, "cred"), text.split_once(':')) {
        let span = Span::new(value.end - password.len(), value.end);
        return Some(Assigned { span, believed: is_spoken(password, Need::More) });
    }
    let borne = page.byte_before(value.start) == Some(b' ') && page.has_before(value.start - 1, "bearer");
    let compared = assigns && !quoted && page.byte(sign + 1) == Some(b'=');
    let basic =
        page.byte_before(value.start) == Some(b' ') && page.has_before(value.start - 1, "basic") && text.len() >= 8;
    let believed = match class {
        Class::Password => is_machine(text) || is_password(page, value, quoted || assigns, quoted),
        Class::Key if page.has_at(name, "sig") => text.len() >= 40,
        // Patterns are named so as well as personal access tokens.
        Class::Key if page.has_at(name, "pat") => is_drawn(text),
        Class::Key if page.has_at(name, "session") => {
            assigns && is_machine(text) && !(text.contains('-') && is_digest(text))
        }
        Class::Key if page.has_at(name, "sid") => {
            let cookie = page.bytes_before(name, COOKIE).to_ascii_lowercase().contains("cookie");
            assigns && cookie && is_machine(text)
        }
        Class::Key => {
            let chosen = page.has_at(name, "secret") || page.has_before(name, "secret_");
            let chosen = chosen && text.len() >= 8 && is_spoken(text, Need::More);
            let borne = borne && text.len() >= 12 && text.bytes().any(|byte| byte.is_ascii_digit());
            let borne = borne && text.bytes().any(|byte| byte.is_ascii_lowercase());
            is_machine(text) || chosen || borne || basic && !text.bytes().all(|byte| byte.is_ascii_lowercase())
        }
        Class::Code | Class::Card | Class::Account => false,
    };
    let drawn = cut == longer.is_some()
        && class == Class::Password
        && text.len() >= 8
        && text.contains(BRACKETS)
        && is_random(text);
    let believed =
        believed && !is_other(text) || drawn || quoted && is_noise(text) || token(page, value) == Some(value);
    Some(Assigned { span: value, believed: believed && !compared })
}

/// How many bytes stand between a name and the sign after `head`.
#[inline(never)]
fn gap_before(head: &[u8]) -> usize {
    let spaces = head.iter().rev().take(ALIGNED).take_while(|b| **b == b' ').count();
    spaces + head.iter().rev().skip(spaces).take(4).take_while(|b| is_gap(**b)).count()
}

/// The value after a name that does not end in a word for secrets.
#[inline(never)]
fn loosely(page: &Page<'_>, sign: usize, name_end: usize) -> Option<Assigned> {
    let assigns = page.byte(sign) == Some(b'=');
    let last = page.byte_before(name_end)?;
    // `12:30` names nothing, and what a machine made has digits.
    // Bytes of a fixed number are looked at all at once.
    let ahead = page.bytes_at(sign + 1).first_chunk::<32>();
    let plain = ahead.is_some_and(|ahead| !ahead.iter().fold(false, |seen, byte| seen | byte.is_ascii_digit()));
    let path = !assigns && page.byte(sign + 1) == Some(b':') && page.byte(sign + 2) != Some(b'=');
    let path = path && page.byte(sign + 2) != Some(b':');
    if !assigns && last.is_ascii_digit() || plain || path {
        return None;
    }
    if let Some((class, _)) = inner_name(page, name_end) {
        let (span, quoted) = value_after(page, sign + 1)?;
        let text = span.of(page.text());
        // Programs give types and names of their own to names that speak of secrets.
        let named = text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b':'));
        let password = class == Class::Password && (quoted || assigns && !named) && is_spoken(text, Need::More);
        let made = is_drawn(text) || is_shuffled(text) || quoted && is_machine(text) && !is_jumbled(text);
        return Some(Assigned { span, believed: (password || made) && !is_other(text) });
    }
    let (span, _) = (last | 0x20 == b'y').then(|| value_after(page, sign + 1))??;
    let set = assigns || page.byte(sign + 1) != Some(b' ');
    keyed(page, name_end, span, set).then_some(Assigned { span, believed: true })
}

/// What may stand between a name and the sign after it: quotes, brackets, and signs that are parts of it, as in `?=`, `:=`, `.=` and `!=`.
fn is_gap(byte: u8) -> bool {
    matches!(byte, b' ' | b'"' | b'\'' | b'`' | b':' | b'*' | b']' | b'?' | b'.' | b'!')
}

/// How far before the default of a variable its name stands, in bytes.
const BLOCK: usize = 240;

/// The default of a variable in Terraform whose name calls it a secret: `variable "db_password" { default = "X" }`.
#[inline(never)]
fn variable(page: &Page<'_>, sign: usize, name_end: usize) -> Option<Assigned> {
    let block = page.bytes_before(name_end, BLOCK);
    let at = block.rfind("variable \"")? + "variable \"".len();
    let rest = block.get(at..)?;
    let (name, rest) = rest.split_once('"')?;
    let end = name_end - rest.len() - 1;
    let (class, start) = name_before(page, end).filter(|(_, start)| end - start <= name.len())?;
    let (span, quoted) = value_after(page, sign + 1)?;
    let text = span.of(page.text());
    let believed = quoted && !rest.contains('}') && !text.contains([' ', '/']) || is_machine(text);
    let believed = believed
        && match class {
            Class::Password => text.len() >= 4,
            Class::Key => {
                is_machine(text) || is_random(text) || page.has_at(start, "secret") && is_spoken(text, Need::More)
            }
            Class::Code | Class::Card | Class::Account => false,
        };
    Some(Assigned { span, believed: believed && !is_other(text) })
}

/// `jdbc:oracle:thin:bob/X@host`.
fn oracle(page: &Page<'_>, sign: usize) -> Option<Assigned> {
    let user = page.ahead_while(sign + 1, 64, |c| c.is_ascii_graphic() && c != '/' && c != '@');
    let end = page.ahead_while(user + 1, 128, |c| c.is_ascii_graphic() && c != '@' && c != '"');
    let whole = page.byte(user) == Some(b'/') && page.byte(end) == Some(b'@') && end > user + 1;
    whole.then(|| Assigned { span: Span::new(user + 1, end), believed: true })
}

/// `admin:X`.
fn account(page: &Page<'_>, sign: usize) -> Option<Assigned> {
    let (span, _) = value_after(page, sign + 1).filter(|(value, _)| value.start == sign + 1)?;
    // `root:X@tcp(host:3306)/shop`.
    let text = span.of(page.text());
    let text = ["@tcp(", "@unix("].iter().find_map(|host| text.split_once(host)).map_or(text, |(text, _)| text);
    // `admin:X@host.org`
    let host = |(_, host): &(&str, &str)| host.contains('.') && !host.starts_with('.');
    let text = text.rsplit_once('@').filter(host).map_or(text, |(text, _)| text);
    let span = Span::new(span.start, span.start + text.len());
    Some(Assigned { span, believed: text.len() >= 6 && is_spoken(text, Need::More) })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::recognize::check;

    #[test]
    fn finds() {
        check(
            &Secret,
            Kind::Secret,
            &[
                "key {AKIAIOSFODNN7RTYUQWE}.",
                "use {ghp_16C7e42F292c6912E7710c838347Ae178B4a} here",
                "Password: {W0|mFjKzd}",
                "mot de passe provisoire est {Falcon#72x}",
                "http_cookie: sessionid={8f14e45fceea167a5a36dedd4bea2543}; Path=/",
                "admin:{Zx81kLm!}@10.1.2.3",
                "the cookie sid={2763a262ae4b98a44c6ad572066513bc} was replayed",
                "The wifi is GuestNet and the key is {Marathon#82x}.",
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
                ":password       => '{4ian1234}',",
                "fb {1308742762612587|rhoK1cbv0DOU_RTX_87O4MkX7AI}",
                "X_TOKEN ?= \"{n0rsfta3vmx8fgdnvx6q}\" $xToken .= '{m1rsfta3vmx8fgdnvx6q}'",
                "\"config.ini\": \"X_TOKEN={ac5dkuw0ncbrgfo3ska6ebe2}\\nBACKUP=true\"",
                "const apiKey =\n    '{P5IS953T7OYL5KJG8J3S}';",
                "SECRET_KEY = '{k#_du9e^cma4go!%(^+=gr@cu@v9-v7ulhbk2s3!w&39w4}'",
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
                "Password: ____________",
                "password: data[Key1]|next",
                "session_id=550e8400-e29b-41d4-a716-446655440000",
                "account_sid=2763a262ae4b98a44c6ad572066513bc",
                "The network is slow and the key is Marathon.",
            ],
        );
    }

    #[test]
    fn defaults_of_variables_in_terraform_are_read() {
        let block = |name: &str, value: &str| {
            format!("variable \"{name}\" {{\n  type    = string\n  default = \"{value}\"\n}}")
        };
        let found = |text: String| {
            let mut findings = Vec::new();
            Secret.find(&Page::new(&text), &mut findings);
            findings.len()
        };
        for (name, value) in [("db_password", "Falcon$51!"), ("api_token", "anGiM1FbZCumq8ZwoYLvgAdmV4eHvp5a")] {
            assert_eq!(found(block(name, value)), 1, "{name}");
        }
        for (name, value) in [("region", "eu-central-1"), ("secret_name", "prod/db/app"), ("password_length", "24")] {
            assert_eq!(found(block(name, value)), 0, "{name}");
        }
    }

    #[test]
    fn defaults_of_variables_are_read() {
        let text = "MAIL_PASSWORD: ${MAIL_PASSWORD:-Mb7kettle} ${MAIL_USER:-nobody55}";
        let mut findings = Vec::new();
        Secret.find(&Page::new(text), &mut findings);
        let found: Vec<&str> = findings.iter().map(|finding| finding.span.of(text)).collect();
        assert_eq!(found, ["Mb7kettle"]);
    }
}
