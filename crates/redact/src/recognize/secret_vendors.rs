//! Keys and tokens that tell their maker by how they begin. One row a form: prefix, least and greatest length, all in bytes. Sources are the
//! makers' own pages on secret scanning.

/// How the token of one maker looks.
pub(super) struct Vendor {
    pub(super) prefix: &'static str,
    pub(super) least: usize,
    pub(super) most: usize,
}

const fn row(prefix: &'static str, least: usize, most: usize) -> Vendor {
    Vendor { prefix, least, most }
}

/// Every known form; a longer prefix stands before its own beginning.
pub(super) const VENDORS: [Vendor; 72] = [
    row("AKIA", 20, 20),
    row("ASIA", 20, 20),
    row("ABIA", 20, 20),
    row("ACCA", 20, 20),
    row("ghp_", 40, 255),
    row("gho_", 40, 255),
    row("ghu_", 40, 255),
    row("ghs_", 40, 255),
    row("ghr_", 40, 255),
    row("github_pat_", 60, 255),
    row("glpat-", 26, 60),
    row("gldt-", 25, 60),
    row("glrt-", 25, 60),
    row("xoxb-", 24, 255),
    row("xoxp-", 24, 255),
    row("xoxa-", 24, 255),
    row("xoxr-", 24, 255),
    row("xoxs-", 24, 255),
    row("xoxe-", 24, 255),
    row("xapp-", 24, 255),
    row("sk_live_", 24, 255),
    row("rk_live_", 24, 255),
    row("sk_test_", 24, 255),
    row("rk_test_", 24, 255),
    row("whsec_", 30, 100),
    row("AIza", 39, 39),
    row("GOCSPX-", 35, 35),
    row("ya29.", 30, 512),
    row("1//0", 40, 512),
    row("npm_", 40, 40),
    row("pypi-", 50, 512),
    row("rubygems_", 57, 57),
    row("SG.", 50, 80),
    row("key-", 36, 36),
    row("sk-ant-", 40, 255),
    row("sk-proj-", 40, 255),
    row("sk-svcacct-", 40, 255),
    row("sk-or-", 40, 255),
    row("sk-", 35, 255),
    row("gsk_", 40, 100),
    row("hf_", 34, 60),
    row("r8_", 37, 60),
    row("shpat_", 38, 38),
    row("shpss_", 38, 38),
    row("shpca_", 38, 38),
    row("shppa_", 38, 38),
    row("dop_v1_", 71, 71),
    row("doo_v1_", 71, 71),
    row("dor_v1_", 71, 71),
    row("EAAC", 60, 512),
    row("sq0atp-", 29, 60),
    row("sq0csp-", 40, 60),
    row("EAAAE", 60, 80),
    row("lin_api_", 40, 60),
    row("figd_", 40, 60),
    row("dckr_pat_", 32, 60),
    row("glsa_", 40, 60),
    row("glc_", 40, 512),
    row("NRAK-", 32, 32),
    row("PMAK-", 60, 70),
    row("xkeysib-", 80, 90),
    row("hvs.", 24, 255),
    row("hvb.", 24, 512),
    row("AGE-SECRET-KEY-1", 74, 74),
    row("sntrys_", 40, 512),
    row("atlasv1.", 40, 255),
    row("ATATT3", 60, 255),
    row("dapi", 36, 38),
    row("tfp_", 40, 70),
    row("pul-", 44, 44),
    row("pscale_tkn_", 40, 80),
    row("dp.pt.", 40, 60),
];

/// Twilio's keys: two letters and thirty-two hex digits.
pub(super) fn is_twilio(token: &str) -> bool {
    let digits = token.strip_prefix("SK").or_else(|| token.strip_prefix("AC"));
    digits.is_some_and(|digits| digits.len() == 32 && digits.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f')))
}

/// A JSON web token: header and payload that are base64 of `{"`, and a signature.
pub(super) fn is_jwt(token: &str) -> bool {
    let mut parts = token.split('.');
    let (header, payload, signature) = (parts.next(), parts.next(), parts.next());
    let long = |part: Option<&str>, prefix: &str, least: usize| {
        part.is_some_and(|part| part.starts_with(prefix) && part.len() >= least)
    };
    long(header, "eyJ", 10) && long(payload, "eyJ", 10) && long(signature, "", 10)
}
