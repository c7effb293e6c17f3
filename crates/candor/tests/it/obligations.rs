//! What past uses oblige to by what is known now. Job: meet_obligations.

use crate::support::Data;
use serde_json::{Value, json};

/// Logs events from a file.
fn log(data: &Data, events: &[Value]) {
    let file = data.dir().parent().unwrap().join("events.ndjson");
    let lines: Vec<String> = events.iter().map(ToString::to_string).collect();
    std::fs::write(&file, lines.join("\n")).unwrap();
    data.lines(&["event", "add", file.to_str().unwrap()]);
}

/// The open obligations as (action, target).
fn owed(data: &Data) -> Vec<(String, String)> {
    let list = data.json(&["obligation", "list"]);
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    list["obligations"].as_array().unwrap().iter().map(|owed| (text(&owed["action"]), text(&owed["target"]))).collect()
}

/// A record that is in the snapshot, and its author.
fn used(data: &Data) -> (String, String) {
    let members = data.in_release();
    let rows = data.lines(&["gate", "replay", "--from", "0"]);
    let rows = rows.iter().map(|line| serde_json::from_str::<Value>(line).unwrap());
    let of = |row: &Value, key: &str| row[key].as_str().unwrap().to_owned();
    let is_used = |row: &Value| row["after"]["decision"] == "allow" && members.contains(&of(row, "member"));
    let mut used = rows.filter(is_used).map(|row| (of(&row, "record"), of(&row, "member")));
    used.next().expect("an admitted record")
}

#[test]
fn what_is_known_late_leaves_snapshots_and_weights() {
    let data = Data::new();
    data.demo();
    let snapshot = data.json(&["snapshot", "list"])["id"].as_str().unwrap().to_owned();
    assert_eq!(owed(&data), [], "nothing is owed at first");

    // A move that is told late, and a record that its author deleted.
    let (record, author) = used(&data);
    let moved = data.in_release().into_iter().find(|member| *member != author).unwrap();
    log(
        &data,
        &[
            json!({"type": "residence_set", "member": moved, "residence": "DE", "t_valid": "2024-01-05T00:00:00Z"}),
            json!({"type": "record_deleted", "record": record}),
        ],
    );
    let mut expected = [("remove_record".to_owned(), snapshot.clone()), ("repair".to_owned(), snapshot.clone())];
    let mut list = owed(&data);
    list.sort();
    expected.sort();
    assert_eq!(list, expected);

    let met = data.json(&["obligation", "meet"]);
    assert_eq!((met["opened"].as_array().unwrap().len(), met["done"].as_array().unwrap().len()), (2, 2), "{met}");
    assert!(met["regrets"].as_u64().unwrap() > 0);
    assert_eq!(met["forgotten"]["snapshots_withdrawn"], json!([snapshot]));
    assert!(met["forgotten"]["release_after"].is_string());
    assert!(!data.in_release().contains(&moved));
    assert_eq!(owed(&data), [], "what is met is owed no more");
    let again = data.json(&["obligation", "meet"]);
    assert_eq!((&again["opened"], &again["done"]), (&json!([]), &json!([])));
    assert!(data.run(&["log", "verify"]).status.success());
}

#[test]
fn a_recipients_giving_back_is_said_by_an_officer() {
    let data = Data::new();
    assert!(data.run(&["init", "--rules", "seeds-2024"]).status.success());
    log(
        &data,
        &[
            json!({"type": "recipient_added", "recipient": "acme", "kind": "affiliate", "region": "US", "no_train": true}),
            json!({"type": "recipient_ended", "recipient": "acme"}),
        ],
    );
    assert_eq!(owed(&data), [("return_or_delete".to_owned(), "acme".to_owned())]);
    let met = data.json(&["obligation", "meet"]);
    let name = met["opened"][0]["obligation"].as_str().unwrap().to_owned();
    assert_eq!(met["done"], json!([]), "nobody can say it but the officer");
    assert_eq!(data.run(&["obligation", "done", "nothing"]).status.code(), Some(3));
    assert!(data.run(&["obligation", "done", &name]).status.success());
    assert_eq!(owed(&data), []);
    assert_eq!(data.json(&["obligation", "meet"])["opened"], json!([]), "it is not opened a second time");
}
