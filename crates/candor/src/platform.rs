//! A platform opened for work: its settings, its store, its keys. The clock is read here and nowhere below.

use crate::{
    cli::Global,
    config::{self, Redact, Settings},
    exit::Outcome,
    redaction_model,
};
use anyhow::{Context, Result};
use candor_core::{Member, MemberId, RuleBook, Seq};
use candor_ml::audit::LIMITS;
use candor_store::{Database, Place, Store};
use jiff::Timestamp;
use rand::SeedableRng;
use std::{
    path::{Path, PathBuf},
    sync::Arc,
};
use tokio::sync::OnceCell;

/// The server's clock.
pub fn now() -> Timestamp {
    Timestamp::now()
}

/// A platform opened for work.
#[derive(Clone)]
pub struct Platform {
    /// What is set.
    pub settings: Settings,
    /// Everything that is kept.
    pub store: Store,
    /// Whether to print nothing but results.
    pub quiet: bool,
    /// The model that the operator brought for redaction, once it was asked for.
    redaction_model: Arc<OnceCell<redaction_model::Model>>,
}

impl Platform {
    /// Opens a platform that was made before; a new one is made only under a rule book that somebody picked.
    pub async fn open(global: &Global) -> Result<Self> {
        Self::open_or_make(global, None).await
    }

    /// Opens a platform, or makes it under the rule book that is named here where the settings name none.
    pub async fn open_or_make(global: &Global, picked: Option<&str>) -> Result<Self> {
        let settings = config::load(global)?;
        let dir = settings.data.dir.clone();
        let database = Database::parse(&settings.database.url)?;
        let words = format!("cannot open the platform in `{}`, {database}", dir.display());
        let place = Place { dir, database };
        let book = match settings.rules.book.as_str() {
            "" => match (Store::kept_rule_book(&place).await.context(words.clone())?, picked) {
                (Some(kept), _) => kept,
                (None, Some(picked)) => rule_book(picked)?,
                (None, None) => return Err(Outcome::Usage(no_book(&place.dir)).into()),
            },
            set => rule_book(set)?,
        };
        let cannot_make = || format!("cannot make the data folder `{}`", place.dir.display());
        std::fs::create_dir_all(&place.dir).with_context(cannot_make)?;
        if !settings.log.origin.is_empty() {
            let mut rng = rand::rngs::StdRng::from_os_rng();
            candor_store::name_log(&place.dir, &settings.log.origin, &mut rng)?;
        }
        let store = Store::open_at(place, book).await.context(words)?;
        Ok(Self { settings, store, quiet: global.quiet, redaction_model: Arc::default() })
    }

    /// The model that the operator brought for redaction, loaded when it is first asked for.
    pub async fn redaction_model(&self) -> Result<redaction_model::Model> {
        let load = async || {
            let Redact { model, threshold_percent } = self.settings.redact.clone();
            let load = move || redaction_model::load(Path::new(&model), threshold_percent);
            match self.settings.redact.model.is_empty() {
                true => Ok(None),
                false => tokio::task::spawn_blocking(load).await?.map(Some),
            }
        };
        self.redaction_model.get_or_try_init(load).await.cloned()
    }

    /// The data folder.
    pub fn dir(&self) -> &Path {
        &self.settings.data.dir
    }

    /// Where snapshots lie.
    pub fn snapshots_dir(&self) -> PathBuf {
        self.dir().join("snapshots")
    }

    /// Where a snapshot lies.
    pub fn snapshot_dir(&self, id: &str) -> PathBuf {
        self.snapshots_dir().join(id)
    }

    /// Where a release lies.
    pub fn release_dir(&self, id: &str) -> PathBuf {
        self.dir().join("releases").join(id)
    }

    /// A secret of the platform by its name, see [`secret`].
    pub fn key(&self, name: &str) -> Result<[u8; 32]> {
        secret(&self.dir().join("keys"), name)
    }

