//! Mail addresses in words: `anna (at) firma.de`, `anna at firma dot de`, `anna[at]firma[dot]de`. An `at` without brackets counts only when
//! a spelled dot and a common top-level domain follow, because prose is full of it.

use super::email::{is_host, is_reserved_host, is_service};
use super::list::List;
use super::literals::Literal;
use super::{Page, Recognizer};
use crate::finding::{Finding, Span};
use crate::kind::Kind;

/// The longest name, in characters.
const LOCAL_LIMIT: usize = 64;
/// The longest label of a host, in characters.
const LABEL_LIMIT: usize = 63;
/// The most labels of a host.
const MOST_LABELS: usize = 6;

const DOTS: [&str; 33] = [
    " dot ",
    " DOT ",
    " Dot ",
    " (dot) ",
    "(dot)",
    " [dot] ",
    "[dot]",
    " {dot} ",
    "{dot}",
    " (DOT) ",
    "(DOT)",
    " [DOT] ",
    "[DOT]",
    " punkt ",
    " Punkt ",
    "(punkt)",
    " . ",
    ".",
    " -dot- ",
    "_dot_",
    "[.]",
    "(.)",
    " [.] ",
    " punto ",
    "(punto)",
    " point ",
    " ponto ",
    " kropka ",
    " tečka ",
    "(Dot)",
    "[Dot]",
    " (punto) ",
    " piste ",
];
/// Words for `@` between words for dots.
const ATS: [&str; 6] = [" at ", " AT ", " At ", " ät ", " -at- ", " _at_ "];
/// The longest of them, in bytes.
const AT_LIMIT: usize = 6;
/// Top-level domains that a spelled address without brackets may end in.
const TOPS: [&str; 40] = [
    "com", "org", "net", "edu", "gov", "io", "co", "uk", "de", "fr", "es", "it", "nl", "be", "ch", "at", "eu", "us",
    "ca", "au", "nz", "in", "jp", "cn", "br", "mx", "pl", "cz", "se", "no", "dk", "fi", "pt", "ie", "info", "me",
    "dev", "app", "biz", "ru",
];

/// Hosts that give addresses to people.
static PROVIDERS: List = List::new(
    "gmail.com googlemail.com yahoo.com yahoo.de yahoo.fr yahoo.co.uk yahoo.co.jp hotmail.com hotmail.fr hotmail.de hotmail.co.uk outlook.com \
     outlook.de live.com msn.com icloud.com me.com mac.com aol.com gmx.de gmx.net gmx.at gmx.ch web.de t-online.de freenet.de proton.me \
     protonmail.com mail.com mail.ru yandex.ru orange.fr free.fr laposte.net wanadoo.fr libero.it uol.com.br terra.com.br qq.com 163.com \
     126.com naver.com zoho.com fastmail.com posteo.de tutanota.com wp.pl o2.pl onet.pl seznam.cz rediffmail.com comcast.net verizon.net",
);

/// Recognizes mail addresses in words.
pub struct Spelled;

impl Recognizer for Spelled {
    fn kinds(&self) -> &'static [Kind] {
        &[Kind::Email]
    }

    fn find(&self, page: &Page<'_>, findings: &mut Vec<Finding>) {
        for (literal, span) in page.literals() {
            let found = match literal {
                Literal::At => around(page, *span, true),
                Literal::Dot => plain_at(page, *span).and_then(|at| around(page, at, false)),
                Literal::Armor
                | Literal::BankWord
                | Literal::Password
                | Literal::Token
                | Literal::Corner
                | Literal::Values
                | Literal::Years
                | Literal::Tens
                | Literal::Numberless => None,
            };
            findings.extend(found.map(|span| Finding::new(Kind::Email, span, 0.85)));
        }
        let lines = page.underscores().iter().filter(|line| page.has_at(**line, "_at_"));
        let lines = lines.filter_map(|line| around(page, Span { start: *line, end: line + 4 }, false));
        let escapes =
            page.words().iter().filter_map(|word| escaped_at(page, *word)).filter_map(|at| around(page, at, true));
        let labels =
            page.colons().iter().filter_map(|colon| labeled_at(page, *colon)).filter_map(|at| around(page, at, true));
        let signs = page.ats().iter().filter_map(|at| loose(page, *at));
        findings
            .extend(lines.chain(escapes).chain(labels).chain(signs).map(|span| Finding::new(Kind::Email, span, 0.85)));
    }
}

/// The ` at ` before the label that stands before a spelled dot.
fn plain_at(page: &Page<'_>, dot: Span) -> Option<Span> {
    let end = dot.start - usize::from(page.byte_before(dot.start) == Some(b' '));
    let label = page.back_while(end, LABEL_LIMIT, is_label);
    let before = page.bytes_before(label, AT_LIMIT);
    let at = ATS.iter().find(|at| label < end && before.ends_with(**at))?;
    Some(Span { start: label - at.len(), end: label })
}

/// An `@` as code writes it, at the beginning of a word: `%40`, `&#64;`, `&#x40;`, `\\u0040`.
#[inline]
fn escaped_at(page: &Page<'_>, word: Span) -> Option<Span> {
    let forms: &[(&str, &str)] = match page.byte_before(word.start)? {
        b'%' => &[("%", "40")],
        b'#' => &[("&#", "64;"), ("&#", "064;"), ("&#", "x40;")],
        b'\\' => &[("\\", "u0040"), ("\\", "x40")],
        _ => return None,
    };
    let fits = |(head, tail): &&(&str, &str)| page.has_before(word.start, head) && page.has_at(word.start, tail);
    let (head, tail) = forms.iter().find(fits)?;
    Some(Span { start: word.start - head.len(), end: word.start + tail.len() })
}

