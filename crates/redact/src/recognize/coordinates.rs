//! Places on a map: latitude and longitude as decimals with at least four places next to a word (also as two fields, `"lat": 1, "lng": 2`),
//! as a point of a map's format (`POINT(13.4 52.5)`, `"coordinates": [13.4, 52.5]`, `geo:52.5,13.4`), or in degrees, minutes and seconds with
//! the quarters of the compass. Pairs of decimals without such a word are left: most are measurements.

use super::needs::Needs;
use super::{Page, Recognizer};
use crate::finding::{Finding, Span, SpanText as _};
use crate::kind::Kind;

/// The least number of decimals; four are eleven meters.
const PLACES: usize = 4;
/// How far before and after a pair its word stands, in bytes.
const CONTEXT: usize = 40;
const WORDS: [&str; 24] = [
    "lat",
    "lon",
    "lng",
    "gps",
    "coord",
    "koord",
    "geo",
    "location",
    "located",
    "position",
    "map",
    "latitude",
    "standort",
    "ubicación",
    "posizione",
    "localização",
    "live at",
    "home is",
    "pin",
    "坐标",
    "座標",
    "좌표",
    "координат",
    "निर्देशांक",
];
/// Words for half of a place, or their beginnings, and how far before it they stand, in bytes.
const HALVES: [&str; 4] = ["latitud", "longitud", "breitengrad", "längengrad"];
const CONTEXT_OF_HALF: usize = 28;
/// What ends directly before a longitude that stands before its latitude.
const POINTS: [&str; 4] = ["point(", "point (", "\"coordinates\": [", "\"coordinates\":["];
/// Words before a latitude that belong to what is found.
const KEYS: [&str; 7] = ["geo:", "latitude", "\"latitude\"", "'latitude'", "lat", "\"lat\"", "'lat'"];
/// The longest look from the first to the last digit of degrees, in bytes.
const LONGEST: usize = 80;

/// Recognizes places on a map.
pub struct Coordinates;

impl Recognizer for Coordinates {
    fn kinds(&self) -> &'static [Kind] {
        &[Kind::Coordinates]
    }

    fn find(&self, page: &Page<'_>, findings: &mut Vec<Finding>) {
        let runs = page.digit_runs();
        for (index, run) in page.runs_of(Needs::PLACE) {
            let rest = runs.get(index..).unwrap_or_default();
            let span = match page.byte(run.end) {
                Some(b'.') => decimals(page, rest).or_else(|| half(page, rest)),
                Some(0xc2) => degrees(page, rest),
                Some(b' ') if page.has_at(run.end, " deg ") => degrees(page, rest),
                _ => None,
            };
            findings.extend(span.map(|span| Finding::new(Kind::Coordinates, span, 0.85)));
        }
    }
}

/// A number with its sign and its decimals, of which the first two runs are the parts.
fn decimal(page: &Page<'_>, runs: &[Span]) -> Option<(Span, f64)> {
    let [whole, places, ..] = runs else { return None };
    // No whole part has more digits: `needs.rs` says so too.
    if whole.len() > 3 || places.start != whole.end + 1 || places.len() < PLACES || places.len() > 15 {
        return None;
    }
    let sign = matches!(page.byte_before(whole.start), Some(b'-' | b'+'));
    let span = Span::new(whole.start - usize::from(sign), places.end);
    Some((span, span.of(page.text()).trim_start_matches('+').parse().ok()?))
}

/// A latitude or a longitude alone: `your longitude is 141.753926`.
fn half(page: &Page<'_>, runs: &[Span]) -> Option<Span> {
    let (span, value) = decimal(page, runs)?;
    let before = page.context_before(span.start, CONTEXT_OF_HALF);
    let named = HALVES.iter().any(|word| before.contains(word));
    let next = page.byte(span.end) == Some(b'.') && page.byte(span.end + 1).is_some_and(|byte| byte.is_ascii_digit());
    (named && value.abs() <= 180.0 && page.starts_word(span.start) && page.ends_word(span.end) && !next).then_some(span)
}

