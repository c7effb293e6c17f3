//! What every store must do, as functions over a [`Bed`]: a folder with an empty database. The same functions run on
//! SQLite and on a real PostgreSQL server, which is started here. Behind the feature `testing`; never in the product.
//!
//! `conformance!(sqlite)` and `conformance!(postgres)` in a test binary make one test of each function.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "these are tests")]

pub mod choices;
pub mod commits;
pub mod erasure;
pub mod jobs;
mod postgres;
pub mod programme;
pub mod records;
pub mod verify;

pub use postgres::Postgres;

use crate::{Database, Place, Receipt, Store, query::query_of};
use candor_core::{
    AccountKind, ChoiceValue, Event, Member, MemberId, PurposeKey, Record, RecordId, RecordKind, RuleBook, Scope, Seq,
    Visibility, choice::Actor,
};
use candor_tlog::{Leaf, parse_hash, verify_inclusion};
use jiff::Timestamp;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

/// One test of each function of the suite, on the database that is named: `sqlite` or `postgres`.
#[macro_export]
macro_rules! conformance {
    ($database:ident) => {
        $crate::conformance! { @ $database
            choices {
                the_view_is_the_default_until_something_is_chosen
                the_region_is_that_of_the_place_as_it_was_last_stated
            }
            commits {
                sixty_four_at_once_get_gapless_places_and_proofs
                the_same_key_answers_the_first_receipt
                a_whole_list_under_a_key_is_made_once
                a_read_may_demand_what_a_receipt_has_named
                what_is_refused_leaves_no_trace_and_hurts_nobody
                a_seal_is_refused_when_the_log_went_on
                the_clock_may_go_back_but_the_log_does_not
                proofs_are_given_for_any_size_and_refused_beyond
                another_rule_book_is_refused_with_what_to_do
                two_stores_on_one_folder_see_each_other
            }
            erasure {
                no_byte_of_an_erased_member_is_left
                an_import_does_not_bring_an_erased_member_back
                an_erasure_that_a_crash_cut_short_is_finished_at_the_next_start
                decisions_go_with_the_member
            }
            jobs {
                a_job_is_done_once_and_a_late_worker_is_fenced
                a_job_that_fails_waits_longer_each_time_and_is_given_up
                a_new_job_wakes_the_worker
                a_session_ends_when_idle_and_when_old_and_is_kept_as_a_hash
                a_document_is_replaced_as_a_whole
            }
            programme {
                from_a_seal_to_what_we_used
                what_is_not_there_is_told
                the_directory_is_paged_and_searched
            }
            records {
                a_second_import_adds_nothing_and_a_later_edit_wins
                a_record_comes_back_as_it_was
                a_deleted_record_is_marked_logged_and_stays_deleted
                batches_merges_and_erasures_at_once_lose_nothing
                files_that_no_row_names_are_swept_and_a_changed_file_is_refused
            }
            verify {
                a_changed_row_is_found
            }
        }
    };
    (@ $database:ident $($area:ident { $($name:ident)+ })+) => {
        $(mod $area {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() {
                let Some(bed) = $crate::testing::Bed::$database().await else { return };
                $crate::testing::$area::$name(&bed).await;
            })+
        })+
    };
}

/// A folder and an empty database, for one test.
#[derive(Debug)]
pub struct Bed {
    folder: TempDir,
    database: Database,
}

impl Bed {
    /// With SQLite in the folder.
    #[expect(clippy::unused_async, reason = "the macro calls it as it calls the other")]
    pub async fn sqlite() -> Option<Self> {
        Some(Self { folder: tempfile::tempdir().unwrap(), database: Database::Sqlite })
    }

    /// With a database of its own in the run's PostgreSQL server; none where `CANDOR_SKIP` lists `postgres`.
    ///
    /// # Panics
    /// When the server cannot be started; the message says what to install.
    pub async fn postgres() -> Option<Self> {
        let database = Postgres::of_the_run().await?.database().await;
        Some(Self { folder: tempfile::tempdir().unwrap(), database })
    }

    /// With a database that is there.
    #[must_use]
    pub fn of(database: Database) -> Self {
        Self { folder: tempfile::tempdir().unwrap(), database }
    }

    /// The folder.
    #[must_use]
    pub fn dir(&self) -> &Path {
        self.folder.path()
    }

    /// Where the store is.
    #[must_use]
    pub fn place(&self) -> Place {
        Place { dir: self.dir().to_owned(), database: self.database.clone() }
    }

    /// Opens the store; any number of them.
    pub async fn open(&self) -> Store {
        Store::open_at(self.place(), book()).await.unwrap()
    }

    /// Runs a statement behind the store's back; the number of rows that it changed.
    pub async fn execute(&self, sql: &str) -> u64 {
        let mut conn = self.place().connect().await.unwrap();
        let rows = query_of(sql.to_owned()).execute(&mut conn).await.unwrap();
        conn.close().await.unwrap();
        rows
    }

    /// The texts that a statement gives.
    pub async fn texts(&self, sql: &str) -> Vec<String> {
        let mut conn = self.place().connect().await.unwrap();
        let rows: Vec<(String,)> = query_of(sql.to_owned()).fetch_all(&mut conn).await.unwrap();
        conn.close().await.unwrap();
        rows.into_iter().map(|(text,)| text).collect()
    }

