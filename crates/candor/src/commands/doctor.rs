//! `candor doctor`: is everything as it should be? One line a check, with what to do where it is not.

use crate::{
    base,
    cli::Global,
    config, output, outside,
    platform::{self, Platform},
    redaction_model,
};
use anyhow::{Context, Result};
use candor_assist::egress;
use serde::Serialize;

/// How a check went.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
enum Verdict {
    Ok,
    Warn,
    Fail,
}

/// One check.
#[derive(Debug, Serialize)]
struct Check {
    name: &'static str,
    verdict: Verdict,
    found: String,
    /// What to do; empty if nothing.
    fix: String,
}

impl Check {
    fn ok(name: &'static str, found: impl Into<String>) -> Self {
        Self { name, verdict: Verdict::Ok, found: found.into(), fix: String::new() }
    }

    fn warn(name: &'static str, found: impl Into<String>, fix: impl Into<String>) -> Self {
        Self { name, verdict: Verdict::Warn, found: found.into(), fix: fix.into() }
    }

    fn of<T, E: std::fmt::Display>(
        name: &'static str,
        result: Result<T, E>,
        found: impl FnOnce(T) -> String,
        fix: &str,
    ) -> Self {
        match result {
            Ok(value) => Self::ok(name, found(value)),
            Err(error) => Self { name, verdict: Verdict::Fail, found: format!("{error:#}"), fix: fix.into() },
        }
    }
}

/// Runs every check; fails if one does.
pub async fn run(global: &Global) -> Result<()> {
    let mut checks = vec![processor()];
    let settings = config::load(global);
    let fix = "correct the value that `candor config show --origin` names";
    checks.push(Check::of("configuration", settings.as_ref(), |s| format!("data in {}", s.data.dir.display()), fix));
    checks.push(redaction());
    if let Ok(settings) = &settings {
        checks.extend(redaction_model(&settings.redact));
        checks.push(secrets(settings));
        let loaded = base::load(&settings.train.base, &settings.data.dir);
        let words =
            |base: candor_ml::Base| format!("{} parameters", output::grouped(base.config().parameter_count() as u64));
        checks.push(Check::of("base model", loaded, words, "set train.base to a folder in Hugging Face layout"));
        match Platform::open(global).await {
            Ok(platform) => checks.extend(of_platform(&platform).await),
            Err(error) => checks.push(Check::of::<(), _>("store", Err(error), |()| String::new(), "see the message")),
        }
    }
    for check in &checks {
        if global.json {
            output::json(check)?;
            continue;
        }
        let word = match check.verdict {
            Verdict::Ok => "ok  ",
            Verdict::Warn => "warn",
            Verdict::Fail => "FAIL",
        };
        let fix = if check.fix.is_empty() { String::new() } else { format!(" → {}", check.fix) };
        output::line(&format!("{word}  {:<16} {}{fix}", check.name, check.found));
    }
    let failed = checks.iter().filter(|check| check.verdict == Verdict::Fail).count();
    anyhow::ensure!(failed == 0, "{failed} checks failed");
    Ok(())
}

fn processor() -> Check {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    #[cfg(target_arch = "x86_64")]
    let wide = if is_x86_feature_detected!("avx512f") {
        "AVX-512"
    } else if is_x86_feature_detected!("avx2") {
        "AVX2"
    } else {
        return Check::warn("processor", format!("{cores} cores without AVX2"), "training will be slow here");
    };
    #[cfg(not(target_arch = "x86_64"))]
    let wide = std::env::consts::ARCH;
    Check::ok("processor", format!("{cores} cores, {wide}"))
}

fn redaction() -> Check {
    let sample = "write to jane.doe@company.org or call +44 20 7946 0018";
    let result = candor_redact::Redactor::builder().build().map_err(anyhow::Error::from).and_then(|redactor| {
        let found = redactor.find(sample).len();
        anyhow::ensure!(found == 2, "found {found} of 2 in a sample");
        Ok(found)
    });
    Check::of("redaction", result, |n| format!("{n} of 2 found in a sample"), "this build is broken; build it again")
}

