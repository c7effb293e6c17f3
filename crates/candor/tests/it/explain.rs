//! `candor gate explain` beside what a snapshot says: a record that its facts let through and its text holds back is told so.

use crate::support::Data;
use serde_json::{Value, json};

/// A member, a post of no particular kind, and one about somebody's health.
const EXPORT: &str = r#"{"type": "member", "id": "ann", "handle": "ann.m", "name": "Ann Mueller", "registered": "2020-05-01T09:00:00Z", "residence": "US", "birth_date": "1990-01-31", "account": "human"}
{"type": "record", "id": "plain", "member": "ann", "kind": "post", "created": "2025-02-01T09:00:00Z", "visibility": "public", "language": "en", "text": "The second report is done and the team asked for a good letter about it."}
{"type": "record", "id": "health", "member": "ann", "kind": "post", "created": "2025-02-01T09:01:00Z", "visibility": "public", "language": "en", "text": "I was diagnosed with multiple sclerosis last year and my therapist helps me a lot."}
"#;

#[test]
fn a_record_that_its_text_holds_back_is_told_so() {
    let data = Data::new();
    let export = data.dir().with_extension("ndjson");
    std::fs::write(&export, EXPORT).unwrap();
    let output = data.run(&["import", export.to_str().unwrap(), "--notice-delivered", "2024-09-18"]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let built = data.json(&["snapshot", "build"]);

    // The newest first.
    let shown = data.json(&["member", "show", "ann"]);
    let [health, plain] = [0, 1].map(|at| shown["records"][at]["record"].as_str().unwrap());
    let explained = |record: &str| data.json(&["gate", "explain", record]);
    let of_plain = explained(plain);
    assert_eq!(of_plain["decision"], "allow");
    assert_eq!(of_plain["last_snapshot"], json!({"snapshot": built["snapshot"], "reasons": []}));
    let of_health = explained(health);
    assert_eq!(of_health["decision"], "allow", "the gate knows facts: {of_health}");
    assert_eq!(of_health["last_snapshot"]["reasons"], json!(["special_category"]));
    let words = String::from_utf8(data.run(&["gate", "explain", health]).stdout).unwrap();
    assert!(words.contains("left out: "), "{words}");
    let other = data.json(&["gate", "explain", health, "--purpose", "moderation"]);
    assert_eq!(other["last_snapshot"], Value::Null);
}
