//! Files of a sealed folder: written once, flushed to the disk, hashed, and moved into place as a whole. A folder that
//! was cut off half-way keeps its temporary name and is never taken for a sealed one.

use sha2::{Digest, Sha256};
use std::{
    fs::{self, File},
    io::{self, Read, Write},
    path::{Path, PathBuf},
};

/// A file that cannot be read or written.
#[derive(Debug, thiserror::Error)]
pub enum FileError {
    /// What the system says.
    #[error("cannot use `{path}`; check that it is there, may be used and that the disk has room")]
    Io {
        /// Which file.
        path: String,
        /// What the system says.
        #[source]
        source: io::Error,
    },
    /// What the Parquet reader or writer says.
    #[error("`{path}` is not a readable Parquet file; build it again")]
    Parquet {
        /// Which file.
        path: String,
        /// What is wrong with it.
        #[source]
        source: parquet::errors::ParquetError,
    },
}

impl FileError {
    pub(crate) fn io(path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.display().to_string();
        move |source| Self::Io { path, source }
    }

    pub(crate) fn parquet(path: &Path) -> impl FnOnce(parquet::errors::ParquetError) -> Self {
        let path = path.display().to_string();
        move |source| Self::Parquet { path, source }
    }
}

/// SHA-256 of bytes, in hex.
pub(crate) fn hash_bytes(bytes: &[u8]) -> String {
    hex::encode(Sha256::digest(bytes))
}

/// SHA-256 of a file in hex, and its size in bytes; read in pieces.
pub(crate) fn hash_file(path: &Path) -> Result<(String, u64), FileError> {
    let mut file = File::open(path).map_err(FileError::io(path))?;
    let (mut hash, mut size, mut piece) = (Sha256::new(), 0, vec![0; 1 << 16]);
    loop {
        let n = file.read(&mut piece).map_err(FileError::io(path))?;
        let Some(read) = piece.get(..n).filter(|read| !read.is_empty()) else { break };
        hash.update(read);
        size += n as u64;
    }
    Ok((hex::encode(hash.finalize()), size))
}

/// Writes a file and waits until the disk has it.
pub(crate) fn write_durable(path: &Path, bytes: &[u8]) -> Result<(), FileError> {
    let mut file = File::create(path).map_err(FileError::io(path))?;
    file.write_all(bytes).and_then(|()| file.sync_all()).map_err(FileError::io(path))
}

/// Puts a file that never changes at a second place: as a second name of the same bytes where the file system can, else
/// as a copy.
pub(crate) fn share(from: &Path, to: &Path) -> Result<(), FileError> {
    if fs::hard_link(from, to).is_ok() {
        return Ok(());
    }
    fs::copy(from, to).map_err(FileError::io(from))?;
    File::open(to).and_then(|file| file.sync_all()).map_err(FileError::io(to))
}

/// A folder under its temporary name. Dropped before [`Draft::seal`], it is removed.
pub(crate) struct Draft {
    path: PathBuf,
    target: PathBuf,
    sealed: bool,
}

impl Draft {
    /// Begins the folder `parent/name`; what a cut-off run left of it is removed.
    pub(crate) fn begin(parent: &Path, name: &str) -> Result<Self, FileError> {
        fs::create_dir_all(parent).map_err(FileError::io(parent))?;
        let path = parent.join(format!(".{name}.part"));
        match fs::remove_dir_all(&path) {
            Ok(()) => {}
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(FileError::io(&path)(error)),
        }
        fs::create_dir(&path).map_err(FileError::io(&path))?;
        Ok(Self { path, target: parent.join(name), sealed: false })
    }

    /// Where to write.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Makes a folder inside.
    pub(crate) fn folder(&self, name: &str) -> Result<(), FileError> {
        let path = self.path.join(name);
        fs::create_dir_all(&path).map_err(FileError::io(&path))
    }

    /// Gives the folder its name, in one step, after everything in it is on the disk.
    pub(crate) fn seal(mut self) -> Result<PathBuf, FileError> {
        for entry in fs::read_dir(&self.path).map_err(FileError::io(&self.path))? {
            let path = entry.map_err(FileError::io(&self.path))?.path();
            if path.is_dir() {
                sync_folder(&path)?;
            }
        }
        sync_folder(&self.path)?;
        fs::rename(&self.path, &self.target).map_err(FileError::io(&self.target))?;
        self.sealed = true;
        if let Some(parent) = self.target.parent() {
            sync_folder(parent)?;
        }
        Ok(self.target.clone())
    }
}

impl Drop for Draft {
    fn drop(&mut self) {
        if !self.sealed {
            // What stays behind is removed by the next run.
            let _ = fs::remove_dir_all(&self.path);
        }
    }
}

fn sync_folder(path: &Path) -> Result<(), FileError> {
    File::open(path).and_then(|folder| folder.sync_all()).map_err(FileError::io(path))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_is_there_as_a_whole_or_not_at_all() {
        let parent = tempfile::tempdir().unwrap();
        let draft = Draft::begin(parent.path(), "a").unwrap();
        write_durable(&draft.path().join("x"), b"1").unwrap();
        std::mem::forget(draft);
        assert!(!parent.path().join("a").exists(), "cut off");

        let draft = Draft::begin(parent.path(), "a").unwrap();
        assert!(!draft.path().join("x").exists(), "begun anew");
        draft.folder("data").unwrap();
        write_durable(&draft.path().join("data/y"), b"2").unwrap();
        let folder = draft.seal().unwrap();
        let (hash, size) = hash_file(&folder.join("data/y")).unwrap();
        assert_eq!((hash, size), (hash_bytes(b"2"), 1));
        assert_eq!(fs::read_dir(parent.path()).unwrap().count(), 1);

        drop(Draft::begin(parent.path(), "b").unwrap());
        assert_eq!(fs::read_dir(parent.path()).unwrap().count(), 1, "given up");
    }
}
