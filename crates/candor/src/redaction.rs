//! The redactor as pages and API ask for it: with the platform's own people, under any operator. Pseudonyms and surrogates are
//! made with a key that lives as long as the process, so that nobody can link what was redacted before and after.

use anyhow::Result;
use candor_redact::{Directory, Kind, Operator, Redactor};
use candor_web::{RedactedText, Redaction, RedactionOrder};
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

/// A redactor for each operator that was asked for.
pub struct ServedRedaction {
    key: [u8; 32],
    made: Mutex<Made>,
}

struct Made {
    directory: Arc<Directory>,
    redactors: HashMap<Operator, Arc<Redactor>>,
}

impl ServedRedaction {
    /// Looks for the people of this directory.
    pub fn new(directory: Arc<Directory>) -> Self {
        Self { key: rand::random(), made: Mutex::new(Made { directory, redactors: HashMap::new() }) }
    }

    /// Looks for the people of another directory from now on.
    pub fn swap(&self, directory: Arc<Directory>) {
        *self.made.lock().unwrap_or_else(PoisonError::into_inner) = Made { directory, redactors: HashMap::new() };
    }

    fn redactor(&self, operator: Operator) -> Result<Arc<Redactor>, candor_redact::BuildError> {
        let mut made = self.made.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(redactor) = made.redactors.get(&operator) {
            return Ok(Arc::clone(redactor));
        }
        let builder = Redactor::builder().directory(Arc::clone(&made.directory)).operator_for_all(operator);
        let redactor = Arc::new(builder.key(self.key).build()?);
        made.redactors.insert(operator, Arc::clone(&redactor));
        Ok(redactor)
    }
}

impl Redaction for ServedRedaction {
    fn redact(&self, texts: &[String], how: &RedactionOrder) -> Result<Vec<RedactedText>, String> {
        let operator = match &how.operator {
            None => Operator::default(),
            Some(name) => Operator::from_name(name).ok_or_else(|| {
                let names: Vec<&str> = Operator::ALL.into_iter().map(Operator::name).collect();
                format!("there is no such operator; give one of `{}`", names.join("`, `"))
            })?,
        };
        let redactor = self.redactor(operator).map_err(|error| error.to_string())?;
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
        let redaction = ServedRedaction::new(people("Xqar Vlimst"));
        let texts = ["then Xqar Vlimst wrote a@firma.de".to_owned(), "A@firma.de".to_owned()];
        let order = |operator: Option<&str>| RedactionOrder { operator: operator.map(str::to_owned) };
        let redacted = redaction.redact(&texts, &order(None)).unwrap();
        assert_eq!([&*redacted[0].text, &*redacted[1].text], ["then [PERSON_1] wrote [EMAIL_1]", "[EMAIL_1]"]);
        assert_eq!(redacted[0].counts, [("EMAIL", 1), ("PERSON", 1)].into());
        assert_eq!(redacted[1].findings[0].0, "EMAIL");
        let masked = redaction.redact(&texts, &order(Some("mask"))).unwrap();
        assert_eq!(masked[1].text, "*@*****.**");
        assert!(redaction.redact(&texts, &order(Some("shout"))).unwrap_err().contains("`placeholder`"));
        redaction.swap(people("Zzor Prukt"));
        assert!(redaction.redact(&texts, &order(None)).unwrap()[0].text.starts_with("then Xqar"));
    }
}
