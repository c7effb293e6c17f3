//! The story: from the first record to a draft, and the choices of members on the way. Jobs on the way: populate_demo,
//! build_snapshot, train_release, choose.

use crate::support::{DEMO, Data};
use serde_json::Value;

#[test]
fn the_demo_runs_from_the_first_record_to_a_draft() {
    let data = Data::shipped();
    let report = data.demo();
    let number = |key: &str| report[key].as_u64().unwrap();
    let left_out: u64 = report["left_out"].as_object().unwrap().values().map(|n| n.as_u64().unwrap()).sum();
    assert!(number("records_collected") >= 500, "{report}");
    assert!(number("admitted") > 100 && left_out > 50, "{report}");
    assert!(number("admitted") <= number("records_collected"));
    assert_eq!(report["audit"]["passed"], true, "{report}");
    assert!(report["loss_adapters"].as_f64() <= report["loss_base"].as_f64(), "{report}");
    assert_eq!(report["planted"]["left"], 0, "{report}");

    let status = data.json(&["train", "status"]);
    assert_eq!((&status["state"], &status["stage"]), (&"released".into(), &"audit".into()), "{status}");
    assert_eq!(status["tokens"], status["tokens_total"], "{status}");
    assert_eq!(status["shards"].as_array().unwrap().len(), 8, "{status}");

    // Run again, it goes on from what is there.
    let again = data.demo();
    assert_eq!(again, report);

    let draft = data.json(&["assist", "My first week as a nurse", "--max-tokens", "24", "--seed", "1"]);
    assert!(!draft["text"].as_str().unwrap().trim().is_empty());
    assert!(draft["model"].as_str().unwrap().contains("8 shards"), "{draft}");
    let same = data.json(&["assist", "My first week as a nurse", "--max-tokens", "24", "--seed", "1"]);
    assert_eq!(same["text"], draft["text"]);
}

#[test]
fn a_member_who_turns_it_off_is_not_in_the_next_snapshot() {
    let data = Data::new();
    data.demo();
    let member = data.in_release().first().unwrap().clone();
    let receipt = data.json(&["member", "set", &member, "off"]);
    assert!(receipt["seq"].as_u64().unwrap() > 0);

    let built = data.json(&["snapshot", "build"]);
    let id = built["snapshot"].as_str().unwrap();
    let members = data.lines(&["member", "list", "--in-snapshot", id]);
    assert!(!members.is_empty() && !members.iter().any(|line| line.contains(&format!("\"{member}\""))));
    // What was trained before stays: the default scope reaches the future only.
    assert!(data.in_release().contains(&member));

    let shown = data.json(&["member", "show", &member]);
    assert_eq!(shown["choice"]["value"], "off");
    data.json(&["snapshot", "show", id, "--verify"]);
    let checks = data.lines(&["doctor"]);
    assert!(checks.iter().all(|line| !line.contains("\"fail\"")), "{checks:?}");
}

#[test]
fn a_changed_byte_of_a_snapshot_is_found() {
    let data = Data::new();
    data.demo();
    let file = crate::support::files(&data.dir().join("snapshots"))
        .into_iter()
        .find(|path| path.extension().is_some_and(|ext| ext == "parquet"))
        .unwrap();
    let mut bytes = std::fs::read(&file).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    std::fs::write(&file, bytes).unwrap();
    assert_eq!(data.run(&["snapshot", "show", "--verify"]).status.code(), Some(6));
}

#[test]
fn other_demo_data_needs_another_folder() {
    let data = Data::new();
    let mut child = data.command(&DEMO).stderr(std::process::Stdio::null()).spawn().unwrap();
    // Half-filled: stopped as soon as the source is written down.
    crate::kill::wait_until(&mut child, || data.dir().join("truth.new").exists());
    child.kill().unwrap();
    child.wait().unwrap();
    let output = data.run(&["demo", "--no-serve", "--members", "61", "--records", "500", "--seed", "7"]);
    let err = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.code() == Some(2) && err.contains("another --data"), "{err}");
    let report: Value = data.demo();
    assert!(report["records_collected"].as_u64().unwrap() >= 500);
}
