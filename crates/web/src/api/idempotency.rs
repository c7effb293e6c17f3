//! The `Idempotency-Key` header: a request that is sent again under its key changes nothing more and is answered as the
//! first time; another request under it is refused. For events the key is written in the commit that it guards.

use axum::{extract::FromRequestParts, http::request::Parts};

use crate::{problem::Problem, state::App};

/// Longest key.
const MAX_BYTES: usize = 128;

/// The key of a request, if it has one.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct IdempotencyKey(Option<String>);

impl IdempotencyKey {
    /// Reads what a client calls its key.
    ///
    /// # Errors
    /// `malformed_key` when it is empty, long, or not of visible ASCII.
    pub(crate) fn parse(text: &str) -> Result<Self, Problem> {
        if text.is_empty() || text.len() > MAX_BYTES || !text.bytes().all(|b| b.is_ascii_graphic()) {
            let detail = format!("an idempotency key has 1 to {MAX_BYTES} visible ASCII characters, such as a UUID");
            return Err(Problem::new("malformed_key", detail));
        }
        Ok(Self(Some(text.to_owned())))
    }

    /// The key of one of the things that the request does, apart from the keys that the server gives itself.
    pub(crate) fn of(&self, what: &str) -> Option<String> {
        self.0.as_ref().map(|key| format!("api:{what}:{key}"))
    }
}

impl FromRequestParts<App> for IdempotencyKey {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &App) -> Result<Self, Problem> {
        match parts.headers.get("idempotency-key") {
            None => Ok(Self(None)),
            // What is not text is no key.
            Some(value) => Self::parse(value.to_str().unwrap_or_default()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_short_visible_ascii() {
        let long = "k".repeat(MAX_BYTES + 1);
        for (text, good) in [("a-1", true), ("", false), ("a b", false), ("ä", false), (long.as_str(), false)] {
            assert_eq!(IdempotencyKey::parse(text).is_ok(), good, "{text}");
        }
        assert_eq!(IdempotencyKey::parse("7").unwrap().of("event").as_deref(), Some("api:event:7"));
    }
}
