//! PostgreSQL: many processes may write, so whoever writes first takes the sequencer's row and holds it to its COMMIT.
//!
//! READ COMMITTED is enough under it: each statement sees everything that was committed before the row was given, and
//! nobody else commits meanwhile. A stricter level would take its view of the data before it waits for the row, and
//! then refuse. A serial column's order is never used: numbers are given out before, and not in the order of, commits.
//!
//! INVARIANT: between the last statement that succeeded and COMMIT nothing can fail inside the transaction. (COMMIT of
//! a transaction that has failed rolls it back and reports no error.)

use crate::{
    db::{Conn, Info, Pool},
    error::StoreError,
    query::{TEXTS, query},
};
use sqlx::{
    ConnectOptions,
    postgres::{PgConnectOptions, PgPoolOptions},
};
use std::time::Duration;

/// The oldest server that can say what became of a transaction (`pg_xact_status`).
const OLDEST: i64 = 130_000;
/// How long a server that went away is waited for.
const RETURN: Duration = Duration::from_secs(30);
/// Pause between two attempts to reach it, and between two looks at what it holds.
const PAUSE: Duration = Duration::from_millis(100);
/// How many looks: for five seconds and what they take, in which an ANALYZE or a page's query ends. A backup takes longer
/// than anybody waits.
const LOOKS: u32 = 50;

/// What became of a transaction whose COMMIT was not answered.
pub(crate) enum Fate {
    Committed,
    RolledBack,
    Unclear,
}

fn options(options: &PgConnectOptions) -> PgConnectOptions {
    options.clone().application_name("candor").options([
        // A statement that takes longer is a fault; a process that was stopped in its transaction must not stop others.
        ("statement_timeout", "60s"),
        ("lock_timeout", "30s"),
        ("idle_in_transaction_session_timeout", "30s"),
        // Each statement is planned for the tables as they are: a plan that was kept from when they were small reads them whole.
        ("plan_cache_mode", "force_custom_plan"),
    ])
}

/// The writer's connection. Refused on a server that may lose what it has acknowledged.
pub(crate) async fn connect(settings: &PgConnectOptions) -> Result<Conn, StoreError> {
    let conn = options(settings).statement_cache_capacity(TEXTS).connect().await?;
    let mut conn = Conn::Postgres(conn);
    let (version, name): (i64, String) =
        query("SELECT current_setting('server_version_num')::bigint, current_setting('server_version')")
            .fetch_one(&mut conn)
            .await?;
    if version < OLDEST {
        return Err(StoreError::OldServer(name));
    }
    for (name, enough) in DURABLE {
        // Held for this session, whatever the server's configuration is changed to meanwhile.
        let (value,): (String,) = match *name {
            "synchronous_commit" => query("SELECT set_config($1, current_setting($1), false)"),
            _ => query("SELECT current_setting($1)"),
        }
        .bind(*name)
        .fetch_one(&mut conn)
        .await?;
        if !enough.contains(&value.as_str()) {
            return Err(StoreError::NotDurable { setting: name, value });
        }
    }
    Ok(conn)
}

/// What a server must be set to so that an acknowledged choice survives a power loss.
pub(crate) const DURABLE: &[(&str, &[&str])] =
    &[("synchronous_commit", &["on", "remote_apply"]), ("fsync", &["on"]), ("full_page_writes", &["on"])];

/// How durable it is, see [`DURABLE`].
pub(crate) async fn info(conn: &mut Conn) -> Result<Info, StoreError> {
    let (version,): (String,) = query("SELECT current_setting('server_version')").fetch_one(&mut *conn).await?;
    let (mut settings, mut durable) = (Vec::new(), true);
    for (name, enough) in DURABLE {
        let (value,): (String,) = query("SELECT current_setting($1)").bind(*name).fetch_one(&mut *conn).await?;
        durable &= enough.contains(&value.as_str());
        settings.push((*name, value));
    }
    Ok((version, settings, durable))
}

/// Connections that only read.
pub(crate) async fn readers(settings: &PgConnectOptions, count: u32) -> Result<Pool, StoreError> {
    let options = options(settings).options([("default_transaction_read_only", "on")]);
    Ok(Pool::Postgres(PgPoolOptions::new().max_connections(count).connect_with(options).await?))
}

/// Connects to a server that may just be starting again.
pub(crate) async fn reconnect(settings: &PgConnectOptions) -> Result<Conn, StoreError> {
    let attempts = async {
        loop {
            match connect(settings).await {
                Err(error) if is_lost(&error) => tokio::time::sleep(PAUSE).await,
                other => return other,
            }
        }
    };
    tokio::time::timeout(RETURN, attempts).await.unwrap_or(Err(StoreError::Sql(sqlx::Error::PoolTimedOut)))
}

/// Begins a transaction and takes the sequencer. Returns the transaction's number.
pub(crate) async fn begin(conn: &mut Conn) -> Result<String, StoreError> {
    query("BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE").execute(&mut *conn).await?;
    let (xid,): (String,) =
        query("SELECT pg_current_xact_id()::text FROM sequencer WHERE one = 1 FOR UPDATE").fetch_one(conn).await?;
    Ok(xid)
}

