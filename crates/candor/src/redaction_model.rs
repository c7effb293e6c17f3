//! The token-classification model that the operator may bring (`redact.model`): loaded once, shared by every redactor of datasets, of
//! prompts that leave this server and of the API. Where one is named and cannot be used, nothing is redacted without it.

use crate::memory;
use anyhow::{Context, Result};
use candor_dataset::RedactionModel;
use candor_ml::token_classification::TokenClassifier;
use candor_redact::{Builder, Recognizer};
use std::{path::Path, sync::Arc};

/// A model that all redactors share; none where the operator brought none.
pub type Model = Option<Arc<TokenClassifier>>;

/// Loads the model of a folder, if it fits into the memory that is free.
pub fn load(folder: &Path, threshold_percent: u8) -> Result<Arc<TokenClassifier>> {
    let words = || format!("the redaction model in `{}` cannot be used", folder.display());
    let model = TokenClassifier::load(folder, threshold_percent, memory::available_bytes());
    Ok(Arc::new(model.with_context(words)?))
}

/// The builder with the model, if there is one.
pub fn with(builder: Builder, model: &Model) -> Builder {
    model.iter().fold(builder, |builder, model| builder.recognizer(Arc::clone(model)))
}

/// What the papers of a snapshot say of the model.
pub fn facts(model: &TokenClassifier) -> RedactionModel {
    RedactionModel {
        name: model.name().to_owned(),
        sha256: model.hash().to_owned(),
        architecture: model.architecture().to_owned(),
        threshold_percent: model.threshold_percent(),
    }
}

/// What it finds, in words.
pub fn words(model: &TokenClassifier) -> String {
    let kinds: Vec<&str> = model.kinds().iter().map(|kind| kind.name()).collect();
    let ignored = match model.ignored_labels() {
        [] => String::new(),
        labels => format!("; its labels {} are no kinds here", labels.join(", ")),
    };
    format!("`{}`, {}, finds {}{ignored}", model.name(), model.architecture(), kinds.join(", "))
}
