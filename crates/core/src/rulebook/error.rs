//! Why a text is not a rule book: a stable code, the place in the file, and what to write instead.

use crate::id::PurposeKey;
use std::fmt;

/// Where in which file something stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Position {
    /// The file as it was named, or `rule book`.
    pub file: String,
    /// The line from 1, where it is known.
    pub line: Option<usize>,
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            Some(line) => write!(f, "{}:{line}", self.file),
            None => f.write_str(&self.file),
        }
    }
}

/// Why a text is not a rule book.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RuleBookError {
    /// The text is not TOML of this form.
    #[error("{at}: {problem}")]
    Form {
        /// Where.
        at: Position,
        /// What is wrong.
        problem: String,
    },
    /// A row has a key that no row of its kind has.
    #[error("{at}: unknown key `{key}`{}", nearest.as_ref().map(|key| format!("; did you mean `{key}`?")).unwrap_or_default())]
    UnknownKey {
        /// Where.
        at: Position,
        /// The key.
        key: String,
        /// The known key that is most like it.
        nearest: Option<String>,
    },
    /// A row has a word that nothing is called.
    #[error("{at}: unknown {what} `{name}`{}", nearest.as_ref().map(|name| format!("; did you mean `{name}`?")).unwrap_or_default())]
    UnknownWord {
        /// Where.
        at: Position,
        /// What sort of word.
        what: &'static str,
        /// The word.
        name: String,
        /// The known word that is most like it.
        nearest: Option<String>,
    },
    /// A row without source or date.
    #[error("{at}: a row has no `{missing}`; say where the row comes from and when it was checked")]
    NoSource {
        /// Where.
        at: Position,
        /// `source` or `date`.
        missing: String,
    },
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
    /// Two rules of the same purposes, recipients, regions and time say different things.
    #[error(
        "rules `{0}` and `{1}` are about the same purposes, recipients, regions and time with different terms; end one with `to`"
    )]
    Contradiction(String, String),
    /// A rule that ends before it starts.
    #[error("rule `{0}` ends before it starts; `to` must be after `from`")]
    EmptyRule(String),
    /// Two rows of one key.
    #[error("{what} `{name}` stands twice; remove one")]
    Twice {
        /// What sort of row.
        what: &'static str,
        /// Its key.
        name: String,
    },
    /// A limit of the audit that is looser than the built-in one.
    #[error("{at}: `{limit}` is `{given}`, looser than `{built_in}`; a rule book may only tighten the audit")]
    Looser {
        /// Where.
        at: Position,
        /// The limit.
        limit: String,
        /// Its value in the row.
        given: String,
        /// The built-in value.
        built_in: String,
    },
    /// No rule book of this name is shipped.
    #[error("there is no rule book `{0}`; shipped are: {shipped}", shipped = super::shipped_list())]
    NoSuchBook(String),
    /// An override that no row has.
    #[error("no row of the rule book has a value `{0}` to override")]
    NoSuchValue(String),
}

impl RuleBookError {
    /// The stable code.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Form { .. } => "rule_book_form",
            Self::UnknownKey { .. } => "unknown_key",
            Self::UnknownWord { .. } => "unknown_word",
            Self::NoSource { .. } => "no_source",
            Self::Unknown { what, .. } => match *what {
                "purpose" => "unknown_purpose",
                "recipient" => "unknown_recipient",
                _ => "unknown_region",
            },
            Self::NeverUsed(..) => "never_used",
            Self::NoGround(_) => "no_ground",
            Self::Contradiction(..) => "rule_contradicts",
            Self::EmptyRule(_) => "rule_is_empty",
            Self::Twice { .. } => "row_stands_twice",
            Self::Looser { .. } => "audit_looser",
            Self::NoSuchBook(_) => "no_such_rule_book",
            Self::NoSuchValue(_) => "no_such_value",
        }
    }

    /// The error that a TOML reader tells of a text in a file.
    pub(super) fn of_toml(error: &toml::de::Error, file: &str, text: Option<&str>) -> Self {
        let line = error
            .span()
            .zip(text)
            .map(|(span, text)| text.bytes().take(span.start).filter(|byte| *byte == b'\n').count() + 1);
        let at = Position { file: file.to_owned(), line };
        let message = error.message();
        let mut quoted = message.split('`').skip(1).step_by(2).map(str::to_owned);
        if message.starts_with("unknown field")
            && let Some(key) = quoted.next()
        {
            let nearest = quoted.min_by_key(|known| distance(known, &key));
            return Self::UnknownKey { at, key, nearest };
        }
        match quoted.next() {
            Some(missing) if message.starts_with("missing field") && matches!(missing.as_str(), "source" | "date") => {
                Self::NoSource { at, missing }
            }
            _ => Self::Form { at, problem: message.trim().to_owned() },
        }
    }
}

/// How many letters must be put in, left out or changed to make one word of the other (Levenshtein).
pub(super) fn distance(a: &str, b: &str) -> usize {
    let mut row: Vec<usize> = (0..=b.chars().count()).collect();
    for (i, x) in a.chars().enumerate() {
        let mut before = i;
        let mut left = i + 1;
        let mut next = vec![left];
        for (y, above) in b.chars().zip(row.iter().skip(1)) {
            let changed = before + usize::from(x != y);
            left = changed.min(left + 1).min(above + 1);
            before = *above;
            next.push(left);
        }
        row = next;
    }
    row.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_distance_counts_letters() {
        let cases = [("", "", 0), ("abc", "", 3), ("kitten", "sitting", 3), ("notice", "notices", 1), ("ab", "ba", 2)];
        for (a, b, expected) in cases {
            assert_eq!(distance(a, b), expected, "{a} {b}");
            assert_eq!(distance(b, a), expected, "{b} {a}");
        }
    }
}
