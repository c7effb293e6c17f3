//! The power goes at any moment of a recorded run: of what was not synced anything may be lost or torn. Every state is
//! opened by SQLite and compared with what was acknowledged before; of some the whole store is started.
//!
//! That the check can fail is shown by the same run on a database that does not wait for the disk.

use super::{
    disk::{Call, Disk, Image, Trace},
    scratch,
    script::{self, Ack},
    shim, thorough,
};
use candor_tlog::{Leaf, Tree};
use rand::{SeedableRng, rngs::StdRng};
use sqlx::{ConnectOptions, Connection, SqliteConnection, sqlite::SqliteConnectOptions};
use std::{
    collections::HashSet,
    path::Path,
    sync::{
        Arc, Mutex,
        mpsc::{Receiver, SyncSender, sync_channel},
    },
};

/// Different states in the thorough run and in the plain one.
const STATES: usize = 100_000;
const STATES_PLAIN: usize = 2_000;
/// Of so many states one is opened as the whole store.
const OPENED: usize = 100;
/// States at each point of the trace in one round.
const AT_ONCE: usize = 4;
/// Threads that open states.
const WORKERS: usize = 2;
const SEED: u64 = 7;

/// What a run of states came to.
#[derive(Debug, Default, Clone, Copy)]
struct Count {
    states: usize,
    distinct: usize,
    opened: usize,
    lost: usize,
    corrupt: usize,
}

#[test]
fn power_loss_loses_no_acknowledged_choice_and_no_store() {
    let place = scratch();
    let trace = Trace::record(&shim(place.path()), &place.path().join("recorded"));
    let wanted = if thorough() { STATES } else { STATES_PLAIN };
    let count = replay(&trace, wanted, false);
    println!("power loss: {} calls, seed {SEED}, {count:?}", trace.len());
    assert_eq!((count.lost, count.corrupt), (0, 0));
    assert!(count.distinct >= wanted);

    // `synchronous=NORMAL` waits for the log only before its pages go into the database, `OFF` never.
    let is_log = |call: &Call| matches!(call, Call::Sync(path) if path.ends_with("-wal"));
    let before_checkpoint = |rest: &[Call]| {
        let data = rest.iter().find_map(|call| if let Call::Write { path, .. } = call { Some(path) } else { None });
        data.is_some_and(|path| path.ends_with(".sqlite"))
    };
    let normal = trace.without(|rest| is_log(&rest[0]) && !before_checkpoint(rest));
    let off = trace.without(|rest| matches!(&rest[0], Call::Sync(path) if path.contains(".sqlite")));
    for (name, trace) in [("NORMAL", normal), ("OFF", off)] {
        let count = replay(&trace, wanted.min(STATES_PLAIN), true);
        println!("power loss with synchronous={name}: {count:?}");
        assert!(count.lost > 0, "the check must see what {name} loses");
    }
}

/// A state to be looked at, with what was acknowledged before it.
type State = (Image, Arc<Vec<Ack>>);

/// Makes crash states until so many different ones were looked at.
fn replay(trace: &Trace, wanted: usize, is_control: bool) -> Count {
    let (sender, receiver) = sync_channel(64);
    let receiver = Mutex::new(receiver);
    std::thread::scope(|threads| {
        let workers: Vec<_> = (0..WORKERS).map(|_| threads.spawn(|| worker(&receiver, is_control))).collect();
        let mut count = make(trace, wanted, &sender);
        drop(sender);
        for worker in workers {
            let part = worker.join().unwrap();
            count.opened += part.opened;
            count.lost += part.lost;
            count.corrupt += part.corrupt;
        }
        count
    })
}

/// Goes through the trace again and again and sends the states that were not yet seen.
fn make(trace: &Trace, wanted: usize, states: &SyncSender<State>) -> Count {
    let (mut count, mut seen) = (Count::default(), HashSet::new());
    let mut rng = StdRng::seed_from_u64(SEED);
    for _ in 0..wanted {
        let (mut disk, mut acknowledged) = (Disk::default(), Vec::new());
        let mut acks = Arc::new(Vec::new());
        for call in &trace.0 {
            disk.apply(call);
            if let Call::Write { path, data, .. } = call
                && path == script::ACKS
            {
                acknowledged.extend_from_slice(data);
                acks = Arc::new(script::acks(&acknowledged));
            }
            for _ in 0..AT_ONCE {
                let image = disk.crash(&mut rng);
                count.states += 1;
                if seen.insert(digest(&image, acks.len())) {
                    states.send((image, Arc::clone(&acks))).unwrap();
                    count.distinct += 1;
                }
                if count.distinct >= wanted {
                    return count;
                }
            }
        }
    }
    count
}

