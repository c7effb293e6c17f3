//! How fast statements about special categories are looked for: raw posts and comments of `../shared/data`, beside a pass that looks for
//! structured data in the same texts. Prints Markdown. Fails loudly when the sets are absent.
#![allow(clippy::disallowed_methods, reason = "a benchmark measures time")]

use std::path::Path;
use std::time::Instant;

use candor_redact::Redactor;
use candor_redact::special::{Detector, Split, labeled};

/// How often each text is read; the fastest pass counts.
const PASSES: usize = 5;

fn main() {
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data");
    println!(
        "| text | MB | documents | statements, MB/s | structured data, MB/s | held back |\n|---|---:|---:|---:|---:|---:|"
    );
    for name in
        ["stackexchange-quantum/Posts.xml", "stackexchange-quantum/Comments.xml", "stackexchange-beer/Posts.xml"]
    {
        let path = data.join(name);
        let text = std::fs::read_to_string(&path)
            .unwrap_or_else(|error| panic!("cannot read `{}` ({error}); put the set there", path.display()));
        measure(name, &text.lines().collect::<Vec<_>>());
    }
    let sentences: Vec<String> =
        labeled().into_iter().filter(|one| one.split == Split::Test).map(|one| one.text).collect();
    let dense: Vec<&str> = sentences.iter().map(String::as_str).collect();
    let plain = "The quick fox jumps over tall hedges near our depot while Tom reads about boats. ".repeat(20_000);
    measure("sentences without a word of the lists", &[plain.as_str()]);
    let harsh = "I am gay and ".repeat(50_000);
    measure("words of the lists without end", &[harsh.as_str()]);
    measure("labeled sentences fifty times (dense)", &dense.repeat(50));
}

fn measure(name: &str, texts: &[&str]) {
    let redactor = Redactor::builder().build().expect("a redactor without keys is always built");
    let held = texts.iter().filter(|text| !Detector::standard().find(text).is_empty()).count();
    let megabytes = texts.iter().map(|text| text.len()).sum::<usize>() as f64 / 1e6;
    let ours = fastest(|| texts.iter().map(|text| Detector::standard().find(text).len()).sum());
    let structured = fastest(|| texts.iter().map(|text| redactor.find(text).len()).sum());
    let (ours, structured) = (megabytes / ours, megabytes / structured);
    println!("| {name} | {megabytes:.1} | {} | {ours:.0} | {structured:.0} | {held} |", texts.len());
}

/// Seconds of the processor that the fastest pass took; where the system does not tell them, seconds of the clock.
fn fastest(pass: impl Fn() -> usize) -> f64 {
    let time = || {
        let (start, busy) = (Instant::now(), processor_seconds());
        std::hint::black_box(pass());
        match (busy, processor_seconds()) {
            (Some(before), Some(after)) => after - before,
            (_, _) => start.elapsed().as_secs_f64(),
        }
    };
    (0..PASSES).map(|_| time()).fold(f64::INFINITY, f64::min)
}

/// How long this thread has been on a processor, as Linux counts it.
fn processor_seconds() -> Option<f64> {
    let stat = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    stat.split(' ').next()?.parse::<f64>().ok().map(|nanoseconds| nanoseconds / 1e9)
}
