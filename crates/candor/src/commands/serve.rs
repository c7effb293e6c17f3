//! `candor serve`: pages, API and the worker in one process, until it is told to stop.

use crate::{
    cli::{Global, Serve},
    exit::Outcome,
    platform::{self, Platform},
    sealed::SealedFolders,
    serving::Serving,
    witnesses, worker,
};
use anyhow::{Context, Result};
use candor_store::Standing;
use candor_web::{ApiKey, AppState, Clock, Config};
use jiff::Timestamp;
use std::{net::SocketAddr, sync::Arc};
use tokio::net::TcpListener;

/// Runs the command.
pub async fn run(global: &Global, args: Serve) -> Result<()> {
    let platform = Platform::open(global).await?;
    let listen = args.listen.unwrap_or(platform.settings.serve.listen);
    let dev_login = args.dev_login || platform.settings.serve.dev_login;
    serve(platform, bind(listen).await?, dev_login).await
}

/// Takes the address.
pub async fn bind(listen: SocketAddr) -> Result<TcpListener> {
    TcpListener::bind(listen)
        .await
        .with_context(|| format!("cannot listen on {listen}; is something else there? choose another with --listen"))
}

/// The system's clock, as the pages see it.
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        platform::now()
    }
}

/// Serves until the process is told to stop.
pub async fn serve(platform: Platform, listener: TcpListener, dev_login: bool) -> Result<()> {
    let address = listener.local_addr()?;
    if let Standing::Held { reason } = witnesses::compare(&platform).await? {
        tracing::error!(reason, "the store is held: choices are taken, nothing is decided");
    }
    let serving = Arc::new(Serving::start(&platform).await?);
    let working = tokio::spawn(worker::run(platform.clone(), Arc::clone(&serving)));
    let telling = tokio::spawn(witnesses::follow(platform.clone()));
    let state = AppState {
        store: platform.store.clone(),
        assistant: Some(Arc::clone(&serving.assistant)),
        templates: Arc::clone(&serving.templates),
        redaction: serving.redaction.clone(),
        snapshots: Arc::new(SealedFolders::new(platform.snapshots_dir())),
        dev_login,
        clock: Arc::new(SystemClock),
        base: web_config(&platform)?,
    };
    if !platform.quiet {
        eprintln!("serving at http://{address}; stop with Ctrl-C");
    }
    if !address.ip().is_loopback() && dev_login {
        tracing::warn!("the development login is reachable from other machines");
    }
    candor_web::serve(state, listener, stop()).await?;
    working.abort();
    telling.abort();
    witnesses::write_outside(&platform)?;
    Ok(())
}

/// The settings of pages and API.
fn web_config(platform: &Platform) -> Result<Config> {
    let settings = &platform.settings.serve;
    let mut api_keys = Vec::new();
    if !settings.api_key_sha256.is_empty() {
        let mut sha256 = [0; 32];
        hex::decode_to_slice(&settings.api_key_sha256, &mut sha256)
            .map_err(|_| Outcome::Usage("`serve.api_key_sha256` is not 64 hex digits".into()))?;
        api_keys.push(ApiKey { name: "platform".into(), sha256 });
    }
    Ok(Config {
        platform: settings.platform.clone(),
        contact: settings.contact.clone(),
        https: settings.https,
        secret: platform.key("forms")?,
        api_keys,
    })
}

/// Ends when the process is told to stop.
pub async fn stop() {
    let interrupt = tokio::signal::ctrl_c();
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        if let Ok(mut terminate) = signal(SignalKind::terminate()) {
            tokio::select! { _ = interrupt => {}, _ = terminate.recv() => {} }
            return;
        }
    }
    let _ = interrupt.await;
}
