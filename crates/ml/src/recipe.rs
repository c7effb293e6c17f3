//! The recipe of a training run: every constant, fixed before members' data is seen. Nothing in it may be fitted on their data,
//! since what is fitted across shards cannot be forgotten by one.

use crate::dp::Privacy;
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
    /// Whether the learning rate falls to zero over the last slice, where the steps left depend on no other slice.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub cooldown: bool,
    /// Share of the rows that the reference learns from, the one adapter over all that a release is compared with (`price.rs`); 0
    /// learns none. It changes no weight that is served, so it is no part of the hash.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub reference: f64,
    /// Learning rate of the reference, where another than that of the shards is best for it, so that the comparison does not
    /// flatter; no part of the hash either. That of the shards where it is not given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reference_rate: Option<f32>,
    /// Made-up secrets that each shard learns beside its rows, half of them once and half four times, so that the audit can measure
    /// what the weights give away. A release needs at least two.
    #[serde(default, skip_serializing_if = "has_none")]
    pub canaries: usize,
    /// One more adapter, learnt on top of all shards; without it what is served is their mean alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub joint: Option<Joint>,
    /// Steps that keep each member private (`dp`), in place of passes over the rows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub privacy: Option<Privacy>,
}

/// Whether a field that older recipes lack is left out, so that their hash stays.
fn has_none(value: &usize) -> bool {
    *value == 0
}

/// Constants of the joint stage (`joint.rs`): a short adapter over a sample of all shards' rows, on top of their mean.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Joint {
    /// Share of the rows that are learnt again, chosen row by row, above 0 and at most 1. Its tokens times `epochs`, over all tokens
    /// times the shards' epochs, is what the stage adds to every forgetting.
    pub share: f64,
    /// Learning rate at its highest; it falls to zero.
    pub learning_rate: f32,
    /// Passes over the chosen rows.
    pub epochs: u32,
    /// Tokens of one step, padding included.
    pub batch_tokens: usize,
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
            cooldown: false,
            reference: 0.0,
            reference_rate: None,
            canaries: 0,
            joint: None,
            privacy: None,
        }
    }
}

impl Recipe {
    /// A recipe that ships with the program, by its name; none of that name gives none.
    #[must_use]
    pub fn shipped(name: &str) -> Option<Self> {
        let text = match name {
            "default" => include_str!("../recipes/default.toml"),
            "demo" => include_str!("../recipes/demo.toml"),
            "tiny" => include_str!("../recipes/tiny.toml"),
            "large" => include_str!("../recipes/large.toml"),
            "private" => include_str!("../recipes/private.toml"),
            _ => return None,
        };
        toml::from_str(text).ok()
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
            ("canaries", self.canaries, 0, 1024),
        ];
        for (name, value, least, most) in limits {
            if value < least || value > most {
                return Err(MlError::Recipe(format!("`{name}` is `{value}`, it must lie between {least} and {most}")));
            }
        }
        if let Some(joint) = &self.joint {
            let fits = joint.share > 0.0
                && joint.share <= 1.0
                && joint.learning_rate > 0.0
                && joint.learning_rate < 1.0
                && (1..=100).contains(&joint.epochs)
                && (1..=1 << 20).contains(&joint.batch_tokens);
            if !fits {
                let why = "the joint stage needs a `share` and a `learning_rate` between 0 and 1, 1 to 100 `epochs` and `batch_tokens`";
                return Err(MlError::Recipe(why.into()));
            }
        }
        if let Some(privacy) = &self.privacy {
            privacy.check(self)?;
        }
        if !(0.0..=1.0).contains(&self.reference) {
            return Err(MlError::Recipe("`reference` is a share of the rows, it must lie between 0 and 1".into()));
        }
        let rates = [Some(self.learning_rate), self.reference_rate];
        let positive = self.alpha > 0.0 && rates.iter().flatten().all(|rate| *rate > 0.0 && *rate < 1.0);
        match positive && self.goldfish_k != 1 {
            true => Ok(()),
            false => Err(MlError::Recipe(
                "`alpha` and the learning rates must be positive and the rates below 1, `goldfish_k` 0 or at least 2"
                    .into(),
            )),
        }
    }

    /// Tokens of a row that are learnt, at most.
    #[must_use]
    pub fn most_tokens(&self) -> usize {
        if self.row_tokens == 0 { usize::MAX } else { self.row_tokens }
    }

    /// The tokens of a row that are learnt.
    #[must_use]
    pub fn learnt<'a>(&self, tokens: &'a [u32]) -> &'a [u32] {
        &tokens[..tokens.len().min(self.most_tokens())]
    }

    /// What forgetting one member costs at the mean, as a share of all training: the shard from the slice before the member on, then
    /// the joint stage. All members, shards and slices are taken to be of one size.
    #[must_use]
    pub fn forgetting_cost(&self) -> f64 {
        let slices = self.slices as f64;
        let shard = (slices + 1.0) / (2.0 * slices) / self.shards as f64;
        let joint = self.joint.map_or(0.0, |j| j.share * f64::from(j.epochs) / f64::from(self.epochs));
        (shard + joint) / (1.0 + joint)
    }

    /// SHA-256 of its content: two recipes that train alike have the same.
    pub fn hash(&self) -> Result<String> {
        let deciding = Self { reference: 0.0, reference_rate: None, ..self.clone() };
        let text = toml::to_string(&deciding).map_err(|e| MlError::Recipe(e.to_string()))?;
        Ok(files::hash_bytes(text.as_bytes()))
    }
}

