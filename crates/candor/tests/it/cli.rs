//! Habits of the command line: exit codes, streams, suggestions, configuration.

use crate::support::Data;
use std::os::unix::ffi::OsStrExt;

#[test]
fn exit_codes_tell_what_happened() {
    let data = Data::new();
    let cases: [(&[&str], i32, &str); 7] = [
        (&["config", "show"], 0, ""),
        (&["openapi"], 0, ""),
        (&["redact", "--types"], 0, ""),
        (&["snapshto", "list"], 2, "snapshot"),
        (&["member", "show", "nobody"], 3, "no member `nobody`"),
        (&["release", "show"], 3, "no release `latest`"),
        (&["gate", "explain", "0000"], 3, "no record `0000`"),
    ];
    for (words, code, says) in cases {
        let output = data.run(words);
        let err = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(code), "{words:?}: {err}");
        assert!(err.contains(says), "{words:?}: {err}");
        assert_eq!(output.stdout.is_empty(), code != 0, "{words:?}: results on stdout only");
    }
}

#[test]
fn scenarios_are_counted_and_a_wrong_one_fails() {
    let data = Data::new();
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../core/tests/it/scenarios");
    let right = format!("{folder}/no-notice-no-use.json");
    let output = data.run(&["gate", "check", &right]);
    assert!(output.status.success() && output.stdout.ends_with(b"1 passed, 0 failed\n"));
    let text = std::fs::read_to_string(&right).unwrap().replace("notice_not_delivered", "account_closed");
    let wrong = data.dir().with_extension("json");
    std::fs::write(&wrong, text).unwrap();
    let output = data.run(&["gate", "check", &right, wrong.to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(1));
    assert!(output.stdout.ends_with(b"1 passed, 1 failed\n"));
}

#[test]
fn settings_come_in_layers_and_say_from_where() {
    let data = Data::new();
    let parent = data.dir().parent().unwrap().to_owned();
    std::fs::write(parent.join("candor.toml"), "[serve]\nlisten = '127.0.0.1:9000'\n").unwrap();
    let output = data
        .command(&["config", "show", "--origin"])
        .env("CANDOR__TRAIN__RECIPE", "other")
        .env("CANDOR__SERVE__API_KEY_SHA256", "0123")
        .env("CANDOR__TRAIN__COHORTS", "GB;DE,FR")
        .output()
        .unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    for line in [
        "serve.listen = 127.0.0.1:9000  # candor.toml",
        "train.recipe = other  # CANDOR__TRAIN__RECIPE",
        "serve.api_key_sha256 = ********",
        "train.threads = 2",
        "train.cohorts = [\"GB\", \"DE,FR\"]  # CANDOR__TRAIN__COHORTS",
        "# --data",
        "rules.book = seeds-2024  # CANDOR__RULES__BOOK",
        "log.witnesses = []",
    ] {
        assert!(text.contains(line), "`{line}` is not in\n{text}");
    }
    let bytes = std::ffi::OsStr::from_bytes(b"\xff");
    let output = data.command(&["config", "show"]).env("CANDOR__SERVE__CONTACT", bytes).output().unwrap();
    let err = String::from_utf8_lossy(&output.stderr);
    assert!(!output.status.success() && err.contains("`CANDOR__SERVE__CONTACT` is not UTF-8"), "{err}");
    std::fs::write(parent.join("candor.toml"), "[serve]\nlsten = '127.0.0.1:9000'\n").unwrap();
    let output = data.run(&["member", "list"]);
    let err = String::from_utf8_lossy(&output.stderr);
    assert!(!output.status.success() && err.contains("lsten"), "{err}");
}
