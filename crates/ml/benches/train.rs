//! Steps of training on one core: ours, PyTorch's on the same model, and what the product of matrices can do at all, turn by turn in
//! one run, in CPU time. Prints Markdown and draws a chart.
//!
//! `cargo xtask bench train` runs it with `PYTHON PEER CHART CONFIG…`: the interpreter with torch, transformers and peft, the script
//! that does their steps, where the chart goes, and a Hugging Face `config.json` for each shape. Without arguments it does nothing.
#![allow(clippy::disallowed_methods, missing_docs, reason = "a benchmark measures itself")]

use anyhow::{Context, Result};
use candle_core::{Device, Tensor, Var};
use candor_ml::adam::{Adam, AdamOptions, Variables};
use candor_ml::adapter::{Adapter, fresh_variables};
use candor_ml::config::{Config, Projection};
use candor_ml::model::Model;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use std::fmt::Write as _;
use std::io::{BufRead, BufReader, Write as _};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

/// As the binary has it: the system's allocator gives large tensors back to the kernel at every step.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Windows of one step; each is as long as the context.
const WINDOWS: usize = 8;
/// Counted steps of one turn.
const STEPS: usize = 2;
/// Turns of each; the figures are medians over them.
const TURNS: usize = 7;
/// Rank of the adapter, on all seven linears.
const RANK: usize = 8;
/// Side of the matrices whose product is the peak.
const PEAK_SIDE: usize = 1024;

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|a| a != "--bench").collect();
    let [python, peer, chart, configs @ ..] = arguments.as_slice() else { return Ok(()) };
    let mut peer = Peer::start(python, peer)?;
    let mut rows = Vec::new();
    for path in configs {
        for kind in [Kind::Full, Kind::Lora] {
            rows.push(measure(&mut peer, kind, path)?);
        }
    }
    print!("{}", report(&rows));
    std::fs::write(chart, svg(&rows)).with_context(|| format!("cannot write `{chart}`"))
}

#[derive(Clone, Copy, PartialEq)]
enum Kind {
    /// Every weight is trained, as a base is.
    Full,
    /// Only an adapter is, as members' rows are.
    Lora,
}

impl Kind {
    fn word(self) -> &'static str {
        match self {
            Kind::Full => "full",
            Kind::Lora => "lora",
        }
    }
}

/// Medians over the turns.
struct Row {
    shape: String,
    kind: Kind,
    tokens: f64,
    ours: f64,
    theirs: f64,
    ratio: f64,
    share_of_peak: f64,
    peak: f64,
}

fn measure(peer: &mut Peer, kind: Kind, path: &str) -> Result<Row> {
    let json: serde_json::Value = serde_json::from_str(&std::fs::read_to_string(path)?)?;
    let config = Config::load(Path::new(path))?;
    let mut ours = Ours::new(kind, config)?;
    let flops = ours.flops();
    let (mut own, mut their, mut ratios, mut shares, mut peaks) = (vec![], vec![], vec![], vec![], vec![]);
    for turn in 0..TURNS {
        eprintln!("{} {path}: turn {} of {TURNS}", kind.word(), turn + 1);
        let theirs = peer.seconds(kind, path)?;
        let seconds = ours.seconds()?;
        let peak = peak()?;
        own.push(seconds);
        their.push(theirs);
        ratios.push(theirs / seconds);
        shares.push(flops / seconds / peak);
        peaks.push(peak);
    }
    let of = |name: &str| json[name].to_string();
    let shape = format!(
        "d {}, {} layers, V {}, ffn {}",
        of("hidden_size"),
        of("num_hidden_layers"),
        of("vocab_size"),
        of("intermediate_size")
    );
    Ok(Row {
        shape,
        kind,
        tokens: ours.tokens(),
        ours: median(own),
        theirs: median(their),
        ratio: median(ratios),
        share_of_peak: median(shares),
        peak: median(peaks),
    })
}

/// Our step: what `train.rs` and `pretrain.rs` do with a batch.
struct Ours {
    kind: Kind,
    config: Config,
    model: Model,
    variables: Variables,
    adam: Adam,
    tokens: Tensor,
    pool: rayon::ThreadPool,
}

