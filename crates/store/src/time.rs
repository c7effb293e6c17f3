//! Times and identifiers between SQL and the types of the core. A row that does not hold what was written is corrupt.

use crate::error::StoreError;
use jiff::Timestamp;

/// A time as its column holds it: microseconds since 1970.
pub(crate) fn micros(t: Timestamp) -> i64 {
    t.as_microsecond()
}

/// A time cut to the precision that is kept.
pub(crate) fn cut(t: Timestamp) -> Timestamp {
    Timestamp::from_microsecond(t.as_microsecond()).unwrap_or(t)
}

/// A time from its column.
pub(crate) fn timestamp(micros: i64, table: &'static str) -> Result<Timestamp, StoreError> {
    Timestamp::from_microsecond(micros).map_err(|_| StoreError::Corrupt(table))
}

/// An identifier from its column.
pub(crate) fn id<T: TryFrom<String>>(text: String, table: &'static str) -> Result<T, StoreError> {
    T::try_from(text).map_err(|_| StoreError::Corrupt(table))
}

/// A count for its column. Counts beyond 2^63 do not occur.
pub(crate) fn int(n: u64) -> i64 {
    i64::try_from(n).unwrap_or(i64::MAX)
}

/// A count, index or number from its column.
pub(crate) fn number<T: TryFrom<i64>>(n: i64, table: &'static str) -> Result<T, StoreError> {
    T::try_from(n).map_err(|_| StoreError::Corrupt(table))
}

/// A value of one of our enums as its column holds it: the name that serde gives it.
pub(crate) fn name<T: serde::Serialize>(value: &T, table: &'static str) -> Result<String, StoreError> {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::String(name)) => Ok(name),
        _ => Err(StoreError::Corrupt(table)),
    }
}

/// A value of one of our enums from its column.
pub(crate) fn named<T: serde::de::DeserializeOwned>(name: String, table: &'static str) -> Result<T, StoreError> {
    serde_json::from_value(serde_json::Value::String(name)).map_err(|_| StoreError::Corrupt(table))
}

/// JSON for its column.
pub(crate) fn json<T: serde::Serialize>(value: &T, table: &'static str) -> Result<String, StoreError> {
    serde_json::to_string(value).map_err(|_| StoreError::Corrupt(table))
}

/// JSON from its column. serde's own message may quote a value, so it is not passed on.
pub(crate) fn parsed<T: serde::de::DeserializeOwned>(text: &str, table: &'static str) -> Result<T, StoreError> {
    serde_json::from_str(text).map_err(|_| StoreError::Corrupt(table))
}
