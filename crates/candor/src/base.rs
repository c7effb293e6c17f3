//! The base model that ships inside the binary: public text only. It is laid into the data folder when it is first
//! needed, under the hash of its weights, so that other programs can open it too.

use anyhow::{Context, Result};
use sha2::{Digest, Sha256};
use std::path::{Path, PathBuf};

macro_rules! shipped {
    ($($name:literal),*) => {
        [$(($name, include_bytes!(concat!("../../../models/candor-base-2m/", $name)).as_slice())),*]
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

/// The folder of the base model: the configured one, or the shipped one laid out under `data`.
pub fn folder(configured: &str, data: &Path) -> Result<PathBuf> {
    if !configured.is_empty() {
        let folder = PathBuf::from(configured);
        anyhow::ensure!(folder.join("config.json").is_file(), "`{configured}` holds no base model (`config.json`)");
        return Ok(folder);
    }
    let mut hash = Sha256::new();
    SHIPPED.iter().for_each(|(_, bytes)| hash.update(bytes));
    let name = hex::encode(hash.finalize());
    let folder = data.join("base").join(&name[..16]);
    if !folder.is_dir() {
        lay_out(&folder).with_context(|| format!("cannot lay the base model into `{}`", folder.display()))?;
    }
    Ok(folder)
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
    fn the_shipped_base_is_laid_out_once() {
        let data = tempfile::tempdir().unwrap();
        let first = folder("", data.path()).unwrap();
        assert!(first.join("model.safetensors").is_file());
        assert_eq!(folder("", data.path()).unwrap(), first);
        assert!(folder("nowhere", data.path()).is_err());
    }
}
