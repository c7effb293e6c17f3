//! Who may use the API: whoever shows a key. The server knows only the keys' hashes. Without any key in the settings the
//! API is open under the development login and closed otherwise.

use axum::{
    extract::FromRequestParts,
    http::{header, request::Parts},
};
use sha2::{Digest, Sha256};
use utoipa::{
    Modify,
    openapi::security::{Http, HttpAuthScheme, SecurityRequirement, SecurityScheme},
};

use crate::{
    problem::Problem,
    state::{App, AppState},
};

/// A request that may use the API.
pub(crate) struct Key;

impl Key {
    pub(crate) fn check(parts: &Parts, app: &AppState) -> Result<Self, Problem> {
        if app.base.api_keys.is_empty() && app.dev_login {
            return Ok(Self);
        }
        let shown = parts.headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
        let shown = shown.and_then(|value| value.strip_prefix("Bearer "));
        let hash: Option<[u8; 32]> = shown.map(|key| Sha256::digest(key.trim()).into());
        // Hashes are compared, so the time that it takes tells nothing of a key.
        if hash.is_some_and(|hash| app.base.api_keys.iter().any(|key| key.sha256 == hash)) {
            return Ok(Self);
        }
        Err(Problem::new("no_key", "no key of this server is in `Authorization: Bearer …`; ask the operator for one"))
    }
}

impl FromRequestParts<App> for Key {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        Self::check(parts, app)
    }
}

/// Tells of the key in the document.
pub(crate) struct Bearer;

impl Modify for Bearer {
    fn modify(&self, document: &mut utoipa::openapi::OpenApi) {
        let scheme = SecurityScheme::Http(Http::new(HttpAuthScheme::Bearer));
        document.components.get_or_insert_with(Default::default).add_security_scheme("key", scheme);
        document.security = Some(vec![SecurityRequirement::new("key", Vec::<String>::new())]);
    }
}
