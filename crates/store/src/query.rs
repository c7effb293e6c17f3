//! One text of SQL on both databases: a statement with its values, which is bound to the driver that the connection
//! has. `$1` is a parameter in both. Where the dialects differ, two texts stand side by side where they are used.
//!
//! Never formats a value into a text, and never uses `sqlx::Any`, which knows only the types that all databases share.

use crate::{
    db::{Conn, Pool},
    error::StoreError,
};
use sqlx::{
    Arguments, AssertSqlSafe, FromRow, PgPool, SqlSafeStr, SqlStr, SqlitePool,
    postgres::{PgArguments, PgConnection, PgRow},
    sqlite::{SqliteArguments, SqliteConnection, SqliteRow},
};

/// Rows, or values of a list, in one statement at most: few enough texts that each is prepared once and found again in the
/// connection's cache ([`TEXTS`]), however long the lists are.
const ROWS: usize = 64;
/// Statements that a writer's connection keeps prepared: each length of the four lists that a group writes.
pub(crate) const TEXTS: usize = 5 * ROWS;

/// A value of a parameter.
pub(crate) enum Value {
    Int(Option<i64>),
    Text(Option<String>),
    Bytes(Option<Vec<u8>>),
    Bool(bool),
}

macro_rules! values_from {
    ($($type:ty => |$value:ident| $made:expr;)*) => {
        $(impl From<$type> for Value {
            fn from($value: $type) -> Self {
                $made
            }
        })*
    };
}

values_from! {
    i64 => |n| Self::Int(Some(n));
    u32 => |n| Self::Int(Some(i64::from(n)));
    Option<i64> => |n| Self::Int(n);
    bool => |b| Self::Bool(b);
    &str => |text| Self::Text(Some(text.to_owned()));
    String => |text| Self::Text(Some(text));
    &String => |text| Self::Text(Some(text.clone()));
    Option<&str> => |text| Self::Text(text.map(str::to_owned));
    Option<String> => |text| Self::Text(text);
    &Option<String> => |text| Self::Text(text.clone());
    Vec<u8> => |bytes| Self::Bytes(Some(bytes));
    &[u8] => |bytes| Self::Bytes(Some(bytes.to_vec()));
    Option<Vec<u8>> => |bytes| Self::Bytes(bytes);
}

/// The values of one row, for [`insert`].
macro_rules! values {
    ($($value:expr),* $(,)?) => { vec![$($crate::query::Value::from($value)),*] };
}
pub(crate) use values;

/// Declares a row as a struct whose fields are named as the columns.
macro_rules! row {
    ($(#[$meta:meta])* $vis:vis struct $name:ident { $($field_vis:vis $field:ident: $type:ty,)* }) => {
        $(#[$meta])*
        $vis struct $name { $($field_vis $field: $type,)* }

        impl<'r, R: sqlx::Row> sqlx::FromRow<'r, R> for $name
        where
            &'static str: sqlx::ColumnIndex<R>,
            $($type: sqlx::Decode<'r, R::Database> + sqlx::Type<R::Database>,)*
        {
            fn from_row(row: &'r R) -> Result<Self, sqlx::Error> {
                Ok(Self { $($field: row.try_get(stringify!($field))?,)* })
            }
        }
    };
}
pub(crate) use row;

/// What can be read from a row of either database: tuples, and what `row!` declares.
pub(crate) trait Row:
    for<'r> FromRow<'r, SqliteRow> + for<'r> FromRow<'r, PgRow> + Send + Unpin + 'static
{
}

impl<T> Row for T where T: for<'r> FromRow<'r, SqliteRow> + for<'r> FromRow<'r, PgRow> + Send + Unpin + 'static {}

/// Where a statement runs: the writer's connection, or any of the readers'.
pub(crate) enum On<'a> {
    Sqlite(&'a mut SqliteConnection),
    Postgres(&'a mut PgConnection),
    SqlitePool(&'a SqlitePool),
    PostgresPool(&'a PgPool),
}

impl On<'_> {
    /// The same place, for one of several statements.
    pub(crate) fn again(&mut self) -> On<'_> {
        match self {
            Self::Sqlite(conn) => On::Sqlite(conn),
            Self::Postgres(conn) => On::Postgres(conn),
            Self::SqlitePool(pool) => On::SqlitePool(pool),
            Self::PostgresPool(pool) => On::PostgresPool(pool),
        }
    }
}

impl<'a> From<&'a mut Conn> for On<'a> {
    fn from(conn: &'a mut Conn) -> Self {
        match conn {
            Conn::Sqlite(conn) => Self::Sqlite(conn),
            Conn::Postgres(conn) => Self::Postgres(conn),
        }
    }
}

impl<'a> From<&'a Pool> for On<'a> {
    fn from(pool: &'a Pool) -> Self {
        match pool {
            Pool::Sqlite(pool) => Self::SqlitePool(pool),
            Pool::Postgres(pool) => Self::PostgresPool(pool),
        }
    }
}

/// Runs the same expression with the driver of the place.
macro_rules! on {
    ($on:expr, $self:ident, |$sql:ident, $args:ident, $place:ident| $run:expr) => {
        match $on.into() {
            On::Sqlite($place) => {
                let ($sql, $args) = $self.sqlite()?;
                $run
            }
            On::SqlitePool($place) => {
                let ($sql, $args) = $self.sqlite()?;
                $run
            }
            On::Postgres($place) => {
                let ($sql, $args) = $self.postgres()?;
                $run
            }
            On::PostgresPool($place) => {
                let ($sql, $args) = $self.postgres()?;
                $run
            }
        }
    };
}

/// A statement.
pub(crate) struct Query {
    sql: SqlStr,
    values: Vec<Value>,
}

/// A statement whose values are still to be bound.
pub(crate) fn query(sql: &'static str) -> Query {
    Query { sql: sql.into_sql_str(), values: Vec::new() }
}

/// A statement that a test has put together.
#[cfg(feature = "testing")]
pub(crate) fn query_of(sql: String) -> Query {
    Query { sql: AssertSqlSafe(sql).into_sql_str(), values: Vec::new() }
}

impl Query {
    /// Gives the next parameter its value.
    pub(crate) fn bind(mut self, value: impl Into<Value>) -> Self {
        self.values.push(value.into());
        self
    }

    /// Runs it; the number of rows that it changed.
    pub(crate) async fn execute<'a>(self, on: impl Into<On<'a>>) -> Result<u64, StoreError> {
        Ok(on!(on, self, |sql, args, place| sqlx::query_with(sql, args).execute(place).await?.rows_affected()))
    }

    /// Every row.
    pub(crate) async fn fetch_all<'a, T: Row>(self, on: impl Into<On<'a>>) -> Result<Vec<T>, StoreError> {
        Ok(on!(on, self, |sql, args, place| sqlx::query_as_with(sql, args).fetch_all(place).await?))
    }

    /// The row, if there is one.
    pub(crate) async fn fetch_optional<'a, T: Row>(self, on: impl Into<On<'a>>) -> Result<Option<T>, StoreError> {
        Ok(on!(on, self, |sql, args, place| sqlx::query_as_with(sql, args).fetch_optional(place).await?))
    }

    /// The row, which is there.
    pub(crate) async fn fetch_one<'a, T: Row>(self, on: impl Into<On<'a>>) -> Result<T, StoreError> {
        Ok(on!(on, self, |sql, args, place| sqlx::query_as_with(sql, args).fetch_one(place).await?))
    }

    fn sqlite(self) -> Result<(SqlStr, SqliteArguments), sqlx::Error> {
        let mut args = SqliteArguments::default();
        for value in self.values {
            match value {
                Value::Int(n) => args.add(n),
                Value::Text(text) => args.add(text),
                Value::Bytes(bytes) => args.add(bytes),
                Value::Bool(b) => args.add(b),
            }
            .map_err(sqlx::Error::Encode)?;
        }
        Ok((self.sql, args))
    }

    fn postgres(self) -> Result<(SqlStr, PgArguments), sqlx::Error> {
        let mut args = PgArguments::default();
        for value in self.values {
            match value {
                Value::Int(n) => args.add(n),
                Value::Text(text) => args.add(text),
                Value::Bytes(bytes) => args.add(bytes),
                Value::Bool(b) => args.add(b),
            }
            .map_err(sqlx::Error::Encode)?;
        }
        Ok((self.sql, args))
    }
}

