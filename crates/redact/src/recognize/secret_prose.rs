//! Passwords, keys and short codes in running text, in definitions, calls and commands, where no `:` or `=` stands between the name and the
//! value: `my password is X`, `ENV DB_PASSWORD X`, `define('DB_PASSWORD', 'X')`, `mysql -pX`, `PIN 4711`.

use super::Page;
use super::marks::Marks;
use super::secret_keys::{is_drawn, keyed};
use super::secret_names::{Class, Named, name_before, named, named_for};
use super::secret_values::{Need, is_chain, is_jumbled, is_machine, is_other, is_spoken, plain_value, quoted_value};
use crate::finding::{Span, SpanText as _};

/// How far back from a value its command is looked for, in bytes.
const LINE: usize = 160;

/// What follows a value before its name: `X is my password`, `X as the new password`.
static AFTER: Marks<12> = Marks::new([
    " as my ",
    " as the ",
    " as your ",
    " as password",
    " is my ",
    " is the ",
    " is your ",
    " als ",
    " como ",
    " comme ",
    " come ",
    " jako ",
]);
/// Words between those and the name.
const ADJECTIVES: [&str; 12] = [
    "correct ",
    "new ",
    "current ",
    "old ",
    "default ",
    "temporary ",
    "admin ",
    "wifi ",
    "right ",
    "master ",
    "mein ",
    "mi ",
];
/// Names that stand after a value.
const NAMES_AFTER: [&str; 9] =
    ["password", "pw", "pwd", "pass ", "passphrase", "passcode", "passwort", "contraseña", "mot de passe"];

/// Programs whose option `-p` is a password.
const PASSWORD_P: [&str; 18] = [
    "mysql",
    "mariadb",
    "sshpass",
    "docker login",
    "podman login",
    "mongo",
    "az login",
    "oc login",
    "skopeo login",
    "htpasswd",
    "cf login",
    "helm registry login",
    "rabbitmq",
    "ansible",
    "psexec",
    "PsExec",
    "PSEXEC",
    "psExec",
];

/// The secret that holds the run of digits in `token`, its letters and digits, `_`, `.` and `-`.
pub(super) fn around(page: &Page<'_>, token: Span) -> Option<Span> {
    let start = page.back_while(token.start, 128, |c| {
        c.is_ascii_graphic() && !matches!(c, '"' | '\'' | '`' | '(' | '[' | '<' | '>' | ',' | ';' | '{' | '|')
    });
    // After a number, a comma or the end of a sentence none is named, and most others are no values either.
    let apart = page.byte_before(start) == Some(b' ')
        && page
            .byte_before(start - 1)
            .is_none_or(|byte| matches!(byte, b'0'..=b'9' | b',' | b'.' | b';' | b'\n' | b' '));
    if apart {
        return before_name(page, start, token.end);
    }
    named(page, start)
        .and_then(|named| by_name(page, start, named))
        .or_else(|| command(page, start))
        .or_else(|| before_name(page, start, token.end))
        .or_else(|| account(page, start))
        .or_else(|| if matches!(page.byte_before(start), Some(b'"' | b'\'')) { argument(page, start) } else { None })
        .or_else(|| by_name(page, start, named_for(page, start)?))
        .or_else(|| if token.len() >= LONG_TOKEN { by_key(page, start) } else { None })
}

/// The least length of letters, digits and the like in a row of a value after `key`, in bytes.
const LONG_TOKEN: usize = 16;

/// A value after `key`, as a service has one: `the KEY X`, `your key is X`.
#[inline(never)]
fn by_key(page: &Page<'_>, start: usize) -> Option<Span> {
    let at = page.back_while(start, 3, |c| matches!(c, ' ' | '"' | '\'' | '`' | ':' | '-'));
    let at = if page.has_before(at, " is") { at - 3 } else { at };
    if at == start || !page.has_before(at, "key") {
        return None;
    }
    let value = plain_value(page, start);
    keyed(page, at, value, true).then_some(value)
}

