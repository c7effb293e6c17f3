//! What a member takes back leaves the serving weights in the same commit (I3): every serving shard that holds the member
//! is retired before the choice is acknowledged. Training it again is a job's business, and may take its time.

use crate::{
    error::StoreError,
    query::query,
    releases::{self, ShardState},
    time::{id, number},
    writer::Tx,
};
use candor_core::{Event, MemberId, PurposeKey, ReleaseId, invariant};
use jiff::Timestamp;

/// Whose data must leave, and of which purpose; of all if none.
pub(crate) struct Reach {
    member: MemberId,
    purpose: Option<PurposeKey>,
}

impl Reach {
    /// What an event takes back, if it does.
    pub(crate) fn of(tx: &Tx, event: &Event) -> Option<Self> {
        let book = tx.log.book();
        invariant::takes_back(event, book)
            .map(|(member, purpose)| Self { member: member.clone(), purpose: purpose.cloned() })
    }

    /// Retires the shards and logs it.
    pub(crate) async fn retire(self, tx: &mut Tx, now: Timestamp) -> Result<(), StoreError> {
        let purpose = self.purpose.as_ref().map_or("", PurposeKey::as_str);
        let rows: Vec<(String, i64)> = query(
            "SELECT s.release, s.shard FROM snapshot_member m
                 JOIN snapshot p ON p.id = m.snapshot
                 JOIN release r ON r.snapshot = m.snapshot
                 JOIN release_shard s ON s.release = r.id AND s.shard = m.shard
             WHERE m.member = $1 AND s.state = 'serving' AND ($2 = '' OR p.purpose = $2)
             ORDER BY s.release, s.shard",
        )
        .bind(self.member.as_str())
        .bind(purpose)
        .fetch_all(&mut tx.conn)
        .await?;
        for (release, shard) in rows {
            let (release, shard): (ReleaseId, u16) = (id(release, "release_shard")?, number(shard, "release_shard")?);
            releases::set_shard(&mut tx.conn, &release, shard, ShardState::Retired, None).await?;
            tx.log.append(now, Event::ShardRetired { release, shard }, None, None)?;
        }
        Ok(())
    }
}