    /// Every file that holds what is kept: the folder's, and those of the database's tables in the server. The server's
    /// write-ahead log is not among them: see `docs` on what an erasure cannot reach.
    pub async fn kept_files(&self) -> Vec<PathBuf> {
        let mut found = files(self.dir());
        if let Database::Postgres(_) = &self.database {
            self.execute("CHECKPOINT").await;
            let mut conn = self.place().connect().await.unwrap();
            let (folder, oid): (String, i64) = crate::query::query(
                "SELECT current_setting('data_directory'), oid::bigint FROM pg_database
                 WHERE datname = current_database()",
            )
            .fetch_one(&mut conn)
            .await
            .unwrap();
            conn.close().await.unwrap();
            found.extend(files(&Path::new(&folder).join("base").join(oid.to_string())));
        }
        found
    }

    /// The same store as a kill at this moment would leave it: with SQLite's write-ahead log as it is. A server keeps
    /// its database whatever happens to its clients.
    pub async fn as_a_kill_leaves_it(&self) -> Self {
        // A thread of the store may rename a file between the list and its copy: no moment looked like that, so try the next.
        for _ in 0..100 {
            let left = Self { folder: tempfile::tempdir().unwrap(), database: self.database.clone() };
            match copy_files(self.dir(), left.dir()) {
                Ok(()) => return left,
                Err(err) if err.kind() == std::io::ErrorKind::NotFound => {}
                Err(err) => panic!("{err}"),
            }
        }
        panic!("the files of the store do not stay in their places");
    }
}

/// Copies all files of a folder, in the same order of folders.
fn copy_files(from: &Path, to: &Path) -> std::io::Result<()> {
    for path in files(from) {
        let to = to.join(path.strip_prefix(from).unwrap());
        std::fs::create_dir_all(to.parent().unwrap())?;
        std::fs::copy(&path, to)?;
    }
    Ok(())
}

/// A time in October 2024, by its second.
pub fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_727_740_800 + second).unwrap()
}

/// The rule book of the tests.
pub fn book() -> RuleBook {
    RuleBook::shipped("seeds-2024").unwrap()
}

/// A member's identifier.
pub fn id(text: &str) -> MemberId {
    MemberId::new(text).unwrap()
}

/// A member of the directory.
pub fn member(text: &str) -> Member {
    Member {
        id: id(text),
        handle: Some(format!("h-{text}")),
        name: format!("Name of {text}"),
        profile_url: None,
        registered: at(0),
        residence: Some("US".into()),
        birth_date: Some(jiff::civil::date(1990, 1, 1)),
        account: AccountKind::Human,
    }
}

/// Their registration.
pub fn registered(text: &str) -> Event {
    Event::MemberRegistered {
        member: id(text),
        residence: Some("US".into()),
        birth_date: Some(jiff::civil::date(1990, 1, 1)),
        account: AccountKind::Human,
    }
}

/// Their choice.
pub fn choice(text: &str, value: ChoiceValue, scope: Option<Scope>) -> Event {
    let purpose = PurposeKey::generative_training();
    Event::ChoiceSet {
        member: id(text),
        purpose,
        recipient: None,
        value,
        scope,
        actor: Actor::Member,
        channel: None,
        notice: None,
    }
}

/// A record of theirs.
pub fn record(native: &str, author: &str, edited: i64, text: &str) -> Record {
    Record {
        id: RecordId::derive("test", native),
        member: id(author),
        kind: RecordKind::Post,
        created: at(0),
        edited: at(edited),
        visibility: Visibility::Public,
        source: "test".into(),
        thread: None,
        language: Some("en".into()),
        license: None,
        title: None,
        text: text.into(),
    }
}

/// Checks a receipt as an outsider would.
pub fn verify(receipt: &Receipt) {
    let leaf = Leaf::from_bytes(&hex::decode(&receipt.leaf).unwrap()).unwrap();
    let proof: Vec<_> = receipt.proof.iter().map(|hash| parse_hash(hash).unwrap()).collect();
    let root = parse_hash(&receipt.root).unwrap();
    verify_inclusion(&leaf, receipt.seq.0 - 1, receipt.size, &root, &proof).unwrap();
}

/// Checks that the whole log is gapless, opens, and leads to the head.
pub async fn verify_log(store: &Store) {
    let head = store.head();
    let mut next = 1;
    while next <= head.seq.0 {
        for entry in store.entries(Seq(next), 1000).await.unwrap() {
            assert_eq!(entry.seq, Seq(next), "gapless");
            let receipt = store.proof(entry.seq, head.seq.0).await.unwrap();
            assert_eq!((&receipt.root, &receipt.leaf), (&head.root, &entry.leaf));
            verify(&receipt);
            let leaf = Leaf::from_bytes(&hex::decode(&entry.leaf).unwrap()).unwrap();
            match (entry.payload, entry.opening) {
                (Some(payload), Some(opening)) => {
                    let opening = hex::decode(opening).unwrap().try_into().unwrap();
                    assert!(leaf.opens(&opening, payload.as_bytes()), "entry {next} opens");
                }
                (None, None) => {}
                _ => panic!("half an entry at {next}"),
            }
            next += 1;
        }
    }
}

/// All files under a folder.
pub fn files(dir: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { found.extend(files(&path)) } else { found.push(path) }
    }
    found
}
