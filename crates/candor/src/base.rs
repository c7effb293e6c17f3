//! The base model of a platform. One of public text only ships inside the binary and is laid into the data folder when it is first
//! needed; any other of the Llama family is a folder that the operator names. Its hash is recorded at first use, and files that
//! changed afterwards are refused: adapters belong to one base, byte for byte.

use crate::{exit::Outcome, memory};
use anyhow::{Context, Result};
use candor_ml::{
    Base,
    base::{Room, SERVED_COPIES},
};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

macro_rules! shipped {
    ($($name:literal),*) => {
        [$(($name, include_bytes!(concat!("../../../models/candor-base-6m/", $name)).as_slice())),*]
    };
}

/// The files of the shipped base, in Hugging Face layout.
static SHIPPED: [(&str, &[u8]); 7] = shipped!(
    "README.md",
    "config.json",
    "generation_config.json",
    "model.safetensors",
    "recipe.toml",
    "tokenizer.json",
    "tokenizer_config.json"
);

/// What is kept of bases that are not the shipped one.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Record {
    /// The folder that `candor init --base` was given.
    #[serde(default)]
    chosen: Option<PathBuf>,
    /// The hash of each base, by its folder, when it was first used.
    #[serde(default)]
    hashes: BTreeMap<PathBuf, String>,
}

impl Record {
    fn path(data: &Path) -> PathBuf {
        data.join("base").join("record.json")
    }

    fn read(data: &Path) -> Result<Self> {
        let path = Self::path(data);
        if path.is_file() { Ok(candor_ml::files::read_json(&path)?) } else { Ok(Self::default()) }
    }

    fn write(&self, data: &Path) -> Result<()> {
        candor_ml::files::create_folder(&data.join("base"))?;
        Ok(candor_ml::files::write_json(&Self::path(data), self)?)
    }
}

/// The folder of the base model: the configured one, else the one that the platform was made with, else the shipped one laid out
/// under `data`.
pub fn folder(configured: &str, data: &Path) -> Result<PathBuf> {
    if !configured.is_empty() {
        return Ok(PathBuf::from(configured));
    }
    match Record::read(data)?.chosen {
        Some(chosen) => Ok(chosen),
        None => shipped(data),
    }
}

/// Loads the base of a platform, if it fits into the memory and is the one that was recorded.
pub fn load(configured: &str, data: &Path) -> Result<Base> {
    let folder = folder(configured, data)?;
    let words = || format!("the base model in `{}` cannot be used", folder.display());
    let room = Room { available_bytes: memory::available_bytes(), copies: SERVED_COPIES };
    let base = Base::load_within(&folder, room).with_context(words)?;
    if folder.parent() != Some(&data.join("base")) {
        recorded(data, &folder, base.hash())?;
    }
    Ok(base)
}

/// Makes a folder the base of a platform, from `candor init --base`; it must be one that can be used.
pub fn choose(data: &Path, folder: &Path) -> Result<Base> {
    let folder = folder.canonicalize().with_context(|| format!("there is no folder `{}`", folder.display()))?;
    let base = load(&folder.to_string_lossy(), data)?;
    let mut record = Record::read(data)?;
    record.chosen = Some(folder);
    record.write(data)?;
    Ok(base)
}

/// Holds a base against what was recorded when it was first used here.
fn recorded(data: &Path, folder: &Path, hash: &str) -> Result<()> {
    let folder = folder.canonicalize()?;
    let mut record = Record::read(data)?;
    match record.hashes.get(&folder) {
        Some(first) if first == hash => Ok(()),
        Some(first) => Err(Outcome::Refused(format!(
            "the base in `{}` has changed: it was `{first}` when it was first used, and is `{hash}` now; put its files back, \
             or put the new base into another folder and name that with `--base`",
            folder.display()
        ))
        .into()),
        None => {
            record.hashes.insert(folder, hash.to_owned());
            record.write(data)
        }
    }
}

/// The shipped base, laid out under `data`; a copy that was changed is refused.
fn shipped(data: &Path) -> Result<PathBuf> {
    let mut hash = Sha256::new();
    SHIPPED.iter().for_each(|(_, bytes)| hash.update(bytes));
    let name = hex::encode(hash.finalize());
    let folder = data.join("base").join(&name[..16]);
    if !folder.is_dir() {
        lay_out(&folder).with_context(|| format!("cannot lay the base model into `{}`", folder.display()))?;
    }
    let is_changed = |(file, bytes): &&(&str, &[u8])| std::fs::read(folder.join(file)).ok().as_deref() != Some(*bytes);
    match SHIPPED.iter().find(is_changed) {
        Some((file, _)) => Err(Outcome::Refused(format!(
            "`{file}` in `{}` is not the one that ships with this program; remove the folder, it is laid out anew",
            folder.display()
        ))
        .into()),
        None => Ok(folder),
    }
}

fn lay_out(folder: &Path) -> Result<()> {
    let fresh = folder.with_extension(format!("new-{}", std::process::id()));
    std::fs::create_dir_all(&fresh)?;
    for (name, bytes) in SHIPPED {
        std::fs::write(fresh.join(name), bytes)?;
    }
    match std::fs::rename(&fresh, folder) {
        // Another process was first; its copy is the same.
        Err(_) if folder.is_dir() => Ok(std::fs::remove_dir_all(&fresh)?),
        done => Ok(done?),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shipped_base_is_laid_out_once_and_guarded() {
        let data = tempfile::tempdir().unwrap();
        let first = folder("", data.path()).unwrap();
        assert!(first.join("model.safetensors").is_file());
        assert_eq!(folder("", data.path()).unwrap(), first);
        load("", data.path()).unwrap();
        std::fs::write(first.join("config.json"), "{}").unwrap();
        let error = load("", data.path()).unwrap_err().to_string();
        assert!(error.contains("config.json") && error.contains("remove the folder"), "{error}");
        std::fs::remove_dir_all(&first).unwrap();
        load("", data.path()).unwrap();
    }

    #[test]
    fn a_chosen_base_is_kept_and_may_not_change() {
        let (data, place) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let own = place.path().join("own");
        lay_out(&own).unwrap();
        let hash = choose(data.path(), &own).unwrap().hash().to_owned();
        assert_eq!(folder("", data.path()).unwrap(), own.canonicalize().unwrap());
        assert_eq!(load("", data.path()).unwrap().hash(), hash);

        let config = std::fs::read_to_string(own.join("config.json")).unwrap();
        std::fs::write(own.join("config.json"), config.replace("0.00001", "0.00002")).unwrap();
        let error = load("", data.path()).unwrap_err().to_string();
        assert!(error.contains("has changed") && error.contains("--base"), "{error}");
        std::fs::write(own.join("config.json"), config).unwrap();
        assert_eq!(load("", data.path()).unwrap().hash(), hash);
        assert!(load("nowhere", data.path()).is_err());
        assert!(choose(data.path(), &place.path().join("nowhere")).is_err());
    }
}
