//! A low-rank adapter (LoRA, Hu et al. 2021) on all seven projections of every block: `y = W x + (alpha / rank) B (A x)`. Stored in
//! the layout of PEFT (`adapter_config.json`, `adapter_model.safetensors`), so other tools load it. Members' data lives only here.

use crate::adam::Variables;
use crate::base::Base;
use crate::config::{Config, Projection};
use crate::error::{MlError, Result};
use crate::files;
use crate::tensors::{self, Tensors, Width};
use candle_core::{Device, Tensor, Var};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};
use std::path::Path;

/// Name of the weights' file in a PEFT folder.
pub const WEIGHTS_FILE: &str = "adapter_model.safetensors";
/// Name of the description in a PEFT folder.
pub const CONFIG_FILE: &str = "adapter_config.json";

/// The adapter's matrices, placed by layer and projection.
#[derive(Debug, Clone)]
pub struct Adapter {
    rank: usize,
    alpha: f64,
    layers: Vec<Vec<(Tensor, Tensor)>>,
}

/// What `adapter_config.json` says that matters here.
#[derive(Debug, Serialize, Deserialize)]
struct PeftConfig {
    peft_type: String,
    task_type: String,
    base_model_name_or_path: String,
    r: usize,
    lora_alpha: f64,
    #[serde(default)]
    lora_dropout: f64,
    bias: String,
    fan_in_fan_out: bool,
    inference_mode: bool,
    target_modules: Vec<String>,
}

/// PEFT's names of the two matrices of a projection.
fn names(layer: usize, projection: Projection) -> [String; 2] {
    let stem = format!("base_model.model.model.layers.{layer}.{}", projection.module());
    [format!("{stem}.lora_A.weight"), format!("{stem}.lora_B.weight")]
}

/// Fresh variables: `A` random with the spread of `1 / sqrt(in)`, `B` zero, so that the adapter starts as nothing. The same seed
/// gives the same bits.
pub fn fresh_variables(config: &Config, rank: usize, seed: u64) -> Result<Variables> {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let mut variables = Variables::new();
    for layer in 0..config.num_hidden_layers {
        for projection in Projection::ALL {
            let (out, width) = projection.shape(config);
            let bound = (3.0 / width as f32).sqrt();
            let down: Vec<f32> = (0..rank * width).map(|_| rng.random_range(-bound..bound)).collect();
            let [a, b] = names(layer, projection);
            variables.insert(a, Var::from_tensor(&Tensor::from_vec(down, (rank, width), &Device::Cpu)?)?);
            variables
                .insert(b, Var::from_tensor(&Tensor::from_vec(vec![0f32; out * rank], (out, rank), &Device::Cpu)?)?);
        }
    }
    Ok(variables)
}

impl Adapter {
    /// Places named matrices (PEFT's names); a missing or misshapen one is an error that names it.
    pub fn new(config: &Config, rank: usize, alpha: f64, tensors: &Tensors) -> Result<Self> {
        let find = |name: &str, shape: (usize, usize)| -> Result<Tensor> {
            match tensors.get(name) {
                Some(tensor) if tensor.dims() == [shape.0, shape.1] => Ok(tensor.clone()),
                Some(tensor) => {
                    Err(MlError::Recipe(format!("`{name}` has shape {:?}, needs {shape:?}", tensor.dims())))
                }
                None => Err(MlError::Recipe(format!("the adapter lacks `{name}`"))),
            }
        };
        let mut layers = Vec::with_capacity(config.num_hidden_layers);
        for layer in 0..config.num_hidden_layers {
            let mut pairs = Vec::with_capacity(Projection::ALL.len());
            for projection in Projection::ALL {
                let (out, width) = projection.shape(config);
                let [a, b] = names(layer, projection);
                pairs.push((find(&a, (rank, width))?, find(&b, (out, rank))?));
            }
            layers.push(pairs);
        }
        Ok(Self { rank, alpha, layers })
    }

