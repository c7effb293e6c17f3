//! What every handler is given: the store, the assistant, the clock and the settings. Nothing here is looked up; the
//! binary hands all of it in.

use std::sync::Arc;

use candor_assist::Assistant;
use candor_store::Store;
use jiff::Timestamp;

/// Where the time comes from.
pub trait Clock: Send + Sync {
    /// The time now.
    fn now(&self) -> Timestamp;
}

/// A key for the API. Only its hash is kept.
#[derive(Debug, Clone)]
pub struct ApiKey {
    /// Name for the operator.
    pub name: String,
    /// SHA-256 of the key.
    pub sha256: [u8; 32],
}

/// Settings of the server.
#[derive(Clone)]
pub struct Config {
    /// Name of the platform, as pages show it.
    pub platform: String,
    /// Mail address of the privacy officer; empty if there is none.
    pub contact: String,
    /// Whether members reach the server over https. Then cookies are bound to it.
    pub https: bool,
    /// Key of the tokens in forms; random, of this server alone.
    pub secret: [u8; 32],
    /// Keys that may use the API. Without any, the API is open only under the development login.
    pub api_keys: Vec<ApiKey>,
}

impl std::fmt::Debug for Config {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Config").field("platform", &self.platform).field("https", &self.https).finish_non_exhaustive()
    }
}

/// All that handlers share.
#[derive(Clone)]
pub struct AppState {
    /// The store.
    pub store: Store,
    /// The assistant; absent while there is no release to serve.
    pub assistant: Option<Arc<Assistant>>,
    /// Whether anyone may sign in as anyone. For demonstrations only; every page says so.
    pub dev_login: bool,
    /// The clock.
    pub clock: Arc<dyn Clock>,
    /// Settings.
    pub base: Config,
}

impl AppState {
    /// The time now.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }
}

/// How handlers hold it.
pub(crate) type App = Arc<AppState>;
