//! Speed of drafts on one core, in `f32` and in eight bits a weight, for one stream and for eight: `generate_speed BASE TEXT
//! [PYTHON PEER GGUF CHART]`. With a peer (`benches/drafts/peer.py`), llama.cpp writes in turns with ours, and a chart is drawn.
//! Prints a Markdown document: tokens per second of CPU time, medians over rounds, and what eight bits cost on the words of a
//! file that nothing was trained on.

use anyhow::{Context, Result, ensure};
use candor_ml::base::Base;
use candor_ml::decode::Precision;
use candor_ml::generate::{Batch, Sampling};
use candor_ml::merge::Served;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use rustix::time::{ClockId, clock_gettime};
use std::fmt::Write as _;
use std::io::{BufRead, BufReader, Write as _};
use std::ops::ControlFlow;
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

/// Tokens of each stream; with the prompt they fit the context.
const TOKENS: usize = 200;
/// Rounds; in each, everyone writes once for one stream and once for eight.
const ROUNDS: usize = 15;
/// Streams that are measured.
const STREAMS: [usize; 2] = [1, 8];
/// Most tokens of the text that the loss is taken over.
const LOSS_TOKENS: usize = 4096;
/// The same prompt as the peer's.
const PROMPT: &str = "I am glad to say that after many years";

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [base, text, peer @ ..] = arguments.as_slice() else {
        anyhow::bail!("usage: generate_speed BASE TEXT [PYTHON PEER GGUF CHART]");
    };
    let folder = Path::new(base);
    let base = Base::load(folder)?;
    let float = Served::new(&base, &[], None)?;
    let byte = Served::with_precision(&base, &[], None, Precision::Int8)?;
    let mut peer = match peer {
        [python, script, gguf, _] => Some(Peer::start(python, script, folder, gguf)?),
        _ => None,
    };
    println!(
        "Base `{}`, {} weights. Greedy, {TOKENS} tokens a stream, {ROUNDS} rounds in turns; CPU time of one thread.\n",
        folder.file_name().unwrap_or_default().display(),
        base.config().parameter_count()
    );
    let bars = table(&float, &byte, peer.as_mut())?;
    if let [.., chart] = arguments.as_slice()
        && peer.is_some()
    {
        std::fs::write(chart, svg(&bars)?).with_context(|| chart.clone())?;
    }
    let cache = float.decoder().cache(usize::MAX).bytes();
    println!(
        "\nMemory of the weights that write: {} in f32, {} in int8; of a stream with a full context: {}{}.",
        mebibytes(float.decoder().bytes()),
        mebibytes(byte.decoder().bytes()),
        mebibytes(cache),
        peer.as_ref()
            .map_or_else(String::new, |p| format!("; llama.cpp with eight streams: {}", mebibytes(p.resident)))
    );
    let tokens = base.tokenizer().encode(&std::fs::read_to_string(text).with_context(|| text.clone())?)?;
    let tokens = &tokens[..tokens.len().min(LOSS_TOKENS)];
    let (float, byte) = (loss(&float, tokens)?, loss(&byte, tokens)?);
    println!(
        "\nLoss over {} tokens of `{text}`: {float:.4} nats a token in f32, {byte:.4} in int8: {:+.4}.",
        tokens.len(),
        byte - float
    );
    Ok(())
}

/// Prints the table of speeds; gives what the chart shows, tokens per second by name and number of streams.
fn table(float: &Served, byte: &Served, mut peer: Option<&mut Peer>) -> Result<Vec<(String, f64)>> {
    let mut bars = Vec::new();
    println!("| streams | ours f32, tokens/s | ours int8 | llama.cpp f32 | f32 to llama.cpp | int8 to llama.cpp |");
    println!("|---|---|---|---|---|---|");
    for streams in STREAMS {
        let mut rounds = Vec::new();
        for _ in 0..ROUNDS {
            let theirs = match &mut peer {
                Some(peer) => peer.write(streams)?,
                None => f64::NAN,
            };
            rounds.push([write(float, streams)?, write(byte, streams)?, theirs]);
        }
        let of = |value: fn(&[f64; 3]) -> f64| median(rounds.iter().map(value).collect());
        println!(
            "| {streams} | {:.0} | {:.0} | {:.0} | {:.2} | {:.2} |",
            of(|r| r[0]),
            of(|r| r[1]),
            of(|r| r[2]),
            of(|r| r[0] / r[2]),
            of(|r| r[1] / r[2])
        );
        bars.push((format!("Candor f32, {streams}"), of(|r| r[0])));
        bars.push((format!("Candor int8, {streams}"), of(|r| r[1])));
        bars.push((format!("llama.cpp f32, {streams}"), of(|r| r[2])));
    }
    Ok(bars)
}

