//! `config.json` of the Hugging Face layout, read and written. What this code cannot compute exactly (other architectures and
//! activations, quantized weights, sliding windows, partial or unknown rotations) is refused here, so that nothing later guesses.

use super::{Config, Family, Ids};
use crate::error::{MlError, Result};
use crate::files;
use serde_json::{Map, Value, json};
use std::path::Path;

/// What a value may be besides absent.
const WANTED: [(&str, &[&str]); 2] =
    [("model_type", &["llama", "mistral", "qwen2", "qwen3"]), ("hidden_act", &["silu"])];
/// Heads of a Qwen 3 whose file does not say how wide they are.
const QWEN3_HEAD: usize = 128;

impl Config {
    /// Reads and checks a `config.json`.
    pub fn load(path: &Path) -> Result<Self> {
        let value: Value = files::read_json(path)?;
        Self::from_json(value).map_err(|why| MlError::format(path, why))
    }

    /// Takes the content of a `config.json`; the text says what is wrong.
    pub fn from_json(value: Value) -> std::result::Result<Self, String> {
        let Value::Object(mut map) = value else { return Err("it holds no object".into()) };
        // A file may say `null` for "as usual".
        map.retain(|_, value| !value.is_null());
        for (key, allowed) in WANTED {
            if let Some(found) = map.get(key).filter(|found| !found.as_str().is_some_and(|v| allowed.contains(&v))) {
                let allowed = allowed.join("`, `");
                return Err(format!("`{key}` is {found}, only `{allowed}` can be computed; take another base"));
            }
        }
        if map.contains_key("quantization_config") {
            return Err("the checkpoint is quantized; take the one in f32, f16 or bf16".into());
        }
        rotation(&mut map)?;
        sliding_window(&map)?;
        let mut config: Self = serde_json::from_value(map.into()).map_err(|e| e.to_string())?;
        if config.family == Family::Qwen3 && config.head_dim.is_none() {
            config.head_dim = Some(QWEN3_HEAD);
        }
        config.check()?;
        Ok(config)
    }

    /// The whole `config.json`, with what other readers of the layout expect.
    pub fn to_json(&self) -> Value {
        let architecture = match self.family {
            Family::Llama => "LlamaForCausalLM",
            Family::Mistral => "MistralForCausalLM",
            Family::Qwen2 => "Qwen2ForCausalLM",
            Family::Qwen3 => "Qwen3ForCausalLM",
        };
        let end = self.eos_token_id.clone().unwrap_or(Ids::One(0));
        let mut value = json!({
            "architectures": [architecture],
            "model_type": self.family,
            "hidden_size": self.hidden_size,
            "intermediate_size": self.intermediate_size,
            "num_hidden_layers": self.num_hidden_layers,
            "num_attention_heads": self.num_attention_heads,
            "num_key_value_heads": self.kv_heads(),
            "head_dim": self.head_width(),
            "vocab_size": self.vocab_size,
            "rms_norm_eps": self.rms_norm_eps,
            "rope_theta": self.rope_theta,
            "tie_word_embeddings": self.tie_word_embeddings,
            "max_position_embeddings": self.max_position_embeddings,
            "hidden_act": "silu",
            "attention_bias": self.attention_bias,
            "mlp_bias": self.mlp_bias,
            "bos_token_id": self.bos_token_id.unwrap_or_else(|| end.all().first().copied().unwrap_or(0)),
            "eos_token_id": end,
            "pad_token_id": end.all().first(),
            "torch_dtype": "float16",
        });
        if let (Some(scaling), Some(map)) = (&self.rope_scaling, value.as_object_mut()) {
            map.insert("rope_scaling".into(), json!(scaling));
        }
        value
    }
}

/// Brings the rotary constants, which newer files keep in one object, to the places that `Config` reads.
fn rotation(map: &mut Map<String, Value>) -> std::result::Result<(), String> {
    let rope = map.remove("rope_parameters").or_else(|| map.remove("rope_scaling"));
    map.remove("rope_scaling");
    let mut rope = match rope {
        None => Map::new(),
        Some(Value::Object(rope)) => rope,
        Some(_) => return Err("`rope_scaling` is no object".into()),
    };
    rope.retain(|_, value| !value.is_null());
    if let Some(theta) = rope.remove("rope_theta") {
        map.insert("rope_theta".into(), theta);
    }
    let part = rope.remove("partial_rotary_factor").or_else(|| map.get("partial_rotary_factor").cloned());
    if part.is_some_and(|part| part.as_f64() != Some(1.0)) {
        return Err("`partial_rotary_factor` is set, only heads that are rotated whole can be computed".into());
    }
    let kind = rope.remove("rope_type").or_else(|| rope.remove("type")).unwrap_or_else(|| json!("default"));
    rope.remove("type");
    match kind.as_str() {
        Some("default") => return Ok(()),
        Some("linear" | "dynamic") => {}
        Some("llama3" | "yarn") => {
            let longest = map.get("original_max_position_embeddings").or_else(|| map.get("max_position_embeddings"));
            if let Some(longest) = longest.filter(|_| !rope.contains_key("original_max_position_embeddings")) {
                rope.insert("original_max_position_embeddings".into(), longest.clone());
            }
        }
        _ => {
            let known = "`linear`, `dynamic`, `llama3` and `yarn`";
            return Err(format!("rotary scaling {kind} cannot be computed, only {known}; take another base"));
        }
    }
    rope.insert("rope_type".into(), kind);
    map.insert("rope_scaling".into(), rope.into());
    Ok(())
}

