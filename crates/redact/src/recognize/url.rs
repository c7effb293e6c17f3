//! URLs that name a person: the page of a member on a platform (`/in/NAME`, `/u/NAME`, `/users/ID`, `/@NAME`), credentials before the host,
//! or a user in the query. Plain links are left: they say where, not who.

use super::email::{is_host, is_reserved_host};
use super::profiles::is_profile;
use super::secret_values::is_stand_in;
use super::{Page, Recognizer};
use crate::finding::{Finding, Span, SpanText as _};
use crate::kind::Kind;

/// The score of a link that names nobody; below the line from which findings are replaced.
const PLAIN: f32 = 0.3;
/// The longest URL that is read, in characters.
const LIMIT: usize = 2_000;
/// How far back the start of a URL is looked for, in characters.
const LOOK_BACK: usize = 260;

/// Query keys whose value names a user.
const USER_KEYS: [&str; 8] = ["email", "login", "member_id", "uid", "user", "user_id", "userid", "username"];

/// Recognizes URLs that name a person.
pub struct Url;

impl Recognizer for Url {
    fn kinds(&self) -> &'static [Kind] {
        &[Kind::ProfileUrl, Kind::Url, Kind::Secret]
    }

    fn find(&self, page: &Page<'_>, findings: &mut Vec<Finding>) {
        let mut seen = 0;
        for slash in page.slashes() {
            // No host ends in one of these.
            let before = page.byte_before(*slash);
            if *slash < seen || matches!(before, None | Some(b' ' | b'\n' | b'<' | b'(' | b'*' | b'"' | b'\'' | b'>')) {
                continue;
            }
            let token = token_around(page, *slash, seen);
            seen = token.end.max(slash + 1);
            let parts = Parts::of(page, token, *slash);
            let Some(parts) = parts else { continue };
            match parts.names() {
                Some(kind) => findings.push(Finding::new(kind, parts.span, 0.97)),
                None => findings.push(Finding::new(Kind::Url, parts.span, PLAIN)),
            }
        }
    }
}

/// The text without spaces and quotes around the slash, not before `floor`.
fn token_around(page: &Page<'_>, slash: usize, floor: usize) -> Span {
    let inside = |c: char| {
        !c.is_whitespace() && !c.is_control() && !matches!(c, '<' | '>' | '"' | '«' | '»' | '|' | '`' | '{' | '}')
    };
    let start = page.back_while(slash, LOOK_BACK, |c| inside(c) && !matches!(c, '[' | ']' | '(' | ',' | ';'));
    Span::new(start.max(floor), page.ahead_while(slash, LIMIT, |c| inside(c) && !matches!(c, '[' | ']')))
}

/// Where a host starts in `start..slash`: after a colon that no port follows, as in `Link:host.org/` or `git@host.org:owner/`.
fn after_name(page: &Page<'_>, start: usize, slash: usize) -> usize {
    let head = page.slice(start, slash);
    let name =
        head.rsplit_once(':').filter(|(_, port)| port.is_empty() || port.contains(|c: char| !c.is_ascii_digit()));
    name.map_or(start, |(name, _)| start + name.len() + 1)
}

/// A URL taken apart.
struct Parts<'t> {
    span: Span,
    user: bool,
    password: bool,
    host: &'t str,
    path: &'t str,
    query: &'t str,
}

impl<'t> Parts<'t> {
    /// The URL in a token whose first slash is at `slash`; with a scheme, or beginning with a host.
    fn of(page: &Page<'t>, token: Span, slash: usize) -> Option<Self> {
        let has_scheme = page.slice(slash.saturating_sub(1), slash + 2) == "://";
        let (start, authority) = if has_scheme {
            let colon = slash - 1;
            let start =
                page.back_while(colon, 12, |c| c.is_ascii_alphanumeric() || matches!(c, '+' | '-')).max(token.start);
            (start, slash + 2)
        } else {
            let start = page.back_while(slash, LOOK_BACK, |c| matches!(c, '.' | '-' | ':') || c.is_alphanumeric());
            let start = after_name(page, start.max(token.start), slash);
            (start, start)
        };
        let rest = page.slice(authority, token.end).trim_end_matches(['.', ',', ';', ':', '!', '?', '\'', '*', '_']);
        let rest = if rest.contains('(') { rest } else { rest.split(')').next().unwrap_or(rest) };
        let end_of_authority = rest.find(['/', '?', '#']).unwrap_or(rest.len());
        let (authority_text, tail) = rest.split_at_checked(end_of_authority)?;
        let (user, host) = authority_text.rsplit_once('@').unwrap_or(("", authority_text));
        let host = host.split(':').next().unwrap_or(host);
        let (path, query) = tail.split_once('?').unwrap_or((tail, ""));
        let known = if has_scheme { start < slash - 1 && !host.is_empty() } else { is_host(host) };
        let parts = Self {
            span: Span::new(start, authority + rest.len()),
            user: !user.is_empty(),
            password: user.split_once(':').is_some_and(|(_, password)| !password.is_empty()),
            host,
            path: path.split('#').next().unwrap_or(path),
            query,
        };
        // A password for the machine itself, or for a host that stands for another, is one unless it is a word of a manual.
        let mixed = |text: &str| {
            let has = |test: fn(&u8) -> bool| text.as_bytes().iter().any(test);
            text.len() >= 8 && has(u8::is_ascii_digit) && has(u8::is_ascii_alphabetic) && !is_stand_in(text)
        };
        let local = matches!(host, "localhost" | "127.0.0.1") && user.bytes().any(|byte| byte.is_ascii_digit())
            || user.split_once(':').is_some_and(|(_, password)| mixed(password));
        (known && (!is_reserved_host(host) || parts.password && local)).then_some(parts)
    }

