//! What goes wrong, as a page. Causes go to the trace, never to the reader; nobody's text goes anywhere. For programs
//! there are `problem.rs` and the OpenAI wire's own form.

use askama::Template;
use axum::{
    extract::{Request, State},
    http::StatusCode,
    middleware::Next,
    response::{IntoResponse, Response},
};
use candor_core::Refusal;
use candor_store::StoreError;

use crate::{
    page::{Shell, html_with},
    session,
    state::App,
};

/// Why a page is not shown.
#[derive(Debug)]
pub(crate) enum PageError {
    /// Nobody is signed in.
    SignIn,
    /// The viewer may not see it.
    Forbidden(&'static str),
    /// There is no such thing.
    NotFound,
    /// The form is not one of ours, or out of date.
    Form(&'static str),
    /// It cannot be shown for now.
    Unavailable(&'static str),
    /// The store did not answer.
    Store(StoreError),
}

impl From<StoreError> for PageError {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

/// What an error page says. It travels with the answer until [`frame`] puts the page around it.
#[derive(Clone, Copy)]
struct Words {
    title: &'static str,
    text: &'static str,
}

#[derive(Template)]
#[template(path = "error.html")]
struct ErrorPage {
    shell: Shell,
    title: &'static str,
    text: &'static str,
}

impl IntoResponse for PageError {
    fn into_response(self) -> Response {
        let (status, title, text) = match self {
            Self::SignIn => return axum::response::Redirect::to("/auth/login").into_response(),
            Self::Forbidden(text) => (StatusCode::FORBIDDEN, "This is not yours to see", text),
            Self::NotFound => (
                StatusCode::NOT_FOUND,
                "There is nothing here",
                "The address leads nowhere. Start again from the first page.",
            ),
            Self::Form(text) => (StatusCode::BAD_REQUEST, "That was not taken", text),
            Self::Unavailable(text) => (StatusCode::SERVICE_UNAVAILABLE, "Not for now", text),
            Self::Store(error) => of_store(&error),
        };
        let mut response = status.into_response();
        response.extensions_mut().insert(Words { title, text });
        response
    }
}

/// Puts the frame of a page around an error, so that it has the same marks and menu as every other page.
pub(crate) async fn frame(State(app): State<App>, request: Request, next: Next) -> Response {
    let headers = request.headers().clone();
    let mut response = next.run(request).await;
    let Some(Words { title, text }) = response.extensions_mut().remove::<Words>() else { return response };
    // When the store does not answer, the frame is that of nobody.
    let signed = session::look_up(&app, &headers).await.unwrap_or(None);
    html_with(response.status(), &ErrorPage { shell: Shell::new(&app, signed.as_ref()), title, text })
}

fn of_store(error: &StoreError) -> (StatusCode, &'static str, &'static str) {
    match error {
        StoreError::Refused(refusal) => {
            tracing::info!(code = refusal.code(), "an event was refused");
            (StatusCode::CONFLICT, "That cannot be done", of_refusal(*refusal))
        }
        StoreError::Unclear => {
            tracing::error!("what became of a commit could not be found out");
            let text =
                "It cannot be told yet whether your change was kept. Look at the page again before you repeat it.";
            (StatusCode::SERVICE_UNAVAILABLE, "This may or may not have worked", text)
        }
        other => {
            tracing::error!(error = %other, "the store did not answer");
            (
                StatusCode::SERVICE_UNAVAILABLE,
                "This did not work",
                "Nothing was changed. Try again in a moment; if it goes on, tell the privacy officer.",
            )
        }
    }
}

/// A refusal, told to somebody at a page; most cannot come from one.
fn of_refusal(refusal: Refusal) -> &'static str {
    match refusal {
        Refusal::ObjectionState { .. } => {
            "The objection is no longer in the state that the page showed. Reload the page. Nothing was changed."
        }
        Refusal::NoReason => "A reason is needed; the member can read it. Go back and write one. Nothing was changed.",
        Refusal::ExtensionTooLate => {
            "The time can be extended once, inside the first month. Decide the objection now. Nothing was changed."
        }
        Refusal::Erased => "The account is erased; it can only be restricted further. Nothing was changed.",
        _ => "The rules do not allow this change. Nothing was changed.",
    }
}
