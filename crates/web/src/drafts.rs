//! Drafts as the page and the API ask for them: where a task goes for a member, the member's own texts where the gate lets them be read, and
//! what a draft's end and what was taken out of it are called.

use candor_assist::{
    Assistant, DraftError, Finish, MAX_OWN_TEXTS, ModelInfo, OptionsError, ProviderError, RemovedKind, Route, egress,
};
use candor_core::{History, MemberId, Query, RecipientKey, RecordFacts, RecordKind, decide::row_at, decide_record};
use candor_store::{Store, StoreError};
use jiff::Timestamp;

use crate::{
    standing::{Standing, today},
    words,
};

/// Records of a member among which examples of their style are looked for.
const RECORDS_READ: u32 = 50;
/// Fewest characters of an example.
const MIN_EXAMPLE_CHARS: usize = 80;

/// Where a task goes: the first provider outside that serves it and may have this member's prompt, else the local model.
pub(crate) fn route(
    assistant: &Assistant,
    history: &History,
    member: Option<&MemberId>,
    task: &str,
    now: Timestamp,
) -> (ModelInfo, Route) {
    for model in assistant.outside().into_iter().filter(|model| model.serves(task)) {
        let permit = model.outside.as_ref().zip(member).map(|(outside, m)| egress::permit(history, outside, m, now));
        if let Some(Ok(permit)) = permit {
            return (model, Route::Outside(permit));
        }
    }
    (assistant.model(), Route::Local)
}

/// Who gets what is asked of this model, in the register's terms.
fn recipient(model: &ModelInfo) -> RecipientKey {
    model.outside.as_ref().map_or_else(RecipientKey::own, |outside| outside.recipient.clone())
}

/// Whether the gate lets this member's own texts be examples of their style today.
pub(crate) fn may_style(history: &History, member: &MemberId, now: Timestamp) -> bool {
    egress::features().is_some_and(|purpose| today(history, member, &purpose, now) == Standing::Used)
}

/// The member's latest texts that may be examples for this model. Nothing of theirs is read unless the gate lets some be.
pub(crate) async fn own_texts(
    store: &Store,
    history: &History,
    member: &MemberId,
    model: &ModelInfo,
    now: Timestamp,
) -> Result<Vec<String>, StoreError> {
    let Some(purpose) = egress::features().filter(|_| may_style(history, member, now)) else { return Ok(Vec::new()) };
    let query = Query::present(history, purpose, recipient(model), now);
    let mut records = store.records_of(member, RECORDS_READ).await?;
    records.sort_by_key(|record| std::cmp::Reverse(record.created));
    let is_text = |kind| matches!(kind, RecordKind::Post | RecordKind::Article | RecordKind::Comment);
    let texts = records.into_iter().filter(|record| is_text(record.kind)).filter(|record| {
        let facts = row_at(history, &record.id, RecordFacts::from(record), query.at, query.as_of);
        let decision = decide_record(history, &facts, &query);
        // A text in which somebody must not be named is no example.
        decision.mask.is_empty() && decision.spans.is_empty()
    });
    let texts = texts.map(|record| record.text).filter(|text| text.chars().count() >= MIN_EXAMPLE_CHARS);
    Ok(texts.take(MAX_OWN_TEXTS).collect())
}

/// What was taken out, as a sentence to the member.
pub(crate) fn removed(kind: RemovedKind, count: u64) -> String {
    let (one, several) = kind.words();
    match kind {
        RemovedKind::Verbatim => format!("We ended the draft before {}.", words::many(count, one, several)),
        RemovedKind::Personal(_) => {
            let many = words::many(count, one, several);
            let verb = if count == 1 { "is" } else { "are" };
            format!("We removed {many} that {verb} not in your brief.")
        }
        RemovedKind::LeftOut => format!("We removed {}.", words::many(count, one, several)),
    }
}

/// How a draft ended, as a status.
pub(crate) fn finished(finish: Finish) -> &'static str {
    match finish {
        Finish::Stop | Finish::Length => "Draft ready.",
        Finish::Guard => "Draft ready. It ends early.",
    }
}

/// Why there is no draft, as a sentence to the member.
pub(crate) fn failed(error: &DraftError) -> &'static str {
    match error {
        DraftError::Busy | DraftError::Provider(ProviderError::Busy) => {
            "Many drafts are being written just now. Try again in a few seconds."
        }
        DraftError::Provider(ProviderError::PromptTooLong { .. }) => "The brief is too long. Shorten it and try again.",
        DraftError::Options(
            OptionsError::MaxTokens(_) | OptionsError::Temperature(_) | OptionsError::TopP(_) | OptionsError::Stop,
        )
        | DraftError::Provider(ProviderError::Failed(_) | ProviderError::Uncounted)
        | DraftError::NoProvider(_)
        | DraftError::TimeOver => "The draft could not be written. Try again.",
    }
}
