//! SQLite: one file in the data folder. WAL with `synchronous=FULL`, one writer, readers that never wait for it.

use crate::{
    db::{Conn, Info, Pool},
    error::StoreError,
    query::{TEXTS, query},
};
use sqlx::{
    ConnectOptions,
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous},
};
use std::{path::Path, time::Duration};
use tokio::sync::{oneshot, watch};

/// The file in the data folder.
pub(crate) const FILE: &str = "candor.sqlite";
/// How long a connection waits for another process.
const BUSY: Duration = Duration::from_secs(30);
/// Pages of the write-ahead log (of 4 KiB) after which a commit moves the rest of it into the database, and it begins anew.
/// Keys come in no order, so that each commit writes many pages, and mostly the same ones.
const LOG_PAGES: &str = "8192";
/// Entries of the log after which what was written is moved beside the commits, so that none of them has much to move.
const MOVED: u64 = 512;
/// Memory of the writer's connection for pages, in KiB (negative, as SQLite wants it).
const CACHE: &str = "-65536";

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
    let options = options(dir).pragma("wal_autocheckpoint", LOG_PAGES).pragma("cache_size", CACHE);
    let options = options.statement_cache_capacity(TEXTS);
    Ok(Conn::Sqlite(options.connect().await?))
}

/// Moves the write-ahead log into the database beside the commits, until it is stopped. Nobody waits for it, and nothing
/// depends on it: what it leaves is moved by a commit.
pub(crate) async fn move_log(mut conn: Conn, mut growth: watch::Receiver<u64>, mut stopped: oneshot::Receiver<()>) {
    let mut moved = *growth.borrow_and_update();
    loop {
        tokio::select! {
            _ = &mut stopped => break,
            changed = growth.changed() => if changed.is_err() { break },
        }
        let size = *growth.borrow_and_update();
        if size < moved.saturating_add(MOVED) {
            continue;
        }
        moved = size;
        let done: Result<(i64, i64, i64), _> = query("PRAGMA wal_checkpoint(PASSIVE)").fetch_one(&mut conn).await;
        if let Err(error) = done {
            tracing::debug!(%error, "the write-ahead log was not moved; a commit will do it");
        }
    }
    if let Err(error) = conn.close().await {
        tracing::debug!(%error, "the connection that moves the write-ahead log was not closed cleanly");
    }
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
    let (busy, _, _): (i64, i64, i64) = query("PRAGMA wal_checkpoint(TRUNCATE)").fetch_one(&mut *conn).await?;
    if busy == 0 {
        query("DELETE FROM scrub_due").execute(conn).await?;
    }
    Ok(busy == 0)
}
