//! Imports as a whole: a real dump, made-up archives with the quirks of real ones, hostile files, and the synthetic network.

use candor_core::{Member, Record, RecordKind, Visibility};
use candor_dataset::import::{
    self, Format, ImportError, ImportReport, Limits, Sink,
    synthetic::{PlantedTruth, Synthetic, SyntheticConfig, SyntheticEvent, What, write_truth},
};
use candor_redact::special::Detector;
use std::{
    collections::{BTreeMap, HashSet},
    fs,
    io::Write,
    path::{Path, PathBuf},
};

#[derive(Default)]
struct Kept {
    members: Vec<Member>,
    records: Vec<Record>,
}

impl Sink for Kept {
    fn member(&mut self, member: Member) -> Result<(), ImportError> {
        self.members.push(member);
        Ok(())
    }

    fn record(&mut self, record: Record) -> Result<(), ImportError> {
        self.records.push(record);
        Ok(())
    }
}

fn run(path: &Path, limits: &Limits) -> Result<(ImportReport, Kept), ImportError> {
    let mut kept = Kept::default();
    let report = import::import(path, None, limits, &mut kept, &mut |_| {})?;
    for file in &report.files {
        assert_eq!(file.read, file.kept + file.left_out_total(), "{}", file.name);
    }
    Ok((report, kept))
}

/// The folder of real exports; without it the test fails, or is skipped aloud when that is asked for.
#[expect(clippy::disallowed_methods, reason = "a test is told by the environment what it may skip")]
fn shared(name: &str) -> Option<PathBuf> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data").join(name);
    if path.is_dir() {
        return Some(path);
    }
    let skip = std::env::var("CANDOR_SKIP").unwrap_or_default();
    assert!(
        skip.split(',').any(|s| s.trim() == "shared-data"),
        "`{name}` is absent; set CANDOR_SKIP=shared-data to skip"
    );
    println!("SKIPPED: the data folder `{name}` is absent");
    None
}

#[test]
fn a_real_dump_is_imported_and_a_second_time_is_the_same() {
    let Some(path) = shared("stackexchange-quantum") else { return };
    assert_eq!(import::detect(&path).expect("known"), Format::StackExchange);
    let (report, kept) = run(&path, &Limits::default()).expect("imports");
    let read: BTreeMap<&str, u64> = report.files.iter().map(|f| (f.name.as_str(), f.read)).collect();
    assert_eq!(read, BTreeMap::from([("Users.xml", 3_461), ("Posts.xml", 1_986), ("Comments.xml", 3_413)]));
    println!("{report}");
    assert!(report.is_complete() && report.files.iter().all(|f| f.problems.is_empty()));
    assert_eq!(kept.members.len(), 3_461);
    let of = |kind| kept.records.iter().filter(|r| r.kind == kind).count();
    // Of 612 questions and 1,060 answers two belong to deleted users.
    assert_eq!(of(RecordKind::Article) + of(RecordKind::Post), 1_670);
    assert_eq!(of(RecordKind::Comment), 3_412);
    assert!(of(RecordKind::Profile) > 1_500);
    assert!(
        kept.records.iter().all(|r| !r.text.is_empty() && r.visibility == Visibility::Public && r.edited >= r.created)
    );
    let licensed = |r: &&Record| r.kind != RecordKind::Profile;
    for record in kept.records.iter().filter(licensed) {
        let expected = if record.created.to_string().as_str() < "2018-05-02" { "CC BY-SA 3.0" } else { "CC BY-SA 4.0" };
        assert_eq!(record.license.as_deref(), Some(expected));
    }
    let placed = kept.members.iter().filter(|m| m.residence.is_some()).count();
    println!("{placed} of 1787 free-text places are certain");
    assert!(placed > 1_200);
    let ids: Vec<_> = kept.records.iter().map(|r| r.id.clone()).collect();
    assert_eq!(ids.iter().collect::<HashSet<_>>().len(), ids.len(), "ids are unique");
    let (again_report, again) = run(&path, &Limits::default()).expect("imports again");
    assert_eq!(again.records, kept.records);
    assert_eq!(again_report, report);
}

