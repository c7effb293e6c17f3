//! The tables of the archive as a member and records. Visibility that the archive does not say is private.

use super::{SOURCE, linked};
use crate::import::{
    FileReport, Limits, clean, dates, place,
    quirky_csv::{Fields, Header, Next, Rows, decode_entities, find_header, join_lines, repair_encoding},
};
use candor_core::{Country, MemberId, Record, RecordId, RecordKind, Visibility};
use jiff::{Timestamp, civil::Date};

/// Whose archive it is.
pub(super) struct Person {
    pub(super) id: MemberId,
    pub(super) name: String,
    pub(super) residence: Option<Country>,
    pub(super) birth_date: Option<Date>,
    /// When the export was written.
    pub(super) exported: Option<Timestamp>,
    /// Headline and summary.
    pub(super) about: String,
}

impl Person {
    /// A member of whom only the identifier is known.
    pub(super) fn unnamed(id: MemberId) -> Self {
        Self { name: String::new(), id, residence: None, birth_date: None, exported: None, about: String::new() }
    }
}

/// A table as text, and whether some of its bytes were no text.
fn as_text(bytes: &[u8]) -> (String, bool) {
    let text = String::from_utf8_lossy(bytes);
    let broken = matches!(text, std::borrow::Cow::Owned(_));
    (text.replace("\r\n", "\n"), broken)
}

/// A field as a text for people.
fn words(field: &str) -> String {
    clean(&repair_encoding(&decode_entities(&join_lines(field))))
}

/// The member out of the profile, if it has a name or one is given.
pub(super) fn profile(bytes: &[u8], given: Option<&MemberId>, exported: Option<Timestamp>) -> Option<Person> {
    let (text, _) = as_text(bytes);
    let header = find_header(&text, &["first name", "last name"])?;
    let Next::Row(row) = Rows::new(&text, &header).next_row() else { return None };
    let name = words(&format!("{} {}", row.get("first name"), row.get("last name"))).replace('\n', " ");
    let name: String = name.chars().take(200).collect();
    let birth = row.get("birth date").trim();
    let id = match given {
        Some(id) => id.clone(),
        None if name.is_empty() => return None,
        None => MemberId::new(format!("net:{}", RecordId::derive(&name, birth))).ok()?,
    };
    let about = [words(row.get("headline")), words(row.get("summary"))];
    Some(Person {
        id,
        name,
        residence: place::country(&words(row.get("geo location"))),
        birth_date: dates::birth_date(birth),
        exported,
        about: about.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("\n\n"),
    })
}

/// The member's profile as one record.
pub(super) fn profile_record(member: &MemberId, exported: Timestamp, text: String) -> Record {
    Record {
        id: RecordId::derive(SOURCE, &format!("profile:{member}")),
        member: member.clone(),
        kind: RecordKind::Profile,
        created: exported,
        edited: exported,
        visibility: Visibility::Private,
        source: SOURCE.to_owned(),
        thread: None,
        language: None,
        license: None,
        title: None,
        text,
    }
}

