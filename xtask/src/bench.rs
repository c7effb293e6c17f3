//! `cargo xtask bench`: the benchmarks that exist, each with the command that runs it; with a name, that one is run and
//! its figures are written to `docs/benchmarks/`.
//!
//! Without a name it starts none: a benchmark wants a quiet machine and a person who reads the figures.

use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result};

use crate::python;
use crate::tools::{Workplace, capture, run as run_program};
use crate::tree::{Tree, stem_of};

/// The base that drafts are measured with.
const SHIPPED_BASE: &str = "models/candor-base-6m";
/// Configuration of the base that ships.
const SHIPPED_SHAPE: &str = "models/candor-base-6m/config.json";
/// A larger base, in the layout of Hugging Face.
const LARGER_SHAPE: &str = r#"{
  "architectures": ["LlamaForCausalLM"], "model_type": "llama", "hidden_act": "silu", "hidden_size": 384,
  "intermediate_size": 1024, "num_hidden_layers": 6, "num_attention_heads": 6, "num_key_value_heads": 6, "vocab_size": 8192,
  "max_position_embeddings": 256, "rms_norm_eps": 1e-5, "rope_theta": 10000.0, "tie_word_embeddings": true,
  "attention_bias": false, "mlp_bias": false, "bos_token_id": 0, "eos_token_id": 0
}"#;

/// Which benchmark to run.
#[derive(clap::Args, Debug)]
pub struct Options {
    /// Run this one, and write its figures; without a name all are listed
    name: Option<Compared>,
    /// Number of members, where a benchmark has them
    #[arg(long, default_value_t = 5_000_000)]
    members: u64,
    /// Hold ours against other programs too, where a benchmark can leave them out; they are installed under the target folder
    #[arg(long)]
    peers: bool,
}

/// A benchmark whose figures are kept in the repository.
#[derive(clap::ValueEnum, Debug, Clone, Copy)]
enum Compared {
    /// The gate beside Cedar and regorus: its own workspace under `benches/`, since nothing else needs those
    Gate,
    /// Durable choices a second on SQLite and PostgreSQL, beside what the disk syncs
    Store,
    /// What forgetting costs in quality and in work, on the posts of a real site: about ten minutes
    Price,
    /// Forgetting a member, beside training everything again
    Forget,
    /// The redactor, and with `--peers` beside Presidio, scrubadub and redact-core
    Redact,
    /// Drafts on one core, and with `--peers` beside llama.cpp
    Drafts,
    /// Steps of training beside PyTorch, which is installed under the target folder, and beside the peak of matrix products
    Train,
}

/// Runs the benchmark that is named, or lists all.
pub fn run(place: &Workplace, options: &Options) -> Result<()> {
    match options.name {
        Some(Compared::Gate) => gate(place, options.members),
        Some(Compared::Store) => store(place),
        Some(Compared::Price) => price(place),
        Some(Compared::Forget) => forget(place),
        Some(Compared::Redact) => redact(place, options.peers),
        Some(Compared::Drafts) => drafts(place, options.peers),
        Some(Compared::Train) => train(place),
        None => list(&Tree::of_git(place.root())?),
    }
}

fn gate(place: &Workplace, members: u64) -> Result<()> {
    let mut command = place.cargo();
    command.args(["run", "--quiet", "--release", "--manifest-path", "benches/gate/Cargo.toml", "--target-dir"]);
    let figures = capture(command.arg(place.target()).arg("--").arg(members.to_string()))?;
    print!("{figures}");
    write(
        &place.root().join("docs/benchmarks"),
        "gate",
        &format!("cargo xtask bench gate --members {members}"),
        &format!("CPU time of one thread where nothing else is said.\n\n{figures}"),
    )
}

