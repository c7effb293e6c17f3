//! Mail addresses in words: `anna (at) firma.de`, `anna at firma dot de`, `anna[at]firma[dot]de`. An `at` without brackets counts only when
//! a spelled dot and a common top-level domain follow, because prose is full of it.

use super::email::{is_host, is_reserved_host};
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

const DOTS: [&str; 18] = [
    " dot ", " DOT ", " Dot ", " (dot) ", "(dot)", " [dot] ", "[dot]", " {dot} ", "{dot}", " (DOT) ", "(DOT)",
    " [DOT] ", "[DOT]", " punkt ", " Punkt ", "(punkt)", " . ", ".",
];
const ATS: [&str; 4] = [" at ", " AT ", " At ", " ät "];
/// Top-level domains that a spelled address without brackets may end in.
const TOPS: [&str; 40] = [
    "com", "org", "net", "edu", "gov", "io", "co", "uk", "de", "fr", "es", "it", "nl", "be", "ch", "at", "eu", "us",
    "ca", "au", "nz", "in", "jp", "cn", "br", "mx", "pl", "cz", "se", "no", "dk", "fi", "pt", "ie", "info", "me",
    "dev", "app", "biz", "ru",
];

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
                Literal::Armor | Literal::BankWord | Literal::Password | Literal::Corner | Literal::Values => None,
            };
            findings.extend(found.map(|span| Finding::new(Kind::Email, span, 0.85)));
        }
    }
}

/// The ` at ` before the label that stands before a spelled dot.
fn plain_at(page: &Page<'_>, dot: Span) -> Option<Span> {
    let label = page.back_while(dot.start, LABEL_LIMIT, is_label);
    let at = page.slice(label.checked_sub(4)?, label);
    (label < dot.start && ATS.contains(&at)).then(|| Span { start: label - 4, end: label })
}

/// The address around an `at`; in brackets also with plain dots.
fn around(page: &Page<'_>, at: Span, bracketed: bool) -> Option<Span> {
    let local_end = at.start - usize::from(bracketed && page.byte_before(at.start) == Some(b' '));
    let local_start =
        page.back_while(local_end, LOCAL_LIMIT, |c| matches!(c, '.' | '_' | '%' | '+' | '-') || c.is_alphanumeric());
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
    let whole = known && is_host(&host) && !is_reserved_host(&host) && local_start < local_end;
    whole.then_some(Span { start: local_start, end })
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
            ],
        );
    }
}
