//! The ZIP itself: what each entry is by its name, and unpacking within bounds. What is never read is never unpacked.

use crate::import::{ImportError, Limits};
use jiff::{Timestamp, civil::DateTime, tz::TimeZone};
use std::{
    fs::File,
    io::{BufReader, Read},
    path::Path,
};
use zip::ZipArchive;

/// What an entry of the archive is used for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Use {
    Profile,
    Positions,
    Shares,
    Comments,
    Article,
    /// Other people's words about the member.
    ThirdParty,
    /// Private, or about other people: not even unpacked.
    NeverRead,
    /// Nothing that a record is made of.
    NotUsed,
    Folder,
}

/// Beginnings of the names, in lower case with spaces, of what is never read.
#[rustfmt::skip]
const NEVER_READ: &[&str] = &[
    "messages", "guide messages", "learning coach messages", "learning role play messages", "coach", "invitations",
    "connections", "importedcontacts", "imported contacts", "contacts", "logins", "security challenges", "receipts",
    "phonenumbers", "phone numbers", "whatsapp phone numbers", "email addresses", "registration", "job applications",
    "job applicant", "jobs", "saved jobs", "saved job alerts", "job seeker preferences", "ad targeting", "ads clicked",
    "inferences about you", "inferences", "searchqueries", "search queries", "private identity", "verifications", "salary",
];

/// What the entry of this name is used for.
pub(super) fn usage(name: &str) -> Use {
    let path = name.replace('\\', "/").to_lowercase().replace('_', " ");
    if path.ends_with('/') {
        return Use::Folder;
    }
    let (folder, file) = path.rsplit_once('/').unwrap_or(("", &path));
    let in_jobs = folder.split('/').any(|part| part == "jobs");
    let stem = file.rsplit_once('.').map_or(file, |(stem, _)| stem).trim();
    if in_jobs || NEVER_READ.iter().any(|never| stem == *never || stem.starts_with(&format!("{never} "))) {
        return Use::NeverRead;
    }
    let is_article = folder.split('/').any(|part| part == "articles");
    match (stem.trim_end_matches(|c: char| c.is_ascii_digit() || c == ' '), file.ends_with(".csv")) {
        ("profile", true) => Use::Profile,
        ("positions", true) => Use::Positions,
        ("shares", true) => Use::Shares,
        ("comments", true) => Use::Comments,
        ("recommendations given" | "recommendations received", true) => Use::ThirdParty,
        (stem, true) if stem.starts_with("endorsement") => Use::ThirdParty,
        _ if is_article && (file.ends_with(".html") || file.ends_with(".htm")) => Use::Article,
        _ => Use::NotUsed,
    }
}

/// What is known of an entry without unpacking it.
pub(super) struct Entry {
    pub(super) name: String,
    pub(super) usage: Use,
    /// When the export was written, if the archive says so.
    pub(super) modified: Option<Timestamp>,
}

/// An unpacked entry, or why it cannot be unpacked.
pub(super) enum Unpacked {
    Bytes(Vec<u8>),
    Broken(&'static str),
}

/// An open archive.
pub(super) struct Archive {
    zip: ZipArchive<BufReader<File>>,
    file_bytes: u64,
    unpacked: u64,
    limits: Limits,
    path: String,
}

impl Archive {
    pub(super) fn open(path: &Path, limits: &Limits) -> Result<Self, ImportError> {
        let file = File::open(path).map_err(|e| ImportError::read(path, e))?;
        let file_bytes = file.metadata().map_err(|e| ImportError::read(path, e))?.len();
        let shown = path.display().to_string();
        let zip = ZipArchive::new(BufReader::new(file))
            .map_err(|source| ImportError::Archive { path: shown.clone(), source })?;
        if zip.len() > limits.entries {
            let what = format!("it holds {} entries, more than {}", zip.len(), limits.entries);
            return Err(ImportError::hostile(&shown, 0, what));
        }
        Ok(Self { zip, file_bytes, unpacked: 0, limits: *limits, path: shown })
    }

    pub(super) fn len(&self) -> usize {
        self.zip.len()
    }

