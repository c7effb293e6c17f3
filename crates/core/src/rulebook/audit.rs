//! Rows that tighten the audit of a release. This crate knows no limits of the audit: names and values are checked by
//! [`RuleBook::check_audit`] against the built-in ones, which a row may lower and never raise.

use super::{Position, RuleBook, RuleBookError, error::distance};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use toml::Spanned;

/// A limit's value: a number, never infinite.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "f64", into = "f64")]
pub struct Bound(f64);

impl Eq for Bound {}

impl Bound {
    /// The number.
    #[must_use]
    pub fn get(self) -> f64 {
        self.0
    }
}

impl From<Bound> for f64 {
    fn from(bound: Bound) -> Self {
        bound.0
    }
}

impl TryFrom<f64> for Bound {
    type Error = &'static str;

    fn try_from(value: f64) -> Result<Self, Self::Error> {
        if value.is_finite() { Ok(Self(value)) } else { Err("the limit of an audit is a finite number") }
    }
}

/// A limit of the audit that is tighter than the built-in one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AuditRow {
    /// Name of the limit, such as `membership_auc`.
    pub limit: String,
    /// The value that must not be exceeded.
    pub most: Bound,
    /// Where the row comes from.
    pub source: String,
    /// When it was checked.
    pub date: Date,
}

/// The rows of a text with the places where they stand.
#[derive(Deserialize)]
struct Rows {
    #[serde(default)]
    audit: Vec<Row>,
}

#[derive(Deserialize)]
struct Row {
    limit: Spanned<String>,
    most: Spanned<Bound>,
}

impl RuleBook {
    /// Checks the rows about the audit in the text of a rule book against the built-in limits, by name.
    ///
    /// # Errors
    /// With file and line, when a name is no limit's or a value is higher than the built-in one.
    pub fn check_audit(file: &str, text: &str, built_in: &[(&str, f64)]) -> Result<(), RuleBookError> {
        let rows: Rows = toml::from_str(text).map_err(|error| RuleBookError::of_toml(&error, file, Some(text)))?;
        let at = |start: usize| {
            let line = text.bytes().take(start).filter(|byte| *byte == b'\n').count() + 1;
            Position { file: file.to_owned(), line: Some(line) }
        };
        for row in &rows.audit {
            let name = row.limit.get_ref().as_str();
            let Some((_, most)) = built_in.iter().find(|(known, _)| *known == name) else {
                let nearest = built_in.iter().map(|(known, _)| *known).min_by_key(|known| distance(known, name));
                let (at, nearest) = (at(row.limit.span().start), nearest.map(str::to_owned));
                return Err(RuleBookError::UnknownWord { at, what: "limit", name: name.to_owned(), nearest });
            };
            let given = row.most.get_ref().get();
            if given > *most {
                let (at, built_in) = (at(row.most.span().start), most.to_string());
                return Err(RuleBookError::Looser { at, limit: name.to_owned(), given: given.to_string(), built_in });
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BUILT_IN: [(&str, f64); 2] = [("membership_auc", 0.6), ("extraction_rate", 0.001)];
    const ROW: &str = "[[audit]]\nlimit = 'membership_auc'\nmost = 0.55\nsource = 's'\ndate = '2024-09-18'\n";

    fn check(rows: &str) -> Result<RuleBook, RuleBookError> {
        let text = format!("name = 'x'\ntitle = 'x'\n{rows}");
        let book = RuleBook::parse_file("book.toml", &text)?;
        RuleBook::check_audit("book.toml", &text, &BUILT_IN)?;
        Ok(book)
    }

    #[test]
    fn a_row_tightens_and_never_loosens() {
        let book = check(ROW).unwrap();
        assert_eq!((book.audit[0].limit.as_str(), book.audit[0].most.get()), ("membership_auc", 0.55));
        assert_eq!(check(&ROW.replace("0.55", "0")).unwrap().audit[0].most.get(), 0.0);
        let cases = [
            (ROW.replace("0.55", "0.61"), "audit_looser", "book.toml:5: `membership_auc` is `0.61`, looser than `0.6`"),
            (ROW.replace("0.55", "inf"), "rule_book_form", "finite"),
            (ROW.replace("membership_auc", "membership_uac"), "unknown_word", "did you mean `membership_auc`?"),
            (ROW.replace("most", "mots"), "unknown_key", "did you mean `most`?"),
            (ROW.replace("source", "# "), "no_source", "a row has no `source`"),
            (ROW.replace("date", "# "), "no_source", "a row has no `date`"),
            (format!("{ROW}{ROW}"), "row_stands_twice", "limit of the audit `membership_auc` stands twice"),
        ];
        for (rows, code, says) in cases {
            let error = check(&rows).unwrap_err();
            assert_eq!(error.code(), code, "{error}");
            assert!(error.to_string().contains(says), "`{error}` does not say `{says}`");
        }
    }

    #[test]
    fn a_book_without_such_rows_keeps_its_hash() {
        let book = RuleBook::shipped("opt-in").unwrap();
        assert!(book.audit.is_empty());
        assert!(!serde_json::to_string(&book).unwrap().contains("\"audit\""));
        assert_ne!(check(ROW).unwrap().hash(), check("").unwrap().hash());
    }
}
