//! `candor init`: makes a platform under a rule book that the operator picks. Nothing is picked for them.

use crate::{
    base,
    cli::{Global, Init},
    config,
    exit::Outcome,
    output,
    platform::Platform,
};
use anyhow::Result;
use candor_core::RuleBook;
use serde_json::json;

/// Runs the command.
pub async fn run(global: &Global, args: Init) -> Result<()> {
    let set = config::load(global)?.rules.book;
    let Some(picked) = args.rules.or_else(|| (!set.is_empty()).then_some(set)) else {
        let names = RuleBook::shipped_names().join("`, `");
        let words = format!(
            "pick the rules that hold: `--rules` with `{names}` or a TOML file; `candor rules list` tells them apart"
        );
        return Err(Outcome::Usage(words).into());
    };
    let wanted = crate::platform::rule_book(&picked)?;
    let platform = Platform::open_or_make(global, Some(&picked)).await?;
    let history = platform.store.history();
    let kept = history.book();
    if kept.hash() != wanted.hash() {
        let (dir, name) = (platform.dir().display(), &kept.name);
        let words = format!(
            "the platform in `{dir}` was made under `{name}`; change its rules with `rule_set` events \
             (`candor event add`), or take a new folder"
        );
        return Err(Outcome::Refused(words).into());
    }
    let base = match &global.base {
        Some(folder) => Some(base::choose(platform.dir(), folder)?.hash().to_owned()),
        None => None,
    };
    if global.json {
        let (data, name, hash) = (platform.dir(), &kept.name, kept.hash());
        return output::json(&json!({"data": data, "rule_book": name, "hash": hash, "base": base}));
    }
    if let (Some(folder), Some(hash)) = (&global.base, &base) {
        output::line(&format!("base model in `{}`, sha256 {hash}", folder.display()));
    }
    output::line(&format!("platform in `{}` under `{}`: {}", platform.dir().display(), kept.name, kept.title));
    output::line("next: `candor import PATH` takes members and records, `candor serve` serves pages and API");
    Ok(())
}
