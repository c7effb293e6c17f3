//! The words that call a value a secret (`password`, `contraseña`, `api_key`, `PIN`), and the words between such a word and its value.

use super::Page;
use super::marks::Marks;

/// What a word says of its value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Class {
    /// A person chose it.
    Password,
    /// A machine made it.
    Key,
    /// It is a short number.
    Code,
    /// The word is the name of an account, and the password follows it.
    Account,
}

/// How names end; where one ends another, the longer stands first. Then words between a name and its value, which begin with a space or
/// are of a script without spaces.
static MARKS: Marks<189> = Marks::new([
    "password",
    "passwd",
    "passphrase",
    "passcode",
    "passwort",
    "kennwort",
    "pwd",
    "pswd",
    "pass",
    "convertto-securestring",
    "contraseña",
    "contrasena",
    "CONTRASEÑA",
    "clave",
    "motdepasse",
    "mot de passe",
    "mot_de_passe",
    "mots de passe",
    "mdp",
    "senha",
    "palavra-passe",
    "palavra passe",
    "palavra_passe",
    "wachtwoord",
    "hasło",
    "hasłem",
    "HASŁO",
    "haslo",
    "lösenord",
    "LÖSENORD",
    "losenord",
    "lösenordet",
    "adgangskode",
    "adgangskoden",
    "kodeord",
    "kodeordet",
    "passord",
    "passordet",
    "salasana",
    "salasanani",
    "salasanasi",
    "heslo",
    "parola",
    "parolă",
    "PAROLĂ",
    "parolam",
    "jelszó",
    "jelszo",
    "JELSZÓ",
    "jelszavam",
    "şifre",
    "Şifre",
    "ŞİFRE",
    "sifre",
    "şifrem",
    "şifresi",
    "пароль",
    "Пароль",
    "ПАРОЛЬ",
    "κωδικός",
    "Κωδικός",
    "パスワード",
    "暗証番号",
    "密码",
    "密碼",
    "口令",
    "비밀번호",
    "패스워드",
    "암호",
    "पासवर्ड",
    "identified by",
    "d'ordine",
    "psk",
    "wifi key",
    "wi-fi key",
    "wlan key",
    "wpa key",
    "network key",
    "schlüssel",
    "secret",
    "token",
    "credential",
    "credentials",
    "creds",
    "authorization",
    "bearer",
    "auth",
    "sig",
    "key",
    "pat",
    "密钥",
    "密鑰",
    "pin",
    "pin code",
    "pin-code",
    "code pin",
    "cvv",
    "cvv2",
    "cvc",
    "cvc2",
    "otp",
    "puk",
    "security code",
    "verification code",
    "one-time code",
    "one time code",
    "2fa code",
    "mfa code",
    "geheimzahl",
    "bestätigungscode",
    "sicherheitscode",
    "验证码",
    "驗證碼",
    "인증번호",
    "認証コード",
    "admin",
    "root",
    " pw",
    "_pw",
    "-pw",
    "(pw",
    ".pw",
    "\npw",
    "\"pw",
    "'pw",
    " is",
    " was",
    " set",
    " now",
    " still",
    " has been",
    " equals",
    " to",
    " ist",
    " lautet",
    " lautete",
    " war",
    " auf",
    " est",
    " était",
    " es",
    " era",
    " é",
    " foi",
    " è",
    " in",
    " jest",
    " było",
    " på",
    " är",
    " er",
    " til",
    " till",
    " on",
    " je",
    " na",
    " este",
    " naar",
    " changed",
    " reset",
    " updated",
    " on file",
    " que consta",
    " hierzu",
    " olarak",
    " это",
    " le",
    " par",
    " por",
    " wijzigen",
    " meu",
    " mea",
    " είναι",
    "是",
    "为",
    "為",
    "改成",
    "改为",
    "改為",
    "は",
    "が",
    "を",
    "는",
    "은",
    "를",
    " string",
    " String",
    " str",
    " char*",
]);
/// Names of values that machines make.
const KEYS: [&str; 12] = [
    "secret",
    "token",
    "credential",
    "credentials",
    "authorization",
    "bearer",
    "auth",
    "sig",
    "key",
    "pat",
    "密钥",
    "密鑰",
];
/// Names of short numbers.
const CODES: [&str; 23] = [
    "pin",
    "pin code",
    "pin-code",
    "code pin",
    "cvv",
    "cvv2",
    "cvc",
    "cvc2",
    "otp",
    "puk",
    "security code",
    "verification code",
    "one-time code",
    "one time code",
    "2fa code",
    "mfa code",
    "geheimzahl",
    "bestätigungscode",
    "sicherheitscode",
    "验证码",
    "驗證碼",
    "인증번호",
    "認証コード",
];
/// Names of accounts.
const ACCOUNTS: [&str; 2] = ["admin", "root"];
/// Names that end many other words; they stand alone, or as a part of a longer name.
const SHORT: [&str; 18] = [
    "pat", "pass", "pwd", "mdp", "psk", "auth", "sig", "key", "pin", "cvv", "cvc", "otp", "puk", "clave", "admin",
    "root", "pin code", "암호",
];
/// What stands directly before `pass` in names of settings.
const PASS_HEADS: [&str; 14] =
    ["db", "my", "smtp", "user", "root", "admin", "ftp", "mysql", "ssh", "become", "mail", "redis", "wp", "store"];
