//! What the guard takes out of a draft, as it is counted and told. Never the thing itself.

use candor_redact::Kind;

/// What was taken out of a draft.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RemovedKind {
    /// Personal data that the prompt did not hold.
    Personal(Kind),
    /// The name, handle or address of a member who is left out.
    LeftOut,
    /// A run of a snapshot, word for word; the draft ends before it.
    Verbatim,
}

impl RemovedKind {
    /// The name in the API, such as `EMAIL` or `VERBATIM`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Personal(kind) => kind.name(),
            Self::LeftOut => "LEFT_OUT",
            Self::Verbatim => "VERBATIM",
        }
    }

    /// What it is in words, for one and for several.
    #[must_use]
    pub fn words(self) -> (&'static str, &'static str) {
        match self {
            Self::Personal(kind) => kind.words(),
            Self::LeftOut => ("name of a member who is left out", "names of members who are left out"),
            Self::Verbatim => ("passage that stood so in a member's text", "passages that stood so in members' texts"),
        }
    }
}
