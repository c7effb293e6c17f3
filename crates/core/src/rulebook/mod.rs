//! A rule book: the rows of `rule.rs` read from TOML and checked. A row without source and date is refused, an unknown
//! key too, with the nearest known one.

mod audit;
mod error;
mod redaction;

use crate::{
    country::Country,
    id::{PurposeKey, RecipientKey},
    rule::{Policy, Purpose, RegionSet, Rule, SignalRule, Status},
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::collections::BTreeSet;

pub use audit::{AuditRow, Bound};
pub use error::{Position, RuleBookError};
pub use redaction::{EVERY_KIND, NamesRow, RedactionRow, Strictness};

/// The rule books that are shipped, by name.
const SHIPPED: [(&str, &str); 3] = [
    ("seeds-2024", include_str!("../../../../rulebooks/seeds-2024.toml")),
    ("network-history", include_str!("../../../../rulebooks/network-history.toml")),
    ("opt-in", include_str!("../../../../rulebooks/opt-in.toml")),
];

fn shipped_list() -> String {
    SHIPPED.map(|(name, _)| format!("`{name}`")).join(", ")
}

/// A recipient row: `self` is always there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RecipientRow {
    /// Its key.
    pub key: RecipientKey,
    /// What sort it is.
    pub kind: crate::rule::RecipientKind,
    /// Where it works, as its contract says.
    #[serde(default)]
    pub region: Option<String>,
    /// Whether its contract forbids it to train on what it gets.
    #[serde(default)]
    pub no_train: bool,
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
    /// How personal data is written, by purpose. A book without such rows leaves it to the program.
    #[serde(rename = "redaction", default, skip_serializing_if = "Vec::is_empty")]
    pub redaction: Vec<RedactionRow>,
    /// How names are looked for, by purpose.
    #[serde(rename = "names", default, skip_serializing_if = "Vec::is_empty")]
    pub names: Vec<NamesRow>,
    /// Limits of the audit of a release that are tighter than the built-in ones.
    #[serde(rename = "audit", default, skip_serializing_if = "Vec::is_empty")]
    pub audit: Vec<AuditRow>,
}

impl RuleBook {
    /// The names of the rule books that are shipped with the program.
    #[must_use]
    pub fn shipped_names() -> [&'static str; 3] {
        SHIPPED.map(|(name, _)| name)
    }

    /// A rule book that is shipped with the program.
    ///
    /// # Errors
    /// When there is none of this name.
    pub fn shipped(name: &str) -> Result<Self, RuleBookError> {
        Self::parse_file(&format!("{name}.toml"), Self::shipped_text(name)?)
    }