    /// The adapter that these variables are; gradients flow into them.
    pub fn of_variables(config: &Config, rank: usize, alpha: f64, variables: &Variables) -> Result<Self> {
        let tensors = variables.iter().map(|(name, var)| (name.clone(), var.as_tensor().clone())).collect();
        Self::new(config, rank, alpha, &tensors)
    }

    /// One adapter that computes the weighted sum of several: their ranks side by side, scales and weights folded into `B`. It is an
    /// ordinary adapter to every reader of the layout.
    pub fn concatenate(config: &Config, parts: &[(&Adapter, f64)]) -> Result<Self> {
        let mut layers = Vec::with_capacity(config.num_hidden_layers);
        for layer in 0..config.num_hidden_layers {
            let mut pairs = Vec::with_capacity(Projection::ALL.len());
            for projection in Projection::ALL {
                let (mut downs, mut ups) = (Vec::new(), Vec::new());
                for (adapter, weight) in parts {
                    if let Some((down, up)) = adapter.pair(layer, projection) {
                        downs.push(down.detach());
                        ups.push((up.detach() * (adapter.scale() * weight))?);
                    }
                }
                if downs.is_empty() {
                    return Err(MlError::Recipe("there is no adapter to put together".into()));
                }
                pairs.push((Tensor::cat(&downs, 0)?.contiguous()?, Tensor::cat(&ups, 1)?.contiguous()?));
            }
            layers.push(pairs);
        }
        let rank = parts.iter().map(|(adapter, _)| adapter.rank).sum();
        Ok(Self { rank, alpha: rank as f64, layers })
    }

    /// The weights with this adapter's product added to every projection.
    pub fn add_to(&self, config: &Config, weights: &Tensors) -> Result<Tensors> {
        let mut merged = weights.clone();
        for layer in 0..config.num_hidden_layers {
            for projection in Projection::ALL {
                let place = merged.get_mut(&projection.weight_name(layer));
                if let (Some(weight), Some((down, up))) = (place, self.pair(layer, projection)) {
                    *weight = (&*weight + (up.matmul(down)? * self.scale())?)?;
                }
            }
        }
        Ok(merged)
    }

    /// The same adapter once a member, with variables of their own: `A` is `[members, rank, in]`, `B` `[members, out, rank]`. The
    /// batch model gives each member's rows to its own copy, so that one backward pass leaves every member's gradient by itself.
    pub fn for_members(
        config: &Config,
        rank: usize,
        alpha: f64,
        variables: &Variables,
        members: usize,
    ) -> Result<(Self, Variables)> {
        let copied = |var: &Var| -> Result<Var> {
            let one = var.as_detached_tensor().unsqueeze(0)?;
            let shape = [&[members], var.dims()].concat();
            Ok(Var::from_tensor(&one.broadcast_as(shape)?.contiguous()?)?)
        };
        let copies: Variables =
            variables.iter().map(|(name, var)| Ok((name.clone(), copied(var)?))).collect::<Result<_>>()?;
        let find = |name: &String| match copies.get(name) {
            Some(var) => Ok(var.as_tensor().clone()),
            None => Err(MlError::Recipe(format!("the adapter lacks `{name}`"))),
        };
        let layer = |layer: usize| -> Result<Vec<(Tensor, Tensor)>> {
            let pair = |p: &Projection| {
                let [a, b] = names(layer, *p);
                Ok((find(&a)?, find(&b)?))
            };
            Projection::ALL.iter().map(pair).collect()
        };
        let layers = (0..config.num_hidden_layers).map(layer).collect::<Result<_>>()?;
        Ok((Self { rank, alpha, layers }, copies))
    }

    /// Inner width.
    pub fn rank(&self) -> usize {
        self.rank
    }

    /// What the product is multiplied by: `alpha / rank`.
    pub fn scale(&self) -> f64 {
        self.alpha / self.rank as f64
    }

    /// `(A, B)` of a projection.
    pub fn pair(&self, layer: usize, projection: Projection) -> Option<(&Tensor, &Tensor)> {
        self.layers.get(layer)?.get(projection as usize).map(|(a, b)| (a, b))
    }