impl Ours {
    fn new(kind: Kind, config: Config) -> Result<Self> {
        let mut rng = ChaCha8Rng::seed_from_u64(1);
        let mut weights = Variables::new();
        for (name, shape) in config.parameters() {
            let count = shape.iter().product();
            let values: Vec<f32> = match shape.len() {
                1 => vec![1.0; count],
                _ => (0..count).map(|_| rng.random_range(-0.05..0.05)).collect(),
            };
            weights.insert(name, Var::from_tensor(&Tensor::from_vec(values, shape, &Device::Cpu)?)?);
        }
        let frozen = kind == Kind::Lora;
        let tensor = |var: &Var| if frozen { var.as_detached_tensor() } else { var.as_tensor().clone() };
        let tensors = weights.iter().map(|(name, var)| (name.clone(), tensor(var))).collect();
        let model = Model::new(&config, &tensors)?;
        let variables = if frozen { fresh_variables(&config, RANK, 1)? } else { weights };
        let adam = Adam::new(&variables, AdamOptions::default());
        let (context, vocabulary) = (config.max_position_embeddings, config.vocab_size as u32);
        let tokens = (0..WINDOWS * context).map(|_| rng.random_range(0..vocabulary)).collect();
        let tokens = Tensor::from_vec(tokens, (WINDOWS, context), &Device::Cpu)?;
        let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build()?;
        Ok(Self { kind, config, model, variables, adam, tokens, pool })
    }

    fn tokens(&self) -> f64 {
        self.tokens.elem_count() as f64
    }

    fn step(&mut self) -> Result<()> {
        let adapter = match self.kind {
            Kind::Full => None,
            Kind::Lora => Some(Adapter::of_variables(&self.config, RANK, 16.0, &self.variables)?),
        };
        let loss = self.model.nll(&self.tokens, &self.tokens, adapter.as_ref())?.mean_all()?;
        self.adam.step(&self.variables, &loss.backward()?, 1e-3)?;
        Ok(())
    }

    /// CPU seconds of a step; one before is not counted.
    fn seconds(&mut self) -> Result<f64> {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build()?;
        let pool = std::mem::replace(&mut self.pool, pool);
        pool.install(|| {
            self.step()?;
            let start = cpu_seconds();
            (0..STEPS).try_for_each(|_| self.step())?;
            Ok((cpu_seconds() - start) / STEPS as f64)
        })
    }

    /// Operations of a step that cannot be saved: two for each weight of a product and token forward, two for the way back to the
    /// input, two for the weight's own gradient where it is trained; and the causal half of attention three times.
    fn flops(&self) -> f64 {
        let linear = |p: Projection| {
            let (out, width) = p.shape(&self.config);
            out * width
        };
        let layers = self.config.num_hidden_layers;
        let head = self.config.vocab_size * self.config.hidden_size;
        let weights = (layers * Projection::ALL.into_iter().map(linear).sum::<usize>() + head) as f64;
        let width = (self.config.num_attention_heads * self.config.head_width()) as f64;
        let attention = 6.0 * self.config.max_position_embeddings as f64 * width * layers as f64;
        let each = if self.kind == Kind::Full { 6.0 } else { 4.0 };
        self.tokens() * (each * weights + attention)
    }
}

/// Operations a second of one large product of matrices.
fn peak() -> Result<f64> {
    let side = PEAK_SIDE;
    let matrix = Tensor::ones((side, side), candle_core::DType::F32, &Device::Cpu)?;
    let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build()?;
    pool.install(|| {
        matrix.matmul(&matrix)?;
        let (start, times) = (cpu_seconds(), 10);
        for _ in 0..times {
            matrix.matmul(&matrix)?;
        }
        Ok(f64::from(times) * 2.0 * (side as f64).powi(3) / (cpu_seconds() - start))
    })
}

/// PyTorch, which does a turn when told to.
struct Peer {
    child: Child,
    orders: ChildStdin,
    answers: BufReader<ChildStdout>,
}

impl Peer {
    fn start(python: &str, script: &str) -> Result<Self> {
        let mut command = Command::new(python);
        command.arg(script).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().with_context(|| format!("cannot start `{python}`"))?;
        let orders = child.stdin.take().context("no way to order")?;
        let answers = BufReader::new(child.stdout.take().context("no way to be answered")?);
        Ok(Self { child, orders, answers })
    }