fn store(place: &Workplace) -> Result<()> {
    let mut command = place.cargo();
    // The features of the whole workspace, so that no dependency is built a second time.
    let figures = capture(command.args(["bench", "--quiet", "--workspace", "--bench", "choices"]))?;
    print!("{figures}");
    write(&place.root().join("docs/benchmarks"), "store", "cargo xtask bench store", &figures)
}

fn price(place: &Workplace) -> Result<()> {
    let mut command = place.cargo();
    let figures =
        capture(command.args(["run", "--quiet", "--release", "--package", "candor-ml", "--example", "price"]))?;
    print!("{figures}");
    write(&place.root().join("docs/benchmarks"), "price", "cargo xtask bench price", &figures)
}

/// In the dev profile: what computes is optimized there too, and what is told are ratios.
fn forget(place: &Workplace) -> Result<()> {
    let folder = place.root().join("docs/benchmarks");
    // The features of the whole workspace, so that no dependency is built a second time.
    run_program(place.cargo().args(["build", "--quiet", "--workspace", "--example", "forget_cost"]))?;
    let mut command = Command::new(place.target().join("debug/examples/forget_cost"));
    let figures = capture(command.arg(folder.join("forget.svg")))?;
    print!("{figures}");
    let chart = "![How many times cheaper it is to forget a member than to train everything again](forget.svg)";
    write(&folder, "forget", "cargo xtask bench forget", &format!("{chart}\n\n{figures}"))
}

/// Without peers the figures are printed only: the document is about the comparison.
fn redact(place: &Workplace, peers: bool) -> Result<()> {
    let (work, folder) = (place.target().join("bench-redact"), place.root().join("docs/benchmarks"));
    std::fs::create_dir_all(&work).with_context(|| format!("cannot make `{}`", work.display()))?;
    let chart = if peers { folder.join("redact.svg") } else { work.join("redact.svg") };
    let mut command = place.cargo();
    command.args(["run", "--quiet", "--release", "--manifest-path", "benches/redact/Cargo.toml"]);
    command.args(if peers { &["--features", "peers"][..] } else { &[] });
    command.arg("--target-dir").arg(place.target()).args(["--", "figures"]).arg(&work).arg(&chart);
    if !peers {
        print!("{}", capture(&mut command)?);
        return Ok(());
    }
    let python = python::environment(place, "python-redact", "benches/redact/requirements.txt")?;
    let figures = capture(command.arg(python))?;
    print!("{figures}");
    let chart = "![How much structured personal data each redactor finds, and how fast](redact.svg)";
    write(&folder, "redact", "cargo xtask bench redact --peers", &format!("{chart}\n\n{figures}"))
}

/// The shipped base, and a text that it was not trained on. Without peers the figures are printed only.
fn drafts(place: &Workplace, peers: bool) -> Result<()> {
    let mut command = place.cargo();
    command.args(["run", "--quiet", "--release", "--package", "candor-ml", "--example", "generate_speed", "--"]);
    command.args([SHIPPED_BASE, "docs/redaction.md"]);
    if !peers {
        print!("{}", capture(&mut command)?);
        return Ok(());
    }
    let python = python::environment(place, "python-drafts", "benches/drafts/requirements.txt")?;
    let gguf = place.target().join("bench-drafts.gguf");
    let folder = place.root().join("docs/benchmarks");
    let chart = folder.join("drafts.svg");
    let figures = capture(command.arg(python).arg("benches/drafts/peer.py").arg(gguf).arg(chart))?;
    print!("{figures}");
    let chart = "![Tokens a second of one core, beside llama.cpp](drafts.svg)";
    write(&folder, "drafts", "cargo xtask bench drafts --peers", &format!("{chart}\n\n{figures}"))
}

