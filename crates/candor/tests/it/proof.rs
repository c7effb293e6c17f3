//! The log from outside: a rule book is picked, events are refused with a code, a bundle is checked offline and a changed one
//! fails, a witness cosigns and finds out a log that was set back.

use crate::support::{DEMO, Data, files};
use serde_json::Value;
use std::{
    io::{BufRead, BufReader},
    path::Path,
    process::{Child, Stdio},
};

#[test]
fn nothing_is_picked_for_the_operator() {
    let data = Data::new();
    let bare = |words: &[&str]| data.command(words).env_remove("CANDOR__RULES__BOOK").output().unwrap();
    for words in [&["member", "list"][..], &["init"]] {
        let output = bare(words);
        let err = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{err}");
        assert!(err.contains("opt-in") && err.contains("seeds-2024"), "{err}");
    }
    assert!(bare(&["init", "--rules", "opt-in"]).status.success());
    assert!(bare(&["init", "--rules", "opt-in"]).status.success(), "twice is as once");
    assert!(bare(&["member", "list"]).status.success(), "the platform remembers its book");
    assert_eq!(bare(&["init", "--rules", "seeds-2024"]).status.code(), Some(4));
    let listed = String::from_utf8(bare(&["rules", "list"]).stdout).unwrap();
    assert_eq!(listed.lines().count(), 3, "{listed}");
}

#[test]
fn a_bad_rule_book_is_told_with_line_and_nearest_key() {
    let data = Data::new();
    std::fs::create_dir_all(data.dir().parent().unwrap()).unwrap();
    let file = data.dir().with_extension("toml");
    let text = include_str!("../../../../rulebooks/opt-in.toml").replacen("mechanism", "mecanism", 1);
    std::fs::write(&file, text).unwrap();
    let output = data.run(&["rules", "check", file.to_str().unwrap()]);
    let err = String::from_utf8_lossy(&output.stderr);
    assert!(!output.status.success() && err.contains("mecanism") && err.contains("mechanism"), "{err}");
}

#[test]
fn events_are_taken_or_refused_with_their_code() {
    let data = Data::new();
    std::fs::create_dir_all(data.dir()).unwrap();
    let file = data.dir().with_extension("ndjson");
    let lines = [
        r#"{"type":"member_registered","member":"ann","residence":"US"}"#,
        r#"{"type":"choice_set","member":"nobody","purpose":"generative_training","value":"off"}"#,
        r#"{"type":"choice_set","member":"ann","purpose":"generative_training","value":"on","actor":"guardian"}"#,
        r#"{"type":"snapshot_sealed","snapshot":"s","as_of":0,"manifest":"m"}"#,
    ];
    std::fs::write(&file, lines.join("\n")).unwrap();
    let output = data.run(&["event", "add", file.to_str().unwrap(), "--json"]);
    assert_eq!(output.status.code(), Some(5), "{}", String::from_utf8_lossy(&output.stderr));
    let told: Vec<Value> =
        String::from_utf8(output.stdout).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert!(told[0]["receipt"]["seq"].is_u64());
    let codes: Vec<&str> = told[1..].iter().map(|line| line["code"].as_str().unwrap()).collect();
    assert_eq!(codes, ["unknown_member", "may_only_restrict", "system_only"]);
    let refused = data.lines(&["log", "refused"]);
    assert_eq!(refused.len(), 2, "{refused:?}");
    assert!(!refused.join("").contains("nobody"));
}

