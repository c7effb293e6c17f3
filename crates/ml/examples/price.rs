//! What forgetting costs in quality and in work, measured on the posts and comments of a real site: for each recipe the held-out loss
//! of one adapter over all rows, of the mean of the shards and of what is served, and the work of forgetting one member of each slice.
//!
//! ```text
//! cargo run --release -p candor-ml --example price -- [--data FOLDER] [RECIPE...]
//! ```
//! A recipe is a shipped name or a TOML file, without one `default`. The folder holds `Posts.xml` and `Comments.xml` as Stack Exchange
//! publishes them. Prints a table in Markdown.

use anyhow::{Context, Result};
use candor_ml::Base;
use candor_ml::adapter::Adapter;
use candor_ml::files::share_of;
use candor_ml::joint::{joint_folder, load_joint, train_joint};
use candor_ml::price::{Measured, measure, reference};
use candor_ml::progress::{Cancel, Progress};
use candor_ml::recipe::Recipe;
use candor_ml::shard::TrainRow;
use candor_ml::train::{Watch, forget, shard_folder, train_all};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// Members with fewer tokens are left out: too little to hold a part of it out.
const MEMBER_TOKENS_LEAST: usize = 300;
/// After so many tokens no further row of a member is taken, so that no member is most of a shard.
const MEMBER_TOKENS_MOST: usize = 2_600;
/// Rows with fewer tokens are left out.
const ROW_TOKENS_LEAST: usize = 8;

/// The rows of one shard, slice by slice.
type Slices = Vec<Vec<TrainRow>>;

fn main() -> Result<()> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let base = Base::load(&root.join("models/candor-base-6m"))?;
    let mut words: Vec<String> = std::env::args().skip(1).collect();
    let data = match words.first().is_some_and(|word| word == "--data") && words.len() > 1 {
        true => PathBuf::from(words.drain(..2).nth(1).unwrap_or_default()),
        false => root.join("../shared/data/stackexchange-quantum"),
    };
    let (rows, held_out) = split(posts(&base, &data)?);
    let members: BTreeSet<&String> = rows.iter().map(|row| &row.member).collect();
    let tokens = |rows: &[TrainRow]| rows.iter().map(|row| row.tokens.len()).sum::<usize>();
    println!(
        "{} members, {} tokens to learn from, {} tokens held out: the last sixth of each member's.\n",
        members.len(),
        tokens(&rows),
        tokens(&held_out)
    );
    println!(
        "| recipe | shards × slices, passes | base | one adapter | mean of shards | its share of the gain | served | its share of the gain | forgetting, in theory | in tokens | in processor time |"
    );
    println!("|---|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|");
    if words.is_empty() {
        words.push("default".into());
    }
    for name in words {
        let recipe = match Recipe::shipped(&name) {
            Some(recipe) => recipe,
            None => Recipe::load(Path::new(&name))?,
        };
        println!("{}", line(&name, &base, &recipe, &rows, &held_out)?);
    }
    Ok(())
}

/// Trains and forgets with a recipe; the line of the table.
fn line(name: &str, base: &Base, recipe: &Recipe, rows: &[TrainRow], held_out: &[TrainRow]) -> Result<String> {
    let (folder, cancel) = (tempfile::tempdir()?, Cancel::new());
    let watch = Watch { progress: &|_: Progress| (), cancel: &cancel };
    let (root, shards) = (folder.path(), sharded(recipe, rows));
    let start = cpu_seconds();
    let results = train_all(base, recipe, &shards, root, 2, watch)?;
    let shards_done = cpu_seconds();
    let adapters = results.iter().map(|r| Adapter::load(&r.folder.join("adapter"), base.config()));
    let adapters = adapters.collect::<Result<Vec<_>, _>>()?;
    let joint = train_joint(base, recipe, &adapters, &shards, &joint_folder(root), watch)?;
    let (shard_seconds, joint_seconds) = (shards_done - start, cpu_seconds() - shards_done);
    let joint_tokens = joint.map_or(0, |joint| joint.trained_tokens);
    let all_tokens = results.iter().map(|r| r.trained_tokens).sum::<u64>() + joint_tokens;

    let adapter = load_joint(root, base)?;
    let folders: Vec<PathBuf> = results.into_iter().map(|result| result.folder).collect();
    let subject = Measured { base, recipe, folders: &folders, joint: adapter.as_ref(), held_out };
    let mut price = measure(subject)?;
    price.reference = Some(reference(subject, &shards, 1.0, &root.join("reference"), watch)?);
    let kept = price.kept().context("one adapter over all rows gained nothing")?;
    let one = price.reference.as_ref().and_then(|r| r.losses.last()).copied().unwrap_or_default();
    let mean = price.shards.last().copied().unwrap_or_default();

    let (mut again_tokens, mut again_seconds) = (0, 0.0);
    // From the last slice to the first: the states before a slice are as they were.
    for slice in (0..recipe.slices).rev() {
        let started = cpu_seconds();
        again_tokens += forget_one_of(base, recipe, &shards, slice, root, watch)?;
        again_seconds += cpu_seconds() - started;
    }
    let slices = recipe.slices as f64;
    let by_tokens = (again_tokens as f64 / slices + joint_tokens as f64) / all_tokens as f64;
    let by_seconds = (again_seconds / slices + joint_seconds) / (shard_seconds + joint_seconds);
    Ok(format!(
        "| {name} | {} × {}, {} | {:.3} | {one:.3} | {mean:.3} | {:.1} % | {:.3} | {:.1} % | 1/{:.1} | 1/{:.1} | 1/{:.1} |",
        recipe.shards,
        recipe.slices,
        recipe.epochs,
        price.base,
        100.0 * (price.base - mean) / (price.base - one),
        price.served,
        100.0 * kept,
        1.0 / recipe.forgetting_cost(),
        1.0 / by_tokens,
        1.0 / by_seconds,
    ))
}

