//! Every way in which a base or an adapter can be wrong is told before work starts, in words that say what is wrong.

use crate::support::{Test, base, change_tensors, quietly, recipe, rows, set};
use candor_ml::adapter::Adapter;
use candor_ml::base::Base;
use candor_ml::tensors::{self, Width};
use candor_ml::train::train_shard;
use candor_ml::weights::{INDEX_FILE, SINGLE_FILE};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

/// A good base on disk; each case spoils its own copy.
fn write_good(folder: &Path) -> Test {
    let base = base()?;
    fs::create_dir_all(folder)?;
    tensors::save(&folder.join(SINGLE_FILE), base.tensors(), Width::Full)?;
    fs::write(folder.join("config.json"), base.config().to_json().to_string())?;
    fs::write(folder.join("tokenizer.json"), base.tokenizer().json())?;
    Ok(())
}

/// Changes the header of the weights and leaves every byte of data.
fn change_header(folder: &Path, change: impl FnOnce(&mut BTreeMap<String, Value>)) -> Test {
    let path = folder.join(SINGLE_FILE);
    let bytes = fs::read(&path)?;
    let length = u64::from_le_bytes(bytes[..8].try_into()?) as usize;
    let mut header = serde_json::from_slice(&bytes[8..8 + length])?;
    change(&mut header);
    let header = serde_json::to_vec(&header)?;
    let parts = [&(header.len() as u64).to_le_bytes()[..], &header, &bytes[8 + length..]];
    Ok(fs::write(path, parts.concat())?)
}

/// Puts the weights into a second file that an index names.
fn split(folder: &Path, change: impl FnOnce(&mut BTreeMap<String, String>)) -> Test {
    fs::rename(folder.join(SINGLE_FILE), folder.join("model-1.safetensors"))?;
    let names = tensors::load(&folder.join("model-1.safetensors"))?.into_keys();
    let mut map: BTreeMap<String, String> = names.map(|name| (name, "model-1.safetensors".into())).collect();
    change(&mut map);
    Ok(fs::write(folder.join(INDEX_FILE), json!({"weight_map": map}).to_string())?)
}

const NORM: &str = "model.norm.weight";
const QUERY: &str = "model.layers.1.self_attn.q_proj.weight";

type Spoil = fn(&Path) -> Test;

