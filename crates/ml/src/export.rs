//! A release for other programs: as a PEFT folder (the base, and all adapters side by side as one), or merged into one checkpoint in
//! Hugging Face layout, which the public converters turn into GGUF. Each has a card that says what it is made from, by hash, and that
//! a member who leaves later leaves it too. Only what is served now may be exported; whether it may is the caller's to decide.

use crate::adapter::{Adapter, CONFIG_FILE, WEIGHTS_FILE};
use crate::base::Base;
use crate::error::{MlError, Result};
use crate::files;
use crate::tensors::{self, Tensors, Width};
use crate::weights::{INDEX_FILE, SINGLE_FILE};
use serde::Serialize;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};

/// Most bytes of values in one file of a merged checkpoint.
const FILE_BYTES: usize = 1 << 30;
/// Name of the card.
const CARD_FILE: &str = "README.md";
/// Folder of the base in a PEFT export.
const BASE_FOLDER: &str = "base";
/// Files of a base that say how texts become tokens and back; they are copied as they are.
const TEXT_FILES: [&str; 9] = [
    "tokenizer.json",
    "tokenizer_config.json",
    "special_tokens_map.json",
    "added_tokens.json",
    "generation_config.json",
    "chat_template.jinja",
    "vocab.json",
    "merges.txt",
    "tokenizer.model",
];

/// What the card of an export says besides the files.
#[derive(Debug, Clone, Serialize)]
pub struct Origin {
    /// The release.
    pub release: String,
    /// The snapshot it was made from.
    pub snapshot: String,
    /// SHA-256 of the snapshot's manifest.
    pub manifest: String,
    /// Hash of the base.
    pub base: String,
    /// Hash of the recipe.
    pub recipe: String,
    /// SHA-256 over the adapters' hashes, as the log has it.
    pub adapters: String,
    /// Shards in the mean.
    pub shards: usize,
    /// The log's signed checkpoint when this was written.
    pub checkpoint: String,
    /// License of the base, as its card says it; `other` if it says nothing.
    pub license: String,
}

/// What was written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Exported {
    /// The folder.
    pub folder: PathBuf,
    /// SHA-256 of every file by its path in the folder.
    pub files: BTreeMap<String, String>,
}

/// Writes base and adapter as a PEFT folder.
pub fn peft(base_folder: &Path, adapter: &Adapter, origin: &Origin, out: &Path) -> Result<Exported> {
    whole(out, |folder| {
        adapter.save(folder, BASE_FOLDER)?;
        copy_base(base_folder, &folder.join(BASE_FOLDER))?;
        copy_named(base_folder, folder, &TEXT_FILES)?;
        let words = format!(
            "`{WEIGHTS_FILE}` is one LoRA adapter of rank {}: the adapters of all shards side by side, so that it computes \
             their mean. `{CONFIG_FILE}` describes it; `{BASE_FOLDER}/` is the base it belongs to.\n\n\
             ```python\nbase = AutoModelForCausalLM.from_pretrained(\"{BASE_FOLDER}\")\n\
             model = PeftModel.from_pretrained(base, \".\")\n```\n",
            adapter.rank()
        );
        write_card(folder, origin, "peft", &words)
    })
}

/// Writes the base with the adapter's delta added, in 32-bit floats.
pub fn merged(base_folder: &Path, base: &Base, adapter: &Adapter, origin: &Origin, out: &Path) -> Result<Exported> {
    let merged = adapter.add_to(base.config(), base.tensors())?;
    whole(out, |folder| {
        write_weights(folder, &merged, FILE_BYTES)?;
        copy_named(base_folder, folder, &TEXT_FILES)?;
        let mut config: Value = files::read_json(&base_folder.join("config.json"))?;
        if let Some(config) = config.as_object_mut() {
            let newer = config.contains_key("dtype");
            config.insert(if newer { "dtype" } else { "torch_dtype" }.into(), json!("float32"));
        }
        files::write_json(&folder.join("config.json"), &config)?;
        let words = "The base with the mean of the shards' adapters added to its weights: a plain checkpoint that \
                     `transformers` and vLLM load. The public converter of llama.cpp makes GGUF of it:\n\n\
                     ```sh\npython convert_hf_to_gguf.py . --outtype f16\n```\n";
        write_card(folder, origin, "transformers", words)
    })
}

/// Fills a folder that appears whole or not at all; nothing that is there is overwritten.
fn whole(out: &Path, fill: impl FnOnce(&Path) -> Result<()>) -> Result<Exported> {
    if out.exists() {
        return Err(MlError::format(out, "it is there already; name a folder that is not"));
    }
    let part = files::part_of(out);
    if part.exists() {
        fs::remove_dir_all(&part).map_err(MlError::io(&part))?;
    }
    files::create_folder(&part)?;
    fill(&part)?;
    let mut found = BTreeMap::new();
    hashes(&part, "", &mut found)?;
    fs::rename(&part, out).map_err(MlError::io(out))?;
    Ok(Exported { folder: out.to_owned(), files: found })
}

