//! The buckets' files: Parquet with zstd, sorted by (member, created, record), named by the BLAKE3 hash of their bytes.
//! A file never changes; which one is live is a row of `record_file`.

use crate::{
    columns::{from_batch, record_schema, to_batch},
    error::StoreError,
    query::query,
    store::Store,
    time::{int, number},
    writer::Tx,
};
use arrow::array::RecordBatch;
use bytes::Bytes;
use candor_core::Record;
use object_store::{ObjectStoreExt, path::Path};
use parquet::{
    arrow::{ArrowWriter, arrow_reader::ParquetRecordBatchReaderBuilder},
    basic::{Compression, ZstdLevel},
    file::{metadata::KeyValue, properties::WriterProperties},
};

/// The folder of records in the data folder.
pub(crate) const FOLDER: &str = "records";
/// zstd's own default: half the bytes of level 1 at a third of the time of level 9.
const ZSTD: i32 = 3;
/// Rows in one batch that is read or written.
const BATCH: usize = 8192;
/// The stage that the file's rows have reached, checked on opening.
const STAGE: (&str, &str) = ("candor.stage", "collected");
const TABLE: &str = "record_file";

/// A file as it is made: not yet on the disk.
pub(crate) struct NewFile {
    pub(crate) hash: String,
    pub(crate) records: u64,
    pub(crate) bytes: Bytes,
}

/// The name of a file inside the folder of records.
pub(crate) fn path(bucket: u16, hash: &str) -> String {
    format!("bucket={bucket:03}/{hash}.parquet")
}

/// Makes the file of records, which must be sorted. The same records make the same bytes.
pub(crate) fn encode(records: &[Record]) -> Result<NewFile, StoreError> {
    let properties = WriterProperties::builder()
        .set_compression(Compression::ZSTD(ZstdLevel::try_new(ZSTD)?))
        .set_key_value_metadata(Some(vec![KeyValue::new(STAGE.0.to_owned(), STAGE.1.to_owned())]))
        .build();
    let mut writer = ArrowWriter::try_new(Vec::new(), record_schema(), Some(properties))?;
    for rows in records.chunks(BATCH) {
        writer.write(&to_batch(rows)?)?;
    }
    let bytes = writer.into_inner()?;
    let hash = blake3::hash(&bytes).to_hex().to_string();
    Ok(NewFile { hash, records: records.len() as u64, bytes: bytes.into() })
}

/// Reads a file's batches. A file that is not what its name says, or is of another stage, is refused.
pub(crate) fn decode(hash: &str, bytes: Bytes) -> Result<Vec<RecordBatch>, StoreError> {
    if blake3::hash(&bytes).to_hex().as_str() != hash {
        return Err(StoreError::Corrupt(TABLE));
    }
    let builder = ParquetRecordBatchReaderBuilder::try_new(bytes)?;
    let pairs = builder.metadata().file_metadata().key_value_metadata();
    let stage = pairs.into_iter().flatten().find(|pair| pair.key == STAGE.0);
    if stage.and_then(|pair| pair.value.as_deref()) != Some(STAGE.1) {
        return Err(StoreError::Corrupt(TABLE));
    }
    Ok(builder.with_batch_size(BATCH).build()?.collect::<Result<_, _>>()?)
}

/// The records of a file's batches.
pub(crate) fn records(batches: &[RecordBatch]) -> Result<Vec<Record>, StoreError> {
    let mut records = Vec::with_capacity(batches.iter().map(RecordBatch::num_rows).sum());
    for batch in batches {
        records.extend(from_batch(batch)?);
    }
    Ok(records)
}

