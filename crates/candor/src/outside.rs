//! The providers outside, as the configuration names them. Each is checked when the program starts: its address against the list of hosts
//! that may be spoken to, its key read once and never shown.

use crate::config::{AssistSettings, ProviderForm, ProviderSettings};
use anyhow::{Context, Result, ensure};
use candor_assist::{
    ModelInfo, Provider, Redactor, Templates,
    egress::Outside,
    outgoing::{Destination, Reach},
    remote::{Ledger, Remote, RemoteSettings, Secret, WireForm},
};
use candor_core::{Country, RecipientKey};
use std::{path::Path, sync::Arc};
use tokio::sync::watch;

/// Names of the field that bounds an answer, as servers know them.
const LIMIT_FIELDS: [&str; 2] = ["max_tokens", "max_completion_tokens"];

/// The templates: the shipped ones and those of the operator's folder.
pub fn templates(settings: &AssistSettings) -> Result<Templates> {
    let shipped = Templates::shipped()?;
    if settings.templates.is_empty() { Ok(shipped) } else { Ok(shipped.with_folder(Path::new(&settings.templates))?) }
}

/// The providers of the configuration, in its order.
pub fn providers(
    providers: &[ProviderSettings],
    assist: &AssistSettings,
    redactor: &watch::Receiver<Arc<Redactor>>,
    ledger: &Arc<dyn Ledger>,
) -> Result<Vec<Arc<dyn Provider>>> {
    let mut made: Vec<Arc<dyn Provider>> = Vec::new();
    for settings in providers {
        let wrong = || format!("provider `{}`", settings.id);
        ensure!(settings.id != "candor", "a provider cannot be called `candor`; that is the local model");
        let is_twice = made.iter().any(|known| known.model().id == settings.id);
        ensure!(!is_twice, "two providers are called `{}`; each has a name of its own", settings.id);
        let remote = remote(settings, assist).with_context(wrong)?;
        let remote = Remote::new(remote, redactor.clone(), Arc::clone(ledger)).context("it is nobody in the register");
        made.push(Arc::new(remote.with_context(wrong)?));
    }
    Ok(made)
}

/// One provider's settings, checked.
pub fn remote(settings: &ProviderSettings, assist: &AssistSettings) -> Result<RemoteSettings> {
    let country = Country::parse(&settings.region).and_then(|country| country.place());
    let country = country.with_context(|| format!("`{}` is no country code; say where it runs", settings.region))?;
    ensure!(
        LIMIT_FIELDS.contains(&settings.limit_field.as_str()),
        "`limit_field` is `{}` or `{}`",
        LIMIT_FIELDS[0],
        LIMIT_FIELDS[1]
    );
    let reach = if settings.near { Reach::Near } else { Reach::Public };
    let to = Destination::within(&address(settings)?, reach)?;
    let is_listed = assist.hosts.iter().any(|host| host.eq_ignore_ascii_case(to.host()));
    ensure!(is_listed, "`{}` is not among the hosts that may be spoken to; add it to `assist.hosts`", to.host());
    let outside = Outside { recipient: RecipientKey::new(settings.id.clone())?, region: settings.region.clone() };
    let info = ModelInfo {
        id: settings.id.clone(),
        name: settings.name.clone().unwrap_or_else(|| settings.model.clone()),
        runs_at: format!("{} in {}", settings.company, country.name),
        release: None,
        created: 0,
        outside: Some(outside),
        tasks: settings.tasks.clone(),
    };
    let form = match settings.form {
        ProviderForm::Openai => WireForm::OpenAi,
        ProviderForm::Azure => WireForm::Azure,
    };
    let limit_field = settings.limit_field.clone();
    Ok(RemoteSettings { info, to, form, key: key(settings)?, model: settings.model.clone(), limit_field })
}

/// The address of the chat completions.
fn address(settings: &ProviderSettings) -> Result<String> {
    let base = settings.address.trim_end_matches('/');
    if settings.form == ProviderForm::Openai {
        return Ok(format!("{base}/chat/completions"));
    }
    let is_plain =
        |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._".contains(&b));
    ensure!(is_plain(&settings.model), "`model` is the name of the deployment: letters, digits, `-`, `.` and `_`");
    ensure!(is_plain(&settings.api_version), "give `api_version`, such as `2024-10-21`");
    let (model, version) = (&settings.model, &settings.api_version);
    Ok(format!("{base}/openai/deployments/{model}/chat/completions?api-version={version}"))
}

/// The key, from the environment or a file; none if neither is named.
fn key(settings: &ProviderSettings) -> Result<Option<Secret>> {
    let text = match (settings.key_env.as_str(), settings.key_file.as_str()) {
        ("", "") => return Ok(None),
        (name, "") => std::env::var(name).with_context(|| format!("the environment has no `{name}` with its key"))?,
        ("", path) => std::fs::read_to_string(path).with_context(|| format!("its key file `{path}` cannot be read"))?,
        (_, _) => anyhow::bail!("give `key_env` or `key_file`, not both"),
    };
    ensure!(!text.trim().is_empty(), "its key is empty");
    Ok(Some(Secret::new(&text)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use candor_ml::decode::Precision;

    fn check(text: &str) -> Result<RemoteSettings> {
        let settings: ProviderSettings = toml::from_str(text).unwrap();
        let hosts = vec!["api.example.com".into(), "127.0.0.1".into()];
        remote(&settings, &AssistSettings { weights: Precision::F32, templates: String::new(), hosts })
    }

    #[test]
    fn providers_are_checked_before_anything_is_sent() {
        let good = "id='acme'\ncompany='Acme'\nregion='SE'\nmodel='large'\n";
        let azure = "form='azure'\napi_version='2024-10-21'\n";
        let cases = [
            (format!("{good}address='https://api.example.com/v1'"), None),
            (format!("{good}{azure}address='https://api.example.com/'"), None),
            (format!("{good}address='http://127.0.0.1:8081/v1'\nnear=true"), None),
            (format!("{good}address='http://127.0.0.1:8081/v1'"), Some("no address")),
            (
                format!("{good}address='https://api.example.com/v1'\nnear=true\nkey_env='CANDOR_NO_SUCH'"),
                Some("no `CANDOR_NO_SUCH`"),
            ),
            (format!("{good}address='https://other.example.com/v1'"), Some("assist.hosts")),
            (format!("{good}address='https://api.example.com.evil.example/v1'"), Some("assist.hosts")),
            (format!("{good}form='azure'\naddress='https://api.example.com'"), Some("api_version")),
            (format!("{good}address='https://api.example.com/v1'\nlimit_field='x'"), Some("limit_field")),
            (good.replace("SE", "Nowhere") + "address='https://api.example.com/v1'", Some("no country")),
            (format!("{good}address='https://api.example.com/v1'\nkey_file='/no/such'"), Some("/no/such")),
        ];
        for (text, expected) in cases {
            let problem = check(&text).err().map(|error| format!("{error:#}"));
            match expected {
                None => assert_eq!(problem, None, "{text}"),
                Some(words) => assert!(problem.clone().unwrap_or_default().contains(words), "{text}: {problem:?}"),
            }
        }
        let azure = check(&format!("{good}{azure}address='https://api.example.com/'\ntasks=['draft']")).unwrap();
        assert_eq!(azure.info.runs_at, "Acme in Sweden");
        assert!(azure.info.serves("draft") && !azure.info.serves("ideas"));
    }
}
