//! Plain public texts as training tokens for a base: licence headers cut off, quotation marks made plain, the text split into
//! passages that end with the end token. Never sees members' data.

use crate::error::{MlError, Result};
use crate::files;
use crate::tokenizer::{END_TOKEN, Tokenizer};
use serde::{Deserialize, Serialize};
use std::path::Path;

/// Characters after which a passage ends at the next blank line: about the length of a long post.
const PASSAGE_CHARS: usize = 1_200;

/// A cleaned text.
#[derive(Debug, Clone)]
pub struct Text {
    /// Title, from the file's name.
    pub title: String,
    /// The file's name without its ending.
    pub stem: String,
    /// SHA-256 of the file as read.
    pub hash: String,
    /// Passages in the order of the text.
    pub passages: Vec<String>,
}

/// One line of a base's list of texts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TextRecord {
    /// Title.
    pub title: String,
    /// SHA-256 of the file.
    pub hash: String,
    /// Characters after cleaning.
    pub characters: usize,
    /// Whether it was kept apart to measure the loss.
    pub held_out: bool,
}

impl Text {
    /// Reads and cleans one file.
    pub fn load(path: &Path) -> Result<Self> {
        let raw = files::read_text(path)?;
        let stem = path.file_stem().and_then(|s| s.to_str()).unwrap_or("text").to_owned();
        let passages = passages(&plain_marks(strip_license(&raw)));
        if passages.is_empty() {
            return Err(MlError::format(path, "no prose is left after cleaning"));
        }
        Ok(Self { title: title_of(&stem), hash: files::hash_bytes(raw.as_bytes()), stem, passages })
    }

    /// The line for the list of texts.
    pub fn record(&self, held_out: bool) -> TextRecord {
        let characters = self.passages.iter().map(|p| p.chars().count()).sum();
        TextRecord { title: self.title.clone(), hash: self.hash.clone(), characters, held_out }
    }

    /// The tokens of all passages, each followed by the end token.
    pub fn tokens(&self, tokenizer: &Tokenizer) -> Result<Vec<u32>> {
        let mut tokens = Vec::new();
        for passage in &self.passages {
            tokens.extend(tokenizer.encode(passage)?);
            tokens.push(END_TOKEN);
        }
        Ok(tokens)
    }
}

/// The part between the start and end marks that digital libraries put around a book; the whole text where there are none.
fn strip_license(text: &str) -> &str {
    let after = match text.find("*** START OF") {
        Some(start) => text[start..].find('\n').map_or(text, |line| &text[start + line + 1..]),
        None => text,
    };
    after.find("*** END OF").map_or(after, |end| &after[..end])
}

/// Typographic quotation marks as the plain ones people type, lines of pictures and scans left out.
fn plain_marks(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for line in text.lines() {
        let trimmed = line.trim();
        if trimmed.starts_with("[Illustration") || trimmed.starts_with("[Picture") || trimmed.starts_with("Produced by")
        {
            continue;
        }
        for c in line.trim_end().chars() {
            match c {
                '“' | '”' | '„' => out.push('"'),
                '‘' | '’' | '‛' => out.push('\''),
                '\u{feff}' | '\u{ad}' => (),
                '\u{a0}' => out.push(' '),
                _ => out.push(c),
            }
        }
        out.push('\n');
    }
    out
}

/// Whole paragraphs, gathered until a passage is long enough.
fn passages(text: &str) -> Vec<String> {
    let mut all = Vec::new();
    let mut passage = String::new();
    for paragraph in text.split("\n\n").map(str::trim).filter(|p| !p.is_empty()) {
        if !passage.is_empty() {
            passage.push_str("\n\n");
        }
        passage.push_str(paragraph);
        if passage.len() >= PASSAGE_CHARS {
            all.push(std::mem::take(&mut passage));
        }
    }
    if !passage.is_empty() {
        all.push(passage);
    }
    all
}

fn title_of(stem: &str) -> String {
    let capital = |word: &str| {
        let mut chars = word.chars();
        chars.next().map(|c| c.to_uppercase().chain(chars).collect::<String>()).unwrap_or_default()
    };
    stem.split(['_', '-']).map(capital).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cuts_the_license_and_plain_marks() {
        let raw = "Header\n*** START OF THE BOOK ***\n[Illustration: x]\n\u{201c}It\u{2019}s\u{201d}\n*** END OF THE BOOK ***\nFooter";
        assert_eq!(plain_marks(strip_license(raw)).trim(), "\"It's\"");
        assert_eq!(strip_license("no marks"), "no marks");
    }

    #[test]
    fn passages_are_whole_paragraphs() {
        let text = vec!["word ".repeat(60); 9].join("\n\n\n");
        let found = passages(&text);
        assert_eq!(found.len(), 3);
        assert!(found.iter().take(1).all(|p| p.len() >= PASSAGE_CHARS));
        assert_eq!(title_of("a_christmas-carol"), "A Christmas Carol");
    }
}