/// A value after its name.
fn by_name(page: &Page<'_>, start: usize, named: Named) -> Option<Span> {
    let quote = page.before(start).filter(|c| matches!(c, '"' | '\'' | '`'));
    let value = quote.map_or_else(|| plain_value(page, start), |quote| quoted_value(page, start, quote));
    let text = value.of(page.text());
    let in_prose = page.byte_before(start) == Some(b'(') && !page.has_before(start - 1, " ");
    let getter = named.call && page.bytes_before(named.start, 4).to_ascii_lowercase().starts_with("get");
    if named.call && quote.is_none() && in_prose
        || named.call && quote.is_none() && page.byte_before(start) != Some(b'(')
        || getter
    {
        return None;
    }
    // A boarding pass is another thing.
    let bare = !named.linked && page.has_at(named.start, "pass ") && page.byte_before(named.start) == Some(b' ');
    let pass = bare && page.byte_before(named.start - 1).is_some_and(|byte| byte.is_ascii_alphabetic());
    let found = match named.class {
        _ if pass => false,
        Class::Key if page.has_at(named.start, "pat") => is_drawn(text),
        Class::Key => (!named.weak || quote.is_some()) && is_machine(text) && !is_other(text),
        Class::Code | Class::Account => false,
        Class::Password if quote.is_some() => text.len() >= 4 && !text.contains(' ') && !is_other(text),
        Class::Password => is_spoken(text, need(&named)),
    };
    found.then_some(value)
}

fn need(named: &Named) -> Need {
    match (named.linked, named.weak) {
        (_, true) => Need::Much,
        (true, false) => Need::Little,
        (false, false) => Need::More,
    }
}

/// `admin / X`.
fn account(page: &Page<'_>, start: usize) -> Option<Span> {
    if !page.has_before(start, " / ") {
        return None;
    }
    let (class, _) = name_before(page, start - 3)?;
    let value = plain_value(page, start);
    (class == Class::Account && is_spoken(value.of(page.text()), Need::More)).then_some(value)
}

/// What code takes as a user and a password.
const PAIRS: [&str; 8] = [
    "NetworkCredential(",
    "Credentials(",
    "Credential(",
    "PasswordAuthentication(",
    "HTTPBasicAuth(",
    "DirectoryEntry(",
    "BasicAuth(",
    "auth=(",
];

/// The second text of two in a call: `NetworkCredential("bob", "X")`.
#[inline(never)]
fn argument(page: &Page<'_>, start: usize) -> Option<Span> {
    let quote = page.before(start).filter(|c| matches!(c, '"' | '\''))?;
    let comma = page.back_while(start - 1, 2, |c| c == ' ');
    let close = comma
        .checked_sub(2)
        .filter(|close| page.byte(comma - 1) == Some(b',') && page.before(close + 1) == Some(quote))?;
    let open = page.back_while(close, 64, |c| c != quote && c != '\n').checked_sub(1)?;
    PAIRS.iter().find(|pair| page.has_before(open, pair))?;
    let value = quoted_value(page, start, quote);
    let text = value.of(page.text());
    (text.len() >= 5 && !text.contains(' ') && !is_other(text)).then_some(value)
}

/// `X as my password`.
fn before_name(page: &Page<'_>, start: usize, token_end: usize) -> Option<Span> {
    if page.byte(token_end).is_some_and(|byte| byte.is_ascii_alphabetic() || matches!(byte, b',' | b'\n')) {
        return None;
    }
    let end = page.ahead_while(token_end, 32, |c| c.is_ascii_graphic() && !matches!(c, '"' | '\'' | ')' | ',' | ';'));
    let mut at = end + AFTER.at(page, end)?.len();
    if !page.has_before(at, "password") {
        at += ADJECTIVES.iter().find(|word| page.has_at(at, word)).map_or(0, |word| word.len());
        NAMES_AFTER.iter().find(|name| page.has_at(at, name))?;
    }
    let value = Span::new(start, end);
    is_spoken(value.of(page.text()), Need::More).then_some(value)
}

