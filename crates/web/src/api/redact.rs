//! `POST /api/v1/redact`: text in, text without the personal data that was found in it out. A pure question: nothing is kept,
//! and no text is in a trace or an error.

use std::{collections::BTreeMap, sync::Arc};

use axum::{
    Json,
    extract::{State, rejection::JsonRejection},
};
use candor_core::{PurposeKey, Seq};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{body, key::Key};
use crate::{
    problem::Problem,
    state::{App, RedactedText, RedactionOrder},
};

/// Most bytes of a body.
pub(super) const MAX_BODY_BYTES: usize = 4 << 20;
/// Most texts of a request.
const MAX_TEXTS: usize = 1_000;
const FORM: &str = "`text`, or `texts` that belong together, and, if you like, `operator` or `purpose`, and `offsets`";

/// What start and end of findings count.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum OffsetUnit {
    /// Unicode code points, as Python counts them.
    #[default]
    Chars,
    /// Bytes of UTF-8.
    Bytes,
    /// Units of UTF-16, as JavaScript and Java count them.
    Utf16,
}

/// Texts to redact.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RedactQuestion {
    /// One text.
    #[serde(default)]
    text: Option<String>,
    /// Texts that belong together, such as a post and its comments: the same value has the same placeholder in all of them.
    #[serde(default)]
    texts: Option<Vec<String>>,
    /// `placeholder`, `pseudonym`, `surrogate`, `generalize`, `mask` or `remove`; `placeholder` if absent. Pseudonyms and
    /// surrogates stay the same until the server is started again.
    #[serde(default)]
    #[schema(example = "placeholder")]
    operator: Option<String>,
    /// Do with each type what the rule book says for this purpose, such as `generative_training`. Not together with `operator`.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    purpose: Option<PurposeKey>,
    /// What start and end of findings count.
    #[serde(default)]
    #[schema(inline)]
    offsets: OffsetUnit,
}

/// The texts without the personal data that was found.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct RedactAnswer {
    /// One answer a text, in order.
    results: Vec<RedactResult>,
    /// How many pieces of each type were replaced in all texts.
    counts: BTreeMap<&'static str, u64>,
    /// What start and end of findings count.
    #[schema(inline)]
    offsets: OffsetUnit,
}

/// One text.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct RedactResult {
    /// The text after redaction.
    #[schema(example = "mail [EMAIL_1]")]
    text: String,
    /// What was found, with places in the text as it was sent.
    findings: Vec<RedactFinding>,
    /// How many pieces of each type were replaced.
    counts: BTreeMap<&'static str, u64>,
}

/// A piece of personal data.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct RedactFinding {
    /// Its type.
    #[schema(example = "EMAIL")]
    r#type: &'static str,
    /// Where it starts.
    start: usize,
    /// Where it ends.
    end: usize,
    /// How sure the redactor is, from 0 to 1.
    score: f32,
}

/// Redacts texts.
#[utoipa::path(
    post, path = "/api/v1/redact", tag = "redaction",
    request_body = RedactQuestion,
    responses(
        (status = 200, description = "The texts without what was found", body = RedactAnswer),
        (status = 404, description = "No such purpose", body = Problem, content_type = "application/problem+json"),
        (status = 413, description = "Over 4 MiB, or over 1,000 texts", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "Not a question", body = Problem, content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn post(
    State(app): State<App>,
    _: Key,
    question: Result<Json<RedactQuestion>, JsonRejection>,
) -> Result<Json<RedactAnswer>, Problem> {
    let RedactQuestion { text, texts, operator, purpose, offsets } = body::read(question, FORM)?;
    let texts = match (text, texts) {
        (Some(text), None) => vec![text],
        (None, Some(texts)) => texts,
        (Some(_), Some(_)) | (None, None) => {
            return Err(Problem::new("malformed", "send either `text` or `texts`"));
        }
    };
    if texts.len() > MAX_TEXTS {
        return Err(Problem::new("too_large", format!("send at most {MAX_TEXTS} texts at once")));
    }
    if operator.is_some() && purpose.is_some() {
        return Err(Problem::new("malformed", "send either `operator` or `purpose`"));
    }
    if let Some(purpose) = &purpose
        && app.store.history().purpose_at(purpose, app.now(), Seq(u64::MAX)).is_none()
    {
        return Err(Problem::new("unknown_purpose", "there is no such purpose; ask for one of the rule book"));
    }
    let order = RedactionOrder { operator, purpose };
    let redaction = Arc::clone(&app.redaction);
    let answer = move || {
        let redacted = redaction.redact(&texts, &order).map_err(|words| Problem::new("malformed", words))?;
        Ok(answer(&texts, redacted, offsets))
    };
    match tokio::task::spawn_blocking(answer).await {
        Ok(answer) => answer.map(Json),
        Err(_) => {
            tracing::error!("a redaction did not end");
            Err(Problem::new(
                "unavailable",
                "the text was not redacted; send it again, and tell the operator if it goes on",
            ))
        }
    }
}

fn answer(texts: &[String], redacted: Vec<RedactedText>, offsets: OffsetUnit) -> RedactAnswer {
    let mut counts = BTreeMap::new();
    let mut results = Vec::with_capacity(redacted.len());
    for (text, redacted) in texts.iter().zip(redacted) {
        for (kind, count) in &redacted.counts {
            *counts.entry(*kind).or_default() += count;
        }
        let findings = counted(text, redacted.findings, offsets);
        results.push(RedactResult { text: redacted.text, findings, counts: redacted.counts });
    }
    RedactAnswer { results, counts, offsets }
}

/// Findings with offsets in a unit. They come in order, so one walk over the text is enough.
fn counted(text: &str, findings: Vec<(&'static str, usize, usize, f32)>, unit: OffsetUnit) -> Vec<RedactFinding> {
    let (mut bytes, mut units) = (0, 0);
    let mut at = |to: usize| {
        let piece = text.get(bytes..to).unwrap_or_default();
        units += match unit {
            OffsetUnit::Bytes => piece.len(),
            OffsetUnit::Chars => piece.chars().count(),
            OffsetUnit::Utf16 => piece.encode_utf16().count(),
        };
        bytes = to;
        units
    };
    let finding = |(kind, start, end, score)| RedactFinding { r#type: kind, start: at(start), end: at(end), score };
    findings.into_iter().map(finding).collect()
}
