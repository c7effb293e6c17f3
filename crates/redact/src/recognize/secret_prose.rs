//! Passwords, keys and short codes in running text and in definitions, where no `:` or `=` stands between the name and the value:
//! `my password is X`, `ENV DB_PASSWORD X`, `define('DB_PASSWORD', 'X')`, `PIN 4711`, `4711 is your login code`. Commands are in
//! `secret_commands.rs`.

use super::Page;
use super::marks::Marks;
use super::secret_commands::{argument, command, last_word, positional, typed};
use super::secret_keys::{is_drawn, keyed};
use super::secret_names::{Class, Named, name_before, named};
use super::secret_values::{
    Need, is_chain, is_jumbled, is_machine, is_other, is_spoken, plain_value, quoted_value, random_value,
};
use crate::finding::{Span, SpanText as _};

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
    if apart && !is_led(page, start) {
        return before_name(page, start, token.end).or_else(|| typed(page, start));
    }
    named(page, start)
        .and_then(|named| by_name(page, start, named))
        .or_else(|| command(page, start))
        .or_else(|| before_name(page, start, token.end))
        .or_else(|| account(page, start))
        .or_else(|| argument(page, start))
        .or_else(|| positional(page, start, token.end))
        .or_else(|| if token.len() >= LONG_TOKEN { by_key(page, start) } else { by_network(page, start) })
        .or_else(|| {
            let sign = matches!(page.byte_before(start), Some(b'|' | b'{' | b']'));
            sign.then(|| bracketed(page, start)).flatten()
        })
}