/// The model that the operator brought for redaction, if one is named.
fn redaction_model(redact: &config::Redact) -> Option<Check> {
    let model = (!redact.model.is_empty())
        .then(|| redaction_model::load(std::path::Path::new(&redact.model), redact.threshold_percent));
    let fix = "set redact.model to a folder in Hugging Face layout, or to nothing";
    model.map(|model| Check::of("redaction model", model, |model| redaction_model::words(&model), fix))
}

fn secrets(settings: &config::Settings) -> Check {
    if settings.serve.dev_login {
        return Check::warn(
            "sign-in",
            "anyone can sign in as anyone",
            "set serve.dev_login = false outside development",
        );
    }
    if settings.serve.api_key_sha256.is_empty() {
        return Check::warn("sign-in", "the platform's API is closed", "set serve.api_key_sha256 to the hash of a key");
    }
    Check::ok("sign-in", "API key set, no development login")
}

async fn of_platform(platform: &Platform) -> Vec<Check> {
    let store = &platform.store;
    let mut checks = vec![database(platform).await];
    checks.push(Check::of(
        "log",
        store.verify_log().await,
        |head| format!("{} entries, root {}", output::grouped(head.seq.0), &head.root[..16]),
        "the database was changed by hand or damaged; restore the data folder from a backup",
    ));
    let clock = last_time(platform).await.is_none_or(|last| last <= platform::now());
    checks.push(if clock {
        Check::ok("clock", "not before the last log entry")
    } else {
        Check::warn(
            "clock",
            "before the last log entry",
            "set the system's clock; the log's order does not depend on it",
        )
    });
    match super::snapshot::latest(platform).await {
        Ok(Some(row)) => checks.push(Check::of(
            "snapshot",
            candor_dataset::Snapshot::open(&platform.snapshot_dir(row.id.as_str())),
            |_| format!("{} is what was sealed", row.id),
            "build a new one with `candor snapshot build`",
        )),
        Ok(None) => checks.push(Check::warn("snapshot", "none", "build one with `candor snapshot build`")),
        Err(error) => checks.push(Check::of::<(), _>("snapshot", Err(error), |()| String::new(), "see the message")),
    }
    checks.extend(providers(platform));
    match store.current_release().await {
        Ok(Some(row)) => checks.push(Check::ok("release", format!("{} is served", row.id))),
        Ok(None) => checks.push(Check::warn("release", "none", "make one with `candor train`")),
        Err(error) => checks.push(Check::of::<(), _>("release", Err(error), |()| String::new(), "see the message")),
    }
    checks
}

/// Each provider outside: whether it is set up right and may be used at all.
fn providers(platform: &Platform) -> Vec<Check> {
    let settings = &platform.settings;
    let history = platform.store.history();
    let check = |provider: &config::ProviderSettings| {
        let usable = outside::remote(provider, &settings.assist).and_then(|remote| {
            let outside = remote.info.outside.context("it is nobody in the register")?;
            egress::usable(&history, &outside, platform::now())?;
            Ok(format!("{} at {} may be used for {}", remote.info.name, remote.info.runs_at, tasks(&remote.info.tasks)))
        });
        let usable = usable.with_context(|| format!("`{}`", provider.id));
        Check::of("provider", usable, |found| found, "until then the local model writes")
    };
    settings.providers.iter().map(check).collect()
}

fn tasks(tasks: &[String]) -> String {
    if tasks.is_empty() { "every task".into() } else { tasks.join(", ") }
}

/// Which database, and whether what it acknowledges survives a power loss.
async fn database(platform: &Platform) -> Check {
    let fix = "check that the database can be reached";
    match platform.store.database().await {
        Ok(info) => {
            let settings = info.settings.iter().map(|(name, value)| format!("{name} {value}")).collect::<Vec<_>>();
            let found = format!("{} {}, {}", info.name, info.version, settings.join(", "));
            match info.durable {
                true => Check::ok("database", found),
                false => {
                    let fix = "set what is named to `on` (SQLite: wal and 2): an acknowledged choice may be lost";
                    Check { name: "database", verdict: Verdict::Fail, found, fix: fix.into() }
                }
            }
        }
        Err(error) => Check::of::<(), _>("database", Err(error), |()| String::new(), fix),
    }
}

/// When the last log entry was recorded.
async fn last_time(platform: &Platform) -> Option<jiff::Timestamp> {
    let seq = platform.store.head().seq;
    platform.store.entry(seq).await.ok().flatten().map(|entry| entry.t)
}
