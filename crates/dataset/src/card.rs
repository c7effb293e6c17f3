//! The dataset card: `README.md` with the front matter that Hugging Face reads and a text for people. Every number comes
//! from the manifest; the card says what it does not know.

use crate::{
    counts::StageCounts,
    manifest::{Manifest, RedactionModel, Role},
};
use std::{collections::BTreeMap, fmt::Write};

/// The text of `README.md`.
pub(crate) fn card(manifest: &Manifest) -> String {
    let mut out = String::new();
    // Writing into a string cannot fail.
    let _ = front_matter(&mut out, manifest).and_then(|()| body(&mut out, manifest));
    out
}

fn front_matter(out: &mut String, manifest: &Manifest) -> std::fmt::Result {
    let total = manifest.total();
    writeln!(out, "---\npretty_name: {}", quoted(&format!("Candor snapshot {}", manifest.id)))?;
    let languages: Vec<&String> = total.languages.keys().filter(|code| is_language(code)).collect();
    if !languages.is_empty() {
        writeln!(out, "language:")?;
        languages.iter().try_for_each(|code| writeln!(out, "- {code}"))?;
    }
    if let Some(license) = license(&total.licenses) {
        writeln!(out, "license: {license}")?;
    }
    writeln!(out, "size_categories:\n- {}", size_category(total.rows))?;
    writeln!(out, "task_categories:\n- text-generation")?;
    writeln!(out, "configs:\n- config_name: default\n  data_files:")?;
    // A split without rows is an error to the loader, so it is not named.
    let splits = [("train", Role::Train), ("validation", Role::Validation)];
    let splits = splits.map(|(split, role)| (split, role, manifest.tally(role).rows));
    for (split, ..) in splits.iter().filter(|(.., rows)| *rows > 0) {
        writeln!(out, "  - split: {split}\n    path: data/{split}-*.parquet")?;
    }
    writeln!(out, "dataset_info:\n  features:")?;
    for (name, kind) in FEATURES {
        writeln!(out, "  - name: {name}\n    {kind}")?;
    }
    writeln!(out, "  splits:")?;
    let mut size = 0;
    for (split, role, rows) in splits.into_iter().filter(|(.., rows)| *rows > 0) {
        let bytes: u64 = manifest.files_of(role).map(|file| file.bytes).sum();
        size += bytes;
        writeln!(out, "  - name: {split}\n    num_bytes: {bytes}\n    num_examples: {rows}")?;
    }
    writeln!(out, "  download_size: {size}\n  dataset_size: {size}\n---\n")
}

fn body(out: &mut String, manifest: &Manifest) -> std::fmt::Result {
    let (train, held_out, total) = (manifest.tally(Role::Train), manifest.tally(Role::Validation), manifest.total());
    let terms = &manifest.terms;
    writeln!(out, "# Candor snapshot {}\n", manifest.id)?;
    writeln!(
        out,
        "Texts of a platform's members, admitted one by one under the members' choices and the rules in force, redacted, \
         and tokenized. Built at {}.\n",
        manifest.created
    )?;
    writeln!(out, "## Under which rules\n")?;
    writeln!(out, "- Purpose `{}`, recipient `{}`", terms.purpose, terms.recipient)?;
    writeln!(out, "- Rule book `{}`, SHA-256 `{}`", manifest.rule_book_name, terms.rule_book)?;
    writeln!(out, "- As of log index {}, asked for {}", terms.as_of, terms.at)?;
    writeln!(out, "- Tokenizer SHA-256 `{}`", manifest.tokenizer.sha256)?;
    if let Some(parent) = &manifest.parent {
        let (id, n) = (&parent.id, parent.members_removed);
        writeln!(out, "- Made from snapshot `{id}` (manifest `{}`) without {n} member(s)", parent.manifest)?;
    }
    writeln!(out, "\n## What is in it\n\n| split | rows | tokens |\n|---|---:|---:|")?;
    writeln!(
        out,
        "| train ({} shards of {} slices) | {} | {} |",
        manifest.shards, manifest.slices, train.rows, train.tokens
    )?;
    writeln!(out, "| validation (never trained on) | {} | {} |\n", held_out.rows, held_out.tokens)?;
    table(out, "kind", "rows", &total.kinds)?;
    table(out, "language", "rows", &total.languages)?;
    writeln!(out, "## What was taken and what was left out\n")?;
    if let Some(parent) = &manifest.parent {
        writeln!(out, "How the first snapshot of the line was made:\n")?;
        stages(out, &parent.stages)?;
        writeln!(out, "How this one was made from the one before:\n")?;
    }
    stages(out, &manifest.stages)?;
    writeln!(out, "## Personal data replaced\n")?;
    if let Some(model) = &manifest.redaction_model {
        let RedactionModel { name, sha256, architecture, threshold_percent } = model;
        writeln!(
            out,
            "Beside the recognizers of the program, a model of the operator looked for personal data: `{}` (`{}`, SHA-256 \
             `{sha256}`); words counted from a probability of {threshold_percent} % on.\n",
            cell(name),
            cell(architecture)
        )?;
    }
    table(out, "kind", "times", &manifest.findings)?;
    statements(out, manifest)?;
    licenses(out, &total.licenses)?;
    limits(out)
}

fn stages(out: &mut String, stages: &[StageCounts]) -> std::fmt::Result {
    writeln!(out, "| step | in | kept | left out |\n|---|---:|---:|---|")?;
    for stage in stages {
        let dropped: Vec<String> = stage.dropped().iter().map(|(reason, n)| format!("{reason} {n}")).collect();
        let dropped = if dropped.is_empty() { "none".to_owned() } else { dropped.join(", ") };
        writeln!(out, "| {} | {} | {} | {dropped} |", cell(stage.stage()), stage.taken(), stage.kept())?;
    }
    writeln!(out)
}