fn hashes(folder: &Path, above: &str, found: &mut BTreeMap<String, String>) -> Result<()> {
    for entry in fs::read_dir(folder).map_err(MlError::io(folder))? {
        let path = entry.map_err(MlError::io(folder))?.path();
        let name = format!("{above}{}", path.file_name().unwrap_or_default().to_string_lossy());
        if path.is_dir() {
            hashes(&path, &format!("{name}/"), found)?;
        } else {
            found.insert(name, files::hash_file(&path)?);
        }
    }
    Ok(())
}

fn copy_named(from: &Path, to: &Path, names: &[&str]) -> Result<()> {
    for name in names.iter().filter(|name| from.join(name).is_file()) {
        fs::copy(from.join(name), to.join(name)).map_err(MlError::io(&from.join(name)))?;
    }
    Ok(())
}

/// Copies what makes up the base: configuration, texts' files, weights, its card and its license.
fn copy_base(from: &Path, to: &Path) -> Result<()> {
    files::create_folder(to)?;
    copy_named(from, to, &TEXT_FILES)?;
    for entry in fs::read_dir(from).map_err(MlError::io(from))? {
        let name = entry.map_err(MlError::io(from))?.file_name().to_string_lossy().into_owned();
        let is_weights = name.starts_with("model") && (name.ends_with(".safetensors") || name == INDEX_FILE);
        if is_weights || name == "config.json" || name == CARD_FILE || name.starts_with("LICENSE") {
            copy_named(from, to, &[&name])?;
        }
    }
    Ok(())
}

/// One file, or several with an index if there is more than `most` bytes of values.
fn write_weights(folder: &Path, all: &Tensors, most: usize) -> Result<()> {
    let (mut parts, mut bytes) = (vec![Tensors::new()], 0);
    for (name, tensor) in all {
        let size = tensor.elem_count() * size_of::<f32>();
        if bytes > 0 && bytes + size > most {
            parts.push(Tensors::new());
            bytes = 0;
        }
        bytes += size;
        if let Some(part) = parts.last_mut() {
            part.insert(name.clone(), tensor.clone());
        }
    }
    if let [one] = parts.as_slice() {
        tensors::save(&folder.join(SINGLE_FILE), one, Width::Full)?;
        return Ok(());
    }
    let mut map = BTreeMap::new();
    for (i, part) in parts.iter().enumerate() {
        let file = format!("model-{:05}-of-{:05}.safetensors", i + 1, parts.len());
        tensors::save(&folder.join(&file), part, Width::Full)?;
        map.extend(part.keys().map(|name| (name.clone(), file.clone())));
    }
    let total: usize = all.values().map(|tensor| tensor.elem_count() * size_of::<f32>()).sum();
    files::write_json(&folder.join(INDEX_FILE), &json!({"metadata": {"total_size": total}, "weight_map": map}))
}

/// The license that the card of a base names; `other` if there is none.
pub fn license_of(base_folder: &Path) -> String {
    let card = files::read_text(&base_folder.join(CARD_FILE)).unwrap_or_default();
    let mut head = card.lines().skip_while(|line| *line != "---").skip(1).take_while(|line| *line != "---");
    let license = head.find_map(|line| line.strip_prefix("license:")).map(|license| license.trim().to_owned());
    license.filter(|license| !license.is_empty()).unwrap_or_else(|| "other".into())
}

