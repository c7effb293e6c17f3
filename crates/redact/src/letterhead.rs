//! What stands on lines of its own around names and addresses: the addressee above a street, what a person does below their name on a card
//! or at the head of a letter, and the city after a street. Reported below [`SURE`](crate::SURE) and left in texts, as places and
//! organizations are. Looks a few short lines up or down from what was found, never further.

use crate::finding::{Finding, Span, SpanText as _};
use crate::kind::Kind;
use crate::recognize::{NOT_PLACES, SMALL_WORDS, UNITS};

/// The score of all of them.
const SCORE: f32 = 0.35;
/// The longest line that is looked at, in bytes.
const LONGEST_LINE: usize = 72;
/// The most words of such a line.
const MOST_WORDS: usize = 6;
/// The most lines of an addressee.
const MOST_LINES: usize = 4;
/// How far below a name a way to reach the person stands, in bytes.
const CARD: usize = 240;
/// What may stand before the lines of a letter: a quotation's mark, a bullet, an icon such as 📞, or the question marks that a wrong
/// encoding has left of it.
fn is_margin(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\r' | '>' | '|' | '*' | '#' | '?') || !c.is_ascii() && !c.is_alphanumeric()
}

/// Appends what stands around `findings`.
pub(crate) fn find(text: &str, findings: &mut Vec<Finding>) {
    let of = |kind: Kind| findings.iter().filter(move |finding| finding.kind == kind).map(|finding| finding.span);
    let people: Vec<Span> = of(Kind::Person).collect();
    let mut more = Vec::new();
    for street in of(Kind::StreetAddress) {
        addressee(text, street, &people, &mut more);
        more.extend(city(text, street).map(|span| (Kind::Location, span)));
    }
    for finding in findings.iter() {
        let job = match finding.kind {
            Kind::Organization => as_what(text, finding.span),
            Kind::Person => epithet(text, finding.span),
            _ => None,
        };
        more.extend(job.map(|span| (Kind::Title, span)));
    }
    let reached = [Kind::Email, Kind::Phone, Kind::Url, Kind::ProfileUrl, Kind::StreetAddress];
    if findings.iter().any(|finding| reached.contains(&finding.kind)) {
        for person in &people {
            let job = occupation(text, *person);
            let near = |finding: &Finding, job: Span| {
                reached.contains(&finding.kind) && (job.end..job.end.saturating_add(CARD)).contains(&finding.span.start)
            };
            more.extend(job.filter(|job| findings.iter().any(|f| near(f, *job))).map(|span| (Kind::Title, span)));
        }
    }
    let overlaps = |span: Span| findings.iter().any(|f| f.span.start < span.end && span.start < f.span.end);
    more.retain(|(kind, span)| *kind != Kind::Title || !overlaps(*span));
    findings.extend(more.into_iter().map(|(kind, span)| Finding::new(kind, span, SCORE)));
}

/// The line that ends at `end`, without its margins; none when it is too long.
fn line_to(text: &str, end: usize) -> Option<Span> {
    let start = text.get(..end)?.char_indices().rev().take(LONGEST_LINE).find(|(_, c)| *c == '\n');
    let start = match start {
        Some((at, _)) => at + 1,
        None => (end <= LONGEST_LINE).then_some(0)?,
    };
    Some(trimmed(text, Span::new(start, end)))
}

/// The line that begins at `start`, without its margins; none when it is too long.
fn line_from(text: &str, start: usize) -> Option<Span> {
    let rest = text.get(start..)?;
    let mut short = rest.char_indices().take(LONGEST_LINE + 1);
    let end = short.find(|(_, c)| *c == '\n').map(|(at, _)| at);
    let end = end.or_else(|| (rest.len() <= LONGEST_LINE).then_some(rest.len()))?;
    Some(trimmed(text, Span::new(start, start + end)))
}

fn trimmed(text: &str, line: Span) -> Span {
    let head = line.of(text).trim_start_matches(is_margin);
    let start = line.end - head.len();
    Span::new(start, start + head.trim_end().len())
}

/// Whether a line is a name or a title and no sentence.
fn is_plain(line: &str) -> bool {
    let words = line.split_whitespace().count();
    let signs = |c: char| matches!(c, ':' | ';' | '!' | '?' | '@' | '/' | '[' | ']' | '=' | '"' | '<');
    (1..=MOST_WORDS).contains(&words)
        && !line.contains(signs)
        && line.starts_with(|c: char| c.is_alphanumeric())
        && line.contains(char::is_alphabetic)
        && (!line.ends_with('.') || ["Inc.", "Ltd.", "Co.", "Corp."].iter().any(|form| line.ends_with(form)))
}