/// The option before or at the start of a value, and where the value begins: `-p X`, `-pX`; `|` where a quote opens.
fn option(page: &Page<'_>, start: usize) -> Option<(u8, usize)> {
    let before = page.byte_before(start)?;
    if before == b' ' && page.byte(start) == Some(b'-') {
        return Some((page.byte(start + 1)?, start + 2));
    }
    let quoted = matches!(before, b'"' | b'\'');
    let space = if quoted { start.checked_sub(2)? } else { start.checked_sub(1)? };
    let short = page.byte(space) == Some(b' ') && space >= 3 && page.has_at(space - 3, " -");
    match (short, quoted) {
        (true, _) => Some((page.byte_before(space)?, start)),
        (false, _) if page.has_before(space, " --user") || page.has_before(space, " --user ") => Some((b'u', start)),
        (false, true) => Some((b'|', start)),
        (false, false) => None,
    }
}

/// The value of an option of a command: `curl -u bob:X`, `sshpass -p X`, `mysql -pX`; or of a pair for `chpasswd`.
fn command(page: &Page<'_>, start: usize) -> Option<Span> {
    let (option, value_start) = option(page, start)?;
    let quick = matches!(option, b'p' | b'P' | b'u' | b'U' | b'w' | b'a' | b'|');
    let value = quick.then(|| plain_value(page, value_start))?;
    let line = page.bytes_before(start, LINE);
    // A backslash or backtick at the end of a line goes on in the next.
    let begin = line.rmatch_indices('\n').find(|(at, _)| !line.get(..*at).is_some_and(|l| l.ends_with(['\\', '`'])));
    let line = line.get(begin.map_or(0, |(at, _)| at + 1)..).unwrap_or(line);
    let has = |programs: &[&str]| programs.iter().any(|program| line.contains(program));
    let after = |sign: char| {
        let (_, password) = value.of(page.text()).split_once(sign)?;
        Some(Span::new(value.end - password.len(), value.end))
    };
    let value = match option {
        b'p' if has(&PASSWORD_P) => value,
        b'P' if has(&["zip ", "7z", "sqlcmd", "bcp "]) => value,
        b'w' if has(&["ldap"]) => value,
        b'a' if has(&["redis-cli"]) => value,
        b'u' if has(&["curl", "wget", "http"]) => after(':')?,
        b'U' if has(&["smb", "rpcclient", "net "]) => after('%')?,
        b'|' if is_piped(page, value.end) => after(':')?,
        _ => return None,
    };
    let text = value.of(page.text());
    (text.len() >= 4 && !is_other(text)).then_some(value)
}

/// `"bob:X" | chpasswd`.
fn is_piped(page: &Page<'_>, end: usize) -> bool {
    let rest = page.bytes_after(end, 24).trim_start_matches(['"', '\'', ' ']);
    rest.strip_prefix('|').is_some_and(|rest| rest.contains("chpasswd"))
}

