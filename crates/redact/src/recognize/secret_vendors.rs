//! Keys and tokens that tell their maker by how they begin (`secret_makers.rs`) or by their parts.

use std::sync::LazyLock;

use super::Page;
use super::secret_makers::VENDORS;
use super::secret_values::{KEY_ENTROPY, entropy, is_stand_in};
use crate::finding::{Span, SpanText as _};

/// The token of a known maker that begins at `start`, with what belongs to it and no punctuation after it.
pub(super) fn token(page: &Page<'_>, word: Span) -> Option<Span> {
    let text = word.of(page.text());
    let span = prefixed(page, word.start, text).or_else(|| shaped(page, word, text))?;
    let text = span.of(page.text());
    (page.starts_word(span.start) && !is_stand_in(text) && entropy(text) >= KEY_ENTROPY).then_some(span)
}

/// Where the makers of each first byte begin; they are in its order.
static ROWS: LazyLock<[u16; 257]> = LazyLock::new(|| {
    let before =
        |byte: usize| VENDORS.partition_point(|(prefix, ..)| prefix.bytes().next().map(usize::from) < Some(byte));
    std::array::from_fn(|byte| u16::try_from(before(byte)).unwrap_or(u16::MAX))
});

/// A token that begins as a maker's.
fn prefixed(page: &Page<'_>, start: usize, text: &str) -> Option<Span> {
    let (first, second) = match text.as_bytes() {
        [first, second, ..] => (usize::from(*first), *second),
        _ => return None,
    };
    let rows = VENDORS.get(usize::from(*ROWS.get(first)?)..usize::from(*ROWS.get(first + 1)?))?.iter();
    let begins =
        |prefix: &str| prefix.as_bytes().get(1) == Some(&second) && page.slice(start, start + prefix.len()) == prefix;
    rows.filter(|(prefix, ..)| begins(prefix)).find_map(|(prefix, least, most, set)| {
        let body = start + prefix.len();
        let end = page.ahead_while(body, most + 3, |c| set.has(c));
        let kept = page.slice(body, end).trim_end_matches(['.', '-', '_', ':', '/']);
        let end = body + kept.len();
        let whole = !page.byte(end).is_some_and(|byte| byte.is_ascii_alphanumeric());
        (whole && (*least..=*most).contains(&kept.len()) && is_made(kept, prefix)).then(|| Span::new(start, end))
    })
}

/// Whether what follows a prefix was made by a machine: two of small letters, capitals and digits; after a short prefix no words.
fn is_made(body: &str, prefix: &str) -> bool {
    let has = |test: fn(&u8) -> bool| body.as_bytes().iter().any(test);
    let classes = [has(u8::is_ascii_lowercase), has(u8::is_ascii_uppercase), has(u8::is_ascii_digit)];
    let digits = body.bytes().filter(u8::is_ascii_digit).count();
    let wordy = prefix.len() <= 5
        && body.contains(['_', '-'])
        && has(u8::is_ascii_lowercase)
        && !has(u8::is_ascii_uppercase)
        && digits * 5 < body.len();
    classes.iter().filter(|class| **class).count() >= 2 && (!wordy || is_uuid(body))
}

/// Eight hex digits, a hyphen and so on, or a hyphen between hex digits only.
fn is_uuid(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b'-')
}

/// A token that tells its maker by its parts.
fn shaped(page: &Page<'_>, word: Span, text: &str) -> Option<Span> {
    let trimmed = text.trim_end_matches(['.', '-', '_']);
    let known = is_twilio(trimmed)
        || is_jwt(trimmed)
        || is_discord(trimmed)
        || is_mailchimp(trimmed)
        || is_airtable(trimmed)
        || is_terraform(trimmed)
        || is_twitter(trimmed)
        || trimmed.len() == 40 && trimmed.ends_with("_mmk")
        || trimmed.len() == 40 && trimmed.ends_with("NRAL")
        || trimmed.len() == 84 && trimmed.contains("JQQJ99");
    if known {
        return Some(Span::new(word.start, word.start + trimmed.len()));
    }
    // Signs that no other token has: `sha256~` of OpenShift, `…8Q~` of Azure, `00D…!` of Salesforce, `access_token$production$` of PayPal.
    let (least, start) = match page.byte(word.end) {
        Some(b'~') if text == "sha256" => (43, word.start),
        Some(b'~') if text.len() == 5 && text.ends_with('Q') => (31, word.start),
        Some(b'!') if text.len() == 15 && text.starts_with("00D") => (80, word.start),
        _ if page.has_before(word.start, "access_token$production$") => (0, word.start - 24),
        _ => return None,
    };
    let inside = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '~' | '.' | '$');
    let end = page.ahead_while(word.end + usize::from(page.byte(word.end) == Some(b'!')), 160, inside);
    (end - word.end >= least).then(|| Span::new(start, end))
}

/// Twilio's keys: two letters and thirty-two hex digits.
fn is_twilio(token: &str) -> bool {
    let digits = token.strip_prefix("SK").or_else(|| token.strip_prefix("AC"));
    digits.is_some_and(|digits| is_hex(digits, 32) || digits.len() == 32 && is_capital_hex(digits))
}

fn is_hex(text: &str, length: usize) -> bool {
    text.len() == length && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
}

