//! Names of secrets that do not say so by their last word, such as `API_TOKEN_2` and `secretForTests`, and keys of services that nobody can
//! list, such as `datadog_key`. What they name must look as if a machine had made it. Also the other places of a value that was found.

use super::Page;
use super::list::List;
use super::secret_names::{Class, name_before};
use super::secret_values::{KEY_ENTROPY, entropy, is_jumbled, is_machine, is_other, is_shuffled};
use crate::finding::{Finding, Span, SpanText as _};
use crate::kind::Kind;

/// The longest name that is read, in characters.
const LONGEST_NAME: usize = 48;
/// How many parts at the end of a name may say nothing of secrets.
const MOST_PARTS: usize = 4;
/// Parts of names after which a value is something about a secret.
static ABOUT: List = List::new(
    "id ids name names hash digest checksum fingerprint file path dir url uri link type kind count counts len length size min max version date \
     time ttl expires expiry expiration exp at by created updated arn field fields label hint policy format regex pattern prefix suffix header \
     column table index param params env var provider class function status state error errors message text title placeholder page form input \
     enabled required manager store usage limit address user username hours minutes seconds day days domain host endpoint server region bucket \
     source issuer audience scope scopes realm tenant account service role group alias plugin method mode scheme code codes valid not",
);
/// What stands before `key` when it opens nothing.
static OTHER_KEYS: List = List::new(
    "primary foreign public pub publishable cache sort partition row object index map dict hash translation i18n issue shortcut hot arrow enter \
     escape turn routing natural surrogate composite unique lookup redis s3 bucket query config settings json property attribute answer gpg pgp \
     host fingerprint idempotency group grouping range document record entity item node cell data field metadata sha1 sha256 md5 etag state \
     no not any other whose piano major minor house car door",
);
/// The length of keys that machines make, in bytes.
const KEY_LENGTHS: std::ops::RangeInclusive<usize> = 16..=1_024;
/// From which length on a key is told from a word and from a name of a program by fewer turns.
const LONG_KEY: usize = 20;

/// The name of a secret inside the name that ends at `end`.
pub(super) fn inner_name(page: &Page<'_>, end: usize) -> Option<(Class, usize)> {
    let head = page.text().as_bytes().get(..end).unwrap_or_default();
    head.last().filter(|byte| byte.is_ascii_alphanumeric())?;
    // Most words before a colon have one part.
    let (mut start, mut one) = (end, true);
    for byte in head.iter().rev().take(LONGEST_NAME) {
        match byte {
            b'a'..=b'z' => {}
            b'A'..=b'Z' | b'0'..=b'9' | b'_' | b'-' => one = false,
            _ => break,
        }
        start -= 1;
    }
    if one || end - start >= LONGEST_NAME {
        return None;
    }
    let name = page.slice(start, end);
    let mut parts = [Span::new(end, end); MOST_PARTS];
    let (mut part_end, mut places) = (end, parts.iter_mut());
    for (at, pair) in name.as_bytes().windows(2).enumerate().rev() {
        let [first, second] = pair else { continue };
        let hump = first.is_ascii_lowercase() && second.is_ascii_uppercase();
        let number = !first.is_ascii_digit() && second.is_ascii_digit();
        let sign = matches!(second, b'_' | b'-');
        if !(hump || number || sign) {
            continue;
        }
        let cut = start + at + 1;
        *places.next()? = Span::new(cut, part_end);
        if let Some((class, at)) = name_before(page, cut).filter(|(_, at)| *at >= start) {
            let secret = matches!(class, Class::Password | Class::Key);
            let about = |part: &Span| ABOUT.has(part.of(page.text()).trim_start_matches(['_', '-']));
            return (secret && !parts.iter().any(about)).then_some((class, at));
        }
        part_end = cut;
    }
    None
}

/// The end of a name that a number follows, as in `Key 2: X`.
pub(super) fn unnumbered(page: &Page<'_>, end: usize) -> usize {
    let digit = end.checked_sub(2).filter(|_| page.byte_before(end).is_some_and(|byte| byte.is_ascii_digit()));
    digit.filter(|space| page.byte(*space) == Some(b' ')).unwrap_or(end)
}