/// Goes over the rows of a table; `take` says whether the row is kept.
fn each_row(bytes: &[u8], must: &[&str], file: &mut FileReport, mut take: impl FnMut(&Fields<'_>) -> Result<(), Left>) {
    let (text, broken) = as_text(bytes);
    let Some(header): Option<Header> = find_header(&text, must) else {
        return file.cut("no_header");
    };
    let mut rows = Rows::new(&text, &header);
    loop {
        let outcome = match rows.next_row() {
            Next::End => return,
            Next::Bad(reason) => Err(Left::Broken(reason)),
            Next::Row(row) => take(&row),
        };
        file.row();
        match outcome {
            Ok(()) => file.keep(),
            Err(Left::Ordinary(reason)) => file.leave_out(reason),
            // Where bytes were no text, that is the likeliest reason.
            Err(Left::Broken(_)) if broken => file.bad("bad_utf8"),
            Err(Left::Broken(reason)) => file.bad(reason),
        }
        if file.bad_rows > MAX_BAD_ROWS {
            return file.cut("too_many_bad_rows");
        }
    }
}

/// Broken rows of one table after which the rest is given up: each may have been tried over megabytes.
const MAX_BAD_ROWS: u64 = 500;

/// Why a row is left out.
enum Left {
    Ordinary(&'static str),
    Broken(&'static str),
}

/// The descriptions of the member's positions as one text.
pub(super) fn positions(bytes: &[u8], file: &mut FileReport) -> String {
    let mut parts = Vec::new();
    each_row(bytes, &["company name", "title"], file, |row| {
        let head: Vec<String> =
            [words(row.get("title")), words(row.get("company name"))].into_iter().filter(|p| !p.is_empty()).collect();
        if head.is_empty() {
            return Err(Left::Ordinary("empty"));
        }
        let description = words(row.get("description"));
        let head = head.join(", ");
        parts.push(if description.is_empty() { head } else { format!("{head}: {description}") });
        Ok(())
    });
    parts.join("\n")
}

/// The member's posts.
pub(super) fn shares(bytes: &[u8], person: &Person, limits: &Limits, file: &mut FileReport, records: &mut Vec<Record>) {
    each_row(bytes, &["date", "sharecommentary"], file, |row| {
        let (created, text) = dated_text(row, "sharecommentary", limits)?;
        let id = linked(row.get("sharelink")).unwrap_or_else(|| {
            RecordId::derive(SOURCE, &format!("post:{}:{created}:{}", person.id, RecordId::derive("text", &text)))
        });
        let visibility = visibility(row.get("visibility"));
        records.push(record(id, person, RecordKind::Post, created, visibility, None, text));
        Ok(())
    });
}

/// The member's comments. The archive does not say who could see them.
pub(super) fn comments(
    bytes: &[u8],
    person: &Person,
    limits: &Limits,
    file: &mut FileReport,
    records: &mut Vec<Record>,
) {
    each_row(bytes, &["date", "message"], file, |row| {
        let (created, text) = dated_text(row, "message", limits)?;
        let native = format!("comment:{}:{created}:{}", person.id, RecordId::derive("text", &text));
        let id = RecordId::derive(SOURCE, &native);
        let thread = linked(row.get("link"));
        records.push(record(id, person, RecordKind::Comment, created, Visibility::Private, thread, text));
        Ok(())
    });
}

fn dated_text(row: &Fields<'_>, column: &str, limits: &Limits) -> Result<(Timestamp, String), Left> {
    let created = dates::timestamp(row.get("date")).ok_or(Left::Broken("bad_date"))?;
    let field = row.get(column);
    if field.contains('\u{fffd}') {
        return Err(Left::Broken("bad_utf8"));
    }
    let text = words(field);
    if text.is_empty() {
        return Err(Left::Ordinary("empty"));
    }
    if text.len() > limits.text_bytes {
        return Err(Left::Broken("text_too_long"));
    }
    Ok((created, text))
}

/// Who could see a post; what is not known is private.
fn visibility(text: &str) -> Visibility {
    match text.trim().to_ascii_uppercase().as_str() {
        "PUBLIC" => Visibility::Public,
        "MEMBER_NETWORK" => Visibility::Members,
        "CONNECTIONS" => Visibility::Connections,
        _ => Visibility::Private,
    }
}

fn record(
    id: RecordId,
    person: &Person,
    kind: RecordKind,
    created: Timestamp,
    visibility: Visibility,
    thread: Option<RecordId>,
    text: String,
) -> Record {
    Record {
        id,
        member: person.id.clone(),
        kind,
        created,
        edited: created,
        visibility,
        source: SOURCE.to_owned(),
        thread,
        language: None,
        license: None,
        title: None,
        text,
    }
}
