//! The texts that are searched: one labeled set of structured data, sets of names, and posts as people wrote them.

use crate::sets::{self, Blanks, Document};
use anyhow::{Context, Result};
use std::{fmt::Write as _, path::Path};

/// What a text is for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Use {
    /// Structured data, and everything together; also the speed on dense text.
    Structured,
    /// Names of people, by token.
    Names,
    /// Speed on ordinary text.
    Speed,
}

/// A set.
pub struct Text {
    /// Its name in files.
    pub name: &'static str,
    /// Its name in the report.
    pub title: &'static str,
    /// What it is for.
    pub purpose: Use,
    /// Its documents.
    pub documents: Vec<Document>,
}

/// The title of the set whose figures for people have a goal: every token counts, `@` and handle apart, as its authors tell them.
pub const AS_IT_LIES: &str = "Broad Twitter Corpus, dev, as it lies";

/// Every set.
pub fn all() -> Vec<Text> {
    let names = |name, title, file, columns| {
        let documents = sets::tagged(file, columns, Blanks::AsWritten);
        Text { name, title, purpose: Use::Names, documents }
    };
    let tweets = "broad_twitter_corpus/btc.dev";
    vec![
        Text { name: "presidio_synth", title: "presidio_synth", purpose: Use::Structured, documents: sets::presidio() },
        names("btc", "Broad Twitter Corpus, dev", tweets, (0, 1)),
        Text {
            name: "btc_apart",
            title: AS_IT_LIES,
            purpose: Use::Names,
            documents: sets::tagged(tweets, (0, 1), Blanks::Everywhere),
        },
        names("wnut17", "WNUT-17, dev", "wnut17/emerging.dev.conll", (0, 1)),
        names("uner_ewt", "UNER English EWT, dev", "uner_english_ewt/en_ewt-ud-dev.iob2", (1, 2)),
        names("germeval", "GermEval 2014, dev (German)", "germeval2014/NER-de-dev.tsv", (1, 2)),
        Text { name: "posts", title: "raw posts", purpose: Use::Speed, documents: posts() },
    ]
}

impl Text {
    /// Its size.
    pub fn bytes(&self) -> usize {
        self.documents.iter().map(|document| document.text.len()).sum()
    }

    /// Runs of digits.
    pub fn numbers(&self) -> usize {
        let runs = |text: &str| text.split(|c: char| !c.is_ascii_digit()).filter(|run| !run.is_empty()).count();
        self.documents.iter().map(|document| runs(&document.text)).sum()
    }

    /// Writes it as every engine reads it.
    pub fn write(&self, work: &Path) -> Result<()> {
        let mut lines = String::new();
        for (id, document) in self.documents.iter().enumerate() {
            writeln!(lines, "{}", serde_json::json!({"id": id, "text": document.text}))?;
        }
        let file = work.join(self.name).with_extension("ndjson");
        std::fs::write(&file, lines).with_context(|| format!("cannot write `{}`", file.display()))
    }
}

/// The posts and comments of a small site, without markup.
fn posts() -> Vec<Document> {
    let files = ["stackexchange-quantum/Posts.xml", "stackexchange-quantum/Comments.xml"];
    let texts = files.into_iter().flat_map(sets::posts);
    texts.map(|text| Document { text, labels: Vec::new(), tokens: Vec::new() }).collect()
}
