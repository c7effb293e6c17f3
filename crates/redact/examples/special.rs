//! The chores of the classifier of special categories: `train` writes its weights, `report` prints the figures of its card as Markdown, and
//! how many posts and comments of `../shared/data` it would hold back. `show SPLIT` lists the sentences that it gets wrong (there is no
//! `show test`: nobody tunes on those), `held FILE` what it holds back of a file of posts.

use std::path::Path;
use std::process::ExitCode;

use candor_redact::special::{Category, Detector, Labeled, Split, figures, labeled, train};

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["train"] => write_weights(),
        ["report"] => report(),
        ["show", "train"] => show(Split::Train),
        ["show", "dev"] => show(Split::Dev),
        ["held", path] => held(Path::new(path)),
        _ => {
            eprintln!("give `train`, `report`, `show train`, `show dev` or `held FILE`");
            return ExitCode::FAILURE;
        }
    }
    ExitCode::SUCCESS
}

fn write_weights() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("data/special.weights");
    std::fs::write(&path, train(&labeled())).expect("the weights can be written");
}

fn found(one: &Labeled) -> Vec<Category> {
    let mut found: Vec<Category> =
        Detector::standard().find(&one.text).iter().map(|statement| statement.category).collect();
    found.sort_unstable();
    found.dedup();
    found
}

fn show(split: Split) {
    for one in labeled().iter().filter(|one| one.split == split) {
        let found = found(one);
        let (right, wrong) = (!one.categories.is_empty(), !found.is_empty());
        if right != wrong {
            println!("{} {} expected {:?}, found {found:?}: {}", one.id, one.language, one.categories, one.text);
        }
    }
}

/// The sentences of a file of posts or comments that make a statement.
fn held(path: &Path) {
    for text in bodies(path) {
        for statement in Detector::standard().find(&text) {
            let sentence = text.get(statement.span.start..statement.span.end).unwrap_or_default();
            println!("{} {:.2} {}", statement.category, statement.score, sentence.replace('\n', " "));
        }
    }
}

fn report() {
    print!("{}", figures(Detector::standard()));
    println!("\n| text | documents | held back | share |\n|---|---:|---:|---:|");
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data");
    for name in
        ["stackexchange-quantum/Posts.xml", "stackexchange-quantum/Comments.xml", "stackexchange-beer/Posts.xml"]
    {
        let texts = bodies(&data.join(name));
        let held = texts.iter().filter(|text| !Detector::standard().find(text).is_empty()).count();
        println!("| {name} | {} | {held} | {:.2} % |", texts.len(), 100.0 * held as f64 / texts.len() as f64);
    }
}

/// The texts of a file, one a line: posts or comments without tags, or the lines as they are.
fn bodies(path: &Path) -> Vec<String> {
    let text = std::fs::read_to_string(path)
        .unwrap_or_else(|error| panic!("cannot read `{}` ({error}); put the set there", path.display()));
    let dump = path.extension().is_some_and(|ending| ending == "xml");
    text.lines().filter_map(|line| if dump { body(line) } else { Some(line.to_owned()) }).collect()
}

fn body(line: &str) -> Option<String> {
    let from = line.find(" Body=\"").or_else(|| line.find(" Text=\""))? + 7;
    let html = unescape(line.get(from..)?.split('"').next()?);
    let pieces = html.split('<').map(|piece| piece.split_once('>').map_or(piece, |(_, rest)| rest));
    Some(unescape(&pieces.collect::<String>()))
}

fn unescape(text: &str) -> String {
    let names = [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&#xA;", "\n"), ("&#39;", "'"), ("&amp;", "&")];
    names.iter().fold(text.to_owned(), |text, (name, letter)| text.replace(name, letter))
}
