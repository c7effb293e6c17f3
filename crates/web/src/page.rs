//! The frame of every page and how a page is answered.

use askama::Template;
use axum::{
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};

use crate::{session::Signed, state::AppState, words};
use candor_store::Receipt;

/// Who looks at the page, as the frame shows it.
pub(crate) struct ViewerCard {
    pub(crate) name: String,
    pub(crate) is_member: bool,
    pub(crate) is_officer: bool,
    pub(crate) csrf: String,
}

/// What the frame shows.
pub(crate) struct Shell {
    pub(crate) platform: String,
    pub(crate) contact: String,
    pub(crate) dev_login: bool,
    pub(crate) viewer: Option<ViewerCard>,
}

impl Shell {
    pub(crate) fn new(app: &AppState, signed: Option<&Signed>) -> Self {
        let viewer = signed.map(|signed| ViewerCard {
            name: signed.name().to_owned(),
            is_member: signed.member().is_some(),
            is_officer: signed.is_officer(),
            csrf: signed.csrf(&app.base.secret),
        });
        Self {
            platform: app.base.platform.clone(),
            contact: app.base.contact.clone(),
            dev_login: app.dev_login,
            viewer,
        }
    }

    /// The token of the viewer's forms; empty when nobody is signed in.
    pub(crate) fn csrf(&self) -> &str {
        self.viewer.as_ref().map_or("", |viewer| &viewer.csrf)
    }
}

/// A receipt as pages show it.
pub(crate) struct Proof {
    pub(crate) seq: u64,
    pub(crate) at: String,
    pub(crate) leaf: String,
    pub(crate) root: String,
    pub(crate) size: u64,
    pub(crate) hashes: Vec<String>,
}

impl From<Receipt> for Proof {
    fn from(receipt: Receipt) -> Self {
        Self {
            seq: receipt.seq.0,
            at: words::moment(receipt.t),
            leaf: receipt.leaf,
            root: receipt.root,
            size: receipt.size,
            hashes: receipt.proof,
        }
    }
}

/// Answers a template as a page.
pub(crate) fn html(template: &impl Template) -> Response {
    html_with(StatusCode::OK, template)
}

/// Answers a template as a page with this status.
pub(crate) fn html_with(status: StatusCode, template: &impl Template) -> Response {
    match template.render() {
        Ok(text) => (status, [(header::CONTENT_TYPE, "text/html; charset=utf-8")], text).into_response(),
        Err(error) => {
            tracing::error!(%error, "a template did not render");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}
