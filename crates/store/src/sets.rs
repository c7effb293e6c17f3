//! Member sets of sealed snapshots, as files under `sets/` of the data folder: one a snapshot, written before the seal and
//! never changed, except that a member's record digests are blanked when they are erased. A proof reads one bucket and
//! one hash a level; the file is never read whole.
//!
//! ```text
//! magic, members, bits                 16 + 8 + 8 bytes, numbers little-endian
//! entries: token and value, ascending  64 bytes a member
//! the tree, from the leaves to the root  32 bytes a hash, 2^(bits + 1) - 1 of them
//! where a member's digests lie, how many 8 + 8 bytes a member, in the order of the entries
//! record digests                       32 bytes each
//! ```

use crate::{error::StoreError, files::blocking, store::Store};
use candor_core::SnapshotId;
use candor_tlog::{Hash, MemberSet, SetEntry, SetProof, SetToken};
use std::{
    collections::HashMap,
    fs::File,
    io::{BufWriter, Read, Seek, SeekFrom, Write},
    path::{Path, PathBuf},
};

const FOLDER: &str = "sets";
const MAGIC: &[u8; 16] = b"candor-set-file1";
const HEADER_BYTES: u64 = 32;
const ENTRY_BYTES: u64 = 64;
const HASH_BYTES: u64 = 32;
const PLACE_BYTES: u64 = 16;
const TABLE: &str = "sets/";
/// Most entries of a bucket and most digests of a member that are read; beyond that the file is damaged.
const MAX_READ: u64 = 1 << 20;

/// The digests of each member's records in a snapshot.
pub type RecordDigests = HashMap<SetToken, Vec<[u8; 32]>>;

/// What a set says of one token.
#[derive(Debug, Clone, PartialEq)]
pub struct SetPart {
    /// The proof that it is in the set, or is not.
    pub proof: SetProof,
    /// Digests of the member's records; none if they are not in the set, or were erased.
    pub records: Vec<[u8; 32]>,
}

impl Store {
    /// Keeps the member set of a snapshot, with the digests of each member's records. On the disk when it returns; called
    /// before the seal that states its head.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub async fn put_set(
        &self,
        snapshot: &SnapshotId,
        set: MemberSet,
        records: RecordDigests,
    ) -> Result<(), StoreError> {
        let path = path(self.data_dir(), snapshot);
        blocking(move || write(&path, &set, &records).map_err(StoreError::io(&path))).await
    }

    /// What the member set of a snapshot says of a token; none if the snapshot has no set here.
    ///
    /// # Errors
    /// When the file cannot be read, or is damaged.
    pub async fn set_part(&self, snapshot: &SnapshotId, token: SetToken) -> Result<Option<SetPart>, StoreError> {
        let path = path(self.data_dir(), snapshot);
        blocking(move || match SetFile::open(&path, false)? {
            Some(mut file) => file.part(&token).map(Some),
            None => Ok(None),
        })
        .await
    }

    /// The whole set of a snapshot, its tree computed anew from the entries; none if the snapshot has no set here.
    ///
    /// # Errors
    /// [`StoreError::Corrupt`] when the file does not hold the tree that its entries make.
    pub async fn set(&self, snapshot: &SnapshotId) -> Result<Option<MemberSet>, StoreError> {
        let path = path(self.data_dir(), snapshot);
        blocking(move || match SetFile::open(&path, false)? {
            Some(mut file) => file.whole().map(Some),
            None => Ok(None),
        })
        .await
    }

    /// Blanks the record digests of a token, for an erasure. What is left of the member in the set are 64 bytes that
    /// nobody can tell from random ones once the member's secret is gone.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub async fn forget_in_set(&self, snapshot: &SnapshotId, token: SetToken) -> Result<(), StoreError> {
        let path = path(self.data_dir(), snapshot);
        blocking(move || match SetFile::open(&path, true)? {
            Some(mut file) => file.forget(&token),
            None => Ok(()),
        })
        .await
    }
}

/// Identifiers may hold what a file name must not, so the name is a digest.
fn path(dir: &Path, snapshot: &SnapshotId) -> PathBuf {
    dir.join(FOLDER).join(format!("{}.set", blake3::hash(snapshot.as_str().as_bytes()).to_hex()))
}

