//! Rows that say how personal data in records is written for a purpose, and which names are looked for. This crate knows no kinds of
//! personal data: their names are checked by [`RuleBook::check_redaction`] against the words that the redactor gives.

use super::{Position, RuleBook, RuleBookError, error::distance};
use crate::id::PurposeKey;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use toml::Spanned;

/// Stands for every kind.
pub const EVERY_KIND: &str = "*";

/// How findings of some kinds are written for some purposes. A row that names a kind comes before one of `*`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RedactionRow {
    /// Purposes it is about.
    pub purposes: Vec<PurposeKey>,
    /// Names of kinds such as `EMAIL`, or `*` for all.
    pub kinds: Vec<String>,
    /// What takes the place of a finding: the name of an operator, or `keep`.
    pub operator: String,
    /// Whether also findings are replaced that are too unsure to be replaced otherwise, such as plain links and dates.
    #[serde(default)]
    pub unsure: bool,
    /// Where the row comes from.
    pub source: String,
    /// When it was checked.
    pub date: Date,
}

/// When every capitalized word inside a sentence is taken as a name.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Strictness {
    /// Never.
    Never,
    /// In languages for which there is no model.
    #[default]
    Unsupported,
    /// In every language.
    Always,
}

/// How names are looked for in the records of some purposes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NamesRow {
    /// Purposes it is about.
    pub purposes: Vec<PurposeKey>,
    /// Kinds of names that are looked for, such as `PERSON`; none turns the search off.
    pub kinds: Vec<String>,
    /// By how much the odds of a name are raised, in hundredths of their natural logarithm: more finds more names, and more that are
    /// none. Left to the model when absent.
    #[serde(default)]
    pub recall_bias: Option<i16>,
    /// When every capitalized word inside a sentence is taken as a name.
    #[serde(default)]
    pub strict: Strictness,
    /// Where the row comes from.
    pub source: String,
    /// When it was checked.
    pub date: Date,
}

/// The names in a text with the places where they stand.
#[derive(Deserialize)]
struct Words {
    #[serde(default)]
    redaction: Vec<RowWords>,
    #[serde(default)]
    names: Vec<RowWords>,
}

#[derive(Deserialize)]
struct RowWords {
    kinds: Vec<Spanned<String>>,
    operator: Option<Spanned<String>>,
}

impl RuleBook {
    /// Checks the names of kinds and operators in the text of a rule book.
    ///
    /// # Errors
    /// With file, line and the nearest known name, when a name is none of the given ones.
    pub fn check_redaction(file: &str, text: &str, kinds: &[&str], operators: &[&str]) -> Result<(), RuleBookError> {
        let words: Words = toml::from_str(text).map_err(|error| RuleBookError::of_toml(&error, file, Some(text)))?;
        let rows = || words.redaction.iter().chain(&words.names);
        let of_kinds = rows().flat_map(|row| &row.kinds).map(|word| ("kind", word, kinds));
        let of_operators = rows().filter_map(|row| row.operator.as_ref()).map(|word| ("operator", word, operators));
        for (what, word, known) in of_kinds.chain(of_operators) {
            let name = word.get_ref().as_str();
            if known.contains(&name) || (what == "kind" && name == EVERY_KIND) {
                continue;
            }
            let nearest = known.iter().min_by_key(|known| distance(known, name)).map(|known| (*known).to_owned());
            let line = text.bytes().take(word.span().start).filter(|byte| *byte == b'\n').count() + 1;
            let at = Position { file: file.to_owned(), line: Some(line) };
            return Err(RuleBookError::UnknownWord { at, what, name: name.to_owned(), nearest });
        }
        Ok(())
    }

    /// Refuses rows about purposes that the book does not have, and two rows about one kind for one purpose.
    pub(super) fn check_redaction_rows(&self) -> Result<(), RuleBookError> {
        let of_redaction = self.redaction.iter().map(|row| ("redaction", &row.purposes, row.kinds.as_slice()));
        // The kinds of a row for names stand together: a purpose has one such row.
        let of_names = self.names.iter().map(|row| ("names", &row.purposes, [].as_slice()));
        let mut seen = std::collections::BTreeSet::new();
        for (table, purposes, kinds) in of_redaction.chain(of_names) {
            for purpose in purposes {
                self.known(format!("a row of `{table}`"), purpose)?;
                let kinds: Vec<&str> = match table {
                    "names" => vec![EVERY_KIND],
                    _ => kinds.iter().map(String::as_str).collect(),
                };
                for kind in kinds {
                    if !seen.insert((table, purpose.clone(), kind.to_owned())) {
                        let name = format!("{kind}` for `{purpose}");
                        return Err(RuleBookError::Twice { what: table, name });
                    }
                }
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROW: &str = "[[redaction]]\npurposes = ['generative_training']\nkinds = ['EMAIL']\noperator = 'mask'\n\
        source = 's'\ndate = '2024-09-18'\n";

    /// The shipped book without its own rows of redaction, with those rows added.
    fn book(rows: &str) -> String {
        let text = RuleBook::shipped_text("opt-in").unwrap();
        let own = ["[[redaction]]", "[[names]]"].iter().filter_map(|table| text.find(table)).min();
        format!("{}\n{rows}", &text[..own.unwrap_or(text.len())])
    }

    fn check(rows: &str) -> Result<RuleBook, RuleBookError> {
        let text = book(rows);
        RuleBook::check_redaction("book.toml", &text, &["EMAIL", "PHONE"], &["mask", "remove"])?;
        RuleBook::parse_file("book.toml", &text)
    }

    #[test]
    fn rows_are_checked_with_their_line() {
        let line = book("").lines().count();
        assert_eq!(check(ROW).unwrap().redaction[0].kinds, ["EMAIL"]);
        let cases = [
            (
                ROW.replace("EMAIL", "EMIAL"),
                format!("book.toml:{}: unknown kind `EMIAL`; did you mean `EMAIL`?", line + 3),
            ),
            (
                ROW.replace("mask", "masc"),
                format!("book.toml:{}: unknown operator `masc`; did you mean `mask`?", line + 4),
            ),
            (ROW.replace("operator", "operatr"), "did you mean `operator`?".to_owned()),
            (ROW.replace("generative_training", "nothing"), "`nothing`".to_owned()),
            (ROW.replace("source", "# "), "a row has no `source`".to_owned()),
            (format!("{ROW}{ROW}"), "redaction `EMAIL` for `generative_training` stands twice".to_owned()),
        ];
        for (rows, says) in cases {
            let error = check(&rows).unwrap_err().to_string();
            assert!(error.contains(&says), "`{error}` does not say `{says}`");
        }
    }

    #[test]
    fn names_have_one_row_a_purpose() {
        let row = "[[names]]\npurposes = ['generative_training']\nkinds = ['PHONE']\nrecall_bias = 30\nstrict = 'always'\nsource = 's'\n\
            date = '2024-09-18'\n";
        let book = check(row).unwrap();
        assert_eq!((book.names[0].recall_bias, book.names[0].strict), (Some(30), Strictness::Always));
        assert_eq!(check(&format!("{row}{}", row.replace("PHONE", "EMAIL"))).unwrap_err().code(), "row_stands_twice");
        assert_eq!(check(&row.replace("PHONE", "PERSONS")).unwrap_err().code(), "unknown_word");
    }
}