/// Whether every word begins with a capital or a digit, but for small ones.
fn is_proper(line: &str) -> bool {
    let proper = |word: &str| {
        word.starts_with(|c: char| c.is_uppercase() || c.is_ascii_digit() || c == '&')
            || matches!(word, "and" | "of" | "the" | "und" | "de" | "van" | "von")
    };
    line.starts_with(|c: char| c.is_uppercase() || c.is_ascii_digit()) && line.split_whitespace().all(proper)
}

/// The lines above a street that begins a line: a person, and what stands between; or one name at the head of the letter.
fn addressee(text: &str, street: Span, people: &[Span], found: &mut Vec<(Kind, Span)>) {
    let mut lines = Vec::new();
    let mut at = street.start;
    while lines.len() < MOST_LINES {
        let Some(this) = line_to(text, at) else { return };
        let margin = text.get(..at).unwrap_or_default().trim_end_matches(|c: char| c != '\n' && is_margin(c));
        if lines.is_empty() && this.len() > 0 || margin.is_empty() {
            break;
        }
        let Some(above) = margin.strip_suffix('\n') else { break };
        // One line may be empty.
        let blank = above.trim_end_matches(is_margin);
        let end = if blank.ends_with('\n') { blank.len() - 1 } else { above.len() };
        let Some(line) = line_to(text, end).filter(|line| is_plain(line.of(text))) else { break };
        lines.push(line);
        at = line.start;
    }
    let names = |line: &Span| people.iter().any(|p| p.start <= line.start && line.end <= p.end + line.len() / 2);
    let count = match lines.iter().rposition(names) {
        Some(person) => person,
        None if lines.len() == 1 || lines.iter().all(|line| is_proper(line.of(text))) => lines.len(),
        None => 0,
    };
    for line in lines.iter().take(count).filter(|line| !names(line)) {
        if is_proper(line.of(text)) {
            found.push((Kind::Organization, *line));
        } else if count < lines.len() {
            found.push((Kind::Title, *line));
        }
    }
}

/// The city after a street: `12 Main Street, Springfield.`
fn city(text: &str, street: Span) -> Option<Span> {
    let rest = text.get(street.end..)?;
    let rest = rest.strip_prefix('.').unwrap_or(rest);
    let gap = [", ", " in "].into_iter().find(|gap| rest.starts_with(gap));
    let gap = gap.or_else(|| (rest.starts_with(' ') && ends_with_unit(street.of(text))).then_some(" "))?;
    let start = text.len() - rest.len() + gap.len();
    let mut end = None;
    let mut at = start;
    for word in text.get(start..)?.split(' ').take(MOST_WORDS) {
        let plain = word.split(['\n', ',', '.', '?', '!', ';', ':', ')']).next().unwrap_or_default();
        if plain.starts_with(char::is_uppercase) && !NOT_PLACES.has(plain) && plain.len() <= LONGEST_LINE {
            end = Some(at + plain.len());
        } else if end.is_none() || !SMALL_WORDS.has(plain) {
            break;
        }
        if plain.len() < word.len() {
            break;
        }
        at += word.len() + 1;
    }
    end.map(|end| Span::new(start, end))
}

/// Whether the last word is the number of a unit: `12 Main Street Apt. 4`.
fn ends_with_unit(street: &str) -> bool {
    let mut words = street.rsplit(' ');
    words.next().is_some_and(|number| number.starts_with(|c: char| c.is_ascii_digit()))
        && words.next().is_some_and(|word| UNITS.has(word.trim_end_matches('.')))
}

/// What somebody works as: `worked for Usaa Group as a machine operator, but`.
fn as_what(text: &str, organization: Span) -> Option<Span> {
    let before = text.get(..organization.start)?;
    let rest = text.get(organization.end..)?.strip_prefix(" as ")?;
    if ![" for ", " at ", " with "].iter().any(|word| before.ends_with(word)) {
        return None;
    }
    let rest = ["a ", "an ", "the "].iter().find_map(|article| rest.strip_prefix(article)).unwrap_or(rest);
    let title = rest.split([',', '.', ';', '\n', '?', '!', '(']).next().unwrap_or_default();
    let end =
        [" and ", " but ", " for ", " in ", " since ", " until "].iter().filter_map(|word| title.find(word)).min();
    let title = title.get(..end.unwrap_or(title.len())).unwrap_or_default().trim_end();
    let start = text.len() - rest.len();
    (is_plain(title) && title.len() <= LONGEST_LINE).then(|| Span::new(start, start + title.len()))
}

/// What stands behind a name: `Marie Langrová, the Packager.`
fn epithet(text: &str, person: Span) -> Option<Span> {
    let rest = text.get(person.end..)?.strip_prefix(", the ")?;
    let title = rest.split([',', '.', ';', '\n', '?', '!', ':', '(']).next().unwrap_or_default();
    let start = text.len() - rest.len();
    let plain = is_plain(title) && title.starts_with(char::is_uppercase) && title.split(' ').count() <= 3;
    plain.then(|| Span::new(start, start + title.len()))
}

