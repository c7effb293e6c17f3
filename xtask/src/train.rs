//! `cargo xtask train-special`: makes what crates learned from data anew. Training is part of the crate that uses it; this only starts it.

use anyhow::Result;

use crate::tools::{Workplace, run};

/// Learns the weights of the classifier of special categories, and prints the figures for its card.
pub fn special(place: &Workplace) -> Result<()> {
    for chore in ["train", "report"] {
        let mut cargo = place.cargo();
        run(cargo.args(["run", "--quiet", "--package", "candor-redact", "--example", "special", "--", chore]))?;
    }
    eprintln!("put these tables into crates/redact/data/special_categories.md");
    Ok(())
}
