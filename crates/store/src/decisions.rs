//! What the gate said of each record for a snapshot. Masks only; spans and texts are never kept.

use crate::{
    error::StoreError,
    store::Store,
    time::{id, number},
};
use candor_core::{Mask, MemberId, Reason, RecordId, SnapshotId};
use sqlx::{QueryBuilder, Sqlite, SqliteConnection};
use std::collections::BTreeMap;

const TABLE: &str = "decision";
const ROWS: usize = 500;

/// What the gate said of one record.
#[derive(Debug, Clone, PartialEq, Eq)]
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
pub(crate) async fn put(
    conn: &mut SqliteConnection,
    snapshot: &SnapshotId,
    rows: &[DecisionRow],
) -> Result<(), StoreError> {
    for chunk in rows.chunks(ROWS) {
        let mut sql = QueryBuilder::<Sqlite>::new("INSERT INTO decision (snapshot, record, member, mask) ");
        sql.push_values(chunk, |mut row, decision| {
            row.push_bind(snapshot.as_str().to_owned())
                .push_bind(decision.record.as_str().to_owned())
                .push_bind(decision.member.as_str().to_owned())
                .push_bind(column(decision.mask));
        });
        sql.push(" ON CONFLICT (snapshot, record) DO UPDATE SET member = excluded.member, mask = excluded.mask");
        sql.build().execute(&mut *conn).await?;
    }
    Ok(())
}

impl Store {
    /// The latest decisions about a member's records, newest snapshot first; at most `limit`.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn decisions_of(&self, member: &MemberId, limit: u32) -> Result<Vec<MemberDecision>, StoreError> {
        let rows: Vec<(String, String, i64)> = sqlx::query_as(
            "SELECT d.record, d.snapshot, d.mask FROM decision d JOIN snapshot s ON s.id = d.snapshot
             WHERE d.member = $1 ORDER BY s.created_us DESC, d.record LIMIT $2",
        )
        .bind(member.as_str())
        .bind(limit)
        .fetch_all(&self.inner.readers)
        .await?;
        let decision = |(record, snapshot, bits): (String, String, i64)| {
            let mask = mask(bits);
            let (record, snapshot) = (id(record, TABLE)?, id(snapshot, TABLE)?);
            Ok(MemberDecision { record, snapshot, mask, primary: mask.primary() })
        };
        rows.into_iter().map(decision).collect()
    }

    /// How many records of a snapshot's build were decided how: `allow`, or the code of the primary reason.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn decision_counts(&self, snapshot: &SnapshotId) -> Result<BTreeMap<String, u64>, StoreError> {
        let rows: Vec<(i64, i64)> =
            sqlx::query_as("SELECT mask, COUNT(*) FROM decision WHERE snapshot = $1 GROUP BY mask")
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
