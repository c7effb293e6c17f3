//! `/console/rules`: the rule rows in force now, each with where it comes from, and "what if": which members a pause or an
//! exclusion would leave out, by place. Asked of the gate under a history that holds the row and is then dropped; nothing
//! is kept.

use std::collections::BTreeMap;

use askama::Template;
use axum::{
    extract::{Query, State},
    response::Response,
};
use candor_core::{
    Event, History, Logged, PurposeKey, Seq,
    history::DatedRule,
    rule::{Mechanism, Rule, Status},
};
use jiff::Timestamp;
use serde::Deserialize;

use crate::{
    error::PageError,
    page::{Shell, html},
    session::SignedOfficer,
    standing::{Standing, all_today},
    state::{App, AppState},
    words,
};

/// Members that are asked about at once.
const PAGE: u32 = 5000;

struct RuleRow {
    name: String,
    purposes: String,
    /// Named where it is not about all.
    recipients: Option<String>,
    regions: String,
    status: &'static str,
    mechanism: &'static str,
    from: String,
    source: String,
}

/// A purpose in the form.
struct PurposeOption {
    key: String,
    title: String,
    chosen: bool,
}

struct PlaceRow {
    name: &'static str,
    used: String,
    left_out: String,
}

/// What a row would do.
struct Answer {
    summary: String,
    places: Vec<PlaceRow>,
}

#[derive(Template)]
#[template(path = "console_rules.html")]
struct RulesPage {
    shell: Shell,
    book: String,
    rules: Vec<RuleRow>,
    purposes: Vec<PurposeOption>,
    region: String,
    excludes: bool,
    answer: Option<Answer>,
    problem: Option<String>,
}

/// The question of the form.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct WhatIf {
    purpose: String,
    region: String,
    status: String,
}

/// Shows the rows to an officer, and what a further one would do if the form asks.
pub(crate) async fn get(
    State(app): State<App>,
    SignedOfficer(signed): SignedOfficer,
    Query(asked): Query<WhatIf>,
) -> Result<Response, PageError> {
    let now = app.now();
    let history = app.store.history();
    let option = |purpose: &candor_core::rule::Purpose| PurposeOption {
        key: purpose.key.to_string(),
        title: purpose.title.clone(),
        chosen: purpose.key.as_str() == asked.purpose,
    };
    let (answer, problem) = match asked.region.trim() {
        "" => (None, None),
        region => match with_rule(&history, &asked, region, now) {
            Ok((then, purpose)) => (Some(compare(&app, &history, &then, &purpose, now).await?), None),
            Err(problem) => (None, Some(problem)),
        },
    };
    Ok(html(&RulesPage {
        shell: Shell::new(&app, Some(&signed)),
        book: history.book().name.clone(),
        rules: history.rules_at(now, Seq(u64::MAX)).into_iter().map(row).collect(),
        purposes: history.book().purposes.iter().map(option).collect(),
        region: asked.region,
        excludes: asked.status == "excluded",
        answer,
        problem,
    }))
}

/// The history as it would be with the row, and the purpose that the row is about.
fn with_rule(history: &History, asked: &WhatIf, region: &str, now: Timestamp) -> Result<(History, PurposeKey), String> {
    let purpose = PurposeKey::new(asked.purpose.as_str()).map_err(|_| "Pick a purpose.".to_owned())?;
    let rule = Rule {
        name: "what if".into(),
        purposes: vec![purpose.clone()],
        recipients: vec!["*".into()],
        regions: vec![region.to_owned()],
        status: if asked.status == "excluded" { Status::Excluded } else { Status::Paused },
        mechanism: Mechanism::OptOut,
        source: "a question on the console".into(),
        ..template(history, &purpose).ok_or("There is no rule for this purpose to compare with.")?
    };
    let mut then = history.clone();
    let logged = Logged { seq: Seq(history.last().0 + 1), t: now, t_valid: None, event: Event::RuleSet { rule } };
    then.push(logged).map_err(|refusal| format!("{refusal}."))?;
    Ok((then, purpose))
}

/// A row that is about the purpose, for the values that the question leaves as they are.
fn template(history: &History, purpose: &PurposeKey) -> Option<Rule> {
    let row = history.book().rules.iter().find(|rule| rule.purposes.contains(purpose))?;
    Some(Rule { from: None, to: None, ..row.clone() })
}

/// Members by place who are used now and would not be then.
async fn compare(
    app: &AppState,
    now_history: &History,
    then: &History,
    purpose: &PurposeKey,
    now: Timestamp,
) -> Result<Answer, PageError> {
    let mut places: BTreeMap<&'static str, (u64, u64)> = BTreeMap::new();
    let mut after = None;
    loop {
        let members = app.store.members(after.as_ref(), PAGE).await?;
        let Some(last) = members.last() else { break };
        after = Some(last.id.clone());
        let before = all_today(now_history, &members, purpose, now);
        let behind = all_today(then, &members, purpose, now);
        for ((member, before), behind) in members.iter().zip(before).zip(behind) {
            if before == Standing::Used {
                let place = words::place(member.residence.as_deref()).unwrap_or("Not known");
                let (used, left_out) = places.entry(place).or_default();
                *used += 1;
                *left_out += u64::from(behind != Standing::Used);
            }
        }
    }
    let total: u64 = places.values().map(|(_, left_out)| left_out).sum();
    let row = |(name, (used, left_out)): (&'static str, (u64, u64))| PlaceRow {
        name,
        used: words::count(used),
        left_out: words::count(left_out),
    };
    Ok(Answer {
        summary: match total {
            0 => "Nobody who is used now would be left out.".into(),
            _ => format!("{} of the members who are used now would be left out.", words::count(total)),
        },
        places: places.into_iter().filter(|(_, (_, left_out))| *left_out > 0).map(row).collect(),
    })
}

fn row(DatedRule { rule, from }: DatedRule) -> RuleRow {
    let list = |texts: Vec<String>| texts.join(", ");
    RuleRow {
        name: rule.name,
        purposes: list(rule.purposes.iter().map(|purpose| words::code(purpose.as_str())).collect()),
        recipients: (!rule.recipients.iter().any(|recipient| recipient == "*")).then(|| list(rule.recipients)),
        regions: list(rule.regions.iter().map(|region| region_words(region)).collect()),
        status: match rule.status {
            Status::Open => "Open",
            Status::Paused => "Paused",
            Status::Excluded => "Excluded",
        },
        mechanism: match rule.mechanism {
            Mechanism::Necessary => "No switch",
            Mechanism::OptOut => "On until turned off",
            Mechanism::OptIn => "Off until turned on",
        },
        from: if from == Timestamp::MIN { "Always".into() } else { words::day(from) },
        source: format!("{} (checked {})", rule.source, rule.date),
    }
}

fn region_words(region: &str) -> String {
    match region {
        "*" => "every known place".into(),
        "any" => "every place, known or not".into(),
        set if set.starts_with('@') => set.to_owned(),
        code => words::place(Some(code)).unwrap_or(code).to_owned(),
    }
}
