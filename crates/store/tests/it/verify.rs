//! Any change of a row of the log is found.

use crate::{at, id, member, open, registered};
use candor_store::Change;
use sqlx::{ConnectOptions, sqlite::SqliteConnectOptions};

async fn change(dir: &std::path::Path, sql: &'static str) {
    let mut conn = SqliteConnectOptions::new().filename(dir.join("candor.sqlite")).connect().await.unwrap();
    assert_eq!(sqlx::query(sql).execute(&mut conn).await.unwrap().rows_affected(), 1, "{sql}");
}

#[tokio::test]
async fn a_changed_row_is_found() {
    let changes = [
        "UPDATE log_entry SET payload = replace(payload, 'US', 'DE') WHERE seq = 3",
        "UPDATE log_entry SET payload = NULL WHERE seq = 3",
        "UPDATE log_entry SET opening = zeroblob(32) WHERE seq = 3",
        "UPDATE log_entry SET leaf = zeroblob(34) WHERE seq = 3",
        "UPDATE tree_hash SET hash = zeroblob(32) WHERE number = 4",
        "DELETE FROM log_entry WHERE seq = 3",
        "DELETE FROM tree_hash WHERE number = 4",
    ];
    for sql in changes {
        let dir = tempfile::tempdir().unwrap();
        let store = open(dir.path()).await;
        for n in 0..5 {
            let name = format!("m{n}");
            let list = vec![Change::PutMember(member(&name)), Change::event(registered(&name))];
            store.commit(at(n), list).await.unwrap();
        }
        // An erasure is no change of the log.
        store.erase_member(at(9), &id("m4")).await.unwrap();
        assert_eq!(store.verify_log().await.unwrap(), store.head());
        change(dir.path(), sql).await;
        assert!(store.verify_log().await.is_err(), "{sql}");
        store.close().await;
    }
}
