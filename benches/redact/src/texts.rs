//! The texts that are searched: one labeled set of structured data, sets of names, and posts as people wrote them.

use crate::sets::{self, Document};
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

/// Every set.
pub fn all() -> Vec<Text> {
    let names = |name, title, documents| Text { name, title, purpose: Use::Names, documents };
    vec![
        Text { name: "presidio_synth", title: "presidio_synth", purpose: Use::Structured, documents: sets::presidio() },
        names("btc", "Broad Twitter Corpus, dev", sets::tagged("broad_twitter_corpus/btc.dev", (0, 1))),
        names("wnut17", "WNUT-17, dev", sets::tagged("wnut17/emerging.dev.conll", (0, 1))),
        names("uner_ewt", "UNER English EWT, dev", sets::tagged("uner_english_ewt/en_ewt-ud-dev.iob2", (1, 2))),
        names("germeval", "GermEval 2014, dev (German)", sets::tagged("germeval2014/NER-de-dev.tsv", (1, 2))),
        Text { name: "posts", title: "raw posts", purpose: Use::Speed, documents: posts() },
    ]
}

impl Text {
    /// Its size.
    pub fn bytes(&self) -> usize {
        self.documents.iter().map(|document| document.text.len()).sum()
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
