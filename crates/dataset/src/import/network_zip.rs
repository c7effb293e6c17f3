//! A member's own export from a professional network: one ZIP with CSV tables and articles. Only the member's own public
//! words are taken. Messages, contacts, invitations, sign-ins and other people's words are never unpacked: they stand in
//! the report by name and nothing more. Nothing is written to the disk.

mod archive;
mod article;
mod tables;

use super::{FileReport, ImportError, ImportReport, Limits, OnProgress, Progress, Sink};
use archive::{Archive, Unpacked, Use};
use candor_core::{Member, MemberId, Record, RecordId};
use jiff::Timestamp;
use std::path::Path;
use tables::Person;

/// Name of the source in the identifiers of records.
pub const SOURCE: &str = "network";

/// Imports one archive. `member` says whose it is; without it the identifier is derived from the name and the birth date
/// of the profile.
///
/// # Errors
/// When the archive cannot be read, holds no profile and no member is given, or goes over a bound; when the sink refuses.
pub fn import_file(
    path: &Path,
    member: Option<&MemberId>,
    limits: &Limits,
    sink: &mut dyn Sink,
    progress: OnProgress<'_>,
) -> Result<ImportReport, ImportError> {
    let mut archive = Archive::open(path, limits)?;
    let mut report = ImportReport::default();
    let (person, profile) = person(&mut archive, member, path)?;
    let mut records: Vec<Record> = Vec::new();
    let mut profile_text = vec![person.about.clone()];
    for at in 0..archive.len() {
        let entry = archive.entry(at)?;
        let mut file = FileReport::new(&entry.name);
        match entry.usage {
            Use::Profile if Some(at) == profile => {
                file.row();
                file.keep();
                file.members = 1;
            }
            Use::Profile => whole(&mut file, if profile.is_some() { "duplicate_file" } else { "unreadable" }),
            Use::Positions => match archive.unpack(at)? {
                Unpacked::Bytes(bytes) => profile_text.push(tables::positions(&bytes, &mut file)),
                Unpacked::Broken(reason) => file.cut(reason),
            },
            Use::Shares => {
                tables_of(&mut archive, at, &mut file, |b, f| tables::shares(b, &person, limits, f, &mut records))?
            }
            Use::Comments => {
                tables_of(&mut archive, at, &mut file, |b, f| tables::comments(b, &person, limits, f, &mut records))?;
            }
            Use::Article => tables_of(&mut archive, at, &mut file, |bytes, file| {
                file.row();
                match article::read(bytes, &person.id, limits) {
                    Ok(record) => {
                        file.keep();
                        records.push(record);
                    }
                    Err(reason) => file.leave_out(reason),
                }
            })?,
            Use::ThirdParty => whole(&mut file, "third_party"),
            Use::NeverRead => whole(&mut file, "never_read"),
            Use::NotUsed => whole(&mut file, "not_used"),
            Use::Folder => continue,
        }
        let before = report.records();
        file.records = (records.len() as u64).saturating_sub(before);
        progress(Progress { file: &file.name, rows: file.read, bytes: archive.unpacked(), total_bytes: None });
        report.push(file)?;
    }
    hand_on(person, &profile_text, records, limits, sink, &mut report)?;
    Ok(report)
}

/// Notes a file that is left out as a whole, as one row.
fn whole(file: &mut FileReport, reason: &str) {
    file.row();
    file.leave_out(reason);
}

fn tables_of(
    archive: &mut Archive,
    at: usize,
    file: &mut FileReport,
    read: impl FnOnce(&[u8], &mut FileReport),
) -> Result<(), ImportError> {
    match archive.unpack(at)? {
        Unpacked::Bytes(bytes) => read(&bytes, file),
        Unpacked::Broken(reason) => file.cut(reason),
    }
    Ok(())
}

/// The member whose archive it is, and which entry says so.
fn person(
    archive: &mut Archive,
    member: Option<&MemberId>,
    path: &Path,
) -> Result<(Person, Option<usize>), ImportError> {
    for at in 0..archive.len() {
        let entry = archive.entry(at)?;
        if entry.usage == Use::Profile
            && let Unpacked::Bytes(bytes) = archive.unpack(at)?
            && let Some(person) = tables::profile(&bytes, member, entry.modified)
        {
            return Ok((person, Some(at)));
        }
    }
    match member {
        Some(id) => Ok((Person::unnamed(id.clone()), None)),
        None => Err(ImportError::Absent { path: path.display().to_string(), file: "Profile.csv".to_owned() }),
    }
}

/// Hands on the member, then the profile, then the rest.
fn hand_on(
    person: Person,
    profile_text: &[String],
    records: Vec<Record>,
    limits: &Limits,
    sink: &mut dyn Sink,
    report: &mut ImportReport,
) -> Result<(), ImportError> {
    let earliest = records.iter().map(|record| record.created).min();
    let registered = earliest.or(person.exported).unwrap_or(Timestamp::UNIX_EPOCH);
    sink.member(Member {
        id: person.id.clone(),
        handle: None,
        name: person.name.clone(),
        profile_url: None,
        registered,
        residence: person.residence.map(String::from),
        birth_date: person.birth_date,
        account: candor_core::AccountKind::Human,
    })?;
    let text = profile_text.iter().filter(|part| !part.is_empty()).cloned().collect::<Vec<_>>().join("\n\n");
    // Without the time of the export nobody knows when the profile was written, and so it is not used.
    if let Some(exported) = person.exported
        && !text.is_empty()
        && text.len() <= limits.text_bytes
    {
        sink.record(tables::profile_record(&person.id, exported, text))?;
        let profile = report.files.iter_mut().find(|file| file.members > 0);
        if let Some(file) = profile {
            file.records += 1;
        }
    }
    for record in records {
        sink.record(record)?;
    }
    Ok(())
}

/// The identifier of the record that a link leads to, whichever way the link is written.
fn linked(link: &str) -> Option<RecordId> {
    let link = link.trim();
    if link.is_empty() || link.len() > 2_000 {
        return None;
    }
    let link = link.replace("%3A", ":").replace("%3a", ":");
    let link = link.split(['?', '#']).next().unwrap_or_default().trim_end_matches('/');
    let key = link.find("urn:").and_then(|at| link.get(at..)).unwrap_or(link);
    Some(RecordId::derive(SOURCE, &format!("post:{}", key.to_lowercase())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_names_one_record_however_it_is_written() {
        let base = linked("https://www.example.com/feed/update/urn:li:share:123");
        assert!(base.is_some());
        let same = [
            "https://www.example.com/feed/update/urn%3Ali%3Ashare%3A123",
            "https://www.example.com/feed/update/urn:li:share:123/",
            "https://www.example.com/feed/update/urn%3ali%3ashare%3a123?utm=1",
        ];
        for link in same {
            assert_eq!(linked(link), base, "{link}");
        }
        assert_ne!(linked("https://www.example.com/feed/update/urn:li:share:124"), base);
        assert_eq!(linked(" "), None);
    }
}
