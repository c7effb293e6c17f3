//! "What we used": in which snapshots and releases a member's data is.

use crate::{
    error::StoreError,
    query::query,
    releases::ShardState,
    store::Store,
    time::{id, named, number},
};
use candor_core::{MemberId, ReleaseId, Seq, SnapshotId};
use serde::Serialize;

/// One use of a member's data.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct UsedIn {
    /// The snapshot that holds it.
    pub snapshot: SnapshotId,
    /// The log index of the snapshot's seal.
    pub sealed_seq: Option<Seq>,
    /// Whether the snapshot may no longer be used.
    pub withdrawn: bool,
    /// Records of the member in it.
    pub records: u64,
    /// Tokens of the member in it.
    pub tokens: u64,
    /// The release that was trained on it, if any; a snapshot with two releases is listed twice.
    pub release: Option<ReleaseId>,
    /// The member's training shard.
    pub shard: u16,
    /// Whether that shard is served.
    pub shard_state: Option<ShardState>,
}

/// The columns of a [`UsedIn`].
type Row = (String, Option<i64>, bool, i64, i64, Option<String>, i64, Option<String>);

impl Store {
    /// Where a member's data is, newest snapshot first.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn used_by(&self, member: &MemberId) -> Result<Vec<UsedIn>, StoreError> {
        let rows: Vec<Row> = query(
            "SELECT m.snapshot, s.sealed_seq, s.withdrawn, m.records, m.tokens, r.id, m.shard, h.state
             FROM snapshot_member m
                 JOIN snapshot s ON s.id = m.snapshot
                 LEFT JOIN release r ON r.snapshot = m.snapshot
                 LEFT JOIN release_shard h ON h.release = r.id AND h.shard = m.shard
             WHERE m.member = $1 ORDER BY s.created_us DESC, s.id DESC, r.created_us DESC",
        )
        .bind(member.as_str())
        .fetch_all(&self.inner.readers)
        .await?;
        rows.into_iter().map(used).collect()
    }
}

fn used((snapshot, sealed_seq, withdrawn, records, tokens, release, shard, state): Row) -> Result<UsedIn, StoreError> {
    let table = "snapshot_member";
    Ok(UsedIn {
        snapshot: id(snapshot, table)?,
        sealed_seq: sealed_seq.map(|seq| number(seq, table).map(Seq)).transpose()?,
        withdrawn,
        records: number(records, table)?,
        tokens: number(tokens, table)?,
        release: release.map(|release| id(release, table)).transpose()?,
        shard: number(shard, table)?,
        shard_state: state.map(|state| named(state, "release_shard")).transpose()?,
    })
}
