//! Configuration in layers: defaults < `/etc/candor/candor.toml` < `./candor.toml` < `--config FILE` <
//! `CANDOR__SECTION__KEY` < flags, lists there with `;` between their items. `candor config show --origin` tells where each
//! value comes from.

use crate::cli::Global;
use anyhow::{Context, Result, bail};
use candor_ml::decode::Precision;
use config::{Config, Environment, File, FileFormat, ValueKind};
use serde::Deserialize;
use std::{collections::HashMap, net::SocketAddr, path::PathBuf};

const DEFAULTS: &str = include_str!("config/defaults.toml");

/// Everything that can be set.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// Where things are kept.
    pub data: Data,
    /// Which database.
    pub database: Database,
    /// Which rules hold.
    pub rules: Rules,
    /// The transparency log.
    pub log: Log,
    /// Redaction.
    pub redact: Redact,
    /// Pages and API.
    pub serve: Serve,
    /// Training.
    pub train: Train,
    /// The assistant.
    pub assist: AssistSettings,
    /// Providers outside, in the order in which they are asked.
    #[serde(default, rename = "provider")]
    pub providers: Vec<ProviderSettings>,
    /// Forgetting.
    pub forget: Forget,
}

/// Where things are kept.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Data {
    /// Folder that holds everything.
    pub dir: PathBuf,
}

/// Which database.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Database {
    /// Empty for SQLite in the data folder, or `postgres://user:password@host/database`.
    pub url: String,
}

/// The URL may hold a password.
impl std::fmt::Debug for Database {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Database").finish_non_exhaustive()
    }
}

/// Which rules hold.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rules {
    /// Rule book: a shipped name or a TOML file; empty: the one that the platform was made under.
    pub book: String,
}

/// The transparency log.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Log {
    /// Name of the log, such as `example.org/candor`; it stands in every checkpoint and is given once.
    pub origin: String,
    /// Files outside of the data folder that hold the last checkpoint, on a medium that no backup of the folder sets back.
    pub outside: Vec<PathBuf>,
    /// Addresses of witnesses.
    pub witnesses: Vec<String>,
}

/// Redaction.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Redact {
    /// Folder of a token-classification model; empty for none.
    pub model: String,
    /// From which probability on a word counts that the model finds, in percent.
    pub threshold_percent: u8,
}

/// Pages and API.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Serve {
    /// Address.
    pub listen: SocketAddr,
    /// Let anyone sign in as anyone.
    pub dev_login: bool,
    /// Name of the platform, as pages show it.
    pub platform: String,
    /// Mail address of the privacy officer.
    pub contact: String,
    /// Whether members reach the server over https.
    pub https: bool,
    /// SHA-256 of the API key, in hex; without it the platform's API is closed.
    pub api_key_sha256: String,
}

/// Training.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Train {
    /// Recipe: a shipped name or a TOML file.
    pub recipe: String,
    /// Whether a release is compared with one adapter over all rows, as far as its recipe says.
    pub reference: bool,
    /// Threads; 0 takes every processor.
    pub threads: usize,
    /// Folder of the base model; empty takes the one of `candor init --base`, or the shipped one.
    pub base: String,
    /// Regions whose members share shards with nobody else.
    pub cohorts: Vec<String>,
}

/// Forgetting.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Forget {
    /// When shards that somebody left are trained again. They leave what is served at once in any case.
    pub when: When,
}

/// When shards that somebody left are trained again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum When {
    /// As soon as somebody left.
    AtOnce,
    /// With the daily look at past uses: once a shard, however many left it.
    Nightly,
}

/// The assistant.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AssistSettings {
    /// How the weights that write drafts are kept: `f32` as trained, `int8` in a quarter of the memory.
    pub weights: Precision,
    /// Folder of templates beside the shipped ones; empty for none.
    pub templates: String,
    /// Hosts that prompts may go to.
    pub hosts: Vec<String>,
}

/// How a provider's server is spoken to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ProviderForm {
    /// As OpenAI's.
    #[default]
    Openai,
    /// As Azure OpenAI's.
    Azure,
}

