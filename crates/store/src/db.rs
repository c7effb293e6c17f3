//! Which database, and connections to it. SQLite stands in the data folder; PostgreSQL is named by a URL. Everything
//! else in this crate is the same for both, but for what stands in `sqlite.rs` and `postgres.rs`.

use crate::{error::StoreError, postgres, sqlite};
use sqlx::{
    Connection, PgPool, SqlitePool, migrate::Migrator, postgres::PgConnectOptions, postgres::PgConnection,
    sqlite::SqliteConnection,
};
use std::path::{Path, PathBuf};

/// Which database holds everything but the files.
#[derive(Clone)]
pub enum Database {
    /// `candor.sqlite` in the data folder.
    Sqlite,
    /// A PostgreSQL database; see [`Database::parse`]. Boxed: it is large.
    Postgres(Box<PgConnectOptions>),
}

impl Database {
    /// From what stands in the configuration: nothing or `sqlite`, or `postgres://user:password@host/database`, with
    /// `sslmode`, `sslrootcert` and the other parameters of libpq; a socket's folder is `?host=/run/postgresql`. What is
    /// absent is taken from `PGHOST`, `PGUSER` and so on, the password from `~/.pgpass` too.
    ///
    /// # Errors
    /// [`StoreError::DatabaseUrl`], which does not repeat the text: there may be a password in it.
    pub fn parse(url: &str) -> Result<Self, StoreError> {
        let url = url.trim();
        if url.is_empty() || url.eq_ignore_ascii_case("sqlite") {
            return Ok(Self::Sqlite);
        }
        if !url.starts_with("postgres://") && !url.starts_with("postgresql://") {
            return Err(StoreError::DatabaseUrl);
        }
        let options = url.parse().map_err(|_| StoreError::DatabaseUrl)?;
        Ok(Self::Postgres(Box::new(options)))
    }

    /// The writer's connection, made as durable as an acknowledgement needs.
    pub(crate) async fn connect(&self, dir: &Path) -> Result<Conn, StoreError> {
        match self {
            Self::Sqlite => sqlite::connect(dir).await,
            Self::Postgres(options) => postgres::connect(options).await,
        }
    }

    /// Connections that only read.
    pub(crate) async fn readers(&self, dir: &Path, count: u32) -> Result<Pool, StoreError> {
        match self {
            Self::Sqlite => sqlite::readers(dir, count).await,
            Self::Postgres(options) => postgres::readers(options, count).await,
        }
    }

    /// Whether nobody can see anymore what erasures have deleted, so that it can be cleared away. SQLite tells when it is
    /// tried.
    pub(crate) async fn unseen(&self) -> Result<bool, StoreError> {
        match self {
            Self::Sqlite => Ok(true),
            Self::Postgres(options) => postgres::unseen(options).await,
        }
    }
}

/// What the server says of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DatabaseInfo {
    /// Which one and where; never a password.
    pub name: String,
    /// The program's version.
    pub version: String,
    /// What makes it durable, as it is set.
    pub settings: Vec<(&'static str, String)>,
    /// Whether what it acknowledges survives a power loss.
    pub durable: bool,
}

/// Without the password.
impl std::fmt::Display for Database {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Sqlite => f.write_str("SQLite"),
            Self::Postgres(options) => {
                let host = options.get_socket().map(|path| path.display().to_string());
                let host = host.unwrap_or_else(|| options.get_host().to_owned());
                let database = options.get_database().unwrap_or_else(|| options.get_username());
                write!(f, "PostgreSQL `{database}` at {host}, port {}", options.get_port())
            }
        }
    }
}

impl std::fmt::Debug for Database {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        std::fmt::Display::fmt(self, f)
    }
}

/// Where a store is: files in a folder, rows in a database.
#[derive(Debug, Clone)]
pub struct Place {
    /// The data folder. Several processes on one database must have the same one.
    pub dir: PathBuf,
    /// The database.
    pub database: Database,
}

impl Place {
    /// A folder with its own SQLite database.
    pub fn sqlite(dir: impl Into<PathBuf>) -> Self {
        Self { dir: dir.into(), database: Database::Sqlite }
    }

    pub(crate) async fn connect(&self) -> Result<Conn, StoreError> {
        self.database.connect(&self.dir).await
    }
}

/// The writer's connection.
pub(crate) enum Conn {
    Sqlite(SqliteConnection),
    Postgres(PgConnection),
}

