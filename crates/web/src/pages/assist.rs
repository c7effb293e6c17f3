//! `/assist`: "Draft with AI". The form posts and gets the whole draft; with the script it is streamed from
//! `/assist/stream`. Neither brief nor draft is kept.

use askama::Template;
use axum::{
    body::{Body, Bytes},
    extract::State,
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use candor_assist::{Assistant, DraftError, DraftEvent, DraftStream, ModelInfo, Options, Prompt, Request, Whole};
use futures_util::StreamExt as _;
use serde::{Deserialize, Serialize};

use crate::{
    drafts,
    error::PageError,
    page::{Shell, html, html_with},
    session::{Checked, Signed, SignedMember},
    state::{App, AppState},
};

/// Most bytes of a brief.
const MAX_BRIEF_BYTES: usize = 4 * 4000;
/// Most tokens of a draft on this page.
const MAX_TOKENS: u32 = 200;

struct Draft {
    text: String,
    status: &'static str,
    notices: Vec<String>,
}

#[derive(Template)]
#[template(path = "assist.html")]
struct AssistPage {
    shell: Shell,
    model: Option<ModelInfo>,
    brief: String,
    draft: Option<Draft>,
    problem: Option<&'static str>,
}

/// What the form sends.
#[derive(Deserialize)]
pub(crate) struct BriefForm {
    brief: String,
}

/// One line of the stream.
#[derive(Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum Line<'a> {
    Text { text: &'a str },
    Notice { text: &'a str },
    Status { text: &'a str },
}

fn page(app: &AppState, signed: &Signed, brief: String) -> AssistPage {
    AssistPage {
        shell: Shell::new(app, Some(signed)),
        model: app.assistant.as_ref().map(|assistant| assistant.model()),
        brief,
        draft: None,
        problem: None,
    }
}

/// Shows the empty form.
pub(crate) async fn get(State(app): State<App>, SignedMember { signed, .. }: SignedMember) -> Response {
    html(&page(&app, &signed, String::new()))
}

/// Writes the whole draft and shows it under the form.
pub(crate) async fn post(
    State(app): State<App>,
    Checked { signed, form }: Checked<BriefForm>,
) -> Result<Response, PageError> {
    of_member(&signed)?;
    let mut page = page(&app, &signed, form.brief.clone());
    let draft = match start(&app, form.brief).await {
        Ok(stream) => stream.whole().await.map_err(|error| drafts::failed(&error)),
        Err(problem) => Err(problem),
    };
    match draft {
        Ok(whole) => {
            page.draft = Some(shown(whole));
            Ok(html(&page))
        }
        Err(problem) => {
            page.problem = Some(problem);
            Ok(html_with(StatusCode::UNPROCESSABLE_ENTITY, &page))
        }
    }
}

/// Streams the draft as lines of JSON, for the script of the page.
pub(crate) async fn stream(
    State(app): State<App>,
    Checked { signed, form }: Checked<BriefForm>,
) -> Result<Response, PageError> {
    of_member(&signed)?;
    let body = match start(&app, form.brief).await {
        Ok(draft) => Body::from_stream(draft.map(|event| Ok::<_, std::convert::Infallible>(lines(event)))),
        Err(problem) => Body::from(line(&Line::Status { text: problem })),
    };
    let headers = [(header::CONTENT_TYPE, "application/x-ndjson"), (header::CACHE_CONTROL, "no-store")];
    Ok((headers, [("x-accel-buffering", "no")], body).into_response())
}

fn of_member(signed: &Signed) -> Result<(), PageError> {
    signed.member().map(|_| ()).ok_or(PageError::Forbidden("The assistant is for members."))
}

async fn start(app: &AppState, brief: String) -> Result<DraftStream, &'static str> {
    let assistant: &Assistant = app.assistant.as_deref().ok_or("There is no model to write with yet.")?;
    if brief.len() > MAX_BRIEF_BYTES {
        return Err("The brief is too long. Shorten it and try again.");
    }
    let prompt = Prompt::brief(brief).map_err(|_| "Say what the post is about.")?;
    let options = Options { max_tokens: MAX_TOKENS, ..Options::default() };
    assistant.draft(Request { prompt, options }).await.map_err(|error| drafts::failed(&error))
}

fn shown(whole: Whole) -> Draft {
    Draft {
        text: whole.text.trim().to_owned(),
        status: drafts::finished(whole.finish),
        notices: whole.removed.iter().map(|(kind, count)| drafts::removed(*kind, *count)).collect(),
    }
}

/// One event as lines.
fn lines(event: Result<DraftEvent, DraftError>) -> Bytes {
    let text = match &event {
        Ok(DraftEvent::Text(text)) => line(&Line::Text { text }),
        Ok(DraftEvent::Removed { kind, count }) => line(&Line::Notice { text: &drafts::removed(*kind, *count) }),
        Ok(DraftEvent::Done { finish, .. }) => line(&Line::Status { text: drafts::finished(*finish) }),
        Err(error) => line(&Line::Status { text: drafts::failed(error) }),
    };
    text.into()
}

fn line(line: &Line<'_>) -> String {
    // Strings become JSON always.
    serde_json::to_string(line).unwrap_or_default() + "\n"
}
