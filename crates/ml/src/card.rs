//! The card of a base model: how it was made, on what, how well it does and what it is not for; and the small files that other
//! readers of the Hugging Face layout look for. Everything printed comes from the run itself.

use crate::config::Config;
use crate::error::Result;
use crate::files;
use crate::pretrain::{PretrainRecipe, PretrainSummary};
use crate::tokenizer::END_OF_TEXT;
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::fmt::Write;
use std::path::Path;

/// Rows of the loss table on the card.
const CURVE_ROWS: usize = 24;

/// A point of the loss curve.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CurvePoint {
    /// Steps taken.
    pub step: u32,
    /// Tokens learnt from.
    pub tokens: u64,
    /// Mean training loss since the last point, nats a token.
    pub train: f32,
    /// Loss on the held-out texts, nats a token.
    pub held_out: f32,
}

/// Writes `tokenizer_config.json` and `generation_config.json`.
pub(crate) fn write_side_files(folder: &Path, config: &Config) -> Result<()> {
    let tokenizer = json!({
        "tokenizer_class": "PreTrainedTokenizerFast",
        "bos_token": END_OF_TEXT,
        "eos_token": END_OF_TEXT,
        "pad_token": END_OF_TEXT,
        "model_max_length": config.max_position_embeddings,
        "clean_up_tokenization_spaces": false,
    });
    files::write_json(&folder.join("tokenizer_config.json"), &tokenizer)?;
    let generation = json!({
        "bos_token_id": 0, "eos_token_id": 0, "pad_token_id": 0,
        "do_sample": true, "temperature": 0.8, "top_k": 40, "top_p": 0.95, "repetition_penalty": 1.1,
    });
    files::write_json(&folder.join("generation_config.json"), &generation)
}

/// The text of `README.md`.
pub(crate) fn render(recipe: &PretrainRecipe, summary: &PretrainSummary) -> String {
    let mut text = String::new();
    let last = summary.curve.last();
    let held_out = last.map_or("not measured".to_owned(), |p| format!("{:.3} nats a token", p.held_out));
    // Writing to a string cannot fail.
    let _ = write!(
        text,
        "---\nlicense: {license}\nlanguage: en\nlibrary_name: transformers\npipeline_tag: text-generation\n---\n# {name}\n\n\
         A small language model of the Llama family, trained from nothing on public text only. It is the public base on which members' \
         adapters are trained; it holds no member's data.\n\n\
         | | |\n|---|---|\n| parameters | {parameters} |\n| layers, width, heads (key/value), feed-forward | {layers}, {hidden}, {heads} ({kv}), {ffn} |\n\
         | vocabulary, context | {vocabulary} (byte-level BPE, trained on the same texts), {context} tokens |\n\
         | steps | {steps} of {all} planned, {windows} windows of {context} tokens each |\n\
         | tokens learnt from | {tokens} ({passes:.2} passes over {corpus} tokens) |\n| held-out loss | {held_out} |\n\
         | `model.safetensors`, 16-bit floats | sha256 `{model_hash}` |\n| `tokenizer.json` | sha256 `{tokenizer_hash}` |\n\n\
         ## How it was made\n\nBy `candor pretrain` with the recipe in `recipe.toml` on a processor in 32-bit floats; anyone with the texts can \
         run it again. Learning rate {rate} with warmup, constant, and a decay over the last {decay} steps.\n\n\
         ## What it is for, and not\n\nA starting point for adapters that learn the tone of short posts, and a model small enough to test with. \
         On its own it writes old-fashioned English prose that is locally grammatical and means little. It knows no facts; nothing it says \
         should be relied on. The texts carry the views and prejudices of their time.\n\n\
         ## Loss\n\nNats a token; the held-out texts were never trained on.\n\n| step | tokens | training | held out |\n|---:|---:|---:|---:|\n",
        license = recipe.license.to_lowercase(),
        name = recipe.name,
        parameters = summary.parameters,
        layers = recipe.layers,
        hidden = recipe.hidden,
        heads = recipe.heads,
        kv = recipe.kv_heads,
        ffn = recipe.feed_forward,
        vocabulary = recipe.vocabulary,
        context = recipe.context,
        steps = summary.steps,
        all = recipe.steps,
        windows = recipe.batch_windows,
        tokens = summary.tokens,
        passes = summary.tokens as f64 / summary.corpus_tokens.max(1) as f64,
        corpus = summary.corpus_tokens,
        model_hash = summary.model_hash,
        tokenizer_hash = summary.tokenizer_hash,
        rate = recipe.learning_rate,
        decay = recipe.decay_steps,
    );
    let stride = summary.curve.len().div_ceil(CURVE_ROWS).max(1);
    for (i, point) in summary.curve.iter().enumerate() {
        if (summary.curve.len() - 1 - i).is_multiple_of(stride) {
            let _ =
                writeln!(text, "| {} | {} | {:.3} | {:.3} |", point.step, point.tokens, point.train, point.held_out);
        }
    }
    let _ = write!(
        text,
        "\n## Texts\n\n{}\n\n| title | characters | used for | sha256 |\n|---|---:|---|---|\n",
        recipe.source
    );
    for record in &summary.texts {
        let used = if record.held_out { "held out" } else { "training" };
        let _ = writeln!(text, "| {} | {} | {used} | `{}` |", record.title, record.characters, record.hash);
    }
    text
}
