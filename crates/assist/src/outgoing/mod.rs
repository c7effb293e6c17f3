//! The one place that connects outwards: a text to a witness that the operator named, a prompt to a provider that was registered. A name is
//! looked up once, every address behind it is checked, and one of those very addresses is connected to. It follows no redirects, asks no
//! proxy, verifies certificates, reads a bounded answer, waits a bounded time, and speaks plain http only to this very machine. It blocks:
//! call it outside of the async runtime's threads.

use std::io::{self, BufRead as _, BufReader, Read as _};
use std::time::Duration;

use ureq::{
    Agent, BodyReader,
    config::Config,
    http::{HeaderName, HeaderValue, Uri},
    unversioned::{
        resolver::{DefaultResolver, ResolvedSocketAddrs, Resolver},
        transport::{DefaultConnector, NextTimeout},
    },
};

mod address;
mod destination;

pub use address::Reach;
pub use destination::Destination;

/// Longest answer to [`post_text`] that is read, in bytes.
const MAX_ANSWER_BYTES: u64 = 64 << 10;
/// Longest line of a streamed answer, in bytes.
const MAX_LINE_BYTES: u64 = 256 << 10;
/// Most bytes of the heads of an answer.
const MAX_HEAD_BYTES: usize = 32 << 10;
/// How long a whole exchange of [`post_text`] may take.
const TIMEOUT: Duration = Duration::from_secs(20);

/// Why nothing was sent, or nothing came back.
#[derive(Debug, thiserror::Error)]
pub enum OutgoingError {
    /// The address cannot be used.
    #[error("`{0}` is no address for this; write `https://host/path`, or `http://` with an address of this machine")]
    Address(String),
    /// The name leads to an address that may not be connected to.
    #[error("`{host}` leads to an address that may not be connected to; nothing was sent")]
    Forbidden {
        /// The host.
        host: String,
    },
    /// The other side does not answer.
    #[error("`{host}` does not answer; check the address and the network")]
    Unreachable {
        /// The host.
        host: String,
        /// What happened.
        #[source]
        source: Box<ureq::Error>,
    },
    /// The answer broke off.
    #[error("`{host}` stopped in the middle of its answer; try again")]
    Broken {
        /// The host.
        host: String,
        /// What happened.
        #[source]
        source: io::Error,
    },
    /// The answer is longer than it may be.
    #[error("`{host}` says more than is read; it may not be the server that it should be")]
    TooLong {
        /// The host.
        host: String,
    },
}

/// Bounds of one exchange.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// How long all of it may take.
    pub whole: Duration,
    /// How long the other side may be silent.
    pub silence: Duration,
    /// Most bytes of the answer.
    pub bytes: u64,
}

/// Looks a name up once and hands on only what is within reach. One address out of reach refuses all: a name that leads inside and outside
/// is a trap.
#[derive(Debug)]
struct Checked<R> {
    reach: Reach,
    inner: R,
}

impl<R: Resolver> Resolver for Checked<R> {
    fn resolve(&self, uri: &Uri, config: &Config, timeout: NextTimeout) -> Result<ResolvedSocketAddrs, ureq::Error> {
        let found = self.inner.resolve(uri, config, timeout)?;
        if found.iter().all(|socket| self.reach.allows(socket.ip())) {
            return Ok(found);
        }
        Err(ureq::Error::Io(io::Error::new(io::ErrorKind::PermissionDenied, Forbidden)))
    }
}

/// Marks the refusal of [`Checked`] among other errors.
#[derive(Debug, thiserror::Error)]
#[error("an address behind the name is out of reach")]
struct Forbidden;

fn agent<R: Resolver>(reach: Reach, limits: Limits, inner: R) -> Agent {
    let config = Agent::config_builder()
        .timeout_global(Some(limits.whole))
        .timeout_connect(Some(limits.silence))
        .timeout_per_read(Some(limits.silence))
        .timeout_per_write(Some(limits.silence))
        .max_redirects(0)
        .max_redirects_will_error(false)
        .max_response_header_size(MAX_HEAD_BYTES)
        .max_idle_connections(0)
        .http_status_as_error(false)
        .user_agent("candor")
        // Whoever sets a proxy for other programs did not mean this one.
        .proxy(None)
        .build();
    Agent::with_parts(config, DefaultConnector::default(), Checked { reach, inner })
}

