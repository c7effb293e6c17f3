//! A process that writes is killed at any moment: what it had acknowledged is there, and nothing is half.

use crate::{at, files, id, member, open, record, registered, verify_log};
use candor_core::Seq;
use candor_store::Change;
use std::{
    io::{BufRead, BufReader, Write},
    path::Path,
    process::{Command, Stdio},
};

/// Kills in the default run; each takes a start of the process.
const KILLS: usize = 12;

/// Writes for ever and says what was acknowledged. Run by the test below inside the folder to be written; anywhere else
/// there is nothing to write.
#[tokio::test]
async fn child() {
    let dir = Path::new("data");
    if !dir.is_dir() {
        return;
    }
    let store = open(dir).await;
    let mut out = std::io::stdout();
    for n in store.member_count().await.unwrap()..1_000_000 {
        let name = format!("m{n}");
        let list = vec![
            Change::PutMember(member(&name)),
            Change::event(registered(&name)),
            Change::PutRecords(vec![record(&name, &name, 0, &format!("text of {name}"))]),
        ];
        let committed = store.commit(at(0), list).await.unwrap();
        writeln!(out, "ack {name} {}", committed.receipts[0].seq).unwrap();
        out.flush().unwrap();
        if n % 7 == 6 {
            store.merge_inbox(|_| {}).await.unwrap();
        }
        if n % 20 == 19 {
            let name = format!("m{}", n - 10);
            store.erase_member(at(0), &id(&name)).await.unwrap();
            writeln!(out, "erased {name} 0").unwrap();
            out.flush().unwrap();
        }
    }
}

#[tokio::test]
async fn a_killed_writer_loses_nothing_it_acknowledged() {
    let dir = tempfile::tempdir().unwrap();
    let data = dir.path().join("data");
    std::fs::create_dir(&data).unwrap();
    let mut acknowledged: Vec<(String, String, u64)> = Vec::new();
    for kill in 0..KILLS {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "crash::child", "--nocapture"])
            .current_dir(dir.path())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        // Breaks off after another number of lines each time, and so at another point of the loop.
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut told = 0;
        for line in lines {
            let line = line.unwrap();
            let mut words = line.split(' ').skip_while(|word| !matches!(*word, "ack" | "erased"));
            let (Some(verb), Some(name), Some(seq)) = (words.next(), words.next(), words.next()) else { continue };
            acknowledged.push((verb.into(), name.into(), seq.parse().unwrap()));
            told += 1;
            if told > 3 + kill * 5 % 23 {
                break;
            }
        }
        assert!(told > 0, "the child wrote nothing");
        child.kill().unwrap();
        child.wait().unwrap();
    }

    let store = open(&data).await;
    let erased: Vec<_> = acknowledged.iter().filter(|(verb, ..)| verb == "erased").map(|(_, n, _)| n.clone()).collect();
    assert!(!erased.is_empty(), "the kills came too early to say anything of erasure");
    for (verb, name, seq) in &acknowledged {
        let gone = erased.contains(name) || store.is_suppressed(&id(name)).await.unwrap();
        assert_eq!(store.member(&id(name)).await.unwrap().is_none(), gone, "{name}");
        if verb == "ack" && !gone {
            assert_eq!(store.entry(Seq(*seq)).await.unwrap().unwrap().member, Some(id(name)));
            let records = store.records_of(&id(name), 9).await.unwrap();
            assert_eq!(records.len(), 1, "{name}");
            assert_eq!(records[0].text, format!("text of {name}"));
        }
        if gone {
            assert_eq!(store.records_of(&id(name), 9).await.unwrap(), vec![], "{name}");
        }
    }
    assert_eq!(files(&data.join("records")).len(), store.buckets().await.unwrap().len(), "the stray files are swept");
    verify_log(&store).await;
    store.merge_inbox(|_| {}).await.unwrap();
    assert_eq!(store.inbox_count().await.unwrap(), 0);
}
