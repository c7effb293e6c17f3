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
use candor_tlog::MemberSecret;
use rand::{RngCore, rngs::StdRng};
use std::collections::HashMap;

const TABLE: &str = "member_secret";
/// Members that are enrolled in one transaction when a store of an earlier version is opened.
pub(crate) const BATCH: usize = 10_000;

/// A fresh secret.
pub(crate) fn draw(rng: &mut StdRng) -> MemberSecret {
    let mut bytes = [0; 32];
    rng.fill_bytes(&mut bytes);
    MemberSecret(bytes)
}

/// Writes new secrets.
pub(crate) async fn put(conn: &mut Conn, secrets: Vec<(MemberId, MemberSecret)>) -> Result<(), StoreError> {
    let row = |(member, secret): (MemberId, MemberSecret)| values![String::from(member), secret.0.to_vec()];
    let rows: Vec<_> = secrets.into_iter().map(row).collect();
    insert(conn, "member_secret (member, secret)", rows, "").await
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
    pub async fn member_secret(&self, member: &MemberId) -> Result<Option<MemberSecret>, StoreError> {
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
    pub async fn member_secrets(&self, members: &[MemberId]) -> Result<HashMap<MemberId, MemberSecret>, StoreError> {
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

fn secret(bytes: Vec<u8>) -> Result<MemberSecret, StoreError> {
    bytes.try_into().map(MemberSecret).map_err(|_| StoreError::Corrupt(TABLE))
}

#[cfg(test)]
mod tests {
    use super::*;
    use sha2::{Digest, Sha256};

    #[test]
    fn the_commitment_is_over_prefix_member_and_secret() {
        let bytes = [&b"candor/enrol/v1ann"[..], &[7; 32]].concat();
        let expected = hex::encode(Sha256::digest(bytes));
        let secret = MemberSecret([7; 32]);
        assert_eq!(candor_tlog::enrolment(&MemberId::new("ann").unwrap(), &secret), expected);
        assert_eq!(format!("{secret:?}"), "MemberSecret(..)");
    }
}
