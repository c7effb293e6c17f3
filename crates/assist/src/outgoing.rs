//! The one place that connects outwards. Today it posts a text to a witness that the operator named; whatever goes out later
//! goes through here too. It follows no redirects, reads a bounded answer, waits a bounded time, and speaks plain http
//! only to this very machine. It blocks: call it outside of the async runtime's threads.

use std::{net::IpAddr, time::Duration};
use ureq::{Agent, http::Uri};

/// Longest answer that is read, in bytes.
const MAX_ANSWER_BYTES: u64 = 64 << 10;
/// How long the whole exchange may take.
const TIMEOUT: Duration = Duration::from_secs(20);

/// Why nothing was sent, or nothing came back.
#[derive(Debug, thiserror::Error)]
pub enum OutgoingError {
    /// The address cannot be used.
    #[error("`{0}` is no address for this; write `https://host/path`, or `http://` with an address of this machine")]
    Address(String),
    /// The other side does not answer.
    #[error("`{host}` does not answer; check the address and the network")]
    Unreachable {
        /// The host.
        host: String,
        /// What happened.
        #[source]
        source: Box<ureq::Error>,
    },
}

/// An address that may be spoken to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Destination {
    uri: Uri,
    host: String,
}

impl Destination {
    /// Takes an address: https, or http to a loopback address; without a user or a password in it.
    ///
    /// # Errors
    /// [`OutgoingError::Address`].
    pub fn parse(text: &str) -> Result<Self, OutgoingError> {
        let refused = || OutgoingError::Address(text.to_owned());
        let uri: Uri = text.parse().map_err(|_| refused())?;
        let host = uri.host().ok_or_else(refused)?.to_owned();
        let authority = uri.authority().ok_or_else(refused)?;
        let allowed = match uri.scheme_str() {
            Some("https") => true,
            Some("http") => is_here(&host),
            _ => false,
        };
        if !allowed || authority.as_str().contains('@') { Err(refused()) } else { Ok(Self { uri, host }) }
    }

    /// The host, for messages.
    #[must_use]
    pub fn host(&self) -> &str {
        &self.host
    }
}

/// Whether a host is this machine.
fn is_here(host: &str) -> bool {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost" || bare.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

/// Posts a text and gives the answer's status and body.
///
/// # Errors
/// [`OutgoingError::Unreachable`]; a status that is no success is no error.
pub fn post_text(to: &Destination, body: &str) -> Result<(u16, String), OutgoingError> {
    let unreachable =
        |source: ureq::Error| OutgoingError::Unreachable { host: to.host.clone(), source: Box::new(source) };
    let config = Agent::config_builder()
        .timeout_global(Some(TIMEOUT))
        .max_redirects(0)
        .http_status_as_error(false)
        // Whoever sets a proxy for other programs did not mean this one.
        .proxy(None)
        .build();
    let mut answer = Agent::new_with_config(config)
        .post(&to.uri)
        .content_type("text/plain; charset=utf-8")
        .send(body)
        .map_err(unreachable)?;
    let status = answer.status().as_u16();
    let text = answer.body_mut().with_config().limit(MAX_ANSWER_BYTES).read_to_string().map_err(unreachable)?;
    Ok((status, text))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::{Read, Write};

    #[test]
    fn addresses_that_could_leak_are_refused() {
        let cases = [
            ("https://witness.example/add-checkpoint", true),
            ("http://127.0.0.1:8090/add-checkpoint", true),
            ("http://[::1]:8090/", true),
            ("http://localhost:8090/", true),
            ("http://witness.example/", false),
            ("http://10.0.0.1/", false),
            ("https://me:secret@witness.example/", false),
            ("file:///etc/passwd", false),
            ("witness.example", false),
            ("", false),
        ];
        for (text, taken) in cases {
            assert_eq!(Destination::parse(text).is_ok(), taken, "{text}");
        }
    }

    #[test]
    fn a_redirect_is_an_answer_and_no_errand() {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let server = std::thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            let mut request = [0; 4096];
            let mut read = 0;
            while !request[..read].ends_with(b"hello") {
                read += stream.read(&mut request[read..]).unwrap();
            }
            let answer = "HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 4\r\n\r\nmore";
            stream.write_all(answer.as_bytes()).unwrap();
        });
        let to = Destination::parse(&format!("http://{address}/add-checkpoint")).unwrap();
        assert_eq!(post_text(&to, "hello").unwrap(), (302, "more".to_owned()));
        server.join().unwrap();
        let nobody = Destination::parse("http://127.0.0.1:1/").unwrap();
        assert!(post_text(&nobody, "hello").is_err());
    }
}
