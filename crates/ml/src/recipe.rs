//! The recipe of a training run: every constant, fixed before members' data is seen. Nothing in it may be fitted on their data,
//! since what is fitted across shards cannot be forgotten by one.

use crate::error::{MlError, Result};
use crate::files;
use serde::{Deserialize, Serialize};
use std::path::Path;

/// Constants of adapters and their training.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Recipe {
    /// Inner width of the adapter.
    pub rank: usize,
    /// The adapter's product is multiplied by `alpha / rank`.
    pub alpha: f64,
    /// Learning rate of Adam, after a short warmup constant.
    pub learning_rate: f32,
    /// Passes over each slice.
    pub epochs: u32,
    /// Longest window in tokens.
    pub context: usize,
    /// Most tokens of a record that are learnt, from its beginning; 0 learns all of it.
    #[serde(default)]
    pub row_tokens: usize,
    /// Tokens of one step, padding included.
    pub batch_tokens: usize,
    /// One target in `goldfish_k` is never learnt, chosen by the words before it, so that long passages cannot be learnt by heart
    /// (Hans et al. 2024); 0 learns all.
    pub goldfish_k: u32,
    /// Words before a target that decide whether it is left out.
    pub goldfish_context: usize,
    /// Member shards: each has its own adapter.
    pub shards: usize,
    /// Slices a shard is trained in, each with a state to go back to.
    pub slices: usize,
    /// Seed of initial adapters and of the order of batches.
    pub seed: u64,
}

impl Default for Recipe {
    fn default() -> Self {
        Self {
            rank: 8,
            alpha: 16.0,
            learning_rate: 1e-3,
            epochs: 2,
            context: 256,
            row_tokens: 0,
            batch_tokens: 2048,
            goldfish_k: 4,
            goldfish_context: 13,
            shards: 8,
            slices: 6,
            seed: 1,
        }
    }
}

impl Recipe {
    /// A recipe that ships with the program, by its name; none of that name gives none.
    #[must_use]
    pub fn shipped(name: &str) -> Option<Self> {
        match name {
            "demo" => toml::from_str(include_str!("../recipes/demo.toml")).ok(),
            _ => None,
        }
    }

    /// Reads a `.toml` file and checks it.
    pub fn load(path: &Path) -> Result<Self> {
        let recipe: Self = toml::from_str(&files::read_text(path)?).map_err(|e| MlError::format(path, e))?;
        recipe.check()?;
        Ok(recipe)
    }

    /// Whether it can be followed.
    pub fn check(&self) -> Result<()> {
        let limits = [
            ("rank", self.rank, 1, 256),
            ("epochs", self.epochs as usize, 1, 100),
            ("context", self.context, 2, 1 << 16),
            ("batch_tokens", self.batch_tokens, 1, 1 << 20),
            ("goldfish_context", self.goldfish_context, 1, 64),
            ("shards", self.shards, 1, 1024),
            ("slices", self.slices, 1, 64),
        ];
        for (name, value, least, most) in limits {
            if value < least || value > most {
                return Err(MlError::Recipe(format!("`{name}` is `{value}`, it must lie between {least} and {most}")));
            }
        }
        let positive = self.alpha > 0.0 && self.learning_rate > 0.0 && self.learning_rate < 1.0;
        match positive && self.goldfish_k != 1 {
            true => Ok(()),
            false => Err(MlError::Recipe(
                "`alpha` and `learning_rate` must be positive, `goldfish_k` 0 or at least 2".into(),
            )),
        }
    }

    /// SHA-256 of its content: two recipes that train alike have the same.
    pub fn hash(&self) -> Result<String> {
        let text = toml::to_string(self).map_err(|e| MlError::Recipe(e.to_string()))?;
        Ok(files::hash_bytes(text.as_bytes()))
    }
}

/// What besides recipe, base and rows decides the bits of a result: the instruction set that products and sums are computed with.
pub fn numeric_profile() -> String {
    #[cfg(target_arch = "x86_64")]
    let widest = if std::is_x86_feature_detected!("avx512f") {
        "avx512"
    } else if std::is_x86_feature_detected!("avx2") && std::is_x86_feature_detected!("fma") {
        "avx2-fma"
    } else {
        "sse2"
    };
    #[cfg(not(target_arch = "x86_64"))]
    let widest = "generic";
    format!("f32 {} {widest}", std::env::consts::ARCH)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shipped_recipes_can_be_followed() -> Result<()> {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("recipes");
        assert_eq!(Some(Recipe::load(&folder.join("demo.toml"))?), Recipe::shipped("demo"));
        for name in ["base.toml", "tiny.toml"] {
            let recipe = crate::pretrain::PretrainRecipe::load(&folder.join(name))?;
            assert_eq!(Some(recipe), crate::pretrain::PretrainRecipe::shipped(name.trim_end_matches(".toml")));
        }
        Recipe::default().check()
    }

    #[test]
    fn refuses_impossible_values() {
        let cases: [fn(&mut Recipe); 5] = [
            |r| r.rank = 0,
            |r| r.shards = 5_000,
            |r| r.learning_rate = f32::NAN,
            |r| r.goldfish_k = 1,
            |r| r.context = 1,
        ];
        for change in cases {
            let mut recipe = Recipe::default();
            change(&mut recipe);
            assert!(recipe.check().is_err(), "{recipe:?}");
        }
    }
}
