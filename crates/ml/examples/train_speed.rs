//! Speed of adapter training on one core: `train_speed [BASE]`, by default the base in `models/`. Trains one shard on random rows in
//! a temporary folder and prints tokens per second, then forgets a member of the last slice.

#![expect(clippy::disallowed_methods, reason = "an example is a command, and measures")]

use candor_ml::adapter::Adapter;
use candor_ml::base::Base;
use candor_ml::merge::Served;
use candor_ml::progress::{Cancel, Progress};
use candor_ml::recipe::Recipe;
use candor_ml::shard::TrainRow;
use candor_ml::train::{Watch, forget, train_shard};
use std::path::PathBuf;
use std::time::Instant;

fn main() -> anyhow::Result<()> {
    let shipped = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../models/candor-base-6m"));
    let base = Base::load(&std::env::args_os().nth(1).map_or(shipped, PathBuf::from))?;
    let recipe = Recipe { epochs: 1, slices: 2, shards: 1, ..Recipe::default() };
    let row = |slice: u32, i: u32| TrainRow {
        member: format!("{slice}-{i}"),
        record: i.to_string(),
        tokens: (0..240).map(|t| 1 + (slice * 7919 + i * 104_729 + t * t * 31) % 4000).collect(),
    };
    let mut slices: Vec<Vec<TrainRow>> = (0..2).map(|slice| (0..40).map(|i| row(slice, i)).collect()).collect();
    let folder = tempfile::tempdir()?;
    let watch = Watch { progress: &|_: Progress| (), cancel: &Cancel::new() };
    let start = Instant::now();
    let result = train_shard(&base, &recipe, 0, &slices, folder.path(), watch)?;
    let seconds = start.elapsed().as_secs_f64();
    println!(
        "{} tokens in {seconds:.2} s: {:.0} tokens/s",
        result.trained_tokens,
        result.trained_tokens as f64 / seconds
    );

    slices[1].remove(5);
    let start = Instant::now();
    let forgotten = forget(&base, &recipe, 0, &slices, 1, folder.path(), watch)?;
    println!(
        "forgot in {:.2} s, {} of 2 slices trained again",
        start.elapsed().as_secs_f64(),
        forgotten.after.trained_slices
    );

    let adapter = Adapter::load(&folder.path().join("adapter"), base.config())?;
    let start = Instant::now();
    Served::new(&base, &vec![adapter; 8], None)?;
    println!("eight adapters merged in {:.1} ms", start.elapsed().as_secs_f64() * 1e3);
    Ok(())
}
