//! Records: the inbox, which is durable before the answer, and reading records wherever they lie. The way from the
//! inbox into the buckets is `merge.rs`.

use crate::{
    columns::{bucket_of, texts, with_deleted},
    db::Conn,
    error::StoreError,
    files,
    query::{Value, each_in, insert, query, row, values},
    store::Store,
    time::{cut, id, micros, named, number, timestamp},
    writer::Tx,
};
use arrow::array::RecordBatch;
use candor_core::{Event, MemberId, Record, RecordId};
use jiff::Timestamp;
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, HashMap, HashSet};

const TABLE: &str = "record_inbox";

/// What became of a batch of records.
#[derive(Default)]
pub(crate) struct Taken {
    pub(crate) added: u64,
    pub(crate) updated: u64,
    pub(crate) known: u64,
    pub(crate) suppressed: u64,
    /// What is to be logged, if anything was taken.
    pub(crate) event: Option<Event>,
}

/// Takes records into the inbox.
pub(crate) async fn put(tx: &mut Tx, records: Vec<Record>) -> Result<Taken, StoreError> {
    let mut taken = Taken::default();
    let mut latest: BTreeMap<RecordId, Record> = BTreeMap::new();
    for mut record in records {
        if tx.log.is_suppressed(&record.member) {
            taken.suppressed += 1;
            continue;
        }
        (record.created, record.edited) = (cut(record.created), cut(record.edited));
        match latest.get(&record.id) {
            Some(other) if other.edited >= record.edited => taken.known += 1,
            other => {
                taken.known += u64::from(other.is_some());
                latest.insert(record.id.clone(), record);
            }
        }
    }
    let ids: Vec<&RecordId> = latest.keys().collect();
    let known = known(&mut tx.conn, &ids).await?;
    let mut fresh = Vec::with_capacity(latest.len());
    let mut replaced = Vec::new();
    for record in latest.into_values() {
        match known.get(record.id.as_str()) {
            None => taken.added += 1,
            // A record never changes its author: what says so is left out.
            Some((owner, edited)) if owner != record.member.as_str() || *edited >= micros(record.edited) => {
                taken.known += 1;
                continue;
            }
            Some(_) => {
                taken.updated += 1;
                replaced.push(record.id.clone());
            }
        }
        fresh.push(record);
    }
    if !fresh.is_empty() {
        write(&mut tx.conn, &fresh, &replaced).await?;
        taken.event = Some(Event::RecordsCommitted { records: fresh.len() as u64, root: root(&fresh)? });
    }
    Ok(taken)
}

/// The hash over a batch: SHA-256 over each record's identifier, with its length, and the SHA-256 of its JSON, in the
/// order of the identifiers.
fn root(sorted: &[Record]) -> Result<String, StoreError> {
    let mut hash = Sha256::new();
    for record in sorted {
        let id = record.id.as_str();
        hash.update((id.len() as u64).to_be_bytes());
        hash.update(id);
        hash.update(Sha256::digest(crate::time::json(record, TABLE)?));
    }
    Ok(hex::encode(hash.finalize()))
}

/// Owner and time of the latest version of those records that are known.
async fn known(conn: &mut Conn, ids: &[&RecordId]) -> Result<HashMap<String, (String, i64)>, StoreError> {
    let mut known = HashMap::new();
    let ids = ids.iter().map(|id| Value::from(id.as_str()));
    for query in each_in("SELECT record, member, edited_us FROM record_index WHERE record", ids) {
        let rows: Vec<(String, String, i64)> = query.fetch_all(&mut *conn).await?;
        known.extend(rows.into_iter().map(|(record, member, edited)| (record, (member, edited))));
    }
    Ok(known)
}