fn digest(image: &Image, acks: usize) -> [u8; 32] {
    let mut hash = blake3::Hasher::new();
    hash.update(&acks.to_le_bytes());
    for (path, bytes) in image {
        hash.update(&(path.len() as u64).to_le_bytes()).update(path.as_bytes());
        hash.update(&(bytes.len() as u64).to_le_bytes()).update(bytes);
    }
    *hash.finalize().as_bytes()
}

/// A worker that looks at states until there are no more.
fn worker(states: &Mutex<Receiver<State>>, is_control: bool) -> Count {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let (place, mut count) = (scratch(), Count::default());
    for n in 1.. {
        let next = states.lock().unwrap().recv();
        let Ok((image, acks)) = next else { return count };
        let root = place.path().join(n.to_string());
        lay(&root, &image);
        let data = root.join(script::DATA);
        let outcome = runtime.block_on(look(&data, &acks));
        if !is_control && n % OPENED == 0 && matches!(outcome, Ok(true)) {
            runtime.block_on(script::check(&data, &acks));
            count.opened += 1;
        }
        std::fs::remove_dir_all(root).unwrap();
        match outcome {
            Ok(true) => {}
            Ok(false) => count.lost += 1,
            Err(error) => {
                count.corrupt += 1;
                if !is_control {
                    println!("corrupt: {error}");
                }
            }
        }
    }
    count
}

/// Writes a state into a folder.
fn lay(root: &Path, image: &Image) {
    std::fs::create_dir(root).unwrap();
    for (path, bytes) in image {
        let path = root.join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, bytes).unwrap();
    }
}

/// Opens the database of a state. `Ok(false)`: something acknowledged is not there.
async fn look(data: &Path, acks: &[Ack]) -> Result<bool, sqlx::Error> {
    let file = data.join("candor.sqlite");
    let entries = || acks.iter().flat_map(|ack| &ack.entries);
    if !file.is_file() {
        return Ok(acks.is_empty());
    }
    let mut conn = SqliteConnectOptions::new().filename(file).disable_statement_logging().connect().await?;
    let (sound,): (String,) = sqlx::query_as("PRAGMA integrity_check").fetch_one(&mut conn).await?;
    if sound != "ok" {
        return Err(sqlx::Error::Protocol(sound));
    }
    let (tables,): (i64,) =
        sqlx::query_as("SELECT COUNT(*) FROM sqlite_schema WHERE name IN ('log_entry', 'tree_hash', 'record_file')")
            .fetch_one(&mut conn)
            .await?;
    if tables < 3 {
        return Ok(acks.is_empty());
    }
    let leaves = log(&mut conn).await?;
    files(&mut conn, data).await?;
    conn.close().await?;
    Ok(entries().all(|(seq, leaf)| leaves.get(*seq as usize - 1) == Some(leaf)))
}

/// The log's leaves, checked: without a gap, and the stored tree is theirs.
async fn log(conn: &mut SqliteConnection) -> Result<Vec<String>, sqlx::Error> {
    let rows: Vec<(i64, Vec<u8>)> =
        sqlx::query_as("SELECT seq, leaf FROM log_entry ORDER BY seq").fetch_all(&mut *conn).await?;
    let stored: Vec<(i64, Vec<u8>)> =
        sqlx::query_as("SELECT number, hash FROM tree_hash ORDER BY number").fetch_all(conn).await?;
    let mut tree = Tree::default();
    let mut hashes = Vec::new();
    for (n, (seq, leaf)) in rows.iter().enumerate() {
        if *seq != n as i64 + 1 {
            return Err(sqlx::Error::Protocol(format!("a gap in the log at {seq}")));
        }
        hashes.extend(tree.append(&Leaf::from_bytes(leaf).unwrap()).unwrap());
    }
    hashes.sort_by_key(|(number, _)| *number);
    if !stored.iter().map(|(n, h)| (*n as u64, h.as_slice())).eq(hashes.iter().map(|(n, h)| (*n, h.0.as_slice()))) {
        return Err(sqlx::Error::Protocol("the tree is not that of the leaves".into()));
    }
    Ok(rows.into_iter().map(|(_, leaf)| hex::encode(leaf)).collect())
}

/// Every file of records that a row names is there and is what its name says.
async fn files(conn: &mut SqliteConnection, data: &Path) -> Result<(), sqlx::Error> {
    let live: Vec<(i64, String)> = sqlx::query_as("SELECT bucket, hash FROM record_file").fetch_all(conn).await?;
    for (bucket, hash) in live {
        let bytes = std::fs::read(data.join(format!("records/bucket={bucket:03}/{hash}.parquet")))?;
        if blake3::hash(&bytes).to_hex().as_str() != hash {
            return Err(sqlx::Error::Protocol(format!("the file of bucket {bucket} is not what its name says")));
        }
    }
    Ok(())
}
