//! The log for everybody, as C2SP tlog-tiles has it: `/log/checkpoint`, `/log/tile/…`, and `/log/key` with the keys that
//! verify. Leaves and hashes only: a leaf is a commitment and tells nobody anything of its entry.

use axum::{
    extract::{Path, State},
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
};
use candor_core::Seq;
use candor_tlog::{
    Checkpoint, LEAF_BYTES,
    tiles::{TileKind, TilePath, entry_bytes},
};

use crate::{
    problem::Problem,
    state::{App, AppState},
};

/// What a full tile never changes; a partial one is asked for by its width and never changes either.
const FOR_EVER: &str = "public, max-age=31536000, immutable";
const TEXT: &str = "text/plain; charset=utf-8";

/// The last signed checkpoint, a signed note.
pub(crate) async fn checkpoint(State(app): State<App>) -> Result<Response, Problem> {
    let note = app.store.checkpoint().ok_or_else(|| {
        Problem::new("held", "the log signs nothing while it is held; ask again when an officer released the hold")
    })?;
    // A checkpoint is public and grows old: caches ask again.
    Ok(([(header::CONTENT_TYPE, TEXT), (header::CACHE_CONTROL, "public, no-cache")], note).into_response())
}

/// The keys that verify checkpoints, one a line, each after the size from which it holds.
pub(crate) async fn key(State(app): State<App>) -> Response {
    let lines: String = app.store.log_keys().into_iter().map(|(from, key)| format!("{from} {key}\n")).collect();
    ([(header::CONTENT_TYPE, TEXT), (header::CACHE_CONTROL, "public, no-cache")], lines).into_response()
}

/// The bytes of a tile of hashes, or of a bundle of leaves, as far as the signed checkpoint covers them.
pub(crate) async fn tile(
    State(app): State<App>,
    Path(rest): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let absent = |error: candor_tlog::tiles::TileError| Problem::new("unknown_tile", error.to_string());
    let path: TilePath = format!("tile/{rest}").parse().map_err(absent)?;
    let size = signed_size(&app)?;
    path.range(size).map_err(absent)?;
    let tag = format!("\"{path}\"");
    if headers.get(header::IF_NONE_MATCH).is_some_and(|known| known.as_bytes() == tag.as_bytes()) {
        return Ok(StatusCode::NOT_MODIFIED.into_response());
    }
    let bytes = match path.kind {
        TileKind::Hashes { .. } => {
            let hashes = app.store.tree_hashes(path.reads(size).map_err(absent)?).await?;
            path.hash_bytes(size, &hashes).map_err(absent)?
        }
        TileKind::Entries => entry_bytes(&leaves(&app, &path, size).await?),
    };
    let headers = [
        (header::CONTENT_TYPE, "application/octet-stream".to_owned()),
        (header::CACHE_CONTROL, FOR_EVER.to_owned()),
        (header::ETAG, tag),
    ];
    Ok((headers, bytes).into_response())
}

/// Size of the last signed checkpoint: nothing beyond it is served, so that whoever reads can check all of it.
fn signed_size(app: &AppState) -> Result<u64, Problem> {
    let note = app.store.checkpoint();
    let size = note.and_then(|note: String| Checkpoint::unverified(&note).ok()).map(|checkpoint| checkpoint.size);
    size.ok_or_else(|| Problem::new("held", "the log signs nothing while it is held; ask again later"))
}

async fn leaves(app: &AppState, path: &TilePath, size: u64) -> Result<Vec<[u8; LEAF_BYTES]>, Problem> {
    let range = path.range(size).map_err(|error| Problem::new("unknown_tile", error.to_string()))?;
    let wanted = u32::try_from(range.end - range.start).unwrap_or(u32::MAX);
    let damaged = || Problem::new("unavailable", "the log's rows do not fit its tree; run `candor log verify`");
    let entries = app.store.entries(Seq(range.start + 1), wanted).await?;
    let leaf = |entry: candor_store::Entry| {
        let bytes = hex::decode(entry.leaf).ok()?;
        bytes.try_into().ok()
    };
    let leaves: Vec<_> = entries.into_iter().map_while(leaf).collect();
    if leaves.len() as u64 == range.end - range.start { Ok(leaves) } else { Err(damaged()) }
}
