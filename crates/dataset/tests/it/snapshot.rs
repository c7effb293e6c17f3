//! Snapshots on a real disk: the same bytes for the same rows, nothing left of who leaves, nothing changed unseen.

use crate::{
    batches::{event, gated, history, record, redactor, told, training},
    bytes::bytes_tokenizer,
};
use candor_core::{Event, MemberId, Record, SnapshotId};
use candor_dataset::{
    Batch, Cohorts, Leaving, Redacted, Sealed, Snapshot, SnapshotError, SnapshotMember, SnapshotSpec,
    counts::StageCounts, manifest::Role, redaction, snapshot::build,
};
use std::{collections::BTreeSet, fs, path::Path};

const MEMBERS: usize = 40;

/// Texts of forty members: most their own, some shared, some repeated by the same member.
fn records() -> Vec<Record> {
    let mut records = Vec::new();
    for member in 0..MEMBERS {
        for n in 0..8 {
            let text = match n {
                0 => "Congratulations!".to_owned(),
                1 => format!("Said by a few: {}", member % 7),
                2 | 3 => format!("member {member} says this twice"),
                _ => format!("member {member} wrote number {n}"),
            };
            let created = format!("2024-09-{:02}T{:02}:00:00Z", 19 + (member * 3 + n) % 9, n);
            records.push(record(&format!("r{member}-{n}"), &format!("m{member}"), &created, &text));
        }
    }
    records
}

struct Made {
    batches: Vec<Batch<Redacted>>,
    spec: SnapshotSpec,
}

/// Gates and redacts what `stays`, in batches of a size.
fn made(id: &str, size: usize, stays: impl Fn(&Record) -> bool) -> Made {
    let mut events: Vec<Event> = (0..MEMBERS).flat_map(|n| told(&format!("m{n}"))).collect();
    for n in [3, 9] {
        events.push(event(serde_json::json!({"type": "residence_set", "member": format!("m{n}"), "residence": "CA"})));
    }
    let history = history(events, "2024-09-18T00:00:00Z");
    let query = training(&history, "2024-10-01T00:00:00Z");
    let records: Vec<(Record, bool)> = records().into_iter().filter(stays).map(|record| (record, false)).collect();
    let mut stages = [StageCounts::empty("gate"), StageCounts::empty("redaction")];
    let mut findings = candor_redact::Counts::new();
    let mut terms = None;
    let batches = records.chunks(size).map(|some| {
        let gated = gated(&history, &query, some);
        terms = Some(gated.admitted.terms().clone());
        stages[0].add(&gated.counts);
        let (redacted, counts) = redaction::redact(gated.admitted, &redactor()).unwrap();
        stages[1].add(&counts.stage);
        findings += counts.findings;
        redacted
    });
    let batches = batches.collect();
    let spec = SnapshotSpec {
        id: SnapshotId::new(id).unwrap(),
        key: [7; 32],
        shards: 4,
        slices: 3,
        cohorts: Cohorts::default(),
        held_out_one_in: 10,
        rule_book_name: "seeds-2024".into(),
        terms: terms.unwrap(),
        stages: stages.to_vec(),
        findings,
        redaction_model: None,
        statements: std::collections::BTreeMap::new(),
        created: "2024-10-01T00:00:00Z".parse().unwrap(),
    };
    Made { batches, spec }
}

fn sealed(made: Made, folder: &Path) -> Sealed {
    build(&made.spec, made.batches, &bytes_tokenizer(), folder, &mut |_, _, _| {}).unwrap()
}

fn bytes(dir: &Path, path: &str) -> Vec<u8> {
    fs::read(dir.join(path)).unwrap()
}

fn row_files(sealed: &Sealed) -> Vec<String> {
    sealed.manifest.files.iter().filter(|f| f.role != Role::Paper).map(|f| f.path.clone()).collect()
}

