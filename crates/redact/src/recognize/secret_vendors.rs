//! Keys and tokens that tell their maker by how they begin. One row a form: prefix, least and greatest length of what follows, and its
//! characters. The forms are those that the makers publish for secret scanning.

use std::sync::LazyLock;

use super::Page;
use super::secret_values::{KEY_ENTROPY, entropy, is_stand_in};
use crate::finding::{Span, SpanText as _};

/// The characters after a prefix.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Set {
    /// Hex digits.
    Hex,
    /// ASCII letters and digits.
    Plain,
    /// These, `_` and `-`.
    Slug,
    /// These and `.`.
    Dotted,
    /// ASCII letters, digits and all signs of base64.
    Base,
}

impl Set {
    fn has(self, c: char) -> bool {
        match self {
            Self::Hex => c.is_ascii_hexdigit(),
            Self::Plain => c.is_ascii_alphanumeric(),
            Self::Slug => c.is_ascii_alphanumeric() || matches!(c, '_' | '-'),
            Self::Dotted => c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.'),
            Self::Base => c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.' | '+' | '/' | '=' | ':'),
        }
    }
}

use Set::{Base, Dotted, Hex, Plain, Slug};

/// A maker's form.
type Row = (&'static str, usize, usize, Set);

/// Every known form, in the order of their first bytes.
const VENDORS: &[Row] = &[
    ("1//0", 40, 512, Slug),
    ("A3-", 30, 40, Slug),
    ("A3T", 17, 17, Plain),
    ("ABIA", 16, 16, Plain),
    ("ABSK", 100, 280, Base),
    ("ACCA", 16, 16, Plain),
    ("AGE-SECRET-KEY-1", 58, 58, Plain),
    ("AIza", 35, 35, Slug),
    ("AKCp", 60, 80, Plain),
    ("AKIA", 16, 16, Plain),
    ("AKID", 28, 36, Plain),
    ("APA91b", 128, 200, Slug),
    ("API-", 26, 32, Plain),
    ("AQVN", 35, 38, Slug),
    ("ASIA", 16, 16, Plain),
    ("ATATT3", 60, 400, Base),
    ("ATBB", 28, 40, Plain),
    ("ATCTT3", 60, 400, Base),
    ("ATTA", 60, 80, Plain),
    ("CCDB1_", 40, 80, Slug),
    ("CCIPAT_", 40, 90, Slug),
    ("CCIPRJ_", 40, 90, Slug),
    ("CFPAT-", 40, 60, Slug),
    ("CLOJARS_", 60, 60, Plain),
    ("EAA", 60, 400, Plain),
    ("EAAA", 56, 80, Slug),
    ("EXO", 24, 40, Hex),
    ("EZAK", 54, 58, Plain),
    ("EZTK", 54, 58, Plain),
    ("FLWSECK-", 30, 50, Slug),
    ("FLWSECK_TEST-", 12, 50, Slug),
    ("GOCSPX-", 28, 28, Slug),
    ("HRKU-", 36, 80, Slug),
    ("IGAA", 60, 300, Slug),
    ("IGQV", 60, 300, Slug),
    ("KEY0", 40, 60, Slug),
    ("LTAI", 12, 24, Plain),
    ("NF-", 32, 32, Plain),
    ("NRAA-", 27, 32, Plain),
    ("NRAK-", 27, 32, Plain),
    ("NRII-", 30, 34, Slug),
    ("NRJS-", 19, 19, Plain),
    ("PMAK-", 55, 65, Slug),
    ("SCW", 17, 17, Plain),
    ("SG.", 50, 80, Dotted),
    ("WPL_AP1.", 16, 80, Base),
    ("access-development-", 36, 36, Slug),
    ("access-production-", 36, 36, Slug),
    ("access-sandbox-", 36, 36, Slug),
    ("aio_", 28, 28, Plain),
    ("api-", 36, 36, Slug),
    ("api_org_", 34, 34, Plain),
    ("apify_api_", 30, 50, Plain),
    ("bb_live_", 24, 50, Slug),
    ("bkua_", 40, 40, Plain),
    ("cio", 32, 32, Plain),
    ("ck_", 40, 40, Hex),
    ("cmVmdGtu", 50, 80, Plain),
    ("cs_", 40, 40, Hex),
    ("csk-", 40, 60, Plain),
    ("dapi", 32, 34, Slug),
    ("dckr_oat_", 27, 50, Slug),
    ("dckr_pat_", 23, 50, Slug),
    ("ddo_", 30, 50, Plain),
    ("ddp_", 30, 50, Plain),
    ("dnkey-", 50, 120, Base),
    ("doo_v1_", 64, 64, Hex),
    ("dop_v1_", 64, 64, Hex),
    ("dor_v1_", 64, 64, Hex),
    ("dp.audit.", 36, 60, Plain),
    ("dp.ct.", 36, 60, Plain),
    ("dp.pt.", 36, 60, Plain),
    ("dp.scim.", 36, 60, Plain),
    ("dp.st.", 36, 80, Dotted),
    ("dt0c01.", 80, 100, Dotted),
    ("dt0s01.", 70, 100, Dotted),
    ("dt0s16.", 70, 100, Dotted),
    ("duffel_live_", 40, 50, Slug),
    ("duffel_test_", 40, 50, Slug),
    ("esecret_", 24, 40, Plain),
    ("eyJrIjoi", 60, 400, Base),
    ("fc-", 32, 32, Hex),
    ("figd_", 36, 60, Slug),
    ("figu_", 36, 60, Slug),
    ("fio-u-", 60, 70, Slug),
    ("fm1_", 60, 500, Base),
    ("fm1a_", 60, 500, Base),
    ("fm1r_", 60, 500, Base),
    ("fm2_", 60, 500, Base),
    ("fnA", 36, 50, Slug),
    ("fo1_", 40, 50, Slug),
    ("fw_", 20, 30, Plain),
    ("ghp_", 36, 255, Plain),
    ("gho_", 36, 255, Plain),
    ("ghr_", 36, 255, Plain),
    ("ghs_", 36, 255, Plain),
    ("ghu_", 36, 255, Plain),
    ("github_pat_", 50, 255, Slug),
    ("glagent-", 20, 64, Slug),
    ("glc_", 36, 512, Base),
    ("glcbt-", 16, 64, Slug),
    ("gldt-", 20, 64, Slug),
    ("glffct-", 16, 64, Slug),
    ("glft-", 16, 64, Slug),
    ("glimt-", 16, 64, Slug),
    ("gloas-", 30, 80, Slug),
    ("glpat-", 20, 320, Dotted),
    ("glptt-", 20, 64, Slug),
    ("glrt-", 20, 320, Dotted),
    ("glrtr-", 20, 64, Slug),
    ("glsa_", 36, 60, Slug),
    ("glsoat-", 16, 64, Slug),
    ("glwt-", 16, 64, Slug),
    ("gsk_", 40, 100, Plain),
    ("hbp_", 30, 50, Plain),
    ("hf_", 30, 60, Plain),
    ("hvb.", 20, 512, Dotted),
    ("hvr.", 20, 512, Dotted),
    ("hvs.", 20, 255, Dotted),
    ("ico-", 32, 32, Plain),
    ("jina_", 50, 80, Slug),
    ("key-", 32, 32, Hex),
    ("lin_api_", 32, 60, Plain),
    ("lin_oauth_", 32, 80, Plain),
    ("live_", 30, 42, Slug),
    ("lsv2_pt_", 36, 80, Slug),
    ("lsv2_sk_", 36, 80, Slug),
    ("mdb_sa_sk_", 30, 60, Slug),
    ("napi_", 50, 80, Plain),
    ("nfp_", 32, 60, Plain),
    ("npm_", 36, 36, Plain),
    ("ntn_", 36, 60, Plain),
    ("nvapi-", 50, 90, Slug),
    ("ops_eyJ", 100, 1_200, Base),
    ("oy2", 43, 43, Plain),
    ("p8e-", 32, 32, Plain),
    ("pa-", 40, 60, Slug),
    ("pat-eu1-", 36, 36, Slug),
    ("pat-na1-", 36, 36, Slug),
    ("pat-na2-", 36, 36, Slug),
    ("pat.", 50, 90, Dotted),
    ("pcsk_", 50, 90, Slug),
    ("pdl_live_apikey_", 40, 80, Slug),
    ("pdl_sdbx_apikey_", 40, 80, Slug),
    ("perm-", 60, 120, Base),
    ("perm:", 60, 120, Base),
    ("phs_", 30, 60, Plain),
    ("phx_", 30, 60, Plain),
    ("pina_", 60, 120, Plain),
    ("pk_", 34, 34, Hex),
    ("pnb_", 36, 36, Plain),
    ("pnu_", 36, 36, Plain),
    ("polar_pat_", 30, 60, Slug),
    ("pplx-", 40, 64, Plain),
    ("prod_", 40, 60, Hex),
    ("pscale_oauth_", 32, 64, Dotted),
    ("pscale_pw_", 32, 64, Dotted),
    ("pscale_tkn_", 32, 64, Dotted),
    ("pul-", 40, 40, Hex),
    ("pypi-", 50, 512, Slug),
    ("r8_", 37, 40, Plain),
    ("rdme_", 70, 72, Plain),
    ("re_", 24, 40, Slug),
    ("rk_live_", 16, 255, Plain),
    ("rk_prod_", 16, 255, Plain),
    ("rk_test_", 16, 255, Plain),
    ("rnd_", 28, 50, Plain),
    ("rubygems_", 48, 48, Hex),
    ("rzp_live_", 14, 14, Plain),
    ("rzp_test_", 14, 14, Plain),
    ("s-s4t2ud-", 64, 64, Hex),
    ("sat.", 50, 90, Dotted),
    ("sb_secret_", 20, 60, Slug),
    ("sbp_", 40, 50, Slug),
    ("sdk-", 36, 36, Slug),
    ("secret_", 43, 43, Plain),
    ("sgp_", 40, 70, Slug),
    ("shippo_live_", 40, 40, Hex),
    ("shippo_test_", 40, 40, Hex),
    ("shltm_", 40, 50, Slug),
    ("shpat_", 32, 32, Hex),
    ("shpca_", 32, 32, Hex),
    ("shppa_", 32, 32, Hex),
    ("shpss_", 32, 32, Hex),
    ("sk-", 32, 64, Plain),
    ("sk-admin-", 32, 255, Slug),
    ("sk-ant-", 32, 255, Slug),
    ("sk-or-", 32, 255, Slug),
    ("sk-proj-", 32, 255, Slug),
    ("sk-svcacct-", 32, 255, Slug),
    ("sk_", 48, 48, Hex),
    ("sk_live_", 16, 255, Plain),
    ("sk_prod_", 16, 255, Plain),
    ("sk_test_", 16, 255, Plain),
    ("sl.", 60, 1_400, Slug),
    ("sm_pat_", 16, 40, Plain),
    ("sntryi_", 64, 64, Hex),
    ("sntrys_", 36, 512, Base),
    ("sntryu_", 64, 64, Hex),
    ("sq0atp-", 22, 60, Slug),
    ("sq0csp-", 33, 60, Slug),
    ("sqa_", 40, 40, Hex),
    ("sqp_", 40, 40, Hex),
    ("squ_", 40, 40, Hex),
    ("t1.", 60, 200, Base),
    ("test_", 30, 42, Plain),
    ("tfp_", 36, 70, Dotted),
    ("tgp_v1_", 36, 60, Slug),
    ("tk-us-", 48, 48, Slug),
    ("tskey-", 24, 80, Slug),
    ("tvly-", 30, 60, Slug),
    ("u-s4t2ud-", 64, 64, Hex),
    ("ucat_", 24, 40, Plain),
    ("v1.0-", 140, 180, Slug),
    ("vcp_", 40, 70, Plain),
    ("vtwn_", 24, 40, Plain),
    ("waka_", 36, 36, Slug),
    ("wandb_v1_", 40, 100, Slug),
    ("whsec_", 24, 100, Base),
    ("xai-", 60, 100, Plain),
    ("xapp-", 20, 255, Slug),
    ("xkeysib-", 70, 90, Slug),
    ("xoxa-", 20, 255, Slug),
    ("xoxb-", 20, 255, Slug),
    ("xoxe-", 20, 512, Slug),
    ("xoxe.", 20, 512, Dotted),
    ("xoxo-", 20, 255, Slug),
    ("xoxp-", 20, 255, Slug),
    ("xoxr-", 20, 512, Slug),
    ("xoxs-", 20, 255, Slug),
    ("xwfp-", 20, 255, Slug),
    ("y0_", 40, 100, Slug),
    ("ya29.", 24, 512, Dotted),
    ("zpka_", 36, 60, Slug),
];

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
    let first = usize::from(text.bytes().next()?);
    let rows = VENDORS.get(usize::from(*ROWS.get(first)?)..usize::from(*ROWS.get(first + 1)?))?.iter();
    rows.filter(|(prefix, ..)| page.slice(start, start + prefix.len()) == *prefix).find_map(
        |(prefix, least, most, set)| {
            let body = start + prefix.len();
            let end = page.ahead_while(body, most + 3, |c| set.has(c));
            let kept = page.slice(body, end).trim_end_matches(['.', '-', '_', ':', '/']);
            let end = body + kept.len();
            let whole = !page.byte(end).is_some_and(|byte| byte.is_ascii_alphanumeric());
            (whole && (*least..=*most).contains(&kept.len()) && is_made(kept, prefix)).then(|| Span::new(start, end))
        },
    )
}

