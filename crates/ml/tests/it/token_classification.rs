//! Models of others as recognizers: their logits are those of transformers from the text on, one of them really tags surnames in
//! texts of any length, what is spoiled is refused with a reason, and redaction by them comes to rest. Checkpoints and logits are
//! made by `tests/golden/make_token_classifiers.py`.

use crate::support::{Test, change_tensors, set};
use candor_ml::token_classification::{THRESHOLD_PERCENT, TokenClassifier};
use candor_ml::weights::SINGLE_FILE;
use candor_redact::{Finding, Kind, Operator, Page, Recognizer, Redactor};
use proptest::prelude::*;
use serde_json::json;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, LazyLock};

const TOLERANCE: f32 = 1e-4;

/// The cases of `make_token_classifiers.py`.
const CASES: [&str; 7] = ["bert", "distilbert", "electra", "roberta", "camembert", "xlm-roberta-sharded", "surnames"];

#[derive(serde::Deserialize)]
struct Golden {
    text: String,
    tokens: Vec<u32>,
    logits: Vec<Vec<f32>>,
}

fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/token-classification").join(name)
}

fn load(folder: &Path) -> candor_ml::Result<TokenClassifier> {
    TokenClassifier::load(folder, THRESHOLD_PERCENT, u64::MAX)
}

/// Tags twelve invented surnames, written in small letters, which nothing else here takes for names.
static SURNAMES: LazyLock<Arc<TokenClassifier>> = LazyLock::new(|| Arc::new(load(&folder("surnames")).unwrap()));

fn find(model: &TokenClassifier, text: &str) -> Vec<Finding> {
    let mut found = Vec::new();
    model.find(&Page::new(text), &mut found);
    found
}

fn texts<'t>(text: &'t str, found: &[Finding]) -> Vec<&'t str> {
    found.iter().map(|finding| &text[finding.span.start..finding.span.end]).collect()
}

#[test]
fn tokens_and_logits_equal_those_of_transformers() -> Test {
    for name in CASES {
        let model = load(&folder(name))?;
        let golden: Vec<Golden> = serde_json::from_str(&fs::read_to_string(folder(&format!("{name}.json")))?)?;
        let mut differs = 0f32;
        for Golden { text, tokens, logits } in golden {
            let (got_tokens, got) = model.logits(&text)?;
            assert_eq!(got.len(), logits.len(), "{name}: {text}");
            assert_eq!(got_tokens, tokens, "{name}: {text}");
            let pairs = got.iter().flatten().zip(logits.iter().flatten());
            differs = pairs.map(|(a, b)| (a - b).abs()).fold(differs, f32::max);
        }
        println!("{name}: differs by {differs:.1e}");
        assert!(differs < TOLERANCE, "{name}: differs by {differs}");
    }
    Ok(())
}

#[test]
fn names_are_tagged_wherever_they_stand() {
    let text = "yesterday we met quimvex and the cat, then zorblat wrote a report to grizbane.";
    let found = find(&SURNAMES, text);
    assert_eq!(texts(text, &found), ["quimvex", "zorblat", "grizbane"]);
    assert!(found.iter().all(|f| f.kind == Kind::Person && (0.5..0.75).contains(&f.score)));
    assert_eq!(SURNAMES.kinds(), [Kind::Person]);
    // A window holds 46 tokens; these are some ten thousand.
    let sentence = "the team asked for tea and we thanked xazzock in the garden. ";
    let long = sentence.repeat(500);
    let found = find(&SURNAMES, &long);
    assert_eq!(found.len(), 500);
    for (i, finding) in found.iter().enumerate() {
        let start = i * sentence.len() + sentence.find("xazzock").unwrap();
        assert_eq!((finding.span.start, finding.span.end), (start, start + "xazzock".len()));
    }
}