#[test]
fn the_same_rows_are_the_same_bytes() {
    let (one, two) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let a = sealed(made("s1", 1000, |_| true), one.path());
    let b = sealed(made("s1", 17, |_| true), two.path());
    assert_eq!(a.manifest_hash, b.manifest_hash, "whatever the batches");
    for file in &a.manifest.files {
        assert_eq!(bytes(&a.dir, &file.path), bytes(&b.dir, &file.path), "{}", file.path);
    }
    let error =
        build(&made("s1", 9, |_| true).spec, [], &bytes_tokenizer(), one.path(), &mut |_, _, _| {}).unwrap_err();
    assert!(matches!(error, SnapshotError::Exists { .. }));
    assert_eq!(fs::read_dir(one.path()).unwrap().count(), 1, "nothing is left behind");
}

#[test]
fn a_cohort_has_shards_of_its_own_and_leaves_with_them() {
    let folder = tempfile::tempdir().unwrap();
    let plain = sealed(made("plain", 50, |_| true), folder.path());
    let mut cohort = made("s1", 50, |_| true);
    let island = |member: &MemberId| ["m1", "m2", "m3", "m4", "m5"].contains(&member.as_str());
    let of = (0..MEMBERS).map(|n| MemberId::new(format!("m{n}")).unwrap()).filter(island).map(|member| (member, 0));
    cohort.spec.cohorts = Cohorts::new(4, vec![(vec!["GB".to_owned()], 1)], of.collect()).unwrap();
    let sealed = sealed(cohort, folder.path());
    assert_eq!(sealed.manifest.cohorts[0].first_shard, 3);
    assert!(
        plain.manifest.cohorts.is_empty() && !plain.manifest.to_json().unwrap().windows(7).any(|w| w == b"cohorts")
    );
    let is_in = |member: &&SnapshotMember| island(member.member.as_ref().unwrap());
    for member in &sealed.members {
        assert_eq!(member.shard == 3, is_in(&member), "{member:?}");
    }

    let leaving = sealed.members.iter().filter(is_in).map(|member| member.pseudonym.clone()).collect();
    let id = SnapshotId::new("s2").unwrap();
    let opened = Snapshot::open(&sealed.dir).unwrap();
    let left = opened.without(&Leaving::of_members(leaving), &id, sealed.manifest.created, folder.path()).unwrap();
    assert_eq!(left.manifest.cohorts, sealed.manifest.cohorts);
    let rows = |sealed: &Sealed, shard: u16| {
        sealed.manifest.file(&format!("data/train-{shard:05}-of-00004.parquet")).unwrap().clone()
    };
    for shard in 0..3 {
        assert_eq!(rows(&left, shard), rows(&sealed, shard), "nothing changes for anybody else");
    }
    assert_eq!(rows(&left, 3).tally.unwrap().rows, 0, "nobody is left in it");
}

#[test]
fn everything_is_accounted_for_and_in_its_place() {
    let folder = tempfile::tempdir().unwrap();
    let sealed = sealed(made("s1", 50, |_| true), folder.path());
    let snapshot = Snapshot::open(&sealed.dir).unwrap();
    let manifest = snapshot.manifest();
    assert_eq!((manifest, snapshot.manifest_hash()), (&sealed.manifest, sealed.manifest_hash.as_str()));
    let last = manifest.stages.last().unwrap();
    assert_eq!((manifest.stages[0].taken(), last.stage()), (320, "dedup"));
    assert_eq!(manifest.tally(Role::Train).rows + manifest.tally(Role::Validation).rows, last.kept());
    assert!(manifest.tally(Role::Validation).rows > 0);

    let mut seen = BTreeSet::new();
    let (mut rows, mut tokens) = (0, 0);
    for shard in 0..manifest.shards {
        let slices = snapshot.shard_rows(shard).unwrap();
        let tally = manifest.file(&format!("data/train-{shard:05}-of-00004.parquet")).unwrap().tally.clone().unwrap();
        assert_eq!(slices.len(), 3);
        for (slice, some) in slices.iter().enumerate() {
            assert_eq!(some.len() as u64, tally.slices[slice].rows);
            assert_eq!((tally.slices[slice].shard, tally.slices[slice].slice), (shard, slice as u16));
            for row in some {
                let member = sealed.members.iter().find(|m| m.pseudonym == row.member).unwrap();
                assert_eq!((member.shard, usize::from(member.slice)), (shard, slice));
                assert_eq!(row.tokens.last(), Some(&0), "every row ends");
                assert!(seen.insert(row.record.clone()), "no row twice");
                tokens += row.tokens.len() as u64;
                rows += 1;
            }
        }
    }
    assert_eq!((rows, tokens), (manifest.tally(Role::Train).rows, manifest.tally(Role::Train).tokens));
    let held_out = snapshot.validation_rows().unwrap();
    assert!(held_out.iter().all(|row| !seen.contains(&row.record)), "never trained on");
    assert_eq!(sealed.members.iter().map(|m| m.records).sum::<u64>(), rows + held_out.len() as u64);
    assert_eq!(sealed.members.len(), MEMBERS);
    for member in &sealed.members {
        let id = member.member.as_ref().unwrap().as_str();
        assert_eq!(member.pseudonym.len(), 32);
        assert_eq!(member.slice == 2, ["m3", "m9"].contains(&id), "{id}: who moved is in the last slice");
    }
    assert!(matches!(snapshot.shard_rows(4), Err(SnapshotError::NoSuchShard { shard: 4, shards: 4 })));
}

