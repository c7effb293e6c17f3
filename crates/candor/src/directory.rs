//! The platform's own people as the redactor looks for them: read from the store's directory, or from a file of somebody
//! who has no platform.

use crate::{
    exit::Outcome,
    lines::Lines,
    platform::Platform,
    redaction_model::{self, Model},
};
use anyhow::{Context, Result};
use candor_core::{Frame, MemberId, PurposeKey, Query, RecipientKey, RecordFacts, RecordKind, RuleBook, Visibility};
use candor_redact::{Directory, Entry, Names, Operator, Policy, Redactor};
use jiff::Timestamp;
use serde::Deserialize;
use std::{
    io::{BufReader, Read},
    path::Path,
    sync::Arc,
};

/// Members that are read at once.
const PAGE: u32 = 5_000;

/// Everybody in the directory.
pub async fn of_members(platform: &Platform) -> Result<Arc<Directory>> {
    build(entries(platform, |_| true).await?).await
}

async fn entries(platform: &Platform, wanted: impl Fn(&MemberId) -> bool) -> Result<Vec<Entry>> {
    let mut entries = Vec::new();
    let mut after = None;
    loop {
        let page = platform.store.members(after.as_ref(), PAGE).await?;
        entries.extend(page.iter().filter(|member| wanted(&member.id)).map(|member| Entry {
            member: member.id.to_string(),
            names: vec![member.name.clone()],
            handles: member.handle.iter().cloned().collect(),
            profile_urls: member.profile_url.iter().cloned().collect(),
            blocked: false,
        }));
        after = page.last().map(|member| member.id.clone());
        if page.len() < PAGE as usize {
            return Ok(entries);
        }
    }
}

async fn build(entries: Vec<Entry>) -> Result<Arc<Directory>> {
    tokio::task::spawn_blocking(move || Directory::build(entries).map(Arc::new))
        .await?
        .context("the directory of members cannot be searched for")
}

/// Everybody in the directory who is left out of training today, whatever the reason.
pub async fn of_left_out(platform: &Platform, now: Timestamp) -> Result<Arc<Directory>> {
    let history = platform.store.history();
    let query = Query::present(&history, PurposeKey::generative_training(), RecipientKey::own(), now);
    let frame = Frame::new(&history, &query);
    // Asked about a public post of the member, written now.
    let is_left_out = |member: &MemberId| {
        let post = RecordFacts::written(member.clone(), RecordKind::Post, Visibility::Public, query.at);
        !frame.decide(&history, &post).mask.is_empty()
    };
    build(entries(platform, is_left_out).await?).await
}

/// The redactor of prompts on their way to a provider outside: everything that is found, the names of others too.
pub fn outgoing(directory: Arc<Directory>, model: &Model) -> Result<Arc<Redactor>> {
    let builder = Redactor::builder().directory(directory).operator_for_all(Operator::Placeholder);
    let builder = redaction_model::with(builder, model);
    Ok(Arc::new(builder.names(Names::default()).build()?))
}

/// The redactor of datasets: what the rule book says for the purpose, the members of the directory, and other people by their
/// names. Its key is fresh and kept nowhere: when the snapshot is sealed, nobody can tell any more whose pseudonym stands there.
pub fn redactor(
    directory: Arc<Directory>,
    book: &RuleBook,
    purpose: &PurposeKey,
    model: &Model,
) -> Result<Arc<Redactor>> {
    let policy = Policy::of(book, purpose)?;
    let silent = policy.names().is_none();
    let builder = Redactor::builder().directory(directory).policy(policy).key(rand::random());
    let builder = if silent { builder.names(Names::default()) } else { builder };
    let builder = redaction_model::with(builder, model);
    Ok(Arc::new(builder.build()?))
}

/// The redactor of drafts, and of the audit that reads them: as [`redactor`], without the names that only a model knows. A draft's
/// invented people are nobody's data, and every fifth such name is none; the members of the directory are found.
pub fn guard(directory: Arc<Directory>) -> Result<Arc<Redactor>> {
    let redactor = Redactor::builder().directory(directory).operator_for_all(Operator::Placeholder).build()?;
    Ok(Arc::new(redactor))
}

/// A line of a directory in a file. A line of an export has one name, handle and address, and is taken too.
#[derive(Deserialize)]
struct Person {
    id: String,
    #[serde(default)]
    names: Vec<String>,
    #[serde(default)]
    name: Option<String>,
    #[serde(default)]
    handles: Vec<String>,
    #[serde(default)]
    handle: Option<String>,
    #[serde(default)]
    profile_urls: Vec<String>,
    #[serde(default)]
    profile_url: Option<String>,
    #[serde(default)]
    blocked: bool,
}

/// Everybody in an NDJSON file. A wrong line ends it: a name that is not looked for is a leak.
pub fn of_lines(input: BufReader<impl Read>, file: &Path) -> Result<Directory> {
    let (mut lines, mut entries) = (Lines::new(input), Vec::new());
    while let Some(line) = lines.next()? {
        let person = line.bytes.and_then(|bytes| serde_json::from_slice::<Person>(bytes).ok());
        let person = person.ok_or_else(|| {
            let form = "one JSON object with `id` and lists `names`, `handles`, `profile_urls`";
            Outcome::Usage(format!("`{}` line {} is not a person; give {form}", file.display(), line.number))
        })?;
        entries.push(Entry {
            member: person.id,
            names: person.names.into_iter().chain(person.name).collect(),
            handles: person.handles.into_iter().chain(person.handle).collect(),
            profile_urls: person.profile_urls.into_iter().chain(person.profile_url).collect(),
            blocked: person.blocked,
        });
    }
    Ok(Directory::build(entries)?)
}