/// Whether the word before `end` is `key`, and whose: none when it opens nothing.
fn plain_key(page: &Page<'_>, end: usize) -> Option<Whose> {
    let start = end.checked_sub(3).filter(|start| page.has_at(*start, "key"))?;
    let gap = usize::from(page.byte_before(start).is_some_and(|byte| matches!(byte, b' ' | b'_' | b'-' | b'.')));
    let head_end = start - gap;
    let head = page.slice(page.back_while(head_end, 24, |c| c.is_ascii_alphanumeric()), head_end);
    // `CurvePublicKey`: the last word of the head tells.
    let hump = head
        .as_bytes()
        .windows(2)
        .rposition(|two| matches!(two, [a, b] if !a.is_ascii_uppercase() && b.is_ascii_uppercase()));
    let head = hump.and_then(|hump| head.get(hump + 1..)).unwrap_or(head);
    // `monkey`, `turkey`, `hockey`.
    let word = gap == 0 && page.byte(start) == Some(b'k') && head.len() < 5;
    match head {
        "" | "the" | "The" | "a" | "this" | "same" | "with" | "and" => Some(Whose::Nobodys),
        head if OTHER_KEYS.has(head) || word => None,
        _ => Some(Whose::Services),
    }
}

/// Whose a key is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Whose {
    /// A word before it says whose.
    Services,
    /// Nothing says whose.
    Nobodys,
}

/// Whether a value was drawn by chance: letters and digits that alternate as they do in no word, number or date.
pub(super) fn is_drawn(text: &str) -> bool {
    let count = |test: fn(&u8) -> bool| text.as_bytes().iter().filter(|byte| test(byte)).count();
    let class = |byte: u8| (byte.is_ascii_lowercase(), byte.is_ascii_uppercase(), byte.is_ascii_digit());
    let turns = || {
        let pairs = text.as_bytes().windows(2);
        pairs.filter(|pair| matches!(pair, [a, b] if a.is_ascii_alphanumeric() && b.is_ascii_alphanumeric() && class(*a) != class(*b)))
    };
    KEY_LENGTHS.contains(&text.len())
        && text
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.' | b'+' | b'/' | b'=' | b':'))
        && count(u8::is_ascii_digit) >= 3
        && count(u8::is_ascii_alphabetic) >= 4
        && turns().count() * 6 >= text.len()
        && entropy(text) >= KEY_ENTROPY
        && !is_other(text)
        && !is_path(text)
}

/// Whether a value is the path of something in a program: `ed25519.Ed25519PrivateKey`.
fn is_path(text: &str) -> bool {
    let word = |part: &str| part.len() >= 3 && part.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_');
    let named = |part: &str| part.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
    text.contains('.') && text.split('.').all(named) && (text.split('.').any(word) || text.len() < 40)
}

/// Whether a value is hex digits only, such as a digest, or such digits in groups.
pub(super) fn is_digest(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b'-')
}

/// Whether the value is one that a service drew, after `key` at `name_end`; `set` says that a sign or word assigns it.
pub(super) fn keyed(page: &Page<'_>, name_end: usize, value: Span, set: bool) -> bool {
    let Some(whose) = plain_key(page, name_end) else { return false };
    let text = value.of(page.text());
    let told = || {
        let before = page.bytes_before(name_end, 64).to_ascii_lowercase();
        before.split(|c: char| !c.is_ascii_alphanumeric()).any(|word| matches!(word, "api" | "apis"))
    };
    // `"Jwt": {"Issuer": "x", "Key": "X"}`
    let signs = || page.bytes_before(name_end, 96).to_ascii_lowercase().contains("\"jwt") && is_machine(text);
    match whose {
        Whose::Services => is_drawn(text) || text.len() >= LONG_KEY && is_jumbled(text),
        Whose::Nobodys => {
            set && text.len() >= LONG_KEY
                && (is_drawn(text) && (!is_digest(text) || told()) || signs() && !is_other(text))
        }
    }
}

/// How many values of a text are looked for again.
const MOST_VALUES: usize = 16;

