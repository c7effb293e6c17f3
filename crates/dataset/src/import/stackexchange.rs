//! A dump of a Stack Exchange site: `Users.xml`, `Posts.xml`, `Comments.xml` in one folder. Users become members,
//! questions articles, answers posts; the licence stays on every record. E-mail hashes, votes, views and web addresses
//! of users are never read on; what belongs to a deleted user is left out.

use super::{
    FileReport, ImportError, ImportReport, Limits, OnProgress, PROGRESS_ROWS, Progress, Sink, clean, dates, place,
    xml::{Next, Row, Rows},
};
use crate::html;
use candor_core::{AccountKind, Member, MemberId, Record, RecordId, RecordKind, Visibility};
use jiff::Timestamp;
use std::{collections::HashSet, fs::File, io::BufReader, path::Path};

/// Until this instant the network's licence was CC BY-SA 3.0, from it on 4.0 (older dumps do not say it in the row).
const LICENSE_CHANGE: &str = "2018-05-02T00:00:00Z";
/// The files read, in this order: a member comes before the member's records.
const FILES: [&str; 3] = ["Users.xml", "Posts.xml", "Comments.xml"];
/// The site's own background process.
const COMMUNITY: i64 = -1;

/// What a row came to: taken, or a reason and whether the row is broken.
type Taken<T> = Result<T, Left>;

/// Why a row is left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Left {
    Ordinary(&'static str),
    Broken(&'static str),
}

struct Site<'a> {
    source: String,
    site: String,
    license_change: Timestamp,
    limits: &'a Limits,
    users: HashSet<i64>,
}

/// Imports one dump. `site` is the name of the site in identifiers; without one it is taken from the folder's name
/// (`stackexchange-quantum` and `quantum.stackexchange.com` are both `quantum`).
///
/// # Errors
/// When a file is absent, cannot be read or goes over a bound, or the sink refuses.
pub fn import_folder(
    folder: &Path,
    site: Option<&str>,
    limits: &Limits,
    sink: &mut dyn Sink,
    progress: OnProgress<'_>,
) -> Result<ImportReport, ImportError> {
    let site = site.map_or_else(|| site_name(folder), str::to_owned);
    let license_change = LICENSE_CHANGE.parse().unwrap_or(Timestamp::MIN);
    let source = format!("stackexchange/{site}");
    let mut site = Site { source, site, license_change, limits, users: HashSet::new() };
    for name in FILES {
        if !folder.join(name).is_file() {
            return Err(ImportError::Absent { path: folder.display().to_string(), file: name.to_owned() });
        }
    }
    let mut report = ImportReport::default();
    for name in FILES {
        report.push(site.file(&folder.join(name), name, sink, progress)?)?;
    }
    Ok(report)
}