/// Makes `new` the live file of a bucket if `old` still is. Says whether it was.
pub(crate) async fn swap(
    tx: &mut Tx,
    bucket: u16,
    old: Option<&str>,
    new: Option<&NewFile>,
) -> Result<bool, StoreError> {
    if !is_live(tx, bucket, old).await? {
        return Ok(false);
    }
    match new {
        Some(file) => {
            query(
                "INSERT INTO record_file (bucket, hash, records, bytes) VALUES ($1, $2, $3, $4)
                 ON CONFLICT (bucket) DO UPDATE SET hash = excluded.hash, records = excluded.records,
                     bytes = excluded.bytes",
            )
            .bind(i64::from(bucket))
            .bind(&file.hash)
            .bind(int(file.records))
            .bind(int(file.bytes.len() as u64))
            .execute(&mut tx.conn)
            .await?
        }
        None => {
            query("DELETE FROM record_file WHERE bucket = $1").bind(i64::from(bucket)).execute(&mut tx.conn).await?
        }
    };
    Ok(true)
}

/// Whether a file is the live one of its bucket, or there is none and none is expected.
pub(crate) async fn is_live(tx: &mut Tx, bucket: u16, hash: Option<&str>) -> Result<bool, StoreError> {
    let live: Option<(String,)> = query("SELECT hash FROM record_file WHERE bucket = $1")
        .bind(i64::from(bucket))
        .fetch_optional(&mut tx.conn)
        .await?;
    Ok(live.as_ref().map(|(live,)| live.as_str()) == hash)
}

impl Store {
    /// The hash of a bucket's live file.
    pub(crate) async fn live_file(&self, bucket: u16) -> Result<Option<String>, StoreError> {
        let row: Option<(String,)> = query("SELECT hash FROM record_file WHERE bucket = $1")
            .bind(i64::from(bucket))
            .fetch_optional(&self.inner.readers)
            .await?;
        Ok(row.map(|(hash,)| hash))
    }

    /// Reads a bucket's live file. If it is replaced between the two looks, the new one is read.
    pub(crate) async fn read_live(&self, bucket: u16) -> Result<(Option<String>, Vec<RecordBatch>), StoreError> {
        for _ in 0..5 {
            let Some(hash) = self.live_file(bucket).await? else { return Ok((None, Vec::new())) };
            match self.inner.objects.get(&Path::from(path(bucket, &hash))).await {
                Ok(found) => {
                    let (bytes, name) = (found.bytes().await?, hash.clone());
                    let batches = blocking(move || decode(&name, bytes)).await?;
                    return Ok((Some(hash), batches));
                }
                Err(object_store::Error::NotFound { .. }) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Err(StoreError::Busy(bucket))
    }

    /// Writes a file and waits until it is on the disk, its name too.
    pub(crate) async fn put_file(&self, bucket: u16, file: &NewFile) -> Result<(), StoreError> {
        let name = path(bucket, &file.hash);
        self.inner.objects.put(&Path::from(name.as_str()), file.bytes.clone().into()).await?;
        let folder = self.data_dir().join(FOLDER);
        blocking(move || {
            // `object_store` does not sync: the file, its folder, and the folder's own name.
            let file = folder.join(name);
            let bucket = file.parent().unwrap_or(&folder);
            for path in [file.as_path(), bucket, folder.as_path()] {
                std::fs::File::open(path).and_then(|f| f.sync_all()).map_err(StoreError::io(path))?;
            }
            Ok(())
        })
        .await
    }

    /// Deletes a file that no row names any more.
    pub(crate) async fn delete_file(&self, bucket: u16, hash: &str) -> Result<(), StoreError> {
        match self.inner.objects.delete(&Path::from(path(bucket, hash))).await {
            Ok(()) | Err(object_store::Error::NotFound { .. }) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    /// Buckets that have a live file, in order.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn buckets(&self) -> Result<Vec<u16>, StoreError> {
        let rows: Vec<(i64,)> =
            query("SELECT bucket FROM record_file ORDER BY bucket").fetch_all(&self.inner.readers).await?;
        rows.into_iter().map(|(bucket,)| number(bucket, TABLE)).collect()
    }
}

/// Runs something that computes or waits for the disk away from the threads that serve.
pub(crate) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, StoreError> + Send + 'static,
) -> Result<T, StoreError> {
    tokio::task::spawn_blocking(work).await.map_err(|_| StoreError::Closed)?
}