/// A provider outside.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProviderSettings {
    /// Its key in the register of recipients, and its name in the API.
    pub id: String,
    /// The model's name on pages; `model` if absent.
    #[serde(default)]
    pub name: Option<String>,
    /// The company, as members know it.
    pub company: String,
    /// Where it runs: a country code, as in the register.
    pub region: String,
    /// How its server is spoken to.
    #[serde(default)]
    pub form: ProviderForm,
    /// Address before `/chat/completions`, or, with Azure, of the resource.
    pub address: String,
    /// The model there, or, with Azure, the deployment.
    pub model: String,
    /// Azure's `api-version`.
    #[serde(default)]
    pub api_version: String,
    /// Name of the environment variable that holds its key.
    #[serde(default)]
    pub key_env: String,
    /// File that holds its key.
    #[serde(default)]
    pub key_file: String,
    /// Templates that it serves; all if empty.
    #[serde(default)]
    pub tasks: Vec<String>,
    /// Whether it stands on this machine or in a private network, and nowhere else.
    #[serde(default)]
    pub near: bool,
    /// The field that bounds an answer: `max_tokens`, or `max_completion_tokens` for newer models.
    #[serde(default = "max_tokens")]
    pub limit_field: String,
}

fn max_tokens() -> String {
    "max_tokens".into()
}

/// A value with where it comes from.
#[derive(Debug, serde::Serialize)]
pub struct Shown {
    /// `section.key`.
    pub key: String,
    /// The value; secrets are masked.
    pub value: String,
    /// Where it comes from.
    pub origin: String,
}

/// Settings that are lists: in the environment their items are separated by semicolons.
const LISTS: [&str; 4] = ["log.outside", "log.witnesses", "train.cohorts", "assist.hosts"];

/// The environment's name of a setting.
fn variable(key: &str) -> String {
    format!("CANDOR__{}", key.to_uppercase().replace('.', "__"))
}

/// What the environment sets: texts and lists apart, since only lists are parsed. A text of digits would lose its zeros.
fn environment() -> Result<[Environment; 2]> {
    let (mut texts, mut lists) = (HashMap::new(), HashMap::new());
    for (name, value) in std::env::vars_os() {
        let Some(name) = name.into_string().ok().filter(|name| name.to_uppercase().starts_with("CANDOR__")) else {
            continue;
        };
        let Ok(value) = value.into_string() else { bail!("the value of `{name}` is not UTF-8; set it anew") };
        let is_list = LISTS.iter().any(|key| variable(key).eq_ignore_ascii_case(&name));
        if is_list {
            lists.insert(name, value)
        } else {
            texts.insert(name, value)
        };
    }
    let of =
        |variables| Environment::with_prefix("CANDOR").prefix_separator("__").separator("__").source(Some(variables));
    let parsed = of(lists).try_parsing(true).ignore_empty(true).list_separator(";");
    Ok([of(texts), LISTS.iter().fold(parsed, |parsed, key| parsed.with_list_parse_key(key))])
}

fn layered(global: &Global) -> Result<Config> {
    let mut builder = Config::builder()
        .add_source(File::from_str(DEFAULTS, FileFormat::Toml))
        .add_source(File::new("/etc/candor/candor.toml", FileFormat::Toml).required(false))
        .add_source(File::new("candor.toml", FileFormat::Toml).required(false));
    if let Some(file) = &global.config {
        let name = file.to_str().context("the path of --config is not UTF-8")?;
        builder = builder.add_source(File::new(name, FileFormat::Toml).required(true));
    }
    let [texts, lists] = environment()?;
    builder = builder.add_source(texts).add_source(lists);
    if let Some(dir) = &global.data {
        builder = builder.set_override("data.dir", dir.to_string_lossy().into_owned())?;
    }
    if let Some(base) = &global.base {
        builder = builder.set_override("train.base", base.to_string_lossy().into_owned())?;
    }
    builder.build().context("the configuration cannot be read")
}

