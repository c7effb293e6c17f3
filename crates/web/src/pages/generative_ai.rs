//! `/settings/data-privacy/generative-ai`: the switch. A plain form that says what it does before and after, carries the
//! value that is wanted, and shows the state as the store has it after the commit.

use askama::Template;
use axum::{
    extract::{Query, State},
    response::{IntoResponse, Redirect, Response},
};
use candor_core::{Actor, ChoiceValue, Event, Member, PurposeKey, Scope, Seq};
use candor_store::{Acknowledgment, ChoiceView, RegionStatus, ShardState, Standing as StoreStanding, UsedIn};
use serde::Deserialize;

use crate::{
    choices::{self, Wanted},
    error::PageError,
    page::{Proof, Shell, html},
    session::{Checked, SignedMember},
    standing::{Standing, sentence, today},
    state::{App, AppState},
    words,
};

const ADDRESS: &str = "/settings/data-privacy/generative-ai";

/// The change that was just made, or one that was looked up.
struct Done {
    what: &'static str,
    effect: &'static str,
    proof: Proof,
}

/// Why there is no switch.
struct LeftOut {
    sentence: String,
    off_since: Option<String>,
}

struct RuleFacts {
    name: String,
    source: String,
}

struct PolicyFacts {
    name: String,
    told: Option<String>,
}

/// A row of "Your decisions".
struct Step {
    when: String,
    value: &'static str,
    reach: &'static str,
    by: Option<&'static str>,
    seq: u64,
}

#[derive(Template)]
#[template(path = "generative_ai.html")]
struct GenerativeAiPage {
    shell: Shell,
    done: Option<Done>,
    journaled: bool,
    left_out: Option<LeftOut>,
    is_on: bool,
    with_past: bool,
    retracted: bool,
    can_take_back: bool,
    now_line: String,
    records: String,
    snapshots: String,
    models: String,
    set_by: String,
    place: &'static str,
    rule: Option<RuleFacts>,
    policy: Option<PolicyFacts>,
    decisions: Vec<Step>,
}

/// Which entry to show the receipt of.
#[derive(Deserialize)]
pub(crate) struct Shown {
    entry: Option<u64>,
    journaled: Option<u8>,
}

/// What the form sends.
#[derive(Deserialize)]
pub(crate) struct SwitchForm {
    value: ChoiceValue,
    scope: Scope,
}

/// Shows the switch as the store has it.
pub(crate) async fn get(
    State(app): State<App>,
    SignedMember { signed, member }: SignedMember,
    Query(shown): Query<Shown>,
) -> Result<Response, PageError> {
    let purpose = PurposeKey::generative_training();
    let now = app.now();
    let choice = app.store.choice(&member.id, &purpose, now);
    let standing = today(&app.store.history(), &member.id, &purpose, now);
    let used = app.store.used_by(&member.id).await?;
    let live: Vec<&UsedIn> = used.iter().filter(|used| !used.withdrawn && used.records > 0).collect();
    let is_on = choice.value == ChoiceValue::On;
    let retracted = choice.scope == Scope::Retract;
    let mut snapshots: Vec<_> = live.iter().map(|used| &used.snapshot).collect();
    snapshots.dedup();
    let has_part = |used: &&&UsedIn| used.release.is_some() && used.shard_state == Some(ShardState::Serving);
    Ok(html(&GenerativeAiPage {
        shell: Shell::new(&app, Some(&signed)),
        // Only while something really waits there.
        journaled: shown.journaled.is_some() && matches!(app.store.standing(), StoreStanding::Stale { .. }),
        done: done(&app, &member, &purpose, shown.entry).await?,
        left_out: left_out(standing, &choice),
        is_on,
        with_past: choice.default || choice.scope == Scope::IncludePast,
        retracted,
        can_take_back: !is_on && !retracted && !live.is_empty(),
        now_line: now_line(standing, &choice),
        records: words::count(live.iter().map(|used| used.records).max().unwrap_or(0)),
        snapshots: words::count(snapshots.len() as u64),
        models: words::count(live.iter().filter(has_part).count() as u64),
        set_by: set_by(&choice),
        place: words::place(choice.residence.as_deref()).unwrap_or("Not known"),
        rule: rule(&app, &choice),
        policy: policy(&app, &member, &purpose),
        decisions: decisions(&app, &member, &purpose),
    }))
}

/// Sets the choice, then shows the page again with what was written.
pub(crate) async fn post(
    State(app): State<App>,
    Checked { signed, form }: Checked<SwitchForm>,
) -> Result<Response, PageError> {
    let member = signed.member().ok_or(PageError::Forbidden("The switch is a member's own."))?;
    if form.scope.value() != form.value {
        return Err(PageError::Form(
            "What it reaches does not go with on or off. Go back, reload the page and try again.",
        ));
    }
    let purpose = PurposeKey::generative_training();
    let wanted = Wanted { value: form.value, scope: form.scope, actor: Actor::Member };
    let to = match choices::acknowledge(&app.store, app.now(), &member.id, &purpose, wanted, None).await? {
        Acknowledgment::Logged(receipt) => format!("{ADDRESS}?entry={}", receipt.seq),
        Acknowledgment::Journaled(_) => format!("{ADDRESS}?journaled=1"),
    };
    Ok(Redirect::to(&to).into_response())
}

