//! A rule book: the rows of `rule.rs` read from TOML and checked. A row without source and date is refused, an unknown
//! key too, with the nearest known one.

use crate::{
    country::Country,
    id::{PurposeKey, RecipientKey},
    rule::{Policy, Purpose, RegionSet, Rule, SignalRule, Status},
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// The reported programme of September 2024.
pub const SEEDS_2024: &str = include_str!("../../../rulebooks/seeds-2024.toml");

/// Why a text is not a rule book.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RuleBookError {
    /// The text is not TOML of this form.
    #[error("{0}")]
    Form(String),
    /// A row names something that the book does not have.
    #[error("{row} names {what} `{name}`, which the rule book does not have")]
    Unknown {
        /// The row.
        row: String,
        /// What sort of thing.
        what: &'static str,
        /// Its name.
        name: String,
    },
    /// A row asks for something that is never allowed.
    #[error("purpose `{0}` covers `{1}`, which is never used; remove it from `records`")]
    NeverUsed(PurposeKey, &'static str),
    /// `pending = "continue"` without a ground.
    #[error("purpose `{0}` goes on while an objection is pending; write its `ground`")]
    NoGround(PurposeKey),
    /// A policy row without source or date.
    #[error("policy `{0}` has no `source` or no `date`; say where the row comes from and when it was checked")]
    NoSource(String),
    /// No rule book of this name is shipped.
    #[error("there is no rule book `{0}`; shipped are: {SHIPPED}")]
    NoSuchBook(String),
    /// An override that no row has.
    #[error("no row of the rule book has a value `{0}` to override")]
    NoSuchValue(String),
}

const SHIPPED: &str = "`seeds-2024`";

/// A recipient row: `self` is always there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RecipientRow {
    /// Its key.
    pub key: RecipientKey,
    /// What sort it is.
    pub kind: crate::rule::RecipientKind,
    /// Where the row comes from.
    pub source: String,
    /// When it was checked.
    pub date: jiff::civil::Date,
}

/// Rules as data.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RuleBook {
    /// Name, such as `seeds-2024`.
    pub name: String,
    /// One sentence for the officer.
    pub title: String,
    /// Purposes.
    #[serde(rename = "purpose", default)]
    pub purposes: Vec<Purpose>,
    /// Recipients.
    #[serde(rename = "recipient", default)]
    pub recipients: Vec<RecipientRow>,
    /// Named sets of countries.
    #[serde(rename = "region_set", default)]
    pub region_sets: Vec<RegionSet>,
    /// Rules.
    #[serde(rename = "rule", default)]
    pub rules: Vec<Rule>,
    /// Policy versions.
    #[serde(rename = "policy", default)]
    pub policies: Vec<Policy>,
    /// Signals.
    #[serde(rename = "signal", default)]
    pub signals: Vec<SignalRule>,
}

impl RuleBook {
    /// A rule book that is shipped with the program.
    ///
    /// # Errors
    /// When there is none of this name.
    pub fn shipped(name: &str) -> Result<Self, RuleBookError> {
        Self::parse(Self::shipped_text(name)?)
    }