/// What stands before `key` in names of secrets.
const KEY_HEADS: [&str; 19] = [
    "api",
    "access",
    "secret",
    "private",
    "auth",
    "signing",
    "encryption",
    "master",
    "account",
    "license",
    "service",
    "admin",
    "storage",
    "deploy",
    "client",
    "consumer",
    "subscription",
    "functions",
    "app",
];

/// The name that ends at `end`: what it says, and where its known part begins.
pub(super) fn name_before(page: &Page<'_>, end: usize) -> Option<(Class, usize)> {
    match MARKS.before(page, end) {
        Some(mark) if !is_link_word(mark) => class_of(page, end, mark),
        Some(_) => None,
        None => short_pw(page, end),
    }
}

/// Whether a mark stands between a name and its value.
fn is_link_word(mark: &str) -> bool {
    mark.starts_with(' ') && mark != " pw" || SPACELESS_LINKS.contains(&mark)
}

/// `pw` at the start of a text or as a part of a name such as `dbPw`.
#[inline]
fn short_pw(page: &Page<'_>, end: usize) -> Option<(Class, usize)> {
    page.byte_before(end).filter(|byte| byte | 0x20 == b'w')?;
    let start = end.checked_sub(2).filter(|start| page.has_at(*start, "pw"))?;
    (starts_part(page, start) || is_hump(page, start)).then_some((Class::Password, start))
}

/// What the name `name` at the end of the text before `end` says.
fn class_of(page: &Page<'_>, end: usize, name: &str) -> Option<(Class, usize)> {
    let start = end - name.len();
    if name.len() == 3 && name.ends_with("pw") {
        return Some((Class::Password, start + 1));
    }
    if SHORT.contains(&name) && !is_alone(page, start, name) {
        return None;
    }
    let class = match name {
        "key" if !is_key(page, start) => return None,
        name if KEYS.contains(&name) => Class::Key,
        name if CODES.contains(&name) => Class::Code,
        name if ACCOUNTS.contains(&name) => Class::Account,
        _ => Class::Password,
    };
    Some((class, start))
}

/// Whether a short name is no ending of another word.
fn is_alone(page: &Page<'_>, start: usize, name: &str) -> bool {
    let headed = |heads: &[&str]| heads.iter().any(|head| page.has_before(start, head));
    let part = match name {
        "pass" => headed(&PASS_HEADS),
        "key" => true,
        _ => false,
    };
    part || is_hump(page, start) || starts_part(page, start)
}

/// Whether a capital stands at `start`, and a small letter before it.
fn is_hump(page: &Page<'_>, start: usize) -> bool {
    page.byte(start).is_some_and(|byte| byte.is_ascii_uppercase())
        && page.byte_before(start).is_some_and(|byte| byte.is_ascii_lowercase())
}

/// Whether no letter or digit stands directly before `start`, but for scripts that write without spaces.
fn starts_part(page: &Page<'_>, start: usize) -> bool {
    page.starts_word(start) || page.byte_before(start) == Some(b'_')
}

/// Whether the `key` at `start` is one of an interface and the like.
fn is_key(page: &Page<'_>, start: usize) -> bool {
    let gap = usize::from(page.byte_before(start).is_some_and(|byte| matches!(byte, b' ' | b'_' | b'-' | b'.')));
    KEY_HEADS.iter().any(|head| page.has_before(start - gap, head))
}

/// Links that lead to many other things, too.
const WEAK: [&str; 12] = [" le", " par", " por", " to", " auf", " in", " on", " na", " på", " til", " till", " naar"];

/// Links of scripts that write without spaces.
const SPACELESS_LINKS: [&str; 12] = ["是", "为", "為", "改成", "改为", "改為", "は", "が", "を", "는", "은", "를"];

/// How many links may follow each other.
const MOST_LINKS: usize = 3;