/// The ` at ` of `e-mail: anna at firma.de`, whose colon stands at `colon`.
fn labeled_at(page: &Page<'_>, colon: usize) -> Option<Span> {
    if !page.has_before(colon, "mail") {
        return None;
    }
    let start = page.ahead_while(colon + 1, 2, |c| c == ' ');
    let end = page.ahead_while(start, LOCAL_LIMIT, is_local);
    let at = ATS.iter().find(|at| end > start && page.has_at(end, at))?;
    Some(Span { start: end, end: end + at.len() })
}

/// The address around an `@` in brackets, with spaces beside it, or before a spelled dot.
fn loose(page: &Page<'_>, at: usize) -> Option<Span> {
    let pair = (page.byte_before(at)?, page.byte(at + 1)?);
    let sign = Span { start: at, end: at + 1 };
    match pair {
        (b'[', b']') | (b'(', b')') | (b'{', b'}') => around(page, Span { start: at - 1, end: at + 2 }, true),
        (b' ', _) | (_, b' ') => around(page, sign, true).filter(|span| is_certain(page, *span, at)),
        (_, byte) if byte.is_ascii_alphanumeric() => {
            let label = page.ahead_while(at + 1, LABEL_LIMIT, is_label);
            matches!(page.byte(label), Some(b' ' | b'[' | b'(' | b'{')).then(|| around(page, sign, true)).flatten()
        }
        _ => None,
    }
}

/// Whether an address with spaces beside its `@` is one: prose says `dinner @ place.com`, so its name must be unlike a word, or its host
/// one that gives addresses to people, or a label must stand before.
fn is_certain(page: &Page<'_>, span: Span, at: usize) -> bool {
    let local = page.slice(span.start, at).trim_end();
    let host = page.slice(at + 1, span.end).trim_start();
    let unlike = local.contains(|c: char| c.is_ascii_digit() || matches!(c, '.' | '_' | '+' | '-'));
    let label = page.bytes_before(span.start, 12).trim_end_matches([' ', ':']);
    let top = host.rsplit('.').next().unwrap_or_default().trim();
    let known = !host.contains(' ') || TOPS.contains(&top);
    local.contains(char::is_alphabetic) && unlike && known
        || PROVIDERS.has(&host.replace(' ', ""))
        || label.get(label.len().saturating_sub(4)..).is_some_and(|end| end.eq_ignore_ascii_case("mail"))
}

/// The address around an `at`; in brackets also with plain dots.
fn around(page: &Page<'_>, at: Span, bracketed: bool) -> Option<Span> {
    let local_end = at.start - usize::from(bracketed && page.byte_before(at.start) == Some(b' '));
    let local_start = page.back_while(local_end, LOCAL_LIMIT, is_local);
    let mut end = at.end + usize::from(bracketed && page.byte(at.end) == Some(b' '));
    let mut host = String::new();
    let mut spelled = false;
    for _ in 0..MOST_LABELS {
        let label_end = page.ahead_while(end, LABEL_LIMIT, is_label);
        if label_end == end {
            break;
        }
        host.push_str(page.slice(end, label_end));
        end = label_end;
        let rest = page.slice(end, page.ahead_while(end, 7, |_| true));
        let Some(dot) = DOTS.iter().find(|dot| rest.starts_with(**dot)) else { break };
        let next = page.after(end + dot.len()).is_some_and(is_label);
        if !next || (*dot == "." || *dot == " . ") && !bracketed {
            break;
        }
        spelled |= dot.len() > 1;
        host.push('.');
        end += dot.len();
    }
    let top = host.rsplit('.').next().unwrap_or_default().to_lowercase();
    let known = bracketed || spelled && TOPS.contains(&top.as_str());
    let local = page.slice(local_start, local_end);
    let named = local.contains(char::is_alphanumeric) && !is_service(local);
    let whole = known && named && is_host(&host) && !is_reserved_host(&host);
    whole.then_some(Span { start: local_start, end })
}

fn is_local(c: char) -> bool {
    matches!(c, '.' | '_' | '%' | '+' | '-') || c.is_alphanumeric()
}

fn is_label(c: char) -> bool {
    c == '-' || c.is_alphanumeric()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::recognize::check;

    #[test]
    fn finds() {
        check(
            &Spelled,
            Kind::Email,
            &[
                "mail {anna (at) firma.de}, please",
                "write to {anna.kov at firma dot de}",
                "({a_b[at]mail[dot]firma[dot]co[dot]uk})",
                "{jo {at} host {dot} io}".replace("{at}", "(at)").replace("{dot}", "(dot)").as_str(),
                "{ann AT gmail DOT com}",
                "{oprea.eva -at- icloud -dot- com}, {a_b_at_firma_dot_com}",
                "{anna%40firma.de} {anna&#64;163.com} {anna\\u0040firma.de}",
                "{soraya[ät]outlook.com}, {a.b [arobase] icloud.com} {o(arroba)daum.net}",
                "{anna[@]firma.de}, {anna.kov @ firma.de}; {ann @ gmail . com}",
                "{aurora@centrum dot cz}, {anna@firma[.]de}",
                "E-mail: {anna at firma.de}",
            ],
        );
    }

    #[test]
    fn leaves() {
        check(
            &Spelled,
            Kind::Email,
            &[
                "look at the dot product",
                "meet at noon",
                "anna at firma",
                "someone (at) example.com",
                "we looked at it dot by dot",
                "(at) home",
                "meet @ joes.com, 5 @ 1.50 or me @ home",
                "at 100%40 off, git@host dot com",
                "look at github.com: snake_at_work",
            ],
        );
    }
}