async fn write(conn: &mut Conn, fresh: &[Record], replaced: &[RecordId]) -> Result<(), StoreError> {
    // Deleted first, so that the new row gets a new number: `merge.rs` deletes by number.
    let ids = replaced.iter().map(|id| Value::from(id.as_str()));
    for query in each_in("DELETE FROM record_inbox WHERE record", ids) {
        query.execute(&mut *conn).await?;
    }
    let bucket = |record: &Record| i64::from(bucket_of(&record.member));
    let row =
        |record: &Record| values![record.id.as_str(), record.member.as_str(), bucket(record), micros(record.edited)];
    let table = "record_index (record, member, bucket, edited_us)";
    let tail = "ON CONFLICT (record) DO UPDATE SET edited_us = excluded.edited_us";
    insert(conn, table, fresh.iter().map(row), tail).await?;
    let row = |record: &Record| {
        values![
            record.id.as_str(),
            record.member.as_str(),
            bucket(record),
            record.kind.as_str(),
            micros(record.created),
            micros(record.edited),
            record.visibility.as_str(),
            &record.source,
            record.thread.as_ref().map(RecordId::as_str),
            &record.language,
            &record.license,
            &record.title,
            &record.text,
        ]
    };
    let table = "record_inbox (record, member, bucket, kind, created_us, edited_us, visibility, source,
         thread, language, license, title, text)";
    insert(conn, table, fresh.iter().map(row), "").await
}

/// Marks a record as deleted. Returns its author, or none if it was deleted before.
pub(crate) async fn delete(
    conn: &mut Conn,
    record: &RecordId,
    t_valid: Timestamp,
) -> Result<Option<MemberId>, StoreError> {
    let row: Option<(String, i64)> = query("SELECT member, bucket FROM record_index WHERE record = $1")
        .bind(record.as_str())
        .fetch_optional(&mut *conn)
        .await?;
    let Some((member, bucket)) = row else {
        return Err(StoreError::Unknown { what: "record", id: record.to_string() });
    };
    let done = query(
        "INSERT INTO record_deleted (record, member, bucket, t_valid_us) VALUES ($1, $2, $3, $4)
         ON CONFLICT (record) DO NOTHING",
    )
    .bind(record.as_str())
    .bind(&member)
    .bind(bucket)
    .bind(micros(t_valid))
    .execute(conn)
    .await?;
    if done == 0 { Ok(None) } else { id(member, "record_index").map(Some) }
}

row! {
    /// A row of the inbox.
    pub(crate) struct InboxRow {
        pub(crate) id: i64,
        record: String,
        member: String,
        kind: String,
        created_us: i64,
        edited_us: i64,
        visibility: String,
        source: String,
        thread: Option<String>,
        language: Option<String>,
        license: Option<String>,
        title: Option<String>,
        text: String,
    }
}

impl InboxRow {
    pub(crate) fn record(self) -> Result<Record, StoreError> {
        Ok(Record {
            id: id(self.record, TABLE)?,
            member: id(self.member, TABLE)?,
            kind: named(self.kind, TABLE)?,
            created: timestamp(self.created_us, TABLE)?,
            edited: timestamp(self.edited_us, TABLE)?,
            visibility: named(self.visibility, TABLE)?,
            source: self.source,
            thread: self.thread.map(|thread| id(thread, TABLE)).transpose()?,
            language: self.language,
            license: self.license,
            title: self.title,
            text: self.text,
        })
    }
}

