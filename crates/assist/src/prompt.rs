//! What may be asked of an assistant: a prompt and its options, checked and bounded once, at the door. A prompt never
//! shows its text in `Debug`.

use serde::{Deserialize, Serialize};

/// Most bytes that all messages of a prompt have together.
pub const MAX_PROMPT_BYTES: usize = 16 << 10;
/// Most messages of a prompt.
pub const MAX_MESSAGES: usize = 32;
/// Most tokens that one draft has.
pub const MAX_TOKENS: u32 = 1024;
/// Most stop texts of one request.
pub const MAX_STOPS: usize = 4;
/// Most bytes of one stop text.
const MAX_STOP_BYTES: usize = 64;

/// Who says a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Instructions of the platform.
    System,
    /// The member.
    User,
    /// An earlier draft.
    Assistant,
}

/// One message of a prompt.
#[derive(Clone, PartialEq, Eq)]
pub struct Message {
    /// Who says it.
    pub role: Role,
    /// What is said.
    pub content: String,
}

impl std::fmt::Debug for Message {
    /// Role and length only: what a member asks is theirs.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Message").field("role", &self.role).field("bytes", &self.content.len()).finish()
    }
}

/// Why something is not a prompt.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PromptError {
    /// There is nothing to write about.
    #[error("the prompt is empty; say what the post is about")]
    Empty,
    /// Too many messages.
    #[error("the prompt has {0} messages; at most {MAX_MESSAGES} are taken")]
    TooManyMessages(usize),
    /// Too long.
    #[error("the prompt has {0} bytes; at most {MAX_PROMPT_BYTES} are taken")]
    TooLong(usize),
}

/// A checked prompt: at least one message of the member with text in it.
#[derive(Clone, PartialEq, Eq)]
pub struct Prompt {
    messages: Vec<Message>,
    openings: Vec<String>,
    said: String,
    task: String,
}

impl std::fmt::Debug for Prompt {
    /// Its messages as they show themselves: what a member says is theirs.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Prompt").field("task", &self.task).field("messages", &self.messages).finish_non_exhaustive()
    }
}

/// Name of what is asked without a template.
const CHAT: &str = "chat";

impl Prompt {
    /// A prompt of one message of the member.
    ///
    /// # Errors
    /// When it is empty or too long.
    pub fn brief(text: impl Into<String>) -> Result<Self, PromptError> {
        Self::chat(vec![Message { role: Role::User, content: text.into() }])
    }

    /// A prompt of a conversation.
    ///
    /// # Errors
    /// When nothing in it is from the member, or it is too long.
    pub fn chat(messages: Vec<Message>) -> Result<Self, PromptError> {
        if messages.len() > MAX_MESSAGES {
            return Err(PromptError::TooManyMessages(messages.len()));
        }
        let bytes = messages.iter().map(|message| message.content.len()).sum();
        if bytes > MAX_PROMPT_BYTES {
            return Err(PromptError::TooLong(bytes));
        }
        let asked = messages.iter().any(|m| m.role == Role::User && !m.content.trim().is_empty());
        if !asked {
            return Err(PromptError::Empty);
        }
        let said: Vec<&str> = messages.iter().map(|m| m.content.trim()).filter(|text| !text.is_empty()).collect();
        let said = said.join("\n\n");
        // A blank line parts what is asked from what is written.
        let openings = vec![format!("{said}\n\n")];
        Ok(Self { messages, openings, said, task: CHAT.into() })
    }

    /// What a template made of a member's words: `said` are those words alone.
    pub(crate) fn made(task: &str, messages: Vec<Message>, openings: Vec<String>, said: &str) -> Self {
        Self { messages, openings, said: said.trim().to_owned(), task: task.to_owned() }
    }

    /// The messages, in order.
    #[must_use]
    pub fn messages(&self) -> &[Message] {
        &self.messages
    }

    /// What a model that only continues text is given: the richest first. A provider takes the first that fits, and the last if none does.
    #[must_use]
    pub fn openings(&self) -> &[String] {
        &self.openings
    }

    /// All that the member said, one message a paragraph: what the guard lets through again.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.said
    }

    /// The key of the template, or `chat`: what the call is counted as.
    #[must_use]
    pub fn task(&self) -> &str {
        &self.task
    }
}

