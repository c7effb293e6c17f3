//! How fast redaction is: on raw posts and on dense text beside a pass of `memchr` over the same bytes, on texts made to be slow, and the
//! memory it needs. Prints Markdown. What it finds, and how it compares, is `cargo xtask bench redact`. Reads `../shared/data` beside the
//! project and fails loudly when it is absent.
#![allow(clippy::disallowed_methods, reason = "a benchmark measures time")]

use std::collections::BTreeMap;
use std::time::Instant;

use candor_redact::{Counts, Directory, Entry, Kind, Language, Names, Redactor, SURE};

/// Where the tests read the labeled sets.
#[path = "../tests/it/sets.rs"]
#[allow(dead_code, reason = "this benchmark reads two of the sets")]
mod sets;

/// How often each text is read; the fastest pass counts.
const PASSES: usize = 5;
/// How much a pass reads at least.
const BYTES_OF_A_PASS: usize = 2_000_000;

fn main() {
    let redactor = Redactor::builder().build().expect("a redactor without keys is always built");
    let named = Redactor::builder().names(Names::default()).build().expect("a redactor without keys is always built");
    let sentences = sets::presidio();
    let dense: Vec<&str> = sentences.iter().map(|sentence| sentence.text.as_str()).collect();
    println!(
        "\n## Speed, one core\n\n| text | MB | documents | MB/s | memchr3, MB/s | findings |\n|---|---:|---:|---:|---:|---:|"
    );
    for name in
        ["stackexchange-quantum/Posts.xml", "stackexchange-quantum/Comments.xml", "stackexchange-beer/Posts.xml"]
    {
        let text = sets::read(name);
        let bodies = sets::posts(name);
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

/// Megabytes a second of the fastest pass, by the time that the thread was on the processor. A short text is read many times in a pass,
/// because the kernel counts in steps of some milliseconds.
fn rate(bytes: usize, pass: impl Fn() -> usize) -> f64 {
    let times = (BYTES_OF_A_PASS / bytes.max(1)).max(1);
    let seconds = (0..PASSES).map(|_| {
        let start = (Instant::now(), processor_seconds());
        for _ in 0..times {
            std::hint::black_box(pass());
        }
        let spent = processor_seconds().zip(start.1).map(|(end, start)| end - start);
        // What is shorter than a few of those steps is taken from the clock.
        spent.filter(|spent| *spent > 0.002).unwrap_or_else(|| start.0.elapsed().as_secs_f64())
    });
    (bytes * times) as f64 / 1e6 / seconds.fold(f64::INFINITY, f64::min)
}

/// Texts for which a careless search takes time that grows with the square of the length, each over and over.
const ADVERSARIES: [(&str, &str); 55] = [
    ("digits", "7"),
    ("single digits", "1 "),
    ("short groups", "12-34 "),
    ("at signs", "@"),
    ("letters at", "a@"),
    ("dots at", "a.@"),
    ("mail in mail", "a@b.c"),
    ("slashes", "/"),
    ("hosts", "a.b/"),
    ("colons", "a:"),
    ("hex", "ab1:"),
    ("phones", "+49 30 901820 "),
    ("card starts", "4111 "),
    ("accounts", "DE89 "),
    ("name", "ben li "),
    ("wide", "é@é.é"),
    ("brackets", "[EMAIL_1"),
    ("named values", "pw="),
    ("armor", "-----BEGIN PRIVATE KEY-----"),
    ("streets", "12 Main "),
    ("birthdays", "dob 1/1/1990 "),
    ("spelled mail", "a (at) b "),
    ("short capitals", "AB 12 "),
    ("words with digits", "a1"),
    ("announced numbers", "ssn 1 "),
    ("announced codes", "ssn 1234 "),
    ("places", "1.00001,"),
    ("letters", "a"),
    ("capitals", "A"),
    ("nested brackets", "[("),
    ("base64", "QUJDREVGR0hJSktM1"),
    ("long links", "https://x.org/a?b=c&"),
    ("names and numbers", "12 Aaa Bbb "),
    ("units", "Apt. 5, "),
    ("corners", "corner of A and "),
    ("cities", "1 Main Street, A, B, C "),
    ("dates", "12 March 1985 "),
    ("wide digits", "１２３"),
    ("rows", "a,b\n1,2\n"),
    ("columns", "a,1,"),
    ("one column", "ssn\n1234\n"),
    ("gaps", "a  1\n"),
    ("inserts", "(a) VALUES ('1"),
    ("values", "(a) VALUES (1), "),
    ("elements", "<a>1</a>"),
    ("cells", "<td>1</td>"),
    ("keys", "['a']='1"),
    ("name and value", "name='a' value='"),
    ("long link", "a/b?c=d&"),
    ("mail between letters", "或a@b.com或"),
    ("doors", "Via Roma 5, 2 B, "),
    ("streets without numbers", "calle Mayor s/n "),
    ("labeled addresses", "Domicilio: calle de las rosas 86 x\n"),
    ("houses in Thai", "45/12 หมู่ 3 ตำบลบางพระ "),
    ("codes of countries", "D-10115 Berlin "),
];
/// How many times as long a byte of a long text may take as one of a short text; a square would make it eight. The rest is for caches and for
/// a busy machine.
const MOST_SLOWER: f64 = 4.0;

/// Eight times the text should take eight times as long; fails where it takes much longer.
fn adversaries(redactor: &Redactor) {
    println!(
        "\n## Texts made to be slow\n\n| text | MB/s, 64 kB | MB/s, 512 kB | time, 8 times the text |\n|---|---:|---:|---:|"
    );
    for (name, unit) in ADVERSARIES {
        let pass = |length: usize| {
            let text = unit.repeat(length / unit.len());
            rate(text.len(), || redactor.find_all(&text).len())
        };
        let (short, long) = (pass(64 << 10), pass(512 << 10));
        println!("| {name} | {short:.0} | {long:.0} | {:.1} |", 8.0 * short / long);
        assert!(short / long < MOST_SLOWER, "`{name}` takes longer than in proportion to its length");
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