impl Store {
    /// A bucket's records as columns ([`crate::read_schema`]), sorted by (member, created, record). What is still in the
    /// inbox is not in it: merge first.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub async fn read_bucket(&self, bucket: u16) -> Result<Vec<RecordBatch>, StoreError> {
        let (_, batches) = self.read_live(bucket).await?;
        let rows: Vec<(String,)> = query("SELECT record FROM record_deleted WHERE bucket = $1")
            .bind(i64::from(bucket))
            .fetch_all(&self.inner.readers)
            .await?;
        let deleted: HashSet<String> = rows.into_iter().map(|(record,)| record).collect();
        batches.iter().map(|batch| with_deleted(batch, &deleted)).collect()
    }

    /// A member's records, newest first, deleted ones left out; at most `limit`. Reads the member's bucket and the
    /// inbox.
    ///
    /// # Errors
    /// When they cannot be read.
    pub async fn records_of(&self, member: &MemberId, limit: u32) -> Result<Vec<Record>, StoreError> {
        let mut records = self.all_records_of(member).await?;
        let rows: Vec<(String,)> = query("SELECT record FROM record_deleted WHERE member = $1")
            .bind(member.as_str())
            .fetch_all(&self.inner.readers)
            .await?;
        let deleted: HashSet<String> = rows.into_iter().map(|(record,)| record).collect();
        records.retain(|record| !deleted.contains(record.id.as_str()));
        records.sort_by(|a, b| (b.created, &a.id).cmp(&(a.created, &b.id)));
        records.truncate(limit as usize);
        Ok(records)
    }

    async fn all_records_of(&self, member: &MemberId) -> Result<Vec<Record>, StoreError> {
        // The inbox is read first: what is merged meanwhile is then seen in the file, twice at worst.
        let inbox: Vec<InboxRow> = query("SELECT * FROM record_inbox WHERE member = $1")
            .bind(member.as_str())
            .fetch_all(&self.inner.readers)
            .await?;
        let mut latest: BTreeMap<RecordId, Record> = BTreeMap::new();
        for batch in self.read_live(bucket_of(member)).await?.1 {
            let members = texts(&batch, "member")?;
            // Sorted by member: theirs are neighbors.
            let rows = members.iter().map(|other| other == Some(member.as_str()));
            let (from, count) = (rows.clone().take_while(|own| !own).count(), rows.filter(|own| *own).count());
            if count > 0 {
                let own = crate::columns::from_batch(&batch.slice(from, count))?;
                latest.extend(own.into_iter().map(|record| (record.id.clone(), record)));
            }
        }
        for row in inbox {
            let record = row.record()?;
            if latest.get(&record.id).is_none_or(|other| other.edited < record.edited) {
                latest.insert(record.id.clone(), record);
            }
        }
        Ok(latest.into_values().collect())
    }

    /// One record, if it is known and not deleted.
    ///
    /// # Errors
    /// When it cannot be read.
    pub async fn record(&self, record: &RecordId) -> Result<Option<Record>, StoreError> {
        let row: Option<(String,)> = query(
            "SELECT member FROM record_index i WHERE record = $1
                 AND NOT EXISTS (SELECT 1 FROM record_deleted d WHERE d.record = i.record)",
        )
        .bind(record.as_str())
        .fetch_optional(&self.inner.readers)
        .await?;
        let Some((member,)) = row else { return Ok(None) };
        let records = self.all_records_of(&id(member, "record_index")?).await?;
        Ok(records.into_iter().find(|found| found.id == *record))
    }

    /// Number of records that are known, deleted ones left out.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn record_count(&self) -> Result<u64, StoreError> {
        let (count,): (i64,) =
            query("SELECT (SELECT COUNT(*) FROM record_index) - (SELECT COUNT(*) FROM record_deleted)")
                .fetch_one(&self.inner.readers)
                .await?;
        number(count, "record_index")
    }

    /// Number of records that wait in the inbox.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn inbox_count(&self) -> Result<u64, StoreError> {
        let (count,): (i64,) = query("SELECT COUNT(*) FROM record_inbox").fetch_one(&self.inner.readers).await?;
        number(count, TABLE)
    }
}

/// Sorts as the files are: by (member, created, record).
pub(crate) fn sort(records: &mut [Record]) {
    records.sort_unstable_by(|a, b| (&a.member, a.created, &a.id).cmp(&(&b.member, b.created, &b.id)));
}

/// The file of these records; none if there are none.
pub(crate) fn file_of(mut records: Vec<Record>) -> Result<Option<files::NewFile>, StoreError> {
    if records.is_empty() {
        return Ok(None);
    }
    sort(&mut records);
    files::encode(&records).map(Some)
}
