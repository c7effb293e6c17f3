//! The emergency journal: a file of fixed size, written full of zeros when the data folder is made, so that there is
//! room for choices when the disk has none left. What stands in it was acknowledged and is not yet in the log; the
//! writer takes it up before anything else. It holds restrictive facts only, and never decides which.
//!
//! ```text
//! file    = record* zero*                            FILE_BYTES in all
//! record  = length (u32, little-endian) || digest (32 bytes) || body (length bytes)
//! digest  = BLAKE3("candor/journal/v1" || digest of the record before, or 32 zeros || body)
//! ```
//! The first record whose length is zero or too large, or whose digest does not fit, ends the journal: a record that a
//! crash tore was never acknowledged. The chain keeps a stale record behind a new one from being read as its successor.

use std::{
    fs::File,
    io::{self, Read, Seek, SeekFrom, Write},
    path::Path,
    sync::{Mutex, PoisonError},
};

/// Size of the file. A choice takes about 350 bytes, so there is room for about 3,000, and for at least 250 of the
/// largest size.
pub const FILE_BYTES: u64 = 1 << 20;
/// Most bytes of one record's body.
pub const MAX_BODY: usize = 4096 - HEAD;
/// Bytes before a body.
const HEAD: usize = 4 + 32;
const NAME: &str = "emergency.journal";
const CONTEXT: &[u8] = b"candor/journal/v1";

/// What identifies a record: its digest, chained over all before it.
pub type Digest = [u8; 32];

/// Why a choice was not taken into the journal.
#[derive(Debug, thiserror::Error)]
pub enum JournalError {
    /// No room is left.
    #[error("the emergency journal is full; make room on the disk, the choices in it are then taken into the log")]
    Full,
    /// One entry is too large for it.
    #[error("an entry of {0} bytes is too large for the emergency journal; make room on the disk and try again")]
    TooLarge(usize),
    /// The file cannot be used.
    #[error("the emergency journal cannot be read or written; check that this user may write in the data folder")]
    Io(#[from] io::Error),
}

/// One record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// Place in the journal, from 1.
    pub index: u64,
    /// Its digest.
    pub digest: Digest,
    /// What was appended.
    pub body: Vec<u8>,
}

/// The open file. Several processes may hold one; each use takes the file's lock.
#[derive(Debug)]
pub struct Journal {
    file: Mutex<File>,
}

impl Journal {
    /// Opens the journal of a data folder, or makes it: all zeros, on the disk before this returns.
    ///
    /// # Errors
    /// [`JournalError::Io`], also when a new folder's disk has no room for it.
    pub fn open(dir: &Path) -> Result<Self, JournalError> {
        let path = dir.join(NAME);
        let mut file = File::options().read(true).write(true).create(true).truncate(false).open(&path)?;
        file.lock()?;
        let made = file.metadata()?.len();
        if made < FILE_BYTES {
            // A crash while it was made left it short; nothing was acknowledged from there.
            file.seek(SeekFrom::Start(made))?;
            io::copy(&mut io::repeat(0).take(FILE_BYTES - made), &mut file)?;
            file.sync_all()?;
            sync_folder(dir)?;
        }
        file.unlock()?;
        Ok(Self { file: Mutex::new(file) })
    }

    /// Appends a body; when this returns it is on the disk.
    ///
    /// # Errors
    /// [`JournalError::Full`], [`JournalError::TooLarge`], or [`JournalError::Io`]; then nothing was appended that would
    /// be read back as acknowledged to anyone.
    pub fn append(&self, body: &[u8]) -> Result<Record, JournalError> {
        if body.is_empty() || body.len() > MAX_BODY {
            return Err(JournalError::TooLarge(body.len()));
        }
        self.locked(|file| {
            let (records, end) = scan(file)?;
            let length = u32::try_from(body.len()).map_err(|_| JournalError::TooLarge(body.len()))?;
            if end + (HEAD + body.len()) as u64 > FILE_BYTES {
                return Err(JournalError::Full);
            }
            let before = records.last().map_or([0; 32], |record| record.digest);
            let digest = chained(&before, body);
            let bytes = [&length.to_le_bytes()[..], &digest, body].concat();
            file.seek(SeekFrom::Start(end))?;
            file.write_all(&bytes)?;
            file.sync_data()?;
            Ok(Record { index: records.len() as u64 + 1, digest, body: body.to_vec() })
        })
    }