/// Inserts rows into `table (column, …)`, in statements of at most [`ROWS`]; `tail` says what becomes of rows that are there
/// already. Nothing happens without rows. After an error some of them may stand: the transaction must be rolled back.
pub(crate) async fn insert(
    conn: &mut Conn,
    table: &str,
    rows: impl IntoIterator<Item = Vec<Value>>,
    tail: &str,
) -> Result<(), StoreError> {
    let mut rows = rows.into_iter();
    loop {
        let chunk: Vec<Vec<Value>> = rows.by_ref().take(ROWS).collect();
        let Some(width) = chunk.first().map(Vec::len) else { return Ok(()) };
        let sql = match conn {
            // SQLite keeps a copy of each page that a statement changes, to undo the statement alone; FAIL spares it. And it
            // looks the name of a parameter up in a list, so they have none.
            Conn::Sqlite(_) => {
                let row = format!("({})", vec!["?"; width].join(", "));
                format!("INSERT OR FAIL INTO {table} VALUES {} {tail}", vec![row; chunk.len()].join(", "))
            }
            Conn::Postgres(_) => {
                let row = |n| format!("({})", parameters(n * width, width));
                let rows: Vec<String> = (0..chunk.len()).map(row).collect();
                format!("INSERT INTO {table} VALUES {} {tail}", rows.join(", "))
            }
        };
        let values = chunk.into_iter().flatten().collect();
        Query { sql: AssertSqlSafe(sql).into_sql_str(), values }.execute(&mut *conn).await?;
    }
}

/// `head` + ` IN ($1, $2, …)`, for each at most [`ROWS`] of the values: the statements, to be run one after another.
pub(crate) fn each_in(head: &str, values: impl IntoIterator<Item = Value>) -> Vec<Query> {
    let mut values = values.into_iter().peekable();
    let mut queries = Vec::new();
    while values.peek().is_some() {
        let values: Vec<Value> = values.by_ref().take(ROWS).collect();
        let sql = AssertSqlSafe(format!("{head} IN ({})", parameters(0, values.len()))).into_sql_str();
        queries.push(Query { sql, values });
    }
    queries
}

/// `$n+1, $n+2, …`
fn parameters(from: usize, count: usize) -> String {
    (from + 1..=from + count).map(|n| format!("${n}")).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_are_numbered_through() {
        assert_eq!(parameters(0, 3), "$1, $2, $3");
        assert_eq!(parameters(6, 1), "$7");
        let texts = |count: usize| -> Vec<usize> {
            let values = (0..count).map(|_| Value::from(1_i64));
            each_in("SELECT", values).iter().map(|query| query.values.len()).collect()
        };
        assert_eq!((texts(0), texts(1), texts(ROWS + 1)), (vec![], vec![1], vec![ROWS, 1]));
    }
}