/// Adds the other places of the secrets that stand in `findings` from `from` on.
#[inline(never)]
pub(super) fn again(page: &Page<'_>, from: usize, findings: &mut Vec<Finding>) {
    let found = findings.get(from..).unwrap_or_default();
    let mut values: Vec<&str> = Vec::new();
    let mut starts: Vec<usize> = found.iter().map(|finding| finding.span.start).collect();
    for finding in found {
        let text = finding.span.of(page.text());
        if values.len() < MOST_VALUES && is_telling(text) && !values.contains(&text) {
            values.push(text);
        }
    }
    starts.sort_unstable();
    for value in values {
        for (at, _) in page.text().match_indices(value) {
            let apart = page.starts_word(at) && page.ends_word(at + value.len());
            if apart && starts.binary_search(&at).is_err() {
                findings.push(Finding::new(Kind::Secret, Span::new(at, at + value.len()), 0.95));
            }
        }
    }
}

/// Whether a value is so unlike a word or a name of a program that it is the same secret wherever it stands.
fn is_telling(text: &str) -> bool {
    let has = |test: fn(&u8) -> bool| text.as_bytes().iter().any(test);
    let sign = || text.contains(['!', '#', '$', '%', '^', '&', '*', '+', '?', '~', '@', '|']);
    (8..=2_048).contains(&text.len())
        && has(u8::is_ascii_digit)
        && has(u8::is_ascii_alphabetic)
        && (is_drawn(text) || is_shuffled(text) || sign() || text.len() > *KEY_LENGTHS.end())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::recognize::{Secret, check};

    #[test]
    fn finds() {
        check(
            &Secret,
            Kind::Secret,
            &[
                "datadog_key={3ulid66p6rbzdka0fcbon7jznv85pwk2}",
                "chartmogul-key: \"{e8hwspf91879g0u267yq1bkoxquvwndk}\"",
                "deepgramKEY = '{a8f9c72ca483c3b6c3d4e6e8f9284ab56cd78f01}'",
                "https://api.host.io/v1/list?key={3kx19qpx748ldb75lsjicbs6ipit6ssm}",
                "a request to the API with key={ab8f9c72ca483c3b6c3d4e6e8f9284ab}",
                "your mapper key is {k2afddb8131i93eb9d3b5}, which you keep",
                "some_api_token_123 = \"{ZsYU0aPgtcra04I0YNSoAgNPHdjoUP6X}\"",
                "mySecretString={g9wRfRazRhHge6MNbUz8OIDMoeTw12}",
                "SECRET_KEY_BASE: {f3d9a01b7c55e2481aa9c0d3be6f7a12}",
                "Unseal Key 2: {0tZn+7QQCxphpHwTm7/dC3LpP5JGIbYl3PK8Sy81R+P2}",
                "convertkit_key: \"{hfCnuVcYOgiRjlDEmA1RbN}\"",
                "token = '{n0rsfta3vmx8fgdnvx6qmzlf}' | '{n0rsfta3vmx8fgdnvx6qmzlf}'",
            ],
        );
    }

    #[test]
    fn leaves() {
        check(
            &Secret,
            Kind::Secret,
            &[
                "{\"Cache\": \"Key\": \"my-orders-of-the-year-2024\"".trim_start_matches('{'),
                "primary_key=3ulid66p6rbzdka0fcbon7jznv85pwk2",
                "publicKey: 3ulid66p6rbzdka0fcbon7jznv85pwk2",
                "monkey=3ulid66p6rbzdka0fcbon7jznv85pwk2",
                "key: 9f86d081884c7d659a2feaa0c55ad015",
                "row_key=2019-06-01-12-00-00",
                "photo_key=images/summer_holiday_2019_06.jpg",
                "X-Organization-AuthSource: sm02915.int.host.com",
                "the key is 2019-06-01T12:00:00Z, and step key 12",
                "token_id: 3f2b8c1d9e7a4b6c8d0e1f2a",
                "password_hash = '3f2b8c1d9e7a4b6c8d0e1f2a'",
                "pub const USER_PASSWORD_NOT_VALID: ComAdminErrorCodes = 5; let visit_pat = ExecGhostPatVisitor2;",
                "ClientConfigKey::Http2KeepAliveWhileIdle => AuthPlugin::CachingSha2Password",
                "CurveP384PublicKey = rust_openssl.hpke.CurveP384PublicKey",
                "let auth_key2 = generator_256; from_affine(generator_256)",
                "secretName: my-app-tls-2024-01",
            ],
        );
    }
}
