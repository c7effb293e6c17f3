//! Signed notes, keys, tile paths and requests to a witness: no text may break their readers, and what is read prints as
//! it was.
#![no_main]

use candor_tlog::tiles::TilePath;
use candor_tlog::witness::AddCheckpoint;
use candor_tlog::{Checkpoint, LogKey, VerifierKey, WitnessVerifier};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    if let Ok(checkpoint) = Checkpoint::parse_text(text) {
        assert_eq!(checkpoint.text(), text);
    }
    let _ = Checkpoint::unverified(text);
    let key = LogKey::new("example.org/candor", &[1; 32]).expect("a good name");
    // Nobody can forge: whatever opens is what the key signed, and a fuzzer does not find a signature.
    assert!(key.verifier().open(text).is_err());
    if let Ok(key) = text.parse::<VerifierKey>() {
        assert_eq!(key.to_string(), text);
    }
    if let Ok(key) = text.parse::<WitnessVerifier>() {
        assert_eq!(key.to_string(), text);
    }
    if let Ok(path) = text.parse::<TilePath>() {
        assert_eq!(path.to_string(), text);
        let _ = path.reads(u64::MAX);
    }
    if let Some(request) = AddCheckpoint::parse(text) {
        assert_eq!(request.to_body(), text);
    }
});