fn write_card(folder: &Path, origin: &Origin, library: &str, words: &str) -> Result<()> {
    let mut text = String::new();
    let Origin { release, snapshot, manifest, base, recipe, adapters, shards, checkpoint, license } = origin;
    // Writing to a string cannot fail.
    let _ = write!(
        text,
        "---\nlicense: {license}\nlibrary_name: {library}\npipeline_tag: text-generation\n---\n# Release {release}\n\n\
         {words}\n## What it is made from\n\n| | |\n|---|---|\n| release | `{release}` |\n| snapshot | `{snapshot}`, manifest sha256 \
         `{manifest}` |\n| base | `{base}` |\n| recipe | `{recipe}` |\n| adapters | `{adapters}`, of {shards} shards |\n\n\
         The transparency log when this was written:\n\n```\n{checkpoint}```\n\n\
         ## What holds for it\n\nThe base is under the license `{license}`; the adapters were learnt from members' data under the \
         terms that the snapshot's card names. **A later revocation applies to this copy**: when a member whose data is in it \
         takes it back, the release is withdrawn in the log above, and every copy is to be deleted and exported anew. Look up \
         the release in the log (`candor release show {release}`) before each use and at least daily.\n\n\
         Personal data was replaced before training and the release passed its audit; it may still say what is wrong.\n\n\
         ## Files\n\n| file | sha256 |\n|---|---|\n"
    );
    let mut found = BTreeMap::new();
    hashes(folder, "", &mut found)?;
    for (name, hash) in found {
        let _ = writeln!(text, "| `{name}` | `{hash}` |");
    }
    files::write_atomic(&folder.join(CARD_FILE), text.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::tests::{on_disk, random_base};
    use crate::merge::{Served, combined, tests::random_adapter};
    use crate::model::Model;
    use crate::tensors::values;
    use crate::weights::WeightFiles;
    use candle_core::{Device, Tensor};

    fn origin(base: &Base) -> Origin {
        Origin {
            release: "r-1".into(),
            snapshot: "s-1".into(),
            manifest: "00".into(),
            base: base.hash().into(),
            recipe: "11".into(),
            adapters: "22".into(),
            shards: 2,
            checkpoint: "example.org/log\n12\n".into(),
            license: "other".into(),
        }
    }

    fn logits(model: &Model, adapter: Option<&Adapter>) -> Result<Vec<f32>> {
        values(&model.logits(&Tensor::from_vec(vec![4u32, 9, 2, 77], (1, 4), &Device::Cpu)?, adapter)?)
    }

    fn worst(a: &[f32], b: &[f32]) -> f32 {
        a.iter().zip(b).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max)
    }

    #[test]
    fn what_is_exported_computes_what_is_served() -> Result<()> {
        let folder = tempfile::tempdir().map_err(MlError::io(Path::new("tmp")))?;
        let at = |name: &str| folder.path().join(name);
        on_disk(&random_base(5)?, &at("base"))?;
        let base = Base::load(&at("base"))?;
        let (shards, joint) = ([random_adapter(&base, 1)?, random_adapter(&base, 2)?], random_adapter(&base, 3)?);
        let served = logits(Served::new(&base, &shards, Some(&joint))?.model(), None)?;
        let whole = combined(&base, &shards, Some(&joint))?;
        assert_eq!((whole.rank(), whole.scale()), (12, 1.0));

        let written = peft(&at("base"), &whole, &origin(&base), &at("peft"))?;
        assert!(written.files.contains_key(WEIGHTS_FILE) && written.files.contains_key("base/config.json"));
        let (adapter, again) = (Adapter::load(&at("peft"), base.config())?, Base::load(&at("peft").join(BASE_FOLDER))?);
        assert_eq!(again.hash(), base.hash());
        assert!(worst(&logits(&again.model()?, Some(&adapter))?, &served) < 1e-3);

        merged(&at("base"), &base, &whole, &origin(&base), &at("merged"))?;
        assert_eq!(logits(&Base::load(&at("merged"))?.model()?, None)?, served);
        let card = files::read_text(&at("merged").join(CARD_FILE))?;
        let weights = files::hash_file(&at("merged").join(SINGLE_FILE))?;
        assert!(card.contains("example.org/log") && card.contains(&weights), "{card}");
        let again = merged(&at("base"), &base, &whole, &origin(&base), &at("merged"));
        assert!(again.is_err(), "nothing is overwritten");
        Ok(())
    }

    #[test]
    fn large_weights_go_into_several_files() -> Result<()> {
        let folder = tempfile::tempdir().map_err(MlError::io(Path::new("tmp")))?;
        let base = random_base(6)?;
        write_weights(folder.path(), base.tensors(), 20_000)?;
        let files = WeightFiles::open(folder.path())?;
        files.check(base.config())?;
        assert_eq!(tensors::hash(&files.read(base.config())?)?, tensors::hash(base.tensors())?);
        assert!(!folder.path().join(SINGLE_FILE).exists());
        Ok(())
    }

    #[test]
    fn the_license_stands_in_the_head_of_the_card() -> Result<()> {
        let folder = tempfile::tempdir().map_err(MlError::io(Path::new("tmp")))?;
        let card = folder.path().join(CARD_FILE);
        for (text, license) in [
            ("---\nlanguage: en\nlicense: cc0-1.0\n---\n# A\n", "cc0-1.0"),
            ("---\nlanguage: en\n---\nlicense: mit\n", "other"),
            ("no head", "other"),
        ] {
            files::write_atomic(&card, text.as_bytes())?;
            assert_eq!(license_of(folder.path()), license);
        }
        assert_eq!(license_of(&folder.path().join("nowhere")), "other");
        Ok(())
    }
}