fn decimals(page: &Page<'_>, runs: &[Span]) -> Option<Span> {
    let (first, one) = decimal(page, runs)?;
    let (second, two) = decimal(page, runs.get(2..)?)?;
    let gap = page.slice(first.end, second.start);
    let joins = |c: char| {
        c.is_whitespace()
            || matches!(c, ',' | ';' | '/' | '|' | ':' | '"' | '\'' | '°' | '=' | '_' | '&' | '[' | ']' | '>')
            || c.is_ascii_alphabetic()
    };
    let opens = page.starts_word(first.start) && !matches!(page.byte_before(first.start), Some(b'.'));
    if gap.is_empty()
        || gap.len() > 24
        || !gap.chars().all(joins)
        || !opens
        || !page.ends_word(second.end)
            && page.byte(second.end).is_some_and(|b| !matches!(b, b'N' | b'S' | b'E' | b'W' | b'O'))
        || page.after(second.end) == Some('.') && page.byte(second.end + 1).is_some_and(|b| b.is_ascii_digit())
    {
        return None;
    }
    if let Some(point) = point(page, first, second, [one, two]) {
        return Some(point);
    }
    if one.abs() > 90.0 || two.abs() > 180.0 {
        return None;
    }
    let before = page.context_before(first.start, CONTEXT);
    let after = page.context_after(second.end, CONTEXT / 2);
    let named =
        WORDS.iter().any(|word| before.contains(word) || gap.to_lowercase().contains(word) || after.contains(word));
    let compass = |text: &str| text.trim_start_matches(['°', ' ']).starts_with(['N', 'S', 'E', 'W']);
    let quarters = compass(gap) && compass(page.bytes_after(second.end, 4));
    let exact = first.len() >= 8
        && second.len() >= 8
        && matches!(gap, "," | ", ")
        && one.abs() > 1.0
        && two.abs() > 1.0
        && before.ends_with('@');
    let end = if quarters {
        page.ahead_while(second.end, 4, |c| matches!(c, '°' | ' ' | 'N' | 'S' | 'E' | 'W'))
    } else {
        second.end
    };
    let end = second.end + page.slice(second.end, end).trim_end().len();
    (named || quarters || exact).then(|| Span::new(keyed(page, first.start), end))
}

/// `POINT(13.4 52.5)`, `"coordinates": [13.4, 52.5]`: formats of maps put the longitude first.
fn point(page: &Page<'_>, first: Span, second: Span, [longitude, latitude]: [f64; 2]) -> Option<Span> {
    if !matches!(page.byte_before(first.start)?, b'(' | b'[') || longitude.abs() > 180.0 || latitude.abs() > 90.0 {
        return None;
    }
    let mark = POINTS.iter().find(|mark| page.has_before(first.start, mark))?;
    let closed = matches!(page.byte(second.end), Some(b')' | b']'));
    Some(Span::new(first.start - mark.len(), second.end + usize::from(closed)))
}

/// The start of a latitude with its key before it: `geo:`, `lat `, `"lat": `, `latitude=`, `mlat=`.
fn keyed(page: &Page<'_>, start: usize) -> usize {
    if page.has_before(start, "geo:") {
        return start - "geo:".len();
    }
    let sign = page.back_while(start, 3, |c| matches!(c, ' ' | ':' | '='));
    let key = KEYS.iter().find(|key| page.has_before(sign, key) && page.starts_word(sign - key.len()));
    key.filter(|_| sign < start).map_or(start, |key| sign - key.len())
}

