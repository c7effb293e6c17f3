//! `/proof`: "Check it yourself". A member downloads one file with everything that the log says about them and the proofs;
//! anybody can have such a file checked by their own browser, which sends it nowhere. Only here may a page run
//! WebAssembly.

use askama::Template;
use axum::{
    extract::{Path, State},
    http::{HeaderValue, header},
    response::{IntoResponse, Response},
};
use candor_core::Seq;

use crate::{
    bundle::{self, BundleError},
    error::PageError,
    headers::CONTENT_POLICY,
    page::{Shell, html},
    session::{Signed, SignedMember, Viewer},
    state::App,
};

#[derive(Template)]
#[template(path = "proof.html")]
struct ProofPage {
    shell: Shell,
    is_member: bool,
    is_signing: bool,
    /// The log's first key: what the checker believes unless the reader gives another.
    key: String,
}

/// Shows the page to anybody.
pub(crate) async fn get(State(app): State<App>, Viewer(signed): Viewer) -> Result<Response, PageError> {
    let key = app.store.log_keys().into_iter().next().map(|(_, key)| key).unwrap_or_default();
    let mut response = html(&ProofPage {
        is_member: signed.as_ref().and_then(Signed::member).is_some(),
        shell: Shell::new(&app, signed.as_ref()),
        is_signing: app.store.checkpoint().is_some(),
        key,
    });
    let policy = CONTENT_POLICY.replace("script-src 'self'", "script-src 'self' 'wasm-unsafe-eval'");
    if let Ok(policy) = HeaderValue::from_str(&policy) {
        response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, policy);
    }
    Ok(response)
}

/// The member's bundle, as a file.
pub(crate) async fn bundle(
    State(app): State<App>,
    SignedMember { member, .. }: SignedMember,
) -> Result<Response, PageError> {
    let bundle = bundle::of_member(&app.store, &member.id).await.map_err(|error| match error {
        BundleError::Store(error) => PageError::Store(error),
        BundleError::Nothing => PageError::NotFound,
        other => {
            tracing::error!(error = %other, "no bundle can be made");
            PageError::Unavailable("The log cannot prove anything at the moment. Try again in a while.")
        }
    })?;
    let text = bundle.to_text().map_err(|_| PageError::Unavailable("The file cannot be written."))?;
    Ok(file("candor-bundle.json", text))
}

/// The receipt of one of the member's own entries, as a file; of nobody else's.
pub(crate) async fn receipt(
    State(app): State<App>,
    SignedMember { member, .. }: SignedMember,
    Path(entry): Path<u64>,
) -> Result<Response, PageError> {
    let own = app.store.history().of_member(&member.id, Seq(entry)).any(|logged| logged.seq.0 == entry);
    if !own {
        return Err(PageError::NotFound);
    }
    let receipt = crate::choices::receipt(&app.store, Seq(entry)).await?;
    let text =
        serde_json::to_string_pretty(&receipt).map_err(|_| PageError::Unavailable("The file cannot be written."))?;
    Ok(file(&format!("candor-receipt-{entry}.json"), text))
}

fn file(name: &str, text: String) -> Response {
    let headers = [
        (header::CONTENT_TYPE, "application/json".to_owned()),
        (header::CONTENT_DISPOSITION, format!("attachment; filename=\"{name}\"")),
    ];
    (headers, text).into_response()
}