    /// Every whole record, in order.
    ///
    /// # Errors
    /// [`JournalError::Io`].
    pub fn records(&self) -> Result<Vec<Record>, JournalError> {
        self.locked(|file| Ok(scan(file)?.0))
    }

    /// Whether nothing waits. Reads four bytes and takes no lock: a record that is just being appended may be missed.
    ///
    /// # Errors
    /// [`JournalError::Io`].
    pub fn is_empty(&self) -> Result<bool, JournalError> {
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        let mut length = [0; 4];
        file.seek(SeekFrom::Start(0))?;
        file.read_exact(&mut length)?;
        Ok(length == [0; 4])
    }

    /// Empties the journal once its records are in the log, unless one was appended behind `last` meanwhile: then it is
    /// left as it is, and says `false`. Taking a record up twice is harmless, losing one is not. The bytes are
    /// overwritten: they are about members.
    ///
    /// # Errors
    /// [`JournalError::Io`].
    pub fn clear(&self, last: &Digest) -> Result<bool, JournalError> {
        self.locked(|file| {
            let (records, end) = scan(file)?;
            if records.last().is_some_and(|record| record.digest != *last) {
                return Ok(false);
            }
            // A torn record may stand behind the last whole one.
            let used = (end + (HEAD + MAX_BODY) as u64).min(FILE_BYTES);
            file.seek(SeekFrom::Start(0))?;
            io::copy(&mut io::repeat(0).take(used), file)?;
            file.sync_data()?;
            Ok(true)
        })
    }

    fn locked<T>(&self, act: impl FnOnce(&mut File) -> Result<T, JournalError>) -> Result<T, JournalError> {
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        file.lock()?;
        let outcome = act(&mut file);
        file.unlock()?;
        outcome
    }
}

/// Makes a new name in a folder survive a power loss.
pub(crate) fn sync_folder(dir: &Path) -> io::Result<()> {
    // Elsewhere a folder cannot be opened as a file, and its names are kept by the file system itself.
    if cfg!(unix) { File::open(dir)?.sync_all() } else { Ok(()) }
}

fn chained(before: &Digest, body: &[u8]) -> Digest {
    let mut hasher = blake3::Hasher::new();
    hasher.update(CONTEXT).update(before).update(body);
    *hasher.finalize().as_bytes()
}

/// The whole records from the start, and where the next one goes.
fn scan(file: &mut File) -> Result<(Vec<Record>, u64), JournalError> {
    let mut bytes = Vec::new();
    file.seek(SeekFrom::Start(0))?;
    Read::take(&mut *file, FILE_BYTES).read_to_end(&mut bytes)?;
    let (mut records, mut rest) = (Vec::new(), bytes.as_slice());
    let mut before = [0; 32];
    while let Some((body, digest, behind)) = first_record(rest, &before) {
        records.push(Record { index: records.len() as u64 + 1, digest, body: body.to_vec() });
        (before, rest) = (digest, behind);
    }
    Ok((records, (bytes.len() - rest.len()) as u64))
}