fn dump(users: &str, posts: &str, comments: &str) -> tempfile::TempDir {
    let dir = tempfile::tempdir().expect("a folder");
    for (name, rows) in [("Users.xml", users), ("Posts.xml", posts), ("Comments.xml", comments)] {
        fs::write(dir.path().join(name), format!("<r>{rows}</r>")).expect("written");
    }
    dir
}

const USER: &str =
    r#"<row Id="7" CreationDate="2018-03-09T19:11:00.057" DisplayName="Ann" Location="Berlin, Germany" />"#;

#[test]
fn rows_of_a_dump_are_left_out_for_their_reasons() {
    let at = r#"CreationDate="2018-03-12T17:00:45""#;
    let posts = [
        format!(
            r#"<row Id="1" PostTypeId="1" {at} OwnerUserId="7" Body="&lt;p&gt;hi&lt;/p&gt;" Title="t" Tags="|a|b|" ContentLicense="CC BY-SA 4.0"/>"#
        ),
        format!(r#"<row Id="2" PostTypeId="2" ParentId="1" {at} OwnerUserId="7" Body="x"/>"#),
        format!(r#"<row Id="3" PostTypeId="1" {at} Body="x"/>"#),
        format!(r#"<row Id="4" PostTypeId="5" {at} OwnerUserId="7" Body="x"/>"#),
        r#"<row Id="5" PostTypeId="1" CreationDate="2018-02-30" OwnerUserId="7" Body="x"/>"#.to_owned(),
        format!(r#"<row Id="6" PostTypeId="1" {at} OwnerUserId="8" Body="x"/>"#),
        format!(r#"<row Id="8" PostTypeId="1" {at} OwnerUserId="7" Body="&lt;p&gt;&lt;/p&gt;"/>"#),
        format!(r#"<row Id="x" PostTypeId="1" {at} OwnerUserId="7" Body="x"/>"#),
    ];
    let dir = dump(USER, &posts.concat(), "");
    let (report, kept) = run(dir.path(), &Limits::default()).expect("imports");
    let file = &report.files[1];
    let reasons: BTreeMap<&str, u64> = file.left_out.iter().map(|(k, v)| (k.as_str(), *v)).collect();
    let expected = ["no_member", "post_type", "bad_date", "unknown_member", "empty", "bad_number"];
    assert_eq!(reasons, expected.into_iter().map(|r| (r, 1)).collect());
    assert_eq!(file.problems.iter().map(|p| p.row).collect::<Vec<_>>(), [5, 8]);
    assert_eq!(kept.members[0].residence.as_deref(), Some("DE"));
    assert_eq!(kept.records[0].text, "hi\n\nTags: a, b");
    assert_eq!(kept.records[0].license.as_deref(), Some("CC BY-SA 4.0"));
    assert_eq!(kept.records[1].thread.as_ref(), Some(&kept.records[0].id));
    assert_eq!(kept.records[1].license.as_deref(), Some("CC BY-SA 3.0"));
}

#[test]
fn hostile_dumps_end_in_a_clear_error() {
    let limits = Limits { line_bytes: 10_000, ..Limits::default() };
    let long = format!(r#"<row Id="1" Body="{}"/>"#, "x".repeat(20_000));
    for (rows, what) in [("<a>".repeat(100), "nesting"), (long, "more than 10000 bytes")] {
        let error = run(dump(&rows, "", "").path(), &limits).err().expect("refused").to_string();
        assert!(error.contains(what) && error.contains("Users.xml"), "{error}");
    }
    let dir = dump(USER, "", "");
    fs::remove_file(dir.path().join("Comments.xml")).expect("removed");
    assert!(matches!(run(dir.path(), &limits), Err(ImportError::Absent { .. })));
}

const MEMBER_LINE: &str = r#"{"type":"member","id":"ann","name":"Ann","registered":"2020-01-01T00:00:00Z"}"#;

fn record_line(id: &str) -> String {
    format!(
        r#"{{"type":"record","id":"{id}","member":"ann","kind":"post","created":"2024-01-01T00:00:00Z","text":"text of {id}"}}"#
    )
}

#[test]
fn lines_are_imported_plain_and_packed() {
    let text = format!("\u{feff}{MEMBER_LINE}\n\n{}\r\n{}", record_line("1"), record_line("2"));
    let mut gz = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    gz.write_all(text.as_bytes()).expect("packed");
    let files = [
        ("a.ndjson", text.clone().into_bytes()),
        ("a.ndjson.gz", gz.finish().expect("packed")),
        ("a.ndjson.zst", zstd::encode_all(text.as_bytes(), 3).expect("packed")),
    ];
    let dir = tempfile::tempdir().expect("a folder");
    for (name, bytes) in files {
        let path = dir.path().join(name);
        fs::write(&path, bytes).expect("written");
        let (report, kept) = run(&path, &Limits::default()).expect("imports");
        assert_eq!((report.files[0].read, report.members(), report.records()), (3, 1, 2), "{name}");
        assert_eq!(kept.records[1].text, "text of 2");
        assert_eq!(kept.records[1].visibility, Visibility::Private);
    }
}

#[test]
fn bad_lines_are_counted_and_the_rest_is_kept() {
    let long = "x".repeat(3_000);
    let lines: Vec<Vec<u8>> = vec![
        MEMBER_LINE.into(),
        b"{\"type\":".to_vec(),
        b"{\"type\":\"record\",\"text\":\"\xff\"}".to_vec(),
        long.into_bytes(),
        record_line("1").replace("post", "telepathy").into_bytes(),
        record_line("1").replace("2024-01-01T00", "2024-13-01T00").into_bytes(),
        record_line("1").replace("text of 1", " ").into_bytes(),
        record_line("2").into_bytes(),
    ];
    let dir = tempfile::tempdir().expect("a folder");
    let path = dir.path().join("a.ndjson");
    fs::write(&path, lines.join(&b'\n')).expect("written");
    let limits = Limits { line_bytes: 2_000, ..Limits::default() };
    let (report, kept) = run(&path, &limits).expect("imports");
    let file = &report.files[0];
    let reasons: Vec<(u64, &str)> = file.problems.iter().map(|p| (p.row, p.reason.as_str())).collect();
    assert_eq!(reasons, [(2, "bad_json"), (3, "bad_utf8"), (4, "line_too_long"), (5, "bad_form"), (6, "bad_form")]);
    assert_eq!((file.read, file.kept, file.left_out["empty"]), (8, 2, 1));
    assert_eq!(kept.records.len(), 1);
}

#[test]
fn packed_files_are_bounded_and_a_cut_one_is_told() {
    let dir = tempfile::tempdir().expect("a folder");
    let text: String = (0..2_000).map(|n| record_line(&format!("{n}")) + "\n").collect();
    let mut gz = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    gz.write_all(text.as_bytes()).expect("packed");
    let whole = gz.finish().expect("packed");
    let path = dir.path().join("cut.gz");
    fs::write(&path, &whole[..whole.len() / 2]).expect("written");
    let (report, kept) = run(&path, &Limits::default()).expect("imports what is there");
    assert!(!report.is_complete() && !kept.records.is_empty());
    assert_eq!(report.files[0].left_out["truncated"], 1);

    for pack in ["gz", "zst"] {
        let zeros = vec![b' '; 8 << 20];
        let bytes = if pack == "gz" {
            let mut gz = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
            gz.write_all(&zeros).expect("packed");
            gz.finish().expect("packed")
        } else {
            zstd::encode_all(zeros.as_slice(), 19).expect("packed")
        };
        let path = dir.path().join(format!("bomb.{pack}"));
        fs::write(&path, bytes).expect("written");
        let error = run(&path, &Limits::default()).err().expect("refused").to_string();
        assert!(error.contains("200 times"), "{error}");
    }
}

fn archive(files: &[(&str, &str)]) -> (tempfile::TempDir, PathBuf) {
    let dir = tempfile::tempdir().expect("a folder");
    let path = dir.path().join("export.zip");
    let mut zip = zip::ZipWriter::new(fs::File::create(&path).expect("made"));
    let at = zip::DateTime::from_date_and_time(2024, 10, 1, 12, 0, 0).expect("a date");
    let options = zip::write::SimpleFileOptions::default().last_modified_time(at);
    for (name, text) in files {
        zip.start_file(*name, options).expect("started");
        zip.write_all(text.as_bytes()).expect("written");
    }
    zip.finish().expect("finished");
    (dir, path)
}

const PROFILE: &str = "First Name,Last Name,Maiden Name,Address,Birth Date,Headline,Summary,Geo Location\n\
    Ann,Mueller,,Secret Street 1,\"Jan 31, 1990\",Engineer &amp; writer,\"I build\nthings\",\"Berlin, Germany\"\n";

#[test]
fn an_own_archive_is_imported_with_its_quirks() {
    let shares = "\u{feff}Date,ShareLink,ShareCommentary,SharedUrl,MediaUrl,Visibility\r\n\
        2024-01-15 10:20:30,https://www.example.com/feed/update/urn%3Ali%3Ashare%3A1,\"one\"\n\"two \"\"x\"\"\",,,MEMBER_NETWORK\n\
        2024-01-16 10:20:30,https://www.example.com/feed/update/urn:li:share:2,caf\u{c3}\u{a9} &lt;3,,,PUBLIC\n\
        2024-01-17 10:20:30,https://www.example.com/feed/update/urn:li:share:3,,,,PUBLIC\n\
        yesterday,https://www.example.com/feed/update/urn:li:share:4,x,,,PUBLIC\n\
        2024-01-18 10:20:30,https://www.example.com/feed/update/urn:li:share:5,x,,,SOMETHING_NEW\n";
    let comments = "Notes:\n\"Some text, \"\"quoted\"\"\"\n\nDate,Link,Message\n\
        2024-02-01 08:00:00,https://www.example.com/feed/update/urn:li:share:2,\"he said \\\"hi, you\\\"\"\n";
    let article = "<h1><a href=\"https://example.com/pulse/a\">T</a></h1><p class=\"created\">Created on 2024-03-01 10:00</p>\
        <p class=\"published\">Published on 2024-03-02 10:00</p><div><p>Body</p></div>";
    let files = [
        ("Profile.csv", PROFILE),
        ("Shares.csv", shares),
        ("Comments.csv", comments),
        ("Articles/Articles/a.html", article),
        (
            "Positions.csv",
            "Company Name,Title,Description,Location,Started On,Finished On\nAcme,Engineer,Built it,Berlin,Jan 2020,\n",
        ),
        ("messages.csv", "FROM,CONTENT\nsomeone,secret words\n"),
        ("Connections.csv", "First Name\nBob\n"),
        ("Recommendations_Received.csv", "Text\nShe is great\n"),
        ("Skills.csv", "Name\nRust\n"),
    ];
    let (_dir, path) = archive(&files);
    let (report, kept) = run(&path, &Limits::default()).expect("imports");
    let left = |name: &str| {
        let file = report.files.iter().find(|f| f.name == name).expect("reported");
        file.left_out.keys().cloned().collect::<Vec<_>>().join(",")
    };
    assert_eq!(left("messages.csv"), "never_read");
    assert_eq!(left("Connections.csv"), "never_read");
    assert_eq!(left("Recommendations_Received.csv"), "third_party");
    assert_eq!(left("Skills.csv"), "not_used");
    assert_eq!(left("Shares.csv"), "bad_date,empty");
    let member = &kept.members[0];
    assert_eq!((member.name.as_str(), member.residence.as_deref()), ("Ann Mueller", Some("DE")));
    assert_eq!(member.birth_date.map(|d| d.to_string()).as_deref(), Some("1990-01-31"));
    assert!(member.id.as_str().starts_with("net:"));
    let rows: Vec<(RecordKind, Visibility, &str)> =
        kept.records.iter().map(|r| (r.kind, r.visibility, r.text.as_str())).collect();
    assert_eq!(
        rows,
        [
            (
                RecordKind::Profile,
                Visibility::Private,
                "Engineer & writer\n\nI build\nthings\n\nEngineer, Acme: Built it"
            ),
            (RecordKind::Post, Visibility::Members, "one\ntwo \"x\""),
            (RecordKind::Post, Visibility::Public, "café <3"),
            (RecordKind::Post, Visibility::Private, "x"),
            (RecordKind::Comment, Visibility::Private, "he said \"hi, you\""),
            (RecordKind::Article, Visibility::Public, "Body"),
        ]
    );
    assert_eq!(kept.records[4].thread.as_ref(), Some(&kept.records[2].id), "a comment under an own post");
    assert!(!kept.records.iter().any(|r| r.text.contains("secret") || r.text.contains("Secret")));
    let (_, again) = run(&path, &Limits::default()).expect("imports again");
    assert_eq!((again.members, again.records), (kept.members, kept.records));
}

#[test]
fn hostile_archives_end_in_a_clear_error() {
    let bomb = "x".repeat(8 << 20);
    let (_dir, path) = archive(&[("Profile.csv", PROFILE), ("Shares.csv", &bomb)]);
    let error = run(&path, &Limits::default()).err().expect("refused").to_string();
    assert!(error.contains("Shares.csv") && error.contains("200 times"), "{error}");
    // The same bytes under a name that is never read are not unpacked.
    let (_dir, path) = archive(&[("Profile.csv", PROFILE), ("messages.csv", &bomb)]);
    run(&path, &Limits::default()).expect("imports");
    let few = Limits { entries: 1, ..Limits::default() };
    assert!(matches!(run(&path, &few), Err(ImportError::Hostile { .. })));
    let (_dir, path) = archive(&[("Shares.csv", "Date,ShareCommentary\n")]);
    assert!(matches!(run(&path, &Limits::default()), Err(ImportError::Absent { .. })));
    let dir = tempfile::tempdir().expect("a folder");
    let path = dir.path().join("broken.zip");
    fs::write(&path, b"PK\x03\x04 and then nothing").expect("written");
    assert!(matches!(run(&path, &Limits::default()), Err(ImportError::Archive { .. })));
    let path = dir.path().join("a.pdf");
    fs::write(&path, b"%PDF-1.7").expect("written");
    assert!(matches!(run(&path, &Limits::default()), Err(ImportError::UnknownFormat { .. })));
}

#[test]
fn the_synthetic_network_is_the_same_at_every_run() {
    let config = SyntheticConfig { members: 200, records: 1_500, seed: 7 };
    let one: Vec<_> = Synthetic::new(config).collect();
    assert_eq!(one, Synthetic::new(config).collect::<Vec<_>>());
    assert_ne!(one, Synthetic::new(SyntheticConfig { seed: 8, ..config }).collect::<Vec<_>>());
    assert!(one.is_sorted_by_key(|item| item.t), "in order of time");
    let mut known = HashSet::new();
    let (mut members, mut records) = (0, 0);
    for item in &one {
        match &item.what {
            What::Member(member) => {
                members += 1;
                known.insert(member.id.clone());
            }
            What::Record(record) => {
                records += 1;
                assert!(known.contains(&record.member), "a member comes first");
            }
            What::Event(SyntheticEvent::NoticeDelivered { member } | SyntheticEvent::ChoiceOff { member, .. }) => {
                assert!(known.contains(member), "a member comes first");
            }
            What::Event(_) => {}
        }
    }
    assert_eq!((members, records), (200, 1_500));
}

/// The made-up people write about work: what is held back of it is wrongly held back.
#[test]
fn the_synthetic_network_says_little_about_its_people() {
    let (mut records, mut held, mut categories) = (0_usize, 0_usize, BTreeMap::new());
    for item in Synthetic::new(SyntheticConfig::default()) {
        let What::Record(record) = item.what else { continue };
        let statements = Detector::standard().find(&record.text);
        records += 1;
        held += usize::from(!statements.is_empty());
        for statement in statements {
            *categories.entry(statement.category).or_insert(0_usize) += 1;
        }
    }
    println!("{held} of {records} records are held back: {categories:?}");
    assert!(held * 100 < records * 2, "{held} of {records}: {categories:?}");
}

#[test]
fn the_synthetic_truth_stands_in_the_text() {
    let config = SyntheticConfig::default();
    let mut kinds: BTreeMap<String, usize> = BTreeMap::new();
    let (mut texts, mut posts, mut planted, mut bytes) = (HashSet::new(), 0, 0, 0);
    let mut events: BTreeMap<String, usize> = BTreeMap::new();
    for item in Synthetic::new(config) {
        let record = match &item.what {
            What::Record(record) => record,
            What::Event(SyntheticEvent::RecordEdited { record }) => record.as_ref(),
            What::Event(event) => {
                let name = serde_json::to_value(event).expect("JSON")["type"].as_str().unwrap_or_default().to_owned();
                *events.entry(name).or_default() += 1;
                continue;
            }
            What::Member(_) => continue,
        };
        for truth in &item.truth {
            assert_eq!(record.text.get(truth.start..truth.end), Some(truth.value.as_str()));
            assert_eq!(truth.record, record.id);
            *kinds.entry(truth.kind.clone()).or_default() += 1;
        }
        planted += usize::from(!item.truth.is_empty());
        bytes += record.text.len();
        if record.kind == RecordKind::Post && matches!(item.what, What::Record(_)) {
            posts += 1;
            texts.insert(record.text.clone());
        }
    }
    println!("{planted} records with planted data, {bytes} bytes, {kinds:?}, {events:?}");
    let expected = ["CREDIT_CARD", "EMAIL", "HANDLE", "IBAN", "IP_ADDRESS", "PERSON", "PHONE", "URL"];
    assert_eq!(kinds.keys().map(String::as_str).collect::<Vec<_>>(), expected);
    assert!((2_000..4_000).contains(&planted));
    let copies = posts - texts.len();
    assert!(copies * 100 > posts && copies * 100 < posts * 6, "{copies} copies of {posts} posts");
    for name in
        ["choice_off", "choice_on", "notice_delivered", "notice_bounced", "objection_filed", "moved", "account_closed"]
    {
        assert!(events.contains_key(name), "{name} in {events:?}");
    }
}

#[test]
fn members_write_each_in_their_own_way() {
    let config = SyntheticConfig { members: 300, records: 3_000, seed: 5 };
    let mut sentences: BTreeMap<String, usize> = BTreeMap::new();
    let mut posts = 0;
    for item in Synthetic::new(config) {
        let What::Record(record) = item.what else { continue };
        if record.kind == RecordKind::Post {
            posts += 1;
            for sentence in record.text.split_inclusive(['.', '?', '!']) {
                *sentences.entry(sentence.trim().to_owned()).or_default() += 1;
            }
        }
    }
    let total: usize = sentences.values().sum();
    println!("{posts} posts, {total} sentences, {} of them different", sentences.len());
    assert!(sentences.len() * 2 > total, "at least half of the sentences differ");
    let most = sentences.values().max().copied().unwrap_or_default();
    assert!(most * 10 < posts, "no sentence stands in every tenth post, {most} of {posts}");
}

#[test]
fn the_truth_is_written_a_line_each() {
    let config = SyntheticConfig { members: 50, records: 400, seed: 3 };
    let truths: Vec<PlantedTruth> = Synthetic::new(config).flat_map(|item| item.truth).collect();
    let mut out = Vec::new();
    write_truth(&mut out, &truths).expect("written");
    let read: Vec<PlantedTruth> =
        String::from_utf8(out).expect("text").lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    assert!(!read.is_empty());
    assert_eq!(read, truths);
}
