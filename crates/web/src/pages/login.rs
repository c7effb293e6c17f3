//! `/auth/login` and `/auth/logout`: the development login. Anyone signs in as anyone, so it answers only where the
//! operator turned it on, and every page says so. A platform's own login takes its place.

use askama::Template;
use axum::{
    Form,
    extract::State,
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Redirect, Response},
};
use candor_core::{AccountKind, Member, MemberId, PurposeKey};
use candor_store::{RegionStatus, Role, StoreError};
use serde::Deserialize;

use crate::{
    error::PageError,
    page::{Shell, html_with},
    session::{self, Checked, Viewer},
    signals,
    standing::{Standing, all_today},
    state::{App, AppState},
    words,
};

/// Members that are looked at for the buttons; a demonstration has some thousand.
const LOOKED_AT: u32 = 3000;
/// Members whose uses are looked up until one is found who is in a training set.
const ASKED: usize = 40;

/// Somebody to sign in as.
struct Person {
    field: &'static str,
    value: String,
    name: String,
    about: String,
}

#[derive(Template)]
#[template(path = "login.html")]
struct LoginPage {
    shell: Shell,
    people: Vec<Person>,
    problem: Option<&'static str>,
}

/// What the forms of this page send; one of the three.
#[derive(Deserialize)]
pub(crate) struct LoginForm {
    member: Option<String>,
    role: Option<String>,
    find: Option<String>,
}

/// Shows whom one can sign in as.
pub(crate) async fn get(State(app): State<App>, Viewer(signed): Viewer) -> Result<Response, PageError> {
    let shell = Shell::new(&app, signed.as_ref());
    page(&app, shell, StatusCode::OK, None).await
}

async fn page(
    app: &AppState,
    shell: Shell,
    status: StatusCode,
    problem: Option<&'static str>,
) -> Result<Response, PageError> {
    let people = if app.dev_login { people(app).await? } else { Vec::new() };
    Ok(html_with(status, &LoginPage { shell, people, problem }))
}

/// Signs in as a member or as the officer, under the development login only.
pub(crate) async fn post(
    State(app): State<App>,
    headers: HeaderMap,
    Form(form): Form<LoginForm>,
) -> Result<Response, PageError> {
    session::check_site(&headers)?;
    if !app.dev_login {
        return Err(PageError::Forbidden("The development login is off on this server."));
    }
    let (member, role) = if form.role.is_some_and(|role| role == "officer") {
        (None, Role::Officer)
    } else {
        let member = match (form.member.map(MemberId::new), form.find) {
            (Some(Ok(member)), _) => app.store.member(&member).await?,
            (_, Some(text)) => app.store.find_member(text.trim()).await?,
            (Some(Err(_)) | None, None) => None,
        };
        let Some(member) = member else {
            let problem = Some("No member has this handle or identifier.");
            return page(&app, Shell::new(&app, None), StatusCode::NOT_FOUND, problem).await;
        };
        (Some(member), Role::Member)
    };
    if let Some(member) = &member {
        signals::note(&app, member, &headers).await?;
    }
    let to = if member.is_some() { "/" } else { "/console" };
    // A session of before ends: its identifier is never used again.
    if let Some(old) = session::secret(&app, &headers) {
        app.store.delete_session(&old).await?;
    }
    let secret = app.store.create_session(app.now(), member.map(|member| member.id), role).await?;
    Ok(with_cookie(&app, &secret, Redirect::to(to)))
}

/// Signs out.
pub(crate) async fn logout(
    State(app): State<App>,
    headers: HeaderMap,
    _: Checked<std::collections::HashMap<String, String>>,
) -> Result<Response, PageError> {
    if let Some(secret) = session::secret(&app, &headers) {
        app.store.delete_session(&secret).await?;
    }
    Ok(with_cookie(&app, "", Redirect::to("/")))
}

fn with_cookie(app: &AppState, secret: &str, to: Redirect) -> Response {
    let mut response = to.into_response();
    if let Some(cookie) = session::set_cookie(app, secret) {
        response.headers_mut().insert(header::SET_COOKIE, cookie);
    }
    response
}

/// One member for each thing that a demonstration shows, and the officer.
async fn people(app: &AppState) -> Result<Vec<Person>, StoreError> {
    let purpose = PurposeKey::generative_training();
    let now = app.now();
    let members = app.store.members(None, LOOKED_AT).await?;
    let standings = all_today(&app.store.history(), &members, &purpose, now);
    let mut used: Vec<&Member> = Vec::new();
    let (mut off, mut excluded, mut paused) = (None, None, None);
    for (member, standing) in members.iter().zip(standings).filter(|(member, _)| member.account == AccountKind::Human) {
        match standing {
            Standing::Used | Standing::NotTold(_) => used.push(member),
            Standing::OwnChoice(_) => off = off.or(Some(member)),
            Standing::LeftOut(_) => {
                let choice = app.store.choice(&member.id, &purpose, now);
                let (place, free) = match choice.region_status {
                    RegionStatus::Excluded => ("Germany", &mut excluded),
                    RegionStatus::Paused => ("United Kingdom", &mut paused),
                    RegionStatus::Open | RegionStatus::Unknown => continue,
                };
                let is_there = words::place(member.residence.as_deref()) == Some(place);
                if free.is_none()
                    || (is_there && free.is_some_and(|m: &Member| words::place(m.residence.as_deref()) != Some(place)))
                {
                    *free = Some(member);
                }
            }
        }
    }
    let on = in_training(app, &used).await?;
    let places = [
        (on, "data is used"),
        (off, "turned it off"),
        (excluded, "members there are left out"),
        (paused, "paused there"),
    ];
    let mut people: Vec<Person> =
        places.into_iter().filter_map(|(member, about)| member.map(|member| person(member, about))).collect();
    people.push(Person {
        field: "role",
        value: "officer".into(),
        name: "the privacy officer".into(),
        about: "Sees the console: what was collected, left out, trained".into(),
    });
    Ok(people)
}

/// Somebody of the United States whose records are in a training set, or else anybody who may be used.
async fn in_training<'a>(app: &AppState, used: &[&'a Member]) -> Result<Option<&'a Member>, StoreError> {
    let american = |member: &&&Member| words::place(member.residence.as_deref()) == Some("United States");
    for member in used.iter().filter(american).take(ASKED) {
        if app.store.used_by(&member.id).await?.iter().any(|used| used.records > 0) {
            return Ok(Some(*member));
        }
    }
    Ok(used.iter().find(american).or(used.first()).copied())
}

fn person(member: &Member, about: &str) -> Person {
    let place = words::place(member.residence.as_deref()).unwrap_or("Place unknown");
    Person {
        field: "member",
        value: member.id.to_string(),
        name: member.name.clone(),
        about: format!("{place}: {about}"),
    }
}
