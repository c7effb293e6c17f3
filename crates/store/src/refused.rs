//! What was refused: the code, the kind of the event, when, and the suppression hash of its member; never what it said.
//! The list is bounded: the oldest go first.

use crate::{
    db::Conn,
    error::StoreError,
    log::suppression,
    query::{insert, query, values},
    store::Store,
    time::{int, micros, timestamp},
};
use candor_core::{Event, MemberId};
use jiff::Timestamp;
use serde::Serialize;

const TABLE: &str = "refused";
/// Refused events that are kept.
pub const MAX_REFUSED: u64 = 100_000;
/// Most that one read answers with.
const PAGE: u32 = 1000;

/// One event that was refused.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Refused {
    /// Why, by its stable code.
    pub code: String,
    /// The event's name, such as `choice_set`.
    pub kind: String,
    /// When.
    pub t: Timestamp,
    /// Suppression hash of the member it was about, in hex.
    pub member: Option<String>,
}

impl Refused {
    pub(crate) fn new(error: &StoreError, event: &Event, member: Option<&MemberId>, t: Timestamp) -> Self {
        let member = member.map(|member| hex::encode(suppression(member)));
        let code = match error {
            StoreError::Refused(refusal) => refusal.code(),
            other => other.code(),
        };
        Self { code: code.into(), kind: event.name().into(), t, member }
    }
}

/// Keeps refusals, and drops the oldest beyond the bound.
pub(crate) async fn put(conn: &mut Conn, refused: &[Refused]) -> Result<(), StoreError> {
    if refused.is_empty() {
        return Ok(());
    }
    let row = |one: &Refused| values![&one.code, &one.kind, micros(one.t), &one.member];
    let rows: Vec<_> = refused.iter().map(row).collect();
    insert(conn, "refused (code, kind, t_us, member)", rows, "").await?;
    query("DELETE FROM refused WHERE id <= (SELECT MAX(id) FROM refused) - $1")
        .bind(int(MAX_REFUSED))
        .execute(conn)
        .await?;
    Ok(())
}

impl Store {
    /// What was refused last, newest first; at most `limit`, and never more than 1,000.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn refused(&self, limit: u32) -> Result<Vec<Refused>, StoreError> {
        let rows: Vec<(String, String, i64, Option<String>)> =
            query("SELECT code, kind, t_us, member FROM refused ORDER BY id DESC LIMIT $1")
                .bind(limit.min(PAGE))
                .fetch_all(&self.inner.readers)
                .await?;
        let refused = |(code, kind, t, member)| Ok(Refused { code, kind, t: timestamp(t, TABLE)?, member });
        rows.into_iter().map(refused).collect()
    }
}
