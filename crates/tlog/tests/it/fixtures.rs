//! The fixtures beside these tests: a good bundle, a trust file, and the report. The build for the browser is held against
//! the same files (`e2e/wasm.mjs`), so both say the same.

use crate::world::{bundle, key, witness, world};
use candor_tlog::verify_text;
use serde_json::json;
use std::path::Path;

/// Compares with the fixtures; texts that differ are left where they can be looked at and taken over.
fn are_fixtures(files: &[(&str, &str)]) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures");
    let differs =
        |(name, text): &&(&str, &str)| !std::fs::read_to_string(folder.join(name)).is_ok_and(|found| found == *text);
    let made = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let differing: Vec<_> = files.iter().filter(differs).collect();
    for (name, text) in &differing {
        std::fs::write(made.join(name), text).unwrap();
    }
    let names: Vec<_> = differing.iter().map(|(name, _)| name).collect();
    assert!(names.is_empty(), "{names:?} in tests/fixtures are not what is made now; if it is right, copy {made:?}");
}

#[test]
fn the_fixtures_are_what_the_code_makes() {
    let world = world();
    let witnesses = [3, 4, 5].map(|seed| witness(seed).verifier());
    let trust =
        json!({"key": key(1).verifier(), "needed": 2, "witnesses": witnesses, "earlier": world.note(&key(1), 5)});
    let (bundle, trust) = (bundle(&world).to_text().unwrap(), format!("{trust:#}\n"));
    let report = verify_text(&bundle, &trust);
    assert!(report.starts_with(r#"{"holds":true,"lines":["the log example.org/candor had 32 entries"#), "{report}");
    // One hex digit of the first opening: the bundle that must not be believed.
    let bad = bundle.replacen("0202020202", "0202020203", 1);
    let failure = verify_text(&bad, &trust);
    assert!(failure.starts_with(r#"{"holds":false,"part":{"part":"entry","number":1},"words":"entry 1"#), "{failure}");
    let (report, failure) = (format!("{report}\n"), format!("{failure}\n"));
    let files =
        [("bundle.json", &bundle), ("trust.json", &trust), ("report.json", &report), ("failure.json", &failure)];
    are_fixtures(&files.map(|(name, text)| (name, text.as_str())));
}

#[test]
fn texts_that_cannot_be_read_are_answered_too() {
    for (bundle, trust, words) in [("", "{}", "line 1, column 2"), ("{}", "", "line 1, column 0")] {
        let answer: serde_json::Value = serde_json::from_str(&verify_text(bundle, trust)).unwrap();
        assert_eq!((&answer["holds"], &answer["part"]), (&json!(false), &json!(null)));
        assert!(answer["words"].as_str().unwrap().starts_with(words), "{answer}");
    }
}