fn first_record<'a>(bytes: &'a [u8], before: &Digest) -> Option<(&'a [u8], Digest, &'a [u8])> {
    let (length, rest) = bytes.split_first_chunk::<4>()?;
    let (digest, rest) = rest.split_first_chunk::<32>()?;
    let length = usize::try_from(u32::from_le_bytes(*length)).ok()?;
    if length == 0 || length > MAX_BODY {
        return None;
    }
    let (body, behind) = rest.split_at_checked(length)?;
    (chained(before, body) == *digest).then_some((body, *digest, behind))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bodies(journal: &Journal) -> Vec<Vec<u8>> {
        journal.records().unwrap().into_iter().map(|record| record.body).collect()
    }

    #[test]
    fn what_was_appended_is_read_back_until_it_is_cleared() {
        let dir = tempfile::tempdir().unwrap();
        let journal = Journal::open(dir.path()).unwrap();
        assert_eq!(std::fs::metadata(dir.path().join(NAME)).unwrap().len(), FILE_BYTES);
        assert!(journal.is_empty().unwrap());
        let first = journal.append(b"one").unwrap();
        let second = journal.append(b"two").unwrap();
        assert_eq!((first.index, second.index), (1, 2));
        assert!(!journal.is_empty().unwrap());
        let again = Journal::open(dir.path()).unwrap();
        assert_eq!(again.records().unwrap(), [first.clone(), second.clone()]);
        assert!(!journal.clear(&first.digest).unwrap(), "another came behind");
        assert!(journal.clear(&second.digest).unwrap());
        assert!(again.is_empty().unwrap() && bodies(&again).is_empty());
        let bytes = std::fs::read(dir.path().join(NAME)).unwrap();
        assert!(bytes.iter().all(|byte| *byte == 0), "nothing of a member is left");
        assert_eq!(journal.append(b"three").unwrap().index, 1);
    }

    #[test]
    fn a_full_journal_and_a_large_entry_are_refused() {
        let dir = tempfile::tempdir().unwrap();
        let journal = Journal::open(dir.path()).unwrap();
        let large = vec![7; MAX_BODY];
        assert!(matches!(journal.append(&[&large[..], b"!"].concat()), Err(JournalError::TooLarge(_))));
        assert!(matches!(journal.append(b""), Err(JournalError::TooLarge(0))));
        // Filled from outside: appending 250 times would take 250 syncs of the disk.
        let (mut bytes, mut before) = (Vec::new(), [0; 32]);
        while bytes.len() + HEAD + MAX_BODY <= FILE_BYTES as usize {
            before = chained(&before, &large);
            bytes.extend_from_slice(&(MAX_BODY as u32).to_le_bytes());
            bytes.extend_from_slice(&before);
            bytes.extend_from_slice(&large);
        }
        bytes.resize(FILE_BYTES as usize, 0);
        std::fs::write(dir.path().join(NAME), bytes).unwrap();
        assert!(journal.records().unwrap().len() >= 250);
        assert!(matches!(journal.append(&large), Err(JournalError::Full)));
    }

    #[test]
    fn a_record_torn_at_any_byte_is_dropped_alone() {
        let dir = tempfile::tempdir().unwrap();
        let journal = Journal::open(dir.path()).unwrap();
        let path = dir.path().join(NAME);
        journal.append(b"the first choice").unwrap();
        let before = std::fs::read(&path).unwrap();
        journal.append(b"the second choice").unwrap();
        let after = std::fs::read(&path).unwrap();
        let (start, end) = (HEAD + 16, 2 * HEAD + 16 + 17);
        for cut in start..end {
            // Written up to the cut, and written from the cut on: sectors reach the disk in any order.
            let head = [&after[..cut], &before[cut..]].concat();
            let tail = [&before[..cut], &after[cut..]].concat();
            for torn in [head, tail].into_iter().filter(|torn| *torn != after) {
                std::fs::write(&path, &torn).unwrap();
                assert_eq!(bodies(&journal), [b"the first choice"], "torn at {cut}");
            }
        }
        // The next one overwrites the torn one.
        journal.append(b"third").unwrap();
        assert_eq!(bodies(&journal), [&b"the first choice"[..], b"third"]);
    }

    #[test]
    fn a_clearing_torn_at_any_byte_leaves_only_whole_records() {
        let dir = tempfile::tempdir().unwrap();
        let journal = Journal::open(dir.path()).unwrap();
        let path = dir.path().join(NAME);
        let all = [&b"one"[..], b"two", b"three"];
        all.iter().for_each(|body| assert!(journal.append(body).is_ok()));
        let full = std::fs::read(&path).unwrap();
        let used = 3 * HEAD + 11;
        for cut in 0..=used {
            let mut head = full.clone();
            head[..cut].fill(0);
            let mut tail = full.clone();
            tail[cut..used].fill(0);
            for torn in [head, tail] {
                std::fs::write(&path, &torn).unwrap();
                let left = bodies(&journal);
                assert!(all.iter().zip(&left).all(|(a, b)| a == b), "cut at {cut}");
            }
        }
    }
}