#[test]
fn a_model_is_named_by_its_content() -> Test {
    let root = tempfile::tempdir()?;
    let copy = copied(&root.path().join("another-name"), "surnames")?;
    let other = load(&copy)?;
    assert_eq!((other.name(), other.hash()), ("another-name", SURNAMES.hash()));
    assert_eq!((SURNAMES.name(), SURNAMES.architecture()), ("surnames", "BertForTokenClassification"));
    assert_ne!(load(&folder("bert"))?.hash(), SURNAMES.hash());
    change_tensors(&copy, |all| {
        let changed = (&all[HEAD] * 1.001)?;
        all.insert(HEAD.into(), changed);
        Ok(())
    })?;
    assert_ne!(load(&copy)?.hash(), SURNAMES.hash());
    Ok(())
}

fn redactor(model: &Arc<TokenClassifier>, operator: Operator) -> Redactor {
    Redactor::builder().operator_for_all(operator).key([3; 32]).recognizer(Arc::clone(model)).build().unwrap()
}

#[test]
fn redaction_replaces_what_it_tags() {
    let text = "we met zorblat and jonkvar at zorblat@firma.de";
    let redacted = |operator| redactor(&SURNAMES, operator).redact(text, &[]).text;
    assert_eq!(redacted(Operator::Placeholder), "we met [PERSON_1] and [PERSON_2] at [EMAIL_1]");
    assert_eq!(redacted(Operator::Mask), "we met ******* and ******* at *******@*****.**");
    let made_up = redacted(Operator::Surrogate);
    assert!(!made_up.contains('[') && !made_up.contains("zorblat"), "{made_up}");
}

/// Pieces of which any text may be made.
fn any_text() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        Just("we met zorblat and ".to_owned()),
        Just("quimvex".to_owned()),
        Just("[PERSON_1] [SEP][CLS]<s></s><pad> [EMAIL_2".to_owned()),
        Just("a\u{301}\u{0}\u{200d}🙂東京\u{feff}".to_owned()),
        Just("anna@firma.de, +49 30 901820\n".to_owned()),
        "\\PC{0,40}",
        any::<String>(),
    ];
    prop::collection::vec(piece, 0..12).prop_map(|pieces| pieces.concat())
}

/// A model of each sort; random ones find something nearly everywhere.
static ALL: LazyLock<Vec<Arc<TokenClassifier>>> =
    LazyLock::new(|| CASES.iter().map(|name| Arc::new(load(&folder(name)).unwrap())).collect());

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn redacting_twice_changes_nothing(text in any_text(), operator in prop::sample::select(&Operator::ALL[..])) {
        let redactor = redactor(&SURNAMES, operator);
        let once = redactor.redact(&text, &[]).text;
        prop_assert_eq!(redactor.redact(&once, &[]).text, once);
    }

    #[test]
    fn spans_of_any_text_are_whole_characters(text in any_text()) {
        for model in ALL.iter() {
            for finding in find(model, &text) {
                prop_assert!(text.get(finding.span.start..finding.span.end).is_some_and(|found| !found.is_empty()));
            }
        }
    }
}

const HEAD: &str = "classifier.weight";
const TABLE: &str = "bert.embeddings.word_embeddings.weight";

fn copied(to: &Path, name: &str) -> Result<PathBuf, std::io::Error> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(folder(name))? {
        let entry = entry?;
        fs::copy(entry.path(), to.join(entry.file_name()))?;
    }
    Ok(to.to_owned())
}

type Spoil = fn(&Path) -> Test;

