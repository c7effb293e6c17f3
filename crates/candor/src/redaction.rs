//! The redactor as pages and API ask for it: with the platform's own people, under any operator. Pseudonyms and surrogates are
//! made with a key that lives as long as the process, so that nobody can link what was redacted before and after.

use crate::redaction_model::{self, Model};
use anyhow::Result;
use candor_core::{PurposeKey, RuleBook};
use candor_redact::{Directory, Kind, Names, Operator, Policy, Redactor};
use candor_web::{RedactedText, Redaction, RedactionOrder};
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

/// Bytes that are redacted at once where a model of the operator reads them: a core reads a few
/// thousand in a second, and each text up to three times.
const MODEL_BYTES: usize = 8 << 10;

/// A redactor for each manner that was asked for.
pub struct ServedRedaction {
    key: [u8; 32],
    book: RuleBook,
    model: Model,
    made: Mutex<Made>,
}

struct Made {
    directory: Arc<Directory>,
    redactors: HashMap<Manner, Arc<Redactor>>,
}

/// What takes the place of personal data.
#[derive(Clone, PartialEq, Eq, Hash)]
enum Manner {
    /// The same for every type.
    Operator(Operator),
    /// What the rule book says for a purpose.
    Purpose(PurposeKey),
}

impl ServedRedaction {
    /// Looks for the people of this directory, and for the names of others.
    pub fn new(directory: Arc<Directory>, book: RuleBook, model: Model) -> Self {
        Self { key: rand::random(), book, model, made: Mutex::new(Made { directory, redactors: HashMap::new() }) }
    }

    /// Looks for the people of another directory from now on.
    pub fn swap(&self, directory: Arc<Directory>) {
        *self.made.lock().unwrap_or_else(PoisonError::into_inner) = Made { directory, redactors: HashMap::new() };
    }

    fn redactor(&self, manner: Manner) -> Result<Arc<Redactor>, String> {
        let mut made = self.made.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(redactor) = made.redactors.get(&manner) {
            return Ok(Arc::clone(redactor));
        }
        let builder = Redactor::builder().directory(Arc::clone(&made.directory)).key(self.key);
        let builder = match &manner {
            Manner::Operator(operator) => builder.operator_for_all(*operator).names(Names::default()),
            Manner::Purpose(purpose) => {
                builder.policy(Policy::of(&self.book, purpose).map_err(|error| error.to_string())?)
            }
        };
        let builder = redaction_model::with(builder, &self.model);
        let redactor = Arc::new(builder.build().map_err(|error| error.to_string())?);
        made.redactors.insert(manner, Arc::clone(&redactor));
        Ok(redactor)
    }
}

impl Redaction for ServedRedaction {
    fn redact(&self, texts: &[String], how: &RedactionOrder) -> Result<Vec<RedactedText>, String> {
        if self.model.is_some() && texts.iter().map(String::len).sum::<usize>() > MODEL_BYTES {
            let why = "a model of the operator reads them, which takes long";
            return Err(format!("send at most {MODEL_BYTES} bytes of text at once here: {why}"));
        }
        let manner = match (&how.operator, &how.purpose) {
            (None, Some(purpose)) => Manner::Purpose(purpose.clone()),
            (None, None) => Manner::Operator(Operator::default()),
            (Some(name), _) => Manner::Operator(Operator::from_name(name).ok_or_else(|| {
                let names: Vec<&str> = Operator::ALL.into_iter().map(Operator::name).collect();
                format!("there is no such operator; give one of `{}`", names.join("`, `"))
            })?),
        };
        let redactor = self.redactor(manner)?;
        let thread: Vec<&str> = texts.iter().map(String::as_str).collect();
        let redacted = redactor.redact_thread(&thread).into_iter().zip(&thread).map(|(redacted, text)| {
            let found = redactor.find(text).into_iter();
            RedactedText {
                findings: found.map(|f| (f.kind.name(), f.span.start, f.span.end, f.score)).collect(),
                counts: redacted.counts.iter().map(|(kind, count)| (kind.name(), count)).collect(),
                text: redacted.text,
            }
        });
        Ok(redacted.collect())
    }

    fn types(&self) -> Vec<(&'static str, &'static str)> {
        Kind::ALL.into_iter().map(|kind| (kind.name(), kind.words().1)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn operators_are_taken_by_name_and_people_are_swapped() {
        let people = |name: &str| {
            let entry = candor_redact::Entry { member: "m".into(), names: vec![name.into()], ..Default::default() };
            Arc::new(Directory::build([entry]).unwrap())
        };
        let redaction = ServedRedaction::new(people("Xqar Vlimst"), RuleBook::shipped("opt-in").unwrap(), None);
        let texts = ["then Xqar Vlimst wrote a@firma.de".to_owned(), "A@firma.de".to_owned()];
        let order = |operator: Option<&str>| RedactionOrder { operator: operator.map(str::to_owned), purpose: None };
        let redacted = redaction.redact(&texts, &order(None)).unwrap();
        assert_eq!([&*redacted[0].text, &*redacted[1].text], ["then [PERSON_1] wrote [EMAIL_1]", "[EMAIL_1]"]);
        assert_eq!(redacted[0].counts, [("EMAIL", 1), ("PERSON", 1)].into());
        assert_eq!(redacted[1].findings[0].0, "EMAIL");
        let masked = redaction.redact(&texts, &order(Some("mask"))).unwrap();
        assert_eq!(masked[1].text, "*@*****.**");
        assert!(redaction.redact(&texts, &order(Some("shout"))).unwrap_err().contains("`placeholder`"));
        let purpose = RedactionOrder { operator: None, purpose: Some(PurposeKey::generative_training()) };
        let born = ["She was born on 12 March 1985.".to_owned()];
        assert_eq!(redaction.redact(&born, &purpose).unwrap()[0].text, "She was born on 1985.");
        redaction.swap(people("Zzor Prukt"));
        let known = redaction.redact(&["zzor prukt, xqar vlimst".to_owned()], &order(None)).unwrap();
        assert_eq!(known[0].text, "[PERSON_1], xqar vlimst");
    }

    #[test]
    fn a_model_of_the_operator_reads_so_much_at_once() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../ml/tests/golden/token-classification/surnames");
        let model = redaction_model::load(std::path::Path::new(folder), 30).unwrap();
        let nobody = Arc::new(Directory::build([]).unwrap());
        let redaction = ServedRedaction::new(nobody, RuleBook::shipped("opt-in").unwrap(), Some(model));
        let order = RedactionOrder { operator: None, purpose: Some(PurposeKey::generative_training()) };
        let redacted = redaction.redact(&["we met zorblat".to_owned()], &order).unwrap();
        assert_eq!(redacted[0].counts, [("PERSON", 1)].into());
        assert!(!redacted[0].text.contains("zorblat"));
        let long = [" ".repeat(MODEL_BYTES), "x".to_owned()];
        assert!(redaction.redact(&long, &order).unwrap_err().contains("at most 8192 bytes"));
    }
}
