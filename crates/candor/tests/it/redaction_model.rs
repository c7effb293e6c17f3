//! A token-classification model that the operator brings: on the command line, in a snapshot and its papers, in `doctor`. The model
//! of these tests tags twelve invented surnames in small letters, which nothing else takes for names.

use crate::support::Data;
use serde_json::Value;
use std::path::{Path, PathBuf};

const MODEL: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../ml/tests/golden/token-classification/surnames");
/// The other one tags what it was never taught.
const OTHER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../ml/tests/golden/token-classification/distilbert");

fn file(data: &Data, name: &str, text: &str) -> PathBuf {
    let path = data.dir().parent().unwrap().join(name);
    std::fs::write(&path, text).unwrap();
    path
}

fn out(output: &std::process::Output) -> &str {
    std::str::from_utf8(&output.stdout).unwrap()
}

#[test]
fn a_model_finds_what_nothing_else_finds() {
    let data = Data::new();
    let text = file(&data, "text", "yesterday we met zorblat, then quimvex wrote to zorblat@firma.de\n");
    let text = text.to_str().unwrap();
    let run = |words: &[&str]| data.run(&[&["redact", "--quiet", text], words].concat());
    assert!(out(&run(&[])).contains("zorblat, then quimvex"));
    let redacted = "yesterday we met [PERSON_1], then [PERSON_2] wrote to [EMAIL_1]\n";
    assert_eq!(out(&run(&["--model", MODEL])), redacted);
    assert_eq!(out(&run(&["--model", MODEL, "--names", "none", "--threshold-percent", "90"])), redacted);

    let record = file(&data, "one.ndjson", "{\"id\": 1, \"text\": \"ü zorblat\"}\n");
    let words = ["redact", "--findings", "--offsets", "chars", "--model", MODEL, record.to_str().unwrap()];
    let found: Value = serde_json::from_str(out(&data.run(&words))).unwrap();
    let person = &found["findings"][0];
    assert_eq!((&person["type"], &person["start"], &person["end"]), (&"PERSON".into(), &2.into(), &9.into()));
}

#[test]
fn a_model_that_cannot_be_used_stops_everything_with_a_reason() {
    let data = Data::new();
    let text = file(&data, "text", "we met zorblat\n");
    let base = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/base");
    for (words, code, says) in [
        (&["--model", "nowhere"][..], 1, "no `config.json`"),
        (&["--model", base], 1, "`LlamaForCausalLM`, only `BertForTokenClassification`"),
        (&["--model", MODEL, "--threshold-percent", "0"], 1, "from 1 to 99"),
        (&["--threshold-percent", "50"], 2, "--model"),
    ] {
        let output = data.run(&[&["redact", text.to_str().unwrap()], words].concat());
        let told = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(code), "{words:?}: {told}");
        assert!(told.contains(says) && output.stdout.is_empty(), "{words:?}: {told}");
    }
}

/// A platform of one member whose posts name people in small letters.
fn platform(data: &Data) {
    let mut lines = vec![
        r#"{"type": "member", "id": "ann", "handle": "ann.m", "name": "Ann Mueller", "registered": "2020-05-01T09:00:00Z", "residence": "US", "birth_date": "1990-01-31", "account": "human"}"#.to_owned(),
    ];
    for (i, name) in ["zorblat", "quimvex", "xazzock", "grizbane"].iter().cycle().take(24).enumerate() {
        lines.push(format!(
            r#"{{"type": "record", "id": "p-{i}", "member": "ann", "kind": "post", "created": "2025-02-01T09:00:{i:02}Z", "visibility": "public", "language": "en", "text": "report {i}: yesterday the team met {name} and asked for a good letter."}}"#
        ));
    }
    let export = file(data, "export.ndjson", &(lines.join("\n") + "\n"));
    let output = data.run(&["import", export.to_str().unwrap(), "--notice-delivered", "2024-09-18"]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

/// Builds a snapshot with this model, and reads the papers.
fn built(data: &Data, model: &str) -> (Value, Value, String) {
    let mut command = data.command(&["snapshot", "build", "--json", "--quiet"]);
    let output = command.env("CANDOR__REDACT__MODEL", model).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let built: Value = serde_json::from_str(out(&output).lines().last().unwrap()).unwrap();
    let folder = data.dir().join("snapshots").join(built["snapshot"].as_str().unwrap());
    let read = |name: &str| std::fs::read_to_string(folder.join(name)).unwrap();
    (built, serde_json::from_str(&read("MANIFEST.json")).unwrap(), read("README.md"))
}

#[test]
fn a_snapshot_is_redacted_by_the_model_and_its_papers_say_by_which() {
    let data = Data::tiny();
    platform(&data);
    let (plain, manifest, card) = built(&data, "");
    assert!(manifest.get("redaction_model").is_none() && !card.contains("a model of the operator"));
    assert_eq!((plain["rows"].as_u64(), plain["redacted"].get("PERSON")), (Some(24), None));

    let (redacted, manifest, card) = built(&data, MODEL);
    assert_eq!(redacted["redacted"]["PERSON"], 24);
    let model = &manifest["redaction_model"];
    assert_eq!((model["name"].as_str(), model["threshold_percent"].as_u64()), (Some("surnames"), Some(30)));
    let hash = model["sha256"].as_str().unwrap();
    assert!(card.contains(hash) && card.contains("`surnames` (`BertForTokenClassification`"), "{card}");
    assert_eq!(redacted["redaction_model"], *model);

    // Another model is another way of redacting, and another manifest in the log.
    let (other, manifest, _) = built(&data, OTHER);
    assert_ne!(manifest["redaction_model"]["sha256"], hash);
    assert_ne!(other["manifest"], redacted["manifest"]);
}

#[test]
fn doctor_loads_the_model() {
    let data = Data::new();
    let check = |model: &Path| {
        let output = data.command(&["doctor", "--json"]).env("CANDOR__REDACT__MODEL", model).output().unwrap();
        let lines = out(&output).lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
        lines.into_iter().find(|check| check["name"] == "redaction model")
    };
    assert_eq!(check(Path::new("")), None);
    let good = check(Path::new(OTHER)).unwrap();
    assert_eq!(good["verdict"], "ok");
    let found = good["found"].as_str().unwrap();
    assert!(found.contains("finds PERSON, LOCATION; its labels MISC"), "{found}");
    assert_eq!(check(Path::new("nowhere")).unwrap()["verdict"], "fail");
}