/// `52°31'12.0"N 13°24'18.0"E`, `N 38° 47.698 E 148° 12.699`, `57 deg 38' 34.41" S, GPS Longitude: 159 deg 11' 5.75" E`.
fn degrees(page: &Page<'_>, runs: &[Span]) -> Option<Span> {
    let start = runs.first().filter(|first| first.len() <= 3)?.start;
    if let Some(span) = led(page, runs) {
        return Some(span);
    }
    let reach = runs.iter().take(9).map(|run| run.end).take_while(|end| *end < start + LONGEST).last()?;
    let end = page
        .ahead_while(reach, 4, |c| matches!(c, '"' | '\'' | '″' | '′' | '”' | '’' | ' ' | 'N' | 'S' | 'E' | 'W' | 'O'));
    let text = page.slice(start, end);
    // What EXIF writes between.
    let between = text.find("GPS Longitude: ").map_or(text.len(), |at| at + "GPS Longitude: ".len());
    let quarter = |text: &str, set: [char; 3]| text.find(set).map(|at| at + 1);
    let north = quarter(text, ['N', 'S', 'N'])?;
    let rest = text.get(north..)?;
    let east = north + rest.rfind(['E', 'W', 'O']).map(|at| at + 1)?;
    let marks = text.matches('°').count() + text.matches(" deg ").count();
    let plain = |text: &str| {
        text.chars().all(|c| c.is_ascii_digit() || c.is_whitespace() || "°'\"″′”’.,;/NSEWOdeg".contains(c))
    };
    let whole =
        plain(text) || plain(text.get(..between)?.trim_end_matches("GPS Longitude: ")) && plain(text.get(between..)?);
    let latitude = "GPS Latitude: ";
    let whole_start = if page.has_before(start, latitude) { start - latitude.len() } else { start };
    (marks == 2 && whole && north < east).then(|| Span::new(whole_start, start + east))
}

/// `N 38° 47.698 E 148° 12.699`: the quarters stand before their degrees.
fn led(page: &Page<'_>, runs: &[Span]) -> Option<Span> {
    let first = runs.first()?.start;
    let gap = page.back_while(first, 1, |c| c == ' ');
    let north =
        matches!(page.byte_before(gap)?, b'N' | b'S').then(|| gap - 1).filter(|start| page.starts_word(*start))?;
    let east = runs.iter().skip(1).take(4).position(|run| {
        let gap = page.back_while(run.start, 1, |c| c == ' ');
        matches!(page.byte_before(gap), Some(b'E' | b'W' | b'O'))
    })? + 1;
    let last = runs.iter().skip(east).take(5);
    let mut end = runs.get(east)?.end;
    for run in last {
        let between = page.slice(end, run.start);
        if run.start > end && (between.len() > 6 || !between.chars().all(|c| " °'′\"″.".contains(c))) {
            break;
        }
        end = run.end;
    }
    let end = page.ahead_while(end, 1, |c| matches!(c, '"' | '″' | '\'' | '′'));
    let text = page.slice(north, end);
    let plain = text.len() <= LONGEST
        && text.chars().all(|c| c.is_ascii_digit() || c.is_whitespace() || "°'\"″′”’.,;/NSEWO".contains(c));
    (plain && text.matches('°').count() == 2).then(|| Span::new(north, end))
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
                "{lat 40.7128 lon -74.0060}",
                "your longitude is coming up as {141.753926}",
                "Latitude is {-35.761333} now",
                "at {52°31'12.0\"N 13°24'18.0\"E} now",
                "https://www.openstreetmap.org/?mlat={-18.24518&mlon=46.84967}",
                "{latitude=8.390124&longitude=-161.027101}",
                "{\"lat\": 0.651105, \"lng\": 70.935659}",
                "{\"coordinates\": [135.924972, 62.527709]}",
                "in {POINT(158.779069 0.000852)}, {geo:52.5200,13.4049}",
                "at {N 38° 47.698 E 148° 12.699} or {S 40° 36.436 W 110° 33.152}!",
                "{GPS Latitude: 57 deg 38' 34.41\" S, GPS Longitude: 159 deg 11' 5.75\" E}",
                "坐标是{44.256839, 11.373515}。",
                "就是{14.67432S 51.43266W}，",
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
                "the latitude 35.2, longitude version 1.20345.1",
                "[135.924972, 62.527709]",
                "turn 90 deg 12 times, then 5 deg 3",
                "N 38° and more, E 148 V",
            ],
        );
    }
}