/// Forgets a member whose rows lie in this slice, in the shard of middle size; the tokens learnt again.
fn forget_one_of(
    base: &Base,
    recipe: &Recipe,
    shards: &[Slices],
    slice: usize,
    root: &Path,
    watch: Watch<'_>,
) -> Result<u64> {
    let size = |slices: &Slices| slices.iter().flatten().map(|row| row.tokens.len()).sum::<usize>();
    let mut order: Vec<usize> = (0..shards.len()).collect();
    order.sort_by_key(|&shard| size(&shards[shard]));
    let shard = order[order.len() / 2];
    let Some(member) = shards[shard][slice].first().map(|row| row.member.clone()) else { return Ok(0) };
    let keep = |rows: &Vec<TrainRow>| rows.iter().filter(|row| row.member != member).cloned().collect();
    let left: Slices = shards[shard].iter().map(keep).collect();
    let done = forget(base, recipe, shard, &left, slice, &shard_folder(root, shard), watch)?;
    Ok(done.after.trained_tokens)
}

/// Members to shards and slices by a keyed hash.
fn sharded(recipe: &Recipe, rows: &[TrainRow]) -> Vec<Slices> {
    let mut shards = vec![vec![Vec::new(); recipe.slices]; recipe.shards];
    let place = |kind: &str, member: &str, of: usize| {
        ((share_of(&format!("{} {kind} {member}", recipe.seed)) * of as f64) as usize).min(of - 1)
    };
    for row in rows {
        let shard = place("shard", &row.member, recipe.shards);
        shards[shard][place("slice", &row.member, recipe.slices)].push(row.clone());
    }
    shards
}

/// The members' rows in the order they were written, capped.
fn posts(base: &Base, folder: &Path) -> Result<BTreeMap<String, Vec<TrainRow>>> {
    let mut members: BTreeMap<String, Vec<(String, TrainRow)>> = BTreeMap::new();
    for (file, author, text) in [("Posts.xml", "OwnerUserId", "Body"), ("Comments.xml", "UserId", "Text")] {
        let path = folder.join(file);
        let content = std::fs::read_to_string(&path).with_context(|| format!("`{}`", path.display()))?;
        for line in content.lines() {
            let found = (attribute(line, author), attribute(line, text), attribute(line, "CreationDate"));
            let (Some(member), Some(text), Some(created)) = found else { continue };
            let tokens = base.tokenizer().encode(&plain(&unescaped(text)))?;
            if tokens.len() >= ROW_TOKENS_LEAST {
                let record = format!("{file} {}", attribute(line, "Id").unwrap_or_default());
                let row = TrainRow { member: member.into(), record, tokens };
                members.entry(member.into()).or_default().push((created.into(), row));
            }
        }
    }
    let capped = members.into_iter().map(|(member, mut rows)| {
        rows.sort_by(|a, b| (&a.0, &a.1.record).cmp(&(&b.0, &b.1.record)));
        let mut tokens = 0;
        let fits = |row: &TrainRow| {
            let before = tokens;
            tokens += row.tokens.len();
            before < MEMBER_TOKENS_MOST
        };
        (member, rows.into_iter().map(|(_, row)| row).take_while(fits).collect())
    });
    Ok(capped.collect())
}

/// What is learnt, and the last sixth of each member's tokens, which is not.
fn split(members: BTreeMap<String, Vec<TrainRow>>) -> (Vec<TrainRow>, Vec<TrainRow>) {
    let (mut learnt, mut held_out) = (Vec::new(), Vec::new());
    for rows in members.into_values() {
        let all: usize = rows.iter().map(|row| row.tokens.len()).sum();
        if all < MEMBER_TOKENS_LEAST {
            continue;
        }
        let mut before = 0;
        for row in rows {
            let (first, last) = row.tokens.split_at((all * 5 / 6).saturating_sub(before).min(row.tokens.len()));
            before += row.tokens.len();
            for (part, to) in [(first, &mut learnt), (last, &mut held_out)] {
                if !part.is_empty() {
                    to.push(TrainRow { tokens: part.to_vec(), ..row.clone() });
                }
            }
        }
    }
    (learnt, held_out)
}

fn attribute<'a>(line: &'a str, name: &str) -> Option<&'a str> {
    line.split_once(&format!(" {name}=\""))?.1.split('"').next()
}

fn unescaped(text: &str) -> String {
    [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&#xA;", "\n"), ("&#xD;", ""), ("&amp;", "&")]
        .iter()
        .fold(text.to_owned(), |text, (from, to)| text.replace(from, to))
}

/// The words of a piece of HTML.
fn plain(html: &str) -> String {
    let (mut text, mut is_tag) = (String::new(), false);
    for c in html.chars() {
        match c {
            '<' => is_tag = true,
            '>' if is_tag => is_tag = false,
            c if !is_tag => text.push(c),
            _ => {}
        }
    }
    unescaped(&text).split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Processor seconds of this process so far, of all threads; other programs on the machine do not count.
fn cpu_seconds() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields = stat.rsplit(')').next().unwrap_or_default().split_whitespace();
    fields.skip(11).take(2).filter_map(|ticks| ticks.parse::<f64>().ok()).sum::<f64>() / 100.0
}
