//! `candor witness`: keeps and cosigns the checkpoints of other people's logs. An office or a group of members runs it on a
//! machine of their own; it needs no platform and holds no member's data. What it signed is on the disk before it
//! answers, so that it never signs two logs under one name.

use crate::{
    cli::{Global, Witness},
    commands::serve,
    exit::Outcome,
    output, platform,
};
use anyhow::{Context, Result};
use candor_tlog::{
    VerifierKey,
    cosignature::WitnessKey,
    witness::{self, Followed},
};
use candor_web::witness::WitnessServer;
use serde_json::json;
use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    sync::Arc,
};

/// Runs the command.
pub async fn run(global: &Global, args: Witness) -> Result<()> {
    let key = key(&args)?;
    let printed = key.verifier().to_string();
    if args.show_key {
        if global.json {
            return output::json(&json!({"key": printed}));
        }
        output::line(&printed);
        return Ok(());
    }
    let folder = args.state.join("logs");
    let mut logs = kept(&folder)?;
    for text in &args.follow {
        let key: VerifierKey = text
            .parse()
            .map_err(|error| Outcome::Usage(format!("`--follow` takes a key of `candor log key`: {error}")))?;
        let log = logs.entry(key.origin().to_owned()).or_insert_with(|| Followed::new(Vec::new()));
        if !log.keys.contains(&key) {
            log.keys.push(key.clone());
        }
        keep(&folder, key.origin(), log)?;
    }
    if logs.is_empty() {
        let words = "the witness follows no log yet; name one with `--follow KEY` (`candor log key` prints it)";
        return Err(Outcome::Usage(words.into()).into());
    }
    let followed = logs.len();
    let server = WitnessServer::new(
        witness::Witness::new(key, logs),
        Box::new(move |origin, state| keep(&folder, origin, state).map_err(std::io::Error::other)),
        Arc::new(serve::SystemClock),
        printed.clone(),
    );
    let listener = serve::bind(args.listen).await?;
    if !global.quiet {
        eprintln!("witness `{printed}` follows {followed} logs at http://{}; stop with Ctrl-C", listener.local_addr()?);
    }
    Ok(candor_web::serve_witness(server, listener, serve::stop()).await?)
}

/// The witness's key; made with its name at the first start.
fn key(args: &Witness) -> Result<WitnessKey> {
    let seed = platform::secret(&args.state, "witness")?;
    let file = args.state.join("name");
    let name = match (std::fs::read_to_string(&file), &args.name) {
        (Ok(kept), Some(given)) if kept != *given => {
            let words = format!("this witness is called `{kept}`; a new name needs a new folder");
            return Err(Outcome::Usage(words).into());
        }
        (Ok(kept), _) => kept,
        (Err(_), Some(given)) => given.clone(),
        (Err(_), None) => {
            let words = "give the witness a name with `--name`, such as `office.example/witness`";
            return Err(Outcome::Usage(words.into()).into());
        }
    };
    let key = WitnessKey::new(&name, &seed).map_err(|error| Outcome::Usage(format!("the name `{name}`: {error}")))?;
    platform::write_durable(&file, name.as_bytes())?;
    Ok(key)
}

/// The logs that were followed before, by origin.
fn kept(folder: &Path) -> Result<BTreeMap<String, Followed>> {
    let mut logs = BTreeMap::new();
    if !folder.is_dir() {
        return Ok(logs);
    }
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.extension().is_none_or(|extension| extension != "json") {
            continue;
        }
        let text = std::fs::read_to_string(&path)?;
        let (origin, log): (String, Followed) = serde_json::from_str(&text)
            .with_context(|| format!("`{}` is damaged; restore it, never delete it", path.display()))?;
        logs.insert(origin, log);
    }
    Ok(logs)
}

fn keep(folder: &Path, origin: &str, log: &Followed) -> Result<()> {
    platform::write_durable(&file(folder, origin), serde_json::to_string(&(origin, log))?.as_bytes())
}

/// Origins hold what a file name must not, so the name is a digest.
fn file(folder: &Path, origin: &str) -> PathBuf {
    use sha2::Digest;
    folder.join(format!("{}.json", hex::encode(sha2::Sha256::digest(origin.as_bytes()))))
}
