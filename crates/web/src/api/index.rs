//! Which state of the log an answer is of. Every read of `/api/v1` takes `at_least=INDEX`: a state that is older even
//! after a refresh is a problem, never an answer. Every answer says in `Candor-Log-Index` of which state it is at least;
//! that of a change holds the change.

use axum::{
    extract::{Request, State},
    http::{HeaderName, HeaderValue, Method, Uri},
    middleware::Next,
    response::{IntoResponse, Response},
};
use candor_core::Seq;

use crate::{
    problem::Problem,
    state::{App, AppState},
};

/// The header with the log's index.
pub(crate) const LOG_INDEX: HeaderName = HeaderName::from_static("candor-log-index");

/// Refuses what is behind, and marks every answer.
pub(crate) async fn mark(State(app): State<App>, request: Request, next: Next) -> Response {
    if let Err(problem) = fresh(&app, request.uri()).await {
        return marked(problem.into_response(), app.store.head().seq);
    }
    let reads = matches!(*request.method(), Method::GET | Method::HEAD);
    let before = app.store.head().seq;
    let response = next.run(request).await;
    marked(response, if reads { before } else { app.store.head().seq })
}

/// Sets the header; a handler that knows the index better has set it.
fn marked(mut response: Response, index: Seq) -> Response {
    response.headers_mut().entry(LOG_INDEX).or_insert(HeaderValue::from(index.0));
    response
}

async fn fresh(app: &AppState, uri: &Uri) -> Result<(), Problem> {
    let pairs = uri.query().unwrap_or_default().split('&').filter_map(|pair| pair.split_once('='));
    for (_, value) in pairs.filter(|(name, _)| *name == "at_least") {
        let asked: u64 = value
            .parse()
            .map_err(|_| Problem::new("malformed", "`at_least` is an index of the log: a number without a sign"))?;
        if app.store.head().seq.0 >= asked {
            continue;
        }
        let head = app.store.refresh().await?.seq;
        if head.0 < asked {
            let detail = format!("the log is at {head}, before {asked}; wait until it is there, or ask where it is");
            return Err(Problem::new("behind", detail));
        }
    }
    Ok(())
}
