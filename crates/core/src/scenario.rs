//! Scenario files: events and the decisions that must follow (`rules.md` section 6). Run by `candor gate check`.

use crate::{
    decide::{Decision, decide, decide_record, facts_at, row_at},
    event::Logged,
    history::{History, Refusal},
    id::{PurposeKey, RecipientKey, RecordId, Seq},
    record::{RecordFacts, Span},
    rulebook::{RuleBook, RuleBookError},
    state::Query,
};
use jiff::Timestamp;
use serde::Deserialize;

/// One scenario.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scenario {
    /// What it shows.
    pub name: String,
    /// Rule book by name.
    pub rulebook: String,
    /// Values that replace those of the rule book's rows.
    #[serde(default)]
    pub overrides: serde_json::Map<String, serde_json::Value>,
    /// What happens.
    pub events: Vec<Logged>,
    /// What must follow.
    pub expect: Vec<Expectation>,
}

/// What must follow.
#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
pub enum Expectation {
    /// The event of this index must be refused.
    Refused {
        /// Its index.
        refused: Seq,
        /// The refusal's code; not compared if absent.
        #[serde(default)]
        code: Option<String>,
    },
    /// A decision must be as said.
    Decided(Box<ExpectedDecision>),
}

/// A decision as it must be; absent parts are not compared.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExpectedDecision {
    /// The record.
    pub record: RecordId,
    /// The purpose.
    pub purpose: PurposeKey,
    /// The recipient; `self` if absent.
    #[serde(default = "RecipientKey::own")]
    pub recipient: RecipientKey,
    /// Valid time.
    pub at: Timestamp,
    /// Log index.
    pub as_of: Seq,
    /// The version of the record that is asked about, by its time; the latest if absent.
    #[serde(default)]
    pub version: Option<Timestamp>,
    /// `allow`, `allow_redact` or `deny`.
    #[serde(default)]
    pub decision: Option<String>,
    /// The primary code.
    #[serde(default)]
    pub primary: Option<String>,
    /// All codes, in any order.
    #[serde(default)]
    pub reasons: Option<Vec<String>>,
    /// Spans to redact.
    #[serde(default)]
    pub spans: Option<Vec<Span>>,
}

/// Why a scenario cannot be run.
#[derive(Debug, thiserror::Error)]
pub enum ScenarioError {
    /// The file is not a scenario.
    #[error("not a scenario: {0}")]
    Form(#[from] serde_json::Error),
    /// The rule book is wrong.
    #[error(transparent)]
    RuleBook(#[from] RuleBookError),
}

impl Scenario {
    /// Reads a scenario.
    ///
    /// # Errors
    /// When the text is not JSON of this form.
    pub fn parse(text: &str) -> Result<Self, ScenarioError> {
        Ok(serde_json::from_str(text)?)
    }

    /// Runs it and tells every expectation that does not hold.
    ///
    /// # Errors
    /// When the rule book is not there or an override does not fit.
    pub fn run(&self) -> Result<Vec<String>, ScenarioError> {
        let book = RuleBook::parse_with(RuleBook::shipped_text(&self.rulebook)?, &self.overrides)?;
        let mut history = History::new(book);
        let mut refused: Vec<(Seq, Refusal)> = Vec::new();
        for logged in &self.events {
            if let Err(refusal) = history.push(logged.clone()) {
                refused.push((logged.seq, refusal));
            }
        }
        let mut wrong = Vec::new();
        let mut awaited = Vec::new();
        for expectation in &self.expect {
            match expectation {
                Expectation::Refused { refused: seq, code } => {
                    awaited.push(*seq);
                    match (refused.iter().find(|(s, _)| s == seq), code) {
                        (None, _) => wrong.push(format!("event {seq} was taken; it must be refused")),
                        (Some((_, refusal)), Some(code)) if refusal.code() != code => {
                            wrong.push(format!(
                                "event {seq} must be refused with `{code}`, is with `{}`",
                                refusal.code()
                            ));
                        }
                        (Some(_), _) => {}
                    }
                }
                Expectation::Decided(expected) => wrong.extend(expected.check(&history)),
            }
        }
        for (seq, refusal) in refused.iter().filter(|(seq, _)| !awaited.contains(seq)) {
            wrong.push(format!("event {seq} was refused: {refusal}"));
        }
        Ok(wrong)
    }
}

impl ExpectedDecision {
    fn check(&self, history: &History) -> Option<String> {
        let query =
            Query { purpose: self.purpose.clone(), recipient: self.recipient.clone(), at: self.at, as_of: self.as_of };
        let got = match (self.version, facts_at(history, &self.record, self.at, self.as_of)) {
            (Some(version), Some(facts)) => {
                let row = RecordFacts { edited: version, ..facts };
                decide_record(history, &row_at(history, &self.record, row, self.at, self.as_of), &query)
            }
            _ => decide(history, &self.record, &query),
        };
        self.differs(&got).map(|what| {
            format!("record `{}` for `{}` at {} as of {}: {what}", self.record, self.purpose, self.at, self.as_of)
        })
    }

    fn differs(&self, got: &Decision) -> Option<String> {
        let codes: Vec<&str> = got.mask.iter().map(crate::reason::Reason::code).collect();
        let primary = got.primary().map(crate::reason::Reason::code);
        if let Some(decision) = &self.decision
            && decision != got.name()
        {
            return Some(format!("must be `{decision}`, is `{}` {codes:?}", got.name()));
        }
        if self.primary.is_some() && self.primary.as_deref() != primary {
            return Some(format!("primary code must be {:?}, is {primary:?}", self.primary));
        }
        if let Some(reasons) = &self.reasons {
            let (mut expected, mut got) = (reasons.clone(), codes.clone());
            expected.sort_unstable();
            got.sort_unstable();
            if expected != got {
                return Some(format!("reasons must be {expected:?}, are {got:?}"));
            }
        }
        match &self.spans {
            Some(spans) if *spans != got.spans => Some(format!("spans must be {spans:?}, are {:?}", got.spans)),
            _ => None,
        }
    }
}