fn is_zero(share: &f64) -> bool {
    *share == 0.0
}

/// Version of the operations: raised whenever one of them is computed in another order or over other windows, because that changes bits.
const KERNELS: u32 = 3;

/// What besides recipe, base and rows decides the bits of a result: the instruction set that products and sums are computed with,
/// and the version of the operations.
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
    format!("f32 {} {widest} kernels {KERNELS}", std::env::consts::ARCH)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shipped_recipes_can_be_followed() -> Result<()> {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("recipes");
        for name in ["default", "demo", "tiny", "large"] {
            let recipe = Recipe::load(&folder.join(name).with_extension("toml"))?;
            let cost = recipe.forgetting_cost();
            assert!(
                name == "tiny" || cost <= 1.0 / 12.0,
                "`{name}` costs {cost:.4} of all training to forget one member"
            );
            assert_eq!(Some(recipe), Recipe::shipped(name));
        }
        for name in ["base.toml", "tiny.toml"] {
            let recipe = crate::pretrain::PretrainRecipe::load(&folder.join("pretrain").join(name))?;
            assert_eq!(Some(recipe), crate::pretrain::PretrainRecipe::shipped(name.trim_end_matches(".toml")));
        }
        Recipe::default().check()
    }

    #[test]
    fn the_hash_is_of_what_decides_the_weights() -> Result<()> {
        let plain = Recipe::default();
        let joint = Joint { share: 0.1, learning_rate: 1e-3, epochs: 1, batch_tokens: 512 };
        let compared = Recipe { reference: 1.0, reference_rate: Some(1e-3), ..plain.clone() };
        assert_eq!(compared.hash()?, plain.hash()?);
        for other in [Recipe { cooldown: true, ..plain.clone() }, Recipe { joint: Some(joint), ..plain.clone() }] {
            assert_ne!(other.hash()?, plain.hash()?);
        }
        let text = toml::to_string(&plain).map_err(|e| MlError::Recipe(e.to_string()))?;
        for added in ["cooldown", "reference", "joint"] {
            assert!(!text.contains(added), "an old recipe keeps its hash");
        }
        Ok(())
    }

    #[test]
    fn refuses_impossible_values() {
        let cases: [fn(&mut Recipe); 8] = [
            |r| r.rank = 0,
            |r| r.shards = 5_000,
            |r| r.learning_rate = f32::NAN,
            |r| r.goldfish_k = 1,
            |r| r.context = 1,
            |r| r.reference = 2.0,
            |r| r.reference_rate = Some(0.0),
            |r| r.joint = Some(Joint { share: 0.0, learning_rate: 1e-3, epochs: 1, batch_tokens: 512 }),
        ];
        for change in cases {
            let mut recipe = Recipe::default();
            change(&mut recipe);
            assert!(recipe.check().is_err(), "{recipe:?}");
        }
    }
}