    /// Which kind of personal data the URL is; none when it names nobody.
    fn names(&self) -> Option<Kind> {
        if self.password {
            return Some(Kind::Secret);
        }
        if self.user {
            return Some(Kind::Url);
        }
        if is_profile(self.host, self.path, self.query) {
            return Some(Kind::ProfileUrl);
        }
        let names_user = |pair: &str| {
            let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
            !value.is_empty() && USER_KEYS.contains(&key.to_ascii_lowercase().as_str())
        };
        self.query.split(['&', ';', '#']).any(names_user).then_some(Kind::Url)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::recognize::check;

    #[test]
    fn finds_profiles() {
        check(
            &Url,
            Kind::ProfileUrl,
            &[
                "see {https://www.linkedin.com/in/anna-kov-123/}.",
                "({linkedin.com/in/anna}) or {reddit.com/u/anna_k}",
                "[me]({https://stackoverflow.com/users/1234/anna})",
                "{https://mastodon.social/@anna}, {https://github.com/annak}!",
                "home: {http://cs.uni.edu/~anna/paper.html}",
                "{https://keybase.io/annakov}, {https://mobile.twitter.com/anna_kov}, Link:{fb.com/anna.kov}",
                "{https://orcid.org/0000-0002-1825-0097} {https://www.snapchat.com/add/annakov}",
                "{https://annakov.substack.com} and <{https://annakov.tumblr.com/}>",
                "{https://news.ycombinator.com/user?id=annak} {https://scholar.google.com/citations?user=AbC1&hl=en}",
                "{https://wa.me/4915112345678}, {https://cash.app/$annakov} {https://lichess.org/@/annakov}",
                "{https://x.com/annakov/status/1234567} {https://www.strava.com/athletes/1234567}",
                "{https://en.wikipedia.org/wiki/User:Anna} {https://de.linkedin.com/in/anna}",
            ],
        );
    }

    #[test]
    fn finds_users() {
        check(
            &Url,
            Kind::Url,
            &[
                "clone {https://anna@git.host.org/repo.git}",
                "{ftp://anna@files.host.org/x}",
                "<{https://app.host.io/login?next=1&user=anna}>",
            ],
        );
    }

    #[test]
    fn finds_passwords() {
        check(
            &Url,
            Kind::Secret,
            &[
                "clone {https://anna:secret@git.host.org/repo.git}",
                "DATABASE_URL={postgres://app:s3cret@db.host.org:5432/app}",
                "{mongodb+srv://u:p@cluster.host.net/x} and https://host.org/",
                "{redis://:T9kV3QpIGEgBYZb6@localhost:6379/0}, not redis://:password@localhost",
            ],
        );
    }

    #[test]
    fn leaves() {
        for kind in [Kind::Url, Kind::ProfileUrl] {
            check(
                &Url,
                kind,
                &[
                    "https://www.uni.edu/quantum/paper.pdf",
                    "and/or, 1/2, in/out, km/h, /u/ alone",
                    "https://example.com/in/example-ab12",
                    "github.com/rust-lang/rust and https://x.com/search?q=a",
                    "src/users/mod.rs",
                    "https://host.org/?user=",
                    "://@/ http:/// https://",
                    "git@github.com:rust-lang/rust.git, https://vimeo.com/76979871",
                    "https://www.pinterest.com/search https://github.com/features https://keybase.io/docs",
                    "https://blog.tumblr.com https://www.substack.com/ https://facebook.com/index.php",
                    "https://soundcloud.com/annakov/song-one https://twitch.tv/directory",
                ],
            );
        }
    }
}
