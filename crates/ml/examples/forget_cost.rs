//! What forgetting costs: `forget_cost CHART [BASE]`, by default on the base in `models/`. Trains eight shards of six slices,
//! forgets a member of each slice in some of them, and compares CPU time with training everything again. Prints the report
//! and draws CHART. `cargo xtask bench forget` runs it.

#![expect(clippy::disallowed_methods, reason = "an example is a command, and measures")]

use anyhow::{Context, Result};
use candor_ml::base::Base;
use candor_ml::progress::{Cancel, Progress};
use candor_ml::recipe::Recipe;
use candor_ml::shard::TrainRow;
use candor_ml::train::{Watch, forget, shard_folder, train_shard};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

/// Members of a slice, records of a member, tokens of a record.
const MEMBERS: usize = 4;
const RECORDS: usize = 4;
const TOKENS: u32 = 100;
/// Shards in which one member of each slice is forgotten.
const MEASURED: usize = 3;
/// The best that SISA reports: times faster than training again (Purchase; Bourtoule et al. 2021).
const SISA: f64 = 4.63;
/// What is promised: the mean over members, in times.
const PROMISED: f64 = 12.0;

/// What was measured, in CPU seconds.
struct Costs {
    tokens: u64,
    everything: f64,
    /// Of forgetting a member, by the slice that holds them.
    slices: Vec<f64>,
}

impl Costs {
    fn times(&self, cost: f64) -> f64 {
        self.everything / cost
    }

    /// The mean over members: each slice holds as many.
    fn mean(&self) -> f64 {
        self.slices.iter().sum::<f64>() / self.slices.len() as f64
    }
}

fn main() -> Result<()> {
    let mut arguments = std::env::args_os().skip(1);
    let chart = PathBuf::from(arguments.next().context("name the file of the chart")?);
    let shipped = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../models/candor-base-2m"));
    let base = Base::load(&arguments.next().map_or(shipped, PathBuf::from))?;
    let recipe = Recipe { epochs: 1, batch_tokens: 1024, ..Recipe::default() };
    let costs = measure(&base, &recipe)?;
    print!("{}", report(&costs, &recipe));
    std::fs::write(&chart, svg(&costs)).with_context(|| format!("cannot write `{}`", chart.display()))
}

fn measure(base: &Base, recipe: &Recipe) -> Result<Costs> {
    let folder = tempfile::tempdir()?;
    let (live, scratch) = (folder.path().join("live"), folder.path().join("scratch"));
    let cancel = Cancel::new();
    let watch = Watch { progress: &|_: Progress| (), cancel: &cancel };
    let shards: Vec<_> = (0..recipe.shards).map(|shard| rows(base, recipe, shard)).collect();
    let (mut tokens, mut everything, mut slices) = (0, 0.0, vec![0.0; recipe.slices]);
    // A first shard that nobody counts: memory is touched, caches are filled.
    train_shard(base, recipe, 0, &shards[0], &shard_folder(&scratch, recipe.shards), watch)?;
    for (shard, rows) in shards.iter().enumerate() {
        let trained = shard_folder(&live, shard);
        let start = cpu_s();
        tokens += train_shard(base, recipe, shard, rows, &trained, watch)?.trained_tokens;
        everything += cpu_s() - start;
        // In between, so that what else the machine does falls on both alike.
        for slice in (0..recipe.slices).filter(|_| shard < MEASURED) {
            let copy = scratch.join(format!("{shard}-{slice}"));
            copy_folder(&trained, &copy)?;
            let mut left = rows.clone();
            left[slice].retain(|row| row.member != member(shard, slice, 0));
            let start = cpu_s();
            let done = forget(base, recipe, shard, &left, slice, &copy, watch)?;
            slices[slice] += (cpu_s() - start) / MEASURED as f64;
            anyhow::ensure!(done.after.trained_slices == recipe.slices - slice, "another number of slices was trained");
        }
    }
    Ok(Costs { tokens, everything, slices })
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

fn report(costs: &Costs, recipe: &Recipe) -> String {
    let mut out = String::new();
    let slices: String = costs.slices.iter().enumerate().fold(String::new(), |mut rows, (slice, cost)| {
        let _ = writeln!(rows, "| {slice} | {cost:.2} | 1/{:.1} |", costs.times(*cost));
        rows
    });
    let _ = write!(
        out,
        "CPU time of one process; {} shards of {} slices, {} tokens in all, equal slices, one pass.\n\n\
         Everything trained once: {:.1} CPU s. One member forgotten, the mean of {MEASURED} shards, by the slice that holds them:\n\n\
         | slice | CPU s | of training everything |\n|---|---:|---:|\n{slices}\
         | **mean over members** | **{:.2}** | **1/{:.1}** |\n| promised | | 1/{PROMISED:.0} |\n\
         | the best that SISA reports (Purchase; Bourtoule et al., IEEE S&P 2021) | | 1/{SISA} |\n\n\
         In theory the mean of {} equal slices in {} shards is 1/{:.1}. Whoever is likely to leave (changed a choice, objected, \
         moved) is put into the last slice, which costs least; here everybody is as likely to leave. When a whole cohort leaves, \
         nothing is trained again.\n",
        recipe.shards,
        recipe.slices,
        costs.tokens,
        costs.everything,
        costs.mean(),
        costs.times(costs.mean()),
        recipe.slices,
        recipe.shards,
        2.0 * (recipe.shards * recipe.slices) as f64 / (recipe.slices + 1) as f64,
    );
    out
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
        .map(|(slice, cost)| (format!("slice {slice}"), costs.times(*cost), "#1d5c8f"))
        .collect();
    bars.push(("mean over members".into(), costs.times(costs.mean()), "#0f3d63"));
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