/// The receipt of one of the member's own choices; of nobody else's.
async fn done(
    app: &AppState,
    member: &Member,
    purpose: &PurposeKey,
    entry: Option<u64>,
) -> Result<Option<Done>, PageError> {
    let steps = app.store.choice_history(&member.id, purpose, app.now());
    let Some(step) = steps.into_iter().find(|step| Some(step.seq.0) == entry) else { return Ok(None) };
    let receipt = choices::receipt(&app.store, step.seq).await?;
    let (what, effect) = told(step.scope);
    Ok(Some(Done { what, effect, proof: receipt.into() }))
}

/// A change in words: what it is and what it does.
fn told(scope: Scope) -> (&'static str, &'static str) {
    match scope {
        Scope::FutureUse => (
            "Turned off.",
            "Nothing of yours, old or new, enters another training. Models that were trained stay as they are.",
        ),
        Scope::FutureRecords => ("Turned off for what you write from now on.", "What you wrote before is still used."),
        Scope::Retract => (
            "Turned off and taken back.",
            "The part of the model that saw your records leaves the assistant now and is trained again without them.",
        ),
        Scope::FromNow => ("Turned on.", "What you write from now on enters the next training."),
        Scope::IncludePast => ("Turned on.", "What you write and what you wrote before enters the next training."),
    }
}

fn reach(scope: Scope) -> &'static str {
    match scope {
        Scope::FutureUse => "No new training",
        Scope::FutureRecords => "Only what is written later stays out",
        Scope::Retract => "No new training, and taken back",
        Scope::FromNow => "What is written from then on",
        Scope::IncludePast => "Also what was written before",
    }
}

fn left_out(standing: Standing, choice: &ChoiceView) -> Option<LeftOut> {
    let Standing::LeftOut(reason) = standing else { return None };
    let off = choice.value == ChoiceValue::Off;
    let off_since = choice.since.filter(|_| off).map(words::day);
    Some(LeftOut { sentence: sentence(reason, choice), off_since })
}

fn now_line(standing: Standing, choice: &ChoiceView) -> String {
    let since = choice.since.map(|since| format!(" since {}", words::day(since))).unwrap_or_default();
    match (choice.value, standing) {
        (ChoiceValue::On, Standing::NotTold(_)) => "It is on, but nothing is used before you were told.".into(),
        (ChoiceValue::On, _) => format!("It is on{since}."),
        (ChoiceValue::Off, _) if choice.scope == Scope::Retract => format!("It is off and taken back{since}."),
        (ChoiceValue::Off, _) => format!("It is off{since}."),
    }
}

fn set_by(choice: &ChoiceView) -> String {
    match (choice.since, choice.value) {
        (Some(since), _) => format!("You, on {}", words::day(since)),
        (None, _) if choice.region_status != RegionStatus::Open => "The platform, by the rule below".into(),
        (None, ChoiceValue::On) => {
            let place = words::place(choice.residence.as_deref());
            place.map_or("The platform: on by default".into(), |place| {
                format!("The platform: on by default for {place}")
            })
        }
        (None, ChoiceValue::Off) => "The platform: off until you turn it on".into(),
    }
}

fn rule(app: &AppState, choice: &ChoiceView) -> Option<RuleFacts> {
    let history = app.store.history();
    let row = history.book().rules.iter().find(|rule| rule.name == choice.rule)?;
    Some(RuleFacts { name: row.name.clone(), source: format!("{} (checked {})", row.source, row.date) })
}

/// The latest policy version that tells of the purpose, and when the member was told of it.
fn policy(app: &AppState, member: &Member, purpose: &PurposeKey) -> Option<PolicyFacts> {
    let history = app.store.history();
    let published = history.of_platform(Seq(u64::MAX)).filter_map(|logged| match &logged.event {
        Event::PolicyPublished(policy) => Some(policy),
        _ => None,
    });
    let tells = history.book().policies.iter().chain(published).filter(|policy| {
        policy.effective_from <= app.now() && policy.discloses.iter().any(|told| told.purpose == *purpose)
    });
    let latest = tells.max_by_key(|policy| policy.effective_from)?;
    let told = history.of_member(&member.id, Seq(u64::MAX)).find_map(|logged| match &logged.event {
        Event::NoticeDelivered { policy, .. } if *policy == latest.policy => Some(words::day(logged.permissive())),
        _ => None,
    });
    Some(PolicyFacts { name: latest.policy.to_string(), told })
}

/// The member's choices, the newest first.
fn decisions(app: &AppState, member: &Member, purpose: &PurposeKey) -> Vec<Step> {
    let history = app.store.history();
    let actor = |seq: Seq| {
        history.of_member(&member.id, seq).filter(|logged| logged.seq == seq).find_map(|logged| match &logged.event {
            Event::ChoiceSet { actor, .. } => Some(*actor),
            _ => None,
        })
    };
    let steps = app.store.choice_history(&member.id, purpose, app.now());
    let row = |step: candor_store::ChoiceStep| Step {
        when: words::moment(step.t),
        value: match step.value {
            ChoiceValue::On => "On",
            ChoiceValue::Off => "Off",
        },
        reach: reach(step.scope),
        by: match actor(step.seq) {
            Some(Actor::Guardian) => Some("by your guardian"),
            Some(Actor::Signal) => Some("by your browser"),
            Some(Actor::Officer) => Some("by the privacy officer"),
            Some(Actor::Member) | None => None,
        },
        seq: step.seq.0,
    };
    steps.into_iter().rev().map(row).collect()
}
