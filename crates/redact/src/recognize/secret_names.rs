//! The words that call a value a secret (`password`, `contraseña`, `api_key`, `PIN`), and the words between such a word and its value.

use super::Page;
use super::marks::Marks;
use super::secret_words::{Says, mark_before};

/// What a word says of its value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Class {
    /// A person chose it.
    Password,
    /// A machine made it.
    Key,
    /// It is a short number.
    Code,
    /// It is a short number that may stand on the back of a card.
    Card,
    /// The word is the name of an account, and the password follows it.
    Account,
}

/// Names that end many other words; they stand alone, or as a part of a longer name.
const SHORT: [&str; 28] = [
    "sid", "pat", "pass", "pwd", "mdp", "psk", "auth", "sig", "key", "pin", "cvv", "cvc", "otp", "puk", "clave",
    "admin", "root", "tan", "code", "código", "codigo", "codice", "kod", "kode", "kód", "koodi", "pin code", "암호",
];
/// What stands directly before `pass` in names of settings.
const PASS_HEADS: [&str; 17] = [
    "key", "trust", "db", "my", "smtp", "user", "root", "admin", "ftp", "mysql", "ssh", "become", "mail", "redis",
    "wp", "store", "require",
];
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
    match mark_before(page, end) {
        Some((mark, says)) => class_of(page, end, mark, says),
        None => short_pw(page, end),
    }
}

/// `pw` at the start of a text or as a part of a name such as `dbPw`.
#[inline]
fn short_pw(page: &Page<'_>, end: usize) -> Option<(Class, usize)> {
    page.byte_before(end).filter(|byte| byte | 0x20 == b'w')?;
    let start = end.checked_sub(2).filter(|start| page.has_at(*start, "pw"))?;
    (starts_part(page, start) || is_hump(page, start)).then_some((Class::Password, start))
}