/// The shapes: the base that ships, and the larger one that a platform makes for itself.
fn train(place: &Workplace) -> Result<()> {
    let (work, folder) = (place.target().join("bench-train"), place.root().join("docs/benchmarks"));
    std::fs::create_dir_all(&work).with_context(|| format!("cannot make `{}`", work.display()))?;
    let larger = work.join("config.json");
    std::fs::write(&larger, LARGER_SHAPE).with_context(|| format!("cannot write `{}`", larger.display()))?;
    let python = python::environment(place, "python-train", "benches/train/requirements.txt")?;
    let mut command = place.cargo();
    command.args(["bench", "--quiet", "--package", "candor-ml", "--bench", "train", "--"]);
    command.arg(python).arg(place.root().join("benches/train/peer.py")).arg(folder.join("train.svg"));
    command.arg(place.root().join(SHIPPED_SHAPE)).arg(&larger);
    // One core for both: neither library may start threads of its own.
    command.envs(["CANDLE_NUM_THREADS", "RAYON_NUM_THREADS", "OMP_NUM_THREADS"].map(|name| (name, "1")));
    let figures = capture(&mut command)?;
    print!("{figures}");
    let chart = "![Tokens learnt a second on one core, ours and PyTorch](train.svg)";
    write(&folder, "train", "cargo xtask bench train", &format!("{chart}\n\n{figures}"))
}

/// Writes what a benchmark printed, with the command that prints it.
fn write(folder: &Path, name: &str, command: &str, figures: &str) -> Result<()> {
    let machine = machine();
    let text = format!("# Measured: {name}\n\nWritten by `{command}` on {machine}.\n\n{figures}");
    std::fs::create_dir_all(folder).with_context(|| format!("cannot make `{}`", folder.display()))?;
    let file = folder.join(name).with_extension("md");
    std::fs::write(&file, text).with_context(|| format!("cannot write `{}`", file.display()))
}

/// The machine in words, as far as it tells.
fn machine() -> String {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let told = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = told.lines().find_map(|line| line.strip_prefix("model name")?.split_once(": "));
    format!("{cores} core(s) of {}, {}", model.map_or("an unnamed processor", |(_, name)| name), std::env::consts::OS)
}

/// Prints one command a line on stdout.
fn list(tree: &Tree) -> Result<()> {
    let commands = commands(tree);
    for command in &commands {
        println!("{command}");
    }
    eprintln!("{} benchmark(s)", commands.len());
    Ok(())
}

fn commands(tree: &Tree) -> Vec<String> {
    let benches = tree.with_extension("rs").filter_map(|path| {
        let (package, file) = path.strip_prefix("crates/")?.split_once("/benches/")?;
        let package = if package == "candor" { package.to_owned() } else { format!("candor-{package}") };
        (!file.contains('/')).then(|| format!("cargo bench --package {package} --bench {}", stem_of(file)))
    });
    let compared = tree.with_extension("toml").filter_map(|path| {
        let name = path.strip_prefix("benches/")?.strip_suffix("/Cargo.toml")?;
        Some(format!("cargo xtask bench {name}"))
    });
    let beside = tree.with_extension("py").filter_map(|path| {
        let name = path.strip_prefix("benches/")?.strip_suffix("/peer.py")?;
        Some(format!("cargo xtask bench {name} --peers"))
    });
    benches.chain(compared).chain(beside).collect()
}

#[cfg(test)]
mod tests {
    use super::commands;
    use crate::tree::fixture;

    #[test]
    fn each_benchmark_has_its_command() {
        let (_folder, tree) = fixture::tree(&[
            ("crates/core/benches/decide.rs", "//! Bench.\n"),
            ("crates/core/benches/support/mod.rs", "//! Support.\n"),
            ("crates/core/src/decide.rs", "//! Code.\n"),
            ("benches/gate/Cargo.toml", "[workspace]\n"),
            ("benches/drafts/peer.py", "# Peer.\n"),
        ]);
        let wanted = [
            "cargo bench --package candor-core --bench decide",
            "cargo xtask bench gate",
            "cargo xtask bench drafts --peers",
        ];
        assert_eq!(commands(&tree), wanted);
    }
}
