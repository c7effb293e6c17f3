//! A real PostgreSQL server for tests: made by `initdb` in a folder of its own, on a Unix socket only, with `fsync` on.
//! Each test gets a database copied from a template that has the schema.
//!
//! The server refuses to run as root, so root runs it as `postgres` or `nobody`.
#![expect(clippy::disallowed_methods, reason = "tests read the environment: where programs are, and what to skip")]

use crate::{Database, db::Conn};
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, postgres::PgConnectOptions};
use std::{
    fs::{File, Permissions},
    os::unix::{
        fs::{PermissionsExt, chown},
        process::CommandExt,
    },
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::atomic::{AtomicU32, Ordering},
};

const INSTALL: &str = "PostgreSQL IS NOT INSTALLED: `apt-get install postgresql` (the tests start their own server), or \
                       leave these tests out with `cargo xtask test --skip postgres`";
const TEMPLATE: &str = "candor_template";
/// Databases that this process has made.
static MADE: AtomicU32 = AtomicU32::new(0);

/// A server.
#[derive(Debug)]
pub struct Postgres {
    folder: PathBuf,
    /// Whether it ends with this value; else with the process that it was started for.
    own: bool,
}

impl Postgres {
    /// The server that all tests of this run share: started by the first, ended when the run ends.
    ///
    /// # Panics
    /// When it cannot be started.
    pub async fn of_the_run() -> Option<Self> {
        if left_out() {
            return None;
        }
        // nextest runs each test in a process of its own, and says which run it is.
        let (name, until) = match std::env::var("NEXTEST_RUN_ID") {
            Ok(run) => (run, std::os::unix::process::parent_id()),
            Err(_) => (format!("p{}", std::process::id()), std::process::id()),
        };
        let short: String = name.chars().filter(char::is_ascii_alphanumeric).take(12).collect();
        let folder = std::env::temp_dir().join(format!("candor-pg-{short}"));
        let lock = File::create(folder.with_extension("lock")).unwrap();
        lock.lock().unwrap();
        let server = Self { folder, own: false };
        if !server.folder.join("ready").is_file() {
            server.make();
            server.start();
            server.template().await;
            server.end_with(until);
            File::create(server.folder.join("ready")).unwrap();
        }
        Some(server)
    }

    /// A server for one test, which may stop and start it. It ends when this value is dropped.
    ///
    /// # Panics
    /// When it cannot be started.
    pub async fn own() -> Option<Self> {
        if left_out() {
            return None;
        }
        let n = MADE.fetch_add(1, Ordering::Relaxed);
        let folder = std::env::temp_dir().join(format!("candor-pg-own-{}-{n}", std::process::id()));
        let server = Self { folder, own: true };
        server.make();
        server.start();
        server.template().await;
        Some(server)
    }

    /// A new database with the schema.
    ///
    /// # Panics
    /// When it cannot be made.
    pub async fn database(&self) -> Database {
        let name = format!("t{}_{}", std::process::id(), MADE.fetch_add(1, Ordering::Relaxed));
        self.admin(format!("CREATE DATABASE {name} TEMPLATE {TEMPLATE}")).await;
        Database::Postgres(Box::new(self.options().database(&name)))
    }

    /// The socket in its folder.
    #[must_use]
    pub fn socket(&self) -> PathBuf {
        self.folder.join(".s.PGSQL.5432")
    }

    /// Starts it.
    ///
    /// # Panics
    /// When it does not start.
    pub fn start(&self) {
        let data = self.folder.join("data");
        let options = format!(
            "-c listen_addresses= -c unix_socket_directories={} -c fsync=on -c max_connections=300",
            self.folder.display()
        );
        let mut command = self.command("pg_ctl");
        command.arg("-D").arg(data).args(["-w", "-t", "60", "-l"]).arg(self.folder.join("log"));
        run(command.args(["-o", &options, "start"]));
    }

    /// Stops it as a crash would: every connection breaks, and the next start replays its write-ahead log.
    ///
    /// # Panics
    /// When it does not stop.
    pub fn crash(&self) {
        run(self.command("pg_ctl").arg("-D").arg(self.folder.join("data")).args(["-w", "-m", "immediate", "stop"]));
    }

    /// Runs a statement as the server's owner.
    ///
    /// # Panics
    /// When it is refused.
    pub async fn admin(&self, sql: String) {
        let mut conn = self.options().database("postgres").connect().await.unwrap();
        sqlx::raw_sql(AssertSqlSafe(sql)).execute(&mut conn).await.unwrap();
        conn.close().await.unwrap();
    }

