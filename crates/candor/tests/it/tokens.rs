//! The tokenizer that seals snapshots and the one that writes drafts give the same tokens, so that a run of tokens that
//! stood in a snapshot is recognized in a draft.

use std::path::Path;

#[test]
fn snapshots_and_drafts_speak_the_same_tokens() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../models/candor-base-6m/tokenizer.json");
    let sealing = candor_dataset::Tokenizer::load(&file).unwrap();
    let drafting = candor_ml::tokenizer::Tokenizer::load(&file).unwrap();
    let texts = [
        "",
        " leading space and trailing space ",
        "It's 3.14, isn't it?\n\nA new paragraph\twith a tab.",
        "[EMAIL_1] wrote to [PERSON_2]: Grüße aus Köln, 東京 and Łódź 🙂🏽 e\u{301}",
        "\u{0}\u{7f}\u{200b}",
        "naïve façade — “quotes” … 1,234,567",
    ];
    for text in texts {
        assert_eq!(sealing.encode(text).unwrap(), drafting.encode(text).unwrap(), "{text:?}");
    }
    assert_eq!(sealing.end(), candor_ml::tokenizer::END_TOKEN);
    assert_eq!(sealing.vocabulary(), drafting.vocabulary());
}
