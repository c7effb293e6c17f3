//! What every handler is given: the store, the assistant, the clock and the settings. Nothing here is looked up; the
//! binary hands all of it in.

use std::{collections::BTreeMap, sync::Arc};

use candor_assist::{Assistant, Templates};
use candor_core::PurposeKey;
use candor_store::{SnapshotRow, Store};
use jiff::Timestamp;

/// Where the time comes from.
pub trait Clock: Send + Sync {
    /// The time now.
    fn now(&self) -> Timestamp;
}

/// What takes personal data out of texts; the binary makes it.
pub trait Redaction: Send + Sync {
    /// Redacts texts that belong together: the same value has the same placeholder in all of them.
    ///
    /// # Errors
    /// What is wrong with the question, in words for whoever asked it; never a word of the texts.
    fn redact(&self, texts: &[String], how: &RedactionOrder) -> Result<Vec<RedactedText>, String>;

    /// Every type that is found, with words for several of it.
    fn types(&self) -> Vec<(&'static str, &'static str)>;
}

/// How texts are to be redacted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RedactionOrder {
    /// What takes the place of personal data, such as `placeholder`; that of training sets if absent.
    pub operator: Option<String>,
    /// Do with each type what the rule book says for this purpose. Not together with an operator.
    pub purpose: Option<PurposeKey>,
}

/// A text without the personal data that was found in it.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct RedactedText {
    /// The text after redaction.
    pub text: String,
    /// What was found: type, start and end in bytes of the text as it was given, score.
    pub findings: Vec<(&'static str, usize, usize, f32)>,
    /// How many pieces of each type were replaced.
    pub counts: BTreeMap<&'static str, u64>,
}

/// What can be told of a sealed snapshot from its folder.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SnapshotPapers {
    /// Rows that are used.
    pub rows: u64,
    /// Pieces of personal data that were found and replaced, by type.
    pub found: BTreeMap<String, u64>,
}

/// The folders of sealed snapshots; the binary reads them. What is not there, or not what was sealed, is none. Both read files
/// and take their time.
pub trait SnapshotFolders: Send + Sync {
    /// The papers of a snapshot.
    fn papers(&self, snapshot: &SnapshotRow) -> Option<SnapshotPapers>;

    /// The redacted texts of its sample, always the same in the same order.
    fn sample(&self, snapshot: &SnapshotRow) -> Option<Arc<Vec<String>>>;
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
    /// What may be asked of it.
    pub templates: Arc<Templates>,
    /// The redactor.
    pub redaction: Arc<dyn Redaction>,
    /// What the sealed snapshots hold.
    pub snapshots: Arc<dyn SnapshotFolders>,
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
