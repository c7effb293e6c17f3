//! A release that keeps each member private: its promise, the key of its noise, and forgetting, which trains anew. Jobs:
//! train_release, forget_member, certify_forgetting, verify_forgetting.

use crate::forget::certificates;
use crate::support::{Data, files};
use serde_json::Value;
use std::{os::unix::fs::PermissionsExt, path::PathBuf, process::Output};

/// Everybody in one crowd. So little noise promises nothing; more of it leaves no model to serve on a demo of this size.
const PRIVATE: &str = "rank = 4\nalpha = 8.0\nlearning_rate = 0.005\nepochs = 1\ncontext = 64\nrow_tokens = 24\nbatch_tokens = 512\n\
    goldfish_k = 4\ngoldfish_context = 13\nshards = 1\nslices = 1\nseed = 1\ncanaries = 4\n\
    [privacy]\nrate = 0.5\nclip = 0.5\nnoise = 0.2\nsteps = 30\nwindows = 2\n";

/// Enough members for the audit to tell them from others.
const CROWD: [&str; 8] = ["demo", "--no-serve", "--members", "300", "--records", "1500", "--seed", "7"];

/// Runs a command with that recipe.
fn run(data: &Data, words: &[&str]) -> Output {
    let recipe = data.dir().join("private.toml");
    std::fs::write(&recipe, PRIVATE).unwrap();
    let words = [words, &["--json", "--quiet"]].concat();
    data.command(&words).env("CANDOR__TRAIN__RECIPE", &recipe).output().unwrap()
}

/// What a command says; none where the audit refused the release, which it does by chance now and then.
fn released(data: &Data, words: &[&str]) -> Option<Value> {
    let output = run(data, words);
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() || error.contains("did not pass its audit"), "{words:?}: {error}");
    serde_json::from_slice(output.stdout.split(|byte| *byte == b'\n').rfind(|line| !line.is_empty())?).ok()
}

/// The key of the noise of the release that is served.
fn key(data: &Data) -> PathBuf {
    let shown = data.json(&["release", "show"]);
    let folder = data.dir().join("releases").join(shown["release"]["id"].as_str().unwrap());
    files(&folder).into_iter().find(|path| path.ends_with("noise.key")).expect("a key beside the shard")
}

#[test]
fn a_private_release_tells_its_promise_and_forgets_with_new_noise() {
    // The noise is drawn anew in each folder: four in a row are not refused by chance.
    assert!((0..4).any(|_| tells_and_forgets(&Data::new()).is_some()), "every release was refused");
}

fn tells_and_forgets(data: &Data) -> Option<()> {
    assert_eq!(released(data, &CROWD)?["audit"]["passed"], true);
    let promise = data.json(&["release", "show"])["release"]["metrics"]["privacy"].clone();
    let number = |name: &str| promise[name].as_f64().unwrap();
    assert!(number("epsilon") > 10.0 && number("epsilon") <= number("epsilon_by_divergence"), "{promise}");
    assert_eq!(promise["tier"], "no meaningful guarantee", "{promise}");
    let (first, member) = (key(data), data.in_release().first().unwrap().clone());
    assert_eq!(std::fs::metadata(&first).unwrap().permissions().mode() & 0o777, 0o600);
    let secret = std::fs::read(&first).unwrap();

    let forgotten = released(data, &["forget", &member])?;
    assert!(!data.in_release().contains(&member), "{forgotten}");
    assert!(!first.exists(), "the key of weights that are gone goes with them");
    assert_ne!(std::fs::read(key(data)).unwrap(), secret, "other rows, other noise");
    let kept = certificates(data);
    let checked = released(data, &["forget", "verify", kept[0].to_str().unwrap()])?;
    assert_eq!(checked["reproduced"].as_array().unwrap().len(), 1, "{checked}");
    Some(())
}
