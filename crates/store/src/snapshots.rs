//! Snapshots: the row of each sealed dataset, and who is in it. The files are the business of `dataset`.

use crate::{
    db::Conn,
    error::StoreError,
    query::{insert, query, row, values},
    store::Store,
    time::{id, int, micros, number, timestamp},
};
use candor_core::{MemberId, PurposeKey, Query, RecipientKey, Seq, SnapshotId};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

const TABLE: &str = "snapshot";

/// One sealed dataset.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SnapshotRow {
    /// Identifier; its folder is `snapshots/<id>`.
    pub id: SnapshotId,
    /// The snapshot that it was rewritten from, after a member left.
    pub parent: Option<SnapshotId>,
    /// The log index that the gate read as of.
    pub as_of: Seq,
    /// The index of its `SnapshotSealed` entry.
    pub sealed_seq: Option<Seq>,
    /// What it is for.
    pub purpose: PurposeKey,
    /// Who may receive it.
    pub recipient: RecipientKey,
    /// Hash of the rule book.
    pub rule_book: String,
    /// Hash of the manifest.
    pub manifest: String,
    /// Records in it.
    pub records: u64,
    /// Members in it.
    pub members: u64,
    /// Tokens in it.
    pub tokens: u64,
    /// Number of training shards.
    pub shards: u16,
    /// Number of slices a shard.
    pub slices: u16,
    /// When it was built.
    pub created: Timestamp,
    /// Whether it may no longer be used.
    pub withdrawn: bool,
}

impl SnapshotRow {
    /// The question that the gate was asked about its records.
    #[must_use]
    pub fn question(&self) -> Query {
        let (purpose, recipient) = (self.purpose.clone(), self.recipient.clone());
        Query { purpose, recipient, at: self.created, as_of: self.as_of }
    }
}

/// A member in a snapshot.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SnapshotMember {
    /// Who.
    pub member: MemberId,
    /// Under which name in the files.
    pub pseudonym: String,
    /// Training shard, from 0.
    pub shard: u16,
    /// Slice of the shard, from 0.
    pub slice: u16,
    /// Records.
    pub records: u64,
    /// Tokens.
    pub tokens: u64,
}

row! {
    struct Row {
        id: String,
        parent: Option<String>,
        as_of: i64,
        sealed_seq: Option<i64>,
        purpose: String,
        recipient: String,
        rule_book: String,
        manifest: String,
        records: i64,
        members: i64,
        tokens: i64,
        shards: i64,
        slices: i64,
        created_us: i64,
        withdrawn: bool,
    }
}

impl Row {
    fn snapshot(self) -> Result<SnapshotRow, StoreError> {
        Ok(SnapshotRow {
            id: id(self.id, TABLE)?,
            parent: self.parent.map(|parent| id(parent, TABLE)).transpose()?,
            as_of: Seq(number(self.as_of, TABLE)?),
            sealed_seq: self.sealed_seq.map(|seq| number(seq, TABLE).map(Seq)).transpose()?,
            purpose: id(self.purpose, TABLE)?,
            recipient: id(self.recipient, TABLE)?,
            rule_book: self.rule_book,
            manifest: self.manifest,
            records: number(self.records, TABLE)?,
            members: number(self.members, TABLE)?,
            tokens: number(self.tokens, TABLE)?,
            shards: number(self.shards, TABLE)?,
            slices: number(self.slices, TABLE)?,
            created: timestamp(self.created_us, TABLE)?,
            withdrawn: self.withdrawn,
        })
    }
}

/// Writes a row. A snapshot never changes but in `withdrawn`, so a row that is there is an error of the caller.
pub(crate) async fn put(conn: &mut Conn, row: &SnapshotRow) -> Result<(), StoreError> {
    query(
        "INSERT INTO snapshot (id, parent, as_of, sealed_seq, purpose, recipient, rule_book, manifest, records,
             members, tokens, shards, slices, created_us, withdrawn)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)",
    )
    .bind(row.id.as_str())
    .bind(row.parent.as_ref().map(SnapshotId::as_str))
    .bind(int(row.as_of.0))
    .bind(row.sealed_seq.map(|seq| int(seq.0)))
    .bind(row.purpose.as_str())
    .bind(row.recipient.as_str())
    .bind(&row.rule_book)
    .bind(&row.manifest)
    .bind(int(row.records))
    .bind(int(row.members))
    .bind(int(row.tokens))
    .bind(i64::from(row.shards))
    .bind(i64::from(row.slices))
    .bind(micros(row.created))
    .bind(row.withdrawn)
    .execute(conn)
    .await?;
    Ok(())
}

