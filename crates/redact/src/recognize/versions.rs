//! What tells four numbers with dots that are no address: versions of programs, steps, paragraphs, classes of enzymes, masks. Words before
//! them say so, or signs (`>=`), or a program's name before numbers that are as small as those of versions.

use super::Page;
use super::list::List;
use crate::finding::Span;

/// How far back the words before a number are looked for, in bytes.
const CONTEXT: usize = 48;
/// The most words that are looked at.
const MOST_WORDS: usize = 3;

/// Words among the last two before a number that say it counts versions or sections.
static NEAR: List = List::new(
    "version versions ver release releases released firmware build builds section sections chapter kernel figure fig table versión versione \
     versie versão versjon versio wersja verze verzió versiune sürüm версия версии версію バージョン 版本 버전 abschnitt kapitel sección",
);
/// Words directly before a number that say so.
static DIRECT: List = List::new(
    "step steps ec oid rev revision article art clause rule item para paragraph appendix annex exercise question theorem lemma equation eq \
     example schritt étape paso passo stap krok chapitre capítulo capitolo artikel netmask mask submask subnetmask wildcard netzmaske \
     masque máscara enzyme patch hotfix sdk jdk jre bios driver drivers plugin addon app excel word outlook powerpoint office directx windows \
     macos osx ios android chrome chromium firefox safari opera edge flash java python ruby perl php node npm openssl openssh nginx apache \
     tomcat mysql mariadb postgres postgresql redis oracle db2 weblogic websphere jboss jira confluence jenkins gitlab docker kubernetes \
     dotnet framework net silverlight acrobat photoshop autocad matlab skype teams zoom vmware esxi vcenter citrix virtualbox nvidia cuda \
     realtek installed requires require needs since v r",
);
/// Words before `from` or `to` and a number that is a version.
static MOVES: List = List::new(
    "upgrade upgraded upgrading upgrades update updated updating updates downgrade downgraded downgrading bump bumped bumps bumping \
     rollback",
);
/// Words directly before an address although they may begin with a capital.
static NETWORK: List = List::new(
    "a address addr addresse adresse adresa adres adress and are as at bei block blocked by client clients de des dirección dns endereço \
     est for from gateway host hosts in indirizzo ip ips ipv4 is ist local login machine my nameserver node of on or origin peer ping pinged \
     pinging proxy remote resolver router server servers session source src ssh target the this to traceroute unter user via von was \
     whois with",
);
/// What stands between a program and its version.
const SIGNS: [&str; 7] = ["==", ">=", "<=", "~=", "!=", "=>", "=<"];
/// What follows a version.
const ENDINGS: [&str; 15] = [
    "-alpha",
    "-beta",
    "-rc",
    "-snapshot",
    "-pre",
    "-dev",
    "-final",
    "-release",
    ".jar",
    ".zip",
    ".tar",
    ".dll",
    ".exe",
    ".deb",
    ".rpm",
];
/// Servers of names that everybody asks; as small as versions.
const RESOLVERS: [[u8; 4]; 6] = [[1, 1, 1, 1], [1, 0, 0, 1], [8, 8, 8, 8], [8, 8, 4, 4], [9, 9, 9, 9], [4, 2, 2, 2]];

/// Whether the four numbers of `span` are no address.
pub(super) fn is_version(page: &Page<'_>, span: Span, numbers: [u8; 4]) -> bool {
    let [first, second, ..] = numbers;
    // A network of the largest kind is no machine; browsers tell versions so.
    if first == 0 || first >= 240 || numbers == [1, 3, 6, 1] || matches!(numbers, [_, 0, 0, 0]) {
        return true;
    }
    let apart = page.back_while(span.start, 2, |c| c == ' ');
    if SIGNS.iter().any(|sign| page.has_before(apart, sign))
        || matches!(page.byte_before(span.start), Some(b'^' | b'~'))
    {
        return true;
    }
    if ENDINGS.iter().any(|ending| page.has_at(span.end, ending)) {
        return true;
    }
    let small = first < 100
        && first != 10
        && second < 20
        && numbers.iter().all(|number| *number < 100)
        && !RESOLVERS.contains(&numbers);
    is_named(page, span.start, small) || small && first <= 30 && is_heading(page, span)
}

/// Whether the words before the number name a version; those before a small one may be a program's name that no list holds.
fn is_named(page: &Page<'_>, start: usize, small: bool) -> bool {
    let before = page.bytes_before(start, CONTEXT);
    let mut words = [""; MOST_WORDS];
    let all = before.rsplit(|c: char| !c.is_alphanumeric()).filter(|word| word.contains(char::is_alphabetic));
    words.iter_mut().zip(all).for_each(|(to, from)| *to = from);
    let [last, second, third] = words;
    let moves = |word: &str| matches!(word, "from" | "to" | "From" | "To");
    let moved = MOVES.has(second) || MOVES.has(third) && (moves(second) || !NETWORK.has(second));
    if NEAR.has(last) || NEAR.has(second) || moves(last) && moved {
        return true;
    }
    // Between the last word and the number stands a space or a sign, nothing else.
    let gap = before.trim_end_matches([' ', '/', '#', ':', '.', '-', '(']);
    if last.is_empty() || !gap.ends_with(last) || gap.len() + 2 < before.len() {
        return false;
    }
    let spaced = before.ends_with([' ', '.']);
    let path = before.ends_with('/') && !before.ends_with("//");
    // Short words may be anything: beside them only small numbers are versions.
    if spaced && (small || last.len() > 3) && DIRECT.has(last) {
        return true;
    }
    let plain = before.len() == gap.len() + 1;
    small && plain && (spaced && last.starts_with(char::is_uppercase) || path) && !NETWORK.has(last)
}

/// Whether the number stands at the start of a line and a capitalized word follows, as in the table of contents of a book.
fn is_heading(page: &Page<'_>, span: Span) -> bool {
    let indent = page.back_while(span.start, 8, |c| matches!(c, ' ' | '#' | '\t'));
    let gap = page.ahead_while(span.end, 2, |c| matches!(c, ' ' | '.' | '\t'));
    let word = page.after(gap).filter(|c| c.is_uppercase());
    let goes_on = word.and_then(|c| page.after(gap + c.len_utf8())).is_some_and(char::is_lowercase);
    page.byte_before(indent).is_none_or(|byte| byte == b'\n') && gap > span.end && goes_on
}
