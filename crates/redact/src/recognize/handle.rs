//! Handles: `@name`, and `@name@host` of the fediverse. Leaves words that code and chat write with `@`, and the reserved form that
//! surrogates take, `@example_` and eight hex digits.

use super::at_words::is_code;
use super::email::domain_end;
use super::needs::LEAST_NICKNAME;
use super::{Page, Recognizer, nicknames};
use crate::finding::{Finding, Span, SpanText as _};
use crate::kind::Kind;

/// The longest name after the `@`, in characters.
const NAME_LIMIT: usize = 39;
/// What a surrogate handle starts with; see `surrogate.rs`.
pub(crate) const RESERVED_PREFIX: &str = "@example_";

/// Recognizes handles.
pub struct Handle;

impl Recognizer for Handle {
    fn kinds(&self) -> &'static [Kind] {
        &[Kind::Handle]
    }

    fn find(&self, page: &Page<'_>, findings: &mut Vec<Finding>) {
        let mut add = |span: Span| findings.push(Finding::new(Kind::Handle, span, 0.9));
        page.ats().iter().filter_map(|at| handle(page, *at)).for_each(&mut add);
        let signs = page.colons().iter().chain(page.equals());
        signs.filter_map(|sign| nicknames::assigned(page, *sign)).for_each(&mut add);
        let words = page.words().iter().filter(|word| word.len() >= LEAST_NICKNAME);
        words.filter_map(|word| nicknames::spoken(page, *word)).for_each(&mut add);
        let lines = page.underscores().iter().map(|line| Span::new(*line, line + 1));
        lines.filter_map(|line| nicknames::told(page, line)).for_each(&mut add);
        page.slashes().iter().filter_map(|slash| nicknames::member(page, *slash)).for_each(&mut add);
    }
}

fn handle(page: &Page<'_>, at: usize) -> Option<Span> {
    let opens =
        |c: char| !super::page::is_word(c) && !matches!(c, '@' | '/' | '\\' | '.' | '+' | '-' | '=' | '%' | '&');
    let given = page.byte_before(at) == Some(b'=') && nicknames::is_given(page, at - 1);
    if !given && !page.before(at).is_none_or(opens) {
        return None;
    }
    let run_end = page.ahead_while(at + 1, NAME_LIMIT + 1, |c| matches!(c, '_' | '.' | '-') || c.is_alphanumeric());
    let name = page.slice(at + 1, run_end).trim_end_matches(['.', '-', '_']);
    let end = at + 1 + name.len();
    if !is_name(name) || is_reserved(page.slice(at, end)) || is_code(page, Span::new(at, end), name) {
        return None;
    }
    let whole = if page.byte(end) == Some(b'@') { domain_end(page, end + 1).unwrap_or(end) } else { end };
    Some(Span::new(at, whole))
}

pub(super) fn is_name(name: &str) -> bool {
    let length = name.chars().count();
    let starts_well = name.starts_with(|c: char| c == '_' || c.is_alphanumeric());
    let lower = name.to_lowercase();
    let is_hour = lower.trim_start_matches(|c: char| c.is_ascii_digit() || c == '.');
    let is_hour =
        matches!(is_hour, "am" | "pm" | "h" | "x" | "k" | "hz" | "ghz" | "mhz") && lower.len() > is_hour.len();
    (2..=NAME_LIMIT).contains(&length) && starts_well && name.contains(char::is_alphabetic) && !is_hour
}

/// Whether `handle` has the form that surrogates take.
fn is_reserved(handle: &str) -> bool {
    handle
        .strip_prefix(RESERVED_PREFIX)
        .is_some_and(|rest| rest.len() == 8 && rest.bytes().all(|b| b.is_ascii_hexdigit()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::recognize::check;

    #[test]
    fn finds() {
        check(
            &Handle,
            Kind::Handle,
            &[
                "user: {julie73} pass: 3aK0~KDnh?9c",
                "User: {victoria94}\nPassword: x1y2z3!!",
                "User ID: {diana_hurtado}\nTemporary password: O1j2x",
                "thanks {@anna_k}!",
                "({@j.doe-7}).",
                "cc {@Åsa} and {@50cent}",
                "follow {@ana@mastodon.social}",
                ".. {@aa}: hi",
                "discord: {marionbishop}, IG: {xx_david_xx} and telegram: {stacy__shi} ok",
                "add me on snapchat {david99}; my insta is {joli2005}. Steam name: {anna_k}",
                "discord {anna#1234}, add {peter.b#0042} on Discord",
                "{\"username\": \"{annakov}\", ...".replace("{\"u", "\"u").as_str(),
                "?username={annakov}&x=1\nlogin={jdoe}",
                "see u/{peter_booth} and /u/{annak}: hi",
                "Benutzername: {anna.kov}\nNom d'utilisateur : {jmartin}\nユーザー名：x 用户名: {ruairi}",
                "Skype: {live:edass}, wechat id: {annak}, LINE ID: {anna_k}",
                "my Skype ({the_real_melanie}), Insta {jade__car} and LOGIN={@oduncan}",
                "twitterHandle: '{annak}' user_name: {annak}",
            ],
        );
    }

    #[test]
    fn leaves() {
        check(
            &Handle,
            Kind::Handle,
            &[
                "user: julie73",
                "User: agnes_b\nRole: admin",
                "user: root pass: x1y2z3!!",
                "mail me at a@b.com",
                "see you @ 5 or @5pm",
                "@media (max-width: 3px)",
                "@Override void f()",
                "3 apples @1.99",
                "@example_00ff12ab said",
                "\\@startsection",
                "@everyone",
                "npm i @babel/core @types/node, @echo off",
                "@app.route(\"/\") and @if($x) @endif",
                "@Autowired private Foo foo;",
                "twitter: the new policy, username: required\nlogin: failed, user: admin",
                "username: String, discord: https://discord.gg/x1, github: anna/repo1",
                "username = request.form['u'] username=get_user() User(username=username)",
                "issue#1234, PR#1234 and C#1234, r/rust2 w/u/x and u/or",
                "steam engine b12 and Instagram v12.1; facebook 4k, Twitter 2fa",
                "instagram: anna.com, twitter: annak@firma.de, skype: +4915112345",
                "USERNAME=DB_USER username: [HANDLE_1] username: $USER1",
            ],
        );
    }
}