    /// The matrices under PEFT's names.
    pub fn to_tensors(&self) -> Tensors {
        let mut all = Tensors::new();
        for (layer, pairs) in self.layers.iter().enumerate() {
            for (projection, (a, b)) in Projection::ALL.iter().zip(pairs) {
                let [name_a, name_b] = names(layer, *projection);
                all.insert(name_a, a.clone());
                all.insert(name_b, b.clone());
            }
        }
        all
    }

    /// Writes a PEFT folder and returns the SHA-256 of the weights' file. `base` is the name or path other tools will look up.
    pub fn save(&self, folder: &Path, base: &str) -> Result<String> {
        files::create_folder(folder)?;
        let short = |p: &Projection| p.module().rsplit('.').next().unwrap_or_default().to_owned();
        let config = PeftConfig {
            peft_type: "LORA".into(),
            task_type: "CAUSAL_LM".into(),
            base_model_name_or_path: base.into(),
            r: self.rank,
            lora_alpha: self.alpha,
            lora_dropout: 0.0,
            bias: "none".into(),
            fan_in_fan_out: false,
            inference_mode: true,
            target_modules: Projection::ALL.iter().map(short).collect(),
        };
        files::write_json(&folder.join(CONFIG_FILE), &config)?;
        tensors::save(&folder.join(WEIGHTS_FILE), &self.to_tensors(), Width::Full)
    }

    /// Reads a PEFT folder made on this very base, by its hash.
    pub fn load_for(folder: &Path, base: &Base) -> Result<Self> {
        let path = folder.join(CONFIG_FILE);
        let made_on = files::read_json::<PeftConfig>(&path)?.base_model_name_or_path;
        if made_on != base.hash() {
            let now = base.hash();
            let why = format!(
                "it was trained on the base `{made_on}`, the base is `{now}`; set `train.base` to the one it was trained on, \
                 or train anew"
            );
            return Err(MlError::format(&path, why));
        }
        Self::load(folder, base.config())
    }

    /// Reads a PEFT folder made for a base of this shape.
    pub fn load(folder: &Path, config: &Config) -> Result<Self> {
        let path = folder.join(CONFIG_FILE);
        let peft: PeftConfig = files::read_json(&path)?;
        if peft.peft_type != "LORA" || peft.fan_in_fan_out || peft.bias != "none" || peft.r == 0 {
            return Err(MlError::format(&path, "only plain LoRA without biases is supported"));
        }
        Self::new(config, peft.r, peft.lora_alpha, &tensors::load(&folder.join(WEIGHTS_FILE))?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::tests::tiny;
    use crate::model::{Model, tests::random_tensors};
    use crate::tensors::values;

    #[test]
    fn starts_as_nothing_and_round_trips() -> Result<()> {
        let config = tiny();
        let model = Model::new(&config, &random_tensors(&config, 3)?)?;
        let tokens = Tensor::from_vec(vec![1u32, 2, 3], (1, 3), &Device::Cpu)?;
        let variables = fresh_variables(&config, 4, 9)?;
        let adapter = Adapter::of_variables(&config, 4, 8.0, &variables)?;
        let plain = values(&model.logits(&tokens, None)?)?;
        assert_eq!(values(&model.logits(&tokens, Some(&adapter))?)?, plain);

        for (name, var) in &variables {
            if name.contains("lora_B") {
                var.set(&(var.as_tensor() + 0.1)?)?;
            }
        }
        let changed = values(&model.logits(&tokens, Some(&Adapter::of_variables(&config, 4, 8.0, &variables)?))?)?;
        assert_ne!(changed, plain);
        let folder = tempfile::tempdir().map_err(MlError::io(Path::new("tmp")))?;
        Adapter::of_variables(&config, 4, 8.0, &variables)?.save(folder.path(), "base")?;
        let loaded = Adapter::load(folder.path(), &config)?;
        assert_eq!(values(&model.logits(&tokens, Some(&loaded))?)?, changed);
        Ok(())
    }
}