fn table(out: &mut String, what: &str, count: &str, rows: &BTreeMap<String, u64>) -> std::fmt::Result {
    if rows.is_empty() {
        return writeln!(out, "None.\n");
    }
    writeln!(out, "| {what} | {count} |\n|---|---:|")?;
    rows.iter().try_for_each(|(key, n)| writeln!(out, "| {} | {n} |", cell(key)))?;
    writeln!(out)
}

fn statements(out: &mut String, manifest: &Manifest) -> std::fmt::Result {
    writeln!(out, "## Held back for what it says\n")?;
    writeln!(
        out,
        "Rows with a sentence that may reveal a special category of personal data about a person (Art. 9 and 10 GDPR) are \
         left out whole, never redacted and kept. A row that may say two things counts twice.\n"
    )?;
    table(out, "category", "rows", &manifest.statements)
}

fn licenses(out: &mut String, licenses: &BTreeMap<String, u64>) -> std::fmt::Result {
    writeln!(out, "## Licences\n")?;
    table(out, "licence", "rows", licenses)?;
    if licenses.keys().any(|name| name.to_ascii_uppercase().starts_with("CC BY")) {
        writeln!(
            out,
            "Some texts are under a Creative Commons licence that asks for attribution. Authors are pseudonyms here; \
             `record` leads back to the author and the source for the platform that holds the key. Who shares the texts \
             must give that attribution, say that they were changed (personal data was replaced), and, where the licence \
             says `SA`, share them under the same licence.\n"
        )?;
    }
    Ok(())
}

fn limits(out: &mut String) -> std::fmt::Result {
    let known = [
        "Redaction lowers risk, it is no anonymization: a person can be recognized from what they tell, and names that \
         are in no directory are missed.",
        "Rows that say something special about a person are found by words and a small classifier, in English and German: on \
         made-up sentences it met nine of ten. What it has no word for stays, and some rows were held back that say nothing.",
        "Pseudonyms are keyed hashes. Whoever has the key can tell whose row it is.",
        "Equal texts are left out once per shard; near-equal texts stay.",
        "`reserve/` holds rows that lost to an equal text of another member. They are no part of the dataset and come \
         back only when that member leaves.",
        "Language and licence are what the source said; they were not checked.",
    ];
    writeln!(out, "## Known limits\n")?;
    known.iter().try_for_each(|limit| writeln!(out, "- {limit}"))?;
    writeln!(out, "\n`MANIFEST.json` has the hash of every file and the rows and tokens of every shard and slice.")
}

/// The columns, as the front matter names their types.
const FEATURES: [(&str, &str); 12] = [
    ("record", "dtype: string"),
    ("member", "dtype: string"),
    ("kind", "dtype: string"),
    ("created", "dtype: timestamp[us, tz=UTC]"),
    ("language", "dtype: string"),
    ("license", "dtype: string"),
    ("text", "dtype: string"),
    ("input_ids", "list: uint32"),
    ("tokens", "dtype: uint32"),
    ("shard", "dtype: uint16"),
    ("slice", "dtype: uint16"),
    ("content_hash", "dtype: string"),
];

/// The licence of the whole, as Hugging Face names it: one only if all rows are under it.
fn license(licenses: &BTreeMap<String, u64>) -> Option<String> {
    let mut names = licenses.keys();
    let (Some(name), None) = (names.next(), names.next()) else {
        return (!licenses.is_empty()).then(|| "other".to_owned());
    };
    let known = ["cc-by-sa-4.0", "cc-by-sa-3.0", "cc-by-sa-2.5", "cc-by-4.0", "cc-by-3.0", "cc0-1.0", "mit"];
    let tag = name.to_ascii_lowercase().replace(' ', "-");
    match known.iter().find(|known| **known == tag) {
        Some(tag) => Some((*tag).to_owned()),
        None if name == "unknown" => None,
        None => Some("other".to_owned()),
    }
}

fn size_category(rows: u64) -> &'static str {
    match rows {
        0..1_000 => "n<1K",
        1_000..10_000 => "1K<n<10K",
        10_000..100_000 => "10K<n<100K",
        100_000..1_000_000 => "100K<n<1M",
        _ => "1M<n<10M",
    }
}

/// Two or three letters; anything else that a source calls a language stays out of the front matter.
fn is_language(code: &str) -> bool {
    (2..=3).contains(&code.len()) && code.chars().all(|c| c.is_ascii_lowercase())
}

/// A text from a source, safe in a table.
fn cell(text: &str) -> String {
    text.chars().map(|c| if c == '|' || c.is_control() || c == '<' { ' ' } else { c }).collect()
}

/// A string of YAML.
fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace(['"', '\\'], " "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_licence_of_the_whole_is_one_that_all_rows_have() {
        let cases: [(&[&str], Option<&str>); 5] = [
            (&[], None),
            (&["unknown"], None),
            (&["CC BY-SA 4.0"], Some("cc-by-sa-4.0")),
            (&["CC BY-SA 3.0", "CC BY-SA 4.0"], Some("other")),
            (&["ours"], Some("other")),
        ];
        for (names, expected) in cases {
            let licenses = names.iter().map(|name| ((*name).to_owned(), 1)).collect();
            assert_eq!(license(&licenses).as_deref(), expected, "{names:?}");
        }
    }

    #[test]
    fn a_source_cannot_break_out_of_a_cell() {
        assert_eq!(cell("a|b\n<script>"), "a b  script>");
        assert!(is_language("en") && !is_language("en\n- x") && !is_language("unknown"));
    }
}
