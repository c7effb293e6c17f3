//! What forgetting costs: `forget_cost CHART [BASE]`, by default on the base in `models/`. Trains eight shards of six slices, and
//! those of the shipped recipe with its joint stage, forgets a member of each slice in some of them, and compares CPU time with
//! training everything again. Prints the report and draws CHART. `cargo xtask bench forget` runs it.

use anyhow::{Context, Result};
use candor_ml::adapter::Adapter;
use candor_ml::base::Base;
use candor_ml::joint::train_joint;
use candor_ml::progress::{Cancel, Progress};
use candor_ml::recipe::Recipe;
use candor_ml::shard::TrainRow;
use candor_ml::train::{Watch, forget, shard_folder, train_shard};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

/// Members of a slice, records of a member, tokens of a record.
const MEMBERS: usize = 3;
const RECORDS: usize = 4;
const TOKENS: u32 = 120;
/// Shards in which one member of each slice is forgotten.
const MEASURED: usize = 2;
/// The best that SISA reports: times faster than training again (Purchase; Bourtoule et al. 2021).
const SISA: f64 = 4.63;
/// What is promised: the mean over members, in times.
const PROMISED: f64 = 12.0;

/// What was measured, in CPU seconds.
struct Costs {
    title: String,
    tokens: u64,
    everything: f64,
    /// Of training a shard again without a member, by the slice that holds them.
    slices: Vec<f64>,
    /// Of training the joint stage again; 0 if there is none.
    joint: f64,
}

impl Costs {
    /// How many times cheaper than everything it is to forget a member of a slice.
    fn times(&self, slice: usize) -> f64 {
        self.everything / (self.slices[slice] + self.joint)
    }

    /// The mean over members: each slice holds as many.
    fn mean(&self) -> f64 {
        self.slices.iter().sum::<f64>() / self.slices.len() as f64 + self.joint
    }
}

fn main() -> Result<()> {
    let mut arguments = std::env::args_os().skip(1);
    let chart = PathBuf::from(arguments.next().context("name the file of the chart")?);
    let shipped = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../models/candor-base-6m"));
    let base = Base::load(&arguments.next().map_or(shipped, PathBuf::from))?;
    let plain = Recipe { epochs: 1, batch_tokens: 1024, joint: None, ..Recipe::default() };
    let shipped = Recipe::shipped("default").context("there is no recipe `default`")?;
    let all = [measure(&base, &plain, "shards alone")?, measure(&base, &shipped, "recipe `default`")?];
    println!("CPU time of one process; equal slices, everybody as likely to leave as everybody else.\n");
    all.iter().for_each(|costs| print!("{}", report(costs)));
    println!("The best that SISA reports is 1/{SISA} (Purchase; Bourtoule et al., IEEE S&P 2021).\n");
    println!(
        "Whoever is likely to leave (changed a choice, objected, moved) is put into the last slice, which costs least; that is not \
         counted here. When a whole cohort leaves, its shards are not trained again. Many who leave a shard together cost one training of it."
    );
    std::fs::write(&chart, svg(&all[0])).with_context(|| format!("cannot write `{}`", chart.display()))
}

fn measure(base: &Base, recipe: &Recipe, title: &str) -> Result<Costs> {
    let folder = tempfile::tempdir()?;
    let (live, scratch) = (folder.path().join("live"), folder.path().join("scratch"));
    let cancel = Cancel::new();
    let watch = Watch { progress: &|_: Progress| (), cancel: &cancel };
    let shards: Vec<_> = (0..recipe.shards).map(|shard| rows(base, recipe, shard)).collect();
    let title = format!("{} shards of {} slices, {title}", recipe.shards, recipe.slices);
    let mut costs = Costs { title, tokens: 0, everything: 0.0, slices: vec![0.0; recipe.slices], joint: 0.0 };
    // A first shard that nobody counts: memory is touched, caches are filled.
    train_shard(base, recipe, 0, &shards[0], &shard_folder(&scratch, recipe.shards), watch)?;
    for (shard, rows) in shards.iter().enumerate() {
        let trained = shard_folder(&live, shard);
        let start = cpu_s();
        costs.tokens += train_shard(base, recipe, shard, rows, &trained, watch)?.trained_tokens;
        costs.everything += cpu_s() - start;
        // In between, so that what else the machine does falls on both alike.
        for slice in (0..recipe.slices).filter(|_| shard < MEASURED) {
            let copy = scratch.join(format!("{shard}-{slice}"));
            copy_folder(&trained, &copy)?;
            let mut left = rows.clone();
            left[slice].retain(|row| row.member != member(shard, slice, 0));
            let start = cpu_s();
            let done = forget(base, recipe, shard, &left, slice, &copy, watch)?;
            costs.slices[slice] += (cpu_s() - start) / MEASURED as f64;
            anyhow::ensure!(done.after.trained_slices == recipe.slices - slice, "another number of slices was trained");
        }
    }
    let adapters: Vec<Adapter> = (0..recipe.shards)
        .map(|shard| Adapter::load(&shard_folder(&live, shard).join("adapter"), base.config()))
        .collect::<Result<_, _>>()?;
    let start = cpu_s();
    if let Some(joint) = train_joint(base, recipe, &adapters, &shards, &scratch.join("joint"), watch)? {
        costs.joint = cpu_s() - start;
        costs.everything += costs.joint;
        costs.tokens += joint.trained_tokens;
    }
    Ok(costs)
}