impl Conn {
    /// Brings the schema up to date, one process at a time: SQLite by its lock, PostgreSQL by an advisory one. A schema
    /// of a newer program is refused.
    pub(crate) async fn migrate(&mut self) -> Result<(), StoreError> {
        match self {
            Self::Sqlite(conn) => migrator(SQLITE).run(conn).await?,
            Self::Postgres(conn) => migrator(POSTGRES).run(conn).await?,
        }
        Ok(())
    }

    pub(crate) async fn close(self) -> Result<(), StoreError> {
        match self {
            Self::Sqlite(conn) => conn.close().await?,
            Self::Postgres(conn) => conn.close().await?,
        }
        Ok(())
    }
}

impl crate::Store {
    /// Which database this is, and how durable.
    ///
    /// # Errors
    /// When it cannot be reached.
    pub async fn database(&self) -> Result<DatabaseInfo, StoreError> {
        let place = self.place().clone();
        self.write(move |tx| {
            Box::pin(async move {
                let (version, settings, durable) = match &place.database {
                    Database::Sqlite => sqlite::info(&mut tx.conn).await?,
                    Database::Postgres(_) => postgres::info(&mut tx.conn).await?,
                };
                Ok(DatabaseInfo { name: place.database.to_string(), version, settings, durable })
            })
        })
        .await
    }
}

/// Version, settings that matter for durability, and whether they are right.
pub(crate) type Info = (String, Vec<(&'static str, String)>, bool);

/// The readers' connections.
pub(crate) enum Pool {
    Sqlite(SqlitePool),
    Postgres(PgPool),
}

impl Pool {
    pub(crate) async fn close(&self) {
        match self {
            Self::Sqlite(pool) => pool.close().await,
            Self::Postgres(pool) => pool.close().await,
        }
    }
}

/// Number, name and text of a migration. Forward only; the two lists have the same numbers and make the same tables.
type Step = (i64, &'static str, &'static str);

const SQLITE: &[Step] = &[
    (1, "init", include_str!("../migrations/sqlite/0001_init.sql")),
    (2, "answers", include_str!("../migrations/sqlite/0002_answers.sql")),
    (3, "secrets", include_str!("../migrations/sqlite/0003_secrets.sql")),
    (4, "keys_by_entry", include_str!("../migrations/sqlite/0004_keys_by_entry.sql")),
    (5, "fewer_indexes", include_str!("../migrations/sqlite/0005_fewer_indexes.sql")),
];
const POSTGRES: &[Step] = &[
    (1, "init", include_str!("../migrations/postgres/0001_init.sql")),
    (2, "answers", include_str!("../migrations/postgres/0002_answers.sql")),
    (3, "secrets", include_str!("../migrations/postgres/0003_secrets.sql")),
    (4, "keys_by_entry", include_str!("../migrations/postgres/0004_keys_by_entry.sql")),
    (5, "fewer_indexes", include_str!("../migrations/postgres/0005_fewer_indexes.sql")),
];

fn migrator(steps: &[Step]) -> Migrator {
    use sqlx::{
        SqlSafeStr,
        migrate::{Migration, MigrationType},
    };
    let step = |(number, name, sql): &Step| {
        Migration::new(*number, (*name).into(), MigrationType::Simple, sql.into_sql_str(), false)
    };
    Migrator::with_migrations(steps.iter().map(step).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_two_lists_of_migrations_have_the_same_steps() {
        let names = |steps: &[Step]| -> Vec<_> { steps.iter().map(|(number, name, _)| (*number, *name)).collect() };
        assert_eq!(names(SQLITE), names(POSTGRES));
    }

    #[test]
    fn a_url_is_read_and_its_password_never_shown() {
        let cases = [
            ("", "SQLite"),
            ("sqlite", "SQLite"),
            ("postgres://ann:s3cret@db.example:6000/candor", "PostgreSQL `candor` at db.example, port 6000"),
            (
                "postgresql://ann:s3cret@db.example/candor?sslmode=require",
                "PostgreSQL `candor` at db.example, port 5432",
            ),
            (
                "postgres://ann:s3cret@localhost/candor?host=/run/postgresql",
                "PostgreSQL `candor` at /run/postgresql, port 5432",
            ),
        ];
        for (url, shown) in cases {
            let database = Database::parse(url).unwrap();
            assert_eq!(format!("{database}|{database:?}"), format!("{shown}|{shown}"));
        }
        for url in [
            "mysql://ann:s3cret@x/y",
            "postgres://ann:s3cret@[x/y",
            "ann:s3cret",
            "postgres://ann:s3cret@x/y?sslmode=s3cret",
        ] {
            let error = Database::parse(url).unwrap_err();
            assert!(!format!("{error} {error:?}").contains("s3cret"), "{url}");
        }
    }
}