    /// Bytes unpacked so far.
    pub(super) fn unpacked(&self) -> u64 {
        self.unpacked
    }

    pub(super) fn entry(&mut self, at: usize) -> Result<Entry, ImportError> {
        let path = self.path.clone();
        let broken = |source| ImportError::Archive { path, source };
        let entry = match self.zip.by_index_raw(at) {
            Ok(entry) => entry,
            Err(e) => return Err(broken(e)),
        };
        let name = entry.name().map_or_else(|_| format!("entry {at}"), |name| name.chars().take(200).collect());
        let usage = if entry.is_dir() { Use::Folder } else { usage(&name) };
        let modified = entry.last_modified().and_then(|at| {
            let (year, month, day) = (i16::try_from(at.year()).ok()?, at.month() as i8, at.day() as i8);
            let civil = DateTime::new(year, month, day, at.hour() as i8, at.minute() as i8, 0, 0).ok()?;
            // 1980 is what a ZIP says when it does not know.
            (year > 1980).then(|| civil.to_zoned(TimeZone::UTC).ok().map(|zoned| zoned.timestamp())).flatten()
        });
        Ok(Entry { name, usage, modified })
    }

    /// Unpacks an entry into memory.
    ///
    /// # Errors
    /// When the archive unpacks to more than the limits permit.
    pub(super) fn unpack(&mut self, at: usize) -> Result<Unpacked, ImportError> {
        let Ok(mut entry) = self.zip.by_index(at) else { return Ok(Unpacked::Broken("unreadable")) };
        // The size that the archive declares is not believed beyond the size of the file.
        let packed = entry.compressed_size().min(self.file_bytes);
        let name = entry.name().map_or_else(|_| format!("entry {at}"), |name| name.into_owned());
        let mut bytes = Vec::new();
        let mut chunk = vec![0_u8; 64 << 10];
        loop {
            let got = match entry.read(&mut chunk) {
                Ok(0) => return Ok(Unpacked::Bytes(bytes)),
                Ok(got) => got,
                Err(_) => return Ok(Unpacked::Broken("unreadable")),
            };
            bytes.extend_from_slice(chunk.get(..got).unwrap_or_default());
            self.unpacked += got as u64;
            let what = if !self.limits.permits_ratio(packed, bytes.len() as u64) {
                format!("it unpacks to more than {} times its size", self.limits.ratio)
            } else if self.unpacked > self.limits.archive_bytes {
                format!("the archive unpacks to more than {} bytes", self.limits.archive_bytes)
            } else {
                continue;
            };
            return Err(ImportError::hostile(&name, 0, what));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn private_files_are_known_by_every_spelling() {
        let cases = [
            ("Profile.csv", Use::Profile),
            ("export/PROFILE.CSV", Use::Profile),
            ("Shares.csv", Use::Shares),
            ("Shares_1.csv", Use::Shares),
            ("Comments.csv", Use::Comments),
            ("Positions.csv", Use::Positions),
            ("Articles/Articles/2024-01-15 my title.html", Use::Article),
            ("Articles/Articles/messages.html", Use::NeverRead),
            ("Profile Summary.csv", Use::NotUsed),
            ("Recommendations_Given.csv", Use::ThirdParty),
            ("Recommendations Received.csv", Use::ThirdParty),
            ("Endorsement_Received_Info.csv", Use::ThirdParty),
            ("messages.csv", Use::NeverRead),
            ("Messages_2.csv", Use::NeverRead),
            ("guide_messages.csv", Use::NeverRead),
            ("Email Addresses.csv", Use::NeverRead),
            ("Email_Addresses.csv", Use::NeverRead),
            ("Job Applications_1.csv", Use::NeverRead),
            ("Jobs/Saved Jobs.csv", Use::NeverRead),
            ("Receipts_v2.csv", Use::NeverRead),
            ("Connections.csv", Use::NeverRead),
            ("Ad_Targeting.csv", Use::NeverRead),
            ("Skills.csv", Use::NotUsed),
            ("Rich_Media.csv", Use::NotUsed),
            ("Articles/", Use::Folder),
        ];
        for (name, expected) in cases {
            assert_eq!(usage(name), expected, "{name}");
        }
    }
}
