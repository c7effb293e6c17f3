//! Every record that the platform keeps, bucket by bucket, as the stages take them.

use crate::platform::Platform;
use anyhow::Result;
use candor_dataset::{Batch, Collected};

/// Hands on every batch of all buckets. What waits in the inbox is merged by the caller first.
pub async fn each(platform: &Platform, mut take: impl FnMut(Batch<Collected>) -> Result<()>) -> Result<()> {
    for bucket in platform.store.buckets().await? {
        for columns in platform.store.read_bucket(bucket).await? {
            take(Batch::from_arrow(columns)?)?;
        }
    }
    Ok(())
}