/// The site's short name out of the folder's name; `site` if nothing is left of it.
fn site_name(folder: &Path) -> String {
    let full = folder.canonicalize().unwrap_or_else(|_| folder.to_owned());
    let name = full.file_name().map_or_else(String::new, |name| name.to_string_lossy().to_lowercase());
    let name = name.strip_prefix("stackexchange-").unwrap_or(&name);
    let name = name.strip_suffix(".stackexchange.com").or_else(|| name.strip_suffix(".com")).unwrap_or(name);
    let name: String = name.chars().filter(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-')).take(60).collect();
    if name.is_empty() { "site".to_owned() } else { name }
}

impl Site<'_> {
    fn file(
        &mut self,
        path: &Path,
        name: &'static str,
        sink: &mut dyn Sink,
        progress: OnProgress<'_>,
    ) -> Result<FileReport, ImportError> {
        let file = File::open(path).map_err(|e| ImportError::read(path, e))?;
        let total_bytes = file.metadata().ok().map(|meta| meta.len());
        let mut rows = Rows::new(name, BufReader::with_capacity(256 << 10, file), self.limits);
        let mut report = FileReport::new(name);
        loop {
            match rows.next_row()? {
                Next::End => return Ok(report),
                Next::Cut(reason) => {
                    report.cut(reason);
                    return Ok(report);
                }
                Next::Bad(reason) => {
                    report.row();
                    report.bad(reason);
                }
                Next::Row(row) => {
                    report.row();
                    self.row(name, &row, &mut report, sink)?;
                }
            }
            if report.bad_rows > self.limits.bad_rows {
                report.cut("too_many_bad_rows");
                return Ok(report);
            }
            if report.read.is_multiple_of(PROGRESS_ROWS) {
                progress(Progress { file: name, rows: report.read, bytes: rows.bytes(), total_bytes });
            }
        }
    }

    fn row(&mut self, file: &str, row: &Row, report: &mut FileReport, sink: &mut dyn Sink) -> Result<(), ImportError> {
        let record = match file {
            "Users.xml" => match self.user(row) {
                Ok((member, profile)) => {
                    if self.users.len() > self.limits.members {
                        let what = format!("there are more than {} members", self.limits.members);
                        return Err(ImportError::hostile(file, report.read, what));
                    }
                    sink.member(member)?;
                    report.members += 1;
                    Ok(profile)
                }
                Err(left) => Err(left),
            },
            "Posts.xml" => self.post(row).map(Some),
            _ => self.comment(row).map(Some),
        };
        match record {
            Ok(record) => {
                if let Some(record) = record {
                    sink.record(record)?;
                    report.records += 1;
                }
                report.keep();
            }
            Err(Left::Ordinary(reason)) => report.leave_out(reason),
            Err(Left::Broken(reason)) => report.bad(reason),
        }
        Ok(())
    }

    fn user(&mut self, row: &Row) -> Taken<(Member, Option<Record>)> {
        let id = number(row, "Id")?.ok_or(Left::Broken("missing_id"))?;
        let registered = date(row, "CreationDate")?.ok_or(Left::Broken("missing_date"))?;
        let member_id = self.member_id(id)?;
        let name = clean(row.get("DisplayName").map_or("", String::as_str)).replace('\n', " ");
        let member = Member {
            id: member_id.clone(),
            handle: None,
            name: truncate(name, 200),
            profile_url: None,
            registered,
            residence: row.get("Location").and_then(|l| place::country(l)).map(String::from),
            birth_date: None,
            account: if id == COMMUNITY { AccountKind::Bot } else { AccountKind::Human },
        };
        let about = html::to_text(row.get("AboutMe").map_or("", String::as_str));
        let fits = !about.is_empty() && about.len() <= self.limits.text_bytes;
        let profile = fits.then(|| Record {
            id: RecordId::derive(&self.source, &format!("user:{id}:profile")),
            member: member_id,
            kind: RecordKind::Profile,
            created: registered,
            edited: registered,
            visibility: Visibility::Public,
            source: self.source.clone(),
            thread: None,
            language: None,
            license: None,
            title: None,
            text: about,
        });
        self.users.insert(id);
        Ok((member, profile))
    }

    fn post(&self, row: &Row) -> Taken<Record> {
        let id = number(row, "Id")?.ok_or(Left::Broken("missing_id"))?;
        let kind = match number(row, "PostTypeId")? {
            Some(1) => RecordKind::Article,
            Some(2) => RecordKind::Post,
            Some(3..=8) => return Err(Left::Ordinary("post_type")),
            Some(_) => return Err(Left::Ordinary("unknown_post_type")),
            None => return Err(Left::Broken("missing_post_type")),
        };
        let thread = match kind {
            RecordKind::Post => Some(number(row, "ParentId")?.ok_or(Left::Broken("missing_parent"))?),
            _ => None,
        };
        let member = self.author(row, "OwnerUserId")?;
        let created = date(row, "CreationDate")?.ok_or(Left::Broken("missing_date"))?;
        let edited = date(row, "LastEditDate")?.unwrap_or(created).max(created);
        let mut text = html::to_text(row.get("Body").map_or("", String::as_str));
        if text.is_empty() {
            return Err(Left::Ordinary("empty"));
        }
        let tags = tags(row.get("Tags").map_or("", String::as_str));
        if !tags.is_empty() {
            text.push_str("\n\nTags: ");
            text.push_str(&tags.join(", "));
        }
        let title = row.get("Title").map(|t| truncate(html::to_text(t).replace('\n', " "), 1_000));
        let title = title.filter(|t| !t.is_empty());
        let thread = thread.map(|parent| RecordId::derive(&self.source, &format!("post:{parent}")));
        self.record(format!("post:{id}"), Draft { member, kind, created, edited, thread, title, text }, row)
    }

    fn comment(&self, row: &Row) -> Taken<Record> {
        let id = number(row, "Id")?.ok_or(Left::Broken("missing_id"))?;
        let post = number(row, "PostId")?.ok_or(Left::Broken("missing_parent"))?;
        let member = self.author(row, "UserId")?;
        let created = date(row, "CreationDate")?.ok_or(Left::Broken("missing_date"))?;
        // Comments are a light markup of their own, not HTML.
        let text = clean(row.get("Text").map_or("", String::as_str));
        if text.is_empty() {
            return Err(Left::Ordinary("empty"));
        }
        let thread = Some(RecordId::derive(&self.source, &format!("post:{post}")));
        let draft = Draft { member, kind: RecordKind::Comment, created, edited: created, thread, title: None, text };
        self.record(format!("comment:{id}"), draft, row)
    }

    fn record(&self, native: String, draft: Draft, row: &Row) -> Taken<Record> {
        let Draft { member, kind, created, edited, thread, title, text } = draft;
        if text.len() > self.limits.text_bytes {
            return Err(Left::Broken("text_too_long"));
        }
        let license = row.get("ContentLicense").filter(|l| !l.is_empty()).cloned().unwrap_or_else(|| {
            let version = if created < self.license_change { "3.0" } else { "4.0" };
            format!("CC BY-SA {version}")
        });
        Ok(Record {
            id: RecordId::derive(&self.source, &native),
            member,
            kind,
            created,
            edited,
            visibility: Visibility::Public,
            source: self.source.clone(),
            thread,
            language: None,
            license: Some(truncate(license, 100)),
            title,
            text,
        })
    }

    fn author(&self, row: &Row, field: &str) -> Taken<MemberId> {
        let id = number(row, field)?.ok_or(Left::Ordinary("no_member"))?;
        if !self.users.contains(&id) {
            return Err(Left::Ordinary("unknown_member"));
        }
        self.member_id(id)
    }

    fn member_id(&self, id: i64) -> Taken<MemberId> {
        MemberId::new(format!("se:{}:{id}", self.site)).map_err(|_| Left::Broken("bad_id"))
    }
}