/// A short number after its name: `PIN: 4711`, `CVV 123`. Also a password that is a number.
pub(super) fn code(page: &Page<'_>, run: Span) -> Option<(Span, f32)> {
    if !(3..=12).contains(&run.len()) {
        return None;
    }
    let before = page.byte_before(run.start)?;
    let set_off = matches!(before, b' ' | b':' | b'=' | b'"' | b'\'' | b'(' | b'\t') || !before.is_ascii();
    let part = matches!(page.byte(run.end), Some(b'-' | b'/' | b':' | b'.' | b','))
        && page.byte(run.end + 1).is_some_and(|b| b.is_ascii_digit());
    let second = run.start >= 2
        && page
            .byte_before(run.start - 1)
            .is_some_and(|byte| byte.is_ascii_digit() || matches!(byte, b',' | b'.' | b';' | b'\n'));
    if !set_off || part || second {
        return None;
    }
    let named = named(page, run.start).filter(|named| !named.weak)?;
    let name = page.bytes_after(named.start, 3).to_ascii_lowercase();
    let listed = page.byte(run.end) == Some(b' ') && page.byte(run.end + 1).is_some_and(|byte| byte.is_ascii_digit());
    match (named.class, run.len()) {
        (Class::Password, 4..=12) => named.linked.then_some((run, 0.9)),
        (Class::Code, _) if listed => None,
        (Class::Code, length) if matches!(name.as_str(), "cvv" | "cvc") => (length <= 4).then_some((run, 0.9)),
        // An Indian postal code is called PIN, too, and has six digits.
        (Class::Code, 4 | 5 | 6 | 8) if name == "pin" => {
            let spoken = named.linked || page.slice(named.start, named.start + 3) == "PIN";
            let postal = run.len() == 6
                && page.byte(named.start + 3).is_some_and(|byte| byte != b' ' && byte != b':' && byte != b'=');
            (spoken && !postal).then_some((run, if run.len() == 6 { 0.6 } else { 0.9 }))
        }
        (Class::Code, 3..=8) if name == "sec" => Some((run, 0.9)),
        (Class::Code, 4..=8) if name != "pin" => Some((run, 0.9)),
        _ => None,
    }
}

/// The value after a password's word that ends at `word_end`, when it holds no digit: a chain of words, letters without order, or what code
/// puts in quotes.
pub(super) fn spoken(page: &Page<'_>, word: Span) -> Option<Span> {
    const LINKS: [&str; 13] =
        [" is: ", " is ", " was ", " = ", " ist ", " lautet ", " est ", " es ", " - ", " – ", " to ", " (", " "];
    let rest = page.bytes_after(word.end, 24);
    let capitals = page.byte_before(word.end).is_some_and(|byte| byte.is_ascii_uppercase());
    let call = ["(\"", "('", "(@\"", "', '", "\", \"", "','", "\",\"", ", \"", ", '"]
        .iter()
        .find(|call| rest.starts_with(**call));
    let define = [" \"", " '"].iter().find(|define| capitals && rest.starts_with(**define));
    if let Some(opening) = call.or(define) {
        let start = word.end + opening.len();
        let value = quoted_value(page, start, page.before(start)?);
        let text = value.of(page.text());
        let name = page
            .bytes_before(word.start, 24)
            .rsplit(|c: char| !c.is_ascii_alphanumeric() && c != '_')
            .next()?
            .to_ascii_lowercase();
        let sets = define.is_some()
            || opening.starts_with('(') && name.starts_with("set")
            || !opening.starts_with('(') && capitals;
        let plain = (4..=128).contains(&text.len()) && !text.contains(' ') && !is_other(text);
        return (sets && plain).then_some(value);
    }
    let link = LINKS.iter().find(|link| rest.starts_with(**link))?;
    let start = word.end + link.len();
    let value = plain_value(page, start);
    let text = value.of(page.text());
    let netrc = *link == " " && page.bytes_before(word.start, 80).contains(" login ") && text.len() >= 4;
    ((is_chain(text) || is_jumbled(text) || netrc) && !is_other(text)).then_some(value)
}

/// The password that ends a line of a file for PostgreSQL: `host:port:database:user:X`; `run` is the port.
pub(super) fn pgpass(page: &Page<'_>, run: Span) -> Option<Span> {
    let host =
        page.back_while(run.start.checked_sub(1)?, 64, |c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '*'));
    let begins = host == 0 || page.byte_before(host) == Some(b'\n');
    let line_end = page.ahead_while(run.end, 160, |c| c.is_ascii_graphic());
    let mut fields = page.slice(run.end + 1, line_end).splitn(3, ':');
    let (database, user, password) = (fields.next()?, fields.next()?, fields.next()?);
    let whole = !database.is_empty() && !user.is_empty() && password.len() >= 4 && !password.contains(':');
    let named = user.bytes().any(|byte| byte.is_ascii_alphabetic()) && page.slice(host, run.start).len() >= 2;
    (begins && whole && named && !is_other(password)).then(|| Span::new(line_end - password.len(), line_end))
}

