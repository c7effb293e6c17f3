//! A base model as a folder in Hugging Face layout: configuration, tokenizer, weights, and one hash that names all three. A base
//! holds public text only and is never changed by members' data.

use crate::config::Config;
use crate::error::{MlError, Result};
use crate::files;
use crate::model::Model;
use crate::tensors::{self, Tensors, Width};
use crate::tokenizer::Tokenizer;
use std::path::Path;
use std::sync::Arc;

/// A loaded base; cheap to clone.
#[derive(Debug, Clone)]
pub struct Base {
    config: Config,
    tokenizer: Tokenizer,
    tensors: Arc<Tensors>,
    hash: String,
}

impl Base {
    /// Loads `config.json`, `tokenizer.json` and the safetensors files of a folder.
    pub fn load(folder: &Path) -> Result<Self> {
        let config = Config::load(&folder.join("config.json"))?;
        let tokenizer = Tokenizer::load(&folder.join("tokenizer.json"))?;
        Self::new(config, tokenizer, tensors::load_folder(folder)?)
    }

    /// Puts a base together from its parts; they must fit each other.
    pub fn new(config: Config, tokenizer: Tokenizer, tensors: Tensors) -> Result<Self> {
        if tokenizer.vocabulary() > config.vocab_size {
            let (tokens, limit) = (tokenizer.vocabulary(), config.vocab_size);
            return Err(MlError::Recipe(format!("the tokenizer has `{tokens}` tokens, the model only `{limit}`")));
        }
        Model::new(&config, &tensors)?;
        let parts = [
            files::hash_bytes(config.to_json().to_string().as_bytes()),
            tokenizer.hash(),
            files::hash_bytes(&tensors::to_bytes(&tensors, Width::Full)?),
        ];
        Ok(Self { hash: files::hash_bytes(parts.join("\n").as_bytes()), config, tokenizer, tensors: Arc::new(tensors) })
    }

    /// The sizes.
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// The tokenizer.
    pub fn tokenizer(&self) -> &Tokenizer {
        &self.tokenizer
    }

    /// The weights by name.
    pub fn tensors(&self) -> &Tensors {
        &self.tensors
    }

    /// SHA-256 over configuration, tokenizer and weights (as 32-bit floats, whatever width the files have).
    pub fn hash(&self) -> &str {
        &self.hash
    }

    /// The batch model with these weights.
    pub fn model(&self) -> Result<Model> {
        Model::new(&self.config, &self.tensors)
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::config::tests::tiny;
    use crate::model::tests::random_tensors;
    use crate::tokenizer::tests::small;

    /// A random tiny base, for tests that need one.
    pub(crate) fn random_base(seed: u64) -> Result<Base> {
        Base::new(tiny(), small()?, random_tensors(&tiny(), seed)?)
    }

    #[test]
    fn the_hash_names_the_content() -> Result<()> {
        assert_eq!(random_base(1)?.hash(), random_base(1)?.hash());
        assert_ne!(random_base(1)?.hash(), random_base(2)?.hash());
        Ok(())
    }

    #[test]
    fn loads_the_folder_it_was_written_to() -> Result<()> {
        let folder = tempfile::tempdir().map_err(MlError::io(Path::new("tmp")))?;
        let base = random_base(3)?;
        tensors::save(&folder.path().join("model.safetensors"), base.tensors(), Width::Full)?;
        files::write_json(&folder.path().join("config.json"), &base.config().to_json())?;
        files::write_atomic(&folder.path().join("tokenizer.json"), base.tokenizer().json().as_bytes())?;
        assert_eq!(Base::load(folder.path())?.hash(), base.hash());
        Ok(())
    }
}
