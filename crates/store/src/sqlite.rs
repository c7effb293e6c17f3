//! SQLite: one file in the data folder. WAL with `synchronous=FULL`, one writer, readers that never wait for it.

use crate::{
    db::{Conn, Info, Pool},
    error::StoreError,
    query::query,
};
use sqlx::{
    ConnectOptions,
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous},
};
use std::{path::Path, time::Duration};

/// The file in the data folder.
pub(crate) const FILE: &str = "candor.sqlite";
/// How long a connection waits for another process.
const BUSY: Duration = Duration::from_secs(30);

fn options(dir: &Path) -> SqliteConnectOptions {
    SqliteConnectOptions::new()
        .filename(dir.join(FILE))
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        // FULL: an acknowledged choice survives a power loss. NORMAL would lose the last commits.
        .synchronous(SqliteSynchronous::Full)
        .foreign_keys(true)
        .busy_timeout(BUSY)
        .pragma("secure_delete", "on")
}

/// The writer's connection.
pub(crate) async fn connect(dir: &Path) -> Result<Conn, StoreError> {
    Ok(Conn::Sqlite(options(dir).connect().await?))
}

/// Connections that only read.
pub(crate) async fn readers(dir: &Path, count: u32) -> Result<Pool, StoreError> {
    let options = options(dir).pragma("query_only", "on");
    Ok(Pool::Sqlite(SqlitePoolOptions::new().max_connections(count).connect_with(options).await?))
}

/// How durable it is: WAL, and a sync at every commit (`synchronous` FULL is 2).
pub(crate) async fn info(conn: &mut Conn) -> Result<Info, StoreError> {
    let (version,): (String,) = query("SELECT sqlite_version()").fetch_one(&mut *conn).await?;
    let (journal,): (String,) = query("PRAGMA journal_mode").fetch_one(&mut *conn).await?;
    let (synchronous,): (i64,) = query("PRAGMA synchronous").fetch_one(conn).await?;
    let durable = journal == "wal" && synchronous >= 2;
    Ok((version, vec![("journal_mode", journal), ("synchronous", synchronous.to_string())], durable))
}

/// Deleted rows are overwritten as they go (`secure_delete`), but a page that was rebalanced may keep an old copy of a
/// row in its free space. VACUUM writes every page anew; then the write-ahead log is emptied. Says whether it could be.
pub(crate) async fn scrub(conn: &mut Conn) -> Result<bool, StoreError> {
    query("VACUUM").execute(&mut *conn).await?;
    let (busy, _, _): (i64, i64, i64) = query("PRAGMA wal_checkpoint(TRUNCATE)").fetch_one(conn).await?;
    Ok(busy == 0)
}