/// What byte-exact forgetting rests on.
#[test]
fn without_a_member_is_as_if_they_had_never_been_there() {
    let folder = tempfile::tempdir().unwrap();
    let full = sealed(made("full", 1000, |_| true), folder.path());
    let snapshot = Snapshot::open(&full.dir).unwrap();
    let created = full.manifest.created;
    for (n, gone) in
        [vec!["m0"], vec!["m3"], vec!["m5", "m17", "m30"], vec!["m1", "m9", "m12", "m33"]].into_iter().enumerate()
    {
        let leaving: Vec<_> =
            full.members.iter().filter(|m| gone.contains(&m.member.as_ref().unwrap().as_str())).collect();
        let pseudonyms: BTreeSet<String> = leaving.iter().map(|m| m.pseudonym.clone()).collect();
        assert_eq!(pseudonyms.len(), gone.len());
        let id = SnapshotId::new(format!("less-{n}")).unwrap();
        let less = snapshot.without(&Leaving::of_members(pseudonyms.clone()), &id, created, folder.path()).unwrap();
        let never = sealed(made(&format!("never-{n}"), 1000, |r| !gone.contains(&r.member.as_str())), folder.path());
        assert_eq!(row_files(&less), row_files(&never), "{gone:?}");
        for path in row_files(&less) {
            assert!(bytes(&less.dir, &path) == bytes(&never.dir, &path), "{gone:?} {path}");
        }
        for shard in (0..4).filter(|shard| leaving.iter().all(|m| m.shard != *shard)) {
            let path = format!("data/train-{shard:05}-of-00004.parquet");
            assert!(bytes(&less.dir, &path) == bytes(&full.dir, &path), "{gone:?} {path}");
        }
        let opened = Snapshot::open(&less.dir).unwrap();
        let names = |members: &[candor_dataset::SnapshotMember]| -> Vec<_> {
            members.iter().map(|m| (m.pseudonym.clone(), m.shard, m.slice, m.records, m.held_out, m.tokens)).collect()
        };
        assert_eq!(names(&opened.members().unwrap()), names(&never.members));
        let parent = opened.manifest().parent.clone().unwrap();
        assert_eq!(
            (parent.manifest.as_str(), parent.members_removed),
            (full.manifest_hash.as_str(), gone.len() as u64)
        );
        for path in
            row_files(&less).iter().chain(&["README.md".to_owned(), "croissant.json".into(), "MANIFEST.json".into()])
        {
            let text = bytes(&less.dir, path);
            for pseudonym in &pseudonyms {
                assert!(!text.windows(32).any(|window| window == pseudonym.as_bytes()), "{path}");
            }
        }
    }
    Snapshot::open(&full.dir).unwrap();
    let nobody = BTreeSet::from(["0".repeat(32)]);
    let error = snapshot
        .without(&Leaving::of_members(nobody), &SnapshotId::new("x").unwrap(), created, folder.path())
        .unwrap_err();
    assert!(matches!(error, SnapshotError::NothingThere(1, 0)));
}

