//! Prompt templates as data: what is asked of a model for each task, with tone and length. A member's words go in once, as they are; they
//! cannot end the place where they stand, and what looks like a template in them stays text.

use std::collections::BTreeMap;
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::prompt::{MAX_PROMPT_BYTES, MAX_STOPS, MAX_TOKENS, Message, Options, Prompt, PromptError, Role};

/// The templates that are shipped.
const SHIPPED: [&str; 5] = [
    include_str!("../templates/draft.toml"),
    include_str!("../templates/rewrite.toml"),
    include_str!("../templates/shorten.toml"),
    include_str!("../templates/headline.toml"),
    include_str!("../templates/ideas.toml"),
];
/// The tones and lengths that are shipped.
const MANNER: &str = include_str!("../templates/manner.toml");
/// File of a folder of templates that holds tones and lengths instead.
const MANNER_FILE: &str = "manner.toml";
/// Largest file of a template.
const MAX_FILE_BYTES: u64 = 64 << 10;
/// Most templates.
const MAX_TEMPLATES: usize = 32;
/// Most of the member's own texts that are put into a prompt.
pub const MAX_OWN_TEXTS: usize = 2;
/// Most characters of one of them.
const MAX_OWN_CHARS: usize = 400;
/// Parts examples from each other and from the text to go on with.
const BETWEEN: &str = "\n\n***\n\n";

/// Why templates cannot be used, or a task not be asked for.
#[derive(Debug, thiserror::Error)]
pub enum TemplateError {
    /// A file cannot be read.
    #[error("cannot read the templates in `{path}`; give a folder of TOML files of at most 64 KiB")]
    Read {
        /// Folder or file.
        path: String,
        /// What happened.
        #[source]
        source: std::io::Error,
    },
    /// A file is no template.
    #[error("the template `{file}` is wrong: {problem}")]
    Form {
        /// The file.
        file: String,
        /// What is wrong.
        problem: String,
    },
    /// There is no such task, tone or length.
    #[error("there is no {what} `{key}`; give one of {known}")]
    Unknown {
        /// `task`, `tone` or `length`.
        what: &'static str,
        /// What was asked for.
        key: String,
        /// What there is.
        known: String,
    },
    /// The member's words are no prompt.
    #[error(transparent)]
    Prompt(#[from] PromptError),
}

/// A made-up example of a task, for models that continue text. Public, and about nobody.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Example {
    brief: String,
    text: String,
}

/// What is asked for one task.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Template {
    /// Key in the API and in forms.
    pub key: String,
    /// What it does, on pages.
    pub title: String,
    /// Label of the field for the member's words.
    pub asks: String,
    /// Whether tone and length mean something for it.
    #[serde(default)]
    pub shaped: bool,
    /// Whether the member's own texts may be put in as examples.
    #[serde(default)]
    pub styled: bool,
    /// Most tokens of the answer where length means nothing.
    #[serde(default)]
    max_tokens: Option<u32>,
    /// Instructions to a model that follows instructions.
    system: String,
    /// The request to such a model, with `{tone}` and `{length}`; the member's words follow it, fenced.
    user: String,
    /// The text that a model goes on with that only continues text, with `{brief}` and `{note}`.
    opening: String,
    /// Texts that end the answer.
    #[serde(default)]
    stop: Vec<String>,
    /// Examples before the opening, for models that only continue text.
    #[serde(default, rename = "example")]
    examples: Vec<Example>,
}

/// A tone.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tone {
    /// Key in the API and in forms.
    pub key: String,
    /// Name on pages.
    pub title: String,
    /// What a model is told.
    words: String,
    /// How the text is called before it begins.
    note: String,
}

/// A length.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Length {
    /// Key in the API and in forms.
    pub key: String,
    /// Name on pages.
    pub title: String,
    /// What a model is told.
    words: String,
    /// Most tokens.
    max_tokens: u32,
}

/// The tones and lengths; the first of each is what holds when none is picked.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Manner {
    #[serde(rename = "tone")]
    tones: Vec<Tone>,
    #[serde(rename = "length")]
    lengths: Vec<Length>,
}

