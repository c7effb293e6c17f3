//! Releases: sets of adapters, one a shard, and which of them are served.

use crate::{
    db::Conn,
    error::StoreError,
    query::{query, row},
    store::Store,
    time::{id, json, micros, name, named, number, parsed, timestamp},
};
use candor_core::{MemberId, ReleaseId, SnapshotId};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

const TABLE: &str = "release";

/// Whether a release may be served.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReleaseState {
    /// Its shards are being trained or audited.
    Training,
    /// It may be served.
    Released,
    /// It may no longer be served.
    Withdrawn,
}

/// Whether a shard's adapter is part of what is served.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ShardState {
    /// Not trained yet.
    Pending,
    /// Trained, and part of the mean that is served.
    Serving,
    /// Left the mean: a member's data must leave it.
    Retired,
    /// Being trained again without the member.
    Retraining,
}

/// One set of adapters.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ReleaseRow {
    /// Identifier; its folder is `releases/<id>`.
    pub id: ReleaseId,
    /// The snapshot that it was trained on.
    pub snapshot: SnapshotId,
    /// The base model's name or hash.
    pub base: String,
    /// The recipe's name or hash.
    pub recipe: String,
    /// When it was begun.
    pub created: Timestamp,
    /// Whether it may be served.
    pub state: ReleaseState,
    /// Number of shards; [`crate::Change::PutRelease`] writes a pending row for each.
    pub shards: u16,
    /// Hash over the adapters, once there are some.
    pub adapters: Option<String>,
    /// Held-out losses and audit results.
    pub metrics: serde_json::Value,
}

/// One shard of a release.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShardRow {
    /// Shard, from 0.
    pub shard: u16,
    /// Whether it is served.
    pub state: ShardState,
    /// Hash of its adapter.
    pub adapter: Option<String>,
}

row! {
    struct Row {
        id: String,
        snapshot: String,
        base: String,
        recipe: String,
        created_us: i64,
        state: String,
        shards: i64,
        adapters: Option<String>,
        metrics: String,
    }
}

impl Row {
    fn release(self) -> Result<ReleaseRow, StoreError> {
        Ok(ReleaseRow {
            id: id(self.id, TABLE)?,
            snapshot: id(self.snapshot, TABLE)?,
            base: self.base,
            recipe: self.recipe,
            created: timestamp(self.created_us, TABLE)?,
            state: named(self.state, TABLE)?,
            shards: number(self.shards, TABLE)?,
            adapters: self.adapters,
            metrics: parsed(&self.metrics, TABLE)?,
        })
    }
}

/// Writes a release. If its row is there, snapshot, state, adapters and metrics are replaced and its shards are kept.
pub(crate) async fn put(conn: &mut Conn, row: &ReleaseRow) -> Result<(), StoreError> {
    query(
        "INSERT INTO release (id, snapshot, base, recipe, created_us, state, adapters, metrics)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
         ON CONFLICT (id) DO UPDATE SET snapshot = excluded.snapshot, state = excluded.state,
             adapters = excluded.adapters, metrics = excluded.metrics",
    )
    .bind(row.id.as_str())
    .bind(row.snapshot.as_str())
    .bind(&row.base)
    .bind(&row.recipe)
    .bind(micros(row.created))
    .bind(name(&row.state, TABLE)?)
    .bind(&row.adapters)
    .bind(json(&row.metrics, TABLE)?)
    .execute(&mut *conn)
    .await?;
    for shard in 0..row.shards {
        query(
            "INSERT INTO release_shard (release, shard, state, adapter) VALUES ($1, $2, $3, NULL)
             ON CONFLICT (release, shard) DO NOTHING",
        )
        .bind(row.id.as_str())
        .bind(i64::from(shard))
        .bind(name(&ShardState::Pending, TABLE)?)
        .execute(&mut *conn)
        .await?;
    }
    Ok(())
}

/// Sets a release's state.
pub(crate) async fn set_state(conn: &mut Conn, release: &ReleaseId, state: ReleaseState) -> Result<(), StoreError> {
    let done = query("UPDATE release SET state = $2 WHERE id = $1")
        .bind(release.as_str())
        .bind(name(&state, TABLE)?)
        .execute(conn)
        .await?;
    found(done, release)
}

/// Sets a shard's state, and its adapter if one is given.
pub(crate) async fn set_shard(
    conn: &mut Conn,
    release: &ReleaseId,
    shard: u16,
    state: ShardState,
    adapter: Option<&str>,
) -> Result<(), StoreError> {
    let done =
        query("UPDATE release_shard SET state = $3, adapter = COALESCE($4, adapter) WHERE release = $1 AND shard = $2")
            .bind(release.as_str())
            .bind(i64::from(shard))
            .bind(name(&state, TABLE)?)
            .bind(adapter)
            .execute(conn)
            .await?;
    found(done, release)
}

fn found(rows: u64, release: &ReleaseId) -> Result<(), StoreError> {
    match rows {
        0 => Err(StoreError::Unknown { what: "release or shard of release", id: release.to_string() }),
        _ => Ok(()),
    }
}

const SELECT_RELEASES: &str = "SELECT r.id, r.snapshot, r.base, r.recipe, r.created_us, r.state, r.adapters, r.metrics,
        (SELECT COUNT(*) FROM release_shard s WHERE s.release = r.id) AS shards
    FROM release r ORDER BY r.created_us DESC, r.id DESC";

impl Store {
    /// All releases, newest first.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn releases(&self) -> Result<Vec<ReleaseRow>, StoreError> {
        let rows: Vec<Row> = query(SELECT_RELEASES).fetch_all(&self.inner.readers).await?;
        rows.into_iter().map(Row::release).collect()
    }

    /// One release.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn release(&self, release: &ReleaseId) -> Result<Option<ReleaseRow>, StoreError> {
        Ok(self.releases().await?.into_iter().find(|row| row.id == *release))
    }

    /// The newest release that may be served.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn current_release(&self) -> Result<Option<ReleaseRow>, StoreError> {
        Ok(self.releases().await?.into_iter().find(|row| row.state == ReleaseState::Released))
    }

    /// A release's shards, in order.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn release_shards(&self, release: &ReleaseId) -> Result<Vec<ShardRow>, StoreError> {
        let rows: Vec<(i64, String, Option<String>)> =
            query("SELECT shard, state, adapter FROM release_shard WHERE release = $1 ORDER BY shard")
                .bind(release.as_str())
                .fetch_all(&self.inner.readers)
                .await?;
        let shard = |(shard, state, adapter)| {
            let table = "release_shard";
            Ok(ShardRow { shard: number(shard, table)?, state: named(state, table)?, adapter })
        };
        rows.into_iter().map(shard).collect()
    }

    /// The members whose data is in a release's serving shards, in the order of their identifiers, behind `after`; at
    /// most `limit`.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn members_in_release(
        &self,
        release: &ReleaseId,
        after: Option<&MemberId>,
        limit: u32,
    ) -> Result<Vec<MemberId>, StoreError> {
        let rows: Vec<(String,)> = query(
            "SELECT m.member FROM release r
                 JOIN snapshot_member m ON m.snapshot = r.snapshot
                 JOIN release_shard s ON s.release = r.id AND s.shard = m.shard
             WHERE r.id = $1 AND s.state = 'serving' AND m.member > $2 ORDER BY m.member LIMIT $3",
        )
        .bind(release.as_str())
        .bind(after.map_or("", MemberId::as_str))
        .bind(limit)
        .fetch_all(&self.inner.readers)
        .await?;
        rows.into_iter().map(|(member,)| id(member, "snapshot_member")).collect()
    }
}
