//! A decision in words: for each reason the rows of the rule book that were looked at, with their sources.
//! It says what `decide` found and decides nothing itself.

use crate::{
    decide::{Decision, Frame},
    history::History,
    reason::Reason,
    record::RecordFacts,
    rule::Status,
    state::Query,
};
use serde::Serialize;
use std::fmt;

/// A row that was looked at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Source {
    /// Which row, such as: rule `on by default` (open).
    pub row: String,
    /// Where it comes from.
    pub source: String,
}

/// One reason with what it rests on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Ground {
    /// The reason's code.
    pub code: &'static str,
    /// The reason in words.
    pub words: &'static str,
    /// The rows behind it; empty where only the record's or the member's own facts count.
    pub sources: Vec<Source>,
}

/// Why a record may or may not be used.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Explanation {
    /// `allow`, `allow_redact` or `deny`.
    pub decision: &'static str,
    /// The code that comes first, if it is denied.
    pub primary: Option<&'static str>,
    /// Every reason, in the order of precedence.
    pub grounds: Vec<Ground>,
    /// The rules that were in force for the question.
    pub rules: Vec<Source>,
    /// The policy versions in force that tell of it.
    pub policies: Vec<Source>,
}

/// Explains the decision about a record.
#[must_use]
pub fn explain(history: &History, record: &RecordFacts, query: &Query) -> Explanation {
    let frame = Frame::new(history, query);
    let decision: Decision = frame.decide(history, record);
    let rules: Vec<Source> = frame.terms.iter().flat_map(|terms| &terms.rows).map(|row| of_rule(&row.rule)).collect();
    let policies = || {
        frame.telling().map(|(from, policy, _)| Source {
            row: format!("policy `{}`, in force since {from}", policy.policy),
            source: policy.source.clone().unwrap_or_else(|| "published by the platform".into()),
        })
    };
    let grounds = decision.mask.iter().map(|reason| Ground {
        code: reason.code(),
        words: reason.words(),
        sources: match basis(reason) {
            Basis::Facts => Vec::new(),
            Basis::Purpose => frame.purpose.iter().map(of_purpose).collect(),
            Basis::Rules(status) => {
                let rows = frame.terms.iter().flat_map(|terms| &terms.rows);
                rows.filter(|row| status.is_none_or(|status| row.rule.status == status))
                    .map(|row| of_rule(&row.rule))
                    .collect()
            }
            Basis::Policies => policies().collect(),
            Basis::Signals => history.book().signals.iter().map(of_signal).collect(),
        },
    });
    Explanation {
        decision: decision.name(),
        primary: decision.primary().map(Reason::code),
        grounds: grounds.collect(),
        policies: policies().collect(),
        rules,
    }
}

/// What a reason rests on beside the facts.
enum Basis {
    Facts,
    Purpose,
    Rules(Option<Status>),
    Policies,
    Signals,
}

fn basis(reason: Reason) -> Basis {
    use Reason as R;
    match reason {
        R::UnknownPurpose | R::UnknownRecipient | R::UnknownMember | R::UnknownRule | R::StaleState => Basis::Facts,
        R::RecordDeleted | R::RecordSuperseded | R::RecordHold | R::SpecialCategory => Basis::Facts,
        R::RecordNotVisible | R::RecordKind | R::ObjectionPending => Basis::Purpose,
        R::AccountClosed | R::AccountSuspended | R::AccountErased | R::NotAMember | R::NotHuman => Basis::Facts,
        R::ObjectionUpheld | R::ErasurePending => Basis::Facts,
        R::MinorNow | R::MinorAtCreation | R::AgeUnknown => Basis::Rules(None),
        R::ChoiceRetracted | R::ChoiceOff | R::ChoiceRecipientOff | R::NeverOn | R::CreatedWhileOff => {
            Basis::Rules(None)
        }
        R::SignalOff => Basis::Signals,
        R::RegionExcludedNow | R::RegionExcludedAtCreation => Basis::Rules(Some(Status::Excluded)),
        R::RegionPausedNow | R::RegionPausedAtCreation => Basis::Rules(Some(Status::Paused)),
        R::RegionUnknownNow | R::RegionUnknownAtCreation | R::SubjectBlocks => Basis::Rules(None),
        R::RegionBacklog => Basis::Rules(Some(Status::Open)),
        R::NotDisclosed | R::RecipientNotDisclosed => Basis::Policies,
        R::NoticeNotDelivered | R::NoticeWindow | R::BeforeDisclosure => Basis::Policies,
    }
}

fn of_rule(rule: &crate::rule::Rule) -> Source {
    let status = match rule.status {
        Status::Open => "open",
        Status::Paused => "paused",
        Status::Excluded => "excluded",
    };
    let row = format!("rule `{}`: {} is {status}", rule.name, rule.regions.join(", "));
    Source { row, source: format!("{}, checked {}", rule.source, rule.date) }
}

fn of_purpose(purpose: &crate::rule::Purpose) -> Source {
    Source {
        row: format!("purpose `{}`", purpose.key),
        source: format!("{}, checked {}", purpose.source, purpose.date),
    }
}

fn of_signal(signal: &crate::rule::SignalRule) -> Source {
    Source { row: format!("signal `{}`", signal.signal), source: format!("{}, checked {}", signal.source, signal.date) }
}

impl fmt::Display for Explanation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.decision)?;
        for ground in &self.grounds {
            writeln!(f, "  {}: {}", ground.code, ground.words)?;
            for source in &ground.sources {
                writeln!(f, "    {} ({})", source.row, source.source)?;
            }
        }
        writeln!(f, "looked at:")?;
        for source in self.rules.iter().chain(&self.policies) {
            writeln!(f, "  {} ({})", source.row, source.source)?;
        }
        Ok(())
    }
}
