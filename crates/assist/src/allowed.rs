//! What a prompt held and so may come back in its draft, although redaction would replace it. A value counts only whole:
//! a first name in the prompt does not allow the full one.

use std::collections::BTreeSet;

use candor_redact::Redactor;

/// What the prompt held and so may come back.
#[derive(Debug)]
pub(crate) struct Allowed {
    /// The prompt in lower case with single spaces, a space at both ends.
    text: String,
    /// Letters and digits of the personal data in it: a number may come back written another way.
    values: BTreeSet<String>,
}

/// A text in lower case with single spaces.
pub(crate) fn plain(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase()
}

/// Letters and digits of a text, in lower case.
fn squeezed(text: &str) -> String {
    text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

impl Allowed {
    /// What this prompt held.
    pub(crate) fn of(prompt: &str, redactor: &Redactor) -> Self {
        let found = redactor.find(prompt);
        let values = found.iter().filter_map(|finding| prompt.get(finding.span.start..finding.span.end)).map(squeezed);
        Self { text: format!(" {} ", plain(prompt)), values: values.collect() }
    }

    /// Whether the prompt held this value, whole.
    pub(crate) fn holds(&self, value: &str) -> bool {
        let value = plain(value);
        let whole = |(at, _): (usize, &str)| {
            let before = self.text.get(..at).and_then(|text| text.chars().next_back());
            let after = self.text.get(at + value.len()..).and_then(|text| text.chars().next());
            !before.is_some_and(char::is_alphanumeric) && !after.is_some_and(char::is_alphanumeric)
        };
        !value.is_empty() && (self.values.contains(&squeezed(&value)) || self.text.match_indices(&value).any(whole))
    }
}
