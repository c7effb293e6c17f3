//! Dates as exports write them. A date without a zone is UTC; a date that could be two dates is none.

use jiff::{
    Timestamp,
    civil::{Date, DateTime},
    tz::TimeZone,
};

/// The instant behind `2018-03-12T17:00:45.567`, `2024-01-15 10:20:30`, `2024-01-15 10:20`, the same with ` UTC`, `Z` or
/// an offset, or a plain day (its first moment). `None` for anything else.
#[must_use]
pub fn timestamp(text: &str) -> Option<Timestamp> {
    let text = text.trim();
    if text.len() > 64 {
        return None;
    }
    if let Ok(at) = text.parse::<Timestamp>() {
        return Some(at);
    }
    let text = text.strip_suffix(" UTC").unwrap_or(text);
    let civil = text
        .parse::<DateTime>()
        .or_else(|_| DateTime::strptime("%Y-%m-%d %H:%M", text))
        .or_else(|_| text.parse::<Date>().map(|day| day.at(0, 0, 0, 0)))
        .ok()?;
    civil.to_zoned(TimeZone::UTC).ok().map(|zoned| zoned.timestamp())
}

/// A birth date such as `1990-01-31`, `Jan 31, 1990` or `31 Jan 1990`. Without a year, or with the month in doubt
/// (`01/02/1990`), there is none.
#[must_use]
pub fn birth_date(text: &str) -> Option<Date> {
    let text = text.trim();
    if text.len() > 40 {
        return None;
    }
    let forms = ["%Y-%m-%d", "%b %d, %Y", "%B %d, %Y", "%d %b %Y", "%d %B %Y"];
    let date = forms.iter().find_map(|form| Date::strptime(form, text).ok())?;
    (1880..=2100).contains(&date.year()).then_some(date)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_without_a_zone_are_utc() {
        let cases = [
            ("2018-03-12T17:00:45.567", Some("2018-03-12T17:00:45.567Z")),
            ("2024-01-15 10:20:30", Some("2024-01-15T10:20:30Z")),
            ("2024-01-15 10:20:30 UTC", Some("2024-01-15T10:20:30Z")),
            ("2024-01-15 10:20", Some("2024-01-15T10:20:00Z")),
            ("2024-01-15T10:20:30Z", Some("2024-01-15T10:20:30Z")),
            ("2024-01-15T10:20:30+02:00", Some("2024-01-15T08:20:30Z")),
            ("2024-01-15", Some("2024-01-15T00:00:00Z")),
            ("2024-02-30 10:20:30", None),
            ("15 Jan 2024", None),
            ("yesterday", None),
            ("", None),
            ("99999-01-01", None),
        ];
        for (text, expected) in cases {
            assert_eq!(timestamp(text).map(|at| at.to_string()).as_deref(), expected, "{text:?}");
        }
    }

    #[test]
    fn a_birth_date_needs_its_year() {
        let cases = [
            ("1990-01-31", Some("1990-01-31")),
            ("Jan 31, 1990", Some("1990-01-31")),
            ("31 Jan 1990", Some("1990-01-31")),
            ("January 31, 1990", Some("1990-01-31")),
            ("Jan 31", None),
            ("01/02/1990", None),
            ("", None),
        ];
        for (text, expected) in cases {
            assert_eq!(birth_date(text).map(|d| d.to_string()).as_deref(), expected, "{text:?}");
        }
    }
}
