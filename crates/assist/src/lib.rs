//! The writing assistant: a prompt goes in, a guarded stream of text comes out. No tensors here and no model: whatever
//! can generate text is a [`Provider`]; the local one lives in the binary, the ones outside in `remote.rs`.
//!
//! Where to read: `prompt.rs` and `template.rs` (what may be asked, and how), `provider.rs` (the seam to a model), `verbatim.rs` (what
//! snapshots said word for word), `guard/` (what may be let out), `draft.rs` (how it goes together). Outwards: `egress.rs` (may it go?),
//! `pseudonym.rs` (without whose data), `outgoing/` (the only connection). Neither prompts nor drafts are kept, logged or put into an error.

mod allowed;
mod draft;
pub mod egress;
mod events;
mod guard;
pub mod outgoing;
mod prompt;
mod provider;
mod pseudonym;
pub mod remote;
mod removed;
mod stops;
mod template;
mod verbatim;

/// What a guard is made with, for callers that have no other business with redaction.
pub use candor_redact::Redactor;
pub use draft::{Assistant, DraftError, DraftEvent, DraftStream, Finish, Request, Route, Whole};
pub use guard::{GuardSession, GuardStep, OutputGuard, Tokenize};
pub use prompt::{
    MAX_MESSAGES, MAX_PROMPT_BYTES, MAX_STOPS, MAX_TOKENS, Message, Options, OptionsError, Prompt, PromptError, Role,
};
pub use provider::{ModelInfo, Provider, ProviderError};
pub use removed::RemovedKind;
pub use template::{Length, MAX_OWN_TEXTS, Order, Template, TemplateError, Templates, Tone};
pub use verbatim::{RUN_TOKENS, VerbatimError, VerbatimIndex};
