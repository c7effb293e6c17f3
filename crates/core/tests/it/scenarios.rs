//! Every scenario file beside this one must hold.

use candor_core::Scenario;
use std::path::Path;

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/scenarios");

/// A scenario by the name of its file.
pub fn scenario(name: &str) -> Scenario {
    read(&Path::new(FOLDER).join(format!("{name}.json")))
}

fn read(file: &Path) -> Scenario {
    let text = std::fs::read_to_string(file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    Scenario::parse(&text).unwrap_or_else(|error| panic!("{}: {error}", file.display()))
}

#[test]
fn every_scenario_holds() {
    let mut files: Vec<_> = std::fs::read_dir(FOLDER).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    assert!(files.len() >= 18, "only {} scenarios", files.len());
    let mut wrong = Vec::new();
    for file in files {
        let scenario = read(&file);
        wrong.extend(scenario.run().unwrap().into_iter().map(|what| format!("{}: {what}", scenario.name)));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