fn write(path: &Path, set: &MemberSet, records: &RecordDigests) -> std::io::Result<()> {
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder)?;
    }
    let made = path.with_extension("new");
    let mut file = BufWriter::new(File::create(&made)?);
    let head = set.head();
    file.write_all(MAGIC)?;
    file.write_all(&head.members.to_le_bytes())?;
    file.write_all(&u64::from(head.bits).to_le_bytes())?;
    for entry in set.entries() {
        file.write_all(&entry.0)?;
    }
    for hash in set.levels().iter().flatten() {
        file.write_all(&hash.0)?;
    }
    let of = |entry: &SetEntry| records.get(&entry.token()).map_or(&[][..], Vec::as_slice);
    let mut start = 0_u64;
    for entry in set.entries() {
        let count = of(entry).len() as u64;
        file.write_all(&start.to_le_bytes())?;
        file.write_all(&count.to_le_bytes())?;
        start += count;
    }
    for digest in set.entries().iter().flat_map(of) {
        file.write_all(digest)?;
    }
    file.into_inner().map_err(std::io::IntoInnerError::into_error)?.sync_all()?;
    std::fs::rename(&made, path)?;
    path.parent().map_or(Ok(()), |folder| File::open(folder)?.sync_all())
}

/// An open file of a set.
struct SetFile {
    path: PathBuf,
    file: File,
    members: u64,
    bits: u8,
}