fn failed(to: &Destination, source: ureq::Error) -> OutgoingError {
    let host = to.host().to_owned();
    match &source {
        ureq::Error::Io(error) if error.get_ref().is_some_and(|inner| inner.is::<Forbidden>()) => {
            OutgoingError::Forbidden { host }
        }
        _ => OutgoingError::Unreachable { host, source: Box::new(source) },
    }
}

/// Posts a text and gives the answer's status and body.
///
/// # Errors
/// [`OutgoingError::Forbidden`] and [`OutgoingError::Unreachable`]; a status that is no success is no error.
pub fn post_text(to: &Destination, body: &str) -> Result<(u16, String), OutgoingError> {
    let limits = Limits { whole: TIMEOUT, silence: TIMEOUT, bytes: MAX_ANSWER_BYTES };
    let mut answer = agent(to.reach, limits, DefaultResolver::default())
        .post(&to.uri)
        .content_type("text/plain; charset=utf-8")
        .send(body)
        .map_err(|source| failed(to, source))?;
    let status = answer.status().as_u16();
    let text = answer.body_mut().with_config().limit(limits.bytes).read_to_string();
    Ok((status, text.map_err(|source| failed(to, source))?))
}

/// An answer that is read line by line.
pub struct Answer {
    /// The status.
    pub status: u16,
    /// The media type, in lower case without parameters.
    pub content_type: String,
    host: String,
    left: u64,
    body: BufReader<BodyReader<'static>>,
}

impl std::fmt::Debug for Answer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Answer").field("status", &self.status).field("host", &self.host).finish_non_exhaustive()
    }
}

/// A header whose value is not shown.
pub(crate) type SecretHeader<'a> = (&'static str, &'a str);

/// Posts JSON and gives the answer once its heads are there.
///
/// # Errors
/// [`OutgoingError::Forbidden`] and [`OutgoingError::Unreachable`]; a status that is no success is no error.
pub(crate) fn post_json(
    to: &Destination,
    header: Option<SecretHeader<'_>>,
    body: &[u8],
    limits: Limits,
) -> Result<Answer, OutgoingError> {
    exchange(agent(to.reach, limits, DefaultResolver::default()), to, header, body, limits)
}

fn exchange(
    agent: Agent,
    to: &Destination,
    header: Option<SecretHeader<'_>>,
    body: &[u8],
    limits: Limits,
) -> Result<Answer, OutgoingError> {
    let mut request =
        agent.post(&to.uri).content_type("application/json").header("accept", "text/event-stream, application/json");
    if let Some((name, value)) = header {
        let mut value = HeaderValue::from_str(value).map_err(|error| failed(to, ureq::Error::Http(error.into())))?;
        value.set_sensitive(true);
        request = request.header(HeaderName::from_static(name), value);
    }
    let answer = request.send(body).map_err(|source| failed(to, source))?;
    let media = answer.headers().get("content-type").and_then(|value| value.to_str().ok()).unwrap_or_default();
    let content_type = media.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    let status = answer.status().as_u16();
    let body = BufReader::new(answer.into_body().into_reader());
    Ok(Answer { status, content_type, host: to.host().to_owned(), left: limits.bytes, body })
}

impl Answer {
    fn broken(&self, source: io::Error) -> OutgoingError {
        OutgoingError::Broken { host: self.host.clone(), source }
    }

    fn too_long(&self) -> OutgoingError {
        OutgoingError::TooLong { host: self.host.clone() }
    }

