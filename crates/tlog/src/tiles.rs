//! C2SP tlog-tiles: which stored hashes or entries a path names, and the bytes that are served under it. Tiles have 256
//! hashes; a path such as `tile/0/x001/067.p/8` names eight hashes of a tile that is not full yet, and
//! `tile/entries/x001/067` the leaves below it. What is read and where from is the caller's business.

use crate::leaf::LEAF_BYTES;
use crate::tree::ProofError;
use std::{fmt, ops::Range, str::FromStr};
use tlog_tiles::{HashReader, stored_hash_index};

/// Hashes in a full tile, and entries in a full bundle of them.
pub const TILE_WIDTH: u64 = 256;
/// Highest level: a tile of level 7 stands above 2^64 leaves.
const MAX_LEVEL: u8 = 7;
/// Longest path that is looked at.
const MAX_PATH_BYTES: usize = 64;

/// Why a path is not served.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TileError {
    /// The text is not a path of the specification.
    #[error("the path is not of the form `tile/LEVEL/INDEX[.p/WIDTH]` or `tile/entries/INDEX[.p/WIDTH]`")]
    Path,
    /// The log is too small to have it.
    #[error("the log of size {size} has no such tile; ask for one that the checkpoint covers")]
    Beyond {
        /// Size of the log.
        size: u64,
    },
    /// A stored hash is missing.
    #[error(transparent)]
    Proof(#[from] ProofError),
}

/// What a tile holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TileKind {
    /// Hashes of subtrees of `256^level` leaves.
    Hashes {
        /// The level, from 0.
        level: u8,
    },
    /// Leaves.
    Entries,
}

/// A tile by its coordinates.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct TilePath {
    /// What it holds.
    pub kind: TileKind,
    /// Its place among the tiles of its kind and level.
    pub index: u64,
    /// How many hashes or entries: 1 to 256.
    pub width: u64,
}

impl TilePath {
    /// Places of its hashes on their level, or of its entries in the log.
    ///
    /// # Errors
    /// [`TileError::Beyond`] when a log of `size` leaves does not have all of them.
    pub fn range(&self, size: u64) -> Result<Range<u64>, TileError> {
        let beyond = TileError::Beyond { size };
        let start = self.index.checked_mul(TILE_WIDTH).ok_or(beyond)?;
        let end = start.checked_add(self.width).ok_or(beyond)?;
        let there = match self.kind {
            TileKind::Hashes { level } => size.checked_shr(8 * u32::from(level)).unwrap_or(0),
            TileKind::Entries => size,
        };
        if end <= there { Ok(start..end) } else { Err(beyond) }
    }

    /// The numbers of the stored hashes that make the tile; none for entries.
    ///
    /// # Errors
    /// [`TileError::Beyond`].
    pub fn reads(&self, size: u64) -> Result<Vec<u64>, TileError> {
        let range = self.range(size)?;
        Ok(match self.kind {
            TileKind::Hashes { level } => range.map(|n| stored_hash_index(8 * level, n)).collect(),
            TileKind::Entries => Vec::new(),
        })
    }

    /// The bytes of a tile of hashes, one after another.
    ///
    /// # Errors
    /// [`TileError::Beyond`], or [`ProofError::MissingHash`] when the reader lacks one of [`TilePath::reads`].
    pub fn hash_bytes<R: HashReader>(&self, size: u64, reader: &R) -> Result<Vec<u8>, TileError> {
        let hashes = reader.read_hashes(&self.reads(size)?).map_err(|_| ProofError::MissingHash)?;
        Ok(hashes.iter().flat_map(|hash| hash.0).collect())
    }
}

/// The bytes of a bundle of leaves: each with its length in two bytes before it.
#[must_use]
pub fn entry_bytes(leaves: &[[u8; LEAF_BYTES]]) -> Vec<u8> {
    let length = [0, LEAF_BYTES as u8];
    leaves.iter().flat_map(|leaf| length.into_iter().chain(*leaf)).collect()
}

impl fmt::Display for TilePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.kind {
            TileKind::Hashes { level } => write!(f, "tile/{level}/")?,
            TileKind::Entries => f.write_str("tile/entries/")?,
        }
        let mut groups = vec![format!("{:03}", self.index % 1000)];
        let mut rest = self.index / 1000;
        while rest > 0 {
            groups.push(format!("x{:03}/", rest % 1000));
            rest /= 1000;
        }
        groups.iter().rev().try_for_each(|group| f.write_str(group))?;
        if self.width < TILE_WIDTH { write!(f, ".p/{}", self.width) } else { Ok(()) }
    }
}

impl FromStr for TilePath {
    type Err = TileError;

    /// Reads a path; only the one canonical form is taken.
    fn from_str(path: &str) -> Result<Self, TileError> {
        if path.len() > MAX_PATH_BYTES {
            return Err(TileError::Path);
        }
        let rest = path.strip_prefix("tile/").ok_or(TileError::Path)?;
        let (kind, rest) = rest.split_once('/').ok_or(TileError::Path)?;
        let kind = match kind {
            "entries" => TileKind::Entries,
            level => TileKind::Hashes { level: number(level)? },
        };
        let (index, width) = match rest.split_once(".p/") {
            Some((index, width)) => (index, number(width)?),
            None => (rest, TILE_WIDTH),
        };
        let index = index.split('/').try_fold(0_u64, |index, group| {
            let group: u64 = number(group.strip_prefix('x').unwrap_or(group))?;
            index.checked_mul(1000).and_then(|index| index.checked_add(group)).ok_or(TileError::Path)
        })?;
        let level_fits = !matches!(kind, TileKind::Hashes { level } if level > MAX_LEVEL);
        let tile = Self { kind, index, width };
        let canonical = level_fits && (1..=TILE_WIDTH).contains(&width) && tile.to_string() == path;
        if canonical { Ok(tile) } else { Err(TileError::Path) }
    }
}

