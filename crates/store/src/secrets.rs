//! Members' secrets: 32 random bytes each, made with the registration. The log holds only what a secret commits to
//! (`member_enrolled`, right behind the registration); with the secret its member finds their places in the member sets
//! of snapshots, and nobody else does. The row goes with the member, and then the places are unlinkable.

use crate::{
    db::Conn,
    error::StoreError,
    query::{Value, each_in, insert, query, values},
    store::Store,
    time::id,
    writer::Tx,
};
use candor_core::{Event, MemberId, Seq};
use rand::{RngCore, rngs::StdRng};
use sha2::{Digest, Sha256};
use std::collections::HashMap;

const TABLE: &str = "member_secret";
/// Members that are enrolled in one transaction when a store of an earlier version is opened.
pub(crate) const BATCH: usize = 10_000;

/// A member's secret. Never printed.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Secret([u8; 32]);

impl Secret {
    pub(crate) fn draw(rng: &mut StdRng) -> Self {
        let mut bytes = [0; 32];
        rng.fill_bytes(&mut bytes);
        Self(bytes)
    }

    /// The bytes, for tokens and for the member's own export.
    #[must_use]
    pub fn bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// What the log holds of it: SHA-256 over `candor/enrol/v1`, the identifier and the secret, in hex.
    #[must_use]
    pub fn commitment(&self, member: &MemberId) -> String {
        let hash = Sha256::new().chain_update(b"candor/enrol/v1").chain_update(member.as_str()).chain_update(self.0);
        hex::encode(hash.finalize())
    }
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secret")
    }
}

/// Writes new secrets.
pub(crate) async fn put(conn: &mut Conn, secrets: Vec<(MemberId, Secret)>) -> Result<(), StoreError> {
    let row = |(member, secret): (MemberId, Secret)| values![String::from(member), secret.0.to_vec()];
    let rows: Vec<_> = secrets.into_iter().map(row).collect();
    insert(conn, "INSERT INTO member_secret (member, secret)", rows, "").await
}

impl Tx {
    /// Enrolls members that were registered before there were secrets; says whether any is left. The time is that of
    /// the log's last entry: nothing new is said of any of them.
    pub(crate) async fn enroll_others(&mut self) -> Result<bool, StoreError> {
        let history = self.log.history();
        let waits = |member: &&MemberId| {
            let (mut registered, mut done) = (false, false);
            for logged in history.of_member(member, Seq(u64::MAX)) {
                registered |= matches!(logged.event, Event::MemberRegistered { .. });
                done |= matches!(logged.event, Event::MemberEnrolled { .. } | Event::AccountErased { .. });
            }
            registered && !done
        };
        let members: Vec<MemberId> = history.members().filter(waits).take(BATCH).cloned().collect();
        let now = self.log.last_t();
        for member in &members {
            self.log.enroll(now, member)?;
        }
        self.flush().await?;
        Ok(members.len() == BATCH)
    }
}

impl Store {
    /// A member's secret; none once they are erased, or if they were never registered.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn member_secret(&self, member: &MemberId) -> Result<Option<Secret>, StoreError> {
        let row: Option<(Vec<u8>,)> = query("SELECT secret FROM member_secret WHERE member = $1")
            .bind(member.as_str())
            .fetch_optional(&self.inner.readers)
            .await?;
        row.map(|(bytes,)| secret(bytes)).transpose()
    }

    /// The secrets of members, for the builder of a member set; those who have none are absent.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn member_secrets(&self, members: &[MemberId]) -> Result<HashMap<MemberId, Secret>, StoreError> {
        let mut found = HashMap::with_capacity(members.len());
        let members = members.iter().map(|member| Value::from(member.as_str()));
        for query in each_in("SELECT member, secret FROM member_secret WHERE member", members) {
            let rows: Vec<(String, Vec<u8>)> = query.fetch_all(&self.inner.readers).await?;
            for (member, bytes) in rows {
                found.insert(id(member, TABLE)?, secret(bytes)?);
            }
        }
        Ok(found)
    }
}

fn secret(bytes: Vec<u8>) -> Result<Secret, StoreError> {
    bytes.try_into().map(Secret).map_err(|_| StoreError::Corrupt(TABLE))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_commitment_is_over_prefix_member_and_secret() {
        let bytes = [&b"candor/enrol/v1ann"[..], &[7; 32]].concat();
        let expected = hex::encode(Sha256::digest(bytes));
        assert_eq!(Secret([7; 32]).commitment(&MemberId::new("ann").unwrap()), expected);
        assert_eq!(format!("{:?}", Secret([7; 32])), "Secret");
    }
}
