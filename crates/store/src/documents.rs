//! Documents: JSON under a key, such as the last table of the demo. No personal data belongs here.

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
}
