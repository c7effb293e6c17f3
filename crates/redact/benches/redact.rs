//! What redaction finds and how fast: recall and precision on the labeled sentences of presidio-research, speed on raw posts and on dense
//! text beside a pass of `memchr` over the same bytes, memory. Prints Markdown; it is kept in
//! `docs/benchmarks/redact.md`. Reads `../shared/data` beside the project and fails loudly when it is absent.
#![allow(clippy::disallowed_methods, reason = "a benchmark measures time")]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Instant;

use candor_redact::{Counts, Directory, Entry, Finding, Kind, Language, Names, Redactor, SURE};
use serde::Deserialize;

/// How often each text is read; the fastest pass counts.
const PASSES: usize = 5;
/// The kinds of the set and ours. Of links only the place is compared: the set calls every link personal.
const PAIRS: [(&str, Kind); 9] = [
    ("CREDIT_CARD", Kind::CreditCard),
    ("PHONE_NUMBER", Kind::Phone),
    ("EMAIL_ADDRESS", Kind::Email),
    ("DOMAIN_NAME", Kind::Url),
    ("IBAN_CODE", Kind::Iban),
    ("US_SSN", Kind::UsSsn),
    ("IP_ADDRESS", Kind::IpAddress),
    ("STREET_ADDRESS", Kind::StreetAddress),
    ("AGE", Kind::Age),
];
/// How many of them are the seven types that other redactors are compared on.
const COMPARED: usize = 7;

#[derive(Deserialize)]
struct Sentence {
    full_text: String,
    spans: Vec<Label>,
}

#[derive(Deserialize)]
struct Label {
    entity_type: String,
    start_position: usize,
    end_position: usize,
}

#[derive(Default)]
struct Score {
    labels: usize,
    met: usize,
    found: usize,
    right: usize,
}

fn main() {
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data");
    let redactor = Redactor::builder().build().expect("a redactor without keys is always built");
    let named = Redactor::builder().names(Names::default()).build().expect("a redactor without keys is always built");
    let sentences: Vec<Sentence> =
        serde_json::from_slice(&read(&data.join("presidio_synth/synth_dataset_v2.json"))).expect("the set is JSON");
    quality(&redactor, &sentences);
    let dense: Vec<&str> = sentences.iter().map(|sentence| sentence.full_text.as_str()).collect();
    println!(
        "\n## Speed, one core\n\n| text | MB | documents | MB/s | memchr3, MB/s | findings |\n|---|---:|---:|---:|---:|---:|"
    );
    for name in
        ["stackexchange-quantum/Posts.xml", "stackexchange-quantum/Comments.xml", "stackexchange-beer/Posts.xml"]
    {
        let text = String::from_utf8(read(&data.join(name))).expect("the set is UTF-8");
        let bodies: Vec<String> = text.lines().filter_map(body).collect();
        let bodies: Vec<&str> = bodies.iter().map(String::as_str).collect();
        speed(&redactor, &format!("{name}, texts"), &bodies);
        speed(&redactor, &format!("{name}, as it lies"), &text.lines().collect::<Vec<_>>());
        speed(&named, &format!("{name}, texts, with names"), &bodies);
        languages(&format!("{name}, texts"), &bodies);
    }
    // The set is small: read twenty times over a pass is long enough to be timed.
    speed(&redactor, "presidio_synth twenty times (dense)", &dense.repeat(20));
    adversaries(&redactor);
    memory(&redactor, &dense);
    members();
    println!("\nMost memory that the process held, texts and all: {} MB.", peak_mb().unwrap_or_default());
}

fn read(path: &PathBuf) -> Vec<u8> {
    std::fs::read(path).unwrap_or_else(|error| panic!("cannot read `{}` ({error}); put the set there", path.display()))
}

/// The text of a post or comment, with entities and without tags.
fn body(line: &str) -> Option<String> {
    let from = line.find(" Body=\"").map(|at| at + 7).or_else(|| line.find(" Text=\"").map(|at| at + 7))?;
    let escaped = line[from..].split('"').next()?;
    let html = unescape(escaped);
    let mut text = String::with_capacity(html.len());
    for piece in html.split('<') {
        text.push_str(piece.split_once('>').map_or(piece, |(_, rest)| rest));
    }
    Some(unescape(&text))
}

fn unescape(text: &str) -> String {
    text.replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&quot;", "\"")
        .replace("&#xA;", "\n")
        .replace("&#39;", "'")
        .replace("&amp;", "&")
}

