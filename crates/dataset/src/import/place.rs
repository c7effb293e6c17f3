//! A free-text place to a country, only where it is certain. "Berlin, Germany" is; "Cambridge" alone, "Georgia" and
//! "Berlin, DE" (Germany, or Delaware) are not: an unknown place is kept out by the gate, a wrong one would let in.

mod names;

use candor_core::{Country, country::places};
use std::{collections::HashMap, sync::LazyLock};

/// Longest text that is looked at, in bytes.
const MAX_BYTES: usize = 200;

/// Names of countries in lower case, English and native.
static COUNTRIES: LazyLock<HashMap<String, Country>> = LazyLock::new(|| {
    let official = places().map(|place| (place.name.to_lowercase(), place.country));
    let more = names::ALIASES.iter().filter_map(|(name, code)| Some(((*name).to_owned(), Country::parse(code)?)));
    let mut table: HashMap<String, Country> = official.chain(more).collect();
    for name in names::AMBIGUOUS {
        table.remove(*name);
    }
    table
});

/// The country of a place as a member wrote it, if it is certain.
#[must_use]
pub fn country(text: &str) -> Option<Country> {
    let text = text.trim().trim_end_matches(['.', ',', ';']).trim();
    if text.is_empty() || text.len() > MAX_BYTES {
        return None;
    }
    if let Some(country) = named(text).or_else(|| code_alone(text)).or_else(|| flag(text)) {
        return Some(country);
    }
    // More than one place, or a place that is only told about.
    if text.contains(['/', '|', ';', '&', '?', '→', '>', '+', '(']) || text.contains(" - ") || text.contains(" or ") {
        return None;
    }
    let lower = text.to_lowercase();
    if lower.split(|c: char| !c.is_alphanumeric()).any(|word| names::TELLING.contains(&word)) {
        return None;
    }
    let parts: Vec<&str> = text.split(',').map(str::trim).filter(|part| !part.is_empty()).collect();
    let (last, before) = parts.split_last()?;
    if let Some(country) = named(last).or_else(|| short_name(last)) {
        let contradicted = before
            .iter()
            .any(|part| named(part).is_some_and(|other| other != country) || (state(part) && country.as_str() != "US"));
        return (!contradicted).then_some(country);
    }
    if state(last) && !before.iter().any(|part| named(part).is_some()) {
        return Country::parse("US");
    }
    subdivision_code(last, before)
}

/// A country by its name, in any case, with or without "the". Parts of the United Kingdom are it.
fn named(part: &str) -> Option<Country> {
    let lower = part.to_lowercase();
    let name = lower.strip_prefix("the ").unwrap_or(&lower).trim();
    COUNTRIES.get(name).copied()
}

/// Abbreviations that stand for one country after a comma too.
fn short_name(part: &str) -> Option<Country> {
    match part {
        "US" => Country::parse("US"),
        "GB" => Country::parse("GB"),
        "UAE" | "U.A.E" => Country::parse("AE"),
        _ => None,
    }
}

/// A two- or three-letter code that is the whole text, in upper case, and is not also a state of the USA.
fn code_alone(text: &str) -> Option<Country> {
    match text.len() {
        2 if text.bytes().all(|b| b.is_ascii_uppercase()) && !names::STATE_CODES.contains(&text) => {
            short_name(text).or_else(|| Country::parse(text))
        }
        3 => names::ALPHA3.iter().find(|(code, _)| *code == text).and_then(|(_, two)| Country::parse(two)),
        _ => None,
    }
}

/// A flag alone: two regional indicator symbols.
fn flag(text: &str) -> Option<Country> {
    let letter = |c: char| {
        let offset = u32::from(c).checked_sub(0x1f1e6).filter(|n| *n < 26)?;
        char::from_u32(u32::from('A') + offset)
    };
    let mut chars = text.chars();
    let code: String = [letter(chars.next()?)?, letter(chars.next()?)?].into_iter().collect();
    chars.next().is_none().then(|| Country::parse(&code)).flatten()
}

/// A state of the USA by its full name, unless the name is also something else.
fn state(part: &str) -> bool {
    names::STATES.contains(&part.to_lowercase().as_str())
}