    /// The identifier of a member that the directory or the log knows.
    pub async fn member_id(&self, text: &str) -> Result<MemberId> {
        if let Ok(id) = MemberId::new(text)
            && self.store.history().of_member(&id, Seq(u64::MAX)).next().is_some()
        {
            return Ok(id);
        }
        Ok(self.member(text).await?.id)
    }

    /// The member of this id or handle.
    pub async fn member(&self, text: &str) -> Result<Member> {
        if let Ok(id) = MemberId::new(text)
            && let Some(member) = self.store.member(&id).await?
        {
            return Ok(member);
        }
        let found = self.store.find_member(text.trim_start_matches('@')).await?;
        found.ok_or_else(|| {
            Outcome::NotFound(format!("there is no member `{text}`; `candor member list` lists them")).into()
        })
    }
}

/// A secret in a folder by its name: 32 random bytes, made when first asked for, readable by the owner alone.
pub fn secret(folder: &Path, name: &str) -> Result<[u8; 32]> {
    std::fs::create_dir_all(folder)?;
    let file = folder.join(format!("{name}.key"));
    if !file.exists() {
        let fresh: [u8; 32] = rand::random();
        write_secret(folder, &file, &fresh)?;
    }
    let bytes = std::fs::read(&file).with_context(|| format!("cannot read the key `{}`", file.display()))?;
    bytes.try_into().map_err(|_| anyhow::anyhow!("the key `{}` has not 32 bytes; restore it", file.display()))
}

/// Replaces a file so that a crash leaves the old or the new one, whole.
pub fn write_durable(file: &Path, bytes: &[u8]) -> Result<()> {
    use std::io::Write;
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    std::fs::create_dir_all(folder)?;
    let fresh = folder.join(format!(".{}.{}", std::process::id(), rand::random::<u32>()));
    let mut opened = std::fs::File::create_new(&fresh)?;
    opened.write_all(bytes)?;
    opened.sync_all()?;
    std::fs::rename(&fresh, file)?;
    std::fs::File::open(folder)?.sync_all()?;
    Ok(())
}

/// Writes a secret so that a crash leaves either none or all of it.
fn write_secret(folder: &Path, file: &Path, secret: &[u8]) -> Result<()> {
    use std::io::Write;
    let fresh = folder.join(format!(".{}.{}", std::process::id(), rand::random::<u32>()));
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut opened = options.open(&fresh)?;
    opened.write_all(secret)?;
    opened.sync_all()?;
    // The first one to link wins; a key is never replaced.
    let linked = std::fs::hard_link(&fresh, file);
    std::fs::remove_file(&fresh)?;
    match linked {
        Err(error) if error.kind() != std::io::ErrorKind::AlreadyExists => Err(error.into()),
        _ => Ok(()),
    }
}

/// What is said where there is no platform yet.
fn no_book(dir: &Path) -> String {
    let names = RuleBook::shipped_names().join("`, `");
    format!(
        "there is no platform in `{}` and no rule book is picked; run `candor init --rules BOOK` with `{names}` or a \
         TOML file, `candor rules list` tells them apart",
        dir.display()
    )
}

/// A rule book by its shipped name or from a file.
pub fn rule_book(name: &str) -> Result<RuleBook> {
    let path = Path::new(name);
    if path.extension().is_some_and(|ext| ext == "toml") {
        let text = std::fs::read_to_string(path).with_context(|| format!("cannot read the rule book `{name}`"))?;
        let wrong = || format!("the rule book `{name}` is wrong");
        let book = RuleBook::parse_file(name, &text).with_context(wrong)?;
        candor_redact::Policy::check(name, &text).with_context(wrong)?;
        RuleBook::check_audit(name, &text, &LIMITS.map(|row| (row.name, row.most))).with_context(wrong)?;
        return Ok(book);
    }
    Ok(RuleBook::shipped(name)?)
}
