//! The directory: who the members are on the platform. What the gate asks of a member is folded from the log instead.

use crate::{
    db::Conn,
    error::StoreError,
    query::{query, row},
    store::Store,
    time::{id, micros, name, named, number, timestamp},
};
use candor_core::{Member, MemberId};

const TABLE: &str = "member";
/// Most rows that one read answers with.
const PAGE: u32 = 10_000;

row! {
    struct Row {
        id: String,
        handle: Option<String>,
        name: String,
        profile_url: Option<String>,
        registered_us: i64,
        residence: Option<String>,
        birth_date: Option<String>,
        account: String,
    }
}

impl Row {
    fn member(self) -> Result<Member, StoreError> {
        let birth_date = self.birth_date.map(|date| date.parse().map_err(|_| StoreError::Corrupt(TABLE)));
        Ok(Member {
            id: id(self.id, TABLE)?,
            handle: self.handle,
            name: self.name,
            profile_url: self.profile_url,
            registered: timestamp(self.registered_us, TABLE)?,
            residence: self.residence,
            birth_date: birth_date.transpose()?,
            account: named(self.account, TABLE)?,
        })
    }
}

/// Writes a row, over the one that is there.
pub(crate) async fn put(conn: &mut Conn, member: &Member) -> Result<(), StoreError> {
    query(
        "INSERT INTO member (id, handle, name, profile_url, registered_us, residence, birth_date, account)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
         ON CONFLICT (id) DO UPDATE SET handle = excluded.handle, name = excluded.name,
             profile_url = excluded.profile_url, registered_us = excluded.registered_us,
             residence = excluded.residence, birth_date = excluded.birth_date, account = excluded.account",
    )
    .bind(member.id.as_str())
    .bind(&member.handle)
    .bind(&member.name)
    .bind(&member.profile_url)
    .bind(micros(member.registered))
    .bind(&member.residence)
    .bind(member.birth_date.map(|date| date.to_string()))
    .bind(name(&member.account, TABLE)?)
    .execute(conn)
    .await?;
    Ok(())
}

impl Store {
    /// One member of the directory.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn member(&self, member: &MemberId) -> Result<Option<Member>, StoreError> {
        let row: Option<Row> = query("SELECT * FROM member WHERE id = $1")
            .bind(member.as_str())
            .fetch_optional(&self.inner.readers)
            .await?;
        row.map(Row::member).transpose()
    }

    /// Members in the order of their identifiers, behind `after`; at most `limit`, and never more than 10,000.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn members(&self, after: Option<&MemberId>, limit: u32) -> Result<Vec<Member>, StoreError> {
        let rows: Vec<Row> = query("SELECT * FROM member WHERE id > $1 ORDER BY id LIMIT $2")
            .bind(after.map_or("", MemberId::as_str))
            .bind(limit.min(PAGE))
            .fetch_all(&self.inner.readers)
            .await?;
        rows.into_iter().map(Row::member).collect()
    }

    /// Number of members in the directory.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn member_count(&self) -> Result<u64, StoreError> {
        let (count,): (i64,) = query("SELECT COUNT(*) FROM member").fetch_one(&self.inner.readers).await?;
        number(count, TABLE)
    }

    /// The member of this identifier, or else the one of this handle, with or without `@`.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn find_member(&self, text: &str) -> Result<Option<Member>, StoreError> {
        let row: Option<Row> =
            query("SELECT * FROM member WHERE id = $1 OR handle = $2 ORDER BY id = $1 DESC, id LIMIT 1")
                .bind(text)
                .bind(text.strip_prefix('@').unwrap_or(text))
                .fetch_optional(&self.inner.readers)
                .await?;
        row.map(Row::member).transpose()
    }

    /// Whether an identifier was erased: its rows and records are left out of every import.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn is_suppressed(&self, member: &MemberId) -> Result<bool, StoreError> {
        let (found,): (bool,) = query("SELECT EXISTS (SELECT 1 FROM suppressed WHERE hash = $1)")
            .bind(crate::log::suppression(member).to_vec())
            .fetch_one(&self.inner.readers)
            .await?;
        Ok(found)
    }
}