/// What is done to a good model, and what the error says.
const SPOILED: &[(&str, Spoil)] = &[
    ("`DebertaV2ForTokenClassification`, only `BertForTokenClassification`", |f| {
        Ok(fs::write(f.join("config.json"), r#"{"architectures": ["DebertaV2ForTokenClassification"]}"#)?)
    }),
    ("names no architecture", |f| set(f, "architectures", json!([]))),
    ("`BertForMaskedLM`", |f| set(f, "architectures", json!(["BertForMaskedLM"]))),
    ("kind of personal data (`candor redact --types`): `O`, `NOUN`, `VERB`", |f| {
        set(f, "id2label", json!({"0": "O", "1": "NOUN", "2": "VERB"}))
    }),
    ("`id2label` has `2` labels, the classifier `3`", |f| set(f, "id2label", json!({"0": "O", "1": "PER"}))),
    ("`id2label` has no label `1`", |f| set(f, "id2label", json!({"0": "O", "2": "PER"}))),
    ("`id2label` must hold", |f| set(f, "id2label", json!({}))),
    ("quantized", |f| set(f, "quantization_config", json!({"quant_method": "gptq"}))),
    ("`relative_key`", |f| set(f, "position_embedding_type", json!("relative_key"))),
    ("the activation `silu`", |f| set(f, "hidden_act", json!("silu"))),
    ("is_decoder", |f| set(f, "is_decoder", json!(true))),
    ("multiple", |f| set(f, "num_attention_heads", json!(5))),
    ("between 1", |f| set(f, "hidden_size", json!(1u64 << 40))),
    ("the number of layers", |f| set(f, "num_hidden_layers", json!(1u64 << 40))),
    ("lack `bert.encoder.layer.2", |f| set(f, "num_hidden_layers", json!(3))),
    ("knows nothing of", |f| set(f, "num_hidden_layers", json!(1))),
    ("has shape", |f| set(f, "max_position_embeddings", json!(49))),
    ("the tokenizer has tokens up to", |f| set(f, "vocab_size", json!(50))),
    ("no `config.json`", |f| Ok(fs::remove_file(f.join("config.json"))?)),
    ("no `tokenizer.json`", |f| Ok(fs::remove_file(f.join("tokenizer.json"))?)),
    ("tokenizer.json", |f| Ok(fs::write(f.join("tokenizer.json"), "{}")?)),
    ("convert the weights", |f| Ok(fs::rename(f.join(SINGLE_FILE), f.join("pytorch_model.bin"))?)),
    ("does not fill", |f| {
        let bytes = fs::read(f.join(SINGLE_FILE))?;
        Ok(fs::write(f.join(SINGLE_FILE), &bytes[..bytes.len() - 1])?)
    }),
    ("no numbers", |f| {
        change_tensors(f, |all| {
            let spoiled = (&all[TABLE] * f64::NAN)?;
            all.insert(TABLE.into(), spoiled);
            Ok(())
        })
    }),
    ("logits are no numbers", |f| {
        change_tensors(f, |all| {
            let spoiled = (&all[HEAD] * 1e38)?;
            all.insert(HEAD.into(), spoiled);
            Ok(())
        })
    }),
];

#[test]
fn what_cannot_be_used_is_refused_with_a_reason() -> Test {
    let root = tempfile::tempdir()?;
    for (i, (says, spoil)) in SPOILED.iter().enumerate() {
        let folder = copied(&root.path().join(i.to_string()), "surnames")?;
        spoil(&folder)?;
        let error = load(&folder).expect_err(says).to_string();
        assert!(error.contains(says), "case {i} should say `{says}`: {error}");
    }
    for threshold in [0, 100] {
        assert!(TokenClassifier::load(&folder("bert"), threshold, u64::MAX).is_err());
    }
    let error = TokenClassifier::load(&folder("bert"), 30, 1000).expect_err("too little memory").to_string();
    assert!(error.contains("MiB are free"), "{error}");
    Ok(())
}

#[test]
fn weights_from_tensorflow_have_other_names_and_count() -> Test {
    let root = tempfile::tempdir()?;
    let copy = copied(&root.path().join("old"), "surnames")?;
    change_tensors(&copy, |all| {
        let new = |name: String| {
            name.replace("LayerNorm.weight", "LayerNorm.gamma").replace("LayerNorm.bias", "LayerNorm.beta")
        };
        *all = std::mem::take(all).into_iter().map(|(name, tensor)| (new(name), tensor)).collect();
        Ok(())
    })?;
    assert_eq!(load(&copy)?.hash(), SURNAMES.hash());
    Ok(())
}
