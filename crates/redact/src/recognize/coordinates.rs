//! Places on a map: latitude and longitude as decimals with at least four places next to a word, or in degrees, minutes and seconds with
//! the quarters of the compass. Pairs of decimals without such a word are left: most are measurements.

use super::{Page, Recognizer};
use crate::finding::{Finding, Span, SpanText as _};
use crate::kind::Kind;

/// The least number of decimals; four are eleven meters.
const PLACES: usize = 4;
/// How far before and after a pair its word stands, in bytes.
const CONTEXT: usize = 40;
const WORDS: [&str; 16] = [
    "lat",
    "lon",
    "lng",
    "gps",
    "coord",
    "geo",
    "location",
    "located",
    "position",
    "map",
    "latitude",
    "standort",
    "ubicación",
    "live at",
    "home is",
    "pin",
];

/// Recognizes places on a map.
pub struct Coordinates;

impl Recognizer for Coordinates {
    fn kinds(&self) -> &'static [Kind] {
        &[Kind::Coordinates]
    }

    fn find(&self, page: &Page<'_>, findings: &mut Vec<Finding>) {
        let runs = page.digit_runs();
        for (index, run) in runs.iter().enumerate().filter(|(_, run)| run.len() <= 3) {
            let rest = runs.get(index..).unwrap_or_default();
            let span = match page.byte(run.end) {
                Some(b'.') => decimals(page, rest),
                Some(0xc2) => degrees(page, rest),
                _ => None,
            };
            findings.extend(span.map(|span| Finding::new(Kind::Coordinates, span, 0.85)));
        }
    }
}

/// A number with its sign and its decimals, of which the first two runs are the parts.
fn decimal(page: &Page<'_>, runs: &[Span]) -> Option<(Span, f64)> {
    let [whole, places, ..] = runs else { return None };
    if places.start != whole.end + 1 || places.len() < PLACES || places.len() > 15 {
        return None;
    }
    let sign = matches!(page.byte_before(whole.start), Some(b'-' | b'+'));
    let span = Span::new(whole.start - usize::from(sign), places.end);
    Some((span, span.of(page.text()).trim_start_matches('+').parse().ok()?))
}

fn decimals(page: &Page<'_>, runs: &[Span]) -> Option<Span> {
    let (first, latitude) = decimal(page, runs)?;
    let (second, longitude) = decimal(page, runs.get(2..)?)?;
    let gap = page.slice(first.end, second.start);
    let joins = |c: char| {
        c.is_whitespace()
            || matches!(c, ',' | ';' | '/' | '|' | ':' | '"' | '\'' | '°' | '=' | '_')
            || c.is_ascii_alphabetic()
    };
    let opens = page.starts_word(first.start) && !matches!(page.byte_before(first.start), Some(b'.'));
    let range = latitude.abs() <= 90.0 && longitude.abs() <= 180.0;
    if gap.is_empty()
        || gap.len() > 24
        || !gap.chars().all(joins)
        || !opens
        || !range
        || page.after(second.end) == Some('.') && page.byte(second.end + 1).is_some_and(|b| b.is_ascii_digit())
    {
        return None;
    }
    let before = page.context_before(first.start, CONTEXT);
    let after = page.context_after(second.end, CONTEXT / 2);
    let named =
        WORDS.iter().any(|word| before.contains(word) || gap.to_lowercase().contains(word) || after.contains(word));
    let compass = |text: &str| text.trim_start_matches(['°', ' ']).starts_with(['N', 'S', 'E', 'W']);
    let quarters = compass(gap) && compass(page.slice(second.end, (second.end + 4).min(page.text().len())));
    let exact = first.len() >= 8
        && second.len() >= 8
        && matches!(gap, "," | ", ")
        && latitude.abs() > 1.0
        && longitude.abs() > 1.0
        && before.ends_with('@');
    (named || quarters || exact).then(|| Span::new(first.start, second.end))
}

/// `52°31'12.0"N 13°24'18.0"E`: at most twelve more bytes after the last digits are read.
fn degrees(page: &Page<'_>, runs: &[Span]) -> Option<Span> {
    let start = runs.first()?.start;
    let reach = runs.iter().take(9).map(|run| run.end).take_while(|end| *end < start + 64).last()?;
    let end = page
        .ahead_while(reach, 4, |c| matches!(c, '"' | '\'' | '″' | '′' | '”' | '’' | ' ' | 'N' | 'S' | 'E' | 'W' | 'O'));
    let text = page.slice(start, end);
    let quarter =
        |set: [char; 3]| text.char_indices().filter(|(_, c)| set.contains(c)).map(|(at, c)| at + c.len_utf8()).next();
    let (north, east) = (quarter(['N', 'S', 'N'])?, text.rfind(['E', 'W', 'O']).map(|at| at + 1)?);
    let marks = text.matches('°').count();
    let plain = text.chars().all(|c| c.is_ascii_digit() || c.is_whitespace() || "°'\"″′”’.,NSEWO".contains(c));
    (marks == 2 && plain && north < east).then(|| Span::new(start, start + east))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::recognize::check;

    #[test]
    fn finds() {
        check(
            &Coordinates,
            Kind::Coordinates,
            &[
                "my location: {52.520008, 13.404954}.",
                "GPS {-33.8688,151.2093}",
                "lat {40.7128 lon -74.0060}",
                "at {52°31'12.0\"N 13°24'18.0\"E} now",
            ],
        );
    }

    #[test]
    fn leaves() {
        check(
            &Coordinates,
            Kind::Coordinates,
            &[
                "the vector (0.70711, 0.70711)",
                "location 52.5, 13.4",
                "GPS 152.520008, 13.404954",
                "it was 35°C and 12°C",
                "pi 3.14159, e 2.71828",
            ],
        );
    }
}
