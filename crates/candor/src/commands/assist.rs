//! `candor assist`: a draft on stdout as it is written, guarded as on the page.

use crate::{
    cli::{Assist, Global},
    output,
    platform::Platform,
    serving::Serving,
};
use anyhow::Result;
use candor_assist::{DraftEvent, Options, Prompt, Request};
use futures_util::StreamExt;
use std::io::Write;

/// Runs the command.
pub async fn run(global: &Global, args: Assist) -> Result<()> {
    let platform = Platform::open(global).await?;
    let serving = Serving::start(&platform).await?;
    let options =
        Options { max_tokens: args.max_tokens, temperature: args.temperature, seed: args.seed, ..Options::default() }
            .check()?;
    let mut stream = serving.assistant.draft(Request { prompt: Prompt::brief(args.prompt)?, options }).await?;
    if global.json {
        let whole = stream.whole().await?;
        let removed: u64 = whole.removed.values().sum();
        return output::json(&serde_json::json!({
            "text": whole.text, "removed": removed, "finish": format!("{:?}", whole.finish).to_lowercase(),
            "prompt_tokens": whole.prompt_tokens, "completion_tokens": whole.completion_tokens,
            "model": serving.assistant.model().name,
        }));
    }
    let mut out = std::io::stdout();
    while let Some(event) = stream.next().await {
        match event? {
            DraftEvent::Text(text) => {
                out.write_all(text.as_bytes())?;
                out.flush()?;
            }
            DraftEvent::Removed { kind, count } => tracing::info!(kind = kind.name(), count, "the guard took out"),
            DraftEvent::Done { .. } => {}
        }
    }
    output::line("");
    Ok(())
}