/// Bars, one below the other, with their numbers.
fn svg(bars: &[(String, f64)]) -> Result<String> {
    const ROW: usize = 26;
    let longest = bars.iter().map(|bar| bar.1).fold(1.0, f64::max);
    let (height, mut out) = (64 + ROW * bars.len(), String::new());
    writeln!(
        out,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 760 {height}\" role=\"img\" aria-labelledby=\"title\" \
         font-family=\"system-ui, sans-serif\" font-size=\"13\">\n\
         <title id=\"title\">Tokens a second of one core, by streams written together</title>\n\
         <rect width=\"760\" height=\"{height}\" fill=\"#ffffff\"/>\n\
         <text x=\"16\" y=\"30\" font-weight=\"600\" fill=\"#1a1f24\">Tokens a second of one core; streams</text>"
    )?;
    for (place, (name, speed)) in bars.iter().enumerate() {
        let (y, length) = (46 + ROW * place, speed / longest * 440.0);
        let color = if name.starts_with("Candor") { "#0a66c2" } else { "#8a94a0" };
        let (text, end) = (y + 15, 226.0 + length);
        writeln!(out, "<text x=\"16\" y=\"{text}\" fill=\"#1a1f24\">{name}</text>")?;
        writeln!(out, "<rect x=\"210\" y=\"{y}\" width=\"{length:.1}\" height=\"20\" fill=\"{color}\"/>")?;
        writeln!(out, "<text x=\"{end:.1}\" y=\"{text}\" fill=\"#1a1f24\">{speed:.0}</text>")?;
    }
    writeln!(out, "</svg>")?;
    Ok(out)
}

/// Tokens per second of CPU time, with reading the prompt.
fn write(served: &Served, streams: usize) -> Result<f64> {
    let prompt = served.tokenizer().encode(PROMPT)?;
    let start = cpu_seconds();
    let mut batch = Batch::new(served);
    for _ in 0..streams {
        batch.join(&prompt, &Sampling::greedy(TOKENS), ChaCha8Rng::seed_from_u64(0))?;
    }
    let mut written = 0;
    while !batch.is_empty() {
        written +=
            batch.step(&mut |_, _| ControlFlow::Continue(()))?.iter().map(|(_, g)| g.tokens.len()).sum::<usize>();
    }
    Ok(written as f64 / (cpu_seconds() - start))
}

/// Nats a token, in windows of the context.
fn loss(served: &Served, tokens: &[u32]) -> Result<f64> {
    let decoder = served.decoder();
    let (mut sum, mut count) = (0.0, 0);
    for window in tokens.chunks(decoder.context()) {
        let mut cache = decoder.cache(window.len());
        for pair in window.windows(2) {
            let logits = decoder.read(&mut cache, &pair[..1])?;
            let highest = logits.iter().copied().fold(f32::MIN, f32::max);
            let total: f64 = logits.iter().map(|logit| f64::from(logit - highest).exp()).sum();
            sum += total.ln() - f64::from(logits[pair[1] as usize] - highest);
            count += 1;
        }
    }
    ensure!(count > 0, "the text is too short");
    Ok(sum / f64::from(count))
}

/// The other program, which answers a line with a line.
struct Peer {
    process: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
    resident: usize,
}

impl Peer {
    fn start(python: &str, script: &str, base: &Path, gguf: &str) -> Result<Self> {
        let mut command = Command::new(python);
        command.arg(script).arg(base).arg(gguf).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut process = command.spawn().with_context(|| format!("cannot start `{python}`"))?;
        let input = process.stdin.take().context("no input")?;
        let output = BufReader::new(process.stdout.take().context("no output")?);
        Ok(Self { process, input, output, resident: 0 })
    }

    fn write(&mut self, streams: usize) -> Result<f64> {
        writeln!(self.input, "{TOKENS} {streams}")?;
        let mut line = String::new();
        self.output.read_line(&mut line)?;
        let [written, seconds, resident] = line.split_whitespace().collect::<Vec<_>>()[..] else {
            anyhow::bail!("the peer answered `{}`", line.trim());
        };
        self.resident = resident.parse()?;
        Ok(written.parse::<f64>()? / seconds.parse::<f64>()?)
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn cpu_seconds() -> f64 {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    time.tv_sec as f64 + time.tv_nsec as f64 * 1e-9
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_unstable_by(f64::total_cmp);
    values[values.len() / 2]
}

fn mebibytes(bytes: usize) -> String {
    format!("{:.1} MiB", bytes as f64 / f64::from(1 << 20))
}
