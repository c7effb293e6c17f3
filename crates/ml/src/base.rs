//! A base model as a folder in Hugging Face layout: configuration, tokenizer, weights, and one hash that names all three. A base
//! holds public text only and is never changed by members' data. Whatever does not fit is refused before the weights are read.

use crate::config::{Config, marks};
use crate::error::{MlError, Result};
use crate::files;
use crate::model::Model;
use crate::tensors::{self, Tensors};
use crate::tokenizer::Tokenizer;
use crate::weights::WeightFiles;
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

/// Memory that may be used for a base.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Room {
    /// Bytes that are free.
    pub available_bytes: u64,
    /// How often the weights will be held at once: [`TRAINED_COPIES`] or [`SERVED_COPIES`].
    pub copies: u64,
}

/// Training holds the base once; adapters are small beside it.
pub const TRAINED_COPIES: u64 = 1;
/// A served base is held as it is, merged with the adapters, and once more by row for drafts.
pub const SERVED_COPIES: u64 = 3;

impl Base {
    /// Loads `config.json`, `tokenizer.json` and the safetensors files of a folder.
    pub fn load(folder: &Path) -> Result<Self> {
        Self::load_within(folder, Room { available_bytes: u64::MAX, copies: TRAINED_COPIES })
    }

    /// The same, if it fits into the memory; else an error says how much it needs, before any weight is read.
    pub fn load_within(folder: &Path, room: Room) -> Result<Self> {
        let (config, tokenizer) = Self::open(folder)?;
        let weights = WeightFiles::open(folder)?;
        weights.check(&config)?;
        weights.check_room(room.copies, room.available_bytes)?;
        let tensors = weights.read(&config)?;
        Self::new(config, tokenizer, tensors)
    }

    /// What a folder says of its model and its texts, without the weights: sizes, the tokens that begin and end a text, tokenizer.
    pub fn open(folder: &Path) -> Result<(Config, Tokenizer)> {
        if !folder.join("config.json").is_file() {
            let why = "it holds no `config.json`; give a folder with a checkpoint in Hugging Face layout";
            return Err(MlError::format(folder, why));
        }
        let mut config = Config::load(&folder.join("config.json"))?;
        let tokenizer = Tokenizer::load(&folder.join("tokenizer.json"))?;
        marks::resolve(folder, &mut config, &tokenizer)?;
        fits(&config, &tokenizer)?;
        Ok((config, tokenizer))
    }

    /// Puts a base together from its parts; they must fit each other.
    pub fn new(config: Config, tokenizer: Tokenizer, tensors: Tensors) -> Result<Self> {
        fits(&config, &tokenizer)?;
        Model::new(&config, &tensors)?;
        let parts =
            [files::hash_bytes(config.to_json().to_string().as_bytes()), tokenizer.hash(), tensors::hash(&tensors)?];
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

/// Whether a tokenizer is this model's, as far as numbers tell: none of its tokens is outside the model's vocabulary, and it uses
/// at least half of that (checkpoints pad it a little).
fn fits(config: &Config, tokenizer: &Tokenizer) -> Result<()> {
    let (model, highest, tokens) = (config.vocab_size, tokenizer.highest(), tokenizer.vocabulary());
    match (highest as usize) < model && tokens * 2 >= model {
        true => Ok(()),
        false => Err(MlError::Tokenizer(format!(
            "the vocabulary does not fit: the tokenizer has `{tokens}` tokens up to number `{highest}`, the model `{model}`; \
             take the `tokenizer.json` that came with the weights"
        ))),
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::config::tests::tiny;
    use crate::model::tests::random_tensors;
    use crate::tensors::Width;
    use crate::tokenizer::tests::small;

    /// A random tiny base, for tests that need one.
    pub(crate) fn random_base(seed: u64) -> Result<Base> {
        Base::new(tiny(), small()?, random_tensors(&tiny(), seed)?)
    }

    /// Writes a base as a folder.
    pub(crate) fn on_disk(base: &Base, folder: &Path) -> Result<()> {
        files::create_folder(folder)?;
        tensors::save(&folder.join("model.safetensors"), base.tensors(), Width::Full)?;
        files::write_json(&folder.join("config.json"), &base.config().to_json())?;
        files::write_atomic(&folder.join("tokenizer.json"), base.tokenizer().json().as_bytes())
    }

    #[test]
    fn the_hash_names_the_content() -> Result<()> {
        assert_eq!(random_base(1)?.hash(), random_base(1)?.hash());
        assert_ne!(random_base(1)?.hash(), random_base(2)?.hash());
        Ok(())
    }

    #[test]
    fn loads_the_folder_it_was_written_to_if_there_is_room() -> Result<()> {
        let folder = tempfile::tempdir().map_err(MlError::io(Path::new("tmp")))?;
        let base = random_base(3)?;
        on_disk(&base, folder.path())?;
        let loaded = Base::load(folder.path())?;
        assert_eq!(Base::load(folder.path())?.hash(), loaded.hash());
        assert_eq!(loaded.config().marks(), base.config().marks());
        let needed = 4 * (base.config().parameter_count() + 300 * 32) as u64;
        let within = |available_bytes| Base::load_within(folder.path(), Room { available_bytes, copies: 2 });
        assert!(within(2 * needed).is_ok());
        let error = within(2 * needed - 1).expect_err("too little memory").to_string();
        assert!(error.contains("MiB are free"), "{error}");
        Ok(())
    }

    #[test]
    fn a_tokenizer_of_another_model_is_refused() -> Result<()> {
        for vocab_size in [200, 1000] {
            let config = Config { vocab_size, ..tiny() };
            let error =
                Base::new(config.clone(), small()?, random_tensors(&config, 1)?).expect_err("another tokenizer");
            assert!(error.to_string().contains("vocabulary does not fit"), "{error}");
        }
        Ok(())
    }
}
