//! The writing assistant: a prompt goes in, a guarded stream of text comes out. No tensors here and no model: whatever
//! can generate text is a [`Provider`]; the local one lives in the binary.
//!
//! Where to read: `prompt.rs` (what may be asked), `provider.rs` (the seam to a model), `verbatim.rs` (what a snapshot
//! said word for word), `guard.rs` (what may be let out), `draft.rs` (how it goes together), `outgoing.rs` (the only
//! connection outwards). Neither prompts nor drafts
//! are kept, logged or put into an error.

mod allowed;
mod draft;
mod guard;
pub mod outgoing;
mod prompt;
mod provider;
mod stops;
mod verbatim;

/// What a guard is made with, for callers that have no other business with redaction.
pub use candor_redact::Redactor;
pub use draft::{Assistant, DraftError, DraftEvent, DraftStream, Finish, Request, Whole};
pub use guard::{GuardSession, GuardStep, OutputGuard, RemovedKind};
pub use prompt::{
    MAX_MESSAGES, MAX_PROMPT_BYTES, MAX_STOPS, MAX_TOKENS, Message, Options, OptionsError, Prompt, PromptError, Role,
};
pub use provider::{ModelInfo, Provider, ProviderError};
pub use verbatim::{RUN_TOKENS, VerbatimError, VerbatimIndex};
