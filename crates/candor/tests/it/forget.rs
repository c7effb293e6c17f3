//! Out of the weights and out of everything. Jobs: forget_member, erase_member, import_records.

use crate::support::{Data, files};
use std::{collections::BTreeMap, path::Path};

/// The hashes of a release's adapters, by shard.
fn adapters(data: &Data) -> BTreeMap<u64, String> {
    let release = data.json(&["release", "show"]);
    let shards = release["shards"].as_array().unwrap().clone();
    shards
        .iter()
        .map(|s| (s["shard"].as_u64().unwrap(), s["adapter"].as_str().unwrap_or_default().to_owned()))
        .collect()
}

/// The row of the release that is served.
fn row(data: &Data) -> serde_json::Value {
    data.json(&["release", "show"])["release"].clone()
}

#[test]
fn a_forgotten_member_is_as_if_never_there() {
    let data = Data::new();
    data.demo();
    let before = adapters(&data);
    let price = |data: &Data| row(data)["metrics"]["price"].clone();
    assert_eq!(price(&data)["reference"]["before_forgetting"], false, "{}", price(&data));
    let member = data.in_release().first().unwrap().clone();
    let done = data.json(&["forget", &member]);
    assert_eq!(price(&data)["reference"]["before_forgetting"], true, "the reference is not learnt again");
    let whole = row(&data)["adapters"].clone();
    assert_eq!(done["adapters"].as_array().unwrap().len(), 1, "one shard changes: {done}");
    assert!(!data.in_release().contains(&member));
    let after = adapters(&data);
    let changed: Vec<_> = before.iter().filter(|(shard, hash)| after.get(shard) != Some(hash)).collect();
    assert_eq!(changed.len(), 1);

    // From the start on what is left: the same bytes.
    std::fs::remove_dir_all(data.dir().join("releases")).unwrap();
    let again = data.json(&["train"]);
    let slices: u64 = again["shards"].as_array().unwrap().iter().map(|s| s["trained_slices"].as_u64().unwrap()).sum();
    assert_eq!(slices, 48, "everything was trained again");
    assert_eq!(adapters(&data), after);
    assert_eq!(row(&data)["adapters"], whole, "the joint adapter too");
}

#[test]
fn forgetting_twice_does_it_once() {
    let data = Data::new();
    data.demo();
    let member = data.in_release().first().unwrap().clone();
    data.json(&["forget", &member]);
    let after = adapters(&data);
    let done = data.json(&["forget", &member]);
    assert_eq!(done["release_after"], serde_json::Value::Null, "{done}");
    assert_eq!(adapters(&data), after);
}

/// Whether any file of a folder holds these bytes.
fn holds(folder: &Path, needle: &str) -> Vec<String> {
    let has = |bytes: &[u8]| bytes.windows(needle.len()).any(|window| window == needle.as_bytes());
    let of = |path: &std::path::PathBuf| has(&std::fs::read(path).unwrap()).then(|| path.display().to_string());
    files(folder).iter().filter_map(of).collect()
}

#[test]
fn an_erased_member_is_in_no_file() {
    let data = Data::new();
    let folder = data.dir().parent().unwrap().to_owned();
    let file = folder.join("own.ndjson");
    let marks = ["Zebulon Quackenbush", "marmalade-lighthouse", "1987-06-05", "zquack"];
    let lines = format!(
        "{{\"type\":\"member\",\"id\":\"zz-1\",\"name\":\"{}\",\"handle\":\"{}\",\"registered\":\"2020-01-01T00:00:00Z\",\
         \"residence\":\"US\",\"birth_date\":\"{}\"}}\n\
         {{\"type\":\"record\",\"id\":\"1\",\"member\":\"zz-1\",\"kind\":\"post\",\"created\":\"2024-10-01T00:00:00Z\",\
         \"visibility\":\"public\",\"text\":\"The {} stood above the harbor and we walked there every morning.\"}}\n",
        marks[0], marks[3], marks[2], marks[1]
    );
    std::fs::write(&file, lines).unwrap();
    let import = ["import", file.to_str().unwrap(), "--notice-delivered", "2024-09-18"];
    let done = data.json(&import);
    assert_eq!((done["members_added"].as_u64(), done["records_added"].as_u64()), (Some(1), Some(1)), "{done}");
    let done = data.json(&import);
    assert_eq!((done["members_added"].as_u64(), done["records_added"].as_u64()), (Some(0), Some(0)), "{done}");
    data.demo();
    assert!(!holds(&data.dir(), marks[0]).is_empty());

    assert_eq!(data.run(&["erase", "zz-1"]).status.code(), Some(2), "needs --yes");
    data.json(&["erase", "zz-1", "--yes"]);
    for mark in marks {
        let found = holds(&data.dir(), mark);
        assert!(found.is_empty(), "`{mark}` is still in {found:?}");
    }
    assert_eq!(data.run(&["member", "show", "zz-1"]).status.code(), Some(3));
    // The log still verifies, and a second import does not bring the member back.
    assert!(data.lines(&["doctor"]).iter().all(|line| !line.contains("\"fail\"")));
    data.json(&import);
    assert!(holds(&data.dir(), marks[1]).is_empty());
}