    /// The next line without its end, or none at the end of the answer.
    ///
    /// # Errors
    /// When the answer breaks off, stalls, or is too long.
    pub fn line(&mut self) -> Result<Option<Vec<u8>>, OutgoingError> {
        let most = MAX_LINE_BYTES.min(self.left);
        let mut line = Vec::new();
        let read = (&mut self.body).take(most).read_until(b'\n', &mut line);
        let read = read.map_err(|source| self.broken(source))? as u64;
        self.left -= read;
        if line.last() == Some(&b'\n') {
            line.pop();
            line.pop_if(|last| *last == b'\r');
            return Ok(Some(line));
        }
        if read == most { Err(self.too_long()) } else { Ok((read > 0).then_some(line)) }
    }

    /// All of the answer that is left.
    ///
    /// # Errors
    /// When the answer breaks off, stalls, or is too long.
    pub fn rest(&mut self) -> Result<Vec<u8>, OutgoingError> {
        let mut rest = Vec::new();
        let read = (&mut self.body).take(self.left).read_to_end(&mut rest).map_err(|source| self.broken(source))?;
        if read as u64 == self.left { Err(self.too_long()) } else { Ok(rest) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::{
        io::Write,
        net::{SocketAddr, TcpListener, TcpStream},
        sync::{
            Arc,
            atomic::{AtomicUsize, Ordering},
        },
        thread::JoinHandle,
    };

    const LIMITS: Limits =
        Limits { whole: Duration::from_secs(20), silence: Duration::from_millis(300), bytes: 1 << 20 };

    /// A server for one connection: reads a request with the body `{}`, then does what it is told.
    fn server(act: impl FnOnce(&mut TcpStream) + Send + 'static) -> (SocketAddr, JoinHandle<Vec<u8>>) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let thread = std::thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            let mut request = Vec::new();
            while !request.ends_with(b"\r\n\r\n{}") {
                let mut byte = [0];
                if stream.read(&mut byte).unwrap() == 0 {
                    break;
                }
                request.push(byte[0]);
            }
            act(&mut stream);
            request
        });
        (address, thread)
    }

    fn near(address: SocketAddr) -> Destination {
        Destination::within(&format!("http://{address}/v1/chat/completions"), Reach::Near).unwrap()
    }

    #[test]
    fn a_redirect_is_an_answer_and_no_errand() {
        let (address, thread) = server(|stream| {
            let answer = "HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 4\r\n\r\nmore";
            stream.write_all(answer.as_bytes()).unwrap();
        });
        let to = Destination::parse(&format!("http://{address}/add-checkpoint")).unwrap();
        assert_eq!(post_text(&to, "{}").unwrap(), (302, "more".to_owned()));
        thread.join().unwrap();
        let nobody = Destination::parse("http://127.0.0.1:1/").unwrap();
        assert!(matches!(post_text(&nobody, "{}"), Err(OutgoingError::Unreachable { .. })));
    }

    #[test]
    fn a_key_travels_in_its_header_and_lines_come_whole() {
        let (address, thread) = server(|stream| {
            let head = "HTTP/1.1 200 OK\r\nContent-Type: Text/Event-Stream; charset=utf-8\r\n\r\n";
            stream.write_all(format!("{head}one\r\ntwo\n\nlast").as_bytes()).unwrap();
        });
        let mut answer = post_json(&near(address), Some(("api-key", "k")), b"{}", LIMITS).unwrap();
        assert_eq!((answer.status, answer.content_type.as_str()), (200, "text/event-stream"));
        let lines: Vec<String> =
            std::iter::from_fn(|| answer.line().unwrap()).map(|line| String::from_utf8(line).unwrap()).collect();
        assert_eq!(lines, ["one", "two", "", "last"]);
        let request = String::from_utf8(thread.join().unwrap()).unwrap();
        assert!(request.contains("\r\napi-key: k\r\n"), "{request}");
        assert!(request.starts_with("POST /v1/chat/completions HTTP/1.1\r\n"));
    }

