//! Checks the whole log against its rows: every leaf against the entry it commits to, every hash of the tree against the
//! leaves. What is computed here shares nothing with what the writer keeps in memory.

use crate::{
    change::LogHead,
    error::StoreError,
    query::{query, row},
    store::Store,
    time::{int, micros, number, parsed},
};
use candor_core::{Logged, Seq};
use candor_tlog::{Hash, Leaf, Tree, kind_code};

const TABLE: &str = "log_entry";
/// Entries that are read at once.
const PAGE: i64 = 4_096;

row! {
    /// An entry with what its columns say of it.
    struct Row {
        seq: i64,
        t_us: i64,
        kind: String,
        member: Option<String>,
        payload: Option<String>,
        opening: Option<Vec<u8>>,
        leaf: Vec<u8>,
    }
}

impl Store {
    /// Recomputes the log from its rows; gives the head that they make. Entries that were erased have no content to
    /// compare; their leaves still stand in the tree, and their times between those of their neighbors.
    ///
    /// # Errors
    /// [`StoreError::Corrupt`] when an index is absent, a leaf does not commit to its entry, or the head that the store
    /// shows is not that of the rows.
    pub async fn verify_log(&self) -> Result<LogHead, StoreError> {
        let shown = self.refresh().await?;
        let (mut tree, mut last_t) = (Tree::default(), i64::MIN);
        while tree.size() < shown.seq.0 {
            let from = i64::try_from(tree.size()).map_err(|_| StoreError::Corrupt(TABLE))?;
            let until = i64::try_from(shown.seq.0).map_err(|_| StoreError::Corrupt(TABLE))?;
            let rows: Vec<Row> = query(
                "SELECT seq, t_us, kind, member, payload, opening, leaf FROM log_entry
                 WHERE seq > $1 AND seq <= $2 ORDER BY seq LIMIT $3",
            )
            .bind(from)
            .bind(until)
            .bind(PAGE)
            .fetch_all(&self.inner.readers)
            .await?;
            if rows.is_empty() {
                return Err(StoreError::Corrupt(TABLE));
            }
            let mut hashes = Vec::new();
            for row in rows {
                hashes.extend(tree.append(&checked(&row)?)?);
                if number::<u64>(row.seq, TABLE)? != tree.size() || row.t_us < last_t {
                    return Err(StoreError::Corrupt(TABLE));
                }
                last_t = row.t_us;
            }
            if !self.has_hashes(&hashes).await? {
                return Err(StoreError::Corrupt(TABLE));
            }
        }
        let head = LogHead { seq: Seq(tree.size()), root: candor_tlog::to_hex(&tree.root()?) };
        if head == shown { Ok(head) } else { Err(StoreError::Corrupt("tree_hash")) }
    }

    /// Whether the hashes that leaves add to the tree, whose numbers follow one another, are the stored ones.
    async fn has_hashes(&self, hashes: &[(u64, Hash)]) -> Result<bool, StoreError> {
        let (Some((first, _)), Some((last, _))) = (hashes.first(), hashes.last()) else { return Ok(true) };
        let sql = "SELECT number, hash FROM tree_hash WHERE number >= $1 AND number <= $2 ORDER BY number";
        let stored: Vec<(i64, Vec<u8>)> =
            query(sql).bind(int(*first)).bind(int(*last)).fetch_all(&self.inner.readers).await?;
        let same =
            |((number, bytes), (at, hash)): (&(i64, Vec<u8>), &(u64, Hash))| *number == int(*at) && *bytes == hash.0;
        Ok(stored.len() == hashes.len() && stored.iter().zip(hashes).all(same))
    }
}

/// The leaf, if it commits to the entry and the columns say what the entry says. An entry is whole, or it was erased as a
/// whole.
fn checked(row: &Row) -> Result<Leaf, StoreError> {
    let corrupt = || StoreError::Corrupt(TABLE);
    let leaf = Leaf::from_bytes(&row.leaf).map_err(|_| corrupt())?;
    let holds = match (&row.payload, &row.opening) {
        (Some(payload), Some(opening)) => {
            let opening = opening.as_slice().try_into().map_err(|_| corrupt())?;
            leaf.opens(&opening, payload.as_bytes()) && says(row, &leaf, &parsed(payload, TABLE)?)
        }
        (None, None) => true,
        (Some(_), None) | (None, Some(_)) => false,
    };
    if holds { Ok(leaf) } else { Err(corrupt()) }
}

/// Whether the columns are those of the entry. Whose it is, an entry need not say: an objection's step, a deletion.
fn says(row: &Row, leaf: &Leaf, logged: &Logged) -> bool {
    let member = logged.event.member().is_none_or(|member| row.member.as_deref() == Some(member.as_str()));
    member
        && int(logged.seq.0) == row.seq
        && micros(logged.t) == row.t_us
        && logged.event.name() == row.kind
        && kind_code(&logged.event) == leaf.kind
}
