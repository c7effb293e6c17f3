//! The audit from outside: its papers, its command, and a release that it refuses.

use crate::support::Data;
use serde_json::Value;

/// One adapter for half of the members each, many passes at a high rate over few words, nothing left out.
const BY_HEART: &str = "rank = 16\nalpha = 64.0\nlearning_rate = 0.01\nepochs = 24\ncontext = 64\nrow_tokens = 24\nbatch_tokens = 1024\n\
    goldfish_k = 0\ngoldfish_context = 13\nshards = 2\nslices = 1\nseed = 1\ncanaries = 8\n";

#[test]
fn a_release_has_its_papers_and_passes_again() {
    let data = Data::new();
    data.demo();
    let release = data.lines(&["release", "list"]);
    let release: Value = serde_json::from_str(release.first().unwrap()).unwrap();
    let folder = data.dir().join("releases").join(release["id"].as_str().unwrap());
    let card = std::fs::read_to_string(folder.join("README.md")).unwrap();
    for words in ["## Base", "## Shards", "## Audit: passed", "`membership_auc`", "## Intended use"] {
        assert!(card.contains(words), "`{words}` is missing in {card}");
    }
    let html = std::fs::read_to_string(folder.join("audit.html")).unwrap();
    assert_eq!(html.matches("<svg").count(), 2, "exposure and loss; of a handful of members nothing is said");
    let kept: Value = serde_json::from_str(&std::fs::read_to_string(folder.join("audit.json")).unwrap()).unwrap();
    let again = data.json(&["audit", "latest"]);
    assert_eq!(again["checks"], kept["checks"], "the same weights, the same audit");
    assert_eq!(again["checks"].as_array().unwrap().len(), 10);
    assert_eq!(release["metrics"]["audit"]["passed"], true);

    // Adapters alone, as somebody else might get them: nothing is known of the rows, so nothing passes.
    let adapter = folder.join("shard-000").join("adapter");
    let output = data.run(&["audit", adapter.to_str().unwrap(), "--json", "--quiet"]);
    assert_eq!(output.status.code(), Some(4));
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!((report["passed"].as_bool(), report["membership"].is_null()), (Some(false), true));
}

#[test]
fn what_learnt_posts_by_heart_is_refused_and_the_old_release_is_served_on() {
    let data = Data::new();
    data.demo();
    let served = data.json(&["release", "show"])["release"]["id"].clone();
    let recipe = data.dir().join("by-heart.toml");
    std::fs::write(&recipe, BY_HEART).unwrap();
    let run = |words: &[&str]| {
        data.command(&[words, &["--json", "--quiet"]].concat()).env("CANDOR__TRAIN__RECIPE", &recipe).output().unwrap()
    };
    assert!(run(&["snapshot", "build"]).status.success());
    let refused = run(&["train"]);
    let error = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert_eq!(refused.status.code(), Some(4), "{error}");
    for words in ["did not pass its audit", "membership_auc", "what was served before is served on"] {
        assert!(error.contains(words), "`{words}` is missing in {error}");
    }
    assert_eq!(data.json(&["release", "show"])["release"]["id"], served);
    let releases: Vec<Value> =
        data.lines(&["release", "list"]).iter().map(|line| serde_json::from_str(line).unwrap()).collect();
    let withdrawn = releases.iter().find(|row| row["state"] == "withdrawn").unwrap();
    assert_eq!(withdrawn["metrics"]["audit"]["passed"], false, "the audit that refused it is kept");
}
