//! What a draft's end and what was taken out of it are called on pages.

use candor_assist::{DraftError, Finish, OptionsError, ProviderError, RemovedKind};

use crate::words;

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
        | DraftError::Provider(ProviderError::Failed(_))
        | DraftError::TimeOver => "The draft could not be written. Try again.",
    }
}