fn is_capital_hex(text: &str) -> bool {
    text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'A'..=b'F'))
}

/// A JSON web token: header and payload that are base64 of `{"`, and a signature; a header that names its algorithm or type tells enough. A
/// map's key begins with `sk.` instead.
fn is_jwt(token: &str) -> bool {
    let mut parts = token.split('.');
    let (header, payload, signature) = (parts.next(), parts.next(), parts.next());
    let long = |part: Option<&str>, prefix: &str, least: usize| {
        part.is_some_and(|part| part.starts_with(prefix) && part.len() >= least)
    };
    let headed = ["eyJhbGci", "eyJ0eXAi", "eyJraWQi"].iter().any(|begin| long(header, begin, 18));
    let map = || header.is_some_and(|header| matches!(header, "sk" | "tk" | "p"));
    let payload = long(payload, "eyJ", 10) && (long(header, "eyJ", 10) || map()) || headed && long(payload, "", 16);
    payload && long(signature, "", 10)
}

/// A bot of Discord: its number in base64, a time, and a code.
fn is_discord(token: &str) -> bool {
    let lengths = [24..=28, 6..=7, 27..=40];
    let mut parts = token.split('.');
    let begins = token.starts_with(['M', 'N', 'O']);
    let whole = begins && lengths.iter().all(|lengths| parts.next().is_some_and(|part| lengths.contains(&part.len())));
    whole && parts.next().is_none()
}

/// Who may post as a member of Twitter: its number and a code.
fn is_twitter(token: &str) -> bool {
    let parts = token.split_once('-').filter(|_| (40..=72).contains(&token.len()));
    parts.is_some_and(|(number, code)| {
        let has = |test: fn(&u8) -> bool| code.as_bytes().iter().any(test);
        (9..=25).contains(&number.len())
            && number.bytes().all(|byte| byte.is_ascii_digit())
            && code.bytes().all(|byte| byte.is_ascii_alphanumeric())
            && has(u8::is_ascii_digit)
            && has(u8::is_ascii_lowercase)
            && has(u8::is_ascii_uppercase)
    })
}

/// A key of Mailchimp: hex digits and a data center; or one of Mailgun: hex digits, and twice eight more.
fn is_mailchimp(token: &str) -> bool {
    if token.len() == 50 {
        let mut parts = token.split('-');
        return [32, 8, 8].iter().all(|length| parts.next().is_some_and(|part| is_hex(part, *length)));
    }
    let center = token.split_once('-').filter(|_| (36..=37).contains(&token.len()));
    let center = center.and_then(|(key, center)| Some((key, center.strip_prefix("us")?)));
    center.is_some_and(|(key, center)| {
        is_hex(key, 32) && (1..=2).contains(&center.len()) && center.bytes().all(|b| b.is_ascii_digit())
    })
}

/// A key of Airtable: `pat`, fourteen letters or digits, a period and hex digits.
fn is_airtable(token: &str) -> bool {
    let parts = token.strip_prefix("pat").and_then(|rest| rest.split_once('.'));
    parts.is_some_and(|(name, code)| name.len() == 14 && is_hex(code, 64))
}

/// A key of Terraform: fourteen letters or digits, `.atlasv1.` and a code.
fn is_terraform(token: &str) -> bool {
    let parts = token.split_once('.').and_then(|(name, rest)| Some((name, rest.strip_prefix("atlasv1.")?)));
    let parts = parts.filter(|(name, _)| (10..=20).contains(&name.len()));
    parts.is_some_and(|(_, code)| (50..=80).contains(&code.len())) || token.starts_with("atlasv1.") && token.len() >= 40
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_in_the_order_of_their_first_bytes() {
        assert!(VENDORS.is_sorted_by_key(|(prefix, ..)| prefix.as_bytes()[0]));
    }

    #[test]
    fn tokens_are_those_of_their_makers() {
        let found =
            |text: &str| token(&Page::new(text), Span::new(0, text.find(['~', '=']).unwrap_or(text.len()))).is_some();
        for text in [
            "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",
            "squ_605b5a9090df01b76f8a290e2ec7cb0389e15dcc",
            "ATBBK6X1STWm4MC7wPTf1gzhP9Cc8D77BF2A",
            "MTk4NjIyNDgzNDcxOTI1MjQ4.Cl2FMQ.ZnCjm1XVW7vRze4b7Cq4se7kKWs",
            "0123456789abcdef0123456789abcdef-us12",
            "sha256~p8Fh2kV5nQ7rT1wX3yZ6bC9dE2gJ4mL8sN0uR5vA7xK",
            "l6RFReOauZTJVk.atlasv1.5uwQT9A2FzaRNlQhqOa9sTbCkqSLdL4nuao6y4hOhy129iiKpTYI0ekFFfQZmO5k2C",
        ] {
            assert!(found(text), "{text}");
        }
        for text in [
            "sk-fading-circle-and-more-words-in-a-class-12",
            "test_finds_what_was_there_before_2024_again",
            "re_compile_the_patterns_of_version_12",
            "AKIAIOSFODNN7EXAMPLE",
            "api-reference-for-the-newer-version-12",
            "npm_config_registry_of_the_house_2024",
        ] {
            assert!(!found(text), "{text}");
        }
    }
}
