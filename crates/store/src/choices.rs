//! A member's choice as the page shows it: what was chosen, or what holds without a choice, and what their region says.
//! Read from the history; whether a record may be used is asked of `core::decide`, never of this.

use crate::store::Store;
use candor_core::{
    ChoiceValue, Country, Event, History, Logged, MemberId, PurposeKey, RecipientKey, Scope, Seq,
    rule::{Mechanism, Rule, Status},
};
use jiff::Timestamp;
use serde::Serialize;

/// What the rules in force say of the place where a member lives.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum RegionStatus {
    /// Members are used, under their choice.
    Open,
    /// Members are not used for now.
    Paused,
    /// Members are not used.
    Excluded,
    /// It is not known where the member lives, or no rule speaks of it: not used.
    Unknown,
}

/// A member's setting for a purpose, for the platform itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ChoiceView {
    /// On or off, as chosen or as it holds without a choice.
    pub value: ChoiceValue,
    /// How far it reaches. Without a choice: what "off" would reach, or `from_now`.
    pub scope: Scope,
    /// Since when; none without a choice.
    pub since: Option<Timestamp>,
    /// Log index of the choice; none without one.
    pub seq: Option<Seq>,
    /// Whether nothing was ever chosen.
    pub default: bool,
    /// Name of the rule row in force; empty if none is.
    pub rule: String,
    /// What "off" reaches when the member picks nothing.
    pub off_scope: Scope,
    /// What the region says.
    pub region_status: RegionStatus,
    /// Where the member lives, as the log has it.
    pub residence: Option<String>,
}

/// One step of a member's choices.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ChoiceStep {
    /// Log index.
    pub seq: Seq,
    /// When it took effect.
    pub t: Timestamp,
    /// On or off.
    pub value: ChoiceValue,
    /// How far it reaches.
    pub scope: Scope,
}

impl Store {
    /// A member's setting for a purpose as it stands at `now`.
    #[must_use]
    pub fn choice(&self, member: &MemberId, purpose: &PurposeKey, now: Timestamp) -> ChoiceView {
        let history = self.history();
        let residence = residence(&history, member, now);
        let place = residence.as_deref().and_then(Country::parse);
        let rows = history.rules_at(now, Seq(u64::MAX)).into_iter().map(|row| row.rule);
        let rules: Vec<Rule> = rows.filter(|rule| rule.is_about(purpose, &RecipientKey::own())).collect();
        let holding = rules
            .iter()
            .filter(|rule| rule.regions.iter().any(|region| history.book().region_holds(region, place, now)));
        // Where several rows hold, the strictest wins.
        let rule = holding.max_by_key(|rule| (rule.status, rule.mechanism));
        let off_scope = rule.map_or(Scope::FutureUse, |rule| rule.off_scope);
        // Where no row holds, the region keeps the member out; the switch shows what the programme's rows say.
        let asks_first = |rule: &Rule| rule.mechanism == Mechanism::OptIn;
        let opt_in = rule.map_or(rules.is_empty() || rules.iter().any(asks_first), asks_first);
        let region_status = match rule.map(|rule| rule.status) {
            Some(Status::Open) => RegionStatus::Open,
            Some(Status::Paused) => RegionStatus::Paused,
            Some(Status::Excluded) => RegionStatus::Excluded,
            None => RegionStatus::Unknown,
        };
        let last = self.choice_history_at(&history, member, purpose, off_scope, now).pop();
        let value = if opt_in { ChoiceValue::Off } else { ChoiceValue::On };
        ChoiceView {
            value: last.as_ref().map_or(value, |step| step.value),
            scope: last.as_ref().map_or(if opt_in { off_scope } else { Scope::FromNow }, |step| step.scope),
            since: last.as_ref().map(|step| step.t),
            seq: last.as_ref().map(|step| step.seq),
            default: last.is_none(),
            rule: rule.map(|rule| rule.name.clone()).unwrap_or_default(),
            off_scope,
            region_status,
            residence,
        }
    }

    /// Every choice of a member for a purpose that has taken effect by `now`, in that order. The last one stands.
    #[must_use]
    pub fn choice_history(&self, member: &MemberId, purpose: &PurposeKey, now: Timestamp) -> Vec<ChoiceStep> {
        let off_scope = self.choice(member, purpose, now).off_scope;
        self.choice_history_at(&self.history(), member, purpose, off_scope, now)
    }

    fn choice_history_at(
        &self,
        history: &History,
        member: &MemberId,
        purpose: &PurposeKey,
        off_scope: Scope,
        now: Timestamp,
    ) -> Vec<ChoiceStep> {
        let step = |logged: &Logged| {
            let Event::ChoiceSet { purpose: of, recipient, value, scope, .. } = &logged.event else { return None };
            if of != purpose || recipient.as_ref().is_some_and(|r| *r != RecipientKey::own()) {
                return None;
            }
            let (t, otherwise) = match value {
                ChoiceValue::On => (logged.permissive(), Scope::FromNow),
                ChoiceValue::Off => (logged.valid(), off_scope),
            };
            // Not yet in force; but a reader's clock may be behind the log's.
            if t > now.max(logged.t) {
                return None;
            }
            Some(ChoiceStep { seq: logged.seq, t, value: *value, scope: scope.unwrap_or(otherwise) })
        };
        let mut steps: Vec<_> = history.of_member(member, Seq(u64::MAX)).filter_map(step).collect();
        // At one time the denial comes last and so stands.
        steps.sort_by_key(|step| (step.t, step.value == ChoiceValue::Off, step.seq));
        steps
    }
}

/// Where the member lives at `now`, as it was last stated.
fn residence(history: &History, member: &MemberId, now: Timestamp) -> Option<String> {
    let stated = history.of_member(member, Seq(u64::MAX)).filter_map(|logged| match &logged.event {
        Event::MemberRegistered { residence, .. } => Some((logged.valid(), residence)),
        Event::ResidenceSet { residence, .. } => Some((logged.permissive(), residence)),
        _ => None,
    });
    stated.filter(|(t, _)| *t <= now).max_by_key(|(t, _)| *t).and_then(|(_, residence)| residence.clone())
}