/// Notes the log index of a snapshot's seal.
pub(crate) async fn seal(conn: &mut Conn, snapshot: &SnapshotId, seq: Seq) -> Result<(), StoreError> {
    query("UPDATE snapshot SET sealed_seq = $2 WHERE id = $1")
        .bind(snapshot.as_str())
        .bind(int(seq.0))
        .execute(conn)
        .await?;
    Ok(())
}

/// Marks a snapshot as withdrawn.
pub(crate) async fn withdraw(conn: &mut Conn, snapshot: &SnapshotId) -> Result<(), StoreError> {
    let done =
        query("UPDATE snapshot SET withdrawn = TRUE WHERE id = $1").bind(snapshot.as_str()).execute(conn).await?;
    match done {
        0 => Err(StoreError::Unknown { what: "snapshot", id: snapshot.to_string() }),
        _ => Ok(()),
    }
}

/// Writes who is in a snapshot.
pub(crate) async fn put_members(
    conn: &mut Conn,
    snapshot: &SnapshotId,
    rows: &[SnapshotMember],
) -> Result<(), StoreError> {
    let row = |row: &SnapshotMember| {
        let (shard, slice) = (i64::from(row.shard), i64::from(row.slice));
        let (records, tokens) = (int(row.records), int(row.tokens));
        values![snapshot.as_str(), row.member.as_str(), &row.pseudonym, shard, slice, records, tokens]
    };
    let table = "snapshot_member (snapshot, member, pseudonym, shard, slice, records, tokens)";
    insert(conn, table, rows.iter().map(row), "").await
}

/// Deletes a member's row of a snapshot.
pub(crate) async fn delete_member(conn: &mut Conn, snapshot: &SnapshotId, member: &MemberId) -> Result<(), StoreError> {
    query("DELETE FROM snapshot_member WHERE snapshot = $1 AND member = $2")
        .bind(snapshot.as_str())
        .bind(member.as_str())
        .execute(conn)
        .await?;
    Ok(())
}

/// The columns of a [`SnapshotMember`].
type MemberRow = (String, String, i64, i64, i64, i64);

fn snapshot_member(row: MemberRow) -> Result<SnapshotMember, StoreError> {
    let (member, pseudonym, shard, slice, records, tokens) = row;
    let table = "snapshot_member";
    Ok(SnapshotMember {
        member: id(member, table)?,
        pseudonym,
        shard: number(shard, table)?,
        slice: number(slice, table)?,
        records: number(records, table)?,
        tokens: number(tokens, table)?,
    })
}

impl Store {
    /// One snapshot.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn snapshot(&self, snapshot: &SnapshotId) -> Result<Option<SnapshotRow>, StoreError> {
        let row: Option<Row> = query("SELECT * FROM snapshot WHERE id = $1")
            .bind(snapshot.as_str())
            .fetch_optional(&self.inner.readers)
            .await?;
        row.map(Row::snapshot).transpose()
    }

    /// All snapshots, newest first.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn snapshots(&self) -> Result<Vec<SnapshotRow>, StoreError> {
        let rows: Vec<Row> = query("SELECT * FROM snapshot ORDER BY created_us DESC, as_of DESC, id DESC")
            .fetch_all(&self.inner.readers)
            .await?;
        rows.into_iter().map(Row::snapshot).collect()
    }

    /// Who is in a snapshot, in the order of their identifiers.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn snapshot_members(&self, snapshot: &SnapshotId) -> Result<Vec<SnapshotMember>, StoreError> {
        let rows: Vec<MemberRow> = query(
            "SELECT member, pseudonym, shard, slice, records, tokens FROM snapshot_member
             WHERE snapshot = $1 ORDER BY member",
        )
        .bind(snapshot.as_str())
        .fetch_all(&self.inner.readers)
        .await?;
        rows.into_iter().map(snapshot_member).collect()
    }

    /// A member's place in a snapshot.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn snapshot_member(
        &self,
        snapshot: &SnapshotId,
        member: &MemberId,
    ) -> Result<Option<SnapshotMember>, StoreError> {
        let row: Option<MemberRow> = query(
            "SELECT member, pseudonym, shard, slice, records, tokens FROM snapshot_member
             WHERE snapshot = $1 AND member = $2",
        )
        .bind(snapshot.as_str())
        .bind(member.as_str())
        .fetch_optional(&self.inner.readers)
        .await?;
        row.map(snapshot_member).transpose()
    }
}