#[test]
fn a_record_leaves_alone_and_what_it_displaced_comes_back() {
    let folder = tempfile::tempdir().unwrap();
    let full = sealed(made("full", 1000, |_| true), folder.path());
    let snapshot = Snapshot::open(&full.dir).unwrap();
    let all = snapshot.records().unwrap();
    for (n, gone) in [vec!["r5-4"], vec!["r5-5", "r8-0", "r11-6"]].into_iter().enumerate() {
        let records: BTreeSet<_> = gone.iter().map(|id| (*id).to_owned()).collect();
        assert!(records.is_subset(&all), "{gone:?}");
        let leaving = Leaving { records, ..Leaving::default() };
        let id = SnapshotId::new(format!("less-{n}")).unwrap();
        let less = snapshot.without(&leaving, &id, full.manifest.created, folder.path()).unwrap();
        let never = sealed(made(&format!("never-{n}"), 1000, |r| !gone.contains(&r.id.as_str())), folder.path());
        for path in row_files(&less) {
            assert!(bytes(&less.dir, &path) == bytes(&never.dir, &path), "{gone:?} {path}");
        }
        assert_eq!(less.manifest.parent.as_ref().unwrap().members_removed, 0);
    }
}

/// Earlier slices keep their rows, so that training goes on from the slice before.
#[test]
fn leaving_changes_no_slice_before_the_members_own() {
    let folder = tempfile::tempdir().unwrap();
    let full = sealed(made("full", 1000, |_| true), folder.path());
    let snapshot = Snapshot::open(&full.dir).unwrap();
    for (n, member) in full.members.iter().enumerate().step_by(3) {
        let gone = BTreeSet::from([member.pseudonym.clone()]);
        let id = SnapshotId::new(format!("less-{n}")).unwrap();
        let less = snapshot.without(&Leaving::of_members(gone), &id, full.manifest.created, folder.path()).unwrap();
        let (before, after) = (
            snapshot.shard_rows(member.shard).unwrap(),
            Snapshot::open(&less.dir).unwrap().shard_rows(member.shard).unwrap(),
        );
        for slice in 0..usize::from(member.slice) {
            assert_eq!(before[slice], after[slice]);
        }
    }
}

#[test]
fn a_change_is_found_on_opening() {
    let folder = tempfile::tempdir().unwrap();
    let sealed = sealed(made("s1", 1000, |_| true), folder.path());
    for file in &sealed.manifest.files {
        let path = sealed.dir.join(&file.path);
        let whole = fs::read(&path).unwrap();
        for at in [0, whole.len() / 2, whole.len() - 1] {
            let mut changed = whole.clone();
            changed[at] ^= 1;
            fs::write(&path, &changed).unwrap();
            let error = Snapshot::open(&sealed.dir).unwrap_err();
            assert!(matches!(&error, SnapshotError::Tampered { file: named } if *named == file.path), "{error}");
        }
        fs::remove_file(&path).unwrap();
        assert!(matches!(Snapshot::open(&sealed.dir), Err(SnapshotError::Files { what: "absent", .. })));
        fs::write(&path, &whole).unwrap();
    }
    let extra = sealed.dir.join("data/train-00004-of-00005.parquet");
    fs::write(&extra, b"x").unwrap();
    assert!(matches!(Snapshot::open(&sealed.dir), Err(SnapshotError::Files { what: "not in the manifest", .. })));
    fs::remove_file(&extra).unwrap();
    assert_eq!(Snapshot::open(&sealed.dir).unwrap().manifest_hash(), sealed.manifest_hash);
}

#[test]
fn what_does_not_fit_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let check = |change: fn(&mut Made)| {
        let mut made = made("s1", 1000, |_| true);
        change(&mut made);
        let error = build(&made.spec, made.batches, &bytes_tokenizer(), folder.path(), &mut |_, _, _| {}).unwrap_err();
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0, "{error}");
        error.to_string()
    };
    assert!(check(|m| m.spec.id = SnapshotId::new("../s1").unwrap()).contains("`id`"));
    assert!(check(|m| m.spec.shards = 0).contains("`shards`"));
    assert!(check(|m| m.spec.terms.as_of = candor_core::Seq(1)).contains("gate all of it anew"));
    assert!(check(|m| m.spec.stages.push(StageCounts::empty("lost"))).contains("report this fault"));
    assert!(check(|m| m.batches.clear()).contains("report this fault"));
}
