//! The lock on the data folder, and the broom: files of records that no row names are what a crash left, and go. Only
//! whoever is alone in the folder sweeps, since another process may just be writing one.

use crate::{db::Conn, error::StoreError, files, query::query};
use std::{collections::HashSet, fs::File, path::Path};

const LOCK: &str = "candor.lock";

/// Makes a folder and those above it that are absent, and waits until their names are on the disk: a database that is
/// synced in a folder whose own name is not would be gone after a power loss.
pub(crate) fn make_folder(folder: &Path) -> Result<(), StoreError> {
    if folder.is_dir() {
        return Ok(());
    }
    let above = match folder.parent() {
        Some(above) if above.as_os_str().is_empty() => Path::new("."),
        Some(above) => above,
        None => folder,
    };
    make_folder(above)?;
    match std::fs::create_dir(folder) {
        Err(error) if error.kind() != std::io::ErrorKind::AlreadyExists => return Err(StoreError::io(folder)(error)),
        _ => {}
    }
    File::open(above).and_then(|above| above.sync_all()).map_err(StoreError::io(above))
}

/// Takes the lock: exclusive if nobody else is in the folder, else shared. Says which. The system gives it back when
/// the process ends, however it ends. May wait for another process that is just opening the folder.
pub(crate) fn lock(dir: &Path) -> Result<(File, bool), StoreError> {
    let path = dir.join(LOCK);
    let file = File::options().create(true).append(true).open(&path).map_err(StoreError::io(&path))?;
    match file.try_lock() {
        Ok(()) => Ok((file, true)),
        Err(std::fs::TryLockError::WouldBlock) => {
            file.lock_shared().map_err(StoreError::io(&path))?;
            Ok((file, false))
        }
        Err(std::fs::TryLockError::Error(error)) => Err(StoreError::io(&path)(error)),
    }
}

/// Lets others into the folder, once it is swept.
pub(crate) fn share(lock: File, dir: &Path) -> Result<File, StoreError> {
    lock.lock_shared().map_err(StoreError::io(dir))?;
    Ok(lock)
}

/// Deletes every file of records that is not live.
pub(crate) async fn sweep(conn: &mut Conn, folder: &Path) -> Result<(), StoreError> {
    let rows: Vec<(i64, String)> = query("SELECT bucket, hash FROM record_file").fetch_all(&mut *conn).await?;
    let live: HashSet<String> = rows
        .into_iter()
        .filter_map(|(bucket, hash)| u16::try_from(bucket).ok().map(|bucket| files::path(bucket, &hash)))
        .collect();
    for bucket in std::fs::read_dir(folder).map_err(StoreError::io(folder))? {
        let bucket = bucket.map_err(StoreError::io(folder))?.path();
        if !bucket.is_dir() {
            continue;
        }
        for file in std::fs::read_dir(&bucket).map_err(StoreError::io(&bucket))? {
            let file = file.map_err(StoreError::io(&bucket))?.path();
            let name = file.strip_prefix(folder).unwrap_or(&file).to_string_lossy().replace('\\', "/");
            if !live.contains(&name) {
                std::fs::remove_file(&file).map_err(StoreError::io(&file))?;
                tracing::info!(file = %name, "deleted a file of records that a crash had left");
            }
        }
    }
    Ok(())
}
