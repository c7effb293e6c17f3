//! Files that are either whole or absent: written beside their place, synced, renamed. And the SHA-256 that names contents.

use crate::error::{MlError, Result};
use serde::{Serialize, de::DeserializeOwned};
use sha2::{Digest, Sha256};
use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};

/// Largest JSON or text file read whole, in bytes: a tokenizer of a large vocabulary has about 20 MB.
const TEXT_BYTES_LIMIT: u64 = 64 << 20;

/// Replaces `path` by `bytes` in one step, so that a kill at any moment leaves the old or the new file.
pub fn write_atomic(path: &Path, bytes: &[u8]) -> Result<()> {
    let temporary = part_of(path);
    let mut file = File::create(&temporary).map_err(MlError::io(&temporary))?;
    if let Err(error) = file.write_all(bytes).and_then(|()| file.sync_all()) {
        // A full disk gets its room back; what is at `path` stays.
        drop(file);
        remove_if_there(&temporary)?;
        return Err(MlError::io(path)(error));
    }
    fs::rename(&temporary, path).map_err(MlError::io(path))?;
    if let Some(folder) = path.parent().filter(|p| !p.as_os_str().is_empty()) {
        File::open(folder).and_then(|f| f.sync_all()).map_err(MlError::io(folder))?;
    }
    Ok(())
}

/// Writes a file that only its owner may read, whole or not at all.
pub fn write_secret(path: &Path, bytes: &[u8]) -> Result<()> {
    let temporary = part_of(path);
    remove_if_there(&temporary)?;
    let mut options = File::options();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(&temporary).and_then(|mut file| file.write_all(bytes)).map_err(MlError::io(&temporary))?;
    fs::rename(&temporary, path).map_err(MlError::io(path))
}

/// Where a file lies while it is being written; left behind only by a kill, and overwritten by the next write.
pub fn part_of(path: &Path) -> PathBuf {
    path.with_extension("part")
}

/// Writes a value as indented JSON, whole or not at all.
pub fn write_json(path: &Path, value: &impl Serialize) -> Result<()> {
    let mut text = serde_json::to_vec_pretty(value).map_err(|e| MlError::format(path, e))?;
    text.push(b'\n');
    write_atomic(path, &text)
}

/// Reads a bounded text file.
pub fn read_text(path: &Path) -> Result<String> {
    let size = fs::metadata(path).map_err(MlError::io(path))?.len();
    if size > TEXT_BYTES_LIMIT {
        return Err(MlError::format(path, format!("`{size}` bytes are more than the limit of `{TEXT_BYTES_LIMIT}`")));
    }
    fs::read_to_string(path).map_err(MlError::io(path))
}

/// Reads a JSON file.
pub fn read_json<T: DeserializeOwned>(path: &Path) -> Result<T> {
    serde_json::from_str(&read_text(path)?).map_err(|e| MlError::format(path, e))
}

/// A number in `[0, 1)` that a text decides: the same text the same number, different texts evenly spread.
pub fn share_of(text: &str) -> f64 {
    let hash = hash_bytes(text.as_bytes());
    f64::from(u32::from_str_radix(&hash[..8], 16).unwrap_or_default()) / 4_294_967_296.0
}

/// SHA-256 in hexadecimal.
pub fn hash_bytes(bytes: &[u8]) -> String {
    hex::encode(Sha256::digest(bytes))
}

/// SHA-256 of a file's bytes, in hexadecimal.
pub fn hash_file(path: &Path) -> Result<String> {
    let mut file = File::open(path).map_err(MlError::io(path))?;
    let mut hasher = Sha256::new();
    std::io::copy(&mut file, &mut hasher).map_err(MlError::io(path))?;
    Ok(hex::encode(hasher.finalize()))
}

/// Creates a folder and its parents.
pub fn create_folder(path: &Path) -> Result<()> {
    fs::create_dir_all(path).map_err(MlError::io(path))
}

/// Deletes a file if it is there.
pub fn remove_if_there(path: &Path) -> Result<()> {
    match fs::remove_file(path) {
        Err(e) if e.kind() != std::io::ErrorKind::NotFound => Err(MlError::io(path)(e)),
        _ => Ok(()),
    }
}

/// Deletes a folder with all that is in it if it is there.
pub fn remove_folder_if_there(path: &Path) -> Result<()> {
    match fs::remove_dir_all(path) {
        Err(e) if e.kind() != std::io::ErrorKind::NotFound => Err(MlError::io(path)(e)),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn replaces_whole_files_and_hashes_them() -> Result<()> {
        let folder = tempfile::tempdir().map_err(MlError::io(Path::new("tmp")))?;
        let path = folder.path().join("a.json");
        write_json(&path, &[1, 2])?;
        write_json(&path, &[3])?;
        assert_eq!(read_json::<Vec<u32>>(&path)?, [3]);
        assert_eq!(hash_file(&path)?, hash_bytes(b"[\n  3\n]\n"));
        remove_if_there(&path)?;
        remove_if_there(&path)?;
        assert!(read_text(&path).is_err());
        Ok(())
    }
}