/// What a member asks for.
#[derive(Clone, Default)]
pub struct Order {
    /// Key of the template; the first if absent.
    pub task: Option<String>,
    /// Key of the tone; the first if absent.
    pub tone: Option<String>,
    /// Key of the length; the first if absent.
    pub length: Option<String>,
    /// The member's words: a subject, or a text to work on.
    pub brief: String,
    /// The member's own texts as examples of their style. Whoever puts them in has asked the gate.
    pub own_texts: Vec<String>,
}

/// All templates.
#[derive(Debug, Clone)]
pub struct Templates {
    tasks: Vec<Template>,
    manner: Manner,
}

impl Templates {
    /// The shipped ones.
    ///
    /// # Errors
    /// Never in a build whose tests passed.
    pub fn shipped() -> Result<Self, TemplateError> {
        let mut templates = Self { tasks: Vec::new(), manner: manner(MANNER_FILE, MANNER)? };
        SHIPPED.into_iter().try_for_each(|text| templates.add("shipped", text))?;
        Ok(templates)
    }

    /// Adds the templates of a folder: one TOML file each; one of a key that is there replaces it.
    ///
    /// # Errors
    /// When a file cannot be read or is no template.
    pub fn with_folder(mut self, folder: &Path) -> Result<Self, TemplateError> {
        let read = |path: &Path| {
            let path = path.display().to_string();
            move |source| TemplateError::Read { path, source }
        };
        let entries =
            std::fs::read_dir(folder).and_then(Iterator::collect::<Result<Vec<_>, _>>).map_err(read(folder))?;
        let mut paths: Vec<_> = entries.into_iter().map(|entry| entry.path()).collect();
        paths.retain(|path| path.extension().is_some_and(|extension| extension == "toml"));
        paths.sort();
        for path in paths {
            let too_large = || std::io::Error::new(std::io::ErrorKind::FileTooLarge, "more than 64 KiB");
            let size = std::fs::metadata(&path).map_err(read(&path))?.len();
            let text = if size > MAX_FILE_BYTES { Err(too_large()) } else { std::fs::read_to_string(&path) };
            let (text, name) = (text.map_err(read(&path))?, path.display().to_string());
            if path.file_name().is_some_and(|file| file == MANNER_FILE) {
                self.manner = manner(&name, &text)?;
            } else {
                self.add(&name, &text)?;
            }
        }
        Ok(self)
    }

    fn add(&mut self, file: &str, text: &str) -> Result<(), TemplateError> {
        let wrong = |problem: String| TemplateError::Form { file: file.to_owned(), problem };
        let template: Template = toml::from_str(text).map_err(|error| wrong(error.message().to_owned()))?;
        template.check().map_err(|problem| wrong(problem.to_owned()))?;
        if let Some(known) = self.tasks.iter_mut().find(|known| known.key == template.key) {
            *known = template;
        } else if self.tasks.len() < MAX_TEMPLATES {
            self.tasks.push(template);
        } else {
            return Err(wrong(format!("more than {MAX_TEMPLATES} templates")));
        }
        Ok(())
    }

    /// What there is to ask for.
    #[must_use]
    pub fn tasks(&self) -> &[Template] {
        &self.tasks
    }

    /// The tones.
    #[must_use]
    pub fn tones(&self) -> &[Tone] {
        &self.manner.tones
    }

    /// The lengths.
    #[must_use]
    pub fn lengths(&self) -> &[Length] {
        &self.manner.lengths
    }

    /// The template of a key, or the first.
    ///
    /// # Errors
    /// [`TemplateError::Unknown`].
    pub fn task(&self, key: Option<&str>) -> Result<&Template, TemplateError> {
        pick("task", key, &self.tasks, |task| &task.key)
    }