    /// The text of a shipped rule book.
    ///
    /// # Errors
    /// When there is none of this name.
    pub fn shipped_text(name: &str) -> Result<&'static str, RuleBookError> {
        let found = SHIPPED.into_iter().find(|(shipped, _)| *shipped == name);
        found.map(|(_, text)| text).ok_or_else(|| RuleBookError::NoSuchBook(name.to_owned()))
    }

    /// Reads and checks a rule book.
    ///
    /// # Errors
    /// When the text is not TOML of this form, a row names something that is not there, or two rows contradict.
    pub fn parse(text: &str) -> Result<Self, RuleBookError> {
        Self::parse_file("rule book", text)
    }

    /// Reads and checks a rule book; errors name the file.
    ///
    /// # Errors
    /// As [`Self::parse`].
    pub fn parse_file(file: &str, text: &str) -> Result<Self, RuleBookError> {
        let book: Self = toml::from_str(text).map_err(|e| RuleBookError::of_toml(&e, file, Some(text)))?;
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
        let mut table: toml::Table =
            toml::from_str(text).map_err(|e| RuleBookError::of_toml(&e, "rule book", Some(text)))?;
        for (key, value) in overrides {
            let value = toml::Value::try_from(value).map_err(|_| RuleBookError::NoSuchValue(key.clone()))?;
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
        let book: Self =
            table.try_into().map_err(|e: toml::de::Error| RuleBookError::of_toml(&e, "overrides", None))?;
        book.check()?;
        Ok(book)
    }

    fn check(&self) -> Result<(), RuleBookError> {
        once("purpose", self.purposes.iter().map(|row| row.key.as_str()))?;
        once("recipient", self.recipients.iter().map(|row| row.key.as_str()))?;
        once("limit of the audit", self.audit.iter().map(|row| row.limit.as_str()))?;
        once("policy", self.policies.iter().map(|row| row.policy.as_str()))?;
        for purpose in &self.purposes {
            if let Some(kind) = purpose.records.iter().find(|kind| kind.is_never_used()) {
                return Err(RuleBookError::NeverUsed(purpose.key.clone(), kind.as_str()));
            }
            if purpose.pending == crate::rule::PendingObjection::Continue && purpose.ground.is_none() {
                return Err(RuleBookError::NoGround(purpose.key.clone()));
            }
        }
        for policy in &self.policies {
            let row = || format!("policy `{}`", policy.policy);
            if let Some(missing) = [("source", policy.source.is_none()), ("date", policy.date.is_none())]
                .into_iter()
                .find_map(|(name, missing)| missing.then_some(name))
            {
                let at = Position { file: row(), line: None };
                return Err(RuleBookError::NoSource { at, missing: missing.to_owned() });
            }
            for told in &policy.discloses {
                self.known(row(), &told.purpose)?;
                self.known_recipient(row(), told.recipient.as_str())?;
            }
        }
        for signal in &self.signals {
            for purpose in signal.purposes.iter().flatten() {
                self.known(format!("signal `{}`", signal.signal), purpose)?;
            }
        }
        self.check_redaction_rows()?;
        for (n, rule) in self.rules.iter().enumerate() {
            self.check_rule(rule)?;
            if let Some(other) = self.rules.iter().take(n).find(|other| other.contradicts(rule)) {
                return Err(RuleBookError::Contradiction(other.name.clone(), rule.name.clone()));
            }
        }
        Ok(())
    }

    /// Checks that a row names only what the book has.
    ///
    /// # Errors
    /// When a purpose, recipient, region or region set is not there, or the row holds at no time.
    pub fn check_rule(&self, rule: &Rule) -> Result<(), RuleBookError> {
        let row = || format!("rule `{}`", rule.name);
        if rule.is_empty() {
            return Err(RuleBookError::EmptyRule(rule.name.clone()));
        }
        for purpose in &rule.purposes {
            self.known(row(), purpose)?;
        }
        for recipient in &rule.recipients {
            self.known_recipient(row(), recipient)?;
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
                return Err(RuleBookError::Unknown { row: row(), what: "region", name: region.clone() });
            }
        }
        Ok(())
    }

    fn known(&self, row: String, purpose: &PurposeKey) -> Result<(), RuleBookError> {
        match self.purpose(purpose) {
            Some(_) => Ok(()),
            None => Err(RuleBookError::Unknown { row, what: "purpose", name: purpose.to_string() }),
        }
    }

    fn known_recipient(&self, row: String, name: &str) -> Result<(), RuleBookError> {
        let known = name == "*" || self.recipients.iter().any(|row| row.key.as_str() == name);
        if known { Ok(()) } else { Err(RuleBookError::Unknown { row, what: "recipient", name: name.to_owned() }) }
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

/// Refuses two rows of one key.
fn once<'a>(what: &'static str, keys: impl Iterator<Item = &'a str>) -> Result<(), RuleBookError> {
    let mut seen = BTreeSet::new();
    for key in keys {
        if !seen.insert(key) {
            return Err(RuleBookError::Twice { what, name: key.to_owned() });
        }
    }
    Ok(())
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

    const PURPOSE: &str = "name = 'x'\ntitle = 'x'\n[[purpose]]\nkey = 'p'\nkind = 'moderation'\ntitle = 'P'\n\
        records = ['post']\nvisibility = ['public']\nsource = 's'\ndate = '2024-09-18'\n";
    const RULE: &str = "[[rule]]\nname='r'\npurposes=['p']\nregions=['*']\nstatus='open'\nmechanism='opt_out'\n\
        source='s'\ndate='2024-09-18'\n";

    fn row(extra: &str) -> String {
        format!("{PURPOSE}{extra}")
    }

    #[test]
    fn a_bad_row_is_refused_with_its_code_and_what_to_do() {
        assert!(RuleBook::parse(&row("")).is_ok());
        assert!(RuleBook::parse(&row(RULE)).is_ok());
        let rule = |from: &str, to: &str| row(&RULE.replace(from, to));
        let two = |other: &str| row(&format!("{RULE}{}", RULE.replace("name='r'", other)));
        let cases = [
            (row("recrods = 1\n"), "unknown_key", "book.toml:11: unknown key `recrods`; did you mean `records`?"),
            (rule("status", "statuss"), "unknown_key", "did you mean `status`?"),
            (row("").replace("source = 's'\n", ""), "no_source", "a row has no `source`"),
            (rule("date=", "# "), "no_source", "book.toml:11: a row has no `date`"),
            (row("").replace("title = 'P'\n", ""), "rule_book_form", "missing field `title`"),
            (row("").replace("'post'", "'credential'"), "never_used", "never used"),
            (row("pending = 'continue'\n"), "no_ground", "write its `ground`"),
            (rule("['p']", "['q']"), "unknown_purpose", "names purpose `q`"),
            (rule("['*']", "['@eu']"), "unknown_region", "names region `@eu`"),
            (rule("['*']", "['XX']"), "unknown_region", "names region `XX`"),
            (rule("regions", "recipients=['acme']\nregions"), "unknown_recipient", "names recipient `acme`"),
            (two("name='q'\nmin_age=18"), "rule_contradicts", "`r` and `q`"),
            (
                rule("regions", "from='2025-01-01T00:00:00Z'\nto='2024-01-01T00:00:00Z'\nregions"),
                "rule_is_empty",
                "`to` must be after `from`",
            ),
            (row(PURPOSE.split_once("[[").map(|(_, p)| format!("[[{p}")).unwrap().as_str()), "row_stands_twice", "`p`"),
        ];
        for (text, code, says) in cases {
            let error = RuleBook::parse_file("book.toml", &text).unwrap_err();
            assert_eq!(error.code(), code, "{error}");
            assert!(error.to_string().contains(says), "{error}");
        }
    }

    #[test]
    fn rows_contradict_only_in_one_place_at_one_time() {
        let two = |extra: &str| row(&format!("{RULE}to='2025-01-01T00:00:00Z'\n{}", RULE.replace("name='r'", extra)));
        let cases = [
            // The same terms twice, another time, another place.
            ("name='q'", true),
            ("name='q'\nmin_age=18\nfrom='2025-01-01T00:00:00Z'", true),
            ("name='q'\nmin_age=18\nfrom='2024-12-31T00:00:00Z'", false),
            ("name='q'\nmin_age=18", false),
        ];
        for (extra, fits) in cases {
            assert_eq!(RuleBook::parse(&two(extra)).is_ok(), fits, "{extra}");
        }
        let elsewhere = row(&format!("{RULE}{}", RULE.replace("['*']", "['GB']").replace("open", "paused")));
        assert!(RuleBook::parse(&elsewhere).is_ok());
    }

    #[test]
    fn every_shipped_book_is_valid() {
        for name in RuleBook::shipped_names() {
            let book = RuleBook::shipped(name).unwrap_or_else(|error| panic!("{error}"));
            assert_eq!(book.name, name);
        }
        let error = RuleBook::shipped("nothing").unwrap_err().to_string();
        assert!(error.contains("`seeds-2024`, `network-history`, `opt-in`"), "{error}");
    }
}