/// Whether what follows a prefix was made by a machine: two of small letters, capitals and digits; after a short prefix no words.
fn is_made(body: &str, prefix: &str) -> bool {
    let has = |test: fn(&u8) -> bool| body.as_bytes().iter().any(test);
    let classes = [has(u8::is_ascii_lowercase), has(u8::is_ascii_uppercase), has(u8::is_ascii_digit)];
    let wordy =
        prefix.len() <= 5 && body.contains(['_', '-']) && has(u8::is_ascii_lowercase) && !has(u8::is_ascii_uppercase);
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
        || trimmed.len() == 40 && trimmed.ends_with("_mmk");
    if known {
        return Some(Span::new(word.start, word.start + trimmed.len()));
    }
    // Signs that no other token has: `sha256~` of OpenShift, `…8Q~` of Azure, `access_token$production$` of PayPal.
    let (least, start) = match page.byte(word.end) {
        Some(b'~') if text == "sha256" => (43, word.start),
        Some(b'~') if text.len() == 5 && text.ends_with('Q') => (31, word.start),
        _ if page.has_before(word.start, "access_token$production$") => (0, word.start - 24),
        _ => return None,
    };
    let inside = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '~' | '.' | '$');
    let end = page.ahead_while(word.end, 80, inside);
    (end - word.end >= least).then(|| Span::new(start, end))
}