    fn seconds(&mut self, kind: Kind, path: &str) -> Result<f64> {
        writeln!(self.orders, "{} {path}", kind.word())?;
        self.orders.flush()?;
        let mut line = String::new();
        self.answers.read_line(&mut line)?;
        line.trim().parse().context("the peer did not answer with seconds")
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn cpu_seconds() -> f64 {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ProcessCPUTime);
    time.tv_sec as f64 + time.tv_nsec as f64 / 1e9
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

fn report(rows: &[Row]) -> String {
    let mut out = String::from(
        "| model | step | ours, tokens/s | PyTorch, tokens/s | ours / PyTorch | ours, GFLOP/s | gemm peak | share of the peak |\n\
         |---|---|---:|---:|---:|---:|---:|---:|\n",
    );
    for row in rows {
        // Writing into a string cannot fail.
        let _ = writeln!(
            out,
            "| {} | {} | {:.0} | {:.0} | **{:.2}** | {:.0} | {:.0} | {:.0} % |",
            row.shape,
            row.kind.word(),
            row.tokens / row.ours,
            row.tokens / row.theirs,
            row.ratio,
            row.share_of_peak * row.peak / 1e9,
            row.peak / 1e9,
            100.0 * row.share_of_peak
        );
    }
    let _ = write!(
        out,
        "\nMedians of {TURNS} turns of {STEPS} steps; in each turn PyTorch, ours and the peak follow one another on one core, in CPU \
         time. A step learns {WINDOWS} windows as long as the context: forward, backward, clipping, Adam; `full` trains every weight, \
         `lora` an adapter of rank {RANK} on all seven linears. PyTorch runs `LlamaForCausalLM` of transformers, with `peft` for the \
         adapter and its fused AdamW. The peak is one product of matrices of {PEAK_SIDE} by {PEAK_SIDE} numbers. Operations are \
         those that a step cannot do without: with attention at half of its square, and without a frozen weight's gradient.\n"
    );
    out
}

/// Bars of tokens a second: ours above PyTorch's.
fn svg(rows: &[Row]) -> String {
    let (width, left, longest, high) = (760.0, 250.0, 380.0, 52.0);
    let height = 56.0 + high * rows.len() as f64;
    let most = rows.iter().map(|r| (r.tokens / r.ours).max(r.tokens / r.theirs)).fold(1.0, f64::max);
    let words: Vec<String> = rows.iter().map(|r| format!("{}, {}: {:.2}", r.shape, r.kind.word(), r.ratio)).collect();
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" role=\"img\" aria-labelledby=\"title words\" \
         font-family=\"system-ui, sans-serif\" font-size=\"13\">\n<title id=\"title\">Tokens learnt a second on one core</title>\n\
         <desc id=\"words\">Ours over PyTorch: {}</desc>\n<rect width=\"{width}\" height=\"{height}\" fill=\"#ffffff\"/>\n\
         <text x=\"16\" y=\"30\" font-weight=\"600\" fill=\"#1a1f24\">Tokens learnt a second on one core</text>\n",
        words.join("; ")
    );
    for (place, row) in rows.iter().enumerate() {
        let top = 46.0 + high * place as f64;
        let _ = writeln!(
            out,
            "<text x=\"{}\" y=\"{}\" text-anchor=\"end\" fill=\"#1a1f24\">{}, {}</text>",
            left - 10.0,
            top + 24.0,
            row.shape,
            row.kind.word()
        );
        for (line, (name, seconds, fill)) in
            [("Candor", row.ours, "#1d5c8f"), ("PyTorch", row.theirs, "#8a949e")].into_iter().enumerate()
        {
            let (speed, y) = (row.tokens / seconds, top + 20.0 * line as f64);
            let length = longest * speed / most;
            let _ = writeln!(
                out,
                "<rect x=\"{left}\" y=\"{y}\" width=\"{length:.1}\" height=\"18\" fill=\"{fill}\"/>\
                 <text x=\"{:.1}\" y=\"{}\" fill=\"#1a1f24\">{name} {speed:.0}</text>",
                left + length + 8.0,
                y + 14.0
            );
        }
    }
    out.push_str("</svg>\n");
    out
}
