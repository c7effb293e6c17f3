//! Every scenario file beside this one must hold.

use candor_core::Scenario;

#[test]
fn every_scenario_holds() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/scenarios");
    let mut files: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    assert!(files.len() >= 18, "only {} scenarios", files.len());
    let mut wrong = Vec::new();
    for file in files {
        let scenario = Scenario::parse(&std::fs::read_to_string(&file).unwrap()).unwrap();
        wrong.extend(scenario.run().unwrap().into_iter().map(|what| format!("{}: {what}", scenario.name)));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
