//! Both databases have the same tables and columns.

use candor_store::testing::Bed;
use std::collections::BTreeSet;

#[tokio::test]
async fn both_databases_have_the_same_tables_and_columns() {
    let (Some(sqlite), Some(postgres)) = (Bed::sqlite().await, Bed::postgres().await) else { return };
    drop((sqlite.open().await, postgres.open().await));
    let here = columns(
        &sqlite,
        "SELECT m.name || '.' || p.name || CASE WHEN p.\"notnull\" <> 0 OR p.pk > 0 THEN '!' ELSE '?' END
         FROM sqlite_master m JOIN pragma_table_info(m.name) p
         WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite_%' AND m.name NOT LIKE '_sqlx%'",
    )
    .await;
    let there = columns(
        &postgres,
        "SELECT table_name || '.' || column_name || CASE WHEN is_nullable = 'NO' THEN '!' ELSE '?' END
         FROM information_schema.columns WHERE table_schema = 'public' AND table_name NOT LIKE '\\_sqlx%'
             AND table_name <> 'sequencer'",
    )
    .await;
    assert!(here.len() > 80, "{}", here.len());
    assert_eq!(here, there);
}

/// `table.column` with `!` where there is always a value.
async fn columns(bed: &Bed, sql: &str) -> BTreeSet<String> {
    bed.texts(sql).await.into_iter().collect()
}
