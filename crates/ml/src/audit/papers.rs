//! The papers of a release: the report with its curves as one HTML file, and the model card in the layout of Hugging Face. Everything
//! printed comes from the run itself; no text of a member is among it.

use super::curves::{Curve, curves};
use super::{AuditReport, CheckLine};
use crate::base::Base;
use crate::error::Result;
use crate::files;
use crate::recipe::Recipe;
use std::fmt::Write;
use std::path::Path;

/// Name of the report for programs.
pub const AUDIT_JSON: &str = "audit.json";
/// Name of the report for people.
pub const AUDIT_HTML: &str = "audit.html";
/// Name of the model card.
pub const CARD: &str = "README.md";

/// What the card says of the data, which this crate does not know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CardFacts {
    /// Name of the release.
    pub release: String,
    /// The snapshot it was made from.
    pub snapshot: String,
    /// SHA-256 of the snapshot's manifest, as it stands in the log.
    pub manifest: String,
    /// Members in it.
    pub members: u64,
    /// Records learnt from.
    pub records: u64,
    /// Tokens learnt from, one pass.
    pub tokens: u64,
    /// Shards with the SHA-256 of their adapters' weights.
    pub adapters: Vec<(usize, String)>,
}

/// Writes report and card beside a release.
pub fn write(folder: &Path, report: &AuditReport, base: &Base, recipe: &Recipe, facts: &CardFacts) -> Result<()> {
    files::write_json(&folder.join(AUDIT_JSON), report)?;
    files::write_atomic(&folder.join(AUDIT_HTML), html(report, &facts.release).as_bytes())?;
    files::write_atomic(&folder.join(CARD), card(report, base, recipe, facts)?.as_bytes())
}

/// A limit, as it stands in a table.
fn bound(line: &CheckLine) -> String {
    let word = if line.limit.row().is_below { "below" } else { "at most" };
    format!("{word} {}", line.most)
}

/// The report as one HTML file that needs nothing beside it.
pub fn html(report: &AuditReport, name: &str) -> String {
    let rows: String = report.checks.iter().map(html_row).collect();
    let figure =
        |Curve { title, svg }: Curve| format!("<figure>{svg}<figcaption>{}</figcaption></figure>\n", escape(&title));
    let figures: String = curves(report).into_iter().map(figure).collect();
    format!(
        "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>Audit of {name}</title>\n<style>body{{font:15px/1.5 \
         sans-serif;max-width:62rem;margin:2rem auto;padding:0 1rem}}table{{border-collapse:collapse}}td,th{{border:1px solid #888;\
         padding:.3rem .6rem;text-align:left;vertical-align:top}}figure{{display:inline-block;margin:1rem}}figcaption{{max-width:26rem}}\
         </style></head>\n<body><h1>Audit of {name}: {}</h1>\n<p>Base {}, {} shards, {}. Seed {} picked what was looked at.</p>\n\
         <table><tr><th>Limit</th><th>What is looked for</th><th>Bound</th><th>Found</th><th>Verdict</th></tr>\n{rows}</table>\n\
         {figures}</body></html>\n",
        if report.passed { "passed" } else { "NOT PASSED" },
        report.base,
        report.shards,
        report.profile,
        report.settings.seed,
        name = escape(name),
    )
}

fn html_row(line: &CheckLine) -> String {
    format!(
        "<tr><td><code>{}</code></td><td>{}<br><small>{}</small></td><td>{}</td><td>{}</td><td>{}</td></tr>\n",
        line.limit.row().name,
        escape(&line.words),
        escape(&line.source),
        bound(line),
        escape(&line.found),
        line.verdict.words()
    )
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

/// The model card.
fn card(report: &AuditReport, base: &Base, recipe: &Recipe, facts: &CardFacts) -> Result<String> {
    let mut text = String::new();
    let config = base.config();
    // Writing to a string cannot fail.
    let _ = write!(
        text,
        "---\nlibrary_name: peft\npipeline_tag: text-generation\ntags:\n- lora\n- machine-unlearning\n---\n# {release}\n\n\
         Adapters (LoRA) of the members of one platform on a public base. Each shard of members has an adapter of its own; what is used \
         is the base plus the mean of the shards. When a member takes back what was learnt, their shard leaves at once and comes back \
         with the bytes it would have if they had never been in it.\n\n\
         ## Base\n\n| | |\n|---|---|\n| SHA-256 | `{base}` |\n| layers, width, vocabulary | {layers}, {width}, {vocabulary} |\n\n\
         ## Data\n\n| | |\n|---|---|\n| snapshot | `{snapshot}` |\n| manifest, as logged | `{manifest}` |\n| members | {members} |\n\
         | records | {records} |\n| tokens | {tokens} |\n\nEvery record passed the gate (its member's choices, objections, notices and \
         places) and was redacted before it was learnt from.\n\n## Shards\n\n\
         Recipe `{recipe}`: rank {rank}, {epochs} passes, one target in {goldfish} never learnt, {canaries} made-up secrets a shard for \
         the audit.\n\n| shard | adapter, SHA-256 |\n|---|---|\n",
        release = facts.release,
        base = base.hash(),
        layers = config.num_hidden_layers,
        width = config.hidden_size,
        vocabulary = config.vocab_size,
        snapshot = facts.snapshot,
        manifest = facts.manifest,
        members = facts.members,
        records = facts.records,
        tokens = facts.tokens,
        recipe = recipe.hash()?,
        rank = recipe.rank,
        epochs = recipe.epochs,
        goldfish = recipe.goldfish_k,
        canaries = recipe.canaries,
    );
    for (shard, hash) in &facts.adapters {
        let _ = writeln!(text, "| {shard} | `{hash}` |");
    }
    audit_table(&mut text, report);
    text.push_str(
        "\n## Limits\n\nThe audit measures what these attacks find on samples of the stated size; it proves no absence. Forgetting \
         covers the weights, not copies of texts that were already written with them. Bits are equal on the recorded numeric profile \
         only.\n\n## Intended use\n\nDrafts for members of the platform, behind its output guard. Not for facts, not for decisions about \
         people, not outside the platform.\n",
    );
    Ok(text)
}

fn audit_table(text: &mut String, report: &AuditReport) {
    let verdict = if report.passed { "passed" } else { "NOT PASSED" };
    let _ = write!(
        text,
        "\n## Audit: {verdict}\n\nOn `{}`, seed {}; curves in `{AUDIT_HTML}`, numbers in `{AUDIT_JSON}`.\n\n\
         | limit | what is looked for | bound | found | verdict |\n|---|---|---|---|---|\n",
        report.profile, report.settings.seed
    );
    for line in &report.checks {
        let (name, verdict) = (line.limit.row().name, line.verdict.words());
        let _ = writeln!(text, "| `{name}` | {} | {} | {} | {verdict} |", line.words, bound(line), line.found);
    }
}