fn quality(redactor: &Redactor, sentences: &[Sentence]) {
    let mut scores: BTreeMap<&str, Score> = BTreeMap::new();
    let (mut documents, mut wrong_documents, mut leaks) = (0, 0, 0);
    for sentence in sentences {
        let at: Vec<usize> =
            sentence.full_text.char_indices().map(|(at, _)| at).chain([sentence.full_text.len()]).collect();
        let findings = redactor.find_all(&sentence.full_text);
        let meets = |finding: &Finding, label: &Label| {
            finding.span.start < at[label.end_position] && at[label.start_position] < finding.span.end
        };
        let mut leak = false;
        for (place, (name, kind)) in PAIRS.iter().enumerate() {
            let labels: Vec<&Label> = sentence.spans.iter().filter(|label| label.entity_type == *name).collect();
            let found: Vec<&Finding> = findings.iter().filter(|finding| finding.kind == *kind).collect();
            let score = scores.entry(name).or_default();
            let met = labels.iter().filter(|label| found.iter().any(|finding| meets(finding, label))).count();
            score.labels += labels.len();
            score.met += met;
            score.found += found.len();
            score.right += found.iter().filter(|finding| labels.iter().any(|label| meets(finding, label))).count();
            leak |= place < COMPARED && met < labels.len();
        }
        leaks += usize::from(leak);
        let compared = |name: &str| PAIRS.iter().take(COMPARED).any(|(compared, _)| *compared == name);
        if !sentence.spans.iter().any(|label| compared(&label.entity_type)) {
            documents += 1;
            let ours = |finding: &Finding| PAIRS.iter().take(COMPARED).any(|(_, kind)| *kind == finding.kind);
            wrong_documents += usize::from(findings.iter().any(ours));
        }
    }
    println!(
        "## Found, by type\n\npresidio_synth, {} sentences:\n\n| type | labels | recall | precision |\n|---|---:|---:|---:|",
        sentences.len()
    );
    let mut all = Score::default();
    for (place, (name, _)) in PAIRS.iter().enumerate() {
        let Some(score) = scores.get(name) else { continue };
        println!(
            "| {name} | {} | {} | {} |",
            score.labels,
            share(score.met, score.labels),
            share(score.right, score.found)
        );
        if place < COMPARED {
            all.labels += score.labels;
            all.met += score.met;
        }
    }
    println!("| the first {COMPARED} together | {} | **{}** | |", all.labels, share(all.met, all.labels));
    println!(
        "\nDocuments without any of these with a wrong finding of them: **{wrong_documents}** of {documents}. Documents that leak one of them: {leaks}."
    );
}

fn share(part: usize, whole: usize) -> String {
    format!("{:.3}", part as f64 / whole.max(1) as f64)
}

fn speed(redactor: &Redactor, name: &str, documents: &[&str]) {
    let bytes: usize = documents.iter().map(|document| document.len()).sum();
    let mut found = Counts::new();
    for document in documents {
        found += redactor
            .find_all(document)
            .iter()
            .filter(|finding| finding.score >= SURE)
            .map(|finding| finding.kind)
            .collect::<Counts>();
    }
    let ours = rate(bytes, || documents.iter().map(|document| redactor.find_all(document).len()).sum());
    let limit = rate(bytes, || {
        documents.iter().map(|document| memchr::memchr3_iter(b'@', b'=', b'~', document.as_bytes()).count()).sum()
    });
    let kinds: Vec<String> = found.iter().map(|(kind, count)| format!("{} {count}", kind.name())).collect();
    println!(
        "| {name} | {:.1} | {} | **{ours:.0}** | {limit:.0} | {} |",
        bytes as f64 / 1e6,
        documents.len(),
        kinds.join(", ")
    );
    if std::env::var_os("CANDOR_VERBOSE").is_some() {
        show(redactor, documents);
    }
}

/// How fast the language is told, and what share of texts gets one.
fn languages(name: &str, documents: &[&str]) {
    let bytes: usize = documents.iter().map(|document| document.len()).sum();
    let told = documents.iter().filter(|document| Language::of(document) != Language::Unknown).count();
    let ours = rate(bytes, || documents.iter().map(|document| Language::of(document) as usize).sum());
    let limit = rate(bytes, || {
        documents.iter().map(|document| memchr::memchr3_iter(b'@', b'=', b'~', document.as_bytes()).count()).sum()
    });
    println!(
        "| {name}, language only | {:.1} | {} | **{ours:.0}** | {limit:.0} | told of {} |",
        bytes as f64 / 1e6,
        documents.len(),
        share(told, documents.len())
    );
}

/// Prints up to twenty findings of each kind with what stands around them, to be looked at by whoever changes a rule.
fn show(redactor: &Redactor, documents: &[&str]) {
    let mut shown: BTreeMap<Kind, usize> = BTreeMap::new();
    for document in documents {
        for finding in redactor.find(document) {
            let count = shown.entry(finding.kind).or_default();
            *count += 1;
            if *count <= 20 {
                let start = document.floor_char_boundary(finding.span.start.saturating_sub(30));
                eprintln!(
                    "{} {:?} in {:?}",
                    finding.kind,
                    &document[finding.span.start..finding.span.end],
                    &document[start..finding.span.end]
                );
            }
        }
    }
}

