//! Makes a base model: `pretrain RECIPE OUT TEXT...`. The same work as `candor pretrain`, for running it alone.

#![expect(clippy::disallowed_methods, reason = "an example is a command, and measures")]

use anyhow::Context as _;
use candor_ml::pretrain::{PretrainRecipe, pretrain};
use candor_ml::progress::{Cancel, Progress};
use std::path::{Path, PathBuf};
use std::time::Instant;

fn main() -> anyhow::Result<()> {
    let mut args = std::env::args_os().skip(1);
    let recipe = PretrainRecipe::load(Path::new(&args.next().context("give a recipe, a folder and texts")?))?;
    let out = PathBuf::from(args.next().context("give the output folder after the recipe")?);
    let texts: Vec<PathBuf> = args.map(PathBuf::from).collect();
    let start = Instant::now();
    let mut first = None;
    let mut report = |p: Progress| {
        let first = *first.get_or_insert(p.tokens);
        if p.held_out.is_some() || p.done.is_multiple_of(50) {
            let seconds = start.elapsed().as_secs_f64();
            let speed = p.tokens.saturating_sub(first) as f64 / seconds;
            println!(
                "{} {}/{} tokens {} loss {:?} held out {:?} {seconds:.0} s {speed:.0} tokens/s",
                p.stage, p.done, p.total, p.tokens, p.loss, p.held_out
            );
        }
    };
    let summary = pretrain(&texts, &recipe, &out, &mut report, &Cancel::new())?;
    println!("{} steps, {} tokens, model {}", summary.steps, summary.tokens, summary.model_hash);
    Ok(())
}