    /// The text of a shipped rule book.
    ///
    /// # Errors
    /// When there is none of this name.
    pub fn shipped_text(name: &str) -> Result<&'static str, RuleBookError> {
        match name {
            "seeds-2024" => Ok(SEEDS_2024),
            other => Err(RuleBookError::NoSuchBook(other.to_owned())),
        }
    }

    /// Reads and checks a rule book.
    ///
    /// # Errors
    /// When the text is not TOML of this form, or a row names something that is not there.
    pub fn parse(text: &str) -> Result<Self, RuleBookError> {
        let book: Self = toml::from_str(text).map_err(|e| RuleBookError::Form(e.to_string().trim().to_owned()))?;
        book.check()?;
        Ok(book)
    }

    /// Reads a rule book with some values replaced in every row that has them.
    ///
    /// # Errors
    /// As [`Self::parse`]; also when no row has such a value.
    pub fn parse_with(
        text: &str,
        overrides: &serde_json::Map<String, serde_json::Value>,
    ) -> Result<Self, RuleBookError> {
        let mut table: toml::Table = toml::from_str(text).map_err(|e| RuleBookError::Form(e.to_string()))?;
        for (key, value) in overrides {
            let value = toml::Value::try_from(value).map_err(|e| RuleBookError::Form(e.to_string()))?;
            let mut found = false;
            for rows in table.iter_mut().filter_map(|(_, rows)| rows.as_array_mut()) {
                for row in rows.iter_mut().filter_map(toml::Value::as_table_mut) {
                    found |= replace(row, key, &value);
                }
            }
            if !found {
                return Err(RuleBookError::NoSuchValue(key.clone()));
            }
        }
        let book: Self = table.try_into().map_err(|e: toml::de::Error| RuleBookError::Form(e.to_string()))?;
        book.check()?;
        Ok(book)
    }

    fn check(&self) -> Result<(), RuleBookError> {
        for purpose in &self.purposes {
            if let Some(kind) = purpose.records.iter().find(|kind| kind.is_never_used()) {
                return Err(RuleBookError::NeverUsed(purpose.key.clone(), kind.as_str()));
            }
            if purpose.pending == crate::rule::PendingObjection::Continue && purpose.ground.is_none() {
                return Err(RuleBookError::NoGround(purpose.key.clone()));
            }
        }
        for policy in &self.policies {
            if policy.source.is_none() || policy.date.is_none() {
                return Err(RuleBookError::NoSource(policy.policy.to_string()));
            }
            for told in &policy.discloses {
                self.known(format!("policy `{}`", policy.policy), "purpose", &told.purpose)?;
            }
        }
        self.rules.iter().try_for_each(|rule| self.check_rule(rule))
    }

    /// Checks that a row names only what the book has.
    ///
    /// # Errors
    /// When a purpose, region or region set is not there.
    pub fn check_rule(&self, rule: &Rule) -> Result<(), RuleBookError> {
        let row = format!("rule `{}`", rule.name);
        for purpose in &rule.purposes {
            self.known(row.clone(), "purpose", purpose)?;
        }
        for region in &rule.regions {
            let known = match region.as_str() {
                "*" | "any" => true,
                name => match name.strip_prefix('@') {
                    Some(set) => self.region_sets.iter().any(|s| s.name == set),
                    None => Country::parse(name).is_some(),
                },
            };
            if !known {
                return Err(RuleBookError::Unknown { row, what: "region", name: region.clone() });
            }
        }
        Ok(())
    }

    fn known(&self, row: String, what: &'static str, purpose: &PurposeKey) -> Result<(), RuleBookError> {
        match self.purpose(purpose) {
            Some(_) => Ok(()),
            None => Err(RuleBookError::Unknown { row, what, name: purpose.to_string() }),
        }
    }

    /// The purpose of this key.
    #[must_use]
    pub fn purpose(&self, key: &PurposeKey) -> Option<&Purpose> {
        self.purposes.iter().find(|purpose| purpose.key == *key)
    }

    /// Whether a region expression of a rule holds a place at `t`. `None` is an unknown place: only `any` holds it.
    #[must_use]
    pub fn region_holds(&self, region: &str, place: Option<Country>, t: Timestamp) -> bool {
        match (region, place) {
            ("any", _) => true,
            (_, None) => false,
            ("*", Some(_)) => true,
            (name, Some(country)) => match name.strip_prefix('@') {
                Some(set) => self
                    .region_sets
                    .iter()
                    .any(|s| s.name == set && s.from.is_none_or(|from| from <= t) && s.countries.contains(&country)),
                None => Country::parse(name) == Some(country),
            },
        }
    }

    /// The rows of a status, for pages: which regions are left out or paused for a purpose at `t`.
    pub fn rules_of(&self, purpose: &PurposeKey, status: Status) -> impl Iterator<Item = &Rule> {
        self.rules.iter().filter(move |rule| rule.status == status && rule.purposes.contains(purpose))
    }

    /// SHA-256 of the book in canonical JSON, in hex. It stands in every snapshot that was gated under it.
    #[must_use]
    pub fn hash(&self) -> String {
        let json = serde_json::to_vec(self).unwrap_or_default();
        hex::encode(Sha256::digest(json))
    }
}

/// Replaces a value in a row or in its nested rows.
fn replace(row: &mut toml::Table, key: &str, value: &toml::Value) -> bool {
    let mut found = false;
    if let Some(old) = row.get_mut(key) {
        *old = value.clone();
        found = true;
    }
    for nested in row.iter_mut().filter_map(|(_, nested)| nested.as_array_mut()) {
        for inner in nested.iter_mut().filter_map(toml::Value::as_table_mut) {
            found |= replace(inner, key, value);
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shipped_book_is_valid_and_says_what_was_reported() {
        let book = RuleBook::shipped("seeds-2024").unwrap();
        let training = PurposeKey::generative_training();
        assert!(book.purpose(&training).is_some());
        let excluded: Vec<_> = book.rules_of(&training, Status::Excluded).collect();
        let t = Timestamp::from_second(1_727_000_000).unwrap();
        let left_out = crate::country::places()
            .filter(|p| excluded.iter().any(|r| r.regions.iter().any(|x| book.region_holds(x, Some(p.country), t))))
            .filter(|p| matches!(p.bloc, "eu" | "eea_efta" | "ch"))
            .count();
        assert_eq!(left_out, 27 + 3 + 1);
    }

    #[test]
    fn a_bad_row_is_refused_with_what_to_do() {
        let row = |extra: &str| {
            format!(
                "name = 'x'\ntitle = 'x'\n[[purpose]]\nkey = 'p'\nkind = 'moderation'\ntitle = 'P'\nrecords = ['post']\n\
                 visibility = ['public']\nsource = 's'\ndate = '2024-09-18'\n{extra}"
            )
        };
        assert!(RuleBook::parse(&row("")).is_ok());
        let cases = [
            (row("records_ = 1\n"), "unknown field"),
            (row("").replace("source = 's'\n", ""), "missing field `source`"),
            (row("").replace("'post'", "'credential'"), "never used"),
            (row("pending = 'continue'\n"), "write its `ground`"),
            (
                row(
                    "[[rule]]\nname='r'\npurposes=['q']\nregions=['*']\nstatus='open'\nmechanism='opt_out'\nsource='s'\ndate='2024-09-18'",
                ),
                "names purpose `q`",
            ),
            (
                row(
                    "[[rule]]\nname='r'\npurposes=['p']\nregions=['@eu']\nstatus='open'\nmechanism='opt_out'\nsource='s'\ndate='2024-09-18'",
                ),
                "names region `@eu`",
            ),
        ];
        for (text, says) in cases {
            let error = RuleBook::parse(&text).unwrap_err().to_string();
            assert!(error.contains(says), "{error}");
        }
    }
}
