//! URLs that name a person: the page of a member on a platform (`/in/NAME`, `/u/NAME`, `/users/ID`, `/@NAME`), credentials before the host,
//! or a user in the query. Plain links are left: they say where, not who.

use super::email::{is_host, is_reserved_host};
use super::{Page, Recognizer};
use crate::finding::{Finding, Span, SpanText as _};
use crate::kind::Kind;

/// The score of a link that names nobody; below the line from which findings are replaced.
const PLAIN: f32 = 0.3;
/// The longest URL that is read, in characters.
const LIMIT: usize = 2_000;
/// How far back the start of a URL is looked for, in characters.
const LOOK_BACK: usize = 260;

/// First path segments after which a person is named.
const PERSON_SEGMENTS: [&str; 15] = [
    "author", "authors", "in", "member", "members", "people", "person", "profile", "profiles", "pub", "u", "user",
    "users", "~", "id",
];
/// Hosts whose first path segment is a person.
const PERSON_HOSTS: [&str; 8] =
    ["facebook.com", "github.com", "gitlab.com", "instagram.com", "t.me", "threads.net", "twitter.com", "x.com"];
/// First path segments of those hosts that name no person.
const NOT_PEOPLE: [&str; 24] = [
    "about", "apps", "blog", "contact", "docs", "events", "explore", "features", "groups", "hashtag", "help", "home",
    "i", "intent", "login", "orgs", "p", "pages", "privacy", "search", "settings", "share", "sharer", "watch",
];
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
            if *slash < seen {
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
            (start.max(token.start), start.max(token.start))
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
        (known && !is_reserved_host(host)).then_some(parts)
    }

    /// Which kind of personal data the URL is; none when it names nobody.
    fn names(&self) -> Option<Kind> {
        if self.password {
            return Some(Kind::Secret);
        }
        if self.user {
            return Some(Kind::Url);
        }
        if self.is_profile() {
            return Some(Kind::ProfileUrl);
        }
        let names_user = |pair: &str| {
            let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
            !value.is_empty() && USER_KEYS.contains(&key.to_ascii_lowercase().as_str())
        };
        self.query.split(['&', ';', '#']).any(names_user).then_some(Kind::Url)
    }

    fn is_profile(&self) -> bool {
        let mut segments = self.path.split('/').filter(|segment| !segment.is_empty());
        let Some(first) = segments.next() else { return false };
        let first = first.to_lowercase();
        let second = segments.next();
        let named = first.strip_prefix(['@', '~']).is_some_and(|name| name.contains(char::is_alphanumeric));
        let by_segment = PERSON_SEGMENTS.contains(&first.as_str())
            && second.is_some_and(|name| name.len() > 1 || name.contains(char::is_numeric));
        let host = self.host.to_ascii_lowercase();
        let host = host.strip_prefix("www.").or_else(|| host.strip_prefix("m.")).unwrap_or(&host);
        let by_host = PERSON_HOSTS.contains(&host)
            && second.is_none()
            && !NOT_PEOPLE.contains(&first.as_str())
            && first.chars().all(is_name);
        named || by_segment || by_host
    }
}

fn is_name(c: char) -> bool {
    matches!(c, '_' | '.' | '-') || c.is_alphanumeric()
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
                ],
            );
        }
    }
}
