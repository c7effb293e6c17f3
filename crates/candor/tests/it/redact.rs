//! `candor redact`: text and NDJSON, findings, bad lines, keys, directories, long input.

use crate::support::Data;
use std::{
    io::Write,
    path::PathBuf,
    process::{Output, Stdio},
};

fn file(data: &Data, name: &str, bytes: &[u8]) -> String {
    let path: PathBuf = data.dir().parent().unwrap().join(name);
    std::fs::write(&path, bytes).unwrap();
    path.to_str().unwrap().to_owned()
}

/// Runs the command with this on its stdin.
fn piped(data: &Data, words: &[&str], stdin: &[u8]) -> Output {
    let mut command = data.command(words);
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut pipe = child.stdin.take().unwrap();
    std::thread::scope(|scope| {
        scope.spawn(move || pipe.write_all(stdin).unwrap());
        child.wait_with_output().unwrap()
    })
}

fn stdout(output: &Output) -> &str {
    text(&output.stdout)
}

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap()
}

#[test]
fn findings_are_one_line_a_record_in_the_order_of_the_input() {
    let data = Data::new();
    let lines = "{\"id\": \"a\", \"text\": \"äöü jane@firma.de\"}\n{\"text\": \"none\", \"id\": 7, \"more\": [1]}\n";
    let one = file(&data, "one.ndjson", lines.as_bytes());
    let two = file(&data, "two", b"{\"id\": null, \"text\": \"\"}");
    for (offsets, start, end) in [("bytes", 7, 20), ("chars", 4, 17)] {
        let output = data.run(&["redact", "--findings", "--offsets", offsets, &one, &two]);
        assert_eq!(output.status.code(), Some(0));
        let expected = format!(
            "{{\"id\":\"a\",\"findings\":[{{\"type\":\"EMAIL\",\"start\":{start},\"end\":{end},\"score\":1.0}}]}}\n\
             {{\"id\":7,\"findings\":[]}}\n{{\"id\":null,\"findings\":[]}}\n"
        );
        let got = text(&output.stdout).replace("\"score\":0.95}", "\"score\":1.0}");
        assert_eq!(got, expected, "{offsets}");
        assert_eq!(text(&output.stderr), "found: 1 EMAIL\n");
    }
}

#[test]
fn bad_lines_are_told_by_number_and_nothing_else_is_lost() {
    let data = Data::new();
    let lines = b"{\"id\": 1, \"text\": \"mail jane@firma.de\"}\n\nnot json of jane\n{\"id\": 2}\n\xff\xfe\n{\"id\": 3, \"text\": \"ok\"}";
    let name = file(&data, "lines", lines);
    let output = data.run(&["redact", "--ndjson", &name]);
    assert_eq!(output.status.code(), Some(5));
    assert_eq!(text(&output.stdout), "{\"id\":1,\"text\":\"mail [EMAIL_1]\"}\n{\"id\":3,\"text\":\"ok\"}\n");
    let told = text(&output.stderr);
    for says in ["line 3: is no JSON", "line 4: has no `id`", "line 5: is no JSON", "3 lines were left out"] {
        assert!(told.contains(says), "`{says}` is not in {told}");
    }
    assert!(!told.contains("jane"), "{told}");
}

#[test]
fn text_comes_out_as_it_went_in_but_for_what_was_found() {
    let data = Data::new();
    for (given, expected) in [
        ("", ""),
        ("plain\r\n\n", "plain\r\n\n"),
        ("no end jane@firma.de", "no end [EMAIL_1]"),
        ("jane@firma.de\nbob@firma.de\nJane@firma.de\n", "[EMAIL_1]\n[EMAIL_2]\n[EMAIL_1]\n"),
    ] {
        let output = piped(&data, &["redact", "--quiet"], given.as_bytes());
        assert!(output.status.success());
        assert_eq!(text(&output.stdout), expected);
    }
    let output = piped(&data, &["redact", "-"], b"jane@firma.de \xff");
    assert_eq!(output.status.code(), Some(1));
    assert!(text(&output.stderr).contains("no UTF-8 at byte 14"), "{}", text(&output.stderr));
}

