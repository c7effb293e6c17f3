//! The log's signing key and the keys before it, in the file `log.key` of the data folder: outside SQL, so that a dump of
//! the database signs nothing. Whoever may read the file can sign as the log: its mode is 0600, and nothing prints it.
//!
//! ```text
//! candor-log-key/v1
//! <origin of the log>
//! <seed, 64 hex digits>
//! <size from which it holds> <verifier key>      one line for each key, oldest first; the last one is the seed's
//! ```

use crate::{error::StoreError, journal::sync_folder};
use candor_tlog::{KeyRing, LogKey, VerifierKey};
use rand::{RngCore, rngs::StdRng};
use std::{
    fs::File,
    io::Write,
    path::{Path, PathBuf},
    sync::{Mutex, PoisonError},
};

const NAME: &str = "log.key";
/// Where the next key waits while the log takes it.
const NEXT: &str = "log.key.next";
const HEADER: &str = "candor-log-key/v1";

/// The key that signs now, and the ring of all of them.
#[derive(Debug, Clone)]
pub(crate) struct Keys {
    seed: [u8; 32],
    pub(crate) key: LogKey,
    pub(crate) ring: KeyRing,
}

impl Keys {
    /// The first key of a log. Without an origin it gets one that no other log has.
    pub(crate) fn first(origin: Option<&str>, rng: &mut StdRng) -> Result<Self, StoreError> {
        let seed = seed(rng);
        let own = format!("candor.invalid/log-{:08x}", rng.next_u32());
        let key = LogKey::new(origin.unwrap_or(&own), &seed).map_err(StoreError::Key)?;
        let ring = KeyRing::new(key.verifier());
        Ok(Self { seed, key, ring })
    }

    /// The key that follows, from a size of the log on.
    pub(crate) fn next(&self, from: u64, rng: &mut StdRng) -> Result<Self, StoreError> {
        let seed = seed(rng);
        let key = LogKey::new(self.key.origin(), &seed).map_err(StoreError::Key)?;
        let mut ring = self.ring.clone();
        ring.add(from, key.verifier())?;
        Ok(Self { seed, key, ring })
    }

    /// The same key under the log's name with a word behind it: what it signs is then never taken for a checkpoint.
    pub(crate) fn under(&self, kind: &str) -> Result<LogKey, StoreError> {
        LogKey::new(&format!("{}/{kind}", self.key.origin()), &self.seed).map_err(StoreError::Key)
    }

    /// The keys of a data folder; none if it has none yet.
    pub(crate) fn read(dir: &Path) -> Result<Option<Self>, StoreError> {
        read(&dir.join(NAME))
    }

    /// The keys that wait for the log to take them.
    pub(crate) fn read_next(dir: &Path) -> Result<Option<Self>, StoreError> {
        read(&dir.join(NEXT))
    }

    /// Keeps the keys: on the disk when this returns.
    pub(crate) fn keep(&self, dir: &Path) -> Result<(), StoreError> {
        replace(dir, NAME, self.text().as_bytes())
    }

    /// Lays the keys down beside those that hold.
    pub(crate) fn keep_next(&self, dir: &Path) -> Result<(), StoreError> {
        replace(dir, NEXT, self.text().as_bytes())
    }

    /// Drops the keys that wait: they were never logged, or they hold now.
    pub(crate) fn drop_next(dir: &Path) -> Result<(), StoreError> {
        let path = dir.join(NEXT);
        match std::fs::remove_file(&path) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(StoreError::io(path)(error)),
            _ => Ok(()),
        }
    }

    fn text(&self) -> String {
        let keys: String = self.ring.keys().map(|(from, key)| format!("{from} {key}\n")).collect();
        format!("{HEADER}\n{}\n{}\n{keys}", self.key.origin(), hex::encode(self.seed))
    }
}

fn seed(rng: &mut StdRng) -> [u8; 32] {
    let mut seed = [0; 32];
    rng.fill_bytes(&mut seed);
    seed
}

fn read(path: &Path) -> Result<Option<Keys>, StoreError> {
    let text = match std::fs::read_to_string(path) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        other => other.map_err(StoreError::io(path))?,
    };
    parse(&text).map(Some).ok_or_else(|| StoreError::KeyFile(path.to_owned()))
}

