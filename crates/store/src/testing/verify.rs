//! Any change of a row of the log is found.

use super::{Bed, at, id, member, registered};
use crate::Change;

/// A changed row is found.
pub async fn a_changed_row_is_found(bed: &Bed) {
    let changes = [
        "UPDATE log_entry SET payload = replace(payload, 'US', 'DE') WHERE seq = 3",
        "UPDATE log_entry SET payload = NULL WHERE seq = 3",
        "UPDATE log_entry SET opening = leaf WHERE seq = 3",
        "UPDATE log_entry SET leaf = (SELECT leaf FROM log_entry WHERE seq = 2) WHERE seq = 3",
        "UPDATE tree_hash SET hash = (SELECT hash FROM tree_hash WHERE number = 3) WHERE number = 4",
        "DELETE FROM log_entry WHERE seq = 3",
        "DELETE FROM tree_hash WHERE number = 4",
    ];
    let store = bed.open().await;
    for n in 0..5 {
        let name = format!("m{n}");
        let list = vec![Change::PutMember(member(&name)), Change::event(registered(&name))];
        store.commit(at(n), list).await.unwrap();
    }
    // An erasure is no change of the log.
    store.erase_member(at(9), &id("m4")).await.unwrap();
    bed.execute("CREATE TABLE kept_entry AS SELECT * FROM log_entry").await;
    bed.execute("CREATE TABLE kept_hash AS SELECT * FROM tree_hash").await;
    for sql in changes {
        assert_eq!(store.verify_log().await.unwrap(), store.head());
        assert_eq!(bed.execute(sql).await, 1, "{sql}");
        assert!(store.verify_log().await.is_err(), "{sql}");
        for (table, kept) in [("log_entry", "kept_entry"), ("tree_hash", "kept_hash")] {
            bed.execute(&format!("DELETE FROM {table}")).await;
            bed.execute(&format!("INSERT INTO {table} SELECT * FROM {kept}")).await;
        }
    }
}
