//! `/console/objections`: the queue of objections for the officer: what is due when, what is overdue, and the steps that
//! fit each case. Every step is an entry of the log; the member sees it on their page.

use askama::Template;
use axum::{
    extract::State,
    response::{IntoResponse, Redirect, Response},
};
use candor_core::{ObjectionId, objection::CaseState};
use serde::Deserialize;

use crate::{
    error::PageError,
    objections::{self, CaseView, MAX_REASON_BYTES, Step},
    page::{Shell, html},
    session::{Checked, SignedOfficer},
    state::App,
    words,
};

const ADDRESS: &str = "/console/objections";
/// Settled cases that are listed.
const SETTLED: usize = 50;
/// Pending cases that are listed; the most urgent come first.
const PENDING: usize = 200;

/// A button of a case.
struct StepButton {
    name: &'static str,
    word: &'static str,
}

struct CaseRow {
    reference: String,
    member: String,
    state: &'static str,
    against: String,
    received: String,
    due: String,
    overdue: bool,
    extension: Option<String>,
    restricted: bool,
    steps: Vec<StepButton>,
    can_extend: bool,
}

#[derive(Template)]
#[template(path = "console_objections.html")]
struct ObjectionsPage {
    shell: Shell,
    summary: String,
    pending: Vec<CaseRow>,
    settled: Vec<CaseRow>,
}

/// Shows the queue to an officer.
pub(crate) async fn get(State(app): State<App>, SignedOfficer(signed): SignedOfficer) -> Result<Response, PageError> {
    let now = app.now();
    let cases = objections::queue(&app.store.history(), now);
    let (pending, settled): (Vec<CaseView>, Vec<CaseView>) =
        cases.into_iter().partition(|case| case.state.is_pending());
    let overdue = pending.iter().filter(|case| case.overdue).count() as u64;
    let waiting = pending.len() as u64;
    Ok(html(&ObjectionsPage {
        shell: Shell::new(&app, Some(&signed)),
        summary: match waiting {
            0 => "Nobody waits for an answer.".into(),
            _ => format!(
                "{} for an answer; {}.",
                words::many(waiting, "objection waits", "objections wait"),
                words::many(overdue, "is overdue", "are overdue"),
            ),
        },
        pending: pending.into_iter().take(PENDING).map(row).collect(),
        settled: settled.into_iter().take(SETTLED).map(row).collect(),
    }))
}

/// What a button sends.
#[derive(Deserialize)]
pub(crate) struct StepForm {
    objection: String,
    step: String,
    #[serde(default)]
    reason: String,
}

/// Carries a case on. Withdrawing and appealing are the member's.
pub(crate) async fn post(
    State(app): State<App>,
    Checked { signed, form }: Checked<StepForm>,
) -> Result<Response, PageError> {
    if !signed.is_officer() {
        return Err(PageError::Forbidden("Objections are decided by privacy officers."));
    }
    if form.reason.len() > MAX_REASON_BYTES {
        return Err(PageError::Form("The reason is too long. Go back and shorten it."));
    }
    let objection = ObjectionId::new(form.objection).map_err(|_| PageError::NotFound)?;
    let step = match Step::named(&form.step, Some(form.reason)) {
        Some(Step::Withdraw | Step::Appeal) | None => {
            return Err(PageError::Form("There is no such step. Go back, reload the page and try again."));
        }
        Some(step) => step,
    };
    objections::take(&app.store, app.now(), &objection, step, None).await?;
    Ok(Redirect::to(ADDRESS).into_response())
}

fn row(case: CaseView) -> CaseRow {
    let steps = steps(case.state);
    CaseRow {
        reference: case.objection.to_string(),
        member: case.member.to_string(),
        state: words::case(case.state),
        against: case.purposes.iter().map(|purpose| words::code(purpose.as_str())).collect::<Vec<_>>().join("; "),
        received: words::moment(case.received),
        due: words::civil_day(case.due),
        overdue: case.overdue,
        can_extend: case.state.is_pending() && case.extension.is_none() && !case.overdue,
        extension: case.extension,
        restricted: case.restricted,
        steps,
    }
}

/// The steps of an officer that fit a state.
fn steps(state: CaseState) -> Vec<StepButton> {
    const VERIFY: StepButton = StepButton { name: "verify-identity", word: "Identity checked" };
    const REVIEW: StepButton = StepButton { name: "review", word: "Start review" };
    const UPHOLD: StepButton = StepButton { name: "uphold", word: "Uphold" };
    const REFUSE: StepButton = StepButton { name: "refuse", word: "Refuse" };
    match state {
        CaseState::NeedsIdentity => vec![VERIFY],
        CaseState::Filed => vec![REVIEW, UPHOLD, REFUSE],
        CaseState::Open | CaseState::Appealed => vec![UPHOLD, REFUSE],
        CaseState::Upheld
        | CaseState::Refused
        | CaseState::RefusedFinal
        | CaseState::Withdrawn
        | CaseState::Expired => Vec::new(),
    }
}
