//! `candor assist`: a draft on stdout as it is written, guarded as on the page.

use crate::{
    cli::{Assist, Global},
    output,
    platform::{self, Platform},
    serving::Serving,
};
use anyhow::Result;
use candor_assist::{DraftEvent, ModelInfo, Order, Request, Route, egress};
use futures_util::StreamExt;
use std::io::Write;

/// Runs the command.
pub async fn run(global: &Global, args: Assist) -> Result<()> {
    let platform = Platform::open(global).await?;
    let serving = Serving::start(&platform).await?;
    let (model, route) = match &args.member {
        Some(member) => route(&platform, &serving, member, &args.task).await?,
        None => (serving.assistant.model(), Route::Local),
    };
    let order = Order {
        task: Some(args.task),
        tone: args.tone,
        length: args.length,
        brief: args.prompt,
        own_texts: Vec::new(),
    };
    let (prompt, mut options) = serving.templates.prompt(&order)?;
    (options.temperature, options.seed) = (args.temperature, args.seed);
    options.max_tokens = args.max_tokens.unwrap_or(options.max_tokens);
    let mut stream = serving.assistant.draft(Request { prompt, options, route }).await?;
    if global.json {
        let whole = stream.whole().await?;
        let removed: u64 = whole.removed.values().sum();
        return output::json(&serde_json::json!({
            "text": whole.text, "removed": removed, "finish": format!("{:?}", whole.finish).to_lowercase(),
            "prompt_tokens": whole.prompt_tokens, "completion_tokens": whole.completion_tokens,
            "model": model.name, "runs_at": model.runs_at,
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

/// The first provider that serves the task and may have this member's prompt, or the local model.
async fn route(platform: &Platform, serving: &Serving, member: &str, task: &str) -> Result<(ModelInfo, Route)> {
    let member = platform.member_id(member).await?;
    let history = platform.store.history();
    for model in serving.assistant.outside().into_iter().filter(|model| model.serves(task)) {
        let Some(outside) = &model.outside else { continue };
        match egress::permit(&history, outside, &member, platform::now()) {
            Ok(permit) => return Ok((model, Route::Outside(permit))),
            Err(why) => tracing::info!(provider = model.id, %why, "the prompt stays here"),
        }
    }
    Ok((serving.assistant.model(), Route::Local))
}
