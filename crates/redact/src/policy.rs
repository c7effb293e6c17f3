//! What is done with each kind of finding, as data: made by hand, or read from the rows of a rule book for one purpose. Holds no key and no
//! text.

use std::collections::BTreeMap;

use candor_core::rulebook::{EVERY_KIND, Position, RuleBook, RuleBookError};
use candor_core::{PurposeKey, rulebook::Strictness};

use crate::finding::{Finding, SURE};
use crate::kind::{Family, Kind};
use crate::operator::Operator;

/// The word of a rule book for findings that are reported and left in texts.
pub const KEEP: &str = "keep";

/// What is done with findings of one kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Treatment {
    /// None leaves them in the text.
    operator: Option<Operator>,
    /// Whether findings below [`SURE`] are treated like the others.
    unsure: bool,
}

/// How names that are in no directory are looked for, as a rule book says it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NamePolicy {
    /// The kinds of names that are replaced; none turns the search off.
    pub kinds: Vec<Kind>,
    /// By how much the odds of a name are raised, in hundredths of their natural logarithm; none leaves it to the model.
    pub recall_bias: Option<i16>,
    /// When every capitalized word inside a sentence is taken as a name.
    pub strict: Strictness,
}

/// An operator for each kind. A policy without settings writes placeholders for what is [`SURE`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Policy {
    treatments: BTreeMap<Kind, Treatment>,
    names: Option<NamePolicy>,
}

impl Policy {
    /// The policy of a rule book for a purpose: a row that names a kind comes before one of `*`, and what no row names becomes a placeholder.
    ///
    /// # Errors
    /// [`RuleBookError::UnknownWord`] when a row has the name of no kind or operator.
    pub fn of(book: &RuleBook, purpose: &PurposeKey) -> Result<Self, RuleBookError> {
        let mut policy = Self::default();
        let rows = || book.redaction.iter().filter(|row| row.purposes.contains(purpose));
        let general = rows().filter(|row| row.kinds.iter().any(|kind| kind == EVERY_KIND));
        let special = rows().filter(|row| row.kinds.iter().all(|kind| kind != EVERY_KIND));
        for row in general.chain(special) {
            let operator = match row.operator.as_str() {
                KEEP => None,
                name => Some(Operator::from_name(name).ok_or_else(|| unknown("operator", name))?),
            };
            let treatment = Treatment { operator, unsure: row.unsure };
            for kind in &row.kinds {
                let kinds = if kind == EVERY_KIND { Kind::ALL.to_vec() } else { vec![kind_of(kind)?] };
                policy.treatments.extend(kinds.into_iter().map(|kind| (kind, treatment)));
            }
        }
        if let Some(row) = book.names.iter().find(|row| row.purposes.contains(purpose)) {
            let kinds = row.kinds.iter().map(|kind| kind_of(kind)).collect::<Result<_, _>>()?;
            policy.names = Some(NamePolicy { kinds, recall_bias: row.recall_bias, strict: row.strict });
        }
        Ok(policy)
    }

    /// Checks the kinds and operators that the text of a rule book names. The rule book itself does not know them.
    ///
    /// # Errors
    /// With file, line and the nearest known name, when a row has the name of no kind or operator.
    pub fn check(file: &str, text: &str) -> Result<(), RuleBookError> {
        let operators: Vec<&str> = Operator::ALL.iter().map(|operator| operator.name()).chain([KEEP]).collect();
        RuleBook::check_redaction(file, text, &Kind::ALL.map(Kind::name), &operators)
    }

    /// How names are looked for; none when the rule book does not say.
    pub fn names(&self) -> Option<&NamePolicy> {
        self.names.as_ref()
    }

    /// The operator of a kind; none when findings of it are left in texts.
    pub fn operator(&self, kind: Kind) -> Option<Operator> {
        self.treatments.get(&kind).map_or(Some(Operator::default()), |treatment| treatment.operator)
    }

    /// Whether findings of a kind are replaced that are too unsure to be replaced otherwise.
    pub fn replaces_unsure(&self, kind: Kind) -> bool {
        self.treatments.get(&kind).is_some_and(|treatment| treatment.unsure && treatment.operator.is_some())
    }

