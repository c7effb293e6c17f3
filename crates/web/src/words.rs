//! Words for people: dates, numbers, places, kinds and events. One word for one thing on every page.

use candor_core::{Country, RecordKind, objection::CaseState};
use jiff::{Timestamp, civil::Date};

/// A day, such as `18 September 2024`.
pub(crate) fn day(t: Timestamp) -> String {
    t.strftime("%-d %B %Y").to_string()
}

/// A day of the calendar, such as `18 September 2024`.
pub(crate) fn civil_day(day: Date) -> String {
    day.strftime("%-d %B %Y").to_string()
}

/// Where a case stands, in a word or two.
pub(crate) fn case(state: CaseState) -> &'static str {
    match state {
        CaseState::Filed => "Received",
        CaseState::NeedsIdentity => "Waiting for proof of identity",
        CaseState::Open => "Being weighed",
        CaseState::Upheld => "Upheld",
        CaseState::Refused => "Refused",
        CaseState::Appealed => "Appealed",
        CaseState::RefusedFinal => "Refused for good",
        CaseState::Withdrawn => "Withdrawn",
        CaseState::Expired => "Lapsed",
    }
}

/// A moment, such as `18 September 2024, 10:02 UTC`.
pub(crate) fn moment(t: Timestamp) -> String {
    t.strftime("%-d %B %Y, %H:%M UTC").to_string()
}

/// A number with its thousands apart.
pub(crate) fn count(n: u64) -> String {
    let digits = n.to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A number with its noun: `1 record`, `2 records`.
pub(crate) fn many(n: u64, one: &str, several: &str) -> String {
    format!("{} {}", count(n), if n == 1 { one } else { several })
}

/// The English name of the place that a source wrote, if it is one.
pub(crate) fn place(residence: Option<&str>) -> Option<&'static str> {
    residence.and_then(Country::parse).and_then(|country| country.place()).map(|place| place.name)
}

/// A kind of record, as a member would say it.
pub(crate) fn kind(kind: RecordKind) -> &'static str {
    match kind {
        RecordKind::Post => "Post",
        RecordKind::Article => "Article",
        RecordKind::Comment => "Comment",
        RecordKind::Poll => "Poll",
        RecordKind::Feedback => "Feedback",
        RecordKind::UsageEvent => "Trace of use",
        RecordKind::Profile => "Profile",
        RecordKind::Prompt => "Prompt to the assistant",
        RecordKind::PrivateMessage => "Private message",
        RecordKind::Credential => "Credential",
        RecordKind::Payment => "Payment",
        RecordKind::Salary => "Salary",
        RecordKind::JobApplication => "Job application",
    }
}

/// An event's or reason's code as words: `choice_set` becomes `Choice set`.
pub(crate) fn code(code: &str) -> String {
    sentence(&code.replace('_', " ").to_lowercase())
}

/// Words as they begin a sentence.
pub(crate) fn sentence(words: &str) -> String {
    let mut chars = words.chars();
    chars.next().map_or_else(String::new, |first| format!("{}{}", first.to_uppercase(), chars.as_str()))
}

/// Words of names of types of personal data that are written in capitals: initials, and countries.
const CAPITALS: [&str; 45] = [
    "BE", "BIC", "BSN", "CA", "CIF", "CPR", "DE", "DK", "EIN", "ES", "FI", "FR", "HETU", "IBAN", "ID", "IE", "IMEI",
    "IP", "IT", "ITIN", "MAC", "MBI", "NHS", "NIE", "NIF", "NINO", "NIP", "NIR", "NL", "NO", "NPI", "PESEL", "PL",
    "PPS", "PT", "REGON", "SE", "SIN", "SSN", "UK", "URL", "US", "UTR", "VAT", "VIN",
];

/// The name of a type of personal data in words, as it stands in a sentence: `IP_ADDRESS` becomes `IP address`.
pub(crate) fn data_type(name: &str) -> String {
    let word = |word: &str| if CAPITALS.contains(&word) { word.to_owned() } else { word.to_lowercase() };
    name.split('_').map(word).collect::<Vec<_>>().join(" ")
}

/// The beginning of a text, at most `limit` characters, cut at a word.
pub(crate) fn excerpt(text: &str, limit: usize) -> String {
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let Some((end, _)) = text.char_indices().nth(limit) else { return text };
    let head = text.get(..end).unwrap_or_default();
    let head = head.rfind(' ').and_then(|at| head.get(..at)).unwrap_or(head);
    format!("{head}…")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_as_people_write_them() {
        let t: Timestamp = "2024-09-08T10:02:03Z".parse().unwrap();
        assert_eq!(day(t), "8 September 2024");
        assert_eq!(moment(t), "8 September 2024, 10:02 UTC");
        assert_eq!([0, 999, 1000, 1_234_567].map(count), ["0", "999", "1,000", "1,234,567"]);
        assert_eq!([many(1, "record", "records"), many(2000, "record", "records")], ["1 record", "2,000 records"]);
        assert_eq!([place(Some("uk")), place(Some("EU")), place(None)], [Some("United Kingdom"), None, None]);
        assert_eq!(code("choice_set"), "Choice set");
        let types = ["IP_ADDRESS", "DE_TAX_ID", "PROFILE_URL", "DATE_OF_BIRTH"].map(data_type);
        assert_eq!(types, ["IP address", "DE tax ID", "profile URL", "date of birth"]);
        assert_eq!(excerpt("one  two\nthree", 9), "one two…");
        assert_eq!(excerpt("one two", 9), "one two");
    }
}
