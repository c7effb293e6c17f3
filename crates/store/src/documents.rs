//! Documents: JSON under a key, such as the last table of the demo. No personal data belongs here.

use std::collections::BTreeMap;

use crate::{
    db::Conn,
    error::StoreError,
    query::query,
    store::Store,
    time::{json, parsed},
};

const TABLE: &str = "document";

/// Writes a document, over the one that is there.
pub(crate) async fn put(conn: &mut Conn, key: &str, value: &serde_json::Value) -> Result<(), StoreError> {
    query("INSERT INTO document (key, json) VALUES ($1, $2) ON CONFLICT (key) DO UPDATE SET json = excluded.json")
        .bind(key)
        .bind(json(value, TABLE)?)
        .execute(conn)
        .await?;
    Ok(())
}

impl Store {
    /// The document under a key.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn document(&self, key: &str) -> Result<Option<serde_json::Value>, StoreError> {
        let row: Option<(String,)> =
            query("SELECT json FROM document WHERE key = $1").bind(key).fetch_optional(&self.inner.readers).await?;
        row.map(|(text,)| parsed(&text, TABLE)).transpose()
    }

    /// The documents whose keys begin so, by key.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn documents(&self, prefix: &str) -> Result<BTreeMap<String, serde_json::Value>, StoreError> {
        let rows: Vec<(String, String)> = query("SELECT key, json FROM document WHERE substr(key, 1, length($1)) = $1")
            .bind(prefix)
            .fetch_all(&self.inner.readers)
            .await?;
        rows.into_iter().map(|(key, text)| Ok((key, parsed(&text, TABLE)?))).collect()
    }
}
