//! `cargo xtask train-special` and `cargo xtask train-names`: make what crates learned from data anew. Training is part of the crate that uses it; this only
//! starts it.

use std::path::PathBuf;

use anyhow::{Result, bail};

use crate::tools::{Workplace, run};

/// Where the sets are.
#[derive(clap::Args, Debug)]
pub struct Options {
    /// The folder with the sets [default: `shared/data` beside the checkout]
    #[arg(long)]
    data: Option<PathBuf>,
}

/// Learns the weights of the classifier of special categories, and prints the figures for its card.
pub fn special(place: &Workplace) -> Result<()> {
    for chore in ["train", "report"] {
        let mut cargo = place.cargo();
        run(cargo.args(["run", "--quiet", "--package", "candor-redact", "--example", "special", "--", chore]))?;
    }
    eprintln!("put these tables into crates/redact/data/special_categories.md");
    Ok(())
}

/// Learns the name model and writes `names.model` and its card, `names.md`. The same sets give the same bytes.
pub fn names(place: &Workplace, options: &Options) -> Result<()> {
    let data = options.data.clone().unwrap_or_else(|| place.root().join("../shared/data"));
    if !data.is_dir() {
        bail!("`{}` is absent; put the sets there, or say with `--data` where they are", data.display());
    }
    let mut cargo = place.cargo();
    cargo.args(["run", "--package", "candor-redact", "--features", "train", "--example", "train-names", "--"]);
    run(cargo.arg(data))
}