/// Reads the configuration.
pub fn load(global: &Global) -> Result<Settings> {
    layered(global)?.try_deserialize().context("the configuration is wrong; `candor config show --origin` lists it")
}

/// Every value with where it comes from.
pub fn show(global: &Global) -> Result<Vec<Shown>> {
    let config = layered(global)?;
    let mut shown = Vec::new();
    for (section, value) in config.collect_table()? {
        let ValueKind::Table(keys) = value.kind else { continue };
        for (key, value) in keys {
            let origin = match value.origin() {
                _ if section == "data" && key == "dir" && global.data.is_some() => "--data".to_owned(),
                _ if section == "train" && key == "base" && global.base.is_some() => "--base".to_owned(),
                Some("the environment") => variable(&format!("{section}.{key}")),
                Some(file) => file.to_owned(),
                None => "default".to_owned(),
            };
            let text = match &value.kind {
                ValueKind::Array(items) => format!("{:?}", items.iter().map(ToString::to_string).collect::<Vec<_>>()),
                _ => value.to_string(),
            };
            let value = match text {
                text if section == "database" && key == "url" => database(&text),
                text if key.contains("key") && !text.is_empty() => "********".to_owned(),
                text => text,
            };
            shown.push(Shown { key: format!("{section}.{key}"), value, origin });
        }
    }
    shown.sort_by(|a, b| a.key.cmp(&b.key));
    Ok(shown)
}

/// What may be shown of `database.url`.
fn database(url: &str) -> String {
    if url.is_empty() {
        return String::new();
    }
    candor_store::Database::parse(url).map_or_else(|_| "********".to_owned(), |database| database.to_string())
}

trait CollectTable {
    fn collect_table(&self) -> Result<config::Map<String, config::Value>>;
}

impl CollectTable for Config {
    fn collect_table(&self) -> Result<config::Map<String, config::Value>> {
        use config::Source;
        Ok(self.collect()?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn global(data: Option<&str>) -> Global {
        Global { data: data.map(PathBuf::from), config: None, base: Some("own".into()), json: false, quiet: true }
    }

    #[test]
    fn defaults_hold_and_flags_win() {
        let settings = load(&global(None)).unwrap();
        assert_eq!(settings.data.dir, PathBuf::from("candor-data"));
        assert!(!settings.serve.dev_login);
        assert_eq!(load(&global(Some("elsewhere"))).unwrap().data.dir, PathBuf::from("elsewhere"));
        let shown = show(&global(Some("elsewhere"))).unwrap();
        let dir = shown.iter().find(|s| s.key == "data.dir").unwrap();
        assert_eq!((dir.value.as_str(), dir.origin.as_str()), ("elsewhere", "--data"));
        let base = shown.iter().find(|s| s.key == "train.base").unwrap();
        assert_eq!((base.value.as_str(), base.origin.as_str()), ("own", "--base"));
    }

    #[test]
    fn every_list_among_the_defaults_is_read_from_the_environment_as_one() {
        let defaults = Config::builder().add_source(File::from_str(DEFAULTS, FileFormat::Toml)).build().unwrap();
        let mut found: Vec<String> = Vec::new();
        for (section, value) in defaults.collect_table().unwrap() {
            for (key, value) in value.into_table().unwrap() {
                found.extend(value.into_array().is_ok().then(|| format!("{section}.{key}")));
            }
        }
        found.sort();
        let mut lists = LISTS.map(str::to_owned);
        lists.sort();
        assert_eq!(found, lists);
    }

    #[test]
    fn a_password_is_never_shown() {
        let cases = [
            ("", ""),
            ("postgres://ann:s3cret@db.example/candor", "PostgreSQL `candor` at db.example, port 5432"),
            ("mysql://ann:s3cret@db.example/candor", "********"),
        ];
        for (url, shown) in cases {
            assert_eq!(database(url), shown);
            assert!(!format!("{:?}", Database { url: url.into() }).contains("s3cret"));
        }
    }
}