impl SetFile {
    fn open(path: &Path, writable: bool) -> Result<Option<Self>, StoreError> {
        let mut file = match File::options().read(true).write(writable).open(path) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            other => other.map_err(StoreError::io(path))?,
        };
        let mut header = [[0; 8]; 4];
        for part in &mut header {
            file.read_exact(part).map_err(StoreError::io(path))?;
        }
        let [first, second, members, bits] = header;
        let bits = u8::try_from(u64::from_le_bytes(bits)).ok().filter(|bits| *bits <= 32);
        match bits {
            Some(bits) if [first, second].concat() == MAGIC => {
                Ok(Some(Self { path: path.to_owned(), file, members: u64::from_le_bytes(members), bits }))
            }
            _ => Err(StoreError::Corrupt(TABLE)),
        }
    }

    fn read<const N: usize>(&mut self, at: u64) -> Result<[u8; N], StoreError> {
        let mut bytes = [0; N];
        let read = self.file.seek(SeekFrom::Start(at)).and_then(|_| self.file.read_exact(&mut bytes));
        read.map_err(StoreError::io(&self.path))?;
        Ok(bytes)
    }

    fn entry(&mut self, at: u64) -> Result<SetEntry, StoreError> {
        self.read(HEADER_BYTES + at * ENTRY_BYTES).map(SetEntry)
    }

    /// The first entry whose token is not before this one.
    fn search(&mut self, before: impl Fn(&SetToken) -> bool) -> Result<u64, StoreError> {
        let (mut low, mut high) = (0, self.members);
        while low < high {
            let middle = low + (high - low) / 2;
            if before(&self.entry(middle)?.token()) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        Ok(low)
    }

    fn part(&mut self, token: &SetToken) -> Result<SetPart, StoreError> {
        let bits = self.bits;
        let index = token.bucket(bits);
        let start = self.search(|other| other.bucket(bits) < index)?;
        let end = self.search(|other| other.bucket(bits) <= index)?;
        if end - start > MAX_READ {
            return Err(StoreError::Corrupt(TABLE));
        }
        let bucket = (start..end).map(|at| self.entry(at)).collect::<Result<Vec<_>, _>>()?;
        let mut path = Vec::with_capacity(usize::from(bits));
        let mut level_starts = HEADER_BYTES + self.members * ENTRY_BYTES;
        for level in 0..bits {
            let beside = (index >> level) ^ 1;
            path.push(Hash(self.read(level_starts + beside * HASH_BYTES)?));
            level_starts += (1_u64 << (bits - level)) * HASH_BYTES;
        }
        let found = bucket.iter().zip(start..).find(|(entry, _)| entry.token() == *token);
        let records = match found {
            Some((_, at)) => {
                let (first, count) = self.place(at)?;
                (0..count).map(|n| self.read(first + n * HASH_BYTES)).collect::<Result<_, _>>()?
            }
            None => Vec::new(),
        };
        Ok(SetPart { proof: SetProof { index, path, bucket }, records })
    }

    fn whole(&mut self) -> Result<MemberSet, StoreError> {
        let corrupt = || StoreError::Corrupt(TABLE);
        let entries = (0..self.members).map(|at| self.entry(at)).collect::<Result<Vec<_>, _>>()?;
        let set = MemberSet::from_sorted(entries).map_err(|_| corrupt())?;
        let hashes = HEADER_BYTES + self.members * ENTRY_BYTES;
        let mut kept = set.levels().iter().flatten().zip((hashes..).step_by(32));
        let is_kept = kept.try_fold(true, |same, (hash, at)| Ok::<_, StoreError>(same && self.read(at)? == hash.0))?;
        if is_kept && set.head().bits == self.bits { Ok(set) } else { Err(corrupt()) }
    }

    fn places(&self) -> u64 {
        let hashes = (2_u64 << self.bits) - 1;
        HEADER_BYTES + self.members * ENTRY_BYTES + hashes * HASH_BYTES
    }

    /// Where an entry's digests begin in the file, and how many there are.
    fn place(&mut self, at: u64) -> Result<(u64, u64), StoreError> {
        let place = self.places() + at * PLACE_BYTES;
        let (start, count) = (u64::from_le_bytes(self.read(place)?), u64::from_le_bytes(self.read(place + 8)?));
        let first =
            start.checked_mul(HASH_BYTES).and_then(|n| n.checked_add(self.places() + self.members * PLACE_BYTES));
        first.filter(|_| count <= MAX_READ).map(|first| (first, count)).ok_or(StoreError::Corrupt(TABLE))
    }

    fn forget(&mut self, token: &SetToken) -> Result<(), StoreError> {
        let at = self.search(|other| other < token)?;
        if at == self.members || self.entry(at)?.token() != *token {
            return Ok(());
        }
        let (first, count) = self.place(at)?;
        let count_at = self.places() + at * PLACE_BYTES + 8;
        let mut write = |at: u64, bytes: &[u8]| {
            self.file.seek(SeekFrom::Start(at))?;
            self.file.write_all(bytes)
        };
        let written = (0..count).try_for_each(|n| write(first + n * HASH_BYTES, &[0; 32]));
        let written = written.and_then(|()| write(count_at, &[0; 8])).and_then(|()| self.file.sync_all());
        written.map_err(StoreError::io(&self.path))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use candor_tlog::{MemberSecret, Presence, RecordsDigest, entry, token};

    fn secret(member: u8) -> MemberSecret {
        MemberSecret([member; 32])
    }

    #[test]
    fn a_proof_is_read_from_the_file_as_the_set_makes_it() {
        let dir = tempfile::tempdir().unwrap();
        let snapshot = SnapshotId::new("s/1").unwrap();
        let digests = |member: u8| (0..member % 4).map(|n| [n + 4 * member; 32]).collect::<Vec<_>>();
        let mut records = RecordDigests::new();
        let entries = (0..60).map(|member| {
            let of = digests(member);
            let (token, value) = entry(&secret(member), &snapshot, &RecordsDigest::of(of.iter().copied()));
            records.insert(token, of);
            (token, value).into()
        });
        let set = MemberSet::build(entries.collect()).unwrap();
        let path = path(dir.path(), &snapshot);
        write(&path, &set, &records).unwrap();
        let mut file = SetFile::open(&path, true).unwrap().unwrap();
        for member in 0..80 {
            let token = token(&secret(member), &snapshot);
            let part = file.part(&token).unwrap();
            assert_eq!(part.proof, set.prove(&token), "{member}");
            let shown = part.proof.verify(&set.head(), &token).unwrap();
            assert_eq!(matches!(shown, Presence::Present(_)), member < 60);
            assert_eq!(part.records, if member < 60 { digests(member) } else { Vec::new() });
        }
        file.forget(&token(&secret(7), &snapshot)).unwrap();
        for member in 0..60 {
            let expected = if member == 7 { Vec::new() } else { digests(member) };
            assert_eq!(file.part(&token(&secret(member), &snapshot)).unwrap().records, expected, "{member}");
        }
        let bytes = std::fs::read(&path).unwrap();
        assert!(
            !bytes.windows(32).any(|window| digests(7).iter().any(|digest| window == digest)),
            "nothing of the member's records is left"
        );
        assert!(SetFile::open(&path.with_extension("none"), false).unwrap().is_none());
        std::fs::write(&path, [0; 32]).unwrap();
        assert!(matches!(SetFile::open(&path, false), Err(StoreError::Corrupt(_))));
    }
}
