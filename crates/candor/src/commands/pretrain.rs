//! `candor pretrain`: a base model from public plain text. It goes on where a run before it was stopped.

use crate::{
    cli::{Global, Pretrain},
    output::{self, Step, grouped},
};
use anyhow::{Context, Result};
use candor_ml::{
    pretrain::{PretrainRecipe, pretrain},
    progress::{Cancel, Progress},
};
use std::path::{Path, PathBuf};

/// Runs the command.
pub fn run(global: &Global, args: Pretrain) -> Result<()> {
    let recipe = recipe(&args.recipe)?;
    let texts = texts(&args.texts)?;
    let step = Step::start("pretrain", 0, global.quiet);
    let mut progress = |at: Progress| {
        step.length(at.total);
        let loss = at.loss.map_or(String::new(), |loss| format!(", loss {loss:.3}"));
        step.at(at.done, &format!("{} {} tokens{loss}", at.stage, grouped(at.tokens)));
    };
    let summary = pretrain(&texts, &recipe, &args.out, &mut progress, &Cancel::new())?;
    step.done(&format!("in {}", args.out.display()));
    output::json(&summary)
}

/// A recipe by its shipped name or from a file.
fn recipe(name: &str) -> Result<PretrainRecipe> {
    let path = Path::new(name);
    if path.extension().is_some_and(|ext| ext == "toml") {
        return Ok(PretrainRecipe::load(path)?);
    }
    PretrainRecipe::shipped(name)
        .with_context(|| format!("there is no recipe `{name}`; give `base`, `tiny` or a TOML file"))
}

/// The files, with those of folders, in the order of their names.
fn texts(given: &[PathBuf]) -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for path in given {
        if path.is_dir() {
            for entry in std::fs::read_dir(path)? {
                let file = entry?.path();
                if file.extension().is_some_and(|ext| ext == "txt") {
                    files.push(file);
                }
            }
        } else {
            files.push(path.clone());
        }
    }
    files.sort();
    anyhow::ensure!(!files.is_empty(), "there is no `.txt` file; give plain-text files or folders of them");
    Ok(files)
}
