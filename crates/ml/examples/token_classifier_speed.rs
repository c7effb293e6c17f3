//! Speed of a token classifier on the lines of a text: `token_classifier_speed MODEL TEXT`. Prints CPU time and the most memory that
//! was held, as `benches/token-classification/peer.py` does; give both one thread (`RAYON_NUM_THREADS=1`).

use anyhow::{Context, Result};
use candor_ml::token_classification::{THRESHOLD_PERCENT, TokenClassifier};
use candor_ml::tokenizer::Tokenizer;
use candor_redact::{Page, Recognizer};
use rustix::time::{ClockId, clock_gettime};
use std::path::Path;

/// Tokens of a window without those at its ends.
const WINDOW: usize = 510;

fn seconds() -> f64 {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    time.tv_sec as f64 + time.tv_nsec as f64 / 1e9
}

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [folder, text] = arguments.as_slice() else {
        anyhow::bail!("usage: token_classifier_speed MODEL TEXT");
    };
    let folder = Path::new(folder);
    let start = seconds();
    let model = TokenClassifier::load(folder, THRESHOLD_PERCENT, u64::MAX)?;
    let tokenizer = Tokenizer::load(&folder.join("tokenizer.json"))?;
    println!("loaded in {:.1} s", seconds() - start);
    let text = std::fs::read_to_string(text).with_context(|| text.clone())?;
    let (mut lines, mut tokens) = (Vec::new(), 0);
    for line in text.lines().filter(|line| !line.trim().is_empty()) {
        let count = tokenizer.encode(line)?.len();
        if count <= WINDOW {
            lines.push(line);
            tokens += count;
        }
    }
    let bytes: usize = lines.iter().map(|line| line.len()).sum();
    let (start, mut found) = (seconds(), Vec::new());
    lines.iter().for_each(|line| model.find(&Page::new(line), &mut found));
    let took = seconds() - start;
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap_or("unknown").trim();
    println!(
        "{:.2} KB/s, {:.0} tokens/s, {bytes} bytes, {tokens} tokens, {} findings, {peak} at most",
        bytes as f64 / took / 1000.0,
        tokens as f64 / took,
        found.len()
    );
    Ok(())
}
