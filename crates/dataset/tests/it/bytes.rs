//! A tokenizer for tests: every byte is a token, `<|endoftext|>` is token 0.

use crate::Tokenizer;
use serde_json::json;
use tokenizers::pre_tokenizers::byte_level::ByteLevel;

/// Makes it.
pub fn bytes_tokenizer() -> Tokenizer {
    let mut letters: Vec<char> = ByteLevel::alphabet().into_iter().collect();
    letters.sort_unstable();
    let mut vocabulary: serde_json::Map<String, serde_json::Value> =
        letters.iter().zip(1..).map(|(letter, id)| (letter.to_string(), json!(id))).collect();
    vocabulary.insert("<|endoftext|>".into(), json!(0));
    let level = json!({"type": "ByteLevel", "add_prefix_space": false, "trim_offsets": true, "use_regex": true});
    let tokenizer = json!({
        "version": "1.0", "truncation": null, "padding": null, "normalizer": null, "post_processor": null,
        "added_tokens": [{"id": 0, "content": "<|endoftext|>", "single_word": false, "lstrip": false, "rstrip": false,
                          "normalized": false, "special": true}],
        "pre_tokenizer": level, "decoder": level,
        "model": {"type": "BPE", "dropout": null, "unk_token": null, "continuing_subword_prefix": null,
                  "end_of_word_suffix": null, "fuse_unk": false, "byte_fallback": false, "vocab": vocabulary, "merges": []},
    });
    Tokenizer::from_json(&tokenizer.to_string()).unwrap()
}