fn parse(text: &str) -> Option<Keys> {
    let mut lines = text.lines();
    if lines.next()? != HEADER {
        return None;
    }
    let origin = lines.next()?;
    let mut seed = [0; 32];
    hex::decode_to_slice(lines.next()?, &mut seed).ok()?;
    let key = LogKey::new(origin, &seed).ok()?;
    let mut keys = lines.map(|line| {
        let (from, key) = line.split_once(' ')?;
        Some((from.parse::<u64>().ok()?, key.parse::<VerifierKey>().ok()?))
    });
    let mut ring = match keys.next()?? {
        (0, first) => KeyRing::new(first),
        _ => return None,
    };
    for line in keys {
        let (from, key) = line?;
        ring.add(from, key).ok()?;
    }
    (*ring.newest() == key.verifier()).then_some(Keys { seed, key, ring })
}

/// Replaces a file of the folder whole: whoever opens it sees the old bytes or the new ones, also after a power loss.
pub(crate) fn replace(dir: &Path, name: &str, bytes: &[u8]) -> Result<(), StoreError> {
    // Several threads and processes may write it at once: one after another here, under their own names over there.
    static WRITING: Mutex<()> = Mutex::new(());
    let _one = WRITING.lock().unwrap_or_else(PoisonError::into_inner);
    let (path, made) = (dir.join(name), dir.join(format!("{name}.{}.new", std::process::id())));
    let write = || -> std::io::Result<()> {
        let mut file = private(&made)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        std::fs::rename(&made, &path)?;
        sync_folder(dir)
    };
    write().map_err(StoreError::io(&path))
}

/// A new file that nobody else may read.
fn private(path: &PathBuf) -> std::io::Result<File> {
    let mut options = File::options();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::SeedableRng;

    #[test]
    fn keys_are_read_back_with_those_before_them() {
        let dir = tempfile::tempdir().unwrap();
        let rng = &mut StdRng::seed_from_u64(1);
        assert!(Keys::read(dir.path()).unwrap().is_none());
        let first = Keys::first(Some("example.org/candor"), rng).unwrap();
        first.keep(dir.path()).unwrap();
        let second = first.next(17, rng).unwrap();
        second.keep_next(dir.path()).unwrap();
        for (kept, expected) in [(Keys::read(dir.path()), &first), (Keys::read_next(dir.path()), &second)] {
            let kept = kept.unwrap().unwrap();
            assert_eq!(
                (kept.seed, &kept.ring, kept.key.origin()),
                (expected.seed, &expected.ring, "example.org/candor")
            );
        }
        Keys::drop_next(dir.path()).unwrap();
        Keys::drop_next(dir.path()).unwrap();
        assert!(Keys::read_next(dir.path()).unwrap().is_none());
    }

    #[cfg(unix)]
    #[test]
    fn nobody_else_may_read_the_key() {
        use std::os::unix::fs::PermissionsExt;
        let dir = tempfile::tempdir().unwrap();
        Keys::first(None, &mut StdRng::seed_from_u64(1)).unwrap().keep(dir.path()).unwrap();
        let mode = std::fs::metadata(dir.path().join(NAME)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }

    #[test]
    fn a_damaged_key_file_is_refused_by_its_name() {
        let dir = tempfile::tempdir().unwrap();
        let keys = Keys::first(None, &mut StdRng::seed_from_u64(1)).unwrap();
        let other = Keys::first(None, &mut StdRng::seed_from_u64(2)).unwrap().text();
        let text = keys.text();
        let cases = [
            String::new(),
            text.replace("v1", "v2"),
            text.lines().take(3).map(|line| format!("{line}\n")).collect(),
            text.replace("0 candor", "5 candor"),
            text.lines().take(3).chain(other.lines().skip(3)).map(|line| format!("{line}\n")).collect(),
        ];
        for text in cases {
            std::fs::write(dir.path().join(NAME), &text).unwrap();
            let error = Keys::read(dir.path()).unwrap_err().to_string();
            assert!(error.contains("log.key") && error.contains("backup"), "{error}");
        }
    }
}
