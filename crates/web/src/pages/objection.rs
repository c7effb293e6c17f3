//! `/settings/data-privacy/objection`: the Data Processing Objection Form and the member's cases. No reason is asked for;
//! what happens, and by when, is said before and after it is sent. The state shown is that of the log.

use std::collections::HashMap;

use askama::Template;
use axum::{
    extract::{Query, State},
    response::{IntoResponse, Redirect, Response},
};
use candor_core::{
    MemberId, ObjectionId, PurposeKey,
    objection::CaseState,
    rule::{PendingObjection, PurposeKind},
};
use serde::Deserialize;

use crate::{
    error::PageError,
    objections::{self, CaseView, Filing, Step},
    page::{Shell, html},
    session::{Checked, SignedMember},
    state::{App, AppState},
    words,
};

const ADDRESS: &str = "/settings/data-privacy/objection";
/// What the names of the form's boxes begin with; the purpose's key follows.
const BOX: &str = "purpose.";

/// A purpose that can be objected to.
struct Choice {
    name: String,
    title: String,
    about: &'static str,
    goes_on: Option<String>,
}

/// A case as the member sees it.
struct CaseCard {
    reference: String,
    state: &'static str,
    against: String,
    received: String,
    answer: String,
    effect: &'static str,
    extension: Option<String>,
    steps: Vec<(u64, String, String)>,
    can_withdraw: bool,
    can_appeal: bool,
    is_new: bool,
}

#[derive(Template)]
#[template(path = "objection.html")]
struct ObjectionPage {
    shell: Shell,
    choices: Vec<Choice>,
    cases: Vec<CaseCard>,
    sent: Option<String>,
    problem: Option<&'static str>,
}

/// What to show beside the form.
#[derive(Deserialize)]
pub(crate) struct Shown {
    sent: Option<String>,
    none: Option<String>,
}

/// Shows the form and the cases.
pub(crate) async fn get(
    State(app): State<App>,
    SignedMember { signed, member }: SignedMember,
    Query(shown): Query<Shown>,
) -> Result<Response, PageError> {
    let cases = objections::cases_of(&app.store.history(), &member.id, app.now());
    // Only a reference of one of the member's own cases is told as sent.
    let sent = shown.sent.filter(|sent| cases.iter().any(|case| case.objection.as_str() == sent));
    Ok(html(&ObjectionPage {
        shell: Shell::new(&app, Some(&signed)),
        choices: choices(&app),
        cases: cases.into_iter().map(|case| card(&app, case, sent.as_deref())).collect(),
        sent,
        problem: shown.none.map(|_| "Pick at least one use that you object to."),
    }))
}

/// Files an objection, or withdraws or appeals one of the member's own.
pub(crate) async fn post(
    State(app): State<App>,
    Checked { signed, form }: Checked<HashMap<String, String>>,
) -> Result<Response, PageError> {
    let member = signed.member().ok_or(PageError::Forbidden("The form is a member's own."))?;
    if let Some(step) = form.get("step") {
        return carry_on(&app, &member.id, step, form.get("objection")).await;
    }
    let keys = form.keys().filter_map(|name| name.strip_prefix(BOX));
    let mut purposes: Vec<PurposeKey> = keys.filter_map(|key| PurposeKey::new(key).ok()).collect();
    purposes.sort();
    if purposes.is_empty() {
        return Ok(Redirect::to(&format!("{ADDRESS}?none=1")).into_response());
    }
    let filing = Filing { reference: None, purposes, needs_identity: false, key: None };
    let (objection, _) = objections::file(&app.store, app.now(), &member.id, filing).await?;
    Ok(Redirect::to(&format!("{ADDRESS}?sent={objection}#done")).into_response())
}

async fn carry_on(
    app: &AppState,
    member: &MemberId,
    step: &str,
    objection: Option<&String>,
) -> Result<Response, PageError> {
    let step = match step {
        "withdraw" => Step::Withdraw,
        "appeal" => Step::Appeal,
        _ => return Err(PageError::Form("There is no such step. Go back, reload the page and try again.")),
    };
    let objection = objection.and_then(|text| ObjectionId::new(text.as_str()).ok()).ok_or(PageError::NotFound)?;
    let own = app.store.history().filer(&objection) == Some(member);
    if !own {
        return Err(PageError::NotFound);
    }
    objections::take(&app.store, app.now(), &objection, step, None).await?;
    Ok(Redirect::to(&format!("{ADDRESS}#{objection}")).into_response())
}

fn choices(app: &AppState) -> Vec<Choice> {
    let history = app.store.history();
    let choice = |purpose: &candor_core::rule::Purpose| Choice {
        name: format!("{BOX}{}", purpose.key),
        title: purpose.title.clone(),
        about: about(purpose.kind),
        goes_on: match purpose.pending {
            PendingObjection::Restrict => None,
            PendingObjection::Continue => purpose.ground.clone(),
        },
    };
    history.book().purposes.iter().map(choice).collect()
}

fn about(kind: PurposeKind) -> &'static str {
    match kind {
        PurposeKind::GenerativeTraining => "Models that write text learn from what you published.",
        PurposeKind::GenerativeFeatures => "Features that write text read what you published when they answer.",
        PurposeKind::Moderation => "Models that find abuse look at what you publish.",
        PurposeKind::Personalization => "Models that rank and suggest look at what you publish and do.",
        PurposeKind::Sharing => "What you published is handed to companies of the same group.",
    }
}

fn card(app: &AppState, case: CaseView, sent: Option<&str>) -> CaseCard {
    let history = app.store.history();
    let title = |key: &PurposeKey| {
        history.book().purpose(key).map_or_else(|| words::code(key.as_str()), |purpose| purpose.title.clone())
    };
    let due = words::civil_day(case.due);
    CaseCard {
        is_new: sent == Some(case.objection.as_str()),
        reference: case.objection.to_string(),
        state: words::case(case.state),
        against: case.purposes.iter().map(title).collect::<Vec<_>>().join("; "),
        received: words::moment(case.received),
        answer: match (case.state.is_pending(), case.overdue) {
            (true, true) => format!("Was due by {due}. We are late; it goes on restricting until you have an answer."),
            (true, false) => format!("You get it by {due} at the latest."),
            (false, _) => "Given.".into(),
        },
        effect: effect(case.state, case.restricted),
        extension: case.extension,
        steps: case.steps.into_iter().map(|(seq, at, name)| (seq.0, words::moment(at), words::code(name))).collect(),
        can_withdraw: case.state.is_pending(),
        can_appeal: case.state == CaseState::Refused,
    }
}

/// What a case does now, told to the member.
fn effect(state: CaseState, restricted: bool) -> &'static str {
    match (state, restricted) {
        (CaseState::Upheld, _) => "Your data is not used for this.",
        (_, true) => "Your data is not used for this until it is decided.",
        (_, false) => "It keeps nothing out. Your other settings hold as they are.",
    }
}