    #[test]
    fn hostile_servers_end_in_errors() {
        type Act = fn(&mut TcpStream);
        let cases: [(&str, Act); 6] = [
            ("closes at once", |_| {}),
            ("stalls before its head", |stream| {
                let _ = stream.read(&mut [0; 1]);
            }),
            ("is no http", |stream| {
                let _ = stream.write_all(b"\x16\x03\x01 garbage \xff\xfe\r\n\r\n\r\n");
            }),
            ("stalls in its body", |stream| {
                let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\ndata: {");
                let _ = stream.read(&mut [0; 1]);
            }),
            ("sends a line without end", |stream| {
                let _ = stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n");
                while stream.write_all(&[b'x'; 8192]).is_ok() {}
            }),
            ("sends lines without end", |stream| {
                let _ = stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n");
                while stream.write_all(b"data: {}\n\n").is_ok() {}
            }),
        ];
        for (name, act) in cases {
            let (address, thread) = server(act);
            let read = || {
                let mut answer = post_json(&near(address), None, b"{}", LIMITS)?;
                while answer.line()?.is_some() {}
                Ok::<(), OutgoingError>(())
            };
            let error = read().expect_err(name);
            let expected = match name {
                "closes at once" | "stalls before its head" | "is no http" => {
                    matches!(error, OutgoingError::Unreachable { .. })
                }
                "stalls in its body" => matches!(error, OutgoingError::Broken { .. }),
                _ => matches!(error, OutgoingError::TooLong { .. }),
            };
            assert!(expected, "{name}: {error:?}");
            thread.join().unwrap();
        }
        // A head without end is cut too.
        let (address, thread) = server(|stream| {
            let _ = stream.write_all(b"HTTP/1.1 200 OK\r\n");
            while stream.write_all(b"x-more: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\r\n").is_ok() {}
        });
        assert!(post_json(&near(address), None, b"{}", LIMITS).is_err());
        thread.join().unwrap();
    }

    /// Answers the first question with one address and every later one with another, as a rebinding name server does.
    #[derive(Debug, Clone)]
    struct Rebinding {
        answers: [Vec<SocketAddr>; 2],
        asked: Arc<AtomicUsize>,
    }

    impl Resolver for Rebinding {
        fn resolve(&self, _: &Uri, _: &Config, _: NextTimeout) -> Result<ResolvedSocketAddrs, ureq::Error> {
            let mut found = self.empty();
            let turn = self.asked.fetch_add(1, Ordering::SeqCst).min(1);
            self.answers[turn].iter().for_each(|address| found.push(*address));
            Ok(found)
        }
    }

    #[test]
    fn a_name_is_looked_up_once_and_every_address_is_checked() {
        let (address, thread) = server(|stream| {
            stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok").unwrap();
        });
        let metadata: SocketAddr = "169.254.169.254:80".parse().unwrap();
        let inside: SocketAddr = "10.0.0.1:80".parse().unwrap();
        let asked = Arc::new(AtomicUsize::new(0));
        let to = Destination::within("http://localhost/", Reach::Near).unwrap();
        let ask = |reach, first: Vec<SocketAddr>| {
            let resolver = Rebinding { answers: [first, vec![metadata]], asked: Arc::clone(&asked) };
            asked.store(0, Ordering::SeqCst);
            exchange(agent(reach, LIMITS, resolver), &to, None, b"{}", LIMITS)
        };
        assert_eq!(ask(Reach::Near, vec![address]).unwrap().rest().unwrap(), b"ok");
        assert_eq!(asked.load(Ordering::SeqCst), 1, "looked up once");
        thread.join().unwrap();
        for (reach, first) in [
            (Reach::Public, vec![address]),
            (Reach::Public, vec![inside]),
            (Reach::Near, vec![metadata]),
            (Reach::Near, vec![address, metadata]),
            (Reach::Public, vec!["1.1.1.1:443".parse().unwrap(), inside]),
        ] {
            let refused = ask(reach, first).unwrap_err();
            assert!(matches!(refused, OutgoingError::Forbidden { .. }), "{refused:?}");
        }
    }
}
