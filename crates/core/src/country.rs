//! Countries: odd spellings normalised, the rest kept as unknown and so denied. Nothing is guessed, and no spelling is
//! a reason to refuse a member's event.
//!
//! The table is `rulebooks/regions.csv` (ISO 3166-1 codes with bloc and regime, each row with its basis).

use serde::{Deserialize, Serialize};
use std::{collections::BTreeMap, sync::LazyLock};

/// A country that the table knows, by its ISO 3166-1 alpha-2 code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(into = "String")]
pub struct Country([u8; 2]);

/// One row of the regions table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The code.
    pub country: Country,
    /// English name.
    pub name: &'static str,
    /// The group it belongs to: `eu`, `eea_efta`, `ch`, `uk`, `other` and so on.
    pub bloc: &'static str,
    /// The privacy regime that applies: `eu_gdpr`, `ch_fadp`, `fr_mirror` and so on.
    pub regime: &'static str,
    /// How sure that is.
    pub certainty: &'static str,
    /// Where it comes from.
    pub basis: &'static str,
}

static TABLE: LazyLock<BTreeMap<Country, Place>> =
    LazyLock::new(|| parse(include_str!("../../../rulebooks/regions.csv")));

/// Splits one line of the table; quoted fields may hold commas and doubled quotes.
fn fields(line: &'static str) -> Vec<&'static str> {
    let (mut out, mut start, mut quoted) = (Vec::new(), 0, false);
    for (at, byte) in line.bytes().enumerate() {
        match byte {
            b'"' => quoted = !quoted,
            b',' if !quoted => {
                out.push(line.get(start..at).unwrap_or_default().trim_matches('"'));
                start = at + 1;
            }
            _ => {}
        }
    }
    out.push(line.get(start..).unwrap_or_default().trim_matches('"'));
    out
}

fn parse(text: &'static str) -> BTreeMap<Country, Place> {
    let mut table = BTreeMap::new();
    for line in text.lines().skip(1) {
        let row = fields(line);
        let &[code, name, bloc, regime, certainty, basis] = row.as_slice() else { continue };
        if let [a, b] = code.as_bytes() {
            let country = Country([*a, *b]);
            table.insert(country, Place { country, name, bloc, regime, certainty, basis });
        }
    }
    table
}

impl Country {
    /// The country behind a code as a source wrote it: trimmed, any case, `EL` is Greece, `UK` and `XI` are the United
    /// Kingdom. `None` for the rest (`EU`, `ZZ`, `XK`, empty, withdrawn codes): the place is unknown.
    #[must_use]
    pub fn parse(code: &str) -> Option<Self> {
        let code = code.trim().to_ascii_uppercase();
        let code = match code.as_str() {
            "EL" => "GR",
            "UK" | "XI" => "GB",
            "CN-HK" => "HK",
            "CN-MO" => "MO",
            "CN-TW" => "TW",
            "FI-01" => "AX",
            // A subdivision (ISO 3166-2) lies in its country.
            other => other.split_once('-').map_or(other, |(country, _)| country),
        };
        let country = match code.as_bytes() {
            [a, b] => Self([*a, *b]),
            _ => return None,
        };
        TABLE.contains_key(&country).then_some(country)
    }

    /// The two-letter code.
    #[must_use]
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or("??")
    }

    /// The row of the regions table.
    #[must_use]
    pub fn place(&self) -> Option<&'static Place> {
        TABLE.get(self)
    }
}

/// Every row of the regions table, by code.
pub fn places() -> impl Iterator<Item = &'static Place> {
    TABLE.values()
}

impl From<Country> for String {
    fn from(country: Country) -> String {
        country.as_str().to_owned()
    }
}

impl std::fmt::Display for Country {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for Country {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let code = String::deserialize(deserializer)?;
        Self::parse(&code)
            .ok_or_else(|| serde::de::Error::custom(format!("`{code}` is not a country of the regions table")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn odd_codes_are_normalised_or_unknown() {
        let cases = [
            ("DE", Some("DE")),
            ("de", Some("DE")),
            (" gb ", Some("GB")),
            ("UK", Some("GB")),
            ("EL", Some("GR")),
            ("XI", Some("GB")),
            ("CN-HK", Some("HK")),
            ("CN-MO", Some("MO")),
            ("CN-TW", Some("TW")),
            ("FI-01", Some("AX")),
            ("AN", None),
            ("QZ", None),
            ("uk", Some("GB")),
            ("US-CA", Some("US")),
            ("EU", None),
            ("XK", None),
            ("ZZ", None),
            ("", None),
            ("Germany", None),
        ];
        for (code, expected) in cases {
            assert_eq!(Country::parse(code).map(String::from).as_deref(), expected, "{code:?}");
        }
    }

    #[test]
    fn the_table_has_the_eu_27_and_a_basis_for_every_row() {
        assert_eq!(places().filter(|p| p.bloc == "eu").count(), 27);
        assert_eq!(places().count(), 249);
        for place in places() {
            assert!(!place.basis.is_empty() && !place.certainty.is_empty(), "{place:?}");
        }
    }
}
