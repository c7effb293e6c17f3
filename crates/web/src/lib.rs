//! HTTP: the member's pages, the officer's console, the API and the OpenAI-compatible wire.
//!
//! This crate shows and asks; it never transforms: every change is one commit of the store, answered after it is on the
//! disk, and every page shows what it read back. No page needs a script. The table of contents is `router.rs`; a page is
//! one file in `pages/` with `get` and `post`, its words are in `templates/`.

mod api;
mod assets;
pub mod bundle;
mod chart;
pub mod choices;
mod drafts;
mod error;
pub mod events;
mod headers;
pub mod objections;
mod page;
mod pages;
mod problem;
mod router;
pub mod sample;
mod session;
mod signals;
mod standing;
mod state;
mod tiles;
pub mod witness;
mod words;

pub use api::openapi;
pub use router::router;
pub use state::{
    ApiKey, AppState, Clock, Config, RedactedText, Redaction, RedactionOrder, SnapshotFolders, SnapshotPapers,
};

/// Why the server stopped.
#[derive(Debug, thiserror::Error)]
pub enum WebError {
    /// The socket failed.
    #[error("the server stopped: {0}")]
    Serve(#[from] std::io::Error),
}

/// Serves until `shutdown` is done; requests in flight are answered first.
///
/// # Errors
/// When the socket fails.
pub async fn serve(
    state: AppState,
    listener: tokio::net::TcpListener,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> Result<(), WebError> {
    axum::serve(listener, router(state)).with_graceful_shutdown(shutdown).await?;
    Ok(())
}

/// Serves a witness until `shutdown` is done.
///
/// # Errors
/// When the socket fails.
pub async fn serve_witness(
    server: witness::WitnessServer,
    listener: tokio::net::TcpListener,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> Result<(), WebError> {
    axum::serve(listener, witness::router(server)).with_graceful_shutdown(shutdown).await?;
    Ok(())
}