/// What is done to a good base, and what the error says.
const CASES: &[(&str, Spoil)] = &[
    ("only `llama`", |f| set(f, "model_type", json!("gpt2"))),
    ("only `silu`", |f| set(f, "hidden_act", json!("gelu_new"))),
    ("quantized", |f| set(f, "quantization_config", json!({"quant_method": "awq"}))),
    ("sliding window", |f| {
        set(f, "model_type", json!("mistral"))?;
        set(f, "sliding_window", json!(16))
    }),
    ("rotary scaling", |f| set(f, "rope_scaling", json!({"type": "longrope"}))),
    ("between 1", |f| set(f, "vocab_size", json!(u64::MAX))),
    ("has shape", |f| {
        set(f, "hidden_size", json!(1 << 20))?;
        set(f, "intermediate_size", json!(1 << 20))
    }),
    ("lack `model.layers.2", |f| set(f, "num_hidden_layers", json!(4096))),
    ("lack `lm_head.weight`", |f| set(f, "tie_word_embeddings", json!(false))),
    ("lack `model.layers.0.self_attn.q_proj.bias`", |f| set(f, "model_type", json!("qwen2"))),
    ("vocabulary does not fit", |f| set(f, "vocab_size", json!(256))),
    ("vocabulary does not fit", |f| set(f, "vocab_size", json!(3000))),
    ("is not in the vocabulary", |f| set(f, "eos_token_id", json!(128_001))),
    ("no `config.json`", |f| Ok(fs::remove_file(f.join("config.json"))?)),
    ("config.json", |f| Ok(fs::write(f.join("config.json"), "[".repeat(100_000))?)),
    ("tokenizer.json", |f| Ok(fs::remove_file(f.join("tokenizer.json"))?)),
    ("tokenizer.json", |f| Ok(fs::write(f.join("tokenizer.json"), "{\"model\": 1}")?)),
    ("convert the weights", |f| Ok(fs::rename(f.join(SINGLE_FILE), f.join("pytorch_model.bin"))?)),
    ("cut off", |f| Ok(fs::write(f.join(SINGLE_FILE), "abc")?)),
    ("cut off", |f| Ok(fs::write(f.join(SINGLE_FILE), b"\xff\xff\xff\xff\xff\xff\xff\x7f{}")?)),
    ("does not fill", |f| {
        let bytes = fs::read(f.join(SINGLE_FILE))?;
        Ok(fs::write(f.join(SINGLE_FILE), &bytes[..bytes.len() - 1])?)
    }),
    ("longer or shorter", |f| {
        let bytes = fs::read(f.join(SINGLE_FILE))?;
        Ok(fs::write(f.join(SINGLE_FILE), [bytes.as_slice(), b"more"].concat())?)
    }),
    ("model.safetensors", |f| {
        let bomb = format!("{{\"a\":{}", "[".repeat(1 << 20));
        Ok(fs::write(f.join(SINGLE_FILE), [&(bomb.len() as u64).to_le_bytes()[..], bomb.as_bytes()].concat())?)
    }),
    ("does not fill", |f| change_header(f, |header| header.get_mut(NORM).unwrap()["shape"] = json!([31]))),
    ("does not fill", |f| {
        change_header(f, |header| header.get_mut(NORM).unwrap()["shape"] = json!([1u64 << 40, 1u64 << 40]))
    }),
    ("has shape [16, 64]", |f| change_header(f, |header| header.get_mut(QUERY).unwrap()["shape"] = json!([16, 64]))),
    ("overlap", |f| {
        change_header(f, |header| {
            let offsets = header[NORM]["data_offsets"].clone();
            let other = header.get_mut("model.layers.0.input_layernorm.weight").unwrap();
            other["data_offsets"] = offsets;
        })
    }),
    ("stored as `I32`", |f| change_header(f, |header| header.get_mut(NORM).unwrap()["dtype"] = json!("I32"))),
    ("lack `model.norm.weight`", |f| {
        change_tensors(f, |all| {
            all.remove(NORM);
            Ok(())
        })
    }),
    ("knows nothing of", |f| {
        change_tensors(f, |all| {
            all.insert("model.layers.0.self_attn.q_proj.bias".into(), all[NORM].clone());
            Ok(())
        })
    }),
    ("no numbers", |f| {
        change_tensors(f, |all| {
            let spoiled = (&all[NORM] * f64::NAN)?;
            all.insert(NORM.into(), spoiled);
            Ok(())
        })
    }),
    ("no numbers", |f| {
        change_tensors(f, |all| {
            let spoiled = (&all[QUERY] / 0.0)?;
            all.insert(QUERY.into(), spoiled);
            Ok(())
        })
    }),
    ("which is not there", |f| {
        split(f, |map| {
            map.insert(NORM.into(), "model-2.safetensors".into());
        })
    }),
    ("outside the folder", |f| {
        split(f, |map| {
            map.insert(NORM.into(), "../model-1.safetensors".into());
        })
    }),
    ("which it does not", |f| {
        split(f, |map| {
            map.insert("model.other.weight".into(), "model-1.safetensors".into());
        })
    }),
    ("weight_map", |f| Ok(fs::write(f.join(INDEX_FILE), "{}")?)),
];

#[test]
fn each_is_told_before_work_starts() -> Test {
    let root = tempfile::tempdir()?;
    let good = root.path().join("good");
    write_good(&good)?;
    Base::load(&good)?;
    for (i, (says, spoil)) in CASES.iter().enumerate() {
        let folder = root.path().join(i.to_string());
        write_good(&folder)?;
        spoil(&folder)?;
        let error = Base::load(&folder).expect_err(says).to_string();
        assert!(error.contains(says), "case {i} should say `{says}`: {error}");
    }
    split(&good, |_| ())?;
    Base::load(&good)?;
    Ok(())
}

#[test]
fn an_adapter_of_another_base_is_refused() -> Test {
    let (base, root) = (base()?, tempfile::tempdir()?);
    let shards = rows(4);
    let trained = train_shard(&base, &recipe(), 0, &shards[0], root.path(), quietly())?;
    let folder = trained.folder.join("adapter");
    Adapter::load_for(&folder, &base)?;
    let mut tensors = base.tensors().clone();
    tensors.insert(NORM.into(), (&tensors[NORM] * 1.001)?);
    let other = Base::new(base.config().clone(), base.tokenizer().clone(), tensors)?;
    let error = Adapter::load_for(&folder, &other).expect_err("another base").to_string();
    assert!(error.contains(base.hash()) && error.contains("train anew"), "{error}");
    Ok(())
}
