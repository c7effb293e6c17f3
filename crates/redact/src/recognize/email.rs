//! Mail addresses: a local part, `@` and a domain with a top-level domain of letters, in any script. Leaves the reserved domains of RFC
//! 2606 alone; they name nobody.

use super::{Page, Recognizer};
use crate::finding::{Finding, Span, SpanText as _};
use crate::kind::Kind;

/// The longest local part, in characters (RFC 5321).
const LOCAL_LIMIT: usize = 64;
/// The longest domain, in characters (RFC 5321).
const DOMAIN_LIMIT: usize = 255;
/// The most words that are cut off the end of a domain.
const CUT_LIMIT: usize = 12;

/// Recognizes mail addresses.
pub struct Email;

impl Recognizer for Email {
    fn kinds(&self) -> &'static [Kind] {
        &[Kind::Email]
    }

    fn find(&self, page: &Page<'_>, findings: &mut Vec<Finding>) {
        findings.extend(
            page.ats().iter().filter_map(|at| address(page, *at)).map(|span| Finding::new(Kind::Email, span, 0.95)),
        );
    }
}

fn address(page: &Page<'_>, at: usize) -> Option<Span> {
    let end = domain_end(page, at + 1)?;
    let domain = page.slice(at + 1, end);
    let start = page.back_while(at, LOCAL_LIMIT, is_local);
    let mut local = page.slice(start, at);
    if domain.is_ascii() {
        local = changes_of_script(local, |before, after| !is_latin(before) && is_latin(after))
            .last()
            .and_then(|change| local.get(change..))
            .unwrap_or(local);
    }
    let local = local.trim_start_matches(['.', '-', '%', '+', '\'']);
    if local.is_empty() || local.ends_with('.') || is_service(local) || is_reserved_host(domain) {
        return None;
    }
    Some(Span::new(at - local.len(), end))
}

/// Where letters of one script follow those of another: texts in scripts without spaces stand directly beside an address.
fn changes_of_script(text: &str, is_change: impl Fn(char, char) -> bool) -> impl Iterator<Item = usize> {
    let next = text.char_indices().skip(1);
    text.chars().zip(next).filter(move |(before, (_, after))| is_change(*before, *after)).map(|(_, (at, _))| at)
}

/// Whether a letter is one of a European language in Latin script, or no letter.
fn is_latin(c: char) -> bool {
    matches!(c, ..'\u{250}' | '\u{1e00}'..='\u{1eff}')
}

/// Whether a name before `@` is the one by which everybody reaches a store of code: `git@github.com:owner/name`.
pub(super) fn is_service(local: &str) -> bool {
    matches!(local, "git" | "hg" | "svn")
}

/// The end of the domain that starts at `start`, when there is a whole one. Words that follow a forgotten space ("firma.de.I think") are
/// cut off when they cannot end a domain, and so is text in another script ("firma.de或").
pub(super) fn domain_end(page: &Page<'_>, start: usize) -> Option<usize> {
    let end = page.ahead_while(start, DOMAIN_LIMIT, |c| c == '-' || c == '.' || c.is_alphanumeric());
    let whole = page.slice(start, end).split("..").next()?.trim_end_matches(['.', '-']);
    let text_follows = |before: char, after: char| before.is_ascii_alphanumeric() && !is_latin(after);
    let change = changes_of_script(whole, text_follows).next();
    let in_latin = change.and_then(|change| whole.get(..change)).and_then(cut_to_host);
    let host = in_latin.or_else(|| cut_to_host(whole))?;
    Some(start + host.len())
}

/// The host at the beginning of a domain, without words that cannot end one.
fn cut_to_host(domain: &str) -> Option<&str> {
    let mut tries = std::iter::successors(Some(domain), |domain| Some(domain.rsplit_once('.')?.0)).take(CUT_LIMIT);
    tries.find(|domain| is_host(domain))
}

/// Whether `host` has at least two labels and ends in a top-level domain.
pub(super) fn is_host(host: &str) -> bool {
    let Some((labels, top)) = host.rsplit_once('.') else { return false };
    let letters = top.chars().all(char::is_alphabetic) && top.chars().nth(1).is_some();
    let labels_are_whole = labels.split('.').all(|label| !label.is_empty() && !label.starts_with('-'));
    labels_are_whole && (letters || top.to_ascii_lowercase().starts_with("xn--"))
}

/// Whether the host is one that is kept for examples and tests.
pub(crate) fn is_reserved_host(host: &str) -> bool {
    let host = host.to_ascii_lowercase();
    let domains = ["example.com", "example.org", "example.net", "example", "invalid", "test", "localhost"];
    domains.iter().any(|domain| host.strip_suffix(domain).is_some_and(|rest| rest.is_empty() || rest.ends_with('.')))
}

fn is_local(c: char) -> bool {
    matches!(c, '.' | '_' | '%' | '+' | '-' | '\'') || c.is_alphanumeric()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::recognize::check;

    #[test]
    fn finds() {
        check(
            &Email,
            Kind::Email,
            &[
                "mail {anna.kov+jobs@firma.de}.",
                "({a_b@x.co.uk}), <{Q@Q.IO}>",
                "an {jürgen@müller.example-werk.de} bitte",
                "«{first.last@пример.рф}»",
                "quote '{o'neil@mail.ie}' here",
                "{x@sub.xn--p1ai}",
                "at {x@firma.de}.I think",
                "two: {a@b.com}, {c@d.com}; done",
                "可通过邮箱{zhongwt1987@163.com}或手机13857124680联系",
                "邮箱 {x.li@163.com}或手机13857124680联系",
                "手机13857124680或{li@qq.com}均可",
                "메일은 {kim@naver.com}입니다",
                "メールは{taro@docomo.ne.jp}まで",
                "อีเมล{somchai@gmail.com}หรือ",
                "{山田@例え.jp}まで、{用户1987@例子.公司}",
                "nguyễn {trân@việt.vn} nhé",
            ],
        );
    }

    #[test]
    fn leaves() {
        check(
            &Email,
            Kind::Email,
            &[
                "meet @ noon",
                "user@localhost",
                "write to someone@example.com or x@mail.example.org",
                "a@b",
                "price 5@1.50",
                "@handle.name",
                ".@b.com",
                "[EMAIL_1] [EMAIL_2]@",
                "me@host..com",
                "git@github.com:rust-lang/rust.git",
                "npm i left-pad@1.3.0 react@18.2.0-rc.1",
            ],
        );
    }
}