#[test]
fn a_bundle_holds_offline_and_a_changed_one_does_not() {
    let data = Data::new();
    data.lines(&DEMO);
    let member = data.in_release().swap_remove(0);
    data.json(&["log", "rotate-key"]);
    data.lines(&["member", "set", &member, "off"]);
    let trust = data.lines(&["log", "key", "--trust"]).join("");
    let text = String::from_utf8(data.run(&["member", "bundle", &member]).stdout).unwrap();
    let (file, trusted) = (data.dir().with_extension("bundle"), data.dir().with_extension("trust"));
    std::fs::write(&file, &text).unwrap();
    std::fs::write(&trusted, trust).unwrap();
    let verify = |file: &Path| data.run(&["verify", file.to_str().unwrap(), "--trust", trusted.to_str().unwrap()]);
    // Without the platform: the folder is away.
    let away = data.dir().with_extension("away");
    std::fs::rename(data.dir(), &away).unwrap();
    let output = verify(&file);
    let said = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    for words in ["of your records", "after the seal", "key changed"] {
        assert!(said.contains(words), "`{words}` is not in\n{said}");
    }
    let changed = text.replacen("\\\"value\\\":\\\"off\\\"", "\\\"value\\\":\\\"on\\\"", 1);
    assert_ne!(changed, text);
    std::fs::write(&file, changed).unwrap();
    assert_eq!(verify(&file).status.code(), Some(6));
    std::fs::rename(&away, data.dir()).unwrap();
    data.lines(&["log", "verify"]);
    // One byte of a member set, anywhere in its entries or its tree.
    let set = files(&data.dir()).into_iter().find(|file| file.extension().is_some_and(|e| e == "set")).unwrap();
    let mut bytes = std::fs::read(&set).unwrap();
    bytes[40] ^= 1;
    std::fs::write(&set, bytes).unwrap();
    assert_eq!(data.run(&["log", "verify"]).status.code(), Some(6));
}

/// A witness that ends with the test.
struct Witness(Child, String);

impl Drop for Witness {
    fn drop(&mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }
}

fn witness(data: &Data, key: &str) -> Witness {
    let state = data.dir().with_extension("witness");
    let state = state.to_str().unwrap();
    let words = ["witness", "--name", "office.example/w", "--listen", "127.0.0.1:0", "--follow", key, "--state", state];
    let mut child = data.command(&words).stderr(Stdio::piped()).spawn().unwrap();
    let mut line = String::new();
    BufReader::new(child.stderr.take().unwrap()).read_line(&mut line).unwrap();
    let address = line.split("http://").nth(1).and_then(|rest| rest.split(';').next()).expect("an address").to_owned();
    Witness(child, format!("http://{address}"))
}

#[test]
fn a_witness_cosigns_and_finds_out_a_log_that_was_set_back() {
    let data = Data::new();
    data.lines(&["init"]);
    let add = |member: &str| {
        let file = data.dir().with_extension("ndjson");
        std::fs::write(&file, format!(r#"{{"type":"member_registered","member":"{member}"}}"#)).unwrap();
        data.lines(&["event", "add", file.to_str().unwrap()]);
    };
    add("ann");
    let key: Value = data.json(&["log", "key"]);
    let witness = witness(&data, key["key"].as_str().unwrap());
    let push = |code: i32| {
        let output = data.run(&["log", "push", &witness.1]);
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        assert_eq!(output.status.code(), Some(code), "{said} {}", String::from_utf8_lossy(&output.stderr));
        said
    };
    assert!(push(0).contains("cosigned"));
    let shown =
        data.json(&["witness", "--show-key", "--state", data.dir().with_extension("witness").to_str().unwrap()]);
    let bundle = data.dir().with_extension("bundle");
    std::fs::write(&bundle, data.run(&["member", "bundle", "ann"]).stdout).unwrap();
    let words = ["verify", bundle.to_str().unwrap(), "--key", key["key"].as_str().unwrap(), "--witness"];
    let report = data.json(&[&words[..], &[shown["key"].as_str().unwrap()]].concat());
    assert!(report.to_string().contains("cosigned"), "{report}");
    // An old backup: the folder as it is now, put back after the log went on.
    let backup = data.dir().with_extension("backup");
    for file in files(&data.dir()) {
        let copy = backup.join(file.strip_prefix(data.dir()).unwrap());
        std::fs::create_dir_all(copy.parent().unwrap()).unwrap();
        std::fs::copy(&file, copy).unwrap();
    }
    add("bob");
    assert!(push(0).contains("cosigned"));
    std::fs::remove_dir_all(data.dir()).unwrap();
    std::fs::rename(&backup, data.dir()).unwrap();
    assert!(push(5).contains("held"));
    let output = data.run(&["snapshot", "build"]);
    let err = String::from_utf8_lossy(&output.stderr);
    assert!(!output.status.success() && err.contains("old backup"), "{err}");
    // Choices are taken all the same.
    let file = data.dir().with_extension("ndjson");
    let off = r#"{"type":"choice_set","member":"ann","purpose":"generative_training","value":"off"}"#;
    std::fs::write(&file, off).unwrap();
    data.lines(&["event", "add", file.to_str().unwrap()]);
    data.json(&["log", "release-hold", "--officer", "dana", "--reason", "the newer copy is lost"]);
}