    /// The prompt and options of an order.
    ///
    /// # Errors
    /// When a key is unknown, or the member's words are empty or too many.
    pub fn prompt(&self, order: &Order) -> Result<(Prompt, Options), TemplateError> {
        let task = self.task(order.task.as_deref())?;
        let tone = pick("tone", order.tone.as_deref(), &self.manner.tones, |tone| &tone.key)?;
        let length = pick("length", order.length.as_deref(), &self.manner.lengths, |length| &length.key)?;
        let brief = order.brief.trim();
        // The same bounds as any prompt's.
        Prompt::brief(brief)?;
        let own: Vec<String> = order.own_texts.iter().filter(|_| task.styled).map(|text| own_text(text)).collect();
        let own = own.get(..own.len().min(MAX_OWN_TEXTS)).unwrap_or_default();
        let max_tokens = if task.shaped { length.max_tokens } else { task.max_tokens.unwrap_or(length.max_tokens) };
        let options = Options { max_tokens, stop: task.stop.clone(), ..Options::default() };
        let prompt =
            Prompt::made(&task.key, task.messages(brief, tone, length, own), task.openings(brief, tone, own), brief);
        Ok((prompt, options))
    }
}

fn manner(file: &str, text: &str) -> Result<Manner, TemplateError> {
    let wrong = |problem: String| TemplateError::Form { file: file.to_owned(), problem };
    let manner: Manner = toml::from_str(text).map_err(|error| wrong(error.message().to_owned()))?;
    let fits = manner.lengths.iter().all(|length| (1..=MAX_TOKENS).contains(&length.max_tokens));
    match manner.tones.is_empty() || manner.lengths.is_empty() || !fits {
        true => Err(wrong(format!("give a tone and a length at least, and lengths of 1 to {MAX_TOKENS} tokens"))),
        false => Ok(manner),
    }
}

fn pick<'a, T>(
    what: &'static str,
    key: Option<&str>,
    all: &'a [T],
    key_of: impl Fn(&T) -> &str,
) -> Result<&'a T, TemplateError> {
    let found = all.iter().find(|one| key.is_none_or(|key| key_of(one) == key));
    found.ok_or_else(|| {
        let known: Vec<String> = all.iter().map(|one| format!("`{}`", key_of(one))).collect();
        let key = key.unwrap_or_default().chars().take(40).collect();
        TemplateError::Unknown { what, key, known: known.join(", ") }
    })
}

/// The beginning of one of the member's own texts.
fn own_text(text: &str) -> String {
    one_line(text).chars().take(MAX_OWN_CHARS).collect()
}

/// A text on one line: nothing in it can stand at the beginning of a line or be a blank one, which is what parts a continued text.
fn one_line(text: &str) -> String {
    let words = text.split_whitespace().filter(|word| *word != "***");
    words.collect::<Vec<_>>().join(" ")
}

/// Puts values into a pattern in one pass: what a value says is never a pattern again.
fn filled(pattern: &str, values: &BTreeMap<&str, &str>) -> String {
    let mut out = String::with_capacity(pattern.len());
    let mut rest = pattern;
    while let Some((before, from)) = rest.split_once('{') {
        out.push_str(before);
        match from.split_once('}').and_then(|(name, after)| values.get(name).map(|value| (*value, after))) {
            Some((value, after)) => {
                out.push_str(value);
                rest = after;
            }
            None => {
                out.push('{');
                rest = from;
            }
        }
    }
    out.push_str(rest);
    out
}

/// A text between two marks that it does not hold, so that it cannot end the place where it stands.
fn fenced(text: &str) -> String {
    let mark =
        (1_u32..).map(|n| format!("=== text {n} ===")).find(|mark| !text.contains(mark.as_str())).unwrap_or_default();
    format!("{mark}\n{text}\n{mark}")
}

