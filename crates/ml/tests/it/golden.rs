//! The logits equal those of transformers on the same checkpoints, all at once and token by token: every family, head layout,
//! scaled rotation and file form that a base may have. Made by `tests/golden/make_golden.py`.

use candle_core::{Device, Tensor};
use candor_ml::config::Config;
use candor_ml::decode::{Decoder, Precision};
use candor_ml::model::Model;
use candor_ml::weights::WeightFiles;
use std::path::Path;

const TOLERANCE: f32 = 1e-4;

/// The cases of `make_golden.py`.
const CASES: [&str; 13] = [
    "multi-head",
    "grouped-query",
    "untied",
    "sharded-bf16",
    "half",
    "llama-biases",
    "llama3-rope",
    "linear-rope",
    "mistral",
    "qwen2",
    "qwen2-yarn",
    "qwen3",
    "qwen3-yarn-sharded-bf16",
];

#[derive(serde::Deserialize)]
struct Golden {
    tokens: Vec<u32>,
    logits: Vec<Vec<f32>>,
}

fn worst(a: &[f32], b: &[f32]) -> f32 {
    assert_eq!(a.len(), b.len());
    a.iter().zip(b).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max)
}

#[test]
fn logits_equal_those_of_transformers() -> Result<(), Box<dyn std::error::Error>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden");
    for name in CASES {
        let golden: Golden = serde_json::from_str(&std::fs::read_to_string(folder.join(format!("{name}.json")))?)?;
        let config = Config::load(&folder.join(name).join("config.json"))?;
        let weights = WeightFiles::open(&folder.join(name))?;
        weights.check(&config)?;
        let tensors = weights.read(&config)?;
        let tokens = Tensor::from_slice(&golden.tokens, (1, golden.tokens.len()), &Device::Cpu)?;
        let batch = Model::new(&config, &tensors)?.logits(&tokens, None)?.to_vec2::<f32>()?;
        let decoder = Decoder::new(&config, &tensors, Precision::F32)?;
        let mut cache = decoder.cache(golden.tokens.len());
        let mut differs = 0f32;
        for ((token, want), batch) in golden.tokens.iter().zip(&golden.logits).zip(&batch) {
            let single = decoder.read(&mut cache, &[*token])?;
            differs = differs.max(worst(batch, want)).max(worst(&single, want));
        }
        println!("{name}: differs by {differs:.1e}");
        assert!(differs < TOLERANCE, "{name}: differs by {differs}");
    }
    Ok(())
}