#[test]
fn long_text_is_taken_in_pieces() {
    let data = Data::new();
    let line = "the quick brown fox jumps over the lazy dog and then it rests\n";
    let mut given = line.repeat((9 << 20) / line.len());
    given.push_str("jane@firma.de\n");
    let given = format!("bob@firma.de\n{given}Bob@firma.de\n");
    let output = piped(&data, &["redact", "--quiet"], given.as_bytes());
    let expected = given.replace("jane@firma.de", "[EMAIL_2]").replace("bob@firma.de", "[EMAIL_1]");
    assert!(text(&output.stdout) == expected.replace("Bob@firma.de", "[EMAIL_1]"), "the text differs");
}

#[test]
fn a_key_makes_pseudonyms_repeat() {
    let data = Data::new();
    let hex = file(&data, "hex.key", format!("{}\n", "07".repeat(32)).as_bytes());
    let bytes = file(&data, "bytes.key", &[7; 32]);
    let short = file(&data, "short.key", b"abc");
    let run = |key: &str| piped(&data, &["redact", "--operator", "pseudonym", "--key-file", key], b"jane@firma.de");
    let (one, two) = (run(&hex), run(&bytes));
    assert!(one.status.success() && text(&one.stdout).starts_with("[EMAIL_"));
    assert_eq!(one.stdout, two.stdout);
    let other = piped(&data, &["redact", "--operator", "pseudonym"], b"jane@firma.de");
    assert_ne!(one.stdout, other.stdout);
    assert_eq!(run(&short).status.code(), Some(2));
}

#[test]
fn a_rule_book_says_what_takes_the_place_of_what() {
    let data = Data::new();
    let text = b"Born on 12 March 1985, jane@firma.de";
    let run = |words: &[&str]| piped(&data, &[&["redact", "--quiet"], words].concat(), text);
    let output = run(&["--rule-book", "opt-in"]);
    assert_eq!(stdout(&output), "Born on 1985, [EMAIL_1]");
    assert_eq!(
        stdout(&run(&["--rule-book", "opt-in", "--purpose", "moderation"])),
        "Born on [DATE_OF_BIRTH_1], [EMAIL_1]"
    );
    assert_eq!(run(&["--rule-book", "opt-in", "--purpose", "nothing"]).status.code(), Some(3));
    assert_eq!(run(&["--rule-book", "opt-in", "--operator", "mask"]).status.code(), Some(2));
    assert_eq!(run(&["--purpose", "moderation"]).status.code(), Some(2));
}

#[test]
fn names_are_found_and_statements_are_told() {
    let data = Data::new();
    let given = b"Yesterday I met Angela Merkel in Berlin.";
    for (names, expected) in [
        ("people", "Yesterday I met [PERSON_1] in Berlin."),
        ("all", "Yesterday I met [PERSON_1] in [LOCATION_1]."),
        ("none", "Yesterday I met Angela Merkel in Berlin."),
    ] {
        assert_eq!(stdout(&piped(&data, &["redact", "--names", names], given)), expected);
    }
    let line = "{\"id\": 1, \"text\": \"\u{e4} My sister has been on insulin for her diabetes since May.\"}".as_bytes();
    let output = piped(&data, &["redact", "--findings", "--offsets", "chars"], line);
    let told: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let statement = &told["statements"][0];
    assert_eq!((&statement["type"], &statement["end"]), (&"HEALTH".into(), &59.into()), "{told}");
}

#[test]
fn people_of_a_directory_are_found() {
    let data = Data::new();
    let people = file(
        &data,
        "people.ndjson",
        "{\"id\": \"m1\", \"names\": [\"Xqar Vlimst\"], \"handles\": [\"xqvl\"]}\n{\"id\": \"m2\", \"name\": \"Zzor Prukt\"}\n".as_bytes(),
    );
    let output = piped(&data, &["redact", "--directory", &people], b"then Xqar Vlimst told Zzor Prukt");
    assert_eq!(text(&output.stdout), "then [PERSON_1] told [PERSON_2]", "{}", text(&output.stderr));
    let wrong = file(&data, "wrong.ndjson", b"{\"id\": \"m1\"}\n{\"names\": [\"Xqar Vlimst\"]}\n");
    let output = piped(&data, &["redact", "--directory", &wrong], b"x");
    assert_eq!(output.status.code(), Some(2));
    let told = text(&output.stderr);
    assert!(told.contains("line 2") && !told.contains("Xqar"), "{told}");
}