/// What stands before a value.
#[derive(Clone, Copy, Debug)]
pub(super) struct Named {
    pub(super) class: Class,
    /// Where the name begins.
    pub(super) start: usize,
    /// Whether a word or sign says that the value follows.
    pub(super) linked: bool,
    /// Whether that word leads to many other things, too.
    pub(super) weak: bool,
    /// Whether a comma or bracket stands before the value, as in calls.
    pub(super) call: bool,
}

/// The name whose value begins at `start`.
pub(super) fn named(page: &Page<'_>, start: usize) -> Option<Named> {
    let mut named = Named { class: Class::Password, start, linked: false, weak: false, call: false };
    let mut at = skip_gap(page, start, &mut named);
    for _ in 0..=MOST_LINKS {
        let link = match MARKS.before(page, at) {
            Some(mark) if !is_link_word(mark) => {
                return class_of(page, at, mark).map(|(class, start)| Named { class, start, ..named });
            }
            Some(link) => link,
            None => return short_pw(page, at).map(|(class, start)| Named { class, start, ..named }),
        };
        named.linked = true;
        named.weak |= WEAK.contains(&link);
        at = skip_gap(page, at - link.len(), &mut named);
    }
    None
}

/// Words after which a name says what its value is for: `the password for the router is X`.
static PURPOSES: Marks<8> = Marks::new([" for", " on", " of", " für", " pour", " para", " per", " voor"]);
/// How many words such a word may stand back.
const MOST_WORDS: usize = 4;

/// The name of a value at `start` when words between name and link say what it is for.
pub(super) fn named_for(page: &Page<'_>, start: usize) -> Option<Named> {
    let mut at = start.checked_sub(1).filter(|space| page.byte(*space) == Some(b' '))?;
    let link = MARKS.before(page, at).filter(|link| is_link_word(link) && !WEAK.contains(link))?;
    at -= link.len();
    for _ in 0..MOST_WORDS {
        at = page.back_while(at, 24, char::is_alphanumeric).checked_sub(1)?;
        if page.byte(at) != Some(b' ') {
            return None;
        }
        if let Some(purpose) = PURPOSES.before(page, at)
            && let Some((Class::Password, start)) = name_before(page, at - purpose.len())
        {
            return Some(Named { class: Class::Password, start, linked: true, weak: false, call: false });
        }
    }
    None
}

/// Whether a link ends at `end` that tells of a type, and where it begins.
pub(super) fn type_before(page: &Page<'_>, end: usize) -> Option<usize> {
    let link = MARKS.before(page, end).filter(|link| matches!(*link, " string" | " String" | " str" | " char*"))?;
    let start = end - link.len();
    Some(if page.byte_before(start) == Some(b':') { start - 1 } else { start })
}

/// The end of what stands before the spaces, quotes and signs that end at `at`.
fn skip_gap(page: &Page<'_>, at: usize, named: &mut Named) -> usize {
    // Nearly always one space.
    if page.byte_before(at) == Some(b' ') && page.byte_before(at - 1).is_some_and(|byte| byte.is_ascii_alphanumeric()) {
        return at - 1;
    }
    let end = page.back_while(at, 8, |c| {
        matches!(c, ' ' | '\t' | '"' | '\'' | '`' | '@' | '>' | '*' | '„' | '“' | '«' | '「' | '（' | '\\')
            || is_link(c)
            || matches!(c, '(' | ',')
    });
    let gap = page.slice(end, at);
    named.linked |= gap.chars().any(is_link);
    named.call |= gap.bytes().any(|byte| matches!(byte, b'(' | b','));
    end
}

/// Signs between a name and its value.
fn is_link(c: char) -> bool {
    matches!(c, ':' | '=' | '：' | '–' | '—' | '-')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_a_class_are_names() {
        for name in KEYS.iter().chain(&CODES).chain(&ACCOUNTS).filter(|name| **name != "key") {
            assert!(name_before(&Page::new(name), name.len()).is_some(), "{name}");
        }
    }

    #[test]
    fn names_stand_before_values() {
        let class = |text: &str| named(&Page::new(text), text.len()).map(|named| named.class);
        for text in
            ["my password is ", "das Passwort lautet ", "密码改成", "DB_PASS=", "hasło to ", "set(\"dbPw\", \"", "PW ("]
        {
            assert_eq!(class(text), Some(Class::Password), "{text}");
        }
        for text in ["compass ", "bypass: ", "primary key ", "spin ", "the is ", "keypad: "] {
            assert_eq!(class(text), None, "{text}");
        }
        assert_eq!((class("PIN: "), class("x-api-key: ")), (Some(Class::Code), Some(Class::Key)));
    }
}