/// A password with a bracket or a bar before `at`, after its name: `the password is K9|mQz2w`.
#[inline(never)]
fn bracketed(page: &Page<'_>, at: usize) -> Option<Span> {
    let start = page
        .back_while(at, 32, |c| c.is_ascii_graphic() && !matches!(c, '"' | '\'' | '`' | '(' | '<' | '>' | ',' | ';'));
    let named = named(page, start).filter(|named| named.class == Class::Password && named.linked && !named.call)?;
    (named.start < start).then(|| random_value(page, start)).flatten()
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

/// The key of a wireless network that was spoken of before: `the wifi is Guest and the key is X`.
#[inline(never)]
fn by_network(page: &Page<'_>, start: usize) -> Option<Span> {
    let at = start - LINKED_KEY.before(page, start)?.len();
    let before = page.bytes_before(at, NETWORK).to_ascii_lowercase();
    let named = ["wifi", "wi-fi", "wlan", "ssid", "network is", "network name", "hotspot"]
        .iter()
        .any(|name| before.contains(name));
    let value = plain_value(page, start);
    (named && is_spoken(value.of(page.text()), Need::More)).then_some(value)
}

/// What stands between such a network and its key.
static LINKED_KEY: Marks<6> =
    Marks::new([" key is ", " key: ", " schlüssel ist ", " schlüssel lautet ", " clé est ", " clave es "]);
/// How far before a key its network stands, in bytes.
const NETWORK: usize = 64;

/// Whether a sign stands before several spaces: `Password ->  X`.
fn is_led(page: &Page<'_>, start: usize) -> bool {
    if page.byte_before(start - 1) != Some(b' ') {
        return false;
    }
    let spaces = page.back_while(start, 4, |c| c == ' ');
    matches!(page.byte_before(spaces), Some(b':' | b'=' | b'>'))
}

/// A value after its name.
fn by_name(page: &Page<'_>, start: usize, named: Named) -> Option<Span> {
    let quote = page.before(start).filter(|c| matches!(c, '"' | '\'' | '`'));
    let value = quote.map_or_else(|| plain_value(page, start), |quote| quoted_value(page, start, quote));
    let cut = named.class == Class::Password
        && named.linked
        && quote.is_none()
        && matches!(page.byte(value.end), Some(b'|' | b'}' | b']'));
    let longer = if cut { random_value(page, start) } else { None };
    let value = longer.unwrap_or(value);
    let text = value.of(page.text());
    let in_prose = page.byte_before(start) == Some(b'(') && !page.has_before(start - 1, " ");
    if page.has_before(named.start, "ht") {
        return None;
    }
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
        // Sessions have numbers of many sorts; `session=` is read by `assigned`.
        Class::Key if page.has_at(named.start, "session") => false,
        Class::Key => (!named.weak || quote.is_some()) && is_machine(text) && !is_other(text),
        Class::Code | Class::Card => {
            let plain = |byte: u8| byte.is_ascii_uppercase() || byte.is_ascii_digit();
            named.linked
                && !named.weak
                && (5..=10).contains(&text.len())
                && text.bytes().all(plain)
                && text.bytes().any(|byte| byte.is_ascii_uppercase())
                && text.bytes().any(|byte| byte.is_ascii_digit())
                && !["pin", "tan"].iter().any(|name| page.has_at(named.start, name))
        }
        Class::Account => false,
        Class::Password if quote.is_some() => text.len() >= 4 && !text.contains(' ') && !is_other(text),
        Class::Password => longer.is_some() || is_spoken(text, need(&named)),
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

/// Words before the name of an account and its password, or of a network: `login: anna / X`.
static LOGINS: Marks<40> = Marks::new([
    "login",
    "logins",
    "log-in",
    "credentials",
    "creds",
    "account",
    "user",
    "username",
    "wifi",
    "wi-fi",
    "wlan",
    "access",
    "zugang",
    "zugangsdaten",
    "anmeldedaten",
    "anmeldung",
    "benutzer",
    "identifiants",
    "identifiant",
    "accès",
    "compte",
    "usuario",
    "acceso",
    "credenciales",
    "utente",
    "accesso",
    "credenziali",
    "usuário",
    "acesso",
    "credenciais",
    "inloggegevens",
    "gebruiker",
    "dane logowania",
    "użytkownik",
    "inloggning",
    "innlogging",
    "přihlášení",
    "kullanıcı",
    "konto",
    "logon",
]);

/// `admin / X`, `login: anna / X`.
fn account(page: &Page<'_>, start: usize) -> Option<Span> {
    if !page.has_before(start, " / ") {
        return None;
    }
    let admin = name_before(page, start - 3).is_some_and(|(class, _)| class == Class::Account);
    let user = page.back_while(start - 3, 48, |c| c.is_ascii_graphic() && !matches!(c, ',' | ';' | ':' | '/'));
    let word = page.back_while(user, 4, |c| matches!(c, ' ' | ':' | '-' | '=' | '>'));
    let named = || user < start - 3 && word < user && LOGINS.before(page, word).is_some();
    let value = plain_value(page, start);
    ((admin || named()) && is_spoken(value.of(page.text()), Need::More)).then_some(value)
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

/// A short number after its name: `PIN: 4711`, `CVV 123`. Also a password that is a number.
pub(super) fn code(page: &Page<'_>, run: Span) -> Option<(Span, f32)> {
    if !(3..=12).contains(&run.len()) {
        return None;
    }
    let Some(before) = page.byte_before(run.start) else { return told_after(page, run) };
    let set_off = matches!(before, b' ' | b':' | b'=' | b'"' | b'\'' | b'(' | b'[' | b'\t' | b'>' | b'`' | b'*')
        || !before.is_ascii();
    let part = matches!(page.byte(run.end), Some(b'-' | b'/' | b':' | b'.' | b','))
        && page.byte(run.end + 1).is_some_and(|b| b.is_ascii_digit());
    let second = run.start >= 2
        && page
            .byte_before(run.start - 1)
            .is_some_and(|byte| byte.is_ascii_digit() || matches!(byte, b',' | b'.' | b';' | b'\n'));
    if !set_off && (before != b'-' || !page.has_before(run.start, "G-")) || part {
        return None;
    }
    if second || !set_off {
        return told_after(page, run);
    }
    let start = run.start - usize::from(before == b'[');
    let Some(named) = named(page, start).filter(|named| !named.weak) else {
        return told_after(page, run);
    };
    let name = page.bytes_after(named.start, 3).to_ascii_lowercase();
    let listed = page.byte(run.end) == Some(b' ') && page.byte(run.end + 1).is_some_and(|byte| byte.is_ascii_digit());
    // `4711#` is dialed so.
    let dialed = page.byte(run.end) == Some(b'#') && page.ends_word(run.end + 1);
    let run = Span::new(run.start, run.end + usize::from(dialed));
    match (named.class, run.len()) {
        (Class::Password, 4..=12) => {
            let told = named.linked || !before.is_ascii() || page.has_at(named.start, "passcode");
            told.then_some((run, 0.9))
        }
        (Class::Code | Class::Card, _) if listed => None,
        (Class::Card, length) if matches!(name.as_str(), "cvv" | "cvc" | "cry") => (length <= 4).then_some((run, 0.9)),
        (Class::Card, 3..=8) => Some((run, 0.9)),
        // `tan` is a color and a function of mathematics.
        (Class::Code, length) if name == "tan" => {
            (length == 6 && page.slice(named.start, named.start + 3) == "TAN").then_some((run, 0.9))
        }
        // Code of programs has lines, and pieces of music are combinations.
        (Class::Code, length) if matches!(name.as_str(), "cod" | "com") => {
            let next = page.bytes_after(run.end, 12);
            let counts = [" lines", " files", " errors", " bytes", " parts", " times", " char", " words"];
            let counted = counts.iter().any(|count| next.starts_with(count));
            // What a shop asks for may be a year.
            let asked = ["use ", "enter "].iter().any(|verb| page.has_before(named.start, verb));
            let fits = if asked { length == 6 } else { (4..=8).contains(&length) };
            (fits && !counted).then_some((run, 0.9))
        }
        // An Indian postal code is called PIN, too, and has six digits.
        (Class::Code, 4 | 5 | 6 | 8) if name == "pin" => {
            let spoken = named.linked || page.slice(named.start, named.start + 3) == "PIN";
            let postal = run.len() == 6
                && page.byte(named.start + 3).is_some_and(|byte| byte != b' ' && byte != b':' && byte != b'=');
            (spoken && !postal).then_some((run, if run.len() == 6 { 0.6 } else { 0.9 }))
        }
        (Class::Code, 4..=8) if name != "pin" => Some((run, 0.9)),
        _ => None,
    }
}

/// What follows a code before it is told what it is.
static CODE_AFTER: Marks<24> = Marks::new([
    " is your ",
    " is the ",
    " is my ",
    " ist ihr ",
    " ist dein ",
    " est votre ",
    " est ton ",
    " es tu ",
    " es su ",
    " è il tuo ",
    " è il suo ",
    " é o seu ",
    " é seu ",
    " is je ",
    " is uw ",
    " to twój ",
    " är din ",
    " er din ",
    " on sinun ",
    " je váš ",
    " az ön ",
    " este codul ",
    " to verify",
    " to confirm your ",
]);
/// Parts of the words that tell it.
const CODE_PARTS: [&str; 9] = ["code", "kod", "kód", "códig", "codic", "codul", "otp", "pin", "passwor"];

/// `482913 is your login code`, `use 482913 to verify`.
fn told_after(page: &Page<'_>, run: Span) -> Option<(Span, f32)> {
    if page.byte(run.end) != Some(b' ') || !(4..=8).contains(&run.len()) {
        return None;
    }
    let link = CODE_AFTER.at(page, run.end)?;
    let rest = page.bytes_after(run.end + link.len(), 40).to_lowercase();
    let asked = ["enter ", "use ", "code "].iter().any(|verb| page.has_before(run.start, verb));
    let told = if link.starts_with(" to ver") || link.starts_with(" to conf") {
        asked
    } else {
        let sentence = rest.split(['.', '!', '?', '\n', ',']).next().unwrap_or_default();
        let mut words = sentence.split_whitespace().take(3);
        words.any(|word| CODE_PARTS.iter().any(|part| word.contains(part)))
    };
    told.then_some((run, 0.9))
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
    let Some(link) = LINKS.iter().find(|link| rest.starts_with(**link)) else { return below(page, word, rest) };
    let start = word.end + link.len();
    if *link == " " && (page.has_before(word.start, "htp") || page.has_before(word.start, "wpa_p")) {
        return last_word(page, word);
    }
    let value = plain_value(page, start);
    let text = value.of(page.text());
    let netrc = *link == " " && page.bytes_before(word.start, 80).contains(" login ") && text.len() >= 4;
    ((is_chain(text) || is_jumbled(text) || netrc) && !is_other(text)).then_some(value)
}

/// The value that stands alone on the line below its name.
fn below(page: &Page<'_>, word: Span, rest: &str) -> Option<Span> {
    let gap = rest.len() - rest.trim_start_matches([':', ' ', '\r', '\n']).len();
    let breaks = rest.get(..gap).unwrap_or_default().matches('\n').count();
    let start = word.end + gap;
    let line = page.bytes_before(word.start, 40);
    let first = line.rsplit('\n').next().unwrap_or(line);
    let value = plain_value(page, start);
    let alone = matches!(page.byte(value.end), None | Some(b'\n' | b'\r'));
    let plain = (1..=2).contains(&breaks) && alone && first.split_whitespace().count() <= 2;
    (plain && is_spoken(value.of(page.text()), Need::More)).then_some(value)
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
                "{482913} is your login code, G-{482914} is your Google verification code, enter {482915} to verify",
                "Your Uber code: {7296}. My code is {482913}",
                "The gate code is {4471#}, code for the door {1947}",
                "Die PIN für das Handy ist {4184}, Türcode {4711}, TAN: {895194}",
                "Votre code de vérification est {864665}, cryptogramme {731}",
                "Tu código de verificación es {124256}. Il codice del cancello è {9988}",
                "PIN-koden är {1552}, vahvistuskoodisi on {115120}, kod do domofonu: {3311}",
                "Doğrulama kodunuz: {438217}; код подтверждения: {574799}; 認証コード：{574798}; 인증번호 [{985579}]",
                "Hasło do wifi: {dragon05$YZ}; la clave del wifi es {tiger42$xx}",
                "Temp password for anna+x@firma.de: {7V7xKMTVDE}",
                "\"parola_chiave\": \"{Winter@2026}\"",
                "login: anna / {Lantern55}, wifi: GuestNet / {Coffee_2016}",
                "API key for staging: {Vn79Hg1BFCLCYBA8gL4gqoF4mFVC4sSy}",
                "Password ->  {pizXy550z}; the password's {Dragon2017x}; p/w: {madrid39$eq}",
                "password\n{yqCcovoRSa09}\n",
                "Mật khẩu: {702QbKAxWIvE}, kata sandi: {coffee36PQ}, สวัสดี รหัสผ่าน: {secret81J}",
                "login code: {AB12CD}",
                "Ihr Code lautet {934367}. Tu código es {543404}. Il tuo codice: {452653}. Din kod är {773204}",
                "The alarm code changed to {8852}, gate code {3194} then turn right",
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
                "error code 1603, exit code: 137, zip code: 90210, promo code 2024",
                "your code is 2000 lines long, the code is 1234",
                "use code 2024 in the shop, 2024 is the year of the code freeze, 2019 is your year, 1984 is the title",
                "pass the salt / pepper2go, wifi / cable55",
                "tan 4500, Tan 123456 boots, a combination of 1234 parts",
                "session=550e8400-e29b-41d4-a716-446655440000, \"Session\": \"d3f89daf6dae9887\"",
                "notes for the meeting: room4you",
                "password\nreset2 was asked\n",
            ],
        );
    }
}