    /// A kind whose operator needs a key, if there is one.
    pub fn needs_key(&self) -> Option<Kind> {
        let keyed = |treatment: &Treatment| treatment.operator.is_some_and(Operator::needs_key);
        self.treatments.iter().find(|(_, treatment)| keyed(treatment)).map(|(kind, _)| *kind)
    }

    /// Replaces sure findings of a kind with an operator.
    pub(crate) fn set(&mut self, kind: Kind, operator: Operator) {
        self.treatments.insert(kind, Treatment { operator: Some(operator), unsure: false });
    }

    /// The same for every kind of a family.
    pub(crate) fn set_family(&mut self, family: Family, operator: Operator) {
        Kind::ALL.into_iter().filter(|kind| kind.family() == family).for_each(|kind| self.set(kind, operator));
    }

    /// Whether a finding is replaced.
    pub(crate) fn replaces(&self, finding: &Finding) -> bool {
        match self.treatments.get(&finding.kind) {
            Some(treatment) => treatment.operator.is_some() && (treatment.unsure || finding.score >= SURE),
            None => finding.score >= SURE,
        }
    }
}

fn kind_of(name: &str) -> Result<Kind, RuleBookError> {
    Kind::from_name(name).ok_or_else(|| unknown("kind", name))
}

/// The error for a book whose text was not checked; where the word stands is no longer known.
fn unknown(what: &'static str, name: &str) -> RuleBookError {
    let at = Position { file: "rule book".to_owned(), line: None };
    RuleBookError::UnknownWord { at, what, name: name.to_owned(), nearest: None }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Redactor;

    fn book(rows: &str) -> RuleBook {
        let text = RuleBook::shipped_text("opt-in").unwrap();
        let own = ["[[redaction]]", "[[names]]"].iter().filter_map(|table| text.find(table)).min();
        let text = format!("{}\n{rows}", &text[..own.unwrap_or(text.len())]);
        Policy::check("book.toml", &text).unwrap();
        RuleBook::parse_file("book.toml", &text).unwrap()
    }

    fn row(kinds: &str, operator: &str, more: &str) -> String {
        format!(
            "[[redaction]]\npurposes = ['generative_training']\nkinds = [{kinds}]\noperator = '{operator}'\n{more}\nsource = 's'\n\
             date = '2024-09-18'\n"
        )
    }

    #[test]
    fn a_kind_comes_before_every_kind_and_purposes_stand_alone() {
        let rows = row("'EMAIL', 'PHONE'", "mask", "") + &row("'*'", "remove", "") + &row("'URL'", "keep", "");
        let training = Policy::of(&book(&rows), &PurposeKey::generative_training()).unwrap();
        assert_eq!(training.operator(Kind::Email), Some(Operator::Mask));
        assert_eq!(training.operator(Kind::Iban), Some(Operator::Remove));
        assert_eq!(training.operator(Kind::Url), None);
        let other = Policy::of(&book(&rows), &PurposeKey::new("moderation").unwrap()).unwrap();
        assert_eq!(other, Policy::default());
    }

    #[test]
    fn a_policy_is_followed() {
        let rows = row("'EMAIL'", "mask", "")
            + &row("'PHONE'", "keep", "")
            + &row("'DATE_TIME'", "generalize", "unsure = true");
        let policy = Policy::of(&book(&rows), &PurposeKey::generative_training()).unwrap();
        let redactor = Redactor::builder().policy(policy).build().unwrap();
        let text = "a@b.com, +49 30 901820, DE89 3704 0044 0532 0130 00, on 2024-09-18";
        assert_eq!(redactor.redact(text, &[]).text, "*@*.***, +49 30 901820, [IBAN_1], on 2024");
        assert_eq!(redactor.find_all(text).len(), 4);
    }

    #[test]
    fn every_shipped_book_names_what_is_there() {
        for name in RuleBook::shipped_names() {
            Policy::check(name, RuleBook::shipped_text(name).unwrap()).unwrap();
            let book = RuleBook::shipped(name).unwrap();
            for purpose in &book.purposes {
                let policy = Policy::of(&book, &purpose.key).unwrap();
                // A key is made for each snapshot; pages and drafts have none.
                assert!(policy.needs_key().is_none() || purpose.key == PurposeKey::generative_training(), "{name}");
            }
        }
    }
}