/// Why options are refused.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum OptionsError {
    /// `max_tokens` is out of bounds.
    #[error("`max_tokens` is {0}; give 1 to {MAX_TOKENS}")]
    MaxTokens(u32),
    /// `temperature` is out of bounds.
    #[error("`temperature` is {0}; give 0 to 2")]
    Temperature(f32),
    /// `top_p` is out of bounds.
    #[error("`top_p` is {0}; give more than 0 and at most 1")]
    TopP(f32),
    /// A stop text is out of bounds.
    #[error("`stop` takes at most {MAX_STOPS} texts of 1 to {MAX_STOP_BYTES} bytes")]
    Stop,
}

/// How a draft is generated.
#[derive(Debug, Clone, PartialEq)]
pub struct Options {
    /// Most tokens that are generated.
    pub max_tokens: u32,
    /// How freely the next token is drawn: 0 takes the likeliest always.
    pub temperature: f32,
    /// Share of the probability that is drawn from.
    pub top_p: f32,
    /// Makes the draw repeatable.
    pub seed: Option<u64>,
    /// Texts that end the draft; they are not in it.
    pub stop: Vec<String>,
}

impl Default for Options {
    fn default() -> Self {
        Self { max_tokens: 160, temperature: 0.8, top_p: 0.95, seed: None, stop: Vec::new() }
    }
}

impl Options {
    /// Checks every bound.
    ///
    /// # Errors
    /// The first bound that does not hold.
    pub fn check(self) -> Result<Self, OptionsError> {
        if !(1..=MAX_TOKENS).contains(&self.max_tokens) {
            return Err(OptionsError::MaxTokens(self.max_tokens));
        }
        // A value that is no number is in no range.
        if !(0.0..=2.0).contains(&self.temperature) {
            return Err(OptionsError::Temperature(self.temperature));
        }
        if !(self.top_p > 0.0 && self.top_p <= 1.0) {
            return Err(OptionsError::TopP(self.top_p));
        }
        let fits = |stop: &String| !stop.is_empty() && stop.len() <= MAX_STOP_BYTES;
        if self.stop.len() > MAX_STOPS || !self.stop.iter().all(fits) {
            return Err(OptionsError::Stop);
        }
        Ok(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn say(role: Role, content: &str) -> Message {
        Message { role, content: content.into() }
    }

    #[test]
    fn prompts_are_bounded_and_asked_by_a_member() {
        let cases: [(Vec<Message>, Option<PromptError>); 6] = [
            (vec![say(Role::User, "a post about bees")], None),
            (vec![say(Role::System, "be brief"), say(Role::User, "bees")], None),
            (vec![say(Role::System, "be brief")], Some(PromptError::Empty)),
            (vec![say(Role::User, " \n")], Some(PromptError::Empty)),
            (vec![say(Role::User, "b"); MAX_MESSAGES + 1], Some(PromptError::TooManyMessages(MAX_MESSAGES + 1))),
            (
                vec![say(Role::User, &"b".repeat(MAX_PROMPT_BYTES + 1))],
                Some(PromptError::TooLong(MAX_PROMPT_BYTES + 1)),
            ),
        ];
        for (messages, error) in cases {
            assert_eq!(Prompt::chat(messages).err(), error);
        }
    }

    #[test]
    fn a_prompt_does_not_show_itself() {
        let prompt = Prompt::brief("my secret").unwrap();
        assert!(!format!("{prompt:?}").contains("secret"));
        assert_eq!(prompt.text(), "my secret");
    }

    #[test]
    fn options_are_bounded() {
        let ok = Options::default();
        let cases = [
            (ok.clone(), true),
            (Options { max_tokens: 0, ..ok.clone() }, false),
            (Options { max_tokens: MAX_TOKENS + 1, ..ok.clone() }, false),
            (Options { temperature: f32::NAN, ..ok.clone() }, false),
            (Options { temperature: -0.1, ..ok.clone() }, false),
            (Options { temperature: 0.0, ..ok.clone() }, true),
            (Options { top_p: 0.0, ..ok.clone() }, false),
            (Options { top_p: f32::NAN, ..ok.clone() }, false),
            (Options { stop: vec![String::new()], ..ok.clone() }, false),
            (Options { stop: vec!["a".into(); MAX_STOPS + 1], ..ok.clone() }, false),
        ];
        for (options, good) in cases {
            assert_eq!(options.clone().check().is_ok(), good, "{options:?}");
        }
    }
}