fn member(shard: usize, slice: usize, number: usize) -> String {
    format!("{shard}-{slice}-{number}")
}

/// Rows of equal size in every slice; what they say costs nothing.
fn rows(base: &Base, recipe: &Recipe, shard: usize) -> Vec<Vec<TrainRow>> {
    let vocabulary = base.config().vocab_size as u32 - 1;
    let row = |slice: usize, number: usize| TrainRow {
        member: member(shard, slice, number / RECORDS),
        record: number.to_string(),
        tokens: (0..TOKENS)
            .map(|t| 1 + (shard as u32 * 7919 + slice as u32 * 104_729 + number as u32 * 131 + t * t * 31) % vocabulary)
            .collect(),
    };
    (0..recipe.slices).map(|slice| (0..MEMBERS * RECORDS).map(|number| row(slice, number)).collect()).collect()
}

fn copy_folder(from: &Path, to: &Path) -> Result<()> {
    std::fs::create_dir_all(to)?;
    for entry in std::fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy_folder(&entry.path(), &target)?;
        } else {
            std::fs::copy(entry.path(), &target)?;
        }
    }
    Ok(())
}

/// CPU seconds of this process so far, in ticks of a hundredth.
fn cpu_s() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let after_name = stat.rsplit_once(") ").map_or("", |(_, rest)| rest);
    let ticks = after_name.split(' ').skip(11).take(2).filter_map(|field| field.parse::<f64>().ok());
    ticks.sum::<f64>() / 100.0
}

fn report(costs: &Costs) -> String {
    let slices: String = costs.slices.iter().enumerate().fold(String::new(), |mut rows, (slice, cost)| {
        let _ = writeln!(rows, "| {slice} | {cost:.2} | {:.2} | 1/{:.1} |", costs.joint, costs.times(slice));
        rows
    });
    format!(
        "## {}\n\nEverything trained once: {:.1} CPU s for {} tokens, repetitions included. One member forgotten, the mean of \
         {MEASURED} shards, by the slice that holds them:\n\n\
         | slice | shard again, CPU s | joint stage again, CPU s | of training everything |\n|---|---:|---:|---:|\n{slices}\
         | **mean over members** | | **{:.2} in all** | **1/{:.1}** |\n| promised | | | 1/{PROMISED:.0} |\n\n",
        costs.title,
        costs.everything,
        costs.tokens,
        costs.mean(),
        costs.everything / costs.mean(),
    )
}

/// The chart: how many times cheaper than training everything, by slice.
fn svg(costs: &Costs) -> String {
    const WIDTH: f64 = 760.0;
    const LEFT: f64 = 210.0;
    const ROW: f64 = 26.0;
    const LONGEST: f64 = 440.0;
    let mut bars: Vec<(String, f64, &str)> = costs
        .slices
        .iter()
        .enumerate()
        .map(|(slice, _)| (format!("slice {slice}"), costs.times(slice), "#1d5c8f"))
        .collect();
    bars.push(("mean over members".into(), costs.everything / costs.mean(), "#0f3d63"));
    bars.push(("promised".into(), PROMISED, "#8a949e"));
    bars.push(("SISA, best reported".into(), SISA, "#8a949e"));
    let most = bars.iter().map(|(_, times, _)| *times).fold(1.0, f64::max);
    let height = 62.0 + ROW * bars.len() as f64;
    let words: Vec<String> = bars.iter().map(|(name, times, _)| format!("{name}: {times:.1} times")).collect();
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height}\" role=\"img\" aria-labelledby=\"title words\" \
         font-family=\"system-ui, sans-serif\" font-size=\"13\">\n<title id=\"title\">Forgetting a member, by slice</title>\n\
         <desc id=\"words\">{}</desc>\n<rect width=\"{WIDTH}\" height=\"{height}\" fill=\"#ffffff\"/>\n\
         <text x=\"16\" y=\"30\" font-weight=\"600\" fill=\"#1a1f24\">Times cheaper than training everything again (CPU time)</text>\n",
        words.join("; ")
    );
    for (place, (name, times, fill)) in bars.iter().enumerate() {
        let (y, length) = (46.0 + ROW * place as f64, (times / most * LONGEST).max(1.0));
        let _ = writeln!(
            out,
            "<text x=\"{}\" y=\"{}\" text-anchor=\"end\" fill=\"#1a1f24\">{name}</text>\n\
             <rect x=\"{LEFT}\" y=\"{y}\" width=\"{length:.1}\" height=\"18\" fill=\"{fill}\"/>\n\
             <text x=\"{:.1}\" y=\"{}\" fill=\"#1a1f24\">{times:.1}</text>",
            LEFT - 10.0,
            y + 14.0,
            LEFT + length + 8.0,
            y + 14.0
        );
    }
    out.push_str("</svg>\n");
    out
}