#[cfg(test)]
mod tests {
    use crate::kind::Kind;
    use crate::recognize::{Secret, check};

    #[test]
    fn finds_in_prose() {
        check(
            &Secret,
            Kind::Secret,
            &[
                "password - {castle-purple-guitar-river}",
                "Her pwd was {silver3971} when I last checked.",
                "El contraseña que consta ({Monkey*483}) está mal.",
                "O meu palavra-passe é {tig3r!67}.",
                "Mon mot de passe est le {River%257}.".replace(" le ", " ").as_str(),
                "Podaję Hasło: {SUMM6256z$}, dziękuję",
                "A Jelszó {Tiger2002!}, kérem",
                "密码改成{guitardragon20}，谢谢",
                "パスワード {purpl3$66}",
                "비밀번호: {Summer48!}",
                "Passord {riverorange35}",
                "Could you confirm that {coffee6097} is the correct PW for this customer?",
                "I used {banana1330} as my password for years",
                "login with admin / {Pepper2001$}",
                "my PASSWORD is {dr4gonfly}",
                "PIN: {4711}, CVV {123}, your verification code is {482913}",
            ],
        );
    }

    #[test]
    fn finds_in_code_and_commands() {
        check(
            &Secret,
            Kind::Secret,
            &[
                "var DB_PASSWORD string = \"{MONK2816y!}\"",
                "const string password = @\"{MANG3559x$}\";",
                "define('DB_PASSWORD', '{Castle2021}');",
                "ENV DB_PASSWORD {Rocket1971}",
                "#define API_KEY \"{8nV3xSVNYXIF3CAAkesetB684ts75KTE}\"",
                "customer.setSmtpPass(\"{purpl3$89}\");",
                "account.setPassword(\"{hunterly}\");",
                "mysql -u root -p{Mango779} shop",
                "sshpass -p {s3cr3tpw} ssh bob@host",
                "docker login -u bob -p {4haoxwbkNKkbQxuffPce} registry.host.io",
                "curl -u bob:{0txSpfkAGjEa} https://host.io",
                "CREATE USER bob WITH PASSWORD '{RiverPurple}';",
                "IDENTIFIED BY '{tiger19x}'",
                "echo \"bob:{Castle2021}\" | chpasswd",
                "machine host.io login bob password {tigerly}",
                "db.host.io:5432:shop:bob:{Castle2021}",
                "curl_easy_setopt(curl, CURLOPT_PASSWORD, \"{KiASRCRiGFLPDiId}\");",
                "ConvertTo-SecureString \"{4yd21JKH~GE8dkd}\" -AsPlainText",
                "new NetworkCredential(\"bob\", \"{AP7JaG9ToerxBc6}\")",
                "requests.get(url, auth=('bob', '{0txSpfkAGjEa}'))",
                "curl https://host.io/token \\\n  --user bob:{qgsnai0xokrw4j1} --data x",
                "proxy-authorization: basic {aXRzZGFuaWVsOldpbnRlclRpZ2VyNzg}",
            ],
        );
    }

    #[test]
    fn leaves() {
        check(
            &Secret,
            Kind::Secret,
            &[
                "pin 13 of the connector, PIN 3 and pins 1024",
                "password VARCHAR(255) NOT NULL",
                "if password == confirm_password:\n",
                "password: !vault |\n  33",
                "def f(token: str, password: str) -> None:\n",
                "password = os.environ['DB_PASSWORD']",
                "password: string;\npassword: string\n",
                "password reset link, valid for 24h",
                "I forgot my password 3 times in 2019",
                "change your password to 8-character words",
                "password = self.user_password\nlogin(user, password=password)",
                "the password is hashed with sha256",
                "mkdir -p 2020 && docker run -p 8080:80 nginx1",
                "compass 4711, bypass: 4712, primary key: 4711",
                "password list rockyou2024.txt",
                "boarding pass AB1234",
            ],
        );
    }
}
