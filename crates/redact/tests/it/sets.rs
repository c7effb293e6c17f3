//! The labeled sets beside the project, read into one form; shared by the tests and the benchmarks. It never copies them into the project.

use std::path::{Path, PathBuf};

use serde::Deserialize;

/// A text with its labels.
pub struct Document {
    /// The text.
    pub text: String,
    /// What the set's authors labeled, in the order of the set.
    pub labels: Vec<Label>,
    /// The tokens of the text, where the set has some.
    pub tokens: Vec<Token>,
}

/// A labeled place, in bytes.
pub struct Label {
    /// The set's own name of the type.
    pub kind: String,
    /// Where it starts.
    pub start: usize,
    /// Where it ends.
    pub end: usize,
}

/// A token, in bytes.
pub struct Token {
    /// Where it starts.
    pub start: usize,
    /// Where it ends.
    pub end: usize,
    /// Whether it is a part of a person's name.
    pub is_person: bool,
    /// Whether it is a handle or the `@` before it.
    pub is_handle: bool,
}

/// Where the sets lie.
pub fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .ancestors()
        .find_map(beside)
        .unwrap_or_else(|| PathBuf::from("../shared/data"))
}

fn beside(folder: &Path) -> Option<PathBuf> {
    let data = folder.join("../shared/data");
    data.exists().then_some(data)
}

/// The bytes of a file of the sets.
pub fn read(name: &str) -> String {
    let path = folder().join(name);
    std::fs::read_to_string(&path)
        .unwrap_or_else(|error| panic!("cannot read `{}` ({error}); put the set there", path.display()))
}

/// The made-up sentences of presidio-research (MIT license).
pub fn presidio() -> Vec<Document> {
    #[derive(Deserialize)]
    struct Sentence {
        full_text: String,
        spans: Vec<Span>,
    }
    #[derive(Deserialize)]
    struct Span {
        entity_type: String,
        start_position: usize,
        end_position: usize,
    }
    let sentences: Vec<Sentence> =
        serde_json::from_str(&read("presidio_synth/synth_dataset_v2.json")).expect("the set is JSON");
    let document = |Sentence { full_text: text, spans }| {
        let at: Vec<usize> = text.char_indices().map(|(at, _)| at).chain([text.len()]).collect();
        let label =
            |span: Span| Label { kind: span.entity_type, start: at[span.start_position], end: at[span.end_position] };
        Document { labels: spans.into_iter().map(label).collect(), tokens: Vec::new(), text }
    };
    sentences.into_iter().map(document).collect()
}

/// Where blanks stand in texts that are made of tokens.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Blanks {
    /// Between all tokens, as a set has them.
    Everywhere,
    /// Between all tokens but after `@`, where nobody writes one.
    AsWritten,
}

/// Sentences of a file with one token and its label a line, such as `Anna B-PER`, as texts. `columns` are the places of token and label
/// in a line.
pub fn tagged(name: &str, columns: (usize, usize), blanks: Blanks) -> Vec<Document> {
    let mut documents = vec![empty()];
    let mut after_at = false;
    for line in read(name).lines() {
        let mut cells = line.split('\t');
        let (token, label) = (cells.clone().nth(columns.0), cells.nth(columns.1));
        let (Some(token), Some(label)) = (token, label.map(str::trim)) else {
            documents.extend(line.trim().is_empty().then(empty));
            continue;
        };
        let Some(document) = documents.last_mut().filter(|_| !line.starts_with("# ")) else { continue };
        let touches = after_at && blanks == Blanks::AsWritten;
        if !document.text.is_empty() && !touches {
            document.text.push(' ');
        }
        let start = document.text.len();
        document.text.push_str(token);
        let is_person = label.ends_with("-PER") || label.ends_with("-person");
        let is_handle = after_at || token.starts_with('@');
        document.tokens.push(Token { start, end: document.text.len(), is_person, is_handle });
        after_at = token == "@";
    }
    documents.retain(|document| !document.text.is_empty());
    documents
}

fn empty() -> Document {
    Document { text: String::new(), labels: Vec::new(), tokens: Vec::new() }
}

/// The texts of a site's file of posts or comments, one a line, with entities and without tags.
pub fn posts(name: &str) -> Vec<String> {
    read(name).lines().filter_map(body).collect()
}

fn body(line: &str) -> Option<String> {
    let from = [" Body=\"", " Text=\""].into_iter().find_map(|mark| line.find(mark).map(|at| at + mark.len()))?;
    let html = unescape(line.get(from..)?.split('"').next()?);
    let without: String = html.split('<').map(|piece| piece.split_once('>').map_or(piece, |(_, rest)| rest)).collect();
    Some(unescape(&without))
}

fn unescape(text: &str) -> String {
    let marks = [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&#xA;", "\n"), ("&#39;", "'"), ("&amp;", "&")];
    marks.into_iter().fold(text.to_owned(), |text, (mark, character)| text.replace(mark, character))
}