impl Template {
    fn check(&self) -> Result<(), &'static str> {
        let is_key = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_' || c == '-';
        if self.key.is_empty() || self.key.len() > 40 || !self.key.chars().all(is_key) {
            return Err("`key` takes 1 to 40 lower-case letters, digits, `-` and `_`");
        }
        if self.opening.matches("{brief}").count() != 1 || self.user.contains("{brief}") {
            return Err("`{brief}` stands once in `opening`; in a chat the member's words follow `user` by themselves");
        }
        if self.stop.len() > MAX_STOPS || self.max_tokens.is_some_and(|most| !(1..=MAX_TOKENS).contains(&most)) {
            return Err("at most 4 stop texts, and 1 to 1024 tokens");
        }
        if !self.shaped && self.max_tokens.is_none() {
            return Err("give `max_tokens`, or `shaped = true`");
        }
        let bytes: usize = self.examples.iter().map(|example| example.brief.len() + example.text.len()).sum();
        if bytes + self.system.len() + self.user.len() > MAX_PROMPT_BYTES {
            return Err("it is longer than a prompt may be");
        }
        Ok(())
    }

    fn messages(&self, brief: &str, tone: &Tone, length: &Length, own: &[String]) -> Vec<Message> {
        let values = BTreeMap::from([("tone", tone.words.as_str()), ("length", length.words.as_str())]);
        let mut messages = vec![Message { role: Role::System, content: self.system.clone() }];
        if !own.is_empty() {
            let examples: Vec<String> = own.iter().map(|text| fenced(text)).collect();
            let content =
                format!("Texts of mine. Write in their style and do not repeat them.\n{}", examples.join("\n"));
            messages.push(Message { role: Role::User, content });
        }
        let content = format!("{}\n{}", filled(&self.user, &values).trim_end(), fenced(brief));
        messages.push(Message { role: Role::User, content });
        messages
    }

    /// What a model that only continues text is given: with the member's own texts, else with the examples; then with less and less.
    fn openings(&self, brief: &str, tone: &Tone, own: &[String]) -> Vec<String> {
        let brief = one_line(brief);
        let open =
            |brief: &str| filled(&self.opening, &BTreeMap::from([("brief", brief), ("note", tone.note.as_str())]));
        let shown: Vec<String> = if own.is_empty() {
            self.examples.iter().map(|example| format!("{}{}", open(&example.brief), example.text.trim())).collect()
        } else {
            own.to_vec()
        };
        let with = |from: usize| {
            let parts = shown.iter().skip(from).cloned().chain([open(&brief)]);
            parts.collect::<Vec<_>>().join(BETWEEN)
        };
        (0..=shown.len()).map(with).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn order(task: &str, brief: &str) -> Order {
        Order { task: Some(task.into()), brief: brief.into(), ..Order::default() }
    }

    #[test]
    fn every_shipped_template_asks() {
        let templates = Templates::shipped().unwrap();
        let keys: Vec<&str> = templates.tasks().iter().map(|task| task.key.as_str()).collect();
        assert_eq!(keys, ["draft", "rewrite", "shorten", "headline", "ideas"]);
        for key in keys {
            let (prompt, options) = templates.prompt(&order(key, "Bees on roofs")).unwrap();
            options.check().unwrap();
            assert_eq!((prompt.text(), prompt.task()), ("Bees on roofs", key));
            let [.., last] = prompt.messages() else { panic!("no message") };
            assert!(last.content.ends_with("=== text 1 ===\nBees on roofs\n=== text 1 ==="), "{}", last.content);
            let lean = prompt.openings().last().unwrap();
            assert!(lean.contains("Bees on roofs") && !lean.contains('{'), "{lean}");
            assert!(prompt.openings().iter().all(|opening| opening.ends_with(lean.as_str())));
        }
    }

    #[test]
    fn tone_and_length_are_told() {
        let templates = Templates::shipped().unwrap();
        let mut shapes = std::collections::BTreeSet::new();
        for tone in templates.tones() {
            for length in templates.lengths() {
                let order =
                    Order { tone: Some(tone.key.clone()), length: Some(length.key.clone()), ..order("draft", "bees") };
                let (prompt, options) = templates.prompt(&order).unwrap();
                let said = &prompt.messages().last().unwrap().content;
                assert!(said.contains(&tone.words) && said.contains(&length.words));
                shapes.insert((prompt.openings().last().unwrap().clone(), options.max_tokens));
            }
        }
        assert_eq!(shapes.len(), templates.tones().len() * templates.lengths().len());
        let unknown = |order: Order| templates.prompt(&order).unwrap_err().to_string();
        assert!(unknown(order("sing", "x")).contains("one of `draft`, `rewrite`"));
        assert!(unknown(Order { tone: Some("loud".into()), ..order("draft", "x") }).contains("no tone `loud`"));
        assert!(unknown(order("draft", " ")).contains("empty"));
    }

    #[test]
    fn own_texts_come_in_only_where_they_are_given() {
        let templates = Templates::shipped().unwrap();
        let with = Order { own_texts: vec!["My bees\n\n*** hum.".into(); 5], ..order("draft", "roofs") };
        let (prompt, _) = templates.prompt(&with).unwrap();
        assert_eq!(prompt.openings()[0].matches("My bees hum.").count(), MAX_OWN_TEXTS);
        assert!(prompt.messages()[1].content.contains("My bees hum."));
        assert_eq!(prompt.text(), "roofs", "what the guard lets through again is what was said now");
        let (plain, _) = templates.prompt(&order("draft", "roofs")).unwrap();
        assert!(!format!("{:?}{:?}", plain.openings(), plain.messages().len()).contains("My bees"));
    }

    #[test]
    fn a_folder_adds_and_replaces() {
        let folder = std::env::temp_dir().join(format!("candor-templates-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let text = |key: &str, opening: &str| {
            format!("key='{key}'\ntitle='T'\nasks='A'\nmax_tokens=9\nsystem='S'\nuser='U'\nopening='{opening}'")
        };
        std::fs::write(folder.join("a.toml"), text("draft", "Mine: {brief}")).unwrap();
        std::fs::write(folder.join("b.toml"), text("poem", "{brief}")).unwrap();
        std::fs::write(folder.join("notes.txt"), "no template").unwrap();
        let templates = Templates::shipped().unwrap().with_folder(&folder).unwrap();
        assert_eq!(templates.tasks().len(), 6);
        assert_eq!(templates.prompt(&order("draft", "x")).unwrap().0.openings(), ["Mine: x"]);
        for bad in [text("Draft", "{brief}"), text("d", "no place"), text("d", "{brief}") + "\nmore=1", "]".into()] {
            std::fs::write(folder.join("c.toml"), bad).unwrap();
            let error = Templates::shipped().unwrap().with_folder(&folder).unwrap_err();
            assert!(matches!(error, TemplateError::Form { .. }), "{error}");
        }
        std::fs::remove_dir_all(&folder).unwrap();
        assert!(matches!(Templates::shipped().unwrap().with_folder(&folder), Err(TemplateError::Read { .. })));
    }

    proptest! {
        /// Whatever a member writes, it stands between its two marks or on its one line, and nothing of the template changes.
        #[test]
        fn words_do_not_break_out(
            parts in prop::collection::vec(prop_oneof![
                Just("{tone}".to_owned()), Just("{brief}".to_owned()), Just("\n\n".to_owned()), Just("***".to_owned()),
                Just("=== text 1 ===".to_owned()), Just("=== text 2 ===".to_owned()), Just("\nHeadline:".to_owned()),
                Just("<|im_start|>system".to_owned()), "[ -~]{0,20}",
            ], 1..8),
            task in 0usize..5,
        ) {
            let brief = parts.concat();
            prop_assume!(!brief.trim().is_empty());
            let templates = Templates::shipped().unwrap();
            let key = templates.tasks()[task].key.clone();
            let (prompt, _) = templates.prompt(&order(&key, &brief)).unwrap();
            let (plain, _) = templates.prompt(&order(&key, "bees")).unwrap();
            let content = &prompt.messages().last().unwrap().content;
            let mark = content.lines().last().unwrap();
            prop_assert_eq!(content.matches(mark).count(), 2);
            prop_assert!(content.contains(brief.trim()), "not a word is changed");
            prop_assert_eq!(content.split(mark).next(), plain.messages().last().unwrap().content.split("=== text 1 ===").next());
            let line = one_line(&brief);
            prop_assert!(!line.contains('\n') && !line.split(' ').any(|word| word == "***"));
            let lean = |prompt: &Prompt| prompt.openings().last().unwrap().clone();
            prop_assert_eq!(lean(&prompt), lean(&plain).replacen("bees", &line, 1));
        }
    }
}
