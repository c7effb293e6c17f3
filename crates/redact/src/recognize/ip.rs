//! IP addresses, version 4 and 6. Leaves loopback, the unspecified address, the ranges kept for documentation (RFC 5737, RFC 3849), and
//! dotted numbers that a word names as a version or a section.

use std::net::{Ipv4Addr, Ipv6Addr};

use super::needs::Needs;
use super::page::is_word;
use super::versions::is_version;
use super::{Page, Recognizer};
use crate::finding::{Finding, Span, SpanText as _};
use crate::kind::Kind;

/// The longest IPv6 address in bytes.
const V6_LIMIT: usize = 45;
/// Recognizes IP addresses.
pub struct Ip;

impl Recognizer for Ip {
    fn kinds(&self) -> &'static [Kind] {
        &[Kind::IpAddress]
    }

    fn find(&self, page: &Page<'_>, findings: &mut Vec<Finding>) {
        let runs = page.digit_runs();
        let fours = page.runs_of(Needs::IP).filter_map(|(index, _)| v4_at(page, runs.get(index..index + 4)?));
        findings.extend(fours.map(|span| Finding::new(Kind::IpAddress, span, 0.9)));
        let mut seen = 0;
        for colon in page.colons() {
            if *colon < seen || !is_inside(page, *colon) {
                continue;
            }
            let token = token_around(page, *colon, seen);
            seen = token.end.max(colon + 1);
            findings.extend(v6_in(page, token).map(|span| Finding::new(Kind::IpAddress, span, 0.95)));
        }
    }
}

fn v4_at(page: &Page<'_>, runs: &[Span]) -> Option<Span> {
    let (first, last) = (runs.first()?, runs.last()?);
    let short = runs.iter().all(|run| run.len() <= 3);
    let dotted =
        runs.iter().zip(runs.iter().skip(1)).all(|(a, b)| b.start == a.end + 1 && page.byte(a.end) == Some(b'.'));
    if !short || !dotted {
        return None;
    }
    let address: Ipv4Addr = page.slice(first.start, last.end).parse().ok()?;
    let opens = page.before(first.start).is_none_or(|c| !is_word(c) && !matches!(c, '.' | '-' | '+'));
    let goes_on = page.byte(last.end) == Some(b'.') && page.byte(last.end + 1).is_some_and(|b| b.is_ascii_digit());
    let span = Span::new(first.start, last.end);
    let other = !opens || !page.ends_word(last.end) || goes_on || is_reserved_v4(address);
    (!other && !is_version(page, span, address.octets())).then_some(span)
}

fn is_reserved_v4(address: Ipv4Addr) -> bool {
    address.is_documentation() || address.is_loopback() || address.is_unspecified() || address.is_broadcast()
}

/// Whether an address may go on at the colon: most stand before a space.
fn is_inside(page: &Page<'_>, colon: usize) -> bool {
    let next = page.byte(colon + 1).is_some_and(|byte| byte == b':' || byte.is_ascii_hexdigit());
    next || page.byte_before(colon) == Some(b':')
}

/// The run of hex digits, colons and dots around `colon`; `floor` bounds the look back.
fn token_around(page: &Page<'_>, colon: usize, floor: usize) -> Span {
    let start = page.back_while(colon, 4, |c| c.is_ascii_hexdigit()).max(floor);
    Span::new(start, page.ahead_while(colon, V6_LIMIT + 1, |c| c == ':' || c == '.' || c.is_ascii_hexdigit()))
}

/// The address that fills the token, but for punctuation at its end.
fn v6_in(page: &Page<'_>, token: Span) -> Option<Span> {
    let address = token.of(page.text()).trim_end_matches('.');
    let address = address.strip_suffix(':').filter(|rest| !rest.ends_with(':')).unwrap_or(address);
    let end = token.start + address.len();
    (page.starts_word(token.start) && page.ends_word(end) && is_v6(address)).then(|| Span::new(token.start, end))
}

/// Whether the token is an address of a person's machine. `a::b` also occurs in source code, so a digit and a real prefix are asked for.
fn is_v6(token: &str) -> bool {
    if !token.bytes().any(|b| b.is_ascii_digit()) || token.bytes().filter(|b| *b == b':').count() < 2 {
        return false;
    }
    let Ok(address) = token.parse::<Ipv6Addr>() else { return false };
    let [first, second, ..] = address.segments();
    let documentation = first == 0x2001 && second == 0xdb8;
    let short = token.split(':').filter(|group| !group.is_empty()).count() < 4;
    let real_prefix = matches!(first >> 12, 2 | 3) || matches!(first >> 8, 0xfc..=0xfe);
    !documentation && !address.is_loopback() && !address.is_unspecified() && (!short || real_prefix)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::recognize::check;

    #[test]
    fn finds() {
        check(
            &Ip,
            Kind::IpAddress,
            &[
                "from {86.121.97.248}.",
                "pip install foo==1.20.8.13",
                "figure 3.1.4.1",
                "|{106.31.73.20}|%20, [{10.0.0.7}]:80",
                "at {6e40:4041:c617:e898:c11:40d2:c669:2eb4} blocked",
                "{fe80::1ff:fe23:4567:890a}: up",
                "{2a02:8109::1}, ip:{41.173.96.26}",
                "after the handover. My machine is {172.20.4.208} today",
                "the release was built on {41.173.96.26}",
                "server {10.0.0.5}, ping {8.8.8.8}; Server {4.31.7.12}",
                "IP {1.2.3.4} and host/{93.184.7.12}:80 and http://{5.6.7.8}/",
                "Updated DNS to {41.173.96.26}; we moved it from {5.9.33.4} to {5.9.33.7}",
                "{12.13.14.15} - - [10/Oct]\n{5.9.7.11} GET /",
                "{fe80::1ff:fe23:4567:890a}%eth0 {2a02:8109:1::7}/64",
            ],
        );
    }

    #[test]
    fn leaves() {
        check(
            &Ip,
            Kind::IpAddress,
            &[
                "Chrome/120.0.0.0 Safari/537.36, the network 10.0.0.0/8",
                "version 1.2.3.4 is out, upgrade to 1.2.3.5",
                "v1.2.3.4 and 1.2.3.4.5",
                "256.1.1.1 or 1.2.3",
                "requires openssl >= 1.1.1.12 and Foo 2.1.0.3",
                "EC 3.7.3.25 hydrolase, OID 2.5.29.15",
                "Step 1.2.3.4: tighten, Excel 15.0.3.2, nginx/1.4.2.1",
                "Upgraded from 16.26.107.67 to 16.26.108.0",
                "netmask 255.255.255.0, wildcard 0.0.0.255, 0.5.1.2",
                "1.2.3.4-beta, foo 1.2.3.4.jar, ^1.2.3.4",
                "1.4.2.1 Introduction\n1.4.2.2. Scope",
                "127.0.0.1, 192.0.2.17, 198.51.100.9, 203.0.113.5",
                "2001:db8::7 and ::1",
                "at 12:30:45, std::vec, a::b, 1::2",
                "x 00:1a:2b:3c:4d:5e y",
            ],
        );
    }
}
