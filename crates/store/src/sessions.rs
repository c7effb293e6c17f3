//! Sessions: who is signed in. The identifier, 256 random bits, is with the browser only; the row holds its hash, so
//! that whoever reads the database cannot sign in.

use crate::{
    error::StoreError,
    query::query,
    store::Store,
    time::{id, micros, name, named, timestamp},
};
use candor_core::MemberId;
use jiff::{SignedDuration, Timestamp};
use rand::RngCore;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::sync::PoisonError;

const TABLE: &str = "session";
/// A session ends when it was not used for so long.
pub const IDLE: SignedDuration = SignedDuration::from_hours(12);
/// A session ends so long after it was made, whatever happens.
pub const ABSOLUTE: SignedDuration = SignedDuration::from_hours(24 * 7);
/// How often the last use is noted: each note is a write.
const NOTED: SignedDuration = SignedDuration::from_mins(1);

/// What somebody may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// A member, for themselves.
    Member,
    /// A privacy officer.
    Officer,
}

/// Who is signed in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// The member; an officer needs none.
    pub member: Option<MemberId>,
    /// What they may do.
    pub role: Role,
    /// When they signed in.
    pub created: Timestamp,
}

fn hash(secret: &str) -> Vec<u8> {
    Sha256::new().chain_update(b"candor/session/v1\0").chain_update(secret).finalize().to_vec()
}

impl Store {
    /// Makes a session and returns its identifier, 64 hex digits, for the cookie. It cannot be had again.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub async fn create_session(
        &self,
        now: Timestamp,
        member: Option<MemberId>,
        role: Role,
    ) -> Result<String, StoreError> {
        let mut bytes = [0; 32];
        self.inner.rng.lock().unwrap_or_else(PoisonError::into_inner).fill_bytes(&mut bytes);
        let secret = hex::encode(bytes);
        let (hash, role) = (hash(&secret), name(&role, TABLE)?);
        self.write(move |tx| {
            Box::pin(async move {
                // The dead are cleared away by the living.
                query("DELETE FROM session WHERE seen_us <= $1 OR created_us <= $2")
                    .bind(micros(before(now, IDLE)))
                    .bind(micros(before(now, ABSOLUTE)))
                    .execute(&mut tx.conn)
                    .await?;
                query("INSERT INTO session (hash, member, role, created_us, seen_us) VALUES ($1, $2, $3, $4, $4)")
                    .bind(hash)
                    .bind(member.map(String::from))
                    .bind(role)
                    .bind(micros(now))
                    .execute(&mut tx.conn)
                    .await?;
                Ok(())
            })
        })
        .await?;
        Ok(secret)
    }

    /// Who is signed in under an identifier; nobody if it is unknown, was not used for [`IDLE`], or is older than
    /// [`ABSOLUTE`].
    ///
    /// # Errors
    /// When the database cannot be used.
    pub async fn session(&self, now: Timestamp, secret: &str) -> Result<Option<Session>, StoreError> {
        let hash = hash(secret);
        let row: Option<(Option<String>, String, i64, i64)> =
            query("SELECT member, role, created_us, seen_us FROM session WHERE hash = $1")
                .bind(hash.as_slice())
                .fetch_optional(&self.inner.readers)
                .await?;
        let Some((member, role, created, seen)) = row else { return Ok(None) };
        let (created, seen) = (timestamp(created, TABLE)?, timestamp(seen, TABLE)?);
        if seen <= before(now, IDLE) || created <= before(now, ABSOLUTE) {
            self.delete_session(secret).await?;
            return Ok(None);
        }
        if seen <= before(now, NOTED) {
            let noted = self.write(move |tx| {
                Box::pin(async move {
                    query("UPDATE session SET seen_us = $2 WHERE hash = $1")
                        .bind(hash)
                        .bind(micros(now))
                        .execute(&mut tx.conn)
                        .await?;
                    Ok(())
                })
            });
            // A full disk must lock nobody out of their switch.
            if let Err(error) = noted.await {
                tracing::warn!(%error, "when a session was last used could not be written down");
            }
        }
        let member = member.map(|member| id(member, TABLE)).transpose()?;
        Ok(Some(Session { member, role: named(role, TABLE)?, created }))
    }

    /// Ends a session.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub async fn delete_session(&self, secret: &str) -> Result<(), StoreError> {
        let hash = hash(secret);
        self.write(move |tx| {
            Box::pin(async move {
                query("DELETE FROM session WHERE hash = $1").bind(hash).execute(&mut tx.conn).await?;
                Ok(())
            })
        })
        .await
    }
}

fn before(t: Timestamp, span: SignedDuration) -> Timestamp {
    t.checked_sub(span).unwrap_or(Timestamp::MIN)
}