/// What a post and a comment have in common.
struct Draft {
    member: MemberId,
    kind: RecordKind,
    created: Timestamp,
    edited: Timestamp,
    thread: Option<RecordId>,
    title: Option<String>,
    text: String,
}

fn number(row: &Row, field: &str) -> Taken<Option<i64>> {
    match row.get(field).map(|text| text.trim()) {
        None | Some("") => Ok(None),
        Some(text) => text.parse().map(Some).map_err(|_| Left::Broken("bad_number")),
    }
}

fn date(row: &Row, field: &str) -> Taken<Option<Timestamp>> {
    match row.get(field) {
        None => Ok(None),
        Some(text) => dates::timestamp(text).map(Some).ok_or(Left::Broken("bad_date")),
    }
}

/// The tags out of `<a><b>` or the newer `|a|b|`.
fn tags(text: &str) -> Vec<&str> {
    text.split(['<', '>', '|']).map(str::trim).filter(|tag| !tag.is_empty()).take(20).collect()
}

/// At most so many bytes, cut between characters.
fn truncate(mut text: String, bytes: usize) -> String {
    while text.len() > bytes {
        text.pop();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_forms_of_tags_are_read() {
        assert_eq!(tags("<a><b-c>"), ["a", "b-c"]);
        assert_eq!(tags("|a|b-c|"), ["a", "b-c"]);
        assert_eq!(tags(""), Vec::<&str>::new());
    }

    #[test]
    fn the_site_is_named_by_its_folder() {
        let cases = [
            ("/nowhere/stackexchange-quantum", "quantum"),
            ("/nowhere/quantum.stackexchange.com", "quantum"),
            ("/nowhere/stackoverflow.com", "stackoverflow"),
            ("/nowhere/My Site", "mysite"),
            ("/nowhere/\u{1f600}", "site"),
        ];
        for (path, name) in cases {
            assert_eq!(site_name(Path::new(path)), name, "{path}");
        }
    }
}