/// The line below a person who has a line of their own: `Anna Kovač\nAirport tower controller`.
fn occupation(text: &str, person: Span) -> Option<Span> {
    let before = text.get(..person.start)?.chars().rev().find(|c| *c == '\n' || !is_margin(*c));
    let rest = text.get(person.end..)?;
    let below = rest.strip_prefix('\n')?;
    if before.is_some_and(|c| c != '\n') {
        return None;
    }
    let start = text.len() - below.trim_start_matches('\n').len();
    let line = line_from(text, start).filter(|_| start <= person.end + 2)?;
    let words = line.of(text);
    let title = is_plain(words) && words.split_whitespace().count() > 1 && !is_proper(words);
    let one = is_plain(words) && !words.contains(' ') && start > person.end + 1;
    let digits = words.contains(|c: char| c.is_ascii_digit());
    ((title || one) && !digits).then_some(line)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is found around spans that `marked` has in braces: `{p` people, `{s` streets, `{m` mail addresses.
    fn around(marked: &str) -> Vec<(Kind, String)> {
        let (mut text, mut findings, mut start) = (String::new(), Vec::new(), 0);
        let mut kind = Kind::Person;
        let mut characters = marked.chars();
        while let Some(c) = characters.next() {
            match c {
                '{' => {
                    kind = match characters.next() {
                        Some('p') => Kind::Person,
                        Some('s') => Kind::StreetAddress,
                        _ => Kind::Email,
                    };
                    start = text.len();
                }
                '}' => findings.push(Finding::new(kind, Span::new(start, text.len()), 0.9)),
                c => text.push(c),
            }
        }
        let known = findings.len();
        find(&text, &mut findings);
        findings.iter().skip(known).map(|finding| (finding.kind, finding.span.of(&text).to_owned())).collect()
    }

    #[test]
    fn addressees_jobs_and_cities_are_found() {
        let cases: [(&str, &[(Kind, &str)]); 9] = [
            (
                "Ana Kov\nFirma Nord\n{sHauptstr. 3}",
                &[(Kind::Organization, "Firma Nord"), (Kind::Organization, "Ana Kov")],
            ),
            ("at {s12 Main St Apt. 4} Novi Sad", &[(Kind::Location, "Novi Sad")]),
            ("{pAnna Kov}, the Packager, left", &[(Kind::Title, "Packager")]),
            ("{pAnna Kov}\nFirma Nord\n{sHauptstr. 3}", &[(Kind::Organization, "Firma Nord")]),
            ("> {pAnna Kov}\n> Firma Nord\n> {sHauptstr. 3}", &[(Kind::Organization, "Firma Nord")]),
            ("👤 {pAnna Kov}\n🏢 Firma Nord\n📍 {sHauptstr. 3}", &[(Kind::Organization, "Firma Nord")]),
            ("Firma Nord\n\n{sHauptstr. 3}", &[(Kind::Organization, "Firma Nord")]),
            ("{pAnna Kov}\nAirport tower controller\n\nwrite {ma@b.de}", &[(Kind::Title, "Airport tower controller")]),
            ("at {s12 Main Street}, Novi Sad. Then", &[(Kind::Location, "Novi Sad")]),
        ];
        for (text, expected) in cases {
            let expected: Vec<_> = expected.iter().map(|(kind, text)| (*kind, (*text).to_owned())).collect();
            assert_eq!(around(text), expected, "in `{text}`");
        }
    }

    #[test]
    fn what_somebody_works_as_is_found() {
        let cases = [
            ("I worked for Firma Nord as a machine operator, but", Some("machine operator")),
            ("I work at Firma Nord as Singer.", Some("Singer")),
            ("we see Firma Nord as a threat.", None),
            ("worked for Firma Nord until May", None),
        ];
        for (text, title) in cases {
            let start = text.find("Firma").unwrap();
            let found = as_what(text, Span::new(start, start + "Firma Nord".len()));
            assert_eq!(found.map(|span| span.of(text)), title, "in `{text}`");
        }
    }

    #[test]
    fn sentences_are_left() {
        for text in [
            "We went there.\n{sHauptstr. 3}",
            "my house is\n\nat {sHauptstr. 3}",
            "{pAnna Kov}\nsays that this is so.\nwrite {ma@b.de}",
            "{pAnna Kov} and\nher other mail {ma@b.de}",
            "at {s12 Main Street}, Please come, or",
            "{pAnna}, the one who left",
            "Every Day\nwe go home\n{sHauptstr. 3}",
            "",
        ] {
            assert_eq!(around(text), [], "in `{text}`");
        }
    }
}