/// A window that no text reaches changes nothing; any other would.
fn sliding_window(map: &Map<String, Value>) -> std::result::Result<(), String> {
    let number = |key: &str| map.get(key).and_then(Value::as_u64);
    let is_qwen = map.get("model_type").and_then(Value::as_str).is_some_and(|family| family.starts_with("qwen"));
    // Qwen has a switch, and keeps the first layers whole; Mistral slides wherever a window is given.
    let off = is_qwen && map.get("use_sliding_window") != Some(&Value::Bool(true));
    let all_whole = is_qwen && number("max_window_layers").unwrap_or(28) >= number("num_hidden_layers").unwrap_or(0);
    let types = map.get("layer_types").and_then(Value::as_array);
    let slides = match types {
        Some(types) if is_qwen => types.iter().any(|kind| kind != "full_attention"),
        _ => !off && !all_whole,
    };
    let context = number("max_position_embeddings").unwrap_or(u64::MAX);
    match number("sliding_window") {
        Some(window) if slides && window < context => Err(format!(
            "a sliding window of `{window}` tokens within a context of `{context}` cannot be computed; set \
             `max_position_embeddings` to `{window}` in a copy of the base, which changes nothing up to there"
        )),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::tiny;
    use super::*;
    use crate::rope::Scaling;

    fn read(change: impl FnOnce(&mut Value)) -> std::result::Result<Config, String> {
        let mut value = tiny().to_json();
        change(&mut value);
        Config::from_json(value)
    }

    #[test]
    fn reads_what_it_writes() -> std::result::Result<(), String> {
        let filled = Config { head_dim: Some(8), bos_token_id: Some(0), eos_token_id: Some(Ids::One(0)), ..tiny() };
        assert_eq!(read(|_| ())?, filled);
        for family in [Family::Mistral, Family::Qwen2, Family::Qwen3] {
            let config = Config {
                family,
                rope_scaling: Some(Scaling::Linear { factor: 2.0 }),
                attention_bias: true,
                eos_token_id: Some(Ids::Several(vec![3, 4])),
                bos_token_id: Some(2),
                ..filled.clone()
            };
            assert_eq!(Config::from_json(config.to_json())?, config);
        }
        Ok(())
    }

    #[test]
    fn takes_rotary_constants_from_old_and_new_places() -> std::result::Result<(), String> {
        let config = read(|v| v["rope_parameters"] = json!({"rope_type": "default", "rope_theta": 500.0}))?;
        assert_eq!((config.rope_theta, config.rope_scaling), (500.0, None));
        let config = read(|v| v["rope_scaling"] = json!({"type": "linear", "factor": 2.0}))?;
        assert_eq!(config.rope_scaling, Some(Scaling::Linear { factor: 2.0 }));
        let yarn = json!({"type": "yarn", "rope_type": "yarn", "factor": 4.0, "attention_factor": null});
        let Some(Scaling::Yarn { original_max_position_embeddings: original, .. }) =
            read(|v| v["rope_scaling"] = yarn)?.rope_scaling
        else {
            return Err("another scaling".into());
        };
        assert_eq!(original, 64, "the context, where nothing else is said");
        Ok(())
    }

    #[test]
    fn a_window_matters_only_where_it_cuts() {
        let sliding = |family: &str, window: u64, more: Value| {
            read(|v| {
                v["model_type"] = json!(family);
                v["sliding_window"] = json!(window);
                for (key, value) in more.as_object().into_iter().flatten() {
                    v[key] = value.clone();
                }
            })
        };
        assert!(sliding("mistral", 64, json!({})).is_ok());
        assert!(sliding("mistral", 32, json!({})).is_err());
        assert!(sliding("qwen2", 32, json!({"use_sliding_window": false})).is_ok());
        assert!(sliding("qwen2", 32, json!({"use_sliding_window": true, "max_window_layers": 2})).is_ok());
        assert!(sliding("qwen2", 32, json!({"use_sliding_window": true, "max_window_layers": 1})).is_err());
        assert!(sliding("qwen3", 32, json!({"layer_types": ["full_attention", "sliding_attention"]})).is_err());
    }

    #[test]
    fn refuses_what_it_cannot_compute_and_says_why() {
        let cases = [
            ("model_type", json!("gpt2"), "model_type"),
            ("model_type", json!(["llama"]), "model_type"),
            ("hidden_act", json!("gelu"), "hidden_act"),
            ("quantization_config", json!({"quant_method": "gptq"}), "quantized"),
            ("rope_scaling", json!({"rope_type": "longrope", "long_factor": []}), "longrope"),
            ("rope_scaling", json!({"rope_type": "linear", "factor": -1.0}), "rope_scaling"),
            ("rope_scaling", json!({"rope_type": "llama3", "factor": 8.0}), "low_freq_factor"),
            ("rope_scaling", json!(7), "rope_scaling"),
            ("partial_rotary_factor", json!(0.5), "partial_rotary_factor"),
            ("num_key_value_heads", json!(3), "multiple"),
            ("vocab_size", json!(0), "between 1"),
            ("vocab_size", json!(-5), "-5"),
            ("hidden_size", json!(1u64 << 40), "between 1"),
            ("num_hidden_layers", json!(1u64 << 20), "num_hidden_layers"),
            ("head_dim", json!(7), "even"),
            ("head_dim", json!(1u64 << 18), "even"),
            ("rope_theta", json!(0.0), "rope_theta"),
            ("rms_norm_eps", json!("small"), "small"),
        ];
        for (key, value, says) in cases {
            let error = read(|v| v[key] = value.clone()).expect_err("a configuration that cannot be computed");
            assert!(error.contains(says), "{key} = {value}: {error}");
        }
        assert!(Config::from_json(json!([])).is_err());
    }
}