/// Twilio's keys: two letters and thirty-two hex digits.
fn is_twilio(token: &str) -> bool {
    let digits = token.strip_prefix("SK").or_else(|| token.strip_prefix("AC"));
    digits.is_some_and(|digits| is_hex(digits, 32))
}

fn is_hex(text: &str, length: usize) -> bool {
    text.len() == length && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
}

/// A JSON web token: header and payload that are base64 of `{"`, and a signature. A map's key begins with `sk.` instead.
fn is_jwt(token: &str) -> bool {
    let mut parts = token.split('.');
    let (header, payload, signature) = (parts.next(), parts.next(), parts.next());
    let long = |part: Option<&str>, prefix: &str, least: usize| {
        part.is_some_and(|part| part.starts_with(prefix) && part.len() >= least)
    };
    (long(header, "eyJ", 10) || header.is_some_and(|header| matches!(header, "sk" | "tk" | "p")))
        && long(payload, "eyJ", 10)
        && long(signature, "", 10)
}

/// A bot of Discord: its number in base64, a time, and a code.
fn is_discord(token: &str) -> bool {
    let lengths = [24..=28, 6..=7, 27..=40];
    let mut parts = token.split('.');
    let begins = token.starts_with(['M', 'N', 'O']);
    let whole = begins && lengths.iter().all(|lengths| parts.next().is_some_and(|part| lengths.contains(&part.len())));
    whole && parts.next().is_none()
}

/// A key of Mailchimp: hex digits and a data center.
fn is_mailchimp(token: &str) -> bool {
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