/// `City, ST`: a state of the USA or a province of Canada by its code. Where the code is also a country's, only a city
/// that is known to lie in that state makes it certain.
fn subdivision_code(last: &str, before: &[&str]) -> Option<Country> {
    let city = before.last()?.to_lowercase();
    if names::US_CITIES.iter().any(|(known, code)| *known == city && *code == last) {
        return Country::parse("US");
    }
    if last == "D.C" && city == "washington" {
        return Country::parse("US");
    }
    if names::PROVINCES.contains(&last) || (last == "BC" && matches!(city.as_str(), "vancouver" | "victoria")) {
        return Country::parse("CA");
    }
    let is_state = names::STATE_CODES.contains(&last) && Country::parse(last).is_none();
    // Western Australia has the code of Washington.
    let is_australian = last == "WA" && matches!(city.as_str(), "perth" | "fremantle" | "bunbury" | "broome");
    if is_state && !is_australian { Country::parse("US") } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_certain_or_unknown() {
        let certain = [
            ("Germany", "DE"),
            ("germany", "DE"),
            ("Deutschland", "DE"),
            ("Hamburg, Deutschland", "DE"),
            ("Munich, Bavaria, Germany", "DE"),
            ("The Netherlands", "NL"),
            ("Amsterdam, Netherlands.", "NL"),
            ("Αθήνα, Ελλάδα", "GR"),
            ("Warszawa, Polska", "PL"),
            ("Việt Nam", "VN"),
            ("England", "GB"),
            ("Edinburgh, Scotland", "GB"),
            ("Belfast, Northern Ireland", "GB"),
            ("London, UK", "GB"),
            ("London, United Kingdom", "GB"),
            ("UK", "GB"),
            ("USA", "US"),
            ("US", "US"),
            ("FR", "FR"),
            ("DEU", "DE"),
            ("New York, NY", "US"),
            ("New York, NY, USA", "US"),
            ("Austin, TX", "US"),
            ("San Francisco, CA", "US"),
            ("Cambridge, MA", "US"),
            ("Paris, Texas", "US"),
            ("California", "US"),
            ("Atlanta, GA, United States", "US"),
            ("Atlanta, Georgia, USA", "US"),
            ("Waterloo, ON", "CA"),
            ("Toronto, ON, Canada", "CA"),
            ("Vancouver, BC", "CA"),
            ("Bangalore, Karnataka, India", "IN"),
            ("Prague, Czech Republic", "CZ"),
            ("Moscow, Russia", "RU"),
            ("Istanbul, Turkey", "TR"),
            ("Seoul, South Korea", "KR"),
            ("Sydney NSW, Australia", "AU"),
            ("Singapore, Singapore", "SG"),
            ("🇩🇪", "DE"),
            ("Bern, Schweiz", "CH"),
            ("Leeds, uk", "GB"),
            ("U.S.", "US"),
            ("Washington, D.C.", "US"),
        ];
        for (text, code) in certain {
            assert_eq!(country(text).map(String::from).as_deref(), Some(code), "{text:?}");
        }
        let unknown = [
            "",
            "Earth",
            "Georgia",
            "Atlanta, Georgia",
            "London",
            "Cambridge",
            "Paris",
            "Berlin, DE",
            "DE",
            "CA",
            "IN",
            "in",
            "us",
            "Toronto, CA",
            "Perth, WA",
            "Europe",
            "Korea",
            "Congo",
            "Jersey",
            "Germany / India",
            "Germany & France",
            "India, Germany",
            "born in Berlin, Germany",
            "not in Germany",
            "formerly Texas",
            "moving to France",
            "on the server farm",
            "Springfield",
            "Washington",
            "California, Germany",
            "🇩🇪🇫🇷",
        ];
        for text in unknown {
            assert_eq!(country(text), None, "{text:?}");
        }
        assert_eq!(country(&"Germany, ".repeat(100)), None);
    }

    #[test]
    fn every_name_of_the_lists_is_of_a_known_country() {
        for (name, code) in names::ALIASES.iter().chain(names::ALPHA3) {
            assert!(Country::parse(code).is_some(), "{name} {code}");
        }
        for (name, _) in names::ALIASES {
            assert_eq!(*name, name.to_lowercase(), "aliases are in lower case");
        }
    }
}
