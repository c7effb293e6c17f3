//! `candor rules list|show|check`: rule books as data. Which one holds is the operator's pick, see `candor init`.

use crate::{
    cli::{Global, Rules},
    output,
    platform::{self, Platform},
};
use anyhow::Result;
use candor_core::RuleBook;
use serde_json::json;
use std::path::Path;

/// Runs the command.
pub async fn run(global: &Global, args: Rules) -> Result<()> {
    match args {
        Rules::List => list(global.json),
        Rules::Show { book: Some(name) } => {
            output::line(RuleBook::shipped_text(&name)?.trim_end());
            Ok(())
        }
        Rules::Show { book: None } => {
            let platform = Platform::open(global).await?;
            // The book as the log's decisions hold it; its hash stands in every snapshot.
            output::json(platform.store.history().book())
        }
        Rules::Check { file } => check(&file, global.json),
    }
}

fn list(json: bool) -> Result<()> {
    for name in RuleBook::shipped_names() {
        let book = RuleBook::shipped(name)?;
        if json {
            output::json(&json!({"name": book.name, "title": book.title, "hash": book.hash()}))?;
        } else {
            output::line(&format!("{:<16} {}", book.name, book.title));
        }
    }
    Ok(())
}

fn check(file: &Path, json: bool) -> Result<()> {
    let name = file.to_string_lossy();
    let book = platform::rule_book(&name)?;
    if json {
        return output::json(&json!({"name": book.name, "hash": book.hash(), "rules": book.rules.len()}));
    }
    let (purposes, rules, policies) = (book.purposes.len(), book.rules.len(), book.policies.len());
    output::line(&format!("`{}` holds: {purposes} purposes, {rules} rules, {policies} policy versions", book.name));
    output::line(&format!("hash {}", book.hash()));
    Ok(())
}