    fn options(&self) -> PgConnectOptions {
        PgConnectOptions::new_without_pgpass().socket(&self.folder).port(5432).username("candor")
    }

    fn make(&self) {
        std::fs::create_dir_all(&self.folder).unwrap();
        // Everybody may pass: the server's own account, and the tests' one.
        std::fs::set_permissions(&self.folder, Permissions::from_mode(0o755)).unwrap();
        if let Some((uid, gid)) = servant() {
            chown(&self.folder, Some(uid), Some(gid)).unwrap();
        }
        let data = self.folder.join("data");
        run(self.command("initdb").args(["-A", "trust", "-U", "candor", "-E", "UTF8", "--no-sync", "-D"]).arg(data));
    }

    async fn template(&self) {
        self.admin(format!("CREATE DATABASE {TEMPLATE}")).await;
        let database = Database::Postgres(Box::new(self.options().database(TEMPLATE)));
        let mut conn: Conn = database.connect(&self.folder).await.unwrap();
        conn.migrate().await.unwrap();
        conn.close().await.unwrap();
    }

    /// Leaves a shell that ends the server when a process is gone, however it goes.
    fn end_with(&self, process: u32) {
        let script = format!(
            "while kill -0 {process} 2>/dev/null || [ -d /proc/{process} ]; do sleep 1; done; \
             '{}' -D '{folder}/data' -m immediate stop; rm -rf '{folder}'",
            find("pg_ctl").display(),
            folder = self.folder.display()
        );
        let mut command = Command::new("sh");
        as_servant(&mut command);
        let quiet = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        drop(quiet.current_dir("/").process_group(0).args(["-c", &script]).spawn().unwrap());
    }

    fn command(&self, program: &str) -> Command {
        let mut command = Command::new(find(program));
        as_servant(&mut command);
        command.current_dir(&self.folder);
        command
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        if self.own {
            let mut stop = self.command("pg_ctl");
            stop.arg("-D").arg(self.folder.join("data")).args(["-w", "-m", "immediate", "stop"]);
            // It may have been stopped by the test.
            drop(stop.output());
            drop(std::fs::remove_dir_all(&self.folder));
        }
    }
}

/// Whether these tests are left out, on purpose and loudly.
fn left_out() -> bool {
    let left_out = std::env::var("CANDOR_SKIP").unwrap_or_default().split(',').any(|name| name == "postgres");
    if left_out {
        eprintln!("SKIPPED: CANDOR_SKIP leaves out what needs a PostgreSQL server");
    }
    left_out
}

/// Runs a program to its end. What it starts must not hold our pipes, so its words go to a file.
fn run(command: &mut Command) {
    let words = tempfile::NamedTempFile::new().unwrap();
    let (out, err) = (words.reopen().unwrap(), words.reopen().unwrap());
    let done = command.stdin(Stdio::null()).stdout(out).stderr(err).status().unwrap();
    assert!(done.success(), "{command:?}: {}", std::fs::read_to_string(words.path()).unwrap());
}

/// A program of the server: on the path, or where Debian keeps it, the newest version first.
fn find(program: &str) -> PathBuf {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let mut versions: Vec<PathBuf> = std::fs::read_dir("/usr/lib/postgresql")
        .map(|found| found.filter_map(|entry| Some(entry.ok()?.path().join("bin"))).collect())
        .unwrap_or_default();
    versions.sort();
    let folders = std::env::split_paths(&path).chain(versions.into_iter().rev());
    // A name on the path may be a link into the folder of a version; the server looks for its files beside itself.
    let found = folders.map(|folder| folder.join(program)).find(|file| Path::is_file(file));
    found.and_then(|file| std::fs::canonicalize(file).ok()).expect(INSTALL)
}

/// Runs a command as the account that the server may run under.
fn as_servant(command: &mut Command) {
    if let Some((uid, gid)) = servant() {
        command.gid(gid).uid(uid);
    }
}

/// User and group for the server, if this process is root's.
fn servant() -> Option<(u32, u32)> {
    let id = Command::new("id").arg("-u").output().ok()?;
    if String::from_utf8_lossy(&id.stdout).trim() != "0" {
        return None;
    }
    let accounts = std::fs::read_to_string("/etc/passwd").unwrap();
    let account = |name: &str| {
        let line = accounts.lines().find(|line| line.split(':').next() == Some(name))?;
        let mut fields = line.split(':').skip(2);
        Some((fields.next()?.parse().ok()?, fields.next()?.parse().ok()?))
    };
    Some(account("postgres").or_else(|| account("nobody")).expect("an account `postgres` or `nobody`"))
}
