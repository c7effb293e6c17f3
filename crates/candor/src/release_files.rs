//! Folders of releases: shards that did not change are linked from one to the next. No byte of a shard is ever changed in place.

use anyhow::Result;
use candor_ml::train::shard_folder;
use std::path::{Path, PathBuf};

/// Links the shards of another release; those whose rows differ are trained anew from the slice before the difference.
pub fn take_over(from: &Path, to: &Path, shards: usize) -> Result<()> {
    for shard in 0..shards {
        let (old, new) = (shard_folder(from, shard), shard_folder(to, shard));
        if old.is_dir() && !new.is_dir() {
            let fresh = new.with_extension("new");
            if fresh.exists() {
                std::fs::remove_dir_all(&fresh)?;
            }
            link_folder(&old, &fresh)?;
            std::fs::rename(&fresh, &new)?;
        }
    }
    Ok(())
}

/// Every file is replaced as a whole and never changed in place, so a link is as good as a copy.
fn link_folder(from: &Path, to: &Path) -> Result<()> {
    std::fs::create_dir_all(to)?;
    for entry in std::fs::read_dir(from)? {
        let entry = entry?;
        let target: PathBuf = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            link_folder(&entry.path(), &target)?;
        } else {
            std::fs::hard_link(entry.path(), &target).or_else(|_| std::fs::copy(entry.path(), &target).map(drop))?;
        }
    }
    Ok(())
}