/// What became of a transaction, asked under the sequencer: then it has ended, since it held the row itself. The
/// server's word alone is not enough: one that took another's place may have given the number to something else.
pub(crate) async fn fate(
    settings: &PgConnectOptions,
    xid: &str,
    last: Option<(i64, Vec<u8>)>,
) -> Result<(Conn, Fate), StoreError> {
    let mut conn = reconnect(settings).await?;
    begin(&mut conn).await?;
    let (status,): (Option<String>,) =
        query("SELECT pg_xact_status($1::text::xid8)").bind(xid).fetch_one(&mut conn).await?;
    let there = match last {
        None => true,
        Some((seq, leaf)) => {
            let row: Option<(Vec<u8>,)> =
                query("SELECT leaf FROM log_entry WHERE seq = $1").bind(seq).fetch_optional(&mut conn).await?;
            row.is_some_and(|(kept,)| kept == leaf)
        }
    };
    query("ROLLBACK").execute(&mut conn).await?;
    let fate = match (status.as_deref(), there) {
        (Some("committed"), true) => Fate::Committed,
        (Some("aborted"), _) => Fate::RolledBack,
        _ => Fate::Unclear,
    };
    Ok((conn, fate))
}

/// Whether the connection is gone, or will be served again later: not an answer to the statement.
pub(crate) fn is_lost(error: &StoreError) -> bool {
    let StoreError::Sql(error) = error else { return false };
    match error.as_database_error() {
        // Connection exceptions; shut down, crashed, cannot connect now; idle in a transaction for too long.
        Some(error) => {
            error.code().is_some_and(|code| code.starts_with("08") || code.starts_with("57P0") || code == "25P03")
        }
        None => matches!(error, sqlx::Error::Io(_) | sqlx::Error::Protocol(_) | sqlx::Error::WorkerCrashed),
    }
}

/// A table with the statement that writes it anew.
macro_rules! rewritten {
    ($($table:literal)+) => { &[$(($table, concat!("VACUUM (FULL) ", $table))),+] };
}

/// The tables that hold members' data.
const REWRITTEN: &[(&str, &str)] = rewritten! {
    "member" "record_inbox" "record_index" "record_deleted" "decision" "snapshot_member" "session" "idempotency_key"
    "member_secret" "log_entry"
};

/// Waits, for some seconds at most, until nobody can see anymore what erasures have deleted. Has a connection of its own:
/// meanwhile the writer goes on.
///
/// Who may still look is not asked for: transactions, replicas, slots and settings can each hold rows back, this role may
/// not see all of them, and they come and go. The smallest table is written anew instead, and tells how far the server went.
pub(crate) async fn unseen(settings: &PgConnectOptions) -> Result<bool, StoreError> {
    let mut conn = connect(settings).await?;
    let unseen = wait(&mut conn).await?;
    conn.close().await?;
    Ok(unseen)
}

async fn wait(conn: &mut Conn) -> Result<bool, StoreError> {
    for _ in 0..LOOKS {
        let Some(erasure) = last_erasure(conn).await? else { return Ok(true) };
        // A table that somebody has locked is passed over, and looked at again.
        query("VACUUM (FULL, SKIP_LOCKED) scrub_due").execute(&mut *conn).await?;
        if is_without(conn, "scrub_due", &erasure).await? {
            return Ok(true);
        }
        tokio::time::sleep(PAUSE).await;
    }
    Ok(false)
}

/// The transaction of the last erasure whose rows are not cleared away; none if all are.
///
/// INVARIANT: whatever was deleted up to then was deleted by transactions with lower numbers, or by this one. It is the
/// number of a savepoint, so it was given out under the sequencer, when those before had committed.
async fn last_erasure(conn: &mut Conn) -> Result<Option<String>, StoreError> {
    let row: Option<(String,)> = query("SELECT xmin::text FROM scrub_due").fetch_optional(conn).await?;
    Ok(row.map(|(erasure,)| erasure))
}

/// Whether a table that was written anew has nothing that an erasure, or a transaction before it, has deleted.
///
/// The server promises that no number below `relfrozenxid` is in the table, also as that of a deletion, and VACUUM FULL
/// sets it to the number from which on it had to keep what was deleted. Who takes a view of the data later is harmless:
/// those rows are gone, or the horizon went back meanwhile (a replica's may) and the table itself says that they are not.
async fn is_without(conn: &mut Conn, table: &str, erasure: &str) -> Result<bool, StoreError> {
    let sql = "SELECT age(relfrozenxid) < age($2::text::xid) FROM pg_class WHERE oid = $1::text::regclass";
    let (without,): (bool,) = query(sql).bind(table).bind(erasure).fetch_one(conn).await?;
    Ok(without)
}

/// Writes the tables that hold members' data anew, without dead rows. Says whether nothing kept one alive. The server's
/// write-ahead log still holds what was written until its segments are recycled, and so do its archives and backups:
/// `docs` says what to set.
pub(crate) async fn scrub(conn: &mut Conn) -> Result<bool, StoreError> {
    query("SET statement_timeout = 0").execute(&mut *conn).await?;
    let outcome = vacuum(conn).await;
    query("SET statement_timeout = '60s'").execute(conn).await?;
    match outcome {
        // Somebody reads for longer than the writer can wait: as good as an old view.
        Err(StoreError::Sql(error)) if is_locked(&error) => Ok(false),
        other => other,
    }
}

/// Whether a lock was waited for in vain (`lock_not_available`).
fn is_locked(error: &sqlx::Error) -> bool {
    error.as_database_error().and_then(|error| error.code()).is_some_and(|code| code == "55P03")
}

async fn vacuum(conn: &mut Conn) -> Result<bool, StoreError> {
    let Some(erasure) = last_erasure(conn).await? else { return Ok(true) };
    for (table, sql) in REWRITTEN {
        query(sql).execute(&mut *conn).await?;
        if !is_without(conn, table, &erasure).await? {
            return Ok(false);
        }
    }
    // An erasure of another process that came meanwhile has put its own number there.
    query("DELETE FROM scrub_due WHERE xmin = $1::text::xid").bind(erasure).execute(conn).await?;
    Ok(true)
}
