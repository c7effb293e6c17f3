//! An address that may be spoken to, parsed strictly once. What two readers could read in two ways is refused.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ureq::http::Uri;

use super::{OutgoingError, Reach};

/// Most bytes of an address.
const MAX_ADDRESS_BYTES: usize = 2048;

/// An address that may be spoken to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Destination {
    pub(super) uri: Uri,
    host: String,
    pub(super) reach: Reach,
}

impl Destination {
    /// Takes an address that the operator named for something that members' words never reach: https, or http to this machine.
    ///
    /// # Errors
    /// [`OutgoingError::Address`].
    pub fn parse(text: &str) -> Result<Self, OutgoingError> {
        Self::within(text, Reach::Either)
    }

    /// Takes an address within a reach: https, or http to a loopback address where that is within reach; a plain host name or an address in
    /// its usual form; no user or password.
    ///
    /// # Errors
    /// [`OutgoingError::Address`].
    pub fn within(text: &str, reach: Reach) -> Result<Self, OutgoingError> {
        let refused = || OutgoingError::Address(shown(text));
        if text.len() > MAX_ADDRESS_BYTES || text.contains(['@', '\\', '#']) {
            return Err(refused());
        }
        let uri: Uri = text.parse().map_err(|_| refused())?;
        let host = uri.host().ok_or_else(refused)?.to_ascii_lowercase();
        let spelled_port =
            uri.authority().and_then(|authority| authority.as_str().get(host.len()..)).unwrap_or_default();
        let port_is_plain = spelled_port.is_empty() || uri.port_u16().is_some_and(|port| port != 0);
        let literal = literal(&host);
        let in_reach = literal.is_none_or(|address| reach.allows(address));
        let scheme_is_safe = match uri.scheme_str() {
            Some("https") => true,
            Some("http") => reach != Reach::Public && is_here(&host, literal),
            _ => false,
        };
        let is_host = literal.is_some() || is_name(&host);
        if scheme_is_safe && in_reach && is_host && port_is_plain {
            Ok(Self { uri, host, reach })
        } else {
            Err(refused())
        }
    }

    /// The host, for messages and the list of those that are allowed.
    #[must_use]
    pub fn host(&self) -> &str {
        &self.host
    }
}

/// An address as it may be shown: without what could be a password.
fn shown(text: &str) -> String {
    let clean = text.rsplit('@').next().unwrap_or_default().split('?').next().unwrap_or_default();
    clean.chars().take(100).collect()
}

/// The address, when the host is one in its usual form.
fn literal(host: &str) -> Option<IpAddr> {
    let bracketed = host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
    match bracketed {
        Some(v6) => v6.parse::<Ipv6Addr>().ok().map(IpAddr::V6),
        None => host.parse::<Ipv4Addr>().ok().map(IpAddr::V4),
    }
}

/// Whether a host is this machine.
fn is_here(host: &str, literal: Option<IpAddr>) -> bool {
    host == "localhost" || literal.is_some_and(|address| address.is_loopback())
}

/// Whether a host is a plain name: labels of letters, digits and hyphens, and no name whose last label reads as a number, because
/// resolvers take `2130706433`, `0x7f.1` and `0177.0.0.1` for addresses (WHATWG URL, "ends in a number").
fn is_name(host: &str) -> bool {
    let is_label = |label: &str| {
        let plain = label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
        plain && (1..=63).contains(&label.len()) && !label.starts_with('-') && !label.ends_with('-')
    };
    let last = host.rsplit('.').next().unwrap_or_default();
    let is_number = last.bytes().all(|b| b.is_ascii_digit()) || last.starts_with("0x");
    host.len() <= 253 && host.split('.').all(is_label) && !is_number
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_that_could_leak_are_refused() {
        // The address, and whether it is taken within `Public`, `Near`, `Either`.
        let cases = [
            ("https://api.example.com/v1", [true, true, true]),
            ("https://API.Example.com:8443/v1?api-version=2024-10-21", [true, true, true]),
            ("https://xn--bcher-kva.example/", [true, true, true]),
            ("https://1.1.1.1/", [true, false, true]),
            ("https://[2606:4700::1111]/", [true, false, true]),
            ("https://10.0.0.1/", [false, true, true]),
            ("https://[fd12::1]:8443/", [false, true, true]),
            ("http://127.0.0.1:8090/add-checkpoint", [false, true, true]),
            ("http://[::1]:8090/", [false, true, true]),
            ("http://localhost:8090/", [false, true, true]),
            ("http://api.example.com/", [false; 3]),
            ("http://10.0.0.1/", [false; 3]),
            ("https://169.254.169.254/latest/meta-data", [false; 3]),
            ("https://[::ffff:169.254.169.254]/", [false; 3]),
            ("https://[::ffff:7f00:1]/", [false, true, true]),
            ("https://2130706433/", [false; 3]),
            ("https://0177.0.0.1/", [false; 3]),
            ("https://0x7f000001/", [false; 3]),
            ("https://0x7f.0.0.1/", [false; 3]),
            ("https://127.1/", [false; 3]),
            ("https://example.0x7f/", [false; 3]),
            ("https://api.example.com./v1", [false; 3]),
            ("https://127.0.0.1./", [false; 3]),
            ("https://.example.com/", [false; 3]),
            ("https://me:secret@api.example.com/", [false; 3]),
            ("https://api.example.com@127.0.0.1/", [false; 3]),
            ("https://api.example.com\\@evil.example/", [false; 3]),
            ("https://api.example.com#@evil.example/", [false; 3]),
            ("https://bücher.example/", [false; 3]),
            ("https://a_b.example/", [false; 3]),
            ("https://api%2eexample.com/", [false; 3]),
            ("https://[fe80::1%25eth0]/", [false; 3]),
            ("https://api.example.com:0/", [false; 3]),
            ("https://api.example.com:99999/", [false; 3]),
            ("https://api.example.com:/", [false; 3]),
            ("https:///v1", [false; 3]),
            ("ftp://api.example.com/", [false; 3]),
            ("file:///etc/passwd", [false; 3]),
            ("gopher://127.0.0.1:70/", [false; 3]),
            ("api.example.com", [false; 3]),
            ("", [false; 3]),
        ];
        for (text, expected) in cases {
            let got = [Reach::Public, Reach::Near, Reach::Either].map(|reach| Destination::within(text, reach).is_ok());
            assert_eq!(got, expected, "{text}");
        }
    }

    #[test]
    fn a_refusal_shows_no_password() {
        let error = Destination::parse("https://me:s3cret@api.example.com/?key=t0ken").unwrap_err().to_string();
        assert!(error.contains("api.example.com") && !error.contains("s3cret") && !error.contains("t0ken"), "{error}");
    }
}