/// What the name `name` at the end of the text before `end` says; none when it is a word between a name and its value.
fn class_of(page: &Page<'_>, end: usize, name: &str, says: Says) -> Option<(Class, usize)> {
    let start = end - name.len();
    if name.len() == 3 && name.ends_with("pw") {
        return Some((Class::Password, start + 1));
    }
    let short = !matches!(says, Says::Link | Says::Weak | Says::Type) && SHORT.contains(&name);
    if short && !is_alone(page, start, name) {
        return None;
    }
    let class = match says {
        Says::Link | Says::Weak | Says::Type => return None,
        Says::Key if name == "key" && !is_key(page, start) => return None,
        Says::Key => Class::Key,
        Says::Code if VAGUE.contains(&name) && !is_code(page, start) => return None,
        Says::Code => Class::Code,
        Says::Card => Class::Card,
        Says::Account => Class::Account,
        Says::Password => Class::Password,
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

/// Words for codes of every sort.
const VAGUE: [&str; 8] = ["code", "código", "codigo", "codice", "kod", "kode", "kód", "koodi"];
/// Whose such a code is.
const OWNERS: [&str; 24] = [
    "your", "my", "ihr", "dein", "mein", "votre", "ton", "mon", "tu", "su", "mi", "tuo", "suo", "mio", "seu", "meu",
    "je", "uw", "mijn", "twój", "din", "min", "váš", "az ön",
];
/// What the `code` of a door or of a login is called.
static CODE_HEADS: Marks<48> = Marks::new([
    "login",
    "log-in",
    "log in",
    "sign-in",
    "sign in",
    "signin",
    "access",
    "confirmation",
    "authentication",
    "auth",
    "authorization",
    "verification",
    "activation",
    "unlock",
    "recovery",
    "backup",
    "reset",
    "security",
    "one-time",
    "otp",
    "sms",
    "2fa",
    "mfa",
    "pairing",
    "door",
    "gate",
    "garage",
    "alarm",
    "entry",
    "entrance",
    "lockbox",
    "lock box",
    "lock",
    "building",
    "keypad",
    "safe",
    "guard",
    "disarm",
    "voicemail",
    "use",
    "enter",
    "haustür",
    "garagen",
    "zugangs",
    "alarm-",
    "tür-",
    "tor",
    "pin",
]);

/// Whether the `code` at `start` opens something: a login code, the code for a gate, `your code is`.
fn is_code(page: &Page<'_>, start: usize) -> bool {
    let head = start - usize::from(page.byte_before(start).is_some_and(|byte| matches!(byte, b' ' | b'_' | b'-')));
    if CODE_HEADS.before(page, head).is_some() {
        return true;
    }
    // "Your Uber code: 7296", "my code is".
    let first = page.back_while(head, 24, char::is_alphanumeric);
    let owned = |at: usize| OWNERS.iter().any(|owner| page.has_before(at, owner) && page.starts_word(at - owner.len()));
    head < start && (owned(head) || first > 0 && owned(first - 1))
}

/// Whether the `key` at `start` is one of an interface and the like.
fn is_key(page: &Page<'_>, start: usize) -> bool {
    let gap = usize::from(page.byte_before(start).is_some_and(|byte| matches!(byte, b' ' | b'_' | b'-' | b'.')));
    KEY_HEADS.iter().any(|head| page.has_before(start - gap, head))
}

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
    for links in 0..=MOST_LINKS {
        let (link, says) = match mark_before(page, at) {
            Some((link, says @ (Says::Link | Says::Weak | Says::Type))) => (link, says),
            Some((mark, says)) => {
                return class_of(page, at, mark, says).map(|(class, start)| Named { class, start, ..named });
            }
            None => {
                let signed = || matches!(page.byte(at), Some(b':' | 0xef));
                let strong = named.linked && !named.weak && !named.call && (links > 0 || signed());
                let found = short_pw(page, at).or_else(|| strong.then(|| named_for(page, at)).flatten())?;
                return Some(Named { class: found.0, start: found.1, ..named });
            }
        };
        named.linked = true;
        // "changed to" and "set to" lead to nothing else.
        named.weak = says == Says::Weak || named.weak && !matches!(link, " changed" | " set" | " reset" | " updated");
        at = skip_gap(page, at - link.len(), &mut named);
    }
    None
}

/// Words after which a name says what its value is for: `the password for the router is X`.
static PURPOSES: Marks<39> = Marks::new([
    " for", " on", " of", " to", " für", " fürs", " zum", " zur", " vom", " von", " am", " pour", " du", " de", " des",
    " para", " del", " do", " da", " per", " della", " dello", " di", " voor", " van", " till", " til", " av", " af",
    " ke", " pro", " od", " dla", " pentru", " от", " для", " від", " por", " fra",
]);
/// How many words such a word may stand back.
const MOST_WORDS: usize = 4;

/// The name whose purpose ends at `at`.
fn named_for(page: &Page<'_>, mut at: usize) -> Option<(Class, usize)> {
    for _ in 0..MOST_WORDS {
        at = page
            .back_while(at, 40, |c| c.is_alphanumeric() || matches!(c, '-' | '.' | '@' | '_' | '+' | '\'' | '’'))
            .checked_sub(1)?;
        if page.byte(at) != Some(b' ') {
            return None;
        }
        let purpose = PURPOSES.before(page, at);
        if let Some(found) = purpose.and_then(|purpose| name_before(page, at - purpose.len())) {
            return Some(found);
        }
        // "das Passwort fürs WLAN zu Hause", "the password for X is now".
        if let Some((link, Says::Link)) = mark_before(page, at) {
            at -= link.len();
            if let Some(found) = name_before(page, at) {
                return Some(found);
            }
        }
    }
    None
}

/// Whether a link ends at `end` that tells of a type, and where it begins.
pub(super) fn type_before(page: &Page<'_>, end: usize) -> Option<usize> {
    let (link, Says::Type) = mark_before(page, end)? else { return None };
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
