//! What a step with differential privacy costs beside a plain step of the same tokens, by turns in one run, on one thread. Prints the
//! medians and their ratio for members who write little and members who write much.
#![allow(clippy::disallowed_methods, reason = "a measurement measures time")]

use anyhow::{Context, Result};
use candor_ml::base::Base;
use candor_ml::dp::{Privacy, seal_key};
use candor_ml::progress::Cancel;
use candor_ml::recipe::Recipe;
use candor_ml::shard::TrainRow;
use candor_ml::train::{Watch, train_shard};
use std::path::Path;
use std::time::Instant;

/// Rounds, and steps in each; the first round only warms up.
const ROUNDS: usize = 7;
const STEPS: u32 = 6;

fn main() -> Result<()> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../models/candor-base-6m");
    let base = Base::load(&folder)?;
    println!("| members in a step | tokens of each | plain, ms a step | private, ms a step | private / plain |");
    println!("|---:|---:|---:|---:|---:|");
    for (members, tokens) in [(8, 256), (32, 64), (64, 32)] {
        let rows: Vec<TrainRow> = (0..members).map(|member| row(member, tokens)).collect();
        let (mut plain, mut private) = (Vec::new(), Vec::new());
        for _ in 0..ROUNDS {
            plain.push(seconds(&base, &recipe(members * tokens, None), &rows)?);
            private.push(seconds(&base, &recipe(members * tokens, Some(everybody())), &rows)?);
        }
        let ratios = plain.iter().zip(&private).skip(1).map(|(plain, private)| private / plain).collect();
        let ms = |all: Vec<f64>| 1e3 * median(all.into_iter().skip(1).collect()) / f64::from(STEPS);
        println!("| {members} | {tokens} | {:.0} | {:.0} | {:.2} |", ms(plain), ms(private), median(ratios));
    }
    Ok(())
}

/// As many tokens as a window of `tokens` targets has, with the end of the row.
fn row(member: usize, tokens: usize) -> TrainRow {
    let token = |i: usize| ((i * 7_919 + member * 104_729) % 4_000 + 5) as u32;
    TrainRow { member: member.to_string(), record: member.to_string(), tokens: (1..tokens).map(token).collect() }
}

/// Everybody is in every step, so that both kinds of step read the same tokens.
fn everybody() -> Privacy {
    Privacy { rate: 1.0, clip: 0.5, noise: 1.0, steps: STEPS, windows: 1 }
}

fn recipe(batch_tokens: usize, privacy: Option<Privacy>) -> Recipe {
    Recipe { epochs: STEPS, batch_tokens, goldfish_k: 0, shards: 1, slices: 1, privacy, ..Recipe::default() }
}

fn seconds(base: &Base, recipe: &Recipe, rows: &[TrainRow]) -> Result<f64> {
    let folder = std::env::temp_dir().join(format!("candor-private-speed-{}", std::process::id()));
    seal_key(&folder, rows, [7; 32])?;
    let start = Instant::now();
    let watch = Watch { progress: &|_| {}, cancel: &Cancel::new() };
    train_shard(base, recipe, 0, &[rows.to_vec()], &folder, watch)?;
    let seconds = start.elapsed().as_secs_f64();
    std::fs::remove_dir_all(&folder).context("the folder of the measurement cannot be removed")?;
    Ok(seconds)
}

fn median(mut all: Vec<f64>) -> f64 {
    all.sort_by(f64::total_cmp);
    all[all.len() / 2]
}
