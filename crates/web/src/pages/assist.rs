//! `/assist`: "Draft with AI". The form posts and gets the whole draft; with the script it is streamed from
//! `/assist/stream`. Neither brief nor draft is kept, and nothing goes to a place that the page did not name.

use askama::Template;
use axum::{
    body::{Body, Bytes},
    extract::State,
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use candor_assist::{
    Assistant, DraftError, DraftEvent, DraftStream, ModelInfo, Order, Request, Route, TemplateError, Templates, Whole,
};
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

struct Draft {
    text: String,
    status: &'static str,
    notices: Vec<String>,
}

/// One entry of a list to pick from.
struct Pick {
    key: String,
    title: String,
    is_picked: bool,
}

/// A place where drafts are written, and of what.
struct Place {
    name: String,
    runs_at: String,
    is_outside: bool,
    tasks: String,
}

#[derive(Template)]
#[template(path = "assist.html")]
struct AssistPage {
    shell: Shell,
    is_ready: bool,
    places: Vec<Place>,
    /// The outside models that the page names; a draft goes to no other.
    shown: String,
    asks: String,
    tasks: Vec<Pick>,
    tones: Vec<Pick>,
    lengths: Vec<Pick>,
    may_style: bool,
    is_styled: bool,
    brief: String,
    draft: Option<Draft>,
    problem: Option<&'static str>,
}

/// What the form sends.
#[derive(Default, Deserialize)]
pub(crate) struct BriefForm {
    brief: String,
    #[serde(default)]
    task: Option<String>,
    #[serde(default)]
    tone: Option<String>,
    #[serde(default)]
    length: Option<String>,
    /// There when the member wants their own texts to be examples.
    #[serde(default)]
    style: Option<String>,
    /// The outside models that the page named.
    #[serde(default)]
    shown: String,
}

/// One line of the stream.
#[derive(Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum Line<'a> {
    Text { text: &'a str },
    Notice { text: &'a str },
    Status { text: &'a str },
}

/// Where each task goes for this member today, each place once.
fn places(app: &AppState, signed: &Signed, templates: &Templates) -> (Vec<Place>, String) {
    let Some(assistant) = &app.assistant else { return (Vec::new(), String::new()) };
    let (history, now) = (app.store.history(), app.now());
    let mut found: Vec<(ModelInfo, Vec<&str>)> = Vec::new();
    for task in templates.tasks() {
        let member = signed.member().map(|member| &member.id);
        let (model, _) = drafts::route(assistant, &history, member, &task.key, now);
        match found.iter_mut().find(|(known, _)| known.id == model.id) {
            Some((_, tasks)) => tasks.push(&task.title),
            None => found.push((model, vec![&task.title])),
        }
    }
    let shown: Vec<&str> = found.iter().filter(|(m, _)| m.outside.is_some()).map(|(m, _)| m.id.as_str()).collect();
    let shown = shown.join(" ");
    let is_one = found.len() == 1;
    let place = |(model, tasks): (ModelInfo, Vec<&str>)| Place {
        is_outside: model.outside.is_some(),
        name: model.name,
        runs_at: model.runs_at,
        tasks: if is_one { String::new() } else { tasks.join(", ") },
    };
    (found.into_iter().map(place).collect(), shown)
}

fn picks<'a>(picked: Option<&str>, all: impl Iterator<Item = (&'a str, &'a str)>) -> Vec<Pick> {
    let pick = |(at, (key, title)): (usize, (&str, &str))| Pick {
        key: key.to_owned(),
        title: title.to_owned(),
        is_picked: picked.map_or(at == 0, |picked| picked == key),
    };
    all.enumerate().map(pick).collect()
}

fn page(app: &AppState, signed: &Signed, form: BriefForm) -> AssistPage {
    let templates = &app.templates;
    let (places, shown) = places(app, signed, templates);
    let asks = templates.task(form.task.as_deref()).map_or("What is it about?", |task| &task.asks).to_owned();
    let may_style = signed.member().is_some_and(|m| drafts::may_style(&app.store.history(), &m.id, app.now()));
    AssistPage {
        shell: Shell::new(app, Some(signed)),
        is_ready: app.assistant.is_some(),
        places,
        shown,
        asks,
        tasks: picks(form.task.as_deref(), templates.tasks().iter().map(|t| (t.key.as_str(), t.title.as_str()))),
        tones: picks(form.tone.as_deref(), templates.tones().iter().map(|t| (t.key.as_str(), t.title.as_str()))),
        lengths: picks(form.length.as_deref(), templates.lengths().iter().map(|l| (l.key.as_str(), l.title.as_str()))),
        may_style,
        is_styled: may_style && form.style.is_some(),
        brief: form.brief,
        draft: None,
        problem: None,
    }
}

/// Shows the empty form.
pub(crate) async fn get(State(app): State<App>, SignedMember { signed, .. }: SignedMember) -> Response {
    html(&page(&app, &signed, BriefForm::default()))
}

/// Writes the whole draft and shows it under the form.
pub(crate) async fn post(
    State(app): State<App>,
    Checked { signed, form }: Checked<BriefForm>,
) -> Result<Response, PageError> {
    of_member(&signed)?;
    let draft = match start(&app, &signed, &form).await {
        Ok(stream) => stream.whole().await.map_err(|error| drafts::failed(&error)),
        Err(problem) => Err(problem),
    };
    let mut page = page(&app, &signed, form);
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
    let body = match start(&app, &signed, &form).await {
        Ok(draft) => Body::from_stream(draft.map(|event| Ok::<_, std::convert::Infallible>(lines(event)))),
        Err(problem) => Body::from(line(&Line::Status { text: problem })),
    };
    let headers = [(header::CONTENT_TYPE, "application/x-ndjson"), (header::CACHE_CONTROL, "no-store")];
    Ok((headers, [("x-accel-buffering", "no")], body).into_response())
}

fn of_member(signed: &Signed) -> Result<(), PageError> {
    signed.member().map(|_| ()).ok_or(PageError::Forbidden("The assistant is for members."))
}

async fn start(app: &AppState, signed: &Signed, form: &BriefForm) -> Result<DraftStream, &'static str> {
    let assistant: &Assistant = app.assistant.as_ref().ok_or("There is no model to write with yet.")?;
    if form.brief.len() > MAX_BRIEF_BYTES {
        return Err("The brief is too long. Shorten it and try again.");
    }
    let member = signed.member().map(|member| &member.id);
    let (history, now) = (app.store.history(), app.now());
    let task = app.templates.task(form.task.as_deref()).map_err(|error| refused(&error))?.key.clone();
    let (mut model, mut route) = drafts::route(assistant, &history, member, &task, now);
    let was_shown = form.shown.split(' ').any(|id| id == model.id);
    if route != Route::Local && !was_shown {
        // The page named another place: it goes nowhere that the member was not told.
        (model, route) = (assistant.model(), Route::Local);
    }
    let own_texts = match member.filter(|_| form.style.is_some()) {
        Some(member) => drafts::own_texts(&app.store, &history, member, &model, now).await.unwrap_or_default(),
        None => Vec::new(),
    };
    let order = Order {
        task: Some(task),
        tone: form.tone.clone(),
        length: form.length.clone(),
        brief: form.brief.clone(),
        own_texts,
    };
    let (prompt, options) = app.templates.prompt(&order).map_err(|error| refused(&error))?;
    assistant.draft(Request { prompt, options, route }).await.map_err(|error| drafts::failed(&error))
}

/// Why there is no prompt, as a sentence to the member.
fn refused(error: &TemplateError) -> &'static str {
    match error {
        TemplateError::Prompt(_) => "Say what the post is about.",
        TemplateError::Unknown { .. } | TemplateError::Read { .. } | TemplateError::Form { .. } => {
            "The page was out of date. Reload it and try again."
        }
    }
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