fn number<T: FromStr>(text: &str) -> Result<T, TileError> {
    text.parse().map_err(|_| TileError::Path)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Leaf, StoredHashes, Tree, root_hash};
    use tlog_tiles::{Hash, Tile, node_hash, record_hash};

    #[test]
    fn a_path_is_read_in_one_form_only() {
        let hashes = |level, index, width| Ok(TilePath { kind: TileKind::Hashes { level }, index, width });
        let entries = |index, width| Ok(TilePath { kind: TileKind::Entries, index, width });
        let cases = [
            ("tile/0/x001/067.p/8", hashes(0, 1067, 8)),
            ("tile/0/x001/067", hashes(0, 1067, 256)),
            ("tile/3/x001/x234/067", hashes(3, 1_234_067, 256)),
            ("tile/entries/000", entries(0, 256)),
            ("tile/entries/x123/456.p/255", entries(123_456, 255)),
            ("tile/0/000.p/256", Err(TileError::Path)),
            ("tile/0/000.p/0", Err(TileError::Path)),
            ("tile/0/000.p/01", Err(TileError::Path)),
            ("tile/0/0", Err(TileError::Path)),
            ("tile/0/1067", Err(TileError::Path)),
            ("tile/0/x000/067", Err(TileError::Path)),
            ("tile/8/000", Err(TileError::Path)),
            ("tile/00/000", Err(TileError::Path)),
            ("tile/+0/000", Err(TileError::Path)),
            ("tile/data/000", Err(TileError::Path)),
            ("tile/0", Err(TileError::Path)),
            ("checkpoint", Err(TileError::Path)),
            ("tile/0/x018/x446/x744/x073/x709/x551/616", Err(TileError::Path)),
        ];
        for (path, expected) in cases {
            assert_eq!(path.parse::<TilePath>(), expected, "{path}");
        }
    }

    #[test]
    fn tiles_are_those_of_the_library_and_rebuild_the_root() {
        let (mut tree, mut stored, mut leaves) = (Tree::default(), StoredHashes::default(), Vec::new());
        for n in 0_u64..600 {
            let leaf = Leaf::new(1, &[1; 32], &n.to_be_bytes());
            leaves.push(leaf.to_bytes());
            for (number, hash) in tree.append(&leaf).unwrap() {
                stored.insert(number, hash);
            }
        }
        for (path, level, index, width) in
            [("tile/0/001", 0, 1, 256), ("tile/0/002.p/88", 0, 2, 88), ("tile/1/000.p/2", 1, 0, 2)]
        {
            let bytes = path.parse::<TilePath>().unwrap().hash_bytes(600, &stored).unwrap();
            assert_eq!(bytes, Tile::new(8, level, index, width, false).read_data(&stored).unwrap(), "{path}");
        }
        // The root from nothing but what is served: two full tiles of entries and the last 88.
        let subtree = |hashes: &[Hash]| -> Hash {
            let mut stack: Vec<(u32, Hash)> = Vec::new();
            for hash in hashes {
                stack.push((0, *hash));
                while let [.., (left, a), (right, b)] = stack[..] {
                    if left != right {
                        break;
                    }
                    stack.truncate(stack.len() - 2);
                    stack.push((left + 1, node_hash(a, b)));
                }
            }
            stack.into_iter().rev().map(|(_, hash)| hash).reduce(|right, left| node_hash(left, right)).unwrap()
        };
        let served: Vec<Hash> = ["tile/entries/000", "tile/entries/001", "tile/entries/002.p/88"]
            .into_iter()
            .flat_map(|path| {
                let range = path.parse::<TilePath>().unwrap().range(600).unwrap();
                let bytes =
                    entry_bytes(&leaves[usize::try_from(range.start).unwrap()..usize::try_from(range.end).unwrap()]);
                let hashes = bytes.chunks(36).map(|entry| {
                    assert_eq!(entry[..2], [0, 34]);
                    record_hash(&entry[2..])
                });
                hashes.collect::<Vec<_>>()
            })
            .collect();
        assert_eq!(subtree(&served), root_hash(600, &stored).unwrap());
    }

    #[test]
    fn what_the_log_does_not_cover_is_refused() {
        let size = 600;
        for path in
            ["tile/0/002", "tile/0/002.p/89", "tile/1/000.p/3", "tile/2/000.p/1", "tile/7/000.p/1", "tile/entries/003"]
        {
            assert_eq!(path.parse::<TilePath>().unwrap().reads(size), Err(TileError::Beyond { size }), "{path}");
        }
        let huge = TilePath { kind: TileKind::Entries, index: u64::MAX, width: 256 };
        assert_eq!(huge.range(u64::MAX), Err(TileError::Beyond { size: u64::MAX }));
        let tile: TilePath = "tile/0/000.p/1".parse().unwrap();
        let missing = TileError::Proof(ProofError::MissingHash);
        assert_eq!(tile.hash_bytes(size, &StoredHashes::default()), Err(missing));
    }
}
