//! A release goes out whole with its card, and not once somebody has left it.

use crate::support::{Data, files};
use std::path::Path;

fn names(folder: &Path) -> Vec<String> {
    files(folder).iter().map(|path| path.strip_prefix(folder).unwrap().display().to_string()).collect()
}

#[test]
fn a_release_is_exported_until_it_is_withdrawn() {
    let data = Data::new();
    data.demo();
    let release = data.json(&["release", "show"])["release"]["id"].as_str().unwrap().to_owned();
    let folder = data.dir().parent().unwrap().to_owned();
    for format in ["peft", "merged"] {
        let out = folder.join(format);
        let words = ["release", "export", "--format", format, "--out", format];
        let written = data.json(&words);
        assert_eq!(names(&out).len(), written["files"].as_object().unwrap().len());
        let card = std::fs::read_to_string(out.join("README.md")).unwrap();
        for said in [release.as_str(), "license:", "A later revocation applies", "sha256"] {
            assert!(card.contains(said), "{said}: {card}");
        }
        assert!(!data.run(&words).status.success(), "what is there is not overwritten");
    }
    let peft = names(&folder.join("peft"));
    for file in ["adapter_config.json", "adapter_model.safetensors", "base/model.safetensors", "tokenizer.json"] {
        assert!(peft.iter().any(|name| name == file), "{file}: {peft:?}");
    }
    // What was exported merged is a base again.
    let again = Data::new();
    let merged = folder.join("merged");
    let made = again.json(&["init", "--base", merged.to_str().unwrap()]);
    assert_eq!(made["base"].as_str().map(str::len), Some(64), "{made}");

    let member = data.in_release().first().unwrap().clone();
    data.json(&["forget", &member]);
    let refused = data.run(&["release", "export", &release, "--format", "merged", "--out", "late"]);
    let words = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(!refused.status.success() && words.contains("was withdrawn") && words.contains("latest"), "{words}");
    assert!(!folder.join("late").exists());
}
