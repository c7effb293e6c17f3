//! What the gate said of each record for a snapshot. Masks only; spans and texts are never kept.

use crate::{
    db::Conn,
    error::StoreError,
    query::{insert, query, values},
    store::Store,
    time::{id, number},
};
use candor_core::{Mask, MemberId, Reason, RecordId, SnapshotId};
use std::collections::BTreeMap;

const TABLE: &str = "decision";

/// What the gate said of one record.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct DecisionRow {
    /// The record.
    pub record: RecordId,
    /// Its author.
    pub member: MemberId,
    /// Why it is left out; empty if it is in.
    pub mask: Mask,
}

/// One decision about a member's record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MemberDecision {
    /// The record.
    pub record: RecordId,
    /// For which snapshot.
    pub snapshot: SnapshotId,
    /// Every reason.
    pub mask: Mask,
    /// The reason of highest precedence; none if the record is in.
    pub primary: Option<Reason>,
}

/// A mask's column has the same 64 bits, read as a signed number.
fn column(mask: Mask) -> i64 {
    i64::from_ne_bytes(mask.0.to_ne_bytes())
}

fn mask(column: i64) -> Mask {
    Mask(u64::from_ne_bytes(column.to_ne_bytes()))
}

/// Writes decisions, over those of the same records.
pub(crate) async fn put(conn: &mut Conn, snapshot: &SnapshotId, rows: &[DecisionRow]) -> Result<(), StoreError> {
    let table = "decision (snapshot, record, member, mask)";
    let tail = "ON CONFLICT (snapshot, record) DO UPDATE SET member = excluded.member, mask = excluded.mask";
    let row =
        |row: &DecisionRow| values![snapshot.as_str(), row.record.as_str(), row.member.as_str(), column(row.mask)];
    insert(conn, table, rows.iter().map(row), tail).await
}

/// A row of record, snapshot and mask.
fn decided((record, snapshot, bits): (String, String, i64)) -> Result<MemberDecision, StoreError> {
    let mask = mask(bits);
    let (record, snapshot) = (id(record, TABLE)?, id(snapshot, TABLE)?);
    Ok(MemberDecision { record, snapshot, mask, primary: mask.primary() })
}

impl Store {
    /// The latest decisions about a member's records, newest snapshot first; at most `limit`.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn decisions_of(&self, member: &MemberId, limit: u32) -> Result<Vec<MemberDecision>, StoreError> {
        let rows: Vec<(String, String, i64)> = query(
            "SELECT d.record, d.snapshot, d.mask FROM decision d JOIN snapshot s ON s.id = d.snapshot
             WHERE d.member = $1 ORDER BY s.created_us DESC, d.record LIMIT $2",
        )
        .bind(member.as_str())
        .bind(limit)
        .fetch_all(&self.inner.readers)
        .await?;
        rows.into_iter().map(decided).collect()
    }

    /// What the latest snapshot that was asked about a record says of it; none before there is one.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn last_decision(&self, record: &RecordId) -> Result<Option<MemberDecision>, StoreError> {
        let row: Option<(String, String, i64)> = query(
            "SELECT d.record, d.snapshot, d.mask FROM snapshot s JOIN decision d ON d.snapshot = s.id AND d.record = $1
             ORDER BY s.created_us DESC LIMIT 1",
        )
        .bind(record.as_str())
        .fetch_optional(&self.inner.readers)
        .await?;
        row.map(decided).transpose()
    }

    /// How many records of a snapshot's build were decided how: `allow`, or the code of the primary reason.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn decision_counts(&self, snapshot: &SnapshotId) -> Result<BTreeMap<String, u64>, StoreError> {
        let rows: Vec<(i64, i64)> = query("SELECT mask, COUNT(*) FROM decision WHERE snapshot = $1 GROUP BY mask")
            .bind(snapshot.as_str())
            .fetch_all(&self.inner.readers)
            .await?;
        let mut counts = BTreeMap::new();
        for (bits, count) in rows {
            let code = mask(bits).primary().map_or("allow", Reason::code);
            let count: u64 = number(count, TABLE)?;
            *counts.entry(code.to_owned()).or_default() += count;
        }
        Ok(counts)
    }
}