/// Megabytes a second of the fastest pass, by the time that the thread was on the processor.
fn rate(bytes: usize, pass: impl Fn() -> usize) -> f64 {
    let seconds = (0..PASSES).map(|_| {
        let start = (Instant::now(), processor_seconds());
        std::hint::black_box(pass());
        let spent = processor_seconds().zip(start.1).map(|(end, start)| end - start);
        // The kernel counts in steps; what is shorter than a few of them is taken from the clock.
        spent.filter(|spent| *spent > 0.002).unwrap_or_else(|| start.0.elapsed().as_secs_f64())
    });
    bytes as f64 / 1e6 / seconds.fold(f64::INFINITY, f64::min)
}

/// Texts for which a careless search takes time that grows with the square of the length: eight times the text should take eight times as
/// long.
fn adversaries(redactor: &Redactor) {
    println!(
        "\n## Texts made to be slow\n\n| text | MB/s, 64 kB | MB/s, 512 kB | time, 8 times the text |\n|---|---:|---:|---:|"
    );
    let units = [
        ("digits", "7"),
        ("single digits", "1 "),
        ("at signs", "@"),
        ("letters", "a"),
        ("nested brackets", "[("),
        ("slashes", "/"),
        ("long link", "a/b?c=d&"),
        ("base64", "QUJDREVGR0hJSktM1"),
        ("armor", "-----BEGIN PRIVATE KEY-----"),
        ("phones", "+49 30 901820 "),
        ("announced numbers", "ssn 1 "),
        ("streets", "12 Main "),
        ("cities", "1 Main Street, A, B, C "),
        ("birthdays", "dob 1/1/1990 "),
    ];
    for (name, unit) in units {
        let pass = |length: usize| {
            let text = unit.repeat(length / unit.len());
            rate(text.len(), || redactor.find_all(&text).len())
        };
        let (short, long) = (pass(64 << 10), pass(512 << 10));
        println!("| {name} | {short:.0} | {long:.0} | {:.1} |", 8.0 * short / long);
    }
}

/// Memory beside the text and its result for a text of 64 MB, dense and then raw.
fn memory(redactor: &Redactor, dense: &[&str]) {
    println!("\n## Memory for one text of 64 MB\n\n| text | MB beside text and result |\n|---|---:|");
    let plain = ["Nothing here is anybody's, and so it stays as it is.\n"];
    for (name, pieces) in [("dense", dense), ("plain", &plain[..])] {
        let mut text = String::with_capacity(64 << 20);
        for piece in pieces.iter().cycle() {
            if text.len() + piece.len() + 1 > 64 << 20 {
                break;
            }
            text.push_str(piece);
            text.push('\n');
        }
        // The kernel forgets the peak when a 5 is written here; where it does not, the figure is too high and never too low.
        let _ = std::fs::write("/proc/self/clear_refs", "5");
        let redacted = redactor.redact(&text, &[]);
        let held = (text.capacity() + redacted.text.capacity()) as u64 / 1_000_000;
        println!("| {name} | {} |", peak_mb().unwrap_or_default().saturating_sub(held));
    }
}

/// A directory of as many members as `CANDOR_MEMBERS` says: its memory, and how fast text is searched for them.
fn members() {
    let Some(count) = std::env::var("CANDOR_MEMBERS").ok().and_then(|count| count.parse::<usize>().ok()) else {
        return;
    };
    const PARTS: [&str; 20] = [
        "an", "be", "ca", "do", "el", "fi", "ga", "ho", "il", "jo", "ka", "lu", "ma", "ni", "or", "pe", "ra", "so",
        "tu", "va",
    ];
    let word = |mut number: usize| {
        let mut word = String::new();
        for _ in 0..4 {
            word.push_str(PARTS[number % PARTS.len()]);
            number /= PARTS.len();
        }
        word[..1].to_uppercase() + &word[1..]
    };
    let entry = |number: usize| Entry {
        member: number.to_string(),
        names: vec![format!(
            "{} {}",
            word(number.wrapping_mul(7_919) % 160_000),
            word(number.wrapping_mul(104_729) % 160_000)
        )],
        handles: vec![format!("{}{number}", word(number % 160_000))],
        profile_urls: vec![format!("https://candor.org/in/{}-{number}", word(number % 160_000))],
        blocked: false,
    };
    let start = Instant::now();
    let directory = Directory::build((0..count).map(entry)).expect("a million members fit");
    let seconds = start.elapsed().as_secs_f64();
    let bytes = directory.heap_bytes();
    let redactor = Redactor::builder().directory(directory).build().expect("a redactor without keys is always built");
    let text = "I met them yesterday at the conference, they spoke about what we build and how it is paid for. "
        .repeat(20_000);
    let fast = rate(text.len(), || redactor.find_all(&text).len());
    println!("\n{count} members: built in {seconds:.0} s, {} MB, {fast:.0} MB/s.", bytes / 1_000_000);
}

fn processor_seconds() -> Option<f64> {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    text.split_whitespace().next()?.parse::<f64>().ok().map(|nanoseconds| nanoseconds / 1e9)
}

fn peak_mb() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    line.split_whitespace().nth(1)?.parse::<u64>().ok().map(|kilobytes| kilobytes / 1000)
}
